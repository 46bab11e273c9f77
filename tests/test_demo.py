"""演示数据: invented, the same for a seed, through the real check, marked everywhere, and never beside real figures."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from metrics import catalogue as catalogues
from metrics import notice as notices
from metrics.board import assess, commentary
from metrics.board.significance import Stage, significance
from metrics.catalogue import WHOLE, Catalogue
from metrics.demo import catalogue as demonstration
from metrics.demo import figures, work
from metrics.demo.figures import Pattern, Series, Setting, share_out
from metrics.demo.files import File, files, summed
from metrics.demo.make import make
from metrics.errors import Refused
from metrics.intake.notice import submission as of_notice
from metrics.model import Kind, PartOf, Remaining, State, Status, TargetForm
from metrics.period import Period
from metrics.spc import Signal
from metrics.start import Board, start
from metrics.store import DEMO, append, is_demonstration, open_store, releases
from tests.builders import (
    CONFIG,
    NOTICE,
    NOW,
    SMALL_CONFIG,
    copy_of_board,
    fact,
    observation,
    small_district,
    submission,
)
from tests.builders import work as piece_of_work

LAST = date(2026, 10, 31)
FEW_MONTHS = 4
NOT_STREET = {WHOLE}


@pytest.fixture(scope="module")
def real() -> Catalogue:
    return catalogues.load(CONFIG)


@pytest.fixture(scope="module")
def setting(real: Catalogue) -> Setting:
    notice = notices.load(NOTICE / "figures.yaml")
    return Setting(last=LAST, sizes=figures.sizes(of_notice(real, notice).observations, real))


@pytest.fixture(scope="module")
def invented(real: Catalogue, setting: Setting, tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return loaded(real, setting, tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def series(invented: Catalogue, setting: Setting) -> dict[str, Series]:
    return figures.invent(invented, setting)


@pytest.fixture(scope="module")
def handed_in(invented: Catalogue, setting: Setting) -> list[File]:
    return list(files(invented, setting))


def loaded(real: Catalogue, setting: Setting, folder: Path) -> Catalogue:
    """The demonstration's catalogue, as it is read from a file."""
    path = folder / "demo.yaml"
    regions = str(CONFIG.parent / real.declaration.regions)
    path.write_text(demonstration.text(real, setting, regions=regions, store="duckdb:demo.duckdb"), encoding="utf-8")
    return catalogues.load(path)


def test_every_code_and_name_stays_and_everything_has_a_department_and_a_duty(
    real: Catalogue, invented: Catalogue
) -> None:
    names = [(one.code, one.name, one.kind, one.unit, one.relations) for one in invented.indicators.values()]
    assert names == [(one.code, one.name, one.kind, one.unit, one.relations) for one in real.indicators.values()]
    assert {one.frequency is None or one.due_day for one in invented.indicators.values()} == {8}
    assert {invented.department_name(one) for one in invented.indicators.values()} == {
        "演示科室一", "演示科室二", "演示科室三", "演示科室四", "演示科室五", "演示科室六",
    }  # fmt: skip
    themes = [one for theme in invented.themes for one in theme.indicators if one.kind not in figures.WORDS]
    assert {one.reported_by for one in themes} == {"streets"}
    assert {one.reported_by for one in assess.milestones(tuple(invented.indicators.values()))} == {"district"}


def test_there_are_targets_of_every_form_and_all_that_are_invented_say_so(real: Catalogue, invented: Catalogue) -> None:
    aimed = [one for one in invented.indicators.values() if one.targets and not real.indicators[one.code].targets]
    targets = [target for one in aimed for target in one.targets]
    assert {target.basis for target in targets} == {"演示：虚构的目标，仅供试用"}
    assert {target.form for target in targets} == set(TargetForm)
    assert {one.kind for one in aimed} == {Kind.RATIO, Kind.CUMULATIVE, Kind.STOCK, Kind.COUNTDOWN, Kind.FLOW}
    assert {one.polarity.value for one in aimed} == {"up", "down"}
    assert {bool(target.plan) for target in targets if target.due} == {True, False}
    assert {target.due for target in targets} == {None, date(2026, 9, 30), date(2026, 12, 31)}
    changed = [one.targets for one in aimed if len(one.targets) == 2]
    assert {(old.valid_to, new.valid_from) for old, new in changed} == {(date(2025, 12, 31), date(2026, 1, 1))}
    numbers = [one for one in invented.indicators.values() if one.kind not in figures.WORDS and not one.derived]
    assert len(numbers) / 3 < len([one for one in numbers if one.targets]) < len(numbers) * 2 / 3


def test_the_invented_figures_have_every_status(invented: Catalogue, handed_in: list[File]) -> None:
    found = Counter(status for status in statuses(invented, handed_in))
    assert min(found[one] for one in (
        Status.MET, Status.ON_SCHEDULE, Status.BEHIND, Status.FAR_BEHIND, Status.MISSED, Status.NO_TARGET,
    )) >= 2  # fmt: skip


def statuses(invented: Catalogue, handed_in: list[File]) -> Iterator[Status]:
    """Of every counted figure of the district in the last file."""
    for row in handed_in[-1].rows:
        one = invented.indicators[row[0]]
        if row[2] == WHOLE and one.kind not in figures.WORDS and not row[3].startswith(("超", "约")):
            parts = {"numerator": Decimal(row[4]), "denominator": Decimal(row[5])} if row[4] else {}
            told = observation(row[3] or None, on="2026-10", **parts)
            yield assess.status(fact(told), one, invented.declaration.thresholds)


@pytest.mark.parametrize("month", range(1, 13))
def test_the_catalogue_loads_whatever_the_last_month_is(real: Catalogue, tmp_path: Path, month: int) -> None:
    made = loaded(real, Setting(last=date(2026, month, 28)), tmp_path)
    dues = {target.due for one in made.indicators.values() for target in one.targets if target.due}
    assert {due.year for due in dues} == {2026}


def test_the_same_seed_gives_the_same_text_and_files_and_another_does_not(
    real: Catalogue, invented: Catalogue, handed_in: list[File], setting: Setting
) -> None:
    other = replace(setting, seed=2)
    texts = [demonstration.text(real, one, regions="r.csv", store="duckdb:s") for one in (setting, setting, other)]
    assert texts[0] == texts[1] != texts[2]
    again = [file.data for file in files(invented, setting)]
    assert [file.data for file in handed_in] == again != [file.data for file in files(invented, other)]


def test_the_district_is_as_large_as_the_notice_says(invented: Catalogue, series: dict[str, Series]) -> None:
    march = {code: figures.whole(months[-8])[0] for code, months in series.items() if months[-8]}
    assert 2907 / 2 < march["toilets-cleaned"] < 2907 * 2
    assert 196095 / 2 < march["dump-tonnes"] < 196095 * 2  # hundredths of 吨
    assert 730 * 0.8 < march["machine-roads"] < 730 * 1.2
    assert 65 * 0.5 < march["occupied-pipes"] < 65 * 2
    towns = {region.name for region in invented.regions if region.kind == "镇"}
    last = {name: count for name, (count, _) in series["people-sent"][-1].items()}
    assert max(last[name] for name in towns) < max(last.values())


def test_parts_stay_within_their_wholes_and_what_is_left_is_the_difference(
    invented: Catalogue, series: dict[str, Series]
) -> None:
    checked = set()
    for one in (invented.indicators[code] for code in series):
        for relation in one.relations:
            checked.add(relation.type)
            for at, cells in enumerate(series[one.code]):
                for name, (count, of) in cells.items():
                    if isinstance(relation, PartOf):
                        assert count <= series[relation.whole][at][name][0]
                        assert of <= series[relation.whole][at][name][1]
                    if isinstance(relation, Remaining) and relation.total and relation.done:
                        assert count == series[relation.total][at][name][0] - series[relation.done][at][name][0]
    assert checked == {"part-of", "remaining"}


def test_no_street_always_has_the_same_rank(series: dict[str, Series]) -> None:
    worst = {min(cells, key=lambda name: cells[name][0] / cells[name][1]) for cells in series["contract-rate"]}
    assert len(worst) > 3


def test_every_stage_and_every_signal_of_a_chart_is_seen(invented: Catalogue, series: dict[str, Series]) -> None:
    stages, signals = set(), set()
    for code, months in series.items():
        one = invented.indicators[code]
        values = [district(cells, one.kind) for cells in months if cells]
        found = significance(values, one, None)
        stages.add(found.stage)
        last = found.marks[-1] if found.marks else None
        signals.add(last.signal if last else None)
    assert stages == set(Stage)
    assert signals == {*Signal, None}
    assert sorted(figures.late(invented).values()) == [1, 2, 5, 8]


def district(cells: figures.Cells, kind: Kind) -> Decimal:
    count, of = figures.whole(cells)
    return Decimal(100 * count) / of if kind is Kind.RATIO else Decimal(count)


@pytest.mark.parametrize("pattern", list(Pattern))
def test_a_pattern_is_the_only_signal_at_the_end_of_its_series(pattern: Pattern) -> None:
    one = piece_of_work(kind=Kind.FLOW)
    for seed in range(20):
        chance = random.Random(seed)
        swings = [Decimal(str(round(far, 6))) for far in figures.deviations(pattern, 36, chance)]
        mark = significance(swings, one, None).marks[-1]
        wanted = {Pattern.CALM: None, Pattern.NEAR: "two-in-three"}.get(pattern, pattern.value)
        assert (mark.signal.value if mark else None) == wanted


@pytest.mark.parametrize(
    ("total", "weights", "most", "expected"),
    [
        pytest.param(10, [1, 1, 2], None, [3, 2, 5], id="what is left over goes to the largest share first"),
        pytest.param(2, [1, 1, 1], None, [1, 1, 0], id="a small count stays whole"),
        pytest.param(9, [1, 1, 1], [1, 5, 9], [1, 4, 4], id="nobody gets more than there is room for"),
        pytest.param(9, [1, 1], [2, 3], [2, 3], id="no more than all the room"),
        pytest.param(0, [1, 1], None, [0, 0], id="nothing"),
    ],
)
def test_a_total_is_shared_out_in_whole_numbers(
    total: int, weights: list[float], most: list[int] | None, expected: list[int]
) -> None:
    assert share_out(total, weights, most) == expected


def test_there_are_gaps_late_reports_revisions_and_an_unfinished_last_month(
    invented: Catalogue, handed_in: list[File]
) -> None:
    rows = [row for file in handed_in for row in file.rows]
    assert {row[0] for row in rows} == {one.code for one in invented.indicators.values() if not one.derived}
    streets = {region.name for region in invented.regions}
    assert {row[2] for row in rows} == {*streets, WHOLE}
    assert {"补报" in file.name for file in handed_in} == {"更正" in file.name for file in handed_in} == {True, False}
    assert all(file.reason for file in handed_in if "更正" in file.name)
    assert len({row[2] for row in handed_in[-1].rows} - NOT_STREET) == 27
    sent = Counter(row[2] for row in handed_in[-1].rows if row[2] != WHOLE)
    assert min(sent.values()) < max(sent.values()) * 3 / 4
    written = [row[3] for row in handed_in[-1].rows]
    assert all(any(mark in text for text in written) for mark in ("超", "约", "至"))


def test_some_figures_only_the_streets_report_so_that_their_sum_waits_for_all(
    invented: Catalogue, handed_in: list[File]
) -> None:
    first = [row for file in handed_in if not file.reason for row in file.rows if row[0] in summed(invented)]
    assert WHOLE not in {row[2] for row in first}
    received = Counter((row[0], row[1]) for row in first)
    assert {number for (_, month), number in received.items() if month == "2026年9月"} == {29}
    assert max(number for (_, month), number in received.items() if month == "2026年10月") <= 27


def test_some_work_is_done_some_overdue_some_due_without_a_report(invented: Catalogue, handed_in: list[File]) -> None:
    latest = {
        row[0]: row for file in handed_in for row in file.rows if invented.indicators[row[0]].kind is Kind.MILESTONE
    }
    assert {row[6] for row in latest.values()} >= {"进行中", "已完成", "长期坚持"}
    assert all(row[8] for row in latest.values() if row[6] == "已完成" and row[7])
    assert set(map(work.course, range(27))) == set(work.Course)


@pytest.mark.parametrize(
    ("going", "expected"),
    [
        pytest.param(work.Course.DONE, None, id="done"),
        pytest.param(work.Course.AHEAD, None, id="not yet due"),
        pytest.param(work.Course.STANDING, None, id="without an end"),
        pytest.param(work.Course.OVERDUE, Status.OVERDUE, id="a report after the day says that it is not done"),
        pytest.param(work.Course.SILENT, Status.DUE_UNREPORTED, id="no report after the day"),
    ],
)
def test_work_goes_as_it_is_told(going: work.Course, expected: Status | None) -> None:
    months, one = Setting(last=LAST).months, piece_of_work()
    for seed in range(20):
        told = work.reports(one, going, months, random.Random(seed))
        at, last = max(told.items())
        planned = Period.parse(str(last.planned)) if last.planned else None
        seen = fact(observation(on=f"{months[at].end:%Y-%m}", state=last.state, planned=planned))
        assert assess.milestone_status(seen, one, today=date(2026, 11, 25)) is expected
        assert (last.state is State.DONE) == (last.actual is not None) == (going is work.Course.DONE)


def test_the_demonstration_goes_through_the_check_and_is_marked(tmp_path: Path) -> None:
    config, path = small_district(tmp_path), tmp_path / "tried" / "demo.duckdb"
    told: list[str] = []
    number = make(config, path, last=date(2026, 2, 28), number=FEW_MONTHS, told=told.append)
    board = start(path.with_suffix(".yaml"), at=NOW)
    found = releases(board.store)
    assert number == len(found) == len(told) >= FEW_MONTHS
    assert ({release.source for release in found}, board.demonstration, board.notice) == ({DEMO}, True, None)
    assert all(release.title.startswith("演示数据") for release in found)
    assert found[0].known_from < found[-1].known_from
    (note,) = commentary.notes(board.store, ["contract-rate"], region=board.catalogue.total)["contract-rate"]
    (version,) = note.versions
    assert (version.by, version.what[:3], version.doing[:3], version.at) == (
        "演示", "演示：", "演示：", found[-1].known_from,
    )  # fmt: skip
    board.store.close()
    before = path.with_suffix(".yaml").read_bytes()
    assert make(config, path, last=date(2027, 3, 31), number=FEW_MONTHS) == number
    assert path.with_suffix(".yaml").read_bytes() == before


def test_the_real_catalogue_on_a_demonstration_store_is_marked_too(tmp_path: Path) -> None:
    board = start(CONFIG, at=NOW, store_url=f"duckdb:{tmp_path}/demo.duckdb", noticed=False)
    append(board.store, submission(observation("91", indicator="hazard-rate", region="110108"), source=DEMO), at=NOW)
    board.store.close()
    again = start(CONFIG, at=NOW, store_url=f"duckdb:{tmp_path}/demo.duckdb")
    assert (again.notice, again.demonstration, len(releases(again.store))) == (None, True, 1)
    again.store.close()


def real_store(tmp_path: Path) -> Board:
    board = start(small_district(tmp_path), at=NOW, store_url="duckdb:demo.duckdb")
    append(board.store, submission(observation("91")), at=NOW)
    return board


def test_real_and_invented_figures_are_never_mixed(tmp_path: Path) -> None:
    board = real_store(tmp_path)
    with pytest.raises(Refused, match="真实数据"):
        append(board.store, submission(observation("92"), source=DEMO, sha256="b"), at=NOW)
    assert not is_demonstration(board.store)
    board.store.close()
    with pytest.raises(Refused, match="真实数据"):
        make(tmp_path / "config.yaml", tmp_path / "demo.duckdb", last=LAST)
    assert not (tmp_path / "demo.yaml").exists()


@pytest.mark.parametrize("held", [pytest.param(True, id="real figures"), pytest.param(False, id="nothing yet")])
def test_invented_targets_never_judge_real_figures(tmp_path: Path, *, held: bool) -> None:
    config = small_district(tmp_path, config=f"{SMALL_CONFIG}demonstration: true\n")
    if held:
        store = open_store("duckdb:board.duckdb", folder=tmp_path)
        append(store, submission(observation("91")), at=NOW)
        store.close()
    with pytest.raises(Refused, match="只能配演示数据库"):
        start(config, at=NOW)
    again = open_store("duckdb:board.duckdb", folder=tmp_path)
    assert again.query("SELECT count(*) AS kept FROM catalogue") == [{"kept": 0}]
    again.close()


def test_a_demonstration_that_was_broken_off_is_made_anew(tmp_path: Path) -> None:
    config, path = small_district(tmp_path), tmp_path / "demo.duckdb"

    def broken_off(name: str) -> None:
        if "补报" in name:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(config, path, last=date(2026, 2, 28), number=FEW_MONTHS, told=broken_off)
    assert not path.exists()
    assert make(config, path, last=date(2026, 2, 28), number=FEW_MONTHS) >= FEW_MONTHS
    assert not list(tmp_path.glob("*.part*"))


def test_no_other_file_is_overwritten_by_the_catalogue(tmp_path: Path) -> None:
    config = copy_of_board(tmp_path)
    before = config.read_bytes()
    with pytest.raises(Refused, match="不能覆盖"):
        make(config, tmp_path / "config.duckdb", last=LAST)
    assert config.read_bytes() == before
