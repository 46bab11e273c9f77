"""A PNG of every page at 1440 px, 390 px and in dark mode, for the eye: python -m tests.shots [FOLDER]."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from metrics import catalogue
from tests.servers import board_server, opened_browser, opened_page, settled

ROOT = Path(__file__).resolve().parent.parent
SIZES = {"1440": (1440, False), "390": (390, False), "dark": (1440, True)}


def addresses() -> dict[str, str]:
    """Every page by a short name: the overview, each theme, an indicator of each sort, the sources."""
    themes = {theme.code: f"/{theme.code}" for theme in catalogue.load(ROOT / "config.yaml").themes}
    return {
        "overview": "/",
        **themes,
        "indicators": "/indicator",
        "rate": "/indicator?code=hazard-rate",
        "bound": "/indicator?code=filing-rate",
        "derived": "/indicator?code=solved-rate",
        "milestone": "/indicator?code=meiliyuan-road",
        "sources": "/sources?code=filing-rate",
        "definitions": "/sources?view=catalogue",
        "rules": "/sources?view=rules",
    }


def main() -> None:
    """Take the pictures of a fresh store made from the notice."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "shots")
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as store,
        board_server(env={"KPI_STORE": f"duckdb:{store}/board.duckdb"}) as server,
        opened_browser() as browser,
    ):
        for size, (width, dark) in SIZES.items():
            for name, address in addresses().items():
                page = opened_page(browser, width=width, dark=dark)
                page.goto(server.url + address)
                settled(page)
                page.wait_for_selector(".kb")
                height = page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollHeight")
                page.set_viewport_size({"width": width, "height": min(int(height) + 20, 6000)})
                page.wait_for_timeout(300)
                settled(page)
                page.screenshot(path=folder / f"{name}-{size}.png")
                page.context.close()
    print(f"{len(addresses()) * len(SIZES)} pictures in {folder}")


if __name__ == "__main__":
    main()
