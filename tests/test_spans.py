"""Columns of figures side by side: each indicator reports the one of its kind, and sums of months are none of theirs."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.check_command import ACCEPTED, Desk
from tests.files import Cell, Rows
from tests.test_headers import checked, desk, read

__all__ = ["desk"]

FLOW, TOTAL, RATE = "公厕清理数", "规范停放数", "合同签订率"
LONG: Sequence[Cell] = ("指标名称", "期间", "街镇")


@pytest.mark.parametrize(("month", "running"), [
    ("本月数", "累计数"), ("本月完成", "本年累计"), ("完成值", "累计值"), ("数值", "年初至今累计"), ("本月实际完成", "累计完成数"),
])  # fmt: skip
def test_a_flow_reports_the_month_and_a_running_total_the_total(desk: Desk, month: str, running: str) -> None:
    rows: Rows = [(*LONG, month, running), (FLOW, "2024年4月", "全区", 3, 30), (TOTAL, "2024年4月", "全区", 4, 40)]
    answer = checked(desk, rows)
    assert (answer.code, read(answer)) == (ACCEPTED, [("toilets", "2024-04", "3"), ("parking", "2024-04", "40")])


@pytest.mark.parametrize(("one", "other"), [
    (f"{TOTAL}", f"{TOTAL}累计"), (f"{TOTAL}（本月）", f"{TOTAL}"), (f"本月{TOTAL}", f"累计{TOTAL}（辆）"), (f"{TOTAL}本月数", f"{TOTAL}本年累计数"),
])  # fmt: skip
def test_the_same_in_columns_of_one_indicator(desk: Desk, one: str, other: str) -> None:
    assert read(checked(desk, [("街镇", "期间", one, other), ("全区", "2024年4月", 4, 40)])) == [
        ("parking", "2024-04", "40")
    ]


@pytest.mark.parametrize("name", [FLOW, TOTAL])
def test_months_beside_the_months_since_january(desk: Desk, name: str) -> None:
    rows: Rows = [("街镇", "指标名称", "2024年4月", "2024年1-4月"), ("全区", name, 4, 40)]
    expected = ("toilets", "2024-04", "4") if name == FLOW else ("parking", "2024-01-01/2024-04-30", "40")
    assert read(checked(desk, rows)) == [expected]


@pytest.mark.parametrize("last", ["合计", "全年累计", "二季度"])
def test_months_beside_their_sum_are_no_running_totals(desk: Desk, last: str) -> None:
    header: Sequence[Cell] = ("街镇", "指标名称", "4月", "5月", "6月", last)
    assert [row["value"] for row in checked(desk, [("2024年",), header, ("全区", FLOW, 1, 2, 3, 6)]).rows] == [
        "1",
        "2",
        "3",
    ]
    assert checked(desk, [("2024年",), header, ("全区", TOTAL, 1, 2, 3, 6)]).rules("error") == {"month-for-cumulative"}


def test_a_total_since_january_over_a_column_of_its_own_ends_with_the_last_month(desk: Desk) -> None:
    rows: Rows = [("街镇", "指标名称", "2024年4月", "累计"), ("全区", TOTAL, 4, 40), ("全区", FLOW, 3, 30)]
    assert sorted(read(checked(desk, rows))) == [("parking", "2024-04", "40"), ("toilets", "2024-04", "3")]


def test_of_a_count_the_rate_of_its_plan_is_left_out(desk: Desk) -> None:
    rows: Rows = [
        (*LONG, "计划数", "完成数", "完成率（%）"), (FLOW, "2024年4月", "全区", 120, 90, "75"), (RATE, "2024年4月", "全区", None, None, "93.24"),
    ]  # fmt: skip
    answer = checked(desk, rows)
    assert (answer.code, sorted((row["code"], row["value"]) for row in answer.rows)) == (
        ACCEPTED,
        [("contract-rate", "93.24"), ("toilets", "90")],
    )


def test_the_same_in_columns_of_one_count(desk: Desk) -> None:
    rows: Rows = [
        ("街镇", "期间", FLOW, None, None),
        (None, None, "计划数", "完成数", "完成率"),
        ("全区", "2024年4月", 120, 90, "75%"),
    ]
    answer = checked(desk, rows, merged=["A1:A2", "B1:B2", "C1:E1"])
    assert (answer.code, read(answer)) == (ACCEPTED, [("toilets", "2024-04", "90")])


@pytest.mark.parametrize("header", ["完成数", "数量", "完成量"])
def test_a_count_is_no_rate(desk: Desk, header: str) -> None:
    rows: Rows = [(*LONG, "应签订数", header), (RATE, "2024年4月", "全区", 120, 93)]
    assert checked(desk, rows).rules("error") == {"count-for-rate"}


def test_rates_side_by_side_keep_their_parts(desk: Desk) -> None:
    rows: Rows = [
        ("街镇", "期间", RATE, None, None, "任务完成率", None, None), (None, None, *("分子", "分母", "数值") * 2),
        ("全区", "2024年4月", 10, 20, 50, 30, 40, 75),
    ]  # fmt: skip
    answer = checked(desk, rows, merged=["A1:A2", "B1:B2", "C1:E1", "F1:H1"])
    assert [(row["numerator"], row["denominator"]) for row in answer.rows] == [("10", "20"), ("30", "40")]


@pytest.mark.parametrize("own", ["（座）", "(座)"])
def test_the_unit_of_a_column_wins_over_the_title(desk: Desk, own: str) -> None:
    rows: Rows = [("单位：万座",), ("街镇", "期间", f"{FLOW}{own}"), ("全区", "2024年4月", 12)]
    assert read(checked(desk, rows)) == [("toilets", "2024-04", "12")]


@pytest.mark.parametrize(
    "line", [("填报单位：市容科", None, None, "填报日期：2024年5月6日"), ("统计表", None, None, "单位：座")]
)
def test_a_line_of_who_filled_it_in_is_no_upper_header(desk: Desk, line: Sequence[Cell]) -> None:
    rows: Rows = [line, ("街镇", "期间", FLOW, "备注"), ("全区", "2024年4月", 12, None)]
    assert read(checked(desk, rows, merged=["A1:C1"])) == [("toilets", "2024-04", "12")]


def test_a_merged_note_in_the_header_leaves_the_first_row_of_figures(desk: Desk) -> None:
    rows: Rows = [
        (*LONG, "数值", "备注", None),
        (FLOW, "2024年4月", "万寿路街道", 3, None, None),
        (FLOW, "2024年4月", "香山街道", 4, None, None),
    ]
    assert len(checked(desk, rows, merged=["E1:F1"]).rows) == 2


@pytest.mark.parametrize("upper", ["任务数", "计划完成", "上月数值", "需清理", "抽查发现", "本周", "完成率"])
def test_upper_words_of_other_figures(desk: Desk, upper: str) -> None:
    rows: Rows = [("街镇", "期间", upper, None), (None, None, FLOW, "案件办理数"), ("全区", "2024年4月", 1, 2)]
    assert checked(desk, rows, merged=["A1:A2", "B1:B2", "C1:D1"]).rows == []


@pytest.mark.parametrize("upper", ["占压治理", "重点任务", "未达标道路整治", "市容标准化", "增绿提质"])
def test_upper_words_that_are_only_names(desk: Desk, upper: str) -> None:
    rows: Rows = [("街镇", "期间", upper, None), (None, None, FLOW, "案件办理数"), ("全区", "2024年4月", 1, 2)]
    assert len(checked(desk, rows, merged=["A1:A2", "B1:B2", "C1:D1"]).rows) == 2


@pytest.mark.parametrize(("headers", "period"), [(("年度", "季度"), "2024-Q1"), (("年份", "统计月"), "2024-Q1")])
def test_a_year_is_no_period_beside_another(desk: Desk, headers: Sequence[str], period: str) -> None:
    rows: Rows = [(*headers, "街镇", "指标名称", "数值"), (2024, "一季度", "全区", TOTAL, 12)]
    assert read(checked(desk, rows)) == [("parking", period, "12")]
