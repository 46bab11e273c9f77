"""A store on DuckLake: tables as Parquet files on a shared disk or S3, their catalogue in PostgreSQL, any number of processes.

The address names both, in the words of PostgreSQL's own connection strings and a few more:

    ducklake:postgres:dbname=kpi host=db.example user=kpi data_path=/srv/kpi/lake

A password never stands in it: PostgreSQL's client reads PGPASSWORD or the file ~/.pgpass. What else it may say is in docs/scale.md.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import duckdb

from metrics.engine import DAMAGE, ORDER, quoted
from metrics.errors import Refused

PREFIX: Final = "ducklake:postgres:"
OWN: Final = (
    "data_path",
    "schema",
    "s3_endpoint",
    "s3_region",
    "s3_url_style",
    "s3_use_ssl",
)  # words that PostgreSQL does not know
PACKAGES: Final = {"postgres_scanner": "duckdb-extension-postgres-scanner", "ducklake": "duckdb-extension-ducklake"}
S3_PACKAGES: Final = {"httpfs": "duckdb-extension-httpfs"}
INLINED = 1_000  # rows of one write that go into PostgreSQL instead of a file of their own
OPTIONS = (
    ("parquet_row_group_size", "20000", "observation"),
    ("target_file_size", "32MiB", "observation"),  # some 4 million figures: `compact` sorts as many at a time
    ("data_inlining_row_limit", "0", "release_file"),
)
COMPACT = (
    "ducklake_flush_inlined_data('kpi', table_name => 'observation')",
    "ducklake_merge_adjacent_files('kpi', 'observation')",
    "ducklake_expire_snapshots('kpi', older_than => now() - INTERVAL 1 HOUR)",
    "ducklake_cleanup_old_files('kpi', older_than => now() - INTERVAL 1 HOUR)",
    "ducklake_delete_orphaned_files('kpi', older_than => now() - INTERVAL 1 DAY)",
)
WAIT = "60s"  # that one process waits for another
UNREACHABLE = (
    "Unable to connect",
    "connection to server",
    "server closed the connection",
    "terminating connection",
    "no connection",
)
CONFLICT = "onflict"
UNSURE = "Failed to commit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lake:
    """Where a lake lies.

    catalogue  how PostgreSQL is reached, by the words of its connection strings
    schema     of PostgreSQL, that holds this lake's catalogue: several stores can lie in one database
    data       where the Parquet files lie: a folder, or s3://bucket/folder/
    s3         endpoint, region, url_style, use_ssl; keys come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY
    beside     folder in which back-ups lie where nothing else is said
    """

    catalogue: Mapping[str, str]
    schema: str
    data: str
    s3: Mapping[str, str] = field(default_factory=dict)
    beside: Path
    shared: bool = True

    @property
    def url(self) -> str:
        words = {**self.catalogue, "schema": self.schema, "data_path": self.data}
        return PREFIX + " ".join(shlex.quote(f"{name}={value}") for name, value in words.items())

    @property
    def stem(self) -> str:
        return self.schema

    @property
    def spill(self) -> Path:
        return Path(tempfile.gettempdir()) / f"kpi-{self.stem}-{os.getpid()}.spill"

    @property
    def disk(self) -> Path | None:
        return None if self.on_s3 else Path(self.data)

    @property
    def gate(self) -> str:
        """What a connection knows PostgreSQL itself by."""
        return f"gate_{zlib.crc32(self.url.encode()):08x}"

    @property
    def on_s3(self) -> bool:
        return self.data.startswith("s3://")

    def attach(self, connection: duckdb.DuckDBPyConnection, name: str = "kpi") -> None:
        """Open the lake, or make it; `Refused` where a package is missing or PostgreSQL or the folder cannot be had."""
        load(connection, PACKAGES | (S3_PACKAGES if self.on_s3 else {}))
        self._make_folder()
        reached = quoted(" ".join(f"{name}={_escaped(value)}" for name, value in self.catalogue.items()))
        try:
            if self.on_s3:
                self._say_s3(connection)
            connection.execute(f"ATTACH '{reached}' AS {self.gate} (TYPE postgres, READ_ONLY)")
            with self.alone(connection, "open"):
                connection.execute(
                    f"ATTACH 'ducklake:postgres:{reached}' AS {name} (DATA_PATH '{quoted(self.data)}', "
                    f"METADATA_SCHEMA '{self.schema}', DATA_INLINING_ROW_LIMIT {INLINED})"
                )
        except duckdb.Error as error:
            raise self.explain(error) from error

    def settle(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Figures lie sorted, in pieces of which a page needs few; uploaded files never lie in PostgreSQL."""
        said = cursor.execute("SELECT option_name FROM ducklake_options('kpi') WHERE scope = 'TABLE'").fetchall()
        missing = [one for one in OPTIONS if one[:1] not in said]
        if missing:
            cursor.execute(f"ALTER TABLE observation SET SORTED BY ({ORDER})")
        for option, value, table in missing:
            cursor.execute(f"CALL kpi.set_option('{option}', '{value}', table_name => '{table}')")

    def folders(self) -> list[str]:
        """The Parquet files."""
        return [self.data]

    @contextmanager
    def alone(self, connection: duckdb.DuckDBPyConnection, what: str) -> Iterator[None]:
        """A lock in PostgreSQL: it ends with the connection, so also with a process that was killed."""
        key = zlib.crc32(f"{self.schema} {what}".encode())
        with connection.cursor() as cursor:
            try:
                cursor.execute("BEGIN")
                for ask in (f"set_config(''lock_timeout'', ''{WAIT}'', true)", f"pg_advisory_xact_lock({key})::text"):
                    cursor.execute(f"FROM postgres_query('{self.gate}', 'SELECT {ask}')").fetchall()
            except duckdb.Error as error:
                with suppress(duckdb.Error):
                    cursor.execute("ROLLBACK")
                raise self.explain(error) from error
            try:
                yield
            finally:
                with suppress(duckdb.Error):  # a connection that is gone has let go of it
                    cursor.execute("ROLLBACK")

    def broken(self, error: duckdb.Error) -> bool:
        """Files cannot be read, or PostgreSQL is not there: that comes as an error of no class of its own."""
        return (
            isinstance(error, DAMAGE) or type(error) is duckdb.Error or any(said in str(error) for said in UNREACHABLE)
        )

    def explain(self, error: duckdb.Error) -> Refused:
        """PostgreSQL cannot be reached, or does not let us in; the files are elsewhere; or whatever DuckDB says."""
        text = str(error)
        first = text.splitlines()[0]
        if "password" in text or ("role" in text and "does not exist" in text):
            return Refused(
                f"目录库（PostgreSQL）不让登录：{first}。请核对 store 中的 user，并在 PGPASSWORD 或 ~/.pgpass 中写密码。\n"
                "PostgreSQL does not let the board in: check user, and PGPASSWORD or ~/.pgpass."
            )
        if any(said in text for said in UNREACHABLE):
            return Refused(
                f"目录库（PostgreSQL）连不上，稍后会自动重连：{first}。正在入库的，请到时在版本记录中核对。\n"
                "PostgreSQL cannot be reached; the board tries again by itself."
            )
        if "lock timeout" in text:
            return Refused(
                "另一个程序正在写入，等了一分钟。没有写入，请再试一次。 Another process is writing: try again."
            )
        if "DATA_PATH" in text:
            return Refused(
                f"这个目录库的数据文件不在 {self.data}：{first}。请在 store 中写建库时的 data_path。\n"
                "The lake was made with another data_path: write that one."
            )
        return Refused(f"数据湖 {self.url} 打不开或读不出：{first}。\nThe lake cannot be opened or read.")

    def not_written(self, error: duckdb.Error) -> Refused | None:
        """PostgreSQL was lost, somebody else wrote the same in the same moment, or a disk is full."""
        text = str(error)
        if any(said in text for said in UNREACHABLE) or (UNSURE in text and CONFLICT not in text):
            return Refused(
                "写入时目录库（PostgreSQL）断开了，不能确定是否已写入。请在版本记录中核对，没有再试一次；同一文件不会重复入库。\n"
                "PostgreSQL was lost while writing: look at the releases, and try again where it is missing."
            )
        if CONFLICT in text:
            return Refused(
                "同一时刻别人也在写入，没有写入。请再试一次。 Somebody else wrote in the same moment: try again."
            )
        if self.broken(error):
            return Refused(f"没有写入：{text.splitlines()[0]}。数据和以前一样，没有变。 Nothing was written.")
        return None

    def present(self) -> bool:
        """Whether the folder of the files is still there; of S3 the next read says so."""
        return self.disk is None or self.disk.is_dir()

    def commits(self, connection: duckdb.DuckDBPyConnection) -> int | None:
        """DuckLake's snapshot, asked of PostgreSQL itself: a tenth of what any query on the lake costs."""
        ask = f"SELECT max(snapshot_id) FROM {self.schema}.ducklake_snapshot"  # noqa: S608
        with connection.cursor() as cursor:
            row = cursor.execute(f"FROM postgres_query('{self.gate}', '{ask}')").fetchone()
        return int(row[0]) if row else None

    def size(self, connection: duckdb.DuckDBPyConnection) -> int:
        """Bytes of all Parquet files that count; what is kept in PostgreSQL is not among them."""
        with connection.cursor() as cursor:
            row = cursor.execute(
                "SELECT coalesce(sum(file_size_bytes + delete_file_size_bytes), 0) FROM ducklake_table_info('kpi')"
            ).fetchone()
        return int(row[0]) if row else 0

    def logged(self) -> int:
        """0: what is committed is there."""
        return 0

    def close(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Let go of it."""
        connection.close()

    def compact(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Bring small releases out of PostgreSQL into files, make few files of many, sorted, and forget what they replaced.

        Files that were replaced an hour ago or longer are deleted: no question takes as long as that.
        """
        with connection.cursor() as cursor:
            cursor.execute("USE kpi")
            for call in COMPACT:
                cursor.execute(f"CALL {call}").fetchall()

    def _make_folder(self) -> None:
        if self.disk is None:
            return
        try:
            self.disk.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise Refused(
                f"文件夹 {self.disk} 无法写入（{error.strerror}）。请挂上共享磁盘，并把写权限给运行看板的用户。\n"
                "The folder of the lake cannot be written: mount the shared disk and give the board's user write permission."
            ) from None

    def _say_s3(self, connection: duckdb.DuckDBPyConnection) -> None:
        said = {
            "KEY_ID": os.environ.get("AWS_ACCESS_KEY_ID", ""), "SECRET": os.environ.get("AWS_SECRET_ACCESS_KEY", ""),
            **{name.upper(): value for name, value in self.s3.items()}, "SCOPE": self.data,
        }  # fmt: skip
        settings = ", ".join(f"{name} '{quoted(value)}'" for name, value in said.items())
        connection.execute(f"CREATE SECRET files (TYPE s3, {settings})")


def lake_at(url: str, *, folder: Path) -> Lake:
    """The lake that the address names; a relative data_path is under `folder`. `Refused` for what is not understood."""
    words = _words(url)
    own = {name: words.pop(name) for name in OWN if name in words}
    if "password" in words:
        raise Refused(
            "store 里不要写密码：请放在环境变量 PGPASSWORD 或 ~/.pgpass。 No password in the address: use PGPASSWORD or ~/.pgpass."
        )
    if "dbname" not in words or not own.get("data_path"):
        raise Refused(
            f"“{url}”缺少 dbname 或 data_path。 Write {PREFIX}dbname=kpi host=db.example user=kpi data_path=/srv/kpi/lake"
        )
    schema = own.get("schema", "kpi")
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,40}", schema):
        raise Refused("schema 只用小写字母、数字和下划线。 A schema has lower-case letters, digits and _ only.")
    data = own["data_path"]
    if not data.startswith("s3://"):
        data = str((folder / Path(data).expanduser()).resolve())
    s3 = {name.removeprefix("s3_"): value for name, value in own.items() if name.startswith("s3_")}
    return Lake(catalogue=words, schema=schema, data=data.rstrip("/") + "/", s3=s3, beside=(folder / "data").resolve())


def load(connection: duckdb.DuckDBPyConnection, packages: Mapping[str, str]) -> None:
    """Load DuckDB's extensions from installed packages; `Refused` names what is to be installed."""
    found = {name: _extension(name) for name in packages}
    missing = [packages[name] for name, file in found.items() if file is None]
    if missing:
        wanted = " ".join(f"{package}=={duckdb.__version__}" for package in missing)
        raise Refused(
            f"store 用 DuckLake，还缺软件包：{wanted}。请运行 make lake，或 .venv/bin/python -m pip install {wanted}。\n"
            "A store on DuckLake needs these packages, each of exactly this version of DuckDB: run make lake."
        )
    for name, file in found.items():
        try:
            connection.execute(f"LOAD '{quoted(str(file))}'")
        except duckdb.Error as error:
            raise Refused(
                f"DuckDB 的扩展 {name} 不能装入：{str(error).splitlines()[0]}。请重新安装：make lake。\n"
                "An extension of DuckDB does not load: install it again."
            ) from error


def _extension(name: str) -> Path | None:
    """The file of the extension for this very DuckDB; None where its package, or that version of it, is not installed."""
    found = importlib.util.find_spec(f"duckdb_extension_{name}")
    if found is None or not found.submodule_search_locations:
        return None
    file = Path(found.submodule_search_locations[0], "extensions", f"v{duckdb.__version__}", f"{name}.duckdb_extension")
    return file if file.is_file() else None


def _words(url: str) -> dict[str, str]:
    """The words of the address, quoted as in a shell, and what each is set to."""
    try:
        pairs = [word.partition("=") for word in shlex.split(url.removeprefix(PREFIX))]
    except ValueError:
        pairs = [("", "", "")]
    if not url.startswith(PREFIX) or not all(name and equals for name, equals, _ in pairs):
        raise Refused(
            f"store “{url}”看不懂。请写成 duckdb:路径，或 {PREFIX}dbname=… host=… user=… data_path=…。\n"
            f"The store is not understood: write duckdb:PATH, or {PREFIX}dbname=kpi host=db.example user=kpi data_path=/srv/kpi/lake"
        )
    return {name: value for name, _, value in pairs}


def _escaped(value: str) -> str:
    """As it stands in a connection string of PostgreSQL."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
