"""Readers who change a filter, think, and change the next: of the dashboard over its websocket, of the Dash page over HTTP.

Both sorts choose the same themes and months in the same order and think as long. Timed is each change until its answer is
whole; what a browser then does with it is not.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tests.readers import drawn_by, tab
from tests.servers import Server

THINK = 2.0  # seconds on average
PATIENCE = 60.0
THEMES, MONTHS = 10, 10  # the themes, and the months of the last year on screen
CARDS = 6
UPDATE = "/_dash-update-component"
CODINGS = "gzip, deflate, br, zstd"  # as Chromium asks for

Change = Callable[[str, str], Awaitable[None]]  # to a theme's code and a month (2026-09)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What Dash's front end sent when a filter changed: address and body. The address has a mark that the page was given."""

    target: str
    body: dict[str, Any]


def choices(dice: random.Random) -> tuple[str, str]:
    """A theme and a month of the current year."""
    return f"t{dice.randrange(THEMES)}", f"2026-{1 + dice.randrange(MONTHS):02}"


async def read(change: Change, dice: random.Random, ends: float, times: list[float]) -> None:
    """One reader until that moment: milliseconds of each change to `times`."""
    await asyncio.sleep(dice.random() * THINK)
    while time.monotonic() < ends:
        theme, month = choices(dice)
        begun = time.monotonic()
        await asyncio.wait_for(change(theme, month), PATIENCE)
        times.append(1000 * (time.monotonic() - begun))
        await asyncio.sleep(dice.expovariate(1 / THINK))


@asynccontextmanager
async def board_reader(server: Server) -> AsyncIterator[Change]:
    """A session of the dashboard."""
    async with tab(server.port) as opened:

        async def change(theme: str, month: str) -> None:
            drawn = await drawn_by(opened, theme, f"month={month}")
            if drawn.count("kb-value") != CARDS:
                raise RuntimeError(f"/{theme}?month={month}: {drawn[-300:]}")

        await drawn_by(opened, "t0", "")
        yield change


@asynccontextmanager
async def dash_reader(server: Server, example: Asked) -> AsyncIterator[Change]:
    """A visitor of the Dash page, who asks as in the example."""
    asks, answers = await asyncio.open_connection("127.0.0.1", server.port)

    async def change(theme: str, month: str) -> None:
        answers.write(posted(server.port, example.target, callback(example.body, theme, month)))
        status, body = await answered(asks)
        if status != 200 or not body:
            raise RuntimeError(f"{theme} {month}: {status}")

    try:
        await change("t0", "2026-10")  # gunicorn keeps a thread for a connection that has not asked yet
        yield change
    finally:
        answers.close()


def callback(example: dict[str, Any], theme: str, month: str) -> bytes:
    """The request's body for that theme and the end of that month."""
    chosen = {"theme": theme, "month": f"{month}-{LAST_DAYS[month[5:]]}"}
    inputs = [{**one, "value": chosen[one["id"]]} for one in example["inputs"]]
    return json.dumps({**example, "inputs": inputs}, separators=(",", ":")).encode()


LAST_DAYS = {
    "02": 28,
    **dict.fromkeys(("04", "06", "09"), 30),
    **dict.fromkeys(("01", "03", "05", "07", "08", "10"), 31),
}


def posted(port: int, target: str, body: bytes) -> bytes:
    """The request as it goes over the wire."""
    head = [
        f"POST {target} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Content-Type: application/json",
        "Accept: application/json",
        f"Accept-Encoding: {CODINGS}",
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join([*head, "", ""]).encode() + body


async def answered(asks: asyncio.StreamReader) -> tuple[int, bytes]:
    """Status and body, as sent, of one answer."""
    head = (await asks.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    fields = dict(line.lower().split(": ", 1) for line in head[1:] if line)
    return int(head[0].split()[1]), await asks.readexactly(int(fields["content-length"]))


def crowd(
    reader: Callable[[], AbstractAsyncContextManager[Change]], *, readers: int, seconds: float, seed: int
) -> list[float]:
    """Milliseconds of every change that so many readers made in that time."""
    times: list[float] = []

    async def one(number: int) -> None:
        async with reader() as change:
            await read(change, random.Random(f"{seed} {number}"), time.monotonic() + seconds, times)

    async def all_of_them() -> None:
        await asyncio.gather(*(one(number) for number in range(readers)))

    asyncio.run(all_of_them())
    return times
