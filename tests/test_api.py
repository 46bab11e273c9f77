"""The short form of `make api`, the document against the routes, and that what is wrong would be found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from metrics.account import Entry
from metrics.web.assets import MEDIA_TYPES
from tests.api import MAY, Kept, operations, run, table, troubles, unlawful
from tests.builders import NOW, ROOT

ROUTES = """
import json
import app
print(json.dumps(sorted(f"{how} {one.path}" for one in app.app._user_routes for how in one.methods - {"HEAD"})))
"""


@pytest.mark.slow
def test_no_made_up_request_breaks_a_law(tmp_path: Path) -> None:
    tried = run(tmp_path, most=6)
    print(table(tried))  # noqa: T201  shown by pytest -rP
    assert [label for (label, _), answered in tried.items() if not answered] == []
    assert len(tried) == 3 * len(operations()) + 1


def test_the_document_has_every_address_of_the_program_and_no_other(tmp_path: Path) -> None:
    env = {**os.environ, "KPI_STORE": f"duckdb:{tmp_path}/board.duckdb"}
    done = subprocess.run([sys.executable, "-c", ROUTES], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert sorted(one.label for one in operations()) == json.loads(done.stdout)


def test_the_document_names_every_file_of_ours() -> None:
    (asset,) = [one for one in operations() if one.label == "GET /board/{name}"]
    (name,) = asset.definition.raw["parameters"][:1]
    assert name["schema"]["enum"] == sorted(MEDIA_TYPES)


def test_every_operation_says_who_may() -> None:
    assert {one.definition.raw["x-may"] for one in operations()} == set(MAY)


LINE = Entry(
    audit_id=1, at=NOW, event="account-add", by="孙看板", verified=True, door="web", address=None, os_user=None, subject="新来的", said=None
)  # fmt: skip
STORE = Kept(tables={"release": ["1"]}, accounts={"孙看板": "admin"}, audit=[])


@pytest.mark.parametrize(
    ("after", "said"),
    [
        pytest.param(replace(STORE, tables={"release": []}), ["release has changed"], id="a release is gone"),
        pytest.param(replace(STORE, accounts={"孙看板": "leader"}), ["account 孙看板 has changed"], id="and no line says so"),
        pytest.param(replace(STORE, audit=[replace(LINE, by="")]), ["account-add of 新来的 by nobody"], id="by nobody"),
        pytest.param(replace(STORE, audit=[LINE, LINE]), ["2 changes in the audit, 1 accepted"], id="refused and done"),
        pytest.param(replace(STORE, audit=[replace(LINE, event="refused", by="")]), [], id="a refusal is kept"),
    ],
)  # fmt: skip
def test_what_was_written_without_leave_is_found(after: Kept, said: list[str]) -> None:
    assert unlawful(STORE, after, accepted=1) == said


@pytest.mark.parametrize(
    "line", ['{"at": "x", "level": "error", "message": "x"}', "Traceback (most recent call last):", '{"level": "warning", "stack": []}']
)  # fmt: skip
def test_an_error_in_the_log_is_found(line: str) -> None:
    assert troubles(f'{{"level": "warning"}}\n{line}\n') == [line]
