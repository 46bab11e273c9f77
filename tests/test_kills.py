"""The short form of `make soak`: a writer is killed at random moments, and nothing that it acknowledged is lost."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from metrics.store import open_store
from tests.builders import ROOT
from tests.kills import Told, hand_in, looked_at


def test_nothing_acknowledged_is_lost_and_nothing_is_there_by_halves() -> None:
    command = [sys.executable, "-m", "tests.kills", "--kills", "15", "--seed", "3"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    told = re.match(r"15 kills \(seed 3\), (\d+) acknowledged writes: all there and whole", done.stdout)
    assert told, done.stderr
    assert int(told[1]) >= 15


@pytest.mark.parametrize(
    ("sql", "told", "said"),
    [
        ("DELETE FROM release WHERE release_id = 2", Told(releases={2: 7}), "was acknowledged and is gone"),
        ("DELETE FROM observation WHERE release_id = 2 AND row_no = 3", Told(), "by halves"),
        ("UPDATE release_file SET content = 'x'::BLOB WHERE release_id = 1", Told(), "file of release 1"),
        ("SELECT 1", Told(events={1: ["withdraw"]}), "instead of"),
        ("SELECT 1", Told(notes=1), "1 were acknowledged"),
        ("UPDATE observation SET release_id = 9 WHERE release_id = 2 AND row_no = 3", Told(), "by halves"),
    ],
)
def test_what_is_lost_would_be_found(tmp_path: Path, sql: str, told: Told, said: str) -> None:
    path = tmp_path / "board.duckdb"
    opened = open_store(f"duckdb:{path}")
    assert [hand_in(opened, name, 7) for name in ("one", "two")] == [1, 2]
    opened.close()
    looked_at(f"duckdb:{path}", Told(releases={1: 7, 2: 7}))
    duckdb.connect(str(path)).execute(sql).close()
    with pytest.raises(AssertionError, match=said):
        looked_at(f"duckdb:{path}", told)
