"""Facts as plain rows: decimals as text, nothing where there is nothing, and no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from metrics.board import table
from metrics.board.query import Fact
from metrics.model import Indicator, Observation, Polarity, Release
from metrics.period import Period
from tests.builders import NOW, catalogue, count, fact, indicator, observation, standing, work, written


def release(number: int, title: str) -> Release:
    return Release(
        release_id=number, source="file", title=title, file="a.csv", sha256="a", by="张三", known_from=NOW, received_at=NOW,
        reason=None, observations=1, withdrawn=False, replaced=False,
    )  # fmt: skip


def row(measured: Indicator, *series: Observation | Fact, today: date = date(2023, 11, 30)) -> dict[str, Any]:
    """The last row of the indicator."""
    facts = {measured.code: tuple(one if isinstance(one, Fact) else fact(one) for one in series)}
    listed = table.rows(
        catalogue(measured), facts, [release(1, "4月报表"), release(2, "5月报表")], [measured.code], today=today
    )
    assert len(listed) == len(series)
    return listed[-1]


def chosen(given: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(given[name] for name in names)


@pytest.mark.parametrize(
    ("seen", "value", "lower", "upper", "qualifier"),
    [
        (observation("93.2400"), "93.24", "93.24", "93.24", "exact"),
        (observation("100.0000"), "100", "100", "100", "exact"),
        (observation(0), "0", "0", "0", "exact"),
        (written("超80%"), "80", "80", "100", "gt"),
        (written("不足5%"), "5", "0", "5", "lt"),
        (written("约1.2%"), "1.2", "1.15", "1.25", "approx"),
        (observation(), None, None, None, "exact"),
    ],
)
def test_says_the_figure_and_where_it_can_lie(
    seen: Observation, value: str | None, lower: str | None, upper: str | None, qualifier: str
) -> None:
    assert chosen(row(indicator(), seen), "value", "lower", "upper", "qualifier") == (value, lower, upper, qualifier)


def test_a_rate_of_parts_is_unrounded_and_marked_as_derived() -> None:
    found = row(indicator(decimals=1), observation(None, numerator=Decimal(28), denominator=Decimal(37)))
    assert chosen(found, "numerator", "denominator", "display", "derived") == ("28", "37", "75.7%", True)
    assert found["value"].startswith("75.67567567567567567")


def test_a_reported_figure_with_its_parts_is_not_derived() -> None:
    assert row(indicator(), observation("91.2", numerator=Decimal(166), denominator=Decimal(182)))["derived"] is False


def test_a_period_of_unknown_start_has_none() -> None:
    found = row(count(), observation(66, on="../2023-05-21", inferred=("period_end",)))
    assert chosen(found, "period", "period_start", "period_end", "inferred") == (
        "../2023-05-21", None, "2023-05-21", ["period_end"])  # fmt: skip


def test_a_status_is_against_the_target_or_the_date() -> None:
    assert row(indicator(targets=(standing(95),)), observation(90))["status"] == "未达标"
    assert row(indicator(), observation(90))["status"] == "未设目标"
    late = observation(None, on="2023-05", state="进行中", planned=Period.parse("2023-06"))
    assert chosen(row(work(), late), "status", "state", "display", "planned", "value") == (
        "已到期，未报进展", "进行中", None, "2023-06", None)  # fmt: skip
    assert row(work(), late, today=date(2023, 6, 30))["status"] is None


def test_names_the_releases_a_figure_comes_from() -> None:
    parts = (fact(observation(28), release_id=1), fact(observation(37), release_id=2))
    left = Fact(observation=observation(9, indicator="rate"), known=date(2023, 12, 1), release_id=None, parts=parts)
    found = row(indicator(), left)
    assert chosen(found, "release", "source", "derived", "derived_from") == (
        [1, 2],
        "4月报表；5月报表",
        True,
        ["rate"],
    )
    assert chosen(row(indicator(), fact(observation(1), release_id=2)), "release", "source") == ([2], "5月报表")


def test_names_the_district_and_keeps_a_code_it_does_not_know() -> None:
    assert chosen(row(indicator(), observation(1)), "region", "region_name") == ("330106", "全区")
    assert chosen(row(indicator(), observation(1, region="999")), "region", "region_name") == ("999", "999")


def test_rows_come_in_the_order_asked_for_and_unreported_codes_have_none() -> None:
    both = catalogue(indicator(), count())
    facts = {"rate": (fact(observation(1)),), "sites": (fact(observation(2, indicator="sites")),)}
    listed = table.rows(both, facts, [release(1, "")], ["sites", "rate"], today=date(2023, 12, 1))
    assert [one["code"] for one in listed] == ["sites", "rate"]
    assert table.rows(both, {"rate": ()}, [], ["rate", "sites"], today=date(2023, 12, 1)) == []


def cells(**given: Any) -> dict[str, str]:
    (found,) = csv.DictReader(io.StringIO(table.as_csv([given]).decode("utf-8-sig")))
    return found


def test_csv_opens_in_excel_and_nothing_is_written_as_nothing() -> None:
    assert table.as_csv([{"名": "值"}]).startswith(b"\xef\xbb\xbf")
    assert cells(a=None, b="甲,乙\n丙", c=["x", "y"], d=True) == {"a": "", "b": "甲,乙\n丙", "c": "x,y", "d": "True"}
    assert table.as_csv([]) == b""


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "＝1", "－1", "-", "-1.2.3", "-cmd|' /C calc'!A0"]
)
def test_no_cell_is_run_by_a_spreadsheet(text: str) -> None:
    assert cells(a=text)["a"] == f"'{text}"


@pytest.mark.parametrize("text", ["-1", "-1.25", "1", "甲=乙", ""])
def test_numbers_below_zero_and_plain_text_stay_as_they_are(text: str) -> None:
    assert cells(a=text)["a"] == text


def test_a_street_is_judged_by_the_standing_target_of_a_rate_and_no_other() -> None:
    street = observation("70", region="330106001")
    assert row(indicator(targets=(standing(80),)), street)["status"] == "未达标"
    assert row(count(targets=(standing(80),), polarity=Polarity.UP), street)["status"] == "未设目标"
    assert row(count(targets=(standing(80),), polarity=Polarity.UP), observation("70"))["status"] == "未达标"
