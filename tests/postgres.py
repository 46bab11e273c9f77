"""A PostgreSQL of this machine's own for a test: on loopback, a free port, an empty folder; gone at the end.

python -m tests.postgres COMMAND ...   runs a command with one, KPI_TEST_POSTGRES says how it is reached

Debian's package `postgresql` brings the programs. They refuse to run as root, who runs them as the user postgres.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.servers import free_port

REACHED = "KPI_TEST_POSTGRES"
PASSWORD = "geheim"  # of a server on loopback, for as long as a test runs
SETTINGS = ("max_connections=200", "listen_addresses=127.0.0.1", "log_min_messages=warning")


@dataclass(slots=True)
class Postgres:
    """A server that can be stopped and started again in the middle of a test."""

    folder: Path
    port: int
    settings: Sequence[str] = SETTINGS

    @property
    def words(self) -> str:
        """How it is reached, for the address of a lake; the password is in PGPASSWORD."""
        return f"host=127.0.0.1 port={self.port} user=kpi dbname=kpi"

    def start(self) -> None:
        """Run it; returns when it answers."""
        options = " ".join(
            f"-c {one}" for one in (*self.settings, f"port={self.port}", f"unix_socket_directories={self.folder}")
        )
        self._control("start", "-l", str(self.folder / "log"), "-o", options)

    def stop(self, *, killed: bool = False) -> None:
        """End it: in order, or at once as when its machine loses power."""
        with suppress(subprocess.CalledProcessError):  # it may be gone already
            self._control("stop", "-m", "immediate" if killed else "fast")

    def _control(self, what: str, *options: str) -> None:
        run(program("pg_ctl"), "-D", str(self.folder / "data"), "-w", *options, what)


@contextmanager
def postgres(*settings: str) -> Iterator[Postgres]:
    """A server with an empty database `kpi`, with these settings besides; the environment has its password meanwhile."""
    with tempfile.TemporaryDirectory(prefix="board-postgres-") as name:
        server = Postgres(Path(name), free_port(), (*SETTINGS, *settings))
        if os.geteuid() == 0:
            shutil.chown(name, "postgres")
        key = Path(name) / "key"
        key.write_text(PASSWORD)
        key.chmod(0o644)
        run(
            program("initdb"),
            "-D",
            f"{name}/data",
            "-U",
            "kpi",
            "-A",
            "scram-sha-256",
            "--pwfile",
            str(key),
            "-E",
            "UTF8",
            "--locale=C",
        )
        before = os.environ.get("PGPASSWORD")
        os.environ["PGPASSWORD"] = PASSWORD
        server.start()
        try:
            run(program("createdb"), "-h", "127.0.0.1", "-p", str(server.port), "-U", "kpi", "kpi")
            yield server
        finally:
            server.stop(killed=True)
            os.environ.pop("PGPASSWORD")
            if before is not None:
                os.environ["PGPASSWORD"] = before


def program(name: str) -> str:
    """Full path of one of PostgreSQL's programs, the newest where there are several; "" where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda one: int(one.parts[-3]))
    return str(found[-1]) if found else shutil.which(name) or ""


def run(*command: str) -> None:
    """Run it to its end, as a user that PostgreSQL's programs accept."""
    as_other = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"] if os.geteuid() == 0 else []
    # Nothing of a pipe: the server that pg_ctl starts would keep it open.
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(
            [*as_other, *command], cwd="/", stdout=said, stderr=said, stdin=subprocess.DEVNULL, check=False
        )
        if done.returncode:
            said.seek(0)
            raise subprocess.CalledProcessError(done.returncode, command, said.read().decode(errors="replace"))


def main(command: Sequence[str]) -> int:
    """Run the command beside a server of its own."""
    with postgres("fsync=off") as server:
        return subprocess.run(list(command), env={**os.environ, REACHED: server.words}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
