"""On every answer the security headers; closed doors; no foreign origin."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# 'unsafe-inline' for styles only: the front end builds its style sheets at run time. Charts become pictures through
# data: and blob:, tables measure their columns in a worker made from a blob.
CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "media-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self' blob:",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), display-capture=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

# Streamlit's own addresses are a list of what is open, not of what is closed: a new release brings new ones.
# Not on it: session counts (metrics), the interface for programs (agent), the run of a page on request
# (script-health-check).
INNER: Final = "/_stcore/"
SEVERAL_PARTS: Final = {"static", "media", "component", "board"}
OPEN: Final = ("health", "host-config", "stream", "upload_file/", "bidi-components/")


class Guard:
    """ASGI middleware, the outermost of ours: refuses what is not for this host, then adds the headers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await self.websocket(scope, receive, send)
        else:
            await self.http(scope, receive, guarded(send))

    async def websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuses a connection whose page is not ours; a browser always names its page."""
        if closed(scope["path"]) or not from_here(Headers(scope=scope), named=True):
            await send({"type": "websocket.close", "code": 1008})
            return
        await self.app(scope, receive, send)

    async def http(self, scope: Scope, receive: Receive, send: Send) -> None:
        """404 for a closed door, 403 for a page that is not ours, else the application's answer."""
        if closed(scope["path"]):
            await PlainTextResponse("没有这个地址。\n", status_code=404)(scope, receive, send)
        elif not from_here(Headers(scope=scope), named=False):
            await PlainTextResponse("请求来自其他网站，已拒绝。\n", status_code=403)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def closed(path: str) -> bool:
    """True for an inner address of Streamlit that no screen of ours uses, and for one of several parts that nothing has."""
    if path.startswith(INNER):
        return not path.removeprefix(INNER).startswith(OPEN)
    first, slash, rest = path.lstrip("/").partition("/")
    return bool(slash and rest) and first not in SEVERAL_PARTS


def from_here(headers: Headers, *, named: bool) -> bool:
    """True when the Origin is the host asked; without an Origin, when `named` does not require one.

    Streamlit would look further: it asks a public service for this machine's outer address and accepts that too.
    """
    origin = headers.get("origin")
    if origin is None:
        return not named
    return site(origin) == headers.get("host", "")


def site(origin: str) -> str | None:
    """Host and port of an Origin; None for one that names none, such as `null` or what is no address at all."""
    try:
        return urlsplit(origin).netloc or None
    except ValueError:
        return None


def guarded(send: Send) -> Send:
    """A `send` that puts our headers on the answer; one that the application set itself stays."""

    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return with_headers
