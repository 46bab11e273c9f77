"""What a view says -> Plotly figures. One look for all; no text is taken for HTML; missing is never drawn."""

from __future__ import annotations

import html
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import plotly.graph_objects as go

from metrics import spc
from metrics.board.series import Line, Point
from metrics.board.significance import Level
from metrics.board.view import Card, ThemeView
from metrics.model import Kind, Theme
from metrics.period import months_between
from metrics.spc import Variation

BLUE = "#3a78b5"
PALE = "rgba(128,145,165,0.22)"
GREY = "#8392a7"
TICK = "#c2410c"
SIGNALS = {
    Variation.IMPROVEMENT: ("异常变化，趋好", "circle", "#0f766e"),
    Variation.CONCERN: ("异常变化，需关注", "diamond", "#c2410c"),
    Variation.CHANGE: ("异常变化", "square", "#5b6678"),
}
ROW = 46
FEW = 5  # below that a count is marked one by one
MARKS = 44  # pixels for the marks below a chart: with less, Plotly draws it twice, the second time with as many
TEMPLATE: dict[str, Any] = {
    "data": {"scatter": [{"marker": {"line": {"width": 0}}}]}
}  # all that we need of Streamlit's 4 KB
NARROW, MIDDLE = "\u2e7f", {",": 4, ".": 4, " ": 4, "%": 11}
CHANGE, SHORT = 17, 8  # pixels for the words of a change above the chart, and how many of them
Mark = tuple[dict[str, Any], dict[str, Any] | None]
HATCH = {"shape": "/", "fgcolor": BLUE, "bgcolor": "rgba(0,0,0,0)", "size": 6, "solidity": 0.35}
RATIO_NOTE = "单位：%；期间和出处见各指标；实心为确定部分，斜线为“超”“不足”等未定部分，竖线为目标值"
CONFIG: dict[str, Any] = {
    "displaylogo": False,
    "displayModeBar": "hover",
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d", "zoom2d", "pan2d", "zoomIn2d", "zoomOut2d"],
    "responsive": True,
}


def ratios(cards: Sequence[Card]) -> go.Figure | None:
    """Rates from 0 to 100: solid as far as is certain, hatched where a bound leaves it open, a tick at the target."""
    drawn = [card for card in cards if card.bar]
    if not drawn:
        return None
    rows = list(range(len(drawn)))
    data = [
        _bars(rows, [100.0] * len(rows), color=PALE, cards=drawn),
        _bars(rows, [card.bar.solid if card.bar else 0 for card in drawn], color=BLUE, cards=drawn),
        _open_bars(drawn),
        _targets(drawn),
    ]
    return _rows(data, drawn, x={"range": [0, 100.5], "tickvals": [0, 25, 50, 75, 100], "ticksuffix": "%"})


def _bars(rows: list[int], lengths: list[float], *, color: str, cards: Sequence[Card]) -> dict[str, Any]:
    """A bar a row, each leading to its indicator when it is clicked."""
    return {
        "type": "bar", "y": rows, "x": lengths, "orientation": "h", "width": 0.3, "marker": {"color": color},
        "customdata": [[address(card.code)] for card in cards], "hoverinfo": "none",
    }  # fmt: skip


def address(code: str) -> str:
    """Where a click on a figure of the indicator leads; the first of a point's customdata (board.js)."""
    return f"/indicator?code={code}"


def _open_bars(cards: Sequence[Card]) -> dict[str, Any]:
    rows = [row for row, card in enumerate(cards) if card.bar and card.bar.open_to is not None]
    openly = [card for card in cards if card.bar and card.bar.open_to is not None]
    bars = [card.bar for card in openly if card.bar]
    return {
        **_bars(rows, [(bar.open_to or 0) - bar.solid for bar in bars], color=BLUE, cards=openly),
        "base": [bar.solid for bar in bars],
        "marker": {"color": BLUE, "pattern": HATCH, "line": {"color": BLUE, "width": 1}},
    }


def _targets(cards: Sequence[Card]) -> dict[str, Any]:
    at = [(card.bar.tick, row) for row, card in enumerate(cards) if card.bar and card.bar.tick is not None]
    return {
        "type": "scatter",
        "x": [tick for tick, _ in at],
        "y": [row for _, row in at],
        "mode": "markers",
        "marker": {"symbol": "line-ns-open", "size": 18, "color": TICK, "line": {"width": 3, "color": TICK}},
        "hovertemplate": "目标 %{x}%<extra></extra>",
        "cliponaxis": False,
    }


def campaign(cards: Sequence[Card]) -> go.Figure | None:
    """Ranked bars of the parts that share a unit and a period, a panel for each, from zero; None when no two parts do."""
    alike: dict[tuple[str, str], list[Card]] = defaultdict(list)
    for card in cards:
        if card.number is not None:
            alike[card.unit, card.period].append(card)
    panels = [sorted(group, key=lambda c: -(c.number or 0)) for group in alike.values() if len(group) > 1]
    if not panels:
        return None
    total = sum(len(panel) for panel in panels)
    data: list[dict[str, Any]] = []
    layout: dict[str, Any] = _size(rows=total, bottom=8)
    texts, done = [], 0
    for index, panel in enumerate(panels, start=1):
        axis = "" if index == 1 else str(index)
        bars = _bars(list(range(len(panel))), [card.number or 0 for card in panel], color=BLUE, cards=panel)
        data.append({**bars, "xaxis": f"x{axis}", "yaxis": f"y{axis}"})
        texts += _texts(panel, axis=axis)
        top, done = 1 - done / total, done + len(panel)
        longest = max(card.number or 0 for card in panel)
        layout[f"xaxis{axis}"] = _x(
            {"range": [0, longest * 1.02], "showticklabels": False, "ticks": "", "anchor": f"y{axis}"}
        )
        layout[f"yaxis{axis}"] = {
            **_y(len(panel)), "domain": [max(0.0, 1 - done / total), top], "anchor": f"x{axis}",
        }  # fmt: skip
    return go.Figure(data, {**layout, "annotations": texts})


def calendar(cards: Sequence[Card]) -> go.Figure | None:
    """Which days each figure stands for: a bar from first to last day, a dot for one day, hatched where it was inferred."""
    drawn = [card for card in cards if card.end is not None]
    if not drawn:
        return None
    first = min(card.start or card.end for card in drawn if card.end)
    data = [_span(row, card, first) for row, card in enumerate(drawn)]
    return _rows(
        data, drawn, x=_months(first, max(min(card.end, card.known or card.end) for card in drawn if card.end))
    )


def _months(first: date, last: date) -> dict[str, Any]:
    """A date axis with at most seven marks, each on the first of a month."""
    months = months_between(first, last)
    if months < 2:  # noqa: PLR2004
        return {"type": "date", "tickformat": "%m-%d", "nticks": 5}
    return {"type": "date", "tickformat": "%Y-%m", "dtick": f"M{months // 6 + 1}", "tick0": f"{first:%Y-%m}-01"}


def _span(row: int, card: Card, first: date) -> dict[str, Any]:
    assert card.end is not None
    start = card.start or first
    end = min(card.end, card.known or card.end)
    hover = html.escape(f"{card.period}{'（' + card.inferred + '）' if card.inferred else ''}")
    return {
        "type": "scatter",
        "x": [start, end],
        "y": [row, row],
        "mode": "lines+markers",
        "line": {"color": BLUE, "width": 7 if card.start else 3, "dash": "solid" if card.start else "dot"},
        "marker": {
            "color": BLUE,
            "size": [9 if card.start and card.start < card.end else 0, 11],
            "symbol": ["circle", "triangle-right" if end < card.end else "circle-open" if card.inferred else "circle"],
            "line": {"width": 2, "color": BLUE},
        },
        "customdata": [[address(card.code)]] * 2,
        "hovertemplate": f"{hover}<extra></extra>",
        "cliponaxis": False,
    }


def series(line: Line, *, to: str = "") -> go.Figure | None:
    """The figure over time with its target and schedule; steps for what is counted down, from zero.

    None with fewer than two points. A gap breaks the line; a bound stands apart as an arrow head. A click leads to the
    address `to`, where there is one.
    """
    drawn = [point for point in line.points if point.value is not None]
    if len(drawn) < 2:  # noqa: PLR2004
        return None
    marks = [*_levels(line), *_changes(line), *_goals(line)]
    named = any(level.end == len(line.points) for level in line.judged.levels)
    layout: dict[str, Any] = {
        **_size(rows=5, bottom=MARKS),
        "shapes": [shape for shape, _ in marks],
        "annotations": [_last(line, drawn, beside=named), *(text for _, text in marks if text)],
        "xaxis": _x(_periods(line)),
        "yaxis": _heights(line),
        "margin": {"l": _left(line), "r": 48 if named else 16, "t": 22 + CHANGE * len(line.changes), "b": MARKS},
    }
    layout["height"] += CHANGE * len(line.changes)
    return go.Figure(
        [*_projected(line), _line(line, to), *_bounds(line, to), *_schedule(line), *_signals(line, to)], layout
    )


def _left(line: Line) -> int:
    """Pixels for the highest mark of the axis of values."""
    marked = [point.value or 0 for point in line.points] + [goal.value for goal in line.goals]
    return room(f"{max(map(abs, marked)) * 1.05:,.0f}{line.unit}")


def room(text: str, *, size: int = 12) -> int:
    """Pixels for a mark left of an axis. Where it needs more, Plotly finds out after it has drawn, and draws all once more."""
    return 21 + sum(size if char > NARROW else MIDDLE.get(char, 7) for char in text)


def _heights(line: Line) -> dict[str, Any]:
    below = any((point.value or 0) < 0 for point in line.points)
    limited = any(level.limits for level in line.judged.levels)
    return {
        **_whole_steps(line),
        "rangemode": "normal" if below or limited else "tozero",
        "gridcolor": PALE,
        "tickformat": ",~f",
        "ticksuffix": line.unit,
    }


def _whole_steps(line: Line) -> dict[str, Any]:
    """Of a few things there is no half."""
    values = [point.value for point in line.points if point.value is not None]
    few = line.unit != "%" and max(values) < FEW and all(value == int(value) for value in values)
    return {"dtick": 1} if few else {}


def _last(line: Line, drawn: Sequence[Point], *, beside: bool) -> dict[str, Any]:
    """The last figure, on the side of its point that the line does not come from; left where words stand `beside` it."""
    before, last = drawn[-2:]
    above = (last.value or 0) >= (before.value or 0)
    return {
        "x": last.day, "y": last.value, "text": html.escape(last.printed), "showarrow": False,
        "yshift": 14 if above else -14, "xanchor": "right" if line.outlook.path or beside else "center",
    }  # fmt: skip


def _goals(line: Line) -> Iterator[Mark]:
    """A dashed level over the periods judged by it, named where it begins: that is where figures are farthest from it.

    One that begins late is named before it: above it stands the last figure.
    """
    (first, last), days = _reach(line), _days(line)
    middle = days[0] + (days[-1] - days[0]) / 2
    for goal in line.goals:
        begin, end = goal.since or first, goal.until or last
        shape = {
            "type": "line", "x0": begin, "x1": end, "y0": goal.value, "y1": goal.value,
            "line": {"color": TICK, "width": 1.5, "dash": "dash"},
        }  # fmt: skip
        side = (
            {"xanchor": "left", "yanchor": "bottom"} if begin <= middle else {"xanchor": "right", "yanchor": "middle"}
        )
        text = {
            "x": begin, "y": goal.value, "text": html.escape(f"目标{goal.printed}"), "showarrow": False, **side,
        }  # fmt: skip
        yield shape, text


def _changes(line: Line) -> Iterator[Mark]:
    """A thin line at each change, its words above the chart in a row of their own, so that no two meet."""
    days = _days(line)
    middle = days[0] + (days[-1] - days[0]) / 2
    for row, change in enumerate(reversed(line.changes)):
        short = change.what if len(change.what) <= SHORT else f"{change.what[: SHORT - 1]}…"
        shape = {
            "type": "line", "x0": change.on, "x1": change.on, "yref": "y domain", "y0": 0, "y1": 1, "layer": "below",
            "line": {"color": GREY, "width": 1},
        }  # fmt: skip
        text = {
            "x": change.on, "y": 1, "yref": "y domain", "yshift": CHANGE * row, "yanchor": "bottom", "showarrow": False,
            "xanchor": "left" if change.on <= middle else "right", "text": html.escape(f"{change.on:%Y-%m} {short}"),
        }  # fmt: skip
        yield shape, text


def _days(line: Line) -> list[date]:
    """The ends of the periods drawn, and of the months that are projected."""
    return [point.day for point in line.points] + [day for day, *_ in line.outlook.path[1:]]


def _projected(line: Line) -> Iterator[go.Scatter]:
    """The range by the due date: hatched between dotted edges, never a line with points."""
    path = line.outlook.path
    if path:
        lower = [float(low) for _, low, _ in path]
        upper = [float(high) for _, _, high in path]
        days = [day for day, *_ in path]
        yield go.Scatter(
            x=[*days, *reversed(days)], y=[*upper, *reversed(lower)], mode="lines", fill="toself", fillpattern=HATCH,
            line={"color": BLUE, "width": 1, "dash": "dot"}, hoverinfo="skip",
        )  # fmt: skip


def _periods(line: Line) -> dict[str, Any]:
    """A date axis marked where periods end, at most five of them and the last one always: as many as a phone has room for."""
    days = _days(line)
    marked = days[::-1][:: -(-len(days) // 5)]
    return {
        "type": "date", "tickvals": marked, "ticktext": [f"{day:%Y-%m}" for day in marked], "tickangle": 0,
        "range": list(_reach(line)),
    }  # fmt: skip


def _reach(line: Line) -> tuple[date, date]:
    """The two ends of the axis of time."""
    ends = [*_days(line), *(day for day, _ in line.schedule)]
    beside = max((max(ends) - min(ends)) / 20, timedelta(days=1))  # or half of the last mark would be cut off
    return min(ends) - beside, max(ends) + beside


def _line(line: Line, to: str) -> go.Scatter:
    return go.Scatter(
        x=[point.day for point in line.points],
        y=[point.value for point in line.points],
        mode="lines+markers",
        line={"color": BLUE, "width": 2.5, "shape": "hv" if line.kind is Kind.COUNTDOWN else "linear"},
        marker={"color": BLUE, "size": 7},
        customdata=[[to, html.escape(f"{point.period} {point.printed}")] for point in line.points],
        hovertemplate="%{customdata[1]}<extra></extra>",
        connectgaps=False,
    )


def _bounds(line: Line, to: str) -> Iterator[go.Scatter]:
    bounds = [point for point in line.points if point.bound is not None]
    if bounds:
        yield go.Scatter(
            x=[point.day for point in bounds],
            y=[point.bound for point in bounds],
            mode="markers",
            marker={
                "symbol": ["triangle-up-open" if point.upward else "triangle-down-open" for point in bounds],
                "size": 11,
                "color": BLUE,
            },
            customdata=[[to, html.escape(f"{point.period} {point.printed}")] for point in bounds],
            hovertemplate="%{customdata[1]}<extra></extra>",
        )


def _levels(line: Line) -> Iterator[Mark]:
    """The lines of each part over its own points only; those of the part that the series ends with are named."""
    for level in line.judged.levels:
        first, end = line.points[level.first].day, line.points[level.end - 1].day
        for height, said in _named(level, line):
            look = {"color": GREY, "width": 1, "dash": "dot" if "限" in said else "solid"}
            y = float(height)
            shape = {"type": "line", "x0": first, "x1": end, "y0": y, "y1": y, "line": look}
            yield shape, _beside(y, said) if level.end == len(line.points) else None


def _beside(height: float, said: str) -> dict[str, Any]:
    """Words in the margin to the right, where no point hides them."""
    return {"x": 1, "y": height, "xref": "x domain", "text": said, "showarrow": False, "xanchor": "left"}


def _named(level: Level, line: Line) -> Iterator[tuple[Decimal, str]]:
    """Mean and limits, or the median of a short part; a limit that the indicator cannot reach is left out."""
    if level.median is not None:
        yield level.median, "中位数<br>试算"
    if level.limits is not None:
        yield level.limits.mean, "均值"
        if line.maximum is None or level.limits.upper <= line.maximum:
            yield level.limits.upper, "上限"
        if line.minimum is None or level.limits.lower >= line.minimum:
            yield level.limits.lower, "下限"


def _signals(line: Line, to: str) -> Iterator[go.Scatter]:
    """The points that are no ordinary variation, by shape as well as colour."""
    for variation, (said, symbol, color) in SIGNALS.items():
        points = [
            point
            for point, mark in zip(line.points, line.judged.marks, strict=False)
            if mark is not None and spc.variation(mark, line.polarity) is variation and point.value is not None
        ]
        if points:
            yield go.Scatter(
                x=[point.day for point in points],
                y=[point.value for point in points],
                mode="markers",
                marker={"color": color, "size": 11, "symbol": symbol, "line": {"width": 1, "color": "white"}},
                customdata=[[to, html.escape(f"{point.period} {point.printed}（{said}）")] for point in points],
                hovertemplate="%{customdata[1]}<extra></extra>",
            )


def _schedule(line: Line) -> Iterator[go.Scatter]:
    if line.schedule:
        yield go.Scatter(
            x=[day for day, _ in line.schedule],
            y=[figure for _, figure in line.schedule],
            mode="lines",
            line={"color": GREY, "width": 1.5, "dash": "dot"},
            hovertemplate="序时进度 %{y}<extra></extra>",
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


def _texts(cards: Sequence[Card], *, axis: str = "") -> list[dict[str, Any]]:
    """Name and figure of each row."""
    return [
        text
        for row, card in enumerate(cards)
        for text in (_name(row, card.name, axis=axis), _label(row, f"{card.value}{card.unit}", axis=axis))
    ]


def _rows(data: list[dict[str, Any]], cards: Sequence[Card], *, x: dict[str, Any]) -> go.Figure:
    """A row a card. Given in one go: Plotly checks all annotations again for each one added later (30 ms a page, not 5)."""
    layout = {"xaxis": _x(x), "yaxis": _y(len(cards)), "annotations": _texts(cards)}
    return go.Figure(data, {**_size(rows=len(cards), bottom=MARKS), **layout})


def _size(*, rows: int, bottom: int) -> dict[str, Any]:
    return {
        "height": rows * ROW + bottom + 16,
        "margin": {"l": 12, "r": 16, "t": 8, "b": bottom},
        "barmode": "overlay",
        "showlegend": False,
        "hovermode": "closest",
        "dragmode": False,
        "template": TEMPLATE,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A figure with the heading and note that stand above it; `code` where it is of one indicator."""

    figure: go.Figure
    heading: str
    note: str
    key: str
    code: str = ""


def of_theme(view: ThemeView, theme: Theme, lines: Mapping[str, Line]) -> list[Drawn]:
    """The charts of a theme's page, those that matter most first; at most four."""
    drawn = [
        Drawn(figure=figure, heading=card.name, note=lines[card.code].note, key=card.code, code=card.code)
        for card in view.headlines
        if (figure := series(lines[card.code], to=address(card.code)))
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
        yield (
            campaign(cards),
            f"{part.name}：同单位的分项",
            "单位写在数后；期间和出处见各指标；每组单位相同、从零起；单位不同的不放在一根轴上",
            part.code,
        )
    dated = [card for card in view.cards if card.headline and card.end and not card.bar and card.points == 1]
    if len({(card.start, card.end) for card in dated}) > 1:
        yield (
            calendar(dated),
            "主要指标所属的期间",
            "按日期；出处见各指标；空心端为推定的日期，三角为公布时期间未结束，虚线为起始未说明",
            "calendar",
        )
