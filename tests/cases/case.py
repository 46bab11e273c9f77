"""One way in which a file is written, and what the check must say of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from tests.files import Cell, Rows, csv_bytes, xlsx

HEADER: tuple[Cell, ...] = ("指标编码", "期间", "街镇", "数值")
STREETS = {
    1: "万寿路街道", 2: "永定路街道", 3: "羊坊店街道", 4: "甘家口街道", 5: "八里庄街道", 6: "紫竹院街道", 7: "北下关街道",
    8: "北太平庄街道", 10: "学院路街道", 11: "中关村街道", 12: "海淀街道", 13: "青龙桥街道", 14: "清华园街道", 15: "燕园街道",
    16: "香山街道", 17: "清河街道", 18: "花园路街道", 19: "西三旗街道", 20: "马连洼街道", 21: "田村路街道", 22: "上地街道",
    23: "海淀镇", 24: "东升镇", 25: "曙光街道", 26: "温泉镇", 27: "四季青镇", 28: "西北旺镇", 29: "苏家坨镇", 30: "上庄镇",
}  # fmt: skip
TOTAL = "110108"
Told = Mapping[str, Any]
Bytes = Callable[[], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A finding that must be there.

    at       the address that Excel shows; its row is the row of the finding; None where no place is asked for
    column   header over it as it stands in the file; "" where none is asked for
    words    all of them stand in the message
    advice   stands in the message or in the fix
    """

    severity: str
    rule: str
    at: str | None = None
    column: str = ""
    words: tuple[str, ...] = ()
    advice: str = ""
    row: int | None = None
    key: str | None = None
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One file of one row of messy_input_cases.csv.

    id         of the row: F01
    what       what is tried, as the end of the test's name
    name       file name as handed in
    sheet      name of its sheet; None for CSV
    data       makes its bytes
    code       exit code: 0 accepted, 1 refused, 3 waits for an answer
    findings   must be there; there is no other rule among errors and questions, nor, when accepted, among warnings
    may        rules that may warn as well, where the specification leaves it open
    rows       each with the keys to compare; None compares nothing
    answers    of a question: the answer -> rows that it gives; all are accepted
    before     files loaded first, with their reasons
    arguments  more of the command line
    file       of the JSON object: keys to compare
    """

    id: str
    what: str
    name: str
    data: Bytes
    sheet: str | None = None
    code: int = 0
    findings: tuple[Found, ...] = ()
    may: frozenset[str] = frozenset()
    rows: tuple[Told, ...] | None = None
    answers: Mapping[str, tuple[Told, ...]] = field(default_factory=dict)
    before: tuple[Bytes, ...] = ()
    arguments: tuple[str, ...] = ()
    file: Told = field(default_factory=dict)


def region(number: int) -> str:
    """Nine-digit code of a 街镇 by its last digits."""
    return f"{TOTAL}{number:03}"


def table(*rows: Sequence[Cell], header: Sequence[Cell] = HEADER) -> Rows:
    """A header and rows."""
    return [header, *rows]


def column(*values: Cell, code: str = "toilets", period: Cell = "2023-04") -> Rows:
    """One figure for each of the first streets, from D2 down."""
    return table(*((code, period, name, value) for name, value in zip(STREETS.values(), values, strict=False)))


def dates(*periods: Cell, code: str = "toilets") -> Rows:
    """The same figure for each of these periods, each of another street; the periods stand from B2 down."""
    return table(*((code, period, name, 7) for name, period in zip(STREETS.values(), periods, strict=False)))


def told(value: str | None, *, at: int = 1, code: str = "toilets", period: str = "2023-04", **given: Any) -> Told:
    """A normalised row: an exact figure of street number `at`, or a missing one; `given` overrides or adds keys."""
    where = TOTAL if at == 0 else region(at)
    plain = {"code": code, "period": period, "region": where, "value": value, "qualifier": "exact"}
    ends = {"lower": value, "upper": value, "obs_status": "A"} if value is not None else {}
    return {**plain, **ends, **given}


def bound(qualifier: str, value: str, *, at: int, **given: Any) -> Told:
    """A normalised bound: gt and ge have no upper end, lt and le no lower one."""
    low = value if qualifier in {"gt", "ge"} else None
    return told(value, at=at, **{"qualifier": qualifier, "lower": low, "upper": None if low else value, **given})


def figures(*values: str | None, **given: Any) -> tuple[Told, ...]:
    """The normalised rows of a `column` of these."""
    return tuple(told(value, at=at, **given) for at, value in zip(STREETS, values, strict=False))


def error(rule: str, at: str | None = None, *words: str, column: str = "数值", **given: Any) -> Found:
    return Found(severity="error", rule=rule, at=at, column=column if at else "", words=words, **given)


def warning(rule: str, at: str | None = None, *words: str, column: str = "数值", **given: Any) -> Found:
    return Found(severity="warning", rule=rule, at=at, column=column if at else "", words=words, **given)


def ask(rule: str, at: str, *words: str, column: str, key: str, options: tuple[str, ...]) -> Found:
    return Found(severity="ask", rule=rule, at=at, column=column, words=words, key=key, options=options)


def errors(rule: str, count: int, *words: str, letter: str = "D", column: str = "数值") -> tuple[Found, ...]:
    """The same error in each of the first rows of data."""
    return tuple(error(rule, f"{letter}{row}", *words, column=column) for row in range(2, count + 2))


def warnings(rule: str, count: int, *words: str, letter: str = "D", column: str = "数值") -> tuple[Found, ...]:
    """The same warning in each of the first rows of data."""
    return tuple(warning(rule, f"{letter}{row}", *words, column=column) for row in range(2, count + 2))


def as_csv(id: str, what: str, cells: Rows, **given: Any) -> Case:
    """The table as a CSV in UTF-8."""
    return Case(id=id, what=f"{what}, csv", name="上报.csv", data=partial(csv_bytes, cells), **given)


def as_book(
    id: str, what: str, cells: Rows, *, merged: Sequence[str] = (), sheet: str = "Sheet1", **given: Any
) -> Case:
    """The table as an .xlsx workbook."""
    data = partial(xlsx, cells, merged=merged, name=sheet)
    return Case(id=id, what=f"{what}, xlsx", name="上报.xlsx", data=data, sheet=sheet, **given)


def both(id: str, what: str, cells: Rows, **given: Any) -> Iterator[Case]:
    """The table as CSV and as workbook."""
    yield as_csv(id, what, cells, **given)
    yield as_book(id, what, cells, **given)


def after(cases: Iterator[Case], *before: Rows) -> Iterator[Case]:
    """The same on a store into which these tables were loaded, in their order."""
    for case in cases:
        yield replace(case, before=tuple(partial(csv_bytes, rows) for rows in before))
