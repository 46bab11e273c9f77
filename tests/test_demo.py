"""演示数据: invented, the same for a seed, through the real check, marked everywhere, and never beside real figures."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from metrics import demo
from metrics.catalogue import load as load_catalogue
from metrics.errors import Refused
from metrics.model import Kind
from metrics.start import Board, start
from metrics.store import DEMO, append, is_demonstration, releases
from tests.builders import CONFIG, NOW, observation, small_district, submission

LAST = date(2026, 10, 31)


@pytest.fixture
def empty(tmp_path: Path) -> Board:
    return start(small_district(tmp_path), at=datetime(2023, 1, 1, tzinfo=UTC))


def test_the_demonstration_goes_through_the_check_and_is_marked(empty: Board) -> None:
    number = demo.load(empty.store, empty.catalogue, last=LAST)
    found = releases(empty.store)
    assert number == len(found) >= demo.MONTHS
    assert {release.source for release in found} == {DEMO}
    assert all(release.title.startswith("演示数据") for release in found)
    assert empty.demonstration
    assert not any(release.withdrawn for release in found)
    assert found[0].known_from < found[-1].known_from
    assert demo.load(empty.store, empty.catalogue, last=LAST) == number


def test_real_and_invented_figures_are_never_mixed(empty: Board, tmp_path: Path) -> None:
    append(empty.store, submission(observation("91")), at=NOW)
    with pytest.raises(Refused, match="真实数据"):
        demo.load(empty.store, empty.catalogue, last=LAST)
    with pytest.raises(Refused, match="真实数据"):
        append(empty.store, submission(observation("92"), source=DEMO, sha256="b"), at=NOW)
    assert not is_demonstration(empty.store)


def test_a_demonstration_store_never_gets_the_notice(tmp_path: Path) -> None:
    store = f"duckdb:{tmp_path}/demo.duckdb"
    board = start(CONFIG, at=NOW, store_url=store, noticed=False)
    append(board.store, submission(observation("91", indicator="hazard-rate", region="110108"), source=DEMO), at=NOW)
    board.store.close()
    again = start(CONFIG, at=NOW, store_url=store)
    assert (again.notice, [release.source for release in releases(again.store)]) == (None, [DEMO])
    again.store.close()


def test_the_same_seed_gives_the_same_files_and_another_does_not() -> None:
    catalogue = load_catalogue(CONFIG)
    first, again, other = (list(demo.files(catalogue, last=LAST, seed=seed)) for seed in (1, 1, 2))
    assert [file.data for file in first] == [file.data for file in again] != [file.data for file in other]


def test_there_are_all_indicators_all_streets_gaps_late_reports_and_revisions() -> None:
    catalogue = load_catalogue(CONFIG)
    files = list(demo.files(catalogue, last=LAST))
    rows = [row for file in files for row in file.rows]
    reported = {one.code for one in catalogue.indicators.values() if not one.derived}
    assert {row[0] for row in rows} == reported
    assert {row[2] for row in rows} == {*(region.name for region in catalogue.regions), "全区"}
    figures = [
        one for one in catalogue.indicators.values() if not one.derived and one.kind not in {Kind.MILESTONE, Kind.GRADE}
    ]
    cells = {row[:3] for row in rows if row[0] in {one.code for one in figures}}
    assert len(cells) < len(figures) * (len(catalogue.regions) + 1) * demo.MONTHS
    assert {"补报" in file.name for file in files} == {"更正" in file.name for file in files} == {True, False}
    assert all(file.reason for file in files if "更正" in file.name)
