"""What a screen says: every word and every printed figure, never more than is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from metrics.board import derive, query, series, view
from metrics.board.decisions import decisions
from metrics.board.overview import overview, timeline
from metrics.board.query import Facts
from metrics.board.view import Bar
from metrics.board.words import Badge
from metrics.model import Change, Indicator, Kind, Observation, Polarity, Region, State, Target, TargetForm, Theme
from metrics.period import Period
from metrics.start import Board
from tests.builders import catalogue, count, fact, indicator, observation, periods, standing, work, written

TODAY = date(2023, 11, 30)
RATE = indicator(decimals=1)
PLAIN = catalogue(RATE, count())


def parts(numerator: int, denominator: int, value: str | None = None, **given: Any) -> Observation:
    return observation(value, numerator=Decimal(numerator), denominator=Decimal(denominator), **given)


# -- cards ------------------------------------------------------------------------------------------------------------


def test_a_card_shows_the_latest_figure_of_the_district() -> None:
    facts = [fact(observation(90, on="2023-04")), fact(observation("93.24")), fact(observation(50, region="330106001"))]
    card = view.card(RATE, facts, PLAIN)
    assert (card.value, card.unit, card.period, card.points) == ("93.2", "%", "2023年5月", 2)
    assert (card.badge.word, card.department) == ("未设目标", "责任科室未设")
    assert (card.number, card.start, card.end) == (93.24, date(2023, 5, 1), date(2023, 5, 31))


def test_a_card_without_data_shows_no_number() -> None:
    card = view.card(RATE, [], PLAIN)
    assert (card.value, card.unit, card.period, card.change) == ("—", "", "尚无数据", "尚无数据")
    assert (card.number, card.bar, card.badge.word, card.points) == (None, None, "无数据", 0)


def test_a_card_of_a_bound_keeps_its_words() -> None:
    card = view.card(RATE, [fact(written("超80%", inferred=("period_end",)))], PLAIN)
    assert (card.value, card.unit, card.inferred) == ("超80", "%", "截止日推定")


@pytest.mark.parametrize(
    ("seen", "measured", "bar"),
    [
        (observation("93.24"), indicator(decimals=2), Bar(solid=93.24)),
        (written("超80%"), RATE, Bar(solid=80, open_to=100)),
        (written("不足5%"), RATE, Bar(solid=0, open_to=5)),
        (written("约100%"), RATE, Bar(solid=99.5, open_to=100)),
        (observation(90), indicator(targets=(standing(95),)), Bar(solid=90, tick=95)),
        (observation(), RATE, None),
        (observation(90), indicator(maximum=None), None),
        (observation(90), count(), None),
    ],
)
def test_a_rate_is_drawn_solid_as_far_as_it_is_certain(seen: Observation, measured: Indicator, bar: Bar | None) -> None:
    assert view.bar(fact(seen), measured) == bar


def test_a_row_of_work_shows_state_date_and_silence() -> None:
    seen = observation(None, on="2023-05-21", state="进行中", planned=Period.parse("2023-09"), quote="引文", note="注")
    row = view.milestone_row(work(), [fact(seen)], catalogue(work()), today=TODAY)
    assert (row.badge.word, row.when, row.as_of, row.quote, row.note) == (
        "进行中",
        "计划2023年9月",
        "2023年5月21日",
        "引文",
        "注",
    )
    rule = "工作事项：期限（计划、预计或每年的期限）已过，此后没有报告。不等于没有完成。"
    assert row.alert == Badge(mark="▲", word="已到期，未报进展", tone="warn", rule=rule)
    unreported = view.milestone_row(work(), [], catalogue(work()), today=TODAY)
    assert (unreported.badge.word, unreported.as_of, unreported.alert) == ("无数据", "尚无数据", None)


# -- sentences --------------------------------------------------------------------------------------------------------

HAZARDS = indicator(code="hazards", name="隐患整改率", decimals=1, targets=(standing(100),), headline=True)
STATIONS = count(code="stations", name="中转站", headline=True)
SMALL = catalogue(STATIONS, HAZARDS, work(name="方案"))


def known(**values: Observation) -> Facts:
    return {code: (fact(seen),) for code, seen in values.items()}


MISSED = known(stations=observation(25), hazards=parts(166, 182, value="91.2"), work=observation(None, state="进行中"))


def test_a_status_says_by_which_rule_and_target_it_was_judged() -> None:
    by = view.card(indicator(targets=(standing(95),)), [fact(observation(91))], SMALL).badge
    assert by.rule == "长期标准没有达到，或者期限已过仍未达到。目标值：95%（长期标准；依据：某文件第1条）。"
    without = view.card(indicator(), [fact(observation(91))], SMALL).badge
    assert without.rule == "来源没有写明目标值。本看板不自行设定目标，也不评价好坏。"


def test_a_theme_says_first_what_misses_its_target() -> None:
    assert view.message(SMALL.themes[0], MISSED, SMALL) == (
        "隐患整改率91.2%（166/182），未达标，差8.8个百分点；中转站25处；工作事项1项：进行中1项。"
    )


def test_a_figure_of_another_time_says_its_period_in_the_message() -> None:
    facts = known(stations=observation(25, on="2022"), hazards=parts(166, 182, value="91.2"))
    assert (
        view.message(SMALL.themes[0], facts, SMALL)
        == "隐患整改率91.2%（166/182），未达标，差8.8个百分点；中转站25处（2022年）。"
    )


def test_a_theme_without_data_says_so() -> None:
    assert view.message(SMALL.themes[0], {}, SMALL) == "尚无数据。"


def test_a_theme_has_its_cards_and_its_work_with_alerts_first() -> None:
    late = work(code="late", name="逾期事项")
    whole = catalogue(STATIONS, work(), late)
    facts = known(
        work=observation(None, state="进行中"), late=observation(None, state="已完成"), stations=observation(25)
    )
    overdue = {
        **facts,
        "late": (fact(observation(None, on="2023-10", state="计划中", planned=Period.parse("2023-09"))),),
    }
    shown = view.theme(whole.themes[0], overdue, whole, today=TODAY)
    assert [card.code for card in shown.cards] == [card.code for card in shown.headlines] == ["stations"]
    assert [row.code for row in shown.milestones] == ["late", "work"]
    assert {one.state: one.count for one in shown.states} == {State.ONGOING: 1, State.PLANNED: 1}


def test_the_overview_counts_what_is_reported_and_what_is_not() -> None:
    shown = overview(SMALL, known(hazards=observation(91)), today=TODAY)
    assert (shown.reported, shown.expected, shown.up_to) == (1, 3, "数据截至2023年5月31日")
    assert [(badge.word, times) for badge, times in shown.statuses] == [("未达标", 1), ("无数据", 1)]
    empty = overview(SMALL, {}, today=TODAY)
    assert (empty.message, empty.up_to, empty.decisions) == ("尚无数据。", "尚无数据", ())


def test_decisions_come_in_order_of_urgency() -> None:
    due = periods(planned="2023-06")
    whole = catalogue(
        work(code="silent", name="一"), work(code="overdue", name="二"), HAZARDS,
        count(code="left", name="三", kind=Kind.COUNTDOWN, polarity=Polarity.DOWN), STATIONS,
    )  # fmt: skip
    facts = known(
        silent=observation(None, state="进行中", **due), overdue=observation(None, on="2023-07", state="进行中", **due),
        hazards=observation("91.2"), left=observation(65), stations=observation(25),
    )  # fmt: skip
    found = decisions(whole, facts, today=TODAY)
    assert [(one.code, one.badge.word) for one in found] == [
        ("hazards", "未达标"), ("overdue", "逾期"), ("left", "未设目标"), ("silent", "已到期，未报进展")]  # fmt: skip
    assert [one.gap for one in found] == ["差8.8个百分点", "到期报告为未完成", "无目标可比", "此后未报告"]
    assert {one.department for one in found} == {"责任科室未设"}


def test_the_message_of_a_theme_and_of_a_month_counts_late_work() -> None:
    due = periods(planned="2023-06")
    whole = catalogue(work(code="silent", name="一"), work(code="overdue", name="二"))
    facts = known(
        silent=observation(None, state="进行中", **due), overdue=observation(None, on="2023-07", state="进行中", **due)
    )
    shown = view.theme(whole.themes[0], facts, whole, today=TODAY)
    assert shown.message == "工作事项2项：进行中2项；其中“已到期，未报进展”1项、逾期1项。"
    month = overview(whole, facts, today=TODAY, end=date(2023, 7, 31))
    assert month.message.startswith("逾期1项、“已到期，未报进展”1项；")


def test_a_countdown_at_zero_needs_no_decision() -> None:
    left = count(kind=Kind.COUNTDOWN, polarity=Polarity.DOWN)
    assert decisions(catalogue(left), known(sites=observation(0)), today=TODAY) == []


def test_data_do_not_reach_beyond_the_day_they_became_known() -> None:
    facts = known(stations=observation(25, on="2023-05"), hazards=observation(91, on="2023"))
    assert view.up_to(SMALL, facts) == "数据截至2023年5月31日"


def test_a_gap_is_said_only_where_it_is_known() -> None:
    assert view.gap_text(fact(observation(91)), HAZARDS) == "差9.0个百分点"
    assert view.gap_text(fact(written("超80%")), HAZARDS) == ""
    assert view.gap_text(fact(observation(100)), HAZARDS) == ""


def test_a_line_of_time_spans_whole_years() -> None:
    cards = [view.card(RATE, [fact(observation(1, on=on))], PLAIN) for on in ("2022-09", "2023-05")]
    assert view.span(cards, today=TODAY) == (date(2022, 1, 1), date(2023, 12, 31))
    assert view.span([], today=TODAY) == (date(2023, 1, 1), date(2023, 12, 31))


def test_the_dated_work_of_a_section_comes_in_order() -> None:
    whole = catalogue(work(code="b", name="乙"), work(code="a", name="甲"), work(code="c", name="丙"))
    facts = known(a=observation(None, state="已完成", actual=Period.parse("2023-02")),
                  b=observation(None, state="已完成", actual=Period.parse("2023-04")), c=observation(None, state="进行中"))  # fmt: skip
    shown = view.theme(whole.themes[0], facts, whole, today=TODAY)
    assert [row.code for row in timeline(shown)] == ["a", "b"]
    assert timeline(None) == []
    assert view.usual_date(shown) == "2023年5月"


def test_a_theme_says_where_it_stands() -> None:
    assert view.place(SMALL, SMALL.themes[0], MISSED) == "主题1 · 2项指标 · 1项工作事项 · 数据截至2023年5月31日"


# -- the shipped board ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def facts(board: Board) -> Facts:
    codes = derive.sources(board.catalogue, list(board.catalogue.indicators))
    return derive.with_derived(board.catalogue, query.facts(board.store, codes))


def test_the_first_page_of_the_shipped_board(board: Board, facts: Facts) -> None:
    shown = overview(board.catalogue, facts, today=TODAY)
    assert shown.message == (
        "问题整改完成率75.7%（28/37）；持续推进整改问题数9个；一般安全隐患整改率91.2%，未达标，差8.8个百分点。"
    )
    assert (shown.reported, shown.up_to) == (shown.expected, "数据截至2023年5月21日")
    assert len(shown.sections) == 6
    first = shown.decisions[0]
    assert (first.name, first.badge.word, first.now, first.gap) == (
        "一般安全隐患整改率",
        "未达标",
        "91.2%",
        "差8.8个百分点",
    )
    assert {badge.word: times for badge, times in shown.statuses if badge.word != "未设目标"} == {
        "未达标": 1,
        "已达标": 3,
    }


def test_no_card_of_the_shipped_board_claims_a_trend(board: Board, facts: Facts) -> None:
    sections = [view.theme(section, facts, board.catalogue, today=TODAY) for section in board.catalogue.sections]
    cards = [card for section in sections for card in section.cards]
    assert len(cards) > 40
    assert {card.change for card in cards} == {"仅1期数据，暂无趋势"}
    assert {card.department for card in cards} == {"责任科室未设"}
    assert all(card.period for card in cards)


def test_no_work_of_the_shipped_board_is_called_overdue(board: Board, facts: Facts) -> None:
    sections: tuple[Theme, ...] = board.catalogue.sections
    rows = [row for one in sections for row in view.theme(one, facts, board.catalogue, today=TODAY).milestones]
    assert {row.code: row.alert.word for row in rows if row.alert} == {
        "boiler-filing": "已到期，未报进展",
        "boiler-inspection": "已到期，未报进展",
    }


# -- under a chart over time ------------------------------------------------------------------------------------------

OWED = Target(
    form=TargetForm.DELIVERABLE, value=Decimal(50), basis="任务书", baseline=Decimal(0), due=date(2023, 6, 30)
)


def said(measured: Indicator, *values: int) -> list[str]:
    seen = [fact(observation(value, on=f"2023-{at:02}")) for at, value in enumerate(values, start=1)]
    return view.said(series.line(measured, seen, "330106"), seen, measured, catalogue(measured))


def test_under_a_chart_stand_the_target_ahead_and_each_change_in_full() -> None:
    changes = (Change(on=date(2023, 2, 1), what="改用<b>新称重系统</b>并扩大到全部村", rebase=True),)
    stock = count(kind=Kind.STOCK, polarity=Polarity.UP, targets=(OWED,), changes=changes)
    assert said(stock, 20, 30, 36, 44)[-2:] == [
        "按最近3期中最慢和最快的进度推算，到2023年6月30日为56至60处，目标50处：预计可以达到（推算，不是数据）。",
        "图中竖线：2023年2月1日，改用<b>新称重系统</b>并扩大到全部村。",
    ]


def test_a_change_that_moved_the_limits_says_so() -> None:
    flow = count(kind=Kind.FLOW, changes=(Change(on=date(2023, 7, 1), what="扩面", rebase=True),))
    assert said(flow, *range(8))[-1] == "图中竖线：2023年7月1日，扩面；均值和波动范围从此重新计算。"


def test_of_one_period_only_the_target_ahead_is_said() -> None:
    stock = count(kind=Kind.STOCK, polarity=Polarity.UP, targets=(OWED,))
    assert said(stock, 20) == ["暂不预测能否按期达到目标：只有1期数据。"]
    assert said(count(kind=Kind.STOCK), 20) == []
    assert said(stock) == []


@pytest.mark.parametrize(
    ("polarity", "last", "said"),
    [
        (Polarity.NONE, 50, "本月没有变差或需关注的指标"),
        (Polarity.NONE, 90, "本月没有变差或需关注的指标；不分好坏的异常变化1项"),
        (Polarity.UP, 90, "本月没有变差或需关注的指标"),
        (Polarity.DOWN, 90, "本月变差或需关注的1项"),
    ],
)
def test_the_first_page_says_what_turned_and_never_denies_what_it_lists(
    polarity: Polarity, last: int, said: str
) -> None:
    flow = count(kind=Kind.FLOW, polarity=polarity)
    months = [f"{2022 + at // 12}-{at % 12 + 1:02}" for at in range(14)]
    values = [*(50 + at % 3 for at in range(13)), last]
    facts = {"sites": tuple(fact(observation(value, on=on)) for value, on in zip(values, months, strict=True))}
    shown = overview(catalogue(flow), facts, today=TODAY, end=date(2023, 2, 28))
    assert shown.message == f"没有未达标、滞后、逾期或到期未报的事项；{said}。"


@pytest.mark.parametrize(
    "months", [pytest.param(["2023-02"], id="its first figure"), pytest.param(["2023-01"], id="none of it")]
)
def test_where_nothing_can_be_compared_nothing_is_said_to_be_no_worse(months: list[str]) -> None:
    flow = count(kind=Kind.FLOW)
    facts = {"sites": tuple(fact(observation(5, on=on)) for on in months)}
    shown = overview(catalogue(flow), facts, today=TODAY, end=date(2023, 2, 28))
    assert shown.message == "没有未达标、滞后、逾期或到期未报的事项；本月没有可与以前比较的指标。"
    assert not shown.compared


def test_a_target_that_is_behind_but_still_good_is_counted_as_worse() -> None:
    target = Target(form=TargetForm.DELIVERABLE, value=Decimal(100), basis="x", baseline=Decimal(0),
                    baseline_date=date(2023, 1, 1), due=date(2023, 12, 31))  # fmt: skip
    level = count(kind=Kind.STOCK, polarity=Polarity.UP, targets=(target,))
    facts = {"sites": (fact(observation(100, on="2023-04")), fact(observation(60, on="2023-05")))}
    shown = overview(catalogue(level), facts, today=TODAY, end=date(2023, 5, 31))
    assert "本月变差或需关注的1项" in shown.message


def test_a_section_without_headlines_does_not_say_that_it_has_no_data() -> None:
    whole = catalogue(RATE, count())
    said = {"rate": (fact(observation(90)),), "sites": (fact(observation(None)),)}
    assert view.message(whole.themes[0], said, whole) == "1项指标有数据，没有未达标或滞后的。"
    assert view.message(whole.themes[0], {"sites": said["sites"]}, whole) == "尚无数据。"


def told(measured: Indicator, *seen: Observation) -> list[str]:
    facts = [fact(one) for one in seen]
    whole = catalogue(measured)
    return view.said(series.line(measured, facts, whole.total), facts, measured, whole)


def test_what_is_added_or_taken_off_across_another_way_of_counting_says_so() -> None:
    changes = (Change(on=date(2023, 2, 1), what="改用新系统", rebase=True),)
    flow = [observation(at, on=f"2023-0{at}") for at in (1, 2, 3)]
    assert "今年累计（1至3月）6处，其间口径或做法有变" in told(count(kind=Kind.FLOW, changes=changes), *flow)
    total = [observation(30, on="2023-01"), observation(50, on="2023-01-01/2023-02-28")]
    assert "2月当月20处（累计数相减），其间口径或做法有变" in told(count(changes=changes), *total)
    assert "2月当月−5处（累计数相减）" in told(count(), total[0], observation(25, on="2023-01-01/2023-02-28"))
    total.append(observation(60, on="2023-01-01/2023-03-31"))
    assert "3月当月10处（累计数相减）" in told(count(changes=changes), *total)
    anew = (Change(on=date(2023, 1, 1), what="改用新系统", rebase=True),)
    assert "今年累计（1至3月）6处" in told(count(kind=Kind.FLOW, changes=anew), *flow)


def test_the_gap_of_what_is_late_is_first_that_to_its_schedule() -> None:
    owed = replace(OWED, value=Decimal(100), plan={"2023-05": Decimal(50)})
    late = count(kind=Kind.STOCK, polarity=Polarity.UP, targets=(owed,))
    assert view.gap_text(fact(observation(30)), late) == "落后序时20.0个百分点，距目标差70处"
    assert view.gap_text(fact(observation(30, on="2023-07")), late) == "差70处", "past its due date"


def test_parts_of_nothing_are_not_said_to_be_unreported() -> None:
    badge = view.card(RATE, [fact(parts(0, 0))], catalogue(RATE)).badge
    assert badge.rule == "分母为0，没有适用对象，不判断。"


def test_the_first_month_of_a_running_total_is_no_difference() -> None:
    total = count(kind=Kind.CUMULATIVE)
    seen = [observation(300, on="2022-01-01/2022-12-31"), observation(30, on="2023-01")]
    assert "1月当月30处" in told(total, *seen)
    assert "2月当月20处（累计数相减）" in told(total, *seen, observation(50, on="2023-01-01/2023-02-28"))


def test_rates_without_their_parts_have_no_year_so_far_and_are_not_called_missing() -> None:
    alone = [observation(90 + at, on=f"2023-0{at}") for at in (1, 2, 3)]
    assert "今年累计（1至3月）不计算：3/3个月已报，都没有分子分母" in told(RATE, *alone)
    assert "今年累计（1至4月）50.0%，4/4个月已报，其中3个月没有分子分母，未计入" in told(
        RATE, *alone, parts(1, 2, on="2023-04")
    )


def test_streets_that_reported_what_cannot_be_added_are_not_called_missing() -> None:
    base = catalogue(indicator(reported_by="streets"))
    streets = (
        Region(code="330106001", name="东山街道", kind="街道"),
        Region(code="330106100", name="西河镇", kind="镇"),
    )
    whole = replace(base, regions=streets)
    alone = [fact(observation(90, region=one.code)) for one in streets]
    assert view.card(base.indicators["rate"], alone, whole).partial == "2023年5月：2/2已报，都没有分子分母，没有合计"
