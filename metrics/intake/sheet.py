"""A file as read: tables of text with the row numbers and column letters that Excel shows."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from metrics.intake.finding import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One table of a file, every cell as text.

    name    of the sheet; None for CSV
    cells   `row` (int32, the number that Excel shows, ascending), then one string column for each letter A, B, ... up
            to the last one used. NULL is an empty cell (spaces are kept as written). Rows without any text are left out
    merged  merged ranges such as "A2:A5"; the value stands in the first cell, the others are NULL
    hidden  whether the sheet is hidden in the workbook
    epoch   1900 or 1904: from which day a workbook counts its serial dates
    hidden_rows, hidden_columns  row numbers and letters that Excel does not show, by hand or by a filter; not all of
            them hold something
    """

    name: str | None
    cells: pa.Table
    merged: tuple[str, ...] = ()
    hidden: bool = False
    epoch: int = 1900
    hidden_rows: tuple[int, ...] = ()
    hidden_columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRead:
    """A file whose cells are known.

    kind       csv, xlsx, xlsm, xls or ods, by content and not by the ending of the name
    encoding   of a CSV: utf-8, utf-8-sig, gb18030, utf-16; None for a workbook
    delimiter  of a CSV; None for a workbook
    findings   what the reader has to tell, such as another delimiter than a comma
    """

    name: str
    sha256: str
    size: int
    kind: str
    encoding: str | None
    delimiter: str | None
    sheets: tuple[Sheet, ...]
    findings: tuple[Finding, ...] = ()
