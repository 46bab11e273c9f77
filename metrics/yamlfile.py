"""YAML as text with places: every scalar stays the text that was written, every key knows its line.

Nothing is turned into a float, a date or a boolean here (`no` is not False, 93.24 is not binary), so what
the file says is what the types of `model` get to see.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from metrics.errors import Problem, Refused

Place = tuple[str | int, ...]
SYNONYMS = {"higher": "up", "more": "up", "increase": "up", "lower": "down", "less": "down", "decrease": "down",
            "neutral": "none", "percent": "ratio", "rate": "ratio", "count": "flow", "total": "cumulative"}  # fmt: skip
T = TypeVar("T")


@dataclass(slots=True)
class Document:
    """A YAML file: its text and data, the line of every entry, and the keys given twice."""

    text: str
    data: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, place: Place) -> int:
        """Line of the entry at `place`, or of the nearest entry around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def code(self, place: Place) -> str:
        """The `code` of the nearest entry around `place` that has one, for a reader to find it."""
        node, found = self.data, ""
        for step in place:
            try:
                node = node[step]
            except (KeyError, IndexError, TypeError):
                break
            if isinstance(node, dict) and isinstance(node.get("code"), str):
                found = f"{node['code']}: "
        return found


def read(path: Path) -> Document:
    """The file as a Document; `Refused` when it cannot be opened, decoded or parsed at all."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise Refused(f"{path}: no such file. Put it back, or name another one. （找不到文件 {path}）") from None
    except UnicodeDecodeError as error:
        raise Refused(
            f"{path.name}: byte {error.start + 1} is not UTF-8. Save the file as UTF-8. （文件编码不是 UTF-8，请另存为 UTF-8）"
        ) from None
    except OSError as error:
        raise Refused(f"{path}: cannot be read ({error.strerror}). （文件无法读取：{path}）") from None
    return parse(text, path.name)


def parse(text: str, name: str) -> Document:
    """The text as a Document; `Refused`, by that name, when it cannot be parsed at all."""
    document = Document(text)
    try:
        node = yaml.compose(text, Loader=yaml.BaseLoader)
        document.data = _build(node, (), document) if node is not None else None
    except yaml.YAMLError as error:
        raise Refused(_broken(name, error)) from None
    except RecursionError:
        raise Refused(
            f"{name}: an entry contains itself or is nested too deeply. （{name} 嵌套过深或自我包含）"
        ) from None
    return document


def _broken(name: str, error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    what = getattr(error, "problem", None) or str(error)
    return (
        f"{name}: not valid YAML. （{name} 不是有效的 YAML，请检查缩进、冒号和引号）\n"
        f"  {where}{what}. Check indentation, colons and quotes near there."
    )


def _build(node: yaml.Node, place: Place, document: Document) -> Any:
    document.lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, place, document)
    if isinstance(node, yaml.SequenceNode):
        return [_build(child, (*place, index), document) for index, child in enumerate(node.value)]
    return node.value


def _mapping(node: yaml.MappingNode, place: Place, document: Document) -> dict[str, Any]:
    built: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key, line = str(key_node.value), key_node.start_mark.line + 1
        if key in built:
            first = document.lines[(*place, key)]
            document.problems.append(Problem(line, f"'{key}' is already given on line {first}. Keep one of them."))
            continue
        document.lines[(*place, key)] = line
        built[key] = _build(value_node, (*place, key), document)
    return built


def validate(document: Document, adapter: TypeAdapter[T], known: Iterable[str]) -> T | None:
    """The document as the adapter's type; None after adding every mistake to its problems.

    known   key names to guess from when one is misspelt
    """
    try:
        return adapter.validate_python(document.data)
    except ValidationError as error:
        names = tuple(known)
        document.problems.extend(_problem(document, detail, names) for detail in error.errors(include_url=False))
        return None


def _problem(document: Document, detail: ErrorDetails, known: tuple[str, ...]) -> Problem:
    place = _in_file(document, detail["loc"])
    return Problem(document.line(place), document.code(place) + _words(detail, known))


def _in_file(document: Document, loc: Place) -> Place:
    """Pydantic's place without the names of union members, which are not in the file."""
    place: Place = ()
    for step in loc:
        if (*place, step) in document.lines:
            place = (*place, step)
    return place


def _words(detail: ErrorDetails, known: tuple[str, ...]) -> str:
    kind, name, given = detail["type"], str(detail["loc"][-1]) if detail["loc"] else "file", detail["input"]
    if kind in {"unexpected_keyword_argument", "extra_forbidden"}:
        return f"unknown key '{name}'.{guess(name, known)}"
    if kind in {"missing", "missing_argument"}:
        return f"'{name}' is missing."
    if kind in {"enum", "literal_error"}:
        allowed = [
            word.strip(" '") for word in str(detail.get("ctx", {}).get("expected", "")).replace(" or ", ",").split(",")
        ]
        return f"unknown {name} '{given}'.{guess(str(given), allowed)} Allowed: {', '.join(allowed)}."
    return f"'{name}' is '{given}': {detail['msg'][0].lower()}{detail['msg'][1:]}."


def guess(given: str, known: Iterable[str]) -> str:
    """` Did you mean 'x'?` for the nearest known word, or nothing."""
    words = list(known)
    meant = SYNONYMS.get(given)
    near = [meant] if meant in words else difflib.get_close_matches(given, words, n=1, cutoff=0.6)
    return f" Did you mean '{near[0]}'?" if near else ""
