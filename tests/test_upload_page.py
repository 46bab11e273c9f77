"""The screen 数据上报, run without a browser: what it asks, what it shows, and that only 确认入库 writes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from metrics import account, store
from metrics.account import Role
from metrics.intake.check import Upload, check
from metrics.intake.submit import confirm, withdraw
from metrics.model import Act
from metrics.start import Board
from pages import session
from tests.builders import CONFIG, NOW, path_of
from tests.people import join, sit_down, stand_up
from tests.test_bundle import packed
from tests.test_pages import HOSTILE, charts, markup, screen, served, words

HEAD = "指标编码,指标名称,期间,街镇,数值,分子,分母,备注\n"
GOOD = "filing-rate,,2023年10月,全区,82.5,,,\n"


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Board]:
    with served(CONFIG, tmp_path) as opened:
        sit_down(monkeypatch, opened.store)
        yield opened


def file(*rows: str) -> bytes:
    return (HEAD + "".join(rows)).encode("gb18030")


def uploaded(*files: tuple[str, bytes]) -> AppTest:
    """The screen after these files were chosen."""
    at = screen("upload")
    uploader: Any = at.file_uploader[0]
    for name, data in files:
        uploader.upload(name, data, "text/csv")
    return settled(at)


def settled(at: Any) -> AppTest:
    run: AppTest = at.run()
    assert [one.message for one in run.exception] == []
    return run


def text(at: AppTest) -> str:
    return words(markup(at))


def button(at: AppTest, label: str = "确认入库") -> AppTest:
    (one,) = [one for one in at.button if one.label == label]
    return settled(one.click())


def may_confirm(at: AppTest) -> bool:
    return not next(one for one in at.button if one.label == "确认入库").disabled


def other_release(board: Board, row: str) -> int:
    """Someone else's release, made in the meantime."""
    found = check(board.store, board.catalogue, [Upload(name="别人.csv", data=file(row))], at=NOW, reason="更正")
    return confirm(board.store, found, act=Act(at=NOW + timedelta(days=1), by="李四")).release_id


def numbers(board: Board) -> list[int]:
    return [release.release_id for release in store.releases(board.store)]


# Who may


def test_before_the_first_administrator_the_screen_says_how_to_get_one(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(CONFIG, path_of(board.store).parent / "other"):
        stand_up(monkeypatch)
        at = screen("upload")
        assert "看板还没有管理员账号" in text(at)
        assert "一次性链接" in text(at)


def test_who_has_not_signed_in_is_told_to_and_offered_nothing(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_up(monkeypatch)
    at = screen("upload")
    assert "请先登录" in text(at)
    assert (list(at.file_uploader), list(at.button), list(at.text_input)) == ([], [], [])


def test_a_leader_uploads_nothing(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    sit_down(monkeypatch, board.store, "局长", role=Role.LEADER)
    at = screen("upload")
    assert "您的账号只能查看和下载数据" in text(at)
    assert (list(at.file_uploader), list(at.button), list(at.text_input)) == ([], [], [])


def test_who_was_switched_off_meanwhile_writes_nothing(board: Board) -> None:
    at = uploaded(("十月.csv", file(GOOD)))
    join(board.store, "管理员")
    account.switch(board.store, "张三", active=False, act=Act(at=NOW, by="管理员"))
    at = button(at)
    assert numbers(board) == [1]
    assert account.history(board.store)[-1].event == "refused"


# One file


def test_the_empty_screen_says_what_to_do_and_offers_templates(board: Board) -> None:
    at = screen("upload")
    assert "把本月的Excel或CSV文件拖进来" in text(at)
    downloads: Any = at.get("download_button")
    assert [one.label for one in downloads] == ["Excel模板", "CSV模板"]


def test_a_file_without_faults_shows_its_changes_and_can_be_confirmed(board: Board) -> None:
    at = uploaded(("十月.csv", file(GOOD)))
    said = text(at)
    assert [
        one for one in ("核对无误，可以入库", "十月.csv", "编码：GBK", "新增1修订0不变0", "82.5%") if one not in said
    ] == []
    assert may_confirm(at)


def test_nothing_is_written_before_it_is_confirmed(board: Board) -> None:
    uploaded(("十月.csv", file(GOOD)))
    assert numbers(board) == [1]


def test_a_confirmed_file_is_one_release_with_its_sender(board: Board) -> None:
    at = button(uploaded(("十月.csv", file(GOOD))))
    release = store.releases(board.store)[-1]
    assert (release.by, release.file, release.verified, release.new_count) == ("张三", "十月.csv", True, 1)
    said = text(at)
    assert [
        one
        for one in ("已入库", f"版本{release.release_id}", "上报人：张三", "新增1", "垃圾管理", "版本记录")
        if one not in said
    ] == []
    assert 'href="/waste"' in markup(at)


def test_the_same_bytes_again_are_said_to_be_in(board: Board) -> None:
    button(uploaded(("十月.csv", file(GOOD))))
    at = uploaded(("十月 (2).csv", file(GOOD)))
    assert "已入库，未重复：这个文件就是版本2" in text(at)
    assert [one.label for one in at.button if one.label == "确认入库"] == []


def test_a_withdrawn_file_can_be_handed_in_again(board: Board) -> None:
    button(uploaded(("十月.csv", file(GOOD))))
    withdraw(board.store, board.catalogue, 2, act=Act(at=session.now(), by="张三"), reason="传错了")
    assert may_confirm(uploaded(("十月.csv", file(GOOD))))


def test_faults_are_told_with_their_place_and_nothing_can_be_confirmed(board: Board) -> None:
    at = uploaded(("十月.csv", file(GOOD, "filing-rate,,2023年9月,,82.5,,,\n")))
    assert [
        one
        for one in ("有1处需要改正", "第3行 “街镇”列（D列）", "街镇为空。", "全区数据请写“全区”")
        if one not in text(at)
    ] == []
    assert not may_confirm(at)


def test_a_cell_is_corrected_in_the_table_without_another_upload(board: Board) -> None:
    at = uploaded(("十月.csv", file("filing-rate,,2023年10月,万寿路街,82.5,,,\n")))
    assert at.dataframe[0].value["原内容"].tolist() == ["万寿路街"]
    element_id: str = at.dataframe[0].proto.id
    key = element_id.rpartition("-None-")[2] if "-None-" in element_id else element_id.split("-", 3)[-1]
    at.session_state[key] = {"edited_rows": {0: {"改为": "万寿路街道"}}, "added_rows": [], "deleted_rows": []}
    at = button(at, "重新核对")
    assert "核对无误" in text(at)
    button(at)
    (kept,) = store.files(board.store, 2)
    assert kept.edits == '[{"sheet": null, "row": 2, "column": "D", "text": "万寿路街道"}]'


def test_a_question_is_answered_by_choosing_a_reading_and_the_answer_is_kept(board: Board) -> None:
    at = uploaded(("十月.csv", file("filing-rate,,2023年10月,全区,0.825,,,\n")))
    assert [one.replace("\\", "") for one in at.radio[0].options] == ["“0.825”读作 82.5%", "“0.825”读作 0.825%"]
    assert not may_confirm(at)
    at = settled(at.radio[0].set_value("percent"))
    assert "82.5%" in text(at)
    button(at)
    assert store.releases(board.store)[-1].answers == '{"scale.数值": "percent"}'


def test_a_revision_needs_a_reason_and_shows_both_values(board: Board) -> None:
    other_release(board, GOOD)
    at = uploaded(("十月.csv", file("filing-rate,,2023年10月,全区,83,,,\n")))
    assert not may_confirm(at)
    assert "请先写明修订原因" in text(at)
    assert "修订装修垃圾备案率2023年10月全区82.5%83%" in text(at)
    reason = next(one for one in at.text_input if one.label.startswith("修订原因"))
    button(settled(reason.set_value("街镇更正")))
    release = store.releases(board.store)[-1]
    assert (release.reason, release.revised_count) == ("街镇更正", 1)


def test_what_moves_most_is_drawn_before_and_after(board: Board) -> None:
    other_release(board, "filing-rate,,2023年9月,全区,70,,,\n")
    (chart,) = charts(uploaded(("十月.csv", file(GOOD))))
    assert [trace["x"] for trace in chart["data"][1:]] == [[70.0], [82.5]]


def test_a_release_that_came_in_between_stops_the_confirmation_until_it_is_seen(board: Board) -> None:
    at = uploaded(("十月.csv", file(GOOD, "handed-over,,2023年10月,全区,15,,,\n")))
    other_release(board, "handed-over,,2023年10月,全区,15,,,\n")
    at = button(at)
    assert numbers(board) == [1, 2]
    assert "别人的数据刚刚入库" in text(at)
    assert "新增1修订0不变1" in text(at)
    button(at)
    assert numbers(board) == [1, 2, 3]


def test_a_file_that_changes_nothing_is_not_confirmed(board: Board) -> None:
    other_release(board, GOOD)
    at = uploaded(("另一个.csv", file(GOOD + "\n")))
    assert "与已入库的数据完全相同" in text(at)
    assert not may_confirm(at)


def test_text_from_a_file_is_shown_letter_by_letter_and_never_run(board: Board) -> None:
    cell = '"' + HOSTILE.replace('"', '""') + '"'
    at = uploaded(
        (f"{HOSTILE}.csv", file(f"filing-rate,,2023年10月,{cell},82,,,{cell}\n", f"{cell},,2023年10月,全区,82,,,\n"))
    )
    drawn = markup(at)
    assert "<script" not in drawn
    assert "<img" not in drawn
    labels = [one.label for one in (*at.button, *at.radio, *at.text_input, *at.get("download_button"))]
    assert [label for label in labels if "script" in label] == []
    assert [one.value for one in (*at.markdown, *at.error, *at.warning, *at.info)] == []


def test_a_file_that_is_no_table_ends_in_one_sentence(board: Board) -> None:
    at = uploaded(("报告.csv", b"%PDF-1.7\n" + b"\0" * 99))
    assert "该文件是PDF文件，不是可读取的表格。" in text(at)
    assert not may_confirm(at)


# Many files


def street_rows(board: Board, names: list[str]) -> list[tuple[str, bytes]]:
    return [
        (f"{name}.csv", file(f"handed-over,,2023年10月,{name},{number},,,\n")) for number, name in enumerate(names, 1)
    ]


def test_many_files_are_one_release_with_a_table_of_who_is_missing_and_a_reminder(board: Board) -> None:
    names = [region.name for region in board.catalogue.regions]
    at = uploaded(("29个街镇.zip", packed(street_rows(board, names[:20]))))
    said = text(at)
    assert "2023年10月：已报齐20个街镇，未报9个" in said
    assert at.code[0].value.startswith("各街镇：截至2023年12月1日，2023年10月指标数据尚有9个街镇未报送")
    assert names[28] in at.code[0].value
    assert "20个文件没有问题" in said
    button(at)
    release = store.releases(board.store)[-1]
    assert (release.observations, len(store.files(board.store, release.release_id))) == (20, 20)


def test_each_file_tells_its_own_faults(board: Board) -> None:
    at = uploaded(("a.zip", packed([("好.csv", file(GOOD)), ("坏.csv", file("filing-rate,,2023年9月,,1,,,\n"))])))
    wrong, well = (words(one) for one in markup(at).split("<details")[1:])
    assert [one for one in ("坏.csv1处需要改正", "街镇为空") if one not in wrong] == []
    assert [one for one in ("1个文件没有问题", "好.csv") if one not in well] == []
    assert not may_confirm(at)


def test_a_zip_that_cannot_be_opened_holds_up_the_rest(board: Board) -> None:
    nested = packed([("内.zip", packed([("a.csv", b"x")]))])
    at = uploaded(("外.zip", nested), ("好.csv", file(GOOD)))
    assert "压缩包“外.zip”里的“内.zip”还是压缩包" in text(at)
    assert not may_confirm(at)


# One figure


def chosen(code: str, **typed: str) -> AppTest:
    """The form with an indicator chosen and these fields filled in, before 核对."""
    at = screen("upload")
    settled(at.selectbox(key="form.0.code").set_value(code))
    for name, value in typed.items():
        widgets = [one for one in (*at.text_input, *at.selectbox) if one.key == f"form.0.{name}"]
        widgets[0].set_value(value)
    return at


def test_a_figure_is_entered_without_a_file(board: Board) -> None:
    at = button(chosen("filing-rate", period="2023年10月", value="82.5"), "核对")
    assert "新增装修垃圾备案率2023年10月全区—82.5%" in text(at)
    button(at)
    release = store.releases(board.store)[-1]
    assert (release.source, release.observations, release.by) == ("form", 1, "张三")


def test_a_figure_is_corrected_with_old_and_new_value_and_a_reason(board: Board) -> None:
    other_release(board, GOOD)
    at = button(chosen("filing-rate", period="2023年10月", value="83"), "核对")
    assert "修订装修垃圾备案率2023年10月全区82.5%83%" in text(at)
    assert not may_confirm(at)


def test_a_zero_must_be_confirmed_before_it_is_looked_at(board: Board) -> None:
    at = button(chosen("handed-over", period="2023年10月", value="0"), "核对")
    assert "如确实为零，请勾选“确认零报”" in text(at)
    at.checkbox(key="form.0.zero").check()
    at = button(at, "核对")
    assert may_confirm(at)


def test_what_the_form_is_refused_for_names_no_row(board: Board) -> None:
    at = button(chosen("filing-rate", period="2023年10月", value="182"), "核对")
    assert "超出0–100%" in text(at)
    assert "第2行" not in text(at)


def test_the_work_of_a_milestone_is_reported_with_state_and_date(board: Board) -> None:
    at = button(chosen("meiliyuan-road", period="2023年10月", state="已完成", actual="2023年10月9日"), "核对")
    button(at)
    assert store.releases(board.store)[-1].source == "form"
