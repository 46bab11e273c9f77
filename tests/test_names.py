"""What indicators and 街镇 are called in files: exact names first, then what is only put to a name, never a guess."""

from __future__ import annotations

import pytest

from metrics import catalogue as catalogues
from metrics.intake.names import Names, Unknown
from tests.builders import CONFIG


@pytest.fixture(scope="module")
def names() -> Names:
    return Names(catalogues.load(CONFIG))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *(
            (text, "toilets-cleaned")
            for text in (
                "清理公厕", "清理公厕（座）", "清理公厕(单位：座)", "1.清理公厕", "12、清理公厕", "（1）清理公厕", "（一）清理公厕", "一、清理公厕",
                "①清理公厕", "清理公厕①", "清理公厕*", "清理公厕（座）①", "清理公厕①（座）", "1.清理公厕（座）", "清理\u200d公厕", "清理公厕\u202c",
            )
        ),
        ("慢行不达标道路整治（条数）", "slow-roads"),
        ("慢行不达标道路整治（里程）", "slow-km"),
        ("慢行不达标道路整治（条）", "slow-roads"),
        ("慢行不达标道路整治（km）", "slow-km"),
        ("慢行不达标道路整治（里程）（千米）", "slow-km"),
        ("清理堆物堆料（城市清洁日）", "dump-tonnes"),
        ("清理堆物堆料（市容环境整治）", "dump-sites"),
        ("清理堆物堆料（吨）", "dump-tonnes"),
        ("清理堆物堆料（城市清洁日）（吨）", "dump-tonnes"),
        ("治理各类围挡（延长米）", "fence-metres"),
        ("非居民厨余垃圾合同签订率（％）", "contract-rate"),
    ],
)  # fmt: skip
def test_a_name_with_its_number_marks_or_unit_is_that_name_in_a_cell_and_over_a_column(
    names: Names, text: str, code: str
) -> None:
    assert names.indicator(None, text) == code
    assert names.header(text) == code


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("清理公厕（吨）", "unit-mismatch"),
        ("清理公厕（万座）", "unit-mismatch"),
        ("清理公厕（%）", "unit-mismatch"),
        ("清理堆物堆料（公斤）", "unit-mismatch"),
        ("清理公厕（未完成）", "unknown-indicator"),
        ("清理公厕（累计）", "unknown-indicator"),
        ("清理公厕（3座）", "unknown-indicator"),
        ("1.5清理公厕", "unknown-indicator"),
        ("慢行不达标道路整治", "ambiguous-indicator"),
        ("（座）", "unknown-indicator"),
    ],
)
def test_a_name_with_anything_else_is_refused(names: Names, text: str, rule: str) -> None:
    with pytest.raises(Unknown) as refused:
        names.indicator(None, text)
    assert refused.value.rule == rule
    assert names.header(text) is None


def test_every_official_name_is_its_own_indicator(names: Names) -> None:
    for code, indicator in names.catalogue.indicators.items():
        assert names.indicator(None, indicator.name) == names.header(indicator.name) == code


def test_a_code_and_a_name_in_another_unit_differ(names: Names) -> None:
    assert names.indicator("toilets-cleaned", "1.清理公厕（座）") == "toilets-cleaned"
    with pytest.raises(Unknown, match="“吨”与指标单位“座”不符"):
        names.indicator("toilets-cleaned", "清理公厕（吨）")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *(
            (text, "110108001")
            for text in (
                "万寿路办事处", "1.万寿路街道", "（1）万寿路街道", "（一）万寿路", "一、万寿路街道", "万寿路街道*", "万寿路街道①", "110108001000",
                "110108001.0", "万寿路街道\u202c", "万\u200d寿路",
            )
        ),
        ("110108000000", "110108"),
        ("110108.0", "110108"),
        ("其\u200b他", "unallocated"),
    ],
)  # fmt: skip
def test_a_region_with_its_number_or_mark_or_as_programs_write_its_code(names: Names, text: str, code: str) -> None:
    assert names.region(text) == code


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        pytest.param("海淀办事处", "other-district", id="a stem that several share"),
        pytest.param("四季青办事处", "other-district", id="a 镇 has another office"),
        pytest.param("110108001001", "other-district", id="a 社区 of the 街道"),
        pytest.param("110107001000", "other-district", id="another district"),
        pytest.param("1.海淀", "ambiguous-region", id="a number makes nothing sure"),
        pytest.param("万寿路街道（示范）", "other-district", id="a word behind"),
    ],
)
def test_a_region_that_is_not_sure_is_refused(names: Names, text: str, rule: str) -> None:
    with pytest.raises(Unknown) as refused:
        names.region(text)
    assert refused.value.rule == rule
