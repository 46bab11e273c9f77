"""时间回看: the day or release after which nothing is known, as an address says it, and in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from metrics.board.query import end_of_day
from metrics.model import Release
from metrics.period import SHANGHAI, Period, chinese


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What was known at a moment.

    text    as it stands in the address: 2023-11-05, or r3 for right after release 3
    before  the first moment that does not belong to it; day is its day in Beijing
    said    in words
    """

    text: str
    before: datetime
    day: date
    said: str


def read(text: str, releases: Sequence[Release]) -> Known | None:
    """What an address asks for; None for what is neither a day nor the number of a release that is there."""
    if text.startswith("r"):
        release = next((one for one in releases if text == f"r{one.release_id}"), None)
        return _after(release) if release else None
    asked = day(text)
    return _on(asked) if asked else None


def day(text: str) -> date | None:
    """The day that an address names, None for anything but YYYY-MM-DD."""
    try:
        named = date.fromisoformat(text)
    except ValueError:
        return None
    return named if text == named.isoformat() else None


def days(releases: Sequence[Release]) -> list[date]:
    """The days in Beijing on which something became known, oldest first."""
    return sorted({_day(one) for one in releases})


def between(releases: Sequence[Release], first: date, second: date) -> list[Release]:
    """The releases that became known after the first day and not after the second."""
    return [one for one in releases if first < _day(one) <= second]


def _day(release: Release) -> date:
    return release.known_from.astimezone(SHANGHAI).date()


def _on(day: date) -> Known:
    return Known(text=day.isoformat(), before=end_of_day(day), day=day, said=f"{chinese(Period(day, day))}当天结束时")


def _after(release: Release) -> Known:
    at = release.known_from
    return Known(
        text=f"r{release.release_id}", before=at + timedelta(microseconds=1), day=_day(release),
        said=f"版本{release.release_id}公布或入库时（{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}）",
    )  # fmt: skip
