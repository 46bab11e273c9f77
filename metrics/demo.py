"""演示数据: 36 invented months for trying the board, never beside real figures.

A seeded generator writes one CSV a month for every reported indicator of the catalogue and every 街镇, with trends, seasons,
steps, gaps, revisions and late reports. They go through the same check and confirmation as any upload, as releases of
their own kind; a store that holds one is a demonstration store, which `start` gives no notice and every page marks.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from metrics.catalogue import WHOLE, Catalogue
from metrics.errors import Refused
from metrics.intake.check import Upload, check
from metrics.intake.submit import confirm
from metrics.model import Indicator, Kind, PartOf, Remaining, State
from metrics.period import Period
from metrics.store import DEMO, Store, releases

MONTHS = 36
SEED = 20260101
HEADER = ("指标编码", "期间", "街镇", "数值", "分子", "分母", "状态", "备注")
WAYS = (State.NOT_STARTED, State.PLANNED, State.ONGOING, State.MOSTLY_DONE, State.DONE)
GRADES = ("达标", "达标", "达标", "未达标")
LATE, GAP, REVISED = 0.03, 0.02, 0.01  # of the figures of a month

FEW = 10
SUMMER = range(5, 10)

Row = tuple[str, ...]
Known = dict[tuple[str, str], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class File:
    """One file of the demonstration: its rows, when it comes in, and why it revises."""

    name: str
    rows: tuple[Row, ...]
    at: datetime
    reason: str | None = None

    @property
    def data(self) -> bytes:
        """The CSV as an office would save it."""
        text = io.StringIO()
        csv.writer(text).writerows([HEADER, *self.rows])
        return text.getvalue().encode("utf-8-sig")


def load(
    store: Store, catalogue: Catalogue, *, last: date, seed: int = SEED, told: Callable[[str], None] = lambda _: None
) -> int:
    """Fill an empty store with the demonstration; how many releases it now has.

    last  a day of the last month to invent; told is called with the name of each file

    Raises `Refused` for a store that holds real releases. One that already holds the demonstration is left as it is.
    """
    standing = releases(store)
    if any(release.source != DEMO for release in standing):
        raise Refused(
            f"{store.path} 里有真实数据，不能放演示数据。请换一个数据库文件。 Real figures and invented ones are never mixed."
        )
    if standing:
        return len(standing)
    for file in files(catalogue, last=last, seed=seed):
        told(file.name)
        checked = check(store, catalogue, [Upload(name=file.name, data=file.data)], at=file.at, reason=file.reason)
        if not checked.accepted:
            wrong = next(finding.message for finding in checked.findings)
            raise RuntimeError(f"{file.name}: the invented figures do not pass the check: {wrong}")
        confirm(store, checked, by="演示", at=file.at, source=DEMO)
    return len(releases(store))


def files(catalogue: Catalogue, *, last: date, seed: int = SEED) -> Iterator[File]:
    """The files in the order in which they come in: each month's, then what came late or was corrected."""
    chance = random.Random(seed)
    world = [_Story(one, catalogue, random.Random(f"{seed} {one.code}")) for one in _reported(catalogue)]
    alone = {story.indicator.code for story in world} - _related(catalogue)
    for at, month in enumerate(_months(last)):
        known: Known = {}
        rows = [row for story in world for row in story.month(at, month, known)]
        told = [row for row in rows if row[2] == WHOLE or chance.random() >= GAP]
        late = {row for row in told if row[2] != WHOLE and chance.random() < LATE}
        slips = {
            row: _slip(row, chance) for row in told if row not in late and row[0] in alone and chance.random() < REVISED
        }
        received = datetime(month.end.year, month.end.month, month.end.day, 2, tzinfo=UTC) + timedelta(days=8)
        name = f"演示数据{month.end:%Y-%m}"
        yield File(f"{name}.csv", tuple(slips.get(row, row) for row in told if row not in late), received)
        if late:
            yield File(f"{name}补报.csv", tuple(row for row in told if row in late), received + timedelta(days=9))
        if corrected := tuple(row for row, slip in slips.items() if slip != row):
            yield File(f"{name}更正.csv", corrected, received + timedelta(days=12), "演示：填报笔误")


def _reported(catalogue: Catalogue) -> list[Indicator]:
    """All that is not computed, wholes before their parts and totals before what is left of them."""
    wanted = {one.code: one for one in catalogue.indicators.values() if not one.derived}
    found: dict[str, Indicator] = {}

    def add(code: str) -> None:
        if code in wanted and code not in found:
            for other in _needed(wanted[code]):
                add(other)
            found[code] = wanted[code]

    for code in wanted:
        add(code)
    return list(found.values())


def _needed(indicator: Indicator) -> list[str]:
    """The codes that its relations name as wholes, totals and parts done."""
    named: list[str | None] = []
    for relation in indicator.relations:
        if isinstance(relation, PartOf):
            named.append(relation.whole)
        if isinstance(relation, Remaining):
            named += [relation.total, relation.done, relation.of]
    return [code for code in named if code]


def _related(catalogue: Catalogue) -> set[str]:
    """What another figure depends on, and what depends on it: their slips would contradict each other."""
    bound = {one.code for one in catalogue.indicators.values() if one.relations}
    return bound | {code for one in catalogue.indicators.values() for code in _needed(one)}


def _months(last: date) -> list[Period]:
    first = last.year * 12 + last.month - MONTHS
    return [Period.parse(f"{at // 12}-{at % 12 + 1:02}") for at in range(first, first + MONTHS)]


def _slip(row: Row, chance: random.Random) -> Row:
    """A count as it was first handed in, a little off; anything else as it is."""
    if not row[3].isdecimal() or int(row[3]) < FEW:
        return row
    return (*row[:3], str(int(row[3]) - chance.randint(1, 3)), *row[4:])


class _Story:
    """How one indicator goes in each 街镇: a level, a trend, a season, a step, and chance."""

    def __init__(self, indicator: Indicator, catalogue: Catalogue, chance: random.Random) -> None:
        self.indicator, self.chance = indicator, chance
        self.regions = [region.name for region in catalogue.regions]
        self.level = {region: chance.uniform(20, 90) for region in self.regions}
        self.trend = chance.uniform(-0.004, 0.01)
        self.season = chance.uniform(0.0, 0.15)
        self.step = (chance.randint(12, 30), chance.uniform(0.8, 1.25))
        self.share = chance.uniform(0.3, 0.7)  # of the whole that it is a part of
        self.running: dict[str, int] = {}
        self.started = chance.randint(0, 6)

    def month(self, at: int, month: Period, known: Known) -> Iterator[Row]:
        """The rows of one month; `known` holds numerator and denominator, or the count and 0, of what stands before."""
        kind = self.indicator.kind
        if kind in {Kind.MILESTONE, Kind.GRADE}:
            if at % 3 == 2:  # noqa: PLR2004  a report each quarter
                yield self._row(month, WHOLE, state=self._state(at))
            return
        for region in self.regions:
            known[self.indicator.code, region] = self._figure(region, at, month, known)
        own = [known[self.indicator.code, region] for region in self.regions]
        known[self.indicator.code, WHOLE] = (sum(one for one, _ in own), sum(other for _, other in own))
        for region in (*self.regions, WHOLE):
            count, total = known[self.indicator.code, region]
            if kind is Kind.RATIO:
                yield self._row(month, region, parts=(str(count), str(total)))
            else:
                yield self._row(month, region, value=str(count) if self.indicator.decimals == 0 else f"{count}.0")

    def _state(self, at: int) -> str:
        if self.indicator.kind is Kind.GRADE:
            return self.chance.choice(GRADES)
        return WAYS[min(len(WAYS) - 1, max(0, (at - self.started) // 6))].value

    def _figure(self, region: str, at: int, month: Period, known: Known) -> tuple[int, int]:
        for relation in self.indicator.relations:
            if isinstance(relation, PartOf) and (relation.whole, region) in known:
                count, total = known[relation.whole, region]
                return int(count * self.share), int(total * self.share)
            if isinstance(relation, Remaining):
                return self._remaining(relation, region, known), 0
        return self._parts(region, at) if self.indicator.kind is Kind.RATIO else (self._count(region, at, month), 0)

    def _remaining(self, relation: Remaining, region: str, known: Known) -> int:
        if relation.of:
            done, total = known[relation.of, region]
            return total - done
        return known[relation.total or "", region][0] - known[relation.done or "", region][0]

    def _count(self, region: str, at: int, month: Period) -> int:
        of_month = max(0, round(self.level[region] * self._factor(at, month) * self.chance.uniform(0.88, 1.12)))
        before = self.running.get(region)
        match self.indicator.kind:
            case Kind.CUMULATIVE:
                now = of_month + (0 if before is None or month.end.month == 1 else before)
            case Kind.COUNTDOWN:
                now = round(self.level[region] * 3) if before is None else max(0, before - self.chance.randint(0, 6))
            case Kind.STOCK:
                now = round(self.level[region]) if before is None else before + self.chance.choice((0, 0, 0, 1))
            case _:
                now = of_month
        most = self.indicator.maximum
        self.running[region] = now if most is None else min(now, int(most) // len(self.regions))
        return self.running[region]

    def _factor(self, at: int, month: Period) -> float:
        since, size = self.step
        summer = 1 + self.season * (1 if month.end.month in SUMMER else -1)
        return float((1 + self.trend) ** at * summer * (size if at >= since else 1.0))

    def _parts(self, region: str, at: int) -> tuple[int, int]:
        share = min(0.995, max(0.5, 0.86 * (1 + self.trend) ** at))
        total = max(5, round(self.level[region] * self.chance.uniform(0.8, 1.2)))
        return min(total, round(total * share * self.chance.uniform(0.94, 1.06))), total

    def _row(
        self, month: Period, region: str, *, value: str = "", parts: tuple[str, str] = ("", ""), state: str = ""
    ) -> Row:
        return (self.indicator.code, f"{month.end.year}年{month.end.month}月", region, value, *parts, state, "")
