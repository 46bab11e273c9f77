"""A store and its catalogue -> what a page says. Plain Python, so that nothing in it is slower than it must be."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import yaml

Listed = list[tuple[date, Decimal]]
FIGURES = "SELECT indicator, period_end, value FROM observation WHERE region = $whole ORDER BY indicator, period_end"
NATURAL = Decimal("2.66")  # of an XmR chart: the limits are so many mean moving ranges away from the mean
FEWEST_FOR_LIMITS, SPARK = 13, 12


@dataclass(frozen=True, slots=True)
class Card:
    """An indicator in a month as shown. `listed` are its figures up to then, `target` is None where it has none."""

    name: str
    unit: str
    value: str
    month: str
    change: str
    badge: tuple[str, str, str]
    listed: Listed
    target: Decimal | None
    decimals: int
    maximum: Decimal | None

    @property
    def number(self) -> Decimal:
        return self.listed[-1][1]


@cache
def catalogue() -> dict[str, Any]:
    """The catalogue by which the store was filled."""
    found: dict[str, Any] = yaml.safe_load(Path(os.environ["KPI_CONFIG"]).read_text("utf-8"))
    return found


@cache
def figures() -> dict[str, Listed]:
    """The figures of the whole district by indicator, oldest first: read once, before the workers part."""
    asked = {"whole": catalogue()["organisation"]["code"]}
    found: dict[str, Listed] = defaultdict(list)
    with duckdb.connect(os.environ["KPI_STORE"].removeprefix("duckdb:"), read_only=True) as store:
        for code, day, value in store.execute(FIGURES, asked).fetchall():
            found[code].append((day, value))
    return found


def months() -> list[date]:
    """The last day of every month that has figures, latest first."""
    return sorted({day for listed in figures().values() for day, _ in listed}, reverse=True)


def of(theme: str) -> dict[str, Any]:
    """The theme as catalogued."""
    return next(one for one in catalogue()["themes"] if one["code"] == theme)


def cards(theme: str, month: date) -> list[Card]:
    """The theme's indicators as known by figures up to the month."""
    return [
        _card(one, [pair for pair in figures()[one["code"]] if pair[0] <= month]) for one in of(theme)["indicators"]
    ]


def _card(one: dict[str, Any], listed: Listed) -> Card:
    target = Decimal(one["targets"][0]["value"]) if one.get("targets") else None
    decimals, (day, number) = one.get("decimals", 0), listed[-1]
    return Card(
        name=one["name"],
        unit=one["unit"],
        value=shown(number, decimals),
        month=chinese(day),
        change=_change(listed, one["unit"], decimals),
        badge=_badge(number, target),
        listed=listed,
        target=target,
        decimals=decimals,
        maximum=Decimal(one["maximum"]) if "maximum" in one else None,
    )


def _change(listed: Listed, unit: str, decimals: int) -> str:
    if len(listed) < 2:
        return "仅1期数据，暂无趋势"
    (before, base), (_, number) = listed[-2:]
    if number == base:
        return f"较{chinese(before)}持平"
    moved = _signed(number - base, decimals)
    if unit == "%":
        return f"较{chinese(before)}{moved}个百分点"
    return f"较{chinese(before)}{moved}{unit}（{_signed(100 * (number - base) / base, 1)}%）"


def _badge(number: Decimal, target: Decimal | None) -> tuple[str, str, str]:
    """Mark, word and tone."""
    if target is None:
        return "◇", "未设目标", "plain"
    return ("✔", "已达标", "good") if number >= target else ("■", "未达标", "bad")


def message(listed: list[Card]) -> str:
    """What misses its target first, then the others; at most three."""
    missed = [card for card in listed if card.badge[2] == "bad"]
    first = [*missed, *(card for card in listed if card not in missed)][:3]
    return "；".join(_clause(card) for card in first) + "。"


def _clause(card: Card) -> str:
    said = f"{card.name}{card.value}{card.unit}"
    if card.target is None or card.badge[2] != "bad":
        return said
    return f"{said}，{card.badge[1]}，差{shown(card.target - card.number, card.decimals)}个百分点"


def levels(card: Card) -> Iterator[tuple[Decimal, str]]:
    """Mean and natural limits where there are enough figures for them; none that the indicator cannot reach."""
    values = [value for _, value in card.listed]
    if len(values) < FEWEST_FOR_LIMITS:
        return
    mean = sum(values, Decimal()) / len(values)
    moved = [abs(one - other) for one, other in pairwise(values)]
    away = NATURAL * sum(moved, Decimal()) / len(moved)
    yield mean, "均值"
    if card.maximum is None or mean + away <= card.maximum:
        yield mean + away, "上限"
    if mean - away >= 0:
        yield mean - away, "下限"


def shown(number: Decimal, decimals: int) -> str:
    """Rounded once, as written."""
    return f"{number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):,f}"


def _signed(number: Decimal, decimals: int) -> str:
    return f"{'+' if number > 0 else '−'}{shown(abs(number), decimals)}"


def chinese(day: date) -> str:
    """2026年10月."""
    return f"{day.year}年{day.month}月"
