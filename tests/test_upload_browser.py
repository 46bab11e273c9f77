"""数据上报 in real browsers: a messy file from the chooser to a figure on another reader's screen, and two people at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from metrics.account import Role
from tests.people import join
from tests.servers import Server, board_server, settled, visit
from tests.test_screens import BUILT_IN, CUT_OFF, LOW_CONTRAST, SCROLLS, SPILLED

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
ENGLISH = re.compile(r"[A-Za-z]{3,}")
NAMES = re.compile(
    r"Excel|CSV|Enter|xlsx?|ods|csv|txt|zip|XLSX|XLSM|XLS|ODS|TXT|ZIP|[\d.]+ ?[KM]?B|filing-rate|handed-over"
)
HEAD = "编码;指标;月份;街道（乡镇）;完成值;说明\n"
MESSY = (
    f"海淀区2024年10月城市管理指标月报;;;;;\n{HEAD}filing-rate;;2024年10月;全区;８２．５４％;\n"
    "handed-over;;2024年10月;万寿路街;15;已核实\n合计;;;;;\n"
)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    join(tmp_path / "board.duckdb", "张三", "李四", role=Role.CLERK)
    with board_server(env={"KPI_STORE": f"duckdb:{tmp_path / 'board.duckdb'}"}) as running:
        yield running


def choose(page: Page, path: Path) -> None:
    """Press the button of the uploader, and choose the file in the browser's own dialogue."""
    with page.expect_file_chooser() as opening:
        page.get_by_role("button", name="选择文件").click()
    opening.value.set_files(path)
    page.wait_for_selector(".kb-say")
    settled(page)


def csv(folder: Path, name: str, text: str, *, encoding: str = "gb18030") -> Path:
    (folder / name).write_bytes(text.encode(encoding))
    return folder / name


def press(page: Page, label: str, *, then: str) -> None:
    page.get_by_role("button", name=label, exact=True).click()
    page.get_by_text(then).first.wait_for()
    settled(page)


def said(page: Page) -> str:
    """What stands on the screen, without its spaces and lines."""
    return re.sub(r"\s+", "", page.locator("[data-testid=stMain]").inner_text())


def type_into_editor(page: Page, text: str) -> None:
    """Overwrite 改为 in the first row of the table of corrections."""
    canvas = page.locator("[data-testid=stDataFrame] canvas").first
    canvas.evaluate("one => one.scrollIntoView({block: 'center'})")
    page.wait_for_timeout(300)  # the table measures itself again after it has moved
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.dblclick(box["x"] + 110 + 95 + 60, box["y"] + 50)  # the third column, below a header of 35
    page.locator("textarea.gdg-input").fill(text)
    page.keyboard.press("Enter")
    page.wait_for_timeout(500)  # the editor tells its form a moment later


def test_a_messy_file_becomes_a_figure_on_another_readers_screen(opened: Callable[..., Page], tmp_path: Path) -> None:
    reader, clerk = opened("/waste"), opened("/upload", name="张三")
    assert "82.54%" not in said(reader)
    choose(clerk, csv(tmp_path, "十月.csv", MESSY))
    text = said(clerk)
    wanted = (
        "有1处需要改正",
        "编码：GBK",
        "分隔符：分号",
        "表头在第2行",
        "第4行“街道（乡镇）”列（D列）",
        "没有“万寿路街”这个街镇",
    )
    assert [one for one in wanted if one not in text] == []
    assert clerk.get_by_role("button", name="确认入库").is_disabled()
    type_into_editor(clerk, "万寿路街道")
    press(clerk, "重新核对", then="核对无误")
    press(clerk, "确认入库", then="版本2")
    assert [one for one in ("上报人：张三", "新增2", "垃圾管理") if one not in said(clerk)] == []
    reader.get_by_text("82.54%").first.wait_for(timeout=25_000)


def test_of_two_people_at_once_one_wins_and_the_other_looks_again(opened: Callable[..., Page], tmp_path: Path) -> None:
    head = "指标编码,期间,街镇,数值\n"
    first, second = opened("/upload", name="张三"), opened("/upload", name="李四")
    choose(first, csv(tmp_path, "甲.csv", f"{head}filing-rate,2023年10月,全区,82.5\n"))
    choose(second, csv(tmp_path, "乙.csv", f"{head}filing-rate,2023年10月,全区,83\n"))
    press(first, "确认入库", then="版本2")
    press(second, "确认入库", then="别人的数据刚刚入库")
    assert [one for one in ("修订1", "82.5%", "83%") if one not in said(second)] == []
    assert second.get_by_role("button", name="确认入库").is_disabled()
    second.get_by_label("修订原因").fill("街镇更正")
    second.get_by_label("修订原因").press("Enter")
    second.get_by_text("要么全部成功").wait_for()
    press(second, "确认入库", then="版本3")


def test_an_abandoned_file_leaves_nothing(opened: Callable[..., Page], tmp_path: Path) -> None:
    clerk = opened("/upload", name="张三")
    choose(clerk, csv(tmp_path, "十月.csv", "指标编码,期间,街镇,数值\nfiling-rate,2023年10月,全区,82.5\n"))
    visit(clerk, clerk.url.replace("/upload", "/releases"))
    assert "十月.csv" not in said(clerk)
    back = opened("/upload", name="张三")
    assert "十月.csv" not in said(back)


def test_a_template_is_downloaded_filled_and_taken(opened: Callable[..., Page], tmp_path: Path) -> None:
    from openpyxl import load_workbook

    clerk = opened("/upload", name="张三")
    with clerk.expect_download() as coming:
        clerk.get_by_role("button", name="Excel模板").click()
    coming.value.save_as(tmp_path / coming.value.suggested_filename)
    book = load_workbook(tmp_path / coming.value.suggested_filename)
    sheet = book["填报"]
    headers = [cell.value for cell in sheet[1]]
    for row in sheet.iter_rows(min_row=2):
        if row[headers.index("指标编码")].value == "found-problems":
            row[headers.index("数值")].value = 31
    book.save(tmp_path / "填好.xlsx")
    choose(clerk, tmp_path / "填好.xlsx")
    assert "需要改正" not in said(clerk)
    assert "31个" in said(clerk)


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, False), (1440, True)], ids=["desk", "phone", "dark"])
def test_every_state_fits_reads_well_and_speaks_chinese(
    opened: Callable[..., Page], tmp_path: Path, *, width: int, dark: bool
) -> None:
    page = opened("/upload", name="张三", width=width, dark=dark)
    looks_well(page)
    choose(page, csv(tmp_path, "十月.csv", MESSY + "filing-rate;;2023年9月;;—;\n"))
    looks_well(page)
    page.get_by_role("tab", name="填报单个指标").click()
    looks_well(page)


def looks_well(page: Page) -> None:
    """Nothing cut off, enough contrast, and no English of the front end's own."""
    settled(page)
    assert page.evaluate(CUT_OFF) == []
    assert page.evaluate(SPILLED) == []
    assert page.evaluate(SCROLLS) == []
    count, low = page.evaluate(LOW_CONTRAST, 4.5)
    assert (count > 0, low) == (True, [])
    assert [one for one in page.evaluate(BUILT_IN) if ENGLISH.search(NAMES.sub("", one))] == []
