"""What lies beyond the chain: stress, the book it joins, room of the rate, ways of repaying, what a pilot proves."""

from __future__ import annotations

from typing import Any

from microlib.design.packs import offerings, portfolios, stresses, trials


def outlook_results(book: Any, found: dict[str, Any], *, product: Any, policy: Any) -> dict[str, Any]:
    """Compute what a committee asks after the design itself is clear.

    Parameters
    ----------
    book : Branch
    found : dict
        Results of `results.chain_results` and `findings.finding_results`. Not modified.
    product, policy : Product, Policy

    Returns
    -------
    dict
        Results of `stresses.stress_results`, `portfolios.portfolio_results`, `offerings.offering_results` and
        `trials.trial_results`.
    """
    terms = {"product": product, "policy": policy}
    whole = {**found, **stresses.stress_results(book, found, **terms)}
    return {
        **whole,
        **portfolios.portfolio_results(whole, **terms),
        **offerings.offering_results(book, whole, **terms),
        **trials.trial_results(whole, start=book.as_of, **terms),
    }
