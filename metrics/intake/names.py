"""Which indicator or 街镇 a text names: exactly one, or a reason why not and what may have been meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from metrics.catalogue import WHOLE, Catalogue
from metrics.model import UNALLOCATED
from metrics.number import fold, is_unit, one_unit

LONG_CODE = 12  # digits of a statistical code: nine of the 街镇, three of the 社区
_UNALLOCATED_WORDS = {"其他", "其它", "区直", "区本级", "未分类", "未分配", "其他单位"}
_NUMERALS = "[一二三四五六七八九十]{1,3}"
_NUMBERED = re.compile(
    rf"(?:[0-9]{{1,3}}[.、)](?![0-9])|\((?:[0-9]{{1,3}}|{_NUMERALS})\)、?|{_NUMERALS}、|[①-⒇⒈-⒛㈠-㈩])"
)
_MARKED = re.compile(r"[*※†‡①-⒇¹²³⁰⁴-⁹]+$")
_IN_UNIT = re.compile(r"\((?:计量单位|单位)?:?(?P<unit>[^()]+)\)$")
_EXPORTED = re.compile(r"([0-9]{6}|[0-9]{9}|[0-9]{12})(?:\.0)?")
_MARKS = str.maketrans({"“": '"', "”": '"', "「": '"', "」": '"', "『": '"', "』": '"'})


class Unknown(ValueError):
    """A text that names nothing, or several things; `rule`, message and fix are for its sender."""

    def __init__(self, rule: str, message: str, fix: str) -> None:
        super().__init__(message)
        self.rule, self.message, self.fix = rule, message, fix


def folded(text: str) -> str:
    """The text for comparing: no spaces and nothing invisible, half width, one kind of quotation mark."""
    return fold(text).replace(" ", "").translate(_MARKS).casefold()


def _unadorned(plain: str) -> str:
    """A folded name without a number before it and marks of a footnote behind it: 1.清理公厕*, （一）清理公厕①."""
    number = _NUMBERED.match(plain)
    return _MARKED.sub("", plain[number.end() :] if number else plain) or plain


@dataclass(frozen=True)
class Names:
    """The names of a catalogue, folded."""

    catalogue: Catalogue

    @cached_property
    def _indicators(self) -> dict[str, tuple[str, ...]]:
        """Codes by every name that may stand for them; a bare name shared by two with brackets stands for both."""
        found: dict[str, list[str]] = {}
        for code, indicator in self.catalogue.indicators.items():
            bare_name = re.sub(r"[（(][^（）()]*[)）]$", "", indicator.name)
            for name in dict.fromkeys(map(folded, (indicator.name, bare_name, *indicator.aliases))):
                found.setdefault(name, []).append(code)
        exact = {folded(indicator.name): (code,) for code, indicator in self.catalogue.indicators.items()}
        return {name: tuple(codes) for name, codes in found.items()} | exact

    @cached_property
    def _regions(self) -> dict[str, tuple[str, ...]]:
        organisation = self.catalogue.organisation
        found: dict[str, list[str]] = {}
        for region in self.catalogue.regions:
            for name in dict.fromkeys(map(folded, (region.name, *region.aliases, region.code))):
                found.setdefault(name, []).append(region.code)
        for name in (WHOLE, organisation.district, organisation.code, f"{organisation.district}全区"):
            found[folded(name)] = [organisation.code]
        short = folded(organisation.district.removesuffix("区"))
        found[short] = list(dict.fromkeys([*found.get(short, []), organisation.code]))
        for code in (f"{organisation.code}000", f"{organisation.code}000000"):
            found.setdefault(code, [organisation.code])
        for region in self.catalogue.regions:  # 海淀街道 and 海淀镇 share a short name
            stem = folded(region.name.removesuffix("街道").removesuffix("镇"))
            codes = found.setdefault(stem, [])
            if region.code not in codes:
                codes.append(region.code)
        for region in self.catalogue.regions:
            stem = folded(region.name.removesuffix("街道"))
            if region.name.endswith("街道") and len(found[stem]) == 1:
                found.setdefault(f"{stem}办事处", [region.code])
        return {name: tuple(codes) for name, codes in found.items()}

    def header(self, text: str) -> str | None:
        """Code of the indicator that a column header names; None for none, for several, and with another unit than its own.

        The header may be the whole one: an official name that ends in brackets is found first, then a number before the
        name (1.清理公厕), a mark behind it (清理公厕①) and the indicator's own unit in brackets (清理公厕（座）) are left out.
        """
        try:
            codes = self._called(text)
        except Unknown:
            return None
        return codes[0] if len(codes) == 1 else None

    def _called(self, text: str) -> tuple[str, ...]:
        """Codes of what goes by that name, as written or else without what is only put to it; raises `Unknown`."""
        plain = folded(text)
        bare = _unadorned(plain)
        codes = self._indicators.get(plain) or self._indicators.get(bare)
        unit = _IN_UNIT.search(bare)
        if codes or unit is None or not is_unit(unit["unit"], (one.unit for one in self.catalogue.indicators.values())):
            return codes or ()
        named = _unadorned(bare[: unit.start()])
        return self._with_unit(self._indicators.get(named, ()), text, unit["unit"])

    def _with_unit(self, codes: tuple[str, ...], text: str, unit: str) -> tuple[str, ...]:
        """Those of the codes whose unit it is; of two that share a name, the unit tells which is meant."""
        units = {code: self.catalogue.indicators[code].unit for code in codes}
        found = tuple(code for code in codes if one_unit(units[code]) == one_unit(unit))
        if codes and not found:
            own = "、".join(dict.fromkeys(filter(None, units.values()))) or "无"
            message = f"“{text}”括号里的单位“{unit}”与指标单位“{own}”不符。"
            raise Unknown("unit-mismatch", message, f"请核对指标和单位，按“{own}”填报。")
        return found

    def indicator(self, code: str | None, name: str | None) -> str:
        """Code of the indicator; raises `Unknown`. A code wins, and a name beside it must agree."""
        if code:
            return self._by_code(code, name)
        codes = self._called(name or "")
        if len(codes) == 1:
            return codes[0]
        if codes:
            listed = "、".join(self.catalogue.indicators[one].name for one in codes)
            raise Unknown("ambiguous-indicator", f"“{name}”可能是{listed}，无法区分。", "请写全称或填指标编码。")
        if not name:
            raise Unknown("indicator-missing", "没有写指标编码或指标名称。", "请填写指标编码或指标名称。")
        raise Unknown("unknown-indicator", f"没有名为“{name}”的指标。", self._meant(name, self._indicators))

    def _by_code(self, code: str, name: str | None) -> str:
        plain = folded(code).replace("_", "-")
        if plain not in self.catalogue.indicators:
            _refuse_scientific(code, plain)
            raise Unknown("unknown-code", f"没有编码为“{code}”的指标。", self._near_code(plain))
        if name and plain not in (self._called(name) or (plain,)):
            own = self.catalogue.indicators[plain].name
            raise Unknown(
                "code-and-name-differ",
                f"编码“{code}”是“{own}”，同一行却写着“{name}”。",
                "请核对编码和名称，保留正确的一个。",
            )
        return plain

    def _near_code(self, code: str) -> str:
        near = difflib.get_close_matches(code, self.catalogue.indicators, n=1, cutoff=0.7)
        return f"是否为“{near[0]}”？请核对口径页上的编码。" if near else "请核对口径页上的编码。"

    def _meant(self, name: str, known: Iterable[str]) -> str:
        near = difflib.get_close_matches(folded(name), list(known), n=1, cutoff=0.6)
        codes = self._indicators.get(near[0], ()) if near else ()
        names = "或".join(f"“{self.catalogue.indicators[code].name}”" for code in codes[:2])
        return f"是否为{names}？请按口径页上的名称填写。" if names else "请按口径页上的名称填写。"

    def region(self, text: str) -> str:
        """Code of the 街镇, of the district for 全区, or `unallocated`; raises `Unknown`."""
        plain = folded(text)
        codes = self._placed(plain) or self._placed(_unadorned(plain))
        if len(codes) == 1:
            return codes[0]
        if codes:
            *several, last = sorted((self.catalogue.region_names[one] for one in codes), key=lambda name: name == WHOLE)
            raise Unknown("ambiguous-region", f"“{text}”无法区分{'、'.join(several)}或{last}，请写全称。", "请写全称。")
        if plain in _UNALLOCATED_WORDS:
            return UNALLOCATED
        raise self._unknown_region(text, plain)

    def _placed(self, plain: str) -> tuple[str, ...]:
        exported = _EXPORTED.fullmatch(plain)  # 110108001.0 of a program, 110108001000 as the statistical code has it
        code = exported[1] if exported else ""
        return (
            self._regions.get(plain)
            or self._regions.get(self._without_district(plain))
            or self._regions.get(code)
            or self._regions.get(code[:-3] if len(code) == LONG_CODE and code.endswith("000") else "", ())
        )

    def _without_district(self, plain: str) -> str:
        """北京市海淀区万寿路街道 -> 万寿路街道."""
        district = folded(self.catalogue.organisation.district)
        before, found, rest = plain.partition(district)
        return (
            rest if found and len(rest) > 1 and folded(self.catalogue.organisation.name).startswith(before) else plain
        )

    def _unknown_region(self, text: str, plain: str) -> Unknown:
        _refuse_scientific(text, plain)
        names = {folded(region.name): region.name for region in self.catalogue.regions}
        near = [name for name in names if _one_apart(plain, name)]
        if near:
            listed = "或".join(f"“{names[name]}”" for name in near)
            return Unknown("unknown-region", f"没有“{text}”这个街镇，是否为{listed}？", "请改成正确的街镇名称。")
        count = len(self.catalogue.regions)
        return Unknown(
            "other-district",
            f"“{text}”不属于{self.catalogue.organisation.district}{count}个街镇。",
            "请核对街镇名称；全区合计请写“全区”。",
        )


def _refuse_scientific(text: str, plain: str) -> None:
    """1.10108E+11: the digits are gone, so it names nothing any more."""
    if re.fullmatch(r"[0-9.]+e\+?[0-9]+", plain):
        raise Unknown(
            "code-lost-digits", f"编码“{text}”被Excel转成科学计数，请设为文本。", "把该列设为文本后重新填写编码。"
        )


def _one_apart(first: str, second: str) -> bool:
    """Whether one character changed, added or left out makes one the other."""
    if abs(len(first) - len(second)) > 1 or first == second:
        return False
    if len(first) == len(second):
        return sum(one != other for one, other in zip(first, second, strict=True)) == 1
    short, long = sorted((first, second), key=len)
    return any(long[:at] + long[at + 1 :] == short for at in range(len(long)))
