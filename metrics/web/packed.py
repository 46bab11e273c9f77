"""The front end's own files: compressed in the background, cached by browsers for a year.

Streamlit sends them as they are: 7.5 MB for a first visit with one chart. Compressing all of them with gzip, which the
standard library has, takes under a second of one core and 7 MB of memory. Brotli would save 0.36 MB more of the
largest one (1.42 MB), for a compiled dependency of 5 MB and 8 seconds of work: not taken.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from metrics.web.held import FOR_EVER, Held, held

PREFIX: Final = "/static/"
MEDIA_TYPES: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}


def start_packing(shelf: dict[str, Held], directory: Path) -> threading.Thread:
    """Fill the shelf while the server already answers; what is not on it yet goes out as it is."""
    thread = threading.Thread(target=pack, args=(shelf, directory), name="pack-static", daemon=True)
    thread.start()
    return thread


def pack(shelf: dict[str, Held], directory: Path) -> None:
    """Every script, style sheet and drawing under `directory`, by its address; the largest first."""
    files = [path for path in directory.rglob("*") if path.suffix in MEDIA_TYPES]
    for path in sorted(files, key=lambda path: path.stat().st_size, reverse=True):
        address = PREFIX + path.relative_to(directory).as_posix()
        shelf[address] = held(path.read_bytes(), media_type=MEDIA_TYPES[path.suffix], cache=FOR_EVER)


class Packed:
    """ASGI middleware that answers from the shelf and leaves everything else alone.

    The names of these files carry a hash of their contents, so a browser never needs to ask for one twice.
    """

    def __init__(self, app: ASGIApp, *, shelf: dict[str, Held]) -> None:
        self.app = app
        self.shelf = shelf

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self.app(scope, receive, send)
            return
        file = self.shelf.get(scope["path"]) if scope["method"] in {"GET", "HEAD"} else None
        if file is None:
            await self.app(scope, receive, varied(send))
            return
        await file.answer(Headers(scope=scope))(scope, receive, send)


def varied(send: Send) -> Send:
    """A `send` that says the answer depends on Accept-Encoding, for caches between us and the browser."""

    async def with_vary(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).add_vary_header("Accept-Encoding")
        await send(message)

    return with_vary
