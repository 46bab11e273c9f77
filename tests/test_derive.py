"""What follows from other figures: computed from exact parts of the same region and period, marked, never stored."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.board import derive
from metrics.board.query import Fact, Facts
from metrics.model import Indicator, Kind, Observation, PartOf, Rate, Remaining
from metrics.number import Qualifier
from tests.builders import catalogue, count, fact, indicator, observation, written

SOLVED = indicator(
    code="solved-rate", derived=True, relations=(Rate(type="rate", numerator="solved", denominator="found"),)
)
OPEN = count(code="open", name="余", kind=Kind.COUNTDOWN, derived=True,
             relations=(Remaining(type="remaining", total="found", done="solved"),))  # fmt: skip
LEFT = count(
    code="left", name="剩", kind=Kind.COUNTDOWN, derived=True, relations=(Remaining(type="remaining", of="hazards"),)
)
CATALOGUE = catalogue(
    SOLVED,
    OPEN,
    LEFT,
    count(code="found", name="总"),
    count(code="solved", name="完"),
    indicator(code="hazards", name="率"),
)


def reported(code: str, value: int | str | None = None, *, on: str = "2023-05", **given: object) -> Fact:
    return fact(observation(value, on=on, indicator=code, **given))


def derived(code: str, *facts: Fact) -> tuple[Fact, ...]:
    """What follows for the code from these facts."""
    found: dict[str, tuple[Fact, ...]] = dict.fromkeys(CATALOGUE.indicators, ())
    for one in facts:
        found[one.observation.indicator] += (one,)
    return derive.with_derived(CATALOGUE, found)[code]


def test_a_rate_keeps_its_parts_and_is_not_rounded() -> None:
    (rate,) = derived("solved-rate", reported("solved", 28), reported("found", 37))
    assert (str(rate.observation.numerator), str(rate.observation.denominator)) == ("28", "37")
    assert rate.observation.value is None
    assert str(derive.value(rate.observation)).startswith("75.675675675675675675")
    assert rate.derived
    assert rate.release_id is None
    assert [part.observation.indicator for part in rate.parts] == ["solved", "found"]


def test_what_is_left_is_the_total_without_what_is_done() -> None:
    (left,) = derived("open", reported("solved", 28, region="330106001"), reported("found", 37, region="330106001"))
    assert (left.observation.indicator, left.observation.region) == ("open", "330106001")
    assert left.observation.value == left.observation.lower == left.observation.upper == 9


def test_what_is_left_of_a_rate_comes_from_its_parts() -> None:
    (left,) = derived("left", reported("hazards", "91.2", numerator=Decimal(166), denominator=Decimal(182)))
    assert left.observation.value == 16


def test_a_rate_given_alone_leaves_nothing_to_derive_from() -> None:
    assert derived("left", reported("hazards", "91.2")) == ()
    assert derived("left", reported("hazards", "91.2", numerator=Decimal(166))) == ()
    assert derived("left", reported("hazards", "91.2", denominator=Decimal(182))) == ()


def test_nothing_follows_from_an_indicator_that_was_not_read() -> None:
    codes = {"solved-rate": (), "open": (), "left": ()}
    assert derive.with_derived(CATALOGUE, codes) == codes
    assert derive.with_derived(CATALOGUE, codes | {"solved": (reported("solved", 28),)})["open"] == ()


def test_nothing_follows_from_a_missing_part() -> None:
    assert derived("solved-rate", reported("solved", 28)) == ()
    assert derived("solved-rate", reported("solved", 28), reported("found")) == ()


def test_nothing_follows_from_a_bound_or_an_estimate() -> None:
    assert derived("open", reported("solved", 28), fact(written("约37个", indicator="found"))) == ()
    assert derived("solved-rate", fact(written("超20个", indicator="solved")), reported("found", 37)) == ()


def test_nothing_follows_across_periods_or_regions() -> None:
    assert derived("open", reported("solved", 28, on="2023-04"), reported("found", 37, on="2023-05")) == ()
    assert derived("open", reported("solved", 28, region="330106001"), reported("found", 37)) == ()


def test_each_period_follows_from_its_own_parts() -> None:
    months = [reported(code, value, on=on) for code, value, on in [
        ("found", 37, "2023-04"), ("solved", 20, "2023-04"), ("found", 40, "2023-05"), ("solved", 28, "2023-05")]]  # fmt: skip
    assert [f"{one.observation.period}: {one.observation.value}" for one in derived("open", *months)] == [
        "2023-04: 17",
        "2023-05: 12",
    ]


def test_an_inferred_date_of_a_part_is_inferred_in_the_whole_and_known_as_late_as_the_last() -> None:
    parts = (
        reported("solved", 28, inferred=("period_end",)),
        fact(observation(37, indicator="found"), known=date(2024, 1, 5)),
    )
    (left,) = derived("open", *parts)
    assert left.observation.inferred == ("period_end",)
    assert left.known == date(2024, 1, 5)


def test_what_is_derived_needs_its_sources_read_before_it() -> None:
    assert derive.sources(CATALOGUE, ["solved-rate", "open"]) == ["solved", "found", "solved-rate", "open"]
    assert derive.sources(CATALOGUE, ["left", "found"]) == ["hazards", "left", "found"]
    assert derive.sources(CATALOGUE, ["unknown"]) == ["unknown"]


@pytest.mark.parametrize(
    ("code", "needed"),
    [
        pytest.param("found", {"found"}, id="what is reported needs itself"),
        pytest.param("open", {"found", "solved"}, id="what is derived needs its parts and not itself"),
        pytest.param("rest", {"found", "solved"}, id="what is derived from something derived needs the parts of that"),
    ],
)
def test_what_has_to_be_reported_for_a_figure(code: str, needed: set[str]) -> None:
    rest = count(code="rest", derived=True, relations=(Remaining(type="remaining", of="solved-rate"),))
    whole = catalogue(count(code="found", name="总"), count(code="solved", name="完"), SOLVED, OPEN, rest)
    assert derive.stored(whole, code) == needed


def test_what_is_reported_needs_no_sources_though_it_has_parts() -> None:
    parts = (Rate(type="rate", numerator="solved", denominator="found"),)
    solved, found = count(code="solved", name="完"), count(code="found", name="总")
    told = catalogue(indicator(code="told", relations=parts), solved, found)
    assert derive.sources(told, ["told"]) == ["told"]


def test_from_being_a_part_of_something_nothing_follows() -> None:
    part = catalogue(count(code="part", derived=True, relations=(PartOf(type="part-of", whole="found"),)))
    assert derive.sources(part, ["part"]) == ["part"]
    assert derive.with_derived(part, {"part": ()})["part"] == ()


def test_what_is_derived_from_something_derived_follows_too() -> None:
    chained = catalogue(
        count(code="found", name="总"), count(code="solved", name="完"), SOLVED,
        count(code="rest", name="余", derived=True, relations=(Remaining(type="remaining", of="solved-rate"),)),
    )  # fmt: skip
    codes = derive.sources(chained, ["rest"])
    facts: Facts = dict.fromkeys(codes, ()) | {
        "found": (reported("found", 37),),
        "solved": (reported("solved", 28),),
    }
    (rest,) = derive.with_derived(chained, facts)["rest"]
    assert rest.observation.value == 9


def test_a_denominator_of_zero_has_no_rate() -> None:
    (rate,) = derived("solved-rate", reported("solved", 0), reported("found", 0))
    assert derive.value(rate.observation) is None


def test_the_rate_of_the_parts_wins_over_the_reported_one() -> None:
    """L03 of the messy cases: both are stored, the computed one is shown."""
    differing = observation("91.5", numerator=Decimal(166), denominator=Decimal(182))
    assert str(derive.value(differing)).startswith("91.2087")
    assert derive.value(observation("91.2000", numerator=Decimal(166), denominator=Decimal(182))) == Decimal("91.2")
    assert derive.value(observation("80", qualifier=Qualifier.GT, numerator=Decimal(1), denominator=Decimal(4))) == 80
    assert derive.value(observation(None, numerator=Decimal(1), denominator=Decimal(4))) == 25
    assert derive.value(observation()) is None


@pytest.mark.parametrize(
    ("given_", "numerator", "denominator", "differs"),
    [
        pytest.param("91.5", 166, 182, True, id="91.5 is not 91.2087"),
        pytest.param("91.2", 166, 182, False, id="91.2 is 91.2087 to one decimal"),
        pytest.param("91", 166, 182, False, id="91 is 91.2087 in whole percent"),
        pytest.param("91.2100", 166, 182, False, id="the zeros of the store are no decimals"),
        pytest.param("92", 166, 182, True, id="92 is not 91.2087 rounded"),
        pytest.param("90", 902, 1000, False, id="90 is 90.2 in whole percent"),
        pytest.param("90", 906, 1000, True, id="90 is not 90.6 in whole percent, though it ends in a zero"),
        pytest.param("91.2", 0, 0, False, id="of nothing there is no rate"),
        pytest.param(None, 166, 182, False, id="nothing was reported"),
    ],
)
def test_a_reported_rate_contradicts_its_parts(
    given_: str | None, numerator: int, denominator: int, differs: bool
) -> None:
    seen = observation(given_, numerator=Decimal(numerator), denominator=Decimal(denominator))
    assert derive.contradicted(seen) is differs
    assert not derive.contradicted(observation(given_))


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_what_is_done_and_what_is_left_make_up_the_total(done: int, rest: int) -> None:
    (left,) = derived("open", reported("solved", done), reported("found", done + rest))
    assert left.observation.value == rest


def test_an_indicator_that_is_reported_stays_as_reported() -> None:
    plain: Indicator = CATALOGUE.indicators["found"]
    assert derived(plain.code, reported("found", 37)) == (reported("found", 37),)


def test_what_follows_is_of_the_region_of_its_parts_unless_another_is_named() -> None:
    parts = (fact(observation(1, region="330106001")), fact(observation(2, region="330106100")))
    assert derive.computed(count(), parts).observation.region == "330106001"
    assert derive.computed(count(), parts, region="330106").observation.region == "330106"


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        (observation(0), True),
        (observation(None, state="达标"), True),
        (observation(3, state="达标"), True),
        (observation(None, state=""), False),
        (observation(None), False),
    ],
)
def test_a_figure_or_a_word_is_told_and_a_blank_is_not(seen: Observation, told: bool) -> None:
    assert derive.is_told(seen) is told
