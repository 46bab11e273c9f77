"""A page with nothing on it; its title tells the bench that it has run."""

import streamlit as st

st.set_page_config(page_title="Empty")
