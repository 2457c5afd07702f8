"""The gate: all failures of a load at once, and no way past a block."""

from __future__ import annotations

import pandas as pd

from microlib.bank.inspections import inspect_plan
from microlib.bank.plans import LoadPlan
from microlib.contracts.failures import failure_sentence, is_blocked, joined_failures
from microlib.errors import BadData


def passed_findings(plan: LoadPlan) -> pd.DataFrame:
    """Return the warnings and notes of a load that may go ahead.

    Raises
    ------
    BadData
        If anything blocks it; ``failures`` then holds everything found, warnings too.
    """
    if not plan.parts:
        return joined_failures([])
    failures = without_echoes(joined_failures(inspect_plan(plan)))
    if is_blocked(failures):
        raise _blocked(failures)
    return failures


def without_echoes(failures: pd.DataFrame) -> pd.DataFrame:
    """Return failures said once: of a column that is missing, not also that every row lacks it.

    Examples
    --------
    >>> from microlib.contracts.failures import failure_frame
    >>> said = {"file": "a.csv", "table": "loans", "column": "status", "severity": "block"}
    >>> found = failure_frame([said | {"rule": "missing_column"}, said | {"rule": "required", "row": 1}])
    >>> without_echoes(found)["rule"].tolist()
    ['missing_column']
    """
    place = pd.MultiIndex.from_frame(failures[["file", "table", "column"]])
    absent = place[failures["rule"] == "missing_column"]
    echoes = (failures["rule"] == "required") & place.isin(absent)
    said = ["file", "table", "row", "column", "value", "rule"]
    return failures[~echoes].drop_duplicates(said, ignore_index=True)


def _blocked(failures: pd.DataFrame) -> BadData:
    blocks = failures[failures["severity"] == "block"]
    first = blocks.iloc[0]
    row = "" if pd.isna(first["row"]) else f", row {first['row']}"
    more = f" ({len(blocks)} blocks in all)" if len(blocks) > 1 else ""
    return BadData(
        f"{failure_sentence(first)}{more}",
        where=f"{first['file']}{row}",
        fix=f"{first['fix']}; nothing was written",
        failures=failures,
    )
