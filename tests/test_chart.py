"""Charts: nothing missing is drawn, bars start at zero, no unit shares an axis with another, no text is HTML."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from metrics.board import chart, view
from metrics.board.series import Line, Point
from metrics.board.significance import significance
from metrics.board.view import Card
from metrics.model import Campaign, Indicator, Kind, Observation, Polarity, Theme
from tests.builders import catalogue, count, fact, indicator, observation, standing, written


def card(measured: Indicator, *series: Observation) -> Card:
    return view.card(measured, [fact(one) for one in series], catalogue(measured))


def texts(figure: Any) -> list[str]:
    return [note.text for note in figure.layout.annotations]


def point(month: int, value: float | None) -> Point:
    return Point(
        day=date(2023, month, 28), value=value, printed="—" if value is None else f"{value}处", period=f"{month}月"
    )


def line(*points: Point, **given: Any) -> Line:
    return Line(**{"kind": Kind.FLOW, "unit": "处", "points": points, **given})


SURE = card(indicator(name="签订率", decimals=2, targets=(standing(95),)), observation("93.24"))
OPEN = card(indicator(name="备案率"), written("超80%"))


def test_rates_are_drawn_from_0_to_100_solid_then_hatched_with_a_tick_at_the_target() -> None:
    figure = chart.ratios([SURE, OPEN, card(count(), observation(5))])
    assert figure is not None
    whole, solid, open_part, targets = figure.data
    assert (list(whole.x), list(solid.x)) == ([100, 100], [93.24, 80])
    assert (list(open_part.y), list(open_part.base), list(open_part.x)) == ([1], [80], [20])
    assert open_part.marker.pattern.shape == "/"
    assert (list(targets.x), list(targets.y)) == ([95], [0])
    assert figure.layout.xaxis.range[0] == 0
    assert texts(figure) == ["签订率", "<b>93.24%</b>", "备案率", "<b>超80%</b>"]


def test_without_a_rate_there_is_no_chart() -> None:
    assert chart.ratios([]) is None
    assert chart.ratios([card(indicator(), observation())]) is None


def test_parts_of_a_campaign_are_ranked_in_one_panel_a_unit_from_zero() -> None:
    cards = [card(count(name=name, unit=unit), observation(value)) for name, unit, value in [
        ("甲", "处", 5), ("乙", "吨", 700), ("丙", "处", 9), ("丁", "吨", 80), ("戊", "辆", 3)]]  # fmt: skip
    figure = chart.campaign([*cards, card(count(name="己", unit="处"))])
    assert figure is not None
    assert [list(bars.x) for bars in figure.data] == [[9, 5], [700, 80]]
    assert [bars.xaxis for bars in figure.data] == ["x", "x2"]
    assert [figure.layout[axis].range[0] for axis in ("xaxis", "xaxis2")] == [0, 0]
    assert texts(figure) == ["丙", "<b>9处</b>", "甲", "<b>5处</b>", "乙", "<b>700吨</b>", "丁", "<b>80吨</b>"]


def test_parts_without_a_unit_in_common_are_not_ranked() -> None:
    assert chart.campaign([card(count(unit=unit), observation(1)) for unit in ("处", "吨")]) is None


def test_the_calendar_draws_the_days_a_figure_stands_for() -> None:
    figure = chart.calendar([
        card(count(name="期"), observation(1, on="2023-01/2023-03")),
        card(count(name="推"), observation(2, on="2023-05-21", inferred=("period_end",))),
        card(count(name="无")),
    ])  # fmt: skip
    assert figure is not None
    assert [[str(day)[:10] for day in trace.x] for trace in figure.data] == [
        ["2023-01-01", "2023-03-31"],
        ["2023-05-21", "2023-05-21"],
    ]
    assert [trace.marker.symbol[1] for trace in figure.data] == ["circle", "circle-open"]


def test_an_unknown_start_is_dotted_and_never_a_point() -> None:
    known, unknown = count(name="知"), count(name="未")
    figure = chart.calendar([card(known, observation(1, on="2022")), card(unknown, observation(2, on="../2023-05-21"))])
    assert figure is not None
    assert figure.data[1].line.dash == "dot"
    assert figure.data[1].marker.size[0] == 0


def test_a_calendar_of_nothing_is_no_chart() -> None:
    assert chart.calendar([card(count())]) is None


def test_a_missing_period_breaks_the_line() -> None:
    figure = chart.series(line(point(1, 4), point(2, None), point(3, 6)))
    assert figure is not None
    (drawn,) = figure.data
    assert list(drawn.y) == [4, None, 6]
    assert drawn.connectgaps is False
    assert figure.layout.yaxis.rangemode == "tozero"
    assert texts(figure) == ["6处"]


def test_a_bound_stands_apart_from_the_line_and_a_schedule_is_dotted() -> None:
    bound = Point(day=date(2023, 3, 31), value=None, printed="超5处", period="2023年3月", bound=5.0, upward=True)
    drawn = line(point(1, 4), point(2, 6), bound, schedule=((date(2023, 1, 1), 0.0), (date(2023, 12, 31), 20.0)))
    figure = chart.series(drawn)
    assert figure is not None
    known, arrows, plan = figure.data
    assert list(known.y) == [4, 6, None]
    assert (list(arrows.y), arrows.marker.symbol) == ([5.0], ("triangle-up-open",))
    assert (list(plan.y), plan.line.dash) == ([0.0, 20.0], "dot")


@pytest.mark.parametrize("points", [[], [point(1, 4)], [point(1, 4), point(2, None)], [point(1, None), point(2, None)]])
def test_one_known_point_is_no_series(points: list[Point]) -> None:
    assert chart.series(line(*points)) is None


def test_what_is_counted_down_goes_in_steps_and_a_target_is_a_line() -> None:
    figure = chart.series(line(point(1, 90), point(2, 65), kind=Kind.COUNTDOWN, unit="项", target=0))
    assert figure is not None
    assert figure.data[0].line.shape == "hv"
    assert figure.layout.shapes[0].y0 == 0


def test_text_is_never_taken_for_html() -> None:
    odd = indicator(name="<img src=x onerror=alert(1)>")
    figure = chart.ratios([card(odd, observation(90))])
    assert figure is not None
    assert texts(figure)[0] == "&lt;img src=x onerror=alert(1)&gt;"


def test_a_theme_has_at_most_four_charts_series_first() -> None:
    rates = [indicator(code=f"rate-{n}", name=f"率{n}", headline=True) for n in range(3)]
    counts = [count(code=f"count-{n}", name=f"数{n}", headline=True, campaign="day") for n in range(2)]
    measured = (*rates, *counts)
    theme = Theme(
        code="t", title="题", short="题", indicators=measured, campaigns=(Campaign(code="day", name="清洁日"),)
    )
    facts = {one.code: (fact(observation(50, indicator=one.code)),) for one in measured}
    shown = view.theme(theme, facts, catalogue(*measured), today=date(2023, 12, 1))
    lines = {one.code: line() for one in measured}
    assert [drawn.key for drawn in chart.of_theme(shown, theme, lines)] == ["ratios", "day"]
    facts["count-1"] = (fact(observation(50, indicator="count-1", on="2022")),)
    other = view.theme(theme, facts, catalogue(*measured), today=date(2023, 12, 1))
    assert [drawn.key for drawn in chart.of_theme(other, theme, lines)] == ["ratios", "day", "calendar"], (
        "periods differ"
    )
    lines |= {one.code: line(point(1, 1), point(2, 2)) for one in rates}
    drawn = chart.of_theme(shown, theme, lines)
    assert [one.key for one in drawn] == ["rate-0", "rate-1", "rate-2", "ratios"]
    assert all(one.heading and one.note for one in drawn)


def test_limits_and_unusual_points_are_drawn_and_what_cannot_be_is_not() -> None:
    values = [
        Decimal(text) for text in ["96", "97", "96", "97", "96", "97", "96", "97", "96", "97", "96", "97", "96", "60"]
    ]
    points = tuple(
        Point(
            day=date(2023 + at // 12, at % 12 + 1, 28),
            value=float(value),
            exact=value,
            printed=f"{value}%",
            period=f"第{at}期",
        )
        for at, value in enumerate(values)
    )
    rate = indicator(minimum=Decimal(0), maximum=Decimal(100))
    judged = significance(values, rate, None)
    figure = chart.series(
        Line(
            kind=Kind.RATIO,
            unit="%",
            points=points,
            polarity=Polarity.UP,
            judged=judged,
            minimum=rate.minimum,
            maximum=rate.maximum,
        )
    )
    assert figure is not None
    said = [annotation.text for annotation in figure.layout.annotations]
    assert ("均值" in said, "波动下限" in said, "波动上限" in said) == (
        True,
        True,
        judged.limits.upper <= 100 if judged.limits else None,
    )
    concern = figure.data[-1]
    assert (list(concern.y), concern.marker.symbol) == ([60.0], "diamond")
    assert "异常变化，需关注" in concern.customdata[0]


def test_a_short_series_has_its_median() -> None:
    values = [Decimal(number) for number in range(1, 8)]
    points = tuple(
        Point(day=date(2023, at + 1, 28), value=float(value), exact=value, printed=str(value), period=f"{at}月")
        for at, value in enumerate(values)
    )
    figure = chart.series(
        Line(kind=Kind.FLOW, unit="件", points=points, judged=significance(values, count(kind=Kind.FLOW), None))
    )
    assert figure is not None
    assert "中位数（试算）" in [annotation.text for annotation in figure.layout.annotations]
