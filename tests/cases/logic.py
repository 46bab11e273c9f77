"""L: what figures say of each other and of those stored. Rows of messy_input_cases.csv L01 to L08."""

from __future__ import annotations

from tests.cases.case import Found, after, both, column, error, figures, table, told, warning
from tests.files import Rows

PARTS = ("指标编码", "期间", "街镇", "分子", "分母")
WITH_RATE = ("指标编码", "期间", "街镇", "数值", "分子", "分母")
CALM = (100, 104, 99, 103, 101, 105, 98, 102, 100, 104, 99, 103)
YEAR = table(*(("calls", f"2022-{month:02}", "全区", value) for month, value in enumerate(CALM, 1)))
STALE = (5, 17, 3, 11, 8)


def parts(code: str, numerator: int, denominator: int) -> Rows:
    return table((code, "2023-04", "全区", numerator, denominator), header=PARTS)


def running(month: str, value: int) -> Rows:
    return table(("parking", month, "全区", value))


def countdown(left: int) -> Rows:
    return table(
        ("hazards", "2023-04", "全区", 182),
        ("hazards-done", "2023-04", "全区", 166),
        ("hazards-left", "2023-04", "全区", left),
    )


def january(value: int) -> Rows:
    return table(("calls", "2023-01", "全区", value))


LEFT = table(("hazards-left", "2023-04", "全区", 17))
FALLEN = (told("80", at=0, code="parking"),)
COUNTED = (
    told("182", at=0, code="hazards"),
    told("166", at=0, code="hazards-done"),
    told("16", at=0, code="hazards-left"),
)
REVISED = Found(severity="ask", rule="revision", at="D2", column="数值", words=("由100修订为120", "原因"))

CASES = (
    *after(both("L01", "a running total falls", running("2023-04", 80), code=1, findings=(error("cumulative-falls", "D2", "减少20", "原因"),)),
           running("2023-03", 100)),
    *after(both("L01", "a reason was given", running("2023-04", 80), arguments=("--reason", "3月重复计算"), rows=FALLEN,
                findings=(warning("cumulative-falls", "D2", "减少20"),)), running("2023-03", 100)),
    *both("L01", "within one file", table(("parking", "2023-03", "全区", 100), ("parking", "2023-04", "全区", 80)), code=1,
          findings=(error("cumulative-falls", "D3", "减少20"),)),
    *after(both("L01", "a new year begins again", running("2023-01", 8), rows=(told("8", at=0, code="parking", period="2023-01"),)),
           running("2022-12", 100)),
    *both("L02", "a bounded rate", parts("contract-rate", 190, 182), code=1, findings=(
          error("numerator-above-denominator", "D2", "190", "大于", "182", column="分子"),)),
    *both("L02", "a task may be overfulfilled", parts("task-rate", 190, 182), rows=(
          told("104.4", at=0, code="task-rate", numerator="190", denominator="182", lower=None, upper=None),)),
    *both("L03", "the rate and its parts", table(("contract-rate", "2023-04", "全区", "91.5%", 166, 182), header=WITH_RATE),
          rows=(told("91.5", at=0, code="contract-rate", numerator="166", denominator="182"),),
          findings=(warning("rate-differs", "D2", "相差", "个百分点"),)),
    *both("L03", "rounded it agrees", table(("contract-rate", "2023-04", "全区", "91.2%", 166, 182), header=WITH_RATE),
          rows=(told("91.2", at=0, code="contract-rate", numerator="166", denominator="182"),)),
    *both("L04", "of nothing there is no rate", parts("contract-rate", 0, 0), rows=(
          told(None, at=0, code="contract-rate", numerator="0", denominator="0", lower=None, upper=None),)),
    *after(both("L05", "the reason is asked for", column(120), code=3, findings=(REVISED,)), column(100)),
    *after(both("L05", "the reason was given", column(120), arguments=("--reason", "补报"), rows=figures("120"), may=frozenset({"revision"})),
           column(100)),
    *after(both("L05", "the same figure again", column(100, 50), rows=figures("100", "50")), column(100)),
    *after(both("L06", "last month's file", column(*STALE), rows=figures("5", "17", "3", "11", "8"),
                findings=(warning("same-as-last-month", None, "与上月数据完全相同", "是否误传上月文件"),)), column(*STALE, period="2023-03")),
    *after(both("L06", "one cell is another", column(5, 17, 3, 11, 9), rows=figures("5", "17", "3", "11", "9")), column(*STALE, period="2023-03")),
    *after(both("L07", "far out", january(500), rows=(told("500", at=0, code="calls", period="2023-01"),),
                findings=(warning("outlier", "D2", "较历史波动异常", "请核实"),)), YEAR),
    *after(both("L07", "within its limits", january(106), rows=(told("106", at=0, code="calls", period="2023-01"),)), YEAR),
    *both("L08", "what is left", countdown(17), code=1, findings=(error("remaining-differs", "D4", "总数182", "已整改166", "剩余应为16"),)),
    *after(both("L08", "the total and what is done came before", LEFT, code=1, findings=(
           error("remaining-differs", "D2", "总数182", "已整改166", "剩余应为16"),)), countdown(17)[:3]),
    *both("L08", "agrees", countdown(16), rows=COUNTED),
)  # fmt: skip
