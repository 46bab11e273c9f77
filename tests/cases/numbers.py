"""N: figures as they are written. Rows of messy_input_cases.csv N01 to N33."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from tests.cases.case import (
    Case,
    Told,
    as_book,
    as_csv,
    ask,
    both,
    bound,
    column,
    error,
    errors,
    figures,
    table,
    told,
    warning,
    warnings,
)  # fmt: skip
from tests.files import Cell, Rows, ods, xls


def rates(*values: Cell) -> Rows:
    return column(*values, code="contract-rate")


def rate(*values: str | None) -> tuple[Told, ...]:
    return figures(*values, code="contract-rate")


def _book(id: str, what: str, cells: Rows, kind: str, **given: Any) -> Case:
    data = partial(xls, cells) if kind == "xls" else partial(ods, cells)
    return Case(id=id, what=f"{what}, {kind}", name=f"上报.{kind}", data=data, sheet="Sheet1", **given)


def approx(value: str, lower: str, upper: str, *, at: int) -> Told:
    return told(value, at=at, code="units", qualifier="approx", lower=lower, upper=upper)


def spread(at: int) -> Told:
    return told(None, at=at, code="calls", qualifier="range", lower="5", upper="8", obs_status="A")


CHANGES = table(
    ("toilets", "2023-04", "万寿路街道", 10, "↓22.21%"),
    ("toilets", "2023-04", "永定路街道", 20, "▲0.5"),
    ("toilets", "2023-04", "羊坊店街道", 30, "+0.5"),
    header=("指标编码", "期间", "街镇", "数值", "环比"),
)
FRACTIONS = {
    "percent": figures("93.24", "88.5", code="contract-rate"),
    "as-written": figures("0.9324", "0.885", code="contract-rate"),
}
ASKS_SCALE = (
    ask(
        "fraction-scale",
        "D2",
        "数值",
        "≤1",
        "是否为小数形式的百分比",
        column="数值",
        key="scale.数值",
        options=("percent", "as-written"),
    ),
)
EXCEL_ERRORS = ("#DIV/0!", "#N/A", "#REF!", "#VALUE!", "######")
EXCEL_FOUND = tuple(
    error("excel-error", f"D{row}", f"第{row}行是Excel错误值", text) for row, text in enumerate(EXCEL_ERRORS, 2)
)
SIGNED = ("-3", "－3", "−3", "(3)", "（3）")

CASES = (
    *both("N01", "93.24%", rates("93.24%"), rows=rate("93.24")),
    as_book("N01", "the cell's format decides", rates((0.9324, "0.00%"), (0.5, "0%"), (1, "0%")), rows=rate("93.24", "50", "100")),
    _book("N01", "the cell's format decides", rates((0.9324, "0.00%"), (0.5, "0%")), "xls", rows=rate("93.24", "50")),
    _book("N01", "the cell's format decides", rates((0.9324, "0.00%"), (0.5, "0%")), "ods", rows=rate("93.24", "50")),
    *both("N02", "full width", rates("93.24％", "９３．２４％", "９３．２４"), rows=rate("93.24", "93.24", "93.24")),
    *both("N03", "percent points", rates(93.24, "88.50"), rows=rate("93.24", "88.5")),
    *both("N04", "one question a column, both readings", rates("0.9324", "0.885"), code=3, findings=ASKS_SCALE, answers=FRACTIONS),
    as_book("N04", "numbers without a format", rates(0.9324, 0.885), code=3, findings=ASKS_SCALE, answers=FRACTIONS),
    as_book("N04", "a format answers it", rates((0.9324, "0.00%"), (0.885, "0.00%")), rows=rate("93.24", "88.5")),
    *both("N05", "among percentages", rates("0.9324", "93.1", "88.5"), code=1, findings=(error("mixed-scale", "D2", "0.9324%", "93.24%"),)),
    *both("N06", "a rate of a hundredfold", rates("9324%"), code=1, findings=(error("out-of-bounds", "D2", "100%"),)),
    *both("N07", "a task may be overfulfilled", column("102.88%", code="task-rate"), rows=figures("102.88", code="task-rate")),
    *both("N08", "a share may not", rates("102.88%"), code=1, findings=(error("out-of-bounds", "D2", "合同签订率", "100%"),)),
    *both("N08", "the bounds themselves are fine", rates("100%", "0%"), rows=rate("100", "0")),
    *both("N09", "grouped", column("1,269", "1，269", "1 269", "１，２６９", "1,234,567"), rows=figures("1269", "1269", "1269", "1269", "1234567")),
    *both("N10", "grouped wrongly", column("12,69", "1269,0", "1,2345"), code=1, findings=(error("bad-grouping", "D2", "“12,69”千分位不规范"),
          error("bad-grouping", "D3"), error("bad-grouping", "D4"))),
    *both("N11", "the last digit gives the precision", column("1.2万", code="units"), rows=(approx("12000", "11500", "12500", at=1),)),
    *both("N12", "approximately", column("约1.2万个", "1.2万个左右", "近1.2万", "1.2万余", code="units"), rows=(
          approx("12000", "11500", "12500", at=1), approx("12000", "11500", "12500", at=2),
          bound("lt", "12000", at=3, code="units"), bound("gt", "12000", at=4, code="units"))),
    *both("N13", "亿, 千 and words", column("0.32亿", "3.2千", "五百", code="units"), may=frozenset({"chinese-numeral"}), rows=tuple(
          {key: row[key] for key in ("code", "region", "value")} for row in figures("32000000", "3200", "500", code="units"))),
    *both("N14", "at least", rates("超80%", "超过80%", "80%以上", "≥80%", ">80%"), rows=tuple(
          bound(qualifier, "80", at=at, code="contract-rate") for at, qualifier in enumerate(("gt", "gt", "ge", "ge", "gt"), 1))),
    *both("N15", "at most", rates("不足5%", "低于5%", "5%以下", "≤5%"), rows=tuple(
          bound(qualifier, "5", at=at, code="contract-rate") for at, qualifier in enumerate(("lt", "lt", "le", "le"), 1))),
    *both("N16", "from five to eight", column("5~8", "5-8", "5至8", code="calls"), rows=(spread(1), spread(2), spread(3)),
          findings=warnings("range", 3)),
    *both("N17", "80%+", rates("80%+"), rows=(bound("ge", "80", at=1, code="contract-rate"),), findings=(warning("shorthand", "D2"),)),
    *both("N18", "both parts of a rate", rates("166/182"), rows=(
          told("91.21", code="contract-rate", numerator="166", denominator="182", lower=None, upper=None),)),
    *both("N18", "parts that cannot be", rates("190/182"), code=1, findings=(error("numerator-above-denominator", "D2", "190", "大于", "182"),)),
    # The table of cases would warn; 166/182 of a count is no figure that could be stored, so the file is refused.
    *both("N18", "no figure of a count", column("166/182"), code=1, findings=(error("fraction-not-allowed", "D2", "166/182"),)),
    as_csv("N19", "as Excel shows a date", column("1月5日", "5-Jan"), code=1, findings=errors("date-in-value", 2, "日期", "文本")),
    as_book("N19", "a real date", rates(date(2023, 1, 5)), code=1, findings=(error("date-in-value", "D2", "被Excel转成日期", "1/5", "文本"),)),
    as_book("N19", "the words of a date", column("1月5日", "5-Jan"), code=1, findings=errors("date-in-value", 2, "日期", "文本")),
    *both("N20", "the unit behind it", column("2907座", "2907 座", "2907(座)", "2907（座）"), rows=figures("2907", "2907", "2907", "2907")),
    *both("N21", "万 before the unit", column("0.29万座"), rows=(told("2900", qualifier="approx", lower="2850", upper="2950"),),
          findings=(warning("unit-magnitude", "D2", "2900"),)),
    *both("N22", "tonnes of toilets", column("2907吨"), code=1, findings=(error("unit-mismatch", "D2", "单位“吨”与指标单位“座”不符"),)),
    *both("N23", "half a toilet", column("2907.5"), code=1, findings=(error("not-an-integer", "D2", "应为整数"),)),
    *both("N23", "half a tonne", column("2907.5", code="tonnes"), rows=figures("2907.5", code="tonnes")),
    *both("N24", "below nothing", column(*SIGNED), code=1, findings=errors("negative", 5, "不能为负")),
    *both("N24", "where it may be", column(*SIGNED, code="net-change"), rows=figures(*("-3",) * 5, code="net-change")),
    *both("N25", "the board computes changes", CHANGES, rows=figures("10", "20", "30"), findings=(warning("change-column", "E1", column="环比"),)),
    *both("N26", "scientific", column("1.2E+04", "1.2e4"), rows=figures("12000", "12000")),
    as_book("N26", "a number shown so", column((12000, "0.00E+00")), rows=figures("12000")),
    *both("N27", "an indicator's code", column(1, code="1.10108E+11"), code=1,
          findings=(error("code-lost-digits", "A2", "科学计数", "文本", column="指标编码"),)),
    *both("N27", "a street's code", table(("toilets", "2023-04", "1.10108E+11", 1)), code=1,
          findings=(error("code-lost-digits", "C2", "科学计数", "文本", column="街镇"),)),
    *both("N28", "footnotes", rates("93.24①", "93.24*", "93.24¹"), rows=rate("93.24", "93.24", "93.24"), findings=warnings("footnote", 3)),
    *both("N29", "no digits", column("10²", "½", "㎡"), code=1, findings=errors("special-character", 3)),
    *both("N30", "letters for digits", column("O.95", "l2", code="tonnes"), code=1, findings=(
          error("letter-in-number", "D2", "含字母“O”，是否为数字0"), error("letter-in-number", "D3", "含字母“l”", "1"))),
    # The table of cases lists this with the letters and refuses it, though each of its characters is a digit: nobody types so on purpose.
    *both("N30", "widths mixed in one figure", rates("9３.2４"), code=1, findings=(error("mixed-width", "D2", "9３.2４"),)),
    *both("N31", "Chinese numerals", rates("九十三点二四"), rows=rate("93.24"), findings=(warning("chinese-numeral", "D2", "93.24"),)),
    *both("N32", "Excel's errors", column(*EXCEL_ERRORS), code=1, findings=EXCEL_FOUND),
    *both("N32", "in the place of a grade", table(("road-grade", "2023Q1", "全区", "#REF!")), code=1, findings=(error("excel-error", "D2"),)),
    *both("N32", "in the place of a month or a street", table(("toilets", "#N/A", "万寿路街道", 1), ("toilets", "2023-04", "#REF!", 1)), code=1,
          findings=(error("excel-error", "B2", column="期间"), error("excel-error", "C3", column="街镇"))),
    *both("N33", "float noise", rates("93.239999999999995"), rows=rate("93.24")),
    as_book("N33", "a stored number", rates(Decimal("93.239999999999995"), 0.1 + 0.2 + 93), rows=rate("93.24", "93.3")),
)  # fmt: skip
