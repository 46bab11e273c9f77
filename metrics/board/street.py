"""One 街镇: every indicator it has figures of, where it stands among its kind, and what it has not reported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from metrics.board import assess, series, streets, words
from metrics.board.comparison import is_of
from metrics.board.query import Fact, Facts
from metrics.board.totals import reporters
from metrics.catalogue import Catalogue
from metrics.model import Indicator, Kind, Polarity, Region, Status
from metrics.period import chinese

NAMED = 4  # indicators that the sentence names before it only counts the rest


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One indicator of the 街镇: its last figure.

    late   which later period it has not reported, that others have; "" when it is as far as they are
    badge  None where no target applies to a single 街镇
    rank   22个街道中第3, "" where it has no place
    place  its place, and of how many that have one; None without
    """

    code: str
    name: str
    value: str
    unit: str
    detail: str
    period: str
    late: str
    change: str
    badge: words.Badge | None
    rank: str
    place: tuple[int, int] | None
    polarity: Polarity
    spark: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """An indicator that it should report, and others have, and this 街镇 has not; `never` when it never had a figure."""

    code: str
    name: str
    never: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The indicators of one theme."""

    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Street:
    """The page of one 街镇."""

    name: str
    kind: str
    message: str
    sections: tuple[Section, ...]
    missing: tuple[Silence, ...]


def street(region: Region, facts: Facts, catalogue: Catalogue) -> Street:
    """`facts`: of this 街镇 all, of the others those of the last period of each indicator."""
    sections, missing = [], []
    for theme in catalogue.sections:
        seen = [(one, tuple(facts.get(one.code, ()))) for one in theme.indicators]
        items = tuple(item for one, own in seen if (item := _item(region, one, own, catalogue)))
        missing += [gap for one, own in seen if (gap := _silence(region, one, own, catalogue))]
        if items:
            sections.append(Section(title=theme.title, items=items))
    every = [item for section in sections for item in section.items]
    return Street(
        name=region.name, kind=region.kind, message=_message(every, missing), sections=tuple(sections),
        missing=tuple(missing),
    )  # fmt: skip


def _item(region: Region, indicator: Indicator, facts: Sequence[Fact], catalogue: Catalogue) -> Item | None:
    """None where the 街镇 has no figure."""
    period = streets.shown(facts, catalogue)
    own = _own(region, facts)
    fact = assess.latest(own, region.code)
    if fact is None or period is None:
        return None
    judged = assess.for_street(indicator)
    late = not is_of(fact.observation.period, period, indicator.kind)
    now = streets.of_period(facts, indicator, period)
    rank, place = ("", None) if late else _rank(region, judged, now, catalogue)
    text = fact.observation.state or words.printed(fact.observation, indicator)
    return Item(
        code=indicator.code, name=indicator.name, value=text, unit=indicator.unit if words.has_digits(text) else "",
        detail=words.detail(fact), period=words.period(fact.observation),
        late=f"{chinese(period)}{streets.word_for_missing(indicator)}" if late else "", change=words.change(own, indicator),
        badge=_badge(fact, judged, catalogue), rank=rank, place=place, polarity=indicator.polarity,
        spark=series.spark(indicator, series.points(indicator, own, region.code)),
    )  # fmt: skip


def _own(region: Region, facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """What the 街镇 has reported; a blank is no report."""
    return tuple(one for one in facts if one.observation.region == region.code and streets.is_in(one))


def _badge(fact: Fact, indicator: Indicator, catalogue: Catalogue) -> words.Badge | None:
    return None if indicator.kind is Kind.MILESTONE else streets.badge(fact, indicator, catalogue)


def _rank(
    region: Region, indicator: Indicator, now: dict[str, Fact], catalogue: Catalogue
) -> tuple[str, tuple[int, int] | None]:
    """The place among the 街镇 of its kind that have an exact figure."""
    kind = [one.code for one in catalogue.regions if one.kind == region.kind and one.code in now]
    places = streets.standing(indicator, {code: now[code] for code in kind})
    place = places.get(region.code)
    if place is None or len(places) == 1:
        return "", None
    tied = "并列" if list(places.values()).count(place) > 1 else ""
    return f"{len(places)}个{region.kind}中{tied}第{place}", (place, len(places))


def _silence(region: Region, indicator: Indicator, facts: Sequence[Fact], catalogue: Catalogue) -> Silence | None:
    """None where it is in, where nobody is, and where it has no duty to report."""
    period = streets.shown(facts, catalogue)
    if period is None or indicator.frequency is None or region.code not in reporters(indicator, catalogue):
        return None
    own = _own(region, facts)
    if any(is_of(one.observation.period, period, indicator.kind) for one in own):
        return None
    return Silence(code=indicator.code, name=indicator.name, never=not own)


def _message(items: Sequence[Item], missing: Sequence[Silence]) -> str:
    """How much is in, how much meets its target, where it is first and where last among its kind."""
    if not items and not missing:
        return "来源只给出全区数，没有这个街镇的数据。"
    judged = Counter(item.badge.word for item in items if item.badge and not item.late)
    whole = len(items) + sum(one.never for one in missing)
    said = [f"{whole}项指标中{len(missing)}项未报最近一期" if missing else f"{whole}项指标全部有最近一期的数据"]
    if judged:
        said.append("、".join(f"{status.value}{judged[status.value]}项" for status in Status if judged[status.value]))
    return "；".join([*said, *_extremes(items)]) + "。"


def _extremes(items: Sequence[Item]) -> Iterator[str]:
    """Only where one way is better."""
    placed = [(item, item.place) for item in items if item.place and item.polarity is not Polarity.NONE]
    for said, chosen in (
        ("排第一", [item.name for item, (place, _) in placed if place == 1]),
        ("排最后", [item.name for item, (place, count) in placed if place == count]),
    ):
        if chosen:
            rest = f"等{len(chosen)}项" if len(chosen) > NAMED else ""
            yield f"{said}：{'、'.join(chosen[:NAMED])}{rest}"
