"""The tables of a file, and what is wrong with their headers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import reduce
from itertools import pairwise

import pyarrow as pa
import pyarrow.compute as pc

from metrics.catalogue import Catalogue
from metrics.intake import csvfile, layout, raw
from metrics.intake.column import Column, Role
from metrics.intake.finding import CAP, Finding, Severity
from metrics.intake.layout import Layout
from metrics.intake.names import Names
from metrics.intake.sheet import FileRead

_WORDS = re.compile(r"[^0-9０-９]*[\u4e00-\u9fff%％][^0-9０-９]*")
OURS = {"说明", "问题清单"}  # sheets of our own templates and marked workbooks
LISTED = 3  # of the rows or columns that a message names
STOPS = {
    "missing-column",
    "duplicate-column",
    "merged-header",
    "second-header",
}  # a table with one of these has no rows


def tables(file: FileRead, catalogue: Catalogue, names: Names) -> tuple[list[Layout], list[Finding]]:
    """The tables of the sheets that can be seen, and what is wrong with their headers."""
    found = list(_spoilt(file))
    if found:
        return [], found
    listed = [(sheet, layout.layout(sheet, catalogue, names)) for sheet in file.sheets if sheet.cells.num_rows]
    seen = [one for sheet, one in listed if one and not sheet.hidden]
    for sheet, one in listed:
        if one and sheet.hidden:
            found.append(
                _note(
                    "hidden-sheet",
                    f"工作表“{sheet.name}”是隐藏的，未读取。",
                    "如需要其中的数据，请取消隐藏。",
                    sheet.name,
                )
            )
        elif not one and not sheet.hidden and seen and sheet.name not in OURS:
            found.append(_note("other-sheet", f"工作表“{sheet.name}”里没有找到表头，未读取。", "", sheet.name))
    if not seen:
        found.append(_without_table(file))
    right = []
    for one in seen:
        wrong = list(_missing_columns(one))
        wrong += _second_row(one)
        once, again = _without_repeats(one, catalogue)
        found += [*one.findings, *wrong, *again, *_beyond(one, file.kind), *_merged_values(one), *_month_order(one)]
        found += _hidden(one)
        if not any(finding.rule in STOPS for finding in [*one.findings, *wrong, *again]):
            right.append(once)
    return right, found


def _spoilt(file: FileRead) -> Iterator[Finding]:
    """F05 in a workbook: text that was decoded wrongly before it was saved; CSV is refused while it is read."""
    for sheet in file.sheets if file.kind != "csv" else ():
        cells = sheet.cells.slice(0, CAP)
        texts = "\n".join(text for letter in cells.schema.names[1:] for text in cells[letter].to_pylist() if text)
        if "锟斤拷" in texts or csvfile.spoilt(texts):
            yield Finding(
                severity=Severity.ERROR, rule="mojibake", sheet=sheet.name,
                message="文件内容已是乱码（编码被转坏），请用原始Excel重新导出。", fix="请不要用记事本另存，直接从系统或Excel导出。",
            )  # fmt: skip


def _note(rule: str, message: str, fix: str, sheet: str | None) -> Finding:
    return Finding(severity=Severity.WARNING, rule=rule, message=message, fix=fix, sheet=sheet)


def _without_table(file: FileRead) -> Finding:
    if not any(sheet.cells.num_rows for sheet in file.sheets):
        return Finding(
            severity=Severity.ERROR,
            rule="no-rows",
            message="文件没有数据行。",
            fix="请检查是否选错文件，或使用模板填报。",
        )
    if any(sheet.merged for sheet in file.sheets):
        return Finding(
            severity=Severity.ERROR,
            rule="merged-header",
            message="没有找到表头；如表头为多级合并，请使用模板。",
            fix="请下载模板，把数据贴进去。",
        )
    return Finding(
        severity=Severity.ERROR, rule="missing-column", message="缺少必填列：指标编码或指标名称、期间、街镇、数值；可下载模板。",
        fix="请在第一行写列名，或使用模板。",
    )  # fmt: skip


def _missing_columns(one: Layout) -> Iterator[Finding]:
    """H07: which columns a table needs; an indicator's kind may need fewer, which the rows' rules say."""
    roles = {column.role for column in one.columns}
    wide_indicators = any(column.indicator for column in one.columns)
    wide_months = any(column.period for column in one.columns)
    missing = []
    if not ({Role.CODE, Role.NAME} & roles or wide_indicators):
        missing.append("指标编码或指标名称")
    if Role.PERIOD not in roles and not wide_months:
        missing.append("期间")
    if Role.REGION not in roles:
        missing.append("街镇")
    if not (Role.VALUE in roles or {Role.NUMERATOR, Role.DENOMINATOR} <= roles or Role.STATE in roles):
        missing.append("数值")
    if missing and any(_in_header(text, one.header_row) for text in one.sheet.merged):
        yield Finding(
            severity=Severity.ERROR, rule="merged-header", sheet=one.sheet.name, row=one.header_row,
            message=f"表头为多级合并，认不出{'、'.join(missing)}，请使用模板。", fix="请下载模板，把数据贴进去。",
        )  # fmt: skip
    elif missing:
        dated = (
            f"表头上方写着{one.year}年{one.month}月，请在表里加一列期间；"
            if "期间" in missing and one.year and one.month
            else ""
        )
        yield Finding(
            severity=Severity.ERROR, rule="missing-column", sheet=one.sheet.name, row=one.header_row,
            message=f"缺少必填列：{'、'.join(missing)}；可下载模板。", fix=f"{dated}请补上这些列；列名可用模板中的写法。",
        )  # fmt: skip


def _in_header(text: str, header_row: int) -> bool:
    """Whether a merged range joins cells of the header row side by side."""
    letter, top, bottom = raw.bounds(text)
    return top <= header_row <= bottom and not text.partition(":")[2].startswith(letter)


def _second_row(one: Layout) -> Iterator[Finding]:
    """H02: a row of words right under the header, as 计划 | 实际, where a row of figures should stand."""
    below = one.sheet.cells.filter(pc.equal(one.sheet.cells["row"], one.header_row + 1)).to_pylist()
    if not below:
        return
    texts = {letter: layout.tidy(text) for letter, text in below[0].items() if letter != "row" and text}
    keys = [column.letter for column in one.columns if column.role in {Role.REGION, Role.PERIOD, Role.CODE, Role.NAME}]
    told = {column.letter for column in one.columns if column.role in {Role.VALUE, Role.NUMERATOR, Role.DENOMINATOR}}
    said = [text for letter, text in texts.items() if letter in told or letter in one.beyond]
    if (
        said
        and not any(texts.get(letter) for letter in keys)
        and all(_WORDS.fullmatch(text) for text in texts.values())
    ):
        yield Finding(
            severity=Severity.ERROR, rule="merged-header", sheet=one.sheet.name, row=one.header_row + 1, value=said[0],
            message=f"第{one.header_row + 1}行“{said[0]}”还是表头；表头为多级，请使用模板。", fix="请下载模板，或把两行表头合并成一行。",
        )  # fmt: skip


def _without_repeats(one: Layout, catalogue: Catalogue) -> tuple[Layout, list[Finding]]:
    """The table without its header said again on each printed page; an error for the header of a second table."""
    keys = [column for column in one.columns if column.role in {Role.REGION, Role.PERIOD}]
    if not keys:
        return one, []
    words = {
        column.role: [word for word, role in catalogue.header_words.items() if role == column.role] for column in keys
    }
    cells = one.sheet.cells
    mask = pc.greater(cells["row"], one.header_row)
    for column in keys:
        mask = pc.and_(mask, pc.is_in(cells[column.letter], value_set=pa.array(words[column.role], pa.string())))
    again = cells.filter(mask).to_pylist()
    if not again:
        return one, []
    header: dict[str, object] = next(
        (row for row in cells.slice(0, layout.SEARCHED).to_pylist() if row["row"] == one.header_row), {}
    )
    for row in again:
        if {**row, "row": None} != {**header, "row": None}:
            return one, [Finding(
                severity=Severity.ERROR, rule="second-header", sheet=one.sheet.name, row=row["row"], file_no=one.file_no,
                message=f"第{row['row']}行又是一个表头，一张工作表只能有一个表。", fix="请把第二个表放到另一张工作表或另一个文件。",
            )]  # fmt: skip
    return replace(one, sheet=replace(one.sheet, cells=cells.filter(pc.invert(mask)))), []


def _beyond(one: Layout, kind: str) -> Iterator[Finding]:
    """F12: cells right of the last header; in CSV a row with more cells than the header is a row cut in the wrong place."""
    for letter in one.beyond:
        rows = [
            (row, text)
            for row, text in zip(one.sheet.cells["row"].to_pylist(), one.sheet.cells[letter].to_pylist(), strict=True)
            if text and row > one.header_row
        ]
        if kind == "csv":
            for row, text in rows[:CAP]:
                yield Finding(
                    severity=Severity.ERROR, rule="extra-cells", row=row, cell=f"{letter}{row}", value=text,
                    message=f"第{row}行列数多于表头：疑似千分位逗号未加引号（如 1,269）。", fix="请去掉千分位逗号，或从Excel重新另存为CSV。",
                )  # fmt: skip
        elif rows:
            yield _note(
                "unknown-column",
                f"{letter}列没有表头，未入库。",
                "如这一列是需要的数据，请在表头行写上列名。",
                one.sheet.name,
            )


def _merged_values(one: Layout) -> Iterator[Finding]:
    """A figure, its bound or a state merged over several cells says nothing about each of them."""
    told = {Role.VALUE, Role.NUMERATOR, Role.DENOMINATOR, Role.QUALIFIER, Role.STATE, Role.PLANNED, Role.ACTUAL}
    figures = {column.letter: column for column in one.columns if column.role in told}
    for text in one.sheet.merged:
        letter, top, bottom = raw.bounds(text)
        last = text.partition(":")[2].rstrip("0123456789")
        several = bottom > top or (last != letter and last in figures)
        if letter in figures and several and top > one.header_row:
            yield Finding(
                severity=Severity.ERROR, rule="merged-value", sheet=one.sheet.name, row=top, column=figures[letter].header,
                cell=f"{letter}{top}", message=f"{text}是合并单元格，分不清是哪一格的内容。", fix="请取消合并，逐格填写。",
            )  # fmt: skip


def _hidden(one: Layout) -> Iterator[Finding]:
    """Rows and columns of the table that hold something and that Excel does not show: they are read like all others."""
    used = [column for column in one.columns if column.role is not Role.IGNORED]
    if not used or not (one.sheet.hidden_rows or one.sheet.hidden_columns):
        return
    cells = one.sheet.cells.filter(pc.greater(one.sheet.cells["row"], one.header_row))
    rows = _filled_rows(cells.filter(pc.is_in(cells["row"], pa.array(one.sheet.hidden_rows, pa.int32()))), used)
    if rows:
        listed = "、".join(map(str, rows[:LISTED]))
        more = f"…共{len(rows)}行" if len(rows) > LISTED else ""
        yield _note(
            "hidden-rows",
            f"第{listed}行{more}是隐藏的，也已读取。",
            "请取消隐藏后核对；不要的行请删去。",
            one.sheet.name,
        )
    columns = [
        f"{column.letter}列“{column.header}”"
        for column in used
        if column.letter in one.sheet.hidden_columns and cells[column.letter].null_count < len(cells)
    ]
    if columns:
        more = f"…共{len(columns)}列" if len(columns) > LISTED else ""
        yield _note(
            "hidden-columns",
            f"{'、'.join(columns[:LISTED])}{more}是隐藏的，也已读取。",
            "请取消隐藏后核对；不要的列请删去。",
            one.sheet.name,
        )


def _filled_rows(cells: pa.Table, used: Sequence[Column]) -> list[int]:
    """The numbers of the rows that hold something in one of the columns."""
    letters = {column.letter for column in used}
    masks = [pc.is_valid(cells[letter]) for letter in letters]
    numbers: list[int] = cells["row"].filter(reduce(pc.or_, masks)).to_pylist()
    return numbers


def _month_order(one: Layout) -> Iterator[Finding]:
    """Months without a year, from left to right, must not turn back: 11月, 12月, 1月 are of two years."""
    months = [
        (column, int(column.period[:-1]))
        for column in one.values
        if column.period and column.period.endswith("月") and column.period[:-1].isdecimal()
    ]
    for (_, before), (column, month) in pairwise(months):
        if month < before and one.columns.count(column) == 1 and not column.indicator:
            yield Finding(
                severity=Severity.ERROR, rule="month-order", sheet=one.sheet.name, row=one.header_row, column=column.header,
                cell=f"{column.letter}{one.header_row}", value=column.header, message=f"{before}月之后是{month}月，分不清各是哪一年。",
                fix="请在列名里写明年份，如2023年1月。",
            )  # fmt: skip
            return
