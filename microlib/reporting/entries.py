"""The catalogue files of ``words/``: one entry per key, Chinese and English side by side."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from microlib.errors import BadConfig

LANGS = ("zh", "en")
FOLDER = Path(__file__).parent / "words"


@lru_cache
def entries(kind: str) -> dict[str, dict[str, str]]:
    """Return one catalogue: dotted key -> {zh, en}.

    Parameters
    ----------
    kind : str
        ``columns``, ``codes``, ``units``, ``captions``, ``notes``, ``sentences`` or ``marks``: a file of
        ``words/``, a folder of files there, or both.

    Raises
    ------
    BadConfig
        If an entry lacks a language or stands twice.
    """
    whole = FOLDER / f"{kind}.toml"
    files = [*([whole] if whole.is_file() else []), *sorted((FOLDER / kind).glob("*.toml"))]
    found: dict[str, dict[str, str]] = {}
    for file in files:
        for key, entry in _leaves(_read(file), file):
            if key in found:
                raise BadConfig(f"the words for {key} stand twice", where=file.name, fix="keep one of them")
            found[key] = entry
    return found


@lru_cache
def same_codes() -> dict[str, str]:
    """Return the columns that hold the codes of another: column -> that column (``words/same/*.toml``).

    Raises
    ------
    BadConfig
        If a column stands twice.
    """
    found: dict[str, str] = {}
    for file in sorted((FOLDER / "same").glob("*.toml")):
        twice = sorted(set(found) & set(_read(file)))
        if twice:
            raise BadConfig(f"{twice[0]} stands twice", where=file.name, fix="keep one of them")
        found |= _read(file)
    return found


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        fix = "mend that line; every key stands once"
        raise BadConfig(f"the catalogue is not TOML: {error}", where=str(file), fix=fix) from error


def _leaves(tree: Mapping[str, Any], file: Path, path: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    for name, value in tree.items():
        key = f"{path}.{name}" if path else name
        if not isinstance(value, dict):
            raise BadConfig(f"{key} is not an entry with zh and en", where=file.name, fix="write { zh = …, en = … }")
        if set(value) == set(LANGS) and all(isinstance(text, str) and text for text in value.values()):
            yield key, value
        elif set(value) & set(LANGS):
            raise BadConfig(f"{key} lacks a language", where=file.name, fix="write zh and en side by side")
        else:
            yield from _leaves(value, file, key)


def placeholders(text: str) -> set[str]:
    """Return the names (with formats) that a sentence wants; which form a word takes is no value of its own.

    Examples
    --------
    >>> sorted(placeholders("{a:wan} of {b} {b:loan|loans}"))
    ['a:wan', 'b']
    """
    return set(re.findall(r"\{([a-z0-9_]+(?::[a-z_]+)?)\}", text))
