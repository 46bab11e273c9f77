"""Runs the command line in this process, against a district of the test's own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from metrics.__main__ import main
from tests.builders import ROOT
from tests.people import join

Said = pytest.CaptureFixture[str]
ACCEPTED, REFUSED, WRONG_USAGE, WAITS = 0, 1, 2, 3

# One indicator of every kind, with and without bounds, decimals, a frequency and relations.
DISTRICT_CONFIG = f"""\
organisation: {{name: 北京市海淀区城市管理委员会, short: 海淀区城市管理委, district: 海淀区, code: "110108"}}
store: duckdb:board.duckdb
regions: {ROOT / "data" / "regions" / "haidian.csv"}
themes:
  - code: work
    title: 城市管理
    short: 管理
    indicators:
      - {{code: contract-rate, name: 合同签订率, kind: ratio, unit: "%", polarity: up, decimals: 2, minimum: 0, maximum: 100}}
      - {{code: task-rate, name: 任务完成率, kind: ratio, unit: "%", polarity: up, decimals: 2, minimum: 0}}
      - {{code: toilets, name: 公厕清理数, kind: flow, unit: 座, minimum: 0}}
      - {{code: calls, name: 案件办理数, kind: flow, unit: 件, minimum: 0}}
      - {{code: units, name: 动员单位数, kind: flow, unit: 个, minimum: 0}}
      - {{code: tonnes, name: 垃圾清运量, kind: flow, unit: 吨, decimals: 2, minimum: 0}}
      - {{code: net-change, name: 点位净增数, kind: flow, unit: 个}}
      - {{code: parking, name: 规范停放数, kind: cumulative, unit: 辆, minimum: 0}}
      - {{code: stations, name: 中转站数, kind: stock, unit: 处, minimum: 0}}
      - {{code: hazards, name: 隐患总数, kind: stock, unit: 件, minimum: 0}}
      - {{code: hazards-done, name: 已整改隐患数, kind: stock, unit: 件, minimum: 0}}
      - {{code: hazards-left, name: 剩余隐患数, kind: countdown, unit: 件, polarity: down, minimum: 0,
         relations: [{{type: remaining, total: hazards, done: hazards-done}}]}}
      - {{code: inspections, name: 检查次数, kind: flow, unit: 次, minimum: 0, frequency: monthly}}
      - {{code: posts, name: 街镇报送点位数, kind: flow, unit: 处, minimum: 0, frequency: monthly, reported_by: streets}}
      - {{code: road-grade, name: 道路检测等次, kind: grade, polarity: up, period_type: quarter}}
      - {{code: scheme, name: 印发工作方案, kind: milestone, period_type: day}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a command answered: its exit code and the JSON object that it printed."""

    code: int
    told: dict[str, Any]

    @property
    def findings(self) -> list[dict[str, Any]]:
        """The findings, most important first."""
        found: list[dict[str, Any]] = self.told["findings"]
        return found

    @property
    def rows(self) -> list[dict[str, Any]]:
        """What the file says after normalising."""
        found: list[dict[str, Any]] = self.told["rows"]
        return found

    def rules(self, *severities: str) -> set[str]:
        """Codes of the rules that found something of these severities."""
        return {finding["rule"] for finding in self.findings if finding["severity"] in severities}


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A district's configuration and store, and a way to run commands on them."""

    config: Path
    store: Path
    said: Said

    def run(self, command: str, *arguments: str) -> tuple[int, str]:
        """Exit code and standard output of one command; a traceback, or a word on standard error, fails the test."""
        self.said.readouterr()
        code = main([command, *arguments, "--config", str(self.config), "--store", f"duckdb:{self.store}"])
        captured = self.said.readouterr()
        assert captured.err == ""
        return code, captured.out

    def refused(self, command: str, *arguments: str) -> str:
        """What a command that is refused says."""
        self.said.readouterr()
        code = main([command, *arguments, "--config", str(self.config), "--store", f"duckdb:{self.store}"])
        captured = self.said.readouterr()
        assert (code, captured.out) == (REFUSED, "")
        assert "Traceback" not in captured.err
        return captured.err

    def check(self, path: Path, *arguments: str) -> Answer:
        """`check FILE --json`."""
        return self._answer("check", path, arguments)

    def load(self, path: Path, *arguments: str) -> Answer:
        """`load FILE --by 张三 --yes --json`."""
        return self._answer("load", path, ["--by", "张三", "--yes", *arguments])

    def undo(self, number: int) -> None:
        """Withdraw that release."""
        code, _ = self.run("undo", str(number), "--by", "张三", "--reason", "传错文件")
        assert code == ACCEPTED

    def releases(self) -> list[dict[str, Any]]:
        """`releases --json`."""
        code, out = self.run("releases", "--json")
        assert code == ACCEPTED
        listed: list[dict[str, Any]] = json.loads(out)
        return listed

    def _answer(self, command: str, path: Path, arguments: Sequence[str]) -> Answer:
        code, out = self.run(command, str(path), *arguments, "--json")
        return Answer(code=code, told=json.loads(out))


def staffed(desk: Desk) -> Desk:
    """The desk with the accounts in whose names these tests write."""
    join(desk.store, "张三", "李四")
    return desk


def district(folder: Path) -> Path:
    """config.yaml of the test's own district, in that folder."""
    path = folder / "config.yaml"
    path.write_text(DISTRICT_CONFIG, encoding="utf-8")
    return path
