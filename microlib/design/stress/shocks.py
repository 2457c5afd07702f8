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
    income, free = _lost(lines, shock, fixed=fixed_cost_share)
    return pd.DataFrame({"income_yuan": income, "free_yuan": free}, index=lines.index)


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
    months, count = policy.coverage_months, len(lines)
    rise, lost = np.zeros(count), np.zeros(count)
    hit, blind = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
    for shock, chosen in shocks:
        members = chosen.to_numpy(dtype=bool)
        _, taken = _lost(lines, shock, fixed=fixed_cost_share)
        lost += np.where(members, np.nan_to_num(taken), 0.0)
        blind |= members & np.isnan(taken)
        rise += shock.rate_rise * members
        hit |= members
    cash = _numbers(lines, "cash_month_yuan") * months
    service = _numbers_of(stressed_payment(lines, rise=pd.Series(rise, index=lines.index))) * months
    with np.errstate(invalid="ignore", divide="ignore"):
        coverage = (cash * _numbers(lines, "free_share") - np.minimum(lost, cash)) / service
        short = coverage < 1 - 1e-9
    found = {
        "is_hit": hit, "is_unknown": hit & ~short & (blind | np.isnan(coverage)),
        "coverage_ratio": np.where(blind, np.nan, coverage), "is_short": short,
    }  # fmt: skip
    return pd.DataFrame({**found, **_losses(lines, shocks, short=short, policy=policy)}, index=lines.index)


def _lost(lines: pd.DataFrame, shock: Shock, *, fixed: float) -> tuple[np.ndarray, np.ndarray]:
    """Return income lost and what that takes from debt service, by line; see `lost_cash`."""
    share = np.ones(len(lines))
    if shock.hits in KINDS:
        share = _numbers(lines, "source_share")
        share = share if shock.dependence_share is None else np.where(np.isnan(share), shock.dependence_share, share)
    part = shock.income_share * shock.months
    income = _numbers(lines, "cash_month_yuan") * share * part if part else np.zeros(len(lines))
    margin = np.minimum(_numbers(lines, "free_share") + fixed, 1.0)
    return income, income * (margin + shock.cost_share * (1 - margin))


def _losses(
    lines: pd.DataFrame, shocks: Sequence[tuple[Shock, pd.Series]], *, short: np.ndarray, policy: StressPolicy
) -> dict[str, np.ndarray]:
    """Return the larger of what shortage of cash and what each shock itself makes of every line."""
    amount = _numbers(lines, "limit_yuan")
    low, high = (amount * pd_rate * lgd * short for pd_rate, lgd in
                 ((policy.pd_low, policy.lgd_low), (policy.pd_high, policy.lgd_high)))  # fmt: skip
    for shock, members in shocks:
        rates = _own_defaults(lines, shock)
        if rates is not None:
            lgds = (shock.lgd_share,) * 2 if shock.lgd_share is not None else (policy.lgd_low, policy.lgd_high)
            low, high = (np.maximum(loss, amount * rate * lgd * members.to_numpy(dtype=bool)) for loss, rate, lgd in
                         zip((low, high), rates, lgds, strict=True))  # fmt: skip
    return {"loss_low_yuan": low, "loss_high_yuan": high}


def _own_defaults(lines: pd.DataFrame, shock: Shock) -> tuple | None:
    """Return low and high default rate that a shock brings of itself, whatever the cash; None where it brings none."""
    if shock.defaults == "all":
        return 1.0, 1.0
    if shock.defaults == "as_priced":
        return _numbers(lines, "mean_rate"), _numbers(lines, "upper_rate")
    return None


def _numbers(lines: pd.DataFrame, name: str) -> np.ndarray:
    return _numbers_of(lines[name])


def _numbers_of(values: pd.Series) -> np.ndarray:
    return values.to_numpy(dtype="float64", na_value=np.nan)
