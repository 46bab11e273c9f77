"""Facts -> status. What 滞后, 未达标 or 无法判定 means stands here and nowhere else."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from metrics.board.derive import value
from metrics.board.query import Fact
from metrics.model import Indicator, Kind, Observation, Polarity, State, Status, Target, TargetForm, Thresholds
from metrics.number import Qualifier, display, half_up
from metrics.period import Period

OPEN_BELOW = {Qualifier.GT}
OPEN_ABOVE = {Qualifier.LT}
FINISHED = {State.DONE}
GRADES = {"达标": Status.MET, "未达标": Status.MISSED}  # a grade that names its own standard


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Where the true value lies; None where nothing limits it. Open ends do not belong to it."""

    lower: Decimal | None
    upper: Decimal | None
    lower_open: bool = False
    upper_open: bool = False


def interval(observation: Observation, indicator: Indicator) -> Interval | None:
    """The values that the figure can truly have, capped by the indicator's own bounds; None without a figure.

    An exact figure is judged as it is printed: rounded once, to the indicator's decimals.
    """
    exact = value(observation)
    if observation.qualifier is Qualifier.EXACT:
        if exact is None:
            return None
        printed = Decimal(display(exact, indicator.decimals, whole=indicator.maximum).replace(",", ""))
        return Interval(lower=printed, upper=printed)
    if observation.lower is None and observation.upper is None:
        return None
    return Interval(
        lower=max((end for end in (observation.lower, indicator.minimum) if end is not None), default=None),
        upper=min((end for end in (observation.upper, indicator.maximum) if end is not None), default=None),
        lower_open=observation.qualifier in OPEN_BELOW,
        upper_open=observation.qualifier in OPEN_ABOVE,
    )


def target_on(indicator: Indicator, day: date) -> Target | None:
    """The target in force on that day; the one that came into force last where several are."""
    valid = [
        target
        for target in indicator.targets
        if (target.valid_from is None or target.valid_from <= day)
        and (target.valid_to is None or day <= target.valid_to)
    ]
    return max(valid, key=lambda target: target.valid_from or date.min, default=None)


def target_of(observation: Observation, indicator: Indicator) -> Target | None:
    """The target that the figure is judged by; a running total begun anew after the due date is not the one that was owed."""
    found, start = target_on(indicator, observation.period.end), observation.period.start
    anew = indicator.kind is Kind.CUMULATIVE and found and found.due and start and start > found.due
    return None if anew else found


def for_street(indicator: Indicator) -> Indicator:
    """The indicator as one 街镇 is judged by it: with the standing targets of a rate alone.

    What is owed as a number or by a day is the district's; nobody has laid down each one's share of it.
    """
    shared = (target for target in indicator.targets if target.form is TargetForm.STANDING)
    return replace(indicator, targets=tuple(shared) if indicator.kind is Kind.RATIO else ())


def status(fact: Fact | None, indicator: Indicator, thresholds: Thresholds) -> Status:
    """What the board says of a figure, judged on the last day of its period."""
    if fact is None:
        return Status.NO_DATA
    if indicator.kind is Kind.GRADE:
        grade = fact.observation.state
        return GRADES.get(grade, Status.NO_TARGET) if grade else Status.NO_DATA
    found = interval(fact.observation, indicator)
    if found is None:
        return Status.NO_DATA
    target = target_of(fact.observation, indicator)
    if target is None:
        return Status.NO_TARGET
    if target.form is TargetForm.STANDING:
        return _standing(found, target.value, indicator.polarity)
    return _deliverable(found, target, indicator, fact.observation.period.end, thresholds)


def _standing(found: Interval, wanted: Decimal, polarity: Polarity) -> Status:
    if polarity is Polarity.DOWN:
        found = Interval(
            lower=None if found.upper is None else -found.upper,
            upper=None if found.lower is None else -found.lower,
            upper_open=found.lower_open,
        )
        wanted = -wanted
    if found.lower is not None and found.lower >= wanted:
        return Status.MET
    below = found.upper is not None and (found.upper < wanted or (found.upper == wanted and found.upper_open))
    return Status.MISSED if below else Status.UNDECIDED


def _deliverable(found: Interval, target: Target, indicator: Indicator, day: date, thresholds: Thresholds) -> Status:
    assert target.due is not None
    assert target.baseline is not None
    reached = _standing(found, target.value, indicator.polarity)
    if reached is Status.MET or day > target.due:
        return reached
    way = target.value - target.baseline
    if way == 0:
        return Status.UNDECIDED
    worst, best = (found.lower, found.upper) if way > 0 else (found.upper, found.lower)
    at_worst = Status.FAR_BEHIND if worst is None else _against_schedule(worst, target, day, thresholds)
    at_best = Status.ON_SCHEDULE if best is None else _against_schedule(best, target, day, thresholds)
    return at_worst if at_worst is at_best else Status.UNDECIDED


def _against_schedule(reached: Decimal, target: Target, day: date, thresholds: Thresholds) -> Status:
    behind = _behind(reached, target, day)
    if behind < thresholds.behind:
        return Status.ON_SCHEDULE
    return Status.BEHIND if behind <= thresholds.far_behind else Status.FAR_BEHIND


def _behind(reached: Decimal, target: Target, day: date) -> Decimal:
    """Percentage points by which the share of the way gone is less than the share due; below 0 when ahead."""
    assert target.baseline is not None
    way = target.value - target.baseline
    # to 12 decimals, so that 1/3 - 1/3 is 0 and a gap of just 10 is 10
    return half_up(_share_due(target, day, way) - 100 * (reached - target.baseline) / way, 12)


def _share_due(target: Target, day: date, way: Decimal) -> Decimal:
    """Percent of the way that the schedule asks for by that day: the monthly plan, or else linear in days."""
    assert target.due is not None
    assert target.baseline is not None
    planned = {Period.parse(month).end: figure for month, figure in target.plan.items()}
    reached = [end for end in planned if end <= day]
    if planned:
        return 100 * (planned[max(reached)] - target.baseline) / way if reached else Decimal(0)
    start = target.baseline_date or target.valid_from or day
    total = (target.due - start).days
    return Decimal(100) if total <= 0 else Decimal(100) * max(0, min(total, (day - start).days)) / total


def schedule(target: Target) -> list[tuple[date, Decimal]]:
    """The way a deliverable target asks for, day and figure, baseline first; [] for a standing one."""
    start = target.baseline_date or target.valid_from
    if target.form is TargetForm.STANDING or target.due is None or target.baseline is None or start is None:
        return []
    planned = sorted((Period.parse(month).end, figure) for month, figure in target.plan.items())
    return [(start, target.baseline), *planned, *([] if planned else [(target.due, target.value)])]


def due_after(fact: Fact, indicator: Indicator) -> date | None:
    """The day by which a milestone is next owed or expected, counted from its last report; None when nothing says.

    A yearly duty reported as done is owed again a year later.
    """
    observation = fact.observation
    awaited = observation.planned or observation.expected
    if awaited:
        return awaited.end
    by = indicator.recurrence.by if indicator.recurrence else None
    if by is None:
        return None
    reported = observation.period.end
    month, day = (int(part) for part in by.split("-"))
    passed = _day_of(reported.year, month, day) < reported
    done = observation.state in FINISHED
    return _day_of(reported.year + passed + done, month, day)


def _day_of(year: int, month: int, day: int) -> date:
    """That day of the year; 29 February is the last of the month in a year without one."""
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def milestone_status(fact: Fact, indicator: Indicator, *, today: date) -> Status | None:
    """逾期 only when a report after the planned day says it is not done; with no such report 已到期，未报进展; else None.

    An expected day is no deadline: a later report that the work goes on is not 逾期. A yearly duty that is done is due
    again the year after.
    """
    due = due_after(fact, indicator)
    if due is None or (fact.observation.state in FINISHED and not indicator.recurrence):
        return None
    if fact.observation.period.end > due:
        return Status.OVERDUE if fact.observation.planned else None
    return Status.DUE_UNREPORTED if today > due else None


def shortfall(fact: Fact, indicator: Indicator) -> Decimal | None:
    """How far an exact figure is from its target, in the indicator's unit (percentage points for a rate), above 0."""
    found = _exact_against_target(fact, indicator)
    return abs(found[1].value - found[0]) if found else None


def lag(fact: Fact, indicator: Indicator) -> Decimal | None:
    """Percentage points by which an exact figure is behind the schedule of its target, 0 when it is not.

    None for a standing target, and once the due date is past.
    """
    found = _exact_against_target(fact, indicator)
    if found is None:
        return None
    (reached, target), day = found, fact.observation.period.end
    if target.due is None or day > target.due or target.value == target.baseline:
        return None
    return max(Decimal(0), _behind(reached, target, day))


def _exact_against_target(fact: Fact, indicator: Indicator) -> tuple[Decimal, Target] | None:
    """An exact figure as it is printed, and the target that it is judged by; None where there is not both."""
    target = target_of(fact.observation, indicator)
    found = interval(fact.observation, indicator)
    if target is None or found is None or found.lower is None or found.lower != found.upper:
        return None
    return found.lower, target


def latest(facts: tuple[Fact, ...], region: str) -> Fact | None:
    """The fact of the last period for that region."""
    return max(
        (f for f in facts if f.observation.region == region), key=lambda f: f.observation.period.end, default=None
    )


def figures(indicators: tuple[Indicator, ...]) -> Iterator[Indicator]:
    """The indicators that have a figure or a grade."""
    return (indicator for indicator in indicators if indicator.kind is not Kind.MILESTONE)


def milestones(indicators: tuple[Indicator, ...]) -> Iterator[Indicator]:
    """The indicators that are work to be done."""
    return (indicator for indicator in indicators if indicator.kind is Kind.MILESTONE)
