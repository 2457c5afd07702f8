"""The contracts as pandera schemas: the second witness of what the engine checks."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
import pandera.pandas as pa

from microlib.contracts.columns import Column, Table
from microlib.contracts.failures import failure_frame, failure_sentence, remedy
from microlib.errors import BadData

MONTH_PATTERN = r"^[0-9]{4}-(0[1-9]|1[0-2])$"
#: pandera's own names of what it finds about whole columns -> ours
COLUMN_RULES = {"column_in_dataframe": "missing_column", "column_in_schema": "unknown_column"}
DTYPES = {
    "string": pd.api.types.is_string_dtype,
    "int64": pd.api.types.is_numeric_dtype,
    "float64": pd.api.types.is_numeric_dtype,
    "date": pd.api.types.is_datetime64_any_dtype,
    "timestamp": pd.api.types.is_datetime64_any_dtype,
    "boolean": pd.api.types.is_bool_dtype,
}


@cache
def schema(table: Table) -> pa.DataFrameSchema:
    """Return a table's contract as a pandera schema: columns, dtypes, ranges, codes, the key.

    Examples
    --------
    >>> from microlib.contracts.tables import TABLES
    >>> sorted(schema(TABLES["control_totals"]).columns)
    ['balance_yuan', 'branch_id', 'customers_count', 'overdue_yuan']
    """
    columns = {column.name: _column(column) for column in table.columns}
    return pa.DataFrameSchema(columns, checks=_unique(table), strict=True, name=table.name)


def checked(frame: pd.DataFrame, table: Table, *, file: str = "") -> pd.DataFrame:
    """Return the frame itself when it keeps its contract.

    Parameters
    ----------
    frame : DataFrame
        Rows of `table`. Not modified.
    table : Table
        The contract.
    file : str
        What failures call the source.

    Raises
    ------
    BadData
        If it does not; ``failures`` holds every broken row, rows counted from 1.

    Examples
    --------
    >>> from microlib.contracts.tables import TABLES
    >>> checked(pd.DataFrame({"branch_id": ["0755"]}), TABLES["control_totals"])
    Traceback (most recent call last):
    ...
    microlib.errors.BadData: control_totals.customers_count: the file lacks a column that is needed (3 in all)
      fix: add the column, or name its header in the mapping
    """
    failures = frame_failures(frame, table, file=file)
    if len(failures):
        first = failures.iloc[0]
        more = f" ({len(failures)} in all)" if len(failures) > 1 else ""
        raise BadData(f"{failure_sentence(first)}{more}", where=file, fix=first["fix"], failures=failures)
    return frame


def frame_failures(frame: pd.DataFrame, table: Table, *, file: str = "") -> pd.DataFrame:
    """Return every row and column that breaks the contract, as failures; rows are counted from 1."""
    try:
        schema(table).validate(without_blanks(frame), lazy=True)
    except pa.errors.SchemaErrors as found:
        cases = found.failure_cases.to_dict("records")
        told = [_told(case, table, file) for case in cases]
        return failure_frame(told).drop_duplicates(["row", "column", "rule"], ignore_index=True)
    return failure_frame()


def without_blanks(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with empty texts as missing values and rows counted from 0.

    Examples
    --------
    >>> without_blanks(pd.DataFrame({"name": ["", "a"]}))["name"].isna().tolist()
    [True, False]
    """
    texts = [name for name in frame.columns if pd.api.types.is_string_dtype(frame[name].dtype)]
    blanks = {name: frame[name].mask(frame[name] == "") for name in texts}
    return frame.assign(**blanks).reset_index(drop=True)


def _told(case: dict, table: Table, file: str) -> dict:
    rule = COLUMN_RULES.get(case["check"], case["check"])
    is_column = rule in COLUMN_RULES.values()
    column = {"unique": table.key[0]}.get(rule, case["failure_case"] if is_column else case["column"])
    value = "" if is_column or rule in ("required", "dtype", "unique") else str(case["failure_case"])
    row = None if case["index"] is None or is_column else case["index"] + 1
    fix = remedy(rule, table.column(column)) if column in table.names else remedy(rule, table.columns[0])
    told = {"file": file, "table": table.name, "row": row, "column": column, "value": value}
    return told | {"severity": "block", "rule": rule, "fix": fix}


def _column(column: Column) -> pa.Column:
    makers = (_dtype, _required, _range, _codes, _months)
    checks = [check for maker in makers if (check := maker(column)) is not None]
    return pa.Column(required=column.required and not column.may_lack, nullable=True, checks=checks)


def _check(name: str, passes: Callable[[pd.Series], pd.Series | bool], *, ignore_na: bool = True) -> pa.Check:
    return pa.Check(passes, name=name, ignore_na=ignore_na, title=name)


def _dtype(column: Column) -> pa.Check:
    is_kind = DTYPES[column.engine_type]
    return _check("dtype", lambda values: bool(is_kind(values.dtype) or values.empty), ignore_na=False)


def _required(column: Column) -> pa.Check | None:
    def passes(values: pd.Series) -> pd.Series:
        return values.notna()

    return _check("required", passes, ignore_na=False) if column.required else None


def _range(column: Column) -> pa.Check | None:
    low = -np.inf if column.low is None else column.low
    high = np.inf if column.high is None else column.high
    if column.engine_type not in ("float64", "int64"):
        return None
    return _check("range", lambda values: values.between(low, high) & ~values.isin([np.inf, -np.inf]))


def _codes(column: Column) -> pa.Check | None:
    return _check("code", lambda values: values.isin(column.codes)) if column.codes else None


def _months(column: Column) -> pa.Check | None:
    return _check("month", lambda values: values.str.match(MONTH_PATTERN)) if column.kind == "month" else None


def _unique(table: Table) -> pa.Check:
    key = list(table.key)

    def passes(frame: pd.DataFrame) -> pd.Series:
        if not set(key) <= set(frame.columns):
            return pd.Series(True, index=frame.index)
        return ~frame.duplicated(key, keep=False) | frame[key].isna().any(axis="columns")

    return pa.Check(passes, name="unique", ignore_na=False)
