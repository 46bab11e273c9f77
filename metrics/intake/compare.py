"""Staged rows beside what the store holds: new, revised, unchanged, and what the months before say.

current     what the store holds now for the indicators of the file, three years back at most
doubled     keys that the file gives more than once, how many rows and different figures each has, and the first few of these
changed     staged rows whose key the store has: new (it held no figure) | revised | unchanged, and how both read
blank_over  empty cells where the store has a figure; they do not take it away
earlier     staged figures beside the figure of the period before
usual       staged figures beside mean and mean moving range of their history
remaining   what is left beside total - done
above       parts that are greater than their whole; both_here where the file gives both
"""

from __future__ import annotations

from typing import Final

import duckdb
import pyarrow as pa

from metrics.catalogue import Catalogue
from metrics.intake.stage import table as table_of
from metrics.model import UNALLOCATED, PartOf, Remaining
from metrics.store import CURRENT

KEY: Final = "indicator, region, period_start, period_end"
SAME_KEY: Final = (
    "c.indicator = s.indicator AND c.region = s.region AND c.period_end = s.period_end "
    "AND c.period_start IS NOT DISTINCT FROM s.period_start"
)
FIGURE: Final = (
    "value",
    "lower",
    "upper",
    "qualifier",
    "numerator",
    "denominator",
    "obs_status",
    "state",
    "planned",
    "actual",
)
STRUCT: Final = f"row({', '.join(FIGURE)})"
READS: Final = (
    "coalesce({0}.state, CASE WHEN {0}.qualifier <> 'exact' THEN {0}.written END, "
    "CASE WHEN {0}.value IS NOT NULL THEN txt({0}.value) END, "
    "CASE WHEN {0}.numerator IS NOT NULL THEN txt({0}.numerator) || '/' || txt({0}.denominator) END, {0}.written, '缺报')"
)


def prepare(con: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> None:
    """The small words that rules use: txt(), and the regions by code."""
    con.execute(
        "CREATE OR REPLACE TEMP MACRO txt(x) AS rtrim(rtrim(CAST(x AS VARCHAR), '0'), '.')"  # decimals all have a point
    )
    kinds = {region.code: region.kind for region in catalogue.regions}
    rows = [
        {
            "code": code,
            "name": name,
            "kind": kinds.get(code),
            "street": code not in {catalogue.total, UNALLOCATED},
            "whole": code == catalogue.total,
        }
        for code, name in catalogue.region_names.items()
    ]
    columns = {"code": pa.string(), "name": pa.string(), "kind": pa.string(), "street": pa.bool_(), "whole": pa.bool_()}
    table_of(con, "region", rows, columns)


def compare(con: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> None:
    """Fill the tables above from `staged` and the store."""
    _wanted(con, catalogue)
    con.execute(f"CREATE OR REPLACE TEMP TABLE current AS {CURRENT}")
    for statement in (DOUBLED, CHANGED, BLANK_OVER, EARLIER, USUAL):
        con.execute(statement)
    _remaining(con, catalogue)
    _above(con, catalogue)


def _wanted(con: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> None:
    """The indicators of the file and those that what is left of them is computed from."""
    told = {row[0] for row in con.execute("SELECT DISTINCT indicator FROM staged").fetchall()}
    related = told.union(*(family for family in _families(catalogue) if family & told))
    table_of(con, "wanted", [{"indicator": code} for code in sorted(related)], {"indicator": pa.string()})


def _families(catalogue: Catalogue) -> list[set[str]]:
    """For each relation of what remains, or of a part to its whole, the indicators that it names."""
    families: list[set[str]] = []
    for indicator in catalogue.indicators.values():
        for relation in indicator.relations:
            match relation:
                case Remaining(total=total, done=done, of=of):
                    families.append({code for code in (indicator.code, total, done, of) if code})
                case PartOf(whole=whole):
                    families.append({indicator.code, whole})
    return families


SAID: Final = "coalesce(text, txt(numerator) || '/' || txt(denominator), state, '空')"
DOUBLED: Final = f"""
CREATE OR REPLACE TEMP TABLE doubled AS
WITH repeated AS (SELECT {KEY}, count(*) AS number FROM staged GROUP BY ALL HAVING number > 1),
figures AS (SELECT {KEY}, hash({STRUCT}) AS figure, min(id) AS first, any_value({SAID}) AS said FROM staged SEMI JOIN repeated USING ({KEY}) GROUP BY ALL)
SELECT {KEY}, any_value(number) AS number, min(first) AS first, count(*) > 1 AS different,
    list(said ORDER BY first)[1:3] AS listed, count(*) AS figures
FROM figures JOIN repeated USING ({KEY}) GROUP BY {KEY}
"""
HAD: Final = "(coalesce(c.value, c.lower, c.upper, c.numerator) IS NOT NULL OR c.state IS NOT NULL)"
DIFFERS: Final = f"row({', '.join(f's.{name}' for name in FIGURE)}) IS DISTINCT FROM row({', '.join(f'c.{name}' for name in FIGURE)})"
CHANGED: Final = f"""
CREATE OR REPLACE TEMP TABLE changed AS
SELECT s.id, CASE WHEN NOT ({DIFFERS}) THEN 'unchanged' WHEN {HAD} THEN 'revised' ELSE 'new' END AS change,
    {HAD} AS needs_reason, {READS.format("c")} AS old, {READS.format("s")} AS now,
    s.value IS NULL AND s.numerator IS NULL AND s.state IS NULL AND s.text IS NULL AS blank
FROM staged s JOIN current c ON {SAME_KEY} WHERE NOT s.derived
"""
BLANK_OVER: Final = "CREATE OR REPLACE TEMP TABLE blank_over AS SELECT id FROM changed WHERE blank AND needs_reason"
LENGTH: Final = "CASE WHEN kind = 'cumulative' THEN 0 ELSE (period_end - period_start) // 27 END"
EARLIER: Final = f"""
CREATE OR REPLACE TEMP TABLE earlier AS
WITH series AS (
    SELECT id, kind, indicator, region, period_start, period_end, value, numerator FROM staged
    WHERE value IS NOT NULL AND region IS NOT NULL AND period_end IS NOT NULL
    UNION ALL
    SELECT NULL, i.kind, c.indicator, c.region, c.period_start, c.period_end, c.value, c.numerator
    FROM current c JOIN indicator i ON i.code = c.indicator ANTI JOIN staged s ON {SAME_KEY} WHERE c.value IS NOT NULL
)
SELECT id, kind, value, numerator, before, before_numerator FROM (
    SELECT *, lag(value) OVER w AS before, lag(numerator) OVER w AS before_numerator, lag(period_end) OVER w AS before_end
    FROM series
    WINDOW w AS (PARTITION BY indicator, region, {LENGTH}, CASE WHEN kind = 'cumulative' THEN period_start END ORDER BY period_end)
) WHERE id IS NOT NULL AND before IS NOT NULL AND (kind = 'cumulative' OR before_end + 1 = period_start
    OR kind IN ('stock', 'countdown') AND period_end - before_end <= 62)
"""
USUAL: Final = """
CREATE OR REPLACE TEMP TABLE usual AS
WITH moved AS (
    SELECT c.*, i.kind, abs(c.value - lag(c.value) OVER (PARTITION BY c.indicator, c.region ORDER BY c.period_end)) AS moved
    FROM current c JOIN indicator i ON i.code = c.indicator
    WHERE c.value IS NOT NULL AND c.qualifier = 'exact' AND i.kind IN ('flow', 'stock', 'ratio')
)
SELECT s.id, any_value(s.text) AS text, any_value(s.value) AS value, avg(c.value) AS mean, avg(c.moved) AS range, count(*) AS points
FROM staged s JOIN moved c ON c.indicator = s.indicator AND c.region = s.region AND c.period_end < s.period_start
    AND (c.period_end - c.period_start) // 27 = (s.period_end - s.period_start) // 27
WHERE s.value IS NOT NULL AND s.qualifier = 'exact' GROUP BY s.id HAVING avg(c.moved) > 0
"""


def _remaining(con: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> None:
    con.execute(
        "CREATE OR REPLACE TEMP TABLE remaining(id BIGINT, a VARCHAR, b VARCHAR, d VARCHAR, given DECIMAL(18, 4), expected DECIMAL(18, 4))"
    )
    related = [
        (indicator.code, relation)
        for indicator in catalogue.indicators.values()
        for relation in indicator.relations
        if isinstance(relation, Remaining)
    ]
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE known AS
        SELECT id, indicator, region, period_start, period_end, value, numerator, denominator FROM staged
            WHERE qualifier = 'exact' AND indicator IN (SELECT unnest($needed))
            QUALIFY row_number() OVER (PARTITION BY indicator, region, period_end ORDER BY id) = 1
        UNION ALL SELECT NULL, indicator, region, period_start, period_end, value, numerator, denominator FROM current c
            ANTI JOIN staged s ON {SAME_KEY} WHERE c.qualifier = 'exact' AND indicator IN (SELECT unnest($needed))
    """,
        {"needed": sorted(set().union(*_families(catalogue)))},
    )
    for code, relation in related:
        con.execute(OF if relation.of else TOTAL_DONE, _codes(code, relation))


def _codes(code: str, relation: Remaining) -> dict[str, str | None]:
    if relation.of:
        return {"code": code, "of": relation.of}
    return {"code": code, "total": relation.total, "done": relation.done}


OF: Final = """
INSERT INTO remaining
SELECT coalesce(g.id, w.id), txt(w.denominator), txt(w.numerator), txt(w.denominator - w.numerator), g.value,
    w.denominator - w.numerator
FROM known g JOIN known w ON w.indicator = $of AND w.region = g.region AND w.period_end = g.period_end
WHERE g.indicator = $code AND g.value IS NOT NULL AND w.denominator IS NOT NULL AND w.numerator IS NOT NULL AND coalesce(g.id, w.id) IS NOT NULL
"""
TOTAL_DONE: Final = """
INSERT INTO remaining SELECT coalesce(g.id, d.id, t.id), txt(t.value), txt(d.value), txt(t.value - d.value), g.value, t.value - d.value
FROM known g JOIN known t ON t.indicator = $total AND t.region = g.region AND t.period_end = g.period_end
JOIN known d ON d.indicator = $done AND d.region = g.region AND d.period_end = g.period_end
WHERE g.indicator = $code AND g.value IS NOT NULL AND t.value IS NOT NULL AND d.value IS NOT NULL AND coalesce(g.id, d.id, t.id) IS NOT NULL
"""


def _above(con: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> None:
    parts = [
        {"part": indicator.code, "whole": relation.whole}
        for indicator in catalogue.indicators.values()
        for relation in indicator.relations
        if isinstance(relation, PartOf)
    ]
    table_of(con, "part_of", parts, {"part": pa.string(), "whole": pa.string()})
    con.execute(ABOVE)


ABOVE: Final = """
CREATE OR REPLACE TEMP TABLE above AS
SELECT coalesce(p.id, w.id) AS id, p.id IS NOT NULL AND w.id IS NOT NULL AS both_here, i.name AS part, j.name AS whole,
    unnest(CASE WHEN i.kind = 'ratio' THEN [{'a': p.numerator, 'b': w.numerator, 'of': '的分子'}, {'a': p.denominator, 'b': w.denominator, 'of': '的分母'}]
        ELSE [{'a': p.value, 'b': w.value, 'of': ''}] END, recursive := true)
FROM part_of r JOIN known p ON p.indicator = r.part JOIN known w ON w.indicator = r.whole AND w.region = p.region
    AND w.period_end = p.period_end AND w.period_start IS NOT DISTINCT FROM p.period_start
JOIN indicator i ON i.code = r.part JOIN indicator j ON j.code = r.whole WHERE coalesce(p.id, w.id) IS NOT NULL
"""
