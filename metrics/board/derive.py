"""Facts that only follow from others: 28/37, 182 - 166. Computed from exact parts alone, marked, never stored."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from metrics.board.query import Fact, Facts
from metrics.catalogue import Catalogue
from metrics.model import Indicator, Observation, Rate, Remaining
from metrics.number import Qualifier, half_up, ratio


def sources(catalogue: Catalogue, codes: list[str]) -> list[str]:
    """The codes and, before them, those that derived ones among them are computed from."""
    needed: dict[str, None] = {}
    for code in codes:
        indicator = catalogue.indicators.get(code)
        for relation in indicator.relations if indicator and indicator.derived else ():
            needed |= dict.fromkeys(sources(catalogue, _named(relation)))
        needed[code] = None
    return list(needed)


def stored(catalogue: Catalogue, code: str) -> frozenset[str]:
    """The codes that have to be reported for the indicator to have a figure: its own, or those it is computed from."""
    return frozenset(one for one in sources(catalogue, [code]) if not catalogue.indicators[one].derived)


def _named(relation: object) -> list[str]:
    match relation:
        case Rate(numerator=numerator, denominator=denominator):
            return [numerator, denominator]
        case Remaining(total=total, done=done, of=of):
            return [code for code in (total, done, of) if code]
    return []


def with_derived(catalogue: Catalogue, facts: Facts) -> Facts:
    """The facts and, for every derived indicator among their codes, what follows from them."""
    complete = dict(facts)
    for code in facts:
        indicator = catalogue.indicators[code]
        if indicator.derived:
            complete[code] = tuple(_derive(indicator, complete))
    return complete


def _derive(indicator: Indicator, facts: Facts) -> Iterator[Fact]:
    for relation in indicator.relations:
        match relation:
            case Rate(numerator=numerator, denominator=denominator):
                for top, bottom in _pairs(facts, numerator, denominator):
                    yield computed(indicator, (top, bottom), numerator=_exact(top), denominator=_exact(bottom))
            case Remaining(of=None, total=str(total), done=str(done)):
                for whole, part in _pairs(facts, total, done):
                    yield computed(indicator, (whole, part), value=_difference(_exact(whole), _exact(part)))
            case Remaining(of=str(of)):
                for fact in facts.get(of, ()):
                    left = _difference(fact.observation.denominator, fact.observation.numerator)
                    if left is not None:
                        yield computed(indicator, (fact,), value=left)


def _pairs(facts: Facts, first: str, second: str) -> Iterator[tuple[Fact, Fact]]:
    """Facts of the two indicators for the same region and period, both exact."""
    others = {(fact.observation.region, fact.observation.period): fact for fact in facts.get(second, ())}
    for fact in facts.get(first, ()):
        other = others.get((fact.observation.region, fact.observation.period))
        if other is not None and _exact(fact) is not None and _exact(other) is not None:
            yield fact, other


def _exact(fact: Fact) -> Decimal | None:
    return fact.observation.value if fact.observation.qualifier is Qualifier.EXACT else None


def _difference(whole: Decimal | None, part: Decimal | None) -> Decimal | None:
    return None if whole is None or part is None else whole - part


def computed(
    indicator: Indicator,
    parts: tuple[Fact, ...],
    *,
    region: str | None = None,
    value: Decimal | None = None,
    numerator: Decimal | None = None,
    denominator: Decimal | None = None,
) -> Fact:
    """A fact that follows from these, for their period; for their region too unless another is named."""
    first = parts[0].observation
    observation = Observation(
        indicator=indicator.code,
        region=region or first.region,
        period=first.period,
        value=value,
        lower=value,
        upper=value,
        numerator=numerator,
        denominator=denominator,
        inferred=tuple(sorted({name for part in parts for name in part.observation.inferred})),
    )
    known = max(part.known for part in parts)
    return Fact(observation=observation, known=known, release_id=None, parts=parts)


def is_told(observation: Observation) -> bool:
    """Whether there is a figure, or the word of a grade or a piece of work."""
    return bool(observation.state) or is_reported(observation)


def is_reported(observation: Observation) -> bool:
    """Whether there is a figure, a bound, or parts, be it of nothing (0/0); a blank is no report."""
    seen = observation
    return any(one is not None for one in (seen.value, seen.lower, seen.upper, seen.numerator))


def value(observation: Observation) -> Decimal | None:
    """The figure itself: of a rate with parts what they give, unrounded, unless it was reported and agrees; else as reported.

    None where there is neither, and for a denominator of 0. A bound stays a bound.
    """
    given = observation.value
    if observation.numerator is None or observation.denominator is None or observation.qualifier is not Qualifier.EXACT:
        return given
    computed = ratio(observation.numerator, observation.denominator)
    return given if given is not None and computed is not None and _rounds_to(computed, given) else computed


def contradicted(observation: Observation) -> bool:
    """Whether a rate was reported that its numerator and denominator do not give."""
    return observation.value is not None and value(observation) not in {None, observation.value}


def _rounds_to(computed: Decimal, given: Decimal) -> bool:
    exponent = given.normalize().as_tuple().exponent  # the store keeps four decimals of all
    decimals = max(0, -exponent) if isinstance(exponent, int) else 0
    return half_up(computed, decimals) == given
