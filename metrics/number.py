"""Figures as people write them: 93.24%, 超80%, 约1.2万个, １，２６９. Never a guess, never a float."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from enum import StrEnum
from functools import cache

PRECISION = 28
MAGNITUDES = {"": Decimal(1), "千": Decimal(1000), "万": Decimal(10_000), "亿": Decimal(100_000_000)}


class Qualifier(StrEnum):
    """How the written value stands to the true one: 超 and 余 gt, 以上 ge, 不足 and 近 lt, 约 approx."""

    EXACT = "exact"
    GT = "gt"
    GE = "ge"
    LT = "lt"
    LE = "le"
    APPROX = "approx"
    RANGE = "range"


BEFORE = {
    "超过": Qualifier.GT, "超": Qualifier.GT, ">": Qualifier.GT, "≥": Qualifier.GE, "至少": Qualifier.GE,
    "不足": Qualifier.LT, "低于": Qualifier.LT, "近": Qualifier.LT, "<": Qualifier.LT, "≤": Qualifier.LE,
    "大约": Qualifier.APPROX, "约": Qualifier.APPROX,
}  # fmt: skip
AFTER = {
    "以上": Qualifier.GE, "以下": Qualifier.LE, "左右": Qualifier.APPROX, "余": Qualifier.GT, "多": Qualifier.GT,
}  # fmt: skip

_WIDE = str.maketrans("０１２３４５６７８９．，％－−＞＜", "0123456789.,%--><")
_ANY_UNIT = r"%|[^\W\d_]*?"


@cache
def _pattern(unit: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?P<before>{'|'.join(BEFORE)})?"
        r"(?P<digits>-?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?)"
        rf"(?P<magnitude>[千万亿]?)(?P<middle>余|多)?(?P<unit>{unit if unit == _ANY_UNIT else re.escape(unit)})"
        rf"(?P<after>{'|'.join(AFTER)})?"
    )


@dataclass(frozen=True, slots=True)
class Figure:
    """One written figure.

    value       as written, magnitude applied (1.2万 is 12000); of a bound, the bound itself
    half_width  for an approximation, half a unit of its last digit (500 for 约1.2万); else None
    unit        what is written behind it, "" for none
    """

    value: Decimal
    qualifier: Qualifier = Qualifier.EXACT
    half_width: Decimal | None = None
    unit: str = ""

    @property
    def lower(self) -> Decimal | None:
        """Least value the writing itself allows; None when it sets none."""
        if self.qualifier in {Qualifier.LT, Qualifier.LE}:
            return None
        return self.value - (self.half_width or 0)

    @property
    def upper(self) -> Decimal | None:
        """Greatest value the writing itself allows; None when it sets none."""
        if self.qualifier in {Qualifier.GT, Qualifier.GE}:
            return None
        return self.value + (self.half_width or 0)


def parse(written: str, *, unit: str = "") -> Figure:
    """Read one figure; ValueError when it is not one, or carries two qualifiers.

    unit  the unit one expects, so that 2千克 is 2 千克 and not 2000 克
    """
    plain_text = written.strip().translate(_WIDE)
    match = (_pattern(unit).fullmatch(plain_text) if unit else None) or _pattern(_ANY_UNIT).fullmatch(plain_text)
    if match is None:
        raise ValueError(f"not a figure: {written!r}")
    marks = [match["before"], match["middle"], match["after"]]
    qualifiers = [{**BEFORE, **AFTER}[mark] for mark in marks if mark]
    if len(qualifiers) > 1:
        raise ValueError(f"two qualifiers in one figure: {written!r}")
    qualifier = qualifiers[0] if qualifiers else Qualifier.EXACT
    plain = Decimal(match["digits"].replace(",", ""))
    scale = MAGNITUDES[match["magnitude"]]
    return Figure(
        value=plain * scale,
        qualifier=qualifier,
        half_width=_last_digit(plain) * scale / 2 if qualifier is Qualifier.APPROX else None,
        unit=match["unit"],
    )


def _last_digit(number: Decimal) -> Decimal:
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    return Decimal(1).scaleb(exponent)


def ratio(numerator: Decimal, denominator: Decimal) -> Decimal | None:
    """100 x numerator / denominator in percent points, unrounded (28 digits); None when there is nothing to divide by."""
    with localcontext(Context(prec=PRECISION)):
        return None if denominator == 0 else 100 * numerator / denominator


def half_up(value: Decimal, decimals: int) -> Decimal:
    """Round once, half away from zero (四舍五入), to that many decimals."""
    with localcontext(Context(prec=PRECISION + decimals)):
        return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def display(value: Decimal, decimals: int, *, whole: Decimal | None = None) -> str:
    """The figure as printed: rounded half up, thousands grouped.

    A rounded figure never says more than the figure: with `whole` (100 for a rate) a value below it is
    not printed as it, and one above zero is not printed 0; one more decimal is added until it differs. The whole
    itself is printed bare.
    """
    if value == whole:
        return f"{whole.normalize():,f}"
    places = decimals
    while places < PRECISION and _says_too_much(value, half_up(value, places), whole):
        places += 1
    return f"{half_up(value, places):,.{places}f}"


def _says_too_much(value: Decimal, rounded: Decimal, whole: Decimal | None) -> bool:
    if rounded == value:
        return False
    return rounded == 0 or (whole is not None and rounded == whole)
