"""Refused cells, typed over in the browser."""

from __future__ import annotations

from metrics.intake import bundle, correct
from metrics.intake.check import Checked, Upload, check
from metrics.start import Board
from tests.builders import HEAD, NOW, as_csv, checked
from tests.files import xlsx


def cells_of(checked: Checked, board: Board) -> tuple[correct.Correction, ...]:
    """What can be corrected in the first file of a check."""
    return correct.corrections(bundle._files(checked)[0], board.catalogue)


def test_each_refused_cell_can_be_corrected_beside_what_its_row_is_of(own: Board) -> None:
    found = checked(
        own, ("filing-rate", "", "2023年10月", "万寿路街", "82"), ("filing-rate", "", "2023年10月", "全区", "8O")
    )
    cells = cells_of(found, own)
    assert [(cell.row, cell.letter, cell.column, cell.text, cell.about) for cell in cells] == [
        (2, "D", "街镇", "万寿路街", "装修垃圾备案率 · 万寿路街 · 2023年10月"),
        (3, "E", "数值", "8O", "装修垃圾备案率 · 全区 · 2023年10月"),
    ]


def test_of_two_parts_that_contradict_each_other_both_can_be_corrected(own: Board) -> None:
    found = checked(own, ("hazard-rate", "", "2023年10月", "全区", "", "190", "182"))
    assert [(cell.letter, cell.text) for cell in cells_of(found, own)] == [
        ("F", "190"),
        ("G", "182"),
    ]


def test_a_correction_makes_the_file_right_without_another_upload(own: Board) -> None:
    data = xlsx([HEAD, ["filing-rate", None, "2023年10月", "万寿路街", "82"]], name="十月")
    found = check(own.store, own.catalogue, [Upload(name="a.xlsx", data=data)], at=NOW)
    cells = cells_of(found, own)
    edits = correct.edits_of(cells, ["万寿路街道"], [False])
    assert edits == {("十月", 2, "D"): "万寿路街道"}
    assert check(own.store, own.catalogue, [Upload(name="a.xlsx", data=data, edits=edits)], at=NOW).accepted


def test_a_row_that_is_left_out_is_no_part_of_the_release(own: Board) -> None:
    rows = [("nosuch", "", "2023年10月", "全区", "1"), ("filing-rate", "", "2023年10月", "全区", "82")]
    cells = cells_of(checked(own, *rows), own)
    edits = correct.edits_of(cells, [cell.text for cell in cells], [True] * len(cells))
    found = check(own.store, own.catalogue, [Upload(name="a.csv", data=as_csv(*rows), edits=edits)], at=NOW)
    assert (found.accepted, found.rows["indicator"].to_pylist()) == (True, ["filing-rate"])


def test_a_cell_that_nobody_touched_is_no_edit(own: Board) -> None:
    cells = cells_of(checked(own, ("nosuch", "", "2023年10月", "全区", "1")), own)
    assert correct.edits_of(cells, [cell.text for cell in cells], [False] * len(cells)) == {}
