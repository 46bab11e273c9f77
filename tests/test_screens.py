"""The dashboard as people meet it: the real server in a real browser, and what a start says when something is wrong."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import pytest

from tests.builders import copy_of_board, edit
from tests.servers import (
    ROOT,
    Server,
    await_answer,
    board_server,
    free_port,
    opened_page,
    settled,
    started,
    stop,
    visit,
    watched,
)
from tests.shots import addresses
from tests.test_pages import REVISION, half_a_year, served, without_notice

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

browser_test = pytest.mark.browser
ADDRESSES = {**addresses(), "unknown": "/indicator?code=no-such-code"}
A4_LANDSCAPE = 1032  # 297 mm less two margins of 12 mm, at 96 pixels an inch
PRINTED_PAGE = re.compile(rb"/MediaBox \[0 0 841\.\d+ 594\.\d+\]")
# At an address below / the front end first asks whether its server is there, and then at /.
LOOKING_FOR_ITS_SERVER = re.compile(r"/[a-z]+/_stcore/(health|host-config)")
SEVENTH = """
  - code: water
    title: 建设节水型城区
    short: 节水
    indicators:
      - {code: meters-fixed, name: 更换智能水表, kind: flow, unit: 块, minimum: 0, headline: true}
"""
# Text of elements that a reader sees, with the colour it has and the colour behind it, where it has less contrast
# than `least` (WCAG 2.2, 1.4.3).
LOW_CONTRAST = """least => {
  const parsed = text => {
    const parts = text.match(/^rgba?\\(([\\d.]+), ([\\d.]+), ([\\d.]+)(?:, ([\\d.]+))?\\)$/);
    if (!parts) throw new Error("colour not understood: " + text);
    return [+parts[1], +parts[2], +parts[3], parts[4] === undefined ? 1 : +parts[4]];
  };
  const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
  const behind = element => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      layers.push(parsed(getComputedStyle(at).backgroundColor));
      if (layers.at(-1)[3] === 1) break;
    }
    return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255, 1]);
  };
  const light = colour => {
    const [r, g, b] = colour.map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = [], seen = document.createTreeWalker(document.querySelector(".stMain"), NodeFilter.SHOW_TEXT);
  let count = 0;
  while (seen.nextNode()) {
    const element = seen.currentNode.parentElement, style = getComputedStyle(element);
    const ours = ".kb, .main-svg, [data-testid^=stBaseButton-primary]:enabled";
    if (!seen.currentNode.data.trim() || !element.checkVisibility() || !element.closest(ours)) continue;
    const drawn = element.closest(".main-svg"), under = behind(drawn ? drawn.parentElement : element);
    const [dark, bright] = [light(over(parsed(drawn ? style.fill : style.color), under)), light(under)].sort((a, b) => a - b);
    count += 1;
    const ratio = (bright + 0.05) / (dark + 0.05);
    if (ratio < least) found.push(`${seen.currentNode.data.trim().slice(0, 20)} ${style.color} ${under} ${ratio.toFixed(2)}`);
  }
  return [count, found];
}"""
# What of our content reaches over the right edge of the window, or is wider than the box that holds it back.
CUT_OFF = """() => [...document.querySelectorAll(".kb, .kb *, .js-plotly-plot, [data-testid=stDownloadButton]")]
  .filter(e => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 0.5)
  .map(e => e.tagName + "." + e.className + " " + e.textContent.trim().slice(0, 30))"""
SPILLED = """() => [...document.querySelectorAll(".kb table, .kb dl, .kb-cards")]
  .filter(e => e.getBoundingClientRect().right > e.parentElement.getBoundingClientRect().right + 1)
  .map(e => `${e.className} ${Math.round(e.getBoundingClientRect().right)}`)"""
SCROLLS = """() => [document.scrollingElement, document.querySelector("[data-testid=stMain]")]
  .filter(e => e.scrollWidth > e.clientWidth).map(e => `${e.tagName} ${e.scrollWidth} > ${e.clientWidth}`)"""
# Texts and labels of the front end itself: what is outside our own blocks and charts.
BUILT_IN = """() => {
  const ours = ".stHtml, svg, style, script, noscript", found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!element.closest(ours) && element.checkVisibility() && element.dataset.testid !== "stIconMaterial") found.push(texts.currentNode.data.trim());
  }
  for (const element of document.body.querySelectorAll("[aria-label], [title], [placeholder], [data-title]")) {
    if (element.closest(".stHtml") || !element.checkVisibility()) continue;
    for (const name of ["aria-label", "title", "placeholder", "data-title"]) found.push(element.getAttribute(name) || "");
  }
  return found.filter(text => text);
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with board_server(env=fresh(tmp_path_factory.mktemp("store"))) as running:
        yield running


def fresh(folder: Path, config: Path | None = None) -> dict[str, str]:
    """The environment of a board with a store of its own."""
    return {"KPI_STORE": f"duckdb:{folder / 'board.duckdb'}"} | ({"KPI_CONFIG": str(config)} if config else {})


def follow(page: Page, path: str) -> None:
    """Goes to an address within the session, as a link of ours does, and waits until all of it is drawn."""
    page.evaluate("""path => {
      document.querySelector(".kb").dataset.before = "1";
      const link = Object.assign(document.createElement("a"), {className: "nav", href: path});
      document.body.append(link);
      link.click();
      link.remove();
    }""", path)  # fmt: skip
    drawn(page)


def click(page: Page, selector: str) -> None:
    """Clicks a link of ours, and waits until the page it leads to is drawn."""
    page.evaluate("() => { document.querySelector('.kb').dataset.before = '1' }")
    page.locator(selector).first.click()
    drawn(page)


def drawn(page: Page) -> None:
    page.wait_for_function("() => document.querySelector('.kb') && !document.querySelector('.kb').dataset.before")
    settled(page)


def tour(page: Page, checked: Callable[[], Any], paths: dict[str, str] = ADDRESSES) -> dict[str, Any]:
    """What a check says on every page, by its address; only the pages where it says anything."""
    said = {}
    for path in paths.values():
        if page.url != urljoin(page.url, path):
            follow(page, path)
        assert page.url == urljoin(page.url, path)
        said[path] = checked()
    return {path: found for path, found in said.items() if found}


def faint(page: Page) -> list[str]:
    """The texts of the page that stand out too little from what is behind them."""
    count, found = page.evaluate(LOW_CONTRAST, 4.5)
    assert count > 2
    return list(dict.fromkeys(found))


def in_view(page: Page, selector: str) -> bool:
    """Whether the element comes to stand inside the window within three seconds."""
    page.wait_for_function(
        """selector => {
          const box = document.querySelector(selector)?.getBoundingClientRect();
          return box && box.top >= 0 && box.bottom <= innerHeight && box.height > 0;
        }""",
        arg=selector,
        timeout=3000,
    )
    return True


# Addresses


@browser_test
@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/waste", "完善垃圾全链条精细化管理"),
        ("/indicator?code=filing-rate", "装修垃圾备案率"),
        ("/sources?code=filing-rate", "口径与来源"),
        pytest.param("/water", "建设节水型城区", id="a theme added to config.yaml"),
    ],
)
def test_any_address_may_be_the_first_that_a_server_is_asked_for(
    browser: Browser, tmp_path: Path, path: str, said: str
) -> None:
    config = copy_of_board(tmp_path)
    config.write_text(config.read_text("utf-8") + SEVENTH, "utf-8")
    with board_server(env=fresh(tmp_path, config)) as cold:
        page = opened_page(browser)
        visit(page, cold.url + path)
        assert page.inner_text("h1") == said
        assert page.locator("[data-testid=stSidebarNavLink]").count() == 14
        assert page.locator("[data-testid=stAlert], [data-testid=stException]").count() == 0
        assert "Traceback" not in cold.log()
        page.context.close()


@browser_test
def test_every_page_opens_whole_asks_for_nothing_foreign_and_complains_of_nothing(
    browser: Browser, server: Server
) -> None:
    page = opened_page(browser)
    watch = watched(page, server.url)
    failed: list[str] = []
    page.on("response", lambda answer: failed.append(answer.url) if answer.status >= 400 else None)
    titles, charts = [], 0
    for path in ADDRESSES.values():
        visit(page, server.url + path)
        assert page.locator("[data-testid=stAlert], [data-testid=stException]").count() == 0, path
        assert len(page.inner_text(".kb")) > 20, path
        titles.append(page.title())
        page.wait_for_function(
            "() => [...document.querySelectorAll('[data-testid=stPlotlyChart]')].every(chart => chart.querySelector('.main-svg'))"
        )
        charts += page.locator("[data-testid=stPlotlyChart] .main-svg").count()
    assert [title for title in titles if "海淀区城市管理委指标看板" not in title] == []
    assert charts >= 8
    visit(page, server.url)
    for selector in (
        ".kb a[href='/indicator?code=hazard-rate']",
        ".kb-mark",
        ".kb-here",
        "[data-testid=stSidebarNavLink]",
    ):
        click(page, selector)
    assert len(watch.asked) > 50
    assert watch.foreign() == []
    assert [url for url in failed if not LOOKING_FOR_ITS_SERVER.fullmatch(url.removeprefix(server.url))] == []
    assert [said for said in watch.complaints if "404 (Not Found)" not in said] == []
    page.evaluate("() => { new Image().src = 'http://planted.invalid/a.png' }")
    page.wait_for_timeout(300)
    assert [url for url in watch.foreign() if "planted.invalid" in url]
    page.context.close()


@browser_test
def test_a_link_to_a_source_shows_its_sentence_in_the_window(opened: Callable[..., Page]) -> None:
    page = opened("/sources?code=filing-rate")
    assert page.inner_text(".kb-here") == "目前全区备案率超80%"
    assert in_view(page, ".kb-here")
    assert page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollTop") > 500


@browser_test
def test_a_link_to_an_indicator_shows_it_with_its_sentence(opened: Callable[..., Page]) -> None:
    page = opened("/indicator?code=filing-rate")
    assert page.inner_text("h1") == "装修垃圾备案率"
    assert page.inner_text(".kb-card .kb-num") == "超80%"
    assert page.inner_text(".kb-mark") == "目前全区备案率超80%"


@browser_test
@pytest.mark.parametrize("screen", ["indicator", "sources"])
def test_an_unknown_code_is_said_in_chinese(opened: Callable[..., Page], screen: str) -> None:
    assert "没有编码为“no-such-code”的指标" in opened(f"/{screen}?code=no-such-code").inner_text(".kb-empty")


# From a figure to its sentence and back


@browser_test
@pytest.mark.parametrize(
    ("path", "code", "sentence"),
    [
        ("/", "hazard-rate", "发现一般安全隐患182项,已整改166项,整改率91.2%"),
        ("/", "found-problems", "37个问题"),
        ("/waste", "contract-rate", "目前辖区合同签订率已达93.24%"),
        ("/safety", "hazards-left", "发现一般安全隐患182项,已整改166项,整改率91.2%"),
        ("/traffic", "meiliyuan-road", "美丽园路项目正在办理立项审批,预计年底前完成道路整治工作"),
        ("/people", "fence-metres", "治理各类围挡4355延米"),
    ],
)
def test_one_click_leads_to_the_sentence_and_the_next_to_the_indicator(
    opened: Callable[..., Page], path: str, code: str, sentence: str
) -> None:
    page = opened(path)
    click(page, f".kb a.kb-src[href='/sources?code={code}']")
    assert page.inner_text(".kb-here") == sentence
    assert in_view(page, ".kb-here")
    click(page, ".kb-here")
    assert "/indicator?code=" in page.url
    assert sentence in page.inner_text(".kb-notice")


@browser_test
def test_back_and_forward_change_the_screen_without_loading_it_anew(opened: Callable[..., Page]) -> None:
    page = opened("/safety")
    page.evaluate("() => { window.kept = true }")
    click(page, ".kb-card a[href='/indicator?code=hazard-rate']")
    click(page, ".kb-mark")
    for there, heading in (
        (-1, "一般安全隐患整改率"),
        (-1, "加强安全监管体系建设"),
        (1, "一般安全隐患整改率"),
        (1, "口径与来源"),
    ):
        page.evaluate("way => history.go(way)", there)
        page.wait_for_function("said => document.querySelector('h1')?.textContent === said", arg=heading)
        settled(page)
    assert page.evaluate("() => window.kept")


# Narrow, dark, printed


@browser_test
def test_on_a_phone_nothing_is_cut_off_and_nothing_scrolls_sideways(opened: Callable[..., Page]) -> None:
    page = opened(width=390, height=844)
    assert tour(page, lambda: page.evaluate(CUT_OFF) + page.evaluate(SCROLLS)) == {}


@browser_test
def test_with_months_of_data_every_page_fits_a_phone_and_every_text_stands_out(
    browser: Browser, tmp_path: Path
) -> None:
    with served(without_notice(tmp_path), tmp_path, tuple(half_a_year()), REVISION):
        pass
    with board_server(env=fresh(tmp_path, tmp_path / "config.yaml")) as filled:
        page = opened_page(browser, width=390, height=844)
        visit(page, filled.url)
        assert tour(page, lambda: page.evaluate(CUT_OFF) + page.evaluate(SCROLLS) + faint(page)) == {}
        assert page.locator(".kb-empty").count() == 1
        follow(page, "/safety")
        assert page.locator("[data-testid=stPlotlyChart] .main-svg").count() > 0
        page.emulate_media(color_scheme="dark")
        page.wait_for_selector("html[data-theme=dark]", state="attached")
        assert tour(page, lambda: faint(page)) == {}
        page.context.close()


@browser_test
@pytest.mark.parametrize("width", [920, 1024, 1280, 1366])
def test_beside_the_sidebar_no_table_runs_out_of_its_section(opened: Callable[..., Page], width: int) -> None:
    page = opened(width=width)
    assert tour(page, lambda: page.evaluate(SPILLED) + page.evaluate(SCROLLS)) == {}


@browser_test
def test_the_overview_fits_the_narrowest_phone(opened: Callable[..., Page]) -> None:
    page = opened(width=320, height=640)
    assert page.evaluate(CUT_OFF) + page.evaluate(SCROLLS) == []


@browser_test
def test_what_is_cut_off_or_scrolls_would_be_seen(opened: Callable[..., Page]) -> None:
    page = opened(width=390, height=844)
    page.evaluate("() => { document.querySelector('h1').style.width = '500px' }")
    assert "H1" in page.evaluate(CUT_OFF)[0]
    assert len(page.evaluate(SCROLLS)) == 1


@browser_test
def test_on_a_phone_the_navigation_opens_and_leads_on(opened: Callable[..., Page]) -> None:
    page = opened(width=390, height=844)
    link = page.locator("[data-testid=stSidebarNavLink]", has_text="安全监管")
    assert not link.is_visible() or link.bounding_box()["x"] < 0  # type: ignore[index]
    page.locator("[data-testid=stExpandSidebarButton]").click()
    link.click()
    page.wait_for_function("() => document.querySelector('h1')?.textContent === '加强安全监管体系建设'")


@browser_test
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_text_stands_out_from_what_is_behind_it(opened: Callable[..., Page], dark: bool) -> None:
    page = opened(dark=dark)
    assert page.get_attribute("html", "data-theme") == ("dark" if dark else "light")
    assert tour(page, lambda: faint(page)) == {}


@browser_test
def test_a_faint_text_would_be_seen(opened: Callable[..., Page]) -> None:
    page = opened("/sources?view=rules")
    page.evaluate("() => { document.querySelector('h1').style.color = 'rgb(200, 200, 200)' }")
    assert [text.split()[0] for text in page.evaluate(LOW_CONTRAST, 4.5)[1]] == ["口径与来源"]


@browser_test
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_status_is_a_mark_and_a_word_and_not_colour_alone(opened: Callable[..., Page], dark: bool) -> None:
    page = opened("/sources?view=rules", dark=dark)
    assert page.locator(".kb-badge").all_inner_texts() == [
        "✔已达标", "●达到序时", "▲滞后", "■严重滞后", "■未达标", "■逾期", "▲已到期，未报进展", "◇无法判定", "◇未设目标", "◇无数据",
    ]  # fmt: skip


@browser_test
def test_printed_there_is_no_sidebar_and_nothing_wider_than_the_paper(opened: Callable[..., Page]) -> None:
    page = opened(width=A4_LANDSCAPE)
    chrome = page.locator("[data-testid=stSidebar], [data-testid=stHeader]")
    assert chrome.count() == 2
    page.emulate_media(media="print")

    def wrong() -> list[str]:
        cut_off: list[str] = page.evaluate(CUT_OFF)
        return [one.inner_text() for one in chrome.all() if one.is_visible()] + cut_off

    assert tour(page, wrong) == {}


@browser_test
def test_on_paper_a_long_page_goes_on_on_the_next_sheet(opened: Callable[..., Page]) -> None:
    printed = opened("/sources?code=filing-rate").pdf(prefer_css_page_size=True)
    assert len(PRINTED_PAGE.findall(printed)) >= 4


# Words of the front end


@browser_test
@browser_test
def test_on_paper_charts_are_whole_and_light(browser: Browser, tmp_path: Path) -> None:
    with served(without_notice(tmp_path), tmp_path, tuple(half_a_year()), REVISION):
        pass
    with board_server(env=fresh(tmp_path, tmp_path / "config.yaml")) as filled:
        page = opened_page(browser, width=1700, dark=True)
        visit(page, filled.url + "/safety")
        page.wait_for_selector(".main-svg")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        page.emulate_media(media="print", color_scheme="dark")
        page.set_viewport_size({"width": A4_LANDSCAPE, "height": 700})
        page.wait_for_timeout(500)
        drawn = page.evaluate(
            """() => [...document.querySelectorAll('.main-svg')].map(svg => [svg.getBoundingClientRect().right,
                svg.hasAttribute('viewBox'), svg.style.background && getComputedStyle(svg).backgroundColor])"""
        )
        page.context.close()
    assert len(drawn) > 1
    assert all(right <= A4_LANDSCAPE for right, _, _ in drawn)
    assert {whole for _, whole, _ in drawn} == {True}
    assert {behind for *_, behind in drawn if behind} == {"rgb(255, 255, 255)"}


def test_no_english_word_of_the_front_end_is_left(opened: Callable[..., Page]) -> None:
    page = opened()

    def english() -> list[str]:
        texts = page.evaluate(BUILT_IN)
        assert len(texts) > 10
        return sorted({text for text in texts if re.search("[A-Za-z]{2,}", re.sub("CSV|^Streamlit 版本", "", text))})

    assert tour(page, english) == {}
    page.locator("[data-testid=stMainMenu] button").click()
    page.wait_for_selector("[data-testid=stMainMenuPopover]")
    assert page.inner_text("[data-testid=stMainMenuPopover]").strip()
    assert english() == []


# When the server goes away


@browser_test
def test_a_page_left_open_finds_its_server_again_after_a_restart(browser: Browser, tmp_path: Path) -> None:
    port = free_port()
    env = {**os.environ, **fresh(tmp_path), "STREAMLIT_SERVER_PORT": str(port), "STREAMLIT_SERVER_ADDRESS": "127.0.0.1"}
    page = opened_page(browser)
    first = running(tmp_path / "first.log", port, env)
    try:
        visit(page, first.url + "/safety")
    finally:
        stop(first.process)
    page.get_by_text("服务器没有响应。请检查本机网络；一直没有恢复时请联系管理员。").wait_for(timeout=20_000)
    assert page.inner_text(".kb-card .kb-num >> nth=0") == "91.2%"
    second = running(tmp_path / "second.log", port, env)
    try:
        page.wait_for_selector(".stApp[data-test-connection-state=CONNECTED]", timeout=60_000)
        page.get_by_text("服务器没有响应").wait_for(state="detached", timeout=10_000)
        click(page, ".kb-card a[href='/indicator?code=hazard-rate']")
        assert page.inner_text("h1") == "一般安全隐患整改率"
    finally:
        stop(second.process)
        page.context.close()


def running(output: Path, port: int, env: dict[str, str]) -> Server:
    """A server on this very port, ready to answer."""
    one = Server(url=f"http://127.0.0.1:{port}", port=port, process=started(output, ROOT, env), output=output, env=env)
    await_answer(one, "/healthz", 60)
    return one


# A start that cannot be


def damaged_catalogue(folder: Path, _: Server) -> dict[str, str]:
    config = copy_of_board(folder)
    edit(config, "{code: study, name: 城市工作理论学习", "{code: study, nam: 城市工作理论学习")
    return fresh(folder, config)


def damaged_figures(folder: Path, _: Server) -> dict[str, str]:
    config = copy_of_board(folder)
    edit(folder / "data" / "notice" / "figures.yaml", "{value: 93.24%}", "{value: 94.24%}")
    return fresh(folder, config)


def folder_that_is_a_file(folder: Path, _: Server) -> dict[str, str]:
    (folder / "data").write_text("not a folder")
    return {"KPI_STORE": f"duckdb:{folder / 'data' / 'board.duckdb'}"}


def damaged_store(folder: Path, _: Server) -> dict[str, str]:
    (folder / "board.duckdb").write_bytes(b"this is no database" * 1000)
    return fresh(folder)


def store_in_use(folder: Path, server: Server) -> dict[str, str]:
    return {"KPI_STORE": server.env["KPI_STORE"]}


@pytest.mark.parametrize(
    ("spoilt", "said"),
    [
        pytest.param(damaged_catalogue, ["config.yaml: 2 to correct", "unknown key 'nam'", "line "], id="catalogue"),
        pytest.param(damaged_figures, ["figures.yaml: 1 to correct", "contract-rate", "94.24%", "line "], id="figures"),
        pytest.param(folder_that_is_a_file, ["数据文件夹", "无法写入"], id="a folder that cannot be written"),
        pytest.param(
            damaged_store, ["board.duckdb 已损坏或不是本看板的数据库", "文件未被改动"], id="a damaged database"
        ),
        pytest.param(store_in_use, ["正被另一个程序使用", "请先停止正在运行的看板"], id="a second server"),
    ],
)
def test_a_start_that_cannot_be_says_why_once_and_changes_nothing(
    tmp_path: Path, server: Server, spoilt: Callable[[Path, Server], dict[str, str]], said: list[str]
) -> None:
    env = spoilt(tmp_path, server)
    before = contents(tmp_path)
    ended = subprocess.run(
        [sys.executable, "app.py"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "STREAMLIT_SERVER_PORT": str(free_port()), **env},
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (1, "")
    assert [words for words in said if words not in ended.stderr] == []
    assert "Traceback" not in ended.stderr
    assert ended.stderr.count("\n") <= 3
    assert contents(tmp_path) == before


def contents(folder: Path) -> dict[Path, bytes]:
    """Every file under a folder."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
