"""Signing in as people see it: on a phone, on a board for accounts only, and what becomes of a tab that is left open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from metrics import account
from metrics.account import Role
from metrics.command import Command
from metrics.model import Act
from metrics.store import open_store
from metrics.through import through
from tests.builders import NOW, copy_of_board
from tests.people import join, sign_in
from tests.servers import Server, board_server, dialogs, settled, visit, watched
from tests.test_screens import CUT_OFF, LOW_CONTRAST, SCROLLS

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
HOSTILE = "<img src=x onerror=alert(1)>{{ 7*7 }}"
PEOPLE = ("/account", "/accounts", "/audit")
WIDE = """() => [...document.querySelectorAll("body *")].filter(e => e.checkVisibility() && !e.closest(".scroll")
  && e.getBoundingClientRect().right > innerWidth + 0.5).map(e => e.tagName + " " + e.textContent.trim().slice(0, 30))"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A board for accounts only, in whose audit somebody has left hostile words."""
    folder = tmp_path_factory.mktemp("shut")
    config = copy_of_board(folder)
    config.write_text(f"{config.read_text('utf-8')}\nsign_in: {{reading: signed-in}}\n", "utf-8")
    store = folder / "board.duckdb"
    join(store, "管理员")
    join(store, "张三", role=Role.CLERK)
    join(store, "局长", role=Role.LEADER)
    opened = open_store(f"duckdb:{store}")
    account.refused(opened, "release", HOSTILE, Act(at=NOW, by=HOSTILE), said=HOSTILE)
    opened.close()
    with board_server(env={"KPI_CONFIG": str(config), "KPI_STORE": f"duckdb:{store}"}) as running:
        yield running


def test_a_leader_on_a_phone_signs_in_and_is_where_they_wanted_to_be(
    blank: Callable[..., Page], server: Server
) -> None:
    page = blank(width=390, height=844)
    watch = watched(page, server.url)
    page.goto(f"{server.url}/waste?month=2023-10")
    assert page.url == f"{server.url}/sign-in?next=%2Fwaste%3Fmonth%3D2023-10"
    page.get_by_label("账号").fill("局长")
    page.get_by_label("密码").fill("correct horse")
    page.keyboard.press("Enter")
    page.get_by_text("93.24").first.wait_for()
    assert page.url == f"{server.url}/waste?month=2023-10"
    visit(page, f"{server.url}/upload")
    page.get_by_text("您的账号只能查看和下载数据").wait_for()
    assert page.evaluate(CUT_OFF) + page.evaluate(SCROLLS) + watch.foreign() == []


def test_the_menu_names_who_is_there_and_leads_out_again(opened: Callable[..., Page], server: Server) -> None:
    page = opened("/", name="张三")
    page.locator(".kb-me a", has_text="张三").click()
    page.get_by_role("heading", name="张三").wait_for()
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url("**/sign-in?next=%2F")
    page.goto(f"{server.url}/waste")
    assert "/sign-in" in page.url


def test_figures_leave_an_open_screen_when_the_account_is_switched_off(
    blank: Callable[..., Page], server: Server
) -> None:
    page = blank()
    through(server.store, Command(name="account-add", account="借调", role="leader", password="correct horse"))
    sign_in(page, server.url, "借调", to="/waste")
    page.get_by_text("93.24").first.wait_for()
    through(server.store, Command(name="account-disable", account="借调"))
    page.wait_for_url("**/sign-in?next=%2Fwaste", timeout=25_000)


def test_a_wall_shows_figures_for_as_long_as_somebody_is_signed_in(blank: Callable[..., Page], server: Server) -> None:
    page = blank(width=1920, height=1080)
    sign_in(page, server.url, "局长", to="/wall")
    page.wait_for_selector(".slide:not([hidden])")
    other = page.context.new_page()
    other.goto(f"{server.url}/account")
    other.get_by_role("button", name="退出登录").click()
    page.wait_for_url("**/sign-in?next=%2Fwall", timeout=30_000)


def test_a_tab_of_somebody_else_is_loaded_anew(opened: Callable[..., Page], server: Server) -> None:
    page = opened("/", name="张三")
    other = page.context.new_page()
    other.goto(f"{server.url}/account")
    other.get_by_role("button", name="退出登录").click()
    sign_in(other, server.url, "局长")
    page.bring_to_front()
    page.locator(".kb-me", has_text="局长").wait_for(timeout=25_000)
    other.close()


@pytest.mark.parametrize(("width", "dark"), [(390, True), (1440, False)])
def test_the_pages_of_people_fit_and_are_read_and_run_nothing(
    blank: Callable[..., Page], server: Server, width: int, *, dark: bool
) -> None:
    page = blank(width=width, dark=dark)
    page.goto(f"{server.url}/sign-in")
    said = dialogs(page)
    found = {"/sign-in": looked_at(page)}
    sign_in(page, server.url, "管理员")
    for path in PEOPLE:
        page.goto(server.url + path)
        for one in page.locator("summary").all():
            one.click()
        found[path] = looked_at(page)
    assert found == {path: [] for path in found}
    page.goto(f"{server.url}/audit?event=refused")
    assert HOSTILE in page.locator("tbody").inner_text()
    assert (page.locator("tbody img").count(), said) == (0, [])


def looked_at(page: Page) -> list[str]:
    """What is cut off or too faint on a plain page."""
    faint = LOW_CONTRAST.replace('document.querySelector(".stMain")', "document.body").replace(
        '".kb, .main-svg, [data-testid^=stBaseButton-primary]:enabled"', '"body"'
    )
    found: list[str] = page.evaluate(WIDE) + page.evaluate(faint, 4.5)[1]
    return found


def test_a_board_for_accounts_has_all_its_screens_for_one(opened: Callable[..., Page], server: Server) -> None:
    page = opened("/", name="局长")
    for path in ("/waste", "/indicator?code=hazard-rate", "/releases"):
        visit(page, server.url + path)
        settled(page)
        assert page.locator(".kb").count() > 0
