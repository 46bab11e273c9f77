"""指标详情: one indicator by `?code=`: definition, figures of every version, chart, and the sentence behind it."""

from __future__ import annotations

import streamlit as st

from metrics.board import chart, detail, query, series, table, view, words
from metrics.model import Kind
from pages import indicator_notes, session, ui

board = session.board()
catalogue = session.catalogue()
code = st.query_params.get("code", "")
indicator = catalogue.indicators.get(code)
if indicator is None:
    ui.html("indicators.html", sections=catalogue.sections, unknown=code, total=len(catalogue.indicators))
    st.stop()

own = session.district([code])[code]
asked = st.query_params.get("region", "")
region = asked if asked in catalogue.region_names else catalogue.total
regions = query.regions(board.store, code, before=session.before())
is_milestone = indicator.kind is Kind.MILESTONE
releases = session.releases()

place = f"{catalogue.section_of[code].title} · {words.KINDS[indicator.kind]}"
ui.html("indicator_head.html", name=indicator.name, place=place)
left, right = st.columns([7, 3], gap="medium")
with left:
    ui.html(
        "indicator_now.html",
        card=None if is_milestone else view.card(indicator, own, catalogue),
        milestone=view.milestone_row(indicator, own, catalogue, today=session.today()) if is_milestone else None,
    )
    line = series.line(indicator, own, catalogue.total)
    ui.chart(chart.series(line), heading="全区变化", note=line.note, key="series")
    if said := view.said(line, own, indicator, catalogue):
        ui.html("indicator_said.html", said=said)
    indicator_notes.shown(code, own)
    if passages := detail.passages(detail.quotes(own, catalogue), board.notice):
        title = board.notice.figures.source.title if board.notice else ""
        ui.html("indicator_source.html", title=title, passages=passages)
with right:
    related = detail.related(indicator, catalogue)
    ui.html("indicator_terms.html", terms=detail.terms(indicator, catalogue), related=related)

of_region = own if region == catalogue.total else session.facts([code], regions=[region])[code]
history = query.history(board.store, code, region, before=session.before())
every = query.until({"now": of_region, "ever": history}, session.month())
standing = [fact for fact in every["now"] if fact.observation.region == region]
ui.html(
    "indicator_tables.html",
    milestone=is_milestone,
    history=detail.versions(indicator, standing, every["ever"], releases, catalogue, files=session.file_names()),
    region=catalogue.region_names[region],
    whole=region == catalogue.total,
    regions_note=detail.regions_note(regions, catalogue),
    code=code if regions - {catalogue.total} else "",
)
st.download_button(
    "下载数据（CSV）",
    lambda: table.as_csv(table.rows(catalogue, session.facts([code]), releases, [code], today=session.today())),
    file_name=f"{indicator.name}.csv",
    mime="text/csv",
)
