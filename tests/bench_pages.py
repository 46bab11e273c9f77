"""What a page costs: until it is drawn, on the wire, and when something else is chosen on it.

A page is complete in the first frame of which all of this holds, and goes on holding for STEADY milliseconds: the
script has run, nothing is stale, every chart has its drawing, and the title, the links, the elements, the parts of the
drawings and the text are those that an unhurried visit ended with. The same holds for the floors.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import plotly

from tests.bench_results import OURS, PLAIN, Results, Rounds
from tests.bench_stores import Subject
from tests.servers import ROOT, Server, opened_page
from tests.wire import counted

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FLOORS = Path(__file__).parent / "bench_floors"
STEADY = 200
IDLE = 0.05  # s more until the server has done its last work for a page
SECOND = 1000  # ms in which the work for a choice is counted
STREETS = "街镇的一项指标"
SEEN = """
  function seen() {
    const app = document.querySelector('body[data-saved=drawn], ' +
      '.stApp[data-test-script-state="notRunning"][data-test-connection-state="CONNECTED"]');
    if (!app || app.querySelector('[data-stale=true], [data-testid=stSkeleton]')) return null;
    const charts = [...app.querySelectorAll('[data-testid=stPlotlyChart]')];
    if (!charts.every(chart => chart.querySelector('.main-svg'))) return null;
    return JSON.stringify({
      title: document.title,
      links: app.querySelectorAll('[data-testid=stSidebarNavLink]').length,
      elements: app.querySelectorAll('[data-testid=stElementContainer]').length,
      charts: charts.length,
      alerts: app.querySelectorAll('[data-testid=stAlert], [data-testid=stException]').length,
      drawn: app.querySelectorAll('.main-svg *').length,
      text: app.querySelector('[data-testid=stMain]').textContent,
    });
  }
"""
COMPLETE = """
async ({expected, link, steady, patience}) => {
  /* seen */
  const frame = () => new Promise(requestAnimationFrame);
  const begun = link ? performance.now() : 0;
  if (link) document.querySelector(link).click();
  let since = null, state = null;
  for (;;) {
    await frame();
    const now = performance.now(), current = seen();
    if (current === null || current !== (expected ?? state)) since = null;
    else since ??= now;
    if (since !== null && now - since >= steady) return {took: since - begun, at: performance.timeOrigin + since, state};
    if (now - begun > patience) throw new Error('not complete, but: ' + current + ' instead of: ' + expected);
    state = current;
  }
}
"""


# What a page shows, in order: HTML as it is, and charts as Plotly was given them.
SHOWN = """
() => {
  const main = document.querySelector('[data-testid=stMain]');
  const parts = [...main.querySelectorAll('.stHtml, .js-plotly-plot')].map(part => part.matches('.stHtml')
    ? {html: part.innerHTML}
    : {data: part.data, layout: {...part.layout, width: part.clientWidth, height: part.clientHeight}});
  return {title: document.title, parts};
}
"""
DRAW = """
const parts = JSON.parse(document.getElementById('parts').textContent);
const config = {displaylogo: false, displayModeBar: 'hover', responsive: true};
Promise.all(parts.map((part, at) => Plotly.newPlot('chart' + at, part.data, part.layout, config)))
  .then(() => { document.body.dataset.saved = 'drawn'; });
"""
CLICK = "link => document.querySelector(link).click()"
EARLIER, LATEST = ".kb-months > a.nav:first-of-type", ".kb-months > a.nav:last-of-type"
OTHER = ".kb-pick a.nav:not(.kb-on)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A page of a running server, with what it looks like when complete, once that is known.

    seen  JavaScript of a function of that name: what can be told of the page, as text; null while it is at work
    """

    name: str
    server: Server
    address: str
    state: str = ""
    seen: str = SEEN

    @property
    def url(self) -> str:
        return self.server.url + self.address


def saved(name: str) -> str:
    """What the saved form of a page is called."""
    return f"saved {name}"


def prepared(folder: Path, subject: Subject) -> dict[str, tuple[Path, dict[str, str]]]:
    """Folder and environment of each server by name; a folder of their own for the floors and the store."""
    stages = {"board": (ROOT, dict(subject.environment))}
    for kind in (OURS, PLAIN):
        for page in ("empty", "chart", "two"):
            cwd = folder / f"{page}-{kind}"
            cwd.mkdir()
            shutil.copy(FLOORS / f"{page}.py", cwd / "page.py")
            shutil.copy(FLOORS / ("board.py" if kind == OURS else "plain.py"), cwd / "app.py")
            if kind == OURS:
                shutil.copytree(ROOT / ".streamlit", cwd / ".streamlit")
            stages[cwd.name] = (cwd, environment_of(kind, folder))
    return stages


def environment_of(kind: str, folder: Path) -> dict[str, str]:
    """Ours needs our modules. Plain has no settings but those without which it opens a browser or asks other hosts."""
    if kind == OURS:
        return {"PYTHONPATH": str(ROOT)}
    return {"HOME": str(folder), "STREAMLIT_SERVER_HEADLESS": "true", "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false"}


def all_places(servers: Mapping[str, Server], pages: Mapping[str, str]) -> Iterator[Place]:
    """The pages of the dashboard and those of the floors; a floor of two pages has a second one."""
    for name, address in pages.items():
        yield Place(name=name, server=servers["board"], address=address)
    for kind in (OURS, PLAIN):
        for page in ("empty", "chart", "two"):
            yield Place(name=f"{page}-{kind}", server=servers[f"{page}-{kind}"], address="/")
        yield Place(name=f"second-{kind}", server=servers[f"two-{kind}"], address="/second")


def save(page: Page, folder: Path, board: Server, pages: Mapping[str, str]) -> None:
    """Every page as a static one, into a folder that saved.py serves."""
    folder.mkdir()
    shutil.copy(FLOORS / "saved.py", folder / "app.py")
    shutil.copy(ROOT / "metrics" / "web" / "assets" / "board.css", folder)
    shutil.copy(Path(plotly.__file__).parent / "package_data" / "plotly.min.js", folder)
    for at, address in enumerate(pages.values()):
        page.goto(board.url + address, wait_until="commit")
        complete(page, "", steady=1200)
        (folder / f"page{at}.html").write_text(as_static(page.evaluate(SHOWN)), encoding="utf-8")


def as_static(shown: Mapping[str, Any]) -> str:
    """The HTML of a page that shows the same without Streamlit."""
    charts = [part for part in shown["parts"] if "data" in part]
    body, at = "", 0
    for part in shown["parts"]:
        if "data" in part:
            body += f"<div data-testid='stPlotlyChart'><div id='chart{at}'></div></div>"
            at += 1
        else:
            body += part["html"]
    script = json.dumps(charts, ensure_ascii=False).replace("<", "\\u003c")
    drawing = f"<script id='parts' type='application/json'>{script}</script><script src='plotly.min.js'></script><script>{DRAW}</script>"
    return (
        f"<!DOCTYPE html><html lang='zh-CN'><head><meta charset='utf-8'><title>{shown['title']}</title>"
        f"<link rel='icon' href='data:,'><link rel='stylesheet' href='board.css'></head><body{'' if charts else ' data-saved=drawn'}>"
        f"<main data-testid='stMain'>{body}</main>{drawing if charts else ''}</body></html>"
    )


def saved_places(server: Server, pages: Mapping[str, str]) -> Iterator[Place]:
    """The saved pages, in the order that they were saved."""
    for at, name in enumerate(pages):
        yield Place(name=saved(name), server=server, address=f"/page{at}.html")


def learned(page: Page, place: Place) -> Place:
    """The place with its complete state: what an unhurried visit ends with. Every later visit must end with it too."""
    state = visit(page, place, steady=1200)["state"]
    if json.loads(state)["alerts"]:
        raise RuntimeError(f"{place.name} is in trouble: {state}")
    return replace(place, state=state)


def visit(page: Page, place: Place, *, steady: int = STEADY, url: str = "") -> dict[str, Any]:
    """Opens the address as a link in a mail would; `took` counts from the start of the navigation."""
    page.goto("about:blank")
    page.goto(url or place.url, wait_until="commit")
    return complete(page, place.state, steady=steady, seen=place.seen)


def complete(
    page: Page, state: str, *, link: str | None = None, steady: int = STEADY, seen: str = SEEN
) -> dict[str, Any]:
    """When the page was complete, in milliseconds; with a link, which is clicked first, counted from the click."""
    asked = {"expected": state or None, "link": link, "steady": steady, "patience": 30_000}
    answer: dict[str, Any] = page.evaluate(COMPLETE.replace("/* seen */", seen), asked)
    return answer


def in_turn(places: Mapping[str, Place], pages: Mapping[str, str], rounds: int) -> Iterator[Place]:
    """The dashboard's pages in turns with their saved forms and the floors of one chart; these twice a round, as they divide all."""
    names = list(pages)
    floors = [f"chart-{kind}" for kind in (OURS, PLAIN)]
    half = len(names) // 2
    for _ in range(rounds):
        for part in (names[:half], names[half:]):
            yield from (places[name] for name in [*floors, *(one for name in part for one in (name, saved(name)))])


def measure_warm(page: Page, places: Mapping[str, Place], rounds: int, results: Results) -> None:
    """Addresses opened by a browser that has seen them."""
    for place in in_turn(places, results.pages, rounds):
        results.add("warm", place.name, visit(page, place)["took"])


def measure_cold(browser: Browser, places: Mapping[str, Place], rounds: int, results: Results) -> None:
    """Addresses opened by a browser that has never been here."""
    for place in in_turn(places, results.pages, rounds):
        page = opened_page(browser)
        results.add("cold", place.name, visit(page, place)["took"])
        page.context.close()


def measure_bytes(browser: Browser, places: Mapping[str, Place], results: Results) -> None:
    """Kilobytes of a first and a second visit, all that goes over the wire both ways, counted between browser and server."""
    names = [*results.pages, *(saved(name) for name in results.pages), *(f"chart-{kind}" for kind in (OURS, PLAIN))]
    for name in names:
        page = opened_page(browser)
        with counted(places[name].server.port) as wire:
            for what in ("first", "second"):
                visit(page, places[name], url=wire.url + places[name].address)
                page.wait_for_timeout(300)
                results.add(what, name, wire.taken() / 1000)
            page.context.close()


def measure_switches(browser: Browser, places: Mapping[str, Place], rounds: Rounds, results: Results) -> None:
    """Clicks in the sidebar within a session, to a page and back: time, and the server's processor time."""
    home, *others = reached_by_click(results.pages)
    routes = [(home, name) for name in others] + [(f"two-{kind}", f"second-{kind}") for kind in (OURS, PLAIN)]
    opened = {start: opened_page(browser) for start, _ in routes}
    for start, page in opened.items():
        visit(page, places[start])
    for turn in range(-1, rounds.switch):  # the first round only warms
        for start, end in routes:
            for target in (places[end], places[start]):
                took, cpu = switched(opened[start], target)
                if turn >= 0:
                    results.add("switch", target.name, took)
                    results.add("cpu", target.name, cpu)
    for page in opened.values():
        page.context.close()


def reached_by_click(pages: Mapping[str, str]) -> list[str]:
    """The pages that the sidebar leads to as measured, the overview first."""
    return [name for name, address in pages.items() if "?" not in address]


def switched(page: Page, target: Place) -> tuple[float, float]:
    """Milliseconds until the page is complete, and of the server's processor time until it rests again."""
    before = processor(target.server.process.pid)
    took = complete(page, target.state, link=in_sidebar(target))["took"]
    time.sleep(IDLE)
    return took, processor(target.server.process.pid) - before


def in_sidebar(target: Place) -> str:
    return f'[data-testid=stSidebarNavLink][href$="{target.address}"]'


def processor(pid: int) -> float:
    """Milliseconds of processor time that all threads of the process have used, the ended ones included."""
    return 1000 * time.clock_gettime((~pid << 3) | 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Something to choose on a page that stands there: a link to click, and one that leads back."""

    name: str
    place: Place
    there: str
    back: str


def choices(places: Mapping[str, Place], pages: Mapping[str, str]) -> Iterator[Choice]:
    """Another month of the theme with most in its charts, another indicator of 街镇, and the other of two empty pages."""
    if STREETS in pages:  # a store with months
        drawn = {
            name: json.loads(places[name].state)["drawn"] for name, address in pages.items() if address[1:].isalnum()
        }
        theme = max(drawn.keys() - {"街镇", "口径与来源"}, key=lambda name: drawn[name])
        yield Choice(name=f"another month of {theme}", place=places[theme], there=EARLIER, back=LATEST)
        code = places[STREETS].address.partition("?")[2]
        yield Choice(
            name="another indicator of 街镇", place=places[STREETS], there=OTHER, back=f'.kb-pick a[href$="{code}"]'
        )
        for kind in (OURS, PLAIN):
            one, other = places[f"two-{kind}"], places[f"second-{kind}"]
            yield Choice(name=other.name, place=one, there=in_sidebar(other), back=in_sidebar(one))


def measure_choices(browser: Browser, places: Mapping[str, Place], rounds: Rounds, results: Results) -> None:
    """Each choice and back, in turns: milliseconds until all is redrawn, and the work that it is."""
    for_each = [(choice, Tab(opened_page(browser))) for choice in choices(places, results.pages)]
    for choice, tab in for_each:
        visit(tab.page, choice.place)
        tab.learn(choice)
    for _ in range(rounds.switch):
        for choice, tab in for_each:
            for link, state in ((choice.there, tab.there), (choice.back, tab.here)):
                results.add("choice", choice.name, complete(tab.page, state, link=link)["took"])
                time.sleep(IDLE)
            idle = tab.work(choice.place.server, None)
            for link in (choice.there, choice.back):
                own = [done - rest for done, rest in zip(tab.work(choice.place.server, link), idle, strict=True)]
                for what, figure in zip(("choice server", "choice browser"), own, strict=True):
                    results.add(what, choice.name, figure)
                results.add("choice work", choice.name, sum(own))
    for _, tab in for_each:
        tab.page.context.close()


class Tab:
    """A page of a browser whose main thread is watched, with what it looks like here and there."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.here = self.there = ""
        self.devtools = page.context.new_cdp_session(page)
        self.devtools.send("Performance.enable", {"timeDomain": "threadTicks"})  # not what others took meanwhile

    def learn(self, choice: Choice) -> None:
        """Goes there and back without haste."""
        self.there = complete(self.page, "", link=choice.there, steady=1200)["state"]
        self.here = complete(self.page, "", link=choice.back, steady=1200)["state"]

    def work(self, server: Server, link: str | None) -> tuple[float, float]:
        """Milliseconds of the server's processors and of the browser's main thread in a second that begins with a click."""
        before = processor(server.process.pid), self.main_thread()
        if link:
            self.page.evaluate(CLICK, link)
        self.page.wait_for_timeout(SECOND)
        return processor(server.process.pid) - before[0], self.main_thread() - before[1]

    def main_thread(self) -> float:
        """Milliseconds that its tasks have taken so far."""
        metrics = {one["name"]: one["value"] for one in self.devtools.send("Performance.getMetrics")["metrics"]}
        return 1000 * float(metrics["TaskDuration"])
