"""Rows that check a table and are never stored: 合计 against its parts, 平均."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, Final

import duckdb

from metrics import number
from metrics.intake.finding import Finding, Severity
from metrics.intake.headword import bare
from metrics.intake.layout import Layout, Role
from metrics.intake.names import Names, Unknown
from metrics.number import Figure, Fraction, NotAFigure, Qualifier

END: Final = 2_000_000  # below the last row that a sheet can have: 合计 may stand above its parts
FIELDS: Final = (("value", Role.VALUE), ("numerator", Role.NUMERATOR), ("denominator", Role.DENOMINATOR))
SUMS: Final = """
SELECT count(*), count(value), sum(value), count(numerator), sum(numerator), count(denominator), sum(denominator),
    count(DISTINCT indicator), count(DISTINCT (period_start, period_end)), any_value(kind), bool_and(qualifier = 'exact')
FROM staged WHERE sheet_no = $sheet_no AND letter IS NOT DISTINCT FROM $letter AND row > $after AND row < $before
    AND ($indicator IS NULL OR indicator = $indicator) AND ($period IS NULL OR named = $period)
    AND region <> (SELECT code FROM region WHERE whole) AND NOT sub
"""


def totals(con: duckdb.DuckDBPyConnection, layouts: Sequence[Layout], names: Names) -> Iterator[Finding]:
    """A finding for each total that is not the sum of its parts, and for each row of averages that was left out."""
    listed = con.execute(
        "SELECT class, sheet_no, row, letter, fixed, code, name, label, region, value, numerator, denominator FROM labelled "
        "WHERE class IN ('total', 'average', 'alone') ORDER BY sheet_no, letter, row"
    ).fetchall()
    last: dict[tuple[int, str | None], int] = {}
    for kind, sheet_no, row, letter, fixed, code, name, label, region, *texts in listed:
        one = layouts[sheet_no]
        if kind == "alone":
            yield Finding(
                severity=Severity.WARNING, rule="note-row", sheet=one.sheet.name, row=row, value=label, file_no=one.file_no,
                message=f"第{row}行只有“{label}”，按说明文字处理。",
            )  # fmt: skip
            continue
        if kind == "average":
            yield Finding(
                severity=Severity.WARNING, rule="average-row", sheet=one.sheet.name, file_no=one.file_no, row=row, message=f"第{row}行“平均”行已忽略。",
                fix="比率的平均数不能代替总的比率，由看板按分子分母计算。",
            )  # fmt: skip
            continue
        part = any(bare(text).startswith("小计") for text in (label, code, name, region) if text)
        after = last.get((sheet_no, letter), one.header_row) if part else one.header_row
        last[sheet_no, letter] = row
        place = {
            "sheet_no": sheet_no,
            "letter": letter,
            "after": after,
            "before": row if part else END,
            "period": None,
            "row": row,
        }
        yield from _total(con, one, {**place, "indicator": _indicator(names, fixed, code, name)}, texts)


def _indicator(names: Names, fixed: str | None, code: str | None, name: str | None) -> str | None:
    try:
        return fixed or names.indicator(code, name)
    except Unknown:
        return None


def _total(
    con: duckdb.DuckDBPyConnection, one: Layout, place: dict[str, Any], texts: Sequence[str | None]
) -> Iterator[Finding]:
    at_row = place["row"]
    row = con.execute(SUMS, {name: value for name, value in place.items() if name != "row"}).fetchone()
    assert row is not None
    number_of, *sums = row[:7]
    indicators, periods, kind, exact = row[7:]
    if indicators != 1 or periods != 1 or not exact:
        return
    for at, (field, role) in enumerate(FIELDS):
        text, counted, total = texts[at], sums[2 * at], sums[2 * at + 1]
        given = _exact(text)
        if given is None or counted != number_of or (field == "value" and kind == "ratio") or given == total:
            continue
        column = one.of(role) or next((column for column in one.values if column.letter == place["letter"]), None)
        yield Finding(
            severity=Severity.ERROR, rule="total-differs", sheet=one.sheet.name, file_no=one.file_no, row=at_row,
            column=column.header if column else None, cell=f"{column.letter}{at_row}" if column else None, value=text,
            message=f"合计行与分项之和不符：表内{_plain(given)}，求和{_plain(total)}（差{_plain(abs(given - total))}）。",
            fix="请核对各行和合计；合计行只用来核对，不入库。",
        )  # fmt: skip


def _exact(text: str | None) -> Decimal | None:
    """The total as an exact number; of 166/182 in 数值 nothing."""
    try:
        read = number.read_cell(text) if text else None
    except NotAFigure:
        return None
    if isinstance(read, Fraction) or not isinstance(read, Figure) or read.qualifier is not Qualifier.EXACT:
        return None
    return read.value


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
