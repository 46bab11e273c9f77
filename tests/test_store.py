"""The store: whole releases, appended once, never overwritten; a file that is not right is refused and left alone."""

from __future__ import annotations

import hashlib
import os
import random
import re
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from metrics.board import query
from metrics.errors import Refused
from metrics.model import Act, Submission
from metrics.store import (
    SCHEMA,
    Moved,
    Store,
    append,
    append_comment,
    keep_catalogue,
    open_store,
    record_event,
    releases,
)
from tests.builders import NOW, ROOT, observation, path_of, remark, submission

MORE = SCHEMA + "\n-- version 6\nALTER TABLE observation ADD COLUMN seal VARCHAR;\n"
TABLES = ("release", "release_event", "observation", "catalogue")


def later(hours: int) -> datetime:
    return NOW + timedelta(hours=hours)


def values(store: Store, *, as_of: date | None = None) -> list[str]:
    """The current values of the indicator rate, oldest period first."""
    return [
        f"{fact.observation.value or 0:f}".removesuffix(".0000")
        for fact in query.facts(store, ["rate"], before=query.end_of_day(as_of))["rate"]
    ]


def counts(store: Store) -> dict[str, int]:
    return {table: store.query(f"SELECT count(*) AS n FROM {table}")[0]["n"] for table in TABLES}


def handed_in(store: Store, value: int, *, sha256: str, hours: int = 0, on: str = "2023-05") -> int:
    """A file with one rate, uploaded so many hours later; the id of its release."""
    given = submission(observation(value, on=on), sha256=sha256, known_from=later(hours))
    return append(store, given, at=later(hours)).release_id


# -- appending --------------------------------------------------------------------------------------------------------


def test_gives_back_what_was_handed_in(store: Store) -> None:
    given = submission(observation("93.24", quote="签订率已达93.24%", paragraph=27, note="注"), reason="更正")
    release = append(store, given, at=later(1))
    assert (release.release_id, release.source, release.file, release.by) == (1, "file", "may.csv", "张三")
    assert (release.known_from, release.received_at, release.reason) == (NOW, later(1), "更正")
    assert (release.observations, release.withdrawn) == (1, False)
    (fact,) = query.facts(store, ["rate"])["rate"]
    assert fact.observation == given.observations[0]


def test_the_same_bytes_are_appended_once(store: Store) -> None:
    assert handed_in(store, 80, sha256="a") == handed_in(store, 80, sha256="a", hours=1) == 1
    assert counts(store) == {"release": 1, "release_event": 0, "observation": 1, "catalogue": 0}


def test_the_same_bytes_are_appended_anew_after_a_withdrawal(store: Store) -> None:
    first = handed_in(store, 80, sha256="a")
    record_event(store, first, "withdraw", act=Act(at=later(1), by="李四"), reason="传错文件")
    assert values(store) == []
    assert handed_in(store, 80, sha256="a", hours=2) == 2
    assert values(store) == ["80"]


def test_a_withdrawal_can_be_taken_back(store: Store) -> None:
    release = handed_in(store, 80, sha256="a")
    record_event(store, release, "withdraw", act=Act(at=later(1), by="李四"), reason="传错文件")
    assert [one.withdrawn for one in releases(store)] == [True]
    record_event(store, release, "restore", act=Act(at=later(2), by="李四"), reason="没有传错")
    assert [one.withdrawn for one in releases(store)] == [False]
    assert values(store) == ["80"]


def test_a_later_release_revises_and_the_earlier_comes_back_when_it_is_withdrawn(store: Store) -> None:
    handed_in(store, 80, sha256="a")
    revision = handed_in(store, 85, sha256="b", hours=1)
    assert values(store) == ["85"]
    record_event(store, revision, "withdraw", act=Act(at=later(2), by="李四"), reason="误改")
    assert values(store) == ["80"]


def test_what_was_known_later_wins_then_the_later_release_then_the_later_row(store: Store) -> None:
    handed_in(store, 80, sha256="a", hours=5)
    handed_in(store, 70, sha256="b", hours=0)
    assert values(store) == ["80"], "received later, but known earlier"
    handed_in(store, 90, sha256="c", hours=5)
    assert values(store) == ["90"], "known at the same time, received later"
    twice = submission(observation(60), observation(65), sha256="d", known_from=later(6))
    append(store, twice, at=later(6))
    assert values(store) == ["65"]


def test_periods_do_not_revise_each_other(store: Store) -> None:
    handed_in(store, 80, sha256="a", on="2023-04")
    handed_in(store, 85, sha256="b", on="2023-05")
    handed_in(store, 70, sha256="c", on="../2023-05-31")
    assert sorted(values(store)) == ["70", "80", "85"]


def test_nothing_is_ever_overwritten(store: Store) -> None:
    seen = [counts(store)]
    first = handed_in(store, 80, sha256="a")
    seen.append(counts(store))
    handed_in(store, 81, sha256="b")
    seen.append(counts(store))
    record_event(store, first, "withdraw", act=Act(at=later(3), by="李四"), reason="误报")
    record_event(store, first, "restore", act=Act(at=later(4), by="李四"), reason="无误")
    seen.append(counts(store))
    assert all(one[table] <= two[table] for one, two in pairwise(seen) for table in TABLES)
    assert seen[-1] == {"release": 2, "release_event": 2, "observation": 2, "catalogue": 0}


def test_a_newer_reading_of_the_same_notice_replaces_the_older(store: Store) -> None:
    old = submission(observation(80), observation(1, on="2022"), source="notice-1", sha256="a")
    append(store, old, at=NOW)
    append(store, submission(observation(90), source="notice-1", sha256="b"), at=later(1))
    assert values(store) == ["90"], "what the newer reading no longer says is gone too"
    assert [release.withdrawn for release in releases(store)] == [True, False]
    append(store, submission(observation(70, on="2021"), source="notice-2", sha256="c"), at=later(2))
    assert [release.withdrawn for release in releases(store)] == [True, False, False]


def test_on_no_day_are_both_readings_of_a_notice_known(store: Store) -> None:
    published = datetime(2023, 11, 2, 16, 0, tzinfo=UTC)
    for sha256, value, on in (("a", 80, "2022"), ("b", 90, "2021")):
        reading = submission(observation(value, on=on), source="notice-1", sha256=sha256, known_from=published)
        append(store, reading, at=later(5))
    assert values(store, as_of=date(2023, 11, 3)) == ["90"]


def test_a_release_that_is_not_there_cannot_be_withdrawn(store: Store) -> None:
    with pytest.raises(Refused, match="没有版本 7"):
        record_event(store, 7, "withdraw", act=Act(at=NOW, by="李四"), reason="误报")


@pytest.mark.onefile
def test_a_store_whose_file_is_gone_is_not_present(store: Store) -> None:
    assert store.present()
    path_of(store).unlink()
    assert not store.present()


def test_files_of_the_same_kind_do_not_replace_each_other(store: Store) -> None:
    handed_in(store, 80, sha256="a", on="2023-04")
    handed_in(store, 85, sha256="b", on="2023-05")
    assert values(store) == ["80", "85"]


# -- as known on ------------------------------------------------------------------------------------------------------


def test_a_figure_is_known_to_the_end_of_the_day_in_beijing(store: Store) -> None:
    published = datetime(2023, 11, 2, 16, 0, tzinfo=UTC)  # 3 November, 00:00 in Beijing
    append(store, submission(observation(80), known_from=published), at=later(0))
    assert values(store, as_of=date(2023, 11, 2)) == []
    assert values(store, as_of=date(2023, 11, 3)) == ["80"]


def test_a_withdrawal_counts_from_the_day_it_was_made(store: Store) -> None:
    release = handed_in(store, 80, sha256="a")
    midnight = datetime(2023, 12, 5, 16, 0, tzinfo=UTC)  # 6 December, 00:00 in Beijing
    record_event(store, release, "withdraw", act=Act(at=midnight, by="李四"), reason="误报")
    assert values(store, as_of=date(2023, 12, 5)) == ["80"]
    assert values(store, as_of=date(2023, 12, 6)) == []
    assert [one.withdrawn for one in releases(store, known_before=query.end_of_day(date(2023, 12, 5)))] == [False]


def test_a_revision_does_not_change_what_was_known_before_it(store: Store) -> None:
    handed_in(store, 80, sha256="a")
    handed_in(store, 85, sha256="b", hours=24 * 31)
    assert values(store, as_of=date(2023, 12, 31)) == ["80"]
    assert values(store, as_of=date(2024, 1, 1)) == ["85"]


def test_releases_not_yet_known_are_left_out(store: Store) -> None:
    handed_in(store, 80, sha256="a")
    handed_in(store, 85, sha256="b", hours=48)
    assert [release.release_id for release in releases(store, known_before=later(1))] == [1]


# -- all or nothing ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(Decimal("1.23456"), id="five decimals are refused, not rounded"),
        pytest.param(Decimal("0.00001"), id="a little above zero does not become zero"),
        pytest.param(Decimal(10) ** 15, id="too many digits"),
        pytest.param(Decimal("NaN"), id="not a number"),
    ],
)
def test_an_append_that_fails_leaves_nothing_behind(store: Store, bad: Decimal) -> None:
    before = store.data_version()
    with pytest.raises((pa.ArrowInvalid, duckdb.Error)):
        append(store, submission(*[observation(1, on=f"20{n:02}") for n in range(99)], observation(bad)), at=NOW)
    assert counts(store) == {"release": 0, "release_event": 0, "observation": 0, "catalogue": 0}
    assert store.data_version() == before
    assert handed_in(store, 80, sha256="a") == 1


def test_four_decimals_are_kept_exactly(store: Store) -> None:
    append(store, submission(observation("12345678901234.5678")), at=NOW)
    assert values(store) == ["12345678901234.5678"]


def test_a_replacement_that_fails_leaves_the_older_reading_standing(store: Store) -> None:
    append(store, submission(observation(80), source="notice-1", sha256="a"), at=NOW)
    with pytest.raises(pa.ArrowInvalid):
        append(store, submission(observation("0.12345"), source="notice-1", sha256="b"), at=later(1))
    assert [release.withdrawn for release in releases(store)] == [False]
    assert values(store) == ["80"]


def test_an_observation_without_a_region_is_refused_whole(store: Store) -> None:
    nowhere = replace(observation(1), region=None)  # type: ignore[arg-type]
    with pytest.raises(duckdb.Error):
        append(store, submission(observation(2), nowhere), at=NOW)
    assert counts(store)["observation"] == 0


@pytest.mark.onefile
def test_a_store_exchanged_while_it_is_open_is_noticed_before_writing(store: Store) -> None:
    path_of(store).rename(path_of(store).with_suffix(".old"))
    with pytest.raises(Refused, match="在运行中被移走或替换"):
        handed_in(store, 80, sha256="a")


# -- the data version -------------------------------------------------------------------------------------------------


def test_the_data_version_changes_with_every_commit_a_reader_can_see(store: Store) -> None:
    seen = [store.data_version()]
    release = handed_in(store, 80, sha256="a")
    seen.append(store.data_version())
    record_event(store, release, "withdraw", act=Act(at=later(1), by="李四"), reason="误报")
    seen.append(store.data_version())
    record_event(store, release, "restore", act=Act(at=later(2), by="李四"), reason="无误")
    seen.append(store.data_version())
    assert len(set(seen)) == 4
    handed_in(store, 80, sha256="a", hours=3)
    assert store.data_version() == seen[-1], "nothing new, nothing to read again"


def test_keeps_each_catalogue_that_comes_into_force(store: Store) -> None:
    for hour, sha256 in enumerate(["a", "a", "b", "a"]):
        keep_catalogue(store, sha256=sha256, text=f"text {sha256}", at=later(hour))
    assert store.query("SELECT sha256, text FROM catalogue ORDER BY loaded_at") == [
        {"sha256": one, "text": f"text {one}"} for one in ("a", "b", "a")
    ]


# -- comments ---------------------------------------------------------------------------------------------------------


def kept(store: Store) -> list[tuple[int, str, bool]]:
    """Id, text and whether it withdraws, of every row ever written."""
    rows = store.query("SELECT comment_id, what, withdrawn FROM comment ORDER BY comment_id")
    return [(row["comment_id"], row["what"], row["withdrawn"]) for row in rows]


def test_every_version_of_a_comment_is_a_row_of_its_own(store: Store) -> None:
    assert append_comment(store, remark("多雨"), after=0).comment_id == 1
    assert append_comment(store, remark("暴雨", reason="写得不准"), after=1).comment_id == 2
    assert append_comment(store, remark("", withdrawn=True, reason="写错指标"), after=2).comment_id == 3
    assert append_comment(store, remark("大雨"), after=3).comment_id == 4
    assert kept(store) == [(1, "多雨", False), (2, "暴雨", False), (3, "", True), (4, "大雨", False)]


def test_a_comment_is_read_back_as_it_was_written(store: Store) -> None:
    given = remark("多雨\n第二行", doing="加派人手", by_when=date(2023, 7, 31), verified=True)
    written = append_comment(store, given, after=0)
    assert written == replace(given, comment_id=1)
    assert append_comment(store, given, after=1) == written, "the same once more is not written again"
    assert len(kept(store)) == 1


def test_every_comment_changes_the_data_version_and_no_figure(store: Store) -> None:
    handed_in(store, 80, sha256="a")
    before = store.data_version()
    append_comment(store, remark(), after=0)
    assert store.data_version() == before + 1
    assert values(store) == ["80"]


@pytest.mark.parametrize("after", [0, 1, 3])
def test_who_has_not_seen_the_last_version_of_a_comment_overwrites_nothing(store: Store, after: int) -> None:
    append_comment(store, remark("多雨"), after=0)
    append_comment(store, remark("暴雨", reason="写得不准"), after=1)
    before = store.data_version()
    with pytest.raises(Moved, match="刚刚被别人改过"):
        append_comment(store, remark("高温", reason="核对"), after=after)
    assert (len(kept(store)), store.data_version()) == (2, before)


@pytest.mark.parametrize("other", [{"indicator": "sites"}, {"region": "330106001"}, {"period_end": date(2023, 6, 30)}])
def test_comments_on_something_else_do_not_stand_in_the_way(store: Store, other: dict[str, Any]) -> None:
    append_comment(store, remark(), after=0)
    assert append_comment(store, remark(**other), after=0).comment_id == 2


def test_of_many_who_write_at_once_one_wins(store: Store) -> None:
    told: list[str] = []

    def write(name: str) -> None:
        try:
            append_comment(store, remark(name), after=0)
        except Moved:
            told.append(name)

    people = [threading.Thread(target=write, args=(f"第{number}人",)) for number in range(8)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert (len(kept(store)), len(told)) == (1, 7)


@pytest.mark.parametrize(
    ("comment", "after", "said"),
    [
        (("暴雨", {}), 1, "请写明修改或撤回的原因"),
        (("", {"withdrawn": True}), 1, "请写明修改或撤回的原因"),
        (("", {"withdrawn": True, "period_end": date(2023, 6, 30), "reason": "误填"}), 0, "没有可以撤回的说明"),
    ],
)
def test_a_change_has_a_reason_and_a_withdrawal_something_to_take_back(
    store: Store, comment: tuple[str, dict[str, Any]], after: int, said: str
) -> None:
    append_comment(store, remark("多雨"), after=0)
    with pytest.raises(Refused, match=said):
        append_comment(store, remark(comment[0], **comment[1]), after=after)
    assert len(kept(store)) == 1


def test_what_was_taken_back_is_not_taken_back_twice(store: Store) -> None:
    append_comment(store, remark("多雨"), after=0)
    append_comment(store, remark("", withdrawn=True, reason="写错指标"), after=1)
    with pytest.raises(Refused, match="没有可以撤回的说明"):
        append_comment(store, remark("", withdrawn=True, reason="写错指标"), after=2)


@pytest.mark.onefile
def test_a_store_exchanged_while_it_is_open_takes_no_comment(store: Store) -> None:
    path_of(store).rename(path_of(store).with_suffix(".old"))
    with pytest.raises(Refused, match="在运行中被移走或替换"):
        append_comment(store, remark(), after=0)


# -- opening ----------------------------------------------------------------------------------------------------------


@pytest.mark.onefile
def test_is_created_where_its_address_says(tmp_path: Path) -> None:
    opened = open_store("duckdb:data/kpi/it's.duckdb", folder=tmp_path)
    opened.close()
    assert (tmp_path / "data" / "kpi" / "it's.duckdb").exists()


@pytest.mark.parametrize("url", ["", "data/board.duckdb", "duckdb:", "postgres:board", "sqlite:a.db"])
def test_an_address_that_is_not_understood_says_how_to_write_it(url: str) -> None:
    with pytest.raises(Refused, match="请写成 duckdb:路径"):
        open_store(url)


def test_what_was_appended_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    for value, sha256 in [(80, "a"), (85, "b")]:
        opened = open_store("duckdb:x.duckdb", folder=tmp_path)
        handed_in(opened, value, sha256=sha256)
        opened.close()
    opened = open_store("duckdb:x.duckdb", folder=tmp_path)
    assert [release.release_id for release in releases(opened)] == [1, 2]
    opened.close()


def test_an_older_store_is_migrated_and_keeps_everything(tmp_path: Path) -> None:
    old = open_store("duckdb:x.duckdb", folder=tmp_path)
    release = handed_in(old, 80, sha256="a")
    record_event(old, release, "withdraw", act=Act(at=later(1), by="李四"), reason="误报")
    record_event(old, release, "restore", act=Act(at=later(2), by="李四"), reason="无误")
    keep_catalogue(old, sha256="c", text="文", at=NOW)
    before = counts(old)
    old.close()
    new = open_store("duckdb:x.duckdb", folder=tmp_path, schema=MORE)
    assert counts(new) == before
    assert values(new) == ["80"]
    assert new.query("SELECT version FROM store_version") == [{"version": 6}]
    assert new.query("SELECT seal FROM observation") == [{"seal": None}]
    assert handed_in(new, 85, sha256="b", hours=3) == 2
    new.close()


@pytest.mark.onefile
@pytest.mark.parametrize(
    ("schema", "version"),
    [
        pytest.param(SCHEMA.partition("-- version 2")[0], 1, id="before files were kept"),
        pytest.param(
            re.sub(r"-- version 2.*", "", SCHEMA).partition("-- version 3")[0], 1, id="files, called version 1"
        ),
        pytest.param(SCHEMA.partition("-- version 3")[0], 2, id="before comments"),
        pytest.param(SCHEMA.partition("-- version 4")[0], 3, id="before accounts"),
        pytest.param(SCHEMA.partition("-- version 5")[0], 4, id="before sign-in"),
    ],
)
def test_a_store_of_every_earlier_version_takes_files_and_comments(tmp_path: Path, schema: str, version: int) -> None:
    with duckdb.connect(str(tmp_path / "x.duckdb")) as old:
        old.execute(
            f"{schema}; INSERT INTO store_version VALUES ({version}); UPDATE counter SET v = 1 WHERE name = 'release'"
        )
        old.execute("INSERT INTO observation (release_id, row_no, indicator, region, period_end, qualifier, obs_status, "
                    "inferred, value) VALUES (1, 1, 'rate', '330106', '2023-05-31', 'exact', 'A', '', 80)")  # fmt: skip
        old.execute("INSERT INTO release (release_id, source, title, file, sha256, \"by\", known_from, received_at) "
                    "VALUES (1, 'n', 't', 'f', 'a', 'system', $now, $now)", {"now": NOW})  # fmt: skip
    new = open_store("duckdb:x.duckdb", folder=tmp_path)
    assert new.query("SELECT version FROM store_version") == [{"version": 5}]
    assert values(new) == ["80"]
    assert handed_in(new, 85, sha256="b", hours=1) == 2
    assert append_comment(new, remark(), after=0).comment_id == 1
    new.close()


@pytest.mark.onefile
@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_a_new_store_is_its_owner_s_alone_and_stays_so_when_its_log_is_folded_in(tmp_path: Path) -> None:
    for _ in range(2):
        opened = open_store("duckdb:x.duckdb", folder=tmp_path)
        handed_in(opened, 80, sha256=str(_))
        opened.close()
        assert stat.S_IMODE((tmp_path / "x.duckdb").stat().st_mode) == 0o600


def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    old = open_store("duckdb:x.duckdb", folder=tmp_path)
    handed_in(old, 80, sha256="a")
    old.close()
    with pytest.raises(duckdb.Error):
        open_store("duckdb:x.duckdb", folder=tmp_path, schema=MORE + "DELETE FROM observation; DROP TABLE nothing;")
    again = open_store("duckdb:x.duckdb", folder=tmp_path)
    assert values(again) == ["80"]
    again.close()


def refused(path: Path) -> str:
    """The message with which the file is refused; its bytes stay, and nothing is left beside it."""
    before = hashlib.sha256(path.read_bytes()).hexdigest(), sorted(path.parent.iterdir())
    with pytest.raises(Refused) as refusal:
        open_store(f"duckdb:{path}")
    assert (hashlib.sha256(path.read_bytes()).hexdigest(), sorted(path.parent.iterdir())) == before
    return str(refusal.value)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file of a store with a few hundred observations, closed."""
    opened = open_store("duckdb:x.duckdb", folder=tmp_path)
    many = [observation(n, indicator=f"rate-{n}", quote="引文" * 20) for n in range(400)]
    append(opened, submission(*many), at=NOW)
    opened.close()
    return tmp_path / "x.duckdb"


@pytest.mark.onefile
def test_a_store_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    newer = open_store("duckdb:x.duckdb", folder=tmp_path, schema=MORE)
    handed_in(newer, 80, sha256="a")
    newer.close()
    message = refused(tmp_path / "x.duckdb")
    assert "由更新版本的看板建立（格式 6，本程序支持到 5）。请升级本程序" in message
    assert "upgrade the program" in message


@pytest.mark.onefile
def test_another_program_s_database_is_refused(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "theirs.duckdb")) as theirs:
        theirs.execute("CREATE TABLE release(id INTEGER); INSERT INTO release VALUES (1)")
    assert "是别的程序的数据库，未被改动。请在 config.yaml 的 store 中换一个文件名" in refused(
        tmp_path / "theirs.duckdb"
    )


DAMAGED = re.compile(r"已损坏或不是本看板的数据库，文件未被改动。请从备份恢复；没有备份时，把它改名留存后重新启动")


@pytest.mark.onefile
@pytest.mark.parametrize("content", [b"", b"\x00", b"code,value\r\n", random.Random(1).randbytes(50_000)])
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.duckdb").write_bytes(content)
    assert DAMAGED.search(refused(tmp_path / "x.duckdb"))


@pytest.mark.onefile
def test_a_truncated_store_is_refused(file: Path) -> None:
    whole = file.read_bytes()
    for kept in (1, 100, 4096, 8192, 12288, 20_000, len(whole) // 2, len(whole) - 4096, len(whole) - 1):
        file.write_bytes(whole[:kept])
        assert DAMAGED.search(refused(file)), kept


def told(file: Path) -> str:
    """The message of a refusal, "" when the store opens and holds what it held."""
    try:
        opened = open_store(f"duckdb:{file}")
    except Refused as refusal:
        return str(refusal)
    assert opened.query("SELECT sum(value) AS total FROM observation") == [{"total": Decimal(400 * 399 // 2)}]
    opened.close()
    return ""


@pytest.mark.onefile
def test_a_store_with_a_flipped_bit_is_refused_or_as_good_as_before(file: Path) -> None:
    whole, dice, refusals = file.read_bytes(), random.Random(7), 0
    places = [*(dice.randrange(12_288) for _ in range(15)), *(dice.randrange(len(whole)) for _ in range(45))]
    for place in places:
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << dice.randrange(8)]) + whole[place + 1 :])
        said = told(file)
        refusals += bool(said)
        assert said == "" or DAMAGED.search(said), place
    assert refusals > 30


@pytest.mark.onefile
def test_a_folder_where_the_file_should_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.duckdb").mkdir()
    with pytest.raises(Refused, match="请"):
        open_store("duckdb:x.duckdb", folder=tmp_path)


@pytest.mark.onefile
def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file, no folder")
    with pytest.raises(Refused, match=r"无法写入(.|\n)*请把写权限给运行看板的用户(.|\n)*Nothing was changed"):
        open_store("duckdb:file/x.duckdb", folder=tmp_path)


@contextmanager
def without_privileges() -> Iterator[None]:
    """As nobody for a while, when the tests run as root, who may write everywhere."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_folder_without_write_permission_says_so() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o555)
        with without_privileges(), pytest.raises(Refused, match="无法写入"):
            open_store("duckdb:x.duckdb", folder=folder)
        assert list(folder.iterdir()) == []


def test_the_schema_has_nothing_that_a_crash_can_break() -> None:
    statements = re.sub(r"--.*", "", SCHEMA).upper()
    assert "CREATE TABLE" in statements
    assert re.findall(r"PRIMARY|UNIQUE|INDEX|SEQUENCE|REFERENCES", statements) == []


def test_the_store_reads_and_writes_no_other_file(store: Store, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with pytest.raises(duckdb.Error, match="disabled"):
        store.query(f"SELECT * FROM read_csv('{tmp_path / 'secret.csv'}')")
    with pytest.raises(duckdb.Error, match="locked"):
        store.query("SET GLOBAL enable_external_access = true")


# -- other processes and threads --------------------------------------------------------------------------------------

FILL = """
import random, resource, signal, sys
from metrics.errors import Refused
from metrics.store import append, open_store, record_event, releases
from tests.builders import NOW, observation, submission
store = open_store(f"duckdb:{sys.argv[1]}")
append(store, submission(observation(1), sha256="1"), at=NOW)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
rows = [observation(random.randrange(10**9), indicator=f"rate-{random.random()}") for _ in range(30_000)]
for _ in range(2):
    try:
        append(store, submission(*rows, sha256="2"), at=NOW)
    except Refused as refused:
        print(str(refused).partition("\\n")[0])
    print(len(releases(store)), store.data_version())
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(append(store, submission(*rows, sha256="2"), at=NOW).observations)
"""
HOLD = """
import sys
from metrics.store import open_store
store = open_store(f"duckdb:{sys.argv[1]}")
print("open", flush=True)
sys.stdin.read()
"""


@contextmanager
def process(script: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    running = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield running
    finally:
        running.kill()
        running.communicate()


@pytest.mark.onefile
def test_a_second_process_is_told_which_one_holds_the_store(tmp_path: Path) -> None:
    path = tmp_path / "x.duckdb"
    with process(HOLD, path) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(Refused, match=rf"正被另一个程序使用（进程 {holder.pid}）。请先停止(.|\n)*PID {holder.pid}"):
            open_store(f"duckdb:{path}")
    open_store(f"duckdb:{path}").close()


@pytest.mark.onefile
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of a file")
def test_a_disk_that_takes_no_more_is_told_and_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "x.duckdb"
    done = subprocess.run(
        [sys.executable, "-c", FILL, str(path)], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert [line for line in done if not line.startswith("没有写入")] == ["1 1", "1 1", "30000"]
    assert re.match(
        r"没有写入：.*x.duckdb 所在磁盘已满或不能写（.*）。数据和以前一样，没有变；请清理磁盘后再试一次。", done[0]
    )
    opened = open_store(f"duckdb:{path}")
    assert [one.observations for one in releases(opened)] == [1, 30_000]
    opened.close()


def release_of_fifty(n: int) -> Submission:
    return submission(
        *[observation(n, indicator=f"rate-{row}") for row in range(50)], sha256=str(n), known_from=later(n)
    )


def test_readers_see_whole_releases_while_a_writer_appends(store: Store) -> None:
    append(store, release_of_fifty(0), at=NOW)
    codes, done, seen, torn = [f"rate-{row}" for row in range(50)], threading.Event(), set(), []

    def read() -> None:
        while not done.is_set():
            found = {facts[0].observation.value for facts in query.facts(store, codes).values()}
            seen.update(found)
            if len(found) != 1:
                torn.append(found)

    readers = [threading.Thread(target=read) for _ in range(8)]
    for reader in readers:
        reader.start()
    for n in range(1, 16):
        append(store, release_of_fifty(n), at=later(n))
    done.set()
    for reader in readers:
        reader.join()
    assert torn == []
    assert len(seen) > 2


def test_two_writers_at_once_get_ids_of_their_own(store: Store) -> None:
    def write(first: int) -> None:
        for n in range(first, first + 10):
            append(store, release_of_fifty(n), at=NOW)

    writers = [threading.Thread(target=write, args=(100 * number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [release.release_id for release in releases(store)] == list(range(1, 41))
    assert {release.observations for release in releases(store)} == {50}


@pytest.mark.parametrize("source", ["file", "form", "demo"])
def test_what_is_handed_in_later_takes_nothing_of_the_same_kind_away(tmp_path: Path, source: str) -> None:
    store = open_store(f"duckdb:{tmp_path}/board.duckdb")
    first = append(store, submission(observation("91"), source=source), at=NOW)
    second = append(store, submission(observation("92", on="2023-06"), source=source, sha256="b"), at=NOW)
    assert [(one.release_id, one.withdrawn) for one in releases(store)] == [
        (first.release_id, False),
        (second.release_id, False),
    ]
    store.close()
