"""环比 and 同比: a figure beside that of the period before, and of the same period a year before.

Only like is compared with like (`metrics.model.alike`), only exact figures, and only with the very period that is meant: a
missing month is a missing comparison. A running total is compared with the running total to the same month.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from metrics.board.derive import is_reported, value
from metrics.board.query import Fact
from metrics.model import Indicator, Kind
from metrics.number import Qualifier, ratio
from metrics.period import Period, last_day, length, month_end

LEVELS = frozenset({Kind.STOCK, Kind.COUNTDOWN})
YEAR = 12  # months


class Against(StrEnum):
    """What a figure is compared with; the words are those of the screen."""

    PREVIOUS = "环比"
    YEAR_BEFORE = "同比"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A figure against another.

    difference  in the indicator's unit; of a rate in percentage points, unrounded
    percent     of the base, unrounded; None for a rate, and for a base of 0
    """

    against: Against
    base: Fact
    difference: Decimal
    percent: Decimal | None


def compared(now: Fact, facts: Iterable[Fact], indicator: Indicator, against: Against) -> Comparison | None:
    """The comparison; None without an exact figure for that very period in the same region."""
    wanted = base_period(now.observation.period, indicator.kind, against)
    if wanted is None or _exact(now) is None:
        return None
    own = [fact for fact in facts if fact.observation.region == now.observation.region]
    found = [fact for fact in own if is_of(fact.observation.period, wanted, indicator.kind)]
    long = length(now.observation.period)
    base = max(found, key=lambda fact: length(fact.observation.period) == long, default=None)
    return None if base is None else _against(now, base, indicator, against)


def _against(now: Fact, base: Fact, indicator: Indicator, against: Against) -> Comparison | None:
    one, other = _exact(now), _exact(base)
    if one is None or other is None:
        return None
    difference = one - other
    percent = None if indicator.kind is Kind.RATIO or other == 0 else 100 * difference / abs(other)
    return Comparison(against=against, base=base, difference=difference, percent=percent)


def _exact(fact: Fact) -> Decimal | None:
    return value(fact.observation) if fact.observation.qualifier is Qualifier.EXACT else None


def is_of(period: Period, wanted: Period, kind: Kind) -> bool:
    """Whether a figure of `period` is the one wanted; a level is of the day on which its period ends, however long that is."""
    return period.end == wanted.end if kind in LEVELS else period == wanted


def base_period(period: Period, kind: Kind, against: Against) -> Period | None:
    """The period to compare with; None for days that are no whole months, and for the first month of a running total."""
    months = length(period)
    if kind in LEVELS:
        whole = period.end == last_day(period.end.year, period.end.month)
        step = max(months + 1, 1) if months is not None and months >= 0 else 1
        return (
            Period(None, month_end(period.end, -(YEAR if against is Against.YEAR_BEFORE else step))) if whole else None
        )
    if period.start is None or months is None or months < 0:
        return None
    if against is Against.YEAR_BEFORE:
        return _earlier(period, period.start, YEAR)
    if kind is Kind.CUMULATIVE:
        return Period(period.start, month_end(period.end, -1)) if months > 0 else None
    return _earlier(period, period.start, months + 1)


def _earlier(period: Period, start: date, months: int) -> Period:
    """The whole months so many months before."""
    return Period(month_end(start, -months).replace(day=1), month_end(period.end, -months))


def of_month(now: Fact, facts: Iterable[Fact], indicator: Indicator) -> Decimal | None:
    """A month's own value of a running total: the difference to the month before, or January's total itself.

    None unless both totals are exact and begin on the same day.
    """
    if indicator.kind is not Kind.CUMULATIVE:
        return None
    own = _exact(now)
    if length(now.observation.period) == 0:
        return own
    before = compared(now, facts, indicator, Against.PREVIOUS)
    return None if before is None else before.difference


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """A figure of several, with how many of them there are: 27 of 29.

    value      None where not one of them can be added
    numerator  of a rate the sum of the numerators, like denominator; None for all else
    unusable   how many were reported and cannot be added: no exact figures, rates without their parts
    """

    value: Decimal | None
    counted: int
    expected: int
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    unusable: int = 0

    @property
    def reported(self) -> int:
        """How many are in, those too that cannot be added."""
        return self.counted + self.unusable

    @property
    def complete(self) -> bool:
        """Whether it is the total, and not only that of what was reported."""
        return self.counted == self.expected


def over_regions(facts: Iterable[Fact], indicator: Indicator, regions: Sequence[str]) -> Total:
    """One period's figures of these regions together: sums, of a rate Σ numerator / Σ denominator."""
    known = {fact.observation.region: fact for fact in facts}
    return _told([known[region] for region in regions if region in known], indicator, len(regions))


def year_to_date(facts: Iterable[Fact], indicator: Indicator, region: str, *, to: date) -> Total | None:
    """January to the month that ends on that day: a flow's sum, a rate's Σ/Σ; None for other kinds and other days."""
    if indicator.kind not in {Kind.FLOW, Kind.RATIO} or to != last_day(to.year, to.month):
        return None
    months = {Period(date(to.year, month, 1), last_day(to.year, month)) for month in range(1, to.month + 1)}
    own = [fact for fact in facts if fact.observation.region == region and fact.observation.period in months]
    return _told(own, indicator, len(months))


def _told(facts: Sequence[Fact], indicator: Indicator, expected: int) -> Total:
    found = _together(facts, indicator, expected)
    return replace(found, unusable=sum(is_reported(fact.observation) for fact in facts) - found.counted)


def _together(facts: Sequence[Fact], indicator: Indicator, expected: int) -> Total:
    if indicator.kind is Kind.RATIO:
        return _rate(facts, expected)
    known = [number for fact in facts if (number := _exact(fact)) is not None]
    return Total(value=sum(known, Decimal(0)) if known else None, counted=len(known), expected=expected)


def _rate(facts: Sequence[Fact], expected: int) -> Total:
    """A rate alone, without its parts, cannot be added to another; None for parts of nothing."""
    parts = [
        (fact.observation.numerator, fact.observation.denominator)
        for fact in facts
        if fact.observation.numerator is not None and fact.observation.denominator is not None
    ]
    if not parts:
        return Total(value=None, counted=0, expected=expected)
    top = sum((one for one, _ in parts), Decimal(0))
    bottom = sum((other for _, other in parts), Decimal(0))
    return Total(value=ratio(top, bottom), counted=len(parts), expected=expected, numerator=top, denominator=bottom)
