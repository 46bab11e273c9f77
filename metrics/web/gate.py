"""Who may pass: looked at in front of everything, for pages, websocket, uploads, downloads and addresses of our own alike.

Cookies puts the signed session of Starlette on the scope, Gate finds out whose it is and refuses or passes. An open tab is
looked at with every message it sends, and every two seconds while it is idle (Tabs).
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Callable, Container, MutableMapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, Final, Protocol
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from metrics.account import Role
from metrics.login import Session
from metrics.model import Reading, SignIn

SESSION_HEADER: Final = "X-Board-Session"  # ours alone, for the scripts of pages: one that a client sends is taken away
ADDRESS_HEADER: Final = "X-Board-Address"
OURS: Final = {SESSION_HEADER.lower().encode(), ADDRESS_HEADER.lower().encode()}
KEY: Final = "key"  # in the signed session of the browser
SIGNED_IN: Final = "board.signed_in"  # on the scope: a login.Session, or None
BROWSER: Final = "board.browser"  # on the scope: what the signed cookie of the browser holds
PEER: Final = "board.peer"  # on the scope: who is connected, a proxy perhaps
LOOK_EVERY: Final = 2.0  # seconds
POLICY: Final = 1008  # websocket: refused by a rule

# What tells no figure: open to all, whatever `reading` says.
OPEN_PREFIXES: Final = ("/static/",)
OPEN: Final = {
    "/healthz", "/favicon.png", "/sign-in", "/sign-out", "/sign-in-oidc", "/signed-in-oidc", "/first", "/_stcore/health",
    "/_stcore/host-config",
}  # fmt: skip
KEYED: Final = "/board/command"  # has a key of its own
METRICS: Final = "/metrics"
ADMINS: Final = {"/accounts", "/audit", METRICS}
OWN: Final = "/account"
NOT_YOURS: Final = "您的账号没有这个权限。"
UPLOADS: Final = "/_stcore/upload_file/"

log = logging.getLogger(__name__)


class Finds(Protocol):
    """What the gate asks: whose session this is, for a key; and the account that a proxy has signed in."""

    def of_key(self, key: str) -> Session | None: ...

    def of_proxy(self, name: str, key: str, address: str | None, *, begins: bool) -> tuple[Session | None, str]: ...

    def refused(self, signed: Session, path: str, address: str | None) -> None: ...


class Peer:
    """Remembers who is connected, before a proxy's headers say for whom."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            scope[PEER] = client_of(scope)
        await self.app(scope, receive, send)


class Cookies:
    """Starlette's signed sessions: behind TLS in a cookie that is Secure and of this host alone, else in a plain one."""

    def __init__(self, app: ASGIApp, *, secret: str, lasts: timedelta) -> None:
        seconds = int(lasts.total_seconds())
        self.plain = SessionMiddleware(app, secret, session_cookie="board-session", max_age=seconds)
        self.secure = SessionMiddleware(
            app, secret, session_cookie="__Host-board-session", max_age=seconds, https_only=True
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        chosen = self.secure if scope.get("scheme") in {"https", "wss"} else self.plain
        await chosen(scope, receive, send)


@dataclass(eq=False, slots=True)
class Tab:
    """An open websocket: one tab of a browser."""

    session: str
    tell: Send
    code: int = POLICY
    ended: bool = False

    async def send(self, message: Message) -> None:
        """Pass on what the page draws; nothing any more once the tab was ended."""
        if not self.ended:
            await self.tell(message)

    async def end(self) -> None:
        """Close it; the page finds out as from any connection that was lost."""
        if not self.ended:
            self.ended = True
            await self.tell({"type": "websocket.close", "code": self.code})


@dataclass(slots=True)
class Tabs:
    """The open tabs in which somebody is signed in."""

    open: set[Tab] = field(default_factory=set)

    async def watch(self, living: Callable[[], Container[str]], *, every: float = LOOK_EVERY) -> None:
        """Ends each tab soon after its session, until cancelled."""
        while True:
            await asyncio.sleep(every)
            try:
                if self.open:
                    await self.end_all_but(await run_in_threadpool(living))
            except Exception:  # whatever it is, the next look is taken all the same
                log.exception("The look at open tabs failed")

    async def end_all_but(self, living: Container[str]) -> None:
        """End the tabs of other sessions than these."""
        for tab in [one for one in self.open if one.session not in living]:
            await tab.end()


class Gate:
    """ASGI middleware behind Cookies.

    token  with which a program may read /metrics; "" for none
    """

    def __init__(self, app: ASGIApp, *, finds: Finds, tabs: Tabs, plan: SignIn, token: str = "") -> None:
        self.app = app
        self.finds = finds
        self.tabs = tabs
        self.plan = plan
        self.closed = plan.reading is Reading.SIGNED_IN
        self.token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or scope["path"].startswith(OPEN_PREFIXES):
            await self.app(scope, receive, send)
            return
        signed = await self.signed_in(scope)
        headers = [pair for pair in scope["headers"] if pair[0].lower() not in OURS]
        # A scope of its own: Streamlit puts a session of its own in the place of ours.
        scope = {**scope, SIGNED_IN: signed, BROWSER: scope["session"], "headers": headers}
        if scope["type"] == "websocket":
            await self.websocket(signed, scope, receive, send)
            return
        refusal = self.refusal(signed, scope)
        if refusal is not None and signed is not None:
            await run_in_threadpool(self.finds.refused, signed, scope["path"], client_of(scope))
        await (refusal or self.app)(scope, receive, send)

    async def signed_in(self, scope: Scope) -> Session | None:
        """Whose browser this is; None for nobody, and for one whom the proxy in front does not vouch for any more."""
        key = str(scope["session"].get(KEY, ""))
        if self.plan.user_header and scope.get(PEER) in self.plan.proxies:
            name = named(Headers(scope=scope).get(self.plan.user_header, ""))
            client = client_of(scope)
            begins = scope["type"] == "http" and scope["method"] == "GET" and is_page(scope["path"])
            signed, now = await run_in_threadpool(partial(self.finds.of_proxy, name, key, client, begins=begins))
            if now != key:
                scope["session"][KEY] = now
            return signed
        return await run_in_threadpool(self.finds.of_key, key) if key else None

    def refusal(self, signed: Session | None, scope: Scope) -> Response | None:
        """The answer to who may not pass; None for who may."""
        path, method = scope["path"], scope["method"]
        if path in OPEN or path == KEYED or (path.startswith("/board/") and path.endswith((".js", ".css", ".png"))):
            return None
        if path in ADMINS:
            may = (signed is not None and signed.account.role is Role.ADMIN) or self.is_scraper(scope)
        elif path == OWN:
            may = signed is not None
        elif path.startswith(UPLOADS) and method != "GET":
            may = signed is not None and signed.account.writes
        else:
            may = signed is not None or not self.closed
        if may:
            return None
        if signed is not None:
            return PlainTextResponse(f"{NOT_YOURS}\n", status_code=403)
        if method == "GET" and is_page(path):
            return RedirectResponse(f"./sign-in?next={quote(asked(scope), safe='')}", status_code=303)
        return PlainTextResponse("请先登录。\n", status_code=401)

    def is_scraper(self, scope: Scope) -> bool:
        """Whether a program asks for /metrics with the token that is set for it."""
        given = Headers(scope=scope).get("authorization", "")
        right = hmac.compare_digest(given.encode(), f"Bearer {self.token}".encode())
        return bool(self.token) and right and scope["path"] == METRICS

    async def websocket(self, signed: Session | None, scope: Scope, receive: Receive, send: Send) -> None:
        """The session of a tab, which lives no longer than who is signed in in it."""
        if signed is None and self.closed:
            await send({"type": "websocket.close", "code": POLICY})
            return
        tab = Tab(session=signed.session if signed else "", tell=send)
        key = str(browser(scope).get(KEY, ""))

        async def heard() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive" and tab.session and not await self.lives(key):
                await tab.end()
            return {"type": "websocket.disconnect", "code": POLICY} if tab.ended else message

        if signed is None:
            await self.app(with_headers(scope, ""), heard, tab.send)
            return
        self.tabs.open.add(tab)
        try:
            await self.app(with_headers(scope, tab.session), heard, tab.send)
        finally:
            self.tabs.open.discard(tab)

    async def lives(self, key: str) -> bool:
        """Whether the session of this key still does."""
        return await run_in_threadpool(self.finds.of_key, key) is not None


def client_of(scope: Scope) -> str | None:
    """From where it comes; None when nobody can say."""
    return scope["client"][0] if scope.get("client") else None


def with_headers(scope: Scope, session: str) -> Scope:
    """The scope with the session and the address of the browser in headers, which is what scripts of pages can read."""
    client = (client_of(scope) or "").encode()
    ours = [(SESSION_HEADER.lower().encode(), session.encode()), (ADDRESS_HEADER.lower().encode(), client)]
    return {**scope, "headers": [*scope["headers"], *ours]}


def named(written: str) -> str:
    """A name from a header: proxies send UTF-8, which HTTP reads as Latin-1."""
    try:
        return written.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return written


def is_page(path: str) -> bool:
    """Whether a person asks for it with a browser: an address of one part, as every screen has."""
    return "/" not in path[1:] and "." not in path


def asked(scope: Scope) -> str:
    """Path and query as they were asked for."""
    query = scope.get("query_string", b"").decode("latin-1")
    return f"{scope['path']}{'?' if query else ''}{query}"


def browser(scope: Scope) -> MutableMapping[str, Any]:
    """What the signed cookie of the browser holds; what is changed in it goes back with the answer."""
    held: MutableMapping[str, Any] = scope[BROWSER]
    return held


def session_of(scope: Scope) -> Session | None:
    """Who is signed in, as the gate has found out."""
    found = scope.get(SIGNED_IN)
    return found if isinstance(found, Session) else None
