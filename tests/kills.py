"""Kills a process at random moments while it writes, and looks whether anything that it had acknowledged is gone.

python -m tests.kills [--kills N] [--seed N] [--lake], or `make soak`. The short forms are tests/test_kills.py and tests/test_scale.py.
On a lake two processes write at once, and every third time it is PostgreSQL that is killed.

A writer appends releases with their files, withdraws and restores them, writes notes, makes back-ups, closes the store and opens
it again, and tells after each that it is done. After every SIGKILL the store must open without help; all that was told must be
there and whole, nothing may be there by halves, and every back-up that has its name must be whole.
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path

from metrics import backup, store
from metrics.errors import Refused
from metrics.lake import PREFIX
from metrics.model import Act, Counts, ReleaseFile
from metrics.store import Store, append, append_comment, files, open_store, record_event, releases
from tests.builders import NOW, observation, remark, submission
from tests.postgres import postgres

LONGEST = 0.2  # seconds that a writer lives once it has done something
SLOWER = 5  # times that, on a lake
CHOICES = ("release",) * 6 + ("withdraw", "restore", "note", "backup", "reopen")
FRESH = 40  # kills after which a new store is begun, or looking at it would take most of the time
BACKUPS_KEPT = 2
WRITERS = multiprocessing.get_context("forkserver")


@dataclass(slots=True)
class Told:
    """What writers have acknowledged of one store: rows by release, events by release, and how many notes."""

    releases: dict[int, int] = field(default_factory=dict)
    events: dict[int, list[str]] = field(default_factory=dict)
    notes: int = 0
    backups: int = 0

    @property
    def all(self) -> int:
        """How many writes."""
        return len(self.releases) + sum(map(len, self.events.values())) + self.notes + self.backups


def run(kills: int, *, seed: int, folder: Path) -> int:
    """So many kills; how many writes had been acknowledged. Raises AssertionError for the first that is lost or half there."""
    WRITERS.set_forkserver_preload(["metrics.backup", "tests.builders"])  # what takes a writer most of its time
    dice, told, written = random.Random(seed), Told(), 0
    url = ""
    for number in range(kills):
        if number % FRESH == 0:
            written, told, url = written + told.all, Told(), f"duckdb:{folder}/{number}/board.duckdb"
        killed(url, f"{seed} {number}", told, after=dice.random() * LONGEST)
        looked_at(url, told)
    return written + told.all


def run_on_lake(kills: int, *, seed: int, folder: Path) -> int:
    """The same on a lake, with two writers at once and a PostgreSQL that dies as well."""
    WRITERS.set_forkserver_preload(["metrics.backup", "tests.builders"])
    dice, told, written = random.Random(seed), Told(), 0
    with postgres() as server:
        url = ""
        for number in range(kills):
            if number % FRESH == 0:
                words = f"{server.words} schema=s{number} data_path={folder}/{number}"
                written, told, url = written + told.all, Told(), PREFIX + words
            with writer(url, f"{seed} {number} b") as (other, theirs):
                if number % 3 == 2:
                    take(theirs, told)
                    server.stop(killed=True)
                    server.start()
                killed(url, f"{seed} {number} a", told, after=dice.random() * LONGEST * SLOWER)
                other.kill()
                other.join()
                drain(theirs, told)
            looked_at(url, told)
    return written + told.all


def killed(url: str, seed: str, told: Told, *, after: float) -> None:
    """A writer that lives that long after its first write; what it acknowledged is added to `told`."""
    with writer(url, seed) as (process, pipe):
        take(pipe, told)
        time.sleep(after)
        process.kill()
        process.join()
        drain(pipe, told)


def drain(pipe: Connection, told: Told) -> None:
    """Everything that a writer that is gone had acknowledged."""
    with suppress(EOFError):
        while pipe.poll():
            take(pipe, told)


@contextmanager
def writer(url: str, seed: str) -> Iterator[tuple[multiprocessing.context.ForkServerProcess, Connection]]:
    ours, theirs = WRITERS.Pipe(duplex=False)
    process = WRITERS.Process(target=write_for_ever, args=(url, seed, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield process, ours
    finally:
        process.kill()
        process.join()
        ours.close()


def take(pipe: Connection, told: Told) -> None:
    """One acknowledgement, as soon as it comes."""
    what, number, more = pipe.recv()
    if what == "release":
        told.releases[number] = more
    elif what == "note":
        told.notes += 1
    elif what == "backup":
        told.backups += 1
    else:
        told.events.setdefault(number, []).append(what)


def write_for_ever(url: str, seed: str, told: Connection) -> None:
    """Writes of every kind, in an order that the seed gives, each told when it is done; what is refused is not told."""
    dice, opened = random.Random(seed), open_store(url)
    mine: list[int] = []
    for step in count():
        try:
            what = dice.choice(CHOICES) if mine else "release"
            if what == "reopen":
                opened.close()
                opened = open_store(url)
            else:
                told.send(written(opened, what, mine, name=f"{seed} {step}", dice=dice, step=step))
        except Refused:
            if not opened.engine.shared:
                raise
            time.sleep(0.05)  # PostgreSQL is on its way back, or another writer came first


def written(
    opened: Store, what: str, mine: list[int], *, name: str, dice: random.Random, step: int
) -> tuple[str, int, int]:
    """One write that is done: what it was, the release, and its rows."""
    at, number, rows = NOW + timedelta(seconds=step), 0, 0
    match what:
        case "release":
            rows = dice.randrange(1, 400)
            number = hand_in(opened, name, rows)
            mine.append(number)
        case "note":
            notes = opened.query("SELECT coalesce(max(comment_id), 0) AS n FROM comment")
            append_comment(opened, remark(f"第{step}次 {name}", at=at, reason="改"), after=notes[0]["n"])
        case "backup":
            backup.make(opened, at=at, name=f"{name.replace(' ', '-')}.duckdb")
        case "withdraw" | "restore" as event:
            number = mine[-1]
            record_event(opened, number, event, act=Act(at=at, by="张三"), reason="试")
    return what, number, rows


def hand_in(opened: Store, name: str, rows: int) -> int:
    """A release of so many figures with its file; the counts kept with it say how many there must be."""
    content = name.encode() * rows
    sha256 = hashlib.sha256(content).hexdigest()
    kept = ReleaseFile(file_no=1, name="月报.csv", sha256=sha256, size=len(content), kind="csv", content=content)
    figures = [observation(row, indicator=f"rate-{row}") for row in range(rows)]
    counts = Counts(new=rows, revised=0, unchanged=0)
    return append(opened, submission(*figures, sha256=sha256, files=(kept,), counts=counts), at=NOW).release_id


def looked_at(url: str, told: Told) -> None:
    """Opens the store like any start of the board and holds what is there against what was told."""
    opened = open_store(url)
    try:
        found = {one.release_id: one for one in releases(opened)}
        assert list(found) == list(range(1, len(found) + 1)), f"numbers of releases: {list(found)}"
        for number, rows in told.releases.items():
            assert number in found, f"release {number} was acknowledged and is gone"
            assert found[number].observations == rows, (
                f"release {number} has {found[number].observations} of {rows} figures"
            )
        for number, release in found.items():
            assert release.observations == release.new_count, f"release {number} is there by halves"
            (file,) = files(opened, number, content=True)
            assert hashlib.sha256(file.content).hexdigest() == file.sha256 == release.sha256, (
                f"file of release {number}"
            )
        happened = [(one.release_id, one.event) for one in store.events(opened)]
        for number, events in told.events.items():
            kept = [event for release, event in happened if release == number]
            assert kept[: len(events)] == events, f"release {number}: {kept} instead of {events}"
        (notes,) = opened.query("SELECT count(*) AS n, coalesce(max(comment_id), 0) AS last FROM comment")
        assert notes["n"] == notes["last"] >= told.notes, f"{notes['n']} notes, {told.notes} were acknowledged"
        orphans = opened.query(
            "SELECT count(*) AS n FROM observation WHERE release_id NOT IN (SELECT release_id FROM release)"
        )
        assert orphans[0]["n"] == 0, "figures without a release"
        saved = sorted(opened.backups.glob("*.duckdb"), key=lambda one: one.stat().st_mtime)
    finally:
        opened.close()
    assert len(saved) + BACKUPS_KEPT >= min(told.backups, BACKUPS_KEPT)
    for one in saved:
        store.verify(one)
    for one in saved[:-BACKUPS_KEPT]:
        one.unlink()


def main() -> None:
    """Kill, and print how often and what was held."""
    parser = argparse.ArgumentParser(
        prog="make soak", description="Kill the writer at random moments; nothing may be lost."
    )
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lake", action="store_true", help="on DuckLake, with a PostgreSQL of this machine's own")
    given = parser.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="board-kills-") as folder:
        acknowledged = (run_on_lake if given.lake else run)(given.kills, seed=given.seed, folder=Path(folder))
    sys.stdout.write(
        f"{given.kills} kills (seed {given.seed}), {acknowledged} acknowledged writes: all there and whole, none by halves, "
        f"every store opened without help; {time.monotonic() - begun:.0f} s\n"
    )


if __name__ == "__main__":
    main()
