"""Findings arranged for people, corrections, changes, and who is in, missing or late."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from metrics.catalogue import Catalogue
from metrics.intake import bundle, intake_view, roll
from metrics.intake.check import Checked, Upload, check
from metrics.intake.finding import Finding, Severity
from metrics.intake.intake_view import Line
from metrics.intake.submit import confirm
from metrics.model import Region
from metrics.period import Period
from metrics.start import Board, start
from metrics.store import Store
from tests.builders import CONFIG, NOW, catalogue, count, indicator
from tests.files import xlsx

HEAD = ["指标编码", "指标名称", "期间", "街镇", "数值", "分子", "分母"]


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Board]:
    opened = start(CONFIG, at=NOW, store_url=f"duckdb:{tmp_path / 'board.duckdb'}")
    yield opened
    opened.store.close()


def csv(*rows: Sequence[str]) -> bytes:
    return "\n".join(",".join(row) for row in (HEAD, *rows)).encode()


def looked_at(board: Board, *rows: Sequence[str], **given: Any) -> Checked:
    """A check of a CSV with these rows under HEAD."""
    return check(board.store, board.catalogue, [Upload(name="a.csv", data=csv(*rows))], at=NOW, **given)


def cells_of(checked: Checked, board: Board) -> tuple[intake_view.Correction, ...]:
    """What can be corrected in the first file of a check."""
    return intake_view.corrections(bundle._files(checked)[0], board.catalogue)


def finding(**given: Any) -> Finding:
    plain = {"severity": Severity.ERROR, "rule": "some-rule", "message": "街镇为空。", "fix": "请填街镇名称。"}
    return Finding(**{**plain, **given})


def lines(*findings: Finding, **totals: int) -> list[Line]:
    return [
        line
        for group in intake_view.groups(findings, {rule.replace("_", "-"): n for rule, n in totals.items()})
        for line in group.lines
    ]


def at_rows(*rows: int, **given: Any) -> list[Finding]:
    return [finding(row=row, cell=f"D{row}", column="街镇", message=f"第{row}行街镇为空。", **given) for row in rows]


# Findings


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        pytest.param([7], "第7行 “街镇”列（D列）", id="one place"),
        pytest.param([9, 3, 14], "第3、9、14行 “街镇”列（D列）", id="several, in order"),
        pytest.param(range(2, 30), "第2、3、4、5、6、7行…共28处 “街镇”列（D列）", id="many"),
    ],
)
def test_the_same_mistake_is_one_line_with_all_its_places(rows: Sequence[int], place: str) -> None:
    (line,) = lines(*at_rows(*rows))
    assert (line.place, line.message, line.fix, line.count) == (place, "街镇为空。", "请填街镇名称。", len(rows))


def test_places_that_were_not_listed_are_counted() -> None:
    (line,) = lines(*at_rows(2, 3), some_rule=500)
    assert (line.place, line.count) == ("第2、3行…共500处 “街镇”列（D列）", 500)


def test_a_sheet_is_named_and_keeps_its_own_line() -> None:
    assert [line.place for line in lines(*at_rows(2), *at_rows(2, sheet="五月"))] == [
        "第2行 “街镇”列（D列）",
        "“五月”表 第2行 “街镇”列（D列）",
    ]


def test_what_concerns_the_whole_file_comes_first_then_what_is_most_frequent() -> None:
    whole = finding(rule="whole", message="缺少必填列：期间；可下载模板。")
    found = lines(finding(rule="rare", row=2, message="少见。"), *at_rows(2, 3, 4), whole)
    assert [line.message for line in found] == ["缺少必填列：期间；可下载模板。", "街镇为空。", "少见。"]
    assert found[0].place == "整个文件"


def test_errors_come_before_warnings_and_questions_are_asked_elsewhere() -> None:
    found = intake_view.groups([
        finding(severity=Severity.WARNING), finding(severity=Severity.ASK, key="scale.数值"), *at_rows(2, 3),
    ])  # fmt: skip
    assert [(group.word, group.count) for group in found] == [("需要改正", 2), ("提示", 1)]


def test_a_rule_with_many_different_values_is_capped_and_the_rest_is_counted() -> None:
    found = lines(*(finding(row=row, value=str(row), message=f"“{row}”不是数。") for row in range(2, 22)))
    assert len(found) == 9
    assert [(line.message, line.count) for line in found if "同类" in line.message] == [("同类问题还有12处。", 12)]
    assert sum(line.count for line in found) == 20


def test_a_row_that_doubles_another_keeps_the_number_of_the_other() -> None:
    (line,) = lines(finding(severity=Severity.WARNING, row=9, message="第9行与第3行重复，只入库一次。"))
    assert line.message == "第9行与第3行重复，只入库一次。"


def test_a_value_is_shown_where_all_places_have_the_same() -> None:
    assert lines(finding(row=2, value="—"), finding(row=3, value="—"))[0].value == "—"
    assert lines(finding(row=2, value="1"), finding(row=3, value="2"))[0].value == ""


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [
        pytest.param([("filing-rate", "", "2023年10月", "全区", "82")], ("good", "核对无误，可以入库。"), id="well"),
        pytest.param([("filing-rate", "", "2023年10月", "", "82")], ("bad", "有1处需要改正，改好之前不会入库。"), id="wrong"),
        pytest.param(
            [("filing-rate", "", "2023年10月", "全区", "0.82")], ("warn", "还需要您回答下面的问题，回答后即可入库。"), id="a question"
        ),
        pytest.param(
            [("filing-rate", "", "2023年10月", "全区", "—")], ("good", "核对无误，可以入库。有1条提示，请看一眼。"), id="a warning"
        ),
    ],
)  # fmt: skip
def test_one_sentence_says_how_the_file_stands(
    own: Board, rows: list[tuple[str, ...]], verdict: tuple[str, str]
) -> None:
    assert intake_view.verdict(looked_at(own, *rows)) == verdict


@pytest.mark.parametrize(
    ("found", "said"),
    [
        pytest.param([], ("good", "没有问题"), id="nothing"),
        pytest.param([finding(severity=Severity.WARNING)], ("plain", "1条提示"), id="a warning"),
        pytest.param(
            [finding(severity=Severity.ASK), *at_rows(2, 3)], ("bad", "2处需要改正，1处需要您回答"), id="much"
        ),
    ],
)
def test_a_file_among_several_stands_in_a_few_words(found: list[Finding], said: tuple[str, str]) -> None:
    assert intake_view.in_a_word(found) == said


def test_figures_that_are_revised_are_told_in_the_first_line(own: Board) -> None:
    row = ("filing-rate", "", "2023年10月", "全区")
    confirm(own.store, looked_at(own, (*row, "82")), by="张三", at=NOW)
    said = "核对无误。有1个数会修改已入库的数，请在下面写明修订原因。"
    assert intake_view.verdict(looked_at(own, (*row, "83"))) == ("warn", said)


def test_the_same_bytes_again_are_said_to_be_in(own: Board) -> None:
    rows = [("filing-rate", "", "2023年10月", "全区", "82")]
    number = confirm(own.store, looked_at(own, *rows), by="张三", at=NOW).release_id
    assert intake_view.verdict(looked_at(own, *rows)) == (
        "good",
        f"已入库，未重复：这个文件就是版本{number}，不用再上传。",
    )


def test_a_file_is_described_in_words_that_everybody_knows(own: Board) -> None:
    text = "\n".join(";".join(row) for row in (HEAD, ["filing-rate", "", "2023年10月", "全区", "82", "", ""]))
    found = check(own.store, own.catalogue, [Upload(name="五月.csv", data=text.encode("gb18030"))], at=NOW)
    line = intake_view.file_line(found.files[0], found.layouts)
    assert (line.name, line.facts) == (
        "五月.csv",
        ("文本表格", "1 KB", "编码：GBK（简体中文）", "分隔符：分号", "表头在第1行"),
    )


@pytest.mark.parametrize(
    ("number", "said"), [(0, "1 KB"), (12_345, "12 KB"), (999_999, "1000 KB"), (3_400_000, "3.4 MB")]
)
def test_sizes_are_said_in_round_figures(number: int, said: str) -> None:
    assert intake_view.size(number) == said


@pytest.mark.parametrize(
    ("name", "stem"),
    [("a/五月.csv", "五月"), ("无后缀", "无后缀"), ('<x>:"|?*.xlsx', "x"), ("...", "文件"), ("a\u202eb.csv", "ab")],
)
def test_a_download_is_called_like_the_file_and_is_harmless(name: str, stem: str) -> None:
    assert intake_view.stem(name) == stem


# Questions and corrections


def test_a_question_shows_what_each_answer_makes_of_the_figure(own: Board) -> None:
    (question,) = intake_view.questions(looked_at(own, ("filing-rate", "", "2023年10月", "全区", "0.82")).findings)
    assert question.options == {"percent": "“0.82”读作 82%", "as-written": "“0.82”读作 0.82%"}
    assert question.place == "第2行 “数值”列（E列）"


def test_why_figures_are_revised_is_asked_for_in_words(own: Board) -> None:
    row = ("filing-rate", "", "2023年10月", "全区")
    confirm(own.store, looked_at(own, (*row, "82")), by="张三", at=NOW)
    found = looked_at(own, (*row, "83"))
    assert (
        intake_view.questions(found.findings),
        intake_view.needs_reason(found.findings),
        intake_view.settled(found),
    ) == ((), True, True)


def test_each_refused_cell_can_be_corrected_beside_what_its_row_is_of(own: Board) -> None:
    found = looked_at(
        own, ("filing-rate", "", "2023年10月", "万寿路街", "82"), ("filing-rate", "", "2023年10月", "全区", "8O")
    )
    cells = cells_of(found, own)
    assert [(cell.row, cell.letter, cell.column, cell.text, cell.about) for cell in cells] == [
        (2, "D", "街镇", "万寿路街", "装修垃圾备案率 · 万寿路街 · 2023年10月"),
        (3, "E", "数值", "8O", "装修垃圾备案率 · 全区 · 2023年10月"),
    ]


def test_of_two_parts_that_contradict_each_other_both_can_be_corrected(own: Board) -> None:
    found = looked_at(own, ("hazard-rate", "", "2023年10月", "全区", "", "190", "182"))
    assert [(cell.letter, cell.text) for cell in cells_of(found, own)] == [
        ("F", "190"),
        ("G", "182"),
    ]


def test_a_correction_makes_the_file_right_without_another_upload(own: Board) -> None:
    data = xlsx([HEAD, ["filing-rate", None, "2023年10月", "万寿路街", "82"]], name="十月")
    found = check(own.store, own.catalogue, [Upload(name="a.xlsx", data=data)], at=NOW)
    cells = cells_of(found, own)
    edits = intake_view.edits_of(cells, ["万寿路街道"], [False])
    assert edits == {("十月", 2, "D"): "万寿路街道"}
    assert check(own.store, own.catalogue, [Upload(name="a.xlsx", data=data, edits=edits)], at=NOW).accepted


def test_a_row_that_is_left_out_is_no_part_of_the_release(own: Board) -> None:
    rows = [("nosuch", "", "2023年10月", "全区", "1"), ("filing-rate", "", "2023年10月", "全区", "82")]
    cells = cells_of(looked_at(own, *rows), own)
    edits = intake_view.edits_of(cells, [cell.text for cell in cells], [True] * len(cells))
    found = check(own.store, own.catalogue, [Upload(name="a.csv", data=csv(*rows), edits=edits)], at=NOW)
    assert (found.accepted, found.rows["indicator"].to_pylist()) == (True, ["filing-rate"])


def test_a_cell_that_nobody_touched_is_no_edit(own: Board) -> None:
    cells = cells_of(looked_at(own, ("nosuch", "", "2023年10月", "全区", "1")), own)
    assert intake_view.edits_of(cells, [cell.text for cell in cells], [False] * len(cells)) == {}


# Changes


def test_revised_figures_come_before_new_ones_with_both_values(own: Board) -> None:
    row = ("filing-rate", "", "2023年10月", "全区")
    confirm(own.store, looked_at(own, (*row, "82")), by="张三", at=NOW)
    found = looked_at(
        own,
        ("handed-over", "", "2023年10月", "全区", "15"),
        (*row, "超83%"),
        ("handed-over", "", "2023年9月", "全区", "—"),
    )
    first, *rest = intake_view.changes(found, own.catalogue).lines
    assert (first.word, first.name, first.old, first.now) == ("修订", "装修垃圾备案率", "82%", "超83%")
    assert sorted((one.word, one.name, one.old, one.now) for one in rest) == [
        ("新增", own.catalogue.indicators["handed-over"].name, "", "15" + own.catalogue.indicators["handed-over"].unit),
        ("新增", own.catalogue.indicators["handed-over"].name, "", "缺报"),
    ]


def test_a_long_table_of_changes_says_how_many_more_there_are(own: Board) -> None:
    rows = [("handed-over", "", f"2022年{month}月", "全区", str(month)) for month in range(1, 13)]
    shown = intake_view.changes(looked_at(own, *rows), own.catalogue, most=5)
    assert (len(shown.lines), shown.more) == (5, 7)


def test_the_table_of_changes_is_harmless_in_a_spreadsheet() -> None:
    one = intake_view.Change(word="新增", code="a", name="=1+1", period="2023年5月", region="全区", old="", now="-5")
    text = intake_view.as_csv(intake_view.Changes(lines=(one,), more=0)).decode("utf-8-sig")
    assert text.splitlines()[1] == "新增,a,'=1+1,2023年5月,全区,,-5"


def test_what_moves_most_in_proportion_comes_first(own: Board) -> None:
    found = looked_at(
        own, ("handed-over", "", "2023年10月", "全区", "10"), ("filing-rate", "", "2023年10月", "全区", "90"),
        ("hazard-rate", "", "2023年10月", "全区", "", "95", "100"), ("transfer-stations", "", "2023年10月", "全区", "超5"),
    )  # fmt: skip
    september = Period.parse("2023-09")
    total = own.catalogue.total
    before = {
        ("handed-over", total): [(september, Decimal(20))], ("filing-rate", total): [(september, Decimal(81))],
        ("hazard-rate", total): [(september, Decimal(95))], ("transfer-stations", total): [(september, Decimal(4))],
    }  # fmt: skip
    moves = intake_view.moved(found, own.catalogue, before)
    assert [(one.code, int(one.before), int(one.now), one.since) for one in moves] == [
        ("handed-over", 20, 10, "2023年9月"), ("filing-rate", 81, 90, "2023年9月"),
    ]  # fmt: skip


# Who is in

STREETS = ("万寿路", "永定路", "羊坊店", "甘家口")


def streets(*indicators: Any) -> Catalogue:
    """A catalogue of four 街道 and these indicators."""
    made = catalogue(*indicators)
    regions = tuple(Region(code=f"33010600{n}", name=f"{name}街道", kind="街道") for n, name in enumerate(STREETS))
    return dataclasses.replace(made, regions=regions)


def given(store: Store, known: Catalogue, *rows: str) -> Checked:
    data = ("指标编码,期间,街镇,数值\n" + "\n".join(rows)).encode()
    return check(store, known, [Upload(name="a.csv", data=data)], at=NOW)


def one_roll(
    store: Store, known: Catalogue, *rows: str, before: roll.Known = (), today: date = date(2023, 6, 2)
) -> roll.Roll:
    (only,) = roll.rolls(given(store, known, *rows), known, before, today=today)
    return only


def test_who_owes_a_figure_is_what_the_catalogue_says(store: Store) -> None:
    known = streets(count(reported_by="streets"), indicator(reported_by=("永定路街道",)))
    found = one_roll(store, known, "sites,2023年5月,万寿路街道,5", "rate,2023年5月,永定路街道,90")
    assert [(turn.region, turn.state, turn.reported, turn.due) for turn in found.turns] == [
        ("万寿路街道", "报齐", 1, 1), ("永定路街道", "未报全", 1, 2), ("羊坊店街道", "未报", 0, 1), ("甘家口街道", "未报", 0, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "missing"),
    [
        pytest.param(["万寿路街道"], None, id="one of four says nothing of the others"),
        pytest.param(["万寿路街道", "永定路街道"], ["羊坊店街道", "甘家口街道"], id="half of them"),
        pytest.param(["全区"], None, id="a figure of the district misses nothing"),
    ],
)
def test_where_the_catalogue_says_nothing_half_must_be_in(
    store: Store, rows: list[str], missing: list[str] | None
) -> None:
    known = streets(count())
    found = roll.rolls(
        given(store, known, *(f"sites,2023年5月,{row},5" for row in rows)), known, (), today=date(2023, 6, 2)
    )
    assert [[turn.region for turn in one.of("未报")] for one in found] == ([] if missing is None else [missing])


def test_what_the_store_holds_already_is_in(store: Store) -> None:
    known = streets(count(reported_by="streets"))
    before = {("sites", "330106001", date(2023, 1, 1), date(2023, 5, 31))}
    found = one_roll(store, known, "sites,2023年5月,万寿路街道,5", before=before)
    assert [(turn.region, turn.by_now) for turn in found.of("报齐")] == [("万寿路街道", 1), ("永定路街道", 0)]


def test_a_blank_is_no_report_and_a_zero_is_one(store: Store) -> None:
    known = streets(count(reported_by="streets"))
    found = one_roll(store, known, "sites,2023年5月,万寿路街道,0", "sites,2023年5月,永定路街道,")
    assert [turn.region for turn in found.of("报齐")] == ["万寿路街道"]


@pytest.mark.parametrize(
    ("today", "late"),
    [pytest.param(date(2023, 6, 5), 0, id="on the day"), pytest.param(date(2023, 6, 8), 3, id="three days later")],
)
def test_who_is_missing_after_the_day_is_late(store: Store, today: date, late: int) -> None:
    known = streets(count(reported_by="streets", due_day=5))
    found = one_roll(store, known, "sites,2023年5月,万寿路街道,5", today=today)
    assert (found.due_on, found.days_late) == (date(2023, 6, 5), late)
    assert [turn.late for turn in found.turns] == [False, *[late > 0] * 3]


def test_a_due_day_that_the_month_has_not_is_its_last(store: Store) -> None:
    known = streets(count(reported_by="streets", due_day=31))
    assert one_roll(store, known, "sites,2023年5月,万寿路街道,5").due_on == date(2023, 6, 30)


def test_each_month_has_its_own_table_oldest_first(store: Store) -> None:
    known = streets(count(reported_by="streets"))
    found = roll.rolls(
        given(store, known, "sites,2023年5月,万寿路街道,5", "sites,2023年4月,万寿路街道,4"),
        known,
        (),
        today=date(2023, 6, 2),
    )
    assert [one.period for one in found] == ["2023年4月", "2023年5月"]


def test_the_reminder_names_who_is_missing_what_and_since_when(store: Store) -> None:
    known = streets(count(reported_by="streets", due_day=5), indicator(reported_by="streets"))
    rows = [f"{code},2023年5月,{street}街道,5" for code in ("sites", "rate") for street in ("万寿路", "羊坊店")]
    found = one_roll(store, known, *rows, "sites,2023年5月,永定路街道,5", today=date(2023, 6, 8))
    assert roll.reminder(found, known, today=date(2023, 6, 8)) == (
        "各街镇：截至2023年6月8日，2023年5月指标数据尚有2个街镇未报送或未报全。\n未报（1个）：甘家口街道。\n未报全（1个）：永定路街道缺“整改率”。\n"
        "应报时间为2023年6月5日，已逾期3天。\n请尽快核实报送；确实没有数据的，请填“不适用”或填0（确认零报），不要空着。\n某区城市管理委"
    )


def test_nobody_is_reminded_when_all_are_in(store: Store) -> None:
    known = streets(count(reported_by="streets"))
    found = one_roll(store, known, *(f"sites,2023年5月,{street}街道,5" for street in STREETS))
    assert roll.reminder(found, known, today=date(2023, 6, 8)) == ""
