"""街镇 on screen without a browser: full, with gaps, one month, none; the address chooses the indicator and the street."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from metrics.model import Observation
from metrics.start import Board
from tests.builders import NOW, edit, observation, written
from tests.test_pages import hand_in, links, markup, screen, seen, served, without_notice

FIRST = "110108001"
STREETS = [f"1101080{number:02}" for number in range(1, 31) if number != 9]
TILES = re.compile(r'<a class="nav kb-tile ([\w-]+)"[^>]*href="/street\?region=(\d+)')
ROWS = re.compile(r'<table class="kb-table kb-ranked">.*?</table>', re.S)


def rates(month: int, *, of: list[str] = STREETS) -> Iterator[Observation]:
    """The rate of each of these 街镇 in a month of 2023: 20 found, from 0 to 19 remedied, in turn."""
    for number, region in enumerate(of):
        yield observation(
            None, on=f"2023-{month:02}", indicator="hazard-rate", region=region, numerator=number % 20, denominator=20
        )


def config(folder: Path) -> Path:
    """The shipped board without its notice, where it is laid down that 街镇 report the rate every month."""
    path = without_notice(folder)
    edit(
        path,
        "        name: 一般安全隐患整改率\n",
        "        name: 一般安全隐患整改率\n        reported_by: streets\n        frequency: monthly\n",
    )
    return path  # fmt: skip


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Board]:
    """Two months of all 街镇, the second without two of them and with a rate of the district; a bound and a number beside."""
    some = [region for region in STREETS if region not in {FIRST, STREETS[-1]}]
    district = observation("61.5", on="2023-06", indicator="hazard-rate", region="110108")
    bounds = [
        written("超80%", on="2023-06", indicator="filing-rate", region=FIRST),
        observation("70", on="2023-06", indicator="filing-rate", region=STREETS[1]),
    ]
    running = observation("41", on="2023-01/2023-06", indicator="bikes-tidied", region=FIRST)
    with served(config(tmp_path), tmp_path, (*rates(5), *rates(6, of=some), district, *bounds, running)) as opened:
        yield opened


@pytest.fixture
def none(tmp_path: Path) -> Iterator[Board]:
    only = observation("61.5", on="2023-06", indicator="hazard-rate", region="110108")
    with served(config(tmp_path), tmp_path, (only,)) as opened:
        yield opened


def charts(page: AppTest) -> list[int]:
    """How many dots each chart has."""
    specs = [json.loads(one.proto.spec) for one in page.get("plotly_chart")]
    return [len(trace["customdata"]) for spec in specs for trace in spec["data"] if trace["type"] == "scatter"]


def test_the_first_headline_with_figures_of_streets_is_shown_and_the_address_names_another(full: Board) -> None:
    assert "街镇：装修垃圾备案率" in seen(screen("streets"))
    assert "街镇：规范非机动车停放" in seen(screen("streets", code="bikes-tidied"))
    listed = [link for link in links(screen("streets")) if link.startswith("/streets?code=")]
    assert listed == [
        f"/streets?code={code}" for code in ("filing-rate", "hazard-rate", "hazards-left", "bikes-tidied")
    ]


def test_the_message_comes_first_and_says_who_is_in(full: Board) -> None:
    shown = seen(screen("streets", code="hazard-rate"))
    assert "29个街镇中27个已报，未报：万寿路、上庄镇。" in shown
    assert "全区61.5%（来源上报）" in shown
    assert "未达标27个" in shown


def test_streets_and_towns_are_two_charts_with_a_dot_for_each_that_is_in(full: Board) -> None:
    page = screen("streets", code="hazard-rate")
    assert charts(page) == [21, 6]


def test_who_is_missing_is_hatched_on_the_map_and_named_in_the_table(full: Board) -> None:
    page = screen("streets", code="hazard-rate")
    tiles = {region: look for look, region in TILES.findall(markup(page))}
    assert len(tiles) == 29
    assert [region for region, look in tiles.items() if look == "kb-hatched"] == [FIRST, STREETS[-1]]
    tables = "".join(ROWS.findall(markup(page)))
    assert tables.count("<tr>") == 29 + 2
    assert re.search(r"上庄镇</a></td><td[^>]*><span class=\"kb-not-in\">未报</span>", tables)


def test_every_cell_leads_to_the_street_in_that_month(full: Board) -> None:
    cells = [link for link in links(screen("streets", code="hazard-rate")) if "&month=" in link]
    assert len(cells) == 2 * 29
    assert f"/street?region={FIRST}&month=2023-05" in cells


def test_a_bound_is_printed_as_written(full: Board) -> None:
    page = screen("streets", code="filing-rate")
    assert "超80%" in seen(page)
    assert "29个街镇中2个有数据，27个无数据" in seen(page)
    assert "未报" not in seen(page)


def test_a_past_month_shows_nothing_later(full: Board) -> None:
    shown = seen(screen("streets", code="hazard-rate", month="2023-05"))
    assert ("2023年6月" in shown.split("街镇：")[1], "29个街镇全部已报" in shown) == (False, True)
    assert "到这个月份为止，还没有装修垃圾备案率的分街镇数据" in seen(
        screen("streets", code="filing-rate", month="2023-05")
    )


def test_with_figures_of_the_district_alone_the_page_says_so(none: Board) -> None:
    assert "还没有分街镇数据。" in seen(screen("streets"))
    assert "一般安全隐患整改率：没有分街镇数据。" in seen(screen("streets", code="hazard-rate"))
    assert "还没有这个街镇的数据。" in seen(screen("street", region=FIRST))


@pytest.mark.parametrize(
    ("page", "query", "said"),
    [
        ("streets", {"code": "no-such-code"}, "没有编码为“no-such-code”的指标"),
        ("streets", {"code": "meiliyuan-road"}, "没有分街镇数据"),
        ("street", {"region": "330106001"}, "没有编码为“330106001”的街镇"),
        ("street", {}, "22个街道"),
    ],
)
def test_an_address_that_names_nothing_says_so_and_offers_what_there_is(
    full: Board, page: str, query: dict[str, str], said: str
) -> None:
    assert said in seen(screen(page, **query))


def test_a_street_has_a_page_with_its_place_and_what_it_has_not_reported(full: Board) -> None:
    page = screen("street", region=STREETS[1])
    assert "永定路街道" in seen(page)
    assert "21个街道中第21" in seen(page)
    assert "/indicator?code=hazard-rate&region=110108002" in links(page)
    late = seen(screen("street", region=FIRST))
    assert "1项未报最近一期" in late
    assert "2023年6月未报" in late
    assert "未报" not in seen(screen("street", region=FIRST, month="2023-05"))


def test_a_page_shows_what_was_known_on_a_day(full: Board) -> None:
    hand_in(full, "later", *rates(7), known_from=NOW + timedelta(days=30))
    before = str((NOW + timedelta(days=2)).date())
    assert "2023年7月" in seen(screen("streets", code="hazard-rate"))
    assert "2023年7月" not in seen(screen("streets", code="hazard-rate", known=before))
    assert "2023年7月" in seen(screen("street", region=STREETS[1]))
    assert "2023年7月" not in seen(screen("street", region=STREETS[1], known=before))


def test_the_page_of_an_indicator_leads_to_its_streets(full: Board) -> None:
    assert "/streets?code=hazard-rate" in links(screen("indicator", code="hazard-rate"))
