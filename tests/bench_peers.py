"""The dashboard beside Dash: the same page, the same figures, the same browser, in turns.

python -m tests.bench_peers [--quick] [--out FILE], after tools/setup.sh peers. The page is a theme's: six cards and four
charts, with its two filters, month and theme, over 60 indicators of 29 regions in 36 months (tests/bench_stores.py). On
our side it is the product as a visitor gets it. On the other it is tests/peers/, served by gunicorn from a copy of the store.

Complete is as in tests/bench_pages.py. Nothing is reported unless both pages show the same cards and draw the same figures, in
every state that is measured. Bytes are counted on the wire, both ways. Memory and processor are those of all processes of a
server; memory that they share counts once. Linux only.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psutil

from tests.bench_pages import IDLE, Place, complete, learned, processor, visit
from tests.bench_results import Line, Results, judged, machine, markdown, spread
from tests.bench_stores import PEERS, synthetic
from tests.peers.readers import UPDATE, Asked, board_reader, crowd, dash_reader
from tests.servers import ROOT, Server, board_server, opened_browser, opened_page
from tests.wire import counted

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request

PYTHON = ROOT / ".venv-peers" / "bin" / "python"
GUNICORN = (str(PYTHON), "-m", "gunicorn", "--config", "tests/peers/serving.py")
PINS = ROOT / "requirements-peers.txt"
BOARD, DASH = "board", "dash"
READERS = 20
CARDS, CHARTS = 6, 4
SEEN_DASH = """
  function seen() {
    const page = document.querySelector('#page');
    if (!page || page.querySelector('[data-dash-is-loading=true]')) return null;
    const charts = [...page.querySelectorAll('.dash-graph')];
    if (!charts.length || !charts.every(chart => chart.querySelector('.js-plotly-plot .main-svg'))) return null;
    return JSON.stringify({
      title: document.title,
      elements: page.querySelectorAll('*').length,
      charts: charts.length,
      alerts: document.querySelectorAll('.dash-error-card, ._dash-error').length,
      drawn: page.querySelectorAll('.main-svg *').length,
      text: page.textContent,
    });
  }
"""
TOLD = """
({card, parts}) => ({
  cards: [...document.querySelectorAll(card)].map(one => parts.map(part => one.querySelector(part).textContent.trim())),
  charts: [...document.querySelectorAll('.js-plotly-plot')].map(chart => {
    const line = chart.data.find(trace => trace.mode === 'lines+markers');
    return Array.from(line.y, (value, at) => [line.x[at].slice(0, 10), value]);
  }),
})
"""
# Name, figure with its unit, status, and the change against the month before.
PARTS = {
    BOARD: {"card": ".kb-card", "parts": ["h3", ".kb-num", ".kb-badge", ".kb-foot"]},
    DASH: {"card": ".card", "parts": ["h3", ".value", ".badge", ".change"]},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Two choices that are made in turns: what is clicked for each, and what has to be opened before."""

    links: tuple[str, str]
    opener: str = ""


FILTERS: Mapping[str, Mapping[str, Filter]] = {
    "month": {
        BOARD: Filter(links=('.kb-months a[href$="month=2026-08"]', '.kb-months a[href$="month=2026-09"]')),
        DASH: Filter(
            links=('.dash-dropdown-option input[value="2026-08-31"]', '.dash-dropdown-option input[value="2026-09-30"]'),
            opener="#month",
        ),
    },
    "theme": {
        BOARD: Filter(links=('[data-testid=stSidebarNavLink][href$="/t1"]', '[data-testid=stSidebarNavLink][href$="/t0"]')),
        DASH: Filter(links=('#theme input[value="t1"]', '#theme input[value="t0"]')),
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """How often each thing is measured, and the seconds of one crowd."""

    warm: int
    cold: int
    change: int
    size: int
    crowd: int
    seconds: float


DEFAULT = Rounds(warm=15, cold=8, change=15, size=4, crowd=5, seconds=20)
QUICK = Rounds(warm=3, cold=2, change=4, size=1, crowd=1, seconds=8)


def main() -> None:
    """Measure, print the table, and keep it where --out says."""
    parser = argparse.ArgumentParser(prog="make bench-peers", description="The dashboard beside the same page in Dash.")
    parser.add_argument("--quick", action="store_true", help="few runs, and less to rely on")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the table there too")
    chosen = parser.parse_args()
    if not PYTHON.exists():
        sys.exit("Dash is not installed. Install it: sh tools/setup.sh peers")
    text = report(*measured(QUICK if chosen.quick else DEFAULT))
    print(text)
    if chosen.out:
        chosen.out.write_text(text + "\n", encoding="utf-8")


def measured(rounds: Rounds) -> tuple[Results, str]:
    """Everything, and the browser's version."""
    with (
        tempfile.TemporaryDirectory(prefix="board-peers-") as folder,
        opened_browser() as browser,
        both(Path(folder)) as servers,
    ):
        results = Results()
        weigh(servers, "idle", results)
        with contextlib.closing(opened_page(browser)) as page:
            places = {
                BOARD: learned(page, Place(name=BOARD, server=servers[BOARD], address="/t0")),
                DASH: learned(page, Place(name=DASH, server=servers[DASH], address="/", seen=SEEN_DASH)),
            }
        states, example = compared(browser, places)
        measure_crowds(servers, example, rounds, results)
        weigh(servers, "after", results)
        for choice in FILTERS:
            measure_changes(browser, places, choice, states, rounds.change, results)
        measure_pages(browser, places, rounds, results)
        for _ in range(rounds.size):
            for place in places.values():
                measure_bytes(browser, place, states, results)
        return results, browser.version


@contextlib.contextmanager
def both(folder: Path) -> Iterator[dict[str, Server]]:
    """The two servers. DuckDB lets one process at a time open a store: Dash reads a copy."""
    environment = synthetic(folder, PEERS).environment
    store = Path(environment["KPI_STORE"].removeprefix("duckdb:"))
    copy = Path(shutil.copy(store, store.with_name("copy.duckdb")))
    with (
        board_server(env=environment, ready="/_stcore/health") as board,
        board_server(env={**environment, "KPI_STORE": f"duckdb:{copy}"}, program=GUNICORN, ready="/") as dash,
    ):
        time.sleep(2)  # what they do after they have begun to answer
        yield {BOARD: board, DASH: dash}


def weigh(servers: Mapping[str, Server], what: str, results: Results) -> None:
    """Megabytes of all processes of each server."""
    for name, server in servers.items():
        parts = (psutil.Process(pid).memory_full_info().pss for pid in processes(server))
        results.add(what, name, sum(parts) / 2**20)


def processes(server: Server) -> list[int]:
    """The server's own process, and those that it started."""
    own = psutil.Process(server.process.pid)
    return [own.pid, *(child.pid for child in own.children(recursive=True))]


# The same page


def compared(browser: Browser, places: Mapping[str, Place]) -> tuple[dict[tuple[str, str], list[str]], Asked]:
    """What each page looks like after each choice, by filter and page; and what Dash's front end sends for one.

    Raises where the two pages differ in a state.
    """
    sent: list[Asked] = []
    states: dict[tuple[str, str], list[str]] = {}
    for choice in FILTERS:
        told = {}
        for name, place in places.items():
            page = opened_page(browser)
            page.on("request", lambda request: keep(sent, request))
            states[choice, name], told[name] = walked(page, place, choice)
            page.context.close()
        for one, other in zip(told[BOARD], told[DASH], strict=True):
            if wrong := differences(one, other):
                raise RuntimeError("The two pages are not the same:\n" + "\n".join(wrong))
    return states, sent[-1]


def walked(page: Page, place: Place, choice: str) -> tuple[list[str], list[Any]]:
    """What the page looks like after each choice of a filter, unhurried; what it tells at first and after each."""
    visit(page, place)
    states, told = [place.state], [page.evaluate(TOLD, PARTS[place.name])]
    for link in FILTERS[choice][place.name].links:
        states.append(choose(page, place, choice, link, state="", steady=2000)["state"])
        told.append(page.evaluate(TOLD, PARTS[place.name]))
        if states[-1] == states[-2]:
            raise RuntimeError(f"{place.name}: {link} changes nothing")
    return states[1:], told


def keep(sent: list[Asked], request: Request) -> None:
    """Remember what a callback was asked with."""
    if UPDATE in request.url:
        address = urlsplit(request.url)
        sent.append(Asked(target=f"{address.path}?{address.query}", body=json.loads(request.post_data or "{}")))


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """In words, what two pages show otherwise, and where they lack cards or charts."""
    found = [
        f"{len(told[what])} {what} instead of {number}"
        for what, number in (("cards", CARDS), ("charts", CHARTS))
        for told in (one, other)
        if len(told[what]) != number
    ]
    for what in ("cards", "charts"):
        found += [f"{mine} is {its} there" for mine, its in zip(one[what], other[what], strict=False) if mine != its]
    return found


def choose(page: Page, place: Place, choice: str, link: str, *, state: str, **asked: Any) -> dict[str, Any]:
    """Make a choice of a filter; counted from the click on it, not from opening the list that it stands in."""
    opener = FILTERS[choice][place.name].opener
    if opener:
        page.click(opener)
    page.wait_for_selector(link, state="attached")
    return complete(page, state, link=link, seen=place.seen, **asked)


# Measuring


def measure_crowds(servers: Mapping[str, Server], example: Asked, rounds: Rounds, results: Results) -> None:
    """Readers at once: their waiting, and the server's processor time for each change. The first crowd only warms."""
    readers: dict[str, Callable[[], Any]] = {
        BOARD: partial(board_reader, servers[BOARD]),
        DASH: partial(dash_reader, servers[DASH], example),
    }
    turns = [(turn, name) for turn in range(-1, rounds.crowd) for name in readers]
    with ThreadPoolExecutor(1) as thread:  # this one has the browser's event loop
        for turn, name in turns:
            pids = processes(servers[name])
            before = sum(map(processor, pids))
            times = thread.submit(crowd, readers[name], readers=READERS, seconds=rounds.seconds, seed=turn).result()
            time.sleep(IDLE)
            if turn >= 0:
                results.add("cpu", name, (sum(map(processor, pids)) - before) / len(times))
                results.add("p50", name, statistics.median(times))
                results.add("p95", name, percentile(times, 95))


def percentile(figures: Sequence[float], share: int) -> float:
    """The figure that so many of a hundred do not exceed."""
    return sorted(figures)[-(-len(figures) * share // 100) - 1]


def measure_changes(
    browser: Browser,
    places: Mapping[str, Place],
    choice: str,
    states: Mapping[tuple[str, str], list[str]],
    rounds: int,
    results: Results,
) -> None:
    """From a click on a choice to the page redrawn, to and fro. The first round only warms."""
    opened = {name: opened_page(browser) for name in places}
    for name, page in opened.items():
        visit(page, places[name])
    for turn in range(-1, rounds):
        for name, page in opened.items():
            for link, state in zip(FILTERS[choice][name].links, states[choice, name], strict=True):
                took = choose(page, places[name], choice, link, state=state)["took"]
                if turn >= 0:
                    results.add(choice, name, took)
    for page in opened.values():
        page.context.close()


def measure_pages(browser: Browser, places: Mapping[str, Place], rounds: Rounds, results: Results) -> None:
    """The address opened by a browser that has never been there; in a new tab of one that has; and loaded again in its tab.

    A new tab is a new process of the browser for both. Reached from elsewhere in a tab that has it open already it would be one
    for the dashboard alone, whose Cross-Origin-Opener-Policy parts it from other sites.
    """
    for _ in range(rounds.cold):
        for place in places.values():
            page = opened_page(browser)
            results.add("cold", place.name, visit(page, place)["took"])
            page.context.close()
    known = {name: opened_page(browser) for name in places}
    for turn in range(-1, rounds.warm):
        for name, page in known.items():
            with contextlib.closing(page.context.new_page()) as tab:
                took = visit(tab, places[name])["took"]
                tab.reload(wait_until="commit")
                again = complete(tab, places[name].state, seen=places[name].seen)["took"]
            if turn >= 0:
                results.add("warm", name, took)
                results.add("reload", name, again)


def measure_bytes(
    browser: Browser, place: Place, states: Mapping[tuple[str, str], list[str]], results: Results
) -> None:
    """Kilobytes on the wire, both ways: of a first visit, a second one, and two changes of the month."""
    with counted(place.server.port) as wire:
        there = replace(place, server=replace(place.server, url=wire.url))
        page = opened_page(browser)
        links = FILTERS["month"][place.name].links
        steps: dict[str, Callable[[], Any]] = {
            "first": partial(visit, page, there),
            "second": partial(visit, page, there),
            **{
                what: partial(choose, page, there, "month", link, state=state)
                for what, link, state in zip(("change", "again"), links, states["month", place.name], strict=True)
            },
        }
        for what, step in steps.items():
            step()
            page.wait_for_timeout(300)
            results.add(what, place.name, wire.taken() / 1000)
        page.context.close()


# Reporting

LINES = (
    ("cold", "page, new browser", "ms"),
    ("warm", "page, known browser, new tab", "ms"),
    ("reload", "page, loaded again in its tab", "ms"),
    ("month", "another month, click to redrawn", "ms"),
    ("theme", "another theme, click to redrawn", "ms"),
    ("first", "on the wire, first visit", "kB"),
    ("second", "on the wire, second visit", "kB"),
    ("change", "on the wire, first other month", "kB"),
    ("again", "on the wire, next other month", "kB"),
    ("p50", f"{READERS} readers, answer to a change: median", "ms"),
    ("p95", f"{READERS} readers, answer to a change: 95 of 100", "ms"),
    ("cpu", f"{READERS} readers, server processor a change", "ms"),
    ("idle", "memory of the server, nobody there yet", "MB"),
    ("after", "memory of the server, after the readers", "MB"),
)


def report(results: Results, browser: str) -> str:
    """The results as Markdown: the machine, then one table."""
    head = ["measured", "unit", "dashboard", "Dash", "ratio", "aim", "", "runs"]
    rows = [
        cells(results, Line(label=label, what=what, name=BOARD, floor=DASH, unit=unit, most=1))
        for what, label, unit in LINES
    ]
    return "\n".join([machine(browser), beside(PINS.read_text("utf-8")), "", markdown(head, rows)])


def cells(results: Results, line: Line) -> list[str]:
    """One line as it is printed: both with their quartiles, the ratio, and whether the dashboard is ahead."""
    mine, its = (statistics.median(results.figures[line.what, name]) for name in (line.name, line.floor))
    shown = (spread(results.figures[line.what, name]) for name in (line.name, line.floor))
    runs = str(len(results.figures[line.what, line.name]))
    return [line.label, line.unit, *shown, f"{mine / its:.2f}", *judged(line, mine, its), runs]


def beside(pins: str) -> str:
    """What the other page runs on, in a sentence."""
    found = dict(re.findall(r"^([\w.-]+)==(\S+)", pins, re.MULTILINE))
    return (
        "Beside it: "
        + ", ".join(f"{name} {found[name]}" for name in ("dash", "plotly", "gunicorn", "flask-compress"))
        + "."
    )


if __name__ == "__main__":
    main()
