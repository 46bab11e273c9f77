"""指标详情: one indicator by `?code=`: definition, figures of every version, chart, and the sentence behind it."""

from __future__ import annotations

from functools import partial

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


def above(indicator: Indicator) -> None:
    """The figure as it stands, its line, and what is said of it."""
    line = series.line(indicator, own, catalogue.total)
    work = indicator.kind is Kind.MILESTONE
    ui.html(
        "indicator_now.html",
        card=None if work else view.card(indicator, own, catalogue),
        milestone=view.milestone_row(indicator, own, catalogue, today=session.today()) if work else None,
    )
    ui.chart(chart.series(line), heading="全区变化", note=line.note, key="series")
    said = view.said(line, own, indicator, catalogue)
    if said:
        ui.html("indicator_said.html", said=said)


def sentences() -> None:
    """The sentences of the notice that the figures come from."""
    passages = detail.passages(detail.quotes(own, catalogue), board.notice)
    if passages and board.notice:
        ui.html("indicator_source.html", title=board.notice.figures.source.title, passages=passages)


def terms(indicator: Indicator) -> None:
    """What is counted, and which indicators belong with it."""
    related = detail.related(indicator, catalogue)
    ui.html("indicator_terms.html", terms=detail.terms(indicator, catalogue), related=related)


def below(indicator: Indicator) -> None:
    """Every version of the figures of the region, up to the month looked at."""
    standing = own if region == catalogue.total else session.facts([code], regions=[region])[code]
    history = query.history(session.reads(), code, region, before=session.before())
    every = query.until({"now": standing, "ever": history}, session.month())
    now = [fact for fact in every["now"] if fact.observation.region == region]
    regions = query.regions(session.reads(), code, before=session.before())
    releases, files = session.releases(), session.file_names()
    ui.html(
        "indicator_tables.html",
        history=detail.versions(indicator, now, every["ever"], releases, catalogue, files=files),
        regions_note=detail.regions_note(regions, catalogue),
        code=code if regions - {catalogue.total} else "",
        milestone=indicator.kind is Kind.MILESTONE,
        region=catalogue.region_names[region],
        whole=region == catalogue.total,
    )


def figures() -> bytes:
    """All figures of the indicator, those of 街镇 too, as CSV."""
    return table.as_csv(
        table.rows(catalogue, session.listed([code]), session.releases(), [code], today=session.today())
    )


place = f"{catalogue.section_of[code].title} · {words.KINDS[indicator.kind]}"
ui.html("indicator_head.html", name=indicator.name, place=place)
left, right = st.columns([7, 3], gap="medium")
with left:
    session.once(f"indicator {code}", partial(above, indicator))
    indicator_notes.shown(code, own)
    session.once(f"sentences {code}", sentences)
with right:
    session.once(f"terms {code}", partial(terms, indicator))
session.once(f"versions {code} {region}", partial(below, indicator))
st.download_button("下载数据（CSV）", figures, file_name=f"{indicator.name}.csv", mime="text/csv")
