"""What a person chose -> the files to check: zips opened, names as their sender wrote them, everything bounded.

A zip may hold the workbooks of 29 streets. A zip inside a zip, a bomb, or more files than anyone sends is refused whole.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from metrics.catalogue import Catalogue
from metrics.intake.check import Checked, Edits, Progress, Upload, check, silent
from metrics.intake.finding import CAP, Finding, Severity
from metrics.intake.layout import Layout
from metrics.intake.sheet import FileRead
from metrics.store import Store

MOST_FILES = 200
MOST_BYTES = 100_000_000  # of one file, unpacked
MOST_TOGETHER = 300_000_000
MOST_LISTED = 1_500_000  # bytes of the list at its end: some 10,000 entries
LONGEST_NAME = 200
LEFT_OUT = {"pdf", "doc", "docx", "wps", "ppt", "pptx", "png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff", "heic", "md", "exe", "lnk"}  # fmt: skip
PACKED = (b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
ACROSS = {"missing-regions"}  # rules about all 街镇, of which no single file is at fault
_UTF8 = 0x800  # the flag that says a name is UTF-8
_ENCRYPTED = 1
_BLOCK = 1 << 18
_HIDDEN = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    ValueError,
    OverflowError,
    RuntimeError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """The files to check, and what there is to say before any of them is read.

    findings  an error refuses the zip that it names; a warning tells of a file that was left out
    """

    uploads: tuple[Upload, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether a zip could not be taken as it is."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One of several files with what was found in it. `read` is None for a file that is no table."""

    upload: Upload
    read: FileRead | None
    layouts: tuple[Layout, ...]
    findings: tuple[Finding, ...]
    totals: Mapping[str, int]

    @property
    def refused(self) -> bool:
        """Whether something in it must be corrected first."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Files checked: `whole` as the one release that they would become, and what is to say of each of them."""

    whole: Checked
    files: tuple[File, ...]


class _Refusal(Exception):
    """Carries the one finding for a zip that is not taken."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def bundle(chosen: Sequence[tuple[str, bytes]], *, edits: Mapping[str, Edits] | None = None) -> Bundle:
    """The files of what was chosen, by name and bytes, in order; never raises for what a file holds.

    edits  corrected cells, by the SHA-256 of their file's bytes
    """
    uploads: list[Upload] = []
    findings: list[Finding] = []
    for name, data in chosen:
        try:
            opened, said = _opened(tidy(name), data)
        except _Refusal as refusal:
            findings.append(refusal.finding)
            continue
        uploads += opened
        findings += said
    if len(uploads) > MOST_FILES:
        return Bundle(
            findings=(
                _error("too-many-files", f"一次最多上报{MOST_FILES}个文件，这里有{len(uploads)}个。", "请分几次上报。"),
            )
        )
    return _without_copies(uploads, findings, edits or {})


def _without_copies(uploads: Sequence[Upload], findings: Sequence[Finding], edits: Mapping[str, Edits]) -> Bundle:
    """The same bytes twice are one file: two would be a figure reported twice."""
    first: dict[str, Upload] = {}
    said = list(findings)
    for upload in uploads:
        digest = hashlib.sha256(upload.data).hexdigest()
        kept = first.setdefault(digest, replace(upload, edits=edits.get(digest, {})))
        if kept.name != upload.name or kept.data is not upload.data:
            said.append(_warning("same-file", f"“{upload.name}”与“{kept.name}”内容相同，只算一次。"))
    return Bundle(uploads=tuple(first.values()), findings=tuple(said))


def tidy(name: str) -> str:
    """A file name that can be shown: without characters that hide or turn text, and not endless."""
    plain = _HIDDEN.sub("", name.replace("\\", "/")).strip(" /")
    return plain[-LONGEST_NAME:] or "未命名文件"


def _opened(name: str, data: bytes) -> tuple[list[Upload], list[Finding]]:
    if data.startswith(PACKED):
        raise _Refusal(
            _error(
                "not-a-zip",
                f"“{name}”是压缩包，但不是zip格式，无法打开。",
                "请解压后直接选择里面的文件，或重新压缩成zip。",
            )
        )
    archive = _archive(name, data) if data[:2] == b"PK" else None
    if archive is None or _is_document(archive):
        return [Upload(name=name, data=data)], []
    return _members(name, archive)


def _archive(name: str, data: bytes) -> zipfile.ZipFile | None:
    """The zip; None for what is none and not called one: reading it as a table then says what is wrong with it."""
    called_zip = name.lower().endswith(".zip")
    if _list_size(data) > MOST_LISTED:
        if called_zip:
            raise _Refusal(_too_much(name))
        return None
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except _DAMAGE:
        if called_zip:
            raise _Refusal(_damaged(name)) from None
        return None


def _list_size(data: bytes) -> int:
    """Bytes of the list at the end of a zip, from which Python makes an object for each entry before one can count them."""
    at = data.rfind(b"PK\x05\x06")
    return int.from_bytes(data[at + 12 : at + 16], "little") if at >= 0 else 0


def _is_document(archive: zipfile.ZipFile) -> bool:
    """A workbook or another office document, which is a zip too."""
    names = {info.filename.replace("\\", "/").lstrip("/").lower() for info in archive.infolist()}
    return bool(names & {"[content_types].xml", "mimetype", "meta-inf/manifest.xml"})


def _members(name: str, archive: zipfile.ZipFile) -> tuple[list[Upload], list[Finding]]:
    wanted = [
        (written, info)
        for info in archive.infolist()
        if not info.filename.endswith("/") and not _of_the_system(written := written_name(info))
    ]
    if not wanted:
        raise _Refusal(_error("empty-zip", f"压缩包“{name}”里没有文件。", "请检查是否选错文件。"))
    tables = [(written, info) for written, info in wanted if _ending(written) not in LEFT_OUT]
    if len(tables) > MOST_FILES:
        raise _Refusal(
            _error(
                "too-many-files",
                f"压缩包“{name}”里有{len(tables)}个文件，一次最多{MOST_FILES}个。",
                "请分成几个压缩包上报。",
            )
        )
    said = [
        _warning("left-out", f"压缩包里的“{written}”不是表格，未读取。")
        for written, _ in wanted if _ending(written) in LEFT_OUT
    ]  # fmt: skip
    left = MOST_TOGETHER
    uploads = []
    for written, info in tables:
        data = _unpacked(name, archive, info, min(left, MOST_BYTES))
        left -= len(data)
        _refuse_nested(name, written, data)
        uploads.append(Upload(name=written, data=data))
    return uploads, said


def written_name(info: zipfile.ZipInfo) -> str:
    """The name as its sender wrote it: Windows packs Chinese names as GBK without saying so, and Python reads those as cp437."""
    if info.flag_bits & _UTF8:
        return tidy(info.filename)
    try:
        raw = info.filename.encode("cp437")
    except UnicodeEncodeError:
        return tidy(info.filename)
    for encoding in ("utf-8", "gb18030"):
        try:
            return tidy(raw.decode(encoding))
        except UnicodeDecodeError:
            continue
    return tidy(info.filename)


def _of_the_system(name: str) -> bool:
    """What macOS, Windows and Excel put beside a person's files."""
    parts = name.split("/")
    last = parts[-1].lower()
    return "__MACOSX" in parts or last.startswith((".", "~$")) or last in {"thumbs.db", "desktop.ini"}


def _ending(name: str) -> str:
    return name.rpartition(".")[2].lower()


def _unpacked(name: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes:
    """The bytes of a member; what it says of its own size is not believed."""
    if info.flag_bits & _ENCRYPTED:
        raise _Refusal(_error("password", f"压缩包“{name}”有密码，无法打开。", "请去掉密码，重新压缩后上报。"))
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:  # others may ask for any memory
        raise _Refusal(
            _error("not-a-zip", f"压缩包“{name}”的压缩方式无法识别。", "请用系统自带的“压缩为zip”重新压缩。")
        )
    held = io.BytesIO()
    try:
        with archive.open(info) as stream:
            while block := stream.read(_BLOCK):
                held.write(block)
                if held.tell() > most:
                    raise _Refusal(_too_much(name))
    except _DAMAGE:
        raise _Refusal(_damaged(name)) from None
    return held.getvalue()


def _refuse_nested(name: str, written: str, data: bytes) -> None:
    if data.startswith(PACKED):
        raise _Refusal(_nested(name, written))
    archive = _archive(written, data) if data[:2] == b"PK" else None
    if archive is not None and not _is_document(archive):
        raise _Refusal(_nested(name, written))


def _nested(name: str, written: str) -> Finding:
    return _error(
        "nested-zip",
        f"压缩包“{name}”里的“{written}”还是压缩包，未读取。",
        "请把里面的文件解压出来，放在同一个压缩包里。",
    )


def _damaged(name: str) -> Finding:
    return _error("cut-file", f"压缩包“{name}”不完整或已损坏，无法打开。", "请重新压缩后上报。")


def _too_much(name: str) -> Finding:
    return _error("bomb", f"压缩包“{name}”解开后过大，无法读取。", "请只保留要上报的文件，重新压缩后上报。")


def _error(rule: str, message: str, fix: str) -> Finding:
    return Finding(severity=Severity.ERROR, rule=rule, message=message, fix=fix)


def _warning(rule: str, message: str) -> Finding:
    return Finding(severity=Severity.WARNING, rule=rule, message=message)


def check_all(  # noqa: PLR0913  those of check(), and who hears how far it is
    store: Store,
    catalogue: Catalogue,
    uploads: Sequence[Upload],
    *,
    at: datetime,
    answers: Mapping[str, str] | None = None,
    reason: str | None = None,
    said: Progress = silent,
) -> Batch:
    """Check files as one release, and tell what was found file by file; `said` hears how far it is.

    said  called with the share that is done, 0 to 1, and what is being done now
    """
    whole = check(store, catalogue, uploads, at=at, answers=answers, reason=reason, progress=said)
    files = _files(whole)
    if len(uploads) > 1 and _is_capped(whole):
        for number, upload in enumerate(uploads):
            said(number / len(uploads), f"问题较多，正在逐个核对：第{number + 1}个，共{len(uploads)}个")
            files[number] = _files(check(store, catalogue, [upload], at=at, answers=answers, reason=reason))[0]
    said(1.0, "核对完成")
    return Batch(whole=whole, files=tuple(files))


def across(whole: Checked) -> tuple[Finding, ...]:
    """Findings that several files have only together; none for one file, whose own they are."""
    return tuple(finding for finding in whole.findings if finding.rule in ACROSS) if len(whole.uploads) > 1 else ()


def _is_capped(whole: Checked) -> bool:
    """Whether the check lists only some of what it found; a file without a finding is then not known to be without one."""
    listed = Counter(finding.rule for finding in whole.findings)
    return any(number > listed[rule] or number >= CAP for rule, number in whole.totals.items())


def _files(whole: Checked) -> list[File]:
    """What was found, file by file."""
    by_bytes = {file.sha256: file for file in whole.files}
    several = len(whole.uploads) > 1
    return [
        File(
            upload=upload,
            read=by_bytes.get(hashlib.sha256(upload.data).hexdigest()),
            layouts=tuple(layout for layout in whole.layouts if layout.file_no == number),
            findings=tuple(
                one for one in whole.findings if one.file_no == number and not (several and one.rule in ACROSS)
            ),
            totals={} if several else whole.totals,
        )
        for number, upload in enumerate(whole.uploads, start=1)
    ]
