"""A notice's figures -> a submission. Every field is read again from the words it is said to stand in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime, time
from decimal import Decimal

from metrics import number
from metrics.catalogue import Catalogue
from metrics.errors import Problem, refused_file
from metrics.model import Indicator, Kind, Observation, State, Submission
from metrics.notice import Notice, Read, Record
from metrics.period import SHANGHAI, Period, read_chinese
from metrics.yamlfile import guess

FIGURES: tuple[Read, ...] = ("value", "numerator", "denominator")
DATES: tuple[Read, ...] = ("period", "planned", "expected", "actual")
STORED_DECIMALS = 4


def submission(catalogue: Catalogue, notice: Notice) -> Submission:
    """What the notice reports; `Refused` with every record that does not agree with its text."""
    problems = notice.document.problems + (list(_source_mistakes(notice)) or list(_problems(notice, catalogue)))
    if problems:
        raise refused_file(notice.file, problems, before="the notice can be loaded")
    source = notice.figures.source
    published = Period.parse(source.published).end
    return Submission(
        source=source.code,
        title=source.title,
        file=notice.file,
        sha256=hashlib.sha256((notice.document.text + "\0" + notice.text).encode()).hexdigest(),
        by="system",
        known_from=datetime.combine(published, time(), SHANGHAI),
        observations=tuple(_observation(record, notice, catalogue) for record in notice.figures.records),
    )


def _source_mistakes(notice: Notice) -> Iterator[Problem]:
    for name in ("published", "state_of_affairs"):
        try:
            Period.parse(getattr(notice.figures.source, name))
        except ValueError as error:
            yield Problem(notice.document.line(("source", name)), f"{name}: {error}.")


def _problems(notice: Notice, catalogue: Catalogue) -> Iterator[Problem]:
    seen: dict[tuple[str, str], int] = {}
    for index, record in enumerate(notice.figures.records):
        line = notice.document.line(("records", index))
        indicator = catalogue.indicators.get(record.code)
        if indicator is None:
            yield Problem(line, f"unknown indicator '{record.code}'.{guess(record.code, catalogue.indicators)}")
            continue
        for what in _record_mistakes(record, indicator, notice):
            yield Problem(line, f"{record.code}: {what}")
        key = (record.code, record.period or notice.figures.source.state_of_affairs)
        if seen.setdefault(key, line) != line:
            yield Problem(line, f"{record.code}: this period is already given on line {seen[key]}.")
    for index, exclusion in enumerate(notice.figures.exclusions):
        if notice.paragraph(exclusion.paragraph).count(exclusion.text) < exclusion.nth:
            line = notice.document.line(("exclusions", index))
            yield Problem(line, f"'{exclusion.text}' does not stand in paragraph {exclusion.paragraph}.")


def _record_mistakes(record: Record, indicator: Indicator, notice: Notice) -> Iterator[str]:
    times = notice.paragraph(record.paragraph).count(record.quote)
    if times != 1:
        yield f"the quote stands {times} times in paragraph {record.paragraph}, not once: {record.quote}"
    for name, words in record.reads.items():
        if record.quote.count(words) != 1:
            yield f"'{words}' ({name}) stands {record.quote.count(words)} times in the quote, not once."
    try:
        yield from _field_mistakes(record, indicator, notice)
    except ValueError as error:
        yield f"{error}."


def _field_mistakes(record: Record, indicator: Indicator, notice: Notice) -> Iterator[str]:
    for name in FIGURES:
        words, given = record.reads.get(name), getattr(record, name)
        if words is None and given is not None:
            yield f"{name} is given, but 'reads' does not say in which words it stands."
        elif words is not None and _has_digits(words) == (given is not None):
            yield f"{name}: give it in figures only where the words '{words}' carry no digits."
        elif (
            words is not None
            and name == "value"
            and given is None
            and (found := number.parse(words, unit=indicator.unit).unit) != indicator.unit
        ):
            yield f"'{words}' is in {found}, the indicator in {indicator.unit}."
        figure = number.parse(words).value if words is not None and _has_digits(words) else given
        if figure is not None and figure != number.half_up(figure, STORED_DECIMALS):
            yield f"{name} {figure} has more than {STORED_DECIMALS} decimals."
    for name in DATES:
        words, period = record.reads.get(name), _date(record, name, notice)
        if words is None and period is not None and name != "period":
            yield f"{name} is given, but 'reads' does not say in which words it stands."
        elif words is not None and not _agrees(period, words, record.inferred if name == "period" else (), notice):
            yield f"{name} {period} is not what '{words}' says."
    yield from _kind_mistakes(record, indicator)


def _has_digits(words: str) -> bool:
    return any(character.isdecimal() for character in words)


def _date(record: Record, name: str, notice: Notice) -> Period | None:
    text = getattr(record, name)
    if text is None and name == "period":
        text = notice.figures.source.state_of_affairs
    return Period.parse(text) if text else None


def _agrees(period: Period | None, words: str, inferred: Sequence[str], notice: Notice) -> bool:
    """Whether the words say both ends of the period, but for an end that is inferred."""
    said = read_chinese(words, year=Period.parse(notice.figures.source.state_of_affairs).end.year)
    if period is None:
        return False
    starts = said.start == period.start or "period_start" in inferred
    return starts and (said.end == period.end or "period_end" in inferred) and len(inferred) < 2  # noqa: PLR2004


def _kind_mistakes(record: Record, indicator: Indicator) -> Iterator[str]:
    figure = any(name in record.reads for name in FIGURES)
    if indicator.kind in {Kind.MILESTONE, Kind.GRADE}:
        if record.state is None or figure:
            yield f"a {indicator.kind} has a state and no figure."
        if indicator.kind is Kind.MILESTONE and record.state is not None and record.state not in list(State):
            yield f"unknown state '{record.state}'. Allowed: {', '.join(State)}."
    elif record.state is not None or not figure:
        yield f"a {indicator.kind} has a figure and no state."
    if indicator.derived:
        yield "is derived by the program and never reported."
    recurrence = record.reads.get("recurrence")
    if recurrence is not None:
        said = read_chinese(recurrence, year=2000).end
        by = indicator.recurrence.by if indicator.recurrence else None
        if by != f"{said:%m-%d}":
            yield f"'{recurrence}' is not the recurrence {by} of the catalogue."


def _observation(record: Record, notice: Notice, catalogue: Catalogue) -> Observation:
    figure = _figure(record, catalogue.indicators[record.code].unit)
    written = record.reads.get("value") or record.reads.get("state")
    period = _date(record, "period", notice)
    assert period is not None
    return Observation(
        indicator=record.code,
        region=catalogue.total,
        period=period,
        value=figure.value if figure else None,
        lower=figure.lower if figure else None,
        upper=figure.upper if figure else None,
        qualifier=figure.qualifier if figure else number.Qualifier.EXACT,
        numerator=_part(record, "numerator"),
        denominator=_part(record, "denominator"),
        written=written,
        state=str(record.state) if record.state else None,
        planned=_date(record, "planned", notice),
        expected=_date(record, "expected", notice),
        actual=_date(record, "actual", notice),
        inferred=record.inferred if record.period else ("period_end",),
        quote=record.quote,
        paragraph=record.paragraph,
        note=record.note,
    )


def _figure(record: Record, unit: str) -> number.Figure | None:
    if record.value is not None:
        return number.Figure(record.value)
    return number.parse(record.reads["value"], unit=unit) if "value" in record.reads else None


def _part(record: Record, name: Read) -> Decimal | None:
    given: Decimal | None = getattr(record, name)
    if given is None and name in record.reads:
        return number.parse(record.reads[name]).value
    return given
