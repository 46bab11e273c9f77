"""What a check found, arranged for the person who sent the file: few lines, most important first, every place named."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import pyarrow.compute as pc
from openpyxl.utils import column_index_from_string

from metrics.catalogue import WHOLE, Catalogue
from metrics.harmless import harmless
from metrics.intake.bundle import File
from metrics.intake.check import Checked, Edits
from metrics.intake.finding import Finding, Severity
from metrics.intake.layout import Layout, Role
from metrics.intake.sheet import FileRead
from metrics.model import Indicator, Kind
from metrics.number import ratio
from metrics.period import Period, chinese

WORDS = {Severity.ERROR: "需要改正", Severity.ASK: "需要您回答", Severity.WARNING: "提示"}
ORDER = (Severity.ERROR, Severity.ASK, Severity.WARNING)
PLACES = 6  # rows named before "…"
LINES = 8  # lines of one rule in one column; more say nothing new
CELLS = 200  # offered for correction in the browser; who has more corrects the file
MEGABYTE = 1_000_000
ROWS = 60  # of the table of changes
REASON = "reason"
MISSING = "缺报"
ENCODINGS = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "gb18030": "GBK（简体中文）", "utf-16": "UTF-16"}
DELIMITERS = {",": "逗号", "\t": "制表符", ";": "分号", "，": "中文逗号", "|": "竖线"}
KINDS = {
    "csv": "文本表格",
    "xlsx": "Excel工作簿",
    "xlsm": "Excel工作簿（含宏）",
    "xls": "Excel 97–2003工作簿",
    "ods": "ODS表格",
}
PARTS = {Role.NUMERATOR, Role.DENOMINATOR}
ABOUT = (Role.CODE, Role.NAME, Role.REGION, Role.PERIOD)
PAIRS = (PARTS, {Role.CODE, Role.NAME})
_UNSAFE = re.compile(r'[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff<>:"|?*]')
_ROW = re.compile(r"^第\d+行(?!与)")


# The file


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLine:
    """What was read of a file: its kind and size, the sheets that count, and for text its encoding and separator."""

    name: str
    facts: tuple[str, ...]


def file_line(file: FileRead, own: Sequence[Layout]) -> FileLine:
    """One line about a file and its tables."""
    sheets = [one.sheet.name for one in own if one.sheet.name]
    facts = [KINDS.get(file.kind, file.kind), size(file.size)]
    if sheets:
        facts.append("读取工作表：" + "、".join(sheets))
    if file.encoding:
        facts.append("编码：" + ENCODINGS.get(file.encoding, file.encoding))
    if file.delimiter:
        facts.append("分隔符：" + DELIMITERS.get(file.delimiter, file.delimiter))
    if own:
        facts.append("表头在第" + "、".join(dict.fromkeys(str(one.header_row) for one in own)) + "行")
    return FileLine(name=file.name, facts=tuple(facts))


def stem(name: str) -> str:
    """The name of a file without its folder and ending, and without what a file system could take amiss."""
    last = _UNSAFE.sub("", name.replace("\\", "/").rpartition("/")[2])
    return (last.rpartition(".")[0] or last).strip(" .")[:80] or "文件"


def size(number: int) -> str:
    """Bytes as people say them: 12 KB, 3.4 MB."""
    if number < MEGABYTE:
        return f"{max(1, round(number / 1000))} KB"
    return f"{number / MEGABYTE:.1f} MB"


# Findings


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing wrong, at all its places.

    place  “数据”表 第3、9、14行…共28处，“数值”列
    value  what stands there; "" where it differs from place to place
    count  places, also those that are not named
    """

    severity: Severity
    place: str
    value: str
    message: str
    fix: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """All findings of one severity: how many places, and their lines, most important first."""

    severity: Severity
    word: str
    count: int
    lines: tuple[Line, ...]


def groups(findings: Iterable[Finding], totals: Mapping[str, int] | None = None) -> tuple[Group, ...]:
    """Errors, then warnings; what is asked is shown as `questions`.

    totals  places of each rule, where not all of them are listed
    """
    listed = list(findings)
    hidden = _hidden(listed, totals or {})
    made = []
    for severity in (Severity.ERROR, Severity.WARNING):
        lines = _lines([finding for finding in listed if finding.severity is severity], hidden)
        if lines:
            made.append(
                Group(severity=severity, word=WORDS[severity], count=sum(line.count for line in lines), lines=lines)
            )
    return tuple(made)


def _hidden(findings: Sequence[Finding], totals: Mapping[str, int]) -> dict[str, int]:
    """How many places of each rule the check found beyond those that it lists."""
    shown: dict[str, int] = defaultdict(int)
    for finding in findings:
        shown[finding.rule] += 1
    return {rule: max(0, totals.get(rule, 0) - number) for rule, number in shown.items()}


def _lines(findings: Sequence[Finding], hidden: Mapping[str, int]) -> tuple[Line, ...]:
    by_rule: dict[tuple[str, str | None, str | None], dict[tuple[str, str], list[Finding]]] = defaultdict(dict)
    for finding in findings:
        same = by_rule[finding.rule, finding.sheet, finding.column]
        same.setdefault((_ROW.sub("", finding.message), finding.fix), []).append(finding)
    told: set[str] = set()
    made: list[Line] = []
    for (rule, *_), listed in by_rule.items():
        more = 0 if rule in told else hidden.get(rule, 0)
        told.add(rule)
        made += _of_rule(list(listed.values()), more)
    return tuple(sorted(made, key=_importance))


def _of_rule(listed: Sequence[Sequence[Finding]], more: int) -> Iterator[Line]:
    """The lines of one rule: those with most places first, and one line for all that are left over."""
    ordered = sorted(listed, key=lambda same: -len(same))
    shown, rest = ordered[:LINES], ordered[LINES:]
    left = sum(len(same) for same in rest)
    for at, same in enumerate(shown):
        yield _line(same, more if at == 0 and len(ordered) == 1 else 0)
    if rest or (more and len(ordered) > 1):
        first = rest[0][0] if rest else ordered[0][0]
        yield Line(
            severity=first.severity, place=_column(first), value="", message=f"同类问题还有{left + more}处。", fix="改正方法相同。",
            count=left + more,
        )  # fmt: skip


def _importance(line: Line) -> tuple[bool, int]:
    """What concerns the file as a whole first, then by number of places."""
    return ("行" in line.place, -line.count)


def _line(same: Sequence[Finding], more: int) -> Line:
    first = same[0]
    values = {finding.value for finding in same}
    return Line(
        severity=first.severity, place=_place(same, more), value=(first.value or "") if len(values) == 1 else "",
        message=_ROW.sub("", first.message), fix=first.fix, count=len(same) + more,
    )  # fmt: skip


def _place(same: Sequence[Finding], more: int) -> str:
    """Where it is, as Excel shows it: 第3、9、14行…共28处."""
    first = same[0]
    rows = sorted({finding.row for finding in same if finding.row is not None})
    sheet = f"“{first.sheet}”表 " if first.sheet else ""
    if not rows:
        return f"{sheet}{_column(first)}".strip() or "整个文件"
    named = "、".join(str(row) for row in rows[:PLACES])
    total = len(same) + more
    dots = f"…共{total}处" if len(rows) > PLACES or more else f"，共{total}处" if total > len(rows) else ""
    return f"{sheet}第{named}行{dots}{_column(first)}"


def _column(finding: Finding) -> str:
    letter = finding.cell.rstrip("0123456789") if finding.cell else ""
    if finding.column:
        return f" “{finding.column}”列" + (f"（{letter}列）" if letter else "")
    return f" {letter}列" if letter else ""


def verdict(checked: Checked) -> tuple[str, str]:
    """A tone (bad, warn, good) and one sentence that says how the upload stands and what to do next."""
    tone, said = standing(checked.findings, checked.totals)
    if checked.release is not None:
        return "good", f"已入库，未重复：这个文件就是版本{checked.release}，不用再上传。"
    if tone == "warn" and settled(checked):
        return "warn", f"核对无误。有{checked.counts.revised}个数会修改已入库的数，请在下面写明修订原因。"
    if tone == "good" and not checked.rows.num_rows:
        return "bad", "文件里没有可以入库的数据。"
    if tone == "good" and not checked.counts.new + checked.counts.revised:
        return "good", "核对无误，但与已入库的数据完全相同。"
    return tone, said


def standing(findings: Sequence[Finding], totals: Mapping[str, int]) -> tuple[str, str]:
    """The same of findings alone."""
    errors, asks, warnings = (_number(findings, severity, totals) for severity in ORDER)
    if errors:
        also = f"，另有{asks}处需要回答" if asks else ""
        return "bad", f"有{errors}处需要改正{also}，改好之前不会入库。"
    if asks:
        return "warn", "还需要您回答下面的问题，回答后即可入库。"
    return "good", "核对无误，可以入库。" + (f"有{warnings}条提示，请看一眼。" if warnings else "")


def in_a_word(findings: Sequence[Finding]) -> tuple[str, str]:
    """A tone and a few words for one file among several: 2处需要改正."""
    errors, asks, warnings = (_number(findings, severity, {}) for severity in ORDER)
    said = [
        f"{number}处{WORDS[severity]}"
        for number, severity in ((errors, Severity.ERROR), (asks, Severity.ASK))
        if number
    ]
    said += [f"{warnings}条提示"] if warnings else []
    return "bad" if errors else "warn" if asks else "plain" if warnings else "good", "，".join(said) or "没有问题"


def _number(findings: Iterable[Finding], severity: Severity, totals: Mapping[str, int]) -> int:
    listed = [finding for finding in findings if finding.severity is severity]
    return len(listed) + sum(_hidden(listed, totals).values())


# Questions


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something that the file does not say: asked once, with each answer and what the figure then reads as."""

    key: str
    text: str
    place: str
    options: Mapping[str, str]


def questions(findings: Iterable[Finding]) -> tuple[Question, ...]:
    """The questions among the findings, one for each key; why figures are revised is not one of them."""
    by_key: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.severity is Severity.ASK and finding.key and finding.key != REASON:
            by_key.setdefault(finding.key, []).append(finding)
    return tuple(
        Question(key=key, text=same[0].message, place=_place(same, 0), options=_readings(same[0]))
        for key, same in by_key.items()
    )


def _readings(finding: Finding) -> dict[str, str]:
    return {
        answer: f"“{finding.value}”读作 {reading}" if finding.value else reading
        for answer, reading in finding.options.items()
    }


def settled(checked: Checked) -> bool:
    """Whether every figure is known, so that it can be compared with the store; only a reason may be wanting."""
    return not checked.refused and all(finding.key in {None, REASON} for finding in checked.findings)


def needs_reason(findings: Iterable[Finding]) -> bool:
    """Whether figures of the store are revised and nobody has said why."""
    return any(finding.key == REASON for finding in findings)


# Corrections


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A cell that can be corrected in the browser.

    about   what its row is of, for finding it: 垃圾清运量 · 万寿路街道 · 2023年5月
    letters all columns of the row, to leave the row out
    """

    file: int
    sheet: str | None
    row: int
    letter: str
    about: str
    column: str
    text: str
    message: str
    letters: tuple[str, ...]


def corrections(file: File, catalogue: Catalogue, number: int = 0) -> tuple[Correction, ...]:
    """The cells of a file that are refused, in the order of the sheet; at most CELLS. `number` of the file, from 0."""
    made: dict[tuple[str | None, int, str], Correction] = {}
    layouts = {one.sheet.name: one for one in file.layouts}
    for finding in file.findings:
        one = layouts.get(finding.sheet)
        if finding.severity is Severity.ERROR and one and finding.row and finding.row > one.header_row:
            for letter in _letters(finding, one):
                cell = replace(_correction(finding, one, letter, catalogue), file=number)
                made.setdefault((finding.sheet, finding.row, letter), cell)
    return tuple(
        sorted(made.values(), key=lambda cell: (cell.sheet or "", cell.row, column_index_from_string(cell.letter)))[
            :CELLS
        ]
    )


def _letters(finding: Finding, one: Layout) -> list[str]:
    """The cell of the finding, and where two cells contradict each other the other one too."""
    letter = finding.cell.rstrip("0123456789") if finding.cell else ""
    role = next((column.role for column in one.columns if column.letter == letter), None)
    pair = next((pair for pair in PAIRS if role in pair), set())
    row = _cells(one, finding.row or 0)
    both = [
        column.letter for column in one.columns if column.role in pair and (role in PARTS or row.get(column.letter))
    ]
    return both or [letter] if letter in one.sheet.cells.schema.names else []


def _correction(finding: Finding, one: Layout, letter: str, catalogue: Catalogue) -> Correction:
    row = _cells(one, finding.row or 0)
    return Correction(
        file=0, sheet=finding.sheet, row=finding.row or 0, letter=letter, about=_about(one, row, catalogue),
        column=next((column.header for column in one.columns if column.letter == letter), f"{letter}列"),
        text=row.get(letter) or "", message=_ROW.sub("", finding.message), letters=tuple(row),
    )  # fmt: skip


def _cells(one: Layout, row: int) -> dict[str, str | None]:
    cells = one.sheet.cells
    at = pc.index(cells["row"], row).as_py()
    return {letter: cells[letter][at].as_py() for letter in cells.schema.names[1:]} if at >= 0 else {}


def _about(one: Layout, row: Mapping[str, str | None], catalogue: Catalogue) -> str:
    said = {role: row.get(column.letter) or "" for role in ABOUT if (column := one.of(role))}
    own = catalogue.indicators.get(said.get(Role.CODE, "").strip())
    name = said.get(Role.NAME) or (own.name if own else said.get(Role.CODE, ""))
    return " · ".join(text for text in (name, said.get(Role.REGION), said.get(Role.PERIOD)) if text)


def edits_of(cells: Sequence[Correction], texts: Sequence[str], dropped: Sequence[bool]) -> Edits:
    """Edits for an Upload from what was typed beside each cell; a row that is dropped becomes empty."""
    edits: dict[tuple[str | None, int, str], str] = {}
    for cell, text, drop in zip(cells, texts, dropped, strict=True):
        if drop:
            edits |= {(cell.sheet, cell.row, letter): "" for letter in cell.letters}
        elif text != cell.text and (cell.sheet, cell.row, cell.letter) not in edits:
            edits[cell.sheet, cell.row, cell.letter] = text
    return edits


# Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A figure that the release would add or revise; `old` is "" for a new one."""

    word: str
    code: str
    name: str
    period: str
    region: str
    old: str
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """The figures that change, revised ones first; `more` are not listed."""

    lines: tuple[Change, ...]
    more: int


def changes(checked: Checked, catalogue: Catalogue, *, most: int = ROWS) -> Changes:
    """The table of what the release would change, at most `most` lines."""
    column = checked.rows["change"]
    by_place = [("file_no", "ascending"), ("source_row", "ascending")]
    revised, new = (checked.rows.filter(pc.equal(column, word)).sort_by(by_place) for word in ("revised", "new"))
    lines = [_change(row, catalogue) for table in (revised, new) for row in table.slice(0, most).to_pylist()][:most]
    return Changes(lines=tuple(lines), more=revised.num_rows + new.num_rows - len(lines))


def as_csv(listed: Changes) -> bytes:
    """The changes as CSV, UTF-8 with BOM; no text in it is run by a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["变化", "指标编码", "指标名称", "期间", "街镇", "原值", "新值"])
    for one in listed.lines:
        writer.writerow(
            [harmless(text) for text in (one.word, one.code, one.name, one.period, one.region, one.old, one.now)]
        )
    return out.getvalue().encode("utf-8-sig")


def _change(row: Mapping[str, object], catalogue: Catalogue) -> Change:
    indicator = catalogue.indicators[str(row["indicator"])]
    return Change(
        word="修订" if row["change"] == "revised" else "新增", code=indicator.code, name=indicator.name,
        period=chinese(Period.parse(str(row["named"]))), region=catalogue.region_names.get(str(row["region"]), "未分配"),
        old=_united(row["old"], indicator), now=MISSING if _is_missing(row) else _united(row["now"], indicator),
    )  # fmt: skip


def _is_missing(row: Mapping[str, object]) -> bool:
    return all(row[name] is None for name in ("value", "lower", "upper", "numerator", "state"))


def _united(text: object, indicator: Indicator) -> str:
    """The figure with its unit, which a figure written in words and a fraction already have or do not need."""
    said = str(text) if text is not None else ""
    plain = said and re.fullmatch(r"-?[\d.]+", said) and indicator.kind not in {Kind.MILESTONE, Kind.GRADE}
    return f"{said}{indicator.unit}" if plain else said


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A figure before and after: of a revision the stored one, of a new one that of the period before."""

    code: str
    label: str
    before: Decimal
    now: Decimal
    unit: str
    since: str


Before = Mapping[tuple[str, str], Sequence[tuple[Period, Decimal]]]


def moved(checked: Checked, catalogue: Catalogue, before: Before, *, most: int = 8) -> tuple[Moved, ...]:
    """The figures that move most in proportion, most first.

    before  exact figures of the store by indicator and region, oldest first
    """
    changing = checked.rows.filter(pc.not_equal(checked.rows["change"], "unchanged"))
    found = [one for row in changing.to_pylist() if (one := _moved(row, catalogue, before))]
    return tuple(sorted(found, key=lambda one: -_share(one)))[:most]


def _exact(row: Mapping[str, object]) -> Decimal | None:
    """The figure of a row, else the rate of its parts; None for a bound and for what is no figure."""
    value, top, bottom = row["value"], row["numerator"], row["denominator"]
    if row["qualifier"] != "exact":
        return None
    if value is None and isinstance(top, Decimal) and isinstance(bottom, Decimal):
        return ratio(top, bottom)
    return value if isinstance(value, Decimal) else None


def _share(one: Moved) -> Decimal:
    return abs(one.now - one.before) / (abs(one.before) or Decimal(1))


def _moved(row: Mapping[str, object], catalogue: Catalogue, before: Before) -> Moved | None:
    start, end, now = row["period_start"], row["period_end"], _exact(row)
    if now is None or not isinstance(end, date):
        return None
    indicator = catalogue.indicators[str(row["indicator"])]
    known = before.get((indicator.code, str(row["region"])), ())
    same = [value for period, value in known if (period.start, period.end) == (start, end)]
    earlier = [(period, value) for period, value in known if period.end < end]
    since, value = ("原值", same[-1]) if same else (chinese(earlier[-1][0]), earlier[-1][1]) if earlier else ("", now)
    if not since or value == now:
        return None
    place = catalogue.region_names.get(str(row["region"]), "未分配")
    label = indicator.name if place == WHOLE else f"{indicator.name}（{place}）"
    return Moved(code=indicator.code, label=label, before=value, now=now, unit=indicator.unit, since=since)
