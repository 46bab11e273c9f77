"""One 街镇: every last figure with its period, its place among its kind, and what it has not reported."""

from __future__ import annotations

from dataclasses import replace

import pytest

from metrics.board.query import Fact
from metrics.board.street import Item, Street, street
from metrics.model import Frequency, Indicator, Polarity
from tests.builders import REGIONS, fact, indicator, observation, of_streets, standing, with_streets, work, written

RATE = indicator(reported_by="streets", frequency=Frequency.MONTHLY, name="整改率")
MAY, APRIL = "2023-05", "2023-04"


def page(*facts: Fact, measured: Indicator = RATE, region: int = 0) -> Street:
    """The page of a 街镇 of REGIONS with one indicator."""
    return street(REGIONS[region], {measured.code: facts}, with_streets(measured))


def only(shown: Street) -> Item:
    ((item,),) = (section.items for section in shown.sections)
    return item


@pytest.mark.parametrize(
    ("facts", "region", "expected"),
    [
        pytest.param(of_streets(80, 90, 70, 95), 0, "3个街道中第2", id="towns do not count for a street"),
        pytest.param(of_streets(80, 90, 70, 95, 60), 4, "2个镇中第2", id="nor streets for a town"),
        pytest.param(of_streets(90, 90, 70), 0, "3个街道中并列第1", id="a tie"),
        pytest.param(of_streets(90, None, 70), 0, "2个街道中第1", id="only those that are in count"),
        pytest.param(of_streets(90), 0, "", id="alone there is no place"),
        pytest.param((fact(written("超80%", region=REGIONS[0].code)), *of_streets(None, 90, 70)), 0, "", id="a bound that may be before or behind"),
        pytest.param((fact(written("超95%", region=REGIONS[0].code)), *of_streets(None, 90, 70)), 0, "3个街道中第1", id="a bound before all"),
    ],
)  # fmt: skip
def test_its_place_is_among_its_kind(facts: tuple[Fact, ...], region: int, expected: str) -> None:
    assert only(page(*facts, region=region)).rank == expected


def test_a_figure_has_its_period_change_small_chart_and_status() -> None:
    measured = replace(RATE, targets=(standing(85),))
    item = only(page(*of_streets(80, 90), *of_streets(70, on=APRIL), measured=measured))
    assert (item.value, item.unit, item.period, item.change) == ("80", "%", "2023年5月", "较2023年4月+10个百分点")
    assert item.badge is not None
    assert (item.badge.word, item.spark, item.late) == ("未达标", (87.5, 100.0), "")


def test_a_figure_older_than_the_others_says_so_and_has_no_place() -> None:
    shown = page(*of_streets(80, on=APRIL), *of_streets(None, 90))
    assert (only(shown).period, only(shown).late, only(shown).rank) == ("2023年4月", "2023年5月未报", "")
    assert [(one.name, one.never) for one in shown.missing] == [("整改率", False)]
    assert shown.message == "1项指标中1项未报最近一期。"


def test_what_it_never_reported_is_named() -> None:
    shown = page(*of_streets(None, 90))
    assert shown.sections == ()
    assert [(one.name, one.never) for one in shown.missing] == [("整改率", True)]


def test_a_blank_is_no_report() -> None:
    blank = fact(observation(None, region=REGIONS[0].code, obs_status="M"))
    assert [one.never for one in page(blank, *of_streets(None, 90)).missing] == [True]


@pytest.mark.parametrize(
    "measured",
    [
        pytest.param(indicator(), id="nobody has laid down that it reports"),
        pytest.param(replace(RATE, reported_by=("南湖街道",)), id="others report it"),
    ],
)
def test_it_lacks_only_what_it_owes(measured: Indicator) -> None:
    shown = page(*of_streets(None, 90), measured=measured)
    assert shown.missing == ()
    assert shown.message == "还没有这个街镇的数据。"


def test_what_nobody_has_reported_is_not_held_against_one() -> None:
    assert page(fact(observation(90))).missing == ()


def test_the_message_says_what_is_met_and_where_it_leads_and_is_last() -> None:
    good, bad = (
        replace(RATE, code="good", name="好指标", targets=(standing(85),)),
        replace(RATE, code="bad", name="差指标"),
    )
    work_done = replace(RATE, code="size", name="工作量", polarity=Polarity.NONE)
    facts = {"good": of_streets(90, 80, 70), "bad": of_streets(1, 80, 70), "size": of_streets(1, 2, 3)}
    shown = street(REGIONS[0], facts, with_streets(good, bad, work_done))
    assert shown.message == "3项指标全部有最近一期的数据；已达标1项；排第一：好指标；排最后：差指标。"


def test_where_all_are_alike_nobody_leads_or_is_last() -> None:
    assert page(*of_streets(90, 90, 90)).message == "1项指标全部有最近一期的数据。"


def test_those_that_share_the_last_place_are_last() -> None:
    assert page(*of_streets(70, 70, 90)).message == "1项指标全部有最近一期的数据；排最后：整改率。"


def test_work_shows_its_state_and_is_neither_ranked_nor_judged() -> None:
    done = fact(observation(None, region=REGIONS[0].code, indicator="work", state="已完成"))
    item = only(page(done, measured=work()))
    assert (item.value, item.unit, item.rank, item.badge) == ("已完成", "", "", None)
