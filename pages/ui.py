"""Draws views as HTML through escaped templates; one element a block, so that a page is one short message."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import streamlit as st
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from metrics.board.chart import CONFIG, Drawn
from metrics.board.view import Card
from pages import session

LINK = re.compile(r'(<a class="nav[^>]*? href=")([^"]*)')

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def html(template: str, **values: Any) -> None:
    """Draw a template; every value in it is escaped, and its links keep to the time looked at."""
    st.html(carrying(TEMPLATES.get_template(template).render(**values), session.carried()))


def carrying(drawn: str, carried: Mapping[str, str]) -> str:
    """The HTML with these parameters in every link of ours that does not name them itself."""
    return LINK.sub(lambda link: f"{link[1]}{address(unescape(link[2]), carried)}", drawn) if carried else drawn


def address(link: str, carried: Mapping[str, str]) -> Markup:
    """The link with these parameters as well, escaped for an attribute; one that it names already stays as it is."""
    path, _, asked = link.partition("?")
    return escape(f"{path}?{urlencode({**carried, **dict(parse_qsl(asked, keep_blank_values=True))})}")


def charts(drawn: list[Drawn]) -> None:
    """Draw charts side by side, two in a row; one alone takes the whole width."""
    for pair in (drawn[at : at + 2] for at in range(0, len(drawn), 2)):
        for column, one in zip(st.columns(len(pair), gap="medium"), pair, strict=True):
            with column:
                chart(one.figure, heading=one.heading, note=one.note, key=one.key, code=one.code)


def chart(figure: Any, *, heading: str, note: str, key: str, code: str = "") -> None:
    """Draw a Plotly figure under a heading that says what it shows and in what unit; nothing for None.

    code  of the indicator that the heading leads to
    """
    if figure is not None:
        html("chart.html", heading=heading, note=note, code=code)
        st.plotly_chart(figure, key=key, config=CONFIG)


def strip(first: date, last: date) -> Any:
    """A function that draws which days a card's figure stands for, on a line from `first` to `last`."""
    days = max(1, (last - first).days)

    def drawn(card: Card) -> Markup:
        if card.end is None:
            return Markup("")
        start = card.start or first
        left, width = 100 * (start - first).days / days, 100 * ((min(card.end, last) - start).days + 1) / days
        ends = " kb-open-start" if card.start is None else ""
        return Markup(
            '<span class="kb-strip" title="{}"><b class="{}" style="left:{:.2f}%;width:{:.2f}%"></b></span>'
        ).format(f"{card.period}（{first:%Y-%m}至{last:%Y-%m}）", ends.strip(), left, max(1.0, width))

    return drawn
