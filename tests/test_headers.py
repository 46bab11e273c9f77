"""Headers, titles and sheet names as offices write them: every word is understood, or its figures are not taken."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.check_command import ACCEPTED, REFUSED, Answer, Desk, Said, district, staffed
from tests.files import Cell, Rows, csv_bytes, xlsx

LONG: Sequence[Cell] = ("指标名称", "期间", "街镇", "数值")
LINE: Sequence[Cell] = ("公厕清理数", "2024年4月", "万寿路街道", 12)
WIDE: Sequence[Cell] = ("街镇", "期间", "公厕清理数", "案件办理数")
BOTH: Sequence[Cell] = ("万寿路街道", "2024年4月", 12, 15)


@pytest.fixture
def desk(tmp_path: Path, capsys: Said) -> Desk:
    return staffed(Desk(config=district(tmp_path), store=tmp_path / "board.duckdb", said=capsys))


def checked(desk: Desk, rows: Rows, **given: object) -> Answer:
    """The rows as a workbook, checked."""
    path = desk.store.parent / "x.xlsx"
    path.write_bytes(xlsx(rows, **given))  # type: ignore[arg-type]
    return desk.check(path)


def read(answer: Answer) -> list[tuple[str, str, str | None]]:
    return [(row["code"], row["period"], row["value"]) for row in answer.rows]


@pytest.mark.parametrize("word", [
    "未完成", "占比", "剩余", "应清理", "完成率", "新增", "较年初", "日均", "名次", "调整前", "2023年", "2024年3月", "1—3月", "上半年",
    "万寿路街道", "座/月", "作废", "座、万",
])  # fmt: skip
def test_a_word_in_brackets_that_is_not_understood_leaves_its_column_out(desk: Desk, word: str) -> None:
    answer = checked(desk, [("街镇", "期间", f"公厕清理数（{word}）", "案件办理数"), BOTH])
    assert read(answer) == [("calls", "2024-04", "15")]
    assert "unknown-column" in answer.rules("warning")
    assert checked(desk, [(*LONG[:3], f"数值（{word}）"), LINE]).rows == []


@pytest.mark.parametrize("word", ["座", "单位：座", "必填", "本月", "当月数", "数量", "座，本月", "城市管理"])
def test_a_word_in_brackets_that_is_understood_does_no_harm(desk: Desk, word: str) -> None:
    assert read(checked(desk, [("街镇", "期间", f"公厕清理数（{word}）"), BOTH[:3]])) == [("toilets", "2024-04", "12")]


@pytest.mark.parametrize(
    ("word", "rule"), [("吨", "unit-mismatch"), ("累计", "cumulative-for-flow"), ("‰", "unit-mismatch")]
)
def test_a_word_in_brackets_that_contradicts_the_indicator_is_refused(desk: Desk, word: str, rule: str) -> None:
    assert checked(desk, [("街镇", "期间", f"公厕清理数（{word}）"), BOTH[:3]]).rules("error") == {rule}


@pytest.mark.parametrize(
    "upper", ["未完成", "2023年", "占全区比重（%）", "上报数", "合格率", "1-3月累计", "一季度", "西三旗街道"]
)
def test_an_upper_word_that_makes_other_figures_leaves_its_columns_out(desk: Desk, upper: str) -> None:
    rows: Rows = [("街镇", "期间", upper, None), (None, None, *WIDE[2:]), BOTH]
    assert checked(desk, rows, merged=["A1:A2", "B1:B2", "C1:D1"]).rows == []


@pytest.mark.parametrize("upper", ["环卫", "城市管理", "本月"])
def test_an_upper_word_that_is_a_group_of_them_does_no_harm(desk: Desk, upper: str) -> None:
    rows: Rows = [("街镇", "期间", upper, None), (None, None, *WIDE[2:]), BOTH]
    assert len(checked(desk, rows, merged=["A1:A2", "B1:B2", "C1:D1"]).rows) == 2


def test_a_rate_is_no_count(desk: Desk) -> None:
    assert checked(desk, [(*LONG[:3], "完成率"), LINE]).rules("error") == {"unit-mismatch"}


def test_each_indicator_has_its_own_of_month_and_running_total(desk: Desk) -> None:
    rows: Rows = [
        (*LONG[:3], "本月数", "本年累计"), ("公厕清理数", "2024年4月", "全区", 3, 30), ("规范停放数", "2024年4月", "全区", 4, 40),
    ]  # fmt: skip
    answer = checked(desk, rows)
    assert (answer.code, read(answer)) == (ACCEPTED, [("toilets", "2024-04", "3"), ("parking", "2024-04", "40")])


@pytest.mark.parametrize(("headers", "cells", "period"), [
    (("年份", "月份"), (2024, "4月"), "2024-04"), (("年", "月"), ("2024年", 4), "2024-04"), (("年度", "月份"), (2024, "2024年4月"), "2024-04"),
])  # fmt: skip
def test_year_and_month_may_stand_in_two_columns(
    desk: Desk, headers: Sequence[str], cells: Sequence[Cell], period: str
) -> None:
    assert read(checked(desk, [("指标名称", *headers, "街镇", "数值"), ("公厕清理数", *cells, "全区", 5)])) == [
        ("toilets", period, "5")
    ]


def test_a_year_beside_a_month_of_another_is_refused(desk: Desk) -> None:
    rows: Rows = [("指标名称", "年份", "月份", "街镇", "数值"), ("公厕清理数", 2023, "2024年4月", "全区", 5)]
    assert checked(desk, rows).rules("error") == {"not-a-period"}


def test_months_over_columns_and_a_column_of_periods_are_refused(desk: Desk) -> None:
    rows: Rows = [("指标名称", "期间", "街镇", "2024年4月"), ("公厕清理数", "2024年3月", "全区", 5)]
    assert checked(desk, rows).rules("error") == {"period-twice"}


def test_running_totals_may_stand_in_columns_of_their_own(desk: Desk) -> None:
    rows: Rows = [("2024年",), ("街镇", "指标名称", "1月", "1-2月", "1-3月"), ("全区", "规范停放数", 1, 2, 3)]
    assert [row["value"] for row in checked(desk, rows).rows] == ["1", "2", "3"]


def test_a_quarter_beside_its_months_is_their_sum(desk: Desk) -> None:
    rows: Rows = [("2024年",), ("街镇", "指标名称", "1月", "2月", "3月", "一季度"), ("全区", "公厕清理数", 1, 2, 3, 6)]
    answer = checked(desk, rows)
    assert ([row["value"] for row in answer.rows], "sum-column" in answer.rules("warning")) == (["1", "2", "3"], True)


@pytest.mark.parametrize(("place", "code"), [("区域", ACCEPTED), ("属地", ACCEPTED)])
def test_the_better_word_is_the_place(desk: Desk, place: str, code: int) -> None:
    answer = checked(
        desk, [("指标名称", "期间", place, "街道", "数值"), ("公厕清理数", "2024年4月", "南部", "万寿路街道", 5)]
    )
    assert (answer.code, [row["region"] for row in answer.rows]) == (code, ["110108001"])


def test_a_column_of_units_is_no_place(desk: Desk) -> None:
    answer = checked(desk, [("指标名称", "期间", "单位", "数值"), ("公厕清理数", "2024年4月", "座", 5)])
    assert "缺少必填列：街镇" in answer.findings[0]["message"]


@pytest.mark.parametrize(
    "row", [("甲", "乙", 1, 2), (1, 2, 3, 4), (None, None, "座", "件"), (None, None, "（座）", "（件）")]
)
def test_rows_of_numbers_and_units_belong_to_the_header(desk: Desk, row: Sequence[Cell]) -> None:
    answer = checked(desk, [WIDE, row, BOTH])
    assert (answer.code, len(answer.rows)) == (ACCEPTED, 2)


def test_a_row_of_units_is_held_to(desk: Desk) -> None:
    assert checked(desk, [WIDE, (None, None, "吨", "件"), BOTH]).rules("error") == {"unit-mismatch"}


def test_a_second_row_of_words_is_told_as_a_header(desk: Desk) -> None:
    answer = checked(desk, [("街镇", "期间", "公厕清理数", None), (None, None, "计划", "实际"), BOTH])
    assert (answer.code, answer.rows, answer.rules("error")) == (REFUSED, [], {"merged-header"})


def test_a_header_again_on_the_next_page_is_left_out(desk: Desk) -> None:
    answer = checked(desk, [LONG, LINE, LONG, ("案件办理数", "2024年4月", "万寿路街道", 5)])
    assert (answer.code, len(answer.rows)) == (ACCEPTED, 2)


def test_the_header_of_a_second_table_is_refused(desk: Desk) -> None:
    answer = checked(desk, [WIDE[:3], BOTH[:3], ("街镇", "期间", "案件办理数"), BOTH[:3]])
    assert (answer.rules("error"), answer.findings[0]["row"]) == ({"second-header"}, 3)


@pytest.mark.parametrize(("title", "value"), [("单位：万座", "120000"), ("清洁日统计表（单位：万座）", "120000"), ("清洁日统计表（万座）", "120000"),
                                              ("填报单位：万寿路街道", "12"), ("单位：个", "12")])  # fmt: skip
def test_a_unit_over_the_table_holds_for_its_columns(desk: Desk, title: str, value: str) -> None:
    answer = checked(desk, [(title,), LONG, LINE])
    assert (answer.code, [row["value"] for row in answer.rows]) == (ACCEPTED, [value])
    assert ("title-unit" in answer.rules("warning")) == (value != "12")


@pytest.mark.parametrize(("title", "rule"), [("单位：吨", "unit-mismatch"), ("单位：万元、万座", "title-units")])
def test_a_unit_over_the_table_that_cannot_be_its_own_is_refused(desk: Desk, title: str, rule: str) -> None:
    assert rule in checked(desk, [(title,), LONG, LINE]).rules("error")


@pytest.mark.parametrize("note", ["单位：吨", "注：本表单位为吨", "单位：万座"])
def test_a_unit_below_the_table_is_held_to(desk: Desk, note: str) -> None:
    assert "unit-mismatch" in checked(desk, [LONG, LINE, (note,)]).rules("error")


@pytest.mark.parametrize("title", [
    "填报日期：2025年1月8日", "根据2022年行动计划编制", "城市管理指标（自2019年起统计）", "海政发〔2022〕15号", "2025年1月8日",
])  # fmt: skip
def test_the_year_of_something_else_is_not_the_year_of_the_figures(desk: Desk, title: str) -> None:
    answer = checked(desk, [("月报",), (title,), ("街镇", "指标名称", "11月"), ("全区", "公厕清理数", 12)])
    assert answer.rules("error") == {"period-without-year"}


@pytest.mark.parametrize("aside", ["制表时间：2024年5月8日", "填报日期：5月8日", "2024-05-08"])
def test_a_report_is_filled_in_after_its_month(desk: Desk, aside: str) -> None:
    answer = checked(desk, [("2024年4月城市管理指标月报",), (aside,), LONG, LINE])
    assert (answer.code, len(answer.rows)) == (ACCEPTED, 1)


@pytest.mark.parametrize(("title", "rule"), [
    ("石景山区2024年4月城市管理指标月报", "title-district"), ("2024年4月石景山区城市管理指标", "title-district"),
    ("永定路街道2024年4月月报", "title-region"), ("2024年4月计划表", "title-plan"), ("2024年4月指标（上年同期）", "title-plan"),
    ("2024年1—3月指标", "title-month"), ("朝阳区禁烧检查", "title-district"), ("城市清洁日统计表（样表）", "title-plan"), ("作废", "title-plan"),
    ("2024年目标值", "title-plan"), ("2024年任务数", "title-plan"), ("海淀区城管委 2024年5月", "title-month"),
])  # fmt: skip
def test_a_title_that_the_rows_contradict_is_refused(desk: Desk, title: str, rule: str) -> None:
    assert checked(desk, [(title,), LONG, LINE]).rules("error") == {rule}


@pytest.mark.parametrize("title", [
    "万寿路街道2024年4月月报", "2024年行动计划指标完成情况", "海淀区重点区域2024年4月月报", "中关村地区2024年4月月报",
    "2024年1—4月指标", "万寿路街道等29个街镇", "禁用区用户统计表", "禁烧区检查统计表", "2024年无违建区创建",
    "城六区排名统计表", "2024年北部山区 统计", "2024年4月重点任务一览表", "折子工程任务表", "2024年绩效目标表", "请于5月8日前报送",
    "填报说明：5月10日前由各街镇报送", "海淀区城市管理委员会2024年5月编",
    "（每月5日前报送本月数据）", "示范街统计表",
])  # fmt: skip
def test_a_title_that_fits_does_no_harm(desk: Desk, title: str) -> None:
    assert checked(desk, [(title,), LONG, LINE]).code == ACCEPTED


@pytest.mark.parametrize("name", ["计划", "2024年目标", "上年同期", "填报示例", "样表", "作废", "旧版"])
def test_a_sheet_of_plans_is_refused(desk: Desk, name: str) -> None:
    assert checked(desk, [LONG, LINE], name=name).rules("error") == {"title-plan"}


@pytest.mark.parametrize("title", ["2024年4月完成情况（当月数）", "4月份当月清理情况", "2024年4月月报（本月）"])
def test_a_title_of_the_month_alone_is_no_running_total(desk: Desk, title: str) -> None:
    rows: Rows = [(title,), LONG, ("规范停放数", "2024年4月", "全区", 5)]
    assert checked(desk, rows).rules("error") == {"month-for-cumulative"}
    assert checked(desk, rows[1:], name="当月").rules("error") == {"month-for-cumulative"}


@pytest.mark.parametrize(("title", "header", "period"), [
    ("4月份当月清理情况", "累计数", "2024年4月"), ("截至本月累计", "数值", "2024年4月"), ("截至本月底", "数值", "2024年4月"),
    ("当月情况", "数值", "2024年1-4月"),
])  # fmt: skip
def test_a_title_of_the_month_does_no_harm_to_what_is_called_a_running_total(
    desk: Desk, title: str, header: str, period: str
) -> None:
    rows: Rows = [(title,), (*LONG[:3], header), ("规范停放数", period, "全区", 5)]
    assert checked(desk, rows).code == ACCEPTED


@pytest.mark.parametrize("title", ["2023—2024年采暖季统计表", "2023-2024年度供热月报", "2023/2024采暖季"])
def test_a_title_of_two_years_gives_months_none(desk: Desk, title: str) -> None:
    rows: Rows = [(title,), ("街镇", "指标名称", "11月", "12月"), ("全区", "公厕清理数", 5, 6)]
    assert checked(desk, rows).rules("error") == {"period-without-year"}


def test_a_cell_of_two_years_gives_its_month_none(desk: Desk) -> None:
    rows: Rows = [("指标名称", "年度", "月份", "街镇", "数值"), ("公厕清理数", "2023-2024", "1月", "全区", 5)]
    assert checked(desk, rows).rules("error") == {"not-a-period"}


def test_the_month_of_a_signature_is_not_that_of_the_figures(desk: Desk) -> None:
    rows: Rows = [
        ("11-12月统计表",),
        ("海淀区城管委 2025年1月",),
        ("街镇", "指标名称", "11月"),
        ("全区", "公厕清理数", 5),
    ]
    assert checked(desk, rows).rules("error") == {"period-without-year"}


def test_the_code_of_an_indicator_may_be_a_header(desk: Desk) -> None:
    path = desk.store.parent / "x.csv"
    path.write_bytes(csv_bytes([("街镇", "期间", "toilets"), BOTH[:3]]))
    assert read(desk.check(path)) == [("toilets", "2024-04", "12")]
