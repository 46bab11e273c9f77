"""Tables as offices draw them: what must not be taken for a figure of the month, or be lost without a word."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.check_command import ACCEPTED, REFUSED, WAITS, Desk, Said, district
from tests.files import Cell, Rows, csv_bytes, struck, xlsx

LONG: Sequence[Cell] = ("指标编码", "期间", "街镇", "数值")


@pytest.fixture
def desk(tmp_path: Path, capsys: Said) -> Desk:
    return Desk(config=district(tmp_path), store=tmp_path / "board.duckdb", said=capsys)


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
