"""The main script: the list of screens, made from the catalogue, and the one that was asked for."""

from __future__ import annotations

import streamlit as st

from metrics.model import Theme
from pages import looked_at, person, session, ui

TIMELESS = ("upload", "known")  # of these, one writes, the other asks which day to look back to


def theme_page(theme: Theme) -> st.Page:
    """The screen of one theme; all of them are theme.py, which asks `session` which one it is."""
    return st.Page("theme.py", title=theme.short, url_path=theme.code)


catalogue = session.board().catalogue
page = st.navigation(
    {
        "": [st.Page("overview.py", title="总览", default=True)],
        "主题": [theme_page(theme) for theme in catalogue.themes],
        "查询": [
            st.Page("indicator.py", title="指标详情", url_path="indicator"),
            st.Page("streets.py", title="街镇", url_path="streets"),
            st.Page("street.py", title="一个街镇", url_path="street", visibility="hidden"),
            st.Page("sources.py", title="口径与来源", url_path="sources"),
        ],
        "数据": [
            st.Page("upload.py", title="数据上报", url_path="upload"),
            st.Page("releases.py", title="版本记录", url_path="releases"),
            st.Page("known.py", title="时间回看", url_path="known"),
        ],
    },
    expanded=True,  # with something below it in the sidebar, the menu would hide its last entries
)
mark = "演示数据 · " if session.demonstration() else ""
title = f"{mark}{page.title} · {catalogue.organisation.short}指标看板"
st.set_page_config(page_title=title, layout="wide")
session.choose(page.url_path)
with st.sidebar:
    ui.html("me.html", me=session.me(), back=person.back())
if mark:
    ui.html("demonstration.html")
waiting = [one for one in session.held() if one.waiting] if session.view() is session.View.PROVISIONAL else []
if waiting and page.url_path not in TIMELESS:
    ui.html("provisional.html", waiting=waiting)
if page.url_path not in TIMELESS:
    looked_at.head(page.url_path)
page.run()
