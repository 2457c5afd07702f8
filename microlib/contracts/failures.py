"""How broken rows are told: one frame shape for every check, readable lines, and a remedy for each rule.

What a failure tells is safe to show: `failure_frame` masks identifiers, names and addresses and writes control signs
out; `write_failures` keeps the table where only its owner can read it, without live formulas.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import pandas as pd

from microlib.contracts.checks import TIES
from microlib.contracts.columns import Column
from microlib.files import private_file
from microlib.identifiers import told, told_value

COLUMNS = ("file", "table", "row", "column", "value", "severity", "rule", "fix")
SEVERITIES = ("block", "warn", "note")
LISTED_ROWS = 1_000
#: how a line says the total of which it is the rest
IN_ALL = " rows in all"
#: what the rules of the contracts themselves mean; those of the trade stand with the ties
MEANINGS = {
    "missing_column": "the file lacks a column that is needed",
    "required": "a value is missing",
    "column_lacking": "the file is without the column: what rests on it is not computed",
    "range": "the value is out of its range",
    "code": "the code is unknown",
    "month": "this is no month",
    "unique": "the key stands more than once",
    "conflict": "two files say different things under one key",
    "conflict_of_sheets": "two sheets of one file say different things under one key",
    "orphan": "no file holds the row this refers to",
    "future_date": "the date is after the date of the file",
}


def failure_frame(rows: Iterable[dict] = ()) -> pd.DataFrame:
    """Return failures as a frame with the columns and dtypes that all checks share, no value in it a person's.

    Parameters
    ----------
    rows : iterable of dict
        One mapping per failure; a key left out is empty. ``row`` is the row of the file,
        missing when the failure is about a whole column, table or branch.

    Examples
    --------
    >>> found = failure_frame([{"file": "a.csv", "table": "loans", "row": 7, "column": "balance_yuan",
    ...                         "value": "-1", "severity": "block", "rule": "range", "fix": "mend it"}])
    >>> found.columns.tolist()
    ['file', 'table', 'row', 'column', 'value', 'severity', 'rule', 'fix']
    """
    return _failure_frame(found) if (found := list(rows)) else _no_failures().copy()


@cache
def _no_failures() -> pd.DataFrame:
    return _failure_frame([])


def _failure_frame(rows: list[dict]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    texts = [name for name in COLUMNS if name != "row"]
    frame[texts] = frame[texts].astype("object").fillna("").astype("str")
    shown = {name: [told(text) for text in frame[name]] for name in ("file", "column", "fix")}
    shown["value"] = [told_value(text) for text in frame["value"]]
    return frame.assign(row=frame["row"].astype("Int64"), **shown).astype(dict.fromkeys(shown, "str"))


#: with what a spreadsheet's formula begins, and the numbers that begin so and are none
FORMULA_SIGNS = "=+-@＝＋－＠"
_NUMBER = re.compile(r"[+-]?\d[\d,.]*%?")


def inert(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: one that begins like one gets an apostrophe before it.

    Examples
    --------
    >>> inert("=HYPERLINK(1)"), inert(" @SUM(A1)"), inert("-12.5"), inert("C1")
    ("'=HYPERLINK(1)", "' @SUM(A1)", '-12.5', 'C1')
    """
    first = text.lstrip()[:1]
    return f"'{text}" if first and first in FORMULA_SIGNS and not _NUMBER.fullmatch(text.strip()) else text


def write_failures(failures: pd.DataFrame, path: Path) -> Path:
    """Write failures as CSV that only its owner can read, no cell of it a formula; return its path.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    texts = {name: failures[name].map(inert) for name in COLUMNS if name != "row"}
    with private_file(path) as draft:
        failures.assign(**texts).to_csv(draft, index=False, encoding="utf-8-sig")
    return path


def joined_failures(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return several failure frames as one: blocks first, then by file, table, row and column.

    Examples
    --------
    >>> len(joined_failures([failure_frame(), failure_frame([{"severity": "warn"}])]))
    1
    """
    kept = [frame for frame in frames if len(frame)]
    if not kept:
        return failure_frame()
    whole = pd.concat([frame[list(COLUMNS)] for frame in kept], ignore_index=True)
    rank = whole["severity"].map({name: place for place, name in enumerate(SEVERITIES)})
    ordered = whole.assign(_rank=rank).sort_values(["_rank", "file", "table", "rule", "row", "column"], kind="stable")
    return ordered.drop(columns="_rank").reset_index(drop=True)


def is_blocked(failures: pd.DataFrame) -> bool:
    """Return whether any of the failures forbids loading.

    Examples
    --------
    >>> is_blocked(failure_frame([{"severity": "warn"}]))
    False
    """
    return bool((failures["severity"] == "block").any())


def failure_lines(failures: pd.DataFrame, *, limit: int = 20) -> list[str]:
    """Return failures as sentences that name file, row, column, value and remedy.

    Parameters
    ----------
    failures : DataFrame
        As made by `failure_frame`.
    limit : int
        At most so many lines; a last one says how many more there are.

    Examples
    --------
    >>> found = failure_frame([{"file": "a.csv", "table": "loans", "row": 7, "column": "balance_yuan",
    ...                         "value": "-1", "severity": "block", "rule": "range", "fix": "at least 0"}])
    >>> failure_lines(found)
    ['block a.csv, row 7, loans.balance_yuan = -1: the value is out of its range; at least 0']
    """
    lines = [_line(failure) for failure in failures.head(limit).to_dict("records")]
    more = len(failures) - limit
    return [*lines, f"... and {more} more"] if more > 0 else lines


def remainder(told: list[dict], count: int) -> list[dict]:
    """Return the line that states the total when not every broken row is listed.

    Examples
    --------
    >>> remainder([{"row": 1, "value": "x", "rule": "range"}], 3)
    [{'row': None, 'value': '3 rows in all, the first 1 listed', 'rule': 'range'}]
    >>> remainder([{"row": 1}], 1)
    []
    """
    if not told or count <= len(told):
        return []
    return [{**told[0], "row": None, "value": f"{count}{IN_ALL}, the first {len(told)} listed"}]


def counted_failures(failures: pd.DataFrame) -> pd.DataFrame:
    """Return one line for each file, table, column and rule, with how many rows break it and an example.

    Examples
    --------
    >>> first = {"rule": "range", "row": 1, "value": "-1"}
    >>> listed = failure_frame([first, {"rule": "range", "value": "7 rows in all"}])
    >>> counted_failures(listed)[["rule", "rows_count", "example"]].to_dict("records")
    [{'rule': 'range', 'rows_count': 7, 'example': '-1'}]
    """
    keys = ["file", "table", "column", "severity", "rule", "fix"]
    stated = failures["value"].str.extract(rf"^(\d+){IN_ALL}", expand=False).astype("Int64")
    lines = failures.assign(stated=stated).groupby(keys, sort=True)
    counts = lines.agg(listed=("rule", "size"), stated=("stated", "max"), example=("value", "first")).reset_index()
    return counts.assign(rows_count=counts["stated"].fillna(counts["listed"]).astype("int64"))


def failure_sentence(failure: Mapping[str, object]) -> str:
    """Return what one failure says, without its place and remedy.

    Examples
    --------
    >>> failure_sentence({"table": "loans", "column": "balance_yuan", "value": "-1", "rule": "range"})
    'loans.balance_yuan = -1: the value is out of its range'
    """
    column = f".{failure['column']}" if failure["column"] else ""
    value = f" = {failure['value']}" if failure["value"] else ""
    return f"{failure['table']}{column}{value}: {meaning(str(failure['rule']))}"


def meaning(rule: str) -> str:
    """Return what a rule's failure means, in one sentence; an unknown rule speaks for itself.

    Examples
    --------
    >>> meaning("orphan"), meaning("rate_scale")
    ('no file holds the row this refers to', 'the yearly rate is below half a percent')
    """
    return TIES[rule].meaning if rule in TIES else MEANINGS.get(rule, rule.replace("_", " "))


def _line(failure: dict) -> str:
    row = "" if pd.isna(failure["row"]) else f", row {failure['row']}"
    fix = f"; {failure['fix']}" if failure["fix"] else ""
    return f"{failure['severity']} {failure['file']}{row}, {failure_sentence(failure)}{fix}"


FIXED = {
    "missing_column": "add the column, or name its header in the mapping",
    "unknown_column": "keep to the contract's columns",
    "dtype": "convert the column first",
    "unique": "keep one row per key: has a later month been appended to the file?",
    "conflict": "correct one of the two files, or let the new one supersede the old one with --replace",
    "conflict_of_sheets": "name the one sheet that counts under sheets in the mapping, or take the other one out",
    "month": "write months as YYYY-MM",
    "future_date": "correct it, or load the file with its true --as-of",
}


def remedy(rule: str, column: Column) -> str:
    """Return what to do when a column breaks a rule of its contract.

    Examples
    --------
    >>> from microlib.contracts.tables import TABLES
    >>> loans = TABLES["loans"]
    >>> remedy("range", loans.column("yearly_rate"))
    'at least 0 and at most 10 as a fraction: does the source write percent or permille?'
    >>> remedy("code", loans.column("rate_type"))
    'map it to one of lpr, fixed'
    """
    makers = {"required": _required, "range": _range, "code": _code}
    return makers[rule](column) if rule in makers else FIXED.get(rule, "")


def _required(column: Column) -> str:
    example = f"{column.zh}, e.g. {column.example or column.kind}"
    blank = "; where a blank means something, say it under assumed in the mapping" * (column.kind in ("count", "code"))
    return f"give every row a value ({example}){blank}"


def _range(column: Column) -> str:
    bounds = [f"at least {column.low:g}"] if column.low is not None else []
    bounds += [f"at most {column.high:g}"] if column.high is not None else []
    unit = " as a fraction: does the source write percent or permille?" if column.kind == "share" else ""
    if column.kind == "yuan" and column.low == 0:
        unit = "; where the source writes all of it below zero, say -1 under units"
    return f"{' and '.join(bounds) or 'a finite number'}{unit}"


def _code(column: Column) -> str:
    return f"map it to one of {', '.join(column.codes)}"
