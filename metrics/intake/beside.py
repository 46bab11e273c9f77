"""What stands beside the figures and says that they are not those that are reported: columns of kinds, of places, numbers cut in two."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from metrics.catalogue import Catalogue
from metrics.intake.column import Role
from metrics.intake.finding import CAP, Finding, Severity
from metrics.intake.headword import bare
from metrics.intake.layout import SEARCHED, Layout, tidy
from metrics.intake.raw import OTHER_THAN_ACTUAL
from metrics.model import Kind

KINDS: Final = re.compile("(数据|数值|指标|统计|填报)?(类型|口径|类别|性质|属性)|(数据|填报|记录|审核)状态")
NOT_DONE: Final = re.compile(
    "(未完成|应[^急用对]|剩余|未整改|欠)[^，,。；;]{0,6}|(已)?(作废|撤销|撤回)|草稿|旧版|(填报)?(示例|样例)"
)
OF_MONTH: Final = re.compile("[当本]月(数|值|完成数?)?|单月数?|月度数?")
VOID: Final = r"^\s*(本行|此行|该行|数据)?(已)?(作废|撤销|撤回)[。.]?\s*$"
PLACES: Final = re.compile(
    "(所属|所在)?(社区|村|居委会|村委会|居村|村居|社区村|小区)([/、或]?(社区|村|居委会|村委会))?(名称)?"
    "|(道路|点位|路段|街巷|胡同|公厕|站点|楼宇|地点|点位道路)名称|点位|路段|具体(点位|位置|地点)"
)
WHOLE_STREET: Final = {"合计", "小计", "总计", "全街", "全镇", "全街道", "全部", "-", "—", "/", "无"}
FIRST: Final = r"^\s*-?[0-9]{1,3}\s*$"
REST: Final = r"^\s*0[0-9]{2}([.][0-9]+)?\s*$"
FIGURES: Final = {Role.VALUE, Role.NUMERATOR, Role.DENOMINATOR}


def beside(layouts: Sequence[Layout], catalogue: Catalogue) -> Iterator[Finding]:
    """A finding for each kind of figure other than the reported, for figures below 街镇, and for each number cut in two."""
    for one in layouts:
        header = _header(one)
        for letter, text in header.items():
            if KINDS.fullmatch(text):
                yield from _kinds(one, letter, catalogue)
            elif PLACES.fullmatch(text):
                yield from _places(one, letter)
        yield from _void(one)
        if one.sheet.name is None:
            yield from _cut(one)


def _header(one: Layout) -> dict[str, str]:
    """Text of each header cell, without spaces and brackets, for comparing."""
    return {letter: re.sub("[（）()]", "", bare(text)) for letter, text in header_cells(one).items()}


def header_cells(one: Layout) -> dict[str, str]:
    """Text of each cell of the header row; above an empty one, the text that is merged down to it."""
    near = pc.is_in(one.sheet.cells["row"], pa.array([one.header_row - 1, one.header_row], pa.int32()))
    texts: dict[str, str] = {}
    for cells in one.sheet.cells.slice(0, SEARCHED).filter(near.slice(0, SEARCHED)).to_pylist():
        texts |= {letter: tidy(text) for letter, text in cells.items() if letter != "row" and tidy(text)}
    return texts


def _below(one: Layout, letter: str) -> Iterator[tuple[int, str]]:
    """The first row of each distinct text below that header."""
    cells = one.sheet.cells.filter(pc.greater(one.sheet.cells["row"], one.header_row)).select(["row", letter])
    for found in cells.group_by(letter).aggregate([("row", "min")]).sort_by("row_min").to_pylist():
        if tidy(found[letter]):
            yield found["row_min"], tidy(found[letter])


def _kinds(one: Layout, letter: str, catalogue: Catalogue) -> Iterator[Finding]:
    for row, text in _below(one, letter):
        if re.fullmatch(OTHER_THAN_ACTUAL, bare(text)) or (
            NOT_DONE.fullmatch(bare(text)) and not _only(one, letter, text, catalogue, {Kind.COUNTDOWN})
        ):
            yield _found(
                one, "other-than-actual", f"{letter}{row}", text,
                f"第{row}行写着“{text}”，不是本期完成数。", "请去掉这些行，只留本期完成数。",
            )  # fmt: skip
        elif OF_MONTH.fullmatch(bare(text)) and not _only(one, letter, text, catalogue, {*Kind} - {Kind.CUMULATIVE}):
            yield _found(
                one, "month-for-cumulative", f"{letter}{row}", text,
                f"第{row}行写着“{text}”，其中有按累计值填报的指标。", "请填年初以来的累计数。",
            )  # fmt: skip


def _only(one: Layout, letter: str, text: str, catalogue: Catalogue, kinds: set[Kind]) -> bool:
    """Whether the rows of that text report only indicators of these kinds."""
    rows = one.sheet.cells.filter(pc.equal(one.sheet.cells[letter], text))
    said = {column.indicator for column in one.values if column.indicator}
    for column in (one.of(Role.CODE), one.of(Role.NAME)):
        said |= {tidy(word) for word in pc.unique(rows[column.letter]).to_pylist()} if column else set()
    return not any({own.code, own.name} & said and own.kind not in kinds for own in catalogue.indicators.values())


def _void(one: Layout) -> Iterator[Finding]:
    """作废 in 备注 or 状态 of a row."""
    cells = one.sheet.cells
    for column in filter(None, (one.of(Role.NOTE), one.of(Role.STATE))):
        if cells[column.letter].null_count == len(cells):
            continue
        said = pc.and_(pc.match_substring_regex(cells[column.letter], VOID), pc.greater(cells["row"], one.header_row))
        void = cells.select(["row", column.letter]).filter(said)
        for row, text in zip(*void.slice(0, CAP).to_pydict().values(), strict=True):
            yield _found(
                one, "other-than-actual", f"{column.letter}{row}", tidy(text),
                f"第{row}行{column.header}写着“{tidy(text)}”。", "请删去作废的行；如果仍要上报，请改正这一格。",
            )  # fmt: skip


def _places(one: Layout, letter: str) -> Iterator[Finding]:
    for row, text in _below(one, letter):
        if bare(text) not in WHOLE_STREET:
            yield _found(
                one, "below-street", f"{letter}{row}", text,
                f"第{row}行写着“{text}”，这一行不是整个街镇的数。", "请按街镇汇总成一行，去掉这一列。",
            )  # fmt: skip
            return


def _cut(one: Layout) -> Iterator[Finding]:
    """1,020 without quotation marks: 1 under one column of figures and 020 under the next."""
    letters = one.sheet.cells.schema.names[1:]
    for column in one.columns:
        if column.role in FIGURES and column.letter in letters[:-1]:
            yield from _cut_at(one, column.letter, letters[letters.index(column.letter) + 1])


def _cut_at(one: Layout, letter: str, after: str) -> Iterator[Finding]:
    cells = one.sheet.cells
    rests = pc.match_substring_regex(cells[after], REST)
    if not pc.any(rests).as_py():
        return
    both = pc.and_(
        pc.and_(rests, pc.match_substring_regex(cells[letter], FIRST)), pc.greater(cells["row"], one.header_row)
    )
    for found in cells.filter(both).select(["row", letter, after]).slice(0, CAP).to_pylist():
        row, first, rest = found["row"], tidy(found[letter]), tidy(found[after])
        yield _found(
            one, "split-thousands", f"{letter}{row}", first,
            f"第{row}行“{first}”和右边的“{rest}”疑似一个数 {first},{rest} 被千分位逗号分开。", "请去掉千分位逗号，或从Excel重新另存为CSV。",
        )  # fmt: skip


def _found(one: Layout, rule: str, cell: str, text: str, message: str, fix: str) -> Finding:
    letter = cell.rstrip("0123456789")
    return Finding(
        severity=Severity.ERROR, rule=rule, sheet=one.sheet.name, file_no=one.file_no, row=int(cell.removeprefix(letter)),
        column=header_cells(one).get(letter), cell=cell, value=text, message=message, fix=fix,
    )  # fmt: skip
