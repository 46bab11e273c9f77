"""Opening the board: everything or nothing, once or many times, for this district or another."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from metrics.__main__ import figures
from metrics.errors import Refused
from metrics.model import Act
from metrics.start import Board, start
from metrics.store import record_event, releases
from tests.builders import CONFIG, NOW, copy_of_board, edit, small_district


def counts(board: Board) -> tuple[int, int, int]:
    tables = ("release", "observation", "catalogue")
    first, second, third = (board.store.query(f"SELECT count(*) AS n FROM {table}")[0]["n"] for table in tables)
    return first, second, third


def test_the_first_start_loads_the_notice(board: Board) -> None:
    (release,) = releases(board.store)
    assert (release.source, release.by, release.received_at) == ("haidian-2023-11-03", "system", NOW)
    assert release.known_from.isoformat() == "2023-11-02T16:00:00+00:00"
    assert board.notice is not None
    assert release.observations == len(board.notice.figures.records) > 130


def test_a_second_start_changes_nothing(tmp_path: Path) -> None:
    seen = []
    for hour in range(2):
        opened = start(CONFIG, at=NOW + timedelta(hours=hour), store_url=f"duckdb:{tmp_path / 'x.duckdb'}")
        seen.append((counts(opened), opened.store.data_version()))
        opened.store.close()
    assert seen[0] == seen[1]


def test_a_new_reading_of_the_notice_replaces_the_old_one_and_a_new_catalogue_is_kept(tmp_path: Path) -> None:
    config = copy_of_board(tmp_path)
    first = start(config, at=NOW)
    records = counts(first)[1]
    first.store.close()
    edit(config, "name: 装修垃圾备案率", "name: 装修垃圾的备案率")
    figures_file = tmp_path / "data" / "notice" / "figures.yaml"
    figures_file.write_text(figures_file.read_text("utf-8") + "# read again\n", "utf-8")
    second = start(config, at=NOW + timedelta(days=1))
    assert counts(second) == (2, 2 * records, 2)
    assert [release.withdrawn for release in releases(second.store)] == [True, False]
    codes = [row["code"] for row in figures(second, theme=None, code=None, as_of=None)]
    assert len(codes) == len(set(codes)) > records
    second.store.close()


def test_a_withdrawn_notice_stays_withdrawn_when_the_board_starts_again(tmp_path: Path) -> None:
    url = f"duckdb:{tmp_path / 'x.duckdb'}"
    first = start(CONFIG, at=NOW, store_url=url)
    record_event(first.store, 1, "withdraw", act=Act(at=NOW, by="李四"), reason="误载")
    first.store.close()
    again = start(CONFIG, at=NOW + timedelta(days=1), store_url=url)
    assert [(release.release_id, release.withdrawn) for release in releases(again.store)] == [(1, True)]
    assert figures(again, theme=None, code=None, as_of=None) == []
    again.store.close()


@pytest.mark.onefile
def test_the_store_lies_where_the_configuration_says(tmp_path: Path) -> None:
    start(copy_of_board(tmp_path), at=NOW).store.close()
    assert (tmp_path / "data" / "board.duckdb").exists()


def test_another_district_starts_without_a_notice(tmp_path: Path) -> None:
    opened = start(small_district(tmp_path), at=NOW)
    assert opened.notice is None
    assert figures(opened, theme=None, code=None, as_of=None) == []
    assert counts(opened) == (0, 0, 1)
    opened.store.close()


def test_a_seventh_theme_starts_with_nothing_reported(tmp_path: Path) -> None:
    config = copy_of_board(tmp_path)
    seventh = "\n  - {code: parks, title: 园林绿化, short: 园林, indicators: [{code: trees, name: 植树, kind: flow, unit: 株}]}\n"
    config.write_text(config.read_text("utf-8").rstrip("\n") + seventh, "utf-8")
    opened = start(config, at=NOW)
    assert figures(opened, theme="parks", code=None, as_of=None) == []
    assert len(figures(opened, theme=None, code=None, as_of=None)) > 130
    opened.store.close()


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("config.yaml", "short: 垃圾管理", "shirt: 垃圾管理"),
        ("data/notice/figures.yaml", "quote: 37个问题", "quote: 36个问题"),
        ("data/notice/notice.txt", "37个问题", "36个问题"),
        ("data/regions/haidian.csv", "code9,", "code,"),
    ],
)
def test_what_is_wrong_in_any_file_stops_the_start_before_anything_is_written(
    tmp_path: Path, name: str, old: str, new: str
) -> None:
    config = copy_of_board(tmp_path)
    edit(tmp_path / name, old, new)
    with pytest.raises(Refused):
        start(config, at=NOW)
    assert list(tmp_path.rglob("*.duckdb*")) == []


@pytest.mark.onefile
def test_a_damaged_file_leaves_an_existing_store_as_it_was(tmp_path: Path) -> None:
    config = copy_of_board(tmp_path)
    start(config, at=NOW).store.close()
    before = (tmp_path / "data" / "board.duckdb").read_bytes()
    edit(tmp_path / "data" / "notice" / "figures.yaml", "quote: 37个问题", "quote: 36个问题")
    with pytest.raises(Refused):
        start(config, at=NOW)
    assert (tmp_path / "data" / "board.duckdb").read_bytes() == before


@pytest.mark.parametrize(
    ("new", "refused"),
    [
        pytest.param("[{form: standing, value: 95, basis: 甲}]", True, id="another value without a date"),
        pytest.param("[{form: standing, value: 95, basis: 甲, valid_from: 2024-01-01}]", False, id="another value from a day on"),
        pytest.param(
            "[{form: standing, value: 90, basis: 甲, valid_to: 2023-12-31}, {form: standing, value: 95, basis: 乙, valid_from: 2024-01-01}]",
            False, id="the old one ends, a new one begins",
        ),
        pytest.param("[{form: standing, value: 90, basis: 另一文件}]", False, id="another basis"),
        pytest.param("[]", False, id="none any more"),
    ],
)  # fmt: skip
def test_a_target_is_not_exchanged_without_a_date(tmp_path: Path, new: str, *, refused: bool) -> None:
    config = small_district(tmp_path)
    edit(
        config,
        "        polarity: up\n",
        "        polarity: up\n        targets: [{form: standing, value: 90, basis: 甲}]\n",
    )
    start(config, at=NOW).store.close()
    edit(config, "[{form: standing, value: 90, basis: 甲}]", new)
    if refused:
        with pytest.raises(Refused, match=r"没有写从哪天起：合同签订率（contract-rate）"):
            start(config, at=NOW)
    else:
        start(config, at=NOW).store.close()
