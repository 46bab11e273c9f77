"""What the fuzzer tries: the reader of files, the readers of figures and of periods, and the laws that they keep.

A harness takes the bytes that a fuzzer made up. It raises AssertionError for a broken law, and lets through what is raised
in the product without being documented there. `make fuzz` runs them for minutes, tests/test_fuzz.py for seconds.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from metrics import number, period
from metrics.catalogue import Catalogue, load
from metrics.intake import grid, header
from metrics.intake.bundle import bundle
from metrics.intake.check import Upload
from metrics.intake.finding import Finding, Severity, Unreadable
from metrics.intake.names import Names
from metrics.intake.read import read
from metrics.intake.sheet import FileRead, Sheet
from metrics.number import Figure, Fraction, Missing, NotAFigure, Qualifier, Range, display, fold, read_cell
from metrics.period import Ambiguous, NotAPeriod, Period, Written, chinese, read_chinese, read_date, read_written
from tests.builders import CONFIG
from tests.inputs import (
    NUMERALS,
    UNITS,
    Change,
    damaging,
    figure_seeds,
    figure_words,
    file_seeds,
    file_words,
    period_seeds,
    period_words,
    within_text,
    within_zip,
)

T = TypeVar("T")
Reading = Figure | Range | Fraction | Missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Harness:
    """One thing to fuzz.

    attempt  tries one input
    seeds    inputs to begin with
    words    pieces that a changed input may be given
    change   changes an input in a way that keeps it of its kind, else as it is told to
    longest  bytes of an input
    slowest  seconds that one input may take
    """

    attempt: Callable[[bytes], None]
    seeds: Callable[[], list[bytes]]
    words: Callable[[], list[bytes]]
    change: Change
    longest: int
    slowest: int


# -- Figures


SHOWN = range(7)  # decimals
ZEROS = frozenset("0零〇")


def try_figure(data: bytes) -> None:
    """A cell of a value column, its unit told by the first byte."""
    first, text = _head_and_text(data)
    unit = UNITS[first % len(UNITS)]
    assert fold(fold(text)) == fold(text), "what is folded once is folded"
    for said in (number.one_unit(text), number.without_marks(text), number.quoted(text)):
        assert isinstance(said, str)
    assert number.is_unit(text, UNITS) in {True, False}
    with suppress(NotAFigure):
        keeps_figure_laws(_told(lambda: read_cell(text, unit=unit, measured=bool(first & 128))), text, read_cell)
    try:
        found = number.parse(text, unit=unit)
    except ValueError as error:
        assert type(error) is ValueError, f"{type(error).__name__} is not what parse() says it raises"  # noqa: PT017
    else:
        keeps_figure_laws(found, text, number.parse)


def keeps_figure_laws(found: Reading, text: str, read_again: Callable[[str], Reading]) -> None:
    """No NaN, no figure where there is no digit, no zero out of anything else, bounds in their order; printed, it reads the same."""
    match found:
        case Missing():
            assert found.obs_status in {"O", "M", "N", "Q", "L"}
            assert not any(sign.isdecimal() for sign in fold(text)), "digits taken for a missing figure"
        case Fraction():
            _is_written(found.numerator, text)
            _is_written(found.denominator, text)
        case Range():
            _is_written(found.low, text)
            _is_written(found.high, text)
            assert found.low <= found.high, "a range the wrong way round"
        case Figure():
            _is_written(found.value, text)
            _is_bounded(found)
            _reads_back(found, read_again)
            _is_plain_number_itself(found, text)


def _is_written(value: Decimal, text: str) -> None:
    assert value.is_finite(), "NaN or without end"
    signs = set(fold(text))
    assert signs & ZEROS if value == 0 else signs & (set("123456789") | set(NUMERALS)), f"{value} is not in the text"


def _is_bounded(found: Figure) -> None:
    assert (found.half_width is not None) == (found.qualifier is Qualifier.APPROX)
    assert found.half_width is None or (found.half_width.is_finite() and found.half_width > 0)
    assert found.lower is None or found.lower <= found.value
    assert found.upper is None or found.value <= found.upper


def _reads_back(found: Figure, read_again: Callable[[str], Reading]) -> None:
    """As the board prints it with all its decimals, and with every figure shown it never becomes zero or another one."""
    exponent = found.value.as_tuple().exponent
    assert isinstance(exponent, int)
    if found.value.adjusted() >= number.WHOLE_DIGITS:
        return  # as large as the store does not take, and refused there
    printed = display(found.value, max(0, -exponent))
    assert Decimal(printed.replace(",", "")) == found.value, f"{found.value} is printed {printed}"
    if len(printed) <= number.LONGEST_NUMBER:
        again = read_again(printed)
        assert isinstance(again, Figure), f"{printed} reads as {again}"
        assert again.qualifier is Qualifier.EXACT
        assert abs(again.value - found.value) < number.NOISE, f"{printed} reads as {again.value}"
    for decimals in SHOWN:
        shown = Decimal(display(found.value, decimals, whole=Decimal(100)).replace(",", ""))
        assert (shown == 0) == (found.value == 0), f"{found.value} is shown as {shown}"
        assert found.value <= 100 or shown >= 100
        assert (shown == 100) == (found.value == 100), f"{found.value} is shown as {shown}"


def _is_plain_number_itself(found: Figure, text: str) -> None:
    """Half a unit of what is stored at most is taken off, as the noise of binary fractions."""
    if re.fullmatch(r"-?[0-9]+(?:\.[0-9]+)?", text):
        assert abs(found.value - Decimal(text)) < number.NOISE
        assert found.qualifier is Qualifier.EXACT


def _head_and_text(data: bytes) -> tuple[int, str]:
    return (data[0] if data else 0), data[1:].decode("utf-8", "ignore")


def _told(act: Callable[[], T]) -> T:
    """What `act` returns; a refusal must say rule, what is wrong and what to do."""
    try:
        return act()
    except (NotAFigure, NotAPeriod) as refusal:
        assert refusal.rule and refusal.message.endswith(("。", "？")) and refusal.fix.endswith("。"), vars(refusal)  # noqa: PT017, PT018
        assert refusal.message.isprintable(), "a message that hides something"  # noqa: PT017
        raise


# -- Periods


YEARS = (None, 2023, 1990, 2100)


def try_period(data: bytes) -> None:
    """A cell of a period column; the first byte tells the year that is asked for and how the workbook counts its days."""
    first, text = _head_and_text(data)
    year, epoch = YEARS[first % len(YEARS)], 1904 if first & 64 else 1900
    with suppress(NotAPeriod):
        keeps_period_laws(_told(lambda: read_written(text, year=year, epoch=epoch)))
    with suppress(NotAPeriod):
        keeps_period_laws(_told(lambda: read_date(text, due=bool(first & 128))))
    with suppress(ValueError):
        _is_itself(Period.parse(text))
    with suppress(ValueError):
        _is_itself(read_chinese(text, year=year or 2023))
    named = (period.year_in(text), period.month_in(text), period.month_header(text))
    assert named[0] is None or period.FIRST_YEAR <= named[0] <= period.LAST_YEAR
    assert named[1] is None or 1 <= named[1] <= 12
    match named[2]:
        case Period() as month:
            assert period.length(month) == 0, "days of two months"
        case int() as at:
            assert 1 <= at <= 12


def keeps_period_laws(found: Written | Ambiguous) -> None:
    """Days of the years that the board knows, which read the same from their own text and from the text on screen."""
    if isinstance(found, Ambiguous):
        one, other = found.readings
        assert one < other
    for span in found.readings if isinstance(found, Ambiguous) else (found.period,):
        assert all(period.FIRST_YEAR <= day.year <= period.LAST_YEAR for day in (span.start or span.end, span.end))
        _is_itself(span)
        for text in (str(span), chinese(span)):
            again = read_written(text)
            assert isinstance(again, Written), f"{text} has two readings"
            assert again.period == span, f"{text} reads as {again.period}"
    if isinstance(found, Written) and found.day is not None:
        assert (found.period.start or found.day) <= found.day <= found.period.end


def _is_itself(span: Period) -> None:
    assert Period.parse(str(span)) == span, f"{span} reads as another period"
    assert span.start is None or span.start <= span.end
    assert chinese(span).isprintable()


# -- Files


def try_file(data: bytes) -> None:
    """A file or a zip of files, as a person uploads it, up to the tables that are found in it."""
    together = bundle([("上报.zip", data)])
    for finding in together.findings:
        assert finding.message.isprintable()
        assert finding.message.endswith("。")
    for upload in together.uploads or (Upload(name="上报.xlsx", data=data),):
        try:
            file = read(upload.name, upload.data, headers=_catalogue().header_words)
        except Unreadable as unreadable:
            _is_sentence(unreadable.finding)
        else:
            keeps_file_laws(file, upload.data)
            header.tables(file, _catalogue(), _names())


def _is_sentence(found: Finding) -> None:
    assert found.severity is Severity.ERROR
    assert found.message.endswith(("。", "”后重新上传。"))
    assert found.fix.endswith("。")


def keeps_file_laws(file: FileRead, data: bytes) -> None:
    """Rows ascend and none is blank; a cell is a text, never an empty one, and no longer than a workbook takes."""
    assert (file.sha256, file.size) == (hashlib.sha256(data).hexdigest(), len(data))
    assert file.kind in {"csv", "xlsx", "xlsm", "xls", "ods"}
    for sheet in file.sheets:
        _is_table(sheet)


def _is_table(sheet: Sheet) -> None:
    cells = sheet.cells
    cells.validate(full=True)
    numbers = cells["row"].to_pylist()
    assert numbers == sorted(set(numbers)), "rows out of order"
    assert not numbers or numbers[0] >= 1
    filled = [False] * len(numbers)
    for letter in cells.schema.names[1:]:
        column = cells[letter]
        assert column.type == pa.string()
        assert pc.sum(pc.equal(column, "")).as_py() in {0, None}, f"an empty text in column {letter}"
        assert (pc.max(pc.utf8_length(column)).as_py() or 0) <= grid.LONGEST_CELL
        filled = [was or now for was, now in zip(filled, column.is_valid().to_pylist(), strict=True)]
    assert all(filled), "a blank row"


@cache
def _catalogue() -> Catalogue:
    return load(CONFIG)


@cache
def _names() -> Names:
    return Names(_catalogue())


HARNESSES = {
    "file": Harness(
        attempt=try_file, seeds=file_seeds, words=file_words, change=within_zip, longest=60_000, slowest=20
    ),
    "figure": Harness(
        attempt=try_figure, seeds=figure_seeds, words=figure_words, change=within_text, longest=200, slowest=5
    ),
    "period": Harness(
        attempt=try_period, seeds=period_seeds, words=period_words, change=within_text, longest=200, slowest=5
    ),
}


def made_up(name: str, *, count: int, seed: int) -> Iterator[bytes]:
    """The seeds of a harness, then so many inputs changed from them, the same ones every time."""
    harness, dice = HARNESSES[name], random.Random(seed)
    seeds = harness.seeds()
    yield from seeds
    mutate = damaging(dice, harness.words())
    for _ in range(count):
        yield harness.change(dice.choice(seeds), harness.longest, dice, mutate)
