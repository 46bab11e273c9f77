"""Log lines: one event a line, for a program to read, with nothing in them that is nobody's business."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from typing import Any

import pytest

from metrics.web import journal, trouble


def raised(error: Exception) -> Any:
    try:
        raise error
    except type(error):
        return sys.exc_info()


def line(**given: Any) -> dict[str, Any]:
    plain = {
        "name": "metrics.web",
        "levelno": logging.ERROR,
        "levelname": "ERROR",
        "msg": "出错 %s",
        "args": ("一",),
        "created": 0.0,
    }
    text = journal.Lines().format(logging.makeLogRecord({**plain, **given}))
    assert "\n" not in text
    found: dict[str, Any] = json.loads(text)
    return found


def test_a_line_says_when_in_beijing_how_bad_where_and_what() -> None:
    assert line() == {
        "at": "1970-01-01T08:00:00.000+08:00", "level": "error", "logger": "metrics.web", "message": "出错 一",
    }  # fmt: skip


def test_an_error_is_one_line_with_its_place_and_the_number_on_the_screen() -> None:
    found = line(exc_info=raised(ValueError("a\nb")), number="1a2b")
    assert (found["error"], found["number"]) == ("ValueError: a\nb", "1a2b")
    assert found["stack"][-1].endswith(" raised")


def test_what_an_error_quotes_is_cut_short() -> None:
    assert len(line(exc_info=raised(ValueError("内容" * 5000)))["error"]) == journal.LONGEST


@pytest.mark.parametrize(("terminal", "kind"), [(True, logging.Formatter), (False, journal.Lines)])
def test_a_person_at_a_terminal_reads_plain_text(
    monkeypatch: pytest.MonkeyPatch, *, terminal: bool, kind: Callable[[], logging.Formatter]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
    assert type(journal.formatter()) is kind


def test_a_logger_writes_each_line_once(capsys: pytest.CaptureFixture[str]) -> None:
    own = logging.getLogger("tests.own")
    own.propagate = False
    for _ in range(2):
        journal.put_on(own)
    own.warning("满了")
    assert [json.loads(one)["message"] for one in capsys.readouterr().err.splitlines()] == ["满了"]


def test_the_screen_and_the_log_have_the_same_number(caplog: pytest.LogCaptureFixture) -> None:
    said = trouble.said(ValueError("x"))
    (record,) = caplog.records
    assert f"编号 {vars(record)['number']}" in said
