"""What the server costs: memory of a session, many readers at once, tabs that wait, and the start of the process.

The readers are those of tests/readers.py: each opens a page of the board, reads it for 8 seconds on average, and opens the
next. They share two cores with the server, and what they take themselves is told. Linux only.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import os
import random
import socket
import statistics
import tempfile
import time
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import psutil
from websockets.asyncio.client import ClientConnection

from tests.bench_pages import Place, complete, processor
from tests.bench_results import OURS, PLAIN, Results, Rounds
from tests.readers import drawn_by, read_for_long, tab
from tests.servers import Server, board_server, free_port, opened_page, started, stop

if TYPE_CHECKING:
    from playwright.sync_api import Browser

T = TypeVar("T")
Stage = tuple[Path, dict[str, str]]  # folder and environment of a server
CORES = 2
SESSIONS, BATCHES = 20, 5
UNREST = 200  # kB
CROWDS = {60: 400.0, 200: 1200.0}  # readers, and the aim for the 95th percentile in ms
TABS, ASK_EVERY = 200, 10  # board.js
QUESTIONS = 2000


@contextlib.contextmanager
def on_cores(count: int) -> Iterator[None]:
    """This process, and what it starts, on so many cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(before)[:count])
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def addresses(pages: Mapping[str, str]) -> list[tuple[str, str]]:
    """Name and query of every page, as a session asks for them."""
    return [(path, query) for path, _, query in (address.lstrip("/").partition("?") for address in pages.values())]


def run(what: Coroutine[Any, Any, T]) -> T:
    """In a thread of its own: in this one the browser's loop runs."""
    with ThreadPoolExecutor(1) as beside:
        return beside.submit(asyncio.run, what).result()


def measure_memory(stages: Mapping[str, Stage], pages: Mapping[str, str], results: Results) -> None:
    """Kilobytes that an open session takes, on servers on which nothing was opened and closed before."""
    for name, asked in read_on(pages, OURS, PLAIN).items():
        cwd, environment = stages[name]
        with board_server(cwd=cwd, env=environment, ready="/_stcore/health") as server:
            results.add("session", name, run(session_memory(server, asked)))


def read_on(pages: Mapping[str, str], *kinds: str) -> dict[str, list[tuple[str, str]]]:
    """Which pages are read on which server: those of the board, and the two empty ones of these kinds."""
    return {"board": addresses(pages), **{f"two-{kind}": [("first", ""), ("second", "")] for kind in kinds}}


async def session_memory(server: Server, asked: Sequence[tuple[str, str]]) -> float:
    """What the server grows by for each more that is open, the median of batches; as many before have filled what is kept for all.

    The median, for now and then what a page needed long before is given back.
    """
    async with contextlib.AsyncExitStack() as stack:

        async def opened(count: int) -> float:
            for number in range(count):
                await drawn_by(await stack.enter_async_context(tab(server.port)), *asked[number % len(asked)])
            return await at_rest(psutil.Process(server.process.pid))

        told = [await opened(BATCHES * SESSIONS), *[await opened(SESSIONS) for _ in range(BATCHES)]]
        return statistics.median(after - before for before, after in pairwise(told)) / SESSIONS


async def at_rest(process: psutil.Process) -> float:
    """Kilobytes of its own once they stay the same: what a page needed meanwhile is given back some seconds later."""
    told, before = float(process.memory_full_info().uss / 1000), 0.0
    while abs(told - before) > UNREST:
        await asyncio.sleep(3)
        told, before = float(process.memory_full_info().uss / 1000), told
    return told


def measure_crowds(servers: Mapping[str, Server], pages: Mapping[str, str], rounds: Rounds, results: Results) -> None:
    """Response times of so many readers at once, and how busy they and the server kept a core.

    Not by plain `streamlit run`: 200 readers are too many for it even on empty pages, and some never get a session.
    """
    for readers in CROWDS:
        for name, asked in read_on(pages, OURS).items():
            before = processor(servers[name].process.pid), time.process_time(), time.monotonic()
            times = sorted(run(crowd(servers[name], asked, readers=readers, seconds=rounds.readers)))
            lasted = time.monotonic() - before[2]
            results.add(f"{readers} p50", name, 1000 * statistics.median(times))
            results.add(f"{readers} p95", name, 1000 * times[int(0.95 * (len(times) - 1))])
            results.add(f"{readers} server", name, (processor(servers[name].process.pid) - before[0]) / lasted / 10)
            results.add(f"{readers} own", name, 100 * (time.process_time() - before[1]) / lasted)


async def crowd(server: Server, asked: Sequence[tuple[str, str]], *, readers: int, seconds: float) -> list[float]:
    """Seconds from asking to the end of the run, of every page that they opened."""
    ends, times = time.monotonic() + seconds, list[float]()

    async def read(opened: ClientConnection, dice: random.Random) -> None:
        begun = time.monotonic()
        await drawn_by(opened, *dice.choice(asked))
        times.append(time.monotonic() - begun)

    every = (random.Random(f"reader {number}") for number in range(readers))
    await asyncio.gather(*(read_for_long(server.port, dice, ends, partial(read, dice=dice)) for dice in every))
    return times


def measure_waiting(server: Server, results: Results) -> None:
    """Percent of a core that the server spends on TABS open pages, each asking every ASK_EVERY seconds for new figures."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    begun = processor(server.process.pid)
    for _ in range(QUESTIONS):
        connection.request("GET", "/board/version")
        connection.getresponse().read()
    connection.close()
    results.add("waiting", "board", (processor(server.process.pid) - begun) / QUESTIONS * TABS / ASK_EVERY / 10)


def measure_starts(
    browser: Browser,
    stages: Mapping[str, Stage],
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
