"""Figures as people write them, and as the board prints them: exact decimals, rounded once, half up."""

from __future__ import annotations

import csv
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from metrics.number import (
    MEASURED_UNITS,
    Figure,
    Fraction,
    Missing,
    NotAFigure,
    Qualifier,
    Range,
    display,
    fold,
    half_up,
    one_unit,
    parse,
    ratio,
    read_cell,
)

VECTORS = Path(__file__).parent / "vectors"
FIGURES = st.decimals(min_value=-(10**13), max_value=10**13, places=4)


def vectors(name: str) -> list[dict[str, str]]:
    with (VECTORS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param("93.24%", Figure(Decimal("93.24"), unit="%"), id="percent points, not a fraction"),
        pytest.param("超80%", Figure(Decimal(80), Qualifier.GT, unit="%"), id="a bound stays a bound"),
        pytest.param("超过80%", Figure(Decimal(80), Qualifier.GT, unit="%"), id="a bound in two words"),
        pytest.param("1200余处", Figure(Decimal(1200), Qualifier.GT, unit="处"), id="余 in the middle"),
        pytest.param("30多个", Figure(Decimal(30), Qualifier.GT, unit="个"), id="多 in the middle"),
        pytest.param("80%以上", Figure(Decimal(80), Qualifier.GE, unit="%"), id="以上 includes the bound"),
        pytest.param("80%以下", Figure(Decimal(80), Qualifier.LE, unit="%"), id="以下 includes the bound"),
        pytest.param("不足5%", Figure(Decimal(5), Qualifier.LT, unit="%"), id="below the bound"),
        pytest.param("近5年", Figure(Decimal(5), Qualifier.LT, unit="年"), id="nearly is below"),
        pytest.param("≥95", Figure(Decimal(95), Qualifier.GE), id="a sign of at least"),
        pytest.param(
            "约1.2万个", Figure(Decimal(12000), Qualifier.APPROX, Decimal(500), "个"), id="the last digit says how near"
        ),
        pytest.param("1000人左右", Figure(Decimal(1000), Qualifier.APPROX, Decimal("0.5"), "人"), id="左右"),
        pytest.param("1,269个", Figure(Decimal(1269), unit="个"), id="thousands grouped"),
        pytest.param("１，２６９", Figure(Decimal(1269)), id="full-width digits"),
        pytest.param("3.5亿元", Figure(Decimal(350_000_000), unit="元"), id="亿"),
        pytest.param("77公里", Figure(Decimal(77), unit="公里"), id="a unit of two characters"),
        pytest.param("0", Figure(Decimal(0)), id="zero is a value"),
        pytest.param("-5", Figure(Decimal(-5)), id="below zero"),
    ],
)
def test_reads_figures_as_people_write_them(written: str, expected: Figure) -> None:
    assert parse(written) == expected


@pytest.mark.parametrize(
    "written",
    [
        "",
        "—",
        "/",
        "无",
        "清零",
        "1e5",
        "1_000",
        "nan",
        "inf",
        "1,26",
        "12,69",
        "1.2.3",
        "1 2",
        "八",
        "5-6",
        "1/2",
        "=1+1",
        "3.",
        ".5",
    ],
)
def test_a_figure_is_never_guessed(written: str) -> None:
    with pytest.raises(ValueError, match="not a figure"):
        parse(written)


def test_a_figure_of_more_digits_than_are_kept_is_none_and_never_a_rounded_one() -> None:
    assert parse(f"{'9' * 24}.999万").value == Decimal(f"{'9' * 27}0")
    with pytest.raises(ValueError, match="not a figure"):
        parse(f"{'9' * 26}.999")


def test_the_unit_one_expects_is_not_taken_for_a_magnitude() -> None:
    assert parse("2千克", unit="千克") == Figure(Decimal(2), unit="千克")
    assert parse("2千处", unit="处") == Figure(Decimal(2000), unit="处")
    assert parse("1.2亿元", unit="亿元") == Figure(Decimal("1.2"), unit="亿元")


@pytest.mark.parametrize("written", ["超80%以上", "约100左右", "约30余个"])
def test_two_qualifiers_contradict_each_other(written: str) -> None:
    with pytest.raises(ValueError, match="two qualifiers"):
        parse(written)


@pytest.mark.parametrize(
    ("written", "lower", "upper"),
    [
        ("80", 80, 80),
        ("超80", 80, None),
        ("80以上", 80, None),
        ("不足80", None, 80),
        ("80以下", None, 80),
        ("约1.2万", 11500, 12500),
    ],
)
def test_the_writing_itself_limits_the_value(written: str, lower: int | None, upper: int | None) -> None:
    assert (parse(written).lower, parse(written).upper) == (lower, upper)


@pytest.mark.parametrize(
    "row", vectors("gbt8170_rounding_vectors.csv"), ids=lambda row: f"{row['value']} to {row['rounding_interval']}"
)
def test_rounds_half_up_as_bulletins_do(row: dict[str, str]) -> None:
    decimals = -Decimal(row["rounding_interval"]).normalize().as_tuple().exponent  # type: ignore[operator]
    assert half_up(Decimal(row["value"]), decimals) == Decimal(row["half_up_四舍五入"])


RATES = [row for row in vectors("cn_bulletin_vectors.csv") if row["kind"] == "rate"]


@pytest.mark.parametrize("row", RATES, ids=lambda row: f"{row['bulletin']} {row['name']}")
def test_reproduces_the_rates_that_real_bulletins_print(row: dict[str, str]) -> None:
    rate = ratio(Decimal(row["numerator_or_current"]), Decimal(row["denominator"]))
    assert rate is not None
    decimals = len(row["recomputed_half_up"].partition(".")[2])
    assert Decimal(display(rate, decimals, whole=Decimal(100))) == Decimal(row["reported"])


def test_a_denominator_of_zero_gives_no_rate() -> None:
    assert ratio(Decimal(0), Decimal(0)) is None
    assert ratio(Decimal(5), Decimal(0)) is None
    assert ratio(Decimal(0), Decimal(5)) == 0


@pytest.mark.parametrize(
    ("value", "decimals", "printed"),
    [
        pytest.param("75.675675", 1, "75.7", id="rounded"),
        pytest.param("0.05", 1, "0.1", id="half goes up"),
        pytest.param("-0.05", 1, "-0.1", id="half goes away from zero"),
        pytest.param("2.5", 0, "3", id="never half to even"),
        pytest.param("99.996", 2, "99.996", id="not whole while a part is open"),
        pytest.param("99.9999999", 0, "99.9999999", id="as many decimals as it takes"),
        pytest.param("100.004", 2, "100.004", id="above the whole is not the whole"),
        pytest.param("100.00", 2, "100", id="the whole is printed bare"),
        pytest.param("0.004", 2, "0.004", id="above zero is not zero"),
        pytest.param("-0.004", 2, "-0.004", id="below zero is not zero"),
        pytest.param("0", 2, "0.00", id="zero is zero"),
        pytest.param("1234567.5", 0, "1,234,568", id="thousands grouped"),
    ],
)
def test_a_printed_figure_says_no_more_than_the_figure(value: str, decimals: int, printed: str) -> None:
    assert display(Decimal(value), decimals, whole=Decimal(100)) == printed


def test_a_whole_in_thousands_is_grouped_too() -> None:
    assert display(Decimal(1000), 0, whole=Decimal(1000)) == "1,000"


@given(FIGURES, st.integers(0, 6))
def test_what_is_printed_reads_back_as_the_rounded_figure(value: Decimal, decimals: int) -> None:
    assume(half_up(value, decimals) != 0)
    assert parse(display(value, decimals)).value == half_up(value, decimals)


@given(st.decimals(0, 100, places=8), st.integers(0, 6))
def test_nothing_below_the_whole_prints_as_the_whole_and_nothing_above_zero_as_zero(
    value: Decimal, decimals: int
) -> None:
    printed = Decimal(display(value, decimals, whole=Decimal(100)))
    assert (printed == 100) == (value == 100)
    assert (printed == 0) == (value == 0)


@given(st.integers(1, 10**13), st.integers(1, 10**13))
def test_a_rate_is_whole_only_when_all_parts_are_done(done: int, total: int) -> None:
    rate = ratio(Decimal(done), Decimal(total))
    assert rate is not None
    assert (Decimal(display(rate, 2, whole=Decimal(100)).replace(",", "")) == 100) == (done == total)


@given(FIGURES, st.integers(0, 4))
def test_rounding_moves_a_figure_by_at_most_half_a_unit(value: Decimal, decimals: int) -> None:
    assert abs(half_up(value, decimals) - value) <= Decimal("0.5").scaleb(-decimals)


def figure(value: str, qualifier: str = "exact", half: str | None = None, unit: str = "", *remarks: str) -> Figure:
    return Figure(Decimal(value), Qualifier(qualifier), Decimal(half) if half else None, unit, remarks)


@pytest.mark.parametrize(
    ("written", "unit", "expected"),
    [
        pytest.param("93.24%", "%", figure("93.24", unit="%"), id="N01 percent points"),
        pytest.param("93.24％", "%", figure("93.24", unit="%"), id="N02 full-width sign"),
        pytest.param("９３．２４％", "%", figure("93.24", unit="%"), id="N02 full-width digits"),
        pytest.param("93.24", "%", figure("93.24"), id="N03 without the sign"),
        pytest.param("百分之93.24", "%", figure("93.24", unit="%"), id="percent in words"),
        pytest.param(
            "百分之九十三", "%", figure("93", "exact", None, "%", "chinese-numeral"), id="percent all in words"
        ),
        pytest.param("1,269", "座", figure("1269"), id="N09 comma"),
        pytest.param("1，269", "座", figure("1269"), id="N09 full-width comma"),
        pytest.param("1 269", "座", figure("1269"), id="N09 space"),
        pytest.param("1\u00a0269", "座", figure("1269"), id="N09 no-break space"),
        pytest.param("１，２６９", "座", figure("1269"), id="N09 all full-width"),
        pytest.param("1.2万", "座", figure("12000", "approx", "500"), id="N11 as near as its last digit"),
        pytest.param("12万", "座", figure("120000", "approx", "5000"), id="no decimals, as near as its last digit"),
        pytest.param("1.2345万", "座", figure("12345"), id="a count given to the last one is exact"),
        pytest.param(
            "1.2345万吨", "吨", figure("12345", "approx", "0.5", "吨", "unit-magnitude"), id="a measure never is"
        ),
        pytest.param("约1.2万个", "个", figure("12000", "approx", "500", "个"), id="N12 约"),
        pytest.param("1.2万个左右", "个", figure("12000", "approx", "500", "个"), id="N12 左右"),
        pytest.param("大概1000", "个", figure("1000", "approx", "0.5"), id="N12 大概"),
        pytest.param("1000上下", "个", figure("1000", "approx", "0.5"), id="N12 上下"),
        pytest.param("近1.2万", "个", figure("12000", "lt"), id="N12 近"),
        pytest.param("将近1.2万", "个", figure("12000", "lt"), id="N12 将近"),
        pytest.param("接近1.2万", "个", figure("12000", "lt"), id="N12 接近"),
        pytest.param("1.2万余", "个", figure("12000", "gt"), id="N12 余"),
        pytest.param("1200余个", "个", figure("1200", "gt", unit="个"), id="N12 余 before the unit"),
        pytest.param("0.32亿", "座", figure("32000000", "approx", "500000"), id="N13 亿"),
        pytest.param("3.2千", "座", figure("3200", "approx", "50"), id="N13 千"),
        pytest.param("3千万", "座", figure("30000000", "approx", "5000000"), id="千万"),
        pytest.param("五百", "座", figure("500"), id="N13 五百"),
        pytest.param("两百", "座", figure("200"), id="两"),
        pytest.param("五百万元", "万元", figure("500", unit="万元"), id="万 belongs to the unit"),
        pytest.param("三千二百", "座", figure("3200", "exact", None, "", "chinese-numeral"), id="thousands in words"),
        pytest.param("一万二千", "座", figure("12000", "exact", None, "", "chinese-numeral"), id="万 in words"),
        pytest.param("一百零五", "座", figure("105", "exact", None, "", "chinese-numeral"), id="零 in the middle"),
        pytest.param("十二", "座", figure("12", "exact", None, "", "chinese-numeral"), id="十 without 一"),
        pytest.param("零", "座", figure("0", "exact", None, "", "chinese-numeral"), id="零 is zero"),
        pytest.param("〇", "座", figure("0", "exact", None, "", "chinese-numeral"), id="〇 is zero"),
        pytest.param("三百多", "座", figure("300", "gt"), id="多 behind words"),
        pytest.param("超80%", "%", figure("80", "gt", unit="%"), id="N14 超"),
        pytest.param("超过80%", "%", figure("80", "gt", unit="%"), id="N14 超过"),
        pytest.param("高于80%", "%", figure("80", "gt", unit="%"), id="N14 高于"),
        pytest.param("大于80%", "%", figure("80", "gt", unit="%"), id="N14 大于"),
        pytest.param("多于80", "座", figure("80", "gt"), id="N14 多于"),
        pytest.param("＞80%", "%", figure("80", "gt", unit="%"), id="N14 sign"),
        pytest.param("80%以上", "%", figure("80", "ge", unit="%"), id="N14 以上"),
        pytest.param("不低于80%", "%", figure("80", "ge", unit="%"), id="N14 不低于"),
        pytest.param("不少于80", "座", figure("80", "ge"), id="N14 不少于"),
        pytest.param("至少80", "座", figure("80", "ge"), id="N14 至少"),
        pytest.param("≥80%", "%", figure("80", "ge", unit="%"), id="N14 ≥"),
        pytest.param(">=80%", "%", figure("80", "ge", unit="%"), id="N14 >="),
        pytest.param("不足5%", "%", figure("5", "lt", unit="%"), id="N15 不足"),
        pytest.param("低于5%", "%", figure("5", "lt", unit="%"), id="N15 低于"),
        pytest.param("小于5%", "%", figure("5", "lt", unit="%"), id="N15 小于"),
        pytest.param("少于5", "座", figure("5", "lt"), id="N15 少于"),
        pytest.param("<5%", "%", figure("5", "lt", unit="%"), id="N15 <"),
        pytest.param("5%以下", "%", figure("5", "le", unit="%"), id="N15 以下"),
        pytest.param("不超过5%", "%", figure("5", "le", unit="%"), id="N15 不超过"),
        pytest.param("不高于5%", "%", figure("5", "le", unit="%"), id="N15 不高于"),
        pytest.param("至多5", "座", figure("5", "le"), id="N15 至多"),
        pytest.param("≤5%", "%", figure("5", "le", unit="%"), id="N15 ≤"),
        pytest.param("<=5%", "%", figure("5", "le", unit="%"), id="N15 <="),
        pytest.param("80%+", "%", figure("80", "ge", None, "%", "shorthand"), id="N17 a plus behind"),
        pytest.param("2907座", "座", figure("2907", unit="座"), id="N20 unit"),
        pytest.param("2907 座", "座", figure("2907", unit="座"), id="N20 unit after a space"),
        pytest.param("2907(座)", "座", figure("2907", unit="座"), id="N20 unit in brackets"),
        pytest.param("2907（座）", "座", figure("2907", unit="座"), id="N20 unit in full-width brackets"),
        pytest.param("0.29万座", "座", figure("2900", "approx", "50", "座", "unit-magnitude"), id="N21 2900, not 2907"),
        pytest.param("12件", "", figure("12", unit="件"), id="a known unit where none is expected"),
        pytest.param("-3", "座", figure("-3"), id="N24 hyphen"),
        pytest.param("－3", "座", figure("-3"), id="N24 full width"),
        pytest.param("−3", "座", figure("-3"), id="N24 minus sign"),
        pytest.param("(3)", "座", figure("-3"), id="N24 brackets"),
        pytest.param("（3）", "座", figure("-3"), id="N24 full-width brackets"),
        pytest.param("+0.5", "%", figure("0.5"), id="N25 a leading plus is a sign"),
        pytest.param("1.2E+04", "座", figure("12000"), id="N26 scientific"),
        pytest.param("1.2e4", "座", figure("12000"), id="N26 small e"),
        pytest.param("93.24①", "%", figure("93.24", "exact", None, "", "footnote"), id="N28 ①"),
        pytest.param("93.24*", "%", figure("93.24", "exact", None, "", "footnote"), id="N28 *"),
        pytest.param("93.24※", "%", figure("93.24", "exact", None, "", "footnote"), id="N28 ※"),
        pytest.param("93.24¹", "%", figure("93.24", "exact", None, "", "footnote"), id="N28 ¹ behind decimals"),
        pytest.param("93%²", "%", figure("93", "exact", None, "%", "footnote"), id="N28 ² behind a percent sign"),
        pytest.param("1,269②", "座", figure("1269", "exact", None, "", "footnote"), id="N28 behind a count"),
        pytest.param("5㎡", "㎡", figure("5", unit="㎡"), id="the indicator's own unit is no special character"),
        pytest.param(
            "九十三点二四", "%", figure("93.24", "exact", None, "", "chinese-numeral"), id="N31 decimals in words"
        ),
        pytest.param("93.239999999999995", "%", figure("93.24", "exact", None, "", "noise"), id="N33 noise"),
        pytest.param("0.30000000000000004", "%", figure("0.3", "exact", None, "", "noise"), id="N33 noise above"),
        pytest.param("91.208791208791212", "%", figure("91.208791208791212"), id="a quotient is no noise"),
        pytest.param("1249999999999.9950", "元", figure("1249999999999.9950"), id="what can be stored is no noise"),
        pytest.param("0", "座", figure("0"), id="M07 zero is a value"),
        pytest.param("\ufeff12\u200b ", "座", figure("12"), id="nothing invisible counts"),
        pytest.param("\u202d1\u200d2\u202c", "座", figure("12"), id="nor do signs that programs put around and inside"),
        pytest.param("1\u202f269", "座", figure("1269"), id="N09 narrow no-break space of an export"),
        pytest.param("共12座", "座", figure("12", unit="座"), id="in all"),
        pytest.param("一共 12", "座", figure("12"), id="in all, spaced"),
        pytest.param("12座。", "座", figure("12", unit="座"), id="a full stop"),
        pytest.param("12[1]", "座", figure("12", "exact", None, "", "footnote"), id="N28 [1]"),
        pytest.param("12【注1】", "座", figure("12", "exact", None, "", "footnote"), id="N28 【注1】"),
        pytest.param("2千克", "公斤", figure("2", unit="公斤"), id="千克 is 公斤, and its 千 no thousand"),
        pytest.param("2 KG", "公斤", figure("2", unit="公斤"), id="kg"),
        pytest.param("2千米", "公里", figure("2", unit="公里"), id="千米 is 公里"),
        pytest.param("2km", "千米", figure("2", unit="千米"), id="whichever of them the indicator has"),
        pytest.param("2延长米", "延米", figure("2", unit="延米"), id="延长米"),
        pytest.param("93.24百分比", "%", figure("93.24", unit="%"), id="百分比"),
    ],
)
def test_reads_a_cell_as_people_fill_it(written: str, unit: str, expected: Figure) -> None:
    assert read_cell(written, unit=unit, measured=unit in MEASURED_UNITS) == expected


@pytest.mark.parametrize(
    ("written", "low", "high"),
    [
        ("5~8", "5", "8"), ("5～8", "5", "8"), ("5-8", "5", "8"), ("5—8", "5", "8"), ("5至8", "5", "8"),
        ("80%~90%", "80", "90"), ("80~90%", "80", "90"), ("5万-8万", "50000", "80000"), ("5 - 8", "5", "8"),
    ],
)  # fmt: skip
def test_a_range_has_limits_and_no_value(written: str, low: str, high: str) -> None:
    reading = read_cell(written, unit="%" if "%" in written else "座")
    assert isinstance(reading, Range)
    assert (reading.value, reading.lower, reading.upper) == (None, Decimal(low), Decimal(high))
    assert (reading.qualifier, reading.remarks) == (Qualifier.RANGE, ("range",))


@pytest.mark.parametrize(
    ("written", "numerator", "denominator"),
    [
        ("166/182", 166, 182), ("1,166／1,182", 1166, 1182), ("0/0", 0, 0), ("166/182（91.2%）", 166, 182),
        ("166/182＝91％", 166, 182), ("91.21%（166/182）", 166, 182),
    ],
)  # fmt: skip
def test_a_fraction_keeps_its_parts(written: str, numerator: int, denominator: int) -> None:
    assert read_cell(written, unit="%") == Fraction(Decimal(numerator), Decimal(denominator))


@pytest.mark.parametrize("written", ["166：182", "166:182", "166 ： 182"])
def test_a_proportion_is_read_as_a_fraction_and_told(written: str) -> None:
    assert read_cell(written, unit="%") == Fraction(Decimal(166), Decimal(182), ("colon",))


@pytest.mark.parametrize(
    ("written", "rule", "message"),
    [
        pytest.param(
            "166/182（92%）", "rate-contradicts", "两数相除是91.21%，与括号内外写的92%不符", id="another rate"
        ),
        pytest.param("166/182（91.20%）", "rate-contradicts", "是91.21%", id="another last digit"),
        pytest.param("0/0（0%）", "rate-contradicts", "没有比率", id="no rate at all"),
        pytest.param("12:30", "ratio-or-time", "可能是时间", id="a time of day"),
        pytest.param("166/182（约91%）", "not-a-figure", "不是数值", id="a rate that is not exact"),
        pytest.param("166/182（91.2）", "not-a-figure", "不是数值", id="a number without its sign"),
    ],
)
def test_a_fraction_that_contradicts_itself_is_refused(written: str, rule: str, message: str) -> None:
    with pytest.raises(NotAFigure, match=message) as refused:
        read_cell(written, unit="%")
    assert refused.value.rule == rule


@pytest.mark.parametrize(
    "written",
    ["5\n120", "1\r\n269", "1  269", "1\u3000269", "1\u2028269", "1\t269", "5\n-8", "1\u200b \u200b 269", "１\n２６９"],
)
def test_a_line_break_or_a_wide_gap_parts_two_numbers(written: str) -> None:
    with pytest.raises(NotAFigure, match="一格里有两个数") as refused:
        read_cell(written, unit="座")
    assert refused.value.rule == "two-numbers"


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("km", "公里"), ("千米", "公里"), ("ｋｇ", "公斤"), ("千克", "公斤"), ("延长米", "延米"), ("百分比", "%"), ("（％）", "%"),
        ("百分数", "%"), ("公 里", "公里"), ("—", ""), ("/", ""), ("无", ""), ("座", "座"),
    ],
)  # fmt: skip
def test_a_unit_has_one_spelling_for_comparing(written: str, same: str) -> None:
    assert one_unit(written) == same


@pytest.mark.parametrize(
    ("one", "other"), [("辆次", "辆"), ("里", "公里"), ("斤", "公斤"), ("米", "延米"), ("百分点", "%"), ("‰", "%")]
)
def test_units_that_are_not_the_same_stay_apart(one: str, other: str) -> None:
    assert one_unit(one) != one_unit(other)
    with pytest.raises(NotAFigure) as refused:
        read_cell(f"2{one}", unit=other)
    assert refused.value.rule == "unit-mismatch"


@pytest.mark.parametrize(
    ("written", "status", "remark"),
    [
        *(pytest.param(blank, "O", None, id=f"M01 {blank!r}") for blank in ("", " ", "　", "\u00a0\u200b")),
        *(pytest.param(dash, "O", "dash", id=f"M02 {dash}") for dash in ("—", "–", "-", "－－", "——", "/", "／")),
        *(pytest.param(dots, "N", "below-unit", id=f"M03 {dots}") for dots in ("…", "...", "……")),
        *(
            pytest.param(word, "O", "none-word", id=f"M04 {word}")
            for word in ("无", "没有", "未发生", "未发现", "未开展")
        ),
        *(pytest.param(word, "M", None, id=f"M05 {word}") for word in ("不适用", "N/A", "NA", "n/a", "无此项")),
        *(
            pytest.param(word, "O", None, id=f"M06 {word}")
            for word in ("暂无", "待报", "统计中", "未报送", "未报", "缺报", "待定", "待核", "暂缺", "待补")
        ),
        pytest.param("未统计", "L", None, id="not collected"),
        *(pytest.param(word, "O", "dash", id=f"a program's {word}") for word in ("NaN", "nan", "NULL", "null", "None")),
        *(pytest.param(word, "Q", None, id=f"M09 {word}") for word in ("保密", "不公开", "涉密")),
    ],
)
def test_a_missing_figure_is_never_zero(written: str, status: str, remark: str | None) -> None:
    assert read_cell(written, unit="件") == Missing(status, written, remark)


def test_every_status_of_a_missing_figure_is_one_that_may_stand_without_a_number() -> None:
    allowed = {"B", "O", "M", "L", "H", "Q", "J", "S", "K", "N"}  # CL_OBS_STATUS
    read = [read_cell(word) for word in ("", "—", "…", "无", "不适用", "暂无", "未采集", "保密")]
    assert {reading.obs_status for reading in read if isinstance(reading, Missing)} <= allowed


DATE = "该格被Excel转成日期，原值可能是“1/5”，请把列设为文本"


@pytest.mark.parametrize(
    ("written", "rule", "message"),
    [
        pytest.param("12,69", "bad-grouping", "“12,69”千分位不规范，请确认", id="N10"),
        pytest.param("12 69", "bad-grouping", "“12 69”千分位不规范，请确认", id="N10 space"),
        pytest.param("1,2690", "bad-grouping", "千分位不规范", id="N10 four digits"),
        pytest.param("8-5", "range-reversed", "下限8大于上限5", id="N16 the wrong way round"),
        pytest.param("5-8万", "range-unclear", "两端的单位不一致", id="N16 万 for one or for both"),
        pytest.param("1月5日", "date-in-value", DATE, id="N19 1月5日"),
        pytest.param("5-Jan", "date-in-value", DATE, id="N19 5-Jan"),
        pytest.param("Jan-5", "date-in-value", DATE, id="N19 Jan-5"),
        pytest.param("2023-01-05", "date-in-value", DATE, id="N19 ISO"),
        pytest.param("2023-01-05 00:00:00", "date-in-value", DATE, id="N19 with a time"),
        pytest.param("2023/1/5", "date-in-value", DATE, id="N19 slashes"),
        pytest.param("2023-01", "date-in-value", "该格被Excel转成日期", id="a month is no range"),
        pytest.param("2907吨", "unit-mismatch", "单位“吨”与指标单位“座”不符", id="N22"),
        pytest.param("93%", "unit-mismatch", "单位“%”与指标单位“座”不符", id="N22 percent of a count"),
        pytest.param("2千克", "unit-mismatch", "单位“千克”与指标单位“座”不符", id="千克 in full"),
        pytest.param("10²", "special-character", "“²”", id="N29 never 102"),
        pytest.param("½", "special-character", "“½”", id="N29 ½"),
        pytest.param("㎡", "special-character", "“㎡”", id="N29 ㎡"),
        pytest.param("①", "special-character", "“①”", id="a footnote without a figure"),
        pytest.param("12¹", "special-character", "“¹”", id="a raised digit behind a whole number may be a power"),
        pytest.param("12₁", "special-character", "“₁”", id="a lowered digit"),
        pytest.param("1\u03365\u033612", "struck-out", "里有划去的内容，分不清哪些有效", id="15 struck out, then 12"),
        pytest.param("—\u0336", "struck-out", "里有划去的内容", id="a dash struck out"),
        pytest.param("O.95", "letter-in-number", "含字母“O”，是否为数字0？", id="N30 O"),
        pytest.param("l2", "letter-in-number", "含字母“l”，是否为数字1？", id="N30 l"),
        pytest.param("I2座", "letter-in-number", "含字母“I”，是否为数字1？", id="N30 I before a unit"),
        pytest.param("9３.2４", "mixed-width", "全角与半角数字混用", id="N30 two widths"),
        pytest.param("#DIV/0!", "excel-error", "Excel错误值#DIV/0!", id="N32 DIV"),
        pytest.param("#N/A", "excel-error", "Excel错误值#N/A", id="N32 N/A is an error, not 不适用"),
        pytest.param("#REF!", "excel-error", "#REF!", id="N32 REF"),
        pytest.param("#VALUE!", "excel-error", "#VALUE!", id="N32 VALUE"),
        pytest.param("#NAME?", "excel-error", "#NAME?", id="N32 NAME"),
        pytest.param("######", "excel-error", "######", id="N32 too narrow"),
        pytest.param("=1+2", "formula-text", "“=1+2”", id="a formula without a result"),
        pytest.param(f"=SUM({'A1,' * 50}A1)", "formula-text", "公式", id="a long formula"),
        pytest.param("十几个", "vague", "不是确切的数", id="ten and some"),
        pytest.param("三千二", "chinese-numeral-unclear", "中文数字", id="3200 or 3002"),
        pytest.param("二〇二三", "chinese-numeral-unclear", "中文数字", id="digits in words are a year"),
        pytest.param("近百", "chinese-numeral-unclear", "中文数字", id="how many hundred"),
        pytest.param("约100左右", "two-qualifiers", "“约”“左右”", id="two qualifiers"),
        pytest.param("5-ſep", "special-character", "含特殊字符“ſ”", id="a letter that is an s where case is ignored"),
        pytest.param("9" * 20, "figure-too-large", "数字过长或过大", id="more than can be stored"),
        pytest.param("1E+99", "figure-too-large", "数字过长或过大", id="a huge exponent"),
        *(
            pytest.param(text, "not-a-figure", "不是数值", id=text)
            for text in (
                "1_269",
                "\u202e21",
                "共同12",
                "12[1]座",
                "inf",
                "٣",
                "1.2.3",
                "3.",
                ".5",
                "166/182/3",
                "▲0.5",
                "↓22.21%",
                "约(3)",
            )
        ),
        pytest.param("x" * 10_000, "not-a-figure", "x…”不是数值", id="long texts are cut in the message"),
        pytest.param(f"1{' ' * 100}2{'0' * 80}", "not-a-figure", "不是数值", id="a long number"),
    ],
)
def test_a_cell_that_is_not_sure_is_refused_with_the_reason(written: str, rule: str, message: str) -> None:
    with pytest.raises(NotAFigure) as refused:
        read_cell(written, unit="座")
    assert refused.value.rule == rule
    assert message in refused.value.message
    assert refused.value.fix
    assert len(refused.value.message) < 100


def test_a_magnitude_without_the_unit_is_not_guessed_when_the_unit_has_one_itself() -> None:
    assert read_cell("1.2万元", unit="万元") == figure("1.2", unit="万元")
    with pytest.raises(NotAFigure, match="无法确定大小"):
        read_cell("1.2万", unit="万元")
    with pytest.raises(NotAFigure, match="单位“亿元”与指标单位“万元”不符"):
        read_cell("1.2亿元", unit="万元")


def test_permille_is_not_percent() -> None:
    with pytest.raises(NotAFigure, match="单位“‰”与指标单位“%”不符"):
        read_cell("0.5‰", unit="%")


def test_folding_leaves_alone_what_would_become_a_digit() -> None:
    assert fold("１①²½㎡　ａ") == "1①²½㎡ a"


@given(st.text(max_size=30))
def test_no_text_ends_in_another_error(written: str) -> None:
    with suppress(NotAFigure):
        assert isinstance(read_cell(written, unit="座"), Figure | Range | Fraction | Missing)


@given(st.text("0123456789.,%-+~/()（）①²eE万千亿约超余以上座O 十百二点", max_size=12))
def test_no_mixture_of_signs_ends_in_another_error(written: str) -> None:
    with suppress(NotAFigure):
        reading = read_cell(written, unit="座")
        assert not isinstance(reading, Figure) or reading.value.is_finite()


@given(st.integers(0, 10**12 - 1))
def test_only_one_spelling_of_a_number_is_read(value: int) -> None:
    from metrics.number import _numeral, _spelled

    assert _numeral(_spelled(value)) == value


@given(FIGURES)
def test_a_plain_number_reads_as_itself(value: Decimal) -> None:
    assert read_cell(f"{value:f}") == Figure(value)
    assert read_cell(f"{value:,f}") == Figure(value)
