"""Builders of the files that senders upload: each returns the bytes of one.

A cell is a text, a number, a date, True or False, None for empty, or (value, number format) as Excel spells the
format: (0.9324, "0.00%").
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from xml.sax.saxutils import escape

import xlwt  # type: ignore[import-untyped]
from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.worksheet import Worksheet

Plain = str | int | float | bool | Decimal | date | None
Cell = Plain | tuple[Plain, str]
Rows = Sequence[Sequence[Cell]]
Spans = Mapping[tuple[int, int], Sequence[tuple[int, int]]]

_MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns"
_NAMESPACES = " ".join(f'xmlns:{name}="{_OFFICE}:{name}:1.0"' for name in ("office", "table", "text", "style"))


def csv_bytes(rows: Rows, *, encoding: str = "utf-8", delimiter: str = ",", ends: str = "\r\n") -> bytes:
    """A text file; encoding "utf-16" writes a BOM, a number format is left out."""
    text = io.StringIO()
    quoted = delimiter if len(delimiter.encode()) == 1 else "\x1f"
    csv.writer(text, delimiter=quoted, lineterminator=ends).writerows([[_plain(cell) for cell in row] for row in rows])
    return text.getvalue().replace(quoted, delimiter).encode(encoding)


def xlsx(
    rows: Rows,
    *,
    name: str = "Sheet1",
    formats: Mapping[str, str] | None = None,
    merged: Sequence[str] = (),
    hidden: Sequence[str] = (),
    more: Mapping[str, Rows] | None = None,
) -> bytes:
    """A workbook. `formats`: column letter or address -> number format; `more`: further sheets; `hidden`: their names.

    A text that begins with "=" is a formula, without a cached value.
    """
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, content in {name: rows, **(more or {})}.items():
        sheet: Worksheet = book.create_sheet(title)
        _fill(sheet, content, formats or {})
        sheet.sheet_state = "hidden" if title in hidden else "visible"
    for area in merged:
        book.worksheets[0].merge_cells(area)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def xls(
    rows: Rows, *, name: str = "Sheet1", formats: Mapping[str, str] | None = None, merged: Sequence[str] = ()
) -> bytes:
    """A workbook of Excel 97-2003; the arguments are those of `xlsx`."""
    book = xlwt.Workbook()
    sheet = book.add_sheet(name)
    styles = cache(lambda code: xlwt.easyxf(num_format_str=code))  # xlwt takes 4,094 of them, equal or not
    spans = _spans(merged)
    covered = {place for span in spans.values() for place in span}
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            value, number_format = _split(cell, row, column, formats or {})
            style = styles(number_format or _default_format(value))
            if (row, column) in spans:
                bottom, right = spans[row, column][-1]
                sheet.write_merge(row, bottom, column, right, value, style)
            elif (row, column) not in covered and value is not None:
                sheet.write(row, column, value, style)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def ods(rows: Rows, *, name: str = "Sheet1", merged: Sequence[str] = ()) -> bytes:
    """An OpenDocument workbook; a number format with "%" makes the cell a percentage."""
    spans = _spans(merged)
    body = "".join(_ods_row(cells, row, spans) for row, cells in enumerate(rows))
    return ods_of(f'<table:table table:name="{escape(name)}">{body}</table:table>')


def ods_of(tables: str, *, styles: str = "") -> bytes:
    """An OpenDocument workbook of the given <table:table> and <style:style> elements."""
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_NAMESPACES} '
        'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">'
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    return zipped({"mimetype": _MIMETYPE, "content.xml": content, "META-INF/manifest.xml": manifest})


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """A zip of the given parts, in their order."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in parts.items():
            archive.writestr(path, content)
    return held.getvalue()


def repacked(data: bytes, changes: Mapping[str, str | bytes | None]) -> bytes:
    """The zip with parts replaced or added; None takes a part out."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    for path, content in changes.items():
        parts.pop(path, None)
        if content is not None:
            parts[path] = content
    return zipped(parts)


def sheet_xml(data: str) -> bytes:
    """A workbook whose first sheet has the given rows, as XML between <sheetData> tags."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return repacked(
        xlsx([["x"]]),
        {"xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{data}</sheetData></worksheet>'},
    )


def struck(text: str) -> str:
    """The text as the readers give it when it is struck out."""
    return "".join(f"{letter}\u0336" for letter in text)


def _spans(merged: Sequence[str]) -> Spans:
    """First (row, column) of each merged area, counted from 0 -> all of its cells."""
    areas = [[(row - 1, column - 1) for row, column in CellRange(area).cells] for area in merged]
    return {cells[0]: cells for cells in areas}


def _plain(cell: Cell) -> str:
    value = cell[0] if isinstance(cell, tuple) else cell
    return "" if value is None else str(value)


def _split(cell: Cell, row: int, column: int, formats: Mapping[str, str]) -> tuple[Plain, str | None]:
    if isinstance(cell, tuple):
        return cell
    letter = get_column_letter(column + 1)
    return cell, formats.get(f"{letter}{row + 1}", formats.get(letter))


def _default_format(value: Plain) -> str:
    if isinstance(value, datetime):
        return "yyyy\\-mm\\-dd hh:mm:ss"
    return "yyyy\\-mm\\-dd" if isinstance(value, date) else "General"


def _fill(sheet: Worksheet, rows: Rows, formats: Mapping[str, str]) -> None:
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            value, number_format = _split(cell, row, column, formats)
            written = sheet.cell(row + 1, column + 1, value)
            if number_format:
                written.number_format = number_format


def _ods_row(cells: Sequence[Cell], row: int, spans: Spans) -> str:
    return f"<table:table-row>{''.join(_ods_cell(cell, row, column, spans) for column, cell in enumerate(cells))}</table:table-row>"


def _ods_cell(cell: Cell, row: int, column: int, spans: Spans) -> str:
    value, number_format = cell if isinstance(cell, tuple) else (cell, "")
    span = ""
    if (row, column) in spans:
        bottom, right = spans[row, column][-1]
        wide, high = right - column + 1, bottom - row + 1
        span = f' table:number-columns-spanned="{wide}" table:number-rows-spanned="{high}"'
    return f"<table:table-cell{span}{_ods_value(value, number_format)}</table:table-cell>"


def _ods_value(value: Plain, number_format: str) -> str:
    if value is None:
        return ">"
    shown = f"<text:p>{escape(str(value))}</text:p>"
    if isinstance(value, bool):
        return f' office:value-type="boolean" office:boolean-value="{str(value).lower()}">{shown}'
    if isinstance(value, date):
        return f' office:value-type="date" office:date-value="{value.isoformat()}">{shown}'
    if isinstance(value, int | float | Decimal):
        kind = "percentage" if "%" in number_format else "float"
        return f' office:value-type="{kind}" office:value="{value}">{shown}'
    return f' office:value-type="string">{shown}'
