"""One figure entered by hand -> a file in the long form, so that it goes through the very same check."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, fields
from datetime import datetime

from metrics.intake.check import Upload
from metrics.intake.column import Role
from metrics.model import Indicator, Kind
from metrics.number import Figure, NotAFigure, read_cell
from metrics.period import SHANGHAI

ZERO_SAID = "零报：已确认数值为0"
LIMITS = ("超", "以上", "不足", "以下", "约")
FIGURE = ("value", "qualifier")
ENTERED: dict[Kind, tuple[str, ...]] = {
    Kind.FLOW: FIGURE,
    Kind.CUMULATIVE: FIGURE,
    Kind.STOCK: FIGURE,
    Kind.COUNTDOWN: FIGURE,
    Kind.RATIO: ("numerator", "denominator", *FIGURE),
    Kind.MILESTONE: ("state", "planned", "actual"),
    Kind.GRADE: ("state",),
}
_HEADERS = {
    "code": Role.CODE, "name": Role.NAME, "period": Role.PERIOD, "region": Role.REGION, "value": Role.VALUE,
    "numerator": Role.NUMERATOR, "denominator": Role.DENOMINATOR, "qualifier": Role.QUALIFIER, "state": Role.STATE,
    "planned": Role.PLANNED, "actual": Role.ACTUAL, "note": Role.NOTE,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What was typed into the form, as text; "" for what was left empty.

    region, period  as a file would name them: 全区, 2023年5月
    zero            whether the person confirmed that a 0 is meant
    """

    indicator: Indicator
    region: str
    period: str
    value: str = ""
    numerator: str = ""
    denominator: str = ""
    qualifier: str = ""
    state: str = ""
    planned: str = ""
    actual: str = ""
    note: str = ""
    zero: bool = False


def upload(entry: Entry, *, at: datetime) -> Upload:
    """The entry as a CSV of one row under the long form's headers, only those that its kind has.

    at  the moment of entry; it makes the file's bytes its own, as the same figure may be entered again after a revision
    """
    wanted = ["code", "name", "period", "region", *ENTERED[entry.indicator.kind], "note"]
    texts = {**_texts(entry), "code": entry.indicator.code, "name": entry.indicator.name, "note": _note(entry)}
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*(_HEADERS[name].value for name in wanted), Role.IGNORED.value])
    writer.writerow([*(texts[name] for name in wanted), f"{at.astimezone(SHANGHAI):%Y%m%d%H%M%S}"])
    return Upload(name=f"填报_{entry.indicator.name}.csv", data=out.getvalue().encode("utf-8-sig"))


def _texts(entry: Entry) -> dict[str, str]:
    return {
        one.name: str(getattr(entry, one.name)).strip()
        for one in fields(entry)
        if one.name not in {"indicator", "zero"}
    }


def _note(entry: Entry) -> str:
    return "；".join(text for text in (ZERO_SAID if entry.zero and is_zero(entry) else "", entry.note.strip()) if text)


def is_zero(entry: Entry) -> bool:
    """Whether the figure entered is exactly 0, which must be confirmed: 0 and 未报 are easily taken for each other."""
    typed = entry.value or entry.numerator
    try:
        read = read_cell(typed.strip()) if typed.strip() else None
    except NotAFigure:
        return False
    return isinstance(read, Figure) and read.value == 0


def lacking(entry: Entry) -> str:
    """What must still be entered before it can be checked, in one sentence; "" for nothing."""
    kind = entry.indicator.kind
    if not entry.period.strip():
        return "请填写期间，如2023年5月。"
    if kind in {Kind.MILESTONE, Kind.GRADE}:
        return "" if entry.state.strip() else "请填写状态。" if kind is Kind.MILESTONE else "请填写等次或结论。"
    if not (entry.value.strip() or (entry.numerator.strip() and entry.denominator.strip())):
        return "请填写数值，或分子和分母。" if kind is Kind.RATIO else "请填写数值。"
    if is_zero(entry) and not entry.zero:
        return "填的是0：如确实为零，请勾选“确认零报”；没有数据请不要填0。"
    return ""
