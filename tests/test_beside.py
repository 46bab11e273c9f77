"""Columns beside the figures that say what these are not, and numbers that a comma cut in two."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.check_command import Desk, Said, district, staffed
from tests.files import Cell, Rows, csv_bytes, xlsx

LONG: tuple[Cell, ...] = ("指标编码", "期间", "街镇")
KEY: tuple[Cell, ...] = ("calls", "2024年4月", "万寿路")


@pytest.fixture
def desk(tmp_path: Path, capsys: Said) -> Desk:
    return staffed(Desk(config=district(tmp_path), store=tmp_path / "board.duckdb", said=capsys))


def errors(desk: Desk, folder: Path, rows: Rows, *, book: bool = False) -> list[tuple[str, str | None]]:
    """Rule and cell of each error."""
    path = folder / ("x.xlsx" if book else "x.csv")
    path.write_bytes(xlsx(rows) if book else csv_bytes(rows))
    return [(one["rule"], one["cell"]) for one in desk.check(path).findings if one["severity"] == "error"]


@pytest.mark.parametrize("header", ["类型", "数据类型", "口径", "指标类型"])
@pytest.mark.parametrize("text", ["计划", "目标值", "上年同期", "预计数"])
def test_a_column_that_calls_figures_a_plan_is_refused(desk: Desk, tmp_path: Path, header: str, text: str) -> None:
    rows: Rows = [(*LONG, header, "数值"), (*KEY, "完成", 5), ("calls", "2024年5月", "万寿路", text, 9)]
    assert errors(desk, tmp_path, rows) == [("other-than-actual", "D3")]


@pytest.mark.parametrize(
    ("header", "text"),
    [("类型", "未完成"), ("统计口径", "应清理"), ("数据类型", "剩余"), ("数据状态", "作废"), ("数据状态", "草稿")],
)
def test_a_column_that_calls_figures_not_done_or_void_is_refused(
    desk: Desk, tmp_path: Path, header: str, text: str
) -> None:
    assert errors(desk, tmp_path, [(*LONG, header, "数值"), (*KEY, text, 5)]) == [("other-than-actual", "D2")]


@pytest.mark.parametrize(("code", "text", "found"), [
    ("parking", "当月", [("month-for-cumulative", "D2")]), ("calls", "当月", []), ("hazards-left", "剩余", []), ("calls", "应急处置", []),
])  # fmt: skip
def test_what_such_a_column_says_is_held_to_the_indicator(
    desk: Desk, tmp_path: Path, code: str, text: str, found: list[tuple[str, str]]
) -> None:
    assert errors(desk, tmp_path, [(*LONG, "口径", "数值"), (code, *KEY[1:], text, 5)]) == found


@pytest.mark.parametrize(("note", "found"), [
    ("作废", [("other-than-actual", "E2")]), ("本行已作废。", [("other-than-actual", "E2")]), ("为3月数据", [("note-month", "E2")]),
    ("作废车辆已清理", []), ("为4月数据", []), ("含3月补报数据", []), ("1-3月数据已核", []),
])  # fmt: skip
def test_a_note_that_takes_back_its_row_is_refused(
    desk: Desk, tmp_path: Path, note: str, found: list[tuple[str, str]]
) -> None:
    assert errors(desk, tmp_path, [(*LONG, "数值", "备注"), (*KEY, 5, note)]) == found


def test_a_line_below_that_names_another_month_is_refused(desk: Desk, tmp_path: Path) -> None:
    rows: Rows = [(*LONG, "数值"), (*KEY, 5), ("注：以上数据为3月数。",)]
    assert errors(desk, tmp_path, rows, book=True) == [("note-month", None)]


@pytest.mark.parametrize("text", ["完成", "累计", "按计划完成的处数", None])
def test_other_words_of_such_a_column_are_none(desk: Desk, tmp_path: Path, text: Cell) -> None:
    assert errors(desk, tmp_path, [(*LONG, "口径", "数值"), (*KEY, text, 5)]) == []


@pytest.mark.parametrize(("text", "wrong"), [("A社区", True), ("合计", False), (None, False)])
@pytest.mark.parametrize("header", ["社区", "村", "社区（村）", "所属社区", "道路名称", "点位", "点位名称", "小区"])
def test_a_figure_of_less_than_a_street_is_refused(
    desk: Desk, tmp_path: Path, header: str, text: Cell, *, wrong: bool
) -> None:
    found = errors(desk, tmp_path, [(*LONG, header, "数值"), (*KEY, text, 5)])
    assert found == ([("below-street", "D2")] if wrong else [])


@pytest.mark.parametrize(
    ("rows", "cell"),
    [
        ([("街镇", "期间", "公厕清理数", "案件办理数"), ("万寿路", "2024年4月", 1, "020")], "C2"),
        ([("街镇", "指标编码", "2024年1月", "2024年2月"), ("万寿路", "calls", 12, "020")], "C2"),
        ([(*LONG, "完成数", "总数"), ("contract-rate", "2024年4月", "万寿路", 1, "020")], "D2"),
        ([(*LONG, "数值", "天气"), (*KEY, 1, "020.5")], "D2"),
    ],
    ids=["indicators", "months", "parts", "a column that is not read"],
)
def test_a_number_that_a_comma_cut_in_two_is_refused(desk: Desk, tmp_path: Path, rows: Rows, cell: str) -> None:
    assert ("split-thousands", cell) in errors(desk, tmp_path, rows)
    assert "split-thousands" not in {rule for rule, _ in errors(desk, tmp_path, rows, book=True)}


def test_small_numbers_side_by_side_are_two(desk: Desk, tmp_path: Path) -> None:
    rows: Rows = [
        ("街镇", "期间", "公厕清理数", "案件办理数"),
        ("万寿路", "2024年4月", 1, 120),
        ("香山", "2024年4月", 1234, "020"),
    ]
    assert errors(desk, tmp_path, rows) == []
