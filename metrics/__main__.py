"""The command line: python -m metrics figures | docs. The same code as the pages use."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from metrics import catalogue, store
from metrics.board import derive, query, table
from metrics.errors import Refused, speak_chinese
from metrics.period import SHANGHAI
from metrics.start import Board, start

HERE = Path(__file__).resolve().parent.parent


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when done, 1 when refused with a message on standard error, 2 for wrong usage."""
    speak_chinese()
    given = parser().parse_args(arguments)
    try:
        result: int = given.run(given)
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    return result


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(
        prog="python -m metrics", description="The urban-management KPI dashboard, from the command line."
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    figures = commands.add_parser("figures", help="print every current figure and milestone")
    figures.add_argument("--theme", help="only this theme's code")
    figures.add_argument("--code", help="only this indicator's code")
    figures.add_argument(
        "--as-of", type=calendar_day, metavar="DATE", help="as known at the end of that day in Beijing, YYYY-MM-DD"
    )
    figures.add_argument("--json", action="store_true", help="a JSON list of objects on standard output")
    _common(figures)
    figures.set_defaults(run=run_figures)
    docs = commands.add_parser("docs", help="write config.schema.json again from the declaration")
    docs.set_defaults(run=run_docs)
    return top


def _common(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--config", type=Path, default=HERE / "config.yaml", metavar="PATH", help="another config.yaml"
    )
    command.add_argument("--store", metavar="URL", help="another store, duckdb:PATH")


def calendar_day(text: str) -> date:
    """A day written YYYY-MM-DD."""
    return date.fromisoformat(text)


def run_figures(given: argparse.Namespace) -> int:
    """Print what is current, or was known on --as-of."""
    board = start(given.config, at=datetime.now(UTC), store_url=given.store)
    try:
        listed = figures(board, theme=given.theme, code=given.code, as_of=given.as_of)
    finally:
        board.store.close()
    print(json.dumps(listed, ensure_ascii=False, indent=1) if given.json else _lines(listed))
    return 0


def figures(board: Board, *, theme: str | None, code: str | None, as_of: date | None) -> list[dict[str, Any]]:
    """Rows of the indicators chosen; `Refused` when the theme or code is not in the catalogue."""
    chosen = _chosen(board, theme, code)
    facts = query.facts(board.store, derive.sources(board.catalogue, chosen), as_of=as_of)
    known = store.releases(board.store)
    today = as_of or datetime.now(SHANGHAI).date()
    return table.rows(board.catalogue, derive.with_derived(board.catalogue, facts), known, chosen, today=today)


def _chosen(board: Board, theme: str | None, code: str | None) -> list[str]:
    indicators, sections = board.catalogue.indicators, [section.code for section in board.catalogue.sections]
    if theme is not None and theme not in sections:
        raise Refused(f"没有编码为 {theme} 的主题。可用：{'、'.join(sections)}。 Unknown theme.")
    if code is not None and code not in indicators:
        raise Refused(f"没有编码为 {code} 的指标。 Unknown indicator code.")
    return [
        one for one in indicators
        if code in {None, one} and theme in {None, board.catalogue.section_of[one].code}
    ]  # fmt: skip


def _lines(listed: Sequence[dict[str, Any]]) -> str:
    return "\n".join(
        "\t".join(
            str(cell)
            for cell in (
                row["code"],
                row["name"],
                row["region_name"],
                row["period"],
                row["display"] or row["state"],
                row["status"] or "",
            )
        )
        for row in listed
    )


def run_docs(_: argparse.Namespace) -> int:
    """Write what is generated from the declaration."""
    text = json.dumps(catalogue.schema(), ensure_ascii=False, indent=2) + "\n"
    (HERE / "config.schema.json").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
