"""Feeds made-up inputs to the readers of files, figures and periods, led by which code each input reaches.

python -m tests.fuzz [--seconds N] [--again FILE] [HARNESS ...], or `make fuzz`. The short form is tests/test_fuzz.py.

What is tried, and which laws must hold, is in tests/harnesses.py, what it begins with in tests/inputs.py; atheris and its libFuzzer
make the inputs. Inputs that
reached new code are kept in fuzz/, where the next run goes on. Exit code 1: an input broke a law, raised what is
not documented, took too long or too much memory; it is kept, and named. 2: the fuzzer itself could not run.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NAMES = ("file", "figure", "period")
KEPT = ROOT / "fuzz"
INSTRUMENTED = ["metrics", "xlrd"]
MOST_MEMORY = 2048  # MB of the whole process; Python with the readers takes 250
INSIDE = "--inside"
_EXECUTED = re.compile(r"^#(\d+)\s|^stat::number_of_executed_units:\s+(\d+)", re.MULTILINE)
_FEATURES = re.compile(r"\bft: (\d+)")
_KEPT = re.compile(r"Test unit written to (.+)$", re.MULTILINE)
_LINES_SHOWN = 12  # of the traceback of a failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What came of one harness.

    inputs    how many were tried
    features  how many parts of the code, and numbers of times that they ran, were reached
    failures  the inputs that failed
    output    the traceback of the failure; without one, what libFuzzer wrote
    broken    the fuzzer ended without being asked to and left no input behind, or saw nothing of the code
    """

    name: str
    inputs: int
    features: int
    seconds: float
    failures: tuple[Path, ...]
    output: str
    broken: bool = False

    def __str__(self) -> str:
        return f"{self.name:10}{self.inputs:12,}{self.features:12,}{self.seconds:10.1f}{len(self.failures):10}"


HEAD = f"{'harness':10}{'inputs':>12}{'features':>12}{'seconds':>10}{'failures':>10}\n"


def run(name: str, *, seconds: int, folder: Path) -> Ran:
    """Fuzz one harness for so long, or until an input fails."""
    from tests.harnesses import HARNESSES

    harness, corpus, failed = HARNESSES[name], folder / "corpus" / name, folder / "failed" / name
    words = folder / f"{name}.words"
    for made in (corpus, failed):
        made.mkdir(parents=True, exist_ok=True)
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in harness.words()), "ascii")
    for seed in harness.seeds():
        (corpus / hashlib.sha1(seed, usedforsecurity=False).hexdigest()).write_bytes(seed)
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", INSIDE, name, str(corpus), f"-artifact_prefix={failed}/", f"-dict={words}",
         f"-max_total_time={seconds}", f"-max_len={harness.longest}", f"-timeout={harness.slowest}",
         f"-rss_limit_mb={MOST_MEMORY}", "-print_final_stats=1", "-reload=0"],
        cwd=ROOT, capture_output=True, text=True, errors="replace", check=False,
    )  # fmt: skip
    return outcome(name, done, seconds=time.monotonic() - begun)


def outcome(name: str, done: subprocess.CompletedProcess[str], *, seconds: float) -> Ran:
    """What libFuzzer wrote, in figures. One that reaches no code was not led by it, and is taken for broken."""
    failures = tuple(Path(path) for path in _KEPT.findall(done.stderr))
    counted = [int(one or other) for one, other in _EXECUTED.findall(done.stderr)]
    features = max(map(int, _FEATURES.findall(done.stderr)), default=0)
    return Ran(
        name=name,
        inputs=max(counted, default=0),
        features=features,
        seconds=seconds,
        failures=failures,
        output=done.stdout if done.stdout.strip() else done.stderr,
        broken=not failures and bool(done.returncode or not features),
    )


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


def inside(name: str, arguments: Sequence[str]) -> None:
    """The fuzzer's own process: the code of the product counts where it comes, then libFuzzer takes over."""
    import atheris

    with atheris.instrument_imports(include=INSTRUMENTED):
        from tests import harnesses

    harness = harnesses.HARNESSES[name]

    def changed(data: bytes, longest: int, seed: int) -> bytes:
        return harness.change(data, longest, random.Random(seed), atheris.Mutate)

    atheris.Setup([sys.argv[0], *arguments], harness.attempt, custom_mutator=changed)
    atheris.Fuzz()


def again(file: Path, names: Sequence[str]) -> None:
    """Try one kept input, without the fuzzer; what it raises is the failure."""
    from tests.harnesses import HARNESSES

    name = next((name for name in names if name in file.parts), names[0])
    HARNESSES[name].attempt(file.read_bytes())
    sys.stdout.write(f"{name}: {file.name} breaks nothing.\n")


def told(ran: Ran) -> str:
    """What is said of a harness that failed: the end of what it printed, and how to see it again."""
    shown = "\n".join(f"    {line}" for line in ran.output.rstrip().splitlines()[-_LINES_SHOWN:])
    if ran.broken:
        return f"{ran.name}: the fuzzer could not run.\n{shown}\n"
    again = "".join(
        f'    make fuzz ARGS="--again {(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path).as_posix()}"\n'
        for path in ran.failures
    )
    return f"{ran.name}: an input fails. To try it again:\n{again}{shown}\n"


def main() -> None:
    """Fuzz what is asked for, one after the other, and print a line for each."""
    if sys.argv[1:2] == [INSIDE]:
        inside(sys.argv[2], sys.argv[3:])
        return
    parser = argparse.ArgumentParser(prog="make fuzz", description="Feed made-up inputs to the readers.")
    parser.add_argument("names", nargs="*", metavar="HARNESS", help=f"of {', '.join(NAMES)}; all of them without one")
    parser.add_argument("--seconds", type=int, default=60, help="for each harness")
    parser.add_argument("--again", type=Path, metavar="FILE", help="try this kept input alone")
    given = parser.parse_args()
    names = given.names or list(NAMES)
    if unknown := set(names) - set(NAMES):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    if given.again:
        again(given.again, names)
        return
    sys.stdout.write(HEAD)
    done = []
    for name in names:
        done.append(run(name, seconds=given.seconds, folder=KEPT))
        sys.stdout.write(f"{done[-1]}\n{told(done[-1]) if done[-1].failures or done[-1].broken else ''}")
        sys.stdout.flush()
    sys.exit(2 if any(ran.broken for ran in done) else int(any(ran.failures for ran in done)))


if __name__ == "__main__":
    main()
