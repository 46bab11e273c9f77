"""时间回看: what the board said on a day, and what became otherwise between two days."""

from __future__ import annotations

from datetime import date
from functools import partial

import streamlit as st

from metrics.board import history, known, query, table
from pages import session, ui

SHOWN, DOWNLOADED = 40, 100_000

store, catalogue = session.reads(), session.board().catalogue
days = known.days(session.every_release())


def chosen(label: str, name: str, default: date) -> date:
    """A day that the address names or the reader picks; picking puts it into the address."""
    key = f"known.{name}"
    first, last = days[0], max(days[-1], session.today())
    named = known.day(st.query_params.get(name, "")) or default
    picked = st.date_input(
        label, min(max(named, first), last), min_value=first, max_value=last, format="YYYY-MM-DD", key=key,
        on_change=partial(remember, name, key),
    )  # fmt: skip
    return picked or default


def remember(name: str, key: str) -> None:
    """Put the day into the address, so that it can be sent to somebody."""
    if st.session_state[key]:
        st.query_params[name] = str(st.session_state[key])


def download(one: date, other: date) -> bytes:
    """Every difference as a CSV."""
    found = query.between(store, query.end_of_day(one), query.end_of_day(other), most=DOWNLOADED, first=catalogue.total)
    return table.of_changes(history.differences(found.pairs, catalogue))


ui.html("known_head.html", organisation=catalogue.organisation.name, days=days)
if not days:
    st.stop()
left, right, _ = st.columns([1, 1, 2])
with left:
    first = chosen("哪一天的看板", "from", days[-2:][0])  # with today beside it: what the last day of changes brought
with right:
    second = chosen("与哪一天比较", "to", session.today())
first, second = sorted((first, second))
found = query.between(store, query.end_of_day(first), query.end_of_day(second), most=SHOWN, first=catalogue.total)
ui.html(
    "known.html",
    first=first,
    second=second,
    found=found,
    releases=known.between(session.every_release(), first, second),
    changes=history.differences(found.pairs, catalogue),
    shown=SHOWN,
)
if found.total:
    st.download_button("下载全部差异（CSV）", partial(download, first, second), file_name=f"{first}与{second}.csv")
