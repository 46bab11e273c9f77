"""口径与来源: the notice with every used sentence marked and linked, the catalogue, and what each status means."""

from __future__ import annotations

import streamlit as st

from metrics.board import detail, history, passage, query
from pages import session, ui

TABS = [("notice", "通报原文"), ("catalogue", "指标口径"), ("rules", "状态判断")]

board = session.board()
catalogue = session.catalogue()
code = st.query_params.get("code", "")
view = st.query_params.get("view", "notice")
tab = view if view in dict(TABS) else "notice"
indicator = catalogue.indicators.get(code)
own = query.until(session.facts([code]), session.month())[code] if indicator else ()
quotes = detail.quotes(own, catalogue)
places = history.places(own, session.file_names(), catalogue)
source = board.notice.figures.source if board.notice else None

ui.html(
    "sources.html",
    place=catalogue.organisation.name,
    tabs=TABS,
    tab=tab,
    unknown=code if code and not indicator else "",
    chosen={
        "code": code,
        "name": indicator.name,
        "quotes": quotes,
        "places": places,
        "without": "这项数据来自上报的文件，目前还没有人上报。",
    }
    if indicator
    else None,
    selected={quote.code for quote in quotes},
    paragraphs=passage.paragraphs(board.notice) if board.notice and tab == "notice" else (),
    notice_title=source.title if source else "",
    published=source.published if source else "",
    names={one.code: one.name for one in catalogue.indicators.values()},
    sections=[
        {"title": section.title, "rows": detail.entries(section.indicators, catalogue)}
        for section in catalogue.sections
    ],
    rules=detail.rules(catalogue.declaration.thresholds),
)
