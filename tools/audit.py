"""Ask a public database whether anything in requirements.lock has a known vulnerability: tools/audit.py [--url URL].

Exit code 0: nothing is known. 1: something is. 3: the database could not be asked or is not to be relied on, and nothing
is known either way. What is locked for other systems is asked about too. First comes a package whose holes have been known
for years: who does not name them, say a proxy that answers every question alike, would find nothing in anything.
URL is another database that answers as OSV does, for a network without internet.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

LOCK = Path("requirements.lock")
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^\s;]+)", re.MULTILINE)
CONTROL = ("jinja2", "2.10")  # CVE-2019-10906
UNKNOWN = 3
SECONDS = "20"  # for one answer

Pin = tuple[str, str]


class Unasked(Exception):
    """Why there is no answer, in one line."""


def main() -> None:
    """Ask, print what is known, and leave with the code for it."""
    parser = argparse.ArgumentParser(prog="make audit", description="Ask for known vulnerabilities.")
    parser.add_argument("--url", help="another database that answers as OSV does")
    given = parser.parse_args()
    pins = PIN.findall(LOCK.read_text("utf-8"))
    try:
        holes = known(pins, given.url)
    except Unasked as why:
        print(
            f"The database of vulnerabilities could not be asked; nothing is known either way. {why}", file=sys.stderr
        )
        sys.exit(UNKNOWN)
    print("\n".join(holes) or f"No known vulnerability in the {len(pins)} packages of {LOCK}.")
    sys.exit(1 if holes else 0)


def known(pins: list[Pin], url: str | None) -> list[str]:
    """A line for each known hole. Raises Unasked unless there is an answer for every pin, from a database that knows any."""
    if not answers([CONTROL], url):
        raise Unasked(f"It answers, but does not know the holes of {'=='.join(CONTROL)}.")
    twice = [pin for at, pin in enumerate(pins) if pin[0] in {name for name, _ in pins[:at]}]  # versions by Python
    once = [pin for pin in pins if pin not in twice]
    return [hole for some in (once, twice) if some for hole in answers(some, url)]


def answers(pins: list[Pin], url: str | None) -> list[str]:
    """A line for each known hole of these, no name twice."""
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder, "requirements.txt")
        listed.write_text("".join(f"{name}=={version}\n" for name, version in pins), "utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "pip_audit", f"--requirement={listed}", "--no-deps", "--disable-pip", "--strict",
             "--vulnerability-service=osv", *([f"--osv-url={url}"] if url else []), "--format=json", "--desc=off",
             f"--timeout={SECONDS}", "--progress-spinner=off", f"--cache-dir={folder}"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    return holes_of(pins, done)


def holes_of(pins: list[Pin], done: subprocess.CompletedProcess[str]) -> list[str]:
    """What it printed, line by line; its exit code is 1 for a hole and for a broken connection alike."""
    try:
        found = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        raise Unasked(done.stderr.strip().rpartition("\n")[2] or f"It ended with code {done.returncode}.") from None
    asked = {one["name"] for one in found if "vulns" in one}
    if missing := [name for name, _ in pins if name not in asked]:
        raise Unasked(f"There is no answer for {', '.join(missing)}.")
    return [
        f"{one['name']} {one['version']}: {hole['id']}, put right in {', '.join(hole['fix_versions']) or 'no version yet'}"
        for one in found
        for hole in one["vulns"]
    ]


if __name__ == "__main__":
    main()
