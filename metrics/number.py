"""Figures as people write them: 93.24%, 超80%, 约1.2万个, １，２６９. Never a guess, never a float."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from enum import StrEnum
from functools import cache
from math import prod

PRECISION = 28
STRUCK = "\u0336"  # the stroke through the letter before it; the readers of workbooks put it to what is struck out
MAGNITUDES = {"": Decimal(1), "千": Decimal(1000), "万": Decimal(10_000), "亿": Decimal(100_000_000)}


class Qualifier(StrEnum):
    """How the written value stands to the true one: 超 and 余 gt, 以上 ge, 不足 and 近 lt, 约 approx."""

    EXACT = "exact"
    GT = "gt"
    GE = "ge"
    LT = "lt"
    LE = "le"
    APPROX = "approx"
    RANGE = "range"


BEFORE = {
    "不超过": Qualifier.LE, "未超过": Qualifier.LE, "不高于": Qualifier.LE, "不大于": Qualifier.LE, "不多于": Qualifier.LE,
    "至多": Qualifier.LE, "最多": Qualifier.LE, "≤": Qualifier.LE, "<=": Qualifier.LE,
    "不低于": Qualifier.GE, "不少于": Qualifier.GE, "不小于": Qualifier.GE,
    "至少": Qualifier.GE, "最少": Qualifier.GE, "≥": Qualifier.GE, ">=": Qualifier.GE,
    "超过": Qualifier.GT, "超": Qualifier.GT, "高于": Qualifier.GT, "大于": Qualifier.GT, "多于": Qualifier.GT,
    "逾": Qualifier.GT, ">": Qualifier.GT,
    "不足": Qualifier.LT, "不到": Qualifier.LT, "低于": Qualifier.LT, "小于": Qualifier.LT, "少于": Qualifier.LT,
    "将近": Qualifier.LT, "接近": Qualifier.LT, "近": Qualifier.LT, "<": Qualifier.LT,
    "大约": Qualifier.APPROX, "大概": Qualifier.APPROX, "约": Qualifier.APPROX,
}  # fmt: skip
AFTER = {
    "及以上": Qualifier.GE, "以上": Qualifier.GE, "及以下": Qualifier.LE, "以下": Qualifier.LE, "以内": Qualifier.LE,
    "左右": Qualifier.APPROX, "上下": Qualifier.APPROX, "余": Qualifier.GT, "多": Qualifier.GT,
}  # fmt: skip

_WIDE = str.maketrans("０１２３４５６７８９．，％－−＞＜", "0123456789.,%--><")
_ANY_UNIT = r"%|[^\W\d_]*?"


@cache
def _pattern(unit: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?P<before>{'|'.join(BEFORE)})?"
        r"(?P<digits>-?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?)"
        rf"(?P<magnitude>[千万亿]?)(?P<middle>余|多)?(?P<unit>{unit if unit == _ANY_UNIT else re.escape(unit)})"
        rf"(?P<after>{'|'.join(AFTER)})?"
    )


@dataclass(frozen=True, slots=True)
class Figure:
    """One written figure.

    value       as written, magnitude applied (1.2万 is 12000); of a bound, the bound itself
    half_width  for an approximation, half a unit of its last digit (500 for 约1.2万); else None
    unit        what is written behind it, "" for none
    remarks     codes of what a reader of the file is told about this reading (see `read_cell`)
    """

    value: Decimal
    qualifier: Qualifier = Qualifier.EXACT
    half_width: Decimal | None = None
    unit: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def lower(self) -> Decimal | None:
        """Least value the writing itself allows; None when it sets none."""
        if self.qualifier in {Qualifier.LT, Qualifier.LE}:
            return None
        return self.value - (self.half_width or 0)

    @property
    def upper(self) -> Decimal | None:
        """Greatest value the writing itself allows; None when it sets none."""
        if self.qualifier in {Qualifier.GT, Qualifier.GE}:
            return None
        return self.value + (self.half_width or 0)


def parse(written: str, *, unit: str = "") -> Figure:
    """Read one figure; ValueError when it is not one, or carries two qualifiers.

    unit  the unit one expects, so that 2千克 is 2 千克 and not 2000 克
    """
    plain_text = written.strip().translate(_WIDE)
    match = (_pattern(unit).fullmatch(plain_text) if unit else None) or _pattern(_ANY_UNIT).fullmatch(plain_text)
    if match is None or len(match["digits"]) > LONGEST_NUMBER:
        raise ValueError(f"not a figure: {written!r}")
    marks = [match["before"], match["middle"], match["after"]]
    qualifiers = [{**BEFORE, **AFTER}[mark] for mark in marks if mark]
    if len(qualifiers) > 1:
        raise ValueError(f"two qualifiers in one figure: {written!r}")
    qualifier = qualifiers[0] if qualifiers else Qualifier.EXACT
    plain = Decimal(match["digits"].replace(",", ""))
    scale = MAGNITUDES[match["magnitude"]]
    return Figure(
        value=plain * scale,
        qualifier=qualifier,
        half_width=_last_digit(plain) * scale / 2 if qualifier is Qualifier.APPROX else None,
        unit=match["unit"],
    )


def _last_digit(number: Decimal) -> Decimal:
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    return Decimal(1).scaleb(exponent)


@dataclass(frozen=True, slots=True)
class Range:
    """Two figures that the true one lies between, both included; never drawn as a point."""

    low: Decimal
    high: Decimal
    unit: str = ""
    remarks: tuple[str, ...] = ("range",)

    @property
    def value(self) -> None:
        """A range has no value of its own."""

    @property
    def qualifier(self) -> Qualifier:
        return Qualifier.RANGE

    @property
    def lower(self) -> Decimal:
        return self.low

    @property
    def upper(self) -> Decimal:
        return self.high


@dataclass(frozen=True, slots=True)
class Fraction:
    """Numerator and denominator as written (166/182); the denominator may be zero."""

    numerator: Decimal
    denominator: Decimal
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Missing:
    """A cell that says there is no figure.

    obs_status  SDMX code: O reason unknown, M cannot exist, N below the smallest unit, Q not public, L not collected
    written     as it stands in the cell
    remark      dash (told), none-word (asked: zero or missing?), below-unit; None where nothing is to be said
    """

    obs_status: str
    written: str
    remark: str | None = None


class NotAFigure(ValueError):
    """A cell that is neither a figure nor a word for a missing one: code of the rule, what is wrong, what to do."""

    def __init__(self, rule: str, message: str, fix: str) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message
        self.fix = fix


LONGEST_CELL = 60  # characters; the longest figure anyone writes has half as many
LONGEST_NUMBER = 28  # digits that Decimal keeps when it multiplies
WHOLE_DIGITS = 14  # before the point: what DECIMAL(18, 4) holds
EXCEL_DIGITS = 15  # significant digits that a workbook shows; the ones behind are binary noise
NOISE_DIGITS = 12  # a number that needs no more than these once rounded to 15 was typed so
NOISE = Decimal("0.00005")  # half a unit of what is stored: shortening never changes a stored figure
QUOTED = 30

_MEASURED = (
    "% ‰ 百分点 公里 千米 米 延米 厘米 毫米 里 km m 吨 万吨 公斤 千克 克 斤 kg t 平方米 万平方米 平方公里 公顷 亩 万亩 ㎡ m² "
    "立方米 万立方米 升 m³ 小时 分钟 秒 天 元 万元 亿元 千元 千瓦时 万千瓦时 度 千瓦 兆瓦 吉焦 吨标准煤 ℃ 分 分贝 微克/立方米 "
    "万人 万人次 万次 万户 万件 万个 万辆 万座 万处 万项 万条 万家"
)
_COUNTED = (
    "个 件 座 处 条 次 起 辆 辆次 车次 人 人次 户 户次 项 张 家 宗 例 台 套 场 场次 份 批 批次 只 根 盏 块 株 棵 栋 幢 间 "
    "名 位 所 片 桶 组 面 段 部 支 本 篇 期 类 对 点 站 口 车 单 笔 班次 家次"
)
MEASURED_UNITS = frozenset(_MEASURED.split())
COUNTED_UNITS = frozenset(_COUNTED.split())
SAME_UNITS = (
    ("%", "百分比", "百分数"), ("公里", "千米", "km", "KM", "Km"), ("公斤", "千克", "kg", "KG", "Kg"), ("延米", "延长米"),
    ("平方米", "㎡", "m²"), ("吨", "t"), ("米", "m"),
)  # fmt: skip
NO_UNITS = frozenset({"—", "-", "/", "无", "——", "--"})
LARGE = frozenset("十百千万亿")
_ONE_UNIT = {spelling: spellings[0] for spellings in SAME_UNITS for spelling in spellings}

_SPACES = "\t\n\v\f\r\u0085\u00a0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
# Without the signs that turn text round (U+202E and its like): with them the screen shows other digits than the cell holds.
_UNSEEN = (
    "\x00\u00ad\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202c\u202d\u2060\u2061\u2062\u2063\u2064\u2066\u2068\u2069"
    "\ufe0e\ufe0f\ufeff"
)
# Written out, never NFKC, which reads 93.24① as 93.241.
_FOLDED = {
    **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},
    **dict.fromkeys(map(ord, _SPACES), " "),
    **dict.fromkeys(map(ord, _UNSEEN), ""),
    **dict.fromkeys(map(ord, "−﹣‐‑‒–"), "-"),
    **dict.fromkeys(map(ord, "―─━﹘"), "—"),
    **dict.fromkeys(map(ord, "〜∼∽"), "~"),
    **dict.fromkeys(map(ord, "∕⁄"), "/"),
    **{ord(one): other for one, other in zip("﹐﹢﹪≧⩾≦⩽﹤﹥⋯﹙﹚", ",+%≥≥≤≤<>…()", strict=True)},
}


def fold(text: str) -> str:
    """The text half width: all kinds of spaces as one, dashes and signs of one kind, nothing invisible."""
    return re.sub(" +", " ", text.translate(_FOLDED)).strip()


def without_marks(text: str) -> str:
    """A header without the marks of a footnote at its end: 数值¹, 数值（座）①; a unit such as m² keeps its power."""
    bare = _FOOTNOTES.sub("", text)
    return text if not bare or bare.endswith(("m", "M")) else bare


def one_unit(written: str) -> str:
    """The unit in the one spelling in which units are compared: km and 千米 are 公里; "" for a text that says none (—, 无)."""
    unit = fold(written).replace(" ", "")
    unit = unit[1:-1] if unit.startswith("(") and unit.endswith(")") else unit
    return "" if unit in NO_UNITS else _ONE_UNIT.get(unit, unit)


def is_unit(text: str, units: Iterable[str]) -> bool:
    """Whether the text is a unit, with 万 and the like before it or not; `units` are known beside the usual ones."""
    known = {*MEASURED_UNITS, *COUNTED_UNITS, *filter(None, units)}
    bare = text[1:] if text[:1] in LARGE else text
    return text in LARGE or not known.isdisjoint({text, one_unit(text), bare, one_unit(bare)})


def _spellings(unit: str) -> str:
    """A pattern of all spellings of that unit, as it is itself first."""
    others = (spelling for spelling, one in _ONE_UNIT.items() if one == one_unit(unit) and spelling != unit)
    return "|".join(map(re.escape, (unit, *others)))


_MISSING = {
    "无": ("O", "none-word"), "没有": ("O", "none-word"), "未发生": ("O", "none-word"), "未发现": ("O", "none-word"),
    "零报": ("O", "none-word"), "零报告": ("O", "none-word"), "未开展": ("O", "none-word"),
    **dict.fromkeys(["null", "nan", "none"], ("O", "dash")),
    **dict.fromkeys(["不适用", "n/a", "na", "n.a.", "无此项", "不涉及"], ("M", None)),
    **dict.fromkeys(
        ["暂无", "暂无数据", "无数据", "待报", "统计中", "未报送", "未报", "未上报", "缺报", "缺", "漏报", "待定", "待核", "待核实",
         "暂缺", "待补", "待补报"],
        ("O", None),
    ),
    "未采集": ("L", None), "未统计": ("L", None),
    **dict.fromkeys(["保密", "不公开", "不予公开", "涉密"], ("Q", None)),
}  # fmt: skip

_NUMBER = (
    r"(?:[0-9]+(?:\.[0-9]+)?[eE][+-]?[0-9]{1,2}"
    r"|(?:[1-9][0-9]{0,2}(?:,[0-9]{3})+|[1-9][0-9]{0,2}(?: [0-9]{3})+|[0-9]+)(?:\.[0-9]+)?)"
)
_DIGIT_WORDS = {word: number for number, word in enumerate("零一二三四五六七八九")}
_UNIT_WORDS = {"亿": 10**8, "万": 10**4, "千": 1000, "百": 100, "十": 10}
_ONE_SPELLING = str.maketrans("〇两壹贰叁肆伍陆柒捌玖拾佰仟萬億", "零二一二三四五六七八九十百千万亿")
_WORD = "零〇一二两三四五六七八九壹贰叁肆伍陆柒捌玖"
_NUMERAL = rf"[{_WORD}十百千万亿拾佰仟萬億]+(?:点[{_WORD}]+)?"
_MAGNITUDE = "万亿|[百千]?[万亿]|[百千]"
_FAST = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,8})?")
_EXCEL_ERROR = re.compile(r"#+|#[A-Z][A-Z0-9/_]*[!?]?|Err:[0-9]{3}", re.IGNORECASE)
_DASHES = re.compile(r"[-—]+|[-—](?: [-—])+|/+")
_DOTS = re.compile(r"…+|\.{3,}|。{3,}")
_FOOTNOTES = re.compile(r"(?:[*※†‡①-⒇⓪-⓿❶-➓㊀-㊉¹²³⁰⁴-⁹]|[\[〔【]注?[0-9]{1,2}[\]〕】])+$")
_SUPERSCRIPT = re.compile(r"[¹²³⁰⁴-⁹]")
_MAY_CARRY_SUPERSCRIPT = re.compile(r"\.[0-9]+ ?$|[%‰] ?$")
_MIXED_WIDTH = re.compile(r"[0-9][^0-9０-９]?[０-９]|[０-９][^0-9０-９]?[0-9]")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = "|".join(_MONTHS)
_TIME = r"(?:[ T][0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?"
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE | re.ASCII)
    for pattern in (
        rf"(?:[0-9]{{4}}[-/.年])?(?P<month>[0-9]{{1,2}})[-/.月](?P<day>[0-9]{{1,2}})日{_TIME}",
        rf"[0-9]{{4}}[-/](?P<month>[0-9]{{1,2}})[-/](?P<day>[0-9]{{1,2}}){_TIME}",
        rf"(?P<day>[0-9]{{1,2}})-(?P<month>{_MONTH})(?:-[0-9]{{2,4}})?",
        rf"(?P<month>{_MONTH})-(?P<day>[0-9]{{1,2}})",
        r"(?P<month>[0-9]{1,2})月-(?P<day>[0-9]{1,2})",
        r"(?:19|20)[0-9]{2}(?:[-/](?P<month>0?[1-9]|1[0-2])|年(?P<other>[0-9]{1,2})月份?)(?P<day>)",
        r"(?P<month>[0-9]{1,2})/(?P<day>[0-9]{1,2})/[0-9]{2,4}",
        r"(?P<month>[0-9]{1,2})月份?(?P<day>)",
    )
)
_FRACTION = re.compile(rf"(?P<numerator>{_NUMBER}) ?(?P<sign>[/:]) ?(?P<denominator>{_NUMBER})")
_RATE = rf"(?P<rate>{_NUMBER}) ?%"
_FRACTION_AND_RATE = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?P<parts>[^()=]+?) ?\( ?{_RATE} ?\)",
        rf"(?P<parts>[^()=]+?) ?= ?{_RATE}",
        rf"{_RATE} ?\( ?(?P<parts>[^()=]+?) ?\)",
    )
)
_LONGEST_MINUTE = 59  # 12:30 may be a time of day
_TOTAL_WORD = re.compile(r"^(?:一共|总共|共计|共) ?(?=[0-9])")
_GAP = re.compile(rf"(?<=[0-9０-９])[ {re.escape(_SPACES)}]+(?=[-+−－]?[0-9０-９])")
_THOUSANDS_GAPS = frozenset(" \u00a0\u202f\u2007\u2009")  # ordinary, and those that exports of numbers use
_BAD_GROUPS = re.compile(r"[-+]?[0-9]+(?:[, ]+[0-9]+)+(?:\.[0-9]+)?[^0-9]*")
_LOOKALIKES = {"O": 0, "o": 0, "О": 0, "о": 0, "Ο": 0, "l": 1, "I": 1, "|": 1}
_MISTYPED = re.compile(rf"[-+]?[0-9.,{''.join(map(re.escape, _LOOKALIKES))}]+(?P<rest>[^0-9]*)")


def _alternatives(words: dict[str, Qualifier]) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


@cache
def _cell_pattern(unit: str) -> re.Pattern[str]:
    """One figure with its unit, bare or in brackets; `unit` is a pattern."""
    return re.compile(
        rf"(?:(?P<before>{_alternatives(BEFORE)}) ?)?(?P<sign>[-+负] ?)?(?P<percent>百分之 ?)?"
        rf"(?:(?P<digits>{_NUMBER})|(?P<numeral>{_NUMERAL})) ?(?P<magnitude>{_MAGNITUDE})?(?P<middle>余|多)?"
        rf" ?(?:\( ?(?P<bracketed>{unit}) ?\)|(?P<unit>{unit}))? ?(?P<after>{_alternatives(AFTER)}|\+)?"
    )


_ANY_WRITTEN_UNIT = r"%|‰|[^\W\d_]{1,6}?"


@cache
def _range_pattern() -> re.Pattern[str]:
    side = rf"({_NUMBER}) ?({_MAGNITUDE})? ?({_ANY_WRITTEN_UNIT})?"
    return re.compile(rf"{side} ?[-—~至到] ?{side}")


def read_cell(written: str, *, unit: str = "", measured: bool = False) -> Figure | Range | Fraction | Missing:
    """Read one cell of a value column; `NotAFigure` when it is not sure what it says.

    unit      the indicator's unit; another one written in the cell is refused. "" takes any unit that is known
    measured  whether the unit is one of measure (MEASURED_UNITS) and not of counting

    Digits shortened with 千, 万 or 亿 are as near as their last digit: 1.2万 is APPROX 12000 with half-width 500. Where a
    count is given to the last unit (1.2345万) it is exact. The remarks of a reading: footnote, range, chinese-numeral,
    shorthand (80%+), unit-magnitude (0.29万座), and noise, which nobody needs to be told (93.239999999999995).
    """
    if _FAST.fullmatch(written):
        return Figure(Decimal(written))
    text = fold(written)
    missing = _missing(text, written)
    if missing is not None:
        return missing
    _refuse_struck_out(text, written)
    text = text.removesuffix("。").rstrip()
    _refuse_errors_and_formulas(text)
    if len(text) > LONGEST_CELL:
        raise _unclear(written)
    _refuse_two_numbers(written)
    _refuse_dates_and_mixed_width(text, written)
    bare, marked = _without_footnotes(text, unit)
    reading = _read(_TOTAL_WORD.sub("", bare), written, fold(unit), measured=measured)
    return replace(reading, remarks=(*reading.remarks, "footnote")) if marked else reading


def _missing(text: str, written: str) -> Missing | None:
    if not text:
        return Missing("O", written)
    if _DASHES.fullmatch(text):
        return Missing("O", written, "dash")
    if _DOTS.fullmatch(text):
        return Missing("N", written, "below-unit")
    word = text.replace(" ", "").rstrip("。").lower()
    status, remark = _MISSING.get(word) or _MISSING.get(word.removeprefix("(").removesuffix(")")) or (None, None)
    return Missing(status, written, remark) if status else None


def _refuse_struck_out(text: str, written: str) -> None:
    if STRUCK in text:
        message = f"“{quoted(written)}”里有划去的内容，分不清哪些有效。"
        raise NotAFigure("struck-out", message, "请删去划掉的内容，只留有效的。")


def _refuse_errors_and_formulas(text: str) -> None:
    if _EXCEL_ERROR.fullmatch(text):
        raise NotAFigure(
            "excel-error", f"该格是Excel错误值{quoted(text)}。", "改正公式，或直接填写数值；没有数据请留空。"
        )
    if text.startswith("="):
        message = f"该格是公式“{quoted(text)}”，没有计算结果。"
        raise NotAFigure("formula-text", message, "请在Excel中打开并保存，或把公式换成数值后重新上传。")


def _refuse_two_numbers(written: str) -> None:
    """One space may part thousands (1 269); a line break or a wider gap parts two numbers."""
    if any(gap not in _THOUSANDS_GAPS for gap in _GAP.findall(written.translate(dict.fromkeys(map(ord, _UNSEEN), "")))):
        message = f"“{quoted(written)}”中间有换行或多个空格，像是一格里有两个数。"
        raise NotAFigure("two-numbers", message, "请一格只填一个数；如是一个数，请去掉中间的空格和换行。")


def _refuse_dates_and_mixed_width(text: str, written: str) -> None:
    if _MIXED_WIDTH.search(written):
        message = f"“{quoted(written)}”全角与半角数字混用，请确认。"
        raise NotAFigure("mixed-width", message, "请用半角数字重新填写。")
    for pattern in _DATES:
        if match := pattern.fullmatch(text):
            raise _turned_into_date(match)


def _turned_into_date(match: re.Match[str]) -> NotAFigure:
    month, day = match["month"], match["day"]
    hint = ""
    if month and day:
        number = _MONTHS.index(month.lower()) + 1 if month.lower() in _MONTHS else int(month)
        hint = f"原值可能是“{number}/{int(day)}”，"
    return NotAFigure("date-in-value", f"该格被Excel转成日期，{hint}请把列设为文本。", "把该列设为文本后重新填写原值。")


def _without_footnotes(text: str, unit: str) -> tuple[str, bool]:
    """The text without markers such as ① or * at its end, and whether there were any.

    A raised digit is a marker only where it cannot be a power: behind decimals or a percent sign.
    """
    own_unit = unit if unit and text.endswith(unit) else ""
    body = text.removesuffix(own_unit)
    bare = _FOOTNOTES.sub("", body) if not own_unit else body
    raised = _SUPERSCRIPT.search(body[len(bare) :])
    odd = next((char for char in bare if unicodedata.decomposition(char).startswith("<")), None)
    if raised and not _MAY_CARRY_SUPERSCRIPT.search(bare):
        odd = raised[0]
    if odd or (body and not bare.strip()):
        message = f"“{quoted(text)}”含特殊字符“{odd or text[0]}”，无法确定数值。"
        raise NotAFigure("special-character", message, "请改用普通数字填写。")
    return (bare + own_unit).strip(), len(bare) < len(body)


def _read(text: str, written: str, unit: str, *, measured: bool) -> Figure | Range | Fraction:
    if match := _FRACTION.fullmatch(text):
        return _fraction(match, written)
    for pattern in _FRACTION_AND_RATE:
        if (match := pattern.fullmatch(text)) and (parts := _FRACTION.fullmatch(match["parts"])):
            return _agreeing(_fraction(parts, written), match["rate"], written)
    if match := _range_pattern().fullmatch(text):
        return _range(match, written, unit)
    if text.startswith("(") and text.endswith(")"):
        return _negative(text[1:-1].strip(), written, unit, measured=measured)
    match = (_cell_pattern(_spellings(unit)).fullmatch(text) if unit else None) or _cell_pattern(
        _ANY_WRITTEN_UNIT
    ).fullmatch(text)
    if match is None:
        raise _diagnosed(text, written)
    return _figure(match, written, unit, measured=measured)


def _fraction(match: re.Match[str], written: str) -> Fraction:
    numerator, denominator = (_number(match[name], written)[0] for name in ("numerator", "denominator"))
    if match["sign"] == "/":
        return Fraction(numerator, denominator)
    if "：" not in written and denominator <= _LONGEST_MINUTE:
        message = f"“{quoted(written)}”可能是时间，也可能是两数之比。"
        raise NotAFigure("ratio-or-time", message, "请把两数写成166/182，或分别填在分子、分母两列。")
    return Fraction(numerator, denominator, ("colon",))


def _agreeing(parts: Fraction, rate: str, written: str) -> Fraction:
    """The parts of 166/182（91.2%）; the rate beside them must be theirs, rounded to its own last digit."""
    given = _number(rate, written)[0]
    computed = ratio(parts.numerator, parts.denominator)
    if computed is None or abs(given - computed) > _last_digit(given) / 2:
        shown = "没有比率" if computed is None else f"是{display(computed, 2, whole=Decimal(100))}%"
        message = f"“{quoted(written)}”中两数相除{shown}，与括号内外写的{rate}%不符。"
        raise NotAFigure("rate-contradicts", message, "请核对三个数，只填分子和分母。")
    return parts


def _negative(text: str, written: str, unit: str, *, measured: bool) -> Figure:
    """(3) is an accountant's -3."""
    figure = _read(text, written, unit, measured=measured) if text[:1].isdecimal() else None
    if not isinstance(figure, Figure) or figure.qualifier not in {Qualifier.EXACT, Qualifier.APPROX}:
        raise _unclear(written)
    return replace(figure, value=-figure.value)


def _figure(match: re.Match[str], written: str, unit: str, *, measured: bool) -> Figure:
    own_unit = "%" if match["percent"] else match["bracketed"] or match["unit"] or ""
    magnitude = match["magnitude"] or ""
    own_unit = _checked_unit(own_unit, magnitude, written, unit)
    qualifier, words = _qualifier(match, written)
    plain, remarks = _plain(match, written)
    scale = prod((Decimal(_UNIT_WORDS[word]) for word in magnitude), start=Decimal(1))
    step = _last_digit(plain) * scale
    if magnitude and qualifier is Qualifier.EXACT and (measured or step > 1):
        qualifier = Qualifier.APPROX
    if magnitude and own_unit and not words:
        remarks = (*remarks, "unit-magnitude")
    if match["after"] == "+":
        remarks = (*remarks, "shorthand")
    return Figure(
        value=_whole_if_it_is(-plain * scale if (match["sign"] or "")[:1] in {"-", "负"} else plain * scale),
        qualifier=qualifier,
        half_width=_whole_if_it_is(step / 2) if qualifier is Qualifier.APPROX else None,
        unit=own_unit,
        remarks=remarks,
    )


def _whole_if_it_is(value: Decimal) -> Decimal:
    """12000.0 as 12000; other figures keep the decimals they were written with."""
    whole = value.to_integral_value()
    return whole if whole == value and "E" not in str(whole) else value


def _qualifier(match: re.Match[str], written: str) -> tuple[Qualifier, list[str]]:
    words = [match[name] for name in ("before", "middle", "after") if match[name]]
    if len(words) > 1:
        message = f"“{quoted(written)}”有两个限定词“{words[0]}”“{words[1]}”。"
        raise NotAFigure("two-qualifiers", message, "请只保留一个限定词。")
    table = {**BEFORE, **AFTER, "+": Qualifier.GE}
    return (table[words[0]] if words else Qualifier.EXACT), words


def _checked_unit(own: str, magnitude: str, written: str, unit: str) -> str:
    """The unit that a cell writes; the one expected where it is only another spelling of it."""
    if not own and magnitude and unit[:1] and unit[0] in "千万亿":
        message = f"“{quoted(written)}”没有写单位，而指标单位是“{unit}”，无法确定大小。"
        raise NotAFigure("unit-unclear", message, f"请按单位“{unit}”填写数值，不写“{magnitude}”。")
    if not own or (not unit and own in MEASURED_UNITS | COUNTED_UNITS):
        return own
    if one_unit(own) == one_unit(unit):
        return unit
    if own.startswith(("几", "数")):
        raise NotAFigure("vague", f"“{quoted(written)}”不是确切的数。", "请填确切的数；只知道范围的，写成10~20。")
    if not unit:
        raise _unclear(written)
    said = magnitude + own if magnitude + own in MEASURED_UNITS and own not in COUNTED_UNITS else own
    message = f"单位“{said}”与指标单位“{unit}”不符。"
    raise NotAFigure("unit-mismatch", message, f"请换算成“{unit}”后填写，或核对指标。")


def _plain(match: re.Match[str], written: str) -> tuple[Decimal, tuple[str, ...]]:
    if match["digits"]:
        return _number(match["digits"], written)
    value = _numeral(match["numeral"])
    if value is None:
        message = f"“{quoted(written)}”的中文数字无法确定。"
        raise NotAFigure("chinese-numeral-unclear", message, "请改用阿拉伯数字填写。")
    _check_size(value, match["numeral"], written)
    # 五百 can be nothing else; longer ones are told, so that somebody looks.
    told = not re.fullmatch(r"[一二两三四五六七八九][十百千万亿]{1,2}", match["numeral"])
    return value, ("chinese-numeral",) if told else ()


def _number(digits: str, written: str) -> tuple[Decimal, tuple[str, ...]]:
    """The digits as a number, without the noise of binary fractions that workbooks store."""
    number = Decimal(re.sub("[, ]", "", digits))
    _check_size(number, digits, written)
    if len(number.as_tuple().digits) > EXCEL_DIGITS and "." in digits:
        with localcontext(Context(prec=EXCEL_DIGITS)):
            short = (+number).normalize()
        if len(short.as_tuple().digits) <= NOISE_DIGITS and 0 < abs(short - number) < NOISE:
            return Decimal(f"{short:f}"), ("noise",)
    return Decimal(f"{number:f}"), ()


def _check_size(number: Decimal, digits: str, written: str) -> None:
    if len(digits) > LONGEST_NUMBER or number.adjusted() >= WHOLE_DIGITS:
        message = f"“{quoted(written)}”数字过长或过大，请确认。"
        raise NotAFigure("figure-too-large", message, f"整数部分不超过{WHOLE_DIGITS}位。")


def _numeral(text: str) -> Decimal | None:
    """一万二千 as 12000, 九十三点二四 as 93.24; None for what is said in more than one way (三千二) or no number."""
    whole, point, decimals = text.translate(_ONE_SPELLING).partition("点")
    full = "一" + whole if whole.startswith("十") else whole
    number = _unspelled(full)
    if number is None or _spelled(number) != full:
        return None
    return Decimal(f"{number}.{''.join(str(_DIGIT_WORDS[word]) for word in decimals)}" if point else number)


def _unspelled(text: str) -> int | None:
    for word, unit in _UNIT_WORDS.items():
        head, found, rest = text.partition(word)
        if found:
            times, more = _unspelled(head), _unspelled(rest.removeprefix("零")) if rest else 0
            return None if times is None or more is None else times * unit + more
    return _DIGIT_WORDS.get(text)


def _spelled(number: int) -> str:
    for word, unit in _UNIT_WORDS.items():
        if number >= unit:
            times, rest = divmod(number, unit)
            tail = ("零" if rest * 10 < unit else "") + _spelled(rest) if rest else ""
            return _spelled(times) + word + tail
    return "零一二三四五六七八九"[number]


def _range(match: re.Match[str], written: str, unit: str) -> Range:
    low_digits, low_magnitude, low_unit, high_digits, high_magnitude, high_unit = (
        part or "" for part in match.groups()
    )
    if low_magnitude != high_magnitude or (low_unit and one_unit(low_unit) != one_unit(high_unit)):
        message = f"“{quoted(written)}”两端的单位不一致，无法确定范围。"
        raise NotAFigure("range-unclear", message, "请把两端写全，如“5万~8万”。")
    own, magnitude = high_unit, high_magnitude
    if magnitude and one_unit(magnitude + own) == one_unit(unit):  # 5万元~8万元 of 万元
        own, magnitude = unit, ""
    own = _checked_unit(own, magnitude, written, unit)
    scale = prod((Decimal(_UNIT_WORDS[word]) for word in magnitude), start=Decimal(1))
    low, high = (_whole_if_it_is(_number(digits, written)[0] * scale) for digits in (low_digits, high_digits))
    if low > high:
        message = f"“{quoted(written)}”的下限{low}大于上限{high}。"
        raise NotAFigure("range-reversed", message, "请把较小的数写在前面；如不是范围，请填写一个数。")
    return Range(low, high, own)


def _diagnosed(text: str, written: str) -> NotAFigure:
    match = _MISTYPED.fullmatch(text)
    letter = next((char for char in text if char in _LOOKALIKES), None)
    if match and letter and (re.search(r"[0-9]", text) or len(text) == 1):
        message = f"含字母“{letter}”，是否为数字{_LOOKALIKES[letter]}？"
        return NotAFigure("letter-in-number", message, f"“{quoted(written)}”请改用数字重新填写。")
    if _BAD_GROUPS.fullmatch(text):
        message = f"“{quoted(written)}”千分位不规范，请确认。"
        return NotAFigure("bad-grouping", message, "请去掉逗号和空格，只写数字。")
    return _unclear(written)


def _unclear(written: str) -> NotAFigure:
    return NotAFigure(
        "not-a-figure", f"“{quoted(written)}”不是数值。", "请填写数字；没有数据请留空，不适用请填“不适用”。"
    )


def quoted(text: str) -> str:
    """The text for a message: in one line, cut where it is long."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text[: 4 * QUOTED]).split())
    return line if len(line) <= QUOTED else line[:QUOTED] + "…"


def ratio(numerator: Decimal, denominator: Decimal) -> Decimal | None:
    """100 x numerator / denominator in percent points, unrounded (28 digits); None when there is nothing to divide by."""
    with localcontext(Context(prec=PRECISION)):
        return None if denominator == 0 else 100 * numerator / denominator


def half_up(value: Decimal, decimals: int) -> Decimal:
    """Round once, half away from zero (四舍五入), to that many decimals."""
    with localcontext(Context(prec=PRECISION + decimals)):
        return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def display(value: Decimal, decimals: int, *, whole: Decimal | None = None) -> str:
    """The figure as printed: rounded half up, thousands grouped.

    A rounded figure never says more than the figure: with `whole` (100 for a rate) a value below it is
    not printed as it, and one above zero is not printed 0; one more decimal is added until it differs. The whole
    itself is printed bare.
    """
    if value == whole:
        return f"{whole.normalize():,f}"
    places = decimals
    while places < PRECISION and _says_too_much(value, half_up(value, places), whole):
        places += 1
    return f"{half_up(value, places):,.{places}f}"


def _says_too_much(value: Decimal, rounded: Decimal, whole: Decimal | None) -> bool:
    if rounded == value:
        return False
    return rounded == 0 or (whole is not None and rounded == whole)
