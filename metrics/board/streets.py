"""One indicator over the 街镇: who stands where in a period, 街道 and 镇 apart, and who has not reported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from metrics.board import assess, view, words
from metrics.board.assess import Interval
from metrics.board.comparison import Against, is_of, over_regions
from metrics.board.derive import value
from metrics.board.query import Fact
from metrics.catalogue import Catalogue
from metrics.model import UNALLOCATED, Indicator, Kind, Polarity, Region, Status
from metrics.number import Qualifier
from metrics.period import Period, chinese

NOT_IN, NO_FIGURE = "未报", "无数据"
NO_RANK = "名次不定"
NAMED = 5  # 街镇 that a sentence names before it only counts the rest


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One 街镇 with its figure of the period shown.

    short     the name without 街道; a 镇 keeps its own, as 海淀 and 海淀镇 are two
    place     1 for the best, equal figures share it; None where a bound or a range leaves it open; last: nobody is behind
    low       the least that the figure can be, like high the most; equal for an exact figure; None where nothing limits it
    at        where it stands among the others: the figure, or the end of a bound
    badge     None where no target applies to a single 街镇
    compared  环比 and 同比 in words, "" where there is none
    release   its release; None for a computed figure
    """

    region: str
    name: str
    short: str
    value: str
    bare: str
    parts: str
    place: int | None
    tied: bool
    last: bool
    low: float | None
    high: float | None
    at: float
    exact: bool
    badge: words.Badge | None
    compared: tuple[str, str]
    release: int | None

    @property
    def rank(self) -> str:
        """The place as printed."""
        if self.place is None:
            return NO_RANK
        return f"{self.place}（并列）" if self.tied else str(self.place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """The 街镇 of one kind: those with a figure, best first, and the names of those without, in the order of codes.

    silent  reported, but nothing that can be drawn: 无适用对象; name and what is printed
    """

    kind: str
    rows: tuple[Row, ...]
    missing: tuple[Region, ...]
    silent: tuple[tuple[Region, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """One indicator over the 街镇 in one period.

    district  the figure of the whole district in words, "" where there is nothing to say
    whole     the district's reported figure as printed and where it stands; None unless it is a rate, which can be
              compared with those of its parts
    target    likewise the target that applies to each 街镇
    against   heads of the columns of 环比 and 同比
    missing   the word for who has no figure: 未报 only where somebody has laid down that they report
    """

    code: str
    name: str
    unit: str
    period: Period
    message: str
    order: str
    district: str
    panels: tuple[Panel, ...]
    whole: tuple[str, float] | None
    target: tuple[str, float] | None
    against: tuple[str, str]
    missing: str


def shown(facts: Sequence[Fact], catalogue: Catalogue) -> Period | None:
    """The period to show: the last that any 街镇 has; where several end on that day, that which most have."""
    periods = Counter(fact.observation.period for fact in facts if fact.observation.region in catalogue.streets)
    last = max((period.end for period in periods), default=None)
    ending = [period for period in periods if period.end == last]
    return max(ending, key=lambda one: (periods[one], one.start or date.min), default=None)


def of_period(facts: Sequence[Fact], indicator: Indicator, period: Period) -> dict[str, Fact]:
    """The facts of that period by region."""
    return {fact.observation.region: fact for fact in facts if is_of(fact.observation.period, period, indicator.kind)}


def expected(indicator: Indicator, catalogue: Catalogue) -> tuple[str, ...]:
    """Codes of the 街镇 that should have a figure: those that report it, else all of them."""
    return catalogue.reporters(indicator) or tuple(catalogue.streets)


def word_for_missing(indicator: Indicator) -> str:
    """未报 where it is laid down that 街镇 report, else 无数据."""
    return NOT_IN if indicator.frequency and indicator.reported_by != "district" else NO_FIGURE


def short(region: Region) -> str:
    """The name without 街道."""
    return region.name.removesuffix("街道") or region.name


def is_in(fact: Fact | None) -> bool:
    """Whether something was reported; a blank is no report, a denominator of 0 is one."""
    if fact is None:
        return False
    seen = fact.observation
    known = (value(seen), seen.lower, seen.upper, seen.state)
    return any(one is not None for one in known) or seen.denominator == 0


def ranking(indicator: Indicator, facts: Sequence[Fact], catalogue: Catalogue) -> Ranking | None:
    """The last period that any 街镇 has; None when there is none."""
    period = shown(facts, catalogue)
    if period is None:
        return None
    own = assess.for_street(indicator)
    now = {region: fact for region, fact in of_period(facts, own, period).items() if is_in(fact)}
    panels = tuple(_panels(own, facts, now, catalogue))
    target = assess.target_on(own, period.end)
    total = now.get(catalogue.total)
    return Ranking(
        code=own.code, name=own.name, unit=own.unit, period=period, message=_message(own, now, panels, catalogue),
        order=_order(own, panels), district=_district(own, now, catalogue), panels=panels,
        whole=_whole(own, total), missing=word_for_missing(own), against=_against(own, now, facts, catalogue),
        target=(words.amount(target.value, own), float(target.value)) if target else None,
    )  # fmt: skip


def _panels(
    indicator: Indicator, facts: Sequence[Fact], now: Mapping[str, Fact], catalogue: Catalogue
) -> Iterator[Panel]:
    wanted = {*expected(indicator, catalogue), *now}
    for kind in dict.fromkeys(region.kind for region in catalogue.regions):
        regions = [region for region in catalogue.regions if region.kind == kind and region.code in wanted]
        places = standing(indicator, {one.code: now[one.code] for one in regions if one.code in now})
        drawn = {one.code: row for one in regions if (row := _row(one, indicator, facts, now, catalogue, places))}
        yield Panel(
            kind=kind,
            rows=tuple(_ordered(drawn.values(), indicator)),
            missing=tuple(one for one in regions if one.code not in now),
            silent=tuple(
                (one, words.printed(now[one.code].observation, indicator))
                for one in regions
                if one.code in now and one.code not in drawn
            ),
        )


def _ordered(rows: Iterable[Row], indicator: Indicator) -> list[Row]:
    """By figure, best first; where a bound begins at the figure of another, by place."""
    by_place = sorted(rows, key=lambda row: (row.place is None, row.place or 0))
    return sorted(by_place, key=lambda row: row.at, reverse=indicator.polarity is not Polarity.DOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where figures stand among each other, by region: 1 for the best, or the largest where none is better.

    last   regions that nobody is behind
    count  figures that were compared
    """

    places: Mapping[str, int]
    last: frozenset[str]
    count: int

    def tied(self, region: str) -> bool:
        """Whether another figure shares its place."""
        return list(self.places.values()).count(self.places.get(region, 0)) > 1


def standing(indicator: Indicator, facts: Mapping[str, Fact]) -> Standing:
    """A place only where it is certain: 超80% is before 79% and after nobody, but 超80% and 85% may be either way."""
    known = {region: found for region, fact in facts.items() if (found := assess.interval(fact.observation, indicator))}
    down = indicator.polarity is Polarity.DOWN
    first, last = _places(known, down=down), _places(known, down=not down)
    return Standing(
        places=first, last=frozenset(one for one, place in last.items() if place == 1), count=len(known)
    )  # fmt: skip


def _places(known: Mapping[str, Interval], *, down: bool) -> dict[str, int]:
    """1 and one more for each that is certainly before; without those that somebody may or may not be before."""
    found: dict[str, int] = {}
    for region, own in known.items():
        others = [other for name, other in known.items() if name != region]
        before = [_above(own, other) if down else _above(other, own) for other in others]
        if None not in before:
            found[region] = 1 + sum(one is True for one in before)
    return found


def _above(one: Interval, other: Interval) -> bool | None:
    """Whether every value of the one is above every value of the other; None where only some are."""
    if one.upper is not None and other.lower is not None and one.upper <= other.lower:
        return False
    if one.lower is None or other.upper is None or one.lower < other.upper:
        return None
    return True if one.lower > other.upper or one.lower_open or other.upper_open else None


def _row(
    region: Region, indicator: Indicator, facts: Sequence[Fact], now: Mapping[str, Fact], catalogue: Catalogue,
    places: Standing,
) -> Row | None:  # fmt: skip
    """None for who has no figure that can be drawn."""
    fact = now.get(region.code)
    found = assess.interval(fact.observation, indicator) if fact else None
    at = position(fact, indicator) if fact else None
    if fact is None or found is None or at is None:
        return None
    own = [one for one in facts if one.observation.region == region.code]
    return Row(
        region=region.code, name=region.name, short=short(region), value=words.with_unit(fact.observation, indicator),
        bare=words.printed(fact.observation, indicator), parts=words.detail(fact),
        place=places.places.get(region.code), tied=places.tied(region.code), last=region.code in places.last,
        low=None if found.lower is None else float(found.lower), high=None if found.upper is None else float(found.upper),
        at=float(at), exact=fact.observation.qualifier is Qualifier.EXACT, badge=badge(fact, indicator, catalogue),
        compared=_compared(fact, own, indicator), release=fact.release_id,
    )  # fmt: skip


def position(fact: Fact, indicator: Indicator) -> Decimal | None:
    """Where a figure stands: itself, of a bound the bound, of a range its lower end; None where there is none."""
    found = assess.interval(fact.observation, indicator)
    seen = fact.observation
    exact = found.lower if found and seen.qualifier is Qualifier.EXACT else value(seen)
    return next((one for one in (exact, seen.lower, seen.upper) if one is not None), None)


def badge(fact: Fact, indicator: Indicator, catalogue: Catalogue) -> words.Badge | None:
    """The status of one 街镇; None where no target applies to it. `indicator` as a 街镇 is judged by it."""
    status = assess.status(fact, indicator, catalogue.declaration.thresholds)
    return None if status is Status.NO_TARGET else view.judged(status, indicator, fact, catalogue)


def _compared(fact: Fact, own: Sequence[Fact], indicator: Indicator) -> tuple[str, str]:
    previous, year = (words.beside(fact, own, indicator, against) for against in Against)
    return previous[1] if previous else "", year[1] if year else ""


def _against(
    indicator: Indicator, now: Mapping[str, Fact], facts: Sequence[Fact], catalogue: Catalogue
) -> tuple[str, str]:
    """Heads of the columns: 环比（较2026年9月）; "" for what is not compared."""
    first = next((fact for region, fact in now.items() if region in catalogue.streets), None)
    own = [one for one in facts if first and one.observation.region == first.observation.region]
    found = [words.beside(first, own, indicator, against) if first else None for against in Against]
    previous, year = (one[0] if one else "" for one in found)
    return previous, year


def _whole(indicator: Indicator, total: Fact | None) -> tuple[str, float] | None:
    if total is None or indicator.kind is not Kind.RATIO or total.observation.qualifier is not Qualifier.EXACT:
        return None
    at = position(total, indicator)
    return None if at is None else (words.with_unit(total.observation, indicator), float(at))


def _district(indicator: Indicator, now: Mapping[str, Fact], catalogue: Catalogue) -> str:
    """The reported figure of the district; else what the 街镇 make together, and of how many of them."""
    total = now.get(catalogue.total)
    if total:
        how = "由程序推算" if total.derived else "来源上报"
        return f"全区{words.with_unit(total.observation, indicator)}（{how}）"
    wanted = expected(indicator, catalogue)
    beside = [UNALLOCATED] if UNALLOCATED in now else []
    found = over_regions(now.values(), indicator, (*wanted, *beside))
    if found.value is None:
        rate = "，各街镇只有比率、没有分子分母，不能合计" if indicator.kind is Kind.RATIO else ""
        return f"全区数没有上报{rate}"
    together = words.amount(found.value, indicator)
    if found.complete:
        others = "和未分配到街镇的数" if beside else ""
        return f"{len(wanted)}个街镇{others}合计{together}（由程序推算；全区数没有上报）"
    which = "其余合计" if found.unusable else "合计为已报数"
    return f"{words.completeness(found, indicator)}，{which}{together}，不是全区数"


def _message(indicator: Indicator, now: Mapping[str, Fact], panels: Sequence[Panel], catalogue: Catalogue) -> str:
    """Who leads and who is last among 街道 and among 镇, how many meet the target, who has not reported."""
    said = [_ends(panel, indicator) for panel in panels if panel.rows]
    judged = Counter(row.badge.word for panel in panels for row in panel.rows if row.badge)
    if judged:
        said.append("、".join(f"{status.value}{judged[status.value]}个" for status in Status if judged[status.value]))
    return "；".join([*said, _coverage(indicator, now, panels, catalogue)]) + "。"


def _ends(panel: Panel, indicator: Indicator) -> str:
    """Who is first and who is last, where that is certain."""
    top, bottom = ("最低", "最高") if indicator.polarity is Polarity.DOWN else ("最高", "最低")
    first, last = [row for row in panel.rows if row.place == 1], [row for row in panel.rows if row.last]
    if first and first == last:
        return f"{_named(first, panel.kind)}{first[0].value}" + ("，全部相同" if len(first) > 1 else "")
    ends = [
        f"{_named(rows, panel.kind)}{rows[0].value}{end}" if rows else f"{panel.kind}中哪个{end}不能确定"
        for rows, end in ((first, top), (last, bottom))
    ]
    return "，".join(ends)


def _named(rows: Sequence[Row], kind: str) -> str:
    names = "、".join(row.name for row in rows[:2])
    return names if len(rows) <= 2 else f"{names}等{len(rows)}个{kind}"  # noqa: PLR2004  two names are read at a glance


def _coverage(indicator: Indicator, now: Mapping[str, Fact], panels: Sequence[Panel], catalogue: Catalogue) -> str:
    missing = [short(region) for panel in panels for region in panel.missing]
    wanted = {*expected(indicator, catalogue), *(region for region in now if region in catalogue.streets)}
    word = word_for_missing(indicator)
    if not missing:
        return f"{len(wanted)}个街镇全部{'已报' if word == NOT_IN else '有数据'}"
    count = f"{len(wanted)}个街镇中{len(wanted) - len(missing)}个{'已报' if word == NOT_IN else '有数据'}"
    return f"{count}，{word}：{'、'.join(missing)}" if len(missing) <= NAMED else f"{count}，{len(missing)}个{word}"


def _order(indicator: Indicator, panels: Sequence[Panel]) -> str:
    """How the 街镇 are ordered and who has no place."""
    order = {
        Polarity.UP: "由高到低，越高越好", Polarity.DOWN: "由低到高，越低越好", Polarity.NONE: "由多到少，多少不分好坏",
    }[indicator.polarity]  # fmt: skip
    bounds = sum(not row.exact for panel in panels for row in panel.rows)
    note = f"；{bounds}个不是确数（超、不足、约或范围），按所写的数排在其中，因此不能确定的名次不标" if bounds else ""
    kinds = "和".join(panel.kind for panel in panels)
    apart = f"{kinds}分别排名，" if len(panels) > 1 else ""
    return f"{apart}{order}；数值相同名次并列{note}"


def choices(catalogue: Catalogue, codes: Sequence[str]) -> list[tuple[str, list[Indicator]]]:
    """The indicators among the codes that can be ranked, by theme."""
    unranked = {Kind.MILESTONE, Kind.GRADE}
    found = [
        (theme.short, [one for one in theme.indicators if one.code in codes and one.kind not in unranked])
        for theme in catalogue.sections
    ]
    return [(theme, listed) for theme, listed in found if listed]


def chosen(themes: Sequence[tuple[str, Sequence[Indicator]]], code: str) -> Indicator | None:
    """The indicator of that code; without a code the first headline, or else the first; None where there is none."""
    listed = [one for _, indicators in themes for one in indicators]
    if code:
        return next((one for one in listed if one.code == code), None)
    return next((one for one in listed if one.headline), listed[0] if listed else None)


def title(panel: Panel) -> str:
    """The heading of a panel: how many 街镇 there are of its kind, and how many of them have a figure."""
    count = len(panel.rows) + len(panel.silent)
    whole = count + len(panel.missing)
    return f"{whole}个{panel.kind}的排名" + (f"（{count}个有数据）" if panel.missing else "")


def heading(found: Ranking, catalogue: Catalogue) -> str:
    """Where the page stands: theme, period, unit."""
    theme = catalogue.section_of[found.code].short
    return f"{theme} · {chinese(found.period)} · 单位：{found.unit}"
