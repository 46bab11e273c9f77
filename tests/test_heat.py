"""Months of all 街镇 on one scale: only like periods, every missing one hatched, rows in the order of codes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from metrics.board.heat import Heat, heat, shade, steps
from metrics.board.query import Fact
from metrics.model import Frequency, Indicator, Kind, PeriodType
from tests.builders import REGIONS, count, fact, indicator, observation, of_streets, with_streets, written

RATE = indicator(reported_by="streets", frequency=Frequency.MONTHLY)
FLOW, RUNNING, STOCK = count(kind=Kind.FLOW), count(), count(kind=Kind.STOCK)


def drawn(measured: Indicator, *facts: Fact, months: int = 13) -> Heat:
    found = heat(measured, facts, with_streets(measured), months=months)
    assert found is not None
    return found


def heads(found: Heat) -> list[str]:
    """The head of each column, with the year where one begins."""
    return [f"{head.year}{'年' if head.year else ''}{head.name}{head.unit}" for head in found.heads]


def row(found: Heat, name: str) -> list[str]:
    return next([cell.text for cell in line.cells] for _, lines in found.groups for line in lines if line.name == name)


def test_a_month_that_nobody_or_one_has_not_reported_is_there_and_hatched() -> None:
    found = drawn(RATE, *of_streets(90, 80), *of_streets(70, on="2023-02"))
    assert heads(found) == ["2023年2月", "3月", "4月", "5月"]
    assert row(found, "东山") == ["70", "", "", "90"]
    assert row(found, "南湖") == ["", "", "", "80"]
    missing = found.groups[0][1][1].cells[0]
    assert (missing.shade, missing.said, missing.month) == (None, "南湖街道 2023年2月 未报", "2023-02")


def test_a_zero_is_a_figure() -> None:
    cell = drawn(FLOW, *of_streets(0, 5)).groups[0][1][0].cells[0]
    assert (cell.text, cell.shade, cell.said) == ("0", 0, "东山街道 2023年5月 0处")


def test_rows_stand_in_the_order_of_codes_grouped_by_kind() -> None:
    found = drawn(RATE, *of_streets(1, 2, 3, 4, 5))
    assert [(kind, [line.name for line in lines]) for kind, lines in found.groups] == [
        ("街道", ["东山", "南湖", "北门"]), ("镇", ["西河镇", "东山镇"]),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("measured", "periods", "expected"),
    [
        pytest.param(FLOW, ["2023-03", "2023-Q1", "2023-05"], ["2023年3月", "4月", "5月"], id="no quarter beside months"),
        pytest.param(FLOW, ["2022-Q4", "2023-Q2"], ["2022年四季", "2023年一季", "二季"], id="quarters"),
        pytest.param(FLOW, ["2022-S2", "2023-S1"], ["2022年下半", "2023年上半"], id="half years"),
        pytest.param(FLOW, ["2023"], ["2023年全年"], id="a year"),
        pytest.param(FLOW, ["2023-04-01/2023-04-20", "2023-05-02/2023-05-21"], ["2023年4-20", "5-21"], id="days"),
        pytest.param(
            RUNNING, ["2022-01/2022-02", "2022-01/2022-03", "2023-01/2023-01", "2023-01/2023-03"],
            ["2022年3月", "2023年1月", "2月", "3月"], id="a running total beside its own year and last year's to the same month",
        ),
        pytest.param(STOCK, ["2023-03-31", "2023-05"], ["2023年3月", "4月", "5月"], id="levels whatever their period"),
        pytest.param(
            replace(STOCK, period_type=PeriodType.QUARTER), ["2022-12-31", "2023-06-30"], ["2022年12月", "2023年3月", "6月"],
            id="levels of each quarter",
        ),
        pytest.param(STOCK, ["2023-05-21"], ["2023年5-21"], id="a level of a day"),
    ],
)  # fmt: skip
def test_only_like_periods_stand_beside_each_other(
    measured: Indicator, periods: list[str], expected: list[str]
) -> None:
    facts = [one for period in periods for one in of_streets(1, on=period)]
    assert heads(drawn(measured, *facts)) == expected


def test_so_many_months_are_shown_and_it_is_said_that_there_are_more() -> None:
    facts = [
        one for year in (2021, 2022, 2023) for month in range(1, 13) for one in of_streets(1, on=f"{year}-{month:02}")
    ]
    short, long = drawn(FLOW, *facts), drawn(FLOW, *facts, months=36)
    assert (len(short.heads), heads(short)[0], short.more) == (13, "2022年12月", True)
    assert (len(long.heads), heads(long)[0], long.more) == (36, "2021年1月", False)
    assert [head.earlier for head in long.heads].count(True) == 23
    assert [(at, head.again) for at, head in enumerate(long.heads) if head.again] == [(23, "2022")]
    assert [head.alone for head in short.heads] == [True] + [False] * 12


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param((0, 100), [0, 20, 40, 60, 80], id="five equal steps"),
        pytest.param((1, 3), [1, 2, 3], id="no two steps that print alike"),
        pytest.param((7, 7), [7], id="one figure"),
        pytest.param((), [], id="none"),
    ],
)
def test_the_steps_of_the_scale_are_equal_and_round(values: tuple[int, ...], expected: list[int]) -> None:
    assert list(steps(FLOW, of_streets(*values))) == [Decimal(one) for one in expected]


@pytest.mark.parametrize(
    ("at", "edges", "expected"),
    [
        (0, [0, 20, 40, 60, 80], 0), (19, [0, 20, 40, 60, 80], 0), (20, [0, 20, 40, 60, 80], 1), (100, [0, 20, 40, 60, 80], 4),
        (1, [1, 2], 0), (3, [1, 2], 4), (7, [7], 2),
    ],
)  # fmt: skip
def test_a_figure_has_the_shade_of_its_step(at: int, edges: list[int], expected: int) -> None:
    assert shade(Decimal(at), [Decimal(edge) for edge in edges]) == expected


def test_the_legend_says_the_least_figure_of_each_shade() -> None:
    assert drawn(FLOW, *of_streets(0, 1000)).legend == ((0, "0"), (1, "200"), (2, "400"), (3, "600"), (4, "800"))


def test_a_bound_is_printed_as_written_with_the_shade_of_its_end() -> None:
    found = drawn(RATE, *of_streets(0, 100), fact(written("超80%", region=REGIONS[2].code)))
    cell = found.groups[0][1][2].cells[0]
    assert (cell.text, cell.shade, cell.said) == ("超80", 4, "北门街道 2023年5月 超80%")


def test_the_tiles_show_the_last_period_at_their_place() -> None:
    found = drawn(RATE, *of_streets(90, None, 70), *of_streets(1, 2, on="2023-04"))
    assert [(tile.short, tile.row, tile.column, tile.cell.text) for tile in found.tiles] == [
        ("东山", 1, 1, "90"), ("南湖", 1, 2, ""), ("北门", 2, 1, "70"), ("西河镇", 2, 2, ""), ("东山镇", 3, 2, ""),
    ]  # fmt: skip


def test_there_is_no_map_where_one_has_no_place_on_it() -> None:
    own = with_streets(RATE)
    without = replace(own, regions=(replace(REGIONS[0], tile=None), *REGIONS[1:]))
    found = heat(RATE, of_streets(90), without, months=13)
    assert found is not None
    assert found.tiles == ()


def test_without_figures_of_streets_there_is_nothing_to_draw() -> None:
    assert heat(RATE, (fact(observation(90)),), with_streets(RATE), months=13) is None


def test_a_running_total_says_from_when_it_counts() -> None:
    assert drawn(RUNNING, *of_streets(1, on="2023-01/2023-03")).note == "累计数，每列为起始日至当月；"
    assert drawn(FLOW, *of_streets(1)).note == ""
