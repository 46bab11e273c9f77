"""Invented figures: of each 街镇 and month, near the size of the real one, and agreeing with each other.

The district's month is invented first and shared out among the 街镇, so that small counts stay whole and all adds up.
Counts are in units of the last digit printed: 12.50 吨 is 1250.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import pairwise

from metrics.catalogue import WHOLE, Catalogue
from metrics.model import Indicator, Kind, Observation, PartOf, Remaining
from metrics.period import Period

MONTHS = 36
SEED = 20260101
WORDS = frozenset({Kind.MILESTONE, Kind.GRADE})
JUDGED = frozenset({Kind.FLOW, Kind.STOCK, Kind.RATIO})
SHORT = (8, 5, 2, 1)  # months of the few that begin late: a median, two lines and a lone number
FEW = 10  # a stock below that does not waver
SUMMER = range(5, 10)
TOWN = "镇"

Cells = dict[str, tuple[int, int]]  # 街镇 -> count, and denominator of a rate
Series = list[Cells]  # oldest month first; empty before the first report


class Pattern(StrEnum):
    """What the last months of a series do, after `metrics.spc`."""

    OUTSIDE = "outside"
    CALM = "calm"
    TREND = "trend"
    SHIFT = "shift"
    NEAR = "near"


@dataclass(frozen=True, slots=True)
class Size:
    """How large the real figure of the district is: of a month for what is counted, in percent for a rate."""

    value: float
    denominator: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What the demonstration is made from.

    last    a day of its last month; number, how many months it has
    sizes   of the real figures, by code
    seed    the same one always makes the same
    """

    last: date
    number: int = MONTHS
    sizes: Mapping[str, Size] = field(default_factory=dict)
    seed: int = SEED

    @property
    def months(self) -> tuple[Period, ...]:
        """The invented months, oldest first."""
        first = self.last.year * 12 + self.last.month - self.number
        return tuple(Period.parse(f"{at // 12}-{at % 12 + 1:02}") for at in range(first, first + self.number))


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a series is made of: weight of each 街镇, pattern, size, and its own chance."""

    indicator: Indicator
    months: tuple[Period, ...]
    weights: Mapping[str, float]
    pattern: Pattern
    size: Size | None
    chance: random.Random

    def uneven(self) -> list[float]:
        """The weights of one month: nobody always has the same rank."""
        return [weight * self.chance.uniform(0.7, 1.35) for weight in self.weights.values()]


def sizes(observations: Sequence[Observation], catalogue: Catalogue) -> dict[str, Size]:
    """The size of each indicator's real figure; running totals and counts as a month's share of their period."""
    found = {}
    for one in observations:
        kind = catalogue.indicators[one.indicator].kind
        if one.denominator:
            found[one.indicator] = Size(float(100 * (one.numerator or 0) / one.denominator), float(one.denominator))
        elif one.value is not None or one.lower is not None:
            added = kind in {Kind.CUMULATIVE, Kind.FLOW}
            value = float(one.value if one.value is not None else one.lower or 0)
            found[one.indicator] = Size(value / (_months_of(one.period) if added else 1))
    return found


def _months_of(period: Period) -> float:
    """How many months it lasts, a year where its beginning is not told."""
    return 12 if period.start is None else max(1, round(((period.end - period.start).days + 1) / 30.4))


def invent(catalogue: Catalogue, setting: Setting) -> dict[str, Series]:
    """The series of every figure that is reported, by code."""
    people = _people(catalogue, random.Random(f"{setting.seed} people"))
    shapes, found = patterns(catalogue), dict[str, Series]()
    for indicator in reported(catalogue):
        if indicator.kind in WORDS:
            continue
        chance = random.Random(f"{setting.seed} {indicator.code}")
        names = [catalogue.streets[code].name for code in catalogue.reporters(indicator)] or [WHOLE]
        weights = {name: people[name] * chance.uniform(0.6, 1.5) for name in names}
        pattern = shapes.get(indicator.code, Pattern.CALM)
        plan = _Plan(indicator, setting.months, weights, pattern, setting.sizes.get(indicator.code), chance)
        found[indicator.code] = _series(plan, found)
    for code, length in late(catalogue).items():
        found[code][:-length] = [{} for _ in found[code][:-length]]
    return found


def reported(catalogue: Catalogue) -> list[Indicator]:
    """All that is not computed, wholes before their parts and totals before what is left of them."""
    wanted = {one.code: one for one in catalogue.indicators.values() if not one.derived}
    found: dict[str, Indicator] = {}

    def add(code: str) -> None:
        if code in wanted and code not in found:
            for other in named(wanted[code]):
                add(other)
            found[code] = wanted[code]

    for code in wanted:
        add(code)
    return list(found.values())


def named(indicator: Indicator) -> list[str]:
    """The codes that its relations name as wholes, totals and parts done."""
    codes: list[str | None] = []
    for relation in indicator.relations:
        if isinstance(relation, PartOf):
            codes.append(relation.whole)
        if isinstance(relation, Remaining):
            codes += [relation.total, relation.done, relation.of]
    return [code for code in codes if code]


def related(catalogue: Catalogue) -> set[str]:
    """What another figure depends on, and what depends on it."""
    bound = {one.code for one in catalogue.indicators.values() if one.relations}
    return bound | {code for one in catalogue.indicators.values() for code in named(one)}


def alone(catalogue: Catalogue) -> list[Indicator]:
    """The figures that no other depends on."""
    bound = related(catalogue)
    return [one for one in reported(catalogue) if one.code not in bound and one.kind not in WORDS]


def late(catalogue: Catalogue) -> dict[str, int]:
    """The few judged figures that have been reported for some months only, and how many."""
    quiet = [one.code for one in alone(catalogue) if one.kind in JUDGED and not one.headline]
    chosen = quiet[len(quiet) - min(len(SHORT), 2 * len(quiet) // 3) :]
    return dict(zip(chosen, SHORT, strict=False))


def reporters(indicator: Indicator, catalogue: Catalogue) -> list[str]:
    """Names of the 街镇 that report it; 全区 where only the district does."""
    if indicator.reported_by == "district":
        return [WHOLE]
    named = None if indicator.reported_by == "streets" else set(indicator.reported_by)
    return [one.name for one in catalogue.regions if named is None or named & {one.code, one.name}]


def _people(catalogue: Catalogue, chance: random.Random) -> dict[str, float]:
    """How much goes on in each 街镇; less in a 镇."""
    spans = {one.name: (0.35, 0.7) if one.kind == TOWN else (0.7, 1.5) for one in catalogue.regions}
    return {WHOLE: 1.0, **{name: chance.uniform(*span) for name, span in spans.items()}}


def patterns(catalogue: Catalogue) -> dict[str, Pattern]:
    """One after the other, each pattern for the rates and counts that are long enough to show it."""
    short, shown = late(catalogue), [Kind.RATIO, Kind.FLOW]
    judged = [one.code for one in reported(catalogue) if one.kind in shown and one.code not in short and not named(one)]
    return {code: list(Pattern)[at % len(Pattern)] for at, code in enumerate(judged)}


def _series(plan: _Plan, others: Mapping[str, Series]) -> Series:
    for relation in plan.indicator.relations:
        if isinstance(relation, PartOf) and relation.whole in others:
            return _part(plan, others[relation.whole])
        if isinstance(relation, Remaining):
            return _left(relation, others)
    kinds = {Kind.RATIO: _rate, Kind.CUMULATIVE: _running, Kind.STOCK: _stock, Kind.COUNTDOWN: _countdown}
    return kinds.get(plan.indicator.kind, _flow)(plan)


def share_out(total: int, weights: Sequence[float], most: Sequence[int] | None = None) -> list[int]:
    """Whole numbers in proportion to the weights that add up to `total`, or to all of `most` where that is less."""
    room = list(most) if most is not None else [total] * len(weights)
    given, left = [0] * len(weights), min(total, sum(room))
    while left > 0:
        free = [at for at in range(len(weights)) if given[at] < room[at]]
        weight = sum(weights[at] for at in free)
        parts = {at: left * weights[at] / weight if weight else 0.0 for at in free}
        first = sorted(free, key=lambda at: (int(parts[at]) - parts[at], at))[: left - sum(map(int, parts.values()))]
        for at in free:
            given[at] = min(room[at], given[at] + int(parts[at]) + (at in first))
        left = min(total, sum(room)) - sum(given)
    return given


def deviations(pattern: Pattern, length: int, chance: random.Random) -> list[float]:
    """How far each month is from usual, in usual swings; never three on one side, so that nothing but the pattern is a signal."""
    swings: list[float] = []
    for _ in range(length):
        far = chance.uniform(-1, 1)
        swings.append(-far if len(swings) > 1 and far * swings[-1] > 0 and far * swings[-2] > 0 else far)
    limit = 2.66 * sum(abs(after - before) for before, after in pairwise(swings)) / max(1, length - 1)
    match pattern:
        case Pattern.OUTSIDE:
            swings[-1:] = [-1.8 * limit]
        case Pattern.TREND:
            swings[-8:] = [limit * (0.2 * at - 0.7) for at in range(8)]
        case Pattern.SHIFT:
            swings[-9:] = [0.75 + 0.2 * swing for swing in swings[-9:]]
        case Pattern.NEAR:
            swings[-3:] = [0.88 * limit, 0.4 * limit, 0.88 * limit]
        case Pattern.CALM:
            pass
    return swings[-length:]


def _level(plan: _Plan, least: float, most: float) -> float:
    """The district's usual figure in units of the last digit: as large as the real one, else modest."""
    known = plan.size.value if plan.size and plan.size.value else plan.chance.uniform(least, most)
    return known * float(10**plan.indicator.decimals)


def _spread(plan: _Plan, total: int, most: Sequence[int] | None = None) -> Cells:
    return dict(zip(plan.weights, ((count, 0) for count in share_out(total, plan.uneven(), most)), strict=True))


def _flow(plan: _Plan) -> Series:
    rare = plan.size is not None and not plan.size.value
    level = 0.3 if rare else _level(plan, 60, 200)
    swing = max(0.06, min(0.15, 2 / level))
    usual = deviations(plan.pattern, len(plan.months), plan.chance)
    if rare:
        return [_spread(plan, int(plan.chance.random() < level)) for _ in plan.months]
    return [_spread(plan, max(0, round(level * (1 + swing * far)))) for far in usual]


def _running(plan: _Plan) -> Series:
    """A total that begins anew each January, from months with a season, a trend and for some a step."""
    level, trend = _level(plan, 80, 400), plan.chance.uniform(-0.003, 0.008)
    season, step = plan.chance.uniform(0.0, 0.2), plan.chance.choice((1.0, 1.0, 0.75, 1.3))
    since, series = plan.chance.randint(len(plan.months) // 3, len(plan.months)), Series()
    for at, month in enumerate(plan.months):
        summer = 1 + season * (1 if month.end.month in SUMMER else -1)
        usual = level * (1 + trend) ** at * summer * (step if at >= since else 1.0)
        added = _spread(plan, max(0, round(usual * plan.chance.uniform(0.85, 1.15))))
        before = series[-1] if series and month.end.month > 1 else {}
        series.append({name: (count + before.get(name, (0, 0))[0], 0) for name, (count, _) in added.items()})
    return series


def _stock(plan: _Plan) -> Series:
    """What there is grows a little over the years and wavers; where it is little, or only the district's, it stays."""
    final, streets = _level(plan, 20, 60), len(plan.weights)
    most = plan.indicator.maximum
    room = [int(most) // streets if most is not None else round(2 * final) + 1] * streets
    still = final < FEW or WHOLE in plan.weights or most is not None
    swing, growth = (0.0, 0.0) if still else (max(0.02, 0.8 / final), 0.02)
    usual = deviations(Pattern.CALM, len(plan.months), plan.chance)
    held, series = [0] * streets, Series()
    for at, far in enumerate(usual):
        target = round(final * (1 + growth * at / len(usual)) * (1 + swing * far))
        held = _moved(plan, held, target - sum(held), room)
        series.append({name: (count, 0) for name, count in zip(plan.weights, held, strict=True)})
    return series


def _moved(plan: _Plan, held: Sequence[int], by: int, room: Sequence[int]) -> list[int]:
    """The counts of the 街镇 after so many came in or went in the district."""
    if by < 0:
        gone = share_out(-by, [count * weight for count, weight in zip(held, plan.uneven(), strict=True)], held)
        return [have - less for have, less in zip(held, gone, strict=True)]
    added = share_out(by, plan.uneven(), [most - have for most, have in zip(room, held, strict=True)])
    return [have + more for have, more in zip(held, added, strict=True)]


def _countdown(plan: _Plan) -> Series:
    """What is left to do, cleared unevenly from twice what is left in the end."""
    final = _level(plan, 30, 70)
    held, series = share_out(round(final * 1.9), plan.uneven()), Series()
    for at in range(len(plan.months)):
        goal = round(final * (1.9 - 1.1 * at / len(plan.months) + plan.chance.uniform(-0.03, 0.03)))
        held = _moved(plan, held, min(0, goal - sum(held)), held)
        series.append({name: (count, 0) for name, count in zip(plan.weights, held, strict=True)})
    return series


def _rate(plan: _Plan) -> Series:
    """Cases and those solved; what is still open falls on some 街镇 more than on others."""
    cases = (plan.size and plan.size.denominator) or plan.chance.uniform(300, 900)
    usual = min((plan.size.value if plan.size else plan.chance.uniform(80, 93)) / 100, 0.975, 1 - 4 / cases)
    swing = max(1.2 / cases, min(0.015, (1 - usual) / 4))
    trouble = {name: plan.chance.uniform(0.3, 1.7) for name in plan.weights}
    series = Series()
    for far in deviations(plan.pattern, len(plan.months), plan.chance):
        each = cases == len(plan.weights)  # a rate of the 街镇 themselves
        of_month = (
            [1] * len(plan.weights)
            if each
            else share_out(round(cases * plan.chance.uniform(0.95, 1.05)), plan.uneven())
        )
        left = round(sum(of_month) * (1 - usual - swing * far))
        weights = [
            count * bad * (1 if each else plan.chance.uniform(0.7, 1.3))
            for count, bad in zip(of_month, trouble.values(), strict=True)
        ]
        still = share_out(max(0, left), weights, of_month)
        series.append({name: (of - open_, of) for name, of, open_ in zip(plan.weights, of_month, still, strict=True)})
    return series


def _part(plan: _Plan, whole: Series) -> Series:
    """A share of every 街镇's whole, of its solved and open cases alike; a running total as a share of what was added."""
    if plan.indicator.kind is Kind.RATIO:
        return [_part_of_cases(plan, cells) for cells in whole]
    if plan.indicator.kind is not Kind.CUMULATIVE:
        shares = [0.25 + 0.6 * at / len(whole) for at in range(len(whole))]
        return [_part_of(cells, share) for cells, share in zip(whole, shares, strict=True)]
    series = Series()
    for at, month in enumerate(plan.months):
        anew = month.end.month == 1 or not series
        before = {} if anew else whole[at - 1]
        added = {name: (count - before.get(name, (0, 0))[0], 0) for name, (count, _) in whole[at].items()}
        taken = _part_of(added, 0.12)
        had = {} if anew else series[-1]
        series.append({name: (count + had.get(name, (0, 0))[0], 0) for name, (count, _) in taken.items()})
    return series


def _part_of(cells: Cells, share: float) -> Cells:
    counts = [count for count, _ in cells.values()]
    taken = share_out(round(sum(counts) * share), counts, counts)
    return dict(zip(cells, ((count, 0) for count in taken), strict=True))


def _part_of_cases(plan: _Plan, cells: Cells) -> Cells:
    solved = [count for count, _ in cells.values()]
    still = [of - count for count, of in cells.values()]
    mine = share_out(round(sum(solved) * 0.15), [one * plan.chance.uniform(0.6, 1.4) for one in solved], solved)
    open_ = share_out(round(sum(still) * 0.15), [one * plan.chance.uniform(0.6, 1.4) for one in still], still)
    return {name: (one, one + other) for name, one, other in zip(cells, mine, open_, strict=True)}


def _left(relation: Remaining, others: Mapping[str, Series]) -> Series:
    """Total less done, or cases less those solved."""
    if relation.of:
        return [{name: (of - count, 0) for name, (count, of) in cells.items()} for cells in others[relation.of]]
    assert relation.total is not None
    assert relation.done is not None
    pairs = zip(others[relation.total], others[relation.done], strict=True)
    return [{name: (total[name][0] - done[name][0], 0) for name in total} for total, done in pairs]


def whole(cells: Cells) -> tuple[int, int]:
    """Count and denominator of the district."""
    return sum(count for count, _ in cells.values()), sum(of for _, of in cells.values())
