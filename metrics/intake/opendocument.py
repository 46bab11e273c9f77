"""A workbook of LibreOffice and others (ods), read as a stream."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from operator import itemgetter

import pyarrow as pa
from openpyxl.utils import get_column_letter

from metrics.intake import grid, numberformat
from metrics.intake.package import Package, attribute, bomb, cut, mimetype, parsing, password, small
from metrics.intake.sheet import Sheet
from metrics.intake.workbook import iso_moment, without_covered

_CONTENT = "content.xml"
_SPREADSHEET = "application/vnd.oasis.opendocument.spreadsheet"
_MOST_SHEETS = 300
_MOST_MERGED = 50_000
_LONGEST_NUMBER = 400  # digits
_MOST_NAMES = 1_000
_COLUMNS = 16_384
_MOST_COPIES = 5_000_000  # cells of rows that the file writes once and repeats
_BLANKS = {"s": " ", "tab": "\t", "line-break": "\n"}
_NUMBER = re.compile(r"-?\d+(\.\d*)?([eE][+-]?\d{1,3})?", re.ASCII)
_TIME = re.compile(r"-?PT(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})(?:[.,]\d*)?S)?", re.ASCII)
_SHOWN = re.compile(r"(-?)(\d[\d,]*)(\.\d+)?([^\d.,]*)", re.ASCII)
_FORMULA = re.compile(r"^(of|oooc|msoxl):")

_Numbered = tuple[int, int, list[str | None]]  # sheet, row, cells


def fits(package: Package) -> bool:
    """Whether the zip is an OpenDocument table."""
    return mimetype(package).startswith(_SPREADSHEET) and _CONTENT in package.paths


def read_book(package: Package) -> tuple[Sheet, ...]:
    """The sheets in their order. Raises Unreadable for a damaged, hostile or encrypted one."""
    if b"encryption-data" in small(package, "meta-inf/manifest.xml"):
        raise password()
    reader = _Reader()
    found = {
        index: grid.table((row, cells) for _, row, cells in rows)
        for index, rows in groupby(reader.rows(package), key=itemgetter(0))
    }
    return tuple(_sheet(one, found.get(index, grid.table([]))) for index, one in enumerate(reader.sheets))


def _sheet(one: _Table, cells: pa.Table) -> Sheet:
    merged = tuple(one.merged)
    return Sheet(name=one.name, cells=without_covered(cells, merged), merged=merged, hidden=one.hidden)


@dataclass(slots=True)
class _Table:
    name: str
    hidden: bool
    merged: list[str] = field(default_factory=list)


class _Reader:
    """The state between the calls of the XML parser."""

    def __init__(self) -> None:
        self.sheets: list[_Table] = []
        self._hidden_styles: set[str] = set()
        self._style = ""
        self._names: dict[str, str] = {}
        self._done: list[_Numbered] = []
        self._depth = 0
        self._row = 0
        self._row_repeat = 1
        self._column = 0
        self._cells: list[str | None] = []
        self._cell: dict[str, str] | None = None
        self._cell_depth = 0
        self._paragraph = 0
        self._lines: list[str] = []
        self._parts: list[str] = []
        self._letters = 0
        self._in_table = 0
        self._copies = 0

    def rows(self, package: Package) -> Iterator[_Numbered]:
        """(index of the sheet, row, cells) of every row with text."""
        for _ in parsing(package, _CONTENT, self._start, self._end, self._data):
            yield from self._done
            self._done.clear()

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if tag in {"table-cell", "covered-table-cell"}:
            self._open_cell(attributes)
        elif self._cell is not None:
            self._inside_cell(tag, attributes)
        elif tag == "table-row":
            self._row_repeat = _repeat(attributes, "number-rows-repeated")
            self._column, self._cells = 0, []
        elif tag == "table":
            self._open_table(attributes)
        elif tag == "style":
            self._style = attribute(attributes, "name") or ""
        elif tag == "table-properties" and attribute(attributes, "display") == "false":
            self._hidden_styles.add(self._style[:255])

    def _end(self, tag: str) -> None:
        if self._cell is not None:
            if self._depth == self._cell_depth:
                self._close_cell()
            elif self._depth == self._paragraph:
                self._lines.append("".join(self._parts))
                self._parts.clear()
                self._paragraph = 0
        elif tag == "table-row" and self._in_table:
            self._close_row()
        elif tag == "table":
            self._in_table -= 1
        self._depth -= 1

    def _data(self, text: str) -> None:
        if self._paragraph:
            self._add(text)

    def _add(self, text: str) -> None:
        self._parts.append(text)
        self._letters += len(text)
        if self._letters > grid.LONGEST_CELL:
            raise grid.cell_too_long(self._row + 1)

    def _inside_cell(self, tag: str, attributes: dict[str, str]) -> None:
        """Text stands in paragraphs right under the cell; those of notes and drawings stand deeper."""
        if tag == "p" and self._depth == self._cell_depth + 1:
            self._paragraph = self._depth
        elif self._paragraph and tag in _BLANKS:
            self._add(_BLANKS[tag] * min(_repeat(attributes, "c"), 1_000))

    def _open_table(self, attributes: dict[str, str]) -> None:
        self._in_table += 1
        if self._in_table > 1 or len(self.sheets) >= _MOST_SHEETS:
            raise bomb()
        hidden = (attribute(attributes, "style-name") or "") in self._hidden_styles
        self.sheets.append(_Table((attribute(attributes, "name") or "")[:255], hidden))
        self._row = 0

    def _open_cell(self, attributes: dict[str, str]) -> None:
        if self._cell is not None:
            raise bomb()  # a table in a cell
        self._cell = {self._local(key): value for key, value in attributes.items()} if attributes else {}
        self._cell_depth = self._depth
        self._lines, self._letters = [], 0

    def _local(self, key: str) -> str:
        """The name without its prefix; the same few come with every cell."""
        found = self._names.get(key)
        if found is None:
            found = key.rpartition(":")[2]
            if len(self._names) < _MOST_NAMES:
                self._names[key] = found
        return found

    def _close_cell(self) -> None:
        attributes, self._cell = self._cell or {}, None
        repeat = _repeat(attributes, "number-columns-repeated") if "number-columns-repeated" in attributes else 1
        text = _text(attributes, "\n".join(self._lines))
        if "number-columns-spanned" in attributes or "number-rows-spanned" in attributes:
            self._note_merged(attributes)
        if text:
            self._fill(text, repeat)
        self._column = min(self._column + repeat, _COLUMNS)

    def _fill(self, text: str, repeat: int) -> None:
        after = self._column + repeat
        if after > grid.MOST_COLUMNS:
            raise grid.too_wide(after)
        self._cells += [None] * (self._column - len(self._cells)) + [text] * repeat

    def _note_merged(self, attributes: Mapping[str, str]) -> None:
        wide = _repeat(attributes, "number-columns-spanned")
        high = _repeat(attributes, "number-rows-spanned")
        if self.sheets and (wide > 1 or high > 1):
            first, last = get_column_letter(self._column + 1), get_column_letter(min(self._column + wide, _COLUMNS))
            self.sheets[-1].merged.append(f"{first}{self._row + 1}:{last}{self._row + high}")
            if len(self.sheets[-1].merged) > _MOST_MERGED:
                raise bomb()

    def _close_row(self) -> None:
        if self._cells:
            self._copies += self._row_repeat * len(self._cells)
            if self._row + self._row_repeat > grid.MOST_ROWS or self._copies > _MOST_COPIES:
                raise grid.too_long()
            at = len(self.sheets) - 1
            self._done += [(at, self._row + copy, self._cells) for copy in range(1, self._row_repeat + 1)]
            self._cells = []
        self._row += self._row_repeat


def _repeat(attributes: Mapping[str, str], name: str) -> int:
    written = attribute(attributes, name) or "1"
    if not (written.isascii() and written.isdigit()) or len(written) > 7:  # noqa: PLR2004
        raise cut()
    return max(int(written), 1)


def _text(attributes: Mapping[str, str], displayed: str) -> str:
    """A cell as text; "" for an empty one."""
    kind = attributes.get("value-type", "")
    formula = attributes.get("formula")
    if kind == "error" or (formula is not None and displayed.startswith(("#", "Err:"))):
        return displayed or "#N/A"
    if not kind and formula is not None and not displayed:
        return _FORMULA.sub("", formula)[: grid.LONGEST_CELL]
    return _typed(kind, attributes, displayed)


def _typed(kind: str, attributes: Mapping[str, str], displayed: str) -> str:
    if kind in {"float", "currency", "percentage"}:
        return _figure(attributes.get("value", ""), displayed, percent=kind == "percentage")
    if kind == "date":
        return iso_moment(attributes.get("date-value", "")) or displayed
    if kind == "time":
        return _clock(attributes.get("time-value", "")) or displayed
    if kind == "boolean":
        return attributes.get("boolean-value", displayed).upper()
    return _checked(attributes.get("string-value") or displayed)


def _checked(text: str) -> str:
    if len(text) > grid.LONGEST_CELL:
        raise grid.cell_too_long()
    return text


def _clock(written: str) -> str:
    match = _TIME.fullmatch(written)
    if not match:
        return _checked(written)
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return f"{hours:02}:{minutes:02}:{seconds:02}"


def _figure(written: str, displayed: str, *, percent: bool) -> str:
    """The value, with the zeros and the unit that are displayed: 2023.10, 2907座. Never a rounded or scaled one."""
    if len(written) > _LONGEST_NUMBER or not _NUMBER.fullmatch(written) or not math.isfinite(float(written)):
        return _checked(written or displayed)
    number = Decimal(repr(float(written)))
    value = numberformat.plain(number.scaleb(2) if percent else number)
    sign = "%" if percent else ""
    match = _SHOWN.fullmatch(displayed.strip().replace("%", "", percent))
    if not match:
        return value + sign
    decimals, unit = (match[3] or ".")[1:], match[4].strip()
    near = Decimal(match[1] + match[2].replace(",", "") + (match[3] or ""))
    if abs(near - Decimal(value)) > Decimal(5).scaleb(-len(decimals) - 1):
        return value + sign  # shown in thousands, or as a date
    whole, _, rest = value.partition(".")
    padded = rest.ljust(min(len(decimals), 30), "0")
    return (f"{whole}.{padded}" if padded else whole) + sign + unit
