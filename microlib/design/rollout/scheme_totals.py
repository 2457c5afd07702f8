"""What a scheme of pay comes to: its cost, who gains and loses, and what it pays for loans that went bad."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.metrics.concentrations import concentration

#: a manager whose pay moves by less than this part of it stays the same
SAME_SHARE = 0.05


def scheme_totals(paid: pd.DataFrame) -> pd.DataFrame:
    """Sum what each scheme would have cost, and for what.

    Answers "what does it cost, and how much of it goes to loans that went bad?"

    Parameters
    ----------
    paid : DataFrame
        Result of `schemes.replay_schemes`. Not modified.

    Returns
    -------
    DataFrame
        One row per scheme, in their order: ``scheme, managers_count, loans_count, bad_count``; ``pay_yuan``,
        ``deferred_yuan``, ``clawed_back_yuan``, ``bad_pay_yuan`` (paid for loans that went bad), ``bad_pay_share``
        (fraction of the pay; missing where nothing is paid), ``pay_gini`` (0 .. 1: how unevenly
        managers paid anything are paid)

    Examples
    --------
    >>> paid = pd.DataFrame({"scheme": "a", "rm_id": ["R1", "R2"], "loan_id": ["L1", "L2"], "month": "2026-01",
    ...     "pay_yuan": [300.0, 100.0], "deferred_yuan": 0.0, "clawed_back_yuan": 0.0, "is_bad": [False, True]})
    >>> scheme_totals(paid)[["pay_yuan", "bad_pay_share", "pay_gini"]].iloc[0].to_list()
    [400.0, 0.25, 0.25]
    """
    told = paid.assign(bad_pay_yuan=paid["pay_yuan"].where(paid["is_bad"], 0.0))
    groups = told.groupby("scheme", sort=False)
    sums = groups[["pay_yuan", "deferred_yuan", "clawed_back_yuan", "bad_pay_yuan"]].sum()
    sums.insert(0, "managers_count", groups["rm_id"].nunique())
    sums.insert(1, "loans_count", groups.size())
    sums.insert(2, "bad_count", groups["is_bad"].sum().astype("int64"))
    spent = sums["pay_yuan"] > 0
    earning = told[told["pay_yuan"] > 0]
    unequal = concentration(earning, within="scheme", across="rm_id", amount="pay_yuan") if len(earning) else None
    gini = pd.Series(dtype=float) if unequal is None else unequal.set_index("scheme")["gini"]
    return sums.assign(
        bad_pay_share=(sums["bad_pay_yuan"] / sums["pay_yuan"]).where(spent),
        pay_gini=gini.reindex(sums.index),
    ).reset_index()


def scheme_changes(paid: pd.DataFrame, *, current: str) -> pd.DataFrame:
    """Count the managers whom a scheme pays more, less, or the same as another does.

    Answers "who would gain and who would lose?" in numbers of people, never in names.

    Parameters
    ----------
    paid : DataFrame
        Result of `schemes.replay_schemes`. Not modified.
    current : str
        Scheme compared with.

    Returns
    -------
    DataFrame
        One row per other scheme: ``scheme, gains_count, loses_count, same_count`` (moved by at most a twentieth),
        ``largest_gain_yuan``, ``largest_loss_yuan`` (>= 0)
    """
    table = paid.pivot_table(index="rm_id", columns="scheme", values="pay_yuan", aggfunc="sum", sort=False).fillna(0.0)
    base = table[current]
    moves = table.drop(columns=current).sub(base, axis="index")
    same = moves.abs().le(SAME_SHARE * np.maximum(table.drop(columns=current), base.to_numpy()[:, None]))
    found = {
        "gains_count": ((moves > 0) & ~same).sum(), "loses_count": ((moves < 0) & ~same).sum(),
        "same_count": same.sum(), "largest_gain_yuan": moves.max().clip(lower=0.0),
        "largest_loss_yuan": (-moves.min()).clip(lower=0.0),
    }  # fmt: skip
    return pd.DataFrame(found).rename_axis("scheme").reset_index()
