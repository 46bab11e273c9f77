"""A whole city on one lake: python -m tests.bench_city [--years 10] [--districts 16] [--streets 60] [--out FILE].

16 districts of 60 街镇, 300 indicators, a release a month: some 35 million figures, on DuckLake with a PostgreSQL of this machine.
Loaded through the very function that every upload ends in, one release after the other; then what pages ask for is asked, in
arrival order and after `compact`. Everything is invented. Nothing else should run on the machine.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import psutil

from metrics import backup
from metrics.board import query
from metrics.compact import compact_lake
from metrics.lake import PREFIX
from metrics.model import Submission
from metrics.store import DEMO, Store, append, open_store, releases
from tests.bench_stores import observations
from tests.postgres import postgres

INDICATORS, HEADLINES, PER_THEME = 300, 24, 30
CITY = "110000"
ROUNDS = 7
MONTH = """
SELECT (row_number() OVER (ORDER BY i, r))::INTEGER AS row_no, format('i{:03}', i) AS indicator, region,
    $first::DATE AS period_start, last_day($first::DATE) AS period_end,
    (80 + hash(i, r, $number) % 200 / 10)::DECIMAL(18, 4) AS value, value AS lower, value AS upper,
    'exact' AS qualifier, 'A' AS obs_status, '' AS inferred
FROM range($indicators) indicators(i),
    (SELECT row_number() OVER () AS r, region FROM (SELECT unnest($regions) AS region)) regions
"""


def main() -> None:
    """Load, measure, print the tables, and keep them where --out says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    for name, plain in (("years", 10), ("districts", 16), ("streets", 60)):
        parser.add_argument(f"--{name}", type=int, default=plain)
    parser.add_argument("--out", type=Path, metavar="FILE")
    given = parser.parse_args()
    regions = [CITY, *(f"1101{d:02}{s:03}" for d in range(given.districts) for s in range(given.streets))]
    with tempfile.TemporaryDirectory(prefix="board-city-") as folder, postgres() as server:
        store = open_store(f"{PREFIX}{server.words} data_path={folder}/lake", folder=Path(folder))
        lines = [*measured(store, regions, given.years * 12)]
        store.close()
    text = "\n".join(["| measured | figure |", "| --- | --- |", *lines])
    print(text)
    if given.out:
        given.out.write_text(text + "\n", encoding="utf-8")


def measured(store: Store, regions: list[str], months: int) -> Iterator[str]:
    """The lines of the table."""
    took = [load(store, regions, number, months) for number in range(months)]
    figures = months * INDICATORS * len(regions)
    yield line("figures", f"{figures:,}")
    yield line(
        f"a release of {INDICATORS * len(regions):,} figures: the first 12, the last 12",
        f"{mid(took[:12])} s, {mid(took[-12:])} s",
    )
    yield line("Parquet files and bytes", said_size(store))
    yield from asked(store, regions, "as they arrived")
    begun = time.monotonic()
    compact_lake(store)
    yield line("compact", f"{time.monotonic() - begun:.0f} s, then {said_size(store)}")
    yield from asked(store, regions, "after compact")
    begun = time.monotonic()
    saved = backup.make(store, at=datetime.now(UTC))
    yield line("back-up, read back", f"{time.monotonic() - begun:.0f} s, {saved.stat().st_size / 1e6:,.0f} MB")
    yield line("memory of the process at the end", f"{psutil.Process().memory_info().rss / 1e6:,.0f} MB")


def load(store: Store, regions: list[str], number: int, months: int) -> float:
    """Hand in one month; seconds until it is stored and read back."""
    month = 2026 * 12 + 9 - months + 1 + number
    first = date(month // 12, month % 12 + 1, 1)
    with duckdb.connect() as connection:
        asked = {"first": first, "number": number, "indicators": INDICATORS, "regions": regions}
        rows = observations(connection.execute(MONTH, asked).to_arrow_table())
    at = datetime(first.year, first.month, 8, tzinfo=UTC)
    release = Submission(
        source=DEMO, title=f"{first:%Y-%m}", file="x.csv", sha256=f"{number}", by="合成", known_from=at, observations=()
    )
    begun = time.monotonic()
    append(store, release, at=at, rows=rows)
    return time.monotonic() - begun


def asked(store: Store, regions: list[str], when: str) -> Iterator[str]:
    """What pages ask for, each line the median of some rounds."""
    codes = [f"i{number:03}" for number in range(INDICATORS)]
    questions: dict[str, Callable[[], object]] = {
        f"overview: {HEADLINES} indicators of the city": lambda: query.facts(store, codes[:HEADLINES], regions=[CITY]),
        f"theme: {PER_THEME} indicators of the city": lambda: query.facts(
            store, codes[60 : 60 + PER_THEME], regions=[CITY]
        ),
        "one indicator, one 街镇": lambda: query.facts(store, codes[7:8], regions=regions[5:6]),
        "ranking: one indicator, 60 街镇 of a district": lambda: query.facts(store, codes[7:8], regions=regions[1:61]),
        "all figures of one 街镇": lambda: query.facts(store, codes, regions=regions[5:6]),
        "list of releases": lambda: releases(store),
        "whether there is anything new": store.look,
    }
    for name, question in questions.items():
        yield line(f"{name}, {when}", f"{statistics.median(timed(question) for _ in range(ROUNDS)) * 1000:.0f} ms")


def timed(question: Callable[[], object]) -> float:
    begun = time.perf_counter()
    question()
    return time.perf_counter() - begun


def said_size(store: Store) -> str:
    files = store.query("SELECT sum(file_count) AS n FROM ducklake_table_info('kpi')")[0]["n"]
    return f"{files}, {store.size() / 1e6:,.0f} MB"


def mid(took: list[float]) -> str:
    return f"{statistics.median(took):.1f}"


def line(what: str, figure: str) -> str:
    return f"| {what} | {figure} |"


if __name__ == "__main__":
    main()
