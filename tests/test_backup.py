"""A back-up is whole or not there, holds everything, and never takes the place of a store unasked."""

from __future__ import annotations

import asyncio
import random
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from metrics import backup, store
from metrics.board import query
from metrics.errors import Refused
from metrics.model import Act, BackupPlan
from metrics.start import start
from metrics.store import Store, append, append_comment, keep_catalogue, open_store, record_event, releases
from tests.builders import CONFIG, NOW, ROOT, held, observation, path_of, remark, submission
from tests.test_releases_page import MAY, load

FULL = shutil.disk_usage("/")._replace(free=1)
COPY_FOR_EVER = """
import sys
from datetime import timedelta
from metrics import backup
from metrics.store import open_store
from tests.builders import NOW
store = open_store(f"duckdb:{sys.argv[1]}")
print("open", flush=True)
for n in range(10_000):
    backup.make(store, at=NOW + timedelta(seconds=int(sys.argv[2]) + n))
"""


@pytest.fixture
def full(store: Store) -> Store:
    """A store with something in every table."""
    rows = [observation(at, on=f"{year}-{month:02}", indicator="sites") for at, (year, month) in enumerate(months())]
    first = append(store, submission(*rows, sha256="1"), at=NOW)
    append(store, submission(observation(8), sha256="2"), at=NOW)
    record_event(store, first.release_id, "withdraw", act=Act(at=NOW, by="张三"), reason="传错了")
    append_comment(store, remark(at=NOW), after=0)
    keep_catalogue(store, sha256="c", text="目录", at=NOW)
    return store


def months() -> list[tuple[int, int]]:
    return [(year, month) for year in range(2000, 2024) for month in range(1, 13)]


def taken_back(path: Path) -> dict[str, tuple[int, int]]:
    """What `held` says of all but the audit, of which a restored store keeps every line."""
    return {name: found for name, found in held(path).items() if name not in {"audit", "counter"}}


def later(**given: float) -> datetime:
    return NOW + timedelta(**given)


# Making one


@pytest.mark.onefile
def test_a_back_up_holds_all_that_the_store_holds_and_opens_by_itself(full: Store) -> None:
    path = backup.make(full, at=NOW)
    assert path == path_of(full).parent / "backups" / "board-20231201-090000.duckdb"
    found = held(path)
    assert found == store.sums(full)
    assert {name for name, (rows, _) in found.items() if rows} >= {
        "release",
        "observation",
        "release_event",
        "comment",
        "catalogue",
    }


def test_the_original_files_are_in_it_byte_for_byte(tmp_path: Path) -> None:
    board = start(CONFIG, at=NOW, store_url=f"duckdb:{tmp_path}/board.duckdb")
    load(board, "5月报表.csv", MAY)
    path = backup.make(board.store, at=NOW)
    kept = [file.content for file in store.files(board.store, 2, content=True)]
    board.store.close()
    again = open_store(f"duckdb:{path}")
    assert [file.content for file in store.files(again, 2, content=True)] == kept != []
    again.close()


def test_only_its_owner_reads_it(full: Store) -> None:
    path = backup.make(full, at=NOW)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_while_others_write_each_back_up_holds_whole_releases_and_nobody_waits(store: Store) -> None:
    stop = threading.Event()

    def write() -> None:
        for n in range(1000):
            if stop.is_set():
                return
            rows = [observation(n, indicator=f"rate-{row}") for row in range(50)]
            append(store, submission(*rows, sha256=str(n)), at=NOW)

    writer = threading.Thread(target=write)
    writer.start()
    made = [backup.make(store, at=later(seconds=second)) for second in range(5)]
    stop.set()
    writer.join()
    counts = []
    for path in made:
        opened = open_store(f"duckdb:{path}")
        found = releases(opened)
        counts.append(len(found))
        assert [one.release_id for one in found] == list(range(1, len(found) + 1))
        assert {one.observations for one in found} <= {50}
        assert opened.data_version() == len(found)
        opened.close()
    assert counts == sorted(counts)
    assert len(releases(store)) >= counts[-1] > 0


def test_a_name_of_ones_own_and_never_over_another(full: Store) -> None:
    path = backup.make(full, at=NOW, name="升级前.duckdb")
    before = path.read_bytes()
    with pytest.raises(Refused, match="已经存在，没有覆盖"):
        backup.make(full, at=NOW, name="升级前.duckdb")
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["../x.duckdb", "/tmp/x.duckdb", "deeper/x.duckdb", "x.csv", "x"])
def test_nowhere_but_into_its_folder(full: Store, name: str) -> None:
    with pytest.raises(Refused, match="备份只能写到"):
        backup.make(full, at=NOW, name=name)
    assert not full.backups.exists()


def test_a_path_into_the_folder_is_as_good_as_a_name(full: Store) -> None:
    assert backup.make(full, at=NOW, name=str(full.backups / "x.duckdb")).exists()


def test_sql_still_opens_no_file_elsewhere(full: Store, tmp_path: Path) -> None:
    full.backups.mkdir()
    (full.backups / "elsewhere").symlink_to(tmp_path)
    for path in (tmp_path / "x.duckdb", full.backups / ".." / "x.duckdb", full.backups / "elsewhere" / "x.duckdb"):
        with pytest.raises(duckdb.PermissionException), full.cursor() as cursor:
            cursor.execute(f"ATTACH '{path}' AS x")
    assert not (tmp_path / "x.duckdb").exists()


# What goes wrong


def test_a_full_disk_is_told_before_anything_is_written(full: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: FULL)
    with pytest.raises(Refused, match=r"磁盘剩余空间只有 0 MB，备份需要 6[0-9] MB"):
        backup.make(full, at=NOW)
    assert list(full.backups.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told(full: Store) -> None:
    full.backups.write_text("a file stands here")
    with pytest.raises(Refused, match="无法写入"):
        backup.make(full, at=NOW)


def test_a_copy_that_does_not_hold_the_same_is_no_back_up(full: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = store.sums_of

    def one_less(cursor: Any, database: str, *tables: str) -> Any:
        found = whole(cursor, database, *tables)
        return found if database == "kpi" else {**found, "comment": (0, 0)}

    monkeypatch.setattr(store, "sums_of", one_less)
    with pytest.raises(Refused, match="读回来与数据库不一致"):
        backup.make(full, at=NOW)
    assert list(full.backups.iterdir()) == []


def test_an_engine_that_fails_in_between_leaves_nothing_and_the_next_one_works(
    full: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(cursor: Any, name: str) -> Any:
        cursor.execute(f"CREATE TABLE {name}.half(a INTEGER)")
        raise duckdb.IOException("No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(store, "_copied", failing)
        with pytest.raises(Refused, match=r"备份没有写成：.*No space left on device.*看板的数据没有变"):
            backup.make(full, at=NOW)
    assert list(full.backups.iterdir()) == []
    assert held(backup.make(full, at=NOW)) == store.sums(full)


@pytest.mark.onefile
def test_a_kill_in_the_middle_leaves_no_half_back_up_and_the_store_as_it_was(full: Store) -> None:
    full.close()
    path, dice, before = path_of(full), random.Random(5), held(path_of(full))
    for run in range(4):
        command = [sys.executable, "-c", COPY_FOR_EVER, str(path), str(1000 * run)]
        running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert running.stdout is not None
        assert running.stdout.readline() == "open\n"
        time.sleep(0.1 + dice.random() * 0.4)
        running.send_signal(signal.SIGKILL)
        running.communicate()
        assert held(path) == before
    opened = open_store(f"duckdb:{path}")
    whole = [one.path for one in backup.kept(opened)]
    backup.make(opened, at=later(days=1))
    opened.close()
    assert whole
    assert all(held(one) == before for one in whole)


@pytest.mark.onefile
def test_what_a_power_cut_left_is_no_back_up_and_in_nobodys_way(full: Store) -> None:
    full.backups.mkdir()
    draft = full.backups / "board-20231201-090000.duckdb.part"
    draft.write_bytes(b"half")
    draft.with_name(draft.name + ".wal").write_bytes(b"half")
    assert backup.kept(full) == []
    path = backup.make(full, at=NOW)
    assert [one.path for one in backup.kept(full)] == [path]
    assert list(full.backups.iterdir()) == [path]


# Every day, and the oldest goes


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}:00+08:00")


@pytest.mark.parametrize(
    ("last", "now", "is_due"),
    [
        (None, "2026-11-25 01:00", True),
        ("2026-11-24 02:30", "2026-11-25 02:29", False),
        ("2026-11-24 02:30", "2026-11-25 02:30", True),
        ("2026-11-25 02:30", "2026-11-25 23:59", False),
        ("2026-11-23 02:31", "2026-11-25 01:00", True),
        ("2026-11-25 14:00", "2026-11-26 02:30", True),
    ],
)
def test_it_is_due_once_the_daily_moment_has_passed_without_one(last: str | None, now: str, is_due: bool) -> None:
    assert backup.due(BackupPlan(), last and at(last), at(now)) is is_due  # type: ignore[arg-type]


def test_without_a_time_of_day_none_is_due() -> None:
    assert not backup.due(BackupPlan(daily_at=None), None, NOW)


def test_the_daily_one_is_made_once_and_the_oldest_of_its_kind_go(full: Store) -> None:
    full.backups.mkdir()
    mine = [full.backups / name for name in ("升级前.duckdb", "demo-20200101-000000.duckdb")]
    for path in mine:
        path.write_bytes(b"")
    plan, morning = BackupPlan(keep=2), datetime(2026, 11, 20, 18, 31, tzinfo=UTC)  # 02:31 in Beijing
    days = [morning + timedelta(days=n) for n in range(4)]
    made = [backup.when_due(full, plan, at=day) for day in days]
    assert backup.when_due(full, plan, at=days[-1] + timedelta(hours=1)) is None
    assert [one.path for one in backup.kept(full)] == made[-2:]
    assert [one.at for one in backup.kept(full)] == days[-2:]
    assert all(path.exists() for path in mine)


def test_a_daily_one_that_fails_is_in_the_log_and_takes_no_older_one_away(
    full: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    backup.make(full, at=NOW)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: FULL)
    assert backup.when_due(full, BackupPlan(keep=1), at=later(days=3)) is None
    assert "自动备份没有成功：磁盘剩余空间只有" in caplog.text
    assert len(backup.kept(full)) == 1


def test_the_running_board_looks_for_it_and_goes_on_when_one_fails(
    full: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    looked, make = [], backup.make

    def failing_once(*given: Any, **named: Any) -> Path:
        looked.append(1)
        if len(looked) == 1:
            raise OSError("the folder went away")
        return make(*given, **named)

    async def board() -> None:
        task = asyncio.create_task(backup.nightly(full, BackupPlan(), lambda: NOW, every=0.01))
        while len(looked) < 2 or not backup.kept(full):
            await asyncio.sleep(0.01)
        task.cancel()

    monkeypatch.setattr(backup, "make", failing_once)
    asyncio.run(asyncio.wait_for(board(), 20))
    assert "自动备份没有成功" in caplog.text
    assert len(backup.kept(full)) == 1


# Restoring


@pytest.fixture
def saved(full: Store) -> Path:
    """A back-up of a store that has gone on since, and is closed."""
    path = backup.make(full, at=NOW)
    append(full, submission(observation(99), sha256="3"), at=later(minutes=1))
    full.close()
    return path


@pytest.mark.onefile
def test_into_an_empty_place_the_store_comes_back_as_it_was(saved: Path, tmp_path: Path) -> None:
    target = tmp_path / "new" / "board.duckdb"
    assert backup.restore(saved, target, at=NOW, replace=False) is None
    assert held(target) == held(saved)
    assert [path.name for path in target.parent.iterdir()] == ["board.duckdb"]


@pytest.mark.onefile
def test_a_store_is_not_overwritten_unasked_and_when_asked_it_is_kept(full: Store, saved: Path) -> None:
    newer = held(path_of(full))
    with pytest.raises(Refused, match="已经有数据，没有覆盖"):
        backup.restore(saved, path_of(full), at=NOW, replace=False)
    assert held(path_of(full)) == newer
    old = backup.restore(saved, path_of(full), at=NOW, replace=True)
    assert old == path_of(full).with_name("board.before-20231201-090000.duckdb")
    assert (taken_back(path_of(full)), held(old)) == (taken_back(saved), newer)
    opened = open_store(f"duckdb:{path_of(full)}")
    assert len(query.facts(opened, ["rate"])["rate"]) == 1
    opened.close()


@pytest.mark.onefile
def test_a_log_beside_the_old_store_is_never_played_into_the_restored_one(full: Store, saved: Path) -> None:
    path_of(full).with_name(path_of(full).name + ".wal").write_bytes(b"of the old one")
    old = backup.restore(saved, path_of(full), at=NOW, replace=True)
    assert old is not None
    assert old.with_name(old.name + ".wal").read_bytes() == b"of the old one"
    assert taken_back(path_of(full)) == taken_back(saved)


@pytest.mark.onefile
@pytest.mark.parametrize("damage", ["truncated", "flipped", "empty", "another program's", "no file"])
def test_what_is_no_whole_back_up_replaces_nothing(full: Store, saved: Path, damage: str) -> None:
    before, content = held(path_of(full)), bytearray(saved.read_bytes())
    if damage == "truncated":
        saved.write_bytes(content[: len(content) // 2])
    elif damage == "flipped":
        for place in range(4096 * 3, len(content), 4096):
            content[place + 100] ^= 0xFF
        saved.write_bytes(content)
    elif damage == "another program's":
        saved.unlink()
        duckdb.connect(str(saved)).execute("CREATE TABLE x(a INTEGER)").close()
    elif damage == "empty":
        saved.write_bytes(b"")
    else:
        saved.unlink()
    with pytest.raises(Refused):
        backup.restore(saved, path_of(full), at=NOW, replace=True)
    assert held(path_of(full)) == before
    assert not list(path_of(full).parent.glob("*restoring*"))


@pytest.mark.onefile
def test_a_damaged_store_is_what_a_back_up_is_for(full: Store, saved: Path) -> None:
    path_of(full).write_bytes(b"DUCK" * 5000)
    old = backup.restore(saved, path_of(full), at=NOW, replace=True)
    assert old is not None
    assert old.read_bytes() == b"DUCK" * 5000
    assert held(path_of(full)) == held(saved)


@pytest.mark.onefile
def test_a_store_that_a_board_holds_is_not_replaced(full: Store, saved: Path) -> None:
    script = "import sys; from metrics.store import open_store; s = open_store(f'duckdb:{sys.argv[1]}'); print(1, flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", script, str(path_of(full))]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(Refused, match="正被另一个程序使用"):
            backup.restore(saved, path_of(full), at=NOW, replace=True)
        holder.kill()
    assert len(held(path_of(full))) > 5


@pytest.mark.onefile
def test_a_back_up_of_a_newer_program_is_refused(full: Store, saved: Path) -> None:
    duckdb.connect(str(saved)).execute("UPDATE store_version SET version = 99").close()
    before = held(path_of(full))
    with pytest.raises(Refused, match="由更新版本的看板建立"):
        backup.restore(saved, path_of(full), at=NOW, replace=True)
    assert held(path_of(full)) == before
