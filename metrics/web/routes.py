"""/healthz, /board/*, and the page at every address of the dashboard."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from metrics.web import assets
from metrics.web.held import ASK_EACH_TIME, Held
from metrics.web.page import page

log = logging.getLogger(__name__)


def routes(*, healthy: Callable[[], bool], streamlit_page: Path) -> list[BaseRoute]:
    """Ours, in the order they are tried; the page comes last, as it takes any address of one part."""
    files = assets.files()
    return [health_route(healthy), asset_route(files), icon_route(files), *page_routes(streamlit_page)]


def health_route(healthy: Callable[[], bool]) -> Route:
    """200 `ok` when the store answers, 503 when it does not or says so by raising. Nothing else is told."""

    async def health(_: Request) -> Response:
        try:
            well = await run_in_threadpool(healthy)
        except Exception:  # the outermost handler here: whatever is wrong, the answer is 503
            log.exception("The health check failed")
            well = False
        answer = ("ok", 200) if well else ("unavailable", 503)
        return PlainTextResponse(*answer, headers={"Cache-Control": "no-store"})

    return Route("/healthz", health)


def asset_route(files: dict[str, Held]) -> Route:
    """Our own files, by name."""

    async def asset(request: Request) -> Response:
        file = files.get(request.path_params["name"])
        return file.answer(request.headers) if file else PlainTextResponse("没有这个文件。\n", status_code=404)

    return Route("/board/{name}", asset)


def icon_route(files: dict[str, Held]) -> Route:
    """Our icon at the address that Streamlit gives every page without an icon of its own."""
    icon = replace(files["icon.png"], cache=ASK_EACH_TIME)

    async def favicon(request: Request) -> Response:
        return icon.answer(request.headers)

    return Route("/favicon.png", favicon)


def page_routes(streamlit_page: Path) -> list[Route]:
    """The page at `/` and at every address of one part, as screens have; a name with a dot asks for a file."""
    ours = page(streamlit_page)

    async def shown(request: Request) -> Response:
        if "." in request.path_params.get("screen", ""):
            return PlainTextResponse("没有这个文件。\n", status_code=404)
        return ours.answer(request.headers)

    return [Route("/", shown), Route("/{screen}", shown)]
