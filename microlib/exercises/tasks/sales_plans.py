"""How large a market is, what a campaign added, who gets which target, what a manager can do."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.design.rollout_plan import Habits, allocate_targets, monthly_capacity
from microlib.exercises.exercise import Item, Task, percent, wan
from microlib.metrics.campaign_plan import arm_size, break_even_loans
from microlib.metrics.market import two_list_estimate
from microlib.stats.intervals import rate_difference, rate_interval


class MarketSizes(Task):
    """x10: how many there are in a market that two incomplete lists describe, and what is known of one group in it."""

    code = "x10"
    items = (
        Item("size", "firms", 1),
        Item("range", "firms_range", 2),
        Item("reached", "percent", 0.2),
        Item("largest_source", "letters", judge="choice"),
        Item("bad_range", "percents", 0.05),
    )

    def draw(self, seed: int) -> dict:
        """Draw two lists and how many names stand in both, our borrowers there, and what they owe by source."""
        first, second, both, ours, bad, spread = 620, 410, 268, 96, 4, (0.34, 0.22, 0.18, 0.15, 0.11)
        if seed:
            dice = np.random.default_rng(seed)
            first, second = (int(each) for each in dice.integers([400, 250], [900, 600]))
            both = int(min(first, second) * dice.uniform(0.4, 0.75))
            ours, bad = int(dice.integers(60, 140)), int(dice.integers(1, 7))
            spread = dice.permutation(np.array([0.34, 0.22, 0.18, 0.15, 0.11]))
        owed = (np.array(spread) * ours * 180_000 / 100).round(-2)
        return {
            "lists": pd.DataFrame({"first_count": [first], "second_count": [second], "both_count": [both]}),
            "ours": pd.DataFrame({"borrowers_count": [ours], "bad_count": [bad]}),
            "sources": pd.DataFrame({"source": list("ABCDE"), "balance_yuan": owed * 100}),
        }

    def solve(self, data: dict) -> dict:
        """Give Chapman's estimate with its range, our share of it, the largest source, and what the bad rate may be."""
        lists, ours, sources = data["lists"].iloc[0], data["ours"].iloc[0], data["sources"]
        names = ("first_count", "second_count", "both_count")
        market = two_list_estimate(*(lists[name] for name in names), method="normal").iloc[0]  # as the course prints it
        bad = rate_interval(data["ours"]["bad_count"], data["ours"]["borrowers_count"]).iloc[0]
        return {
            "size": market["population_count"],
            "range": [market["population_low"], market["population_high"]],
            "reached": percent(ours["borrowers_count"] / market["population_count"]),
            "largest_source": sources.loc[sources["balance_yuan"].idxmax(), "source"],
            "bad_range": percent([bad["low"], bad["high"]]),
        }

    def slips(self, data: dict) -> dict:
        """Return what is found when the lists are added, the larger is taken, or names on both are counted twice."""
        first, second, both = data["lists"].iloc[0]
        ours, bad = data["ours"].iloc[0]
        wrong = {"added": first + second, "larger_list": max(first, second), "union": first + second - both}
        rate = bad / ours
        reach = 1.96 * np.sqrt(rate * (1 - rate) / ours)
        return {
            "size": wrong,
            "reached": {code: percent(ours / size) for code, size in wrong.items()},
            "bad_range": {"normal": percent([max(0.0, rate - reach), rate + reach])},
        }


class CampaignLifts(Task):
    """x14: what a campaign added, how sure that is, and how many it would have taken to know."""

    code = "x14"
    items = (
        Item("lift", "points", 0.05),
        Item("range", "points_range", 0.1),
        Item("added", "loans", 0.1),
        Item("judged", "letter", judge="choice"),
        Item("arm", "firms", 2),
        Item("must_add", "loans", 0.05),
    )

    def draw(self, seed: int) -> dict:
        """Draw a campaign with a hold-out, a question of power, and what it cost."""
        called, lent, held, anyway, base, wanted, cost, margin = 400, 24, 100, 3, 0.03, 0.03, 38_000, 6_200
        if seed:
            dice = np.random.default_rng(seed)
            called, held = int(dice.integers(30, 90)) * 10, int(dice.integers(8, 25)) * 10
            anyway = int(dice.integers(2, 7))
            lent = int(called * (anyway / held + dice.uniform(0.015, 0.05)))
            base, wanted = dice.integers(2, 6) / 100, dice.integers(2, 5) / 100
            cost, margin = int(dice.integers(20, 60)) * 1_000, int(dice.integers(40, 90)) * 100
        return {
            "arms": pd.DataFrame(
                {"arm": ["treated", "control"], "members_count": [called, held], "loans_count": [lent, anyway]}
            ),
            "plan": pd.DataFrame(
                {
                    "base_share": [base],
                    "wanted_share": [wanted],
                    "power_share": [0.8],
                    "cost_yuan": [float(cost)],
                    "margin_each": [float(margin)],
                }
            ),
        }

    def solve(self, data: dict) -> dict:
        """Give the lift with Newcombe's range, added loans, whether it is an effect, arm size and break-even."""
        arms = data["arms"].rename(columns={"loans_count": "bad_count", "members_count": "total_count"})
        gap = rate_difference(arms.iloc[[0]], arms.iloc[[1]]).iloc[0]
        plan = data["plan"].iloc[0]
        return {
            "lift": percent(gap["difference"]),
            "range": percent([gap["low"], gap["high"]]),
            "added": gap["difference"] * gap["first_count"],
            "judged": "Y" if gap["low"] > 0 else "N",
            "arm": arm_size(plan["base_share"], plan["wanted_share"], power=plan["power_share"]),
            "must_add": break_even_loans(plan["cost_yuan"], plan["margin_each"]),
        }

    def slips(self, data: dict) -> dict:
        """Return the contacted arm's own share, the plain normal range, and every loan of the list counted as added."""
        (called, lent), (held, anyway) = data["arms"][["members_count", "loans_count"]].to_numpy().tolist()
        one, other = lent / called, anyway / held
        reach = 1.96 * np.sqrt(one * (1 - one) / called + other * (1 - other) / held)
        plan = data["plan"].iloc[0]
        half = arm_size(plan["base_share"], plan["wanted_share"], power=0.5)
        return {
            "lift": {"own_share": percent(one)},
            "range": {"normal": percent([one - other - reach, one - other + reach])},
            "added": {"all_loans": lent, "arms_subtracted": lent - anyway},
            "judged": {"point_only": "Y"},
            "arm": {"both_arms": 2 * arm_size(plan["base_share"], plan["wanted_share"]), "no_power": half},
            "must_add": {"inverted": plan["margin_each"] / plan["cost_yuan"]},
        }


class TargetShares(Task):
    """x16: a target shared by potential under what each team can do, and the gap when it cannot be done."""

    code = "x16"
    items = (Item("targets", "wans", 1), Item("gap", "wan", 1))

    def draw(self, seed: int) -> dict:
        """Draw three teams with potential and capacity, a target that can be met, and one that cannot."""
        potential, capacity, target, more = [2_100, 1_260, 840], [1_800, 1_700, 1_200], 4_200, 5_000
        if seed:
            dice = np.random.default_rng(seed)
            potential = [int(each) * 10 for each in dice.integers([180, 100, 60], [260, 150, 100])]
            target = sum(potential)
            capacity = [
                round(potential[0] * dice.uniform(0.75, 0.9), -1),
                *(round(each * dice.uniform(1.35, 1.6), -1) for each in potential[1:]),
            ]
            more = sum(capacity) + int(dice.integers(15, 50)) * 10
        return {
            "teams": pd.DataFrame(
                {
                    "team": ["A", "B", "C"],
                    "potential_yuan": np.array(potential) * 1e4,
                    "capacity_yuan": np.array(capacity) * 1e4,
                }
            ),
            "targets": pd.DataFrame({"total_yuan": [target * 1e4], "wished_yuan": [more * 1e4]}),
        }

    def solve(self, data: dict) -> dict:
        """Give each team's target, and what is lacking for the larger one, in 万元."""
        teams, asked = data["teams"], data["targets"].iloc[0]
        shared = allocate_targets(teams, total_yuan=asked["total_yuan"])
        return {
            "targets": wan(shared["target_yuan"]),
            "gap": wan(max(0.0, asked["wished_yuan"] - teams["capacity_yuan"].sum())),
        }

    def slips(self, data: dict) -> dict:
        """Return plain shares by potential, an equal spread of what is over, and what is over left out."""
        teams, asked = data["teams"], data["targets"].iloc[0]
        fair = asked["total_yuan"] * teams["potential_yuan"] / teams["potential_yuan"].sum()
        equal = allocate_targets(teams, total_yuan=asked["total_yuan"], weighting="equal")["target_yuan"]
        return {
            "targets": {
                "rest_dropped": wan(np.minimum(fair, teams["capacity_yuan"])),
                "capacity_ignored": wan(fair),
                "equal_spread": wan(equal),
            },
            "gap": {"against_target": wan(asked["wished_yuan"] - asked["total_yuan"])},
        }


class ManagerCapacities(Task):
    """x20: what one relationship manager can lend in a month, from hours, visits and two conversion rates."""

    code = "x20"
    items = (Item("loans", "loans", 0.01), Item("amount", "wan", 0.5), Item("team_gap", "wan", 3.0))

    def draw(self, seed: int) -> dict:
        """Draw a manager's month, what became of a hundred visits and as many applications, the ticket, a target."""
        hours, selling, visit, asked, lent, ticket, people, target = 160, 0.45, 1.5, 12, 55, 62, 8, 5_000
        if seed:
            dice = np.random.default_rng(seed)
            hours, selling, visit = (
                int(dice.integers(150, 176)),
                dice.integers(30, 60) / 100,
                float(dice.choice([1, 1.5, 2])),
            )
            asked, lent, ticket = int(dice.integers(8, 18)), int(dice.integers(45, 70)), int(dice.integers(30, 90))
            people = int(dice.integers(5, 11))
            target = round(
                hours * selling / visit * asked * lent / 1e4 * ticket * people * 3 * dice.uniform(1.05, 1.3), -2
            )
        return {
            "month": pd.DataFrame({"hours_month_count": [hours], "selling_share": [selling], "visit_hours": [visit]}),
            "habits": pd.DataFrame(
                {
                    "visits_count": [100],
                    "applied_count": [asked],
                    "decided_count": [100],
                    "lent_count": [lent],
                    "ticket_yuan": [ticket * 1e4],
                }
            ),
            "team": pd.DataFrame({"managers_count": [people], "quarter_months": [3], "target_yuan": [target * 1e4]}),
        }

    def solve(self, data: dict) -> dict:
        """Give loans and yuan a month, and what the team lacks for the quarter's target."""
        habits = Habits(data["month"]["visit_hours"].iloc[0], **data["habits"].iloc[0].to_dict())
        month = monthly_capacity(data["month"].assign(rm_id="R1"), habits=habits).iloc[0]
        team = data["team"].iloc[0]
        able = month["capacity_yuan"] * team["managers_count"] * team["quarter_months"]
        return {
            "loans": month["loans_count"],
            "amount": wan(month["capacity_yuan"]),
            "team_gap": wan(max(0.0, team["target_yuan"] - able)),
        }

    def slips(self, data: dict) -> dict:
        """Return what is found with all hours spent selling, with one rate left out, for one month or one manager."""
        month, habits, team = data["month"], data["habits"], data["team"]
        turned = {
            "all_hours": {**data, "month": month.assign(selling_share=1.0)},
            "all_apply": {**data, "habits": habits.assign(applied_count=100)},
            "all_lent": {**data, "habits": habits.assign(lent_count=100)},
        }
        wrong = {code: self.solve(each) for code, each in turned.items()}
        one = {
            "one_month": {**data, "team": team.assign(quarter_months=1)},
            "one_manager": {**data, "team": team.assign(managers_count=1)},
        }
        return {
            "loans": {code: each["loans"] for code, each in wrong.items()},
            "amount": {code: each["amount"] for code, each in wrong.items()},
            "team_gap": {code: self.solve(each)["team_gap"] for code, each in {**turned, **one}.items()},
        }


#: the exercises of this module
TASKS = (MarketSizes, CampaignLifts, TargetShares, ManagerCapacities)
