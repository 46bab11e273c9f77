"""Accounts: who may write, passwords, the audit, and what a restored store keeps of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from metrics import account, backup
from metrics.account import Account, Role
from metrics.errors import Refused
from metrics.model import Act, Origin
from metrics.store import Store, append, open_store, record_event, sums
from tests.builders import NOW, observation, path_of, submission

ACT = Act(at=NOW, by="root", origin=Origin(door="terminal", os_user="root"))
GOOD, OTHER = "correct horse", "battery staple"


def later(days: int) -> Act:
    return Act(at=NOW + timedelta(days=days), by="root", origin=ACT.origin)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"duckdb:{tmp_path}/board.duckdb")
    yield opened
    opened.close()


@pytest.fixture
def people(store: Store) -> Store:
    """An administrator, a clerk of one department, and a leader."""
    account.add(store, "管理员", GOOD, role=Role.ADMIN, act=ACT)
    account.add(store, "张三", GOOD, role=Role.CLERK, department="waste", act=ACT)
    account.add(store, "局长", GOOD, role=Role.LEADER, act=ACT)
    return store


def active(store: Store) -> list[str]:
    return [one.name for one in account.accounts(store) if one.active]


def told(store: Store) -> list[tuple[str, str, str, bool]]:
    return [(one.event, one.subject, one.by, one.verified) for one in account.history(store)]


# -- accounts ---------------------------------------------------------------------------------------------------------


def test_an_account_is_what_it_was_made(people: Store) -> None:
    assert account.find(people, "张三") == Account(
        name="张三", role=Role.CLERK, department="waste", active=True, at=NOW
    )
    assert sorted(active(people)) == sorted(["张三", "局长", "管理员"])
    assert account.find(people, "李四") is None


def test_full_width_and_blanks_make_no_other_person(people: Store) -> None:
    account.add(people, " ｌｉ．ｓｉ ", GOOD, role=Role.CLERK, act=ACT)
    found = account.find(people, "li.si")
    assert found is not None
    assert found.name == "li.si"


@pytest.mark.parametrize("name", ["", "张", "a b", "<b>", "张\n三", "x" * 41, "=1+1", "a'b"])
def test_a_name_that_no_page_could_show_is_refused(store: Store, name: str) -> None:
    with pytest.raises(Refused, match="账号名"):
        account.add(store, name, GOOD, role=Role.CLERK, act=ACT)
    assert account.accounts(store) == []


@pytest.mark.parametrize("password", ["", "short", "aaaaaaaaaaaa", "张三1234567890", "x" * 201])
def test_a_weak_password_is_refused(people: Store, password: str) -> None:
    with pytest.raises(Refused, match="密码太弱"):
        account.set_password(people, "张三", password, act=ACT)
    assert account.proven(people, "张三", GOOD)


def test_a_name_is_never_used_twice(people: Store) -> None:
    account.switch(people, "张三", active=False, act=ACT)
    with pytest.raises(Refused, match="已经有账号"):
        account.add(people, "张三", OTHER, role=Role.ADMIN, act=ACT)


def test_only_a_clerk_has_a_department(store: Store) -> None:
    with pytest.raises(Refused, match="科室"):
        account.add(store, "局长", GOOD, role=Role.LEADER, department="waste", act=ACT)


def test_the_last_administrator_stays(people: Store) -> None:
    with pytest.raises(Refused, match="最后一个"):
        account.switch(people, "管理员", active=False, act=ACT)
    account.add(people, "副管理员", GOOD, role=Role.ADMIN, act=ACT)
    assert account.switch(people, "管理员", active=False, act=ACT).active is False
    with pytest.raises(Refused, match="最后一个"):
        account.switch(people, "副管理员", active=False, act=ACT)


def test_an_unknown_name_is_told(people: Store) -> None:
    with pytest.raises(Refused, match="没有账号"):
        account.switch(people, "李四", active=False, act=ACT)
    with pytest.raises(Refused, match="没有账号"):
        account.set_password(people, "李四", OTHER, act=ACT)


# -- passwords --------------------------------------------------------------------------------------------------------


def test_a_password_opens_its_own_account_alone(people: Store) -> None:
    account.set_password(people, "张三", OTHER, act=later(1))
    assert account.proven(people, "张三", OTHER) == account.find(people, "张三")
    assert account.proven(people, "张三", GOOD) is None
    assert account.proven(people, "局长", OTHER) is None
    assert account.proven(people, "李四", GOOD) is None


def test_who_is_switched_off_gets_in_no_more_and_again_later(people: Store) -> None:
    account.switch(people, "张三", active=False, act=ACT)
    assert account.proven(people, "张三", GOOD) is None
    account.switch(people, "张三", active=True, act=ACT)
    assert account.proven(people, "张三", GOOD)


def test_a_name_that_does_not_exist_is_tried_like_any_other(people: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []
    real = account.HASHER.verify

    class Counting:
        def verify(self, kept: str, password: str) -> bool:
            tried.append(kept)
            return real(kept, password)

    monkeypatch.setattr(account, "HASHER", Counting())
    account.proven(people, "李四", GOOD)
    account.proven(people, "张三", OTHER)
    assert len(tried) == 2


def test_the_name_that_does_not_exist_costs_what_an_account_costs() -> None:
    assert not PasswordHasher().check_needs_rehash(account.NOBODY)


def test_no_password_opens_an_account_that_has_none(people: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    account.add(people, "李四", None, role=Role.CLERK, act=ACT)
    monkeypatch.setattr(account, "NOBODY", account.HASHER.hash(GOOD))  # not even the one that nobody knows
    assert [account.proven(people, "李四", password) for password in ("", account.NO_PASSWORD, GOOD)] == [None] * 3
    account.set_password(people, "李四", GOOD, act=ACT)
    assert account.proven(people, "李四", GOOD)


def test_no_password_stands_in_the_store(people: Store) -> None:
    (row,) = people.query("SELECT password FROM account WHERE name = '张三'")
    assert row["password"].startswith("$argon2id$")
    assert GOOD not in "".join(str(one) for one in account.history(people))


# -- what they may do -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "said"), [("李四", "没有启用"), ("局长", "只能查看"), ("", "请先登录"), (" ", "请先登录")]
)
def test_who_may_not_write(people: Store, name: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        account.writer(people, name)


def test_who_is_switched_off_writes_no_more(people: Store) -> None:
    assert account.writer(people, "张三").name == "张三"
    account.switch(people, "张三", active=False, act=ACT)
    with pytest.raises(Refused, match="没有启用"):
        account.writer(people, "张三")


@pytest.mark.parametrize(
    ("name", "departments", "may"),
    [
        ("张三", {"waste"}, True),
        ("张三", {"waste", "gas"}, False),
        ("张三", {"gas"}, False),
        ("张三", {None}, False),
        ("张三", {"waste", None}, False),
        ("张三", set(), False),
        ("李四", {None}, False),
        ("管理员", {"waste", "gas", None}, True),
    ],
)
def test_who_may_undo_what(people: Store, name: str, departments: set[str | None], may: bool) -> None:
    account.add(people, "李四", GOOD, role=Role.CLERK, act=ACT)
    if may:
        account.refuse_undo(account.writer(people, name), departments)
    else:
        with pytest.raises(Refused, match="其他科室"):
            account.refuse_undo(account.writer(people, name), departments)


# -- audit ------------------------------------------------------------------------------------------------------------


def test_what_is_done_is_in_the_audit(people: Store) -> None:
    release = append(people, submission(observation(80), by="张三", verified=True), at=NOW, origin=ACT.origin)
    record_event(people, release.release_id, "withdraw", act=Act(at=NOW, by="李四"), reason="传错了")
    account.switch(people, "局长", active=False, act=ACT)
    account.refused(people, "undo", "7", ACT, said="没有权限。\nNo.")
    assert told(people)[3:] == [
        ("release", "1", "张三", False),
        ("withdraw", "1", "李四", False),
        ("account-disable", "局长", "root", False),
        ("refused", "7", "root", False),
    ]
    last = account.history(people)[-1]
    assert (last.door, last.os_user, last.address, last.said) == ("terminal", "root", None, "undo：没有权限。")


def test_a_write_that_fails_leaves_no_line(people: Store) -> None:
    before = told(people)
    with pytest.raises(Refused):
        record_event(people, 7, "withdraw", act=ACT, reason="x")
    assert told(people) == before


def test_accounts_do_not_make_pages_read_all_figures_again(store: Store) -> None:
    before = store.data_version()
    account.add(store, "张三", GOOD, role=Role.CLERK, act=ACT)
    assert store.data_version() == before


# -- restoring a back-up ----------------------------------------------------------------------------------------------


@pytest.mark.onefile
def test_a_restored_store_brings_nobody_back(people: Store, caplog: pytest.LogCaptureFixture) -> None:
    append(people, submission(observation(80)), at=NOW)
    saved = backup.make(people, at=NOW)
    account.switch(people, "张三", active=False, act=later(1))
    account.set_password(people, "局长", OTHER, act=later(1))
    account.add(people, "新来的", GOOD, role=Role.CLERK, act=later(2))
    append(people, submission(observation(90), sha256="b"), at=NOW + timedelta(days=3))
    said = told(people)
    people.close()
    backup.restore(saved, path_of(people), at=NOW, replace=True)
    assert caplog.text == ""
    opened = open_store(f"duckdb:{path_of(people)}")
    try:
        assert sums(opened)["release"][0] == 1
        assert "张三" not in active(opened)
        assert account.proven(opened, "局长", GOOD) is None
        assert account.proven(opened, "局长", OTHER)
        assert "新来的" in active(opened)
        assert sorted(told(opened)) == sorted(said)
    finally:
        opened.close()


@pytest.mark.onefile
def test_where_the_old_store_cannot_be_read_that_is_said(people: Store, caplog: pytest.LogCaptureFixture) -> None:
    saved = backup.make(people, at=NOW)
    people.close()
    path_of(people).write_bytes(b"damaged" * 1000)
    backup.restore(saved, path_of(people), at=NOW, replace=True)
    assert "备份以后停用的账号请再停用" in caplog.text
    opened = open_store(f"duckdb:{path_of(people)}")
    assert "张三" in active(opened)
    opened.close()
