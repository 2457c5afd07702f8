"""Pseudonyms in the engine: personal identifiers become keyed HMACs before anything is kept."""

from __future__ import annotations

import hashlib
import hmac
import re

from microlib.bank.identities import IDENTITY, MOBILE
from microlib.bank.suspicions import DOCUMENT_KEYS

BLOCK = 64
#: full-width signs and their half-width ones, the wide blank included
WIDE = "".join(map(chr, range(0xFF01, 0xFF5F))) + "\u3000\u00a0"
NARROW = "".join(map(chr, range(0x21, 0x7F))) + "  "
HALF = str.maketrans(WIDE, NARROW)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_SIGNS = "10X98765432"
#: the country's dialling code before a mobile phone
COUNTRY = r"^(?:\+86|0086|86)(1[3-9][0-9]{9})$"
KEY_PREFIX = "P"
KEY_LENGTH = 24


def plain_identifier(text: str) -> str:
    """Reduce an identifier to what is hashed: half-width capitals, no blanks or hyphens, no +86 before a mobile phone.

    Examples
    --------
    >>> plain_identifier(" +86 138-0013-8000 "), plain_identifier("示例（深圳）公司")
    ('13800138000', '示例(深圳)公司')
    """
    half = text.translate(HALF).upper()
    bare = "".join(half.split()).replace("-", "")
    return re.sub(COUNTRY, r"\1", bare)


def pseudonym(text: str, *, key: bytes) -> str:
    """Return the HMAC-SHA256 of one identifier, as the engine computes it for a column.

    Examples
    --------
    >>> pseudonym("138 0013 8000", key=b"k") == pseudonym("+8613800138000", key=b"k")
    True
    """
    return hmac.new(key, plain_identifier(text).encode(), "sha256").hexdigest()


def key_pseudonym(text: str, *, key: bytes) -> str:
    """Return what stands for a key in which a person's number is embedded: ``P`` and 24 hexadecimal digits."""
    return KEY_PREFIX + pseudonym(text, key=key)[:KEY_LENGTH].upper()


def pseudonym_sql(value: str, *, key: bytes) -> str:
    """Return the engine's expression of `pseudonym`; an identifier of nothing but blanks has none."""
    return _hmac_sql(f"nullif({identifier_sql(value)}, '')", key)


def key_pseudonym_sql(value: str, *, key: bytes) -> str:
    """Return the engine's expression of `key_pseudonym`."""
    return f"'{KEY_PREFIX}' || upper(left({pseudonym_sql(value, key=key)}, {KEY_LENGTH}))"


def identifier_sql(value: str) -> str:
    """Return the engine's expression of `plain_identifier`."""
    wide, narrow = WIDE, NARROW.replace("'", "''")
    half = f"upper(translate({value}, '{wide}', '{narrow}'))"
    return rf"regexp_replace(regexp_replace({half}, '[\s-]', '', 'g'), '{COUNTRY}', '\1')"


def embeds_person_sql(value: str, *, name: str = "") -> str:
    """Return the condition that a key holds a person's identity number (check sign tested) or mobile phone.

    Parameters
    ----------
    value : str
        Expression of the key.
    name : str
        The key's column: in the number of a document eleven digits mean no phone.
    """
    number = f"upper(regexp_extract({value}, '{IDENTITY}', 2))"
    digits = " + ".join(f"{weight} * {number}[{place}]::INT" for place, weight in enumerate(WEIGHTS, 1))
    checked = f"'{CHECK_SIGNS}'[({digits}) % 11 + 1] = {number}[18]"
    identity = f"CASE WHEN regexp_matches({value}, '{IDENTITY}') THEN {checked} ELSE FALSE END"
    phone = f" OR regexp_matches({value}, '{MOBILE}')" if name not in DOCUMENT_KEYS else ""
    return f"(strlen({value}) >= 11 AND ({identity}{phone}))"


def _hmac_sql(value: str, key: bytes) -> str:
    inner, outer = (bytes(byte ^ mask for byte in _block(key)).hex() for mask in (0x36, 0x5C))
    digest = f"sha256(unhex('{inner}') || encode({value}))"
    return f"sha256(unhex('{outer}') || unhex({digest}))"


def _block(key: bytes) -> bytes:
    short = hashlib.sha256(key).digest() if len(key) > BLOCK else key
    return short.ljust(BLOCK, b"\0")
