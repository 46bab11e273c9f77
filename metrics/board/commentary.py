"""情况说明: what people wrote about an indicator and its months, read for all indicators asked for at once, and in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from metrics.board.history import moment
from metrics.board.query import Fact
from metrics.model import Comment
from metrics.period import Period, chinese, last_day
from metrics.store import EVER, Store, timestamp

NOTES = """
SELECT * EXCLUDE ("at"), epoch_us("at") AS "at" FROM comment
WHERE indicator IN (SELECT unnest($codes)) AND region = $region AND "at" < $before
ORDER BY indicator, period_end DESC, comment_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """All versions of what was written about an indicator in one month, oldest first; the last one stands."""

    versions: tuple[Comment, ...]

    @property
    def latest(self) -> Comment:
        """The version that stands, or that takes the note back."""
        return self.versions[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """One version as shown.

    month       2026年9月
    by_when     2026年10月31日, "" where no day was given
    unverified  the name was typed in by the person, and nobody has checked it
    """

    month: str
    what: str
    doing: str
    by_when: str
    by: str
    unverified: bool
    when: str
    reason: str
    withdrawn: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A note as shown: the version that stands, and those before it, newest first; `changed` says how often."""

    now: Wording
    earlier: tuple[Wording, ...]
    changed: str


Notes = Mapping[str, tuple[Note, ...]]


def notes(store: Store, codes: Iterable[str], *, region: str, before: datetime = EVER) -> Notes:
    """What was written about each indicator and known before that moment, by code, newest month first.

    Notes that were taken back are there too, with the version that does it as their latest.
    """
    found: dict[str, list[Note]] = {code: [] for code in codes}
    rows = store.query(NOTES, {"codes": list(found), "region": region, "before": before})
    read = (Comment(**(row | {"at": timestamp(row["at"])})) for row in rows)
    for (code, _), versions in groupby(read, key=lambda one: (one.indicator, one.period_end)):
        found[code].append(Note(versions=tuple(versions)))
    return {code: tuple(listed) for code, listed in found.items()}


def months(facts: Iterable[Fact], written: Iterable[Note]) -> tuple[date, ...]:
    """Last days of the months that a note may be about, latest first: with a figure, or with a note already."""
    ends = {fact.observation.period.end for fact in facts}
    reported = {last_day(end.year, end.month) for end in ends}
    return tuple(sorted(reported | {note.latest.period_end for note in written}, reverse=True))


def seen(written: Iterable[Note], month: date) -> Comment | None:
    """The last version of that month's note, also one that takes it back; None where nobody wrote one."""
    return next((note.latest for note in written if note.latest.period_end == month), None)


def standing(written: Sequence[Note]) -> list[Line]:
    """The notes that stand, in words."""
    return [_line(note) for note in written if not note.latest.withdrawn]


def taken_back(written: Sequence[Note]) -> list[Line]:
    """The notes that were taken back, in words."""
    return [_line(note) for note in written if note.latest.withdrawn]


def _line(note: Note) -> Line:
    *earlier, now = (wording(one) for one in note.versions)
    return Line(now=now, earlier=tuple(reversed(earlier)), changed=f"已修改{len(earlier)}次" if earlier else "")


def wording(comment: Comment) -> Wording:
    """One version in words."""
    due = comment.by_when
    return Wording(
        month=named(comment.period_end),
        what=comment.what,
        doing=comment.doing,
        by_when=chinese(Period(due, due)) if due else "",
        by=comment.by,
        unverified=not comment.verified,
        when=moment(comment.at),
        reason=comment.reason or "",
        withdrawn=comment.withdrawn,
    )


def named(month: date) -> str:
    """The month as it is read: 2026年9月."""
    return chinese(Period(month.replace(day=1), month))
