"""One page of the dashboard as a Dash application: a menu of themes, a choice of months, six cards, four charts.

The first page comes whole with the layout. A change of a filter is one callback, which leaves alone what stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from dash import Dash, Input, Output, State, dcc, html

from tests.peers import figures
from tests.peers.figures import Card, chinese

CHARTS = 4
BLUE, GREY, PALE, ORANGE = "#3a78b5", "#8392a7", "rgba(128,145,165,0.22)", "#c2410c"
CONFIG: dict[str, Any] = {"displaylogo": False, "displayModeBar": "hover", "responsive": True}


def layout() -> html.Div:
    """The whole page as a visitor finds it."""
    months, themes = figures.months(), figures.catalogue()["themes"]
    head, listed, headings, charts = page(themes[0]["code"], f"{months[0]}")
    choice = [{"label": chinese(month), "value": f"{month}"} for month in months]
    return html.Div(
        [
            html.Nav(
                dcc.RadioItems(
                    [{"label": theme["short"], "value": theme["code"]} for theme in themes],
                    themes[0]["code"],
                    id="theme",
                )
            ),
            html.Main(
                [
                    html.Div(
                        [
                            "数据月份",
                            dcc.Dropdown(choice, f"{months[0]}", id="month", clearable=False, searchable=False),
                        ],
                        className="months",
                    ),
                    html.Header(head, id="head"),
                    html.Div(listed, id="cards", className="cards"),
                    html.Div([_section(at, headings[at], charts[at]) for at in range(CHARTS)], className="charts"),
                    html.Button("下载本页数据（CSV）", id="download"),
                    dcc.Download(id="file"),
                ]
            ),
        ],
        id="page",
    )


def _section(at: int, heading: list[Any], chart: dict[str, Any]) -> html.Section:
    return html.Section(
        [
            html.Div(heading, id=f"heading-{at}"),
            dcc.Graph(id=f"chart-{at}", figure=chart, config=CONFIG, style={"height": 282}),
        ]
    )


@lru_cache(maxsize=128)
def page(theme: str, month: str) -> tuple[list[Any], list[Any], list[Any], list[Any]]:
    """Head, cards, headings and charts of a theme in a month."""
    listed = figures.cards(theme, date.fromisoformat(month))
    charted = listed[:CHARTS]
    return _head(theme, listed), [_card(card) for card in listed], [_heading(card) for card in charted], [
        _chart(card) for card in charted
    ]  # fmt: skip


def _head(theme: str, listed: Sequence[Card]) -> list[Any]:
    number = int(theme[1:]) + 1
    place = f"主题{number} · {len(listed)}项指标 · 数据截至{listed[0].month}{listed[0].listed[-1][0].day}日"
    return [html.P(place), html.H1(figures.of(theme)["title"]), html.P(figures.message(list(listed)))]


def _card(card: Card) -> html.Article:
    mark, word, tone = card.badge
    return html.Article(
        [
            html.H3(card.name),
            html.P([card.value, html.Small(card.unit)], className="value"),
            _bar(card) if card.target is not None else _spark(card),
            html.P(card.month, className="period"),
            html.P([html.I(mark), word], className=f"badge {tone}"),
            html.P(card.change, className="change"),
            html.P("责任科室未设", className="quiet"),
        ],
        className="card",
    )


def _bar(card: Card) -> html.Div:
    return html.Div(
        [html.B(style={"width": f"{card.number:.3f}%"}), html.S(style={"left": f"{card.target:.3f}%"})], className="bar"
    )


def _spark(card: Card) -> html.Div:
    last = [value for _, value in card.listed[-figures.SPARK :]]
    top = max(last)
    return html.Div([html.B(style={"height": f"{100 * value / top:.1f}%"}) for value in last], className="spark")


def _heading(card: Card) -> list[Any]:
    note = f"单位：{card.unit}；{chinese(card.listed[0][0])}至{card.month}；灰线为均值和正常波动上下限"
    return [html.H2(card.name), html.P(note, className="quiet")]


def _chart(card: Card) -> dict[str, Any]:
    """The figure over time with its target, mean and limits, as plain data: Plotly's own classes would check it all."""
    days, values = [day for day, _ in card.listed], [float(value) for _, value in card.listed]
    marks = [(float(height), said, GREY, "solid" if said == "均值" else "dot") for height, said in figures.levels(card)]
    if card.target is not None:
        marks.append((float(card.target), "", ORANGE, "dash"))
    return {
        "data": [
            {
                "type": "scatter", "mode": "lines+markers", "x": days, "y": values,
                "line": {"color": BLUE, "width": 2.5}, "marker": {"color": BLUE, "size": 7},
                "text": [f"{chinese(day)} {figures.shown(value, card.decimals)}{card.unit}" for day, value in card.listed],
                "hovertemplate": "%{text}<extra></extra>",
            }
        ],
        "layout": {
            "height": 282, "margin": {"l": 8, "r": 48, "t": 20, "b": 36}, "showlegend": False, "dragmode": False,
            "hovermode": "closest", "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)",
            "xaxis": _periods(days),
            "yaxis": {"gridcolor": PALE, "tickformat": ",~f", "ticksuffix": card.unit, "automargin": True},
            "shapes": [_level(days, mark) for mark in marks],
            "annotations": [_last(card), *_goal(card), *(_beside(mark) for mark in marks if mark[1])],
        },
    }  # fmt: skip


def _periods(days: Sequence[date]) -> dict[str, Any]:
    """A mark at five of the months, the last one always."""
    marked = days[::-1][:: -(-len(days) // 5)]
    return {
        "type": "date", "tickvals": marked, "ticktext": [f"{day:%Y-%m}" for day in marked], "tickangle": 0,
        "fixedrange": True, "showgrid": False, "zeroline": False, "ticks": "outside", "tickcolor": GREY,
    }  # fmt: skip


def _level(days: Sequence[date], mark: tuple[float, str, str, str]) -> dict[str, Any]:
    height, _, color, dash = mark
    look = {"color": color, "width": 1, "dash": dash}
    return {"type": "line", "x0": days[0], "x1": days[-1], "y0": height, "y1": height, "line": look}


def _beside(mark: tuple[float, str, str, str]) -> dict[str, Any]:
    height, said, *_ = mark
    return {"x": 1, "y": height, "xref": "x domain", "text": said, "showarrow": False, "xanchor": "left"}


def _goal(card: Card) -> list[dict[str, Any]]:
    """The target, named where its line begins."""
    if card.target is None:
        return []
    said = {"text": f"目标{figures.shown(card.target, card.decimals)}%", "xanchor": "left", "yanchor": "bottom"}
    return [{"x": card.listed[0][0], "y": float(card.target), "showarrow": False, **said}]


def _last(card: Card) -> dict[str, Any]:
    (_, before), (day, value) = card.listed[-2:]
    return {
        "x": day, "y": float(value), "text": f"{card.value}{card.unit}", "showarrow": False,
        "yshift": 14 if value >= before else -14,
    }  # fmt: skip


app = Dash(title="指标看板", update_title=None, compress=True)
app.layout = layout
server = app.server


@app.callback(
    Output("head", "children"),
    Output("cards", "children"),
    *(Output(f"heading-{at}", "children") for at in range(CHARTS)),
    *(Output(f"chart-{at}", "figure") for at in range(CHARTS)),
    Input("theme", "value"),
    Input("month", "value"),
    prevent_initial_call=True,
)
def choose(theme: str, month: str) -> tuple[Any, ...]:
    """What another theme or month changes."""
    head, listed, headings, charts = page(theme, month)
    return head, listed, *headings, *charts


@app.callback(
    Output("file", "data"),
    Input("download", "n_clicks"),
    State("theme", "value"),
    prevent_initial_call=True,
)
def download(_: int, theme: str) -> Any:
    """All figures of the theme as CSV."""
    codes = [one["code"] for one in figures.of(theme)["indicators"]]
    rows = (f"{code},{day},{value}" for code in codes for day, value in figures.figures()[code])
    return dcc.send_string("\n".join(rows), "figures.csv")
