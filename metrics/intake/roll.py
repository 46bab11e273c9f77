"""Who is in, who is missing and who is late, for the periods that files report; and a text to remind them with (催报)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow.compute as pc

from metrics.catalogue import Catalogue
from metrics.intake.check import Checked
from metrics.period import Period, chinese, due

Figure = tuple[str, date | None, date]  # an indicator, and the first and last day of its period
Known = Collection[tuple[str, str, date | None, date]]
NAMED = 3  # missing figures told by name
_KEY = ("indicator", "region", "period_start", "period_end")


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One 街镇 and one period: how many of the figures due are in, and which are not.

    state   报齐, 未报全 or 未报; `late` when the day has passed and something is missing
    by_now  how many of them this upload brings
    """

    region: str
    state: str
    late: bool
    by_now: int
    reported: int
    due: int
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Roll:
    """Who is in for one period. `due_on`: the day it is due, None when the catalogue sets none."""

    period: str
    due_on: date | None
    days_late: int
    turns: tuple[Turn, ...]

    def of(self, state: str) -> tuple[Turn, ...]:
        """The 街镇 in that state."""
        return tuple(turn for turn in self.turns if turn.state == state)


def rolls(checked: Checked, catalogue: Catalogue, known: Known, *, today: date) -> tuple[Roll, ...]:
    """For each period of the files: who is in, who is missing, who is late. Periods and figures that nobody owes are left out.

    known  indicator, region, first and last day of every figure that the store holds
    """
    given = _keys(checked)
    made = []
    for named, figures in sorted(_named(checked).items(), key=lambda item: Period.parse(item[0]).end):
        owed = _owed(catalogue, {*given, *known}, figures, several=len(checked.uploads) > 1)
        if owed:
            due_on = _due_on(catalogue, owed)
            one = _Period(owed=owed, given=given, known=known, late=due_on is not None and today > due_on)
            made.append(_roll(catalogue, named, one, due_on, today))
    return tuple(made)


def _keys(checked: Checked) -> set[tuple[str, str, date | None, date]]:
    """Of each row that tells something: a blank is not a report."""
    rows = checked.rows
    told = pc.or_(
        pc.or_(pc.is_valid(rows["value"]), pc.is_valid(rows["numerator"])),
        pc.or_(pc.is_valid(rows["state"]), pc.is_valid(rows["written"])),
    )
    kept = rows.filter(told)
    return set(zip(*(kept[name].to_pylist() for name in _KEY), strict=True))


def _named(checked: Checked) -> dict[str, set[Figure]]:
    """What is reported for each period as the file names it: a month's running total begins with the year, a count does not."""
    columns = (checked.rows[name].to_pylist() for name in ("named", "indicator", "period_start", "period_end"))
    found: dict[str, set[Figure]] = defaultdict(set)
    for named, *figure in set(zip(*columns, strict=True)):
        found[named].add((figure[0], figure[1], figure[2]))
    return found


def _owed(
    catalogue: Catalogue, reported: Known, figures: Collection[Figure], *, several: bool
) -> dict[Figure, frozenset[str]]:
    """Figure -> regions that owe it: as the catalogue says, or all where several files or half of them report it."""
    streets = frozenset(region.code for region in catalogue.regions)
    present: dict[Figure, set[str]] = defaultdict(set)
    for code, region, start, end in reported:
        if region in streets and (code, start, end) in figures:
            present[code, start, end].add(region)
    ordered = [figure for code in catalogue.indicators for figure in present if figure[0] == code]
    owed = {figure: _owing(catalogue, figure[0], present[figure], streets, several=several) for figure in ordered}
    return {figure: owing for figure, owing in owed.items() if owing}


def _owing(
    catalogue: Catalogue, code: str, given: Collection[str], streets: frozenset[str], *, several: bool
) -> frozenset[str]:
    indicator = catalogue.indicators[code]
    if indicator.reported_by != "district":
        return frozenset(catalogue.reporters(indicator))
    collected = several and len(given) > 1
    return streets if collected or 2 * len(given) >= len(streets) else frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Period:
    """What is owed, given now and known before for one period; `late`: the day has passed."""

    owed: Mapping[Figure, frozenset[str]]
    given: Known
    known: Known
    late: bool


def _roll(catalogue: Catalogue, named: str, one: _Period, due_on: date | None, today: date) -> Roll:
    turns = (_turn(catalogue, region.code, region.name, one) for region in catalogue.regions)
    return Roll(
        period=chinese(Period.parse(named)), due_on=due_on, days_late=(today - due_on).days if due_on and one.late else 0,
        turns=tuple(turn for turn in turns if turn.due),
    )  # fmt: skip


def _turn(catalogue: Catalogue, region: str, name: str, one: _Period) -> Turn:
    figures = [figure for figure, owing in one.owed.items() if region in owing]
    now = [figure for figure in figures if _key(region, figure) in one.given]
    missing = [figure for figure in figures if figure not in now and _key(region, figure) not in one.known]
    state = "报齐" if not missing else "未报" if len(missing) == len(figures) else "未报全"
    return Turn(
        region=name, state=state, late=one.late and bool(missing), by_now=len(now), reported=len(figures) - len(missing), due=len(figures),
        missing=tuple(catalogue.indicators[code].name for code, *_ in missing),
    )  # fmt: skip


def _key(region: str, figure: Figure) -> tuple[str, str, date | None, date]:
    code, start, end = figure
    return code, region, start, end


def _due_on(catalogue: Catalogue, figures: Iterable[Figure]) -> date | None:
    """The last day on which one of them is due, in the month after its period; None when the catalogue sets no day."""
    days = [due(end, day) for code, _, end in figures if (day := catalogue.indicators[code].due_day) is not None]
    return max(days, default=None)


def reminder(roll: Roll, catalogue: Catalogue, *, today: date) -> str:
    """A text to send to who has not reported; "" when all have."""
    none, some = roll.of("未报"), roll.of("未报全")
    if not none and not some:
        return ""
    lines = [
        f"各街镇：截至{_chinese_day(today)}，{roll.period}指标数据尚有{len(none) + len(some)}个街镇未报送或未报全。"
    ]
    if none:
        lines.append(f"未报（{len(none)}个）：{'、'.join(turn.region for turn in none)}。")
    if some:
        lines.append(
            f"未报全（{len(some)}个）：" + "；".join(f"{turn.region}缺{_some(turn.missing)}" for turn in some) + "。"
        )
    if roll.due_on:
        late = f"，已逾期{roll.days_late}天" if roll.days_late else ""
        lines.append(f"应报时间为{_chinese_day(roll.due_on)}{late}。")
    lines.append("请尽快核实报送；确实没有数据的，请填“不适用”或填0（确认零报），不要空着。")
    return "\n".join([*lines, catalogue.organisation.short])


def _some(names: Sequence[str]) -> str:
    shown = "、".join(f"“{name}”" for name in names[:NAMED])
    return f"{shown}等{len(names)}项" if len(names) > NAMED else shown


def _chinese_day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
