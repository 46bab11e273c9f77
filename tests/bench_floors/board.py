"""page.py served as app.py serves the dashboard: same routes, middleware and memory settings, but no data.

It warms what page.py imports, as the dashboard warms what it imports.
"""

from __future__ import annotations

import gc
import importlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from streamlit import file_util

from metrics.board.wall import Wall
from metrics.web import banner
from metrics.web.address import from_environment
from metrics.web.guard import Guard
from metrics.web.held import Held
from metrics.web.packed import Packed, start_packing
from metrics.web.promptly import answer_promptly
from metrics.web.routes import page_routes, routes

PAGE = Path(__file__).with_name("page.py")
STATIC = Path(file_util.get_static_dir())

shelf: dict[str, Held] = {}


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    if "plotly" in PAGE.read_text("utf-8"):
        importlib.import_module("plotly.graph_objects")
    start_packing(shelf, STATIC / "static")
    answer_promptly()
    gc.collect()
    gc.freeze()
    yield


banner.say_nothing()
app = st.App(
    PAGE,
    lifespan=lifespan,
    routes=[
        *routes(
            healthy=lambda: True,
            version=lambda: 0,
            wall=lambda: Wall(district="", up_to="", demonstration=False, slides=()),
            key="none",
            command=lambda body: body,
        ),
        *page_routes(STATIC / "index.html"),
    ],
    middleware=[Middleware(Guard), Middleware(Packed, shelf=shelf)],
)

if __name__ == "__main__":
    app.run(config=from_environment(os.environ))
