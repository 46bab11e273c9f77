"""Rows of text into a table, and the sizes beyond which a file is no monthly report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

import pyarrow as pa
import pyarrow.compute as pc
from openpyxl.utils import get_column_letter

from metrics.intake.finding import Finding, Severity, Unreadable

MOST_COLUMNS = 300
MOST_ROWS = 1_100_000  # a sheet of Excel has 1,048,576
LONGEST_CELL = 32_767  # characters: Excel's own limit
MOST_CELLS = 15_000_000
HELD_CELLS = 100_000  # as Python objects at a time; each costs about 60 bytes until it is in the table

Row = tuple[int, Sequence[str | None]]  # the number that Excel shows, and the cells from A on


def refusal(rule: str, message: str, fix: str, *, row: int | None = None) -> Unreadable:
    """The one sentence for a file that cannot be read as a table."""
    return Unreadable(Finding(severity=Severity.ERROR, rule=rule, message=message, fix=fix, row=row))


def too_wide(columns: int) -> Unreadable:
    """More columns than any report has."""
    return refusal(
        "too-many-columns",
        f"表有{columns}列，最多可读{MOST_COLUMNS}列。",
        "请删去多余的列，或下载模板填写后上传。",
    )


def too_long(rows: int | None = None) -> Unreadable:
    """More rows than a sheet of Excel has."""
    counted = f"表有{rows}行" if rows else "表的行数过多"
    return refusal("too-many-rows", f"{counted}，最多可读{MOST_ROWS}行。", "请分成几个文件上传。")


def cell_too_long(row: int | None = None) -> Unreadable:
    """A cell that Excel itself would cut off."""
    where = f"第{row}行" if row else "文件中"
    return refusal(
        "cell-too-long",
        f"{where}有单元格超过{LONGEST_CELL}个字，超出Excel的上限。",
        "请检查该处是否缺少引号或误贴了整段内容，改正后重新上传。",
        row=row,
    )


def too_big() -> Unreadable:
    """More cells than can be held."""
    return refusal("too-large", "表的内容过多，无法读取。", "请只保留要上报的数据，或分成几个文件上传。")


def table(rows: Iterable[Row]) -> pa.Table:
    """`row` and columns A, B, ... up to the last one used, ascending by row; rows without text are left out.

    Raises Unreadable beyond the sizes above, and for two rows with the same number.
    """
    return assemble([_piece(held) for held in _portions(rows)])


def assemble(pieces: Sequence[pa.Table]) -> pa.Table:
    """One table of pieces that may differ in width."""
    if not pieces:
        return pa.table({"row": pa.array([], pa.int32())})
    width = max(_used(piece) for piece in pieces)
    whole = pa.concat_tables([_widened(piece, width) for piece in pieces])
    return _ascending(_without_blank(whole))


def piece_of(numbers: pa.Array, columns: Sequence[pa.Array | pa.ChunkedArray]) -> pa.Table:
    """Columns side by side under their letters."""
    names = ["row", *(get_column_letter(at + 1) for at in range(len(columns)))]
    return pa.table([numbers, *columns], names=names)


def _portions(rows: Iterable[Row]) -> Iterator[list[Row]]:
    held: list[Row] = []
    cells, total = 0, 0
    for row in rows:
        held.append(row)
        cells += len(row[1]) + 1
        if cells > HELD_CELLS:
            yield held
            held, total, cells = [], total + cells, 0
            if total > MOST_CELLS:
                raise too_big()
    if held:
        yield held


def _piece(held: Sequence[Row]) -> pa.Table:
    lines = [cells for _, cells in held]
    width = max(map(len, lines))
    if width > MOST_COLUMNS:
        raise too_wide(width)
    if held[-1][0] > MOST_ROWS:
        raise too_long()
    numbers = pa.array([number for number, _ in held], pa.int32())
    made = piece_of(numbers, [pa.array(column, pa.string()) for column in zip_longest(*lines)])
    check_lengths(made)
    return made


def check_lengths(piece: pa.Table) -> None:
    """Raises Unreadable for a cell that is longer than Excel takes."""
    for column in piece.columns[1:]:
        if (pc.max(pc.binary_length(column)).as_py() or 0) > LONGEST_CELL:
            long = pc.fill_null(pc.greater(pc.utf8_length(column), LONGEST_CELL), False)  # noqa: FBT003
            found = piece["row"].filter(long)
            if len(found):
                raise cell_too_long(found[0].as_py())


def _used(piece: pa.Table) -> int:
    used = [at for at, column in enumerate(piece.columns) if column.null_count < len(column)]
    return max(used, default=0)


def _widened(piece: pa.Table, width: int) -> pa.Table:
    columns = piece.columns[1 : width + 1]
    missing = [pa.nulls(len(piece), pa.string()) for _ in range(width - len(columns))]
    return piece_of(piece["row"], [*columns, *missing])


def _without_blank(whole: pa.Table) -> pa.Table:
    columns = whole.columns[1:]
    if not columns or any(column.null_count == 0 for column in columns):
        return whole if columns else whole.slice(0, 0)
    filled = pc.is_valid(columns[0])
    for column in columns[1:]:
        filled = pc.or_(filled, pc.is_valid(column))
    return whole.filter(filled)


def _ascending(whole: pa.Table) -> pa.Table:
    numbers = whole["row"].to_numpy()
    if (numbers[1:] > numbers[:-1]).all():
        return whole
    if len(set(numbers.tolist())) < len(numbers):
        raise refusal("cut-file", "文件不完整或已损坏：有两行的行号相同。", "请在Excel中打开，另存为新文件后上传。")
    return whole.take(pc.sort_indices(whole["row"]))
