"""Back-ups: the whole store in one file of its own, made while the board runs, and read back before it counts.

A back-up holds all that the store holds: figures, releases and what happened to them, the original files, notes, and every
catalogue. It is itself a store that opens without help. What stands in the folder under the name of a back-up is whole: it
is written under another name and renamed at the end (docs/adr/0014).
"""

from __future__ import annotations

import asyncio
import logging
import re
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

from metrics import account, storefile
from metrics import store as stores
from metrics.engine import Locked
from metrics.errors import Refused
from metrics.model import BackupPlan
from metrics.period import SHANGHAI
from metrics.store import FREE_BYTES, Store

ENDING, DRAFT = ".duckdb", ".part"
STAMP = "%Y%m%d-%H%M%S"  # in Beijing
LOOK_EVERY = 300.0  # seconds
ONE_AT_A_TIME = threading.Lock()

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A back-up that got its name from its time; bytes in `size`."""

    path: Path
    at: datetime
    size: int


def make(store: Store, *, at: datetime, name: str = "") -> Path:
    """A new back-up in the store's back-up folder; `Refused` when it cannot be written, and then nothing is left of it.

    name  of the file; else one with the time, which rotation may remove one day
    """
    path = placed(store, name or f"{store.engine.stem}-{at.astimezone(SHANGHAI):{STAMP}}{ENDING}")
    with ONE_AT_A_TIME:
        _make_folder(path.parent)
        if path.exists():
            raise Refused(f"{path} 已经存在，没有覆盖。请换一个文件名。 The file exists already: name another one.")
        _check_disk(store, path.parent)
        draft = path.with_name(path.name + DRAFT)
        storefile.remove(draft)
        try:
            stores.copy(store, draft)
            draft.chmod(0o600)
            storefile.flush(draft)
            draft.rename(path)
            storefile.flush(path.parent)
        except OSError as error:
            raise Refused(f"备份没有写成（{error.strerror}）：{path}。看板的数据没有变。") from error
        finally:
            storefile.remove(draft)
    return path


def placed(store: Store, name: str) -> Path:
    """Where a back-up of that name lies: in the back-up folder and nowhere else, which DuckDB would refuse."""
    path = Path(name)
    path = path if path.is_absolute() else store.backups / path
    if path.parent.resolve() != store.backups.resolve() or path.suffix != ENDING:
        raise Refused(
            f"备份只能写到 {store.backups}（在 config.yaml 的 backup 中设置），文件名以 {ENDING} 结尾。\n"
            f"A back-up goes into {store.backups}, as backup.folder in config.yaml says, and ends in {ENDING}."
        )
    return path


def kept(store: Store) -> list[Backup]:
    """The back-ups of this store that are named after their time, oldest first."""
    named = re.compile(rf"{re.escape(store.engine.stem)}-(\d{{8}}-\d{{6}}){re.escape(ENDING)}")
    found = []
    for path in store.backups.glob(f"*{ENDING}") if store.backups.is_dir() else ():
        match = named.fullmatch(path.name)
        if match:
            at = datetime.strptime(match[1], STAMP).replace(tzinfo=SHANGHAI)
            found.append(Backup(path=path, at=at, size=path.stat().st_size))
    return sorted(found, key=lambda one: one.at)


def rotate(store: Store, keep: int) -> None:
    """Remove all but the newest of those named after their time."""
    for one in kept(store)[:-keep]:
        storefile.remove(one.path)


def due(plan: BackupPlan, last: datetime | None, now: datetime) -> bool:
    """Whether the last daily moment has passed without a back-up since."""
    if plan.daily_at is None:
        return False
    today = datetime.combine(now.astimezone(SHANGHAI), time.fromisoformat(plan.daily_at), SHANGHAI)
    moment = today if today <= now else today - timedelta(days=1)
    return last is None or last < moment


def when_due(store: Store, plan: BackupPlan, *, at: datetime) -> Path | None:
    """The daily back-up, when it is due, and then rotation. What went wrong is in the log, and `doctor` says so."""
    if not _due(store, plan, at):
        return None
    try:
        with store.engine.alone(store.connection, "backup"):
            if not _due(store, plan, at):
                return None  # another board of the same store has just made it
            path = make(store, at=at)
            rotate(store, plan.keep)
    except Refused as refused:
        log.error("自动备份没有成功：%s", refused)
        return None
    log.info("已备份到 %s", path)
    return path


def _due(store: Store, plan: BackupPlan, at: datetime) -> bool:
    known = kept(store)
    return due(plan, known[-1].at if known else None, at)


async def nightly(store: Store, plan: BackupPlan, now: Callable[[], datetime], *, every: float = LOOK_EVERY) -> None:
    """Looks now and then whether the daily back-up is due, and makes it beside the visitors' work; until it is cancelled."""
    while True:
        await asyncio.sleep(every)
        try:
            await asyncio.to_thread(when_due, store, plan, at=now())
        except Exception:  # whatever it is, tomorrow's is tried all the same
            log.exception("自动备份没有成功")


def restore(source: Path, target: Path, *, at: datetime, replace: bool) -> Path | None:
    """Put a back-up in the place of the store at `target`; where the store that stood there lies now, None for none.

    replace  whether a store may stand there. It is renamed, never deleted.

    The back-up is copied, opened and read to its last row before anything is moved. Accounts stay as the store that is
    replaced has them: nobody who was switched off comes back. `Refused` with the store as it was.
    """
    if not source.is_file():
        raise Refused(f"找不到备份文件 {source}。 There is no such back-up.")
    if target.exists() and not replace:
        raise Refused(
            f"{target} 已经有数据，没有覆盖。确实要用备份替换它，请加 --replace；原来的数据会改名保留。\n"
            "A store stands there already: --replace puts the back-up in its place and keeps the old one under another name."
        )
    people = _people(target)
    draft = target.with_name(f"{target.name}.restoring")
    try:
        _make_folder(target.parent)
        storefile.remove(draft)
        shutil.copyfile(source, draft)
        draft.chmod(0o600)
        stores.verify(draft)
        if people:
            account.carry(people, draft)
        storefile.flush(draft)
        old = _moved_aside(target, at)
        draft.rename(target)
        storefile.flush(target.parent)
    except OSError as error:
        raise Refused(f"恢复没有成功（{error.strerror}），{target} 没有变。") from error
    finally:
        storefile.remove(draft)
    return old


def _people(target: Path) -> account.People | None:
    """Accounts and audit of the store that is to be replaced; None where there is none, or none that can be read."""
    if not target.exists():
        return None
    try:
        return account.people(target)
    except Locked:
        raise
    except Refused:
        log.warning("原数据库读不出，账号按备份恢复：备份以后停用的账号请再停用，改过的密码请再改（account list）。")
        return None


def _moved_aside(target: Path, at: datetime) -> Path | None:
    """Rename the old store with what belongs to it: a log of changes beside the restored file would be played into it."""
    aside = target.with_name(f"{target.stem}.before-{at.astimezone(SHANGHAI):{STAMP}}{target.suffix}")
    for end in storefile.BESIDE:
        if storefile.beside(target, end).exists():
            storefile.beside(target, end).rename(storefile.beside(aside, end))
    if not target.exists():
        return None
    target.rename(aside)
    return aside


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(
            f"文件夹 {folder} 无法写入（{error.strerror}）。请把写权限给运行看板的用户，或在 config.yaml 的 backup 中换一个文件夹。\n"
            "The folder cannot be written: give the board's user write permission, or name another one."
        ) from None


def _check_disk(store: Store, folder: Path) -> None:
    free, needed = shutil.disk_usage(folder).free, store.size() + FREE_BYTES
    if free < needed:
        raise Refused(
            f"磁盘剩余空间只有 {free // 2**20} MB，备份需要 {needed // 2**20} MB，没有备份。请清理 {folder} 所在磁盘。"
        )
