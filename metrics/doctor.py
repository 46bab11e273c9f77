"""What an IT officer asks first: is everything all right, and if not, what is to be done."""

from __future__ import annotations

import hashlib
import importlib.metadata
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from metrics import account, backup, store
from metrics.account import Role
from metrics.errors import Refused
from metrics.period import SHANGHAI
from metrics.start import Board
from metrics.store import FREE_BYTES

REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements.txt"
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;#]+)", re.MULTILINE)
ROOM = 20  # times the store: room for back-ups and growth, below which the disk is called short


class State(StrEnum):
    """How something is."""

    WELL = "正常"
    LOOK = "注意"
    BAD = "故障"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at; `todo` is "" where nothing is to be done."""

    name: str
    state: State
    said: str
    todo: str = ""


def examine(board: Board, *, at: datetime) -> list[Check]:
    """Everything that can be looked at while the board is open."""
    return [
        _figures(board), _originals(board), _catalogue(board), _clock(board, at), _disk(board), _backups(board, at), _accounts(board),
        versions(),
    ]  # fmt: skip


def unopened(refused: Refused) -> list[Check]:
    """What can be said of a board that does not open."""
    said, _, _ = str(refused).partition("\n")
    todo = "按上面的提示处理后再运行 doctor；数据库损坏时用 python -m metrics restore 备份文件 --replace 恢复。"
    return [Check(name="打开看板", state=State.BAD, said=said, todo=todo), versions()]


def versions() -> Check:
    """The installed packages against the ones that were tested; requirements.txt says which."""
    wanted = dict(PINNED.findall(REQUIREMENTS.read_text("utf-8"))) if REQUIREMENTS.is_file() else {}
    other = [
        f"{name} {found or '没有安装'}（应为{version}）"
        for name, version, found in _installed(wanted)
        if found != version
    ]
    if not other:
        return Check(name="软件版本", state=State.WELL, said=f"{len(wanted)}个软件包与要求一致。")
    said = f"{len(other)}个软件包与要求不一致：{'、'.join(other)}。"
    return Check(name="软件版本", state=State.LOOK, said=said, todo="重新运行 make run，或按说明离线安装。")


def _installed(wanted: dict[str, str]) -> Iterator[tuple[str, str, str | None]]:
    for name, version in wanted.items():
        try:
            yield name, version, importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            yield name, version, None


def _figures(board: Board) -> Check:
    """Every row of every table is read, and every figure belongs to a release."""
    name = "数据库"
    try:
        rows = store.sums(board.store)
        lost = board.store.query(
            "SELECT count(*) AS n FROM observation WHERE release_id NOT IN (SELECT release_id FROM release)"
        )
    except Refused as refused:
        return Check(
            name=name, state=State.BAD, said=str(refused).partition("\n")[0], todo="停止看板，用最近的备份恢复。"
        )
    if lost[0]["n"]:
        said = f"{lost[0]['n']}条数据不属于任何版本。"
        return Check(name=name, state=State.BAD, said=said, todo="停止看板，保留数据库文件，用最近的备份恢复。")
    told = f"{board.store.engine.url}：{rows['release'][0]}个版本，{rows['observation'][0]}条数据，全部可读。"
    return Check(name=name, state=State.WELL, said=told)


def _originals(board: Board) -> Check:
    """Every uploaded file still has the hash that was kept with it."""
    name, count, changed = "原始文件", 0, []
    for release in store.releases(board.store):
        for file in store.files(board.store, release.release_id, content=True):
            count += 1
            if hashlib.sha256(file.content).hexdigest() != file.sha256 or len(file.content) != file.size:
                changed.append(f"版本{release.release_id}的{file.name}")
    if changed:
        said = f"{len(changed)}个文件与入库时的校验值不符：{'、'.join(changed[:5])}。"
        return Check(name=name, state=State.BAD, said=said, todo="停止看板，保留数据库文件，用最近的备份恢复。")
    return Check(name=name, state=State.WELL, said=f"{count}个文件的校验值都与入库时一致。")


def _catalogue(board: Board) -> Check:
    """A catalogue that could not be read would not have opened; figures of indicators that it dropped are not shown."""
    known = {row["indicator"] for row in board.store.query("SELECT DISTINCT indicator FROM observation")}
    dropped = sorted(known - set(board.catalogue.indicators))
    if dropped:
        said = f"{len(dropped)}项指标有数据，但目录里已经没有：{'、'.join(dropped[:5])}。它们不显示，数据还在。"
        return Check(
            name="指标目录", state=State.LOOK, said=said, todo="如果不是有意删除，请在 config.yaml 中恢复这些指标。"
        )
    return Check(name="指标目录", state=State.WELL, said=f"{len(board.catalogue.indicators)}项指标。")


def _clock(board: Board, at: datetime) -> Check:
    """A clock that was set back would put new figures before older ones."""
    last = store.last_write(board.store)
    now = f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    if last is not None and last > at:
        said = f"本机时间是{now}，比最近一次写入（{last.astimezone(SHANGHAI):%Y-%m-%d %H:%M}）还早。"
        return Check(name="时钟", state=State.BAD, said=said, todo="校准本机时间后再上报数据。")
    return Check(name="时钟", state=State.WELL, said=f"北京时间{now}。")


def _disk(board: Board) -> Check:
    disk, size = board.store.engine.disk, board.store.size()
    if disk is None:
        said = f"数据文件在对象存储，{size / 2**20:.0f} MB；剩余空间请在对象存储查看。"
        return Check(name="磁盘", state=State.WELL, said=said)
    free = shutil.disk_usage(disk).free
    said = f"{disk} 所在磁盘剩余{free / 2**30:.1f} GB，数据库{size / 2**20:.0f} MB。"
    if free < size + FREE_BYTES:
        return Check(name="磁盘", state=State.BAD, said=said, todo="已不够写入和备份，请立即清理磁盘。")
    if free < ROOM * size:
        return Check(name="磁盘", state=State.LOOK, said=said, todo="请清理磁盘，或把备份放到另一块磁盘。")
    return Check(name="磁盘", state=State.WELL, said=said)


def _backups(board: Board, at: datetime) -> Check:
    """The last back-up is there, not too old, and on another disk."""
    plan, kept = board.catalogue.declaration.backup, backup.kept(board.store)
    if not kept:
        todo = "运行 python -m metrics backup 做第一次备份。" + (
            "" if plan.daily_at else "自动备份没有启用（backup.daily_at）。"
        )
        return Check(name="备份", state=State.LOOK, said=f"{board.store.backups} 中还没有备份。", todo=todo)
    last = kept[-1]
    said = f"{board.store.backups} 中有{len(kept)}份，最近一份{last.at:%Y-%m-%d %H:%M}，{last.size / 2**20:.0f} MB。"
    if at - last.at > timedelta(days=2):
        return Check(
            name="备份",
            state=State.LOOK,
            said=said,
            todo="最近两天没有备份：查看日志中的原因，或运行 python -m metrics backup。",
        )
    disk = board.store.engine.disk
    if disk is not None and same_disk(board.store.backups, disk):
        return Check(
            name="备份",
            state=State.LOOK,
            said=said,
            todo="备份与数据库在同一块磁盘上，磁盘坏了会一起丢失：请在 config.yaml 的 backup.folder 中写另一块磁盘上的文件夹。",
        )
    return Check(name="备份", state=State.WELL, said=said)


def _accounts(board: Board) -> Check:
    """Somebody can add accounts, and every clerk's department is still in the catalogue."""
    active = [one for one in account.accounts(board.store) if one.active]
    known = {one.code for one in board.catalogue.declaration.departments}
    lost = [one for one in active if one.department is not None and one.department not in known]
    if not any(one.role is Role.ADMIN for one in active):
        todo = "运行 python -m metrics account add 姓名 --role admin。在此之前，--by 的姓名不核对。"
        return Check(name="账号", state=State.LOOK, said="还没有管理员账号。", todo=todo)
    if lost:
        said = (
            f"{len(lost)}个账号的科室已不在目录里：{'、'.join(f'{one.name}（{one.department}）' for one in lost[:5])}。"
        )
        return Check(name="账号", state=State.LOOK, said=said, todo="在 config.yaml 的 departments 中恢复这些科室。")
    return Check(name="账号", state=State.WELL, said=f"{len(active)}个启用的账号。")


def same_disk(one: Path, other: Path) -> bool:
    """Whether both are lost with the same disk, as far as the system tells."""
    return one.stat().st_dev == other.stat().st_dev
