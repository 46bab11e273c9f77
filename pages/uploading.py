"""What the screen 数据上报 asks and shows, piece by piece; each piece draws one thing and computes nothing of its own.

A desk is what one browser has on it: corrections, answers, the reason, the last check. Nothing of it is in the store
until `confirm`, and leaving the page leaves nothing behind.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pandas as pd
import streamlit as st

from metrics.board import derive, moved
from metrics.errors import Refused
from metrics.intake import annotate, intake_view, roll, submit
from metrics.intake.bundle import Batch, File, across, bundle, check_all
from metrics.intake.check import Checked, Edits, Upload, edits_json
from metrics.intake.finding import Finding, Severity
from metrics.intake.intake_view import Correction, Question
from metrics.model import Release
from metrics.number import Qualifier, display
from metrics.period import SHANGHAI
from metrics.store import Moved
from metrics.web.loopback import may_write
from metrics.web.trouble import as_markdown
from pages import session, ui, upload_template

FILE, FORM = "file", "form"
BY = "upload.by"
KINDS = ["xlsx", "xlsm", "xls", "ods", "csv", "txt", "zip"]
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
MARKED = 6  # files whose marked copies are offered
DRAWN_ROWS = 20_000  # figures among which those that move most are looked for
LISTED = 100_000  # rows of the table of changes that can be downloaded
COMPARED, UNKNOWN = "与已入库的数据相比；现在还没有写入。", "上面的问题解决后，这里会列出新增、修订了哪些数。"
MOVED_SAID = "在您核对期间，别人的数据刚刚入库。下面已按最新数据重新核对，请再看一遍，再确认一次。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A release that was just made, for the last screen; `again` when the same bytes were there already."""

    release: Release
    again: bool
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What one browser is working on.

    number     part of every widget's key; a new one empties them all
    edits      corrected cells, by the SHA-256 of their file
    questions  every question asked so far, so that an answer can still be changed
    seen       key and result of the last check
    version    of the data when these files were first checked
    """

    number: int = 0
    edits: Mapping[str, Edits] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    questions: Mapping[str, Question] = field(default_factory=dict)
    reason: str = ""
    seen: tuple[str, Batch] | None = None
    version: int | None = None
    problem: str = ""
    done: Done | None = None


def desk(name: str) -> Desk:
    """What is on the desk of that name: file or form."""
    found = st.session_state.get(f"desk.{name}")
    return found if isinstance(found, Desk) else Desk()


def put(name: str, **changed: Any) -> None:
    """Change something on the desk."""
    st.session_state[f"desk.{name}"] = replace(desk(name), **changed)


def clear(name: str) -> None:
    """An empty desk with new widgets."""
    st.session_state[f"desk.{name}"] = Desk(number=desk(name).number + 1)


def may_upload() -> bool:
    """Whether this browser runs on the board's own machine."""
    return is_here(st.context.ip_address, st.context.headers)


def is_here(ip: str | None, headers: Mapping[str, str]) -> bool:
    """Whether a request comes from this machine itself and through no proxy, which would hide from where it comes."""
    return may_write(ip) and not any(name.lower() in FORWARDED for name in headers)


# Choosing


def chosen_files() -> tuple[Sequence[Upload], Sequence[Finding]]:
    """The files that were chosen, with what is to say before any of them is read; beside them, templates to fill in."""
    on = desk(FILE)
    chosen = bool(st.session_state.get(f"{FILE}.{on.number}.files"))
    left, right = st.columns([3.6, 1] if chosen else [1.9, 1], gap="large")
    with left:
        ui.html(
            "upload_step.html",
            number="1",
            title="选择文件",
            note="可以一次选多个文件，也可以选装着多个文件的zip压缩包。",
        )
        files = st.file_uploader(
            "文件（xlsx、xls、ods、csv、txt、zip）",
            type=KINDS,
            accept_multiple_files=True,
            key=f"{FILE}.{on.number}.files",
        )
    with right:
        if chosen:
            with st.popover("下载模板", width="stretch"):
                upload_template.offered()
        else:
            upload_template.offered()
    if not files:
        with left:
            ui.html("upload_how.html")
        if on.seen or on.edits:
            clear(FILE)
        return (), ()
    opened = bundle([(file.name, file.getvalue()) for file in files], edits=on.edits)
    return opened.uploads, opened.findings


def name_of_sender() -> None:
    """Who reports; the name is taken as written until sign-in exists."""
    narrow, _ = st.columns([1, 1])
    narrow.text_input(
        "上报人（未验证：看板还没有启用登录，姓名按您写的记录）", key=BY, max_chars=40, placeholder="您的姓名"
    )


def review(name: str, uploads: Sequence[Upload], before: Sequence[Finding]) -> None:
    """Everything after the choice of files: findings, questions, corrections, changes, and the button."""
    if not uploads:
        ui.html("upload_findings.html", files=[], together=intake_view.groups(before), form=False)
        return
    batch = checked(name, uploads)
    held_up = any(finding.severity is Severity.ERROR for finding in before)
    ui.html("upload_step.html", number="2", title="核对结果", note="")
    findings(name, batch, before)
    if batch.whole.release is not None:
        return
    questions(name)
    if name == FILE:
        corrections(name, batch)
    known = intake_view.settled(batch.whole)
    ui.html("upload_step.html", number="3", title="会改变什么", note=COMPARED if known else UNKNOWN)
    if known:
        changes(name, batch)
        reason(name, batch.whole)
    rolls(name, batch)
    ui.html("upload_step.html", number="4", title="确认入库", note="")
    confirmation(name, batch, held_up=held_up)


# Checking


def checked(name: str, uploads: Sequence[Upload]) -> Batch:
    """The check of these files with what is on the desk, made anew only when something of it has changed."""
    board, on = session.board(), desk(name)
    version = board.store.data_version()
    key = _key(uploads, on, version)
    if on.seen is not None and on.seen[0] == key:
        return on.seen[1]
    bar = st.progress(0.0, "正在读取文件")
    batch = check_all(
        board.store, board.catalogue, uploads, at=session.now(), answers=on.answers, reason=on.reason or None,
        said=lambda share, stage: _show(bar, share, stage),
    )  # fmt: skip
    bar.empty()
    asked = {question.key: question for question in intake_view.questions(batch.whole.findings)}
    moved_on = on.version is not None and on.version != version
    put(
        name, seen=(key, batch), version=version, questions={**on.questions, **asked}, problem=MOVED_SAID if moved_on else on.problem,
    )  # fmt: skip
    return batch


def _show(bar: Any, share: float, stage: str) -> None:
    bar.progress(share, as_markdown(stage))


def _key(uploads: Sequence[Upload], on: Desk, version: int) -> str:
    """What a check depends on, as one hash."""
    parts = [f"{one.name}\n{hashlib.sha256(one.data).hexdigest()}\n{edits_json(one.edits)}" for one in uploads]
    answers = "\n".join(f"{key}={answer}" for key, answer in sorted(on.answers.items()))
    return hashlib.sha256("\0".join([*parts, answers, on.reason, str(version)]).encode()).hexdigest()


# Findings, questions, corrections


def findings(name: str, batch: Batch, before: Sequence[Finding]) -> None:
    """How the files stand, and what is wrong with each of them; a figure from the form has no rows to name."""
    tone, said = intake_view.verdict(batch.whole)
    ui.html(
        "upload_say.html", tone=tone, said=said, links=[("/releases", "查看版本记录")] if batch.whole.release else []
    )
    if batch.whole.release is not None:
        return
    ui.html(
        "upload_findings.html",
        files=[_file(one) for one in batch.files],
        together=intake_view.groups([*before, *across(batch.whole)]),
        form=name == FORM,
    )


def _file(one: File) -> dict[str, Any]:
    """One file for the template: its line, its findings, and in a word how it stands."""
    tone, said = intake_view.in_a_word(one.findings)
    return {
        "name": one.upload.name, "line": intake_view.file_line(one.read, one.layouts) if one.read else None, "tone": tone, "state": said,
        "open": tone == "bad", "groups": intake_view.groups(one.findings, one.totals), "well": not one.findings,
    }  # fmt: skip


def questions(name: str) -> None:
    """Every question asked so far, with both readings."""
    on = desk(name)
    for question in on.questions.values():
        key = f"{name}.{on.number}.ask.{question.key}"
        ui.html("upload_question.html", text=question.text, place=question.place if name == "file" else "")
        st.radio(
            "请选择一种", list(question.options), index=_chosen(question, on), key=key, label_visibility="collapsed",
            format_func=_reading(question), on_change=_answer, args=(name, question.key, key),
        )  # fmt: skip


def reason(name: str, whole: Checked) -> None:
    """A line for the reason, where figures of the store are revised."""
    on = desk(name)
    if on.reason or intake_view.needs_reason(whole.findings):
        key = f"{name}.{on.number}.reason"
        st.text_input(
            f"修订原因（会修改{whole.counts.revised}个已入库的数，必须写明）", value=on.reason, key=key, max_chars=200,
            placeholder="例如：街镇重新核实后更正", on_change=_because, args=(name, key),
        )  # fmt: skip


def _chosen(question: Question, on: Desk) -> int | None:
    answer = on.answers.get(question.key, "")
    return list(question.options).index(answer) if answer in question.options else None


def _reading(question: Question) -> Callable[[str], str]:
    return lambda answer: as_markdown(question.options[answer])


def _answer(name: str, question: str, key: str) -> None:
    put(name, answers={**desk(name).answers, question: st.session_state[key]}, problem="")


def _because(name: str, key: str) -> None:
    put(name, reason=st.session_state[key].strip(), problem="")


def corrections(name: str, batch: Batch) -> None:
    """The refused cells with a place to type beside each, and the same workbook with them marked."""
    catalogue = session.board().catalogue
    cells = [cell for number, one in enumerate(batch.files) for cell in intake_view.corrections(one, catalogue, number)]
    _marked_files(name, batch)
    if not cells:
        return
    on = desk(name)
    ui.html(
        "upload_step.html",
        number="",
        title="在这里改正",
        note="只改“改为”一列；不要的行勾选“删去此行”。改好后点“重新核对”，不用再上传文件。",
    )
    with st.form(f"{name}.{on.number}.fix.{_size(on)}", border=False):
        edited = st.data_editor(
            _table(cells, several=len(batch.files) > 1), hide_index=True, disabled=_FIXED, column_config=_COLUMNS,
            key=f"{name}.{on.number}.cells.{_size(on)}",
        )  # fmt: skip
        if st.form_submit_button("重新核对", type="primary"):
            _correct(name, batch, cells, edited)
            st.rerun()


_FIXED = ["文件", "位置", "问题", "所在行", "原内容"]
_COLUMNS = {
    "文件": st.column_config.TextColumn(width=70),
    "位置": st.column_config.TextColumn(width=110),
    "原内容": st.column_config.TextColumn(width=95),
    "改为": st.column_config.TextColumn(width=125),
    "删去此行": st.column_config.CheckboxColumn(width=95),
    "问题": st.column_config.TextColumn(width=285),
    "所在行": st.column_config.TextColumn(width=300),
}


def _size(on: Desk) -> int:
    """How many cells were corrected so far; with it in its key, the editor begins anew after each round."""
    return sum(len(edits) for edits in on.edits.values())


def _table(cells: Sequence[Correction], *, several: bool) -> pd.DataFrame:
    rows = [
        {
            "文件": f"第{cell.file + 1}个", "位置": f"{f'{cell.sheet} ' if cell.sheet else ''}{cell.letter}{cell.row} {cell.column}",
            "原内容": cell.text, "改为": cell.text, "删去此行": False, "问题": cell.message, "所在行": cell.about,
        }
        for cell in cells
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    return frame if several else frame.drop(columns="文件")


def _correct(name: str, batch: Batch, cells: Sequence[Correction], edited: pd.DataFrame) -> None:
    """Take what was typed over to the desk, file by file."""
    on = desk(name)
    edits = dict(on.edits)
    for number, one in enumerate(batch.files):
        own = [at for at, cell in enumerate(cells) if cell.file == number]
        typed = [str(edited["改为"].iloc[at] if edited["改为"].iloc[at] is not None else "") for at in own]
        made = intake_view.edits_of([cells[at] for at in own], typed, [bool(edited["删去此行"].iloc[at]) for at in own])
        digest = hashlib.sha256(one.upload.data).hexdigest()
        edits[digest] = {**edits.get(digest, {}), **made}
    put(name, edits=edits, problem="")


def _marked_files(name: str, batch: Batch) -> None:
    """Downloads of the files that are refused, their cells marked; made when asked for."""
    refused = [(at, one) for at, one in enumerate(batch.files, start=1) if one.refused and one.read]
    for at, one in refused[:MARKED]:
        label = "下载标注好的文件（问题单元格已标色）" if len(batch.files) == 1 else f"下载第{at}个文件的标注"
        ending = "xlsm" if one.read and one.read.kind == "xlsm" else "xlsx"
        st.download_button(
            label, _marking(one), file_name=f"{intake_view.stem(one.upload.name)}-标注.{ending}",
            key=f"{name}.{desk(name).number}.marked.{at}", on_click="ignore",
        )  # fmt: skip


def _marking(one: File) -> Callable[[], bytes]:
    return lambda: annotate.annotated(one.upload.name, one.upload.data, one.findings)[1]


# Changes


def changes(name: str, batch: Batch) -> None:
    """What would be new, revised or unchanged; a table; and a chart of what moves most."""
    board, whole = session.board(), batch.whole
    shown = intake_view.changes(whole, board.catalogue)
    ui.html("upload_changes.html", counts=whole.counts, changes=shown)
    if shown.more:
        st.download_button(
            "下载全部变化（CSV）", lambda: _changes_csv(whole), file_name="变化.csv", mime="text/csv", key=f"{name}.changes", on_click="ignore"
        )  # fmt: skip
    ui.charts(moved.drawn(_moves(whole)))


def _changes_csv(whole: Checked) -> bytes:
    every = intake_view.changes(whole, session.board().catalogue, most=LISTED)
    return intake_view.as_csv(every)


def _moves(whole: Checked) -> list[moved.Move]:
    if whole.rows.num_rows > DRAWN_ROWS:
        return []
    catalogue = session.board().catalogue
    found = intake_view.moved(whole, catalogue, _before(whole))
    return [_move(one, catalogue.indicators[one.code].decimals) for one in found]


def _move(one: intake_view.Moved, decimals: int) -> moved.Move:
    whole = Decimal(100) if one.unit == "%" else None
    printed = f"{display(one.before, decimals, whole=whole)} → {display(one.now, decimals, whole=whole)}{one.unit}"
    return moved.Move(name=one.label, unit=one.unit, before=float(one.before), now=float(one.now), printed=printed)


def _before(whole: Checked) -> intake_view.Before:
    """Exact figures of the store for the indicators of the files, by indicator and region, oldest first."""
    known: dict[tuple[str, str], list[Any]] = {}
    for code, facts in session.facts(_codes(whole)).items():
        for fact in facts:
            seen = fact.observation
            value = derive.value(seen)
            if value is not None and seen.qualifier is Qualifier.EXACT:
                known.setdefault((code, seen.region), []).append((seen.period, value))
    return known


def _codes(whole: Checked) -> tuple[str, ...]:
    given = set(whole.rows["indicator"].unique().to_pylist())
    return tuple(code for code in session.board().catalogue.indicators if code in given)


# Who is in


def rolls(name: str, batch: Batch) -> None:
    """Who is in, missing and late for each period, and the text to remind them with."""
    if name != FILE:
        return
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
        for code, facts in session.facts(_codes(whole)).items()
        for seen in (fact.observation for fact in facts)
        if seen.value is not None or seen.numerator is not None or seen.state is not None or seen.written is not None
    }


# Confirming


def confirmation(name: str, batch: Batch, *, held_up: bool = False) -> None:
    """The one button that writes. It stores what was shown when it was pressed, never what came after.

    held_up  something else still stands in the way, such as a zip that could not be opened
    """
    whole = batch.whole
    nothing = not whole.counts.new + whole.counts.revised
    problem = desk(name).problem
    if problem:
        ui.html("upload_say.html", tone="warn", said=problem, links=[])
    st.button(
        "确认入库", type="primary", key=f"{name}.{desk(name).number}.confirm", disabled=not whole.accepted or nothing or held_up,
        on_click=confirm, args=(name, batch),
    )  # fmt: skip
    ui.html("upload_now.html", said=_why(whole, nothing=nothing, held_up=held_up))


def _why(whole: Checked, *, nothing: bool, held_up: bool) -> str:
    """What the button does, or what it waits for."""
    if whole.refused or held_up:
        return "还有需要改正的地方，改好后才能入库。"
    if intake_view.settled(whole) and intake_view.needs_reason(whole.findings):
        return "请先写明修订原因，写好后按回车。"
    if whole.asks:
        return "请先回答上面的问题。"
    if nothing:
        return "与已入库的数据相同，不用入库。"
    return f"一次写入{whole.rows.num_rows}条，要么全部成功，要么一条也不写；以后可以在版本记录中撤回。"


def confirm(name: str, batch: Batch) -> None:
    """Store the batch as one release; what stands in the way is told on the desk."""
    at = session.now()
    try:
        release = submit.confirm(
            session.board().store, batch.whole, by=st.session_state.get(BY) or "", at=at, source=name
        )
    except Moved:
        put(name, problem=MOVED_SAID)
    except Refused as refused:
        put(name, problem=str(refused))
    else:
        number = desk(name).number + 1
        done = Done(release=release, again=release.received_at < at, codes=_codes(batch.whole))
        st.session_state[f"desk.{name}"] = Desk(number=number, done=done)


def finished(name: str) -> None:
    """The release that was just made, where to see it, and the way to the next file."""
    done = desk(name).done
    assert done is not None
    release = done.release
    links = dict(_page_of(code) for code in done.codes)
    ui.html("upload_done.html", done={
        "head": "已入库，未重复" if done.again else "已入库", "number": release.release_id, "title": release.title, "by": release.by,
        "verified": bool(release.verified), "at": f"{release.received_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
        "new": release.new_count or 0, "revised": release.revised_count or 0, "unchanged": release.unchanged_count or 0,
        "links": [*links.items(), ("/releases", "版本记录")],
    })  # fmt: skip
    st.button("继续上报", key=f"{name}.{desk(name).number}.next", on_click=clear, args=(name,))


def _page_of(code: str) -> tuple[str, str]:
    """Address and name of the page that shows the indicator."""
    catalogue = session.board().catalogue
    section = catalogue.section_of[code]
    return ("/", "总览") if section not in catalogue.themes else (f"/{section.code}", section.short)
