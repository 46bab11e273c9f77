"""A workbook of Excel (xlsx, xlsm), read as a stream.

No library gives the value, error cells, number format, formulas without a value, merged ranges and hidden sheets in
one pass: openpyxl opens workbooks of the strict kind as zero sheets and takes 5 s for 60,000 rows; calamine returns
error cells as empty text.
"""

from __future__ import annotations

import math
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from openpyxl.utils import get_column_letter

from metrics.intake import grid, numberformat, richtext
from metrics.intake.package import Package, attribute, bomb, cut, parse, parsing, small, too_deep
from metrics.intake.sheet import Sheet

_MAIN = "xl/workbook.xml"
_MOST_STRINGS = 3_000_000
_MOST_LETTERS = 60_000_000
_MOST_SHEETS = 300
_MOST_MERGED = 50_000
_MOST_PARTS = 5_000  # runs of one text
_LONGEST_PATH = 1_000
_LONGEST_NUMBER = 400  # digits
_MOST_LISTED = 200_000  # styles, links
_MOST_GROUPS = 2_000  # shared formulas whose text is kept
_COLUMNS: Mapping[str, int] = {get_column_letter(at + 1): at for at in range(16_384)}
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_AREA = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?", re.ASCII)
_TRUE = {"1", "true", "on"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Book:
    """What the cells of all sheets refer to.

    struck  the cell styles that strike their text out, as the cells name them; "" is the style of a cell without one
    stale   the file says that its formulas must be calculated on opening: a cached 0 is then none
    """

    strings: Sequence[str]
    formats: Sequence[str]
    struck: frozenset[str]
    epoch: int
    stale: bool


@dataclass(slots=True)
class _Run:
    """How the letters between <r> and </r> are set."""

    place: str = ""
    struck: bool = False

    def take(self, tag: str, attributes: dict[str, str]) -> None:
        """A property of the run; other tags say nothing."""
        if tag == "vertAlign":
            self.place = attributes.get("val", "")
        elif tag == "strike":
            self.struck = _is_on(attributes)
        elif tag == "r":
            self.place, self.struck = "", False

    def close(self, parts: list[str], start: int) -> None:
        """The pieces from `start` on as they are set; Excel's escapes are taken off first, for a stroke would break them."""
        if self.place or self.struck:
            text = _ESCAPE.sub(_letter, "".join(parts[start:]))
            parts[start:] = [richtext.lettered(text, place=self.place, struck=self.struck)]


def _is_on(attributes: Mapping[str, str]) -> bool:
    return attributes.get("val", "1") in _TRUE


@dataclass(slots=True)
class _Outline:
    """What workbook.xml says: name, whether hidden, and link of each sheet."""

    sheets: list[tuple[str, bool, str]] = field(default_factory=list)
    epoch: int = 1900
    stale: bool = False


def fits(package: Package) -> bool:
    """Whether the zip is a workbook with XML sheets."""
    return _main(package) in package.paths


def read_book(package: Package) -> tuple[str, tuple[Sheet, ...]]:
    """The kind, xlsx or xlsm, and the sheets in their order. Raises Unreadable for a damaged or hostile workbook."""
    main = _main(package)
    links = _links(package, main)
    outline = _outline(package, main)
    formats, struck = _styles(package, _target(links, "styles") or "xl/styles.xml")
    book = _Book(
        strings=_strings(package, _target(links, "sharedStrings") or "xl/sharedstrings.xml"),
        formats=formats,
        struck=struck,
        epoch=outline.epoch,
        stale=outline.stale,
    )
    sheets = [
        _sheet(package, links[link][1], book, name=name, hidden=hidden)
        for name, hidden, link in outline.sheets
        if _kind(links, link) == "worksheet"
    ]
    macros = b"macroenabled" in small(package, "[content_types].xml").lower()
    return "xlsm" if macros else "xlsx", tuple(sheets)


def _main(package: Package) -> str:
    """Path of the part that lists the sheets."""
    for kind, target in _links(package, "").values():
        if kind == "officeDocument" and target.endswith(".xml") and not target.startswith(("word/", "ppt/")):
            return target
    return _MAIN


def _links(package: Package, part: str) -> dict[str, tuple[str, str]]:
    """Id -> (kind, path) of what the part points at."""
    folder, name = posixpath.split(part)
    path = posixpath.join(folder, "_rels", f"{name}.rels")
    found: dict[str, tuple[str, str]] = {}

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "Relationship":
            target = attributes.get("Target", "").replace("\\", "/")
            whole = target if target.startswith("/") else posixpath.join(folder, target)
            kind = attributes.get("Type", "").rpartition("/")[2]
            if len(found) > _MOST_LISTED or len(target) > _LONGEST_PATH:
                raise bomb()
            found[attributes.get("Id", "")[:255]] = (kind[:255], posixpath.normpath(whole).lstrip("/").lower())

    if path in package.paths:
        parse(package, path, start)
    return found


def _target(links: Mapping[str, tuple[str, str]], kind: str) -> str | None:
    return next((target for found, target in links.values() if found == kind), None)


def _kind(links: Mapping[str, tuple[str, str]], link: str) -> str:
    """What a listed sheet is: worksheet, chartsheet ... One that leads nowhere would be data lost without a word."""
    if link not in links:
        raise cut()
    return links[link][0]


def _outline(package: Package, main: str) -> _Outline:
    outline = _Outline()

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "sheet" and (link := attribute(attributes, "id")) is not None:
            hidden = attributes.get("state", "visible") != "visible"
            outline.sheets.append((attributes.get("name", "")[:255], hidden, link[:255]))
            if len(outline.sheets) > _MOST_SHEETS:
                raise bomb()
        elif tag == "workbookPr" and attributes.get("date1904", "0") in _TRUE:
            outline.epoch = 1904
        elif tag == "calcPr":
            outline.stale = attributes.get("fullCalcOnLoad", "0") in _TRUE

    parse(package, main, start)
    return outline


def _strings(package: Package, path: str) -> list[str]:
    """The shared strings, rich text joined as it is set, readings (phonetic) left out."""
    strings = _Strings()
    if path in package.paths:
        parse(package, path, strings.start, strings.end, strings.data)
    return strings.found


class _Strings:
    """The state between the calls of the XML parser, for the shared strings."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._parts: list[str] = []
        self._run = _Run()
        self._inside = self._aside = False
        self._opened = self._letters = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "t":
            self._inside, self._opened = not self._aside, len(self._parts)
        elif tag == "rPh":
            self._aside = True
        else:
            self._run.take(tag, attributes)

    def data(self, text: str) -> None:
        if self._inside:
            self._parts.append(text)
            if len(self._parts) > _MOST_PARTS or len(text) > grid.LONGEST_CELL:
                raise grid.cell_too_long()

    def end(self, tag: str) -> None:
        if tag == "t":
            self._run.close(self._parts, self._opened)
            self._inside = False
        elif tag == "rPh":
            self._aside = False
        elif tag == "r":
            self._run.take(tag, {})
        elif tag == "si":
            self._keep(_text("".join(self._parts)))

    def _keep(self, text: str) -> None:
        self.found.append(text)
        self._letters += len(text)
        self._parts.clear()
        if len(self.found) > _MOST_STRINGS or self._letters > _MOST_LETTERS:
            raise grid.too_big()


def _text(raw: str) -> str:
    """A text without Excel's escapes (_x000D_ is a line end) and with plain line ends."""
    if "_x" in raw:
        raw = _ESCAPE.sub(_letter, raw)
    if len(raw) > grid.LONGEST_CELL:
        raise grid.cell_too_long()
    return raw.replace("\r\n", "\n").replace("\r", "\n") if "\r" in raw else raw


def _letter(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return match[0] if 0xD800 <= code <= 0xDFFF else chr(code)  # noqa: PLR2004  half a letter is none


def _styles(package: Package, path: str) -> tuple[list[str], frozenset[str]]:
    """The number format of each cell style, in order, and the styles that strike out."""
    own: dict[str, str] = {}
    used: list[tuple[str, str]] = []
    fonts: list[bool] = []
    inside = ""

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        if tag in {"cellXfs", "fonts"}:
            inside = tag
        elif tag == "xf" and inside == "cellXfs":
            used.append((attributes.get("numFmtId", "0")[:10], attributes.get("fontId", "0")[:10]))
        elif tag == "font" and inside == "fonts":
            fonts.append(False)
        elif tag == "strike" and inside == "fonts" and fonts:
            fonts[-1] = _is_on(attributes)
        elif tag == "numFmt":
            own[attributes.get("numFmtId", "")[:10]] = attributes.get("formatCode", "")[:1_000]
        if len(used) + len(own) + len(fonts) > _MOST_LISTED:
            raise bomb()

    def end(tag: str) -> None:
        nonlocal inside
        if tag == inside:
            inside = ""

    if path in package.paths:
        parse(package, path, start, end)
    struck_fonts = {str(at) for at, struck in enumerate(fonts) if struck}
    struck = {str(at) for at, (_, font) in enumerate(used) if font in struck_fonts}
    return [own.get(name) or _built_in(name) for name, _ in used], frozenset(
        struck | ({""} if "0" in struck else set())
    )


def _built_in(name: str) -> str:
    number = int(name) if name.isdecimal() and len(name) < 5 else 0  # noqa: PLR2004
    return numberformat.BUILT_IN.get(number, numberformat.GENERAL)


def _sheet(package: Package, path: str, book: _Book, *, name: str, hidden: bool) -> Sheet:
    if path not in package.paths:
        raise cut()
    reader = _Reader(book)
    cells = grid.table(reader.rows(package, path))
    merged = tuple(reader.merged)
    return Sheet(
        name=name,
        cells=without_covered(cells, merged),
        merged=merged,
        hidden=hidden,
        epoch=book.epoch,
        hidden_rows=tuple(reader.hidden_rows),
        hidden_columns=tuple(get_column_letter(column) for column in sorted(reader.hidden_columns)),
    )


class _Reader:
    """The state between the calls of the XML parser, for one sheet. The calls are many: five a cell."""

    def __init__(self, book: _Book) -> None:
        self.book = book
        self._struck = book.struck
        self.merged: list[str] = []
        self.hidden_rows: list[int] = []
        self.hidden_columns: set[int] = set()
        self._done: list[grid.Row] = []
        self._depth = 0
        self._row = 0
        self._row_hidden = False
        self._column = -1
        self._cells: list[str | None] = []
        self._kind = "n"
        self._style = ""
        self._value: list[str] | None = None
        self._formula: list[str] | None = None
        self._inline: list[str] | None = None
        self._into: list[str] | None = None
        self._run = _Run()
        self._opened = 0
        self._shared: dict[str, list[str]] = {}
        self._readings = 0

    def rows(self, package: Package, path: str) -> Iterator[grid.Row]:
        """The rows with text, piece by piece."""
        for _ in parsing(package, path, self._start, self._end, self._data, plain=True):
            if too_deep(self._depth):
                raise bomb()
            yield from self._done
            self._done.clear()

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if tag == "c":
            self._open_cell(attributes)
        elif tag == "v":
            self._into = self._value = []
        elif tag == "row":
            self._open_row(attributes)
        elif tag == "f":
            self._open_formula(attributes)
        elif tag == "t" and not self._readings:
            self._inline = self._inline if self._inline is not None else []
            self._into, self._opened = self._inline, len(self._inline)
        elif tag == "rPh":
            self._readings += 1
        elif tag == "mergeCell":
            self._merge(attributes.get("ref", ""))
        elif tag == "col":
            self._note_column(attributes)
        else:
            self._run.take(tag, attributes)

    def _data(self, text: str) -> None:
        if self._into is not None:
            self._into.append(text)
            if len(self._into) > _MOST_PARTS or len(text) > grid.LONGEST_CELL:
                raise grid.cell_too_long(self._row)

    def _end(self, tag: str) -> None:
        self._depth -= 1
        if tag == "c":
            self._close_cell()
        elif tag == "v":
            self._into = None
        elif tag == "row":
            if self._cells:
                self._done.append((self._row, self._cells))
                self._cells = []
                if self._row_hidden:
                    self.hidden_rows.append(self._row)
        elif tag == "rPh":
            self._readings -= 1
        else:
            if tag == "t" and self._inline and not self._readings:
                self._run.close(self._inline, self._opened)
            elif tag == "r":
                self._run.take(tag, {})
            self._into = None
            if tag == "f" and sum(map(len, self._formula or ())) > grid.LONGEST_CELL:
                raise grid.cell_too_long(self._row)

    def _open_row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r")
        self._row = _count(number) if number else self._row + 1
        self._row_hidden = attributes.get("hidden") in _TRUE or attributes.get("ht") == "0"
        self._column = -1

    def _open_cell(self, attributes: dict[str, str]) -> None:
        place = attributes.get("r")
        if place:
            column = _COLUMNS.get(place.rstrip("0123456789"))
            if column is None:
                raise cut()
            self._column = column
        else:
            self._column += 1
        self._kind = attributes.get("t", "n")
        self._style = attributes.get("s", "")
        self._value = self._formula = self._inline = None

    def _open_formula(self, attributes: dict[str, str]) -> None:
        group = attributes.get("si")
        if group in self._shared:  # only the first cell of a group holds the text
            self._formula = self._shared[group]
            return
        self._into = self._formula = []
        if group is not None and len(self._shared) < _MOST_GROUPS:
            self._shared[group[:20]] = self._formula

    def _close_cell(self) -> None:
        text = self._shown()
        if not text:
            return
        if self._style in self._struck:
            text = richtext.struck_out(text)
        column = self._column
        if column >= grid.MOST_COLUMNS:
            raise grid.too_wide(column + 1)
        cells = self._cells
        if column < len(cells):
            cells[column] = text
            return
        while len(cells) < column:
            cells.append(None)
        cells.append(text)

    def _shown(self) -> str:
        """The cell as text; "" for an empty one."""
        value = self._value
        raw = ("".join(value) if len(value) > 1 else value[0]) if value else ""
        if self._kind == "s":
            return self._string(raw) if raw else ""
        if self._inline is not None:
            return _text("".join(self._inline))
        if self._formula is not None and self._without_value(raw):
            return _text("=" + "".join(self._formula))
        return _typed(raw, self._kind, self._format(), self.book.epoch) if raw else ""

    def _without_value(self, raw: str) -> bool:
        if not raw:
            return self._kind != "str"
        return self.book.stale and raw == "0" and self._kind == "n"

    def _string(self, raw: str) -> str:
        try:
            return self.book.strings[int(raw)]
        except (IndexError, ValueError):
            raise cut() from None

    def _format(self) -> str:
        if not self._style:
            return self.book.formats[0] if self.book.formats else numberformat.GENERAL
        try:
            return self.book.formats[int(self._style)]
        except (IndexError, ValueError):
            return numberformat.GENERAL  # Excel takes an unknown style as none

    def _merge(self, area: str) -> None:
        if _AREA.fullmatch(area):
            self.merged.append(area.replace("$", ""))
        if len(self.merged) > _MOST_MERGED:
            raise bomb()

    def _note_column(self, attributes: dict[str, str]) -> None:
        if attributes.get("hidden") in _TRUE or attributes.get("width") == "0":
            first, last = (_count(attributes.get(name, "0")) for name in ("min", "max"))
            self.hidden_columns.update(range(max(first, 1), min(last, grid.MOST_COLUMNS) + 1))


def _count(number: str) -> int:
    if not number.isdecimal() or len(number) > 7:  # noqa: PLR2004
        raise cut()
    return int(number)


def _typed(raw: str, kind: str, code: str, epoch: int) -> str:
    if kind == "n":
        if code == numberformat.GENERAL and raw.isascii() and raw.isdigit() and len(raw) < 16 and raw[0] != "0":  # noqa: PLR2004
            return raw
        return _number(raw, code, epoch)
    if kind == "b":
        return "TRUE" if raw.strip() in _TRUE else "FALSE"
    if kind == "d":
        return iso_moment(raw)
    return _text(raw)


def _number(raw: str, code: str, epoch: int) -> str:
    """Python reads more as a number than Excel: 1_269, Arabic digits, an exponent without end."""
    if len(raw) > _LONGEST_NUMBER or not _NUMBER.fullmatch(raw.strip()) or not math.isfinite(float(raw)):
        return _text(raw)
    return numberformat.shown(float(raw), code, epoch=epoch)


def iso_moment(raw: str) -> str:
    """An ISO date, with its time unless that is midnight; the text itself when it is none."""
    try:
        moment = datetime.fromisoformat(raw.strip()).replace(tzinfo=None, microsecond=0)
    except ValueError:
        return _text(raw)
    return f"{moment:%Y-%m-%d}" if f"{moment:%H%M%S}" == "000000" else f"{moment:%Y-%m-%d %H:%M:%S}"


def without_covered(cells: pa.Table, merged: Sequence[str]) -> pa.Table:
    """The table without what stands under a merged cell: Excel does not show it."""
    numbers = cells["row"].to_numpy()
    covered: list[NDArray[np.bool_]] = [np.zeros(0, bool)] * (cells.num_columns - 1)
    for area in merged:
        _cover(covered, numbers, area)
    for at, mask in enumerate(covered):
        if mask.any():
            column = cells.column(at + 1).combine_chunks()
            kept = pc.if_else(pa.array(~mask), column, None)
            cells = cells.set_column(at + 1, cells.column_names[at + 1], kept)
    return grid.assemble([cells]) if merged else cells


def _cover(covered: list[NDArray[np.bool_]], numbers: NDArray[np.int32], area: str) -> None:
    match = _AREA.fullmatch(area)
    if not match or not match[3]:
        return
    left, right = sorted((_COLUMNS.get(match[1], 0), _COLUMNS.get(match[3], 0)))
    top, bottom = sorted((int(match[2]), int(match[4])))
    first, after = np.searchsorted(numbers, [top, bottom + 1])
    for column in range(left, min(right + 1, len(covered))):
        if not len(covered[column]):
            covered[column] = np.zeros(len(numbers), bool)
        start = first + (column == left and first < after and numbers[first] == top)
        covered[column][start:after] = True
