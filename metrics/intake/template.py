"""Workbooks and CSV to fill in: one row for each figure that is due, with its unit, definition and last value beside it."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from openpyxl import Workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from metrics.catalogue import WHOLE, Catalogue
from metrics.harmless import harmless, put
from metrics.model import Indicator, Kind, PeriodType, State
from metrics.period import Period, chinese

SHEET, HELP, LISTS = "填报", "说明", "名单"
SPARE = 10  # empty rows below the prepared ones, for a figure that nobody foresaw
FIGURE = frozenset({Kind.FLOW, Kind.CUMULATIVE, Kind.STOCK, Kind.COUNTDOWN, Kind.RATIO})
LIMITS = ("超", "以上", "不足", "以下", "约")
STATES = tuple(state.value for state in State if state is not State.NOT_SAID)
_FORBIDDEN = re.compile(r'[\\/:*?"<>|\s]+')
_MONTHS = {PeriodType.QUARTER: 3, PeriodType.HALF: 6, PeriodType.YEAR: 12}
_LINE = 16.5  # points


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    """A column of the sheet: its width in characters, and the kinds that fill it in; None: it is printed beforehand."""

    header: str
    width: float
    filled: frozenset[Kind] | None = None
    text: bool = False
    wrap: bool = False


_COLUMNS = (
    _Column(header="指标编码", width=19, text=True),
    _Column(header="指标名称", width=34, text=True, wrap=True),
    _Column(header="单位", width=7),
    _Column(header="期间", width=15, text=True),
    _Column(header="街镇", width=13),
    _Column(header="上期数值", width=12),
    _Column(header="数值", width=14, filled=FIGURE),
    _Column(header="分子", width=11, filled=frozenset({Kind.RATIO})),
    _Column(header="分母", width=11, filled=frozenset({Kind.RATIO})),
    _Column(header="限定", width=8, filled=FIGURE),
    _Column(header="状态", width=12, filled=frozenset({Kind.MILESTONE, Kind.GRADE})),
    _Column(header="计划完成", width=14, filled=frozenset({Kind.MILESTONE}), text=True),
    _Column(header="实际完成", width=14, filled=frozenset({Kind.MILESTONE}), text=True),
    _Column(header="备注", width=22, filled=frozenset(Kind), text=True, wrap=True),
    _Column(header="口径", width=40, wrap=True),
)
_HELP = (
    ("填哪里", "只填浅黄色的格子；灰色的格子已经填好，不能改。没有用到的格子空着即可。"),
    ("没有数据", "空着的行按“未报”处理，不会报错，也不会当作0。"),
    ("确实为零", "请填0。0表示确认为零，与空着不同。"),
    ("不适用或保密", "请在数值格填“不适用”或“保密”。"),
    ("百分比", "填93.24或93.24%都可以，都表示百分之93.24；请不要填0.9324。"),
    ("只知道大概", "可以写“约1.2万”“超80%”“80%以上”“不足5%”；也可以只填数字，再在限定格里选。"),
    ("有分子分母的", "填了分子和分母，数值可以空着，由看板计算；三个都填时会互相核对。"),
    ("工作进展", "在状态格里选；日期写“2023年6月”或“2023年6月30日”，只知道到月就写到月。"),
    ("修改已报的数", "照样填新的数上传，系统会请您写明修改原因，原来的数会保留。"),
    ("另加一行", "下方留有空行：选指标名称和街镇，再写期间，例如“2023年5月”。"),
    ("全区与街镇", "“全区”是全区总数，由您填报，不由各街镇相加；请不要另加合计行。"),
    ("填好以后", "保存后在看板的“数据上报”页上传本文件。请不要改表头，也不要增删列。"),
)

_EDGE = Side(style="thin", color="BFC7D1")
_HEAVY = Side(style="thin", color="6B7C93")
_BOX = Border(left=_EDGE, right=_EDGE, top=_EDGE, bottom=_EDGE)
_FIRST = Border(left=_EDGE, right=_EDGE, top=_HEAVY, bottom=_EDGE)
_NAVY, _GIVEN, _REFERENCE, _FILL, _UNUSED = (
    PatternFill("solid", fgColor=colour) for colour in ("1F4E79", "F7F8FA", "E4E7EB", "FFFBE6", "EEF0F3")
)
_BODY, _QUIET = Font(name="宋体", size=11, color="1A1A1A"), Font(name="宋体", size=10, color="5F6B7A")
_HEAD = Font(name="黑体", size=11, bold=True, color="FFFFFF")


def workbook(
    catalogue: Catalogue,
    *,
    codes: Sequence[str],
    period: Period,
    last: Mapping[tuple[str, str], str],
    regions: Sequence[str] | None = None,
) -> bytes:
    """An xlsx to fill in: sheet 填报 with a row for each reported indicator and region, 说明, and the hidden 名单.

    codes    indicators in the order of the rows; derived ones are left out, they are never reported
    last     the previous figure as text by (indicator code, region code)
    regions  codes of the only regions wanted; None for all that report
    """
    chosen = _reported(catalogue, codes)
    rows = list(_rows(catalogue, chosen, period, last, regions))
    columns = _columns(chosen)
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = SHEET
    _fill(sheet, columns, rows)
    _settle(sheet, columns, len(rows), f"{catalogue.organisation.short} {chinese(period)}指标填报表")
    _explain(book.create_sheet(HELP), f"{catalogue.organisation.name}{chinese(period)}指标填报说明")
    _choices(book, columns, rows, _lists(catalogue, chosen, regions))
    book.properties.creator = catalogue.organisation.name
    book.properties.title = f"{chinese(period)}指标填报表"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def csv_template(
    catalogue: Catalogue,
    *,
    codes: Sequence[str],
    period: Period,
    last: Mapping[tuple[str, str], str],
    regions: Sequence[str] | None = None,
) -> bytes:
    """The same rows and columns as CSV, UTF-8 with BOM."""
    chosen = _reported(catalogue, codes)
    out = io.StringIO()
    writer = csv.writer(out)
    headers = [column.header for column in _columns(chosen)]
    writer.writerow(headers)
    for row in _rows(catalogue, chosen, period, last, regions):
        writer.writerow([harmless(row.given.get(header, "")) for header in headers])
    return out.getvalue().encode("utf-8-sig")


def template_name(catalogue: Catalogue, owner: str, period: Period, *, ending: str = "xlsx") -> str:
    """A file name for the template of a department, theme or region code: 填报表_垃圾管理_2023年5月.xlsx."""
    names = {department.code: department.name for department in catalogue.declaration.departments}
    names = {**catalogue.region_names, **{theme.code: theme.short for theme in catalogue.sections}, **names}
    return _FORBIDDEN.sub("", f"填报表_{names.get(owner, owner)}_{chinese(period)}") + f".{ending}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A prepared row: what stands in it by header, and the kind that says which cells are to be filled."""

    kind: Kind
    given: Mapping[str, str]
    first: bool


def _reported(catalogue: Catalogue, codes: Sequence[str]) -> list[Indicator]:
    return [catalogue.indicators[code] for code in codes if not catalogue.indicators[code].derived]


def _columns(chosen: Sequence[Indicator]) -> list[_Column]:
    """The columns that the kinds need; 备注 and those filled beforehand always."""
    kinds = {indicator.kind for indicator in chosen} or {Kind.STOCK}
    return [column for column in _COLUMNS if column.filled is None or column.filled & kinds]


def _rows(
    catalogue: Catalogue,
    chosen: Sequence[Indicator],
    period: Period,
    last: Mapping[tuple[str, str], str],
    regions: Sequence[str] | None,
) -> Iterator[_Row]:
    for indicator in chosen:
        for at, region in enumerate(_regions(catalogue, indicator, regions)):
            given = {
                "指标编码": indicator.code,
                "指标名称": indicator.name,
                "单位": indicator.unit,
                "期间": chinese(_period(indicator, period)),
                "街镇": catalogue.region_names[region],
                "上期数值": last.get((indicator.code, region), ""),
                "口径": indicator.definition,
            }
            yield _Row(kind=indicator.kind, given=given, first=at == 0)


def _regions(catalogue: Catalogue, indicator: Indicator, wanted: Sequence[str] | None) -> list[str]:
    """Codes of the regions that report the indicator; a list in the catalogue may hold codes or names."""
    if indicator.reported_by == "district":
        due = [catalogue.total]
    else:
        listed = None if indicator.reported_by == "streets" else set(indicator.reported_by)
        due = [one.code for one in catalogue.regions if listed is None or listed & {one.code, one.name}]
    return [code for code in due if wanted is None or code in wanted]


def _period(indicator: Indicator, period: Period) -> Period:
    """The quarter, half or year that ends with this month, for a figure that stands for one, a running total since January."""
    months = _MONTHS.get(indicator.period_type)
    if months is None or period.end.month % months or period.start is None:
        return period
    running = indicator.kind is Kind.CUMULATIVE  # 二季度 would not say whether it is of the quarter alone
    first = period.end.replace(month=1 if running else period.end.month - months + 1, day=1)
    return Period(min(first, period.start), period.end)


def _fill(sheet: Worksheet, columns: Sequence[_Column], rows: Sequence[_Row]) -> None:
    for at, column in enumerate(columns, start=1):
        _head(sheet.cell(1, at), column.header)
        sheet.column_dimensions[get_column_letter(at)].width = column.width
    sheet.row_dimensions[1].height = 30
    for line, row in enumerate(rows, start=2):
        for at, column in enumerate(columns, start=1):
            _cell(sheet.cell(line, at), column, row)
        sheet.row_dimensions[line].height = _height(columns, row)
    for line in range(len(rows) + 2, len(rows) + 2 + SPARE):
        for at, column in enumerate(columns, start=1):
            _spare(sheet.cell(line, at), column)
        sheet.row_dimensions[line].height = 20


def _head(cell: Cell | MergedCell, text: str) -> None:
    put(cell, text)
    cell.font, cell.fill, cell.border = _HEAD, _NAVY, _BOX
    cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)


def _cell(cell: Cell | MergedCell, column: _Column, row: _Row) -> None:
    """A cell that is given (locked), to be filled in (open, pale), or of no use to this kind (locked, dull)."""
    put(cell, row.given.get(column.header, ""))
    to_fill = column.filled is not None and row.kind in column.filled
    reference = column.header in {"上期数值", "口径", "单位"}
    cell.font = _QUIET if reference or column.header == "指标编码" else _BODY
    cell.fill = _FILL if to_fill else _UNUSED if column.filled is not None else _REFERENCE if reference else _GIVEN
    cell.border = _FIRST if row.first else _BOX
    cell.protection = Protection(locked=not to_fill)
    cell.alignment = _aligned(column, full=row.first)
    cell.number_format = "@" if column.text else "General"


def _aligned(column: _Column, *, full: bool) -> Alignment:
    """Numbers to the right, short words in the middle; a definition in full on its first row, else one line of it."""
    if column.header == "口径":
        return Alignment(horizontal="left" if full else "fill", vertical="center", wrap_text=full)
    side = {"上期数值": "right", "数值": "right", "分子": "right", "分母": "right"}.get(column.header)
    middle = column.header in {"单位", "期间", "街镇", "限定", "状态", "计划完成", "实际完成"}
    return Alignment(horizontal=side or ("center" if middle else "left"), vertical="center", wrap_text=column.wrap)


def _spare(cell: Cell | MergedCell, column: _Column) -> None:
    open_ = column.header not in {"单位", "上期数值", "口径"}
    cell.font, cell.border = _BODY, _BOX
    cell.fill = _FILL if open_ else _UNUSED
    cell.protection = Protection(locked=not open_)
    cell.alignment = _aligned(column, full=False)
    cell.number_format = "@" if column.text else "General"


def _height(columns: Sequence[_Column], row: _Row) -> float:
    """Points that the longest wrapped text needs; a workbook without a height opens with one line in WPS."""
    wrapped = [column for column in columns if column.wrap and (row.first or column.header != "口径")]
    lines = (-(-_wide(row.given.get(column.header, "")) // int(column.width - 4)) for column in wrapped)
    return max(20.0, _LINE * max(lines, default=1) + 5)


def _wide(text: str) -> int:
    """Columns that the text takes: a Chinese character is two."""
    return sum(2 if unicodedata.east_asian_width(one) in "WFA" else 1 for one in text)


def _settle(sheet: Worksheet, columns: Sequence[_Column], rows: int, title: str) -> None:
    """Frozen, locked without a password, and printed as a form: A4 across, header on every page."""
    region = next(at for at, column in enumerate(columns, start=1) if column.header == "街镇")
    sheet.freeze_panes = f"{get_column_letter(region + 1)}2"
    sheet.sheet_view.showGridLines = False
    sheet.protection.sheet = True
    sheet.protection.formatColumns = sheet.protection.formatRows = sheet.protection.autoFilter = False  # False: allowed
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{rows + 1 + SPARE}"
    sheet.print_title_rows = "1:1"
    sheet.print_area = f"A1:{get_column_letter(len(columns))}{rows + 1}"
    _paper(sheet, title, across=True)


def _paper(sheet: Worksheet, title: str, *, across: bool) -> None:
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.orientation = "landscape" if across else "portrait"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top, sheet.page_margins.bottom = 0.8, 0.6
    sheet.print_options.horizontalCentered = True
    header, footer = sheet.oddHeader, sheet.oddFooter
    assert header is not None
    assert footer is not None
    header.center.text, header.center.size = title.replace("&", "&&"), 14
    footer.left.text, footer.right.text = "填报人：　　　　　审核人：", "第&P页，共&N页"


def _explain(sheet: Worksheet, title: str) -> None:
    put(sheet["A1"], title)
    sheet["A1"].font = Font(name="黑体", size=15, bold=True, color="1F4E79")
    for line, (what, how) in enumerate(_HELP, start=2):
        for at, text in enumerate((what, how), start=1):
            cell = sheet.cell(line, at)
            put(cell, text)
            cell.font = Font(name="宋体", size=11, bold=at == 1)
            cell.alignment = Alignment(vertical="center", wrap_text=True)
            cell.border = Border(bottom=_EDGE)
        sheet.row_dimensions[line].height = 36
    sheet.row_dimensions[1].height = 34
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 18, 72
    sheet.sheet_view.showGridLines = False
    sheet.protection.sheet = True
    _paper(sheet, "", across=False)


def _lists(catalogue: Catalogue, chosen: Sequence[Indicator], wanted: Sequence[str] | None) -> dict[str, list[str]]:
    places = [name for code, name in catalogue.region_names.items() if wanted is None or code in wanted]
    names = [indicator.name for indicator in chosen]
    return {"指标名称": names, "街镇": places or [WHOLE], "限定": list(LIMITS), "状态": list(STATES)}


def _choices(book: Workbook, columns: Sequence[_Column], rows: Sequence[_Row], lists: Mapping[str, list[str]]) -> None:
    """Drop-down lists; they stand in a hidden sheet, as a list written into the rule itself may have 255 characters.

    The hidden sheet has no headings: with them it would read as a table of its own.
    """
    hidden = book.create_sheet(LISTS)
    hidden.sheet_state = "hidden"
    sheet = book[SHEET]
    for at, (header, listed) in enumerate(lists.items(), start=1):
        for line, text in enumerate(listed, start=1):
            put(hidden.cell(line, at), text)
        letter = get_column_letter(at)
        where = f"{quote_sheetname(LISTS)}!${letter}$1:${letter}${max(len(listed), 1)}"
        book.defined_names[f"名单_{header}"] = DefinedName(f"名单_{header}", attr_text=where)
        column = next((at for at, one in enumerate(columns, start=1) if one.header == header), None)
        ranges = _ranges(header, get_column_letter(column), rows) if column and listed else ""
        if ranges:
            sheet.add_data_validation(_choice(header, where, ranges))


def _ranges(header: str, letter: str, rows: Sequence[_Row]) -> str:
    """Where the list holds, the empty rows included; a grade is not bound to the states of work."""
    free = [line for line, row in enumerate(rows, start=2) if header == "状态" and row.kind is not Kind.MILESTONE]
    bounds = [1, *free, len(rows) + 2 + SPARE]
    return " ".join(f"{letter}{low + 1}:{letter}{high - 1}" for low, high in pairwise(bounds) if high - low > 1)


def _choice(header: str, where: str, ranges: str) -> DataValidation:
    return DataValidation(
        type="list", formula1=where, sqref=ranges, allow_blank=True, showErrorMessage=True, errorTitle=f"{header}不在名单中",
        error=f"请从下拉名单中选择{header}。", errorStyle="stop",
    )  # fmt: skip
