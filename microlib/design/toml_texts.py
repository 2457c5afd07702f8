"""Plain values written as TOML, the same text for the same values: money to the fen, other numbers to ten digits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from microlib.errors import BadData
from microlib.units import to_fen

DIGITS = 10


def toml_text(document: Mapping[str, Any]) -> str:
    """Write nested mappings as TOML: plain keys first, then tables, then lists of tables, each in the order given.

    Parameters
    ----------
    document : mapping
        Values are text, flags, numbers, dates, lists of those, mappings, or lists of mappings. A missing value leaves
        its key out.

    Raises
    ------
    BadData
        If a number is infinite, or a value is of a kind that TOML cannot say.

    Examples
    --------
    >>> print(toml_text({"code": "0755", "limit_yuan": 1234.5, "sheet": {"yearly_rate": 0.0435}}), end="")
    code = "0755"
    limit_yuan = 1234.50
    <BLANKLINE>
    [sheet]
    yearly_rate = 0.0435
    """
    return "\n".join(_lines(document, path=())).strip("\n") + "\n"


def records(frame: pd.DataFrame) -> list[dict]:
    """Return a frame's rows as plain mappings, missing values left out."""
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{str(key): value for key, value in row.items() if value is not None} for row in rows]


def _lines(table: Mapping[str, Any], *, path: tuple[str, ...]) -> list[str]:
    kept = {key: value for key, value in table.items() if not _is_missing(value)}
    plain = {key: value for key, value in kept.items() if not _is_table(value) and not _is_tables(value)}
    lines = [f"{_key(key)} = {_value(value, key)}" for key, value in plain.items()]
    for key, value in kept.items():
        name = ".".join(map(_key, (*path, key)))
        if _is_table(value):
            inner = _lines(value, path=(*path, key))
            lines += ["", f"[{name}]", *inner]
        elif _is_tables(value):
            for row in value:
                lines += ["", f"[[{name}]]", *_lines(row, path=(*path, key))]
    return lines


def _is_missing(value: Any) -> bool:
    return value is None or (np.isscalar(value) and pd.isna(value)) or value is pd.NaT


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping)


def _is_tables(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and bool(value) and all(map(_is_table, value))


def _key(key: str) -> str:
    is_bare = key.isascii() and key.replace("_", "a").replace("-", "a").isalnum()
    return key if is_bare else json.dumps(key, ensure_ascii=False)


def _value(value: Any, key: str) -> str:
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(item, key) for item in value) + "]"
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, (datetime, date)):
        return value.isoformat()[:10]
    return _number(value, key)


def _number(value: Any, key: str) -> str:
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if not isinstance(value, (float, np.floating, Decimal)) or not np.isfinite(float(value)):
        raise BadData(
            f"{key} = {value!r}: cannot be written", where="term sheet", fix="give a finite number or leave out"
        )
    if key.endswith("_yuan"):
        return str(to_fen(value if isinstance(value, Decimal) else float(value)))
    if isinstance(value, Decimal):
        return f"{value:f}" if "." in f"{value:f}" else f"{value:f}.0"
    return np.format_float_positional(float(f"{float(value):.{DIGITS}g}") + 0.0, trim="0")
