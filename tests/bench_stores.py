"""The stores that the dashboard is measured on: the notice, the demonstration, and a wider one with synthetic codes."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from metrics import catalogue as catalogues
from metrics.catalogue import Catalogue
from metrics.demo.make import make
from metrics.model import Submission
from metrics.period import Period
from metrics.start import start
from metrics.store import DEMO, OBSERVATION, append
from tests.servers import ROOT

DISTRICT = "990101"
LAST = date(2026, 10, 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How large a synthetic store is.

    headlines  so many of each theme's indicators are drawn large
    streets    regions besides the whole district
    step       figures waver between 80 and 99: each is so much above the one before, and begins anew above 99
    """

    themes: int
    per_theme: int
    headlines: int
    streets: int
    months: int
    step: int


WIDE = Shape(themes=10, per_theme=30, headlines=4, streets=60, months=60, step=7919)  # 1.1 million figures
PEERS = Shape(themes=10, per_theme=6, headlines=6, streets=28, months=36, step=7)  # 62,640 figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A store to measure: the environment of its server, and the addresses of its pages by name, the overview first."""

    environment: Mapping[str, str]
    pages: Mapping[str, str]


def notice(folder: Path) -> Subject:
    """The shipped board with the notice alone."""
    return Subject(environment=_environment(folder), pages=_pages(catalogues.load(ROOT / "config.yaml"), "hazard-rate"))


def demonstration(folder: Path) -> Subject:
    """All indicators of the catalogue, 30 regions, 36 invented months."""
    store = folder / "demo.duckdb"
    make(ROOT / "config.yaml", store, last=LAST)
    config = store.with_suffix(".yaml")
    pages = {**_pages(catalogues.load(config), "hazard-rate"), **_streets("hazard-rate", "110108001")}
    return Subject(environment=_environment(folder, config, store), pages=pages)


def wide(folder: Path) -> Subject:
    """300 synthetic indicators, 61 regions, 60 months: 1.1 million figures of one release."""
    return synthetic(folder, WIDE)


def synthetic(folder: Path, shape: Shape) -> Subject:
    """Invented indicators with figures that waver, all of one release."""
    config, store = folder / "wide.yaml", folder / "wide.duckdb"
    district(folder, shape)
    at = datetime(2026, 11, 8, 2, tzinfo=UTC)
    board = start(config, at=at, store_url=f"duckdb:{store}", noticed=False)
    try:
        release = Submission(
            source=DEMO, title="合成数据", file="wide.csv", sha256="wide", by="合成", known_from=at, observations=()
        )
        append(board.store, release, at=at, rows=_figures(board.catalogue, shape))
    finally:
        board.store.close()
    pages = {**_pages(board.catalogue, "i0000", themes=2), **_streets("i0000", f"{DISTRICT}001")}
    return Subject(environment=_environment(folder, config, store), pages=pages)


def district(folder: Path, shape: Shape = WIDE) -> Catalogue:
    """The catalogue of so many synthetic indicators and regions, as wide.yaml in the folder."""
    config = folder / "wide.yaml"
    config.write_text(yaml.safe_dump(_declaration(shape), allow_unicode=True), encoding="utf-8")
    with (folder / "wide.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("code9", "name_official", "type", "aliases_pipe"), *_regions(shape.streets)])
    return catalogues.load(config)


STORES: Mapping[str, Callable[[Path], Subject]] = {"notice": notice, "demo": demonstration, "wide": wide}


def _environment(folder: Path, config: Path | None = None, store: Path | None = None) -> dict[str, str]:
    chosen = {"KPI_STORE": f"duckdb:{store or folder / 'board.duckdb'}"}
    return chosen if config is None else {**chosen, "KPI_CONFIG": str(config)}


def _pages(catalogue: Catalogue, code: str, *, themes: int | None = None) -> dict[str, str]:
    named = {theme.short: f"/{theme.code}" for theme in catalogue.themes[:themes]}
    return {"总览": "/", **named, "指标详情": f"/indicator?code={code}", "口径与来源": "/sources"}


def _streets(code: str, region: str) -> dict[str, str]:
    return {"街镇": "/streets", "街镇的一项指标": f"/streets?code={code}", "一个街镇": f"/street?region={region}"}


def _regions(streets: int) -> Iterator[tuple[str, str, str, str]]:
    for at in range(1, streets + 1):
        kind = "街道" if at <= streets // 2 else "镇"
        yield f"{DISTRICT}{at:03}", f"合成{at}{kind}", kind, f"合成{at}"


def _declaration(shape: Shape) -> dict[str, Any]:
    whose = {"name": "合成区城市管理委员会", "short": "合成区城市管理委", "district": "合成区", "code": DISTRICT}
    themes = [
        {
            "code": f"t{at}",
            "title": f"合成主题{at}",
            "short": f"主题{at}",
            "indicators": [
                _indicator(at * shape.per_theme + of, headline=of < shape.headlines) for of in range(shape.per_theme)
            ],
        }
        for at in range(shape.themes)
    ]
    return {"organisation": whose, "store": "duckdb:wide.duckdb", "regions": "wide.csv", "themes": themes}


def _indicator(number: int, *, headline: bool) -> dict[str, Any]:
    """Rates with a target, counts and levels in turns."""
    plain: dict[str, Any] = {"code": f"i{number:03}0", "name": f"合成指标{number}", "headline": headline}
    if number % 3 == 0:
        target = {"form": "standing", "value": 90, "basis": "合成"}
        bounds = {"minimum": 0, "maximum": 100, "targets": [target]}
        return {**plain, "kind": "ratio", "unit": "%", "polarity": "up", "decimals": 1, **bounds}
    return {**plain, "kind": ("flow", "stock")[number % 3 - 1], "unit": "件", "minimum": 0}


def _figures(catalogue: Catalogue, shape: Shape) -> pa.Table:
    """Every indicator, region and month once, with figures that waver."""
    at = LAST.year * 12 + LAST.month - shape.months
    months = [Period.parse(f"{month // 12}-{month % 12 + 1:02}") for month in range(at, at + shape.months)]
    codes, regions = list(catalogue.indicators), list(catalogue.region_names)
    keys = [(code, region, month) for code in codes for region in regions for month in months]
    figures = pa.array([80 + (number * shape.step) % 20 for number in range(len(keys))], pa.int32()).cast(
        pa.decimal128(18, 4)
    )
    told: dict[str, Any] = {
        "row_no": pa.array(range(1, len(keys) + 1), pa.int32()),
        "indicator": [code for code, _, _ in keys],
        "region": [region for _, region, _ in keys],
        "period_start": pa.array([month.start for _, _, month in keys], pa.date32()),
        "period_end": pa.array([month.end for _, _, month in keys], pa.date32()),
        **dict.fromkeys(("value", "lower", "upper"), figures),
        "qualifier": ["exact"] * len(keys),
        "obs_status": ["A"] * len(keys),
        "inferred": [""] * len(keys),
    }
    return observations(pa.table(told))


def observations(told: pa.Table) -> pa.Table:
    """Figures as `append` takes them; what is not told is NULL."""
    missing = set(OBSERVATION.names) - set(told.column_names)
    for name in missing:
        told = told.append_column(name, pa.nulls(told.num_rows, OBSERVATION.field(name).type))
    return told.select(OBSERVATION.names).cast(OBSERVATION)
