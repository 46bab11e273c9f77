"""Figures as people write them, and as the board prints them: exact decimals, rounded once, half up."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from metrics.number import Figure, Qualifier, display, half_up, parse, ratio

VECTORS = Path(__file__).parent / "vectors"
FIGURES = st.decimals(min_value=-(10**13), max_value=10**13, places=4)


def vectors(name: str) -> list[dict[str, str]]:
    with (VECTORS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param("93.24%", Figure(Decimal("93.24"), unit="%"), id="percent points, not a fraction"),
        pytest.param("超80%", Figure(Decimal(80), Qualifier.GT, unit="%"), id="a bound stays a bound"),
        pytest.param("超过80%", Figure(Decimal(80), Qualifier.GT, unit="%"), id="a bound in two words"),
        pytest.param("1200余处", Figure(Decimal(1200), Qualifier.GT, unit="处"), id="余 in the middle"),
        pytest.param("30多个", Figure(Decimal(30), Qualifier.GT, unit="个"), id="多 in the middle"),
        pytest.param("80%以上", Figure(Decimal(80), Qualifier.GE, unit="%"), id="以上 includes the bound"),
        pytest.param("80%以下", Figure(Decimal(80), Qualifier.LE, unit="%"), id="以下 includes the bound"),
        pytest.param("不足5%", Figure(Decimal(5), Qualifier.LT, unit="%"), id="below the bound"),
        pytest.param("近5年", Figure(Decimal(5), Qualifier.LT, unit="年"), id="nearly is below"),
        pytest.param("≥95", Figure(Decimal(95), Qualifier.GE), id="a sign of at least"),
        pytest.param(
            "约1.2万个", Figure(Decimal(12000), Qualifier.APPROX, Decimal(500), "个"), id="the last digit says how near"
        ),
        pytest.param("1000人左右", Figure(Decimal(1000), Qualifier.APPROX, Decimal("0.5"), "人"), id="左右"),
        pytest.param("1,269个", Figure(Decimal(1269), unit="个"), id="thousands grouped"),
        pytest.param("１，２６９", Figure(Decimal(1269)), id="full-width digits"),
        pytest.param("3.5亿元", Figure(Decimal(350_000_000), unit="元"), id="亿"),
        pytest.param("77公里", Figure(Decimal(77), unit="公里"), id="a unit of two characters"),
        pytest.param("0", Figure(Decimal(0)), id="zero is a value"),
        pytest.param("-5", Figure(Decimal(-5)), id="below zero"),
    ],
)
def test_reads_figures_as_people_write_them(written: str, expected: Figure) -> None:
    assert parse(written) == expected


@pytest.mark.parametrize(
    "written",
    [
        "",
        "—",
        "/",
        "无",
        "清零",
        "1e5",
        "1_000",
        "nan",
        "inf",
        "1,26",
        "12,69",
        "1.2.3",
        "1 2",
        "八",
        "5-6",
        "1/2",
        "=1+1",
        "3.",
        ".5",
    ],
)
def test_a_figure_is_never_guessed(written: str) -> None:
    with pytest.raises(ValueError, match="not a figure"):
        parse(written)


def test_the_unit_one_expects_is_not_taken_for_a_magnitude() -> None:
    assert parse("2千克", unit="千克") == Figure(Decimal(2), unit="千克")
    assert parse("2千处", unit="处") == Figure(Decimal(2000), unit="处")
    assert parse("1.2亿元", unit="亿元") == Figure(Decimal("1.2"), unit="亿元")


@pytest.mark.parametrize("written", ["超80%以上", "约100左右", "约30余个"])
def test_two_qualifiers_contradict_each_other(written: str) -> None:
    with pytest.raises(ValueError, match="two qualifiers"):
        parse(written)


@pytest.mark.parametrize(
    ("written", "lower", "upper"),
    [
        ("80", 80, 80),
        ("超80", 80, None),
        ("80以上", 80, None),
        ("不足80", None, 80),
        ("80以下", None, 80),
        ("约1.2万", 11500, 12500),
    ],
)
def test_the_writing_itself_limits_the_value(written: str, lower: int | None, upper: int | None) -> None:
    assert (parse(written).lower, parse(written).upper) == (lower, upper)


@pytest.mark.parametrize(
    "row", vectors("gbt8170_rounding_vectors.csv"), ids=lambda row: f"{row['value']} to {row['rounding_interval']}"
)
def test_rounds_half_up_as_bulletins_do(row: dict[str, str]) -> None:
    decimals = -Decimal(row["rounding_interval"]).normalize().as_tuple().exponent  # type: ignore[operator]
    assert half_up(Decimal(row["value"]), decimals) == Decimal(row["half_up_四舍五入"])


RATES = [row for row in vectors("cn_bulletin_vectors.csv") if row["kind"] == "rate"]


@pytest.mark.parametrize("row", RATES, ids=lambda row: f"{row['bulletin']} {row['name']}")
def test_reproduces_the_rates_that_real_bulletins_print(row: dict[str, str]) -> None:
    rate = ratio(Decimal(row["numerator_or_current"]), Decimal(row["denominator"]))
    assert rate is not None
    decimals = len(row["recomputed_half_up"].partition(".")[2])
    assert Decimal(display(rate, decimals, whole=Decimal(100))) == Decimal(row["reported"])


def test_a_denominator_of_zero_gives_no_rate() -> None:
    assert ratio(Decimal(0), Decimal(0)) is None
    assert ratio(Decimal(5), Decimal(0)) is None
    assert ratio(Decimal(0), Decimal(5)) == 0


@pytest.mark.parametrize(
    ("value", "decimals", "printed"),
    [
        pytest.param("75.675675", 1, "75.7", id="rounded"),
        pytest.param("0.05", 1, "0.1", id="half goes up"),
        pytest.param("-0.05", 1, "-0.1", id="half goes away from zero"),
        pytest.param("2.5", 0, "3", id="never half to even"),
        pytest.param("99.996", 2, "99.996", id="not whole while a part is open"),
        pytest.param("99.9999999", 0, "99.9999999", id="as many decimals as it takes"),
        pytest.param("100.004", 2, "100.004", id="above the whole is not the whole"),
        pytest.param("100.00", 2, "100", id="the whole is printed bare"),
        pytest.param("0.004", 2, "0.004", id="above zero is not zero"),
        pytest.param("-0.004", 2, "-0.004", id="below zero is not zero"),
        pytest.param("0", 2, "0.00", id="zero is zero"),
        pytest.param("1234567.5", 0, "1,234,568", id="thousands grouped"),
    ],
)
def test_a_printed_figure_says_no_more_than_the_figure(value: str, decimals: int, printed: str) -> None:
    assert display(Decimal(value), decimals, whole=Decimal(100)) == printed


def test_a_whole_in_thousands_is_grouped_too() -> None:
    assert display(Decimal(1000), 0, whole=Decimal(1000)) == "1,000"


@given(FIGURES, st.integers(0, 6))
def test_what_is_printed_reads_back_as_the_rounded_figure(value: Decimal, decimals: int) -> None:
    assume(half_up(value, decimals) != 0)
    assert parse(display(value, decimals)).value == half_up(value, decimals)


@given(st.decimals(0, 100, places=8), st.integers(0, 6))
def test_nothing_below_the_whole_prints_as_the_whole_and_nothing_above_zero_as_zero(
    value: Decimal, decimals: int
) -> None:
    printed = Decimal(display(value, decimals, whole=Decimal(100)))
    assert (printed == 100) == (value == 100)
    assert (printed == 0) == (value == 0)


@given(st.integers(1, 10**13), st.integers(1, 10**13))
def test_a_rate_is_whole_only_when_all_parts_are_done(done: int, total: int) -> None:
    rate = ratio(Decimal(done), Decimal(total))
    assert rate is not None
    assert (Decimal(display(rate, 2, whole=Decimal(100)).replace(",", "")) == 100) == (done == total)


@given(FIGURES, st.integers(0, 4))
def test_rounding_moves_a_figure_by_at_most_half_a_unit(value: Decimal, decimals: int) -> None:
    assert abs(half_up(value, decimals) - value) <= Decimal("0.5").scaleb(-decimals)
