"""Text from outside on its way into a spreadsheet: kept as written, and never run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # openpyxl takes 0.3 s to import, and a CSV needs none of it
    from openpyxl.cell.cell import Cell, MergedCell

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
LONGEST = 32_767  # characters that a cell of Excel holds
_BLANKS = " \u00a0\u3000\u200b\ufeff"
_NUMBER = re.compile(r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)")
_REFUSED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def runs(text: str) -> bool:
    """Whether a spreadsheet may take the text for a formula; a plain number below zero is none."""
    return text.lstrip(_BLANKS).startswith(FORMULA) and not _NUMBER.fullmatch(text)


def harmless(text: str) -> str:
    """The text for a cell of a CSV: with an apostrophe before it where it would be run. `restored` takes it off."""
    return f"'{text}" if runs(text.lstrip("'")) else text


def restored(text: str) -> str:
    """The text that `harmless` was given; any other text as it is."""
    return text[1:] if text.startswith("'") and runs(text.lstrip("'")) else text


def put(cell: Cell | MergedCell, text: str) -> None:
    """Write the text into a cell of a workbook, as text whatever it begins with.

    Characters that no workbook can hold are left out, and what is longer than a cell holds is cut.
    """
    kept = _REFUSED.sub("", text)[:LONGEST]
    if kept:
        cell.value = kept
        cell.data_type = "s"  # openpyxl takes =1 for a formula and #N/A for an error
        cell.quotePrefix = runs(kept)  # Excel then keeps it as text when somebody edits the cell
