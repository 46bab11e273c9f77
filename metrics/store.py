"""The store: opens it, migrates it, appends releases, events and comments. The only module that writes."""

from __future__ import annotations

import dataclasses
import logging
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.resources import files as package_files
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar
from uuid import uuid4

import duckdb
import pyarrow as pa

from metrics import storefile
from metrics.engine import ORDER, Engine, fetched, lock_down, quoted
from metrics.errors import Refused
from metrics.lake import lake_at
from metrics.model import PROGRAM, Act, Comment, Observation, Origin, Release, ReleaseEvent, ReleaseFile, Submission
from metrics.onefile import OneFile, alone, located
from metrics.period import clock

SCHEMA = package_files("metrics").joinpath("schema.sql").read_text(encoding="utf-8")
EPOCH, EVER = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
FREE_BYTES = 64 * 1024 * 1024
READ_THROUGH_BYTES = 256 * 1024 * 1024
NOT_IN_BACKUPS = {"session", "secret"}  # who is signed in here and now
LOOK_EVERY = 1.0  # seconds, for what other processes have written to a store that several share
DECIMAL = pa.decimal128(18, 4)
OBSERVATION = pa.schema(
    [
        ("row_no", pa.int32()), ("indicator", pa.string()), ("region", pa.string()),
        ("period_start", pa.date32()), ("period_end", pa.date32()),
        ("value", DECIMAL), ("lower", DECIMAL), ("upper", DECIMAL), ("qualifier", pa.string()),
        ("numerator", DECIMAL), ("denominator", DECIMAL), ("written", pa.string()), ("obs_status", pa.string()),
        ("state", pa.string()), ("planned", pa.string()), ("expected", pa.string()), ("actual", pa.string()),
        ("inferred", pa.string()), ("quote", pa.string()), ("paragraph", pa.int32()), ("note", pa.string()),
        ("file_no", pa.int32()), ("sheet", pa.string()), ("source_row", pa.int32()), ("source_cell", pa.string()),
        ("cell_text", pa.string()),
    ]
)  # fmt: skip

log = logging.getLogger(__name__)
T = TypeVar("T")

DEMO = "demo"  # the kind of release that holds invented figures
HANDED_IN = {
    "file",
    "form",
    DEMO,
}  # releases that add to each other; a newer reading of a notice replaces the one before

# Releases that count at a moment for readers: known before it, and not withdrawn, sent back or waiting for a second person by
# an event before it. `Provisional` reads with those that wait as well.
AWAITING, NOT_AWAITING = ", 'await')", ")"
# The last thing that happened to the release r before a moment; what has no event counts like one that was restored.
LAST_EVENT = """coalesce((
        SELECT arg_max(event, event_id) FROM release_event e WHERE e.release_id = r.release_id AND e."at" < $before
    ), 'restore')"""
STANDING = f"""
WITH standing AS (
    SELECT release_id, known_from, {LAST_EVENT} AS last_event
    FROM release r WHERE known_from < $before AND last_event NOT IN ('withdraw', 'replace', 'return', 'await')
)
"""  # noqa: S608
LATEST = """
QUALIFY row_number() OVER (
    PARTITION BY indicator, region, period_start, period_end ORDER BY standing.known_from DESC, o.release_id DESC, row_no DESC
) = 1
"""
# What the store holds, 初报 too, for the indicators of `wanted`, from three years before the first period of `staged` on.
CURRENT = f"""{STANDING.replace("$before", "TIMESTAMPTZ '9999-01-01'").replace(AWAITING, NOT_AWAITING)}
SELECT o.* FROM observation o JOIN standing USING (release_id)
WHERE o.indicator IN (SELECT indicator FROM wanted)
    AND o.period_end >= (SELECT coalesce(min(period_end), DATE '1900-01-01') FROM staged) - INTERVAL 3 YEAR
{LATEST}"""  # noqa: S608


class Writing:
    """One writer at a time, of all processes that have the store open. Who holds it may take it again."""

    def __init__(self, engine: Engine, connection: duckdb.DuckDBPyConnection) -> None:
        self.here = threading.RLock()
        self.depth = 0
        self.everywhere = ExitStack()
        self.engine = engine
        self.connection = connection

    def __enter__(self) -> None:
        self.here.acquire()
        try:
            if not self.depth:
                self.everywhere.enter_context(self.engine.alone(self.connection, "write"))
        except BaseException:
            self.here.release()
            raise
        self.depth += 1

    def __exit__(self, *_: object) -> None:
        self.depth -= 1
        try:
            if not self.depth:
                self.everywhere.close()
        finally:
            self.here.release()


@dataclass(slots=True)
class Store:
    """An open store. Reads take a cursor of their own; writes go one at a time.

    engine   what it is kept in
    backups  the one folder besides in which DuckDB may open files
    version  of the data, as the last look or commit found it
    looked   when that was, on the computer's running clock; only a store that several processes share is looked at again
    commit   what the engine counted then
    kept     answers that hold until somebody commits, of a store that several processes share
    told     what was asked of the figures of each release, which never change, by the question: see `of_each`
    """

    engine: Engine
    connection: duckdb.DuckDBPyConnection
    backups: Path
    writing: Writing
    version: int = 0
    looked: float = 0.0
    commit: int | None = None
    kept: dict[tuple[str, tuple[Any, ...]], list[dict[str, Any]]] = field(default_factory=dict)
    told: dict[str, dict[int, Any]] = field(default_factory=dict)

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A short-lived cursor on the store; one per query, never shared between threads."""
        with self.connection.cursor() as cursor:
            cursor.execute("USE kpi")
            yield cursor

    def query(self, sql: str, parameters: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """Rows of one read, each a dict by column name; `Refused` when it cannot be read."""

        def asked() -> list[dict[str, Any]]:
            with self.cursor() as cursor:
                return fetched(cursor, sql, parameters)

        return self._tried(asked)

    def again(self, sql: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        """Like `query`, for what is asked at every step: of a shared store an answer holds until a commit is seen."""
        if not self.engine.shared:
            return self.query(sql, parameters)
        self.data_version()
        kept, asked = self.kept, (sql, tuple(parameters.values()))
        if asked not in kept:
            kept[asked] = self.query(sql, parameters)
        return kept[asked]

    def _tried(self, read: Callable[[], T]) -> T:
        tries = 2 if self.engine.shared else 1  # what is kept of a connection may be older than the server's last start
        while True:
            tries -= 1
            try:
                return read()
            except duckdb.Error as error:
                if not self.engine.broken(error):
                    raise
                if not tries:
                    raise self.engine.explain(error) from error

    def data_version(self, *, now: bool = False) -> int:
        """A number that changes with every commit a reader could see; pages cache by it, and ask at every step.

        now  also what another process committed within the last LOOK_EVERY seconds
        """
        if self.engine.shared and (now or time.monotonic() - self.looked >= LOOK_EVERY):
            self.look()
        return self.version

    def look(self) -> None:
        """Find out the version of the data."""
        self.looked = time.monotonic()  # first: whoever asks meanwhile need not look as well
        commit = self._tried(lambda: self.engine.commits(self.connection))
        if commit is not None and commit == self.commit:
            return
        found = self.query("SELECT v FROM counter WHERE name = 'data'")
        self.version, self.commit, self.kept = int(found[0]["v"]) if found else 0, commit, {}

    def present(self) -> bool:
        """Whether what was opened is still there under its name."""
        return self.engine.present()

    def size(self) -> int:
        """Bytes that it takes."""
        return self.engine.size(self.connection)

    def close(self) -> None:
        """Let go of the store."""
        with self.writing.here:
            self.engine.close(self.connection)


def engine_at(url: str, *, folder: Path = Path()) -> Engine:
    """What the address names: duckdb:PATH, or a lake; relative paths are under `folder`. `Refused` for another address."""
    return OneFile(located(url, folder=folder)) if url.startswith("duckdb:") else lake_at(url, folder=folder)


def open_store(url: str, *, folder: Path = Path(), backups: str = "", schema: str = SCHEMA) -> Store:
    """The store at `url`, created or migrated as needed; `Refused` when a person has to step in.

    url      as for `engine_at`
    backups  folder of the back-ups, also under `folder`; "" for backups/ beside the store
    schema   text of schema.sql; tests give an older or newer one
    """
    engine = engine_at(url, folder=folder)
    kept = (folder / Path(backups).expanduser()).resolve() if backups else engine.beside / "backups"
    connection = duckdb.connect(f":memory:kpi-{uuid4().hex}")
    try:
        engine.attach(connection)
        lock_down(connection, engine.spill, [str(kept), *engine.folders()])
        store = Store(engine, connection, kept, Writing(engine, connection))
        with store.writing:
            _migrate(store, schema)
            with store.cursor() as cursor:
                engine.settle(cursor)
        _read_through(store)
        store.look()
    except BaseException as error:
        connection.close()
        if isinstance(error, duckdb.Error) and engine.broken(error):
            raise engine.explain(error) from error
        raise
    return store


def peek(path: Path, *tables: str) -> list[list[dict[str, Any]]]:
    """Rows of these tables of a file that nobody has open, [] where it has no such table yet; the file stays as it is.

    "at" is in microseconds since the epoch.

    Raises `Locked` when another process has it open, `Refused` when it cannot be read.
    """
    with alone(path), duckdb.connect() as connection:
        storefile.settle(path)
        try:
            connection.execute(f"ATTACH '{quoted(path)}' AS other (READ_ONLY)")
            connection.execute("SET TimeZone = 'UTC'; USE other")
            there = {row[0] for row in connection.execute("SHOW TABLES").fetchall()}
            return [
                fetched(connection, f'SELECT * REPLACE (epoch_us("at") AS "at") FROM {table}') if table in there else []  # noqa: S608
                for table in tables
            ]
        except duckdb.Error as error:
            raise OneFile(path).explain(error) from error


def _versions(schema: str) -> list[str]:
    return re.split(r"^-- version \d+\b.*$", schema, flags=re.MULTILINE)[1:]


def _migrate(store: Store, schema: str) -> None:
    blocks, found = _versions(schema), _found_version(store)
    if found > len(blocks):
        raise Refused(
            f"数据库 {store.engine.url} 由更新版本的看板建立（格式 {found}，本程序支持到 {len(blocks)}）。请升级本程序后再打开，数据未被改动。\n"
            f"The store has format {found}, newer than this program's {len(blocks)}: upgrade the program. Nothing was changed."
        )
    if found == len(blocks):
        return
    with transaction(store) as cursor:
        for block in blocks[found:]:
            cursor.execute(block)
        cursor.execute("DELETE FROM store_version")
        cursor.execute("INSERT INTO store_version VALUES ($version)", {"version": len(blocks)})


def _found_version(store: Store) -> int:
    tables = store.query("SELECT table_name FROM duckdb_tables() WHERE database_name = 'kpi'")
    if not tables:
        return 0
    if not any(table["table_name"] == "store_version" for table in tables):
        raise Refused(
            f"{store.engine.url} 是别的程序的数据库，未被改动。请在 config.yaml 的 store 中换一个文件名。\n"
            f"{store.engine.url} is another program's database: name another file under 'store'. Nothing was changed."
        )
    versions = store.query("SELECT version FROM store_version")
    if not versions:
        raise store.engine.explain(duckdb.IOException("the version of the store is missing"))
    return int(versions[0]["version"])


def _read_through(store: Store) -> None:
    """Read every row once, so that a damaged file is told at start and not on a leader's page; skipped when large or shared."""
    small = not store.engine.shared and store.size() <= READ_THROUGH_BYTES
    with _reading(store) as cursor:
        sums_of(cursor, "kpi", *(() if small else ("counter", "release")))


def sums(store: Store) -> dict[str, tuple[int, int]]:
    """Read every cell: number of rows, and a sum over all of them, by table; `Refused` where the file is damaged."""
    with _reading(store) as cursor:
        return sums_of(cursor, "kpi")


def verify(path: Path) -> None:
    """Read a store that nobody has open to its last row, brought to this program's format; `Refused` where that fails."""
    store = open_store(f"duckdb:{path}")
    try:
        sums(store)
    finally:
        store.close()


def copy(store: Store, path: Path) -> None:
    """Write all that the store holds at one moment into a new file, and read it back; others read and write meanwhile.

    `Refused` when it cannot be written, or does not hold the same. The file lies in `store.backups`.
    """
    name = f"copy_{uuid4().hex}"
    try:
        with store.connection.cursor() as cursor:
            with _attached(cursor, path, name, storefile.STORAGE):
                held = _copied(cursor, name)
            with _attached(cursor, path, name, "READ_ONLY"):
                same = _lasting(sums_of(cursor, name)) == held
    except duckdb.Error as error:
        said = str(error).splitlines()[0]
        raise Refused(
            f"备份没有写成：{path}（{said}）。看板的数据没有变。 The back-up could not be written."
        ) from error
    if not same:
        raise Refused(
            f"备份读回来与数据库不一致，没有采用：{path}。请检查磁盘。 The copy does not hold the same: check the disk."
        )


@contextmanager
def _attached(cursor: duckdb.DuckDBPyConnection, path: Path, name: str, options: str) -> Iterator[None]:
    cursor.execute(f"ATTACH '{quoted(path)}' AS {name} ({options})")
    try:
        yield
    finally:
        with suppress(duckdb.Error):  # of what could not be finished
            cursor.execute("ROLLBACK")
        cursor.execute("USE memory")
        cursor.execute(f"DETACH {name}")


def _copied(cursor: duckdb.DuckDBPyConnection, name: str) -> dict[str, tuple[int, int]]:
    """Fill the empty database of that name from one snapshot of the store; what the snapshot holds."""
    cursor.execute(f"USE {name}")
    for block in _versions(SCHEMA):
        cursor.execute(block)
    cursor.execute("DELETE FROM counter")
    cursor.execute("BEGIN")
    held = _lasting(sums_of(cursor, "kpi"))
    for table in held:
        cursor.execute(f"INSERT INTO {table} BY NAME SELECT * FROM kpi.{table}")  # noqa: S608
    cursor.execute("COMMIT")
    cursor.execute(f"CHECKPOINT {name}")  # one file without a log; nobody needs it yet
    return held


def _lasting(sums: dict[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    return {table: sum_ for table, sum_ in sums.items() if table not in NOT_IN_BACKUPS}


@contextmanager
def _reading(store: Store) -> Iterator[duckdb.DuckDBPyConnection]:
    """A cursor on the whole file; `Refused` when that turns out to be damaged."""
    try:
        with store.connection.cursor() as cursor:
            yield cursor
    except duckdb.Error as error:
        raise store.engine.explain(error) from error


def sums_of(cursor: duckdb.DuckDBPyConnection, database: str, *tables: str) -> dict[str, tuple[int, int]]:
    """Number of rows and a sum over all their cells by table; of all tables where none is named."""
    listed = cursor.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = $name ORDER BY table_name", {"name": database}
    ).fetchall()
    found = {}
    for (table,) in listed:
        if not tables or table in tables:
            row = cursor.execute(f"SELECT count(*), coalesce(sum(hash(t)), 0) FROM {database}.{table} t").fetchone()  # noqa: S608
            assert row is not None
            found[table] = (int(row[0]), int(row[1]))
    return found


@contextmanager
def transaction(store: Store) -> Iterator[duckdb.DuckDBPyConnection]:
    """One write: all of it or, on any error, none of it; `Refused` where the disk does not take it."""
    with store.writing:
        try:
            with store.cursor() as cursor:
                cursor.execute("BEGIN")
                try:
                    yield cursor
                    cursor.execute("COMMIT")
                except BaseException:
                    with suppress(duckdb.Error):  # a commit that failed has taken itself back
                        cursor.execute("ROLLBACK")
                    raise
        except duckdb.Error as error:
            refusal = store.engine.not_written(error)
            if refusal is None:
                raise
            raise refusal from error
        store.look()


Event = Literal["withdraw", "restore", "await", "approve", "return"]


class Reads(Protocol):
    """What can be asked: a store, or a store with what waits."""

    @property
    def told(self) -> dict[str, dict[int, Any]]: ...

    def query(self, sql: str, parameters: dict[str, Any] | None = None) -> list[dict[str, Any]]: ...


@dataclass(frozen=True, slots=True)
class Provisional:
    """The store as those read it who may see 初报: releases that wait for a second person count."""

    store: Store

    @property
    def told(self) -> dict[str, dict[int, Any]]:
        """As of `Store`: figures of a release are the same for all."""
        return self.store.told

    def query(self, sql: str, parameters: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """Rows of one read, like `Store.query`."""
        return self.store.query(sql.replace(AWAITING, NOT_AWAITING), parameters)


class Moved(Refused):
    """The store has changed since the submission was checked; check it again and confirm what is then shown."""


def append(
    store: Store,
    submission: Submission,
    *,
    at: datetime,
    rows: pa.Table | None = None,
    checked_at: int | None = None,
    origin: Origin = PROGRAM,
) -> Release:
    """The release that holds the submission: a new one, or the standing one read from the same bytes and answers.

    rows        observations as an Arrow table with the columns of OBSERVATION, instead of `submission.observations`
    checked_at  the data version that the submission was checked against; `Moved` when it is not the current one
    origin      from where it came, for the audit

    Appended whole or not at all, and read back before it is returned. A newer reading of the same notice
    replaces the one before it in the same step, from the day that the notice was known, so that no day's view
    shows both.
    """
    with store.writing:
        if submission.source == DEMO and any(one.source != DEMO for one in releases(store)):
            raise Refused(
                f"{store.engine.url} 里有真实数据，不能放演示数据，未写入。 Real figures and invented ones are never mixed."
            )
        standing = [release for release in releases(store) if not release.withdrawn]
        same = [one for one in standing if (one.sha256, one.answers) == (submission.sha256, submission.answers)]
        if same:
            return same[0]
        if checked_at is not None and checked_at != store.data_version(now=True):
            raise Moved("在您核对期间，别人的数据刚刚入库。请查看更新后的变化，再确认一次。")
        _check_disk(store)
        staged = rows if rows is not None else _arrow(submission.observations)
        with transaction(store) as cursor:
            release_id = _next(cursor, "release")
            _insert_release(cursor, release_id, submission, at)
            _insert_files(cursor, release_id, submission.files)
            _insert_observations(cursor, release_id, staged)
            for release in standing:
                if submission.source == release.source and submission.source not in HANDED_IN:
                    since = submission.known_from
                    act = Act(at=since, by=submission.by)
                    _insert_event(cursor, release.release_id, "replace", act, f"由版本{release_id}取代")
            by = submission.by
            if submission.waits:
                _insert_event(cursor, release_id, "await", Act(at=at, by=by, origin=origin), None)
            audit(cursor, "release", release_id, Act(at=at, by=by, origin=origin), said=submission.reason)
            _next(cursor, "data")
        return _read_back(store, release_id, staged.num_rows)


def record_event(store: Store, release_id: int, event: Event, *, act: Act, reason: str | None) -> None:
    """Something that becomes of a release; the release itself stays as it is. `Refused` for one that is not there."""
    if release_id not in {release.release_id for release in releases(store)}:
        raise Refused(f"没有版本 {release_id}。 There is no release {release_id}.")
    with transaction(store) as cursor:
        _insert_event(cursor, release_id, event, act, reason)
        audit(cursor, event, release_id, act, said=reason)
        _next(cursor, "data")


def append_comment(store: Store, comment: Comment, *, after: int, origin: Origin = PROGRAM) -> Comment:
    """The version that now stands: this one, or the one before it where it says the same.

    after   id of the version that the writer has seen, 0 for none
    origin  from where it came, for the audit

    Raises `Moved` when another one stands by now, `Refused` for a change without a reason and a withdrawal of nothing.
    """
    with store.writing:
        last = _last_comment(store, comment)
        if (last.comment_id if last else 0) != after:
            raise Moved("这个月的说明刚刚被别人改过，您写的还没有保存。请先看最新的内容，再决定是否保存。")
        standing = last if last and not last.withdrawn else None
        if comment.withdrawn and standing is None:
            raise Refused("这个月没有可以撤回的说明。")
        if standing and standing.said == comment.said:
            return standing
        if standing and not comment.reason:
            raise Refused("这个月已经有说明，请写明修改或撤回的原因。")
        _check_disk(store)
        with transaction(store) as cursor:
            written = dataclasses.replace(comment, comment_id=_next(cursor, "comment"))
            cursor.execute(
                'INSERT INTO comment (comment_id, indicator, region, period_end, what, doing, by_when, withdrawn, "by", '
                'verified, "at", reason) VALUES ($comment_id, $indicator, $region, $period_end, $what, $doing, $by_when, '
                "$withdrawn, $by, $verified, $at, $reason)",
                {entry.name: getattr(written, entry.name) for entry in dataclasses.fields(written)},
            )
            act = Act(at=comment.at, by=comment.by, origin=origin)
            audit(cursor, "comment", written.comment_id, act, said=comment.reason)
            _next(cursor, "data")
        return written


def _last_comment(store: Store, comment: Comment) -> Comment | None:
    rows = store.query(
        'SELECT * EXCLUDE ("at"), epoch_us("at") AS "at" FROM comment '
        "WHERE indicator = $indicator AND region = $region AND period_end = $period_end ORDER BY comment_id DESC LIMIT 1",
        {name: getattr(comment, name) for name in ("indicator", "region", "period_end")},
    )
    return Comment(**(rows[0] | {"at": timestamp(rows[0]["at"])})) if rows else None


def keep_catalogue(store: Store, *, sha256: str, text: str, at: datetime) -> None:
    """Keep the catalogue's text, once for each time it comes into force."""
    with store.writing:
        last = store.query("SELECT sha256 FROM catalogue ORDER BY loaded_at DESC LIMIT 1")
        if last and last[0]["sha256"] == sha256:
            return
        with transaction(store) as cursor:
            values = {"sha256": sha256, "text": text, "at": at}
            cursor.execute("INSERT INTO catalogue VALUES ($sha256, $text, $at)", values)


def catalogue_known(store: Store, before: datetime) -> str | None:
    """Text of the catalogue in force right before that moment, or the first one kept when none was yet; None in a new store."""
    rows = store.query("SELECT text, epoch_us(loaded_at) AS loaded_at FROM catalogue ORDER BY loaded_at")
    in_force = [row for row in rows if timestamp(row["loaded_at"]) < before]
    return next((row["text"] for row in (*reversed(in_force), *rows)), None)


def of_each(
    store: Reads, asked: str, numbers: Iterable[int], parameters: dict[str, Any] | None = None
) -> dict[int, Any]:
    """An aggregate of the figures of each of these releases, NULL for one without any: read once, for they never change.

    asked       SQL of the aggregate, with these parameters
    """
    told = store.told.setdefault(f"{asked} {parameters}", {})
    missing = {number for number in numbers if number not in told}
    if missing:
        rows = store.query(
            f"SELECT release_id, {asked} AS told FROM observation WHERE release_id >= $first GROUP BY release_id",  # noqa: S608
            {"first": min(missing), **(parameters or {})},
        )
        told |= dict.fromkeys(missing) | {
            row["release_id"]: row["told"] for row in rows if row["release_id"] in missing
        }
    return told


def releases(store: Store, *, known_before: datetime | None = None, number: int | None = None) -> list[Release]:
    """Every release, oldest first, with what its last event made of it.

    known_before  leave out releases known, and events made, at or after that moment; None for all
    number        only that release; None for all
    """
    rows = store.query(
        f"""
        SELECT r.* EXCLUDE (known_from, received_at),
               epoch_us(known_from) AS known_from, epoch_us(received_at) AS received_at,
               {LAST_EVENT} AS last_event
        FROM release r WHERE r.known_from < $before AND r.release_id = coalesce($number, r.release_id) ORDER BY release_id
        """,  # noqa: S608
        {"before": known_before or EVER, "number": number},
    )
    counts = of_each(store, "count(*)", [row["release_id"] for row in rows])
    for row in rows:
        last = row.pop("last_event")
        row["observations"] = counts[row["release_id"]] or 0
        row |= {"withdrawn": last in {"withdraw", "replace", "return"}, "replaced": last == "replace"}
        row |= {"waiting": last == "await", "returned": last == "return"}
        row |= {name: timestamp(row[name]) for name in ("known_from", "received_at")}
    return [Release(**row) for row in rows]


def last_write(store: Store) -> datetime | None:
    """When a person last wrote something that is shown; None in a store in which nobody has."""
    (row,) = store.query("""
        SELECT epoch_us(max(m)) AS last FROM (
            SELECT max(received_at) AS m FROM release WHERE source IN ('file', 'form')
            UNION ALL SELECT max("at") FROM release_event WHERE event <> 'replace'
            UNION ALL SELECT max("at") FROM comment
        )
    """)
    return None if row["last"] is None else timestamp(row["last"])


def refuse_set_back(store: Store, at: datetime) -> None:
    """`Refused` where the clock says an earlier moment than the last write: what is written now would stand before it."""
    last = last_write(store)
    if last is not None and at < last:
        raise Refused(
            f"本机时间（{clock(at)}）比最近一次写入（{clock(last)}）还早，没有写入。请管理员校准本机时间后再试。\n"
            "The clock of this computer is earlier than the last write. Nothing was written: set it right, then try again."
        )


def is_demonstration(store: Store) -> bool:
    """Whether the store holds invented figures."""
    return bool(store.query("SELECT 1 FROM release WHERE source = $demo LIMIT 1", {"demo": DEMO}))


def files(store: Store, release_id: int, *, content: bool = False) -> list[ReleaseFile]:
    """The files of a release in the order they were given; their bytes only with `content`."""
    chosen = "*" if content else "* EXCLUDE (content)"
    rows = store.query(
        f"SELECT {chosen} FROM release_file WHERE release_id = $id ORDER BY file_no",  # noqa: S608
        {"id": release_id},
    )
    return [ReleaseFile(**{name: cell for name, cell in row.items() if name != "release_id"}) for row in rows]


def codes_of(store: Store, release_id: int) -> list[str]:
    """Codes of the indicators of which the release holds figures."""
    rows = store.query("SELECT DISTINCT indicator FROM observation WHERE release_id = $id", {"id": release_id})
    return sorted(row["indicator"] for row in rows)


def events(store: Store) -> list[ReleaseEvent]:
    """Every withdrawal and restoring, oldest first."""
    rows = store.query('SELECT * EXCLUDE ("at"), epoch_us("at") AS "at" FROM release_event ORDER BY event_id')
    return [ReleaseEvent(**(row | {"at": timestamp(row["at"])})) for row in rows]


def timestamp(microseconds: int) -> datetime:
    """The moment that many microseconds after the epoch, as `epoch_us` in SQL counts them."""
    return EPOCH + timedelta(microseconds=microseconds)


def _next(cursor: duckdb.DuckDBPyConnection, name: str) -> int:
    cursor.execute("UPDATE counter SET v = v + 1 WHERE name = $name", {"name": name})
    row = cursor.execute("SELECT v FROM counter WHERE name = $name", {"name": name}).fetchone()
    assert row is not None
    return int(row[0])


def _insert_release(cursor: duckdb.DuckDBPyConnection, release_id: int, submission: Submission, at: datetime) -> None:
    counts = submission.counts
    cursor.execute(
        "INSERT INTO release VALUES ($id, $source, $title, $file, $sha256, $by, $known_from, $at, $reason, "
        "$new, $revised, $unchanged, $answers, $verified)",
        {
            "id": release_id, "source": submission.source, "title": submission.title, "file": submission.file,
            "sha256": submission.sha256, "by": submission.by, "known_from": submission.known_from, "at": at,
            "reason": submission.reason, "answers": submission.answers, "verified": submission.verified,
            "new": counts and counts.new, "revised": counts and counts.revised, "unchanged": counts and counts.unchanged,
        },
    )  # fmt: skip


def _insert_event(cursor: duckdb.DuckDBPyConnection, release_id: int, event: str, act: Act, reason: str | None) -> None:
    cursor.execute(
        "INSERT INTO release_event VALUES ($id, $release_id, $event, $at, $by, $reason, $verified)",
        {
            "id": _next(cursor, "event"), "release_id": release_id, "event": event, "at": act.at, "by": act.by, "reason": reason,
            "verified": None if act.origin == PROGRAM else act.origin.verified,
        },
    )  # fmt: skip


def audit(
    cursor: duckdb.DuckDBPyConnection, event: str, subject: str | int, act: Act, *, said: str | None = None
) -> None:
    """One line of what people did or tried, in the same step as what it tells of."""
    cursor.execute(
        "INSERT INTO audit VALUES ($id, $at, $event, $by, $verified, $door, $address, $os_user, $subject, $said)",
        {
            "id": _next(cursor, "audit"), "at": act.at, "event": event, "by": act.by, **dataclasses.asdict(act.origin),
            "subject": str(subject), "said": said,
        },
    )  # fmt: skip


def _insert_files(cursor: duckdb.DuckDBPyConnection, release_id: int, kept: Sequence[ReleaseFile]) -> None:
    for file in kept:
        cursor.execute(
            "INSERT INTO release_file VALUES ($release_id, $file_no, $name, $sha256, $size, $kind, $encoding, $delimiter, "
            "$sheets, $edits, $notes, $content)",
            {"release_id": release_id, **{entry.name: getattr(file, entry.name) for entry in dataclasses.fields(file)}},
        )


def _arrow(observations: Sequence[Observation]) -> pa.Table:
    rows = [_row(row_no, observation) for row_no, observation in enumerate(observations, start=1)]
    return pa.Table.from_pylist(rows, schema=OBSERVATION)


def _insert_observations(cursor: duckdb.DuckDBPyConnection, release_id: int, staged: pa.Table) -> None:
    told = [name for name in OBSERVATION.names if staged[name].null_count < staged.num_rows]  # the others stay NULL
    cursor.register("staged", staged)
    cursor.execute(
        f"INSERT INTO observation ({', '.join(('release_id', *told))}) SELECT {', '.join(('$id', *told))} FROM staged "  # noqa: S608
        f"ORDER BY {ORDER}",
        {"id": release_id},
    )
    cursor.unregister("staged")


def _row(row_no: int, observation: Observation) -> dict[str, Any]:
    row = {entry.name: getattr(observation, entry.name) for entry in dataclasses.fields(observation)}
    period = row.pop("period")
    row |= {"row_no": row_no, "period_start": period.start, "period_end": period.end}
    row |= {name: str(row[name]) if row[name] else None for name in ("planned", "expected", "actual")}
    return row | {"qualifier": str(observation.qualifier), "inferred": ",".join(observation.inferred)}


def _check_disk(store: Store) -> None:
    if not store.present():
        raise Refused(f"数据库 {store.engine.url} 在运行中被移走或替换，未写入任何数据。请重新启动看板。")
    if store.engine.disk is None:
        return
    free = shutil.disk_usage(store.engine.disk).free
    if free < FREE_BYTES:
        raise Refused(
            f"磁盘剩余空间只有 {free // 1024 // 1024} MB，未写入任何数据。请清理 {store.engine.disk} 所在磁盘。"
        )


def _read_back(store: Store, release_id: int, expected: int) -> Release:
    written = next(iter(releases(store, number=release_id)), None)
    if written is None or written.observations != expected:
        raise RuntimeError(f"release {release_id} was not read back whole: {written}, expected {expected} rows")
    return written
