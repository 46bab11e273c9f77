"""What every page shares: the open board, and today's date in Beijing. The only place that reads the clock."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple, TypeVar

import streamlit as st

from metrics import login, store
from metrics.account import Account
from metrics.board import derive, query, reporting, totals
from metrics.board import known as looking
from metrics.board import wall as walls
from metrics.board.known import Known
from metrics.board.overview import Overview, overview
from metrics.board.query import Facts
from metrics.board.wall import Wall
from metrics.catalogue import Catalogue, former
from metrics.model import Release
from metrics.period import SHANGHAI
from metrics.start import Board, start
from metrics.store import Reads
from metrics.web.gate import SESSION_HEADER

HERE = Path(__file__).resolve().parent.parent
CONFIG = "KPI_CONFIG"
STORE = "KPI_STORE"
KNOWN, MONTH = "known", "month"
T = TypeVar("T")


class View(StrEnum):
    """Which releases count for who looks: those approved, or also 初报."""

    OFFICIAL = "official"
    PROVISIONAL = "provisional"


class State(NamedTuple):
    """The version of the data, the board itself, and who looks: what is made of one state is the same for all it is shown to."""

    version: int
    board_id: int
    view: View


ONE_WALL = Lock()


@st.cache_resource(show_spinner=False)
def board() -> Board:
    """The board that this process serves; KPI_CONFIG and KPI_STORE name another config.yaml and store."""
    config = Path(os.environ.get(CONFIG) or HERE / "config.yaml")
    return start(config, at=datetime.now(UTC), store_url=os.environ.get(STORE) or None)


def demonstration() -> bool:
    """Whether all figures are invented."""
    return _demonstration(*data())


@st.cache_resource(show_spinner=False, max_entries=4)
def _demonstration(version: int, board_id: int) -> bool:
    return board().demonstration


def healthy() -> bool:
    """Whether the store answers."""
    opened = board().store
    return opened.present() and bool(opened.query("SELECT v FROM counter LIMIT 1"))


def now() -> datetime:
    """This moment, for what is written to the store."""
    return datetime.now(UTC)


def me() -> Account | None:
    """The account that is signed in in this browser, as it is now; None for nobody. The gate names the session."""
    asked = st.context.headers.get(SESSION_HEADER, "")
    found = login.standing(board().store, asked, at=now())
    return found.account if found else None


def view() -> View:
    """Which releases count for who looks, as the shell found out at the beginning of this run."""
    kept = st.session_state.get("view")
    return kept if isinstance(kept, View) else _view()


def _view() -> View:
    """Those who write see 初报 as well."""
    who = me() if held() else None
    return View.PROVISIONAL if who and who.writes else View.OFFICIAL


def held() -> tuple[Release, ...]:
    """The releases that wait for a second person, or were sent back, oldest first."""
    return _held(*data())


@st.cache_resource(show_spinner=False, max_entries=4)
def _held(version: int, board_id: int) -> tuple[Release, ...]:
    return tuple(one for one in store.releases(board().store) if one.waiting or one.returned)


def reads(seen: View | None = None) -> Reads:
    """The store as who looks sees it."""
    opened = board().store
    return store.Provisional(opened) if (seen or view()) is View.PROVISIONAL else opened


def today() -> date:
    """The day looked from: today in Beijing, or the day looked back to. Words such as 已到期 depend on it, never a figure."""
    back = known()
    return min(day for day in (datetime.now(SHANGHAI).date(), back and back.day, month()) if day)


def known() -> Known | None:
    """The day or release that the address looks back to (`?known=2023-11-05`, `?known=r3`); None for all that is known."""
    asked = st.query_params.get(KNOWN, "")
    return looking.read(asked, every_release()) if asked else None


def before() -> datetime:
    """The first moment that is not known any more."""
    back = known()
    return back.before if back else store.EVER


def month() -> date | None:
    """Last day of the month that the address asks for (`?month=2026-09`); None for the latest figures."""
    asked = st.query_params.get(MONTH, "")
    return next((end for end in months() if f"{end:%Y-%m}" == asked), None) if asked else None


def months() -> tuple[date, ...]:
    """The last day of every month that figures were handed in for, oldest first."""
    return _months(before(), state())


@st.cache_resource(show_spinner=False, max_entries=16)
def _months(before: datetime, seen: State) -> tuple[date, ...]:
    return query.months(reads(seen.view), before=before)


def carried() -> dict[str, str]:
    """What the address says of the time looked at, for the links to other pages."""
    asked = {KNOWN: known() is not None, MONTH: month() is not None}
    return {name: st.query_params[name] for name, meant in asked.items() if meant}


def not_understood() -> str:
    """What the address says of the time looked at and nothing can be found for; "" when all is well."""
    asked = {name: st.query_params.get(name, "") for name in (KNOWN, MONTH)}
    return "，".join(f"{name}={text}" for name, text in asked.items() if text and name not in carried())


def catalogue() -> Catalogue:
    """The catalogue in force: today's, or that of the day looked back to."""
    return _catalogue(before(), id(board())) if known() else board().catalogue


@st.cache_resource(show_spinner=False, max_entries=8)
def _catalogue(before: datetime, board_id: int) -> Catalogue:
    opened = board()
    text = store.catalogue_known(opened.store, before)
    return opened.catalogue if text in {None, opened.catalogue.text} else former(text, opened.catalogue.folder)


def facts(codes: Iterable[str], *, regions: Iterable[str] | None = None) -> Facts:
    """Known facts of these indicators and of what is derived from or into them; only of these regions if given."""
    wanted = tuple(derive.sources(catalogue(), list(codes)))
    return _facts(wanted, None if regions is None else tuple(regions), before(), state())


def listed(codes: Iterable[str]) -> Facts:
    """All facts of these indicators up to the month looked at, those of every 街镇 and the sums of them, for a download."""
    own = catalogue()
    found = query.facts(reads(), derive.sources(own, list(codes)), before=before())
    return query.until(derive.with_derived(own, totals.with_totals(own, found)), month())


def district(codes: Iterable[str]) -> Facts:
    """The facts of the whole district up to the month looked at, and those of 街镇 where the district has none."""
    return query.until(_district(tuple(derive.sources(catalogue(), list(codes))), before(), state()), month())


@st.cache_resource(show_spinner=False, max_entries=32)
def _district(codes: tuple[str, ...], before: datetime, seen: State) -> Facts:
    return district_of(reads(seen.view), catalogue(), codes, before=before)


def district_of(opened: Reads, own: Catalogue, codes: Sequence[str], *, before: datetime) -> Facts:
    """The facts of the whole district known before that moment, and those of 街镇 where the district has none."""
    found = query.facts(opened, codes, before=before, regions=[own.total])
    by_streets = [code for code in codes if own.reporters(own.indicators[code])]
    parts = query.without_total(opened, by_streets, own.total, before=before) if by_streets else {}
    merged = {code: (*listed, *parts.get(code, ())) for code, listed in found.items()}
    return derive.with_derived(own, totals.with_totals(own, merged))


@st.cache_resource(show_spinner=False, max_entries=64)
def _facts(codes: tuple[str, ...], regions: tuple[str, ...] | None, before: datetime, seen: State) -> Facts:
    """Cached by the data version, so that a release is seen at once; shared, and never changed by a page."""
    found = query.facts(reads(seen.view), codes, before=before, regions=regions)
    return derive.with_derived(catalogue(), found)


def wall() -> Wall:
    """What 大屏 shows: all that is known today, read once however many walls ask. It has no session, hence no st.cache."""
    with ONE_WALL:
        return _wall(datetime.now(SHANGHAI).date(), *data())


@lru_cache(maxsize=2)
def _wall(day: date, version: int, board_id: int) -> Wall:
    opened = board()
    catalogue = opened.catalogue
    codes = derive.sources(catalogue, list(catalogue.indicators))
    found = district_of(opened.store, catalogue, codes, before=store.EVER)
    end = next(reversed(query.months(opened.store)), None)
    shown = overview_of(opened.store, catalogue, found, before=store.EVER, today=day, end=end)
    return walls.wall(shown, catalogue, found, today=day, demonstration=opened.demonstration)


def overview_of(
    opened: Reads, catalogue: Catalogue, found: Facts, *, before: datetime, today: date, end: date | None
) -> Overview:
    """总览 of the month that ends on that day, with who has reported for it; None on a board without months."""
    codes = list(catalogue.indicators)
    reported = query.reported(opened, codes, end, before=before) if end else frozenset()
    due = reporting.reporting(catalogue, reported, end, today=today) if end else None
    return overview(catalogue, found, today=today, end=end, reporting=due)


def street_codes() -> list[str]:
    """Codes of the indicators that have figures of 街镇, or follow from such, in the order of the catalogue."""
    return _street_codes(before(), state())


@st.cache_resource(show_spinner=False, max_entries=16)
def _street_codes(before: datetime, seen: State) -> list[str]:
    own = catalogue()
    known = query.street_codes(reads(seen.view), own.streets, before=before)
    return [code for code in own.indicators if derive.stored(own, code) <= known]


def around(region: str) -> Facts:
    """Known figures of one 街镇 up to the month looked at, and of the others for the last period of each indicator."""
    return _around(region, month(), before(), state())


@st.cache_resource(show_spinner=False, max_entries=64)
def _around(region: str, until: date | None, before: datetime, seen: State) -> Facts:
    own = catalogue()
    codes = derive.sources(own, list(own.indicators))
    found = query.around(reads(seen.view), codes, region, own.streets, until=until, before=before)
    return derive.with_derived(own, found)


def data() -> tuple[int, int]:
    """The version of the data, and the board itself."""
    opened = board()
    return opened.store.data_version(), id(opened)


def state() -> State:
    """What every cache of figures goes by."""
    return State(*data(), view())


def once(name: str, make: Callable[[], T]) -> T:
    """What `make` makes, made once for each version of the data, day and time looked at; shared, never changed by a page.

    What it draws is drawn again without it, from the messages that Streamlit keeps: nothing of it may depend on who looks
    but by `view`, nor be a widget.

    name  says what it is, and of what, among all that pages make
    """
    made: T = _once(name, tuple(carried().items()), before(), month(), today(), state(), make)
    return made


@st.cache_resource(show_spinner=False, max_entries=128)
def _once(
    name: str, carried: tuple[tuple[str, str], ...], before: datetime, month: date | None, today: date, seen: State,
    _make: Callable[[], Any],
) -> Any:  # fmt: skip
    return _make()


def choose(address: str) -> None:
    """Remember which address the shell is about to show, and to whom: asked once a run, not for every figure."""
    st.session_state["address"] = address
    st.session_state["view"] = _view()


def theme_code() -> str:
    """Code of the theme asked for: by address, or `?theme=` where a page runs without the shell (in tests)."""
    return str(st.session_state.get("address") or st.query_params.get("theme", ""))


def releases() -> list[Release]:
    """Every release known, oldest first, those withdrawn or replaced too."""
    return _releases(state(), before())


def every_release() -> list[Release]:
    """Every release of the store, whatever the address looks back to."""
    return _releases(state(), store.EVER)


@st.cache_resource(show_spinner=False, max_entries=16)
def _releases(seen: State, before: datetime) -> list[Release]:
    """Those of 初报 and what was sent back are for those who write."""
    known = store.releases(board().store, known_before=before)
    return [one for one in known if seen.view is View.PROVISIONAL or not (one.waiting or one.returned)]


def file_names() -> dict[tuple[int, int], str]:
    """The name of every file by release and number, "" for what was entered in the browser."""
    return _file_names(*data())


@st.cache_resource(show_spinner=False, max_entries=4)
def _file_names(version: int, board_id: int) -> dict[tuple[int, int], str]:
    return query.file_names(board().store)
