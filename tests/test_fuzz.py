"""The short form of `make fuzz`: the same inputs every time, made from the seeds without a fuzzer; and what would be found, is."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from metrics.number import Figure, Missing, NotAFigure
from metrics.period import Period, Written
from tests import fuzz, harnesses
from tests.harnesses import HARNESSES, made_up


@pytest.mark.parametrize(("name", "count"), [("file", 1_000), ("figure", 6_000), ("period", 6_000)])
def test_no_made_up_input_breaks_a_law(name: str, count: int) -> None:
    tried = 0
    for data in made_up(name, count=count, seed=1):
        HARNESSES[name].attempt(data)
        tried += 1
    print(f"{name}: {tried} inputs")  # noqa: T201  shown by pytest -rP
    assert tried > count


def test_the_same_inputs_are_made_up_every_time() -> None:
    for name in HARNESSES:
        assert [*made_up(name, count=50, seed=2)] == [*made_up(name, count=50, seed=2)]
        assert len({*made_up(name, count=50, seed=2)}) > 50


def first_failure(name: str) -> BaseException | None:
    """What the first input raises that breaks something."""
    for data in made_up(name, count=500, seed=1):
        try:
            HARNESSES[name].attempt(data)
        except (Exception, pytest.fail.Exception) as failure:  # noqa: BLE001  whatever it is, it is what was looked for
            return failure
    return None


def raising(error: BaseException) -> Callable[..., object]:
    def broken(*_: object, **__: object) -> object:
        raise error

    return broken


@pytest.mark.parametrize(
    ("name", "function", "broken"),
    [
        pytest.param("figure", "read_cell", raising(KeyError("万")), id="an error that is not documented"),
        pytest.param("figure", "read_cell", raising(NotAFigure("x", "？", "")), id="a refusal that says nothing"),
        pytest.param("figure", "read_cell", lambda *_, **__: Figure(Decimal("NaN")), id="no number"),
        pytest.param("figure", "read_cell", lambda *_, **__: Figure(Decimal(0)), id="zero for a missing figure"),
        pytest.param("figure", "read_cell", lambda text, **__: Missing("O", text), id="missing for a figure"),
        pytest.param("figure", "display", lambda value, *_, **__: f"{value:.0f}", id="a figure printed as another one"),
        pytest.param("period", "read_written", raising(IndexError()), id="an error of a reader of periods"),
        pytest.param(
            "period", "read_written", lambda *_, **__: Written(Period(None, date(1066, 10, 14))), id="a year out of all calendars"
        ),
        pytest.param("period", "chinese", lambda span: f"{span.end.year}年", id="a period printed as another one"),
        pytest.param("file", "read", raising(ValueError()), id="an error of the reader of files"),
    ],
)  # fmt: skip
def test_what_is_broken_would_be_found(
    monkeypatch: pytest.MonkeyPatch, name: str, function: str, broken: Callable[..., object]
) -> None:
    assert first_failure(name) is None
    monkeypatch.setattr(harnesses, function, broken)
    assert first_failure(name) is not None


FUZZED = """#172\tINITED cov: 218 ft: 399 corp: 53/436b exec/s: 0 rss: 159Mb
#15442\tNEW    cov: 227 ft: 426 corp: 61/495b lim: 38 exec/s: 7721 rss: 159Mb L: 5/32 MS: 2 InsertByte-ChangeBinInt-
"""
FINISHED = "Done 15990 runs in 3 second(s)\nstat::number_of_executed_units: 15990\n"
KEPT = "artifact_prefix='fuzz/'; Test unit written to fuzz/failed/figure/crash-1\nBase64: MQ==\n"


@pytest.mark.parametrize(
    ("code", "out", "err", "inputs", "failures", "broken"),
    [
        pytest.param(0, "", FUZZED + FINISHED, 15990, 0, False, id="to its end"),
        pytest.param(77, "KeyError: 1", FUZZED + KEPT, 15442, 1, False, id="a failure, also one that was kept before"),
        pytest.param(1, "", "No module named 'atheris'", 0, 0, True, id="no fuzzer"),
        pytest.param(0, "", FINISHED, 15990, 0, True, id="no code seen"),
    ],
)
def test_what_the_fuzzer_writes_is_counted(
    code: int, out: str, err: str, inputs: int, failures: int, broken: bool
) -> None:
    ran = fuzz.outcome("figure", subprocess.CompletedProcess([], code, out, err), seconds=3)
    assert (ran.inputs, len(ran.failures), ran.broken) == (inputs, failures, broken)


def test_a_failure_is_told_with_the_command_that_tries_it_again() -> None:
    failed = fuzz.KEPT / "failed" / "figure" / "crash-1"
    ran = fuzz.Ran(
        name="figure", inputs=1200, features=70, seconds=3.25, failures=(failed,), output="a\nKeyError: '万'"
    )
    assert str(ran).split() == ["figure", "1,200", "70", "3.2", "1"]
    assert 'make fuzz ARGS="--again fuzz/failed/figure/crash-1"' in fuzz.told(ran)
    assert fuzz.told(ran).endswith("KeyError: '万'\n")


def test_a_kept_input_is_tried_again_by_the_harness_whose_folder_it_is_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "failed" / "period" / "crash-2"
    kept.parent.mkdir(parents=True)
    kept.write_bytes("\0二〇二三年四月".encode())
    fuzz.again(kept, fuzz.NAMES)
    assert capsys.readouterr().out == "period: crash-2 breaks nothing.\n"
    monkeypatch.setattr(harnesses, "read_written", raising(KeyError("sep")))
    with pytest.raises(KeyError, match="sep"):
        fuzz.again(kept, fuzz.NAMES)
