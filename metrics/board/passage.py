"""The notice's text cut into what was recorded, what was left out and why, and the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from metrics.notice import Notice

HEADING = re.compile(r"^([一二三]、|\([一二三]\)(?!.*。)|第[一二三四五六],)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A run of text; `codes` names the indicators recorded from it, `reason` why it was left out."""

    text: str
    codes: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """One paragraph of the notice, its number counted from 1."""

    number: int
    segments: tuple[Segment, ...]
    heading: bool


def paragraphs(notice: Notice) -> tuple[Paragraph, ...]:
    """The whole text in order; joined, the segments of a paragraph are the paragraph letter by letter."""
    return tuple(
        Paragraph(number=number, segments=tuple(_segments(text, number, notice)), heading=bool(HEADING.match(text)))
        for number, text in enumerate(notice.paragraphs, start=1)
    )


def only(paragraph: Paragraph, codes: set[str]) -> Paragraph:
    """The paragraph with nothing marked but what was recorded for these codes."""
    kept = tuple(one if codes.intersection(one.codes) else Segment(text=one.text) for one in paragraph.segments)
    return replace(paragraph, segments=kept)


def _segments(text: str, number: int, notice: Notice) -> Iterator[Segment]:
    """The text cut wherever a quote or an exclusion begins or ends; quotes may share words or stand in each other."""
    records = [
        (span(text, record.quote), record.code) for record in notice.figures.records if record.paragraph == number
    ]
    excluded = [
        (span(text, one.text, one.nth), one.reason) for one in notice.figures.exclusions if one.paragraph == number
    ]
    cuts = sorted({0, len(text), *(cut for ends, _ in (*records, *excluded) for cut in ends)})
    for start, end in pairwise(cuts):
        codes = tuple(code for (first, last), code in records if first <= start and end <= last)
        reasons = [reason for (first, last), reason in excluded if first <= start and end <= last and not codes]
        yield Segment(text=text[start:end], codes=codes, reason="；".join(reasons))


def span(text: str, words: str, nth: int = 1) -> tuple[int, int]:
    """Where the words begin and end when they stand for the nth time, counted from 1; ValueError when they do not."""
    start = -1
    for _ in range(nth):
        start = text.index(words, start + 1)
    return start, start + len(words)
