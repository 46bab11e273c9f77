"""Periods: SDMX text, Chinese wording, and the first and last day that both stand for."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NoReturn, Self
from zoneinfo import ZoneInfo

from metrics.number import fold, quoted

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
    return date(year, first, 1), last_day(year, last)


def last_day(year: int, month: int) -> date:
    """The last day of that month."""
    return date(year, month, calendar.monthrange(year, month)[1])


def month_end(day: date, months: int) -> date:
    """The last day of the month so many months after that of `day`; before it where `months` is negative."""
    at = day.year * 12 + day.month - 1 + months
    return last_day(at // 12, at % 12 + 1)


def months_between(one: date, other: date) -> int:
    """How many months the month of `other` is after that of `one`."""
    return (other.year - one.year) * 12 + other.month - one.month


def due(end: date, day: int) -> date:
    """That day of the month after `end`; the month's last day where it has fewer."""
    last = month_end(end, 1)
    return min(last.replace(day=1) + timedelta(days=day - 1), last)


@lru_cache(maxsize=4096)  # a page says the same few hundred periods thousands of times
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


def clock(moment: datetime) -> str:
    """A moment in Beijing, to the second."""
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


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
    if start.day == 1 and end == last_day(end.year, end.month):
        return f"{start.year}年{start.month}月至{'' if same_year else f'{end.year}年'}{end.month}月"
    return f"{_day(start)}至{_day(end, year=not same_year)}"


def _day(day: date, *, year: bool = True) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if year else f"{day.month}月{day.day}日"


def length(span: Period) -> int | None:
    """Length in whole months, so that February and March are alike; else in days, below zero."""
    if span.start is None:
        return None
    months = months_between(span.start, span.end)
    whole = span.start.day == 1 and (span.end + timedelta(days=1)).day == 1
    return months if whole else -(span.end - span.start).days - 1


def read_chinese(text: str, *, year: int) -> Period:
    """Read a date as a notice writes it (去年9月底, 4月18日以来, 一季度); `year` is the one it is written in.

    A day without a year is of `year`. Raises ValueError when nothing of a date is recognised.
    """
    bare = re.sub(r"^(截至|截止)|(以来|前|期间)$", "", text.strip())
    if "至" in bare:
        first, _, last = bare.partition("至")
        if "至" in last:
            raise ValueError(f"not a date: {bare!r}")
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


FIRST_YEAR, LAST_YEAR = 1990, 2100
LONGEST_TEXT = 60
SERIALS = range(36526, 73051)  # what a workbook that counts from 1900 calls the days of 2000 to 2099
SERIAL_ZERO = date(1899, 12, 30)
SERIAL_1904 = 1462  # days by which a workbook that counts from 1904 is behind


@dataclass(frozen=True, slots=True)
class Written:
    """One written period.

    cumulative  written as a range, or as 截至: the figure is a running total over it
    remark      serial, excel-display (Apr-23), excel-display-ambiguous (23-Apr, perhaps a day) or short-year (23年4月); None
                for a plain one
    day         the day, where one was written; `period` is then that day, of a serial its month
    """

    period: Period
    cumulative: bool = False
    remark: str | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """2023.1, which is January, or October without its last zero."""

    readings: tuple[Period, Period]


class NotAPeriod(ValueError):
    """A text that is no period: code of the rule, what is wrong, what to do."""

    def __init__(self, rule: str, message: str, fix: str) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message
        self.fix = fix


_TO = "[-~—至到]"
_YEAR_WORDS = {"今年": 0, "本年": 0, "去年": -1, "上年": -1}
_Y = rf"(?:(?P<year>[0-9]{{4}})年|(?P<relative>{'|'.join(_YEAR_WORDS)}))?"
_LOOSE_Y = _Y.replace("年|", "年?|", 1)
_MONTH_NAMES = {name: number for number, name in enumerate(
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1)}  # fmt: skip
_MON = (
    r"(?P<mon>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_TIME = r"(?:[ T][0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?"
_STANDARD_PART = r"[0-9]{4}(?:-(?:S[12]|Q[1-4]|[0-9]{2}(?:-[0-9]{2})?))?"
_NUMERALS = {word: number for number, word in enumerate("一二三四五六七八九十", start=1)} | {"十一": 11, "十二": 12}
_CHINESE_YEAR = re.compile(r"[〇零一二三四五六七八九]{4}(?=年)")
_CHINESE_MONTH = re.compile(r"(十[一二]?|[一二三四五六七八九])(?=月)")
_OF_YEAR = {"1": 1, "2": 2, "3": 3, "4": 4, "一": 1, "二": 2, "三": 3, "四": 4, "两": 2, "上": 1, "下": 2}


def read_written(text: str, *, year: int | None = None, epoch: int = 1900) -> Written | Ambiguous:
    """Read a period as people and workbooks write it; `NotAPeriod` when it is not sure which one is meant.

    year   the one that a text without a year (4月, 一季度) is of; None refuses it
    epoch  1900 or 1904: from which day the workbook counts its serial dates

    截至3月底 begins on 1 January; 截至3月15日 has no known start.
    """
    folded = fold(text)
    if len(folded) > LONGEST_TEXT:
        _refuse(text)
    bare = _arabic(folded)
    for pattern, read in _SHAPES:
        if match := pattern.fullmatch(bare):
            return read(match, year)
    return _serial(bare, epoch) or _refuse(text)


_END_OF_YEAR = re.compile(r"([0-9]{4})年?年[底末]")
_BEFORE = re.compile(r"(?<=[底末日])(?:之|以)?前$")


def read_date(text: str, *, due: bool = False) -> Written | Ambiguous:
    """Read the date of a piece of work: as `read_written`, and 2024年底, which says the year alone.

    due  a date that is planned may be a limit: 2024年6月底前. 2024年6月前 stays refused, for it may end in May
    """
    bare = _arabic(fold(text))
    if due:
        bare = _BEFORE.sub("", bare)
    written = read_written(_END_OF_YEAR.sub(r"\1年", bare) if _END_OF_YEAR.fullmatch(bare) else bare)
    if isinstance(written, Written) and written.remark == "short-year":  # a date has no place for a remark
        _refuse(text)
    return written


def _arabic(folded: str) -> str:
    """Without spaces (but the one before a time), numerals of years and months as digits."""
    bare = re.sub(r"(?<![0-9]) | (?![0-9]{1,2}:[0-9]{2})", "", folded)
    if bare.isascii():
        return bare
    bare = _CHINESE_YEAR.sub(
        lambda match: "".join(str("〇一二三四五六七八九".find(w.replace("零", "〇"))) for w in match[0]), bare
    )
    return _CHINESE_MONTH.sub(lambda match: str(_NUMERALS[match[0]]), bare)


def _refuse(text: str) -> NoReturn:
    raise NotAPeriod("not-a-period", f"“{quoted(text)}”不是期间。", "请写成“2023年4月”或“2023-04”，年份写四位。")


def _serial(bare: str, epoch: int) -> Written | None:
    if not re.fullmatch(r"[0-9]{5}(?:\.0+)?", bare):
        return None
    number = int(bare[:5]) + (SERIAL_1904 if epoch == 1904 else 0)  # noqa: PLR2004
    if number not in SERIALS:
        return None
    day = SERIAL_ZERO + timedelta(days=number)
    return Written(Period(*_months(day.year, day.month, day.month)), remark="serial", day=day)


def _year(match: re.Match[str], year: int | None) -> int:
    groups = match.groupdict()
    if groups.get("year"):
        return _in_calendar(match, int(groups["year"]))
    if year is None:
        message = f"“{quoted(match.string)}”缺少年份。"
        raise NotAPeriod("period-without-year", message, "请写出年份，如“2023年4月”，或在页面上选定年份。")
    return _in_calendar(match, year + _YEAR_WORDS[groups.get("relative") or "今年"])


def _end_year(match: re.Match[str], start: int) -> int:
    named = match.groupdict().get("end_year")
    return _in_calendar(match, int(named)) if named else start


def _in_calendar(match: re.Match[str], year: int) -> int:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        message = f"“{quoted(match.string)}”的年份不在{FIRST_YEAR}年至{LAST_YEAR}年之间。"
        raise NotAPeriod("period-out-of-range", message, "请核对年份。")
    return year


def _checked_month(match: re.Match[str], written: str) -> int:
    month = int(written)
    if not 1 <= month <= 12:  # noqa: PLR2004
        raise NotAPeriod("invalid-month", f"“{quoted(match.string)}”月份无效。", "月份应为1至12。")
    return month


def _checked_day(match: re.Match[str], year: int, month: str, day: str) -> date:
    number = _checked_month(match, month)
    try:
        return date(year, number, int(day))
    except ValueError:
        message = f"“{quoted(match.string)}”日期无效。"
        raise NotAPeriod("invalid-day", message, "请核对年、月、日。") from None


def _checked_range(match: re.Match[str], start: date, end: date) -> Written:
    if start > end:
        message = f"“{quoted(match.string)}”的结束早于开始。"
        raise NotAPeriod("period-reversed", message, "请把较早的写在前面；跨年请写出两个年份。")
    return Written(Period(start, end), cumulative=True)


def _one_month(year: int, month: int) -> Period:
    return Period(*_months(year, month, month))


def _month(match: re.Match[str], year: int | None) -> Written:
    month = _checked_month(match, match["month"])
    return Written(_one_month(_year(match, year), month))


def _dotted(match: re.Match[str], year: int | None) -> Written | Ambiguous:
    """2023.1 may be a 2023.10 that lost its zero as a number."""
    if match["month"] == "1":
        of_year = _year(match, year)
        return Ambiguous((_one_month(of_year, 1), _one_month(of_year, 10)))
    return _month(match, year)


def _of_day(match: re.Match[str], year: int | None) -> Written:
    of_year = _year(match, year)
    day = _checked_day(match, of_year, match["month"], match["day"])
    return Written(Period(day, day), day=day)


def _month_range(match: re.Match[str], year: int | None) -> Written:
    first, last = _checked_month(match, match["first"]), _checked_month(match, match["last"])
    start = _year(match, year)
    end = _end_year(match, start)
    return _checked_range(match, date(start, first, 1), _months(end, last, last)[1])


def _day_range(match: re.Match[str], year: int | None) -> Written:
    of_year = _year(match, year)
    end_year = _end_year(match, of_year)
    start = _checked_day(match, of_year, match["first"], match["first_day"])
    return _checked_range(
        match, start, _checked_day(match, end_year, match["last"] or match["first"], match["last_day"])
    )


def _until_month(match: re.Match[str], year: int | None) -> Written:
    of_year, month = _year(match, year), _checked_month(match, match["month"])
    return Written(Period(*_months(of_year, 1, month)), cumulative=True)


def _first_months(match: re.Match[str], year: int | None) -> Written:
    """2023年前4个月. Without a year the words may mean the four months before now."""
    of_year, count = _year(match, year), match["count"]
    last = _checked_month(match, count if count.isdecimal() else str(_NUMERALS.get(count, 2)))
    return Written(Period(*_months(of_year, 1, last)), cumulative=True)


def _until_day(match: re.Match[str], year: int | None) -> Written:
    day = _of_day(match, year).period.end
    return Written(Period(None, day), cumulative=True, day=day)


def _part(size: int) -> Callable[[re.Match[str], int | None], Written]:
    """Reads a quarter (3 months) or a half (6)."""

    def read(match: re.Match[str], year: int | None) -> Written:
        number = _OF_YEAR[match["part"]]
        of_year = _year(match, year)
        return Written(Period(*_months(of_year, size * (number - 1) + 1, size * number)))

    return read


def _quarters_so_far(match: re.Match[str], year: int | None) -> Written:
    of_year = _year(match, year)
    return Written(Period(*_months(of_year, 1, 3 * _OF_YEAR[match["part"]])), cumulative=True)


def _whole_year(match: re.Match[str], year: int | None) -> Written:
    of_year = _year(match, year)
    return Written(Period(*_months(of_year, 1, 12)))


def _displayed(remark: str) -> Callable[[re.Match[str], int | None], Written]:
    """Reads Apr-23, April 2023, 4月-23, 23-Apr: what a workbook shows for a month."""

    def read(match: re.Match[str], _: int | None) -> Written:
        groups = match.groupdict()
        number = (
            _MONTH_NAMES[groups["mon"][:3].lower()] if groups.get("mon") else _checked_month(match, groups["month"])
        )
        short = match["short"]  # 95年4月 is then in the future, and refused
        of_year = _in_calendar(match, int(short) if len(short) == 4 else 2000 + int(short))  # noqa: PLR2004
        return Written(_one_month(of_year, number), remark=remark)

    return read


def _displayed_day(match: re.Match[str], year: int | None) -> Written:
    of_year = _year(match, year)
    day = _checked_day(match, of_year, str(_MONTH_NAMES[match["mon"][:3].lower()]), match["day"])
    return Written(Period(day, day), day=day)


def _standard_range(match: re.Match[str], _: int | None) -> Written:
    for part in (match["first"], match["last"]):
        if part != OPEN:
            _in_calendar(match, int(part[:4]))
    try:
        return Written(Period.parse(f"{match['first']}/{match['last']}"), cumulative=True)
    except ValueError:
        message = f"“{quoted(match.string)}”日期无效，或结束早于开始。"
        raise NotAPeriod("period-reversed", message, "请核对起止日期。") from None


_Reader = Callable[[re.Match[str], "int | None"], "Written | Ambiguous"]
_SHAPES: tuple[tuple[re.Pattern[str], _Reader], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.ASCII), read)  # ASCII: else ſ, a letter that looks like f, is an s
    for pattern, read in (
        (r"(?P<year>[0-9]{4})[-/](?P<month>[0-9]{1,2})(?:月份?)?", _month),
        (r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?:\.0)?", _month),  # 202304.0 as programs export a column with blanks
        (rf"{_Y}(?P<month>[0-9]{{1,2}})月(?:份|底|末)?", _month),
        (r"(?P<month>[0-9]{1,2})月份?\((?P<year>[0-9]{4})年?\)", _month),
        (r"(?P<short>[0-9]{2})年(?P<month>[0-9]{1,2})月份?", _displayed("short-year")),
        (rf"{_Y}(?P<month>[0-9]{{1,2}})月(?:份|底|末)?(?:累计|\(累计\))", _until_month),
        (
            rf"(?:(?P<year>[0-9]{{4}})年|(?P<relative>{'|'.join(_YEAR_WORDS)}))前(?P<count>[0-9]{{1,2}}|[一二两三四五六七八九十]|十一)个月",
            _first_months,
        ),
        (rf"(?P<year>[0-9]{{4}})\.(?P<first>[0-9]{{1,2}}){_TO}(?P<last>[0-9]{{1,2}})月?", _month_range),
        (r"(?P<year>[0-9]{4})\.(?P<month>[0-9]{1,2})", _dotted),
        (r"(?P<year>[0-9]{4})\.(?P<month>[0-9]{1,2})月份?", _month),
        (rf"(?P<year>[0-9]{{4}})(?P<cut>[-/.])(?P<month>[0-9]{{1,2}})(?P=cut)(?P<day>[0-9]{{1,2}}){_TIME}", _of_day),
        (r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})", _of_day),
        (rf"{_Y}(?P<month>[0-9]{{1,2}})月(?P<day>[0-9]{{1,2}})日{_TIME.replace('[ T]', '[ T]?', 1)}", _of_day),
        (
            rf"(?:累计)?{_Y}(?:累计)?(?P<first>[0-9]{{1,2}})(?:月份?)?{_TO}(?:(?P<end_year>[0-9]{{4}})年)?(?P<last>[0-9]{{1,2}})"
            r"月(?:份|底|末)?(?:累计|\(累计\))?",
            _month_range,
        ),
        (
            rf"(?P<year>[0-9]{{4}})[./](?P<first>[0-9]{{1,2}}){_TO}(?P<end_year>[0-9]{{4}})[./](?P<last>[0-9]{{1,2}})",
            _month_range,
        ),
        (r"(?P<year>[0-9]{4})-(?P<first>[0-9]{1,2})[~—至到](?P<end_year>[0-9]{4})-(?P<last>[0-9]{1,2})", _month_range),
        (
            r"(?P<year>[0-9]{4})(?P<cut>[-./])(?P<first>[0-9]{1,2})(?P=cut)(?P<first_day>[0-9]{1,2})"
            rf"{_TO}(?P<end_year>[0-9]{{4}})(?P=cut)(?P<last>[0-9]{{1,2}})(?P=cut)(?P<last_day>[0-9]{{1,2}})",
            _day_range,
        ),
        (r"(?P<year>[0-9]{4})(?P<first>[0-9]{2})[-~—至到](?P<end_year>[0-9]{4})(?P<last>[0-9]{2})", _month_range),
        (
            rf"{_Y}(?P<first>[0-9]{{1,2}})月(?P<first_day>[0-9]{{1,2}})日{_TO}"
            r"(?:(?P<end_year>[0-9]{4})年)?(?:(?P<last>[0-9]{1,2})月)?(?P<last_day>[0-9]{1,2})日",
            _day_range,
        ),
        (rf"截[至止]到?{_Y}(?P<month>[0-9]{{1,2}})月(?:份|底|末|份底)?", _until_month),
        (r"截[至止]到?(?P<year>[0-9]{4})[-/](?P<month>[0-9]{1,2})", _until_month),
        (rf"截[至止]到?{_Y}(?P<month>[0-9]{{1,2}})月(?P<day>[0-9]{{1,2}})日", _until_day),
        (r"截[至止]到?(?P<year>[0-9]{4})[-/](?P<month>[0-9]{1,2})[-/](?P<day>[0-9]{1,2})", _until_day),
        (rf"{_LOOSE_Y}第?(?P<part>[1-4一二三四])季度?", _part(3)),
        (r"(?:(?P<year>[0-9]{4})[-年]?)?Q(?P<part>[1-4])", _part(3)),
        (r"Q(?P<part>[1-4])[-/]?(?P<year>[0-9]{4})", _part(3)),
        (rf"{_LOOSE_Y}前(?P<part>[二两三23])季度?", _quarters_so_far),
        (
            r"(?:(?P<year>[0-9]{4})年?|(?P<relative>今年|本年|去年|上年))?[1一]季?度?[-~—至到](?P<part>[2-4二三四])季度?",
            _quarters_so_far,
        ),
        (rf"{_LOOSE_Y}(?P<part>[上下])半年", _part(6)),
        (r"(?:(?P<year>[0-9]{4})[-年]?)?[HS](?P<part>[12])", _part(6)),
        (r"H(?P<part>[12])[-/]?(?P<year>[0-9]{4})", _part(6)),
        (r"(?P<year>[0-9]{4})(?:年度?|年?全年)?|(?P<relative>今年|本年|去年|上年)|(?:全年|本年度)", _whole_year),
        (rf"{_MON}[-,/]?'?(?P<short>[0-9]{{4}}|[0-9]{{2}})", _displayed("excel-display")),
        (r"(?P<month>[0-9]{1,2})月-(?P<short>[0-9]{2}|[0-9]{4})", _displayed("excel-display")),
        (rf"(?P<short>[0-9]{{4}})[-,/]?{_MON}", _displayed("excel-display")),
        (rf"(?P<short>[0-9]{{2}})-{_MON}", _displayed("excel-display-ambiguous")),
        (rf"(?P<day>[0-9]{{1,2}})-{_MON}-(?P<year>[0-9]{{4}})", _displayed_day),
        (rf"(?P<first>{_STANDARD_PART}|\.\.)[/~—至到](?P<last>{_STANDARD_PART})", _standard_range),
    )
)


_YEAR_IN = re.compile(
    r"(?<![0-9])(199[0-9]|20[0-9]{2}|2100)"
    r"(?=年|[-./](?:0?[1-9]|1[0-2])(?![0-9])|(?:0[1-9]|1[0-2])(?![0-9])|-?[QSH][1-4](?![0-9])|第?[一二三四1-4]季|[上下]半年)"
)
_MONTHS_IN = re.compile(
    r"(?:(?<![0-9])(0?[1-9]|1[0-2])(?:月份?)?[-~—至到])?(?<![0-9])(0?[1-9]|1[0-2])月"
    r"|(?<![0-9])(?:199[0-9]|20[0-9]{2}|2100)(?:[-./](0?[1-9]|1[0-2])|(0[1-9]|1[0-2]))(?![0-9])"
)


def year_in(text: str) -> int | None:
    """The year that a title names (海淀区2023年4月城市管理指标月报); None for none, or several."""
    years = set(_YEAR_IN.findall(_arabic(fold(text))))
    return int(years.pop()) if len(years) == 1 else None


def month_in(text: str) -> int | None:
    """The month that a title names, 1 to 12; None for none, for several, and for a range (1-4月)."""
    found = {int(month) for groups in _MONTHS_IN.findall(_arabic(fold(text))) for month in groups if month}
    return found.pop() if len(found) == 1 else None


def month_header(text: str) -> int | Period | None:
    """What a column header of one month says: its number where it has no year, else the month; None for any other."""
    bare = _arabic(fold(text))
    if match := re.fullmatch(r"([0-9]{1,2})月份?", bare):
        return int(match[1]) if 1 <= int(match[1]) <= 12 else None  # noqa: PLR2004
    try:
        written = read_written(bare)
    except NotAPeriod:
        return None
    if isinstance(written, Ambiguous) or written.cumulative or written.remark not in {None, "excel-display"}:
        return None
    return _month_of(written)


def _month_of(written: Written) -> Period | None:
    """The month; a day stands for its month when it is the first or last of it, as workbooks store and people write."""
    end = written.period.end
    month = Period(*_months(end.year, end.month, end.month))
    return month if written.period == month or (written.day in {month.start, month.end}) else None
