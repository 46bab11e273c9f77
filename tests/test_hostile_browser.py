"""Hostile text in every field that takes some: a browser shows it as text on every page, and runs none of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from metrics import account
from metrics.intake.check import Upload, check
from metrics.intake.comment import Entry, write
from metrics.intake.submit import confirm, withdraw
from metrics.model import Act
from metrics.period import Period
from metrics.start import start
from tests.builders import NOW, small_district
from tests.people import join
from tests.servers import Server, board_server, dialogs, settled

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
SCRIPT = "<img src=x onerror=alert(1)><script>alert(2)</script>"
MARKDOWN = "**粗**[链](javascript:alert(3))$x^2$:red[红]{{7*7}}"
FORMULA = "=HYPERLINK(1)"
HOSTILE = f"{SCRIPT}{MARKDOWN}{FORMULA}"
CONFIG = f"""\
organisation: {{name: "{SCRIPT}委员会", short: "{SCRIPT}委", district: "{SCRIPT}区", code: "330106"}}
store: duckdb:board.duckdb
regions: regions.csv
departments: [{{code: waste-office, name: "{HOSTILE}"}}]
themes:
  - code: waste
    title: "{HOSTILE}"
    short: "{SCRIPT}"
    indicators:
      - {{code: contract-rate, name: "{HOSTILE}", kind: ratio, unit: "%", polarity: up, minimum: 0, maximum: 100, headline: true,
         definition: "{HOSTILE}", department: waste-office, targets: [{{form: standing, value: 80, basis: "{HOSTILE}"}}]}}
"""
ADDRESSES = (
    "/", "/waste", "/indicator?code=contract-rate", f"/indicator?code={SCRIPT}", "/sources", "/sources?code=contract-rate", "/streets",
    "/streets?code=contract-rate", "/street?region=330106001", "/releases", "/releases?release=1", "/releases?release=2",
    f"/releases?release={SCRIPT}", "/known", f"/?known={SCRIPT}&month={SCRIPT}", "/upload", "/wall", "/account", "/accounts", "/audit",
    f"/audit?text={SCRIPT}", f"/sign-in?next={SCRIPT}",
)  # fmt: skip
# Elements that only hostile text could have made: a picture without our address, a script in the body, a link that runs.
MADE = """() => [...document.querySelectorAll("img[onerror], img[src=x], body script:not([src]), a[href^='javascript:'], mjx-container, .katex")]
  .filter(e => e.closest(".kb, .stHtml, .stMarkdown, main, #wall")).map(e => e.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A board whose catalogue, files, reasons, notes and audit are full of it."""
    folder = tmp_path_factory.mktemp("hostile")
    config = small_district(folder, config=CONFIG)
    board = start(config, at=NOW)
    act = Act(at=NOW, by=HOSTILE[:40])
    for number, figure in enumerate((81, 82)):
        text = f'指标编码,期间,街镇,数值,备注\ncontract-rate,2023年5月,全区,{figure},"{HOSTILE}"\ncontract-rate,2023年5月,东山街道,{figure},\n'
        files = [Upload(name=f"{number}{HOSTILE}.csv", data=text.encode("utf-8-sig"))]
        checked = check(board.store, board.catalogue, files, at=NOW, reason=HOSTILE)
        assert checked.accepted, checked.findings
        confirm(board.store, checked, act=act)
    withdraw(board.store, board.catalogue, 1, act=act, reason=HOSTILE)
    month = Period.parse("2023-05").end
    entry = Entry(
        indicator="contract-rate", region="330106", month=month, what=HOSTILE, doing=HOSTILE, by_when="2023年7月31日"
    )
    write(board.store, entry, months=[month], after=0, act=act)
    account.refused(board.store, HOSTILE, HOSTILE, act, said=HOSTILE)
    join(board.store, "管理员")
    board.store.close()
    with board_server(env={"KPI_CONFIG": str(config)}) as running:
        yield running


def test_nothing_of_it_is_run_on_any_page(opened: Callable[..., Page], server: Server, tmp_path: Path) -> None:
    page = opened("/", name="管理员")
    said = dialogs(page)
    shown, made = 0, {}
    for address in ADDRESSES:
        page.goto(server.url + address)
        page.wait_for_selector(".kb, main h1, .slide")
        if page.locator(".stApp").count():
            settled(page)
        made[address] = page.evaluate(MADE)
        shown += "onerror=alert(1)" in page.inner_text("body")
    assert {address: found for address, found in made.items() if found} == {}
    assert said == []
    assert shown > len(ADDRESSES) / 2  # it was there to be run


def test_nothing_of_it_is_run_while_a_file_is_looked_at(
    opened: Callable[..., Page], server: Server, tmp_path: Path
) -> None:
    page = opened("/upload", name="管理员")
    said = dialogs(page)
    wrong = f'指标编码,指标名称,期间,街镇,数值,"{SCRIPT}"\n,"{HOSTILE}","{HOSTILE}","{HOSTILE}","{HOSTILE}",1\n'
    (tmp_path / "坏.csv").write_text(wrong, "utf-8-sig")
    name = f"{SCRIPT.replace('/', '_')}.csv"
    file = {"name": name, "mimeType": "text/csv", "buffer": (tmp_path / "坏.csv").read_bytes()}
    page.locator("input[type=file]").first.set_input_files(file)  # type: ignore[arg-type]
    page.wait_for_selector(".kb-say")
    settled(page)
    assert (page.evaluate(MADE), said) == ([], [])
    assert "onerror=alert(1)" in page.inner_text("body")
