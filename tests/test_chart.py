"""Charts: nothing missing is drawn, bars start at zero, no unit shares an axis with another, no text is HTML."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from metrics.board import chart, view
from metrics.board.projection import Outlook
from metrics.board.series import Goal, Line, Point
from metrics.board.significance import significance
from metrics.board.view import Card
from metrics.model import Campaign, Change, Indicator, Kind, Observation, Polarity, Theme
from metrics.period import last_day
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
    figure = chart.series(
        line(point(1, 90), point(2, 65), kind=Kind.COUNTDOWN, unit="项", goals=(Goal(value=0, printed="0项"),))
    )
    assert figure is not None
    assert figure.data[0].line.shape == "hv"
    drawn = figure.layout.shapes[0]
    assert (drawn.y0, [drawn.x0, drawn.x1]) == (0, list(figure.layout.xaxis.range))
    assert "目标0项" in texts(figure)


def test_a_target_is_drawn_over_its_own_periods_and_named_where_they_begin() -> None:
    goals = (
        Goal(value=80, printed="80处", until=date(2023, 5, 28)),
        Goal(value=95, printed="95处", since=date(2023, 5, 28)),
    )
    figure = chart.series(line(*(point(month, 90) for month in range(1, 7)), goals=goals))
    assert figure is not None
    first, last = figure.layout.xaxis.range
    assert [(one.x0, one.x1, one.y0) for one in figure.layout.shapes] == [
        (first, date(2023, 5, 28), 80), (date(2023, 5, 28), last, 95),
    ]  # fmt: skip
    named = {one.text: (one.x, one.xanchor) for one in figure.layout.annotations}
    assert named["目标80处"] == (first, "left")
    assert named["目标95处"] == (date(2023, 5, 28), "right")


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
    assert [drawn.key for drawn in chart.of_theme(other, theme, lines)] == ["ratios", "calendar"], "periods differ"
    lines |= {one.code: line(point(1, 1), point(2, 2)) for one in rates}
    drawn = chart.of_theme(shown, theme, lines)
    assert [one.key for one in drawn] == ["rate-0", "rate-1", "rate-2", "ratios"]
    assert all(one.heading and one.note for one in drawn)
    every = [*drawn, *chart.of_theme(other, theme, {one.code: line() for one in measured})]
    leading = [point for one in every for trace in one.figure.data if trace.customdata for point in trace.customdata]
    assert {point[0] for point in leading} == {f"/indicator?code={one.code}" for one in measured}


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
    assert ("均值" in said, "下限" in said, "上限" in said) == (
        True,
        True,
        judged.levels[-1].limits is not None and judged.levels[-1].limits.upper <= 100,
    )
    concern = figure.data[-1]
    assert (list(concern.y), concern.marker.symbol) == ([60.0], "diamond")
    assert "异常变化，需关注" in concern.customdata[0][1]


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
    assert "中位数<br>试算" in [annotation.text for annotation in figure.layout.annotations]


def month(at: int, value: Decimal) -> Point:
    """The figure of a month counted from January 2023."""
    day = last_day(2023 + at // 12, at % 12 + 1)
    return Point(day=day, value=float(value), exact=value, printed=f"{value}件", period=f"{day.year}年{day.month}月")


def test_limits_stand_over_their_own_points_only_and_those_of_the_last_part_are_named() -> None:
    values = [Decimal(10 + at % 2 + 40 * (at >= 14)) for at in range(28)]
    judged = significance(values, count(kind=Kind.FLOW), None, [(14, "自2024年3月以来")])
    points = tuple(month(at, value) for at, value in enumerate(values))
    figure = chart.series(Line(kind=Kind.FLOW, unit="件", points=points, judged=judged))
    assert figure is not None
    drawn = [(str(shape.x0), str(shape.x1), shape.y0) for shape in figure.layout.shapes]
    assert [(first, end) for first, end, _ in drawn] == [("2023-01-31", "2024-02-29")] * 3 + [
        ("2024-03-31", "2025-04-30")
    ] * 3
    assert sorted(height for *_, height in drawn)[2] < 20 < sorted(height for *_, height in drawn)[3]
    assert sorted(texts(figure)) == sorted(["51件", "均值", "上限", "下限"])
    assert figure.layout.annotations[0].xanchor == "right"  # else on a phone it runs into 均值: 51件均值
    bare = chart.series(Line(kind=Kind.FLOW, unit="件", points=points))
    assert bare is not None
    assert figure.layout.margin.r > bare.layout.margin.r, "room for their names"


def test_a_change_is_a_thin_line_with_short_escaped_words_in_a_row_of_their_own() -> None:
    changes = (
        Change(on=date(2023, 2, 1), what="<b>新秤</b>", rebase=True), Change(on=date(2023, 2, 15), what="增加夜间巡查并扩大到村"),
        Change(on=date(2023, 6, 1), what="平台上线"),
    )  # fmt: skip
    points = tuple(month(at, Decimal(at)) for at in range(6))
    figure = chart.series(line(*points, changes=changes))
    plain = chart.series(line(*points))
    assert figure is not None
    assert plain is not None
    assert [str(shape.x0) for shape in figure.layout.shapes] == ["2023-06-01", "2023-02-15", "2023-02-01"]
    words = figure.layout.annotations[1:]
    assert [(one.text, one.xanchor) for one in words] == [
        ("2023-06 平台上线", "right"), ("2023-02 增加夜间巡查并…", "left"), ("2023-02 &lt;b&gt;新秤&lt;/…", "left"),
    ]  # fmt: skip
    assert len({one.yshift for one in words}) == 3
    assert figure.layout.height - plain.layout.height == figure.layout.margin.t - plain.layout.margin.t > 0


def test_a_projection_is_hatched_between_dotted_edges_up_to_its_day_and_no_line_of_points() -> None:
    path = ((date(2023, 2, 28), Decimal(6), Decimal(6)), (date(2023, 3, 31), Decimal(7), Decimal(9)))
    figure = chart.series(line(point(1, 4), point(2, 6), outlook=Outlook(path=path, sentence="推算")))
    assert figure is not None
    area, known = figure.data
    assert (area.fill, area.fillpattern.shape, area.line.dash, area.mode) == ("toself", "/", "dot", "lines")
    assert [str(day) for day in area.x] == ["2023-02-28", "2023-03-31", "2023-03-31", "2023-02-28"]
    assert list(area.y) == [6, 9, 7, 6]
    assert list(known.y) == [4, 6]
    assert str(figure.layout.xaxis.tickvals[0]) == "2023-03-31"


def test_at_most_five_periods_are_marked_and_always_the_last() -> None:
    figure = chart.series(line(*(month(at, Decimal(at)) for at in range(36))))
    assert figure is not None
    assert list(figure.layout.xaxis.ticktext) == ["2025-12", "2025-04", "2024-08", "2023-12", "2023-04"]


@pytest.mark.parametrize(("values", "shift"), [((4, 6), 14), ((6, 6), 14), ((6, 4), -14)])
def test_the_last_figure_stands_on_the_side_that_the_line_does_not_come_from(
    values: tuple[int, int], shift: int
) -> None:
    figure = chart.series(line(*(month(at, Decimal(value)) for at, value in enumerate(values))))
    assert figure is not None
    assert (figure.layout.annotations[0].yshift, figure.layout.annotations[0].xanchor) == (shift, "center")


@pytest.mark.parametrize(("last", "step"), [(4, 1), (5, None), (3.5, None)])
def test_of_a_few_things_there_is_no_half(last: float, step: int | None) -> None:
    drawn = chart.series(line(point(1, 1), point(2, last)))
    assert drawn is not None
    assert drawn.layout.yaxis.dtick == step


@pytest.mark.parametrize(
    ("text", "pixels"),
    [
        pytest.param("98%", 46, id="digits and a sign"),
        pytest.param("6,000处", 65, id="a comma is narrow, a Chinese character wide"),
        pytest.param("", 21, id="nothing but the distance"),
    ],
)
def test_the_room_beside_an_axis_is_that_of_its_longest_mark(text: str, pixels: int) -> None:
    assert chart.room(text) == pixels
