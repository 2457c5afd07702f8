"""How the money is used through a year (data/peers/usages.toml), and what an offer costs under that use."""

from __future__ import annotations

from datetime import date

import numpy as np

from microlib.contracts.usages import Usage, read_usages
from microlib.design import costs, schedules
from microlib.design.peers.offers import Offer
from microlib.errors import BadConfig
from microlib.units import MONTHS_PER_YEAR

__all__ = ["Usage", "read_usages", "use_cost"]

START = date(2026, 1, 1)


def use_cost(offer: Offer, usage: Usage, *, amount_yuan: float) -> dict[str, float]:
    r"""Reckon what an offer costs its borrower when the money is needed in some months only.

    A revolving line is drawn in those months and repaid between them; any other loan is taken whole for the term and
    paid back by its schedule, needed or not.

    .. math:: u = \frac{12 \, C}{\sum_m \min(B_m, N_m)}

    with :math:`C` the whole cost (interest and the borrower's fees, less what a retained deposit earns), :math:`B_m`
    what is at hand in month m and :math:`N_m` what is needed.

    Returns
    -------
    dict
        ``interest_yuan, fees_yuan, cost_yuan``; ``used_rate`` (fraction a year of money needed and at hand);
        ``covered_share`` (of the need that is at hand); ``apr_rate`` by IRR x 12, missing where the flows change sign
        more than once and so have several

    Examples
    --------
    >>> line = Offer("E", "x", "x", False, True, None, "revolving", 0.048, (1, 12), 1e6, False)
    >>> usage = Usage(code="five", said={"zh": "x", "en": "x"}, term_months=12, used_months=(1, 2, 3, 4, 5))
    >>> found = use_cost(line, usage, amount_yuan=1_000_000)
    >>> round(found["cost_yuan"]), round(found["used_rate"], 4)
    (20000, 0.048)
    """
    need = np.isin(np.arange(1, usage.term_months + 1), usage.used_months) * float(amount_yuan)
    is_line = offer.repayment == "revolving"
    balances, interest = _drawn(offer, need) if is_line else _scheduled(offer, usage, amount_yuan)
    fees = _fees(offer, amount_yuan, months=usage.term_months)
    kept, earns = offer.retained
    at_hand = np.minimum(balances * (1 - kept), need)
    deposits = balances * kept if is_line else np.full(len(balances), kept * amount_yuan)
    earned = float(deposits.sum()) * earns / MONTHS_PER_YEAR
    cost = float(interest.sum() + fees.sum()) - earned
    return {
        "interest_yuan": float(interest.sum()) - earned,
        "fees_yuan": float(fees.sum()),
        "cost_yuan": cost,
        "used_rate": MONTHS_PER_YEAR * cost / float(at_hand.sum()),
        "covered_share": float(at_hand.sum() / need.sum()),
        "apr_rate": _yearly(balances, interest, fees, deposits=deposits, earned=earned),
    }


def _drawn(offer: Offer, need: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return need, need * offer.yearly_rate / MONTHS_PER_YEAR


def _scheduled(offer: Offer, usage: Usage, amount_yuan: float) -> tuple[np.ndarray, np.ndarray]:
    """Return balance during each month and interest paid at its end, by the offer's own schedule."""
    grace, months, share = offer.shape
    loan = schedules.Loan(
        amount_yuan, offer.yearly_rate, usage.term_months, offer.repayment, START, grace,
        months or tuple(range(1, 13)) if offer.repayment == "seasonal" else (),
        share if offer.repayment == "balloon" else 0.0,
    )  # fmt: skip
    plan = schedules.repayment_schedule(loan).set_index("month_number")
    paid = plan.reindex(range(1, usage.term_months + 1))[["principal_yuan", "interest_yuan"]].fillna(0.0)
    before = paid["principal_yuan"].cumsum().shift(fill_value=0.0)
    return (amount_yuan - before).to_numpy(), paid["interest_yuan"].to_numpy()


def _fees(offer: Offer, amount_yuan: float, *, months: int) -> np.ndarray:
    """Return the borrower's fees by the month before which they fall due."""
    due = np.zeros(months)
    for _, payer, basis, size, when in offer.fees:
        if payer == "borrower":
            amount = size if basis == "fixed" else size * amount_yuan
            step = {"monthly": 1, "yearly": MONTHS_PER_YEAR}.get(when, months)
            due[slice(months - 1, None) if when == "at_end" else slice(0, None, step)] += amount
    return due


def _yearly(
    balances: np.ndarray, interest: np.ndarray, fees: np.ndarray, *, deposits: np.ndarray, earned: float
) -> float:
    flows = np.zeros(len(balances) + 1)
    flows[:-1] += np.diff(balances, prepend=0.0) - np.diff(deposits, prepend=0.0) - fees
    flows[-1] -= balances[-1] - deposits[-1] - earned
    flows[1:] -= interest
    try:
        return costs.internal_rate(flows, np.arange(len(flows))) * MONTHS_PER_YEAR
    except BadConfig:
        return float("nan")
