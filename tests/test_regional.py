"""A dot for each figure, an open bar for a bound, nothing for who has not reported; every dot leads to its 街镇."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import plotly.graph_objects as go
import pytest

from metrics.board.query import Fact
from metrics.board.regional import dots, note, reach
from metrics.board.streets import Ranking, ranking
from metrics.model import Frequency, Indicator, Kind
from tests.builders import REGIONS, count, fact, indicator, observation, of_streets, standing, with_streets, written

RATE = indicator(reported_by="streets", frequency=Frequency.MONTHLY)
COUNT = count(kind=Kind.FLOW)
BOUND = fact(written("超80%", region=REGIONS[1].code))


def ranked(measured: Indicator, *facts: Fact) -> Ranking:
    found = ranking(measured, facts, with_streets(measured))
    assert found is not None
    return found


def drawn(measured: Indicator, *facts: Fact) -> dict[str, Any]:
    """The chart of the 街道."""
    found = ranked(measured, *facts)
    figure = dots(found, found.panels[0], kind=measured.kind)
    assert isinstance(figure, go.Figure)
    plain: dict[str, Any] = figure.to_plotly_json()
    return plain


def traces(chart: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [trace for trace in chart["data"] if trace["type"] == kind]


def texts(chart: dict[str, Any]) -> list[str]:
    return [one["text"] for one in chart["layout"]["annotations"]]


def test_each_figure_is_a_dot_in_its_row_with_its_place_name_and_value() -> None:
    chart = drawn(RATE, *of_streets(90, 70))
    (points,) = traces(chart, "scatter")
    assert (list(points["x"]), list(points["y"])) == ([90.0, 70.0], [0, 1])
    assert list(chart["layout"]["yaxis"]["ticktext"]) == ["1  东山", "2  南湖"]
    assert texts(chart) == ["90%", "70%"]


def test_a_click_leads_to_the_page_of_the_street() -> None:
    (points,) = traces(drawn(RATE, *of_streets(90)), "scatter")
    assert points["customdata"][0][0] == "/street?region=330106001"
    assert points["customdata"][0][1].startswith("东山街道 90%")


def test_a_bound_is_hollow_with_an_open_bar_as_far_as_it_can_be() -> None:
    chart = drawn(RATE, *of_streets(90), BOUND)
    (bar,) = traces(chart, "bar")
    assert (list(bar["base"]), list(bar["x"]), list(bar["y"])) == ([80.0], [20.0], [1])
    assert list(traces(chart, "scatter")[0]["marker"]["symbol"]) == ["circle", "circle-open"]
    assert texts(chart) == ["90%", "超80%"]


def test_a_bound_that_nothing_limits_reaches_to_the_edge() -> None:
    chart = drawn(COUNT, *of_streets(90), fact(written("超50处", region=REGIONS[1].code)))
    (bar,) = traces(chart, "bar")
    assert (list(bar["base"]), list(bar["x"])) == ([50.0], [40.0])


def test_a_status_has_a_shape_a_colour_and_a_mark() -> None:
    chart = drawn(
        replace(RATE, targets=(standing(85),)), *of_streets(90, 70), fact(written("超80%", region=REGIONS[2].code))
    )
    look = traces(chart, "scatter")[0]["marker"]
    assert list(look["symbol"]) == ["circle", "diamond-open", "square"]
    assert len(set(look["color"])) == 3
    assert texts(chart)[:3] == ["90% ✔", "超80% ◇", "70% ■"]


def test_target_and_district_are_upright_lines_named_above_the_chart() -> None:
    chart = drawn(replace(RATE, targets=(standing(85),)), fact(observation(80)), *of_streets(90, 70))
    assert [shape["x0"] for shape in chart["layout"]["shapes"]] == [85.0, 80.0]
    assert texts(chart)[2:] == ["目标85%", "全区80%"]
    assert len({one["yshift"] for one in chart["layout"]["annotations"][2:]}) == 2


@pytest.mark.parametrize(
    ("measured", "facts", "expected"),
    [
        pytest.param(COUNT, of_streets(90, 80), (0.0, 90.0), id="a count begins at zero"),
        pytest.param(RATE, of_streets(90, 12), (0.0, 90.0), id="a low rate too"),
        pytest.param(RATE, of_streets(97, 83), (80.0, 97.0), id="high rates begin at a round number below"),
        pytest.param(RATE, of_streets(100, 100), (90.0, 100.0), id="all have reached the whole"),
        pytest.param(RATE, (*of_streets(97), fact(observation(61))), (60.0, 97.0), id="the district is in"),
        pytest.param(COUNT, of_streets(0, 0), (0.0, 1.0), id="nothing but zeros"),
    ],
)  # fmt: skip
def test_the_axis_begins_at_zero_but_for_high_rates(
    measured: Indicator, facts: tuple[Fact, ...], expected: tuple[float, float]
) -> None:
    assert reach(ranked(measured, *facts), measured.kind) == expected


def test_the_note_says_where_the_axis_begins_and_what_the_signs_are() -> None:
    found = ranked(replace(RATE, targets=(standing(85),)), *of_streets(97, None, 83), BOUND)
    assert note(found, found.panels[0], kind=Kind.RATIO) == (
        "单位：%；2023年5月；出处见下表；斜线段为“超”“不足”或范围的可能取值；点的形状和颜色为状态；横轴从80%起"
    )
    low = ranked(RATE, *of_streets(7))
    assert note(low, low.panels[0], kind=Kind.RATIO) == "单位：%；2023年5月；出处见下表"


def test_where_none_of_a_kind_has_a_figure_there_is_no_chart() -> None:
    found = ranked(RATE, *of_streets(90))
    assert dots(found, found.panels[1], kind=Kind.RATIO) is None


def test_names_are_never_taken_for_html() -> None:
    own = replace(with_streets(RATE), regions=(replace(REGIONS[0], name="<b>东山</b>街道"), *REGIONS[1:]))
    found = ranking(RATE, of_streets(90), own)
    assert found is not None
    figure = dots(found, found.panels[0], kind=Kind.RATIO)
    assert figure is not None
    assert "<b>东山" not in str(figure.to_plotly_json())


def test_a_small_count_has_no_halves_on_its_axis() -> None:
    assert drawn(COUNT, *of_streets(0, 1))["layout"]["xaxis"]["dtick"] == 1
    assert "dtick" not in drawn(COUNT, *of_streets(0, 100))["layout"]["xaxis"]
