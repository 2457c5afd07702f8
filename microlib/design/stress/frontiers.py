"""The product's cap against what it serves and what the worst scenario costs: where more stops being worth it."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from microlib.design.limits import size_limits
from microlib.design.stress.lines import stress_lines
from microlib.design.stress.losses import StressBook, scenario_losses
from microlib.design.terms import Policy, Product
from microlib.errors import BadConfig

PARTS = (0.2, 0.4, 0.6, 0.8, 1.0)


def cap_frontier(
    applicants: pd.DataFrame, *, product: Product, policy: Policy, stresses: StressBook, default_rates: pd.DataFrame
) -> pd.DataFrame:
    """Size the product again under smaller caps and stress each, from a fifth of the cap to the whole.

    Answers "what does a smaller cap give up in customers and margin, and what does it save when things go wrong?"

    Parameters
    ----------
    applicants : DataFrame
        As for `limits.size_limits`, or with ``source_kind``. Not modified.
    product, policy, stresses, default_rates
        As for `lines.stress_lines` and `losses.scenario_losses`.

    Returns
    -------
    DataFrame
        One row per cap under which a line was sized, ascending: ``cap_yuan, served_count, limit_yuan, margin_yuan``,
        ``worst_scenario``, ``worst_loss_yuan`` (high, single scenarios), ``together_loss_yuan``, ``margins_ratio``

    Raises
    ------
    BadConfig
        If no cap leaves a line.
    """
    rows = []
    for cap in _caps(product, PARTS):
        narrowed = product.model_copy(update={"limit": product.limit.model_copy(update={"cap_yuan": cap})})
        limits = size_limits(applicants, product=narrowed, policy=policy.limits)
        lines = stress_lines(
            limits, applicants=applicants, product=narrowed, policy=policy, default_rates=default_rates
        )
        if len(lines):
            found = scenario_losses(lines, stresses=stresses, policy=policy.stress)
            rows.append({"cap_yuan": cap, **_outcome(lines, found)})
    if not rows:
        raise BadConfig("no cap leaves a line", where=product.code, fix="look at what bound the limits first")
    return pd.DataFrame(rows)


def _caps(product: Product, parts: Iterable[float]) -> list[int]:
    unit, floor = product.limit.unit_yuan, product.limit.floor_yuan
    rounded = {int(product.limit.cap_yuan * part // unit * unit) for part in parts}
    return sorted({max(cap, floor) for cap in rounded})


def _outcome(lines: pd.DataFrame, found: pd.DataFrame) -> dict:
    single = found.iloc[1:-1].sort_values("loss_high_yuan", ascending=False, kind="stable").iloc[0]
    together = found.iloc[-1]
    return {
        "served_count": len(lines),
        "limit_yuan": float(lines["limit_yuan"].sum()),
        "margin_yuan": float(lines["margin_yuan"].sum()),
        "worst_scenario": single["scenario"],
        "worst_loss_yuan": single["loss_high_yuan"],
        "together_loss_yuan": together["loss_high_yuan"],
        "margins_ratio": together["margins_ratio"],
    }
