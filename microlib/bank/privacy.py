"""The pseudonym key: a secret of the bank, kept outside its data, whose loss is noticed."""

from __future__ import annotations

import hmac
import os
import secrets
import stat
from pathlib import Path

from microlib.bank.stores import Store, read_meta, write_meta
from microlib.errors import BadConfig
from microlib.homes import Home, settings_file

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
