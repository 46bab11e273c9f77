"""F: what the bytes are. Rows of messy_input_cases.csv F01 to F14, except F11 (the store is asked for that)."""

from __future__ import annotations

from functools import partial
from typing import Any

from tests.cases.case import Case, as_book, as_csv, column, error, figures, table, told, warning, warnings
from tests.files import Rows, csv_bytes, ods, xls, xlsx

PLAIN = column(2907, 31)
TEXT = csv_bytes(PLAIN).decode()
GIVEN = figures("2907", "31")
HEADER_ONLY: Rows = table()
NOTED = table(
    ("toilets", "2023-04", "万寿路街道", 7, "=cmd|'/C calc'!A0"),
    ("toilets", "2023-04", "永定路街道", 8, "+1"),
    ("toilets", "2023-04", "羊坊店街道", 9, "@x"),
    header=("指标编码", "期间", "街镇", "数值", "备注"),
)
NOTES = (
    told("7", at=1, note="=cmd|'/C calc'!A0"),
    told("8", at=2, note="+1"),
    told("9", at=3, note="@x"),
)
HARMLESS = warnings("formula-text", 3, letter="E", column="备注")
WEB = "<html><body><table><tr><td>指标编码</td><td>期间</td></tr><tr><td>toilets</td><td>2023-04</td></tr></table></body></html>"


def _bytes(data: bytes) -> bytes:
    return data


def _case(id: str, what: str, data: bytes, *, name: str = "上报.csv", **given: Any) -> Case:
    return Case(id=id, what=what, name=name, data=partial(_bytes, data), **given)


def _delimited(delimiter: str, what: str) -> Case:
    return _case(
        "F08", what, csv_bytes(PLAIN, delimiter=delimiter), rows=GIVEN, findings=(warning("delimiter", None, "已按“", "分隔识别"),),
        file={"delimiter": delimiter},
    )  # fmt: skip


CASES = (
    _case("F01", "as Excel and WPS save CSV", csv_bytes(PLAIN, encoding="gb18030"), rows=GIVEN, file={"encoding": "gb18030"}),
    _case("F02", "with BOM", csv_bytes(PLAIN, encoding="utf-8-sig"), rows=GIVEN, file={"encoding": "utf-8-sig"}),
    _case("F03", "Unicode text", csv_bytes(PLAIN, encoding="utf-16", delimiter="\t"), name="上报.txt", rows=GIVEN,
          file={"encoding": "utf-16", "delimiter": "\t"}),
    _case("F04", "a byte of no encoding, and which", b"code,period\r\n\xffx,2023-04\r\n", code=1,
          findings=(error("unreadable-encoding", None, "第14字节无法识别编码", advice="CSV UTF-8"),)),
    _case("F04", "in the middle of Chinese", csv_bytes(PLAIN) + b"toilets,\xff\xff,1,2\r\n", code=1,
          findings=(error("unreadable-encoding", None, "字节无法识别编码"),)),
    _case("F05", "the replacement character read as GBK", TEXT.replace("期间", "锟斤拷").encode(), code=1,
          findings=(error("mojibake", None, "乱码"),)),
    _case("F05", "UTF-8 read as Latin-1", TEXT.encode().decode("latin-1").encode(), code=1, findings=(error("mojibake", None, "乱码"),)),
    _case("F05", "UTF-8 read as GBK", TEXT.encode().decode("gb18030", "replace").encode(), code=1,
          findings=(error("mojibake", None, "乱码"),)),
    as_book("F05", "in a workbook", table(("toilets", "2023-04", "锟斤拷锟斤拷", 1), ("toilets", "2023-04", "锟斤拷", 2)), code=1,
            findings=(error("mojibake", None, "乱码"),)),
    _case("F06", "a workbook named .csv", xlsx(PLAIN), rows=GIVEN, file={"kind": "xlsx", "encoding": None}),
    _case("F06", "an old workbook named .xlsx", xls(PLAIN), name="上报.xlsx", rows=GIVEN, file={"kind": "xls"}),
    _case("F06", "an OpenDocument workbook named .xls", ods(PLAIN), name="上报.xls", rows=GIVEN, file={"kind": "ods"}),
    _case("F07", "a page named .xls", WEB.encode(), name="上报.xls", code=1, findings=(error("web-page", None, "网页表格"),)),
    _case("F07", "a bare table named .csv in GBK", WEB[12:-14].encode("gb18030"), code=1, findings=(error("web-page", None, "网页表格"),)),
    _delimited(";", "semicolon"),
    _delimited("\t", "tab"),
    _delimited("，", "full-width comma"),
    _case("F09", "the hint is no row", b"sep=,\r\n" + csv_bytes(PLAIN), rows=tuple({**row, "row": at} for at, row in enumerate(GIVEN, 2))),
    _case("F09", "Excel does not count it", b"sep=,\r\n" + csv_bytes(column("2907吨")), code=1, findings=(error("unit-mismatch", "D2"),)),
    _case("F10", "no bytes", b"", code=1, findings=(error("no-rows", None, "文件没有数据行"),)),
    _case("F10", "only line ends", b"\r\n\r\n", code=1, findings=(error("no-rows", None, "文件没有数据行"),)),
    as_csv("F10", "only a header", HEADER_ONLY, code=1, findings=(error("no-rows", None, "文件没有数据行"),)),
    as_book("F10", "only a header", HEADER_ONLY, code=1, findings=(error("no-rows", None, "文件没有数据行"),)),
    as_book("F10", "an empty sheet", [], code=1, findings=(error("no-rows", None, "文件没有数据行"),)),
    _case("F12", "a comma that was not quoted", TEXT.replace("2907", "1,269").encode(), code=1,
          findings=(error("extra-cells", None, "第2行列数多于表头", "1,269", row=2),)),
    _case("F13", "CR only", csv_bytes(PLAIN, ends="\r"), rows=GIVEN),
    _case("F13", "mixed line ends", TEXT.replace("\r\n", "\n", 1).encode(), rows=GIVEN),
    _case("F13", "trailing commas", TEXT.replace("\r\n", ",,,\r\n").encode(), rows=GIVEN),
    _case("F13", "NUL behind the cells", TEXT.replace("2907", "2907\0\0").replace("街道", "街道\0").encode(), rows=GIVEN),
    _case("F13", "NUL at the end", csv_bytes(PLAIN) + b"\0\0\0", rows=GIVEN),
    as_csv("F14", "kept as text", NOTED, rows=NOTES, findings=HARMLESS),
    _case("F14", "kept as text, xls", xls(NOTED), name="上报.xls", sheet="Sheet1", rows=NOTES, findings=HARMLESS),
    as_csv("F14", "a sign in 数值", column("+5", "-3", code="net-change"), rows=figures("5", "-3", code="net-change")),
    _case("F14", "a sign in 数值, xls", xls(column("+5", "-3", code="net-change")), name="上报.xls",
          rows=figures("5", "-3", code="net-change")),
)  # fmt: skip
