"""版本记录 in words: every release, what happened to it, its files, what two of them differ in, and where a figure stands."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from metrics.board import words
from metrics.board.query import Fact
from metrics.board.words import Badge
from metrics.catalogue import Catalogue
from metrics.model import Kind, Observation, Release, ReleaseEvent, ReleaseFile
from metrics.period import SHANGHAI

COUNTS = Badge(mark="●", word="有效")
TAKEN_BACK = Badge(mark="✕", word="已撤回")
REPLACED = Badge(mark="↷", word="已被取代")
WAITING = Badge(mark="◔", word="初报，待审")
RETURNED = Badge(mark="↩", word="已退回")
HAPPENED = {
    "withdraw": "撤回", "restore": "恢复", "replace": "被取代", "await": "报为初报", "approve": "审核通过（终报）", "return": "退回",
}  # fmt: skip
SYSTEM, FORM = "system", "form"
KINDS = {"csv": "CSV", "xlsx": "Excel", "xlsm": "Excel", "xls": "Excel 97-2003", "ods": "ODS", "form": "网页填报"}
DELIMITERS = {",": "逗号", "\t": "制表符", ";": "分号", "，": "全角逗号"}
ANSWERS = {
    ("scale", "percent"): "“{column}”列是小数形式的百分比，已换算成百分数",
    ("scale", "as-written"): "“{column}”列按原样读取，没有换算",
    ("october", "01"): "“{column}”列分不清1月还是10月的，读作1月",
    ("october", "10"): "“{column}”列分不清1月还是10月的，读作10月",
    ("none", "zero"): "“{column}”列的“无”读作0",
    ("none", "missing"): "“{column}”列的“无”读作缺报",
}
NONE_YET = "无"
SAMPLED = 5

FileNames = Mapping[tuple[int, int], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One release as a line of the list.

    unverified  the name was typed in by the person, and nobody has checked it
    known       the day from which it was known, "" when that is the day it was received
    counts      new, revised, unchanged; "—" where nobody counted
    gone        it does not count any more
    waiting     it is 初报; returned: it was sent back
    """

    number: int
    title: str
    files: str
    by: str
    unverified: bool
    when: str
    known: str
    counts: tuple[str, str, str]
    observations: int
    reason: str
    state: Badge
    gone: bool
    taken_back: bool
    waiting: bool
    returned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that happened to a release: when in Beijing, what, by whom and why."""

    when: str
    what: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLine:
    """A file of a release as shown; `edits` are the cells corrected in the browser before it was stored."""

    number: int
    name: str
    about: str
    sha256: str
    edits: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A figure that the board showed otherwise after one release than after another, 无 where there was none."""

    code: str
    name: str
    region: str
    period: str
    old: str
    new: str
    release: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a figure from a file stands: its release, and file, sheet, row and cell with what is written there."""

    release: int
    text: str


def lines(releases: Iterable[Release]) -> list[Line]:
    """Every release as a line, newest first."""
    return [line(release) for release in sorted(releases, key=lambda one: one.release_id, reverse=True)]


def line(release: Release) -> Line:
    """One release as a line."""
    known, received = release.known_from.astimezone(SHANGHAI), release.received_at.astimezone(SHANGHAI)
    counted = (release.new_count, release.revised_count, release.unchanged_count)
    return Line(
        number=release.release_id,
        title=release.title,
        files="公开通报" if release.by == SYSTEM else "在网页上填报" if release.source == FORM else release.file,
        by="看板自动入库" if release.by == SYSTEM else release.by,
        unverified=release.verified is False,
        when=moment(release.received_at),
        known=f"{known:%Y-%m-%d}" if known.date() != received.date() else "",
        counts=(_count(counted[0]), _count(counted[1]), _count(counted[2])),
        observations=release.observations,
        reason=release.reason or "",
        state=_state(release),
        gone=release.withdrawn,
        taken_back=release.taken_back,
        waiting=release.waiting,
        returned=release.returned,
    )


def _state(release: Release) -> Badge:
    states = {
        WAITING: release.waiting,
        RETURNED: release.returned,
        REPLACED: release.replaced,
        TAKEN_BACK: release.withdrawn,
    }
    return next((badge for badge, true in states.items() if true), COUNTS)


def _count(number: int | None) -> str:
    return "—" if number is None else str(number)


def moment(at: datetime) -> str:
    """A moment in Beijing, to the minute."""
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def happened(events: Iterable[ReleaseEvent], release_id: int) -> list[Happening]:
    """What happened to a release after it was accepted, oldest first."""
    return [
        Happening(
            when=moment(one.at),
            what=HAPPENED[one.event],
            by="看板" if one.by == SYSTEM else one.by,
            reason=one.reason or "",
        )
        for one in events
        if one.release_id == release_id
    ]


def files(listed: Iterable[ReleaseFile]) -> list[FileLine]:
    """The files of a release, in the order they were given."""
    return [
        FileLine(
            number=one.file_no,
            name=one.name,
            about=" · ".join(part for part in _about(one) if part),
            sha256=one.sha256,
            edits=tuple(_edit(edit) for edit in json.loads(one.edits or "[]")),
            notes=tuple((one.notes or "").splitlines()),
        )
        for one in listed
    ]


def _about(file: ReleaseFile) -> tuple[str, ...]:
    sheets = [name for name in file.sheets.splitlines() if name]
    return (
        KINDS.get(file.kind, file.kind),
        size(file.size),
        f"编码 {file.encoding.upper()}" if file.encoding else "",
        f"以{DELIMITERS.get(file.delimiter, file.delimiter)}分隔" if file.delimiter else "",
        f"工作表：{'、'.join(sheets)}" if sheets else "",
    )


def size(number: int) -> str:
    """Bytes in the unit that people read."""
    if number < 1024:  # noqa: PLR2004
        return f"{number} 字节"
    return f"{number / 1024:.0f} KB" if number < 1024 * 1024 else f"{number / 1024 / 1024:.1f} MB"


def _edit(edit: Mapping[str, str]) -> str:
    where = f"工作表“{edit['sheet']}”" if edit.get("sheet") else ""
    return f"{where}{edit['column']}{edit['row']} 改为“{edit['text']}”"


def answers(release: Release) -> list[str]:
    """What the sender answered to the questions about the files, a sentence each."""
    given: dict[str, str] = json.loads(release.answers or "{}")
    return [_answer(key, answer) for key, answer in given.items()]


def _answer(key: str, answer: str) -> str:
    question, _, column = key.partition(".")
    said = ANSWERS.get((question, answer))
    return said.format(column=column) if said else f"{key}：{answer}"


def differences(listed: Iterable[tuple[Fact | None, Fact | None]], catalogue: Catalogue) -> list[Change]:
    """What two releases differ in, in the words of the screen."""
    return [_change(old, new, catalogue) for old, new in listed]


def _change(old: Fact | None, new: Fact | None, catalogue: Catalogue) -> Change:
    either = new or old
    assert either is not None
    seen = either.observation
    known = catalogue.indicators.get(seen.indicator)
    return Change(
        code=seen.indicator if known else "",
        name=known.name if known else f"已停用的指标（{seen.indicator}）",
        region=catalogue.region_names.get(seen.region, seen.region),
        period=words.period(seen),
        old=_figure(old, catalogue),
        new=_figure(new, catalogue),
        release=(new or either).release_id or 0,
    )


def _figure(fact: Fact | None, catalogue: Catalogue) -> str:
    if fact is None:
        return NONE_YET
    seen = fact.observation
    indicator = catalogue.indicators.get(seen.indicator)
    if indicator is None:
        return seen.written or (words.plain(seen.value) if seen.value is not None else seen.state or "—")
    if indicator.kind is Kind.MILESTONE:
        when = words.when(seen, indicator)
        return f"{seen.state or '—'}{f' · {when}' if when != '—' else ''}"
    parts = words.parts_in_brackets(seen)
    return f"{words.with_unit(seen, indicator)}{parts}"


def place(fact: Fact, names: FileNames) -> Place | None:
    """Where a figure from a file stands; None for a sentence of a notice and for a computed figure."""
    seen = fact.observation
    if fact.release_id is None or seen.file_no is None:
        return None
    name = names.get((fact.release_id, seen.file_no), "")
    where = [
        f"文件“{name}”",
        f"工作表“{seen.sheet}”" if seen.sheet else "",
        f"第{seen.source_row}行" if seen.source_row else "",
        f"{seen.source_cell}单元格" if seen.source_cell else "",
    ]
    written = f"，原文“{seen.cell_text}”" if seen.cell_text else ""
    text = f"{'，'.join(part for part in where if part)}{written}" if name else "在网页上填报"
    return Place(release=fact.release_id, text=text)


def places(facts: Sequence[Fact], names: FileNames, catalogue: Catalogue) -> list[tuple[str, Place]]:
    """Period with region, and place, of the newest figures that come from files, the leaves of computed ones too; 全区 first."""
    total = catalogue.total
    own_first = sorted(_leaves(facts), key=lambda fact: fact.observation.region != total)
    newest = sorted(own_first, key=lambda fact: fact.observation.period.end, reverse=True)
    found = [(_of(fact.observation, catalogue), place(fact, names)) for fact in newest]
    return [(figure, where) for figure, where in found if where is not None][:SAMPLED]


def _of(seen: Observation, catalogue: Catalogue) -> str:
    return f"{words.period(seen)}{catalogue.region_names.get(seen.region, seen.region)}"


def _leaves(facts: Iterable[Fact]) -> list[Fact]:
    return [leaf for fact in facts for leaf in (_leaves(fact.parts) if fact.parts else [fact])]


def sentence(line: Line) -> str:
    """A release in one sentence for the head of the page."""
    mark = "（姓名未验证）" if line.unverified else ""
    counts = f"，新增{line.counts[0]}、修订{line.counts[1]}、不变{line.counts[2]}" if line.counts[0] != "—" else ""
    return f"最新是版本{line.number}：{line.title}，{line.when}，{line.by}{mark}{counts}。"
