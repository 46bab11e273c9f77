"""What goes over the wire is counted as it is sent, both ways, and changed by nothing."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from tests.wire import counted


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of somebody who says everything twice."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                while said := connection.recv(65536):
                    connection.sendall(said * 2)

        threading.Thread(target=answer, daemon=True).start()
        yield listening.getsockname()[1]


def test_bytes_are_counted_both_ways_and_only_once(echo: int) -> None:
    with counted(echo) as wire, socket.create_connection(("127.0.0.1", int(wire.url.rpartition(":")[2]))) as client:
        client.sendall(b"abc")
        assert client.recv(6, socket.MSG_WAITALL) == b"abcabc"
        assert (wire.taken(), wire.taken()) == (9, 0)
