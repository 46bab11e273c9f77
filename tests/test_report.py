"""Findings and questions, arranged for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from metrics.intake import report
from metrics.intake.check import Upload, check
from metrics.intake.finding import Finding, Severity
from metrics.intake.report import Line
from metrics.intake.submit import confirm
from metrics.model import Act
from metrics.start import Board
from tests.builders import HEAD, NOW, checked


def finding(**given: Any) -> Finding:
    plain = {"severity": Severity.ERROR, "rule": "some-rule", "message": "街镇为空。", "fix": "请填街镇名称。"}
    return Finding(**{**plain, **given})


def lines(*findings: Finding, **totals: int) -> list[Line]:
    return [
        line
        for group in report.groups(findings, {rule.replace("_", "-"): n for rule, n in totals.items()})
        for line in group.lines
    ]


def at_rows(*rows: int, **given: Any) -> list[Finding]:
    return [finding(row=row, cell=f"D{row}", column="街镇", message=f"第{row}行街镇为空。", **given) for row in rows]


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        pytest.param([7], "第7行 “街镇”列（D列）", id="one place"),
        pytest.param([9, 3, 14], "第3、9、14行 “街镇”列（D列）", id="several, in order"),
        pytest.param(range(2, 30), "第2、3、4、5、6、7行…共28处 “街镇”列（D列）", id="many"),
    ],
)
def test_the_same_mistake_is_one_line_with_all_its_places(rows: Sequence[int], place: str) -> None:
    (line,) = lines(*at_rows(*rows))
    assert (line.place, line.message, line.fix, line.count) == (place, "街镇为空。", "请填街镇名称。", len(rows))


def test_a_sentence_about_rows_of_a_whole_sheet_keeps_their_numbers() -> None:
    (line,) = lines(finding(sheet="四月", message="第8、9行是隐藏的，也已读取。"))
    assert (line.place, line.message) == ("“四月”表", "第8、9行是隐藏的，也已读取。")


def test_places_that_were_not_listed_are_counted() -> None:
    (line,) = lines(*at_rows(2, 3), some_rule=500)
    assert (line.place, line.count) == ("第2、3行…共500处 “街镇”列（D列）", 500)


def test_a_sheet_is_named_and_keeps_its_own_line() -> None:
    assert [line.place for line in lines(*at_rows(2), *at_rows(2, sheet="五月"))] == [
        "第2行 “街镇”列（D列）",
        "“五月”表 第2行 “街镇”列（D列）",
    ]


def test_what_concerns_the_whole_file_comes_first_then_what_is_most_frequent() -> None:
    whole = finding(rule="whole", message="缺少必填列：期间；可下载模板。")
    found = lines(finding(rule="rare", row=2, message="少见。"), *at_rows(2, 3, 4), whole)
    assert [line.message for line in found] == ["缺少必填列：期间；可下载模板。", "街镇为空。", "少见。"]
    assert found[0].place == "整个文件"


def test_errors_come_before_warnings_and_questions_are_asked_elsewhere() -> None:
    found = report.groups([
        finding(severity=Severity.WARNING), finding(severity=Severity.ASK, key="scale.数值"), *at_rows(2, 3),
    ])  # fmt: skip
    assert [(group.word, group.count) for group in found] == [("需要改正", 2), ("提示", 1)]


def test_a_rule_with_many_different_values_is_capped_and_the_rest_is_counted() -> None:
    found = lines(*(finding(row=row, value=str(row), message=f"“{row}”不是数。") for row in range(2, 22)))
    assert len(found) == 9
    assert [(line.message, line.count) for line in found if "同类" in line.message] == [("同类问题还有12处。", 12)]
    assert sum(line.count for line in found) == 20


def test_a_row_that_doubles_another_keeps_the_number_of_the_other() -> None:
    (line,) = lines(finding(severity=Severity.WARNING, row=9, message="第9行与第3行重复，只入库一次。"))
    assert line.message == "第9行与第3行重复，只入库一次。"


def test_a_value_is_shown_where_all_places_have_the_same() -> None:
    assert lines(finding(row=2, value="—"), finding(row=3, value="—"))[0].value == "—"
    assert lines(finding(row=2, value="1"), finding(row=3, value="2"))[0].value == ""


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [
        pytest.param([("filing-rate", "", "2023年10月", "全区", "82")], ("good", "核对无误，可以入库。"), id="well"),
        pytest.param([("filing-rate", "", "2023年10月", "", "82")], ("bad", "有1处需要改正，改好之前不会入库。"), id="wrong"),
        pytest.param(
            [("filing-rate", "", "2023年10月", "全区", "0.82")], ("warn", "还需要您回答下面的问题，回答后即可入库。"), id="a question"
        ),
        pytest.param(
            [("filing-rate", "", "2023年10月", "全区", "—")], ("good", "核对无误，可以入库。有1条提示，请看一眼。"), id="a warning"
        ),
    ],
)  # fmt: skip
def test_one_sentence_says_how_the_file_stands(
    own: Board, rows: list[tuple[str, ...]], verdict: tuple[str, str]
) -> None:
    assert report.verdict(checked(own, *rows)) == verdict


@pytest.mark.parametrize(
    ("found", "said"),
    [
        pytest.param([], ("good", "没有问题"), id="nothing"),
        pytest.param([finding(severity=Severity.WARNING)], ("plain", "1条提示"), id="a warning"),
        pytest.param(
            [finding(severity=Severity.ASK), *at_rows(2, 3)], ("bad", "2处需要改正，1处需要您回答"), id="much"
        ),
    ],
)
def test_a_file_among_several_stands_in_a_few_words(found: list[Finding], said: tuple[str, str]) -> None:
    assert report.in_a_word(found) == said


def test_figures_that_are_revised_are_told_in_the_first_line(own: Board) -> None:
    row = ("filing-rate", "", "2023年10月", "全区")
    confirm(own.store, checked(own, (*row, "82")), act=Act(at=NOW, by="张三"))
    said = "核对无误。有1个数会修改已入库的数，请在下面写明修订原因。"
    assert report.verdict(checked(own, (*row, "83"))) == ("warn", said)


def test_the_same_bytes_again_are_said_to_be_in(own: Board) -> None:
    rows = [("filing-rate", "", "2023年10月", "全区", "82")]
    number = confirm(own.store, checked(own, *rows), act=Act(at=NOW, by="张三")).release_id
    assert report.verdict(checked(own, *rows)) == (
        "good",
        f"已入库，未重复：这个文件就是版本{number}，不用再上传。",
    )


def test_a_file_is_described_in_words_that_everybody_knows(own: Board) -> None:
    text = "\n".join(";".join(row) for row in (HEAD, ["filing-rate", "", "2023年10月", "全区", "82", "", ""]))
    found = check(own.store, own.catalogue, [Upload(name="五月.csv", data=text.encode("gb18030"))], at=NOW)
    line = report.file_line(found.files[0], found.layouts)
    assert (line.name, line.facts) == (
        "五月.csv",
        ("文本表格", "1 KB", "编码：GBK（简体中文）", "分隔符：分号", "表头在第1行"),
    )


@pytest.mark.parametrize(
    ("number", "said"), [(0, "1 KB"), (12_345, "12 KB"), (999_999, "1000 KB"), (3_400_000, "3.4 MB")]
)
def test_sizes_are_said_in_round_figures(number: int, said: str) -> None:
    assert report.size(number) == said


@pytest.mark.parametrize(
    ("name", "stem"),
    [("a/五月.csv", "五月"), ("无后缀", "无后缀"), ('<x>:"|?*.xlsx', "x"), ("...", "文件"), ("a\u202eb.csv", "ab")],
)
def test_a_download_is_called_like_the_file_and_is_harmless(name: str, stem: str) -> None:
    assert report.stem(name) == stem


def test_a_question_shows_what_each_answer_makes_of_the_figure(own: Board) -> None:
    (question,) = report.questions(checked(own, ("filing-rate", "", "2023年10月", "全区", "0.82")).findings)
    assert question.options == {"percent": "“0.82”读作 82%", "as-written": "“0.82”读作 0.82%"}
    assert question.place == "第2行 “数值”列（E列）"


def test_why_figures_are_revised_is_asked_for_in_words(own: Board) -> None:
    row = ("filing-rate", "", "2023年10月", "全区")
    confirm(own.store, checked(own, (*row, "82")), act=Act(at=NOW, by="张三"))
    found = checked(own, (*row, "83"))
    assert (
        report.questions(found.findings),
        report.needs_reason(found.findings),
        report.settled(found),
    ) == ((), True, True)
