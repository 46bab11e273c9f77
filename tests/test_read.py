"""Files of every kind that offices send, and what each reads as: cells as Excel shows them, or one sentence."""

from __future__ import annotations

import io
import struct
import time
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import pytest
import xlwt  # type: ignore[import-untyped]
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.styles import Font

from metrics.intake import numberformat
from metrics.intake.finding import Finding, Severity, Unreadable
from metrics.intake.read import read
from metrics.intake.sheet import FileRead, Sheet
from metrics.number import NotAFigure, read_cell
from tests.files import Cell, Rows, csv_bytes, ods, ods_of, repacked, sheet_xml, struck, xls, xlsx, zipped

HEADERS = {"指标编码", "期间", "街镇", "数值", "备注"}
TABLE: Rows = [["指标编码", "期间", "街镇", "数值"], ["waste.rate", "2023-04", "万寿路街道", "93.24"]]
READ = [
    {"row": 1, "A": "指标编码", "B": "期间", "C": "街镇", "D": "数值"},
    {"row": 2, "A": "waste.rate", "B": "2023-04", "C": "万寿路街道", "D": "93.24"},
]
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def read_file(data: bytes) -> FileRead:
    return read("月报", data, headers=HEADERS)


def only_sheet(data: bytes) -> Sheet:
    (sheet,) = read_file(data).sheets
    return sheet


def rows_of(data: bytes) -> list[dict[str, object]]:
    """The rows, without their empty cells."""
    rows = only_sheet(data).cells.to_pylist()
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def refused(data: bytes) -> Finding:
    with pytest.raises(Unreadable) as caught:
        read_file(data)
    check_sentence(caught.value.finding)
    return caught.value.finding


def check_sentence(found: Finding) -> None:
    assert found.severity is Severity.ERROR
    assert found.message.endswith(("。", "”后重新上传。"))
    assert found.fix.endswith("。")


def cell_of(cell: Cell) -> object:
    return rows_of(xlsx([[cell]]))[0]["A"]


# -- Text files


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_reads_text_in_the_encodings_that_offices_use(encoding: str) -> None:
    found = read_file(csv_bytes(TABLE, encoding=encoding))
    assert (found.kind, found.encoding, found.delimiter) == ("csv", encoding, ",")
    assert found.sheets[0].cells.to_pylist() == READ
    assert found.findings == ()


def test_an_empty_text_by_which_a_system_keeps_a_code_is_an_empty_cell() -> None:
    read = rows_of(b'="110108001",1\n="",2\n="",=""\n="3",\n')
    assert read == [{"row": 1, "A": "110108001", "B": "1"}, {"row": 2, "B": "2"}, {"row": 4, "A": "3"}]


def test_reads_wide_text_without_its_mark() -> None:
    assert read_file(csv_bytes(TABLE, encoding="utf-16-le")).encoding == "utf-16"


@pytest.mark.parametrize(
    ("delimiter", "called"),
    [
        pytest.param("\t", "制表符", id="tab"),
        pytest.param(";", ";", id="semicolon"),
        pytest.param("，", "，", id="full-width comma"),
    ],
)
def test_tells_an_unusual_delimiter(delimiter: str, called: str) -> None:
    found = read_file(csv_bytes(TABLE, delimiter=delimiter))
    assert found.delimiter == delimiter
    assert found.sheets[0].cells.to_pylist() == READ
    (finding,) = found.findings
    assert (finding.severity, finding.rule) == (Severity.WARNING, "delimiter")
    assert finding.message == f"已按“{called}”分隔识别。"


def test_says_nothing_about_tabs_in_unicode_text_of_excel() -> None:
    found = read_file(csv_bytes(TABLE, encoding="utf-16", delimiter="\t"))
    assert (found.delimiter, found.findings) == ("\t", ())


def test_the_header_words_decide_the_delimiter_and_not_the_commas_in_notes() -> None:
    found = read_file("指标编码;期间;备注\na;4月;一,二,三,四\nb;4月;一,二,三,四\n".encode())
    assert found.delimiter == ";"


def test_a_full_width_comma_in_a_note_is_no_delimiter() -> None:
    found = read_file("指标编码,备注\na,一，二，三\nb,一，二，三\n".encode())
    assert found.delimiter == ","


@pytest.mark.parametrize("body", ["sep=;\nx;y\n1;2\n", '"sep=;"\r\nx;y\r\n1;2\r\n'])
def test_takes_the_hint_for_excel_away_and_counts_as_excel_does(body: str) -> None:
    assert rows_of(body.encode()) == [{"row": 1, "A": "x", "B": "y"}, {"row": 2, "A": "1", "B": "2"}]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("x,y,\r1,2,\r", id="old Mac, empty columns at the end"),
        pytest.param("x,y\r\n1,2\n", id="mixed"),
        pytest.param("x,\0y\n1\0,2\n\x1a", id="NUL, and the end sign of DOS"),
        pytest.param("x,y\n1,2", id="no end"),
        pytest.param("\ufeffx,y\n1,2\n,,,\n", id="BOM and an empty row"),
        pytest.param('"x","y"\n"1",2', id="quotes"),
    ],
)
def test_line_ends_and_empty_columns_make_no_difference(body: str) -> None:
    assert rows_of(body.encode()) == [{"row": 1, "A": "x", "B": "y"}, {"row": 2, "A": "1", "B": "2"}]


QUOTED = ',"a ""b"""'


@pytest.mark.parametrize("tail", [pytest.param("", id="without quotes"), pytest.param(QUOTED, id="with quotes")])
def test_counts_rows_as_excel_does(tail: str) -> None:
    body = f"海淀区月报\n\n指标,数值\n\na,1{tail}\n,,\nb,2\n注：完\n"
    assert [row["row"] for row in rows_of(body.encode())] == [1, 3, 5, 7, 8]


def test_a_line_break_in_quotes_makes_no_row() -> None:
    found = rows_of('"指标\r\n(%)",数值\r\na,1\r\n'.encode())
    assert found == [{"row": 1, "A": "指标\n(%)", "B": "数值"}, {"row": 2, "A": "a", "B": "1"}]


@pytest.mark.parametrize("quote", ["", '"'])
def test_keeps_the_cells_beyond_the_header(quote: str) -> None:
    found = rows_of(f"x,{quote}y{quote}\na,1,269\nb,2\n".encode())
    assert found[1] == {"row": 2, "A": "a", "B": "1", "C": "269"}


def test_many_rows_of_another_width_stay_in_their_order() -> None:
    body = "x,y\n" + "a,1\n\n" * 500 + "注\n"
    found = only_sheet(body.encode()).cells
    assert found["row"].to_pylist() == [1, *range(2, 1002, 2), 1002]
    assert found["A"].to_pylist() == ["x", *["a"] * 500, "注"]


def test_keeps_spaces_and_formula_text_as_written() -> None:
    found = rows_of("　x , y\n=cmd|' /C calc'!A0,+1\n".encode())
    assert found == [{"row": 1, "A": "　x ", "B": " y"}, {"row": 2, "A": "=cmd|' /C calc'!A0", "B": "+1"}]


@pytest.mark.slow
def test_a_million_rows_take_about_a_second() -> None:
    body = "指标编码,期间,街镇,数值\n" + "waste.rate,2023-04,万寿路街道,93.24\n" * 1_000_000
    start = time.process_time()
    assert only_sheet(body.encode()).cells.num_rows == 1_000_001
    assert time.process_time() - start < 4


@given(st.text(st.sampled_from('",\n a1街'), max_size=30))
@example('"",""')
@example('a""b,"c')
@example('"a" ,1')
def test_quotes_read_alike_on_the_fast_way_and_on_the_slow(body: str) -> None:
    """The slow way is Python's reader, which a quote in the middle of a cell always takes."""
    fast, slow = outcome(f"x,y\n{body}\n".encode()), outcome(f'x,y"\n{body}\n'.encode())
    assert fast[1:] == slow[1:]


def outcome(data: bytes) -> list[dict[str, object]] | str:
    try:
        return rows_of(data)
    except Unreadable as error:
        return error.finding.rule


# Without the signs of Western Europe: °¡°¡ is what Chinese looks like in the wrong encoding, and refused as such, as is 锟斤拷.
WESTERN = "".join(map(chr, range(0x80, 0x100)))
plain_cells = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\0\ufffd锟" + WESTERN, exclude_categories=["Cc"]), max_size=5
)


@given(st.lists(st.lists(plain_cells, min_size=2, max_size=5), min_size=1, max_size=6))
@example([["\ufeff", ""], ["", "a"]])
def test_what_was_written_reads_back(cells: list[list[str]]) -> None:
    rows: Rows = [["指标编码", "街镇"], *cells]
    expected = [
        {"row": at, **{"ABCDE"[place]: cell for place, cell in enumerate(line) if cell}}
        for at, line in enumerate(rows, start=1)
        if any(line)
    ]
    assert rows_of(csv_bytes(rows)) == expected


# -- Text that is none


def test_names_the_byte_that_is_in_no_encoding() -> None:
    found = refused("指标,数值\n".encode("gb18030") + b"\xff\xff,1\n")
    assert found.rule == "unreadable-encoding"
    assert found.message == "第11字节无法识别编码，请在Excel中另存为“CSV UTF-8”后重新上传。"


def test_names_the_byte_up_to_which_the_file_was_sound() -> None:
    sound = "指标,数值\n清理公厕,12\n".encode()
    found = refused(sound + "动员辖区单位各类围挡清理卫生死角,3\n".encode("gb18030"))
    assert found.message.startswith(f"第{len(sound) + 1}字节")


@pytest.mark.parametrize("quoted", ['="110108001"', '"=""110108001"""'])
def test_a_code_that_a_system_keeps_from_becoming_a_number_is_its_text(quoted: str) -> None:
    data = f'街镇,数值\n{quoted},="12"\n=1+1,="a"&"b"\n'.encode()
    assert rows_of(data)[1:] == [{"row": 2, "A": "110108001", "B": "12"}, {"row": 3, "A": "=1+1", "B": '="a"&"b"'}]


def test_a_damaged_utf_8_file_is_not_taken_for_chinese_of_another_encoding() -> None:
    whole = csv_bytes([*TABLE, *TABLE, *TABLE])
    assert refused(whole[:10] + b"\xe4" + whole[10:]).rule == "unreadable-encoding"
    assert refused("指标,数值\n街".encode()[:-1]).message.startswith("第15字节")


def as_gbk(text: str) -> str:
    """UTF-8 as a program shows it that takes it for GBK; what is no letter there becomes a question mark."""
    return text.encode().decode("gb18030", "replace").replace("\ufffd", "?")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("指标,锟斤拷锟斤拷\n", id="lost twice"),
        pytest.param("指标,\ufffd\ufffd\n", id="lost"),
        pytest.param(as_gbk("指标编码,期间值,街\n万寿路街道,四季青镇,1\n"), id="UTF-8 as GBK, odd"),
        pytest.param("指标编码,街镇\n".encode().decode("latin-1"), id="UTF-8 as Latin"),
        pytest.param("指标编码,街镇\n".encode().decode("cp1252", "ignore"), id="UTF-8 as Windows Latin"),
        pytest.param("指标编码,街镇\n".encode("gbk").decode("latin-1"), id="GBK as Latin"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_refuses_text_that_was_spoilt_before(text: str, encoding: str) -> None:
    found = refused(text.encode(encoding))
    assert (found.rule, found.message) == ("mojibake", "文件内容已是乱码（编码被转坏），请用原始Excel重新导出。")


def test_text_that_was_turned_wrong_is_refused_also_without_a_lost_letter() -> None:
    assert refused(as_gbk("指标编码,期间,街镇\n").encode()).rule == "mojibake"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize(
    "text",
    [
        "指标,备注\n联通,联通公司\n",
        "指标,备注\n①②③,≥80%　±5℃ ㎡ ½\n",
        "指标,备注\n锟铻,镕堃喆赟\n",
        "指标,备注\n鏂,囦欢,淇℃伅以外的字\n",
        "Straße,Café,Señor Ñandú\nÄÖÜ,àé\n",
        "指标,备注\n—,……\n－－,／\n",
    ],
)
def test_rare_signs_and_names_are_not_taken_for_spoilt(text: str, encoding: str) -> None:
    assert read_file(text.encode(encoding)).encoding == encoding


@pytest.mark.parametrize(
    ("data", "rule", "words"),
    [
        pytest.param(b"", "no-rows", "文件没有数据行", id="nothing"),
        pytest.param(b"\xef\xbb\xbf\r\n \r\n", "no-rows", "文件没有数据行", id="BOM and blank lines"),
        pytest.param(b"\x1a", "no-rows", "文件没有数据行", id="the end sign of DOS"),
        pytest.param(b"%PDF-1.7\n%\xe2\xe3", "not-a-table", "PDF", id="PDF named .csv"),
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0", "not-a-table", "图片", id="picture"),
        pytest.param(b"\xff\xd8\xff\xe0\0\x10JFIF", "not-a-table", "图片", id="photograph"),
        pytest.param(b"GIF89a\x01\0", "not-a-table", "图片", id="gif"),
        pytest.param(b"Rar!\x1a\x07\0", "not-a-table", "压缩包", id="rar"),
        pytest.param(b"<html><body><table><tr><td>1</td></tr></table>", "web-page", "网页表格", id="web page"),
        pytest.param("\ufeff\n<TABLE border=1>".encode("utf-16-le"), "web-page", "网页表格", id="web page in UTF-16"),
        pytest.param(b"MIME-Version: 1.0\nContent-Type: multipart/related", "web-page", "网页表格", id="mhtml"),
        pytest.param(
            b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', "xml-spreadsheet", "XML表格", id="2003"
        ),
        pytest.param(b'<?xml version="1.0"?><a/>', "not-a-table", "XML文件", id="other XML"),
        pytest.param(bytes(range(256)), "not-a-table", "不是表格", id="bytes"),
        pytest.param(b"\x01\x02\x03\x04abc\x05\x06", "not-a-table", "不是表格", id="control signs"),
        pytest.param(b"a,b\n" + b"x" * 40_000 + b",1\n", "cell-too-long", "第2行", id="long cell"),
        pytest.param(b'a,b\n"' + b"x" * 10_000_000 + b'",1\n', "cell-too-long", "32767", id="cell of 10 MB"),
        pytest.param(b",".join([b"x"] * 30_000) + b"\n", "too-many-columns", "表有30000列", id="30,000 columns"),
        pytest.param(b"a\n" * 1_100_001, "too-many-rows", "最多可读1100000行", id="too many rows"),
        pytest.param(b'a,b\n1,2\n"3,4\n5,6\n', "open-quote", "第3行", id="a quote that never ends"),
    ],
)  # fmt: skip
def test_refuses_in_one_sentence_what_is_no_table(data: bytes, rule: str, words: str) -> None:
    found = refused(data)
    assert found.rule == rule
    assert words in found.message


# -- Workbooks

BUILDERS: list[Callable[..., bytes]] = [xlsx, xls, ods]


@pytest.mark.parametrize("build", BUILDERS)
def test_reads_the_same_cells_from_every_kind_of_workbook(build: Callable[..., bytes]) -> None:
    found = read_file(
        build(
            [
                ["指标", "数值", "期间"],
                ["签订率", (0.9324, "0.00%"), date(2023, 4, 1)],
                [None, 2907, datetime.fromisoformat("2023-04-01T08:30")],
                ["", Decimal("93.24"), True],
                [],
                [" 完 ", -0.5],
            ],
            name="四月",
            merged=["A2:A3"],
        )
    )
    (sheet,) = found.sheets
    assert (found.kind, found.encoding, found.delimiter) == (build.__name__, None, None)
    assert (sheet.name, sheet.merged, sheet.hidden, sheet.epoch) == ("四月", ("A2:A3",), False, 1900)
    assert sheet.cells.to_pylist() == [
        {"row": 1, "A": "指标", "B": "数值", "C": "期间"},
        {"row": 2, "A": "签订率", "B": "93.24%", "C": "2023-04-01"},
        {"row": 3, "A": None, "B": "2907", "C": "2023-04-01 08:30:00"},
        {"row": 4, "A": None, "B": "93.24", "C": "TRUE"},
        {"row": 6, "A": " 完 ", "B": "-0.5", "C": None},
    ]


@pytest.mark.parametrize("build", BUILDERS)
def test_what_stands_under_a_merged_cell_is_not_read(build: Callable[..., bytes]) -> None:
    found = rows_of(build([["街镇", "数值"], ["a", 1], ["hidden below", 2]], merged=["A2:A3"]))
    assert found[1:] == [{"row": 2, "A": "a", "B": "1"}, {"row": 3, "B": "2"}]


def test_names_hidden_sheets_and_keeps_their_order() -> None:
    sheets = read_file(xlsx([["a"]], name="填报", more={"字典": [["b"]], "空": []}, hidden=["字典"])).sheets
    assert [(sheet.name, sheet.hidden, sheet.cells.num_rows) for sheet in sheets] == [
        ("填报", False, 1),
        ("字典", True, 1),
        ("空", False, 0),
    ]


@pytest.mark.parametrize(
    ("value", "code", "expected"),
    [
        pytest.param(166.0, "General", "166", id="no decimals are made up"),
        pytest.param(93.239999999999995, "General", "93.24", id="float noise"),
        pytest.param(1.10108e11, "General", "110108000000", id="no exponent"),
        pytest.param(1.5e-7, "General", "0.00000015", id="small"),
        pytest.param(-0.0, "General", "0", id="minus nothing"),
        pytest.param(0.9324, "0.00%", "93.24%", id="percent"),
        pytest.param(0.93245678, "0%", "93.245678%", id="percent is never rounded"),
        pytest.param(0.93, "0.00%;[Red]-0.00%", "93.00%", id="percent in two parts"),
        pytest.param(-0.05, "0.00%;[Red]-0.00%", "-5.00%", id="negative percent"),
        pytest.param(93.24, '0.00"%"', "93.24%", id="a percent sign as text"),
        pytest.param(5.0, "[<1]0.00%;0", "5", id="the part that holds"),
        pytest.param(0.5, "[<1]0.00%;0", "50.00%", id="the other part"),
        pytest.param(2023.1, "0.00", "2023.10", id="October"),
        pytest.param(2023.123, "0.0", "2023.123", id="never rounded"),
        pytest.param(1269.0, "#,##0.00_);(#,##0.00)", "1269.00", id="no separators"),
        pytest.param(-3.0, "#,##0_);(#,##0)", "-3", id="brackets for minus"),
        pytest.param(2907.0, '0"座"', "2907座", id="unit"),
        pytest.param(2907.0, "0座", "2907座", id="unit without quotes"),
        pytest.param(2907.0, "#,##0\\ \\座", "2907座", id="unit, escaped"),
        pytest.param(1.2, '0.0"万"', "1.2万", id="unit of ten thousand"),
        pytest.param(12345.0, '0!.0,"万"', "12345", id="scaled by a trick"),
        pytest.param(12345.0, '0.0,"千"', "12345", id="scaled by a comma"),
        pytest.param(80.0, '"超"0', "超80", id="word in front"),
        pytest.param(80.0, "¥#,##0.00", "80.00", id="currency"),
        pytest.param(0.0, '0;-0;"—"', "0", id="a dash for nothing"),
        pytest.param(0.5, "# ?/?", "0.5", id="fraction"),
        pytest.param(12000.0, "0.00E+00", "12000", id="scientific"),
        pytest.param(7.0, "000", "007", id="code"),
        pytest.param(5.0, "@", "5", id="text"),
        pytest.param(45017.0, "General", "45017", id="a serial stays a number"),
        pytest.param(45017.0, "yyyy/m/d", "2023-04-01", id="date"),
        pytest.param(45017.0, 'yyyy"年"m"月";@', "2023-04", id="month in Chinese"),
        pytest.param(45017.0, "[$-804]yyyy年m月", "2023-04", id="month with language"),
        pytest.param(45017.0, '[DBNum1][$-804]m"月"d"日";@', "2023-04-01", id="Chinese numerals"),
        pytest.param(45017.0, "mmm-yy", "2023-04", id="Apr-23"),
        pytest.param(45017.354166666664, "yyyy-mm-dd", "2023-04-01 08:30:00", id="time part"),
        pytest.param(45017.0, "yyyy/m/d h:mm", "2023-04-01", id="midnight"),
        pytest.param(45017.9999999, "yyyy-mm-dd", "2023-04-02", id="rounded to the second"),
        pytest.param(0.354166666666667, "h:mm", "08:30:00", id="time"),
        pytest.param(0.354166666666667, "上午/下午h:mm", "08:30:00", id="time in Chinese"),
        pytest.param(1.5, "[h]:mm:ss", "36:00:00", id="elapsed"),
        pytest.param(1.0, "yyyy-mm-dd", "1900-01-01", id="first day"),
        pytest.param(60.0, "yyyy-mm-dd", "1900-02-29", id="the day that never was"),
        pytest.param(61.0, "yyyy-mm-dd", "1900-03-01", id="the day after"),
        pytest.param(-1.0, "yyyy-mm-dd", "-1", id="no date"),
        pytest.param(9e9, "yyyy-mm-dd", "9000000000", id="far too late"),
        pytest.param(5.0, '"unclosed', "5", id="broken format"),
        pytest.param(5.0, "", "5", id="empty format"),
        pytest.param(12.0, '"12-"0', '"12-"12', id="digits of the format are none of the figure"),
        pytest.param(12.0, '0"1"', '12"1"', id="digits behind the number"),
        pytest.param(1.0, '"1"0', '"1"1', id="the same digit before the number"),
        pytest.param(12.0, '0".5"', '12".5"', id="decimals of the format"),
        pytest.param(12.0, '0"至20"', '12"至20"', id="half a range"),
        pytest.param(-5.0, '"第1批"0', '"第1批"-5', id="minus behind digits"),
        pytest.param(4.0, '"2024年"0"月"', "2024年4月", id="a year in words"),
        pytest.param(4.0, '"2024-"00', "2024-04", id="a year before its month"),
        pytest.param(27.0, '0"/29"', "27/29", id="so many of 29"),
        pytest.param(3000.0, '"2024-"00', '"2024-"3000', id="no month"),
        pytest.param(12.0, '[>=10]"10以上";0', "10以上", id="a bound in place of the number"),
        pytest.param(8.0, '[>=10]"10以上";0', "8", id="below that bound"),
        pytest.param(12.0, '[>=10]"20以上";0', '"20以上"', id="a bound that is not true"),
        pytest.param(12.0, '[>=10]"5";0', '"5"', id="another number in place of the number"),
        pytest.param(0.85, '[>=0.8]"80%以上";0%', "80%以上", id="a bound in percent"),
        pytest.param(12.0, '"10以上"', "10以上", id="words with digits, whatever the value"),
        pytest.param(0.0, '[=0]"—";0', "0", id="a dash for nothing, by condition"),
        pytest.param(1.0, '[=1]"已完成";[=0]"未完成"', "已完成", id="a state in place of a number"),
    ],
)
def test_shows_a_number_as_its_format_means_it(value: float, code: str, expected: str) -> None:
    assert numberformat.shown(value, code) == expected


@pytest.mark.parametrize("code", [";;;", ";;", ";;;@", "; ;"])
def test_a_number_that_its_format_does_not_show_is_no_figure(code: str) -> None:
    with pytest.raises(NotAFigure):
        read_cell(numberformat.shown(12, code))


def test_counts_days_from_1904_where_the_workbook_does() -> None:
    assert numberformat.shown(43555.0, "yyyy-mm-dd", epoch=1904) == "2023-04-01"


@given(st.floats(allow_nan=True), st.text(max_size=12) | st.sampled_from(list(numberformat.BUILT_IN.values())))
def test_any_format_gives_some_text(value: float, code: str) -> None:
    assert numberformat.shown(value, code)


def test_a_formula_without_a_value_is_never_blank() -> None:
    assert cell_of("=B2*2") == "=B2*2"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        pytest.param('<c r="A1"><f>B2*2</f><v>4</v></c>', "4", id="a formula's value"),
        pytest.param('<c r="A1" t="str"><f>B2</f><v>是</v></c>', "是", id="a formula's text"),
        pytest.param('<c r="A1" t="e"><f>1/0</f><v>#DIV/0!</v></c>', "#DIV/0!", id="error"),
        pytest.param('<c r="A1" t="e"><v>#N/A</v></c>', "#N/A", id="error without formula"),
        pytest.param('<c r="A1" t="b"><v>1</v></c>', "TRUE", id="true"),
        pytest.param('<c r="A1" t="b"><v>0</v></c>', "FALSE", id="false"),
        pytest.param('<c r="A1" t="d"><v>2023-04-01</v></c>', "2023-04-01", id="ISO date"),
        pytest.param('<c r="A1" t="d"><v>2023-04-01T08:30:00Z</v></c>', "2023-04-01 08:30:00", id="ISO time"),
        pytest.param("<c><v>1.10108E+11</v></c>", "110108000000", id="no address, exponent"),
        pytest.param("<c><v>1_269</v></c>", "1_269", id="no number"),
        pytest.param("<c><v>NaN</v></c>", "NaN", id="no number either"),
        pytest.param(
            '<c t="inlineStr"><is><r><t>万寿</t></r><r><t xml:space="preserve">路 </t></r>'
            "<rPh><t>wan</t></rPh></is></c>",
            "万寿路 ",
            id="rich text without its reading",
        ),
        pytest.param('<c t="inlineStr"><is><t>a_x000D_\nb_x005F_</t></is></c>', "a\nb_", id="escapes"),
        pytest.param('<c s="999"><v>5</v></c>', "5", id="unknown style"),
    ],
)
def test_reads_a_cell_as_excel_means_it(cell: str, expected: str) -> None:
    (row,) = rows_of(sheet_xml(f'<row r="1">{cell}</row>'))
    assert row == {"row": 1, "A": expected}


def test_a_shared_formula_without_a_value_is_never_blank() -> None:
    rows = '<row><c><f t="shared" ref="A1:B1" si="0">C1*2</f></c><c><f t="shared" si="0"/></c></row>'
    assert rows_of(sheet_xml(rows)) == [{"row": 1, "A": "=C1*2", "B": "=C1*2"}]


def test_a_nought_that_the_file_itself_calls_stale_is_no_value() -> None:
    book = repacked(
        sheet_xml('<row r="1"><c r="A1"><f>B1</f><v>0</v></c><c r="B1"><v>0</v></c></row>'),
        {"xl/workbook.xml": _workbook_xml('<calcPr fullCalcOnLoad="1"/>')},
    )
    assert rows_of(book) == [{"row": 1, "A": "=B1", "B": "0"}]


def test_counts_rows_and_cells_that_carry_no_address() -> None:
    rows = (
        '<row><c><v>1</v></c><c/><c><v>3</v></c></row><row r="5"><c r="B5"><v>4</v></c></row><row><c><v>6</v></c></row>'
    )
    assert rows_of(sheet_xml(rows)) == [
        {"row": 1, "A": "1", "C": "3"},
        {"row": 5, "B": "4"},
        {"row": 6, "A": "6"},
    ]


def test_empty_columns_that_only_carry_a_format_do_not_count() -> None:
    assert rows_of(sheet_xml('<row r="1"><c r="A1"><v>1</v></c><c r="XFD1" s="0"/></row>')) == [{"row": 1, "A": "1"}]


def _workbook_xml(inside: str, *, space: str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main") -> str:
    links = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return (
        f'<workbook xmlns="{space}" xmlns:r="{links}">{inside}'
        '<sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )


def test_reads_the_epoch_of_1904() -> None:
    book = repacked(xlsx([[date(2023, 4, 1)]]), {"xl/workbook.xml": _workbook_xml('<workbookPr date1904="1"/>')})
    sheet = only_sheet(book)
    assert (sheet.epoch, sheet.cells["A"].to_pylist()) == (1904, ["2027-04-02"])


def _changed(data: bytes, change: Callable[[str], str]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return zipped({name: change(archive.read(name).decode()) for name in archive.namelist()})


def _strict(text: str) -> str:
    return text.replace("http://schemas.openxmlformats.org/spreadsheetml/2006/", "http://purl.oclc.org/ooxml/spreadsheetml/").replace(
        "http://schemas.openxmlformats.org/officeDocument/2006/", "http://purl.oclc.org/ooxml/officeDocument/"
    )  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(_strict, id="the strict kind"),
        pytest.param(lambda text: text.replace("macroEnabled", ""), id="as it is"),
    ],
)
def test_reads_workbooks_of_the_strict_kind(change: Callable[[str], str]) -> None:
    assert rows_of(_changed(xlsx(TABLE), change)) == READ


def test_reads_workbooks_with_prefixes_in_their_xml() -> None:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = f'<x:worksheet xmlns:x="{main}"><x:sheetData><x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    assert rows_of(repacked(xlsx([["x"]]), {"xl/worksheets/sheet1.xml": sheet})) == [{"row": 1, "A": "1"}]


def test_reads_shared_strings() -> None:
    strings = "<sst><si><t>街镇</t></si><si><r><t>万寿</t></r><r><t>路</t></r><rPh><t>x</t></rPh></si></sst>"
    book = repacked(
        sheet_xml('<row><c t="s"><v>1</v></c><c t="s"><v>0</v></c></row>'), {"xl/sharedStrings.xml": strings}
    )
    assert rows_of(book) == [{"row": 1, "A": "万寿路", "B": "街镇"}]


def test_a_workbook_without_styles_is_read() -> None:
    assert rows_of(repacked(xlsx(TABLE), {"xl/styles.xml": None, "docProps/core.xml": None})) == READ


def test_a_sheet_that_is_a_chart_is_left_out() -> None:
    def change(text: str) -> str:
        return text.replace("relationships/worksheet", "relationships/chartsheet")

    assert read_file(_changed(xlsx(TABLE), change)).sheets == ()


def test_a_sheet_whose_link_leads_nowhere_is_not_left_out_silently() -> None:
    assert refused(_changed(xlsx(TABLE), lambda text: text.replace('Id="rId1"', 'Id="rId9"'))).rule == "cut-file"


def test_macros_make_a_workbook_xlsm() -> None:
    def change(text: str) -> str:
        return text.replace(
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
            "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
        )

    assert read_file(_changed(xlsx(TABLE), change)).kind == "xlsm"


TWO_MILLION = (
    '<table:table table:name="a"><table:table-row table:number-rows-repeated="2000000">'
    '<table:table-cell office:value-type="float" office:value="1"/></table:table-row></table:table>'
)


@pytest.mark.parametrize(
    ("data", "rule", "words"),
    [
        pytest.param(zipped({"a.txt": "x"}), "not-a-table", "压缩包", id="zip"),
        pytest.param(zipped({"word/document.xml": "<a/>"}), "not-a-table", "Word文档", id="docx"),
        pytest.param(zipped({"xl/workbook.bin": "x"}), "not-a-table", "xlsb工作簿", id="xlsb"),
        pytest.param(zipped({"mimetype": "application/vnd.oasis.opendocument.text"}), "not-a-table", "文档", id="odt"),
        pytest.param(xlsx(TABLE)[:-200], "cut-file", "文件不完整", id="cut off"),
        pytest.param(xls(TABLE)[:2000], "cut-file", "文件不完整", id="old one cut off"),
        pytest.param(OLE + "EncryptedPackage".encode("utf-16-le"), "password", "工作簿有打开密码", id="password"),
        pytest.param(xls(TABLE).replace(b"\xe1\0\2\0\xb0\4", b"\x2f\0\2\0\0\0"), "password", "工作簿有打开密码", id="old password"),
        pytest.param(OLE + "WordDocument".encode("utf-16-le"), "not-a-table", "Word文档", id="doc"),
        pytest.param(sheet_xml('<row><c t="s"><v>9</v></c></row>'), "cut-file", "文件不完整", id="no such string"),
        pytest.param(sheet_xml('<row r="1"><c><v>1</v></c></row>' * 2), "cut-file", "行号相同", id="two rows of one number"),
        pytest.param(sheet_xml('<row><c r="KZZ1"><v>1</v></c></row>'), "too-many-columns", "列，最多", id="far right"),
        pytest.param(sheet_xml('<row r="9999999"><c><v>1</v></c></row>'), "too-many-rows", "最多可读", id="far down"),
        pytest.param(sheet_xml("<row><c><v>" + "9" * 10_000_000 + "</v></c></row>"), "cell-too-long", "32767", id="cell of 10 MB"),
        pytest.param(ods_of(TWO_MILLION), "too-many-rows", "行", id="ods of two million rows"),
        pytest.param(repacked(ods(TABLE), {"META-INF/manifest.xml": "<manifest:encryption-data/>"}), "password", "密码", id="ods with password"),
    ],
)  # fmt: skip
def test_refuses_workbooks_in_one_sentence(data: bytes, rule: str, words: str) -> None:
    found = refused(data)
    assert found.rule == rule
    assert words in found.message


_BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><worksheet>&b;</worksheet>'


@pytest.mark.parametrize(
    "sheet",
    [
        pytest.param(_BOMB, id="entities"),
        pytest.param("<a>" * 500_000, id="elements in each other"),
        pytest.param("<c>" * 500_000, id="cells in each other"),
        pytest.param("<x:a xmlns:x='y'>" + "<x:c>" * 500_000, id="cells in each other, with prefix"),
        pytest.param('<worksheet a="' + "x" * 20_000_000, id="an endless attribute"),
        pytest.param("<worksheet><!--" + "x" * 20_000_000, id="an endless comment"),
    ],
)
def test_refuses_xml_bombs(sheet: str) -> None:
    assert refused(repacked(xlsx(TABLE), {"xl/worksheets/sheet1.xml": sheet})).rule == "bomb"


@pytest.mark.slow
def test_refuses_a_zip_bomb_without_unpacking_it_all() -> None:
    held = io.BytesIO()
    with (
        zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/workbook.xml", "w", force_zip64=True) as part,
    ):
        part.write(b"<workbook>")
        for _ in range(700):
            part.write(b" " * 1_000_000)
    assert refused(held.getvalue()).rule in {"bomb", "too-large"}


# -- How cells are set

Runs = list[tuple[str, str]]
RUN = {"": "", "super": '<vertAlign val="superscript"/>', "sub": '<vertAlign val="subscript"/>', "struck": "<strike/>"}
FONT = {
    "": "",
    "super": "font: escapement superscript",
    "sub": "font: escapement subscript",
    "struck": "font: struck_out on",
}
SPAN = {
    "super": 'style:text-position="super 58%"',
    "sub": 'style:text-position="-33% 58%"',
    "struck": 'style:text-line-through-style="solid"',
}


def _runs_xml(runs: Runs) -> str:
    return "".join(f'<r><rPr>{RUN[how]}</rPr><t xml:space="preserve">{text}</t></r>' for text, how in runs)


def rich_inline(runs: Runs) -> bytes:
    return sheet_xml(f'<row r="1"><c r="A1" t="inlineStr"><is>{_runs_xml(runs)}</is></c></row>')


def rich_shared(runs: Runs) -> bytes:
    strings = f"<sst><si>{_runs_xml(runs)}</si><si><t>12</t></si></sst>"
    return repacked(sheet_xml('<row r="1"><c r="A1" t="s"><v>0</v></c></row>'), {"xl/sharedStrings.xml": strings})


def rich_xls(runs: Runs) -> bytes:
    book = xlwt.Workbook()
    book.add_sheet("a").write_rich_text(0, 0, [(text, xlwt.easyxf(FONT[how]).font) for text, how in runs])
    return _saved(book)


def rich_ods(runs: Runs) -> bytes:
    spans = "".join(f'<text:span text:style-name="{how}">{text}</text:span>' if how else text for text, how in runs)
    cell = f"<table:table-cell><text:p>{spans}</text:p></table:table-cell>"
    return ods_of(_ods_table(f"<table:table-row>{cell}</table:table-row>"), styles=_text_styles())


def rich_ods_named(runs: Runs) -> bytes:
    """The styles stand in a part of their own, where programs keep those that people have named."""
    space = "urn:oasis:names:tc:opendocument:xmlns:style:1.0"
    styles = f'<a xmlns:style="{space}">{_text_styles()}<style:default-style><style:text-properties/></style:default-style></a>'
    return repacked(
        rich_ods(runs),
        {
            "styles.xml": styles,
            "content.xml": _part(rich_ods(runs), "content.xml").replace(_text_styles().encode(), b""),
        },
    )


def _text_styles() -> str:
    """A style for each way of setting letters, resting on a parent that says it."""
    return "".join(
        f'<style:style style:name="{how}" style:family="text" style:parent-style-name="{how} parent"/>'
        f'<style:style style:name="{how} parent" style:family="text"><style:text-properties {said}/></style:style>'
        for how, said in SPAN.items()
    )


def _ods_table(inside: str) -> str:
    return f'<table:table table:name="a">{inside}</table:table>'


def _saved(book: xlwt.Workbook) -> bytes:
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


@pytest.mark.parametrize("build", [rich_inline, rich_shared, rich_xls, rich_ods, rich_ods_named])
@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        pytest.param([("93.24", ""), ("1", "super")], "93.24¹", id="a footnote"),
        pytest.param([("12", ""), ("10", "super"), ("3", "")], "12¹⁰3", id="a raised run ends"),
        pytest.param([("1000m", ""), ("2", "super")], "1000m²", id="a unit"),
        pytest.param([("12", ""), ("1", "sub")], "12₁", id="a lowered digit"),
        pytest.param([("15", "struck"), (" 12", "")], f"{struck('15')} 12", id="a figure struck out"),
        pytest.param([("12", ""), ("座①", "super")], "12座①", id="no digits"),
    ],
)
def test_letters_that_are_raised_or_struck_out_are_told_from_others(
    build: Callable[[Runs], bytes], runs: Runs, expected: str
) -> None:
    assert rows_of(build(runs))[0]["A"] == expected


def test_a_struck_out_escape_is_read_first() -> None:
    assert rows_of(rich_inline([("a_x0031_", "struck")]))[0]["A"] == struck("a1")


def struck_xlsx() -> bytes:
    book = load_workbook(io.BytesIO(xlsx(WHOLE)))
    for place in ("A1", "B1"):
        book.worksheets[0][place].font = Font(strike=True)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def struck_xls() -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("a")
    for column, value in enumerate(WHOLE[0]):
        sheet.write(0, column, value, xlwt.easyxf(FONT["struck" if column < 2 else ""]))
    return _saved(book)


def struck_ods() -> bytes:
    """The first cell by its own style, the second by that of its column, the third by its own is not."""
    styles = "".join(
        f'<style:style style:name="{name}" style:family="table-cell"><style:text-properties '
        f'style:text-line-through-type="{line}"/></style:style>'
        for name, line in (("out", "single"), ("in", "none"))
    )
    columns = '<table:table-column/><table:table-column table:number-columns-repeated="3" table:default-cell-style-name="out"/>'
    cells = (
        '<table:table-cell table:style-name="out"><text:p>甲</text:p></table:table-cell>'
        '<table:table-cell office:value-type="float" office:value="20"><text:p>20</text:p></table:table-cell>'
        '<table:table-cell table:style-name="in" office:value-type="float" office:value="5"><text:p>5</text:p></table:table-cell>'
    )
    return ods_of(_ods_table(f"{columns}<table:table-row>{cells}</table:table-row>"), styles=styles)


WHOLE: Rows = [["甲", 20, 5]]


@pytest.mark.parametrize("build", [struck_xlsx, struck_xls, struck_ods])
def test_a_cell_that_is_struck_out_as_a_whole_is_read_so(build: Callable[[], bytes]) -> None:
    assert rows_of(build()) == [{"row": 1, "A": struck("甲"), "B": struck("20"), "C": "5"}]


def hidden_xlsx() -> bytes:
    book = load_workbook(io.BytesIO(xlsx(THREE)))
    book.worksheets[0].row_dimensions[2].hidden = True
    book.worksheets[0].column_dimensions["C"].hidden = True
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def hidden_xls() -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("a")
    for row, cells in enumerate(THREE):
        for column, value in enumerate(cells):
            sheet.write(row, column, value)
    sheet.row(1).hidden = True
    sheet.col(2).hidden = True
    return _saved(book)


def hidden_ods(how: str = "collapse") -> bytes:
    columns = '<table:table-column table:number-columns-repeated="2"/><table:table-column table:visibility="collapse"/>'
    rows = [
        "".join(f"<table:table-cell><text:p>{value}</text:p></table:table-cell>" for value in cells) for cells in THREE
    ]
    first, second, third = (f">{cells}</table:table-row>" for cells in rows)
    body = f'<table:table-row{first}<table:table-row table:visibility="{how}"{second}<table:table-row{third}'
    return ods_of(_ods_table(columns + body))


def filtered_ods() -> bytes:
    return hidden_ods("filter")


THREE: Rows = [["a", "b", "c"], ["d", "e", "f"], ["g", "h", "i"]]


@pytest.mark.parametrize("build", [hidden_xlsx, hidden_xls, hidden_ods, filtered_ods])
def test_rows_and_columns_that_are_not_shown_are_read_and_named(build: Callable[[], bytes]) -> None:
    sheet = only_sheet(build())
    assert (sheet.hidden_rows, sheet.hidden_columns, sheet.cells.num_rows) == ((2,), ("C",), 3)


def formulas_xls(*, first: float | None) -> bytes:
    """Two formulas without a result; `first` is what a program has put to the first one."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("a")
    sheet.write(0, 0, xlwt.Formula("10+2"))
    sheet.write(0, 1, xlwt.Formula('IF(A1>0,"","x")'))
    nothing = b"\x03\0\0\0\0\0\xff\xff"
    return _saved(book) if first is None else _saved(book).replace(nothing, struct.pack("<d", first), 1)


def test_an_old_formula_without_a_value_is_never_blank_unless_others_have_one() -> None:
    assert rows_of(formulas_xls(first=None)) == [{"row": 1, "A": "=…", "B": "=…"}]
    assert rows_of(formulas_xls(first=12)) == [{"row": 1, "A": "12"}]


# -- OpenDocument


ERROR = 'office:string-value="" calcext:value-type="error"'


def _ods_rows(cells: str) -> list[dict[str, object]]:
    return rows_of(ods_of(f'<table:table table:name="a"><table:table-row>{cells}</table:table-row></table:table>'))


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        pytest.param('office:value-type="float" office:value="2023.1"><text:p>2023.10</text:p>', "2023.10", id="October"),
        pytest.param('office:value-type="float" office:value="2907"><text:p>2,907座</text:p>', "2907座", id="unit"),
        pytest.param('office:value-type="float" office:value="12345"><text:p>1.2万</text:p>', "12345", id="scaled"),
        pytest.param('office:value-type="percentage" office:value="0.8"><text:p>超80%</text:p>', "超80%", id="a bound"),
        pytest.param('office:value-type="float" office:value="12"><text:p>约12</text:p>', "约12", id="an approximation"),
        pytest.param('office:value-type="float" office:value="12000"><text:p>约1.20万</text:p>', "约1.20万", id="an approximation in 万"),
        pytest.param('office:value-type="float" office:value="12345"><text:p>超1.2万座</text:p>', "超12345座", id="a bound, rounded on screen"),
        pytest.param('office:value-type="float" office:value="12000"><text:p>1.2万余</text:p>', "1.2万余", id="a bound behind 万"),
        pytest.param('office:value-type="float" office:value="12345"><text:p>约1.5万</text:p>', "12345", id="another number"),
        pytest.param('office:value-type="float" office:value="80.449"><text:p>超80.4</text:p>', "超80.449", id="a bound is never rounded"),
        pytest.param('office:value-type="float" office:value="80"><text:p>¥80.00</text:p>', "80.00", id="currency"),
        pytest.param('office:value-type="float" office:value="-3"><text:p>(3)</text:p>', "-3", id="brackets for minus"),
        pytest.param('office:value-type="float" office:value="12"><text:p>12-12</text:p>', "12", id="digits of the format"),
        pytest.param('office:value-type="float" office:value="93.2399"><text:p>93.24</text:p>', "93.2399", id="rounded on screen"),
        pytest.param('office:value-type="float" office:value="1E5"><text:p>1E+05</text:p>', "100000", id="exponent"),
        pytest.param('office:value-type="percentage" office:value="0.93"><text:p>93.00%</text:p>', "93.00%", id="percent"),
        pytest.param('office:value-type="percentage" office:value="0.93245"><text:p>93%</text:p>', "93.245%", id="percent, rounded"),
        pytest.param('office:value-type="date" office:date-value="2023-04-01"><text:p>4月</text:p>', "2023-04-01", id="date"),
        pytest.param('office:value-type="date" office:date-value="2023-04-01T08:30:00"><text:p/>', "2023-04-01 08:30:00", id="time"),
        pytest.param('office:value-type="time" office:time-value="PT08H30M00S"><text:p/>', "08:30:00", id="clock"),
        pytest.param('office:value-type="boolean" office:boolean-value="true"><text:p/>', "TRUE", id="true"),
        pytest.param(f'table:formula="of:=1/0" office:value-type="string" {ERROR}><text:p>#DIV/0!</text:p>', "#DIV/0!", id="error"),
        pytest.param('table:formula="of:=1/0" office:value-type="float" office:value="0"><text:p>#DIV/0!</text:p>', "#DIV/0!", id="error of old programs"),
        pytest.param('table:formula="of:=[.B2]*2">', "=[.B2]*2", id="formula without a value"),
        pytest.param('><text:p>a<text:s text:c="2"/><text:span>b</text:span></text:p><text:p>c</text:p>', "a  b\nc", id="lines and spaces"),
        pytest.param('><office:annotation><text:p>批注</text:p></office:annotation><text:p>值</text:p>', "值", id="note left out"),
    ],
)  # fmt: skip
def test_reads_a_cell_of_opendocument(cell: str, expected: str) -> None:
    assert _ods_rows(f"<table:table-cell {cell}</table:table-cell>") == [{"row": 1, "A": expected}]


def test_repeated_cells_and_rows_are_counted() -> None:
    rows = (
        '<table:table-row table:number-rows-repeated="3"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
        '<table:table-row table:number-rows-repeated="2"><table:table-cell/><table:table-cell table:number-columns-repeated="2" '
        'office:value-type="float" office:value="7"/></table:table-row>'
        '<table:table-row table:number-rows-repeated="1048571"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    found = rows_of(ods_of(f'<table:table table:name="a">{rows}</table:table>'))
    assert found == [{"row": 4, "B": "7", "C": "7"}, {"row": 5, "B": "7", "C": "7"}]


# -- Anything

VALID = [xlsx(TABLE, merged=["A2:B2"]), xls(TABLE), ods(TABLE), csv_bytes(TABLE), csv_bytes(TABLE, encoding="gb18030")]


def ends_in_a_table_or_a_sentence(data: bytes) -> None:
    try:
        read_file(data)
    except Unreadable as error:
        check_sentence(error.finding)


@given(st.binary(max_size=400))
def test_any_bytes_end_in_a_table_or_a_sentence(data: bytes) -> None:
    ends_in_a_table_or_a_sentence(data)


@given(
    st.sampled_from(
        [b"PK\x03\x04", OLE, OLE + "Workbook".encode("utf-16-le"), b"\xff\xfe", b"\xef\xbb\xbf", b"<?xml "]
    ),
    st.binary(),
)
def test_any_bytes_behind_a_known_beginning_end_in_a_sentence(start: bytes, data: bytes) -> None:
    ends_in_a_table_or_a_sentence(start + data)


@pytest.mark.parametrize("data", VALID, ids=["xlsx", "xls", "ods", "csv", "gb18030"])
def test_a_file_cut_off_anywhere_ends_in_a_table_or_a_sentence(data: bytes) -> None:
    for end in range(0, len(data), max(1, len(data) // 300)):
        ends_in_a_table_or_a_sentence(data[:end])


@settings(max_examples=400)
@given(
    st.sampled_from(VALID),
    st.lists(st.tuples(st.integers(min_value=0), st.binary(min_size=1, max_size=4)), min_size=1, max_size=5),
)
def test_a_damaged_file_ends_in_a_table_or_a_sentence(data: bytes, damage: list[tuple[int, bytes]]) -> None:
    spoilt = bytearray(data)
    for at, put in damage:
        place = at % len(data)
        spoilt[place : place + len(put)] = put
    ends_in_a_table_or_a_sentence(bytes(spoilt))


def _part(data: bytes, path: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(path)


@settings(max_examples=300)
@given(
    st.sampled_from(
        [
            (0, "xl/worksheets/sheet1.xml"),
            (0, "xl/workbook.xml"),
            (0, "xl/styles.xml"),
            (0, "xl/_rels/workbook.xml.rels"),
            (2, "content.xml"),
        ]
    ),
    st.integers(min_value=0),
    st.sampled_from([b"0", b'"', b"<", b"9" * 30, b"-1", b"&#x0;", b"/>", b"\xff", b":"]),
)
def test_damage_inside_the_xml_ends_in_a_table_or_a_sentence(part: tuple[int, str], at: int, put: bytes) -> None:
    whole = VALID[part[0]]
    xml = bytearray(_part(whole, part[1]))
    place = at % len(xml)
    xml[place : place + 1] = put
    ends_in_a_table_or_a_sentence(repacked(whole, {part[1]: bytes(xml)}))
