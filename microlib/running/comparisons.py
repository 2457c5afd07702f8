"""Two folders of results compared cell by cell."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

#: beside a report's results: those of its supplement for head office
BESIDE = "head-office"
COLUMNS = ["report", "table", "row", "column", "recorded", "made"]
NOTHING = pd.DataFrame(columns=COLUMNS)


def compare_results(recorded: Path, made: Path, *, report: str) -> pd.DataFrame:
    """Compare every result table, and the facts, of one report.

    Parameters
    ----------
    recorded, made : Path
        Folders of ``<name>.parquet`` and ``facts.json``; those of ``head-office/`` beside them are compared too.
    report : str
        What to call the report.

    Returns
    -------
    DataFrame
        ``report, table, row, column, recorded, made`` of each cell that differs; a table that only one side has is
        one row. Nothing is rounded: what is recorded is rounded already.
    """
    pairs = [(recorded, made), tuple(folder.parent / BESIDE / folder.name for folder in (recorded, made))]
    rows = [row for pair in pairs for row in _folders_compared(*pair)]
    return pd.DataFrame([(report, *row) for row in rows], columns=COLUMNS)


def _folders_compared(recorded: Path, made: Path) -> list[tuple[str, object, str, object, object]]:
    names = sorted({path.name for folder in (recorded, made) for path in _files(folder)})
    return [row for name in names for row in _compared(recorded / name, made / name)]


def _files(folder: Path) -> list[Path]:
    return [*folder.glob("*.parquet"), *folder.glob("facts.json")]


def _compared(one: Path, two: Path) -> list[tuple[str, object, str, object, object]]:
    if not (one.is_file() and two.is_file()):
        return [(one.name, "", "", *("there" if path.is_file() else "missing" for path in (one, two)))]
    try:
        first, second = _read(one), _read(two)
    except (ValueError, OSError, KeyError):
        return [(one.name, "", "", "one of the two cannot be read", "")]
    if list(first.columns) != list(second.columns) or len(first) != len(second):
        return [(one.name, "", "", _shape(first, second), _shape(second, first))]
    return [
        (one.name, row, str(name), before, after)
        for name in first.columns
        for row, before, after in _unequal(first[name], second[name])
    ]


def _shape(own: pd.DataFrame, other: pd.DataFrame) -> str:
    """Say how large a table is, and which columns it alone has."""
    alone = [str(name) for name in own.columns if name not in other.columns]
    return f"{len(own)} rows of {len(own.columns)} columns" + (f", alone {', '.join(alone)}" if alone else "")


def _unequal(first: pd.Series, second: pd.Series) -> list[tuple[object, object, object]]:
    one, two = first.astype("object"), second.astype("object")
    differs = ~((one == two) | (one.isna() & two.isna())).astype("bool")
    if first.dtype != second.dtype:
        return [("", f"dtype {first.dtype}", f"dtype {second.dtype}")]
    return list(zip(first.index[differs], one[differs], two[differs], strict=True))


def _read(path: Path) -> pd.DataFrame:
    """Return a table as it was recorded, or the facts as one row with a column per part of a fact."""
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    facts = sorted(json.loads(path.read_text(encoding="utf-8")).items())
    parts = {f"{name} {part}": [told] for name, fact in facts for part, told in sorted(fact.items())}
    return pd.DataFrame(parts, dtype="object")
