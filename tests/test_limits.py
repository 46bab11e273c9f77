"""What one address, one tab and all together may ask for: no more is done than the limit, and what is free stays free."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from limits import parse

from metrics.web import limits
from metrics.web.limits import Limits

Sent = list[dict[str, Any]]


async def plain(scope: Any, receive: Any, send: Any) -> None:
    """An application that answers, or hears a tab to its end."""
    if scope["type"] == "websocket":
        while (await receive())["type"] != "websocket.disconnect":
            await send({"type": "websocket.send", "text": "heard"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def asked(
    app: Limits, path: str = "/", *, address: str = "10.1.1.1", kind: str = "http", said: Iterable[str] = ()
) -> Sent:
    """What is sent back to a request, or to a tab that says these messages and goes."""
    sent: Sent = []
    messages = iter([*({"type": f"websocket.{one}"} for one in said), {"type": "websocket.disconnect"}])

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": kind, "path": path, "headers": [], "client": (address, 1)}
    asyncio.run(app(scope, receive, send))
    return sent


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Limits:
    """Three requests and two uploads a minute, four messages of a tab in ten seconds."""
    monkeypatch.setattr(limits, "REQUESTS", parse("3 per minute"))
    monkeypatch.setattr(limits, "UPLOADS", parse("2 per minute"))
    monkeypatch.setattr(limits, "MESSAGES", 4)
    return Limits(plain)


def statuses(app: Limits, path: str, times: int, **given: Any) -> list[int]:
    return [asked(app, path, **given)[0]["status"] for _ in range(times)]


def test_an_address_asks_so_often_and_then_later(app: Limits) -> None:
    assert statuses(app, "/", 5) == [200, 200, 200, 429, 429]
    assert (b"retry-after", b"60") in asked(app)[0]["headers"]
    assert statuses(app, "/", 1, address="10.2.2.2") == [200]


def test_uploads_have_a_limit_of_their_own(app: Limits) -> None:
    assert statuses(app, "/_stcore/upload_file/a/b", 3) == [200, 200, 429]
    assert statuses(app, "/", 1) == [200]


def test_the_front_end_s_own_files_are_free(app: Limits) -> None:
    assert statuses(app, "/static/js/a.js", 9) == [200] * 9


def test_a_tab_that_says_too_much_is_closed_and_heard_no_more(app: Limits) -> None:
    sent = asked(app, kind="websocket", said=["receive"] * 9)
    assert [one["type"] for one in sent] == ["websocket.send"] * 4 + ["websocket.close"]
    assert sent[-1]["code"] == 1013


def test_no_more_tabs_than_that_are_open_and_one_that_goes_makes_room() -> None:
    app = Limits(plain, most_tabs=1)
    app.open = 1
    assert [one["type"] for one in asked(app, kind="websocket")] == ["websocket.close"]
    app.open = 0
    assert asked(app, kind="websocket", said=["receive"])[0]["type"] == "websocket.send"
    assert app.open == 0
