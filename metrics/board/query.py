"""Store -> facts: what is current, or was known on a day, in one query for all indicators asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from metrics.model import Observation
from metrics.number import Qualifier
from metrics.period import SHANGHAI, Period
from metrics.store import EVER, HANDED_IN, LAST_EVENT, LATEST, STANDING, Reads, of_each, timestamp

KNOWN = f"""{STANDING}
SELECT o.*, epoch_us(standing.known_from) AS known_us, last_event FROM observation o JOIN standing USING (release_id)
WHERE o.indicator IN ($codes) /* regions */
{LATEST}
ORDER BY indicator, region, period_end, period_start
"""  # noqa: S608
OF_REGIONS = "AND o.region IN ($regions)"
# The parts of the totals that nobody reported: figures of 街镇 for a period for which no release gives the district's.
# Which indicators have such periods is asked first: most boards have none, and then no row is read whole.
LACKING = f"""{STANDING}
SELECT DISTINCT indicator FROM (
    SELECT indicator FROM observation JOIN standing USING (release_id) WHERE indicator IN ($codes)
    GROUP BY indicator, period_start, period_end
    HAVING NOT bool_or(region = $total AND (value IS NOT NULL OR numerator IS NOT NULL OR lower IS NOT NULL OR upper IS NOT NULL))
)
"""  # noqa: S608
WITHOUT_TOTAL = f"""{STANDING}
SELECT o.*, epoch_us(standing.known_from) AS known_us, last_event FROM observation o JOIN standing USING (release_id)
WHERE o.indicator IN ($codes) AND o.region <> $total AND NOT EXISTS (
    FROM observation t JOIN standing s USING (release_id) WHERE t.indicator IN ($codes) AND t.region = $total
        AND t.indicator = o.indicator AND t.period_start IS NOT DISTINCT FROM o.period_start AND t.period_end = o.period_end
        AND coalesce(t.value::VARCHAR, t.numerator::VARCHAR, t.lower::VARCHAR, t.upper::VARCHAR) IS NOT NULL)
{LATEST}
ORDER BY indicator, region, period_end, period_start
"""  # noqa: S608
REPORTED = f"""{STANDING}
SELECT DISTINCT indicator, region FROM observation o JOIN standing USING (release_id)
WHERE o.indicator IN ($codes) AND o.period_end = $end
    AND coalesce(o.value::VARCHAR, o.numerator::VARCHAR, o.state, o.written) IS NOT NULL
"""  # noqa: S608
HISTORY = f"""
SELECT o.*, epoch_us(r.known_from) AS known_us, {LAST_EVENT} AS last_event
FROM observation o JOIN release r USING (release_id)
WHERE o.indicator = $code AND o.region = $region AND r.known_from < $before AND last_event NOT IN ('return', 'await')
ORDER BY period_end, r.known_from, o.release_id, row_no
"""  # noqa: S608

# What readers have seen: also a reading that a newer one of the same notice replaced.
SEEN = STANDING.replace("('withdraw', 'replace', ", "('withdraw', ")
CHANGES = f"""{SEEN}, aged AS (
    SELECT o.*, epoch_us(standing.known_from) AS known_us, last_event, row_number() OVER (
        PARTITION BY indicator, region, period_start, period_end
        ORDER BY standing.known_from DESC, o.release_id DESC, row_no DESC
    ) AS age
    FROM observation o JOIN standing USING (release_id)
    WHERE region = $region AND o.indicator IN (SELECT n.indicator FROM observation n WHERE n.release_id = $release_id)
)
SELECT * FROM aged QUALIFY age <= 2 AND max(CASE WHEN age = 1 THEN release_id END) OVER (
    PARTITION BY indicator, region, period_start, period_end) = $release_id
ORDER BY indicator, period_end, age
"""  # noqa: S608

HANDED = f"""{STANDING}
SELECT release_id FROM standing JOIN release r USING (release_id) WHERE list_contains($handed_in, r.source)
"""  # noqa: S608
MONTH_ENDS = "list(DISTINCT period_end) FILTER (period_end = last_day(period_end))"

REGIONS = f"""{STANDING}
SELECT DISTINCT region FROM observation JOIN standing USING (release_id) WHERE indicator = $code
"""  # noqa: S608

NUMBERS = f"{STANDING} SELECT release_id FROM standing"  # noqa: S608
CODES_OF_STREETS = "list(DISTINCT indicator) FILTER (list_contains($regions, region))"
# Of one 街镇 every figure, and of all others the last period that any of them has, to rank it in.
AROUND = f"""{STANDING}, ends AS (
    SELECT indicator, max(period_end) AS last FROM observation JOIN standing USING (release_id)
    WHERE indicator IN ($codes) AND region IN ($regions) AND period_end <= $until
    GROUP BY indicator
)
SELECT o.*, epoch_us(standing.known_from) AS known_us, last_event
FROM observation o JOIN standing USING (release_id) JOIN ends USING (indicator)
WHERE o.indicator IN ($codes)
    AND ((o.region = $region AND o.period_end <= $until) OR (o.region IN ($regions) AND o.period_end = ends.last))
{LATEST}
ORDER BY indicator, region, period_end, period_start
"""  # noqa: S608

OF_RELEASE = """
SELECT o.*, epoch_us(r.known_from) AS known_us, NULL AS last_event FROM observation o JOIN release r USING (release_id)
WHERE o.release_id = $release_id ORDER BY indicator, region, period_end, period_start, row_no
"""
# Figures that stand in the release: how many have another version under them, and how many have none.
STANDS_ON = f"""{STANDING}, aged AS (
    SELECT release_id, row_number() OVER (
        PARTITION BY indicator, region, period_start, period_end
        ORDER BY standing.known_from DESC, o.release_id DESC, row_no DESC
    ) AS age, count(*) FILTER (o.release_id <> $release_id) OVER (PARTITION BY indicator, region, period_start, period_end) AS others
    FROM observation o JOIN standing USING (release_id)
)
SELECT count(*) FILTER (others > 0) AS older, count(*) FILTER (others = 0) AS alone
FROM aged WHERE age = 1 AND release_id = $release_id
"""  # noqa: S608
FIGURE = (
    "value",
    "lower",
    "upper",
    "qualifier",
    "numerator",
    "denominator",
    "obs_status",
    "state",
    "planned",
    "expected",
    "actual",
)


def _after(side: str) -> str:
    """SQL for what was known right after the release $`side`, itself included whatever became of it later."""
    return f"""{side}_standing AS (
    SELECT r.release_id, r.known_from FROM release r JOIN release last ON last.release_id = ${side}
    WHERE (r.known_from < last.known_from OR (r.known_from = last.known_from AND r.release_id <= last.release_id))
        AND (r.release_id = last.release_id OR coalesce((
            SELECT arg_max(event, event_id) FROM release_event e
            WHERE e.release_id = r.release_id AND e."at" <= last.known_from
        ), 'restore') NOT IN ('withdraw', 'replace', 'return', 'await'))
), {side} AS (
    SELECT o.*, epoch_us(known_from) AS known_us FROM observation o JOIN {side}_standing USING (release_id)
    {LATEST.replace("standing.", f"{side}_standing.")}
)"""  # noqa: S608


def _before(side: str) -> str:
    """SQL for what was known before the moment $`side`."""
    standing = STANDING.strip().removeprefix("WITH standing").replace("$before", f"${side}")
    return f"""{side}_standing{standing}, {side} AS (
    SELECT o.*, epoch_us(known_from) AS known_us FROM observation o JOIN {side}_standing USING (release_id)
    {LATEST.replace("standing.", f"{side}_standing.")}
)"""  # noqa: S608


def _difference(sides: Callable[[str], str]) -> str:
    """SQL for the figures that are not the same on both sides: revised ones first, of each those of the region $first.

    The counts are those of all of them; counted by a window over the whole, DuckDB 1.5.5 fails under load (its issue 22352).
    """
    return f"""
WITH {sides("one")}, {sides("other")}, differing AS MATERIALIZED (
    SELECT CASE WHEN one.indicator IS NOT NULL THEN one END AS one,
        CASE WHEN other.indicator IS NOT NULL THEN other END AS other
    FROM one FULL JOIN other ON one.indicator = other.indicator AND one.region = other.region
        AND one.period_start IS NOT DISTINCT FROM other.period_start AND one.period_end = other.period_end
    WHERE {" OR ".join(f"one.{name} IS DISTINCT FROM other.{name}" for name in FIGURE)}
), counted AS MATERIALIZED (SELECT count(*) AS total, count(one) AS had, count(other) AS has FROM differing)
SELECT one, other, total, had, has FROM differing CROSS JOIN counted
ORDER BY one IS NULL OR other IS NULL, coalesce(other.region, one.region) <> $first,
    coalesce(other.indicator, one.indicator), coalesce(other.period_end, one.period_end) DESC, coalesce(other.region, one.region)
LIMIT $most
"""  # noqa: S608


BETWEEN_RELEASES, BETWEEN_MOMENTS = _difference(_after), _difference(_before)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """An observation that stands, and the release it stands in.

    known       the day from which its release was known
    release_id  None for a derived fact, whose releases are those of its parts
    parts       of a derived fact, the facts it was computed from; else empty
    waits       its release waits for a second person
    """

    observation: Observation
    known: date
    release_id: int | None
    parts: tuple[Fact, ...] = ()
    waits: bool = False

    @property
    def derived(self) -> bool:
        """Whether the program computed it."""
        return bool(self.parts)

    @property
    def provisional(self) -> bool:
        """Whether it, or something that it was computed from, is 初报."""
        return self.waits or any(part.provisional for part in self.parts)


Facts = Mapping[str, tuple[Fact, ...]]


def end_of_day(day: date | None) -> datetime:
    """The first moment after that day in Beijing, the exclusive end of what was known on it; for None, of all time."""
    return EVER if day is None or day >= EVER.date() else datetime.combine(day + timedelta(days=1), time(), SHANGHAI)


def facts(
    store: Reads, codes: Iterable[str], *, before: datetime = EVER, regions: Iterable[str] | None = None
) -> Facts:
    """Facts of each indicator by code as known before that moment, oldest period first; only of these regions if given."""
    wanted = list(codes)
    parameters: dict[str, Any] = {"before": before, "codes": wanted}
    sql = KNOWN
    if regions is not None:
        sql, parameters = KNOWN.replace("/* regions */", OF_REGIONS), parameters | {"regions": list(regions)}
    return _by_code(_listing(store, sql, parameters), wanted)


def without_total(store: Reads, codes: Iterable[str], total: str, *, before: datetime = EVER) -> Facts:
    """Figures of 街镇 for the periods for which nobody has reported the district's, by code."""
    asked = {"before": before, "total": total}
    lacking = [row["indicator"] for row in _listing(store, LACKING, {**asked, "codes": list(codes)})]
    return _by_code(_listing(store, WITHOUT_TOTAL, {**asked, "codes": lacking})) if lacking else {}


def reported(store: Reads, codes: Iterable[str], end: date, *, before: datetime = EVER) -> frozenset[tuple[str, str]]:
    """Indicator and region of all that was reported for a period that ends on that day; a blank is no report."""
    rows = _listing(store, REPORTED, {"before": before, "codes": list(codes), "end": end})
    return frozenset((row["indicator"], row["region"]) for row in rows)


def until(facts: Facts, day: date | None) -> Facts:
    """The facts without those of periods that end after that day; all of them for None."""
    if day is None:
        return facts
    return {code: tuple(fact for fact in own if fact.observation.period.end <= day) for code, own in facts.items()}


def history(store: Reads, code: str, region: str, *, before: datetime = EVER) -> tuple[Fact, ...]:
    """Every version of every figure of an indicator in a region known before that moment, by period and release."""
    return tuple(_fact(row) for row in store.query(HISTORY, {"before": before, "code": code, "region": region}))


def regions(store: Reads, code: str, *, before: datetime = EVER) -> frozenset[str]:
    """Codes of the regions that have a figure of the indicator."""
    return frozenset(row["region"] for row in store.query(REGIONS, {"before": before, "code": code}))


def street_codes(store: Reads, regions: Iterable[str], *, before: datetime = EVER) -> frozenset[str]:
    """Codes of the indicators that have a figure of one of these 街镇."""
    return _of_all(store, NUMBERS, {"before": before}, CODES_OF_STREETS, {"regions": list(regions)})


def around(
    store: Reads,
    codes: Iterable[str],
    region: str,
    regions: Iterable[str],
    *,
    until: date | None,
    before: datetime = EVER,
) -> Facts:
    """Figures of one 街镇 up to that day, and of all these 街镇 for the last period that any of them has, by code."""
    wanted = list(codes)
    asked = {
        "codes": wanted,
        "region": region,
        "regions": list(regions),
        "until": until or date.max,
        "before": before,
    }
    return _by_code(_listing(store, AROUND, asked), wanted)


def months(store: Reads, *, before: datetime = EVER) -> tuple[date, ...]:
    """The last day of every month for which a file or a form has brought a figure, oldest first; a notice has no months."""
    return tuple(sorted(_of_all(store, HANDED, {"before": before, "handed_in": sorted(HANDED_IN)}, MONTH_ENDS)))


def _of_all(
    store: Reads, sql: str, parameters: dict[str, Any], listed: str, of: dict[str, Any] | None = None
) -> frozenset[Any]:
    """All that a list of the figures of each release names, of the releases that `sql` finds."""
    numbers = [row["release_id"] for row in store.query(sql, parameters)]
    told = of_each(store, listed, numbers, of)
    return frozenset(one for number in numbers for one in told[number] or ())


def changes(
    store: Reads, release_id: int, region: str, *, before: datetime = EVER, until: date | None = None
) -> list[tuple[Fact, Fact | None]]:
    """Each figure that the release made current for that region, and the one it replaced (None: it is new).

    until  leaves out later periods
    """
    now: dict[tuple[str, Period], Fact] = {}
    replaced: dict[tuple[str, Period], Fact] = {}
    for row in store.query(CHANGES, {"before": before, "release_id": release_id, "region": region}):
        fact = _fact(row)
        (now if row["age"] == 1 else replaced)[(fact.observation.indicator, fact.observation.period)] = fact
    return [
        (fact, replaced.get(key)) for key, fact in now.items() if until is None or fact.observation.period.end <= until
    ]


def of_release(store: Reads, release_id: int) -> Facts:
    """The figures that the release itself gave, by code, whatever became of them."""
    return _by_code(store.query(OF_RELEASE, {"release_id": release_id}))


def file_names(store: Reads) -> dict[tuple[int, int], str]:
    """The name of every file by release and number; "" for what was entered in the browser."""
    rows = store.query(
        "SELECT release_id, file_no, CASE WHEN r.source = 'form' THEN '' ELSE name END AS name "
        "FROM release_file JOIN release r USING (release_id)"
    )
    return {(row["release_id"], row["file_no"]): row["name"] for row in rows}


def stands_on(store: Reads, release_id: int) -> tuple[int, int]:
    """Figures that stand in the release: with another version under them, and with none."""
    (row,) = store.query(STANDS_ON, {"before": EVER, "release_id": release_id})
    return row["older"], row["alone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What is not the same in two states of the store: how many figures, and the first of them.

    added, revised, gone  figures that only the second has, that both have, and that only the first has
    pairs                 before and after, revised ones first; None where there was no figure yet, or not any more
    """

    added: int = 0
    revised: int = 0
    gone: int = 0
    pairs: tuple[tuple[Fact | None, Fact | None], ...] = ()

    @property
    def total(self) -> int:
        """How many figures differ."""
        return self.added + self.revised + self.gone


def difference(store: Reads, one: int, other: int, *, most: int, first: str = "") -> Difference:
    """What the board showed otherwise right after release `other` than after `one`: `most` figures, a region's own first."""
    return _differing(store.query(BETWEEN_RELEASES, {"one": one, "other": other, "most": most, "first": first}))


def between(store: Reads, one: datetime, other: datetime, *, most: int, first: str = "") -> Difference:
    """What was known otherwise before the moment `other` than before `one`: `most` figures, a region's own first."""
    return _differing(store.query(BETWEEN_MOMENTS, {"one": one, "other": other, "most": most, "first": first}))


def _differing(rows: list[dict[str, Any]]) -> Difference:
    if not rows:
        return Difference()
    total, had, has = (rows[0][name] for name in ("total", "had", "has"))
    pairs = tuple(
        (_fact(row["one"]) if row["one"] else None, _fact(row["other"]) if row["other"] else None) for row in rows
    )
    return Difference(added=total - had, gone=total - has, revised=had + has - total, pairs=pairs)


def _listing(store: Reads, sql: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows of one read in which `IN ($name)` may ask for a list.

    Each of the list becomes a parameter of its own. Then DuckDB passes over every block of the file that can hold none of
    them; of a subquery with more than 50 it passes over those outside the first and the last alone.
    """
    plain = dict(parameters)
    for name, among in parameters.items():
        if isinstance(among, list):
            each = {f"{name}_{at}": one for at, one in enumerate(plain.pop(name))}
            sql = sql.replace(f"IN (${name})", f"IN ({', '.join(f'${one}' for one in each) or 'NULL'})")
            plain |= each
    return store.query(sql, plain)


def _by_code(rows: Iterable[dict[str, Any]], codes: Iterable[str] = ()) -> Facts:
    """The rows as facts by the code of their indicator; of `codes` also those without any."""
    found: dict[str, list[Fact]] = {code: [] for code in codes}
    for row in rows:
        found.setdefault(row["indicator"], []).append(_fact(row))
    return {code: tuple(listed) for code, listed in found.items()}


def _fact(row: dict[str, Any]) -> Fact:
    plain = ("indicator", "region", "value", "lower", "upper", "numerator", "denominator", "written", "obs_status",
             "state", "quote", "paragraph", "note", "file_no", "sheet", "source_row", "source_cell", "cell_text")  # fmt: skip
    observation = Observation(
        **{name: row[name] for name in plain},
        period=Period(row["period_start"], row["period_end"]),
        qualifier=Qualifier(row["qualifier"]),
        planned=_period(row["planned"]),
        expected=_period(row["expected"]),
        actual=_period(row["actual"]),
        inferred=tuple(row["inferred"].split(",")) if row["inferred"] else (),
    )
    waiting = row.get("last_event") == "await"
    return Fact(observation=observation, known=_day(row["known_us"]), release_id=row["release_id"], waits=waiting)


def _day(microseconds: int) -> date:
    return timestamp(microseconds).astimezone(SHANGHAI).date()


def _period(text: str | None) -> Period | None:
    return Period.parse(text) if text else None
