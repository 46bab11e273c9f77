"""The command line: figures, uploads, releases, notes, back-ups, compact, doctor, demo, docs. The same code as the pages use."""

from __future__ import annotations

import argparse
import getpass
import json
import os
import sys
from base64 import b64decode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from metrics import account, backup, catalogue, command, compact, doctor, migrate, store, through
from metrics.account import Role
from metrics.board import derive, query, table
from metrics.command import Command
from metrics.demo.make import make
from metrics.engine import Locked
from metrics.errors import Refused, speak_chinese
from metrics.onefile import located
from metrics.period import SHANGHAI
from metrics.start import Board, start

HERE = Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- commands: written by make docs -->", "<!-- end of commands -->"
DEMO_STORE = "duckdb:data/demo.duckdb"
RECEIVED = 9  # days after which a month's demonstration file has come in
LARGEST_FILE = 200 * 1024 * 1024


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
    commands = top.add_subparsers(required=True, metavar="COMMAND", dest="command")
    figures = commands.add_parser(
        "figures",
        help="print every current figure and milestone",
        description="Print every current figure and milestone.",
    )
    figures.add_argument("--theme", help="only this theme's code")
    figures.add_argument("--code", help="only this indicator's code")
    figures.add_argument(
        "--as-of", type=calendar_day, metavar="DATE", help="as known at the end of that day in Beijing, YYYY-MM-DD"
    )
    figures.add_argument("--json", action="store_true", help="a JSON list of objects on standard output")
    _common(figures)
    figures.set_defaults(run=run_figures)
    _writing(commands)
    _moving(commands)
    invented = commands.add_parser(
        "demo",
        help="fill a store of its own with 36 invented months",
        description="Fill a store of its own with 36 invented months (演示数据), through the same check as any upload, and "
        "write beside it a catalogue with invented departments, duties and targets. "
        "A store with real figures is refused; one that holds the demonstration is left as it is.",
    )
    _common(invented)
    invented.set_defaults(run=run_demo)
    docs = commands.add_parser("docs", help="write config.schema.json and the commands in README.md again")
    docs.set_defaults(run=run_docs)
    return top


def _writing(commands: Any) -> None:
    """The commands that take files in."""
    checking = commands.add_parser(
        "check",
        help="say everything about files, store nothing",
        description="Say everything about files; store nothing. Exit code 0: accepted, 1: refused, 3: waits for an answer.",
    )
    checking.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="Excel, ODS or CSV; with --json one object a line"
    )
    loading = commands.add_parser(
        "load",
        help="check a file and store it as one release",
        description="Check a file and store it as one release, whole or not at all. Exit codes as of check, and 3 where nobody can confirm.",
    )
    loading.add_argument("file", type=Path, metavar="FILE", help="Excel, ODS or CSV")
    loading.add_argument("--yes", action="store_true", help="store it without asking once more")
    for one in (checking, loading):
        one.add_argument("--reason", metavar="TEXT", help="why figures that are stored already change")
        one.add_argument(
            "--answer",
            action="append",
            default=[],
            type=_answer,
            metavar="KEY=VALUE",
            help="answer to a question of a check",
        )
    undoing, restoring, approving, returning = _deciding(commands)
    for one in (loading, undoing, restoring, approving, returning):
        one.add_argument("--by", required=one is not restoring, metavar="NAME", help="who does it")
    listing = commands.add_parser(
        "releases", help="list every release, newest first", description="List every release, newest first."
    )
    exporting = commands.add_parser(
        "export",
        help="print what is stored as a CSV that can be uploaded again",
        description="Print what is stored as a CSV that can be uploaded again.",
    )
    exporting.add_argument("--theme", help="only this theme's code")
    exporting.add_argument("--code", help="only this indicator's code")
    exporting.add_argument(
        "--as-of", type=calendar_day, metavar="DATE", help="as known at the end of that day in Beijing"
    )
    exporting.add_argument("--output", type=Path, metavar="FILE", help="write there: .xlsx a workbook, else CSV")
    noting, notes = _noting(commands)
    saving, compacting, examining = _keeping(commands)
    runs = {
        checking: run_check,
        loading: run_load,
        undoing: run_event,
        approving: run_event,
        returning: run_event,
        restoring: run_restore,
        listing: run_releases,
        exporting: run_export,
        noting: run_notes,
        notes: run_notes,
        saving: run_backup,
        compacting: run_compact,
        examining: run_doctor,
    }
    runs |= dict.fromkeys(_accounts(commands), run_account)
    for one, run in runs.items():
        one.add_argument("--json", action="store_true", help="one JSON object on standard output")
        _common(one)
        one.set_defaults(run=run)


def _deciding(commands: Any) -> tuple[argparse.ArgumentParser, ...]:
    """The commands that decide about a release."""
    undoing = commands.add_parser(
        "undo",
        help="withdraw a release; nothing is deleted",
        description="Withdraw a release: its figures do not count any more, nothing is deleted.",
    )
    undoing.add_argument("number", type=int, metavar="N", help="number of the release")
    restoring = commands.add_parser(
        "restore",
        help="take back the withdrawal of a release, or put a back-up in the place of the store",
        description="With a number: take back the withdrawal of that release; needs --by and --reason. With a file: put that "
        "back-up in the place of the store, while the board is stopped. The back-up is read to its last row first.",
    )
    restoring.add_argument("what", metavar="N|FILE", help="number of a release, or a back-up")
    restoring.add_argument(
        "--replace", action="store_true", help="of a back-up: a store that stands there is renamed, not deleted"
    )
    approving = commands.add_parser(
        "approve", help="make 初报 终报", description="Have readers see a release that waits (初报)."
    )
    returning = commands.add_parser(
        "return", help="send 初报 back", description="Send a release that waits (初报) back, with words."
    )
    for one in (approving, returning):
        one.add_argument("number", type=int, metavar="N", help="number of the release")
    for one in (undoing, restoring, returning):
        one.add_argument("--reason", required=one is not restoring, metavar="TEXT", help="why")
    return undoing, restoring, approving, returning


def _noting(commands: Any) -> tuple[argparse.ArgumentParser, argparse.ArgumentParser]:
    """The commands for what is written about an indicator and a month."""
    noting: argparse.ArgumentParser = commands.add_parser(
        "note",
        help="write, change or withdraw the note on an indicator and a month",
        description="Write the note on an indicator and a month, or with --reason change or withdraw it; every version is kept.",
    )
    noting.add_argument("code", metavar="CODE", help="code of the indicator")
    noting.add_argument("month", metavar="MONTH", help="YYYY-MM, a month that has a figure")
    noting.add_argument("--what", default="", metavar="TEXT", help="what happened")
    noting.add_argument("--doing", default="", metavar="TEXT", help="what is being done")
    noting.add_argument("--by-when", default="", metavar="DATE", help="until when")
    noting.add_argument("--withdraw", action="store_true", help="take the note back; nothing is deleted")
    noting.add_argument("--reason", metavar="TEXT", help="why a note that stands changes")
    noting.add_argument("--by", required=True, metavar="NAME", help="who writes")
    notes: argparse.ArgumentParser = commands.add_parser(
        "notes",
        help="list the notes on an indicator with every version",
        description="List the notes on an indicator, newest month first, with every version.",
    )
    notes.add_argument("code", metavar="CODE", help="code of the indicator")
    notes.add_argument("--as-of", type=calendar_day, metavar="DATE", help="as known at the end of that day in Beijing")
    return noting, notes


def _keeping(commands: Any) -> tuple[argparse.ArgumentParser, ...]:
    """The commands of whoever keeps the board running."""
    saving: argparse.ArgumentParser = commands.add_parser(
        "backup",
        help="copy the whole store into the back-up folder, also while the board runs",
        description="Copy the whole store into the back-up folder of config.yaml, also while the board runs, and read the copy back.",
    )
    saving.add_argument(
        "file",
        nargs="?",
        default="",
        metavar="FILE",
        help="name in that folder; without one it is named after the time",
    )
    compacting: argparse.ArgumentParser = commands.add_parser(
        "compact",
        help="put the figures of a large store in the order in which pages ask for them",
        description="Write the store anew with its figures in the order in which pages ask for them, and change nothing else: "
        "pages of a store of millions of figures then open like those of a small one. A store in one file only while the board is "
        "stopped, a lake beside its boards; interrupted at any moment, the store is whole.",
    )
    examining: argparse.ArgumentParser = commands.add_parser(
        "doctor",
        help="look at store, files, catalogue, clock, disk, back-ups and versions",
        description="Look at store, files, catalogue, clock, disk, back-ups and versions, and say what to do. Exit code 1: something is out of order.",
    )
    return saving, compacting, examining


def _accounts(commands: Any) -> list[argparse.ArgumentParser]:
    """The commands for the accounts of those who write."""
    top = commands.add_parser(
        "account",
        help="add, list and change the accounts of those who write",
        description="Add, list and change the accounts of those who write; as soon as there is one, --by names an account that "
        "may do it. A password is asked for on the terminal, or read as one line from standard input.",
    )
    done = top.add_subparsers(dest="done", required=True, metavar="add|list|disable|enable|passwd")
    adding = done.add_parser("add", help="a new account")
    adding.add_argument("--role", required=True, choices=[one.value for one in Role], help="what it may do")
    adding.add_argument("--department", metavar="CODE", help="of a clerk, who may undo its releases")
    adding.add_argument(
        "--no-password", action="store_true", help="for who signs in at an OpenID provider or by a proxy only"
    )
    listing = done.add_parser("list", help="all accounts")
    disabling = done.add_parser("disable", help="switch an account off; its name stays taken")
    enabling = done.add_parser("enable", help="switch an account on again")
    changing = done.add_parser("passwd", help="another password")
    for one in (adding, disabling, enabling, changing):
        one.add_argument("account", metavar="NAME", help="name, as it stands under what this person writes")
    return [adding, listing, disabling, enabling, changing]


def _moving(commands: Any) -> None:
    moving = commands.add_parser(
        "migrate",
        help="move a store with its history into another engine",
        description="Copy a store with its whole history into a new, empty one, and compare both row by row: from one file to "
        "DuckLake, or back; a back-up is a store too. Stop the board first. The source stays as it is.",
    )
    moving.add_argument("--from", dest="source", required=True, metavar="URL", help="the store that there is")
    moving.add_argument(
        "--to", dest="target", required=True, metavar="URL",
        help="duckdb:PATH, or ducklake:postgres:dbname=… host=… user=… data_path=…",
    )  # fmt: skip
    moving.set_defaults(run=run_migrate)


def _answer(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise argparse.ArgumentTypeError(f"not KEY=VALUE: {text}")
    return key, value


def _common(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--config", type=Path, default=HERE / "config.yaml", metavar="PATH", help="another config.yaml"
    )
    command.add_argument("--store", metavar="URL", help="another store: duckdb:PATH, or on DuckLake")


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
    chosen = command.chosen(board.catalogue, theme, code)
    facts = query.facts(board.store, derive.sources(board.catalogue, chosen), before=query.end_of_day(as_of))
    known = store.releases(board.store)
    today = as_of or datetime.now(SHANGHAI).date()
    return table.rows(board.catalogue, derive.with_derived(board.catalogue, facts), known, chosen, today=today)


def run_demo(given: argparse.Namespace) -> int:
    """Write the demonstration's catalogue beside its store and fill the store, each file told as it goes in."""
    url = given.store or DEMO_STORE
    path = located(url, folder=given.config.resolve().parent)
    last = (datetime.now(SHANGHAI).date() - timedelta(days=RECEIVED)).replace(day=1) - timedelta(days=1)
    number = make(given.config, path, last=last, told=lambda name: print(f"  {name}", flush=True))
    print(f"演示数据已就绪：{number}个版本，全部为虚构。 {number} releases of invented figures in {url}.")
    return 0


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


def run_check(given: argparse.Namespace) -> int:
    """Say everything about each file; 0 all accepted, 1 one refused, else 3 one waits for an answer."""
    codes = []
    with _session(given) as session:
        for path in given.files:
            try:
                code, said = session(_command(given, "check", path))
            except Unusable as unusable:
                code, said = command.REFUSED, command.unusable(path.name, str(unusable))
            _print(given, said)
            codes.append(code)
    return command.REFUSED if command.REFUSED in codes else max(codes)


def run_load(given: argparse.Namespace) -> int:
    """Check a file and store it; without --yes it asks on a terminal, and waits (3) where nobody can answer."""
    with _session(given) as session:
        code, said = session(_command(given, "load", given.file))
        if code == command.WAITS and said["accepted"] and not given.yes and sys.stdin.isatty():
            print(text_of(said))
            if input("确认入库？[y/N] ").strip().lower() in {"y", "yes", "是"}:
                given.yes = True
                code, said = session(_command(given, "load", given.file))
    _print(given, said)
    return code


def run_event(given: argparse.Namespace) -> int:
    """Withdraw, restore, approve or send back a release."""
    reason = getattr(given, "reason", None)
    wanted = Command(name=given.command, number=given.number, by=given.by, reason=reason)
    with _session(given) as session:
        code, said = session(wanted)
    _print(given, said[0])
    return code


def run_restore(given: argparse.Namespace) -> int:
    """Take back a withdrawal, or put a back-up in the place of the store."""
    if given.what.isdecimal():
        if not given.by or not given.reason:
            raise Refused("恢复一个版本要写明 --by 和 --reason。 To restore a release, say --by and --reason.")
        given.number = int(given.what)
        return run_event(given)
    declared = catalogue.load(given.config)
    target = located(given.store or declared.declaration.store, folder=declared.folder)
    old = backup.restore(Path(given.what), target, at=datetime.now(UTC), replace=given.replace)
    said = {"store": str(target), "backup": given.what, "before": str(old) if old else None}
    kept = f"原来的数据改名为 {old}。" if old else ""
    print(
        json.dumps(said, ensure_ascii=False)
        if given.json
        else f"已从 {given.what} 恢复到 {target}。{kept}现在可以启动看板。"
    )
    return 0


def run_migrate(given: argparse.Namespace) -> int:
    """Move a store, telling each table when it was compared."""
    migrate.migrate(
        given.source, given.target, folder=Path(), told=lambda table, rows: print(f"  {table}: {rows}", flush=True)
    )
    print(f"已逐行核对，全部一致。请把 config.yaml 的 store 改为新地址，再启动看板：{given.target}")
    return 0


def run_compact(given: argparse.Namespace) -> int:
    """Put the figures of the store in order, each step told on standard error, and say what became of it."""
    declared = catalogue.load(given.config)
    url = given.store or declared.declaration.store
    done = compact.compact(
        url, folder=declared.folder, progress=lambda share, what: print(f"  {share:4.0%} {what}", file=sys.stderr)
    )
    said = {"store": url, "rows": done.rows, "before": done.before, "after": done.after}
    before, after = (f"{size / 2**20:.1f} MB" for size in (done.before, done.after))
    print(
        json.dumps(said, ensure_ascii=False)
        if given.json
        else f"已整理并读回核对：{done.rows}条数据，{before} → {after}，数据没有变。现在可以启动看板。"
    )
    return 0


def run_backup(given: argparse.Namespace) -> int:
    """Make a back-up and print where it lies."""
    with _session(given) as session:
        code, said = session(Command(name="backup", file=given.file))
    size = f"{said['size'] / 2**20:.1f} MB"
    print(json.dumps(said, ensure_ascii=False) if given.json else f"已备份并读回核对：{said['file']}（{size}）。")
    return code


def run_doctor(given: argparse.Namespace) -> int:
    """Print what was looked at; a board that does not open is a finding like any other."""
    try:
        with _session(given) as session:
            code, said = session(Command(name="doctor"))
    except Refused as refused:
        code, said = command.examined(doctor.unopened(refused))
    marks = {doctor.State.WELL: "✔", doctor.State.LOOK: "▲", doctor.State.BAD: "■"}
    lines = (f"{marks[one['state']]} {one['name']}：{one['said']}{one['todo'] and ' → ' + one['todo']}" for one in said)
    print(json.dumps(said, ensure_ascii=False, indent=1) if given.json else "\n".join(lines))
    return code


def run_account(given: argparse.Namespace) -> int:
    """Add, list or change accounts."""
    role, department = getattr(given, "role", ""), getattr(given, "department", None)
    wanted = Command(
        name=f"account-{given.done}", account=getattr(given, "account", ""), role=role, department=department,
        password=_new_password(given),
    )  # fmt: skip
    with _session(given) as session:
        code, said = session(wanted)
    print(json.dumps(said, ensure_ascii=False, indent=1) if given.json else "\n".join(map(_account_line, said)))
    return code


def _account_line(one: dict[str, Any]) -> str:
    state = "启用" if one["active"] else "已停用"
    return "\t".join((one["name"], account.NAMES[Role(one["role"])], one["department"] or "", state))


def _new_password(given: argparse.Namespace) -> str | None:
    """What is asked for where an account gets one; None for an account without."""
    if getattr(given, "no_password", False):
        return None
    return _password() if given.done in {"add", "passwd"} else ""


def _password() -> str:
    """Asked for twice on a terminal, else the first line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass("密码：")
    if getpass.getpass("再输一次：") != first:
        raise Refused("两次输入的密码不一样，没有改动。 The two passwords differ.")
    return first


def run_releases(given: argparse.Namespace) -> int:
    """List every release."""
    with _session(given) as session:
        code, said = session(Command(name="releases"))
    if given.json:
        print(json.dumps(said, ensure_ascii=False, indent=1))
    else:
        print("\n".join(_release_line(release) for release in said))
    return code


def run_export(given: argparse.Namespace) -> int:
    """Print, or write to --output, what is stored in the form of an upload."""
    workbook = given.output is not None and given.output.suffix == ".xlsx"
    as_of = given.as_of.isoformat() if given.as_of else None
    wanted = Command(name="export", theme=given.theme, code=given.code, as_of=as_of, workbook=workbook)
    with _session(given) as session:
        content = b64decode(session(wanted)[1])
    if given.output is not None:
        given.output.write_bytes(content)
    else:
        sys.stdout.write(content.decode("utf-8-sig"))
    return 0


def run_notes(given: argparse.Namespace) -> int:
    """Write a note and print it, or list those of an indicator."""
    named = ("month", "what", "doing", "by_when", "withdraw", "by", "reason")
    as_of = given.as_of.isoformat() if getattr(given, "as_of", None) else None
    chosen = {name: getattr(given, name) for name in named if name in given}
    with _session(given) as session:
        code, said = session(Command(name=given.command, code=given.code, as_of=as_of, **chosen))
    if given.json:
        print(json.dumps(said, ensure_ascii=False, indent=1))
    elif said:
        print("\n".join(line for note in said for line in _note_lines(note)))
    return code


def _note_lines(note: dict[str, Any]) -> Iterator[str]:
    """A note for reading: a line for each version, the one that stands first."""
    for at, version in enumerate(reversed(note["versions"])):
        state = "已撤回" if version["withdrawn"] else "已被修改" if at else "有效"
        mark = "" if version["verified"] else "（未验证）"
        parts = (version["what"], version["doing"], version["by_when"] or "", version["reason"] or "")
        yield "\t".join((
            note["month"], version["at"][:16].replace("T", " "), f"{version['by']}{mark}", state,
            *(part.replace("\n", " ") for part in parts),
        ))  # fmt: skip


class Unusable(Refused):
    """A path that names no file, or one that is not read; the other files of the command are."""


@contextmanager
def _session(given: argparse.Namespace) -> Iterator[Callable[[Command], tuple[int, Any]]]:
    """Runs commands on the store opened here, or through the board that holds it, and says so."""
    board = _opened(given)
    if isinstance(board, Locked):
        yield lambda wanted: _through(board, _signed(wanted))
        print(through.SAID, file=sys.stderr)
        return
    try:
        yield lambda wanted: command.run(board, _signed(wanted), at=datetime.now(UTC))
    finally:
        board.store.close()


def _signed(wanted: Command) -> Command:
    """The command with the user of the operating system who gives it; by number where the system has no name for them."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container may run under any number
        user = str(os.getuid())
    return replace(wanted, os_user=user)


def _opened(given: argparse.Namespace) -> Board | Locked:
    try:
        return start(given.config, at=datetime.now(UTC), store_url=given.store)
    except Locked as locked:
        return locked


def _through(locked: Locked, wanted: Command) -> tuple[int, Any]:
    answered = through.through(locked.path, wanted)
    if answered is None:
        raise locked
    return answered


def _command(given: argparse.Namespace, name: str, path: Path) -> Command:
    if not path.is_file():
        raise Unusable(f"找不到文件 {path}。")
    if path.stat().st_size > LARGEST_FILE:
        raise Unusable(f"文件 {path.name} 超过 {LARGEST_FILE // 1024 // 1024} MB，未读取。")
    return Command(
        name=name, file=path.name, data=path.read_bytes(), by=getattr(given, "by", ""), reason=given.reason,
        answers=dict(given.answer), yes=getattr(given, "yes", False),
    )  # fmt: skip


def _print(given: argparse.Namespace, said: dict[str, Any]) -> None:
    if given.json:
        print(json.dumps(said, ensure_ascii=False))
    else:
        print(text_of(said) if "findings" in said else _release_line(said))


def text_of(said: dict[str, Any]) -> str:
    """A check as a person reads it on a terminal."""
    words = {"error": "错误", "ask": "待答", "warning": "提示"}
    lines = [f"{said['file']['name']}：" + ("可以入库" if said["accepted"] else "不能入库")]
    for finding in said["findings"]:
        place = " ".join(
            part for part in (finding["sheet"], finding["cell"] or (finding["row"] and f"第{finding['row']}行")) if part
        )
        lines.append(
            f"  [{words[finding['severity']]}] {place + '：' if place else ''}{finding['message']}{finding['fix']}"
        )
        lines += [
            f"      --answer '{finding['key']}={answer}'  {reading}" for answer, reading in finding["options"].items()
        ]
    changes = said["changes"]
    if said["rows"]:
        lines.append(f"  新增{changes['new']} 修订{changes['revised']} 不变{changes['unchanged']}")
    if said["release"] is not None:
        lines.append(f"  版本 {said['release']}")
    return "\n".join(lines)


def _release_line(release: dict[str, Any]) -> str:
    states = {"waiting": "初报，待审", "returned": "已退回", "replaced": "已被取代", "withdrawn": "已撤回"}
    state = next((word for name, word in states.items() if release[name]), "有效")
    mark = "（未验证）" if release["verified"] is False else ""
    return "\t".join((
        str(release["release_id"]), release["received_at"][:16].replace("T", " "), f"{release['by']}{mark}", release["title"],
        release["file"], state, release["reason"] or "",
    ))  # fmt: skip


def run_docs(_: argparse.Namespace) -> int:
    """Write what is generated: the schema of config.yaml, and the commands in the README."""
    readme = HERE / "README.md"
    readme.write_text(with_commands(readme.read_text(encoding="utf-8")), encoding="utf-8")
    text = json.dumps(catalogue.schema(), ensure_ascii=False, indent=2) + "\n"
    (HERE / "config.schema.json").write_text(text, encoding="utf-8")
    return 0


def with_commands(readme: str) -> str:
    """The README with every command's own help between its two marks."""
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n```text\n{help_text()}\n```\n{END}{after}"


def help_text() -> str:
    """The help of every command that a person uses, one after the other, at a width that does not depend on the terminal."""
    (choices,) = (action.choices for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    texts = []
    for name, one in choices.items():
        if name != "docs":
            one.formatter_class = partial(argparse.HelpFormatter, width=110)
            texts.append(one.format_help().strip())
    return "\n\n".join(texts)


if __name__ == "__main__":
    sys.exit(main())
