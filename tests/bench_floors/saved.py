"""Pages saved from the dashboard: their figures as HTML, their charts drawn by plotly.js from JSON in the page; no session.

Each file beside this one is served compressed, plotly.js for a year, as the dashboard serves its own.
"""

from __future__ import annotations

import os
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from metrics.web.held import ASK_EACH_TIME, FOR_EVER, held

HERE = Path(__file__).parent
MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
}
files = {
    f"/{file.name}": held(
        file.read_bytes(),
        media_type=MEDIA_TYPES[file.suffix],
        cache=ASK_EACH_TIME if file.suffix == ".html" else FOR_EVER,
    )
    for file in HERE.iterdir()
    if file.suffix in MEDIA_TYPES
}


def saved(request: Request) -> Response:
    file = files.get(request.url.path)
    return file.answer(request.headers) if file else PlainTextResponse("ok")


if __name__ == "__main__":
    uvicorn.run(
        Starlette(routes=[Route("/{name}", saved)]),
        host="127.0.0.1",
        port=int(os.environ["STREAMLIT_SERVER_PORT"]),
        log_level="warning",
    )
