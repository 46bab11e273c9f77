"""The server does not say what it is.

uvicorn names itself on every answer. Its setting against that is not one that Streamlit passes on, and the header is
added after the last middleware, so it is taken out where uvicorn keeps it.
"""

from __future__ import annotations

from typing import Any

import uvicorn


def say_nothing() -> None:
    """From now on no uvicorn in this process sends a Server header, one that is starting included."""
    uvicorn.Config.encoded_headers = property(unnamed, keep)  # type: ignore[assignment]


def unnamed(config: Any) -> list[tuple[bytes, bytes]]:
    """The default headers of every answer, without the server's name."""
    made = vars(config).get("encoded_headers", [])
    return [(name, value) for name, value in made if name != b"server"]


def keep(config: Any, made: list[tuple[bytes, bytes]]) -> None:
    """Stores what uvicorn made, beside the property of the same name."""
    vars(config)["encoded_headers"] = made
