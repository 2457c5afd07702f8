"""Retention and win-back (双挽 = 挽留 + 挽回) against those nobody called: by the ledger, not by the managers' list."""

from __future__ import annotations

import pandas as pd

from microlib.errors import EmptyBook
from microlib.metrics.campaigns.effects import arm_counts, campaign_effects
from microlib.metrics.groupings import Day


def win_back_outcomes(
    win_backs: pd.DataFrame, loans: pd.DataFrame, *, as_of: Day, windows: dict[str, int]
) -> pd.DataFrame:
    """Read from the ledger who of the list took a loan within the window, called or not.

    Parameters
    ----------
    win_backs : DataFrame[win_backs]
        ``customer_id, listed_date, goal, arm``. Not modified.
    loans : DataFrame[loans]
        ``customer_id, loan_id, disbursed_date, balance_yuan``.
    as_of : date
        Members whose window has not closed are marked.
    windows : dict
        Days from listing within which a loan counts, by goal; from policy.

    Returns
    -------
    DataFrame
        One row per member: the list's columns and ``loan_id, back_date, days_to_return, has_borrowed, is_over``,
        ``is_alive`` (still without arrears over 30 days now; missing where nobody came back).

    Raises
    ------
    EmptyBook
        If there is no list.

    Examples
    --------
    >>> lists = pd.DataFrame({"customer_id": ["C1"], "listed_date": pd.to_datetime(["2025-11-30"]), "goal": ["regain"],
    ...                       "arm": ["treated"]})
    >>> loans = pd.DataFrame({"customer_id": ["C1"], "loan_id": ["L1"], "overdue_days": [0],
    ...                       "disbursed_date": pd.to_datetime(["2026-01-29"])})
    >>> win_back_outcomes(lists, loans, as_of="2026-06-30", windows={"regain": 180}).days_to_return.item()
    60.0
    """
    if win_backs.empty:
        raise EmptyBook("nobody stands on a retention or win-back list", where="win_backs")
    rows = win_backs.assign(window=win_backs["goal"].map(windows))
    pairs = rows[["customer_id", "listed_date", "window"]].merge(
        loans[["customer_id", "loan_id", "disbursed_date", "overdue_days"]], on="customer_id"
    )
    days = (pairs["disbursed_date"] - pairs["listed_date"]).dt.days
    inside = pairs[(days > 0) & (days <= pairs["window"]) & (pairs["disbursed_date"] <= pd.Timestamp(as_of))]
    first = inside.sort_values(["disbursed_date", "loan_id"]).drop_duplicates(["customer_id", "listed_date"])
    first = first.rename(columns={"disbursed_date": "back_date"}).drop(columns="window")
    found = rows.merge(first, on=["customer_id", "listed_date"], how="left")
    back = found["loan_id"].notna()
    ends = found["listed_date"] + pd.to_timedelta(found["window"].astype("int64"), unit="D")
    return found.assign(
        has_borrowed=back,
        days_to_return=(found["back_date"] - found["listed_date"]).dt.days.astype(float),
        is_over=ends <= pd.Timestamp(as_of),
        is_alive=(found["overdue_days"] <= 30).astype("boolean").where(back),
    ).drop(columns="window")


def win_back_effects(outcomes: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """Measure retention and win-back each against its own hold-out.

    Parameters
    ----------
    outcomes : DataFrame
        Of `win_back_outcomes`; members whose window is open are left out. Not modified.
    level : float
        Two-sided confidence.

    Returns
    -------
    DataFrame
        One row per ``goal``: the columns of `effects.campaign_effects`; ``offer_cost_yuan`` (of the contacted arm),
        ``cost_per_added_yuan`` (missing where nothing was added), ``median_days`` to return (contacted arm),
        ``alive_count, alive_share`` (of those back in the contacted arm, not late by more than 30 days now).

    Examples
    --------
    >>> rows = pd.DataFrame({"goal": "regain", "arm": ["treated"] * 60 + ["control"] * 150, "is_over": True,
    ...     "has_borrowed": [True] * 27 + [False] * 33 + [True] * 18 + [False] * 132})
    >>> win_back_effects(rows)[["treated_share", "control_share"]].round(2).iloc[0].to_list()
    [0.45, 0.12]
    """
    over = outcomes[outcomes["is_over"]]
    if over.empty:
        raise EmptyBook("no window has closed", where="win_backs")
    found = campaign_effects(arm_counts(over, within="goal"), level=level)
    back = over[over["arm"].eq("treated") & over["has_borrowed"]]
    extra = {"offer_cost_yuan": "sum", "days_to_return": "median", "is_alive": "sum"}
    sums = back.groupby("goal").agg({name: how for name, how in extra.items() if name in back})
    sums = sums.reindex(columns=list(extra)).rename(
        columns={"days_to_return": "median_days", "is_alive": "alive_count"}
    )
    whole = found.merge(sums.astype(float).reset_index(), on="goal", how="left")
    added = whole["added_count"].where(whole["added_count"] > 0)
    return whole.assign(
        cost_per_added_yuan=whole["offer_cost_yuan"] / added,
        alive_share=whole["alive_count"] / whole["treated_loans_count"].where(whole["treated_loans_count"] > 0),
    )
