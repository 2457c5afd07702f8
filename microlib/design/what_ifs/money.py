"""What lines of one setting lend, earn, cost and may lose."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from microlib.design import costs, line_margins, volumes

#: a sample loan begins on this day: the cost of a year hardly depends on it
START = date(2026, 1, 1)


def money_figures(lines: pd.DataFrame, *, product: Any, policy: Any, rates: pd.DataFrame) -> dict[str, float]:
    """Compute volume, loss, floor, margin, the borrower's cost and the worst source's loss.

    Parameters
    ----------
    lines : DataFrame
        Result of `limits.size_limits`, some of them sized. Not modified.
    product, policy : Product, Policy
        As they stand in the setting.
    rates : DataFrame
        Result of `prices.default_rate_cases`.

    Returns
    -------
    dict
        ``typical_yuan`` (middle line), ``volume_yuan, loss_yuan`` (high case of the pilot), ``floor_rate, margin_rate``
        (mean default rate), ``eir_rate``, ``worst_loss_yuan`` (missing where no line hangs on a source).
    """
    typical = float(lines.loc[lines["reason"] == "sized", "limit_yuan"].median())
    lgd = policy.pricing.lgd[product.secured]
    volume = volumes.expected_volume(lines, product=product, default_rates=rates, lgd_share=lgd).set_index("case")
    worst = volumes.worst_sources(lines, policy=policy.stress)
    floor = line_margins.typical_floors(rates, product=product, policy=policy.pricing, amount_yuan=typical)
    mean = floor.set_index("pd_case").loc["mean"]
    cost = costs.product_cost(product, amount_yuan=typical, start=START)
    return {
        "typical_yuan": typical,
        "volume_yuan": float(volume.loc["high", "volume_yuan"]),
        "loss_yuan": float(volume.loc["high", "loss_yuan"]),
        "floor_rate": float(mean["floor_rate"]),
        "margin_rate": float(mean["margin_rate"]),
        "eir_rate": float(cost["eir_rate"].iloc[0]),
        "worst_loss_yuan": float(worst["loss_high_yuan"].max()) if len(worst) else float("nan"),
    }
