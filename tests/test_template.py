"""Templates to fill in: a row for each figure that is due, open cells only where something is to be written."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from metrics.catalogue import Catalogue
from metrics.intake import template
from metrics.intake.column import Role
from metrics.intake.layout import layout
from metrics.intake.names import Names
from metrics.intake.sheet import Sheet
from metrics.model import Department, Indicator, Kind, PeriodType, Region
from metrics.period import Period
from tests.builders import DISTRICT, catalogue, count, indicator, work

MAY = Period.parse("2023-05")
EAST = Region(code="330106001", name="东山街道", kind="街道")
WEST = Region(code="330106100", name="西河镇", kind="镇")
BASE = ["指标编码", "指标名称", "单位", "期间", "街镇", "上期数值"]


def district(*indicators: Indicator) -> Catalogue:
    return dataclasses.replace(catalogue(*indicators), regions=(EAST, WEST))


def filled_in(shown: Catalogue, **given: Any) -> Workbook:
    arguments = {"codes": list(shown.indicators), "period": MAY, "last": {}, **given}
    return load_workbook(io.BytesIO(template.workbook(shown, **arguments)))


def sheet(shown: Catalogue, **given: Any) -> Worksheet:
    return filled_in(shown, **given)["填报"]


def line(found: Worksheet, row: int) -> list[Any]:
    return [cell.value for cell in found[row]]


def as_read(found: Worksheet) -> Sheet:
    """The sheet as the reader gives it: text, rows with something in them."""
    letters = [cell.coordinate.rstrip("0123456789") for cell in found[1]]
    rows = [
        {"row": cells[0].row, **{cell.coordinate.rstrip("0123456789"): cell.value for cell in cells}}
        for cells in found.iter_rows()
        if any(cell.value for cell in cells)
    ]
    schema = pa.schema([("row", pa.int32()), *((letter, pa.string()) for letter in letters)])
    return Sheet(name=found.title, cells=pa.Table.from_pylist(rows, schema=schema))


@pytest.mark.parametrize(
    ("chosen", "headers"),
    [
        pytest.param([count()], ["数值", "限定", "备注"], id="a count"),
        pytest.param([indicator()], ["数值", "分子", "分母", "限定", "备注"], id="a rate has parts"),
        pytest.param([work()], ["状态", "计划完成", "实际完成", "备注"], id="work has a state and dates"),
        pytest.param([count(kind=Kind.GRADE)], ["状态", "备注"], id="a grade has a state"),
        pytest.param(
            [work(), indicator()], ["数值", "分子", "分母", "限定", "状态", "计划完成", "实际完成", "备注"], id="both"
        ),
    ],
)
def test_has_only_the_columns_that_the_kinds_need(chosen: Sequence[Indicator], headers: list[str]) -> None:
    assert line(sheet(district(*chosen)), 1) == [*BASE, *headers, "口径"]


def test_the_row_says_everything_but_the_figure() -> None:
    shown = district(indicator(definition="已整改数除以总数。"))
    found = sheet(shown, last={("rate", DISTRICT): "约93.24%"})
    told = ["rate", "整改率", "%", "2023年5月", "全区", "约93.24%", None, None, None, None, None, "已整改数除以总数。"]
    assert line(found, 2) == told
    assert line(found, 3) == [None] * 12


def test_derived_indicators_are_not_asked_for() -> None:
    found = sheet(district(count(), indicator(derived=True)))
    assert [found.cell(row, 1).value for row in (2, 3)] == ["sites", None]


@pytest.mark.parametrize(
    ("reported_by", "wanted", "places"),
    [
        ("district", None, ["全区"]),
        ("streets", None, ["东山街道", "西河镇"]),
        (("330106100",), None, ["西河镇"]),
        (("东山街道",), None, ["东山街道"]),
        ("streets", ["330106001"], ["东山街道"]),
        ("district", ["330106001"], []),
        ("district", [DISTRICT, "330106001"], ["全区"]),
    ],
)
def test_there_is_a_row_for_each_region_that_reports(reported_by: Any, wanted: Any, places: list[str]) -> None:
    found = sheet(district(count(reported_by=reported_by)), regions=wanted)
    assert [found.cell(row, 5).value for row in range(2, 6) if found.cell(row, 5).value] == places


@pytest.mark.parametrize(
    ("stands_for", "month", "expected"),
    [
        (PeriodType.MONTH, "2023-06", "2023年6月"),
        (PeriodType.DAY, "2023-06", "2023年6月"),
        (PeriodType.QUARTER, "2023-06", "2023年二季度"),
        (PeriodType.QUARTER, "2023-05", "2023年5月"),
        (PeriodType.HALF, "2023-06", "2023年上半年"),
        (PeriodType.YEAR, "2023-12", "2023年"),
        (PeriodType.YEAR, "2023-06", "2023年6月"),
        (PeriodType.QUARTER, "2023", "2023年"),
    ],
)
def test_a_figure_for_a_quarter_is_asked_for_when_the_quarter_ends(
    stands_for: PeriodType, month: str, expected: str
) -> None:
    found = sheet(district(count(period_type=stands_for, kind=Kind.FLOW)), period=Period.parse(month))
    assert found["D2"].value == expected


def test_a_running_total_for_a_quarter_is_asked_for_since_january() -> None:
    found = sheet(district(count(period_type=PeriodType.QUARTER)), period=Period.parse("2023-09"))
    assert found["D2"].value == "2023年1月至9月"


def test_only_cells_to_fill_in_are_open_and_no_password_is_needed() -> None:
    found = sheet(district(indicator(), work()))
    assert found.protection.sheet
    assert found.protection.password is None
    opened = [
        [cell.coordinate.rstrip("0123456789") for cell in found[row] if not cell.protection.locked] for row in (1, 2, 3)
    ]
    assert opened == [[], list("GHIJN"), list("KLMN")]
    assert found["G2"].fill.fgColor.rgb == found["K3"].fill.fgColor.rgb == "00FFFBE6"
    assert found["F2"].fill.fgColor.rgb == "00E4E7EB"


def test_periods_codes_and_dates_are_text_so_that_excel_does_not_turn_them() -> None:
    found = sheet(district(work(), indicator()))
    headers = {cell.value: cell.coordinate.rstrip("0123456789") for cell in found[1]}
    kept = {header for header, letter in headers.items() if found[f"{letter}2"].number_format == "@"}
    assert kept == {"指标编码", "指标名称", "期间", "计划完成", "实际完成", "备注"}


def test_lists_offer_names_places_limits_and_states() -> None:
    book = filled_in(district(indicator(), work(), count(kind=Kind.GRADE)))
    rules = {rule.formula1: str(rule.sqref) for rule in book["填报"].data_validations.dataValidation}
    # one row each for a rate, work and a grade, then ten empty ones
    assert rules == {
        "'名单'!$A$1:$A$3": "B2:B14", "'名单'!$B$1:$B$3": "E2:E14", "'名单'!$C$1:$C$5": "J2:J14",
        "'名单'!$D$1:$D$6": "K3 K5:K14",
    }  # fmt: skip
    lists = book["名单"]
    assert lists.sheet_state == "hidden"
    assert [[cell.value for cell in column if cell.value] for column in lists.columns] == [
        ["整改率", "印发方案", "清理处数"], ["全区", "东山街道", "西河镇"], ["超", "以上", "不足", "以下", "约"],
        ["未开始", "计划中", "进行中", "基本完成", "已完成", "长期坚持"],
    ]  # fmt: skip


def test_prints_as_a_form_across_a4_with_its_header_on_every_page() -> None:
    found = sheet(district(indicator()))
    assert (found.page_setup.orientation, found.page_setup.paperSize, found.page_setup.fitToHeight) == (
        "landscape",
        9,
        0,
    )
    assert (found.freeze_panes, found.print_title_rows) == ("F2", "$1:$1")
    assert found.oddHeader is not None
    assert found.oddHeader.center.text == "某区城市管理委 2023年5月指标填报表"


def test_says_how_to_fill_it_in() -> None:
    book = filled_in(district(indicator()))
    assert book.sheetnames == ["填报", "说明", "名单"]
    said = " ".join(str(cell.value) for row in book["说明"].iter_rows() for cell in row if cell.value)
    for words in ("空着的行按“未报”处理", "请填0", "约1.2万", "超80%", "93.24%"):
        assert words in said


def test_what_stands_in_the_catalogue_or_the_store_is_never_run() -> None:
    found = sheet(district(indicator(name="=1+1", definition="@SUM(A1)")), last={("rate", DISTRICT): "+1*2"})
    cells = [found["B2"], found["F2"], found["L2"]]
    assert [(cell.value, cell.data_type, cell.quotePrefix) for cell in cells] == [
        ("=1+1", "s", True), ("+1*2", "s", True), ("@SUM(A1)", "s", True),
    ]  # fmt: skip


def test_the_upload_knows_every_column_and_sees_one_table_only() -> None:
    shown = district(indicator(), work())
    names = Names(shown)
    book = filled_in(shown)
    seen = {title: layout(as_read(book[title]), shown, names) for title in book.sheetnames}
    assert [title for title, found in seen.items() if found] == ["填报"]
    found = seen["填报"]
    assert found is not None
    assert not found.findings
    roles = [column.role for column in found.columns]
    assert [role for role in roles if role is not Role.IGNORED] == [
        Role.CODE, Role.NAME, Role.UNIT, Role.PERIOD, Role.REGION, Role.VALUE, Role.NUMERATOR, Role.DENOMINATOR,
        Role.QUALIFIER, Role.STATE, Role.PLANNED, Role.ACTUAL, Role.NOTE,
    ]  # fmt: skip


def test_csv_is_the_same_table_with_a_bom() -> None:
    shown = district(indicator(name="=整改率"), count(reported_by="streets"))
    data = template.csv_template(shown, codes=["rate", "sites"], period=MAY, last={("sites", "330106001"): "12"})
    assert data.startswith(b"\xef\xbb\xbf")
    header, *rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert header == line(sheet(shown), 1)
    assert [row[:7] for row in rows] == [
        ["rate", "'=整改率", "%", "2023年5月", "全区", "", ""],
        ["sites", "清理处数", "处", "2023年5月", "东山街道", "12", ""],
        ["sites", "清理处数", "处", "2023年5月", "西河镇", "", ""],
    ]


@pytest.mark.parametrize(
    ("owner", "ending", "name"),
    [
        ("waste", "xlsx", "填报表_垃圾_2023年5月.xlsx"),
        ("office", "csv", "填报表_环卫中心_2023年5月.csv"),
        ("330106001", "xlsx", "填报表_东山街道_2023年5月.xlsx"),
        ("a/b:c", "xlsx", "填报表_abc_2023年5月.xlsx"),
    ],
)
def test_the_file_is_named_after_who_fills_it_in(owner: str, ending: str, name: str) -> None:
    office = Department(code="office", name="环卫 中心")
    shown = dataclasses.replace(catalogue(count(), departments=(office,)), regions=(EAST,))
    assert template.template_name(shown, owner, MAY, ending=ending) == name
