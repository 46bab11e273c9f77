"""Who is signed in in this browser.

The gate in front of the scripts has looked before any of this runs, and names the session in a header of its own; here it
is asked again what the account may do now, and what writes asks once more.
"""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from metrics import account
from metrics.model import Act, Origin
from metrics.web.gate import ADDRESS_HEADER
from pages import session


def may_write() -> bool:
    """Whether who is signed in may upload and write notes."""
    who = session.me()
    return who is not None and who.writes


def act() -> Act:
    """What is done here and now, by who is signed in; by "" for nobody, which no write takes."""
    who = session.me()
    origin = Origin(door="web", address=st.context.headers.get(ADDRESS_HEADER))
    return Act(at=session.now(), by=who.name if who else "", origin=origin)


def closed() -> dict[str, str]:
    """Why nothing can be written here, for `who_may.html`: nobody may yet, nobody is signed in, or a reader is."""
    store = session.board().store
    why = "reader" if session.me() else "anonymous" if account.administrators(store) else "nobody"
    return {"why": why, "back": back()}


def back() -> str:
    """The screen with all that its address asks for, as what the page of sign-in goes on to."""
    asked = urlencode(st.query_params.to_dict())
    return urlencode({"next": f"/{st.session_state.get('address', '')}{'?' if asked else ''}{asked}"})
