"""A checked file -> a release, when a person confirms it; and taking a release back."""

from __future__ import annotations

from typing import Literal

from metrics import account
from metrics.catalogue import Catalogue
from metrics.errors import Refused
from metrics.intake.check import Checked, as_json, fingerprint, kept_files
from metrics.model import Act, Release, Submission
from metrics.period import Period, chinese
from metrics.store import DEMO, OBSERVATION, Store, append, codes_of, events, record_event, refuse_set_back, releases

OWN = "自己上报的版本要由另一位同事审核。"


def confirm(store: Store, checked: Checked, *, act: Act, source: str = "file", waits: bool = False) -> Release:
    """Store what was checked as one release, all of it or nothing.

    source  file, or form for a figure entered by hand
    waits   it is 初报 until a second person approves it

    Raises `Refused` for who may not, and while findings stand in the way, `Moved` when someone else's release came in
    between.
    """
    if not checked.accepted:
        raise Refused("还有问题没有解决，未入库。请先改正或回答列出的问题。")
    if not checked.rows.num_rows:
        raise Refused("文件里没有可以入库的数据。")
    named = "、".join(file.name for file in checked.files)
    allowed = account.entitled(store, act, "release", named)
    refuse_set_back(store, allowed.at)
    submission = Submission(
        source=source,
        title=f"{'演示数据：' if source == DEMO else ''}{title(checked)}",
        file=named,
        sha256=fingerprint(checked.uploads),
        by=allowed.by,
        known_from=allowed.at,
        observations=(),
        reason=(checked.reason or "").strip() or None,
        files=kept_files(checked),
        counts=checked.counts,
        answers=as_json(checked.answers),
        verified=allowed.origin.verified,
        waits=waits,
    )
    rows = checked.rows.select(OBSERVATION.names)
    return append(store, submission, at=allowed.at, rows=rows, checked_at=checked.data_version, origin=allowed.origin)


def title(checked: Checked) -> str:
    """What the release is called: the periods it reports."""
    named = sorted({Period.parse(text) for text in checked.rows["named"].unique().to_pylist()}, key=lambda one: one.end)
    if not named:
        return "上报数据"
    return f"{chinese(named[-1])}数据" if len(named) == 1 else f"{chinese(named[-1])}等{len(named)}个期间的数据"


def withdraw(store: Store, catalogue: Catalogue, release_id: int, *, act: Act, reason: str) -> None:
    """Take a release back, as an event that can itself be taken back; `Refused` where that makes no sense, or by who may not."""
    _turn(store, catalogue, release_id, "withdraw", act=act, reason=reason)


def restore(store: Store, catalogue: Catalogue, release_id: int, *, act: Act, reason: str) -> None:
    """Take back a withdrawal; `Refused` when no person withdrew the release, or for who may not."""
    _turn(store, catalogue, release_id, "restore", act=act, reason=reason)


def _turn(
    store: Store, catalogue: Catalogue, release_id: int, event: Literal["withdraw", "restore"], *, act: Act, reason: str
) -> None:
    if not reason.strip():
        raise Refused("请填写原因。")
    release = _release(store, release_id)
    departments = catalogue.departments_of(codes_of(store, release_id))
    allowed = account.entitled(store, act, event, str(release_id), departments=departments)
    if event == "withdraw" and release.withdrawn:
        raise Refused(f"版本{release_id}已经撤回。")
    if event == "restore" and not release.taken_back:
        raise Refused(f"版本{release_id}没有被撤回，不用恢复。")
    refuse_set_back(store, allowed.at)
    back = "await" if event == "restore" and _unseen(store, release_id) else event
    record_event(store, release_id, back, act=allowed, reason=reason.strip())


def approve(store: Store, release_id: int, *, act: Act) -> None:
    """Make 初报 终报: readers see it from now on. `Refused` for the sender, and for a release that does not wait."""
    record_event(store, release_id, "approve", act=_second(store, release_id, "approve", act), reason=None)


def send_back(store: Store, release_id: int, *, act: Act, reason: str) -> None:
    """Give 初报 back to its sender, with words; it then counts for nobody. `Refused` like `approve`."""
    if not reason.strip():
        raise Refused("请写明退回的原因。")
    allowed = _second(store, release_id, "return", act)
    record_event(store, release_id, "return", act=allowed, reason=reason.strip())


def _second(store: Store, release_id: int, event: str, act: Act) -> Act:
    """The act of a person who may decide about a release that waits, and did not send it."""
    release = _release(store, release_id)
    allowed = account.entitled(store, act, event, str(release_id))
    if not release.waiting:
        raise Refused(f"版本{release_id}不在待审，可能别人刚刚处理过。")
    if allowed.by == release.by:
        account.refused(store, event, str(release_id), act, said=OWN)
        raise Refused(OWN)
    refuse_set_back(store, allowed.at)
    return allowed


def _unseen(store: Store, release_id: int) -> bool:
    """Whether the release was 初报 and nobody has approved it."""
    happened = {one.event for one in events(store) if one.release_id == release_id}
    return "await" in happened and "approve" not in happened


def _release(store: Store, release_id: int) -> Release:
    found = next((one for one in releases(store) if one.release_id == release_id), None)
    if found is None:
        raise Refused(f"没有版本{release_id}。请在版本记录中核对编号。")
    return found
