"""Write requirements.lock, or with --check say whether it fits requirements.txt and requirements-dev.txt.

One lock for all systems and Pythons, with hashes, in two parts: the product's packages, which `make run` installs, then
those that only tests and checks need. `make test` installs both. Versions already locked stay unless --upgrade is given.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

LOCK = Path("requirements.lock")
PRODUCT, DEV = "requirements.txt", "requirements-dev.txt"
HEAD = "# Everything that is installed, with hashes, for every system and Python. Written by `make lock`.\n"
DIVIDER = "# For tests and checks:\n"
BLOCK = re.compile(r"^([a-z0-9][a-z0-9._-]*)==.*\n(?:[ ].*\n)*", re.MULTILINE)


def main() -> None:
    """Do what the command line asks."""
    if "--check" in sys.argv:
        sys.exit("\n".join(problems(LOCK.read_text("utf-8"))) or 0)
    write(upgrade="--upgrade" in sys.argv)


def write(*, upgrade: bool) -> None:
    """Resolve the whole once, then mark the part of it that the product needs."""
    if not shutil.which("uv"):
        sys.exit("uv is missing. Install it: pipx install uv (or: brew install uv)")
    with tempfile.TemporaryDirectory() as folder:
        whole, product = Path(folder, "whole"), Path(folder, "product")
        if LOCK.exists():
            shutil.copy(LOCK, whole)
        resolve(PRODUCT, DEV, f"--output-file={whole}", *(["--upgrade"] if upgrade else []))
        resolve(PRODUCT, f"--constraints={whole}", f"--output-file={product}")
        blocks = {match[0]: match[1] for match in BLOCK.finditer(whole.read_text("utf-8"))}
        needed = {match[1] for match in BLOCK.finditer(product.read_text("utf-8"))}
    first = [block for block, name in blocks.items() if name in needed]
    rest = [block for block, name in blocks.items() if name not in needed]
    LOCK.write_text("".join([HEAD, *first, DIVIDER, *rest]), "utf-8")


def resolve(*arguments: str) -> None:
    """Run the resolver: wheels for 3.11 and later, one version of a package for all of them where there is one."""
    command = ["uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--python-version=3.11"]
    command += ["--fork-strategy=fewest", "--no-emit-index-url", "--no-header"]
    if subprocess.run([*command, *arguments], check=False).returncode:
        sys.exit("requirements.lock is as it was.")


def problems(lock: str) -> list[str]:
    """Name what in the lock does not fit the pins, has no hash, or says where a package was fetched."""
    product, _, _ = lock.partition(DIVIDER)
    found = [
        f"requirements.lock: {match[1]} has no hash" for match in BLOCK.finditer(lock) if "sha256:" not in match[0]
    ]
    if "://" in lock:
        found.append("requirements.lock: names the address of a registry")
    for file, part in ((PRODUCT, product), (DEV, lock)):
        locked = {match[0].split(" ")[0] for match in BLOCK.finditer(part)}
        pins = re.findall(r"^[A-Za-z0-9][^\s#]*", Path(file).read_text("utf-8"), re.MULTILINE)
        found += [
            f"{file}: {pin} is not in requirements.lock; run `make lock`" for pin in pins if pin.lower() not in locked
        ]
    return found


if __name__ == "__main__":
    main()
