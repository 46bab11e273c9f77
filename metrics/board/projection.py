"""Where the pace of the last periods leads by the due date of a target: a range, never one line, and no figure.

The slowest and the fastest change from one period to the next, carried on evenly and kept within what the indicator can
be (docs/adr/0011). Where that would be a guess the sentence says why there is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise, takewhile

from metrics.model import Indicator, Kind, Polarity, Target, TargetForm
from metrics.number import display
from metrics.period import Period, chinese, last_day, month_end, months_between

PROJECTED = frozenset({Kind.CUMULATIVE, Kind.STOCK, Kind.COUNTDOWN, Kind.RATIO})
FEWEST, MOST = 3, 13  # periods: at least two changes, at most twelve
REACHED = "预计可以达到"
NOT_REACHED = "预计不能达到"
EITHER = "可能达到，也可能达不到"

Dated = Sequence[tuple[date, Decimal | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What is drawn and said of a target that is owed by a day.

    path      day, lower and upper end of the range: from the last figure over each end of a month to the due date; () for none
    sentence  what it comes to, or why nothing is projected; "" without a deliverable target
    """

    path: tuple[tuple[date, Decimal, Decimal], ...] = ()
    sentence: str = ""


NOTHING = Outlook()


def outlook(
    dated: Dated, indicator: Indicator, target: Target | None, *, since: str = "", yearly: bool = False
) -> Outlook:
    """The range by the due date; `dated` is oldest first, None for a missing or inexact figure.

    since   in words, where an earlier part of the series was left out because another way of counting began
    yearly  the figure is a running total that begins anew each January
    """
    if target is None or target.form is not TargetForm.DELIVERABLE or target.due is None or not dated:
        return NOTHING
    used = _used(dated)
    refused = _out_of_place(*dated[-1], indicator, target, yearly=yearly) or _uncertain(
        dated, used, indicator, since=since, yearly=yearly
    )
    if refused:
        return Outlook(sentence=f"暂不预测能否按期达到目标：{refused}。")
    path = tuple(_path(used, indicator, target.due))
    return Outlook(path=path, sentence=_sentence(used, path[-1], indicator, target))


def _used(dated: Dated) -> list[tuple[date, Decimal]]:
    """The last figures without a gap, as far apart as the last two, oldest first; at most 13."""
    unbroken = [
        (day, value) for day, value in takewhile(lambda one: one[1] is not None, reversed(dated)) if value is not None
    ]
    steps = [months_between(before, after) for (after, _), (before, _) in pairwise(unbroken)]
    even = sum(1 for _ in takewhile(lambda step: step == steps[0], steps))
    return unbroken[: min(even + 1, MOST)][::-1]


def _months(before: date, after: date) -> Decimal:
    """Months between two days; a part of a month counts by its days, so that ends of months are whole months apart."""
    return months_between(before, after) + _share(after) - _share(before)


def _share(day: date) -> Decimal:
    return Decimal(day.day) / last_day(day.year, day.month).day


def _out_of_place(last: date, value: Decimal | None, indicator: Indicator, target: Target, *, yearly: bool) -> str:
    """Why there is nothing to project, however many periods there are; "" where there is."""
    assert target.due is not None
    reasons = {
        f"目标期限（{_day(target.due)}）已到": target.due <= last,
        "该指标按期单独计数，各期不能相接": indicator.kind not in PROJECTED,
        "最近一期缺报或不是确数": value is None,
        "目标已经达到": value is not None and _meets(value, indicator, target),
        "累计数每年1月重新起算，不能推算到下一年": yearly and target.due.year > last.year,
    }
    return next((words for words, holds in reasons.items() if holds), "")


def _uncertain(
    dated: Dated, used: Sequence[tuple[date, Decimal]], indicator: Indicator, *, since: str, yearly: bool
) -> str:
    """Why the periods there are carry no range; "" where they do."""
    if len(used) < FEWEST:
        return _too_few(dated, used, since=since, yearly=yearly)
    rates = _rates(used)
    if indicator.kind is Kind.CUMULATIVE and min(rates) < 0:
        return "累计数曾经减少，须先核实"
    if min(rates) < max(rates):
        return ""
    return f"最近{len(used)}期{'进度完全相同' if rates[0] else '没有变化'}，推算不出范围"


def _too_few(dated: Dated, used: Sequence[tuple[date, Decimal]], *, since: str, yearly: bool) -> str:
    known = sum(value is not None for _, value in dated)
    if known >= FEWEST and not yearly:
        return f"{since}最近几期有缺报、间隔不一或不是确数"
    return f"{since or ('今年以来' if yearly else '')}只有{len(used) if yearly else known}期数据"


def _rates(used: Sequence[tuple[date, Decimal]]) -> list[Decimal]:
    """The change a month from each figure to the next."""
    return [(after - before) / _months(start, end) for (start, before), (end, after) in pairwise(used)]


def _path(
    used: Sequence[tuple[date, Decimal]], indicator: Indicator, due: date
) -> Iterator[tuple[date, Decimal, Decimal]]:
    (last, value), rates = used[-1], _rates(used)
    for day in (last, *_ends(last, due)):
        months = _months(last, day)
        lower, upper = (_within(value + rate * months, indicator) for rate in (min(rates), max(rates)))
        yield day, lower, upper


def _ends(last: date, due: date) -> Iterator[date]:
    """The ends of months after `last` and before `due`, then `due`."""
    for month in range(months_between(last, due)):
        end = month_end(last, month)
        if last < end < due:
            yield end
    yield due


def _within(value: Decimal, indicator: Indicator) -> Decimal:
    """Capped by what the indicator can be; what is counted down ends at zero."""
    least = Decimal(0) if indicator.kind is Kind.COUNTDOWN and indicator.minimum is None else indicator.minimum
    raised = value if least is None else max(value, least)
    return raised if indicator.maximum is None else min(raised, indicator.maximum)


def _sentence(
    used: Sequence[tuple[date, Decimal]], end: tuple[date, Decimal, Decimal], indicator: Indicator, target: Target
) -> str:
    due, lower, upper = end
    way = -1 if indicator.polarity is Polarity.DOWN else 1
    forward = all(rate * way >= 0 for rate in _rates(used))
    pace = "最慢和最快的进度" if forward else "最不利和最有利的变化"
    return (
        f"按最近{len(used)}期中{pace}推算，到{_day(due)}为{_range(lower, upper, indicator)}，"
        f"目标{_printed(target.value, indicator)}{indicator.unit}：{_outcome(lower, upper, indicator, target)}（推算，不是数据）。"
    )


def _outcome(lower: Decimal, upper: Decimal, indicator: Indicator, target: Target) -> str:
    ends = [_meets(end, indicator, target) for end in (lower, upper)]
    return REACHED if all(ends) else EITHER if any(ends) else NOT_REACHED


def _meets(value: Decimal, indicator: Indicator, target: Target) -> bool:
    """Whether the figure as it would be printed is at its target or beyond (docs/adr/0005)."""
    seen = Decimal(_printed(value, indicator).replace(",", ""))
    return seen <= target.value if indicator.polarity is Polarity.DOWN else seen >= target.value


def _range(lower: Decimal, upper: Decimal, indicator: Indicator) -> str:
    low, high = _printed(lower, indicator), _printed(upper, indicator)
    first = low + indicator.unit if indicator.unit == "%" else low
    return f"{high}{indicator.unit}" if low == high else f"{first}至{high}{indicator.unit}"


def _printed(value: Decimal, indicator: Indicator) -> str:
    return display(value, indicator.decimals, whole=indicator.maximum)


def _day(day: date) -> str:
    return chinese(Period(day, day))
