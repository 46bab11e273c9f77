"""Accounts for tests: who may write has to exist, in the store and, for a page, signed in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from metrics import account
from metrics.account import Account, Role
from metrics.model import Act
from metrics.store import Store, open_store
from pages import session
from tests.builders import NOW

if TYPE_CHECKING:
    from playwright.sync_api import Page

PASSWORD = "correct horse"


def join(where: Store | Path, *names: str, role: Role = Role.ADMIN, department: str | None = None) -> None:
    """Add these accounts to a store, open or not; those it has stay as they are."""
    opened = where if isinstance(where, Store) else open_store(f"duckdb:{where}")
    try:
        for name in names:
            if not account.find(opened, name):
                account.add(opened, name, PASSWORD, role=role, department=department, act=Act(at=NOW, by="root"))
    finally:
        if opened is not where:
            opened.close()


def sit_down(patch: pytest.MonkeyPatch, store: Store, name: str = "张三", *, role: Role = Role.ADMIN) -> None:
    """Have pages that run without a browser believe that this account is signed in, for as long as it is active."""

    def me() -> Account | None:
        found = account.find(store, name)
        return found if found and found.active else None

    join(store, name, role=role)
    patch.setattr(session, "me", me)


def stand_up(patch: pytest.MonkeyPatch) -> None:
    """Have such pages believe that nobody is signed in."""
    patch.setattr(session, "me", lambda: None)


def sign_in(page: Page, url: str, name: str = "张三", *, to: str = "/") -> None:
    """Sign in as a person does, and go on to that page."""
    page.goto(f"{url}/sign-in?next={quote(to)}")
    page.get_by_label("账号").fill(name)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(lambda now: "/sign-in" not in now)
