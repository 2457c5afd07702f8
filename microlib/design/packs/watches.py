"""Figures that stop rules and failure modes watch, from the group's own loans and applications."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pandas as pd

from microlib.design.failures import losses
from microlib.design.watches import gathered_figures
from microlib.errors import BadData
from microlib.metrics import first_payments, quality


def group_figures(book: Any, found: dict[str, Any]) -> dict[str, float]:
    """Add to a design's own figures what the members' loans and applications show; what is not known is left out.

    Parameters
    ----------
    book : Branch
        ``loans, schedules, applications``. Not modified.
    found : dict
        Results of `lines.line_results` and `amounts.money_results`.

    Returns
    -------
    dict
        Value by watched figure.
    """
    members = found["screened"]["customer_id"]
    loans = book["loans"][book["loans"]["customer_id"].isin(members)]
    asked = book["applications"][book["applications"]["customer_id"].isin(members)]
    more = losses.failure_figures(found["screened"], found["limits"], loans=loans, applications=asked)
    return {**gathered_figures(found["figures"], *_measured(book, loans)), **more}


def _measured(book: Any, loans: pd.DataFrame) -> list[pd.DataFrame]:
    """Measure the members' loans; a book without loans or schedules gives less, not a guess."""
    found = []
    with suppress(BadData):
        found.append(quality.committee_ratios(loans, as_of=book.as_of))
    with suppress(BadData):
        fresh = first_payments.first_payments(loans, book["schedules"], as_of=book.as_of)
        found.append(first_payments.first_payment_defaults(fresh))
    return found
