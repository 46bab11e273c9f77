"""A public notice: its paragraphs, and the clauses that figures are read from."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from metrics.errors import Refused, refused_file
from metrics.model import STRICT, Code, State
from metrics.yamlfile import Document, read, validate

Read = Literal["value", "numerator", "denominator", "period", "planned", "expected", "actual", "state", "recurrence"]
PeriodText = Annotated[str, Field(pattern=r"^(\.\.|\d{4}[-\dSQ]*)(/\d{4}[-\d]*)?$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The notice itself.

    published         from this day on its figures are known
    state_of_affairs  the day that 目前 and 今年以来 end on, by inference
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    code: Code
    title: str
    text: str
    published: PeriodText
    state_of_affairs: PeriodText


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One figure or milestone state, and the clause it is read from; see data/notice/figures.yaml."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    code: Code
    paragraph: int
    quote: str
    period: PeriodText | None = None
    inferred: tuple[Literal["period_start", "period_end"], ...] = ()
    reads: dict[Read, str] = field(default_factory=dict)
    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    state: State | str | None = None
    planned: PeriodText | None = None
    expected: PeriodText | None = None
    actual: PeriodText | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """Words of the text that no record holds, and why; `nth` when they stand more than once."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    paragraph: int
    text: str
    reason: str
    nth: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures file of a notice."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    source: Source
    records: tuple[Record, ...]
    exclusions: tuple[Exclusion, ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice: its figures as declared, its paragraphs, and the file and document to name lines of."""

    figures: Figures
    paragraphs: tuple[str, ...]
    document: Document
    text: str
    file: str

    def paragraph(self, number: int) -> str:
        """The paragraph with that number, counted from 1 over lines that are not blank; "" when there is none."""
        return self.paragraphs[number - 1] if 1 <= number <= len(self.paragraphs) else ""


ADAPTER = TypeAdapter(Figures)
_KEYS = {name for kind in (Source, Record, Exclusion, Figures) for name in kind.__dataclass_fields__}


def load(path: Path) -> Notice:
    """The notice whose figures file is at `path`; its document still holds the problems found so far.

    Raises `Refused` when the file or the text beside it cannot be read at all.
    """
    document = read(path)
    figures = validate(document, ADAPTER, _KEYS)
    if figures is None:
        raise refused_file(path.name, document.problems, before="the notice can be loaded")
    text_path = path.parent / figures.source.text
    try:
        text = text_path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(
            f"{text_path}: the notice's text cannot be read ({error}). （通报原文无法读取，请放回原文件）"
        ) from None
    return Notice(figures, tuple(line for line in text.splitlines() if line.strip()), document, text, path.name)
