"""One indicator in words: its definition, every version of every figure, and the sentences they come from."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from metrics.board import derive, detail, query
from metrics.board.query import Fact
from metrics.model import Indicator, PartOf, Rate, Release, Status, Thresholds
from metrics.start import Board
from tests.builders import NOW, catalogue, count, fact, indicator, observation, standing, work


def release(number: int) -> Release:
    return Release(
        release_id=number, source="file", title=f"{number}号报表", file="a.csv", sha256="a", by="张三", known_from=NOW,
        received_at=NOW, reason=None, observations=1, withdrawn=False, replaced=False,
    )  # fmt: skip


def test_a_release_is_named_with_the_day_in_beijing_from_which_it_was_known() -> None:
    assert detail.release_text(release(2)) == "版本2 · 2号报表（2023-12-01）"


def test_what_nobody_laid_down_is_said_to_be_so() -> None:
    terms = dict(detail.terms(indicator(), catalogue(indicator())))
    assert (terms["目标值"], terms["责任科室"], terms["报送频率"], terms["报送期限"]) == (
        "未设目标",
        "责任科室未设",
        "未规定",
        "未规定",
    )
    assert (terms["单位"], terms["好坏方向"], terms["取值范围"]) == ("%", "越高越好", "不低于0，不超过100")


def test_a_piece_of_work_has_no_unit_no_direction_and_no_target() -> None:
    terms = dict(detail.terms(work(), catalogue(work())))
    assert terms.keys().isdisjoint({"单位", "好坏方向", "目标值", "取值范围"})


def test_related_indicators_are_found_from_either_side() -> None:
    part = count(code="part", name="其中", relations=(PartOf(type="part-of", whole="sites"),))
    rate = indicator(derived=True, relations=(Rate(type="rate", numerator="part", denominator="sites"),))
    whole = catalogue(count(), part, rate)
    assert detail.related(part, whole) == [("sites", "是其中数，总数为", "清理处数"), ("rate", "用于计算", "整改率")]
    assert [code for code, *_ in detail.related(count(), whole)] == ["part", "rate"]
    assert detail.related(rate, whole) == [("part", "分子", "其中"), ("sites", "分母", "清理处数")]


def test_every_version_is_listed_and_the_revised_one_is_marked() -> None:
    old, new = fact(observation(80), release_id=1), fact(observation(85), release_id=2)
    other = fact(observation(70, on="2023-04"), release_id=1)
    listed = detail.versions(
        indicator(), [other, new], [other, old, new], [release(1), release(2)], catalogue(indicator())
    )
    assert [(one.period, one.text, one.superseded) for one in listed] == [
        ("2023年5月", "80%", True),
        ("2023年5月", "85%", False),
        ("2023年4月", "70%", False),
    ]
    assert listed[1].release == "版本2 · 2号报表（2023-12-01）"


def test_a_derived_figure_quotes_the_sentences_of_its_parts() -> None:
    parts = [
        fact(observation(n, indicator=code, quote=f"{n}个", paragraph=10)) for code, n in [("done", 28), ("found", 37)]
    ]
    left = Fact(observation=observation(9), known=date(2023, 12, 1), release_id=None, parts=tuple(parts))
    names: list[Indicator] = [indicator(), count(code="done", name="完成"), count(code="found", name="发现")]
    found = detail.quotes([left], catalogue(*names))
    assert [(one.code, one.quote, one.of) for one in found] == [("done", "28个", "完成"), ("found", "37个", "发现")]


def test_the_source_of_a_shipped_figure_is_its_sentence_and_nothing_else(board: Board) -> None:
    codes = derive.sources(board.catalogue, ["solved-rate"])
    facts = derive.with_derived(board.catalogue, query.facts(board.store, codes))["solved-rate"]
    (paragraph,) = detail.passages(detail.quotes(facts, board.catalogue), board.notice)
    marked = [one.text for one in paragraph.segments if one.codes]
    assert (paragraph.number, "".join(marked)) == (10, "37个问题截至5月21日,已完成问题整改28个")
    assert detail.passages([], None) == []


def test_every_status_is_explained_with_the_thresholds_in_force() -> None:
    explained = {
        badge.word: said for badge, said in detail.rules(Thresholds(behind=Decimal(5), far_behind=Decimal(20)))
    }
    assert explained.keys() == {status.value for status in Status}
    assert "5至20个百分点" in explained["滞后"]


def test_changes_say_what_is_new_and_what_was_revised_from_what_to_what() -> None:
    new, revised = fact(observation(70, on="2023-04")), fact(observation(85))
    said = detail.changes([(new, None), (revised, fact(observation(80)))], catalogue(indicator()))
    assert said == ["全区数新增1项，全区数修订1项", "整改率（2023年5月）：80% → 85%"]
    assert detail.changes([(revised, revised)], catalogue(indicator())) == ["没有变化"]


def test_says_which_streets_have_figures() -> None:
    whole = catalogue(indicator())
    assert detail.regions_note({whole.total}, whole) == "来源只给出全区数，没有分街镇数据。"
    assert detail.regions_note(set(), whole) == ""
    assert detail.regions_note({whole.total, "330106001"}, whole) == "1/0个街镇有数据。"
    assert detail.regions_note({whole.total, "330106001", "unallocated"}, whole) == "1/0个街镇有数据。"
    assert detail.regions_note({"unallocated"}, whole) == "来源只给出全区数，没有分街镇数据。"


def test_the_catalogue_lists_every_indicator_in_words() -> None:
    rate, duty = detail.entries((indicator(targets=(standing(100),)), work()), catalogue(indicator(), work()))
    assert (rate.kind, rate.unit, rate.polarity, rate.target) == (
        "比率",
        "%",
        "越高越好",
        "100%（长期标准；依据：某文件第1条）",
    )
    assert (duty.kind, duty.unit, duty.polarity, duty.target) == ("工作事项", "—", "—", "未设")
