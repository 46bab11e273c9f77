"""The zip around a workbook, and its XML as a stream: bounded in bytes, depth and time whatever the file says."""

from __future__ import annotations

import io
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pyexpat import ExpatError, ParserCreate, XMLParserType

from metrics.intake import grid
from metrics.intake.finding import Unreadable

LONGEST_READ = 8.0  # seconds
MOST_BYTES = 600_000_000  # of one part, unpacked
MOST_PARTS = 20_000
_BLOCK = 1 << 18
_DEEPEST = 100  # elements in each other; a sheet has 8
_LONGEST_TAG = 4_000_000  # bytes that the parser may hold back before it has a whole tag
_SMALL = 1_000_000  # bytes of a part that is read in one piece
_FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError, OverflowError)

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]
Data = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """An open zip: its parts by path in lower case with forward slashes, as Excel compares them."""

    archive: zipfile.ZipFile
    paths: Mapping[str, zipfile.ZipInfo]
    deadline: float


def cut() -> Unreadable:
    """The file ends too early, or its bytes are not what a workbook has."""
    return grid.refusal("cut-file", "文件不完整或已损坏，无法读取。", "请在Excel中打开原文件，另存为xlsx后重新上传。")


def bomb() -> Unreadable:
    """The file unpacks to more than any report, or holds what no workbook holds."""
    return grid.refusal("bomb", "文件解开后过大，无法读取。", "请只保留要上报的数据，另存为CSV后上传。")


def password() -> Unreadable:
    """The workbook is encrypted."""
    return grid.refusal("password", "工作簿有打开密码，无法读取。", "请在Excel中取消打开密码，保存后重新上传。")


def too_slow() -> Unreadable:
    """The time is up."""
    return grid.refusal("too-large", "工作簿内容过多，无法及时读完。", "请只保留要上报的数据，或另存为CSV后上传。")


@contextmanager
def opened(data: bytes) -> Iterator[Package]:
    """The parts of a zip. Raises Unreadable for one that is cut off or damaged."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except _FAULTS as error:
        raise cut() from error
    with archive:
        listed = archive.infolist()
        if len(listed) > MOST_PARTS:
            raise bomb()
        paths = {info.filename.replace("\\", "/").lstrip("/").lower(): info for info in listed}
        yield Package(archive=archive, paths=paths, deadline=time.monotonic() + LONGEST_READ)


def blocks(package: Package, path: str) -> Iterator[bytes]:
    """The unpacked bytes of a part, piece by piece."""
    info = package.paths[path]
    if info.flag_bits & 1:
        raise password()
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:  # LZMA may ask for any memory
        raise cut()
    done = 0
    try:
        with package.archive.open(info) as stream:
            while block := stream.read(_BLOCK):
                done += len(block)
                if done > MOST_BYTES:
                    raise bomb()
                yield block
    except _FAULTS as error:
        raise cut() from error


def small(package: Package, path: str) -> bytes:
    """A part that is never large, as a whole; b"" for none."""
    if path not in package.paths:
        return b""
    whole = b""
    for block in blocks(package, path):
        whole += block
        if len(whole) > _SMALL:
            raise bomb()
    return whole


def mimetype(package: Package) -> str:
    """What the zip says it is, as OpenDocument files do; "" for none."""
    return small(package, "mimetype").decode("ascii", "replace").strip()


def parse(package: Package, path: str, start: Start, end: End | None = None, data: Data | None = None) -> None:
    """Reads the XML of a part to its end."""
    for _ in parsing(package, path, start, end, data):
        pass


def parsing(
    package: Package, path: str, start: Start, end: End | None = None, data: Data | None = None, *, plain: bool = False
) -> Iterator[None]:
    """Reads the XML of a part and stops after each piece, for the caller to take what has been gathered.

    The names come without their prefix: which one a program writes, and whether the workbook is of the strict kind,
    makes no difference. `plain`: where the root has no prefix, start and end are called with nothing between, which
    saves a third of the time; they have to look after the depth themselves (`too_deep`).
    Raises Unreadable for a DOCTYPE (there is none in a workbook), and for a broken or endless part.
    """
    parser = _parser(start, end, data, plain=plain)
    fed = 0
    source = blocks(package, path)
    try:
        for block in source:
            _feed(parser, block, final=False)
            fed += len(block)
            if fed - parser.CurrentByteIndex > _LONGEST_TAG:
                raise bomb()
            if time.monotonic() > package.deadline:
                raise too_slow()
            yield
        _feed(parser, b"", final=True)
        yield
    finally:
        source.close()  # type: ignore[attr-defined]


def _feed(parser: XMLParserType, block: bytes, *, final: bool) -> None:
    try:
        parser.Parse(block, final)
    except (ExpatError, ValueError, LookupError, IndexError) as error:  # LookupError: an encoding unknown to Python
        raise cut() from error


def too_deep(depth: int) -> bool:
    """Whether elements stand in each other as in no workbook; each costs memory until it ends."""
    return depth > _DEEPEST


def _parser(start: Start, end: End | None, data: Data | None, *, plain: bool) -> XMLParserType:
    parser = ParserCreate()
    parser.buffer_text = True
    parser.CharacterDataHandler = data
    parser.StartDoctypeDeclHandler = _refuse
    started, ended = _without_prefix(start, end)

    def root(name: str, attributes: dict[str, str]) -> None:
        bare = plain and ":" not in name
        parser.StartElementHandler = start if bare else started
        parser.EndElementHandler = end if bare else ended
        parser.StartElementHandler(name, attributes)

    parser.StartElementHandler = root
    return parser


def _refuse(*_: object) -> None:
    raise bomb()


def _without_prefix(start: Start, end: End | None) -> tuple[Start, End]:
    depth = 0
    local: dict[str, str] = {}

    def started(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if too_deep(depth):
            raise bomb()
        start(local.get(name) or _known(local, name), attributes)

    def ended(name: str) -> None:
        nonlocal depth
        depth -= 1
        if end is not None:
            end(local[name])

    return started, ended


def _known(local: dict[str, str], name: str) -> str:
    if len(local) > 10_000:  # noqa: PLR2004  a workbook has some hundred names
        raise bomb()
    return local.setdefault(name, name.rpartition(":")[2])


def attribute(attributes: Mapping[str, str], name: str) -> str | None:
    """The attribute of that name, with any prefix or none."""
    if name in attributes:
        return attributes[name]
    ending = f":{name}"
    return next((value for key, value in attributes.items() if key.endswith(ending)), None)
