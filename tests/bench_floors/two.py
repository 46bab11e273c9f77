"""Two empty pages, to switch between."""

import streamlit as st


def nothing() -> None:
    """Nothing at all."""


st.navigation(
    [
        st.Page(nothing, title="First", url_path="first", default=True),
        st.Page(nothing, title="Second", url_path="second"),
    ]
).run()
