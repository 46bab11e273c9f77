"""What a person may write about an indicator and a month, what is refused and in which words, and what is kept as typed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from metrics.errors import Refused
from metrics.intake import comment
from metrics.intake.comment import Entry
from metrics.model import Act, Comment
from metrics.store import Moved, Store
from tests.builders import DISTRICT, NOW, remark

MAY, JUNE = date(2023, 5, 31), date(2023, 6, 30)


def write(store: Store, what: str = "雨天多", *, after: int = 0, **given: Any) -> Comment:
    """What 张三 writes about the rate of May 2023."""
    plain = {"indicator": "rate", "region": DISTRICT, "month": MAY, "what": what}
    act = Act(at=NOW, by="张三")
    return comment.write(store, Entry(**{**plain, **given}), months=(MAY,), after=after, act=act)


def refusal(store: Store, **given: Any) -> str:
    """The words with which the entry is refused; nothing is stored."""
    with pytest.raises(Refused) as refused:
        write(store, **given)
    assert store.query("SELECT count(*) AS n FROM comment") == [{"n": 0}]
    return str(refused.value)


def test_a_comment_has_three_parts_a_name_and_a_moment(store: Store) -> None:
    given = write(store, "雨天多", doing="加派人手", by_when="2023年7月15日")
    assert given == remark("雨天多", comment_id=1, doing="加派人手", by_when=date(2023, 7, 15))
    assert (given.verified, given.withdrawn, given.reason) == (False, False, None)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        pytest.param(" 一\n二 ", "一\n二", id="line breaks stay, spaces around go"),
        pytest.param("一\r\n二\r三", "一\n二\n三", id="line breaks of every system"),
        pytest.param("一\n\n\n\n二\n", "一\n\n二", id="one empty line is enough"),
        pytest.param("<b>粗</b> & {{ 7*7 }} $x$", "<b>粗</b> & {{ 7*7 }} $x$", id="text is only text"),
        pytest.param("=1+1", "=1+1", id="no formula either"),
        pytest.param("'; DROP TABLE comment; --", "'; DROP TABLE comment; --", id="nor a command"),
        pytest.param("👨‍👩‍👧 𠮷", "👨‍👩‍👧 𠮷", id="rare characters stay whole"),
        pytest.param("字" * 500, "字" * 500, id="as long as it may be"),
    ],
)
def test_text_is_kept_as_it_was_typed(store: Store, typed: str, kept: str) -> None:
    assert (write(store, typed, doing=typed).what, write(store, typed, doing=typed, after=1).doing) == (kept, kept)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"what": " \n "}, "请填写“发生了什么”"),
        ({"what": "字" * 501}, "“发生了什么”有501个字，最多500个"),
        ({"doing": "字" * 501}, "“正在采取的措施”有501个字"),
        ({"reason": "因" * 201}, "“原因”有201个字，最多200个"),
        ({"what": "一\n" * 20 + "二"}, "“发生了什么”超过20行"),
        ({"what": "响\x07铃"}, "“发生了什么”里有看不见的控制字符（U+0007）"),
        ({"doing": "\x00"}, "（U+0000）"),
        ({"what": "反\u202e转"}, "（U+202E）"),
        ({"what": "半\ud800个"}, "（U+D800）"),
        ({"reason": "写\x1b错"}, "“原因”里有看不见的控制字符（U+001B）"),
        ({"month": JUNE}, "这个指标2023年6月还没有数据"),
        ({"by_when": "2023年7月15日"}, "写了完成时限，请同时填写“正在采取的措施”"),
        ({"doing": "加派人手", "by_when": "尽快"}, "看不懂完成时限“尽快”，请写成2026年10月31日这样的日期"),
        ({"doing": "加派人手", "by_when": "2023.1"}, "看不懂完成时限“2023.1”"),
        ({"doing": "加派人手", "by_when": "2022年7月15日"}, "完成时限2022-07-15早于这条说明的月份"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_the_next_step(store: Store, given: dict[str, Any], said: str) -> None:
    assert said in refusal(store, **given)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("", None),
        (" ", None),
        ("2023-07-15", date(2023, 7, 15)),
        ("2023年7月", date(2023, 7, 31)),
        ("2023年7月底前", date(2023, 7, 31)),
        ("2023年底", date(2023, 12, 31)),
        ("2023年5月1日", date(2023, 5, 1)),
    ],
)
def test_a_date_is_read_as_people_write_it(store: Store, typed: str, day: date | None) -> None:
    assert write(store, doing="加派人手", by_when=typed).by_when == day


def test_a_reason_is_one_line(store: Store) -> None:
    write(store)
    assert write(store, "暴雨", reason="写得\t不准", after=1).reason == "写得 不准"


def test_a_change_has_a_reason_and_has_seen_what_it_changes(store: Store) -> None:
    write(store)
    with pytest.raises(Refused, match="请写明修改或撤回的原因"):
        write(store, "暴雨", after=1)
    with pytest.raises(Moved):
        write(store, "暴雨", reason="写得不准")
    assert write(store, "暴雨", reason="写得不准", after=1).comment_id == 2


def test_a_withdrawal_is_a_version_without_text(store: Store) -> None:
    gone = comment.withdraw(store, write(store), act=Act(at=NOW + timedelta(hours=1), by="李四"), reason="写错指标")
    assert gone == remark("", comment_id=2, by="李四", reason="写错指标", withdrawn=True, at=NOW + timedelta(hours=1))


def test_a_withdrawal_says_why(store: Store) -> None:
    first = write(store)
    with pytest.raises(Refused, match="请写明撤回的原因"):
        comment.withdraw(store, first, act=Act(at=NOW, by="李四"), reason=" ")


def test_only_the_version_that_was_seen_is_taken_back(store: Store) -> None:
    first = write(store)
    write(store, "暴雨", reason="写得不准", after=1)
    with pytest.raises(Moved):
        comment.withdraw(store, first, act=Act(at=NOW, by="李四"), reason="写错指标")
