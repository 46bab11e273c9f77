"""Who may write: accounts, their passwords and roles, and the audit of what people did or tried.

A name stays whose it was: accounts are switched off, never deleted. Passwords are kept as argon2id hashes only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from threading import Lock
from typing import Any

import duckdb
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from metrics.errors import Refused
from metrics.model import PROGRAM, Act, Origin
from metrics.store import Store, audit, open_store, peek, timestamp, transaction

NAME = re.compile(r"[\w.·@-]{2,40}")
SHORTEST, LONGEST, FEWEST = 10, 200, 5  # characters of a password; different ones
HASHER = PasswordHasher()
# A name that does not exist takes as long as one that does. Written down, as making one would be work at every start.
NO_PASSWORD = "!"  # of an account that comes in another way
ONE_AT_A_TIME = Lock()  # 64 MB each
NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$/L6YOkYGujG/RUedPFBmaw$ci/ze9WYkjKpuDRRSzJXOKeVNu2L/x/qhv+DvNTcxRU"
MOMENT = 'REPLACE (epoch_us("at") AS "at")'


class Role(StrEnum):
    """What somebody may do; each may do what the one before may."""

    LEADER = "leader"
    CLERK = "clerk"
    ADMIN = "admin"


EVENTS = {
    "release": "数据入库", "await": "恢复为初报", "approve": "审核通过", "return": "退回", "withdraw": "撤回版本",
    "restore": "恢复版本", "comment": "情况说明", "sign-in": "登录", "sign-out": "退出",
    "refused": "被拒绝", "account-add": "添加账号", "account-role": "改角色", "account-disable": "停用账号",
    "account-enable": "启用账号", "account-password": "改密码",
}  # fmt: skip
NAMES = {Role.LEADER: "领导", Role.CLERK: "上报人员", Role.ADMIN: "管理员"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person.

    name        as it stands under what they write
    department  code of the catalogue, of a clerk; None for the others, and for a clerk who may undo nothing
    at          when it was last changed
    """

    name: str
    role: Role
    department: str | None
    active: bool
    at: datetime

    @property
    def writes(self) -> bool:
        """Whether they may upload and write notes."""
        return self.active and self.role is not Role.LEADER


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the audit; columns as in schema.sql."""

    audit_id: int
    at: datetime
    event: str
    by: str
    verified: bool
    door: str
    address: str | None
    os_user: str | None
    subject: str
    said: str | None


def accounts(store: Store) -> list[Account]:
    """All of them by name, those switched off too."""
    rows = store.query(f"SELECT * EXCLUDE (password) {MOMENT} FROM account ORDER BY name")  # noqa: S608
    return [Account(**(row | {"role": Role(row["role"]), "at": timestamp(row["at"])})) for row in rows]


def administrators(store: Store) -> list[Account]:
    """Those who can be asked for an account."""
    return [one for one in accounts(store) if one.role is Role.ADMIN and one.active]


def find(store: Store, name: str) -> Account | None:
    """The account of that name, active or not."""
    wanted = cleaned(name)
    return next((one for one in accounts(store) if one.name == wanted), None)


def add(
    store: Store, name: str, password: str | None, *, role: Role, department: str | None = None, act: Act
) -> Account:
    """A new account; `Refused` for a name that was ever used, a weak password, or a department of who is no clerk.

    password  None for one that no password opens: somebody else says who it is
    """
    made = Account(name=cleaned(name), role=role, department=department, active=True, at=act.at)
    if not NAME.fullmatch(made.name):
        raise Refused("账号名要2到40个字，只用汉字、字母、数字和 . _ - · @。 A name has 2 to 40 letters or digits.")
    _refuse_department(role, department)
    if password is not None:
        _refuse_weak(made.name, password)
    kept = NO_PASSWORD if password is None else HASHER.hash(password)
    with store.writing:
        if find(store, made.name):
            raise Refused(f"已经有账号“{made.name}”；停用的账号名也不能再用。 There is an account of that name.")
        with transaction(store) as cursor:
            _insert(cursor, {**asdict(made), "role": role.value, "password": kept})
            audit(cursor, "account-add", made.name, act, said=_as_said(role, department))
    return made


def assign(store: Store, name: str, *, role: Role, department: str | None = None, act: Act) -> Account:
    """Another role or department; `Refused` for the last active administrator, or a department of who is no clerk."""
    _refuse_department(role, department)
    with store.writing:
        found = _existing(store, name)
        if (found.role, found.department) == (role, department):
            return found
        if role is not Role.ADMIN:
            _refuse_last(store, found)
        with transaction(store) as cursor:
            given = {"role": role.value, "department": department, "at": act.at, "name": found.name}
            cursor.execute(
                'UPDATE account SET role = $role, department = $department, "at" = $at WHERE name = $name', given
            )
            audit(cursor, "account-role", found.name, act, said=_as_said(role, department))
    return replace(found, role=role, department=department, at=act.at)


def switch(store: Store, name: str, *, active: bool, act: Act) -> Account:
    """Switch an account off, or on again; `Refused` for the last active administrator."""
    with store.writing:
        found = _existing(store, name)
        if found.active == active:
            return found
        if not active:
            _refuse_last(store, found)
        with transaction(store) as cursor:
            given = {"active": active, "at": act.at, "name": found.name}
            cursor.execute('UPDATE account SET active = $active, "at" = $at WHERE name = $name', given)
            _sign_out(cursor, found.name)
            audit(cursor, "account-enable" if active else "account-disable", found.name, act)
    return replace(found, active=active, at=act.at)


def set_password(store: Store, name: str, password: str, *, act: Act, here: str = "") -> Account:
    """Another password, which ends every session of the account but the one `here`; `Refused` for a weak one."""
    with store.writing:
        found = _existing(store, name)
        _refuse_weak(found.name, password)
        with transaction(store) as cursor:
            given = {"password": HASHER.hash(password), "at": act.at, "name": found.name}
            cursor.execute('UPDATE account SET password = $password, "at" = $at WHERE name = $name', given)
            _sign_out(cursor, found.name, here=here)
            audit(cursor, "account-password", found.name, act)
    return replace(found, at=act.at)


def proven(store: Store, name: str, password: str) -> Account | None:
    """The active account that this password opens, else None: after the same time, whatever was wrong."""
    rows = store.query("SELECT password FROM account WHERE name = $name", {"name": cleaned(name)})
    kept = rows[0]["password"] if rows else NO_PASSWORD
    try:
        with ONE_AT_A_TIME:
            HASHER.verify(NOBODY if kept == NO_PASSWORD else kept, password[:LONGEST])
    except VerificationError:
        return None
    found = find(store, name)
    return found if found and found.active and kept != NO_PASSWORD else None


def entitled(
    store: Store, act: Act, event: str, subject: str, *, departments: Iterable[str | None] | None = None
) -> Act:
    """The act under the name of an account that may do it, so verified; `Refused`, and that in the audit, for anybody else.

    departments  of the figures that a withdrawal or restoring touches; None for what touches none that are stored

    What the program does by itself may be done.
    """
    if act.origin == PROGRAM:
        return act
    try:
        who = writer(store, act.by)
        if departments is not None:
            refuse_undo(who, departments)
    except Refused as no:
        refused(store, event, subject, act, said=str(no))
        raise
    return replace(act, by=who.name, origin=replace(act.origin, verified=True))


def writer(store: Store, name: str) -> Account:
    """The account that may write under that name; `Refused` for every other name."""
    if not name.strip():
        raise Refused("请先登录，没有写入。 Sign in first.")
    found = find(store, name)
    if found is None or not found.active:
        raise Refused(
            f"没有启用的账号“{name}”，没有写入。请管理员添加或启用账号（account add、account list）。\n"
            "No active account of that name: nothing was written."
        )
    if not found.writes:
        raise Refused(f"账号“{name}”是{NAMES[found.role]}，只能查看，没有写入。 This account may only read.")
    return found


def refuse_undo(account: Account, departments: Iterable[str | None]) -> None:
    """`Refused` unless an administrator, or a clerk of the one department whose figures the release holds.

    departments  of the release's indicators; None for one without a department
    """
    if account.role is Role.ADMIN or (account.department is not None and set(departments) == {account.department}):
        return
    raise Refused(
        f"这个版本含有其他科室的数据，“{account.name}”不能撤回或恢复，请找管理员。\n"
        "The release holds figures of other departments: an administrator has to undo it."
    )


def refused(store: Store, event: str, subject: str, act: Act, *, said: str) -> None:
    """Keep in the audit that somebody was refused."""
    with transaction(store) as cursor:
        audit(cursor, "refused", subject, act, said=f"{EVENTS.get(event, event)}：{said.splitlines()[0]}")


def history(store: Store) -> list[Entry]:
    """The whole audit, oldest first."""
    rows = store.query(f"SELECT * {MOMENT} FROM audit")  # noqa: S608
    return sorted(_entries(rows), key=lambda one: (one.at, one.audit_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Which lines of the audit: of this event, with this text in a name, subject or words, from this moment on; "" for any.

    below  only lines with a lower audit_id, to go on after a page
    """

    event: str = ""
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None
    below: int | None = None


def trail(store: Store, sought: Sought, *, most: int) -> list[Entry]:
    """The newest lines of the audit that are sought, newest first."""
    rows = store.query(
        f"""
        SELECT * {MOMENT} FROM audit
        WHERE ($event = '' OR event = $event)
            AND ($text = '' OR contains("by", $text) OR contains(subject, $text) OR contains(coalesce(said, ''), $text)
                 OR contains(coalesce(address, ''), $text))
            AND ($since IS NULL OR audit."at" >= $since) AND ($until IS NULL OR audit."at" < $until)
            AND ($below IS NULL OR audit_id < $below)
        ORDER BY audit_id DESC LIMIT $most
        """,  # noqa: S608
        asdict(sought) | {"most": most},
    )
    return _entries(rows)


@dataclass(frozen=True, slots=True)
class People:
    """Rows of a store's accounts and audit, as `peek` gives them."""

    accounts: list[dict[str, Any]]
    audit: list[dict[str, Any]]


def people(path: Path) -> People:
    """Accounts and audit of a store that nobody has open. `Locked` when it is open, `Refused` when it cannot be read."""
    return People(*peek(path, "account", "audit"))


def carry(kept: People, new: Path) -> None:
    """Have the store restored to `new`, which nobody has open, keep these accounts, and the audit of both.

    Whoever was switched off, or got another password, after the back-up was made stays so.
    """
    opened = open_store(f"duckdb:{new}")
    try:
        known = {replace(one, audit_id=0) for one in history(opened)}
        missing = [one for one in _entries(kept.audit) if replace(one, audit_id=0) not in known]
        with transaction(opened) as cursor:
            if kept.accounts:
                cursor.execute("DELETE FROM account")
            for row in kept.accounts:
                _insert(cursor, row | {"at": timestamp(row["at"])})
            for one in missing:
                came = Origin(door=one.door, verified=one.verified, address=one.address, os_user=one.os_user)
                audit(cursor, one.event, one.subject, Act(at=one.at, by=one.by, origin=came), said=one.said)
    finally:
        opened.close()


def _insert(cursor: duckdb.DuckDBPyConnection, row: dict[str, Any]) -> None:
    cursor.execute("INSERT INTO account VALUES ($name, $role, $department, $password, $active, $at)", row)


def _sign_out(cursor: duckdb.DuckDBPyConnection, name: str, *, here: str = "") -> None:
    """End the sessions of the account, but for the one `here`."""
    cursor.execute("DELETE FROM session WHERE account = $name AND session <> $here", {"name": name, "here": here})


def _entries(rows: Iterable[dict[str, Any]]) -> list[Entry]:
    return [Entry(**(row | {"at": timestamp(row["at"])})) for row in rows]


def cleaned(name: str) -> str:
    """A name as it is kept: full width and half width are the same."""
    return unicodedata.normalize("NFKC", name).strip()


def _as_said(role: Role, department: str | None) -> str:
    return NAMES[role] + (f"，科室 {department}" if department else "")


def _refuse_department(role: Role, department: str | None) -> None:
    if department is not None and role is not Role.CLERK:
        raise Refused("只有上报人员（clerk）有科室。 Only a clerk has a department.")


def _refuse_last(store: Store, found: Account) -> None:
    if [one.name for one in administrators(store)] == [found.name]:
        raise Refused(
            f"“{found.name}”是最后一个启用的管理员，要留着。请先添加另一个管理员。 The last administrator stays."
        )


def _existing(store: Store, name: str) -> Account:
    found = find(store, name)
    if found is None:
        raise Refused(f"没有账号“{name}”。请用 account list 查看。 There is no such account.")
    return found


def _refuse_weak(name: str, password: str) -> None:
    if not SHORTEST <= len(password) <= LONGEST or name.lower() in password.lower() or len(set(password)) < FEWEST:
        raise Refused(
            f"密码太弱：至少{SHORTEST}个字符，不含账号名，不要重复同几个字符。\n"
            f"A password has at least {SHORTEST} characters, not the name in it, and more than a few different ones."
        )
