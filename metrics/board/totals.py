"""The district's figure where only 街镇 report: a sum, shown as the total only when every one of them is in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from metrics.board.comparison import Total, over_regions
from metrics.board.derive import computed, is_reported
from metrics.board.query import Fact, Facts
from metrics.catalogue import Catalogue
from metrics.model import UNALLOCATED, Indicator, Kind
from metrics.period import Period

ADDED = frozenset({Kind.FLOW, Kind.CUMULATIVE, Kind.STOCK, Kind.COUNTDOWN, Kind.RATIO})


def with_totals(catalogue: Catalogue, facts: Facts) -> Facts:
    """The facts and, for every period in which all 街镇 have reported and the district has not, the total that follows."""
    return {code: tuple(_with_totals(catalogue.indicators[code], own, catalogue)) for code, own in facts.items()}


def _with_totals(indicator: Indicator, facts: Sequence[Fact], catalogue: Catalogue) -> Iterator[Fact]:
    """A blank of the district gives way to the total."""
    found = {}
    for period, parts in _without_total(indicator, facts, catalogue).items():
        total = _together(indicator, parts, catalogue)
        if total.complete:
            found[period] = _fact(indicator, catalogue.total, total, parts)
    for fact in facts:
        if fact.observation.region != catalogue.total or fact.observation.period not in found:
            yield fact
    yield from found.values()


def _without_total(indicator: Indicator, facts: Sequence[Fact], catalogue: Catalogue) -> dict[Period, list[Fact]]:
    """The figures of 街镇 by period, where the district has none."""
    expected = catalogue.reporters(indicator) if indicator.kind in ADDED else ()
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
    return over_regions(parts, indicator, (*catalogue.reporters(indicator), *beside))


def _fact(indicator: Indicator, district: str, total: Total, parts: Sequence[Fact]) -> Fact:
    plain = total.value if total.denominator is None else None
    return computed(
        indicator, tuple(parts), region=district, value=plain, numerator=total.numerator, denominator=total.denominator
    )


def incomplete(indicator: Indicator, facts: Sequence[Fact], catalogue: Catalogue) -> tuple[Period, Total] | None:
    """The last period that some 街镇 have reported and others not, with what those together make; None when none is."""
    found = _without_total(indicator, facts, catalogue)
    last = max(found, key=lambda period: period.end, default=None)
    if last is None:
        return None
    total = _together(indicator, found[last], catalogue)
    return None if total.complete or not total.reported else (last, total)
