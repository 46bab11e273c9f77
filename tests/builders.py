"""What a test is not about, each with a plain default: indicators, observations, submissions, small districts on disk."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from metrics import number
from metrics.board.query import Fact
from metrics.catalogue import Catalogue, Declaration
from metrics.intake.check import Checked, Upload, check
from metrics.model import (
    Comment,
    Indicator,
    Kind,
    Observation,
    Organisation,
    Polarity,
    Region,
    Submission,
    Target,
    TargetForm,
    Theme,
)
from metrics.onefile import OneFile
from metrics.period import Period
from metrics.start import Board
from metrics.store import Store, open_store, sums

ROOT = Path(__file__).parent.parent
CONFIG = ROOT / "config.yaml"
NOTICE = ROOT / "data" / "notice"
NOW = datetime(2023, 12, 1, 1, 0, tzinfo=UTC)
DISTRICT = "330106"
SMALL_CONFIG = """\
organisation: {name: 某市某区城市管理委员会, short: 某区城市管理委, district: 某区, code: "330106"}
store: duckdb:board.duckdb
regions: regions.csv
themes:
  - code: waste
    title: 垃圾管理
    short: 垃圾
    indicators:
      - code: contract-rate
        name: 合同签订率
        kind: ratio
        unit: "%"
        polarity: up
        minimum: 0
        maximum: 100
"""
SMALL_REGIONS = """\
code9,name_official,type,aliases_pipe
330106001,东山街道,街道,东山|东山街道办
330106100,西河镇,镇,西河
"""


def path_of(store: Store) -> Path:
    """The file of a store in one file."""
    assert isinstance(store.engine, OneFile)
    return store.engine.path


def held(path: Path) -> dict[str, tuple[int, int]]:
    """Rows and sums of every table of a store in a file that nobody has open."""
    opened = open_store(f"duckdb:{path}")
    try:
        return sums(opened)
    finally:
        opened.close()


def indicator(**given: Any) -> Indicator:
    """A rate in whole percent, bounded by 0 and 100, higher is better, without a target."""
    plain = {
        "code": "rate", "name": "整改率", "kind": Kind.RATIO, "unit": "%", "polarity": Polarity.UP,
        "minimum": Decimal(0), "maximum": Decimal(100),
    }  # fmt: skip
    return Indicator(**{**plain, **given})


def count(**given: Any) -> Indicator:
    """A running total of 处 from 0, where more is neither good nor bad, without a target."""
    plain = {"code": "sites", "name": "清理处数", "kind": Kind.CUMULATIVE, "unit": "处", "polarity": Polarity.NONE}
    return indicator(**{**plain, "maximum": None, **given})


def work(**given: Any) -> Indicator:
    """A piece of work to be done."""
    plain = {"code": "work", "name": "印发方案", "kind": Kind.MILESTONE, "unit": "", "polarity": Polarity.NONE}
    return indicator(**{**plain, "minimum": None, "maximum": None, **given})


def standing(value: int, **given: Any) -> Target:
    """A target that holds on every day."""
    return Target(**{"form": TargetForm.STANDING, "value": Decimal(value), "basis": "某文件第1条", **given})


def observation(value: Decimal | int | str | None = None, *, on: str = "2023-05", **given: Any) -> Observation:
    """An exact figure of the district for a period; `given` overrides any field."""
    exact = None if value is None else Decimal(value)
    plain = {"indicator": "rate", "region": DISTRICT, "value": exact, "lower": exact, "upper": exact}
    return Observation(**{**plain, "period": Period.parse(on), **given})


def periods(**texts: str) -> dict[str, Any]:
    """Fields of an observation that are periods: planned, expected, actual."""
    return {name: Period.parse(text) for name, text in texts.items()}


def written(text: str, *, on: str = "2023-05", **given: Any) -> Observation:
    """A figure as people write it: 超80%, 约1.2万个."""
    said = number.parse(text)
    fields = {"lower": said.lower, "upper": said.upper, "qualifier": said.qualifier, "written": text}
    return observation(said.value, on=on, **{**fields, **given})


def fact(seen: Observation, *, known: date = date(2023, 11, 3), release_id: int = 1) -> Fact:
    """The observation as one that stands in a release."""
    return Fact(observation=seen, known=known, release_id=release_id)


def submission(*observations: Observation, sha256: str = "a", **given: Any) -> Submission:
    """A file handed in; two with the same `sha256` hold the same bytes."""
    plain = {"source": "file", "title": "5月报表", "file": "may.csv", "by": "张三", "known_from": NOW}
    return Submission(**{**plain, "sha256": sha256, "observations": observations, **given})


def remark(what: str = "雨天多", **given: Any) -> Comment:
    """What 张三 wrote about the rate of May 2023."""
    plain = {"indicator": "rate", "region": DISTRICT, "period_end": date(2023, 5, 31), "doing": "", "by_when": None,
             "by": "张三", "at": NOW}  # fmt: skip
    return Comment(**{**plain, "what": what, **given})


def catalogue(*indicators: Indicator, overall: Theme | None = None, **given: Any) -> Catalogue:
    """A catalogue of one theme, waste, with these indicators."""
    theme = Theme(code="waste", title="完善垃圾管理", short="垃圾", indicators=indicators)
    whose = Organisation(name="某区城市管理委员会", short="某区城市管理委", district="某区", code=DISTRICT)
    plain = {"organisation": whose, "store": "duckdb:x", "regions": "x.csv", "themes": (theme,), "overall": overall}
    return Catalogue(Declaration(**{**plain, **given}), (), Path(), "")


REGIONS = (
    Region(code="330106001", name="东山街道", kind="街道", tile=(0, 0)),
    Region(code="330106002", name="南湖街道", kind="街道", tile=(0, 1)),
    Region(code="330106003", name="北门街道", kind="街道", tile=(1, 0)),
    Region(code="330106100", name="西河镇", kind="镇", tile=(1, 1)),
    Region(code="330106101", name="东山镇", kind="镇", tile=(2, 1)),
)


def with_streets(*indicators: Indicator) -> Catalogue:
    """A catalogue of these indicators in a district of three 街道 and two 镇."""
    return dataclasses.replace(catalogue(*indicators), regions=REGIONS)


def of_streets(*values: Decimal | int | str | None, on: str = "2023-05", **given: Any) -> tuple[Fact, ...]:
    """The figures of the first, second ... of REGIONS; None for one that has not reported."""
    return tuple(
        fact(observation(value, on=on, region=region.code, **given))
        for region, value in zip(REGIONS, values, strict=False)
        if value is not None
    )


HEAD = ("指标编码", "指标名称", "期间", "街镇", "数值", "分子", "分母")


def as_csv(*rows: Sequence[str]) -> bytes:
    """A CSV with these rows under HEAD."""
    return "\n".join(",".join(row) for row in (HEAD, *rows)).encode()


def checked(board: Board, *rows: Sequence[str], **given: Any) -> Checked:
    """A check of a CSV with these rows under HEAD."""
    return check(board.store, board.catalogue, [Upload(name="a.csv", data=as_csv(*rows))], at=NOW, **given)


def small_district(folder: Path, *, config: str = SMALL_CONFIG, regions: str = SMALL_REGIONS) -> Path:
    """Another district's config.yaml with its regions file beside it, and no notice."""
    (folder / "regions.csv").write_text(regions, encoding="utf-8")
    (folder / "config.yaml").write_text(config, encoding="utf-8")
    return folder / "config.yaml"


def copy_of_board(folder: Path) -> Path:
    """config.yaml of a copy of the shipped configuration, notice and regions, to be spoilt."""
    shutil.copytree(ROOT / "data" / "regions", folder / "data" / "regions")
    shutil.copytree(NOTICE, folder / "data" / "notice", copy_function=shutil.copyfile)
    shutil.copyfile(CONFIG, folder / "config.yaml")
    return folder / "config.yaml"


def edit(path: Path, old: str, new: str) -> int:
    """Replace the one place where `old` stands; the line it stands on, counted from 1."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path.name}"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1
