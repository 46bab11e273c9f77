"""What a screen says: every word and every printed figure, never more than is known."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from metrics.board import words
from metrics.board.comparison import Total
from metrics.board.query import Fact
from metrics.board.words import Badge
from metrics.model import Change, Indicator, Kind, Observation, Recurrence, State, Status, Target, TargetForm
from metrics.number import Qualifier
from tests.builders import NOW, catalogue, count, fact, indicator, observation, periods, standing, work, written

TODAY = date(2023, 11, 30)
RATE = indicator(decimals=1)
PLAIN = catalogue(RATE, count())


def parts(numerator: int, denominator: int, value: str | None = None, **given: Any) -> Observation:
    return observation(value, numerator=Decimal(numerator), denominator=Decimal(denominator), **given)


# -- figures ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "measured", "number", "sentence"),
    [
        pytest.param(written("93.24%"), RATE, "93.24", "93.24%", id="as it was written"),
        pytest.param(written("超80%"), RATE, "超80", "超80%", id="a bound stays a bound"),
        pytest.param(written("80%以上"), RATE, "80以上", "80%以上", id="the unit is not said twice"),
        pytest.param(written("93.24％"), RATE, "93.24", "93.24%", id="a full-width unit"),
        pytest.param(written("30多处"), count(), "30多", "30多处", id="多"),
        pytest.param(written("1000处左右"), count(), "1000左右", "1000处左右", id="左右"),
        pytest.param(written("约1.2万个"), count(unit="个"), "约1.2万", "约1.2万个", id="万 stays 万"),
        pytest.param(observation(0, written="清零"), count(), "0", "0处", id="words without digits become a figure"),
        pytest.param(observation(1234), count(), "1,234", "1,234处", id="thousands grouped"),
        pytest.param(parts(28, 37), RATE, "75.7", "75.7%", id="rounded once"),
        pytest.param(parts(99_999, 100_000), RATE, "99.999", "99.999%", id="nearly all is not 100"),
        pytest.param(parts(1, 100_000), RATE, "0.001", "0.001%", id="nearly nothing is not 0"),
        pytest.param(parts(29, 29), RATE, "100", "100%", id="all of it"),
        pytest.param(parts(0, 0), RATE, "无适用对象", "无适用对象", id="nothing to divide by"),
        pytest.param(observation(), RATE, "—", "—", id="missing is not zero"),
        pytest.param(observation(80, qualifier=Qualifier.GE), RATE, "80.0以上", "80.0%以上", id="a bound from a file"),
        pytest.param(observation(None, lower=Decimal(3), upper=Decimal(5), qualifier=Qualifier.RANGE), count(), "3～5", "3～5处", id="range"),
        pytest.param(observation(None, state="优秀"), indicator(kind=Kind.GRADE, unit=""), "优秀", "优秀", id="a grade"),
    ],
)  # fmt: skip
def test_prints_a_figure_as_written_or_rounded_once(
    seen: Observation, measured: Indicator, number: str, sentence: str
) -> None:
    assert words.printed(seen, measured) == number
    assert words.with_unit(seen, measured) == sentence


def test_says_how_a_figure_is_made_up() -> None:
    assert words.detail(fact(parts(166, 182, value="91.2"))) == "166/182"
    assert words.detail(fact(parts(166, 182, value="91.5"))) == "166/182（填报91.5%）"
    assert words.detail(fact(parts(25, 25))) == "25/25 · 由程序推算"
    assert words.detail(fact(observation(0, written="清零"))) == "原文：清零"
    assert words.detail(fact(written("超80%"))) == ""
    left = Fact(observation=observation(16), known=TODAY, release_id=None, parts=(fact(parts(166, 182)),))
    assert words.detail(left) == "182−166 · 由程序推算"


def test_a_period_says_what_is_inferred_and_what_is_not_known() -> None:
    assert words.period(observation(on="../2023-05-21")) == "截至2023年5月21日（起始未说明）"
    assert words.period(observation(on="2022")) == "2022年"
    assert words.inferred(observation(inferred=("period_end",))) == "截止日推定"
    assert words.inferred(observation(inferred=("period_start", "period_end"))) == "起始日推定、截止日推定"
    assert words.inferred(observation()) == ""


# -- change -----------------------------------------------------------------------------------------------------------


def changed(measured: Indicator, *series: Observation) -> str:
    return words.change([fact(one) for one in series], measured)


def test_one_point_is_no_trend() -> None:
    assert changed(RATE, observation(93)) == "仅1期数据，暂无趋势"
    assert changed(RATE) == "尚无数据"


@pytest.mark.parametrize(
    ("measured", "before", "now", "said"),
    [
        (RATE, "92.1", "93.3", "较2023年4月+1.2个百分点"),
        (RATE, "93.3", "92.1", "较2023年4月−1.2个百分点"),
        (RATE, "93.3", "93.3", "较2023年4月持平"),
        (RATE, "93.30", "93.31", "较2023年4月+0.01个百分点"),
        (count(kind=Kind.FLOW), "2086", "2200", "较2023年4月+114处（+5.5%）"),
        (count(kind=Kind.FLOW), "22489", "16917", "较2023年4月−5,572处（−24.8%）"),
        pytest.param(count(kind=Kind.FLOW), "7", "9", "较2023年4月由7处增至9处", id="a small base has no percentage"),
        pytest.param(count(kind=Kind.FLOW), "0", "9", "较2023年4月由0处增至9处", id="a base of zero has no percentage"),
    ],
)
def test_a_change_names_its_base(measured: Indicator, before: str, now: str, said: str) -> None:
    assert changed(measured, observation(now, on="2023-05"), observation(before, on="2023-04")) == said


NOT_ALIKE = "与上期口径不同，不作比较"


@pytest.mark.parametrize(
    ("kind", "before", "now", "compared"),
    [
        (Kind.FLOW, "2023-02", "2023-03", True),
        (Kind.FLOW, "2022", "2023", True),
        (Kind.FLOW, "2023-01", "2023-Q1", False),
        (Kind.FLOW, "2022", "2023-Q1", False),
        (Kind.FLOW, "2023-04", "2023-05-01", False),
        (Kind.CUMULATIVE, "2023-01/2023-04", "2023-01/2023-05", True),
        (Kind.CUMULATIVE, "2023-01/2023-04", "2023-01-01/2023-05-21", True),
        (Kind.CUMULATIVE, "2023-01/2023-04", "2023-04-18/2023-05-21", False),
        (Kind.STOCK, "2023-04-30", "2023-05-21", True),
        (Kind.CUMULATIVE, "../2023-04-30", "../2023-05-31", True),
        (Kind.CUMULATIVE, "../2023-04-30", "2023-01/2023-05", False),
    ],
)
def test_only_like_periods_are_compared(kind: Kind, before: str, now: str, compared: bool) -> None:
    said = changed(count(kind=kind), observation(20, on=before), observation(30, on=now))
    assert said.startswith("较") == compared
    assert (said == NOT_ALIKE) != compared


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        (written("超80%", on="2023-04"), observation(90), "上期不是确数，不作比较"),
        (observation(80, on="2023-04"), written("超90%"), "本期不是确数，不作比较"),
        (observation(on="2023-04"), observation(90), "上期缺报，不作比较"),
        (observation(80, on="2023-04"), observation(), "本期缺报，不作比较"),
    ],
)
def test_a_bound_or_a_missing_figure_is_not_compared(before: Observation, now: Observation, said: str) -> None:
    assert changed(RATE, before, now) == said


def test_every_status_has_a_mark_a_word_and_no_two_meanings_look_alike() -> None:
    badges = {status: words.badge(status) for status in Status}
    assert all(badge.mark and badge.word == status.value for status, badge in badges.items())
    assert badges[Status.MET] == Badge(mark="✔", word="已达标", tone="good")
    assert {status for status, badge in badges.items() if badge.tone == "bad"} == {
        Status.MISSED, Status.FAR_BEHIND, Status.OVERDUE}  # fmt: skip
    assert {badges[status].tone for status in (Status.NO_TARGET, Status.NO_DATA, Status.UNDECIDED)} == {"plain"}


def test_a_state_is_neither_good_nor_bad_and_an_unknown_one_is_shown_too() -> None:
    assert all(words.state_badge(state.value).tone == "plain" for state in State)
    assert words.state_badge("优秀") == Badge(mark="◆", word="优秀")


@pytest.mark.parametrize(
    ("dates", "said"),
    [
        ({"actual": "2023-02-07"}, "2023年2月7日完成"),
        ({"actual": "2022"}, "2022年完成"),
        ({"actual": "2022-07-19/2022-09-23"}, "2022年7月19日至9月23日"),
        ({"expected": "2023"}, "预计2023年底前"),
        ({"expected": "2023-10"}, "预计2023年10月"),
        ({"planned": "2023"}, "计划2023年"),
        ({}, "—"),
    ],
)
def test_a_date_is_said_no_more_precisely_than_it_is_known(dates: dict[str, str], said: str) -> None:
    seen = observation(None, state="进行中", **periods(**dates))
    assert words.when(seen, work()) == said


def test_what_is_done_without_a_date_says_so() -> None:
    assert words.when(observation(None, state="已完成"), work()) == "日期未说明"


@pytest.mark.parametrize(
    ("again", "said"),
    [
        (None, ""),
        (Recurrence(every="month"), "每月"),
        (Recurrence(every="year"), "每年"),
        (Recurrence(every="year", by="07-15"), "每年7月15日前"),
    ],
)
def test_a_duty_says_how_often_it_comes_back(again: Recurrence | None, said: str) -> None:
    assert words.recurrence(work(recurrence=again)) == said


def monthly(of: Indicator, **figures: str | None) -> list[Fact]:
    """Facts by month written as _2023_05, oldest first."""
    return [
        fact(observation(figure, on=name[1:].replace("_", "-"), indicator=of.code)) for name, figure in figures.items()
    ]


@pytest.mark.parametrize(("figures", "said"), [
    ({"_2022_05": "80", "_2023_04": "100", "_2023_05": "90"}, ["环比（较2023年4月）−10处（−10.0%）", "同比（较2022年5月）+10处（+12.5%）"]),
    ({"_2022_05": "7", "_2023_04": "9", "_2023_05": "9"}, ["环比（较2023年4月）持平", "同比（较2022年5月）由7处增至9处"]),
    ({"_2022_05": "0", "_2023_05": "9"}, ["环比（较2023年4月）无可比数据", "同比（较2022年5月）由0处增至9处"]),
    ({"_2023_04": None, "_2023_05": "9"}, ["环比（较2023年4月）无可比数据", "同比（较2022年5月）无可比数据"]),
])  # fmt: skip
def test_says_what_a_figure_is_compared_with(figures: dict[str, str | None], said: list[str]) -> None:
    flow = count(kind=Kind.FLOW)
    facts = monthly(flow, **figures)
    assert words.compared(facts[-1], facts, flow) == said


@pytest.mark.parametrize(
    ("on", "rebase", "told"),
    [
        pytest.param("2023-05-01", True, (True, True, True), id="with the month itself"),
        pytest.param("2023-05-31", True, (True, True, True), id="on its last day"),
        pytest.param("2023-04-30", True, (False, True, False), id="with the month before"),
        pytest.param("2022-06-01", True, (False, True, False), id="within the year"),
        pytest.param("2022-05-31", True, (False, False, False), id="with the same month a year before"),
        pytest.param("2023-06-01", True, (False, False, False), id="after it"),
        pytest.param("2023-05-01", False, (False, False, False), id="counted as before"),
    ],
)
def test_a_comparison_across_another_way_of_counting_says_so(
    on: str, rebase: bool, told: tuple[bool, bool, bool]
) -> None:
    flow = count(kind=Kind.FLOW, changes=(Change(on=date.fromisoformat(on), what="改用新系统", rebase=rebase),))
    facts = monthly(flow, _2022_05="80", _2023_04="100", _2023_05="90")
    said = [*words.compared(facts[-1], facts, flow), words.change(facts, flow)]
    assert tuple(one.endswith("，其间口径或做法有变") for one in said) == told


def test_a_rate_changes_by_percentage_points() -> None:
    rate = indicator(decimals=1)
    facts = monthly(rate, _2023_04="90.5", _2023_05="91.7")
    assert words.compared(facts[-1], facts, rate)[0] == "环比（较2023年4月）+1.2个百分点"


def test_work_and_odd_days_are_not_compared() -> None:
    assert words.compared(fact(observation(on="2023-05")), [], work()) == []
    assert words.compared(fact(observation("5", on="2023-04-18/2023-05-21")), [], count()) == []


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        pytest.param("达标", "达标", "较2023年4月没有变化", id="the same"),
        pytest.param("达标", "未达标", "较2023年4月由“达标”变为“未达标”", id="another"),
        pytest.param(None, "达标", "上期缺报，不作比较", id="none before"),
    ],
)
def test_a_grade_is_compared_by_its_word(before: str | None, now: str, said: str) -> None:
    grade = indicator(kind=Kind.GRADE, unit="")
    seen = [observation(None, on=on, state=state) for on, state in (("2023-04", before), ("2023-05", now))]
    assert words.change([fact(one) for one in seen], grade) == said


def test_a_target_names_its_form_its_term_and_its_basis() -> None:
    assert words.target(standing(100), indicator(decimals=1)) == "100%（长期标准；依据：某文件第1条）"
    due = Target(
        form=TargetForm.DELIVERABLE, value=Decimal(1500), basis="某方案", due=date(2023, 12, 31), baseline=Decimal(0)
    )
    assert words.target(due, count()) == "1,500处（限期任务，2023-12-31前；依据：某方案）"


@pytest.mark.parametrize(
    ("counted", "unusable", "measured", "each", "said"),
    [
        pytest.param(27, 0, RATE, "", "27/29已报", id="some are missing"),
        pytest.param(27, 2, RATE, "", "29/29已报，其中2家没有分子分母，未计入", id="rates without their parts"),
        pytest.param(8, 1, count(), "个月", "9/29个月已报，其中1个月不是确数，未计入", id="bounds"),
        pytest.param(0, 3, RATE, "", "3/29已报，都没有分子分母", id="nothing to add"),
    ],
)
def test_what_is_in_and_what_of_it_can_be_added(
    counted: int, unusable: int, measured: Indicator, each: str, said: str
) -> None:
    total = Total(value=None, counted=counted, expected=29, unusable=unusable)
    assert words.completeness(total, measured, each=each) == said


def test_nothing_to_count_is_no_missing_report_and_a_blank_is_no_period_of_data() -> None:
    nothing = observation(None, numerator=Decimal(0), denominator=Decimal(0))
    assert changed(RATE, observation(80, on="2023-04"), nothing) == "本期无适用对象，不作比较"
    assert changed(RATE, observation(None)) == "仅1期且缺报"
    assert changed(RATE, written("超80%")) == "仅1期数据，暂无趋势"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, ""), ({"valid_from": date(2026, 1, 1)}, "，2026-01-01起"), ({"valid_to": date(2025, 12, 31)}, "，至2025-12-31止"),
        ({"valid_from": date(2025, 1, 1), "valid_to": date(2025, 12, 31)}, "，2025-01-01起至2025-12-31止"),
    ],
)  # fmt: skip
def test_a_target_says_since_when_and_until_when_it_holds(given: dict[str, date], said: str) -> None:
    assert words.target(standing(90, **given), indicator()) == f"90%（长期标准{said}；依据：某文件第1条）"


def test_a_level_without_a_figure_a_year_before_names_the_month_that_is_missing() -> None:
    level = count(kind=Kind.STOCK)
    now, before = (fact(observation(value, on=on)) for value, on in ((9, "2023-05"), (8, "2023-04")))
    assert words.compared(now, [before, now], level)[1] == "同比（较2022年5月）无可比数据"


def test_a_total_says_how_many_streets_it_adds_and_that_a_figure_of_none_is_in_it() -> None:
    parts = tuple(fact(observation(9, region=region)) for region in ("330106001", "330106100", "unallocated"))
    whole = Fact(observation=observation(27), known=NOW.date(), release_id=None, parts=parts)
    assert words.detail(whole) == "2个街镇和未分配到街镇的数合计 · 由程序推算"
