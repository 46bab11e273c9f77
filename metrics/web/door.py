"""The door: who has which key, and how somebody gets one. What the gate and the pages of sign-in ask."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from metrics import account, login
from metrics.account import Account, Role
from metrics.errors import Refused
from metrics.login import Session, Way
from metrics.model import Act, Origin, SignIn
from metrics.store import Store
from metrics.web.attempts import Attempts
from metrics.web.gate import NOT_YOURS

WRONG = "账号或密码不对，或者账号已停用。"
TOO_OFTEN = "试得太多了，请过15分钟再试；忘记密码请联系管理员。"

SHOWN, MOST_TOLD = 100, 10_000  # characters of an address; how many refusals of one run are kept in the audit

log = logging.getLogger(__name__)


class TooOften(Refused):
    """Too many tries from there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Sign-in of one board.

    now        this moment
    told       sessions and addresses whose refusal is in the audit
    first_key  of the one-time link that makes the first administrator
    """

    store: Store
    plan: SignIn
    now: Callable[[], datetime]
    attempts: Attempts
    first_key: str
    told: set[tuple[str, str]] = field(default_factory=set)

    def act(self, by: str, address: str | None) -> Act:
        """What somebody does here and now on the web; `by` has signed in, or is "" for who has not."""
        return Act(at=self.now(), by=by, origin=Origin(door="web", verified=bool(by), address=address))

    def of_key(self, key: str) -> Session | None:
        """The living session of a browser's key."""
        return login.standing(self.store, login.named(key), at=self.now())

    def of_proxy(self, name: str, key: str, address: str | None, *, begins: bool) -> tuple[Session | None, str]:
        """The session of who the proxy says is there, begun where the browser has none yet and a page is asked for, and its key."""
        standing = self.of_key(key) if key else None
        if standing and standing.way is not Way.PROXY:
            return standing, key
        found = account.find(self.store, name) if name else None
        if found is None or not found.active:
            return None, key
        if standing and standing.account.name == found.name:
            return standing, key
        if not begins:
            return None, key
        made = self.begin(found, way=Way.PROXY, address=address, instead_of=key)
        return self.of_key(made), made

    def living(self) -> frozenset[str]:
        """The names of the sessions that live."""
        return frozenset(one.session for one in login.living(self.store, at=self.now()))

    def refused(self, signed: Session, path: str, address: str | None) -> None:
        """Keep in the audit, once a session and address, that who is signed in asked for what they may not have."""
        asked = (signed.session, path[:SHOWN])
        if asked not in self.told and len(self.told) < MOST_TOLD:
            self.told.add(asked)
            account.refused(self.store, "打开页面", asked[1], self.act(signed.account.name, address), said=NOT_YOURS)

    def begin(self, who: Account, *, way: Way, address: str | None, instead_of: str = "") -> str:
        """The key of a new session of that account."""
        return login.begin(
            self.store, who, way=way, act=self.act(who.name, address), lasts=timedelta(hours=self.plan.hours),
            instead_of=login.named(instead_of) if instead_of else "",
        )  # fmt: skip

    def proven(self, name: str, password: str, *, address: str | None, device: str) -> Account:
        """The account that the password opens; `Refused` in the same words and time whatever was wrong, `TooOften` by count."""
        wanted = account.cleaned(name)[: account.LONGEST]
        if not self.attempts.allowed(wanted, address or "", device):
            log.warning("登录尝试过多，已拒绝：%s", address)
            raise TooOften(TOO_OFTEN)
        found = account.proven(self.store, wanted, password)
        if found is None:
            known = account.find(
                self.store, wanted
            )  # somebody may have typed a password here: only a name that is one is kept
            subject = known.name if known else ""
            account.refused(self.store, "sign-in", subject, self.act("", address), said=WRONG)
            raise Refused(WRONG)
        self.attempts.forget(wanted, address or "", device)
        return found

    def may_begin(self, key: str) -> bool:
        """Whether this is the key of the one-time link, and nobody has used it."""
        return hmac.compare_digest(key.encode(), self.first_key.encode()) and not account.administrators(self.store)

    def first(self, key: str, name: str, password: str, *, address: str | None) -> Account:
        """The first administrator; `Refused` once there is one."""
        with self.store.writing:
            if not self.may_begin(key):
                raise Refused("这个链接已经失效：管理员账号已经有了，或者看板重新启动过。")
            return account.add(self.store, name, password, role=Role.ADMIN, act=self.act("", address))
