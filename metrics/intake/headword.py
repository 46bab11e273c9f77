"""What a column's header says word for word: brackets behind it, and the words of an upper row over it.

A word in brackets must be understood, or the column is not taken: 清理公厕（未完成） is not 清理公厕. An upper word may be
free, as 环卫 over 清理公厕 is, unless it makes other figures of those below: 计划, 上年同期, 占比.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from metrics import number
from metrics.catalogue import Catalogue
from metrics.intake.names import Names, Unknown
from metrics.number import fold
from metrics.period import Ambiguous, NotAPeriod, Period, month_header, read_written, year_in

PER_THOUSAND = "‰"
_SPACES = re.compile(r"[\s\u200b\ufeff]+")
_BRACKETS = re.compile(r"[(（\[【]([^()（）\[\]【】]*)[)）\]】]$")
_STARS = re.compile(r"^[*＊★☆•·]+|[★☆]+$")
_OR = re.compile(r"[、或/]")
_CUT = re.compile(r"[，,、;；\s]+")
_PHRASE = re.compile(r"^(?:计量)?单位[:：为是]*|^以(?=.+(?:计|为单位)$)")
_PHRASE_END = re.compile(r"(?<=.)(?:为单位|计)$")
_RUNNING = re.compile(r"(?:本?年度?)?累计(?:数|值|量|完成)?|今年以来|年初至今|本年度至今|年初以来")
_OF_MONTH = re.compile(r"(?:本|当)(?:月|期)(?:数|值|量|完成)?|月度")
_HARMLESS = re.compile(
    r"必填|选填|可选|必报|(?:填|阿拉伯)?数字|(?:保留)?整数|取整|保留.{1,3}位?小数|按(?:指标)?单位(?:填报)?|实际|实际数|实际值|实际完成|完成|完成数|完成量|完成值|数量|个数|数值|总数|总量|合计|汇总|值|数|量"
)
_MONTH_OF = re.compile(r"(.+月份?)((?:实际)?完成(?:数|值|情况)?|实际|数量?|值|累计(?:数|值|完成)?|当月)")
_MONTHS = re.compile(r"季|半年|全年|[QHS][1-4]|月.*[-~—－至到].*月|[0-9]{1,2}月?[-~—－至到][0-9]{1,2}月")
# What makes other figures of those that stand below; whole words, for 占压治理, 应急 and 未达标道路整治 are names.
_OTHER = re.compile(
    r"计划|^目标|目标(?:数|值|任务)?$|年度目标|^任务$|任务(?:数|量|值|指标)|预[计测算期]|上年|去年|前年|同期|上[月季期周]|往年|历年|标准(?!化)"
    r"|排[名序]|名次|得分|扣分|评分|权重|环比|同比|占比|占全|比[重例值率]|比$|对比|较(?:上|去|年|前|同|计)|新增|净增|增加|增长|增减|增幅|减少|核减|下降"
    r"|率$|日均|月均|人均|平均|均值|未(?:完成|整改|办结|清理|签订|解决|消除|通过|合格|报|处理|开展|达标$)|不合格|剩余|余[额量数]|差[额值距数]|欠"
    r"|应(?!急|用|对)|[须需](?:完成|清|整|办|建|签)|拟|待(?:完成|办|整|处|清|建|报)|调整|修[正订]|上报|抽查|核定|核实|下达|超期|逾期|指标值"
    r"|[旧原](?:数|值|版|$)|作废|草稿|年初|期初|基[数期]|其中|上旬|中旬|下旬|本周|当日|今日|每|新开工|[0-9]日|[0-9]月|[%％‰]"
)
_SPANNED = (
    (re.compile(r"(?:本年|年度|今年|全年)?累计(?:完成)?(.+)"), "cumulative"),
    (re.compile(r"(.+?)(?:本年|年度|今年|全年)?累计(?:完成)?(?:数|值|量)?"), "cumulative"),
    (re.compile(r"[本当]月(?:完成)?(.+)"), "month"),
    (re.compile(r"(.+?)[本当]月(?:完成)?(?:数|值|量)?"), "month"),
    (re.compile(r"(.+?)(?:数量?|总数|总量)"), ""),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a header says beside its name: unit, "cumulative" or "month", and a period; "" and None for nothing."""

    unit: str = ""
    span: str = ""
    period: str | None = None

    def with_those_of(self, other: Words) -> Words | None:
        """Both together; None when they contradict each other."""
        pairs = ((self.unit, other.unit), (self.span, other.span), (self.period, other.period))
        if any(one and two and one != two for one, two in pairs):
            return None
        unit, span, period = (one or two for one, two in pairs)
        return Words(unit=unit or "", span=span or "", period=period)


def bare(text: str) -> str:
    """A header without any spaces, for comparing."""
    return _SPACES.sub("", text).replace("％", "%")


def parts(header: str, names: Names, catalogue: Catalogue) -> tuple[str, tuple[str, ...]]:
    """完成率（%） -> 完成率 and what stands in brackets behind it; a name that ends in a bracket stays whole."""
    brackets: list[str] = []
    base = _unmarked(bare(header))
    while not known(base, names, catalogue) and (match := _BRACKETS.search(base)):
        brackets.insert(0, match[1])
        base = _unmarked(base[: match.start()])
    if (match := _BRACKETS.search(base)) and is_unit(
        match[1], catalogue
    ):  # the unit tells which of two is meant, or says it again
        brackets.insert(0, match[1])
        bare_name = base[: match.start()]
        base = bare_name if known(bare_name, names, catalogue) else base
    if base.endswith("%") and len(base) > 1:
        return base[:-1], ("%", *brackets)
    return base, tuple(brackets)


def _unmarked(text: str) -> str:
    return number.without_marks(_STARS.sub("", text) or text)


def known(text: str, names: Names, catalogue: Catalogue) -> bool:
    """Whether the whole text is a header word or the name of an indicator."""
    return text.rstrip(":：") in catalogue.header_words or named(text, names, catalogue) is not None


def named(text: str, names: Names, catalogue: Catalogue) -> str | None:
    """Code of the indicator whose name or code the text is; None for none."""
    return text if text in catalogue.indicators else names.header(text)


def spanned(text: str, names: Names, catalogue: Catalogue) -> tuple[str | None, str]:
    """清理公厕累计 and 本月清理公厕: the code of the indicator, and the span that is said; None for no indicator."""
    for pattern, span in _SPANNED:
        match = pattern.fullmatch(text)
        if match and (code := named(match[1], names, catalogue)):
            return code, span
    return None, ""


def read(texts: Iterable[str], catalogue: Catalogue) -> Words | None:
    """What the words in brackets say; None as soon as one of them is not understood."""
    said: Words | None = Words()
    for text in texts:
        whole = _word(text, catalogue)
        each = [whole] if whole else [_word(word, catalogue) for word in _CUT.split(text) if word]
        for word in each:
            said = said.with_those_of(word) if said and word else None
    return said


def _word(text: str, catalogue: Catalogue) -> Words | None:
    plain = _PHRASE_END.sub("", _PHRASE.sub("", bare(text))) if _PHRASE.match(bare(text)) else bare(text)
    if is_unit(plain, catalogue):
        return Words(unit=unit_word(plain))
    if units := one_of(plain, catalogue):
        return Words(unit=units)
    if not plain or _HARMLESS.fullmatch(plain) or plain in _titles(catalogue):
        return Words()
    if _RUNNING.fullmatch(plain):
        return Words(span="cumulative")
    if _OF_MONTH.fullmatch(plain):
        return Words(span="month")
    period = period_of(plain)
    return Words(period=period) if period else None


def over(group: str, names: Names, catalogue: Catalogue) -> Words | None:
    """What an upper word says of the columns below it; None when their figures are not those that are reported."""
    if not group or named(group, names, catalogue):
        return Words()
    base, brackets = parts(group, names, catalogue)
    said, own = read(brackets, catalogue), _word(base, catalogue) or _free(base, names, catalogue)
    return said.with_those_of(own) if said and own else None


def _free(base: str, names: Names, catalogue: Catalogue) -> Words | None:
    """A free word over columns, as 环卫; None for one that makes other figures of them."""
    span = span_in(base)
    if base in catalogue.header_words:
        group = catalogue.header_words[base] in {"数值", "指标名称"} and not base.endswith("率")
        return Words(span=span) if group else None
    other = _OTHER.search(base) or year_in(base) or _is_region(base, names)
    return Words(span=span) if span or not other else None


def span_in(text: str) -> str:
    """Whether the words are of running totals or of the month alone."""
    if "累计" in text:
        return "cumulative"
    return "month" if any(word in text for word in ("本月", "当月", "本期", "当期")) else ""


def _is_region(text: str, names: Names) -> bool:
    try:
        return bool(names.region(text))
    except Unknown:
        return False


def _titles(catalogue: Catalogue) -> set[str]:
    return {bare(name) for section in catalogue.sections for name in (section.title, section.short)} | {
        bare(department.name) for department in catalogue.declaration.departments
    }


def is_unit(text: str, catalogue: Catalogue) -> bool:
    """Whether the text is a unit, with 万 and the like before it or not."""
    return text in {PER_THOUSAND, "千分比"} or number.is_unit(text, (one.unit for one in catalogue.indicators.values()))


def one_of(text: str, catalogue: Catalogue) -> str:
    """座或件、% as 座、件、%, of which each indicator has its own; "" for others. 元/座 is a price, and 万座、件 scales."""
    each = [unit_word(word) for word in _OR.split(text)]
    per = "/" in text and "%" not in each and len(each) < 3  # noqa: PLR2004
    plain = all(is_unit(word, catalogue) and scale(word) == "" for word in each)
    return "、".join(each) if len(each) > 1 and plain and not per else ""


def scale(unit: str) -> str:
    """万 of 万座; "" for a unit of its own, such as 千克."""
    return unit[:1] if unit[:1] in set("十百千万亿") and unit not in {"千米", "千克"} else ""


def unit_word(text: str) -> str:
    """The unit under its usual sign."""
    return {"千分比": PER_THOUSAND, "百分比": "%", "％": "%"}.get(text, text)


def month_of(text: str) -> tuple[str | None, str]:
    """The period of 4月, 4月完成数 or 4月累计, and the span that it says."""
    found = period_of(text)
    match = _MONTH_OF.fullmatch(text) if found is None else None
    if match is None:
        return found, ""
    return period_of(match[1]), "cumulative" if match[2].startswith("累计") else "month" if match[2] == "当月" else ""


def period_of(text: str) -> str | None:
    """The period that a text of a header is of, as `period.read_written` takes it; None for a day and for no period.

    2023.1 stays as it is, to be asked about; a month has no year where the text has none.
    """
    month = month_header(text)
    if month is not None:
        return str(month) if isinstance(month, Period) else f"{month}月"
    plain = fold(text).replace(" ", "")
    if not _MONTHS.search(plain) and not re.fullmatch(r"[0-9]{4}(年度?|\.1)", plain):
        return None
    try:
        written = read_written(plain, year=2000)
    except NotAPeriod:
        return None
    return plain if isinstance(written, Ambiguous) or written.day is None else None


def is_one_month(period: str) -> bool:
    """Whether what `period_of` found is a single month."""
    return month_header(period) is not None or re.fullmatch(r"[0-9]{4}\.1", period) is not None
