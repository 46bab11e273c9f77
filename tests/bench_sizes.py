"""What a page, an upload and a start cost as the store grows: python -m tests.bench_sizes [--sizes 200k,10M,100M] [--rounds 9].

A page shows the same figures at every size: 300 indicators, 61 regions, 11 months. The rest of the store grows: other
indicators, of 671 regions and up to 120 months, whose codes stand between those that are shown. Ten departments hand in a
release each month, in the order of time. Every size is measured as it came in, and again after `compact`.

A store is measured in turns with the smallest one, so that ratios hold when the machine's speed drifts.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pyarrow as pa

from metrics import compact, storefile
from metrics.board import query
from metrics.catalogue import Catalogue
from metrics.model import Submission
from metrics.store import OBSERVATION, Store, append, open_store, releases
from tests.bench_stores import DISTRICT, LAST, WIDE, district
from tests.builders import ROOT

INDICATORS = WIDE.themes * WIDE.per_theme
SHOWN_MONTHS, PARTS = (
    11,
    10,
)  # months that pages show; communities of each 街镇, of which only the other indicators tell
SIZES = {"200k": (0, 0), "10M": (245, 60), "100M": (1241, 120)}  # other indicators, and months of them
SMALLEST = "200k"
UPLOADED = (50, 100)  # indicators, regions
AIMS = {"overview": 2.5, "theme": 2.5, "ranking": 2.5, "upload": 1.5}
NOW = datetime(2026, 11, 8, 2, tzinfo=UTC)
CODES = f"""
CREATE TEMP TABLE code AS
SELECT *, row_number() OVER (PARTITION BY theme ORDER BY indicator)::INTEGER AS at FROM (
    SELECT shown, number // {WIDE.per_theme} AS theme, printf('i%03d%d', number, CASE WHEN shown THEN 0 ELSE 1 + copy END) AS indicator
    FROM (
        SELECT range AS number, 0 AS copy, true AS shown FROM range({INDICATORS})
        UNION ALL SELECT range % {INDICATORS}, range // {INDICATORS}, false FROM range($others)
    )
)
"""
PLACES = f"""
CREATE TEMP TABLE place AS SELECT *, row_number() OVER (ORDER BY region)::INTEGER AS at FROM (
    SELECT region, true AS shown FROM district
    UNION ALL SELECT region || printf('%03d', part.range), false FROM district CROSS JOIN range({PARTS}) part)
"""
RELEASES = f"""
INSERT INTO kpi.release (release_id, source, title, file, sha256, "by", known_from, received_at, verified)
SELECT $month * {WIDE.themes} + theme.range + 1, 'file', '合成数据', 'x.csv', printf('%d-%d', $month, theme.range), '合成', $at, $at, true
FROM range({WIDE.themes}) theme
"""
MONTH = f"""
INSERT INTO kpi.observation (
    release_id, row_no, indicator, region, period_start, period_end, value, lower, upper, qualifier, obs_status, inferred,
    file_no, source_row, source_cell, cell_text)
SELECT $month * {WIDE.themes} + theme + 1, row_no, indicator, region, date_trunc('month', $end), $end, value, value, value, 'exact', 'A', '',
    1, row_no + 1, printf('E%d', row_no + 1), value::VARCHAR
FROM (
    SELECT theme, indicator, region, 80 + (code.at * 7919 + place.at * 31 + $month * 13) % 20 AS value, code.at * 1000 + place.at AS row_no
    FROM code CROSS JOIN place WHERE NOT code.shown OR (place.shown AND $told)
) ORDER BY theme, row_no
"""

COMPACT = """
import sys
from pathlib import Path
from metrics.compact import compact_file
from tests.bench_results import peak
done = compact_file(Path(sys.argv[1]))
print(f"{done.rows:,} figures compacted, {done.before / 1e6:.0f} to {done.after / 1e6:.0f} MB, peak memory {peak():.0f} MB", end="")
"""
UNSORTED, COMPACTED = "as it came in", "compacted"
T = TypeVar("T")
Asked = Callable[[Store], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What one thing costs: milliseconds here and in the smallest store, in turns."""

    name: str
    size: str
    order: str
    here: float
    smallest: float

    @property
    def ratio(self) -> float:
        """How many times what it costs in the smallest store."""
        return self.here / self.smallest if self.smallest else 1.0


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description="What the size of the store costs.")
    parser.add_argument("--sizes", default=",".join(SIZES), help=f"some of {', '.join(SIZES)}")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--folder", type=Path, help="where the stores lie meanwhile; some 5 GB for 100M")
    given = parser.parse_args()
    sizes = [size for size in SIZES if size in given.sizes.split(",")]
    with tempfile.TemporaryDirectory(prefix="board-sizes-", dir=given.folder) as name:
        folder = Path(name)
        catalogue = district(folder)
        built(folder / "smallest.duckdb", catalogue, SMALLEST)
        compact.compact_file(folder / "smallest.duckdb")
        lines = [line for size in sizes for line in measured(folder, catalogue, size, given.rounds)]
    print(f"\n{written(lines)}")


def built(path: Path, catalogue: Catalogue, size: str) -> None:
    """A store of that size, as monthly releases would have left it."""
    others, months = SIZES[size]
    open_store(f"duckdb:{path}").close()
    with duckdb.connect() as connection:
        connection.execute(
            f"SET temp_directory = '{path.parent}'; SET memory_limit = '3GB'; SET TimeZone = 'UTC'; SET enable_progress_bar = false"
        )
        connection.register("district", pa.table({"region": list(catalogue.region_names)}))
        connection.execute(CODES, {"others": others})
        connection.execute(PLACES)
        connection.execute(f"ATTACH '{path}' AS kpi ({storefile.STORAGE})")
        last = max(months, SHOWN_MONTHS)
        for month, end in enumerate(ends(last)):
            at = datetime(end.year, end.month, end.day, tzinfo=UTC) + timedelta(days=8)
            connection.execute(RELEASES, {"month": month, "at": at})
            connection.execute(MONTH, {"month": month, "end": end, "told": month >= last - SHOWN_MONTHS})
        connection.execute(f"UPDATE kpi.counter SET v = {last * WIDE.themes} WHERE name IN ('release', 'data')")


def ends(months: int) -> list[date]:
    """Last days of so many months, oldest first."""
    firsts = [divmod(LAST.year * 12 + LAST.month - back, 12) for back in range(months - 1, -1, -1)]
    return [date(year, month + 1, 1) - timedelta(days=1) for year, month in firsts]


def asked(catalogue: Catalogue) -> Mapping[str, Asked]:
    """What the pages ask."""
    total, all_codes = catalogue.total, list(catalogue.indicators)
    headlines = [code for code, one in catalogue.indicators.items() if one.headline]
    theme = [one.code for one in catalogue.themes[3].indicators]
    street = next(iter(catalogue.streets))

    def district(store: Store, codes: list[str]) -> None:
        assert all(query.facts(store, codes, regions=[total]).values())
        query.without_total(store, codes, total)

    return {
        "overview": lambda store: district(store, headlines),
        "theme": lambda store: district(store, theme),
        "ranking": lambda store: query.facts(store, [theme[4]]),
        "one 街镇": lambda store: query.around(store, theme, street, catalogue.streets, until=None),
        "all indicators of the district": lambda store: district(store, all_codes),
        "who has reported": lambda store: query.reported(store, all_codes, LAST),
        "changes of the last release": lambda store: query.changes(store, last_of(store), total),
        "history of a figure": lambda store: query.history(store, theme[4], total),
        "regions of an indicator": lambda store: query.regions(store, theme[4]),
        "months": query.months,
        "codes with 街镇": lambda store: query.street_codes(store, catalogue.streets),
        "releases": releases,
        "data version": lambda store: store.data_version(),
    }


def last_of(store: Store) -> int:
    """Number of the last release."""
    return int(store.query("SELECT max(release_id) AS last FROM release")[0]["last"])


def measured(folder: Path, catalogue: Catalogue, size: str, rounds: int) -> Iterator[Line]:
    """A store of that size as it came in, and compacted."""
    path, smallest = folder / "board.duckdb", folder / "smallest.duckdb"
    begun = time.perf_counter()
    built(path, catalogue, size)
    print(f"{size}: built in {time.perf_counter() - begun:.0f} s, {path.stat().st_size / 1e6:.0f} MB", flush=True)
    yield from in_turns([path, smallest], catalogue, size, UNSORTED, rounds)
    begun = time.perf_counter()
    command = [sys.executable, "-c", COMPACT, str(path)]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    print(f"{size}: {told}; {time.perf_counter() - begun:.0f} s", flush=True)
    yield from in_turns([path, smallest], catalogue, size, COMPACTED, rounds)
    path.unlink()


def in_turns(paths: Sequence[Path], catalogue: Catalogue, size: str, order: str, rounds: int) -> Iterator[Line]:
    """Everything asked of that store and of the smallest in turns."""
    starts = [[milliseconds(open_store, f"duckdb:{path}", then=Store.close) for path in paths] for _ in range(3)]
    yield line("open", size, order, starts)
    with opened(*paths) as stores:
        firsts = [[milliseconds(first_page, store, catalogue) for store in stores]]
        yield line("what is read once after a start", size, order, firsts)
        for name, ask in asked(catalogue).items():
            for store in stores:
                ask(store)
            times = [[milliseconds(ask, store) for store in stores] for _ in range(rounds)]
            yield line(name, size, order, times)
        took = [[milliseconds(upload, store) for store in stores] for _ in range(rounds)]
        yield line("upload", size, order, took)


def first_page(store: Store, catalogue: Catalogue) -> None:
    """What is asked of all figures once, and after each upload of the new ones alone."""
    releases(store)
    query.months(store)
    query.street_codes(store, catalogue.streets)


def line(name: str, size: str, order: str, times: list[list[float]]) -> Line:
    """Medians of both columns."""
    here, smallest = (statistics.median(column) for column in zip(*times, strict=True))
    return Line(name=name, size=size, order=order, here=here, smallest=smallest)


@contextmanager
def opened(*paths: Path) -> Iterator[list[Store]]:
    """The stores, open at once."""
    stores = [open_store(f"duckdb:{path}") for path in paths]
    try:
        yield stores
    finally:
        for store in stores:
            store.close()


def milliseconds(done: Callable[..., T], *given: Any, then: Callable[[T], object] | None = None) -> float:
    """How long it takes; `then` is done with what it made afterwards."""
    begun = time.perf_counter()
    made = done(*given)
    took = (time.perf_counter() - begun) * 1000
    if then:
        then(made)
    return took


def upload(store: Store) -> None:
    """5,000 more figures."""
    indicators, regions = UPLOADED
    keys = [(f"i{code:03}9", f"{DISTRICT}{region:03}") for code in range(indicators) for region in range(regions)]
    figures = pa.array(range(len(keys)), pa.int32()).cast(pa.decimal128(18, 4))
    told = {
        "row_no": pa.array(range(1, len(keys) + 1), pa.int32()),
        "indicator": [code for code, _ in keys],
        "region": [region for _, region in keys],
        "period_start": pa.array([LAST.replace(day=1)] * len(keys), pa.date32()),
        "period_end": pa.array([LAST] * len(keys), pa.date32()),
        **dict.fromkeys(("value", "lower", "upper"), figures),
        "qualifier": ["exact"] * len(keys),
        "obs_status": ["A"] * len(keys),
        "inferred": [""] * len(keys),
    }
    nulls = {name: pa.nulls(len(keys), OBSERVATION.field(name).type) for name in OBSERVATION.names if name not in told}
    rows = pa.table({**told, **nulls}).select(OBSERVATION.names).cast(OBSERVATION)
    release = Submission(
        source="file",
        title="合成数据",
        file="y.csv",
        sha256=f"{time.perf_counter()}",
        by="合成",
        known_from=NOW,
        observations=(),
    )
    append(store, release, at=NOW, rows=rows)


def written(lines: Sequence[Line]) -> str:
    """The table: a row for each thing asked and size."""
    found = {(one.name, one.size, one.order): one for one in lines}
    rows = [
        "| measured | figures | as it came in ms | × | compacted ms | × | 200k ms | aim |  |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, size in dict.fromkeys((one.name, one.size) for one in lines):
        before, after = found[name, size, UNSORTED], found[name, size, COMPACTED]
        aim = AIMS.get(name)
        told = f"≤ {aim:g} × | {'hit' if after.ratio <= aim else 'missed'}" if aim else " | "
        rows.append(
            f"| {name} | {size} | {before.here:.1f} | {before.ratio:.1f} | {after.here:.1f} | {after.ratio:.1f} | {after.smallest:.1f} | {told} |"
        )
    return "\n".join(rows)


if __name__ == "__main__":
    main()
