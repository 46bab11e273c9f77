"""What a view says -> Plotly figures. One look for all; no text is taken for HTML; missing is never drawn."""

from __future__ import annotations

import html
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import plotly.graph_objects as go

from metrics.board.view import Card, ThemeView
from metrics.model import Kind, Theme

BLUE = "#3a78b5"
PALE = "rgba(128,145,165,0.22)"
GREY = "#8392a7"
TICK = "#c2410c"
ROW = 46
HATCH = {"shape": "/", "fgcolor": BLUE, "bgcolor": "rgba(0,0,0,0)", "size": 6, "solidity": 0.35}
RATIO_NOTE = "单位：%；实心为确定部分，斜线为“超”“不足”等未定部分，竖线为目标值"
CONFIG: dict[str, Any] = {
    "displaylogo": False,
    "displayModeBar": "hover",
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d", "zoom2d", "pan2d", "zoomIn2d", "zoomOut2d"],
    "responsive": True,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One period of a series: its end, the figure and how it is printed. value None breaks the line."""

    day: date
    value: float | None
    printed: str
    period: str


def ratios(cards: Sequence[Card]) -> go.Figure | None:
    """Rates from 0 to 100: solid as far as is certain, hatched where a bound leaves it open, a tick at the target."""
    drawn = [card for card in cards if card.bar]
    if not drawn:
        return None
    rows = list(range(len(drawn)))
    figure = go.Figure(
        [
            _bars(rows, [100.0] * len(rows), color=PALE),
            _bars(rows, [card.bar.solid if card.bar else 0 for card in drawn], color=BLUE),
            _open_bars(drawn),
            _targets(drawn),
        ]
    )
    for row, card in zip(rows, drawn, strict=True):
        figure.add_annotation(_name(row, card.name))
        figure.add_annotation(_label(row, f"{card.value}{card.unit}"))
    return _laid_out(
        figure, rows=len(rows), x={"range": [0, 100.5], "tickvals": [0, 25, 50, 75, 100], "ticksuffix": "%"}
    )


def _bars(rows: list[int], lengths: list[float], *, color: str) -> go.Bar:
    return go.Bar(y=rows, x=lengths, orientation="h", width=0.3, marker={"color": color}, hoverinfo="skip")


def _open_bars(cards: Sequence[Card]) -> go.Bar:
    rows = [row for row, card in enumerate(cards) if card.bar and card.bar.open_to is not None]
    bars = [card.bar for card in cards if card.bar and card.bar.open_to is not None]
    return go.Bar(
        y=rows,
        x=[(bar.open_to or 0) - bar.solid for bar in bars],
        base=[bar.solid for bar in bars],
        orientation="h",
        width=0.3,
        marker={"color": BLUE, "pattern": HATCH, "line": {"color": BLUE, "width": 1}},
        hoverinfo="skip",
    )


def _targets(cards: Sequence[Card]) -> go.Scatter:
    at = [(card.bar.tick, row) for row, card in enumerate(cards) if card.bar and card.bar.tick is not None]
    return go.Scatter(
        x=[tick for tick, _ in at],
        y=[row for _, row in at],
        mode="markers",
        marker={"symbol": "line-ns-open", "size": 18, "color": TICK, "line": {"width": 3, "color": TICK}},
        hovertemplate="目标 %{x}%<extra></extra>",
        cliponaxis=False,
    )


def campaign(cards: Sequence[Card]) -> go.Figure | None:
    """Ranked bars of the parts that share a unit, one panel a unit, each from zero; None when no two parts share one."""
    by_unit: dict[str, list[Card]] = defaultdict(list)
    for card in cards:
        if card.number is not None:
            by_unit[card.unit].append(card)
    panels = [sorted(group, key=lambda c: -(c.number or 0)) for group in by_unit.values() if len(group) > 1]
    if not panels:
        return None
    total = sum(len(panel) for panel in panels)
    figure, done = go.Figure(), 0
    for index, panel in enumerate(panels, start=1):
        axis = "" if index == 1 else str(index)
        rows = list(range(len(panel)))
        bars = _bars(rows, [card.number or 0 for card in panel], color=BLUE)
        figure.add_trace(bars.update(xaxis=f"x{axis}", yaxis=f"y{axis}"))
        for row, card in enumerate(panel):
            figure.add_annotation(_name(row, card.name, axis=axis))
            figure.add_annotation(_label(row, f"{card.value}{card.unit}", axis=axis))
        top, done = 1 - done / total, done + len(panel)
        longest = max(card.number or 0 for card in panel)
        figure.update_layout(
            {
                f"xaxis{axis}": _x(
                    {"range": [0, longest * 1.02], "showticklabels": False, "ticks": "", "anchor": f"y{axis}"}
                ),
                f"yaxis{axis}": {**_y(len(panel)), "domain": [max(0.0, 1 - done / total), top], "anchor": f"x{axis}"},
            }
        )
    return _sized(figure, rows=total, bottom=8)


def calendar(cards: Sequence[Card]) -> go.Figure | None:
    """Which days each figure stands for: a bar from first to last day, a dot for one day, hatched where it was inferred."""
    drawn = [card for card in cards if card.end is not None]
    if not drawn:
        return None
    first = min(card.start or card.end for card in drawn if card.end)
    figure = go.Figure()
    for row, card in enumerate(drawn):
        _span(figure, row, card, first)
        figure.add_annotation(_name(row, card.name))
        figure.add_annotation(_label(row, f"{card.value}{card.unit}"))
    return _laid_out(figure, rows=len(drawn), x=_months(first, max(card.end for card in drawn if card.end)))


def _months(first: date, last: date) -> dict[str, Any]:
    """A date axis with at most seven marks, each on the first of a month."""
    months = (last.year - first.year) * 12 + last.month - first.month
    if months < 2:  # noqa: PLR2004
        return {"type": "date", "tickformat": "%m-%d", "nticks": 5}
    return {"type": "date", "tickformat": "%Y-%m", "dtick": f"M{months // 6 + 1}", "tick0": f"{first:%Y-%m}-01"}


def _span(figure: go.Figure, row: int, card: Card, first: date) -> None:
    assert card.end is not None
    start = card.start or first
    hover = html.escape(f"{card.period}{'（' + card.inferred + '）' if card.inferred else ''}")
    figure.add_trace(
        go.Scatter(
            x=[start, card.end],
            y=[row, row],
            mode="lines+markers",
            line={"color": BLUE, "width": 7 if card.start else 3, "dash": "solid" if card.start else "dot"},
            marker={
                "color": BLUE,
                "size": [9 if card.start else 0, 11],
                "symbol": ["circle", "circle-open" if card.inferred else "circle"],
                "line": {"width": 2, "color": BLUE},
            },
            hovertemplate=f"{hover}<extra></extra>",
            cliponaxis=False,
        )
    )


def series(kind: Kind, points: Sequence[Point], *, unit: str, target: float | None = None) -> go.Figure | None:
    """The figure over time; steps for what is counted down, from zero; None with fewer than two points."""
    if sum(point.value is not None for point in points) < 2:  # noqa: PLR2004
        return None
    figure = go.Figure(
        go.Scatter(
            x=[point.day for point in points],
            y=[point.value for point in points],
            mode="lines+markers",
            line={"color": BLUE, "width": 2.5, "shape": "hv" if kind is Kind.COUNTDOWN else "linear"},
            marker={"color": BLUE, "size": 7},
            customdata=[html.escape(f"{point.period} {point.printed}") for point in points],
            hovertemplate="%{customdata}<extra></extra>",
            connectgaps=False,
        )
    )
    last = [point for point in points if point.value is not None][-1]
    figure.add_annotation(
        x=last.day, y=last.value, text=html.escape(last.printed), showarrow=False, yshift=14, xanchor="right"
    )
    if target is not None:
        figure.add_hline(y=target, line={"color": TICK, "width": 1.5, "dash": "dash"}, annotation_text="目标")
    _sized(figure, rows=5, bottom=36)
    lowest = min(0.0, *(point.value for point in points if point.value is not None))
    return figure.update_layout(
        xaxis=_x(_months(points[0].day, points[-1].day)),
        yaxis={
            "rangemode": "tozero" if lowest == 0 else "normal",
            "gridcolor": PALE,
            "tickformat": ",~f",
            "ticksuffix": unit,
        },
        margin={"l": 8, "r": 16, "t": 20, "b": 36},
    )


def _name(row: int, name: str, *, axis: str = "") -> dict[str, Any]:
    return {
        "x": 0, "y": row, "xref": f"x{axis} domain", "yref": f"y{axis}", "text": html.escape(name), "showarrow": False,
        "xanchor": "left", "yanchor": "bottom", "yshift": 7, "font": {"size": 13},
    }  # fmt: skip


def _label(row: int, text: str, *, axis: str = "") -> dict[str, Any]:
    return {
        **_name(row, text, axis=axis),
        "x": 1,
        "xanchor": "right",
        "xshift": -6,
        "text": f"<b>{html.escape(text)}</b>",
        "font": {"size": 14},
    }


def _x(extra: dict[str, Any]) -> dict[str, Any]:
    return {"showgrid": False, "zeroline": False, "fixedrange": True, "ticks": "outside", "tickcolor": GREY, **extra}


def _y(rows: int) -> dict[str, Any]:
    return {
        "range": [rows - 0.55, -0.8],
        "showticklabels": False,
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
    }


def _laid_out(figure: go.Figure, *, rows: int, x: dict[str, Any]) -> go.Figure:
    return _sized(figure.update_layout(xaxis=_x(x), yaxis=_y(rows)), rows=rows, bottom=32)


def _sized(figure: go.Figure, *, rows: int, bottom: int) -> go.Figure:
    return figure.update_layout(
        height=rows * ROW + bottom + 16,
        margin={"l": 4, "r": 12, "t": 8, "b": bottom},
        barmode="overlay",
        showlegend=False,
        hovermode="closest",
        dragmode=False,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A figure with the heading and note that stand above it."""

    figure: go.Figure
    heading: str
    note: str
    key: str


def of_theme(view: ThemeView, theme: Theme, points: Mapping[str, Sequence[Point]]) -> list[Drawn]:
    """The charts of a theme's page, those that matter most first; at most four."""
    drawn = [
        Drawn(figure=figure, heading=card.name, note=f"单位：{card.unit}；缺报的期间断开，不补零", key=card.code)
        for card in view.headlines
        if (figure := series(card.kind, points[card.code], unit=card.unit))
    ]
    parts = [(figures, heading, note, key) for figures, heading, note, key in _panels(view, theme) if figures]
    drawn += [Drawn(figure=figure, heading=heading, note=note, key=key) for figure, heading, note, key in parts]
    return drawn[:4]


def _panels(view: ThemeView, theme: Theme) -> Iterator[tuple[go.Figure | None, str, str, str]]:
    rates = [card for card in view.cards if card.bar]
    if len(rates) > 1:
        yield ratios(rates), f"{len(rates)}项比率", RATIO_NOTE, "ratios"
    for part in theme.campaigns:
        cards = [card for card in view.cards if card.campaign == part.code]
        yield campaign(cards), f"{part.name}：同单位的分项", "每组单位相同、从零起；单位不同的不放在一根轴上", part.code
    dated = [card for card in view.cards if card.headline and card.end and not card.bar and card.points == 1]
    if len(dated) > 1:
        yield calendar(dated), "主要指标所属的期间", "空心端为推定的日期；虚线为起始未说明", "calendar"
