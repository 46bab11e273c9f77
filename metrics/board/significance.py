"""What a series says of itself: ordinary variation, or a change that is no chance; and whether its target can be relied on.

DESIGN section 3: 1 point is only a number, 2 to 5 a line, 6 to 12 a run chart with its median, marked 试算, from 13 an XmR
chart with limits. Running totals, countdowns and what is no figure are not judged. Points are the exact figures of one
region; a gap breaks every run (`metrics.spc`). After a change that rebases each part is judged as a series by itself, and the
last one speaks (docs/adr/0010).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise, takewhile

from metrics import spc
from metrics.model import Indicator, Kind, PeriodType, Polarity
from metrics.number import display
from metrics.spc import Assurance, Limits, Mark, Segment, Signal, Variation

JUDGED = frozenset({Kind.FLOW, Kind.STOCK, Kind.RATIO})
FEWEST_FOR_MEDIAN, FEWEST_FOR_LIMITS = 6, 13
PERIODS = {PeriodType.MONTH: "个月", PeriodType.QUARTER: "个季度", PeriodType.HALF: "个半年", PeriodType.YEAR: "年"}
JUDGEMENT = {
    Variation.COMMON: "属正常波动", Variation.IMPROVEMENT: "属异常变化，趋好", Variation.CONCERN: "属异常变化，需关注",
    Variation.CHANGE: "属异常变化",
}  # fmt: skip
RELIED_ON = {
    Assurance.PASS: "按目前的波动范围，可以稳定达到目标。",
    Assurance.FAIL: "按目前的波动范围，不改变做法就达不到目标。",
    Assurance.HIT_AND_MISS: "按目前的波动范围，能否达到目标时好时坏。",
}

EXCEPTION = {
    Assurance.PASS: "按平时的波动范围可以达到目标，但最近一期没有达到。",
    Assurance.FAIL: "按平时的波动范围达不到目标，最近一期达到是例外。",
}
NO_FIGURE = "最近一期没有确数，不判断变化是否异常。"


class Stage(StrEnum):
    """How much can be said of a series of this length."""

    NONE = "none"
    LINE = "line"
    MEDIAN = "median"
    LIMITS = "limits"


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """The lines over the values `first` to `end` (not with it): mean and limits, or of a short part its median."""

    first: int
    end: int
    limits: Limits | None = None
    median: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Significance:
    """What is drawn over a series and said under it.

    stage      of the last part, as all that is said is of it
    levels     of each part that has enough points for one, oldest first
    marks      for each value given, its signal; None for common cause and a gap
    sentence   what the last point says, "" where nothing is judged
    assurance  whether the target can be relied on, "" without limits or target
    """

    stage: Stage
    levels: tuple[Level, ...] = ()
    marks: tuple[Mark | None, ...] = ()
    variation: Variation | None = None
    sentence: str = ""
    assurance: str = ""


NOTHING = Significance(stage=Stage.NONE)


def significance(
    values: Sequence[Decimal | None],
    indicator: Indicator,
    target: Decimal | None,
    starts: Sequence[tuple[int, str]] = (),
) -> Significance:
    """Judge a series, oldest first; None is a missing or inexact figure.

    starts  at which value another way of counting begins, and since when in words; ascending
    """
    if indicator.kind not in JUDGED or _known(values) < 2:  # noqa: PLR2004  one point is a number
        return NOTHING
    parts = spc.segments(values, [at for at, _ in starts])
    last = parts[-1]
    found = _judged(values[last.first :], last, indicator, target, dict(starts).get(last.first, ""))
    return dataclasses.replace(
        found,
        levels=tuple(level for part in parts for level in _levels(values, part)),
        marks=tuple(mark for part in parts for mark in _marks(values, part)),
    )


def _known(values: Sequence[Decimal | None]) -> int:
    return sum(value is not None for value in values)


def _levels(values: Sequence[Decimal | None], part: Segment) -> Iterator[Level]:
    own = values[part.first : part.end]
    if _known(own) >= FEWEST_FOR_LIMITS and part.limits:
        yield Level(first=part.first, end=part.end, limits=part.limits)
    elif FEWEST_FOR_MEDIAN <= _known(own) < FEWEST_FOR_LIMITS and (chart := spc.run_chart(own)):
        yield Level(first=part.first, end=part.end, median=chart.median)


def _marks(values: Sequence[Decimal | None], part: Segment) -> tuple[Mark | None, ...]:
    """Its marks, none where it is too short to have limits."""
    own = values[part.first : part.end]
    return part.marks if _known(own) >= FEWEST_FOR_LIMITS else (None,) * len(own)


def _judged(
    values: Sequence[Decimal | None], part: Segment, indicator: Indicator, target: Decimal | None, since: str
) -> Significance:
    """What the values of one part say; `since` names the change that it begins with, "" for the whole series."""
    known = _known(values)
    if known < FEWEST_FOR_MEDIAN:
        so_far = f"只有{known}期" if known else "还没有确数"
        stage = Stage.LINE if known > 1 else Stage.NONE
        return Significance(stage=stage, sentence=f"{since}{so_far}，还不能判断变化是否异常。")
    begun = since and f"{since}，"
    if known < FEWEST_FOR_LIMITS:
        return Significance(stage=Stage.MEDIAN, sentence=begun + _run(values, indicator))
    if part.limits is None:
        return Significance(stage=Stage.LINE, sentence=f"{begun}各期都不相连，不能判断变化是否异常。")
    assured = _assurance(values[-1], part.limits, target, indicator)
    if values[-1] is None:
        return Significance(stage=Stage.LIMITS, assurance=assured, sentence=begun + NO_FIGURE)
    variation = spc.variation(part.marks[-1], indicator.polarity)
    return Significance(
        stage=Stage.LIMITS, variation=variation, assurance=assured,
        sentence=begun + _sentence(values, part.marks[-1], part.limits, indicator, variation),
    )  # fmt: skip


def _run(values: Sequence[Decimal | None], indicator: Indicator) -> str:
    chart = spc.run_chart(values)
    assert chart is not None
    middle = f"中位数{display(chart.median, indicator.decimals)}{indicator.unit}"
    said = {True: "有异常的连续变化", False: "没有异常的连续变化", None: "期数太少，不判断异常"}[chart.signal]
    return f"试算（{_known(values)}期）：{middle}，{said}。"


def _sentence(
    values: Sequence[Decimal | None],
    mark: Mark | None,
    limits: Limits,
    indicator: Indicator,
    variation: Variation,
) -> str:
    if mark is None:
        ends = [_printed(_possible(end, indicator), indicator) for end in (limits.lower, limits.upper)]
        return f"最近一期在正常波动范围（{ends[0]}至{ends[1]}）内，{JUDGEMENT[variation]}。"
    return f"{_why(mark, values, limits, indicator)}，{JUDGEMENT[variation]}。"


def _possible(limit: Decimal, indicator: Indicator) -> Decimal:
    """The limit, no further than what the indicator can be."""
    raised = limit if indicator.minimum is None else max(limit, indicator.minimum)
    return raised if indicator.maximum is None else min(raised, indicator.maximum)


def _printed(value: Decimal, indicator: Indicator) -> str:
    return f"{display(value, indicator.decimals, whole=indicator.maximum)}{indicator.unit}"


def _why(mark: Mark, values: Sequence[Decimal | None], limits: Limits, indicator: Indicator) -> str:
    above = mark.side > 0
    if mark.signal is Signal.OUTSIDE:
        return f"最近一期{'高于波动上限' if above else '低于波动下限'}"
    last = list(_unbroken(values))
    if mark.signal is Signal.TWO_IN_THREE:
        return _close(last[:3], limits, above=above)
    periods = PERIODS.get(indicator.period_type, "期")
    if mark.signal is Signal.TREND:
        rising = takewhile(lambda pair: (pair[0] > pair[1]) == above and pair[0] != pair[1], pairwise(last))
        # so many figures rise one step less often: 连续 would claim a rise of the first as well
        return f"最近{sum(1 for _ in rising) + 1}{periods}的数值一期比一期{'高' if above else '低'}"
    beside = takewhile(lambda value: (value > limits.mean) == above and value != limits.mean, last)
    return f"连续{sum(1 for _ in beside)}{periods}{'高于' if above else '低于'}均值"


def _close(last: Sequence[Decimal], limits: Limits, *, above: bool) -> str:
    """How many of the last three are near the limit, those beyond it too."""
    near = sum(value > limits.near_upper if above else value < limits.near_lower for value in last)
    beyond = any(value > limits.upper if above else value < limits.lower for value in last)
    which = "最近3期都" if near == len(last) else f"最近3期中有{near}期"
    limit = ("或超过" if above else "或低于") if beyond else ""
    return f"{which}接近{limit}波动{'上' if above else '下'}限"


def _unbroken(values: Sequence[Decimal | None]) -> Iterator[Decimal]:
    """The last values without a gap between them, latest first."""
    return (value for value in takewhile(lambda value: value is not None, reversed(values)) if value is not None)


def _assurance(last: Decimal | None, limits: Limits, target: Decimal | None, indicator: Indicator) -> str:
    """Whether a target can be relied on; where the last figure is an exception, that as well."""
    found = spc.assurance(limits, target, indicator.polarity)
    if found is None or target is None:
        return ""
    if last is None or found is Assurance.HIT_AND_MISS:
        return RELIED_ON[found]
    printed = Decimal(display(last, indicator.decimals, whole=indicator.maximum).replace(",", ""))
    met = printed >= target if indicator.polarity is Polarity.UP else printed <= target
    return RELIED_ON[found] if met == (found is Assurance.PASS) else EXCEPTION[found]
