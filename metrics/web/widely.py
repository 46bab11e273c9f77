"""Messages to a browser are packed looking further back."""

from __future__ import annotations

from typing import Any, Final

from uvicorn.protocols.websockets import websockets_sansio_impl as uvicorn_sockets
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory

BACK: Final = 14  # 16 KB: one chart finds the one before. 32 KB save 2 % more for 64 KB a session


def pack_widely() -> None:
    """Lets the packing of every new connection look back over 16 KB, for 48 KB more of memory a session.

    uvicorn looks back over 4 KB, in which no chart reaches the one before it, and has no setting for it.
    """
    vars(uvicorn_sockets)["ServerPerMessageDeflateFactory"] = factory


def factory(**given: Any) -> ServerPerMessageDeflateFactory:
    """The given settings, but for the window of what we send."""
    return ServerPerMessageDeflateFactory(**{**given, "server_max_window_bits": BACK})
