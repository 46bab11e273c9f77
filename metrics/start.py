"""Opens the board once: catalogue, store, and the notice as its first release."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from metrics import catalogue as catalogues
from metrics import notice as notices
from metrics import store as stores
from metrics.catalogue import Catalogue
from metrics.errors import Refused
from metrics.intake.notice import submission
from metrics.model import Submission
from metrics.notice import Notice
from metrics.store import Store


@dataclass(frozen=True, slots=True)
class Board:
    """The catalogue, the open store and, where there is one, the notice, for as long as the process lives."""

    catalogue: Catalogue
    store: Store
    notice: Notice | None

    @property
    def demonstration(self) -> bool:
        """Whether all figures are invented."""
        return stores.is_demonstration(self.store)


def start(config: Path, *, at: datetime, store_url: str | None = None, noticed: bool = True) -> Board:
    """The board of `config`, its store created and the notice appended if it is not there yet.

    at         the moment that a new release is received
    store_url  another store than the one config.yaml names, e.g. duckdb:/tmp/try.duckdb
    noticed    whether a new store gets the notice; a demonstration store never does

    Raises `Refused` with one message that says what to do; then no release was written. A catalogue of the demonstration
    opens a demonstration store, or with `noticed` False an empty one to become it, and no other.
    """
    catalogue = catalogues.load(config)
    path = catalogue.folder / catalogue.declaration.notice if noticed and catalogue.declaration.notice else None
    notice = notices.load(path) if path else None
    first = submission(catalogue, notice) if notice else None
    declared = catalogue.declaration
    store = stores.open_store(
        store_url or declared.store,
        folder=catalogue.folder,
        backups=declared.backup.folder if store_url is None else "",
    )
    if catalogue.declaration.demonstration:
        _refuse_real(store, config, empty=not noticed)
    _refuse_moved_targets(store, catalogue)
    if stores.is_demonstration(store):
        notice = first = None  # real figures never stand beside invented ones
    if first is not None and not _withdrawn_by_a_person(store, first):
        stores.append(store, first, at=at)
    stores.keep_catalogue(store, sha256=catalogue.sha256, text=catalogue.text, at=at)
    return Board(catalogue, store, notice)


def _refuse_real(store: Store, config: Path, *, empty: bool) -> None:
    """Close a store that holds, or could get, real figures under invented duties and targets."""
    if stores.is_demonstration(store) or (empty and not stores.releases(store)):
        return
    store.close()
    raise Refused(
        f"{config.name} 是演示用的目录（科室和目标均为虚构），只能配演示数据库。看演示请用 make demo；真实数据请用 config.yaml。\n"
        f"{config.name} is the catalogue of the demonstration and opens its store only: use make demo, or config.yaml for real figures."
    )


def _refuse_moved_targets(store: Store, catalogue: Catalogue) -> None:
    """Close the store where a target was exchanged without a date: last year's status must stay what it was."""
    text = stores.catalogue_known(store, stores.EVER)
    if text is None or text == catalogue.text:
        return
    try:
        moved = catalogues.moved_targets(catalogues.former(text, catalogue.folder), catalogue)
    except Refused:  # kept by a program whose catalogue cannot be read any more: nothing to compare with
        return
    if not moved:
        return
    store.close()
    names = "、".join(f"{one.name}（{one.code}）" for one in moved)
    raise Refused(
        f"config.yaml 改了目标，但没有写从哪天起：{names}。这样会改写以前月份的状态。请保留原目标并写 valid_to，在新目标上写 valid_from；"
        "如果原来写错了，在改正后的目标上写 valid_from，写最早的日期。\n"
        "A target was changed without valid_from, which would rewrite the status of past months: keep the old one with valid_to, "
        "and give the new one valid_from."
    )


def _withdrawn_by_a_person(store: Store, first: Submission) -> bool:
    """Whether someone withdrew this very reading; starting again must not bring it back."""
    same = [release for release in stores.releases(store) if release.sha256 == first.sha256]
    return bool(same) and same[-1].taken_back
