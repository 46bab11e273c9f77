"""What became otherwise since the period before: a status, or a figure by more than chance. Ordinary variation is no news."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from metrics.board import assess, series, words
from metrics.board.comparison import Against
from metrics.board.query import Fact, Facts
from metrics.board.words import Badge
from metrics.catalogue import Catalogue
from metrics.model import Indicator, Status
from metrics.period import chinese
from metrics.spc import Variation

BEST_FIRST = (Status.MET, Status.ON_SCHEDULE, Status.BEHIND, Status.FAR_BEHIND, Status.MISSED)
WORSE, CONCERN, BETTER, IMPROVEMENT, CHANGE = range(5)


class Turn(StrEnum):
    """Which way it went: a status for the worse or concern, for the better, or a change that is neither."""

    WORSE = "worse"
    BETTER = "better"
    CHANGE = "change"


TURNS = {
    WORSE: Turn.WORSE, CONCERN: Turn.WORSE, BETTER: Turn.BETTER, IMPROVEMENT: Turn.BETTER, CHANGE: Turn.CHANGE,
}  # fmt: skip
OF_VARIATION = {
    Variation.CONCERN: (CONCERN, Badge(mark="◆", word="需关注", tone="warn")),
    Variation.IMPROVEMENT: (IMPROVEMENT, Badge(mark="●", word="趋好", tone="good")),
    Variation.CHANGE: (CHANGE, Badge(mark="■", word="异常变化")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One figure that changed: what it is now, against what, and why it is said.

    compared  环比 in words, without that word, "" where there is nothing to compare with
    why       the change of status and what the series says, each a sentence
    """

    code: str
    name: str
    theme: str
    now: str
    compared: str
    badge: Badge
    turn: Turn
    why: tuple[str, ...]


def news(catalogue: Catalogue, facts: Facts, end: date) -> list[News]:
    """What changed in the period that ends on that day, worst first: status for the worse, concern, the better, the rest."""
    found = [one for indicator, own in _of_period(catalogue, facts, end) for one in _news(indicator, own, catalogue)]
    return [one for _, one in sorted(found, key=lambda pair: pair[0])]


def comparable(catalogue: Catalogue, facts: Facts, end: date) -> bool:
    """Whether any figure of the period that ends on that day has one before it; without, no news is no good news."""
    return any(len(own) > 1 for _, own in _of_period(catalogue, facts, end))


def _of_period(catalogue: Catalogue, facts: Facts, end: date) -> Iterator[tuple[Indicator, list[Fact]]]:
    """The district's figures of each indicator that has one for that period, oldest first."""
    for code, indicator in catalogue.indicators.items():
        own = [fact for fact in facts.get(code, ()) if fact.observation.region == catalogue.total]
        if own and own[-1].observation.period.end == end:
            yield indicator, own


def _news(indicator: Indicator, own: Sequence[Fact], catalogue: Catalogue) -> Iterator[tuple[int, News]]:
    judged = series.line(indicator, own, catalogue.total).judged
    status = _status(indicator, own, catalogue)
    variation = OF_VARIATION.get(judged.variation) if judged.variation else None
    if status is None and variation is None:
        return
    rank, badge = min((one for one in (status and status[:2], variation) if one), key=lambda one: one[0])
    yield (
        rank,
        News(
            code=indicator.code, name=indicator.name, theme=catalogue.section_of[indicator.code].short,
            now=words.with_unit(own[-1].observation, indicator), badge=badge, turn=TURNS[rank],
            compared=_compared(own, indicator),
            why=tuple(said for said in (status[2] if status else "", judged.sentence if variation else "") if said),
        ),
    )  # fmt: skip


def _compared(own: Sequence[Fact], indicator: Indicator) -> str:
    """环比 without that word; a running total of January has none."""
    said = (one for one in words.compared(own[-1], own, indicator) if one.startswith(Against.PREVIOUS))
    return next(said, "").removeprefix(Against.PREVIOUS)


def _status(indicator: Indicator, own: Sequence[Fact], catalogue: Catalogue) -> tuple[int, Badge, str] | None:
    """How the status changed against the last period that has one; None where it did not."""
    if len(own) < 2:  # noqa: PLR2004
        return None
    before, now = (assess.status(fact, indicator, catalogue.declaration.thresholds) for fact in own[-2:])
    if before is now or before not in BEST_FIRST or now not in BEST_FIRST:
        return None
    rank = WORSE if BEST_FIRST.index(now) > BEST_FIRST.index(before) else BETTER
    return rank, words.badge(now), f"{chinese(own[-2].observation.period)}为{before.value}，现为{now.value}。"
