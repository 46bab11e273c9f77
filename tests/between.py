"""A proxy between the board and a provider, in which a test changes what the provider answers.

with between() as relay:  # relay.url, for the environment's http_proxy
    relay.changes["/o/token/"] = lambda body: body.replace(b"a", b"b")
"""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

Change = Callable[[bytes], bytes]


@dataclass(slots=True)
class Relay:
    """A running proxy. `changes` by path, `asked` is every address that went through it."""

    url: str
    changes: dict[str, Change] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


@contextmanager
def between() -> Iterator[Relay]:
    """A proxy on a free port of this computer, stopped at the end."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.relay()

        def do_POST(self) -> None:
            self.relay()

        def relay(self) -> None:
            asked = urlsplit(self.path)
            running.asked.append(f"{self.command} {asked.path}")
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer, said = forwarded(
                self.command, asked.netloc, f"{asked.path}?{asked.query}", body, dict(self.headers)
            )
            said = running.changes.get(asked.path, bytes)(said)
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.headers["Content-Type"])
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running = Relay(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def forwarded(
    method: str, host: str, path: str, body: bytes, headers: dict[str, str]
) -> tuple[http.client.HTTPResponse, bytes]:
    """What the real one answers."""
    connection = http.client.HTTPConnection(host, timeout=20)
    try:
        connection.request(method, path, body=body, headers=headers | {"Accept-Encoding": "identity"})
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()
