"""x06: the one benefit in yuan that a customer is told: what paying only for used months saves."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.design.cost import break_even_months, loan_flows, true_cost
from microlib.design.schedules import Loan
from microlib.exercises.exercise import Item

CODE = "x06"
ITEMS = (
    Item("saved", "yuan", 1),
    Item("break_even", "months", 0.05),
    Item("picks", "letters", 0.9, judge="letters"),
)


def draw(seed: int) -> dict:
    """Draw one choice of two loans, and ten customers of whom facts are known."""
    amount, months, line, fixed = 1_000_000.0, 5, 0.048, 0.042
    if seed:
        dice = np.random.default_rng(seed)
        amount, months = float(dice.integers(5, 30)) * 1e5, int(dice.integers(3, 8))
        fixed = dice.integers(38, 46) / 1e3
        line = fixed + dice.integers(3, 9) / 1e3
    return {
        "choice": pd.DataFrame(
            {"amount_yuan": [amount], "used_months": [months], "line_rate": [line], "fixed_rate": [fixed]}
        ),
        "customers": _customers(np.random.default_rng(1_000 + seed)),
    }


def solve(data: dict) -> dict:
    """Give what the line saves, the months at which both cost the same, and each customer's largest open benefit."""
    choice, ten = data["choice"].iloc[0], data["customers"]
    fixed = true_cost(loan_flows(Loan(choice["amount_yuan"], choice["fixed_rate"], 12, "interest_only")))
    line = Loan(choice["amount_yuan"], choice["line_rate"], 12, "revolving", used_months=int(choice["used_months"]))
    used = true_cost(loan_flows(line))
    idle = ten["amount_yuan"] * (ten["now_rate"] - ten["our_rate"] * ten["used_months"] / 12)
    cheaper = ten["amount_yuan"] * (ten["now_rate"] - ten["our_rate"])
    open_to = pd.DataFrame(
        {
            "A": idle.where(ten["has_invoices"]),
            "B": cheaper.where(~ten["is_overdue"]),
            "C": ten["fees_each"].where(ten["has_collateral"]),
        }
    )
    best = open_to.where(open_to.gt(0)).fillna(0.0)
    picks = best.idxmax(axis=1).where(best.max(axis=1) > 0, "N")
    return {
        "saved": fixed["total_cost_yuan"].iloc[0] - used["total_cost_yuan"].iloc[0],
        "break_even": break_even_months(fixed_rate=choice["fixed_rate"], used_rate=choice["line_rate"]),
        "picks": "".join(picks),
    }


def slips(data: dict) -> dict:
    """Return the line's own interest, both rates taken for the used months, and benefits nobody may have."""
    choice, ten = data["choice"].iloc[0], data["customers"]
    months = choice["used_months"] / 12
    open_to_all = ten.assign(has_invoices=True, has_collateral=True, is_overdue=False)
    return {
        "saved": {
            "line_interest": choice["amount_yuan"] * choice["line_rate"] * months,
            "same_months": choice["amount_yuan"] * (choice["line_rate"] - choice["fixed_rate"]) * months,
        },
        "break_even": {"inverted": 12 * choice["line_rate"] / choice["fixed_rate"]},
        "picks": {"not_eligible": solve({**data, "customers": open_to_all})["picks"]},
    }


def _customers(dice: np.random.Generator) -> pd.DataFrame:
    our = dice.integers(42, 52, 10) / 1e3
    return pd.DataFrame(
        {
            "customer": np.arange(1, 11),
            "amount_yuan": dice.integers(2, 15, 10) * 1e5,
            "used_months": dice.integers(3, 13, 10),
            "now_rate": our + dice.integers(-4, 14, 10) / 1e3,
            "our_rate": our,
            "fees_each": dice.integers(10, 60, 10) * 100.0,
            "has_invoices": dice.random(10) < 0.5,
            "has_collateral": dice.random(10) < 0.6,
            "is_overdue": dice.random(10) < 0.25,
        }
    )
