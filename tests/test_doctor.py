"""doctor: everything that is looked at is found when it is out of order, and says what to do."""

from __future__ import annotations

import importlib.metadata
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from metrics import account, backup, doctor
from metrics.account import Role
from metrics.doctor import State
from metrics.errors import Refused
from metrics.model import Act
from metrics.start import Board, start
from metrics.store import append, releases
from tests.builders import CONFIG, NOW, observation, submission
from tests.test_releases_page import MAY, load

USAGE = shutil.disk_usage("/")
ALL = ["数据库", "原始文件", "指标目录", "时钟", "磁盘", "备份", "账号", "软件版本"]


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Board]:
    """The notice and an uploaded file."""
    opened = start(CONFIG, at=NOW, store_url=f"duckdb:{tmp_path}/board.duckdb")
    load(opened, "5月报表.csv", MAY)
    yield opened
    opened.store.close()


def newest(board: Board) -> datetime:
    return max(one.received_at for one in releases(board.store))


def examined(board: Board, name: str, **later: float) -> doctor.Check:
    """What is said of that after the newest release, so much later."""
    found = {one.name: one for one in doctor.examine(board, at=newest(board) + timedelta(**later))}
    assert list(found) == ALL
    return found[name]


def damage(board: Board, sql: str) -> None:
    with board.store.cursor() as cursor:
        cursor.execute(sql)


def test_a_board_in_order_is_well_but_for_a_back_up(board: Board) -> None:
    found = {one.name: one for one in doctor.examine(board, at=newest(board))}
    assert {name for name, one in found.items() if one.state is not State.WELL} == {"备份", "账号"}
    assert "2个版本" in found["数据库"].said
    assert found["原始文件"].said == "1个文件的校验值都与入库时一致。"
    assert found["软件版本"].said.endswith("与要求一致。")
    assert all(bool(one.todo) is (one.state is not State.WELL) for one in found.values())


def test_a_figure_without_its_release_is_a_fault(board: Board) -> None:
    damage(board, "UPDATE observation SET release_id = 99 WHERE release_id = 2")
    found = examined(board, "数据库")
    assert (found.state, "条数据不属于任何版本" in found.said) == (State.BAD, True)


def test_an_original_that_changed_is_a_fault_and_named(board: Board) -> None:
    damage(board, "UPDATE release_file SET content = content || '\\x00'::BLOB")
    found = examined(board, "原始文件")
    assert (found.state, found.said) == (State.BAD, "1个文件与入库时的校验值不符：版本2的5月报表.csv。")


def test_an_indicator_that_left_the_catalogue_is_named(board: Board) -> None:
    append(board.store, submission(observation(8, indicator="gone"), sha256="x"), at=newest(board))
    found = examined(board, "指标目录")
    assert (found.state, "：gone。" in found.said) == (State.LOOK, True)


def test_a_clock_that_was_set_back_is_a_fault(board: Board) -> None:
    assert examined(board, "时钟", seconds=-1).state is State.BAD
    assert examined(board, "时钟").state is State.WELL


@pytest.mark.parametrize(("free", "state"), [(0.01, State.BAD), (1, State.WELL)])
def test_a_disk_that_is_nearly_full_is_told(
    board: Board, monkeypatch: pytest.MonkeyPatch, free: float, state: State
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: USAGE._replace(free=int(free * 2**30)))
    assert examined(board, "磁盘").state is state


@pytest.mark.onefile
def test_a_disk_with_room_for_few_copies_is_told(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "ROOM", 10**9)
    assert examined(board, "磁盘").state is State.LOOK


def test_back_ups_are_to_be_there_new_and_on_another_disk(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "还没有备份" in examined(board, "备份").said
    at = newest(board)
    backup.make(board.store, at=at)
    assert "同一块磁盘" in examined(board, "备份").todo
    assert "最近两天没有备份" in examined(board, "备份", days=3).todo
    monkeypatch.setattr(doctor, "same_disk", lambda *_: False)
    assert examined(board, "备份").state is State.WELL


def test_packages_that_are_not_those_tested_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pins = tmp_path / "requirements.txt"
    pins.write_text(
        "duckdb==0.1.0 # x\nstreamlit[auth]==" + importlib.metadata.version("streamlit") + "\nnot-there==1.0\n"
    )
    monkeypatch.setattr(doctor, "REQUIREMENTS", pins)
    found = doctor.versions()
    assert found.state is State.LOOK
    assert found.said.startswith("2个软件包与要求不一致：duckdb ")
    assert "not-there 没有安装（应为1.0）" in found.said


def test_a_board_that_does_not_open_is_told_in_its_own_words() -> None:
    first, second = doctor.unopened(Refused("数据库文件已损坏。\nThe file is damaged."))
    assert (first.state, first.said, second.name) == (State.BAD, "数据库文件已损坏。", "软件版本")
    assert "restore" in first.todo


def test_accounts_are_to_be_there_and_of_departments_that_are(board: Board) -> None:
    assert examined(board, "账号").said == "还没有管理员账号。"
    act = Act(at=NOW, by="root")
    account.add(board.store, "管理员", "correct horse", role=Role.ADMIN, act=act)
    assert examined(board, "账号").said == "1个启用的账号。"
    account.add(board.store, "张三", "correct horse", role=Role.CLERK, department="gone", act=act)
    found = examined(board, "账号")
    assert (found.state, found.said) == (State.LOOK, "1个账号的科室已不在目录里：张三（gone）。")
    account.switch(board.store, "张三", active=False, act=act)
    assert examined(board, "账号").state is State.WELL
