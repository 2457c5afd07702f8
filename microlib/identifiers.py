"""What identifies a person, in any writing: identity numbers, phones, cards, codes of sole traders, mail, chat ids.

One normalisation and one set of proofs, used wherever an identifier is looked for: where files come in
(`key_kind`), where pseudonyms are made (`plain_identifier`), before anything is published (`find_identifiers`),
and in messages (`masked_text`, `told`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date
from typing import NamedTuple

#: letters that look like nothing at all
_BLANK_LETTERS = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
#: signs that stand between the groups of a number, each written as one of ``- . /``
_DASHES = frozenset("\u2212\u2043\u30fc\uff70")
_DOTS = frozenset("\u00b7\u2022\u2027\u2219\u22c5\u30fb\uff65\u3002\uff61")
_KEPT = frozenset("\t\n\r")


class _Signs(dict[int, str]):
    """What each sign is read as; filled as signs are met."""

    def __missing__(self, code: int) -> str:
        self[code] = read = _read_as(chr(code))
        return read


def _read_as(sign: str) -> str:
    kind = unicodedata.category(sign)
    if sign in _KEPT:
        return sign
    if kind in ("Cf", "Cc", "Mn", "Me", "Cs") or sign in _BLANK_LETTERS:
        return ""
    if kind in ("Zl", "Zp"):
        return "\n"
    if kind == "Zs":
        return " "
    if kind == "Pd" or sign in _DASHES:
        return "-"
    if sign in _DOTS:
        return "."
    digit = unicodedata.digit(sign, None)
    if digit is not None:
        return str(digit)
    read = unicodedata.normalize("NFKC", sign)
    return "".join(each if each == sign else _read_as(each) for each in read)


_SIGNS = _Signs()


def plain_signs(text: str) -> str:
    """Return a text in plain signs: NFKC, digits of every script as 0-9, one dash, one blank, nothing invisible.

    Examples
    --------
    >>> plain_signs("１３８\u200b1234\u20135678"), plain_signs("\U0001d7cf\u00a0②")
    ('1381234-5678', '1 2')
    """
    return text if text.isascii() and text.isprintable() else text.translate(_SIGNS)


#: the country's dialling code before a mobile phone
_COUNTRY = re.compile(r"(?:\+86|0086|86)(1[3-9][0-9]{9})")
_SEPARATORS = re.compile(r"[ \-.·/_()\[\]{}\t\n\r]+")
_NUMBER = re.compile(r"\+?[0-9]+X?")


def plain_identifier(text: str) -> str:
    """Reduce an identifier to what is hashed, so that spelling does not part what belongs together.

    Plain signs in capitals without blanks and dashes; of a number also no dots, strokes and brackets, and no +86
    before a mobile phone.

    Examples
    --------
    >>> [plain_identifier(text) for text in (" +86 138-0013-8000 ", "示例（深圳）公司", "(138)0013.8000")]
    ['13800138000', '示例(深圳)公司', '13800138000']
    """
    bare = "".join(plain_signs(text).upper().split()).replace("-", "")
    number = _SEPARATORS.sub("", bare)
    if _NUMBER.fullmatch(number):
        country = _COUNTRY.fullmatch(number)
        return country[1] if country else number
    return bare


_LAND = ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83))
#: the first two digits of a region (GB/T 2260)
REGIONS = frozenset(str(code) for first, last in _LAND for code in range(first, last + 1))
#: of the check sign of an identity number (GB 11643-1999)
WEIGHTS, CHECK_SIGNS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), "10X98765432"
#: what a card's number begins with, and how long such numbers are (ISO/IEC 7812; UnionPay 62, older debit cards 9558)
CARDS = (
    ("62", range(16, 20)),
    ("9558", range(19, 20)),
    ("4", range(16, 17)),
    ("35", range(16, 17)),
    *((str(first), range(16, 17)) for first in range(51, 56)),
)
#: signs of a unified social credit code (GB 32100-2015), and those with which a sole trader's begins
CODE_SIGNS, SOLE_TRADER = "0123456789ABCDEFGHJKLMNPQRTUWXY", "92"
OLDEST = 1900
#: children are no customers, and numbers of loans often hold a region and the day of lending
YOUNGEST_AGE = 16


def is_identity(digits: str) -> bool:
    """Return whether 18 signs are an identity number: region, birth date and check sign (GB 11643-1999) hold.

    Fifteen digits are one of before 1999, which has no check sign: region and birth date (of 19..) must hold.

    Examples
    --------
    >>> is_identity("11010519491231002X"), is_identity("110105194912310021"), is_identity("110105491231002")
    (True, False, True)
    """
    if digits[:2] not in REGIONS:
        return False
    if len(digits) == 15:
        return digits.isdigit() and _is_birth(f"19{digits[6:12]}")
    total = sum(int(digit) * weight for digit, weight in zip(digits[:17], WEIGHTS, strict=True))
    return _is_birth(digits[6:14]) and CHECK_SIGNS[total % 11] == digits[17].upper()


def is_card(digits: str) -> bool:
    """Return whether digits are a bank card's number: a known beginning of its length, and Luhn's check.

    Examples
    --------
    >>> is_card("6222021234567890128"), is_card("7222021234567890128")
    (True, False)
    """
    if not any(digits.startswith(first) and len(digits) in lengths for first, lengths in CARDS):
        return False
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def is_sole_trader_code(code: str) -> bool:
    """Return whether 18 signs are the unified code of a sole trader (92...): its check sign (GB 32100-2015) holds.

    Examples
    --------
    >>> is_sole_trader_code("92440300MA5EXAMP19"), is_sole_trader_code("91440300MA5EXAMP19")
    (False, False)
    """
    if not code.startswith(SOLE_TRADER) or code[2:4] not in REGIONS or any(sign not in CODE_SIGNS for sign in code):
        return False
    total = sum(CODE_SIGNS.index(sign) * pow(3, place, 31) for place, sign in enumerate(code[:17]))
    return CODE_SIGNS[-total % 31] == code[17]


def _is_birth(digits: str) -> bool:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return OLDEST <= born.year <= date.today().year - YOUNGEST_AGE


#: before and after a number: no digit, and not the other side of a decimal point
_BEFORE, _AFTER = r"(?<!\d)(?<!\d\.)", r"(?!\d)(?!\.\d)"
_GAP = r"[ \-./_]?"
_MOBILES = (
    r"1[3-9]\d{9}",
    r"\(?1[3-9]\d\)?(?P<gap>[ \-./_]?)\d{4}(?P=gap)\d{4}",
    r"\(1[3-9]\d\) ?[ \-]?\d{4}[ \-]?\d{4}",
    r"1[3-9]\d[ \-]?\d{4}[ \-]?\d{4}",
    r"1[3-9]\d-\d{3}-\d{5}",
    r"1[3-9]\d{3}-\d{6}",
)
_IDENTITY = re.compile(
    rf"{_BEFORE}(?=(\d{{6}}{_GAP}\d{{4}}{_GAP}\d\d{_GAP}\d\d{_GAP}\d{{3}}{_GAP}[\dXx])(?![\dXx])"
    rf"|(\d{{3,4}}[ \-.]\d{{3,4}}(?:[ \-.]\d{{2,4}}){{2,3}}[ \-.]?\d{{0,2}}[\dXx])(?![\dXx]))"
)
_OLD_IDENTITY = re.compile(rf"{_BEFORE}(\d{{6}}{_GAP}\d{{6}}{_GAP}\d{{3}}){_AFTER}")
_MOBILE = re.compile(rf"{_BEFORE}(?:\(?(?:\+|00)?86\)?[ \-]?)?({'|'.join(_MOBILES)}){_AFTER}")
_CARD = re.compile(
    rf"{_BEFORE}(\d{{16,19}}|\d{{4}}(?P<gap>[ \-.])\d{{4}}(?:(?P=gap)\d{{4}}){{2}}(?:[ \-.]?\d{{1,3}})?){_AFTER}"
)
_SOLE_TRADER = re.compile(r"(?<![0-9A-Za-z])(92\d{4}[ \-]?\d\d[0-9A-Za-z]{2}[ \-]?[0-9A-Za-z]{8})(?![0-9A-Za-z])")
_MAIL = re.compile(r"(?<![\w.%+-])([\w.%+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24})(?![0-9A-Za-z@])", re.ASCII)
_CHAT = re.compile(
    r"(?<![0-9a-z])(?:(wxid_[0-9a-z]{5,})"
    r"|(?:微信号?|wechat|weixin|wx|vx|qq号?)(?: ?(?:id|号))? ?[:_#-] ?((?=[a-z_-]*\d)[0-9a-z][0-9a-z_-]{4,19})"
    r"|(?:微信号?|wechat|weixin|wx|vx) +((?=[a-z_-]+\d)[a-z][a-z0-9_-]{5,19})"
    r"|(?:qq|微信号?)(\d{5,11}))(?![0-9a-z])",
    re.IGNORECASE | re.ASCII,
)
#: a digest is no number, though a run of its signs may look like one
_DIGEST = re.compile(r"(?=(?:[0-9]*[a-f]){2})[0-9a-f]{16,}|(?=.*[A-F])P?[0-9A-F]{16,}")
#: what any of them begins with: most texts hold nothing like it
_DIGIT = r"[\d\u00b2\u00b3\u00b9\u2070-\u2089\u2460-\u2468\u24ea]"
_HINT = re.compile(
    rf"{_DIGIT}(?:[^0-9\n]{{0,8}}{_DIGIT}){{10}}|(?:9[\W_]{{0,8}}2|９[\W_]{{0,8}}２)(?:[\W_]{{0,8}}\d){{4}}"
    r"|[@＠﹫]|wxid|微信|wechat|weixin|[wv]x[ :_#-]|qq|ｗｘ|ｖｘ|ｑｑ",
    re.IGNORECASE,
)


class Found(NamedTuple):
    """One identifier.

    Parameters
    ----------
    kind : str
        ``identity``, ``mobile``, ``card``, ``code``, ``mail``, ``chat`` or ``name``.
    digits : str
        The number itself, without separators, or the name or address. Never printed: see `masked`.
    word : str
        The whole word that it stands in, hyphens included.
    """

    kind: str
    digits: str
    word: str

    @property
    def pieces(self) -> tuple[str, ...]:
        """The word, and the part between its hyphens that holds the number."""
        return (self.word, *(part for part in re.split("[_-]", self.word) if self.digits in part))

    @property
    def masked(self) -> str:
        """The identifier as it may be told: its ends only, of a name its first sign."""
        if self.kind == "name" or len(self.digits) < 8:
            return f"{self.digits[0]}{'*' * (len(self.digits) - 1)}"
        return f"{self.digits[:3]}{'*' * (len(self.digits) - 5)}{self.digits[-2:]}"


class _Met(NamedTuple):
    """An identifier, and where it stands in the text of plain signs."""

    found: Found
    start: int
    end: int


def find_identifiers(text: str) -> list[Found]:
    """Find the personal identifiers that a text holds.

    Examples
    --------
    >>> [(each.kind, each.masked) for each in find_identifiers("id 11010519491231002X, tel. 138-0013-8000")]
    [('identity', '110*************2X'), ('mobile', '138******00')]
    >>> find_identifiers("loan 4403002024011500123, 0.13800138000, 13,800,138,000")
    []
    """
    return [met.found for met in _met(plain_signs(text))] if _HINT.search(text) else []


def masked_text(text: str, *, mask: str = "") -> str:
    """Return a text with the identifiers in it masked, however they are written, for messages and logs.

    Parameters
    ----------
    text : str
    mask : str
        What stands for each of them; else its ends are told.

    Examples
    --------
    >>> masked_text("KeyError: '13800138000'"), masked_text("tel 138\u20131234 5678.")
    ("KeyError: '138******00'", 'tel 138******78.')
    """
    if not _HINT.search(text):
        return text
    signs = [(_SIGNS[ord(sign)], place) for place, sign in enumerate(text)]
    plain = "".join(read for read, _ in signs)
    places = [place for read, place in signs for _ in read]
    left, pieces = 0, []
    for met in sorted(_met(plain), key=lambda met: (met.start, -met.end)):
        start, end = places[met.start], places[met.end - 1] + 1
        if start >= left:
            pieces += [text[left:start], mask or met.found.masked]
            left = end
        elif end > left:
            pieces.append(mask or "*" * (end - left))
            left = end
    return "".join([*pieces, text[left:]])


def _met(plain: str) -> Iterator[_Met]:
    """Yield what looks like an identifier and proves to be one, in the order of kinds."""
    for kind, pattern, proof in KINDS:
        for match in pattern.finditer(plain):
            group = match.lastindex if kind in ("identity", "chat") else 1
            said = match[group]
            digits = said if kind in ("mail", "chat") else _SEPARATORS.sub("", said)
            if proof(digits):
                start, end = match.span(group)
                found = Found(kind, digits, _word(plain, start, end))
                if not any(map(_DIGEST.fullmatch, found.pieces)):
                    yield _Met(found, start, end)


def _word(text: str, start: int, end: int) -> str:
    """Return the word of letters, digits and hyphens around a span."""
    before = re.search(r"[\w-]*\Z", text[max(0, start - 80) : start], re.ASCII)
    after = re.match(r"[\w-]*", text[end : end + 80], re.ASCII)
    return (before[0] if before else "") + text[start:end] + (after[0] if after else "")


def _holds(_: str) -> bool:
    return True


#: kind, what it looks like, what proves it
KINDS: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
    ("identity", _IDENTITY, lambda digits: len(digits) == 18 and is_identity(digits)),
    ("identity", _OLD_IDENTITY, is_identity),
    ("mobile", _MOBILE, _holds),
    ("card", _CARD, is_card),
    ("code", _SOLE_TRADER, lambda code: is_sole_trader_code(code.upper())),
    ("mail", _MAIL, _holds),
    ("chat", _CHAT, _holds),
)
#: what each kind is called in messages
KIND_NAMES = {
    "identity": "identity number",
    "mobile": "mobile phone",
    "card": "bank card",
    "code": "unified code of a sole trader",
    "mail": "mail address",
    "chat": "chat id",
    "name": "name of a customer",
    "address": "address",
}
#: keys that are numbers of documents, where eleven digits mean nothing
DOCUMENT_KEYS = frozenset({"invoice_number"})
#: keys of customers, where a Chinese sign means a name or an address
CUSTOMER_KEYS = frozenset({"customer_id", "customer_id_a", "customer_id_b", "referrer_customer_id", "guarantor_id"})
#: keys of the bank's own people, where a surname and one to three signs are a name
STAFF_KEYS = frozenset({"rm_id", "manager_rm_id", "owner_id", "approver_id", "reviewer_id", "second_reviewer_id"})
_CHINESE = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]|[\U00020000-\U0003ffff]")
#: an identifier that is all of a key, but for a few letters around it
_WHOLE = re.compile(r"[A-Z]{0,6}?(?:0086|86)?([0-9]{10,19}[0-9X])[A-Z]{0,3}")
_PHONE = re.compile(r"1[3-9][0-9]{9}")


def key_kind(text: str, *, column: str = "") -> str:
    """Return of which kind the identifier is that stands in a key; empty where there is none.

    Parameters
    ----------
    text : str
        The key, as it was written.
    column : str
        Its column: in the number of a document eleven digits mean no phone, in a customer's key a Chinese sign means
        a name or an address, and the key of one of the bank's own people may be his name.

    Examples
    --------
    >>> key_kind("C-１１０１０５ 19491231 002X"), key_kind("138.0013/8000"), key_kind("C000001")
    ('identity', 'mobile', '')
    >>> key_kind("王小明", column="rm_id"), key_kind("王小明", column="venue_id")
    ('name', '')
    """
    kinds = {met.found.kind for met in _met(plain_signs(text))} | _whole_kinds(plain_identifier(text))
    if column in DOCUMENT_KEYS:
        kinds.discard("mobile")
    if (column in CUSTOMER_KEYS and _CHINESE.search(text)) or (column in STAFF_KEYS and told_value(text) != told(text)):
        kinds.add("name")
    return next((kind for kind in KIND_NAMES if kind in kinds), "")


def text_kind(text: str) -> str:
    """Return of which kind the identifier is that a text of a few words holds; empty where there is none.

    An address counts where it leads to a door; a street or a house alone is a place.

    Examples
    --------
    >>> text_kind("找138 0013 8000"), text_kind("福华路１２号3栋501室"), text_kind("福华路12号批发市场")
    ('mobile', 'address', '')
    """
    found = next((found.kind for found in find_identifiers(text)), "")
    return found or ("address" if _DOOR.search(plain_signs(text)) else "")


def _whole_kinds(bare: str) -> set[str]:
    """Return the kinds of a key that is one number, however it is grouped."""
    compact = _SEPARATORS.sub("", bare)
    whole = _WHOLE.fullmatch(compact)
    if not whole:
        return {"code"} if len(compact) == 18 and is_sole_trader_code(compact) else set()
    digits, kinds = whole[1], set()
    if len(digits) in (15, 18) and digits[:-1].isdigit() and is_identity(digits):
        kinds.add("identity")
    if _PHONE.fullmatch(digits):
        kinds.add("mobile")
    if digits.isdigit() and is_card(digits):
        kinds.add("card")
    return kinds | ({"code"} if len(digits) == 18 and is_sole_trader_code(digits) else set())


#: usual surnames, less those with which words of a ledger begin (关注 ...)
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石贾韦夏付"
    "方邹熊白孟秦邱侯江尹薛闫雷龙史陶贺毛郝顾龚邵覃武钱戴严莫孔汤欧柯"
)
_HAN = re.compile("[\u4e00-\u9fff](?:[ \u3000]?[\u4e00-\u9fff])*")
_ADDRESS = re.compile("[省市区县镇乡街路巷弄村组号栋幢座楼室]")
#: a house and, beyond it, a door: where somebody lives or works
_DOOR = re.compile(r"[0-9A-Za-z] ?[号栋幢座楼][^，。；,;\n]{0,8}?[0-9A-Za-z] ?[栋幢座楼层室户房]")
_FIRM = re.compile("(?:公司|商行|商店|经营部|经销部|门市|商贸|合作社|个体户|工作室|餐馆|饭店|超市|工厂)")


def told(text: str) -> str:
    r"""Return a text as a line of a message or a log may show it: identifiers masked, control signs as ``\x..``.

    Examples
    --------
    >>> told("tel 138-0013-8000\x1b]0;x\x07")
    'tel 138******00\\x1b]0;x\\x07'
    """
    return visible(masked_text(text))


def told_value(value: str) -> str:
    r"""Return a value of a file as a refusal shows it: as `told`, and what looks like a name or an address cut.

    Words that are no name (a code, a status) are shown whole, since they have to be mapped.

    Examples
    --------
    >>> told_value("王小明"), told_value("福田区福华路12号3栋"), told_value("示例商贸有限公司"), told_value("逾期")
    ('王**', '福田***', '示例***', '逾期')
    """
    shown = told(value)
    if len(_ADDRESS.findall(shown)) > 1 or _FIRM.search(shown):
        first = _HAN.search(shown)
        return f"{shown[: first.start() + 2]}***" if first else shown
    return _HAN.sub(lambda run: _named(run[0]), shown)


#: words of a ledger that begin like a name
_LEDGER_WORDS = ("余额", "方向", "方式", "付款", "付息", "周期", "程度", "任务", "毛利", "白名单")


def _named(run: str) -> str:
    bare = "".join(run.split())
    is_name = 2 <= len(bare) <= 4 and run[0] in _SURNAMES and not bare.startswith(_LEDGER_WORDS)
    return f"{run[0]}{'*' * (len(run) - 1)}" if is_name else run


def visible(text: str, *, kept: str = "") -> str:
    r"""Return a text whose control and invisible signs are written out, so that no terminal obeys them.

    Examples
    --------
    >>> visible("a\x1b[31mb\u202e"), visible("a\nb", kept="\n")
    ('a\\x1b[31mb\\u202e', 'a\nb')
    """
    return "".join(sign if sign in kept or _is_shown(sign) else _escaped(sign) for sign in text)


def _is_shown(sign: str) -> bool:
    return sign.isprintable() or unicodedata.category(sign) == "Zs"


def _escaped(sign: str) -> str:
    code = ord(sign)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
