"""Makes the demonstration: its catalogue in a file beside its store, and the store filled with its months."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path

from metrics import catalogue as catalogues
from metrics import notice as notices
from metrics.catalogue import Catalogue
from metrics.demo.catalogue import HEAD, text
from metrics.demo.figures import MONTHS, Setting, Size, sizes
from metrics.demo.files import load, refuse_real
from metrics.errors import Refused
from metrics.intake.notice import submission
from metrics.period import SHANGHAI
from metrics.start import start
from metrics.store import open_store, releases


def make(
    config: Path, path: Path, *, last: date, number: int = MONTHS, told: Callable[[str], None] = lambda _: None
) -> int:
    """Fill the store at `path` with invented months and write its catalogue beside it, as path.yaml; how many releases.

    config  of the real catalogue
    last    a day of the last month to invent, and number, of how many; a demonstration that is there keeps its own

    Raises `Refused` for a store with real figures, and where another file stands in the catalogue's place.
    """
    real = catalogues.load(config)
    held, place = _held(path), path.with_suffix(".yaml")
    setting = Setting(last=held or last, number=number, sizes=_sizes(real))
    if place.exists() and not place.read_text(encoding="utf-8").startswith(HEAD):
        raise Refused(
            f"{place} 不是演示用的目录，不能覆盖。请换一个数据库文件名。 This file is not the demonstration's."
        )
    if held is None or not place.exists():
        _write(real, setting, place, path)
    if path.exists():
        return _fill(place, path, setting, told)
    unfinished = path.with_name(f"{path.name}.part")
    unfinished.unlink(missing_ok=True)
    number_of_releases = _fill(place, unfinished, setting, told)
    unfinished.replace(path)  # only a whole demonstration bears the name
    return number_of_releases


def _fill(place: Path, path: Path, setting: Setting, told: Callable[[str], None]) -> int:
    """Load the store at `path`; its catalogue is in force from the first month on."""
    begun = datetime.combine(setting.months[0].start or setting.last, time(), SHANGHAI)
    board = start(place, at=begun, store_url=f"duckdb:{path.resolve()}", noticed=False)
    try:
        return load(board.store, board.catalogue, setting, told=told)
    finally:
        board.store.close()


def _write(real: Catalogue, setting: Setting, place: Path, path: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    regions = _seen_from(place.parent, real.folder / real.declaration.regions)
    place.write_text(text(real, setting, regions=regions, store=f"duckdb:{path.name}"), encoding="utf-8")


def _sizes(catalogue: Catalogue) -> dict[str, Size]:
    """How large the notice's figures are; none without a notice."""
    if not catalogue.declaration.notice:
        return {}
    notice = notices.load(catalogue.folder / catalogue.declaration.notice)
    return sizes(submission(catalogue, notice).observations, catalogue)


def _held(path: Path) -> date | None:
    """The last day of the demonstration's last month; None where there is no demonstration yet."""
    if not path.exists():
        return None
    store = open_store(f"duckdb:{path}")
    try:
        refuse_real(store)
        known = [release.known_from.astimezone(SHANGHAI).date() for release in releases(store)]
    finally:
        store.close()
    return max(known).replace(day=1) - timedelta(days=1) if known else None


def _seen_from(folder: Path, path: Path) -> str:
    """The path as seen from the folder; in full where it lies on another drive."""
    try:
        return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()
    except ValueError:
        return path.resolve().as_posix()
