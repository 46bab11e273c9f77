"""Which of several columns of figures an indicator reports: months beside their sums, 本月 beside 累计.

A flow reports months, a running total what was counted since January; the column of the other kind is read for neither.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from metrics.intake.column import Column, Role
from metrics.intake.headword import bare, is_one_month
from metrics.period import Ambiguous, NotAPeriod, Period, read_written, year_in

MONTH, RUNNING = "month+", "cumulative+"  # one of two: the indicator's kind decides
RATE = "rate+"  # 完成率 beside 完成数: a rate reports it, with its parts, and a count the other
BESIDE = "beside"  # a month, as a column of sums beside it tells
_SUM = re.compile(r"合计|总计|共计|小计|全年|合计数|.*累计.*")
_PLAIN = {"", "month", "count"}


def chosen(columns: Sequence[Column], unread: Iterable[str]) -> tuple[list[Column], list[Column]]:
    """The columns with the spans that follow from each other, and those that only add up months and are not taken.

    unread  headers that were not understood
    """
    columns = _with_rates(columns)
    values = [column for column in columns if column.role is Role.VALUE and column.span != RATE]
    summed = any(_SUM.fullmatch(bare(header)) for header in unread)
    changed: dict[tuple[Role, str], Column] = {}
    sums: list[Column] = []
    for indicator in dict.fromkeys(column.indicator for column in values):
        own = [column for column in values if column.indicator == indicator]
        made, dropped = _of_indicator(own, summed=summed)
        changed |= {(column.role, column.letter): column for column in made}
        sums += dropped
    left_out = {column.letter for column in sums}
    return [
        changed.get((column.role, column.letter), column) for column in columns if column.letter not in left_out
    ], sums


def _with_rates(columns: Sequence[Column]) -> list[Column]:
    """计划数 | 完成数 | 完成率: 完成率 for the rates among the rows, 完成数 as a column of figures for the counts."""
    figures = [column for column in columns if column.role is Role.VALUE and not (column.indicator or column.period)]
    rates = [column for column in figures if column.unit == "%"]
    done = [column for column in columns if column.role is Role.NUMERATOR and bare(column.header).startswith("完成")]
    if len(rates) != 1 or not (len(figures) > 1 or len(done) == 1):
        return list(columns)
    made = [replace(column, span=RATE, unit="") if column in rates else column for column in columns]
    return made if len(figures) > 1 else [*made, replace(done[0], role=Role.VALUE, span="")]


def _of_indicator(columns: Sequence[Column], *, summed: bool) -> tuple[list[Column], list[Column]]:
    single = [column for column in columns if column.period and is_one_month(column.period)]
    several = [column for column in columns if column.period and column not in single]
    loose = [column for column in columns if not column.period] if single or several else []
    running = [_dated(column, single) for column in several if _since_january(column.period or "")]
    if single and len(running) < len(several):
        running = []  # 二季度 among them: all of them add up months
    totals = [column for column in loose if column.span == "cumulative" and single and not running]
    taken = {column.letter for column in [*running, *totals]}
    sums = [column for column in [*several, *loose] if column.letter not in taken] if single else []
    made = [replace(column, span=RUNNING) for column in running] if single else list(running)
    made += [replace(column, span=RUNNING, period=single[-1].period) for column in totals]
    for column in single:
        if column.span == "" and [one for one in sums if one.period]:
            made.append(replace(column, span=BESIDE))
        elif column.span in _PLAIN and (running or totals) and not _is_january(column.period or ""):
            made.append(replace(column, span=MONTH))
        else:
            made.append(column)
    if not single:
        made += [column for column in columns if column.letter not in taken]
    return _paired(made, summed=summed), sums


def _paired(columns: Sequence[Column], *, summed: bool) -> list[Column]:
    """本月数 beside 累计数 for the same period; of one column alone, whether a column that was not read holds the totals."""
    made: list[Column] = []
    for period in dict.fromkeys(column.period for column in columns):
        own = [column for column in columns if column.period == period]
        spans = {column.span for column in own}
        if len(own) == 2 and "cumulative" in spans and spans & _PLAIN:  # noqa: PLR2004  a pair
            made += [replace(column, span=RUNNING if column.span == "cumulative" else MONTH) for column in own]
        elif len(own) == 2 and spans == {"", "month"} and period is None:  # noqa: PLR2004
            made += [replace(column, span=MONTH if column.span else RUNNING) for column in own]
        elif len(own) == 1 and summed and period is None and spans == {""}:
            made.append(replace(own[0], span=BESIDE))
        else:
            made += own
    return made


def _dated(column: Column, beside: Sequence[Column]) -> Column:
    """一季度 beside 2024年1月 is of 2024."""
    years = {year_in(one.period or "") for one in beside}
    year = years.pop() if len(years) == 1 else None
    return (
        column if year is None or year_in(column.period or "") else replace(column, period=f"{year}年{column.period}")
    )


def _read(text: str) -> Period | None:
    try:
        written = read_written(text, year=2000)
    except NotAPeriod:
        return None
    return None if isinstance(written, Ambiguous) else written.period


def _since_january(text: str) -> bool:
    """Whether the months are those from January on, and not the whole year."""
    found = _read(text)
    return found is not None and found.start is not None and found.start.month == 1 and 1 < found.end.month < 12  # noqa: PLR2004


def _is_january(text: str) -> bool:
    found = _read(text)
    return found is not None and found.end.month == 1
