"""One figure entered by hand becomes a file, and goes through the same check as any other."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from metrics.intake import form
from metrics.intake.check import Checked, check
from metrics.intake.form import Entry
from metrics.intake.submit import confirm
from metrics.model import Act, Kind
from metrics.start import Board
from tests.builders import NOW, count, indicator, work


def entry(board: Board, code: str, **given: Any) -> Entry:
    plain = {"region": "全区", "period": "2023年10月"}
    return Entry(indicator=board.catalogue.indicators[code], **{**plain, **given})


def checked(board: Board, one: Entry, *, after: int = 0, reason: str | None = None) -> Checked:
    at = NOW + timedelta(seconds=after)
    return check(board.store, board.catalogue, [form.upload(one, at=at)], at=at, reason=reason)


def row(found: Checked) -> dict[str, Any]:
    (only,) = found.rows.to_pylist()
    return dict(only)


def test_the_file_of_an_entry_has_the_headers_of_its_kind_alone() -> None:
    one = Entry(
        indicator=indicator(), region="全区", period="2023年5月", numerator="166", denominator="182", note="核实"
    )
    text = form.upload(one, at=NOW).data.decode("utf-8-sig")
    assert text.splitlines() == [
        "指标编码,指标名称,期间,街镇,分子,分母,数值,限定,备注,序号",
        "rate,整改率,2023年5月,全区,166,182,,,核实,20231201090000",
    ]


@pytest.mark.parametrize(
    ("code", "typed", "read"),
    [
        pytest.param("filing-rate", {"value": "82.5"}, {"value": Decimal("82.5")}, id="a rate"),
        pytest.param("filing-rate", {"value": "80", "qualifier": "超"}, {"value": Decimal(80), "qualifier": "gt"}, id="a bound"),
        pytest.param("hazard-rate", {"numerator": "166", "denominator": "182"}, {"numerator": Decimal(166)}, id="parts"),
        pytest.param("meiliyuan-road", {"state": "已完成", "actual": "2023年10月9日"}, {"actual": "2023-10-09"}, id="work"),
        pytest.param("road-grade", {"state": "达标", "period": "2023年三季度"}, {"state": "达标"}, id="a grade"),
        pytest.param("handed-over", {"value": "0", "zero": True}, {"value": Decimal(0), "note": "零报：已确认数值为0"}, id="zero"),
    ],
)  # fmt: skip
def test_what_was_typed_is_what_the_check_reads(
    own: Board, code: str, typed: dict[str, Any], read: dict[str, Any]
) -> None:
    found = checked(own, entry(own, code, **typed))
    assert found.accepted, found.findings
    assert {name: row(found)[name] for name in read} == read


def test_a_comma_or_a_line_break_in_a_note_does_not_move_the_cells(own: Board) -> None:
    found = checked(own, entry(own, "filing-rate", value="82", note='街镇说："已核实,\n无误"'))
    assert row(found)["note"] == '街镇说："已核实,\n无误"'


def test_what_a_file_would_be_refused_for_the_form_is_refused_for_too(own: Board) -> None:
    found = checked(own, entry(own, "filing-rate", value="182"))
    assert [finding.rule for finding in found.findings] == ["out-of-bounds"]


def test_the_same_figure_can_be_entered_again_after_it_was_revised(own: Board) -> None:
    for after, value in enumerate(("5", "6", "5")):
        found = checked(own, entry(own, "handed-over", value=value), after=after, reason="更正")
        assert found.accepted, found.findings
        confirm(own.store, found, act=Act(at=NOW + timedelta(seconds=after), by="张三"), source="form")
    assert (found.counts.new, found.counts.revised) == (0, 1)
    assert (row(found)["old"], row(found)["now"]) == ("6", "5")


@pytest.mark.parametrize(
    ("one", "said"),
    [
        pytest.param(Entry(indicator=count(), region="全区", period=" ", value="5"), "请填写期间，如2023年5月。", id="no period"),
        pytest.param(Entry(indicator=count(), region="全区", period="2023年5月"), "请填写数值。", id="no figure"),
        pytest.param(Entry(indicator=indicator(), region="全区", period="2023年5月", numerator="1"), "请填写数值，或分子和分母。", id="one part"),
        pytest.param(Entry(indicator=work(), region="全区", period="2023年5月"), "请填写状态。", id="no state"),
        pytest.param(Entry(indicator=work(kind=Kind.GRADE), region="全区", period="2023年5月"), "请填写等次或结论。", id="no grade"),
        pytest.param(Entry(indicator=count(), region="全区", period="2023年5月", value="５"), "", id="all that is needed"),
        pytest.param(Entry(indicator=count(), region="全区", period="2023年5月", value="不适用"), "", id="a reason for none"),
    ],
)  # fmt: skip
def test_what_is_lacking_is_said_before_anything_is_checked(one: Entry, said: str) -> None:
    assert form.lacking(one) == said


@pytest.mark.parametrize("typed", ["0", "0.0", "０", "0处"])
def test_a_zero_must_be_confirmed_as_one(typed: str) -> None:
    one: dict[str, Any] = {"indicator": count(), "region": "全区", "period": "2023年5月", "value": typed}
    assert form.lacking(Entry(**one)).startswith("填的是0")
    assert form.lacking(Entry(**one, zero=True)) == ""


def test_the_tick_for_zero_says_nothing_of_another_figure() -> None:
    one = Entry(indicator=count(), region="全区", period="2023年5月", value="5", zero=True)
    assert "零报" not in form.upload(one, at=NOW).data.decode("utf-8-sig")
