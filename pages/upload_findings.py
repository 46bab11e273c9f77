"""What a check found, on screen: how the files stand, questions, the table to correct. Each draws one thing and computes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from metrics.intake import annotate, correct, report
from metrics.intake.bundle import Batch, File, across
from metrics.intake.check import Checked
from metrics.intake.correct import Correction
from metrics.intake.finding import Finding
from metrics.intake.report import Question
from metrics.web.trouble import as_markdown
from pages import session, ui
from pages.desk import FORM, Desk, desk, put

MARKED = 6  # files whose marked copies are offered


def findings(name: str, batch: Batch, before: Sequence[Finding]) -> None:
    """How the files stand, and what is wrong with each of them; a figure from the form has no rows to name."""
    tone, said = report.verdict(batch.whole)
    ui.html(
        "upload_say.html", tone=tone, said=said, links=[("/releases", "查看版本记录")] if batch.whole.release else []
    )
    if batch.whole.release is not None:
        return
    ui.html(
        "upload_findings.html",
        files=[_file(one) for one in batch.files],
        together=report.groups([*before, *across(batch.whole)]),
        form=name == FORM,
    )


def _file(one: File) -> dict[str, Any]:
    """One file for the template: its line, its findings, and in a word how it stands."""
    tone, said = report.in_a_word(one.findings)
    return {
        "name": one.upload.name, "line": report.file_line(one.read, one.layouts) if one.read else None, "tone": tone, "state": said,
        "open": tone == "bad", "groups": report.groups(one.findings, one.totals), "well": not one.findings,
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
    if on.reason or report.needs_reason(whole.findings):
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
    cells = [cell for number, one in enumerate(batch.files) for cell in correct.corrections(one, catalogue, number)]
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
    "问题": st.column_config.TextColumn(width=335),
    "所在行": st.column_config.TextColumn(width=250),
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
        made = correct.edits_of([cells[at] for at in own], typed, [bool(edited["删去此行"].iloc[at]) for at in own])
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
            label, _marking(one), file_name=f"{report.stem(one.upload.name)}-标注.{ending}",
            key=f"{name}.{desk(name).number}.marked.{at}", on_click="ignore",
        )  # fmt: skip


def _marking(one: File) -> Callable[[], bytes]:
    return lambda: annotate.annotated(one.upload.name, one.upload.data, one.findings)[1]
