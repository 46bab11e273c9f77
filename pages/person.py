"""Who is signed in in this browser.

The gate in front of the scripts has looked before any of this runs, and names the session in a header of its own; here it
is asked again what the account may do now, and what writes asks once more.
"""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from metrics import account, login
from metrics.account import Account
from metrics.model import Act, Origin
from metrics.web.gate import ADDRESS_HEADER, SESSION_HEADER
from pages import session


def me() -> Account | None:
    """The account that is signed in, as it is now; None for nobody."""
    asked = st.context.headers.get(SESSION_HEADER, "")
    found = login.standing(session.board().store, asked, at=session.now())
    return found.account if found else None


def may_write() -> bool:
    """Whether who is signed in may upload and write notes."""
    who = me()
    return who is not None and who.writes


def act() -> Act:
    """What is done here and now, by who is signed in; by "" for nobody, which no write takes."""
    who = me()
    origin = Origin(door="web", address=st.context.headers.get(ADDRESS_HEADER))
    return Act(at=session.now(), by=who.name if who else "", origin=origin)


def closed() -> dict[str, str]:
    """Why nothing can be written here, for `who_may.html`: nobody may yet, nobody is signed in, or a reader is."""
    store = session.board().store
    why = "reader" if me() else "anonymous" if account.administrators(store) else "nobody"
    return {"why": why, "back": back()}


def back() -> str:
    """The screen with all that its address asks for, as what the page of sign-in goes on to."""
    asked = urlencode(st.query_params.to_dict())
    return urlencode({"next": f"/{st.session_state.get('address', '')}{'?' if asked else ''}{asked}"})
