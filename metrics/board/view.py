"""Facts and status -> what a screen says: words, printed figures, order. Every word on screen starts here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from metrics.board import assess, comparison, series, totals, words
from metrics.board.comparison import Total
from metrics.board.derive import is_told, value
from metrics.board.query import Fact, Facts
from metrics.board.series import Line
from metrics.catalogue import Catalogue
from metrics.model import Indicator, Kind, State, Status, Theme
from metrics.number import display
from metrics.period import Period, chinese, month_end

STATE_COUNTS = (
    State.DONE, State.MOSTLY_DONE, State.ONGOING, State.PLANNED, State.NOT_STARTED, State.STANDING, State.NOT_SAID,
)  # fmt: skip
STATE_ORDER = (
    State.ONGOING, State.PLANNED, State.NOT_STARTED, State.MOSTLY_DONE, State.STANDING, State.NOT_SAID, State.DONE,
)  # fmt: skip
URGENT = (Status.MISSED, Status.FAR_BEHIND, Status.BEHIND)
CLAUSES = 3
WHOLE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A rate drawn from 0 to 100: solid up to `solid`, hatched on to `open_to`; `tick` where the target stands."""

    solid: float
    open_to: float | None = None
    tick: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One figure as shown.

    value   the figure as written, "—" when there is none; `unit` is printed smaller beside it
    detail  how it is made up or worded in the source (166/182, 原文：清零), "" when there is nothing to say
    partial what a later period makes so far that not all 街镇 have reported, "" where there is none
    points  how many periods are known
    number  the figure to draw (of a bound, the bound), None where there is none; start and end are its period,
            known the day from which it was known
    """

    code: str
    name: str
    kind: Kind
    value: str
    unit: str
    detail: str
    period: str
    inferred: str
    change: str
    badge: words.Badge
    department: str
    points: int
    derived: bool
    headline: bool
    campaign: str | None
    number: float | None
    start: date | None
    end: date | None
    known: date | None
    partial: str = ""
    bar: Bar | None = None
    spark: tuple[float | None, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MilestoneRow:
    """One piece of work as shown: its state, its dates as precise as they are known, and where it stands."""

    code: str
    name: str
    badge: words.Badge
    when: str
    as_of: str
    alert: words.Badge | None
    department: str
    quote: str
    note: str
    day: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StateCount:
    """How many pieces of work are in a state."""

    state: State
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeView:
    """One theme's page, or one section of the overview."""

    code: str
    title: str
    short: str
    message: str
    cards: tuple[Card, ...]
    milestones: tuple[MilestoneRow, ...]
    states: tuple[StateCount, ...]

    @property
    def headlines(self) -> tuple[Card, ...]:
        """The cards drawn large."""
        return tuple(card for card in self.cards if card.headline)

    @property
    def trend(self) -> Card | None:
        """The first headline that has a small chart."""
        return next((card for card in self.headlines if card.spark), None)


def card(indicator: Indicator, facts: Sequence[Fact], catalogue: Catalogue) -> Card:
    """The card of an indicator for the whole district."""
    own = [fact for fact in facts if fact.observation.region == catalogue.total]
    fact = assess.latest(tuple(own), catalogue.total)
    status = assess.status(fact, indicator, catalogue.declaration.thresholds)
    text = words.printed(fact.observation, indicator) if fact else "—"
    return Card(
        code=indicator.code,
        name=indicator.name,
        kind=indicator.kind,
        value=text,
        unit=indicator.unit if fact and words.has_digits(text) else "",
        detail=words.detail(fact) if fact else "",
        partial=_partial(indicator, facts, fact, catalogue),
        period=words.period(fact.observation) if fact else words.NOT_REPORTED,
        inferred=words.inferred(fact.observation) if fact else "",
        change=words.change(own, indicator),
        badge=judged(status, indicator, fact, catalogue),
        department=catalogue.department_name(indicator),
        points=len(own),
        derived=bool(fact and fact.derived),
        headline=indicator.headline,
        campaign=indicator.campaign,
        number=_number(fact),
        start=fact.observation.period.start if fact else None,
        end=fact.observation.period.end if fact else None,
        known=fact.known if fact else None,
        bar=bar(fact, indicator) if fact else None,
        spark=series.spark(indicator, series.points(indicator, own, catalogue.total)),
    )


def judged(status: Status, indicator: Indicator, fact: Fact | None, catalogue: Catalogue) -> words.Badge:
    """The status with the rule, and the target, by which the figure was judged."""
    if fact and fact.observation.denominator == 0:
        return words.badge(status, "分母为0，没有适用对象，不判断。")
    rule = words.rule(status, catalogue.declaration.thresholds)
    target = assess.target_of(fact.observation, indicator) if fact else None
    return words.badge(status, f"{rule}目标值：{words.target(target, indicator)}。" if target else rule)


def _partial(indicator: Indicator, facts: Sequence[Fact], fact: Fact | None, catalogue: Catalogue) -> str:
    found = totals.incomplete(indicator, facts, catalogue)
    if found is None or (fact and found[0].end <= fact.observation.period.end):
        return ""
    period, total = found
    said = f"{chinese(period)}：{words.completeness(total, indicator)}"
    if not total.counted:
        return f"{said}，没有合计"
    sum_of_them = words.amount(total.value, indicator) if total.value is not None else "—"
    return f"{said}，{'其余合计' if total.unusable else '合计为已报数'}{sum_of_them}"


def said(line: Line, facts: Sequence[Fact], indicator: Indicator, catalogue: Catalogue) -> list[str]:
    """What stands under the series of the district: 环比, 同比, more than chance or not, the target, what was changed.

    Of one point only whether its target will be met by the due date can be asked.
    """
    own = [fact for fact in facts if fact.observation.region == catalogue.total]
    now = assess.latest(tuple(own), catalogue.total)
    if now is None:
        return []
    listed = line.outlook.sentence, *_changed(line)
    if len(line.points) > 1:
        judged = line.judged.sentence, line.judged.assurance
        listed = (*words.compared(now, own, indicator), *_accumulated(now, own, indicator), *judged, *listed)
    return [sentence for sentence in listed if sentence]


def _accumulated(now: Fact, own: Sequence[Fact], indicator: Indicator) -> Iterator[str]:
    """The year so far of a month's figure, and the month's own part of a running total."""
    period = now.observation.period
    total = comparison.year_to_date(own, indicator, now.observation.region, to=period.end)
    if total and period.end.month > 1:
        yield from _year_so_far(total, indicator, period.end)
    month = comparison.of_month(now, own, indicator)
    if month is not None:
        how = "（累计数相减）" if period.end.month > 1 else ""
        changed = words.across(indicator, month_end(period.end, -1), period.end) if how else ""
        yield f"{period.end.month}月当月{words.amount(month, indicator)}{how}{changed}"


def _year_so_far(total: Total, indicator: Indicator, to: date) -> Iterator[str]:
    """The sum of the months, with what it lacks; of rates without their parts that there is none."""
    months, changed = to.month, words.across(indicator, date(to.year, 1, 1), to)
    said = "" if total.complete else words.completeness(total, indicator, each="个月")
    if total.value is not None:
        what = f"，{said}{'' if total.unusable else '，为已报数'}" if said else ""
        yield f"今年累计（1至{months}月）{words.amount(total.value, indicator)}{what}{changed}"
    elif total.unusable:
        yield f"今年累计（1至{months}月）不计算：{said}"


def _changed(line: Line) -> Iterator[str]:
    """Each change that the chart marks, in full."""
    for change in line.changes:
        anew = "；均值和波动范围从此重新计算" if change.rebase and line.judged.levels else ""
        yield f"图中竖线：{chinese(Period(change.on, change.on))}，{change.what}{anew}。"


def _number(fact: Fact | None) -> float | None:
    number = value(fact.observation) if fact else None
    return None if number is None else float(number)


def bar(fact: Fact, indicator: Indicator) -> Bar | None:
    """The bar of a rate that its bounds keep between 0 and 100; None for anything else."""
    if indicator.kind is not Kind.RATIO or indicator.minimum != 0 or indicator.maximum != WHOLE:
        return None
    found = assess.interval(fact.observation, indicator)
    if found is None or found.lower is None or found.upper is None:
        return None
    target = assess.target_of(fact.observation, indicator)
    return Bar(
        solid=float(found.lower),
        open_to=float(found.upper) if found.upper != found.lower else None,
        tick=float(target.value) if target else None,
    )


def milestone_row(indicator: Indicator, facts: Sequence[Fact], catalogue: Catalogue, *, today: date) -> MilestoneRow:
    """The row of a piece of work."""
    fact = assess.latest(tuple(facts), catalogue.total)
    status = assess.milestone_status(fact, indicator, today=today) if fact else Status.NO_DATA
    observation = fact.observation if fact else None
    return MilestoneRow(
        code=indicator.code,
        name=indicator.name,
        badge=words.state_badge(observation.state or State.NOT_SAID) if observation else words.badge(Status.NO_DATA),
        when=words.when(observation, indicator) if observation else "",
        as_of=words.as_of(observation) if observation else words.NOT_REPORTED,
        alert=judged(status, indicator, fact, catalogue) if status and observation else None,
        department=catalogue.department_name(indicator),
        quote=observation.quote or "" if observation else "",
        note=observation.note or "" if observation else "",
        day=observation.actual.end if observation and observation.actual else None,
    )


def theme(section: Theme, facts: Facts, catalogue: Catalogue, *, today: date) -> ThemeView:
    """A section of the catalogue with its cards, its work and the sentence that says what matters."""
    cards = tuple(card(one, facts.get(one.code, ()), catalogue) for one in assess.figures(section.indicators))
    rows = [
        milestone_row(one, facts.get(one.code, ()), catalogue, today=today)
        for one in assess.milestones(section.indicators)
    ]
    return ThemeView(
        code=section.code,
        title=section.title,
        short=section.short,
        message=message(section, facts, catalogue, rows),
        cards=cards,
        milestones=tuple(sorted(rows, key=_urgency)),
        states=_states(rows),
    )


def _urgency(row: MilestoneRow) -> tuple[int, int]:
    states = [state.value for state in STATE_ORDER]
    return (0 if row.alert else 1, states.index(row.badge.word) if row.badge.word in states else len(states))


def _states(rows: Sequence[MilestoneRow]) -> tuple[StateCount, ...]:
    counts = Counter(row.badge.word for row in rows)
    return tuple(StateCount(state=state, count=counts[state.value]) for state in STATE_COUNTS if counts[state.value])


def message(section: Theme, facts: Facts, catalogue: Catalogue, rows: Sequence[MilestoneRow] = ()) -> str:
    """The one sentence a leader takes from a section: what misses its target first, then the rest as catalogued, then late work."""
    said = clauses(section, facts, catalogue)
    work = _work_clause(section, facts, catalogue) if len(said) < CLAUSES else ""
    alerts = Counter(row.alert.word for row in rows if row.alert)
    late = "、".join(words.counted(word, count) for word, count in alerts.items())
    parts = [*said, work, f"{'其中' if work else '工作事项'}{late}" if late else ""]
    sentence = "；".join(part for part in parts if part)
    return f"{sentence}。" if sentence else _nothing_to_say(section, facts, catalogue)


def _nothing_to_say(section: Theme, facts: Facts, catalogue: Catalogue) -> str:
    """Of a section without headlines: how many figures there are, none of which misses its target."""
    latest = (assess.latest(facts.get(one.code, ()), catalogue.total) for one in assess.figures(section.indicators))
    known = sum(fact is not None and is_told(fact.observation) for fact in latest)
    return f"{known}项指标有数据，没有未达标或滞后的。" if known else "尚无数据。"


def clauses(section: Theme, facts: Facts, catalogue: Catalogue) -> list[str]:
    """Figures in words: those that miss their target, then the headlines; at most three."""
    said: list[tuple[bool, str]] = []
    last = reach(catalogue, facts)
    for indicator in assess.figures(section.indicators):
        fact = assess.latest(facts.get(indicator.code, ()), catalogue.total)
        if fact is not None:
            urgent = assess.status(fact, indicator, catalogue.declaration.thresholds) in URGENT
            if urgent or indicator.headline:
                said.append((not urgent, _clause(indicator, fact, catalogue, last)))
    return [clause for _, clause in sorted(said, key=lambda pair: pair[0])[:CLAUSES]]


def _clause(indicator: Indicator, fact: Fact, catalogue: Catalogue, reach: date | None) -> str:
    """The figure in a sentence; one of another time than the page's data says its own period."""
    status = assess.status(fact, indicator, catalogue.declaration.thresholds)
    seen = fact.observation
    own_time = f"（{chinese(seen.period)}）" if seen.period.end != reach else ""
    said = f"{indicator.name}{words.with_unit(seen, indicator)}{words.parts_in_brackets(seen)}{own_time}"
    if status not in URGENT:
        return said
    judged_so = "" if seen.state == status.value else status.value  # a grade that names its own standard
    return "，".join(part for part in (said, judged_so, gap_text(fact, indicator)) if part)


def _work_clause(section: Theme, facts: Facts, catalogue: Catalogue) -> str:
    states = Counter(
        fact.observation.state
        for indicator in assess.milestones(section.indicators)
        if (fact := assess.latest(facts.get(indicator.code, ()), catalogue.total))
    )
    if not states:
        return ""
    said = "、".join(f"{state.value}{states[state.value]}项" for state in STATE_COUNTS if states[state.value])
    return f"工作事项{states.total()}项：{said}"


def gap_text(fact: Fact, indicator: Indicator) -> str:
    """How far an exact figure is from its target, and from the schedule to it; "" where that cannot be said.

    差8.8个百分点; 落后序时12.3个百分点，距目标差60件.
    """
    gap = assess.shortfall(fact, indicator)
    if not gap:
        return ""
    unit = "个百分点" if indicator.kind is Kind.RATIO else indicator.unit
    short, lag = f"差{display(gap, indicator.decimals)}{unit}", assess.lag(fact, indicator)
    return f"落后序时{display(lag, 1)}个百分点，距目标{short}" if lag else short


def up_to(catalogue: Catalogue, facts: Facts) -> str:
    """The last day that any figure reaches, in words: 数据截至2023年5月31日; 尚无数据 when there is none."""
    last = reach(catalogue, facts)
    return f"数据截至{chinese(Period(last, last))}" if last else "尚无数据"


def reach(catalogue: Catalogue, facts: Facts) -> date | None:
    """The last day that any figure reaches, not beyond the day it became known."""
    ends = [
        fact.observation.period.end
        for code, listed in facts.items()
        if catalogue.indicators[code].kind is not Kind.MILESTONE
        for fact in listed
        if fact.observation.period.end <= fact.known
    ]
    return max(ends, default=None)


def badge_counts(cards: Sequence[Card]) -> tuple[tuple[words.Badge, int], ...]:
    """How many cards have each status, best first."""
    counts = Counter(card.badge.word for card in cards)
    return tuple((words.badge(status), counts[status.value]) for status in Status if counts[status.value])


def usual_date(section: ThemeView) -> str:
    """The reporting date that most of a section's reported work shares, "" when none is reported."""
    dates = Counter(row.as_of for row in section.milestones if row.as_of != words.NOT_REPORTED)
    return dates.most_common(1)[0][0] if dates else ""


def span(cards: Sequence[Card], *, today: date) -> tuple[date, date]:
    """First and last year's end that the cards' periods reach, for a common line of time."""
    ends = [card.end for card in cards if card.end] or [today]
    starts = [card.start or card.end for card in cards if card.end] or [today]
    first = min(day for day in starts if day)
    return date(first.year, 1, 1), date(max(ends).year, 12, 31)


def place(catalogue: Catalogue, section: Theme, facts: Facts) -> str:
    """Where a theme's page stands: its number, its indicators, and how far its data reach."""
    number = catalogue.themes.index(section) + 1 if section in catalogue.themes else 0
    figures, work = len(list(assess.figures(section.indicators))), len(list(assess.milestones(section.indicators)))
    reach = up_to(catalogue, {one.code: facts.get(one.code, ()) for one in section.indicators})
    counted = [f"{figures}项指标" if figures else "", f"{work}项工作事项" if work else ""]
    return " · ".join(part for part in (f"主题{number}" if number else "", *counted, reach if figures else "") if part)
