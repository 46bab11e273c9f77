"""M: what stands where a figure is missing. Rows of messy_input_cases.csv M01 to M09."""

from __future__ import annotations

from tests.cases.case import STREETS, Told, as_book, ask, both, column, figures, table, told, warning, warnings
from tests.files import Rows


def absent(*statuses: str, code: str = "toilets") -> tuple[Told, ...]:
    """A missing figure in each row, never 0."""
    return tuple(
        told(None, at=at, code=code, lower=None, upper=None, obs_status=status) for at, status in enumerate(statuses, 1)
    )


def parts(numerator: str) -> Rows:
    """A rate of 182 by its parts."""
    return table(("contract-rate", "2023-04", "万寿路街道", numerator, 182), header=PARTS)


PART = {
    "zero": (told("0", code="contract-rate", numerator="0", denominator="182", lower=None, upper=None),),
    "missing": (told(None, code="contract-rate", numerator=None, denominator="182", obs_status="O"),),
}
ZERO_OR_NOT = ask(
    "none-word", "D2", "“无”是指0件还是没有数据", column="数值", key="none.数值", options=("zero", "missing")
)
NOTHING = {
    "zero": figures("0", "0", "0", "5", code="calls"),
    "missing": (*absent("O", "O", "O", code="calls"), told("5", at=4, code="calls")),
}
PARTS = ("指标编码", "期间", "街镇", "分子", "分母")
DASHES = ("—", "–", "-", "－－", "/")

CASES = (
    *both("M01", "blank is not zero", column("", "　", 5), rows=(*absent("O", "O"), told("5", at=3))),
    as_book("M01", "an empty cell", column(None, " ", 5), rows=(*absent("O", "O"), told("5", at=3))),
    *both("M02", "a dash has no meaning of its own", column(*DASHES), rows=absent(*"OOOOO"),
          findings=(warning("dash", "D2", "“—”按缺报处理", "不适用", "0"), *warnings("dash", 5))),
    *both("M02", "of the parts of a rate", parts("—"), rows=(told(None, code="contract-rate", numerator=None, denominator="182", obs_status="O"),),
          findings=(warning("dash", "D2", "“—”按缺报处理", column="分子"),)),
    *both("M02", "of a grade", table(("road-grade", "2023Q1", "全区", "—")), findings=(warning("dash", "D2"),), rows=(
          told(None, at=0, code="road-grade", period="2023-Q1", state=None, obs_status="O"),)),
    *both("M03", "below the smallest unit", column("…", 5), rows=(told(None, qualifier="lt", upper="0.5", obs_status="N"), told("5", at=2))),
    *both("M03", "of two decimals", column("…", code="tonnes"), rows=(told(None, code="tonnes", qualifier="lt", upper="0.005", obs_status="N"),)),
    *both("M04", "nothing, or nothing known", column("无", "没有", "未发生", 5, code="calls"), code=3, findings=(ZERO_OR_NOT,), answers=NOTHING),
    *both("M04", "of the parts of a rate", parts("无"), code=3, answers=PART, findings=(
          ask("none-word", "D2", "“无”是指0", "还是没有数据", column="分子", key="none.分子", options=("zero", "missing")),)),
    *both("M05", "not applicable", column("不适用", "N/A", "NA"), rows=absent(*"MMM")),
    *both("M06", "not yet", column("暂无", "待报", "统计中", "未报送"), rows=absent(*"OOOO")),
    *both("M07", "a real zero", column(0, "0", 5), rows=figures("0", "0", "5")),
    *both("M08", "zero everywhere", column(*[0] * 29), rows=tuple(told("0", at=at) for at in STREETS),
          findings=(warning("all-zero", None, "公厕清理数", "所有街镇均为0", "请确认"),)),
    *both("M09", "not public", column("保密", "不公开"), rows=absent(*"QQ")),
)  # fmt: skip
