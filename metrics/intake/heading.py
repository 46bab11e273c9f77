"""What stands above and around a table: of which month, unit and place it says to be, and what it must not be."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from metrics.catalogue import Catalogue
from metrics.intake.headword import is_unit, one_of, unit_word

_DATE = r"(?:[0-9]{4}\s*[年./-]\s*)?[0-9]{1,2}\s*[月./-]\s*[0-9]{1,2}\s*日?"
# When a form was filled in, and what it refers to, say nothing of the month that it reports.
_ASIDE = re.compile(
    rf"(?:填报|填表|填写|制表|报送|上报|报出|打印|编制|审核|生成|导出|更新|印发)(?:日期|时间|于)?[:：]?\s*(?:{_DATE}|[0-9]{{4}}\s*年(?:\s*[0-9]{{1,2}}\s*月)?)"
    r"|(?:根据|依据|按照|按|参照)[^，,。；;）)]*"
    r"|自[^，,。；;）)]*?起|《[^》]*》|[〔\[【（(][0-9]{4}[〕\]】）)]\s*第?[0-9]+号"
    r"|[0-9]{4}\s*年(?:度|以来)?[^，,。；;0-9]{0,12}(?:行动计划|实施方案|工作方案|办法|通知)"
    r"|(?:[0-9]{4}\s*年\s*)?(?:[0-9]{1,2}|[每当本次])\s*月\s*[0-9]{1,2}\s*日[^，,。；;0-9]{0,4}前(?:[^，,。；;）)]{0,8}[报送交][^，,。；;）)]*)?"
    r"|[0-9]{4}\s*年\s*[0-9]{1,2}\s*月\s*(?:编|印|制表)[制发]?(?=$|[\s）)])"
)
_TWO_YEARS = re.compile(
    r"(?<![0-9])(20[0-9]{2})\s*年?度?\s*[-~－—–/至到]+\s*(20[0-9]{2})(?![0-9])\s*年?(?!\s*[0-9]{1,2}\s*月)"
)
# Who signs, and when: no name of a table.
_SIGNED = re.compile(r"\S{2,20}(?:委|局|办|处|中心|街道|镇|公司|站|所|队|科|会)\s*[0-9]{4}\s*年\s*[0-9]{1,2}\s*月")
_FULL_DATE = re.compile(
    r"(?<![0-9至到止-])(?:[0-9]{4}\s*年\s*[0-9]{1,2}\s*月\s*[0-9]{1,2}\s*日|[0-9]{4}[./-][0-9]{1,2}[./-][0-9]{1,2})(?![0-9])"
)


_UNIT = re.compile(
    r"(?<!填报)(?<!报送)(?<!上报)(?<!负责)(?<!责任)(?<!主管)(?<!制表)(?<!编制)(?:计量)?单位(?:\s*[:：为是]+\s*|\s+)([^\s，,。；;（）()：:]+)"
    r"|以([^\s，,。；;（）()：:]+?)(?:计|为单位)"
)
_BRACKET = re.compile(r"[（(]([^（）()]+)[）)]\s*$")
_JOINT = re.compile(r"[、/,，]|和|及")
_OF_MONTH = re.compile(r"(?:当|本)月(?:数|值)")
_RUNNING = re.compile(r"累计(?:数|值)(?!为)")


def units(texts: Sequence[str], catalogue: Catalogue) -> tuple[str, ...]:
    """The units that a title gives its whole table: 单位：吨, or a unit in brackets at its end; a loose 个 is none."""
    said: list[str] = []
    beside = [f"{one} {other}" for one, other in pairwise(texts) if one.strip(" ：:") in {"单位", "计量单位"}]
    for text in [*texts, *beside]:
        for words in [*("".join(found) for found in _UNIT.findall(text)), *_BRACKET.findall(text)]:
            each = [unit_word(word) for word in _JOINT.split(words)]
            joint = one_of(words, catalogue)
            said += [joint] if joint else each if all(is_unit(word, catalogue) for word in each) else []
    return tuple(dict.fromkeys(unit for unit in said if unit != "个"))


def span(texts: Sequence[str]) -> str:
    """Whether the title says that its figures are 当月数 ("month") or 累计数 ("cumulative"); "" for neither or both."""
    joined = " ".join(texts)
    month, running = bool(_OF_MONTH.search(joined)), bool(_RUNNING.search(joined))
    return "" if month == running else "month" if month else "cumulative"


def about(title: Sequence[str], sheet: str | None) -> str:
    """The words that tell of which month a table is: title and sheet name without dates of filling in and references.

    A line of an organisation and a month is a signature where another line names a month; 2023-2024年 is of two years.
    """
    said = [_FULL_DATE.sub(" ", _ASIDE.sub(" ", text)) for text in (*title, sheet or "")]
    signed = [text for text in said if _SIGNED.fullmatch(text.strip())]
    if any("月" in text for text in said if text not in signed):
        said = [text for text in said if text not in signed]
    return " ".join(_TWO_YEARS.sub(r"\1年 \2年", text) for text in said)
