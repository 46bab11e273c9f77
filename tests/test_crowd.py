"""The short form of the crowd of `make soak`: readers and an uploader at once see no error, no wrong figure and lose no release."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from metrics.store import Store, open_store
from tests import crowd
from tests.builders import path_of
from tests.crowd import OWN, Seen, grown, lost
from tests.kills import hand_in


@pytest.mark.browser
def test_readers_and_an_uploader_at_once_see_and_lose_nothing_wrong(tmp_path: Path) -> None:
    seen, report = crowd.run(tmp_path, readers=4, uploaders=1, seconds=15, seed=1)
    assert seen.errors == []
    assert "all there: yes" in report
    assert min(len(seen.times), len(seen.releases), len(seen.memory)) > 1


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"duckdb:{tmp_path}/board.duckdb")
    hand_in(opened, "one", 3)
    yield opened
    opened.close()


def test_a_release_that_is_gone_or_has_another_figure_would_be_found(store: Store) -> None:
    store.close()
    said = lost(path_of(store), Seen(releases={1: (0, 1001), 7: (1, 1002)}))
    assert [line.partition(":")[0] for line in said] == ["release 1", "release 7"]
    assert OWN[1] in said[1]


@pytest.mark.parametrize(("memory", "flat"), [([100.0] * 12, True), ([100.0 + at * 10 for at in range(12)], False)])
def test_memory_that_grows_would_be_seen(memory: list[float], *, flat: bool) -> None:
    before, after = grown(memory)
    assert (after <= crowd.SLACK * before) is flat
