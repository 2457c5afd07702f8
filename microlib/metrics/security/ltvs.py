"""Loan to value (抵押率) now and when prices fall."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from microlib.errors import BadData, EmptyBook
from microlib.metrics.loan_states import is_live

#: cuts of the bands: up to and including
CUTS = (0.5, 0.6, 0.7, 0.8, 1.0)


def loan_to_value(
    loans: pd.DataFrame,
    collateral_links: pd.DataFrame,
    collateral: pd.DataFrame,
    *,
    fall_shares: Sequence[float] = (0.0, 0.2, 0.3),
) -> pd.DataFrame:
    r"""Measure how much of its collateral's value each live loan takes, today and after a fall in prices.

    Answers "how far may prices fall before this loan is not covered?"

    .. math::

        LTV_l(f) = \frac{B_l}{(1 - f) \sum_k w_{lk} V_k}, \qquad w_{lk} = \frac{S_{lk}}{\sum_j S_{jk}}

    An item that secures several live loans is divided among them by the amounts secured, so that no yuan of value
    counts twice.

    Parameters
    ----------
    loans : DataFrame[loans]
        Uses ``loan_id, customer_id, balance_yuan, status``. Not modified, nor are the others.
    collateral_links : DataFrame[collateral_links]
        Uses ``loan_id, collateral_id, secured_yuan``.
    collateral : DataFrame[collateral]
        Uses ``collateral_id, value_yuan, registration_order``.
    fall_shares : sequence of float
        Falls in value (fractions, 0 .. below 1).

    Returns
    -------
    DataFrame
        One row per live secured loan and fall, by both: ``loan_id, customer_id, fall_share, balance_yuan,
        value_yuan`` (its part, after the fall), ``ltv_share``, ``uncovered_yuan`` (balance above the value),
        ``break_even_fall_share`` (fall at which the LTV is 1; below zero when it is above 1 already),
        ``is_second`` (an item is a second charge: what stands before it is not in the data, the LTV is too low)

    Raises
    ------
    EmptyBook
        If no live loan has collateral.
    BadData
        If a fall is not in 0 .. 1, an item stands twice, or a value or a secured amount is missing or not above zero.

    Notes
    -----
    As good as the appraisal: look at `appraisers` first. Taxes, rents and wages that go before the bank are not in
    it; `recoveries` takes them as cost.

    Examples
    --------
    >>> loans = pd.DataFrame({"loan_id": ["L1"], "customer_id": ["C1"], "balance_yuan": [70.0], "status": ["normal"]})
    >>> links = pd.DataFrame({"loan_id": ["L1"], "collateral_id": ["K1"], "secured_yuan": [70.0]})
    >>> items = pd.DataFrame({"collateral_id": ["K1"], "value_yuan": [100.0]})
    >>> loan_to_value(loans, links, items, fall_shares=(0.0, 0.2))["ltv_share"].tolist()
    [0.7, 0.875]
    """
    falls = np.asarray(fall_shares, dtype="float64")
    if not ((falls >= 0) & (falls < 1)).all():
        raise BadData("a fall is not in 0 to 1", fix="write 20 % as 0.20")
    rows = _secured(loans, collateral_links, collateral)
    by = ["loan_id", "customer_id", "balance_yuan"]
    held = rows.groupby(by, as_index=False, observed=True).agg(whole=("part", "sum"), is_second=("is_second", "any"))
    found = held.loc[held.index.repeat(len(falls))].assign(fall_share=np.tile(falls, len(held)))
    found["value_yuan"] = found["whole"] * (1.0 - found["fall_share"])
    found["ltv_share"] = found["balance_yuan"] / found["value_yuan"]
    found["uncovered_yuan"] = (found["balance_yuan"] - found["value_yuan"]).clip(lower=0.0)
    found["break_even_fall_share"] = 1.0 - found["balance_yuan"] / found["whole"]
    order = ["loan_id", "customer_id", "fall_share", "balance_yuan", "value_yuan", "ltv_share", "uncovered_yuan"]
    return found[[*order, "break_even_fall_share", "is_second"]].reset_index(drop=True)


def ltv_bands(ltvs: pd.DataFrame, *, cuts: Sequence[float] = CUTS) -> pd.DataFrame:
    """Spread the secured balance over bands of LTV, for every fall.

    Parameters
    ----------
    ltvs : DataFrame
        Result of `loan_to_value`. Not modified.
    cuts : sequence of float
        Upper ends, ascending; a band holds its upper end, the last one has none.

    Returns
    -------
    DataFrame
        One row per fall and band, empty bands too: ``fall_share, above_share, up_to_share`` (missing for the last),
        ``loans_count, balance_yuan, balance_share`` (of the fall's balance), ``uncovered_yuan``

    Raises
    ------
    BadData
        If the cuts do not ascend.
    """
    edges = np.asarray(cuts, dtype="float64")
    if not (np.diff(edges) > 0).all():
        raise BadData("the cuts do not ascend", fix="give them from low to high")
    band = np.searchsorted(edges, ltvs["ltv_share"].to_numpy() - 1e-9)
    every = pd.MultiIndex.from_product([sorted(ltvs["fall_share"].unique()), range(len(edges) + 1)])
    sums = ltvs.assign(loans_count=1).groupby([ltvs["fall_share"], band])[
        ["loans_count", "balance_yuan", "uncovered_yuan"]
    ]
    found = sums.sum().reindex(every, fill_value=0).rename_axis(["fall_share", "band"]).reset_index()
    total = found.groupby("fall_share")["balance_yuan"].transform("sum")
    place = found.pop("band").to_numpy()
    found["above_share"], found["up_to_share"] = np.r_[0.0, edges][place], np.r_[edges, np.nan][place]
    found["balance_share"] = found["balance_yuan"] / total
    order = ["fall_share", "above_share", "up_to_share", "loans_count", "balance_yuan", "balance_share"]
    return found[[*order, "uncovered_yuan"]]


def _secured(loans: pd.DataFrame, links: pd.DataFrame, collateral: pd.DataFrame) -> pd.DataFrame:
    """Live loans with the part of each item that is theirs."""
    if collateral["collateral_id"].duplicated().any():
        raise BadData("an item stands twice", where="collateral", fix="keep one row per item")
    live = loans.loc[is_live(loans), ["loan_id", "customer_id", "balance_yuan"]]
    items = collateral.reindex(columns=["collateral_id", "value_yuan", "registration_order"])
    rows = (
        links[["loan_id", "collateral_id", "secured_yuan"]].merge(live, on="loan_id").merge(items, on="collateral_id")
    )
    if rows.empty:
        raise EmptyBook("no live loan has collateral", where="collateral_links", fix="leave this page out")
    if not ((rows["value_yuan"] > 0) & (rows["secured_yuan"] > 0)).all():
        raise BadData("a value or a secured amount is missing or not above zero", where="collateral", fix="complete it")
    whole = rows.groupby("collateral_id", observed=True)["secured_yuan"].transform("sum")
    part = rows["value_yuan"] * rows["secured_yuan"] / whole
    return rows.assign(part=part, is_second=rows["registration_order"].eq("second").fillna(False))
