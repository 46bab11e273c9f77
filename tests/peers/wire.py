"""A relay that counts every byte between a browser and a server: files, requests, headers and compressed messages alike."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

BLOCK = 1 << 16


@dataclass(slots=True)
class Wire:
    """Where the relay listens, and the bytes it has passed on in both directions."""

    port: int
    passed: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, number: int) -> None:
        with self._lock:
            self.passed += number


@contextlib.contextmanager
def relayed(port: int) -> Iterator[Wire]:
    """A relay to that port of this machine, on a free one."""

    class Relay(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.create_connection(("127.0.0.1", port)) as server:
                back = threading.Thread(target=pump, args=(server, self.request, wire), daemon=True)
                back.start()
                pump(self.request, server, wire)
                back.join()

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Relay) as listening:
        listening.daemon_threads, listening.block_on_close = True, False
        wire = Wire(port=listening.server_address[1])
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield wire
        listening.shutdown()


def pump(source: socket.socket, target: socket.socket, wire: Wire) -> None:
    """Pass on what comes until there is no more, then say so to the other side."""
    with contextlib.suppress(OSError):
        while block := source.recv(BLOCK):
            target.sendall(block)
            wire.count(len(block))
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
