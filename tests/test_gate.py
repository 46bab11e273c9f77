"""The look at open tabs: one whose session has ended, by time or by somebody, is closed and says nothing more."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from metrics.web.gate import Tab, Tabs

Sent = list[dict[str, Any]]


def tab(session: str) -> tuple[Tab, Sent]:
    sent: Sent = []

    async def tell(message: Any) -> None:
        sent.append(message)

    return Tab(session=session, tell=tell), sent


async def watched(tabs: Tabs, living: list[Any]) -> None:
    """Look so often as there are answers to who lives; an answer that is an error is raised."""
    answers = iter(living)

    def asked() -> frozenset[str]:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return frozenset(answer)

    task = asyncio.create_task(tabs.watch(asked, every=0.001))
    await asyncio.sleep(0.2)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def test_a_tab_is_closed_when_its_session_is_over_and_the_others_stay() -> None:
    (gone, said), (stays, kept) = tab("a"), tab("b")
    asyncio.run(watched(Tabs({gone, stays}), [{"a", "b"}, {"b"}, {"b"}]))
    assert said == [{"type": "websocket.close", "code": 1008}]
    assert kept == []


def test_a_closed_tab_says_nothing_more() -> None:
    one, said = tab("a")

    async def ended() -> None:
        await one.end()
        await one.send({"type": "websocket.send", "text": "a figure"})

    asyncio.run(ended())
    assert [message["type"] for message in said] == ["websocket.close"]


def test_a_look_that_fails_is_taken_again() -> None:
    one, said = tab("a")
    asyncio.run(watched(Tabs({one}), [OSError("the disk is away"), {"a"}, set()]))
    assert [message["type"] for message in said] == ["websocket.close"]
