"""Periods: SDMX text, the Chinese of a notice, and the days that both stand for."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.period import Period, chinese, read_chinese

DAYS = st.dates(min_value=date(1000, 1, 1))


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2023", date(2023, 1, 1), date(2023, 12, 31)),
        ("2023-S1", date(2023, 1, 1), date(2023, 6, 30)),
        ("2023-S2", date(2023, 7, 1), date(2023, 12, 31)),
        ("2023-Q1", date(2023, 1, 1), date(2023, 3, 31)),
        ("2023-Q4", date(2023, 10, 1), date(2023, 12, 31)),
        ("2023-02", date(2023, 2, 1), date(2023, 2, 28)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2023-05-21", date(2023, 5, 21), date(2023, 5, 21)),
        ("2023-04-18/2023-05-21", date(2023, 4, 18), date(2023, 5, 21)),
        ("2023/2024-Q1", date(2023, 1, 1), date(2024, 3, 31)),
        ("../2023-05-21", None, date(2023, 5, 21)),
    ],
)
def test_reads_the_days_a_period_stands_for(text: str, start: date | None, end: date) -> None:
    assert Period.parse(text) == Period(start, end)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "23",
        "2023-13",
        "2023-00",
        "2023-S3",
        "2023-Q5",
        "2023-02-29",
        "2023-5",
        "2023年",
        "..",
        "2023/..",
        "../..",
        "2023-05/2023-04",
        "0000",
        "2023-05-00",
        " 2023",
        "2023\n",
    ],
)
def test_refuses_what_is_not_a_period(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Period.parse(text)


def test_a_period_cannot_end_before_it_starts() -> None:
    with pytest.raises(ValueError, match="ends before it starts"):
        Period(date(2023, 5, 2), date(2023, 5, 1))


@given(DAYS, DAYS, st.booleans())
def test_what_is_printed_is_read_back(one: date, other: date, known_start: bool) -> None:
    period = Period(min(one, other) if known_start else None, max(one, other))
    assert Period.parse(str(period)) == period


@given(
    st.integers(1000, 9999),
    st.sampled_from(["", "-S1", "-S2", "-Q1", "-Q2", "-Q3", "-Q4", "-01", "-02", "-12", "-12-31"]),
)
def test_a_standard_period_is_printed_as_it_was_read(year: int, part: str) -> None:
    assert str(Period.parse(f"{year}{part}")) == f"{year}{part}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2023", "2023年"),
        ("2023-S1", "2023年上半年"),
        ("2023-S2", "2023年下半年"),
        ("2023-Q1", "2023年一季度"),
        ("2023-Q4", "2023年四季度"),
        ("2023-05", "2023年5月"),
        ("2023-05-21", "2023年5月21日"),
        ("2023-04-18/2023-05-21", "2023年4月18日至5月21日"),
        ("2022-12-01/2023-01-31", "2022年12月至2023年1月"),
        ("2022-12-02/2023-01-31", "2022年12月2日至2023年1月31日"),
        ("2023-01/2023-05", "2023年1月至5月"),
        ("../2023-05-21", "截至2023年5月21日"),
    ],
)
def test_says_a_period_in_chinese_no_more_precisely_than_it_is_known(text: str, said: str) -> None:
    assert chinese(Period.parse(text)) == said


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("2022年7月19日至9月23日", "2022-07-19/2022-09-23"),
        ("2022年12月1日至2023年2月3日", "2022-12-01/2023-02-03"),
        ("2月7日", "2023-02-07"),
        ("截至5月21日", "2023-05-21"),
        ("去年9月底", "2022-09"),
        ("截止去年9月底", "2022-09"),
        ("2022年底", "2022"),
        ("2022年", "2022"),
        ("年底前", "2023"),
        ("今年以来", "2023"),
        ("4月18日以来", "2023-04-18"),
        ("一季度", "2023-Q1"),
        ("2022年四季度", "2022-Q4"),
        ("1月至5月", "2023-01/2023-05"),
        ("7月15日前", "2023-07-15"),
    ],
)
def test_reads_dates_as_a_notice_of_2023_writes_them(said: str, text: str) -> None:
    assert read_chinese(said, year=2023) == Period.parse(text)


@pytest.mark.parametrize("said", ["", "近期", "采暖季前", "13月", "2月30日", "5月至4月", "适时"])
def test_never_guesses_a_date(said: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_chinese(said, year=2023)
