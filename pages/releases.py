"""版本记录: every release, newest first; one by `?release=`, with its files, what it changed, and the way to take it back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial

import streamlit as st

from metrics import account
from metrics.board import export, history, query, table
from metrics.board.query import Facts
from metrics.catalogue import Catalogue
from metrics.errors import Refused
from metrics.intake import submit
from metrics.model import Release
from metrics.store import codes_of, events, files
from pages import person, session, ui

LISTED = 50
SHOWN = 200
DOWNLOADED = 100_000

board = session.board()
store, catalogue = board.store, session.catalogue()
releases = session.releases()


def listing() -> None:
    """The list, the newest ones first; all of them on request."""
    asked = st.query_params.get("release", "")
    listed = history.lines(releases)
    standing = [one for one in listed if not one.gone]
    ui.html(
        "releases.html",
        organisation=catalogue.organisation.name,
        unknown=asked,
        total=len(listed),
        gone=len(listed) - len(standing),
        latest=history.sentence(standing[0]) if standing else "",
        lines=listed if "all" in st.query_params else listed[:LISTED],
    )


def one_release(release: Release) -> None:
    """One release from top to bottom: what it is, its files, what it changed, and taking it back."""
    kept = files(store, release.release_id)
    ui.html(
        "release.html",
        line=history.line(release),
        said=st.session_state.pop("releases.said", ""),
        answers=history.answers(release),
        files=history.files(kept),
        sha256=release.sha256,
        happened=history.happened(events(store), release.release_id),
        form=release.source == history.FORM,
    )
    review(release)
    downloads(release, [(one.file_no, one.name) for one in kept])
    comparison(release)
    taking_back(release)


def downloads(release: Release, named: list[tuple[int, str]]) -> None:
    """The original files, byte for byte, and the figures as they were stored."""
    number, name = named[0] if named else (0, "")
    if len(named) > 1:
        number, name = st.selectbox("原文件", named, format_func=lambda one: one[1])
    with st.container(horizontal=True):
        if named and release.source != history.FORM:
            given = partial(original, release, number)
            st.download_button("下载原文件", given, file_name=name, mime="application/octet-stream")
        for word, written, end in (("Excel", export.as_upload_xlsx, "xlsx"), ("CSV", export.as_upload_csv, "csv")):
            told = partial(exported, release, written)
            st.download_button(f"导出本版本数据（{word}）", told, file_name=f"版本{release.release_id}.{end}")


def original(release: Release, number: int) -> bytes:
    """The bytes of a file as they were handed in."""
    return next(one.content for one in files(store, release.release_id, content=True) if one.file_no == number)


def exported(release: Release, written: Callable[[Catalogue, Facts, Sequence[str]], bytes]) -> bytes:
    """The figures of the release in the form of an upload."""
    facts = query.of_release(store, release.release_id)
    return written(catalogue, facts, [code for code in facts if code in catalogue.indicators])


def comparison(release: Release) -> None:
    """What the board showed otherwise after this release than after another one."""
    others = {one.release_id: one for one in reversed(releases) if one.release_id != release.release_id}
    if not others:
        return
    ui.html("release_compare_head.html", number=release.release_id)
    key = f"releases.{release.release_id}.with"
    number = st.selectbox(
        "与哪个版本比较",
        list(others),
        index=list(others).index(asked_to_compare(release, others)),
        format_func=lambda one: named(others[one]),
        key=key,
        on_change=partial(remember, key),
    )
    old, new = sorted((release, others[number]), key=lambda one: (one.known_from, one.release_id))
    found = query.difference(session.reads(), old.release_id, new.release_id, most=SHOWN, first=catalogue.total)
    changes = history.differences(found.pairs, catalogue)
    ui.html("release_compare.html", old=old.release_id, new=new.release_id, total=found.total, changes=changes)
    if found.total:
        st.download_button(
            "下载全部差异（CSV）",
            partial(all_differences, old, new),
            file_name=f"版本{old.release_id}与{new.release_id}.csv",
        )


def asked_to_compare(release: Release, others: Collection[int]) -> int:
    """The release that the address names, else the one before, else the newest; `others` are newest first."""
    asked = st.query_params.get("with", "")
    before = (number for number in others if number < release.release_id)
    return next((number for number in others if str(number) == asked), next(before, next(iter(others))))


def named(release: Release) -> str:
    """A release in the list of those to compare with."""
    line = history.line(release)
    return f"版本{line.number} · {line.title} · {line.when}{'' if line.state == history.COUNTS else f' · {line.state.word}'}"


def remember(key: str) -> None:
    """Put the other release into the address, so that the comparison can be sent to somebody."""
    st.query_params["with"] = str(st.session_state[key])


def all_differences(old: Release, new: Release) -> bytes:
    """Every difference as a CSV."""
    found = query.difference(session.reads(), old.release_id, new.release_id, most=DOWNLOADED, first=catalogue.total)
    return table.of_changes(history.differences(found.pairs, catalogue))


def review(release: Release) -> None:
    """初报: who sent it waits; another person who writes makes it 终报, or sends it back with words."""
    who = session.me()
    if not release.waiting or session.known() or who is None or not who.writes:
        return
    own = who.name == release.by
    ui.html("release_review.html", own=own, observations=release.observations)
    if own:
        return
    key = f"releases.{release.release_id}.review"
    with st.form(key, border=False):
        reason = st.text_input("退回的原因（退回时填写）", max_chars=200)
        with st.container(horizontal=True):
            approved = st.form_submit_button("审核通过，作为终报", type="primary")
            returned = st.form_submit_button("退回给上报人")
    if approved or returned:
        st.session_state["releases.said"] = decided(release, reason if returned else None)
        st.rerun()


def decided(release: Release, reason: str | None) -> str:
    """Approves, or with a reason sends back, and says so; says why not when somebody else was faster."""
    try:
        if reason is None:
            submit.approve(store, release.release_id, act=person.act())
            return f"版本{release.release_id}已审核通过，领导现在可以看到。"
        submit.send_back(store, release.release_id, act=person.act(), reason=reason)
    except Refused as refused:
        return str(refused)
    return f"版本{release.release_id}已退回，看板不使用它的数据；上报人改正后重新上报。"


def taking_back(release: Release) -> None:
    """Taking the release back, or taking that back: first why, then what will happen, then it does."""
    if release.replaced or release.returned or session.known():
        return
    word = "恢复" if release.taken_back else "撤回"
    may, no = person.may_write(), not_theirs(release)
    closed = None if may else person.closed()
    ui.html("release_undo.html", word=word, number=release.release_id, closed=closed, no=no)
    if not may or no:
        return
    key = f"releases.{release.release_id}.{word}"
    if key in st.session_state:
        confirmation(release, word, key)
    else:
        asked_why(word, key)


def not_theirs(release: Release) -> str:
    """Why who is signed in may not take back this very release; "" where they may, or nobody is."""
    who = session.me()
    if who is None or not who.writes:
        return ""
    try:
        account.refuse_undo(who, catalogue.departments_of(codes_of(store, release.release_id)))
    except Refused as refused:
        return str(refused).splitlines()[0]
    return ""


def asked_why(word: str, key: str) -> None:
    """Asks for the reason, which is kept with the event."""
    with st.form(f"{key}.form", border=False):
        reason = st.text_input(f"{word}的原因", max_chars=200)
        if not st.form_submit_button(f"{word}这个版本…"):
            return
    if not reason.strip():
        st.warning("请填写原因，它会留在版本记录里。")
        return
    st.session_state[key] = reason.strip()
    st.rerun()


def confirmation(release: Release, word: str, key: str) -> None:
    """Says what will happen, and does it when that is confirmed."""
    reason = st.session_state[key]
    older, alone = query.stands_on(session.reads(), release.release_id) if word == "撤回" else (0, 0)
    ui.html(
        "release_confirm.html", word=word, number=release.release_id, by=person.act().by, reason=reason, older=older,
        alone=alone, observations=release.observations,
    )  # fmt: skip
    with st.container(horizontal=True):
        done = st.button(f"确认{word}", type="primary", key=f"{key}.yes")
        dropped = st.button(f"不{word}", key=f"{key}.no")
    if not done and not dropped:
        return
    del st.session_state[key]
    if done:
        st.session_state["releases.said"] = carried_out(release, word, reason)
    st.rerun()


def carried_out(release: Release, word: str, reason: str) -> str:
    """Does it, and says so; says why not when somebody else was faster, or who asks may not any more."""
    turn = submit.withdraw if word == "撤回" else submit.restore
    try:
        turn(store, catalogue, release.release_id, act=person.act(), reason=reason)
    except Refused as refused:
        return str(refused)
    return f"版本{release.release_id}已{word}，看板上的数据已经更新。"


chosen = next((one for one in releases if str(one.release_id) == st.query_params.get("release")), None)
if chosen is None:
    listing()
else:
    one_release(chosen)
