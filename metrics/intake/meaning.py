"""One text of a file -> what it means for the store, and what is to be said of it. No table, no SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from metrics import number, period
from metrics.intake.column import Role
from metrics.intake.layout import BLANKS, Layout
from metrics.intake.names import Unknown
from metrics.model import Indicator, Kind, State
from metrics.number import Figure, Fraction, Missing, NotAFigure, Qualifier, Range, half_up
from metrics.period import Ambiguous, NotAPeriod, Period

STORED_DECIMALS: Final = 4
GREATEST: Final = Decimal(10) ** 13
WHOLE: Final = Decimal(100)
FRACTION: Final = Decimal(2)  # what may be a percentage written as a fraction: 0.9324, 1.0288
_NUMBER: Final = re.compile(r"[-+]?[0-9]*\.?[0-9]+")
STATES: Final = {**{state.value: state for state in State}, "完成": State.DONE, "已办结": State.DONE, "推进中": State.ONGOING,
                 "正在推进": State.ONGOING, "尚未开始": State.NOT_STARTED, "未启动": State.NOT_STARTED,
                 "正在进行": State.ONGOING, "持续推进": State.ONGOING, "已完工": State.DONE, "完工": State.DONE}  # fmt: skip
QUALIFIERS: Final = {
    "": Qualifier.EXACT, "exact": Qualifier.EXACT, "等于": Qualifier.EXACT, "=": Qualifier.EXACT, "精确": Qualifier.EXACT,
    "超": Qualifier.GT, "超过": Qualifier.GT, "大于": Qualifier.GT, "高于": Qualifier.GT, "多于": Qualifier.GT, "余": Qualifier.GT,
    ">": Qualifier.GT, "gt": Qualifier.GT, "以上": Qualifier.GE, "不低于": Qualifier.GE, "至少": Qualifier.GE, "≥": Qualifier.GE,
    ">=": Qualifier.GE, "ge": Qualifier.GE, "不足": Qualifier.LT, "低于": Qualifier.LT, "小于": Qualifier.LT, "近": Qualifier.LT,
    "<": Qualifier.LT, "lt": Qualifier.LT, "以下": Qualifier.LE, "不超过": Qualifier.LE, "至多": Qualifier.LE, "≤": Qualifier.LE,
    "<=": Qualifier.LE, "le": Qualifier.LE, "约": Qualifier.APPROX, "左右": Qualifier.APPROX, "大约": Qualifier.APPROX,
    "approx": Qualifier.APPROX, "区间": Qualifier.RANGE, "range": Qualifier.RANGE,
}  # fmt: skip
WRITTEN_AS: Final = {
    Qualifier.GT: "超{}", Qualifier.GE: "{}以上", Qualifier.LT: "不足{}", Qualifier.LE: "{}以下", Qualifier.APPROX: "约{}",
}  # fmt: skip
REMARKS: Final = {
    "dash": "“{text}”按缺报处理；如为不适用请填“不适用”，如为零请填0。",
    "footnote": "“{text}”后面的注释符号已去掉。",
    "range": "“{text}”是区间，按区间入库，不画成一个点。",
    "colon": "“{text}”已按分子、分母读取，请确认。",
    "shorthand": "“{text}”按“以上”处理。",
    "chinese-numeral": "“{text}”是中文数字，已读作{value}。",
    "unit-magnitude": "“{text}”已读作{value}。",
    "serial": "“{text}”是Excel日期序号，已读作{period}。",
    "excel-display": "“{text}”已读作{period}，请确认。",
    "short-year": "“{text}”的年份只写了两位，已读作{period}，请确认。",
    "excel-display-ambiguous": "“{text}”已读作{period}，也可能是某一天，请确认。",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What reading one text said: a rule, a severity and words; key and options of a question."""

    rule: str
    severity: str
    message: str
    fix: str = ""
    key: str | None = None
    options: str | None = None


def figure(
    text: str, limit: str | None, indicator: Indicator, answers: Mapping[str, str]
) -> tuple[dict[str, Any] | None, list[Said]]:
    """The columns of a figure as written, and what is to be said of it."""
    try:
        read = number.read_cell(
            _limited(text, limit), unit=indicator.unit, measured=indicator.unit in number.MEASURED_UNITS
        )
    except NotAFigure as wrong:
        return None, [error(wrong)]
    if isinstance(read, Missing):
        return _missing(read, text, indicator, answers)
    if isinstance(read, Fraction):
        return _fraction(read, text, indicator)
    ends = [end for end in (read.lower, read.upper, read.value) if end is not None]
    if not all(map(_fits, ends)):
        return None, [_too_great(text)]
    bare = read.unit == "" and indicator.unit == "%"
    fine = next((said for end in ends if (said := _too_fine(end, text, indicator, bare=bare))), None)
    if fine:
        return None, [fine]
    return _figure_row(read, text, limit, indicator), list(_remarked(read, text))


def _fraction(read: Fraction, text: str, indicator: Indicator) -> tuple[dict[str, Any] | None, list[Said]]:
    if indicator.kind is not Kind.RATIO:
        return None, [
            Said(
                rule="fraction-not-allowed", severity="error", message=f"“{text}”是两数之比，{indicator.name}不是比率。",
                fix="请填一个数。",
            )
        ]  # fmt: skip
    if not (_fits(read.numerator) and _fits(read.denominator)):
        return None, [_too_great(text)]
    if _too_long(read.numerator) or _too_long(read.denominator):
        return None, [
            Said(
                rule="part-not-exact",
                severity="error",
                message=f"“{text}”的分子、分母最多保存4位小数。",
                fix="请核对两数。",
            )
        ]
    parts = {"numerator": read.numerator, "denominator": read.denominator}
    return {**parts, "qualifier": "exact", "obs_status": "A", "missing": False}, list(_remarked(read, text))


def _fits(value: Decimal) -> bool:
    return abs(value) < GREATEST


def _too_great(text: str) -> Said:
    return Said(
        rule="too-great",
        severity="error",
        message=f"“{text}”大得不合常理，超出可存储的范围。",
        fix="请核对数值和单位。",
    )


def _limited(text: str, limit: str | None) -> str:
    """数值 with the word of 限定 put to it; raises `NotAFigure` for a word that is none."""
    if limit is None:
        return text
    qualifier = QUALIFIERS.get(number.fold(limit).lower())
    if qualifier is None:
        raise NotAFigure("unknown-qualifier", f"限定“{limit}”无法识别。", "可填：超、以上、不足、以下、约，或留空。")
    form = WRITTEN_AS.get(qualifier, "{}")
    read = number.read_cell(text)
    if qualifier is Qualifier.RANGE and not isinstance(read, Range):
        raise NotAFigure(
            "qualifiers-differ", f"限定“{limit}”要求写成区间，数值却是“{text}”。", "请写成5~8，或去掉限定。"
        )
    if isinstance(read, Figure) and read.qualifier is Qualifier.EXACT:
        return form.format(text)
    if isinstance(read, Figure | Range) and qualifier not in {Qualifier.EXACT, read.qualifier}:
        raise NotAFigure("qualifiers-differ", f"数值“{text}”和限定“{limit}”不一致。", "请只在一处写明。")
    return text


def _figure_row(read: Figure | Range, text: str, limit: str | None, indicator: Indicator) -> dict[str, Any]:
    exact = read.qualifier is Qualifier.EXACT
    value = None if read.value is None else _storable(read.value)
    ends = {"lower": read.lower, "upper": read.upper} if not exact else {"lower": value, "upper": value}
    return {
        "value": value,
        **{name: None if end is None else _storable(end) for name, end in ends.items()},
        "qualifier": read.qualifier.value,
        "written": None if exact else _limited(text, limit),
        "obs_status": "A",
        "bare": read.unit == "" and indicator.unit == "%",
        "missing": False,
    }


def _storable(value: Decimal) -> Decimal:
    """The figure as the store keeps it: half up where it has more digits. The indicator's decimals are for the screen."""
    return half_up(value, STORED_DECIMALS) if _too_long(value) else value


def _too_long(value: Decimal) -> bool:
    exponent = value.normalize().as_tuple().exponent
    return isinstance(exponent, int) and exponent < -STORED_DECIMALS


def _too_fine(value: Decimal, text: str, indicator: Indicator, *, bare: bool) -> Said | None:
    """A count with a fraction, or a figure that rounding would make nothing, the whole, or a bound.

    bare  a percentage without its sign, which may be a fraction of 1: 0.9999999 must not become 100 either
    """
    if not _too_long(value):
        return None
    if indicator.kind is not Kind.RATIO and indicator.decimals == 0 and indicator.unit not in number.MEASURED_UNITS:
        return Said(
            rule="not-an-integer", severity="error", message=f"“{text}”：该指标应为整数。", fix="请核对数值和单位。"
        )
    marks = {Decimal(0), indicator.minimum, indicator.maximum, WHOLE if indicator.unit == "%" else None}
    readings = [(value, _storable(value))]
    if bare and abs(value) <= FRACTION:  # `place.scales` reads the text again, where it is nothing but a number
        scaled = WHOLE * value
        readings.append((scaled, _storable(scaled if _NUMBER.fullmatch(text) else WHOLE * _storable(value))))
    gone = [rounded for exact, rounded in readings if rounded != exact and rounded in marks]
    return _rounded_away(text, gone[0]) if gone else None


def _rounded_away(text: str, rounded: Decimal) -> Said:
    return Said(
        rule="too-fine",
        severity="error",
        message=f"“{text}”只能保存{STORED_DECIMALS}位小数，四舍五入会变成{rounded.normalize() + 0:f}。",
        fix="请核对数值；是比率的，请在分子、分母两列填写原数。",
    )


def _remarked(read: Figure | Range | Fraction, text: str) -> Iterator[Said]:
    for remark in read.remarks:
        if remark in REMARKS:
            value = None if isinstance(read, Fraction) else read.value
            words = REMARKS[remark].format(text=text, value="" if value is None else f"{value:f}")
            yield Said(rule=remark, severity="warning", message=words)


def _missing(
    read: Missing, text: str, indicator: Indicator, answers: Mapping[str, str]
) -> tuple[dict[str, Any] | None, list[Said]]:
    row: dict[str, Any] = {"qualifier": "exact", "obs_status": read.obs_status, "written": text, "missing": True}
    if read.remark == "dash":
        return row, [Said(rule="dash", severity="warning", message=REMARKS["dash"].format(text=text))]
    if read.remark == "below-unit":
        half = Decimal(1).scaleb(-indicator.decimals) / 2
        return row | {"upper": half, "qualifier": "lt", "missing": False}, []
    if read.remark != "none-word":
        return row, []
    answer = answers.get("none.数值")
    if answer == "zero":
        return row | {
            "value": Decimal(0),
            "lower": Decimal(0),
            "upper": Decimal(0),
            "obs_status": "A",
            "missing": False,
            "written": text,
        }, []
    if answer == "missing":
        return row, []
    return None, [_none_question(text, Role.VALUE, indicator.unit)]


def part(text: str, role: Role, answers: Mapping[str, str]) -> tuple[dict[str, Any] | None, list[Said]]:
    """Value, obs_status and unit of a numerator or denominator as written, and what is to be said of it."""
    try:
        read = number.read_cell(text)
    except NotAFigure as wrong:
        return None, [error(wrong)]
    if isinstance(read, Missing):
        return _missing_part(read, text, role, answers)
    if not isinstance(read, Figure) or read.qualifier is not Qualifier.EXACT or read.unit == "%":
        return None, [
            Said(
                rule="part-not-exact", severity="error", message=f"{role.value}“{text}”不是一个确切的数。",
                fix=f"{role.value}请填确切的数，不写约数，也不以万为单位。",
            )
        ]  # fmt: skip
    if not _fits(read.value):
        return None, [_too_great(text)]
    stored = _storable(read.value)
    if stored != read.value and stored == stored.to_integral_value():  # 0.99999 of 1, or a denominator that becomes 0
        return None, [_rounded_away(text, stored)]
    return {"value": stored, "obs_status": "A", "unit": read.unit or None}, list(_remarked(read, text))


def _missing_part(
    read: Missing, text: str, role: Role, answers: Mapping[str, str]
) -> tuple[dict[str, Any] | None, list[Said]]:
    if read.remark == "none-word":
        answer = answers.get(f"none.{role.value}")
        if answer == "zero":
            return {"value": Decimal(0), "obs_status": "A"}, []
        if answer != "missing":
            return None, [_none_question(text, role, "")]
    dash = [Said(rule="dash", severity="warning", message=REMARKS["dash"].format(text=text))]
    return {"value": None, "obs_status": read.obs_status}, dash if read.remark == "dash" else []


def _none_question(text: str, role: Role, unit: str) -> Said:
    return Said(
        rule="none-word", severity="ask", key=f"none.{role.value}",
        options=packed({"zero": f"0{unit}", "missing": "没有数据（缺报）"}),
        message=f"“{text}”是指0{unit}还是没有数据？", fix="请选择一种；或在文件中写0或缺报。",
    )  # fmt: skip


def state(kind: str, text: str) -> tuple[dict[str, Any] | None, list[Said]]:
    """The state of work, or the grade, that a text says; nothing for words of work that are not known."""
    wrong = excel_error(text)
    if wrong:
        return None, [wrong]
    if kind == Kind.MILESTONE:
        known = STATES.get(number.fold(text).replace(" ", "").removesuffix("。"))
        return ({"state": known.value, "obs_status": "A"} if known else None), []
    read = cell(text)
    if isinstance(read, Missing):
        dash = [Said(rule="dash", severity="warning", message=REMARKS["dash"].format(text=text))]
        return {"state": None, "obs_status": read.obs_status}, dash if read.remark == "dash" else []
    return {"state": text, "obs_status": "A"}, []


def is_figure(text: str) -> bool:
    """Whether the text says a number, with a unit or without, exact or not."""
    return isinstance(cell(text), Figure | Range | Fraction)


def stray(text: str) -> Said:
    """The words for a figure that stands under 状态."""
    return Said(
        rule="figure-in-state", severity="error", message=f"该指标要填数值，“{text}”填在状态列。",
        fix="请把数填在数值列；表内没有数值列的，请加上。",
    )  # fmt: skip


def same_state(kind: str, state_text: str, text: str) -> bool:
    """Whether 数值 says nothing else than 状态 of the same row."""
    if isinstance(cell(text), Missing):
        return True
    first, second = (STATES.get(one.strip(BLANKS)) for one in (state_text, text))
    return state_text == text or (kind == Kind.MILESTONE and first is not None and first == second)


def contradiction(state_text: str, text: str) -> Said:
    """The words for 状态 and 数值 that say two things."""
    return Said(
        rule="state-contradicted", severity="error", message=f"状态是“{state_text}”，数值列又写着“{text}”。",
        fix="请只留一个；要说明的话请写在备注列。",
    )  # fmt: skip


def excel_error(text: str) -> Said | None:
    """#REF! and its like, or something struck out, in a column of words."""
    if not text.startswith(("#", "＃")) and number.STRUCK not in text:
        return None
    try:
        number.read_cell(text)
    except NotAFigure as wrong:
        return error(wrong) if wrong.rule in {"excel-error", "struck-out"} else None
    return None


def cell(text: str) -> object:
    """The cell as read; None for what is no figure and no word for a missing one."""
    try:
        return number.read_cell(text)
    except NotAFigure:
        return None


def october(
    written: Ambiguous, text: str, layout: Layout, answers: Mapping[str, str]
) -> tuple[Period | None, Said | None]:
    """2023.1 as answered; without an answer, the question whether it is January or October."""
    column = layout.of(Role.PERIOD)
    header = column.header if column else Role.PERIOD.value
    key = f"october.{header}"
    by_answer = {f"{reading.end.month:02}": reading for reading in written.readings}
    if answers.get(key) in by_answer:
        return by_answer[answers[key]], None
    options = {answer: period.chinese(reading) for answer, reading in by_answer.items()}
    return None, Said(
        rule="october", severity="ask", key=key, options=packed(options),
        message=f"“{text}”可能是{written.readings[0].end.month}月或{written.readings[1].end.month}月。", fix="请选择是哪个月，或在文件中写成2023年10月。",
    )  # fmt: skip


def packed(options: Mapping[str, str]) -> str:
    """Answers and their readings as one text, for a table."""
    return "\n".join(f"{answer}\t{reading}" for answer, reading in options.items())


def unpacked(text: str | None) -> dict[str, str]:
    """What `packed` packed."""
    return dict(line.split("\t", 1) for line in text.splitlines()) if text else {}


def error(wrong: Unknown | NotAFigure | NotAPeriod) -> Said:
    """The words of a text that could not be read."""
    message = wrong.message
    if wrong.rule == "excel-error":
        message = message.replace("该格", "第{row}行", 1)  # place.readings knows the row
    return Said(rule=wrong.rule, severity="error", message=message, fix=wrong.fix)
