"""What 滞后, 未达标 and 无法判定 mean. Judged as printed, on the last day of the period, never by a guess."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.board import assess
from metrics.board.assess import Interval
from metrics.model import (
    Indicator,
    Kind,
    Observation,
    Polarity,
    Recurrence,
    State,
    Status,
    Target,
    TargetForm,
    Thresholds,
)
from metrics.number import Qualifier
from tests.builders import count, fact, indicator, observation, periods, standing, work, written

VECTORS = Path(__file__).parent / "vectors" / "cn_scoring_vectors.csv"
MET, MISSED, UNDECIDED = Status.MET, Status.MISSED, Status.UNDECIDED
UP, DOWN = Polarity.UP, Polarity.DOWN


def judged(seen: Observation, measured: Indicator) -> Status:
    return assess.status(fact(seen), measured, Thresholds())


def under(value: int) -> Observation:
    """Less than the value, and nothing says how much less."""
    return observation(None, upper=Decimal(value), qualifier=Qualifier.LT)


# -- the interval a figure stands for ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("93.24%", Interval(lower=Decimal("93.24"), upper=Decimal("93.24"))),
        ("超80%", Interval(lower=Decimal(80), upper=Decimal(100), lower_open=True)),
        ("80%以上", Interval(lower=Decimal(80), upper=Decimal(100))),
        ("不足5%", Interval(lower=Decimal(0), upper=Decimal(5), upper_open=True)),
        ("5%以下", Interval(lower=Decimal(0), upper=Decimal(5))),
        ("约90%", Interval(lower=Decimal("89.5"), upper=Decimal("90.5"))),
        pytest.param("约100%", Interval(lower=Decimal("99.5"), upper=Decimal(100)), id="capped above"),
        pytest.param("约0%", Interval(lower=Decimal(0), upper=Decimal("0.5")), id="capped below"),
    ],
)
def test_a_bound_is_an_interval_capped_by_the_indicator(text: str, expected: Interval) -> None:
    assert assess.interval(written(text), indicator(decimals=2)) == expected


def test_a_count_without_an_upper_bound_is_open_above() -> None:
    assert assess.interval(written("超80处"), count()) == Interval(lower=Decimal(80), upper=None, lower_open=True)


def test_a_range_is_its_two_ends() -> None:
    seen = observation(None, lower=Decimal(3), upper=Decimal(5), qualifier=Qualifier.RANGE)
    assert assess.interval(seen, count()) == Interval(lower=Decimal(3), upper=Decimal(5))


def test_without_bounds_of_the_indicator_a_figure_may_be_open_below() -> None:
    assert assess.interval(under(5), count(minimum=None)) == Interval(lower=None, upper=Decimal(5), upper_open=True)


def test_a_figure_in_thousands_is_judged_as_the_number_it_is() -> None:
    assert assess.interval(observation("1234567"), count()) == Interval(lower=Decimal(1234567), upper=Decimal(1234567))


def test_nothing_reported_has_no_interval() -> None:
    assert assess.interval(observation(), indicator()) is None
    assert assess.interval(observation(None, qualifier=Qualifier.RANGE), indicator()) is None


@pytest.mark.parametrize(
    ("value", "decimals", "status"),
    [("89.95", 1, MET), ("89.94", 1, MISSED), ("89.96", 2, MISSED), ("89.5", 0, MET)],
)
def test_a_figure_is_judged_as_it_is_printed(value: str, decimals: int, status: Status) -> None:
    assert judged(observation(value), indicator(decimals=decimals, targets=(standing(90),))) is status


def test_nearly_all_is_not_all() -> None:
    all_of_it = indicator(decimals=1, targets=(standing(100),))
    open_part = observation(None, numerator=Decimal(99_999), denominator=Decimal(100_000))
    assert judged(open_part, all_of_it) is MISSED
    assert judged(observation(None, numerator=Decimal(7), denominator=Decimal(7)), all_of_it) is MET


# -- standing targets -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "polarity", "target", "status"),
    [
        ("90%", UP, 90, MET),
        ("89%", UP, 90, MISSED),
        ("91%", DOWN, 90, MISSED),
        ("90%", DOWN, 90, MET),
        pytest.param("超80%", UP, 80, MET, id="over 80 against at least 80"),
        pytest.param("超80%", UP, 90, UNDECIDED, id="over 80 against at least 90"),
        pytest.param("超80%", UP, 100, UNDECIDED, id="over 80 against all"),
        pytest.param("80%以上", UP, 80, MET, id="80 and more against at least 80"),
        pytest.param("不足5%", UP, 5, MISSED, id="under 5 against at least 5"),
        pytest.param("5%以下", UP, 5, UNDECIDED, id="5 and less against at least 5"),
        pytest.param("不足5%", UP, 4, UNDECIDED, id="under 5 against at least 4"),
        pytest.param("不足5%", UP, 0, MET, id="under 5 against at least 0: bounded below"),
        pytest.param("约90%", UP, 89, MET, id="about 90 against at least 89"),
        pytest.param("约90%", UP, 90, UNDECIDED, id="about 90 against at least 90"),
        pytest.param("约90%", UP, 91, MISSED, id="about 90 against at least 91"),
        pytest.param("不足5%", DOWN, 5, MET, id="under 5 against at most 5"),
        pytest.param("5%以下", DOWN, 5, MET, id="5 and less against at most 5"),
        pytest.param("不足5%", DOWN, 4, UNDECIDED, id="under 5 against at most 4"),
        pytest.param("超80%", DOWN, 80, MISSED, id="over 80 against at most 80"),
        pytest.param("80%以上", DOWN, 80, UNDECIDED, id="80 and more against at most 80"),
        pytest.param("超80%", DOWN, 90, UNDECIDED, id="over 80 against at most 90"),
        pytest.param("超80%", DOWN, 100, MET, id="over 80 against at most 100: bounded above"),
        pytest.param("约90%", DOWN, 91, MET, id="about 90 against at most 91"),
        pytest.param("约90%", DOWN, 89, MISSED, id="about 90 against at most 89"),
    ],
)
def test_a_standing_target_is_met_missed_or_cannot_be_judged(
    text: str, polarity: Polarity, target: int, status: Status
) -> None:
    assert judged(written(text), indicator(polarity=polarity, targets=(standing(target),))) is status


@pytest.mark.parametrize(
    ("seen", "polarity", "target", "status"),
    [
        pytest.param(written("超80处"), DOWN, 80, MISSED, id="over 80 and no end against at most 80"),
        pytest.param(written("超80处"), DOWN, 81, UNDECIDED, id="over 80 and no end against at most 81"),
        pytest.param(written("超80处"), UP, 81, UNDECIDED, id="over 80 and no end against at least 81"),
        pytest.param(under(5), DOWN, 5, MET, id="any below 5 against at most 5"),
        pytest.param(under(5), DOWN, 4, UNDECIDED, id="any below 5 against at most 4"),
        pytest.param(under(5), UP, 4, UNDECIDED, id="any below 5 against at least 4"),
        pytest.param(under(5), UP, 5, MISSED, id="any below 5 against at least 5"),
    ],
)
def test_a_figure_without_an_end_is_judged_by_the_end_it_has(
    seen: Observation, polarity: Polarity, target: int, status: Status
) -> None:
    assert judged(seen, count(minimum=None, polarity=polarity, targets=(standing(target),))) is status


@given(
    st.integers(0, 100),
    st.integers(0, 100),
    st.sampled_from(["{}%", "超{}%", "{}%以上", "不足{}%", "{}%以下", "约{}%"]),
)
def test_lower_is_better_is_the_mirror_of_higher_is_better(value: int, target: int, words: str) -> None:
    swapped = {"超{}%": "不足{}%", "不足{}%": "超{}%", "{}%以上": "{}%以下", "{}%以下": "{}%以上"}.get(words, words)
    up = judged(written(words.format(value)), indicator(polarity=UP, targets=(standing(target),)))
    down = judged(written(swapped.format(100 - value)), indicator(polarity=DOWN, targets=(standing(100 - target),)))
    assert up is down


@given(
    st.integers(0, 100),
    st.integers(0, 100),
    st.sampled_from(["超{}%", "{}%以上", "不足{}%", "{}%以下", "约{}%"]),
    st.sampled_from([UP, DOWN]),
)
def test_met_means_every_value_meets_and_missed_means_none_does(
    value: int, target: int, words: str, polarity: Polarity
) -> None:
    measured = indicator(polarity=polarity, targets=(standing(target),))
    seen = written(words.format(value))
    found = assess.interval(seen, measured)
    assert found is not None
    assert found.lower is not None
    assert found.upper is not None
    steps = [Decimal(n) / 4 for n in range(401)]
    possible = [
        x for x in steps
        if found.lower <= x <= found.upper
        and not (x == found.lower and found.lower_open) and not (x == found.upper and found.upper_open)
    ]  # fmt: skip
    verdicts = {x >= target if polarity is UP else x <= target for x in possible}
    expected = {frozenset({True}): MET, frozenset({False}): MISSED, frozenset({True, False}): UNDECIDED}
    if possible:  # nothing lies in (100, 100]
        assert judged(seen, measured) is expected[frozenset(verdicts)]


def test_without_a_target_nothing_is_good_or_bad() -> None:
    assert judged(observation(100), indicator()) is Status.NO_TARGET
    assert judged(written("超80%"), indicator()) is Status.NO_TARGET


def test_without_a_figure_there_is_no_data() -> None:
    assert assess.status(None, indicator(targets=(standing(1),)), Thresholds()) is Status.NO_DATA
    assert judged(observation(None, obs_status="M"), indicator(targets=(standing(1),))) is Status.NO_DATA


def test_a_denominator_of_zero_is_neither_met_nor_missed() -> None:
    nothing = observation(None, numerator=Decimal(0), denominator=Decimal(0))
    assert judged(nothing, indicator(targets=(standing(100),))) is Status.NO_DATA


@pytest.mark.parametrize(
    ("grade", "status"),
    [("达标", MET), ("未达标", MISSED), ("优秀", Status.NO_TARGET), (None, Status.NO_DATA)],
)
def test_a_grade_is_judged_only_where_it_says_so_itself(grade: str | None, status: Status) -> None:
    assert judged(observation(None, state=grade), indicator(kind=Kind.GRADE)) is status


def test_a_target_is_the_one_in_force_on_the_last_day_of_the_period() -> None:
    old = standing(80, valid_to=date(2023, 6, 30))
    new = standing(90, valid_from=date(2023, 7, 1))
    measured = indicator(targets=(old, new))
    assert judged(observation(85, on="2023-06"), measured) is MET
    assert judged(observation(85, on="2023-07"), measured) is MISSED
    assert assess.target_on(measured, date(2023, 6, 30)) is old
    assert assess.target_on(measured, date(2023, 7, 1)) is new


def test_before_and_after_its_validity_a_target_is_no_target() -> None:
    measured = indicator(targets=(standing(80, valid_from=date(2023, 1, 1), valid_to=date(2023, 12, 31)),))
    assert judged(observation(85, on="2022-12"), measured) is Status.NO_TARGET
    assert judged(observation(85, on="2024-01"), measured) is Status.NO_TARGET


def test_of_two_targets_in_force_the_later_counts() -> None:
    first, second = standing(80), standing(90, valid_from=date(2023, 3, 1))
    assert assess.target_on(indicator(targets=(second, first)), date(2023, 5, 1)) is second
    assert assess.target_on(indicator(targets=(first, second)), date(2023, 5, 1)) is second


# -- deliverable targets ----------------------------------------------------------------------------------------------

YEAR = {"baseline": Decimal(0), "baseline_date": date(2023, 1, 1), "due": date(2023, 12, 31)}


def deliverable(value: int = 100, **given: Any) -> Target:
    return Target(**{"form": TargetForm.DELIVERABLE, "value": Decimal(value), "basis": "某方案", **YEAR, **given})


def planned(share: int | str, **given: Any) -> Target:
    """A plan that asks for this figure at the end of May."""
    return deliverable(plan={"2023-05": Decimal(share)}, **given)


TO_ZERO = deliverable(0, baseline=Decimal(110), plan={"2023-05": Decimal(60)})
RULES = {
    "green": Status.ON_SCHEDULE,
    "green_or_unspecified(gap<10)": Status.ON_SCHEDULE,
    "yellow": Status.BEHIND,
    "red": Status.FAR_BEHIND,
}


def published() -> list[dict[str, str]]:
    with VECTORS.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["rule"].startswith("银川2025 序时进度")]


@pytest.mark.parametrize("row", published(), ids=lambda row: f"{row['actual']} of {row['planned']}")
def test_the_traffic_light_of_a_published_rule(row: dict[str, str]) -> None:
    gap = Decimal(row["planned"]) - Decimal(row["actual"])
    measured = count(polarity=UP, decimals=1, targets=(planned(90),))
    assert judged(observation(90 - gap), measured) is RULES[row["expected"]]


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("50", Status.ON_SCHEDULE),
        ("40.1", Status.ON_SCHEDULE),
        ("40", Status.BEHIND),
        ("20", Status.BEHIND),
        ("19.9", Status.FAR_BEHIND),
        ("0", Status.FAR_BEHIND),
        ("99.9", Status.ON_SCHEDULE),
        ("100", MET),
        ("120", MET),
    ],
)
def test_under_10_points_behind_is_on_schedule_10_to_30_behind_and_more_is_far(value: str, status: Status) -> None:
    assert judged(observation(value), count(polarity=UP, decimals=1, targets=(planned(50),))) is status


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("60", Status.ON_SCHEDULE),
        ("70", Status.ON_SCHEDULE),
        ("71", Status.BEHIND),
        ("93", Status.BEHIND),
        ("94", Status.FAR_BEHIND),
        ("0", MET),
        ("10", Status.ON_SCHEDULE),
    ],
)
def test_the_same_formula_serves_what_goes_down(value: str, status: Status) -> None:
    assert judged(observation(value), count(kind=Kind.COUNTDOWN, polarity=DOWN, targets=(TO_ZERO,))) is status


def test_a_gap_of_just_the_threshold_is_the_threshold_in_thirds_too() -> None:
    thirds = deliverable(300, baseline=Decimal(0), plan={"2023-05": Decimal(100)})
    assert judged(observation(70), count(polarity=UP, targets=(thirds,))) is Status.BEHIND
    assert judged(observation(10), count(polarity=UP, targets=(thirds,))) is Status.BEHIND
    assert judged(observation(71), count(polarity=UP, targets=(thirds,))) is Status.ON_SCHEDULE
    assert judged(observation(9), count(polarity=UP, targets=(thirds,))) is Status.FAR_BEHIND


def test_a_target_equal_to_its_baseline_gives_no_schedule() -> None:
    still = deliverable(50, baseline=Decimal(50))
    assert judged(observation(40), count(polarity=UP, targets=(still,))) is UNDECIDED
    assert judged(observation(50), count(polarity=UP, targets=(still,))) is MET


def test_the_gap_is_measured_to_twelve_decimals() -> None:
    large = deliverable(10**9, plan={"2023-05": Decimal(10**8)})
    assert judged(observation("0.000004"), count(polarity=UP, decimals=6, targets=(large,))) is Status.BEHIND
    assert judged(observation("0.000006"), count(polarity=UP, decimals=6, targets=(large,))) is Status.ON_SCHEDULE


def test_thresholds_come_from_the_catalogue() -> None:
    strict = Thresholds(behind=Decimal(1), far_behind=Decimal(2))
    measured = count(polarity=UP, targets=(planned(50),))
    found = [assess.status(fact(observation(value)), measured, strict) for value in (50, 49, 48, 47)]
    assert found == [Status.ON_SCHEDULE, Status.BEHIND, Status.BEHIND, Status.FAR_BEHIND]


@pytest.mark.parametrize(
    ("day", "due"),
    [("2023-01-01", 0), ("2023-07-02", 50), ("2023-12-31", 100)],
)
def test_without_a_plan_the_schedule_is_linear_in_days(day: str, due: int) -> None:
    measured = count(polarity=UP, decimals=1, targets=(deliverable(),))
    assert judged(observation(due - Decimal("9.9"), on=day), measured) is Status.ON_SCHEDULE
    assert judged(observation(due - Decimal("10.1"), on=day), measured) is Status.BEHIND


def test_without_a_baseline_date_the_schedule_begins_when_the_target_comes_into_force() -> None:
    from_july = deliverable(baseline_date=None, valid_from=date(2023, 7, 1))
    assert judged(observation(40, on="2023-09-30"), count(polarity=UP, targets=(from_july,))) is Status.ON_SCHEDULE
    assert judged(observation(39, on="2023-09-30"), count(polarity=UP, targets=(from_july,))) is Status.BEHIND
    whenever = deliverable(baseline_date=None)
    assert judged(observation(0, on="2023-12-30"), count(polarity=UP, targets=(whenever,))) is Status.ON_SCHEDULE


def test_what_is_due_on_the_day_it_begins_is_due_whole() -> None:
    at_once = count(polarity=UP, decimals=1, targets=(deliverable(baseline_date=date(2023, 12, 31)),))
    assert judged(observation("90.1", on="2023-12-31"), at_once) is Status.ON_SCHEDULE
    assert judged(observation("90", on="2023-12-31"), at_once) is Status.BEHIND
    assert judged(observation("90", on="2023-12-30"), at_once) is Status.BEHIND
    overnight = count(polarity=UP, targets=(deliverable(baseline_date=date(2023, 12, 30)),))
    assert judged(observation(0, on="2023-12-30"), overnight) is Status.ON_SCHEDULE
    assert judged(observation(0, on="2023-12-31"), overnight) is Status.FAR_BEHIND
    assert judged(observation(0, on="2023-12-29"), overnight) is Status.ON_SCHEDULE


def test_before_the_first_planned_month_nothing_is_owed_and_between_months_the_last_plan_holds() -> None:
    plan = {"2023-05": Decimal(40), "2023-08": Decimal(90)}
    measured = count(polarity=UP, targets=(deliverable(plan=plan),))
    strict = Thresholds(behind=Decimal(1), far_behind=Decimal(2))
    assert assess.status(fact(observation(0, on="2023-04")), measured, strict) is Status.ON_SCHEDULE
    assert judged(observation(31, on="2023-07"), measured) is Status.ON_SCHEDULE
    assert judged(observation(31, on="2023-08"), measured) is Status.FAR_BEHIND


def test_the_schedule_runs_from_the_baseline_over_the_plan_or_straight_to_the_due_date() -> None:
    start, due = (date(2023, 1, 1), Decimal(0)), (date(2023, 12, 31), Decimal(100))
    assert assess.schedule(deliverable()) == [start, due]
    plan = {"2023-08": Decimal(90), "2023-05": Decimal(40)}
    assert assess.schedule(deliverable(plan=plan)) == [
        start, (date(2023, 5, 31), Decimal(40)), (date(2023, 8, 31), Decimal(90))]  # fmt: skip
    assert assess.schedule(deliverable(baseline_date=None, valid_from=date(2023, 1, 1))) == [start, due]


@pytest.mark.parametrize(
    "target",
    [
        standing(100),
        pytest.param(standing(100, **YEAR), id="standing, whatever else it says"),
        deliverable(baseline_date=None),
        deliverable(baseline=None),
        deliverable(due=None),
    ],
)
def test_without_a_beginning_and_an_end_there_is_no_schedule(target: Target) -> None:
    assert assess.schedule(target) == []


def test_after_the_due_date_it_is_met_or_missed() -> None:
    measured = count(polarity=UP, targets=(deliverable(),))
    assert judged(observation(99, on="2023-12-31"), measured) is Status.ON_SCHEDULE
    assert judged(observation(99, on="2023-01-01/2024-01-01"), measured) is MISSED
    assert judged(observation(100, on="2023-01-01/2024-01-01"), measured) is MET
    assert judged(written("约100处", on="2023-01-01/2024-01-01"), measured) is UNDECIDED


@pytest.mark.parametrize(
    ("text", "status"),
    [
        pytest.param("约50处", Status.ON_SCHEDULE, id="both ends on schedule"),
        pytest.param("约40处", UNDECIDED, id="the ends differ"),
        pytest.param("超45处", Status.ON_SCHEDULE, id="more is on schedule too"),
        pytest.param("超30处", UNDECIDED, id="from behind to on schedule"),
        pytest.param("不足45处", UNDECIDED, id="from far behind to on schedule"),
        pytest.param("不足15处", Status.FAR_BEHIND, id="less is far behind too"),
        pytest.param("超100处", MET, id="more than all"),
    ],
)
def test_a_bound_is_judged_only_where_all_its_values_agree(text: str, status: Status) -> None:
    assert judged(written(text), count(polarity=UP, targets=(planned(50),))) is status


@pytest.mark.parametrize(
    ("seen", "target", "polarity", "status"),
    [
        pytest.param(under(15), planned(50), UP, Status.FAR_BEHIND, id="15 at best of 50"),
        pytest.param(under(45), planned(50), UP, UNDECIDED, id="45 at best of 50"),
        pytest.param(under(0), deliverable(1, plan={"2023-05": Decimal(1)}), UP, Status.FAR_BEHIND, id="none of 1"),
        pytest.param(written("超94处"), TO_ZERO, DOWN, Status.FAR_BEHIND, id="94 at best left of 110"),
        pytest.param(written("超70处"), TO_ZERO, DOWN, UNDECIDED, id="70 at best left of 110"),
        pytest.param(under(60), TO_ZERO, DOWN, Status.ON_SCHEDULE, id="60 at worst left of 110"),
        pytest.param(under(80), TO_ZERO, DOWN, UNDECIDED, id="80 at worst left of 110"),
    ],
)
def test_a_figure_without_an_end_is_judged_as_if_it_went_on_for_ever(
    seen: Observation, target: Target, polarity: Polarity, status: Status
) -> None:
    assert judged(seen, count(minimum=None, polarity=polarity, targets=(target,))) is status


@given(st.integers(0, 99), st.integers(1, 99))
def test_doing_more_never_makes_the_status_worse(value: int, plan: int) -> None:
    order = [Status.FAR_BEHIND, Status.BEHIND, Status.ON_SCHEDULE, MET]
    measured = count(polarity=UP, targets=(planned(plan),))
    one, two = (order.index(judged(observation(n), measured)) for n in (value, value + 1))
    assert one <= two


# -- pieces of work ---------------------------------------------------------------------------------------------------


def state(said: State = State.ONGOING, *, on: str = "2023-05-21", **dates: str) -> Observation:
    return observation(None, on=on, state=said.value, **periods(**dates))


def status_of_work(seen: Observation, today: str, **given: Any) -> Status | None:
    return assess.milestone_status(fact(seen), work(**given), today=date.fromisoformat(today))


def test_work_is_overdue_only_when_a_report_after_the_due_day_says_so() -> None:
    assert status_of_work(state(on="2024-01-01", planned="2023"), "2024-01-01") is Status.OVERDUE
    assert status_of_work(state(on="2023-12-31", planned="2023"), "2024-06-01") is Status.DUE_UNREPORTED
    assert status_of_work(state(planned="2023"), "2030-01-01") is Status.DUE_UNREPORTED


def test_on_the_due_day_nothing_is_late() -> None:
    assert status_of_work(state(planned="2023"), "2023-12-31") is None
    assert status_of_work(state(expected="2023"), "2023-12-31") is None
    assert status_of_work(state(expected="2023"), "2024-01-01") is Status.DUE_UNREPORTED


@pytest.mark.parametrize("today", ["2023-01-01", "2024-01-01", "2099-12-31"])
def test_what_is_done_is_never_late(today: str) -> None:
    assert status_of_work(state(State.DONE, planned="2023-06"), today) is None
    assert status_of_work(state(State.DONE, on="2024-01-01", planned="2023-06"), today) is None


def test_an_expectation_is_no_deadline() -> None:
    assert status_of_work(state(on="2024-01-01", expected="2023"), "2024-06-01") is None


def test_a_yearly_duty_that_is_done_is_due_again_the_year_after() -> None:
    yearly = {"recurrence": Recurrence(every="year", by="07-15")}
    done = state(State.DONE, on="2023-07-10")
    assert assess.due_after(fact(done), work(**yearly)) == date(2024, 7, 15)
    assert status_of_work(done, "2024-07-15", **yearly) is None
    assert status_of_work(done, "2024-07-16", **yearly) is Status.DUE_UNREPORTED


def test_mostly_done_is_not_done() -> None:
    assert status_of_work(state(State.MOSTLY_DONE, on="2023-12-31", planned="2023-06"), "2024-01-01") is Status.OVERDUE


def test_without_a_date_nothing_is_late() -> None:
    assert status_of_work(state(), "2099-12-31") is None
    assert status_of_work(state(), "2099-12-31", recurrence=Recurrence(every="month")) is None


def test_the_plan_counts_before_the_expectation() -> None:
    assert assess.due_after(fact(state(planned="2023-06", expected="2023-12")), work()) == date(2023, 6, 30)
    assert assess.due_after(fact(state(expected="2023-12")), work()) == date(2023, 12, 31)


@pytest.mark.parametrize(
    ("reported", "by", "due"),
    [
        ("2023-05-21", "07-15", date(2023, 7, 15)),
        ("2023-07-15", "07-15", date(2023, 7, 15)),
        ("2023-07-16", "07-15", date(2024, 7, 15)),
        ("2023-12-31", "01-01", date(2024, 1, 1)),
        ("2023-05-21", "02-29", date(2024, 2, 29)),
        ("2024-03-01", "02-29", date(2025, 2, 28)),
        ("2023-01-15", "02-29", date(2023, 2, 28)),
    ],
)
def test_a_yearly_duty_is_next_due_after_its_last_report(reported: str, by: str, due: date) -> None:
    yearly = work(recurrence=Recurrence(every="year", by=by))
    assert assess.due_after(fact(state(State.NOT_SAID, on=reported)), yearly) == due


def test_a_yearly_duty_nobody_reports_on_is_due_and_unreported_but_not_overdue() -> None:
    yearly = {"recurrence": Recurrence(every="year", by="07-15")}
    assert status_of_work(state(State.NOT_SAID), "2023-07-15", **yearly) is None
    assert status_of_work(state(State.NOT_SAID), "2023-07-16", **yearly) is Status.DUE_UNREPORTED


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.dates(date(2024, 1, 1), date(2024, 12, 31)))
def test_the_next_due_day_is_within_a_year_of_the_report(reported: date, day: date) -> None:
    yearly = work(recurrence=Recurrence(every="year", by=f"{day:%m-%d}"))
    due = assess.due_after(fact(state(on=str(reported))), yearly)
    assert due is not None
    assert reported <= due <= reported + timedelta(days=366)


# -- the rest ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "gap"),
    [(observation("91.2"), "8.8"), (observation("91.24"), "8.8"), (written("超80%"), None), (observation(), None)],
)
def test_the_shortfall_is_that_of_an_exact_figure_as_printed(seen: Observation, gap: str | None) -> None:
    measured = indicator(decimals=1, targets=(standing(100),))
    assert assess.shortfall(fact(seen), measured) == (None if gap is None else Decimal(gap))


def test_the_shortfall_is_from_the_target_in_force_on_the_last_day_of_the_period() -> None:
    old, new = standing(80, valid_to=date(2023, 5, 30)), standing(95, valid_from=date(2023, 5, 31))
    assert assess.shortfall(fact(observation(70)), indicator(targets=(old, new))) == 25


@pytest.mark.parametrize(
    ("seen", "target", "points"),
    [
        pytest.param(observation(30), planned(50), "20", id="of a plan that asks for half by then"),
        pytest.param(observation("30.04"), planned(50), "20", id="as printed"),
        pytest.param(observation(50), planned(50), "0", id="on the schedule"),
        pytest.param(observation(60), planned(50), "0", id="ahead"),
        pytest.param(observation(99, on="2023-12-31"), deliverable(), "1", id="on the due day"),
        pytest.param(observation(99, on="2024-01"), deliverable(), None, id="past it"),
        pytest.param(observation(30), standing(50), None, id="owed at all times"),
        pytest.param(observation(30), deliverable(50, baseline=Decimal(50)), None, id="no way to go"),
        pytest.param(written("超30处"), planned(50), None, id="a bound"),
    ],
)
def test_the_lag_is_how_far_an_exact_figure_is_behind_its_schedule(
    seen: Observation, target: Target, points: str | None
) -> None:
    measured = count(kind=Kind.STOCK, polarity=UP, decimals=1, targets=(target,))
    assert assess.lag(fact(seen), measured) == (None if points is None else Decimal(points))


def test_what_goes_down_lags_by_the_share_of_its_way() -> None:
    assert assess.lag(fact(observation(82)), count(kind=Kind.COUNTDOWN, polarity=DOWN, targets=(TO_ZERO,))) == 20


def test_without_a_target_there_is_no_lag() -> None:
    assert assess.lag(fact(observation(91)), indicator()) is None


def test_without_a_target_there_is_no_shortfall() -> None:
    assert assess.shortfall(fact(observation(91)), indicator()) is None


def test_the_latest_fact_is_that_of_the_last_period_of_the_region() -> None:
    facts = tuple(fact(observation(n, on=on, region=region)) for n, on, region in [
        (1, "2023-05", "a"), (2, "2023-03", "a"), (3, "2023-06", "b")])  # fmt: skip
    latest = assess.latest(facts, "a")
    assert latest is not None
    assert latest.observation.value == 1
    assert assess.latest(facts, "c") is None


def test_figures_and_work_are_told_apart() -> None:
    indicators = (indicator(), work(), indicator(code="grade", kind=Kind.GRADE))
    assert [one.code for one in assess.figures(indicators)] == ["rate", "grade"]
    assert [one.code for one in assess.milestones(indicators)] == ["work"]


@pytest.mark.parametrize(
    ("measured", "kept"),
    [
        pytest.param(indicator(targets=(standing(80), standing(90, form=TargetForm.DELIVERABLE))), [80], id="standing, of a rate"),
        pytest.param(count(targets=(standing(80),)), [], id="a number"),
        pytest.param(indicator(), [], id="none"),
    ],
)  # fmt: skip
def test_one_street_is_judged_by_the_standing_targets_of_a_rate_alone(measured: Indicator, kept: list[int]) -> None:
    assert [target.value for target in assess.for_street(measured).targets] == kept


@pytest.mark.parametrize(
    ("kind", "on", "found"),
    [
        pytest.param(Kind.CUMULATIVE, "2023-01-01/2023-12-31", MET, id="the total that was owed"),
        pytest.param(Kind.CUMULATIVE, "2024-01-01/2024-01-31", Status.NO_TARGET, id="begun anew after the due date"),
        pytest.param(Kind.CUMULATIVE, "2023-01-01/2024-01-31", MET, id="the same total went on"),
        pytest.param(Kind.CUMULATIVE, "../2024-01-31", MET, id="since when is not said"),
        pytest.param(Kind.STOCK, "2024-01", MET, id="what is there stays owed"),
    ],
)
def test_a_running_total_begun_after_the_due_date_is_not_judged_by_it(kind: Kind, on: str, found: Status) -> None:
    owed = Target(
        form=TargetForm.DELIVERABLE, value=Decimal(100), basis="x", baseline=Decimal(0),
        baseline_date=date(2023, 1, 1), due=date(2023, 12, 31),
    )  # fmt: skip
    assert judged(observation(100, on=on), count(kind=kind, polarity=UP, targets=(owed,))) is found


def test_a_running_total_without_a_target_has_none_to_be_judged_by() -> None:
    total = count(kind=Kind.CUMULATIVE, polarity=UP)
    assert judged(observation(100), total) is Status.NO_TARGET
    assert assess.shortfall(fact(observation(100)), total) is None


def test_a_running_total_begun_after_the_due_date_has_no_gap() -> None:
    owed = Target(
        form=TargetForm.DELIVERABLE, value=Decimal(100), basis="x", baseline=Decimal(0),
        baseline_date=date(2023, 1, 1), due=date(2023, 12, 31),
    )  # fmt: skip
    total = count(kind=Kind.CUMULATIVE, polarity=UP, targets=(owed,))
    assert assess.shortfall(fact(observation(9, on="2024-01-01/2024-01-31")), total) is None
    assert assess.shortfall(fact(observation(91, on="2023-01-01/2023-12-31")), total) == 9
