"""Rules and readings -> findings, each at the place that Excel shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from metrics.intake import meaning, stage
from metrics.intake.column import Column, Role
from metrics.intake.finding import CAP, Finding, Severity
from metrics.intake.layout import Layout
from metrics.intake.rules import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Staging:
    """One check in progress: the connection that holds its tables, and what it was given.

    layouts  by sheet number
    reason   for revisions; None for none
    """

    con: stage.Connection
    layouts: Sequence[Layout]
    answers: Mapping[str, str]
    reason: str | None
    today: date

    def find(  # noqa: PLR0913  the parts of a finding
        self, row: Mapping[str, Any], role: Role | None, *, severity: Severity, rule: str, message: str, fix: str = "",
        key: str | None = None, options: str | None = None,
    ) -> Finding:  # fmt: skip
        """A finding at the column of `role`; `row` has sheet_no, row, letter and, where there is one, text."""
        one = self.layouts[row["sheet_no"]]
        column = column_of(one, role, row["letter"])
        number = one.header_row if column and _in_header(column, role) else row["row"]
        return Finding(
            severity=severity, rule=rule, message=message, fix=fix, file_no=one.file_no, sheet=one.sheet.name, row=number,
            column=column.header if column else None, cell=f"{column.letter}{number}" if column else None,
            value=row.get("text"), key=key, options=meaning.unpacked(options),
        )  # fmt: skip


def _in_header(column: Column, role: Role | None) -> bool:
    """Whether a month, or the unit of an indicator, stands over the column of figures itself."""
    return column.role is Role.VALUE and (role is Role.PERIOD or (role is Role.UNIT and column.indicator is not None))


def readings(staging: Staging) -> Iterator[Finding]:
    """What was said while reading texts, at every place where they stand."""
    found = rows(
        staging.con,
        "SELECT * EXCLUDE (place) FROM (SELECT g.*, r.sheet_no, r.row, r.letter, "
        "row_number() OVER (PARTITION BY rule, g.severity ORDER BY g.id) AS place FROM reading g JOIN raw r USING (id) "
        "QUALIFY role = 'VALUE' OR row_number() OVER (PARTITION BY sheet_no, row, role, rule, message ORDER BY g.id) = 1) "
        "WHERE place <= $cap ORDER BY row",
        {"cap": CAP},
    )
    for one in found:
        yield staging.find(
            one, Role[one["role"]], severity=Severity(one["severity"]), rule=one["rule"],
            message=one["message"].replace("{row}", str(one["row"])), fix=one["fix"],
            key=one["key"], options=one["options"],
        )  # fmt: skip


def rows(con: stage.Connection, sql: str, given: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """Rows of a query, each a dict by column name."""
    cursor = con.execute(sql, dict(given or {}))
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]


def column_of(one: Layout, role: Role | None, letter: str | None) -> Column | None:
    """The column that a finding points at: of several columns of figures, the one with that letter."""
    if role is Role.VALUE and letter:
        return next((column for column in one.columns if column.letter == letter), None)
    found = one.of(role) if role else None
    if found is None and role in {Role.CODE, Role.NAME}:
        return one.of(Role.NAME) or one.of(Role.CODE)
    if found is None and role in {Role.STATE, Role.PERIOD, Role.UNIT, Role.NUMERATOR, Role.DENOMINATOR} and letter:
        return column_of(one, Role.VALUE, letter)  # 166/182 in 数值, a month or a unit over a column of figures
    if found is None and role is Role.VALUE:
        return one.of(Role.NUMERATOR)
    return found


# What is wrong with a month over a column of figures is told once, and not for each row below it.
ONCE = (
    "SELECT min(id) AS id, b.* EXCLUDE (id), CASE WHEN h.letter IS NULL THEN id END AS alone, r.sheet_no, r.letter AS below FROM ({}) b "
    "JOIN (SELECT id, sheet_no, letter FROM raw) r USING (id) LEFT JOIN heading h ON h.sheet_no = r.sheet_no AND h.letter = r.letter GROUP BY ALL"
)


def broken(staging: Staging, rule: Rule) -> tuple[list[Finding], int]:
    """The first CAP places where a rule is broken, and how many there are; a rule that cannot run raises."""
    given = {name: getattr(staging, name) for name in ("today", "reason") if f"${name}" in rule.sql}
    found = rows(
        staging.con,
        f"SELECT *, count(*) OVER () AS number_found FROM ({ONCE.format(rule.sql) if rule.role is Role.PERIOD else rule.sql}) "
        f"ORDER BY id LIMIT {CAP}",
        given,
    )
    if not found:
        return [], 0
    places = rows(
        staging.con,
        "SELECT id, sheet_no, row, letter FROM raw WHERE id IN (SELECT unnest($ids))",
        {"ids": [one["id"] for one in found]},
    )
    by_id = {one["id"]: one for one in places}
    key = "reason" if rule.severity is Severity.ASK else None
    said = [
        staging.find(
            {"text": one.get("given") or one.get("found"), **one, **by_id[one["id"]]}, rule.role, severity=rule.severity, rule=rule.code,
            message=rule.message.format(**{**by_id[one["id"]], **one}), fix=rule.fix.format(**one), key=key,
        ) for one in found
    ]  # fmt: skip
    return said, found[0]["number_found"]


# Of a fraction as written, for four decimals of it are only two of its percentage.
PERCENT = "coalesce(CAST(100 * TRY_CAST(text AS DECIMAL(30, 12)) AS DECIMAL(18, 4)), value * 100)"
MOST = 2  # of a column of fractions: a task rate may be above its task, 1.0288


def scales(staging: Staging) -> list[Finding]:
    """N04: a column of bare percentages that are all at most 1 is asked about once, or read as answered."""
    found: list[Finding] = []
    columns = rows(
        staging.con,
        "SELECT sheet_no, letter, arg_min(row, id) AS row, arg_min(text, id) AS text, arg_min(value, id) AS value "
        "FROM staged WHERE unit = '%' AND bare AND value > 0 "
        f"AND (sheet_no, letter) NOT IN (SELECT (sheet_no, letter) FROM staged WHERE unit = '%' AND coalesce(value, lower, upper) > {MOST}) "
        "GROUP BY sheet_no, letter HAVING min(value) < 1 OR max(value) <= 1 ORDER BY ALL",
    )
    for one in columns:
        column = column_of(staging.layouts[one["sheet_no"]], Role.VALUE, one["letter"])
        key = f"scale.{column.header if column else Role.VALUE}"
        if staging.answers.get(key) == "percent":
            staging.con.execute(
                f"UPDATE staged SET value = {PERCENT}, lower = CASE WHEN qualifier = 'exact' THEN {PERCENT} ELSE lower * 100 END, "
                f"upper = CASE WHEN qualifier = 'exact' THEN {PERCENT} ELSE upper * 100 END, written = NULL "
                "WHERE sheet_no = $sheet_no AND letter = $letter AND bare",
                {"sheet_no": one["sheet_no"], "letter": one["letter"]},
            )
        elif staging.answers.get(key) != "as-written":
            found.append(_scale_question(staging, one, key))
    return found


def _scale_question(staging: Staging, one: dict[str, Any], key: str) -> Finding:
    text, percent = f"{one['value'].normalize():f}", f"{(one['value'] * 100).normalize():f}"
    header = key.partition(".")[2]
    return staging.find(
        one, Role.VALUE, severity=Severity.ASK, rule="fraction-scale", key=key,
        options=meaning.packed({"percent": f"{percent}%", "as-written": f"{text}%"}),
        message=f"“{header}”列数值都≤1，是否为小数形式的百分比？", fix=f"请选择：“{text}”是{percent}%还是{text}%。",
    )  # fmt: skip
