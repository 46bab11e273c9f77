"""Readers that are no browsers: websockets that speak the front end's own protocol, each opening one page after the other."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

THINK = 8.0  # seconds on average between two pages of a reader


def tab(port: int) -> connect:
    """A session of its own, as long as it is open."""
    host = f"127.0.0.1:{port}"
    return connect(f"ws://{host}/_stcore/stream", origin=Origin(f"http://{host}"), max_size=None, open_timeout=60)


async def read_for_long(
    port: int, dice: random.Random, ends: float, read: Callable[[ClientConnection], Awaitable[None]]
) -> None:
    """One reader, until that moment of the monotonic clock: `read` is one page."""
    await asyncio.sleep(dice.random() * THINK)
    async with tab(port) as opened:
        while time.monotonic() < ends:
            await read(opened)
            await asyncio.sleep(min(dice.expovariate(1 / THINK), max(0.0, ends - time.monotonic())))


async def drawn_by(tab: ClientConnection, page: str, asked: str) -> str:
    """All HTML that a run of the page draws, in one text."""
    message = BackMsg()
    message.rerun_script.page_name = page
    message.rerun_script.query_string = asked
    await tab.send(message.SerializeToString())
    parts, begun = [], False
    while True:
        got = ForwardMsg.FromString(bytes(await tab.recv(decode=False)))
        kind = got.WhichOneof("type")
        begun = begun or kind == "new_session"
        if kind == "delta":
            parts.append(str(got.delta.new_element.html.body) + got.delta.new_element.alert.body)
        if kind == "script_finished" and begun:
            return "".join(parts)
