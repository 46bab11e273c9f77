"""Who is signed in: sessions that end at their time, with the account, or when somebody ends them.

A browser has a key that nobody can guess. The store has its SHA-256, by which a session is named everywhere here: who
reads the store, a log or a page is not signed in. No back-up holds sessions.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from metrics.account import Account, Role
from metrics.model import Act
from metrics.store import Store, audit, timestamp, transaction

KEY_BYTES = 32


class Way(StrEnum):
    """How somebody signed in."""

    PASSWORD = "password"
    OIDC = "oidc"
    PROXY = "proxy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Somebody signed in, until `expires`.

    session  its name: SHA-256 of the key
    address  from where it was begun; None when nobody could say
    """

    session: str
    account: Account
    way: Way
    began: datetime
    expires: datetime
    address: str | None


LIVING = """
SELECT a.name, a.role, a.department, a.active, epoch_us(a."at") AS "at",
    s.session, s.way, epoch_us(s.began) AS began, epoch_us(s.expires) AS expires, s.address
FROM session s JOIN account a ON a.name = s.account
WHERE a.active
"""


def secret(store: Store) -> str:
    """What the cookies of this store are signed with; made when there is none yet."""
    with store.writing:
        rows = store.query("SELECT value FROM secret")
        if rows:
            return str(rows[0]["value"])
        made = secrets.token_urlsafe(KEY_BYTES)
        with transaction(store) as cursor:
            cursor.execute("INSERT INTO secret VALUES ($made)", {"made": made})
    return made


def first_key(store: Store) -> str:
    """The key of the link for the first administrator: of this start, or where several boards share the store the same for all."""
    if not store.engine.shared:
        return secrets.token_urlsafe(KEY_BYTES)
    return hmac.new(secret(store).encode(), b"first administrator", hashlib.sha256).hexdigest()


def begin(store: Store, account: Account, *, way: Way, act: Act, lasts: timedelta, instead_of: str = "") -> str:
    """The key of a new session; what has expired is forgotten.

    instead_of  session of the same browser, which ends
    """
    key = secrets.token_urlsafe(KEY_BYTES)
    row = {
        "session": named(key), "account": account.name, "way": way.value, "began": act.at, "expires": act.at + lasts,
        "address": act.origin.address,
    }  # fmt: skip
    with transaction(store) as cursor:
        gone = {"at": act.at, "instead_of": instead_of}
        cursor.execute("DELETE FROM session WHERE expires <= $at OR session = $instead_of", gone)
        cursor.execute("INSERT INTO session VALUES ($session, $account, $way, $began, $expires, $address)", row)
        audit(cursor, "sign-in", account.name, act, said=None if way is Way.PASSWORD else way.value)
    return key


def end(store: Store, session: str, *, act: Act) -> None:
    """End a session, by who is signed in or by an administrator; nothing happens for one that has ended."""
    rows = store.query("SELECT account FROM session WHERE session = $session", {"session": session})
    if rows:
        with transaction(store) as cursor:
            cursor.execute("DELETE FROM session WHERE session = $session", {"session": session})
            audit(cursor, "sign-out", rows[0]["account"], act)


def standing(store: Store, session: str, *, at: datetime) -> Session | None:
    """The session while it lives, with its account as it is now; None for one that has ended, or never was."""
    rows = store.again(f"{LIVING} AND s.session = $session", {"session": session}) if session else []
    found = _session(rows[0]) if rows else None
    return found if found and found.expires > at else None


def living(store: Store, *, at: datetime) -> list[Session]:
    """Every session that lives, the one begun last first."""
    found = (_session(row) for row in store.again(f"{LIVING} ORDER BY s.began DESC, s.session", {}))
    return [one for one in found if one.expires > at]


def named(key: str) -> str:
    """The session that has this key."""
    return hashlib.sha256(key.encode()).hexdigest()


def _session(row: dict[str, Any]) -> Session:
    taken = {name: row[name] for name in ("name", "department", "active")}
    account = Account(**taken, role=Role(row["role"]), at=timestamp(row["at"]))
    times = {name: timestamp(row[name]) for name in ("began", "expires")}
    return Session(session=row["session"], account=account, way=Way(row["way"]), address=row["address"], **times)
