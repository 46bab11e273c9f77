"""The commands that take files and notes in and hand figures out: the same here and in a board that runs them for the command line."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from metrics import account, backup, doctor
from metrics.account import Account, Role
from metrics.board import commentary, derive, export, query
from metrics.board.commentary import Note
from metrics.catalogue import Catalogue
from metrics.doctor import Check
from metrics.errors import Refused
from metrics.intake import comment
from metrics.intake.check import Checked, Upload, check
from metrics.intake.comment import Entry
from metrics.intake.finding import Finding, Severity
from metrics.intake.submit import approve, confirm, restore, send_back, withdraw
from metrics.model import Act, Counts, Origin
from metrics.number import half_up, ratio
from metrics.period import SHANGHAI, Period
from metrics.start import Board
from metrics.store import events, files, releases

ACCEPTED, REFUSED, WAITS = 0, 1, 3
ROWS_PRINTED = 100_000
DECIMALS = ("value", "lower", "upper", "numerator", "denominator")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command as given.

    name    check, load, undo, restore, approve, return, releases, export, note, notes, backup, doctor, or account-… with what is done to one
    file    name of an upload, or of a back-up, "" for one named after its time
    number  of a release; 0 for all
    theme, code, as_of, workbook  of an export: only these, as known on that day, .xlsx instead of CSV
    by, os_user  the account in whose name it is done, and the user of the operating system who does it
    account, role, department, password  of an account that is added or changed; None for no password
    month, what, doing, by_when  of a note on `code`: YYYY-MM, and its parts as they were typed; `withdraw` takes one back
    """

    name: str
    file: str = ""
    data: bytes = b""
    by: str = ""
    reason: str | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    yes: bool = False
    number: int = 0
    theme: str | None = None
    code: str | None = None
    as_of: str | None = None
    workbook: bool = False
    month: str = ""
    what: str = ""
    doing: str = ""
    by_when: str = ""
    withdraw: bool = False
    os_user: str | None = None
    account: str = ""
    role: str = ""
    department: str | None = None
    password: str | None = ""


def run(board: Board, command: Command, *, at: datetime) -> tuple[int, Any]:
    """Exit code and what is printed as JSON; `Refused` for what was never checked, such as a wrong release number."""
    act = Act(at=at, by=command.by, origin=Origin(door="terminal", os_user=command.os_user))
    match command.name:
        case "check" | "load":
            return _file(board, command, act)
        case "backup":
            path = backup.make(board.store, at=at, name=command.file)
            return ACCEPTED, {"file": str(path), "size": path.stat().st_size}
        case "doctor":
            return examined(doctor.examine(board, at=at))
        case "export":
            printed: Any = _export(board, command)
        case "note" | "notes":
            printed = _notes(board, command, act)
        case name if name.startswith("account-"):
            printed = _accounts(board, command, replace(act, by=command.os_user or ""))
        case _:
            printed = _released(board, command, act)
    return ACCEPTED, printed


def _released(board: Board, command: Command, act: Act) -> list[dict[str, Any]]:
    """Do to a release what is asked, if anything, and what there is to print."""
    store, number, reason = board.store, command.number, command.reason or ""
    match command.name:
        case "undo":
            withdraw(store, board.catalogue, number, act=act, reason=reason)
        case "restore":
            restore(store, board.catalogue, number, act=act, reason=reason)
        case "approve":
            approve(store, number, act=act)
        case "return":
            send_back(store, number, act=act, reason=reason)
    return _releases(board, command.number)


def _accounts(board: Board, command: Command, act: Act) -> list[dict[str, Any]]:
    """Change an account, and what is then to be printed: that one, or with account-list all."""
    store, name = board.store, command.account
    match command.name.removeprefix("account-"):
        case "add":
            known = list(board.catalogue.department_names)
            if command.department is not None and command.department not in known:
                raise Refused(
                    f"没有编码为 {command.department} 的科室。可用：{'、'.join(known) or '（config.yaml 的 departments 是空的）'}。\n"
                    "The department is a code under 'departments' of config.yaml."
                )
            role = Role(command.role)
            one = account.add(store, name, command.password, role=role, department=command.department, act=act)
        case "disable" | "enable" as switch:
            one = account.switch(store, name, active=switch == "enable", act=act)
        case "passwd":
            one = account.set_password(store, name, command.password or "", act=act)
        case _:
            return [_account(one) for one in account.accounts(store)]
    return [_account(one)]


def _account(one: Account) -> dict[str, Any]:
    return asdict(one) | {"at": one.at.astimezone(SHANGHAI).isoformat()}


def examined(checks: Sequence[Check]) -> tuple[int, Any]:
    """Checks as they are printed, and 1 where something is out of order."""
    code = REFUSED if any(one.state is doctor.State.BAD for one in checks) else ACCEPTED
    return code, [asdict(one) for one in checks]


def _file(board: Board, command: Command, act: Act) -> tuple[int, Any]:
    upload = Upload(name=command.file, data=command.data)
    checked = check(board.store, board.catalogue, [upload], at=act.at, answers=command.answers, reason=command.reason)
    code = REFUSED if checked.refused else WAITS if checked.asks else ACCEPTED
    release = checked.release
    if command.name == "load" and code == ACCEPTED:
        if not command.yes:
            code = WAITS
        else:
            waits = board.catalogue.reviews
            release = confirm(board.store, checked, act=act, waits=waits).release_id
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


def unusable(name: str, message: str) -> dict[str, Any]:
    """The object that is printed for a file that could not be opened at all."""
    finding = Finding(severity=Severity.ERROR, rule="no-file", message=message, fix="请核对路径。")
    nothing = dict.fromkeys(("sha256", "kind", "sheet", "encoding", "delimiter", "header_row"))
    return {
        "accepted": False, "file": {"name": name, **nothing, "sheets": []},
        "findings": [{**asdict(finding), "severity": finding.severity.value}], "totals": {finding.rule: 1},
        "changes": asdict(Counts()), "rows": [], "release": None,
    }  # fmt: skip


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


def _export(board: Board, command: Command) -> str:
    """What is stored in the form of an upload, base64 of the bytes of a file."""
    indicators = board.catalogue.indicators
    codes = [code for code in chosen(board.catalogue, command.theme, command.code) if not indicators[code].derived]
    known = query.facts(
        board.store, codes, before=query.end_of_day(date.fromisoformat(command.as_of) if command.as_of else None)
    )
    written = export.as_upload_xlsx if command.workbook else export.as_upload_csv
    return b64encode(written(board.catalogue, known, codes)).decode()


def _notes(board: Board, command: Command, act: Act) -> list[dict[str, Any]]:
    """The notes on an indicator, newest month first, each with all its versions; after one was written, that one."""
    (code,) = chosen(board.catalogue, None, command.code or "")
    before = query.end_of_day(date.fromisoformat(command.as_of) if command.as_of else None)
    month = _month_end(command.month) if command.name == "note" else None
    if month:
        _write_note(board, command, month, act)
    known = commentary.notes(board.store, [code], region=board.catalogue.total, before=before)[code]
    return [_note(note) for note in known if month in {None, note.latest.period_end}]


def _write_note(board: Board, command: Command, month: date, act: Act) -> None:
    """Write or take back the note of that month; what stands there when the command runs is what it changes."""
    code, total = command.code or "", board.catalogue.total
    written = commentary.notes(board.store, [code], region=total)[code]
    seen = commentary.seen(written, month)
    if command.withdraw:
        if seen is None:
            raise Refused(f"{code} 的{commentary.named(month)}没有可以撤回的说明。")
        comment.withdraw(board.store, seen, act=act, reason=command.reason or "")
        return
    facts = query.facts(board.store, derive.sources(board.catalogue, [code]))
    entry = Entry(
        indicator=code, region=total, month=month, what=command.what, doing=command.doing, by_when=command.by_when,
        reason=command.reason or "",
    )  # fmt: skip
    months = commentary.months(derive.with_derived(board.catalogue, facts)[code], written)
    after = seen.comment_id if seen else 0
    comment.write(board.store, entry, months=months, after=after, act=act)


def _month_end(text: str) -> date:
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", text):
        raise Refused(f"看不懂月份“{text}”，请写成2026-09这样的年份和月份。 The month is written YYYY-MM.")
    return Period.parse(text).end


def _note(note: Note) -> dict[str, Any]:
    """A note as it is printed: the versions oldest first, the last of which stands unless it withdraws."""
    latest = note.latest
    return {
        "code": latest.indicator, "month": f"{latest.period_end:%Y-%m}", "standing": not latest.withdrawn,
        "versions": [
            {
                "what": one.what, "doing": one.doing, "by_when": str(one.by_when) if one.by_when else None, "withdrawn": one.withdrawn,
                "by": one.by, "verified": one.verified, "at": one.at.astimezone(SHANGHAI).isoformat(), "reason": one.reason,
            }
            for one in note.versions
        ],
    }  # fmt: skip


def chosen(catalogue: Catalogue, theme: str | None, code: str | None) -> list[str]:
    """Codes of the indicators asked for; `Refused` when the theme or code is not in the catalogue."""
    indicators, sections = catalogue.indicators, [section.code for section in catalogue.sections]
    if theme is not None and theme not in sections:
        raise Refused(f"没有编码为 {theme} 的主题。可用：{'、'.join(sections)}。 Unknown theme.")
    if code is not None and code not in indicators:
        raise Refused(f"没有编码为 {code} 的指标。 Unknown indicator code.")
    return [one for one in indicators if code in {None, one} and theme in {None, catalogue.section_of[one].code}]


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
