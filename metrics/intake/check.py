"""Files -> everything there is to say about them, and the rows that would be stored. Nothing is written here."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from metrics.catalogue import Catalogue
from metrics.intake import beside, compare, header, rules, stage, titles, totals
from metrics.intake.finding import Finding, Severity, Unreadable
from metrics.intake.layout import Layout
from metrics.intake.names import Names
from metrics.intake.place import Staging, broken, readings, scales
from metrics.intake.place import rows as rows_of
from metrics.intake.read import read
from metrics.intake.sheet import FileRead, Sheet
from metrics.model import Counts, ReleaseFile
from metrics.period import SHANGHAI
from metrics.store import OBSERVATION, Store, releases

ORDER = {Severity.ERROR: 0, Severity.ASK: 1, Severity.WARNING: 2}
TOO_LARGE = Finding(
    severity=Severity.ERROR, rule="too-large", message="文件太大，这台电脑核对不了。", fix="请按月份拆成几个文件。"
)
NOTHING = Finding(
    severity=Severity.WARNING,
    rule="nothing-stored",
    message="文件里没有可以入库的数。",
    fix="请把要上报的数填上再上传。",
)
READ_SHARE, STAGED_SHARE, COMPARED_SHARE = 0.2, 0.5, 0.7  # of the time that a million rows take
Progress = Callable[[float, str], None]
Edits = Mapping[tuple[str | None, int, str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file as handed in. `edits`: new text of cells, by sheet (None for CSV), row and column letter."""

    name: str
    data: bytes
    edits: Edits = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a check found.

    files         one for each upload that could be read, without the bytes
    findings      most important first; at most CAP places for each rule
    totals        how many places each rule found, by rule code
    rows          what the files say, as an Arrow table: columns of the store's OBSERVATION and, for people, `named` (the
                  period as the file names it), `change` (new, revised, unchanged), `old` and `now` as text
    data_version  of the store it was compared with
    release       the standing release that holds the same bytes; None
    """

    uploads: tuple[Upload, ...]
    files: tuple[FileRead, ...]
    layouts: tuple[Layout, ...]
    findings: tuple[Finding, ...]
    totals: Mapping[str, int]
    counts: Counts
    rows: pa.Table
    answers: Mapping[str, str]
    reason: str | None
    data_version: int
    release: int | None = None

    @property
    def accepted(self) -> bool:
        """Whether it may be stored as it stands."""
        return not self.refused and not self.asks

    @property
    def refused(self) -> bool:
        """Whether something must be corrected first."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)

    @property
    def asks(self) -> bool:
        """Whether something must be answered first."""
        return any(finding.severity is Severity.ASK for finding in self.findings)


def silent(share: float, stage: str) -> None:
    """Tells nobody how far a check has come."""


def check(  # noqa: PLR0913  all but the first three by name
    store: Store,
    catalogue: Catalogue,
    uploads: Sequence[Upload],
    *,
    at: datetime,
    answers: Mapping[str, str] | None = None,
    reason: str | None = None,
    progress: Progress = silent,
) -> Checked:
    """Read the files and say everything about them at once; never writes.

    answers   to questions asked before, by their key; reason for revising what the store holds
    progress  called with the share that is done, 0 to 1, and what is being done
    """
    names = Names(catalogue)
    given = dict(answers or {})
    read_files, layouts, found = _read_all(uploads, catalogue, names, progress)
    version = store.data_version()
    same = _same(store, uploads, given)
    nothing = Checked(
        uploads=tuple(uploads), files=tuple(read_files), layouts=tuple(layouts), findings=_ordered(found), totals=_counted(found),
        counts=Counts(), rows=_no_rows(), answers=given, reason=reason, data_version=version, release=same[0] if same else None,
    )  # fmt: skip
    if same:
        return replace(nothing, findings=_ordered([_already(same[1])]))
    if not layouts:
        return nothing
    with store.cursor() as con:  # its temporary tables go with it
        today = at.astimezone(SHANGHAI).date()
        staging = Staging(con=con, layouts=layouts, answers=given, reason=reason, today=today)
        try:
            return _checked(staging, catalogue, names, nothing, progress)
        except duckdb.OutOfMemoryException:
            return replace(nothing, findings=_ordered([*nothing.findings, TOO_LARGE]))


def _checked(staging: Staging, catalogue: Catalogue, names: Names, start: Checked, progress: Progress) -> Checked:
    con, layouts = staging.con, staging.layouts
    compare.prepare(con, catalogue)
    progress(READ_SHARE, "正在识别指标、期间和数值")
    found = [*start.findings, *beside.beside(layouts, catalogue)]
    if stage.crowd(con, layouts, catalogue):
        counted = Counter(finding.rule for finding in found)
        _ask(staging, [rule for rule in rules.PLACES if rule.needs == "crowded"], found, counted)
        return replace(start, findings=_ordered(found), totals=dict(+counted))
    stage.stage(con, layouts, catalogue, names, staging.answers)
    found += [*scales(staging), *_emptiness(staging), *readings(staging)]
    counted = Counter(finding.rule for finding in found)
    _ask(staging, rules.PLACES, found, counted)
    stage.forget_texts(con)
    progress(STAGED_SHARE, "正在与已有数据比较")
    compare.compare(con, catalogue)
    progress(COMPARED_SHARE, "正在逐条核对")
    others = [rule for rule in rules.EVERY if rule not in rules.PLACES]
    for at, rule in enumerate(others):
        progress(COMPARED_SHARE + (1 - COMPARED_SHARE) * at / len(others), "正在逐条核对")
        _ask(staging, [rule], found, counted)
    last = [*totals.totals(con, layouts, names), *titles.against(con, layouts, catalogue)]
    counted.update(finding.rule for finding in last)
    for name in ("labelled", "earlier", "usual", "known", "current"):  # a million rows need the room
        con.execute(f"DROP TABLE {name}")
    counts, kept = _kept(con)
    if not kept.num_rows and all(finding.severity is Severity.WARNING for finding in [*found, *last]):
        last.append(NOTHING)
        counted[NOTHING.rule] += 1
    return replace(start, findings=_ordered([*found, *last]), totals=dict(+counted), counts=counts, rows=kept)


def _ask(staging: Staging, asked: Sequence[rules.Rule], found: list[Finding], counted: Counter[str]) -> None:
    """Add what these rules find, and how often."""
    for rule in asked:
        if rule in rules.EVERY and not (rule.needs and not rows_of(staging.con, f"SELECT 1 FROM {rule.needs} LIMIT 1")):
            here, number = broken(staging, rule)
            found += here
            counted[rule.code] += number


def _no_rows() -> pa.Table:
    return pa.schema([*OBSERVATION, *((name, pa.string()) for name in ("named", "change", "old", "now"))]).empty_table()


def _counted(found: Sequence[Finding]) -> dict[str, int]:
    return dict(Counter(finding.rule for finding in found))


def _ordered(found: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(found, key=lambda one: (ORDER[one.severity], one.file_no, one.row or 0)))


def _read_all(
    uploads: Sequence[Upload], catalogue: Catalogue, names: Names, progress: Progress
) -> tuple[list[FileRead], list[Layout], list[Finding]]:
    read_files: list[FileRead] = []
    layouts: list[Layout] = []
    found: list[Finding] = []
    for number, upload in enumerate(uploads, start=1):
        progress(READ_SHARE * (number - 1) / len(uploads), f"正在读取{upload.name}")
        try:
            file = edited(read(upload.name, upload.data, headers=catalogue.header_words), upload.edits)
        except Unreadable as unreadable:
            found.append(replace(unreadable.finding, file_no=number))
            continue
        read_files.append(file)
        tables, said = header.tables(file, catalogue, names)
        layouts += [replace(table, file_no=number) for table in tables]
        found += [replace(finding, file_no=number) for finding in [*file.findings, *said]]
    return read_files, layouts, found


def edited(file: FileRead, edits: Edits) -> FileRead:
    """The file with the cells that were corrected in the browser."""
    if not edits:
        return file
    return replace(file, sheets=tuple(_edited_sheet(sheet, edits) for sheet in file.sheets))


def _edited_sheet(sheet: Sheet, edits: Edits) -> Sheet:
    own = {(row, letter): text for (name, row, letter), text in edits.items() if name == sheet.name}
    cells = sheet.cells
    numbers = cells["row"].to_pylist() if own else []
    for letter in {letter for _, letter in own} & set(cells.schema.names):
        column = cells[letter].to_pylist()
        for (row, of), text in own.items():
            if of == letter and row in numbers:
                column[numbers.index(row)] = text or None
        cells = cells.set_column(cells.schema.names.index(letter), letter, pa.array(column, pa.string()))
    return replace(sheet, cells=cells)


def _same(store: Store, uploads: Sequence[Upload], answers: Mapping[str, str]) -> tuple[int, datetime] | None:
    """The standing release of the very same single file with the same answers, and when it was received."""
    if len(uploads) != 1 or uploads[0].edits:
        return None
    sha256 = fingerprint(uploads)
    for release in reversed(releases(store)):
        if release.sha256 == sha256 and not release.withdrawn and (not answers or release.answers == as_json(answers)):
            return release.release_id, release.received_at
    return None


def fingerprint(uploads: Sequence[Upload]) -> str:
    """SHA-256 of the bytes of one file, with its edits; of several, over theirs."""
    each = []
    for upload in uploads:
        whole = hashlib.sha256(upload.data)
        if upload.edits:
            whole.update(edits_json(upload.edits).encode())
        each.append(whole.hexdigest())
    return each[0] if len(each) == 1 else hashlib.sha256("\n".join(sorted(each)).encode()).hexdigest()


def as_json(answers: Mapping[str, str]) -> str | None:
    """Answers as the release keeps them; None for none."""
    return json.dumps(dict(sorted(answers.items())), ensure_ascii=False) if answers else None


def edits_json(edits: Edits) -> str:
    """Edits as the release keeps them."""
    listed = [
        {"sheet": sheet, "row": row, "column": letter, "text": text}
        for (sheet, row, letter), text in sorted(edits.items(), key=str)
    ]
    return json.dumps(listed, ensure_ascii=False)


def _already(received: datetime) -> Finding:
    when = received.astimezone(SHANGHAI)
    return Finding(
        severity=Severity.ERROR, rule="already-loaded", message=f"已入库，未重复：该文件已于{when:%Y-%m-%d %H:%M}上传过，未重复入库。",
        fix="不用再上传；如要重新入库，请先撤回那个版本。",
    )  # fmt: skip


def _emptiness(staging: Staging) -> Iterator[Finding]:
    if not rows_of(staging.con, "SELECT 1 FROM raw LIMIT 1"):
        sheet = staging.layouts[0].sheet.name
        yield Finding(
            severity=Severity.ERROR,
            rule="no-rows",
            message="文件没有数据行。",
            fix="表头下方没有数据，请检查是否选错文件。",
            sheet=sheet,
        )


KEPT = f"""
SELECT CAST(s.id AS INTEGER) AS row_no, s.indicator, s.region, s.period_start, s.period_end,
    CASE WHEN s.denominator = 0 THEN NULL ELSE s.value END AS value,
    CASE WHEN s.denominator = 0 THEN NULL ELSE s.lower END AS lower, CASE WHEN s.denominator = 0 THEN NULL ELSE s.upper END AS upper,
    s.qualifier, s.numerator, s.denominator,
    CASE WHEN s.kind IN ('milestone', 'grade') THEN coalesce(s.state_text, s.text) ELSE s.written END AS written,
    s.obs_status, s.state, s.planned, CAST(NULL AS VARCHAR) AS expected,
    s.actual, s.inferred, CAST(NULL AS VARCHAR) AS quote, CAST(NULL AS INTEGER) AS paragraph, s.note, h.file_no,
    h.name AS sheet, s.row AS source_row, s.letter || CAST(s.row AS VARCHAR) AS source_cell,
    coalesce(s.text, s.state_text) AS cell_text, s.named, coalesce(c.change, 'new') AS change, c.old, {compare.READS.format("s")} AS now
FROM staged s JOIN sheet h USING (sheet_no) LEFT JOIN changed c ON c.id = s.id
WHERE NOT s.derived AND s.region IS NOT NULL AND s.period_end IS NOT NULL AND NOT (s.kind = 'milestone' AND s.state IS NULL)
    AND s.id NOT IN (SELECT id FROM left_out)
"""


def _kept(con: stage.Connection) -> tuple[Counts, pa.Table]:
    """The rows that would be stored, once each, and how many are new, revised and unchanged."""
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE left_out AS SELECT s.id FROM staged s JOIN doubled d USING ({compare.KEY}) "
        "WHERE d.different OR s.id <> d.first "
        "UNION SELECT id FROM reading WHERE severity <> 'warning' UNION SELECT id FROM blank_over"
    )
    rows = con.sql(KEPT).to_arrow_table()  # a relation goes into Arrow without a copy of its own
    counted = {one["values"]: one["counts"] for one in pc.value_counts(rows["change"]).to_pylist()}
    return Counts(**{change: counted.get(change, 0) for change in ("new", "revised", "unchanged")}), rows


def kept_files(checked: Checked) -> tuple[ReleaseFile, ...]:
    """The files as the release keeps them, bytes and all."""
    by_sheet = {id(one.sheet): one for one in checked.layouts}
    kept = []
    for number, (file, upload) in enumerate(zip(checked.files, checked.uploads, strict=True), start=1):
        tables = [by_sheet[id(sheet)] for sheet in file.sheets if id(sheet) in by_sheet]
        kept.append(ReleaseFile(
            file_no=number, name=file.name, sha256=file.sha256, size=file.size, kind=file.kind, encoding=file.encoding,
            delimiter=file.delimiter, sheets="\n".join(one.sheet.name or "" for one in tables),
            edits=edits_json(upload.edits) if upload.edits else None,
            notes="\n".join(text for one in tables for text in one.title) or None, content=upload.data,
        ))  # fmt: skip
    return tuple(kept)
