"""The caps a pilot stands under, and whether the volume its terms wish for can be reached under them."""

from __future__ import annotations

import pandas as pd

from microlib.design.programmes.caps import programme_caps, volume_floor
from microlib.design.programmes.conflicts import conflicting_rules
from microlib.design.programmes.stop_caps import stop_rule_caps
from microlib.design.terms import Policy, Product


def pilot_rules(
    candidates: pd.DataFrame, *, product: Product, policy: Policy, basis_yuan: float | None = None
) -> pd.DataFrame:
    """Write every cap of a product's pilot: policy, budget, headrooms, and its own stop rules.

    Parameters
    ----------
    candidates : DataFrame
        As for `caps.programme_caps`. Not modified.
    product : Product
    policy : Policy
    basis_yuan : float, optional
        Volume that the shares of stop rules are taken of; the pilot's when left out.

    Returns
    -------
    DataFrame
        Columns of `caps`; the budget is the pilot's.
    """
    budget = float(product.volumes.pilot_yuan)
    whole = programme_caps(candidates, policy=policy.limits, budget_yuan=budget)
    own = stop_rule_caps(candidates, product=product, budget_yuan=budget if basis_yuan is None else basis_yuan)
    return pd.concat([whole, own], ignore_index=True) if len(own) else whole


def pilot_wish(candidates: pd.DataFrame, *, rules: pd.DataFrame, product: Product) -> pd.DataFrame:
    """Say whether the pilot's whole volume can be lent, and if not which rules stand in its way.

    Answers "we asked for twenty million: which of our own rules must give way before it can be twenty?"

    Parameters
    ----------
    candidates, rules : DataFrame
        As for `allocations.allocate_budget`. Not modified.
    product : Product
        Its pilot.

    Returns
    -------
    DataFrame
        Result of `conflicts.conflicting_rules` for the caps and a floor of the pilot's volume: empty where it can be
        reached.
    """
    asked = pd.concat([rules, volume_floor(float(product.volumes.pilot_yuan))], ignore_index=True)
    return conflicting_rules(candidates, rules=asked)
