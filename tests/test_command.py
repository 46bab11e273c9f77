"""The commands that take files in: exit codes, the one JSON object, and words for people."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from metrics.__main__ import main
from tests.check_command import ACCEPTED, REFUSED, WAITS, WRONG_USAGE, Desk, Said, district, staffed
from tests.files import csv_bytes

HEADER = ("指标编码", "期间", "街镇", "数值")
KEYS = {"code", "period", "region", "value", "lower", "upper", "numerator", "denominator", "qualifier", "obs_status", "state",
        "planned", "actual", "note"}  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path, capsys: Said) -> Desk:
    return staffed(Desk(config=district(tmp_path), store=tmp_path / "board.duckdb", said=capsys))


def file(folder: Path, *rows: tuple[object, ...], name: str = "四月.csv") -> Path:
    path = folder / name
    path.write_bytes(csv_bytes([HEADER, *rows]))  # type: ignore[list-item]
    return path


def test_a_check_prints_one_object_and_stores_nothing(desk: Desk, tmp_path: Path) -> None:
    answer = desk.check(file(tmp_path, ("contract-rate", "2024年4月", "全区", "超80%")))
    assert answer.code == ACCEPTED
    assert set(answer.told) >= {"accepted", "file", "findings", "changes", "rows", "release"}
    assert answer.told["changes"] == {"new": 1, "revised": 0, "unchanged": 0}
    (row,) = answer.rows
    assert set(row) >= KEYS
    assert (row["value"], row["lower"], row["upper"], row["qualifier"]) == ("80", "80", None, "gt")
    assert (answer.told["file"]["encoding"], answer.told["file"]["sheet"], answer.told["release"]) == (
        "utf-8",
        None,
        None,
    )
    assert desk.releases() == []


def test_several_files_are_one_object_a_line_in_their_order(desk: Desk, tmp_path: Path) -> None:
    good = file(tmp_path, ("calls", "2024年4月", "万寿路", 5), name="好.csv")
    bad = file(tmp_path, ("calls", "2024年4月", "八角街道", 5), name="坏.csv")
    code, out = desk.run("check", str(good), str(bad), str(tmp_path / "没有.csv"), "--json")
    told = [json.loads(line) for line in out.splitlines()]
    assert (code, [one["accepted"] for one in told]) == (REFUSED, [True, False, False])
    assert [one["file"]["name"] for one in told] == ["好.csv", "坏.csv", "没有.csv"]
    assert told[2]["findings"][0]["rule"] == "no-file"


def test_a_load_waits_where_nobody_can_confirm(desk: Desk, tmp_path: Path) -> None:
    path = file(tmp_path, ("calls", "2024年4月", "万寿路", 5))
    code, out = desk.run("load", str(path), "--by", "张三", "--json")
    assert (code, json.loads(out)["release"]) == (WAITS, None)
    assert desk.load(path).told["release"] == 1


def test_a_question_waits_for_its_answer(desk: Desk, tmp_path: Path) -> None:
    path = file(tmp_path, ("contract-rate", "2024年4月", "万寿路", "0.9324"))
    asked = desk.check(path)
    assert (asked.code, asked.findings[0]["key"]) == (WAITS, "scale.数值")
    assert asked.findings[0]["options"] == {"percent": "93.24%", "as-written": "0.9324%"}
    answered = desk.load(path, "--answer", "scale.数值=percent")
    assert (answered.code, answered.rows[0]["value"]) == (ACCEPTED, "93.24")


def test_undo_and_restore_are_events_of_a_release(desk: Desk, tmp_path: Path) -> None:
    desk.load(file(tmp_path, ("calls", "2024年4月", "万寿路", 5)))
    desk.undo(1)
    (release,) = desk.releases()
    assert (release["withdrawn"], release["events"][0]["reason"]) == (True, "传错文件")
    code, out = desk.run("restore", "1", "--by", "李四", "--reason", "没有错")
    assert (code, out.split("\t")[5]) == (ACCEPTED, "有效")


def test_what_is_exported_reads_back_the_same(desk: Desk, tmp_path: Path) -> None:
    desk.load(
        file(
            tmp_path,
            ("contract-rate", "2024年4月", "全区", "超80%"),
            ("parking", "2024年4月", "香山", "约1.2万"),
            ("calls", "2024-04", "万寿路", "—"),
        )
    )
    for name in ("全部.csv", "全部.xlsx"):
        code, _ = desk.run("export", "--output", str(tmp_path / name))
        again = desk.check(tmp_path / name)
        assert (code, again.told["changes"]) == (ACCEPTED, {"new": 0, "revised": 0, "unchanged": 3})


@pytest.fixture
def april(desk: Desk, tmp_path: Path) -> Desk:
    """A desk whose store has the calls of April 2024."""
    desk.load(file(tmp_path, ("calls", "2024年4月", "万寿路", 5)))
    return desk


def note(desk: Desk, *arguments: str, month: str = "2024-04") -> tuple[int, str]:
    return desk.run("note", "calls", month, "--by", "张三", *arguments)


def refused_note(desk: Desk, *arguments: str) -> str:
    """The words with which `note` is refused."""
    chosen = ["--config", str(desk.config), "--store", f"duckdb:{desk.store}"]
    assert main(["note", *arguments, "--by", "张三", *chosen]) == REFUSED
    return desk.said.readouterr().err


def test_a_note_is_written_changed_and_taken_back_and_every_version_is_listed(april: Desk) -> None:
    note(april, "--what", "雨天多", "--doing", "加派人手", "--by-when", "2024年5月31日")
    note(april, "--what", "暴雨两次", "--reason", "写得不准")
    code, out = note(april, "--withdraw", "--reason", "写错指标", "--json")
    (told,) = json.loads(out)
    assert (code, told["code"], told["month"], told["standing"]) == (ACCEPTED, "calls", "2024-04", False)
    assert [(one["what"], one["by_when"], one["withdrawn"], one["reason"]) for one in told["versions"]] == [
        ("雨天多", "2024-05-31", False, None),
        ("暴雨两次", None, False, "写得不准"),
        ("", None, True, "写错指标"),
    ]
    assert april.run("notes", "calls", "--json") == (ACCEPTED, out)


def test_notes_are_lines_for_reading_newest_version_first(april: Desk) -> None:
    note(april, "--what", "雨天多\n路滑")
    note(april, "--what", "暴雨两次", "--reason", "写得不准")
    lines = [line.split("\t") for line in april.run("notes", "calls")[1].splitlines()]
    assert [(line[0], line[2], line[3], line[4], line[7]) for line in lines] == [
        ("2024-04", "张三", "有效", "暴雨两次", "写得不准"),
        ("2024-04", "张三", "已被修改", "雨天多 路滑", ""),
    ]


def test_without_notes_nothing_is_printed_and_as_of_a_day_before_them_nothing_either(april: Desk) -> None:
    assert april.run("notes", "calls") == (ACCEPTED, "")
    note(april, "--what", "雨天多")
    assert april.run("notes", "calls", "--as-of", "2024-01-01", "--json") == (ACCEPTED, "[]\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["calls", "2024-05", "--what", "雨天多"], "这个指标2024年5月还没有数据"),
        (["calls", "2024年4月", "--what", "雨天多"], "看不懂月份“2024年4月”"),
        (["calls", "2024-13", "--what", "雨天多"], "看不懂月份“2024-13”"),
        (["nothing", "2024-04", "--what", "雨天多"], "没有编码为 nothing 的指标"),
        (["calls", "2024-04"], "请填写“发生了什么”"),
        (["calls", "2024-04", "--withdraw", "--reason", "误填"], "2024年4月没有可以撤回的说明"),
    ],
)
def test_a_note_that_cannot_be_is_refused_in_words(april: Desk, arguments: list[str], said: str) -> None:
    assert said in refused_note(april, *arguments)
    assert april.run("notes", "calls") == (ACCEPTED, "")


def test_a_note_that_stands_is_not_overwritten_by_accident(april: Desk) -> None:
    note(april, "--what", "雨天多")
    assert "请写明修改或撤回的原因" in refused_note(april, "calls", "2024-04", "--what", "暴雨两次")


def test_people_read_places_and_the_next_step(desk: Desk, tmp_path: Path) -> None:
    code, out = desk.run("check", str(file(tmp_path, ("calls", "2024年4月", "马莲洼街道", "12,69"))))
    assert code == REFUSED
    assert "[错误] C2：没有“马莲洼街道”这个街镇，是否为“马连洼街道”？" in out
    assert "[错误] D2：“12,69”千分位不规范" in out


@pytest.mark.parametrize(
    "arguments", [["check"], ["load", "x.csv"], ["load", "x.csv", "--by"], ["undo", "eins", "--by", "张三", "--reason", "x"], ["undo", "1"],
                  ["note", "calls", "--by", "张三"], ["note", "calls", "2024-04"], ["notes"],
                  ["check", "x.csv", "--answer", "percent"]],
)  # fmt: skip
def test_wrong_usage_is_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == WRONG_USAGE


def test_a_back_up_is_made_and_put_back_and_doctor_is_content_with_it(april: Desk, tmp_path: Path) -> None:
    code, out = april.run("backup", "五月前.duckdb", "--json")
    saved = Path(json.loads(out)["file"])
    assert (code, saved) == (ACCEPTED, tmp_path / "backups" / "五月前.duckdb")
    april.load(file(tmp_path, ("calls", "2024年5月", "万寿路", 6), name="五月.csv"))
    assert main(["restore", str(saved), "--config", str(april.config), "--store", f"duckdb:{april.store}"]) == REFUSED
    assert "没有覆盖" in april.said.readouterr().err
    assert len(april.releases()) == 2
    code, out = april.run("restore", str(saved), "--replace")
    assert (code, "原来的数据改名为" in out) == (ACCEPTED, True)
    assert len(april.releases()) == 1
    code, out = april.run("doctor")
    assert (code, [line[0] for line in out.splitlines()]) == (ACCEPTED, ["✔", "✔", "✔", "✔", "✔", "▲", "✔", "✔"])


def test_to_restore_a_release_somebody_says_why(april: Desk) -> None:
    april.undo(1)
    assert main(["restore", "1", "--config", str(april.config), "--store", f"duckdb:{april.store}"]) == REFUSED
    assert "--by 和 --reason" in april.said.readouterr().err
    assert april.releases()[0]["withdrawn"]


def test_doctor_tells_of_a_store_that_does_not_open(april: Desk) -> None:
    april.store.write_bytes(b"DUCK" * 5000)
    code, out = april.run("doctor", "--json")
    (first, *_) = json.loads(out)
    assert (code, first["name"], first["state"]) == (REFUSED, "打开看板", "故障")
    assert "已损坏" in first["said"]
