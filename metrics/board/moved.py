"""Before and after, for the figures that a file moves most: a hollow point, a line, a full point. One unit a panel."""

from __future__ import annotations

import html
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from metrics.board.chart import BLUE, GREY, PALE, Drawn

PANELS = 2
ROW = 62


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A figure before and now, as drawn and as printed; `since` says which period is compared with which."""

    name: str
    since: str
    unit: str
    before: float
    now: float
    printed: str


def drawn(moves: Sequence[Move]) -> list[Drawn]:
    """A chart for each unit, at most PANELS, those with most figures first; none for no moves."""
    by_unit: dict[str, list[Move]] = defaultdict(list)
    for move in moves:
        by_unit[move.unit].append(move)
    panels = sorted(by_unit.items(), key=lambda item: -len(item[1]))[:PANELS]
    note = "空心为原值或上一期，实心为这次上报"
    return [
        Drawn(
            figure=dumbbells(listed),
            heading="变化最大的指标",
            note=f"单位：{unit or '无'}；{note}",
            key=f"moved-{at}",
        )
        for at, (unit, listed) in enumerate(panels)
    ]


def dumbbells(moves: Sequence[Move]) -> go.Figure:
    """A row a figure, named above it, with both numbers; the axis begins at zero unless a figure is below."""
    rows = list(range(len(moves)))
    data = [
        _lines(moves),
        _points(rows, [move.before for move in moves], full=False),
        _points(rows, [move.now for move in moves], full=True),
    ]
    figures = [figure for move in moves for figure in (move.before, move.now)]
    least, most = min([0.0, *figures]), max([0.0, *figures])
    room = (most - least or 1.0) * 0.03
    layout = {
        "height": len(moves) * ROW + 52, "margin": {"l": 4, "r": 12, "t": 12, "b": 28}, "showlegend": False, "hovermode": False, "dragmode": False,
        "xaxis": {"range": [least - room, most + room], "gridcolor": PALE, "zeroline": False, "fixedrange": True, "tickformat": ",~f", "tickcolor": GREY},
        "yaxis": {"range": [len(moves) - 0.6, -0.85], "visible": False, "fixedrange": True},
        "annotations": [text for row, move in enumerate(moves) for text in _texts(row, move)],
    }  # fmt: skip
    return go.Figure(data, layout)


def _lines(moves: Sequence[Move]) -> dict[str, Any]:
    """All lines as one trace, broken between the rows."""
    ends = [(end, row) for row, move in enumerate(moves) for end in (move.before, move.now, None)]
    return {
        "type": "scatter", "mode": "lines", "x": [end for end, _ in ends], "y": [row for _, row in ends],
        "line": {"color": BLUE, "width": 3}, "connectgaps": False,
    }  # fmt: skip


def _points(rows: list[int], figures: list[float], *, full: bool) -> dict[str, Any]:
    symbol = "circle" if full else "circle-open"
    return {
        "type": "scatter", "mode": "markers", "x": figures, "y": rows, "cliponaxis": False,
        "marker": {"symbol": symbol, "size": 11, "color": BLUE, "line": {"width": 2, "color": BLUE}},
    }  # fmt: skip


def _texts(row: int, move: Move) -> tuple[dict[str, Any], dict[str, Any]]:
    """What it is and between which periods it moved, in two lines; and both numbers."""
    name = f'{html.escape(move.name)}<br><span style="font-size:12px">{html.escape(move.since)}</span>'
    return _text(row, name, left=True), _text(row, f"<b>{html.escape(move.printed)}</b>", left=False)


def _text(row: int, text: str, *, left: bool) -> dict[str, Any]:
    return {
        "x": 0 if left else 1, "y": row, "xref": "x domain", "yref": "y", "text": text, "showarrow": False, "align": "left",
        "xanchor": "left" if left else "right", "yanchor": "bottom", "yshift": 7, "font": {"size": 13},
    }  # fmt: skip
