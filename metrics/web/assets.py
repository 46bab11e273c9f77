"""Our style sheets, scripts, dictionary and icon, from the folder `assets` beside this module."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from metrics.web.held import FOR_EVER, Held, fingerprint, held

FOLDER: Final = Path(__file__).parent / "assets"
MEDIA_TYPES: Final = {
    "board.css": "text/css; charset=utf-8",
    "board.js": "text/javascript; charset=utf-8",
    "icon.png": "image/png",
    "people.css": "text/css; charset=utf-8",
    "wall.css": "text/css; charset=utf-8",
    "wall.js": "text/javascript; charset=utf-8",
}


def body(name: str) -> bytes:
    """The file as served; the script carries the dictionary in front of it."""
    text = (FOLDER / name).read_bytes()
    if name != "board.js":
        return text
    return b"const boardWords = " + (FOLDER / "words.json").read_bytes() + b";\n" + text


def files() -> dict[str, Held]:
    """Every asset by its name."""
    return {name: held(body(name), media_type=kind, cache=FOR_EVER) for name, kind in MEDIA_TYPES.items()}


def address(name: str) -> str:
    """Where the page finds an asset: a new address when the contents change, so it may be cached for ever."""
    return f"./board/{name}?v={fingerprint(body(name))}"
