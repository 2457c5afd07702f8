"""Pseudonyms: personal identifiers become keyed HMACs before anything is kept; the key stays outside the data.

`pseudonym_sql` and `identifier_sql` do it in the engine, `pseudonym` for one value; `holds_identifier_sql` says which
keys need one. All of them read signs as `microlib.identifiers` does, which `register_identifiers` lends to the engine.
`settled_key` makes the bank's key on first use and refuses any other.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
from pathlib import Path
from weakref import WeakSet

import duckdb

from microlib.bank.store import Store, read_meta, write_meta
from microlib.errors import BadConfig
from microlib.home import Home, settings_file
from microlib.identifiers import key_kind, plain_identifier, text_kind, told

BLOCK = 64
KEY_PREFIX = "P"
KEY_LENGTH = 24
#: the library's own functions, and macros that ask them only about what may be an identifier
PLAIN, KEY_KIND, TEXT_KIND = "microlib_plain", "microlib_key_kind", "microlib_text_kind"
#: signs that need no reading but for capitals, blanks, dashes and wide brackets: nearly all names and numbers
_CHINESE = r"\x{4E00}-\x{9FFF}"
_EASY = rf"[0-9A-Za-z{_CHINESE} -]*|[0-9A-Za-z（）() -]*[{_CHINESE}][0-9A-Za-z{_CHINESE}（）() -]*"
_COUNTRY = r"^(?:0086|86)(1[3-9][0-9]{9})$"
#: separators within a number, its signs, and what it begins with
_GAP = "[^0-9A-Za-z]*"
_REGION = f"(1{_GAP}[1-5]|2{_GAP}[1-3]|3{_GAP}[1-7]|4{_GAP}[1-6]|5{_GAP}[0-4]|6{_GAP}[1-5]|7{_GAP}1|8{_GAP}[1-3])"
_CARD = (
    f"(6{_GAP}2({_GAP}[0-9]){{14,17}}|4({_GAP}[0-9]){{15}}|(5{_GAP}[1-5]|3{_GAP}5)({_GAP}[0-9]){{14}}"
    f"|9{_GAP}5{_GAP}5{_GAP}8({_GAP}[0-9]){{15}})"
)
#: what a key must hold to be asked about: a number of a person's form from the beginning of a run of digits to an end
_NUMBER = (
    f"(^|[^0-9])((0?0?8{_GAP}6{_GAP})?1{_GAP}[3-9]({_GAP}[0-9]){{9}}|{_REGION}({_GAP}[0-9]){{13}}"
    f"|{_REGION}({_GAP}[0-9]){{15}}{_GAP}[0-9Xx]|{_CARD})([^0-9]|$)"
    f"|9{_GAP}2({_GAP}[0-9A-Za-z]){{16}}"
)
_NAMED = "@|(?i:wx|vx|wechat|weixin|qq)"
#: whether a text may hold an identifier: it has other than plain signs, or looks like one
_SUSPECT = rf"""
    CASE WHEN strlen(word) <> length(word) THEN TRUE
         WHEN strlen(word) < 6 THEN FALSE
         WHEN regexp_matches(word, '{_NAMED}') THEN TRUE
         WHEN strlen(word) < 11 THEN FALSE
         ELSE regexp_matches(word, '{_NUMBER}') END
"""


#: sessions of the engine that know identifiers already
_LENT: WeakSet[duckdb.DuckDBPyConnection] = WeakSet()


def register_identifiers(con: duckdb.DuckDBPyConnection) -> None:
    """Lend a session of the engine the library's reading of identifiers, once.

    Afterwards it knows ``microlib_plain(word)``, ``microlib_key_kind(word, column)`` and ``microlib_text_kind(word)``.
    """
    if con in _LENT:
        return
    _LENT.add(con)
    con.create_function(PLAIN, plain_identifier, ["VARCHAR"], "VARCHAR")
    con.create_function(f"{KEY_KIND}_asked", _key_kind, ["VARCHAR", "VARCHAR"], "VARCHAR")
    con.create_function(f"{TEXT_KIND}_asked", text_kind, ["VARCHAR"], "VARCHAR")
    asked = f"CASE WHEN {_SUSPECT} THEN {KEY_KIND}_asked(word, name) ELSE '' END"
    con.execute(f"CREATE OR REPLACE TEMP MACRO {KEY_KIND}(word, name) AS {asked}")
    asked = f"CASE WHEN {_SUSPECT} THEN {TEXT_KIND}_asked(word) ELSE '' END"
    con.execute(f"CREATE OR REPLACE TEMP MACRO {TEXT_KIND}(word) AS {asked}")


def _key_kind(word: str, column: str) -> str:
    return key_kind(word, column=column)


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
    """Return the engine's expression of `plain_identifier`, for a session that knows identifiers."""
    bare = f"regexp_replace(upper(translate({value}, '（）', '()')), '[ -]', '', 'g')"
    easy = rf"regexp_replace({bare}, '{_COUNTRY}', '\1')"
    return f"CASE WHEN regexp_full_match({value}, '{_EASY}') THEN {easy} ELSE {PLAIN}({value}) END"


def holds_identifier_sql(value: str, *, column: str = "") -> str:
    """Return the condition that a key holds or is an identifier of a person, for a session that knows identifiers.

    Parameters
    ----------
    value : str
        Expression of the key.
    column : str
        The key's column: in the number of a document eleven digits mean no phone, and in a customer's key a Chinese
        sign means a name or an address.
    """
    return f"({KEY_KIND}({value}, '{column}') <> '')"


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


def told_name(path: Path, *, key: bytes) -> str:
    """Return a file's name as the bank remembers and reports tell it: identifiers in it masked.

    Part of a masked name's pseudonym then tells it apart from others, and knows it again when it is corrected.

    Examples
    --------
    >>> told_name(Path("loans.csv"), key=b"k"), told_name(Path("王13800138000.csv"), key=b"k")
    ('loans.csv', '王138******00~5ad5b203.csv')
    """
    name = told(path.name)
    return name if name == path.name else f"{told(path.stem)}~{pseudonym(path.name, key=key)[:8]}{told(path.suffix)}"


def kept_name(store: Store, name: str) -> str:
    """Return what the bank calls a file that somebody names as it was called when it came in."""
    path = key_file(store.home)
    return told_name(Path(name), key=read_key(path)) if told(name) != name and path.is_file() else name
