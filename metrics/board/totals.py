"""The district's figure where only 街镇 report: a sum, shown as the total only when every one of them is in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from metrics.board.comparison import Total, over_regions
from metrics.board.derive import is_reported
from metrics.board.query import Fact, Facts
from metrics.catalogue import Catalogue
from metrics.model import UNALLOCATED, Indicator, Kind, Observation
from metrics.period import Period

ADDED = frozenset({Kind.FLOW, Kind.CUMULATIVE, Kind.STOCK, Kind.COUNTDOWN, Kind.RATIO})


def reporters(indicator: Indicator, catalogue: Catalogue) -> tuple[str, ...]:
    """Codes of the 街镇 that report the indicator; () where the district does."""
    if indicator.reported_by == "district":
        return ()
    every = indicator.reported_by == "streets"
    return tuple(
        region.code for region in catalogue.regions if every or {region.code, region.name} & set(indicator.reported_by)
    )


def with_totals(catalogue: Catalogue, facts: Facts) -> Facts:
    """The facts and, for every period in which all 街镇 have reported and the district has not, the total that follows."""
    return {code: tuple(_with_totals(catalogue.indicators[code], own, catalogue)) for code, own in facts.items()}


def _with_totals(indicator: Indicator, facts: Sequence[Fact], catalogue: Catalogue) -> Iterator[Fact]:
    """A blank of the district gives way to the total."""
    found = {}
    for period, parts in _without_total(indicator, facts, catalogue).items():
        total = _together(indicator, parts, catalogue)
        if total.complete:
            found[period] = _fact(indicator, catalogue.total, period, total, parts)
    for fact in facts:
        if fact.observation.region != catalogue.total or fact.observation.period not in found:
            yield fact
    yield from found.values()


def _without_total(indicator: Indicator, facts: Sequence[Fact], catalogue: Catalogue) -> dict[Period, list[Fact]]:
    """The figures of 街镇 by period, where the district has none."""
    expected = reporters(indicator, catalogue) if indicator.kind in ADDED else ()
    has = {
        fact.observation.period
        for fact in facts
        if fact.observation.region == catalogue.total and is_reported(fact.observation)
    }
    found: dict[Period, list[Fact]] = {}
    for fact in facts:
        if fact.observation.region in (*expected, UNALLOCATED) and fact.observation.period not in has:
            found.setdefault(fact.observation.period, []).append(fact)
    return found


def _together(indicator: Indicator, parts: Sequence[Fact], catalogue: Catalogue) -> Total:
    """Of all that report it, and of what was given to no 街镇 where there is such a figure."""
    beside = [UNALLOCATED for part in parts if part.observation.region == UNALLOCATED]
    return over_regions(parts, indicator, (*reporters(indicator, catalogue), *beside))


def _fact(indicator: Indicator, district: str, period: Period, total: Total, parts: Sequence[Fact]) -> Fact:
    plain = total.value if total.denominator is None else None
    observation = Observation(
        indicator=indicator.code, region=district, period=period, value=plain, lower=plain, upper=plain,
        numerator=total.numerator, denominator=total.denominator,
        inferred=tuple(sorted({name for part in parts for name in part.observation.inferred})),
    )  # fmt: skip
    return Fact(observation=observation, known=max(part.known for part in parts), release_id=None, parts=tuple(parts))


def incomplete(indicator: Indicator, facts: Sequence[Fact], catalogue: Catalogue) -> tuple[Period, Total] | None:
    """The last period that some 街镇 have reported and others not, with what those together make; None when none is."""
    found = _without_total(indicator, facts, catalogue)
    last = max(found, key=lambda period: period.end, default=None)
    if last is None:
        return None
    total = _together(indicator, found[last], catalogue)
    return None if total.complete or not total.reported else (last, total)
