"""Where the table is in a sheet: its header, what each column means, and what stands around it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from openpyxl.utils import column_index_from_string, get_column_letter, range_boundaries

from metrics import number
from metrics.catalogue import Catalogue
from metrics.intake.finding import Finding, Severity
from metrics.intake.names import Names
from metrics.intake.sheet import Sheet
from metrics.period import Period, month_header, month_in, year_in

SEARCHED = 40  # rows: a header below that is none
BLANKS = " \t\r\n\u00a0\u3000\u200b\ufeff"
_BRACKETS = re.compile(r"[(（\[【]([^()（）\[\]【】]*)[)）\]】]$")
_JANUARY_OR_OCTOBER = re.compile(r"[0-9]{4}\.1")
_CHANGE = re.compile(r"环比|同比|增减|增幅|增长率|较上[月期年]|比上[月期年]")
_OTHER = re.compile(r"计划|目标|任务|预计|预测|上年|去年|同期|上月|上期|往年|标准|排名|得分|环比|同比|增减|增幅")
_RUNNING = re.compile(r"累计|今年以来|年初至今|本年度至今")
_OF_MONTH = re.compile(r"本月|当月|本期|当期")
_SPACES = re.compile(rf"[{BLANKS}]+")


class Role(StrEnum):
    """What a column holds; the words are the headers of the long form."""

    CODE = "指标编码"
    NAME = "指标名称"
    PERIOD = "期间"
    REGION = "街镇"
    VALUE = "数值"
    NUMERATOR = "分子"
    DENOMINATOR = "分母"
    QUALIFIER = "限定"
    NOTE = "备注"
    STATE = "状态"
    PLANNED = "计划完成"
    ACTUAL = "实际完成"
    UNIT = "单位"
    IGNORED = "序号"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of the table.

    header     as it stands in the file, spaces joined
    unit       from brackets or a sign in the header: 完成率（%）; "" for none
    indicator  code, when the column is one indicator; period, when it is one month
    span       "cumulative" or "month" where the header says so: 累计值, 本月数
    """

    letter: str
    header: str
    role: Role
    unit: str = ""
    indicator: str | None = None
    period: str | None = None
    span: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A table found in a sheet.

    header_row  the row that Excel shows; the data begin below it
    year        of the title, None when it names none or several; month likewise
    beyond      letters of columns right of the table that hold something
    file_no     which of the files handed in, counted from 1
    """

    sheet: Sheet
    header_row: int
    columns: tuple[Column, ...]
    title: tuple[str, ...] = ()
    year: int | None = None
    month: int | None = None
    beyond: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    file_no: int = 1

    def of(self, role: Role) -> Column | None:
        """The column with that role; None when the table has none, or several values side by side."""
        found = [column for column in self.columns if column.role is role]
        return found[0] if len(found) == 1 else None

    @property
    def values(self) -> tuple[Column, ...]:
        """The columns of figures: one in the long form, several where months or indicators stand side by side."""
        return tuple(column for column in self.columns if column.role is Role.VALUE)


def tidy(text: str | None) -> str:
    """The text without spaces of any kind around it, lines joined."""
    return _SPACES.sub(" ", (text or "").replace("\u200b", "").replace("\ufeff", "")).strip(BLANKS)


def bare(text: str) -> str:
    """A header without any spaces, for comparing."""
    return _SPACES.sub("", text).replace("％", "%")


def layout(sheet: Sheet, catalogue: Catalogue, names: Names) -> Layout | None:
    """The table of a sheet; None when no row of it looks like a header."""
    rows = _top(sheet)
    scores = [_score(cells, catalogue, names) for _, cells in rows]
    best = max(scores, default=0)
    if best < 2:  # noqa: PLR2004  one known word may be chance
        return None
    # The first that is nearly as good: the header of a second table in the sheet must not hide the first table.
    at = next(at for at, score in enumerate(scores) if score >= max(2, best - 1))
    return _read_header(sheet, rows, at, catalogue, names)


def _top(sheet: Sheet) -> list[tuple[int, dict[str, str]]]:
    top = sheet.cells.slice(0, SEARCHED).to_pylist()
    return [
        (row["row"], {letter: tidy(cell) for letter, cell in row.items() if letter != "row" and tidy(cell)})
        for row in top
    ]


def _score(cells: Mapping[str, str], catalogue: Catalogue, names: Names) -> int:
    """How many cells are header words; a row of data may name one indicator, but no second column's word."""
    known = [kind for text in cells.values() if (kind := _kind(text, catalogue, names))]
    words = sum(kind in {"role", "month"} for kind in known)
    return len(known) if words else 0


def _kind(text: str, catalogue: Catalogue, names: Names) -> str | None:
    base, _ = _split_unit(text)
    if _role(base, catalogue) not in {None, Role.IGNORED}:
        return "role"
    if month_header(bare(text)) is not None:
        return "month" if not re.fullmatch(r"[0-9./-]+", bare(text)) else "date"
    return "indicator" if names.header(base) else None


def _split_unit(text: str) -> tuple[str, str]:
    """完成率（%） -> 完成率, %; 完成率% -> 完成率, %."""
    flat = bare(text)
    match = _BRACKETS.search(flat)
    if match:
        return flat[: match.start()], match[1].removeprefix("单位：").removeprefix("单位:")
    return (flat[:-1], "%") if flat.endswith("%") and len(flat) > 1 else (flat, "")


def _role(base: str, catalogue: Catalogue) -> Role | None:
    found = catalogue.header_words.get(base) or catalogue.header_words.get(base.rstrip(":："))
    return Role(found) if found else None


def _read_header(
    sheet: Sheet, rows: Sequence[tuple[int, dict[str, str]]], at: int, catalogue: Catalogue, names: Names
) -> Layout:
    number, cells = rows[at]
    cells, above, below = _joined(sheet, rows, at, catalogue, names)
    title = tuple(text for row, other in rows[:at] if row not in above for text in other.values())
    columns, findings = _columns(sheet, number, cells, catalogue, names)
    header_row = max([number, *below])
    if any(row < number and row not in above for row, _ in rows[:at]):
        findings.append(_title_finding(sheet, rows[:at], above))
    joined = " ".join((*title, sheet.name or ""))
    return Layout(
        sheet=sheet,
        header_row=header_row,
        columns=tuple(columns),
        title=title,
        year=year_in(joined),
        month=month_in(joined),
        beyond=_beyond(sheet, cells),
        findings=tuple(findings),
    )


def _title_finding(sheet: Sheet, before: Sequence[tuple[int, dict[str, str]]], above: Iterable[int]) -> Finding:
    skipped = [row for row, _ in before if row not in set(above)]
    return Finding(
        severity=Severity.WARNING, rule="title-rows", sheet=sheet.name, row=skipped[0],
        message=f"已跳过表头上方{len(skipped)}行。", fix="如跳过的行里有数据，请移到表头下方。",
    )  # fmt: skip


def _joined(
    sheet: Sheet, rows: Sequence[tuple[int, dict[str, str]]], at: int, catalogue: Catalogue, names: Names
) -> tuple[dict[str, str], set[int], set[int]]:
    """A header of two merged rows as one: the upper word carried to the right over the columns that it spans."""
    number, cells = rows[at]
    spans = [span for text in sheet.merged if (span := _span(text))]
    wide = [span for span in spans if span[0] < span[2]]
    upper = next((row for row in rows[:at] if row[0] == number - 1 and len(row[1]) > 1), None)
    lower = next((row for row in rows[at + 1 : at + 2] if row[0] == number + 1), None)
    if upper and any(span[1] <= upper[0] <= span[3] for span in wide):
        return _with_upper(_carried(upper, wide), cells, upper[1]), {upper[0]}, set()
    if lower and any(span[1] <= number <= span[3] and span[2] - span[0] + 1 < _last(sheet) for span in wide):
        words = [text for text in lower[1].values() if _kind(text, catalogue, names)]
        if words:
            return _with_upper(_carried(rows[at], wide), lower[1], cells), set(), {lower[0]}
    return cells, set(), set()


def _span(text: str) -> tuple[int, int, int, int]:
    """First column, first row, last column, last row of A1:B2."""
    first, top, last, bottom = range_boundaries(text)
    assert first is not None and top is not None and last is not None and bottom is not None  # noqa: PT018
    return first, top, last, bottom


def _last(sheet: Sheet) -> int:
    return len(sheet.cells.schema.names) - 1


def _carried(row: tuple[int, dict[str, str]], wide: Iterable[tuple[int, int, int, int]]) -> dict[str, str]:
    number, cells = row
    carried = dict(cells)
    for first, top, last, bottom in wide:
        text = cells.get(get_column_letter(first))
        if text and top <= number <= bottom:
            carried |= {get_column_letter(column): text for column in range(first, last + 1)}
    return carried


def _with_upper(upper: Mapping[str, str], lower: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    letters = sorted({*upper, *lower}, key=column_index_from_string)
    joined = {}
    for letter in letters:
        top, bottom = upper.get(letter, ""), lower.get(letter, "")
        joined[letter] = f"{top}/{bottom}" if top and bottom else top or bottom or own.get(letter, "")
    return joined


def _columns(
    sheet: Sheet, number: int, cells: Mapping[str, str], catalogue: Catalogue, names: Names
) -> tuple[list[Column], list[Finding]]:
    columns: list[Column] = []
    findings: list[Finding] = []
    for letter in sorted(cells, key=column_index_from_string):
        found = _column(letter, cells[letter], catalogue, names)
        if isinstance(found, Column):
            columns.append(found)
        else:
            findings.append(_unknown(sheet, number, letter, cells[letter]))
    columns = list(_settled(columns))
    return columns, findings + list(_twice(sheet, number, columns))


def _column(letter: str, header: str, catalogue: Catalogue, names: Names) -> Column | None:
    """What a column means; None for one whose figures are not those that are reported: 计划, 上年同期, 预计, 环比."""
    base, bracket = _split_unit(header)
    group, _, last = base.rpartition("/")
    unit = bracket if is_unit(bracket, catalogue) else ""
    role = _role(base, catalogue) or _role(last, catalogue)
    if role is not None and role is not Role.VALUE:
        return Column(letter=letter, header=header, role=role, unit=unit)
    if _OTHER.search(f"{group}/{bracket}"):
        return None
    column = Column(letter=letter, header=header, role=Role.VALUE, unit=unit)
    if role:
        return replace(column, span=_said_span(header))
    if _CHANGE.search(base):
        return None
    code = names.header(base) or names.header(last) or names.header(base.replace("/", ""))
    month = None if code and not group else _month(base) or _month(last) or (_month(group) if code else None)
    if month and group and year_in(group) and month.endswith("月"):
        month = f"{year_in(group)}年{month}"  # 2022年 over 12月
    if not code and not month:
        return None
    return replace(column, indicator=code, period=month, span=_said_span(f"{group}/{bracket}"))


def is_unit(text: str, catalogue: Catalogue) -> bool:
    """Whether the text in brackets behind a header is a unit, with 万 and the like before it or not."""
    known = (
        number.MEASURED_UNITS | number.COUNTED_UNITS | {one.unit for one in catalogue.indicators.values() if one.unit}
    )
    return text in known or (text[:1] in "十百千万亿" and (text[1:] in known or text[1:] == "")) if text else False


def _said_span(text: str) -> str:
    """Whether a header says that its figures are running totals, or of the month alone."""
    if _RUNNING.search(text):
        return "cumulative"
    return "month" if _OF_MONTH.search(text) else ""


def _month(text: str) -> str | None:
    """The month that a column of figures is of, as period.read_written takes it; 2023.1 stays as it is, to be asked about."""
    if _JANUARY_OR_OCTOBER.fullmatch(text):
        return text
    month = month_header(text)
    return None if month is None else str(month) if isinstance(month, Period) else f"{month}月"


def _settled(columns: Sequence[Column]) -> Iterator[Column]:
    """单位 is the 街镇 where nothing else is, else the unit; a value column beside month columns is told twice."""
    has_region = any(column.role is Role.REGION for column in columns)
    for column in columns:
        if column.role is Role.UNIT and not has_region:
            yield Column(letter=column.letter, header=column.header, role=Role.REGION)
        else:
            yield column


def _unknown(sheet: Sheet, number: int, letter: str, header: str) -> Finding:
    change = _CHANGE.search(header) is not None
    return Finding(
        severity=Severity.WARNING,
        rule="change-column" if change else "unknown-column",
        sheet=sheet.name, row=number, column=header, cell=f"{letter}{number}", value=header,
        message=f"列“{header}”是变化量，由看板自行计算，未入库。" if change else f"列“{header}”未识别，未入库。",
        fix="" if change else "如这一列是需要的数据，请改用模板中的列名。",
    )  # fmt: skip


def _twice(sheet: Sheet, number: int, columns: Sequence[Column]) -> Iterator[Finding]:
    seen: dict[tuple[str, str | None, str | None], Column] = {}
    for column in columns:
        if column.role is Role.IGNORED:
            continue
        key = (column.role, column.indicator, column.period)
        first = seen.setdefault(key, column)
        if first is not column:
            same = first.header == column.header
            said = (
                f"列“{column.header}”出现两次。"
                if same
                else f"列“{first.header}”和“{column.header}”是同一项，出现两次。"
            )
            yield Finding(
                severity=Severity.ERROR, rule="duplicate-column", sheet=sheet.name, row=number, column=column.header,
                cell=f"{column.letter}{number}", value=column.header, message=said, fix="请只保留一列。",
            )  # fmt: skip


def _beyond(sheet: Sheet, cells: Mapping[str, str]) -> tuple[str, ...]:
    last = max(column_index_from_string(letter) for letter in cells)
    return tuple(name for name in sheet.cells.schema.names[1:] if column_index_from_string(name) > last)
