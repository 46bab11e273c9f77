"""情况说明 on 指标详情: what was written about the months of an indicator, and a form to write, change or take back one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import streamlit as st

from metrics.board import commentary
from metrics.board.commentary import Note
from metrics.board.query import Fact
from metrics.errors import Refused
from metrics.intake import comment
from metrics.intake.comment import Entry
from metrics.model import Comment
from metrics.store import Moved
from pages import person, session, ui

DRAFT = "notes.draft"
SHOWN = 3
FIELDS = ("what", "doing", "by_when", "reason")


@dataclass(frozen=True, slots=True)
class Draft:
    """A note that somebody is writing in this browser; nothing of it is stored before it is saved.

    number   part of every widget's key; a new one empties them all
    seen     the version that the writer has seen; None where there was none
    problem  why it could not be saved; `overtaken` when that is because somebody else wrote a version, now in `seen`
    done     what became of it, in words; "" while it is being written
    """

    number: int
    code: str
    month: date
    seen: Comment | None
    problem: str = ""
    overtaken: bool = False
    done: str = ""

    def key(self, field: str) -> str:
        """The key of a widget."""
        return f"notes.{self.number}.{field}"

    @property
    def stands(self) -> bool:
        """Whether there is a note to change or take back."""
        return self.seen is not None and not self.seen.withdrawn


def shown(code: str, facts: Sequence[Fact]) -> None:
    """The notes of the indicator, and where this browser may write, the form; nothing where there is neither."""
    written, past, may = known(code), session.known() is not None, person.may_write()
    months = () if past or not may else commentary.months(facts, written)
    draft = on_desk(code)
    if written:
        standing = commentary.standing(written)
        ui.html(
            "indicator_notes.html",
            notes=standing[:SHOWN],
            older=standing[SHOWN:],
            gone=commentary.taken_back(written),
            done=draft.done if draft and not past else "",
            closed=None if past or may else person.closed(),
        )
    if draft and not draft.done and months:
        with st.container(border=True):
            chosen_month(draft, months)
            fields(draft, months)
    elif months:
        opener(code, months, first=not written)


def opener(code: str, months: Sequence[date], *, first: bool) -> None:
    """The button that opens the form, for the month that the page looks at, else the latest; one quiet line where nothing is written."""
    month = session.month()
    st.button(
        "还没有情况说明，写一条…" if first else "写、改、撤回说明…", key="notes.open", on_click=begin,
        type="tertiary" if first else "secondary", args=(code, month if month in months else months[0]),
    )  # fmt: skip


def known(code: str) -> tuple[Note, ...]:
    """The notes of the indicator on the whole district, known at the time looked at, up to the month looked at."""
    month = session.month()
    found = session.once(f"notes {code}", partial(everything, code))
    return tuple(note for note in found if month is None or note.latest.period_end <= month)


def everything(code: str) -> tuple[Note, ...]:
    """The notes of the indicator on the whole district, known at the time looked at."""
    total = session.catalogue().total
    return commentary.notes(session.board().store, [code], region=total, before=session.before())[code]


def on_desk(code: str) -> Draft | None:
    """The note of this indicator that is being written, or has just been."""
    draft = st.session_state.get(DRAFT)
    return draft if isinstance(draft, Draft) and draft.code == code else None


def begin(code: str, month: date) -> None:
    """Put the note of that month on the desk, as it stands now."""
    old = st.session_state.get(DRAFT)
    seen = commentary.seen(known(code), month)
    draft = Draft(old.number + 1 if isinstance(old, Draft) else 1, code, month, seen)
    st.session_state[DRAFT] = draft
    if seen is not None and not seen.withdrawn:
        said = commentary.wording(seen)
        for field, text in (("what", said.what), ("doing", said.doing), ("by_when", said.by_when)):
            st.session_state[draft.key(field)] = text


def chosen_month(draft: Draft, months: Sequence[date]) -> None:
    """Which month the note is about; another one begins anew."""
    key = draft.key("month")
    st.selectbox(
        "情况说明的月份", months, index=months.index(draft.month) if draft.month in months else 0, format_func=commentary.named,
        key=key, width=240, on_change=lambda: begin(draft.code, st.session_state[key]),
    )  # fmt: skip
    if draft.overtaken and draft.seen:
        ui.html("indicator_note_overtaken.html", other=commentary.wording(draft.seen))
    elif draft.problem:
        ui.html("upload_say.html", tone="warn", said=draft.problem, links=[])


def fields(draft: Draft, months: Sequence[date]) -> None:
    """The parts of a note and why it is changed, and what to do with it."""
    with st.form(draft.key("form"), border=False):
        st.text_area("发生了什么", key=draft.key("what"), max_chars=comment.LONGEST_TEXT, height=100)
        st.text_area("正在采取的措施（可不填）", key=draft.key("doing"), max_chars=comment.LONGEST_TEXT, height=100)
        columns = st.columns([1, 2])
        columns[0].text_input(
            "完成时限（可不填）", key=draft.key("by_when"), placeholder="如2026年10月31日", max_chars=40
        )
        if draft.stands:
            columns[1].text_input("修改或撤回的原因", key=draft.key("reason"), max_chars=comment.LONGEST_REASON)
        with st.container(horizontal=True):
            word = "仍按我写的保存" if draft.overtaken else "保存修改" if draft.stands else "保存说明"
            st.form_submit_button(word, type="primary", on_click=save, args=(draft, tuple(months)))
            if draft.stands:
                st.form_submit_button("撤回这条说明", on_click=take_back, args=(draft,))
            st.form_submit_button("取消", on_click=drop, args=(draft,))


def typed(draft: Draft) -> dict[str, str]:
    """What stands in the fields."""
    return {field: st.session_state.get(draft.key(field)) or "" for field in FIELDS}


def save(draft: Draft, months: Sequence[date]) -> None:
    """Store what was typed."""
    entry = Entry(indicator=draft.code, region=session.catalogue().total, month=draft.month, **typed(draft))
    after = draft.seen.comment_id if draft.seen else 0
    store, act = session.board().store, person.act()
    attempt(draft, "已保存", partial(comment.write, store, entry, months=months, after=after, act=act))


def take_back(draft: Draft) -> None:
    """Take the version that was seen back."""
    assert draft.seen is not None
    store, reason = session.board().store, typed(draft)["reason"]
    taken = partial(comment.withdraw, store, draft.seen, act=person.act(), reason=reason)
    attempt(draft, "已撤回，各次内容仍留在记录里", taken)


def attempt(draft: Draft, done: str, act: Callable[[], object]) -> None:
    """Write; what stands in the way is told, and nothing typed is lost."""
    try:
        act()
    except Moved:
        overtake(draft)
    except Refused as refused:
        st.session_state[DRAFT] = replace(draft, problem=str(refused), overtaken=False)
    else:
        close(draft, f"{commentary.named(draft.month)}的说明{done}。")


def overtake(draft: Draft) -> None:
    """Keep what was typed, and show beside it what somebody else has written meanwhile."""
    now = commentary.seen(known(draft.code), draft.month)
    st.session_state[DRAFT] = replace(draft, seen=now, problem="", overtaken=True)


def close(draft: Draft, done: str) -> None:
    """Say what became of it and show the button again."""
    st.session_state[DRAFT] = replace(draft, done=done)


def drop(draft: Draft) -> None:
    """Forget what was typed; its number goes on, so that the next form begins empty."""
    st.session_state[DRAFT] = replace(draft, code="")
