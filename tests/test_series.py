"""A series has a gap wherever a period is missing, and a gap is never a zero."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from metrics.board import series
from metrics.board.query import Fact
from metrics.model import Change, Indicator, Kind, Observation, PeriodType, Polarity, Target, TargetForm
from metrics.period import last_day
from tests.builders import count, fact, indicator, observation, standing, written


def points(measured: Indicator, *observations: Observation) -> list[tuple[str, float | None]]:
    listed = series.points(measured, [fact(one) for one in observations], "330106")
    return [(f"{point.day:%Y-%m}", point.value) for point in listed]


def test_a_bound_or_a_missing_figure_is_a_gap() -> None:
    seen = [observation(90, on="2023-03"), written("超80%", on="2023-04"), observation(on="2023-05")]
    assert points(indicator(), *seen) == [("2023-03", 90.0), ("2023-04", None), ("2023-05", None)]


def test_a_year_is_no_point_among_months_and_is_named() -> None:
    seen = [fact(observation(90, on=on)) for on in ("2022", "2023-03", "2023-04")]
    drawn = series.line(indicator(), seen, "330106")
    assert [(f"{point.day:%Y-%m}", point.value) for point in drawn.points] == [("2023-03", 90.0), ("2023-04", 90.0)]
    assert drawn.left_out == ("2022年",)
    assert "2022年时段长短不同" in drawn.note


def test_a_running_total_begins_anew_with_its_year() -> None:
    total = indicator(kind=Kind.CUMULATIVE)
    seen = [observation(9, on=on) for on in ("2022-01-01/2022-11-30", "2022-01-01/2022-12-31", "2023-01-01/2023-01-31")]
    assert [value for _, value in points(total, *seen)] == [9.0, 9.0, None, 9.0]


def test_another_region_is_not_in_the_series() -> None:
    assert points(indicator(), observation(90, on="2023-03"), observation(1, region="x")) == [("2023-03", 90.0)]


@pytest.mark.parametrize(
    ("every", "first", "last", "missed"),
    [
        pytest.param(PeriodType.MONTH, "2023-11", "2024-02", ["2023-12", "2024-01"], id="months over the year's end"),
        pytest.param(PeriodType.QUARTER, "2023-Q1", "2023-Q3", ["2023-06"], id="a quarter"),
        pytest.param(PeriodType.YEAR, "2021", "2023", ["2022-12"], id="a year"),
        pytest.param(PeriodType.DAY, "2023-01-05", "2023-03-05", [], id="days have no rhythm"),
        pytest.param(PeriodType.MONTH, "2023-01", "2023-02", [], id="nothing is missing"),
    ],
)
def test_a_period_never_reported_is_a_gap(every: PeriodType, first: str, last: str, missed: list[str]) -> None:
    listed = points(indicator(period_type=every), observation(1, on=first), observation(2, on=last))
    assert [day for day, value in listed if value is None] == missed


@pytest.mark.parametrize("every", [PeriodType.DAY, PeriodType.YEAR])
def test_months_that_come_regularly_leave_gaps_whatever_the_catalogue_says(every: PeriodType) -> None:
    level = indicator(kind=Kind.STOCK, period_type=every)
    listed = points(level, *(observation(1, on=on) for on in ("2023-01", "2023-02", "2023-05")))
    assert [day for day, value in listed if value is None] == ["2023-03", "2023-04"]
    dated = points(level, *(observation(1, on=on) for on in ("2023-01-05", "2023-02-05", "2023-05-05")))
    assert [day for day, value in dated if value is None] == []


def test_a_line_of_every_indicator_is_there_even_without_data() -> None:
    assert {code: line.points for code, line in series.lines((indicator(), count()), {}, "330106").items()} == {
        "rate": (),
        "sites": (),
    }


def test_a_bound_keeps_its_place_and_its_direction() -> None:
    seen = [fact(written("超80%", on="2023-04")), fact(written("不足90%", on="2023-05"))]
    assert [(p.bound, p.upward) for p in series.points(indicator(), seen, "330106")] == [(80.0, True), (90.0, False)]


def test_a_line_carries_the_target_in_force_and_its_schedule() -> None:
    target = Target(
        form=TargetForm.DELIVERABLE,
        value=Decimal(50),
        basis="任务书",
        baseline=Decimal(10),
        baseline_date=date(2023, 1, 1),
        due=date(2023, 12, 31),
    )
    line = series.line(count(targets=(target,)), [fact(observation(20, on="2023-04"))], "330106")
    assert line.goals == (series.Goal(value=50.0, printed="50处"),)
    assert line.schedule == ((date(2023, 1, 1), 10.0), (date(2023, 12, 31), 50.0))


def test_each_target_stands_over_the_periods_that_are_judged_by_it() -> None:
    old = standing(80, valid_from=date(2023, 2, 1), valid_to=date(2023, 3, 31))
    new = standing(95, valid_from=date(2023, 5, 1))
    seen = [fact(observation(90, on=f"2023-0{month}")) for month in range(1, 7)]
    goals = series.line(indicator(targets=(old, new)), seen, "330106").goals
    assert [(goal.printed, str(goal.since), str(goal.until)) for goal in goals] == [
        ("80%", "2023-01-31", "2023-03-31"), ("95%", "2023-04-30", "None"),
    ]  # fmt: skip
    kept = series.line(indicator(targets=(old,)), seen, "330106").goals
    assert [(goal.printed, str(goal.until)) for goal in kept] == [("80%", "2023-03-31")]


def heights(measured: Indicator, *observations: Observation) -> tuple[float | None, ...]:
    return series.spark(measured, series.points(measured, [fact(one) for one in observations], "330106"))


def test_a_sparkline_starts_at_zero_and_keeps_its_gaps() -> None:
    seen = [observation(20, on="2023-01"), observation(40, on="2023-03")]
    assert heights(count(), *seen) == (50.0, None, 100.0)


@pytest.mark.parametrize(
    "seen",
    [
        [],
        [observation(5)],
        [observation(5, on="2023-01"), observation(on="2023-02")],
        [observation(-1), observation(3, on="2023-04")],
    ],
)
def test_too_little_or_below_zero_is_no_sparkline(seen: list[Observation]) -> None:
    assert heights(count(), *seen) == ()


def test_only_figures_have_a_sparkline() -> None:
    assert (
        heights(indicator(kind=Kind.GRADE, unit=""), observation(1, on="2023-01"), observation(2, on="2023-02")) == ()
    )


FLOW = count(kind=Kind.FLOW, decimals=0)


def year(first: str, *values: int) -> list[Fact]:
    """A figure a month from `first` on."""
    begun, number = (int(part) for part in first.split("-"))
    months = (begun * 12 + number - 1 + at for at in range(len(values)))
    return [
        fact(observation(value, on=f"{at // 12}-{at % 12 + 1:02}")) for at, value in zip(months, values, strict=True)
    ]


def changed(*changes: tuple[str, bool]) -> Indicator:
    return count(
        kind=Kind.FLOW,
        changes=tuple(Change(on=date.fromisoformat(on), what="改用新系统", rebase=anew) for on, anew in changes),
    )


@pytest.mark.parametrize(("change", "said"), [
    (("2023-04-01", True), "自2023年4月改用新系统以来只有2期"), (("2023-04-30", True), "自2023年4月30日改用新系统以来只有2期"),
    (("2023-05-01", True), "自2023年5月改用新系统以来只有1期"), (("2023-04-01", False), "只有5期"), (("2023-01-31", True), "只有5期"),
    (("2023-06-01", True), "只有5期"),
])  # fmt: skip
def test_a_change_begins_with_the_first_period_that_ends_on_its_day_or_later(
    change: tuple[str, bool], said: str
) -> None:
    line = series.line(changed(change), year("2023-01", 5, 6, 5, 6, 5), "330106")
    assert line.judged.sentence == f"{said}，还不能判断变化是否异常。"


def test_changes_outside_the_time_that_is_drawn_are_not_marked() -> None:
    every = changed(
        ("2022-06-01", True), ("2023-01-31", False), ("2023-02-01", False), ("2023-03-31", True), ("2023-06-01", False)
    )
    line = series.line(every, year("2023-01", 5, 6, 5), "330106")
    assert [change.on.isoformat() for change in line.changes] == ["2023-02-01", "2023-03-31"]
    assert "竖线为口径或做法的变更" in line.note
    assert "竖线" not in series.line(FLOW, year("2023-01", 5, 6, 5), "330106").note


def owed(due: str) -> tuple[Target, ...]:
    return (
        Target(
            form=TargetForm.DELIVERABLE, value=Decimal(90), basis="任务书", baseline=Decimal(1), due=date.fromisoformat(due)
        ),
    )  # fmt: skip


def test_a_projection_uses_only_what_was_counted_since_the_last_change_and_reaches_later_changes() -> None:
    changes = (
        Change(on=date(2023, 3, 1), what="改用新系统", rebase=True),
        Change(on=date(2023, 10, 1), what="扩大范围"),
        Change(on=date(2024, 10, 1), what="再扩大"),
    )
    stock = count(kind=Kind.STOCK, polarity=Polarity.UP, targets=owed("2023-12-31"), changes=changes)
    line = series.line(stock, year("2023-01", 1, 50, 10, 12, 15), "330106")
    assert line.outlook.path[-1] == (date(2023, 12, 31), Decimal(29), Decimal(36))
    assert [change.what for change in line.changes] == ["改用新系统", "扩大范围"]
    assert "斜线区为推算的范围，不是数据" in line.note


def test_a_running_total_of_a_year_is_not_projected_into_the_next_one() -> None:
    total = count(kind=Kind.CUMULATIVE, polarity=Polarity.UP, targets=owed("2024-06-30"))
    since = [
        fact(observation(value, on=f"2023-01-01/{last_day(2023, at)}")) for at, value in ((1, 9), (2, 20), (3, 30))
    ]
    assert "不能推算到下一年" in series.line(total, since, "330106").outlook.sentence
    spring = [
        fact(observation(value, on=f"2023-01-15/{last_day(2023, at)}")) for at, value in ((1, 9), (2, 20), (3, 30))
    ]
    assert series.line(total, spring, "330106").outlook.path


@pytest.mark.parametrize(("on", "said"), [
    (("2023-03", "2023-04"), "单位：处；2023年3月至2023年4月；出处见“来源”；"), (("2023-04",), "单位：处；2023年4月；"),
    (("2023-01-01/2023-11-30", "2023-01-01/2023-12-31"), "单位：处；2023年11月至2023年12月；"),
    (("2023-Q1", "2023-Q2"), "单位：处；2023年一季度至2023年二季度；"), ((), "单位：处；出处"),
])  # fmt: skip
def test_a_chart_names_unit_period_and_source(on: tuple[str, ...], said: str) -> None:
    quarterly = "Q" in "".join(on)
    of = count(kind=Kind.FLOW, period_type=PeriodType.QUARTER) if quarterly else count()
    assert series.line(of, [fact(observation(5, on=text)) for text in on], "330106").note.startswith(said)


@pytest.mark.parametrize(
    ("form", "given", "said"),
    [
        pytest.param(TargetForm.STANDING, {}, True, id="standing"),
        pytest.param(
            TargetForm.DELIVERABLE, {"baseline": Decimal(0), "baseline_date": date(2022, 12, 31), "due": date(2025, 12, 31)},
            False, id="owed by a day",
        ),
    ],
)  # fmt: skip
def test_only_a_standing_target_is_said_to_be_relied_on_or_not(
    form: TargetForm, given: dict[str, Any], said: bool
) -> None:
    target = Target(form=form, value=Decimal(90), basis="x", **given)
    level = count(kind=Kind.STOCK, polarity=Polarity.UP, targets=(target,))
    drawn = series.line(level, year("2022-01", *(10 + at % 3 for at in range(14))), "330106")
    assert bool(drawn.judged.assurance) is said


RUN_OF_EIGHT = (60, 62, 59, 61, 60, 58, 61, 60, 55, 56, 55, 54, 56, 55, 55, 54)


@pytest.mark.parametrize("declared", [PeriodType.DAY, PeriodType.MONTH, PeriodType.QUARTER, PeriodType.YEAR])
def test_a_run_is_said_in_the_periods_in_which_the_figures_come(declared: PeriodType) -> None:
    months = year("2022-01", *RUN_OF_EIGHT)
    flow = count(kind=Kind.FLOW, period_type=declared)
    assert series.line(flow, months, "330106").judged.sentence == "连续8个月低于均值，属异常变化。"


@pytest.mark.parametrize("declared", [PeriodType.MONTH, PeriodType.QUARTER])
def test_quarters_miss_no_month_between_them(declared: PeriodType) -> None:
    seen = [fact(observation(value, on=f"{2019 + at // 4}-Q{at % 4 + 1}")) for at, value in enumerate(RUN_OF_EIGHT)]
    flow = count(kind=Kind.FLOW, period_type=declared)
    drawn = series.line(flow, seen, "330106")
    assert len(drawn.points) == 16
    assert drawn.judged.sentence == "连续8个季度低于均值，属异常变化。"
    gapped = series.line(flow, [*seen[:3], *seen[5:]], "330106")
    assert [f"{point.day:%Y-%m}" for point in gapped.points if point.value is None] == ["2019-12", "2020-03"]
