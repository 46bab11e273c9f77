"""Every rule has a broken example, finds it at its place, and is missed when it is taken away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from metrics import catalogue as catalogues
from metrics.catalogue import Catalogue
from metrics.intake import rules
from metrics.intake.check import Checked, Upload, check
from metrics.intake.submit import confirm
from metrics.store import Store, open_store
from tests.check_command import district
from tests.files import Cell, csv_bytes

NOW = datetime(2026, 11, 25, 4, tzinfo=UTC)
HEADER = ("指标编码", "期间", "街镇", "数值", "分子", "分母", "限定", "备注", "状态", "计划完成", "实际完成", "单位")
WIDTH = len(HEADER)
Row = Sequence[Cell]


@pytest.fixture
def city(tmp_path: Path) -> Catalogue:
    return catalogues.load(district(tmp_path))


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Store]:
    opened = open_store("duckdb:board.duckdb", folder=tmp_path)
    yield opened
    opened.close()


def row(code: str, value: Cell = None, *, on: str = "2024年4月", at: str | None = "万寿路街道", **more: Cell) -> Row:
    """A row of the long form; `more` by header."""
    cells: dict[str, Cell] = {"指标编码": code, "期间": on, "街镇": at, "数值": value, **more}
    return [cells.get(name) for name in HEADER]


def months(code: str, *values: Cell, year: int = 2023) -> list[Row]:
    """One figure for each month of a year, from January on."""
    return [row(code, value, on=f"{year}年{number}月") for number, value in enumerate(values, start=1)]


def checked(store: Store, catalogue: Catalogue, rows: Sequence[Row], *, value: str = "数值") -> Checked:
    header = [value if name == "数值" else name for name in HEADER]
    return check(store, catalogue, [Upload(name="x.csv", data=csv_bytes([header, *rows]))], at=NOW)


STREETS = ("万寿路", "永定路", "羊坊店", "甘家口", "八里庄", "紫竹院", "北下关", "北太平庄", "学院路", "中关村", "青龙桥", "清华园",
           "燕园", "香山", "清河", "花园路", "西三旗")  # fmt: skip
ALL = (
    *STREETS,
    "马连洼",
    "田村路",
    "上地",
    "海淀街道",
    "海淀镇",
    "东升",
    "曙光",
    "温泉",
    "四季青",
    "西北旺",
    "苏家坨",
    "上庄",
)

# rule -> rows that break it, the address that it must name, and what the store holds before.
BROKEN: dict[str, tuple[list[Row], str | None, list[Row]]] = {
    "region-missing": ([row("calls", 5, at=None)], "C2", []),
    "period-missing": ([row("calls", 5, on="")], "B2", []),
    "sub-item": ([row("calls", 5), row("units", 3, at="其中：万寿路街道")], "A3", []),
    "formula-text": ([row("calls", 5, 备注="=1+1")], "H2", []),
    "unit-mismatch": ([row("calls", 5, 单位="吨")], "L2", []),
    "future-period": ([row("calls", 5, on="2027年1月")], "B2", []),
    "frequency": ([row("inspections", 5, on="2024年一季度")], "B2", []),
    "cumulative-for-flow": ([row("calls", 5, on="2024年1-3月")], "B2", []),
    "unallocated": ([row("calls", 5, at="其他")], "C2", []),
    "unknown-state": ([row("scheme", 状态="差不多了")], "I2", []),
    "state-missing": ([row("scheme", 备注="正在做")], "I2", []),
    "done-without-state": ([row("scheme", 状态="进行中", 实际完成="2024年3月")], "K2", []),
    "part-missing": ([row("contract-rate", 分子=5)], "E2", []),
    "parts-not-allowed": ([row("calls", 5, 分子=5, 分母=6)], "E2", []),
    "negative": ([row("calls", -3)], "D2", []),
    "out-of-bounds": ([row("contract-rate", "102.88%")], "D2", []),
    "not-an-integer": ([row("toilets", "2907.5")], "D2", []),
    "numerator-above-denominator": ([row("contract-rate", 分子=183, 分母=182)], "E2", []),
    "rate-differs": ([row("contract-rate", "91.5", 分子=166, 分母=182)], "D2", []),
    "no-cases": ([row("contract-rate", "0", 分子=0, 分母=0)], "D2", []),
    "mixed-scale": (
        [row("contract-rate", 93.1), row("contract-rate", 88.5, at="永定路"), row("contract-rate", 0.9324, at="香山")], "D4", [],
    ),
    "conflicting-rows": ([row("calls", 5), row("calls", 6)], "D2", []),
    "duplicate-row": ([row("calls", 5), row("calls", 5)], None, []),
    "all-zero": ([row("calls", 0), row("calls", 0, at="永定路")], "D2", []),
    "missing-regions": ([row("calls", number, at=name) for number, name in enumerate(STREETS, start=1)], "C2", []),
    "whole-differs": (
        [*(row("calls", 1, at=name) for name in ALL), row("calls", 30, at="全区")], "D31", [],
    ),
    "remaining-differs": ([row("hazards", 182), row("hazards-done", 166), row("hazards-left", 15)], "D4", []),
    "month-for-cumulative": ([row("parking", 5)], "D2", []),
    "split-thousands": ([row("calls", 1, 备注="269")], "D2", []),
    "several-unallocated": ([row("calls", 5, at="其他"), row("calls", 5, at="区直")], "C3", []),
    "derived": ([row("rate-derived", 50)], "A2", []),
    "cumulative-falls": ([row("parking", 90)], "D2", [row("parking", 100, on="2024年3月")]),
    "revision": ([row("calls", 6)], "D2", [row("calls", 5)]),
    "blank-keeps": ([row("calls")], "D2", [row("calls", 5)]),
    "same-as-last-month": (
        [row("calls", 5), row("calls", 6, at="永定路")], None,
        [row("calls", 5, on="2024年3月"), row("calls", 6, on="2024年3月", at="永定路")],
    ),
    "ten-fold": ([row("calls", 520)], "D2", [row("calls", 50, on="2024年3月")]),
    "outlier": ([row("calls", 90, on="2023年9月")], "D2", months("calls", 50, 52, 49, 51, 50, 48, 51, 50)),
}  # fmt: skip
VALUES = {"month-for-cumulative": "本月数"}  # another header over 数值
DERIVED = """\
      - {code: rate-derived, name: 整改完成率, kind: ratio, unit: "%", polarity: up, derived: true,
         relations: [{type: rate, numerator: hazards-done, denominator: hazards}]}
"""


@pytest.fixture
def whole(tmp_path: Path, city: Catalogue) -> Catalogue:
    """The district with a derived indicator."""
    path = tmp_path / "config.yaml"
    path.write_text(path.read_text(encoding="utf-8") + DERIVED, encoding="utf-8")
    return catalogues.load(path)


def test_every_rule_has_a_broken_example() -> None:
    assert {rule.code for rule in rules.EVERY} == set(BROKEN)


@pytest.mark.parametrize("code", list(BROKEN))
def test_a_rule_finds_its_example_at_its_place(whole: Catalogue, kept: Store, code: str) -> None:
    rows, cell, before = BROKEN[code]
    if before:
        confirm(kept, checked(kept, whole, before), by="张三", at=NOW)
    found = [
        finding
        for finding in checked(kept, whole, rows, value=VALUES.get(code, "数值")).findings
        if finding.rule == code
    ]
    assert found
    assert found[0].cell == cell
    assert (
        found[0].message.endswith("。")
        or found[0].message.endswith("）。")
        or "？" in found[0].message
        or "请" in found[0].message
    )


@pytest.mark.parametrize("code", list(BROKEN))
def test_a_rule_that_is_taken_away_is_missed(
    whole: Catalogue, kept: Store, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, _, before = BROKEN[code]
    if before:
        confirm(kept, checked(kept, whole, before), by="张三", at=NOW)
    monkeypatch.setattr(rules, "EVERY", tuple(rule for rule in rules.EVERY if rule.code != code))
    assert code not in {finding.rule for finding in checked(kept, whole, rows).findings}


def test_a_plain_month_has_no_findings(whole: Catalogue, kept: Store) -> None:
    rows = [row("calls", number, at=name) for number, name in enumerate(ALL, start=3)]
    told = checked(kept, whole, [*rows, row("calls", sum(range(3, 32)), at="全区")])
    assert told.findings == ()
    assert (told.accepted, told.counts.new) == (True, 30)
