"""What the price and the cost say: the floor against the rate asked, and what the borrower truly pays."""

from __future__ import annotations

import pandas as pd

from microlib.reporting.verdicts.sentences import Sentence, is_blank, sentence


def typical_size(floors: pd.DataFrame, quantiles: pd.DataFrame | None = None) -> pd.DataFrame:
    """Keep the floors of the loan size nearest the median line; without lines, of the middle size shown.

    Parameters
    ----------
    floors : DataFrame
        Result of `design.prices.price_floors`.
    quantiles : DataFrame, optional
        Result of `design.limits.limit_quantiles`.
    """
    sizes = floors["amount_yuan"].drop_duplicates().sort_values().reset_index(drop=True)
    middle = None if quantiles is None else quantiles["p50_yuan"].iloc[0]
    if is_blank(middle):
        chosen = sizes.iloc[(len(sizes) - 1) // 2]
    else:
        chosen = sizes.loc[(sizes - float(middle)).abs().idxmin()]
    return floors[floors["amount_yuan"] == chosen]


def price_floors(floors: pd.DataFrame, *, quantiles: pd.DataFrame | None = None) -> Sentence:
    """Say the floor at mean and upper default rate beside the rate asked, for the typical size of loan.

    Parameters
    ----------
    floors, quantiles : DataFrame
        As for `typical_size`.
    """
    floors = typical_size(floors, quantiles)
    mean, upper = floors[floors["pd_case"] == "mean"].iloc[0], floors[floors["pd_case"] != "mean"]
    high = upper.iloc[0] if len(upper) else mean
    fits = mean["margin_rate"] >= 0
    key = "floor_fits" if fits and high["margin_rate"] >= 0 else "floor_fits_at_mean" if fits else "floor_broken"
    return sentence(key, yearly_rate=mean["yearly_rate"], floor_rate=mean["floor_taxed_rate"],
                    upper_rate=high["floor_taxed_rate"], amount_yuan=mean["amount_yuan"])  # fmt: skip


def price_parts(floors: pd.DataFrame) -> Sentence:
    """Name the heaviest part of the floor, and say its parts at the mean default rate."""
    mean = floors[floors["pd_case"] == "mean"].iloc[0]
    names = ("ftp_rate", "opex_rate", "loss_rate", "capital_rate", "bound_by")
    return sentence("floor_parts", **{name: mean[name] for name in names})


def floor_by_size(floors: pd.DataFrame) -> Sentence:
    """Say below which loan size the rate asked no longer covers the floor at the mean default rate."""
    mean = floors[floors["pd_case"] == "mean"].sort_values("amount_yuan")
    losing = mean[mean["margin_rate"] < 0]
    if losing.empty:
        return sentence("sizes_all_fit", amount_yuan=mean["amount_yuan"].iloc[0])
    if len(losing) == len(mean):
        return sentence("sizes_none_fit")
    row = losing.iloc[-1]
    return sentence("sizes_lose", amount_yuan=row["amount_yuan"], floor_rate=row["floor_taxed_rate"])


def product_cost(costs: pd.DataFrame) -> Sentence:
    """Say what the borrower truly pays a year, by both conventions (`design.costs.product_cost`)."""
    row = costs[costs["scope"] == "borrower"].iloc[0]
    names = ("amount_yuan", "term_months", "apr_rate", "eir_rate", "total_cost_yuan", "fees_yuan")
    return sentence("product_cost", **{name: row[name] for name in names})


VERDICTS = {
    "price_floors": price_floors,
    "price_parts": price_parts,
    "floor_by_size": floor_by_size,
    "product_cost": product_cost,
}
