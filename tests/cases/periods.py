"""D: months and other periods. Rows of messy_input_cases.csv D01 to D13."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from tests.cases.case import (
    Case,
    Told,
    as_book,
    as_csv,
    ask,
    both,
    column,
    dates,
    error,
    table,
    told,
    warning,
    warnings,
)
from tests.files import Cell, Rows, repacked, xlsx

TITLE: Sequence[Cell] = ("海淀区2023年城市管理指标",)
SKIPPED = (warning("title-rows"),)
OCTOBER = ask("october", "B2", "“2023.1”可能是1月或10月", column="期间", key="october.期间", options=("01", "10"))
JANUARY_OR_OCTOBER = {"01": (told("7", period="2023-01"),), "10": (told("7", period="2023-10"),)}
CUMULATIVE = "该指标按当月值填报，表内为累计值"


def seven(*periods: str, code: str = "toilets", **given: Any) -> tuple[Told, ...]:
    """The normalised rows of `dates`."""
    return tuple(told("7", at=at, period=period, code=code, **given) for at, period in enumerate(periods, 1))


def titled(rows: Rows) -> Rows:
    return [TITLE, *rows]


def to_march(count: int) -> tuple[Told, ...]:
    """What a running total to March says, however its period is named."""
    return tuple(
        {
            "code": "parking",
            "region": f"11010800{at}",
            "value": "7",
            "period_start": "2023-01-01",
            "period_end": "2023-03-31",
        }
        for at in range(1, count + 1)
    )


def counted_from_1904(rows: Rows) -> bytes:
    """The workbook, its days counted from 1904 as on an old Mac."""
    book = "xl/workbook.xml"
    sheets = '<sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets>'
    spaces = (
        'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    )
    return repacked(xlsx(rows), {book: f'<workbook {spaces}><workbookPr date1904="1"/>{sheets}</workbook>'})


MONTHS = ("2023年4月", "2023年04月", "2023-04", "2023/4", "202304", "２０２３年４月")
QUARTERS = ("2023年第一季度", "2023Q1", "2023-Q1", "2023年一季度")

CASES = (
    *both("D01", "spellings of one month", dates(*MONTHS), rows=seven(*["2023-04"] * 6)),
    as_book("D01", "a number", dates(202304), rows=seven("2023-04")),
    *both("D02", "2023.4", dates("2023.4", "2023.04", "2023.12"), rows=seven("2023-04", "2023-04", "2023-12")),
    as_book("D02", "a number", dates(2023.4), rows=seven("2023-04")),
    *both("D03", "January or October", dates("2023.1"), code=3, findings=(OCTOBER,), answers=JANUARY_OR_OCTOBER),
    as_book("D03", "a number", dates(2023.1), code=3, findings=(OCTOBER,), answers=JANUARY_OR_OCTOBER),
    *both("D03", "ten written out", dates("2023.10", "2023.01"), rows=seven("2023-10", "2023-01")),
    *both("D04", "a serial date", dates(45017), rows=seven("2023-04"), findings=(warning("serial", "B2", "45017", "2023年4月", column="期间"),)),
    Case(id="D04", what="counted from 1904, xlsx", name="上报.xlsx", sheet="Sheet1", data=lambda: counted_from_1904(dates(43555)), rows=seven("2023-04"),
         findings=(warning("serial", "B2", "2023年4月", column="期间"),)),
    *both("D05", "a day of a month's figure", dates("2023-04-30", "2023/4/30 0:00", "2023年4月30日"), rows=seven(*["2023-04"] * 3)),
    *both("D05", "the day of a stock", dates("2023-04-30", "2023/4/30 0:00", code="stations"), rows=seven(*["2023-04-30"] * 2, code="stations")),
    as_book("D05", "real dates", dates(date(2023, 4, 1), datetime(2023, 4, 30)), rows=seven(*["2023-04"] * 2)),  # noqa: DTZ001
    as_book("D05", "a real date shown as a month", dates((date(2023, 4, 1), 'yyyy"年"m"月"')), rows=seven("2023-04")),
    *both("D06", "as Excel shows it", dates("Apr-23", "23-Apr", "4月-23"), rows=seven(*["2023-04"] * 3),
          findings=warnings("excel-display", 3, letter="B", column="期间")),
    *both("D07", "no year anywhere", dates("4月", "4月份"), code=1, findings=(
          error("period-without-year", "B2", column="期间"), error("period-without-year", "B3", column="期间"))),
    *both("D07", "the year of the title", titled(dates("4月", "4月份")), rows=seven("2023-04", "2023-04"), findings=SKIPPED),
    as_book("D07", "the year of the sheet", dates("4月"), sheet="2023年", rows=seven("2023-04")),
    *both("D08", "a running total", titled(dates("1-3月", "1—3月份", "截至3月底", "2023年1-3月", code="parking")), rows=to_march(4), findings=SKIPPED),
    *both("D08", "a running total of a monthly count", titled(dates("1-3月", "1—3月份", "截至3月底")), code=1, findings=tuple(
          error("cumulative-for-flow", f"B{row}", CUMULATIVE, column="期间") for row in (3, 4, 5))),
    *both("D08", "the month of a running total", dates("2023-03", code="parking"), rows=(told(
          "7", code="parking", period="2023-03", period_start="2023-01-01", period_end="2023-03-31", inferred=["period_start"]),)),
    *both("D09", "a quarter", dates(*QUARTERS), rows=seven(*["2023-Q1"] * 4)),
    *both("D09", "a quarter of the title's year", titled(dates("一季度", "上半年")), rows=seven("2023-Q1", "2023-S1"), findings=SKIPPED),
    *both("D09", "half a year", dates("2023年上半年", "2023年下半年"), rows=seven("2023-S1", "2023-S2")),
    *both("D09", "of a monthly indicator", dates("2023Q1", "2023年上半年", code="inspections"), code=1, findings=(
          error("frequency", "B2", column="期间"), error("frequency", "B3", column="期间"))),
    *both("D10", "a year", dates("2022年"), rows=seven("2022")),
    *both("D10", "of a monthly indicator", dates("2022年", code="inspections"), code=1, findings=(error("frequency", "B2", column="期间"),)),
    *both("D11", "no such month", dates("2023年13月", "2023-00"), code=1, findings=(
          error("invalid-month", "B2", "月份无效", column="期间"), error("invalid-month", "B3", "月份无效", column="期间"))),
    *both("D12", "a month to come", dates("2032-04"), code=1, findings=(error("future-period", "B2", "报告期", "在未来", column="期间"),)),
    *both("D13", "March above April", [("海淀区2023年3月城市管理指标月报",), *column(10)], code=1, findings=(
          error("title-month", None, "标题为3月", "数据列为4月", "请确认"),)),
    as_book("D13", "the sheet says March", column(10), sheet="3月", code=1, findings=(error("title-month", None, "3月", "4月"),)),
    as_csv("D13", "the title says the same", [("海淀区2023年4月城市管理指标月报",), *table(("toilets", "2023-04", "全区", 9))],
           rows=(told("9", at=0),), findings=SKIPPED),
)  # fmt: skip
