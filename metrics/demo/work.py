"""Invented reports on work to be done: begun, planned until a day, and done in time, late, overdue or not heard of again."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from metrics.model import Indicator, State
from metrics.period import Period, last_day

GRADES = ("达标", "达标", "达标", "未达标")


class Course(StrEnum):
    """How a piece of work goes."""

    DONE = "done"
    AHEAD = "ahead"
    STANDING = "standing"
    OVERDUE = "overdue"
    SILENT = "silent"


_USUAL = (Course.DONE, Course.AHEAD, Course.DONE, Course.STANDING, Course.AHEAD, Course.DONE, Course.AHEAD, Course.DONE)
COURSES = (*_USUAL, Course.OVERDUE, *_USUAL, Course.AHEAD, *_USUAL, Course.SILENT)


@dataclass(frozen=True, slots=True)
class Report:
    """What is said of the work at the end of a month."""

    state: State
    planned: date | None = None
    actual: date | None = None


def course(number: int) -> Course:
    """The course of the work with that place in the catalogue."""
    return COURSES[number % len(COURSES)]


def reports(
    indicator: Indicator, going: Course, months: tuple[Period, ...], chance: random.Random
) -> dict[int, Report]:
    """The reports on one piece of work, by the number of the month."""
    if indicator.recurrence:
        return dict(_returning(indicator, months))
    if going is Course.STANDING:
        return {at: Report(State.STANDING) for at in range(len(months))}
    due = _due(going, len(months), chance)
    planned = _day(months, due, chance)
    begun, last = max(0, min(due, len(months)) - chance.randint(6, 12)), len(months) - 1
    if going is Course.SILENT:
        last = due - 2
    done = min(last, due + chance.choice((-1, 0, 0, 1))) if going is Course.DONE else len(months)
    told = {at: Report(_state(at, begun, min(due, done)), planned) for at in range(min(last + 1, done))}
    if going is Course.DONE:
        finished = Report(State.DONE, planned, _in_month(months[done], chance))
        told |= dict.fromkeys(range(done, len(months)), finished)
    return told


def _due(going: Course, length: int, chance: random.Random) -> int:
    """The number of the month in which it is planned to be done; one after the last lies ahead."""
    match going:
        case Course.AHEAD:
            return length + chance.randint(1, 6)
        case Course.OVERDUE:
            return length - chance.randint(2, 4)
        case Course.SILENT:
            return length - chance.randint(1, 2)
    return chance.randint(length // 2, length - 3)


def _day(months: tuple[Period, ...], number: int, chance: random.Random) -> date:
    last = months[-1].end
    month = last.year * 12 + last.month - 1 + number - (len(months) - 1)
    end = last_day(month // 12, month % 12 + 1)
    return end.replace(day=chance.choice((15, 20, end.day)))


def _in_month(month: Period, chance: random.Random) -> date:
    return month.end.replace(day=chance.randint(5, 25))


def _state(at: int, begun: int, due: int) -> State:
    if at <= begun:
        return State.NOT_STARTED
    if at == begun + 1:
        return State.PLANNED
    return State.MOSTLY_DONE if at >= due - 1 else State.ONGOING


def _returning(indicator: Indicator, months: tuple[Period, ...]) -> Iterator[tuple[int, Report]]:
    assert indicator.recurrence is not None
    by = indicator.recurrence.by
    for at, month in enumerate(months):
        if indicator.recurrence.every == "month" or month.end.month == int((by or "12-31")[:2]):
            yield at, Report(State.DONE)
