"""大屏: a page that needs no session, and its slides as HTML."""

from __future__ import annotations

from functools import lru_cache
from string import Template
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from metrics.board.wall import Wall
from metrics.web import assets
from metrics.web.held import ASK_EACH_TIME, Held, fingerprint, held

MEDIA_TYPE: Final = "text/html; charset=utf-8"
TEMPLATES: Final = Environment(
    loader=FileSystemLoader(assets.FOLDER),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page() -> Held:
    """The page, the same for all data; it carries the mark of its own version, as the slides do."""
    template = Template((assets.FOLDER / "wall.html").read_text("utf-8"))
    html = template.substitute(css=assets.address("wall.css"), js=assets.address("wall.js"), version=version())
    return held(html.encode(), media_type=MEDIA_TYPE, cache=ASK_EACH_TIME)


@lru_cache(maxsize=1)
def version() -> str:
    """Changes with any file that the page is made of, so that an open wall can tell that it is of yesterday's program."""
    return fingerprint(b"".join(assets.body(name) for name in ("wall.html", "wall.css", "wall.js", "wall_slides.html")))


@lru_cache(maxsize=2)
def slides(wall: Wall) -> Held:
    """The slides, every text escaped; drawn once for all walls as long as what they show stays the same."""
    html = TEMPLATES.get_template("wall_slides.html").render(wall=wall, version=version())
    return held(html.encode(), media_type=MEDIA_TYPE, cache=ASK_EACH_TIME)
