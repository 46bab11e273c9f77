"""Who has reported for a month and who has not: the 街镇, and the departments for what the district reports itself."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from metrics.catalogue import Catalogue
from metrics.model import Frequency, Indicator
from metrics.period import Period, chinese, due

EVERY = {Frequency.MONTHLY: 1, Frequency.QUARTERLY: 3, Frequency.HALF_YEARLY: 6, Frequency.YEARLY: 12}


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """What one 街镇 or department owes for the month: how many figures, and the names of those that are not in."""

    who: str
    region: str | None
    owed: int
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporting:
    """How complete a month is.

    due_on     the last day on which something of it is due, None when the catalogue sets no day
    days_late  days since then, 0 while it has not passed
    lacking    who lacks something, those who lack most first
    """

    month: str
    owed: int
    reported: int
    due_on: date | None
    days_late: int
    lacking: tuple[Duty, ...]

    @property
    def streets(self) -> tuple[Duty, ...]:
        """The 街镇 that lack something."""
        return tuple(one for one in self.lacking if one.region)

    @property
    def departments(self) -> tuple[Duty, ...]:
        """The departments that lack something."""
        return tuple(one for one in self.lacking if not one.region)


def reporting(
    catalogue: Catalogue, reported: Collection[tuple[str, str]], end: date, *, today: date
) -> Reporting | None:
    """Who owes what for the month that ends on that day; None when the catalogue lays no reporting down.

    reported  indicator and region of what is in for that month
    """
    owed = [one for one in catalogue.indicators.values() if not one.derived and _is_owed(one, end)]
    if not owed:
        return None
    duties = [*_streets(catalogue, owed, reported), *_departments(catalogue, owed, reported)]
    days = [due(end, one.due_day) for one in owed if one.due_day is not None]
    due_on = max(days, default=None)
    total = sum(duty.owed for duty in duties)
    return Reporting(
        month=chinese(Period(end.replace(day=1), end)), owed=total, due_on=due_on,
        reported=total - sum(len(duty.missing) for duty in duties),
        days_late=max(0, (today - due_on).days) if due_on else 0,
        lacking=tuple(sorted((one for one in duties if one.missing), key=lambda one: -len(one.missing))),
    )  # fmt: skip


def _is_owed(indicator: Indicator, end: date) -> bool:
    return indicator.frequency is not None and end.month % EVERY[indicator.frequency] == 0


def _streets(
    catalogue: Catalogue, owed: Collection[Indicator], reported: Collection[tuple[str, str]]
) -> Iterator[Duty]:
    for region in catalogue.regions:
        own = [one for one in owed if region.code in catalogue.reporters(one)]
        missing = tuple(one.name for one in own if (one.code, region.code) not in reported)
        if own:
            yield Duty(who=region.name, region=region.code, owed=len(own), missing=missing)


def _departments(
    catalogue: Catalogue, owed: Collection[Indicator], reported: Collection[tuple[str, str]]
) -> Iterator[Duty]:
    own = [one for one in owed if one.reported_by == "district"]
    for name in dict.fromkeys(catalogue.department_name(one) for one in own):
        listed = [one for one in own if catalogue.department_name(one) == name]
        missing = tuple(one.name for one in listed if (one.code, catalogue.total) not in reported)
        yield Duty(who=name, region=None, owed=len(listed), missing=missing)
