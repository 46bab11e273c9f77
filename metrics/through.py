"""The command line through the running board, which holds the database file and lets nobody else open it.

The board leaves a key beside the file, readable by its owner only. Who can read it may send a command to the board on
this computer; the board runs the very same code on it and answers with what is to be printed.
"""

from __future__ import annotations

import http.client
import json
import logging
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

from metrics.command import Command, run
from metrics.errors import Refused
from metrics.start import Board
from metrics.web.loopback import KEY_HEADER, LARGEST_COMMAND

ADDRESS = "/board/command"
SAID = "已通过正在运行的看板完成。"
PATIENCE = 600.0  # seconds; a million rows take the board about one minute

TOO_LARGE = "文件太大，未入库。请拆成几个文件。 The file is too large."
UNKNOWN = (
    "正在运行的看板没有答复，不能确定是否已完成。请在看板的版本记录中核对，或用 releases 查看，再决定是否重试。\n"
    "The running board gave no answer: look at its releases before you try again."
)
NOT_THAT_BOARD = {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}

log = logging.getLogger(__name__)


def new_key() -> str:
    """A key that nobody can guess, for one run of the board."""
    return secrets.token_urlsafe(32)


def key_path(store: Path) -> Path:
    """Where the board that holds this database leaves its key."""
    return store.with_name(store.name + ".key")


@contextmanager
def key_file(store: Path, key: str, *, port: int) -> Iterator[None]:
    """The key beside the database for as long as the board runs.

    A board that cannot write it runs all the same: the command line then says that the file is in use.
    """
    try:
        _write(key_path(store), json.dumps({"port": port, "key": key}))
    except OSError as error:
        log.warning("命令行暂不能通过看板使用：%s 无法写入（%s）。", key_path(store), error.strerror)
    try:
        yield
    finally:
        if _read(key_path(store)) == (port, key):  # another board's key stays
            with suppress(OSError):
                key_path(store).unlink()


def _write(path: Path, text: str) -> None:
    """Whole or not at all, and never, not even for a moment, readable by others."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def _read(path: Path) -> tuple[int, str] | None:
    """Port and key; None for a file that is not there, not ours to read, or not one of these."""
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        return int(held["port"]), str(held["key"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def through(store: Path, command: Command) -> tuple[int, Any] | None:
    """Exit code and what is printed, from the board that holds `store`; None when no board can be asked.

    Raises `Refused` with the board's own words, and when the board did not answer to a command that it was given: then
    nobody here knows whether it was done.
    """
    found, sent = _read(key_path(store)), body(command)
    if len(sent) > LARGEST_COMMAND:
        raise Refused(TOO_LARGE)
    answer = _asked(*found, sent) if found else None
    if answer is None:
        return None
    if "message" in answer:
        raise Refused(answer["message"])
    return answer["code"], answer["printed"]


def _asked(port: int, key: str, sent: bytes) -> dict[str, Any] | None:
    """The board's answer; None when nobody listens there, or not the board that wrote the key."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        try:
            connection.connect()
        except OSError:
            return None
        connection.request("POST", ADDRESS, body=sent, headers={KEY_HEADER: key})
        response = connection.getresponse()
        received = response.read()
    except (OSError, http.client.HTTPException) as error:
        raise Refused(UNKNOWN) from error
    finally:
        connection.close()
    return _understood(response.status, received)


def _understood(status: int, received: bytes) -> dict[str, Any] | None:
    if status in NOT_THAT_BOARD:
        return None
    if status != HTTPStatus.OK:
        raise Refused(TOO_LARGE if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE else UNKNOWN)
    try:
        answer = json.loads(received)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) and "code" in answer else None


def body(command: Command) -> bytes:
    """A command as it is sent: one line of JSON, then the bytes of its file."""
    fields = asdict(command)
    data: bytes = fields.pop("data")
    return json.dumps(fields).encode() + b"\n" + data


def from_body(sent: bytes) -> Command:
    """The command that was sent; `Refused` when it is not one of this version."""
    line, _, data = sent.partition(b"\n")
    try:
        return Command(**json.loads(line), data=data)
    except (ValueError, TypeError):
        raise Refused(
            "命令行与正在运行的看板不是同一版本。请重新启动看板。 The running board has another version."
        ) from None


def answer(board: Board, sent: bytes, *, at: datetime) -> bytes:
    """What the board answers: {code, printed}, or {code: 1, message} for what was refused."""
    try:
        code, printed = run(board, from_body(sent), at=at)
    except Refused as refused:
        return json.dumps({"code": 1, "message": str(refused)}).encode()
    return json.dumps({"code": code, "printed": printed}, ensure_ascii=False).encode()
