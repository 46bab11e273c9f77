"""指标详情: one indicator by `?code=`: definition, figures of every version, chart, and the sentence behind it."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from metrics.board import chart, detail, query, series, table, view, words
from metrics.model import Indicator, Kind
from pages import indicator_notes, session, ui

board = session.board()
catalogue = session.catalogue()
code = st.query_params.get("code", "")
indicator = catalogue.indicators.get(code)
if indicator is None:
    ui.html("indicators.html", sections=catalogue.sections, unknown=code, total=len(catalogue.indicators))
    st.stop()

asked = st.query_params.get("region", "")
region = asked if asked in catalogue.region_names else catalogue.total
own = session.district([code])[code]


def above(indicator: Indicator) -> dict[str, Any]:
    """The figure as it stands, its line, what is said of it, and the sentences it comes from."""
    line = series.line(indicator, own, catalogue.total)
    work = indicator.kind is Kind.MILESTONE
    return {
        "card": None if work else view.card(indicator, own, catalogue),
        "milestone": view.milestone_row(indicator, own, catalogue, today=session.today()) if work else None,
        "figure": chart.series(line),
        "note": line.note,
        "said": view.said(line, own, indicator, catalogue),
        "passages": detail.passages(detail.quotes(own, catalogue), board.notice),
    }


def below(indicator: Indicator) -> dict[str, Any]:
    """Every version of the figures of the region, up to the month looked at."""
    standing = own if region == catalogue.total else session.facts([code], regions=[region])[code]
    history = query.history(session.reads(), code, region, before=session.before())
    every = query.until({"now": standing, "ever": history}, session.month())
    now = [fact for fact in every["now"] if fact.observation.region == region]
    regions = query.regions(session.reads(), code, before=session.before())
    return {
        "history": detail.versions(
            indicator, now, every["ever"], session.releases(), catalogue, files=session.file_names()
        ),
        "regions_note": detail.regions_note(regions, catalogue),
        "code": code if regions - {catalogue.total} else "",
    }


def figures() -> bytes:
    """All figures of the indicator, those of 街镇 too, as CSV."""
    return table.as_csv(
        table.rows(catalogue, session.listed([code]), session.releases(), [code], today=session.today())
    )


shown = session.once(f"indicator {code}", partial(above, indicator))
place = f"{catalogue.section_of[code].title} · {words.KINDS[indicator.kind]}"
ui.html("indicator_head.html", name=indicator.name, place=place)
left, right = st.columns([7, 3], gap="medium")
with left:
    ui.html("indicator_now.html", card=shown["card"], milestone=shown["milestone"])
    ui.chart(shown["figure"], heading="全区变化", note=shown["note"], key="series")
    if shown["said"]:
        ui.html("indicator_said.html", said=shown["said"])
    indicator_notes.shown(code, own)
    if shown["passages"] and board.notice:
        ui.html("indicator_source.html", title=board.notice.figures.source.title, passages=shown["passages"])
with right:
    related = detail.related(indicator, catalogue)
    ui.html("indicator_terms.html", terms=detail.terms(indicator, catalogue), related=related)
ui.html(
    "indicator_tables.html",
    **session.once(f"versions {code} {region}", partial(below, indicator)),
    milestone=indicator.kind is Kind.MILESTONE,
    region=catalogue.region_names[region],
    whole=region == catalogue.total,
)
st.download_button("下载数据（CSV）", figures, file_name=f"{indicator.name}.csv", mime="text/csv")
