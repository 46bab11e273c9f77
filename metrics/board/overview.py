"""The first page: what needs a decision, what changed, who has not reported, how the themes stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from metrics.board import words
from metrics.board.decisions import Decision, decisions
from metrics.board.news import News, Turn, comparable, news
from metrics.board.query import Facts
from metrics.board.reporting import Reporting
from metrics.board.view import MilestoneRow, ThemeView, badge_counts, clauses, theme, up_to
from metrics.catalogue import Catalogue
from metrics.period import Period, chinese

DECISIONS, NEWS = 5, 6  # shown in full


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The first page.

    more_decisions, more_news  those that are only named
    month      the month it shows, "" on a board that has none
    compared   whether any of its figures can be compared with an earlier one
    reporting  who has reported for it; None where nobody has to
    """

    message: str
    sections: tuple[ThemeView, ...]
    overall: ThemeView | None
    decisions: tuple[Decision, ...]
    more_decisions: tuple[Decision, ...]
    statuses: tuple[tuple[words.Badge, int], ...]
    reported: int
    expected: int
    up_to: str
    month: str
    compared: bool
    news: tuple[News, ...]
    more_news: tuple[News, ...]
    reporting: Reporting | None


def overview(
    catalogue: Catalogue, facts: Facts, *, today: date, end: date | None = None, reporting: Reporting | None = None
) -> Overview:
    """The first page; `end` is the last day of the month that it shows, None on a board without months."""
    sections = tuple(theme(section, facts, catalogue, today=today) for section in catalogue.themes)
    whole = catalogue.declaration.overall
    overall = theme(whole, facts, catalogue, today=today) if whole else None
    every = decisions(catalogue, facts, today=today)
    changed = news(catalogue, facts, end) if end else []
    compared = end is not None and comparable(catalogue, facts, end)
    indicators = [indicator for indicator in catalogue.indicators.values() if not indicator.derived]
    return Overview(
        message=(
            _month_message(every, changed if compared else None, reporting)
            if end
            else _message(catalogue, facts, every)
        ),
        sections=sections,
        overall=overall,
        decisions=tuple(every[:DECISIONS]),
        more_decisions=tuple(every[DECISIONS:]),
        statuses=badge_counts([card for view in (*sections, *([overall] if overall else [])) for card in view.cards]),
        reported=sum(bool(facts.get(indicator.code)) for indicator in indicators),
        expected=len(indicators),
        up_to=up_to(catalogue, facts),
        month=chinese(Period(end.replace(day=1), end)) if end else "",
        compared=compared,
        news=tuple(changed[:NEWS]),
        more_news=tuple(changed[NEWS:]),
        reporting=reporting,
    )


def _message(catalogue: Catalogue, facts: Facts, every: Sequence[Decision]) -> str:
    whole = catalogue.declaration.overall
    parts = [*(clauses(whole, facts, catalogue) if whole else []), *_worst(every)]
    if not any(facts.values()):
        return "尚无数据。"
    return "；".join(parts) + "。" if parts else "没有未达标、逾期或到期未报的事项。"


def _worst(every: Sequence[Decision]) -> list[str]:
    bad = [one for one in every if one.badge.tone == "bad"]
    said = ((f"{one.name}{one.now}", "" if one.now == one.badge.word else one.badge.word, one.gap) for one in bad[:2])
    return ["，".join(part for part in parts if part) for parts in said]


def _month_message(every: Sequence[Decision], changed: Sequence[News] | None, reporting: Reporting | None) -> str:
    counts = Counter(one.badge.word for one in every if one.badge.tone in {"bad", "warn"})
    said = "、".join(words.counted(word, count) for word, count in counts.items())
    parts = [
        said or "没有未达标、滞后、逾期或到期未报的事项",
        *_turned(changed),
        _completeness(reporting),
        *_worst(every),
    ]
    return "；".join(part for part in parts if part) + "。"


def _turned(changed: Sequence[News] | None) -> Iterator[str]:
    """How many became worse, and how many changed by more than chance where nothing says whether that is good.

    changed  None where nothing can be compared
    """
    if changed is None:
        yield "本月没有可与以前比较的指标"
        return
    worse, strange = (sum(one.turn is turn for one in changed) for turn in (Turn.WORSE, Turn.CHANGE))
    yield f"本月变差或需关注的{worse}项" if worse else "本月没有变差或需关注的指标"
    if strange:
        yield f"不分好坏的异常变化{strange}项"


def _completeness(reporting: Reporting | None) -> str:
    if reporting is None:
        return ""
    missing = reporting.owed - reporting.reported
    if not missing:
        return f"应报{reporting.owed}项已全部报齐"
    yet = "（期限未到）" if reporting.due_on and not reporting.days_late else ""
    return f"应报{reporting.owed}项，还有{missing}项未报{yet}"


def timeline(section: ThemeView | None) -> list[MilestoneRow]:
    """The dated work of a section, in order of date."""
    dated = [row for row in section.milestones if row.day] if section else []
    return sorted(dated, key=lambda row: row.day or date.max)
