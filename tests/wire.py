"""Counts what goes over the wire between a browser and a server: everything, as sent, compressed as it is.

with counted(server.port) as wire:
    page.goto(wire.url)
    wire.taken()  # bytes since the last time, both ways
"""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(slots=True)
class Wire:
    """A second way to the server, whose bytes are counted. `url` has no slash at its end."""

    url: str = ""
    total: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, count: int) -> None:
        with self.lock:
            self.total += count

    def taken(self) -> int:
        """The bytes since the last time this was asked."""
        with self.lock:
            count, self.total = self.total, 0
        return count


@contextlib.contextmanager
def counted(port: int) -> Iterator[Wire]:
    """A port of its own that leads to that port."""
    wire = Wire()

    class Pump(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.create_connection(("127.0.0.1", port)) as other:
                back = threading.Thread(target=pump, args=(other, self.request, wire), daemon=True)
                back.start()
                pump(self.request, other, wire)
                back.join()

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Pump) as server:
        wire.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield wire
        server.shutdown()


def pump(one: socket.socket, other: socket.socket, wire: Wire) -> None:
    """Everything from the one to the other, until either is closed."""
    with contextlib.suppress(OSError):
        other.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while data := one.recv(65536):
            wire.add(len(data))
            other.sendall(data)
        other.shutdown(socket.SHUT_WR)
