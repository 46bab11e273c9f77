"""A number of a workbook as its format means it: percent, date, unit; the value itself is never rounded."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from metrics import number as figures
from metrics.number import Figure, Missing, NotAFigure, Range

GENERAL = "General"
_YEAR_MONTH, _MONTH_DAY = 'yyyy"年"m"月"', 'm"月"d"日"'
_NOON = "上午/下午h:mm"

# The formats that a file names by number only; 27-36 and 50-58 are those of Chinese Excel.
BUILT_IN: Mapping[int, str] = {
    0: GENERAL, 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?",
    13: "# ??/??", 14: "yyyy/m/d", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM",
    20: "h:mm", 21: "h:mm:ss", 22: "yyyy/m/d h:mm", 27: _YEAR_MONTH, 28: _MONTH_DAY, 29: _MONTH_DAY, 30: "m-d-yy",
    31: 'yyyy"年"m"月"d"日"', 32: 'h"时"mm"分"', 33: 'h"时"mm"分"ss"秒"', 34: _NOON, 35: _NOON, 36: _YEAR_MONTH,
    37: "#,##0;(#,##0)", 38: "#,##0;(#,##0)", 39: "#,##0.00;(#,##0.00)", 40: "#,##0.00;(#,##0.00)", 41: "#,##0",
    42: "#,##0", 43: "#,##0.00", 44: "#,##0.00", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0", 49: "@",
    50: _YEAR_MONTH, 51: _MONTH_DAY, 52: _YEAR_MONTH, 53: _MONTH_DAY, 54: _MONTH_DAY, 55: _NOON, 56: _NOON,
    57: _YEAR_MONTH, 58: _MONTH_DAY,
}  # fmt: skip

_LAST_DAY = 2_958_466  # serial of 10000-01-01: Excel shows ##### from there on
_LEAP_BUG = 60  # Excel's 1900-02-29, a day that never was
_1904 = 1462  # days from one epoch to the other
_LONGEST_CODE = 1_000
_TOKEN = re.compile(
    r'"[^"]*"?|[\\!_*].|\[[^\]]*\]|AM/PM|A/P|上午/下午|General|G/通用格式|E[+-]|.', re.IGNORECASE | re.DOTALL
)
_YEAR = re.compile(r"(?:19|20)\d\d[-/]", re.ASCII)
_OF = re.compile(r"/ ?\d+", re.ASCII)
_CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)(-?\d+(?:\.\d*)?|-?\.\d+)\]", re.ASCII)
BARE = " \u00a0+-()（）¥￥$€£"


class Kind(StrEnum):
    """What a format makes of a number."""

    NUMBER = "number"
    PERCENT = "percent"
    DATE = "date"
    TIME = "time"
    ELAPSED = "elapsed"


@dataclass(slots=True, kw_only=True)
class _Section:
    """One part of a format between semicolons, while it is read and after.

    tail       literal text behind the last digit; it is a unit unless more digits follow
    odd        the digits shown are not the number: a fraction, a scaled or split one
    words      some text is shown in place of the number
    digits     there are digits in the literal text
    """

    condition: tuple[str, float] | None = None
    letters: set[str] = field(default_factory=set)
    elapsed: bool = False
    seen: bool = False
    point: bool = False
    padded: int = 0
    whole: str = ""
    decimals: int = 0
    percents: int = 0
    commas: int = 0
    odd: bool = False
    words: bool = False
    digits: bool = False
    head: str = ""
    tail: str = ""

    @property
    def kind(self) -> Kind:
        if self.letters & set("ydegab") or (self.letters and not self.letters & set("hs")):
            return Kind.DATE
        if self.elapsed:
            return Kind.ELAPSED
        if self.letters:
            return Kind.TIME
        return Kind.PERCENT if self.percents == 1 else Kind.NUMBER


def shown(value: float, code: str, *, epoch: int = 1900) -> str:
    """The number as text: "166", "93.24%", "2907座", "2023-04-01", "08:30:00"; no exponent, no thousands separators."""
    if not math.isfinite(value):
        return repr(value)
    number = Decimal(repr(value))
    if code == GENERAL:
        return plain(number)
    if ";" in code and not any(part.strip() for part in code.split(";")[:3]):
        return f'{plain(number)}"格式为不显示"'  # refused as no figure: nobody who looks at the cell sees it
    section = _chosen(_sections(code[:_LONGEST_CODE]), value)
    if section.words:
        return _in_words(section.head.strip(), number)
    kind = section.kind
    if kind in {Kind.NUMBER, Kind.PERCENT}:
        return _figure(number, section)
    return _as_precise(_moment(number, kind, epoch), section) or plain(number)


def _as_precise(text: str, section: _Section) -> str:
    """A date without its day, or its month, when the format shows none: 2023年4月 is a month and not its first day."""
    if section.kind is not Kind.DATE or "d" in section.letters or "y" not in section.letters:
        return text
    return text[:7] if "m" in section.letters else text[:4]


def plain(number: Decimal) -> str:
    """All digits, no exponent, no needless zeros."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


@lru_cache(maxsize=1_000)
def _sections(code: str) -> tuple[_Section, ...]:
    parts: list[list[str]] = [[]]
    for token in _TOKEN.findall(code):
        if token == ";":
            parts.append([])
        else:
            parts[-1].append(token)
    return tuple(_section(tokens) for tokens in parts[:3])


def _section(tokens: list[str]) -> _Section:
    section = _Section()
    for token in tokens:
        _take(section, token)
    section.odd = section.odd or bool(section.commas) or section.percents > 1
    section.words = bool(section.head.strip(BARE)) and not (section.seen or section.letters)
    section.digits = any(map(str.isdecimal, section.head + section.tail))
    return section


def _take(section: _Section, token: str) -> None:
    first, lower = token[0], token.lower()
    if first == '"':
        _literal(section, token.strip('"'))
    elif first in "\\!" and len(token) > 1:
        _literal(section, token[1:])
    elif first in "_*" and len(token) > 1:
        return
    elif first == "[":
        _bracket(section, token)
    elif token in {"0", "#", "?"}:
        _digit(section, token)
    elif lower in {"general", "g/通用格式"}:
        section.seen = True
    elif lower in {"e+", "e-"}:
        section.odd = True
    elif lower in {"am/pm", "a/p", "上午/下午"}:
        section.letters.add("h")
    elif lower in set("ymdhsegab"):
        section.letters.add(lower)
    else:
        _sign(section, token)


def _sign(section: _Section, token: str) -> None:
    if token == ".":
        section.point = True
    elif token == ",":
        section.commas += section.seen
    elif token == "%":
        section.percents += 1
    elif token == "/":
        section.odd = section.odd or section.seen
    elif token != "@":
        _literal(section, token)


def _literal(section: _Section, text: str) -> None:
    if section.seen:
        section.tail += text
    else:
        section.head += text


def _digit(section: _Section, token: str) -> None:
    if section.tail.strip():
        section.odd = True  # text between digits: 0!.0,"万" shows 12345 as 1.2万
    section.seen, section.commas, section.tail = True, 0, ""
    if section.point:
        section.decimals += token == "0"
    else:
        section.whole += token


def _bracket(section: _Section, token: str) -> None:
    condition = _CONDITION.fullmatch(token)
    inner = token.strip("[]").lower()
    if condition:
        section.condition = (condition[1], float(condition[2]))
    elif inner and not inner.strip("hms"):
        section.elapsed = True
        section.letters.add(inner[0] if inner[0] != "m" else "h")


def _chosen(sections: tuple[_Section, ...], value: float) -> _Section:
    """The part that Excel takes: by its condition, else by the sign of the value."""
    if any(section.condition for section in sections):
        fitting = [section for section in sections if section.condition is None or _holds(section.condition, value)]
        return fitting[0] if fitting else _Section()
    if value < 0 and len(sections) > 1:
        found = sections[1]
    elif value == 0 and len(sections) > 2:  # noqa: PLR2004
        found = sections[2]
    else:
        found = sections[0]
    return found if found.seen or found.letters or found.digits else _Section()


def _holds(condition: tuple[str, float], value: float) -> bool:
    sign, bound = condition
    return {
        "<": value < bound, ">": value > bound, "<=": value <= bound, ">=": value >= bound,
        "=": value == bound, "<>": value != bound,
    }[sign]  # fmt: skip


def _figure(number: Decimal, section: _Section) -> str:
    percent = "%" if section.kind is Kind.PERCENT else ""
    text = plain(number.scaleb(2) if percent else number)
    if section.odd:
        return text + percent
    text = _padded(text, section)
    if section.digits:
        return _beside_digits(section.head.strip(), text + percent, section.tail.strip())
    head = "" if number < 0 else section.head.strip(BARE)
    return f"{head}{text}{percent}{section.tail.strip(BARE)}"


def _beside_digits(head: str, text: str, tail: str) -> str:
    """A number beside digits that the format writes: as shown where nobody can take them for one figure, else in quotes.

    2024年4月 and 27/29 are shown; of "12-"0 the quotes make a text that is no figure, and is refused as such.
    """
    whole = f"{head}{text}{tail}"
    part = not head and text.isdecimal() and _OF.fullmatch(tail)
    if part or (_is_apart(head, tail) and not text.startswith("-") and _read(whole) is None):
        return whole
    return (f'"{head}"' if head else "") + text + (f'"{tail}"' if tail else "")


def _is_apart(head: str, tail: str) -> bool:
    """Whether a Chinese letter stands between the number and the digits, or the number is the month of a year."""
    nearest = [side for side in (head[-1:], tail[:1]) if side]
    return all(side.isalpha() and not side.isascii() for side in nearest) or bool(_YEAR.fullmatch(head) and not tail)


def _in_words(words: str, value: Decimal) -> str:
    """What is shown in place of a number; in quotes, to be refused, where it is a figure that the value does not bear out.

    A dash stands for nothing, and the value is what it is.
    """
    read = _read(words)
    if read is None or (isinstance(read, Missing) and read.remark not in {"dash", "below-unit"}):
        return words
    if isinstance(read, Missing):
        return plain(value)
    return words if _bears_out(value, read) else f'"{words}"'


def _read(text: str) -> object:
    """The figure or word for a missing one that a text is; None for neither."""
    for unit in ("", "%"):  # without any unit, 以上 may be one
        with suppress(NotAFigure):
            return figures.read_cell(text, unit=unit)
    return None


def _bears_out(value: Decimal, read: object) -> bool:
    """Whether the value is the figure, or lies within its bound, range or approximation."""
    if not isinstance(read, Figure | Range):
        return False
    scaled = value.scaleb(2) if read.unit == "%" else value
    return (read.lower is None or read.lower <= scaled) and (read.upper is None or scaled <= read.upper)


def _padded(text: str, section: _Section) -> str:
    whole, _, decimals = text.partition(".")
    if len(section.whole) > 1 and not section.whole.strip("0") and not section.point and whole.isdigit():
        whole = whole.zfill(len(section.whole))  # a code such as 007
    decimals = decimals.ljust(section.decimals, "0")
    return f"{whole}.{decimals}" if decimals else whole


def _moment(number: Decimal, kind: Kind, epoch: int) -> str:
    """ISO date or time; "" for a serial that is none, which Excel shows as #####."""
    if not 0 <= number < _LAST_DAY:
        return ""
    seconds = int((number * 86_400).to_integral_value())
    days, rest = divmod(seconds, 86_400)
    if kind is Kind.ELAPSED:
        return _clock(seconds)
    if kind is Kind.TIME:
        return _clock(rest)
    day = _day(days, epoch)
    return f"{day} {_clock(rest)}" if rest else day


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _day(days: int, epoch: int) -> str:
    serial = days + _1904 if epoch == 1904 else days  # noqa: PLR2004
    if serial in {0, _LEAP_BUG}:
        return "1900-01-00" if serial == 0 else "1900-02-29"
    if serial >= _LAST_DAY:
        return ""
    start = date(1899, 12, 31) if serial < _LEAP_BUG else date(1899, 12, 30)
    return (start + timedelta(days=serial)).isoformat()
