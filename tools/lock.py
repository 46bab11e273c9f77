"""Write requirements.lock, or with --check say whether it fits the files requirements*.txt.

One lock for all systems and Pythons, with hashes, in four parts: the product's packages, which `make run` installs, those of a
store on DuckLake (`make lake`), those that only tests and checks need (`make test`), and those of `make fuzz`. Versions already locked stay unless
--upgrade is given.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

LOCK = Path("requirements.lock")
FILES = ("requirements.txt", "requirements-lake.txt", "requirements-dev.txt", "requirements-fuzz.txt")
HEAD = "# Everything that is installed, with hashes, for every system and Python. Written by `make lock`.\n"
DIVIDERS = ["# For DuckLake:\n", "# For tests and checks:\n", "# For fuzzing:\n"]
BLOCK = re.compile(r"^([a-z0-9][a-z0-9._-]*)==.*\n(?:[ ].*\n)*", re.MULTILINE)


def main() -> None:
    """Do what the command line asks."""
    if "--check" in sys.argv:
        sys.exit("\n".join(problems(LOCK.read_text("utf-8"))) or 0)
    write(upgrade="--upgrade" in sys.argv)


def write(*, upgrade: bool) -> None:
    """Resolve the whole once, then mark what each file needs on top of those before it."""
    if not shutil.which("uv"):
        sys.exit("uv is missing. Install it: pipx install uv (or: brew install uv)")
    with tempfile.TemporaryDirectory() as folder:
        whole, part = Path(folder, "whole"), Path(folder, "part")
        if LOCK.exists():
            shutil.copy(LOCK, whole)
        resolve(*FILES, f"--output-file={whole}", *(["--upgrade"] if upgrade else []))
        needed = []
        for number in range(1, len(FILES) + 1):
            resolve(*FILES[:number], f"--constraints={whole}", f"--output-file={part}")
            needed.append({match[1] for match in BLOCK.finditer(part.read_text("utf-8"))})
        blocks = {match[0]: match[1] for match in BLOCK.finditer(whole.read_text("utf-8"))}
    first = {name: min(at for at, names in enumerate(needed) if name in names) for name in blocks.values()}
    parts = ["".join(block for block, name in blocks.items() if first[name] == at) for at in range(len(FILES))]
    LOCK.write_text(HEAD + "".join(before + part for before, part in zip(["", *DIVIDERS], parts, strict=True)), "utf-8")


def resolve(*arguments: str) -> None:
    """Run the resolver: wheels for 3.11 and later, one version of a package for all of them where there is one."""
    command = ["uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--python-version=3.11"]
    command += ["--fork-strategy=fewest", "--no-emit-index-url", "--no-header"]
    if subprocess.run([*command, *arguments], check=False).returncode:
        sys.exit("requirements.lock is as it was.")


def problems(lock: str) -> list[str]:
    """Name what in the lock does not fit the pins, has no hash, or says where a package was fetched."""
    parts = [*(lock.partition(divider)[0] for divider in DIVIDERS), lock]
    found = [
        f"requirements.lock: {match[1]} has no hash" for match in BLOCK.finditer(lock) if "sha256:" not in match[0]
    ]
    if "://" in lock:
        found.append("requirements.lock: names the address of a registry")
    for file, part in zip(FILES, parts, strict=True):
        locked = {match[0].split(" ")[0] for match in BLOCK.finditer(part)}
        pins = re.findall(r"^[A-Za-z0-9][^\s#]*", Path(file).read_text("utf-8"), re.MULTILINE)
        found += [
            f"{file}: {pin} is not in requirements.lock; run `make lock`" for pin in pins if pin.lower() not in locked
        ]
    return found


if __name__ == "__main__":
    main()
