"""What is HTTP and not Streamlit: headers, closed doors, the page, compression, the start, and what the script does."""

from __future__ import annotations

import gzip
import http.client
import json
import logging
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit
from starlette.datastructures import Headers
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from metrics.errors import Refused
from metrics.web import address, assets, guard, page, trouble
from tests.servers import ROOT, Server, board_server, browser_page, free_port, settled, watched

STATIC = Path(streamlit.__file__).parent / "static"
PLOTLY = next(STATIC.glob("static/js/PlotlyChart.*.js"))

SESSION = """
import os
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from metrics.board.wall import Slide, Wall
from metrics.errors import Refused
from metrics.model import BackupPlan, Kind, Reading, SignIn
from metrics.store import open_store

BOARD = None

def board():
    if os.environ.get("TEST_REFUSED"):
        raise Refused("config.yaml: 1 处需要改正\\n  line 13: unknown key 'nam'")
    return BOARD or opened()

def opened():
    global BOARD
    store = open_store(f"duckdb:{Path(__file__).parent / f'board-{os.getpid()}.duckdb'}")
    reading = Reading(os.environ.get("TEST_READING", "open"))
    plan = SignIn(reading=reading, user_header=os.environ.get("TEST_USER_HEADER"))
    declaration = SimpleNamespace(backup=BackupPlan(daily_at=None), sign_in=plan, departments=())
    themes = [
        SimpleNamespace(code="waste", indicators=[SimpleNamespace(kind=Kind.MILESTONE), SimpleNamespace(kind=Kind.RATIO)]),
        SimpleNamespace(code="governance", indicators=[SimpleNamespace(kind=Kind.MILESTONE)]),
    ]
    catalogue = SimpleNamespace(declaration=declaration, organisation=SimpleNamespace(short="某区城市管理委"), themes=themes)
    BOARD = SimpleNamespace(store=store, catalogue=catalogue)
    return BOARD

def now():
    return datetime.now(UTC)

def healthy():
    if os.environ.get("TEST_SICK") == "raise":
        raise OSError("the disk is gone")
    return not os.environ.get("TEST_SICK")

def wall():
    empty = Slide(key="empty", title="某区", place="", message="尚无数据")
    return Wall(district="某区", up_to="尚无数据", demonstration=False, slides=(empty,))
"""
SHELL = """
from pathlib import Path
import streamlit as st
here = Path(__file__).parent
screens = ("home", "one", "broken", "refused")
st.navigation([st.Page(here / f"{name}.py", title=name, default=name == "home") for name in screens]).run()
"""
SCREENS = {
    "home": """
import plotly.graph_objects as go
import streamlit as st
st.session_state.runs = st.session_state.get("runs", 0) + 1
st.html("<p id='runs'>%d</p>" % st.session_state.runs)
st.html("<div data-board><a class='nav' id='go' href='/one?code=waste.a'>看</a> <i id='ours'>Search</i></div>")
st.plotly_chart(go.Figure(go.Bar(x=[1, 2], y=["甲", "乙"], orientation="h")))
st.dataframe({"a": [1, 2]})
st.selectbox("选", ["甲", "乙"], index=None)
st.file_uploader("文件", type=["csv"])
st.download_button("下载", "abc", "a.csv")
first, second = st.tabs(["一", "二"])
first.metric("数", 3, chart_data=[1, 2, 3])
""",
    "one": """
import streamlit as st
st.session_state.runs = st.session_state.get("runs", 0) + 1
st.html("<p id='runs'>%d</p><p id='code'>%s</p>" % (st.session_state.runs, st.query_params.get("code")))
for row in range(80):
    st.write(row)
st.html("<mark data-scroll-here id='here'>这里</mark>")
""",
    "broken": "raise ValueError('a secret detail')",
    "refused": "from metrics.errors import Refused\nraise Refused('第3行：*分子* 大于分母\\n请核对 <b>两数</b>')",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The application with small screens of its own."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copy(ROOT / "app.py", folder)
    (folder / "metrics").symlink_to(ROOT / "metrics")
    (folder / ".streamlit").symlink_to(ROOT / ".streamlit")
    (folder / "pages").mkdir()
    for name, text in {"session": SESSION, "shell": SHELL, **SCREENS}.items():
        (folder / "pages" / f"{name}.py").write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="module")
def server(site: Path) -> Iterator[Server]:
    with board_server(cwd=site) as running:
        yield running


def ask(
    server: Server, path: str, *, method: str = "GET", **headers: str
) -> tuple[int, http.client.HTTPMessage, bytes]:
    """Status, headers and body of one request; header names with _ for -."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    try:
        connection.request(method, path, headers={name.replace("_", "-"): text for name, text in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def session(server: Server, origin: str | None) -> ClientConnection:
    """A session opened as by a page of `origin`."""
    named = Origin(origin) if origin else None
    return connect(f"ws://127.0.0.1:{server.port}/_stcore/stream", origin=named)


def compressed(server: Server, path: str) -> tuple[int, http.client.HTTPMessage, bytes]:
    """The answer once the file has been compressed; before that it goes out as it is."""
    for _ in range(100):
        answer = ask(server, path, Accept_Encoding="gzip, br")
        if answer[1]["Content-Encoding"]:
            return answer
        time.sleep(0.1)
    raise AssertionError(f"{path} was never compressed")


# Headers, doors, origins


@pytest.mark.parametrize(
    "path",
    ["/", "/one", "/healthz", "/_stcore/health", "/board/board.js", "/static/nothing.js", "/wall", "/board/wall"],
)
def test_every_answer_has_the_security_headers_and_no_banner(server: Server, path: str) -> None:
    _, headers, _ = ask(server, path)
    assert {name: headers[name] for name in guard.HEADERS} == guard.HEADERS
    assert headers["Server"] is None


def test_the_content_policy_allows_no_inline_script_and_no_evaluated_text() -> None:
    assert "script-src 'self';" in guard.CONTENT_SECURITY_POLICY
    assert "unsafe-eval" not in guard.CONTENT_SECURITY_POLICY


@pytest.mark.parametrize(
    "path",
    [
        "/_stcore/metrics",
        "/_stcore/agent/openapi.json",
        "/_stcore/script-health-check",
        "/_stcore/of-next-year",
        "/a/b",
        "/_STCORE/metrics",
        "/app/static/x",
    ],
)
def test_what_no_screen_uses_is_closed(server: Server, path: str) -> None:
    assert ask(server, path)[0] == 404


@pytest.mark.parametrize(
    ("origin", "named", "accepted"),
    [
        pytest.param("http://board:8501", True, True, id="our own page"),
        pytest.param("https://board:8501", True, True, id="our own page behind a proxy that speaks TLS"),
        pytest.param("http://elsewhere", False, False, id="a page of another site"),
        pytest.param("null", False, False, id="a page without a site"),
        pytest.param("http://[", False, False, id="what is no address at all"),
        pytest.param(None, False, True, id="a plain request names no page"),
        pytest.param(None, True, False, id="a session names its page"),
    ],
)
def test_only_pages_of_this_host_may_ask(origin: str | None, named: bool, accepted: bool) -> None:
    headers = {"host": "board:8501"} | ({"origin": origin} if origin else {})
    assert guard.from_here(Headers(headers), named=named) is accepted


def test_a_page_without_a_site_is_not_ours_on_a_host_without_a_name() -> None:
    assert not guard.from_here(Headers({"host": "", "origin": "null"}), named=False)
    assert not guard.from_here(Headers({"origin": "null"}), named=False)


def test_a_foreign_page_gets_no_answer_and_no_session(server: Server) -> None:
    for named in ("http://elsewhere", "http://["):
        assert ask(server, "/_stcore/health", Origin=named)[0] == 403
    for origin in ("http://elsewhere", None, "http://["):
        with pytest.raises(InvalidStatus):
            session(server, origin)


def test_what_a_session_of_our_own_page_is_told_is_packed_so_that_one_chart_finds_the_one_before(
    server: Server,
) -> None:
    with session(server, server.url) as connected:
        assert connected.response is not None
        agreed = connected.response.headers["Sec-WebSocket-Extensions"]
        assert agreed == "permessage-deflate; server_max_window_bits=14; client_max_window_bits=12"


def test_the_icon_is_asked_for_once_a_day(server: Server) -> None:
    status, headers, _ = ask(server, "/favicon.png")
    assert (status, headers["Cache-Control"]) == (200, "public, max-age=86400")


# Files and the page


def test_scripts_go_out_compressed_and_are_kept_for_a_year(server: Server) -> None:
    path = "/static/js/" + PLOTLY.name
    status, headers, body = compressed(server, path)
    assert (status, gzip.decompress(body)) == (200, PLOTLY.read_bytes())
    assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert headers["Vary"] == "Accept-Encoding"
    assert len(body) < 1_500_000
    assert ask(server, path, If_None_Match=headers["ETag"])[::2] == (304, b"")


def test_a_browser_without_gzip_gets_the_plain_file(server: Server) -> None:
    _, headers, body = ask(server, "/static/js/" + PLOTLY.name)
    assert headers["Content-Encoding"] is None
    assert body == PLOTLY.read_bytes()


@pytest.mark.parametrize("path", ["/", "/one", "/one?code=waste.a", "/no-such-screen"])
def test_every_address_of_a_screen_is_served_with_our_page(server: Server, path: str) -> None:
    status, headers, body = ask(server, path)
    assert status == 200
    assert b'<html lang="zh-CN">' in body
    assert headers["Cache-Control"] == "no-cache"
    assert ask(server, path, If_None_Match=headers["ETag"])[0] == 304


def test_our_page_starts_the_front_end_and_has_no_inline_script(server: Server) -> None:
    text = ask(server, "/")[2].decode()
    assert re.search(r'<script type="module"[^>]* src="./static/js/index\.', text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert "SourceSans" not in text


@pytest.mark.parametrize(
    ("path", "charts"),
    [("/waste", True), ("/streets", True), ("/governance", False), ("/", False), ("/one", False)],
)
def test_what_draws_charts_is_fetched_ahead_where_there_are_charts(server: Server, path: str, *, charts: bool) -> None:
    early = re.findall(
        r'<link rel="modulepreload" [^>]*fetchpriority="low" href="\./([^"]+)">', ask(server, path)[2].decode()
    )
    assert all((STATIC / file).is_file() for file in early)
    assert (f"static/js/{PLOTLY.name}" in early) is charts
    assert any(file.startswith("static/js/Html.") for file in early)


@pytest.mark.parametrize("path", ["/favicon.ico", "/robots.txt", "/board/words.json"])
def test_a_file_that_is_not_there_is_not_the_page(server: Server, path: str) -> None:
    assert ask(server, path)[0] == 404


def test_the_page_refuses_a_front_end_that_it_does_not_know(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<html></html>")
    with pytest.raises(RuntimeError, match="not the one we know"):
        page.page(tmp_path / "index.html")


def test_the_page_names_files_that_are_there(server: Server) -> None:
    text = ask(server, "/")[2].decode()
    for path in re.findall(r'(?:src|href)="\.(/[^"]+)"', text):
        assert ask(server, path)[0] == 200, path


def test_the_wall_has_no_inline_script_and_needs_no_front_end(server: Server) -> None:
    text = ask(server, "/wall?slide=2")[2].decode()
    assert re.findall(r"<script[^>]*>", text) == [f'<script src="{assets.address("wall.js")}" defer>']
    assert "static/js" not in text
    assert "尚无数据" in ask(server, "/board/wall")[2].decode()


@pytest.mark.parametrize("path", ["/wall", "/board/wall"])
def test_a_wall_that_is_up_to_date_is_told_so_in_a_few_bytes(server: Server, path: str) -> None:
    _, headers, _ = ask(server, path)
    assert headers["Cache-Control"] == "no-cache"
    assert ask(server, path, If_None_Match=headers["ETag"])[::2] == (304, b"")
    assert ask(server, path, Origin="http://elsewhere")[0] == 403


# Health, start, trouble


def test_health_is_ok_when_the_store_answers(server: Server) -> None:
    assert ask(server, "/healthz")[::2] == (200, b"ok")


@pytest.mark.parametrize("sick", ["says so", "raise"])
def test_health_is_503_and_tells_nothing_when_the_store_does_not_answer(site: Path, sick: str) -> None:
    with board_server(cwd=site, env={"TEST_SICK": sick}, ready="/_stcore/health") as unwell:
        assert ask(unwell, "/healthz")[::2] == (503, b"unavailable")


WAYS = {
    "python app.py": [sys.executable, "app.py"],
    "streamlit run app.py": [sys.executable, "-m", "streamlit", "run", "app.py"],
    "uvicorn app:app": [sys.executable, "-m", "uvicorn", "app:app"],
}


def run(site: Path, way: str, **env: str) -> subprocess.CompletedProcess[str]:
    """A start that is expected to end by itself."""
    return subprocess.run(
        WAYS[way],
        cwd=site,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("way", WAYS)
def test_what_a_person_can_put_right_ends_the_start_with_its_message_alone(site: Path, way: str) -> None:
    ended = run(site, way, TEST_REFUSED="1", STREAMLIT_SERVER_PORT=str(free_port()))
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr == "config.yaml: 1 处需要改正\n  line 13: unknown key 'nam'\n"


def test_a_port_in_use_ends_the_start_with_one_line(site: Path, server: Server) -> None:
    ended = run(site, "python app.py", STREAMLIT_SERVER_PORT=str(server.port), STREAMLIT_SERVER_ADDRESS="127.0.0.1")
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert f"端口 {server.port} 已被占用" in ended.stderr


def test_a_port_that_is_no_number_ends_the_start_with_one_line() -> None:
    with pytest.raises(SystemExit, match="'85o1' 不是端口号"):
        address.from_environment({"STREAMLIT_SERVER_PORT": "85o1"})


def test_what_the_web_server_says_is_a_line_of_json_too(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as caller:
        caller.sendall(b"no request\r\n\r\n")
        assert caller.recv(100).startswith(b"HTTP/1.1 400")
    lines = [line for line in server.log().splitlines() if "Invalid HTTP request" in line]
    assert [json.loads(line)["logger"] for line in lines] == ["uvicorn.error"]


def test_the_start_prints_its_address_once(server: Server) -> None:
    assert server.log().count("Dashboard ready") == 1
    assert f"看板已启动 Dashboard ready: {server.url}\n" in server.log()


def test_a_server_for_the_network_prints_both_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address, "lan_address", lambda: "10.1.2.3")
    expected = ["本机 http://localhost:8501", "局域网 LAN http://10.1.2.3:8501"]
    assert address.addresses("0.0.0.0", 8501) == expected


def test_a_failed_page_is_one_record_with_the_number_on_the_screen(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        said = trouble.said(ValueError("a secret detail"))
    (record,) = caplog.records
    number = re.fullmatch(r"页面出错，编号 ([0-9a-f]{8})。数据没有变化。请把编号告诉管理员。", said)
    assert number
    assert number[1] in record.getMessage()
    assert record.exc_info
    assert "secret" not in said


def test_what_a_person_can_put_right_is_said_word_for_word_and_not_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert trouble.said(Refused("第3行：分子大于分母")) == "第3行：分子大于分母"
    assert caplog.records == []


def test_a_message_keeps_its_signs_and_lines_in_markdown() -> None:
    assert trouble.as_markdown("*a* <b>\n:red[c] $d$") == r"\*a\* \<b\>" + "  \n" + r"\:red\[c\] \$d\$"


# Words and colours that must agree with something else


def test_every_word_of_the_dictionary_is_one_of_the_front_end() -> None:
    front_end = "".join(path.read_text("utf-8") for path in STATIC.glob("static/js/*.js"))
    words = json.loads((assets.FOLDER / "words.json").read_text("utf-8"))
    assert [word for word in words["exact"] if word not in front_end] == []


def test_the_first_paint_has_the_colours_of_the_settings() -> None:
    script = (assets.FOLDER / "board.js").read_text("utf-8")
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))["theme"]
    for name in ("light", "dark"):
        painted = re.search(name.upper() + r"_THEME: \{(.*?)\}", script, re.DOTALL)
        assert painted
        colours = dict(re.findall(r'(\w+): "(#\w+)"', painted[1]))
        assert colours == {key: theme[name][key] for key in colours}
    assert f'const FONT = "{theme["font"]}"' in script


# In a browser


@pytest.mark.browser
def test_the_session_begins_without_asking_where_the_server_is(server: Server) -> None:
    with browser_page() as screen:
        watch = watched(screen, server.url)
        screen.goto(f"{server.url}/one")
        settled(screen)
        screen.wait_for_selector("#here")
        asked = [url.removeprefix(server.url) for url in watch.asked]
        assert "/_stcore/health" in asked
        assert not [path for path in asked if path.startswith("/one/")]


@pytest.mark.browser
def test_a_screen_asks_for_nothing_foreign_and_breaks_no_policy(server: Server) -> None:
    with browser_page() as screen:
        watch = watched(screen, server.url)
        screen.goto(server.url)
        settled(screen)
        screen.wait_for_selector(".js-plotly-plot .main-svg")
        screen.wait_for_selector("[data-testid=stDataFrame] canvas")
        assert watch.foreign() == []
        assert [text for text in watch.complaints if "Content Security Policy" in text] == []


@pytest.mark.browser
def test_the_watch_sees_foreign_requests_refused_failed_and_websockets(server: Server) -> None:
    with browser_page() as screen:
        watch = watched(screen, server.url)
        screen.goto(server.url)
        settled(screen)
        screen.evaluate("() => { new Image().src = 'http://refused.invalid/a.png' }")
        screen.goto(
            "data:text/html,<img src='http://failed.invalid/b.png'><script>new WebSocket('ws://socket.invalid/')</script>"
        )
        screen.wait_for_timeout(500)
        planted = {url.split("/")[2] for url in watch.foreign()}
        assert planted == {"refused.invalid", "failed.invalid", "socket.invalid"}


@pytest.mark.browser
def test_a_link_changes_the_screen_in_the_same_session_and_back_returns(server: Server) -> None:
    with browser_page() as screen:
        screen.goto(server.url)
        settled(screen)
        screen.click("#go")
        screen.wait_for_selector("#code")
        assert screen.url == server.url + "/one?code=waste.a"
        assert screen.inner_text("#code") == "waste.a"
        assert screen.inner_text("#runs") == "2"
        settled(screen)
        screen.go_back()
        screen.wait_for_selector("#go")
        assert screen.url == server.url + "/"
        screen.wait_for_function("() => document.querySelector('#runs').textContent === '3'")


@pytest.mark.browser
def test_the_marked_place_is_brought_into_view(server: Server) -> None:
    with browser_page() as screen:
        screen.goto(server.url + "/one")
        settled(screen)
        screen.wait_for_timeout(1500)
        assert 0 < screen.locator("#here").bounding_box()["y"] < 900  # type: ignore[index]


@pytest.mark.browser
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_style_sheet_can_tell_the_theme(server: Server, dark: bool) -> None:
    with browser_page(dark=dark) as screen:
        screen.goto(server.url)
        settled(screen)
        assert screen.get_attribute("html", "data-theme") == ("dark" if dark else "light")
        screen.emulate_media(color_scheme="light" if dark else "dark")
        screen.wait_for_selector(f"html[data-theme={'light' if dark else 'dark'}]", state="attached")


@pytest.mark.browser
def test_built_in_words_are_chinese_and_ours_are_left_alone(server: Server) -> None:
    with browser_page() as screen:
        screen.goto(server.url)
        settled(screen)
        uploader = screen.locator("[data-testid=stFileUploader]")
        uploader.get_by_text("选择文件").wait_for()
        uploader.get_by_text("每个文件不超过20MB").wait_for()
        assert screen.get_by_placeholder("请选择").count() == 1
        assert screen.inner_text("#ours") == "Search"


@pytest.mark.browser
@pytest.mark.parametrize(
    ("path", "expected", "records"),
    [
        ("/broken", r"页面出错，编号 [0-9a-f]{8}。数据没有变化。请把编号告诉管理员。", 1),
        ("/refused", re.escape("第3行：*分子* 大于分母\n请核对 <b>两数</b>"), 0),
    ],
    ids=["a mistake of ours: a number", "what a person can put right: word for word"],
)
def test_a_page_that_fails_says_so_plainly_and_is_logged_once(
    server: Server, path: str, expected: str, records: int
) -> None:
    before = server.log().count('"stack"')
    with browser_page() as screen:
        screen.goto(server.url + path)
        screen.wait_for_selector("[data-testid=stAlert]")
        assert re.fullmatch(expected, screen.inner_text("[data-testid=stAlert]").strip())
    assert server.log().count('"stack"') - before == records
