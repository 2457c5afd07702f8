"""Policy values that change soon, and values nobody has confirmed yet: two lines of the weekly list."""

from __future__ import annotations

from datetime import date

import pandas as pd

from microlib.contracts import documents, histories
from microlib.design import dated_files
from microlib.design.workdays.weeks import COLUMNS


def policy_items(home: dated_files.Place, *, as_of: date | str, days: int) -> pd.DataFrame:
    """List policy values and rules that begin within so many days, one row each, and how many are unconfirmed.

    Parameters
    ----------
    home : Home or path
    as_of : date
    days : int
        Ahead.

    Returns
    -------
    DataFrame
        Columns of `weeks.week_list`: ``policy_changing`` with the key as ``subject``; one row
        ``policy_unverified`` with the count of values in force whose source nobody has confirmed

    Examples
    --------
    >>> found = policy_items(".", as_of="2026-06-30", days=90)
    >>> found["item"].unique().tolist()
    ['policy_changing', 'policy_unverified']
    """
    folder, day = dated_files.home_at(home).config("policies"), dated_files.day_at(as_of)
    soon, unverified = [], 0
    for path in folder.glob("*.toml"):
        for key, value in _histories(documents.read_toml(path)):
            entries = histories.read_entries(value, key=key, where=str(path))
            begun = [entry for entry in entries if entry.from_date <= day]
            unverified += bool(begun) and begun[-1].status != "verified"
            ahead = [entry.from_date for entry in entries if 0 < (entry.from_date - day).days <= days]
            soon += [(pd.Timestamp(begins), key) for begins in ahead]
    rows = [(begins, "policy_changing", name, 1, float("nan"), "product_manager", "policy_register")
            for begins, name in sorted(soon)]  # fmt: skip
    if unverified:
        rows.append((pd.NaT, "policy_unverified", "", unverified, float("nan"), "risk_head", "policy_register"))
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return frame.astype({"due_date": "datetime64[s]", "items_count": "float64", "amount_yuan": "float64"})


def _histories(written: dict, prefix: str = "") -> list[tuple[str, object]]:
    found = []
    for key, value in written.items():
        if histories.is_history(value):
            found.append((f"{prefix}{key}", value))
        elif isinstance(value, dict):
            found += _histories(value, "" if not prefix and key in ("rules", "items", "modes") else f"{prefix}{key}.")
    return found
