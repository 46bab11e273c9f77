"""One theme: its message, the figures that matter large, the chart that fits each kind, the work and its dates."""

from __future__ import annotations

import streamlit as st

from metrics.board import chart, series, table, view
from pages import session, ui

board = session.board()
catalogue = session.catalogue()
theme = catalogue.theme(session.theme_code())
if theme is None:
    ui.html("missing.html", said="没有这个主题。")
    st.stop()

codes = [indicator.code for indicator in theme.indicators]
facts = session.district(codes)
shown = view.theme(theme, facts, catalogue, today=session.today())
first, last = view.span(shown.cards, today=session.today())

ui.html("theme_head.html", view=shown, place=view.place(catalogue, theme, facts))
ui.charts(chart.of_theme(shown, theme, series.lines(theme.indicators, facts, catalogue.total)))
ui.html("theme_tables.html", view=shown, usual=view.usual_date(shown), strip=ui.strip(first, last))
st.download_button(
    "下载本页数据（CSV）",
    lambda: table.as_csv(table.rows(catalogue, session.facts(codes), session.releases(), codes, today=session.today())),
    file_name=f"{theme.short}.csv",
    mime="text/csv",
)
