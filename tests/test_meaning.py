"""What a text of a file becomes in the store: four decimals, one unit, one state, or one sentence."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from metrics.intake import meaning
from metrics.intake.column import Role
from metrics.model import Kind
from tests.builders import count, indicator
from tests.check_command import Desk, Said, district
from tests.files import Cell, csv_bytes, xlsx

HEADER: tuple[Cell, ...] = ("指标编码", "期间", "街镇", "数值", "分子", "分母", "单位", "状态", "计划完成", "实际完成")


@pytest.fixture
def desk(tmp_path: Path, capsys: Said) -> Desk:
    return Desk(config=district(tmp_path), store=tmp_path / "board.duckdb", said=capsys)


def told(
    desk: Desk, code: str, *arguments: str, on: str = "2024年4月", **cells: Cell
) -> tuple[Any, set[str], set[str]]:
    """The only row of a workbook with these cells, the rules that stop it, and those that warn."""
    row = {"指标编码": code, "期间": on, "街镇": "万寿路街道", **cells}
    path = desk.store.with_name("x.xlsx")
    path.write_bytes(xlsx([HEADER, [row.get(str(name)) for name in HEADER]]))
    answer = desk.check(path, *arguments)
    return next(iter(answer.rows), None), answer.rules("error", "ask"), answer.rules("warning")


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("99.9512345", "99.9512"), ("91.208791208791212", "91.2088"), ("3.55555", "3.5556"), ("3.5555", "3.5555"),
        ("99.99994", "99.9999"), ("93.239999999999995", "93.24"),
    ],
)  # fmt: skip
def test_a_long_decimal_is_stored_with_four_decimals_not_with_those_of_the_screen(text: str, stored: str) -> None:
    row, said = meaning.figure(text, None, indicator(decimals=1), {})
    assert said == []
    assert row is not None
    assert (row["value"], row["lower"], row["upper"]) == (Decimal(stored),) * 3


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("99.99996", "100"), ("99.99999%", "100"), ("100.00001", "100"), ("0.00001", "0"), ("-0.00001", "0"),
        ("0.9999999", "100"), ("0.99996①", "100"),
    ],
)  # fmt: skip
def test_no_rounding_makes_a_figure_the_whole_a_bound_or_nothing(text: str, becomes: str) -> None:
    row, said = meaning.figure(text, None, indicator(), {})
    assert row is None
    assert [(one.rule, one.severity) for one in said] == [("too-fine", "error")]
    assert f"会变成{becomes}。" in said[0].message
    assert "分子、分母" in said[0].fix


def test_a_measure_has_its_fraction_and_a_count_has_none() -> None:
    row, _ = meaning.figure("3.3333333333333335", None, count(unit="公里"), {})
    assert row is not None
    assert row["value"] == Decimal("3.3333")
    assert [one.rule for one in meaning.figure("3.33333", None, count(), {})[1]] == ["not-an-integer"]


@pytest.mark.parametrize(
    ("text", "rule"), [("0.99999", "too-fine"), ("0.00001", "too-fine"), ("5\n120", "two-numbers")]
)
def test_a_part_is_no_other_number_than_the_one_given(text: str, rule: str) -> None:
    part, said = meaning.part(text, Role.DENOMINATOR, {})
    assert (part, [one.rule for one in said]) == (None, [rule])


def test_a_fraction_answered_to_be_a_percentage_keeps_its_digits(desk: Desk) -> None:
    row, stopped, _ = told(desk, "contract-rate", "--answer", "scale.数值=percent", 数值="0.999512345")
    assert (row["value"], stopped) == ("99.9512", set())


def test_a_rate_by_formula_is_never_the_whole_that_it_does_not_reach(desk: Desk) -> None:
    assert told(desk, "contract-rate", 数值=(2050 / 2051, "0.0%"))[0]["value"] == "99.9512"
    assert told(desk, "contract-rate", 数值=99.999999)[1] == {"too-fine"}


@pytest.mark.parametrize(
    ("code", "unit"),
    [("contract-rate", "百分比"), ("contract-rate", "（%）"), ("tonnes", "t"), ("calls", "—"), ("calls", "无")],
)
def test_a_unit_in_another_spelling_is_the_unit(desk: Desk, code: str, unit: str) -> None:
    assert told(desk, code, 数值=12, 单位=unit)[1] == set()


def test_vehicles_and_their_trips_are_two_units(desk: Desk) -> None:
    assert told(desk, "parking", 数值=12, 单位="辆次")[1] == {"unit-mismatch"}


def test_a_header_has_units_in_any_spelling(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(csv_bytes([(*HEADER[:3], "数值（百分比）"), ("contract-rate", "2024年4月", "万寿路", 93)]))
    assert desk.check(path).rules("error") == set()


def test_a_proportion_and_a_rate_beside_its_parts_are_stored_as_parts(desk: Desk) -> None:
    row, stopped, warned = told(desk, "contract-rate", 数值="166：182")
    assert (row["numerator"], row["denominator"], stopped, warned) == ("166", "182", set(), {"colon"})
    row, stopped, warned = told(desk, "contract-rate", 数值="166/182（91.2%）")
    assert (row["numerator"], row["denominator"], stopped, warned) == ("166", "182", set(), set())
    assert told(desk, "contract-rate", 数值="166/182（92%）")[1] == {"rate-contradicts"}


def test_a_word_that_may_be_zero_is_asked_about(desk: Desk) -> None:
    assert told(desk, "calls", 数值="未开展")[1] == {"none-word"}
    assert told(desk, "calls", 数值="未统计")[0]["obs_status"] == "L"
    assert told(desk, "calls", 数值="NaN")[2] >= {"dash"}


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("未启动", "未开始"), ("正在进行", "进行中"), ("持续推进", "进行中"), ("已完工", "已完成"), ("已完成。", "已完成"), ("已 完成", "已完成"),
        ("已完成\u202c", "已完成"),
    ],
)  # fmt: skip
def test_a_state_in_other_words(text: str, state: str) -> None:
    row, _ = meaning.state(Kind.MILESTONE, text)
    assert row == {"state": state, "obs_status": "A"}


@pytest.mark.parametrize("text", ["已印发", "未完成", "部分完成", "已完成80%", "基本", "待完成"])
def test_a_state_that_is_not_sure_is_none(text: str) -> None:
    assert meaning.state(Kind.MILESTONE, text) == (None, [])


def test_work_may_be_planned_for_the_end_of_a_year_or_before_it(desk: Desk) -> None:
    row, stopped, _ = told(desk, "scheme", 状态="进行中", 计划完成="2024年底前")
    assert (row["planned"], stopped) == ("2024", set())
    assert told(desk, "scheme", 状态="已完成", 实际完成="2024年3月底前")[1] == {"not-a-period"}


@pytest.mark.parametrize(
    ("code", "on", "expected"),
    [
        ("parking", "2024年4月（累计）", ("2024-01-01", "2024-04-30")), ("parking", "2024.1-4", ("2024-01-01", "2024-04-30")),
        ("calls", "2024-4-1~2024-4-30", ("2024-04-01", "2024-04-30")), ("calls", "202404.0", ("2024-04-01", "2024-04-30")),
    ],
)  # fmt: skip
def test_a_period_in_other_words(desk: Desk, code: str, on: str, expected: tuple[str, str]) -> None:
    row, stopped, _ = told(desk, code, on=on, 数值=12)
    assert (row["period_start"], row["period_end"], stopped) == (*expected, set())


@pytest.mark.parametrize(
    "on", ["2024年4月（累计）", "2024.1-4", "2024-4-1~2024-4-15", "2024.10-12", "截至2024年4月15日"]
)
def test_a_running_total_is_no_month_of_a_flow(desk: Desk, on: str) -> None:
    assert "cumulative-for-flow" in told(desk, "calls", on=on, 数值=12)[1]


@pytest.mark.parametrize("on", ["2024-4-1~2024-4-30", "2024年4月1日至30日", "2024年4-4月"])
def test_one_month_alone_is_no_running_total(desk: Desk, on: str) -> None:
    assert told(desk, "parking", on=on, 数值=12)[1] == {"month-for-cumulative"}
    assert told(desk, "parking", on="2024-1-1~2024-1-31", 数值=12)[1] == set()


def test_a_year_of_two_digits_is_told(desk: Desk) -> None:
    row, stopped, warned = told(desk, "calls", on="24年4月", 数值=12)
    assert (row["period"], stopped, warned) == ("2024-04", set(), {"short-year"})
