"""Who is in, missing or late."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from metrics.catalogue import Catalogue
from metrics.intake import roll
from metrics.intake.check import Checked, Upload, check
from metrics.model import Region
from metrics.store import Store
from tests.builders import NOW, catalogue, count, indicator

STREETS = ("万寿路", "永定路", "羊坊店", "甘家口")


def streets(*indicators: Any, names: Sequence[str] = STREETS) -> Catalogue:
    """A catalogue of four 街道 and these indicators."""
    made = catalogue(*indicators)
    regions = tuple(Region(code=f"33010600{n}", name=f"{name}街道", kind="街道") for n, name in enumerate(names))
    return dataclasses.replace(made, regions=regions)


def given(store: Store, known: Catalogue, *rows: str) -> Checked:
    data = ("指标编码,期间,街镇,数值\n" + "\n".join(rows)).encode()
    return check(store, known, [Upload(name="a.csv", data=data)], at=NOW)


def one_roll(
    store: Store, known: Catalogue, *rows: str, before: roll.Known = (), today: date = date(2023, 6, 2)
) -> roll.Roll:
    (only,) = roll.rolls(given(store, known, *rows), known, before, today=today)
    return only


def test_who_owes_a_figure_is_what_the_catalogue_says(store: Store) -> None:
    known = streets(count(reported_by="streets"), indicator(reported_by=("永定路街道",)))
    found = one_roll(store, known, "sites,2023年5月,万寿路街道,5", "rate,2023年5月,永定路街道,90")
    assert [(turn.region, turn.state, turn.reported, turn.due) for turn in found.turns] == [
        ("万寿路街道", "报齐", 1, 1), ("永定路街道", "未报全", 1, 2), ("羊坊店街道", "未报", 0, 1), ("甘家口街道", "未报", 0, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "missing"),
    [
        pytest.param(["万寿路街道"], None, id="one of four says nothing of the others"),
        pytest.param(["万寿路街道", "永定路街道"], ["羊坊店街道", "甘家口街道"], id="half of them"),
        pytest.param(["全区"], None, id="a figure of the district misses nothing"),
    ],
)
def test_where_the_catalogue_says_nothing_half_must_be_in(
    store: Store, rows: list[str], missing: list[str] | None
) -> None:
    known = streets(count())
    found = roll.rolls(
        given(store, known, *(f"sites,2023年5月,{row},5" for row in rows)), known, (), today=date(2023, 6, 2)
    )
    assert [[turn.region for turn in one.of("未报")] for one in found] == ([] if missing is None else [missing])


def test_two_of_them_in_files_of_their_own_are_a_collection_and_the_others_are_missing(store: Store) -> None:
    known = streets(count(), names=(*STREETS, "八里庄", "学院路"))
    uploads = [
        Upload(name=f"{street}.csv", data=f"指标编码,期间,街镇,数值\nsites,2023年5月,{street}街道,5\n".encode())
        for street in STREETS[:2]
    ]
    (found,) = roll.rolls(check(store, known, uploads, at=NOW), known, (), today=date(2023, 6, 2))
    assert {turn.region for turn in found.of("未报")} == {"羊坊店街道", "甘家口街道", "八里庄街道", "学院路街道"}


def test_what_the_store_holds_already_is_in(store: Store) -> None:
    known = streets(count(reported_by="streets"))
    before = {("sites", "330106001", date(2023, 1, 1), date(2023, 5, 31))}
    found = one_roll(store, known, "sites,2023年5月,万寿路街道,5", before=before)
    assert [(turn.region, turn.by_now) for turn in found.of("报齐")] == [("万寿路街道", 1), ("永定路街道", 0)]


def test_a_blank_is_no_report_and_a_zero_is_one(store: Store) -> None:
    known = streets(count(reported_by="streets"))
    found = one_roll(store, known, "sites,2023年5月,万寿路街道,0", "sites,2023年5月,永定路街道,")
    assert [turn.region for turn in found.of("报齐")] == ["万寿路街道"]


@pytest.mark.parametrize(
    ("today", "late"),
    [pytest.param(date(2023, 6, 5), 0, id="on the day"), pytest.param(date(2023, 6, 8), 3, id="three days later")],
)
def test_who_is_missing_after_the_day_is_late(store: Store, today: date, late: int) -> None:
    known = streets(count(reported_by="streets", due_day=5))
    found = one_roll(store, known, "sites,2023年5月,万寿路街道,5", today=today)
    assert (found.due_on, found.days_late) == (date(2023, 6, 5), late)
    assert [turn.late for turn in found.turns] == [False, *[late > 0] * 3]


def test_a_due_day_that_the_month_has_not_is_its_last(store: Store) -> None:
    known = streets(count(reported_by="streets", due_day=31))
    assert one_roll(store, known, "sites,2023年5月,万寿路街道,5").due_on == date(2023, 6, 30)


def test_each_month_has_its_own_table_oldest_first(store: Store) -> None:
    known = streets(count(reported_by="streets"))
    found = roll.rolls(
        given(store, known, "sites,2023年5月,万寿路街道,5", "sites,2023年4月,万寿路街道,4"),
        known,
        (),
        today=date(2023, 6, 2),
    )
    assert [one.period for one in found] == ["2023年4月", "2023年5月"]


def test_the_reminder_names_who_is_missing_what_and_since_when(store: Store) -> None:
    known = streets(count(reported_by="streets", due_day=5), indicator(reported_by="streets"))
    rows = [f"{code},2023年5月,{street}街道,5" for code in ("sites", "rate") for street in ("万寿路", "羊坊店")]
    found = one_roll(store, known, *rows, "sites,2023年5月,永定路街道,5", today=date(2023, 6, 8))
    assert roll.reminder(found, known, today=date(2023, 6, 8)) == (
        "各街镇：截至2023年6月8日，2023年5月指标数据尚有2个街镇未报送或未报全。\n未报（1个）：甘家口街道。\n未报全（1个）：永定路街道缺“整改率”。\n"
        "应报时间为2023年6月5日，已逾期3天。\n请尽快核实报送；确实没有数据的，请填“不适用”或填0（确认零报），不要空着。\n某区城市管理委"
    )


def test_nobody_is_reminded_when_all_are_in(store: Store) -> None:
    known = streets(count(reported_by="streets"))
    found = one_roll(store, known, *(f"sites,2023年5月,{street}街道,5" for street in STREETS))
    assert roll.reminder(found, known, today=date(2023, 6, 8)) == ""
