"""Rules, changes, failures and peers held against one product in one branch."""

from __future__ import annotations

from typing import Any

from microlib.design.failures import losses, premortems
from microlib.design.rules import book_figures, checks
from microlib.design.volumes import evaluate_stop_rules


def rule_results(book: Any, found: dict[str, Any], *, product: Any, policy: Any) -> dict[str, Any]:
    """Check every rule, stop rule and failure mode.

    Parameters
    ----------
    book : Branch
    found : dict
        Results so far, with ``figures`` as `watches.group_figures` gathers them. Not modified.

    Returns
    -------
    dict of DataFrame
        ``rules`` (`checks.check_rules`), ``stop_rules`` (`volumes.evaluate_stop_rules`), ``failure_modes``
        (`premortems.premortem`).
    """
    figures, limits = found["figures"], found["limits"]
    known = {**book_figures.book_figures(book), **book_figures.design_figures(limits, watched=figures)}
    rules = checks.read_rules(book.home, as_of=book.as_of)
    modes = premortems.read_modes(book.home, as_of=book.as_of)
    bases = losses.loss_bases(
        limits, volume=found["volume"], watched=figures, product=product, policy=policy.stress
    )
    return {
        "rules": checks.check_rules(rules, product=product, policy=policy, figures=known),
        "stop_rules": evaluate_stop_rules(figures, product=product),
        "failure_modes": premortems.premortem(modes, product=product, figures=figures, bases=bases),
    }
