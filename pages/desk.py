"""A desk is what one browser has on it: corrections, answers, the reason, the last check.

Nothing of it is in the store until it is confirmed, and leaving the page leaves nothing behind.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import streamlit as st

from metrics.intake import report
from metrics.intake.bundle import Batch, check_all
from metrics.intake.check import Edits, Upload, edits_json
from metrics.intake.report import Question
from metrics.model import Release
from metrics.web.trouble import as_markdown
from pages import session

FILE, FORM = "file", "form"
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
    asked = {question.key: question for question in report.questions(batch.whole.findings)}
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
