"""What figures of risk prove or hide: few loans, a forced sale, renewals and write-offs, loans that leave."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.exercises.desk import small_ledger
from microlib.exercises.exercise import Item, Task, percent
from microlib.metrics.arrears import stressed_renewals
from microlib.metrics.collateral import recovery
from microlib.metrics.quality import four_pars
from microlib.stats.intervals import rate_interval, upper_bound
from microlib.stats.vintage import vintage_counts, vintage_curve

AS_OF = "2026-06-30"


class SmallSamples(Task):
    """x08: what few loans prove, as an interval and as a bound, when none or a few of them went bad."""

    code = "x08"
    items = (
        Item("low", "percents", 0.02),
        Item("high", "percents", 0.02),
        Item("upper", "percents", 0.02),
    )

    def draw(self, seed: int) -> dict:
        """Draw three groups with their bad borrowers; the first has none."""
        bad, total = [0, 3, 9], [40, 60, 400]
        if seed:
            dice = np.random.default_rng(seed)
            total = [int(dice.integers(25, 80)), int(dice.integers(50, 90)), int(dice.integers(250, 600))]
            bad = [0, int(dice.integers(2, 6)), int(dice.integers(5, 15))]
        return {"groups": pd.DataFrame({"group": ["A", "B", "C"], "bad_count": bad, "total_count": total})}

    def solve(self, data: dict) -> dict:
        """Give Jeffreys' limits and the one-sided bound of Clopper and Pearson."""
        groups = data["groups"]
        found = rate_interval(groups["bad_count"], groups["total_count"], method="jeffreys")
        upper = upper_bound(groups["bad_count"], groups["total_count"])
        return {"low": percent(found["low"]), "high": percent(found["high"]), "upper": percent(upper)}

    def slips(self, data: dict) -> dict:
        """Return what a normal interval, Wilson's limits, the bare rate, and a two-sided bound would give."""
        bad, total = data["groups"]["bad_count"], data["groups"]["total_count"]
        rate = bad / total
        reach = 1.96 * np.sqrt(rate * (1 - rate) / total)
        wilson = rate_interval(bad, total, method="wilson")
        exact = rate_interval(bad, total, method="clopper_pearson")
        return {
            "low": {"normal": percent((rate - reach).clip(lower=0)), "wilson": percent(wilson["low"])},
            "high": {"normal": percent(rate + reach), "wilson": percent(wilson["high"]), "bare_rate": percent(rate)},
            "upper": {"two_sided": percent(exact["high"]), "bare_rate": percent(rate)},
        }


class SaleLosses(Task):
    """x15: what is lost when the collateral must be sold: after the fall, the cost and the wait."""

    code = "x15"
    items = (Item("lgd", "percents", 0.02), Item("fall_to_bear", "percent", 0.2))

    def draw(self, seed: int) -> dict:
        """Draw one claim with its appraised value, and how a sale would go; two falls of the price are asked."""
        balance, value, cost, months, rate, falls = 140, 200, 0.12, 18, 0.0435, (0.20, 0.30)
        if seed:
            dice = np.random.default_rng(seed)
            value = int(dice.integers(12, 50)) * 10
            balance, cost = round(value * dice.integers(64, 72) / 100, 1), dice.integers(8, 15) / 100
            months, rate = int(dice.integers(12, 30)), dice.integers(36, 55) / 1_000
            falls = (dice.integers(20, 26) / 100, dice.integers(30, 40) / 100)
        return {
            "claim": pd.DataFrame({"balance_yuan": [balance * 1e4], "value_yuan": [value * 1e4]}),
            "sale": pd.DataFrame({"fall_share": falls, "cost_share": cost, "wait_months": months, "yearly_rate": rate}),
        }

    def solve(self, data: dict) -> dict:
        """Give the loss of each fall, and the fall at which the claim is just met."""
        claim, sale = data["claim"], data["sale"]
        terms = {"cost_share": sale["cost_share"].iloc[0], "months": sale["wait_months"].iloc[0]}
        terms["yearly_rate"] = sale["yearly_rate"].iloc[0]
        lost = [recovery(claim, fall_share=fall, **terms)["lgd_share"].iloc[0] for fall in sale["fall_share"]]
        whole = recovery(claim, fall_share=0.0, **terms)["recovery_yuan"].iloc[0]
        return {"lgd": percent(lost), "fall_to_bear": percent(1 - claim["balance_yuan"].iloc[0] / whole)}

    def slips(self, data: dict) -> dict:
        """Return what is found without the wait, without the cost, or with the plain LTV."""
        claim, sale = data["claim"], data["sale"]
        turned = {"no_wait": sale.assign(wait_months=0), "no_cost": sale.assign(cost_share=0.0)}
        wrong = {code: self.solve({"claim": claim, "sale": each}) for code, each in turned.items()}
        ltv = claim["balance_yuan"].iloc[0] / claim["value_yuan"].iloc[0]
        return {
            "lgd": {code: found["lgd"] for code, found in wrong.items()},
            "fall_to_bear": {
                **{code: found["fall_to_bear"] for code, found in wrong.items()},
                "ltv_only": percent(1 - ltv),
            },
        }


class HiddenArrears(Task):
    """x17: four ways of asking for loans late by more than 30 days, and what renewals, write-offs and growth hide."""

    code = "x17"
    items = tuple(Item(name, "percent", 0.01) for name in ("par30", "adjusted", "with_exits", "lagged"))

    def draw(self, seed: int) -> dict:
        """Draw a book: balance, late, renewed under stress, written off in twelve months, balance a year ago."""
        total, late, stressed, off, before = 1_000, 22, 36, 9, 820
        if seed:
            dice = np.random.default_rng(seed)
            total, before = int(dice.integers(80, 160)) * 10, int(dice.integers(60, 79)) * 10
            late, stressed, off = (int(each) for each in dice.integers([10, 15, 3], [40, 60, 20]))
        book = (
            pd.DataFrame(
                {
                    "balance_yuan": [total],
                    "late_yuan": [late],
                    "stressed_yuan": [stressed],
                    "written_off_yuan": [off],
                    "year_ago_yuan": [before],
                }
            )
            * 1e4
        )
        loans, months = small_ledger(book.iloc[0])
        return {"book": book, "loans": loans, "months": months}

    def solve(self, data: dict) -> dict:
        """Give the plain ratio, with stressed renewals, with what was written off too, and on last year's balance."""
        loans, months = data["loans"], data["months"]
        renewed = stressed_renewals(loans, months, as_of=AS_OF)
        share = four_pars(loans, months, renewals=renewed, as_of=AS_OF).set_index("measure")["share"]
        return {
            "par30": percent(share["par30_plain"]),
            "adjusted": percent(share["par30_adjusted"]),
            "with_exits": percent(share["par30_adjusted_with_exits"]),
            "lagged": percent(share["par30_plain_lagged"]),
        }

    def slips(self, data: dict) -> dict:
        """Return what is found when write-offs join above the line only, when renewals stand in the lagged ratio."""
        total, late, stressed, off, before = data["book"].iloc[0]
        return {
            "adjusted": {"stressed_alone": percent(stressed / total)},
            "with_exits": {
                "denominator": percent((late + stressed + off) / total),
                "plain_with_exits": percent((late + off) / (total + off)),
            },
            "lagged": {"this_year": percent(late / total), "adjusted_lagged": percent((late + stressed) / before)},
        }


class VintageExits(Task):
    """x18: what part of a vintage goes bad when some loans leave the picture before they have shown how they end."""

    code = "x18"
    items = (Item("not_observed", "percent", 0.01), Item("settled", "percent", 0.01))

    def draw(self, seed: int) -> dict:
        """Draw one vintage of equal loans: when some went bad, and when others left the picture."""
        loans, bad, left = 100, {3: 1, 6: 2, 9: 1}, {5: 20, 8: 25}
        if seed:
            dice = np.random.default_rng(seed)
            loans = int(dice.integers(80, 160))
            bad = {month: int(dice.integers(1, 4)) for month in (3, 6, 9)}
            left = {5: int(dice.integers(10, 25)), 8: int(dice.integers(15, 30))}
        months = sorted({*bad, *left})
        rows = {
            "month_on_book": months,
            "bad_count": [bad.get(m, 0) for m in months],
            "left_count": [left.get(m, 0) for m in months],
        }
        return {"vintage": pd.DataFrame({"loans_count": [loans]}), "months": pd.DataFrame(rows)}

    def solve(self, data: dict) -> dict:
        """Give the share bad by the last month, when those who left are not observed, and when they were settled."""
        rows, found = data["months"], {}
        for ends, name in (("open", "not_observed"), ("settled", "settled")):
            bad = rows.loc[rows.index.repeat(rows["bad_count"]), ["month_on_book"]].assign(outcome="bad")
            left = rows.loc[rows.index.repeat(rows["left_count"]), ["month_on_book"]].assign(outcome=ends)
            stay = data["vintage"]["loans_count"].iloc[0] - len(bad) - len(left)
            last = pd.DataFrame({"month_on_book": [rows["month_on_book"].max()] * stay, "outcome": "open"})
            ends_all = pd.concat([bad, left, last]).assign(amount_yuan=1.0)
            found[name] = percent(vintage_curve(vintage_counts(ends_all))["bad_share"].iloc[-1])
        return found

    def slips(self, data: dict) -> dict:
        """Return the naive share, the share of those seen to the end, and each answer in the other's place."""
        bad, left = data["months"]["bad_count"].sum(), data["months"]["left_count"].sum()
        loans, right = data["vintage"]["loans_count"].iloc[0], self.solve(data)
        return {
            "not_observed": {"naive": percent(bad / loans), "only_seen": percent(bad / (loans - left))},
            "settled": {"kaplan_meier": right["not_observed"], "only_seen": percent(bad / (loans - left))},
        }


#: the exercises of this module
TASKS = (SmallSamples, SaleLosses, HiddenArrears, VintageExits)
