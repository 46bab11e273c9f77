"""Who has reported for a month, who lacks what, and how late it is: only where the catalogue lays it down."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from metrics.board.reporting import Reporting, reporting
from metrics.catalogue import Catalogue
from metrics.model import Department, Frequency, Indicator, Region
from tests.builders import DISTRICT, catalogue, count, work

EAST, WEST = "330106001", "330106002"
REGIONS = (Region(code=EAST, name="东山街道", kind="街道"), Region(code=WEST, name="西河镇", kind="镇"))
MAY = date(2023, 5, 31)
BY_STREETS = count(reported_by="streets", frequency=Frequency.MONTHLY, due_day=8)
BY_DISTRICT = work(code="work", name="印发方案", frequency=Frequency.MONTHLY, department="roads")


def district(*indicators: Indicator) -> Catalogue:
    return replace(catalogue(*indicators, departments=(Department(code="roads", name="道路科"),)), regions=REGIONS)


def month(
    *indicators: Indicator, reported: Any = (), end: date = MAY, today: date = date(2023, 6, 1)
) -> Reporting | None:
    return reporting(district(*indicators), set(reported), end, today=today)


def test_nothing_is_called_missing_where_nobody_has_to_report() -> None:
    assert month(count(), work()) is None


def test_who_lacks_something_is_named_with_what() -> None:
    found = month(BY_STREETS, BY_DISTRICT, reported={("sites", EAST)})
    assert found is not None
    assert (found.month, found.owed, found.reported) == ("2023年5月", 3, 1)
    assert [(one.who, one.region, one.owed, one.missing) for one in found.streets] == [
        ("西河镇", WEST, 1, ("清理处数",))
    ]
    assert [(one.who, one.missing) for one in found.departments] == [("道路科", ("印发方案",))]


def test_when_all_is_in_nobody_is_named() -> None:
    found = month(BY_STREETS, BY_DISTRICT, reported={("sites", EAST), ("sites", WEST), ("work", DISTRICT)})
    assert found is not None
    assert (found.lacking, found.reported) == ((), 3)


def test_those_who_lack_most_come_first() -> None:
    other = replace(BY_STREETS, code="other", name="其他")
    found = month(BY_STREETS, other, reported={("sites", EAST)})
    assert found is not None
    assert [one.who for one in found.streets] == ["西河镇", "东山街道"]


@pytest.mark.parametrize(
    ("today", "late"), [(date(2023, 6, 1), 0), (date(2023, 6, 8), 0), (date(2023, 6, 9), 1), (date(2023, 6, 20), 12)]
)
def test_it_is_late_from_the_day_after_it_was_due(today: date, late: int) -> None:
    found = month(BY_STREETS, today=today)
    assert found is not None
    assert (found.due_on, found.days_late) == (date(2023, 6, 8), late)


def test_without_a_day_in_the_catalogue_nothing_is_late() -> None:
    found = month(replace(BY_STREETS, due_day=None), today=date(2024, 1, 1))
    assert found is not None
    assert (found.due_on, found.days_late) == (None, 0)


@pytest.mark.parametrize(
    ("frequency", "months"),
    [
        (Frequency.MONTHLY, [2, 3, 5, 6, 12]), (Frequency.QUARTERLY, [3, 6, 12]), (Frequency.HALF_YEARLY, [6, 12]),
        (Frequency.YEARLY, [12]),
    ],
)  # fmt: skip
def test_a_figure_is_owed_when_its_period_ends(frequency: Frequency, months: list[int]) -> None:
    own = replace(BY_STREETS, frequency=frequency)
    ends = [date(2023, 2, 28), date(2023, 3, 31), MAY, date(2023, 6, 30), date(2023, 12, 31)]
    assert [end.month for end in ends if month(own, end=end)] == months


def test_what_the_program_computes_is_owed_by_nobody() -> None:
    assert month(replace(BY_STREETS, derived=True)) is None
