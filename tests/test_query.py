"""Store -> facts: current, as known on a day, and every version there was."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from metrics.board import query
from metrics.model import Act, Observation
from metrics.number import Qualifier
from metrics.period import Period
from metrics.store import EVER, Store, append, record_event
from tests.builders import DISTRICT, NOW, fact, observation, submission, written


def stored(store: Store, *observations: Observation, sha256: str = "a", days: int = 0) -> int:
    at = NOW + timedelta(days=days)
    return append(store, submission(*observations, sha256=sha256, known_from=at), at=at).release_id


def test_gives_every_field_back_as_it_was_reported(store: Store) -> None:
    full = written(
        "约1.2万个", on="../2023-05-21", indicator="parcels", region="110108", numerator=None, obs_status="E",
        state="进行中", planned=Period.parse("2023"), expected=Period.parse("2023-Q4"), actual=Period.parse("2023-02-07"),
        inferred=("period_start", "period_end"), quote="将29个街镇划分约1.2万个地块", paragraph=38, note="注",
    )  # fmt: skip
    stored(store, full)
    assert query.facts(store, ["parcels"]) == {"parcels": (fact(full, known=date(2023, 12, 1)),)}


def test_what_was_not_reported_stays_missing(store: Store) -> None:
    stored(store, observation(None, obs_status="O"))
    (found,) = query.facts(store, ["rate"])["rate"]
    assert (found.observation.value, found.observation.lower, found.observation.numerator) == (None, None, None)
    assert (found.observation.qualifier, found.observation.inferred) == (Qualifier.EXACT, ())


def test_every_code_asked_for_is_answered_and_no_other(store: Store) -> None:
    stored(store, observation(1), observation(2, indicator="other"))
    found = query.facts(store, ["rate", "unreported"])
    assert list(found) == ["rate", "unreported"]
    assert (len(found["rate"]), found["unreported"]) == (1, ())
    assert query.facts(store, []) == {}


def test_periods_come_oldest_first_and_regions_stay_apart(store: Store) -> None:
    stored(
        store,
        observation(3, on="2023-05"),
        observation(1, on="2023-03"),
        observation(2, on="2023-05", region="330106001"),
    )
    found = query.facts(store, ["rate"])["rate"]
    assert [(one.observation.region, str(one.observation.period)) for one in found] == [
        ("330106", "2023-03"),
        ("330106", "2023-05"),
        ("330106001", "2023-05"),
    ]


def test_a_period_of_unknown_start_is_revised_like_any_other(store: Store) -> None:
    stored(store, observation(66, on="../2023-05-21"))
    stored(store, observation(67, on="../2023-05-21"), sha256="b", days=1)
    assert [one.observation.value for one in query.facts(store, ["rate"])["rate"]] == [67]


def test_a_day_is_known_to_its_end_in_beijing() -> None:
    assert query.end_of_day(date(2023, 11, 3)) == datetime(2023, 11, 3, 16, 0, tzinfo=UTC)
    assert query.end_of_day(None) == EVER


def test_a_fact_says_from_which_day_in_beijing_it_was_known(store: Store) -> None:
    late = datetime(2023, 11, 2, 16, 0, tzinfo=UTC)
    append(store, submission(observation(1), known_from=late), at=NOW)
    (found,) = query.facts(store, ["rate"])["rate"]
    assert (found.known, found.release_id, found.derived) == (date(2023, 11, 3), 1, False)


def test_history_tells_every_version_of_every_figure(store: Store) -> None:
    stored(store, observation(80))
    stored(store, observation(85), observation(70, on="2023-04"), sha256="b", days=1)
    found = query.history(store, "rate", DISTRICT)
    assert [(str(one.observation.value), one.release_id) for one in found] == [
        ("70.0000", 2),
        ("80.0000", 1),
        ("85.0000", 2),
    ]
    before = query.history(store, "rate", DISTRICT, before=query.end_of_day(date(2023, 12, 1)))
    assert [one.observation.value for one in before] == [80]


def test_history_keeps_what_was_withdrawn(store: Store) -> None:
    release = stored(store, observation(80))
    record_event(store, release, "withdraw", act=Act(at=NOW + timedelta(days=1), by="李四"), reason="误报")
    assert [fact.release_id for fact in query.history(store, "rate", DISTRICT)] == [release]
    assert query.facts(store, ["rate"]) == {"rate": ()}
    assert query.history(store, "rate", DISTRICT, before=query.end_of_day(date(2022, 1, 1))) == ()


def changed(store: Store, release: int) -> list[tuple[str, str | None, str | None]]:
    """Period, figure now and figure before, of what a release changed in the district."""
    return [
        (
            str(now.observation.period),
            f"{now.observation.value:.0f}",
            f"{before.observation.value:.0f}" if before else None,
        )
        for now, before in query.changes(store, release, "330106")
    ]


def test_a_release_changed_what_it_was_the_last_to_say(store: Store) -> None:
    first = stored(store, observation(80), observation(70, on="2023-04"))
    assert changed(store, first) == [("2023-04", "70", None), ("2023-05", "80", None)]
    second = stored(store, observation(85), observation(9, region="330106001"), sha256="b", days=1)
    assert changed(store, second) == [("2023-05", "85", "80")]
    assert changed(store, first) == [("2023-04", "70", None)]


def test_a_withdrawn_release_changed_nothing(store: Store) -> None:
    first = stored(store, observation(80))
    second = stored(store, observation(85), sha256="b", days=1)
    record_event(store, second, "withdraw", act=Act(at=NOW + timedelta(days=2), by="李四"), reason="误报")
    assert changed(store, second) == []
    assert changed(store, first) == [("2023-05", "80", None)]


def test_a_corrected_reading_of_a_notice_says_what_it_corrected(store: Store) -> None:
    for sha256, value in (("a", 65), ("b", 66)):
        append(store, submission(observation(value), source="notice-1", sha256=sha256), at=NOW)
    assert [one[1:] for one in changed(store, 2)] == [("66", "65")]
    assert [fact.observation.value for fact in query.history(store, "rate", DISTRICT)] == [65, 66]


EAST, WEST = "330106001", "330106100"


def test_the_indicators_that_streets_have_figures_of(store: Store) -> None:
    stored(store, observation(1), observation(2, indicator="shared", region=EAST), sha256="a")
    stored(
        store,
        observation(3, indicator="later", region=WEST),
        observation(4, indicator="none", region="unallocated"),
        days=1,
        sha256="b",
    )
    assert query.street_codes(store, [EAST, WEST]) == {"shared", "later"}
    assert query.street_codes(store, [EAST]) == {"shared"}
    assert query.street_codes(store, [EAST, WEST], before=NOW + timedelta(hours=1)) == {"shared"}


def test_around_a_street_are_its_own_figures_and_all_of_the_last_period(store: Store) -> None:
    stored(
        store, observation(9), *(observation(1, on=f"2023-0{month}", region=EAST) for month in (3, 4)),
        *(observation(2, on=f"2023-0{month}", region=WEST) for month in (3, 4, 5)),
    )  # fmt: skip

    def found(until: date | None) -> list[tuple[str, str]]:
        facts = query.around(store, ["rate", "other"], EAST, [EAST, WEST], until=until)
        assert facts["other"] == ()
        return [(one.observation.region, str(one.observation.period)) for one in facts["rate"]]

    assert found(None) == [(EAST, "2023-03"), (EAST, "2023-04"), (WEST, "2023-05")]
    assert found(date(2023, 4, 30)) == [(EAST, "2023-03"), (EAST, "2023-04"), (WEST, "2023-04")]
