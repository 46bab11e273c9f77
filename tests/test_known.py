"""时间回看: what an address looks back to, what was known then, and what became otherwise between two days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from metrics.board import known, query
from metrics.board.query import Difference
from metrics.model import Act
from metrics.store import EVER, Store, append, catalogue_known, keep_catalogue, open_store, record_event, releases
from tests.builders import DISTRICT, observation, submission

NOVEMBER = datetime(2023, 11, 3, 1, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"duckdb:{tmp_path}/board.duckdb")
    yield opened
    opened.close()


def hand_in(store: Store, days: int, *figures: tuple[str, str]) -> int:
    """A release so many days after 3 November with these periods and figures."""
    at = NOVEMBER + timedelta(days=days)
    seen = [observation(value, on=on) for on, value in figures]
    return append(store, submission(*seen, sha256=f"{days}", known_from=at), at=at).release_id


def values(store: Store, text: str) -> list[str]:
    """The figures known at what the address says."""
    looked_back = known.read(text, releases(store))
    assert looked_back is not None
    return [f"{one.observation.value:.0f}" for one in query.facts(store, ["rate"], before=looked_back.before)["rate"]]


def test_a_day_counts_to_its_end_and_a_release_to_itself(store: Store) -> None:
    hand_in(store, 0, ("2023-09", "80"))
    second = hand_in(store, 2, ("2023-09", "85"))
    record_event(store, second, "withdraw", act=Act(at=NOVEMBER + timedelta(days=4), by="李四"), reason="误报")
    assert values(store, "2023-11-02") == []
    assert values(store, "2023-11-04") == ["80"]
    assert values(store, "2023-11-05") == values(store, "r2") == ["85"]
    assert values(store, "r1") == values(store, "2023-11-07") == ["80"]


@pytest.mark.parametrize("text", ["", "今天", "2023-11", "20231103", "2023-02-30", "r9", "r", "r1x", "r01"])
def test_what_is_no_day_and_no_release_is_not_understood(text: str, store: Store) -> None:
    hand_in(store, 0, ("2023-09", "80"))
    assert known.read(text, releases(store)) is None


def test_it_says_in_words_what_it_looks_back_to(store: Store) -> None:
    hand_in(store, 0, ("2023-09", "80"))
    found = [known.read(text, releases(store)) for text in ("2023-11-05", "r1")]
    assert [(one.said, one.day) for one in found if one] == [
        ("2023年11月5日当天结束时", date(2023, 11, 5)),
        ("版本1公布或入库时（2023-11-03 09:00）", date(2023, 11, 3)),
    ]


def test_between_two_days_figures_are_added_revised_and_taken_back(store: Store) -> None:
    first = hand_in(store, 0, ("2023-08", "70"), ("2023-09", "80"))
    hand_in(store, 1, ("2023-09", "85"), ("2023-10", "90"), ("2023-07", "60"))
    record_event(store, first, "withdraw", act=Act(at=NOVEMBER + timedelta(days=2), by="李四"), reason="误报")
    found = query.between(store, query.end_of_day(date(2023, 11, 3)), query.end_of_day(date(2023, 11, 9)), most=10)
    assert (found.added, found.revised, found.gone, found.total) == (2, 1, 1, 4)
    told = [tuple(f"{one.observation.value:.0f}" if one else "" for one in pair) for pair in found.pairs]
    assert told == [("80", "85"), ("", "90"), ("70", ""), ("", "60")]


def test_figures_of_the_district_come_before_those_of_its_streets(store: Store) -> None:
    street = observation("7", region="330106001", on="2023-10")
    append(store, submission(street, observation("80")), at=NOVEMBER)
    before, after = query.end_of_day(date(2023, 1, 1)), EVER
    found = query.between(store, before, after, most=1, first=DISTRICT)
    assert [one.observation.region for _, one in found.pairs if one] == [DISTRICT]


def test_nothing_differs_between_a_day_and_itself(store: Store) -> None:
    hand_in(store, 0, ("2023-09", "80"))
    day = query.end_of_day(date(2023, 11, 3))
    assert query.between(store, day, day, most=10) == Difference()


def test_days_and_releases_between_them_are_of_beijing(store: Store) -> None:
    late = datetime(2023, 11, 3, 16, 30, tzinfo=UTC)  # 00:30 of the 4th
    append(store, submission(observation(1), known_from=late), at=late)
    assert known.days(releases(store)) == [date(2023, 11, 4)]
    assert known.between(releases(store), date(2023, 11, 4), date(2023, 11, 9)) == []
    assert len(known.between(releases(store), date(2023, 11, 3), date(2023, 11, 4))) == 1


def test_only_the_regions_asked_for_are_read(store: Store) -> None:
    street = observation("7", region="330106001")
    append(store, submission(observation("80"), street), at=NOVEMBER)
    (found,) = query.facts(store, ["rate"], regions=[DISTRICT])["rate"]
    assert (found.observation.region, str(found.observation.value)) == (DISTRICT, "80.0000")
    assert query.facts(store, ["rate"], regions=[]) == {"rate": ()}


def test_a_month_looked_at_leaves_out_what_ends_later(store: Store) -> None:
    hand_in(store, 0, ("2023-08", "70"), ("2023-09", "80"))
    facts = query.facts(store, ["rate"])
    assert len(query.until(facts, date(2023, 8, 31))["rate"]) == 1
    assert query.until(facts, None) is facts


def test_months_are_those_that_files_brought_and_not_a_notice(store: Store) -> None:
    append(store, submission(observation(1, on="2023-03"), source="notice-1"), at=NOVEMBER)
    hand_in(store, 1, ("2023-09", "80"), ("2023-08", "70"), ("2023-10-01/2023-10-12", "3"))
    assert query.months(store) == (date(2023, 8, 31), date(2023, 9, 30))
    assert query.months(store, before=NOVEMBER) == ()


def test_the_catalogue_is_the_one_in_force_and_before_all_the_first(store: Store) -> None:
    assert catalogue_known(store, NOVEMBER) is None
    for days, text in ((0, "one"), (2, "two")):
        keep_catalogue(store, sha256=text, text=text, at=NOVEMBER + timedelta(days=days))
    moments = [NOVEMBER + timedelta(days=days) for days in (-9, 0, 1, 2, 3)]
    assert [catalogue_known(store, moment) for moment in moments] == ["one", "one", "one", "one", "two"]
