"""Why loans went bad (不良成因): a Pareto with ranges, and how far two coders agree."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtri

from microlib.errors import EmptyBook
from microlib.metrics.intervals import rate_interval


def reason_pareto(reviews: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    r"""Rank the coded reasons of bad loans by number, each with the range that so few reviews leave.

    Answers "what do we lose money by, and could the order be chance?"

    Parameters
    ----------
    reviews : DataFrame[bad_loan_reviews]
        Uses ``reason_code, realised_loss_yuan``. Not modified.
    level : float
        Two-sided confidence of each share (Jeffreys).

    Returns
    -------
    DataFrame
        Most frequent first: ``reason_code, loans_count, reviewed_count, reason_share, reason_low, reason_high,
        cumulative_share, realised_loss_yuan, loss_share``; ``is_first_for_sure`` where the range of the first lies
        above that of every other.

    Raises
    ------
    EmptyBook
        If nothing was reviewed.

    Examples
    --------
    >>> reviews = pd.DataFrame({"reason_code": ["a", "a", "b"], "realised_loss_yuan": [1.0, 2.0, 3.0]})
    >>> reason_pareto(reviews)[["reason_code", "loans_count"]].values.tolist()
    [['a', 2], ['b', 1]]
    """
    if reviews.empty:
        raise EmptyBook("no bad loan was reviewed", where="bad_loan_reviews", fix="code the reason of every bad loan")
    found = reviews.groupby("reason_code", as_index=False, observed=True).agg(
        loans_count=("reason_code", "size"), realised_loss_yuan=("realised_loss_yuan", "sum")
    )
    found = found.sort_values(["loans_count", "reason_code"], ascending=[False, True], ignore_index=True)
    total, lost = len(reviews), found["realised_loss_yuan"].sum()
    shares = rate_interval(found["loans_count"], total, level=level)
    found = found.assign(
        reviewed_count=total, reason_share=shares["rate"], reason_low=shares["low"], reason_high=shares["high"],
        cumulative_share=found["loans_count"].cumsum() / total,
        loss_share=found["realised_loss_yuan"] / lost if lost else np.nan,
    )  # fmt: skip
    others = found["reason_high"].iloc[1:].max() if len(found) > 1 else 0.0
    return found.assign(is_first_for_sure=bool(found["reason_low"].iloc[0] > others))


def coder_agreement(reviews: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    r"""Measure how far two people who coded the same loans agree beyond chance (Cohen).

    .. math:: \kappa = \frac{p_o - p_e}{1 - p_e}, \qquad p_e = \sum_k p_{k\cdot} p_{\cdot k}

    with the large-sample standard error of Fleiss, Cohen and Everitt.

    Parameters
    ----------
    reviews : DataFrame[bad_loan_reviews]
        Uses ``reason_code, second_reason_code``; rows without a second code are left out. Not modified.
    level : float
        Two-sided confidence.

    Returns
    -------
    DataFrame
        One row: ``coded_count, agreed_count, agreed_share, chance_share, kappa, kappa_low, kappa_high``; kappa is
        missing where both always use one code.

    Raises
    ------
    EmptyBook
        If no loan was coded twice.

    References
    ----------
    .. [1] Cohen, J. (1960). A coefficient of agreement for nominal scales. Educational and Psychological Measurement
       20, 37-46.
    .. [2] Fleiss, J. L., Cohen, J., Everitt, B. S. (1969). Large sample standard errors of kappa and weighted kappa.
       Psychological Bulletin 72, 323-327.

    Examples
    --------
    >>> pairs = [("a", "a")] * 20 + [("a", "b")] * 5 + [("b", "a")] * 10 + [("b", "b")] * 15
    >>> reviews = pd.DataFrame(pairs, columns=["reason_code", "second_reason_code"])
    >>> coder_agreement(reviews)["kappa"].round(2).tolist()
    [0.4]
    """
    both = reviews.dropna(subset=["reason_code", "second_reason_code"])
    if both.empty:
        raise EmptyBook("no bad loan was coded by two", fix="let a second person code them")
    table = pd.crosstab(both["reason_code"], both["second_reason_code"])
    codes = table.index.union(table.columns)
    shares = table.reindex(index=codes, columns=codes, fill_value=0).to_numpy() / len(both)
    seen, rows, columns = np.trace(shares), shares.sum(axis=1), shares.sum(axis=0)
    chance = float(rows @ columns)
    kappa, error = _kappa(shares, chance) if chance < 1 else (np.nan, np.nan)
    reach = ndtri((1 + level) / 2) * error
    return pd.DataFrame({
        "coded_count": [len(both)], "agreed_count": [round(seen * len(both))], "agreed_share": [seen],
        "chance_share": [chance], "kappa": [kappa], "kappa_low": [max(-1.0, kappa - reach / np.sqrt(len(both)))],
        "kappa_high": [min(1.0, kappa + reach / np.sqrt(len(both)))],
    })  # fmt: skip


def _kappa(shares: np.ndarray, chance: float) -> tuple[float, float]:
    """Kappa and the standard error of one observation."""
    seen, rows, columns = np.trace(shares), shares.sum(axis=1), shares.sum(axis=0)
    kappa = (seen - chance) / (1 - chance)
    on = (np.diag(shares) * (1 - (rows + columns) * (1 - kappa)) ** 2).sum()
    cross = (columns[:, None] + rows[None, :]) ** 2 * shares
    off = (1 - kappa) ** 2 * (cross.sum() - np.trace(cross))
    variance = (on + off - (kappa - chance * (1 - kappa)) ** 2) / (1 - chance) ** 2
    return float(kappa), float(np.sqrt(max(0.0, variance)))
