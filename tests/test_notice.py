"""Every figure and milestone of the notice is in the board, each tied to its words; and how its words are read.

The proof reads the text and the figures file by itself, with code of its own, and compares with what the store
gives back.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from metrics import catalogue as catalogues
from metrics import notice as notices
from metrics.__main__ import figures
from metrics.board import query
from metrics.errors import Refused
from metrics.intake.notice import submission
from metrics.model import Observation
from metrics.period import Period
from metrics.start import Board
from tests.builders import NOTICE, copy_of_board, edit

TEXT = (NOTICE / "notice.txt").read_text(encoding="utf-8")
PARAGRAPHS = [line for line in TEXT.split("\n") if line.strip()]
WRITTEN = yaml.load((NOTICE / "figures.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
RECORDS: list[dict[str, Any]] = WRITTEN["records"]
EXCLUSIONS: list[dict[str, Any]] = WRITTEN["exclusions"]


@dataclass(frozen=True)
class Span:
    """Letters `start` to `end` of a paragraph, and whose they are."""

    paragraph: int
    start: int
    end: int
    whose: str = ""

    def holds(self, other: Span) -> bool:
        return self.paragraph == other.paragraph and self.start <= other.start and other.end <= self.end

    def meets(self, other: Span) -> bool:
        return self.paragraph == other.paragraph and self.start < other.end and other.start < self.end

    @property
    def text(self) -> str:
        return PARAGRAPHS[self.paragraph - 1][self.start : self.end]


def quotes(records: list[dict[str, Any]]) -> list[Span]:
    found = []
    for record in records:
        number = int(record["paragraph"])
        at = PARAGRAPHS[number - 1].index(record["quote"])
        found.append(Span(number, at, at + len(record["quote"]), record["code"]))
    return found


def passages(records: list[dict[str, Any]]) -> dict[Span, tuple[str, str]]:
    """The words from which a field is read, by place: code and field."""
    found = {}
    for record, quote in zip(records, quotes(records), strict=True):
        for name, words in record.get("reads", {}).items():
            at = quote.start + record["quote"].index(words)
            found[Span(quote.paragraph, at, at + len(words), record["code"])] = (record["code"], name)
    return found


def excluded(exclusions: list[dict[str, Any]]) -> list[Span]:
    found = []
    for exclusion in exclusions:
        number, at = int(exclusion["paragraph"]), -1
        for _ in range(int(exclusion.get("nth", 1))):
            at = PARAGRAPHS[number - 1].index(exclusion["text"], at + 1)
        found.append(Span(number, at, at + len(exclusion["text"]), exclusion["reason"]))
    return found


def digits() -> list[Span]:
    """Every run of digits of the whole text but the item numbers at the start of a paragraph."""
    runs = [
        Span(number, match.start(), match.end())
        for number, paragraph in enumerate(PARAGRAPHS, start=1)
        for match in re.finditer(r"[0-9]+(?:\.[0-9]+)?", paragraph)
    ]
    return [run for run in runs if run.start > 0 or not re.match(r"[0-9]\.[^0-9]", PARAGRAPHS[run.paragraph - 1])]


def sentences_of_themes() -> list[Span]:
    """The sentences under 第一 to 第六 of part (一), without the item numbers and the headings."""
    first = next(number for number, text in enumerate(PARAGRAPHS, 1) if text.startswith("(一)聚焦"))
    last = next(number for number, text in enumerate(PARAGRAPHS, 1) if text.startswith("(二)加强监督"))
    found = []
    for number in range(first + 1, last):
        text = PARAGRAPHS[number - 1]
        if not re.match("第[一二三四五六],", text):
            found += [Span(number, m.start(1), m.end(1)) for m in re.finditer(r"(?:^[0-9]\.\s?)?([^。]+)", text)]
    return found


def date_says(run: Span, passage: Span, seen: Observation, name: str) -> bool:
    """Whether the figure before 年, 月 or 日 is that part of the field's dates: the start before 至, the end behind."""
    period = getattr(seen, name)
    words, at = passage.text, run.start - passage.start
    unit = words[at + len(run.text)]
    ends = [period.start, period.end]
    if "至" in words:
        ends = [period.start if at < words.index("至") else period.end]
    elif words.endswith("以来"):
        ends = [period.start]
    return all(
        end is not None and {"年": end.year, "月": end.month, "日": end.day}[unit] == int(run.text) for end in ends
    )


def field_says(run: Span, passage: Span, name: str, seen: Observation, recurrence: str) -> bool:
    """Whether the loaded field is what the digits say."""
    if name in {"value", "numerator", "denominator"}:
        scale = 10_000 if passage.text[run.end - passage.start :].startswith("万") else 1
        return bool(getattr(seen, name) == Decimal(run.text) * scale)
    if name == "recurrence":
        return int(run.text) in (int(part) for part in recurrence.split("-"))
    return date_says(run, passage, seen, name)


def doubts(
    records: list[dict[str, Any]],
    exclusions: list[dict[str, Any]],
    seen: dict[str, Observation],
    catalogue: catalogues.Catalogue,
) -> Iterator[str]:
    """Everything that keeps the records from being the whole notice, exactly."""
    quoted, read, left_out = quotes(records), passages(records), excluded(exclusions)
    for run in digits():
        owners = [span for span in [*read, *left_out] if span.holds(run)]
        if len(owners) != 1:
            yield f"paragraph {run.paragraph}: {run.text} is claimed by {len(owners)}"
        for span in owners:
            if span in read:
                code, name = read[span]
                again = catalogue.indicators[code].recurrence
                if code not in seen or not field_says(run, span, name, seen[code], (again and again.by) or ""):
                    yield f"{code}: {name} is not {run.text}"
    for sentence in sentences_of_themes():
        if not any(sentence.holds(quote) for quote in quoted) and not any(span.holds(sentence) for span in left_out):
            yield f"paragraph {sentence.paragraph}: no record of {sentence.text}"
    reported = {code for code, indicator in catalogue.indicators.items() if not indicator.derived}
    for code in reported.symmetric_difference(record["code"] for record in records):
        yield f"{code}: stands in only one of config.yaml and figures.yaml"
    for code in reported.symmetric_difference(seen):
        yield f"{code}: is not what the store holds"


@pytest.fixture(scope="module")
def seen(board: Board) -> dict[str, Observation]:
    """What the store gives back for each code."""
    found = query.facts(board.store, board.catalogue.indicators)
    assert all(len(facts) <= 1 for facts in found.values())
    return {code: facts[0].observation for code, facts in found.items() if facts}


def test_every_digit_and_every_sentence_of_the_notice_is_accounted_for(
    board: Board, seen: dict[str, Observation]
) -> None:
    assert len(digits()) > 90
    assert len(sentences_of_themes()) > 90
    assert list(doubts(RECORDS, EXCLUSIONS, seen, board.catalogue)) == []


def test_the_proof_fails_without_any_one_record(board: Board, seen: dict[str, Observation]) -> None:
    for index, record in enumerate(RECORDS):
        rest = [*RECORDS[:index], *RECORDS[index + 1 :]]
        stored = {code: one for code, one in seen.items() if code != record["code"]}
        complaints = list(doubts(rest, EXCLUSIONS, stored, board.catalogue))
        assert complaints, record["code"]
        if any(re.search(r"\d", words) for words in record.get("reads", {}).values()):
            assert any("is claimed by 0" in complaint for complaint in complaints), record["code"]


def test_the_proof_fails_without_any_one_exclusion_of_digits_or_a_sentence(
    board: Board, seen: dict[str, Observation]
) -> None:
    sentences, needed = sentences_of_themes(), 0
    for index, span in enumerate(excluded(EXCLUSIONS)):
        if re.search(r"\d", span.text) or any(span.holds(sentence) for sentence in sentences):
            needed += 1
            rest = [*EXCLUSIONS[:index], *EXCLUSIONS[index + 1 :]]
            assert list(doubts(RECORDS, rest, seen, board.catalogue)), span
    assert len(EXCLUSIONS) - needed <= 2, "an exclusion of a part of a sentence without digits only explains"


NUMBERS = [(code, name) for code, name in passages(RECORDS).values() if name in {"value", "numerator", "denominator"}]


def test_the_proof_fails_when_any_one_figure_is_one_off(board: Board, seen: dict[str, Observation]) -> None:
    wordless = 0
    for code, name in NUMBERS:
        wrong = replace(seen[code], **{name: getattr(seen[code], name) + 1})
        found = list(doubts(RECORDS, EXCLUSIONS, {**seen, code: wrong}, board.catalogue))
        words = next(record["reads"][name] for record in RECORDS if record["code"] == code)
        wordless += not re.search(r"\d", words)
        assert bool(found) == bool(re.search(r"\d", words)), (code, name)
    assert wordless == 5, "清零, 未发生, 全覆盖, 全部完成, 均已完成整改 are pinned by the rulings below"


def test_the_proof_fails_when_any_one_date_is_moved(board: Board, seen: dict[str, Observation]) -> None:
    dated = [pair for span, pair in passages(RECORDS).items() if re.search(r"\d[年月日]", span.text)]
    moved = [(code, name) for code, name in dated if name != "recurrence"]
    assert len(moved) >= 20
    for code, name in moved:
        period = getattr(seen[code], name)
        other = Period(period.start + timedelta(days=400), period.end + timedelta(days=400))
        changed: dict[str, Any] = {name: other}
        wrong = {**seen, code: replace(seen[code], **changed)}
        assert list(doubts(RECORDS, EXCLUSIONS, wrong, board.catalogue)), (code, name)


def test_each_quote_is_one_clause_of_its_paragraph_letter_by_letter() -> None:
    for record in RECORDS:
        paragraph, quote = PARAGRAPHS[int(record["paragraph"]) - 1], record["quote"]
        assert paragraph.count(quote) == 1, record["code"]
        assert "。" not in quote, record["code"]
        assert len(quote) <= 85, record["code"]
        assert quote != re.sub(r"^[0-9]\.\s?", "", paragraph).rstrip("。"), record["code"]


SHARED = {"dust-towns machine-roads", "safety-rules operation-appraisal construction-waste",
          "overhaul-mentoucun greening-mentoucun busstop-mentoucun", "transfer-stations hazmat-stations",
          "gas-checks gas-hazard-rate", "slow-roads slow-km", "boiler-filing boiler-inspection"}  # fmt: skip


def test_records_share_words_only_where_one_verb_governs_them_all() -> None:
    found = quotes(RECORDS)
    pairs = {(one.whose, two.whose) for one in found for two in found if one != two and one.meets(two)}
    assert pairs == {(a, b) for group in SHARED for a in group.split() for b in group.split() if a != b}


def test_passages_and_exclusions_do_not_overlap() -> None:
    found = sorted([*passages(RECORDS), *excluded(EXCLUSIONS)], key=lambda span: (span.paragraph, span.start))
    assert [(one.text, two.text) for one, two in itertools.pairwise(found) if one.meets(two)] == []


def test_each_indicator_is_recorded_once() -> None:
    assert [code for code, times in Counter(record["code"] for record in RECORDS).items() if times > 1] == []


@pytest.fixture(scope="module")
def rows(board: Board) -> dict[str, dict[str, Any]]:
    """What `python -m metrics figures --json` says of each code."""
    return {row["code"]: row for row in figures(board, theme=None, code=None, as_of=None)}


FIRST_QUARTER = {"period": "2023-Q1", "inferred": ["period_start"], "kind": "cumulative", "qualifier": "exact"}
THIS_YEAR = {"period": "2023-01-01/2023-05-21", "inferred": ["period_end"], "kind": "cumulative"}
SINCE_APRIL = {"period": "2023-04-18/2023-05-21", "inferred": ["period_end"]}
NOW = {"period": "2023-05-21", "inferred": ["period_end"]}
ON_THE_DAY = {"period": "2023-05-21", "inferred": []}
PLAIN_RATE = {"numerator": None, "denominator": None, "status": "未设目标", **NOW}
RULINGS: list[tuple[str, dict[str, Any]]] = [
    ("areas", {"value": "3", **NOW}),
    ("found-problems", {"value": "37", **NOW}),
    ("measures", {"value": "100", "unit": "条", **NOW}),
    ("solved-problems", {"value": "28", **ON_THE_DAY}),
    ("open-problems", {"value": "9", "kind": "countdown", "status": "未设目标", **ON_THE_DAY}),
    ("solved-rate", {"display": "75.7%", "numerator": "28", "denominator": "37", "derived": True, "written": None}),
    ("upgrade-plan", {"state": "已完成", "actual": None}),
    ("annual-traffic-plan", {"state": "进行中", "actual": None}),
    ("smart-scenes", {"state": "进行中"}),
    ("regular-meetings", {"state": "长期坚持"}),
    ("road-grade", {"state": "达标", "display": "达标", "value": None, "period": "2023-Q1", "kind": "grade"}),
    ("machine-roads", {"value": "730", "kind": "stock", "period": "2023", "status": "未设目标"}),
    ("dust-towns", {"value": "11", "kind": "stock", "region": "110108", "period": "2023"}),
    ("units-mobilised", {"value": "1269", **FIRST_QUARTER}),
    ("people-sent", {"value": "3972", "unit": "人", **FIRST_QUARTER}),
    ("vehicles-sent", {"value": "702", **FIRST_QUARTER}),
    ("stations-cleaned", {"value": "162", **FIRST_QUARTER}),
    ("toilets-cleaned", {"value": "2907", "unit": "座", **FIRST_QUARTER}),
    ("corners-cleaned", {"value": "3339", **FIRST_QUARTER}),
    ("dump-tonnes", {"value": "1960.95", "unit": "吨", **FIRST_QUARTER}),
    ("white-pollution", {"value": "3693.96", "unit": "公斤", **FIRST_QUARTER}),
    ("ads-removed", {"value": "2025", **FIRST_QUARTER}),
    ("estates-cleaned", {"value": "2532", **FIRST_QUARTER}),
    ("new-toilets", {"value": "5", **THIS_YEAR}),
    ("hoarding-rate", {"numerator": "84", "denominator": "84", "display": "100%", "period": "2022-09", "inferred": []}),
    ("bridge-reduction", {"state": "已完成", "period": "2022", "actual": None}),
    ("underbridge-pilot", {"state": "计划中", "planned": "2023"}),
    ("acceptance", {"state": "已完成", "actual": "2022"}),
    ("creation-grade", {"state": "优秀", "kind": "grade", "period": "2022"}),
    ("indices-met", {"state": "达标", "kind": "grade", "period": "2022", "written": "全部达标"}),
    ("harmless-rate", {"display": "100%", **PLAIN_RATE}),
    ("monitor-rate", {"display": "100%", **PLAIN_RATE}),
    ("contract-rate", {"value": "93.24", "qualifier": "exact", "lower": "93.24", "upper": "93.24", **PLAIN_RATE}),
    ("filing-rate", {"value": "80", "qualifier": "gt", "lower": "80", "upper": "100", "display": "超80%", **PLAIN_RATE}),
    ("transfer-stations", {"value": "25", "kind": "stock", **NOW}),
    ("hazmat-stations", {"value": "1", "kind": "stock", **NOW}),
    ("coverage-towns", {"numerator": "29", "denominator": "29", "display": "100%", "derived": True, **NOW}),
    ("banned-users", {"value": "0", "written": "清零", "kind": "countdown", "period": "2022", "status": "未设目标"}),
    ("lpg-explosions", {"value": "0", "written": "未发生", "kind": "flow", "period": "2022", "status": "未设目标"}),
    ("occupied-pipes", {"value": "65", "kind": "countdown", "status": "未设目标", **NOW}),
    ("boiler-filing", {"state": "未说明", "planned": None, "period": "2023-05-21"}),
    ("boiler-inspection", {"state": "未说明", "planned": None, "period": "2023-05-21"}),
    ("safety-checks", {"value": "213", **SINCE_APRIL}),
    ("gas-checks", {"value": "6", **SINCE_APRIL}),
    ("hazard-rate", {"value": "91.2", "numerator": "166", "denominator": "182", "status": "未达标", **SINCE_APRIL}),
    ("hazards-left", {"value": "16", "derived": True, "derived_from": ["hazard-rate"], **SINCE_APRIL}),
    ("gas-hazard-rate", {"numerator": "25", "denominator": "25", "status": "已达标", "written": None, **SINCE_APRIL}),
    ("slow-roads", {"value": "66", "period": "../2023-05-21", "period_start": None, "inferred": ["period_end"]}),
    ("slow-km", {"value": "77", "unit": "公里", "period_start": None, "kind": "cumulative"}),
    ("slow-plan", {"state": "已完成", "actual": "2023"}),
    ("parcels", {"value": "12000", "qualifier": "approx", "lower": "11500", "upper": "12500", "display": "约1.2万个"}),
    ("survey-parking", {"state": "基本完成", "period": "2022"}),
    ("verify-parking", {"state": "进行中"}),
    ("handed-over", {"value": "100", "kind": "flow", "period": "2022"}),
    ("overhaul-mentoucun", {"state": "已完成", "actual": None}),
    ("road-handover", {"state": "进行中"}),
    ("meiliyuan-road", {"state": "进行中", "expected": "2023", "planned": None}),
    ("bikes-tidied", {"value": "2776", **THIS_YEAR}),
    ("dump-sites", {"value": "955", "unit": "处", **THIS_YEAR}),
    ("frontage-fixed", {"value": "753", **THIS_YEAR}),
    ("grease-cleaned", {"value": "221", **THIS_YEAR}),
    ("fence-metres", {"value": "4355", "unit": "延米", **THIS_YEAR}),
    ("lost-points", {"state": "长期坚持", "value": None, "kind": "milestone", "period": "2023-01-01/2023-05-31"}),
]  # fmt: skip


@pytest.mark.parametrize(("code", "reading"), RULINGS, ids=[code for code, _ in RULINGS])
def test_reads_the_notice_as_ruled(rows: dict[str, dict[str, Any]], code: str, reading: dict[str, Any]) -> None:
    assert {name: rows[code][name] for name in reading} == reading


def test_every_reported_figure_has_a_ruling(board: Board, rows: dict[str, dict[str, Any]]) -> None:
    assert {code for code, row in rows.items() if row["kind"] != "milestone"} <= {code for code, _ in RULINGS}


def test_a_state_of_affairs_without_a_date_of_its_own_ends_on_the_21st_of_may_by_inference(
    rows: dict[str, dict[str, Any]],
) -> None:
    undated = {record["code"] for record in RECORDS if "period" not in record}
    assert undated
    assert {(rows[code]["period"], *rows[code]["inferred"]) for code in undated} == {("2023-05-21", "period_end")}


def test_only_two_targets_are_set_and_both_by_the_same_words(board: Board) -> None:
    targets = {code: target for code, one in board.catalogue.indicators.items() for target in one.targets}
    assert sorted(targets) == ["gas-hazard-rate", "hazard-rate"]
    for target in targets.values():
        assert (str(target.form), str(target.value), target.due, target.valid_from) == ("standing", "100", None, None)
        basis = target.basis.partition("：")[2].strip("“”")
        assert basis.endswith("发现一处、整治一处、销号一处")
        assert basis in TEXT


def test_more_work_done_is_not_better(board: Board) -> None:
    counts = [one for one in board.catalogue.indicators.values() if one.kind.value in {"cumulative", "stock"}]
    assert len(counts) > 20
    assert {str(one.polarity) for one in counts} == {"none"}


def test_no_department_no_frequency_and_no_street_split_is_made_up(
    board: Board, rows: dict[str, dict[str, Any]]
) -> None:
    indicators = board.catalogue.indicators.values()
    assert {(one.department, one.frequency, one.due_day, one.reported_by) for one in indicators} == {
        (None, None, None, "district")
    }
    assert {row["region"] for row in rows.values()} == {"110108"}


def test_gas_checks_are_a_part_of_all_checks_and_never_added(board: Board) -> None:
    relations = {code: board.catalogue.indicators[code].relations for code in ("gas-checks", "gas-hazard-rate")}
    wholes = {code: [getattr(one, "whole", None) for one in listed] for code, listed in relations.items()}
    assert wholes == {"gas-checks": ["safety-checks"], "gas-hazard-rate": ["hazard-rate"]}


def test_two_indicators_clear_dumped_things_and_the_bare_name_is_neither(board: Board) -> None:
    both = [one for one in board.catalogue.indicators.values() if "堆物堆料" in one.name]
    assert [(one.code, one.unit) for one in both] == [("dump-tonnes", "吨"), ("dump-sites", "处")]
    assert "清理堆物堆料" not in {name for one in both for name in (one.name, *one.aliases)}


def test_yearly_duties_come_back_on_their_day(board: Board) -> None:
    by = {
        code: one.recurrence.by
        for code, one in board.catalogue.indicators.items()
        if one.recurrence and one.recurrence.by
    }
    assert by == {"boiler-filing": "07-15", "boiler-inspection": "09-21"}


def test_open_problems_are_what_is_left_of_all_problems(rows: dict[str, dict[str, Any]]) -> None:
    values = {code: int(rows[code]["value"]) for code in ("found-problems", "solved-problems", "open-problems")}
    assert values["found-problems"] - values["solved-problems"] == values["open-problems"]


def test_the_reported_rate_is_the_rate_of_its_parts(rows: dict[str, dict[str, Any]]) -> None:
    row = rows["hazard-rate"]
    assert round(100 * Decimal(row["numerator"]) / Decimal(row["denominator"]), 1) == Decimal(row["value"])


def load_spoilt(folder: Path, *edits: tuple[str, str]) -> tuple[list[str], list[int]]:
    """Lines of the refusal of a figures file with these edits, and the lines that were edited."""
    config = copy_of_board(folder)
    path = folder / "data" / "notice" / "figures.yaml"
    lines = [edit(path, old, new) for old, new in edits]
    with pytest.raises(Refused) as refused:
        submission(catalogues.load(config), notices.load(path))
    return str(refused.value).splitlines(), lines


MISTAKES = [
    pytest.param("quote: 37个问题", "quote: 36个问题", "the quote stands 0 times in paragraph 10", id="a quote not in the text"),
    pytest.param("quote: 清理公厕2907座", "quote: 清理", "times in paragraph 18, not once: 清理", id="a quote not unique"),
    pytest.param("paragraph: 10, quote: 37个问题", "paragraph: 480, quote: 37个问题", "stands 0 times in paragraph 480", id="no such paragraph"),
    pytest.param("value: 2907座", "value: 2906座", "'2906座' (value) stands 0 times in the quote", id="words not in the quote"),
    pytest.param("value: 2907座", "value: 公厕2907座", "toilets-cleaned: not a figure", id="not a figure"),
    pytest.param("value: 1960.95吨", "value: 1960.95", "'1960.95' is in , the indicator in 吨", id="no unit"),
    pytest.param("value: 5座}", "value: 5}", "new-toilets: '5' is in , the indicator in 座", id="another unit"),
    pytest.param("numerator: 84, reads", "numerator: 84, value: 100, reads", "'reads' does not say in which words", id="no words"),
    pytest.param("{value: 730条}", "{value: 730条}, value: 730", "give it in figures only where", id="digits given twice"),
    pytest.param("value: 0, reads: {period: 2022年, value: 清零", "reads: {period: 2022年, value: 清零", "carry no digits", id="no figure"),
    pytest.param("period: 2022-09", "period: 2022-08", "period 2022-08 is not what '去年9月底' says", id="another month"),
    pytest.param("actual: 2023-02-07", "actual: 2023-02-08", "actual 2023-02-08 is not what '2月7日' says", id="another day"),
    pytest.param("actual: 2023-02-07", "actual: 2023-02-07/2023-12-31", "is not what '2月7日' says", id="a longer time than said"),
    pytest.param("code: dump-sites", "code: dump-site", "unknown indicator 'dump-site'. Did you mean 'dump-sites'?", id="a code"),
    pytest.param("{value: 65项}", "{value: 65项}, state: 进行中", "a countdown has a figure and no state", id="a state on a figure"),
    pytest.param("state: 优秀, reads: {state: 优秀}", "reads: {value: 优秀}", "a grade has a state and no figure", id="a figure on a grade"),
    pytest.param("state: 基本完成", "state: 差不多", "unknown state '差不多'", id="a state of its own"),
    pytest.param("recurrence: 7月15日前", "recurrence: 每年7月15日前", "boiler-filing: not a date", id="not a day"),
    pytest.param("{recurrence: 9月21日前}", "{recurrence: 9月}", "is not the recurrence 09-21", id="another recurrence"),
    pytest.param("code: gas-checks", "code: hazards-left", "is derived by the program and never reported", id="derived"),
    pytest.param("text: 南200乙", "text: 南201乙", "'南201乙' does not stand in paragraph 66", id="an exclusion not in the text"),
    pytest.param("nth: 1", "nth: 3", "does not stand in paragraph 22", id="an exclusion not so often in the text"),
    pytest.param("period: 2022, value: 0, reads: {period: 2022年, value: 未", "period: 2022-99, value: 0, reads: {value: 未", "2022-99", id="a period"),
    pytest.param("planned: 2023, reads: {planned: 今年}", "planned: 2023", "planned is given, but 'reads' does not say", id="an unread date"),
    pytest.param("value: 0, reads: {period: 2022年, value: 清零", "value: 0.12345, reads: {period: 2022年, value: 清零", "decimals", id="too exact"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said"), MISTAKES)
def test_refuses_a_record_that_does_not_agree_with_its_text(tmp_path: Path, old: str, new: str, said: str) -> None:
    message, (line,) = load_spoilt(tmp_path, (old, new))
    assert any(problem.startswith(f"  line {line}: ") and said in problem for problem in message), message


def test_refuses_every_bad_record_at_once(tmp_path: Path) -> None:
    message, lines = load_spoilt(
        tmp_path,
        ("quote: 37个问题", "quote: 问题37个"),
        ("code: dump-sites", "code: x"),
        ("period: 2022-09", "period: 2022-08"),
    )
    assert message[0].startswith("figures.yaml: 3 to correct before the notice can be loaded.")
    assert [int(problem.split(":")[0].removeprefix("  line ")) for problem in message[1:]] == sorted(lines)


def test_refuses_a_figure_given_twice_for_one_period(tmp_path: Path) -> None:
    again = "{code: open-problems, paragraph: 10, quote: 共细化了100条整改措施, reads: {value: 100条}}"
    message, _ = load_spoilt(tmp_path, ("  # 第一 强化城市治理理念\n", f"  - {again}\n"))
    assert any("open-problems: this period is already given on line" in problem for problem in message)


def test_names_unknown_keys_and_a_missing_text(tmp_path: Path) -> None:
    message, (line,) = load_spoilt(tmp_path, ("paragraph: 10, quote: 37个问题", "paragraf: 10, quote: 37个问题"))
    assert f"  line {line}: found-problems: unknown key 'paragraf'. Did you mean 'paragraph'?" in message
    (tmp_path / "other").mkdir()
    message, _ = load_spoilt(tmp_path / "other", ("text: notice.txt", "text: none.txt"))
    assert "通报原文无法读取" in message[0]


def test_a_changed_letter_of_the_text_is_noticed(tmp_path: Path) -> None:
    config = copy_of_board(tmp_path)
    edit(tmp_path / "data" / "notice" / "notice.txt", "完成问题整改28个", "完成问题整改29个")
    with pytest.raises(Refused, match="solved-problems: the quote stands 0 times in paragraph 10"):
        submission(catalogues.load(config), notices.load(tmp_path / "data" / "notice" / "figures.yaml"))


def test_what_is_handed_in_names_its_notice_and_day(board: Board) -> None:
    given = submission(board.catalogue, notices.load(NOTICE / "figures.yaml"))
    assert (given.source, given.file, given.by) == ("haidian-2023-11-03", "figures.yaml", "system")
    assert given.known_from.isoformat() == "2023-11-03T00:00:00+08:00"
    assert len(given.observations) == len(RECORDS)


def test_other_bytes_have_another_hash(tmp_path: Path, board: Board) -> None:
    shipped = submission(board.catalogue, notices.load(NOTICE / "figures.yaml")).sha256
    copy_of_board(tmp_path)
    path = tmp_path / "data" / "notice" / "figures.yaml"
    assert submission(board.catalogue, notices.load(path)).sha256 == shipped
    path.write_text(path.read_text("utf-8") + "# read again\n", "utf-8")
    assert submission(board.catalogue, notices.load(path)).sha256 != shipped


def test_paragraphs_count_the_lines_that_are_not_blank() -> None:
    notice = notices.load(NOTICE / "figures.yaml")
    assert list(notice.paragraphs) == PARAGRAPHS
    assert notice.paragraph(1).startswith("当前位置")
    assert notice.paragraph(len(PARAGRAPHS)).endswith("邮政编码:100195。")
    assert notice.paragraph(0) == notice.paragraph(len(PARAGRAPHS) + 1) == ""
