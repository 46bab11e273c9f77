"""Moves a store with its whole history into another engine: from one file to a lake, or back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import duckdb

from metrics.engine import ORDER, lock_down
from metrics.errors import Refused
from metrics.store import NOT_IN_BACKUPS, engine_at, open_store

SORTED = {"observation": f"ORDER BY {ORDER}"}
DIFFERENT = """
SELECT count(*) FROM (
    (SELECT hash(a) FROM old.{table} a EXCEPT ALL SELECT hash(b) FROM kpi.{table} b)
    UNION ALL (SELECT hash(b) FROM kpi.{table} b EXCEPT ALL SELECT hash(a) FROM old.{table} a)
)"""


def migrate(
    source: str, target: str, *, folder: Path, told: Callable[[str, int], None] = lambda *_: None
) -> dict[str, int]:
    """Copy all that the store at `source` holds into a new one at `target`; how many rows each table has.

    source, target  addresses as in config.yaml, relative ones under `folder`. The source stays as it is, but for the
                    format of this program; nobody else may have it open where it is a file
    told            hears of each table when it was copied and compared

    Copied in one transaction and then compared row by row, in both directions. Who is signed in is not moved. `Refused`
    where the target holds anything, and where a row differs: then the target is not to be used.
    """
    old, new = engine_at(source, folder=folder), engine_at(target, folder=folder)
    if old.url == new.url:
        raise Refused("来源和目标是同一个数据库。 Source and target are the same store.")
    tables = _ready(source, target, folder)
    with duckdb.connect() as connection:
        try:
            old.attach(connection, "old")
            new.attach(connection, "kpi")
            lock_down(connection, new.spill, [*old.folders(), *new.folders()])
            with old.alone(connection, "write"), new.alone(connection, "write"):
                _copy(connection, tables)
                return {table: _compared(connection, table, told) for table in tables}
        except duckdb.Error as error:
            refusal = new.not_written(error)
            raise (refusal or old.explain(error)) from error
        finally:
            new.close(connection)
            with suppress(duckdb.Error):
                old.close(connection)


def _ready(source: str, target: str, folder: Path) -> list[str]:
    """The tables that are moved; both stores have this program's format, and the target is empty."""
    open_store(source, folder=folder).close()
    store = open_store(target, folder=folder)
    try:
        rows = store.query("SELECT table_name AS name FROM duckdb_tables() WHERE database_name = 'kpi' ORDER BY name")
        tables = [row["name"] for row in rows if row["name"] not in NOT_IN_BACKUPS]
        full = [
            name
            for name in tables
            if name not in {"counter", "store_version"} and store.query(f"SELECT 1 FROM {name} LIMIT 1")  # noqa: S608
        ]
    finally:
        store.close()
    if full:
        raise Refused(
            f"目标 {store.engine.url} 里已经有数据（{'、'.join(full)}），没有写入。请换一个空的目标。\n"
            "The target holds something already: name an empty one. Nothing was written."
        )
    return tables


def _copy(connection: duckdb.DuckDBPyConnection, tables: list[str]) -> None:
    connection.execute("BEGIN")
    try:
        for table in tables:
            connection.execute(f"DELETE FROM kpi.{table}")  # noqa: S608
            connection.execute(f"INSERT INTO kpi.{table} BY NAME SELECT * FROM old.{table} {SORTED.get(table, '')}")  # noqa: S608
        connection.execute("COMMIT")
    except BaseException:
        with suppress(duckdb.Error):
            connection.execute("ROLLBACK")
        raise


def _compared(connection: duckdb.DuckDBPyConnection, table: str, told: Callable[[str, int], None]) -> int:
    (different,) = connection.execute(DIFFERENT.format(table=table)).fetchone() or (0,)
    if different:
        raise Refused(
            f"{table} 有{different}行读回来与来源不一致，目标不要使用。请检查磁盘后换一个空的目标再试。\n"
            "Rows of the target differ from the source: do not use it."
        )
    (rows,) = connection.execute(f"SELECT count(*) FROM kpi.{table}").fetchone() or (0,)  # noqa: S608
    told(table, rows)
    return int(rows)
