"""Facts in the long form of an upload, as CSV and workbook: what is exported here reads back as the same figures."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

from metrics import number
from metrics.board.query import Facts
from metrics.board.words import plain
from metrics.catalogue import Catalogue
from metrics.harmless import harmless, put
from metrics.model import UNALLOCATED, Indicator, Kind, Observation
from metrics.number import Qualifier
from metrics.period import Period, chinese, last_day

HEADERS = (
    "指标编码",
    "指标名称",
    "期间",
    "街镇",
    "数值",
    "分子",
    "分母",
    "限定",
    "备注",
    "状态",
    "计划完成",
    "实际完成",
)
LIMITS = {Qualifier.GT: "超", Qualifier.GE: "以上", Qualifier.LT: "不足", Qualifier.LE: "以下"}
MISSING = {"M": "不适用", "Q": "保密", "L": "未采集"}  # every other missing figure is 缺报
BELOW_UNIT = "N"  # SDMX status of a figure too small to be printed, written …
_FORMS = {"超": "超{}", "以上": "{}以上", "不足": "不足{}", "以下": "{}以下"}
_FIGURES = {"数值", "分子", "分母"}
_NUMBER = re.compile(r"(-?[0-9]+)(?:\.([0-9]+))?(%?)")
_DIGITS = 15  # that many a cell of Excel keeps
_WIDTHS = (22, 32, 16, 14, 12, 10, 10, 8, 30, 10, 16, 16)


def long_rows(catalogue: Catalogue, facts: Facts, codes: Sequence[str]) -> list[dict[str, str]]:
    """One row by `HEADERS` for each reported fact of each code, oldest period first; "" where nothing is to be said.

    Derived facts are left out: the program computes them again. An expected date (预计) has no column and is left out too.
    """
    return [
        _row(catalogue, catalogue.indicators[code], fact.observation)
        for code in codes
        for fact in facts.get(code, ())
        if not fact.derived and not catalogue.indicators[code].derived
    ]


def _row(catalogue: Catalogue, indicator: Indicator, seen: Observation) -> dict[str, str]:
    value, limit = ("", "") if indicator.kind in {Kind.MILESTONE, Kind.GRADE} else _figure(seen, indicator.unit)
    names = {**catalogue.region_names, UNALLOCATED: "其他"}
    texts = (
        indicator.code, indicator.name, _when(seen, indicator), names.get(seen.region, seen.region), value,
        _number(seen.numerator), _number(seen.denominator), limit, seen.note or "", seen.state or "",
        _period(seen.planned), _period(seen.actual),
    )  # fmt: skip
    return dict(zip(HEADERS, texts, strict=True))


def _figure(seen: Observation, unit: str) -> tuple[str, str]:
    """What stands in 数值 and in 限定."""
    if seen.obs_status == BELOW_UNIT:
        return "…", ""
    if seen.qualifier is Qualifier.RANGE and seen.lower is not None and seen.upper is not None:
        return f"{plain(seen.lower)}~{plain(seen.upper)}", ""
    if seen.value is None:
        return ("" if seen.numerator is not None else MISSING.get(seen.obs_status, "缺报")), ""
    if seen.qualifier is Qualifier.APPROX:
        return _approximately(seen, unit)
    text, limit = _bare(seen.value, unit), LIMITS.get(seen.qualifier, "")
    said = seen.written or ""
    as_said = limit and said != _FORMS[limit].format(text) and _says(said, seen, unit)
    return (said, "") if as_said else (text, limit)


def _bare(value: Decimal, unit: str) -> str:
    """The figure with its percent sign: a column of rates under 1 would else leave open whether they are fractions."""
    return f"{plain(value)}%" if unit == "%" else plain(value)


def _approximately(seen: Observation, unit: str) -> tuple[str, str]:
    """An approximation in words that give its half-width again: as it was written, else 约 and as many digits."""
    built = (seen.written or "", *_rounded(seen, unit))
    return next(
        ((text, "") for text in built if _says(text, seen, unit)), (_bare(seen.value or Decimal(0), unit), "约")
    )


def _rounded(seen: Observation, unit: str) -> Iterator[str]:
    """The value with each number of digits that its half-width may stand for: 约1.2万 for 12000 ± 500."""
    sign = "%" if unit == "%" else ""
    value = seen.value or Decimal(0)
    for magnitude in ("", "千", "万", "亿"):
        for decimals in range(9):
            digits = number.half_up(value / number.MAGNITUDES[magnitude], decimals)
            yield f"约{digits:f}{magnitude}{sign}"


def _says(text: str, seen: Observation, unit: str) -> bool:
    """Whether the text reads as exactly this figure, its ends included."""
    try:
        read = number.read_cell(text, unit=unit)
    except number.NotAFigure:
        return False
    if not isinstance(read, number.Figure) or (unit == "%" and read.unit != "%"):
        return False
    ends = (seen.value, seen.qualifier, seen.lower, seen.upper)
    return (read.value, read.qualifier, read.lower, read.upper) == ends


def _number(value: Decimal | None) -> str:
    return "" if value is None else plain(value)


def _when(seen: Observation, indicator: Indicator) -> str:
    """The period, with both ends where the upload would take another one.

    It reads a month of a running total as from 1 January, which is then marked as inferred, and a day of a figure that
    stands for a month as that month.
    """
    start, end = seen.period.start, seen.period.end
    if start is None or indicator.kind not in {Kind.CUMULATIVE, Kind.FLOW, Kind.RATIO}:
        return _period(seen.period)
    new_year = (start.year, start.month, start.day) == (end.year, 1, 1)
    total = indicator.kind is Kind.CUMULATIVE
    if total and new_year and "period_start" in seen.inferred and _is_last(end):
        return f"{end.year}年{end.month}月"
    return f"{start}/{end}" if start == end or (total and not new_year) else _period(seen.period)


def _is_last(day: date) -> bool:
    return day == last_day(day.year, day.month)


def _period(span: Period | None) -> str:
    """2023年5月, which Excel shows as it is written (2023-05 it turns into May-23); SDMX where only that is exact."""
    return "" if span is None else str(span) if "/" in str(span) else chinese(span)


def as_upload_csv(catalogue: Catalogue, facts: Facts, codes: Sequence[str]) -> bytes:
    """The facts in the long form as CSV in UTF-8 with BOM; text that a spreadsheet would run is made harmless."""
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=HEADERS)
    writer.writeheader()
    for row in long_rows(catalogue, facts, codes):
        writer.writerow({header: harmless(text) for header, text in row.items()})
    return out.getvalue().encode("utf-8-sig")


def as_upload_xlsx(catalogue: Catalogue, facts: Facts, codes: Sequence[str]) -> bytes:
    """The facts in the long form as a workbook: figures as numbers where Excel keeps all their digits, all else as text."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "数据"
    listed = [dict(zip(HEADERS, HEADERS, strict=True)), *long_rows(catalogue, facts, codes)]
    for line, row in enumerate(listed, start=1):
        for at, header in enumerate(HEADERS, start=1):
            _write(sheet.cell(line, at), row[header], figure=header in _FIGURES)
    for at, width in enumerate(_WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(at)].width = width
        sheet.cell(1, at).font = Font(bold=True)
        sheet.cell(1, at).fill = PatternFill("solid", fgColor="DDE6F0")
    sheet.freeze_panes = "C2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _write(cell: Cell | MergedCell, text: str, *, figure: bool) -> None:
    match = _NUMBER.fullmatch(text) if figure else None
    if match is None or len(match[1] + (match[2] or "")) > _DIGITS:
        cell.number_format = "@"
        put(cell, text)
        return
    decimals = len(match[2] or "")
    cell.value = Decimal(text.rstrip("%")).scaleb(-2 if match[3] else 0)
    cell.number_format = ("0." + "0" * decimals if decimals else "0") + match[3]
