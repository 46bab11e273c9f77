"""The sender's workbook back: still theirs, with the wrong cells coloured, commented and listed."""

from __future__ import annotations

import io
import time
import zipfile
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font

from metrics.intake import annotate
from metrics.intake.annotate import annotated
from metrics.intake.finding import Finding, Severity, Unreadable
from tests import files

RED, AMBER, YELLOW = "00FFC7CE", "00FFD966", "00FFF9DB"
ROWS = [
    ["指标编码", "期间", "街镇", "数值"],
    ["rate", "2023年5月", "全区", "12,69"],
    ["rate", "2023年6月", "全区", "93.24"],
]


def finding(severity: Severity = Severity.ERROR, **given: Any) -> Finding:
    plain = {"rule": "bad-grouping", "message": "千分位不规范。", "fix": "请确认。"}
    return Finding(severity=severity, **{**plain, **given})


def saved(book: Workbook) -> bytes:
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def own() -> Workbook:
    """A sender's workbook: a formatted sheet, another sheet, a formula, a merged title, a person's comment."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "5月"
    for row in [["某区月报"], *ROWS]:
        sheet.append(row)
    sheet["A1"].font = Font(name="黑体", size=20)
    sheet.merge_cells("A1:D1")
    sheet["D5"] = "=1+1"
    sheet["D4"].number_format = "0.00%"
    sheet["B3"].comment = Comment("张三核对过", "张三")
    sheet.column_dimensions["A"].width = 33
    book.create_sheet("说明")["C7"] = "填报说明"
    return book


def marked(data: bytes, *findings: Finding, name: str = "a.xlsx") -> Workbook:
    return load_workbook(io.BytesIO(annotated(name, data, findings)[1]))


def colour(cell: Any) -> str | None:
    return str(cell.fill.fgColor.rgb) if cell.fill.fill_type else None


def test_the_workbook_stays_the_senders_own() -> None:
    book = marked(saved(own()), finding(sheet="5月", row=3, cell="D3"))
    assert book.sheetnames == ["问题清单", "5月", "说明"]
    sheet = book["5月"]
    assert (sheet["A1"].font.size, sheet.column_dimensions["A"].width, str(sheet.merged_cells)) == (20, 33, "A1:D1")
    assert (sheet["D5"].value, sheet["D4"].number_format, sheet["B3"].comment.text) == ("=1+1", "0.00%", "张三核对过")
    assert book["说明"]["C7"].value == "填报说明"


@pytest.mark.parametrize(
    ("severity", "expected"), [(Severity.ERROR, RED), (Severity.ASK, AMBER), (Severity.WARNING, YELLOW)]
)
def test_a_cell_is_coloured_by_severity_and_says_what_is_wrong(severity: Severity, expected: str) -> None:
    sheet = marked(saved(own()), finding(severity, sheet="5月", row=3, cell="D3"))["5月"]
    assert colour(sheet["D3"]) == expected
    assert sheet["D3"].comment.text.endswith("：千分位不规范。请确认。")
    assert colour(sheet["C3"]) is None
    assert sheet["D3"].value == "12,69"


def test_several_findings_in_one_cell_are_joined_and_the_worst_colours_it() -> None:
    where: dict[str, Any] = {"sheet": "5月", "row": 3, "cell": "B3"}
    found = [finding(Severity.WARNING, message="一。", fix="", **where), finding(message="二。", fix="", **where)]
    cell = marked(saved(own()), *found)["5月"]["B3"]
    assert colour(cell) == RED
    assert cell.comment.text == "张三核对过\n提示：一。\n需改正：二。"


@pytest.mark.parametrize(
    ("place", "cell"),
    [
        pytest.param({"row": 3}, "A3", id="a row stands for its first used cell"),
        pytest.param({"row": 7, "sheet": "说明"}, "C7", id="also when it begins further right"),
        pytest.param({"row": 1, "cell": "C1"}, "A1", id="a merged cell is its range's first"),
        pytest.param({"row": 900, "cell": "B900"}, "B900", id="an empty cell can be what is wrong"),
    ],
)
def test_every_place_has_a_cell(place: dict[str, Any], cell: str) -> None:
    where = {"sheet": "5月", **place}
    book = marked(saved(own()), finding(**where))
    assert colour(book[where["sheet"]][cell]) == RED
    assert book["问题清单"]["C2"].hyperlink.location == f"'{where['sheet']}'!{cell}"


@pytest.mark.parametrize(
    "place", [{}, {"sheet": "不存在", "row": 1, "cell": "A1"}, {"sheet": "5月"}, {"sheet": "5月", "cell": "?"}]
)
def test_what_has_no_place_is_listed_only(place: dict[str, Any]) -> None:
    book = marked(saved(own()), finding(**place))
    assert [cell.value for cell in book["问题清单"][2]][4:] == ["千分位不规范。", "请确认。"]
    assert book["问题清单"]["C2"].hyperlink is None
    assert all(colour(cell) is None for row in book["5月"].iter_rows() for cell in row)


def test_the_list_comes_first_and_leads_to_the_cells() -> None:
    data = saved(own())
    book = marked(
        data, finding(sheet="5月", row=3, column="数值", cell="D3", value="=1+1"), finding(Severity.ASK, sheet="5月")
    )
    sheet = book["问题清单"]
    assert book.active is sheet
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["级别", "工作表", "位置", "原内容", "问题", "怎么改"],
        ["需改正", "5月", "D3", "=1+1", "千分位不规范。", "请确认。"],
        ["待确认", "5月", "整张表", None, "千分位不规范。", "请确认。"],
    ]
    assert (sheet["D2"].data_type, sheet["D2"].quotePrefix) == ("s", True)


def test_marks_of_an_earlier_check_are_taken_off() -> None:
    first = annotated("a.xlsx", saved(own()), [finding(sheet="5月", row=3, cell="D3")])[1]
    book = marked(first, finding(sheet="5月", row=4, cell="D4"))
    sheet = book["5月"]
    assert book.sheetnames == ["问题清单", "5月", "说明"]
    assert (colour(sheet["D3"]), sheet["D3"].comment, colour(sheet["D4"])) == (None, None, RED)
    assert sheet["B3"].comment.text == "张三核对过"


def test_a_list_of_the_senders_own_is_kept() -> None:
    book = own()
    book.create_sheet("问题清单")["A1"] = "某事"
    shown = marked(saved(book), finding())
    assert (shown.sheetnames[0], shown["问题清单"]["A1"].value) == ("问题清单1", "某事")


CSV = files.csv_bytes(ROWS)


@pytest.mark.parametrize(
    ("name", "data", "sheet", "title"),
    [
        ("五月.csv", CSV, None, "数据"),
        ("五月.csv", files.csv_bytes(ROWS, encoding="gb18030"), None, "数据"),
        ("五月.xls", files.xls(ROWS, name="5月"), "5月", "5月"),
        ("五月.ods", files.ods(ROWS, name="5月"), "5月", "5月"),
    ],
)
def test_other_files_become_a_workbook_with_the_same_addresses(
    name: str, data: bytes, sheet: str | None, title: str
) -> None:
    called, made = annotated(name, data, [finding(sheet=sheet, row=2, cell="D2")])
    book = load_workbook(io.BytesIO(made))
    assert (called, book.sheetnames) == ("五月-标注.xlsx", ["问题清单", title])
    assert [[cell.value for cell in row] for row in book[title].iter_rows()] == ROWS
    assert (colour(book[title]["D2"]), book[title]["D2"].number_format) == (RED, "@")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1+1", "@SUM(A1)", "＝1", "＋1", "－1", "＠a"])
def test_no_text_of_a_csv_becomes_a_formula(text: str) -> None:
    cell = marked(files.csv_bytes([*ROWS, ["x", text]]), name="a.csv")["数据"]["B4"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (text, "s", True)


def test_control_characters_that_no_workbook_holds_are_left_out() -> None:
    found = finding(row=2, cell="D2", value="\x0112", message="含\x0b控制字符。")
    book = marked(files.csv_bytes([*ROWS, ["甲\x1f乙" + "字" * 400, "", "", "1"]]), found, name="a.csv")
    assert str(book["数据"]["A4"].value).startswith("甲乙字")
    assert "含控制字符。" in book["数据"]["D2"].comment.text


def test_a_long_comment_is_cut_and_leads_to_the_list() -> None:
    said = [finding(row=2, cell="D2", message=f"第{number}个问题，说得很长很长很长很长。") for number in range(200)]
    text = marked(CSV, *said, name="a.csv")["数据"]["D2"].comment.text
    assert len(text) < 1100
    assert text.endswith("…（见问题清单）")


def test_macros_stay_and_so_does_the_ending() -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(saved(own()))) as old, zipfile.ZipFile(held, "w") as new:
        for part in old.namelist():
            text = old.read(part)
            if part == "[Content_Types].xml":
                text = text.replace(
                    b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
                    b"application/vnd.ms-excel.sheet.macroEnabled.main+xml",
                )
            new.writestr(part, text)
        new.writestr("xl/vbaProject.bin", b"macro")
    name, data = annotated("a.xlsm", held.getvalue(), [finding(sheet="5月", row=3, cell="D3")])
    assert name == "a-标注.xlsm"
    assert zipfile.ZipFile(io.BytesIO(data)).read("xl/vbaProject.bin") == b"macro"
    assert colour(load_workbook(io.BytesIO(data), keep_vba=True)["5月"]["D3"]) == RED


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("五月报表.xlsx", "五月报表-标注.xlsx"),
        ("..\\..\\etc/报表.v2.xlsx", "报表.v2-标注.xlsx"),
        ('a<b>:"|?*\n\u202egpj.xlsx', "abgpj-标注.xlsx"),
        ("长" * 300 + ".xlsx", "长" * 80 + "-标注.xlsx"),
        ("", "文件-标注.xlsx"),
        ("///", "文件-标注.xlsx"),
    ],
)
def test_the_name_is_the_senders_made_safe(name: str, expected: str) -> None:
    assert annotated(name, saved(own()), [])[0] == expected


def test_a_workbook_that_openpyxl_does_not_understand_is_built_anew() -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(saved(own()))) as old, zipfile.ZipFile(held, "w") as new:
        for part in old.namelist():
            broken = part == "xl/styles.xml"
            new.writestr(part, b"<styleSheet xmlns='http://example.org/none'/>" if broken else old.read(part))
    book = marked(held.getvalue(), finding(sheet="5月", row=3, cell="D3"))
    assert (book.sheetnames[:2], colour(book["5月"]["D3"])) == (["问题清单", "5月"], RED)


def test_a_large_file_comes_back_with_its_first_rows_and_those_that_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(annotate, "MANY", 1000)
    rows = [ROWS[0], *([f"a{number}", "b", "c", "1"] for number in range(2, 1001))]
    found = finding(row=777, cell="D777")
    for name, data, title in (
        ("a.csv", files.csv_bytes(rows), "数据"),
        ("a.xlsx", files.xlsx(rows, name="5月"), "5月"),
    ):
        sheet = marked(data, found if title == "数据" else finding(sheet="5月", row=777, cell="D777"), name=name)[title]
        assert [cell.value for cell in sheet["A"] if cell.value] == [
            "指标编码",
            *(f"a{n}" for n in range(2, 41)),
            "a777",
        ]
        assert (sheet["A777"].value, colour(sheet["D777"])) == ("a777", RED)


@pytest.mark.parametrize("what", ["merged", "linked"])
def test_a_range_over_the_whole_sheet_is_not_taken_apart(what: str) -> None:
    book = own()
    data = saved(book)
    held = io.BytesIO()
    extra = (
        b'<mergeCells count="1"><mergeCell ref="A9:XFD1048576"/></mergeCells>'
        if what == "merged"
        else b'<mergeCells/><hyperlinks><hyperlink ref="A1:XFD1048576" location="A1"/></hyperlinks>'
    )
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(held, "w") as new:
        for part in old.namelist():
            text = old.read(part)
            if part == "xl/worksheets/sheet1.xml":
                start, end = text.index(b"<mergeCells"), text.index(b"</mergeCells>") + len(b"</mergeCells>")
                text = text[:start] + extra + text[end:]
            new.writestr(part, text)
    began = time.perf_counter()
    sheet = marked(held.getvalue(), finding(sheet="5月", row=3, cell="D3"))["5月"]
    assert time.perf_counter() - began < 5
    assert colour(sheet["D3"]) == RED


def test_what_is_no_table_is_said_to_be_none() -> None:
    with pytest.raises(Unreadable):
        annotated("a.xlsx", b"\x00\x01\x02\xff" * 50, [])
