"""Two folders of results compared cell by cell."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

#: beside a report's results: those of its supplement for head office
BESIDE = "head-office"
COLUMNS = ["report", "table", "row", "column", "recorded", "made"]


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
    first, second = _read(one), _read(two)
    if list(first.columns) != list(second.columns) or len(first) != len(second):
        shapes = [f"{len(frame)} rows of {', '.join(map(str, frame.columns))}" for frame in (first, second)]
        return [(one.name, "", "", *shapes)]
    return [
        (one.name, row, str(name), before, after)
        for name in first.columns
        for row, before, after in _unequal(first[name], second[name])
    ]


def _unequal(first: pd.Series, second: pd.Series) -> list[tuple[object, object, object]]:
    one, two = first.astype("object"), second.astype("object")
    differs = ~((one == two) | (one.isna() & two.isna())).astype("bool")
    if first.dtype != second.dtype:
        return [("", f"dtype {first.dtype}", f"dtype {second.dtype}")]
    return list(zip(first.index[differs], one[differs], two[differs], strict=True))


def _read(path: Path) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    facts = json.loads(path.read_text(encoding="utf-8"))
    return pd.DataFrame({name: [json.dumps(fact, sort_keys=True)] for name, fact in sorted(facts.items())})
