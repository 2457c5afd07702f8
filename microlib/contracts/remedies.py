"""What to do about a broken contract: one sentence for each rule and column."""

from __future__ import annotations

from microlib.contracts.columns import Column

FIXED = {
    "missing_column": "add the column, or name its header in the mapping",
    "unknown_column": "keep to the contract's columns",
    "dtype": "convert the column first",
    "unique": "keep one row per key: has a later month been appended to the file?",
    "conflict": "correct one of the two files, or let the new one supersede the old one with --replace",
    "month": "write months as YYYY-MM",
    "future_date": "correct it, or load the file with its true --as-of",
}


def remedy(rule: str, column: Column) -> str:
    """Return what to do when a column breaks a rule of its contract.

    Examples
    --------
    >>> from microlib.contracts.tables.registry import TABLES
    >>> loans = TABLES["loans"]
    >>> remedy("range", loans.column("yearly_rate"))
    'at least 0 and at most 0.36 as a fraction: does the source write percent or permille?'
    >>> remedy("code", loans.column("rate_type"))
    'map it to one of lpr, fixed'
    """
    makers = {"required": _required, "range": _range, "code": _code}
    return makers[rule](column) if rule in makers else FIXED.get(rule, "")


def _required(column: Column) -> str:
    return f"give every row a value ({column.zh}, e.g. {column.example or column.kind})"


def _range(column: Column) -> str:
    bounds = [f"at least {column.low:g}"] if column.low is not None else []
    bounds += [f"at most {column.high:g}"] if column.high is not None else []
    unit = " as a fraction: does the source write percent or permille?" if column.kind == "share" else ""
    return f"{' and '.join(bounds) or 'a finite number'}{unit}"


def _code(column: Column) -> str:
    return f"map it to one of {', '.join(column.codes)}"
