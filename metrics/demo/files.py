"""The invented months as CSV files, in the order in which they come in, and loaded as any upload is.

Each month's file, then what 街镇 sent late, then what they corrected. A store that holds one is a demonstration store, which
`start` gives no notice and every page marks.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from metrics.catalogue import WHOLE, Catalogue
from metrics.demo import notes
from metrics.demo.figures import Cells, Pattern, Setting, alone, invent, patterns, related, whole
from metrics.demo.work import GRADES, Report, course, reports
from metrics.errors import Refused
from metrics.intake.check import Upload, check
from metrics.intake.submit import confirm
from metrics.model import Act, Indicator, Kind, PeriodType
from metrics.number import half_up
from metrics.period import Period, chinese
from metrics.store import DEMO, Store, releases

HEADER = ("指标编码", "期间", "街镇", "数值", "分子", "分母", "状态", "计划完成", "实际完成", "备注")
REASON = "演示：填报笔误"
GAP, REVISED = 0.01, 0.02  # of the figures of a month
FEW = 10
SILENT, INCOMPLETE = 2, 3  # 街镇 of the last month without a report, and with half of one
LOST = 6  # of so many figures one has a month that nobody reported
RANGED = 10  # of so many 街镇 one gives a range
MANY = 10_000  # from here on a figure is written in 万
MONTHS_OF = {PeriodType.QUARTER: 3, PeriodType.HALF: 6, PeriodType.YEAR: 12}

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class File:
    """One file of the demonstration: its rows, when it comes in, and why it revises."""

    name: str
    rows: tuple[Row, ...]
    at: datetime
    reason: str | None = None

    @property
    def data(self) -> bytes:
        """The CSV as an office would save it."""
        text = io.StringIO()
        csv.writer(text).writerows([HEADER, *self.rows])
        return text.getvalue().encode("utf-8-sig")


def load(store: Store, catalogue: Catalogue, setting: Setting, *, told: Callable[[str], None] = lambda _: None) -> int:
    """Fill an empty store with the demonstration, telling the name of each file; how many releases it now has.

    Raises `Refused` for a store that holds real releases. One that already holds the demonstration is left as it is.
    """
    refuse_real(store)
    standing = releases(store)
    if standing:
        return len(standing)
    for file in files(catalogue, setting):
        told(file.name)
        checked = check(store, catalogue, [Upload(name=file.name, data=file.data)], at=file.at, reason=file.reason)
        if not checked.accepted:
            wrong = next(finding.message for finding in checked.findings)
            raise RuntimeError(f"{file.name}: the invented figures do not pass the check: {wrong}")
        confirm(store, checked, act=Act(at=file.at, by="演示"), source=DEMO)
    made = releases(store)
    notes.add(store, catalogue, at=made[-1].known_from)
    return len(made)


def refuse_real(store: Store) -> None:
    """`Refused` for a store that holds real releases."""
    if any(release.source != DEMO for release in releases(store)):
        raise Refused(
            f"{store.engine.url} 里有真实数据，不能放演示数据。请换一个数据库文件。 Real figures and invented ones are never mixed."
        )


def files(catalogue: Catalogue, setting: Setting) -> Iterator[File]:
    """The files in the order in which they come in: each month's, then what came late or was corrected."""
    chance, months = random.Random(f"{setting.seed} files"), setting.months
    free = {one.code for one in alone(catalogue)}
    added = summed(catalogue)
    lost = {(code, chance.randrange(len(months) * 3 // 4)) for code in chance.sample(sorted(free), len(free) // LOST)}
    names = [region.name for region in catalogue.regions]
    written = _rows(catalogue, setting)
    for at, month in enumerate(months[:-1]):
        told = [
            row
            for row in written[at]
            if (row[0], at) not in lost and (row[2] == WHOLE or row[0] in added or chance.random() >= GAP)
        ]
        slow = set(chance.sample(names, min(2, len(names) // 2))) if at % 2 else set()
        on_time = [row for row in told if row[2] not in slow]
        wrong = [row for row in on_time if row[0] in free and at % 4 == 0 and chance.random() < REVISED]
        slips = {row: slip for row in wrong if (slip := _slip(row, chance)) != row}
        name, received = f"演示数据{month.end:%Y-%m}", _received(month)
        yield File(f"{name}.csv", tuple(slips.get(row, row) for row in on_time), received)
        if came := tuple(row for row in told if row[2] in slow):
            yield File(f"{name}补报.csv", came, received + timedelta(days=9))
        if slips:
            yield File(f"{name}更正.csv", tuple(slips), received + timedelta(days=12), REASON)
    unfinished = _unfinished(written[-1], catalogue, chance)
    yield File(f"演示数据{months[-1].end:%Y-%m}.csv", tuple(unfinished), _received(months[-1]))


def summed(catalogue: Catalogue) -> set[str]:
    """The few running totals that only 街镇 report: the district's figure is their sum once all are in."""
    running = [one.code for one in alone(catalogue) if one.kind is Kind.CUMULATIVE and one.reported_by != "district"]
    return set(running[1::4])


def _received(month: Period) -> datetime:
    """Ten in the morning in Beijing, on the eighth day of the month after."""
    return datetime(month.end.year, month.end.month, month.end.day, 2, tzinfo=UTC) + timedelta(days=8)


def _unfinished(rows: Sequence[Row], catalogue: Catalogue, chance: random.Random) -> Iterator[Row]:
    """The last month: some 街镇 have sent nothing yet, and some half."""
    names = [region.name for region in catalogue.regions]
    picked = chance.sample(names, min(SILENT + INCOMPLETE, len(names) // 2))
    silent, some = set(picked[:SILENT]), set(picked[SILENT:])
    for row in rows:
        if row[2] not in silent and not (row[2] in some and chance.random() < 0.5):  # noqa: PLR2004
            yield row


def _slip(row: Row, chance: random.Random) -> Row:
    """A count as it was first handed in, a little too high; anything else as it is."""
    if not row[3].isdecimal() or int(row[3]) < FEW:
        return row
    return (*row[:3], str(int(row[3]) + chance.randint(1, 3)), *row[4:])


def _rows(catalogue: Catalogue, setting: Setting) -> list[list[Row]]:
    """Every row of every month, as if all were sent in time."""
    series, months, added = invent(catalogue, setting), setting.months, summed(catalogue)
    shapes, bound_to, rows = patterns(catalogue), related(catalogue), [list[Row]() for _ in months]
    number = 0
    for code, one in catalogue.indicators.items():
        chance = random.Random(f"{setting.seed} {code} written")
        if code in series:
            bound = shapes.get(code) is Pattern.CALM and code not in bound_to
            for at, cells in enumerate(series[code]):
                odd = at == len(months) - 1 or at == len(months) - 7
                given = _figures(one, months[at], cells, bound=bound and odd, odd=odd)
                rows[at] += [row for row in given if row[2] != WHOLE or code not in added]
        elif one.kind is Kind.GRADE:
            for at, month in enumerate(months):
                rows[at] += _grade(one, month, chance)
        elif one.kind is Kind.MILESTONE:
            for at, report in reports(one, course(number), months, chance).items():
                rows[at].append(_work(one, months[at], report))
            number += 1
    return rows


def _figures(indicator: Indicator, month: Period, cells: Cells, *, bound: bool, odd: bool) -> Iterator[Row]:
    """The rows of one figure and month; the district's last.

    bound  whether the district says only that its rate is above a number; odd, whether some 街镇 give a range
    """
    if not cells:
        return
    for at, (region, (count, of)) in enumerate(cells.items()):
        if odd and at % RANGED == 0 and indicator.kind is Kind.COUNTDOWN and region != WHOLE:
            yield _row(indicator, month, region, value=f"{count}至{count + 2}")
        elif indicator.kind is Kind.RATIO:
            yield _row(indicator, month, region, parts=(str(count), str(of)))
        else:
            yield _row(indicator, month, region, value=_number(indicator, count))
    if WHOLE not in cells:
        yield _district(indicator, month, *whole(cells), bound=bound)


def _district(indicator: Indicator, month: Period, count: int, of: int, *, bound: bool) -> Row:
    if indicator.kind is not Kind.RATIO:
        many = indicator.kind is Kind.STOCK and indicator.decimals == 0 and count >= MANY
        about = f"约{half_up(Decimal(count) / MANY, 1)}万"
        return _row(indicator, month, WHOLE, value=about if many else _number(indicator, count))
    if bound and count < of:
        return _row(indicator, month, WHOLE, value=f"超{(100 * count - 1) // of}%")
    return _row(indicator, month, WHOLE, parts=(str(count), str(of)))


def _number(indicator: Indicator, count: int) -> str:
    return str(Decimal(count).scaleb(-indicator.decimals))


def _grade(indicator: Indicator, month: Period, chance: random.Random) -> Iterator[Row]:
    """A grade at the end of its quarter, half or year."""
    length = MONTHS_OF.get(indicator.period_type, 1)
    if month.end.month % length == 0:
        first = month.end.replace(month=month.end.month - length + 1, day=1)
        yield _row(indicator, Period(first, month.end), WHOLE, work=(chance.choice(GRADES), "", ""))


def _work(indicator: Indicator, month: Period, report: Report) -> Row:
    days = tuple(chinese(Period(day, day)) if day else "" for day in (report.planned, report.actual))
    return _row(indicator, month, WHOLE, work=(report.state.value, *days))


def _row(
    indicator: Indicator,
    period: Period,
    region: str,
    *,
    value: str = "",
    parts: tuple[str, ...] = ("", ""),
    work: tuple[str, ...] = ("", "", ""),
) -> Row:
    return (indicator.code, chinese(period), region, value, *parts, *work, "")
