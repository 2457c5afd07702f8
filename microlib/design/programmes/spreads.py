"""Where a book's balance hangs before a programme and after it: by source, and how concentrated it becomes."""

from __future__ import annotations

import pandas as pd

from microlib.metrics.concentrations import concentration

ALONE = "none"
STATES = ("before", "after")
CHANGE = ["state", "balance_yuan", "hhi", "effective_parts", "largest_part", "largest_share"]


def source_spread(allocated: pd.DataFrame, applicants: pd.DataFrame, *, across: str) -> pd.DataFrame:
    """Set the group's balance by source before the programme beside what it will be when every line is drawn.

    Answers "does this programme make us hang more on one payer?"

    Parameters
    ----------
    allocated : DataFrame
        ``lines`` of an `allocations.Allocation`: ``customer_id, allocated_yuan``. Not modified.
    applicants : DataFrame
        Result of `eligibility.screen_applicants`: ``customer_id``, the column `across`, ``balance_yuan`` and
        ``kept_yuan`` (of loans that stay). Not modified.
    across : str
        ``source_id`` or ``group_key``; an empty key is a customer on nobody's account.

    Returns
    -------
    DataFrame
        One row per key, heaviest after first: the column `across`, ``customers_count``, ``before_yuan, before_share,
        after_yuan, after_share`` (of all members' balance), ``moved_share``
    """
    rows = _exposures(allocated, applicants, across=across)
    sums = rows.groupby(across, as_index=False).agg(
        customers_count=("customer_id", "size"), before_yuan=("before_yuan", "sum"), after_yuan=("after_yuan", "sum")
    )
    for state in STATES:
        total = sums[f"{state}_yuan"].sum()
        sums[f"{state}_share"] = sums[f"{state}_yuan"] / total if total else 0.0
    ordered = sums.sort_values(["after_yuan", across], ascending=[False, True], ignore_index=True)
    names = [across, "customers_count", "before_yuan", "before_share", "after_yuan", "after_share"]
    return ordered[names].assign(moved_share=ordered["after_share"] - ordered["before_share"])


def spread_change(allocated: pd.DataFrame, applicants: pd.DataFrame, *, across: str) -> pd.DataFrame:
    """Measure concentration before and after a programme, those on nobody's account counted one by one.

    Returns
    -------
    DataFrame
        ``state`` (``before``, ``after``), ``balance_yuan, hhi, effective_parts, largest_part, largest_share``; a state
        without balance is left out.
    """
    rows = _exposures(allocated, applicants, across=across)
    part = rows[across].where(rows[across] != ALONE, rows["customer_id"])
    long = pd.concat([
        pd.DataFrame({"state": state, "part": part, "balance_yuan": rows[f"{state}_yuan"]}) for state in STATES
    ])  # fmt: skip
    totals = long.groupby("state")["balance_yuan"].sum()
    held = long[long["state"].map(totals) > 0]
    if held.empty:
        return pd.DataFrame(columns=CHANGE)
    found = concentration(held, within="state", across="part").reset_index()
    rank = found["state"].map({state: place for place, state in enumerate(STATES)})
    return found.iloc[rank.argsort()][CHANGE].reset_index(drop=True)


def _exposures(allocated: pd.DataFrame, applicants: pd.DataFrame, *, across: str) -> pd.DataFrame:
    """Reckon each member's balance before and after: a new line replaces those of our loans that do not stay."""
    given = applicants["customer_id"].map(allocated.set_index("customer_id")["allocated_yuan"]).fillna(0.0)
    before, kept = applicants["balance_yuan"].fillna(0.0), applicants["kept_yuan"].fillna(0.0)
    key = applicants[across].fillna("").astype("str")
    return pd.DataFrame({
        "customer_id": applicants["customer_id"], across: key.where(key != "", ALONE), "before_yuan": before,
        "after_yuan": before.where(given <= 0, kept + given),
    })  # fmt: skip
