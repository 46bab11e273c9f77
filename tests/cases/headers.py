"""H: where the table is, and the rows that are none of its own. Rows of messy_input_cases.csv H01 to H18."""

from __future__ import annotations

from tests.cases.case import Case, as_book, as_csv, both, column, error, figures, table, told, warning
from tests.files import Rows

TITLE = "海淀区2023年4月城市管理指标月报"
PLAIN = column(10, 20)
GIVEN = figures("10", "20")
TWO_ROWS: Rows = [
    ("期间", "街镇", "环卫", None),
    (None, None, "公厕清理数", "案件办理数"),
    ("2023-04", "万寿路街道", 10, 3),
]
UNCLEAR: Rows = [("期间", "街镇", "环卫", None), (None, None, "甲类", "乙类"), ("2023-04", "万寿路街道", 10, 3)]
MERGED_HEADER = ("A1:A2", "B1:B2", "C1:D1")
PARTS = ("指标编码", "期间", "街镇", "分子", "分母")


def renamed(old: str, new: str) -> Rows:
    """The plain table with another word over one column."""
    return [[new if cell == old else cell for cell in row] for row in PLAIN]


def rates(header: str) -> Rows:
    """A rate under a header that names its unit."""
    return table(("contract-rate", "2023-04", "万寿路街道", 93.24), header=("指标编码", "期间", "街镇", header))


RATE = (told("93.24", code="contract-rate", row=2),)
WIDE = [(TITLE[:8],), ("指标编码", "街镇", "1月", "2月", "3月"), ("toilets", "万寿路街道", 5, 6, 7)]
MONTHS = tuple(told(value, period=f"2023-0{month}") for month, value in enumerate(("5", "6", "7"), start=1))
BELOW: Rows = [
    (None, None, None, None),
    ("注：本表不含闭园公厕",),
    ("填报人：张三", None, "审核：李四"),
    ("数据来源：环卫中心",),
]
CATALOGUED = ("指标名称", "期间", "街镇", "数值")


def _synonyms() -> list[Case]:
    words = ("镇街", "街道（乡镇）", "单位", "区域", "所属街镇", "街镇")
    return [case for word in words for case in both("H05", f"{word} means 街镇", renamed("街镇", word), rows=GIVEN)]


CASES = (
    *both("H01", "a title above the header", [(TITLE,), *PLAIN], rows=tuple({**row, "row": at} for at, row in enumerate(GIVEN, 3)),
          findings=(warning("title-rows", None, "已跳过表头上方1行"),)),
    *both("H01", "rows are counted as Excel does", [(TITLE,), ("单位：座",), *column("12,69")], code=1,
          findings=(error("bad-grouping", "D4"),)),
    as_book("H01", "a merged title", [(TITLE, None, None, None), *PLAIN], merged=("A1:D1",), rows=GIVEN,
            findings=(warning("title-rows", None, "已跳过表头上方1行"),)),
    as_book("H02", "two rows that name indicators", TWO_ROWS, merged=MERGED_HEADER, rows=(told("10", row=3), told("3", code="calls", row=3))),
    as_book("H02", "two rows that do not", UNCLEAR, merged=MERGED_HEADER, code=1, findings=(error("merged-header", None, "多级合并", "模板"),)),
    *both("H03", "the unit on a second line", rates("完成率\n(%)"), rows=RATE),
    *both("H03", "the unit in full-width brackets", rates("完成率（％）"), rows=RATE),
    *both("H03", "the unit without brackets", rates("完成率%"), rows=RATE),
    *both("H04", "spaces around", [["  指标编码　" if cell == "指标编码" else f" {cell}　" for cell in PLAIN[0]], *PLAIN[1:]], rows=GIVEN),
    *both("H04", "NBSP and zero width", [[f"\u00a0{cell}\u200b" for cell in PLAIN[0]], *PLAIN[1:]], rows=GIVEN),
    *both("H04", "a byte order mark in a header", [[f"\ufeff{cell}" for cell in PLAIN[0]], *PLAIN[1:]], rows=GIVEN),
    *_synonyms(),
    *both("H06", "数值 twice", [(*row, row[-1]) for row in PLAIN], code=1,
          findings=(error("duplicate-column", "E1", "列“数值”出现两次"),)),
    *both("H07", "期间 is missing", [row[:1] + row[2:] for row in map(list, PLAIN)], code=1,
          findings=(error("missing-column", None, "缺少必填列", "期间", "模板"),)),
    *both("H07", "街镇 and 数值 are missing", [row[:2] for row in map(list, PLAIN)], code=1,
          findings=(error("missing-column", None, "缺少必填列", "街镇", "数值"),)),
    *both("H08", "天气", [(*row, "天气" if at == 0 else "晴") for at, row in enumerate(PLAIN)], rows=GIVEN,
          findings=(warning("unknown-column", "E1", "列“天气”未识别，未入库", column="天气"),)),
    *both("H09", "the year in the title", WIDE, rows=MONTHS, findings=(warning("title-rows"),)),
    *both("H09", "the year in each header", [("指标编码", "街镇", "2023年1月", "2023年2月", "2023年3月"), WIDE[2]], rows=MONTHS),
    *both("H09", "a wrong cell is named by its own column", [("指标编码", "街镇", "2023年1月", "2023年2月", "2023年3月"),
          ("toilets", "万寿路街道", 5, "2907吨", 7)], code=1, findings=(error("unit-mismatch", "D2", column="2023年2月"),)),
    *both("H10", "numbers in front", [("序号", *PLAIN[0]), (1, *PLAIN[1]), (2, *PLAIN[2])], rows=GIVEN),
    *both("H11", "a total that agrees", [*PLAIN, ("toilets", "2023-04", "合计", 30)], rows=GIVEN),
    *both("H11", "a total that does not", [*PLAIN, ("toilets", "2023-04", "总计", 31)], code=1,
          findings=(error("total-differs", "D4", "表内31", "求和30", "差1"),)),
    *both("H11", "小计 is one too", [*PLAIN, ("toilets", "2023-04", "小计", 29)], code=1,
          findings=(error("total-differs", "D4", "表内29", "求和30"),)),
    *both("H11", "小计 of what stands since the last one", [*PLAIN, ("toilets", "2023-04", "小计", 30), ("toilets", "2023-04", "羊坊店街道", 5),
          ("toilets", "2023-04", "小计", 5), ("toilets", "2023-04", "合计", 35)], rows=figures("10", "20", "5")),
    *both("H11", "a total without code and month", [*PLAIN, ("合计", None, None, 31)], code=1,
          findings=(error("total-differs", "D4", "表内31", "求和30"),)),
    *both("H11", "of a rate by its parts", table(("contract-rate", "2023-04", "万寿路街道", 1, 2), ("contract-rate", "2023-04", "永定路街道", 1, 4),
          ("contract-rate", "2023-04", "合计", 3, 6), header=PARTS), code=1,
          findings=(error("total-differs", "D4", "表内3", "求和2", column="分子"),)),
    *both("H11", "of a rate whose parts agree", table(("contract-rate", "2023-04", "万寿路街道", 1, 2), ("contract-rate", "2023-04", "永定路街道", 1, 4),
          ("contract-rate", "2023-04", "合计", 2, 6), header=PARTS),
          rows=(told("50", code="contract-rate", lower=None, upper=None, numerator="1", denominator="2"),
                told("25", at=2, code="contract-rate", lower=None, upper=None, numerator="1", denominator="4"))),
    *both("H11", "全区 is stored", [*PLAIN, ("toilets", "2023-04", "全区", 30)], rows=(*GIVEN, told("30", at=0))),
    *both("H12", "平均", [*PLAIN, ("toilets", "2023-04", "平均", 15)], rows=GIVEN, findings=(warning("average-row", None, "行已忽略", row=4),)),
    *both("H12", "平均值", [*PLAIN, ("平均值", None, None, 15)], rows=GIVEN, findings=(warning("average-row", None, "行已忽略", row=4),)),
    *both("H13", "a part is not added again", table(
          ("案件办理数", "2023-04", "万寿路街道", 10), ("其中：夜间案件", "2023-04", "万寿路街道", 4), ("案件办理数", "2023-04", "永定路街道", 20),
          ("案件办理数", "2023-04", "合计", 30), header=CATALOGUED), rows=figures("10", "20", code="calls"),
          findings=(warning("sub-item", None, row=3),)),
    *both("H14", "what stands below", [*PLAIN, *BELOW], rows=GIVEN),
    *both("H15", "blank rows keep their numbers", [PLAIN[0], PLAIN[1], (None, None, None, None), ("", " ", "　", ""), PLAIN[2]],
          rows=tuple({**row, "row": at} for at, row in zip((2, 5), GIVEN, strict=True))),
    as_book("H16", "a merged 街镇 holds for its rows", table(("toilets", "2023-04", "万寿路街道", 10), ("calls", "2023-04", None, 3),
            ("units", "2023-04", "永定路街道", 4)), merged=("C2:C3",),
            rows=(told("10"), told("3", code="calls"), told("4", at=2, code="units"))),
    as_book("H16", "outside the merge it does not", table(("toilets", "2023-04", "万寿路街道", 10), ("calls", "2023-04", None, 3),
            ("units", "2023-04", None, 4)), merged=("C2:C3",), code=1,
            findings=(error("region-missing", "C4", "第4行街镇为空", column="街镇"),)),
    # The issue makes a blank 街镇 an error, never a total; the table of cases would only warn.
    as_csv("H16", "a CSV knows no merge", table(("toilets", "2023-04", "万寿路街道", 10), ("calls", "2023-04", None, 3)), code=1,
           findings=(error("region-missing", "C3", "第3行街镇为空", column="街镇"),)),
    *both("H17", "told twice, kept once", [*PLAIN, PLAIN[1]], rows=GIVEN, findings=(warning("duplicate-row", None, row=4),)),
    *both("H18", "two values for one month", [*PLAIN, ("toilets", "2023-04", "万寿路街道", 11)], code=1,
          findings=(error("conflicting-rows", "D2", "万寿路街道", "公厕清理数", "10", "11"),
                    error("conflicting-rows", "D4", "万寿路街道", "公厕清理数", "10", "11"))),
)  # fmt: skip
