"""Rows that check a table and are never stored: 合计 against its parts, 平均."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, Final

import duckdb

from metrics import number
from metrics.intake.beside import header_cells
from metrics.intake.column import Role
from metrics.intake.finding import Finding, Severity
from metrics.intake.headword import bare
from metrics.intake.layout import Layout
from metrics.intake.names import Names, Unknown
from metrics.number import Figure, Fraction, NotAFigure, Qualifier

END: Final = 2_000_000  # below the last row that a sheet can have: 合计 may stand above its parts
FIELDS: Final = (("value", Role.VALUE), ("numerator", Role.NUMERATOR), ("denominator", Role.DENOMINATOR))
SUMS: Final = """
SELECT count(*), count(value), sum(value), count(numerator), sum(numerator), count(denominator), sum(denominator),
    count(DISTINCT indicator), count(DISTINCT (period_start, period_end)), any_value(kind), bool_and(qualifier = 'exact')
FROM staged WHERE sheet_no = $sheet_no AND letter IS NOT DISTINCT FROM $letter AND row > $after AND row < $before
    AND ($indicator IS NULL OR indicator = $indicator) AND NOT sub
    AND region IN (SELECT code FROM region WHERE NOT whole AND ($kind IS NULL OR region.kind = $kind))
"""
# A total over several months of running totals: their sum, and what the last month holds, which is all that they add to.
MONTHS: Final = """
SELECT sum(value), sum(value) FILTER (period_end = last) FROM (
    SELECT *, max(period_end) OVER () AS last FROM staged WHERE sheet_no = $sheet_no AND letter IS NOT DISTINCT FROM $letter
        AND row > $after AND row < $before AND ($indicator IS NULL OR indicator = $indicator) AND NOT sub
        AND region IN (SELECT code FROM region WHERE NOT whole))
HAVING bool_and(kind = 'cumulative' AND qualifier = 'exact') AND count(DISTINCT indicator) = 1 AND count(DISTINCT period_end) > 1
    AND count(value) = count(*)
"""
BESIDE: Final = """
SELECT s.row, o.said FROM staged s JOIN beside_months o USING (row) WHERE s.sheet_no = $sheet_no AND s.kind = 'cumulative'
    AND s.letter IN (SELECT unnest($months))
GROUP BY s.row, s.indicator, o.said, o.total HAVING count(*) > 1 AND count(value) = count(*) AND sum(value) = o.total
    AND sum(value) <> arg_max(value, period_end) ORDER BY s.row LIMIT 1
"""
SUM_WORDS: Final = re.compile(
    "(合计|总计|小计|共计|累计|汇总|全年|上半年|下半年|第?[一二三四1-4]季度|.*月)(合计|累计|总计|小计)?(数|值)?"
)
LISTED: Final = """
SELECT class, sheet_no, row, letter, fixed, code, name, said, value, numerator, denominator FROM labelled
WHERE class NOT IN ('note', 'empty') ORDER BY sheet_no, letter, row
"""
# A short heading of rows: （二）上年同期数据. 计划完成情况 is of now.
SECTION: Final = re.compile("(?!.*(完成情况|进度|完成率)).{0,8}(计划|目标|预计|预测|上年|去年|往年|同期).{0,8}")
SUMMED: Final = {"total", "so_far", "page", "kind"}
LEFT_OUT: Final = {
    "average": ("average-row", "第{row}行“平均”行已忽略。", "比率的平均数不能代替总的比率，由看板按分子分母计算。"),
    "alone": ("note-row", "第{row}行只有“{text}”，按说明文字处理。", ""),
    "compared": ("compared-row", "第{row}行“{text}”不是本期完成数，未入库。", ""),
    "aside": ("total-unchecked", "第{row}行“{text}”分不清是哪些行的和，没有核对，未入库。", ""),
}


def totals(con: duckdb.DuckDBPyConnection, layouts: Sequence[Layout], names: Names) -> Iterator[Finding]:
    """A finding for each total that is not the sum of its parts, and for each row that was left out with a word."""
    for sheet_no, one in enumerate(layouts):
        yield from _beside_months(con, sheet_no, one)
    last: dict[tuple[int, str | None], int] = {}
    told: set[tuple[int, int]] = set()
    for kind, sheet_no, row, letter, fixed, code, name, text, *texts in con.execute(LISTED).fetchall():
        one = layouts[sheet_no]
        said = text or code or name
        if kind in SUMMED:
            after = last.get((sheet_no, letter), one.header_row) if kind in {"page", "kind"} else one.header_row
            last[sheet_no, letter] = row
            place = {
                "sheet_no": sheet_no, "letter": letter, "after": after, "before": END if kind == "total" else row,
                "indicator": _indicator(names, fixed, code, name), "kind": _kind(said) if kind == "kind" else None,
            }  # fmt: skip
            yield from _total(con, one, place, row, texts)
            yield from _of_months(con, one, place, row, texts[0])
        elif (sheet_no, row) not in told:
            told.add((sheet_no, row))
            section = kind == "section" or (kind == "alone" and SECTION.fullmatch(bare(said)))
            yield from _section(con, one, sheet_no, row, said) if section else [_left_out(one, kind, row, said)]


def _kind(text: str) -> str:
    return "镇" if "镇" in text.replace("街镇", "") else "街道"


def _left_out(one: Layout, kind: str, row: int, text: str) -> Finding:
    rule, message, fix = LEFT_OUT[kind]
    return Finding(
        severity=Severity.WARNING, rule=rule, sheet=one.sheet.name, file_no=one.file_no, row=row, value=text,
        message=message.format(row=row, text=text), fix=fix,
    )  # fmt: skip


def _section(con: duckdb.DuckDBPyConnection, one: Layout, sheet_no: int, row: int, text: str) -> Iterator[Finding]:
    """A row such as 二、上年同期 above figures says that they are not those of now."""
    below = con.execute(
        "SELECT 1 FROM staged WHERE sheet_no = $sheet_no AND row > $row LIMIT 1", {"sheet_no": sheet_no, "row": row}
    ).fetchall()
    if below:
        yield Finding(
            severity=Severity.ERROR, rule="section-row", sheet=one.sheet.name, file_no=one.file_no, row=row, value=text,
            message=f"第{row}行“{text}”下面的数不是本期完成数。", fix="请去掉这一部分，只留本期完成数。",
        )  # fmt: skip
    else:
        yield _left_out(one, "alone", row, text)


def _indicator(names: Names, fixed: str | None, code: str | None, name: str | None) -> str | None:
    try:
        return fixed or names.indicator(code, name)
    except Unknown:
        return None


def _total(
    con: duckdb.DuckDBPyConnection, one: Layout, place: dict[str, Any], at_row: int, texts: Sequence[str | None]
) -> Iterator[Finding]:
    """What differs from the sum; of a 街道小计 whose parts do not stand above it, that it was not checked."""
    wrong = list(_differences(con, one, place, at_row, texts))
    if place["kind"] is None:
        yield from wrong
    elif list(_differences(con, one, {**place, "after": one.header_row, "before": END}, at_row, texts)):
        yield from wrong if _above(con, place) else [_left_out(one, "aside", at_row, f"{place['kind']}小计")]


def _of_months(
    con: duckdb.DuckDBPyConnection, one: Layout, place: dict[str, Any], row: int, text: str | None
) -> Iterator[Finding]:
    """Months below each other whose 合计 is their sum are no running totals."""
    given = _exact(text)
    if given is None or place["kind"] is not None:
        return
    found = con.execute(MONTHS, {name: value for name, value in place.items() if name != "kind"}).fetchall()
    if found and found[0][0] == given != found[0][1]:
        yield _added(one, row, place["letter"] or _letter(one), f"第{row}行的合计{_plain(given)}")


def _beside_months(con: duckdb.DuckDBPyConnection, sheet_no: int, one: Layout) -> Iterator[Finding]:
    """Months side by side whose 合计, in a column that is not read, is their sum are no running totals."""
    months = [column.letter for column in one.values if column.period]
    if len(months) < 2:  # noqa: PLR2004
        return
    read = {column.letter for column in one.columns}
    since = ""
    for letter, header in header_cells(one).items():
        if letter in read or not SUM_WORDS.fullmatch(bare(header)):
            continue
        left = [month for month in months if _at(month) < _at(letter)] or months
        _sums_beside(con, one, letter)
        for summed in ([month for month in left if _at(month) > _at(since)], left):
            found = con.execute(BESIDE, {"sheet_no": sheet_no, "months": summed}).fetchall()
            if found:
                row, said = found[0]
                yield _added(one, row, letter, f"第{row}行“{header}”{said}")
                return
        since = letter


def _at(letter: str) -> tuple[int, str]:
    """Columns in their order: Z before AA."""
    return len(letter), letter


def _sums_beside(con: duckdb.DuckDBPyConnection, one: Layout, letter: str) -> None:
    """Fill `beside_months` with the numbers of a column."""
    con.register("texts", one.sheet.cells.select(["row", letter]).rename_columns(["row", "said"]))
    con.execute(
        "CREATE OR REPLACE TEMP TABLE beside_months AS SELECT row, said, try_cast(replace(said, ',', '') AS DECIMAL(18, 4)) AS total "
        "FROM texts WHERE row > $header",
        {"header": one.header_row},
    )
    con.unregister("texts")


def _letter(one: Layout) -> str | None:
    column = one.of(Role.VALUE)
    return column.letter if column else None


def _added(one: Layout, row: int, letter: str | None, what: str) -> Finding:
    return Finding(
        severity=Severity.ERROR, rule="month-for-cumulative", sheet=one.sheet.name, file_no=one.file_no, row=row,
        cell=f"{letter}{row}" if letter else None, message=f"{what}是各月之和：各月填的是当月数，该指标按累计值填报。",
        fix="请在每个月填年初以来的累计数，去掉合计。",
    )  # fmt: skip


def _above(con: duckdb.DuckDBPyConnection, place: dict[str, Any]) -> bool:
    return bool(con.execute(SUMS, place).fetchall()[0][0])


def _differences(
    con: duckdb.DuckDBPyConnection, one: Layout, place: dict[str, Any], at_row: int, texts: Sequence[str | None]
) -> Iterator[Finding]:
    row = con.execute(SUMS, place).fetchone()
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
