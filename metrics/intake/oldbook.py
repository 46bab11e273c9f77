"""A workbook of Excel 97-2003 (xls), by xlrd, with the format of every cell."""

from __future__ import annotations

import io
import struct
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise

import xlrd
from openpyxl.utils import get_column_letter
from xlrd.biffh import XLRDError
from xlrd.book import Book
from xlrd.compdoc import CompDocError
from xlrd.formatting import Font
from xlrd.sheet import Sheet as OldSheet

from metrics.intake import grid, numberformat, richtext
from metrics.intake.package import LONGEST_READ, cut, password, too_slow
from metrics.intake.sheet import Sheet
from metrics.intake.workbook import without_covered

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LARGEST = 40_000_000  # bytes; 65,536 rows of 9 cells are 10 MB
_MOST_MERGED = 50_000
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_BOOKS = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))
_FORMULAS = {0x06, 0x0206, 0x0406}  # records, by version
_NOTHING = (b"\x03", b"\xff\xff")  # first and last bytes of a result that is no text at all
_PLACES = {1: "superscript", 2: "subscript"}
_OTHERS = (("WordDocument", "Word文档"), ("PowerPoint Document", "演示文稿"), ("__substg1.0", "邮件"))


def read_book(data: bytes) -> tuple[Sheet, ...]:
    """The sheets in their order. Formulas give the value that Excel last calculated.

    A formula of a sheet on which none has a value reads as "=…": the program that wrote it calculates nothing.
    Raises Unreadable for a workbook with a password, and for what is no workbook.
    """
    _refuse_others(data)
    deadline = time.monotonic() + LONGEST_READ
    with (
        _faults(),
        xlrd.open_workbook(
            file_contents=data, logfile=io.StringIO(), formatting_info=True, on_demand=True, ragged_rows=True
        ) as book,
    ):
        formulas = _watch(book, deadline)
        return tuple(_sheet(book, at, formulas, deadline) for at in range(book.nsheets))


def _refuse_others(data: bytes) -> None:
    """What else has the signature of an old Office file."""
    if _ENCRYPTED in data:
        raise password()
    if not any(name in data for name in _BOOKS):
        called = next((called for name, called in _OTHERS if name.encode("utf-16-le") in data), "")
        if not called:
            raise cut()
        raise grid.refusal(
            "not-a-table", f"该文件是{called}，不是可读取的表格。", "请上传Excel工作簿（xlsx、xls）、ods或CSV文件。"
        )
    if len(data) > LARGEST:
        raise too_slow()


@contextmanager
def _faults() -> Iterator[None]:
    """The one place where a foreign parser meets hostile bytes: each of these was seen, or its code allows it."""
    try:
        yield
    except XLRDError as error:
        raise (password() if "encrypted" in str(error) else cut()) from error
    except (
        CompDocError, struct.error, AssertionError, LookupError, ValueError, TypeError, AttributeError, ArithmeticError,
        EOFError, OSError, NotImplementedError, RecursionError, UnboundLocalError,
    ) as error:  # fmt: skip
        raise cut() from error


@dataclass(slots=True)
class _Formulas:
    """The formulas of the sheet that is read: places of those without a result, and whether another one has any."""

    empty: set[tuple[int, int]] = field(default_factory=set)
    calculated: bool = False

    def take(self, record: bytes) -> None:
        """Row, column and result of one formula."""
        if (record[6:7], record[12:14]) == _NOTHING:
            self.empty.add((int.from_bytes(record[:2], "little"), int.from_bytes(record[2:4], "little")))
        else:
            self.calculated = True

    def clear(self) -> None:
        self.empty.clear()
        self.calculated = False


def _watch(book: Book, deadline: float) -> _Formulas:
    """Looks at the clock, and for formulas, with every record that xlrd takes: it has no limit and keeps no formula."""
    take = book.get_record_parts
    formulas = _Formulas()

    def watched() -> tuple[int, int, bytes]:
        if time.monotonic() > deadline:
            raise too_slow()
        parts: tuple[int, int, bytes] = take()
        if parts[0] in _FORMULAS:
            formulas.take(parts[2])
        return parts

    book.get_record_parts = watched  # type: ignore[method-assign]
    return formulas


def _sheet(book: Book, at: int, formulas: _Formulas, deadline: float) -> Sheet:
    formulas.clear()
    sheet = book.sheet_by_index(at)
    reader = _Reader(book, sheet, set() if formulas.calculated else formulas.empty)
    cells = grid.table(reader.rows(deadline))
    merged = tuple(_area(*box) for box in sheet.merged_cells[:_MOST_MERGED])
    hidden_columns = sorted(column for column, told in sheet.colinfo_map.items() if told.hidden)
    book.unload_sheet(at)
    return Sheet(
        name=sheet.name,
        cells=without_covered(cells, merged),
        merged=merged,
        hidden=sheet.visibility != 0,
        epoch=reader.epoch,
        hidden_rows=tuple(sorted(row + 1 for row, told in sheet.rowinfo_map.items() if told.hidden)),
        hidden_columns=tuple(get_column_letter(column + 1) for column in hidden_columns),
    )


def _area(top: int, bottom: int, left: int, right: int) -> str:
    return f"{get_column_letter(left + 1)}{top + 1}:{get_column_letter(right)}{bottom}"


class _Reader:
    """The cells of one sheet as text."""

    def __init__(self, book: Book, sheet: OldSheet, uncalculated: set[tuple[int, int]]) -> None:
        self.book = book
        self.sheet = sheet
        self.epoch = 1904 if book.datemode else 1900
        self._uncalculated = uncalculated
        self._fonts: dict[int, Font] = dict(enumerate(book.font_list))
        self._struck = {at for at, style in enumerate(book.xf_list) if self._strikes(style.font_index)}

    def rows(self, deadline: float) -> Iterator[grid.Row]:
        """The rows with text."""
        for row in range(self.sheet.nrows):
            if time.monotonic() > deadline:
                raise too_slow()
            cells = [self._cell(row, column) or None for column in range(self.sheet.row_len(row))]
            while cells and cells[-1] is None:
                cells.pop()
            if cells:
                yield row + 1, cells

    def _cell(self, row: int, column: int) -> str:
        text = self._shown(row, column)
        if not text:
            return "=…" if (row, column) in self._uncalculated else ""
        runs = self.sheet.rich_text_runlist_map.get((row, column))
        if runs:
            text = self._lettered(text, runs)
        if self._struck and self.sheet.cell_xf_index(row, column) in self._struck:
            text = richtext.struck_out(text)
        return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text

    def _lettered(self, text: str, runs: Sequence[tuple[int, int]]) -> str:
        """Each run is where it begins and its font; what stands before the first is set as the cell is."""
        runs = sorted(runs)
        found = [text[: runs[0][0]]]
        for (start, font), (end, _) in pairwise([*runs, (len(text), 0)]):
            place = _PLACES.get(self._fonts[font].escapement, "") if font in self._fonts else ""
            found.append(richtext.lettered(text[start:end], place=place, struck=self._strikes(font)))
        return "".join(found)

    def _strikes(self, font: int) -> bool:
        return font in self._fonts and bool(self._fonts[font].struck_out)

    def _shown(self, row: int, column: int) -> str:
        kind = self.sheet.cell_type(row, column)
        value = self.sheet.cell_value(row, column)
        if kind in {xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE}:
            return numberformat.shown(float(value), self._format(row, column), epoch=self.epoch)
        if kind == xlrd.XL_CELL_BOOLEAN:
            return "TRUE" if value else "FALSE"
        if kind == xlrd.XL_CELL_ERROR:
            return xlrd.error_text_from_code.get(int(value), "#N/A")
        return str(value)

    def _format(self, row: int, column: int) -> str:
        key = self.book.xf_list[self.sheet.cell_xf_index(row, column)].format_key
        found = self.book.format_map.get(key)
        if found is not None and found.format_str:
            return str(found.format_str)
        return numberformat.BUILT_IN.get(key, numberformat.GENERAL)
