"""The whole way to a machine without internet, tried: python -m tests.offline, or `make trial`. Linux only.

The archive of HEAD is built, unpacked in another folder and installed where there is no network: in a network namespace
of its own where the system allows one, else with the registry's address set to a closed port. Then the board is
started from there, /healthz is asked and the overview looked at in Chromium. Each step says what it took.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers import ROOT, board_server, browser_page, visit, watched

CLOSED = {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_RETRIES": "0"}
ALONE = ["unshare", "--map-root-user", "--net"]


def main() -> None:
    """Do it all in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="board-offline-") as name:
        folder = Path(name)
        with told("archive built"):
            subprocess.run(["sh", "tools/offline.sh", str(folder)], cwd=ROOT, check=True)
        (archive,) = folder.glob("*.tar.gz")
        with told("unpacked"):
            shutil.unpack_archive(archive, folder, filter="data")
        there = folder / archive.name.removesuffix(".tar.gz")
        with told("installed without a network"):
            install(there)
        print(f"archive {megabytes(archive)} MB, unpacked and installed {megabytes(there)} MB")
        with told("started and looked at"):
            look(there)


def install(there: Path) -> None:
    """Install with the one command of the manual, and no way out."""
    alone = ALONE if subprocess.run([*ALONE, "true"], check=False, capture_output=True).returncode == 0 else []
    print("no network:", "a namespace of its own" if alone else "the registry is a closed port")
    env = {name: text for name, text in os.environ.items() if not name.startswith("PIP_")}
    subprocess.run([*alone, "sh", "tools/setup.sh", "run"], cwd=there, env={**env, **CLOSED}, check=True)


def look(there: Path) -> None:
    """The overview of a board that runs from there; it asks no other machine."""
    python = str(there / ".venv" / "bin" / "python")
    with board_server(cwd=there, program=(python, "app.py")) as server, browser_page() as page:
        with urllib.request.urlopen(server.url + "/healthz") as answer:
            print("/healthz:", answer.read().decode())
        watch = watched(page, server.url)
        visit(page, server.url)
        print(
            "overview:", page.title(), "-", page.locator(".kb").count(), "parts of our own; foreign:", watch.foreign()
        )
        assert watch.foreign() == []


@contextmanager
def told(what: str) -> Iterator[None]:
    """Prints what was done and how long it took."""
    begun = time.monotonic()
    yield
    print(f"{what}: {time.monotonic() - begun:.0f} s", flush=True)


def megabytes(path: Path) -> int:
    """What a file, or all files of a folder, take."""
    files = [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file() and not one.is_symlink()]
    return sum(one.stat().st_size for one in files) // 2**20


if __name__ == "__main__":
    main()
