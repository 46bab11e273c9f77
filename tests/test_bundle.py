"""What a person chose becomes files to check: zips opened within bounds, names read as written, copies told."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

import pytest

from metrics.intake import bundle as bundles
from metrics.intake.bundle import Batch, Bundle, across, bundle, check_all
from metrics.intake.check import Upload
from metrics.start import Board
from tests.builders import NOW
from tests.files import xlsx

HEAD = "指标编码,期间,街镇,数值\n"


def table(*rows: str) -> bytes:
    """A CSV in the long form."""
    return (HEAD + "\n".join(rows) + "\n").encode()


def packed(members: Sequence[tuple[str | zipfile.ZipInfo, bytes]], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data, compress_type=method)
    return out.getvalue()


def as_windows_names(data: bytes, name: str, encoding: str) -> bytes:
    """The zip with its one member called so in that encoding, and no flag that says which."""
    placeholder = b"x" * len(name.encode(encoding))
    return data.replace(placeholder, name.encode(encoding))


def names(found: Bundle) -> list[str]:
    return [upload.name for upload in found.uploads]


def said(found: Bundle) -> list[str]:
    return [finding.message for finding in found.findings]


def test_files_stay_as_they_are_in_the_order_they_were_chosen() -> None:
    found = bundle([("五月.csv", table("a")), ("六月.csv", table("b"))])
    assert (names(found), found.findings) == (["五月.csv", "六月.csv"], ())
    assert found.uploads[0].data == table("a")


def test_a_workbook_is_a_file_and_not_a_zip_whatever_its_ending() -> None:
    book = xlsx([["指标编码"], ["a"]])
    assert names(bundle([("五月.zip", book)])) == ["五月.zip"]


def test_a_zip_gives_the_files_in_it_with_their_folders() -> None:
    data = packed([("5月/", b""), ("5月/万寿路街道.csv", table("a")), ("5月/永定路街道.xlsx", xlsx([["b"]]))])
    assert names(bundle([("29个街镇.zip", data)])) == ["5月/万寿路街道.csv", "5月/永定路街道.xlsx"]


@pytest.mark.parametrize("encoding", [pytest.param("gbk", id="Windows"), pytest.param("utf-8", id="without its flag")])
def test_a_chinese_name_is_read_as_its_sender_wrote_it(encoding: str) -> None:
    plain = packed([("x" * len("万寿路街道.csv".encode(encoding)), table("a"))])
    assert names(bundle([("a.zip", as_windows_names(plain, "万寿路街道.csv", encoding))])) == ["万寿路街道.csv"]


@pytest.mark.parametrize(
    "name", ["__MACOSX/._万寿路.csv", "a/._万寿路.csv", ".DS_Store", "Thumbs.db", "desktop.ini", "~$万寿路.xlsx"]
)
def test_what_the_system_puts_beside_the_files_is_no_file(name: str) -> None:
    found = bundle([("a.zip", packed([(name, b"x"), ("万寿路.csv", table("a"))]))])
    assert (names(found), found.findings) == (["万寿路.csv"], ())


def test_a_file_in_a_zip_that_has_no_name_is_read_all_the_same() -> None:
    nameless = packed([("a.csv", b"1"), (zipfile.ZipInfo(""), b"2")])
    assert names(bundle([("上报.zip", nameless)])) == ["a.csv", "未命名文件"]


def test_a_picture_in_a_zip_is_left_out_and_told() -> None:
    found = bundle([("a.zip", packed([("说明.docx", b"x"), ("万寿路.csv", table("a"))]))])
    assert (names(found), said(found), found.refused) == (
        ["万寿路.csv"],
        ["压缩包里的“说明.docx”不是表格，未读取。"],
        False,
    )


def test_the_same_bytes_twice_are_one_file_and_told() -> None:
    found = bundle([("a.csv", table("a")), ("a - 副本.csv", table("a"))])
    assert (names(found), said(found)) == (["a.csv"], ["“a - 副本.csv”与“a.csv”内容相同，只算一次。"])


def test_corrections_go_to_the_file_with_those_bytes() -> None:
    import hashlib

    digest = hashlib.sha256(table("b")).hexdigest()
    found = bundle([("a.csv", table("a")), ("b.csv", table("b"))], edits={digest: {(None, 2, "A"): "c"}})
    assert [upload.edits for upload in found.uploads] == [{}, {(None, 2, "A"): "c"}]


def bomb() -> bytes:
    return packed([("a.csv", b"0" * 120_000_000)])


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        pytest.param(lambda: packed([("b.zip", packed([("c.csv", b"x")]))]), "nested-zip", id="a zip in a zip"),
        pytest.param(lambda: packed([("b.rar", b"Rar!\x1a\x07\x00")]), "nested-zip", id="a rar in a zip"),
        pytest.param(bomb, "bomb", id="a file that unpacks to too much"),
        pytest.param(lambda: packed([(f"{n}.csv", b"x") for n in range(201)]), "too-many-files", id="too many files"),
        pytest.param(lambda: packed([]), "empty-zip", id="nothing in it"),
        pytest.param(lambda: packed([(".DS_Store", b"x")]), "empty-zip", id="only the system's own"),
        pytest.param(lambda: packed([("a.csv", b"x" * 99)])[:-40], "cut-file", id="cut off at its end"),
        pytest.param(lambda: packed([("a.csv", b"x")], method=zipfile.ZIP_LZMA), "not-a-zip", id="a rare method"),
        pytest.param(lambda: b"Rar!\x1a\x07\x00" + b"x" * 99, "not-a-zip", id="a rar by another name"),
        pytest.param(lambda: packed([("n" * 300 + str(n), b"") for n in range(6000)]), "bomb", id="an endless list"),
    ],
)  # fmt: skip
def test_a_zip_that_is_not_taken_is_refused_in_one_sentence(data: object, rule: str) -> None:
    assert callable(data)
    found = bundle([("五月.zip", data()), ("好的.csv", table("a"))])
    assert ([finding.rule for finding in found.findings], found.refused) == ([rule], True)
    assert "“五月.zip”" in found.findings[0].message
    assert names(found) == ["好的.csv"]


def test_a_zip_that_lies_of_its_sizes_is_not_believed() -> None:
    data = bytearray(packed([("a.csv", b"0" * 1_000_000)]))
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")
    found = bundle([("a.zip", bytes(data))])
    assert found.refused or [len(upload.data) for upload in found.uploads] == [1_000_000]


def test_a_password_is_told() -> None:
    data = bytearray(packed([("a.csv", b"x" * 50)]))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    assert said(bundle([("a.zip", bytes(data))])) == ["压缩包“a.zip”有密码，无法打开。"]


def test_more_files_than_anyone_sends_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "MOST_FILES", 2)
    found = bundle([(f"{n}.csv", table(str(n))) for n in range(3)])
    assert (names(found), said(found)) == ([], ["一次最多上报2个文件，这里有3个。"])


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        pytest.param("..\\..\\a.csv", "../../a.csv", id="a path is only a name"),
        pytest.param("a\u202exslx.csv", "axslx.csv", id="what turns the text is taken out"),
        pytest.param("\x00\n", "未命名文件", id="nothing left"),
        pytest.param("a" * 300 + ".csv", "a" * 196 + ".csv", id="an endless one keeps its ending"),
    ],
)
def test_a_hostile_name_is_made_fit_to_be_shown(name: str, shown: str) -> None:
    assert names(bundle([(name, b"x")])) == [shown]


ROW = "filing-rate,2023年6月,万寿路街道,{}"


def checked(board: Board, *tables: bytes, heard: list[str] | None = None) -> Batch:
    uploads = [Upload(name=f"{number}.csv", data=data) for number, data in enumerate(tables, start=1)]
    return check_all(
        board.store,
        board.catalogue,
        uploads,
        at=NOW,
        said=lambda _, stage: None if heard is None else heard.append(stage),
    )


def rules(batch: Batch) -> list[list[str]]:
    return [[finding.rule for finding in file.findings] for file in batch.files]


def test_what_was_found_is_told_file_by_file(board: Board) -> None:
    batch = checked(board, table(ROW.format(82)), table("filing-rate,2023年6月,没有街道,82"), b"%PDF-1.7 not a table")
    assert rules(batch) == [[], ["other-district"], ["not-a-table"]]
    assert [(file.read is not None, len(file.layouts), file.refused) for file in batch.files] == [
        (True, 1, False), (True, 1, True), (False, 0, True),
    ]  # fmt: skip
    assert batch.whole.refused


def test_two_files_that_contradict_each_other_are_told(board: Board) -> None:
    batch = checked(board, table(ROW.format(82)), table(ROW.format(83)))
    assert {rule for found in rules(batch) for rule in found} == {"conflicting-rows"}


def test_files_that_agree_become_one_release(board: Board) -> None:
    batch = checked(board, table(ROW.format(82)), table("filing-rate,2023年6月,永定路街道,83"))
    assert (batch.whole.accepted, batch.whole.counts.new, rules(batch)) == (True, 2, [[], []])


def test_who_is_missing_is_the_fault_of_no_single_file(board: Board) -> None:
    streets = [region.name for region in board.catalogue.regions][:20]
    batch = checked(
        board, *(table(f"filing-rate,2023年6月,{name},{number}") for number, name in enumerate(streets, start=60))
    )
    assert rules(batch) == [[]] * 20
    assert [finding.rule for finding in across(batch.whole)] == ["missing-regions"]
    assert across(checked(board, table(ROW.format(82))).whole) == ()


def test_where_a_rule_is_capped_each_file_still_tells_its_own(board: Board) -> None:
    wrong = [f"filing-rate,2023年6月,没有街道{number},82" for number in range(250)]
    heard: list[str] = []
    batch = checked(
        board, table(*wrong), table("filing-rate,2023年6月,别的街道,82"), table(ROW.format(82)), heard=heard
    )
    assert [file.refused for file in batch.files] == [True, True, False]
    assert "问题较多，正在逐个核对：第3个，共3个" in heard


def test_who_waits_hears_how_far_it_is(board: Board) -> None:
    heard: list[str] = []
    checked(board, table(ROW.format(82)), heard=heard)
    assert (len(heard) > 2, heard[-1]) == (True, "核对完成")
