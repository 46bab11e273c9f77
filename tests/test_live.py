"""New figures reach every open page by themselves, cheaply, and never under the hands of someone who types."""

from __future__ import annotations

import asyncio
import http.client
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from starlette.requests import Request

from metrics.command import Command
from metrics.errors import Refused
from metrics.through import through
from metrics.web.routes import version_route
from tests.people import join
from tests.servers import Server, board_server, opened_page, shows, visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WITHIN = 15.0  # seconds, as promised
FIELD = """() => {
  const field = Object.assign(document.createElement("input"), {id: "field"});
  document.querySelector(".stMain").append(field);
  field.focus();
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    store = tmp_path_factory.mktemp("live") / "board.duckdb"
    join(store, "张三")
    with board_server(env={"KPI_STORE": f"duckdb:{store}"}) as running:
        yield running


@pytest.fixture
def opened(browser: Browser, server: Server) -> Iterator[Callable[[str], Page]]:
    """opened(path) is a page of another person, drawn to its end; it has `window.kept` until it is loaded anew."""
    pages: list[Page] = []

    def at(path: str) -> Page:
        page = opened_page(browser)
        pages.append(page)
        visit(page, server.url + path)
        page.evaluate("() => { window.kept = true }")
        return page

    yield at
    for page in pages:
        page.context.close()


def load(server: Server, figure: str, *, month: int = 6) -> None:
    """A month's figure of 立案移交 handed in on the command line, through the running board."""
    path = server.store
    text = f"指标编码,期间,街镇,数值\nhanded-over,2023年{month}月,全区,{figure}\n"
    done = through(path, Command(name="load", file="a.csv", data=text.encode(), by="张三", reason="更正", yes=True))
    assert done is not None
    assert done[0] == 0, done


def asked(server: Server) -> tuple[int, dict[str, str], str]:
    """Status, headers and body of one question for the version."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", "/board/version")
    answer = connection.getresponse()
    received = answer.read().decode()
    connection.close()
    return answer.status, dict(answer.headers), received


def test_the_version_is_a_few_bytes_that_nobody_keeps_and_changes_with_every_release(server: Server) -> None:
    status, headers, before = asked(server)
    assert (status, headers["cache-control"]) == (200, "no-store")
    assert len(before) < 8
    load(server, "301", month=1)
    assert int(asked(server)[2].split()[0]) > int(before.split()[0])


def test_a_store_that_does_not_answer_has_no_version() -> None:
    def refused() -> int:
        raise Refused("数据库已损坏")

    answer = asyncio.run(version_route(refused).endpoint(Request({"type": "http"})))
    assert (answer.status_code, answer.body) == (503, b"unavailable")


@pytest.mark.browser
def test_a_release_is_seen_on_every_open_page_in_time_and_without_a_reload(
    server: Server, opened: Callable[[str], Page]
) -> None:
    one, two = opened("/indicator?code=handed-over"), opened("/indicator?code=handed-over")
    load(server, "401")
    started = time.monotonic()
    assert shows(one, "401")
    assert shows(two, "401", within=WITHIN - (time.monotonic() - started))
    assert [page.evaluate("() => window.kept") for page in (one, two)] == [True, True]
    assert one.url.endswith("/indicator?code=handed-over")


@pytest.mark.browser
def test_nothing_moves_while_someone_types_and_all_is_new_when_they_have_done(
    server: Server, opened: Callable[[str], Page]
) -> None:
    page = opened("/indicator?code=handed-over")
    page.evaluate(FIELD)
    load(server, "402")
    assert not shows(page, "402", within=WITHIN)
    page.evaluate("() => document.querySelector('#field').blur()")
    assert shows(page, "402", within=3)


@pytest.mark.browser
def test_a_page_where_nothing_changed_is_not_run_again(opened: Callable[[str], Page]) -> None:
    page = opened("/indicator?code=handed-over")
    page.evaluate("""() => {
      window.runs = 0;
      new MutationObserver(() => { window.runs += 1 })
        .observe(document.querySelector(".stApp"), {attributes: true, attributeFilter: ["data-test-script-state"]});
    }""")
    page.wait_for_timeout(12_000)
    assert page.evaluate("() => window.runs") == 0


@pytest.mark.browser
def test_a_hidden_tab_asks_nothing_and_catches_up_when_it_is_looked_at(
    server: Server, opened: Callable[[str], Page]
) -> None:
    page = opened("/indicator?code=handed-over")
    questions: list[str] = []
    page.on("request", lambda request: questions.append(request.url) if "/board/version" in request.url else None)
    look(page, hidden=True)
    page.wait_for_timeout(1_000)
    questions.clear()
    load(server, "403")
    page.wait_for_timeout(12_000)
    assert questions == []
    look(page, hidden=False)
    assert shows(page, "403", within=4)


def look(page: Page, *, hidden: bool) -> None:
    """Makes the page believe that its tab is hidden, or is looked at again; a headless browser shows all of them."""
    page.evaluate(
        """hidden => {
          Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )
