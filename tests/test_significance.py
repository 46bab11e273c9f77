"""What a series says of itself, by its length and kind, and in words that a leader reads."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.board.significance import NOTHING, Level, Significance, Stage, significance
from metrics.model import Indicator, Kind, PeriodType, Polarity
from metrics.spc import Mark, Signal, Variation
from tests.builders import count, indicator
from tests.test_spc import POLARITIES, figures, flagged, rows
from tests.test_spc import said as in_words

FLOW = count(kind=Kind.FLOW, period_type=PeriodType.MONTH)
RATE = indicator(kind=Kind.RATIO, period_type=PeriodType.MONTH)
STEADY = [Decimal(text) for text in ["50", "52", "49", "51", "50", "48", "51", "50", "52", "49", "50", "51", "49"]]


def judged(values: Sequence[Decimal | None], of: Indicator = FLOW, target: int | None = None) -> Significance:
    return significance(values, of, None if target is None else Decimal(target))


@pytest.mark.parametrize(("number", "stage"), [(0, Stage.NONE), (1, Stage.NONE), (2, Stage.LINE), (5, Stage.LINE), (6, Stage.MEDIAN),
                                               (12, Stage.MEDIAN), (13, Stage.LIMITS)])  # fmt: skip
def test_how_much_is_said_depends_on_how_many_periods_there_are(number: int, stage: Stage) -> None:
    assert judged(list(STEADY[:number])).stage is stage


def test_a_stock_is_judged_as_a_flow_is() -> None:
    assert judged(list(STEADY), count(kind=Kind.STOCK)).stage is Stage.LIMITS


def test_of_a_few_periods_it_is_said_that_they_are_few() -> None:
    assert judged(list(STEADY[:5])).sentence == "只有5期，还不能判断变化是否异常。"
    assert (NOTHING.sentence, NOTHING.assurance) == ("", "")


def test_what_is_drawn_comes_with_what_is_said() -> None:
    found = judged([*STEADY, None, Decimal(90)])
    (level,) = found.levels
    assert level.limits is not None
    assert str(level.limits.mean) == "53.000000000000"
    assert (level.first, level.end, level.median) == (0, 15, None)
    assert found.marks == (*[Mark(signal=Signal.SHIFT, side=-1)] * 13, None, Mark(signal=Signal.OUTSIDE, side=1))
    assert judged(list(STEADY[:6])).levels == (Level(first=0, end=6, median=Decimal(50)),)


@pytest.mark.parametrize("kind", [Kind.CUMULATIVE, Kind.COUNTDOWN, Kind.MILESTONE, Kind.GRADE])
def test_running_totals_countdowns_and_words_are_not_judged(kind: Kind) -> None:
    assert judged(list(STEADY), count(kind=kind)) == NOTHING


def test_gaps_are_no_points() -> None:
    assert judged([*STEADY[:12], None, None]).stage is Stage.MEDIAN
    scattered = [value for one in STEADY for value in (one, None)]
    found = judged(scattered)
    assert (found.stage, found.sentence, found.levels) == (Stage.LINE, "各期都不相连，不能判断变化是否异常。", ())


def test_ordinary_variation_names_its_range() -> None:
    found = judged(list(STEADY), RATE)
    assert found.variation is Variation.COMMON
    assert found.sentence == "最近一期在正常波动范围（45%至55%）内，属正常波动。"


@pytest.mark.parametrize(("last", "polarity", "sentence"), [
    ([90], Polarity.UP, "最近一期高于波动上限，属异常变化，趋好。"), ([10], Polarity.UP, "最近一期低于波动下限，属异常变化，需关注。"),
    ([90], Polarity.DOWN, "最近一期高于波动上限，属异常变化，需关注。"), ([90], Polarity.NONE, "最近一期高于波动上限，属异常变化。"),
])  # fmt: skip
def test_a_point_outside_the_limits(last: list[int], polarity: Polarity, sentence: str) -> None:
    of = count(kind=Kind.FLOW, period_type=PeriodType.MONTH, polarity=polarity)
    assert judged([*STEADY, *map(Decimal, last)], of).sentence == sentence


def test_a_run_below_the_mean_says_how_long_it_is() -> None:
    high = [Decimal(text) for text in ["60", "62", "59", "61", "60", "58", "61", "60"]]
    low = [Decimal(text) for text in ["55", "56", "55", "54", "56", "55", "55", "54"]]
    assert judged([*high, *low], FLOW).sentence == "连续8个月低于均值，属异常变化。"


def test_a_run_above_the_mean_says_how_long_it_is() -> None:
    high, low = [Decimal(value) for value in [58, 62] * 4], [Decimal(value) for value in [53, 57] * 5]
    assert judged([*low, *high], FLOW).sentence == "连续8个月高于均值，属异常变化。"


def test_a_point_on_the_mean_is_no_part_of_a_run() -> None:
    high = [Decimal(value) for value in [56, 61, 56, 61, 56, 61, 56, 61, 56]]
    low = [110 - value for value in high]
    assert judged([*high, Decimal(55), *low], FLOW).sentence == "连续9个月低于均值，属异常变化。"
    assert judged([*low, Decimal(55), *high], FLOW).sentence == "连续9个月高于均值，属异常变化。"


@pytest.mark.parametrize(
    ("period_type", "periods"),
    [
        (PeriodType.DAY, "期"),
        (PeriodType.MONTH, "个月"),
        (PeriodType.QUARTER, "个季度"),
        (PeriodType.HALF, "个半年"),
        (PeriodType.YEAR, "年"),
    ],
)
def test_a_trend_says_how_long_it_is_and_of_which_period(period_type: PeriodType, periods: str) -> None:
    of = count(kind=Kind.FLOW, period_type=period_type)
    rising = [Decimal(value) for value in [50, 70, 50, 70, 50, 70, 50, 70, 50, 50, 52, 54, 56, 58, 60, 62, 64]]
    assert judged(rising, of).sentence == f"最近8{periods}的数值一期比一期高，属异常变化。"
    assert judged([120 - value for value in rising], of).sentence == f"最近8{periods}的数值一期比一期低，属异常变化。"


def test_a_trend_begins_where_the_values_turn() -> None:
    rising = [Decimal(value) for value in [50, 70, 50, 70, 50, 70, 50, 52, 54, 56, 58, 60, 62, 64]]
    assert judged(rising).sentence == "最近8个月的数值一期比一期高，属异常变化。"
    assert judged([120 - value for value in rising]).sentence == "最近8个月的数值一期比一期低，属异常变化。"


def test_two_of_three_near_a_limit() -> None:
    found = judged([*STEADY, Decimal("56"), Decimal("54"), Decimal("56")])
    assert found.sentence == "最近3期中有2期接近波动上限，属异常变化。"
    found = judged([*STEADY, Decimal("44"), Decimal("46"), Decimal("44")])
    assert found.sentence == "最近3期中有2期接近波动下限，属异常变化。"


@pytest.mark.parametrize(
    ("last", "said"),
    [
        pytest.param(["55.1", "55.2", "55.2"], "最近3期都接近波动上限，属异常变化。", id="all three"),
        pytest.param(["70", "52", "55"], "最近3期中有2期接近或超过波动上限，属异常变化。", id="one beyond"),
        pytest.param(["30", "48", "45"], "最近3期中有2期接近或低于波动下限，属异常变化。", id="one below"),
    ],
)
def test_how_many_of_three_are_near_a_limit_is_counted(last: list[str], said: str) -> None:
    assert judged([*STEADY, *STEADY, *map(Decimal, last)]).sentence == said


@pytest.mark.parametrize(
    ("last", "said", "mirrored"),
    [
        pytest.param(
            [57, 63, 59],
            "最近3期中有2期接近或超过波动上限，属异常变化。",
            "最近3期中有2期接近或低于波动下限，属异常变化。",
            id="57 is where near begins",
        ),
        pytest.param(
            [58, 54, 59],
            "最近3期中有2期接近波动上限，属异常变化。",
            "最近3期中有2期接近波动下限，属异常变化。",
            id="59 is the limit",
        ),
    ],
)
def test_a_figure_on_a_line_is_not_past_it(last: list[int], said: str, mirrored: str) -> None:
    values = [Decimal(value) for value in [51, 49] * 6 + last]
    assert judged(values).sentence == said
    assert judged([100 - value for value in values]).sentence == mirrored


@pytest.mark.parametrize("before", [[], [Decimal(90)], list(STEADY[:3])])
def test_of_a_last_period_without_an_exact_figure_nothing_is_judged(before: list[Decimal]) -> None:
    found = judged([*STEADY, *before, None], RATE, 40)
    assert (found.stage, found.variation) == (Stage.LIMITS, None)
    assert found.sentence == "最近一期没有确数，不判断变化是否异常。"
    assert found.assurance == "按目前的波动范围，可以稳定达到目标。"
    assert len(found.levels) == 1


def test_the_ordinary_range_goes_no_further_than_the_indicator_can_be() -> None:
    wild = [Decimal(value) for value in [99, 10, 97, 5, 96, 12, 98, 4, 99, 10, 97, 5, 96]]
    assert judged(wild, RATE).sentence == "最近一期在正常波动范围（0%至100%）内，属正常波动。"


def test_the_ordinary_range_goes_below_zero_where_the_indicator_can() -> None:
    wild = [Decimal(value) for value in [9, -8, 9, -9, 8, -8, 9, -9, 9, -8, 8, -9, 9]]
    of = count(kind=Kind.FLOW, minimum=None)
    assert judged(wild, of).sentence == "最近一期在正常波动范围（-45处至46处）内，属正常波动。"


def test_a_limit_short_of_the_whole_is_not_printed_as_the_whole() -> None:
    high = [Decimal(text) for text in ["93.5", "95.5"] * 7]
    assert judged(high, RATE).sentence == "最近一期在正常波动范围（89%至99.8%）内，属正常波动。"


def test_a_last_figure_short_of_the_whole_does_not_reach_a_target_of_the_whole() -> None:
    found = judged([*STEADY, Decimal("99.97")], RATE, 100)
    assert found.assurance == "按目前的波动范围，不改变做法就达不到目标。"


def test_a_figure_of_thousands_is_compared_with_its_target() -> None:
    of = count(kind=Kind.FLOW, polarity=Polarity.UP)
    found = judged([value * 100 for value in STEADY], of, 4000)
    assert found.assurance == "按目前的波动范围，可以稳定达到目标。"


@pytest.mark.parametrize(
    ("polarity", "last", "target", "said"),
    [
        (Polarity.UP, 30, 40, "按平时的波动范围可以达到目标，但最近一期没有达到。"),
        (Polarity.DOWN, 70, 60, "按平时的波动范围可以达到目标，但最近一期没有达到。"),
        (Polarity.UP, 70, 60, "按平时的波动范围达不到目标，最近一期达到是例外。"),
        (Polarity.DOWN, 30, 40, "按平时的波动范围达不到目标，最近一期达到是例外。"),
        (Polarity.UP, 60, 60, "按平时的波动范围达不到目标，最近一期达到是例外。"),
        (Polarity.DOWN, 40, 40, "按平时的波动范围达不到目标，最近一期达到是例外。"),
    ],
)
def test_a_last_figure_that_is_an_exception_is_said_beside_what_can_be_relied_on(
    polarity: Polarity, last: int, target: int, said: str
) -> None:
    of = count(kind=Kind.FLOW, period_type=PeriodType.MONTH, polarity=polarity)
    assert judged([*STEADY, *STEADY, Decimal(last)], of, target).assurance == said


def test_a_short_series_is_a_trial_with_its_median() -> None:
    assert judged(list(STEADY[:6])).sentence == "试算（6期）：中位数50处，期数太少，不判断异常。"
    assert (
        judged([Decimal(number) for number in range(1, 13)]).sentence == "试算（12期）：中位数7处，有异常的连续变化。"
    )
    assert (
        judged([Decimal(number) for number in [1, 9] * 6]).sentence == "试算（12期）：中位数5处，没有异常的连续变化。"
    )


@pytest.mark.parametrize(("target", "said"), [
    (40, "按目前的波动范围，可以稳定达到目标。"), (60, "按目前的波动范围，不改变做法就达不到目标。"), (50, "按目前的波动范围，能否达到目标时好时坏。"),
    (None, ""),
])  # fmt: skip
def test_whether_a_target_can_be_relied_on(target: int | None, said: str) -> None:
    assert judged(list(STEADY), RATE, target).assurance == said
    assert judged(list(STEADY), FLOW, target).assurance == ""


@pytest.mark.parametrize("name", flagged())
def test_what_the_page_marks_are_the_published_flags(name: str) -> None:
    case = flagged()[name]
    values = figures(*(row["y"] for row in case))
    assert [in_words(mark, value) for mark, value in zip(judged(values).marks, values, strict=True)] == [
        row["expected_flag_by_precedence"] for row in case
    ]


@pytest.mark.parametrize("case", rows("spc_assurance_vectors.csv"), ids=lambda case: "-".join(list(case.values())[:4]))
def test_what_the_page_says_of_a_target_is_the_published_assurance(case: dict[str, str]) -> None:
    low, high = Decimal(case["lpl_latest_segment"]), Decimal(case["upl_latest_segment"])
    step = (high - low) / Decimal("5.32")  # so that the limits are these
    middle = (low + high) / 2
    last = [middle + step / 2 * (-1) ** at for at in range(14)]
    of = count(kind=Kind.FLOW, polarity=POLARITIES[case["improvement_direction"]])
    target = Decimal(case["target_latest"]) if case["target_latest"] else None
    found = significance([*map(Decimal, range(900, 914)), *last], of, target, [(14, "以来")])
    assert ASSURED[found.assurance] == case["expected"]


ASSURED = {
    "": "none", "按目前的波动范围，可以稳定达到目标。": "consistent_pass", "按目前的波动范围，不改变做法就达不到目标。": "consistent_fail",
    "按目前的波动范围，能否达到目标时好时坏。": "inconsistent",
}  # fmt: skip
SINCE = "自2026年3月改用新称重系统以来"


def rebased(after: Sequence[Decimal | None]) -> Significance:
    return significance([*STEADY, *after], FLOW, None, [(len(STEADY), SINCE)])


@pytest.mark.parametrize(("number", "stage", "said"), [
    (0, Stage.NONE, f"{SINCE}还没有确数，还不能判断变化是否异常。"), (1, Stage.NONE, f"{SINCE}只有1期，还不能判断变化是否异常。"),
    (5, Stage.LINE, f"{SINCE}只有5期，还不能判断变化是否异常。"), (6, Stage.MEDIAN, f"{SINCE}，试算（6期）：中位数150处，期数太少，不判断异常。"),
    (13, Stage.LIMITS, f"{SINCE}，最近一期在正常波动范围（145处至155处）内，属正常波动。"),
])  # fmt: skip
def test_after_a_change_only_the_figures_since_are_judged(number: int, stage: Stage, said: str) -> None:
    found = rebased([value + 100 for value in STEADY[:number]] or [None])
    assert (found.stage, found.sentence) == (stage, said)


def test_a_change_hides_no_limits_of_the_time_before() -> None:
    found = rebased([Decimal(150)] * 3)
    assert [(level.first, level.end, level.limits is not None) for level in found.levels] == [(0, 13, True)]
    assert set(found.marks) == {None}
    assert not found.assurance


def test_a_run_does_not_cross_a_change() -> None:
    risen = [Decimal(number) for number in (51, 53, 54, 55)]
    assert "一期比一期高" in judged([*STEADY[:10], *map(Decimal, (48, 49, 50)), *risen]).sentence
    assert rebased(risen).marks == (None,) * 17


LONG = st.lists(st.one_of(st.none(), st.decimals(0, 1000, places=1)), min_size=2, max_size=30)


@given(LONG, LONG)
def test_each_part_is_judged_as_a_series_by_itself(before: list[Decimal | None], after: list[Decimal | None]) -> None:
    whole = significance([*before, *after], FLOW, Decimal(500), [(len(before), "")])
    one, other = judged(before, target=500), judged(after, target=500)
    if NOTHING in {one, other}:
        return
    assert whole.marks == one.marks + other.marks
    assert [(level.limits, level.median) for part in (one, other) for level in part.levels] == [
        (level.limits, level.median) for level in whole.levels
    ]
    assert (whole.stage, whole.sentence, whole.assurance, whole.variation) == (
        other.stage, other.sentence, other.assurance, other.variation,
    )  # fmt: skip


def test_a_part_has_marks_from_thirteen_figures_on() -> None:
    outside = Mark(signal=Signal.OUTSIDE, side=1)
    assert judged([*STEADY[:12], Decimal(900)]).marks[-1] == outside
    assert rebased([*STEADY[:12], Decimal(900)]).marks[-1] == outside


def test_a_short_part_has_no_marks() -> None:
    assert judged([*STEADY[:10], Decimal(900)]).marks == (None,) * 11
    assert set(rebased([*STEADY[:10], Decimal(900)]).marks) == {None}
