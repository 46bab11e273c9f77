"""What is stored, in the form of an upload: every figure as exact as it is, and read back as the same."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from metrics import number, period
from metrics.board import export, query
from metrics.board.query import Fact, Facts
from metrics.catalogue import Catalogue
from metrics.intake.check import Upload, check
from metrics.model import Indicator, Kind, Observation, Polarity
from metrics.number import Qualifier
from metrics.period import Period
from metrics.start import Board
from tests.builders import NOW, catalogue, count, fact, indicator, observation, periods, work, written

Write = Callable[[Catalogue, Facts, Sequence[str]], bytes]


def rows(measured: Indicator, *series: Observation) -> list[dict[str, str]]:
    return export.long_rows(catalogue(measured), {measured.code: tuple(map(fact, series))}, [measured.code])


def row(measured: Indicator, seen: Observation, *names: str) -> tuple[str, ...]:
    (found,) = rows(measured, seen)
    return tuple(found[name] for name in names)


def test_says_what_is_measured_when_and_where() -> None:
    (found,) = rows(indicator(), observation("93.2400", note="已核对"))
    assert list(found) == list(export.HEADERS)
    assert [text for text in found.values() if text] == ["rate", "整改率", "2023年5月", "全区", "93.24%", "已核对"]


@pytest.mark.parametrize(
    ("seen", "value", "limit"),
    [
        pytest.param(observation("0"), "0%", "", id="zero is a value"),
        pytest.param(observation("12345678901234.5678"), "12345678901234.5678%", "", id="every digit is kept"),
        pytest.param(written("超80%"), "80%", "超", id="more than"),
        pytest.param(written("80%以上"), "80%", "以上", id="at least"),
        pytest.param(written("不足5%"), "5%", "不足", id="less than"),
        pytest.param(written("5%以下"), "5%", "以下", id="at most"),
        pytest.param(written("近80%"), "近80%", "", id="another word for it is kept"),
        pytest.param(written("约1.20%"), "约1.20%", "", id="an approximation as it was written"),
        pytest.param(
            observation("1.2", lower=Decimal("1.15"), upper=Decimal("1.25"), qualifier=Qualifier.APPROX),
            "约1.2%", "", id="an approximation with its half-width",
        ),
        pytest.param(
            observation(None, lower=Decimal(5), upper=Decimal(8), qualifier=Qualifier.RANGE), "5~8", "", id="a range",
        ),
        pytest.param(observation(None, obs_status="O"), "缺报", "", id="not reported"),
        pytest.param(observation(None, obs_status="M"), "不适用", "", id="not applicable"),
        pytest.param(observation(None, obs_status="Q"), "保密", "", id="confidential"),
        pytest.param(observation(None, obs_status="L"), "未采集", "", id="not collected"),
        pytest.param(
            observation(None, obs_status="N", upper=Decimal("0.5"), qualifier=Qualifier.LT), "…", "", id="below a unit",
        ),
    ],
)  # fmt: skip
def test_writes_figures_as_an_upload_reads_them(seen: Observation, value: str, limit: str) -> None:
    assert row(indicator(), seen, "数值", "限定") == (value, limit)


def test_counts_have_no_percent_sign_and_approximations_their_magnitude() -> None:
    assert row(count(), observation("1269"), "数值", "限定") == ("1269", "")
    assert row(count(unit="个"), written("约1.2万个"), "数值") == ("约1.2万个",)
    about = observation(12000, lower=Decimal(11500), upper=Decimal(12500), qualifier=Qualifier.APPROX, written="一万多")
    assert row(count(), about, "数值") == ("约12千",)


def test_a_rate_of_parts_is_its_parts_alone() -> None:
    parts = observation(None, numerator=Decimal("28.0000"), denominator=Decimal(37))
    assert row(indicator(), parts, "数值", "分子", "分母") == ("", "28", "37")
    nothing = observation(None, numerator=Decimal(0), denominator=Decimal(0))
    assert row(indicator(), nothing, "数值", "分子", "分母") == ("", "0", "0")


def test_work_has_a_state_and_dates_and_no_figure() -> None:
    seen = observation(None, on="2023-05", state="进行中", **periods(planned="2023-06", actual="2023-05-30"))
    found = row(work(), seen, "数值", "限定", "状态", "计划完成", "实际完成")
    assert found == ("", "", "进行中", "2023年6月", "2023年5月30日")
    grade = indicator(code="grade", kind=Kind.GRADE, unit="", polarity=Polarity.UP)
    assert row(grade, observation(None, state="达标"), "数值", "状态") == ("", "达标")


@pytest.mark.parametrize(
    ("kind", "on", "inferred", "expected"),
    [
        (Kind.STOCK, "2023-05", (), "2023年5月"),
        (Kind.STOCK, "2023", (), "2023年"),
        (Kind.STOCK, "2023-S1", (), "2023年上半年"),
        (Kind.STOCK, "2023-Q1", (), "2023年一季度"),
        (Kind.STOCK, "2023-05-21", (), "2023年5月21日"),
        (Kind.STOCK, "../2023-05-21", ("period_end",), "../2023-05-21"),
        (Kind.FLOW, "2023-04-18/2023-05-21", (), "2023-04-18/2023-05-21"),
        (Kind.RATIO, "2023-05-21", (), "2023-05-21/2023-05-21"),
        (Kind.CUMULATIVE, "2023-01-01/2023-05-31", ("period_start",), "2023年5月"),
        (Kind.CUMULATIVE, "2023-01-01/2023-05-31", (), "2023-01-01/2023-05-31"),
        (Kind.CUMULATIVE, "2023-Q1", (), "2023年一季度"),
        (Kind.CUMULATIVE, "2023-Q2", (), "2023-04-01/2023-06-30"),
    ],
)
def test_periods_read_back_as_the_same_days(kind: Kind, on: str, inferred: tuple[str, ...], expected: str) -> None:
    (said,) = row(count(kind=kind), observation(1, on=on, inferred=inferred), "期间")
    assert said == expected
    if not inferred or kind is not Kind.CUMULATIVE:
        read = period.read_written(said)
        assert isinstance(read, period.Written)
        assert read.period == Period.parse(on)


@given(
    value=st.decimals(0, 10**9, places=4), qualifier=st.sampled_from(list(export.LIMITS)), unit=st.sampled_from(["%", "处"])
)  # fmt: skip
def test_every_bound_reads_back(value: Decimal, qualifier: Qualifier, unit: str) -> None:
    text, limit = row(count(unit=unit), observation(value, qualifier=qualifier), "数值", "限定")
    read = number.read_cell(
        {"超": "超{}", "以上": "{}以上", "不足": "不足{}", "以下": "{}以下"}[limit].format(text), unit=unit
    )
    assert isinstance(read, number.Figure)
    assert (read.value, read.qualifier) == (value, qualifier)


@given(digits=st.integers(1, 10**6), exponent=st.integers(-3, 8))
def test_every_approximation_reads_back_with_its_ends(digits: int, exponent: int) -> None:
    value, half = Decimal(digits).scaleb(exponent), Decimal(5).scaleb(exponent - 1)
    about = observation(value, lower=value - half, upper=value + half, qualifier=Qualifier.APPROX)
    (text,) = row(count(), about, "数值")
    read = number.read_cell(text, unit="处")
    assert isinstance(read, number.Figure)
    assert (read.value, read.lower, read.upper) == (value, value - half, value + half)


def test_what_the_program_computes_is_not_exported() -> None:
    part = fact(observation(28))
    left = Fact(observation=observation(9), known=NOW.date(), release_id=None, parts=(part,))
    both = catalogue(indicator(), count(derived=True, kind=Kind.STOCK))
    listed = export.long_rows(both, {"rate": (left, part), "sites": (fact(observation(1)),)}, ["rate", "sites"])
    assert [one["数值"] for one in listed] == ["28%"]


def test_an_unallocated_figure_has_its_word_and_an_unknown_code_stays() -> None:
    assert row(indicator(), observation(1, region="unallocated"), "街镇") == ("其他",)
    assert row(indicator(), observation(1, region="330106999"), "街镇") == ("330106999",)


def small() -> tuple[Catalogue, dict[str, tuple[Fact, ...]], list[str]]:
    measured = count(kind=Kind.STOCK)
    seen = (observation("-3", note="=cmd|' /C calc'!A0\n第二行"), observation("12345678901234.5678", on="2023-06"))
    shown = catalogue(measured, indicator())
    return shown, {"sites": tuple(map(fact, seen)), "rate": (fact(observation("93.24")),)}, ["sites", "rate"]


def test_csv_has_a_bom_and_runs_nothing() -> None:
    data = export.as_upload_csv(*small())
    assert data.startswith(b"\xef\xbb\xbf")
    found = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert [(one["数值"], one["备注"]) for one in found] == [
        ("-3", "'=cmd|' /C calc'!A0\n第二行"), ("12345678901234.5678", ""), ("93.24%", ""),
    ]  # fmt: skip


def test_the_workbook_has_numbers_where_excel_keeps_every_digit() -> None:
    sheet = load_workbook(io.BytesIO(export.as_upload_xlsx(*small()))).worksheets[0]
    assert tuple(cell.value for cell in sheet[1]) == export.HEADERS
    assert [(sheet.cell(line, 5).value, sheet.cell(line, 5).number_format) for line in (2, 3, 4)] == [
        (-3, "0"), ("12345678901234.5678", "@"), (0.9324, "0.00%"),
    ]  # fmt: skip
    assert (sheet["I2"].value, sheet["I2"].data_type, sheet["I2"].quotePrefix) == (
        "=cmd|' /C calc'!A0\n第二行",
        "s",
        True,
    )


def test_nothing_stored_is_a_file_with_its_header_alone() -> None:
    empty = export.as_upload_csv(catalogue(indicator()), {}, ["rate"])
    assert empty.decode("utf-8-sig").splitlines() == [",".join(export.HEADERS)]


@pytest.mark.parametrize("write", [export.as_upload_csv, export.as_upload_xlsx])
def test_what_was_exported_reads_back_as_the_same_figures(write: Write, board: Board) -> None:
    codes = list(board.catalogue.indicators)
    data = write(board.catalogue, query.facts(board.store, codes), codes)
    checked = check(board.store, board.catalogue, [Upload(name="导出", data=data)], at=NOW)
    assert (checked.accepted, checked.findings) == (True, ())
    assert (checked.counts.new, checked.counts.revised, checked.counts.unchanged) == (0, 0, 145)
