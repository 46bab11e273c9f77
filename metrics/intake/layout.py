"""Where the table is in a sheet: its header, what each column means, and what stands around it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from openpyxl.utils import column_index_from_string, get_column_letter, range_boundaries

from metrics.catalogue import Catalogue
from metrics.intake import heading, spans
from metrics.intake.column import Column, Role
from metrics.intake.finding import Finding, Severity
from metrics.intake.headword import bare, is_unit, known, month_of, named, over, parts, read, scale, span_in, spanned
from metrics.intake.names import Names
from metrics.intake.sheet import Sheet
from metrics.model import Kind
from metrics.period import month_in, year_in

SEARCHED = 40  # rows: a header below that is none
BLANKS = " \t\r\n\u00a0\u3000\u200b\ufeff"
_CHANGE = re.compile(r"环比|同比|增减|增幅|增长率|较上[月期年]|比上[月期年]")
_SPACES = re.compile(rf"[{BLANKS}]+")
_COUNTED = re.compile(r"甲|乙|丙|丁|戊|己|[(（]?[0-9]{1,2}[)）]?|[①-⑳]")  # a row that numbers the columns
_UNIT_WORDS = {"单位", "计量单位", "单位：", "—", "-", "/"}
_ABOVE = re.compile(
    r"[:：]|填报|填表|制表|报送|日期|附件|一览|(?:统计|情况|汇总|明细|分解|计划|任务|进度|台账|报)表|月报|季报|年报"
)
_WEAK_REGION = {
    "区域",
    "单位",
    "地区",
    "属地",
    "单位名称",
    "填报单位",
    "报送单位",
    "上报单位",
    "区划代码",
}  # the 街镇 only where no column says it better
_COUNTS = ("完成数", "已完成数", "完成量", "数量")  # the figure itself where no total stands beside it


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

    def part(self, role: Role, value: Column | None) -> Column | None:
        """The 分子 or 分母 that belongs to a column of figures: of the same indicator, where several stand side by side."""
        found = [column for column in self.columns if column.role is role]
        own = [column for column in found if value and column.indicator == value.indicator]
        return own[0] if len(own) == 1 else found[0] if len(found) == 1 and found[0].indicator is None else None

    @property
    def values(self) -> tuple[Column, ...]:
        """The columns of figures: one in the long form, several where months or indicators stand side by side."""
        return tuple(column for column in self.columns if column.role is Role.VALUE)


def tidy(text: str | None) -> str:
    """The text without spaces of any kind around it, lines joined."""
    return _SPACES.sub(" ", (text or "").replace("\u200b", "").replace("\ufeff", "")).strip(BLANKS)


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
    base, _ = parts(text, names, catalogue)
    if _role(base, catalogue) not in {None, Role.IGNORED}:
        return "role"
    if month_of(bare(text))[0] is not None:
        return "date" if re.fullmatch(r"[0-9./-]+", bare(text)) else "month"
    return "indicator" if named(base, names, catalogue) else None


def _role(base: str, catalogue: Catalogue) -> Role | None:
    found = catalogue.header_words.get(base) or catalogue.header_words.get(base.rstrip(":："))
    return Role(found) if found else None


def _read_header(
    sheet: Sheet, rows: Sequence[tuple[int, dict[str, str]]], at: int, catalogue: Catalogue, names: Names
) -> Layout:
    number, cells = rows[at]
    cells, above, below = _joined(sheet, rows, at, catalogue, names)
    title = tuple(text for row, other in rows[:at] if row not in above for text in other.values())
    header_row = max([number, *below])
    header_row, cells = _under(rows, header_row, cells, catalogue)
    columns, findings = _columns(sheet, header_row, cells, catalogue, names)
    known_letters = {column.letter for column in columns}
    columns, sums = spans.chosen(columns, [text for letter, text in cells.items() if letter not in known_letters])
    running = [column for column in columns if column.period and column.span == spans.RUNNING]
    findings += [_sum(sheet, header_row, column, taken=column in running) for column in [*sums, *running]]
    findings += _twice(sheet, header_row, columns)
    findings += _dated_twice(sheet, header_row, columns)
    units = heading.units(title, catalogue)
    findings += _title_units(sheet, rows[0][0], units, columns) if units else []
    columns = [_as_titled(column, units, heading.span(title), columns) for column in columns]
    if any(row < number and row not in above for row, _ in rows[:at]):
        findings.append(_title_finding(sheet, rows[:at], above))
    joined = heading.about(title, sheet.name)
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


def _as_titled(column: Column, units: Sequence[str], span: str, columns: Sequence[Column]) -> Column:
    """A column of figures with the unit and the span of the title, where neither it nor a column 单位 says its own."""
    if column.role not in {Role.VALUE, Role.NUMERATOR, Role.DENOMINATOR}:
        return column
    own = column.unit or any(one.role is Role.UNIT for one in columns) or len(units) != 1
    said = span if column.role is Role.VALUE else ""
    return replace(column, unit=column.unit if own else units[0], span=column.span or said)


def _title_units(sheet: Sheet, row: int, units: Sequence[str], columns: Sequence[Column]) -> Iterator[Finding]:
    """Which unit the title gave; an error for several, where a column of figures has none of its own."""
    said = "、".join(units)
    bare_ones = [column for column in columns if column.role is Role.VALUE and not column.unit]
    beside = any(column.role is Role.UNIT for column in columns)
    if bare_ones and (len(units) > 1 or (beside and scale(said))):
        yield Finding(
            severity=Severity.ERROR, rule="title-units", sheet=sheet.name, row=row, value=said,
            message=f"表头上方写着单位“{said}”，分不清各列用哪一个。", fix="请把单位写进列名，如数值（件）。",
        )  # fmt: skip
    elif bare_ones and not beside:
        yield Finding(
            severity=Severity.WARNING, rule="title-unit", sheet=sheet.name, row=row, value=said,
            message=f"列名没有写单位的，按表头上方的单位“{said}”读数。", fix="请核对下面读出的数值。",
        )  # fmt: skip


def _under(
    rows: Sequence[tuple[int, dict[str, str]]], header_row: int, cells: dict[str, str], catalogue: Catalogue
) -> tuple[int, dict[str, str]]:
    """The last row of the header with what stands in rows of units (座, %) and of column numbers (甲, 1, 2) below it."""
    for row, texts in rows:
        if row <= header_row or row > header_row + 1:
            continue
        if len(texts) > 1 and all(_COUNTED.fullmatch(bare(text)) for text in texts.values()) and _in_order(texts):
            header_row = row
        elif _is_unit_row(texts, catalogue):
            header_row = row
            cells = cells | {
                letter: f"{cells[letter]}（{bare(text).strip('()（）')}）"
                for letter, text in texts.items()
                if cells.get(letter) and bare(text) not in _UNIT_WORDS
            }
    return header_row, cells


def _is_unit_row(texts: Mapping[str, str], catalogue: Catalogue) -> bool:
    said = [bare(text).strip("()（）") for text in texts.values() if bare(text) not in _UNIT_WORDS]
    return bool(said) and all(is_unit(text, catalogue) for text in said)


def _in_order(texts: Mapping[str, str]) -> bool:
    """甲 乙 1 2, or 1 2 3: no row of figures."""
    numbers = [int(digits) for text in texts.values() if (digits := re.sub(r"[^0-9]", "", text))]
    return numbers == list(range(1, len(numbers) + 1)) and (len(numbers) < len(texts) or len(numbers) > 2)  # noqa: PLR2004


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
    wide = [span for text in sheet.merged if (span := _span(text))[0] < span[2]]
    upper = next((row for row in rows[:at] if row[0] == number - 1 and len(row[1]) > 1 and _is_grouping(row[1])), None)
    lower = next((row for row in rows[at + 1 : at + 2] if row[0] == number + 1), None)
    if upper and any(span[1] <= upper[0] <= span[3] for span in wide):
        return _with_upper(_carried(upper, wide), cells, upper[1]), {upper[0]}, set()
    if lower and any(span[1] <= number <= span[3] and span[2] - span[0] + 1 < _last(sheet) for span in wide):
        covered = {
            get_column_letter(at) for span in wide if span[1] <= number <= span[3] for at in range(span[0], span[2] + 1)
        }
        if covered >= set(lower[1]) and any(_kind(text, catalogue, names) for text in lower[1].values()):
            return _with_upper(_carried(rows[at], wide), lower[1], cells), set(), {lower[0]}
    return cells, set(), set()


def _is_grouping(texts: Mapping[str, str]) -> bool:
    """Whether a row above the header groups its columns, and is no title and no line of who filled it in and when."""
    return not any(_ABOVE.search(text) for text in texts.values())


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
    letters = sorted(cells, key=column_index_from_string)
    dated = any(_role(parts(cells[letter], names, catalogue)[0], catalogue) is Role.PERIOD for letter in letters)
    read = {letter: _column(letter, cells[letter], catalogue, names, dated=dated) for letter in letters}
    settled = _settled(sheet, number, [column for column in read.values() if column], catalogue)
    left = {column.letter for column in settled}
    unread = [letter for letter in letters if letter not in left]
    said = {letter: parts(cells[letter], names, catalogue) for letter in unread}
    findings = [
        _unknown(sheet, number, letter, cells[letter], base if words and known(base, names, catalogue) else "")
        for letter, (base, words) in said.items()
    ]
    return settled, findings


def _column(letter: str, header: str, catalogue: Catalogue, names: Names, *, dated: bool) -> Column | None:
    """What a column means; None for one whose figures are not those that are reported: 计划, 上年同期, 预计, 环比.

    dated  whether a column says the period of each row; a period in brackets of another then says something else
    """
    base, brackets = parts(header, names, catalogue)
    whole = named(base, names, catalogue) or names.header(base.replace("/", ""))
    group, _, last = ("", "", base) if whole else base.rpartition("/")
    role, own = _role(base, catalogue) or _role(last, catalogue), read(brackets, catalogue)
    if role is not None and role not in {Role.VALUE, Role.NUMERATOR, Role.DENOMINATOR}:
        return Column(letter=letter, header=header, role=role, unit=own.unit if own else "")
    upper = over(group, names, catalogue)
    said = own.with_those_of(upper) if own and upper else None
    if said is None or (dated and said.period):
        return None
    column = Column(
        letter=letter, header=header, role=role or Role.VALUE, unit=said.unit, span=said.span, period=said.period
    )
    if role:
        rate = "%" if role is Role.VALUE and last.endswith("率") else ""
        return replace(
            column, unit=said.unit or rate, span=said.span or _said_span(last), indicator=named(group, names, catalogue)
        )
    code = whole or named(last, names, catalogue)
    month, span = (None, "") if code else month_of(last)
    if not (code or month):
        code, span = spanned(last, names, catalogue)
    if not (code or month) or _CHANGE.search(base):
        return None
    if month and said.period and not re.fullmatch(r"[0-9]{4}年", said.period):
        return None
    return replace(
        column, indicator=code or named(group, names, catalogue), period=_of_year(month, said.period) or said.period,
        span=said.span or span,
    )  # fmt: skip


def _of_year(month: str | None, year: str | None) -> str | None:
    """12月 under 2022年, or with it in brackets, as 2022年12月."""
    said = year_in(year) if year else None
    return f"{said}年{month}" if month and said and year_in(month) is None else month


def _said_span(text: str) -> str:
    """Whether a header word says that its figures are running totals, of the month alone, or counts and no rates."""
    return span_in(text) or ("count" if text in _COUNTS else "")


def _settled(sheet: Sheet, number: int, columns: Sequence[Column], catalogue: Catalogue) -> list[Column]:
    """What a column means beside the others: 单位 or 区域 where nothing else is the 街镇, 完成数 without a total."""
    roles = [column.role for column in columns]
    places = [column for column in columns if column.role is Role.REGION]
    strong = [column for column in places if bare(column.header) not in _WEAK_REGION]
    of_region = (
        strong or places or [column for column in columns if _is_place(sheet, number, column, columns, catalogue)]
    )
    monthly = Role.PERIOD in roles or any(column.period for column in columns)
    alone = Role.VALUE not in roles and Role.DENOMINATOR not in roles
    by_column = any(column.indicator for column in columns) and not {Role.CODE, Role.NAME} & set(roles)
    settled = []
    for column in columns:
        counted = column.indicator is not None and catalogue.indicators[column.indicator].kind is not Kind.RATIO
        if (
            counted
            and column.unit == "%"
            and any(other.indicator == column.indicator for other in columns if other != column)
        ):
            continue  # 完成率 beside 完成数 of a count
        if counted and column.role is Role.NUMERATOR and column.header.rpartition("/")[2].startswith(_COUNTS):
            settled.append(replace(column, role=Role.VALUE, span=""))
        elif column in of_region:
            settled.append(replace(column, role=Role.REGION))
        elif column.role is Role.VALUE and by_column and not column.indicator:
            continue  # which indicator it is of nothing says
        elif column.role is Role.YEAR and not monthly:
            settled.append(replace(column, role=Role.PERIOD))
        elif column.role is Role.NUMERATOR and alone and column.header.startswith(_COUNTS):
            settled.append(replace(column, role=Role.VALUE))
        elif column.role is not Role.REGION:
            settled.append(column)
    return settled


def _is_place(sheet: Sheet, number: int, column: Column, columns: Sequence[Column], catalogue: Catalogue) -> bool:
    """Whether 单位 means who reports: it stands beside 计量单位, or its cells hold no units."""
    if column.role is not Role.UNIT or bare(column.header) != Role.UNIT:
        return False
    if sum(one.role is Role.UNIT for one in columns) > 1:
        return True
    texts = [tidy(text) for row, text in _below(sheet, number, column.letter) if text]
    return not texts or not all(is_unit(text, catalogue) for text in texts)


def _below(sheet: Sheet, number: int, letter: str) -> list[tuple[int, str | None]]:
    """Row and text of the first cells of a column below the header."""
    top = sheet.cells.slice(0, SEARCHED + number)
    return [
        (row, text) for row, text in zip(top["row"].to_pylist(), top[letter].to_pylist(), strict=True) if row > number
    ][:SEARCHED]


def _dated_twice(sheet: Sheet, number: int, columns: Sequence[Column]) -> Iterator[Finding]:
    """A month over a column of figures, and a column for the period of each row."""
    if any(column.role is Role.PERIOD for column in columns):
        for column in columns:
            if column.role is Role.VALUE and column.period:
                yield Finding(
                    severity=Severity.ERROR, rule="period-twice", sheet=sheet.name, row=number, column=column.header,
                    cell=f"{column.letter}{number}", value=column.header,
                    message=f"列名“{column.header}”写明了期间，另有一列也写期间，分不清以哪个为准。", fix="请只保留一种写法。",
                )  # fmt: skip
                return


def _sum(sheet: Sheet, number: int, column: Column, *, taken: bool) -> Finding:
    """A column that adds up months; `taken` for the indicators that are reported as running totals."""
    said = "是年初以来的累计，只用于按累计值填报的指标。" if taken else "是几期的合计，未入库。"
    return Finding(
        severity=Severity.WARNING, rule="sum-column", sheet=sheet.name, row=number, column=column.header,
        cell=f"{column.letter}{number}", value=column.header, message=f"列“{column.header}”{said}",
        fix="" if taken else "各期的数已读取；按累计值填报的指标，请写成1—4月。",
    )  # fmt: skip


def _unknown(sheet: Sheet, number: int, letter: str, header: str, base: str) -> Finding:
    """`base`: the known word before brackets that are not understood; "" for none."""
    change = _CHANGE.search(header) is not None
    return Finding(
        severity=Severity.WARNING,
        rule="change-column" if change else "unknown-column",
        sheet=sheet.name, row=number, column=header, cell=f"{letter}{number}", value=header,
        message=f"列“{header}”是变化量，由看板自行计算，未入库。" if change else f"列“{header}”未识别，未入库。",
        fix="" if change
        else f"括号里的话说明这一列可能不是要上报的数；如果就是，请把列名改成“{base}”。" if base
        else "如这一列是需要的数据，请改用模板中的列名。",
    )  # fmt: skip


def _twice(sheet: Sheet, number: int, columns: Sequence[Column]) -> Iterator[Finding]:
    seen: dict[tuple[str, str | None, str | None, str], Column] = {}
    for column in columns:
        if column.role is Role.IGNORED:
            continue
        key = (column.role, column.indicator, column.period, column.span)
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
