"""Periods: SDMX text, the Chinese of a notice, and the days that both stand for."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.period import (
    Ambiguous,
    NotAPeriod,
    Period,
    Written,
    chinese,
    month_end,
    month_header,
    month_in,
    months_between,
    read_chinese,
    read_date,
    read_written,
    year_in,
)

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


@pytest.mark.parametrize("said", ["", "近期", "采暖季前", "13月", "2月30日", "5月至4月", "1月至2月至5月", "适时"])
def test_never_guesses_a_date(said: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_chinese(said, year=2023)


@pytest.mark.parametrize(
    ("written", "period"),
    [
        *(
            pytest.param(text, "2023-04", id=f"D01 {text}")
            for text in (
                "2023年4月", "2023年04月", "2023-04", "2023/4", "202304", "２０２３年４月", "2023.04", "2023年04月份",
                "2023－04", " 2023 年 4 月 ", "2023-04\u200b", "二〇二三年四月",
            )
        ),
        pytest.param("2023.4", "2023-04", id="D02 a dot"),
        pytest.param("2023.10", "2023-10", id="D03 with its zero"),
        *(
            pytest.param(text, "2023-Q1", id=f"D09 {text}")
            for text in (
                "2023年第一季度", "2023年一季度", "2023Q1", "2023-Q1", "2023年1季度", "2023年第1季度", "Q1 2023", "2023年Q1",
            )
        ),
        *(pytest.param(text, "2023-S1", id=f"D09 {text}") for text in ("2023年上半年", "2023H1", "2023-S1", "2023上半年")),
        pytest.param("2023年下半年", "2023-S2", id="D09 second half"),
        *(pytest.param(text, "2024-04", id=text) for text in ("202404.0", "4月（2024年）", "4月份(2024)")),
        *(pytest.param(text, "2022", id=f"D10 {text}") for text in ("2022年", "2022", "2022年度", "2022年全年")),
    ],
)  # fmt: skip
def test_reads_a_period_as_people_fill_it_in(written: str, period: str) -> None:
    assert read_written(written) == Written(Period.parse(period))


@pytest.mark.parametrize(
    ("written", "period"),
    [
        ("4月", "2023-04"), ("4月份", "2023-04"), ("四月", "2023-04"), ("去年12月", "2022-12"), ("一季度", "2023-Q1"),
        ("1季度", "2023-Q1"), ("第1季度", "2023-Q1"), ("Q2", "2023-Q2"), ("上半年", "2023-S1"), ("下半年", "2023-S2"),
        ("全年", "2023"), ("今年", "2023"),
    ],
)  # fmt: skip
def test_a_period_without_a_year_is_of_the_year_given_and_of_no_other(written: str, period: str) -> None:
    assert read_written(written, year=2023) == Written(Period.parse(period))
    with pytest.raises(NotAPeriod, match="缺少年份") as refused:
        read_written(written)
    assert refused.value.rule == "period-without-year"


@pytest.mark.parametrize(
    ("written", "period"),
    [
        pytest.param("1-3月", "2023-01/2023-03", id="D08 hyphen"),
        pytest.param("1—3月份", "2023-01/2023-03", id="D08 dash"),
        pytest.param("1至3月", "2023-01/2023-03", id="D08 至"),
        pytest.param("2023年1-3月", "2023-01/2023-03", id="D08 with a year"),
        pytest.param("今年1-4月", "2023-01/2023-04", id="D08 this year"),
        pytest.param("1-4月累计", "2023-01/2023-04", id="D08 累计"),
        pytest.param("截至3月底", "2023-01/2023-03", id="D08 截至"),
        pytest.param("截至2023年3月底", "2023-01/2023-03", id="D08 截至 with a year"),
        pytest.param("前三季度", "2023-01/2023-09", id="three quarters"),
        pytest.param("3-4月", "2023-03/2023-04", id="from another month"),
        pytest.param("2022年12月至2023年1月", "2022-12/2023-01", id="over the new year"),
        pytest.param("2023.01-2023.04", "2023-01/2023-04", id="dots"),
        pytest.param("2023-04-18/2023-05-21", "2023-04-18/2023-05-21", id="SDMX days"),
        pytest.param("2023-01-01/2023-04-30", "2023-01/2023-04", id="SDMX days of whole months"),
        pytest.param("2023年4月18日至5月21日", "2023-04-18/2023-05-21", id="days in Chinese"),
        pytest.param("2023年4月（累计）", "2023-01/2023-04", id="a month that is said to be cumulative"),
        pytest.param("4月累计", "2023-01/2023-04", id="and without a year"),
        pytest.param("2023.1-4", "2023-01/2023-04", id="a dot before a range"),
        pytest.param("2023.10-12", "2023-10/2023-12", id="October with its zero in a range"),
        pytest.param("2023.1-2023.4", "2023-01/2023-04", id="dots and single digits"),
        pytest.param("2023-1~2023-4", "2023-01/2023-04", id="hyphens and single digits"),
        pytest.param("2023年前4个月", "2023-01/2023-04", id="the first months"),
        pytest.param("今年前两个月", "2023-01/2023-02", id="the first months in words"),
        pytest.param("2023-4-1~2023-4-30", "2023-04-01/2023-04-30", id="days"),
        pytest.param("2023.4.1-2023.5.2", "2023-04-01/2023-05-02", id="days with dots"),
    ],
)
def test_a_range_is_a_running_total(written: str, period: str) -> None:
    assert read_written(written, year=2023) == Written(Period.parse(period), cumulative=True)


def test_a_dot_and_a_single_one_may_be_october() -> None:
    assert read_written("2023.1") == Ambiguous((Period.parse("2023-01"), Period.parse("2023-10")))
    assert read_written("2023-1") == Written(Period.parse("2023-01"))


@pytest.mark.parametrize(
    ("written", "epoch", "day"),
    [
        ("45017", 1900, date(2023, 4, 1)), ("43555", 1904, date(2023, 4, 1)), ("36526", 1900, date(2000, 1, 1)),
        ("73050", 1900, date(2099, 12, 31)), ("35064", 1904, date(2000, 1, 1)),
    ],
)  # fmt: skip
def test_a_serial_date_stands_for_its_month(written: str, epoch: int, day: date) -> None:
    month = Period.parse(f"{day:%Y-%m}")
    assert read_written(written, epoch=epoch) == Written(month, remark="serial", day=day)


@pytest.mark.parametrize(
    "written",
    [
        "2023-04-30", "2023/4/30", "2023/4/30 0:00", "2023-04-30 00:00:00", "2023-04-30T00:00:00", "2023年4月30日",
        "20230430", "4月30日",
    ],
)  # fmt: skip
def test_a_day_stays_a_day(written: str) -> None:
    assert read_written(written, year=2023) == Written(Period.parse("2023-04-30"), day=date(2023, 4, 30))


@pytest.mark.parametrize(
    ("written", "remark"),
    [
        ("Apr-23", "excel-display"), ("4月-23", "excel-display"), ("Apr 2023", "excel-display"),
        ("April 2023", "excel-display"), ("23-Apr", "excel-display-ambiguous"), ("23年4月", "short-year"),
    ],
)  # fmt: skip
def test_what_a_workbook_shows_for_a_month_is_told(written: str, remark: str) -> None:
    assert read_written(written) == Written(Period.parse("2023-04"), remark=remark)


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ("2023年13月", "invalid-month"), ("2023-00", "invalid-month"), ("202313", "invalid-month"),
        ("13月", "invalid-month"), ("2023-13-01", "invalid-month"), ("1-13月", "invalid-month"),
        ("2023年2月30日", "invalid-day"), ("2023-02-29", "invalid-day"), ("20230431", "invalid-day"),
        ("2023年5月至4月", "period-reversed"), ("4-1月", "period-reversed"), ("2023-05/2023-04", "period-reversed"),
        ("1889年4月", "period-out-of-range"), ("2101", "period-out-of-range"), ("0000-04", "period-out-of-range"),
        ("Apr-1889", "period-out-of-range"), ("../2101-01-01", "period-out-of-range"),
        ("23年13月", "invalid-month"), ("23-04", "not-a-period"), ("23.4", "not-a-period"), ("前4个月", "not-a-period"),
        ("2023.12-1", "period-reversed"), ("2023年前13个月", "invalid-month"), ("2023年底", "not-a-period"),
        ("202313.0", "invalid-month"), ("2023.4-31", "invalid-month"), ("2023年4月（当月）", "not-a-period"),
        ("٢٠٢٣", "not-a-period"), ("1e5", "not-a-period"), ("ſep-23", "not-a-period"), ("5-ſept-2023", "not-a-period"),
        ("NaN", "not-a-period"), ("", "not-a-period"), ("近期", "not-a-period"), ("36525", "not-a-period"),
        ("73051", "not-a-period"), ("1-Apr", "not-a-period"), ("2023_04", "not-a-period"), ("4", "not-a-period"),
        ("2023年4月4月", "not-a-period"), ("2023-04①", "not-a-period"), ("x" * 10_000, "not-a-period"),
    ],
)  # fmt: skip
def test_what_is_no_period_is_refused_with_the_reason(written: str, rule: str) -> None:
    with pytest.raises(NotAPeriod) as refused:
        read_written(written, year=2023)
    assert refused.value.rule == rule
    assert refused.value.fix
    assert len(refused.value.message) < 80


def test_the_reason_is_in_the_words_of_the_sender() -> None:
    with pytest.raises(NotAPeriod, match="“2023年13月”月份无效"):
        read_written("2023年13月")


@pytest.mark.parametrize(
    ("written", "period"),
    [
        ("2024年底", "2024"), ("2024年年末", "2024"), ("2024年6月底", "2024-06"), ("2024-06-30", "2024-06-30"),
    ],
)  # fmt: skip
def test_work_is_dated_as_precisely_as_is_said(written: str, period: str) -> None:
    for due in (True, False):
        assert getattr(read_date(written, due=due), "period", None) == Period.parse(period)


@pytest.mark.parametrize(
    ("written", "period"),
    [("2024年6月底前", "2024-06"), ("2024年底前", "2024"), ("2024年6月30日之前", "2024-06-30")],
)
def test_only_a_plan_may_be_a_limit(written: str, period: str) -> None:
    assert getattr(read_date(written, due=True), "period", None) == Period.parse(period)
    with pytest.raises(NotAPeriod):
        read_date(written)


@pytest.mark.parametrize("written", ["2024年6月前", "2024年前", "年底前", "底前", "24年6月"])
def test_a_date_of_work_that_is_not_sure_is_refused(written: str) -> None:
    with pytest.raises(NotAPeriod):
        read_date(written, due=True)


OFFICE_DAYS = st.dates(date(1990, 1, 1), date(2100, 12, 31))


def months(one: date, other: date) -> Period:
    first, last = sorted([one, other])
    return Period.parse(f"{first:%Y-%m}/{last:%Y-%m}")


@given(OFFICE_DAYS, OFFICE_DAYS, st.booleans())
def test_what_is_said_in_chinese_or_standard_text_is_read_back(one: date, other: date, known_start: bool) -> None:
    days = Period(min(one, other) if known_start else None, max(one, other))
    for period in (days, months(one, other), months(one, one), Period(one, one)):
        for text in (chinese(period), str(period)):
            written = read_written(text)
            assert isinstance(written, Written)
            assert written.period == period


@given(st.text("0123456789年月日季度-/.至~QSH截至底 上下半", max_size=14))
def test_no_mixture_of_signs_ends_in_another_error(text: str) -> None:
    with suppress(NotAPeriod):
        assert isinstance(read_written(text, year=2023), Written | Ambiguous)


@pytest.mark.parametrize(
    ("title", "year", "month"),
    [
        ("海淀区2023年4月城市管理指标月报", 2023, 4),
        ("城市管理月报（202304）", 2023, 4),
        ("２０２３年４月", 2023, 4),
        ("二〇二三年四月", 2023, 4),
        ("2023年一季度", 2023, None),
        ("2023年度城市管理", 2023, None),
        ("4月份月报", None, 4),
        ("2023年1-4月累计", 2023, None),
        ("2022年12月（报送日期：2023年1月5日）", None, None),
        ("共12345处", None, None),
        ("城市管理指标月报", None, None),
    ],
)
def test_a_title_names_a_year_and_a_month_or_neither(title: str, year: int | None, month: int | None) -> None:
    assert (year_in(title), month_in(title)) == (year, month)


@pytest.mark.parametrize(
    ("header", "month"),
    [
        ("1月", 1),
        ("12月", 12),
        ("1月份", 1),
        ("０１月", 1),
        ("一月", 1),
        ("十二月", 12),
        (" 4 月", 4),
        ("13月", None),
        ("0月", None),
    ],
)
def test_a_header_without_a_year_names_a_month(header: str, month: int | None) -> None:
    assert month_header(header) == month


@pytest.mark.parametrize(
    "header",
    [
        "2023年4月",
        "2023-04",
        "2023.04",
        "202304",
        "2023/4",
        "2023-04-01",
        "2023-04-01 00:00:00",
        "2023-04-30",
        "Apr-23",
    ],
)
def test_a_header_with_a_year_names_a_month_of_it(header: str) -> None:
    assert month_header(header) == Period.parse("2023-04")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "完成值",
        "4",
        "2023",
        "2023年",
        "一季度",
        "1-3月",
        "2023年1-1月",
        "45017",
        "2023.1",
        "2023-04-15",
        "23-Apr",
        "4月完成值",
    ],
)
def test_other_headers_name_no_month(header: str) -> None:
    assert month_header(header) is None


@pytest.mark.parametrize(
    ("months", "end"),
    [
        (0, date(2024, 1, 31)),
        (1, date(2024, 2, 29)),
        (-1, date(2023, 12, 31)),
        (13, date(2025, 2, 28)),
        (-13, date(2022, 12, 31)),
    ],
)
def test_a_month_so_many_months_away_is_counted_over_the_turn_of_years(months: int, end: date) -> None:
    day = date(2024, 1, 15)
    assert month_end(day, months) == end
    assert months_between(day, end) == months
