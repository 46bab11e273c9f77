"""大屏: what its slides say, that they fit whatever is in them, and that a wall outlives its server."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import os
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from starlette.requests import Request

from metrics.board import wall
from metrics.board.decisions import Decision
from metrics.board.overview import overview
from metrics.board.view import Card, MilestoneRow
from metrics.board.wall import Slide, Sort, Wall
from metrics.board.words import Badge
from metrics.command import Command
from metrics.errors import Refused
from metrics.model import Indicator, Theme
from metrics.start import start
from metrics.store import append
from metrics.through import through
from metrics.web.assets import FOLDER
from metrics.web.routes import wall_routes
from metrics.web.wall import slides as drawn
from pages import session
from tests.builders import (
    NOW,
    catalogue,
    count,
    fact,
    indicator,
    observation,
    periods,
    small_district,
    standing,
    submission,
    work,
    written,
)
from tests.people import join
from tests.servers import (
    ROOT,
    Server,
    await_answer,
    board_server,
    free_port,
    opened_page,
    started,
    stop,
    watched,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TODAY = date(2023, 11, 30)
RATE = indicator(headline=True, decimals=1)
MISSED = indicator(code="missed", name="隐患整改率", headline=True, decimals=1, targets=(standing(100),))
LONG = "某街道" * 66 + "路口"
SIZES = ((1366, 768), (1920, 1080), (3840, 2160))
WITHIN = 15.0  # seconds, as promised


def walled(*indicators: Indicator, demonstration: bool = False, overall: Theme | None = None, **facts: Any) -> Wall:
    """The wall of a catalogue of one theme, where each indicator has the fact of its name, if any."""
    given = {one.code: (facts[one.code],) if one.code in facts else () for one in indicators}
    given |= {one.code: (facts[one.code],) for one in (overall.indicators if overall else ())}
    board = catalogue(*indicators, overall=overall)
    shown = overview(board, given, today=TODAY)
    return wall.wall(shown, board, given, today=TODAY, demonstration=demonstration)


def names(slide: Slide) -> list[str]:
    return [row.name for row in slide.rows]


def many(number: int, **given: Any) -> tuple[Indicator, ...]:
    return tuple(indicator(code=f"c{at}", name=f"指标{at}", **given) for at in range(number))


def known(indicators: Sequence[Indicator], figure: int = 90) -> dict[str, Any]:
    return {one.code: fact(observation(figure, indicator=one.code)) for one in indicators}


# -- what the slides say ----------------------------------------------------------------------------------------------


def test_the_overview_comes_first_then_the_overall_section_then_the_themes_with_data() -> None:
    solved = count(code="solved", name="已整改", headline=True)
    whole = Theme(code="whole", title="巡察整改", short="整改", indicators=(solved,))
    shown = walled(RATE, overall=whole, rate=fact(observation(90)), solved=fact(observation(28, indicator="solved")))
    assert [slide.key for slide in shown.slides] == ["overview", "whole", "waste"]
    assert (shown.district, shown.up_to) == ("某区", "数据截至2023年5月31日")
    without = walled(RATE, overall=whole, solved=fact(observation(28, indicator="solved")))
    assert [slide.key for slide in without.slides] == ["overview", "whole"]


def test_the_overview_lists_what_needs_a_decision_with_gap_term_and_department() -> None:
    first = walled(MISSED, missed=fact(observation("91.2", indicator="missed"))).slides[0]
    assert (first.title, first.place) == ("某区城市管理指标总览", "某区城市管理委员会 · 有数据1/1项")
    assert (first.heading, first.message) == ("1项需要决策", "隐患整改率91.2%，未达标，差8.8个百分点。")
    (row,) = first.rows
    assert isinstance(row, Decision)
    assert (row.now, row.gap, row.due, row.department) == ("91.2%", "差8.8个百分点", "长期标准", "责任科室未设")
    assert [(badge.word, number) for badge, number in first.strip] == [("未达标", 1)]


def test_of_many_decisions_five_are_listed_and_all_are_counted() -> None:
    missed = many(7, targets=(standing(100),))
    first = walled(*missed, **known(missed)).slides[0]
    assert (first.heading, len(first.rows)) == ("7项需要决策，先列5项", 5)


def test_decisions_that_do_not_fit_under_their_message_are_spread_over_two_slides() -> None:
    missed = many(5, targets=(standing(100),), department="d")
    named = tuple(replace(one, name=f"{one.name}道路移交和慢行系统不达标道路整治") for one in missed)
    first, second, *_ = walled(*named, **known(named)).slides
    assert [len(first.rows), len(second.rows)] == [3, 2]
    assert (second.title, second.message, second.strip) == ("某区城市管理指标总览（续）", "", ())


def test_an_overview_without_decisions_says_so_and_counts() -> None:
    first = walled(RATE, rate=fact(observation(90))).slides[0]
    assert (first.message, first.heading, first.rows) == ("没有未达标、逾期或到期未报的事项。", "", ())
    assert [(badge.word, number) for badge, number in first.strip] == [("未设目标", 1)]


@pytest.mark.parametrize(("planned", "note"), [("2023-09", "“已到期”按2023年11月30日判断"), ("2024-09", "")])
def test_the_day_of_judgement_is_said_where_something_is_judged_by_it(planned: str, note: str) -> None:
    seen = observation(None, indicator="work", on="2023-05", state="进行中", **periods(planned=planned))
    shown = walled(work(), work=fact(seen))
    assert [slide.note for slide in shown.slides] == [note, note]


@pytest.mark.parametrize(
    ("number", "expected"), [(1, [1]), (4, [4]), (5, [3, 2]), (6, [3, 3]), (9, [3, 3, 3]), (10, [4, 4, 2])]
)
def test_more_headlines_than_fit_go_to_further_slides_about_equally(number: int, expected: list[int]) -> None:
    large = many(number, headline=True)
    slides = walled(*large, **known(large)).slides[1:]
    assert [len(slide.rows) for slide in slides] == expected
    assert [name for slide in slides for name in names(slide)] == [one.name for one in large]
    assert [bool(slide.message) for slide in slides] == [True, *[False] * (len(expected) - 1)]
    assert [slide.title.endswith("（续）") for slide in slides] == [False, *[True] * (len(expected) - 1)]
    assert len({slide.key for slide in slides}) == len(slides)


def test_a_theme_without_headlines_shows_its_first_figures_that_are_known() -> None:
    small = many(6)
    shown = walled(*small, **known(small[1:]))
    assert names(shown.slides[1]) == ["指标1", "指标2", "指标3", "指标4"]


def test_a_headline_without_a_figure_stands_there_without_one() -> None:
    shown = walled(RATE, MISSED, rate=fact(observation(90)))
    cards = [(row.value, row.period) for row in shown.slides[1].rows if isinstance(row, Card)]
    assert cards == [("90.0", "2023年5月"), ("—", "尚无数据")]


def test_a_theme_of_work_only_lists_the_most_urgent() -> None:
    tasks = [work(code=f"w{at}", name=f"事项{at}") for at in range(8)]
    seen: dict[str, Any] = {one.code: fact(observation(None, indicator=one.code, state="已完成")) for one in tasks}
    seen["w7"] = fact(observation(None, indicator="w7", state="进行中", **periods(planned="2023-09")))
    slide = walled(*tasks, **seen).slides[1]
    assert (slide.sort, slide.heading, names(slide)[0], len(slide.rows)) == (Sort.WORK, "先列6项", "事项7", 6)
    assert isinstance(slide.rows[0], MilestoneRow)


def test_the_work_of_a_theme_with_figures_is_counted_along_its_foot() -> None:
    seen = fact(observation(None, indicator="work", state="已完成"))
    slide = walled(RATE, work(), rate=fact(observation(90)), work=seen).slides[1]
    assert (slide.counted, [(badge.mark, badge.word, number) for badge, number in slide.strip]) == (
        "工作事项",
        [("✔", "已完成", 1)],
    )


def test_without_any_data_there_is_one_calm_slide() -> None:
    shown = walled(RATE)
    assert [(slide.key, slide.message, slide.rows, slide.strip) for slide in shown.slides] == [
        ("empty", "尚无数据", (), ())
    ]
    assert shown.up_to == "尚无数据"


def test_long_names_get_slides_of_their_own_and_stay_whole() -> None:
    large = tuple(
        indicator(code=f"c{at}", name=f"{at}{LONG}", headline=True, targets=(standing(100),)) for at in range(2)
    )
    shown = walled(*large, **known(large))
    assert [(slide.key, len(slide.rows), slide.long) for slide in shown.slides] == [
        ("overview", 0, False), ("overview-2", 1, True), ("overview-3", 1, True),
        ("waste", 0, False), ("waste-2", 1, True), ("waste-3", 1, True),
    ]  # fmt: skip
    assert [slide.heading for slide in shown.slides[:2]] == ["", "2项需要决策"]
    assert names(shown.slides[4]) == [f"0{LONG}"]


def test_a_row_is_as_high_as_its_longest_column_has_lines() -> None:
    short = Decision(
        code="c", name="整改率", theme="安全", badge=Badge(mark="■", word="未达标", tone="bad"), period="2023年5月",
        now="91%", gap="差9个百分点", due="长期标准", department="安全科",
    )  # fmt: skip
    assert wall.decision_height(short) == pytest.approx(1.05)


# -- the HTML ---------------------------------------------------------------------------------------------------------


def html(shown: Wall) -> str:
    return gzip.decompress(drawn(shown).packed).decode()


def test_every_slide_is_marked_where_the_figures_are_invented() -> None:
    real, invented = (walled(RATE, rate=fact(observation(90)), demonstration=on) for on in (False, True))
    assert html(invented).count("演示数据</b>") == len(invented.slides) == 2
    assert "演示数据" not in html(real)


def test_text_from_outside_is_escaped() -> None:
    shown = walled(indicator(name="<b>率</b>", headline=True), rate=fact(observation(90)))
    assert "&lt;b&gt;率&lt;/b&gt;" in html(shown)
    assert "<b>率" not in html(shown)


def test_the_same_wall_is_drawn_once_and_another_figure_has_another_mark() -> None:
    one, same, other = (walled(RATE, rate=fact(observation(figure))) for figure in (90, 90, 91))
    assert drawn(one) is drawn(same)
    assert drawn(one).etag != drawn(other).etag


def test_the_store_is_read_once_for_all_walls_until_a_release_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = start(small_district(tmp_path), at=NOW)
    monkeypatch.setattr(session, "board", lambda: board)
    empty = session.wall()
    assert session.wall() is empty
    append(board.store, submission(observation(90, indicator="contract-rate")), at=NOW)
    filled = session.wall()
    assert [[slide.key for slide in shown.slides] for shown in (empty, filled)] == [["empty"], ["overview", "waste"]]
    assert session.wall() is filled


def test_a_target_is_drawn_only_where_there_is_one() -> None:
    bound, aimed = (
        walled(RATE, rate=fact(written("超80%"))),
        walled(MISSED, missed=fact(observation(90, indicator="missed"))),
    )
    assert "超80" in html(bound)
    assert ["<s style" in html(shown) for shown in (bound, aimed)] == [False, True]


def test_a_store_that_does_not_answer_has_no_slides() -> None:
    def refused() -> Wall:
        raise Refused("数据库已损坏")

    answer = asyncio.run(wall_routes(refused)[1].endpoint(Request({"type": "http", "headers": []})))
    assert (answer.status_code, answer.body) == (503, b"unavailable")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_colour_of_a_text_can_be_read_from_afar(dark: bool) -> None:
    css = (FOLDER / "wall.css").read_text("utf-8")
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", css.split("@media")[1] if dark else css.split("@media")[0]))
    for name in ("ink", "quiet", "good", "warn", "bad", "tick"):
        assert contrast(colours[name], colours["paper"]) >= 7, name


def contrast(one: str, other: str) -> float:
    """Ratio of WCAG 2 between two colours, from 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


# -- in a browser -----------------------------------------------------------------------------------------------------

HOSTILE = f"""\
organisation: {{name: {LONG}, short: 某区, district: {"某某" * 12}区, code: "330106"}}
store: duckdb:board.duckdb
regions: regions.csv
departments:
  - {{code: d, name: {LONG}}}
themes:
""" + "".join(
    f"""\
  - code: t{theme}
    title: {LONG}
    short: {LONG}
    indicators:
"""
    + "".join(
        f"""\
      - {{code: t{theme}-{at}, name: "{theme}之{at}{LONG}", kind: ratio, unit: "%", polarity: up, minimum: 0, maximum: 100, headline: true, department: d,
         targets: [{{form: standing, value: 100, basis: 文件}}]}}
"""
        for at in range(3)
    )
    for theme in range(2)
)
# What is cut off, covered, or too small: "" when all is well.
FAULTS = """() => {
  const slide = document.querySelector(".slide:not([hidden])");
  const box = slide.getBoundingClientRect(), style = getComputedStyle(slide);
  const left = box.left + parseFloat(style.paddingLeft) - 1, right = box.right - parseFloat(style.paddingRight) + 1;
  const found = [];
  if (slide.scrollHeight > slide.clientHeight || slide.scrollWidth > slide.clientWidth) found.push("the slide scrolls");
  const below = (slide.querySelector(".strip") || slide.querySelector("footer")).getBoundingClientRect().top + 1;
  for (const row of slide.querySelectorAll(".row, .message")) {
    if (row.getBoundingClientRect().bottom > below) found.push("covered: " + row.textContent.slice(0, 20));
  }
  for (const cell of slide.querySelectorAll(".row > *")) {
    const own = cell.getBoundingClientRect(), around = cell.parentElement.getBoundingClientRect();
    const out = own.top < around.top - 1 || own.bottom > around.bottom + 1 || cell.scrollWidth > cell.clientWidth + 1;
    if (out) found.push("cut: " + cell.textContent.slice(0, 20));
  }
  const texts = document.createTreeWalker(slide, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode, range = document.createRange();
    if (!text.data.trim()) continue;
    range.selectNodeContents(text);
    const own = range.getBoundingClientRect();
    if (own.left < left || own.right > right || own.top < box.top || own.bottom > box.bottom) found.push("outside: " + text.data.slice(0, 20));
    if (parseFloat(getComputedStyle(text.parentElement).fontSize) < 0.024 * innerHeight) found.push("small: " + text.data.slice(0, 20));
  }
  for (const value of slide.querySelectorAll(".value")) {
    const high = parseFloat(getComputedStyle(value).fontSize) / innerHeight;
    if (high < 0.08 || high > 0.121) found.push("figure of " + high);
  }
  return found.join("\\n");
}"""


@pytest.fixture(scope="module")
def noticed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A board of the notice."""
    store = tmp_path_factory.mktemp("wall") / "board.duckdb"
    join(store, "张三")
    with board_server(env={"KPI_STORE": f"duckdb:{store}"}) as running:
        yield running


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A board whose every name has 200 characters, with figures that all miss their target."""
    folder = tmp_path_factory.mktemp("hostile")
    config = small_district(folder, config=HOSTILE)
    rows = "".join(f"t{theme}-{at},2023年6月,全区,9{at}\n" for theme in range(2) for at in range(3))
    join(folder / "board.duckdb", "张三")
    with board_server(env={"KPI_CONFIG": str(config)}) as running:
        handed_in(folder / "board.duckdb", rows)
        yield running


def handed_in(store: Path, rows: str) -> None:
    """Figures of 全区 handed in on the command line, through the running board."""
    text = f"指标编码,期间,街镇,数值\n{rows}"
    done = through(store, Command(name="load", file="a.csv", data=text.encode(), by="张三", reason="更正", yes=True))
    assert done is not None
    assert done[0] == 0, done


def at_wall(browser: Browser, server: Server, asked: str = "", *, size: tuple[int, int] = (1920, 1080)) -> Page:
    """A wall with its first slide on screen; it has `window.kept` until it is loaded anew."""
    page = opened_page(browser, width=size[0], height=size[1])
    page.goto(f"{server.url}/wall{asked}")
    page.wait_for_selector(".slide:not([hidden])")
    page.evaluate("() => { window.kept = true }")
    return page


NOTE_SLIDES = """
() => {
  window.noted = [];
  new MutationObserver(() => {
    const key = document.querySelector(".slide:not([hidden])").dataset.key;
    if (window.noted.at(-1) !== key) window.noted.push(key);
  }).observe(document.getElementById("wall"), {subtree: true, attributes: true, attributeFilter: ["hidden"]});
}
"""


def on_screen(page: Page) -> str:
    """The key of the one slide that is shown."""
    keys = page.eval_on_selector_all(".slide:not([hidden])", "found => found.map(one => one.dataset.key)")
    assert len(keys) == 1
    return str(keys[0])


def says(page: Page, key: str, text: str, *, within: float = WITHIN) -> bool:
    """Whether the slide holds the text in time, on screen or not."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if text in str(page.locator(f'.slide[data-key="{key}"]').text_content()):
            return True
        page.wait_for_timeout(200)
    return False


@pytest.mark.browser
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("which", ["noticed", "hostile"])
def test_nothing_is_cut_off_covered_or_small(
    browser: Browser, which: str, size: tuple[int, int], request: pytest.FixtureRequest
) -> None:
    page = at_wall(browser, request.getfixturevalue(which), "?every=3600", size=size)
    keys = page.eval_on_selector_all(".slide", "found => found.map(one => one.dataset.key)")
    assert len(keys) > 7
    faults = {}
    for number, key in enumerate(keys, start=1):
        page.goto(f"{page.url.split('?')[0]}?slide={number}")
        page.wait_for_selector(f'.slide[data-key="{key}"]:not([hidden])')
        faults[key] = page.evaluate(FAULTS)
    page.context.close()
    assert {key: found for key, found in faults.items() if found} == {}


@pytest.mark.browser
def test_what_the_server_has_cut_needs_no_smaller_letters(browser: Browser, noticed: Server) -> None:
    page = at_wall(browser, noticed, "?every=0.05")
    page.wait_for_timeout(3_000)
    sizes = page.eval_on_selector_all(".slide", "found => found.map(one => one.style.getPropertyValue('--size'))")
    page.context.close()
    assert len(sizes) > 7
    assert set(sizes) == {"1"}


@pytest.mark.browser
def test_the_faults_would_be_found(browser: Browser, noticed: Server) -> None:
    page = at_wall(browser, noticed, "?slide=1")
    page.add_style_tag(
        content=".row { height: 3rem } .strip { font-size: 10px !important } h1 { white-space: nowrap; font-size: 3rem !important }"
    )
    found = page.evaluate(FAULTS)
    page.context.close()
    assert {line.split(":")[0] for line in found.splitlines()} >= {"the slide scrolls", "outside", "small"}


@pytest.mark.browser
def test_all_slides_come_round_and_nothing_foreign_is_asked_for(browser: Browser, noticed: Server) -> None:
    page = opened_page(browser, width=1366, height=768)
    watch = watched(page, noticed.url)
    page.goto(f"{noticed.url}/wall?every=0.5")
    page.wait_for_selector(".slide:not([hidden])")
    keys = page.eval_on_selector_all(".slide", "found => found.map(one => one.dataset.key)")
    page.evaluate(NOTE_SLIDES)
    page.wait_for_timeout(500 * (len(keys) + 3))
    shown = page.evaluate("() => window.noted")
    first = keys.index(shown[0])
    assert shown[: len(keys) + 1] == [*keys[first:], *keys[:first], keys[first]]
    assert (watch.foreign(), watch.complaints) == ([], [])
    assert page.title() == "大屏 · 海淀区城市管理指标看板"
    page.context.close()


@pytest.mark.browser
def test_one_slide_can_be_kept(browser: Browser, noticed: Server) -> None:
    page = at_wall(browser, noticed, "?slide=3&every=0.2")
    page.wait_for_timeout(1_000)
    assert page.inner_text(".slide:not([hidden]) footer b").startswith("3/")
    page.context.close()


@pytest.mark.browser
def test_a_release_is_seen_in_time_and_without_a_reload(browser: Browser, noticed: Server) -> None:
    page = at_wall(browser, noticed, "?every=3600")
    handed_in(noticed.store, "occupied-pipes,2023年6月,全区,61\n")
    assert says(page, "safety", "61项")
    assert (on_screen(page), page.evaluate("() => window.kept")) == ("overview", True)
    page.context.close()


@pytest.mark.browser
@pytest.mark.parametrize(
    ("status", "body"),
    [
        pytest.param(503, "unavailable", id="no store"),
        pytest.param(200, "<p>请登录</p>", id="a page that is not the slides"),
    ],
)
def test_an_answer_that_is_no_slides_keeps_the_last_and_says_so(
    browser: Browser, noticed: Server, status: int, body: str
) -> None:
    page = at_wall(browser, noticed, "?every=3600")
    page.route("**/board/wall", lambda route: route.fulfill(status=status, body=body, content_type="text/html"))
    page.wait_for_selector("#said:not([hidden])", timeout=WITHIN * 1000)
    assert re.fullmatch(r"服务器暂时不能给出数据，显示的是\d\d:\d\d的数据", page.inner_text("#said"))
    assert on_screen(page) == "overview"
    page.context.close()


@pytest.mark.browser
def test_a_wall_of_an_older_program_is_loaded_anew(browser: Browser, noticed: Server) -> None:
    page = at_wall(browser, noticed, "?every=3600")
    page.evaluate("() => { document.documentElement.dataset.version = 'of yesterday' }")
    handed_in(noticed.store, "occupied-pipes,2023年7月,全区,60\n")
    page.wait_for_function("() => !window.kept", timeout=WITHIN * 1000)
    assert says(page, "safety", "60项")
    page.context.close()


@pytest.mark.browser
def test_a_wall_without_any_data_is_calm(browser: Browser, tmp_path: Path) -> None:
    with board_server(env={"KPI_CONFIG": str(small_district(tmp_path))}) as empty:
        page = at_wall(browser, empty)
        assert page.inner_text(".slide .message") == "尚无数据"
        assert page.inner_text(".slide footer b") == "1/1"
        page.context.close()


def run(port: int, store: Path, output: Path) -> Server:
    """A server on that port and store, once it is well."""
    env = {"STREAMLIT_SERVER_PORT": str(port), "STREAMLIT_SERVER_ADDRESS": "127.0.0.1", "KPI_STORE": f"duckdb:{store}"}
    process = started(output, ROOT, {**os.environ, **env})
    server = Server(url=f"http://127.0.0.1:{port}", port=port, process=process, output=output, env=env)
    await_answer(server, "/healthz", 60)
    return server


@pytest.mark.browser
def test_a_wall_outlives_its_server_says_so_and_goes_on_by_itself(browser: Browser, tmp_path: Path) -> None:
    port, store = free_port(), tmp_path / "board.duckdb"
    join(store, "张三")
    first = run(port, store, tmp_path / "first.txt")
    with contextlib.ExitStack() as ending:
        ending.callback(stop, first.process)
        page = at_wall(browser, first, "?every=1")
        first.process.kill()
        first.process.wait(10)
        page.wait_for_selector("#said:not([hidden])", timeout=WITHIN * 1000)
        assert re.fullmatch(r"连接中断，显示的是\d\d:\d\d的数据", page.inner_text("#said"))
        before = on_screen(page)
        page.wait_for_function("key => document.querySelector('.slide:not([hidden])').dataset.key !== key", arg=before)
        second = run(port, store, tmp_path / "second.txt")
        ending.callback(stop, second.process)
        page.wait_for_selector("#said", state="hidden", timeout=WITHIN * 1000)
        handed_in(store, "occupied-pipes,2023年6月,全区,59\n")
        assert says(page, "safety", "59项")
        assert page.evaluate("() => window.kept") is True
        page.context.close()
