"""Compacting a store puts its figures in order and changes nothing else, whatever interrupts it."""

from __future__ import annotations

import json
import os
import random
import shutil
import stat
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from metrics import compact, store
from metrics.__main__ import main
from metrics.board import query
from metrics.engine import Locked
from metrics.errors import Refused
from metrics.model import Act
from metrics.store import Store, append, append_comment, keep_catalogue, open_store, record_event
from tests.builders import DISTRICT, NOW, REGIONS, ROOT, held, observation, remark, submission
from tests.kills import WRITERS
from tests.people import join
from tests.test_store import HOLD, process

CODES = ("sites", "rate", "filing-rate")
STREETS = [region.code for region in REGIONS]
FULL = shutil.disk_usage("/")._replace(free=1)
SMALL = 40  # figures sorted at a time, so that there are many pieces
NO_ROOM = """
import resource, signal, sys
from pathlib import Path
from metrics import compact
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
try:
    compact.compact_file(Path(sys.argv[1]))
except compact.Refused as refused:
    print(refused)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store with something in every table, and figures that came in month by month."""
    path = tmp_path / "board.duckdb"
    dice, opened = random.Random(1), open_store(f"duckdb:{path}")
    for month in range(1, 13):
        figures = [
            observation(dice.randrange(100), on=f"2022-{month:02}", indicator=code, region=region, note=f"{month}月")
            for code in CODES
            for region in (DISTRICT, *STREETS)
            if region != DISTRICT or month % 3
        ]
        append(opened, submission(*figures, sha256=str(month)), at=NOW)
    append(opened, submission(observation(7, on="2022-05", indicator="sites"), sha256="again"), at=NOW)
    record_event(opened, 3, "withdraw", act=Act(at=NOW, by="张三"), reason="传错了")
    append_comment(opened, remark(at=NOW), after=0)
    keep_catalogue(opened, sha256="c", text="目录", at=NOW)
    join(opened, "张三")
    opened.close()
    return path


def shown(opened: Store) -> list[Any]:
    """All that pages ask for."""
    return [
        query.facts(opened, CODES),
        query.facts(opened, CODES, regions=[DISTRICT]),
        query.without_total(opened, CODES, DISTRICT),
        query.reported(opened, CODES, date(2022, 12, 31)),
        [query.history(opened, code, DISTRICT) for code in CODES],
        query.around(opened, CODES, STREETS[0], STREETS, until=None),
        query.months(opened),
        query.street_codes(opened, STREETS),
        [query.changes(opened, number, DISTRICT) for number in (5, 13)],
        query.difference(opened, 4, 13, most=1000),
        [query.of_release(opened, number) for number in (1, 13)],
        [query.stands_on(opened, number) for number in (5, 13)],
        store.releases(opened),
        store.events(opened),
        opened.data_version(),
    ]


def all_shown(path: Path) -> list[Any]:
    opened = open_store(f"duckdb:{path}")
    try:
        return shown(opened)
    finally:
        opened.close()


def stored(path: Path) -> list[tuple[Any, ...]]:
    """Keys of the figures as they lie in the file."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(
            "SELECT indicator, region, period_end, release_id, row_no FROM observation ORDER BY rowid"
        ).fetchall()


def names(path: Path) -> list[str]:
    return sorted(one.name for one in path.parent.iterdir())


def test_figures_lie_in_order_and_every_page_shows_what_it_showed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compact, "PIECE", SMALL)
    before, shown_before, size = held(path), all_shown(path), path.stat().st_size
    assert stored(path) != sorted(stored(path))
    done = compact.compact_file(path)
    assert done == compact.Compacted(rows=before["observation"][0], before=size, after=path.stat().st_size)
    assert stored(path) == sorted(stored(path))
    assert held(path) == before
    assert all_shown(path) == shown_before
    assert names(path) == ["board.duckdb"]


def test_every_table_has_something_that_could_be_lost(path: Path) -> None:
    assert {name for name, (rows, _) in held(path).items() if not rows} <= {"session", "secret", "release_file"}


def test_what_comes_in_afterwards_is_kept_like_before(path: Path) -> None:
    compact.compact_file(path)
    opened = open_store(f"duckdb:{path}")
    release = append(opened, submission(observation(9, on="2023-01", indicator="sites"), sha256="new"), at=NOW)
    opened.close()
    assert release.release_id == 14
    assert compact.compact_file(path).rows == held(path)["observation"][0] == len(stored(path))


def test_a_new_store_without_figures_is_compacted_too(tmp_path: Path) -> None:
    path = tmp_path / "board.duckdb"
    open_store(f"duckdb:{path}").close()
    assert compact.compact_file(path).rows == 0


def test_columns_stay_what_they_are(path: Path) -> None:
    def columns() -> list[Any]:
        with duckdb.connect(str(path), read_only=True) as connection:
            return connection.execute(
                "SELECT table_name, column_name, data_type, is_nullable FROM duckdb_columns() ORDER BY table_name, column_index"
            ).fetchall()

    before = columns()
    compact.compact_file(path)
    assert columns() == before


def test_who_may_read_the_file_stays_who_may(path: Path) -> None:
    path.chmod(0o640)
    compact.compact_file(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


# What stands in the way


def test_while_the_store_is_open_it_says_that_the_board_has_to_be_stopped(path: Path) -> None:
    before = held(path)
    with process(HOLD, path) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(Locked, match=rf"（进程 {holder.pid}），没有整理。.*请先停止看板(.|\n)*stop the board"):
            compact.compact_file(path)
    assert held(path) == before


def test_where_no_store_is_none_is_made(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="没有数据库"):
        compact.compact_file(tmp_path / "board.duckdb")
    assert list(tmp_path.iterdir()) == []


def test_a_disk_without_room_is_told_before_anything_is_written(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = path.read_bytes()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: FULL)
    with pytest.raises(Refused, match=r"磁盘剩余空间只有 0 MB，整理需要 6\d MB，没有整理"):
        compact.compact_file(path)
    assert path.read_bytes() == before
    assert names(path) == ["board.duckdb"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of a file")
def test_a_disk_that_takes_no_more_leaves_the_store_as_it_was(path: Path) -> None:
    before = path.read_bytes()
    done = subprocess.run(
        [sys.executable, "-c", NO_ROOM, str(path)], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert done.startswith(f"没有整理：{path}（")
    assert "数据和以前一样，没有变" in done
    assert path.read_bytes() == before
    assert names(path) == ["board.duckdb"]


def test_a_new_file_that_does_not_hold_the_same_is_not_taken(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = path.read_bytes()
    monkeypatch.setattr(compact, "INSERT_PIECE", compact.INSERT_PIECE.replace("WHERE", "WHERE row_no > 1 AND"))
    with pytest.raises(Refused, match="与数据库不一致，没有采用"):
        compact.compact_file(path)
    assert path.read_bytes() == before
    assert names(path) == ["board.duckdb"]


def test_a_damaged_store_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "board.duckdb"
    path.write_bytes(b"no database")
    with pytest.raises(Refused, match="已损坏"):
        compact.compact_file(path)
    assert path.read_bytes() == b"no database"


# Kills

STEPS = {"execute", "fsync", "replace", "unlink", "chmod"}
LAST, OTHERS = (
    10,
    8,
)  # of its steps, at which it is killed: those in which the new file takes the store's place, and some before


def stepping(path: Path, end: int) -> int:
    """Compact, and end the process at that of all steps in which it does something; how many there were."""
    compact.PIECE, done = SMALL, 0

    def hook(frame: Any, event: str, called: Any) -> None:
        nonlocal done
        if event == "c_call" and called.__name__ in STEPS and not isinstance(called.__self__, str):
            done += 1
            if done == end:
                os._exit(9)

    sys.setprofile(hook)
    try:
        compact.compact_file(path)
    finally:
        sys.setprofile(None)
    return done


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_killed_at_any_step_the_store_opens_with_everything(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compact, "PIECE", SMALL)
    WRITERS.set_forkserver_preload(["metrics.compact", "tests.test_compact"])
    original, before, new = path.read_bytes(), held(path), []
    steps = stepping(path, 0)
    assert steps > LAST + OTHERS
    for step in [*random.Random(1).sample(range(1, steps - LAST), OTHERS), *range(steps - LAST, steps + 1)]:
        path.write_bytes(original)
        process = WRITERS.Process(target=stepping, args=(path, step))
        process.start()
        process.join()
        assert process.exitcode == 9
        assert held(path) == before
        assert "board.duckdb" in names(path)
        assert not [name for name in names(path) if "fold" in name or name.endswith(".wal")]
        new.append(stored(path) == sorted(stored(path)))
    assert new == sorted(new)  # from one step on it is the new file, and before it the old one
    assert 1 < sum(new) < LAST


# The command


def test_the_command_says_what_it_did(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = held(path)["observation"][0]
    assert main(["compact", "--store", f"duckdb:{path}"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith(f"已整理并读回核对：{rows}条数据，")
    assert "现在可以启动看板" in said.out
    assert "正在排序写入" in said.err
    assert main(["compact", "--json", "--store", f"duckdb:{path}"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == rows


def test_the_command_is_refused_with_words_where_there_is_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compact", "--store", f"duckdb:{tmp_path}/none.duckdb"]) == 1
    assert "没有数据库" in capsys.readouterr().err
