"""版本记录 in words: releases, what happened to them, their files, what two differ in, and where a figure stands."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from metrics.board import detail, history, query
from metrics.board.query import Fact
from metrics.model import Act, Counts, Observation, Release, ReleaseEvent, ReleaseFile, State
from metrics.store import Store, append, record_event, releases
from tests.builders import NOW, catalogue, count, fact, indicator, observation, submission, work

TABLE = catalogue(indicator(decimals=1), count(), work())


def release(number: int = 1, **given: Any) -> Release:
    plain = {
        "release_id": number, "source": "file", "title": "2023年5月数据", "file": "5月.xlsx", "sha256": "a", "by": "张三",
        "known_from": NOW, "received_at": NOW, "reason": None, "observations": 3, "withdrawn": False, "replaced": False,
    }  # fmt: skip
    return Release(**{**plain, **given})


def kept(**given: Any) -> ReleaseFile:
    return ReleaseFile(**{"file_no": 1, "name": "5月.csv", "sha256": "ab", "size": 900, "kind": "csv", **given})


def hand_in(store: Store, minute: int, *figures: Observation, **given: Any) -> int:
    """The number of the release that these figures became, so many minutes after NOW."""
    at = NOW + timedelta(minutes=minute)
    return append(store, submission(*figures, sha256=str(minute), known_from=at, **given), at=at).release_id


def difference(store: Store, one: int, other: int) -> list[tuple[str, str, str]]:
    """Period, old and new of what the board showed otherwise after the other one."""
    found = query.difference(store, one, other, most=100)
    return [(change.period, change.old, change.new) for change in history.differences(found.pairs, TABLE)]


# A release as a line


def test_releases_are_listed_newest_first() -> None:
    assert [line.number for line in history.lines([release(1), release(3), release(2)])] == [3, 2, 1]


def test_times_are_those_of_beijing_to_the_minute() -> None:
    evening = datetime(2023, 5, 31, 16, 30, 59, tzinfo=UTC)
    line = history.line(release(received_at=evening, known_from=evening))
    assert (line.when, line.known) == ("2023-06-01 00:30", "")


def test_a_notice_says_when_it_was_published() -> None:
    published = datetime(2023, 11, 2, 16, 0, tzinfo=UTC)
    assert history.line(release(known_from=published)).known == "2023-11-03"


@pytest.mark.parametrize(("verified", "marked"), [(False, True), (True, False), (None, False)])
def test_only_a_name_that_nobody_has_checked_is_marked(*, verified: bool | None, marked: bool) -> None:
    assert history.line(release(verified=verified)).unverified is marked


@pytest.mark.parametrize(
    ("given", "by", "files"),
    [
        pytest.param({}, "张三", "5月.xlsx", id="a file"),
        pytest.param({"source": "form"}, "张三", "在网页上填报", id="a figure entered by hand"),
        pytest.param({"by": "system"}, "看板自动入库", "公开通报", id="the notice"),
    ],
)
def test_a_line_says_who_and_from_what(given: dict[str, Any], by: str, files: str) -> None:
    line = history.line(release(**given))
    assert (line.by, line.files) == (by, files)


def test_what_nobody_counted_is_not_zero() -> None:
    assert history.line(release()).counts == ("—", "—", "—")
    assert history.line(release(new_count=0, revised_count=2, unchanged_count=5)).counts == ("0", "2", "5")


@pytest.mark.parametrize(
    ("given", "word", "gone"),
    [
        ({}, "有效", False),
        ({"withdrawn": True}, "已撤回", True),
        ({"withdrawn": True, "replaced": True}, "已被取代", True),
    ],
)
def test_the_state_of_a_release_is_a_mark_and_a_word(given: dict[str, Any], word: str, *, gone: bool) -> None:
    line = history.line(release(**given))
    assert (line.state.word, line.gone, line.state.tone) == (word, gone, "plain")
    assert line.state.mark


def test_the_head_says_the_newest_release_in_one_sentence() -> None:
    line = history.line(release(2, verified=False, new_count=3, revised_count=0, unchanged_count=1))
    assert history.sentence(line) == (
        "最新是版本2：2023年5月数据，2023-12-01 09:00，张三（姓名未验证），新增3、修订0、不变1。"
    )
    assert history.sentence(history.line(release(by="system"))).endswith("2023-12-01 09:00，看板自动入库。")


# What happened, and the files


def test_what_happened_to_a_release_is_told_in_order_with_who_and_why() -> None:
    told = [
        ReleaseEvent(event_id=1, release_id=1, event="withdraw", at=NOW, by="李四", reason="传错了"),
        ReleaseEvent(event_id=2, release_id=2, event="withdraw", at=NOW, by="王五", reason="x"),
        ReleaseEvent(event_id=3, release_id=1, event="restore", at=NOW, by="李四", reason="没有错"),
        ReleaseEvent(event_id=4, release_id=1, event="replace", at=NOW, by="system", reason=None),
    ]
    assert [(one.by, one.what, one.reason) for one in history.happened(told, 1)] == [
        ("李四", "撤回", "传错了"), ("李四", "恢复", "没有错"), ("看板", "被取代", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "about"),
    [
        ({"encoding": "gb18030", "delimiter": "\t"}, "CSV · 900 字节 · 编码 GB18030 · 以制表符分隔"),
        ({"encoding": "utf-8", "delimiter": "|"}, "CSV · 900 字节 · 编码 UTF-8 · 以|分隔"),
        ({"kind": "xlsx", "size": 20_480, "sheets": "一月\n二月"}, "Excel · 20 KB · 工作表：一月、二月"),
        ({"kind": "ods", "size": 3_300_000}, "ODS · 3.1 MB"),
    ],
)
def test_a_file_says_how_it_was_read(given: dict[str, Any], about: str) -> None:
    (line,) = history.files([kept(**given)])
    assert line.about == about


def test_cells_corrected_in_the_browser_are_told_with_their_place() -> None:
    edits = [
        {"sheet": "一月", "row": 7, "column": "E", "text": "93.2%"},
        {"sheet": None, "row": 9, "column": "B", "text": ""},
    ]
    (line,) = history.files([kept(edits=json.dumps(edits), notes="单位：处\n填表人：张三")])
    assert line.edits == ("工作表“一月”E7 改为“93.2%”", "B9 改为“”")
    assert line.notes == ("单位：处", "填表人：张三")


def test_answers_are_told_in_words_and_an_unknown_one_as_it_was_given() -> None:
    given = {"scale.完成值": "percent", "october.期间": "10", "none.数值": "missing", "of-next-year": "x"}
    assert history.answers(release(answers=json.dumps(given))) == [
        "“完成值”列是小数形式的百分比，已换算成百分数",
        "“期间”列分不清1月还是10月的，读作10月",
        "“数值”列的“无”读作缺报",
        "of-next-year：x",
    ]
    assert history.answers(release()) == []


# What two differ in


def test_many_who_compare_at_once_all_see_the_same(store: Store) -> None:
    """DuckDB 1.5.5 nearly always failed here, and with it the whole store."""
    years = (observation(80, on=f"{year}-05") for year in range(2000, 2023))
    one, other = hand_in(store, 1, *years), hand_in(store, 2, observation(85))
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: difference(store, one, other), range(400)))
    assert found == [[("2023年5月", "无", "85.0%")]] * 400


def test_two_releases_differ_in_what_the_board_showed_after_each(store: Store) -> None:
    one = hand_in(store, 1, observation(80), observation(70, on="2023-04"))
    hand_in(store, 2, observation(9, on="2023-03"))
    three = hand_in(store, 3, observation(85), observation(70, on="2023-04"))
    assert difference(store, one, three) == [("2023年5月", "80.0%", "85.0%"), ("2023年3月", "无", "9.0%")]
    assert difference(store, one, one) == []


def test_a_release_withdrawn_later_still_shows_what_it_changed(store: Store) -> None:
    one, wrong = hand_in(store, 1, observation(80)), hand_in(store, 2, observation(8))
    record_event(store, wrong, "withdraw", act=Act(at=NOW + timedelta(minutes=3), by="张三"), reason="传错了")
    right = hand_in(store, 4, observation(81))
    assert difference(store, one, wrong) == [("2023年5月", "80.0%", "8.0%")]
    assert difference(store, wrong, right) == [("2023年5月", "8.0%", "81.0%")]


def test_after_a_release_means_without_those_already_withdrawn(store: Store) -> None:
    wrong = hand_in(store, 1, observation(8), observation(7, on="2023-04"))
    record_event(store, wrong, "withdraw", act=Act(at=NOW + timedelta(minutes=2), by="张三"), reason="传错了")
    right = hand_in(store, 3, observation(81))
    assert difference(store, wrong, right) == [("2023年5月", "8.0%", "81.0%"), ("2023年4月", "7.0%", "无")]


def test_a_newer_reading_of_the_same_notice_differs_from_the_one_it_replaced(store: Store) -> None:
    first = append(store, submission(observation(80), sha256="1", source="notice"), at=NOW).release_id
    second = append(store, submission(observation(90), sha256="2", source="notice"), at=NOW).release_id
    assert [one.replaced for one in releases(store)] == [True, False]
    assert difference(store, first, second) == [("2023年5月", "80.0%", "90.0%")]


def test_a_figure_whose_missing_was_explained_otherwise_differs(store: Store) -> None:
    one = hand_in(store, 1, observation(None, obs_status="O"))
    other = hand_in(store, 2, observation(None, obs_status="M"))
    assert difference(store, one, other) == [("2023年5月", "—", "—")]


def test_no_more_differences_are_read_than_are_shown_and_all_are_counted(store: Store) -> None:
    one = hand_in(store, 1, observation(80))
    other = hand_in(store, 2, *(observation(month, on=f"2022-{month:02}") for month in range(1, 13)))
    found = query.difference(store, one, other, most=5)
    assert (found.total, len(found.pairs)) == (12, 5)


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        pytest.param(
            observation(None, numerator=Decimal(166), denominator=Decimal(182)),
            "91.2%（166/182）",
            id="a rate with its parts",
        ),
        pytest.param(observation(1269, indicator="sites"), "1,269处", id="a count"),
        pytest.param(observation(None, indicator="work", state=State.DONE), "已完成 · 日期未说明", id="work"),
        pytest.param(observation(Decimal("3.50"), indicator="of-last-year"), "3.5", id="no longer in the catalogue"),
    ],
)
def test_a_figure_that_differs_is_told_as_on_its_page(seen: Observation, said: str) -> None:
    (change,) = history.differences([(None, fact(seen, release_id=4))], TABLE)
    assert (change.old, change.new, change.release) == ("无", said, 4)


def test_an_indicator_no_longer_in_the_catalogue_keeps_its_code_and_has_no_page() -> None:
    (change,) = history.differences([(fact(observation(1, indicator="of-last-year")), None)], TABLE)
    assert (change.code, change.name, change.new) == ("", "已停用的指标（of-last-year）", "无")


# What taking back would do


def test_taking_a_release_back_is_told_by_what_lies_under_it(store: Store) -> None:
    one = hand_in(store, 1, observation(80), observation(70, on="2023-04"))
    two = hand_in(store, 2, observation(85), observation(9, on="2023-03"))
    assert query.stands_on(store, one) == (0, 1)
    assert query.stands_on(store, two) == (1, 1)
    record_event(store, two, "withdraw", act=Act(at=NOW + timedelta(minutes=3), by="张三"), reason="传错了")
    assert query.stands_on(store, two) == (0, 0)
    assert query.stands_on(store, one) == (0, 2)


def test_the_figures_of_a_release_are_its_own_whatever_became_of_them(store: Store) -> None:
    one = hand_in(store, 1, observation(80))
    hand_in(store, 2, observation(85))
    assert [seen.observation.value for seen in query.of_release(store, one)["rate"]] == [80]


# Where a figure stands


def placed(**given: Any) -> Fact:
    plain = {"file_no": 1, "source_row": 7, "source_cell": "E7", "cell_text": "93.2%"}
    return fact(observation(93, **{**plain, **given}), release_id=2)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        pytest.param({"sheet": "一月"}, "文件“5月.xlsx”，工作表“一月”，第7行，E7单元格，原文“93.2%”", id="a workbook"),
        pytest.param({}, "文件“5月.xlsx”，第7行，E7单元格，原文“93.2%”", id="a CSV has no sheets"),
        pytest.param({"source_cell": None, "cell_text": None}, "文件“5月.xlsx”，第7行", id="a row without a figure"),
        pytest.param({"file_no": 2}, "在网页上填报", id="entered by hand"),
    ],
)
def test_a_figure_from_a_file_says_where_it_stands_as_excel_shows_it(given: dict[str, Any], text: str) -> None:
    place = history.place(placed(**given), {(2, 1): "5月.xlsx", (2, 2): ""})
    assert place == history.Place(release=2, text=text)


def test_a_sentence_of_a_notice_has_no_place_in_a_file() -> None:
    assert history.place(fact(observation(93)), {}) is None


def test_the_newest_places_come_first_and_those_of_parts_count_for_what_is_computed() -> None:
    months = [fact(observation(1, on=f"2023-{month:02}", file_no=1, source_row=month)) for month in range(1, 9)]
    computed = Fact(observation=observation(1), known=NOW.date(), release_id=None, parts=tuple(months))
    found = history.places([computed], {(1, 1): "表.csv"}, catalogue(indicator()))
    assert [figure for figure, _ in found] == [f"2023年{month}月全区" for month in (8, 7, 6, 5, 4)]


def test_of_one_month_the_place_of_the_district_comes_first_and_each_names_its_region() -> None:
    streets = [fact(observation(1, region=f"33010600{at}", file_no=1, source_row=at)) for at in (1, 2)]
    own = fact(observation(3, file_no=1, source_row=3))
    found = history.places([*streets, own], {(1, 1): "表.csv"}, catalogue(indicator()))
    assert [figure for figure, _ in found] == ["2023年5月全区", "2023年5月330106001", "2023年5月330106002"]


def test_every_version_of_a_figure_names_its_release_and_its_place() -> None:
    one, *_ = detail.versions(
        indicator(), [placed()], [placed()], [release(2)], catalogue(indicator()), files={(2, 1): "5月.xlsx"}
    )
    assert (one.number, one.place) == (2, "文件“5月.xlsx”，第7行，E7单元格，原文“93.2%”")


def test_file_names_are_found_by_release_and_number_and_a_form_has_none(store: Store) -> None:
    files = (kept(content=b"a"), kept(file_no=2, name="6月.csv", content=b"b"))
    hand_in(store, 1, observation(1), files=files, counts=Counts(new=1))
    hand_in(store, 2, observation(2), files=files[:1], source="form")
    assert query.file_names(store) == {(1, 1): "5月.csv", (1, 2): "6月.csv", (2, 1): ""}
