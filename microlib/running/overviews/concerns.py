"""What the attention list holds besides shares and caps, and the products and forecasts that it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date
from typing import Any

import pandas as pd

from microlib.design import matters
from microlib.design.supply.supply_policies import read_supply_policy
from microlib.errors import WorkbenchError
from microlib.running.overviews import registers, scores

__all__ = ["further_matters", "registers", "scores"]


def further_matters(
    home: registers.Home, overview: Mapping[str, pd.DataFrame], *, rows: Iterable[Mapping[str, Any]],
    products: Iterable[Mapping[str, Any]], as_of: date,
) -> pd.DataFrame:  # fmt: skip
    """Return slow payers, rules and pilots that end, and missing data, as `attentions.attention_list` takes them.

    Parameters
    ----------
    home : Home
    overview : mapping
        ``payers`` if it was gathered.
    rows : iterable of mapping
        The table of branches: ``code, level``.
    products : iterable of mapping
        The product register.
    as_of : date
    """
    levels = {row["code"]: row["level"] for row in rows if row["level"] is not None}
    register = registers.policy_register(home, as_of=as_of)
    found = [matters.ending_pilots(products, as_of=as_of), matters.ending_rules(register, as_of=as_of)]
    found.append(matters.missing_data(levels))
    if len(overview.get("payers", ())):
        with suppress(WorkbenchError):  # a home without the supply chain's policy has no word on what is notable
            days = read_supply_policy(home, as_of=as_of).notable_days
            found.append(matters.later_payers(overview["payers"], notable_days=days))
    filled = [frame for frame in found if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=matters.COLUMNS)
