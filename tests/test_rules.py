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
from metrics.model import Act
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


def checked(
    store: Store, catalogue: Catalogue, rows: Sequence[Row], *, value: str = "数值", unit: str = "单位"
) -> Checked:
    header = [{"数值": value, "单位": unit}.get(name, name) for name in HEADER]
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
    "example-row": ([["示例", "2024年4月", "万寿路街道", 5, *[None] * (WIDTH - 4)]], None, []),
    "note-month": ([row("calls", 5, 备注="以上数据为3月数。")], "H2", []),
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
    "count-for-rate": ([row("contract-rate", 93)], "D2", []),
    "pair-differs": ([row("stations", 1, 单位=30)], "L2", []),
    "split-thousands": ([row("calls", 1, 备注="269")], "D2", []),
    "several-unallocated": ([row("calls", 5, at="其他"), row("calls", 5, at="区直")], "C3", []),
    "quarter-for-cumulative": ([row("parking", 5, on="2024年二季度")], "B2", []),
    "units-differ": ([row("contract-rate", 分子="8吨", 分母="10000公斤")], "E2", []),
    "done-in-future": ([row("scheme", 状态="已完成", 实际完成="2030年6月")], "K2", []),
    "done-after-period": ([row("scheme", 状态="已完成", 实际完成="2024年6月")], "K2", []),
    "blank-work": ([row("scheme")], "I2", []),
    "detail-rows": ([row("calls", number) for number in range(11)], "D2", []),
    "part-above-whole": ([row("calls", 5), row("night-calls", 6)], "D3", []),
    "street-above-whole": ([row("calls", 5, at="全区"), row("calls", 6)], "D3", []),
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
PAIR = {"value": "本月数", "unit": "累计数"}
HEADERS = {
    "month-for-cumulative": {"value": "本月数"},
    "count-for-rate": {"value": "数量"},
    "pair-differs": PAIR,
}  # other headers over 数值 and 单位
DERIVED = """\
      - {code: rate-derived, name: 整改完成率, kind: ratio, unit: "%", polarity: up, derived: true,
         relations: [{type: rate, numerator: hazards-done, denominator: hazards}]}
      - {code: night-calls, name: 夜间案件数, kind: flow, unit: 件, minimum: 0, relations: [{type: part-of, whole: calls}]}
      - {code: night-rate, name: 夜间合同签订率, kind: ratio, unit: "%", minimum: 0, maximum: 100,
         relations: [{type: part-of, whole: contract-rate}]}
"""


@pytest.fixture
def whole(tmp_path: Path, city: Catalogue) -> Catalogue:
    """The district with a derived indicator, and with parts of others."""
    path = tmp_path / "config.yaml"
    path.write_text(path.read_text(encoding="utf-8") + DERIVED, encoding="utf-8")
    return catalogues.load(path)


def test_every_rule_has_a_broken_example() -> None:
    assert {rule.code for rule in rules.EVERY} == set(BROKEN)


@pytest.mark.parametrize("code", list(BROKEN))
def test_a_rule_finds_its_example_at_its_place(whole: Catalogue, kept: Store, code: str) -> None:
    rows, cell, before = BROKEN[code]
    if before:
        confirm(kept, checked(kept, whole, before), act=Act(at=NOW, by="张三"))
    found = [
        finding for finding in checked(kept, whole, rows, **HEADERS.get(code, {})).findings if finding.rule == code
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
        confirm(kept, checked(kept, whole, before), act=Act(at=NOW, by="张三"))
    monkeypatch.setattr(rules, "EVERY", tuple(rule for rule in rules.EVERY if rule.code != code))
    assert code not in {finding.rule for finding in checked(kept, whole, rows).findings}


def test_a_plain_month_has_no_findings(whole: Catalogue, kept: Store) -> None:
    rows = [row("calls", number, at=name) for number, name in enumerate(ALL, start=3)]
    said = checked(kept, whole, [*rows, row("calls", sum(range(3, 32)), at="全区")])
    assert said.findings == ()
    assert (said.accepted, said.counts.new) == (True, 30)


def told(store: Store, catalogue: Catalogue, rows: Sequence[Row], **given: str) -> set[tuple[str, str]]:
    """Severity and rule of each finding."""
    return {(one.severity.value, one.rule) for one in checked(store, catalogue, rows, **given).findings}


@pytest.mark.parametrize(
    ("code", "month", "total", "rule"),
    [
        ("parking", 20, None, "month-for-cumulative"), ("parking", 20, "缺报", "month-for-cumulative"), ("calls", None, 30, "cumulative-for-flow"),
        ("hazards-left", 2, 7, "pair-differs"), ("contract-rate", "90%", "95%", "pair-differs"), ("stations", 6, None, "pair-differs"),
    ],
)  # fmt: skip
def test_a_figure_of_a_pair_is_not_lost(
    whole: Catalogue, kept: Store, code: str, month: Cell, total: Cell, rule: str
) -> None:
    assert told(kept, whole, [row(code, month, 单位=total)], **PAIR) == {("error", rule)}


@pytest.mark.parametrize(
    ("code", "month", "total", "stored"),
    [("parking", 5, 30, "30"), ("parking", None, 30, "30"), ("calls", 5, None, "5"), ("stations", 6, "6.0", "6"), ("calls", None, None, None)],
)  # fmt: skip
def test_a_pair_gives_the_figure_that_the_indicator_reports(
    whole: Catalogue, kept: Store, code: str, month: Cell, total: Cell, stored: str | None
) -> None:
    (read,) = checked(kept, whole, [row(code, month, 单位=total)], **PAIR).rows.to_pylist()
    assert (read["value"] and f"{read['value'].normalize():f}") == stored


@pytest.mark.parametrize("period", ["2024年二季度", "2024Q3", "2024年四季度", "2024年下半年"])
def test_a_later_quarter_of_a_running_total_is_refused_unless_its_header_says_that_it_runs(
    whole: Catalogue, kept: Store, period: str
) -> None:
    rows = [row("parking", 5, on=period)]
    assert ("error", "quarter-for-cumulative") in told(kept, whole, rows)
    assert told(kept, whole, rows, value="累计值") == set()


@pytest.mark.parametrize("period", ["2024年一季度", "2024年上半年", "2024年1—6月", "2024年6月", "2023年", "2026年11月"])
def test_a_running_total_from_january_on_is_plain(whole: Catalogue, kept: Store, period: str) -> None:
    assert told(kept, whole, [row("parking", 5, on=period)]) == set()


@pytest.mark.parametrize("period", ["2026年", "2026年1—12月"])
def test_a_running_total_to_a_month_that_has_not_begun_is_refused(whole: Catalogue, kept: Store, period: str) -> None:
    assert told(kept, whole, [row("parking", 5, on=period)]) == {("error", "future-period")}


def test_a_running_total_above_a_later_one_that_is_stored_is_refused(whole: Catalogue, kept: Store) -> None:
    confirm(kept, checked(kept, whole, [row("parking", 100, on="2024年6月")]), act=Act(at=NOW, by="张三"))
    (found,) = checked(kept, whole, [row("parking", 150)]).findings
    assert (found.rule, found.cell) == ("cumulative-falls", "D2")
    assert found.message == "累计值大于已入库的2024年6月累计值100，请填写修订原因。"
    assert told(kept, whole, [row("parking", 90)]) == set()
    assert told(kept, whole, [row("parking", 150), row("parking", 160, on="2024年6月")]) == {("ask", "revision")}


@pytest.mark.parametrize("value", [None, "", "缺报"])
@pytest.mark.parametrize("written", ["12座", "12", "约1.2万", "十二座"])
def test_a_figure_under_the_state_is_not_a_missing_one(
    whole: Catalogue, kept: Store, written: str, value: str | None
) -> None:
    rows = [row("toilets", value, 状态=written)]
    assert told(kept, whole, rows) == {("error", "figure-in-state")}
    assert checked(kept, whole, rows).findings[0].message == f"该指标要填数值，“{written}”填在状态列。"


@pytest.mark.parametrize("written", ["正在统计", "2024年6月完成", "—"])
def test_words_under_the_state_of_a_missing_figure_are_none(whole: Catalogue, kept: Store, written: str) -> None:
    assert told(kept, whole, [row("toilets", 状态=written)]) == set()


@pytest.mark.parametrize(
    ("code", "state", "value"),
    [("scheme", "进行中", "80%"), ("scheme", "进行中", "已完成"), ("scheme", "已完成", "还差验收"), ("road-grade", "优秀", "达标")],
)  # fmt: skip
def test_a_state_and_another_text_beside_it_are_refused(
    whole: Catalogue, kept: Store, code: str, state: str, value: str
) -> None:
    on = "2024年一季度" if code == "road-grade" else "2024年4月"
    assert told(kept, whole, [row(code, value, on=on, 状态=state)]) == {("error", "state-contradicted")}


@pytest.mark.parametrize(("state", "value"), [("已完成", "完成"), ("进行中", "—"), ("进行中", "进行中")])
def test_a_state_said_twice_is_one(whole: Catalogue, kept: Store, state: str, value: str) -> None:
    assert told(kept, whole, [row("scheme", value, 状态=state)]) == set()


def test_a_file_of_which_nothing_would_be_stored_says_so(whole: Catalogue, kept: Store) -> None:
    assert told(kept, whole, [row("scheme")]) == {("warning", "blank-work"), ("warning", "nothing-stored")}


@pytest.mark.parametrize(
    ("numerator", "denominator", "rules"),
    [("8吨", "10吨", set()), ("8人", "10", set()), ("8人", "10件", {("error", "units-differ")})],
)
def test_numerator_and_denominator_are_of_one_unit(
    whole: Catalogue, kept: Store, numerator: str, denominator: str, rules: set[tuple[str, str]]
) -> None:
    assert told(kept, whole, [row("contract-rate", 分子=numerator, 分母=denominator)]) == rules


@pytest.mark.parametrize(
    ("part", "whole_parts", "rule"),
    [((6, 9), (5, 10), True), ((4, 11), (5, 10), True), ((4, 9), (5, 10), False)],
)
def test_a_part_of_a_rate_is_compared_by_numerator_and_denominator(
    whole: Catalogue, kept: Store, part: tuple[int, int], whole_parts: tuple[int, int], *, rule: bool
) -> None:
    rows = [
        row("contract-rate", 分子=whole_parts[0], 分母=whole_parts[1]),
        row("night-rate", 分子=part[0], 分母=part[1]),
    ]
    assert (("error", "part-above-whole") in told(kept, whole, rows)) is rule


def test_a_part_above_a_whole_that_is_stored_only_warns(whole: Catalogue, kept: Store) -> None:
    confirm(kept, checked(kept, whole, [row("calls", 5)]), act=Act(at=NOW, by="张三"))
    assert told(kept, whole, [row("night-calls", 6)]) == {("warning", "part-above-whole")}
    assert told(kept, whole, [row("night-calls", 6, on="2024年5月")]) == set()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((5, 6), "有两个不同数值：5、6。"),
        ((7, 5, 6), "有3个不同数值：7、5、6。"),
        (range(5), "有5个不同数值：0、1、2等5个。"),
    ],
)
def test_at_most_three_of_several_values_are_named(
    whole: Catalogue, kept: Store, values: Sequence[int], said: str
) -> None:
    found = checked(kept, whole, [row("calls", value) for value in values]).findings
    assert found[0].message == f"万寿路街道案件办理数2024年4月{said}"


@pytest.mark.parametrize("others", [0, 100])
def test_a_list_of_details_is_told_once_for_each_key(whole: Catalogue, kept: Store, others: int) -> None:
    rows = [row("calls", number) for number in range(30)]
    rows += [row("units", number, on=f"{1990 + number // 12}年{number % 12 + 1}月") for number in range(others)]
    found = [one for one in checked(kept, whole, rows).findings if one.severity.value == "error"]
    assert [(one.rule, one.cell) for one in found] == [("detail-rows", "D2")]
    assert found[0].message == "万寿路街道案件办理数2024年4月有30行（明细），数值各不相同。"
