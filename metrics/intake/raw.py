"""Tables of text -> `raw`, one row for each figure or milestone that a file tells, and `labelled`, the rows that tell none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from metrics.harmless import restored
from metrics.intake.column import Column, Role
from metrics.intake.headword import scale
from metrics.intake.layout import BLANKS, Layout

TEXTS: Final = (
    Role.CODE, Role.NAME, Role.PERIOD, Role.REGION, Role.VALUE, Role.NUMERATOR, Role.DENOMINATOR, Role.QUALIFIER,
    Role.NOTE, Role.STATE, Role.PLANNED, Role.ACTUAL, Role.UNIT,
)  # fmt: skip
FIELD: Final = {role: role.name.lower() for role in Role}
NUMBERING: Final = "([一二三四五六七八九十]+[、.．]|[（(][一二三四五六七八九十0-9]+[）)]|[0-9]+[、.．])?"
BEFORE: Final = "(上年同期|去年同期|上年度?|去年|往年|同期|上月|上期)(数|值|数据|完成|完成数|完成值|完成情况|情况)?"
PLANNED: Final = "(计划|目标|预计|预测|任务)(数|值|数据|指标|完成|完成数|完成值)?"
OTHER_THAN_ACTUAL: Final = f"{NUMBERING}(全年|年度|本年|本月|当月|下月|本季度|下达)?({BEFORE}|{PLANNED})[：:]?"
BRACKET: Final = "([（(][^（）()]*[)）])?"
SIGNED: Final = (
    "[^：:]{0,8}(负责人|填表人|填报人|制表人|审核人|复核人|校核人|经办人|联系人|电话|签字|签章)"
    "([（(](签字|签章|盖章|签名)[）)])?[：:].*|[（(]?(加盖)?(盖章|签字|签章|签名|公章)(处)?[）)]?"
)
NOTE: Final = "(注|备注|说明|填报|填表|审核|制表|数据来源|来源|联系|单位负责人|负责人|统计负责人|报送|报出|打印|附注)[^：:]{0,8}[：:].*"
DAY: Final = "[0-9]{4}[年./-][0-9]{1,2}[月./-][0-9]{1,2}日?"


def wordings(district: str) -> dict[str, str]:
    """For each class of rows that tell no figure of their own, what its text looks like, spaces taken out; the first wins.

    total     of all rows; so_far: of those above; page: of those since the last total; kind: of the 街道 or of the 镇
    aside     a sum of which it is not known what it is of, like parts, those of 北部四镇
    compared  like ranked: 上年同期, 目标, 增减, which are no figures of now
    """
    whole = f"([0-9]+个)?(全区|区|本区|{district}|街镇|各街镇|全街镇|街道乡镇|总)?"
    return {
        "average": f"(全区|区|{district}|街镇|各街镇|街道|镇)?(平均|均值)(值|数)?{BRACKET}[：:]?",
        "aside": f"其中[：:]?(街道|镇|乡镇|街镇)({BRACKET}|小计|合计)[：:]?|累计数?{BRACKET}[：:]?|"
        "(合计|总计|小计|共计)数?[（(][^（）()]*(含|除)[^（）()]*[)）][：:]?",
        "parts": f"(城区|城市|农村|[东南西北中]部|山[前后南北]|其他|其它)"
        f"[0-9一二三四五六七八九十]{{0,3}}个?(街道|镇|乡镇|街镇|地区)(小计|合计|共计)数?{BRACKET}[：:]?|"
        f"地区(办事处)?(小计|合计|共计)数?{BRACKET}[：:]?",
        "ranked": f"(占比|占全区比[重例]|完成率|完成比例|排名|名次|排序){BRACKET}[：:]?",
        "so_far": f"(以上|上述)(合计|总计|小计|共计)数?{BRACKET}[：:]?",
        "page": f"(本页)?小计数?{BRACKET}[：:]?|本页(合计|总计)[：:]?",
        "kind": f"([0-9]+个)?(街道|镇|乡镇|各街道|各镇)(小计|合计|共计|汇总)?数?{BRACKET}[：:]?",
        "total": f"{whole}(合计|总计|小计|共计|汇总|总合计)数?{BRACKET}[：:]?|{district}[（(](合计|总计)[）)]",
        "compared": f"{OTHER_THAN_ACTUAL}{BRACKET}|"
        f"(较|比)?(上年|去年|上月|上期|同期|上年同期|去年同期)?(同比|环比|增减|增幅|增长率?)(率|数|额|情况)?{BRACKET}[：:]?",
        "signed": SIGNED,
        "remark": "(备注|说明|注|附注|填[表报]说明)[：:]?",
        "note": NOTE,
    }


def fill(con: duckdb.DuckDBPyConnection, layouts: Sequence[Layout], *, district: str) -> None:
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
    _classify(con, [FIELD[role] for role in (Role.CODE, Role.NAME, Role.REGION) if role in said], district)


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
    if role in {Role.NUMERATOR, Role.DENOMINATOR}:
        return _part_of(layout, role, value)
    column = layout.of(role)
    if column is None and role is Role.UNIT:
        return _unit_of(value)
    if column and role is Role.NOTE:
        return f"CASE WHEN trim({_quoted(column.letter)}, '{BLANKS}') NOT IN ('', '-', '—', '/') THEN {_quoted(column.letter)} END"
    return _quoted(column.letter) if column else "NULL"


def _part_of(layout: Layout, role: Role, value: Column | None) -> str:
    """The 分子 or 分母 beside that column of figures; none where 完成数 is the figure itself."""
    part = layout.part(role, value)
    done = {column.letter for column in layout.columns if column.role is Role.NUMERATOR}
    itself = value is not None and value.letter in done
    return _with_magnitude(part, magnitudes="十百千万亿") if part and not itself else "NULL"


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
    several = f"regexp_matches({_quoted(year.letter)}, '[0-9]{{4}}.*[0-9]{{4}}')"
    return (
        f"CASE WHEN {digits} <> '' AND contains({text}, {digits}) THEN {text} "
        f"WHEN {several} THEN {_quoted(year.letter)} || ' ' || {text} ELSE {digits} || '年' || {month} END"
    )


def _with_magnitude(column: Column, *, magnitudes: str = "千万亿") -> str:
    """A header such as 数值（万处） says the scale of the numbers below it: 万 is put behind their digits.

    A cell that names the bare unit again contradicts its header, and is given both words, which nothing can read.
    """
    text = _quoted(column.letter)
    magnitude = scale(column.unit)
    if not magnitude or magnitude not in magnitudes:
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
    unit = unit_of(column)
    return f"'{unit}'" if unit else "NULL"


def unit_of(column: Column | None) -> str:
    """The unit that a header gives its column, without 千, 万 or 亿; "" for none."""
    unit = column.unit if column else ""
    return unit.lstrip("千万亿") if scale(unit) else unit


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


def _classify(con: duckdb.DuckDBPyConnection, spoken: Sequence[str], district: str) -> None:
    """Take out rows that tell no figure of their own; 其中： before a name is taken off it and remembered."""
    _word(con, spoken, district)
    con.execute(LABELLED)
    if con.execute("SELECT 1 FROM labelled LIMIT 1").fetchall():
        con.execute("DELETE FROM line WHERE id IN (SELECT id FROM labelled)")
    named = [field for field in spoken if field != FIELD[Role.CODE]]
    bare = "".join(f", {field} = nullif(regexp_replace({field}, '^其中[：:]?\\s*', ''), '')" for field in named)
    within = " OR ".join(f"starts_with({field}, '其中')" for field in (*named, "label"))
    con.execute(f"UPDATE line SET sub = true{bare} WHERE {within}")


def _word(con: duckdb.DuckDBPyConnection, spoken: Sequence[str], district: str) -> None:
    """Fill `wording`: the distinct texts that say that a row tells no figure of its own, and of which class it is."""
    texts = " UNION ".join(f"SELECT DISTINCT {field} AS text FROM line" for field in (*spoken, "label"))
    cases = " ".join(
        f"WHEN regexp_full_match(bare, '{looks}') THEN '{name}'"
        for name, looks in wordings(re.escape(district).replace("'", "''")).items()
    )
    con.execute(f"CREATE OR REPLACE TEMP TABLE spelt AS {texts}")  # a table: else each pattern is tried on each row
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE wording AS SELECT text, bare, CASE {cases} END AS class FROM ("
        f"SELECT text, regexp_replace(text, '[{BLANKS}]', '', 'g') AS bare FROM spelt "
        "WHERE NOT regexp_matches(text, '^[0-9]*$') AND text NOT IN (SELECT name FROM indicator)) WHERE class IS NOT NULL"
    )
    con.execute("DROP TABLE spelt")


WHOLE: Final = "(coalesce(value, numerator, state) IS NOT NULL AND period IS NOT NULL AND region IS NOT NULL)"
DATED: Final = "regexp_matches(period, '[0-9０-９年月季]')"
TELLS: Final = "coalesce(value, numerator, denominator, state) IS NOT NULL"
A_DAY: Final = (
    "(coalesce(code, name, nullif(region, label), nullif(value, label), numerator, denominator, state) IS NULL "
    f"AND regexp_full_match(label, '{DAY}'))"
)
# One text and nothing else below the table: 经办人：张三, （盖章）. A number standing alone is none.
ALONE: Final = (
    "(coalesce(period, region, value, numerator, denominator, state, note) IS NULL AND fixed IS NULL "
    "AND (code IS NULL) <> (name IS NULL) AND NOT regexp_matches(label, '^[0-9.,%-]+$') "
    "AND coalesce(code, name) NOT IN (SELECT code FROM indicator UNION ALL SELECT name FROM indicator))"
)
# The first condition leaves few rows to look at closely. What compares and tells nothing stands above rows of its own.
LABELLED: Final = f"""
CREATE OR REPLACE TEMP TABLE labelled AS SELECT * FROM (
WITH looked AS (
    SELECT * FROM raw WHERE label IN (SELECT text FROM wording) OR name IN (SELECT text FROM wording)
        OR region IN (SELECT text FROM wording) OR code IN (SELECT text FROM wording)
        OR {ALONE} OR {A_DAY} OR coalesce(code, name, period, region, value, numerator, denominator, state, note) IS NULL
), worded AS (
    SELECT k.*, bool_or({TELLS}) OVER (PARTITION BY sheet_no, row) AS tells, coalesce(g.class, n.class, c.class, l.class) AS worded,
        coalesce(g.class, n.class, c.class) IS NOT NULL AS spoken, g.class IS NOT NULL OR k.region IS NULL AS placed,
        g.class IS NOT NULL OR k.region IS NULL AND k.name IS NULL AS at_place, coalesce(g.bare, n.bare, c.bare, l.bare) AS said
    FROM looked k LEFT JOIN wording g ON g.text = k.region LEFT JOIN wording n ON n.text = k.name
        LEFT JOIN wording c ON c.text = k.code LEFT JOIN wording l ON l.text = k.label
)
SELECT *, CASE
    WHEN worded IN ('total', 'average', 'so_far', 'page') OR worded = 'aside' AND placed THEN worded
    WHEN worded = 'parts' AND placed THEN CASE WHEN tells THEN 'aside' ELSE 'note' END
    WHEN worded = 'ranked' AND at_place THEN 'compared'
    WHEN worded = 'kind' AND placed THEN CASE WHEN tells THEN 'kind' ELSE 'note' END
    WHEN worded = 'compared' AND (spoken OR region IS NULL)
        THEN CASE WHEN tells OR len(list_distinct([code, name, region])) > 1 THEN 'compared' ELSE 'section' END
    WHEN worded = 'signed' AND (label IN (code, name) OR region IS NULL OR regexp_matches(region, '[：:]')) THEN 'note'
    WHEN worded IN ('signed', 'note') AND NOT ({WHOLE} AND {DATED}) THEN 'note'
    WHEN worded = 'remark' AND NOT tells THEN 'note'
    WHEN {A_DAY} THEN 'note'
    WHEN {ALONE} THEN 'alone'
    WHEN coalesce(code, name, period, region, value, numerator, denominator, state, note) IS NULL THEN 'empty'
END AS class
FROM worded) WHERE class IS NOT NULL
"""
