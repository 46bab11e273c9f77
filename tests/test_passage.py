"""The notice's text, cut into what was recorded, what was left out and why, and the rest; no letter is lost."""

from __future__ import annotations

import pytest

from metrics.board import passage
from metrics.board.passage import Paragraph, Segment
from metrics.notice import Exclusion, Figures, Notice, Record, Source
from metrics.start import Board
from metrics.yamlfile import Document


def notice(text: str, *marks: Record | Exclusion) -> Notice:
    source = Source(code="n", title="通报", text="n.txt", published="2023-11-03", state_of_affairs="2023-05-21")
    records = tuple(mark for mark in marks if isinstance(mark, Record))
    exclusions = tuple(mark for mark in marks if isinstance(mark, Exclusion))
    figures = Figures(source=source, records=records, exclusions=exclusions)
    return Notice(figures, tuple(text.split("\n")), Document(text), text, "figures.yaml")


def record(quote: str, code: str = "a", paragraph: int = 1) -> Record:
    return Record(code=code, paragraph=paragraph, quote=quote)


def left_out(text: str, nth: int = 1) -> Exclusion:
    return Exclusion(paragraph=1, text=text, reason="小标题", nth=nth)


def segments(given: Notice) -> list[tuple[str, tuple[str, ...], str]]:
    (first, *_) = passage.paragraphs(given)
    return [(one.text, one.codes, one.reason) for one in first.segments]


def test_marks_what_was_recorded_and_what_was_left_out() -> None:
    assert segments(notice("整治。清理公厕5座,出动9人。", record("清理公厕5座"), left_out("整治"))) == [
        ("整治", (), "小标题"),
        ("。", (), ""),
        ("清理公厕5座", ("a",), ""),
        (",出动9人。", (), ""),
    ]


def test_words_that_two_records_share_name_both() -> None:
    shared = notice("11个街镇共计730条道路", record("11个街镇共计730条", "a"), record("共计730条道路", "b"))
    assert segments(shared) == [("11个街镇", ("a",), ""), ("共计730条", ("a", "b"), ""), ("道路", ("b",), "")]


def test_words_left_out_inside_a_quote_stay_part_of_the_quote() -> None:
    assert (
        "".join(text for text, *_ in segments(notice("在29个街镇划分", record("在29个街镇划分"), left_out("29个街镇"))))
        == "在29个街镇划分"
    )
    assert {
        codes for _, codes, _ in segments(notice("在29个街镇划分", record("在29个街镇划分"), left_out("29个街镇")))
    } == {("a",)}


def test_finds_the_words_where_they_stand_for_the_nth_time() -> None:
    assert passage.span("甲乙甲乙", "甲乙", 2) == (2, 4)
    with pytest.raises(ValueError, match="not found"):
        passage.span("甲乙", "甲", 2)


def test_only_the_codes_asked_for_stay_marked() -> None:
    given = Paragraph(number=1, heading=False, segments=(
        Segment(text="甲", codes=("a", "b")), Segment(text="乙", codes=("b",)), Segment(text="丙", reason="小标题")))  # fmt: skip
    kept = passage.only(given, {"a"})
    assert [(one.text, bool(one.codes), one.reason) for one in kept.segments] == [
        ("甲", True, ""),
        ("乙", False, ""),
        ("丙", False, ""),
    ]


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("一、旗帜鲜明讲政治,压紧压实巡察整改责任", True),
        ("(一)聚焦“三治五化”,不断提升城市管理水平", True),
        ("第一,强化城市治理理念", True),
        ("(一)强化思想认识。进一步提高政治站位。", False),
        ("1.深化理论学习。", False),
    ],
)
def test_tells_headings_from_text(text: str, heading: bool) -> None:
    (found,) = passage.paragraphs(notice(text))
    assert found.heading is heading


def test_the_shipped_notice_is_shown_letter_by_letter(board: Board) -> None:
    assert board.notice is not None
    shown = passage.paragraphs(board.notice)
    assert ["".join(one.text for one in paragraph.segments) for paragraph in shown] == list(board.notice.paragraphs)
    marked = {code for paragraph in shown for one in paragraph.segments for code in one.codes}
    assert marked == {record.code for record in board.notice.figures.records}
    assert [paragraph.number for paragraph in shown] == list(range(1, len(shown) + 1))
