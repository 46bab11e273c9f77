"""The sender's own workbook back, with the cells that are wrong coloured and commented, and a list of them in front."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from xml.etree.ElementTree import ParseError

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import column_index_from_string, quote_sheetname, range_boundaries
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from metrics.harmless import put
from metrics.intake.finding import Finding, Severity
from metrics.intake.read import read
from metrics.intake.sheet import FileRead, Sheet

LIST = "问题清单"
HEADERS = ("级别", "工作表", "位置", "原内容", "问题", "怎么改")
COLOURS = {Severity.ERROR: "FFC7CE", Severity.ASK: "FFD966", Severity.WARNING: "FFF9DB"}
WORDS = {Severity.ERROR: "需改正", Severity.ASK: "待确认", Severity.WARNING: "提示"}
ORDER = list(COLOURS)
AUTHOR = "数据检查"
MANY = (
    300_000  # cells: openpyxl needs about 0.5 kB and 10 µs for each; a larger file comes back with the rows that matter
)
LARGE = 60_000_000  # bytes of XML, unpacked
HEAD = 40  # first rows that such a file keeps
COMMENTS = 2_000  # Excel opens slowly with more; the colour and the list have all
LONGEST_COMMENT = 1_000
GREATEST_ROW, GREATEST_COLUMN = 1_048_576, 16_384
# What openpyxl raises on workbooks that Excel opens but that it does not understand.
NOT_UNDERSTOOD = (
    ArithmeticError, AssertionError, AttributeError, InvalidFileException, KeyError, IndexError, NotImplementedError, OSError,
    ParseError, TypeError, ValueError, zipfile.BadZipFile,
)  # fmt: skip
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff<>:"|?*]')
_RANGES = re.compile(rb"""<(?:\w+:)?(?:mergeCell|hyperlink)\s[^>]*?\bref=["']([A-Z0-9:$]+)["']""")
_IN_TITLE = re.compile(r"[\x00-\x1f\\*?:/\[\]\ud800-\udfff\ufffe\uffff]")


def annotated(name: str, data: bytes, findings: Sequence[Finding]) -> tuple[str, bytes]:
    """File name and bytes of the marked workbook; raises `Unreadable` for what is no table.

    An xlsx or xlsm stays the workbook it is, formats and other sheets kept. Of any other file, of one that openpyxl
    does not understand, and of one with more than `MANY` cells, a new workbook is built, every cell at its own address.
    """
    file = read(name, data)
    macros = file.kind == "xlsm"
    own = file.kind in {"xlsx", "xlsm"} and _size(file) <= MANY
    marked = _own(data, findings, macros=macros) if own else None
    kept = marked is not None and macros
    return f"{_stem(name)}-标注.{'xlsm' if kept else 'xlsx'}", marked or _rebuilt(file, findings)


def _size(file: FileRead) -> int:
    return sum(sheet.cells.num_rows * sheet.cells.num_columns for sheet in file.sheets)


def _opens_small(data: bytes) -> bool:
    """Whether openpyxl can take the workbook apart within bounds.

    Empty cells with a format cost what full ones do, and it makes every cell of a merged or linked range: one range
    of a whole sheet would be 17 thousand million.
    """
    unpacked = covered = 0
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        for part in packed.infolist():
            unpacked += part.file_size if part.filename.lower().endswith(".xml") else 0
            if unpacked > LARGE:
                return False
            if part.filename.lower().startswith("xl/worksheets/"):
                covered += sum(_area(span.decode()) for span in _RANGES.findall(packed.read(part)))
    return covered <= MANY


def _area(span: str) -> int:
    left, top, right, bottom = range_boundaries(span)
    return (1 + (right or GREATEST_COLUMN) - (left or 1)) * (1 + (bottom or GREATEST_ROW) - (top or 1))


def _stem(name: str) -> str:
    """The name without folder, ending, and what a file system or a reader could take amiss."""
    last = PurePosixPath(_FORBIDDEN.sub("", name).replace("\\", "/")).name
    return PurePosixPath(last).stem.strip(" .")[:80] or "文件"


def _own(data: bytes, findings: Sequence[Finding], *, macros: bool) -> bytes | None:
    """The workbook itself, marked; None when openpyxl does not understand it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of parts that it leaves out; the figures are not among them
        try:
            if not _opens_small(data):
                return None
            book = load_workbook(io.BytesIO(data), keep_vba=macros)
            if not book.worksheets:
                return None  # the strict format opens as no sheets at all
            _forget(book)
            return _marked(book, {sheet.title: sheet for sheet in book.worksheets}, findings)
        except NOT_UNDERSTOOD:
            return None


def _forget(book: Workbook) -> None:
    """Take off the list and marks of an earlier check, when the file is one that we gave out."""
    own = [sheet for sheet in book.worksheets if tuple(cell.value for cell in sheet[1])[: len(HEADERS)] == HEADERS]
    for sheet in own:
        book.remove(sheet)
    for sheet in book.worksheets if own else ():
        for cell in list(sheet._cells.values()):  # iter_rows would make every cell between the used ones
            if cell.comment is not None and cell.comment.author == AUTHOR:
                cell.comment = None
                cell.fill = PatternFill()


def _rebuilt(file: FileRead, findings: Sequence[Finding]) -> bytes:
    """A new workbook of the cells as read; the sheet of a CSV is called 数据."""
    book = Workbook()
    book.remove(book.worksheets[0])
    large = _size(file) > MANY
    sheets: dict[str | None, Worksheet] = {}
    for sheet in file.sheets:
        title = _IN_TITLE.sub("", sheet.name or "数据")[:31].strip("'") or "数据"
        made = book.create_sheet(title)
        sheets[sheet.name] = made
        _copy(sheet, made, _needed(sheet, findings) if large else None)
    return _marked(book, sheets, findings)


def _needed(sheet: Sheet, findings: Sequence[Finding]) -> set[int]:
    """Rows that a large file keeps: its first ones, and those with something to say."""
    first = sheet.cells["row"].slice(0, HEAD).to_pylist()
    return {*first, *(one.row for one in findings if one.row is not None and one.sheet in {sheet.name, None})}


def _copy(sheet: Sheet, made: Worksheet, only: set[int] | None) -> None:
    letters = [(letter, column_index_from_string(letter)) for letter in sheet.cells.schema.names[1:]]
    letters = [(letter, at) for letter, at in letters if at <= GREATEST_COLUMN]
    for batch in sheet.cells.to_batches(max_chunksize=10_000):
        for row in batch.to_pylist():
            if row["row"] <= GREATEST_ROW and (only is None or row["row"] in only):
                for letter, at in letters:
                    if row[letter] is not None:
                        _as_text(made.cell(row["row"], at), row[letter])
    if only is None and sum(map(_area, sheet.merged)) <= MANY:
        for merged in sheet.merged:
            made.merge_cells(merged)
    if sheet.hidden:
        made.sheet_state = "hidden"


def _as_text(cell: Cell | MergedCell, text: str) -> None:
    put(cell, text)
    cell.number_format = "@"


def _marked(book: Workbook, sheets: Mapping[str | None, Worksheet], findings: Sequence[Finding]) -> bytes:
    placed = [(finding, *_place(sheets, finding)) for finding in findings]
    cells: dict[tuple[str, str], list[Finding]] = {}
    for finding, title, address in placed:
        if title and address:
            cells.setdefault((title, address), []).append(finding)
    for at, ((title, address), said) in enumerate(cells.items()):
        _mark(book[title][address], said, comment=at < COMMENTS)
    _list(book, placed)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _place(sheets: Mapping[str | None, Worksheet], finding: Finding) -> tuple[str | None, str | None]:
    """Title and address of the cell to mark; a row stands for its first used cell, a merged cell for its range's first."""
    sheet = sheets.get(finding.sheet)
    if sheet is None:
        return None, None
    address = finding.cell or (_first(sheet, finding.row) if finding.row else None)
    if address is None or not re.fullmatch(r"[A-Z]{1,3}[1-9][0-9]{0,6}", address):
        return sheet.title, None
    cell = sheet[address]
    if isinstance(cell, MergedCell):
        address = next(str(span).partition(":")[0] for span in sheet.merged_cells.ranges if address in span)
    return sheet.title, address


def _first(sheet: Worksheet, row: int) -> str | None:
    if not 1 <= row <= sheet.max_row:
        return None
    return next((cell.coordinate for cell in sheet[row] if cell.value is not None), f"A{row}")


def _mark(cell: Cell, said: Sequence[Finding], *, comment: bool) -> None:
    """Colour the cell by the worst of its findings, and say them all; what a person commented there stays."""
    worst = min((finding.severity for finding in said), key=ORDER.index)
    cell.fill = PatternFill("solid", fgColor=COLOURS[worst])
    if not comment:
        return
    before = [cell.comment.text] if cell.comment is not None and cell.comment.text else []
    text = "\n".join([*before, *dict.fromkeys(f"{WORDS[one.severity]}：{one.message}{one.fix}" for one in said)])
    short = text if len(text) <= LONGEST_COMMENT else f"{text[:LONGEST_COMMENT]}…（见{LIST}）"
    note = Comment(re.sub(r"[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]", "", short), AUTHOR)
    note.width, note.height = 320, 40 + 18 * (len(short) // 22 + short.count("\n") + 1)
    cell.comment = note


def _list(book: Workbook, placed: Sequence[tuple[Finding, str | None, str | None]]) -> None:
    """The first sheet: every finding, with a link to its cell."""
    sheet = book.create_sheet(LIST, 0)
    for at, header in enumerate(HEADERS, start=1):
        cell = sheet.cell(1, at)
        put(cell, header)
        cell.font = Font(name="黑体", bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor="1F4E79")
    for line, (finding, title, address) in enumerate(placed[: GREATEST_ROW - 1], start=2):
        _line(sheet, line, finding, (title, address))
    for letter, width in zip("ABCDEF", (10, 16, 12, 24, 60, 50), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:F{len(placed) + 1}"
    book.active = 0
    for view in book.views:
        view.firstSheet = 0
    for other in book.worksheets:
        other.sheet_view.tabSelected = other is sheet


def _line(sheet: Worksheet, line: int, finding: Finding, where: tuple[str | None, str | None]) -> None:
    title, address = where
    place = finding.cell or (f"第{finding.row}行" if finding.row else "整个文件" if title is None else "整张表")
    texts = (
        WORDS[finding.severity],
        finding.sheet or title or "",
        place,
        finding.value or "",
        finding.message,
        finding.fix,
    )
    for at, text in enumerate(texts, start=1):
        cell = sheet.cell(line, at)
        put(cell, text)
        cell.alignment = Alignment(vertical="top", wrap_text=True)
    sheet.cell(line, 1).fill = PatternFill("solid", fgColor=COLOURS[finding.severity])
    if title and address:
        link = sheet.cell(line, 3)
        link.hyperlink = Hyperlink(ref=link.coordinate, location=f"{quote_sheetname(title)}!{address}")
        link.font = Font(color="0563C1", underline="single")
