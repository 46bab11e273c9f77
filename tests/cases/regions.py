"""R: names of 街镇. Rows of messy_input_cases.csv R01 to R09."""

from __future__ import annotations

from collections.abc import Sequence

from tests.cases.case import STREETS, TOTAL, Told, both, column, error, region, table, told, warning, warnings
from tests.files import Rows

WANSHOULU = ("万寿路", "万寿路街道", "万寿路街道办", "万寿路街道办事处", "万寿路  街道")


def named(*names: str) -> Rows:
    """A month's figure for each of these names, each of another month; the names stand from C2 down."""
    return table(*(("toilets", f"2023-0{month}", name, 7) for month, name in enumerate(names, 1)))


def found(*codes: str) -> tuple[Told, ...]:
    """The normalised rows of `named`."""
    return tuple(told("7", period=f"2023-0{month}", region=code) for month, code in enumerate(codes, 1))


def posts(*, without: Sequence[str]) -> tuple[Told, ...]:
    return tuple(told("7", at=at, code="posts") for at, name in STREETS.items() if name not in without)


PRESENT = [name for name in STREETS.values() if name not in {"香山街道", "上庄镇"}]

CASES = (
    *both("R01", "ways of writing a 街道", named(*WANSHOULU), rows=found(*[region(1)] * 5)),
    *both("R02", "ways of writing a 镇", named("四季青地区", "四季青", "四季青镇人民政府"), rows=found(*[region(27)] * 3)),
    *both("R03", "old names", named("万柳地区", "海淀乡", "东升乡"), rows=found(region(23), region(23), region(24))),
    *both("R04", "one of three", named("海淀"), code=1, findings=(
          error("ambiguous-region", "C2", "“海淀”无法区分", "海淀街道", "海淀镇", "全区", "请写全称", column="街镇"),)),
    *both("R04", "written out they are told apart", named("海淀街道", "海淀镇"), rows=found(region(12), region(23))),
    *both("R05", "the district", named("海淀区", "全区"), rows=found(TOTAL, TOTAL)),
    *both("R06", "one character off", named("马莲洼街道", "羊房店街道"), code=1, findings=(
          error("unknown-region", "C2", column="街镇", advice="马连洼街道"), error("unknown-region", "C3", column="街镇", advice="羊坊店街道"))),
    *both("R07", "another district's", named("八角街道"), code=1, findings=(
          error("other-district", "C2", "不属于海淀区29个街镇", column="街镇"),)),
    *both("R08", "of no 街镇", named("其他", "区直", "未分类"), rows=found(*["unallocated"] * 3),
          findings=warnings("unallocated", 3, letter="C", column="街镇")),
    *both("R09", "two of them are missing", table(*(("posts", "2023-04", name, 7) for name in PRESENT)),
          rows=posts(without=["香山街道", "上庄镇"]), findings=(warning("missing-regions", None, "缺", "香山街道、上庄镇"),)),
    *both("R09", "all are there", table(*(("posts", "2023-04", name, 7) for name in STREETS.values())), rows=posts(without=[])),
    *both("R09", "who never had to report is not missed", column(5), rows=(told("5"),)),
)  # fmt: skip
