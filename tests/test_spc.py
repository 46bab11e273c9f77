"""XmR and run charts against the published cases of NHS and Anhøj tools, and what they leave open."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.model import Polarity
from metrics.spc import (
    Limits,
    Mark,
    Signal,
    Variation,
    assurance,
    fewest_crossings,
    limits,
    longest_run,
    marks,
    run_chart,
    segments,
    shift_ends,
    spread_back,
    trend_ends,
    two_in_three,
    variation,
)  # fmt: skip

VECTORS = Path(__file__).parent / "vectors"
POLARITIES = {"increase": Polarity.UP, "decrease": Polarity.DOWN, "neutral": Polarity.NONE}
NAMES = {Signal.OUTSIDE: "UCL", Signal.TREND: "Trend", Signal.TWO_IN_THREE: "Two in three", Signal.SHIFT: "Shift"}


def rows(name: str) -> list[dict[str, str]]:
    with (VECTORS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def figures(*values: float | str | None) -> list[Decimal | None]:
    return [None if value is None or value == "" else Decimal(str(value)) for value in values]


def lines(mean: Any, lower: Any, upper: Any, near_lower: Any = None, near_upper: Any = None) -> Limits:
    mean, lower, upper = Decimal(str(mean)), Decimal(str(lower)), Decimal(str(upper))
    return Limits(
        mean=mean, lower=lower, upper=upper, average_range=(upper - mean) / Decimal("2.66"),
        near_lower=mean - (mean - lower) * 2 / 3 if near_lower is None else Decimal(near_lower),
        near_upper=mean + (upper - mean) * 2 / 3 if near_upper is None else Decimal(near_upper),
    )  # fmt: skip


@pytest.mark.parametrize("case", rows("spc_limit_vectors.csv"), ids=lambda case: case["case_id"])
def test_limits_are_the_published_ones(case: dict[str, str]) -> None:
    after = int(case["fix_after_n"]) if case["fix_after_n"] else None
    found = limits(
        figures(*json.loads(case["values_json"])), screened=case["screen_outliers"] == "True", baseline=after
    )
    assert found is not None
    tolerance = Decimal(case["tolerance"])
    ours = (found.mean, found.lower, found.upper)
    for name, value in zip(("mean", "lpl", "upl"), ours, strict=True):
        if case[f"published_{name}"]:
            assert abs(value - Decimal(case[f"published_{name}"])) <= tolerance, name
        assert abs(value - Decimal(case[f"full_{name}"])) <= Decimal("1e-9"), name
    for name, value in (
        ("full_2sigma_low", found.near_lower),
        ("full_2sigma_high", found.near_upper),
        ("avg_moving_range", found.average_range),
    ):
        assert abs(value - Decimal(case[name])) <= Decimal("1e-9"), name


def flagged() -> dict[str, list[dict[str, str]]]:
    cases: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows("spc_flag_vectors.csv"):
        cases[row["case_id"]].append(row)
    return cases


@pytest.mark.parametrize(("name", "case"), flagged().items(), ids=list(flagged()))
def test_every_point_has_the_published_flag(name: str, case: list[dict[str, str]]) -> None:
    values = figures(*(row["y"] for row in case))
    of = limits(values, screened=case[0]["screen_outliers"] == "True")
    assert of is not None
    for row in case:
        ours = (of.mean, of.lower, of.upper)
        assert all(
            abs(line - Decimal(row[key])) < Decimal("1e-5")
            for line, key in zip(ours, ("mean", "lpl", "upl"), strict=True)
        ), name
    found = marks(values, of, run=int(case[0]["run_length"]))
    assert [said(mark, value) for mark, value in zip(found, values, strict=True)] == [
        row["expected_flag_by_precedence"] for row in case
    ]


def said(mark: Mark | None, value: Decimal | None) -> str:
    if value is None:
        return "Missing"
    if mark is None:
        return "Common"
    if mark.signal is Signal.OUTSIDE:
        return "Above UCL" if mark.side == 1 else "Below LCL"
    return f"{NAMES[mark.signal]} {'above' if mark.side == 1 else 'below'}"


@pytest.mark.parametrize(
    "case", rows("spc_rule_unit_vectors.csv"), ids=lambda case: f"{case['rule']}-{case['input_json']}"[:70]
)
def test_each_rule_does_as_the_tools_that_published_it(case: dict[str, str]) -> None:
    given_, expected = json.loads(case["input_json"]), json.loads(case["expected_json"])
    assert RULES[case["rule"]](given_) == expected


def sides_of(found: list[Mark | None], *wanted: Signal) -> list[str]:
    return [{1: "upper", -1: "lower"}[mark.side] if mark and mark.signal in wanted else "none" for mark in found]


def shifted(case: dict[str, Any]) -> list[str]:
    of = lines(case["cl"], -1000, 1000)
    return sides_of(marks(figures(*case["y"]), of, run=case.get("n", 7)), Signal.SHIFT)


def close(case: dict[str, Any]) -> list[str]:
    """The other tool's rule: any third point, and lines given instead of computed."""
    middle = Decimal(case["ll95"] + case["ul95"]) / 2
    of = lines(middle, -1000, 1000, case["ll95"], case["ul95"])
    return sides_of(marks(figures(*case["y"]), of, third_anywhere=True), Signal.TWO_IN_THREE)


def sigma(case: dict[str, Any], *, beyond_counts: bool) -> list[str]:
    of = lines(0, -3, 3)
    values = figures(*case["sigma_units"])
    alone = [mark.signal.value if mark else "none" for mark in marks(values, of, beyond_counts=beyond_counts)]
    near = [1 if 2 < value <= (99 if beyond_counts else 3) else 0 for value in case["sigma_units"]]
    window = two_in_three(near, [1] * len(near))
    return [
        "outside+two_in_three" if one == "outside" and flag and at else one.replace("-", "_")
        for one, flag, at in zip(alone, window, near, strict=True)
    ]


RULES: dict[str, Callable[[Any], Any]] = {
    "shift7_end_flag": lambda case: shift_ends(case["rel_to_mean"]),
    "backfill7": lambda case: spread_back(case["end_flag"]),
    "trend7_end_flag": lambda case: trend_ends(figures(*case["y"])),
    "two_in_three_window": lambda case: two_in_three(case["close"], case["rel_to_mean"]),
    "two_in_three_highlight": lambda case: two_in_three(case["close"], case["rel_to_mean"]),
    "shift_n7": shifted, "shift_on_centre_line": shifted, "shift_n4_interrupted": shifted,
    "two_in_three_on_limit": close, "two_in_three_mixed": close, "two_in_three_rolling": close,
    "two_in_three_beyond3_counts_MDC2023": lambda case: sigma(case, beyond_counts=True),
    "two_in_three_beyond3_old": lambda case: sigma(case, beyond_counts=False),
}  # fmt: skip


@pytest.mark.parametrize("case", rows("spc_assurance_vectors.csv"), ids=lambda case: "-".join(list(case.values())[:4]))
def test_a_target_is_held_against_the_limits(case: dict[str, str]) -> None:
    of = lines(0, case["lpl_latest_segment"], case["upl_latest_segment"])
    target = Decimal(case["target_latest"]) if case["target_latest"] else None
    found = assurance(of, target, POLARITIES[case["improvement_direction"]])
    assert (found.value if found else "none") == case["expected"]


@pytest.mark.parametrize("case", rows("spc_anhoej_table.csv"), ids=lambda case: case["n_useful"])
def test_run_chart_limits_are_those_of_the_table(case: dict[str, str]) -> None:
    useful = int(case["n_useful"])
    assert (longest_run(useful), fewest_crossings(useful)) == (
        int(case["longest_run_max"]),
        int(case["n_crossings_min"]),
    )


def test_without_two_values_in_a_row_there_are_no_limits() -> None:
    assert [limits(figures(*values)) for values in ((), (1,), (1, None, 2), (None, None))] == [None] * 4


def test_a_gap_is_no_moving_range_and_no_value() -> None:
    of = limits(figures(1, 2, None, 10, 11))
    assert of is not None
    assert (of.mean, of.average_range) == (Decimal(6), Decimal(1))


def test_equal_values_have_limits_without_width_and_no_signal() -> None:
    of = limits(figures(*[3] * 13))
    assert of is not None
    assert of.lower == of.upper == 3
    assert marks(figures(*[3] * 13), of) == [None] * 13


def test_a_moving_range_on_the_screening_line_is_left_out() -> None:
    ranges = [Decimal("0.75")] * 8 + [Decimal("0.733"), Decimal("3.267")]  # their mean is 1
    of = limits(list(accumulate(ranges, initial=Decimal(0))))
    assert of is not None
    assert str(of.average_range) == "0.748111111111"  # 6.733 / 9


def test_limits_have_twelve_decimals() -> None:
    of = limits(figures(1, 1, 2, 3))
    assert of is not None
    assert [str(line) for line in (of.mean, of.average_range, of.lower, of.near_upper)] == [
        "1.750000000000", "0.666666666667", "-0.023333333333", "2.932222222222",
    ]  # fmt: skip


def test_a_baseline_counts_values_and_not_gaps() -> None:
    first = limits(figures(1, None, 2, 3, 99, 99), baseline=3)
    assert first is not None
    assert (first.mean, first.average_range) == (Decimal(2), Decimal(1))
    assert limits(figures(1, 2, 3), baseline=12) == limits(figures(1, 2, 3))


@pytest.mark.parametrize(("value", "side"), [("9", 0), ("9.0001", 1), ("1", 0), ("0.9999", -1)])
def test_on_a_limit_is_within_it(value: str, side: int) -> None:
    (mark,) = marks(figures(value), lines(5, 1, 9))
    assert mark == (Mark(signal=Signal.OUTSIDE, side=side) if side else None)


def test_precedence_is_outside_then_trend_then_two_in_three_then_shift() -> None:
    of = lines(0, -30, 30, -20, 20)
    found = marks(figures(1, 2, 3, 4, 21, 22, 31), of)
    assert [mark.signal for mark in found if mark] == [Signal.TREND] * 6 + [Signal.OUTSIDE]
    found = marks(figures(1, 2, 3, 3, 21, 22, 5), of)
    assert [mark.signal for mark in found if mark] == [Signal.SHIFT] * 4 + [Signal.TWO_IN_THREE] * 2 + [Signal.SHIFT]


@pytest.mark.parametrize("values", [(1, 2, 3, None, 4, 5, 6, 7), (1, 2, 3, 4, 5, 6, None)])
def test_a_gap_breaks_every_run(values: tuple[int | None, ...]) -> None:
    assert set(marks(figures(*values), lines(0, -30, 30))) == {None}
    assert set(marks(figures(21, None, 22), lines(0, -30, 30))) == {None}


def test_a_run_may_be_told_to_be_shorter() -> None:
    of = lines(0, -30, 30)
    trend, shift = Mark(signal=Signal.TREND, side=1), Mark(signal=Signal.SHIFT, side=1)
    assert marks(figures(4, 3, 4, 5, 6), of, run=4) == [shift, trend, trend, trend, trend]
    assert marks(figures(4, 3, 4, 3), of, run=4) == [shift] * 4
    assert marks(figures(-1, 3, 4, 5), of, run=4) == [trend] * 4
    assert marks(figures(-1, 3, 4, 4), of, run=4) == [None] * 4


def test_a_point_outside_is_also_one_of_two_in_three_unless_told_not_to() -> None:
    of = lines(0, -30, 30)
    outside, close = Mark(signal=Signal.OUTSIDE, side=1), Mark(signal=Signal.TWO_IN_THREE, side=1)
    assert marks(figures(21, 1, 31), of) == [close, None, outside]
    assert marks(figures(21, 1, 31), of, beyond_counts=False) == [None, None, outside]
    assert marks(figures(21, 1, 22), of, beyond_counts=False) == [close, None, close]


def test_the_point_after_the_three_may_lie_anywhere() -> None:
    assert two_in_three([1, 1, 0, 0], [1, 1, 1, -1]) == [1, 1, 1, 0]


def test_a_falling_run_and_one_below_the_mean_have_their_side() -> None:
    of = lines(0, -30, 30)
    assert marks(figures(7, 6, 5, 4, 3, 2, 1), of)[0] == Mark(signal=Signal.TREND, side=-1)
    assert marks(figures(-1, -2, -1, -2, -1, -2, -1), of)[0] == Mark(signal=Signal.SHIFT, side=-1)
    assert marks(figures(-21, -1, -21), of)[2] == Mark(signal=Signal.TWO_IN_THREE, side=-1)


@pytest.mark.parametrize(("side", "polarity", "expected"), [
    (1, Polarity.UP, Variation.IMPROVEMENT), (-1, Polarity.UP, Variation.CONCERN), (1, Polarity.DOWN, Variation.CONCERN),
    (-1, Polarity.DOWN, Variation.IMPROVEMENT), (1, Polarity.NONE, Variation.CHANGE), (0, Polarity.UP, Variation.COMMON),
    (0, Polarity.NONE, Variation.COMMON),
])  # fmt: skip
def test_the_latest_point_says_whether_it_became_better(side: int, polarity: Polarity, expected: Variation) -> None:
    assert variation(Mark(signal=Signal.SHIFT, side=side) if side else None, polarity) is expected


def test_a_run_chart_has_a_median_from_the_first_value_and_a_signal_from_ten() -> None:
    assert run_chart(figures(None)) is None
    short = run_chart(figures(1, 2, 3, 4, 5, 6, 7, 8, 9))
    assert short is not None
    assert (short.median, short.signal) == (Decimal(5), None)
    rising = run_chart(figures(*range(1, 13)))
    assert rising is not None
    assert (rising.median, rising.longest, rising.crossings, rising.signal) == (Decimal("6.5"), 6, 1, True)
    swinging = run_chart(figures(*[1, 2] * 6))
    assert swinging is not None
    assert (swinging.longest, swinging.crossings, swinging.signal) == (1, 11, False)


def test_a_long_run_alone_is_a_signal_and_a_point_on_the_median_ends_none() -> None:
    values = figures(*[9] * 5, *[1, 9] * 4, *[1] * 5, 5, *[1] * 4, *[9] * 4)
    found = run_chart(values)
    assert found is not None
    assert (found.median, found.longest, found.signal) == (Decimal(5), 9, True)


def test_a_run_chart_of_ten_points_is_judged() -> None:
    ten = run_chart(figures(*[1, 9] * 5))
    assert ten is not None
    assert ten.signal is False


@pytest.mark.parametrize(("runs", "longest", "crossings", "signal"), [
    pytest.param([1, 7, 1, 1, 1, 1, 1, 1, 6], 7, 8, False, id="a run of the longest length"),
    pytest.param([1, 8, 1, 1, 1, 1, 7], 8, 6, True, id="a run of one more"),
    pytest.param([3, 4, 3, 3, 2, 3, 2], 4, 6, False, id="the fewest crossings"),
    pytest.param([4, 4, 3, 3, 3, 3], 4, 5, True, id="one crossing less"),
])  # fmt: skip
def test_a_run_chart_on_the_line_is_still_chance(runs: list[int], longest: int, crossings: int, signal: bool) -> None:
    """Of 20 points, 10 on either side."""
    found = run_chart(figures(*[9 - 8 * (at % 2) for at, length in enumerate(runs) for _ in range(length)]))
    assert found is not None
    assert (found.longest, found.crossings, found.signal) == (longest, crossings, signal)


def test_a_gap_ends_a_run_and_is_no_crossing() -> None:
    found = run_chart(figures(1, 1, 1, None, 1, 9, 9, 9, None, 9))
    assert found is not None
    assert (found.longest, found.crossings) == (3, 1)
    silent = run_chart(figures(1, *[None] * 12, 9))
    assert silent is not None
    assert (silent.longest, silent.crossings) == (1, 0)


@given(st.lists(st.one_of(st.none(), st.decimals(-(10**6), 10**6, places=2)), max_size=40))
def test_turned_upside_down_every_mark_changes_sides(values: list[Decimal | None]) -> None:
    turned = [None if value is None else -value for value in values]
    one, other = limits(values), limits(turned)
    if one is None or other is None:
        assert one is other
        return
    opposite = [mark and Mark(signal=mark.signal, side=-mark.side) for mark in marks(turned, other)]
    assert opposite == marks(values, one)


def test_a_series_with_a_change_has_the_published_limits_of_its_two_parts() -> None:
    cases = {case["case_id"]: case for case in rows("spc_limit_vectors.csv")}
    values = figures(*json.loads(cases["rnorm123"]["values_json"]))
    for part, name in zip(segments(values, [10]), ("rnorm123_first10", "rnorm123_last10"), strict=True):
        case, own = cases[name], part.limits
        assert own is not None
        for value, key in ((own.mean, "mean"), (own.lower, "lpl"), (own.upper, "upl")):
            assert abs(value - Decimal(case[f"published_{key}"])) <= Decimal(case["tolerance"]), key


@pytest.mark.parametrize(("starts", "bounds"), [
    ([], [(0, 5)]), ([2], [(0, 2), (2, 5)]), ([0], [(0, 5)]), ([2, 2, 4], [(0, 2), (2, 4), (4, 5)]), ([5], [(0, 5)]), ([9], [(0, 5)]),
])  # fmt: skip
def test_no_part_of_a_series_is_empty(starts: list[int], bounds: list[tuple[int, int]]) -> None:
    found = segments(figures(1, 2, None, 4, 5), starts)
    assert [(part.first, part.end) for part in found] == bounds
    assert all(len(part.marks) == part.end - part.first for part in found)


def test_an_empty_series_has_no_part() -> None:
    assert segments([]) == []
