"""A store on DuckLake: its address, what is said when something is missing, and several processes on one store.

The whole suite of the store runs on it by `make test-scale`; this is its short form, on a PostgreSQL of the test's own.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from metrics import account, backup, compact, lake, login, migrate, store
from metrics.board import query
from metrics.errors import Refused
from metrics.lake import PREFIX, Lake, lake_at
from metrics.model import Act, BackupPlan
from metrics.store import Store, append, open_store, record_event, releases, sums
from tests.builders import NOW, observation, submission
from tests.kills import hand_in
from tests.people import join
from tests.postgres import Postgres, postgres, program

ACT = Act(at=NOW, by="李四")
Opens = Callable[[], Store]

needs_postgres = pytest.mark.skipif(
    not program("initdb"), reason="PostgreSQL is not installed: sh tools/setup.sh postgres"
)


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres("fsync=off") as running:
        yield running


@pytest.fixture
def url(server: Postgres, tmp_path: Path) -> str:
    """Of a lake of the test's own, that is not there yet."""
    return f"{PREFIX}{server.words} schema=t{abs(hash(tmp_path)):x} data_path={tmp_path}/lake"


@pytest.fixture
def opens(url: str, tmp_path: Path) -> Iterator[Opens]:
    """Opens the lake, as one process after another would; each is closed at the end."""
    made: list[Store] = []

    def opened() -> Store:
        made.append(open_store(url, folder=tmp_path))
        return made[-1]

    yield opened
    for one in made:
        one.close()


def rate(one: Store) -> list[str]:
    return [f"{fact.observation.value:f}".removesuffix(".0000") for fact in query.facts(one, ["rate"])["rate"]]


# -- the address ------------------------------------------------------------------------------------------------------


def test_an_address_names_the_catalogue_and_the_folder_of_the_files(tmp_path: Path) -> None:
    read = lake_at(
        "ducklake:postgres:dbname=kpi host=db.example user=board sslmode=require data_path=lake", folder=tmp_path
    )
    assert read.catalogue == {"dbname": "kpi", "host": "db.example", "user": "board", "sslmode": "require"}
    assert (read.schema, read.data, read.disk) == ("kpi", f"{tmp_path}/lake/", tmp_path / "lake")


def test_an_address_for_s3(tmp_path: Path) -> None:
    read = lake_at(
        "ducklake:postgres:dbname=kpi data_path=s3://kpi/board s3_endpoint=store.example:9000 s3_url_style=path",
        folder=tmp_path,
    )
    assert (read.data, read.disk, read.s3) == (
        "s3://kpi/board/",
        None,
        {"endpoint": "store.example:9000", "url_style": "path"},
    )


def test_what_an_address_says_of_itself_is_read_again_as_the_same(tmp_path: Path) -> None:
    read = lake_at("ducklake:postgres:dbname='it'\"'\"'s' 'data_path=/srv/two words'", folder=tmp_path)
    assert read.catalogue == {"dbname": "it's"}
    assert lake_at(read.url, folder=tmp_path) == read


@pytest.mark.parametrize(
    ("address", "said"),
    [
        pytest.param("postgres://kpi@db/kpi", "看不懂", id="another kind of address"),
        pytest.param("ducklake:postgres:kpi", "看不懂", id="a word without a value"),
        pytest.param("ducklake:postgres:dbname='kpi", "看不懂", id="a quote that does not end"),
        pytest.param("ducklake:postgres:dbname=kpi host=db", "缺少 dbname 或 data_path", id="no folder"),
        pytest.param("ducklake:postgres:data_path=/srv", "缺少 dbname 或 data_path", id="no database"),
        pytest.param("ducklake:postgres:dbname=kpi data_path=/srv password=x", "不要写密码", id="a password"),
        pytest.param(
            "ducklake:postgres:dbname=kpi data_path=/srv schema=a;b", "schema 只用", id="a schema that is no name"
        ),
    ],
)
def test_an_address_that_cannot_be_meant_is_refused(address: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        store.engine_at(address)


def test_what_has_to_be_installed_is_said_by_name_and_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lake, "_extension", lambda _: None)
    with pytest.raises(Refused) as told:
        open_store(f"{PREFIX}dbname=kpi data_path=lake", folder=tmp_path)
    version = duckdb.__version__
    assert f"duckdb-extension-postgres-scanner=={version} duckdb-extension-ducklake=={version}" in str(told.value)
    assert "make lake" in str(told.value)


def test_a_package_for_another_version_of_duckdb_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert lake._extension("ducklake") is not None
    monkeypatch.setattr(duckdb, "__version__", "1.5.6")
    assert lake._extension("ducklake") is None


# -- what can go wrong when it is opened ------------------------------------------------------------------------------


def test_a_server_that_cannot_be_reached_is_told(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="目录库（PostgreSQL）连不上"):
        open_store(f"{PREFIX}dbname=kpi host=127.0.0.1 port=1 data_path=lake", folder=tmp_path)


@needs_postgres
def test_a_wrong_password_is_told_and_not_shown(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", "falsch")
    with pytest.raises(Refused, match="不让登录") as told:
        open_store(url)
    assert "falsch" not in str(told.value)


@needs_postgres
def test_another_folder_than_the_one_it_was_made_with_is_told(url: str, opens: Opens) -> None:
    opens()
    with pytest.raises(Refused, match="建库时的 data_path"):
        open_store(f"{url}-other")


@needs_postgres
def test_a_folder_that_cannot_be_made_is_told(server: Postgres, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Refused, match="请挂上共享磁盘"):
        open_store(f"{PREFIX}{server.words} data_path={tmp_path}/file/lake")


# -- several processes ------------------------------------------------------------------------------------------------


@needs_postgres
def test_a_release_of_one_is_seen_by_the_other_within_a_second(opens: Opens, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "LOOK_EVERY", 60)
    one, other = opens(), opens()
    before = other.data_version()
    append(one, submission(observation(80)), at=NOW)
    assert other.data_version() == before, "it does not ask at every step"
    monkeypatch.setattr(store, "LOOK_EVERY", 0)
    assert other.data_version() == one.data_version() != before
    assert rate(other) == ["80"]


@needs_postgres
def test_two_that_hand_in_at_once_both_land(opens: Opens) -> None:
    both = opens(), opens()
    writers = [threading.Thread(target=lambda one=one, name=name: [hand_in(one, f"{name}{at}", 3) for at in range(5)])
               for name, one in zip("ab", both, strict=True)]  # fmt: skip
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    found = releases(both[0])
    assert [one.release_id for one in found] == list(range(1, 11))
    assert {one.observations for one in found} == {3}


@needs_postgres
def test_the_same_file_at_two_at_once_is_one_release(opens: Opens) -> None:
    both, numbers = (opens(), opens()), []
    writers = [threading.Thread(target=lambda one=one: numbers.append(hand_in(one, "same", 3))) for one in both]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert numbers == [1, 1]


@needs_postgres
def test_who_writes_without_the_lock_is_told_to_try_again(opens: Opens, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock is what keeps writers apart; should it ever not, what they both changed is noticed at the end."""
    monkeypatch.setattr(Lake, "alone", lambda *_: nullcontext())
    one, other = opens(), opens()

    def interrupted() -> None:
        with store.transaction(one) as cursor:
            store._next(cursor, "release")
            hand_in(other, "other", 1)

    with pytest.raises(Refused, match="请再试一次"):
        interrupted()
    assert [each.release_id for each in releases(one)] == [1]


@needs_postgres
def test_a_change_that_was_checked_before_another_landed_is_checked_again(opens: Opens) -> None:
    one, other = opens(), opens()
    seen = one.data_version()
    hand_in(other, "other", 1)
    with pytest.raises(store.Moved):
        append(one, submission(observation(80)), at=NOW, checked_at=seen)


@needs_postgres
def test_undone_by_one_is_undone_for_the_other_and_known_as_it_was_on_every_day(opens: Opens) -> None:
    one, other = opens(), opens()
    number = append(one, submission(observation(80)), at=NOW).release_id
    record_event(other, number, "withdraw", act=Act(at=NOW + timedelta(days=2), by="李四"), reason="传错")
    assert rate(one) == rate(other) == []
    assert len(query.facts(one, ["rate"], before=NOW + timedelta(days=1))["rate"]) == 1


@needs_postgres
def test_a_small_release_waits_in_postgresql_and_an_uploaded_file_never_does(opens: Opens, tmp_path: Path) -> None:
    hand_in(opens(), "one", 3)
    files = [path.parent.name for path in (tmp_path / "lake").rglob("*.parquet")]
    assert files == ["release_file"]


@needs_postgres
def test_only_one_of_two_boards_makes_the_daily_back_up(opens: Opens) -> None:
    plan = BackupPlan(daily_at="00:00")
    made = [backup.when_due(one, plan, at=NOW) for one in (opens(), opens())]
    assert made[0] is not None
    assert made[1] is None


@needs_postgres
def test_who_signed_out_at_one_is_signed_out_at_the_other(opens: Opens, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "LOOK_EVERY", 0)
    one, other = opens(), opens()
    join(one, "张三")
    (who,) = account.accounts(one)
    session = login.named(login.begin(one, who, way=login.Way.PASSWORD, act=ACT, lasts=timedelta(hours=1)))
    assert login.standing(other, session, at=NOW)
    assert login.standing(other, session, at=NOW + timedelta(hours=1)) is None
    login.end(one, session, act=ACT)
    assert login.standing(one, session, at=NOW) is login.standing(other, session, at=NOW) is None


@needs_postgres
def test_what_is_asked_at_every_step_is_asked_of_the_lake_once_until_somebody_commits(opens: Opens) -> None:
    one = opens()
    asked = one.again("SELECT count(*) AS n FROM release", {})
    assert one.again("SELECT count(*) AS n FROM release", {}) is asked
    hand_in(one, "one", 3)
    assert one.again("SELECT count(*) AS n FROM release", {}) == [{"n": 1}]


@needs_postgres
def test_every_board_of_a_lake_gives_the_same_link_for_the_first_administrator(opens: Opens, tmp_path: Path) -> None:
    assert login.first_key(opens()) == login.first_key(opens())
    alone = open_store(f"duckdb:{tmp_path}/alone.duckdb")
    assert login.first_key(alone) != login.first_key(alone)
    alone.close()


# -- PostgreSQL comes and goes ----------------------------------------------------------------------------------------


@needs_postgres
def test_killed_in_the_middle_of_a_release_nothing_is_there_by_halves_and_the_next_one_lands(
    server: Postgres, opens: Opens
) -> None:
    one = opens()
    hand_in(one, "before", 5)

    def interrupted() -> None:
        with store.transaction(one) as cursor:
            store._insert_release(cursor, store._next(cursor, "release"), submission(observation(1)), NOW)
            server.stop(killed=True)
            server.start()

    with pytest.raises(Refused, match="不能确定是否已写入"):
        interrupted()
    assert [each.observations for each in releases(one)] == [5]
    assert hand_in(one, "after", 4) == 2


@needs_postgres
def test_while_it_is_away_readers_are_told_and_afterwards_all_is_as_before(server: Postgres, opens: Opens) -> None:
    one = opens()
    hand_in(one, "before", 5)
    server.stop()
    try:
        with pytest.raises(Refused, match="连不上，稍后会自动重连"):
            releases(one)
        with pytest.raises(Refused, match="连不上"):
            hand_in(one, "meanwhile", 5)
    finally:
        server.start()
    assert [each.observations for each in releases(one)] == [5]


# -- putting it in order


@needs_postgres
def test_compact_makes_few_sorted_files_of_many_and_changes_no_figure(opens: Opens, url: str, tmp_path: Path) -> None:
    one, other = opens(), opens()
    for at in range(4):
        figures = [
            observation(row, indicator=f"rate-{row % 7}", on=f"{2000 + at}-{row % 12 + 1:02}") for row in range(1_100)
        ]
        append(one, submission(*figures, sha256=f"{at}"), at=NOW)
    hand_in(one, "small", 5)
    held = sums(other)
    assert files_of(one) == 4, "and one in PostgreSQL"
    assert compact.compact(url, folder=tmp_path).rows == 4_405
    assert sums(other) == sums(one) == held
    assert files_of(other) < 4
    assert hand_in(other, "after", 3) == 6


def files_of(one: Store) -> int:
    """How many files hold figures."""
    rows = one.query("SELECT file_count AS n FROM ducklake_table_info('kpi') WHERE table_name = 'observation'")
    return int(rows[0]["n"])


# -- moving a store ---------------------------------------------------------------------------------------------------


def filled(path: Path) -> Store:
    """A store in a file with three releases, one withdrawn, and their files."""
    opened = open_store(f"duckdb:{path}")
    for name in ("one", "two", "three"):
        hand_in(opened, name, 7)
    record_event(opened, 2, "withdraw", act=ACT, reason="传错")
    return opened


@needs_postgres
def test_a_store_moves_to_a_lake_and_back_with_every_row(url: str, tmp_path: Path) -> None:
    first = filled(tmp_path / "first.duckdb")
    held = sums(first)
    first.close()
    moved = migrate.migrate(f"duckdb:{tmp_path}/first.duckdb", url, folder=tmp_path)
    assert moved["observation"] == 21
    migrate.migrate(url, "duckdb:second.duckdb", folder=tmp_path)
    second = open_store("duckdb:second.duckdb", folder=tmp_path)
    assert sums(second) == held
    second.close()


@needs_postgres
def test_a_lake_with_a_history_takes_the_next_number(url: str, opens: Opens, tmp_path: Path) -> None:
    filled(tmp_path / "first.duckdb").close()
    migrate.migrate(f"duckdb:{tmp_path}/first.duckdb", url, folder=tmp_path)
    assert hand_in(opens(), "four", 2) == 4


@needs_postgres
def test_a_target_that_holds_anything_is_refused_and_left_alone(url: str, opens: Opens, tmp_path: Path) -> None:
    filled(tmp_path / "first.duckdb").close()
    hand_in(opens(), "mine", 2)
    with pytest.raises(Refused, match="已经有数据"):
        migrate.migrate(f"duckdb:{tmp_path}/first.duckdb", url, folder=tmp_path)
    assert [one.observations for one in releases(opens())] == [2]


@needs_postgres
def test_a_row_that_came_over_changed_is_found(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(tmp_path / "first.duckdb").close()
    copy = migrate._copy

    def spoiled(connection: duckdb.DuckDBPyConnection, tables: list[str]) -> None:
        copy(connection, tables)
        connection.execute("UPDATE kpi.observation SET value = value + 1 WHERE release_id = 3 AND row_no = 2")

    monkeypatch.setattr(migrate, "_copy", spoiled)
    with pytest.raises(Refused, match="observation 有2行读回来与来源不一致"):
        migrate.migrate(f"duckdb:{tmp_path}/first.duckdb", url, folder=tmp_path)


def test_a_store_does_not_move_onto_itself(tmp_path: Path) -> None:
    filled(tmp_path / "first.duckdb").close()
    with pytest.raises(Refused, match="同一个数据库"):
        migrate.migrate(f"duckdb:{tmp_path}/first.duckdb", "duckdb:first.duckdb", folder=tmp_path)


@needs_postgres
def test_a_back_up_of_a_lake_is_a_store_in_a_file_with_everything(opens: Opens) -> None:
    one = opens()
    hand_in(one, "one", 7)
    path = backup.make(one, at=NOW)
    assert path.stat().st_mode & 0o777 == 0o600 or os.name == "nt"
    copy = open_store(f"duckdb:{path}")
    assert store._lasting(sums(copy)) == store._lasting(sums(one))
    copy.close()
