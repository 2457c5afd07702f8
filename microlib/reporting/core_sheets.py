"""The one-pager for a core enterprise and its suppliers: public terms, how many there are, what we promise and ask."""

from __future__ import annotations

from typing import Any

from microlib.reporting import boxes, displays
from microlib.reporting.whitelists import QualityPolicy

LINES = ("chain.offer", "chain.ask_account", "chain.ask_statement", "leaflet.no_deposit", "leaflet.own_choice",
         "leaflet.ask")  # fmt: skip


def core_sheet(report: Any, product: Any, counts: Any, *, policy: QualityPolicy) -> displays.Shown:
    """Write the sheet for the core enterprise, or say what it waits for.

    Parameters
    ----------
    report : Report
    product : Product or NotComputed
        Of the scene; its public terms alone are told.
    counts : DataFrame or NotComputed
        Suppliers by kind of core, as ``metrics.suppressions.suppressed`` returns them.
    policy : QualityPolicy
        Says how many a cell must hold.

    Returns
    -------
    Shown
        The sheet as the report shows it; the run writes it to the report's ``leaflets/``.
    """
    waiting = report.blocked("core_sheet", [product, counts])
    if waiting is not None:
        return boxes.waiting_box(report.words, waiting)
    paper = report.leaflet("core_enterprise", policy=policy, product=product)
    parts = [paper.terms(product), paper.table("supplier_counts", counts, columns=["kind", "customers_count"])]
    return displays.joined([*parts, paper.lines(*LINES)])
