"""情况说明 on 指标详情: read by everybody, written on the board's own computer, never overwritten unseen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from streamlit.testing.v1 import AppTest

from metrics.account import Role
from metrics.board import commentary
from metrics.intake import comment
from metrics.intake.comment import Entry
from metrics.model import Act, Comment
from metrics.period import Period
from metrics.start import Board
from pages import session
from tests.people import join, sign_in, sit_down, stand_up
from tests.servers import Server, board_server, opened_page, settled, visit, watched
from tests.test_pages import HOSTILE, LATER, REVISION, half_a_year, markup, screen, served, without_notice, words
from tests.test_screens import CUT_OFF, SCROLLS, SPILLED, faint

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CODE = "handed-over"
JUNE, MAY = Period.parse("2023-06").end, Period.parse("2023-05").end


@pytest.fixture
def filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Board]:
    """Six months of figures; what is written is written a day after the last of them."""
    with served(without_notice(tmp_path), tmp_path, tuple(half_a_year()), REVISION) as opened:
        monkeypatch.setattr(session, "now", lambda: LATER + timedelta(days=1))
        sit_down(monkeypatch, opened.store)
        yield opened


def write(board: Board, what: str, *, after: int = 0, by: str = "李四", days: int = 1, **given: Any) -> Comment:
    """What 李四 writes about June."""
    plain = {"indicator": CODE, "region": board.catalogue.total, "month": JUNE}
    entry = Entry(**{**plain, "what": what, **given})
    act = Act(at=LATER + timedelta(days=days), by=by)
    return comment.write(board.store, entry, months={given.get("month", JUNE)}, after=after, act=act)


def page(**query: str) -> AppTest:
    return screen("indicator", code=CODE, **query)


def notes(at: AppTest) -> str:
    """The words of the part of the page that holds the notes; "" where there is none."""
    blocks = [one.proto.body for one in at.get("html")]
    return next((words(block) for block in blocks if "kb-notes" in block), "")


def press(at: AppTest, word: str) -> AppTest:
    """The page after the button was pressed."""
    next(one for one in at.button if one.label == word).click().run()
    assert [one.message for one in at.exception] == []
    return at


def opened(word: str = "写、改、撤回说明…", **query: str) -> AppTest:
    return press(page(**query), word)


def labels(at: AppTest) -> list[str]:
    return [one.label for one in at.button]


def fill(at: AppTest, **given: str) -> AppTest:
    """The form with these texts typed into it, not sent yet."""
    fields = {"what": "发生了什么", "doing": "正在采取的措施（可不填）", "by_when": "完成时限（可不填）", "reason": "修改或撤回的原因"}  # fmt: skip
    for name, text in given.items():
        next(one for one in (*at.text_area, *at.text_input) if one.label == fields[name]).set_value(text)
    return at


def typed(at: AppTest) -> list[str]:
    return [str(one.value) for one in (*at.text_area, *at.text_input)]


def stored(board: Board) -> list[tuple[str, bool]]:
    rows = board.store.query("SELECT what, withdrawn FROM comment ORDER BY comment_id")
    return [(row["what"], row["withdrawn"]) for row in rows]


# Nothing written yet


def test_where_nothing_is_written_a_writer_sees_one_line_and_a_reader_nothing(
    filled: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = page()
    assert (notes(at), labels(at)) == ("", ["还没有情况说明，写一条…"])
    stand_up(monkeypatch)
    assert (notes(page()), labels(page()), "情况说明" in markup(page())) == ("", [], False)


def test_an_indicator_without_figures_has_nothing_to_write_about(tmp_path: Path) -> None:
    with served(without_notice(tmp_path), tmp_path):
        assert labels(page()) == []


# Reading


def test_a_note_says_what_is_done_by_when_and_by_whom(filled: Board) -> None:
    write(filled, "雨天多", doing="加派人手", by_when="2023年7月31日")
    write(filled, "设备检修", month=MAY)
    said = notes(page())
    for part in (
        "2023年6月",
        "雨天多",
        "正在采取的措施加派人手",
        "完成时限2023年7月31日",
        "李四 未验证 2023-12-03 09:00",
    ):
        assert part in re.sub(r"(?<=措施|时限)\s+", "", said), part
    assert said.index("2023年6月") < said.index("2023年5月")
    assert "已修改" not in said


def test_a_changed_note_leads_to_its_earlier_versions(filled: Board) -> None:
    write(filled, "雨天多")
    write(filled, "暴雨两次", after=1, reason="写得不准")
    said = notes(page())
    assert said.index("暴雨两次") < said.index("修改原因：写得不准") < said.index("已修改1次") < said.index("雨天多")


def test_a_note_taken_back_is_listed_apart(filled: Board) -> None:
    comment.withdraw(
        filled.store, write(filled, "雨天多"), act=Act(at=LATER + timedelta(days=2), by="王五"), reason="写错指标"
    )
    said = notes(page())
    assert said.index("已撤回的1条") < said.index("撤回原因：写错指标") < said.index("雨天多")


def test_many_notes_show_the_latest_three(filled: Board) -> None:
    for number in range(1, 6):
        month = Period.parse(f"2023-0{number}").end
        write(filled, f"第{number}月", month=month)
    said = notes(page())
    assert said.index("第3月") < said.index("更早的2条") < said.index("第2月")


def test_a_note_changes_no_figure(filled: Board) -> None:
    before = markup(page())
    write(filled, "雨天多")
    after = markup(page())
    for part in ('<article class="kb-card.*?</article>', "<table.*?</table>"):
        assert re.findall(part, before, re.S) == re.findall(part, after, re.S), part


def test_text_from_outside_is_shown_and_never_run(filled: Board) -> None:
    write(filled, HOSTILE, doing=HOSTILE, by=HOSTILE[:40])
    write(filled, "改过", by=HOSTILE[:40], reason=HOSTILE, after=1)
    html = markup(page())
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "{{ 7*7 }}" in html


def test_who_has_not_signed_in_reads_the_notes_and_the_page_says_how_to_write(
    filled: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(filled, "雨天多")
    stand_up(monkeypatch)
    at = page()
    assert "雨天多" in notes(at)
    assert "写、改说明：请先登录。" in notes(at)
    assert f"/sign-in?next=%2F%3Fcode%3D{CODE}" in markup(at)
    assert (labels(at), len(at.text_area)) == ([], 0)


def test_looking_back_shows_the_notes_of_that_day_and_no_form(filled: Board) -> None:
    write(filled, "雨天多")
    then = write(filled, "暴雨两次", after=1, reason="核对", days=2)
    assert then.comment_id == 2
    at = page(known="2023-12-03")
    assert ("雨天多" in notes(at), "暴雨两次" in notes(at), "已修改" in notes(at)) == (True, False, False)
    assert (labels(at), "写、改说明" in markup(at)) == ([], False)
    assert (notes(page(known="2023-12-02")), labels(page(known="2023-12-02"))) == ("", [])


# Writing


def test_a_first_note_is_written_about_the_latest_month(filled: Board) -> None:
    at = opened("还没有情况说明，写一条…")
    assert at.selectbox[0].options == [f"2023年{month}月" for month in (6, 5, 4, 3, 2, 1)]
    at = press(fill(at, what="雨天多\n路滑", doing="加派人手", by_when="2023年7月31日"), "保存说明")
    assert "2023年6月的说明已保存。" in notes(at)
    assert "完成时限" in notes(at)
    assert stored(filled) == [("雨天多\n路滑", False)]
    assert labels(at) == ["写、改、撤回说明…"]


def test_what_was_done_is_not_said_of_the_past(filled: Board) -> None:
    at = press(fill(opened("还没有情况说明，写一条…"), what="雨天多"), "保存说明")
    at.query_params["known"] = "2023-12-03"
    at.run()
    assert ("雨天多" in notes(at), "已保存" in notes(at), labels(at)) == (True, False, [])


def test_the_month_that_the_page_looks_at_is_the_one_offered(filled: Board) -> None:
    assert opened("还没有情况说明，写一条…", month="2023-04").selectbox[0].value == Period.parse("2023-04").end


def test_a_past_month_has_no_notes_on_later_ones(filled: Board) -> None:
    write(filled, "雨天多")
    write(filled, "设备检修", month=MAY)
    said = notes(page(month="2023-05"))
    assert ("设备检修" in said, "雨天多" in said) == (True, False)


def test_another_month_brings_its_own_text(filled: Board) -> None:
    write(filled, "设备检修", doing="更换", by_when="2023年7月31日", month=MAY)
    at = opened()
    assert typed(at) == ["", "", ""]
    at.selectbox[0].set_value(MAY).run()
    assert typed(at) == ["设备检修", "更换", "2023年7月31日", ""]
    press(fill(at, what="设备大修", reason="写得不准"), "保存修改")
    (note,) = commentary.notes(filled.store, [CODE], region=filled.catalogue.total)[CODE]
    assert (note.latest.period_end, note.latest.what) == (MAY, "设备大修")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"what": ""}, "请填写“发生了什么”"),
        ({"what": "雨天多", "by_when": "2023年7月31日"}, "请同时填写“正在采取的措施”"),
        ({"what": "雨天多", "doing": "排查", "by_when": "<b>尽快</b>"}, "看不懂完成时限“<b>尽快</b>”"),
    ],
)
def test_what_is_lacking_is_said_and_nothing_typed_is_lost(filled: Board, given: dict[str, str], said: str) -> None:
    at = press(fill(opened("还没有情况说明，写一条…"), **given), "保存说明")
    assert said in words(markup(at))
    assert set(given.values()) <= set(typed(at))
    assert stored(filled) == []


def test_a_note_is_changed_with_a_reason(filled: Board) -> None:
    write(filled, "雨天多")
    at = press(fill(opened(), what="暴雨两次"), "保存修改")
    assert "请写明修改或撤回的原因" in words(markup(at))
    at = press(fill(at, reason="写得不准"), "保存修改")
    assert "已修改1次" in notes(at)
    assert stored(filled) == [("雨天多", False), ("暴雨两次", False)]


def test_a_note_is_taken_back_and_written_anew(filled: Board) -> None:
    write(filled, "雨天多")
    at = press(fill(opened(), reason="写错指标"), "撤回这条说明")
    assert "2023年6月的说明已撤回，各次内容仍留在记录里。" in notes(at)
    at = press(at, "写、改、撤回说明…")
    assert typed(at) == ["", "", ""]
    press(fill(at, what="暴雨两次"), "保存说明")
    assert stored(filled) == [("雨天多", False), ("", True), ("暴雨两次", False)]


def test_cancelling_writes_nothing_and_forgets_what_was_typed(filled: Board) -> None:
    write(filled, "雨天多")
    at = press(fill(opened(), what="暴雨两次"), "取消")
    assert (labels(at), len(at.text_area)) == (["写、改、撤回说明…"], 0)
    assert typed(press(at, "写、改、撤回说明…"))[0] == "雨天多"
    assert stored(filled) == [("雨天多", False)]


def test_of_two_writers_the_second_sees_the_first_and_confirms_again(filled: Board) -> None:
    at = fill(opened("还没有情况说明，写一条…"), what="我写的")
    write(filled, "别人写的")
    at = press(at, "保存说明")
    said = words(markup(at))
    assert "您写的还没有保存：2023-12-03 09:00，李四 未验证写了这个月的说明。" in said
    assert "别人写的" in said
    assert (typed(at)[0], stored(filled)) == ("我写的", [("别人写的", False)])
    at = press(fill(at, reason="内容更全"), "仍按我写的保存")
    assert stored(filled) == [("别人写的", False), ("我写的", False)]
    assert "修改原因：内容更全" in notes(at)


def test_a_third_writer_in_between_is_seen_too(filled: Board) -> None:
    at = fill(opened("还没有情况说明，写一条…"), what="我写的")
    write(filled, "别人写的")
    at = fill(press(at, "保存说明"), reason="内容更全")
    write(filled, "第三人写的", after=1, reason="补充")
    at = press(at, "仍按我写的保存")
    assert "第三人写的" in words(markup(at))
    assert len(stored(filled)) == 2


def test_a_note_changed_meanwhile_is_not_taken_back(filled: Board) -> None:
    write(filled, "雨天多")
    at = fill(opened(), reason="写错指标")
    write(filled, "暴雨两次", after=1, reason="补充")
    at = press(at, "撤回这条说明")
    assert "您写的还没有保存" in words(markup(at))
    assert stored(filled) == [("雨天多", False), ("暴雨两次", False)]


# In a browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("notes")
    with served(without_notice(folder), folder, tuple(half_a_year()), REVISION) as filled:
        join(filled.store, "张三", "李四", role=Role.CLERK)
    env = {"KPI_CONFIG": str(folder / "config.yaml"), "KPI_STORE": f"duckdb:{folder / 'board.duckdb'}"}
    with board_server(env=env) as running:
        yield running


def write_in(page: Page, **given: str) -> None:
    """Type into the fields of the form."""
    for label, text in given.items():
        page.get_by_label(label).fill(text)


def open_form(page: Page, word: str) -> None:
    page.get_by_text(word).click()
    page.get_by_label("发生了什么").wait_for()


def save(page: Page, word: str, *, then: str) -> None:
    page.get_by_role("button", name=word, exact=True).click()
    page.get_by_text(then).wait_for()
    settled(page)


@pytest.mark.browser
def test_a_note_is_written_changed_and_taken_back_under_a_readers_eyes(browser: Browser, server: Server) -> None:
    writer, reader = opened_page(browser), opened_page(browser, width=390, height=844)
    watch = watched(writer, server.url)
    sign_in(writer, server.url)
    for one in (writer, reader):
        visit(one, f"{server.url}/indicator?code={CODE}")
    open_form(writer, "还没有情况说明，写一条…")
    write_in(writer, 发生了什么="雨天多\n路滑", 正在采取的措施="加派人手", 完成时限="2023年7月31日")
    save(writer, "保存说明", then="2023年6月的说明已保存。")
    reader.get_by_text("加派人手").wait_for(timeout=25_000)
    assert reader.locator(".kb-note dd", has_text="路滑").inner_text() == "雨天多\n路滑"
    open_form(writer, "写、改、撤回说明…")
    write_in(writer, 发生了什么="暴雨两次", 修改或撤回的原因="写得不准")
    save(writer, "保存修改", then="已修改1次")
    reader.get_by_text("暴雨两次").wait_for(timeout=25_000)
    open_form(writer, "写、改、撤回说明…")
    write_in(writer, 修改或撤回的原因="写错指标")
    save(writer, "撤回这条说明", then="2023年6月的说明已撤回")
    reader.get_by_text("已撤回的1条").click(timeout=25_000)
    assert reader.evaluate(CUT_OFF) + reader.evaluate(SCROLLS) + faint(reader) == []
    assert watch.foreign() == []
    for one in (writer, reader):
        one.context.close()


@pytest.mark.browser
def test_a_note_that_appears_takes_no_draft_away_and_is_not_overwritten(browser: Browser, server: Server) -> None:
    first, second = opened_page(browser), opened_page(browser)
    for one, name in ((first, "张三"), (second, "李四")):
        sign_in(one, server.url, name)
        visit(one, f"{server.url}/indicator?code=filing-rate")
        open_form(one, "还没有情况说明，写一条…")
    write_in(second, 发生了什么="写到一半")
    second.get_by_label("发生了什么").blur()  # while somebody types, the screen waits
    write_in(first, 发生了什么="雨天多")
    save(first, "保存说明", then="的说明已保存。")
    second.locator(".kb-note", has_text="雨天多").wait_for(timeout=25_000)
    assert second.get_by_label("发生了什么").input_value() == "写到一半"
    save(second, "保存说明", then="您写的还没有保存")
    assert second.get_by_label("发生了什么").input_value() == "写到一半"
    assert second.evaluate(CUT_OFF) + second.evaluate(SPILLED) + faint(second) == []
    write_in(second, 修改或撤回的原因="补充")
    save(second, "仍按我写的保存", then="已修改1次")
    for one in (first, second):
        one.context.close()
