"""How much one address, one tab, and all together may ask for, so that one program that runs wild does not stop the board.

Sizes of files are limited where they are read: 20 MB by `maxUploadSize`, what they unpack to and their rows in `metrics.intake`.
The figures are ten times what an office of 200 was seen to need; who shares an address behind a proxy shares its requests.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from typing import Final

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from metrics.web.gate import Tab, client_of

MOST_TABS: Final = 600  # open at once
REQUESTS: Final = parse("6000 per minute")  # of one address, but for the front end's own files
UPLOADS: Final = parse("120 per minute")
MESSAGES, WITHIN = 300, 10.0  # that one tab may send in so many seconds
FREE: Final = "/static/"
UPLOAD: Final = "/_stcore/upload_file/"
TRY_LATER: Final = 1013  # websocket

log = logging.getLogger(__name__)


class Limits:
    """ASGI middleware that answers 429, or closes a tab with 1013, when it is too much."""

    def __init__(self, app: ASGIApp, *, most_tabs: int = MOST_TABS) -> None:
        self.app = app
        self.most_tabs = most_tabs
        self.open = 0
        self.limiter = FixedWindowRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self.tab(scope, receive, send)
        elif scope["type"] == "http" and not self.allowed(scope):
            log.warning("请求太多，已拒绝：%s %s", address(scope), scope["path"])
            refusal = PlainTextResponse("请求太多，请稍后再试。\n", status_code=429, headers={"Retry-After": "60"})
            await refusal(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def allowed(self, scope: Scope) -> bool:
        """Count a request; False when the address has asked too often."""
        path = scope["path"]
        if path.startswith(FREE):
            return True
        limit: RateLimitItem = UPLOADS if path.startswith(UPLOAD) else REQUESTS
        return self.limiter.hit(limit, address(scope))

    async def tab(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The session of a tab, unless too many are open; ended when it says too much."""
        if self.open >= self.most_tabs:
            log.warning("打开的页面已有%d个，没有再接受：%s", self.open, address(scope))
            await send({"type": "websocket.close", "code": TRY_LATER})
            return
        tab, said = Tab(session="", tell=send, code=TRY_LATER), deque[float](maxlen=MESSAGES)

        async def heard() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive" and too_many(said, time.monotonic()):
                log.warning("一个页面发来的请求太多，已断开：%s", address(scope))
                await tab.end()
            return {"type": "websocket.disconnect", "code": TRY_LATER} if tab.ended else message

        self.open += 1
        try:
            await self.app(scope, heard, tab.send)
        finally:
            self.open -= 1


def too_many(said: deque[float], now: float) -> bool:
    """Count a message at that moment; True when there were MESSAGES within WITHIN seconds before it."""
    full = len(said) == MESSAGES and now - said[0] < WITHIN
    said.append(now)
    return full


def address(scope: Scope) -> str:
    """From where it comes; "" when nobody can say."""
    return client_of(scope) or ""
