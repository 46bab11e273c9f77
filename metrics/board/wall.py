"""大屏: the board cut into slides to be read at five metres. What does not fit goes to a further slide; nothing is cut off.

Heights are in tenths of the screen's height, as `rem` is in wall.css; widths in letters (em) of the text's own size.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import TypeVar

from metrics.board import view, words
from metrics.board.decisions import Decision
from metrics.board.overview import Overview
from metrics.board.query import Facts
from metrics.board.view import Card, MilestoneRow, ThemeView
from metrics.catalogue import Catalogue
from metrics.model import Status
from metrics.period import Period, chinese

CARDS, WORK = 4, 6  # on one slide; of work, the most urgent only
BODY, HEADING, STRIP = 7.75, 0.6, 0.65
MESSAGE_ROOM, MESSAGE_LINE, MESSAGE_LINES = 44, 0.52, 3
TITLE, NAME, SMALL, VALUE, PADDING = 0.72, 0.52, 0.37, 1.1, 0.16  # a line of each, and what is around a row
WORDY = 40  # letters of a title, which is set smaller above that
NARROW, SPACE = 0.57, 0.3  # em of a Latin letter or a digit, and of a space

Row = TypeVar("Row", Card, Decision, MilestoneRow)


class Sort(StrEnum):
    """What the rows of a slide are."""

    CARDS = "cards"
    DECISIONS = "decisions"
    WORK = "work"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slide:
    """One screenful: what it is about, its message, its rows, and counts along its foot.

    key    the same as long as the slide is about the same, whatever its figures
    long   its one row is so long that it needs the whole width
    strip  how many there are of each of what is `counted`
    note   what the reader has to know of the day of judgement, "" where there is nothing
    """

    key: str
    title: str
    place: str
    sort: Sort = Sort.CARDS
    message: str = ""
    heading: str = ""
    rows: tuple[Card | Decision | MilestoneRow, ...] = ()
    long: bool = False
    counted: str = ""
    strip: tuple[tuple[words.Badge, int], ...] = ()
    note: str = ""

    @property
    def wordy(self) -> bool:
        """Whether the title is too long to be set large."""
        return len(self.title) > WORDY


@dataclass(frozen=True, slots=True, kw_only=True)
class Wall:
    """All slides in their order, at least one, and what stands on each of them."""

    district: str
    up_to: str
    demonstration: bool
    slides: tuple[Slide, ...]


def wall(shown: Overview, catalogue: Catalogue, facts: Facts, *, today: date, demonstration: bool) -> Wall:
    """总览, the overall section, then every theme that has data; one calm slide where nothing has.

    shown  the first page, made from these facts of the district
    """
    title = f"{catalogue.organisation.district}城市管理指标总览"
    slides = (
        [*_overview(shown, catalogue, title, today), *_sections(shown, catalogue, facts, today)]
        if shown.reported
        else []
    )
    empty = Slide(key="empty", title=title, place=catalogue.organisation.name, message="尚无数据")
    return Wall(
        district=catalogue.organisation.district,
        up_to=shown.up_to,
        demonstration=demonstration,
        slides=tuple(slides) or (empty,),
    )


def _overview(shown: Overview, catalogue: Catalogue, title: str, today: date) -> Iterator[Slide]:
    """The message, what needs a decision, and the indicators counted by status."""
    listed = shown.decisions
    slide = Slide(
        key="overview",
        title=title,
        place=f"{catalogue.organisation.name} · 有数据{shown.reported}/{shown.expected}项",
        sort=Sort.DECISIONS,
        heading=_heading(len(listed), len(shown.more_decisions)),
        counted="指标状态" if shown.statuses else "",
        strip=shown.statuses,
        note=_judged([one.badge for one in listed], today),
    )
    return _cut(replace(slide, message=shown.message), listed, decision_height, len(listed))


def _judged(badges: Sequence[words.Badge | None], today: date) -> str:
    """The day by which 已到期 is judged, "" where nothing is."""
    due = any(badge and badge.word == Status.DUE_UNREPORTED for badge in badges)
    return f"“已到期”按{chinese(Period(today, today))}判断" if due else ""


def _sections(shown: Overview, catalogue: Catalogue, facts: Facts, today: date) -> Iterator[Slide]:
    whole = catalogue.declaration.overall
    declared = (*([whole] if whole else []), *catalogue.themes)
    seen = (*([shown.overall] if shown.overall else []), *shown.sections)
    for section, drawn in zip(declared, seen, strict=True):
        if has_data(drawn):
            yield from _section(drawn, view.place(catalogue, section, facts), today)


def has_data(seen: ThemeView) -> bool:
    """Whether any figure or piece of work of the section is reported."""
    return any(card.points for card in seen.cards) or any(row.as_of != words.NOT_REPORTED for row in seen.milestones)


def _section(seen: ThemeView, place: str, today: date) -> Iterator[Slide]:
    """The headline cards of a theme, or the first that have figures; where it has none, its work."""
    cards = seen.headlines or tuple(card for card in seen.cards if card.points)[:CARDS]
    slide = Slide(key=seen.code, title=seen.title, place=place, message=seen.message)
    if not cards:
        listed = seen.milestones[:WORK]
        heading = "各项进展" if len(listed) == len(seen.milestones) else f"先列{len(listed)}项"
        judged = _judged([row.alert for row in listed], today)
        return _cut(replace(slide, sort=Sort.WORK, heading=heading, note=judged), listed, work_height, WORK)
    counts = tuple((words.state_badge(one.state.value), one.count) for one in seen.states)
    return _cut(replace(slide, counted="工作事项" if counts else "", strip=counts), cards, card_height, CARDS)


def _heading(listed: int, more: int) -> str:
    """19项需要决策，先列5项; "" for none."""
    return (f"{listed + more}项需要决策" + (f"，先列{listed}项" if more else "")) if listed else ""


def _cut(slide: Slide, rows: Sequence[Row], height: Callable[[Row], float], most: int) -> Iterator[Slide]:
    """The slide with as many rows as fit, at most `most`, then slides with the rest. Message and counts stand on the first."""
    lines = _lines(slide.message, MESSAGE_ROOM)
    rest = _body(slide) - (HEADING if slide.heading else 0)
    first = rest - MESSAGE_LINE * lines - PADDING - STRIP * _lines(_counts(slide), 52)
    groups = _packed(rows, height, first=first if lines <= MESSAGE_LINES else 0, rest=rest, most=most)
    for number, group in enumerate(groups, start=1):
        own = replace(slide, rows=tuple(group), long=len(group) == 1 and height(group[0]) > rest / 2)
        if number == 1:
            yield own if group else replace(own, heading="")
        else:
            again = f"{slide.title}（续）"
            yield replace(own, key=f"{slide.key}-{number}", title=again, place="", message="", counted="", strip=())


def _body(slide: Slide) -> float:
    """Height between head and foot; the head of a long name takes more."""
    title = 0.46 * _lines(slide.title, 33) if slide.wordy else TITLE * _lines(slide.title, 20)
    return BODY + TITLE - title - SMALL * (_lines(slide.place, 44) - 1)


def _counts(slide: Slide) -> str:
    """What stands along the foot, with the room around it."""
    return "".join([slide.counted, *(f"　 {badge.mark} {badge.word} {count}" for badge, count in slide.strip)])


def _packed(
    rows: Sequence[Row], height: Callable[[Row], float], *, first: float, rest: float, most: int
) -> list[list[Row]]:
    """The rows in as few groups as hold them, about equally many in each; the first is empty where its row does not fit."""
    groups = _filled(rows, height, first=first, rest=rest, most=most)
    even = math.ceil(len(rows) / max(1, sum(map(bool, groups))))
    return min(
        groups,
        _filled(rows, height, first=first, rest=rest, most=even),
        key=lambda found: (len(found), -len(found[-1])),
    )


def _filled(
    rows: Sequence[Row], height: Callable[[Row], float], *, first: float, rest: float, most: int
) -> list[list[Row]]:
    groups: list[list[Row]] = [[]]
    room = first
    for row in rows:
        full = len(groups[-1]) == most or height(row) > room
        if full and (groups[-1] or len(groups) == 1):
            groups.append([])
            room = rest
        groups[-1].append(row)
        room -= height(row)
    return groups


def card_height(card: Card) -> float:
    """Height of the row of a card."""
    under = [card.period, card.inferred, card.detail, card.partial]
    told = NAME * _lines(card.name, 15) + SMALL * _lines(" · ".join(part for part in under if part), 21)
    value = VALUE * _lines(f"{card.value}{card.unit}", 4.2)
    return PADDING + max(told, value, NAME + SMALL * _lines(card.change, 13))


def decision_height(decision: Decision) -> float:
    """Height of the row of an item that needs a decision."""
    told = NAME * _lines(decision.name, 16.5) + SMALL * _lines(f"{decision.theme} · {decision.period}", 24.3)
    side = NAME * _lines(f"{decision.badge.mark} {decision.badge.word}", 9.6) + SMALL * _lines(
        decision.department, 11.5
    )
    due = NAME * _lines(decision.gap, 9.3) + SMALL * _lines(decision.due, 12)
    return PADDING + max(told, side, 1.2 * NAME * _lines(decision.now, 4.6), due)


def work_height(row: MilestoneRow) -> float:
    """Height of the row of a piece of work."""
    told = NAME * _lines(row.name, 21.5) + SMALL * _lines(row.as_of, 31)
    side = NAME * _lines(f"{row.badge.mark} {row.badge.word}", 9.6) + SMALL * _lines(row.department, 11.5)
    return PADDING + max(told, side, (NAME if row.alert else 0) + SMALL * _lines(row.when, 12.5))


def _lines(text: str, room: float) -> int:
    """How many lines a text takes where one holds `room` em; 0 for none."""
    return math.ceil(sum(_width(letter) for letter in text) / room)


def _width(letter: str) -> float:
    if letter == " ":
        return SPACE
    return 1 if unicodedata.east_asian_width(letter) in "WFA" else NARROW
