"""YAML as text with places: nothing is turned into a float, a date or a boolean, and every mistake has its line."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import ClassVar, Literal

import pytest
from pydantic import ConfigDict, TypeAdapter

from metrics.errors import Refused
from metrics.yamlfile import Document, guess, read, validate

STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, kw_only=True)
class Fruit:
    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    code: str
    colour: Literal["red", "green"]
    weight: Decimal | None = None


ADAPTER = TypeAdapter(tuple[Fruit, ...])


def written(folder: Path, text: str | bytes) -> Document:
    path = folder / "fruit.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read(path)


def problems(document: Document) -> list[str]:
    validate(document, ADAPTER, ["code", "colour", "weight"])
    return [str(problem) for problem in document.problems]


@pytest.mark.parametrize("text", ["a: &a [*a]", "[" * 5000], ids=["contains itself", "too deep"])
def test_what_has_no_end_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(text)
    with pytest.raises(Refused, match="嵌套过深"):
        read(path)


def test_every_scalar_stays_the_text_that_was_written(tmp_path: Path) -> None:
    document = written(tmp_path, "[no, 93.240, 2023-05-21, 0x1F, 1_000, ~, 07-15, 010]")
    assert document.data == ["no", "93.240", "2023-05-21", "0x1F", "1_000", "~", "07-15", "010"]


def test_every_entry_knows_its_line(tmp_path: Path) -> None:
    document = written(tmp_path, "- code: apple\n  colour: red\n\n- code: pear\n")
    assert (document.line((0, "colour")), document.line((1,)), document.line((1, "code"))) == (2, 4, 4)
    assert document.line((1, "colour")) == 4, "what is missing is on the line of the entry around it"


def test_names_the_entry_that_a_problem_is_in(tmp_path: Path) -> None:
    document = written(tmp_path, "- code: apple\n  inside: [1]\n- [pear]\n")
    assert document.code((0, "inside", 0)) == "apple: "
    assert document.code((1, 0)) == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- {code: apple, color: red}", "line 1: apple: unknown key 'color'. Did you mean 'colour'?"),
        ("- {code: apple}", "line 1: apple: 'colour' is missing."),
        (
            "- code: apple\n  colour: rad",
            "line 2: apple: unknown colour 'rad'. Did you mean 'red'? Allowed: red, green.",
        ),
        ("- {code: a, colour: red, weight: 5kg}", "line 1: a: 'weight' is '5kg': input should be a valid decimal."),
        ("- {code: a, colour: red, code: b}", "line 1: 'code' is already given on line 1. Keep one of them."),
    ],
)
def test_says_what_is_wrong_where_and_what_was_meant(tmp_path: Path, text: str, said: str) -> None:
    assert said in problems(written(tmp_path, text))


def test_reports_every_mistake_of_the_file_not_the_first(tmp_path: Path) -> None:
    found = problems(written(tmp_path, "- {code: a}\n- {colour: blue}\n- {code: b, colour: red, size: 3}\n"))
    assert [problem.partition(":")[0] for problem in found] == ["line 1", "line 2", "line 2", "line 3"]


def test_a_file_that_is_right_becomes_its_type(tmp_path: Path) -> None:
    document = written(tmp_path, "- {code: apple, colour: red, weight: 0.10}")
    assert validate(document, ADAPTER, []) == (Fruit(code="apple", colour="red", weight=Decimal("0.10")),)
    assert document.problems == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"a: [1,\nb: 2", r"fruit\.yaml: not valid YAML\. .*\n  line 2, column 5: ", id="not YAML"),
        pytest.param(b"a: 1\n\tb: 2", r"not valid YAML(.|\n)*line 2", id="a tab"),
        pytest.param("名: 值".encode("gb18030"), r"byte 1 is not UTF-8.*另存为 UTF-8", id="GB18030"),
        pytest.param(b"a: \x00", "not valid YAML", id="a zero byte"),
    ],
)
def test_refuses_what_cannot_be_read_at_all(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(Refused, match=said):
        written(tmp_path, content)


def test_refuses_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="找不到文件"):
        read(tmp_path / "none.yaml")
    with pytest.raises(Refused, match="文件无法读取"):
        read(tmp_path)


def test_an_empty_file_has_no_data_and_a_byte_order_mark_is_no_letter(tmp_path: Path) -> None:
    assert written(tmp_path, "# nothing\n").data is None
    assert written(tmp_path, b"\xef\xbb\xbfa: 1").data == {"a": "1"}


@pytest.mark.parametrize(
    ("given", "known", "said"),
    [
        ("nam", ["name", "unit"], " Did you mean 'name'?"),
        ("higher", ["up", "down", "none"], " Did you mean 'up'?"),
        ("higher", ["name"], ""),
        ("zzz", ["name", "unit"], ""),
    ],
)
def test_guesses_only_what_is_near(given: str, known: list[str], said: str) -> None:
    assert guess(given, known) == said
