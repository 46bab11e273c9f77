"""What the web server needs and nothing else: start, routes, middleware, and the words for a page that fails.

python app.py        streamlit run app.py        uvicorn app:app
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import logging
import os
import pkgutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import streamlit as st
import streamlit.logger
from starlette.middleware import Middleware
from streamlit import config, file_util
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from metrics import backup, board, login, through
from metrics.errors import Refused, speak_chinese
from metrics.model import Kind
from metrics.onefile import OneFile
from metrics.start import Board
from metrics.web import banner, journal, measures, trouble
from metrics.web.address import announcement, first_link, from_environment
from metrics.web.attempts import Attempts
from metrics.web.door import Door
from metrics.web.gate import Cookies, Gate, Peer, Tabs
from metrics.web.guard import Guard
from metrics.web.held import Held
from metrics.web.limits import Limits
from metrics.web.openid import openid_routes, secret_of
from metrics.web.packed import Packed, start_packing
from metrics.web.people import Pages, people_routes
from metrics.web.promptly import answer_promptly
from metrics.web.routes import page_routes, routes
from metrics.web.widely import pack_widely
from pages import session

HERE = Path(__file__).parent
STATIC = Path(file_util.get_static_dir())
WARM = ("plotly.graph_objects", "pandas", "pyarrow", "jinja2", "duckdb")

KEY = through.new_key()

shelf: dict[str, Held] = {}


def open_board() -> Board:
    """Opens the store before there is a server, so that a refusal ends the process with its message alone."""
    try:
        opened = session.board()
    except Refused as refused:
        raise SystemExit(str(refused)) from None
    if uvicorn_only() and opened.catalogue.declaration.sign_in.user_header:
        raise SystemExit(
            "config.yaml 设了 sign_in.user_header：请用 python app.py 启动，不要用 uvicorn app:app。\n"
            "With sign_in.user_header start by python app.py: uvicorn alone hides who is connected."
        )
    return opened


def client_secret() -> str:
    """The secret that the OpenID provider knows the board by; ends the process where it is missing."""
    try:
        return secret_of(sign_in.oidc, os.environ)
    except Refused as refused:
        raise SystemExit(str(refused)) from None


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Pays once, before the first visitor, for imports and compression; then says where to look."""
    for name in (*WARM, *(module.name for module in pkgutil.iter_modules(board.__path__, "metrics.board."))):
        importlib.import_module(name)
    start_packing(shelf, STATIC / "static")
    answer_promptly()
    pack_widely()
    gc.collect()
    gc.freeze()
    journal.keep(("uvicorn", "uvicorn.error"))  # uvicorn has set up its own by now
    logging.getLogger("uvicorn.access").disabled = True  # an address may hold the key of the first link
    announce()
    store, plan = opened.store, opened.catalogue.declaration.backup
    beside = [
        asyncio.create_task(backup.nightly(store, plan, session.now)),
        asyncio.create_task(tabs.watch(door.living)),
    ]
    with contextlib.ExitStack() as until_the_end:
        if isinstance(store.engine, OneFile) and not uvicorn_only():
            key = through.key_file(store.engine.path, KEY, port=config.get_option("server.port"))
            until_the_end.enter_context(key)
        yield
    for task in beside:
        task.cancel()
    store.close()


def uvicorn_only() -> bool:
    """Whether only uvicorn knows the port (`uvicorn app:app`)."""
    return config._server_mode == "asgi-server"


def data_version() -> int:
    """The version of the data, which every open page asks for."""
    return session.board().store.data_version()


def run_command(body: bytes) -> bytes:
    """The answer to the command line, while this process holds the store."""
    return through.answer(session.board(), body, at=session.now())


def charted() -> set[str]:
    """The addresses of screens that have charts: not those of themes with nothing but work and its dates."""
    themes = opened.catalogue.themes
    drawn = {one.code for one in themes if any(each.kind is not Kind.MILESTONE for each in one.indicators)}
    return {"indicator", "streets", *drawn}


def announce() -> None:
    """Prints the address once: our line, or uvicorn's own where only uvicorn knows it. Then the link for who comes first."""
    host, port = config.get_option("server.address") or "", config.get_option("server.port")
    if uvicorn_only():
        logging.getLogger("uvicorn.error").setLevel(logging.INFO)
    else:
        sys.stdout.write(announcement(host, port))
    if door.may_begin(door.first_key):
        sys.stdout.write(first_link(host, None if uvicorn_only() else port, door.first_key))
    sys.stdout.flush()


def show_error(error: Exception) -> bool:
    """Shows the one message that `trouble` has for the error; True keeps Streamlit's own words away."""
    st.error(trouble.as_markdown(trouble.said(error)))
    return True


os.umask(0o077)  # what the board writes is its owner's alone: store, log, back-ups, key
speak_chinese()
journal.keep()
streamlit.logger.setup_formatter = journal.put_on
streamlit.logger.update_formatter()
banner.say_nothing()
for name in trouble.REWORDED:
    logging.getLogger(name).addFilter(trouble.reworded)
opened = open_board()
sign_in = opened.catalogue.declaration.sign_in
secret = login.secret(opened.store)
door = Door(
    store=opened.store,
    plan=sign_in,
    now=session.now,
    attempts=Attempts(secret),
    first_key=login.first_key(opened.store),
)
tabs = Tabs()
people = Pages(door, opened.catalogue)
os.environ["FORWARDED_ALLOW_IPS"] = ""  # uvicorn believes no proxy's headers: the one below does, by config.yaml

app = st.App(
    HERE / "pages" / "shell.py",
    lifespan=lifespan,
    routes=[
        *people_routes(people),
        *openid_routes(people, client_secret()),
        measures.measures_route(measures.Board(opened.store, tabs, session.now)),
        *routes(
            healthy=session.healthy,
            version=data_version,
            wall=session.wall,
            key=KEY,
            command=run_command,
        ),
        *page_routes(STATIC / "index.html", charted()),
    ],
    middleware=[
        Middleware(Peer),
        Middleware(ProxyHeadersMiddleware, trusted_hosts=list(sign_in.proxies)),
        Middleware(Guard),
        Middleware(Limits),
        Middleware(Cookies, secret=secret, lasts=timedelta(hours=sign_in.hours)),
        Middleware(Gate, finds=door, tabs=tabs, plan=sign_in, token=measures.token()),
        Middleware(Packed, shelf=shelf),
    ],
    on_script_error=show_error,
)

if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        app.run(config=from_environment(os.environ))
