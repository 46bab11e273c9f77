"""Tables as offices draw them: what must not be taken for a figure of the month, or be lost without a word."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.check_command import ACCEPTED, REFUSED, WAITS, Desk, Said, district, staffed
from tests.files import Cell, Rows, csv_bytes, struck, xlsx

LONG: Sequence[Cell] = ("指标编码", "期间", "街镇", "数值")


@pytest.fixture
def desk(tmp_path: Path, capsys: Said) -> Desk:
    return staffed(Desk(config=district(tmp_path), store=tmp_path / "board.duckdb", said=capsys))


def put(folder: Path, data: bytes, name: str = "x.csv") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def figures(desk: Desk, path: Path) -> list[tuple[str, str, str | None]]:
    return [(row["code"], row["period"], row["value"]) for row in desk.check(path).rows]


@pytest.mark.parametrize("other", ["计划", "上年同期", "目标", "上月", "预计"])
def test_figures_of_a_plan_or_of_last_year_are_not_taken_for_this_month(desk: Desk, tmp_path: Path, other: str) -> None:
    rows: Rows = [
        ("街镇", "期间", other, "实际"),
        (None, None, "公厕清理数", "公厕清理数"),
        ("全区", "2024年4月", 100, 90),
    ]
    book = xlsx(rows, merged=["A1:A2", "B1:B2"])
    answer = desk.check(put(tmp_path, book, "x.xlsx"))
    assert "100" not in {row["value"] for row in answer.rows}


@pytest.mark.parametrize("header", ["数值（计划）", "上年同期/数值", "数值（上月）", "计划/完成值"])
def test_a_value_column_of_something_else_is_told_and_left_out(desk: Desk, tmp_path: Path, header: str) -> None:
    answer = desk.check(put(tmp_path, csv_bytes([(*LONG[:3], header), ("calls", "2024年4月", "万寿路", 100)])))
    assert answer.rows == []
    assert "unknown-column" in answer.rules("warning")


def test_a_year_over_its_months_is_theirs(desk: Desk, tmp_path: Path) -> None:
    rows: Rows = [
        ("2024年清理情况",), ("街镇", "指标名称", "2023年", None, "2024年", None), (None, None, "11月", "12月", "1月", "2月"),
        ("全区", "案件办理数", 11, 12, 1, 2),
    ]  # fmt: skip
    book = xlsx(rows, merged=["A2:A3", "B2:B3", "C2:D2", "E2:F2"])
    assert figures(desk, put(tmp_path, book, "x.xlsx")) == [
        ("calls", "2023-11", "11"), ("calls", "2023-12", "12"), ("calls", "2024-01", "1"), ("calls", "2024-02", "2"),
    ]  # fmt: skip


def test_months_that_turn_back_without_a_year_are_refused(desk: Desk, tmp_path: Path) -> None:
    rows: Rows = [("2024年",), ("街镇", "指标名称", "11月", "12月", "1月"), ("全区", "案件办理数", 1, 2, 3)]
    assert "month-order" in desk.check(put(tmp_path, csv_bytes(rows))).rules("error")


@pytest.mark.parametrize(
    ("header", "written", "value"),
    [
        ("数值（万座）", "0.1234", "1234"),
        ("数值（万座）", "约1.5", "15000"),
        ("数值（万座）", "十二", "120000"),
        ("数值（计量单位：万座）", "2", "20000"),
        ("数值（万座）", "2以上", "20000"),
    ],
)
def test_ten_thousands_in_a_header_hold_for_every_way_of_writing(
    desk: Desk, tmp_path: Path, header: str, written: str, value: str
) -> None:
    assert (
        figures(desk, put(tmp_path, csv_bytes([(*LONG[:3], header), ("toilets", "2024年4月", "全区", written)])))[0][2]
        == value
    )


def test_a_cell_in_single_pieces_under_ten_thousands_is_refused(desk: Desk, tmp_path: Path) -> None:
    path = put(tmp_path, csv_bytes([(*LONG[:3], "数值（万座）"), ("toilets", "2024年4月", "全区", "2907座")]))
    assert desk.check(path).rules("error") == {"not-a-figure"}


@pytest.mark.parametrize(
    ("code", "header"), [("tonnes", "数值（公斤）"), ("toilets", "数值（百座）"), ("calls", "数值（座）")]
)
def test_another_unit_in_the_header_is_refused(desk: Desk, tmp_path: Path, code: str, header: str) -> None:
    answer = desk.check(put(tmp_path, csv_bytes([(*LONG[:3], header), (code, "2024年4月", "全区", 15)])))
    assert (answer.code, answer.rules("error")) == (REFUSED, {"unit-mismatch"})


@pytest.mark.parametrize("written", ["2907.99999", "0.00001"])
def test_a_count_with_a_fraction_is_never_rounded_away(desk: Desk, tmp_path: Path, written: str) -> None:
    answer = desk.check(put(tmp_path, csv_bytes([LONG, ("toilets", "2024年4月", "全区", written)])))
    assert "not-an-integer" in answer.rules("error")


def test_running_totals_are_not_taken_for_the_month(desk: Desk, tmp_path: Path) -> None:
    path = put(tmp_path, csv_bytes([(*LONG[:3], "累计值"), ("calls", "2024年4月", "全区", 500)]))
    assert desk.check(path).rules("error") == {"cumulative-for-flow"}


def test_task_rates_written_as_fractions_are_asked_about(desk: Desk, tmp_path: Path) -> None:
    rows = [
        ("task-rate", "2024年4月", name, value)
        for name, value in (("万寿路", 0.93), ("永定路", "约0.9"), ("香山", 1.0288))
    ]
    path = put(tmp_path, csv_bytes([LONG, *rows]))
    assert desk.check(path).code == WAITS
    answered = desk.check(path, "--answer", "scale.数值=percent")
    assert [row["value"] for row in answered.rows] == ["93", "90", "102.88"]
    assert answered.rows[1]["written"] is None


@pytest.mark.parametrize("merged", ["D2:D3", "D2:E2"])
def test_a_merged_figure_is_refused(desk: Desk, tmp_path: Path, merged: str) -> None:
    rows: Rows = [
        ("指标名称", "街镇", "期间", "公厕清理数", "案件办理数"),
        ("x", "万寿路", "2024年4月", 30, None),
        ("x", "香山", "2024年4月", None, 3),
    ]
    answer = desk.check(put(tmp_path, xlsx(rows, merged=[merged]), "x.xlsx"))
    assert "merged-value" in answer.rules("error")


def test_a_note_column_in_front_does_not_hide_its_row(desk: Desk, tmp_path: Path) -> None:
    rows = [("备注", *LONG), ("注：补报", "calls", "2024年4月", "万寿路", 7), ("合计", "calls", "2024年4月", "香山", 8)]
    assert len(figures(desk, put(tmp_path, csv_bytes(rows)))) == 2


def test_a_second_table_in_a_sheet_does_not_hide_the_first(desk: Desk, tmp_path: Path) -> None:
    rows = [
        LONG,
        ("calls", "2024年4月", "万寿路", 5),
        (None,),
        (*LONG, "备注"),
        ("units", "2024年4月", "万寿路", 7, "x"),
    ]
    answer = desk.check(put(tmp_path, csv_bytes([[*row, *[None] * (5 - len(row))] for row in rows])))
    assert ("calls", "5") in {(row["code"], row["value"]) for row in answer.rows} or answer.code == REFUSED


def test_a_total_above_its_parts_is_checked_too(desk: Desk, tmp_path: Path) -> None:
    rows = [
        LONG,
        ("calls", "2024年4月", "合计", 16),
        ("calls", "2024年4月", "万寿路", 7),
        ("calls", "2024年4月", "香山", 8),
    ]
    assert desk.check(put(tmp_path, csv_bytes(rows))).rules("error") == {"total-differs"}


@pytest.mark.parametrize(
    "note", ["经办人：张三", "（盖章）", "1.本表数据截至2024年4月30日", "填表人 张三  审核人 李四", "*为估算数"]
)
def test_a_single_text_below_the_table_is_a_note(desk: Desk, tmp_path: Path, note: str) -> None:
    answer = desk.check(put(tmp_path, csv_bytes([LONG, ("calls", "2024年4月", "万寿路", 7), (note, None, None, None)])))
    assert (answer.code, len(answer.rows)) == (ACCEPTED, 1)


@pytest.mark.parametrize("header", ["数值¹", "数值（件）①", "数值*"])
def test_a_mark_behind_a_header_is_no_part_of_it(desk: Desk, tmp_path: Path, header: str) -> None:
    path = put(tmp_path, csv_bytes([(*LONG[:3], header), ("calls", "2024年4月", "万寿路", 7)]))
    assert figures(desk, path) == [("calls", "2024-04", "7")]


@pytest.mark.parametrize("header", ["指标编码", "指标名称", "期间", "街镇", "数值", "状态"])
def test_what_is_struck_out_is_refused_in_words_that_say_so(desk: Desk, tmp_path: Path, header: str) -> None:
    told: dict[str, Cell] = {"指标编码": "calls", "期间": "2024年4月", "街镇": "万寿路", "数值": 7}
    if header == "指标名称":
        told = {"指标名称": "案件办理数", **told}
        del told["指标编码"]
    if header == "状态":
        told |= {"指标编码": "road-grade", "期间": "2024年一季度", "状态": "优秀", "数值": None}
    told[header] = struck(str(told[header]))
    answer = desk.check(put(tmp_path, csv_bytes([list(told), list(told.values())])))
    assert [(one["rule"], one["message"]) for one in answer.findings if one["severity"] == "error"] == [
        ("struck-out", f"“{told[header]}”里有划去的内容，分不清哪些有效。")
    ]


def hiding(rows: Rows, *, hidden_rows: Sequence[int] = (), hidden_columns: Sequence[str] = ()) -> bytes:
    book = load_workbook(io.BytesIO(xlsx(rows)))
    for number in hidden_rows:
        book.worksheets[0].row_dimensions[number].hidden = True
    for letter in hidden_columns:
        book.worksheets[0].column_dimensions[letter].hidden = True
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


NAMES = ("万寿路", "永定路", "羊坊店", "甘家口", "八里庄", "紫竹院")
CALLS: Rows = [LONG, *(("calls", "2024年4月", name, number) for number, name in enumerate(NAMES, start=5))]


@pytest.mark.parametrize(
    ("rows", "columns", "told"),
    [
        pytest.param([3], [], ["第3行是隐藏的，也已读取。"], id="one row"),
        pytest.param([2, 3, 5, 6], [], ["第2、3、5行…共4行是隐藏的，也已读取。"], id="more than are listed"),
        pytest.param([], ["D"], ["D列“数值”是隐藏的，也已读取。"], id="a column"),
        pytest.param([1, 9], ["F"], [], id="the header, an empty row and an empty column"),
    ],
)
def test_hidden_rows_and_columns_of_the_table_are_told(
    desk: Desk, tmp_path: Path, rows: list[int], columns: list[str], told: list[str]
) -> None:
    answer = desk.check(put(tmp_path, hiding(CALLS, hidden_rows=rows, hidden_columns=columns), "x.xlsx"))
    assert len(answer.rows) == len(NAMES)
    assert [one["message"] for one in answer.findings if one["rule"].startswith("hidden-")] == told


def rules_of(desk: Desk, folder: Path, rows: Rows, *, book: bool = False) -> tuple[set[str], set[str], int]:
    """Rules of errors and of warnings, and how many rows would be stored."""
    made = put(folder, xlsx(rows), "x.xlsx") if book else put(folder, csv_bytes(rows))
    answer = desk.check(made)
    return answer.rules("error"), answer.rules("warning"), len(answer.rows)


PARTS: Rows = [LONG, ("calls", "2024年4月", "万寿路", 7), ("calls", "2024年4月", "香山", 8)]
TOTALS = (
    "街镇合计", "海淀区合计", "全区总计", "区合计", "合计（件）", "本页小计", "汇总", "共计（29个街镇）", "以上合计", "街道小计",
    "22个街道小计", "合 计",
)  # fmt: skip


@pytest.mark.parametrize("label", TOTALS)
def test_a_total_by_any_name_is_checked_and_not_stored(desk: Desk, tmp_path: Path, label: str) -> None:
    for column in (0, 2):
        rows = [[label if at == column else None for at in range(3)] + [value] for value in (15, 16)]
        assert rules_of(desk, tmp_path, [*PARTS, rows[0]]) == (set(), set(), 2)
        assert rules_of(desk, tmp_path, [*PARTS, rows[1]])[0] == {"total-differs"}


@pytest.mark.parametrize(
    ("label", "rule"),
    [("街镇平均", "average-row"), ("累计", "total-unchecked"), ("其中：街道", "total-unchecked"), ("合计（不含香山）", "total-unchecked"),
     ("去年同期", "compared-row"), ("增减（%）", "compared-row"), ("目标", "compared-row")],
)  # fmt: skip
def test_a_row_that_is_no_figure_of_a_street_is_left_out_with_a_word(
    desk: Desk, tmp_path: Path, label: str, rule: str
) -> None:
    assert rules_of(desk, tmp_path, [*PARTS, (None, "2024年4月", label, 99)]) == (set(), {rule}, 2)


@pytest.mark.parametrize(("towns", "rules"), [(9, set()), (10, {"total-unchecked"})])
def test_a_subtotal_above_its_rows_is_checked_or_left_out(
    desk: Desk, tmp_path: Path, towns: int, rules: set[str]
) -> None:
    rows: Rows = [
        ("序号", "街镇", "期间", "案件办理数"), ("一", "街道", None, 15), (1, "万寿路", "2024年4月", 7), (2, "香山", "2024年4月", 8),
        ("二", "镇", None, towns), (1, "温泉镇", "2024年4月", 9),
    ]  # fmt: skip
    assert rules_of(desk, tmp_path, rows) == (set(), rules, 3)


def test_the_words_of_another_column_make_no_total(desk: Desk, tmp_path: Path) -> None:
    rows = [("类型", *LONG), ("街道", "calls", "2024年4月", "万寿路", 7), ("镇", "calls", "2024年4月", "温泉镇", 9)]
    assert rules_of(desk, tmp_path, rows) == (set(), {"unknown-column"}, 2)


def test_last_month_in_the_column_of_periods_is_no_period(desk: Desk, tmp_path: Path) -> None:
    rows: Rows = [
        ("期间", "街镇", "指标编码", "数值"),
        ("2024年4月", "万寿路", "calls", 7),
        ("上月", "香山", "calls", 9),
    ]
    assert rules_of(desk, tmp_path, rows)[0] == {"not-a-period"}


def test_section_labels_without_figures_are_notes(desk: Desk, tmp_path: Path) -> None:
    rows: Rows = [("序号", *LONG), ("一", None, None, "街道", None), *((at, *row) for at, row in enumerate(PARTS[1:]))]
    assert rules_of(desk, tmp_path, rows) == (set(), set(), 2)


@pytest.mark.parametrize("label", ["一、计划数", "二、上年同期", "目标", "预计", "（二）上年同期数据"])
@pytest.mark.parametrize("column", [0, 2])
def test_figures_below_a_heading_of_a_plan_are_refused(desk: Desk, tmp_path: Path, label: str, column: int) -> None:
    heading = [label if at == column else None for at in range(4)]
    if column == 0 or not label.startswith("（"):
        assert rules_of(desk, tmp_path, [LONG, heading, *PARTS[1:]])[0] == {"section-row"}
    assert "section-row" not in rules_of(desk, tmp_path, [*PARTS, heading])[0]


@pytest.mark.parametrize("label", ["二、完成数", "计划完成情况"])
def test_figures_below_a_heading_of_what_was_done_are_figures(desk: Desk, tmp_path: Path, label: str) -> None:
    assert rules_of(desk, tmp_path, [LONG, (label, None, None, None), *PARTS[1:]]) == (set(), {"note-row"}, 2)


@pytest.mark.parametrize(
    "footer",
    [(None, None, None, "2024年5月8日"), (None, None, "2024年5月8日", None), ("科室负责人：", "张三", "填表人：", "李四"),
     (None, "审核人：王五", None, "电话：82510000")],
)  # fmt: skip
def test_a_footer_in_any_column_is_a_note(desk: Desk, tmp_path: Path, footer: Sequence[Cell]) -> None:
    assert rules_of(desk, tmp_path, [*PARTS, footer]) == (set(), set(), 2)


@pytest.mark.parametrize("header", ["完成数（万处）", "分子（万处）"])
def test_ten_thousands_in_a_header_hold_for_numerators(desk: Desk, tmp_path: Path, header: str) -> None:
    columns = (*LONG[:3], header, "总数（处）")
    rows = [columns, ("contract-rate", "2024年4月", "万寿路", "0.8123", 10000)]
    (row,) = desk.check(put(tmp_path, csv_bytes(rows))).rows
    assert (row["numerator"], row["denominator"]) == ("8123", "10000")
    assert rules_of(desk, tmp_path, [columns, ("contract-rate", "2024年4月", "万寿路", "0.8", 10000)])[0] == {
        "part-not-exact"
    }


def test_other_units_over_numerator_and_denominator_are_told_once(desk: Desk, tmp_path: Path) -> None:
    rows = [
        (*LONG[:3], "完成数（吨）", "总数（公斤）"),
        *(("contract-rate", "2024年4月", name, 8, 10) for name in ("万寿路", "香山")),
    ]
    answer = desk.check(put(tmp_path, csv_bytes(rows)))
    assert [one["rule"] for one in answer.findings] == ["units-differ"]


def test_a_header_that_is_wrong_is_told_once_with_its_own_cell(desk: Desk, tmp_path: Path) -> None:
    rows: Rows = [
        ("街镇", "指标名称", "4月", "5月"),
        *((name, "案件办理数", 1, 2) for name in ("万寿路", "香山", "上地")),
    ]
    found = desk.check(put(tmp_path, csv_bytes(rows))).findings
    assert [(one["rule"], one["cell"]) for one in found] == [
        ("period-without-year", "C1"),
        ("period-without-year", "D1"),
    ]
    rows = [("街镇", "指标名称", "2032年4月"), *((name, "案件办理数", 1) for name in ("万寿路", "香山"))]
    found = desk.check(put(tmp_path, csv_bytes(rows))).findings
    assert [(one["rule"], one["cell"]) for one in found] == [("future-period", "C1")]
    rows = [("街镇", "期间", "案件办理数（吨）"), *((name, "2024年4月", 1) for name in ("万寿路", "香山"))]
    found = desk.check(put(tmp_path, csv_bytes(rows))).findings
    assert [(one["rule"], one["cell"]) for one in found] == [("unit-mismatch", "C1")]


def test_an_unknown_part_is_told_not_to_be_stored(desk: Desk, tmp_path: Path) -> None:
    rows = [("指标名称", *LONG[1:]), ("案件办理数", "2024年4月", "万寿路", 7), ("其中：燃气", "2024年4月", "万寿路", 3)]
    (found,) = desk.check(put(tmp_path, csv_bytes(rows))).findings
    assert (found["rule"], "未入库" in found["message"]) == ("sub-item", True)


MONTHS: Sequence[Cell] = ("街镇", "指标编码", "2024年1月", "2024年2月", "2024年3月")


@pytest.mark.parametrize(("header", "total", "rules"), [
    ("合计", 60, {"month-for-cumulative"}), ("一季度", 60, set()), ("全年累计", "60", {"month-for-cumulative"}),
    ("合计", 30, set()), ("备用", 60, set()),
])  # fmt: skip
def test_months_beside_their_sum_are_no_running_totals(
    desk: Desk, tmp_path: Path, header: str, total: Cell, rules: set[str]
) -> None:
    path = put(tmp_path, csv_bytes([(*MONTHS, header), ("万寿路", "parking", 10, 20, 30, total)]))
    assert desk.check(path).rules("error") == rules


def test_quarters_among_their_months_show_that_these_are_no_running_totals(desk: Desk, tmp_path: Path) -> None:
    rows: Rows = [
        (*MONTHS, "一季度", "2024年4月", "2024年5月", "2024年6月", "二季度"), ("万寿路", "parking", 1, 2, 3, None, 4, 5, 6, 15),
    ]  # fmt: skip
    assert desk.check(put(tmp_path, csv_bytes(rows))).rules("error") == {"month-for-cumulative"}


@pytest.mark.parametrize(
    ("values", "total", "code"), [((5, 6, 7), 18, REFUSED), ((5, 6, 7), 7, ACCEPTED), ((0, 0, 7), 7, ACCEPTED)]
)
def test_months_above_their_sum_are_no_running_totals(
    desk: Desk, tmp_path: Path, values: Sequence[Cell], total: Cell, code: int
) -> None:
    rows: Rows = [("parking", f"2024年{month}月", "万寿路", value) for month, value in enumerate(values, start=1)]
    answer = desk.check(put(tmp_path, csv_bytes([LONG, *rows, ("合计", None, None, total)])))
    assert (answer.code, "month-for-cumulative" in answer.rules("error")) == (code, code == REFUSED)


NUMBERED: Sequence[Cell] = ("序号", "街镇", "期间", "案件办理数")


@pytest.mark.parametrize("row", [
    (None, None, None, "（盖章）"), (None, None, "单位负责人（签字）：", None), ("说明", "本表为累计数", None, None),
    ("备注", "万寿路街道含永定路", None, None), ("审核：", "李四", "填报：", "张三"),
])  # fmt: skip
def test_what_is_signed_and_said_below_a_table_is_no_row(desk: Desk, tmp_path: Path, row: Sequence[Cell]) -> None:
    path = put(tmp_path, csv_bytes([NUMBERED, (1, "万寿路街道", "2024年4月", 5), row]))
    assert (desk.check(path).findings, len(desk.check(path).rows)) == ([], 1)


@pytest.mark.parametrize(("text", "rule"), [
    ("城区街道小计", "total-unchecked"), ("北部四镇小计", "total-unchecked"), ("地区办事处合计", "total-unchecked"),
    ("占比", "compared-row"), ("完成率", "compared-row"), ("排名", "compared-row"),
])  # fmt: skip
def test_rows_of_some_parts_and_of_rates_are_left_out_with_a_word(
    desk: Desk, tmp_path: Path, text: str, rule: str
) -> None:
    rows: Rows = [NUMBERED, (1, "万寿路街道", "2024年4月", 5), (None, text, "2024年4月", 5)]
    answer = desk.check(put(tmp_path, csv_bytes(rows)))
    assert (answer.code, answer.rules("warning"), len(answer.rows)) == (ACCEPTED, {rule}, 1)


def test_an_indicator_of_the_file_called_a_rate_is_not_left_out(desk: Desk, tmp_path: Path) -> None:
    path = put(tmp_path, csv_bytes([("指标名称", *LONG[1:]), ("完成率", "2024年4月", "万寿路街道", 5)]))
    assert desk.check(path).code == REFUSED


@pytest.mark.parametrize(
    ("header", "unit", "value", "code"),
    [("合同签订率（‰）", "‰", 930, "contract-rate"), ("公厕清理数", "万座", 1.2, "toilets")],
)
def test_another_unit_is_said_once(desk: Desk, tmp_path: Path, header: str, unit: str, value: Cell, code: str) -> None:
    wide: Rows = [("街镇", "期间", header), ("万寿路街道", "2024年4月", value)]
    long: Rows = [(*LONG, "单位"), (code, "2024年4月", "万寿路街道", value, unit)]
    for rows in (wide, long) if "（" in header else (long,):
        assert [one["rule"] for one in desk.check(put(tmp_path, csv_bytes(rows))).findings] == ["unit-mismatch"]


def test_two_columns_of_one_row_are_told_by_their_letters(desk: Desk, tmp_path: Path) -> None:
    header: Rows = [("街镇", "指标编码", "2024年4月", "2024年4月当月")]
    same = desk.check(put(tmp_path, csv_bytes([*header, ("万寿路街道", "calls", 5, 5)])))
    assert [one["message"] for one in same.findings] == ["第2行D列与C列重复，只入库一次。"]
    empty = desk.check(put(tmp_path, csv_bytes([*header, ("万寿路街道", "calls", 6, None)])))
    assert empty.findings[0]["message"] == "万寿路街道案件办理数2024年4月一处填了6，另一处为空。"
