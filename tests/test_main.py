"""The command line: what it prints, and what it answers when something is not right."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from metrics.__main__ import main
from metrics.store import open_store
from tests.builders import ROOT, copy_of_board, edit, small_district

Said = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a store that the first command creates."""
    return f"duckdb:{tmp_path_factory.mktemp('main') / 'board.duckdb'}"


def printed(said: Said, *arguments: str) -> str:
    """What a command that does its work prints."""
    assert main(arguments) == 0
    captured = said.readouterr()
    assert captured.err == ""
    return captured.out


def refused(said: Said, *arguments: str) -> str:
    """The message of a command that is refused: on standard error, nothing on standard output, no traceback."""
    assert main(arguments) == 1
    captured = said.readouterr()
    assert captured.out == ""
    assert "Traceback" not in captured.err
    return captured.err


def listed(said: Said, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(printed(said, "figures", "--json", *arguments))
    return found


def test_prints_every_figure_of_the_notice(golden: Callable[[str, str], None], capsys: Said, store: str) -> None:
    golden("figures.json", printed(capsys, "figures", "--json", "--as-of", "2023-11-30", "--store", store))


def test_nothing_was_known_before_the_notice_was_published(capsys: Said, store: str) -> None:
    assert listed(capsys, "--as-of", "2023-11-02", "--store", store) == []
    assert listed(capsys, "--as-of", "2023-11-03", "--store", store) == listed(
        capsys, "--as-of", "2023-11-30", "--store", store
    )


def test_chooses_a_theme_or_an_indicator(capsys: Said, store: str) -> None:
    assert {row["theme"] for row in listed(capsys, "--theme", "waste", "--store", store)} == {"waste"}
    (row,) = listed(capsys, "--code", "filing-rate", "--store", store)
    assert (row["display"], row["lower"], row["upper"]) == ("超80%", "80", "100")
    assert listed(capsys, "--code", "filing-rate", "--theme", "people", "--store", store) == []


def test_a_derived_indicator_is_computed_though_its_parts_are_not_asked_for(capsys: Said, store: str) -> None:
    (row,) = listed(capsys, "--code", "solved-rate", "--store", store)
    assert (row["numerator"], row["denominator"], row["display"]) == ("28", "37", "75.7%")
    assert row["derived_from"] == ["solved-problems", "found-problems"]


def test_prints_lines_for_reading_without_json(capsys: Said, store: str) -> None:
    text = printed(capsys, "figures", "--code", "hazard-rate", "--store", store)
    assert text == "hazard-rate\t一般安全隐患整改率\t全区\t2023-04-18/2023-05-21\t91.2%\t未达标\n"


def test_a_wrong_theme_or_code_is_refused_with_what_there_is(capsys: Said, store: str) -> None:
    assert "没有编码为 wast 的主题。可用：rectification、governance、" in refused(
        capsys, "figures", "--theme", "wast", "--store", store
    )
    assert "没有编码为 nothing 的指标" in refused(capsys, "figures", "--code", "nothing", "--store", store)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["figure"],
        ["figures", "--as-of", "2023-02-30"],
        ["figures", "--as-of", "5月"],
        ["figures", "--theme"],
        ["figures", "--all"],
    ],
)
def test_wrong_usage_is_2(capsys: Said, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "usage: python -m metrics" in capsys.readouterr().err


def test_another_configuration_brings_its_own_store(capsys: Said, tmp_path: Path) -> None:
    assert listed(capsys, "--config", str(small_district(tmp_path))) == []
    assert (tmp_path / "board.duckdb").exists()


def test_a_damaged_configuration_is_refused_with_every_line(capsys: Said, tmp_path: Path) -> None:
    config = copy_of_board(tmp_path)
    lines = [
        edit(config, "short: 垃圾管理", "shirt: 垃圾管理"),
        edit(config, "kind: flow, unit: 起, polarity: down", "kind: flow, polarity: lower"),
    ]
    message = refused(capsys, "figures", "--config", str(config))
    assert all(f"  line {line}: " in message for line in lines)
    assert "Did you mean 'short'?" in message
    assert "Did you mean 'down'?" in message


def test_a_missing_configuration_is_refused(capsys: Said, tmp_path: Path) -> None:
    assert "找不到文件" in refused(capsys, "figures", "--config", str(tmp_path / "none.yaml"))


SPOILT = [
    ("quote: 37个问题", "quote: 36个问题"),
    ("reads: {period: 2023年, value: 5座}", "reads: {period: 2023年, value: 五座}"),
    ("reads: {value: 2907座}", "reads: {value: 公厕2907}"),
    ("reads: {value: 66条}", "reads: {value: 66}"),
    ("period: 2022-09, numerator: 84", "period: 2022-08, numerator: 84"),
    ("code: dump-sites", "code: dump-sitez"),
    ("reads: {value: 65项}", "reads: {value: 65项}, state: 进行中"),
    ("reads: {value: 730条}", "reads: {value: 730条}, value: 730"),
]


def test_damaged_figures_are_refused_with_every_line_and_nothing_is_written(capsys: Said, tmp_path: Path) -> None:
    config = copy_of_board(tmp_path)
    lines = [edit(tmp_path / "data" / "notice" / "figures.yaml", old, new) for old, new in SPOILT]
    message = refused(capsys, "figures", "--config", str(config))
    assert {int(line.split(":")[0].removeprefix("  line ")) for line in message.splitlines()[1:]} == set(lines)
    assert list(tmp_path.rglob("*.duckdb*")) == []


def test_a_damaged_store_is_refused_and_left_alone(capsys: Said, tmp_path: Path) -> None:
    path = tmp_path / "x.duckdb"
    path.write_bytes(b"no database")
    assert "已损坏或不是本看板的数据库" in refused(capsys, "figures", "--store", f"duckdb:{path}")
    assert path.read_bytes() == b"no database"


def test_a_refused_choice_lets_go_of_the_store(capsys: Said, tmp_path: Path) -> None:
    path = tmp_path / "x.duckdb"
    refused(capsys, "figures", "--code", "nothing", "--store", f"duckdb:{path}")
    open_store(f"duckdb:{path}").close()


def test_runs_as_a_command_and_writes_the_schema_again(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "metrics", tmp_path / "metrics", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(ROOT / "README.md", tmp_path / "README.md")
    command = [sys.executable, "-m", "metrics", "docs"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    for name in ("config.schema.json", "README.md"):
        assert (tmp_path / name).read_bytes() == (ROOT / name).read_bytes(), f"{name}: make docs"
