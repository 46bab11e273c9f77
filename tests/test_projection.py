"""A projection is a range from real periods, said in words with its assumption; where it would be a guess the reason is said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from metrics.board.projection import NOTHING, Outlook, outlook
from metrics.model import Indicator, Kind, Polarity, Target, TargetForm
from metrics.period import last_day
from tests.builders import count, indicator, standing

SITES = count(kind=Kind.STOCK, polarity=Polarity.UP)
TOTAL = count(kind=Kind.CUMULATIVE, polarity=Polarity.UP)
LEFT = count(kind=Kind.COUNTDOWN, polarity=Polarity.DOWN, minimum=None, unit="项")
RATE = indicator(decimals=1)


def owed(value: int, *, due: str = "2023-12-31") -> Target:
    return Target(
        form=TargetForm.DELIVERABLE, value=Decimal(value), basis="任务书", baseline=Decimal(1000), due=date.fromisoformat(due)
    )  # fmt: skip


def months(*values: int | str | None) -> list[tuple[date, Decimal | None]]:
    """One figure a month from January 2023."""
    return [
        (last_day(2023 + at // 12, at % 12 + 1), None if value is None else Decimal(value))
        for at, value in enumerate(values)
    ]


def ends(found: Outlook) -> tuple[Decimal, Decimal]:
    _, lower, upper = found.path[-1]
    return lower, upper


def test_the_range_is_the_slowest_and_the_fastest_change_carried_on() -> None:
    found = outlook(months(200, 210, 240, 255, 270, 280, 300, 310), SITES, owed(360))
    assert found.sentence == (
        "按最近8期中最慢和最快的进度推算，到2023年12月31日为350至430处，目标360处：可能达到，也可能达不到（推算，不是数据）。"
    )
    assert [(f"{day:%m-%d}", int(low), int(high)) for day, low, high in found.path] == [
        ("08-31", 310, 310), ("09-30", 320, 340), ("10-31", 330, 370), ("11-30", 340, 400), ("12-31", 350, 430),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("of", "values", "target", "said"),
    [
        pytest.param(SITES, (10, 20, 40), 100, "为130至220处，目标100处：预计可以达到", id="up, reached at the slowest pace"),
        pytest.param(SITES, (10, 20, 40), 221, "为130至220处，目标221处：预计不能达到", id="up, not at the fastest"),
        pytest.param(SITES, (10, 20, 40), 130, "目标130处：预计可以达到", id="up, the slowest just reaches it"),
        pytest.param(SITES, (10, 20, 40), 220, "目标220处：可能达到，也可能达不到", id="up, only the fastest just reaches it"),
        pytest.param(LEFT, (90, 85, 79), 20, "为25至34项，目标20项：预计不能达到", id="down, not reached"),
        pytest.param(LEFT, (90, 85, 79), 34, "为25至34项，目标34项：预计可以达到", id="down, reached"),
        pytest.param(LEFT, (90, 60, 50), 0, "为0项，目标0项：预计可以达到", id="what is counted down ends at zero"),
        pytest.param(RATE, ("90", "93", "98"), 100, "为100%，目标100%：预计可以达到", id="a rate ends at its maximum"),
        pytest.param(RATE, ("90", "91", "90.5"), 99, "按最近3期中最不利和最有利的变化推算，到2023年12月31日为86.0%至99.5%", id="back and forth"),
        pytest.param(LEFT, (90, 90, 85), 20, "最慢和最快的进度推算，到2023年12月31日为40至85项", id="no change is the slowest pace"),
        pytest.param(TOTAL, (10, 20, 40), 100, "预计可以达到", id="a running total"),
    ],
)  # fmt: skip
def test_three_outcomes_in_both_directions(
    of: Indicator, values: tuple[int | str, ...], target: int, said: str
) -> None:
    found = outlook(months(*values), of, owed(target))
    assert found.path
    assert said in found.sentence


def test_an_end_is_judged_as_it_is_printed() -> None:
    seen = {target: outlook(months("10", "20.067", "31"), SITES, owed(target)).sentence for target in (122, 123)}
    assert "为122至129处，目标122处：预计可以达到" in seen[122], "121.603 is printed 122"
    assert "为122至129处，目标123处：可能达到" in seen[123]


@pytest.mark.parametrize(
    ("of", "values", "due", "why"),
    [
        pytest.param(SITES, (10,), "2023-12-31", "只有1期数据", id="one period"),
        pytest.param(SITES, (10, 20), "2023-12-31", "只有2期数据", id="two periods"),
        pytest.param(SITES, (10, 20, 30, None, 50, 61), "2023-12-31", "最近几期有缺报、间隔不一或不是确数", id="a gap"),
        pytest.param(SITES, (10, 20, 30, None), "2023-12-31", "最近一期缺报或不是确数", id="the last is missing"),
        pytest.param(SITES, (10, 20, 31), "2023-03-31", "目标期限（2023年3月31日）已到", id="due on the last day"),
        pytest.param(SITES, (10, 10, 10), "2023-12-31", "最近3期没有变化，推算不出范围", id="standing still"),
        pytest.param(SITES, (10, 20, 30), "2023-12-31", "最近3期进度完全相同，推算不出范围", id="one pace is no range"),
        pytest.param(TOTAL, (10, 20, 19, 30), "2023-12-31", "累计数曾经减少，须先核实", id="a running total that fell"),
        pytest.param(SITES, (980, 995, 1001), "2023-12-31", "目标已经达到", id="reached"),
        pytest.param(count(kind=Kind.FLOW, polarity=Polarity.UP), (1, 2, 4), "2023-12-31", "该指标按期单独计数，各期不能相接", id="a flow"),
    ],
)  # fmt: skip
def test_without_ground_it_says_why_there_is_none(
    of: Indicator, values: tuple[int | None, ...], due: str, why: str
) -> None:
    assert outlook(months(*values), of, owed(1000, due=due)) == Outlook(sentence=f"暂不预测能否按期达到目标：{why}。")


def test_without_a_deliverable_target_there_is_no_word() -> None:
    assert [outlook(months(10, 20, 40), SITES, target) for target in (None, standing(50))] == [NOTHING, NOTHING]
    assert outlook([], SITES, owed(50)) == NOTHING


def test_a_running_total_never_runs_over_new_year() -> None:
    assert (
        "累计数每年1月重新起算" in outlook(months(10, 20, 40), TOTAL, owed(99, due="2024-06-30"), yearly=True).sentence
    )
    assert outlook(months(10, 20, 40), TOTAL, owed(99, due="2024-06-30")).path, "one that goes on for years does"
    begun = outlook([*months(*range(12)), (date(2023, 12, 31), None), (date(2024, 1, 31), Decimal(5))], TOTAL,
                    owed(99, due="2024-12-31"), yearly=True)  # fmt: skip
    assert begun.sentence == "暂不预测能否按期达到目标：今年以来只有1期数据。"


def test_too_little_since_a_change_names_the_change() -> None:
    found = outlook(months(10, 20), SITES, owed(99), since="自2023年1月改用新称重系统以来")
    assert found.sentence == "暂不预测能否按期达到目标：自2023年1月改用新称重系统以来只有2期数据。"


def test_only_the_last_twelve_changes_count() -> None:
    long = outlook(months(0, 500, *range(510, 640, 10), 641), SITES, owed(1000, due="2024-12-31"))
    assert "按最近13期" in long.sentence
    assert ends(long) == (Decimal(721), Decimal(729))


def test_figures_unevenly_apart_are_not_joined() -> None:
    days = (date(2023, 1, 31), date(2023, 3, 31), date(2023, 4, 30), date(2023, 5, 31))
    dated = [(day, Decimal(value)) for day, value in zip(days, (1, 5, 6, 8), strict=True)]
    assert "最近3期" in outlook(dated, SITES, owed(50)).sentence
    assert "间隔不一" in outlook(dated[:3], SITES, owed(50)).sentence


def test_a_due_date_within_a_month_is_a_share_of_it() -> None:
    found = outlook(months(10, 20, 40), SITES, owed(99, due="2023-04-15"))
    assert ends(found) == (Decimal(45), Decimal(50))


FIGURES = st.lists(st.integers(0, 10**6), min_size=3, max_size=13)


def carried(values: Sequence[int], left: int) -> Decimal:
    """The pace from the first figure to the last, carried on for so many months."""
    return values[-1] + Decimal(values[-1] - values[0]) / (len(values) - 1) * left


@given(FIGURES, st.integers(1, 24))
def test_the_range_contains_the_even_pace_and_widens(values: list[int], left: int) -> None:
    assume(len({after - before for before, after in pairwise(values)}) > 1)
    last = len(values) - 1 + left
    due = last_day(2023 + last // 12, last % 12 + 1)
    free = count(kind=Kind.STOCK, polarity=Polarity.UP, minimum=None)
    found = outlook(months(*values), free, owed(10**7, due=due.isoformat()))
    lower, upper = ends(found)
    assert lower < upper
    grain = Decimal("1e-9")
    assert lower - grain <= carried(values, left) <= upper + grain
    widths = [high - low for _, low, high in found.path]
    assert widths[0] == 0
    assert all(before < after for before, after in pairwise(widths))


@given(FIGURES)
def test_the_range_stays_within_what_the_indicator_can_be(values: list[int]) -> None:
    of = count(kind=Kind.STOCK, polarity=Polarity.UP, minimum=Decimal(0), maximum=Decimal(10**6))
    found = outlook(months(*values), of, owed(10**6, due="2025-12-31"))
    assert all(0 <= low <= high <= 10**6 for _, low, high in found.path)
