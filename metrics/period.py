"""Periods: SDMX text, Chinese wording, and the first and last day that both stand for."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from typing import Self
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")  # a day begins and ends where the commission sits
OPEN = ".."
_STANDARD = re.compile(r"(\d{4})(?:-(?:S([12])|Q([1-4])|(\d{2})(?:-(\d{2}))?))?")
_CHINESE_DAY = re.compile(r"(?:(\d{4})年|(去年|今年))?(?:(\d{1,2})月)?(?:(\d{1,2})日)?(?:年?底)?")
_QUARTERS = ("一季度", "二季度", "三季度", "四季度")


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """The days from `start` to `end`, both included.

    start   None when the text does not say since when (a running total of unknown start)
    """

    start: date | None
    end: date

    def __post_init__(self) -> None:
        if self.start is not None and self.start > self.end:
            raise ValueError(f"period ends before it starts: {self.start} > {self.end}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `2023`, `2023-S1`, `2023-Q1`, `2023-05`, `2023-05-21`, `A/B` or `../B`; else ValueError."""
        first, slash, last = text.partition("/")
        if not slash:
            return cls(*_standard(text))
        start = None if first == OPEN else _standard(first)[0]
        return cls(start, _standard(last)[1])

    def __str__(self) -> str:
        """The shortest SDMX text for these days; `Period.parse` reads it back."""
        return _shortest(self.start, self.end) or f"{self.start or OPEN}/{self.end}"


def _standard(text: str) -> tuple[date, date]:
    match = _STANDARD.fullmatch(text)
    if match is None:
        raise ValueError(f"not a period: {text!r} (2023, 2023-S1, 2023-Q1, 2023-05, 2023-05-21 or A/B)")
    year, half, quarter, month, day = (int(part) if part else None for part in match.groups())
    assert year is not None
    try:
        return _days(year, half, quarter, month, day)
    except ValueError as error:
        raise ValueError(f"not a period: {text!r} ({error})") from None


def _days(year: int, half: int | None, quarter: int | None, month: int | None, day: int | None) -> tuple[date, date]:
    if day is not None:
        return date(year, month or 1, day), date(year, month or 1, day)
    if half:
        return _months(year, 6 * half - 5, 6 * half)
    if quarter:
        return _months(year, 3 * quarter - 2, 3 * quarter)
    return _months(year, month if month is not None else 1, month if month is not None else 12)


def _months(year: int, first: int, last: int) -> tuple[date, date]:
    start = date(year, first, 1)
    return start, date(year, last, calendar.monthrange(year, last)[1])


def _shortest(start: date | None, end: date) -> str | None:
    if start is None:
        return None
    year = end.year
    named = [
        (f"{year}", _months(year, 1, 12)),
        (f"{year}-S{(end.month + 5) // 6}", _months(year, 1 if end.month < 7 else 7, 6 if end.month < 7 else 12)),  # noqa: PLR2004
        (f"{year}-Q{(end.month + 2) // 3}", _months(year, 3 * ((end.month - 1) // 3) + 1, 3 * ((end.month + 2) // 3))),
        (f"{year}-{end.month:02}", _months(year, end.month, end.month)),
        (str(end), (end, end)),
    ]
    return next((text for text, days in named if days == (start, end)), None)


def chinese(period: Period) -> str:
    """The period as a Chinese reader writes it: 2023年, 2023年一季度, 2023年4月18日至5月21日."""
    if period.start is None:
        return f"截至{_day(period.end)}"
    return _range(period.start, period.end) if "/" in str(period) else _named(str(period))


def _named(text: str) -> str:
    year, _, part = text.partition("-")
    if part.startswith("Q"):
        return f"{year}年{_QUARTERS[int(part[1]) - 1]}"
    if part.startswith("S"):
        return f"{year}年{'上' if part == 'S1' else '下'}半年"
    return f"{year}年" + "".join(
        f"{int(number)}{word}" for number, word in zip(part.split("-"), "月日", strict=False) if number
    )


def _range(start: date, end: date) -> str:
    same_year = start.year == end.year
    if start.day == 1 and end.day == calendar.monthrange(end.year, end.month)[1]:
        return f"{start.year}年{start.month}月至{'' if same_year else f'{end.year}年'}{end.month}月"
    return f"{_day(start)}至{_day(end, year=not same_year)}"


def _day(day: date, *, year: bool = True) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if year else f"{day.month}月{day.day}日"


def read_chinese(text: str, *, year: int) -> Period:
    """Read a date as a notice writes it (去年9月底, 4月18日以来, 一季度); `year` is the one it is written in.

    A day without a year is of `year`. Raises ValueError when nothing of a date is recognised.
    """
    bare = re.sub(r"^(截至|截止)|(以来|前|期间)$", "", text.strip())
    if "至" in bare:
        first, _, last = bare.partition("至")
        start = read_chinese(first, year=year)
        assert start.start is not None
        return Period(start.start, read_chinese(last, year=start.start.year).end)
    for number, quarter in enumerate(_QUARTERS, start=1):
        if bare.endswith(quarter):
            return Period.parse(f"{bare[:4] if bare[:4].isdigit() else year}-Q{number}")
    return _one_date(bare, year)


def _one_date(bare: str, year: int) -> Period:
    match = _CHINESE_DAY.fullmatch(bare)
    if match is None or not bare:
        raise ValueError(f"not a date: {bare!r}")
    named, relative, month, day = match.groups()
    of_year = int(named) if named else year - (relative == "去年")
    parts = [str(of_year)] + ([f"{int(month):02}"] if month else []) + ([f"{int(day):02}"] if day else [])
    return Period.parse("-".join(parts))
