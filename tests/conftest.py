"""Fixtures that many tests share: a store of their own, the shipped board, and golden files."""

from __future__ import annotations

import hashlib
import os
import shlex
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from argon2 import PasswordHasher
from hypothesis import settings

from metrics import account
from metrics import store as stores
from metrics.engine import Engine
from metrics.lake import PREFIX, lake_at
from metrics.onefile import OneFile, located
from metrics.start import Board, start
from metrics.store import Store, open_store
from tests.builders import CONFIG, NOW
from tests.people import sign_in
from tests.postgres import REACHED
from tests.servers import Server, opened_browser, opened_page, visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=200)
settings.load_profile("repeatable")
GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--scale", action="store_true", help="also the tests of several boards on one lake, which take minutes"
    )
    parser.addoption("--golden", action="store_true", help="rewrite tests/golden/ instead of comparing with it")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On a lake the tests that are about a file are left out; without --scale, those that need minutes."""
    elsewhere = {"onefile", "browser"} if REACHED in os.environ else set()
    elsewhere |= set() if config.getoption("--scale") else {"scale"}
    apart = [item for item in items if any(item.get_closest_marker(name) for name in elsewhere)]
    config.hook.pytest_deselected(items=apart)
    items[:] = [item for item in items if item not in set(apart)]


@pytest.fixture(autouse=True, scope="session")
def quick_passwords() -> Iterator[None]:
    """Passwords of tests are kept at the least cost: what they cost in earnest is tried where that matters."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(account, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(autouse=True, scope="session")
def on_a_lake() -> Iterator[None]:
    """With the PostgreSQL of `make test-scale`, every store in a file is one on DuckLake instead, whatever the test calls it."""
    reached = os.environ.get(REACHED)
    if reached is None:
        yield
        return

    def engine_at(url: str, *, folder: Path = Path()) -> Engine:
        if not url.startswith("duckdb:"):
            return lake_at(url, folder=folder)
        path = located(url, folder=folder)
        if path.is_file():  # a back-up
            return OneFile(path)
        schema = f"s{hashlib.sha256(str(path).encode()).hexdigest()[:24]}"
        return replace(
            lake_at(f"{PREFIX}{reached} schema={schema} {shlex.quote(f'data_path={path}.lake')}", folder=folder),
            beside=path.parent,
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stores, "engine_at", engine_at)
        yield


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """golden(name, text) compares the text with tests/golden/name, or writes it with --golden."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--golden"):
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8"), f"tests/golden/{name} differs: make golden, then read the diff"

    return compare


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store of the test's own."""
    opened = open_store("duckdb:board.duckdb", folder=tmp_path)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    """The shipped catalogue and notice on a fresh store; for reading only."""
    folder = tmp_path_factory.mktemp("board")
    opened = start(CONFIG, at=NOW, store_url=f"duckdb:{folder / 'board.duckdb'}")
    yield opened
    opened.store.close()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Board]:
    """The shipped catalogue and notice on a store of the test's own."""
    opened = start(CONFIG, at=NOW, store_url=f"duckdb:{tmp_path / 'board.duckdb'}")
    yield opened
    opened.store.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with opened_browser() as opened:
        yield opened


@pytest.fixture
def blank(browser: Browser) -> Iterator[Callable[..., Page]]:
    """blank(width=390) is an empty page of a new profile; closed at the end."""
    pages: list[Page] = []

    def at(**size: Any) -> Page:
        pages.append(opened_page(browser, **size))
        return pages[-1]

    yield at
    for page in pages:
        page.context.close()


@pytest.fixture
def opened(blank: Callable[..., Page], server: Server) -> Callable[..., Page]:
    """opened("/upload", name="张三", width=390) is a page of a new profile on that address of the module's server.

    name  of the account that signs in first; "" for nobody.
    """

    def at(path: str = "/", *, name: str = "", **size: Any) -> Page:
        page = blank(**size)
        if name:
            sign_in(page, server.url, name)
        visit(page, server.url + path)
        return page

    return at
