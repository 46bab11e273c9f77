"""What a checked file would change in the store: the table of figures, and those that move most."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import pyarrow.compute as pc

from metrics.catalogue import WHOLE, Catalogue
from metrics.harmless import harmless
from metrics.intake.check import Checked
from metrics.model import Indicator, Kind, alike
from metrics.number import ratio
from metrics.period import Period, chinese

ROWS = 60  # of the table
MISSING = "缺报"
TOLD = ["indicator", "region", "period_start", "period_end", "value", "numerator", "denominator", "qualifier"]
LEVELS = {Kind.STOCK, Kind.COUNTDOWN}  # whatever their period


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A figure that the release would add or revise; `old` is "" for a new one."""

    word: str
    code: str
    name: str
    period: str
    region: str
    old: str
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """The figures that change, revised ones first; `more` are not listed."""

    lines: tuple[Change, ...]
    more: int


def changes(checked: Checked, catalogue: Catalogue, *, most: int = ROWS) -> Changes:
    """The table of what the release would change, at most `most` lines."""
    column = checked.rows["change"]
    by_place = [("file_no", "ascending"), ("source_row", "ascending")]
    revised, new = (checked.rows.filter(pc.equal(column, word)).sort_by(by_place) for word in ("revised", "new"))
    lines = [_change(row, catalogue) for table in (revised, new) for row in table.slice(0, most).to_pylist()][:most]
    return Changes(lines=tuple(lines), more=revised.num_rows + new.num_rows - len(lines))


def as_csv(listed: Changes) -> bytes:
    """The changes as CSV, UTF-8 with BOM; no text in it is run by a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["变化", "指标编码", "指标名称", "期间", "街镇", "原值", "新值"])
    for one in listed.lines:
        writer.writerow(
            [harmless(text) for text in (one.word, one.code, one.name, one.period, one.region, one.old, one.now)]
        )
    return out.getvalue().encode("utf-8-sig")


def _change(row: Mapping[str, object], catalogue: Catalogue) -> Change:
    indicator = catalogue.indicators[str(row["indicator"])]
    return Change(
        word="修订" if row["change"] == "revised" else "新增", code=indicator.code, name=indicator.name,
        period=chinese(Period.parse(str(row["named"]))), region=catalogue.region_names.get(str(row["region"]), "未分配"),
        old=_united(row["old"], indicator), now=MISSING if _is_missing(row) else _united(row["now"], indicator),
    )  # fmt: skip


def _is_missing(row: Mapping[str, object]) -> bool:
    return all(row[name] is None for name in ("value", "lower", "upper", "numerator", "state"))


def _united(text: object, indicator: Indicator) -> str:
    """The figure with its unit, which a figure written in words and a fraction already have or do not need."""
    said = str(text) if text is not None else ""
    plain = said and re.fullmatch(r"-?[\d.]+", said) and indicator.kind not in {Kind.MILESTONE, Kind.GRADE}
    return f"{said}{indicator.unit}" if plain else said


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A figure before and after: of a revision the stored one, of a new one that of the period before, as `since` says."""

    code: str
    label: str
    before: Decimal
    now: Decimal
    unit: str
    since: str


Series = Mapping[tuple[str, str], Sequence[tuple[Period, Decimal]]]


def moved(checked: Checked, catalogue: Catalogue, stored: Series, *, most: int = 8) -> tuple[Moved, ...]:
    """The figures that move most in proportion, most first: every revision, and the last new period of each indicator and region.

    stored  exact figures of the store by indicator and region, oldest first
    """
    found: list[Moved] = []
    for (code, region), told in _series(checked).items():
        before = dict(stored.get((code, region), ()))
        indicator, label = catalogue.indicators[code], _label(catalogue, code, region)
        pairs = [(before[period], now, f"{chinese(period)}修订") for period, now in told.items() if period in before]
        last = max(told, key=lambda period: period.end)
        earlier = _earlier({**before, **told}, last, indicator)
        if earlier and last not in before:
            pairs.append((earlier[1], told[last], f"{chinese(last)}，较{chinese(earlier[0])}"))
        found += [
            Moved(code=code, label=label, before=old, now=now, unit=indicator.unit, since=since)
            for old, now, since in pairs
            if old != now
        ]
    return tuple(sorted(found, key=lambda one: -_share(one)))[:most]


def _series(checked: Checked) -> dict[tuple[str, str], dict[Period, Decimal]]:
    """The exact figures of the files, by indicator and region."""
    found: dict[tuple[str, str], dict[Period, Decimal]] = defaultdict(dict)
    for row in checked.rows.select(TOLD).to_pylist():
        now = _exact(row)
        if now is not None:
            found[row["indicator"], row["region"]][Period(row["period_start"], row["period_end"])] = now
    return found


def _earlier(known: Mapping[Period, Decimal], last: Period, indicator: Indicator) -> tuple[Period, Decimal] | None:
    """The period before that can be compared with the last one; None for none."""
    like = [
        (period, figure) for period, figure in known.items()
        if period.end < last.end and (indicator.kind in LEVELS or alike(period, last, indicator.kind))
    ]  # fmt: skip
    return max(like, key=lambda item: item[0].end, default=None)


def _exact(row: Mapping[str, object]) -> Decimal | None:
    """The figure of a row, else the rate of its parts; None for a bound and for what is no figure."""
    value, top, bottom = row["value"], row["numerator"], row["denominator"]
    if row["qualifier"] != "exact":
        return None
    if value is None and isinstance(top, Decimal) and isinstance(bottom, Decimal):
        return ratio(top, bottom)
    return value if isinstance(value, Decimal) else None


def _label(catalogue: Catalogue, code: str, region: str) -> str:
    name, place = catalogue.indicators[code].name, catalogue.region_names.get(region, "未分配")
    return name if place == WHOLE else f"{name}（{place}）"


def _share(one: Moved) -> Decimal:
    return abs(one.now - one.before) / (abs(one.before) or Decimal(1))
