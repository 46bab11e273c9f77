"""街道 and 镇 are ranked apart; a bound has no place; who has not reported is named and never counted as zero."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from metrics.board.query import Fact
from metrics.board.streets import Ranking, choices, chosen, heading, ranking, short, shown, title
from metrics.model import Frequency, Indicator, Kind, Polarity, Region, TargetForm
from metrics.number import Qualifier
from metrics.period import Period
from tests.builders import (
    REGIONS,
    count,
    fact,
    indicator,
    observation,
    of_streets,
    standing,
    with_streets,
    work,
    written,
)

RATE = indicator(reported_by="streets", frequency=Frequency.MONTHLY)
COUNT = count(kind=Kind.FLOW)


def ranked(measured: Indicator, *facts: Fact) -> Ranking:
    found = ranking(measured, facts, with_streets(measured))
    assert found is not None
    return found


def places(found: Ranking) -> list[list[tuple[str, str, str]]]:
    """Name, figure and place of each row, panel by panel."""
    return [[(row.short, row.value, row.rank) for row in panel.rows] for panel in found.panels]


@pytest.mark.parametrize(
    ("polarity", "expected"),
    [
        pytest.param(Polarity.UP, ["东山", "北门", "南湖"], id="higher is better"),
        pytest.param(Polarity.DOWN, ["南湖", "北门", "东山"], id="lower is better"),
        pytest.param(Polarity.NONE, ["东山", "北门", "南湖"], id="by size where neither is better"),
    ],
)
def test_the_best_stands_first(polarity: Polarity, expected: list[str]) -> None:
    found = ranked(replace(RATE, polarity=polarity), *of_streets(90, 70, 80))
    assert [row.short for row in found.panels[0].rows] == expected


def test_streets_and_towns_are_ranked_apart() -> None:
    found = ranked(RATE, *of_streets(90, 70, 80, 60, 95))
    assert [panel.kind for panel in found.panels] == ["街道", "镇"]
    assert places(found) == [
        [("东山", "90%", "1"), ("北门", "80%", "2"), ("南湖", "70%", "3")],
        [("东山镇", "95%", "1"), ("西河镇", "60%", "2")],
    ]


def test_figures_that_are_printed_alike_share_a_place_and_the_next_one_is_left_out() -> None:
    found = ranked(RATE, *of_streets("80.4", "79.6", "70"))
    assert places(found)[0] == [("东山", "80%", "1（并列）"), ("南湖", "80%", "1（并列）"), ("北门", "70%", "3")]


def places_beside(text: str, *values: int | None) -> list[tuple[str, str, str]]:
    """The rows of the 街道, with what the second of them wrote."""
    return places(ranked(RATE, *of_streets(*values), fact(written(text, region=REGIONS[1].code))))[0]


@pytest.mark.parametrize(
    ("text", "others", "expected"),
    [
        pytest.param("超80%", (79, 70), [("南湖", "超80%", "1"), ("东山", "79%", "2"), ("北门", "70%", "3")], id="above all others"),
        pytest.param("超80%", (80, 70), [("南湖", "超80%", "1"), ("东山", "80%", "2"), ("北门", "70%", "3")], id="above its own end"),
        pytest.param("80%以上", (80, 70), [("南湖", "80%以上", "1"), ("东山", "80%", "名次不定"), ("北门", "70%", "3")], id="or just at it"),
        pytest.param("超80%", (90, 70), [("东山", "90%", "名次不定"), ("南湖", "超80%", "名次不定"), ("北门", "70%", "3")], id="before or behind one"),
        pytest.param("超80%", (100, 70), [("东山", "100%", "1"), ("南湖", "超80%", "名次不定"), ("北门", "70%", "3")], id="nothing is above 100 %"),
        pytest.param("不足60%", (60, 70), [("北门", "70%", "1"), ("东山", "60%", "2"), ("南湖", "不足60%", "3")], id="below all others"),
        pytest.param("约70%", (70, 90), [("北门", "90%", "1"), ("东山", "70%", "名次不定"), ("南湖", "约70%", "名次不定")], id="about as much"),
    ],
)  # fmt: skip
def test_a_bound_leaves_open_only_the_places_that_it_may_change(
    text: str, others: tuple[int, int], expected: list[tuple[str, str, str]]
) -> None:
    assert places_beside(text, others[0], None, others[1]) == expected


def test_a_bound_is_open_ended_and_the_order_says_so() -> None:
    found = ranked(RATE, *of_streets(90, None, 70), fact(written("超80%", region=REGIONS[1].code)))
    row = found.panels[0].rows[1]
    assert (row.low, row.high, row.exact) == (80.0, 100.0, False)
    assert "1个不是确数（超、不足、约或范围），按所写的数排在其中，因此不能确定的名次不标" in found.order


@pytest.mark.parametrize(
    ("text", "polarity", "said"),
    [
        pytest.param("超80%", Polarity.UP, "街道中哪个最高不能确定，北门街道70%最低", id="who leads is open"),
        pytest.param("超95%", Polarity.UP, "南湖街道超95%最高，北门街道70%最低", id="a bound leads"),
        pytest.param("超95%", Polarity.DOWN, "北门街道70%最低，南湖街道超95%最高", id="a bound is last"),
        pytest.param("不足75%", Polarity.UP, "东山街道90%最高，街道中哪个最低不能确定", id="who is last is open"),
    ],
)
def test_the_message_claims_no_more_than_is_certain(text: str, polarity: Polarity, said: str) -> None:
    measured = replace(RATE, polarity=polarity)
    found = ranked(measured, *of_streets(90, None, 70), fact(written(text, region=REGIONS[1].code)))
    assert found.message.startswith(f"{said}；")


def test_a_range_stands_at_its_lower_end() -> None:
    between = observation(
        None, region=REGIONS[1].code, lower=Decimal(2), upper=Decimal(4), qualifier=Qualifier.RANGE, written="2至4"
    )
    found = ranked(COUNT, *of_streets(5, None, 1), fact(between))
    assert places(found)[0] == [("东山", "5处", "1"), ("南湖", "2至4处", "2"), ("北门", "1处", "3")]


def test_who_has_not_reported_is_named_and_has_no_row() -> None:
    found = ranked(RATE, *of_streets(0, None, 80, 60))
    assert places(found)[0] == [("北门", "80%", "1"), ("东山", "0%", "2")]
    assert [one.name for panel in found.panels for one in panel.missing] == ["南湖街道", "东山镇"]
    assert "5个街镇中3个已报，未报：南湖、东山镇。" in found.message
    assert title(found.panels[0]) == "3个街道的排名（2个有数据）"


def test_a_blank_is_no_report_and_nothing_to_divide_by_is_one() -> None:
    blank = fact(observation(None, region=REGIONS[1].code, obs_status="M"))
    nothing = fact(observation(None, region=REGIONS[2].code, numerator=Decimal(0), denominator=Decimal(0)))
    panel = ranked(RATE, *of_streets(90), blank, nothing).panels[0]
    assert [one.name for one in panel.missing] == ["南湖街道"]
    assert [(one.name, said) for one, said in panel.silent] == [("北门街道", "无适用对象")]


@pytest.mark.parametrize(
    ("measured", "said"),
    [
        pytest.param(RATE, "未报", id="it is laid down that they report"),
        pytest.param(indicator(), "无数据", id="nobody has laid down who reports"),
        pytest.param(indicator(frequency=Frequency.MONTHLY), "无数据", id="the district reports"),
        pytest.param(indicator(reported_by="streets"), "无数据", id="nobody has laid down how often"),
    ],
)
def test_only_who_owes_a_report_is_called_late(measured: Indicator, said: str) -> None:
    assert ranked(measured, *of_streets(90)).missing == said


def test_only_those_that_report_an_indicator_are_expected() -> None:
    some = replace(RATE, reported_by=("东山街道", "西河镇"))
    found = ranked(some, *of_streets(90))
    assert [one.name for panel in found.panels for one in panel.missing] == ["西河镇"]
    assert "2个街镇中1个已报" in found.message


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        pytest.param(
            of_streets(90, 70, 80, 95, 60), "东山街道90%最高，南湖街道70%最低；西河镇95%最高，东山镇60%最低；5个街镇全部已报。",
            id="both ends of both kinds",
        ),
        pytest.param(of_streets(90, 90, 90, 95), "东山街道、南湖街道等3个街道90%，全部相同；西河镇95%；5个街镇中4个已报，未报：东山镇。", id="all alike"),
        pytest.param(of_streets(90, 90, 80), "东山街道、南湖街道90%最高，北门街道80%最低；5个街镇中3个已报，未报：西河镇、东山镇。", id="two lead"),
    ],
)  # fmt: skip
def test_the_message_names_who_leads_and_who_is_last(facts: tuple[Fact, ...], said: str) -> None:
    assert ranked(RATE, *facts).message == said


def test_where_lower_is_better_the_first_is_the_lowest() -> None:
    found = ranked(replace(RATE, polarity=Polarity.DOWN), *of_streets(9, 1))
    assert found.message.startswith("南湖街道1%最低，东山街道9%最高；")


def test_a_target_of_a_rate_is_held_against_each() -> None:
    found = ranked(replace(RATE, targets=(standing(80),)), *of_streets(90, 70, 80))
    assert [row.badge.word if row.badge else None for row in found.panels[0].rows] == ["已达标", "已达标", "未达标"]
    assert found.target == ("80%", 80.0)
    assert "已达标2个、未达标1个" in found.message


@pytest.mark.parametrize(
    "measured",
    [
        pytest.param(replace(COUNT, polarity=Polarity.UP, targets=(standing(9),)), id="a number"),
        pytest.param(
            replace(RATE, targets=(standing(80, form=TargetForm.DELIVERABLE, due=None),)), id="a rate owed by a day"
        ),
        pytest.param(replace(RATE, targets=(standing(80, valid_to=Period.parse("2022").end),)), id="a target of last year"),
        pytest.param(RATE, id="no target"),
    ],
)  # fmt: skip
def test_a_target_of_the_district_is_not_held_against_each(measured: Indicator) -> None:
    found = ranked(measured, *of_streets(9, 7))
    assert [row.badge for row in found.panels[0].rows] == [None, None]
    assert found.target is None


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        pytest.param((fact(observation(9)), *of_streets(1, 2)), "全区9处（来源上报）", id="what was reported wins"),
        pytest.param(of_streets(1, 2, 3, 4, 5), "5个街镇合计15处（由程序推算；全区数没有上报）", id="all are in"),
        pytest.param(of_streets(1, 2, 3), "3/5已报，合计为已报数6处，不是全区数", id="some are in"),
        pytest.param(
            (*of_streets(1, 2, 3, 4, 5), fact(observation(9, region="unallocated"))), "5个街镇和未分配到街镇的数合计24处（由程序推算；全区数没有上报）",
            id="what was given to nobody is added",
        ),
    ],
)  # fmt: skip
def test_the_district_is_what_was_reported_or_a_sum_that_says_of_how_many(facts: tuple[Fact, ...], said: str) -> None:
    assert ranked(COUNT, *facts).district == said


def test_rates_without_their_parts_are_not_added() -> None:
    assert ranked(RATE, *of_streets(90, 80)).district == "全区数没有上报，各街镇只有比率、没有分子分母，不能合计"
    parts = [
        fact(observation(None, region=one.code, numerator=Decimal(top), denominator=Decimal(10)))
        for one, top in zip(REGIONS, (1, 2, 3, 4, 5), strict=True)
    ]
    assert ranked(RATE, *parts).district == "5个街镇合计30%（由程序推算；全区数没有上报）"


def test_the_district_is_a_line_of_the_chart_for_a_rate_alone() -> None:
    assert ranked(RATE, fact(observation(85)), *of_streets(90)).whole == ("85%", 85.0)
    assert ranked(COUNT, fact(observation(85)), *of_streets(9)).whole is None
    assert ranked(RATE, *of_streets(90, 80)).whole is None


def test_changes_are_against_the_same_month_and_the_heads_say_which() -> None:
    found = ranked(RATE, *of_streets(90, 80), *of_streets(85, on="2023-04"), *of_streets(90, on="2022-05"))
    assert found.against == ("环比（较2023年4月）", "同比（较2022年5月）")
    assert [row.compared for row in found.panels[0].rows] == [("+5个百分点", "持平"), ("无可比数据", "无可比数据")]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param((*of_streets(1, on="2023-04"), *of_streets(2)), "2023-05", id="the last"),
        pytest.param((*of_streets(1, on="2023-Q1"), *of_streets(1, 2, on="2023-03")), "2023-03", id="that which most have"),
        pytest.param((fact(observation(9, on="2023-06")), *of_streets(1)), "2023-05", id="the district's do not count"),
    ],
)  # fmt: skip
def test_the_period_shown_is_the_last_of_the_streets(facts: tuple[Fact, ...], expected: str) -> None:
    assert shown(facts, with_streets(RATE)) == Period.parse(expected)


def test_without_figures_of_streets_there_is_no_ranking() -> None:
    assert ranking(RATE, (fact(observation(90)),), with_streets(RATE)) is None


def test_a_town_keeps_its_name_where_a_street_has_the_same() -> None:
    named = (("海淀街道", "海淀"), ("海淀镇", "海淀镇"), ("街道", "街道"))
    assert [short(Region(code="1", name=name, kind="")) for name, _ in named] == [said for _, said in named]


def test_the_first_headline_is_chosen_unless_the_address_names_another() -> None:
    first, second = replace(RATE, code="first"), replace(RATE, code="second", headline=True)
    offered = choices(with_streets(first, second, work(), replace(RATE, code="other")), ["first", "second", "work"])
    assert [(theme, [one.code for one in listed]) for theme, listed in offered] == [("垃圾", ["first", "second"])]
    assert [chosen(offered, code) for code in ("", "first", "other")] == [second, first, None]
    assert chosen([("垃圾", [first])], "") == first
    assert chosen([], "") is None


def test_the_heading_says_theme_period_and_unit() -> None:
    assert heading(ranked(RATE, *of_streets(90)), with_streets(RATE)) == "垃圾 · 2023年5月 · 单位：%"
