"""What goes wrong in an office: a clock set back, a disk that takes nothing, a second server, a browser or a cable that is gone.

Each ends in words that say what to do, and with the store as it was. Disks that are full, damaged files and files held by
somebody else are in test_store.py, kills in test_kills.py, power cuts during back-ups in test_backup.py.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from metrics.errors import Refused
from metrics.intake import comment
from metrics.intake.submit import confirm, restore, withdraw
from metrics.model import Act
from metrics.start import Board
from metrics.store import append_comment, last_write, open_store, releases, sums
from tests.builders import NOW, ROOT, checked, remark
from tests.people import join, sign_in
from tests.servers import Server, board_server, free_port, opened_page
from tests.test_upload_browser import choose, csv, press, said

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

APRIL = ("filing-rate", "", "2023年4月", "全区", "82.5")
MAY = ("filing-rate", "", "2023年5月", "全区", "83")
JUNE = ("filing-rate", "", "2023年6月", "全区")
SMALL = "指标编码,期间,街镇,数值\nfiling-rate,2023年10月,全区,82.5\n"
SLOW = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 100_000}  # bytes a second
READ_ONLY = """
set -e
mount -t tmpfs none "$1"
mkdir "$1/data"
mount -o remount,ro "$1"
exec "$2" -m metrics releases --store "duckdb:$1/data/board.duckdb"
"""


# -- a clock that was set back ----------------------------------------------------------------------------------------


def test_what_a_clock_set_back_would_put_in_the_past_is_refused(own: Board) -> None:
    first = confirm(own.store, checked(own, APRIL), act=Act(at=NOW, by="张三"))
    second = confirm(own.store, checked(own, MAY), act=Act(at=NOW, by="张三"))
    early = NOW - timedelta(seconds=1)
    withdraw(own.store, own.catalogue, first.release_id, act=Act(at=NOW, by="张三"), reason="传错了")
    note = append_comment(own.store, remark(at=NOW), after=0)
    before = sums(own.store)
    attempts = (
        lambda: confirm(own.store, checked(own, (*JUNE, "85")), act=Act(at=early, by="张三")),
        lambda: withdraw(own.store, own.catalogue, second.release_id, act=Act(at=early, by="张三"), reason="传错了"),
        lambda: restore(own.store, own.catalogue, first.release_id, act=Act(at=early, by="张三"), reason="没有错"),
        lambda: comment.withdraw(own.store, note, act=Act(at=early, by="张三"), reason="写错了"),
    )
    for attempt in attempts:
        with pytest.raises(Refused, match=r"本机时间（.*）比最近一次写入（.*）还早，没有写入"):
            attempt()
    assert sums(own.store) == before
    restore(own.store, own.catalogue, first.release_id, act=Act(at=NOW, by="张三"), reason="没有错")


def test_the_last_write_is_of_any_kind(own: Board) -> None:
    assert last_write(own.store) is None
    release = confirm(own.store, checked(own, APRIL), act=Act(at=NOW, by="张三")).release_id
    assert last_write(own.store) == NOW
    withdraw(own.store, own.catalogue, release, act=Act(at=NOW + timedelta(hours=1), by="张三"), reason="传错了")
    assert last_write(own.store) == NOW + timedelta(hours=1)
    append_comment(own.store, remark(at=NOW + timedelta(hours=2)), after=0)
    assert last_write(own.store) == NOW + timedelta(hours=2)


# -- disks and servers ------------------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="a disk is made read-only in a namespace of Linux")
def test_a_read_only_disk_is_told_at_the_start(tmp_path: Path) -> None:
    command = ["unshare", "-rm", "sh", "-c", READ_ONLY, "sh", str(tmp_path), sys.executable]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"数据文件夹 {tmp_path}/data 无法写入（Read-only file system）。请把写权限")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    join(tmp_path / "board.duckdb", "张三")
    with board_server(env={"KPI_STORE": f"duckdb:{tmp_path / 'board.duckdb'}"}) as running:
        yield running


def held(server: Server) -> dict[int, int]:
    """Figures by release, asked through the running board."""
    command = [sys.executable, "-m", "metrics", "releases", "--json", "--store", server.env["KPI_STORE"]]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return {
        int(one[0]): int(one[1])
        for one in re.findall(r'"release_id": (\d+).*?"observations": (\d+)', done.stdout, re.S)
    }


def test_a_second_server_on_the_same_store_ends_with_words_and_the_first_goes_on(server: Server) -> None:
    port = {"STREAMLIT_SERVER_PORT": str(free_port()), "STREAMLIT_SERVER_ADDRESS": "127.0.0.1"}
    command = [sys.executable, "app.py"]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **server.env, **port},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert f"正被另一个程序使用（进程 {server.process.pid}）。请先停止正在运行的看板" in done.stderr
    assert list(held(server)) == [1]


def ended(path: Path, end: signal.Signals) -> None:
    """A server on that store, ended by that signal."""
    with suppress(AssertionError), board_server(env={"KPI_STORE": f"duckdb:{path}"}) as one:
        one.process.send_signal(end)
        one.process.wait(30)


def test_a_server_that_is_stopped_leaves_one_file_and_one_that_is_killed_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "board.duckdb"
    for end, beside in ((signal.SIGKILL, True), (signal.SIGTERM, False)):
        ended(path, end)
        assert path.with_name("board.duckdb.wal").exists() is beside
    opened = open_store(f"duckdb:{path}")
    assert [one.release_id for one in releases(opened)] == [1]
    opened.close()


# -- a browser, or a cable, that is gone in the middle ----------------------------------------------------------------


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A file that takes half a minute at the speed of `slow`."""
    return csv(tmp_path, "大.csv", SMALL + "filing-rate,2023年10月,全区,82.5\n" * 100_000)


def slow(page: Page, path: Path) -> None:
    """Begins to send a file over a slow line, and comes back in the middle."""
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", SLOW)
    with page.expect_file_chooser() as opening:
        page.get_by_role("button", name="选择文件").click()
    opening.value.set_files(path)
    page.wait_for_timeout(2_000)
    assert page.locator(".kb-say").count() == 0


@contextmanager
def cable(server: Server) -> Iterator[tuple[str, Callable[[], None]]]:
    """Another address of the server, and what cuts the connection: what is under way ends, nothing new begins."""
    ends: list[socket.socket] = []
    listening = socket.create_server(("127.0.0.1", 0))

    def cut() -> None:
        for end in (listening, *ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def carry(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(65_536):
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)

    def accept() -> None:
        with suppress(OSError):
            while True:
                theirs, _ = listening.accept()
                ours = socket.create_connection(("127.0.0.1", server.port))
                ends.extend((theirs, ours))
                for pair in ((theirs, ours), (ours, theirs)):
                    Thread(target=carry, args=pair, daemon=True).start()

    Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", cut
    finally:
        cut()


def uploaded_whole(browser: Browser, server: Server, folder: Path) -> None:
    """Whatever happened before: another browser uploads a file, and it is there."""
    before = held(server)
    page = opened_page(browser)
    sign_in(page, server.url, to="/upload")
    choose(page, csv(folder, "好.csv", SMALL))
    press(page, "确认入库", then=f"版本{max(before) + 1}")
    assert held(server) == {**before, max(before) + 1: 1}
    page.context.close()


@pytest.mark.browser
def test_a_browser_closed_in_mid_upload_stores_nothing(
    browser: Browser, server: Server, large: Path, tmp_path: Path
) -> None:
    page = opened_page(browser)
    sign_in(page, server.url, to="/upload")
    slow(page, large)
    page.context.close()
    assert list(held(server)) == [1]
    uploaded_whole(browser, server, tmp_path)


@pytest.mark.browser
def test_a_network_cut_in_mid_upload_is_told_and_stores_nothing(
    browser: Browser, server: Server, large: Path, tmp_path: Path
) -> None:
    page = opened_page(browser)
    with cable(server) as (url, cut):
        sign_in(page, url, to="/upload")
        slow(page, large)
        cut()
        page.get_by_text("上传没有完成，什么也没有写入。请移除这个文件，再选一次。").wait_for()
        assert list(held(server)) == [1]
    page.context.close()
    uploaded_whole(browser, server, tmp_path)


@pytest.mark.browser
def test_a_browser_closed_as_it_confirms_stores_all_or_nothing(
    browser: Browser, server: Server, tmp_path: Path
) -> None:
    page = opened_page(browser)
    sign_in(page, server.url, to="/upload")
    rows = "".join(
        f"filing-rate,{year}年{month}月,全区,{month}\n" for year in range(2010, 2023) for month in range(1, 13)
    )
    choose(page, csv(tmp_path, "多.csv", SMALL + rows))
    assert "新增157" in said(page)
    page.get_by_role("button", name="确认入库", exact=True).click(no_wait_after=True)
    page.context.close()
    assert {number: count for number, count in held(server).items() if number > 1} in ({}, {2: 157})
