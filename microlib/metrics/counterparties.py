"""With whom a firm trades, from its invoices: concentration, who stays, who is new."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from microlib.metrics.concentrations import concentration
from microlib.units import MONTHS_PER_YEAR

RENAMED = {
    "parts_count": "counterparties_count",
    "hhi": "counterparty_hhi",
    "effective_parts": "effective_counterparties",
    "cr1_share": "top1_share",
    "cr5_share": "top5_share",
    "largest_part": "largest_counterparty",
}


def counterparty_shares(invoices: pd.DataFrame, *, side: str = "sale") -> pd.DataFrame:
    r"""Measure how far each firm's trade hangs on few counterparties.

    Answers "if its largest buyer leaves, how much goes with it?" Shares are taken over counterparties whose valid
    invoices, returns deducted, add up to more than zero:

    .. math:: H_f = \sum_k \Big(\frac{x_{fk}}{\sum_j x_{fj}}\Big)^2, \qquad x_{fk} = \max(0, \textstyle\sum net)

    Parameters
    ----------
    invoices : DataFrame[invoices]
        Uses ``customer_id, side, status, counterparty_hash, net_yuan``. Not modified.
    side : {"sale", "purchase"}

    Returns
    -------
    DataFrame
        One row per firm with a positive counterparty, by ``customer_id``: ``counterparties_count, counterparty_hhi``
        (1/n .. 1), ``effective_counterparties, top1_share, top5_share`` (fractions), ``largest_counterparty``.

    Notes
    -----
    Buyers and sellers are often coded apart: a firm that stands on both sides is then not seen. A platform or a
    tax-agent that buys for many looks like one counterparty.

    Examples
    --------
    >>> rows = pd.DataFrame({"customer_id": "C1", "side": "sale", "status": "valid",
    ...                      "counterparty_hash": ["a", "a", "b", "c"], "net_yuan": [60.0, -20.0, 50.0, 10.0]})
    >>> counterparty_shares(rows)[["counterparties_count", "counterparty_hhi"]].round(4).iloc[0].tolist()
    [3.0, 0.42]
    """
    keys = ["customer_id", "counterparty_hash"]
    rows = invoices.loc[(invoices["side"] == side) & (invoices["status"] == "valid"), [*keys, "net_yuan"]]
    net = rows.groupby(keys, as_index=False, observed=True)["net_yuan"].sum()
    net = net[net["net_yuan"] > 0]
    if net.empty:
        return pd.DataFrame(columns=["customer_id", *RENAMED.values()])
    found = concentration(net, within="customer_id", across="counterparty_hash", amount="net_yuan")
    return found.rename(columns=RENAMED)[["customer_id", *RENAMED.values()]]


def counterparty_changes(invoices: pd.DataFrame, *, side: str = "sale", as_of: date) -> pd.DataFrame:
    r"""Measure which counterparties stayed and how much trade is with new ones.

    .. math:: R = \frac{|K_1 \cap K_0|}{|K_0|}, \qquad N = \frac{\sum_{k \in K_1 \setminus K} x_k}{\sum_{k \in K_1} x_k}

    where :math:`K_1` are counterparties of the last twelve months, :math:`K_0` those of the twelve before, K all
    ever seen before the last twelve, and x the positive net amounts of the last twelve.

    Parameters
    ----------
    invoices : DataFrame[invoices]
        Uses ``customer_id, side, status, counterparty_hash, issued_date, net_yuan``. Not modified.
    side : {"sale", "purchase"}
    as_of : date
        End of the last twelve months.

    Returns
    -------
    DataFrame
        One row per firm with a valid invoice, by ``customer_id``: ``earlier_count`` (size of :math:`K_0`),
        ``retained_count, retention_share`` (missing where nothing was earlier), ``novelty_share`` (missing where
        nothing was sold in the last twelve, or nothing is known before them).

    Examples
    --------
    >>> rows = pd.DataFrame({"customer_id": "C1", "side": "sale", "status": "valid", "net_yuan": [5., 5., 30., 10.],
    ...     "counterparty_hash": ["a", "b", "a", "c"],
    ...     "issued_date": pd.to_datetime(["2025-03-01", "2025-04-01", "2026-03-01", "2026-04-01"])})
    >>> counterparty_changes(rows, as_of=date(2026, 6, 30))[["retention_share", "novelty_share"]].iloc[0].tolist()
    [0.5, 0.25]
    """
    end = pd.Timestamp(as_of)
    valid = (invoices["side"] == side) & (invoices["status"] == "valid") & (invoices["issued_date"] <= end)
    rows = invoices.loc[valid, ["customer_id", "counterparty_hash", "issued_date", "net_yuan"]]
    age = (end.year - rows["issued_date"].dt.year) * MONTHS_PER_YEAR + end.month - rows["issued_date"].dt.month
    keys = [rows["customer_id"], rows["counterparty_hash"]]
    recent, before = age < MONTHS_PER_YEAR, age.between(MONTHS_PER_YEAR, 2 * MONTHS_PER_YEAR - 1)
    pairs = pd.DataFrame({"recent": recent, "before": before, "ever": age >= MONTHS_PER_YEAR})
    pairs = pairs.groupby(keys, observed=True).any()
    net = rows["net_yuan"].where(recent, 0.0).groupby(keys, observed=True).sum().clip(lower=0.0)
    parts = pd.DataFrame({
        "earlier_count": pairs["before"],
        "retained_count": pairs["before"] & pairs["recent"],
        "sold": net,
        "new": net.where(~pairs["ever"], 0.0),
        "known": pairs["ever"],
    })  # fmt: skip
    found = parts.groupby("customer_id", observed=True).sum()
    found["retention_share"] = found["retained_count"] / found["earlier_count"].where(found["earlier_count"] > 0)
    found["novelty_share"] = (found["new"] / found["sold"].where(found["sold"] > 0)).where(found["known"] > 0)
    found = found.drop(columns=["sold", "new", "known"]).reset_index()
    return found.astype({"customer_id": "str", "earlier_count": np.int64, "retained_count": np.int64})
