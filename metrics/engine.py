"""What a store is kept in: one file of one process, or a lake that several share. What both promise, and what both use."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

import duckdb

from metrics.errors import Refused

DAMAGE = (duckdb.IOException, duckdb.SerializationException, duckdb.InternalException, duckdb.FatalException)
ORDER = "indicator, region, period_end"  # in which figures lie, so that what a page asks for lies together
MEMORY, SPILL = "3GB", "4GB"  # of DuckDB; a file that needs more is refused and never fills the disk


class Engine(Protocol):
    """Where a store lies, and how it is opened there.

    url     its address, without anything secret
    stem    what its back-ups are named after
    beside  the folder in which its back-ups lie where nothing else is said
    spill   where DuckDB puts what does not fit into memory
    disk    a folder on the disk that it is written to; None where this computer cannot say
    shared  whether other processes may have it open, and write, at the same time
    """

    @property
    def url(self) -> str: ...
    @property
    def stem(self) -> str: ...
    @property
    def beside(self) -> Path: ...
    @property
    def spill(self) -> Path: ...
    @property
    def disk(self) -> Path | None: ...
    @property
    def shared(self) -> bool: ...

    def attach(self, connection: duckdb.DuckDBPyConnection, name: str = "kpi") -> None:
        """Make the store there if there is none, and have the connection know it by that name."""

    def settle(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Say how its tables are kept, where that has not been said yet."""

    def folders(self) -> list[str]:
        """Where DuckDB may open files once it is locked down, besides the back-ups."""

    def alone(self, connection: duckdb.DuckDBPyConnection, what: str) -> AbstractContextManager[None]:
        """Only one process at a time, of all that have the store open; `Refused` after a minute."""

    def broken(self, error: duckdb.Error) -> bool:
        """Whether the error tells of the store, not of a mistake in a statement."""

    def explain(self, error: duckdb.Error) -> Refused:
        """What a person can do about an error while reading."""

    def not_written(self, error: duckdb.Error) -> Refused | None:
        """What a person can do about a write that failed; None where it is the program's own mistake."""

    def present(self) -> bool:
        """Whether what was opened is still there under its name."""

    def commits(self, connection: duckdb.DuckDBPyConnection) -> int | None:
        """A number that changes with every commit of any process; None where only this process commits."""

    def size(self, connection: duckdb.DuckDBPyConnection) -> int:
        """Bytes that the store takes."""

    def logged(self) -> int:
        """Bytes that are committed and not part of it yet."""

    def close(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Let go of it."""


class Locked(Refused):
    """Another process holds the database file at `path`."""

    def __init__(self, message: str, path: Path) -> None:
        super().__init__(message)
        self.path = path


def fetched(
    cursor: duckdb.DuckDBPyConnection, sql: str, parameters: dict[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Rows of one read, each a dict by column name."""
    cursor.execute(sql, parameters or {})
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def quoted(text: Path | str) -> str:
    """As it stands between quotes in SQL."""
    return str(text).replace("'", "''")


def lock_down(connection: duckdb.DuckDBPyConnection, spill: Path, folders: Iterable[str]) -> None:
    """From here on DuckDB opens no file but in these folders, loads nothing, and no statement changes that."""
    opened = ", ".join(f"'{quoted(folder)}'" for folder in folders)
    for setting in (
        f"SET GLOBAL memory_limit = '{MEMORY}'",
        f"SET GLOBAL temp_directory = '{quoted(spill)}'",
        f"SET GLOBAL max_temp_directory_size = '{SPILL}'",
        "SET GLOBAL TimeZone = 'UTC'",
        "SET GLOBAL autoinstall_known_extensions = false",
        "SET GLOBAL autoload_known_extensions = false",
        "SET GLOBAL allow_community_extensions = false",
        f"SET GLOBAL allowed_directories = [{opened}]",
        "SET GLOBAL enable_external_access = false",
        "SET GLOBAL lock_configuration = true",
    ):
        connection.execute(setting)
