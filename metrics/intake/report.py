"""What a check found, arranged for the person who sent the file: few lines, most important first, every place named."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from metrics.intake.check import Checked
from metrics.intake.finding import Finding, Severity
from metrics.intake.layout import Layout
from metrics.intake.sheet import FileRead

WORDS = {Severity.ERROR: "需要改正", Severity.ASK: "需要您回答", Severity.WARNING: "提示"}
ORDER = (Severity.ERROR, Severity.ASK, Severity.WARNING)
PLACES = 6  # rows named before "…"
LINES = 8  # lines of one rule in one column; more say nothing new
MEGABYTE = 1_000_000
REASON = "reason"
ENCODINGS = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "gb18030": "GBK（简体中文）", "utf-16": "UTF-16"}
DELIMITERS = {",": "逗号", "\t": "制表符", ";": "分号", "，": "中文逗号", "|": "竖线"}
KINDS = {
    "csv": "文本表格",
    "xlsx": "Excel工作簿",
    "xlsm": "Excel工作簿（含宏）",
    "xls": "Excel 97–2003工作簿",
    "ods": "ODS表格",
}
_UNSAFE = re.compile(r'[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff<>:"|?*]')
_ROW = re.compile(r"^第\d+行(?!与)")


def bare(message: str) -> str:
    """A message without the row that it begins with, for where the row is told beside it."""
    return _ROW.sub("", message)


def _said(finding: Finding) -> str:
    return bare(finding.message) if finding.row is not None else finding.message


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
        same.setdefault((_said(finding), finding.fix), []).append(finding)
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
        message=_said(first), fix=first.fix, count=len(same) + more,
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
