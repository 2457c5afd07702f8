"""x07: what five advertised offers truly cost a year; two of them are not compliant and are there to be recognised."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.design.cost import Retained, loan_flows, true_cost
from microlib.design.schedules import Loan
from microlib.exercises.desk import fees_of
from microlib.exercises.exercise import Item, percent

CODE = "x07"
ITEMS = (
    Item("apr", "percents", 0.01),
    Item("eir", "percents", 0.01),
    Item("cheapest", "letter", judge="choice"),
    Item("not_compliant", "letters", judge="choice"),
)
METHODS = ["interest_only", "interest_only", "equal_instalment", "equal_principal_and_interest", "interest_only"]


def draw(seed: int) -> dict:
    """Draw five offers for one amount over twelve months: rate, repayment, fees, and what is kept back."""
    rates, guarantee, valuation, kept = [0.042, 0.042, 0.0385, 0.042, 0.048], 0.01, 3_000, 0.20
    if seed:
        dice = np.random.default_rng(seed)
        rates = (dice.integers([380, 380, 360, 380, 440], [460, 460, 430, 460, 520]) / 1e4).tolist()
        guarantee, valuation = dice.integers(5, 16) / 1e3, int(dice.integers(20, 50)) * 100
        kept = float(dice.choice([0.10, 0.15, 0.20, 0.25]))
    return {
        "offers": pd.DataFrame(
            {
                "offer": list("ABCDE"),
                "amount_yuan": 1_000_000.0,
                "term_months": 12,
                "repayment": METHODS,
                "advertised_rate": rates,
                "guarantee_fee_share": [0.0, guarantee, 0.0, 0.0, 0.0],
                "valuation_fee": [0.0, 0.0, float(valuation), 0.0, 0.0],
                "kept_back_share": [0.0, 0.0, 0.0, 0.0, kept],
                "kept_back_rate": [0.0, 0.0, 0.0, 0.0, 0.002],
            }
        )
    }


def solve(data: dict) -> dict:
    """Give APR and effective rate of every offer, the cheapest, and those that may not be offered."""
    offers = data["offers"]
    found = []
    for offer in offers.itertuples():
        loan = Loan(offer.amount_yuan, offer.advertised_rate, offer.term_months, offer.repayment)
        kept = Retained(offer.kept_back_share, offer.kept_back_rate) if offer.kept_back_share else None
        found.append(true_cost(loan_flows(loan, fees=fees_of(offer), retained=kept)).iloc[0])
    cost = pd.DataFrame(found, index=offers["offer"])
    return {
        "apr": percent(cost["apr_rate"]),
        "eir": percent(cost["eir_rate"]),
        "cheapest": cost["apr_rate"].idxmin(),
        "not_compliant": "".join(offers.loc[offers["kept_back_share"].gt(0) | offers["valuation_fee"].gt(0), "offer"]),
    }


def slips(data: dict) -> dict:
    """Return the advertised rates, and the fees simply added to them."""
    offers, right = data["offers"], solve(data)
    fees = offers["guarantee_fee_share"] + offers["valuation_fee"] / offers["amount_yuan"]
    added = offers["advertised_rate"] + fees
    return {
        "apr": {
            "advertised": percent(offers["advertised_rate"]),
            "fees_added": percent(added),
            "effective_instead": right["eir"],
        },
        "eir": {"advertised": percent(offers["advertised_rate"]), "nominal_instead": right["apr"]},
        "cheapest": {"advertised": offers.loc[offers["advertised_rate"].idxmin(), "offer"]},
        "not_compliant": {"fee_overlooked": "E", "deposit_overlooked": "C", "dear_not_banned": "D"},
    }
