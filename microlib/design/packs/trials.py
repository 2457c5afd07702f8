"""Ways of repaying one product's typical loan, and what its pilot in one branch can prove."""

from __future__ import annotations

from datetime import date
from typing import Any

from microlib.design.packs.attempts import attempt
from microlib.design.precisions import pilot_precision
from microlib.design.repayments.methods import compared_methods, free_cash_per_yuan
from microlib.design.sample_loans import disclosure


def trial_results(found: dict[str, Any], *, product: Any, policy: Any, start: date) -> dict[str, Any]:
    """Compare ways of repaying, and write down what each number of bad loans would mean.

    Parameters
    ----------
    found : dict
        ``amount_yuan, stress_lines, volume, floors_typical``. Not modified.
    product, policy : Product, Policy
    start : date

    Returns
    -------
    dict of DataFrame
        ``disclosure`` (`sample_loans.disclosure`), ``methods`` (`methods.compared_methods`), ``precision``
        (`precisions.pilot_precision`) or why there is none.
    """
    cash = free_cash_per_yuan(found["stress_lines"])
    known = cash if len(cash) else None
    terms = {"floors": found["floors_typical"], "product": product, "policy": policy.stress}
    return {
        "disclosure": disclosure(product, amount_yuan=found["amount_yuan"], start=start),
        "methods": compared_methods(product, amount_yuan=found["amount_yuan"], start=start, free_cash=known),
        "precision": attempt(pilot_precision, found["volume"], **terms),
    }
