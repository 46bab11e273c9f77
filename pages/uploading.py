"""The way of an upload on screen, top to bottom: choose, look at what was found, see what would change, confirm."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from metrics.errors import Refused
from metrics.intake import report, submit
from metrics.intake.bundle import Batch, bundle
from metrics.intake.check import Checked, Upload
from metrics.intake.finding import Finding, Severity
from metrics.period import SHANGHAI
from metrics.store import Moved
from pages import person, session, ui, upload_changes, upload_findings, upload_template
from pages.desk import FILE, MOVED_SAID, Desk, Done, checked, clear, desk, put

KINDS = ["xlsx", "xlsm", "xls", "ods", "csv", "txt", "zip"]
COMPARED, UNKNOWN = "与已入库的数据相比；现在还没有写入。", "上面的问题解决后，这里会列出新增、修订了哪些数。"


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


def review(name: str, uploads: Sequence[Upload], before: Sequence[Finding]) -> None:
    """Everything after the choice of files: findings, questions, corrections, changes, and the button."""
    if not uploads:
        ui.html("upload_findings.html", files=[], together=report.groups(before), form=False)
        return
    batch = checked(name, uploads)
    held_up = any(finding.severity is Severity.ERROR for finding in before)
    ui.html("upload_step.html", number="2", title="核对结果", note="")
    upload_findings.findings(name, batch, before)
    if batch.whole.release is not None:
        return
    upload_findings.questions(name)
    if name == FILE:
        upload_findings.corrections(name, batch)
    known = report.settled(batch.whole)
    ui.html("upload_step.html", number="3", title="会改变什么", note=COMPARED if known else UNKNOWN)
    if known:
        upload_changes.shown(name, batch)
        upload_findings.reason(name, batch.whole)
    if name == FILE:
        upload_changes.rolls(batch)
    ui.html("upload_step.html", number="4", title="确认入库", note="")
    confirmation(name, batch, held_up=held_up)


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
    if report.settled(whole) and report.needs_reason(whole.findings):
        return "请先写明修订原因，写好后按回车。"
    if whole.asks:
        return "请先回答上面的问题。"
    if nothing:
        return "与已入库的数据相同，不用入库。"
    return f"一次写入{whole.rows.num_rows}条，要么全部成功，要么一条也不写；以后可以在版本记录中撤回。"


def confirm(name: str, batch: Batch) -> None:
    """Store the batch as one release; what stands in the way is told on the desk."""
    act = person.act()
    try:
        opened = session.board()
        waits = opened.catalogue.reviews
        release = submit.confirm(opened.store, batch.whole, act=act, source=name, waits=waits)
    except Moved:
        put(name, problem=MOVED_SAID)
    except Refused as refused:
        put(name, problem=str(refused))
    else:
        number = desk(name).number + 1
        done = Done(release=release, again=release.received_at < act.at, codes=upload_changes.codes(batch.whole))
        st.session_state[f"desk.{name}"] = Desk(number=number, done=done)


def finished(name: str) -> None:
    """The release that was just made, where to see it, and the way to the next file."""
    done = desk(name).done
    assert done is not None
    release = done.release
    links = dict(_page_of(code) for code in done.codes)
    ui.html("upload_done.html", done={
        "head": "已入库，未重复" if done.again else "已提交初报" if release.waiting else "已入库",
        "waits": release.waiting, "number": release.release_id, "title": release.title, "by": release.by,
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
