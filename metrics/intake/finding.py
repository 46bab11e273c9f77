"""What is wrong with a file, as data: one finding a place, in the sender's words."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

CAP = 200  # places told for each rule; `Checked.totals` says how many there are


class Severity(StrEnum):
    """What a finding does: an error refuses the file, an ask waits for an answer, a warning is only told."""

    ERROR = "error"
    ASK = "ask"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing wrong, or one thing to know, at one place of a file.

    rule     code of the rule, for programs and tests
    sheet    name of the sheet; None for CSV, and where the file as a whole is meant
    row      the row number that Excel shows; None where no single row is meant
    column   the header over the cell as it stands in the file; None where no single column is meant
    cell     the address that Excel shows, such as E7; None like row and column
    value    what stands in the cell, as written
    message  what is wrong, in one Chinese sentence
    fix      what to do next
    key      of an ask: the name to answer it by; the same for all cells of one question
    options  of an ask: each answer it takes, and what the figure then reads as
    file_no  which of the files handed in, counted from 1
    """

    severity: Severity
    rule: str
    message: str
    fix: str = ""
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    cell: str | None = None
    value: str | None = None
    key: str | None = None
    options: dict[str, str] = field(default_factory=dict)
    file_no: int = 1


class Unreadable(Exception):
    """A file that is not a table at all; it carries the one finding that says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding
