"""A page with one bare chart."""

import plotly.graph_objects as go
import streamlit as st

st.set_page_config(page_title="Chart")
st.plotly_chart(go.Figure(go.Bar(y=[1, 2, 3])))
