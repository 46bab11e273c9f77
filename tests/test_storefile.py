"""The log beside a store becomes part of its file when it is closed, whatever interrupts that."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from metrics import storefile
from metrics.engine import Locked
from metrics.onefile import fold
from metrics.store import Store, open_store, releases
from tests.builders import ROOT
from tests.kills import hand_in


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "board.duckdb"


def opened(path: Path) -> Store:
    return open_store(f"duckdb:{path}")


def held(path: Path) -> list[int]:
    """Numbers of figures in the releases of a store that nobody has open."""
    store = opened(path)
    try:
        return [one.observations for one in releases(store)]
    finally:
        store.close()


def names(path: Path) -> list[str]:
    return sorted(one.name for one in path.parent.iterdir())


def killed_while_open(path: Path, *rows: int) -> None:
    """A store whose writer was killed with all of that in the log alone."""
    script = (
        "import os, sys; from tests.test_storefile import *; store = opened(Path(sys.argv[1])); "
        "[hand_in(store, f'r{n}', int(n)) for n in sys.argv[2:]]; os._exit(9)"
    )
    done = subprocess.run([sys.executable, "-c", script, path, *map(str, rows)], cwd=ROOT, check=False)
    assert done.returncode == 9
    assert storefile.logged(path) > 0


def test_a_closed_store_is_one_file(path: Path) -> None:
    store = opened(path)
    hand_in(store, "one", 7)
    assert names(path) == ["board.duckdb", "board.duckdb.wal"]
    store.close()
    assert names(path) == ["board.duckdb"]
    assert held(path) == [7]


def test_the_engine_never_rewrites_the_file_while_it_is_open(path: Path) -> None:
    opened(path).close()
    before = path.read_bytes()
    killed_while_open(path, *range(100, 140))
    assert path.read_bytes() == before
    assert held(path) == list(range(100, 140))


def test_what_a_killed_writer_left_in_the_log_comes_into_the_file(path: Path) -> None:
    killed_while_open(path, 7, 8)
    assert held(path) == [7, 8]
    assert names(path) == ["board.duckdb"]


def test_a_store_that_was_only_read_stays_as_it_is(path: Path) -> None:
    opened(path).close()
    inode = path.stat().st_ino
    assert held(path) == []
    assert path.stat().st_ino == inode


def test_who_may_read_the_file_stays_who_may(path: Path) -> None:
    opened(path).close()
    path.chmod(0o640)
    store = opened(path)
    hand_in(store, "one", 7)
    store.close()
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("log_gone", [False, True])
def test_a_closing_that_was_cut_off_is_finished_at_the_next_start(
    path: Path, monkeypatch: pytest.MonkeyPatch, log_gone: bool
) -> None:
    killed_while_open(path, 7, 8)
    with monkeypatch.context() as patched:
        patched.setattr(storefile, "settle", lambda _: None)
        fold(path)
    if log_gone:
        storefile.beside(path, storefile.LOG).unlink()
    assert "board.duckdb.folded" in names(path)
    assert held(path) == [7, 8]
    assert names(path) == ["board.duckdb"]


def test_half_a_new_file_is_thrown_away(path: Path) -> None:
    killed_while_open(path, 7)
    for end in (storefile.DRAFT, storefile.DRAFT + storefile.LOG):
        storefile.beside(path, end).write_bytes(b"half")
    assert held(path) == [7]
    assert names(path) == ["board.duckdb"]


def test_where_no_new_file_can_be_written_the_log_stays(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(path: Path) -> Path:
        storefile.beside(path, storefile.DRAFT).write_bytes(b"half")
        raise OSError("No space left on device")

    store = opened(path)
    hand_in(store, "one", 7)
    with monkeypatch.context() as patched:
        patched.setattr(storefile, "copied", full)
        store.close()
    assert "数据都在" in caplog.text
    assert names(path) == ["board.duckdb", "board.duckdb.wal"]
    assert held(path) == [7]


def test_a_file_put_in_the_store_s_place_meanwhile_is_left_alone(path: Path) -> None:
    store = opened(path)
    hand_in(store, "one", 7)
    other = path.with_name("other.duckdb")
    opened(other).close()
    shutil.move(other, path)
    store.close()
    storefile.beside(path, storefile.LOG).unlink()
    assert held(path) == []


def test_closing_twice_is_closing_once(path: Path) -> None:
    store = opened(path)
    store.close()
    store.close()
    assert names(path) == ["board.duckdb"]


def test_only_one_opens_or_closes_at_a_time(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storefile, "PATIENCE", 0.1)
    with storefile.alone(path.parent), pytest.raises(Locked):
        opened(path)
    opened(path).close()
