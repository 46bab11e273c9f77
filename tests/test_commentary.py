"""情况说明 as read: the version that stands, those before it, as known on a day, in words, in one query for all."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from metrics.board import commentary
from metrics.board.commentary import Note
from metrics.board.query import end_of_day
from metrics.model import Comment
from metrics.store import Store, append_comment
from tests.builders import DISTRICT, NOW, fact, observation, remark

JUNE = date(2023, 6, 30)
FIRST, SECOND, THIRD = date(2023, 12, 1), date(2023, 12, 2), date(2023, 12, 3)


def written(store: Store, **given: Any) -> tuple[Note, ...]:
    """The notes on the rate."""
    return commentary.notes(store, ["rate"], region=DISTRICT, **given)["rate"]


def add(store: Store, what: str, *, days: int = 0, after: int = 0, **given: Any) -> Comment:
    return append_comment(store, remark(what, at=NOW + timedelta(days=days), **given), after=after)


@pytest.fixture
def changed(store: Store) -> Store:
    """Written on 1 December, changed on the 2nd, withdrawn on the 3rd; a note on June beside it."""
    add(store, "多雨")
    add(store, "暴雨", days=1, after=1, by="李四", reason="写得不准")
    add(store, "", days=2, after=2, withdrawn=True, reason="写错指标")
    add(store, "高温", days=2, period_end=JUNE)
    return store


def test_the_newest_month_comes_first_with_its_versions_oldest_first(changed: Store) -> None:
    found = [[one.what for one in note.versions] for note in written(changed)]
    assert found == [["高温"], ["多雨", "暴雨", ""]]


@pytest.mark.parametrize(
    ("day", "stands"),
    [(date(2023, 11, 30), []), (FIRST, ["多雨"]), (SECOND, ["暴雨"]), (THIRD, ["高温"]), (None, ["高温"])],
)
def test_as_known_on_a_day_is_the_last_version_written_by_then(
    changed: Store, day: date | None, stands: list[str]
) -> None:
    lines = commentary.standing(written(changed, before=end_of_day(day)))
    assert [line.now.what for line in lines] == stands


def test_the_day_ends_at_midnight_in_beijing(store: Store) -> None:
    append_comment(store, remark("多雨", at=end_of_day(FIRST) - timedelta(microseconds=1)), after=0)
    append_comment(store, remark("暴雨", at=end_of_day(FIRST), reason="核对"), after=1)
    assert [note.latest.what for note in written(store, before=end_of_day(FIRST))] == ["多雨"]


def test_the_last_written_stands_even_when_the_clock_went_back(store: Store) -> None:
    add(store, "多雨", days=1)
    add(store, "暴雨", days=0, after=1, reason="核对")
    assert written(store)[0].latest.what == "暴雨"


def test_one_query_reads_all_indicators_and_only_the_region_asked_for(store: Store) -> None:
    add(store, "多雨")
    add(store, "高温", indicator="sites")
    add(store, "停电", indicator="other")
    add(store, "街道", region="330106001")
    found = commentary.notes(store, ["rate", "sites", "none"], region=DISTRICT)
    assert {code: [note.latest.what for note in notes] for code, notes in found.items()} == {
        "rate": ["多雨"], "sites": ["高温"], "none": [],
    }  # fmt: skip


def test_a_note_in_words(store: Store) -> None:
    add(store, "多雨\n第二行", doing="加派人手", by_when=date(2023, 7, 5))
    add(store, "暴雨", after=1, days=1, by="李四", verified=True, reason="写得不准")
    (line,) = commentary.standing(written(store))
    now, before = line.now, line.earlier[0]
    assert (now.month, now.what, now.doing, now.by_when, now.by) == ("2023年5月", "暴雨", "", "", "李四")
    assert (now.unverified, now.when, now.reason) == (False, "2023-12-02 09:00", "写得不准")
    assert (before.what, before.doing, before.by_when, before.unverified) == (
        "多雨\n第二行", "加派人手", "2023年7月5日", True,
    )  # fmt: skip
    assert line.changed == "已修改1次"


def test_a_note_that_was_never_changed_says_nothing_of_changes(store: Store) -> None:
    add(store, "多雨")
    assert [(line.changed, line.earlier) for line in commentary.standing(written(store))] == [("", ())]


def test_a_note_taken_back_keeps_what_it_said_on_record(changed: Store) -> None:
    (line,) = commentary.taken_back(written(changed))
    assert (line.now.withdrawn, line.now.reason) == (True, "写错指标")
    assert [one.what for one in line.earlier] == ["暴雨", "多雨"]


def test_a_note_may_be_about_months_with_a_figure_or_a_note(store: Store) -> None:
    add(store, "高温", period_end=JUNE)
    facts = [fact(observation(80, on=on)) for on in ("2023-05", "2023-04-18/2023-05-21", "2023-Q1")]
    assert commentary.months(facts, written(store)) == (JUNE, date(2023, 5, 31), date(2023, 3, 31))


def test_what_a_writer_has_seen_is_the_last_version_also_a_withdrawal(changed: Store) -> None:
    notes = written(changed)
    seen = [commentary.seen(notes, month) for month in (JUNE, date(2023, 5, 31), date(2023, 4, 30))]
    assert [one and one.comment_id for one in seen] == [4, 3, None]
