"""A campaign's effect against its hold-out: lift with its range, added loans, what each of them cost."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import gammaln

from microlib.metrics.intervals import rate_difference, rate_interval


def arm_counts(outcomes: pd.DataFrame, *, within: str = "campaign_id") -> pd.DataFrame:
    """Count members and borrowers of both arms: sums that may be added up.

    Parameters
    ----------
    outcomes : DataFrame
        ``arm, has_borrowed`` and the column `within`. Not modified.
    within : str
        What the counts are kept apart by.

    Returns
    -------
    DataFrame
        One row per value of `within`, in order of appearance: ``treated_count, control_count, treated_loans_count,
        control_loans_count``.

    Examples
    --------
    >>> rows = pd.DataFrame({"campaign_id": "M", "arm": ["treated", "control"], "has_borrowed": [True, False]})
    >>> arm_counts(rows).set_index("campaign_id").to_numpy().tolist()
    [[1, 1, 1, 0]]
    """
    treated, borrowed = outcomes["arm"].eq("treated"), outcomes["has_borrowed"].astype(bool)
    marks = pd.DataFrame({
        within: outcomes[within], "treated_count": treated, "control_count": ~treated,
        "treated_loans_count": treated & borrowed, "control_loans_count": ~treated & borrowed,
    })  # fmt: skip
    return marks.groupby(within, sort=False).sum().astype(int).reset_index()


def campaign_effects(counts: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    r"""Measure the lift of each campaign whose hold-out was drawn by lot, with Newcombe's range.

    The lift is :math:`k_1/n_1 - k_0/n_0`; the added loans are :math:`n_1` times the lift and its limits.

    Parameters
    ----------
    counts : DataFrame
        Of `arm_counts`, further columns are kept. Not modified.
    level : float
        Two-sided confidence.

    Returns
    -------
    DataFrame
        The rows of `counts` with ``treated_share, control_share`` (each with ``_low, _high`` by Wilson and ``_count``),
        ``lift_share, lift_low, lift_high, fisher_p``, ``added_count, added_low_count, added_high_count`` (loans of the
        contacted arm beyond what the hold-out says). Everything that needs a hold-out is missing without one.

    References
    ----------
    .. [1] Newcombe, R. G. (1998). Statistics in Medicine 17, 873-890, method 10.

    Examples
    --------
    >>> both = pd.DataFrame({"treated_count": [400], "treated_loans_count": [24],
    ...                      "control_count": [100], "control_loans_count": [3]})
    >>> campaign_effects(both)[["lift_share", "lift_low", "lift_high", "fisher_p"]].round(4).iloc[0].to_list()
    [0.03, -0.0279, 0.064, 0.3243]
    """
    found = counts.reset_index(drop=True)
    for arm in ("treated", "control"):
        rate = _rates(found, arm, level)
        found = found.assign(**{f"{arm}_share{end}": rate[name] for end, name in ENDS.items()})
    both = found[(found["treated_count"] > 0) & (found["control_count"] > 0)]
    pairs = [
        pd.DataFrame({"bad_count": both[f"{arm}_loans_count"], "total_count": both[f"{arm}_count"]})
        for arm in ("treated", "control")
    ]
    gap = rate_difference(*pairs, level=level) if len(both) else pd.DataFrame(columns=["difference", "low", "high"])
    names = {"difference": "lift_share", "low": "lift_low", "high": "lift_high"}
    lifts = gap.rename(columns=names)[list(names.values())].astype(float).reindex(found.index)
    added = {"added_count": "lift_share", "added_low_count": "lift_low", "added_high_count": "lift_high"}
    fishers = pd.Series([fisher_p(*row) for row in both[FISHER].to_numpy(dtype=int)], index=both.index, dtype=float)
    return found.assign(
        **lifts, fisher_p=fishers, **{name: lifts[lift] * found["treated_count"] for name, lift in added.items()}
    )


ENDS = {"": "rate", "_low": "low", "_high": "high", "_count": "total_count"}
FISHER = ["treated_loans_count", "treated_count", "control_loans_count", "control_count"]


def fisher_p(first: int, first_total: int, second: int, second_total: int) -> float:
    """Return Fisher's exact two-sided p of two shares: the tables no likelier than the one seen, given its margins.

    Examples
    --------
    >>> round(fisher_p(24, 400, 3, 100), 6)
    0.324277
    """
    both, total = first + second, first_total + second_total
    cases = np.arange(max(0, both - second_total), min(both, first_total) + 1)
    parts = [_log_choose(first_total, cases), _log_choose(second_total, both - cases), -_log_choose(total, both)]
    chances = np.exp(sum(parts))
    seen = chances[cases == first].item()
    return float(min(1.0, chances[chances <= seen * (1 + 1e-7)].sum()))


def costs_per_added(effects: pd.DataFrame, costs: pd.Series) -> pd.DataFrame:
    """Say what each added loan cost, with the range that the lift's range gives.

    Parameters
    ----------
    effects : DataFrame
        Of `campaign_effects`, with ``campaign_id``. Not modified.
    costs : Series
        Yuan by ``campaign_id`` (`plans.total_costs`).

    Returns
    -------
    DataFrame
        ``campaign_id, cost_yuan, loans_count`` (of the contacted arm), ``cost_per_loan_yuan`` (the naive one),
        ``added_count, added_low_count, added_high_count``, ``cost_per_added_yuan, cost_per_added_low_yuan,
        cost_per_added_high_yuan``: missing where the number of added loans is not above zero there: no upper limit.

    Examples
    --------
    >>> both = campaign_effects(pd.DataFrame({"campaign_id": ["M"], "treated_count": [400], "control_count": [100],
    ...     "treated_loans_count": [24], "control_loans_count": [3]}))
    >>> found = costs_per_added(both, pd.Series({"M": 38_000.0}))
    >>> found[["cost_per_loan_yuan", "cost_per_added_yuan"]].iloc[0].round(1).to_list()
    [1583.3, 3166.7]
    """
    cost = effects["campaign_id"].map(costs).astype(float)
    added = effects[["added_count", "added_low_count", "added_high_count"]]
    per = added.rdiv(cost, axis=0).where(added > 1e-9)
    loans = effects["treated_loans_count"]
    return effects[["campaign_id"]].assign(
        cost_yuan=cost, loans_count=loans, cost_per_loan_yuan=cost / loans.where(loans > 0), **added,
        cost_per_added_yuan=per["added_count"], cost_per_added_low_yuan=per["added_high_count"],
        cost_per_added_high_yuan=per["added_low_count"],
    )  # fmt: skip


def readable_costs(costs: pd.DataFrame, readings: pd.DataFrame) -> pd.DataFrame:
    """Take out what a reading does not allow: without one against a hold-out nobody knows what was added.

    Parameters
    ----------
    costs : DataFrame
        Of `costs_per_added`. Not modified.
    readings : DataFrame
        Of `readings.campaign_readings`: ``campaign_id, is_causal``.

    Returns
    -------
    DataFrame
        The rows of `costs`; ``added_*`` and ``cost_per_added_*`` are missing where ``is_causal`` is not true.
    """
    told = costs["campaign_id"].map(readings.set_index("campaign_id")["is_causal"]).fillna(False).astype(bool)
    names = [name for name in costs if name.startswith(("added_", "cost_per_added_"))]
    return costs.assign(**{name: costs[name].where(told) for name in names})


def _rates(counts: pd.DataFrame, arm: str, level: float) -> pd.DataFrame:
    total = counts[f"{arm}_count"]
    found = rate_interval(counts[f"{arm}_loans_count"], total.clip(lower=1), method="wilson", level=level)
    return found.assign(total_count=total.astype(float)).where(total > 0)


def _log_choose(total: int | np.ndarray, part: np.ndarray | int) -> np.ndarray:
    return gammaln(total + 1) - gammaln(np.asarray(part) + 1) - gammaln(total - np.asarray(part) + 1)
