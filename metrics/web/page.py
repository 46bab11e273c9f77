"""The page that every address of the dashboard is served with.

Streamlit's own page is English, holds an inline script, loads a font that we do not use and points programs at an
interface that is off. Ours is `assets/page.html` with Streamlit's scripts and style sheets put in, and the scripts that
it would ask for only when the first element of their kind has arrived.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from string import Template
from typing import Final

from metrics.web import assets
from metrics.web.held import ASK_EACH_TIME, Held, held

FRONT_END: Final = re.compile(r'<script type="module"[^>]*></script>|<link rel="(?:modulepreload|stylesheet)"[^>]*>')
MEDIA_TYPE: Final = "text/html; charset=utf-8"
OF_ALL: Final = ("Html", "purify.es")  # every screen begins with HTML
OF_CHARTS: Final = ("PlotlyChart", "withFullScreenWrapper", "printWidthCap", "resolveDefaultExport")


def page(streamlit_page: Path, *, charts: bool = False) -> Held:
    """Our page around the front end that `streamlit_page` starts; raises if it starts none.

    charts  whether its screen has charts: what draws them (1.4 MB) is then fetched while the session begins
    """
    tags = FRONT_END.findall(streamlit_page.read_text("utf-8"))
    if not any(tag.startswith("<script") for tag in tags):
        raise RuntimeError(f"{streamlit_page} starts no front end: this Streamlit is not the one we know")
    template = Template((assets.FOLDER / "page.html").read_text("utf-8"))
    html = template.substitute(
        front_end="\n    ".join([*tags, *early(streamlit_page.parent, OF_ALL + (OF_CHARTS if charts else ()))]),
        css=assets.address("board.css"),
        js=assets.address("board.js"),
    )
    return held(html.encode(), media_type=MEDIA_TYPE, cache=ASK_EACH_TIME)


def early(static: Path, names: Iterable[str]) -> list[str]:
    """Links that fetch these scripts of Streamlit ahead; nothing for one that this Streamlit does not have."""
    found = [file.relative_to(static) for name in names for file in static.glob(f"static/js/{name}.*.js")]
    return [f'<link rel="modulepreload" crossorigin fetchpriority="low" href="./{file.as_posix()}">' for file in found]
