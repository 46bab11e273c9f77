"""Laws of a check and a confirmation: nothing is written before it, all of it or nothing, and order does not matter."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metrics import catalogue as catalogues
from metrics import engine
from metrics import store as stores
from metrics.catalogue import Catalogue
from metrics.errors import Refused
from metrics.intake.check import Checked, Upload, check
from metrics.intake.submit import confirm, restore, withdraw
from metrics.model import Act
from metrics.store import Moved, Store, open_store
from tests.builders import path_of
from tests.check_command import district
from tests.files import Cell, csv_bytes, ods, xls, xlsx

NOW = datetime(2026, 11, 25, 4, tzinfo=UTC)
HEADER: tuple[Cell, ...] = ("指标编码", "期间", "街镇", "数值", "备注")
ROWS: list[Sequence[Cell]] = [
    ("calls", "2024年4月", "万寿路街道", 5, "一"),
    ("calls", "2024年4月", "永定路", 6, None),
    ("contract-rate", "2024-04", "全区", "超80%", "二"),
    ("stations", "2024年4月30日", "香山街道", "约1.2万", None),
    ("parking", "2024年4月", "上庄镇", 1269, None),
    ("toilets", "202404", "四季青", "—", None),
]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return catalogues.load(district(tmp_path_factory.mktemp("city")))


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Store]:
    opened = open_store("duckdb:board.duckdb", folder=tmp_path)
    yield opened
    opened.close()


def upload(rows: Sequence[Sequence[Cell]] = ROWS, *, header: Sequence[Cell] = HEADER, name: str = "四月.csv") -> Upload:
    return Upload(name=name, data=csv_bytes([header, *rows]))


def checked(store: Store, city: Catalogue, *uploads: Upload, **more: Any) -> Checked:
    return check(store, city, uploads or [upload()], at=NOW, **more)


def content(store: Store) -> list[tuple[Any, ...]]:
    """What is stored, without where in the file it stood."""
    rows = store.query(
        "SELECT indicator, region, period_start, period_end, value, lower, upper, qualifier, numerator, denominator, "
        "written, obs_status, state, note FROM observation ORDER BY ALL"
    )
    return [tuple(row.values()) for row in rows]


@pytest.mark.onefile
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.randoms(use_true_random=False))
def test_any_order_of_columns_and_rows_gives_the_same_release(
    city: Catalogue, tmp_path_factory: pytest.TempPathFactory, chance: random.Random
) -> None:
    columns = chance.sample(range(len(HEADER)), len(HEADER))
    rows = [[row[at] for at in columns] for row in chance.sample(ROWS, len(ROWS))]
    found = []
    for one in (upload(), upload(rows, header=[HEADER[at] for at in columns])):
        store = open_store("duckdb:board.duckdb", folder=tmp_path_factory.mktemp("order"))
        confirm(store, checked(store, city, one), act=Act(at=NOW, by="张三"))
        found.append(content(store))
        store.close()
    assert found[0] == found[1]
    assert len(found[0]) == len(ROWS)


@pytest.mark.parametrize("made", [csv_bytes, xlsx, xls, ods], ids=["csv", "xlsx", "xls", "ods"])
def test_every_kind_of_file_says_the_same(city: Catalogue, kept: Store, made: Any) -> None:
    told = checked(kept, city, Upload(name="x", data=made([HEADER, *ROWS])))
    assert told.accepted
    plain = checked(kept, city)
    same = (
        "indicator",
        "region",
        "period_start",
        "period_end",
        "value",
        "lower",
        "upper",
        "qualifier",
        "obs_status",
        "source_row",
    )
    assert told.rows.select(same).to_pylist() == plain.rows.select(same).to_pylist()


@pytest.mark.onefile
def test_a_check_never_writes(city: Catalogue, tmp_path: Path) -> None:
    store = open_store("duckdb:board.duckdb", folder=tmp_path)
    version = store.data_version()
    checked(store, city)
    checked(store, city, Upload(name="x.csv", data=b"\x00\x01"))
    assert store.data_version() == version
    assert stores.releases(store) == []
    assert store.query("SELECT count(*) AS n FROM observation")[0]["n"] == 0
    store.close()
    before = (tmp_path / "board.duckdb").read_bytes()
    store = open_store("duckdb:board.duckdb", folder=tmp_path)
    checked(store, city)
    store.close()
    assert (tmp_path / "board.duckdb").read_bytes() == before


def test_a_release_keeps_file_answers_reason_and_place(city: Catalogue, kept: Store) -> None:
    one = upload([("contract-rate", "2024年4月", "万寿路", "0.9324", None)])
    told = checked(kept, city, one, answers={"scale.数值": "percent"})
    release = confirm(kept, told, act=Act(at=NOW, by="张三"))
    (file,) = stores.files(kept, release.release_id, content=True)
    assert (file.name, file.content, file.encoding, file.kind) == ("四月.csv", one.data, "utf-8", "csv")
    assert (release.by, release.verified, release.answers) == ("张三", False, '{"scale.数值": "percent"}')
    assert (release.new_count, release.revised_count, release.unchanged_count) == (1, 0, 0)
    (row,) = kept.query("SELECT value, cell_text, source_row, source_cell, file_no FROM observation")
    assert row == {
        "value": Decimal("93.2400"),
        "cell_text": "0.9324",
        "source_row": 2,
        "source_cell": "D2",
        "file_no": 1,
    }


def test_the_same_bytes_are_stored_once_until_they_are_withdrawn(city: Catalogue, kept: Store) -> None:
    first = confirm(kept, checked(kept, city), act=Act(at=NOW, by="张三"))
    again = checked(kept, city)
    assert [finding.rule for finding in again.findings] == ["already-loaded"]
    assert again.release == first.release_id
    withdraw(kept, city, first.release_id, act=Act(at=NOW, by="李四"), reason="错文件")
    assert confirm(kept, checked(kept, city), act=Act(at=NOW, by="张三")).release_id == first.release_id + 1


def test_other_answers_make_the_same_bytes_another_file(city: Catalogue, kept: Store) -> None:
    one = upload([("contract-rate", "2024年4月", "万寿路", "0.9324", None)])
    confirm(kept, checked(kept, city, one, answers={"scale.数值": "percent"}), act=Act(at=NOW, by="张三"))
    other = checked(kept, city, one, answers={"scale.数值": "as-written"}, reason="确为不足1%")
    assert (other.accepted, other.counts.revised) == (True, 1)


def test_whoever_confirms_second_sees_the_new_state_first(city: Catalogue, kept: Store) -> None:
    mine, theirs = checked(kept, city), checked(kept, city, upload(ROWS[:1]))
    confirm(kept, theirs, act=Act(at=NOW, by="李四"))
    with pytest.raises(Moved, match="再确认一次"):
        confirm(kept, mine, act=Act(at=NOW, by="张三"))
    assert len(stores.releases(kept)) == 1
    again = checked(kept, city)
    assert (again.counts.new, again.counts.unchanged) == (5, 1)
    confirm(kept, again, act=Act(at=NOW, by="张三"))


def test_nothing_is_stored_while_a_finding_stands_in_the_way(city: Catalogue, kept: Store) -> None:
    with pytest.raises(Refused, match="还有问题没有解决"):
        confirm(
            kept,
            checked(kept, city, upload([("calls", "2024年4月", "万寿路", "12,69", None)])),
            act=Act(at=NOW, by="张三"),
        )
    assert stores.releases(kept) == []


def test_part_of_a_month_never_deletes_the_rest(city: Catalogue, kept: Store) -> None:
    confirm(kept, checked(kept, city), act=Act(at=NOW, by="张三"))
    told = checked(kept, city, upload([("calls", "2024年4月", "香山", 9, None)]))
    confirm(kept, told, act=Act(at=NOW, by="张三"))
    assert len(content(kept)) == len(ROWS) + 1


def test_the_district_alone_may_follow_a_month_that_lacks_some_streets(city: Catalogue, kept: Store) -> None:
    streets = [region.name for region in city.regions][:27]
    first = checked(kept, city, upload([("calls", "2024年5月", name, 9, None) for name in streets]))
    confirm(kept, first, act=Act(at=NOW, by="张三"))
    assert checked(kept, city, upload([("calls", "2024年5月", "全区", 300, None)])).accepted


def test_a_withdrawal_can_itself_be_taken_back(city: Catalogue, kept: Store) -> None:
    release = confirm(kept, checked(kept, city), act=Act(at=NOW, by="张三"))
    withdraw(kept, city, release.release_id, act=Act(at=NOW, by="李四"), reason="错文件")
    with pytest.raises(Refused, match="已经撤回"):
        withdraw(kept, city, release.release_id, act=Act(at=NOW, by="李四"), reason="错文件")
    restore(kept, city, release.release_id, act=Act(at=NOW, by="李四"), reason="没有错")
    with pytest.raises(Refused, match="没有被撤回"):
        restore(kept, city, release.release_id, act=Act(at=NOW, by="李四"), reason="没有错")
    assert [one.event for one in stores.events(kept)] == ["withdraw", "restore"]
    assert not stores.releases(kept)[0].withdrawn


def test_a_cell_corrected_in_the_browser_is_checked_and_kept(city: Catalogue, kept: Store) -> None:
    wrong = upload([("calls", "2024年4月", "万寿路", "12,69", None)])
    edits: dict[tuple[str | None, int, str], str] = {(None, 2, "D"): "1269"}
    told = checked(kept, city, Upload(name=wrong.name, data=wrong.data, edits=edits))
    assert told.accepted
    release = confirm(kept, told, act=Act(at=NOW, by="张三"))
    (file,) = stores.files(kept, release.release_id)
    assert json.loads(file.edits or "") == [{"sheet": None, "row": 2, "column": "D", "text": "1269"}]


def test_several_files_are_one_release_and_each_finding_names_its_file(city: Catalogue, kept: Store) -> None:
    files = [upload(ROWS[:1], name="甲.csv"), upload(ROWS[1:2], name="乙.csv")]
    told = checked(kept, city, *files, upload([("calls", "2024年4月", "香山", "x", None)], name="丙.csv"))
    assert {finding.file_no for finding in told.findings} == {3}
    release = confirm(kept, checked(kept, city, *files), act=Act(at=NOW, by="张三"))
    assert [file.name for file in stores.files(kept, release.release_id)] == ["甲.csv", "乙.csv"]
    assert {row["file_no"] for row in kept.query("SELECT file_no FROM observation")} == {1, 2}


@pytest.mark.onefile
def test_the_same_row_a_hundred_thousand_times_is_one_row_and_cheap(city: Catalogue, kept: Store) -> None:
    told = checked(kept, city, upload([("calls", "2024年4月", "万寿路", 5, None)] * 100_000))
    assert (told.accepted, told.rows.num_rows, told.totals["duplicate-row"]) == (True, 1, 99_999)
    assert not list(path_of(kept).parent.glob("*.spill"))


def test_a_file_that_needs_more_memory_than_there_is_ends_in_one_sentence(
    city: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "MEMORY", "40MB")
    monkeypatch.setattr(engine, "SPILL", "1MB")
    store = open_store("duckdb:board.duckdb", folder=tmp_path)
    rows = [
        ("calls", f"{1990 + number // 12}年{number % 12 + 1}月", "万寿路", number, None) for number in range(400)
    ] * 250
    told = checked(store, city, upload(rows))
    assert [finding.message for finding in told.findings if finding.rule == "too-large"] == [
        "文件太大，这台电脑核对不了。"
    ]
    store.close()
