"""A PNG of every page in every state at 1440 px, 390 px and in dark mode, of 大屏, and a PDF of pages on paper, for the eye.

The notice with a few uploads, an empty board, and the demonstration: full, short series, gaps, a past month, looked back.
python -m tests.shots [FOLDER] [--only TEXT]: all of them, or those with that text in their name.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from metrics import catalogue
from metrics.account import Role
from metrics.command import Command
from metrics.demo.figures import late
from metrics.through import through
from tests.bench_stores import demonstration
from tests.builders import copy_of_board, edit
from tests.files import Cell, csv_bytes, xlsx, zipped
from tests.people import join, sign_in
from tests.servers import Server, board_server, opened_browser, opened_page, settled, visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Wanted = dict[str, tuple[str, Callable[["Page"], None]]]
ROOT = Path(__file__).resolve().parent.parent
PLAIN = ("account", "sign-in")  # pages without a session of Streamlit
SIGNED_IN = ("upload", "release-undo", "account")  # pictures that need an account
SIZES = {"1440": (1440, False), "390": (390, False), "dark": (1440, True)}
HEAD = ("指标编码", "期间", "街镇", "数值", "备注")
PRINTED = ("months-overview", "months-safety", "months-projection", "months-rate-of-streets", "months-street")
STREETS = ("万寿路街道", "永定路街道", "羊坊店街道", "甘家口街道")


def addresses() -> dict[str, str]:
    """Every page by a short name: the overview, each theme, an indicator of each sort, the sources, the releases."""
    themes = {theme.code: f"/{theme.code}" for theme in catalogue.load(ROOT / "config.yaml").themes}
    return {
        "overview": "/",
        **themes,
        "indicators": "/indicator",
        "rate": "/indicator?code=hazard-rate",
        "bound": "/indicator?code=filing-rate",
        "derived": "/indicator?code=solved-rate",
        "milestone": "/indicator?code=meiliyuan-road",
        "sources": "/sources?code=filing-rate",
        "definitions": "/sources?view=catalogue",
        "rules": "/sources?view=rules",
        "streets": "/streets",
        "street": "/street",
        "releases": "/releases",
        "known": "/known",
    }


def of_months() -> dict[str, str]:
    """Pages of the demonstration: full, short series, a sum that waits for 街镇, a past month, looked back to a day."""
    indicators = {
        "limits": "contract-rate", "projection": "machine-roads", "countdown": "occupied-pipes", "waiting": "bikes-tidied",
        "work": "meiliyuan-road",
        **{f"of-{number}": code for code, number in late(catalogue.load(ROOT / "config.yaml")).items()},
    }  # fmt: skip
    return {
        "months-overview": "/",
        "months-environment": "/environment",
        "months-safety": "/safety",
        **{f"months-{name}": f"/indicator?code={code}" for name, code in indicators.items()},
        "months-rate-of-streets": "/streets?code=contract-rate",
        "months-count-of-streets": "/streets?code=bikes-tidied",
        "months-street": "/street?region=110108001",
        "months-past-month": "/?month=2026-03",
        "months-looked-back": "/safety?known=2026-06-01",
        "months-known": "/known?from=2026-10-01&to=2026-11-25",
    }


def of_nothing() -> dict[str, str]:
    """Pages of a board without a single figure."""
    return {
        "empty-overview": "/", "empty-theme": "/waste", "empty-indicator": "/indicator?code=hazard-rate", "empty-streets": "/streets",
        "empty-known": "/known", "empty-releases": "/releases",
    }  # fmt: skip


def files() -> dict[str, tuple[str, bytes]]:
    """A file for each state of 数据上报: refused, asked about, revising, several at once, unreadable."""
    title: list[tuple[Cell, ...]] = [("海淀区2023年5月城市管理指标月报", None, None, None, None), HEAD]
    wrong: list[tuple[Cell, ...]] = [
        ("filing-rate", "2023年5月", "全区", "82.5%", None), ("handed-over", "2023年13月", "万寿路街道", 15, None),
        ("handed-over", "2023年5月", "万寿路街", 12, None), ("handed-over", "2023年5月", "永定路街道", "十几件", None),
        ("hazard-rate", "2023年5月", None, 93.4, None), ("合计", None, None, 27, None),
    ]  # fmt: skip
    asked = [("filing-rate", "2023.1", "全区", 0.825, None), ("hazard-rate", "2023.1", "全区", 0.91, None)]
    revised: list[tuple[Cell, ...]] = [
        ("handed-over", "2023年4月", "全区", 310, "漏报补齐"), ("handed-over", "2023年5月", "全区", 260, None),
        *(("handed-over", "2023年5月", street, 10 + at, None) for at, street in enumerate(STREETS)),
    ]  # fmt: skip
    many = {
        f"{street}.csv": csv_bytes([HEAD, ("handed-over", "2023年5月", street, 9 + at, None)])
        for at, street in enumerate(STREETS)
    }
    return {
        "refused": ("五月.xlsx", xlsx([*title, *wrong])),
        "asked": ("一月.csv", csv_bytes([HEAD, *asked], encoding="gb18030")),
        "revising": ("更正.xlsx", xlsx([*title, *revised])),
        "many": ("街镇.zip", zipped(many)),
        "picture": ("扫描件.csv", b"\x89PNG\r\n\x1a\n" + bytes(200)),
    }


@contextmanager
def filled() -> Iterator[Server]:
    """A board with the notice, a month that was uploaded, and one that was uploaded and taken back."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "board.duckdb"
        join(path, "张三", "李四")
        join(path, "王五", role=Role.CLERK)
        join(path, "赵六", role=Role.LEADER)
        with board_server(env={"KPI_STORE": f"duckdb:{path}"}) as server:
            for name, month, figures in (("四月.csv", 4, (301, 12, 9)), ("五月.csv", 5, (268, 10, 11))):
                rows = [
                    ("handed-over", f"2023年{month}月", region, figure, None)
                    for region, figure in zip(("全区", *STREETS), figures, strict=False)
                ]
                handed_in = Command(
                    name="load", file=name, data=csv_bytes([HEAD, *rows]), by="张三", reason="月报", yes=True
                )
                assert through(path, handed_in)
            assert through(path, Command(name="undo", number=3, by="李四", reason="报错了月份"))
            yield server


def drawn(page: Page) -> None:
    settled(page)
    page.wait_for_selector(".kb")


def given(state: str) -> Callable[[Page], None]:
    """Chooses the file of that state on 数据上报."""

    def act(page: Page) -> None:
        name, data = files()[state]
        page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "", "buffer": data})
        page.wait_for_selector(".kb-say, .kb-findings")
        drawn(page)

    return act


def stored(page: Page) -> None:
    """Confirms the file of several at once."""
    given("many")(page)
    page.get_by_role("button", name="确认入库", exact=True).click()
    page.get_by_role("button", name="继续上报").wait_for()
    drawn(page)


def form(page: Page) -> None:
    """One figure by hand, with something lacking."""
    page.get_by_role("tab", name="填报单个指标").click()
    page.get_by_label("指标（可输入文字查找）").click()
    page.get_by_role("option").first.click()
    drawn(page)
    page.get_by_role("button", name="核对", exact=True).click()
    page.wait_for_selector(".kb-say")
    drawn(page)


def undo(page: Page) -> None:
    """The question before a release is taken back."""
    page.get_by_label("撤回的原因").fill("报错了月份")
    page.get_by_role("button", name="撤回这个版本…").click()
    page.get_by_role("button", name="确认撤回").wait_for()
    drawn(page)


def plain(page: Page) -> None:
    """A page without a session of Streamlit is drawn when it is loaded."""


def changing(page: Page) -> None:
    """What can be changed of an account."""
    page.locator("summary").nth(2).click()


def wrong(page: Page) -> None:
    """A wrong password."""
    page.get_by_label("账号").fill("张三")
    page.get_by_label("密码").fill("wrong password")
    page.get_by_role("button", name="登录").click()
    page.get_by_role("alert").wait_for()


def states() -> dict[str, tuple[str, Callable[[Page], None]]]:
    """What is done on a page before its picture; storing comes last, as it changes what the others show."""
    return {
        "uploaded": ("/indicator?code=handed-over", drawn),
        "uploaded-source": ("/sources?code=handed-over", drawn),
        "release": ("/releases?release=2", drawn),
        "release-back": ("/releases?release=3", drawn),
        "upload": ("/upload", drawn),
        **{f"upload-{state}": ("/upload", given(state)) for state in files()},
        "upload-form": ("/upload", form),
        "release-undo": ("/releases?release=2", undo),
        "upload-stored": ("/upload", stored),
        "closed-upload": ("/upload", drawn),
        "account-own": ("/account", plain),
        "account-all": ("/accounts", changing),
        "account-audit": ("/audit", plain),
        "sign-in": ("/sign-in?next=/upload", plain),
        "sign-in-wrong": ("/sign-in", wrong),
    }


def walls(browser: Browser, folder: Path, only: str) -> int:
    """Every slide of 大屏 as a screen of 1920 x 1080 shows it, light and dark."""
    if only not in "wall":
        return 0
    made = 0
    with filled() as server:
        for size, dark in (("1080", False), ("dark", True)):
            page = opened_page(browser, width=1920, height=1080, dark=dark)
            page.goto(f"{server.url}/wall?slide=1")
            page.wait_for_selector(".slide:not([hidden])")
            for number in range(1, page.locator(".slide").count() + 1):
                page.goto(f"{server.url}/wall?slide={number}")
                page.wait_for_selector(".slide:not([hidden])")
                page.screenshot(path=folder / f"wall-{number}-{size}.png")
                made += 1
            page.context.close()
    return made


def picture(page: Page, path: Path, width: int) -> None:
    """The whole page as one picture."""
    height = page.evaluate(
        "() => (document.querySelector('[data-testid=stMain]') || document.documentElement).scrollHeight"
    )
    page.set_viewport_size({"width": width, "height": min(int(height) + 20, 6000)})
    page.wait_for_timeout(300)
    if page.locator(".stApp").count():
        settled(page)
    page.screenshot(path=path)


def shoot(browser: Browser, folder: Path, server: Server, wanted: Wanted, size: str) -> int:
    """The pictures of one size."""
    width, dark = SIZES[size]
    for name, (address, act) in wanted.items():
        page = opened_page(browser, width=width, dark=dark)
        if name.startswith(SIGNED_IN):
            sign_in(page, server.url)
        if name.startswith(PLAIN):
            page.goto(server.url + address)
        else:
            visit(page, server.url + address)
        act(page)
        picture(page, folder / f"{name}-{size}.png", width)
        page.context.close()
    return len(wanted)


def print_out(browser: Browser, folder: Path, server: Server, wanted: Wanted) -> int:
    """Pages on paper."""
    for name, (address, act) in wanted.items():
        page = opened_page(browser)
        visit(page, server.url + address)
        act(page)
        page.wait_for_timeout(1500)
        page.pdf(path=folder / f"{name}.pdf", prefer_css_page_size=True)
        page.context.close()
    return len(wanted)


def boards(browser: Browser, folder: Path, only: str) -> int:
    """The pictures of the notice with uploads, of an empty board, and of the demonstration."""

    def chosen(pages: dict[str, str], more: Wanted | None = None) -> Wanted:
        every = {**{name: (address, drawn) for name, address in pages.items()}, **(more or {})}
        return {name: how for name, how in every.items() if only in name}

    made, notice, months, nothing = 0, chosen(addresses(), states()), chosen(of_months()), chosen(of_nothing())
    for size in SIZES if notice else ():
        with filled() as server:  # anew for each size, as what is done on it changes it
            made += shoot(browser, folder, server, notice, size)
    with tempfile.TemporaryDirectory() as place:
        if nothing:
            config = copy_of_board(Path(place))
            edit(config, "notice: data/notice/figures.yaml\n", "")
            with board_server(env={"KPI_CONFIG": str(config), "KPI_STORE": f"duckdb:{place}/empty.duckdb"}) as server:
                made += sum(shoot(browser, folder, server, nothing, size) for size in SIZES)
        if months:
            with board_server(env=dict(demonstration(Path(place)).environment)) as server:
                made += sum(shoot(browser, folder, server, months, size) for size in SIZES)
                made += print_out(browser, folder, server, {name: months[name] for name in PRINTED if name in months})
    return made


def main() -> None:
    """Take the pictures of a fresh store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "shots")
    parser.add_argument("--only", default="")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    with opened_browser() as browser:
        made = boards(browser, chosen.folder, chosen.only)
        made += walls(browser, chosen.folder, chosen.only)
    print(f"{made} pictures in {chosen.folder}")


if __name__ == "__main__":
    main()
