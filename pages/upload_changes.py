"""What the files would change, on screen: the table, what moves most, and who is in."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import streamlit as st

from metrics.board import derive, moved
from metrics.intake import changes, roll
from metrics.intake.bundle import Batch
from metrics.intake.check import Checked
from metrics.number import Qualifier, display
from pages import session, ui

DRAWN_ROWS = 20_000  # figures among which those that move most are looked for
LISTED = 100_000  # rows of the table of changes that can be downloaded


def shown(name: str, batch: Batch) -> None:
    """What would be new, revised or unchanged; a table; and a chart of what moves most."""
    board, whole = session.board(), batch.whole
    listed = changes.changes(whole, board.catalogue)
    ui.html("upload_changes.html", counts=whole.counts, changes=listed)
    if listed.more:
        st.download_button(
            "下载全部变化（CSV）", lambda: _changes_csv(whole), file_name="变化.csv", mime="text/csv", key=f"{name}.changes", on_click="ignore"
        )  # fmt: skip
    ui.charts(moved.drawn(_moves(whole)))


def _changes_csv(whole: Checked) -> bytes:
    every = changes.changes(whole, session.board().catalogue, most=LISTED)
    return changes.as_csv(every)


def _moves(whole: Checked) -> list[moved.Move]:
    if whole.rows.num_rows > DRAWN_ROWS:
        return []
    catalogue = session.board().catalogue
    found = changes.moved(whole, catalogue, _before(whole))
    return [_move(one, catalogue.indicators[one.code].decimals) for one in found]


def _move(one: changes.Moved, decimals: int) -> moved.Move:
    whole = Decimal(100) if one.unit == "%" else None
    printed = f"{display(one.before, decimals, whole=whole)} → {display(one.now, decimals, whole=whole)}{one.unit}"
    return moved.Move(
        name=one.label, since=one.since, unit=one.unit, before=float(one.before), now=float(one.now), printed=printed
    )


def _before(whole: Checked) -> changes.Series:
    """Exact figures of the store for the indicators of the files, by indicator and region, oldest first."""
    known: dict[tuple[str, str], list[Any]] = {}
    for code, facts in session.facts(codes(whole)).items():
        for fact in facts:
            seen = fact.observation
            value = derive.value(seen)
            if value is not None and seen.qualifier is Qualifier.EXACT:
                known.setdefault((code, seen.region), []).append((seen.period, value))
    return known


def codes(whole: Checked) -> tuple[str, ...]:
    """The indicators of the files."""
    given = set(whole.rows["indicator"].unique().to_pylist())
    return tuple(code for code in session.board().catalogue.indicators if code in given)


def rolls(batch: Batch) -> None:
    """Who is in, missing and late for each period, and the text to remind them with."""
    catalogue = session.board().catalogue
    for one in roll.rolls(batch.whole, catalogue, _known(batch.whole), today=session.today()):
        ui.html("upload_roll.html", roll=one)
        text = roll.reminder(one, catalogue, today=session.today())
        if text:
            ui.html("upload_now.html", said="催报文字，点右上角即可复制：")
            st.code(text, language=None, wrap_lines=True)


def _known(whole: Checked) -> roll.Known:
    return {
        (code, seen.region, seen.period.start, seen.period.end)
        for code, facts in session.facts(codes(whole)).items()
        for seen in (fact.observation for fact in facts)
        if seen.value is not None or seen.numerator is not None or seen.state is not None or seen.written is not None
    }
