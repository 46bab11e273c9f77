"""What one column of a table means."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a column holds; the words are the headers of the long form."""

    CODE = "指标编码"
    NAME = "指标名称"
    PERIOD = "期间"
    REGION = "街镇"
    VALUE = "数值"
    NUMERATOR = "分子"
    DENOMINATOR = "分母"
    QUALIFIER = "限定"
    NOTE = "备注"
    STATE = "状态"
    PLANNED = "计划完成"
    ACTUAL = "实际完成"
    UNIT = "单位"
    YEAR = "年份"
    IGNORED = "序号"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of the table.

    header     as it stands in the file, spaces joined
    unit       from brackets or a sign in the header: 完成率（%）; "" for none
    indicator  code, when the column is one indicator; period, when it is one month
    span       "cumulative" or "month" where the header says so: 累计值, 本月数; with a + behind it where a column of the
               other kind stands beside it, and the indicator decides which of the two it reports
    """

    letter: str
    header: str
    role: Role
    unit: str = ""
    indicator: str | None = None
    period: str | None = None
    span: str = ""
