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

from metrics import number
from metrics.intake import grid, numberformat, richtext
from metrics.intake.package import Package, attribute, bomb, cut, mimetype, parse, parsing, password, small
from metrics.intake.sheet import Sheet
from metrics.intake.workbook import iso_moment, without_covered

_CONTENT = "content.xml"
_STYLES = "styles.xml"
_SPREADSHEET = "application/vnd.oasis.opendocument.spreadsheet"
_MOST_SHEETS = 300
_MOST_MERGED = 50_000
_LONGEST_NUMBER = 400  # digits
_MOST_NAMES = 1_000
_MOST_STYLES = 200_000
_MOST_PARENTS = 20  # of one style
_LETTERING = {"table-cell", "text"}  # families of styles
_COLUMNS = 16_384
_MOST_COPIES = 5_000_000  # cells of rows that the file writes once and repeats
_BLANKS = {"s": " ", "tab": "\t", "line-break": "\n"}
_NUMBER = re.compile(r"-?\d+(\.\d*)?([eE][+-]?\d{1,3})?", re.ASCII)
_TIME = re.compile(r"-?PT(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})(?:[.,]\d*)?S)?", re.ASCII)
_SHOWN = re.compile(r"([^\d.,-]*)(-?)(\d[\d,]*)(\.\d+)?([^\d.,]*)", re.ASCII)
_SCALED = re.compile(r"([千万亿])(.*)")
_FORMULA = re.compile(r"^(of|oooc|msoxl):")

_Style = tuple[str, str]  # family, name
_Numbered = tuple[int, int, list[str | None]]  # sheet, row, cells


def fits(package: Package) -> bool:
    """Whether the zip is an OpenDocument table."""
    return mimetype(package).startswith(_SPREADSHEET) and _CONTENT in package.paths


def read_book(package: Package) -> tuple[Sheet, ...]:
    """The sheets in their order. Raises Unreadable for a damaged, hostile or encrypted one."""
    if b"encryption-data" in small(package, "meta-inf/manifest.xml"):
        raise password()
    reader = _Reader()
    if _STYLES in package.paths:
        parse(package, _STYLES, reader.styles.start)
    found = {
        index: grid.table((row, cells) for _, row, cells in rows)
        for index, rows in groupby(reader.rows(package), key=itemgetter(0))
    }
    return tuple(_sheet(one, found.get(index, grid.table([]))) for index, one in enumerate(reader.sheets))


def _sheet(one: _Table, cells: pa.Table) -> Sheet:
    merged = tuple(one.merged)
    return Sheet(
        name=one.name,
        cells=without_covered(cells, merged),
        merged=merged,
        hidden=one.hidden,
        hidden_rows=tuple(one.hidden_rows),
        hidden_columns=tuple(get_column_letter(column + 1) for column in sorted(one.hidden_columns)),
    )


@dataclass(slots=True)
class _Table:
    """A sheet beside its cells; columns count from 0, `struck` are those whose empty style strikes out."""

    name: str
    hidden: bool
    merged: list[str] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: set[int] = field(default_factory=set)
    struck: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Set:
    """How a style sets its letters; None where it leaves that to its parent."""

    place: str | None = None
    struck: bool | None = None


class _Styles:
    """What styles say of letters: `lettered` has those that say anything; `hidden` are the styles of hidden sheets."""

    def __init__(self) -> None:
        self.hidden: set[str] = set()
        self.lettered: dict[_Style, _Set] = {}
        self._parents: dict[_Style, str] = {}
        self._style: _Style = ("", "")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Takes a <style> and what stands in it; of two with one name the later holds."""
        if tag == "style":
            self._style = (attribute(attributes, "family") or "", (attribute(attributes, "name") or "")[:255])
            if self._style[0] in _LETTERING:
                self._parents[self._style] = (attribute(attributes, "parent-style-name") or "")[:255]
                self.lettered.pop(self._style, None)
        elif tag.endswith("-style"):
            self._style = ("", "")
        elif tag == "table-properties" and attribute(attributes, "display") == "false":
            self.hidden.add(self._style[1])
        elif tag == "text-properties" and self._style in self._parents:
            self._take(attributes)
        if len(self._parents) + len(self.hidden) > _MOST_STYLES:
            raise bomb()

    def _take(self, attributes: dict[str, str]) -> None:
        line = attribute(attributes, "text-line-through-style") or attribute(attributes, "text-line-through-type")
        position = attribute(attributes, "text-position")
        if line or position:
            self.lettered[self._style] = _Set(
                place=_place(position) if position else None, struck=line != "none" if line else None
            )

    def of(self, family: str, name: str | None) -> _Set:
        """What the style and those that it rests on say; of one that is not known, or None, nothing."""
        place = struck = None
        for _ in range(_MOST_PARENTS if self.lettered else 0):
            if not name:
                break
            own = self.lettered.get((family, name), _PLAIN)
            place = own.place if place is None else place
            struck = own.struck if struck is None else struck
            name = self._parents.get((family, name))
        return _Set(place, struck) if place or struck else _PLAIN

    def strikes(self, cell: str | None) -> bool:
        """Whether the style of a cell strikes its text out."""
        return bool(self.lettered) and bool(self.of("table-cell", cell).struck)


_PLAIN = _Set()


def _place(position: str) -> str:
    """A position such as super 58% or -33% 58% as superscript, subscript or neither."""
    first = position.split(" ", 1)[0]
    if first == "super" or (first.rstrip("%").isdecimal() and first.strip("0%")):
        return "superscript"
    return "subscript" if first == "sub" or first.startswith("-") else ""


class _Reader:
    """The state between the calls of the XML parser."""

    def __init__(self) -> None:
        self.sheets: list[_Table] = []
        self.styles = _Styles()
        self._names: dict[str, str] = {}
        self._done: list[_Numbered] = []
        self._depth = 0
        self._row = 0
        self._row_repeat = 1
        self._row_hidden = False
        self._row_struck = False
        self._column = 0
        self._cells: list[str | None] = []
        self._cell: dict[str, str] | None = None
        self._cell_depth = 0
        self._paragraph = 0
        self._spans: list[tuple[int, _Set]] = []
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
            self._open_row(attributes)
        elif tag == "table":
            self._open_table(attributes)
        elif tag == "table-column" and self._in_table:
            self._open_column(attributes)
        elif not self._in_table:
            self.styles.start(tag, attributes)

    def _end(self, tag: str) -> None:
        if self._cell is not None:
            if self._depth == self._cell_depth:
                self._close_cell()
            elif self._spans and self._depth == self._spans[-1][0]:
                self._spans.pop()
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
        for _, how in self._spans:
            text = richtext.lettered(text, place=how.place or "", struck=bool(how.struck))
        self._parts.append(text)
        self._letters += len(text)
        if self._letters > grid.LONGEST_CELL:
            raise grid.cell_too_long(self._row + 1)

    def _inside_cell(self, tag: str, attributes: dict[str, str]) -> None:
        """Text stands in paragraphs right under the cell; those of notes and drawings stand deeper."""
        if tag == "p" and self._depth == self._cell_depth + 1:
            self._paragraph = self._depth
        elif self._paragraph and tag == "span":
            how = self.styles.of("text", attribute(attributes, "style-name"))
            if how != _PLAIN:
                self._spans.append((self._depth, how))
        elif self._paragraph and tag in _BLANKS:
            self._add(_BLANKS[tag] * min(_repeat(attributes, "c"), 1_000))

    def _open_table(self, attributes: dict[str, str]) -> None:
        self._in_table += 1
        if self._in_table > 1 or len(self.sheets) >= _MOST_SHEETS:
            raise bomb()
        hidden = (attribute(attributes, "style-name") or "")[:255] in self.styles.hidden
        self.sheets.append(_Table((attribute(attributes, "name") or "")[:255], hidden))
        self._row = self._column = 0

    def _open_column(self, attributes: dict[str, str]) -> None:
        """A column, or several alike; all stand before the rows."""
        after = self._column + _repeat(attributes, "number-columns-repeated")
        alike = range(self._column, min(after, grid.MOST_COLUMNS))
        if _is_hidden(attributes):
            self.sheets[-1].hidden_columns.update(alike)
        if self.styles.strikes(attribute(attributes, "default-cell-style-name")):
            self.sheets[-1].struck.update(alike)
        self._column = min(after, _COLUMNS)

    def _open_row(self, attributes: dict[str, str]) -> None:
        self._row_repeat = _repeat(attributes, "number-rows-repeated")
        self._row_hidden = _is_hidden(attributes)
        self._row_struck = self.styles.strikes(attribute(attributes, "default-cell-style-name"))
        self._column, self._cells = 0, []

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
        if text and self.styles.lettered and self._is_struck(attributes):
            text = richtext.struck_out(text)
        if "number-columns-spanned" in attributes or "number-rows-spanned" in attributes:
            self._note_merged(attributes)
        if text:
            self._fill(text, repeat)
        self._column = min(self._column + repeat, _COLUMNS)

    def _is_struck(self, attributes: Mapping[str, str]) -> bool:
        """Whether the whole cell is struck out, by its own style or else by that of its row or column."""
        own = attributes.get("style-name")
        if own:
            return self.styles.strikes(own)
        return self._row_struck or (bool(self.sheets) and self._column in self.sheets[-1].struck)

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
            numbers = range(self._row + 1, self._row + self._row_repeat + 1)
            self._done += [(at, number, self._cells) for number in numbers]
            if self._row_hidden:
                self.sheets[at].hidden_rows += numbers
            self._cells = []
        self._row += self._row_repeat


def _is_hidden(attributes: Mapping[str, str]) -> bool:
    return attribute(attributes, "visibility") in {"collapse", "filter"}


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
    if number.STRUCK in displayed and kind not in {"", "string"}:
        return richtext.struck_out(_typed(kind, attributes, displayed.replace(number.STRUCK, "")))
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
    return _checked(displayed or attributes.get("string-value", ""))


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
    """The value, with the words, zeros and unit that are displayed: 超80%, 2023.10, 2907座. Never a rounded or scaled one."""
    if len(written) > _LONGEST_NUMBER or not _NUMBER.fullmatch(written) or not math.isfinite(float(written)):
        return _checked(written or displayed)
    exact = Decimal(repr(float(written)))
    value = numberformat.plain(exact.scaleb(2) if percent else exact)
    sign = "%" if percent else ""
    flat = displayed.strip().replace("%", "", percent)
    match = _SHOWN.fullmatch(flat)
    if not match:
        return value + sign
    head, decimals, unit = match[1].strip(numberformat.BARE), (match[4] or ".")[1:], match[5].strip()
    near = Decimal(match[2] + match[3].replace(",", "") + (match[4] or ""))
    if not _rounds(near, Decimal(value), len(decimals)):
        return _scaled(match, near, value) or value + sign  # shown in thousands, or as a date
    whole, _, rest = value.partition(".")
    padded = rest.ljust(min(len(decimals), 30), "0")
    return head + (f"{whole}.{padded}" if padded else whole) + sign + unit


def _rounds(near: Decimal, value: Decimal, decimals: int) -> bool:
    """Whether the number shown is the value, as far as its decimals go."""
    return abs(near - value) <= Decimal(5).scaleb(-decimals - 1)


def _scaled(shown: re.Match[str], near: Decimal, value: str) -> str:
    """A bound or approximation shown in 千, 万 or 亿: as it is shown where that is the value, else with the whole value.

    "" for a number without such a word, and for one that is another number than the value.
    """
    head, unit = shown[1].strip(numberformat.BARE), shown[5].strip()
    match = _SCALED.fullmatch(unit)
    if not match or not (head in number.BEFORE or match[2] in number.AFTER):
        return ""
    scale, decimals = number.MAGNITUDES[match[1]], shown[4] or ""
    if near * scale == Decimal(value):
        return f"{head}{shown[2]}{shown[3].replace(',', '')}{decimals}{unit}"
    return f"{head}{value}{match[2]}" if _rounds(near, Decimal(value) / scale, len(decimals[1:])) else ""
