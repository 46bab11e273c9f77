"""Tables of text -> `raw`, one row for each figure or milestone that a file tells, and `labelled`, the rows that tell none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from metrics.harmless import restored
from metrics.intake.layout import BLANKS, Column, Layout, Role

TEXTS: Final = (
    Role.CODE, Role.NAME, Role.PERIOD, Role.REGION, Role.VALUE, Role.NUMERATOR, Role.DENOMINATOR, Role.QUALIFIER,
    Role.NOTE, Role.STATE, Role.PLANNED, Role.ACTUAL, Role.UNIT,
)  # fmt: skip
FIELD: Final = {role: role.name.lower() for role in Role}
TOTALS: Final = ("合计", "总计", "小计", "共计", "全区合计", "合计数", "总合计")
AVERAGES: Final = ("平均", "平均值", "平均数", "均值", "全区平均", "全区平均值")
NOTE: Final = "^(注|备注|说明|填报|填表|审核|制表|数据来源|来源|联系|单位负责人|负责人|统计负责人|报送|报出|打印|附注)[^：:]{0,8}[：:]"


def fill(con: duckdb.DuckDBPyConnection, layouts: Sequence[Layout]) -> None:
    """Create `raw` and `labelled`. What no table of the file says is no column of `line`, but a NULL of the view."""
    said = [role for role in TEXTS if any(_text_of(one, role, column) != "NULL" for one, column in _columns(layouts))]
    texts = "".join(f"{FIELD[role]} VARCHAR, " for role in said)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE line(id BIGINT, sheet_no INTEGER, row INTEGER, letter VARCHAR, fixed VARCHAR, "
        f"span VARCHAR, label VARCHAR, {texts}sub BOOLEAN)"
    )
    unsaid = "".join(f", CAST(NULL AS VARCHAR) AS {FIELD[role]}" for role in TEXTS if role not in said)
    con.execute(f"CREATE OR REPLACE TEMP VIEW raw AS SELECT *{unsaid} FROM line")
    for sheet_no, one in enumerate(layouts):
        _insert(con, sheet_no, one, said)
    _classify(con, [FIELD[role] for role in (Role.NAME, Role.REGION) if role in said])


def _columns(layouts: Iterable[Layout]) -> Iterator[tuple[Layout, Column | None]]:
    """Every column of figures with its table; a table of work has none."""
    return ((one, column) for one in layouts for column in one.values or (None,))


def _insert(con: duckdb.DuckDBPyConnection, sheet_no: int, layout: Layout, said: Sequence[Role]) -> None:
    """One row for each row of the table and each of its columns of figures."""
    cells = filled(layout)
    con.register("cells", trimmed(cells, layout))
    for _, column in _columns([layout]):
        before = con.execute("SELECT count(*) FROM line").fetchall()[0][0]
        texts = "".join(f"{_text_of(layout, role, column)}, " for role in said)
        con.execute(
            f"INSERT INTO line SELECT {before} + row_number() OVER (), {sheet_no}, row, $letter, $fixed, $span, "
            f"{_label(_told(cells, layout))}, {texts}false FROM cells WHERE row > $header",
            {
                "letter": column.letter if column else None,
                "fixed": column.indicator if column else None,
                "span": column.span if column else "",
                "header": layout.header_row,
            }
            | ({"period": column.period} if column and column.period else {}),
        )
    con.unregister("cells")


def trimmed(cells: pa.Table, layout: Layout) -> pa.Table:
    """The cells without spaces of any kind around them, blank ones NULL; 备注 stays as written."""
    note = layout.of(Role.NOTE)
    columns = [cells["row"]]
    for letter in cells.schema.names[1:]:
        column = cells[letter].combine_chunks()
        if column.null_count < len(column) and not (note and note.letter == letter):
            coded = column.dictionary_encode()
            texts = pc.utf8_trim(coded.dictionary, characters=BLANKS)
            if not (texts.equals(coded.dictionary) and pc.all(pc.not_equal(texts, "")).as_py()):
                column = pc.if_else(pc.equal(texts, ""), None, texts).take(coded.indices)
        columns.append(column)
    return _restored(pa.table(columns, names=cells.schema.names), layout)


def _restored(cells: pa.Table, layout: Layout) -> pa.Table:
    """The cells of a CSV without the apostrophe that an export put before what a spreadsheet would run."""
    if layout.sheet.name is not None:
        return cells
    for letter in cells.schema.names[1:]:
        if pc.any(pc.starts_with(cells[letter], "'")).as_py():
            column = [restored(text) if text else text for text in cells[letter].to_pylist()]
            cells = cells.set_column(cells.schema.names.index(letter), letter, pa.array(column, pa.string()))
    return cells


def _told(cells: pa.Table, layout: Layout) -> list[str]:
    """The letters of the columns that can say what a row is: all but 备注."""
    note = layout.of(Role.NOTE)
    return [letter for letter in cells.schema.names[1:] if note is None or letter != note.letter]


def _label(letters: Sequence[str]) -> str:
    return f"coalesce({', '.join(map(_quoted, letters))}, '')"


def _quoted(letter: str) -> str:
    return f'"{letter}"'


def _text_of(layout: Layout, role: Role, value: Column | None) -> str:
    """SQL for the text of that role; NULL when the table has no such column."""
    if role is Role.PERIOD:
        return _period_of(layout, value)
    if role is Role.VALUE:
        return _with_magnitude(value) if value else "NULL"
    column = layout.of(role)
    if column is None and role is Role.UNIT:
        return _unit_of(value)
    if column and role is Role.NOTE:
        return f"CASE WHEN trim({_quoted(column.letter)}, '{BLANKS}') NOT IN ('', '-', '—', '/') THEN {_quoted(column.letter)} END"
    return _quoted(column.letter) if column else "NULL"


def _period_of(layout: Layout, value: Column | None) -> str:
    """The period of a row: over the column, or in a column of its own; with the year of 年份 where it names none."""
    column, year = layout.of(Role.PERIOD), layout.of(Role.YEAR)
    text = "$period" if value and value.period else _quoted(column.letter) if column else "NULL"
    if year is None:
        return text
    digits, month = (
        f"regexp_extract({_quoted(year.letter)}, '[0-9]{{4}}')",
        f"regexp_replace({text}, '^([0-9]{{1,2}})$', '\\1月')",
    )
    return f"CASE WHEN {digits} <> '' AND contains({text}, {digits}) THEN {text} ELSE {digits} || '年' || {month} END"


def _with_magnitude(column: Column) -> str:
    """A header such as 数值（万处） says the scale of the numbers below it: 万 is put behind their digits.

    A cell that names the bare unit again contradicts its header, and is given both words, which nothing can read.
    """
    text = _quoted(column.letter)
    magnitude = column.unit[:1] if column.unit[:1] in {"万", "亿", "千"} and column.unit not in {"千米", "千克"} else ""
    if not magnitude:
        return text
    digit, unit = "0-9０-９零〇一二两三四五六七八九十百", column.unit[1:]
    again = f"WHEN regexp_matches({text}, '[{digit}]{unit}') THEN {text} || '（{column.unit}）' " if unit else ""
    first_end = f"regexp_replace({text}, '([{digit}])([~～—–至到-]+[{digit}])', '\\1{magnitude}\\2')"
    return (
        f"CASE WHEN regexp_matches({text}, '[千万亿%％/]') OR NOT regexp_matches({text}, '[{digit}]') THEN {text} {again}"
        f"ELSE regexp_replace({first_end}, '([{digit}])([^{digit}]*)$', '\\1{magnitude}\\2') END"
    )


def _unit_of(column: Column | None) -> str:
    """SQL for the unit that a header gives its column; NULL for none."""
    unit = (
        column.unit.lstrip("千万亿")
        if column and column.unit not in {"千米", "千克"}
        else column.unit
        if column
        else ""
    )
    return f"'{unit}'" if unit else "NULL"


def filled(layout: Layout) -> pa.Table:
    """The cells with the text of a merged range in each of its rows, for the columns that say what a figure is of."""
    cells = layout.sheet.cells
    spoken = {
        column.letter
        for column in layout.columns
        if column.role in {Role.CODE, Role.NAME, Role.PERIOD, Role.REGION, Role.UNIT}
    }
    ranges = [span for text in layout.sheet.merged if (span := bounds(text))[1] > layout.header_row]
    for letter in sorted({first for first, *_ in ranges} & spoken):
        rows = {number: at for at, number in enumerate(cells["row"].to_pylist())}
        column = cells[letter].to_pylist()
        for first, top, bottom in ranges:
            if first == letter and top in rows:
                for row in range(top, bottom + 1):
                    if row in rows:
                        column[rows[row]] = column[rows[top]]
        cells = cells.set_column(cells.schema.names.index(letter), letter, pa.array(column, pa.string()))
    return cells


def bounds(text: str) -> tuple[str, int, int]:
    """Letter of the first column, first row and last row of A1:B2."""
    first, _, last = text.partition(":")
    letter = first.rstrip("0123456789")
    return letter, int(first[len(letter) :]), int((last or first).lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))


def _classify(con: duckdb.DuckDBPyConnection, spoken: Sequence[str]) -> None:
    """Take out rows that tell no figure of their own; 其中： before a name is taken off it and remembered."""
    con.execute(LABELLED)
    if con.execute("SELECT 1 FROM labelled LIMIT 1").fetchall():
        con.execute("DELETE FROM line WHERE id IN (SELECT id FROM labelled)")
    bare = "".join(f", {field} = nullif(regexp_replace({field}, '^其中[：:]?\\s*', ''), '')" for field in spoken)
    within = " OR ".join(f"starts_with({field}, '其中')" for field in (*spoken, "label"))
    con.execute(f"UPDATE line SET sub = true{bare} WHERE {within}")


def _listed(words: Iterable[str]) -> str:
    """SQL: one of the texts that say what a row is of is one of the words, its characters spaced or not."""
    spaced = {gap.join(word) for word in words for gap in ("", " ", "  ", "   ", "    ", "\u3000", "\u3000\u3000")}
    listed = ", ".join(f"'{word}{colon}'" for word in sorted(spaced) for colon in ("", "：", ":"))
    return " OR ".join(f"{field} IN ({listed})" for field in ("label", "name", "region", "code"))


WHOLE: Final = "(coalesce(value, numerator, state) IS NOT NULL AND period IS NOT NULL AND region IS NOT NULL)"
# One text and nothing else below the table: 经办人：张三, （盖章）. A number standing alone is none.
ALONE: Final = (
    "(coalesce(period, region, value, numerator, denominator, state, note) IS NULL AND fixed IS NULL "
    "AND (code IS NULL) <> (name IS NULL) AND NOT regexp_matches(label, '^[0-9.,%-]+$') "
    "AND coalesce(code, name) NOT IN (SELECT code FROM indicator UNION ALL SELECT name FROM indicator))"
)
# The first condition leaves few rows to look at closely.
LABELLED: Final = f"""
CREATE OR REPLACE TEMP TABLE labelled AS SELECT *, CASE
    WHEN {_listed(TOTALS)} THEN 'total'
    WHEN {_listed(AVERAGES)} THEN 'average'
    WHEN regexp_matches(label, '{NOTE}') AND NOT {WHOLE} THEN 'note'
    WHEN {ALONE} THEN 'alone'
    WHEN coalesce(code, name, period, region, value, numerator, denominator, state, note) IS NULL THEN 'empty'
END AS class
FROM (SELECT * FROM raw WHERE contains(label, '计') OR contains(name, '计') OR contains(region, '计') OR contains(code, '计')
    OR contains(label, '均') OR contains(name, '均') OR contains(region, '均') OR contains(code, '均')
    OR instr('注备说填审制数来联单负统报打附', substr(label, 1, 1)) > 0
    OR {ALONE} OR coalesce(code, name, period, region, value, numerator, denominator, state, note) IS NULL)
WHERE class IS NOT NULL
"""
