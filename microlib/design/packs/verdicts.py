"""Rules and stop rules held against one product in one branch."""

from __future__ import annotations

from typing import Any

from microlib.design.rules import book_figures, checks
from microlib.design.volumes import evaluate_stop_rules


def rule_results(book: Any, found: dict[str, Any], *, product: Any, policy: Any) -> dict[str, Any]:
    """Check every rule and every stop rule.

    Parameters
    ----------
    book : Branch
    found : dict
        Result of `results.chain_results`. Not modified.

    Returns
    -------
    dict of DataFrame
        ``rules`` (`checks.check_rules`) and ``stop_rules`` (`volumes.evaluate_stop_rules`).
    """
    figures = found["figures"]
    known = book_figures.book_figures(book) | book_figures.design_figures(found["limits"], watched=figures)
    rules = checks.read_rules(book.home, as_of=book.as_of)
    return {
        "rules": checks.check_rules(rules, product=product, policy=policy, figures=known),
        "stop_rules": evaluate_stop_rules(figures, product=product),
    }
