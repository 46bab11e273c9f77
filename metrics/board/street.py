"""One 街镇: every indicator it has figures of, where it stands among its kind, and what it has not reported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from metrics.board import assess, series, streets, words
from metrics.board.comparison import is_of
from metrics.board.query import Fact, Facts
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
    first  whether nobody is before it; last: whether nobody is behind
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
    first: bool
    last: bool
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
    places = _standing(region, judged, {} if late else now, catalogue)
    text = fact.observation.state or words.printed(fact.observation, indicator)
    return Item(
        code=indicator.code, name=indicator.name, value=text, unit=indicator.unit if words.has_digits(text) else "",
        detail=words.detail(fact), period=words.period(fact.observation),
        late=f"{chinese(period)}{streets.word_for_missing(indicator)}" if late else "", change=words.change(own, indicator),
        badge=_badge(fact, judged, catalogue), rank=_rank(region, places),
        first=places.places.get(region.code) == 1, last=region.code in places.last, polarity=indicator.polarity,
        spark=series.spark(indicator, series.points(indicator, own, region.code)),
    )  # fmt: skip


def _own(region: Region, facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """What the 街镇 has reported; a blank is no report."""
    return tuple(one for one in facts if one.observation.region == region.code and streets.is_in(one))


def _badge(fact: Fact, indicator: Indicator, catalogue: Catalogue) -> words.Badge | None:
    return None if indicator.kind is Kind.MILESTONE else streets.badge(fact, indicator, catalogue)


def _standing(region: Region, indicator: Indicator, now: dict[str, Fact], catalogue: Catalogue) -> streets.Standing:
    """Where the 街镇 of its kind stand."""
    kind = [one.code for one in catalogue.regions if one.kind == region.kind and one.code in now]
    return streets.standing(indicator, {code: now[code] for code in kind})


def _rank(region: Region, places: streets.Standing) -> str:
    place = places.places.get(region.code)
    if place is None or places.count == 1:
        return ""
    return f"{places.count}个{region.kind}中{'并列' if places.tied(region.code) else ''}第{place}"


def _silence(region: Region, indicator: Indicator, facts: Sequence[Fact], catalogue: Catalogue) -> Silence | None:
    """None where it is in, where nobody is, and where it has no duty to report."""
    period = streets.shown(facts, catalogue)
    if period is None or indicator.frequency is None or region.code not in catalogue.reporters(indicator):
        return None
    own = _own(region, facts)
    if any(is_of(one.observation.period, period, indicator.kind) for one in own):
        return None
    return Silence(code=indicator.code, name=indicator.name, never=not own)


def _message(items: Sequence[Item], missing: Sequence[Silence]) -> str:
    """How much is in, how much meets its target, where it is first and where last among its kind."""
    if not items and not missing:
        return "还没有这个街镇的数据。"
    judged = Counter(item.badge.word for item in items if item.badge and not item.late)
    whole = len(items) + sum(one.never for one in missing)
    said = [f"{whole}项指标中{len(missing)}项未报最近一期" if missing else f"{whole}项指标全部有最近一期的数据"]
    if judged:
        said.append("、".join(f"{status.value}{judged[status.value]}项" for status in Status if judged[status.value]))
    return "；".join([*said, *_extremes(items)]) + "。"


def _extremes(items: Sequence[Item]) -> Iterator[str]:
    """Only where one way is better, and not where all are alike."""
    ranked = [item for item in items if item.rank and item.polarity is not Polarity.NONE and item.first != item.last]
    ends = {"排第一": [one.name for one in ranked if one.first], "排最后": [one.name for one in ranked if one.last]}
    for said, names in ends.items():
        if names:
            rest = f"等{len(names)}项" if len(names) > NAMED else ""
            yield f"{said}：{'、'.join(names[:NAMED])}{rest}"
