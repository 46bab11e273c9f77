"""What became otherwise in a month: a status, or a figure by more than chance; ordinary variation is no news."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from metrics.board.news import News, news
from metrics.model import Indicator, Kind, PeriodType, Polarity, Target, TargetForm
from metrics.period import last_day
from tests.builders import catalogue, count, fact, indicator, observation, standing, written

STEADY = ["50", "52", "49", "51", "50", "48", "51", "50", "52", "49", "50", "51"]
RATE = indicator(period_type=PeriodType.MONTH, targets=(standing(90),))
COUNT = count(kind=Kind.FLOW, period_type=PeriodType.MONTH)


def told(measured: Indicator, values: list[str], *, month: int = 0) -> list[News]:
    """The news of the last month, of as many months from January 2023 on as there are values."""
    months = [(2023 + at // 12, at % 12 + 1) for at in range(len(values))]
    seen = [
        observation(value, on=f"{year}-{number:02}", indicator=measured.code)
        for value, (year, number) in zip(values, months, strict=True)
    ]
    return news(catalogue(measured), {measured.code: tuple(map(fact, seen))}, last_day(*months[month - 1]))


@pytest.mark.parametrize(
    ("values", "word", "why"),
    [
        pytest.param(["95", "89"], "未达标", "2023年1月为已达标，现为未达标。", id="worse"),
        pytest.param(["89", "90"], "已达标", "2023年1月为未达标，现为已达标。", id="better"),
    ],
)
def test_a_status_that_changed_is_news(values: list[str], word: str, why: str) -> None:
    (found,) = told(RATE, values)
    assert (found.badge.word, found.why) == (word, (why,))


@pytest.mark.parametrize("values", [["95", "94"], ["80", "70"], ["95"], []])
def test_the_same_status_is_no_news(values: list[str]) -> None:
    assert told(RATE, values or ["95"]) == []


@pytest.mark.parametrize(
    ("polarity", "last", "word"),
    [
        (Polarity.UP, "70", "趋好"), (Polarity.DOWN, "70", "需关注"), (Polarity.NONE, "70", "异常变化"),
        (Polarity.UP, "30", "需关注"), (Polarity.DOWN, "30", "趋好"),
    ],
)  # fmt: skip
def test_a_figure_out_of_its_limits_is_news(polarity: Polarity, last: str, word: str) -> None:
    (found,) = told(count(kind=Kind.FLOW, period_type=PeriodType.MONTH, polarity=polarity), [*STEADY, last])
    assert found.badge.word == word
    assert found.compared.startswith("（较2023年12月）")
    assert found.now == f"{last}处"


def test_ordinary_variation_and_short_series_are_no_news() -> None:
    assert told(COUNT, [*STEADY, "50"]) == []
    assert told(COUNT, ["50", "5000"]) == []


def test_a_figure_of_another_month_is_no_news_of_this_one() -> None:
    assert told(RATE, ["95", "89", "89"], month=2) == []


def test_the_worst_comes_first() -> None:
    worse, concern = (indicator(code=code, name=code, targets=(standing(90),)) for code in ("worse", "better"))
    strange = count(code="strange", kind=Kind.FLOW, period_type=PeriodType.MONTH, polarity=Polarity.DOWN)
    listed = zip([*STEADY, "70"], [f"2022-{month:02}" for month in range(1, 13)] + ["2023-01"], strict=True)
    facts = {
        "strange": tuple(fact(observation(value, indicator="strange", on=on)) for value, on in listed),
        "better": (fact(observation("89", on="2022-12")), fact(observation("95", on="2023-01"))),
        "worse": (fact(observation("95", on="2022-12")), fact(observation("89", on="2023-01"))),
    }
    found = news(catalogue(concern, strange, worse), facts, date(2023, 1, 31))
    assert [one.code for one in found] == ["worse", "strange", "better"]


def test_a_signal_of_the_months_before_is_no_news_of_a_month_without_an_exact_figure() -> None:
    listed = [observation(value, on=f"2022-{at:02}", indicator=COUNT.code) for at, value in enumerate(STEADY, start=1)]
    strange = observation("90", on="2023-01", indicator=COUNT.code)
    for last in (
        observation(None, on="2023-02", indicator=COUNT.code),
        written("超90", on="2023-02", indicator=COUNT.code),
    ):
        facts = {COUNT.code: tuple(map(fact, [*listed, strange, last]))}
        assert news(catalogue(COUNT), facts, date(2023, 2, 28)) == []
    assert len(news(catalogue(COUNT), {COUNT.code: tuple(map(fact, [*listed, strange]))}, date(2023, 1, 31))) == 1


def test_a_running_total_of_january_has_no_period_before() -> None:
    target = Target(form=TargetForm.STANDING, value=Decimal(20), basis="x")
    total = count(kind=Kind.CUMULATIVE, polarity=Polarity.UP, targets=(target,))
    seen = [
        observation(300, on="2022-01-01/2022-12-31", indicator=total.code),
        observation(9, on="2023-01", indicator=total.code),
    ]
    (found,) = news(catalogue(total), {total.code: tuple(map(fact, seen))}, date(2023, 1, 31))
    assert found.compared == ""
