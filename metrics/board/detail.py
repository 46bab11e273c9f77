"""One indicator, and the catalogue, in words: definition, every version of every figure, the sentence it comes from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from metrics.board import passage, words
from metrics.board.history import FileNames, place
from metrics.board.query import Fact
from metrics.board.words import Badge
from metrics.catalogue import Catalogue
from metrics.model import UNALLOCATED, Indicator, Kind, PartOf, Rate, Release, Remaining, Status, Thresholds
from metrics.notice import Notice
from metrics.period import SHANGHAI, chinese

CHANGES_SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of one figure; `superseded` when it does not count any more, `withdrawn` when someone took it back.

    number  of its release, None for a computed figure; `place` is where in the release's file it stands, "" for a notice
    """

    period: str
    inferred: str
    region: str
    text: str
    release: str
    number: int | None
    place: str
    note: str
    superseded: bool
    withdrawn: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The clause a figure was read from; `of` names the indicator when it is a part of a derived one."""

    code: str
    quote: str
    paragraph: int
    of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the catalogue as shown."""

    code: str
    name: str
    kind: str
    unit: str
    polarity: str
    definition: str
    target: str
    department: str


def release_text(release: Release) -> str:
    """A release in a few words: 版本1 · title（2023-11-03起）."""
    known = release.known_from.astimezone(SHANGHAI)
    return f"版本{release.release_id} · {release.title}（{known:%Y-%m-%d}）"


def terms(indicator: Indicator, catalogue: Catalogue) -> list[tuple[str, str]]:
    """The definition of an indicator, term by term; what nobody laid down says so."""
    figure = indicator.kind is not Kind.MILESTONE
    reported = {"district": "全区", "streets": "各街镇"}.get(str(indicator.reported_by), "指定街镇")
    said = [
        ("编码", indicator.code),
        ("类型", words.KINDS[indicator.kind]),
        ("口径", indicator.definition or ("通报未作说明" if figure else "见来源原句")),
        ("单位", (indicator.unit or "—") if figure else ""),
        ("好坏方向", words.POLARITIES[indicator.polarity.value] if figure else ""),
        ("取值范围", _bounds(indicator)),
        ("目标值", "；".join(words.target(t, indicator) for t in indicator.targets) or ("未设目标" if figure else "")),
        ("周期性", words.recurrence(indicator)),
        ("责任科室", catalogue.department_name(indicator)),
        ("报送主体", reported),
        ("报送频率", words.FREQUENCIES.get(indicator.frequency or "", "未规定")),
        ("报送期限", f"期后{indicator.due_day}日前" if indicator.due_day else "未规定"),
    ]
    return [(term, words) for term, words in said if words]


def _bounds(indicator: Indicator) -> str:
    low, high = indicator.minimum, indicator.maximum
    if low is None and high is None:
        return ""
    ends = [f"不低于{low}" if low is not None else "", f"不超过{high}" if high is not None else ""]
    return "，".join(end for end in ends if end)


def related(indicator: Indicator, catalogue: Catalogue) -> list[tuple[str, str, str]]:
    """Code, relation and name of every indicator that this one hangs together with, either way."""
    found = list(_relations(indicator))
    found += [
        (other.code, "用于计算" if other.derived else "关联")
        for other in catalogue.indicators.values()
        if any(code == indicator.code for code, _ in _relations(other))
    ]
    return [(code, said, catalogue.indicators[code].name) for code, said in dict.fromkeys(found)]


def _relations(indicator: Indicator) -> Iterator[tuple[str, str]]:
    for relation in indicator.relations:
        match relation:
            case PartOf(whole=code):
                yield code, "是其中数，总数为"
            case Rate(numerator=numerator, denominator=denominator):
                yield numerator, "分子"
                yield denominator, "分母"
            case Remaining(total=total, done=done, of=of):
                named = ((total, "总数"), (done, "已完成"), (of, "由此计算"))
                yield from ((other, said) for other, said in named if other)


def versions(
    indicator: Indicator,
    facts: Sequence[Fact],
    history: Sequence[Fact],
    releases: Iterable[Release],
    catalogue: Catalogue,
    *,
    files: FileNames | None = None,
) -> list[Version]:
    """Every version, newest period first; a computed figure has only the one that follows from current figures.

    facts  those of one region that stand; history: all that were ever stored for it
    """
    known = tuple(releases)
    names = {release.release_id: release_text(release) for release in known}
    standing = {_key(fact) for fact in facts}
    taken_back = {release.release_id for release in known if release.taken_back}
    listed = (*history, *(fact for fact in facts if fact.derived))
    return [
        Version(
            period=words.period(fact.observation),
            inferred=words.inferred(fact.observation),
            region=catalogue.region_names.get(fact.observation.region, fact.observation.region),
            text=_text(fact, indicator),
            release=names.get(fact.release_id or 0, "由程序推算"),
            number=fact.release_id,
            place=_place(fact, files or {}),
            note=fact.observation.note or words.detail(fact),
            superseded=_key(fact) not in standing,
            withdrawn=fact.release_id in taken_back,
        )
        for fact in sorted(listed, key=lambda fact: fact.observation.period.end, reverse=True)
    ]


def _place(fact: Fact, files: FileNames) -> str:
    where = place(fact, files)
    return where.text if where else ""


def _key(fact: Fact) -> tuple[object, ...]:
    return (fact.observation.region, fact.observation.period, fact.release_id)


def _text(fact: Fact, indicator: Indicator) -> str:
    if indicator.kind is Kind.MILESTONE:
        return f"{fact.observation.state} · {words.when(fact.observation, indicator)}"
    return words.with_unit(fact.observation, indicator)


def quotes(facts: Sequence[Fact], catalogue: Catalogue) -> list[Quote]:
    """The clauses behind the facts; for a derived one those of its parts."""
    found: dict[tuple[str, str], Quote] = {}
    for fact in facts:
        for leaf in _leaves(fact):
            seen = leaf.observation
            if seen.quote and seen.paragraph:
                of = catalogue.indicators[seen.indicator].name if fact.derived else ""
                found[(seen.indicator, seen.quote)] = Quote(
                    code=seen.indicator, quote=seen.quote, paragraph=seen.paragraph, of=of
                )
    return list(found.values())


def _leaves(fact: Fact) -> Iterator[Fact]:
    if not fact.parts:
        yield fact
    for part in fact.parts:
        yield from _leaves(part)


def passages(found: Sequence[Quote], notice: Notice | None) -> list[passage.Paragraph]:
    """The paragraphs that the quotes stand in, each once, in order; only the quotes themselves stay marked."""
    if notice is None:
        return []
    codes, numbers = {quote.code for quote in found}, {quote.paragraph for quote in found}
    return [passage.only(paragraph, codes) for paragraph in passage.paragraphs(notice) if paragraph.number in numbers]


def entries(section_indicators: Sequence[Indicator], catalogue: Catalogue) -> list[Entry]:
    """The catalogue's lines for a table."""
    return [
        Entry(
            code=one.code,
            name=one.name,
            kind=words.KINDS[one.kind] + ("（推算）" if one.derived else ""),
            unit=one.unit or "—",
            polarity=words.POLARITIES[one.polarity.value] if one.kind is not Kind.MILESTONE else "—",
            definition=one.definition or words.recurrence(one) or ("见来源原句" if one.kind is Kind.MILESTONE else "—"),
            target="；".join(words.target(target, one) for target in one.targets) or "未设",
            department=catalogue.department_name(one),
        )
        for one in section_indicators
    ]


def rules(thresholds: Thresholds) -> list[tuple[Badge, str]]:
    """What each status means, with the thresholds in force."""
    return [(words.badge(status), words.rule(status, thresholds)) for status in Status]


def changes(listed: Sequence[tuple[Fact, Fact | None]], catalogue: Catalogue) -> list[str]:
    """What a release changed, in words: how much is new, then each revision from old to new."""
    known = [(now, before) for now, before in listed if now.observation.indicator in catalogue.indicators]
    new = sum(before is None for _, before in known)
    revised = [(now, before) for now, before in known if before is not None and _differs(now, before)]
    said = [f"全区数新增{new}项" if new else "", f"全区数修订{len(revised)}项" if revised else ""]
    lines = [
        f"{catalogue.indicators[now.observation.indicator].name}（{chinese(now.observation.period)}）："
        f"{_text(before, catalogue.indicators[now.observation.indicator])} → {_text(now, catalogue.indicators[now.observation.indicator])}"
        for now, before in revised[:CHANGES_SHOWN]
    ]
    return [*(["，".join(part for part in said if part)] if any(said) else ["没有变化"]), *lines]


def _differs(now: Fact, before: Fact) -> bool:
    one, other = now.observation, before.observation
    names = (
        "value",
        "lower",
        "upper",
        "qualifier",
        "numerator",
        "denominator",
        "state",
        "planned",
        "expected",
        "actual",
    )
    return any(getattr(one, name) != getattr(other, name) for name in names)


def regions_note(regions: Collection[str], catalogue: Catalogue) -> str:
    """How many 街镇 have figures, or that none has; "" where there is no figure at all."""
    streets = set(regions) - {catalogue.total, UNALLOCATED}
    if streets:
        return f"{len(streets)}/{len(catalogue.regions)}个街镇有数据。"
    return "来源只给出全区数，没有分街镇数据。" if regions else ""
