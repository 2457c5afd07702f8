"""What the price and the cost say: the floor against the rate asked, and what the borrower truly pays."""

from __future__ import annotations

import pandas as pd

from microlib.reporting.verdicts.sentences import Sentence, sentence


def price_floors(floors: pd.DataFrame) -> Sentence:
    """Say the floor at mean and upper default rate beside the rate asked (`design.prices.price_floors`)."""
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
