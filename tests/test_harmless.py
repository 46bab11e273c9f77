"""No text is run by a spreadsheet, and each reads back as it was written."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from metrics.harmless import harmless, put, restored

RUN = ["=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u3000＝1", "－1", "＠a", "-", "'=1", "''-x"]


@pytest.mark.parametrize("text", RUN)
def test_text_that_would_run_gets_an_apostrophe(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "-1", "-1.25", "-.5", "93.24%", "甲=乙", "'甲'", "'-1"])
def test_numbers_and_plain_text_stay_as_they_are(text: str) -> None:
    assert harmless(text) == restored(text) == text


@given(st.text("'=+-@＝－ \t\r\n1.甲"))
def test_what_was_made_harmless_reads_back_the_same(text: str) -> None:
    assert restored(harmless(text)) == text


def written(text: str) -> tuple[object, str, bool]:
    """Value, type and quote prefix of a cell after a round through a file."""
    book = Workbook()
    put(book.worksheets[0]["A1"], text)
    held = io.BytesIO()
    book.save(held)
    cell = load_workbook(held).worksheets[0]["A1"]
    return cell.value, cell.data_type, bool(cell.quotePrefix)


@pytest.mark.parametrize("text", ["=1+1", "+1", "@a", "＝1"])
def test_a_workbook_keeps_it_as_text(text: str) -> None:
    assert written(text) == (text, "s", True)


def test_a_workbook_keeps_other_text_plainly() -> None:
    assert written("甲") == ("甲", "s", False)
    assert written("#N/A") == ("#N/A", "s", False)


def test_what_no_workbook_can_hold_is_left_out() -> None:
    assert written("甲\x00\x1b乙\ufffe") == ("甲乙", "s", False)
    assert written("\x07") == (None, "n", False)
    assert written("长" * 40_000)[0] == "长" * 32_767
