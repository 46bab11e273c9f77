"""The command line while the board runs: through it, for the owner of its key on this computer only."""

from __future__ import annotations

import http.client
import json
import re
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from metrics.command import Command
from metrics.engine import Locked
from metrics.errors import Refused
from metrics.start import Board
from metrics.store import open_store, releases
from metrics.through import SAID, answer, body, from_body, key_file, key_path, new_key, through
from metrics.web import loopback, routes
from tests.builders import NOW
from tests.people import join
from tests.servers import Server, board_server, free_port

CSV = "指标编码,期间,街镇,数值\nhanded-over,2023年{month}月,全区,8\n"
HEADERS = {"host": "127.0.0.1", "x-board-key": "secret"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    store = tmp_path_factory.mktemp("through") / "board.duckdb"
    join(store, "张三")
    with board_server(env={"KPI_STORE": f"duckdb:{store}"}) as running:
        yield running


def command(name: str, *, month: int = 6, **given: Any) -> Command:
    return Command(name=name, file="6月.csv", data=CSV.format(month=month).encode(), **given)


def asked(server: Server, command: Command, **headers: str) -> int:
    """The status of the answer to a command with these headers."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    connection.request("POST", "/board/command", body=body(command), headers=named)
    status = connection.getresponse().status
    connection.close()
    return status


def key_of(server: Server) -> str:
    return str(json.loads(key_path(server.store).read_text())["key"])


# Through a running board


def test_while_the_board_runs_nobody_else_opens_its_file_and_the_error_says_that_case(server: Server) -> None:
    with pytest.raises(Locked, match="正被另一个程序使用"):
        open_store(server.env["KPI_STORE"])


def test_a_check_goes_through_the_running_board_and_stores_nothing(server: Server) -> None:
    before = through(server.store, command("releases"))
    done = through(server.store, command("check", month=1))
    assert done is not None
    assert (done[0], done[1]["accepted"], done[1]["rows"][0]["value"]) == (0, True, "8")
    assert through(server.store, command("releases")) == before


def test_a_running_board_is_backed_up_and_looked_at(server: Server) -> None:
    made = through(server.store, Command(name="backup"))
    assert made is not None
    saved = open_store(f"duckdb:{made[1]['file']}")
    assert len(releases(saved)) == len((through(server.store, command("releases")) or (0, []))[1])
    saved.close()
    examined = through(server.store, Command(name="doctor"))
    assert examined is not None
    assert (examined[0], {one["state"] for one in examined[1]} - {"注意"}) == (0, {"正常"})
    with pytest.raises(Refused, match="备份只能写到"):
        through(server.store, Command(name="backup", file="/etc/x.duckdb"))


def test_a_file_loaded_through_the_board_is_a_release_with_its_name_and_bytes(server: Server) -> None:
    loaded = through(server.store, command("load", month=2, by="张三", yes=True))
    listed = through(server.store, command("releases"))
    assert loaded is not None
    assert listed is not None
    newest = listed[1][0]
    assert (loaded[0], loaded[1]["release"]) == (0, newest["release_id"])
    assert (newest["by"], newest["files"][0]["name"]) == ("张三", "6月.csv")


def test_a_note_written_through_the_board_is_listed_by_it(server: Server) -> None:
    assert through(server.store, command("load", month=3, by="张三", yes=True))
    note = Command(name="note", code="handed-over", month="2023-03", what="雨天多", by="张三")
    done, listed = (through(server.store, one) for one in (note, Command(name="notes", code="handed-over")))
    assert done is not None
    assert done[1][0]["versions"][0]["what"] == "雨天多"
    assert listed == done


def test_what_the_board_refuses_is_refused_here_in_its_words(server: Server) -> None:
    with pytest.raises(Refused, match="没有版本99"):
        through(server.store, command("undo", number=99, by="张三", reason="传错了"))


def test_two_boards_on_one_computer_answer_for_their_own_file_each(server: Server, tmp_path: Path) -> None:
    join(tmp_path / "board.duckdb", "李四")
    with board_server(env={"KPI_STORE": f"duckdb:{tmp_path / 'board.duckdb'}"}):
        through(tmp_path / "board.duckdb", command("load", month=3, by="李四", yes=True))
        listed = through(server.store, command("releases"))
    assert listed is not None
    assert [one["by"] for one in listed[1] if one["by"] == "李四"] == []


def test_the_words_that_say_how_it_was_done() -> None:
    assert SAID == "已通过正在运行的看板完成。"


# Who may


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_the_key_is_for_its_owner_only_and_goes_when_the_board_ends(tmp_path: Path) -> None:
    store = tmp_path / "board.duckdb"
    with board_server(env={"KPI_STORE": f"duckdb:{store}"}):
        assert stat.S_IMODE(key_path(store).stat().st_mode) == 0o600
        assert len(json.loads(key_path(store).read_text())["key"]) >= 43
    assert [path.name for path in tmp_path.iterdir()] == ["board.duckdb"]


def test_with_the_key_a_program_on_this_computer_may(server: Server) -> None:
    assert asked(server, command("releases"), X_Board_Key=key_of(server)) == 200


@pytest.mark.parametrize("key", ["", "wrong", "ÿ"])
def test_without_the_key_nobody_may(server: Server, key: str) -> None:
    assert asked(server, command("releases"), X_Board_Key=key) == 403


def test_a_page_in_a_browser_may_not_even_with_the_key_and_from_our_own_address(server: Server) -> None:
    for origin in (server.url, "http://elsewhere"):
        assert asked(server, command("releases"), X_Board_Key=key_of(server), Origin=origin) == 403


def test_the_log_does_not_tell_the_key(server: Server) -> None:
    through(server.store, command("releases"))
    assert key_of(server) not in server.log()


@pytest.mark.parametrize(
    ("client", "headers", "may"),
    [
        pytest.param("127.0.0.1", {}, True, id="a program on this computer with the key"),
        pytest.param("::1", {}, True, id="the same over the other protocol"),
        pytest.param("10.1.2.3", {}, False, id="another computer that has the key"),
        pytest.param(None, {}, False, id="nobody knows where it comes from"),
        pytest.param("127.0.0.1", {"origin": "http://127.0.0.1"}, False, id="a page of our own"),
        pytest.param("127.0.0.1", {"x-board-key": "secreT"}, False, id="another key"),
        pytest.param("127.0.0.1", {"x-board-key": ""}, False, id="no key"),
    ],
)
def test_a_command_comes_from_this_computer_with_the_key_and_not_from_a_page(
    client: str | None, headers: dict[str, str], *, may: bool
) -> None:
    sent = [(name.encode(), text.encode()) for name, text in {**HEADERS, **headers}.items()]
    scope = {"type": "http", "headers": sent, "client": (client, 5000) if client else None}
    assert routes.may_command(Request(scope), "secret") is may


@pytest.mark.parametrize(
    ("ip", "here"),
    [
        ("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("::ffff:127.0.0.1", True),
        (None, False), ("10.1.2.3", False), ("::ffff:10.1.2.3", False), ("0.0.0.0", False), ("localhost", False), ("", False),
        ("127.0.0.1, 10.1.2.3", False), ("127.0.0.1.evil.invalid", False),
    ],
)  # fmt: skip
def test_this_computer_is_told_from_all_others(ip: str | None, *, here: bool) -> None:
    assert loopback.from_loopback(ip) is here


def test_a_command_larger_than_any_is_refused_before_it_is_sent(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("metrics.through.LARGEST_COMMAND", 100)
    with pytest.raises(Refused, match="文件太大"):
        through(server.store, command("check"))


def test_and_by_the_board_as_soon_as_it_is_seen(server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    head = {"X-Board-Key": key_of(server), "Content-Length": str(loopback.LARGEST_COMMAND + 1)}
    connection.putrequest("POST", "/board/command")
    for name, text in head.items():
        connection.putheader(name, text)
    connection.endheaders()
    for _ in range(64):
        connection.send(b"x" * 1024 * 1024)
    connection.send(b"x")
    assert connection.getresponse().status == 413
    connection.close()


# When there is no board to ask


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(None, id="no key file"),
        pytest.param("", id="an empty one"),
        pytest.param("{}", id="one that says nothing"),
        pytest.param("[1, 2]", id="another program's"),
        pytest.param('{"port": 1, "key": "k"}', id="nobody listens there"),
        pytest.param('{"port": "x", "key": "k"}', id="no port"),
    ],
)
def test_without_a_board_there_is_nothing_to_go_through(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        key_path(tmp_path / "board.duckdb").write_text(text)
    assert through(tmp_path / "board.duckdb", command("check")) is None


def test_a_key_left_by_a_board_that_was_killed_is_ignored(tmp_path: Path, server: Server) -> None:
    for port in (free_port(), server.port):  # nobody there, and another board there by now
        key_path(tmp_path / "board.duckdb").write_text(json.dumps({"port": port, "key": new_key()}))
        assert through(tmp_path / "board.duckdb", command("check")) is None


def test_a_new_board_replaces_the_key_of_one_that_was_killed_and_takes_only_its_own_away(tmp_path: Path) -> None:
    store = tmp_path / "board.duckdb"
    key_path(store).write_text("left over")
    with key_file(store, "mine", port=1):
        assert json.loads(key_path(store).read_text()) == {"port": 1, "key": "mine"}
        key_path(store).write_text('{"port": 2, "key": "another"}')
    assert json.loads(key_path(store).read_text())["key"] == "another"


def test_a_folder_that_is_gone_keeps_no_board_from_running(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with key_file(tmp_path / "gone" / "board.duckdb", "mine", port=1):
        assert "无法写入" in caplog.text


# What is sent


def test_a_command_arrives_as_it_was_sent() -> None:
    sent = Command(
        name="load",
        file="6月\n表.csv",
        data=b"\x00a\nb\xff",
        by="张三",
        reason="更正",
        answers={"空": "缺报"},
        yes=True,
    )
    assert from_body(body(sent)) == sent


@pytest.mark.parametrize("sent", [b"", b"not json\n", b"[1]\n", b'{"name": "check", "of_next_year": 1}\n', b"null\nx"])
def test_what_is_no_command_of_this_version_is_said(board: Board, sent: bytes) -> None:
    told = json.loads(answer(board, sent, at=NOW))
    assert told["code"] == 1
    assert re.search("不是同一版本", told["message"])
