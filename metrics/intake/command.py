"""The writing commands, the same for the command line and for a board that runs them for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from metrics.errors import Refused
from metrics.intake.check import Checked, Upload, check
from metrics.intake.submit import confirm, restore, withdraw
from metrics.number import half_up, ratio
from metrics.period import SHANGHAI, Period
from metrics.store import events, files, releases

if TYPE_CHECKING:
    from metrics.start import Board

ACCEPTED, REFUSED, WAITS = 0, 1, 3
ROWS_PRINTED = 100_000
DECIMALS = ("value", "lower", "upper", "numerator", "denominator")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command as given. `name`: check, load, undo, restore or releases."""

    name: str
    file: str = ""
    data: bytes = b""
    by: str = ""
    reason: str | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    yes: bool = False
    number: int = 0


def run(board: Board, command: Command, *, at: datetime) -> tuple[int, Any]:
    """Exit code and what is printed as JSON; `Refused` for what was never checked, such as a wrong release number."""
    if command.name in {"check", "load"}:
        return _file(board, command, at)
    if command.name == "undo":
        withdraw(board.store, command.number, by=command.by, reason=command.reason or "", at=at)
    elif command.name == "restore":
        restore(board.store, command.number, by=command.by, reason=command.reason or "", at=at)
    return ACCEPTED, _releases(board, command.number)


def _file(board: Board, command: Command, at: datetime) -> tuple[int, Any]:
    upload = Upload(name=command.file, data=command.data)
    checked = check(board.store, board.catalogue, [upload], at=at, answers=command.answers, reason=command.reason)
    code = REFUSED if checked.refused else WAITS if checked.asks else ACCEPTED
    release = checked.release
    if command.name == "load" and code == ACCEPTED:
        if not command.yes:
            code = WAITS
        else:
            release = confirm(board.store, checked, by=command.by, at=at).release_id
    return code, as_object(board, checked, release)


def as_object(board: Board, checked: Checked, release: int | None) -> dict[str, Any]:
    """A check as the one JSON object that is printed; figures as decimal strings."""
    file = checked.files[0] if checked.files else None
    sheets = [one.sheet.name for one in checked.layouts]
    return {
        "accepted": checked.accepted,
        "file": {
            "name": checked.uploads[0].name,
            "sha256": file.sha256 if file else None,
            "kind": file.kind if file else None,
            "sheet": sheets[0] if sheets else None,
            "sheets": sheets,
            "header_row": checked.layouts[0].header_row if checked.layouts else None,
            "encoding": file.encoding if file else None,
            "delimiter": file.delimiter if file else None,
        },
        "findings": [{**asdict(finding), "severity": finding.severity.value} for finding in checked.findings],
        "totals": dict(checked.totals),
        "changes": asdict(checked.counts),
        "rows": _rows(board, checked),
        "release": release,
    }


def _rows(board: Board, checked: Checked) -> list[dict[str, Any]]:
    indicators = board.catalogue.indicators
    return [
        _row(row, indicators[row["indicator"]].decimals)
        for row in checked.rows.sort_by("row_no").slice(0, ROWS_PRINTED).to_pylist()
    ]


def _row(row: dict[str, Any], decimals: int) -> dict[str, Any]:
    plain = ("region", "qualifier", "obs_status", "state", "planned", "actual", "note", "written", "sheet", "change")
    figures = {name: text(row[name]) for name in DECIMALS}
    if figures["value"] is None and row["numerator"] is not None and row["denominator"]:
        computed = ratio(row["numerator"], row["denominator"])
        figures["value"] = text(half_up(computed, max(2, decimals))) if computed is not None else None
    return {
        "code": row["indicator"], "period": row["named"], **{name: row[name] for name in plain}, **figures,
        "period_start": str(row["period_start"]) if row["period_start"] else None, "period_end": str(row["period_end"]),
        "inferred": row["inferred"].split(",") if row["inferred"] else [], "row": row["source_row"], "cell": row["source_cell"],
        "display_period": str(Period(row["period_start"], row["period_end"])),
    }  # fmt: skip


def text(value: Decimal | None) -> str | None:
    """A decimal without trailing zeros; None stays None."""
    if value is None:
        return None
    plain = f"{value:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _releases(board: Board, number: int) -> list[dict[str, Any]]:
    """Every release, newest first, with its files and what happened to it; only `number` when it is not 0."""
    happened = events(board.store)
    listed = []
    for release in reversed(releases(board.store)):
        if number in {0, release.release_id}:
            row = asdict(release) | {
                name: getattr(release, name).astimezone(SHANGHAI).isoformat() for name in ("known_from", "received_at")
            }
            row["files"] = [
                {"name": file.name, "sha256": file.sha256, "size": file.size}
                for file in files(board.store, release.release_id)
            ]
            row["events"] = [
                {"event": one.event, "at": one.at.astimezone(SHANGHAI).isoformat(), "by": one.by, "reason": one.reason}
                for one in happened if one.release_id == release.release_id
            ]  # fmt: skip
            listed.append(row)
    if number and not listed:
        raise Refused(f"没有版本{number}。请用 releases 查看编号。")
    return listed
