"""A store in one DuckDB file, which one process holds at a time."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import duckdb

from metrics import storefile
from metrics.engine import DAMAGE, Locked, quoted
from metrics.errors import Refused

IN_USE = ("Could not set lock", "being used by another process")  # as Linux and macOS, and as Windows say it
NOT_WRITTEN = ("Could not write", "No space left on device")  # what a full disk is called
NEVER = "1000TB"  # of log, before the engine writes it into the file by itself

log = logging.getLogger(__name__)


@dataclass(slots=True)
class OneFile:
    """The file at `path`. Its inode is remembered once it is open, so that a file exchanged under the board is noticed."""

    path: Path
    inode: int = 0
    shared: bool = False

    @property
    def url(self) -> str:
        return f"duckdb:{self.path}"

    @property
    def stem(self) -> str:
        return self.path.stem

    @property
    def beside(self) -> Path:
        return self.path.parent

    @property
    def spill(self) -> Path:
        return storefile.beside(self.path, ".spill")

    @property
    def disk(self) -> Path:
        return self.path.parent

    def attach(self, connection: duckdb.DuckDBPyConnection, name: str = "kpi") -> None:
        """Open the file, or make it; `Refused` where it is another thing, `Locked` while another process has it open."""
        _make_folder(self.path.parent)
        if self.path.is_dir():
            raise Refused(f"{self.path} 是文件夹，请在 store 中写数据库的文件名。 This is a folder: name a file.")
        if self.path.exists() and self.path.stat().st_size == 0:
            raise self.explain(duckdb.IOException("the file is empty"))
        try:
            with alone(self.path):
                storefile.settle(self.path)
                _never_fold_in_place(connection)
                new = not self.path.exists()
                connection.execute(f"ATTACH '{quoted(self.path)}' AS {name} ({storefile.STORAGE})")
                if new:
                    self.path.chmod(0o600)  # it holds hashes of passwords and the original files
        except duckdb.Error as error:
            raise self.explain(error) from error
        self.inode = self.path.stat().st_ino

    def settle(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Nothing needs to be said."""

    def folders(self) -> list[str]:
        """None: the file itself stays open."""
        return []

    @contextmanager
    def alone(self, connection: duckdb.DuckDBPyConnection, what: str) -> Iterator[None]:
        """Nobody else has it open."""
        yield

    def broken(self, error: duckdb.Error) -> bool:
        """The file cannot be read."""
        return isinstance(error, DAMAGE)

    def explain(self, error: duckdb.Error) -> Refused:
        """In use, not ours to read, or damaged."""
        text = str(error)
        if any(said in text for said in IN_USE):
            return _in_use(self.path, text)
        if "Permission denied" in text:
            return Refused(
                f"数据库文件 {self.path} 没有读写权限。请把权限给运行看板的用户。\n"
                "The database file may not be read and written by the board's user: give it permission. Nothing was changed."
            )
        return Refused(
            f"数据库文件 {self.path} 已损坏或不是本看板的数据库，文件未被改动。请从备份恢复；没有备份时，把它改名留存后重新启动，"
            "通报数据会重新建立，之后上报的数据需重新上传。\n"
            f"The database file is damaged or not a database, and was left as it is ({text.splitlines()[0]}). Restore it from a "
            "back-up, or rename it, keep it, and start again."
        )

    def not_written(self, error: duckdb.Error) -> Refused | None:
        """A full disk."""
        if not any(said in str(error) for said in NOT_WRITTEN):
            return None
        return Refused(
            f"没有写入：{self.path} 所在磁盘已满或不能写（{str(error).splitlines()[0]}）。数据和以前一样，没有变；请清理磁盘后再试一次。\n"
            "Nothing was written: the disk is full or takes no writes. Free some space, then try again."
        )

    def present(self) -> bool:
        """Whether the file that was opened is still the one under its name."""
        return self.path.exists() and self.path.stat().st_ino == self.inode

    def commits(self, connection: duckdb.DuckDBPyConnection) -> int | None:
        """None: only this process commits."""
        return None

    def size(self, connection: duckdb.DuckDBPyConnection) -> int:
        """Bytes of the file, without the log beside it."""
        return self.path.stat().st_size

    def logged(self) -> int:
        """Bytes of the log beside the file."""
        return storefile.logged(self.path)

    def close(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Let go of it, with everything in the one file; where that cannot be written the log beside it stays."""
        with alone(self.path):
            connection.close()
            if self.present() and storefile.logged(self.path):
                fold(self.path)


def located(url: str, *, folder: Path) -> Path:
    """The DuckDB file that the address names; a relative one is under `folder`. `Refused` for another kind of address."""
    scheme, colon, rest = url.partition(":")
    if scheme != "duckdb" or not colon or not rest:
        raise Refused(f"“{url}”不是数据库文件，请写成 duckdb:路径。 Write duckdb:PATH: this needs a store in one file.")
    if rest == ":memory:":
        raise Refused(
            "store duckdb::memory: would be lost at the end; name a file. （内存数据库关机即失，请写一个文件名）"
        )
    return (folder / Path(rest).expanduser()).resolve()


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Keeps other processes from opening or closing the store at the same time; `Locked` after a minute."""
    try:
        with storefile.alone(path.parent):
            yield
    except TimeoutError as error:
        raise _in_use(path, "") from error


def fold(path: Path) -> None:
    """Make file and log of a store that nobody has open one new file, and that the store; what is in them stays on any error."""
    try:
        draft = storefile.copied(path)
        with duckdb.connect() as connection:
            connection.execute(f"ATTACH '{quoted(draft)}' AS draft ({storefile.STORAGE})")
            connection.execute("CHECKPOINT draft")
        storefile.adopt(path)
    except (duckdb.Error, OSError) as error:
        log.warning("数据都在，日志文件没有并入：%s", error)
    storefile.settle(path)


def holder(text: str) -> tuple[str, str]:
    """Which process has the file open, in Chinese and in English, where an error says so; else empty."""
    found = re.search(r"PID (\d+)", text)
    return (f"（进程 {found[1]}）", f" (PID {found[1]})") if found else ("", "")


def _never_fold_in_place(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(f"SET GLOBAL checkpoint_threshold = '{NEVER}'")
    connection.execute("PRAGMA disable_checkpoint_on_shutdown")


def _in_use(path: Path, text: str) -> Locked:
    who, by_whom = holder(text)
    return Locked(
        f"数据库 {path} 正被另一个程序使用{who}。请先停止正在运行的看板，或改用它的网页。\n"
        f"The database is in use by another process{by_whom}: stop that board first.",
        path,
    )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".writable-{uuid4().hex}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise Refused(
            f"数据文件夹 {folder} 无法写入（{error.strerror}）。请把写权限给运行看板的用户，或在 config.yaml 的 store 中换一个文件夹。\n"
            f"The data folder {folder} cannot be written ({error.strerror}): give the board's user write permission, "
            "or name another folder under 'store' in config.yaml. Nothing was changed."
        ) from None
