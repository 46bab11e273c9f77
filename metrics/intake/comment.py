"""What somebody writes about an indicator in a month -> a comment in the store, when nothing speaks against it.

Text from outside is only text: kept as written, its line breaks too, without characters that nobody can see.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from metrics import account
from metrics.errors import Refused
from metrics.model import Act, Comment
from metrics.period import Ambiguous, NotAPeriod, Period, chinese, read_date
from metrics.store import Store, append_comment, refuse_set_back

LONGEST_REASON, LONGEST_TEXT, MOST_LINES = 200, 500, 20
UNSEEN = {"Cc", "Cs", "Cn", "Zl", "Zp"}
TURNING = set(
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)  # they show text in another order than it stands


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A comment as it was typed in, before anything of it was looked at.

    month    its last day
    by_when  a day or month as people write it, "" for none
    reason   why the version that stands is changed, "" where there is none
    """

    indicator: str
    region: str
    month: date
    what: str
    doing: str = ""
    by_when: str = ""
    reason: str = ""


def write(store: Store, entry: Entry, *, months: Collection[date], after: int, act: Act) -> Comment:
    """Store the entry as the version that stands of its indicator, region and month.

    months  last days of the months that have a figure or a comment already; others are refused
    after   id of the version that the writer has seen, 0 for none

    Raises `Refused` for what the writer can put right and for who may not write, `Moved` when somebody else was faster.
    """
    month = chinese(Period(entry.month.replace(day=1), entry.month))
    if entry.month not in months:
        raise Refused(f"这个指标{month}还没有数据，不能写说明。")
    what, doing = _text("发生了什么", entry.what), _text("正在采取的措施", entry.doing)
    by_when = _day(entry.by_when, entry.month)
    if not what:
        raise Refused("请填写“发生了什么”。要去掉已有的说明，请用“撤回”。")
    if by_when and not doing:
        raise Refused("写了完成时限，请同时填写“正在采取的措施”。")
    reason = _line("原因", entry.reason, LONGEST_REASON) or None
    allowed = _entitled(store, act, entry.indicator, entry.month)
    comment = Comment(
        indicator=entry.indicator, region=entry.region, period_end=entry.month, what=what, doing=doing, by_when=by_when,
        by=allowed.by, verified=allowed.origin.verified, at=allowed.at, reason=reason,
    )  # fmt: skip
    return append_comment(store, comment, after=after, origin=allowed.origin)


def withdraw(store: Store, comment: Comment, *, act: Act, reason: str) -> Comment:
    """Take this version back, as a version of its own; errors as of `write`."""
    why = _line("原因", reason, LONGEST_REASON)
    if not why:
        raise Refused("请写明撤回的原因。")
    allowed = _entitled(store, act, comment.indicator, comment.period_end)
    gone = Comment(
        indicator=comment.indicator, region=comment.region, period_end=comment.period_end, what="", doing="", by_when=None,
        withdrawn=True, by=allowed.by, verified=allowed.origin.verified, at=allowed.at, reason=why,
    )  # fmt: skip
    return append_comment(store, gone, after=comment.comment_id, origin=allowed.origin)


def _entitled(store: Store, act: Act, indicator: str, month: date) -> Act:
    """The act as it may be done now; `Refused` for who may not, and while the clock is set back."""
    allowed = account.entitled(store, act, "comment", f"{indicator} {month:%Y-%m}")
    refuse_set_back(store, allowed.at)
    return allowed


def _line(field: str, text: str, longest: int) -> str:
    return re.sub(r"\s+", " ", _seen(field, text, longest))


def _text(field: str, text: str) -> str:
    """The text with its line breaks, of which at most one in a row is empty."""
    lines = [line.strip() for line in re.split(r"\r\n|\r|\n", text)]
    kept = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")
    if kept.count("\n") >= MOST_LINES:
        raise Refused(f"“{field}”超过{MOST_LINES}行，请精简后再保存。")
    return _seen(field, kept, LONGEST_TEXT)


def _seen(field: str, text: str, longest: int) -> str:
    """The text, when every character of it can be seen and it is not too long."""
    bad = next(
        (one for one in text if one not in "\n\t" and (unicodedata.category(one) in UNSEEN or one in TURNING)), ""
    )
    if bad:
        raise Refused(f"“{field}”里有看不见的控制字符（U+{ord(bad):04X}），请删去后再保存。")
    if len(text.strip()) > longest:
        raise Refused(f"“{field}”有{len(text.strip())}个字，最多{longest}个，请精简后再保存。")
    return text.strip()


def _day(text: str, month: date) -> date | None:
    """The last day that the words allow; None for no words."""
    if not text.strip():
        return None
    try:
        read = read_date(text, due=True)
    except NotAPeriod:
        read = None
    if read is None or isinstance(read, Ambiguous):
        raise Refused(f"看不懂完成时限“{text.strip()}”，请写成2026年10月31日这样的日期，或者不填。")
    if read.period.end < month.replace(day=1):
        raise Refused(f"完成时限{read.period.end}早于这条说明的月份，请核对年份和月份。")
    return read.period.end
