"""Sessions: who is signed in, until when, and what ends it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from metrics import account, backup, login
from metrics.account import Role
from metrics.login import Way, named
from metrics.model import Act, Origin
from metrics.store import Store, open_store, sums
from tests.builders import NOW
from tests.people import PASSWORD, join

HOUR = timedelta(hours=1)
ACT = Act(at=NOW, by="张三", origin=Origin(door="web", verified=True, address="10.1.2.3"))


@pytest.fixture
def people(store: Store) -> Store:
    join(store, "管理员")
    join(store, "张三", "李四", role=Role.CLERK)
    return store


def begun(store: Store, name: str = "张三", *, lasts: timedelta = HOUR, instead_of: str = "") -> str:
    who = account.find(store, name)
    assert who is not None
    return login.begin(store, who, way=Way.PASSWORD, act=ACT, lasts=lasts, instead_of=instead_of)


def who(store: Store, key: str, *, after: timedelta = timedelta()) -> str | None:
    found = login.standing(store, named(key), at=NOW + after)
    return found.account.name if found else None


def test_a_key_is_somebody_until_its_time(people: Store) -> None:
    key = begun(people)
    assert who(people, key, after=HOUR - timedelta(seconds=1)) == "张三"
    assert who(people, key, after=HOUR) is None


@pytest.mark.parametrize("key", ["", "x", "张三", "' OR 1=1 --"])
def test_any_other_key_is_nobody(people: Store, key: str) -> None:
    begun(people)
    assert who(people, key) is None
    assert login.standing(people, key, at=NOW) is None


def test_the_store_and_its_audit_do_not_hold_the_key(people: Store) -> None:
    key = begun(people)
    assert key not in str(people.query("SELECT session, account, way, address FROM session")) + str(
        account.history(people)
    )


def test_what_is_seen_of_a_session(people: Store) -> None:
    key = begun(people)
    (one,) = login.living(people, at=NOW)
    assert (one.session, one.account.name, one.address, one.expires) == (named(key), "张三", "10.1.2.3", NOW + HOUR)


def test_signing_out_ends_this_session_alone_and_is_kept(people: Store) -> None:
    one, other = begun(people), begun(people)
    login.end(people, named(one), act=ACT)
    login.end(people, named(one), act=ACT)
    assert (who(people, one), who(people, other)) == (None, "张三")
    assert [entry.event for entry in account.history(people)[-3:]] == ["sign-in", "sign-in", "sign-out"]


def test_a_browser_has_one_session_at_a_time(people: Store) -> None:
    old = begun(people)
    new = begun(people, "李四", instead_of=named(old))
    assert (who(people, old), who(people, new)) == (None, "李四")


def test_an_account_switched_off_is_signed_out_at_once_and_not_signed_in_when_it_is_back(people: Store) -> None:
    key = begun(people)
    account.switch(people, "张三", active=False, act=ACT)
    assert who(people, key) is None
    account.switch(people, "张三", active=True, act=ACT)
    assert who(people, key) is None


def test_another_password_ends_all_sessions_but_the_one_it_is_changed_in(people: Store) -> None:
    here, elsewhere, somebody = begun(people), begun(people), begun(people, "李四")
    account.set_password(people, "张三", "battery staple", act=ACT, here=named(here))
    assert [who(people, key) for key in (here, elsewhere, somebody)] == ["张三", None, "李四"]
    account.set_password(people, "张三", PASSWORD, act=ACT)
    assert who(people, here) is None


def test_another_role_counts_in_the_session_that_is_open(people: Store) -> None:
    key = begun(people)
    account.assign(people, "张三", role=Role.LEADER, act=ACT)
    found = login.standing(people, named(key), at=NOW)
    assert found is not None
    assert not found.account.writes


def test_what_has_expired_is_forgotten(people: Store) -> None:
    begun(people, lasts=-HOUR)
    begun(people)
    assert people.query("SELECT count(*) AS n FROM session") == [{"n": 1}]


def test_the_secret_stays_the_same_and_is_another_one_in_another_store(people: Store, tmp_path: Path) -> None:
    assert login.secret(people) == login.secret(people)
    assert len(login.secret(people)) >= 43
    other = open_store(f"duckdb:{tmp_path}/other.duckdb")
    assert login.secret(other) != login.secret(people)
    other.close()


@pytest.fixture
def saved(people: Store) -> Iterator[Store]:
    """A back-up of a store in which somebody is signed in."""
    begun(people)
    login.secret(people)
    opened = open_store(f"duckdb:{backup.make(people, at=NOW)}")
    yield opened
    opened.close()


@pytest.mark.onefile
def test_a_back_up_signs_nobody_in(saved: Store, people: Store) -> None:
    assert saved.query("SELECT session FROM session") == saved.query("SELECT * FROM secret") == []
    assert login.secret(saved) != login.secret(people)
    assert {name: count for name, (count, _) in sums(saved).items()}["account"] == 3
