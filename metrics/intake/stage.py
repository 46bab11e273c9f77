"""Tables of text -> typed rows in temporary tables: plain figures in SQL, every other text read once per distinct value.

raw       one row for each figure or milestone that a file tells, still text; what stands around the table left out
labelled  rows that tell no figure of their own: total, average, note
staged    raw, read: one observation a row
reading   what was said while reading a text: a problem, a question or a remark, with its place
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from metrics import number, period
from metrics.catalogue import Catalogue
from metrics.harmless import restored
from metrics.intake.layout import BLANKS, Column, Layout, Role
from metrics.intake.names import Names, Unknown
from metrics.model import Indicator, Kind, State
from metrics.number import Figure, Fraction, Missing, NotAFigure, Qualifier, Range, half_up
from metrics.period import Ambiguous, NotAPeriod, Period

Connection = duckdb.DuckDBPyConnection
DECIMAL: Final = pa.decimal128(18, 4)
STORED_DECIMALS: Final = 4
MANY: Final = 1000  # different wrong texts in one column
GREATEST: Final = Decimal(10) ** 13
TEXTS: Final = (
    Role.CODE, Role.NAME, Role.PERIOD, Role.REGION, Role.VALUE, Role.NUMERATOR, Role.DENOMINATOR, Role.QUALIFIER,
    Role.NOTE, Role.STATE, Role.PLANNED, Role.ACTUAL, Role.UNIT,
)  # fmt: skip
FIELD: Final = {role: role.name.lower() for role in Role}
TOTALS: Final = ("合计", "总计", "小计", "共计", "全区合计", "合计数", "总合计")
AVERAGES: Final = ("平均", "平均值", "平均数", "均值", "全区平均", "全区平均值")
NOTE: Final = "^(注|备注|说明|填报|填表|审核|制表|数据来源|来源|联系|单位负责人|负责人|统计负责人|报送|报出|打印|附注)[^：:]{0,8}[：:]"
PLAIN: Final = r"-?[0-9]{1,13}(\.[0-9]{1,4})?"
STATES: Final = {**{state.value: state for state in State}, "完成": State.DONE, "已办结": State.DONE, "推进中": State.ONGOING,
                 "正在推进": State.ONGOING, "尚未开始": State.NOT_STARTED}  # fmt: skip
QUALIFIERS: Final = {
    "": Qualifier.EXACT, "exact": Qualifier.EXACT, "等于": Qualifier.EXACT, "=": Qualifier.EXACT, "精确": Qualifier.EXACT,
    "超": Qualifier.GT, "超过": Qualifier.GT, "大于": Qualifier.GT, "高于": Qualifier.GT, "多于": Qualifier.GT, "余": Qualifier.GT,
    ">": Qualifier.GT, "gt": Qualifier.GT, "以上": Qualifier.GE, "不低于": Qualifier.GE, "至少": Qualifier.GE, "≥": Qualifier.GE,
    ">=": Qualifier.GE, "ge": Qualifier.GE, "不足": Qualifier.LT, "低于": Qualifier.LT, "小于": Qualifier.LT, "近": Qualifier.LT,
    "<": Qualifier.LT, "lt": Qualifier.LT, "以下": Qualifier.LE, "不超过": Qualifier.LE, "至多": Qualifier.LE, "≤": Qualifier.LE,
    "<=": Qualifier.LE, "le": Qualifier.LE, "约": Qualifier.APPROX, "左右": Qualifier.APPROX, "大约": Qualifier.APPROX,
    "approx": Qualifier.APPROX, "区间": Qualifier.RANGE, "range": Qualifier.RANGE,
}  # fmt: skip
WRITTEN_AS: Final = {
    Qualifier.GT: "超{}", Qualifier.GE: "{}以上", Qualifier.LT: "不足{}", Qualifier.LE: "{}以下", Qualifier.APPROX: "约{}",
}  # fmt: skip
REMARKS: Final = {
    "dash": "“{text}”按缺报处理；如为不适用请填“不适用”，如为零请填0。",
    "footnote": "“{text}”后面的注释符号已去掉。",
    "range": "“{text}”是区间，按区间入库，不画成一个点。",
    "shorthand": "“{text}”按“以上”处理。",
    "chinese-numeral": "“{text}”是中文数字，已读作{value}。",
    "unit-magnitude": "“{text}”已读作{value}。",
    "serial": "“{text}”是Excel日期序号，已读作{period}。",
    "excel-display": "“{text}”已读作{period}，请确认。",
    "excel-display-ambiguous": "“{text}”已读作{period}，也可能是某一天，请确认。",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What reading one text said: a rule, a severity and words; key and options of a question."""

    rule: str
    severity: str
    message: str
    fix: str = ""
    key: str | None = None
    options: str | None = None


def stage(
    con: Connection, layouts: Sequence[Layout], catalogue: Catalogue, names: Names, answers: Mapping[str, str]
) -> None:
    """Fill the temporary tables from the layouts; nothing is written to the store."""
    _tables(con)
    _indicators(con, catalogue)
    sheets = [{"sheet_no": number, "name": one.sheet.name} for number, one in enumerate(layouts)]
    table(con, "sheet", sheets, {"sheet_no": pa.int32(), "name": pa.string()})
    for sheet_no, one in enumerate(layouts):
        _raw(con, sheet_no, one)
    _classify(con)
    _read_names(con, names)
    _read_periods(con, layouts, answers)
    _read_figures(con, catalogue, answers)
    _read_words(con)
    con.execute(STAGED)


def forget_texts(con: Connection) -> None:
    """Keep of `raw` only where each row stands, for a million rows need the room."""
    con.execute("CREATE OR REPLACE TEMP TABLE places AS SELECT id, sheet_no, row, letter, region FROM raw")
    con.execute("DROP TABLE raw")
    con.execute("ALTER TABLE places RENAME TO raw")


def _tables(con: Connection) -> None:
    texts = ", ".join(f"{FIELD[role]} VARCHAR" for role in TEXTS)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE raw(id BIGINT, file_no INTEGER, sheet_no INTEGER, row INTEGER, letter VARCHAR, "
        f"fixed VARCHAR, label VARCHAR, {texts}, sub BOOLEAN, span VARCHAR)"
    )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE reading(id BIGINT, role VARCHAR, text VARCHAR, rule VARCHAR, severity VARCHAR, "
        "message VARCHAR, fix VARCHAR, key VARCHAR, options VARCHAR)"
    )


def _indicators(con: Connection, catalogue: Catalogue) -> None:
    rows = [
        {
            "code": one.code, "name": one.name, "kind": one.kind.value, "unit": one.unit, "decimals": one.decimals,
            "minimum": one.minimum, "maximum": one.maximum, "period_type": one.period_type.value, "derived": one.derived,
            "frequency": one.frequency.value if one.frequency else None,
            "counted": one.kind is not Kind.RATIO and one.decimals == 0 and one.unit not in number.MEASURED_UNITS,
        }
        for one in catalogue.indicators.values()
    ]  # fmt: skip
    table(con, "indicator", rows, {
        "code": pa.string(), "name": pa.string(), "kind": pa.string(), "unit": pa.string(), "decimals": pa.int32(),
        "minimum": DECIMAL, "maximum": DECIMAL, "period_type": pa.string(), "derived": pa.bool_(),
        "frequency": pa.string(), "counted": pa.bool_(),
    })  # fmt: skip


def table(con: Connection, name: str, rows: Sequence[Mapping[str, Any]], columns: Mapping[str, pa.DataType]) -> None:
    """A temporary table of these rows; the name is one of ours."""
    arrow = pa.Table.from_pylist(list(rows), schema=pa.schema(list(columns.items())))
    con.register("incoming", arrow)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM incoming")
    con.unregister("incoming")


def _raw(con: Connection, sheet_no: int, layout: Layout) -> None:
    """One row for each row of the table and each of its columns of figures."""
    cells = filled(layout)
    con.register("cells", trimmed(cells, layout))
    values: tuple[Column | None, ...] = layout.values or (None,)
    for column in values:
        before = con.execute("SELECT count(*) FROM raw").fetchall()[0][0]
        con.execute(
            f"INSERT INTO raw SELECT {before} + row_number() OVER (), {layout.file_no}, "
            f"{sheet_no}, row, $letter, $fixed, {_label(_told(cells, layout))}, "
            f"{', '.join(_text_of(layout, role, column) for role in TEXTS)}, false, $span FROM cells WHERE row > $header",
            {"letter": column.letter if column else None, "fixed": column.indicator if column else None,
                "span": column.span if column else "",
             "header": layout.header_row}
            | ({"period": column.period} if column and column.period else {}),
        )  # fmt: skip
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
    if role is Role.PERIOD and value and value.period:
        return "$period"
    if role is Role.VALUE:
        return _with_magnitude(value) if value else "NULL"
    column = layout.of(role)
    if column is None and role is Role.UNIT:
        return _unit_of(value)
    if column and role is Role.NOTE:
        return f"CASE WHEN trim({_quoted(column.letter)}, '{BLANKS}') NOT IN ('', '-', '—', '/') THEN {_quoted(column.letter)} END"
    return _quoted(column.letter) if column else "NULL"


def _with_magnitude(column: Column) -> str:
    """A header such as 数值（万处） says the scale of the numbers below it: 万 is put behind their digits."""
    text = _quoted(column.letter)
    magnitude = column.unit[:1] if column.unit[:1] in {"万", "亿", "千"} and column.unit not in {"千米", "千克"} else ""
    if not magnitude:
        return text
    return (
        f"CASE WHEN regexp_matches({text}, '[0-9０-９]') AND NOT regexp_matches({text}, '[千万亿%％/]') "
        f"THEN regexp_replace({text}, '([0-9０-９])([^0-9０-９]*)$', '\\1{magnitude}\\2') ELSE {text} END"
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


def _classify(con: Connection) -> None:
    """Take out rows that tell no figure of their own; 其中： before a name is taken off it and remembered."""
    con.execute(LABELLED)
    if _any(con, "labelled"):
        con.execute("DELETE FROM raw WHERE id IN (SELECT id FROM labelled)")
    con.execute(
        "UPDATE raw SET sub = true, name = nullif(regexp_replace(name, '^其中[：:]?\\s*', ''), ''), "
        "region = nullif(regexp_replace(region, '^其中[：:]?\\s*', ''), '') "
        "WHERE starts_with(name, '其中') OR starts_with(region, '其中') OR starts_with(label, '其中')"
    )


def _any(con: Connection, name: str) -> bool:
    return bool(con.execute(f"SELECT 1 FROM {name} LIMIT 1").fetchall())


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


def _distinct(con: Connection, columns: str, where: str = "true") -> list[tuple[Any, ...]]:
    """The distinct texts of these columns, in the order in which the file tells them."""
    return con.execute(f"SELECT {columns} FROM raw WHERE {where} GROUP BY {columns} ORDER BY min(id)").fetchall()


def _while_few(
    said: Sequence[tuple[Mapping[str, Any], Said]], texts: Sequence[tuple[Any, ...]]
) -> Iterator[tuple[Any, ...]]:
    """The texts, until so many different ones were wrong that the file is refused and nobody reads on."""
    for at, one in enumerate(texts):
        if at % MANY == 0 and sum(words.severity == "error" for _, words in said) >= MANY:
            return
        yield one


def _say(con: Connection, role: Role, match: str, said: Iterable[tuple[Mapping[str, Any], Said]]) -> None:
    """Put what was said of a text at every place where it stands; `match` joins raw r with the text's columns."""
    rows = [
        {**texts, "rule": one.rule, "severity": one.severity, "message": one.message, "fix": one.fix, "key": one.key,
         "options": one.options}
        for texts, one in said
    ]  # fmt: skip
    if not rows:
        return
    names = list(rows[0])
    table(con, "said", rows, {name: pa.int32() if name == "sheet_no" else pa.string() for name in names})
    con.execute(
        f"INSERT INTO reading SELECT r.id, '{role.name}', r.{FIELD[role]}, s.rule, s.severity, s.message, s.fix, s.key, s.options "
        f"FROM raw r JOIN said s ON {match}"
    )


def _read_names(con: Connection, names: Names) -> None:
    found: list[dict[str, Any]] = []
    said: list[tuple[dict[str, Any], Said]] = []
    for fixed, code, name, sub in _while_few(said, _distinct(con, "fixed, code, name, sub")):
        texts = {"fixed": fixed, "code": code, "name": name, "sub": sub}
        wrong = _excel_error(code or name or "")
        if wrong:
            said.append(({"code": code, "name": name}, wrong))
            continue
        try:
            found.append({**texts, "indicator": fixed or names.indicator(code, name)})
        except Unknown as unknown:
            if not sub:
                said.append(({"code": code, "name": name}, _error(unknown)))
    table(
        con,
        "named",
        found,
        {"fixed": pa.string(), "code": pa.string(), "name": pa.string(), "sub": pa.bool_(), "indicator": pa.string()},
    )
    match = (
        "r.fixed IS NULL AND NOT r.sub AND r.code IS NOT DISTINCT FROM s.code AND r.name IS NOT DISTINCT FROM s.name"
    )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE meant AS SELECT n.*, i.* EXCLUDE (code, name) FROM named n JOIN indicator i ON i.code = n.indicator"
    )
    by_code = [one for one in said if one[0]["code"]]
    _say(con, Role.CODE, match, by_code)
    _say(con, Role.NAME, match, [one for one in said if not one[0]["code"]])
    _read_regions(con, names)


def _error(wrong: Unknown | NotAFigure | NotAPeriod) -> Said:
    message = wrong.message
    if wrong.rule == "excel-error":
        message = message.replace("该格", "第{row}行", 1)  # place.readings knows the row
    return Said(rule=wrong.rule, severity="error", message=message, fix=wrong.fix)


def _read_regions(con: Connection, names: Names) -> None:
    found: list[dict[str, Any]] = []
    said: list[tuple[dict[str, Any], Said]] = []
    for (text,) in _while_few(said, _distinct(con, "region", "region IS NOT NULL")):
        wrong = _excel_error(text)
        if wrong:
            said.append(({"text": text}, wrong))
            continue
        try:
            found.append({"text": text, "code": names.region(text)})
        except Unknown as unknown:
            said.append(({"text": text}, _error(unknown)))
    table(con, "placed", found, {"text": pa.string(), "code": pa.string()})
    _say(con, Role.REGION, "r.region = s.text", said)


def _read_periods(con: Connection, layouts: Sequence[Layout], answers: Mapping[str, str]) -> None:
    found: list[dict[str, Any]] = []
    said: list[tuple[dict[str, Any], Said]] = []
    for sheet_no, text in _while_few(said, _distinct(con, "sheet_no, period", "period IS NOT NULL")):
        layout = layouts[sheet_no]
        key = {"sheet_no": sheet_no, "text": text}
        error = _excel_error(text)
        if error:
            said.append((key, error))
            continue
        try:
            written = period.read_written(text, year=layout.year, epoch=layout.sheet.epoch)
        except NotAPeriod as wrong:
            said.append((key, _error(wrong)))
            continue
        if isinstance(written, Ambiguous):
            chosen, question = _october(written, text, layout, answers)
            if question:
                said.append((key, question))
            if chosen is None:
                continue
            found.append(
                {
                    **key,
                    "start": chosen.start,
                    "end": chosen.end,
                    "named": str(chosen),
                    "shown": period.chinese(chosen),
                    "cumulative": False,
                    "day": False,
                }
            )
            continue
        if written.remark:
            words = REMARKS[written.remark].format(text=text, period=period.chinese(written.period))
            said.append((key, Said(rule=written.remark.removesuffix("-ambiguous"), severity="warning", message=words)))
        found.append({
            **key, "start": written.period.start, "end": written.period.end, "named": str(written.period),
            "shown": period.chinese(written.period), "cumulative": written.cumulative, "day": written.day is not None,
        })  # fmt: skip
    table(con, "dated", found, {
        "sheet_no": pa.int32(), "text": pa.string(), "start": pa.date32(), "end": pa.date32(), "named": pa.string(),
        "shown": pa.string(), "cumulative": pa.bool_(), "day": pa.bool_(),
    })  # fmt: skip
    _say(con, Role.PERIOD, "r.sheet_no = s.sheet_no AND r.period = s.text", said)


def _october(
    written: Ambiguous, text: str, layout: Layout, answers: Mapping[str, str]
) -> tuple[Period | None, Said | None]:
    column = layout.of(Role.PERIOD)
    header = column.header if column else Role.PERIOD.value
    key = f"october.{header}"
    by_answer = {f"{reading.end.month:02}": reading for reading in written.readings}
    if answers.get(key) in by_answer:
        return by_answer[answers[key]], None
    options = {answer: period.chinese(reading) for answer, reading in by_answer.items()}
    return None, Said(
        rule="october", severity="ask", key=key, options=packed(options),
        message=f"“{text}”可能是{written.readings[0].end.month}月或{written.readings[1].end.month}月。", fix="请选择是哪个月，或在文件中写成2023年10月。",
    )  # fmt: skip


def packed(options: Mapping[str, str]) -> str:
    """Answers and their readings as one text, for a table."""
    return "\n".join(f"{answer}\t{reading}" for answer, reading in options.items())


def unpacked(text: str | None) -> dict[str, str]:
    """What `packed` packed."""
    return dict(line.split("\t", 1) for line in text.splitlines()) if text else {}


FIGURE_COLUMNS: Final = {
    "indicator": pa.string(), "text": pa.string(), "limit": pa.string(), "value": DECIMAL, "lower": DECIMAL,
    "upper": DECIMAL, "qualifier": pa.string(), "numerator": DECIMAL, "denominator": DECIMAL, "written": pa.string(),
    "obs_status": pa.string(), "bare": pa.bool_(), "missing": pa.bool_(),
}  # fmt: skip


def _read_figures(con: Connection, catalogue: Catalogue, answers: Mapping[str, str]) -> None:
    """Every text in 数值 that is not a plain number, once for each indicator it stands at; then the parts."""
    found: list[dict[str, Any]] = []
    said: list[tuple[dict[str, Any], Said]] = []
    odd = con.execute(
        f"SELECT DISTINCT n.indicator, r.value, r.qualifier FROM raw r JOIN named n ON {NAMED} "
        "JOIN indicator i ON i.code = n.indicator WHERE r.value IS NOT NULL AND i.kind NOT IN ('milestone', 'grade') "
        f"AND (r.qualifier IS NOT NULL OR NOT regexp_full_match(r.value, '{PLAIN}'))"
    ).fetchall()
    for code, text, limit in _while_few(said, odd):
        key = {"indicator": code, "text": text, "limit": limit}
        row, words = _figure(text, limit, catalogue.indicators[code], answers)
        said += [(key, one) for one in words]
        if row is not None:
            found.append({**key, **row})
    table(con, "figured", found, FIGURE_COLUMNS)
    con.execute(f"CREATE OR REPLACE TEMP TABLE pointed AS SELECT r.id, n.indicator FROM raw r JOIN named n ON {NAMED}")
    _say(
        con, Role.VALUE,
        "r.value = s.text AND r.qualifier IS NOT DISTINCT FROM s.\"limit\" "
        "AND EXISTS (SELECT 1 FROM pointed p WHERE p.id = r.id AND p.indicator = s.indicator)",
        said,
    )  # fmt: skip
    for role in (Role.NUMERATOR, Role.DENOMINATOR):
        _read_parts(con, role, answers)


NAMED: Final = "r.fixed IS NOT DISTINCT FROM n.fixed AND r.code IS NOT DISTINCT FROM n.code AND r.name IS NOT DISTINCT FROM n.name AND r.sub = n.sub"


def _figure(
    text: str, limit: str | None, indicator: Indicator, answers: Mapping[str, str]
) -> tuple[dict[str, Any] | None, list[Said]]:
    """The columns of a figure as written, and what is to be said of it."""
    try:
        read = number.read_cell(
            _limited(text, limit), unit=indicator.unit, measured=indicator.unit in number.MEASURED_UNITS
        )
    except NotAFigure as wrong:
        return None, [_error(wrong)]
    if isinstance(read, Missing):
        return _missing(read, text, indicator, answers)
    if isinstance(read, Fraction):
        return _fraction(read, text, indicator)
    ends = [end for end in (read.lower, read.upper, read.value) if end is not None]
    if not all(map(_fits, ends)):
        return None, [_too_great(text)]
    fine = next((said for end in ends if (said := _too_fine(end, text, indicator))), None)
    if fine:
        return None, [fine]
    return _figure_row(read, text, limit, indicator), list(_remarked(read, text))


def _fraction(read: Fraction, text: str, indicator: Indicator) -> tuple[dict[str, Any] | None, list[Said]]:
    if indicator.kind is not Kind.RATIO:
        return None, [
            Said(
                rule="fraction-not-allowed", severity="error", message=f"“{text}”是两数之比，{indicator.name}不是比率。",
                fix="请填一个数。",
            )
        ]  # fmt: skip
    if not (_fits(read.numerator) and _fits(read.denominator)):
        return None, [_too_great(text)]
    if _too_long(read.numerator) or _too_long(read.denominator):
        return None, [
            Said(
                rule="part-not-exact",
                severity="error",
                message=f"“{text}”的分子、分母最多保存4位小数。",
                fix="请核对两数。",
            )
        ]
    parts = {"numerator": read.numerator, "denominator": read.denominator}
    return {**parts, "qualifier": "exact", "obs_status": "A", "missing": False}, []


def _fits(value: Decimal) -> bool:
    return abs(value) < GREATEST


def _too_great(text: str) -> Said:
    return Said(
        rule="too-great",
        severity="error",
        message=f"“{text}”大得不合常理，超出可存储的范围。",
        fix="请核对数值和单位。",
    )


def _limited(text: str, limit: str | None) -> str:
    """数值 with the word of 限定 put to it; raises `NotAFigure` for a word that is none."""
    if limit is None:
        return text
    qualifier = QUALIFIERS.get(limit.strip(BLANKS).lower())
    if qualifier is None:
        raise NotAFigure("unknown-qualifier", f"限定“{limit}”无法识别。", "可填：超、以上、不足、以下、约，或留空。")
    form = WRITTEN_AS.get(qualifier, "{}")
    read = number.read_cell(text)
    if qualifier is Qualifier.RANGE and not isinstance(read, Range):
        raise NotAFigure(
            "qualifiers-differ", f"限定“{limit}”要求写成区间，数值却是“{text}”。", "请写成5~8，或去掉限定。"
        )
    if isinstance(read, Figure) and read.qualifier is Qualifier.EXACT:
        return form.format(text)
    if isinstance(read, Figure | Range) and qualifier not in {Qualifier.EXACT, read.qualifier}:
        raise NotAFigure("qualifiers-differ", f"数值“{text}”和限定“{limit}”不一致。", "请只在一处写明。")
    return text


def _figure_row(read: Figure | Range, text: str, limit: str | None, indicator: Indicator) -> dict[str, Any]:
    exact = read.qualifier is Qualifier.EXACT
    value = None if read.value is None else _storable(read.value, indicator)
    ends = {"lower": read.lower, "upper": read.upper} if not exact else {"lower": value, "upper": value}
    return {
        "value": value,
        **{name: None if end is None else _storable(end, indicator) for name, end in ends.items()},
        "qualifier": read.qualifier.value,
        "written": None if exact else _limited(text, limit),
        "obs_status": "A",
        "bare": read.unit == "" and indicator.unit == "%",
        "missing": False,
    }


def _storable(value: Decimal, indicator: Indicator) -> Decimal:
    """The figure, rounded once to the indicator's decimals only where it has more digits than the store keeps."""
    return half_up(value, min(indicator.decimals, STORED_DECIMALS)) if _too_long(value) else value


def _too_long(value: Decimal) -> bool:
    exponent = value.normalize().as_tuple().exponent
    return isinstance(exponent, int) and exponent < -STORED_DECIMALS


def _too_fine(value: Decimal, text: str, indicator: Indicator) -> Said | None:
    """A count with a fraction, or something that rounding would make nothing of."""
    if not _too_long(value):
        return None
    rounded = _storable(value, indicator)
    if indicator.kind is not Kind.RATIO and indicator.decimals == 0 and indicator.unit not in number.MEASURED_UNITS:
        return Said(
            rule="not-an-integer", severity="error", message=f"“{text}”：该指标应为整数。", fix="请核对数值和单位。"
        )
    if rounded == 0 and value != 0:
        return Said(
            rule="too-fine",
            severity="error",
            message=f"“{text}”小于能保存的最小单位，四舍五入会变成0。",
            fix="请核对数值和单位。",
        )
    return None


def _remarked(read: Figure | Range, text: str) -> Iterator[Said]:
    for remark in read.remarks:
        if remark in REMARKS:
            words = REMARKS[remark].format(text=text, value="" if read.value is None else f"{read.value:f}")
            yield Said(rule=remark, severity="warning", message=words)


def _missing(
    read: Missing, text: str, indicator: Indicator, answers: Mapping[str, str]
) -> tuple[dict[str, Any] | None, list[Said]]:
    row: dict[str, Any] = {"qualifier": "exact", "obs_status": read.obs_status, "written": text, "missing": True}
    if read.remark == "dash":
        return row, [Said(rule="dash", severity="warning", message=REMARKS["dash"].format(text=text))]
    if read.remark == "below-unit":
        half = Decimal(1).scaleb(-indicator.decimals) / 2
        return row | {"upper": half, "qualifier": "lt", "missing": False}, []
    if read.remark != "none-word":
        return row, []
    answer = answers.get("none.数值")
    if answer == "zero":
        return row | {
            "value": Decimal(0),
            "lower": Decimal(0),
            "upper": Decimal(0),
            "obs_status": "A",
            "missing": False,
            "written": text,
        }, []
    if answer == "missing":
        return row, []
    return None, [_none_question(text, Role.VALUE, indicator.unit)]


def _read_parts(con: Connection, role: Role, answers: Mapping[str, str]) -> None:
    found: list[dict[str, Any]] = []
    said: list[tuple[dict[str, Any], Said]] = []
    odd = f"{FIELD[role]} IS NOT NULL AND NOT regexp_full_match({FIELD[role]}, '{PLAIN}')"
    for (text,) in _while_few(said, _distinct(con, FIELD[role], odd)):
        part, words = _part(text, role, answers)
        said += [({"text": text}, one) for one in words]
        found += [{"text": text, **part}] if part else []
    table(con, f"part_{FIELD[role]}", found, {"text": pa.string(), "value": DECIMAL, "obs_status": pa.string()})
    _say(con, role, f"r.{FIELD[role]} = s.text", said)


def _part(text: str, role: Role, answers: Mapping[str, str]) -> tuple[dict[str, Any] | None, list[Said]]:
    """Value and obs_status of a numerator or denominator as written, and what is to be said of it."""
    try:
        read = number.read_cell(text)
    except NotAFigure as wrong:
        return None, [_error(wrong)]
    if isinstance(read, Missing):
        return _missing_part(read, text, role, answers)
    if not isinstance(read, Figure) or read.qualifier is not Qualifier.EXACT or read.unit == "%":
        return None, [
            Said(
                rule="part-not-exact", severity="error", message=f"{role.value}“{text}”不是一个确切的数。",
                fix=f"{role.value}请填确切的数。",
            )
        ]  # fmt: skip
    if not _fits(read.value):
        return None, [_too_great(text)]
    return {"value": half_up(read.value, STORED_DECIMALS), "obs_status": "A"}, list(_remarked(read, text))


def _missing_part(
    read: Missing, text: str, role: Role, answers: Mapping[str, str]
) -> tuple[dict[str, Any] | None, list[Said]]:
    if read.remark == "none-word":
        answer = answers.get(f"none.{role.value}")
        if answer == "zero":
            return {"value": Decimal(0), "obs_status": "A"}, []
        if answer != "missing":
            return None, [_none_question(text, role, "")]
    dash = [Said(rule="dash", severity="warning", message=REMARKS["dash"].format(text=text))]
    return {"value": None, "obs_status": read.obs_status}, dash if read.remark == "dash" else []


def _none_question(text: str, role: Role, unit: str) -> Said:
    return Said(
        rule="none-word", severity="ask", key=f"none.{role.value}",
        options=packed({"zero": f"0{unit}", "missing": "没有数据（缺报）"}),
        message=f"“{text}”是指0{unit}还是没有数据？", fix="请选择一种；或在文件中写0或缺报。",
    )  # fmt: skip


def _read_words(con: Connection) -> None:
    """States of work, grades, and the dates of work."""
    states: list[dict[str, Any]] = []
    said: list[tuple[dict[str, Any], Said]] = []
    texts = con.execute(
        "SELECT DISTINCT i.kind, coalesce(r.state, r.value) FROM raw r JOIN pointed p USING (id) JOIN indicator i ON i.code = p.indicator "
        "WHERE i.kind IN ('milestone', 'grade') AND coalesce(r.state, r.value) IS NOT NULL"
    ).fetchall()
    for kind, text in texts:
        state, words = _state(kind, text)
        states += [{"kind": kind, "text": text, **state}] if state else []
        said += [({"text": text}, one) for one in words]
    table(con, "stated", states, {name: pa.string() for name in ("kind", "text", "state", "obs_status")})
    match = (
        "coalesce(r.state, r.value) = s.text AND EXISTS (SELECT 1 FROM pointed p JOIN indicator i ON i.code = p.indicator "
        "WHERE p.id = r.id AND i.kind IN ('milestone', 'grade'))"
    )
    _say(con, Role.STATE, match, said)
    for role in (Role.PLANNED, Role.ACTUAL):
        _read_dates(con, role)


def _state(kind: str, text: str) -> tuple[dict[str, Any] | None, list[Said]]:
    """The state of work, or the grade, that a text says; nothing for words of work that are not known."""
    wrong = _excel_error(text)
    if wrong:
        return None, [wrong]
    if kind == Kind.MILESTONE:
        known = STATES.get(text.strip(BLANKS))
        return ({"state": known.value, "obs_status": "A"} if known else None), []
    read = _cell(text)
    if isinstance(read, Missing):
        dash = [Said(rule="dash", severity="warning", message=REMARKS["dash"].format(text=text))]
        return {"state": None, "obs_status": read.obs_status}, dash if read.remark == "dash" else []
    return {"state": text, "obs_status": "A"}, []


def _excel_error(text: str) -> Said | None:
    """#REF! and its like, in a column of words."""
    if not text.startswith(("#", "＃")):
        return None
    try:
        number.read_cell(text)
    except NotAFigure as wrong:
        return _error(wrong) if wrong.rule == "excel-error" else None
    return None


def _read_dates(con: Connection, role: Role) -> None:
    found: list[dict[str, Any]] = []
    said: list[tuple[dict[str, Any], Said]] = []
    for (text,) in _while_few(said, _distinct(con, FIELD[role], f"{FIELD[role]} IS NOT NULL")):
        if isinstance(_cell(text), Missing):
            continue
        try:
            written = period.read_written(text)
        except NotAPeriod as wrong:
            said.append(({"text": text}, _error(wrong)))
            continue
        if isinstance(written, Ambiguous):
            said.append(
                (
                    {"text": text},
                    Said(
                        rule="not-a-date",
                        severity="error",
                        message=f"{role.value}“{text}”可能是1月或10月。",
                        fix="请写成2023年10月。",
                    ),
                )
            )
            continue
        found.append({"text": text, "date": str(written.period)})
    table(con, f"when_{FIELD[role]}", found, {"text": pa.string(), "date": pa.string()})
    _say(con, role, f"r.{FIELD[role]} = s.text", said)


def _cell(text: str) -> object:
    """The cell as read; None for what is no figure and no word for a missing one."""
    try:
        return number.read_cell(text)
    except NotAFigure:
        return None


def _plain(column: str) -> str:
    """SQL: the text of a column as a decimal where it is a plain number; else NULL."""
    return f"CASE WHEN regexp_full_match({column}, '{PLAIN}') THEN CAST({column} AS DECIMAL(18, 4)) END"


# A day given for a flow or a rate stands for its month; so does the first of a month for a running total, as Excel
# keeps a month.
FOR_MONTH: Final = "day AND (kind IN ('flow', 'ratio') OR kind = 'cumulative' AND day(named_end) = 1)"
# A count reported with a month is the running total since the year began, unless the file says from when.
# 截至4月30日 is April's running total like 4月; 截至4月18日 does not say since when, and its start stays open.
SINCE_JANUARY: Final = (
    "kind = 'cumulative' AND (starts_with(figures.named, '../') AND named_end = last_day(named_end) "
    "OR NOT cumulative AND position('/' IN figures.named) = 0)"
)
STAGED: Final = f"""
CREATE OR REPLACE TEMP TABLE staged AS
WITH joined AS (
    SELECT r.id, r.file_no, r.sheet_no, r.row, r.letter, r.sub, i.indicator, i.kind, i.unit, i.decimals, i.minimum, i.maximum,
        i.counted, i.frequency, i.derived, p.code AS region,
        d.start AS named_start, d."end" AS named_end, d.named, d.shown, d.cumulative, d.day, r.note,
        r.value AS text, r.period AS text_period, r.numerator AS numerator_text, r.denominator AS denominator_text,
        r.state AS state_text,
        CASE WHEN r.qualifier IS NULL AND i.kind NOT IN ('milestone', 'grade') THEN {_plain("r.value")} END AS plain,
        f.* EXCLUDE (indicator, text), s.state, s.obs_status AS state_status, wp.date AS planned, wa.date AS actual,
        coalesce(nn.value, {_plain("r.numerator")}) AS given_numerator, nn.obs_status AS numerator_status,
        coalesce(nd.value, {_plain("r.denominator")}) AS given_denominator, nd.obs_status AS denominator_status
    FROM raw r
    JOIN meant i ON {NAMED.replace("n.", "i.")}
    LEFT JOIN placed p ON p.text = r.region
    LEFT JOIN dated d ON d.sheet_no = r.sheet_no AND d.text = r.period
    LEFT JOIN figured f ON f.indicator = i.indicator AND f.text = r.value AND f."limit" IS NOT DISTINCT FROM r.qualifier
    LEFT JOIN stated s ON s.text = coalesce(r.state, r.value) AND s.kind = i.kind
    LEFT JOIN when_planned wp ON wp.text = r.planned
    LEFT JOIN when_actual wa ON wa.text = r.actual
    LEFT JOIN part_numerator nn ON nn.text = r.numerator
    LEFT JOIN part_denominator nd ON nd.text = r.denominator
), figures AS (
    SELECT * EXCLUDE (value, lower, upper, qualifier, numerator, denominator, obs_status, bare, state_status),
        coalesce(plain, value) AS value,
        coalesce(plain, lower) AS lower,
        coalesce(plain, upper) AS upper,
        coalesce(qualifier, 'exact') AS qualifier,
        coalesce(given_numerator, numerator) AS numerator, coalesce(given_denominator, denominator) AS denominator,
        coalesce(obs_status, state_status, CASE
            WHEN kind = 'milestone' OR plain IS NOT NULL OR given_numerator IS NOT NULL AND given_denominator IS NOT NULL THEN 'A'
            ELSE coalesce(nullif(numerator_status, 'A'), nullif(denominator_status, 'A'), 'O') END
        ) AS obs_status,
        coalesce(bare, plain IS NOT NULL AND unit = '%') AS bare
    FROM joined
)
SELECT * EXCLUDE (named_start, named_end, named, shown, plain, "limit", missing, text_period, decimals,
        given_numerator, given_denominator, numerator_status, denominator_status),
    CASE WHEN {FOR_MONTH} THEN strftime(named_end, '%Y-%m') WHEN {SINCE_JANUARY} THEN replace(named, '../', '') ELSE named END AS named,
    CASE WHEN {FOR_MONTH} THEN strftime(named_end, '%Y年%-m月') ELSE shown END AS shown,
    CASE
        WHEN {SINCE_JANUARY} THEN make_date(year(named_end), 1, 1)
        WHEN ({FOR_MONTH}) OR (cumulative AND position('/' IN text_period) = 0 AND kind IN ('stock', 'countdown', 'grade'))
            THEN CAST(date_trunc('month', named_end) AS DATE)
        ELSE named_start END AS period_start,
    CASE WHEN {FOR_MONTH} THEN last_day(named_end)
        ELSE named_end END AS period_end,
    named_start, named_end,
    CASE WHEN {SINCE_JANUARY} AND (named_start IS DISTINCT FROM make_date(year(named_end), 1, 1)) THEN 'period_start' ELSE '' END AS inferred
FROM figures
"""
