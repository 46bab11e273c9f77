"""The inputs that the fuzzer begins with, the pieces that it puts in, and changes that keep a text a text and a zip a zip."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable
from contextlib import suppress

from metrics import number
from metrics.intake import oldbook
from tests.files import Rows, csv_bytes, ods, ods_of, repacked, xls, xlsx, zipped

Mutate = Callable[[bytes, int], bytes]  # bytes changed somewhere, at most so many
Change = Callable[[bytes, int, random.Random, Mutate], bytes]

UNITS = ("", "%", "座", "万元", "公里", "㎡", "吨", "人次", "微克/立方米")
NUMERALS = "一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟萬億"
ALIKE = {"s": "ſ", "k": "K", "i": "ıİ"}  # what Python takes for them where it ignores case
ZEROS = (0xFF10, 0x0660, 0x0966, 0x245F, 0x2070)  # of other scripts, of ① and of ⁰; the nine others follow
SIGNS = "\u0336\u200b\u202e\u2028\u3000\0\x1f−－．，（）／：～※①㈠Ⅳ½²"
MOST_UNPACKED = 300_000  # bytes of a zip that are taken apart to change one of its parts

FIGURES = (
    "93.24%", "９３．２４％", "超80%", "80%以上", "80%+", "1200余座", "不足5%", "约1.2万个", "1.2万个左右", "1.2345万吨", "0.32亿",
    "3千万", "1,269", "1 269座", "－3", "(3)", "+0.5", "1.2E+04", "5万~8万", "10-20%", "166/182", "166:182", "166/182（91.2%）",
    "91.2%(166/182)", "93.239999999999995", "百分之九十三点二四", "一万二千", "一百零五", "三百多", "两百", "十二", "93.24①", "93%²", "5㎡",
    "2907（座）", "—", "……", "无", "不适用", "待核实", "#DIV/0!", "=A1+B1", "4月5日", "2023-04-05", "5-Apr", "2023.1", "12:30", "l2", "12,69",
    "1\u03362", "0", "00012", "99999999999999.9999", "0.0000001", "一共12", "几十", "5万元~8万元", "99999999999999999999999999.9999",
)  # fmt: skip
PERIODS = (
    "2023年4月", "2023-04", "202304", "202304.0", "2023.1", "2023.10", "4月", "去年12月份", "23年4月", "Apr-23", "April 2023", "23-Apr",
    "4月-23", "Sept. 2023", "5-May-2023", "二〇二三年四月", "2023年一季度", "2023Q1", "Q1-2023", "前三季度", "一至三季度", "上半年", "2023-S1",
    "H1 2023", "2023年度", "今年", "1-4月", "2023年1月至4月", "2022年12月至2023年1月", "2023.1-4", "202301-202304", "截至2023年3月底",
    "截至3月15日", "2023年4月18日至5月21日", "2023-04-18~2023-05-21", "2023年4月18日 08:30", "20230418", "45017", "45017.0", "2023年前4个月",
    "2023年4月累计", "2022-12/2023-01", "../2023-04", "2023年底", "2024年6月底前", "海淀区2023年4月城市管理指标月报", "4月18日以来", "去年9月底",
    "2023-02-30", "2023-13", "3023年4月", "ſep-23", "1月至2月至5月",
)  # fmt: skip
TABLE: Rows = [
    ["海淀区2023年4月城市管理指标月报"],
    ["指标", "街镇", "期间", "数值", "单位", "备注"],
    ["垃圾分类合同签订率", "海淀区", "2023-04", (0.9324, "0.00%"), "%", None],
    ["清理公厕", "学院路街道", "2023年4月", 2907, "座", "=A1"],
    ["架空线入地", "海淀区", "4月", "约1.2万", "公里", True],
]
_STRINGS = (
    '<row r="1"><c r="A1" t="s" s="1"><v>0</v></c><c t="inlineStr"><is><r><rPr><strike/></rPr><t>指标</t></r></is></c></row>'
    '<row r="3" hidden="1"><c r="C3" t="e"><v>#N/A</v></c><c r="D3" t="str"><f si="0">A1</f><v>x_x000D_</v></c>'
    '<c r="E3" t="d"><v>2023-04-01T08:30:00</v></c><c r="F3" t="b"><v>1</v></c></row>'
)
_ODS = (
    '<table:table table:name="a"><table:table-column table:number-columns-repeated="2" table:visibility="collapse"/>'
    '<table:table-row table:number-rows-repeated="2"><table:table-cell office:value-type="float" office:value="12000" '
    'table:number-columns-spanned="2"><text:p>约1.20万</text:p></table:table-cell><table:covered-table-cell/>'
    '<table:table-cell office:value-type="time" office:time-value="PT08H30M00S"/><table:table-cell table:formula="of:=1/0">'
    '<text:p>a<text:s text:c="2"/><text:span text:style-name="b">b</text:span></text:p></table:table-cell>'
    "</table:table-row></table:table>"
)


def figure_seeds() -> list[bytes]:
    """Cells of value columns behind the first bytes that make a difference."""
    return _texts(FIGURES, 3)


def period_seeds() -> list[bytes]:
    """Cells of period columns, likewise."""
    return _texts(PERIODS, 2)


def _texts(written: tuple[str, ...], choices: int) -> list[bytes]:
    """Each text behind each first byte that makes a difference."""
    return [bytes([first]) + text.encode() for text in written for first in range(choices)]


def figure_words() -> list[bytes]:
    """Words and signs that stand around figures, and some that must not."""
    written = {*number.BEFORE, *number.AFTER, *number.MAGNITUDES, *UNITS, *number.STRUCK, *"①*※²[]()（）%‰+-~至/:.,，。 ", "百分之", "点", "负",
               *NUMERALS, "E+", "一共", "九", *SIGNS}  # fmt: skip
    return [word.encode() for word in sorted(written) if word]


def period_words() -> list[bytes]:
    """Words and signs of periods, and some that must not stand there."""
    written = ("年", "月", "日", "份", "底", "末", "前", "季度", "第", "上", "下", "半年", "全年", "年度", "累计", "截至", "截止到", "今年", "去年",
               "至", "到", "~", "—", "/", ".", "-", "..", "S1", "Q4", "H2", "个月", "十一", "〇", "二", "Jan", "sept", "May", "'",
               "2023", "1990", "2100", "9999", "0000", "12", "31", "45017", " 08:30", "T23:59:59.5", "以来", "期间", "之前", *SIGNS)  # fmt: skip
    return [word.encode() for word in written]


def file_seeds() -> list[bytes]:
    """One file of each kind that is read or refused, small, then those that once broke something."""
    unread = {
        "xl/theme/theme1.xml": None,
        "docProps/core.xml": None,
        "docProps/app.xml": None,
    }  # and core.xml has the time
    book = repacked(xlsx(TABLE, merged=["A1:F1"], more={"二": [["x"]]}, hidden=["二"]), unread)
    sheet = "xl/worksheets/sheet1.xml"
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    typed = repacked(book, {sheet: f'<worksheet xmlns="{main}"><sheetData>{_STRINGS}</sheetData></worksheet>'})
    own = csv_bytes(TABLE)
    return [
        stored(book), stored(typed), stored(ods(TABLE, merged=["A1:F1"])), stored(ods_of(_ODS)), xls(TABLE, merged=["A1:F1"]), own,
        *(csv_bytes(TABLE, encoding=encoding) for encoding in ("utf-8-sig", "gb18030", "utf-16", "utf-16-le")),
        *(csv_bytes(TABLE, delimiter=delimiter) for delimiter in ("\t", ";", "，")), b"sep=;\n" + own,
        b'"a\nb","c""d"\n="110108001",2\n\n"e', b"<html><table><tr><td>1</td></tr></table></html>", b"%PDF-1.7", oldbook.SIGNATURE + b"Workbook",
        stored(zipped({"一月.csv": own, "街道/二月.xls": xls([["指标", "数值"], ["x", 1]]), "说明.pdf": b"%PDF", "__MACOSX/x": b""})),
        stored(zipped({"三.zip": stored(zipped({"四.csv": own}))})),
        b'="",2\n="",=""\n', _packed({"": own}),
    ]  # fmt: skip


def file_words() -> list[bytes]:
    """Tags, attributes and numbers that readers look for, and those that they fear."""
    written = (
        '<row r="', '<c r="A1"', ' t="s"', ' t="inlineStr"', ' t="str"', ' t="e"', ' t="d"', ' t="b"', ' s="1"', "<v>", "</v>", "<f>", "<is><t>",
        "<rPh>", "<r>", "</r>", '<mergeCell ref="A1:B2"/>', ' hidden="1"', '<col min="1" max="300" hidden="1"/>', "<strike/>", "_x0041_", "_xD800_",
        "&#x0;", "&#55296;", "&#65534;", "<!DOCTYPE x>", '<?xml version="1.0" encoding="x"?>', "xmlns:", "1E+308", "-1E-308", "9999999", "16384", "XFD",
        ' table:number-columns-repeated="', ' table:number-rows-repeated="', ' office:value-type="', "float", "percentage", "date", "time", "boolean",
        ' office:value="', "<text:p>", "<text:s/>", "<text:span", "PT1H", "\u0336", "指标", "数值", "期间", "街镇", "2023-04", "约1.2万", "超", "0.00%",
        "[h]:mm", "yyyy", '0"座"', "[>100]", "E+00", ";;;", "sep=", "\r\n", "\ufeff", '="', '"', "，", "PK\x01\x02", "PK\x05\x06",
    )  # fmt: skip
    return [word.encode() for word in written] + [b"\xff\xff", b"\0\0\0\0", oldbook.SIGNATURE]


def stored(data: bytes) -> bytes:
    """The zip with its parts as they are, so that a change of a byte is a change of a byte of a part."""
    return _packed(_parts(data) or {})


def within_zip(data: bytes, longest: int, dice: random.Random, mutate: Mutate) -> bytes:
    """The file changed somewhere: of a zip mostly within one part, packed again so that its sums fit."""
    parts = _parts(data) if data[:2] == b"PK" and dice.random() < 0.9 else None
    if not parts:
        return mutate(data, longest)
    path = dice.choice(sorted(parts))
    inner = within_zip(parts[path], longest, dice, mutate)
    whole = _packed({**parts, path: inner})
    return whole if len(whole) <= longest else mutate(data, longest)


def within_text(data: bytes, longest: int, dice: random.Random, mutate: Mutate) -> bytes:
    """The text behind the first byte with a letter left out, doubled, moved, or in another spelling; else whatever comes."""
    if dice.random() < 0.5:
        return mutate(data, longest)
    text = _respelt(data[1:].decode("utf-8", "ignore"), dice)
    return (data[:1] or b"\0") + text.encode()[: longest - 1]


def _respelt(text: str, dice: random.Random) -> str:
    at = dice.randint(0, len(text))
    sign, piece = text[at : at + 1], text[at : at + dice.randint(1, 6)]
    if dice.random() < 0.2:
        rest = text[:at] + text[at + len(piece) :]
        to = dice.randint(0, len(rest))
        return rest[:to] + piece + rest[to:]
    new = (_alike(sign, dice), _alike(sign, dice), "", sign * 2, piece * 2 + sign, dice.choice(SIGNS), sign.swapcase())
    return text[:at] + dice.choice(new) + text[at + 1 :]


def _alike(sign: str, dice: random.Random) -> str:
    """A sign that may be taken for this one."""
    if sign.isascii() and sign.isdigit():
        return chr(dice.choice(ZEROS) + int(sign))
    if sign.lower() in ALIKE:
        return dice.choice(ALIKE[sign.lower()])
    return chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign


def _parts(data: bytes) -> dict[str, bytes] | None:
    """The parts of a zip that is whole and small."""
    with suppress(Exception), zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(info.file_size for info in archive.infolist()) < MOST_UNPACKED:
            return {info.filename: archive.read(info) for info in archive.infolist()}
    return None


def _packed(parts: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for path, content in parts.items():
            archive.writestr(zipfile.ZipInfo(path), content)
    return held.getvalue()


def damaging(dice: random.Random, words: list[bytes]) -> Mutate:
    """Changes without a fuzzer: some bytes replaced, left out, doubled, or words put in."""

    def mutate(data: bytes, longest: int) -> bytes:
        changed = bytearray(data)
        for _ in range(dice.randint(1, 4)):
            at = dice.randint(0, len(changed))
            gone = dice.choice((0, 0, 1, 2, 8))
            new = dice.choice(
                (b"", dice.randbytes(dice.randint(1, 3)), dice.choice(words), bytes(changed[at : at + 12]))
            )
            changed[at : at + gone] = new
        return bytes(changed[:longest])

    return mutate
