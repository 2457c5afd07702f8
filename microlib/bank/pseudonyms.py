"""Pseudonyms: personal identifiers become keyed HMACs before anything is kept; the key stays outside the data.

`pseudonym_sql` and `identifier_sql` do it in the engine, `pseudonym` for one value. `settled_key` makes the
bank's key on first use and refuses any other.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import stat
from pathlib import Path

from microlib.bank.ingest.row_rules import DOCUMENT_KEYS, IDENTITY, MOBILE, WEIGHTS
from microlib.bank.store import Store, read_meta, write_meta
from microlib.errors import BadConfig
from microlib.home import Home, settings_file

BLOCK = 64
#: full-width signs and their half-width ones, the wide blank included
WIDE = "".join(map(chr, range(0xFF01, 0xFF5F))) + "\u3000\u00a0"
NARROW = "".join(map(chr, range(0x21, 0x7F))) + "  "
HALF = str.maketrans(WIDE, NARROW)
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


KEY_VARIABLE = "MICROLIB_KEY_FILE"
KEY_BYTES = 32
#: PUBLISHED on purpose: the demo bank is synthetic, and everyone's demo bank must be the same. Protects nothing.
DEMO_KEY = b"microlib demo bank: a published key"
ROTATE = "to rotate the key, move the bank's file away and ingest every file again"


def key_file(home: Home) -> Path:
    """Return where a home's key is kept: ``MICROLIB_KEY_FILE``, else a file of its own below the user's settings."""
    said = os.environ.get(KEY_VARIABLE)
    return Path(said) if said else settings_file(home, "key")


def settled_key(store: Store) -> bytes:
    """Return the key of an open store, made on first use and the same one ever after.

    Parameters
    ----------
    store : Store
        Open to write; it notes the fingerprint of the key, never the key.

    Raises
    ------
    BadConfig
        If the bank is the demo bank, whose key everyone knows; if the key was lost or is
        another than the one its pseudonyms were made with; if others may read the key's file.
    """
    if store.is_synthetic:
        fix = "ingest into a home of your own: --home FOLDER"
        raise BadConfig("this is a synthetic bank; its key is published", where=str(store.home.bank), fix=fix)
    path, known = key_file(store.home), read_meta(store, "key_fingerprint")
    if known and not path.is_file():
        fix = f"restore it from its back-up, or name it in {KEY_VARIABLE}; {ROTATE}"
        raise BadConfig("the key of this bank's pseudonyms is gone", where=str(path), fix=fix)
    key = read_key(path) if path.is_file() else make_key(path)
    if known and known != fingerprint(key):
        fix = f"restore the right one from its back-up, or name it in {KEY_VARIABLE}; {ROTATE}"
        raise BadConfig("this is not the key that the bank's pseudonyms were made with", where=str(path), fix=fix)
    return key


def note_key(store: Store, key: bytes) -> None:
    """Note in the store by which key its pseudonyms were made."""
    write_meta(store, key_fingerprint=fingerprint(key))


def read_key(path: Path) -> bytes:
    """Read a key file that nobody else may read.

    Raises
    ------
    BadConfig
        If others may read it, or if it does not hold a key.
    """
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise BadConfig("the key file can be read by others", where=str(path), fix=f"run: chmod 600 {path}")
    try:
        key = bytes.fromhex(path.read_text("ascii"))
    except (ValueError, OSError) as error:
        raise BadConfig("the key file cannot be read as a key", where=str(path), fix="restore its back-up") from error
    if len(key) < KEY_BYTES:
        raise BadConfig("the key file holds no whole key", where=str(path), fix="restore its back-up")
    return key


def make_key(path: Path) -> bytes:
    """Make a key of 32 random bytes in a file that only its owner can read.

    Raises
    ------
    BadConfig
        If the file cannot be written.
    """
    key = secrets.token_bytes(KEY_BYTES)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(key.hex() + "\n")
    except OSError as error:
        fix = f"name a place that can be written in {KEY_VARIABLE}"
        raise BadConfig("the key file cannot be made", where=str(path), fix=fix) from error
    return key


def fingerprint(key: bytes) -> str:
    """Return by what a key is known again without being known.

    Examples
    --------
    >>> fingerprint(DEMO_KEY) == fingerprint(b"another")
    False
    """
    return hmac.new(key, b"microlib key fingerprint", "sha256").hexdigest()[:16]
