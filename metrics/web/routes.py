"""/healthz, /board/*, /wall, and the page at every address of the dashboard."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable, Container
from dataclasses import replace
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from metrics.board.wall import Wall
from metrics.errors import Refused
from metrics.web import assets
from metrics.web import wall as wall_page
from metrics.web.gate import session_of
from metrics.web.held import A_DAY, Held
from metrics.web.loopback import KEY_HEADER, LARGEST_COMMAND, from_loopback
from metrics.web.page import page

MARK = 8  # characters of a session's name
NOT_KEPT = {"Cache-Control": "no-store"}

log = logging.getLogger(__name__)


def routes(
    *,
    healthy: Callable[[], bool],
    version: Callable[[], int],
    wall: Callable[[], Wall],
    key: str,
    command: Callable[[bytes], bytes],
) -> list[BaseRoute]:
    """Ours but the page, which comes after them: it takes any address of one part.

    version  of the data, as it is now; wall is what 大屏 shows of them
    key      that a command has to bring; `command` takes its body and gives the answer's, as JSON
    """
    files = assets.files()
    return [
        health_route(healthy),
        version_route(version),
        command_route(key, command),
        *wall_routes(wall),
        asset_route(files),
        icon_route(files),
    ]


def health_route(healthy: Callable[[], bool]) -> Route:
    """200 `ok` when the store answers, 503 when it does not or says so by raising. Nothing else is told."""

    async def health(_: Request) -> Response:
        try:
            well = await run_in_threadpool(healthy)
        except Exception:  # the outermost handler here: whatever is wrong, the answer is 503
            log.exception("The health check failed")
            well = False
        answer = ("ok", 200) if well else ("unavailable", 503)
        return PlainTextResponse(*answer, headers=NOT_KEPT)

    return Route("/healthz", health)


def version_route(version: Callable[[], int]) -> Route:
    """The version of the data and a mark of who is signed in; every open page asks now and then. 503 while the store cannot say."""

    async def current(request: Request) -> Response:
        try:
            known = await run_in_threadpool(version)
        except Refused:
            return PlainTextResponse("unavailable", 503, headers=NOT_KEPT)
        signed = session_of(request.scope)
        return PlainTextResponse(f"{known} {signed.session[:MARK] if signed else '-'}", headers=NOT_KEPT)

    return Route("/board/version", current)


def wall_routes(wall: Callable[[], Wall]) -> list[Route]:
    """大屏 and its slides, which every wall asks for now and then. 503 while the store cannot say."""
    ours = wall_page.page()

    async def shown(request: Request) -> Response:
        return ours.answer(request.headers)

    async def slides(request: Request) -> Response:
        try:
            made = await run_in_threadpool(lambda: wall_page.slides(wall()))
        except Refused:
            return PlainTextResponse("unavailable", 503, headers=NOT_KEPT)
        return made.answer(request.headers)

    return [Route("/wall", shown), Route("/board/wall", slides)]


def command_route(key: str, command: Callable[[bytes], bytes]) -> Route:
    """Runs a command of the command line, whose store this process holds; for who can read the key on this computer."""

    async def run(request: Request) -> Response:
        if not may_command(request, key):
            return PlainTextResponse("已拒绝。\n", status_code=403)
        try:
            body = await limited(request)
        except ClientDisconnect:
            return PlainTextResponse("没有收全。\n", status_code=400)  # nobody is there to read it
        if body is None:
            return PlainTextResponse("文件太大。\n", status_code=413)
        answer = await run_in_threadpool(command, body)
        return Response(answer, media_type="application/json", headers=NOT_KEPT)

    return Route("/board/command", run, methods=["POST"])


def may_command(request: Request, key: str) -> bool:
    """True for a program on this computer that brings the key; a browser would name the page that asks."""
    given = request.headers.get(KEY_HEADER, "")
    here = from_loopback(request.client.host if request.client else None)
    return here and "origin" not in request.headers and hmac.compare_digest(given.encode(), key.encode())


async def limited(request: Request) -> bytes | None:
    """The body, or None as soon as it is larger than any command."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_COMMAND:
            return None
    return bytes(body)


def asset_route(files: dict[str, Held]) -> Route:
    """Our own files, by name."""

    async def asset(request: Request) -> Response:
        file = files.get(request.path_params["name"])
        return file.answer(request.headers) if file else PlainTextResponse("没有这个文件。\n", status_code=404)

    return Route("/board/{name}", asset)


def icon_route(files: dict[str, Held]) -> Route:
    """Our icon at the address that Streamlit gives every page without an icon of its own."""
    icon = replace(files["icon.png"], cache=A_DAY)

    async def favicon(request: Request) -> Response:
        return icon.answer(request.headers)

    return Route("/favicon.png", favicon)


def page_routes(streamlit_page: Path, charted: Container[str] = ()) -> list[Route]:
    """The page at `/` and at every address of one part, as screens have; a name with a dot asks for a file.

    charted  the screens that have charts
    """
    plain, with_charts = page(streamlit_page), page(streamlit_page, charts=True)

    async def shown(request: Request) -> Response:
        screen = request.path_params.get("screen", "")
        if "." in screen:
            return PlainTextResponse("没有这个文件。\n", status_code=404)
        return (with_charts if screen in charted else plain).answer(request.headers)

    return [Route("/", shown), Route("/{screen}", shown)]
