"""版本记录 on screen: every release, two compared, the file back byte for byte, and one taken back and restored."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from metrics import account, store
from metrics.account import Role
from metrics.command import Command
from metrics.intake.check import Upload, check
from metrics.intake.submit import confirm
from metrics.model import Act
from metrics.start import Board
from metrics.through import through
from tests.builders import CONFIG
from tests.people import join, sign_in, sit_down, stand_up
from tests.servers import board_server, opened_browser, opened_page, settled, shows, visit, watched
from tests.test_pages import HOSTILE, LATER, hand_in, markup, monthly, screen, served, without_notice, words

MAY = "指标编码,期间,街镇,数值\nhanded-over,2023年5月,全区,12\ncontract-rate,2023年5月,全区,91.2%\n"
JUNE = "指标编码,期间,街镇,数值\nhanded-over,2023年6月,全区,15\n"
CORRECTED = "指标编码,期间,街镇,数值\nhanded-over,2023年6月,全区,16\n"


def load(board: Board, name: str, text: str, *, by: str = "张三", **given: Any) -> int:
    """The number of the release that this file became."""
    upload = Upload(name=name, data=text.encode("utf-8-sig"))
    checked = check(board.store, board.catalogue, [upload], at=LATER, reason=given.pop("reason", None))
    return confirm(board.store, checked, act=Act(at=LATER, by=by), **given).release_id


@pytest.fixture
def notice_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Board]:
    with served(CONFIG, tmp_path) as opened:
        sit_down(monkeypatch, opened.store, "赵六")
        yield opened


@pytest.fixture
def several(notice_only: Board) -> Board:
    """The notice, May, June, and a correction of June."""
    load(notice_only, "5月报表.csv", MAY)
    load(notice_only, "6月报表.csv", JUNE, by="李四")
    load(notice_only, "6月更正.csv", CORRECTED, by="李四", reason="街镇补报")
    return notice_only


def text(at: AppTest) -> str:
    return words(markup(at))


def lines(at: AppTest) -> list[str]:
    """The rows of the page's tables, each as its text."""
    rows = re.findall(r"<tr.*?</tr>", markup(at), re.S)[1:]
    return [re.sub(r"\s+", " ", words(row.replace("</td>", " </td>"))).strip() for row in rows]


def press(at: AppTest, word: str) -> AppTest:
    """The page after the button was pressed."""
    next(one for one in at.button if one.label == word).click().run()
    assert [one.message for one in at.exception] == []
    return at


def fill(at: AppTest, word: str, *, reason: str = "口径有误") -> AppTest:
    """The page after the reason was given and the form sent."""
    at.text_input[0].set_value(reason)
    return press(at, f"{word}这个版本…")


def take_back(number: int, word: str = "撤回", **given: str) -> AppTest:
    return press(fill(screen("releases", release=str(number)), word, **given), f"确认{word}")


# The list


def test_without_any_release_the_page_says_where_the_first_comes_from(tmp_path: Path) -> None:
    with served(without_notice(tmp_path), tmp_path):
        assert "还没有任何版本。在“数据上报”入库后，每次入库会在这里成为一个版本。" in text(screen("releases"))


def test_with_the_notice_alone_there_is_one_release_and_nothing_to_compare(notice_only: Board) -> None:
    at = screen("releases")
    assert "共1个版本" in text(at)
    assert "目前只有这一个版本" in text(at)
    assert "2023-11-03公布" in text(at)
    assert "比较两个版本" not in text(screen("releases", release="1"))
    assert [one.label for one in screen("releases", release="1").selectbox] == []


def test_every_release_is_listed_newest_first_with_who_when_what_and_why(several: Board) -> None:
    at = screen("releases")
    assert "共4个版本" in text(at)
    newest = lines(at)[0]
    for said in (
        "版本4",
        "2023年6月数据",
        "6月更正.csv",
        "李四 未验证",
        "2023-12-02 09:00",
        "0 1 0",
        "街镇补报",
        "有效",
    ):
        assert said in newest, said
    assert [line.split()[0] for line in lines(at)] == ["版本4", "版本3", "版本2", "版本1"]
    assert "未验证" not in lines(at)[3]


def test_only_the_newest_are_listed_until_all_are_asked_for(notice_only: Board) -> None:
    for number in range(55):
        hand_in(notice_only, f"file {number}", monthly("handed-over", str(number), month=1))
    at = screen("releases")
    assert (len(lines(at)), 'href="/releases?all=1">显示全部56个版本' in markup(at)) == (50, True)
    assert len(lines(screen("releases", all="1"))) == 56


@pytest.mark.parametrize("asked", ["99", "0", "x", "1; DROP TABLE release", "<b>1</b>"])
def test_an_address_of_no_release_says_so_and_lists_them(several: Board, asked: str) -> None:
    at = screen("releases", release=asked)
    assert f"没有版本“{asked}”。请从下面选择。" in text(at)
    assert len(lines(at)) == 4


def test_text_from_outside_is_shown_and_never_run(notice_only: Board) -> None:
    number = load(notice_only, "<img src=x onerror=alert(1)>.csv", MAY, by=HOSTILE)
    for query in ({}, {"release": str(number)}):
        html = markup(screen("releases", **query))
        assert "<img" not in html
        assert "<script" not in html
        assert "&lt;img src=x onerror=alert(1)&gt;.csv" in html


# One release


def test_a_release_has_its_own_address_with_file_person_and_counts(several: Board) -> None:
    said = text(screen("releases", release="2"))
    for part in ("版本2：2023年5月数据", "5月报表.csv", "编码 UTF-8", "以逗号分隔", "SHA-256", "张三 未验证", "2条"):
        assert part in said, part


def test_the_file_comes_back_byte_for_byte(several: Board) -> None:
    (kept,) = store.files(several.store, 2, content=True)
    assert kept.content == MAY.encode("utf-8-sig")
    offered = [one.proto.label for one in screen("releases", release="2").get("download_button")]
    assert offered[:3] == ["下载原文件", "导出本版本数据（Excel）", "导出本版本数据（CSV）"]


def test_the_notice_offers_no_file_of_an_office(several: Board) -> None:
    at = screen("releases", release="1")
    assert "下载原文件" not in [one.proto.label for one in at.get("download_button")]
    assert "公开通报" in text(at)


# Two compared


def test_two_releases_are_compared_figure_by_figure(several: Board) -> None:
    at = screen("releases", release="4", **{"with": "2"})
    assert at.selectbox[0].value == 2
    assert "1项数据不同" in text(at)
    assert lines(at) == ["道路移交 全区 2023年6月 无 16条 版本4"]


def test_without_an_address_it_is_the_release_before(several: Board) -> None:
    assert lines(screen("releases", release="4")) == ["道路移交 全区 2023年6月 15条 16条 版本4"]
    assert screen("releases", release="1").selectbox[0].value == 4


def test_the_one_chosen_to_compare_with_is_in_the_address(several: Board) -> None:
    at = screen("releases", release="4")
    at.selectbox[0].set_value(2).run()
    assert at.query_params["with"] in ("2", ["2"])


def test_two_that_showed_the_same_say_so(several: Board) -> None:
    load(several, "再报一次.csv", CORRECTED + "\n", reason="核对")
    assert "版本4之后与版本5之后，看板显示的数据完全相同。" in text(screen("releases", release="5"))


# Taking back, and taking that back


def test_without_a_reason_nothing_is_taken_back(several: Board) -> None:
    at = fill(screen("releases", release="4"), "撤回", reason=" ")
    assert [one.value for one in at.warning] == ["请填写原因，它会留在版本记录里。"]
    assert "请确认" not in text(at)


def test_before_anything_happens_the_page_says_what_will(several: Board) -> None:
    at = fill(screen("releases", release="2"), "撤回")
    assert "请确认：赵六撤回版本2" in text(at)
    assert "看板现在有2项数据取自这个版本：2项没有更早的数据，将不再显示。" in text(at)
    assert "看板现在有1项数据取自这个版本：1项回到之前的数据。" in text(fill(screen("releases", release="4"), "撤回"))
    assert "没有一项取自这个版本" in text(fill(screen("releases", release="3"), "撤回"))
    assert store.events(several.store) == []


def test_one_who_changes_their_mind_changes_nothing(several: Board) -> None:
    at = press(fill(screen("releases", release="4"), "撤回"), "不撤回")
    assert "请确认" not in text(at)
    assert store.events(several.store) == []


def test_a_release_taken_back_is_gone_from_the_board_at_once_and_kept_on_record(several: Board) -> None:
    assert "16条" in text(screen("indicator", code="handed-over"))
    at = take_back(4)
    assert "版本4已撤回，看板上的数据已经更新。" in text(at)
    assert "赵六撤回：口径有误" in text(at)
    card = words(re.findall(r"<article.*?</article>", markup(screen("indicator", code="handed-over")), re.S)[0])
    assert "15条" in card
    assert "已撤回" in lines(screen("releases"))[0]


def test_a_withdrawn_release_is_restored_the_same_way(several: Board) -> None:
    take_back(4)
    at = take_back(4, "恢复", reason="没有错")
    assert "版本4已恢复" in text(at)
    assert "赵六恢复：没有错" in text(at)
    card = words(re.findall(r"<article.*?</article>", markup(screen("indicator", code="handed-over")), re.S)[0])
    assert "16条" in card
    assert [one.event for one in store.events(several.store)] == ["withdraw", "restore"]


def test_who_is_slower_is_told_that_it_has_been_done(several: Board) -> None:
    waiting = fill(screen("releases", release="4"), "撤回")
    store.record_event(several.store, 4, "withdraw", act=Act(at=LATER, by="张三"), reason="传错了")
    waiting = press(waiting, "不恢复") if any(one.label == "不恢复" for one in waiting.button) else waiting
    assert [one.by for one in store.events(several.store)] == ["张三"]


def test_who_has_not_signed_in_takes_nothing_back(several: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_up(monkeypatch)
    at = screen("releases", release="4")
    assert "请先登录。" in text(at)
    assert "/sign-in?next=%2F%3Frelease%3D4" in markup(at)
    assert (len(at.text_input), len(at.button)) == (0, 0)


@pytest.mark.parametrize(
    ("role", "said"), [(Role.LEADER, "您的账号只能查看和下载数据"), (Role.CLERK, "“孙七”不能撤回或恢复，请找管理员")]
)
def test_who_may_not_take_it_back_is_told_so(
    several: Board, monkeypatch: pytest.MonkeyPatch, role: Role, said: str
) -> None:
    sit_down(monkeypatch, several.store, "孙七", role=role)
    at = screen("releases", release="4")
    assert said in text(at)
    assert (len(at.text_input), len(at.button)) == (0, 0)


def test_who_was_switched_off_meanwhile_takes_nothing_back(several: Board) -> None:
    at = fill(screen("releases", release="4"), "撤回")
    join(several.store, "管理员")
    account.switch(several.store, "赵六", active=False, act=Act(at=LATER, by="管理员"))
    assert "请先登录。" in text(press(at, "确认撤回"))
    assert store.events(several.store) == []


# Where a figure comes from


def test_a_figure_says_in_which_file_and_cell_it_stands_and_leads_to_its_release(several: Board) -> None:
    for page in ("indicator", "sources"):
        html = markup(screen(page, code="contract-rate"))
        assert "文件“5月报表.csv”，第3行，D3单元格，原文“91.2%”" in words(html), page
        assert 'href="/releases?release=2"' in html, page


# In a browser


@pytest.mark.browser
def test_a_file_is_downloaded_and_its_release_undone_and_restored(tmp_path: Path) -> None:
    path = tmp_path / "board.duckdb"
    join(path, "张三", "赵六")
    with board_server(env={"KPI_STORE": f"duckdb:{path}"}) as server, opened_browser() as browser:
        for name, data in (("5月报表.csv", MAY), ("6月报表.csv", JUNE), ("6月更正.csv", CORRECTED)):
            sent = Command(name="load", file=name, data=data.encode(), by="张三", reason="街镇补报", yes=True)
            assert (through(path, sent) or (None,))[0] == 0
        page, reader = opened_page(browser), opened_page(browser)
        watch = watched(page, server.url)
        visit(reader, server.url + "/indicator?code=handed-over")
        sign_in(page, server.url, "赵六", to="/releases")
        page.locator(".kb-releases a", has_text="版本4").click()
        page.get_by_text("比较两个版本").wait_for()
        with page.expect_download() as download:
            page.get_by_text("下载原文件").click()
        assert download.value.path().read_bytes() == CORRECTED.encode()
        assert download.value.suggested_filename == "6月更正.csv"
        for word, figure in (("撤回", "15"), ("恢复", "16")):
            settled(page)
            page.get_by_label(f"{word}的原因").fill("口径有误")
            page.get_by_text(f"{word}这个版本…").click()
            page.get_by_role("button", name=f"确认{word}").click()
            page.get_by_text(f"版本4已{word}，看板上的数据已经更新。").wait_for()
            assert shows(reader, figure), word
        assert watch.foreign() == []
        assert [
            said for said in watch.complaints if "404 (Not Found)" not in said
        ] == []  # the front end looks for its server
