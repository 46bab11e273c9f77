"""Refused cells, to be typed over in the browser, and what was typed as edits of the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow.compute as pc
from openpyxl.utils import column_index_from_string

from metrics.catalogue import Catalogue
from metrics.intake.bundle import File
from metrics.intake.check import Edits
from metrics.intake.column import Role
from metrics.intake.finding import Finding, Severity
from metrics.intake.layout import Layout
from metrics.intake.report import bare

CELLS = 200  # offered for correction in the browser; who has more corrects the file
PARTS = {Role.NUMERATOR, Role.DENOMINATOR}
ABOUT = (Role.CODE, Role.NAME, Role.REGION, Role.PERIOD)
PAIRS = (PARTS, {Role.CODE, Role.NAME})


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A cell that can be corrected in the browser.

    about   what its row is of, for finding it: 垃圾清运量 · 万寿路街道 · 2023年5月
    letters all columns of the row, to leave the row out
    """

    file: int
    sheet: str | None
    row: int
    letter: str
    about: str
    column: str
    text: str
    message: str
    letters: tuple[str, ...]


def corrections(file: File, catalogue: Catalogue, number: int = 0) -> tuple[Correction, ...]:
    """The cells of a file that are refused, in the order of the sheet; at most CELLS. `number` of the file, from 0."""
    made: dict[tuple[str | None, int, str], Correction] = {}
    layouts = {one.sheet.name: one for one in file.layouts}
    for finding in file.findings:
        one = layouts.get(finding.sheet)
        if finding.severity is Severity.ERROR and one and finding.row and finding.row > one.header_row:
            for letter in _letters(finding, one):
                cell = replace(_correction(finding, one, letter, catalogue), file=number)
                made.setdefault((finding.sheet, finding.row, letter), cell)
    return tuple(
        sorted(made.values(), key=lambda cell: (cell.sheet or "", cell.row, column_index_from_string(cell.letter)))[
            :CELLS
        ]
    )


def _letters(finding: Finding, one: Layout) -> list[str]:
    """The cell of the finding, and where two cells contradict each other the other one too."""
    letter = finding.cell.rstrip("0123456789") if finding.cell else ""
    role = next((column.role for column in one.columns if column.letter == letter), None)
    pair = next((pair for pair in PAIRS if role in pair), set())
    row = _cells(one, finding.row or 0)
    both = [
        column.letter for column in one.columns if column.role in pair and (role in PARTS or row.get(column.letter))
    ]
    return both or [letter] if letter in one.sheet.cells.schema.names else []


def _correction(finding: Finding, one: Layout, letter: str, catalogue: Catalogue) -> Correction:
    row = _cells(one, finding.row or 0)
    return Correction(
        file=0, sheet=finding.sheet, row=finding.row or 0, letter=letter, about=_about(one, row, catalogue),
        column=next((column.header for column in one.columns if column.letter == letter), f"{letter}列"),
        text=row.get(letter) or "", message=bare(finding.message), letters=tuple(row),
    )  # fmt: skip


def _cells(one: Layout, row: int) -> dict[str, str | None]:
    cells = one.sheet.cells
    at = pc.index(cells["row"], row).as_py()
    return {letter: cells[letter][at].as_py() for letter in cells.schema.names[1:]} if at >= 0 else {}


def _about(one: Layout, row: Mapping[str, str | None], catalogue: Catalogue) -> str:
    said = {role: row.get(column.letter) or "" for role in ABOUT if (column := one.of(role))}
    own = catalogue.indicators.get(said.get(Role.CODE, "").strip())
    name = said.get(Role.NAME) or (own.name if own else said.get(Role.CODE, ""))
    return " · ".join(text for text in (name, said.get(Role.REGION), said.get(Role.PERIOD)) if text)


def edits_of(cells: Sequence[Correction], texts: Sequence[str], dropped: Sequence[bool]) -> Edits:
    """Edits for an Upload from what was typed beside each cell; a row that is dropped becomes empty."""
    edits: dict[tuple[str | None, int, str], str] = {}
    for cell, text, drop in zip(cells, texts, dropped, strict=True):
        if drop:
            edits |= {(cell.sheet, cell.row, letter): "" for letter in cell.letters}
        elif text != cell.text and (cell.sheet, cell.row, cell.letter) not in edits:
            edits[cell.sheet, cell.row, cell.letter] = text
    return edits
