"""A checked file -> a release, when a person confirms it; and taking a release back."""

from __future__ import annotations

from datetime import datetime

from metrics.errors import Refused
from metrics.intake.check import Checked, as_json, fingerprint, kept_files
from metrics.model import PROGRAM, Act, Origin, Release, Submission
from metrics.period import Period, chinese
from metrics.store import DEMO, OBSERVATION, Store, append, record_event, refuse_set_back, releases


def confirm(
    store: Store, checked: Checked, *, by: str, at: datetime, source: str = "file", origin: Origin = PROGRAM
) -> Release:
    """Store what was checked as one release, all of it or nothing.

    source  file, or form for a figure entered by hand
    origin  how the person came

    Raises `Refused` while findings stand in the way, `Moved` when someone else's release came in between.
    """
    if not checked.accepted:
        raise Refused("还有问题没有解决，未入库。请先改正或回答列出的问题。")
    if not by.strip():
        raise Refused("请填写上报人姓名。")
    if not checked.rows.num_rows:
        raise Refused("文件里没有可以入库的数据。")
    refuse_set_back(store, at)
    submission = Submission(
        source=source,
        title=f"{'演示数据：' if source == DEMO else ''}{title(checked)}",
        file="、".join(file.name for file in checked.files),
        sha256=fingerprint(checked.uploads),
        by=by.strip(),
        known_from=at,
        observations=(),
        reason=(checked.reason or "").strip() or None,
        files=kept_files(checked),
        counts=checked.counts,
        answers=as_json(checked.answers),
        verified=origin.verified,
    )
    rows = checked.rows.select(OBSERVATION.names)
    return append(store, submission, at=at, rows=rows, checked_at=checked.data_version, origin=origin)


def title(checked: Checked) -> str:
    """What the release is called: the periods it reports."""
    named = sorted({Period.parse(text) for text in checked.rows["named"].unique().to_pylist()}, key=lambda one: one.end)
    if not named:
        return "上报数据"
    return f"{chinese(named[-1])}数据" if len(named) == 1 else f"{chinese(named[-1])}等{len(named)}个期间的数据"


def withdraw(store: Store, release_id: int, *, by: str, reason: str, at: datetime, origin: Origin = PROGRAM) -> None:
    """Take a release back, as an event that can itself be taken back; `Refused` where that makes no sense."""
    release = _release(store, release_id, by, reason)
    if release.withdrawn:
        raise Refused(f"版本{release_id}已经撤回。")
    refuse_set_back(store, at)
    record_event(store, release_id, "withdraw", act=Act(at=at, by=by.strip(), origin=origin), reason=reason.strip())


def restore(store: Store, release_id: int, *, by: str, reason: str, at: datetime, origin: Origin = PROGRAM) -> None:
    """Take back a withdrawal; `Refused` when the release was not withdrawn by a person."""
    release = _release(store, release_id, by, reason)
    if not release.taken_back:
        raise Refused(f"版本{release_id}没有被撤回，不用恢复。")
    refuse_set_back(store, at)
    record_event(store, release_id, "restore", act=Act(at=at, by=by.strip(), origin=origin), reason=reason.strip())


def _release(store: Store, release_id: int, by: str, reason: str) -> Release:
    if not by.strip() or not reason.strip():
        raise Refused("请填写姓名和原因。")
    found = [release for release in releases(store) if release.release_id == release_id]
    if not found:
        raise Refused(f"没有版本{release_id}。请在版本记录中核对编号。")
    return found[0]
