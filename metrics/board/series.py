"""Facts -> the series of one region, with a gap wherever a period is missing. A gap is never a zero."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import groupby, pairwise

from metrics.board import assess, words
from metrics.board.derive import value
from metrics.board.projection import NOTHING as NO_OUTLOOK
from metrics.board.projection import Outlook, outlook
from metrics.board.query import Fact, Facts
from metrics.board.significance import NOTHING, Significance, significance
from metrics.model import Change, Indicator, Kind, PeriodType, Polarity, Target, TargetForm, alike
from metrics.number import Qualifier
from metrics.period import Period, chinese, last_day, length, month_end, months_between

MONTHS = {PeriodType.MONTH: 1, PeriodType.QUARTER: 3, PeriodType.HALF: 6, PeriodType.YEAR: 12}
DRAWN = {Qualifier.EXACT, Qualifier.APPROX}
SPARK = 13
FEWEST_FOR_RHYTHM = 3  # periods of which the smallest distance is taken for the usual one


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One period of a series: its end, the figure and how it is printed.

    value  None is a gap in the line
    exact  the figure itself; None where it is missing or not exact
    bound  where a bound stands (80 for 超80%), drawn apart from the line; upward when the truth is above it
    """

    day: date
    value: float | None
    printed: str
    period: str
    bound: float | None = None
    upward: bool = False
    exact: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A target over the periods that are judged by it, from the end of the period before them to the end of the last.

    since  None where the series begins with them; until None where it ends with them
    """

    value: float
    printed: str
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a chart over time draws: the points, the targets' levels, and the schedule of a deliverable target.

    goals     the levels of the targets, oldest first
    judged    limits, signals and what they say
    changes   marked on the chart: those after its first period and not beyond its end
    outlook   the range by the due date of a deliverable target, and what it comes to
    minimum   of the indicator, like maximum: a limit beyond it is not drawn
    left_out  periods that have another length than the last one, as 2022年 beside months; they are not drawn
    """

    kind: Kind
    unit: str
    points: tuple[Point, ...]
    polarity: Polarity = Polarity.NONE
    goals: tuple[Goal, ...] = ()
    schedule: tuple[tuple[date, float], ...] = ()
    judged: Significance = NOTHING
    changes: tuple[Change, ...] = ()
    outlook: Outlook = NO_OUTLOOK
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    left_out: tuple[str, ...] = ()

    @property
    def note(self) -> str:
        """What stands under the heading of the chart."""
        count = len(self.left_out)
        others = f"{self.left_out[0]}等{count}期" if count > 1 else "".join(self.left_out)
        return (
            f"单位：{self.unit}{self._reach}；出处见“来源”；缺报处断开"
            + (f"；{others}时段长短不同，不画在一条线上" if others else "")
            + self._legend
        )

    @property
    def _reach(self) -> str:
        """The first and the last period drawn; of spans and running totals the month in which they end."""
        ends = [self.points[0], self.points[-1]] if self.points else []
        named = [
            f"{p.day.year}年{p.day.month}月" if "至" in p.period or self.kind is Kind.CUMULATIVE else p.period
            for p in ends
        ]
        return f"；{'至'.join(dict.fromkeys(named))}" if named else ""

    @property
    def _legend(self) -> str:
        """What the lines, signs and areas beside the figures are; "" where there are none."""
        levels = self.judged.levels
        limited, medians = any(level.limits for level in levels), any(level.median is not None for level in levels)
        said = {
            "灰线为均值和正常波动上下限，异常变化：●趋好 ◆需关注 ■不分好坏": limited,
            "短灰线为中位数" if limited else "灰线为中位数": medians,
            "竖线为口径或做法的变更": bool(self.changes),
            "斜线区为推算的范围，不是数据": bool(self.outlook.path),
        }
        return "".join(f"；{words}" for words, drawn in said.items() if drawn)


def points(indicator: Indicator, facts: Sequence[Fact], region: str) -> list[Point]:
    """The series of one region, oldest first: periods like the last one.

    A bound, a missing figure and a period never reported are gaps; so is the step from one running total to the next.
    """
    return _points(indicator, _parted(indicator, facts, region)[0])


def line(indicator: Indicator, facts: Sequence[Fact], region: str) -> Line:
    """The series of one region with the targets that its periods are judged by."""
    drawn, left_out = _parted(indicator, facts, region)
    listed = _points(indicator, drawn)
    target = assess.target_of(drawn[-1].observation, indicator) if drawn else None
    starts = _starts(listed, indicator)
    ahead = _outlook(listed, drawn, indicator, target, starts)
    return Line(
        kind=indicator.kind,
        unit=indicator.unit,
        polarity=indicator.polarity,
        points=tuple(listed),
        goals=tuple(_goals(drawn, indicator)),
        judged=significance(
            [point.exact for point in listed], _as_they_come(indicator, drawn), _standing(target), starts
        ),
        changes=tuple(_marked(listed, indicator, ahead)),
        outlook=ahead,
        schedule=tuple((day, float(figure)) for day, figure in assess.schedule(target)) if target else (),
        minimum=indicator.minimum,
        maximum=indicator.maximum,
        left_out=tuple(chinese(fact.observation.period) for fact in left_out),
    )


def _goals(drawn: Sequence[Fact], indicator: Indicator) -> Iterator[Goal]:
    since = None
    for target, judged in groupby(drawn, key=lambda fact: assess.target_of(fact.observation, indicator)):
        last = list(judged)[-1]
        until = None if last is drawn[-1] else last.observation.period.end
        if target:
            yield Goal(
                value=float(target.value), printed=words.amount(target.value, indicator), since=since, until=until
            )
        since = until


def _standing(target: Target | None) -> Decimal | None:
    """What is asked of every period; a figure owed by a day says nothing of whether the periods before reach it."""
    return target.value if target and target.form is TargetForm.STANDING else None


def _starts(listed: Sequence[Point], indicator: Indicator) -> list[tuple[int, str]]:
    """Where a change begins a new part: at the first period that ends on or after its day; since when, in words."""
    found: dict[int, str] = {}
    for change in indicator.changes:
        at = next((at for at, point in enumerate(listed) if point.day >= change.on), 0)
        if change.rebase and at:
            found[at] = f"自{_since(change.on)}{change.what}以来"
    return list(found.items())


def _since(day: date) -> str:
    """2026年3月 for its first day, else the day in full."""
    return f"{day.year}年{day.month}月" if day.day == 1 else chinese(Period(day, day))


def _outlook(
    listed: Sequence[Point],
    drawn: Sequence[Fact],
    indicator: Indicator,
    target: Target | None,
    starts: Sequence[tuple[int, str]],
) -> Outlook:
    """Where the last part of the series leads; a running total since 1 January begins anew with the year."""
    first, since = starts[-1] if starts else (0, "")
    last = drawn[-1].observation.period if drawn else None
    yearly = indicator.kind is Kind.CUMULATIVE and last is not None and last.start == date(last.end.year, 1, 1)
    return outlook(
        [(point.day, point.exact) for point in listed[first:]], indicator, target, since=since, yearly=yearly
    )


def _marked(listed: Sequence[Point], indicator: Indicator, ahead: Outlook) -> Iterator[Change]:
    ends = [point.day for point in listed] + [day for day, *_ in ahead.path]
    return (change for change in indicator.changes if ends and ends[0] < change.on <= ends[-1])


def _parted(indicator: Indicator, facts: Sequence[Fact], region: str) -> tuple[list[Fact], list[Fact]]:
    """The facts of one region, oldest first: those that stand on one line with the last, and the others.

    A month and a year do not; levels and running totals do, whatever their period.
    """
    own = sorted((f for f in facts if f.observation.region == region), key=lambda f: f.observation.period.end)
    drawn: list[Fact] = []
    left_out: list[Fact] = []
    for fact in own:
        like = indicator.kind not in {Kind.FLOW, Kind.RATIO} or alike(
            fact.observation.period, own[-1].observation.period, indicator.kind
        )
        (drawn if like else left_out).append(fact)
    return drawn, left_out


def _points(indicator: Indicator, facts: Sequence[Fact]) -> list[Point]:
    months = _rhythm(indicator, facts)
    gaps = [gap for before, after in pairwise(facts) for gap in _gap(before, after, indicator, months)]
    return sorted([*(_point(fact, indicator) for fact in facts), *gaps], key=lambda point: point.day)


def lines(indicators: Iterable[Indicator], facts: Facts, region: str) -> dict[str, Line]:
    """The line of each indicator by code."""
    return {one.code: line(one, facts.get(one.code, ()), region) for one in indicators}


def _point(fact: Fact, indicator: Indicator) -> Point:
    found, qualifier = value(fact.observation), fact.observation.qualifier
    number = None if found is None else float(found)
    return Point(
        day=fact.observation.period.end,
        value=number if qualifier in DRAWN else None,
        bound=number if qualifier not in DRAWN else None,
        upward=qualifier in {Qualifier.GT, Qualifier.GE},
        printed=words.with_unit(fact.observation, indicator),
        period=chinese(fact.observation.period),
        exact=found if qualifier is Qualifier.EXACT else None,
    )


def _rhythm(indicator: Indicator, facts: Sequence[Fact]) -> int | None:
    """Months from one period to the next: as the catalogue says or, where months are reported more often, as they come."""
    declared = _declared(indicator, facts)
    ends = sorted({fact.observation.period.end for fact in facts})
    if len(ends) < FEWEST_FOR_RHYTHM or any(end != last_day(end.year, end.month) for end in ends):
        return declared
    apart = [months_between(one, other) for one, other in pairwise(ends)]
    return min([*apart, *([declared] if declared else [])])


def _declared(indicator: Indicator, facts: Sequence[Fact]) -> int | None:
    """Months of a period as the catalogue says; figures of longer periods, as quarters, miss no month between them."""
    declared = MONTHS.get(indicator.period_type)
    long = length(facts[-1].observation.period) if facts and indicator.kind in {Kind.FLOW, Kind.RATIO} else None
    return declared if declared is None or long is None else max(declared, long + 1)


def _as_they_come(indicator: Indicator, facts: Sequence[Fact]) -> Indicator:
    """The indicator with the period in which its figures come, for the words of a run; as it is where that is none of them."""
    months = _rhythm(indicator, facts)
    found = next((one for one, of_it in MONTHS.items() if of_it == months), indicator.period_type)
    return replace(indicator, period_type=found)


def _gap(before: Fact, after: Fact, indicator: Indicator, months: int | None) -> Iterator[Point]:
    """One gap for every period that should stand between two, when there is a rhythm."""
    one, other = before.observation.period, after.observation.period
    if indicator.kind is Kind.CUMULATIVE and not alike(one, other, indicator.kind):
        yield Point(day=one.end, value=None, printed="—", period=chinese(one))
    elif months is not None:
        for step in range(1, months_between(one.end, other.end) // months):
            day = month_end(one.end, step * months)
            yield Point(day=day, value=None, printed="—", period=f"{day.year}年{day.month}月")


def spark(indicator: Indicator, listed: Sequence[Point]) -> tuple[float | None, ...]:
    """Heights of the last periods from 0 to 100, None for a gap; () with fewer than two figures or one below zero."""
    last = listed[-SPARK:]
    known = [point.value for point in last if point.value is not None]
    if len(known) < 2 or min(known) < 0 or indicator.kind in {Kind.MILESTONE, Kind.GRADE}:  # noqa: PLR2004
        return ()
    top = max(known) or 1.0
    return tuple(None if point.value is None else 100 * point.value / top for point in last)
