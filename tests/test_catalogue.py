"""config.yaml -> Catalogue: every mistake at once, with its line and a guess at what was meant."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path

import jsonschema
import pytest
import yaml

from metrics import catalogue as catalogues
from metrics.errors import Refused
from metrics.model import Change, Kind, Polarity
from tests.builders import (
    CONFIG,
    ROOT,
    SMALL_CONFIG,
    SMALL_REGIONS,
    catalogue,
    copy_of_board,
    count,
    edit,
    indicator,
    small_district,
)

HEAD = SMALL_CONFIG.partition("    indicators:\n")[0] + "    indicators:\n"


def refusal(config: Path) -> list[str]:
    """The lines of the message with which the configuration is refused."""
    with pytest.raises(Refused) as refused:
        catalogues.load(config)
    return str(refused.value).splitlines()


def refusal_of(folder: Path, *indicators: str, head: str = HEAD) -> list[str]:
    """The problems of a configuration with these indicators, the first of which is on line 9."""
    listed = "".join(f"      - {{{one}}}\n" for one in indicators)
    return [line.strip() for line in refusal(small_district(folder, config=head + listed))[1:]]


def test_names_every_mistake_with_its_line_and_what_was_meant(tmp_path: Path) -> None:
    config = small_district(
        tmp_path,
        config=HEAD
        + """\
      - code: contract-rate
        nam: 合同签订率
        kind: ratio
        polarity: higher
      - {code: filing-rate, name: 备案率, kind: ratio, unit: '%'}
      - {code: contract-rate, name: 签订率, kind: ratio, unit: '%'}
""",
    )
    assert refusal(config) == [
        "config.yaml: 4 to correct before the dashboard can start. （config.yaml 有 4 处需要改正）",
        "  line 9: contract-rate: 'name' is missing.",
        "  line 10: contract-rate: unknown key 'nam'. Did you mean 'name'?",
        "  line 12: contract-rate: unknown polarity 'higher'. Did you mean 'up'? Allowed: up, down, none.",
        "  line 14: 'contract-rate' is already given on line 9. Choose another code.",
    ]


RATE = "kind: ratio, unit: '%', polarity: up"


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (
            f"code: b, name: 乙, {RATE}, department: waste-offic",
            "unknown department 'waste-offic'. Did you mean 'waste-office'?",
        ),
        (f"code: b, name: 乙, {RATE}, campaign: c", "unknown campaign 'c' of this theme."),
        (
            f"code: b, name: 乙, {RATE}, relations: [{{type: part-of, whole: broke}}]",
            "unknown indicator 'broke'. Did you mean 'broken'?",
        ),
        (
            f"code: b, name: 乙, {RATE}, relations: [{{type: rate, numerator: x, denominator: broken}}]",
            "relation names unknown indicator 'x'.",
        ),
        (
            f"code: b, name: 乙, {RATE}, relations: [{{type: remaining, of: y}}]",
            "relation names unknown indicator 'y'.",
        ),
        (f"code: b, name: 乙, {RATE}, derived: true", "derived, but no relation"),
        (f"code: b, name: 乙, {RATE}, minimum: 5, maximum: 4", "minimum is above maximum."),
        (f"code: b, name: 乙, {RATE}, recurrence: {{every: month}}", "only a milestone comes back."),
        (
            "code: b, name: 乙, kind: ratio, unit: '%', targets: [{form: standing, value: 1, basis: 文}]",
            "has a target but polarity none",
        ),
        (f"code: b, name: 乙, {RATE}, targets: [{{form: standing, value: 1, basis: ' '}}]", "a target needs its basis"),
        (
            f"code: b, name: 乙, {RATE}, targets: [{{form: deliverable, value: 1, basis: 文}}]",
            "needs a baseline and a due date.",
        ),
        (
            "code: b, name: 乙, kind: flow, changes: [{on: 2023-05-01, what: 甲}, {on: 2023-04-01, what: 乙}]",
            "b: the change on 2023-04-01 stands after that on 2023-05-01. Put the oldest first.",
        ),
        (
            "code: b, name: 乙, kind: flow, changes: [{on: 2023-05-01, what: 甲}, {on: 2023-05-01, what: 乙}]",
            "b: two changes on 2023-05-01. Say both in one.",
        ),
        ("code: b, name: 乙, kind: flow, changes: [{on: 2023-05-01, what: ' '}]", "a change needs its words"),
        (
            "code: b, name: 乙, kind: milestone, changes: [{on: 2023-05-01, what: 甲}]",
            "a milestone has no chart over time",
        ),
        ("code: b, name: 甲, kind: flow", "'甲' is already given on line 10. Choose another name."),
    ],
)
def test_checks_what_entries_say_of_each_other_even_where_others_are_broken(
    tmp_path: Path, entry: str, said: str
) -> None:
    head = HEAD.replace("themes:", "departments: [{code: waste-office, name: 垃圾科}]\nthemes:")
    found = refusal_of(tmp_path, "code: broken, name: 甲, kind: nothing", entry, head=head)
    assert len(found) == 2
    assert "unknown kind 'nothing'" in found[0]
    assert said in found[1]
    assert found[1].startswith("line 11: ")


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("code: Rate, name: 甲, kind: ratio, unit: '%'", "'code' is 'Rate'"),
        ("code: a, name: 甲, kind: count", "unknown kind 'count'. Did you mean 'flow'?"),
        ("code: a, name: 甲, kind: ratio, unit: '%', decimals: 7", "'decimals' is '7'"),
        ("code: a, name: 甲, kind: flow, due_day: 32", "'due_day' is '32'"),
        ("code: a, name: 甲, kind: flow, headline: maybe", "'headline' is 'maybe'"),
        ("code: a, name: 甲, kind: flow, minimum: 1e", "'minimum' is '1e'"),
        ("code: a, name: 甲, kind: flow, relations: [{type: part}]", "part"),
        ("code: a, name: 甲, kind: milestone, recurrence: {every: year, by: 7月15日}", "'by' is '7月15日'"),
        ("code: a, name: 甲, kind: flow, frequency: weekly", "unknown frequency 'weekly'."),
        ("code: a, name: 甲, kind: flow, changes: [{on: 2023-13-01, what: 甲}]", "'on' is '2023-13-01'"),
        ("code: a, name: 甲, kind: flow, changes: [{on: 2023-05-01, what: 甲, rebas: true}]", "Did you mean 'rebase'?"),
        ("code: a, name: 甲, kind: flow, changes: [{on: 2023-05-01, what: 甲, rebase: 是}]", "'rebase' is '是'"),
        ("code: a, name: 甲, kind: flow, changes: [{what: 甲}]", "'on' is missing."),
    ],
)
def test_refuses_values_that_cannot_be(tmp_path: Path, entry: str, said: str) -> None:
    (found,) = refusal_of(tmp_path, entry)
    assert found.startswith("line 9: ")
    assert said in found


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("code: a, name: 甲, kind: milestone, recurrence: {every: year, by: 13-45}", "13-45"),
        ("code: a, name: 甲, kind: milestone, recurrence: {every: year, by: 02-30}", "02-30"),
        (
            f"code: a, name: 甲, {RATE}, targets: [{{form: deliverable, value: 9, basis: 文, baseline: 1,"
            " due: 2023-12-31, plan: {2023-13: 5}}]",
            "2023-13",
        ),
    ],
)
def test_refuses_days_and_months_that_no_calendar_has(tmp_path: Path, entry: str, said: str) -> None:
    (found,) = refusal_of(tmp_path, entry)
    assert said in found


def test_refuses_derived_indicators_that_follow_from_each_other(tmp_path: Path) -> None:
    found = refusal_of(
        tmp_path,
        "code: a, name: 甲, kind: countdown, derived: true, relations: [{type: remaining, of: b}]",
        "code: b, name: 乙, kind: ratio, unit: '%', derived: true, relations: [{type: remaining, of: a}]",
    )
    assert any("a:" in line and "derived" in line for line in found)


def test_a_code_given_twice_on_one_line_is_found_too(tmp_path: Path) -> None:
    config = HEAD.rstrip() + " [{code: a, name: 甲, kind: flow}, {code: a, name: 乙, kind: flow}]\n"
    assert "'a' is already given on line 8." in "\n".join(refusal(small_district(tmp_path, config=config)))


def test_a_key_given_twice_is_named_with_the_line_of_the_first(tmp_path: Path) -> None:
    found = refusal(small_district(tmp_path, config=SMALL_CONFIG + "        decimals: 1\n        unit: 处\n"))
    assert found[1:] == ["  line 17: 'unit' is already given on line 12. Keep one of them."]


def test_two_sections_cannot_share_a_code(tmp_path: Path) -> None:
    again = "  - {code: waste, title: 又一个, short: 又, indicators: []}\n"
    found = refusal(small_district(tmp_path, config=SMALL_CONFIG + again))
    assert found[1:] == ["  line 16: 'waste' is already given on line 5. Choose another code."]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "config.yaml"),
        (b"- a list", "config.yaml"),
        (b"just words", "config.yaml"),
        (b"themes: 5", "'organisation' is missing."),
        (b"themes: [5, [], {indicators: 3}, {indicators: [4]}]", "'organisation' is missing."),
        (b"a: [", "not valid YAML"),
        ("名称: 海淀".encode("gb18030"), "UTF-8"),
    ],
)
def test_refuses_what_is_no_configuration_at_all(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "config.yaml").write_bytes(content)
    assert said in "\n".join(refusal(tmp_path / "config.yaml"))


def test_refuses_a_configuration_that_is_not_there(tmp_path: Path) -> None:
    assert "找不到文件" in refusal(tmp_path / "config.yaml")[0]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("code9,", "code,", "column code9 is missing in line 1."),
        ("330106001", "110108001", "line 2: '110108001' does not begin with the district's code 330106."),
        ("330106100", "330106001", "line 3: '330106001' is given 2 times."),
        ("西河镇", "", "line 3: a cell is empty."),
        ("镇,西河\n", "镇\n", "line 3: a cell is empty."),
        ("330106001", "", "line 2: '' does not begin with"),
    ],
)
def test_names_mistakes_in_the_regions_file_by_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    config = small_district(tmp_path, regions=SMALL_REGIONS.replace(old, new, 1))
    assert said in "\n".join(refusal(config))


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("0,a", "1,1", "line 2: tile '0, a' is no row and column, counted from 0."),
        ("0,", "1,1", "line 2: tile '0, ' is no row and column"),
        ("-1,0", "1,1", "line 2: tile '-1, 0' is no row and column"),
        ("1,1", "1,1", "line 3: tile 1, 1 is given 2 times."),
    ],
)
def test_names_mistakes_in_the_places_of_the_tile_map(tmp_path: Path, first: str, second: str, said: str) -> None:
    config = small_district(tmp_path, regions=tiled(first, second))
    assert said in "\n".join(refusal(config))


def tiled(first: str, second: str) -> str:
    """The regions file with these two places on the tile map."""
    head, one, other = SMALL_REGIONS.splitlines()
    return f"{head},tile_row,tile_col\n{one},{first}\n{other},{second}\n"


def test_the_places_of_the_tile_map_may_be_left_out(tmp_path: Path) -> None:
    assert [region.tile for region in catalogues.load(small_district(tmp_path)).regions] == [None, None]
    some = catalogues.load(small_district(tmp_path, regions=tiled(" 0,12", ",")))
    assert [region.tile for region in some.regions] == [(0, 12), None]


def test_every_street_of_the_shipped_district_has_its_place_on_the_tile_map() -> None:
    places = {region.tile for region in catalogues.load(CONFIG).regions}
    assert (len(places), None in places) == (29, False)


def test_a_blank_line_in_the_regions_file_does_not_shift_the_lines_named(tmp_path: Path) -> None:
    config = small_district(tmp_path, regions=SMALL_REGIONS.replace("330106100", "\n110108100"))
    assert "line 4: '110108100' does not begin" in "\n".join(refusal(config))


@pytest.mark.parametrize("content", [None, "街道".encode("gb18030")])
def test_refuses_a_regions_file_that_cannot_be_read(tmp_path: Path, content: bytes | None) -> None:
    config = small_district(tmp_path)
    regions = tmp_path / "regions.csv"
    regions.unlink() if content is None else regions.write_bytes(content)
    assert "街镇文件无法读取" in refusal(config)[0]


def test_reads_another_district(tmp_path: Path) -> None:
    read = catalogues.load(small_district(tmp_path))
    assert (read.organisation.district, read.total) == ("某区", "330106")
    assert read.region_names == {"330106": "全区", "330106001": "东山街道", "330106100": "西河镇"}
    assert read.regions[0].aliases == ("东山", "东山街道办")
    rate = read.indicators["contract-rate"]
    assert (rate.kind, rate.polarity, rate.unit) == (Kind.RATIO, Polarity.UP, "%")
    assert read.folder == tmp_path


def test_the_hash_tells_catalogues_apart(tmp_path: Path) -> None:
    first = catalogues.load(small_district(tmp_path)).sha256
    again = catalogues.load(small_district(tmp_path)).sha256
    other = catalogues.load(small_district(tmp_path, config=SMALL_CONFIG + "# moved\n")).sha256
    assert first == again != other


def test_a_department_that_is_not_set_says_so() -> None:
    read = catalogue(indicator(), departments=())
    assert read.department_name(indicator()) == "责任科室未设"


def test_a_seventh_theme_is_an_edit_of_the_configuration_alone(tmp_path: Path) -> None:
    config = copy_of_board(tmp_path)
    seventh = "\n  - {code: parks, title: 园林绿化, short: 园林, indicators: [{code: trees, name: 植树, kind: flow, unit: 株}]}\n"
    config.write_text(config.read_text("utf-8").rstrip("\n") + seventh, "utf-8")
    read = catalogues.load(config)
    assert [theme.code for theme in read.themes][-2:] == ["people", "parks"]
    assert read.section_of["trees"].title == "园林绿化"
    assert read.theme("parks") is read.themes[6]


def test_finds_sections_by_code() -> None:
    read = catalogue(count())
    assert read.theme("waste") is read.sections[0]
    assert read.theme("nothing") is None


def test_the_schema_beside_the_configuration_is_the_generated_one() -> None:
    assert json.loads((ROOT / "config.schema.json").read_text("utf-8")) == catalogues.schema()


def typed() -> object:
    """The shipped configuration as an editor sees it, with numbers as numbers."""
    return json.loads(json.dumps(yaml.safe_load(CONFIG.read_text("utf-8")), default=str))


def test_the_shipped_configuration_fits_the_schema() -> None:
    jsonschema.validate(typed(), catalogues.schema())


def test_an_editor_with_the_schema_finds_an_unknown_key() -> None:
    config = typed()
    assert isinstance(config, dict)
    config["themes"][0]["indicators"][0]["nam"] = "名"
    with pytest.raises(jsonschema.ValidationError, match="nam"):
        jsonschema.validate(config, catalogues.schema())


def test_shipped_codes_differ_within_their_first_eight_bytes() -> None:
    counts = Counter(code.encode()[:8] for code in catalogues.load(CONFIG).indicators)
    assert len(counts) > 100
    assert [code for code, times in counts.items() if times > 1] == []


def test_the_shipped_configuration_names_29_streets_and_towns() -> None:
    kinds = Counter(region.kind for region in catalogues.load(CONFIG).regions)
    assert kinds == {"街道": 22, "镇": 7}


def test_the_line_of_an_edit_is_the_line_named(tmp_path: Path) -> None:
    config = copy_of_board(tmp_path)
    line = edit(
        config,
        "code: filing-rate, name: 装修垃圾备案率, kind: ratio",
        "code: filing-rate, name: 装修垃圾备案率, kind: rate",
    )
    assert refusal(config)[1].startswith(f"  line {line}: filing-rate: unknown kind 'rate'. Did you mean 'ratio'?")


def test_a_catalogue_of_the_past_that_cannot_be_read_any_more_says_so() -> None:
    assert catalogues.former(CONFIG.read_text("utf-8"), CONFIG.parent).sha256 == catalogues.load(CONFIG).sha256
    with pytest.raises(Refused, match=r"不能回看那一天(.|\n)*'organisation' is missing"):
        catalogues.former("themes: []", CONFIG.parent)


def test_a_change_has_its_day_its_words_and_whether_it_rebases(tmp_path: Path) -> None:
    config = (
        SMALL_CONFIG
        + "        changes: [{on: 2026-03-01, what: 改用新称重系统, rebase: true}, {on: 2026-04-01, what: 扩面}]\n"
    )
    loaded = catalogues.load(small_district(tmp_path, config=config))
    assert loaded.indicators["contract-rate"].changes == (
        Change(on=date(2026, 3, 1), what="改用新称重系统", rebase=True), Change(on=date(2026, 4, 1), what="扩面"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("issuer", "right"),
    [("https://sso.example.org/realms/office", True), ("https://sso.example.org", True), ("http://localhost:9000/o", True),
     ("http://127.0.0.1", True), ("http://sso.example.org", False), ("http://localhost.example.org", False),
     ("https://a@sso.example.org", False), ("https://sso.example.org/?a=1", False), ("sso.example.org", False)],
)  # fmt: skip
def test_an_openid_provider_is_asked_over_tls_unless_it_is_this_computer(
    tmp_path: Path, issuer: str, *, right: bool
) -> None:
    config = small_district(
        tmp_path, config=f"{SMALL_CONFIG}\nsign_in: {{oidc: {{issuer: '{issuer}', client_id: board}}}}\n"
    )
    if right:
        plan = catalogues.load(config).declaration.sign_in.oidc
        assert plan is not None
        assert (plan.issuer, plan.name_claim, plan.label) == (issuer, "preferred_username", "统一认证登录")
    else:
        assert f"'issuer' is '{issuer}'" in "\n".join(refusal(config))
