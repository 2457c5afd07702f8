"""Several ways to share one programme, held side by side: what each earns, and what one stop would cost it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from microlib.design.programmes.allocations import least_source_loss
from microlib.design.programmes.caps import rule_matrix
from microlib.design.programmes.splits import split_in_proportion

WAYS = ("most_profit", "least_source_loss", "by_turnover", "equal")


def shared_ways(
    best: pd.DataFrame, *, rules: pd.DataFrame, turnover: pd.Series, floor_yuan: float
) -> dict[str, pd.Series]:
    """Share what the best allocation lends in plainer ways too, under the same caps.

    Parameters
    ----------
    best : DataFrame
        ``lines`` of `allocations.allocate_budget`. Not modified.
    rules : DataFrame
        Caps, as it was given them.
    turnover : Series
        Yearly turnover, index of `best`; a firm whose turnover is unknown gets nothing by it.
    floor_yuan : float
        Smallest line; the way of least source loss knows none.

    Returns
    -------
    dict of Series
        Yuan by way: ``most_profit, least_source_loss, by_turnover, equal``.
    """
    plain = {"rules": rules, "floor_yuan": floor_yuan}
    least = least_source_loss(best, rules=rules, volume_yuan=float(best["allocated_yuan"].sum())).lines
    ones = pd.Series(1.0, index=best.index)
    return {
        "most_profit": best["allocated_yuan"],
        "least_source_loss": least["allocated_yuan"],
        "by_turnover": split_in_proportion(best, weights=turnover.fillna(0.0).clip(lower=0.0), **plain),
        "equal": split_in_proportion(best, weights=ones, **plain),
    }


def ways_table(
    candidates: pd.DataFrame, *, ways: Mapping[str, pd.Series], rules: pd.DataFrame, upper_rate: pd.Series
) -> pd.DataFrame:
    """Hold ways of sharing side by side on the same lines.

    Answers "what does a plainer way cost, and which way rests least on one payer?"

    Parameters
    ----------
    candidates : DataFrame
        ``profit_rate, stop_loss_share, source_id``. Not modified.
    ways : mapping of Series
        Result of `shared_ways`.
    rules : DataFrame
    upper_rate : Series
        Profit rate at the upper default rate, index of `candidates`.

    Returns
    -------
    DataFrame
        One row per way: ``split, customers_count, allocated_yuan, profit_yuan`` (a year, mean default rate),
        ``profit_upper_yuan`` (upper default rate), ``largest_share`` (of the heaviest source), ``worst_loss_yuan`` (if
        it stops), ``rules_broken_count``
    """
    matrix, caps = rule_matrix(candidates, rules), rules["yuan"].to_numpy(dtype=float)
    held = candidates["source_id"].fillna("") != ""
    rows = []
    for name, amounts in ways.items():
        total = float(amounts.sum())
        by_source = amounts[held].groupby(candidates.loc[held, "source_id"]).sum()
        lost = (amounts * candidates["stop_loss_share"])[held].groupby(candidates.loc[held, "source_id"]).sum()
        rows.append({
            "split": name, "customers_count": int((amounts > 0).sum()), "allocated_yuan": total,
            "profit_yuan": float((amounts * candidates["profit_rate"]).sum()),
            "profit_upper_yuan": float((amounts * upper_rate).sum()),
            "largest_share": float(by_source.max()) / total if len(by_source) and total else float("nan"),
            "worst_loss_yuan": float(lost.max()) if len(lost) else float("nan"),
            "rules_broken_count": int((matrix @ amounts.to_numpy(dtype=float) > caps + 0.5).sum()),
        })  # fmt: skip
    return pd.DataFrame(rows)
