"""The bank's policy on lending along a chain, as it stands on a day."""

from __future__ import annotations

from datetime import date

from microlib.contracts.supply_rules import SupplyPolicy
from microlib.design.dated_files import Place, day_at, home_at, read_at

__all__ = ["SupplyPolicy", "read_supply_policy"]


def read_supply_policy(home: Place, *, as_of: date | str) -> SupplyPolicy:
    """Read ``data/policies/supply_chain.toml`` as it stands on a day.

    Raises
    ------
    BadConfig
        If the file is not there, breaks its model, or a value has not begun.

    Examples
    --------
    >>> read_supply_policy(".", as_of="2026-06-30").large_days
    60
    """
    return read_at(home_at(home).config("policies") / "supply_chain.toml", SupplyPolicy, as_of=day_at(as_of))
