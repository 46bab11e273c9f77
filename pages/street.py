"""One 街镇 by `?region=`: its indicators by theme, its place among its kind, and what it has not reported."""

from __future__ import annotations

from functools import partial

import streamlit as st

from metrics.board import street
from metrics.model import Region
from pages import session, ui

catalogue = session.catalogue()


def drawn(region: Region) -> None:
    """The 街镇 up to the month looked at."""
    shown = street.street(region, session.around(region.code), catalogue)
    place = catalogue.organisation.district
    ui.html("street.html", street=shown, code=region.code, regions=catalogue.regions, place=place)


asked = st.query_params.get("region", "")
region = catalogue.streets.get(asked)
if region is None:
    ui.html("street_list.html", unknown=asked, regions=catalogue.regions, place=catalogue.organisation.name)
    st.stop()

session.once(f"street {asked}", partial(drawn, region))
