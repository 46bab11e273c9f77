"""A sum of the 街镇 is the district's figure only when every one of them is in; otherwise it says how many are."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from metrics.board.query import Fact
from metrics.board.totals import incomplete, with_totals
from metrics.catalogue import Catalogue
from metrics.model import Indicator, Kind, Region
from metrics.number import Qualifier
from metrics.period import Period
from tests.builders import DISTRICT, catalogue, count, fact, indicator, observation

REGIONS = tuple(Region(code=f"33010600{at}", name=f"{at}街道", kind="街道") for at in (1, 2, 3))
FLOW = count(kind=Kind.FLOW, reported_by="streets")


def district(measured: Indicator) -> Catalogue:
    return replace(catalogue(measured), regions=REGIONS)


def streets(*values: str | None, on: str = "2023-05", **given: Any) -> tuple[Fact, ...]:
    """The figures of the first, second, third 街道; None was reported as missing."""
    return tuple(
        fact(observation(value, indicator="sites", region=region.code, on=on, **given))
        for region, value in zip(REGIONS, values, strict=False)
    )


def totals(facts: tuple[Fact, ...], measured: Indicator = FLOW) -> list[tuple[str, Decimal | None]]:
    """Period and value of the figures of the district."""
    found = with_totals(district(measured), {"sites": facts})["sites"]
    return [(str(one.observation.period), one.observation.value) for one in found if one.observation.region == DISTRICT]


def test_all_of_them_make_the_total() -> None:
    assert totals(streets("1", "2", "4")) == [("2023-05", Decimal(7))]


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param(streets("1", "2"), id="one has not reported"),
        pytest.param(streets("1", "2", None), id="one has reported that it has no figure"),
        pytest.param((*streets("1", "2"), *streets("1", "2", "4", on="2023-06")[2:]), id="one reported another month"),
        pytest.param(streets("1", "2", "4", qualifier=Qualifier.GT), id="bounds cannot be added"),
    ],
)
def test_less_than_all_make_no_total(facts: tuple[Fact, ...]) -> None:
    assert totals(facts) == []


def test_a_reported_total_wins() -> None:
    own = fact(observation("9", indicator="sites"))
    assert totals((own, *streets("1", "2", "4"))) == [("2023-05", Decimal(9))]


def test_a_blank_of_the_district_is_no_total_that_could_win() -> None:
    blank = fact(observation(None, indicator="sites", obs_status="O"))
    assert totals((blank, *streets("1", "2", "4"))) == [("2023-05", Decimal(7))]
    assert totals((blank, *streets("1", "2"))) == [("2023-05", None)]


@pytest.mark.parametrize("kind", [Kind.GRADE, Kind.MILESTONE])
def test_grades_and_work_have_no_sum(kind: Kind) -> None:
    assert totals(streets("1", "2", "4"), replace(FLOW, kind=kind)) == []


def test_what_the_district_reports_itself_is_never_added_up() -> None:
    assert totals(streets("1", "2", "4"), replace(FLOW, reported_by="district")) == []


def test_only_those_named_have_to_report() -> None:
    two = replace(FLOW, reported_by=("330106001", "2街道"))
    assert totals(streets("1", "2"), two) == [("2023-05", Decimal(3))]


def test_what_was_given_to_no_street_belongs_to_the_total() -> None:
    other = fact(observation("5", indicator="sites", region="unallocated"))
    assert totals((*streets("1", "2", "4"), other)) == [("2023-05", Decimal(12))]
    assert totals((*streets("1", "2"), other)) == []


def test_rates_are_added_part_by_part() -> None:
    rate = indicator(code="sites", reported_by="streets")
    parts = [(1, 2), (3, 4), (5, 10)]
    facts = tuple(
        fact(
            observation(
                None, indicator="sites", region=region.code, numerator=Decimal(top), denominator=Decimal(bottom)
            )
        )
        for region, (top, bottom) in zip(REGIONS, parts, strict=True)
    )
    (found,) = [one for one in with_totals(district(rate), {"sites": facts})["sites"] if one.parts]
    assert (found.observation.numerator, found.observation.denominator) == (Decimal(9), Decimal(16))
    assert (found.observation.value, found.release_id, len(found.parts)) == (None, None, 3)


def test_an_incomplete_period_says_how_many_are_in() -> None:
    facts = (*streets("1", "2", "4"), *streets("7", "8", on="2023-06"))
    found = incomplete(FLOW, facts, district(FLOW))
    assert found is not None
    assert (found[0], found[1].value, found[1].counted, found[1].expected) == (
        Period.parse("2023-06"),
        Decimal(15),
        2,
        3,
    )
    assert incomplete(FLOW, streets("1", "2", "4"), district(FLOW)) is None
    assert incomplete(FLOW, (), district(FLOW)) is None
