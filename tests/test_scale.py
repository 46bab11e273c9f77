"""Several boards on one lake, as readers, clerks and operators meet them. By `make test-scale` only."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from metrics.lake import PREFIX
from metrics.store import open_store, releases
from tests.builders import ROOT
from tests.people import join, sign_in
from tests.postgres import Postgres, postgres
from tests.readers import drawn_by, tab
from tests.servers import Server, board_server, visit
from tests.test_operation import nginx_before, page_over_tls, with_nginx

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.scale
HEAD = "指标编码,期间,街镇,数值\n"
WITHIN = 5.0  # seconds, for what one board wrote to be seen on another


@dataclass(frozen=True, slots=True)
class Two:
    """Two boards on one lake."""

    url: str
    boards: tuple[Server, Server]


@pytest.fixture(scope="module")
def database() -> Iterator[Postgres]:
    with postgres() as running:
        yield running


@pytest.fixture(scope="module")
def two(database: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    folder = tmp_path_factory.mktemp("lake")
    url = f"{PREFIX}{database.words} schema=two data_path={folder}/lake"
    opened = open_store(url)
    join(opened, "张三")
    opened.close()
    with ExitStack() as stack:
        boards = [stack.enter_context(board_server(env={"KPI_STORE": url})) for _ in range(2)]
        yield Two(url, (boards[0], boards[1]))


def run(two: Two, *arguments: str) -> str:
    """A command of the command line, beside the two boards."""
    command = [sys.executable, "-m", "metrics", *arguments, "--store", two.url]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def load(two: Two, folder: Path, figure: int, *more: str) -> int:
    """Hand in a figure of the month; the number of its release."""
    path = folder / f"{figure}.csv"
    path.write_text(f"{HEAD}handed-over,2023年10月,全区,{figure}\n", "utf-8")
    said = run(two, "load", str(path), "--by", "张三", "--yes", "--json", *more)
    return int(json.loads(said)["release"])


def shown(board: Server) -> str:
    """The page of the indicator as a reader gets it from that board."""

    async def asked() -> str:
        async with tab(board.port) as opened:
            return await drawn_by(opened, "indicator", "code=handed-over")

    return asyncio.run(asked())


def version(board: Server) -> str:
    with urllib.request.urlopen(f"{board.url}/board/version", timeout=5) as answer:
        return str(answer.read().decode())


def comes(what: Callable[[], bool]) -> bool:
    """Whether it is so within WITHIN."""
    until = time.monotonic() + WITHIN
    while time.monotonic() < until:
        if what():
            return True
        time.sleep(0.1)
    return False


def has(figure: int) -> re.Pattern[str]:
    return re.compile(rf'kb-num">{figure}<')


def test_a_release_is_on_every_board_within_seconds_and_gone_when_it_is_undone(two: Two, tmp_path: Path) -> None:
    before = [version(board) for board in two.boards]
    number = load(two, tmp_path, 417)
    assert comes(lambda: all(version(board) != seen for board, seen in zip(two.boards, before, strict=True)))
    assert all(has(417).search(shown(board)) for board in two.boards)
    run(two, "undo", str(number), "--by", "张三", "--reason", "传错")
    assert comes(lambda: not any(has(417).search(shown(board)) for board in two.boards))


def test_who_is_signed_in_on_one_board_is_on_the_other(two: Two, browser: Browser, blank: Callable[..., Page]) -> None:
    page = blank()
    sign_in(page, two.boards[0].url, "张三", to="/upload")
    page.goto(f"{two.boards[1].url}/account")  # cookies do not tell ports apart
    assert "张三" in page.inner_text("body")


def test_releases_at_both_at_once_both_land(two: Two, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    command = [sys.executable, "-m", "metrics", "load", "--by", "张三", "--yes", "--reason", "核对", "--store", two.url]
    running = []
    for name, month in (("a", 8), ("b", 9)):
        path = tmp_path / name / "x.csv"
        path.write_text(f"{HEAD}handed-over,2023年{month}月,全区,{month}\n", "utf-8")
        running.append(subprocess.Popen([*command[:4], str(path), *command[4:]], cwd=ROOT))
    codes = [one.wait() for one in running]
    opened = open_store(two.url)
    landed = {one.file for one in releases(opened) if one.file == "x.csv"}
    count = sum(one.file == "x.csv" for one in releases(opened))
    opened.close()
    assert landed == {"x.csv"}
    assert count == codes.count(0), "what was refused was told, what was told landed"
    assert set(codes) <= {0, 1}
    assert count >= 1


def test_doctor_and_a_back_up_work_beside_running_boards(two: Two) -> None:
    assert "全部可读" in run(two, "doctor")
    saved = Path(json.loads(run(two, "backup", "--json"))["file"])
    assert saved.stat().st_size > 0
    saved.unlink()


@with_nginx
@pytest.mark.browser
def test_behind_nginx_a_browser_stays_with_one_board_and_goes_to_the_other_when_that_dies(
    database: Postgres, tmp_path: Path, browser: Browser
) -> None:
    url = f"{PREFIX}{database.words} schema=behind data_path={tmp_path}/lake"
    opened = open_store(url)
    join(opened, "张三")
    opened.close()
    upload = tmp_path / "十月.csv"
    upload.write_text(f"{HEAD}handed-over,2023年10月,全区,318\n", "utf-8-sig")
    with ExitStack() as stack:
        boards = [stack.enter_context(board_server(env={"KPI_STORE": url}, killed=True)) for _ in range(2)]
        proxy = stack.enter_context(nginx_before([board.port for board in boards], tmp_path))
        page = stack.enter_context(page_over_tls(browser))
        sign_in(page, proxy.url, "张三", to="/upload")
        page.wait_for_selector("input[type=file]", state="attached")
        (mine,) = [board for board in boards if connected(board)]
        for _ in range(5):
            visit(page, f"{proxy.url}/upload")
            assert [board for board in boards if connected(board)] == [mine]
        os.kill(mine.process.pid, signal.SIGKILL)
        visit(page, f"{proxy.url}/upload")
        page.locator("input[type=file]").first.set_input_files(upload)
        page.get_by_role("button", name="确认入库", exact=True).click()
        page.get_by_text("版本2").first.wait_for()
    opened = open_store(url)
    assert releases(opened)[-1].file == "十月.csv"
    opened.close()


def connected(board: Server) -> bool:
    """Whether anybody is connected to it."""
    held = psutil.Process(board.process.pid).net_connections(kind="tcp")
    return any(one.status == psutil.CONN_ESTABLISHED and one.laddr.port == board.port for one in held)


def test_nothing_that_was_acknowledged_is_lost_when_a_board_or_postgresql_is_killed() -> None:
    command = [sys.executable, "-m", "tests.kills", "--lake", "--kills", "9", "--seed", "3"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    told = re.match(r"9 kills \(seed 3\), (\d+) acknowledged writes: all there and whole", done.stdout)
    assert told, done.stderr
    assert int(told[1]) >= 9
