"""The files in docs/operation/ do what the manual for the IT officer says: they are run here, not only read.

nginx.conf  run by nginx, with ports and certificate exchanged, in front of a board, and looked at in Chromium
*.service   read by systemd's own checker where there is one; its paths and environment start a board in any case
Dockerfile  no image is built: what it copies is copied, and what it starts with its environment is a board that is well
"""

from __future__ import annotations

import fnmatch
import http.client
import http.server
import json
import os
import re
import shlex
import shutil
import socket
import ssl
import stat
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from tests.people import join, sign_in
from tests.servers import ROOT, board_server, free_port, started, stop, visit, watched

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

MANUAL = (ROOT / "docs" / "operation.md").read_text("utf-8")
FILES = ROOT / "docs" / "operation"
SERVICE = (FILES / "kpi-board.service").read_text("utf-8")
DOCKERFILE = (FILES / "Dockerfile").read_text("utf-8")
NGINX = shutil.which("nginx", path=os.pathsep.join([os.environ["PATH"], "/usr/sbin", f"{ROOT}/.venv/nginx/usr/sbin"]))
MEGABYTE = 1024 * 1024
UPLOAD_LIMIT = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))["server"]["maxUploadSize"]

with_nginx = pytest.mark.skipif(
    not NGINX or not shutil.which("openssl"), reason="nginx or openssl is missing: apt-get install nginx-light openssl"
)
with_sh = pytest.mark.skipif(sys.platform == "win32", reason="needs sh")

# What /etc/nginx/nginx.conf has around our file, as one process that ends with the test.
AROUND = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/kpi-board.conf;
}}
"""


# nginx


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A running nginx: its TLS port, its plain port, and the folder of its files and certificate."""

    tls: int
    plain: int
    folder: Path

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.tls}"

    def trusted(self) -> ssl.SSLContext:
        """Trusts its certificate and no other."""
        return ssl.create_default_context(cafile=self.folder / "kpi-board.crt")

    def ask(
        self, path: str, *, method: str = "GET", body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any, str]:
        """Status, headers and text of one request over TLS."""
        connection = http.client.HTTPSConnection("127.0.0.1", self.tls, timeout=20, context=self.trusted())
        try:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()


@contextmanager
def nginx_before(ports: Sequence[int], folder: Path) -> Iterator[Proxy]:
    """The nginx of the manual in front of a board, or of several, on these ports of this machine."""
    assert NGINX is not None
    proxy = Proxy(tls=free_port(), plain=free_port(), folder=folder)
    certificate(folder)
    (folder / "kpi-board.conf").write_text(adapted(proxy, ports), "utf-8")
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder), "utf-8")
    command = [NGINX, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]
    process = started(folder / "output.txt", folder, os.environ, command)
    try:
        await_port(proxy, process)
        yield proxy
    finally:
        stop(process)


def certificate(folder: Path) -> None:
    """A certificate of 127.0.0.1, signed by itself."""
    asked = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1"
    files = ["-keyout", str(folder / "kpi-board.key"), "-out", str(folder / "kpi-board.crt")]
    command = ["openssl", *asked.split(), "-addext", "subjectAltName=IP:127.0.0.1", *files]
    subprocess.run(command, check=True, capture_output=True)


def adapted(proxy: Proxy, ports: Sequence[int]) -> str:
    """The file of the manual with this machine's ports and certificate, each exchanged once; the rest as it is."""
    text = (FILES / "nginx.conf").read_text("utf-8")
    for of_the_manual, here in (
        ("server 127.0.0.1:8501;", " ".join(f"server 127.0.0.1:{port};" for port in ports)),
        ("listen 80;", f"listen 127.0.0.1:{proxy.plain};"),
        ("listen 443 ssl http2;", f"listen 127.0.0.1:{proxy.tls} ssl http2;"),
        ("/etc/nginx/tls/kpi-board.crt", f"{proxy.folder}/kpi-board.crt"),
        ("/etc/nginx/tls/kpi-board.key", f"{proxy.folder}/kpi-board.key"),
    ):
        assert text.count(of_the_manual) == 1, of_the_manual
        text = text.replace(of_the_manual, here)
    return text


def await_port(proxy: Proxy, process: subprocess.Popen[bytes]) -> None:
    for _ in range(100):
        with suppress(OSError), socket.create_connection(("127.0.0.1", proxy.tls), timeout=1):
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise AssertionError(f"nginx did not start:\n{(proxy.folder / 'error.log').read_text('utf-8')}")


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """A board behind nginx."""
    folder = tmp_path_factory.mktemp("nginx")
    join(folder / "board.duckdb", "张三")
    with (
        board_server(env={"KPI_STORE": f"duckdb:{folder / 'board.duckdb'}"}) as server,
        nginx_before([server.port], folder) as proxy,
    ):
        yield proxy


@contextmanager
def page_over_tls(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(ignore_https_errors=True, locale="zh-CN")
    try:
        yield context.new_page()
    finally:
        context.close()


@with_nginx
@pytest.mark.browser
def test_the_overview_is_drawn_over_tls_and_its_websocket_goes_through(proxied: Proxy, browser: Browser) -> None:
    with page_over_tls(browser) as page:
        sockets: list[str] = []
        page.on("websocket", lambda one: sockets.append(one.url))
        watch = watched(page, proxied.url)
        visit(page, proxied.url)
        assert "海淀区" in page.locator("[data-testid=stMain]").inner_text()
        visit(page, proxied.url + "/waste")
        page.wait_for_selector(".main-svg")
        # The front end tries an address below the page's own first, which is not there.
        assert [said for said in watch.complaints if "a status of 404" not in said] == watch.foreign() == []
    assert sockets == [f"wss://127.0.0.1:{proxied.tls}/_stcore/stream"] * 2
    assert (proxied.folder / "error.log").read_text("utf-8") == ""


@with_nginx
def test_the_board_is_well_over_tls(proxied: Proxy) -> None:
    assert proxied.ask("/healthz")[::2] == (200, "ok")


@with_nginx
def test_who_asks_without_tls_is_sent_to_the_same_address_with_it(proxied: Proxy) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", proxied.plain, timeout=20)
    connection.request("GET", "/waste?month=2026-09", headers={"Host": "kpi.example.gov.cn"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert (answer.status, answer.headers["Location"]) == (301, "https://kpi.example.gov.cn/waste?month=2026-09")


@with_nginx
def test_the_board_keeps_its_headers_and_its_compression_behind_nginx(proxied: Proxy) -> None:
    _, headers, _ = proxied.ask("/wall")
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert proxied.ask("/_stcore/metrics")[0] == 404


@pytest.fixture
def upstream() -> Iterator[http.server.ThreadingHTTPServer]:
    """A server that answers with the headers it got, and keeps in `received` how much of a body has come so far."""

    class Told(http.server.BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            self.close_connection = True
            self.raw_requestline = self.rfile.readline()
            if not self.parse_request():
                return
            left = int(self.headers.get("Content-Length", 0))
            while left:
                piece = self.rfile.read1(min(left, 65536))
                left -= len(piece)
                server.received += len(piece)  # type: ignore[attr-defined]
            body = json.dumps({name.lower(): text for name, text in self.headers.items()}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Told)
    server.received = 0  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@with_nginx
def test_what_a_client_says_about_its_own_address_is_overwritten(
    upstream: http.server.ThreadingHTTPServer, tmp_path: Path
) -> None:
    with nginx_before([upstream.server_port], tmp_path) as proxy:
        forged = {"X-Forwarded-For": "10.0.0.9", "X-Real-IP": "10.0.0.9", "Forwarded": "for=10.0.0.9"}
        others = {"Host": "kpi.example.gov.cn:8443", "X-Forwarded-Proto": "http"}
        _, _, text = proxy.ask("/", headers={**forged, **others})
    seen = json.loads(text)
    told = {name: seen.get(name) for name in ("host", "x-forwarded-for", "x-real-ip", "forwarded", "x-forwarded-proto")}
    assert told == {
        "host": "kpi.example.gov.cn:8443",
        "x-forwarded-for": "127.0.0.1",
        "x-real-ip": "127.0.0.1",
        "forwarded": None,
        "x-forwarded-proto": "https",
    }


@with_nginx
def test_the_door_of_the_command_line_is_not_there_for_others(
    upstream: http.server.ThreadingHTTPServer, tmp_path: Path
) -> None:
    with nginx_before([upstream.server_port], tmp_path) as proxy:
        paths = ("/board/command", "/board//command", "/board/./command", "/board/%63ommand")
        assert [proxy.ask(path, method="POST", body=b"{}")[0] for path in paths] == [404] * len(paths)
        assert proxy.ask("/board/version")[0] == 200


@with_nginx
def test_an_upload_is_handed_on_while_it_comes_and_one_too_large_is_refused(
    upstream: http.server.ThreadingHTTPServer, tmp_path: Path
) -> None:
    with nginx_before([upstream.server_port], tmp_path) as proxy:
        connection = http.client.HTTPSConnection("127.0.0.1", proxy.tls, timeout=20, context=proxy.trusted())
        connection.putrequest("PUT", "/_stcore/upload_file/session/file")
        connection.putheader("Content-Length", str(UPLOAD_LIMIT * MEGABYTE))
        connection.endheaders(b"x" * MEGABYTE)
        assert comes_to(upstream, MEGABYTE)
        connection.send(b"x" * ((UPLOAD_LIMIT - 1) * MEGABYTE))
        assert connection.getresponse().status == 200
        connection.close()
        too_large = {"Content-Length": str((UPLOAD_LIMIT + 2) * MEGABYTE)}
        assert proxy.ask("/_stcore/upload_file/session/file", method="PUT", headers=too_large)[0] == 413


def comes_to(upstream: Any, size: int) -> bool:
    """Whether so much of a body has reached it in time."""
    for _ in range(100):
        if upstream.received >= size:
            return True
        time.sleep(0.05)
    return False


@with_nginx
@pytest.mark.browser
def test_signing_in_uploading_and_undoing_work_in_a_browser_behind_nginx(
    browser: Browser, proxied: Proxy, tmp_path: Path
) -> None:
    rows = "".join(
        f"filing-rate,{year}年{month}月,全区,{month}.5,{'备注' * 2000}\n"
        for year in range(2010, 2023)
        for month in range(1, 13)
    )
    path = tmp_path / "历年.csv"
    path.write_text(f"指标编码,期间,街镇,数值,备注\n{rows}", "utf-8-sig")
    assert path.stat().st_size > MEGABYTE  # more than nginx takes elsewhere
    with page_over_tls(browser) as page:
        sign_in(page, proxied.url, "张三", to="/upload")
        cookies = {one["name"]: one for one in page.context.cookies()}
        assert cookies["__Host-board-session"]["secure"]
        page.locator("input[type=file]").first.set_input_files(path)
        page.get_by_text("新增156").first.wait_for()
        page.get_by_role("button", name="确认入库", exact=True).click()
        page.get_by_text("版本2").first.wait_for()
        visit(page, f"{proxied.url}/releases?release=2")
        page.get_by_label("撤回的原因").fill("传错了")
        page.get_by_role("button", name="撤回这个版本…").click()
        page.get_by_role("button", name="确认撤回").click()
        page.get_by_text("版本2已撤回，看板上的数据已经更新。").wait_for()
        page.goto(f"{proxied.url}/audit")
        assert page.locator("tbody tr").first.inner_text().split("\t")[2:5] == ["张三", "是", "撤回版本"]
    assert proxied.ask("/accounts")[0] == 303


@with_nginx
def test_a_board_that_is_away_is_told_in_words(tmp_path: Path) -> None:
    with nginx_before([free_port()], tmp_path) as proxy:
        status, headers, text = proxy.ask("/healthz")
    assert (status, headers["Content-Type"], headers["Cache-Control"]) == (503, "text/plain; charset=utf-8", "no-store")
    assert text.startswith("看板正在启动或已停止")


# The folders of the manual, under another root


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A machine set up as the manual says, under `root` in place of /."""

    root: Path

    def at(self, text: str) -> str:
        """The text with its three folders moved under the root."""
        return re.sub(r"(?<![\w.])/(?=(?:opt|etc|var/lib)/kpi-board)", f"{self.root}/", text)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """The program in /opt, a folder for the data, and the configuration made by the command of the manual."""
    made = Layout(root=tmp_path)
    for folder in ("opt", "etc/kpi-board", "var/lib/kpi-board"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "opt" / "kpi-board").symlink_to(ROOT)
    subprocess.run(["sh", "-c", made.at(making_the_configuration())], cwd=ROOT, check=True)
    return made


def making_the_configuration() -> str:
    """The command of the manual that writes /etc/kpi-board/config.yaml, on one line."""
    match = re.search(r"^sed -e (?:.*\\\n)*.*config\.yaml$", MANUAL, re.MULTILINE)
    assert match
    return re.sub(r"\s*\\\n\s*", " ", match[0])


# systemd


def options(text: str) -> dict[str, list[str]]:
    """What a unit says, every line of an option."""
    said: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line and line[0] not in "#[":
            name, _, value = line.partition("=")
            said.setdefault(name, []).append(value)
    return said


def test_the_service_may_do_nothing_that_the_board_does_not_need() -> None:
    said = options(SERVICE)
    wanted = {
        "User": "kpi", "UMask": "0077", "Restart": "on-failure", "NoNewPrivileges": "yes", "ProtectSystem": "strict",
        "ProtectHome": "yes", "PrivateTmp": "yes", "PrivateDevices": "yes", "CapabilityBoundingSet": "", "IPAddressDeny": "any",
        "IPAddressAllow": "localhost", "StateDirectory": "kpi-board", "StateDirectoryMode": "0700",
    }  # fmt: skip
    assert {name: said[name] for name in wanted} == {name: [value] for name, value in wanted.items()}
    assert said["ReadWritePaths"] == ["/var/lib/kpi-board", "-/mnt/backup/kpi"]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed here")
def test_systemd_finds_nothing_wrong_with_the_service(tmp_path: Path) -> None:
    """The one thing exchanged is the Python, which must be there."""
    unit = tmp_path / "kpi-board.service"
    of_the_manual = "ExecStart=/opt/kpi-board/.venv/bin/python"
    unit.write_text(SERVICE.replace(of_the_manual, f"ExecStart={sys.executable}"), "utf-8")
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@with_sh
def test_the_service_starts_a_board_with_its_data_in_the_state_directory(layout: Layout) -> None:
    said = options(layout.at(SERVICE))
    python, program = said["ExecStart"][0].split()
    assert python == f"{layout.root}/opt/kpi-board/.venv/bin/python"
    env = dict(one.split("=", 1) for one in said["Environment"] if "_PORT" not in one)
    with board_server(env=env, cwd=Path(said["WorkingDirectory"][0]), program=(sys.executable, program)):
        state = layout.root / "var/lib/kpi-board"
        assert (state / "board.duckdb").exists()
        assert stat.S_IMODE((state / "board.duckdb.key").stat().st_mode) == 0o600


def kpi(layout: Layout, *words: str) -> tuple[int, str]:
    """Exit code and output of the command line of the manual; without the change of user, which root alone may do."""
    script = layout.at((FILES / "kpi").read_text("utf-8")).replace("runuser -u kpi -- ", "")
    script = script.replace(f"{layout.root}/opt/kpi-board/.venv/bin/python", sys.executable)
    done = subprocess.run(["sh", "-c", script, "kpi", *words], cwd="/", capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@with_sh
def test_the_command_line_of_the_manual_works_from_any_folder(layout: Layout) -> None:
    assert kpi(layout, "backup", "年终.duckdb")[0] == 0
    copy = layout.root / "var/lib/kpi-board/backups/年终.duckdb"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    code, said = kpi(layout, "releases")
    assert (code, "关于向社会公开巡察整改情况的通报" in said) == (0, True)


@with_sh
def test_after_an_upgrade_that_converted_the_store_the_old_program_takes_the_backup_from_before(layout: Layout) -> None:
    path = layout.root / "var/lib/kpi-board/board.duckdb"
    before = path.parent / "backups" / "升级前.duckdb"
    assert kpi(layout, "backup", before.name)[0] == 0
    with duckdb.connect(str(path)) as newer:
        newer.execute("UPDATE store_version SET version = version + 1")
    code, said = kpi(layout, "releases")
    assert (code, "由更新版本的看板建立（格式" in said) == (1, True)
    assert kpi(layout, "restore", str(before), "--replace")[0] == 0
    assert kpi(layout, "releases")[0] == 0
    assert len(list(path.parent.glob("board.before-*.duckdb"))) == 1


# Docker


def steps() -> list[tuple[str, str]]:
    """The lines of the Dockerfile: what to do, and with what."""
    lines = [line for line in DOCKERFILE.splitlines() if line and not line.startswith("#")]
    return [(first, rest) for first, _, rest in (line.partition(" ") for line in lines)]


def kept(path: str, patterns: list[str]) -> bool:
    """Whether .dockerignore lets a file through: the last pattern decides that fits it or a folder above it."""
    names = [path, *(str(above) for above in Path(path).parents if above.name)]
    inside = True
    for pattern in patterns:
        bare = pattern.removeprefix("!").removeprefix("**/")
        deep = pattern.startswith("**/")
        if any(fnmatch.fnmatchcase(Path(name).name if deep else name, bare) for name in names):
            inside = pattern.startswith("!")
    return inside


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `COPY . .` puts into the image: of the committed and new files those that .dockerignore lets through."""
    folder = tmp_path_factory.mktemp("image")
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    for name in listed.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file() and kept(name, patterns):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.mark.parametrize(
    ("path", "inside"),
    [
        ("app.py", True),
        ("metrics/web/assets/board.css", True),
        ("data/notice/figures.yaml", True),
        ("wheels/a.whl", True),
        ("metrics/__pycache__/x.pyc", False),
        ("data/board.duckdb", False),
        ("data/board.duckdb.key", False),
        ("data/backups/board-20261125-023000.duckdb", False),
        (".git/config", False),
        (".streamlit/secrets.toml", False),
        (".venv/bin/python", False),
        ("tests/conftest.py", False),
    ],
)
def test_the_image_gets_the_program_and_no_data(path: str, inside: bool) -> None:
    patterns = [line for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line and line[0] != "#"]
    assert kept(path, patterns) is inside


def test_the_image_is_installed_from_the_lock_and_runs_as_nobody_in_particular(image: Path) -> None:
    said = steps()
    assert ("RUN", "sh tools/setup.sh run && rm -rf wheels") in said
    assert all((image / name).is_file() for name in ("tools/setup.sh", "requirements.lock", "requirements.txt"))
    order = [first for first, _ in said]
    assert [rest for first, rest in said if first == "USER"] == ["kpi"]
    assert order.index("USER") < order.index("HEALTHCHECK") < order.index("CMD")
    assert [rest for first, rest in said if first == "VOLUME"] == ["/var/lib/kpi-board"]
    edit, _, _ = making_the_configuration().partition(" >")
    assert ("RUN", f"{edit} >own.yaml") in said


@with_sh
def test_what_the_image_starts_is_a_board_that_is_well(image: Path, layout: Layout) -> None:
    """With the image's files and environment, in this Python in place of the image's own."""
    said = [(first, layout.at(rest)) for first, rest in steps()]
    env = dict(one.split("=", 1) for first, rest in said if first == "ENV" for one in shlex.split(rest))
    command = json.loads(next(rest for first, rest in said if first == "CMD"))
    asking = json.loads(next(rest for first, rest in said if first == "HEALTHCHECK").partition("CMD ")[2])
    assert command[0] == asking[0] == ".venv/bin/python"
    (layout.root / "opt/kpi-board").unlink()
    (layout.root / "opt/kpi-board").symlink_to(image)
    with board_server(env=env, cwd=image, program=(sys.executable, *command[1:])) as server:
        assert (layout.root / "var/lib/kpi-board/board.duckdb").exists()
        well = {**os.environ, "STREAMLIT_SERVER_PORT": str(server.port)}
        assert subprocess.run([sys.executable, *asking[1:]], env=well, check=False).returncode == 0
        nobody = {**os.environ, "STREAMLIT_SERVER_PORT": str(free_port())}
        gone = subprocess.run([sys.executable, *asking[1:]], env=nobody, check=False, capture_output=True)
        assert gone.returncode == 1


# The manual


def test_the_manual_names_only_files_commands_and_targets_that_there_are() -> None:
    for name in re.findall(r"\]\((?!http|#)([^)#]+)\)", MANUAL):
        assert (ROOT / "docs" / name).exists(), name
    for command in re.findall(r"(?:^|`|sudo )kpi ([a-z]+)", MANUAL, re.MULTILINE):
        assert f"\nusage: python -m metrics {command} " in (ROOT / "README.md").read_text("utf-8"), command
    for target in re.findall(r"\bmake ([a-z]+)", MANUAL):
        assert f"\n{target}:" in (ROOT / "Makefile").read_text("utf-8"), target
