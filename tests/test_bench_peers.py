"""The measurement beside Dash: what it compares, counts and sends. Dash itself is not needed."""

from __future__ import annotations

import asyncio
import json
import random
import socket
import threading
from typing import Any

import pytest

from tests.bench_peers import BOARD, CARDS, CHARTS, DASH, LINES, PINS, beside, cells, differences, percentile, report
from tests.bench_results import Line, Results
from tests.peers.readers import answered, callback, choices, posted
from tests.wire import counted


def told(**changed: Any) -> dict[str, Any]:
    """A page with six cards and four charts."""
    page = {
        "cards": [[f"指标{at}", "85.0%", "✔已达标", "较2026年9月持平"] for at in range(CARDS)],
        "charts": [[["2026-09-30", 85], ["2026-10-31", 85]] for _ in range(CHARTS)],
    }
    return {**page, **changed}


def test_two_pages_that_show_the_same_are_compared() -> None:
    assert differences(told(), told()) == []


@pytest.mark.parametrize(
    ("other", "said"),
    [
        pytest.param(told(cards=told()["cards"][:5]), "5 cards instead of 6", id="a card is missing"),
        pytest.param(told(charts=[]), "0 charts instead of 4", id="no chart"),
        pytest.param(
            told(cards=[["指标0", "86.0%", "✔已达标", "较2026年9月持平"], *told()["cards"][1:]]),
            "86.0%",
            id="another figure",
        ),
        pytest.param(told(charts=[[["2026-10-31", 85]], *told()["charts"][1:]]), "2026-10-31", id="a month is missing"),
    ],
)
def test_two_pages_that_differ_are_not_compared(other: dict[str, Any], said: str) -> None:
    assert any(said in line for line in differences(told(), other))


def test_ahead_is_no_more_than_the_other_has() -> None:
    results = Results()
    for mine, its in ((10.0, 20.0), (12.0, 24.0)):
        results.add("warm", BOARD, mine)
        results.add("warm", DASH, its)
    line = Line(label="page", what="warm", name=BOARD, floor=DASH, most=1)
    assert cells(results, line) == ["page", "ms", "11", "22", "0.50", "≤ 1 ×", "hit", "2"]


def test_every_line_is_reported() -> None:
    results = Results()
    for what, _, _ in LINES:
        for name in (BOARD, DASH):
            results.add(what, name, 1.0)
    assert report(results, "1").count("| hit |") == len(LINES)


def test_the_other_side_is_named_with_its_versions() -> None:
    said = beside(PINS.read_text("utf-8"))
    assert said.startswith("Beside it: dash ")
    assert said.count(", ") == 3


@pytest.mark.parametrize(("share", "expected"), [(95, 19), (50, 10), (100, 20)])
def test_so_many_of_a_hundred_do_not_exceed_the_figure(share: int, expected: int) -> None:
    assert percentile(list(range(20, 0, -1)), share) == expected


def test_a_reader_asks_as_the_front_end_does() -> None:
    inputs = [{"id": "theme", "property": "value", "value": "t0"}, {"id": "month", "property": "value", "value": "x"}]
    body = callback({"output": "cards.children", "inputs": inputs}, "t3", "2026-02")
    asked = json.loads(body)
    assert [one["value"] for one in asked["inputs"]] == ["t3", "2026-02-28"]
    assert asked["output"] == "cards.children"
    assert posted(80, "/update?mark=1", body).startswith(b"POST /update?mark=1 HTTP/1.1\r\nHost: 127.0.0.1:80\r\n")


def test_both_sorts_of_readers_choose_the_same() -> None:
    one, other = random.Random("1 1"), random.Random("1 1")
    assert [choices(one) for _ in range(20)] == [choices(other) for _ in range(20)]


def test_an_answer_is_read_to_its_end_and_no_further() -> None:
    async def read() -> tuple[tuple[int, bytes], bytes]:
        stream = asyncio.StreamReader()
        stream.feed_data(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbodyHTTP")
        stream.feed_eof()
        return await answered(stream), await stream.read()

    assert asyncio.run(read()) == ((200, b"body"), b"HTTP")


def test_the_relay_counts_what_passes_both_ways() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, counted(server.getsockname()[1]) as wire:
        answering = threading.Thread(target=answer_once, args=(server,))
        answering.start()
        with socket.create_connection(("127.0.0.1", int(wire.url.rpartition(":")[2]))) as client:
            client.sendall(b"ask")
            client.shutdown(socket.SHUT_WR)
            assert client.recv(100) == b"answer"
        answering.join()
    assert wire.taken() == len(b"ask") + len(b"answer")


def answer_once(server: socket.socket) -> None:
    """Answers when the question has ended."""
    client, _ = server.accept()
    with client:
        while client.recv(100):
            pass
        client.sendall(b"answer")
