"""What needs a decision, most urgent first: what it is, how far off, by when, and whose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from metrics.board import assess, words
from metrics.board.derive import value
from metrics.board.query import Fact, Facts
from metrics.board.view import URGENT, gap_text, judged
from metrics.catalogue import Catalogue
from metrics.model import Indicator, Kind, Status
from metrics.period import Period, chinese


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One item that needs a decision: what it is, where it stands, how far off, by when, whose."""

    code: str
    name: str
    theme: str
    badge: words.Badge
    period: str
    now: str
    gap: str
    due: str
    department: str


def decisions(catalogue: Catalogue, facts: Facts, *, today: date) -> list[Decision]:
    """What needs a decision, most urgent first: missed targets, overdue work, what is left without a term, silence."""
    found: list[tuple[int, Decision]] = []
    for code, indicator in catalogue.indicators.items():
        fact = assess.latest(facts.get(code, ()), catalogue.total)
        if fact is not None:
            found.extend(_decision(indicator, fact, catalogue, today))
    return [decision for _, decision in sorted(found, key=lambda pair: pair[0])]


def _decision(indicator: Indicator, fact: Fact, catalogue: Catalogue, today: date) -> Iterator[tuple[int, Decision]]:
    said: tuple[int, Status, str, str] | None = None
    if indicator.kind is Kind.MILESTONE:
        status = assess.milestone_status(fact, indicator, today=today)
        due = assess.due_after(fact, indicator)
        if status and due:
            rank = 3 if status is Status.OVERDUE else 5 + bool(indicator.recurrence)
            said = (rank, status, _silence(status, fact), _due_text(indicator, fact, due))
    else:
        said = _figure_decision(indicator, fact, catalogue)
    if said:
        rank, status, gap, due_text = said
        yield (
            rank,
            Decision(
                code=indicator.code,
                name=indicator.name,
                theme=catalogue.section_of[indicator.code].short,
                badge=judged(status, indicator, fact, catalogue),
                period=words.as_of(fact.observation),
                now=fact.observation.state or words.with_unit(fact.observation, indicator),
                gap=gap,
                due=due_text,
                department=catalogue.department_name(indicator),
            ),
        )


def _due_text(indicator: Indicator, fact: Fact, due: date) -> str:
    said = words.when(fact.observation, indicator)
    return f"{said}（{chinese(Period(due, due))}）" if indicator.recurrence else said


def _silence(status: Status, fact: Fact) -> str:
    if status is Status.OVERDUE:
        return "到期报告为未完成"
    return "预计时间已过" if fact.observation.expected else "此后未报告"


def _figure_decision(indicator: Indicator, fact: Fact, catalogue: Catalogue) -> tuple[int, Status, str, str] | None:
    status = assess.status(fact, indicator, catalogue.declaration.thresholds)
    if status in URGENT:
        target = assess.target_of(fact.observation, indicator)
        due = chinese(Period(target.due, target.due)) if target and target.due else "长期标准"
        return (
            URGENT.index(status),
            status,
            gap_text(fact, indicator) or ("" if indicator.kind is Kind.GRADE else "差距无法计算"),
            due,
        )
    left = value(fact.observation)
    if indicator.kind is Kind.COUNTDOWN and left and not indicator.derived and status is Status.NO_TARGET:
        return 4, status, "无目标可比", "期限未规定"
    return None
