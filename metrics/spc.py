"""XmR charts and run charts: limits, signals of special cause, variation and assurance. Pure; `None` is a missing value.

After NHS England's "Making Data Count"; tests/vectors/README.md names the published cases. A missing value breaks runs
and moving ranges. Whether a series is long enough to be judged is for the caller to say (docs/adr/0010).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import accumulate, groupby, pairwise
from statistics import median
from typing import Final

from metrics.model import Polarity

NATURAL: Final = Decimal("2.66")  # 3 / 1.128, of the mean moving range
SCREEN: Final = Decimal("3.267")  # a moving range from here on is itself a signal
RUN: Final = 7
FEWEST_FOR_RUNS: Final = 10  # of a run chart: below that, a median and no signal
_GRAIN: Final = Decimal(1).scaleb(-12)  # repeating decimals meet again where exact fractions would

Values = Sequence[Decimal | None]


class Signal(StrEnum):
    """Why a point is not common-cause variation, in order of precedence."""

    OUTSIDE = "outside"
    TREND = "trend"
    TWO_IN_THREE = "two-in-three"
    SHIFT = "shift"


class Variation(StrEnum):
    """What the latest point says."""

    COMMON = "common"
    IMPROVEMENT = "improvement"
    CONCERN = "concern"
    CHANGE = "change"  # of an indicator that has no better and no worse


class Assurance(StrEnum):
    """Whether the process, as it is, meets its target."""

    PASS = "consistent_pass"
    FAIL = "consistent_fail"
    HIT_AND_MISS = "inconsistent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Natural process limits of one segment, in the unit of its values; near: two thirds of the way to a limit."""

    mean: Decimal
    lower: Decimal
    upper: Decimal
    near_lower: Decimal
    near_upper: Decimal
    average_range: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A signal, and to which side: 1 above or rising, -1 below or falling."""

    signal: Signal
    side: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunChart:
    """Median of a short series. `signal`: whether runs are unusually long or rare; None where it cannot be told."""

    median: Decimal
    longest: int
    crossings: int
    signal: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """The values from one change of the process to the next, judged by themselves: `values[first:end]`.

    limits  None where no two of its values follow each other; then no mark either
    """

    first: int
    end: int
    limits: Limits | None
    marks: tuple[Mark | None, ...]


def segments(values: Values, starts: Sequence[int] = ()) -> list[Segment]:
    """Limits and marks of each part of a series; no moving range and no run goes from one into the next.

    starts  where a new part begins, ascending; 0 is always one, and no part is empty
    """
    bounds = sorted({0, *(start for start in starts if start < len(values)), len(values)})
    return [_segment(values[first:end], first) for first, end in pairwise(bounds)]


def _segment(values: Values, first: int) -> Segment:
    own = limits(values)
    found = tuple(marks(values, own)) if own else (None,) * len(values)
    return Segment(first=first, end=first + len(values), limits=own, marks=found)


def limits(values: Values, *, screened: bool = True, baseline: int | None = None) -> Limits | None:
    """Mean ± 2.66 mean moving ranges; None where no two values follow each other.

    screened  leave out once the moving ranges that are themselves signals (3.267 times the mean or more)
    baseline  only the first so many values, from 12 on, define the limits
    """
    numbers = accumulate(value is not None for value in values)
    used = [value for value, at in zip(values, numbers, strict=True) if baseline is None or at <= baseline]
    present = [value for value in used if value is not None]
    ranges = [abs(after - before) for before, after in pairwise(used) if before is not None and after is not None]
    if not ranges:
        return None
    spread = sum(ranges, Decimal(0)) / len(ranges)
    if screened:
        kept = [moved for moved in ranges if moved < SCREEN * spread]
        spread = sum(kept, Decimal(0)) / len(kept) if kept else spread
    mean, reach = sum(present, Decimal(0)) / len(present), NATURAL * spread
    lines = (mean, mean - reach, mean + reach, mean - reach * 2 / 3, mean + reach * 2 / 3, spread)
    mean, lower, upper, near_lower, near_upper, spread = (line.quantize(_GRAIN) for line in lines)
    return Limits(
        mean=mean, lower=lower, upper=upper, near_lower=near_lower, near_upper=near_upper, average_range=spread
    )


def marks(
    values: Values, of: Limits, *, run: int = RUN, beyond_counts: bool = True, third_anywhere: bool = False
) -> list[Mark | None]:
    """The signal at each point, by precedence; None for common cause and for a missing value.

    run             points in a row that make a trend or a shift
    beyond_counts   a point outside the limits also counts for two in three (the rule since November 2023)
    third_anywhere  the third point may lie on the other side of the mean
    """
    sides = [_side(value, of.mean) for value in values]
    near = [_near(value, of, beyond_counts=beyond_counts) for value in values]
    outside = [_between(value, of.lower, of.upper) for value in values]
    trend = spread_back(trend_ends(values, run), run)
    shift = spread_back(shift_ends(sides, run), run)
    window = two_in_three(near, sides, third_anywhere=third_anywhere)
    close = [flag if flag == at else 0 for flag, at in zip(window, near, strict=True)]
    found = zip(outside, trend, close, shift, strict=True)
    return [
        next((Mark(signal=signal, side=side) for signal, side in zip(Signal, of_point, strict=True) if side), None)
        for of_point in found
    ]


def _between(value: Decimal | None, low: Decimal, high: Decimal) -> int:
    """1 above, -1 below, 0 within or on the line, and for a missing value."""
    return 0 if value is None else (value > high) - (value < low)


def _side(value: Decimal | None, mean: Decimal) -> int:
    return _between(value, mean, mean)


def _near(value: Decimal | None, of: Limits, *, beyond_counts: bool) -> int:
    side = _between(value, of.near_lower, of.near_upper)
    return side if beyond_counts or not _between(value, of.lower, of.upper) else 0


def trend_ends(values: Values, run: int = RUN) -> list[int]:
    """1 or -1 where the last `run` values rose or fell strictly, else 0. A tie breaks a trend."""
    ways = [0 if before is None else _side(value, before) for before, value in pairwise([None, *values])]
    return shift_ends(ways, run - 1)  # so many steps have one value more


def shift_ends(sides: Sequence[int], run: int = RUN) -> list[int]:
    """1 or -1 where the last `run` points lay on one side of the mean, else 0."""
    found: list[int] = []
    for side, together in groupby(sides):
        found += [side if length >= run else 0 for length, _ in enumerate(together, start=1)]
    return found


def spread_back(ends: Sequence[int], run: int = RUN) -> list[int]:
    """Every point of the runs whose ends these are; where two runs meet, the later one's."""
    flagged = [0] * len(ends)
    for at, end in enumerate(ends):
        if end:
            flagged[at - run + 1 : at + 1] = [end] * run
    return flagged


def two_in_three(near: Sequence[int], sides: Sequence[int], *, third_anywhere: bool = False) -> list[int]:
    """1 or -1 for the points of each three in a row of which two are near one limit, else 0.

    All three lie on that side of the mean, unless `third_anywhere`.
    """
    flagged = [0] * len(near)
    for at in range(len(near) - 2):
        for side in (1, -1):
            together = all(one == side for one in sides[at : at + 3])
            if list(near[at : at + 3]).count(side) >= 2 and (together or third_anywhere):  # noqa: PLR2004  two in three
                flagged[at : at + 3] = [side] * 3
    return flagged


def variation(mark: Mark | None, polarity: Polarity) -> Variation:
    """What the latest point's mark means for an indicator that should go up, down or neither way."""
    if mark is None:
        return Variation.COMMON
    if polarity is Polarity.NONE:
        return Variation.CHANGE
    better = 1 if polarity is Polarity.UP else -1
    return Variation.IMPROVEMENT if mark.side == better else Variation.CONCERN


def assurance(of: Limits, target: Decimal | None, polarity: Polarity) -> Assurance | None:
    """Whether the target lies outside the limits of the latest segment; on a limit is hit and miss. None without one."""
    if target is None or polarity is Polarity.NONE:
        return None
    side = _between(target, of.lower, of.upper)
    if side == 0:
        return Assurance.HIT_AND_MISS
    return Assurance.FAIL if (side == 1) == (polarity is Polarity.UP) else Assurance.PASS


def run_chart(values: Values) -> RunChart | None:
    """Anhøj's rules: a run longer than round(log2 n) + 3, or fewer crossings than the 5th percentile; None for no value.

    n counts the useful points, not on the median. A missing value ends a run and is no crossing.
    """
    present = [value for value in values if value is not None]
    if not present:
        return None
    middle = median(present)
    longest, crossings = _runs([_side(value, middle) if value is not None else None for value in values])
    useful = sum(value != middle for value in present)
    signal = None
    if useful >= FEWEST_FOR_RUNS:
        signal = longest > longest_run(useful) or crossings < fewest_crossings(useful)
    return RunChart(median=middle, longest=longest, crossings=crossings, signal=signal)


def _runs(sides: Sequence[int | None]) -> tuple[int, int]:
    """Length of the longest run, and how often the line crosses; 0 is on the median and does neither."""
    longest = length = crossings = before = 0
    for side in _useful(sides):
        crossings += before * side == -1
        length = length + 1 if side and side == before else abs(side)
        longest, before = max(longest, length), side
    return longest, crossings


def _useful(sides: Sequence[int | None]) -> Iterator[int]:
    """Points beside the median; a missing value as 0."""
    return (side or 0 for side in sides if side is None or side)


def longest_run(useful: int) -> int:
    """The longest run that chance makes of so many points."""
    return round(math.log2(useful)) + 3


def fewest_crossings(useful: int) -> int:
    """The 5th percentile of crossings: binomial, `useful` - 1 chances of one half."""
    chances = useful - 1
    ways = accumulate(math.comb(chances, crossings) for crossings in range(useful))  # so many crossings or fewer
    return next(crossings for crossings, reached in enumerate(ways) if reached * 20 >= 2**chances)
