"""What win-back is paid for: rules replayed on what happened, and what each makes of the same results."""

from __future__ import annotations

import pandas as pd


def payout_rules(
    outcomes: pd.DataFrame, effects: pd.DataFrame, *, fee_yuan: float, alive_days: int, as_of: object
) -> pd.DataFrame:
    """Replay three pay-out rules: for all who came back, for those alive after so many days, for those added only.

    Parameters
    ----------
    outcomes : DataFrame
        Of `metrics.churn.win_backs.win_back_outcomes`: ``goal, arm, has_borrowed, back_date, is_alive``. Not modified.
    effects : DataFrame
        Of `metrics.churn.win_backs.win_back_effects`.
    fee_yuan : float
        Paid per customer.
    alive_days : int
        A loan must have lived so long, without arrears over 30 days, under the second rule.
    as_of : date

    Returns
    -------
    DataFrame
        Per ``goal`` and ``payout`` (``all_back, alive_only, added_only``): ``paid_count, paid_yuan``,
        ``waiting_count`` (too young to be paid for), ``added_count``, ``paid_per_added_yuan`` (missing where nothing
        was added). The third pays the whole list for its lift: nobody knows which customer a call moved.
    """
    age = (pd.Timestamp(as_of) - outcomes["back_date"]).dt.days
    back = outcomes["arm"].eq("treated") & outcomes["has_borrowed"]
    marks = pd.DataFrame({
        "goal": outcomes["goal"], "all_back": back,
        "alive_only": back & (age >= alive_days) & outcomes["is_alive"].fillna(False).astype(bool),
        "waiting": back & (age < alive_days),
    })  # fmt: skip
    counts = marks.groupby("goal").sum().astype(float)
    added = effects.set_index("goal")["added_count"]
    counts["added_only"] = added.clip(lower=0)
    rows = [
        {"goal": goal, "payout": rule, "paid_count": row[rule], "paid_yuan": row[rule] * fee_yuan,
         "waiting_count": row["waiting"] if rule == "alive_only" else 0.0, "added_count": added.get(goal)}
        for goal, row in counts.iterrows() for rule in ("all_back", "alive_only", "added_only")
    ]  # fmt: skip
    found = pd.DataFrame(rows)
    return found.assign(paid_per_added_yuan=found["paid_yuan"] / found["added_count"].where(found["added_count"] > 0))
