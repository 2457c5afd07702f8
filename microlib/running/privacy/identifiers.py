"""Personal identifiers in a text: identity numbers, mobile phones, bank cards; on digit boundaries, each proved."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

#: before and after a number: no digit, and not the other side of a decimal point
_BEFORE, _AFTER = r"(?<!\d)(?<!\d\.)", r"(?!\d)(?!\.\d)"
_IDENTITY = re.compile(rf"{_BEFORE}\d{{6}}[ -]?\d{{8}}[ -]?\d{{3}}[\dXx](?![\dXx])")
_MOBILE = re.compile(rf"{_BEFORE}(?:(?:\+|00)?86[ -]?)?(1[3-9]\d[ -]?\d{{4}}[ -]?\d{{4}}){_AFTER}")
_CARD = re.compile(rf"{_BEFORE}(?:\d{{16,19}}|\d{{4}}(?:[ -]\d{{4}}){{3}}(?:[ -]?\d{{1,3}})?){_AFTER}")
#: what any of them begins with, in digits of any width: most texts hold nothing like it
_LONG = re.compile(r"\d(?:[ \-\u200b-\u200d\u2060\ufeff]?\d){10}")
#: a digest is no number, though a run of its signs may look like one
_DIGEST = re.compile(r"(?=.*[a-f])[0-9a-f]{12,}|(?=.*[A-F])P?[0-9A-F]{16,}")
#: the first two digits of a region (GB/T 2260)
REGIONS = frozenset(map(str, (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55),
                              *range(61, 66), 71, *range(81, 84))))  # fmt: skip
#: what a card's number begins with, and how long such numbers are (ISO/IEC 7812; UnionPay 62, older debit cards 9558)
CARDS = (("62", range(16, 20)), ("9558", range(19, 20)), ("4", range(16, 17)), ("35", range(16, 17)),
         *((str(first), range(16, 17)) for first in range(51, 56)))  # fmt: skip
_HALF_WIDTH = str.maketrans("０１２３４５６７８９ＸX", "0123456789XX", "\u200b\u200c\u200d\u2060\ufeff")
#: of the check sign of an identity number (GB 11643-1999); the bank's own, which its engine computes with, are equal
WEIGHTS, CHECK_SIGNS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), "10X98765432"
OLDEST = 1900


class Found(NamedTuple):
    """One identifier.

    Parameters
    ----------
    kind : str
        ``identity``, ``mobile``, ``card`` or ``name``.
    digits : str
        The number itself, without blanks, or the name. Never printed: see `masked`.
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
        if self.kind == "name":
            return f"{self.digits[0]}{'*' * (len(self.digits) - 1)}"
        return f"{self.digits[:3]}{'*' * (len(self.digits) - 5)}{self.digits[-2:]}"


def find_identifiers(text: str) -> list[Found]:
    """Find the personal identifiers that a text holds.

    Examples
    --------
    >>> [(each.kind, each.masked) for each in find_identifiers("id 11010519491231002X, tel. 138-0013-8000")]
    [('identity', '110*************2X'), ('mobile', '138******00')]
    >>> find_identifiers("loan 4403002024011500123, 0.13800138000, 13,800,138,000")
    []
    """
    if not _LONG.search(text):
        return []
    plain = text.translate(_HALF_WIDTH)
    return [found for found in _proved(plain) if not any(map(_DIGEST.fullmatch, found.pieces))]


def masked_text(text: str) -> str:
    """Return a text with the identifiers in it masked, for messages and logs.

    Examples
    --------
    >>> masked_text("KeyError: '13800138000'")
    "KeyError: '138******00'"
    """
    for found in find_identifiers(text):
        text = text.replace(found.digits, found.masked)
    return text


def is_identity(digits: str) -> bool:
    """Return whether 18 signs are an identity number: region, birth date and check sign (GB 11643-1999) hold.

    Examples
    --------
    >>> is_identity("11010519491231002X"), is_identity("110105194912310021")
    (True, False)
    """
    total = sum(int(digit) * weight for digit, weight in zip(digits[:17], WEIGHTS, strict=True))
    return digits[:2] in REGIONS and _is_birth(digits[6:14]) and CHECK_SIGNS[total % 11] == digits[17].upper()


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


def _proved(text: str) -> Iterator[Found]:
    """Yield what looks like an identifier and proves to be one."""
    for kind, pattern, proof in KINDS:
        for match in pattern.finditer(text):
            group = match.lastindex or 0
            digits = re.sub(r"[ -]", "", match[group])
            if proof(digits):
                yield Found(kind, digits, _word(text, *match.span(group)))


def _word(text: str, start: int, end: int) -> str:
    """Return the word of letters, digits and hyphens around a span."""
    before = re.search(r"[\w-]*\Z", text[max(0, start - 80) : start], re.ASCII)[0]
    return before + text[start:end] + re.match(r"[\w-]*", text[end : end + 80], re.ASCII)[0]


def _is_birth(digits: str) -> bool:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return born.year >= OLDEST and born <= date.today()


#: kind, what it looks like, what proves it
KINDS = (
    ("identity", _IDENTITY, is_identity),
    ("mobile", _MOBILE, lambda digits: True),
    ("card", _CARD, is_card),
)
