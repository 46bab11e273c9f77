"""Many readers and a few uploaders at once on one server: python -m tests.crowd [--minutes 10] [--readers 50] [--uploaders 3].

Readers are those of tests/readers.py. Uploaders are real browsers
that sign in, choose a file and confirm it, over and over: each reports the next number of an indicator of its own. A reader must
see a number that had been confirmed before it asked, or a later one that somebody has tried to confirm: nothing older, nothing
else. At the end every confirmed release is in the store. Printed: what was read and written, response times, memory, errors.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import statistics
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import psutil
from playwright.async_api import Browser, Error, Page, async_playwright
from websockets.asyncio.client import ClientConnection

from metrics.account import Role
from metrics.store import open_store, releases
from tests.people import PASSWORD, join
from tests.readers import drawn_by, read_for_long
from tests.servers import Server, board_server, launching

PAGES = ("", "waste", "governance", "indicator", "sources", "releases", "streets")
OWN = ("handed-over", "found-problems", "occupied-pipes")  # one indicator for each uploader
HEAD = "指标编码,期间,街镇,数值\n"
FIRST = 1_000
PATIENCE = 60.0
FIGURE = re.compile(r'<span class="kb-num">([\d,]+)')
SLACK = 1.10  # memory at the end over memory after a third of the time


@dataclass(slots=True)
class Seen:
    """What has happened so far. By uploader: the last number confirmed, and the last that was tried."""

    confirmed: dict[int, int] = field(default_factory=dict)
    tried: dict[int, int] = field(default_factory=dict)
    releases: dict[int, tuple[int, int]] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    checked: int = 0
    errors: list[str] = field(default_factory=list)


async def crowd(server: Server, *, readers: int, uploaders: int, seconds: float, seed: int) -> Seen:
    """So many at once, for so long."""
    seen, ends = Seen(), time.monotonic() + seconds
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**launching())
        tasks = [upload_for_long(browser, server, number, seen, ends) for number in range(uploaders)]
        for number in range(readers):
            dice = random.Random(f"{seed} {number}")
            tasks.append(read_for_long(server.port, dice, ends, partial(read, dice=dice, seen=seen)))
        tasks.append(weigh(server, seen, ends))
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, BaseException):
                seen.errors.append(f"{type(result).__name__}: {str(result)[:900]}")
        await browser.close()
    return seen


async def weigh(server: Server, seen: Seen, ends: float) -> None:
    """The server's own memory every five seconds, in MB."""
    process = psutil.Process(server.process.pid)
    while time.monotonic() < ends:
        seen.memory.append(process.memory_full_info().uss / 2**20)
        await asyncio.sleep(5)


# Readers


async def read(tab: ClientConnection, *, dice: random.Random, seen: Seen) -> None:
    """One page drawn to its end; a figure on it is one that may be there."""
    page = dice.choice(PAGES)
    number = dice.choice(list(seen.confirmed) or [0])
    asked = f"code={OWN[number]}" if page == "indicator" else ""
    least, begun = seen.confirmed.get(number, 0), time.monotonic()
    drawn = await asyncio.wait_for(drawn_by(tab, page, asked), PATIENCE)
    seen.times.append(time.monotonic() - begun)
    if "页面出错" in drawn or "编号 " in drawn:
        seen.errors.append(f"/{page}?{asked}: {drawn[-200:]}")
    if asked and least:
        found = FIGURE.search(drawn)
        shown = int(found[1].replace(",", "")) if found else -1
        seen.checked += 1
        if not least <= shown <= seen.tried[number]:
            seen.errors.append(f"{OWN[number]}: {shown} on screen, {least} was confirmed, {seen.tried[number]} tried")


# Uploaders


async def upload_for_long(browser: Browser, server: Server, number: int, seen: Seen, ends: float) -> None:
    """One clerk: signs in, then reports the next figure again and again."""
    page = await (await browser.new_context(locale="zh-CN")).new_page()
    page.set_default_timeout(PATIENCE * 1000)
    await page.goto(f"{server.url}/sign-in?next=/upload")
    await page.get_by_label("账号").fill(f"上报{number}")
    await page.get_by_label("密码").fill(PASSWORD)
    await page.get_by_role("button", name="登录").click()
    figure = FIRST
    while time.monotonic() < ends:
        figure += 1
        seen.tried[number] = figure
        try:
            seen.releases[await upload(page, number, figure)] = (number, figure)
        except Error as error:
            shown = await page.locator("[data-testid=stMain]").inner_text()
            raise AssertionError(f"{OWN[number]} {figure}: {error.message.splitlines()[0]} {shown[-600:]}") from error
        seen.confirmed[number] = figure
        await page.get_by_role("button", name="继续上报").click()
    await page.context.close()


async def upload(page: Page, number: int, figure: int) -> int:
    """The number of the release that this figure became; what others reported meanwhile is looked at again, as the page asks."""
    text = f"{HEAD}{OWN[number]},2023年10月,全区,{figure}\n"
    given = {"name": f"{figure}.csv", "mimeType": "text/csv", "buffer": text.encode()}
    await page.locator("input[type=file]").first.set_input_files(given)  # type: ignore[arg-type]
    await page.get_by_role("button", name="确认入库").wait_for()
    if figure > FIRST + 1:
        reason = page.get_by_label("修订原因")
        await reason.fill("核对")
        await reason.press("Enter")
    done = page.locator(".kb-done .kb-num")
    while True:
        await page.get_by_text("要么全部成功").or_(done).first.wait_for()
        if await done.count():
            return int((await done.inner_text()).removeprefix("版本"))
        await page.get_by_role("button", name="确认入库").click()
        await page.wait_for_timeout(300)  # until the run has begun
        await page.wait_for_selector('.stApp[data-test-script-state="notRunning"]')


# What is left


def lost(path: Path, seen: Seen) -> list[str]:
    """What was confirmed and is not in the store with its figure."""
    opened = open_store(f"duckdb:{path}")
    try:
        there = {one.release_id for one in releases(opened) if not one.withdrawn}
        rows = opened.query("SELECT release_id, indicator, CAST(value AS BIGINT) AS value FROM observation")
        held = {(row["release_id"], row["indicator"]): row["value"] for row in rows if row["value"] is not None}
    finally:
        opened.close()
    wrong = (
        f"release {one}: {OWN[number]} {figure} was confirmed, {held.get((one, OWN[number]))} is there"
        for one, (number, figure) in seen.releases.items()
        if one not in there or held.get((one, OWN[number])) != figure
    )
    return list(wrong)


def grown(memory: list[float]) -> tuple[float, float]:
    """Median memory of the second third and of the last sixth of the time."""
    third, sixth = max(1, len(memory) // 3), max(1, len(memory) // 6)
    return statistics.median(memory[third : 2 * third] or memory), statistics.median(memory[-sixth:])


def logged(server: Server) -> list[str]:
    """Errors in the server's log."""
    lines = [line for line in server.log().splitlines() if line.startswith("{")]
    return [line for line in lines if json.loads(line)["level"] in {"error", "critical"}]


def run(folder: Path, *, readers: int, uploaders: int, seconds: float, seed: int) -> tuple[Seen, str]:
    """What happened, and the report. `errors` is empty when all went well."""
    path = folder / "board.duckdb"
    join(path, "管理员")
    join(path, *(f"上报{number}" for number in range(uploaders)), role=Role.CLERK)
    with board_server(env={"KPI_STORE": f"duckdb:{path}"}) as server:
        seen = asyncio.run(crowd(server, readers=readers, uploaders=uploaders, seconds=seconds, seed=seed))
        seen.errors += logged(server)
    seen.errors += lost(path, seen)
    before, after = grown(seen.memory)
    times = sorted(seen.times)
    p95 = times[int(0.95 * (len(times) - 1))] if times else float("nan")
    return seen, (
        f"{readers} readers, {uploaders} uploaders, {seconds:.0f} s: {len(times)} pages drawn (median {statistics.median(times or [0]):.2f} s, "
        f"p95 {p95:.2f} s), {seen.checked} figures checked, {len(seen.releases)} releases confirmed, all there: "
        f"{'no' if lost(path, seen) else 'yes'}; memory {before:.0f} MB, at the end {after:.0f} MB "
        f"({'flat' if after <= SLACK * before else 'GROWN'}); {len(seen.errors)} errors"
    )


def main() -> int:
    """Run it, print the figures, and 1 when something went wrong."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--minutes", type=float, default=10)
    asked.add_argument("--readers", type=int, default=50)
    asked.add_argument("--uploaders", type=int, default=len(OWN), choices=range(1, len(OWN) + 1))
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder, suppress(KeyboardInterrupt):
        seen, report = run(
            Path(folder), readers=given.readers, uploaders=given.uploaders, seconds=given.minutes * 60, seed=given.seed
        )
        print(report)
        for error in seen.errors[:20]:
            print(f"  {error}", file=sys.stderr)
        return 1 if seen.errors or "GROWN" in report else 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
