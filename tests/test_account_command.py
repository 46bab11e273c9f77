"""Accounts on the command line, and who may then write there."""

from __future__ import annotations

import getpass
import io
import json
import os
from pathlib import Path

import pytest

from metrics import account
from metrics.store import open_store
from tests.check_command import ACCEPTED, Desk, Said, district, staffed
from tests.test_command import file

PASSWORD = "correct horse"
DEPARTMENTS = "departments: [{code: calls-office, name: 热线办}, {code: green, name: 园林局}]"


@pytest.fixture
def desk(tmp_path: Path, capsys: Said) -> Desk:
    config = district(tmp_path)
    text = config.read_text("utf-8")
    assert "departments" not in text
    text = text.replace("code: calls,", "code: calls, department: calls-office,")
    assert "calls-office" in text
    config.write_text(f"{text}\n{DEPARTMENTS}\n", "utf-8")
    return Desk(config=config, store=tmp_path / "board.duckdb", said=capsys)


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n" * 9))


def accounts(desk: Desk) -> list[tuple[str, str, str | None, bool]]:
    code, out = desk.run("account", "list", "--json")
    assert code == ACCEPTED
    return [(one["name"], one["role"], one["department"], one["active"]) for one in json.loads(out)]


def add(desk: Desk, name: str, role: str, *more: str) -> int:
    code, _ = desk.run("account", "add", name, "--role", role, *more)
    return code


def audit(desk: Desk) -> list[tuple[str, str, bool, str | None]]:
    opened = open_store(f"duckdb:{desk.store}")
    try:
        return [
            (one.event, one.by, one.verified, one.os_user) for one in account.history(opened) if one.door != "program"
        ]
    finally:
        opened.close()


def test_an_account_without_a_password_is_not_asked_for_one(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert add(desk, "管理员", "admin", "--no-password") == ACCEPTED
    assert accounts(desk) == [("管理员", "admin", None, True)]


@pytest.mark.usefixtures("typed")
def test_accounts_are_added_listed_and_switched_off(desk: Desk) -> None:
    assert add(desk, "管理员", "admin") == ACCEPTED
    assert add(desk, "张三", "clerk", "--department", "green") == ACCEPTED
    code, out = desk.run("account", "disable", "张三")
    assert (code, out) == (ACCEPTED, "张三\t上报人员\tgreen\t已停用\n")
    assert sorted(accounts(desk)) == [("张三", "clerk", "green", False), ("管理员", "admin", None, True)]
    assert desk.run("account", "enable", "张三")[1] == "张三\t上报人员\tgreen\t启用\n"
    assert desk.run("account", "passwd", "张三")[0] == ACCEPTED
    me = getpass.getuser()
    assert audit(desk) == [
        (f"account-{event}", me, False, me) for event in ("add", "add", "disable", "enable", "password")
    ]


@pytest.mark.usefixtures("typed")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "张三", "--role", "clerk", "--department", "gone"), "可用：calls-office、green。"),
        (("add", "张三", "--role", "admin", "--department", "green"), "只有上报人员"),
        (("add", "x", "--role", "clerk"), "账号名要2到40个字"),
        (("disable", "张三"), "没有账号“张三”"),
        (("passwd", "张三"), "没有账号“张三”"),
    ],
)
def test_what_makes_no_sense_is_refused(desk: Desk, arguments: tuple[str, ...], said: str) -> None:
    assert said in desk.refused("account", *arguments)
    assert accounts(desk) == []


def test_a_password_that_is_not_there_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert "密码太弱" in desk.refused("account", "add", "管理员", "--role", "admin")


def test_two_passwords_that_differ_are_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    answers = iter([PASSWORD, "another one"])
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr(getpass, "getpass", lambda _: next(answers))
    assert "两次输入的密码不一样" in desk.refused("account", "add", "管理员", "--role", "admin")
    assert accounts(desk) == []


@pytest.mark.usefixtures("typed")
def test_only_accounts_that_may_write_do(desk: Desk, tmp_path: Path) -> None:
    path = file(tmp_path, ("calls", "2024年4月", "万寿路", 5))
    assert "没有启用的账号“张三”" in desk.refused("load", str(path), "--by", "张三", "--yes", "--json")
    add(desk, "局长", "leader")
    for name, said in (("张三", "没有启用的账号“张三”"), ("局长", "账号“局长”是领导，只能查看")):
        assert said in desk.refused("load", str(path), "--by", name, "--yes", "--json")
    assert desk.releases() == []
    assert audit(desk)[2:] == [("refused", name, False, getpass.getuser()) for name in ("张三", "局长")]
    add(desk, "张三", "clerk")
    assert desk.load(path).told["release"] == 1
    assert desk.releases()[0]["verified"] is True
    assert audit(desk)[-1] == ("release", "张三", True, getpass.getuser())


@pytest.mark.usefixtures("typed")
def test_a_clerk_undoes_the_own_department_s_releases_alone(desk: Desk, tmp_path: Path) -> None:
    add(desk, "张三", "clerk", "--department", "calls-office")
    add(desk, "李四", "clerk", "--department", "green")
    add(desk, "管理员", "admin")
    desk.load(file(tmp_path, ("calls", "2024年4月", "万寿路", 5)))
    both = [("calls", "2024年5月", "万寿路", 6), ("contract-rate", "2024年5月", "全区", "81%")]
    desk.load(file(tmp_path, *both, name="两个.csv"))

    def done(event: str, number: int, by: str) -> None:
        assert desk.run(event, str(number), "--by", by, "--reason", "传错了", "--json")[0] == ACCEPTED

    def refused(event: str, number: int, by: str) -> None:
        said = desk.refused(event, str(number), "--by", by, "--reason", "传错了", "--json")
        assert f"含有其他科室的数据，“{by}”不能撤回或恢复" in said

    refused("undo", 1, "李四")
    done("undo", 1, "张三")
    refused("restore", 1, "李四")
    done("restore", 1, "张三")
    refused("undo", 2, "张三")
    done("undo", 2, "管理员")


def test_a_user_without_a_name_is_kept_by_number(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise KeyError("getpwuid(): uid not found: 4711")

    monkeypatch.setattr(getpass, "getuser", nameless)
    staffed(desk)
    assert desk.load(file(tmp_path, ("calls", "2024年4月", "万寿路", 5))).told["release"] == 1
    assert audit(desk)[-1] == ("release", "张三", True, str(os.getuid()))
