"""The ranking of 街镇 -> a dot plot: one row each, best first. A click on a row leads to the page of that 街镇."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from typing import Any

import plotly.graph_objects as go

from metrics.board.chart import BLUE, GREY, HATCH, MARKS, PALE, TEMPLATE, TICK, room
from metrics.board.streets import Panel, Ranking, Row
from metrics.model import Kind
from metrics.period import chinese

ROW, LINE = 26, 17  # pixels of a 街镇, and of the words above the chart
LOOKS = {"good": ("circle", "#0f766e"), "warn": ("triangle-up", "#b7791f"), "bad": ("square", "#c2410c")}
PLAIN = ("circle", BLUE)
UNDECIDED = ("diamond-open", GREY)
FEW = 5  # a count so small has no halves on its axis
FROM_ZERO = 50  # percent: a rate below it has its axis from 0


def dots(found: Ranking, panel: Panel, *, kind: Kind) -> go.Figure | None:
    """A dot for a figure, an open line for a bound or a range; the target and the district as vertical lines."""
    if not panel.rows:
        return None
    first, last = reach(found, kind)
    rows, lines = panel.rows, _lines(found)
    above = 8 + LINE * len(lines)
    layout = {
        "height": len(rows) * ROW + MARKS + 5 + above, "showlegend": False,
        "margin": {"l": _left(rows), "r": 20, "t": above, "b": MARKS},
        "hovermode": "closest", "dragmode": False, "template": TEMPLATE, "xaxis": _x(first, last, found.unit), "yaxis": _y(rows),
        "shapes": [shape for shape, _ in lines],
        "annotations": [*_values(rows), *(text for _, text in lines)],
    }  # fmt: skip
    return go.Figure([*_open(rows, first, last), _dots(rows)], layout)


def note(found: Ranking, panel: Panel, *, kind: Kind) -> str:
    """Unit, period and source, and what the signs on the chart are."""
    open_ended = any(row.low != row.high for row in panel.rows)
    judged = any(row.badge for row in panel.rows)
    first = reach(found, kind)[0] if panel.rows else 0
    said = [
        f"单位：{found.unit}", chinese(found.period), "出处见下表",
        "斜线段为“超”“不足”或范围的可能取值" if open_ended else "", "点的形状和颜色为状态" if judged else "",
        f"横轴从{first:.0f}{found.unit}起" if first else "",
    ]  # fmt: skip
    return "；".join(part for part in said if part)


def reach(found: Ranking, kind: Kind) -> tuple[float, float]:
    """First and last value of the axis, the same for all kinds of 街镇; from 0 but for rates that are all high."""
    rows = [row for panel in found.panels for row in panel.rows]
    marked = [mark[1] for mark in (found.whole, found.target) if mark]
    ends = [end for row in rows for end in (row.low, row.high) if end is not None]
    least, most = min([*ends, *marked]), max([*ends, *marked])
    first = 10 * (least // 10) if kind is Kind.RATIO and least > FROM_ZERO else min(0.0, least)
    if kind is Kind.RATIO and first == most:
        first -= 10
    return first, most if most > first else first + 1


def _x(first: float, last: float, unit: str) -> dict[str, Any]:
    beside = (last - first) / 30
    by_ones = {"dtick": 1} if 1 <= last - first <= FEW and unit != "%" else {}
    return {
        "range": [first - beside, last + beside], "domain": [0, 0.74], "showgrid": False, "zeroline": False,
        "fixedrange": True, "ticks": "outside", "tickcolor": GREY, "nticks": 5, "tickformat": ",~f",
        "ticksuffix": "%" if unit == "%" else "", "tickfont": {"size": 12}, **by_ones,
    }  # fmt: skip


def _left(rows: Sequence[Row]) -> int:
    """Pixels for the longest name."""
    return max(room(name, size=13) for name in _names(rows))


def _names(rows: Sequence[Row]) -> list[str]:
    return [f"{row.place or '—'}  {row.short}" for row in rows]


def _y(rows: Sequence[Row]) -> dict[str, Any]:
    names = [html.escape(name) for name in _names(rows)]
    return {
        "range": [len(rows) - 0.4, -0.6], "tickvals": list(range(len(rows))), "ticktext": names, "showgrid": True,
        "gridcolor": PALE, "griddash": "dot", "zeroline": False, "fixedrange": True, "automargin": True,
        "tickfont": {"size": 13},
    }  # fmt: skip


def _look(row: Row) -> tuple[str, str]:
    """Shape and colour: of the status, blue where no target applies."""
    return PLAIN if row.badge is None else LOOKS.get(row.badge.tone, UNDECIDED)


def _dots(rows: Sequence[Row]) -> dict[str, Any]:
    """A figure that is not exact is hollow."""
    looks = [_look(row) for row in rows]
    colors = [color for _, color in looks]
    symbols = [
        symbol if row.exact or symbol.endswith("-open") else f"{symbol}-open"
        for row, (symbol, _) in zip(rows, looks, strict=True)
    ]
    return {
        "type": "scatter", "x": [row.at for row in rows], "y": list(range(len(rows))), "mode": "markers",
        "marker": {"symbol": symbols, "color": colors, "size": 11, "line": {"width": 2, "color": colors}},
        "customdata": [[f"/street?region={row.region}", html.escape(_said(row))] for row in rows],
        "hovertemplate": "%{customdata[1]}<extra></extra>", "cliponaxis": False,
    }  # fmt: skip


def _said(row: Row) -> str:
    status = f" {row.badge.mark}{row.badge.word}" if row.badge else ""
    return f"{row.name} {row.value}{f'（{row.parts}）' if row.parts else ''}{status} · 点击看这个街镇"


def _open(rows: Sequence[Row], first: float, last: float) -> Iterator[dict[str, Any]]:
    """Where a bound or a range leaves it open: hatched as far as the figure can be, to the edge where nothing limits it."""
    open_rows = [(at, row) for at, row in enumerate(rows) if row.low != row.high]
    if open_rows:
        lows = [first if row.low is None else row.low for _, row in open_rows]
        highs = [last if row.high is None else row.high for _, row in open_rows]
        yield {
            "type": "bar", "orientation": "h", "y": [at for at, _ in open_rows], "base": lows, "width": 0.42,
            "x": [high - low for low, high in zip(lows, highs, strict=True)], "hoverinfo": "skip",
            "marker": {"color": BLUE, "pattern": HATCH, "line": {"color": BLUE, "width": 1}},
        }  # fmt: skip


def _values(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The figure of each row as printed, with the mark of its status, at the right edge."""
    return [
        {
            "x": 1, "xref": "paper", "y": at, "xanchor": "right", "showarrow": False, "font": {"size": 13},
            "text": html.escape(f"{row.value} {row.badge.mark}" if row.badge else row.value),
        }
        for at, row in enumerate(rows)
    ]  # fmt: skip


def _lines(found: Ranking) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The target and the district's reported figure, named above the chart, each in a line of its own."""
    marks = ((found.target, "目标", TICK, "dash"), (found.whole, "全区", GREY, "solid"))
    drawn = [(*mark, said, color, dash) for mark, said, color, dash in marks if mark]
    return [
        (_upright(at, color, dash), _above(at, f"{said}{text}", LINE * row))
        for row, (text, at, said, color, dash) in enumerate(drawn)
    ]


def _upright(at: float, color: str, dash: str) -> dict[str, Any]:
    return {
        "type": "line", "x0": at, "x1": at, "yref": "paper", "y0": 0, "y1": 1, "layer": "below",
        "line": {"color": color, "width": 1.5, "dash": dash},
    }  # fmt: skip


def _above(at: float, text: str, shift: int) -> dict[str, Any]:
    return {
        "x": at, "y": 1, "yref": "paper", "yanchor": "bottom", "yshift": shift, "showarrow": False,
        "text": html.escape(text), "font": {"size": 12},
    }  # fmt: skip
