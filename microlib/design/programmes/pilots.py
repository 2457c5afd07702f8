"""A pilot's budget shared for most profit, its stop rules on shares kept as caps of what is really lent."""

from __future__ import annotations

from typing import Any

import pandas as pd

from microlib.design.programmes.allocations import Allocation, allocate_budget
from microlib.design.programmes.conflicts import InfeasibleProgramme
from microlib.design.programmes.stop_caps import shares_hold
from microlib.design.programmes.wishes import pilot_rules
from microlib.errors import EmptyBook

#: how often the caps follow the volume down, and how far below it they go
ROUNDS, NEARER = 16, 0.9995


def allocate_pilot(candidates: pd.DataFrame, *, product: Any, policy: Any) -> tuple[Allocation, pd.DataFrame]:
    r"""Share a pilot's budget; the shares that stop rules watch are of what is lent, so their caps follow it down.

    .. math:: C_k^{(n+1)} = s \cdot V^{(n)}

    until no share is past its rule.

    Parameters
    ----------
    candidates : DataFrame
        Result of `candidates.programme_candidates`. Not modified.
    product : Product
        Pilot, smallest line, stop rules.
    policy : Policy

    Returns
    -------
    Allocation, DataFrame
        Result of `allocations.allocate_budget`, and the caps it was made under.

    Raises
    ------
    EmptyBook
        If the caps leave no allocation.
    """
    basis, floor = float(product.volumes.pilot_yuan), float(product.limit.floor_yuan)
    for _ in range(ROUNDS):
        rules = pilot_rules(candidates, product=product, policy=policy, basis_yuan=basis)
        try:
            found = allocate_budget(candidates, rules=rules, floor_yuan=floor)
        except InfeasibleProgramme as refusal:
            raise EmptyBook(refusal.what, where=refusal.where, fix=refusal.fix) from None
        if shares_hold(found.lines, product=product):
            break
        basis = NEARER * float(found.totals["allocated_yuan"].iloc[0])
    return found, rules
