"""One theme: its message, the figures that matter large, the chart that fits each kind, the work and its dates."""

from __future__ import annotations

from functools import partial

import streamlit as st

from metrics.board import chart, series, table, view
from metrics.model import Theme
from pages import session, ui

catalogue = session.catalogue()


def drawn(theme: Theme) -> None:
    """The view, its place among the themes, and the charts."""
    facts = session.district(one.code for one in theme.indicators)
    shown = view.theme(theme, facts, catalogue, today=session.today())
    first, last = view.span(shown.cards, today=session.today())
    ui.html("theme_head.html", view=shown, place=view.place(catalogue, theme, facts))
    ui.charts(chart.of_theme(shown, theme, series.lines(theme.indicators, facts, catalogue.total)))
    ui.html(
        "theme_tables.html",
        view=shown,
        usual=view.usual_date(shown),
        strip=ui.strip(first, last),
        years=(first.year, last.year),
    )


def figures(theme: Theme) -> bytes:
    """All figures of the theme, those of 街镇 too, as CSV."""
    codes = [one.code for one in theme.indicators]
    return table.as_csv(table.rows(catalogue, session.listed(codes), session.releases(), codes, today=session.today()))


theme = catalogue.theme(session.theme_code())
if theme is None:
    ui.html("missing.html", said="没有这个主题。")
    st.stop()

session.once(f"theme {theme.code}", partial(drawn, theme))
st.download_button("下载本页数据（CSV）", partial(figures, theme), file_name=f"{theme.short}.csv", mime="text/csv")
