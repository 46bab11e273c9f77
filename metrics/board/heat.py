"""One indicator over 街镇 and time, and over the tile map: one scale of colours for both. Missing is hatched, never pale."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from metrics.board import streets, words
from metrics.board.comparison import LEVELS, Against, base_period, is_of
from metrics.board.query import Fact
from metrics.board.series import MONTHS
from metrics.catalogue import Catalogue
from metrics.model import Indicator, Kind, Region, alike
from metrics.number import display, half_up
from metrics.period import Period, chinese, last_day, length, month_end

SHADES = 5
SHORT_SPAN, LONG_SPAN = 13, 36  # months
QUARTERS = "一二三四"
DECEMBER = 12
SINCE = "累计数，每列为起始日至当月；"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One 街镇 in one period.

    text   the figure as printed, without its unit; "" where there is none
    said   who, when and what, for the pointer
    shade  0 for the lowest to 4 for the highest; None where there is no figure
    month  as the address says it: 2026-09
    """

    text: str
    said: str
    shade: int | None
    month: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The head of a column.

    year     "" unless the year begins here; `alone` when it has no other column
    again    the year, where a narrow screen begins in the middle of one
    name     what the period is within its year; `unit` is 月, for which a narrow column has no room
    earlier  not shown on a narrow screen
    """

    year: str
    alone: bool
    again: str
    name: str
    unit: str
    earlier: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A 街镇 with its cells, oldest period first."""

    region: str
    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A 街镇 on the schematic map, row and column from 1."""

    region: str
    short: str
    row: int
    column: int
    cell: Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Heat:
    """The figures of every 街镇 over the last periods.

    groups  街道 and 镇, each in the order of codes
    legend  shade and the least figure of it, lowest first
    tiles   () where the regions file gives no places
    more    whether there are periods before the first one
    note    what a running total counts from; "" for all else
    """

    heads: tuple[Head, ...]
    groups: tuple[tuple[str, tuple[Line, ...]], ...]
    legend: tuple[tuple[int, str], ...]
    tiles: tuple[Tile, ...]
    more: bool
    note: str


def heat(indicator: Indicator, facts: Sequence[Fact], catalogue: Catalogue, *, months: int) -> Heat | None:
    """The periods like the last one, of so many months; None where no 街镇 has a figure."""
    now = streets.shown(facts, catalogue)
    if now is None:
        return None
    own = [fact for fact in facts if fact.observation.region in catalogue.streets and streets.is_in(fact)]
    columns = periods(indicator, own, now, months=months)
    found = {period: streets.of_period(own, indicator, period) for period in columns}
    edges = steps(indicator, [fact for listed in found.values() for fact in listed.values()])
    cells = {
        region.code: tuple(
            _cell(region, period, found[period].get(region.code), indicator, edges) for period in columns
        )
        for region in catalogue.regions
    }
    return Heat(
        heads=tuple(_heads(columns, indicator.kind)),
        groups=tuple(_groups(catalogue, cells)), legend=tuple(_legend(edges, indicator)),
        tiles=_tiles(catalogue, cells), more=_reaches_back(indicator, own, now, columns),
        note=SINCE if indicator.kind is Kind.CUMULATIVE else "",
    )  # fmt: skip


def periods(indicator: Indicator, facts: Sequence[Fact], now: Period, *, months: int) -> list[Period]:
    """The periods to show, oldest first, also those for which nobody has reported; none before the first figure."""
    like = [fact.observation.period for fact in facts if _is_like(fact.observation.period, now, indicator.kind)]
    since = max(month_end(now.end, 1 - months).replace(day=1), min(period.end for period in like))
    every = {now: None, **dict.fromkeys(_before(indicator, now, since))}
    others = {period for period in like if since <= period.end <= now.end}
    every |= {period: None for period in sorted(others) if not any(is_of(period, one, indicator.kind) for one in every)}
    return sorted(every, key=lambda period: period.end)


def _is_like(period: Period, now: Period, kind: Kind) -> bool:
    return period.end <= now.end and (kind in LEVELS or alike(period, now, kind))


def _before(indicator: Indicator, now: Period, since: date) -> Iterator[Period]:
    """The regular periods before, back to that day; a running total begins anew with its year, and is beside that of last year."""
    one: Period | None = now
    while one is not None and (one := _previous(indicator, one)) is not None and one.end >= since:
        yield one
    if indicator.kind is Kind.CUMULATIVE:
        last = base_period(now, indicator.kind, Against.YEAR_BEFORE)
        if last is not None and last.end >= since:
            yield last


def _previous(indicator: Indicator, period: Period) -> Period | None:
    if indicator.kind not in LEVELS:
        return base_period(period, indicator.kind, Against.PREVIOUS)
    step = MONTHS.get(indicator.period_type)
    whole = period.end == last_day(period.end.year, period.end.month)
    return Period(None, month_end(period.end, -step)) if step and whole else None


def _reaches_back(indicator: Indicator, facts: Sequence[Fact], now: Period, columns: Sequence[Period]) -> bool:
    like = (fact.observation.period for fact in facts if _is_like(fact.observation.period, now, indicator.kind))
    return any(period.end < columns[0].end for period in like)


def steps(indicator: Indicator, facts: Iterable[Fact]) -> tuple[Decimal, ...]:
    """The least figure of each shade: equal steps from the lowest to the highest, rounded as figures are printed."""
    known = [at for fact in facts if (at := streets.position(fact, indicator)) is not None]
    if not known:
        return ()
    low, high = min(known), max(known)
    raw = (low + (high - low) * step / SHADES for step in range(SHADES))
    return tuple(dict.fromkeys(half_up(edge, indicator.decimals) if edge != low else low for edge in raw))


def shade(at: Decimal, edges: Sequence[Decimal]) -> int:
    """The shade of a figure; where there are fewer steps than shades they are spread over all of them."""
    step = max(0, sum(at >= edge for edge in edges) - 1)
    return _spread(step, len(edges))


def _spread(step: int, count: int) -> int:
    return SHADES // 2 if count == 1 else round(step * (SHADES - 1) / (count - 1))


def _legend(edges: Sequence[Decimal], indicator: Indicator) -> Iterator[tuple[int, str]]:
    for step, edge in enumerate(edges):
        yield _spread(step, len(edges)), display(edge, indicator.decimals)


def _cell(region: Region, period: Period, fact: Fact | None, indicator: Indicator, edges: Sequence[Decimal]) -> Cell:
    at = streets.position(fact, indicator) if fact else None
    figure = words.with_unit(fact.observation, indicator) if fact else streets.word_for_missing(indicator)
    parts = words.parts_in_brackets(fact.observation) if fact else ""
    return Cell(
        text=words.printed(fact.observation, indicator) if fact else "",
        said=f"{region.name} {chinese(period)} {figure}{parts}",
        shade=None if at is None else shade(at, edges),
        month=f"{period.end:%Y-%m}",
    )


def _groups(catalogue: Catalogue, cells: Mapping[str, tuple[Cell, ...]]) -> Iterator[tuple[str, tuple[Line, ...]]]:
    for kind in dict.fromkeys(region.kind for region in catalogue.regions):
        own = sorted((one for one in catalogue.regions if one.kind == kind), key=lambda region: region.code)
        yield kind, tuple(Line(region=one.code, name=streets.short(one), cells=cells[one.code]) for one in own)


def _tiles(catalogue: Catalogue, cells: Mapping[str, tuple[Cell, ...]]) -> tuple[Tile, ...]:
    """All or none: a map that lacks a 街镇 would say that there is none."""
    if not all(region.tile for region in catalogue.regions):
        return ()
    return tuple(
        Tile(region=one.code, short=streets.short(one), row=one.tile[0] + 1, column=one.tile[1] + 1, cell=cells[one.code][-1])
        for one in catalogue.regions
        if one.tile
    )  # fmt: skip


def _heads(columns: Sequence[Period], kind: Kind) -> Iterator[Head]:
    recent = max(0, len(columns) - SHORT_SPAN)
    counts = Counter(period.end.year for period in columns)
    for at, period in enumerate(columns):
        year = period.end.year
        begins = at == 0 or columns[at - 1].end.year != year
        name, unit = _within_year(period, kind)
        yield Head(
            year=str(year) if begins else "", alone=counts[year] == 1, name=name, unit=unit, earlier=at < recent,
            again=str(year) if at == recent and not begins else "",
        )  # fmt: skip


def _within_year(period: Period, kind: Kind) -> tuple[str, str]:
    """What a period is within its year, as short as a narrow column asks for: 9月, 三季, 上半, 全年, 5-21."""
    day = period.end
    if day != last_day(day.year, day.month):
        return f"{day.month}-{day.day}", ""
    named = {2: f"{QUARTERS[(day.month - 1) // 3]}季", 5: "下半" if day.month == DECEMBER else "上半", 11: "全年"}
    months = length(period) if kind in {Kind.FLOW, Kind.RATIO} else None
    return (named[months], "") if months in named else (str(day.month), "月")
