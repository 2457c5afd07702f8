"""What one shock, or several together, do to each line: cash lost, coverage over the year, loss low and high."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from microlib.contracts.policies import StressPolicy
from microlib.contracts.scenarios import Shock
from microlib.design.stress.lines import stressed_payment

#: who is hit -> kinds of source; a hospital is a core too
KINDS = {"core": ("core", "hospital"), "hospital": ("hospital",), "venue": ("venue",)}
POOLS = {"group": "group_key"}


def hit_by(lines: pd.DataFrame, shock: Shock) -> pd.Series:
    """Return which lines a shock reaches, before any single source is picked."""
    if shock.hits == "everyone":
        return pd.Series(True, index=lines.index)
    if shock.hits == "guaranteed":
        return lines["is_guaranteed"].astype("bool")
    if shock.hits == "group":
        return lines["group_key"].fillna("") != ""
    return lines["source_kind"].isin(KINDS[shock.hits])


def pool_of(shock: Shock) -> str:
    """Return the column that names the single sources a shock may strike one at a time."""
    return POOLS.get(shock.hits, "source_id")


def lost_cash(lines: pd.DataFrame, shock: Shock, *, fixed_cost_share: float) -> pd.DataFrame:
    r"""Reckon the income a shock takes within the year and what that takes from debt service.

    .. math:: I = \iota\, s_i\, m\, C_i, \qquad F = I \left(\mu + \kappa (1 - \mu)\right), \qquad
        \mu = \min(1, f + \phi)

    with :math:`\iota` the part lost, :math:`s_i` the dependence, :math:`m` months, :math:`C_i` monthly cash in,
    :math:`f` the part free for debt service, :math:`\phi` the part of fixed costs and :math:`\kappa` the part of the
    costs of goods that is paid on: 0 when only fixed costs run.

    Returns
    -------
    DataFrame
        Index of `lines`: ``income_yuan``, ``free_yuan``; missing where cash or dependence is unknown and would matter
    """
    share = pd.Series(1.0, index=lines.index)
    if shock.hits in KINDS:
        share = lines["source_share"].astype("float64")
        share = share if shock.dependence_share is None else share.fillna(shock.dependence_share)
    part = shock.income_share * shock.months
    income = lines["cash_month_yuan"] * share * part if part else pd.Series(0.0, index=lines.index)
    margin = (lines["free_share"] + fixed_cost_share).clip(upper=1.0)
    return pd.DataFrame({"income_yuan": income, "free_yuan": income * (margin + shock.cost_share * (1 - margin))})


def strike(
    lines: pd.DataFrame,
    shocks: Sequence[tuple[Shock, pd.Series]],
    *,
    policy: StressPolicy,
    fixed_cost_share: float,
) -> pd.DataFrame:
    r"""Strike the lines with shocks, each on its own members, all in the same year.

    .. math:: q_i = \frac{12 f C_i - \min(F_i, 12 C_i)}{12 A_i}, \qquad
        loss_i = L_i \cdot PD \cdot LGD \;\text{ where } q_i < 1

    Parameters
    ----------
    lines : DataFrame
        Result of `lines.stress_lines`. Not modified.
    shocks : sequence of (Shock, Series of bool)
        With the lines each strikes.
    policy : StressPolicy
        ``coverage_months`` and the ranges of default and loss of borrowers out of cash.
    fixed_cost_share : float

    Returns
    -------
    DataFrame
        Index of `lines`

        - ``is_hit``; ``is_unknown``: hit, but cash or dependence is not known and what is known does not make it
          short: no loss is guessed
        - ``coverage_ratio`` (missing where not known), ``is_short`` (below 1), ``loss_low_yuan``, ``loss_high_yuan``
    """
    months, rise = policy.coverage_months, pd.Series(0.0, index=lines.index)
    lost, hit = pd.Series(0.0, index=lines.index), pd.Series(False, index=lines.index)
    blind = hit
    for shock, members in shocks:
        taken = lost_cash(lines, shock, fixed_cost_share=fixed_cost_share)["free_yuan"]
        lost = lost + taken.where(members, 0.0).fillna(0.0)
        blind = blind | (members & taken.isna())
        rise = rise + shock.rate_rise * members
        hit = hit | members
    cash = lines["cash_month_yuan"] * months
    service = stressed_payment(lines, rise=rise) * months
    coverage = (cash * lines["free_share"] - np.minimum(lost, cash)) / service
    short = coverage < 1 - 1e-9
    found = pd.DataFrame({
        "is_hit": hit, "is_unknown": hit & ~short & (blind | coverage.isna()),
        "coverage_ratio": coverage.mask(blind), "is_short": short,
    })  # fmt: skip
    return found.assign(**_losses(lines, shocks, short=short, policy=policy))


def _losses(
    lines: pd.DataFrame, shocks: Sequence[tuple[Shock, pd.Series]], *, short: pd.Series, policy: StressPolicy
) -> dict[str, pd.Series]:
    """Return the larger of what shortage of cash and what each shock itself makes of every line."""
    amount = lines["limit_yuan"]
    low, high = (amount * pd_rate * lgd * short for pd_rate, lgd in
                 ((policy.pd_low, policy.lgd_low), (policy.pd_high, policy.lgd_high)))  # fmt: skip
    for shock, members in shocks:
        rates = {"as_priced": (lines["mean_rate"], lines["upper_rate"]), "all": (1.0, 1.0)}.get(shock.defaults)
        if rates is not None:
            lgds = (shock.lgd_share,) * 2 if shock.lgd_share is not None else (policy.lgd_low, policy.lgd_high)
            low, high = (np.maximum(loss, amount * rate * lgd * members) for loss, rate, lgd in
                         zip((low, high), rates, lgds, strict=True))  # fmt: skip
    return {"loss_low_yuan": low.astype("float64"), "loss_high_yuan": high.astype("float64")}
