"""街镇: one indicator by `?code=` over all 街镇 in a month: ranking, months, tile map, and every figure in a table."""

from __future__ import annotations

from functools import partial

import streamlit as st

from metrics.board import heat, query, regional, streets, table
from metrics.board.streets import Panel, Ranking
from metrics.model import Indicator
from pages import session, ui

catalogue = session.catalogue()


def drawn(indicator: Indicator, months: int) -> bool:
    """The indicator up to the month looked at; False where no 街镇 has a figure of it yet."""
    facts = query.until(session.facts([indicator.code]), session.month())[indicator.code]
    ranking, warmth = (
        streets.ranking(indicator, facts, catalogue),
        heat.heat(indicator, facts, catalogue, months=months),
    )
    head(indicator, ranking)
    if ranking is None or warmth is None:
        return False
    left, right = st.columns([1, 1], gap="medium")
    for panel, column in zip(ranking.panels, [left, *[right for _ in ranking.panels]], strict=False):
        with column:
            dots(ranking, panel, indicator)
    with right:
        ui.html("streets_map.html", heat=warmth, ranking=ranking)
    ui.html("streets_heat.html", heat=warmth, ranking=ranking, span=months, short=heat.SHORT_SPAN, long=heat.LONG_SPAN)
    ui.html("streets_table.html", ranking=ranking)
    return True


def head(indicator: Indicator | None, ranking: Ranking | None) -> None:
    """What stands where, and the other indicators to choose from; why there is nothing, where nothing is."""
    ui.html(
        "streets_head.html",
        themes=themes,
        indicator=indicator,
        asked=catalogue.indicators.get(asked),
        unknown=asked if asked and asked not in catalogue.indicators else "",
        ranking=ranking,
        place=streets.heading(ranking, catalogue) if ranking else catalogue.organisation.name,
    )


def dots(ranking: Ranking, panel: Panel, indicator: Indicator) -> None:
    """The ranking of one kind of 街镇, and who is missing in it."""
    note = regional.note(ranking, panel, kind=indicator.kind)
    figure = regional.dots(ranking, panel, kind=indicator.kind)
    ui.chart(figure, heading=streets.title(panel), note=note, key=f"dots {panel.kind}")
    if panel.missing or panel.silent:
        ui.html("streets_missing.html", panel=panel, ranking=ranking)


def figures(indicator: Indicator) -> bytes:
    """All figures of the indicator, of every period, as CSV."""
    facts = session.listed([indicator.code])
    listed = table.rows(catalogue, facts, session.releases(), [indicator.code], today=session.today())
    return table.as_csv(listed)


themes = streets.choices(catalogue, session.street_codes())
asked = st.query_params.get("code", "")
indicator = streets.chosen(themes, asked)
months = heat.LONG_SPAN if st.query_params.get("span") == str(heat.LONG_SPAN) else heat.SHORT_SPAN
if indicator is None:
    head(None, None)
elif session.once(f"streets {indicator.code} {months}", partial(drawn, indicator, months)):
    st.download_button(
        "下载数据（CSV）", partial(figures, indicator), file_name=f"{indicator.name}分街镇.csv", mime="text/csv"
    )
