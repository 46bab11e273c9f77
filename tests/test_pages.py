"""What every screen says with no data, with the notice alone, and with months of data: run without a browser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
import yaml
from streamlit.runtime.caching.cache_utils import CachedFunc
from streamlit.testing.v1 import AppTest

from metrics import store
from metrics.board import table
from metrics.model import Act, Observation
from metrics.period import Period
from metrics.start import Board
from metrics.store import Store
from pages import session, ui
from tests.builders import (
    CONFIG,
    NOTICE,
    NOW,
    ROOT,
    copy_of_board,
    edit,
    observation,
    small_district,
    submission,
    written,
)

TODAY = date(2023, 12, 1)
THEMES = ("governance", "environment", "waste", "safety", "traffic", "people")
CATALOGUE = yaml.safe_load(CONFIG.read_text("utf-8"))
INDICATORS = [one["code"] for part in (CATALOGUE["overall"], *CATALOGUE["themes"]) for one in part["indicators"]]
RECORDS: list[dict[str, Any]] = yaml.safe_load((NOTICE / "figures.yaml").read_text("utf-8"))["records"]
EVERY_PAGE = [
    ("shell", {}),
    ("overview", {}),
    *(("theme", {"theme": theme}) for theme in THEMES),
    ("theme", {"theme": "no-such-theme"}),
    ("indicator", {}),
    ("indicator", {"code": "hazard-rate"}),
    ("indicator", {"code": "solved-rate"}),
    ("indicator", {"code": "road-grade"}),
    ("indicator", {"code": "meiliyuan-road"}),
    ("indicator", {"code": "no-such-code"}),
    ("sources", {}),
    ("sources", {"view": "notice"}),
    ("sources", {"view": "catalogue"}),
    ("sources", {"view": "rules"}),
    ("sources", {"view": "no-such-tab"}),
    ("sources", {"code": "filing-rate"}),
    ("sources", {"code": "no-such-code"}),
    ("known", {}),
    ("streets", {}),
    ("streets", {"code": "bikes-tidied"}),
    ("street", {}),
    ("street", {"region": "110108001"}),
]
BLOCK = re.compile(
    r"<article.*?</article>|<tr.*?</tr>|<div><dt>.*?</div>|<p class=\"kb-hero\">.*?</p>|<li>.*?</li>", re.S
)
LATER = NOW + timedelta(days=1)
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)> **粗** [链](http://evil.invalid) $x^2$ {{ 7*7 }}"


@contextmanager
def served(config: Path, folder: Path, *releases: tuple[Observation, ...]) -> Iterator[Board]:
    """The board that pages show: this configuration, a store in `folder`, and these releases in turn."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(session.CONFIG, str(config))
        patch.setenv(session.STORE, f"duckdb:{folder / 'board.duckdb'}")
        patch.setattr(session, "today", lambda: TODAY)
        st.cache_resource.clear()
        opened = session.board()
        try:
            for number, observations in enumerate(releases, start=1):
                hand_in(opened, f"file {number}", *observations)
            yield opened
        finally:
            opened.store.close()
            st.cache_resource.clear()


def hand_in(board: Board, sha256: str, *observations: Observation, **given: Any) -> int:
    """The id of the release that these observations became, one minute after the last one."""
    at = LATER + timedelta(minutes=len(store.releases(board.store)))
    return store.append(
        board.store, submission(*observations, sha256=sha256, **{"known_from": at, **given}), at=at
    ).release_id


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Board]:
    with served(without_notice(tmp_path), tmp_path) as opened:
        yield opened


@pytest.fixture
def notice_only(tmp_path: Path) -> Iterator[Board]:
    with served(CONFIG, tmp_path) as opened:
        yield opened


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[Board]:
    """Six months of invented figures, a revision of May, and a release that was withdrawn."""
    with served(without_notice(tmp_path), tmp_path, tuple(half_a_year()), REVISION) as opened:
        wrong = hand_in(opened, "wrong file", monthly("handed-over", "99999", month=6))
        store.record_event(opened.store, wrong, "withdraw", act=Act(at=LATER, by="张三"), reason="传错了")
        yield opened


def without_notice(folder: Path) -> Path:
    """config.yaml of the shipped board without its notice."""
    config = copy_of_board(folder)
    edit(config, "notice: data/notice/figures.yaml\n", "")
    return config


def monthly(code: str, value: str | None, *, month: int, **given: Any) -> Observation:
    """The district's figure for a month of 2023; None for one that was not reported."""
    status = "A" if value is not None else "O"
    plain = {"indicator": code, "region": "110108", "on": f"2023-{month:02}", "obs_status": status}
    return observation(value, **{**plain, **given})


def half_a_year() -> Iterator[Observation]:
    """January to June 2023 for every kind of figure; March of the rate is missing, May of another is a bound."""
    for month, parts in enumerate([(80, 100), (81, 100), None, (82, 100), (160, 182), (182, 197)], start=1):
        top, bottom = parts or (None, None)
        yield monthly(
            "hazard-rate", None, month=month, numerator=top, denominator=bottom, obs_status="A" if parts else "O"
        )
    for month, value in enumerate(["8", "9", "7", "12", "10", "15"], start=1):
        yield monthly("handed-over", value, month=month)
    for month, value in enumerate(["100", "210", "330", "450", "600", "776"], start=1):
        yield monthly("bikes-tidied", value, month=month, on=f"2023-01/2023-{month:02}")
    for month, value in enumerate(["20", "21", "22", "23", "24", "25"], start=1):
        yield monthly("transfer-stations", value, month=month)
    for month, value in enumerate(["65", "50", "31", "12", "3", "0"], start=1):
        yield monthly("occupied-pipes", value, month=month)
    for month, text in enumerate(["70%", "72%", "74%", "76%", "超80%", "82.5%"], start=1):
        yield written(text, indicator="filing-rate", region="110108", on=f"2023-{month:02}")
    for month, checks in enumerate(["1", "2", "3", "4", "5", None], start=1):
        yield monthly("gas-checks", checks, month=month)
    yield monthly("contract-rate", "93.24", month=6)
    yield monthly("bikes-tidied", "41", month=6, region="110108001", on="2023-01/2023-06")
    yield monthly("bikes-tidied", "12", month=6, region="110108002", on="2023-01/2023-06")
    for quarter, grade in (("2023-Q1", "达标"), ("2023-Q2", "未达标准")):
        yield monthly("road-grade", None, month=1, on=quarter, state=grade, obs_status="A")
    yield work("meiliyuan-road", "2023-01", "计划中", planned="2023-05")
    yield work("meiliyuan-road", "2023-06", "已完成", actual="2023-06-15")
    yield work("underbridge-pilot", "2023-06", "进行中", planned="2023-05")
    yield work("usage-target", "2023-06", "计划中", planned="2023-09")


def work(code: str, on: str, state: str, *, planned: str | None = None, actual: str | None = None) -> Observation:
    """The state of a piece of work as reported for a month."""
    dates = {"planned": Period.parse(planned) if planned else None, "actual": Period.parse(actual) if actual else None}
    return observation(None, indicator=code, region="110108", on=on, state=state, **dates)


REVISION = (monthly("hazard-rate", None, month=5, numerator=166, denominator=182, obs_status="A"),)


def screen(page: str, **query: str) -> AppTest:
    """A page that has run through to its end."""
    at = AppTest.from_file(str(ROOT / "pages" / f"{page}.py"), default_timeout=60)
    for name, text in query.items():
        at.query_params[name] = text
    at.run()
    assert [one.message for one in at.exception] == []
    assert at.get("html"), f"{page} {query} drew nothing"
    return at


def markup(at: AppTest) -> str:
    """The HTML of the page's own blocks, in order."""
    return "\n".join(one.proto.body for one in at.get("html"))


def words(html: str) -> str:
    """What a reader reads of some HTML."""
    return unescape(re.sub(r"<[^>]+>", "", html))


def blocks(at: AppTest, code: str) -> list[str]:
    """The cards, table rows and list items that link to an indicator."""
    return [block for block in BLOCK.findall(markup(at)) if f'href="/indicator?code={code}"' in block]


def card(at: AppTest, code: str) -> str:
    """The text of the one card or row of an indicator."""
    (block,) = blocks(at, code)
    return words(block)


def charts(at: AppTest) -> list[dict[str, Any]]:
    """The Plotly figures of the page, in order."""
    return [json.loads(one.proto.spec) for one in at.get("plotly_chart")]


def line(at: AppTest) -> dict[str, Any]:
    """The trace of the first chart."""
    trace: dict[str, Any] = charts(at)[0]["data"][0]
    return trace


# Every page on every store


@pytest.mark.parametrize("filling", ["empty", "notice_only", "filled"])
def test_every_page_runs_to_its_end_whatever_the_store_holds(filling: str, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue(filling)
    for page, query in EVERY_PAGE:
        text = words(markup(screen(page, **query)))
        assert not re.search(r"\bNone\b|\bnan\b|Traceback|\bUndefined\b", text), (page, query)


@pytest.mark.parametrize("filling", ["empty", "notice_only", "filled"])
def test_every_card_has_a_period_and_a_link_to_its_source(filling: str, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue(filling)
    seen = 0
    for theme in THEMES:
        for block in re.findall(r'<article class="kb-card.*?</article>', markup(screen("theme", theme=theme)), re.S):
            code = re.findall(r"/indicator\?code=([a-z0-9-]+)", block)[0]
            assert re.search(r'<span class="kb-period">(尚无数据|\d{4}年|截至\d{4}年)', block), code
            assert f'href="/sources?code={code}">来源</a>' in block
            seen += 1
    assert seen == 20


def test_the_navigation_lists_every_screen_in_chinese(notice_only: Board) -> None:
    listed = [(one["url_pathname"], one["page_name"]) for one in screen("shell")._registered_pages.values()]
    assert listed == [
        ("", "总览"), ("governance", "治理理念"), ("environment", "环境建设"), ("waste", "垃圾管理"), ("safety", "安全监管"),
        ("traffic", "交通治理"), ("people", "群众诉求"), ("indicator", "指标详情"), ("streets", "街镇"), ("street", "一个街镇"), ("sources", "口径与来源"),
        ("upload", "数据上报"), ("releases", "版本记录"), ("known", "时间回看"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("page", "query", "said"),
    [
        ("theme", {"theme": "no-such-theme"}, "没有这个主题。"),
        ("indicator", {"code": "no-such-code"}, "没有编码为“no-such-code”的指标。请从下面选择。"),
        ("sources", {"code": "no-such-code"}, "没有编码为“no-such-code”的指标。"),
    ],
)
def test_an_address_that_names_nothing_says_so(notice_only: Board, page: str, query: dict[str, str], said: str) -> None:
    assert said in words(markup(screen(page, **query)))


def test_without_a_code_the_indicator_page_lists_them_all(notice_only: Board) -> None:
    html = markup(screen("indicator"))
    assert "共147项指标和工作事项" in html
    assert sorted(re.findall(r'href="/indicator\?code=([a-z0-9-]+)"', html)) == sorted(INDICATORS)
    assert len(INDICATORS) == 147


@pytest.mark.parametrize(
    ("view", "said"),
    [
        ("notice", "目前全区备案率超80%"),
        ("catalogue", "收运单位与产废单位签订合同的比例；通报未给分子分母，未写明目标。"),
        ("rules", "完成进度落后序时进度10至30个百分点"),
        ("no-such-tab", "目前全区备案率超80%"),
    ],
)
def test_the_sources_page_has_three_tabs(notice_only: Board, view: str, said: str) -> None:
    assert said in words(markup(screen("sources", view=view)))


# An empty store


@pytest.mark.parametrize(
    ("page", "query", "said"),
    [
        ("overview", {}, ["尚无数据 · 有数据 0/145 项", "尚无版本", "还没有任何数据。"]),
        ("theme", {"theme": "waste"}, ["尚无数据。", "无数据", "工作事项 · 尚无数据"]),
        ("indicator", {"code": "filing-rate"}, ["尚无数据", "无数据", "还没有数据。上报后会显示在这里。"]),
        ("indicator", {"code": "meiliyuan-road"}, ["无数据", "还没有数据。上报后会显示在这里。"]),
        ("sources", {}, ["本看板没有登记公开通报。"]),
        ("sources", {"code": "filing-rate"}, ["这项数据来自上报的文件", "本看板没有登记公开通报。"]),
    ],
)
def test_without_data_a_page_says_so_in_words(empty: Board, page: str, query: dict[str, str], said: list[str]) -> None:
    text = words(markup(screen(page, **query)))
    assert [one for one in said if one not in text] == []


def test_without_data_no_card_prints_a_figure_and_no_chart_is_drawn(empty: Board) -> None:
    printed = set()
    for page, query in EVERY_PAGE:
        at = screen(page, **query)
        printed |= {words(value) for value in re.findall(r'<span class="kb-num">(.*?)</span>', markup(at))}
        assert charts(at) == []
    assert printed == {"—", "◇ 无数据"}


def test_without_data_nothing_is_said_of_dates_or_inferences(empty: Board) -> None:
    for page, query in EVERY_PAGE:
        text = words(markup(screen(page, **query)))
        assert not re.search("截至(未报|尚无数据的)|报告期均为", text), (page, query)
        assert "推定" not in text or query.get("view") == "rules", (page, query)


# The notice alone: nothing of it is lost


def expected_words(record: dict[str, Any], *, overall: bool) -> list[str]:
    """How a record of the notice must be printed, from the words it was read from."""
    reads = record.get("reads", {})
    said = [reads["value"]] if re.search(r"\d", reads.get("value", "")) else []
    if "numerator" in record or "numerator" in reads:
        top = record.get("numerator") or int(reads["numerator"][:-1])
        said.append(f"{top}/{reads['denominator'][:-1]}")
    if "value" in record:
        said += [str(record["value"]), "原文：" + reads["value"]]
    if "state" in record:
        said.append(reads["actual"] if overall else str(record["state"]))
    return said


def test_every_figure_of_the_notice_is_on_its_page_as_written_with_a_link(notice_only: Board) -> None:
    pages = {theme: screen("theme", theme=theme) for theme in THEMES}
    overview, sections = screen("overview"), notice_only.catalogue.section_of
    for record in RECORDS:
        section = sections[record["code"]].code
        found = blocks(pages.get(section, overview), record["code"])
        wanted = expected_words(record, overall=section == "rectification")
        assert wanted
        assert any(all(said in words(block) for said in wanted) for block in found), (record["code"], wanted)
    assert len(RECORDS) == 145


@pytest.mark.parametrize("part", range(4))  # workers share them
def test_every_indicator_has_a_page_that_shows_its_sentence(notice_only: Board, part: int) -> None:
    quotes = {record["code"]: [record["quote"]] for record in RECORDS}
    quotes["solved-rate"] = quotes["solved-problems"] + quotes["found-problems"]
    quotes["hazards-left"] = quotes["hazard-rate"]
    for code in list(INDICATORS)[part::4]:
        html = markup(screen("indicator", code=code))
        text = words(html)
        assert "来源原句" in text, code
        assert [quote for quote in quotes[code] if quote not in text] == [], code
        assert "kb-mark" in html, code


def test_every_sentence_used_is_marked_on_the_sources_page_and_leads_to_an_indicator(notice_only: Board) -> None:
    html = markup(screen("sources"))
    led_to = set(re.findall(r'href="/indicator\?code=([a-z0-9-]+)"', html))
    assert {record["code"] for record in RECORDS} - led_to == set()


@pytest.mark.parametrize("part", range(4))
def test_the_source_link_of_every_figure_marks_its_sentence_and_no_other(notice_only: Board, part: int) -> None:
    pages = [screen("overview"), *(screen("theme", theme=theme) for theme in THEMES)]
    linked = {code for at in pages for code in re.findall(r'href="/sources\?code=([a-z0-9-]+)"', markup(at))}
    overall_work = {record["code"] for record in RECORDS[:6]}
    assert linked == set(INDICATORS) - overall_work
    quotes = {record["code"]: record["quote"] for record in RECORDS}
    for code in sorted(linked - {"solved-rate", "hazards-left"})[part::4]:
        html = markup(screen("sources", code=code))
        marked = re.findall(r'<a class="nav kb-mark kb-here" data-scroll-here="1" href="([^"]+)"[^>]*>(.*?)</a>', html)
        assert unescape("".join(text for _, text in marked)) == quotes[code], code
        assert {href.split("=")[0] for href, _ in marked} == {"/indicator?code"}


def test_the_source_of_a_computed_figure_marks_the_sentences_of_its_parts(notice_only: Board) -> None:
    html = markup(screen("sources", code="solved-rate"))
    marked = re.findall(r'<a class="nav kb-mark kb-here"[^>]*>(.*?)</a>', html)
    assert marked == ["37个问题", "截至5月21日,已完成问题整改28个"]


def test_one_point_is_never_drawn_as_a_trend(notice_only: Board) -> None:
    for theme in THEMES:
        for figure in charts(screen("theme", theme=theme)):
            assert not any("connectgaps" in trace for trace in figure["data"])
    at = screen("indicator", code="occupied-pipes")
    assert "仅1期数据，暂无趋势" in words(markup(at))
    assert charts(at) == []


@pytest.mark.parametrize(
    ("theme", "code", "said"),
    [
        pytest.param("safety", "hazard-rate", ["91.2%", "166/182", "2023年4月18日至5月21日 截止日推定", "■未达标"], id="missed"),
        pytest.param("safety", "gas-hazard-rate", ["100%", "25/25 · 由程序推算", "✔已达标"], id="met"),
        pytest.param("safety", "hazards-left", ["16项", "182−166 · 由程序推算"], id="derived"),
        pytest.param("safety", "banned-users", ["0户", "原文：清零", "2022年"], id="zero is a value"),
        pytest.param("waste", "filing-rate", ["超80%", "◇未设目标", "责任科室未设"], id="a bound as written"),
        pytest.param("traffic", "parcels", ["约1.2万个"], id="an approximation as written"),
        pytest.param("traffic", "slow-roads", ["66条", "截至2023年5月21日（起始未说明）"], id="a start not said"),
        pytest.param("environment", "road-grade", ["达标", "2023年一季度"], id="a grade"),
        pytest.param("traffic", "meiliyuan-road", ["◐进行中", "预计2023年底前", "责任科室未设"], id="work"),
    ],
)  # fmt: skip
def test_a_figure_is_printed_as_the_notice_says_it(notice_only: Board, theme: str, code: str, said: list[str]) -> None:
    text = card(screen("theme", theme=theme), code)
    assert [one for one in said if one not in text] == []


def test_the_overview_says_what_needs_a_decision(notice_only: Board) -> None:
    at = screen("overview")
    text = words(markup(at))
    assert "问题整改完成率75.7%（28/37）；持续推进整改问题数9个；" in text
    assert "一般安全隐患整改率91.2%，未达标，差8.8个百分点。" in text
    assert "数据截至2023年5月21日 · 有数据 145/145 项 · 版本1" in text
    assert "目前只有一个版本：版本1" in text
    decided = [words(block) for block in blocks(at, "hazard-rate")]
    assert [one for one in decided if "91.2%差8.8个百分点长期标准■未达标责任科室未设来源" in re.sub(r"\s", "", one)]


def test_the_rate_of_the_rectification_names_its_source(notice_only: Board) -> None:
    (hero,) = [block for block in blocks(screen("overview"), "solved-rate") if "kb-hero" in block]
    assert 'href="/sources?code=solved-rate"' in hero


def test_a_bound_is_drawn_open_ended_and_the_target_as_a_tick(notice_only: Board) -> None:
    (ratios,) = charts(screen("theme", theme="waste"))
    _, solid, still_open, _ = ratios["data"]
    assert solid["x"] == [100.0, 100.0, 93.24, 80.0, 100.0]
    assert (still_open["base"], still_open["x"]) == ([80.0], [20.0])
    targets = charts(screen("theme", theme="safety"))[0]["data"][3]
    assert (targets["x"], targets["y"]) == ([100.0, 100.0], [0, 1])


def test_parts_of_a_campaign_are_ranked_and_start_at_zero(notice_only: Board) -> None:
    ranked = charts(screen("theme", theme="people"))[0]
    assert ranked["data"][0]["x"] == [2776.0, 955.0, 753.0, 221.0]
    assert ranked["layout"]["xaxis"]["range"][0] == 0


def test_an_inferred_day_is_drawn_hollow_and_a_stated_one_full(notice_only: Board) -> None:
    traces = charts(screen("theme", theme="safety"))[1]["data"]
    pipes, checks = (trace["marker"] for trace in traces)
    assert pipes["size"][0] == 0
    assert (pipes["symbol"][1], checks["symbol"]) == ("circle-open", ["circle", "circle-open"])


# Months of data


@pytest.mark.parametrize(
    ("theme", "code", "said"),
    [
        pytest.param(
            "safety", "hazard-rate",
            ["92.4%", "182/197 · 由程序推算", "2023年6月", "较2023年5月+1.2个百分点", "■未达标"], id="a rate in points",
        ),
        pytest.param("traffic", "handed-over", ["15条", "2023年6月", "较2023年5月+5条（+50.0%）"], id="a flow"),
        pytest.param("people", "bikes-tidied", ["776处", "2023年上半年", "较2023年1月至5月+176处（+29.3%）"], id="a total"),
        pytest.param("waste", "transfer-stations", ["25处", "2023年6月", "较2023年5月+1处（+4.2%）"], id="a stock"),
        pytest.param("safety", "occupied-pipes", ["0项", "较2023年5月由3项减至0项"], id="a small base has no percentage"),
        pytest.param("waste", "filing-rate", ["82.5%", "上期不是确数，不作比较"], id="a bound is no base"),
        pytest.param("waste", "contract-rate", ["93.24%", "2023年6月", "仅1期数据，暂无趋势"], id="one point"),
        pytest.param("safety", "gas-checks", ["—", "2023年6月", "◇无数据"], id="the last is missing"),
        pytest.param("environment", "road-grade", ["未达标准", "2023年二季度"], id="a grade"),
        pytest.param("traffic", "meiliyuan-road", ["✔已完成", "2023年6月15日完成"], id="work that is done"),
        pytest.param("environment", "underbridge-pilot", ["◐进行中", "■逾期", "计划2023年5月"], id="work that is late"),
        pytest.param("traffic", "usage-target", ["○计划中", "▲已到期，未报进展", "计划2023年9月"], id="work not heard of"),
    ],
)  # fmt: skip
def test_the_last_month_is_shown_with_its_change_and_the_base_of_it(
    filled: Board, theme: str, code: str, said: list[str]
) -> None:
    text = card(screen("theme", theme=theme), code)
    assert [one for one in said if one not in text] == []


@pytest.mark.parametrize(
    ("code", "drawn", "shape"),
    [
        pytest.param("hazard-rate", [80.0, 81.0, None, 82.0, 91.2, 92.4], "linear", id="a missing month is a gap"),
        pytest.param("handed-over", [8.0, 9.0, 7.0, 12.0, 10.0, 15.0], "linear", id="a withdrawn release is not drawn"),
        pytest.param("bikes-tidied", [100.0, 210.0, 330.0, 450.0, 600.0, 776.0], "linear", id="a running total"),
        pytest.param("transfer-stations", [20.0, 21.0, 22.0, 23.0, 24.0, 25.0], "linear", id="a stock"),
        pytest.param("occupied-pipes", [65.0, 50.0, 31.0, 12.0, 3.0, 0.0], "hv", id="steps down to zero"),
        pytest.param("filing-rate", [70.0, 72.0, 74.0, 76.0, None, 82.5], "linear", id="a bound is no point"),
        pytest.param("gas-checks", [1.0, 2.0, 3.0, 4.0, 5.0, None], "linear", id="missing at the end is not zero"),
    ],
)
def test_the_chart_of_an_indicator_holds_its_months(
    filled: Board, code: str, drawn: list[float | None], shape: str
) -> None:
    at = screen("indicator", code=code)
    trace = line(at)
    assert [None if y is None else round(y, 1) for y in trace["y"]] == drawn
    assert trace["x"] == ["2023-01-31", "2023-02-28", "2023-03-31", "2023-04-30", "2023-05-31", "2023-06-30"]
    assert (trace["line"]["shape"], trace["connectgaps"]) == (shape, False)
    assert charts(at)[0]["layout"]["yaxis"]["rangemode"] == "tozero"


def test_a_month_that_nobody_reported_is_a_gap_too(filled: Board) -> None:
    hand_in(filled, "august", monthly("occupied-pipes", "2", month=8))
    trace = line(screen("indicator", code="occupied-pipes"))
    assert (trace["x"][-2:], trace["y"][-3:]) == (["2023-07-31", "2023-08-31"], [0.0, None, 2.0])


def test_the_target_is_drawn_into_the_chart(filled: Board) -> None:
    (target,) = charts(screen("indicator", code="hazard-rate"))[0]["layout"]["shapes"]
    assert (target["y0"], target["y1"]) == (100.0, 100.0)


def test_one_month_has_no_chart(filled: Board) -> None:
    at = screen("indicator", code="contract-rate")
    assert charts(at) == []
    assert "全区变化" not in markup(at)


def test_a_revised_month_stands_beside_the_one_it_replaced(filled: Board) -> None:
    rows = re.findall(r"<tr.*?</tr>", markup(screen("indicator", code="hazard-rate")), re.S)
    may = [(words(row), "kb-old" in row) for row in rows if "2023年5月" in row]
    assert len(may) == 2
    assert [(old, "87.9%" in text, "已被修订" in text) for text, old in may if old] == [(True, True, True)]
    assert [(old, "91.2%" in text, "已被修订" in text) for text, old in may if not old] == [(False, True, False)]


def test_a_missing_month_stands_in_the_table_without_a_figure(filled: Board) -> None:
    rows = re.findall(r"<tr.*?</tr>", markup(screen("indicator", code="hazard-rate")), re.S)
    (march,) = [row for row in rows if "2023年3月" in row]
    assert 'class="kb-right kb-figure">—</td>' in march


def test_a_withdrawn_figure_stands_in_the_history_alone(filled: Board) -> None:
    history = words(markup(screen("indicator", code="handed-over")))
    assert re.search("99,999条.*?已撤回", history)
    for page, query in EVERY_PAGE:
        at = screen(page, **query)
        assert "99999" not in markup(at).replace(",", "")
        assert "99999" not in json.dumps(charts(at))


def test_the_overview_tells_the_last_release_and_what_it_changed(filled: Board) -> None:
    text = words(markup(screen("overview")))
    assert "版本2 · 5月报表" in text
    assert "修订1项" in text
    assert "一般安全隐患整改率（2023年5月）：87.9% → 91.2%" in text


def test_a_release_that_changes_nothing_for_the_district_is_not_called_the_only_one(filled: Board) -> None:
    hand_in(filled, "streets", monthly("bikes-tidied", "5", month=6, region="110108003", on="2023-01/2023-06"))
    text = words(markup(screen("overview")))
    assert "没有变化" in text
    assert "目前只有一个版本" not in text


def test_figures_of_streets_are_listed_and_never_taken_for_the_district(filled: Board) -> None:
    text = words(markup(screen("indicator", code="bikes-tidied")))
    assert "2/29个街镇有数据。" in text
    assert "万寿路街道" not in text
    assert "万寿路街道41处" in words(markup(screen("indicator", code="bikes-tidied", region="110108001")))
    assert "776处" in card(screen("theme", theme="people"), "bikes-tidied")


def test_work_that_was_done_shows_both_of_its_reports(filled: Board) -> None:
    rows = [words(row) for row in re.findall(r"<tr.*?</tr>", markup(screen("indicator", code="meiliyuan-road")), re.S)]
    assert [row for row in rows if "2023年6月" in row and "已完成 · 2023年6月15日完成" in row]
    assert [row for row in rows if "2023年1月" in row and "计划中 · 计划2023年5月" in row]


def test_a_date_from_a_file_is_not_said_to_be_inferred(filled: Board) -> None:
    for theme in THEMES:
        assert "推定" not in words(markup(screen("theme", theme=theme)))


def test_a_new_release_is_on_the_screen_at_once(filled: Board) -> None:
    assert "15条" in card(screen("theme", theme="traffic"), "handed-over")
    hand_in(filled, "july", monthly("handed-over", "21", month=7))
    assert "21条" in card(screen("theme", theme="traffic"), "handed-over")


# What is drawn once and shown to all who ask for the same page


@pytest.mark.parametrize(
    ("page", "parameters", "anew"),
    [
        ("overview", {}, []),
        ("theme", {"theme": "traffic"}, []),
        ("indicator", {"code": "handed-over"}, ["indicator_head.html"]),
        ("streets", {"code": "bikes-tidied"}, []),
        ("street", {"region": "110108001"}, []),
    ],
)
def test_what_the_first_visitor_has_seen_is_shown_to_the_second_without_being_drawn_anew(
    filled: Board, monkeypatch: pytest.MonkeyPatch, page: str, parameters: dict[str, str], anew: list[str]
) -> None:
    hand_in(filled, "streets", observation("7", indicator="bikes-tidied", region="110108001", on="2023-06"))
    first, drawn, html = screen(page, **parameters), list[str](), ui.html

    def counted(template: str, **values: Any) -> None:
        drawn.append(template)
        html(template, **values)

    monkeypatch.setattr(ui, "html", counted)
    second = screen(page, **parameters)
    assert (markup(second), charts(second)) == (markup(first), charts(first))
    assert drawn == anew


def test_two_releases_of_one_moment_show_the_same_page_but_each_in_its_own_links(filled: Board) -> None:
    one = store.releases(filled.store)[-1]
    other = hand_in(filled, "beside", monthly("handed-over", "21", month=7), known_from=one.known_from)
    first, second = (links(screen("theme", theme="traffic", known=f"r{at}")) for at in (one.release_id, other))
    assert first
    assert [link.replace(f"known=r{one.release_id}", f"known=r{other}") for link in first] == second != first


# Text from outside


def hostile() -> tuple[Observation, ...]:
    """A figure, a bound in words, a grade and a piece of work whose every text is an attack."""
    said = {"quote": HOSTILE, "note": HOSTILE}
    return (
        monthly("occupied-pipes", "7", month=1, written=f"7{HOSTILE}", **said),
        monthly("occupied-pipes", "5", month=2, written=f"5{HOSTILE}", **said),
        monthly("filing-rate", "70", month=2, written=f"70{HOSTILE}", **said),
        monthly("contract-rate", "70", month=2, written=f"70{HOSTILE}", **said),
        observation(None, indicator="road-grade", region="110108", on="2023-Q1", state=HOSTILE, **said),
        observation(None, indicator="meiliyuan-road", region="110108", on="2023-02", state="进行中", **said),
    )


def test_text_from_a_file_is_shown_letter_by_letter_and_never_run(tmp_path: Path) -> None:
    shown = {
        ("overview", ""), ("theme", "waste"), ("theme", "safety"), ("theme", "environment"), ("theme", "traffic"),
        ("indicator", "occupied-pipes"), ("indicator", "road-grade"), ("indicator", "meiliyuan-road"),
    }  # fmt: skip
    with served(without_notice(tmp_path), tmp_path) as board:
        hand_in(board, "hostile", *hostile(), title=HOSTILE)
        for page, code in sorted(shown):
            at = screen(page, **{"theme" if page == "theme" else "code": code})
            drawn = markup(at) + json.dumps(charts(at), ensure_ascii=False)
            assert HOSTILE in words(markup(at)), (page, code)
            assert not re.search(r"<(script|img)|http://evil\.invalid\"", drawn), (page, code)


def test_what_an_address_says_is_shown_and_never_run(notice_only: Board) -> None:
    for page in ("indicator", "sources"):
        html = markup(screen(page, code=HOSTILE))
        assert HOSTILE in words(html)
        assert "<script" not in html
        assert "<img" not in html


# Other catalogues


SEVENTH = """
  - code: water
    title: 建设节水型城区
    short: 节水
    indicators:
      - {code: meters-fixed, name: 更换智能水表, kind: flow, unit: 块, minimum: 0, headline: true, definition: 当月更换的水表。}
      - {code: water-plan, name: 印发节水方案, kind: milestone, period_type: day}
"""


def test_a_seventh_theme_is_an_edit_of_config_yaml_alone(tmp_path: Path) -> None:
    config = copy_of_board(tmp_path)
    config.write_text(config.read_text("utf-8") + SEVENTH, "utf-8")
    figures = (monthly("meters-fixed", "120", month=4), monthly("meters-fixed", "150", month=5))
    with served(config, tmp_path, figures):
        at = screen("theme", theme="water")
        text = card(at, "meters-fixed")
        assert [one for one in ("150块", "2023年5月", "较2023年4月+30块（+25.0%）", "来源") if one not in text] == []
        assert line(at)["y"] == [120.0, 150.0]
        assert "主题7 · 1项指标 · 1项工作事项" in words(markup(at))
        assert "7个主题" in markup(screen("overview"))
        assert 'href="/water"' in markup(screen("overview"))
        assert "water" in [one["url_pathname"] for one in screen("shell")._registered_pages.values()]


def test_another_district_needs_its_own_files_and_no_python(tmp_path: Path) -> None:
    whole = observation("88", indicator="contract-rate", region="330106", on="2023-05")
    street = observation("77", indicator="contract-rate", region="330106001", on="2023-05")
    with served(small_district(tmp_path), tmp_path, (whole, street)):
        overview = words(markup(screen("overview")))
        assert "某区城市管理指标总览" in overview
        assert "1个主题" in overview
        assert "88%" in card(screen("theme", theme="waste"), "contract-rate")
        detail = words(markup(screen("indicator", code="contract-rate")))
        assert "东山街道77%" in words(markup(screen("indicator", code="contract-rate", region="330106001")))
        assert "1/2个街镇有数据。" in detail
        assert "某市某区城市管理委员会" in words(markup(screen("sources")))
        everything = "".join(markup(screen(page, **query)) for page, query in EVERY_PAGE)
        assert "海淀" not in everything


# The time looked at


def seen(page: AppTest) -> str:
    return words(markup(page))


def links(page: AppTest) -> list[str]:
    """Where the links of a page lead, each once, in order."""
    return list(
        dict.fromkeys(unescape(link) for link in re.findall(r'<a class="nav[^>]*? href="([^"]*)', markup(page)))
    )


def test_a_page_shows_what_was_known_on_a_day(filled: Board) -> None:
    first, last = f"{NOW:%Y-%m-%d}", "r3"
    assert "尚无数据" in seen(screen("indicator", code="handed-over", known=first))
    assert "99,999" in seen(screen("indicator", code="handed-over", known=last))
    assert "99,999" not in seen(screen("theme", theme="people", known="2099-01-01"))


def test_a_page_of_a_month_shows_nothing_later(filled: Board) -> None:
    may, june = (seen(screen("theme", theme="environment", month=f"2023-{month}")) for month in ("05", "06"))
    assert ("2023年6月" in may, "2023年6月" in june) == (False, True)


def test_links_keep_to_the_day_and_month_and_may_leave_them(filled: Board) -> None:
    kept = links(screen("theme", theme="safety", known="r2", month="2023-05"))
    assert kept
    assert all("known=r2&month=2023-05" in link for link in kept)
    assert not any("known=" in link for link in links(screen("theme", theme="safety")))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        pytest.param({"known": "r1"}, ["回看", "版本1公布或入库时", "回到最新", "2023年6月", "其他月份"], id="a release"),
        pytest.param({"month": "2023-05"}, ["2023年4月", "2023年5月", "2023年6月"], id="a month"),
        pytest.param({"known": "昨天", "month": "2023-13"}, ["known=昨天，month=2023-13", "未采用"], id="nonsense"),
    ],
)  # fmt: skip
def test_above_a_page_stands_which_time_it_shows(asked: dict[str, str], said: list[str], filled: Board) -> None:
    shown = seen(screen("shell", **asked))
    assert [words for words in said if words not in shown] == []


def test_a_board_with_one_month_or_none_offers_no_months(notice_only: Board) -> None:
    assert "数据月份" not in seen(screen("shell"))


def test_nothing_is_uploaded_or_taken_back_while_looking_back(filled: Board) -> None:
    upload = screen("upload", known="r1")
    assert "不能上报" in seen(upload)
    assert not upload.get("file_uploader")
    assert "撤回这个版本" in seen(screen("releases", release="2"))
    assert "撤回这个版本" not in seen(screen("releases", release="2", known="r2"))


def test_targets_and_departments_are_those_in_force_on_the_day(tmp_path: Path) -> None:
    config = without_notice(tmp_path)
    day = timedelta(days=1)
    with served(config, tmp_path, tuple(half_a_year())) as opened:
        text = config.read_text("utf-8")
        store.keep_catalogue(opened.store, sha256="old", text=text.replace("behind: 10,", "behind: 7,"), at=NOW + day)
        store.keep_catalogue(opened.store, sha256="new", text=text, at=NOW + 9 * day)
        then, now = (
            seen(screen("sources", view="rules", **asked)) for asked in ({"known": str((NOW + 2 * day).date())}, {})
        )
        assert ("不到7个百分点" in then, "不到10个百分点" in now) == (True, True)


def test_the_page_of_looking_back_says_what_changed_between_two_days(filled: Board) -> None:
    hand_in(filled, "later", monthly("handed-over", "16", month=6), known_from=LATER + timedelta(days=9))
    first, second = str(LATER.date()), str((LATER + timedelta(days=9)).date())
    shown = seen(screen("known", **{"from": first, "to": second}))
    assert f"{first}到{second}，1项数据有变化" in shown
    assert "新增0项，修订1项" in shown
    assert "数据没有变化" in seen(screen("known", **{"from": second, "to": second}))


def test_the_source_of_a_figure_is_that_of_the_month_looked_at(filled: Board) -> None:
    figures = [monthly("handed-over", "16", month=month) for month in (4, 5)]
    hand_in(filled, "by file", *(replace(one, file_no=1, source_row=2) for one in figures))
    shown = seen(screen("sources", code="handed-over", month="2023-04"))
    assert "2023年4月全区" in shown
    assert "2023年5月全区" not in shown


def test_looking_back_begins_before_the_last_day_of_changes(filled: Board) -> None:
    last = str(LATER.date())
    assert "数据没有变化" in seen(screen("known", to=last))  # all of it became known on one day
    hand_in(filled, "earlier", monthly("handed-over", "16", month=1), known_from=LATER - timedelta(days=9))
    assert "项数据有变化" in seen(screen("known", to=last))


def test_with_no_data_there_is_nothing_to_look_back_to(empty: Board) -> None:
    assert "没有可以回看的日子" in seen(screen("known"))


# What 街镇 report


@pytest.fixture
def streets_only(tmp_path: Path) -> Iterator[Board]:
    """A rate that two 街镇 report each month: both for April 2023, one for May."""
    config = small_district(tmp_path)
    edit(
        config,
        "        polarity: up\n",
        "        polarity: up\n        reported_by: streets\n        frequency: monthly\n        due_day: 8\n",
    )
    april, may = ("330106001", 8, 10, "2023-04"), ("330106001", 7, 10, "2023-05")
    seen = [
        observation(
            None, indicator="contract-rate", region=region, numerator=Decimal(top), denominator=Decimal(bottom), on=on
        )
        for region, top, bottom, on in (april, ("330106100", 1, 2, "2023-04"), may)
    ]
    with served(config, tmp_path, tuple(seen)) as opened:
        yield opened


def test_a_sum_is_the_total_only_when_all_have_reported(streets_only: Board) -> None:
    shown = card(screen("theme", theme="waste"), "contract-rate")
    assert "75%" in shown
    assert "2023年4月" in shown
    assert "9/12 · 2个街镇合计 · 由程序推算2023年5月：1/2已报，合计为已报数70%" in shown


def test_who_has_not_reported_is_named_on_the_overview(streets_only: Board) -> None:
    shown = seen(screen("overview"))
    assert "2023年5月还有1项未报" in shown
    assert "应报2项，已报1项；期限2023年6月8日，已逾期176天" in shown
    assert "西河镇全部未报" in shown
    april = seen(screen("overview", month="2023-04"))
    assert "2023年4月已全部报齐" in april


def test_before_the_day_it_is_due_nobody_is_called_late(streets_only: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "today", lambda: date(2023, 6, 8))
    assert "2023年5月还有1项未报（期限未到）" in seen(screen("overview"))


def test_a_download_ends_with_the_month_looked_at(streets_only: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "month", lambda: date(2023, 4, 30))
    (facts,) = session.listed(["contract-rate"]).values()
    assert {str(one.observation.period) for one in facts} == {"2023-04"}


def test_a_download_holds_the_total_that_the_screen_shows(streets_only: Board) -> None:
    (facts,) = session.listed(["contract-rate"]).values()
    (total,) = (one for one in facts if one.observation.region == streets_only.catalogue.total)
    found = table.rows(
        streets_only.catalogue, {"contract-rate": facts}, session.releases(), ["contract-rate"], today=date(2023, 6, 1)
    )
    assert [row["period"] for row in found] == ["2023-04", "2023-04", "2023-04", "2023-05"]
    (row,) = (one for one in found if one["region"] == total.observation.region)
    assert (row["value"], row["derived"], row["derived_from"]) == ("75", True, ["contract-rate"])


def test_a_computed_total_is_listed_with_its_parts(streets_only: Board) -> None:
    shown = seen(screen("indicator", code="contract-rate"))
    assert "全区各期数据（1条）" in shown
    assert "2个街镇合计" in shown
    assert "2/2个街镇有数据" in shown


# What a page costs the store


def test_no_page_asks_the_store_once_for_each_indicator(filled: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    query = Store.query

    def counted(opened: Store, sql: str, parameters: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        asked.append(sql)
        return query(opened, sql, parameters)

    monkeypatch.setattr(Store, "query", counted)
    kept = [one for one in vars(session).values() if isinstance(one, CachedFunc) and one is not session.board]
    most: dict[str, int] = {}
    for page, parameters in EVERY_PAGE:
        for cache in kept:
            cache.clear()
        asked.clear()
        screen(page, **parameters)
        most[page] = max(most.get(page, 0), len(asked))
    assert len(kept) > 5
    assert max(most.values()) <= 10, most


def test_a_month_looked_at_names_no_revision_of_a_later_one(filled: Board) -> None:
    assert "（2023年5月）：" in seen(screen("overview", month="2023-05"))
    earlier = seen(screen("overview", month="2023-04"))
    assert "与上一版本相比没有变化" in earlier.replace("\n", "")
    assert "（2023年5月）：" not in earlier
