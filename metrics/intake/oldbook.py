"""A workbook of Excel 97-2003 (xls), by xlrd, with the format of every cell."""

from __future__ import annotations

import io
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager

import xlrd
from openpyxl.utils import get_column_letter
from xlrd.biffh import XLRDError
from xlrd.book import Book
from xlrd.compdoc import CompDocError
from xlrd.sheet import Sheet as OldSheet

from metrics.intake import grid, numberformat
from metrics.intake.package import LONGEST_READ, cut, password, too_slow
from metrics.intake.sheet import Sheet
from metrics.intake.workbook import without_covered

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LARGEST = 40_000_000  # bytes; 65,536 rows of 9 cells are 10 MB
_MOST_MERGED = 50_000
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_BOOKS = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))
_OTHERS = (("WordDocument", "Word文档"), ("PowerPoint Document", "演示文稿"), ("__substg1.0", "邮件"))


def read_book(data: bytes) -> tuple[Sheet, ...]:
    """The sheets in their order. Formulas give the value that Excel last calculated; the format keeps no other.

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
        _watch(book, deadline)
        return tuple(_sheet(book, at, deadline) for at in range(book.nsheets))


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


def _watch(book: Book, deadline: float) -> None:
    """Looks at the clock with every record that xlrd takes: it has no limit of its own."""
    take = book.get_record_parts

    def watched() -> tuple[int, int, bytes]:
        if time.monotonic() > deadline:
            raise too_slow()
        parts: tuple[int, int, bytes] = take()
        return parts

    book.get_record_parts = watched  # type: ignore[method-assign]


def _sheet(book: Book, at: int, deadline: float) -> Sheet:
    sheet = book.sheet_by_index(at)
    epoch = 1904 if book.datemode else 1900
    cells = grid.table(_rows(book, sheet, epoch, deadline))
    merged = tuple(_area(*box) for box in sheet.merged_cells[:_MOST_MERGED])
    book.unload_sheet(at)
    return Sheet(
        name=sheet.name, cells=without_covered(cells, merged), merged=merged, hidden=sheet.visibility != 0, epoch=epoch
    )


def _area(top: int, bottom: int, left: int, right: int) -> str:
    return f"{get_column_letter(left + 1)}{top + 1}:{get_column_letter(right)}{bottom}"


def _rows(book: Book, sheet: OldSheet, epoch: int, deadline: float) -> Iterator[grid.Row]:
    for row in range(sheet.nrows):
        if time.monotonic() > deadline:
            raise too_slow()
        cells = [_shown(book, sheet, row, column, epoch) or None for column in range(sheet.row_len(row))]
        while cells and cells[-1] is None:
            cells.pop()
        if cells:
            yield row + 1, cells


def _shown(book: Book, sheet: OldSheet, row: int, column: int, epoch: int) -> str:
    kind = sheet.cell_type(row, column)
    value = sheet.cell_value(row, column)
    if kind in {xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE}:
        return numberformat.shown(float(value), _format(book, sheet, row, column), epoch=epoch)
    if kind == xlrd.XL_CELL_BOOLEAN:
        return "TRUE" if value else "FALSE"
    if kind == xlrd.XL_CELL_ERROR:
        return xlrd.error_text_from_code.get(int(value), "#N/A")
    return str(value).replace("\r\n", "\n").replace("\r", "\n")


def _format(book: Book, sheet: OldSheet, row: int, column: int) -> str:
    index = sheet.cell_xf_index(row, column)
    key = book.xf_list[index].format_key
    found = book.format_map.get(key)
    if found is not None and found.format_str:
        return str(found.format_str)
    return numberformat.BUILT_IN.get(key, numberformat.GENERAL)
