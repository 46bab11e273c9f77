"""Tables of text -> typed rows in temporary tables: plain figures in SQL, every other text read once per distinct value.

raw       one row for each figure or milestone that a file tells, still text; what stands around the table left out
labelled  rows that tell no figure of their own: total, average, note
staged    raw, read: one observation a row
written_unit  texts in 单位, and the units of each (座、件) in the one spelling in which units are compared
reading   what was said while reading a text: a problem, a question or a remark, with its place
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import duckdb
import pyarrow as pa

from metrics import number, period
from metrics.catalogue import Catalogue
from metrics.intake import meaning, raw
from metrics.intake.column import Role
from metrics.intake.layout import Layout
from metrics.intake.names import Names, Unknown
from metrics.intake.raw import FIELD
from metrics.model import UNALLOCATED, Kind
from metrics.number import Missing
from metrics.period import Ambiguous, NotAPeriod

Connection = duckdb.DuckDBPyConnection
DECIMAL: Final = pa.decimal128(18, 4)
MANY: Final = 1000  # different wrong texts in one column
READING: Final = (
    "CREATE OR REPLACE TEMP TABLE reading(id BIGINT, role VARCHAR, text VARCHAR, rule VARCHAR, severity VARCHAR, "
    "message VARCHAR, fix VARCHAR, key VARCHAR, options VARCHAR)"
)
PLAIN: Final = r"-?[0-9]{1,13}(\.[0-9]{1,4})?"


MOST_ROWS: Final = 10  # of one key, before they are called a list of details


def crowd(con: Connection, layouts: Sequence[Layout], catalogue: Catalogue) -> bool:
    """Fill `raw` and `crowded`, whether the file is mostly a list of details: many rows of one key, of different figures."""
    con.execute(READING)
    _indicators(con, catalogue)
    sheets = [
        {"sheet_no": at, "name": one.sheet.name, "file_no": one.file_no,
         "over": raw.unit_of(one.of(Role.NUMERATOR)) or None, "under": raw.unit_of(one.of(Role.DENOMINATOR)) or None}
        for at, one in enumerate(layouts)
    ]  # fmt: skip
    table(con, "sheet", sheets, {
        "sheet_no": pa.int32(), "name": pa.string(), "file_no": pa.int32(), "over": pa.string(), "under": pa.string(),
    })  # fmt: skip
    months = [
        {"sheet_no": at, "letter": column.letter}
        for at, one in enumerate(layouts)
        for column in one.values
        if column.period
    ]
    table(con, "heading", months, {"sheet_no": pa.int32(), "letter": pa.string()})
    raw.fill(con, layouts, district=catalogue.organisation.district)
    rows, keys = con.execute(
        "SELECT count(*), approx_count_distinct(hash(fixed, code, name, region, period)) FROM raw"
    ).fetchall()[0]
    con.execute(CROWDED, {"looked": rows > 2 * keys})
    return bool(con.execute("SELECT 1 FROM crowded LIMIT 1").fetchall())


CROWDED: Final = f"""
CREATE OR REPLACE TEMP TABLE crowded AS
SELECT min(id) AS id, region, coalesce(i.name, raw.name, raw.code) AS name, period AS shown, count(*) AS number
FROM raw LEFT JOIN indicator i ON i.code = coalesce(raw.fixed, raw.code) WHERE $looked AND region IS NOT NULL AND period IS NOT NULL
    AND coalesce(i.name, raw.name, raw.code) IS NOT NULL AND NOT sub
GROUP BY region, i.name, raw.name, raw.code, period
HAVING number > {MOST_ROWS} AND min(hash(value, numerator, denominator, state)) <> max(hash(value, numerator, denominator, state))
"""


def stage(
    con: Connection, layouts: Sequence[Layout], catalogue: Catalogue, names: Names, answers: Mapping[str, str]
) -> None:
    """Fill the other temporary tables from `raw`; nothing is written to the store."""
    _read_names(con, names)
    _rates_or_counts(con)
    _read_units(con)
    _read_periods(con, layouts, answers)
    _read_figures(con, catalogue, answers)
    _read_words(con)
    con.execute(STAGED)


def forget_texts(con: Connection) -> None:
    """Keep of `raw` only where each row of `staged` stands, for a million rows need the room."""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE elsewhere AS SELECT id, region FROM raw "
        f"WHERE region IN (SELECT text FROM placed WHERE code = '{UNALLOCATED}')"
    )
    con.execute("CREATE OR REPLACE TEMP VIEW raw AS SELECT id, sheet_no, row, letter FROM staged")
    con.execute("DROP TABLE line; DROP TABLE pointed")


def _indicators(con: Connection, catalogue: Catalogue) -> None:
    rows = [
        {
            "code": one.code, "name": one.name, "kind": one.kind.value, "unit": one.unit, "decimals": one.decimals,
            "minimum": one.minimum, "maximum": one.maximum, "period_type": one.period_type.value, "derived": one.derived,
            "one_unit": number.one_unit(one.unit), "frequency": one.frequency.value if one.frequency else None,
            "counted": one.kind is not Kind.RATIO and one.decimals == 0 and one.unit not in number.MEASURED_UNITS,
        }
        for one in catalogue.indicators.values()
    ]  # fmt: skip
    table(con, "indicator", rows, {
        "code": pa.string(), "name": pa.string(), "kind": pa.string(), "unit": pa.string(), "decimals": pa.int32(),
        "minimum": DECIMAL, "maximum": DECIMAL, "period_type": pa.string(), "derived": pa.bool_(),
        "one_unit": pa.string(), "frequency": pa.string(), "counted": pa.bool_(),
    })  # fmt: skip


def table(con: Connection, name: str, rows: Sequence[Mapping[str, Any]], columns: Mapping[str, pa.DataType]) -> None:
    """A temporary table of these rows; the name is one of ours."""
    arrow = pa.Table.from_pylist(list(rows), schema=pa.schema(list(columns.items())))
    con.register("incoming", arrow)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM incoming")
    con.unregister("incoming")


def _distinct(con: Connection, columns: str, where: str = "true") -> list[tuple[Any, ...]]:
    """The distinct texts of these columns, in the order in which the file tells them."""
    return con.execute(f"SELECT {columns} FROM raw WHERE {where} GROUP BY {columns} ORDER BY min(id)").fetchall()


def _while_few(
    said: Sequence[tuple[Mapping[str, Any], meaning.Said]], texts: Sequence[tuple[Any, ...]]
) -> Iterator[tuple[Any, ...]]:
    """The texts, until so many different ones were wrong that the file is refused and nobody reads on."""
    for at, one in enumerate(texts):
        if at % MANY == 0 and sum(words.severity == "error" for _, words in said) >= MANY:
            return
        yield one


def _say(con: Connection, role: Role, match: str, said: Iterable[tuple[Mapping[str, Any], meaning.Said]]) -> None:
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
    said: list[tuple[dict[str, Any], meaning.Said]] = []
    for fixed, code, name, sub in _while_few(said, _distinct(con, "fixed, code, name, sub")):
        texts = {"fixed": fixed, "code": code, "name": name, "sub": sub}
        wrong = meaning.excel_error(code or name or "")
        if wrong:
            said.append(({"code": code, "name": name}, wrong))
            continue
        try:
            found.append({**texts, "indicator": fixed or names.indicator(code, name)})
        except Unknown as unknown:
            if not sub:
                said.append(({"code": code, "name": name}, meaning.error(unknown)))
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


def _read_units(con: Connection) -> None:
    texts = _distinct(con, "unit", "unit IS NOT NULL")
    rows = [{"text": text, "units": [number.one_unit(unit) for unit in text.split("、")]} for (text,) in texts]
    table(con, "written_unit", rows, {"text": pa.string(), "units": pa.list_(pa.string())})


def _rates_or_counts(con: Connection) -> None:
    """Of 完成数 beside 完成率 keep for each row the one that its indicator reports."""
    if not con.execute("SELECT 1 FROM line WHERE span = 'rate+' LIMIT 1").fetchall():
        return
    con.execute(
        "DELETE FROM line WHERE sheet_no IN (SELECT sheet_no FROM line WHERE span = 'rate+') AND id IN "
        f"(SELECT r.id FROM raw r JOIN named n ON {NAMED} JOIN indicator i ON i.code = n.indicator "
        "WHERE (i.kind = 'ratio') <> (r.span = 'rate+'))"
    )


def _read_regions(con: Connection, names: Names) -> None:
    found: list[dict[str, Any]] = []
    said: list[tuple[dict[str, Any], meaning.Said]] = []
    for (text,) in _while_few(said, _distinct(con, "region", "region IS NOT NULL")):
        wrong = meaning.excel_error(text)
        if wrong:
            said.append(({"text": text}, wrong))
            continue
        try:
            found.append({"text": text, "code": names.region(text)})
        except Unknown as unknown:
            said.append(({"text": text}, meaning.error(unknown)))
    table(con, "placed", found, {"text": pa.string(), "code": pa.string()})
    _say(con, Role.REGION, "r.region = s.text", said)


def _read_periods(con: Connection, layouts: Sequence[Layout], answers: Mapping[str, str]) -> None:
    found: list[dict[str, Any]] = []
    said: list[tuple[dict[str, Any], meaning.Said]] = []
    for sheet_no, text in _while_few(said, _distinct(con, "sheet_no, period", "period IS NOT NULL")):
        layout = layouts[sheet_no]
        key = {"sheet_no": sheet_no, "text": text}
        error = meaning.excel_error(text)
        if error:
            said.append((key, error))
            continue
        try:
            written = period.read_written(text, year=layout.year, epoch=layout.sheet.epoch)
        except NotAPeriod as wrong:
            said.append((key, meaning.error(wrong)))
            continue
        if isinstance(written, Ambiguous):
            chosen, question = meaning.october(written, text, layout, answers)
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
            words = meaning.REMARKS[written.remark].format(text=text, period=period.chinese(written.period))
            said.append(
                (key, meaning.Said(rule=written.remark.removesuffix("-ambiguous"), severity="warning", message=words))
            )
        found.append({
            **key, "start": written.period.start, "end": written.period.end, "named": str(written.period),
            "shown": period.chinese(written.period), "cumulative": written.cumulative, "day": written.day is not None,
        })  # fmt: skip
    table(con, "dated", found, {
        "sheet_no": pa.int32(), "text": pa.string(), "start": pa.date32(), "end": pa.date32(), "named": pa.string(),
        "shown": pa.string(), "cumulative": pa.bool_(), "day": pa.bool_(),
    })  # fmt: skip
    _say(con, Role.PERIOD, "r.sheet_no = s.sheet_no AND r.period = s.text", said)
    if said:
        con.execute(ONCE_OVER_A_COLUMN)


ONCE_OVER_A_COLUMN: Final = """
DELETE FROM reading WHERE role = 'PERIOD' AND id IN (
    SELECT id FROM raw JOIN heading USING (sheet_no, letter) QUALIFY id > min(id) OVER (PARTITION BY sheet_no, letter))
"""
FIGURE_COLUMNS: Final = {
    "indicator": pa.string(), "text": pa.string(), "limit": pa.string(), "value": DECIMAL, "lower": DECIMAL,
    "upper": DECIMAL, "qualifier": pa.string(), "numerator": DECIMAL, "denominator": DECIMAL, "written": pa.string(),
    "obs_status": pa.string(), "bare": pa.bool_(), "missing": pa.bool_(),
}  # fmt: skip


def _read_figures(con: Connection, catalogue: Catalogue, answers: Mapping[str, str]) -> None:
    """Every text in 数值 that is not a plain number, once for each indicator it stands at; then the parts."""
    found: list[dict[str, Any]] = []
    said: list[tuple[dict[str, Any], meaning.Said]] = []
    odd = con.execute(
        f"SELECT DISTINCT n.indicator, r.value, r.qualifier FROM raw r JOIN named n ON {NAMED} "
        "JOIN indicator i ON i.code = n.indicator WHERE r.value IS NOT NULL AND i.kind NOT IN ('milestone', 'grade') "
        f"AND (r.qualifier IS NOT NULL OR NOT regexp_full_match(r.value, '{PLAIN}'))"
    ).fetchall()
    for code, text, limit in _while_few(said, odd):
        key = {"indicator": code, "text": text, "limit": limit}
        row, words = meaning.figure(text, limit, catalogue.indicators[code], answers)
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


def _read_parts(con: Connection, role: Role, answers: Mapping[str, str]) -> None:
    found: list[dict[str, Any]] = []
    said: list[tuple[dict[str, Any], meaning.Said]] = []
    odd = f"{FIELD[role]} IS NOT NULL AND NOT regexp_full_match({FIELD[role]}, '{PLAIN}')"
    for (text,) in _while_few(said, _distinct(con, FIELD[role], odd)):
        part, words = meaning.part(text, role, answers)
        said += [({"text": text}, one) for one in words]
        found += [{"text": text, **part}] if part else []
    columns = {"text": pa.string(), "value": DECIMAL, "obs_status": pa.string(), "unit": pa.string()}
    table(con, f"part_{FIELD[role]}", found, columns)
    _say(con, role, f"r.{FIELD[role]} = s.text", said)


def _read_words(con: Connection) -> None:
    """States of work, grades, and the dates of work."""
    states: list[dict[str, Any]] = []
    said: list[tuple[dict[str, Any], meaning.Said]] = []
    texts = con.execute(
        "SELECT DISTINCT i.kind, coalesce(r.state, r.value) FROM raw r JOIN pointed p USING (id) JOIN indicator i ON i.code = p.indicator "
        "WHERE i.kind IN ('milestone', 'grade') AND coalesce(r.state, r.value) IS NOT NULL"
    ).fetchall()
    for kind, text in texts:
        state, words = meaning.state(kind, text)
        states += [{"kind": kind, "text": text, **state}] if state else []
        said += [({"text": text}, one) for one in words]
    table(con, "stated", states, {name: pa.string() for name in ("kind", "text", "state", "obs_status")})
    match = (
        "coalesce(r.state, r.value) = s.text AND EXISTS (SELECT 1 FROM pointed p JOIN indicator i ON i.code = p.indicator "
        "WHERE p.id = r.id AND i.kind IN ('milestone', 'grade'))"
    )
    _say(con, Role.STATE, match, said)
    _read_stray_figures(con)
    _read_contradictions(con)
    for role in (Role.PLANNED, Role.ACTUAL):
        _read_dates(con, role)


def _read_stray_figures(con: Connection) -> None:
    """A figure under 状态 where 数值 has none, of an indicator that needs one."""
    texts = con.execute(
        f"SELECT DISTINCT r.state, r.value FROM {COUNTED_STATES} WHERE r.state IS NOT NULL AND r.numerator IS NULL "
        "AND (r.value IS NULL OR f.missing)"
    ).fetchall()
    said = [
        ({"state": state, "value": value}, meaning.stray(state)) for state, value in texts if meaning.is_figure(state)
    ]
    _say(
        con, Role.STATE,
        "r.state = s.state AND r.value IS NOT DISTINCT FROM s.value AND r.numerator IS NULL "
        f"AND r.id IN (SELECT r.id FROM {COUNTED_STATES})",
        said,
    )  # fmt: skip


COUNTED_STATES: Final = (
    "raw r JOIN pointed p USING (id) JOIN indicator i ON i.code = p.indicator AND i.kind NOT IN ('milestone', 'grade') "
    "LEFT JOIN figured f ON f.indicator = p.indicator AND f.text = r.value"
)


def _read_contradictions(con: Connection) -> None:
    """A state and something else in 数值, of work or a grade."""
    texts = con.execute(
        "SELECT DISTINCT i.kind, r.state, r.value FROM raw r JOIN pointed p USING (id) JOIN indicator i ON i.code = p.indicator "
        "WHERE i.kind IN ('milestone', 'grade') AND r.state IS NOT NULL AND r.value IS NOT NULL"
    ).fetchall()
    said = [
        ({"kind": kind, "state": state, "value": value}, meaning.contradiction(state, value))
        for kind, state, value in texts
        if not meaning.same_state(kind, state, value)
    ]
    match = (
        "r.state = s.state AND r.value = s.value AND EXISTS (SELECT 1 FROM pointed p JOIN indicator i ON i.code = p.indicator "
        "WHERE p.id = r.id AND i.kind = s.kind)"
    )
    _say(con, Role.STATE, match, said)


def _read_dates(con: Connection, role: Role) -> None:
    found: list[dict[str, Any]] = []
    said: list[tuple[dict[str, Any], meaning.Said]] = []
    for (text,) in _while_few(said, _distinct(con, FIELD[role], f"{FIELD[role]} IS NOT NULL")):
        if isinstance(meaning.cell(text), Missing):
            continue
        try:
            written = period.read_date(text, due=role is Role.PLANNED)
        except NotAPeriod as wrong:
            said.append(({"text": text}, meaning.error(wrong)))
            continue
        if isinstance(written, Ambiguous):
            said.append(
                (
                    {"text": text},
                    meaning.Said(
                        rule="not-a-date",
                        severity="error",
                        message=f"{role.value}“{text}”可能是1月或10月。",
                        fix="请写成2023年10月。",
                    ),
                )
            )
            continue
        period_of = written.period
        found.append({"text": text, "date": str(period_of), "start": period_of.start or period_of.end})
    columns = {"text": pa.string(), "date": pa.string(), "start": pa.date32()}
    table(con, f"when_{FIELD[role]}", found, columns)
    _say(con, role, f"r.{FIELD[role]} = s.text", said)


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
    SELECT r.id, r.sheet_no, r.row, r.letter, r.sub, i.indicator, i.kind, i.unit, i.decimals, i.minimum, i.maximum,
        i.counted, i.frequency, i.derived, p.code AS region,
        d.start AS named_start, d."end" AS named_end, d.named, d.shown, d.cumulative, d.day, r.note,
        r.value AS text, r.period AS text_period, r.numerator AS numerator_text, r.denominator AS denominator_text,
        r.state AS state_text,
        CASE WHEN r.qualifier IS NULL AND i.kind NOT IN ('milestone', 'grade') THEN {_plain("r.value")} END AS plain,
        w.units <> [''] AND i.unit <> '' AND NOT list_contains(w.units, i.one_unit) AS other_unit,
        f.* EXCLUDE (indicator, text), s.state, s.obs_status AS state_status, wp.date AS planned, wa.date AS actual, wa.start AS actual_start,
        coalesce(nn.value, {_plain("r.numerator")}) AS given_numerator, nn.obs_status AS numerator_status,
        coalesce(nd.value, {_plain("r.denominator")}) AS given_denominator, nd.obs_status AS denominator_status
    FROM raw r
    JOIN meant i ON {NAMED.replace("n.", "i.")}
    LEFT JOIN placed p ON p.text = r.region
    LEFT JOIN written_unit w ON w.text = r.unit
    LEFT JOIN dated d ON d.sheet_no = r.sheet_no AND d.text = r.period
    LEFT JOIN figured f ON f.indicator = i.indicator AND f.text = r.value AND f."limit" IS NOT DISTINCT FROM r.qualifier
    LEFT JOIN stated s ON s.text = coalesce(r.state, r.value) AND s.kind = i.kind
    LEFT JOIN when_planned wp ON wp.text = r.planned
    LEFT JOIN when_actual wa ON wa.text = r.actual
    LEFT JOIN part_numerator nn ON nn.text = r.numerator
    LEFT JOIN part_denominator nd ON nd.text = r.denominator
    WHERE NOT (i.kind = 'flow' AND r.span = 'cumulative+' OR i.kind <> 'flow' AND r.span = 'month+')
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
