"""Compacting: the figures of a store written anew in the order in which pages ask for them, and nothing else changed.

Releases come in one after the other, so that the figures of one indicator lie all over the file. After compacting they lie
together, and a page reads little however large the store is. It is done as closing a store does it (docs/adr/0015): a new
file is made beside the store, compared, and takes its place in steps that can be interrupted anywhere. Nobody may have the
store open meanwhile.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from metrics import storefile
from metrics.engine import ORDER, SPILL, Locked, quoted
from metrics.errors import Refused
from metrics.lake import Lake
from metrics.onefile import OneFile, alone, holder
from metrics.store import FREE_BYTES, Store, engine_at, open_store, sums_of

MEMORY = "2GB"  # of DuckDB, so that the process stays below 3 GB
PIECE = 2_000_000  # figures that are sorted at a time: some 600 MB, so that nothing has to be put on the disk meanwhile
SORTED = "observation"
PIECES = """
WITH counted AS (SELECT indicator, region, count(*) AS number FROM kpi.observation GROUP BY indicator, region),
placed AS (SELECT *, (sum(number) OVER (ORDER BY indicator, region) - number) // $most AS piece FROM counted)
SELECT min(indicator) AS first, arg_min(region, (indicator, region)) AS first_region,
    max(indicator) AS last, arg_max(region, (indicator, region)) AS last_region, sum(number)::BIGINT AS number
FROM placed GROUP BY piece ORDER BY piece
"""
INSERT_PIECE = f"""
INSERT INTO {SORTED} SELECT * FROM kpi.{SORTED} WHERE indicator BETWEEN $first AND $last
    AND (indicator > $first OR region >= $first_region) AND (indicator < $last OR region <= $last_region)
ORDER BY {ORDER}, period_start, release_id, row_no
"""  # noqa: S608

Progress = Callable[[float, str], None]
Sums = dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compacted:
    """What was done: how many figures are in order now, and the bytes of the store before and after."""

    rows: int
    before: int
    after: int


def silent(share: float, stage: str) -> None:
    """Tells nobody how far it has come."""


def compact(url: str, *, folder: Path = Path(), progress: Progress = silent) -> Compacted:
    """Put the figures of the store at that address in order; a file while nobody has it open, a lake beside its boards.

    progress  called with the share that is done, 0 to 1, and what is being done

    `Refused` when it cannot be done, with the store as it was, and `Locked` while somebody has the file open.
    """
    engine = engine_at(url, folder=folder)
    if isinstance(engine, OneFile):
        return compact_file(engine.path, progress=progress)
    store = open_store(url, folder=folder)
    try:
        return compact_lake(store)
    finally:
        store.close()


def compact_lake(store: Store) -> Compacted:
    """Put the figures of a lake in order while others read it; who writes waits."""
    assert isinstance(store.engine, Lake)
    before = store.size()
    with store.writing:
        store.engine.compact(store.connection)
    (row,) = store.query("SELECT count(*) AS n FROM observation")
    return Compacted(rows=row["n"], before=before, after=store.size())


def compact_file(path: Path, *, progress: Progress = silent) -> Compacted:
    """Write the store in that file anew, its figures in order."""
    if not path.is_file():
        raise Refused(f"没有数据库 {path}，不用整理。 There is no store to compact.")
    try:
        open_store(f"duckdb:{path}").close()  # then it is whole, of this program's format, and without a log
        before = path.stat().st_size
        _check_disk(path, before)
        with alone(path):
            rows = _replaced(path, progress)
    except Locked as locked:
        raise _in_use(path, str(locked)) from locked
    return Compacted(rows=rows, before=before, after=path.stat().st_size)


def _replaced(path: Path, progress: Progress) -> int:
    """The new file in the place of the store, or on any error the store as it was; the number of figures."""
    storefile.settle(path)
    try:
        with duckdb.connect() as connection:
            _set_up(connection, path)
            held = _written(connection, path, progress)
            storefile.adopt(path)  # while the old file is held still: nobody can open it any more
    except duckdb.Error as error:
        said = OneFile(path).explain(error)
        if isinstance(said, Locked):
            raise said from error
        raise Refused(_failed(path, str(error).splitlines()[0])) from error
    except OSError as error:
        raise Refused(_failed(path, error.strerror or str(error))) from error
    finally:
        storefile.settle(path)
    return held[SORTED][0]


def _set_up(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    for setting in (
        f"SET memory_limit = '{MEMORY}'",
        f"SET temp_directory = '{quoted(storefile.beside(path, '.spill'))}'",
        f"SET max_temp_directory_size = '{SPILL}'",
        "SET enable_progress_bar = false",
        "SET TimeZone = 'UTC'",
    ):
        connection.execute(setting)


def _written(connection: duckdb.DuckDBPyConnection, path: Path, progress: Progress) -> Sums:
    """Make the draft from the store, which nobody can change meanwhile, and read it back; what both hold."""
    draft = storefile.beside(path, storefile.DRAFT)
    connection.execute(f"ATTACH '{quoted(path)}' AS kpi (READ_ONLY)")
    progress(0.0, "正在读取")
    held = sums_of(connection, "kpi")
    connection.execute(f"ATTACH '{quoted(draft)}' AS draft ({storefile.STORAGE})")
    shutil.copymode(path, draft)
    connection.execute("USE draft")
    for (statement,) in connection.execute("SELECT sql FROM duckdb_tables() WHERE database_name = 'kpi'").fetchall():
        connection.execute(statement)
    for table in held:
        if table != SORTED:
            connection.execute(f"INSERT INTO {table} SELECT * FROM kpi.{table}")  # noqa: S608
    _fill_sorted(connection, held[SORTED][0], progress)
    connection.execute("CHECKPOINT draft")  # one file without a log; nobody needs it yet
    connection.execute("USE memory; DETACH draft")
    progress(0.9, "正在读回核对")
    connection.execute(f"ATTACH '{quoted(draft)}' AS draft (READ_ONLY)")
    if sums_of(connection, "draft") != held:
        raise Refused(_failed(path, "新文件读回来与数据库不一致，没有采用，请检查磁盘"))
    connection.execute("DETACH draft")
    return held


def _fill_sorted(connection: duckdb.DuckDBPyConnection, rows: int, progress: Progress) -> None:
    """Put the figures into the draft piece by piece, each the next ones in order."""
    done, names = 0, ("first", "first_region", "last", "last_region")
    for *bounds, number in connection.execute(PIECES, {"most": PIECE}).fetchall():
        progress(0.1 + 0.8 * done / rows, "正在排序写入")
        connection.execute(INSERT_PIECE, dict(zip(names, bounds, strict=True)))
        done += number


def _check_disk(path: Path, size: int) -> None:
    free, needed = shutil.disk_usage(path.parent).free, size + FREE_BYTES
    if free < needed:
        raise Refused(
            f"磁盘剩余空间只有 {free // 2**20} MB，整理需要 {needed // 2**20} MB，没有整理，数据没有变。请清理 {path.parent} 所在磁盘。\n"
            "The disk has no room for a second copy of the store: free some space, then try again. Nothing was changed."
        )


def _in_use(path: Path, text: str) -> Locked:
    who, by_whom = holder(text)
    return Locked(
        f"数据库 {path} 正被另一个程序使用{who}，没有整理。整理时看板要停着：请先停止看板，整理以后再启动。\n"
        f"The store is in use by another process{by_whom}: stop the board, compact, then start it again. Nothing was changed.",
        path,
    )


def _failed(path: Path, said: str) -> str:
    return (
        f"没有整理：{path}（{said}）。数据和以前一样，没有变。\n"
        "The store was not compacted, and is as it was. Look at the disk, then try again."
    )
