"""One 街镇 by `?region=`: its indicators by theme, its place among its kind, and what it has not reported."""

from __future__ import annotations

from functools import partial

import streamlit as st

from metrics.board import street
from metrics.board.street import Street
from metrics.model import Region
from pages import session, ui

catalogue = session.catalogue()


def made(region: Region) -> Street:
    """What the page shows of the 街镇 up to the month looked at."""
    return street.street(region, session.around(region.code), catalogue)


asked = st.query_params.get("region", "")
region = catalogue.streets.get(asked)
if region is None:
    ui.html("street_list.html", unknown=asked, regions=catalogue.regions, place=catalogue.organisation.name)
    st.stop()

shown = session.once(f"street {asked}", partial(made, region))
ui.html("street.html", street=shown, code=asked, regions=catalogue.regions, place=catalogue.organisation.district)
