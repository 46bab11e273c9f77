"""Facts as plain rows, for the command line and for downloads: decimals as text, None where there is nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from metrics.board import assess, words
from metrics.board.derive import value
from metrics.board.history import Change
from metrics.board.query import Fact, Facts
from metrics.catalogue import Catalogue
from metrics.harmless import harmless
from metrics.model import Indicator, Kind, Release
from metrics.number import Qualifier
from metrics.period import Period

CHANGED = ("指标编码", "指标", "街镇", "期间", "原来", "后来", "版本")


def rows(
    catalogue: Catalogue, facts: Facts, releases: Iterable[Release], codes: Sequence[str], *, today: date
) -> list[dict[str, Any]]:
    """One row for each fact of each code, in the order of the codes, oldest period first.

    value        the figure, of a bound the bound itself, unrounded for a derived rate
    lower/upper  where the true value lies, capped by the indicator's bounds; both ends equal for an exact figure
    region       code of the 街镇; the district total is the district's own code
    status       against the target, or of a milestone against its date; None for a milestone with nothing due
    inferred     names of the period ends that the program inferred
    """
    titles = {release.release_id: release.title for release in releases}
    return [
        _row(catalogue.indicators[code], fact, catalogue, titles, today)
        for code in codes
        for fact in sorted(facts.get(code, ()), key=lambda fact: fact.observation.period.end)
    ]


def _row(indicator: Indicator, fact: Fact, catalogue: Catalogue, titles: dict[int, str], today: date) -> dict[str, Any]:
    seen = fact.observation
    lower, upper = _ends(fact, indicator)
    own = indicator if seen.region == catalogue.total else assess.for_street(indicator)
    status = (
        assess.milestone_status(fact, indicator, today=today)
        if indicator.kind is Kind.MILESTONE
        else assess.status(fact, own, catalogue.declaration.thresholds)
    )
    return {
        "code": indicator.code,
        "name": indicator.name,
        "theme": catalogue.section_of[indicator.code].code,
        "kind": indicator.kind.value,
        "unit": indicator.unit,
        "region": seen.region,
        "region_name": catalogue.region_names.get(seen.region, seen.region),
        "period": str(seen.period),
        "period_start": str(seen.period.start) if seen.period.start else None,
        "period_end": str(seen.period.end),
        "value": _text(value(seen)),
        "lower": _text(lower),
        "upper": _text(upper),
        "qualifier": seen.qualifier.value,
        "numerator": _text(seen.numerator),
        "denominator": _text(seen.denominator),
        "written": seen.written,
        "display": None if indicator.kind is Kind.MILESTONE else words.with_unit(seen, indicator),
        "state": seen.state,
        "status": status.value if status else None,
        "department": indicator.department,
        "source": "；".join(dict.fromkeys(titles[number] for number in _releases(fact))),
        "release": sorted(_releases(fact)),
        "quote": seen.quote,
        "paragraph": seen.paragraph,
        "planned": _period(seen.planned),
        "expected": _period(seen.expected),
        "actual": _period(seen.actual),
        "inferred": list(seen.inferred),
        "derived": fact.derived or (seen.value is None and value(seen) is not None),
        "derived_from": list(dict.fromkeys(part.observation.indicator for part in fact.parts)),
        "note": seen.note,
    }


def _ends(fact: Fact, indicator: Indicator) -> tuple[Decimal | None, Decimal | None]:
    if fact.observation.qualifier is Qualifier.EXACT:
        return value(fact.observation), value(fact.observation)
    found = assess.interval(fact.observation, indicator)
    return (found.lower, found.upper) if found else (None, None)


def _releases(fact: Fact) -> set[int]:
    own = {fact.release_id} if fact.release_id is not None else set()
    return own.union(*(_releases(part) for part in fact.parts))


def _text(number: Decimal | None) -> str | None:
    if number is None:
        return None
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _period(span: Period | None) -> str | None:
    return str(span) if span else None


def as_csv(listed: Sequence[dict[str, Any]], *, columns: Sequence[str] = ()) -> bytes:
    """The rows as CSV in UTF-8 with BOM, as Excel opens it; text that a spreadsheet would run is made harmless.

    columns  the headings where there may be no row; else those of the first one, and no file for no row
    """
    if not listed and not columns:
        return b""
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=columns or list(listed[0]))
    writer.writeheader()
    for row in listed:
        writer.writerow({name: _cell(cell) for name, cell in row.items()})
    return out.getvalue().encode("utf-8-sig")


def of_changes(listed: Iterable[Change]) -> bytes:
    """Differences between two states of the board as CSV."""
    return as_csv([dict(zip(CHANGED, _changed(change), strict=True)) for change in listed])


def _changed(change: Change) -> tuple[str, ...]:
    return (change.code, change.name, change.region, change.period, change.old, change.new, f"版本{change.release}")


def _cell(cell: Any) -> str:
    return harmless("" if cell is None else ",".join(map(str, cell)) if isinstance(cell, list) else str(cell))
