"""A text file: which encoding, which delimiter, and its cells in the rows that Excel shows."""

from __future__ import annotations

import csv
import io
import re
import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from metrics.intake import grid
from metrics.intake.finding import Finding, Severity, Unreadable
from metrics.intake.package import LONGEST_READ

DELIMITERS = (",", "\t", ";", "，")
_CALLED = {"\t": "制表符"}
_SAMPLED = 200_000  # characters that are looked at for the language
_LOOKED = 40  # lines that are looked at for the delimiter
_SHAPED = 200  # lines that are looked at for the width
_STEP = 1 << 23  # bytes that are looked at in one go
_FEW = 200  # rows of another width that are put in one by one
_QUOTE = ord('"')
_END = "\x1e"  # a last line of its own: when it is not read as one, a quote was left open
_SEP = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_UNIT = re.compile(r"[(（\[【][^()（）\[\]【】]*[)）\]】]$|[%％]$")
_WRAPPED = r'^="([^"]*)"$'
_CP1252 = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
_LATIN = re.compile(rf"[ä-é][\x80-\xbf{_CP1252}]{{2}}|[ÃÂ][\x80-\xbf{_CP1252}]")
_GBK_AS_LATIN = re.compile(r"[\xb0-\xf7][\xa1-\xfe](?:[\xb0-\xf7][\xa1-\xfe])+")
_ASKED = re.compile(rb"[\xe4-\xe9][\x80-\xbf]?\?")  # a UTF-8 letter whose end was lost: a program has put ? there
_FOREIGN = re.compile(r"[^\x00-\x7f]{3,}")
_ORDINARY = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]+")
_ORDINARY_BYTES = b"\t\n\v\f\r\x1a" + bytes(range(0x20, 0x100))  # text, with the control signs that it may have
_LOST, _LOST_TWICE = "\ufffd".encode(), "锟斤拷".encode()

_AGAIN = "请在Excel中另存为“CSV UTF-8”后重新上传。"


@dataclass(frozen=True, slots=True)
class Text:
    """A text file as read; `encoding` and `delimiter` as found."""

    encoding: str
    delimiter: str
    cells: pa.Table
    findings: tuple[Finding, ...]


def decode(data: bytes) -> tuple[str, bytes]:
    """The encoding, and the text as UTF-8 without BOM.

    Raises Unreadable for bytes in no known encoding, for binary ones, and for text that was already spoilt.
    """
    encoding, body = _decoded(data)
    _refuse_binary(body)
    lost = body.find(_LOST) >= 0 or body.find(_LOST_TWICE) >= 0
    if lost or spoilt(body[:_SAMPLED].decode(errors="ignore")):
        raise _mojibake()
    return encoding, body


def _mojibake() -> Unreadable:
    message = "文件内容已是乱码（编码被转坏），请用原始Excel重新导出。"
    return grid.refusal("mojibake", message, "请从原系统或原始Excel重新导出后上传。")


def read_text(data: bytes, headers: Collection[str]) -> Text:
    """The cells of a text file. `headers`: words that tell the header line, for choosing the delimiter."""
    encoding, body = decode(data)
    body = body.replace(b"\0", b"").replace(b"\r\n", b"\n").replace(b"\r", b"\n").removesuffix(b"\x1a")
    given, body = _sep_line(body)
    delimiter = given or _delimiter(body, headers)
    if body.count(delimiter.encode()) > grid.MOST_CELLS:
        raise grid.too_big()
    cells = _fast(body, delimiter) if len(delimiter.encode()) == 1 and _plainly_quoted(body, delimiter) else None
    if cells is None:
        cells = grid.table(_slow(body, delimiter))
    if b'="' in body:
        cells = _unwrapped(cells)
    return Text(encoding, delimiter, cells, _told(encoding, delimiter))


def _unwrapped(cells: pa.Table) -> pa.Table:
    """="110108001", by which a system keeps a code from becoming a number in Excel, as the text within; ="" is empty."""
    columns = [pc.replace_substring_regex(column, _WRAPPED, r"\1") for column in cells.columns[1:]]
    bare = [pc.if_else(pc.equal(column, ""), None, column) for column in columns]
    return grid.assemble([pa.table([cells["row"], *bare], names=cells.schema.names)])


def _told(encoding: str, delimiter: str) -> tuple[Finding, ...]:
    """A word about an unusual delimiter; tabs in UTF-16 are Excel's own "Unicode text"."""
    if delimiter == "," or (delimiter == "\t" and encoding == "utf-16"):
        return ()
    called = _CALLED.get(delimiter, delimiter)
    return (
        Finding(
            severity=Severity.WARNING,
            rule="delimiter",
            message=f"已按“{called}”分隔识别。",
            fix="请核对下面的结果中各列是否对齐。",
            value=delimiter,
        ),
    )


def _decoded(data: bytes) -> tuple[str, bytes]:
    """The encoding and the text as UTF-8. What is UTF-8 already is only looked through: 100 MB take 0.1 s."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return "utf-16", _strict(data, "utf-16").encode()
    if data[:3] == b"\xef\xbb\xbf":
        if not _is_utf8(data):
            _strict(data, "utf-8")
        return "utf-8-sig", data[3:]
    wide = _wide(data)
    if wide is not None:
        return "utf-16", wide.encode()
    return ("utf-8", data) if _is_utf8(data) else ("gb18030", _chinese(data).encode())


def _is_utf8(data: bytes) -> bool:
    offsets = pa.array([0, len(data)], pa.int32()).buffers()[1]
    try:
        pa.StringArray.from_buffers(1, offsets, pa.py_buffer(data)).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _strict(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise _unknown(error.start) from error


def _unknown(position: int) -> Unreadable:
    return grid.refusal("unreadable-encoding", f"第{position + 1}字节无法识别编码，{_AGAIN}", _AGAIN)


def _wide(data: bytes) -> str | None:
    """UTF-16 without its mark, when nothing else can be meant: every NUL stands on the same side of a pair."""
    zeros = np.flatnonzero(np.frombuffer(data[:_SAMPLED], np.uint8) == 0)
    if len(data) % 2 or len(zeros) < 4 or len({int(at) % 2 for at in zeros[:1000]}) != 1:  # noqa: PLR2004
        return None
    try:
        text = data.decode("utf-16-le" if zeros[0] % 2 else "utf-16-be")
    except UnicodeDecodeError:
        return None
    strange = sum(1 for letter in text[:2000] if not (letter.isprintable() or letter in "\r\n\t"))
    return text if "\n" in text and not strange else None


def _chinese(data: bytes) -> str:
    """GB18030, for what is not UTF-8. A damaged UTF-8 file is not taken for Chinese of another encoding."""
    sample = data[:_SAMPLED].decode(errors="replace")
    bad = sample.count("\ufffd")
    good = sum(len(run) for run in _ORDINARY.findall(sample))
    if good > 3 * bad:
        if _ASKED.search(data):
            raise _mojibake()
        _strict(data, "utf-8")
    try:
        return data.decode("gb18030")
    except UnicodeDecodeError as error:
        _refuse_binary(data)
        raise _unknown(max(error.start, _sound_utf8(data))) from error


def _sound_utf8(data: bytes) -> int:
    """How many bytes from the beginning are UTF-8: of two encodings, the file is meant in the one that reads further."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error.start
    return len(data)


def _refuse_binary(body: bytes) -> None:
    """Refuses what is no text: more than one control sign in 200, or NULs throughout."""
    strange = body.translate(None, _ORDINARY_BYTES)
    zeros = strange.count(0)
    controls = len(strange) - zeros
    if controls * 200 > len(body) or zeros * 5 > len(body):
        raise grid.refusal(
            "not-a-table", "该文件不是表格，无法读取。", "请上传Excel工作簿（xlsx、xls）、ods或CSV文件。"
        )


def spoilt(sample: str) -> bool:
    """Whether the text is UTF-8 or GBK that a program once read as something else."""
    if len(_LATIN.findall(sample)) > 1 or len(_GBK_AS_LATIN.findall(sample)) > 1:
        return True
    runs = Counter(_FOREIGN.findall(sample))
    turned = sum(_turns_back(run) for run in runs)
    return turned > 1 and turned * 10 >= len(runs)


def _turns_back(run: str) -> bool:
    """Whether these signs were UTF-8 before GBK: 鏂囦欢 turns back into 文件. Of real words not one in 10,000 does."""
    back = run.encode("gb18030", "replace").decode(errors="replace")
    sound = sum(len(part) for part in _ORDINARY.findall(back.replace("?", "\ufffd")))
    return sound * 3 >= 2 * len(back) and sound > 1


def _sep_line(body: bytes) -> tuple[str | None, bytes]:
    """Excel's hint "sep=;" in front of the table: Excel takes it away and counts the rows from the next line."""
    line, ended, _ = body[:20].partition(b"\n")
    match = _SEP.fullmatch(line.decode(errors="replace")) if ended or len(body) < 20 else None  # noqa: PLR2004
    return (match[1], body[len(line) + 1 :]) if match else (None, body)


def _delimiter(body: bytes, headers: Collection[str]) -> str:
    """The one under which most header words stand apart, else the one that cuts the lines alike."""
    head = _first_lines(body)
    scores = {delimiter: _fit(head, delimiter, headers) for delimiter in DELIMITERS}
    if any(scores[usual][1] for usual in DELIMITERS[:-1]):
        scores.pop(DELIMITERS[-1])
    return max(scores, key=lambda delimiter: scores[delimiter])


def _first_lines(body: bytes) -> list[str]:
    return _lines(body[:65_536].decode(errors="ignore"))


def _lines(text: str) -> list[str]:
    """The lines with their ends; str.splitlines would also cut at \u2028 and others that Excel leaves in a cell."""
    return [f"{line}\n" for line in text.split("\n")]


def _fit(head: list[str], delimiter: str, headers: Collection[str]) -> tuple[int, int]:
    lines = [line for line in islice(_records(head, delimiter), _LOOKED) if any(line)]
    known = max((sum(_bare(cell) in headers for cell in line) for line in lines), default=0)
    widths = Counter(len(line) for line in lines if len(line) > 1)
    return (known if known > 1 else 0), max(widths.values(), default=0)


def _bare(cell: str) -> str:
    return _UNIT.sub("", "".join(cell.split()).replace("\u200b", "").replace("\ufeff", ""))


def _records(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(lines, delimiter=delimiter)
    except csv.Error as error:  # a cell beyond 131,072 characters, four times what Excel takes
        raise grid.cell_too_long() from error


def _plainly_quoted(body: bytes, delimiter: str) -> bool:
    """Whether every quote opens or closes a whole cell or is doubled in one: then Arrow and Excel read alike."""
    if b'"' not in body:
        return True
    letters = np.frombuffer(body, np.uint8)
    border = np.zeros(256, bool)
    border[[_QUOTE, ord("\n"), ord(delimiter)]] = True
    open_before = 0
    for start in range(0, len(body), _STEP):
        quotes = np.flatnonzero(letters[start : start + _STEP] == _QUOTE) + start
        opening, closing = quotes[open_before::2], quotes[1 - open_before :: 2]
        outside = border[letters[np.maximum(opening - 1, 0)]] | (opening == 0)
        if not outside.all() or not border[letters[np.minimum(closing + 1, len(body) - 1)]].all():
            return False
        open_before = (open_before + len(quotes)) % 2
    return not open_before


def _fast(body: bytes, delimiter: str) -> pa.Table | None:
    """The cells by Arrow. None when most rows differ in width, or when there are too many."""
    quoted = b'"' in body
    if not quoted and body.count(b"\n") > grid.MOST_ROWS:
        raise grid.too_long(body.count(b"\n"))
    head = islice(_records(_first_lines(body), delimiter), _SHAPED)
    width = Counter(len(line) for line in head if line).most_common(1)[0][0]
    if width > grid.MOST_COLUMNS:
        return None
    others: list[tuple[int, str]] = []
    read = _arrow(body, delimiter, width, others, quoted=quoted)
    return None if read is None else _put_together(read, others, delimiter)


def _arrow(body: bytes, delimiter: str, width: int, others: list[tuple[int, str]], *, quoted: bool) -> pa.Table | None:
    """Rows of that width; the number and text of each other row is added to `others`."""

    def keep(row: pacsv.InvalidRow) -> str:
        others.append((row.number, row.text))
        return "skip" if len(others) < grid.HELD_CELLS else "error"

    names = [str(at) for at in range(width)]
    try:
        return pacsv.read_csv(
            pa.BufferReader(body),
            pacsv.ReadOptions(column_names=names, use_threads=False, block_size=_STEP),
            pacsv.ParseOptions(
                delimiter=delimiter, quote_char='"' if quoted else False, newlines_in_values=quoted,
                ignore_empty_lines=False, invalid_row_handler=keep,
            ),
            pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=True, quoted_strings_can_be_null=True, null_values=[""], check_utf8=False,
            ),
        )  # fmt: skip
    except pa.ArrowInvalid as error:
        if "straddling" in str(error):  # a line of more than 8 MB
            raise grid.cell_too_long() from error
        return None


def _put_together(read: pa.Table, others: list[tuple[int, str]], delimiter: str) -> pa.Table:
    """All rows in their order, each with its number."""
    if len(read) + len(others) > grid.MOST_ROWS:
        raise grid.too_long(len(read) + len(others))
    skipped = np.array([number for number, _ in others], np.int32)
    numbers = np.setdiff1d(np.arange(1, len(read) + len(skipped) + 1, dtype=np.int32), skipped, assume_unique=True)
    whole = grid.piece_of(pa.array(numbers), read.columns)
    grid.check_lengths(whole)
    lines = [(number, _cells(next(_records(_lines(text), delimiter), []))) for number, text in others]
    if not lines:
        return grid.assemble([whole])
    if len(lines) > _FEW:
        return grid.assemble([whole, grid.table(lines)])
    places = [*np.searchsorted(numbers, skipped).tolist(), len(numbers)]
    pieces = [whole.slice(0, places[0])]
    for at, line in enumerate(lines):
        pieces += [grid.table([line]), whole.slice(places[at], places[at + 1] - places[at])]
    return grid.assemble(pieces)


def _slow(body: bytes, delimiter: str) -> Iterator[grid.Row]:
    """The rows by Python's reader: any quoting, any width. Raises Unreadable for a quote that never ends."""
    ended = body if body.endswith(b"\n") else body + b"\n"
    lines = io.TextIOWrapper(io.BytesIO(ended), "utf-8", newline="\n")  # a StringIO takes four bytes a letter
    number, line = 0, [""]
    deadline = time.monotonic() + LONGEST_READ
    for number, line in enumerate(_records(chain(lines, [_END]), delimiter), start=1):
        if time.monotonic() > deadline:
            raise grid.too_big()
        if line != [_END] and (cells := _cells(line)):
            yield number, cells
    if line != [_END]:
        raise grid.refusal(
            "open-quote",
            f"第{number}行有一个双引号没有配对，其后的内容无法分列。",
            "请删去多余的双引号后重新上传。",
            row=number,
        )


def _cells(line: list[str]) -> list[str | None]:
    """Empty cells as None, those at the end left out."""
    cells = [cell or None for cell in line]
    while cells and cells[-1] is None:
        cells.pop()
    return cells
