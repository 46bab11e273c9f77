"""What a series says of itself: ordinary variation, or a change that is no chance; and whether its target can be relied on.

DESIGN section 3: 1 point is only a number, 2 to 5 a line, 6 to 12 a run chart with its median, marked 试算, from 13 an XmR
chart with limits. Running totals, countdowns and what is no figure are not judged. Points are the exact figures of one
region; a gap breaks every run (`metrics.spc`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import dropwhile, pairwise, takewhile

from metrics import spc
from metrics.model import Indicator, Kind, PeriodType
from metrics.number import display
from metrics.spc import Assurance, Limits, Mark, Signal, Variation

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


class Stage(StrEnum):
    """How much can be said of a series of this length."""

    NONE = "none"
    LINE = "line"
    MEDIAN = "median"
    LIMITS = "limits"


@dataclass(frozen=True, slots=True, kw_only=True)
class Significance:
    """What is drawn over a series and said under it.

    limits     mean and natural process limits; None before there are enough points
    median     of a short series; None with limits
    marks      for each value given, its signal; None for common cause and a gap
    sentence   what the last point says, "" where nothing is judged
    assurance  whether the target can be relied on, "" without limits or target
    """

    stage: Stage
    limits: Limits | None = None
    median: Decimal | None = None
    marks: tuple[Mark | None, ...] = ()
    variation: Variation | None = None
    sentence: str = ""
    assurance: str = ""


NOTHING = Significance(stage=Stage.NONE)


def significance(values: Sequence[Decimal | None], indicator: Indicator, target: Decimal | None) -> Significance:
    """Judge a series, oldest first; None is a missing or inexact figure."""
    known = sum(value is not None for value in values)
    if indicator.kind not in JUDGED or known < 2:  # noqa: PLR2004  one point is a number
        return NOTHING
    if known < FEWEST_FOR_MEDIAN:
        return Significance(stage=Stage.LINE, sentence=f"只有{known}期，还不能判断变化是否异常。")
    if known < FEWEST_FOR_LIMITS:
        return _run(values, indicator)
    limits = spc.limits(values)
    if limits is None:
        return Significance(stage=Stage.LINE, sentence="各期都不相连，不能判断变化是否异常。")
    marks = tuple(spc.marks(values, limits))
    variation = spc.variation(_last(values, marks), indicator.polarity)
    return Significance(
        stage=Stage.LIMITS, limits=limits, marks=marks, variation=variation,
        sentence=_sentence(values, marks, limits, indicator, variation), assurance=_assurance(limits, target, indicator),
    )  # fmt: skip


def _run(values: Sequence[Decimal | None], indicator: Indicator) -> Significance:
    chart = spc.run_chart(values)
    assert chart is not None
    middle = f"中位数{display(chart.median, indicator.decimals)}{indicator.unit}"
    known = sum(value is not None for value in values)
    said = {True: "有异常的连续变化", False: "没有异常的连续变化", None: "期数太少，不判断异常"}[chart.signal]
    return Significance(stage=Stage.MEDIAN, median=chart.median, sentence=f"试算（{known}期）：{middle}，{said}。")


def _last(values: Sequence[Decimal | None], marks: Sequence[Mark | None]) -> Mark | None:
    """The mark of the last figure; a gap at the end says nothing."""
    return next(
        (mark for value, mark in zip(reversed(values), reversed(marks), strict=True) if value is not None), None
    )


def _sentence(
    values: Sequence[Decimal | None],
    marks: Sequence[Mark | None],
    limits: Limits,
    indicator: Indicator,
    variation: Variation,
) -> str:
    mark = _last(values, marks)
    if mark is None:
        ends = [f"{display(end, indicator.decimals)}{indicator.unit}" for end in (limits.lower, limits.upper)]
        return f"最近一期在正常波动范围（{ends[0]}至{ends[1]}）内，{JUDGEMENT[variation]}。"
    return f"{_why(mark, values, limits, indicator)}，{JUDGEMENT[variation]}。"


def _why(mark: Mark, values: Sequence[Decimal | None], limits: Limits, indicator: Indicator) -> str:
    above = mark.side > 0
    if mark.signal is Signal.OUTSIDE:
        return f"最近一期{'高于波动上限' if above else '低于波动下限'}"
    if mark.signal is Signal.TWO_IN_THREE:
        return f"最近3期中有2期接近波动{'上' if above else '下'}限"
    last = list(_unbroken(values))
    if mark.signal is Signal.TREND:
        rising = takewhile(lambda pair: (pair[0] > pair[1]) == above and pair[0] != pair[1], pairwise(last))
        length, said = sum(1 for _ in rising) + 1, "上升" if above else "下降"
    else:
        beside = takewhile(lambda value: (value > limits.mean) == above and value != limits.mean, last)
        length, said = sum(1 for _ in beside), f"{'高于' if above else '低于'}均值"
    return f"连续{length}{PERIODS.get(indicator.period_type, '期')}{said}"


def _unbroken(values: Sequence[Decimal | None]) -> Iterator[Decimal]:
    """The last values without a gap between them, latest first."""
    ended = dropwhile(lambda value: value is None, reversed(values))
    return (value for value in takewhile(lambda value: value is not None, ended) if value is not None)


def _assurance(limits: Limits, target: Decimal | None, indicator: Indicator) -> str:
    found = spc.assurance(limits, target, indicator.polarity)
    return RELIED_ON[found] if found else ""
