"""What the dashboard costs, as ratios to empty pages of the same run.

python -m tests.bench [--quick] [--store notice|demo|wide] [--out FILE]: on each of the stores of tests/bench_stores.py.

A page is complete in the first frame of which all of this holds, and goes on holding for STEADY milliseconds: the
script has run, nothing is stale, every chart has its drawing, and the title, the links, the elements, the parts of the
drawings and the text are those that an unhurried visit ended with. The same holds for the floors.

The floors (tests/bench_floors/) run in turns with the dashboard, once as it is served ("ours") and once by plain
`streamlit run`. Times are medians; a busy machine makes them longer, ratios less so. Linux only: the processor time of
another process is read from its clock.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import shutil
import socket
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from tests.bench_stores import STORES, Subject
from tests.servers import ROOT, Server, board_server, free_port, opened_browser, opened_page, started, stop

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FLOORS = Path(__file__).parent / "bench_floors"
PAGE_AIM = 1.6  # times an empty page with one chart
CPU_AIM = 40.0  # ms of processor a run
STEADY = 200
IDLE = 0.05  # s more until the server has done its last work for a page
OURS, PLAIN = "ours", "plain"
SEEN = """
  function seen() {
    const app = document.querySelector(
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """How often each thing is measured."""

    warm: int
    cold: int
    switch: int
    start: int


DEFAULT = Rounds(warm=5, cold=2, switch=5, start=3)
QUICK = Rounds(warm=2, cold=1, switch=3, start=1)


@dataclass(slots=True)
class Results:
    """What was measured on these pages: figures by (what, name), in milliseconds, bytes or megabytes."""

    pages: Mapping[str, str] = field(default_factory=dict)
    figures: defaultdict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))

    def add(self, what: str, name: str, figure: float) -> None:
        self.figures[what, name].append(figure)

    def median(self, what: str, name: str) -> float:
        return statistics.median(self.figures[what, name])


def main() -> None:
    """Measure, print the table, and keep it where --out says."""
    parser = argparse.ArgumentParser(prog="make bench", description="What the dashboard costs, beside empty pages.")
    parser.add_argument("--quick", action="store_true", help="few runs, and less to rely on")
    parser.add_argument("--store", choices=list(STORES), action="append", help="measure on this store only")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the table there too")
    chosen = parser.parse_args()
    rounds = QUICK if chosen.quick else DEFAULT
    text = "\n\n".join(report(name, *measured(STORES[name], rounds)) for name in chosen.store or STORES)
    print(text)
    if chosen.out:
        chosen.out.write_text(text + "\n", encoding="utf-8")


def measured(store: Callable[[Path], Subject], rounds: Rounds) -> tuple[Results, str]:
    """Everything on one store, and the browser's version."""
    with tempfile.TemporaryDirectory(prefix="board-bench-") as folder, opened_browser() as browser:
        subject = store(Path(folder))
        results, pages = Results(pages=subject.pages), subject.pages
        stages = prepared(Path(folder), subject)
        with contextlib.ExitStack() as stack:
            servers = {
                name: stack.enter_context(board_server(cwd=cwd, env=environment, ready="/_stcore/health"))
                for name, (cwd, environment) in stages.items()
            }
            page = opened_page(browser)
            places = {place.name: learned(page, place) for place in all_places(servers, pages)}
            measure_switches(browser, places, rounds.switch, results)
            measure_warm(page, places, rounds.warm, results)
            measure_cold(browser, places, rounds.cold, results)
            measure_bytes(browser, places, results)
            for name, server in servers.items():
                results.add("memory", name, psutil.Process(server.process.pid).memory_info().rss / 2**20)
        measure_starts(browser, stages, places, rounds.start, results)
        return results, browser.version


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


def learned(page: Page, place: Place) -> Place:
    """The place with its complete state: what an unhurried visit ends with. Every later visit must end with it too."""
    state = visit(page, place, steady=1200)["state"]
    if json.loads(state)["alerts"]:
        raise RuntimeError(f"{place.name} is in trouble: {state}")
    return replace(place, state=state)


def visit(page: Page, place: Place, *, steady: int = STEADY) -> dict[str, Any]:
    """Opens the address as a link in a mail would; `took` counts from the start of the navigation."""
    page.goto("about:blank")
    page.goto(place.url, wait_until="commit")
    return complete(page, place.state, steady=steady, seen=place.seen)


def complete(
    page: Page, state: str, *, link: str | None = None, steady: int = STEADY, seen: str = SEEN
) -> dict[str, Any]:
    """When the page was complete, in milliseconds; with a link, which is clicked first, counted from the click."""
    asked = {"expected": state or None, "link": link, "steady": steady, "patience": 30_000}
    answer: dict[str, Any] = page.evaluate(COMPLETE.replace("/* seen */", seen), asked)
    return answer


def in_turn(places: Mapping[str, Place], pages: Mapping[str, str], rounds: int) -> Iterator[Place]:
    """The dashboard's pages in turns with the floors of one chart; these twice a round, as they divide all others."""
    names = list(pages)
    floors = [f"chart-{kind}" for kind in (OURS, PLAIN)]
    half = len(names) // 2
    for _ in range(rounds):
        yield from (places[name] for name in [*floors, *names[:half], *floors, *names[half:]])


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


def measure_switches(browser: Browser, places: Mapping[str, Place], rounds: int, results: Results) -> None:
    """Clicks in the sidebar within a session, to a page and back: time, and the server's processor time."""
    home, *others = reached_by_click(results.pages)
    routes = [(home, name) for name in others] + [(f"two-{kind}", f"second-{kind}") for kind in (OURS, PLAIN)]
    opened = {start: opened_page(browser) for start, _ in routes}
    for start, page in opened.items():
        visit(page, places[start])
    for turn in range(-1, rounds):  # the first round only warms
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
    link = f'[data-testid=stSidebarNavLink][href$="{target.address}"]'
    before = processor(target.server.process.pid)
    took = complete(page, target.state, link=link)["took"]
    time.sleep(IDLE)
    return took, processor(target.server.process.pid) - before


def processor(pid: int) -> float:
    """Milliseconds of processor time that all threads of the process have used, the ended ones included."""
    return 1000 * time.clock_gettime((~pid << 3) | 2)


def measure_bytes(browser: Browser, places: Mapping[str, Place], results: Results) -> None:
    """Kilobytes of a first and a second visit: answers as sent, and messages of the websocket before compression."""
    for name in [*weighed(places, results.pages), *(f"chart-{kind}" for kind in (OURS, PLAIN))]:
        page = opened_page(browser)
        count = {"files": 0.0, "socket": 0.0}
        listen(page, count)
        for what in ("first", "second"):
            count.update(files=0, socket=0)
            visit(page, places[name])
            page.wait_for_timeout(300)
            for kind, number in count.items():
                results.add(f"{what} {kind}", name, number / 1000)
        page.context.close()


def weighed(places: Mapping[str, Place], pages: Mapping[str, str]) -> list[str]:
    """The overview, and the page with the most drawn in charts."""
    names = list(pages)
    return [names[0], max(names, key=lambda name: json.loads(places[name].state)["drawn"])]


def listen(page: Page, count: dict[str, float]) -> None:
    """Adds to `count` what goes over the page's connections."""

    def on_answer(event: dict[str, Any]) -> None:
        count["files"] += event["encodedDataLength"]

    def on_message(event: dict[str, Any]) -> None:
        response = event["response"]
        count["socket"] += len(response["payloadData"]) * (3 / 4 if response["opcode"] == 2 else 1)  # 2: base64

    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.on("Network.loadingFinished", on_answer)
    devtools.on("Network.webSocketFrameReceived", on_message)
    devtools.on("Network.webSocketFrameSent", on_message)


def measure_starts(
    browser: Browser,
    stages: Mapping[str, tuple[Path, dict[str, str]]],
    places: Mapping[str, Place],
    rounds: int,
    results: Results,
) -> None:
    """From the start of the process to a complete first page in a browser that has never been there."""
    names = {"board": next(iter(results.pages)), **{f"empty-{kind}": f"empty-{kind}" for kind in (OURS, PLAIN)}}
    for _ in range(rounds):
        for stage, name in names.items():
            results.add("start", name, first_page(browser, *stages[stage], places[name].state))


def first_page(browser: Browser, cwd: Path, environment: Mapping[str, str], state: str) -> float:
    """Milliseconds until a server that is started now has drawn its first page."""
    page, port = opened_page(browser), free_port()
    listening = {"STREAMLIT_SERVER_PORT": str(port), "STREAMLIT_SERVER_ADDRESS": "127.0.0.1"}
    with tempfile.TemporaryDirectory(prefix="board-bench-") as folder:
        begun = time.time()
        process = started(Path(folder) / "log.txt", cwd, {**os.environ, **listening, **environment})
        try:
            await_port(port)
            page.goto(f"http://127.0.0.1:{port}/", wait_until="commit")
            at: float = complete(page, state)["at"]
        finally:
            stop(process)
            page.context.close()
    return at - 1000 * begun


def await_port(port: int) -> None:
    """Returns as soon as somebody listens there."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.005)
    raise RuntimeError("the server did not start within 60 s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the table: a figure of the dashboard beside the same of a floor.

    most   the aim as a multiple of the floor served as ours
    limit  the aim as a figure
    """

    label: str
    what: str
    name: str
    floor: str
    unit: str = "ms"
    most: float | None = None
    limit: float | None = None


def lines(results: Results) -> Iterator[Line]:
    """What is reported, in order."""
    names, clicked = list(results.pages), reached_by_click(results.pages)
    yield Line(label="process start to first complete page", what="start", name=names[0], floor="empty")
    for name in clicked:
        yield Line(label=f"click in the sidebar: {name}", what="switch", name=name, floor="second")
    for name in names:
        yield Line(label=f"address, known browser: {name}", what="warm", name=name, floor="chart", most=PAGE_AIM)
    for name in names:
        yield Line(label=f"address, new browser: {name}", what="cold", name=name, floor="chart", most=PAGE_AIM)
    for name in clicked:
        yield Line(label=f"server processor a run: {name}", what="cpu", name=name, floor="second", limit=CPU_AIM)
    for what in ("first files", "first socket", "second files", "second socket"):
        for name in names:
            if (what, name) in results.figures:
                yield Line(label=f"{what}: {name}", what=what, name=name, floor="chart", unit="kB")
    yield Line(label="memory of the server after all this", what="memory", name="board", floor="empty", unit="MB")


def report(store: str, results: Results, browser: str) -> str:
    """The results on a store as Markdown: the machine, then one table."""
    head = ["measured", "unit", "dashboard", "floor", "as served", "ratio", "streamlit run", "ratio", "aim", "", "runs"]
    rows = [cells(results, line) for line in lines(results)]
    return "\n".join([f"## On the store: {store}", "", machine(browser), "", *table(head, rows)])


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines of Markdown."""
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]


def cells(results: Results, line: Line) -> list[str]:
    """One line as it is printed: median and quartiles, then each floor with the ratio to it."""
    mine = results.median(line.what, line.name)
    floors = [results.median(line.what, f"{line.floor}-{kind}") for kind in (OURS, PLAIN)]
    beside = [cell for floor in floors for cell in (f"{floor:.0f}", f"{mine / floor:.2f}" if floor else "")]
    return [
        line.label,
        line.unit,
        spread(results.figures[line.what, line.name]),
        line.floor,
        *beside,
        *judged(line, mine, floors[0]),
        str(len(results.figures[line.what, line.name])),
    ]


def spread(figures: Sequence[float]) -> str:
    """The median, and the quartiles where there are enough figures for any."""
    median = f"{statistics.median(figures):.0f}"
    if len(figures) < 4:
        return median
    first, _, third = statistics.quantiles(figures, n=4)
    return f"{median} ({first:.0f}–{third:.0f})"


def judged(line: Line, mine: float, floor: float) -> tuple[str, str]:
    """The aim, and whether it was hit; both empty without one."""
    if line.most is not None:
        return f"≤ {line.most} ×", "hit" if mine <= line.most * floor else "MISS"
    if line.limit is not None:
        return f"≤ {line.limit:.0f} {line.unit}", "hit" if mine <= line.limit else "MISS"
    return "", ""


def machine(browser: str) -> str:
    """Cores, memory and versions in a sentence."""
    memory = psutil.virtual_memory().total / 2**30
    names = ("streamlit", "plotly", "pandas", "starlette", "duckdb")
    parts = [f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in names)]
    return f"{os.cpu_count()} cores, {memory:.0f} GB, {platform.system()}; {', '.join(parts)}, Chromium {browser}."


if __name__ == "__main__":
    main()
