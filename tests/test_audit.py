"""`make audit` against databases of the tests' own: no hole, a hole, none that answers, and ones not to be relied on."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from tests.builders import ROOT

Answer = Callable[[str, str], object]  # of name and version
HOLE = {"id": "PYSEC-2019-217", "affected": [], "modified": "2019-04-07T00:00:00Z"}
LOCKED = len(re.findall(r"^\S+==", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE))


@contextmanager
def database(answer: Answer) -> Iterator[str]:
    """A database of vulnerabilities on this computer, by its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps(answer(asked["package"]["name"], asked["version"])).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def audit(url: str) -> tuple[int, str, str]:
    command = [sys.executable, "tools/audit.py", "--url", url]
    environment = {**os.environ, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def knows(*names: str) -> Answer:
    return lambda name, _: {"vulns": [HOLE]} if name in names else {}


def test_without_a_known_hole_it_says_how_many_packages_it_asked_about() -> None:
    asked: list[str] = []

    def answer(name: str, version: str) -> object:
        asked.append(name)
        return {"vulns": [HOLE]} if (name, version) == ("jinja2", "2.10") else {}

    with database(answer) as url:
        code, out, _ = audit(url)
    assert (code, out) == (0, f"No known vulnerability in the {LOCKED} packages of requirements.lock.\n")
    assert len(asked) == LOCKED + 1
    assert {"streamlit", "duckdb", "pytest", "colorama", "atheris"} <= set(asked)


def test_a_known_hole_is_named_with_its_package() -> None:
    with database(knows("jinja2", "duckdb")) as url:
        code, out, _ = audit(url)
    assert code == 1
    assert re.search(r"^duckdb \S+: PYSEC-2019-217, put right in no version yet$", out, re.MULTILINE)


def test_a_database_that_cannot_be_reached_is_no_all_clear_and_no_hole() -> None:
    with socket.socket() as closed:  # bound and not listening: nobody else has the port, and nobody answers
        closed.bind(("127.0.0.1", 0))
        code, out, err = audit(f"http://127.0.0.1:{closed.getsockname()[1]}/")
    assert (code, out) == (3, "")
    assert err.startswith("The database of vulnerabilities could not be asked; nothing is known either way.")
    assert "refused" in err


def test_a_database_that_knows_nothing_of_an_old_hole_is_not_believed() -> None:
    with database(knows()) as url:
        code, out, err = audit(url)
    assert (code, out) == (3, "")
    assert "does not know the holes of jinja2==2.10" in err


def test_an_answer_that_is_none_is_not_believed() -> None:
    with database(lambda *_: "please sign in") as url:
        assert audit(url)[:2] == (3, "")
