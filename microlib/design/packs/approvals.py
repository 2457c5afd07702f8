"""The last results of a design: the stated cost, the checklist and who signs."""

from __future__ import annotations

from typing import Any

from microlib.design.packs import answers, checklists
from microlib.design.packs.conducts import conduct_results
from microlib.design.rules.cost_statements import cost_statement, read_disclosure


def approval_results(design: Any) -> dict[str, Any]:
    """Compute what a committee is handed beside the design itself.

    Returns
    -------
    dict of DataFrame
        ``cost_statement``, ``checklist`` (`checklists.approval_checklist`), ``asked_rules``, ``protections``
        (`protections.customer_protection`), ``signatures``.
    """
    book, product, found = design.book, design.product, dict(design.results)
    home, day, amount = book.home, book.as_of, found["amount_yuan"]
    told = read_disclosure(home, as_of=day)
    more = {"cost_statement": cost_statement(product, amount_yuan=amount, start=day, policy=told)}
    figures = answers.answer_figures(found)
    more["checklist"] = checklists.approval_checklist(checklists.read_items(home, as_of=day), figures=figures)
    more |= conduct_results(home, rules=found["rules"], checklist=more["checklist"], as_of=day)
    sized = found["limits"]["authority"].dropna()
    more["signatures"] = checklists.required_signatures(more["checklist"], authority=sized)
    return more
