"""config.yaml and the regions file -> one Catalogue; every mistake in them named at once, with its line."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from metrics.errors import Problem, Refused, refused_file
from metrics.model import (
    STRICT,
    BackupPlan,
    Campaign,
    Change,
    Department,
    Indicator,
    Kind,
    OpenId,
    Organisation,
    PartOf,
    Polarity,
    Rate,
    Recurrence,
    Region,
    Remaining,
    Review,
    SignIn,
    Target,
    TargetForm,
    Theme,
    Thresholds,
)  # fmt: skip
from metrics.yamlfile import Document, Place, guess, parse, read, validate

WHOLE = "全区"
HEADERS: dict[str, tuple[str, ...]] = {
    "指标编码": ("编码", "指标代码", "代码"),
    "指标名称": (
        "指标", "名称", "指标名", "项目", "统计项目", "项目名称", "考核指标", "统计指标", "工作内容", "工作任务", "重点任务", "事项",
    ),
    "期间": (
        "月份", "月", "季度", "半年度", "报告期", "统计期", "统计期间", "统计周期", "统计时间", "统计日期", "统计年月", "统计月", "统计月份",
        "报告月", "报告月份", "报表月份", "数据月份", "数据日期", "所属期", "所属月份", "活动月份", "账期", "时间", "年月", "日期", "期别",
    ),
    "街镇": (
        "街道", "镇街", "街镇名称", "镇街名称", "街道名称", "街道（镇）名称", "街道/镇", "街乡镇", "街道（乡镇）", "街道(乡镇)", "乡镇（街道）",
        "街道乡镇", "乡镇街道", "街道（镇）", "街道办事处", "所属街镇", "所属街道", "所在街镇", "属地街镇", "责任街镇", "区划名称", "区划代码",
        "区域", "属地", "地区", "单位名称", "填报单位", "报送单位", "上报单位",
    ),
    "数值": (
        "值", "数据", "数量", "指标值", "完成值", "完成量", "完成率", "整改率", "完成情况", "实际数", "实际值", "实际完成数", "实际完成量",
        "实际完成值", "实际完成情况", "期末数", "本月", "本月数", "本月完成", "本月完成数", "本月完成值", "本月实际完成", "当月", "当月数",
        "当月值", "当月完成", "当月完成数", "当月完成值", "本期数", "本期值", "累计", "累计值", "累计数", "累计量", "累计数量", "累计完成",
        "累计完成数", "累计完成量", "累计完成值", "累计完成情况", "本年累计", "本年累计数", "本年累计值", "本年累计完成", "本年累计完成数",
        "年度累计", "年累计", "今年累计", "年初至今累计", "自年初累计", "1月至本月累计",
    ),
    "分子": ("完成数", "已完成数", "已整改", "已整改数"),
    "分母": ("总数", "应完成数", "任务数", "发现隐患", "发现隐患数"),
    "限定": ("限定词", "修饰"),
    "备注": ("说明", "备注说明"),
    "状态": (
        "进展", "进展状态", "进展情况", "工作进展", "工作状态", "目前进展", "推进情况", "落实情况", "完成状态", "是否完成",
    ),
    "计划完成": ("计划完成时间", "计划时间", "完成时限", "计划完成日期"),
    "实际完成": ("实际完成时间", "完成时间", "实际完成日期"),
    "单位": ("计量单位",),
    "年份": ("年度", "年"),
    "序号": ("编号", "口径", "上期数值", "上月数值", "上月值", "上期值", "指标口径", "责任科室", "责任单位", "主题"),
}  # fmt: skip
RESERVED = {
    "overview",
    "indicator",
    "sources",
    "upload",
    "releases",
    "known",
    "streets",
    "street",
    "wall",
    "healthz",
    "sign-in",
    "sign-out",
    "sign-in-oidc",
    "signed-in-oidc",
    "first",
    "account",
    "accounts",
    "audit",
    "metrics",
    "board",
    "static",
    "media",
    "component",
}
TILE = ("tile_row", "tile_col")  # columns of the regions file; without them there is no tile map
DECLARED = (
    Organisation, Thresholds, Department, Theme, Campaign, Indicator, Target, Change, PartOf, Remaining, Rate, Recurrence,
    BackupPlan, SignIn, OpenId,
)  # fmt: skip


Header = Literal[
    "指标编码", "指标名称", "期间", "街镇", "数值", "分子", "分母", "限定", "备注", "状态", "计划完成", "实际完成", "单位", "年份", "序号",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """config.yaml as written: the organisation, what it measures, and where its other files lie.

    store    where releases are kept: duckdb:PATH, relative to this file, or ducklake:postgres:… as in docs/scale.md
    regions  CSV of the 街镇, relative to this file
    notice   figures of a public notice, loaded as the first release; leave out where there is none
    overall  indicators that belong to no theme and stand on the overview only
    headers  more words for the columns of an uploaded file, by the column they mean: 期间: [月度]
    backup   where back-ups go and when; leave out for one a day beside the store
    review   required: a release is 初报, for those who write, until a second person approves it; off: it counts at once
    sign_in  who may look, and how people sign in; leave out for open reading and accounts of the board's own
    demonstration  whether duties and targets are invented; such a catalogue opens a demonstration store and no other
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    organisation: Organisation
    store: str
    regions: str
    themes: tuple[Theme, ...]
    notice: str | None = None
    overall: Theme | None = None
    departments: tuple[Department, ...] = ()
    thresholds: Thresholds = dataclasses.field(default_factory=Thresholds)
    headers: dict[Header, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    backup: BackupPlan = dataclasses.field(default_factory=BackupPlan)
    sign_in: SignIn = dataclasses.field(default_factory=SignIn)
    review: Review = Review.OFF
    demonstration: bool = False


ADAPTER = TypeAdapter(Declaration)
INDICATOR = TypeAdapter(Indicator)


@dataclass(frozen=True)
class Catalogue:
    """The catalogue in force: the declaration, the regions it names, and the text it was read from.

    folder  where config.yaml lies; every path in it is relative to that
    """

    declaration: Declaration
    regions: tuple[Region, ...]
    folder: Path
    text: str

    @property
    def themes(self) -> tuple[Theme, ...]:
        """The themes that have a page, in reading order."""
        return self.declaration.themes

    @property
    def organisation(self) -> Organisation:
        """Whose board this is."""
        return self.declaration.organisation

    @property
    def total(self) -> str:
        """Code of the region that stands for the whole district."""
        return self.organisation.code

    @property
    def sha256(self) -> str:
        """Hash of the text, by which the store knows catalogues apart."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @cached_property
    def sections(self) -> tuple[Theme, ...]:
        """The themes, and before them the overall section where there is one."""
        overall = self.declaration.overall
        return (overall, *self.themes) if overall else self.themes

    @cached_property
    def indicators(self) -> dict[str, Indicator]:
        """Every indicator by code, in reading order."""
        return {indicator.code: indicator for section in self.sections for indicator in section.indicators}

    @cached_property
    def section_of(self) -> dict[str, Theme]:
        """The section of every indicator code."""
        return {indicator.code: section for section in self.sections for indicator in section.indicators}

    @cached_property
    def region_names(self) -> dict[str, str]:
        """Name of every region code, the district as 全区."""
        return {self.total: WHOLE, **{region.code: region.name for region in self.regions}}

    @cached_property
    def streets(self) -> dict[str, Region]:
        """Every 街道 and 镇 by code."""
        return {region.code: region for region in self.regions}

    @cached_property
    def header_words(self) -> dict[str, str]:
        """The column that each header word of an uploaded file means; words of config.yaml win over the usual ones."""
        own = {word: header for header, words in self.declaration.headers.items() for word in words}
        usual = {word: header for header, words in HEADERS.items() for word in (header, *words)}
        return {word.replace(" ", ""): header for word, header in {**usual, **own}.items()}

    @property
    def reviews(self) -> bool:
        """Whether what is handed in waits for a second person."""
        return self.declaration.review is Review.REQUIRED

    @cached_property
    def department_names(self) -> dict[str, str]:
        """Name of every department by code, in the order of config.yaml."""
        return {department.code: department.name for department in self.declaration.departments}

    def department_name(self, indicator: Indicator) -> str:
        """Name of the responsible department, or 责任科室未设."""
        return self.department_names.get(indicator.department or "", "责任科室未设")

    def reporters(self, indicator: Indicator) -> tuple[str, ...]:
        """Codes of the 街镇 that report the indicator; () where the district does."""
        by = indicator.reported_by
        if by == "district":
            return ()
        return tuple(one.code for one in self.regions if by == "streets" or {one.code, one.name} & set(by))

    def departments_of(self, codes: Iterable[str]) -> set[str | None]:
        """Codes of the departments responsible for these indicators; None among them for one that has none, or is gone."""
        known = self.indicators
        return {known[code].department if code in known else None for code in codes}

    def theme(self, code: str) -> Theme | None:
        """The section with that code."""
        return next((section for section in self.sections if section.code == code), None)


def load(path: Path) -> Catalogue:
    """The catalogue at `path`; `Refused` with every mistake in it, or else with every mistake in its regions file."""
    return _catalogue(read(path), path.name, path.resolve().parent)


def former(text: str, folder: Path) -> Catalogue:
    """The catalogue that this text was, kept by a store, with the regions file of today; `Refused` like `load`."""
    try:
        return _catalogue(parse(text, "config.yaml"), "config.yaml", folder)
    except Refused as refused:
        raise Refused(f"当时的指标目录，现在的程序不能读取，因此不能回看那一天。\n{refused}") from refused


def moved_targets(old: Catalogue, new: Catalogue) -> list[Indicator]:
    """The indicators whose target is another one without a word on since when, which would judge past periods by it."""
    return [one for code, one in new.indicators.items() if code in old.indicators and _moved(old.indicators[code], one)]


def _moved(old: Indicator, new: Indicator) -> bool:
    was, now = ([_asked(target) for target in one.targets] for one in (old, new))
    gone = any(asked not in now for asked in was)
    return gone and any(_asked(target) not in was and target.valid_from is None for target in new.targets)


def _asked(target: Target) -> tuple[object, ...]:
    """What a target asks for, whatever it is based on and whenever it applies."""
    return (target.form, target.value, target.due, target.baseline, target.baseline_date, sorted(target.plan.items()))


def _catalogue(document: Document, name: str, folder: Path) -> Catalogue:
    declaration = validate(document, ADAPTER, _keys())
    document.problems.extend(_duplicates(document))
    document.problems.extend(_reserved(document))
    document.problems.extend(_contradictions(document))
    if declaration is None or document.problems:
        raise refused_file(name, document.problems, before="the dashboard can start")
    return Catalogue(
        declaration, _regions(folder / declaration.regions, declaration.organisation), folder, document.text
    )


def schema() -> dict[str, Any]:
    """JSON Schema of config.yaml, for completion and checks in an editor."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "config.yaml", **ADAPTER.json_schema()}


def _keys() -> Iterator[str]:
    for declared in (Declaration, *DECLARED):
        yield from (field.name for field in dataclasses.fields(declared))


def _entries(document: Document) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Every section and indicator that can be made out, however wrong the rest is."""
    data = document.data if isinstance(document.data, dict) else {}
    themes = data.get("themes") if isinstance(data.get("themes"), list) else []
    places: list[tuple[Place, Any]] = [(("themes", index), theme) for index, theme in enumerate(themes or [])]
    places.append((("overall",), data.get("overall")))
    for place, section in places:
        if isinstance(section, dict):
            yield place, section
            indicators = section.get("indicators")
            for index, indicator in enumerate(indicators if isinstance(indicators, list) else []):
                if isinstance(indicator, dict):
                    yield (*place, "indicators", index), indicator


def _duplicates(document: Document) -> Iterator[Problem]:
    first: dict[tuple[str, str], Place] = {}
    for place, entry in _entries(document):
        section = "indicators" not in place
        for key in ("code",) if section else ("code", "name"):
            named = (f"{section}{key}", str(entry.get(key)))
            here = (*place, key)
            if key in entry and first.setdefault(named, here) != here:
                line = document.line(first[named])
                yield Problem(
                    document.line(here), f"'{entry[key]}' is already given on line {line}. Choose another {key}."
                )


def _contradictions(document: Document) -> Iterator[Problem]:
    """What entries that are right by themselves get wrong about each other, even where others are not right."""
    codes = [str(entry.get("code")) for place, entry in _entries(document) if "indicators" in place]
    departments = _codes_under(document.data, "departments")
    derived: dict[str, tuple[int, list[str]]] = {}
    for place, entry in _entries(document):
        if "indicators" not in place:
            campaigns = _codes_under(entry, "campaigns")
            continue
        try:
            indicator = INDICATOR.validate_python(entry)
        except ValidationError:
            continue
        for key, what in _indicator_mistakes(indicator, campaigns, codes, departments):
            yield Problem(document.line((*place, key)), f"{indicator.code}: {what}")
        if indicator.derived:
            derived[indicator.code] = document.line((*place, "derived")), _computed_from(indicator)
    for code, (line, _) in derived.items():
        if _follows_from_itself(code, {one: named for one, (_, named) in derived.items()}):
            yield Problem(line, f"{code}: derived from itself: its relations lead back to it.")


def _computed_from(indicator: Indicator) -> list[str]:
    computed = [relation for relation in indicator.relations if not isinstance(relation, PartOf)]
    return list(_named_codes(dataclasses.replace(indicator, relations=tuple(computed))))


def _follows_from_itself(code: str, derived: dict[str, list[str]]) -> bool:
    reached: set[str] = set()
    left = list(derived[code])
    while left:
        one = left.pop()
        left += derived.get(one, []) if one not in reached else []
        reached.add(one)
    return code in reached


def _reserved(document: Document) -> Iterator[Problem]:
    for place, entry in _entries(document):
        if "indicators" not in place and entry.get("code") in RESERVED:
            yield Problem(
                document.line((*place, "code")),
                f"theme code '{entry['code']}' is an address of the board. Choose another.",
            )


def _codes_under(entry: Any, key: str) -> list[str]:
    listed = entry.get(key) if isinstance(entry, dict) else None
    return (
        [str(item.get("code")) for item in listed or [] if isinstance(item, dict)] if isinstance(listed, list) else []
    )


def _indicator_mistakes(
    indicator: Indicator, campaigns: list[str], codes: list[str], departments: list[str]
) -> Iterator[tuple[str, str]]:
    if indicator.department is not None and indicator.department not in departments:
        yield "department", f"unknown department '{indicator.department}'.{guess(indicator.department, departments)}"
    if indicator.campaign is not None and indicator.campaign not in campaigns:
        yield (
            "campaign",
            f"unknown campaign '{indicator.campaign}' of this theme.{guess(indicator.campaign, campaigns)}",
        )
    for named in _named_codes(indicator):
        if named not in codes:
            yield "relations", f"relation names unknown indicator '{named}'.{guess(named, codes)}"
    if indicator.derived and not any(isinstance(relation, Remaining | Rate) for relation in indicator.relations):
        yield "derived", "derived, but no relation of type rate or remaining says from what."
    if indicator.minimum is not None and indicator.maximum is not None and indicator.minimum > indicator.maximum:
        yield "minimum", "minimum is above maximum."
    for relation in indicator.relations:
        if isinstance(relation, Remaining) and not (relation.of or (relation.total and relation.done)):
            yield "relations", "a relation of type remaining needs 'of', or 'total' and 'done'."
    if indicator.code in _named_codes(indicator):
        yield "relations", "a relation names the indicator itself."
    yield from _kind_mistakes(indicator)
    if indicator.recurrence and indicator.recurrence.by and not _is_date(f"2024-{indicator.recurrence.by}"):
        yield "recurrence", f"no year has a day {indicator.recurrence.by} (month-day)."
    yield from (("changes", what) for what in _change_mistakes(indicator))
    for target in indicator.targets:
        yield from (("targets", what) for what in _target_mistakes(target, indicator))


def _kind_mistakes(indicator: Indicator) -> Iterator[tuple[str, str]]:
    if indicator.kind is Kind.RATIO and indicator.unit != "%":
        yield "unit", "a ratio is in percent: its unit is %. For other rates use kind stock or flow."
    if indicator.kind is not Kind.MILESTONE and indicator.recurrence:
        yield "recurrence", "only a milestone comes back."


def _named_codes(indicator: Indicator) -> Iterator[str]:
    for relation in indicator.relations:
        match relation:
            case PartOf(whole=code):
                yield code
            case Rate(numerator=numerator, denominator=denominator):
                yield from (numerator, denominator)
            case Remaining(total=total, done=done, of=of):
                yield from (code for code in (total, done, of) if code)


def _target_mistakes(target: Target, indicator: Indicator) -> Iterator[str]:
    if indicator.polarity is Polarity.NONE:
        yield "has a target but polarity none: say whether up or down is good."
    if target.form is TargetForm.DELIVERABLE and (target.due is None or target.baseline is None):
        yield "a deliverable target needs a baseline and a due date."
    low, high = indicator.minimum, indicator.maximum
    if (low is not None and target.value < low) or (high is not None and target.value > high):
        yield f"the target {target.value} is outside the indicator's own bounds."
    if target.valid_from and target.valid_to and target.valid_from > target.valid_to:
        yield "valid_from is after valid_to."
    if target.due and target.baseline_date and target.baseline_date >= target.due:
        yield "baseline_date is not before due."
    if target.form is TargetForm.DELIVERABLE and target.baseline == target.value:
        yield "baseline and target are the same: there is no way to go."
    if not target.basis.strip():
        yield "a target needs its basis: the sentence, rule or order it comes from."
    for month in target.plan:
        if not _is_date(f"{month}-01"):
            yield f"the plan names a month {month} that no year has."


def _change_mistakes(indicator: Indicator) -> Iterator[str]:
    if indicator.changes and indicator.kind in {Kind.MILESTONE, Kind.GRADE}:
        yield f"a {indicator.kind} has no chart over time that a change could be marked on."
    for before, after in pairwise(indicator.changes):
        if after.on == before.on:
            yield f"two changes on {after.on}. Say both in one."
        elif after.on < before.on:
            yield f"the change on {after.on} stands after that on {before.on}. Put the oldest first."
    if not all(change.what.strip() for change in indicator.changes):
        yield "a change needs its words: what is different from that day."


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _regions(path: Path, organisation: Organisation) -> tuple[Region, ...]:
    wanted = ("code9", "name_official", "type", "aliases_pipe")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in wanted if name not in (reader.fieldnames or [])]
            rows = {reader.line_num: row for row in reader}  # noqa: B035  the number moves with every row
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{path}: the regions file cannot be read ({error}). （街镇文件无法读取）") from None
    if missing:
        raise Refused(f"{path.name}: column {', '.join(missing)} is missing in line 1. （街镇文件缺少列）")
    problems = list(_region_mistakes(rows, organisation))
    if problems:
        raise refused_file(path.name, problems, before="the dashboard can start")
    return tuple(
        Region(
            code=row["code9"],
            name=row["name_official"],
            kind=row["type"],
            aliases=tuple(row["aliases_pipe"].split("|")),
            tile=(int(row[TILE[0]]), int(row[TILE[1]])) if any(_tile(row)) else None,
        )
        for row in rows.values()
    )


def _tile(row: dict[str, str]) -> tuple[str, ...]:
    """Row and column on the tile map as written; "" where the file has no such column."""
    return tuple((row.get(name) or "").strip() for name in TILE)


def _region_mistakes(rows: dict[int, dict[str, str]], organisation: Organisation) -> Iterator[Problem]:
    seen = Counter(row["code9"] for row in rows.values())
    places = Counter(_tile(row) for row in rows.values() if any(_tile(row)))
    for line, row in rows.items():
        if not (row["code9"] or "").startswith(organisation.code):
            yield Problem(line, f"'{row['code9']}' does not begin with the district's code {organisation.code}.")
        if seen[row["code9"]] > 1:
            yield Problem(line, f"'{row['code9']}' is given {seen[row['code9']]} times.")
        if not row["name_official"] or None in row.values():
            yield Problem(line, "a cell is empty.")
        tile = _tile(row)
        if any(tile) and not all(number.isascii() and number.isdecimal() for number in tile):
            yield Problem(line, f"tile '{', '.join(tile)}' is no row and column, counted from 0.")
        if places[tile] > 1:
            yield Problem(line, f"tile {', '.join(tile)} is given {places[tile]} times.")
