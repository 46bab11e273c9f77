"""`make offline`: what is packed on one machine is installed on another without any network, hash by hash.

Here with one invented package of a few bytes; `make trial` does it with the real ones.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.servers import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32" or not shutil.which("git"), reason="needs sh and git"),
]
WHEEL = "tiny-1.0-py3-none-any.whl"
NO_NETWORK = {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_RETRIES": "0"}


def wheel(folder: Path, *, says: str = "here") -> str:
    """A package of one line; its hash."""
    folder.mkdir(exist_ok=True)
    about = "tiny-1.0.dist-info"
    with zipfile.ZipFile(folder / WHEEL, "w") as packed:
        packed.writestr("tiny.py", f"says = {says!r}\n")
        packed.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        packed.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        packed.writestr(f"{about}/RECORD", f"tiny.py,,\n{about}/METADATA,,\n{about}/WHEEL,,\n{about}/RECORD,,\n")
    return hashlib.sha256((folder / WHEEL).read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Packed from a clone with our scripts and a lock of one package, which comes from a folder in place of a registry."""
    clone, registry = tmp_path_factory.mktemp("clone"), tmp_path_factory.mktemp("registry")
    shutil.copytree(ROOT / "tools", clone / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    lock = f"tiny==1.0 \\\n    --hash=sha256:{wheel(registry)}\n# For DuckLake:\n# For tests and checks:\nother==1.0 --hash=sha256:{'0' * 64}\n"
    (clone / "requirements.lock").write_text(lock, "utf-8")
    for command in (["init", "-q"], ["add", "."], ["-c", "user.name=x", "-c", "user.email=x", "commit", "-qm", "x"]):
        subprocess.run(["git", *command], cwd=clone, check=True)
    (clone / "not-committed").touch()
    settings = {**NO_NETWORK, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(registry), "PYTHON": sys.executable}
    done = run(["sh", "tools/offline.sh", "out"], clone, settings)
    assert done.returncode == 0, done.stderr
    (packed,) = (clone / "out").glob("*.tar.gz")
    return packed


def run(command: list[str], cwd: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, env={**os.environ, **env}, capture_output=True, text=True, check=False)


def unpacked(archive: Path, folder: Path) -> Path:
    shutil.unpack_archive(archive, folder, filter="data")
    return folder / archive.name.removesuffix(".tar.gz")


def test_the_archive_holds_what_is_committed_and_the_products_wheels_and_has_its_checksum(
    archive: Path, tmp_path: Path
) -> None:
    there = unpacked(archive, tmp_path)
    assert sorted(one.name for one in there.iterdir()) == ["requirements.lock", "tools", "wheels"]
    assert [one.name for one in (there / "wheels").iterdir()] == [WHEEL]
    checksum = archive.with_name(archive.name + ".sha256").read_text("utf-8")
    assert checksum.split() == [hashlib.sha256(archive.read_bytes()).hexdigest(), archive.name]


def test_it_is_installed_without_a_network(archive: Path, tmp_path: Path) -> None:
    there = unpacked(archive, tmp_path)
    done = run(["sh", "tools/setup.sh", "run"], there, {**NO_NETWORK, "PYTHON": sys.executable})
    assert done.returncode == 0, done.stderr
    said = run([".venv/bin/python", "-c", "import tiny; print(tiny.says)"], there, {})
    assert said.stdout == "here\n", said.stderr


def test_a_wheel_that_was_exchanged_on_the_way_is_refused(archive: Path, tmp_path: Path) -> None:
    there = unpacked(archive, tmp_path)
    wheel(there / "wheels", says="something else")
    done = run(["sh", "tools/setup.sh", "run"], there, {**NO_NETWORK, "PYTHON": sys.executable})
    assert done.returncode == 1
    assert "DO NOT MATCH THE HASHES" in done.stderr
    assert not (there / ".venv" / "run.lock").exists()
