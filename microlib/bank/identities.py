"""What a person's identifier looks like inside a value: identity numbers, phones, digests that are none."""

from __future__ import annotations

import hashlib
from functools import reduce
from operator import add

import ibis
import ibis.expr.types as ir

_REGION = "(1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])[0-9]{4}"
_BIRTH = "(19[2-9][0-9]|200[0-9])(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])"
IDENTITY = f"(^|[^0-9])({_REGION}{_BIRTH}[0-9]{{3}}[0-9Xx])([^0-9Xx]|$)"
MOBILE = "(^|[^0-9])1[3-9][0-9]{9}([^0-9]|$)"
DIGEST = "^([0-9a-f]{16,}|[0-9A-Za-z_-]{20,})$"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"
_NOTHINGS = ("", " ", "0", "-", "无", "null", "NULL", "None", "nan")


def holds_identity(value: ir.StringValue) -> ir.BooleanValue:
    """Return whether a text holds an 18-digit identity number: region, birth date and check digit hold.

    A ledger number of the same length fails one of the three nearly always; the check digit
    alone would let one in eleven pass.

    Examples
    --------
    >>> texts = ibis.memtable({"key": ["C-11010519491231002X", "440300202401150012", "L0001"]})
    >>> holds_identity(texts.key).execute().tolist()
    [True, False, False]
    """
    found = value.re_extract(IDENTITY, 2).upper()
    digits = [found.substr(place, 1).try_cast("int64") * weight for place, weight in enumerate(_WEIGHTS)]
    check = ibis.literal(_CHECK_DIGITS).substr(reduce(add, digits) % 11, 1)
    return ibis.ifelse(resembles_identity(value), found.substr(17, 1) == check, False)


def resembles_identity(value: ir.StringValue) -> ir.BooleanValue:
    """Return whether a text has 18 digits in a row with a region and a birth date in their places.

    Examples
    --------
    >>> texts = ibis.memtable({"key": ["110105194912310021", "L0001"]})
    >>> resembles_identity(texts.key).execute().tolist()
    [True, False]
    """
    return ibis.ifelse(value.length() >= 18, value.re_search(IDENTITY), False)


def holds_mobile(value: ir.StringValue) -> ir.BooleanValue:
    """Return whether a text holds eleven digits that stand alone and begin like a mobile number.

    Examples
    --------
    >>> texts = ibis.memtable({"key": ["tel 13800138000", "L1380013800012", "C0001"]})
    >>> holds_mobile(texts.key).execute().tolist()
    [True, False, False]
    """
    return ibis.ifelse(value.length() >= 11, value.re_search(MOBILE), False)


def is_plain(value: ir.StringValue) -> ir.BooleanValue:
    """Return whether a pseudonym is none: too short, only digits, or of other signs than a digest has.

    Examples
    --------
    >>> texts = ibis.memtable({"hash": ["示例商行", "13800138000", "9f86d081884c7d659a2feaa0c55ad015"]})
    >>> is_plain(texts.hash).execute().tolist()
    [True, True, False]
    """
    return ~value.re_search(DIGEST) | value.re_search("^[0-9]+$")


def digests_of_nothing() -> list[str]:
    """Return plain digests of empty words: a pseudonym equal to one was made without a key.

    Examples
    --------
    >>> "d41d8cd98f00b204e9800998ecf8427e" in digests_of_nothing()
    True
    """
    makers = (hashlib.md5, hashlib.sha1, hashlib.sha256)
    return sorted(maker(word.encode()).hexdigest() for maker in makers for word in _NOTHINGS)
