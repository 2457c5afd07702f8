"""What an offer saves, truly costs and must earn."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.design.cost import Retained, break_even_months, loan_flows, true_cost
from microlib.design.prices import Parts, floor_rate
from microlib.design.schedules import Loan
from microlib.exercises.desk import fees_of
from microlib.exercises.exercise import Item, Task, percent

METHODS = ["interest_only", "interest_only", "equal_instalment", "equal_principal_and_interest", "interest_only"]


class Benefits(Task):
    """x06: the one benefit in yuan that a customer is told: what paying only for used months saves."""

    code = "x06"
    items = (
        Item("saved", "yuan", 1),
        Item("break_even", "months", 0.05),
        Item("picks", "letters", 0.9, judge="letters"),
    )

    def draw(self, seed: int) -> dict:
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

    def solve(self, data: dict) -> dict:
        """Give what the line saves, the months at which both cost the same, each customer's largest open benefit."""
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

    def slips(self, data: dict) -> dict:
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
            "picks": {"not_eligible": self.solve({**data, "customers": open_to_all})["picks"]},
        }


class TrueCosts(Task):
    """x07: what five advertised offers truly cost a year; two are not compliant and are there to be recognised."""

    code = "x07"
    items = (
        Item("apr", "percents", 0.01),
        Item("eir", "percents", 0.01),
        Item("cheapest", "letter", judge="choice"),
        Item("not_compliant", "letters", judge="choice"),
    )

    def draw(self, seed: int) -> dict:
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

    def solve(self, data: dict) -> dict:
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
            "not_compliant": "".join(
                offers.loc[offers["kept_back_share"].gt(0) | offers["valuation_fee"].gt(0), "offer"]
            ),
        }

    def slips(self, data: dict) -> dict:
        """Return the advertised rates, and the fees simply added to them."""
        offers, right = data["offers"], self.solve(data)
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


class PriceFloors(Task):
    """x21: the lowest rate at which a loan earns its cost of capital, for three default rates."""

    code = "x21"
    items = (Item("floors", "percents", 0.01), Item("bearable_pd", "percent", 0.02))

    def draw(self, seed: int) -> dict:
        """Draw what money, work and capital cost, three groups with their default rates, and the rate asked."""
        ftp, opex, pds, lgd, asked = 0.0205, 0.0095, [0.008, 0.019, 0.045], 0.40, 0.048
        if seed:
            dice = np.random.default_rng(seed)
            ftp, opex, lgd = dice.integers(180, 230) / 1e4, dice.integers(70, 130) / 1e4, dice.integers(35, 55) / 100
            pds, asked = (dice.integers([50, 150, 350], [110, 250, 550]) / 1e4).tolist(), dice.integers(44, 56) / 1e3
        return {
            "costs": pd.DataFrame(
                {
                    "ftp_rate": [ftp],
                    "opex_rate": [opex],
                    "lgd_share": [lgd],
                    "capital_ratio": [0.105],
                    "risk_weight": [0.75],
                    "hurdle_rate": [0.10],
                    "yearly_rate": [asked],
                }
            ),
            "groups": pd.DataFrame({"group": ["A", "B", "C"], "pd_rate": pds}),
        }

    def solve(self, data: dict) -> dict:
        """Give the floor of each group, and the default rate that the rate asked still bears."""
        cost = data["costs"].iloc[0]
        capital = cost["capital_ratio"] * cost["risk_weight"]
        known = (cost["lgd_share"], capital, cost["hurdle_rate"])
        floors = [
            floor_rate(Parts(cost["ftp_rate"], cost["opex_rate"], pd_rate, *known))
            for pd_rate in data["groups"]["pd_rate"]
        ]
        bare = floor_rate(Parts(cost["ftp_rate"], cost["opex_rate"], 0.0, *known))
        return {"floors": percent(floors), "bearable_pd": percent((cost["yearly_rate"] - bare) / cost["lgd_share"])}

    def slips(self, data: dict) -> dict:
        """Return floors with the whole default rate as loss, without capital, and with capital at its full ratio."""
        costs, groups = data["costs"], data["groups"]
        turned = {
            "whole_pd": costs.assign(lgd_share=1.0),
            "no_capital": costs.assign(hurdle_rate=0.0),
            "no_risk_weight": costs.assign(risk_weight=1.0),
            "no_opex": costs.assign(opex_rate=0.0),
        }
        wrong = {code: self.solve({"costs": each, "groups": groups}) for code, each in turned.items()}
        return {name: {code: found[name] for code, found in wrong.items()} for name in ("floors", "bearable_pd")}


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


#: the exercises of this module
TASKS = (Benefits, TrueCosts, PriceFloors)
