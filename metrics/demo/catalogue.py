"""The catalogue of the demonstration: the one in force, with departments, reporting duties and targets that are invented.

Every code and name stays. What is invented says so in its own words, and the whole is marked `demonstration: true`, so
that `start` never opens it on a store that holds, or could get, real figures.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import cycle
from typing import Literal

import yaml

from metrics.catalogue import ADAPTER, Catalogue
from metrics.demo.figures import WORDS, Series, Setting, invent, late, named, whole
from metrics.model import (
    Department,
    Frequency,
    Indicator,
    Kind,
    PeriodType,
    Polarity,
    Status,
    Target,
    TargetForm,
    Theme,
)
from metrics.number import half_up
from metrics.period import last_day

BASIS = "演示：虚构的目标，仅供试用"
HEAD = """\
# 演示：由 make demo 生成，仅供试用。科室、填报要求和目标均为虚构。每次重新生成时覆盖，请勿修改。
# Written by `python -m metrics demo`: departments, reporting duties and targets are invented. Do not edit.
"""
DEPARTMENTS = tuple(
    Department(code=f"demo-{at}", name=f"演示科室{number}") for at, number in enumerate("一二三四五六", start=1)
)
TOGETHER = 8  # indicators in a row of one department
DUE_DAY = 8
WANTED = (Status.ON_SCHEDULE, Status.BEHIND, Status.MET, Status.FAR_BEHIND, Status.ON_SCHEDULE, Status.MISSED)
BEHIND = {Status.ON_SCHEDULE: Decimal(4), Status.BEHIND: Decimal(19), Status.FAR_BEHIND: Decimal(42)}  # points


def text(catalogue: Catalogue, setting: Setting, *, regions: str, store: str) -> str:
    """The catalogue as YAML, its targets set so that the figures invented for them have every status.

    regions  path of the regions file, and store, the store's address, as seen from where the text is put
    """
    invented = with_duties(catalogue)
    last = last_day(setting.last.year, setting.last.month)
    targets = dict(_targets(invented, invent(invented, setting), last))
    declaration = dataclasses.replace(
        _each(invented, lambda one: _aimed(one, targets.get(one.code, ()))).declaration,
        regions=regions, store=store, notice=None, demonstration=True,
    )  # fmt: skip
    plain = ADAPTER.dump_python(declaration, mode="json", exclude_defaults=True)
    return HEAD + yaml.safe_dump(plain, allow_unicode=True, sort_keys=False, width=1000)


def with_duties(catalogue: Catalogue) -> Catalogue:
    """The catalogue with a department, a frequency and a due day for every indicator; figures of themes from all 街镇."""
    place = {one.code: at for section in catalogue.sections for at, one in enumerate(section.indicators)}
    first = {section.code: at for at, section in enumerate(catalogue.sections)}

    def duty(one: Indicator) -> Indicator:
        section = catalogue.section_of[one.code]
        department = DEPARTMENTS[(first[section.code] + place[one.code] // TOGETHER) % len(DEPARTMENTS)].code
        streets = one.kind not in WORDS and section is not catalogue.declaration.overall
        by: Literal["district", "streets"] = "streets" if streets else "district"
        return dataclasses.replace(_timed(one), department=department, due_day=DUE_DAY, reported_by=by)

    named = _each(catalogue, duty)
    return dataclasses.replace(named, declaration=dataclasses.replace(named.declaration, departments=DEPARTMENTS))


def _timed(indicator: Indicator) -> Indicator:
    """Figures and work each month, what comes back yearly each year, a grade each quarter or year."""
    if indicator.kind is Kind.MILESTONE:
        yearly = indicator.recurrence is not None and indicator.recurrence.every == "year"
        return dataclasses.replace(indicator, frequency=Frequency.YEARLY if yearly else Frequency.MONTHLY)
    if indicator.kind is not Kind.GRADE:
        return dataclasses.replace(indicator, frequency=Frequency.MONTHLY, period_type=PeriodType.MONTH)
    if indicator.period_type is PeriodType.YEAR:
        return dataclasses.replace(indicator, frequency=Frequency.YEARLY)
    return dataclasses.replace(indicator, frequency=Frequency.QUARTERLY, period_type=PeriodType.QUARTER)


def _each(catalogue: Catalogue, change: Callable[[Indicator], Indicator]) -> Catalogue:
    """The catalogue with every indicator changed."""

    def changed(theme: Theme) -> Theme:
        return dataclasses.replace(theme, indicators=tuple(change(one) for one in theme.indicators))

    declaration = catalogue.declaration
    overall = changed(declaration.overall) if declaration.overall else None
    themes = tuple(changed(theme) for theme in declaration.themes)
    return dataclasses.replace(catalogue, declaration=dataclasses.replace(declaration, overall=overall, themes=themes))


def _aimed(indicator: Indicator, targets: tuple[Target, ...]) -> Indicator:
    if not targets:
        return indicator
    polarity = Polarity.UP if indicator.polarity is Polarity.NONE else indicator.polarity
    return dataclasses.replace(indicator, targets=targets, polarity=polarity)


def _targets(
    catalogue: Catalogue, series: Mapping[str, Series], last: date
) -> Iterator[tuple[str, tuple[Target, ...]]]:
    """Targets of every second running total and of all that have a good direction, one status after the other."""
    rates, plans, wanted = cycle(_RATES), cycle((False, True)), cycle(WANTED)
    for one in _aimable(catalogue):
        figures = [_figure(one, cells) for cells in series[one.code]]
        if one.kind is Kind.RATIO:
            yield one.code, next(rates)(one, figures, last)
        elif one.kind is Kind.FLOW:
            yield one.code, (_standing(one, figures[-1], met=True),)
        else:
            yield one.code, (_deliverable(one, figures, last, next(wanted), planned=next(plans)),)


def _aimable(catalogue: Catalogue) -> list[Indicator]:
    """Figures without a target, long enough reported, and not merely the whole of another."""
    short, wholes = late(catalogue), {code for one in catalogue.indicators.values() for code in named(one)}
    free = [
        one for one in catalogue.indicators.values()
        if one.kind not in WORDS and not one.derived and not one.targets and one.code not in {*short, *wholes}
        and not (one.kind is Kind.STOCK and one.reported_by == "district")
    ]  # fmt: skip
    neutral = [one.code for one in free if one.polarity is Polarity.NONE and one.kind is not Kind.FLOW]
    return [one for one in free if one.code not in neutral[1::2]]


def _figure(indicator: Indicator, cells: Mapping[str, tuple[int, int]]) -> Decimal:
    """The district's figure as printed."""
    count, of = whole(dict(cells))
    if indicator.kind is Kind.RATIO:
        return half_up(Decimal(100 * count) / of, indicator.decimals) if of else Decimal(0)
    return Decimal(count).scaleb(-indicator.decimals)


def _standing(indicator: Indicator, figure: Decimal, *, met: bool, room: int = 2) -> Target:
    easier = -1 if (indicator.polarity is not Polarity.DOWN) == met else 1
    return Target(form=TargetForm.STANDING, value=_within(indicator, half_up(figure, 0) + easier * room), basis=BASIS)


def _within(indicator: Indicator, value: Decimal) -> Decimal:
    least = indicator.minimum if indicator.minimum is not None else Decimal(0)
    return max(least, value if indicator.maximum is None else min(indicator.maximum, value))


def _missed_rate(indicator: Indicator, figures: list[Decimal], _: date) -> tuple[Target, ...]:
    return (_standing(indicator, figures[-1], met=False),)


def _met_rate(indicator: Indicator, figures: list[Decimal], _: date) -> tuple[Target, ...]:
    return (_standing(indicator, figures[-1], met=True),)


def _raised_rate(indicator: Indicator, figures: list[Decimal], last: date) -> tuple[Target, ...]:
    """A target that was raised at New Year, just out of reach."""
    now, eve = _standing(indicator, figures[-1], met=False, room=1), date(last.year - 1, 12, 31)
    before = _standing(indicator, figures[-1], met=True, room=3)
    return (
        dataclasses.replace(before, valid_to=eve),
        dataclasses.replace(now, valid_from=eve + timedelta(days=1)),
    )


def _growing_rate(indicator: Indicator, figures: list[Decimal], last: date) -> tuple[Target, ...]:
    return (_deliverable(indicator, figures, last, Status.BEHIND, planned=False),)


_RATES = (_missed_rate, _raised_rate, _growing_rate, _met_rate, _met_rate)


def _deliverable(indicator: Indicator, figures: list[Decimal], last: date, wanted: Status, *, planned: bool) -> Target:
    """A way from last year's end to a due day of this year, so long that the last figure stands on it as wanted."""
    start, reached = date(last.year - 1, 12, 31), figures[-1]
    baseline = Decimal(0) if indicator.kind is Kind.CUMULATIVE else figures[-1 - last.month]
    due = _due(last, past=wanted is Status.MISSED)
    elapsed = Decimal((last - start).days) / (due - start).days
    share = {Status.MET: Decimal("1.1"), Status.MISSED: Decimal("0.85")}.get(wanted)
    share = share or max(Decimal("0.05"), elapsed - BEHIND[wanted] / 100)
    value = _within(indicator, _round(baseline + (reached - baseline) / share, up=wanted is not Status.MET))
    if value == baseline:
        step = max(Decimal(1), baseline // 10)
        value = _within(indicator, baseline - step if indicator.polarity is Polarity.DOWN else baseline + step)
    if value == baseline:  # at its bound: there is no way to go
        return _standing(indicator, reached, met=wanted is Status.MET)
    plan = _plan(baseline, value, due) if planned else {}
    return Target(
        form=TargetForm.DELIVERABLE, value=value, basis=BASIS, valid_from=start + timedelta(days=1),
        baseline=baseline, baseline_date=start, due=due, plan=plan,
    )  # fmt: skip


def _due(last: date, *, past: bool) -> date:
    """The next end of a quarter in the year; the one before for what is past, where the year has one."""
    ends = [last_day(last.year, month) for month in (3, 6, 9, 12)]
    before = [end for end in ends if end < last]
    return before[-1] if past and before else next((end for end in ends if end > last), ends[-1])


def _plan(baseline: Decimal, value: Decimal, due: date) -> dict[str, Decimal]:
    """What the end of each month should bring, evenly."""
    way = value - baseline
    return {
        f"{due.year}-{month:02}": baseline + half_up(way * month / due.month, 0) for month in range(1, due.month + 1)
    }


def _round(value: Decimal, *, up: bool) -> Decimal:
    """The figure as people set targets: two digits and zeros."""
    step = Decimal(10) ** max(0, value.adjusted() - 1)
    return half_up(value / step + (Decimal("0.4") if up else Decimal("-0.4")), 0) * step
