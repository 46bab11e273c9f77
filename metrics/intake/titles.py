"""What stands above a table, and in the name of its sheet, against the rows of it: month, 街镇, district, plan or actual."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

import duckdb

from metrics.catalogue import WHOLE, Catalogue
from metrics.intake import heading
from metrics.intake.column import Role
from metrics.intake.finding import Finding, Severity
from metrics.intake.layout import Layout
from metrics.intake.rules import OF_A_MONTH

_RANGE: Final = re.compile(r"(?<![0-9])([0-9]{1,2})月?\s*[-~—－–至到]\s*([0-9]{1,2})月")
_BEFORE_NAME: Final = r"(?:^|北京市|[年月日\s“（(])"
_DISTRICT: Final = re.compile(
    rf"{_BEFORE_NAME}([一-鿿]{{2,3}}区)(?=$|[\s0-9”）)，,、]|城市管理|城管|街道|各街|[月季年]报|环境|市容|市政|统计)"
)
_BEIJING: Final = re.compile(
    rf"{_BEFORE_NAME}((?:东城|西城|朝阳|海淀|丰台|石景山|门头沟|房山|通州|顺义|昌平|大兴|怀柔|平谷|密云|延庆)区)"
)
_NO_DISTRICT: Final = {
    "核心", "中心", "示范", "开发", "试验", "责任", "管控", "禁止", "限制", "居民", "居住", "商业", "工业", "办公", "保护", "景观",
    "功能", "公共", "停车", "作业", "服务", "重点", "农村", "平原", "开放", "城乡", "历史", "文化", "科技", "产业", "生态", "北部", "南部",
}  # fmt: skip
_NO_DISTRICT_ENDS: Final = tuple("全各本我市郊城地社小辖园片街新老山六用烧建")
_PLAN_SHEET: Final = re.compile(
    r"(?:[0-9]{4}年?度?)?(?:[0-9]{1,2}月)?(?:计划|目标|任务|预算|上年同期|去年同期|同期|预计|预测|上年|去年)(?:数|值|表)?"
)
_PLAN_TITLE: Final = re.compile(
    r"(?:(?:计划|(?<!绩效)目标|预算)(?:数|值|分解|一览|明细)?表?|任务(?:数|值|分解)表?)(?=$|[\s）)])|(?:上年|去年)?同期(?:数|值|表)?(?=$|[\s）)])|(?:预计|预测)(?:数|值|表)?(?=$|[\s）)])"
)
_NO_REPORT_SHEET: Final = re.compile("示例|样表|样例|范例|例表|作废|旧版|废表")
_NO_REPORT: Final = re.compile(
    r"^[（(【]?(?:填报|填表)?(?:示例|样表|样例|范例|作废|旧版)|(?:填报|填表)?(?:示例|样表|样例|范例|作废|旧版)表?[）)】]?\s*$"
)
_MONTH_ONLY: Final = re.compile("(?<!截至)(?<!截止)(?<!至)[当本]月(?!累计|底|末|止|[0-9])")
_ACTUAL: Final = re.compile(r"完成|实际|进展|执行|落实|情况|月报|季报|年报")
_UNIT_ROWS: Final = """
SELECT l.row, coalesce(l.label, '') || coalesce(l.note, '') AS said, list(DISTINCT s.unit) AS units
FROM labelled l JOIN staged s USING (sheet_no) WHERE l.sheet_no = $sheet_no AND contains(l.label, '单位') AND s.kind NOT IN ('milestone', 'grade')
GROUP BY l.row, l.label, l.note ORDER BY l.row
"""


def against(con: duckdb.DuckDBPyConnection, layouts: Sequence[Layout], catalogue: Catalogue) -> Iterator[Finding]:
    """A finding for each title or sheet name that the rows below contradict."""
    for sheet_no, one in enumerate(layouts):
        words = " ".join((*one.title, one.sheet.name or ""))
        yield from _months(con, sheet_no, one)
        yield from _regions(con, sheet_no, one, words, catalogue)
        yield from _district(one, words, catalogue)
        yield from _plan(one)
        yield from _no_report(one)
        yield from _of_month(con, sheet_no, one)
        yield from _unit_rows(con, sheet_no, one, catalogue)
        yield from _note_months(con, sheet_no, one)


def _months(con: duckdb.DuckDBPyConnection, sheet_no: int, one: Layout) -> Iterator[Finding]:
    """D13: a title that names another month, or year, than every row of the table, or months that a row is not of."""
    if any(column.period for column in one.values):
        return
    row, months, years = con.execute(
        "SELECT min(row), list(DISTINCT month(named_end)), list(DISTINCT year(named_end)) FROM staged "
        "WHERE sheet_no = $sheet_no AND named_end IS NOT NULL AND date_diff('month', named_start, named_end) < 1",
        {"sheet_no": sheet_no},
    ).fetchall()[0]
    if row is None:
        return
    spans = _RANGE.findall(heading.about(one.title, one.sheet.name))
    outside = [month for month in months if spans and not int(spans[0][0]) <= month <= int(spans[0][1])]
    if one.year is not None and one.year not in years:
        yield _finding(one, row, "title-year", f"标题为{one.year}年，数据列为{years[0]}年，请确认。")
    elif one.month is not None and one.month not in months:
        yield _finding(one, row, "title-month", f"标题为{one.month}月，数据列为{months[0]}月，请确认。")
    elif len(spans) == 1 and outside:
        first, last = spans[0]
        yield _finding(one, row, "title-month", f"标题为{first}—{last}月，数据列为{outside[0]}月，请确认。")


def _finding(one: Layout, row: int, rule: str, message: str) -> Finding:
    column = one.of(Role.PERIOD)
    return Finding(
        severity=Severity.ERROR, rule=rule, sheet=one.sheet.name, file_no=one.file_no, row=row, column=column.header if column else None,
        cell=f"{column.letter}{row}" if column else None, message=message, fix="请改正标题或期间列。",
    )  # fmt: skip


def _regions(
    con: duckdb.DuckDBPyConnection, sheet_no: int, one: Layout, words: str, catalogue: Catalogue
) -> Iterator[Finding]:
    """A title that names one 街镇, over rows of others."""
    named = [region for region in catalogue.regions if region.name in words]
    if len(named) != 1 or re.search(rf"{named[0].name}\s*等|各街|各镇|[0-9]+个街", words):
        return
    others = con.execute(
        "SELECT min(row), region FROM staged WHERE sheet_no = $sheet_no AND region <> $code GROUP BY region ORDER BY min(row) LIMIT 1",
        {"sheet_no": sheet_no, "code": named[0].code},
    ).fetchall()
    for row, code in others:
        other = catalogue.region_names.get(code, WHOLE)
        yield _about(
            one,
            "title-region",
            row,
            f"标题写着“{named[0].name}”，表内却有“{other}”的数据，请确认。",
            "请改正标题或街镇列。",
        )


def _district(one: Layout, words: str, catalogue: Catalogue) -> Iterator[Finding]:
    """A title that names another district."""
    own = catalogue.organisation.district
    for found in [*_BEIJING.findall(words), *filter(_is_district, _DISTRICT.findall(words))]:
        if found != own and not any(found in one.name for one in catalogue.indicators.values()):
            yield _about(
                one, "title-district", None, f"标题写着“{found}”，不是{own}的表。", "请核对是否选错文件，或改正标题。"
            )
            return


def _is_district(found: str) -> bool:
    """禁烧区 and 北部山区 are none."""
    name = found.removesuffix("区")
    return name not in _NO_DISTRICT and not name.endswith(_NO_DISTRICT_ENDS)


def _no_report(one: Layout) -> Iterator[Finding]:
    """A title or sheet that says that its table is an example, or no longer valid."""
    for where, text in [("工作表名", one.sheet.name or ""), *(("标题", text) for text in one.title)]:
        match = (_NO_REPORT_SHEET if where == "工作表名" else _NO_REPORT).search(text)
        if match:
            yield _about(
                one, "title-plan", None, f"{where}写着“{match[0]}”，表内不是要上报的数。",
                "请去掉这张表；如果确是要上报的数，请改正标题或工作表名。",
            )  # fmt: skip
            return


def _of_month(con: duckdb.DuckDBPyConnection, sheet_no: int, one: Layout) -> Iterator[Finding]:
    """当月 over running totals that nothing else calls so."""
    if any(column.span for column in one.values):
        return
    words = heading.about(one.title, one.sheet.name)
    match = _MONTH_ONLY.search(words)
    if match is None or "累计" in words:
        return
    ((row,),) = con.execute(
        "SELECT min(row) FROM staged WHERE sheet_no = $sheet_no AND kind = 'cumulative' AND inferred = 'period_start' AND value IS NOT NULL",
        {"sheet_no": sheet_no},
    ).fetchall()
    if row is not None:
        yield _about(
            one, "month-for-cumulative", row, f"第{row}行的指标按累计值填报，标题或工作表名写着“{match[0]}”。",
            "请填年初以来的累计数；如果填的就是累计数，请改正标题或工作表名。",
        )  # fmt: skip


def _plan(one: Layout) -> Iterator[Finding]:
    """A title or sheet that says that its figures are planned, expected, or of the year before."""
    sheet = one.sheet.name or ""
    said = [match[0] for text in one.title if not _ACTUAL.search(text) and (match := _PLAN_TITLE.search(text))]
    said += [match[0] for text in one.title if (match := re.search(r"[（(](?:上年|去年)?同期(?:数|值)?[）)]", text))]
    if _PLAN_SHEET.fullmatch(sheet.strip()):
        said.insert(0, sheet)
    if said:
        where = "工作表名" if said[0] == sheet else "标题"
        yield _about(
            one, "title-plan", None, f"{where}写着“{said[0].strip('（）()')}”，表内不是本期完成数。",
            "这里只收完成数；如果确是完成数，请改正标题或工作表名。",
        )  # fmt: skip


def _unit_rows(con: duckdb.DuckDBPyConnection, sheet_no: int, one: Layout, catalogue: Catalogue) -> Iterator[Finding]:
    """单位：吨 below the header, where a figure of the table has another unit."""
    if not con.execute(
        "SELECT 1 FROM labelled WHERE sheet_no = $no AND contains(label, '单位') LIMIT 1", {"no": sheet_no}
    ).fetchall():
        return
    for row, said, units in con.execute(_UNIT_ROWS, {"sheet_no": sheet_no}).fetchall():
        for unit in heading.units([said], catalogue):
            others = [other for other in units if other not in unit.split("、")]
            if others:
                yield _about(
                    one, "unit-mismatch", row, f"第{row}行写着单位“{unit}”，与指标单位“{others[0]}”不符。",
                    f"请换算成“{others[0]}”填写，并改正这一行。",
                )  # fmt: skip


def _note_months(con: duckdb.DuckDBPyConnection, sheet_no: int, one: Layout) -> Iterator[Finding]:
    """以上数据为3月数 below rows of no such month."""
    texts = con.execute(
        "SELECT DISTINCT row, label FROM labelled WHERE sheet_no = $sheet_no AND contains(label, '月') ORDER BY row",
        {"sheet_no": sheet_no},
    ).fetchall()
    said = [(row, text, int(match[1])) for row, text in texts if (match := re.search(OF_A_MONTH, text))]
    if not said:
        return
    ((months,),) = con.execute(
        "SELECT list(DISTINCT month(named_end)) FROM staged WHERE sheet_no = $sheet_no", {"sheet_no": sheet_no}
    ).fetchall()
    for row, text, month in said:
        if months and month not in months:
            yield _about(
                one, "note-month", row, f"第{row}行写着“{text}”，表内却没有这个月的数。", "请改正期间或这句话。"
            )


def _about(one: Layout, rule: str, row: int | None, message: str, fix: str) -> Finding:
    return Finding(
        severity=Severity.ERROR, rule=rule, sheet=one.sheet.name, file_no=one.file_no, row=row, message=message, fix=fix
    )
