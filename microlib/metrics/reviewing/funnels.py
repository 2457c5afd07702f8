"""Who decided what turned bad (漏斗图): each person against the number that their own mix of loans leads to expect."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import binom

from microlib.errors import EmptyBook

LIMITS = {"warning": 0.95, "action": 0.998}
#: loans under which nobody is set beside the others
FEWEST = 10


def funnel(decided: pd.DataFrame, *, by: str, within: tuple[str, ...] = ("product_id",)) -> pd.DataFrame:
    r"""Set the bad loans of each person beside the number that their mix of loans leads to expect.

    Answers "is this a person's doing, or what small numbers and their customers bring?"

    .. math:: e_j = \sum_{i \in j} \hat p_{c(i)}, \qquad r_j = \bar p\, \frac{o_j}{e_j}, \qquad
        o_j \in [B_{.001}, B_{.999}] \text{ of } \mathrm{Bin}(n_j, e_j / n_j)

    with bad loans o of n, and for every cell c of `within` the rate of the whole branch, drawn half a loan towards the
    branch's own.

    Parameters
    ----------
    decided : DataFrame
        One row per loan with a known outcome: the column `by`, those of `within`, ``is_bad``. Rows without a person are
        left out. Not modified.
    by : str
        Column that names the person: ``approver_id``, ``rm_id``.
    within : tuple of str
        What makes loans alike.

    Returns
    -------
    DataFrame
        One row per person with ten loans or more, worst first: `by`, ``loans_count, bad_count, expected_count,
        adjusted_share`` (the branch's rate times bad over expected), ``branch_share`` and, for as many loans
        of the person's own mix, ``low95, high95, low998, high998`` (fractions), ``funnel_place``: ``above_action``,
        ``above_warning``, ``inside`` or ``below``.

    Raises
    ------
    EmptyBook
        If nobody has ten loans whose outcome is known, or none of them went bad.

    Notes
    -----
    Limits are whole numbers of loans, unlike those of `metrics.funnel_limits` that are drawn as smooth curves: a person
    is named only where the tail is no larger than the level says.

    A point outside is a sample for review, no verdict: who is sent the hard cases looks bad, and of a hundred honest
    people five lie outside the 95 % limits.

    References
    ----------
    .. [1] Spiegelhalter, D. J. (2005). Funnel plots for comparing institutional performance. Statistics in Medicine
       24, 1185-1202.
    """
    rows = decided.dropna(subset=[by, "is_bad"]).reset_index(drop=True)
    bad = rows["is_bad"].astype("float64")
    if rows.empty or bad.sum() == 0:
        raise EmptyBook("no decided loan went bad, or none has a known outcome", fix="wait until loans have aged")
    overall = bad.mean()
    cells = bad.groupby([rows[name].fillna("") for name in within]).transform
    expected = (cells("sum") + 0.5 * overall) / (cells("size") + 0.5)
    expected *= bad.sum() / expected.sum()
    found = pd.DataFrame({by: rows[by], "bad": bad, "expected": expected}).groupby(by, as_index=False).agg(
        loans_count=("bad", "size"), bad_count=("bad", "sum"), expected_count=("expected", "sum")
    )  # fmt: skip
    found = found[found["loans_count"] >= FEWEST].reset_index(drop=True)
    if found.empty:
        raise EmptyBook("nobody decided ten loans whose outcome is known", fix="pool a longer time")
    found["bad_count"] = found["bad_count"].astype("int64")
    found["adjusted_share"] = overall * found["bad_count"] / found["expected_count"]
    found["branch_share"] = overall
    found = found.join(_limits(found, overall))
    return found.sort_values(["adjusted_share", by], ascending=[False, True], ignore_index=True)


def _limits(found: pd.DataFrame, overall: float) -> pd.DataFrame:
    """Limits on the scale of the adjusted share, and where each person stands."""
    count, mean = found["loans_count"].to_numpy(), found["expected_count"].to_numpy()
    chance, limits = mean / count, {}
    for name, level in LIMITS.items():
        for end, part in (("low", (1 - level) / 2), ("high", (1 + level) / 2)):
            limits[f"{end}_{name}"] = binom.ppf(part, count, chance)
    bad = found["bad_count"].to_numpy()
    place = np.select(
        [bad > limits["high_action"], bad > limits["high_warning"], bad < limits["low_warning"]],
        ["above_action", "above_warning", "below"], "inside",
    )  # fmt: skip
    scale = overall / mean
    names = {"low_warning": "low95", "high_warning": "high95", "low_action": "low998", "high_action": "high998"}
    return pd.DataFrame(
        {names[key]: np.maximum(0, value) * scale for key, value in limits.items()} | {"funnel_place": place}
    )
