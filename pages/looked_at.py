"""The line above a page that says which time it shows, with links to other months and back to the latest."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import streamlit as st

from pages import session, ui

MONTHLY = ("", "indicator", "streets", "street")  # and the themes


def head(address: str) -> None:
    """Says that the page looks back, and offers the months; nothing on a board without months that shows the latest."""
    ends = session.months() if address in MONTHLY or session.catalogue().theme(address) else ()
    shown = {
        "known": session.known(),
        "wrong": session.not_understood(),
        "month": months(ends) if len(ends) > 1 else None,
    }
    if any(shown.values()):
        rest = {name: text for name, text in st.query_params.items() if name not in {session.KNOWN, session.MONTH}}
        ui.html("looked_at.html", **shown, here=lambda **asked: ui.address(f"/{address}", {**rest, **asked}))


def months(ends: tuple[Any, ...]) -> dict[str, Any]:
    """The month looked at with those beside it, and all of them by year, latest first."""
    asked = session.month()
    at = ends.index(asked) if asked in ends else len(ends) - 1
    years = groupby(reversed(ends), key=lambda end: end.year)
    return {
        "now": ends[at], "latest": asked is None, "before": ends[at - 1] if at else None,
        "after": ends[at + 1] if at + 1 < len(ends) else None,
        "years": [(year, list(listed)) for year, listed in years],
    }  # fmt: skip
