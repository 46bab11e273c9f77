"""环比, 同比, a month's own value, the year so far, and regions together; printed figures of real bulletins reproduce."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from metrics.board.comparison import Against, Total, base_period, compared, of_month, over_regions, year_to_date
from metrics.board.query import Fact
from metrics.model import Indicator, Kind
from metrics.number import Qualifier, half_up
from metrics.period import Period
from tests.builders import count, fact, indicator, observation, written

VECTORS = Path(__file__).parent / "vectors" / "cn_bulletin_vectors.csv"
FLOW = count(kind=Kind.FLOW)
RUNNING = count()
RATE = indicator()
STOCK = count(kind=Kind.STOCK)


def rows() -> list[dict[str, str]]:
    with VECTORS.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["kind"].startswith("change_")]


def series(of: Indicator, **figures: str | None) -> list[Fact]:
    """Facts by period written as _2023_05."""
    return [
        fact(observation(figure, on=name[1:].replace("_", "-"), indicator=of.code)) for name, figure in figures.items()
    ]


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row['kind']} {row['bulletin']} {row['name']}")
def test_the_changes_that_real_bulletins_print_reproduce(row: dict[str, str]) -> None:
    against = Against(row["kind"].removeprefix("change_"))
    year, month = row["bulletin"][-7:].split("-")
    now = Period.parse(f"{year}-{month}")
    base = base_period(now, Kind.FLOW, against)
    assert base is not None
    facts = [
        fact(observation(row["numerator_or_current"], on=str(now), indicator=FLOW.code)),
        fact(observation(row["previous"], on=str(base), indicator=FLOW.code)),
    ]
    found = compared(facts[0], facts, FLOW, against)
    assert found is not None
    assert found.percent is not None
    decimals = len(row["recomputed_half_up"].partition(".")[2])
    assert half_up(found.percent, decimals) == Decimal(row["recomputed_half_up"])
    assert Decimal(row["reported"]) == Decimal(row["recomputed_half_up"])


@pytest.mark.parametrize(("period", "kind", "previous", "year_before"), [
    ("2024-01", Kind.FLOW, "2023-12", "2023-01"), ("2024-03", Kind.RATIO, "2024-02", "2023-03"),
    ("2024-Q1", Kind.FLOW, "2023-Q4", "2023-Q1"), ("2024", Kind.FLOW, "2023", "2023"), ("2024-S2", Kind.RATIO, "2024-S1", "2023-S2"),
    ("2024-01-01/2024-04-30", Kind.CUMULATIVE, "2024-Q1", "2023-01-01/2023-04-30"),
    ("2024-01", Kind.CUMULATIVE, None, "2023-01"), ("2024-02", Kind.FLOW, "2024-01", "2023-02"),
    ("2024-01-01/2024-02-29", Kind.CUMULATIVE, "2024-01", "2023-01-01/2023-02-28"),
    ("2024-04-18/2024-05-21", Kind.CUMULATIVE, None, None), ("../2024-05-21", Kind.CUMULATIVE, None, None),
    ("2024-04", Kind.STOCK, "../2024-03-31", "../2023-04-30"), ("2024-Q2", Kind.STOCK, "../2024-03-31", "../2023-06-30"),
    ("2024-04-30", Kind.COUNTDOWN, "../2024-03-31", "../2023-04-30"), ("2024-05-21", Kind.STOCK, None, None),
])  # fmt: skip
def test_which_period_is_meant(period: str, kind: Kind, previous: str | None, year_before: str | None) -> None:
    found = [base_period(Period.parse(period), kind, against) for against in Against]
    assert [None if one is None else str(one) for one in found] == [previous, year_before]


def test_a_rate_is_compared_in_points_and_a_count_in_units_and_percent() -> None:
    facts = series(RATE, _2023_04="90.5", _2023_05="91.7")
    found = compared(facts[1], facts, RATE, Against.PREVIOUS)
    assert found is not None
    assert (found.difference, found.percent, found.base) == (Decimal("1.2"), None, facts[0])
    assert found.against is Against.PREVIOUS
    facts = series(FLOW, _2022_05="40", _2023_05="30")
    found = compared(facts[1], facts, FLOW, Against.YEAR_BEFORE)
    assert found is not None
    assert (found.difference, found.percent) == (Decimal(-10), Decimal(-25))


def test_of_a_base_of_zero_there_is_no_percentage() -> None:
    facts = series(FLOW, _2023_04="0", _2023_05="3")
    found = compared(facts[1], facts, FLOW, Against.PREVIOUS)
    assert found is not None
    assert (found.difference, found.percent) == (Decimal(3), None)


def test_a_percentage_is_of_the_size_of_a_base_below_zero() -> None:
    facts = series(FLOW, _2023_04="-10", _2023_05="-5")
    found = compared(facts[1], facts, FLOW, Against.PREVIOUS)
    assert found is not None
    assert found.percent == 50


def test_a_missing_month_is_a_missing_comparison() -> None:
    facts = series(FLOW, _2023_03="4", _2023_05="3")
    assert compared(facts[1], facts, FLOW, Against.PREVIOUS) is None
    facts = series(FLOW, _2023_04=None, _2023_05="3")
    assert compared(facts[1], facts, FLOW, Against.PREVIOUS) is None
    assert compared(facts[0], series(FLOW, _2023_03="1"), FLOW, Against.PREVIOUS) is None


def test_bounds_and_other_regions_are_not_compared() -> None:
    bound = fact(observation("80", on="2023-04", indicator=FLOW.code, qualifier=Qualifier.GT))
    elsewhere = fact(observation("80", on="2023-04", indicator=FLOW.code, region="330106001"))
    (now,) = series(FLOW, _2023_05="90")
    assert compared(now, [bound, elsewhere, now], FLOW, Against.PREVIOUS) is None


def test_a_level_is_of_its_last_day_whatever_its_period() -> None:
    facts = [fact(observation("5", on="2023-Q1", indicator=STOCK.code)), *series(STOCK, _2023_04="7")]
    found = compared(facts[1], facts, STOCK, Against.PREVIOUS)
    assert found is not None
    assert found.difference == 2


def test_a_months_own_value_needs_both_running_totals() -> None:
    january = fact(observation("10", on="2023-01"))
    march = fact(observation("30", on="2023-01-01/2023-03-31"))
    april = fact(observation("42", on="2023-01-01/2023-04-30"))
    facts = [january, march, april]
    assert [of_month(one, facts, RUNNING) for one in facts] == [10, None, 12]
    assert of_month(fact(observation("9", on="2023-04-18/2023-05-21")), facts, RUNNING) is None
    assert of_month(january, facts, FLOW) is None


def test_the_year_so_far_is_a_sum_and_says_how_many_months_it_has() -> None:
    facts = series(FLOW, _2022_12="99", _2023_01="1", _2023_02="2", _2023_04="4", _2023_05="5")
    found = year_to_date(facts, FLOW, facts[0].observation.region, to=date(2023, 4, 30))
    assert found is not None
    assert (found.value, found.counted, found.expected, found.complete) == (Decimal(7), 3, 4, False)
    found = year_to_date(facts, FLOW, facts[0].observation.region, to=date(2023, 2, 28))
    assert found is not None
    assert (found.value, found.complete) == (Decimal(3), True)
    assert year_to_date(facts, RUNNING, facts[0].observation.region, to=date(2023, 4, 30)) is None
    assert year_to_date(facts, FLOW, facts[0].observation.region, to=date(2023, 4, 29)) is None


def test_the_rate_of_the_year_so_far_is_that_of_the_months_together_and_of_one_region() -> None:
    parts = [("2023-01", 1, 2, "330106001"), ("2023-02", 0, 98, "330106001"), ("2023-02", 7, 7, "330106100")]
    facts = [
        fact(observation(None, on=on, region=region, numerator=Decimal(top), denominator=Decimal(bottom)))
        for on, top, bottom, region in parts
    ]
    found = year_to_date(facts, RATE, "330106001", to=date(2023, 2, 28))
    assert found is not None
    assert (found.value, found.counted, found.expected) == (Decimal(1), 2, 2)
    assert (found.numerator, found.denominator) == (Decimal(1), Decimal(100))


def test_rates_are_added_by_their_parts_and_never_averaged() -> None:
    parts = [("330106001", 1, 2), ("330106100", 0, 98)]
    facts = [
        fact(observation(None, region=region, numerator=Decimal(top), denominator=Decimal(bottom)))
        for region, top, bottom in parts
    ]
    alone = fact(observation("50", region="330106200"))
    top = fact(observation("50", region="330106201", numerator=Decimal(1)))
    bottom = fact(observation("50", region="330106202", denominator=Decimal(1)))
    reported = [*facts, alone, top, bottom]
    found = over_regions(reported, RATE, [one.observation.region for one in reported])
    assert (found.value, found.counted, found.expected, found.complete) == (Decimal(1), 2, 5, False)
    assert over_regions([alone], RATE, ["330106200"]) == Total(value=None, counted=0, expected=1, unusable=1)


def test_regions_that_reported_nothing_are_counted_and_not_zero() -> None:
    facts = [fact(observation("5", region="330106001")), fact(observation(None, region="330106100"))]
    found = over_regions(facts, FLOW, ["330106001", "330106100", "330106200"])
    assert (found.value, found.counted, found.expected, found.reported) == (Decimal(5), 1, 3, 1)


def test_what_is_in_and_cannot_be_added_is_no_missing_report() -> None:
    codes = ["330106001", "330106100", "330106200"]
    facts = [
        fact(observation("5", region=codes[0])),
        fact(written("超80", region=codes[1])),
        fact(observation(None, region=codes[2])),
    ]
    found = over_regions(facts, FLOW, codes)
    assert (found.value, found.counted, found.unusable, found.reported) == (Decimal(5), 1, 1, 2)
    nothing = fact(observation(None, region=codes[0], numerator=Decimal(0), denominator=Decimal(0)))
    assert over_regions([nothing], RATE, codes).reported == 1


def test_a_level_is_compared_with_a_period_of_its_own_length_where_two_end_on_that_day() -> None:
    level = count(kind=Kind.STOCK)
    before = [fact(observation(value, on=on)) for value, on in ((7, "2023-Q1"), (8, "2023-03"))]
    now = fact(observation(9, on="2023-04"))
    for facts in (before, before[::-1]):
        found = compared(now, [*facts, now], level, Against.PREVIOUS)
        assert found is not None
        assert found.difference == 1
    assert over_regions([], FLOW, ["330106001"]).value is None


def test_of_a_total_all_that_was_counted_is_reported_unless_some_cannot_be_added() -> None:
    assert Total(value=Decimal(3), counted=2, expected=4).reported == 2
    assert Total(value=Decimal(3), counted=2, expected=4, unusable=1).reported == 3
