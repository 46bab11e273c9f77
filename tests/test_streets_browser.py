"""街镇 in a real browser: a click on a dot, a cell or a tile leads on and back again; a phone holds all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.servers import Server, board_server, settled
from tests.test_pages import served
from tests.test_screens import CUT_OFF, SCROLLS, SPILLED, faint
from tests.test_streets_page import FIRST, STREETS, config, rates

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
HEADING = "said => document.querySelector('h1')?.textContent === said"
LEADER = "田村路街道"  # 19 of 20
RANKING = "街镇：一般安全隐患整改率"
# Charts whose margins Plotly had to widen, and which it therefore drew a second time.
GIVEN_AND_TAKEN = """() => [...document.querySelectorAll('.js-plotly-plot')].map(chart => ['l', 'r', 't', 'b'].map(
  side => [side, chart.layout.margin[side], chart._fullLayout._size[side]])).filter(sides => sides.some(([, given, taken]) => given < taken))"""
SMALL = """() => [...document.querySelectorAll(".kb *, .main-svg text")]
  .filter(e => e.checkVisibility() && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
  .map(e => [parseFloat(getComputedStyle(e).fontSize), e.textContent.trim().slice(0, 20)]).filter(([size]) => size > 0 && size < 12)"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("streets")
    path = config(folder)
    with served(path, folder, tuple(rates(4)), tuple(rates(5)), tuple(rates(6, of=STREETS[1:]))):
        pass
    with board_server(env={"KPI_STORE": f"duckdb:{folder / 'board.duckdb'}", "KPI_CONFIG": str(path)}) as running:
        yield running


def arrived(page: Page, heading: str) -> None:
    page.wait_for_function(HEADING, arg=heading)
    settled(page)


def click_on_dot(page: Page) -> None:
    """The first dot of the first chart: who leads."""
    box = page.locator("[data-testid=stPlotlyChart] .points path").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.up()


@pytest.mark.parametrize(
    "address", ["/streets?code=hazard-rate", "/indicator?code=hazard-rate&region=110108001", "/safety"]
)
def test_the_marks_of_a_chart_have_room_so_that_it_is_drawn_once(opened: Callable[..., Page], address: str) -> None:
    assert opened(address).evaluate(GIVEN_AND_TAKEN) == []


def test_a_click_on_a_dot_leads_to_the_street_and_back_and_forth(opened: Callable[..., Page]) -> None:
    page = opened("/streets?code=hazard-rate&month=2023-05")
    page.evaluate("() => { window.kept = true }")
    click_on_dot(page)
    arrived(page, LEADER)
    assert page.url.endswith("/street?region=110108021&month=2023-05")
    for way, heading in ((-1, RANKING), (1, LEADER), (-1, RANKING)):
        page.evaluate("way => history.go(way)", way)
        arrived(page, heading)
    click_on_dot(page)
    arrived(page, LEADER)
    assert page.evaluate("() => window.kept")


@pytest.mark.parametrize(
    ("which", "address"),
    [
        pytest.param(f".kb-heat a[href*='region={FIRST}'][href*='month=2023-05']", f"region={FIRST}&month=2023-05", id="a cell"),
        pytest.param(f".kb-tiles a[href*='region={FIRST}']", f"region={FIRST}", id="a tile"),
        pytest.param(f".kb-ranked a[href*='/street?region={FIRST}']", f"region={FIRST}", id="a row"),
        pytest.param(f".kb-lacking a[href*='region={FIRST}']", f"region={FIRST}", id="who has not reported"),
    ],
)  # fmt: skip
def test_a_click_leads_to_the_street_and_back(opened: Callable[..., Page], which: str, address: str) -> None:
    page = opened("/streets?code=hazard-rate")
    page.locator(which).first.click()
    arrived(page, "万寿路街道")
    assert page.url.endswith(f"/street?{address}")
    page.go_back()
    arrived(page, RANKING)


def test_a_chart_whose_points_lead_nowhere_is_left_alone(opened: Callable[..., Page]) -> None:
    page = opened(f"/indicator?code=hazard-rate&region={FIRST}")
    before = page.url
    click_on_dot(page)
    page.wait_for_timeout(500)
    assert page.url == before


@pytest.mark.parametrize(
    "path", ["/streets?code=hazard-rate", f"/street?region={FIRST}", "/street", "/streets?code=study"]
)
@pytest.mark.parametrize("width", [320, 390, 1024, 1440])
def test_nothing_is_cut_off_or_scrolls_sideways(opened: Callable[..., Page], path: str, width: int) -> None:
    page = opened(path, width=width, height=844)
    assert page.evaluate(CUT_OFF) + page.evaluate(SCROLLS) + page.evaluate(SPILLED) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("path", ["/streets?code=hazard-rate", f"/street?region={FIRST}"])
def test_every_text_is_large_enough_and_stands_out(opened: Callable[..., Page], path: str, dark: bool) -> None:
    page = opened(path, dark=dark)
    assert faint(page) == []
    assert page.evaluate(SMALL) == []


def test_an_address_opens_by_itself(opened: Callable[..., Page]) -> None:
    assert opened(f"/street?region={FIRST}&month=2023-04").inner_text("h1") == "万寿路街道"
