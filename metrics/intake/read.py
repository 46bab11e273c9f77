"""Reads a file of any kind that offices send: which kind is told by its content, never by its ending."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from metrics.intake import csvfile, grid, oldbook, opendocument, package, workbook
from metrics.intake.finding import Unreadable
from metrics.intake.sheet import FileRead, Sheet

LARGEST = 200_000_000  # bytes; a million rows are 100 MB
_HEAD = 4_096
_OTHER_KIND = "请上传Excel工作簿（xlsx、xls）、ods或CSV文件。"

# How files that are no tables begin, and what they are called.
_SIGNS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "PDF文件"), (b"\x89PNG", "图片"), (b"\xff\xd8\xff", "图片"), (b"GIF8", "图片"), (b"BM", "图片"),
    (b"II*\0", "图片"), (b"MM\0*", "图片"), (b"Rar!", "压缩包"), (b"7z\xbc\xaf\x27\x1c", "压缩包"), (b"\x1f\x8b", "压缩包"),
    (b"{\\rtf", "Word文档"), (b"MZ", "程序"), (b"\x7fELF", "程序"), (b"SQLite format 3\0", "数据库"),
)  # fmt: skip


def read(name: str, data: bytes, *, headers: Collection[str] = ()) -> FileRead:
    """Every cell of the file as text, with the row numbers and letters that Excel shows.

    headers  words that the catalogue knows as headers; they decide the delimiter of a CSV
    Raises Unreadable, with one sentence, for a file that is no table.
    """
    _refuse_size(data)
    if data[:2] == b"PK":
        kind, sheets = _zipped(data)
        return _file(name, data, kind, sheets)
    if data[:8] == oldbook.SIGNATURE:
        return _file(name, data, "xls", oldbook.read_book(data))
    _refuse_signs(data)
    _refuse_markup(data[:_HEAD])
    text = csvfile.read_text(data, headers)
    return FileRead(
        name=name,
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        kind="csv",
        encoding=text.encoding,
        delimiter=text.delimiter,
        sheets=(Sheet(name=None, cells=text.cells),),
        findings=text.findings,
    )


def _file(name: str, data: bytes, kind: str, sheets: tuple[Sheet, ...]) -> FileRead:
    digest = hashlib.sha256(data).hexdigest()
    return FileRead(name=name, sha256=digest, size=len(data), kind=kind, encoding=None, delimiter=None, sheets=sheets)


def _zipped(data: bytes) -> tuple[str, tuple[Sheet, ...]]:
    with package.opened(data) as parts:
        if opendocument.fits(parts):
            return "ods", opendocument.read_book(parts)
        if workbook.fits(parts):
            return workbook.read_book(parts)
        raise _is_other(_zip_kind(parts))


def _zip_kind(parts: package.Package) -> str:
    for start, called in (("xl/workbook.bin", "xlsb工作簿"), ("word/", "Word文档"), ("ppt/", "演示文稿")):
        if any(path.startswith(start) for path in parts.paths):
            return called
    kind = package.mimetype(parts)
    return "文档" if "opendocument" in kind else "压缩包"


def _is_other(called: str) -> Unreadable:
    fix = "请在Excel中打开，另存为xlsx后上传。" if "工作簿" in called else _OTHER_KIND
    return grid.refusal("not-a-table", f"该文件是{called}，不是可读取的表格。", fix)


def _refuse_size(data: bytes) -> None:
    if not data.strip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n\x1a"):  # the last is the end sign of DOS
        raise grid.refusal("no-rows", "文件没有数据行。", "请核对文件后重新上传。")
    if len(data) > LARGEST:
        raise grid.too_big()


def _refuse_signs(data: bytes) -> None:
    for sign, called in _SIGNS:
        if data.startswith(sign) and (len(sign) > 2 or b"\0" in data[:_HEAD]):  # noqa: PLR2004  BM and MZ may be words
            raise _is_other(called)


def _refuse_markup(head: bytes) -> None:
    """Web pages, e-mails and XML that a system has named .xls."""
    flat = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if flat.startswith(b"mime-version:") or b"content-type: multipart/related" in flat:
        raise _web_page()
    if not flat.startswith(b"<"):
        return
    if any(tag in flat for tag in (b"<html", b"<table", b"<!doctype html", b"<head", b"<body", b"<tr")):
        raise _web_page()
    if b"office:spreadsheet" in flat or b"excel.sheet" in flat:
        raise grid.refusal("xml-spreadsheet", "该文件是XML表格，请用Excel打开后另存为xlsx/CSV。", "另存后重新上传。")
    if flat.startswith((b"<?xml", b"<!doctype")):
        raise _is_other("XML文件")


def _web_page() -> Unreadable:
    return grid.refusal("web-page", "该文件是网页表格，请用Excel打开后另存为xlsx/CSV。", "另存后重新上传。")
