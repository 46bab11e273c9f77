"""What every page shares: the open board, and today's date in Beijing. The only place that reads the clock."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

import streamlit as st

from metrics import store
from metrics.board import derive, query
from metrics.board.query import Facts
from metrics.model import Release
from metrics.period import SHANGHAI
from metrics.start import Board, start

HERE = Path(__file__).resolve().parent.parent
CONFIG = "KPI_CONFIG"
STORE = "KPI_STORE"


@st.cache_resource(show_spinner=False)
def board() -> Board:
    """The board that this process serves; KPI_CONFIG and KPI_STORE name another config.yaml and store."""
    config = Path(os.environ.get(CONFIG) or HERE / "config.yaml")
    return start(config, at=datetime.now(UTC), store_url=os.environ.get(STORE) or None)


def demonstration() -> bool:
    """Whether all figures are invented."""
    return _demonstration(board().store.data_version(), id(board()))


@st.cache_resource(show_spinner=False, max_entries=4)
def _demonstration(version: int, board_id: int) -> bool:  # noqa: ARG001  cached by the data version
    return board().demonstration


def healthy() -> bool:
    """Whether the store answers."""
    opened = board().store
    return opened.present() and opened.data_version() >= 0


def now() -> datetime:
    """This moment, for what is written to the store."""
    return datetime.now(UTC)


def today() -> date:
    """Today in Beijing; only words such as 已到期 depend on it, never a figure."""
    return datetime.now(SHANGHAI).date()


def facts(codes: Iterable[str]) -> Facts:
    """Current facts of these indicators and of what is derived from or into them."""
    opened = board()
    return _facts(tuple(derive.sources(opened.catalogue, list(codes))), opened.store.data_version(), id(opened))


@st.cache_resource(show_spinner=False, max_entries=64)
def _facts(codes: tuple[str, ...], version: int, board_id: int) -> Facts:  # noqa: ARG001
    """Cached by the data version, so that a release is seen at once; shared, and never changed by a page."""
    opened = board()
    return derive.with_derived(opened.catalogue, query.facts(opened.store, codes))


def choose(address: str) -> None:
    """Remember which address the shell is about to show."""
    st.session_state["address"] = address


def theme_code() -> str:
    """Code of the theme asked for: by address, or `?theme=` where a page runs without the shell (in tests)."""
    return str(st.session_state.get("address") or st.query_params.get("theme", ""))


def releases() -> list[Release]:
    """Every release, oldest first, those withdrawn or replaced too."""
    return store.releases(board().store)


def file_names() -> dict[tuple[int, int], str]:
    """The name of every file by release and number, "" for what was entered in the browser."""
    opened = board()
    return _file_names(opened.store.data_version(), id(opened))


@st.cache_resource(show_spinner=False, max_entries=4)
def _file_names(version: int, board_id: int) -> dict[tuple[int, int], str]:  # noqa: ARG001
    return query.file_names(board().store)
