"""Every row of vectors/messy_input_cases.csv, as real files through `python -m metrics check FILE --json`.

What is handed in and what must be said of it stands in tests/cases/, a module for each letter of the ids.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from tests.builders import CONFIG, ROOT
from tests.cases import headers, logic, missing, numbers, periods, reading, regions
from tests.cases.case import HEADER, Case, Found, Told, column, figures, table
from tests.check_command import ACCEPTED, REFUSED, WAITS, Answer, Desk, Said, district, staffed
from tests.files import csv_bytes, xlsx

CASES: tuple[Case, ...] = (
    *reading.CASES, *headers.CASES, *numbers.CASES, *missing.CASES, *periods.CASES, *regions.CASES, *logic.CASES,
)  # fmt: skip
BY_STORE = {"F11"}  # the tests of their own below
ASKING = [(case, answer) for case in CASES for answer in case.answers]
PLAIN = csv_bytes(column(2907, 31))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Configuration and store of a district that has reported nothing."""
    folder = tmp_path_factory.mktemp("district")
    return district(folder), folder / "board.duckdb"


@pytest.fixture
def desk(tmp_path: Path, capsys: Said) -> Desk:
    """A district with a store of its own."""
    return staffed(Desk(config=district(tmp_path), store=tmp_path / "board.duckdb", said=capsys))


@pytest.fixture
def shipped(tmp_path: Path, capsys: Said) -> Desk:
    """The shipped configuration with a store of its own."""
    return staffed(Desk(config=CONFIG, store=tmp_path / "board.duckdb", said=capsys))


def handed_in(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def at_desk(case: Case, empty: tuple[Path, Path], folder: Path, said: Said) -> tuple[Desk, Path]:
    """The case's file, and a desk whose store holds what was loaded before it; shared when that is nothing."""
    config, store = empty if not case.before else (district(folder), folder / "board.duckdb")
    desk = Desk(config=config, store=store, said=said)
    if case.before:
        staffed(desk)
    for number, data in enumerate(case.before, 1):
        assert desk.load(handed_in(folder, f"{number}.csv", data())).code == ACCEPTED
    return desk, handed_in(folder, case.name, case.data())


def matches(finding: dict[str, Any], wanted: Found, *, sheet: str | None) -> bool:
    """Whether the finding says what is wanted, of the place that is wanted."""
    at_cell = {"cell": wanted.at, "row": int(wanted.at.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))} if wanted.at else {}
    named = {"rule": wanted.rule, "column": wanted.column, "row": wanted.row, "key": wanted.key}
    expected = {key: value for key, value in named.items() if value} | at_cell | {"severity": wanted.severity}
    if wanted.at:
        expected["sheet"] = sheet
    return (
        expected.items() <= finding.items()
        and all(word in finding["message"] for word in wanted.words)
        and wanted.advice in finding["message"] + finding["fix"]
        and set(wanted.options) <= set(finding["options"])
    )


def hold_findings(case: Case, answer: Answer) -> None:
    """Each finding that is wanted is there, and no other rule stops the file; of an accepted file none warns either."""
    for wanted in case.findings:
        found = [one for one in answer.findings if matches(one, wanted, sheet=case.sheet)]
        assert found, f"not found: {wanted}\namong: {answer.findings}"
    refusing = {one.rule for one in case.findings if one.severity != "warning"}
    assert answer.rules("error", "ask") == refusing, answer.findings
    if case.code == ACCEPTED:
        warned = answer.rules("warning") - case.may
        assert warned == {one.rule for one in case.findings if one.severity == "warning"} - case.may, answer.findings


def hold_rows(rows: list[dict[str, Any]], expected: tuple[Told, ...]) -> None:
    """The rows are these and no others, in any order; only the keys that are expected are compared."""
    got = sorted(rows, key=lambda row: (row["region"], row["code"], row["period_end"]))
    wanted = sorted(expected, key=lambda row: (row["region"], row["code"], row.get("period", "")))
    assert len(got) == len(wanted), got
    assert [{key: row[key] for key in want} for row, want in zip(got, wanted, strict=True)] == wanted


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{case.id} {case.what}") for case in CASES])
def test_says_of_each_file_what_the_specification_says(
    case: Case, empty: tuple[Path, Path], tmp_path: Path, capsys: Said
) -> None:
    desk, path = at_desk(case, empty, tmp_path, capsys)
    answer = desk.check(path, *case.arguments)
    hold_findings(case, answer)
    assert answer.code == case.code
    assert answer.told["accepted"] is (case.code == ACCEPTED)
    assert {key: answer.told["file"][key] for key in case.file} == dict(case.file)
    if case.rows is not None:
        hold_rows(answer.rows, case.rows)


@pytest.mark.parametrize(
    ("case", "chosen"), [pytest.param(case, chosen, id=f"{case.id} {case.what}: {chosen}") for case, chosen in ASKING]
)
def test_takes_each_answer_to_a_question(
    case: Case, chosen: str, empty: tuple[Path, Path], tmp_path: Path, capsys: Said
) -> None:
    desk, path = at_desk(case, empty, tmp_path, capsys)
    answer = desk.check(path, "--answer", f"{case.findings[0].key}={chosen}")
    assert (answer.code, answer.rules("error", "ask")) == (ACCEPTED, set())
    hold_rows(answer.rows, case.answers[chosen])


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{case.id} {case.what}") for case in CASES if case.answers])
def test_an_answer_that_is_no_option_answers_nothing(
    case: Case, empty: tuple[Path, Path], tmp_path: Path, capsys: Said
) -> None:
    desk, path = at_desk(case, empty, tmp_path, capsys)
    assert desk.check(path, "--answer", f"{case.findings[0].key}=perhaps").code == WAITS


def test_a_check_writes_nothing(empty: tuple[Path, Path], tmp_path: Path, capsys: Said) -> None:
    desk = Desk(config=empty[0], store=empty[1], said=capsys)
    assert desk.check(handed_in(tmp_path, "上报.csv", PLAIN)).code == ACCEPTED
    assert desk.releases() == []


def test_every_row_of_the_specification_is_tested() -> None:
    with (ROOT / "tests" / "vectors" / "messy_input_cases.csv").open(encoding="utf-8-sig", newline="") as file:
        listed = {row["id"]: row["action"] for row in csv.DictReader(file)}
    assert len(listed) == 104
    assert {case.id for case in CASES} | BY_STORE == set(listed)
    asked = {case.id for case in CASES if case.code == WAITS}
    assert asked >= {id for id, action in listed.items() if action.startswith("ask")}


def test_f11_the_same_bytes_again_are_not_stored_twice(desk: Desk, tmp_path: Path) -> None:
    path = handed_in(tmp_path, "上报.csv", PLAIN)
    assert desk.load(path).code == ACCEPTED
    again = desk.load(handed_in(tmp_path, "另一个名字.csv", PLAIN))
    assert (again.code, again.rules("error", "ask")) == (REFUSED, {"already-loaded"})
    assert "未重复入库" in again.findings[0]["message"]
    assert len(desk.releases()) == 1


def test_f11_the_same_workbook_again_is_not_stored_twice(desk: Desk, tmp_path: Path) -> None:
    path = handed_in(tmp_path, "上报.xlsx", xlsx(column(2907, 31)))
    assert desk.load(path).code == ACCEPTED
    assert desk.check(path).rules("error") == {"already-loaded"}


def test_f11_what_was_withdrawn_may_come_again(desk: Desk, tmp_path: Path) -> None:
    path = handed_in(tmp_path, "上报.csv", PLAIN)
    desk.load(path)
    desk.undo(desk.releases()[0]["release_id"])
    assert desk.check(path).code == ACCEPTED


def test_f11_other_answers_make_it_another_reading(desk: Desk, tmp_path: Path) -> None:
    path = handed_in(tmp_path, "上报.csv", csv_bytes(column("无", 5, code="calls")))
    assert desk.load(path, "--answer", "none.数值=zero").code == ACCEPTED
    assert desk.check(path, "--answer", "none.数值=zero").rules("error") == {"already-loaded"}
    other = desk.check(path, "--answer", "none.数值=missing", "--reason", "核实后为缺报")
    assert (other.code, other.rules("error")) == (ACCEPTED, set())


def test_d03_a_column_that_may_be_january_or_october_is_not_left_out(desk: Desk, tmp_path: Path) -> None:
    wide = table(("toilets", "万寿路街道", 7, 8), header=("指标编码", "街镇", "2023.1", "2023.2"))
    answer = desk.check(handed_in(tmp_path, "上报.csv", csv_bytes(wide)))
    assert answer.code == WAITS
    assert [(one["rule"], one["cell"]) for one in answer.findings if one["severity"] == "ask"] == [("october", "C1")]


def test_l05_a_revision_with_its_reason_counts_as_one(desk: Desk, tmp_path: Path) -> None:
    desk.load(handed_in(tmp_path, "1.csv", csv_bytes(column(100, 50))))
    answer = desk.check(handed_in(tmp_path, "2.csv", csv_bytes(column(120, 50, 8))), "--reason", "补报")
    assert answer.told["changes"] == {"new": 1, "revised": 1, "unchanged": 1}


def test_the_shipped_catalogue_takes_names_and_aliases(shipped: Desk, tmp_path: Path) -> None:
    rows = table(
        ("合同签订率", "2023年6月", "全区", "95.1%"),
        ("清理公厕", "2023年6月", "全区", "5,120座"),
        header=("指标名称", "月度", "街道", "完成数量"),
    )
    answer = shipped.check(handed_in(tmp_path, "上报.csv", csv_bytes(rows, encoding="gb18030")))
    assert (answer.code, answer.rules("error", "ask")) == (ACCEPTED, set())
    hold_rows(answer.rows, (
        {"code": "contract-rate", "region": "110108", "period": "2023-06", "value": "95.1"},
        {"code": "toilets-cleaned", "region": "110108", "period": "2023-06", "value": "5120", "period_start": "2023-01-01"},
    ))  # fmt: skip


def test_the_shipped_catalogue_knows_its_bounds(shipped: Desk, tmp_path: Path) -> None:
    rows = table(("contract-rate", "2023-06", "全区", "102.88%"), header=HEADER)
    answer = shipped.check(handed_in(tmp_path, "上报.xlsx", xlsx(rows)))
    assert (answer.code, answer.rules("error")) == (REFUSED, {"out-of-bounds"})


def test_a_milestone_is_updated_like_a_figure(shipped: Desk, tmp_path: Path) -> None:
    header = ("指标名称", "期间", "街镇", "状态", "计划完成", "实际完成", "备注")
    rows = table(("智慧场景建设", "2023-06-30", "全区", "已完成", "2023年6月", "2023-06-28", "已验收"), header=header)
    answer = shipped.check(handed_in(tmp_path, "上报.xlsx", xlsx(rows)))
    assert (answer.code, answer.rules("error", "ask")) == (ACCEPTED, set())
    hold_rows(answer.rows, (
        {"code": "smart-scenes", "region": "110108", "period": "2023-06-30", "value": None, "state": "已完成", "planned": "2023-06",
         "actual": "2023-06-28", "note": "已验收"},
    ))  # fmt: skip


def test_a_grade_is_kept_as_written(desk: Desk, tmp_path: Path) -> None:
    answer = desk.check(handed_in(tmp_path, "上报.csv", csv_bytes(table(("road-grade", "2023Q1", "全区", "优秀")))))
    assert answer.code == ACCEPTED
    hold_rows(
        answer.rows, ({"code": "road-grade", "region": "110108", "period": "2023-Q1", "value": None, "state": "优秀"},)
    )


def test_several_rows_several_errors_all_at_once(desk: Desk, tmp_path: Path) -> None:
    answer = desk.check(handed_in(tmp_path, "上报.csv", csv_bytes(column("12,69", "O1", "2907吨", 5))))
    assert [(one["cell"], one["rule"]) for one in answer.findings] == [
        ("D2", "bad-grouping"),
        ("D3", "letter-in-number"),
        ("D4", "unit-mismatch"),
    ]
    assert figures("5")[0]["value"] in {row["value"] for row in answer.rows}
