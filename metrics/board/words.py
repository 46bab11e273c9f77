"""The words of a screen: figures as written, periods, states, changes. Every word and number format starts here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from metrics.board.comparison import Against, Comparison, Total, base_period
from metrics.board.comparison import compared as comparison
from metrics.board.derive import contradicted, is_reported, is_told, value
from metrics.board.query import Fact
from metrics.model import (
    UNALLOCATED,
    Indicator,
    Kind,
    Observation,
    State,
    Status,
    Target,
    TargetForm,
    Thresholds,
    alike,
)
from metrics.number import Qualifier, display
from metrics.period import Period, chinese

MARKS = {
    Status.MET: "✔", Status.ON_SCHEDULE: "●", Status.BEHIND: "▲", Status.FAR_BEHIND: "■", Status.MISSED: "■",
    Status.OVERDUE: "■", Status.DUE_UNREPORTED: "▲", Status.UNDECIDED: "◇", Status.NO_TARGET: "◇", Status.NO_DATA: "◇",
}  # fmt: skip
TONES = {
    Status.MET: "good", Status.ON_SCHEDULE: "good", Status.BEHIND: "warn", Status.DUE_UNREPORTED: "warn",
    Status.FAR_BEHIND: "bad", Status.MISSED: "bad", Status.OVERDUE: "bad",
}  # fmt: skip
STATE_MARKS = {
    State.DONE: "✔", State.MOSTLY_DONE: "◕", State.ONGOING: "◐", State.STANDING: "↻", State.PLANNED: "○",
    State.NOT_STARTED: "○", State.NOT_SAID: "◇",
}  # fmt: skip
KINDS = {
    Kind.FLOW: "当期数", Kind.CUMULATIVE: "累计数", Kind.STOCK: "时点数", Kind.RATIO: "比率",
    Kind.COUNTDOWN: "销账倒计数", Kind.MILESTONE: "工作事项", Kind.GRADE: "等级",
}  # fmt: skip
POLARITIES = {"up": "越高越好", "down": "越低越好", "none": "不判断好坏（工作量）"}
INFERRED = {"period_start": "起始日推定", "period_end": "截止日推定"}
FREQUENCIES = {"monthly": "每月", "quarterly": "每季度", "half-yearly": "每半年", "yearly": "每年"}
AFTER_UNIT = ("以上", "以下", "左右")
FEW = 10
ONE_POINT = "仅1期数据，暂无趋势"
NOT_REPORTED = "尚无数据"


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """A status or state as shown: mark, word and tone (good, warn, bad or plain); `rule` says by what it was judged."""

    mark: str
    word: str
    tone: str = "plain"
    rule: str = ""


def badge(status: Status, rule: str = "") -> Badge:
    """The status as shown."""
    return Badge(mark=MARKS[status], word=status.value, tone=TONES.get(status, "plain"), rule=rule)


def rule(status: Status, thresholds: Thresholds) -> str:
    """What the status means, with the thresholds in force."""
    near, far = thresholds.behind, thresholds.far_behind
    said = {
        Status.MET: "数值达到目标值（按显示的小数位判断）。带“超”“不足”“约”的数值，只有全部可能的取值都达到时才算。",
        Status.ON_SCHEDULE: f"限期任务：完成进度落后序时进度不到{near}个百分点。",
        Status.BEHIND: f"限期任务：完成进度落后序时进度{near}至{far}个百分点。",
        Status.FAR_BEHIND: f"限期任务：完成进度落后序时进度超过{far}个百分点。",
        Status.MISSED: "长期标准没有达到，或者期限已过仍未达到。",
        Status.OVERDUE: "工作事项：期限之后的报告仍说没有完成。",
        Status.DUE_UNREPORTED: "工作事项：期限（计划、预计或每年的期限）已过，此后没有报告。不等于没有完成。",
        Status.UNDECIDED: "数值只给出范围，可能的取值有的达到、有的达不到。",
        Status.NO_TARGET: "来源没有写明目标值。本看板不自行设定目标，也不评价好坏。",
        Status.NO_DATA: "还没有数据。没有数据不等于0。",
    }
    return said[status]


def target(one: Target, indicator: Indicator) -> str:
    """A target with its form, due date, validity and basis."""
    due = f"，{one.due:%Y-%m-%d}前" if one.due else ""
    form = "长期标准" if one.form is TargetForm.STANDING else "限期任务"
    figure = f"{display(one.value, indicator.decimals, whole=indicator.maximum)}{indicator.unit}"
    return f"{figure}（{form}{due}{_validity(one)}；依据：{one.basis}）"


def _validity(one: Target) -> str:
    """Since when and until when it holds; "" where nothing says so."""
    since = f"{one.valid_from:%Y-%m-%d}起" if one.valid_from else ""
    until = f"至{one.valid_to:%Y-%m-%d}止" if one.valid_to else ""
    return f"，{since}{until}" if since or until else ""


def state_badge(state: str) -> Badge:
    """A milestone's state, or a grade, as shown; states are neither good nor bad."""
    known = STATE_MARKS.get(State(state)) if state in list(State) else None
    return Badge(mark=known or "◆", word=state)


def printed(observation: Observation, indicator: Indicator) -> str:
    """The figure without its unit: as written where it was written in figures, else rounded once."""
    if observation.written and has_digits(observation.written):
        return _without_unit(observation.written, indicator.unit)
    if indicator.kind is Kind.GRADE:
        return observation.state or "—"
    number = value(observation)
    if number is None:
        return _range(observation, indicator)
    return _qualified(display(number, indicator.decimals, whole=indicator.maximum), observation.qualifier)


def _without_unit(written: str, unit: str) -> str:
    """80%以上 is 80以上; the unit is the last thing written but for 以上, 以下 or 左右."""
    after = next((word for word in AFTER_UNIT if written.endswith(word)), "")
    bare = written.removesuffix(after)
    return bare.removesuffix("％" if unit == "%" and bare.endswith("％") else unit).strip() + after


def _range(observation: Observation, indicator: Indicator) -> str:
    if observation.lower is not None and observation.upper is not None:
        return f"{display(observation.lower, indicator.decimals)}～{display(observation.upper, indicator.decimals)}"
    return "无适用对象" if observation.denominator == 0 else "—"


def _qualified(text: str, qualifier: Qualifier) -> str:
    before = {Qualifier.GT: "超", Qualifier.LT: "不足", Qualifier.APPROX: "约"}
    after = {Qualifier.GE: "以上", Qualifier.LE: "以下"}
    return f"{before.get(qualifier, '')}{text}{after.get(qualifier, '')}"


def counted(word: str, count: int) -> str:
    """How many have a status, for a list in a sentence; a status with a comma in it stands in quotation marks."""
    return f"“{word}”{count}项" if "，" in word else f"{word}{count}项"


def with_unit(observation: Observation, indicator: Indicator) -> str:
    """The figure with its unit, for a sentence."""
    text = printed(observation, indicator)
    unit = indicator.unit if any(character.isdecimal() for character in text) else ""
    for after in AFTER_UNIT:
        if text.endswith(after):
            return f"{text.removesuffix(after)}{unit}{after}"
    return f"{text}{unit}"


def amount(number: Decimal, indicator: Indicator) -> str:
    """A number that was worked out, rounded once, with its unit; a minus as in changes."""
    return f"{display(number, indicator.decimals, whole=indicator.maximum)}{indicator.unit}".replace("-", "−")


def detail(fact: Fact) -> str:
    """How the figure is made up: its parts, whether it is derived, or the words it was written in."""
    observation = fact.observation
    said = []
    if observation.numerator is not None and observation.denominator is not None:
        said.append(f"{plain(observation.numerator)}/{plain(observation.denominator)}{_reported(observation)}")
    elif fact.parts and not _is_sum(fact):
        said.append(_subtraction(fact))
    if _is_sum(fact):
        streets = [part for part in fact.parts if part.observation.region != UNALLOCATED]
        others = "和未分配到街镇的数" if len(streets) < len(fact.parts) else ""
        said.append(f"{len(streets)}个街镇{others}合计")
    if fact.derived or (said and observation.value is None):
        said.append("由程序推算")
    if fact.provisional:
        said.append("初报，待审")
    if observation.written and observation.written != (observation.state or "") and not has_digits(observation.written):
        said.append(f"原文：{observation.written}")
    return " · ".join(said)


def _is_sum(fact: Fact) -> bool:
    """Whether it adds up the 街镇, rather than follow from other indicators."""
    return bool(fact.parts) and all(part.observation.region != fact.observation.region for part in fact.parts)


def _reported(observation: Observation) -> str:
    """（填报91.5%） where the rate that was reported is not the rate of its parts; else ""."""
    return f"（填报{plain(observation.value)}%）" if observation.value is not None and contradicted(observation) else ""


def plain(number: Decimal) -> str:
    """A decimal without trailing zeros."""
    return f"{number:f}".rstrip("0").rstrip(".") if "." in f"{number:f}" else f"{number:f}"


def _subtraction(fact: Fact) -> str:
    first = fact.parts[0].observation
    if len(fact.parts) == 1 and first.denominator is not None and first.numerator is not None:
        return f"{plain(first.denominator)}−{plain(first.numerator)}"
    return "−".join(plain(part.observation.value) for part in fact.parts if part.observation.value is not None)


def has_digits(text: str) -> bool:
    """Whether the text carries any digit."""
    return any(character.isdecimal() for character in text)


def period(observation: Observation) -> str:
    """The period in Chinese; says so when the start is not known."""
    said = chinese(observation.period)
    return f"{said}（起始未说明）" if observation.period.start is None else said


def inferred(observation: Observation) -> str:
    """Which end of the period was inferred, "" when the text says both."""
    return "、".join(INFERRED[name] for name in observation.inferred)


def change(series: Sequence[Fact], indicator: Indicator) -> str:
    """The change against the period before, named; a sentence that says why where there is none."""
    ordered = sorted(series, key=lambda fact: fact.observation.period.end)
    if len(ordered) < 2:  # noqa: PLR2004
        return _of_one(ordered[0].observation) if ordered else "尚无数据"
    now, before = ordered[-1].observation, ordered[-2].observation
    if indicator.kind is Kind.GRADE:
        return _change_of_grade(now, before)
    return _change(now, before, indicator)


def _of_one(seen: Observation) -> str:
    return ONE_POINT if is_told(seen) else "仅1期且缺报"


def _change_of_grade(now: Observation, before: Observation) -> str:
    if not now.state or not before.state:
        return f"{'上期' if now.state else '本期'}缺报，不作比较"
    same = now.state == before.state
    return f"较{chinese(before.period)}{'没有变化' if same else f'由“{before.state}”变为“{now.state}”'}"


def _change(now: Observation, before: Observation, indicator: Indicator) -> str:
    difference = _difference(now, before, indicator.kind)
    if difference is None:
        return f"{_why_not(now, before)}，不作比较"
    percent = 100 * difference / abs(base) if (base := value(before)) else None
    moved = _moved(now, before, indicator, difference, percent)
    return f"较{chinese(before.period)}{moved}{across(indicator, before.period.end, now.period.end)}"


def _moved(
    now: Observation, before: Observation, indicator: Indicator, difference: Decimal, percent: Decimal | None
) -> str:
    """+1.2个百分点, +5件（+10.0%）, 由7件增至9件, 持平."""
    if difference == 0:
        return "持平"
    if indicator.kind is Kind.RATIO:
        return f"{_signed(difference, indicator.decimals)}个百分点"
    if _is_few(value(before)):
        return f"由{with_unit(before, indicator)}{'增' if difference > 0 else '减'}至{with_unit(now, indicator)}"
    share = f"（{_signed(percent, 1)}%）" if percent is not None else ""
    return f"{_signed(difference, indicator.decimals)}{indicator.unit}{share}"


def compared(now: Fact, facts: Sequence[Fact], indicator: Indicator) -> list[str]:
    """环比 and 同比 of a figure, each with the period that it is against; why not, where that period has no figure.

    Nothing for what is no figure and for a period that is no whole month.
    """
    said = (beside(now, facts, indicator, against) for against in Against)
    return ["".join(one) for one in said if one]


def beside(now: Fact, facts: Sequence[Fact], indicator: Indicator, against: Against) -> tuple[str, str] | None:
    """环比（较2026年9月） and the change in words; None for what is no figure and for a period that is no whole month."""
    wanted = base_period(now.observation.period, indicator.kind, against)
    if wanted is None or indicator.kind in {Kind.MILESTONE, Kind.GRADE}:
        return None
    found = comparison(now, facts, indicator, against)
    named = found.base.observation.period if found else Period(wanted.start or wanted.end.replace(day=1), wanted.end)
    base = f"{against}（较{chinese(named)}）".replace("截至", "")
    return base, _in_words(found, now, indicator) if found else "无可比数据"


def completeness(total: Total, indicator: Indicator, *, each: str = "") -> str:
    """27/29已报, and of those that are in which cannot be added; `each` is what is counted, as 个月."""
    said = f"{total.reported}/{total.expected}{each}已报"
    lacks = "没有分子分母" if indicator.kind is Kind.RATIO else "不是确数"
    if not total.unusable:
        return said
    return f"{said}，其中{total.unusable}{each or '家'}{lacks}，未计入" if total.counted else f"{said}，都{lacks}"


def _in_words(found: Comparison, now: Fact, indicator: Indicator) -> str:
    base = found.base.observation
    moved = _moved(now.observation, base, indicator, found.difference, found.percent)
    return moved + across(indicator, base.period.end, now.observation.period.end)


def across(indicator: Indicator, before: date, now: date) -> str:
    """，其间口径或做法有变 where another way of counting began after the first period ended and before the second did; else ""."""
    return "，其间口径或做法有变" if any(one.rebase and before < one.on <= now for one in indicator.changes) else ""


def _why_not(now: Observation, before: Observation) -> str:
    for seen, which in ((now, "本期"), (before, "上期")):
        if not is_reported(seen):
            return f"{which}缺报"
        if seen.denominator == 0:
            return f"{which}无适用对象"
        if seen.qualifier is not Qualifier.EXACT:
            return f"{which}不是确数"
    return "与上期口径不同"


def _difference(now: Observation, before: Observation, kind: Kind) -> Decimal | None:
    """The change between two exact figures of like periods; None when they are not alike."""
    exact = now.qualifier is before.qualifier is Qualifier.EXACT
    if not exact or not alike(now.period, before.period, kind):
        return None
    one, other = value(now), value(before)
    return None if one is None or other is None else one - other


def _signed(number: Decimal, decimals: int) -> str:
    return f"{'+' if number > 0 else '−'}{display(abs(number), decimals)}"


def _is_few(base: Decimal | None) -> bool:
    """Whether a percentage of it would mislead; the change is then said from figure to figure."""
    return base is not None and abs(base) < FEW


def when(observation: Observation, indicator: Indicator) -> str:
    """The dates of a piece of work, no more precise than they are known."""
    if observation.actual:
        return f"{chinese(observation.actual)}{'' if '/' in str(observation.actual) else '完成'}"
    if observation.expected:
        return (
            f"预计{chinese(observation.expected)}底前"
            if _is_year(observation.expected)
            else f"预计{chinese(observation.expected)}"
        )
    if observation.planned:
        return f"计划{chinese(observation.planned)}"
    if indicator.recurrence:
        return recurrence(indicator)
    return "日期未说明" if observation.state in {State.DONE, State.MOSTLY_DONE, State.PLANNED} else "—"


def _is_year(span: Period) -> bool:
    return str(span).isdecimal()


def recurrence(indicator: Indicator) -> str:
    """How often a duty comes back: 每月, 每年7月15日前."""
    again = indicator.recurrence
    if again is None:
        return ""
    if again.by is None:
        return "每月" if again.every == "month" else "每年"
    month, day = again.by.split("-")
    return f"每年{int(month)}月{int(day)}日前"


def parts_in_brackets(observation: Observation) -> str:
    """（166/182） for a ratio with parts, else ""."""
    if observation.numerator is None or observation.denominator is None:
        return ""
    return f"（{plain(observation.numerator)}/{plain(observation.denominator)}）"


def as_of(observation: Observation) -> str:
    """The period with what was inferred of it in brackets."""
    said = inferred(observation)
    return f"{period(observation)}（{said}）" if said else period(observation)
