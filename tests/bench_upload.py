"""What an upload costs beside the least that any upload must do: python -m tests.bench_upload [--quick] [--rows 5000,10000000].

ours   check, then confirm: the file is read, every rule asked, the release stored and read back
floor  DuckDB's strict all-text read_csv of the same file, and one INSERT of the typed rows sorted by key into the same table

A file may hold 1.1 million rows, about what a sheet of Excel does. Ten million come as ten files, one release each, into one
store by one process, each checked against those before it.

Each run is a process of its own, ours and the floor in turns; the clock begins when its imports are done and its empty
store is open. Peak memory is that of the process, imports and store included.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from metrics import catalogue as catalogues
from metrics.intake.check import Upload, check
from metrics.intake.submit import confirm
from metrics.model import Act
from metrics.start import Board, start
from tests.bench_results import peak
from tests.builders import ROOT

ROWS = {5_000: 7, 62_640: 5, 1_000_000: 3, 10_000_000: 1}
OF_FILE = 1_000_000
AIMS = {62_640: 6.0, 1_000_000: 4.0, 10_000_000: 4.0}
MEMORY_AIM, MEMORY_AIM_OF_MANY = 1_500, 3_000  # MB
INDICATORS = 150  # for each million rows
NOW = datetime(2026, 11, 25, 4, tzinfo=UTC)
READ = "CREATE OR REPLACE TEMP TABLE text AS SELECT * FROM read_csv($path, header = true, all_varchar = true, auto_detect = false, columns = {columns})"
INSERT = """
INSERT INTO kpi.observation (
    release_id, row_no, indicator, region, period_start, period_end, value, lower, upper, qualifier, obs_status, inferred, cell_text)
SELECT 1, row_number() OVER (), code, region, strptime(period, '%Y-%m'), last_day(strptime(period, '%Y-%m')), CAST(value AS DECIMAL(18, 4)),
    CAST(value AS DECIMAL(18, 4)), CAST(value AS DECIMAL(18, 4)), 'exact', 'A', '', value
FROM text ORDER BY code, region, period
"""


def main() -> None:
    """Measure, or be one of the measured processes."""
    if sys.argv[1:2] in (["ours"], ["floor"]):
        what, folder = sys.argv[1], Path(sys.argv[2])
        print(json.dumps((ours if what == "ours" else floor)(folder)))
        return
    parser = argparse.ArgumentParser(description="What an upload costs.")
    parser.add_argument("--quick", action="store_true", help="one round of each")
    parser.add_argument("--rows", default=",".join(map(str, ROWS)), help="only these sizes")
    given = parser.parse_args()
    print(table([int(rows) for rows in given.rows.split(",")], quick=given.quick))


def table(sizes: Iterable[int] = ROWS, *, quick: bool) -> str:
    """A line for each size of file."""
    head = ["| rows | MB | ours s | floor s | ratio | aim |  | peak MB | aim |  |", f"|{' --- |' * 10}"]
    return "\n".join([*head, *(line(rows, 1 if quick else ROWS.get(rows, 1)) for rows in sizes)])


def line(rows: int, rounds: int) -> str:
    """One row of the table: medians of interleaved runs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        size = prepare(folder, rows)
        runs: dict[str, list[dict[str, float]]] = {"ours": [], "floor": []}
        for _ in range(rounds):
            for what, done in runs.items():
                done.append(run(what, folder))
    seconds = {what: statistics.median(one["seconds"] for one in done) for what, done in runs.items()}
    peak = max(one["peak"] for one in runs["ours"])
    ratio, aim = seconds["ours"] / seconds["floor"], AIMS.get(rows)
    told = f"≤ {aim:g} × | {'hit' if ratio <= aim else 'MISS'}" if aim else "|"
    most = MEMORY_AIM if rows <= OF_FILE else MEMORY_AIM_OF_MANY
    memory = f"≤ {most} | {'hit' if peak <= most else 'MISS'}"
    return f"| {rows:,} | {size:.1f} | {seconds['ours']:.2f} | {seconds['floor']:.2f} | {ratio:.1f} | {told} | {peak:.0f} | {memory} |"


def run(what: str, folder: Path) -> dict[str, float]:
    """One measured process."""
    command = [sys.executable, "-m", "tests.bench_upload", what, str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    said: dict[str, float] = json.loads(done.stdout)
    return said


def prepare(folder: Path, rows: int) -> float:
    """A district and long-form CSVs of that many figures; their megabytes."""
    indicators = INDICATORS * max(1, rows // OF_FILE)
    listed = "".join(
        f"      - {{code: flow-{number:03}, name: 指标第{number}项, kind: flow, unit: 件, minimum: 0}}\n"
        for number in range(indicators)
    )
    (folder / "config.yaml").write_text(
        'organisation: {name: 北京市海淀区城市管理委员会, short: 海淀, district: 海淀区, code: "110108"}\n'
        f"store: duckdb:board.duckdb\nregions: {ROOT / 'data' / 'regions' / 'haidian.csv'}\n"
        f"themes:\n  - code: work\n    title: 城市管理\n    short: 管理\n    indicators:\n{listed}",
        encoding="utf-8",
    )
    regions = [region.name for region in catalogues.load(folder / "config.yaml").regions]
    chance = random.Random(1)
    for first in range(0, rows, OF_FILE):
        with (folder / f"figures-{first:09}.csv").open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("指标编码", "指标名称", "期间", "街镇", "数值", "备注"))
            for number in range(first, min(first + OF_FILE, rows)):
                month, rest = divmod(number, indicators * len(regions))
                code, region = divmod(rest, len(regions))
                period = f"{2000 + month // 12}-{month % 12 + 1:02}"
                figure = chance.randint(1000, 1999)
                writer.writerow((f"flow-{code:03}", f"指标第{code}项", period, regions[region], figure, ""))
    return sum(path.stat().st_size for path in files_in(folder)) / 1e6


def files_in(folder: Path) -> list[Path]:
    """The files to upload, in the order of time."""
    return sorted(folder.glob("figures-*.csv"))


def ours(folder: Path) -> dict[str, float]:
    """Seconds and peak megabytes of check and confirm."""
    with tempfile.TemporaryDirectory() as store:
        board = start(folder / "config.yaml", at=NOW, store_url=f"duckdb:{store}/board.duckdb")
        begun = time.perf_counter()
        for path in files_in(folder):
            load(board, path)
        return taken(begun)


def load(board: Board, path: Path) -> None:
    """One file into one release; what it needed is let go of before the next."""
    upload = Upload(name=path.name, data=path.read_bytes())
    checked = check(board.store, board.catalogue, [upload], at=NOW)
    assert checked.accepted, checked.findings[:3]
    confirm(board.store, checked, act=Act(at=NOW, by="bench"))


def floor(folder: Path) -> dict[str, float]:
    """The same for the least that any upload must do."""
    import duckdb

    columns = (
        "{" + ", ".join(f"'{name}': 'VARCHAR'" for name in ("code", "name", "period", "region", "value", "note")) + "}"
    )
    with tempfile.TemporaryDirectory() as store:
        start(folder / "config.yaml", at=NOW, store_url=f"duckdb:{store}/board.duckdb").store.close()
        connection = duckdb.connect()
        connection.execute(f"ATTACH '{store}/board.duckdb' AS kpi")
        begun = time.perf_counter()
        for path in files_in(folder):
            connection.execute(READ.format(columns=columns), {"path": str(path)})
            connection.execute(INSERT)
        return taken(begun)


def taken(begun: float) -> dict[str, float]:
    """Seconds since then, and the most memory that this process had."""
    return {"seconds": time.perf_counter() - begun, "peak": peak()}


if __name__ == "__main__":
    main()
