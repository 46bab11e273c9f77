"""What a file would change: the table, and what moves most."""

from __future__ import annotations

from decimal import Decimal

from metrics.intake import changes
from metrics.intake.submit import confirm
from metrics.model import Act
from metrics.period import Period
from metrics.start import Board
from tests.builders import NOW, checked


def test_revised_figures_come_before_new_ones_with_both_values(own: Board) -> None:
    row = ("filing-rate", "", "2023年10月", "全区")
    confirm(own.store, checked(own, (*row, "82")), act=Act(at=NOW, by="张三"))
    found = checked(
        own,
        ("handed-over", "", "2023年10月", "全区", "15"),
        (*row, "超83%"),
        ("handed-over", "", "2023年9月", "全区", "—"),
    )
    first, *rest = changes.changes(found, own.catalogue).lines
    assert (first.word, first.name, first.old, first.now) == ("修订", "装修垃圾备案率", "82%", "超83%")
    assert sorted((one.word, one.name, one.old, one.now) for one in rest) == [
        ("新增", own.catalogue.indicators["handed-over"].name, "", "15" + own.catalogue.indicators["handed-over"].unit),
        ("新增", own.catalogue.indicators["handed-over"].name, "", "缺报"),
    ]


def test_a_long_table_of_changes_says_how_many_more_there_are(own: Board) -> None:
    rows = [("handed-over", "", f"2022年{month}月", "全区", str(month)) for month in range(1, 13)]
    shown = changes.changes(checked(own, *rows), own.catalogue, most=5)
    assert (len(shown.lines), shown.more) == (5, 7)


def test_the_table_of_changes_is_harmless_in_a_spreadsheet() -> None:
    one = changes.Change(word="新增", code="a", name="=1+1", period="2023年5月", region="全区", old="", now="-5")
    text = changes.as_csv(changes.Changes(lines=(one,), more=0)).decode("utf-8-sig")
    assert text.splitlines()[1] == "新增,a,'=1+1,2023年5月,全区,,-5"


def test_what_moves_most_in_proportion_comes_first(own: Board) -> None:
    found = checked(
        own, ("handed-over", "", "2023年10月", "全区", "10"), ("filing-rate", "", "2023年10月", "全区", "90"),
        ("hazard-rate", "", "2023年10月", "全区", "", "95", "100"), ("transfer-stations", "", "2023年10月", "全区", "超5"),
    )  # fmt: skip
    september = Period.parse("2023-09")
    total = own.catalogue.total
    before = {
        ("handed-over", total): [(september, Decimal(20))], ("filing-rate", total): [(september, Decimal(81))],
        ("hazard-rate", total): [(september, Decimal(95))], ("transfer-stations", total): [(september, Decimal(4))],
    }  # fmt: skip
    moves = changes.moved(found, own.catalogue, before)
    assert [(one.code, int(one.before), int(one.now), one.since) for one in moves] == [
        ("handed-over", 20, 10, "2023年10月，较2023年9月"), ("filing-rate", 81, 90, "2023年10月，较2023年9月"),
    ]  # fmt: skip


def test_a_figure_is_held_against_the_period_before_it_of_its_kind(own: Board) -> None:
    rows = [("handed-over", "", f"2023年{month}月", "全区", str(10 * month)) for month in (8, 9, 10)]
    stored = {("handed-over", own.catalogue.total): [
        (Period.parse("2022"), Decimal(100)), (Period.parse("2023-08"), Decimal(70)),
    ]}  # fmt: skip
    moves = changes.moved(checked(own, *rows), own.catalogue, stored)
    assert [(int(one.before), int(one.now), one.since) for one in moves] == [
        (70, 80, "2023年8月修订"), (90, 100, "2023年10月，较2023年9月"),
    ]  # fmt: skip


def test_a_month_alone_after_a_year_moves_nothing(own: Board) -> None:
    stored = {("handed-over", own.catalogue.total): [(Period.parse("2022"), Decimal(100))]}
    found = checked(own, ("handed-over", "", "2023年10月", "全区", "10"))
    assert changes.moved(found, own.catalogue, stored) == ()
