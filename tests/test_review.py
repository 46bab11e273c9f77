"""初报 and 终报: what waits for a second person is seen by those who write and by nobody else, on every way to a figure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from metrics import account
from metrics.account import Role
from metrics.board import query
from metrics.errors import Refused
from metrics.intake.check import Upload, check
from metrics.intake.submit import approve, confirm, restore, send_back, withdraw
from metrics.model import Act, Origin, Release
from metrics.period import Period
from metrics.start import Board
from metrics.store import Provisional, releases
from pages import session
from tests.builders import copy_of_board
from tests.check_command import ACCEPTED, Desk, Said, district, staffed
from tests.people import sit_down, stand_up
from tests.test_command import file
from tests.test_pages import LATER, markup, screen, served, words
from tests.test_releases_page import press

CODE = "handed-over"
SUMMER = "指标编码,期间,街镇,数值\nhanded-over,2023年{month}月,全区,{figure}\n"
PAGES: tuple[tuple[str, dict[str, str]], ...] = (
    ("overview", {}), ("theme", {"theme": "governance"}), ("indicator", {"code": CODE}), ("sources", {"code": CODE}), ("releases", {}),
    ("known", {}),
)  # fmt: skip


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Board]:
    """A board that reviews, with 张三 and 李四 who write and a leader."""
    config = copy_of_board(tmp_path)
    config.write_text(f"{config.read_text('utf-8')}\nreview: required\n", "utf-8")
    with served(config, tmp_path) as opened:
        for name in ("李四", "张三"):
            sit_down(monkeypatch, opened.store, name, role=Role.CLERK)
        sit_down(monkeypatch, opened.store, "管理员")
        stand_up(monkeypatch)
        yield opened


def report(
    board: Board, figure: int, *, month: int = 6, by: str = "张三", hours: int = 0, waits: bool = True
) -> Release:
    """What 张三 reports for a month of 2023."""
    text = SUMMER.format(month=month, figure=figure)
    at = LATER + timedelta(hours=hours)
    checked = check(board.store, board.catalogue, [Upload(name="六月.csv", data=text.encode())], at=at, reason="更正")
    return confirm(board.store, checked, act=Act(at=at, by=by), waits=waits)


def act(by: str = "李四", *, hours: int = 1) -> Act:
    return Act(at=LATER + timedelta(hours=hours), by=by, origin=Origin(door="web"))


def seen(board: Board, *, waiting: bool = False, **given: Any) -> list[str]:
    """The figures of June and July that count, for readers or for those who write."""
    reads = Provisional(board.store) if waiting else board.store
    found = query.facts(reads, [CODE], **given)[CODE]
    wanted = {Period.parse(f"2023-0{month}").end for month in (6, 7)}
    return [
        str(one.observation.value.normalize())
        for one in found
        if one.observation.period.end in wanted and one.observation.value
    ]


# What counts


def test_what_waits_counts_for_those_who_write_and_not_for_readers(board: Board) -> None:
    assert report(board, 301).waiting
    assert (seen(board), seen(board, waiting=True)) == ([], ["301"])


def test_approved_by_a_second_person_it_counts_from_then_on(board: Board) -> None:
    approve(board.store, report(board, 301).release_id, act=act(hours=2))
    assert seen(board) == seen(board, waiting=True) == ["301"]
    assert seen(board, before=LATER + timedelta(hours=2)) == []
    assert seen(board, before=LATER + timedelta(hours=2, seconds=1)) == ["301"]


def test_sent_back_it_counts_for_nobody_and_the_same_file_can_come_again(board: Board) -> None:
    first = report(board, 301)
    send_back(board.store, first.release_id, act=act(), reason="缺附表")
    assert seen(board) == seen(board, waiting=True) == []
    assert report(board, 301, hours=2).release_id == first.release_id + 1


def test_a_revision_that_waits_leaves_readers_the_figure_before(board: Board) -> None:
    approve(board.store, report(board, 301).release_id, act=act())
    report(board, 305, hours=2)
    assert (seen(board), seen(board, waiting=True)) == (["301"], ["305"])


def test_approved_after_a_later_release_the_later_one_still_stands(board: Board) -> None:
    first, second = report(board, 301), report(board, 305, hours=1)
    approve(board.store, second.release_id, act=act(hours=2))
    approve(board.store, first.release_id, act=act(hours=3))
    assert seen(board) == ["305"]


def test_withdrawn_while_it_waits_it_comes_back_to_wait(board: Board) -> None:
    number = report(board, 301).release_id
    admin = act("管理员")
    withdraw(board.store, board.catalogue, number, act=admin, reason="传错了")
    assert seen(board, waiting=True) == []
    restore(board.store, board.catalogue, number, act=act("管理员", hours=2), reason="没有错")
    assert (seen(board), seen(board, waiting=True)) == ([], ["301"])


def test_withdrawn_after_it_was_approved_it_comes_back_as_approved(board: Board) -> None:
    number = report(board, 301).release_id
    approve(board.store, number, act=act())
    withdraw(board.store, board.catalogue, number, act=act("管理员", hours=2), reason="传错了")
    restore(board.store, board.catalogue, number, act=act("管理员", hours=3), reason="没有错")
    assert seen(board) == ["301"]


def test_the_next_upload_is_compared_with_what_waits(board: Board) -> None:
    report(board, 301)
    text = SUMMER.format(month=6, figure=301)
    checked = check(board.store, board.catalogue, [Upload(name="再报.csv", data=f"{text}\n".encode())], at=LATER)
    assert (checked.counts.new, checked.counts.unchanged) == (0, 1)


def test_history_and_comparison_show_readers_nothing_of_what_waits(board: Board) -> None:
    report(board, 301)
    total, later = board.catalogue.total, LATER + timedelta(hours=9)
    for reads, known in ((board.store, 0), (Provisional(board.store), 1)):
        assert len(query.history(reads, CODE, total)) == known + len(query.history(board.store, CODE, total))
        assert query.between(reads, LATER, later, most=9, first=total).total == known
        assert len(query.changes(reads, 2, total)) == known
        assert (Period.parse("2023-06").end in query.months(reads)) == bool(known)
        assert ((CODE, total) in query.reported(reads, [CODE], Period.parse("2023-06").end)) == bool(known)


# Who may


@pytest.mark.parametrize(
    ("by", "said"),
    [("张三", "自己上报的版本要由另一位同事审核"), ("路人", "没有启用的账号"), ("", "请先登录")],
)
def test_only_a_second_person_who_writes_decides_and_others_are_in_the_audit(board: Board, by: str, said: str) -> None:
    number = report(board, 301).release_id
    with pytest.raises(Refused, match=said):
        approve(board.store, number, act=act(by))
    with pytest.raises(Refused, match=said):
        send_back(board.store, number, act=act(by), reason="不对")
    assert releases(board.store)[-1].waiting
    assert sum(one.event == "refused" for one in account.history(board.store)) == 2


def test_what_was_decided_is_not_decided_again(board: Board) -> None:
    number = report(board, 301).release_id
    approve(board.store, number, act=act())
    with pytest.raises(Refused, match="不在待审"):
        send_back(board.store, number, act=act("管理员", hours=2), reason="晚了")
    assert seen(board) == ["301"]


def test_without_words_nothing_is_sent_back(board: Board) -> None:
    number = report(board, 301).release_id
    with pytest.raises(Refused, match="请写明退回的原因"):
        send_back(board.store, number, act=act(), reason=" ")


def test_where_nobody_reviews_a_release_counts_at_once(board: Board) -> None:
    report(board, 301, waits=False)
    assert seen(board) == ["301"]


# On screen


@pytest.mark.parametrize("role", [None, Role.LEADER])
def test_readers_find_what_waits_on_no_page(board: Board, monkeypatch: pytest.MonkeyPatch, role: Role | None) -> None:
    if role:
        sit_down(monkeypatch, board.store, "局长", role=role)
    before = {page: markup(screen(page, **asked)) for page, asked in PAGES}
    number = report(board, 40_961).release_id
    after = {page: markup(screen(page, **asked)) for page, asked in PAGES}
    for page, _ in PAGES:
        assert ("40961" in after[page].replace(",", ""), "初报" in after[page]) == (False, "初报" in before[page]), page
    assert f"没有版本“{number}”" in words(markup(screen("releases", release=str(number))))
    assert "40,961" not in markup(screen("indicator", code=CODE, known=f"r{number}"))
    assert session.wall().slides == session.wall().slides


def test_those_who_write_see_it_marked(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    report(board, 40_961)
    sit_down(monkeypatch, board.store, "李四", role=Role.CLERK)
    said = words(markup(screen("indicator", code=CODE)))
    assert "初报，待审" in said
    assert "初报，待审" in words(markup(screen("releases")))
    assert "您看到的数据包括1个待审的版本" in words(markup(screen("shell")))


def test_who_looks_is_asked_a_few_times_a_run_however_many_figures_there_are(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    report(board, 40_961)
    sit_down(monkeypatch, board.store, "李四", role=Role.CLERK)
    real, asked = session.me, count()
    monkeypatch.setattr(session, "me", lambda: (next(asked), real())[1])
    assert "您看到的数据包括1个待审的版本" in words(markup(screen("shell")))
    assert 1 <= next(asked) <= 3


def test_another_role_counts_from_the_next_run_on(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    report(board, 40_961)
    sit_down(monkeypatch, board.store, "李四", role=Role.CLERK)
    at = screen("shell")
    account.assign(board.store, "李四", role=Role.LEADER, act=act("管理员"))
    at.run()
    assert ("含初报" in markup(at), [one.message for one in at.exception]) == (False, [])


def test_one_reports_another_approves_and_a_leader_sees_it(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    number = str(report(board, 40_961).release_id)
    sit_down(monkeypatch, board.store, "张三", role=Role.CLERK)
    own = screen("releases", release=number)
    assert "要由另一位同事审核" in words(markup(own))
    assert "审核通过，作为终报" not in [one.label for one in own.button]
    sit_down(monkeypatch, board.store, "李四", role=Role.CLERK)
    at = press(screen("releases", release=number), "审核通过，作为终报")
    assert f"版本{number}已审核通过，领导现在可以看到。" in words(markup(at))
    stand_up(monkeypatch)
    assert "40961" in markup(screen("indicator", code=CODE)).replace(",", "")


def test_one_sends_it_back_with_words(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    number = str(report(board, 301).release_id)
    sit_down(monkeypatch, board.store, "李四", role=Role.CLERK)
    at = press(screen("releases", release=number), "退回给上报人")
    assert "请写明退回的原因" in words(markup(at))
    at.text_input[0].set_value("缺附表")
    at = press(at, "退回给上报人")
    assert "李四退回：缺附表" in words(markup(at))
    assert "已退回" in words(markup(screen("releases")))
    assert [one.label for one in at.button] == []


# On the command line


def test_on_the_command_line(tmp_path: Path, capsys: Said) -> None:
    config = district(tmp_path)
    config.write_text(f"{config.read_text('utf-8')}review: required\n", "utf-8")
    desk = staffed(Desk(config=config, store=tmp_path / "board.duckdb", said=capsys))
    desk.load(file(tmp_path, ("calls", "2024年4月", "万寿路", 5)))
    assert "初报，待审" in desk.run("releases")[1]
    assert "另一位同事" in desk.refused("approve", "1", "--by", "张三")
    code, out = desk.run("approve", "1", "--by", "李四")
    assert (code, "有效" in out) == (ACCEPTED, True)
    desk.load(file(tmp_path, ("calls", "2024年5月", "万寿路", 6), name="五月.csv"))
    assert "已退回" in desk.run("return", "2", "--by", "李四", "--reason", "缺附表")[1]
