"""A real server for a test, and a watch on what its pages ask for.

with board_server(env={"KPI_STORE": str(path)}) as server, browser_page() as page:
    watch = watched(page, server.url)
    page.goto(server.url)
    assert watch.foreign() == []
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page, Request, WebSocket

ROOT = Path(__file__).parent.parent
# Without these, Chromium itself looks for its maker's hosts at every start.
QUIET = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# A server whose test was killed must not stay: on Linux the kernel ends it with its parent. It has a group of its own,
# to be ended with everything it started.
STARTER = """
import ctypes, os, signal, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    os.getppid() == int(sys.argv[1]) or sys.exit("the test is gone")
os.execv(sys.argv[2], sys.argv[2:])
"""
APPLICATION = (sys.executable, "app.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server. `url` has no slash at its end."""

    url: str
    port: int
    process: subprocess.Popen[bytes]
    output: Path
    env: Mapping[str, str]

    @property
    def store(self) -> Path:
        """Its database file, as `KPI_STORE` names it."""
        return Path(self.env["KPI_STORE"].removeprefix("duckdb:"))

    def log(self) -> str:
        """Everything it has written so far, both streams."""
        return self.output.read_text("utf-8", errors="replace")


@contextlib.contextmanager
def board_server(
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    wait: float = 60.0,
    ready: str = "/healthz",
    program: Sequence[str] = APPLICATION,
    killed: bool = False,
) -> Iterator[Server]:
    """A server of the application in `cwd` on a free port of this machine, stopped at the end in any case.

    Raises at the end when the server did not live that long, as then what the test saw says little.

    `ready` is the address that must answer 200 before the test begins; `program` the command, its first word a full path;
    `killed` says that the test may kill it.
    """
    port = free_port()
    settings = {"STREAMLIT_SERVER_PORT": str(port), "STREAMLIT_SERVER_ADDRESS": "127.0.0.1"}
    with tempfile.TemporaryDirectory(prefix="board-server-") as folder:
        output = Path(folder) / "log.txt"
        process = started(output, cwd, {**os.environ, **settings, **(env or {})}, program)
        server = Server(url=f"http://127.0.0.1:{port}", port=port, process=process, output=output, env=env or {})
        try:
            await_answer(server, ready, wait)
            yield server
            if process.poll() is not None and not killed:
                raise AssertionError(f"the server ended by itself with {process.returncode}:\n{server.log()}")
        finally:
            stop(process)


def started(
    output: Path, cwd: Path, env: Mapping[str, str], program: Sequence[str] = APPLICATION
) -> subprocess.Popen[bytes]:
    """The application, or another program by its full path, in a process group of its own."""
    command = [sys.executable, "-c", STARTER, str(os.getpid()), *program]
    with output.open("wb") as log:
        return subprocess.Popen(
            command, cwd=cwd, env=dict(env), stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )


def await_answer(server: Server, path: str, wait: float) -> None:
    """Returns when the address answers well; raises with the log when the server ends or time runs out."""
    deadline = time.monotonic() + wait
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            raise AssertionError(f"the server ended with {server.process.returncode}:\n{server.log()}")
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(server.url + path, timeout=2).close()
            return
        time.sleep(0.1)
    raise AssertionError(f"the server was not well within {wait} s:\n{server.log()}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ends the whole group: politely, then not."""
    for hard, patience in ((False, 5), (True, 5)):
        with contextlib.suppress(ProcessLookupError):
            if sys.platform == "win32":
                process.kill()
            else:
                os.killpg(process.pid, signal.SIGKILL if hard else signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
            return


def free_port() -> int:
    """A port of the loopback interface that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def launching() -> dict[str, Any]:
    """How a Chromium is started: the system's own where there is one, else the browser tool's."""
    sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return {"executable_path": shutil.which("chromium"), "args": [*QUIET, *sandbox]}


@contextlib.contextmanager
def opened_browser() -> Iterator[Browser]:
    """A headless Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launching())
        try:
            yield browser
        finally:
            browser.close()


def opened_page(
    browser: Browser, *, width: int = 1440, height: int = 900, dark: bool = False, locale: str = "zh-CN"
) -> Page:
    """A page with a profile of its own, as another person's browser would have."""
    return browser.new_context(
        viewport={"width": width, "height": height}, locale=locale, color_scheme="dark" if dark else "light"
    ).new_page()


@contextlib.contextmanager
def browser_page(*, width: int = 1440, height: int = 900, dark: bool = False, locale: str = "zh-CN") -> Iterator[Page]:
    """A page of a new headless Chromium with an empty profile."""
    with opened_browser() as browser:
        yield opened_page(browser, width=width, height=height, dark=dark, locale=locale)


@dataclass(slots=True)
class Watch:
    """What a page asked for and complained about, from the moment it is watched."""

    host: str
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def foreign(self) -> list[str]:
        """Every address asked for that is not the server's own, the refused and failed ones included."""
        return [url for url in self.asked if is_foreign(url, self.host)]


def is_foreign(url: str, host: str) -> bool:
    """True unless the address is on `host`, or holds its content itself (data:, blob:, about:)."""
    parts = urlsplit(url)
    return parts.scheme not in {"data", "blob", "about"} and parts.netloc != host


def watched(page: Page, url: str) -> Watch:
    """A watch on requests, websockets, refusals by the content security policy, errors and the console."""
    watch = Watch(host=urlsplit(url).netloc)

    def on_request(request: Request) -> None:
        watch.asked.append(request.url)

    def on_websocket(websocket: WebSocket) -> None:
        watch.asked.append(websocket.url)

    page.context.on("request", on_request)
    page.on("websocket", on_websocket)
    page.on("pageerror", lambda error: watch.complaints.append(str(error)))
    page.on(
        "console",
        lambda message: watch.complaints.append(message.text) if message.type in {"error", "warning"} else None,
    )
    # A refused address never becomes a request: the browser only tells the page.
    page.expose_function("boardRefused", lambda url: watch.asked.append(url))
    page.add_init_script(
        "document.addEventListener('securitypolicyviolation', e => boardRefused(e.blockedURI.includes('://')"
        " ? e.blockedURI : 'about:' + e.blockedURI))"
    )
    return watch


def settled(page: Page, timeout: float = 30.0) -> None:
    """Waits until the screen has run and nothing of it is stale."""
    page.wait_for_selector(
        '.stApp[data-test-script-state="notRunning"][data-test-connection-state="CONNECTED"]',
        timeout=timeout * 1000,
    )
    page.wait_for_selector("[data-stale=true]", state="detached", timeout=timeout * 1000)
    page.wait_for_function(
        "() => [...document.querySelectorAll('[data-testid=stPlotlyChart]')].every(c => c.querySelector('.main-svg'))",
        timeout=timeout * 1000,
    )


def visit(page: Page, url: str) -> None:
    """Opens an address as from a bookmark, and waits until all of it is drawn."""
    page.goto(url)
    page.wait_for_selector(".kb")
    settled(page)


def shows(page: Page, figure: str, *, within: float = 15.0) -> bool:
    """Whether the first card of a page that somebody has open shows the figure in time, by default that which is promised."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if page.inner_text(".kb-card .kb-num >> nth=0").startswith(figure):
            return True
        page.wait_for_timeout(200)
    return False


def dialogs(page: Page) -> list[str]:
    """What the page's dialogs say from now on; each is closed at once."""
    said: list[str] = []

    def heard(dialog: Dialog) -> None:
        said.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", heard)
    return said
