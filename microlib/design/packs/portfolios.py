"""What one product's pilot does to the book it joins: who gets it, under which caps, how much hangs on one payer."""

from __future__ import annotations

from typing import Any

import pandas as pd

from microlib.design.packs.attempts import attempt
from microlib.design.programmes.candidates import programme_candidates
from microlib.design.programmes.outcomes import allocation_outcomes
from microlib.design.programmes.pilots import allocate_pilot
from microlib.errors import EmptyBook, NothingSized

EACH = ("programme_rules", "programme_totals", "allocation", "ways", "source_spread", "spread_change", "wish")


def portfolio_results(found: dict[str, Any], *, product: Any, policy: Any) -> dict[str, Any]:
    """Share the pilot's budget over the sized lines, and see what that does to concentration.

    Parameters
    ----------
    found : dict
        Results of `lines.line_results` and `rates.price_results`. Not modified.
    product, policy : Product, Policy

    Returns
    -------
    dict
        ``allocation`` (lines), ``programme_rules, programme_totals`` of `pilots.allocate_pilot`, and those of
        `outcomes.allocation_outcomes`; where no line was sized the refusal stands in every result's place.
    """
    able, upper = (_able(found, case, product=product, policy=policy) for case in ("mean", "upper"))
    both = attempt(allocate_pilot, able, product=product, policy=policy)
    if isinstance(both, EmptyBook):
        return dict.fromkeys(EACH, both)
    shared, rules = both
    terms = {"rules": rules, "product": product, "upper_rate": upper["profit_rate"]}
    return {
        "programme_rules": shared.rules,
        "programme_totals": shared.totals,
        "allocation": shared.lines,
        **allocation_outcomes(shared, found["screened"], **terms),
    }


def _able(found: dict[str, Any], case: str, *, product: Any, policy: Any) -> pd.DataFrame | EmptyBook:
    rate = found["rates"].set_index("pd_case")["pd_rate"].astype("float64")[case]
    rows = programme_candidates(
        found["limits"], applicants=found["screened"], product=product, policy=policy, pd_rate=rate
    )
    if rows.empty:
        return NothingSized("no line was sized", where="programme", fix="look at what bound the limits first")
    return rows
