"""Write requirements.lock, or with --check say whether it fits requirements.txt, requirements-dev.txt and requirements-fuzz.txt.

One lock for all systems and Pythons, with hashes, in three parts: the product's packages, which `make run` installs, those that
only tests and checks need, which `make test` installs too, and those of `make fuzz`. Versions already locked stay unless
--upgrade is given.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

LOCK = Path("requirements.lock")
PRODUCT, DEV, FUZZ = "requirements.txt", "requirements-dev.txt", "requirements-fuzz.txt"
HEAD = "# Everything that is installed, with hashes, for every system and Python. Written by `make lock`.\n"
DIVIDERS = ["# For tests and checks:\n", "# For fuzzing:\n"]
BLOCK = re.compile(r"^([a-z0-9][a-z0-9._-]*)==.*\n(?:[ ].*\n)*", re.MULTILINE)


def main() -> None:
    """Do what the command line asks."""
    if "--check" in sys.argv:
        sys.exit("\n".join(problems(LOCK.read_text("utf-8"))) or 0)
    write(upgrade="--upgrade" in sys.argv)


def write(*, upgrade: bool) -> None:
    """Resolve the whole once, then mark the parts of it that the product, and the tests, need."""
    if not shutil.which("uv"):
        sys.exit("uv is missing. Install it: pipx install uv (or: brew install uv)")
    with tempfile.TemporaryDirectory() as folder:
        whole, part = Path(folder, "whole"), Path(folder, "part")
        if LOCK.exists():
            shutil.copy(LOCK, whole)
        resolve(PRODUCT, DEV, FUZZ, f"--output-file={whole}", *(["--upgrade"] if upgrade else []))
        names = []
        for files in ([PRODUCT], [PRODUCT, DEV]):
            resolve(*files, f"--constraints={whole}", f"--output-file={part}")
            names.append({match[1] for match in BLOCK.finditer(part.read_text("utf-8"))})
        blocks = {match[0]: match[1] for match in BLOCK.finditer(whole.read_text("utf-8"))}
    product, tested = names
    parts = [[block for block, name in blocks.items() if name in product],
             [block for block, name in blocks.items() if name in tested - product],
             [block for block, name in blocks.items() if name not in tested]]  # fmt: skip
    LOCK.write_text("".join([HEAD, *parts[0], DIVIDERS[0], *parts[1], DIVIDERS[1], *parts[2]]), "utf-8")


def resolve(*arguments: str) -> None:
    """Run the resolver: wheels for 3.11 and later, one version of a package for all of them where there is one."""
    command = ["uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--python-version=3.11"]
    command += ["--fork-strategy=fewest", "--no-emit-index-url", "--no-header"]
    if subprocess.run([*command, *arguments], check=False).returncode:
        sys.exit("requirements.lock is as it was.")


def problems(lock: str) -> list[str]:
    """Name what in the lock does not fit the pins, has no hash, or says where a package was fetched."""
    product, tested = (lock.partition(divider)[0] for divider in DIVIDERS)
    found = [
        f"requirements.lock: {match[1]} has no hash" for match in BLOCK.finditer(lock) if "sha256:" not in match[0]
    ]
    if "://" in lock:
        found.append("requirements.lock: names the address of a registry")
    for file, part in ((PRODUCT, product), (DEV, tested), (FUZZ, lock)):
        locked = {match[0].split(" ")[0] for match in BLOCK.finditer(part)}
        pins = re.findall(r"^[A-Za-z0-9][^\s#]*", Path(file).read_text("utf-8"), re.MULTILINE)
        found += [
            f"{file}: {pin} is not in requirements.lock; run `make lock`" for pin in pins if pin.lower() not in locked
        ]
    return found


if __name__ == "__main__":
    main()
