"""Signing in over HTTP, and what is closed to whom: asked of a running board without a browser, as an attacker would."""

from __future__ import annotations

import http.client
import re
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from metrics import account
from metrics.account import Role
from metrics.command import Command
from metrics.store import open_store
from metrics.through import through
from tests.builders import copy_of_board
from tests.people import PASSWORD, join
from tests.servers import Server, board_server

SCREENS = ("/", "/waste", "/indicator", "/upload", "/releases", "/known", "/sources", "/streets", "/street", "/wall")
ADDRESSES = count(1)
WRONG = "账号或密码不对，或者账号已停用。"


@dataclass(slots=True)
class Answer:
    """Status, headers and text of an answer."""

    status: int
    headers: http.client.HTTPMessage
    text: str


@dataclass(slots=True)
class Visitor:
    """A browser as far as cookies and forms go. `address` is from where it comes, as a proxy on this computer says."""

    server: Server
    address: str = "10.9.9.9"
    scheme: str = "http"
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, path: str, *, method: str = "GET", body: str | None = None, **headers: str) -> Answer:
        """One request; header names with _ for -."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        try:
            connection.request(method, path, body=body, headers=self.headers() | named(headers))
            got = connection.getresponse()
            answer = Answer(got.status, got.headers, got.read().decode(errors="replace"))
        finally:
            connection.close()
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer

    def headers(self) -> dict[str, str]:
        """What it sends with every request."""
        carried = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": carried, "X-Forwarded-For": self.address, "X-Forwarded-Proto": self.scheme}

    def send(self, path: str, *, page: str = "", mark: str | None = None, **fields: str) -> Answer:
        """A form of that page, with its mark unless another one is given; field names with _ for -."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.ask(page or path).text)
        sent = {"csrf": mark if mark is not None else found[1] if found else "", **named(fields)}
        return self.ask(
            path, method="POST", body=urlencode(sent), Content_Type="application/x-www-form-urlencoded",
            Origin=f"{self.scheme}://127.0.0.1:{self.server.port}",
        )  # fmt: skip

    def sign_in(self, name: str = "张三", password: str = PASSWORD, **fields: str) -> Answer:
        return self.send("/sign-in", name=name, password=password, **fields)

    def is_in(self) -> bool:
        """Whether it has a page of its own."""
        return self.ask("/account").status == 200

    def tab(self, **headers: str) -> ClientConnection:
        """The websocket of an open tab."""
        url = f"127.0.0.1:{self.server.port}"
        return connect(
            f"ws://{url}/_stcore/stream", origin=Origin(f"http://{url}"), additional_headers=self.headers() | named(headers)
        )  # fmt: skip


def named(given: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-") if name != "csrf" else name: text for name, text in given.items()}


def started(folder: Path, sign_in: str = "") -> Iterator[Server]:
    config = copy_of_board(folder)
    config.write_text(config.read_text("utf-8") + (f"\nsign_in: {sign_in}\n" if sign_in else ""), "utf-8")
    store = folder / "data" / "board.duckdb"
    join(store, "管理员")
    join(store, "张三", "李四", role=Role.CLERK)
    join(store, "局长", role=Role.LEADER)
    with board_server(env={"KPI_CONFIG": str(config), "KPI_STORE": f"duckdb:{store}"}) as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A board that anybody may read."""
    yield from started(tmp_path_factory.mktemp("open"))


@pytest.fixture(scope="module")
def shut(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A board that only accounts may read."""
    yield from started(tmp_path_factory.mktemp("shut"), "{reading: signed-in}")


@pytest.fixture
def visitor(server: Server) -> Visitor:
    """From an address of its own, so that tests do not use up each other's tries."""
    return Visitor(server, address=f"10.1.1.{next(ADDRESSES)}")


def change(server: Server, name: str, who: str, **given: Any) -> None:
    """An account changed on the command line, through the running board."""
    done = through(server.store, Command(name=f"account-{name}", account=who, os_user="root", **given))
    assert done is not None


# In and out


def test_signing_in_leads_on_to_the_page_that_was_asked_for(visitor: Visitor) -> None:
    answer = visitor.sign_in(next="/releases?release=1")
    assert (answer.status, answer.headers["Location"]) == (303, "/releases?release=1")
    assert "张三" in visitor.ask("/account").text


@pytest.mark.parametrize(
    "going", ["https://evil.invalid/", "//evil.invalid", "/\\evil.invalid", "javascript:alert(1)", "/a\nb", "", "/ｅ"]
)
def test_it_never_leads_to_another_site(visitor: Visitor, going: str) -> None:
    assert visitor.sign_in(next=going).headers["Location"] == "/"


def test_signing_out_ends_the_session_and_not_only_the_cookie(visitor: Visitor) -> None:
    visitor.sign_in()
    kept = dict(visitor.cookies)
    assert visitor.send("/sign-out", page="/account").status == 303
    assert not visitor.is_in()
    visitor.cookies = kept
    assert not visitor.is_in()


def test_a_session_that_was_there_before_is_not_taken_over(visitor: Visitor) -> None:
    visitor.ask("/sign-in")
    planted = dict(visitor.cookies)
    visitor.sign_in()
    thief = Visitor(visitor.server, cookies=planted)
    assert not thief.is_in()


@pytest.mark.parametrize("kind", ["nothing", "text", "unsigned", "another secret", "cut short"])
def test_a_cookie_that_we_did_not_sign_is_nobody(visitor: Visitor, kind: str) -> None:
    visitor.sign_in()
    real = visitor.cookies["board-session"]
    forged = {
        "nothing": "", "text": "admin", "unsigned": real.split(".")[0], "another secret": real[:-27] + "A" * 27, "cut short": real[:-1],
    }[kind]  # fmt: skip
    assert not Visitor(visitor.server, cookies={"board-session": forged}).is_in()


def test_cookies_are_for_this_site_and_out_of_reach_of_scripts(visitor: Visitor) -> None:
    for line in visitor.sign_in().headers.get_all("Set-Cookie") or []:
        assert ("httponly" in line.lower(), "samesite=lax" in line.lower(), "secure" in line.lower()) == (
            True,
            True,
            False,
        )


def test_behind_tls_cookies_are_secure_and_of_this_host_alone(visitor: Visitor) -> None:
    visitor.scheme = "https"
    lines = visitor.sign_in().headers.get_all("Set-Cookie") or []
    assert sorted(line.split("=")[0] for line in lines) == ["__Host-board-device", "__Host-board-session"]
    assert [line for line in lines if "secure" not in line.lower() or "path=/" not in line.lower()] == []
    assert visitor.is_in()
    visitor.scheme = "http"  # the other one's name does not count here
    assert not visitor.is_in()


# What is refused, and what that tells


def test_unknown_wrong_and_switched_off_are_refused_in_the_same_words(visitor: Visitor) -> None:
    change(visitor.server, "disable", "李四")
    try:
        said = [
            visitor.sign_in(name, password)
            for name, password in (("没有的人", "x" * 12), ("张三", "x" * 12), ("李四", PASSWORD))
        ]
    finally:
        change(visitor.server, "enable", "李四")
    assert [one.status for one in said] == [400, 400, 400]
    plain = [re.sub(r"value=\"[^\"]*\"", "", one.text) for one in said]
    assert WRONG in plain[0]
    assert plain[0] == plain[1] == plain[2]


def test_a_wrong_password_is_in_the_audit_and_what_is_no_name_is_not(visitor: Visitor) -> None:
    visitor.sign_in("张三", "wrong password")
    visitor.sign_in("my secret password", "x" * 12)
    admin = Visitor(visitor.server, address="10.8.8.8")
    admin.sign_in("管理员")
    shown = admin.ask(f"/audit?event=refused&text={visitor.address}").text
    assert shown.count(WRONG) == 2
    assert "<td>张三</td>" in shown
    assert "my secret password" not in admin.ask("/audit").text


def test_too_many_tries_are_refused_even_with_the_right_password_and_only_from_there(visitor: Visitor) -> None:
    statuses = [visitor.sign_in("局长", "wrong password").status for _ in range(6)]
    assert statuses == [400] * 5 + [429]
    assert visitor.sign_in("局长").status == 429
    assert Visitor(visitor.server, address="10.7.7.7").sign_in("局长").status == 303


@pytest.mark.parametrize("mark", ["", "x", "of another browser"])
def test_a_form_that_is_not_of_our_page_does_nothing(visitor: Visitor, mark: str) -> None:
    if mark == "of another browser":
        mark = re.findall(r'name="csrf" value="([^"]+)"', Visitor(visitor.server).ask("/sign-in").text)[0]
    answer = visitor.send("/sign-in", mark=mark, name="张三", password=PASSWORD)
    assert (answer.status, visitor.is_in()) == (400, False)


def test_a_form_of_another_site_does_nothing(visitor: Visitor) -> None:
    answer = visitor.ask("/sign-in", method="POST", body="name=x", Origin="http://evil.invalid")
    assert answer.status == 403


def test_a_form_without_end_is_not_read(visitor: Visitor) -> None:
    assert visitor.send("/sign-in", name="张三", password="x" * 20_000).status == 400


def test_text_from_outside_is_shown_and_never_run(visitor: Visitor) -> None:
    answer = visitor.sign_in('"><script>alert(1)</script>', "x" * 12, next='/"><script>alert(1)</script>')
    assert "<script" not in answer.text


@pytest.mark.parametrize("path", ["/sign-in", "/first", "/account", "/accounts", "/audit"])
def test_no_link_puts_words_of_its_own_on_a_page_of_ours(visitor: Visitor, path: str) -> None:
    asked = f"{path}?said=call-0800&done=call-0800"
    assert "call-0800<" not in visitor.ask(asked).text
    visitor.sign_in("管理员")
    assert "call-0800" not in visitor.ask(asked).text


def test_a_form_that_breaks_off_does_nothing_and_is_no_error(visitor: Visitor) -> None:
    for path in ("/sign-in", "/sign-out", "/first"):
        with socket.create_connection(("127.0.0.1", visitor.server.port)) as broken:
            head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{visitor.server.port}\r\nContent-Length: 100\r\n\r\nname"
            broken.sendall(head.encode())
    assert visitor.ask("/healthz").status == 200
    time.sleep(0.5)
    assert "ClientDisconnect" not in visitor.server.log()


# One's own account


def test_another_password_needs_the_old_one_and_ends_other_sessions(visitor: Visitor) -> None:
    elsewhere = Visitor(visitor.server, address="10.6.6.6")
    for one in (visitor, elsewhere):
        one.sign_in("李四")
    new = {"password": "battery staple", "password_again": "battery staple"}
    assert WRONG in visitor.send("/account", old_password="wrong password", **new).text
    assert (
        "两次输入的密码不一样" in visitor.send("/account", old_password=PASSWORD, **{**new, "password_again": "x"}).text
    )
    assert "密码太弱" in visitor.send("/account", old_password=PASSWORD, password="short", password_again="short").text
    assert elsewhere.is_in()
    assert visitor.send("/account", old_password=PASSWORD, **new).headers["Location"] == "/account?done=password"
    assert (visitor.is_in(), elsewhere.is_in()) == (True, False)
    change(visitor.server, "passwd", "李四", password=PASSWORD)
    assert not visitor.is_in()


# Administrators


@pytest.mark.parametrize(("name", "status"), [("", 303), ("局长", 403), ("张三", 403), ("管理员", 200)])
@pytest.mark.parametrize("path", ["/accounts", "/audit", "/audit?as=csv"])
def test_accounts_and_audit_are_for_administrators(visitor: Visitor, name: str, status: int, path: str) -> None:
    if name:
        visitor.sign_in(name)
    assert visitor.ask(path).status == status


def test_what_somebody_was_not_shown_is_in_the_audit_once(visitor: Visitor) -> None:
    visitor.sign_in("局长")
    for _ in range(3):
        assert visitor.ask("/accounts").status == 403
    admin = Visitor(visitor.server, address="10.3.1.1")
    admin.sign_in("管理员")
    lines = admin.ask(f"/audit?as=csv&event=refused&text={visitor.address}").text.splitlines()[1:]
    assert [line.split(",")[2:7] for line in lines] == [
        ["局长", "是", "被拒绝", "/accounts", "打开页面：您的账号没有这个权限。"]
    ]


def test_an_administrator_adds_changes_and_switches_off_accounts(visitor: Visitor) -> None:
    visitor.sign_in("管理员")
    new = {"password": PASSWORD, "password_again": PASSWORD}
    assert visitor.send("/accounts", do="add", account="新来的", role="clerk", **new).status == 303
    assert "已经有账号" in visitor.send("/accounts", do="add", account="新来的", role="clerk", **new).text
    assert "请选择角色" in visitor.send("/accounts", do="add", account="另一个", role="root", **new).text
    newcomer = Visitor(visitor.server, address="10.5.5.5")
    newcomer.sign_in("新来的")
    assert newcomer.ask("/accounts").status == 403
    visitor.send("/accounts", do="role", account="新来的", role="admin")
    assert newcomer.ask("/accounts").status == 200
    visitor.send("/accounts", do="disable", account="新来的")
    assert not newcomer.is_in()
    exported = visitor.ask("/audit?as=csv&text=新来的".replace("新来的", quote("新来的"))).text
    assert [word for word in ("添加账号", "改角色", "停用账号", "登录") if word not in exported] == []


@pytest.mark.parametrize(
    ("address", "cell"), [("=1+1", "'=1+1"), ("<script>alert(1)</script>", "<script>alert(1)</script>")]
)
def test_what_a_spreadsheet_or_a_browser_would_run_is_harmless_in_the_audit(
    visitor: Visitor, address: str, cell: str
) -> None:
    visitor.sign_in("管理员")
    Visitor(visitor.server, address=address).sign_in("张三", "wrong password")
    assert f",{cell}," in visitor.ask(f"/audit?as=csv&text={quote(address)}").text
    shown = visitor.ask(f"/audit?text={quote(address)}").text
    assert "<td>张三</td>" in shown
    assert "<script>alert" not in shown


@pytest.mark.parametrize(
    "query", ["until=9999-12-31", "since=0001-01-01&until=0001-01-01", "below=999999999999999999", "text=%00%FF"]
)
def test_the_audit_takes_any_day_and_any_text(visitor: Visitor, query: str) -> None:
    visitor.sign_in("管理员")
    assert visitor.ask(f"/audit?{query}").status == 200


def test_the_last_administrator_stays(visitor: Visitor) -> None:
    visitor.sign_in("管理员")
    for change_ in ({"do": "disable"}, {"do": "role", "role": "leader"}):
        assert "最后一个启用的管理员" in visitor.send("/accounts", account="管理员", **change_).text
    assert visitor.ask("/accounts").status == 200


def test_who_is_no_administrator_changes_nothing_by_sending_the_form(visitor: Visitor) -> None:
    visitor.sign_in()
    mark = re.findall(r'name="csrf" value="([^"]+)"', visitor.ask("/account").text)[0]
    answer = visitor.send("/accounts", mark=mark, do="role", account="张三", role="admin")
    assert (answer.status, visitor.ask("/accounts").status) == (403, 403)


def test_an_administrator_ends_somebody_s_session(visitor: Visitor) -> None:
    admin = Visitor(visitor.server, address="10.4.4.4")
    visitor.sign_in()
    admin.sign_in("管理员")
    rows = re.findall(r"<tr>.*?</tr>", admin.ask("/accounts").text, re.S)
    (row,) = [one for one in rows if f"<td>{visitor.address}</td>" in one]
    admin.send("/accounts", do="end", session=re.findall(r'name="session" value="(\w+)"', row)[0])
    assert not visitor.is_in()


# Nothing around it


@pytest.mark.parametrize("path", SCREENS)
def test_a_board_for_accounts_shows_no_screen_to_others(shut: Server, path: str) -> None:
    answer = Visitor(shut).ask(f"{path}?code=x")
    assert (answer.status, answer.headers["Location"]) == (303, f"./sign-in?next={quote(f'{path}?code=x', safe='')}")


@pytest.mark.parametrize(
    ("path", "method"),
    [("/board/wall", "GET"), ("/board/version", "GET"), ("/media/x.csv", "GET"), ("/component/x/index.html", "GET"),
     ("/_stcore/upload_file/x/y", "PUT"), ("/_stcore/upload_file/x/y", "DELETE"), ("/_stcore/bidi-components/x", "GET")],
)  # fmt: skip
def test_a_board_for_accounts_answers_no_program_of_others(shut: Server, path: str, method: str) -> None:
    assert Visitor(shut).ask(path, method=method).status == 401


WRITTEN = (
    "/{}", "//{}", "/{}/", "/./{}", "/x/../{}", "/static/../{}", "/static/..%2f{}", "/static/%2e%2e/{}", "/board/..%2f{}", "/{}%2f", "/{}%00", "/{}%20",
    "/{};x", "/{}.css", "/board/{}.js", "/_stcore/health/../{}", "/%5c{}", "http://127.0.0.1/{}", "http://127.0.0.1/static/{}", "{}", "*{}",
    "/{}?x.css", "/{}#.css",
)  # fmt: skip


@pytest.mark.parametrize("written", WRITTEN)
def test_no_way_of_writing_an_address_leads_around_the_gate(shut: Server, written: str) -> None:
    clerk = Visitor(shut, address=f"10.12.0.{WRITTEN.index(written)}")
    clerk.sign_in()
    for path in ("accounts", "ACCOUNTS", "%61ccounts", "audit", "metrics", "board/wall"):
        for method in ("GET", "POST"):
            target = written.format(path)
            assert [word for word in ("李四", "kpi_sessions") if word in clerk.ask(target, method=method).text] == []
            assert 'id="slides"' not in Visitor(shut).ask(target, method=method).text


def test_a_board_for_accounts_opens_no_session_to_others_and_one_to_an_account(shut: Server) -> None:
    visitor = Visitor(shut, address="10.3.3.3")
    with pytest.raises(InvalidStatus):
        visitor.tab()
    visitor.sign_in("局长")
    with visitor.tab() as tab:
        assert "局长" in first_words(tab)
    assert [visitor.ask(path).status for path in SCREENS] == [200] * len(SCREENS)


@pytest.mark.parametrize("path", ["/healthz", "/sign-in", "/favicon.png", "/board/people.css", "/_stcore/health"])
def test_what_tells_no_figure_is_open(shut: Server, path: str) -> None:
    assert Visitor(shut).ask(path).status == 200


@pytest.mark.parametrize("name", ["", "局长"])
@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_who_may_not_write_uploads_no_byte(visitor: Visitor, name: str, method: str) -> None:
    if name:
        visitor.sign_in(name)
    answer = visitor.ask("/_stcore/upload_file/session/file", method=method, body="x")
    assert answer.status == (403 if name else 401)


def test_no_header_of_a_client_makes_somebody_of_it(visitor: Visitor) -> None:
    visitor.sign_in("管理员")
    admin = visitor.ask("/accounts").text
    session = re.findall(r'name="session" value="(\w+)"', admin)[0]
    other = Visitor(visitor.server)
    headers = {
        "X_Board_Session": session,
        "X_Board_Key": session,
        "X_Remote_User": "admin",
        "Authorization": "Bearer x",
    }
    assert other.ask("/accounts", **headers).status == 303
    with other.tab(**headers) as tab:
        assert "管理员" not in first_words(tab)


def first_words(tab: ClientConnection) -> str:
    """What a new session draws, as far as it comes within a few seconds."""
    # BackMsg{rerun_script{}}: field 11, a message of no bytes.
    tab.send(b"\x5a\x00")
    heard = b""
    with suppress(TimeoutError, ConnectionClosed):
        while b"kb-me" not in heard:
            got = tab.recv(timeout=8)
            heard += got if isinstance(got, bytes) else got.encode()
    assert b"kb-me" in heard
    return heard.decode(errors="replace")


def test_a_tab_knows_who_has_signed_in(visitor: Visitor) -> None:
    visitor.sign_in()
    with visitor.tab() as tab:
        assert "张三" in first_words(tab)


# An open tab


def closed_within(tab: ClientConnection, seconds: float) -> bool:
    ends = time.monotonic() + seconds
    try:
        while time.monotonic() < ends:
            with suppress(TimeoutError):
                tab.recv(timeout=0.2)
    except ConnectionClosed:
        return True
    return False


def test_an_idle_tab_is_closed_soon_after_its_account_is_switched_off(visitor: Visitor) -> None:
    change(visitor.server, "add", "临时工", role="clerk", password=PASSWORD)
    visitor.sign_in("临时工")
    with visitor.tab() as tab, Visitor(visitor.server).tab() as reader:
        assert not closed_within(tab, 3)
        change(visitor.server, "disable", "临时工")
        assert closed_within(tab, 6)
        assert not closed_within(reader, 1)


def test_a_tab_that_says_something_after_that_is_not_heard(visitor: Visitor) -> None:
    change(visitor.server, "add", "短工", role="clerk", password=PASSWORD)
    visitor.sign_in("短工")
    with visitor.tab() as tab:
        change(visitor.server, "disable", "短工")
        with suppress(ConnectionClosed):
            tab.send(b"\x5a\x00")
        assert closed_within(tab, 1.5)


def test_a_tab_tells_when_somebody_else_signs_in(visitor: Visitor) -> None:
    marks = [visitor.ask("/board/version").text]
    for name in ("张三", "局长"):
        visitor.sign_in(name)
        marks.append(visitor.ask("/board/version").text)
        visitor.send("/sign-out", page="/account")
    assert len(set(marks)) == 3
    assert visitor.ask("/board/version").text == marks[0]


# The first administrator


def test_the_first_administrator_is_made_by_the_link_that_the_start_prints_and_nobody_else_by_it(
    tmp_path: Path,
) -> None:
    with board_server(env={"KPI_STORE": f"duckdb:{tmp_path}/board.duckdb"}) as server:
        visitor, other = Visitor(server), Visitor(server)
        (link,) = re.findall(r"http://127\.0\.0\.1:\d+(/first\?key=\S{40,})", server.log())
        assert "暂时没有人能登录" in visitor.ask("/sign-in").text
        assert "这个链接不能用了" in visitor.ask("/first?key=x").text
        given = {"name": "王主任", "password": PASSWORD, "password_again": PASSWORD}
        assert visitor.send("/first", page=link, key="x" * 43, **given).status == 400
        key = link.partition("=")[2]
        assert visitor.send("/first", page=link, key=key, **given).headers["Location"] == "/accounts"
        assert visitor.ask("/accounts").status == 200
        assert "这个链接不能用了" in other.ask(link).text
        assert other.send("/first", page=link, key=key, **{**given, "name": "另一个"}).status == 400
    opened = open_store(f"duckdb:{tmp_path}/board.duckdb")
    assert [(one.name, one.role) for one in account.accounts(opened)] == [("王主任", Role.ADMIN)]
    assert [one.event for one in account.history(opened)][1:3] == ["account-add", "sign-in"]
    opened.close()


def test_a_board_with_an_administrator_prints_no_such_link(server: Server) -> None:
    assert "/first" not in server.log()


# A proxy that signs people in


@pytest.fixture(scope="module")
def vouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A board behind a proxy on this computer that names who it has signed in."""
    folder = tmp_path_factory.mktemp("vouched")
    yield from started(folder, "{user_header: X-Remote-User, reading: signed-in}")


def test_who_a_listed_proxy_names_is_signed_in_for_as_long_as_it_does(vouched: Server) -> None:
    visitor = Visitor(vouched)
    name = {"X_Remote_User": "张三".encode().decode("latin-1")}
    assert visitor.ask("/account").status == 303
    assert "张三" in visitor.ask("/account", **name).text
    assert visitor.ask("/board/version", **name).status == 200
    assert visitor.ask("/account").status == 303


@pytest.mark.parametrize("name", ["没有的人", "", "x", "张三\x00"])
def test_a_name_without_an_account_is_nobody(vouched: Server, name: str) -> None:
    assert Visitor(vouched).ask(
        "/account", X_Remote_User=name.encode().decode("latin-1").strip("\x00") or " "
    ).status == (200 if name == "张三\x00" else 303)


def test_another_name_is_another_session(vouched: Server) -> None:
    visitor = Visitor(vouched)
    shown = [visitor.ask("/account", X_Remote_User=one.encode().decode("latin-1")).text for one in ("张三", "局长")]
    assert ["上报人员" in shown[0], "上报人员" in shown[1]] == [True, False]


def test_a_proxy_that_is_not_listed_is_not_believed(tmp_path: Path) -> None:
    for server in started(tmp_path, "{user_header: X-Remote-User, proxies: [10.0.0.1]}"):
        assert Visitor(server).ask("/accounts", X_Remote_User=quote("管理员")).status == 303
        assert Visitor(server).ask("/accounts", X_Remote_User="管理员".encode().decode("latin-1")).status == 303


# Figures about the board itself


def test_the_measures_are_for_administrators(visitor: Visitor) -> None:
    assert visitor.ask("/metrics").status == 303
    visitor.sign_in()
    assert visitor.ask("/metrics").status == 403
    admin = Visitor(visitor.server, address="10.2.2.2")
    admin.sign_in("管理员")
    shown = admin.ask("/metrics").text
    found = dict(re.findall(r"^(\w+) ([\d.e+]+)$", shown, re.M))
    assert (float(found["kpi_releases"]), float(found["kpi_releases_waiting"])) == (1, 0)
    assert [
        name
        for name in ("kpi_sessions", "kpi_store_bytes", "kpi_disk_free_bytes", "process_resident_memory_bytes")
        if not float(found[name])
    ] == []
    assert "kpi_backup_age_seconds" not in found  # there is none yet, which is not an age of 0


def test_a_program_reads_the_measures_by_the_token_of_this_start_and_nothing_else(tmp_path: Path) -> None:
    env = {"KPI_STORE": f"duckdb:{tmp_path}/board.duckdb", "KPI_METRICS_TOKEN": "a long token"}
    with board_server(env=env) as server:
        asked = {
            (path, given): Visitor(server).ask(path, Authorization=given).status
            for path in ("/metrics", "/accounts", "/audit")
            for given in ("Bearer a long token", "Bearer a long", "Bearer ", "")
        }
    assert {key for key, status in asked.items() if status == 200} == {("/metrics", "Bearer a long token")}


def test_without_a_token_none_opens_the_measures(visitor: Visitor) -> None:
    assert visitor.ask("/metrics", Authorization="Bearer ").status == 303
