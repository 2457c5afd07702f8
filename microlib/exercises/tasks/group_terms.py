"""Lines and terms for a firm or a group: need, caps, two designs, teams that choose and are compared."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from microlib.design.business_evidence import supplier_limits
from microlib.exercises.desk import TeamTerms, draw_members, judge_terms
from microlib.exercises.exercise import Item, Task, percent, wan
from microlib.metrics.capacity import working_capital_need

BANDS = {"covered": (65.0, 100.0), "worst_source": (0.0, 40.0), "margin": (0.0, 1.0), "cost": (0.0, 6.0)}


class TwoDesigns(Task):
    """x05: a fast and a controlled design for one group: loss, profit, good borrowers refused, evidence."""

    code = "x05"
    items = (
        Item("loss", "wans", 0.1),
        Item("profit", "wans", 0.2),
        Item("refused_margin", "wans", 0.2),
        Item("flagged", "letter", judge="choice"),
        Item("loss_bearable", "letter", judge="choice"),
    )

    def draw(self, seed: int) -> dict:
        """Draw both designs for one group, and the most that the group may lose a year."""
        dice = np.random.default_rng(505 + seed)
        lent, refused = dice.integers(150, 220), dice.integers(20, 45)
        pd_fast, pd_slow = dice.integers(45, 70) / 1e3, dice.integers(14, 26) / 1e3
        amount = dice.integers(25, 60) * 1e4
        designs = pd.DataFrame(
            {
                "design": ["A", "B"],
                "loans_count": [lent, lent - refused],
                "amount_yuan": [amount, amount],
                "pd_rate": [pd_fast, pd_slow],
                "lgd_share": [0.55, 0.45],
                "margin_rate": [0.031, 0.031],
                "cost_each": [dice.integers(8, 14) * 100.0, dice.integers(22, 34) * 100.0],
                "good_refused_count": [0, int(refused * 0.8)],
                "check_days": [2, 9],
                "evidence_days": [7, 7],
            }
        )
        lost = designs["loans_count"] * designs["amount_yuan"] * designs["pd_rate"] * designs["lgd_share"]
        return {"designs": designs, "appetite": pd.DataFrame({"most_loss_yuan": [float(round(lost.mean(), -4))]})}

    def solve(self, data: dict) -> dict:
        """Give loss, profit and refused margin of both, which decides before its evidence, and the bearable one."""
        rows = data["designs"]
        volume = rows["loans_count"] * rows["amount_yuan"]
        loss = volume * rows["pd_rate"] * rows["lgd_share"]
        profit = volume * rows["margin_rate"] - rows["loans_count"] * rows["cost_each"] - loss
        refused = rows["good_refused_count"] * rows["amount_yuan"] * rows["margin_rate"]
        early = rows.loc[rows["check_days"] < rows["evidence_days"], "design"]
        borne = rows.loc[loss <= data["appetite"]["most_loss_yuan"].iloc[0], "design"]
        return {
            "loss": wan(loss),
            "profit": wan(profit),
            "refused_margin": wan(refused),
            "flagged": early.iloc[0],
            "loss_bearable": borne.iloc[0],
        }

    def slips(self, data: dict) -> dict:
        """Return losses at full default, profit before loss, all refused counted as good, speed taken for quality."""
        rows = data["designs"]
        volume = rows["loans_count"] * rows["amount_yuan"]
        before = volume * rows["margin_rate"] - rows["loans_count"] * rows["cost_each"]
        fewer = rows["loans_count"].max() - rows["loans_count"]
        return {
            "loss": {"whole_pd": wan(volume * rows["pd_rate"])},
            "profit": {
                "before_loss": wan(before),
                "before_cost": wan(
                    before + rows["loans_count"] * rows["cost_each"] - volume * rows["pd_rate"] * rows["lgd_share"]
                ),
            },
            "refused_margin": {"all_refused": wan(fewer * rows["amount_yuan"] * rows["margin_rate"])},
            "flagged": {"slow_flagged": "B"},
            "loss_bearable": {"more_volume": "A"},
        }


class CapitalNeeds(Task):
    """x09: working capital and the new loan it leaves room for, by the supervisors' formula."""

    code = "x09"
    items = (Item("capital", "wan", 0.05), Item("loan", "wan", 0.05))

    def draw(self, seed: int) -> dict:
        """Draw one firm: sales, margin, growth, days of its cash cycle, and who funds it already."""
        sales, margin, growth, days, funded = 1_200, 0.12, 0.10, (46, 75, 29), (90, 60, 20)
        if seed:
            dice = np.random.default_rng(seed)
            sales, margin, growth = (
                int(dice.integers(60, 240)) * 10,
                dice.integers(8, 20) / 100,
                dice.integers(0, 20) / 100,
            )
            days = tuple(int(each) for each in dice.integers([35, 55, 20], [60, 90, 35]))
            funded = tuple(int(each) * 10 for each in dice.integers([3, 2, 0], [10, 8, 4]))
        return {
            "firm": pd.DataFrame(
                {
                    "sales_yuan": [sales * 1e4],
                    "margin_share": [margin],
                    "growth_share": [growth],
                    "inventory_days": [days[0]],
                    "receivable_days": [days[1]],
                    "payable_days": [days[2]],
                    "own_yuan": [funded[0] * 1e4],
                    "loans_yuan": [funded[1] * 1e4],
                    "other_yuan": [funded[2] * 1e4],
                }
            )
        }

    def solve(self, data: dict) -> dict:
        """Give working capital and the new loan, both in 万元."""
        need = working_capital_need(data["firm"])
        return {"capital": wan(need["working_capital_yuan"].iloc[0]), "loan": wan(need["need_yuan"].iloc[0])}

    def slips(self, data: dict) -> dict:
        """Return what is found without growth, without the margin, with payables added, or with turns rounded."""
        firm, right = data["firm"], self.solve(data)
        funded = wan(firm[["own_yuan", "loans_yuan", "other_yuan"]].sum(axis=1).iloc[0])
        turned = {
            "no_growth": firm.assign(growth_share=0.0),
            "no_margin": firm.assign(margin_share=0.0),
            "payables_added": firm.assign(payable_days=-firm["payable_days"]),
            "payables_left_out": firm.assign(payable_days=0),
        }
        wrong = {code: self.solve({"firm": each})["capital"] for code, each in turned.items()}
        loans = {code: capital - funded for code, capital in wrong.items()}
        return {"capital": wrong, "loan": {**loans, "funds_not_taken_off": right["capital"]}}


class OwnTerms(Task):
    """x11: terms for a group, chosen by the learner and tried on its members; bands instead of one right answer."""

    code = "x11"
    #: what the learner chooses and tells
    asked = (
        Item("cap", "wan"),
        Item("rate", "percent"),
        Item("months", "months"),
        Item("source_share", "percent"),
        Item("unserved", "firms"),
    )
    #: what is judged
    items = (
        Item("covered", "percent", 5, judge="band"),
        Item("worst_source", "percent", 3, judge="band"),
        Item("margin", "points", 0.3, judge="band"),
        Item("cost", "percent", 0.5, judge="band"),
        Item("unserved", "firms", 0),
    )

    def draw(self, seed: int) -> dict:
        """Draw the group and write the bands that a committee asks for."""
        members = draw_members(seed)
        told = pd.DataFrame({"members_count": [len(members)], "need_yuan": [members["need_yuan"].sum()]})
        rows = [(name, low, high) for name, (low, high) in BANDS.items()]
        bands = pd.DataFrame(rows, columns=["wish", "band_low", "band_high"])
        sources = members.groupby("source", as_index=False)["need_yuan"].sum()
        return {"group": told, "sources": sources, "bands": bands, "members": members}

    def solve(self, data: dict) -> dict:
        """Choose terms that stay inside every band: a cap above most needs, the longest tenor, a rate over floor."""
        members = data["members"]
        terms = TeamTerms(members["need_yuan"].quantile(0.97), 0.053, 36, 0.39)
        found = judge_terms(members, terms)
        return {
            "cap": terms.cap_yuan / 10_000,
            "rate": percent(terms.yearly_rate),
            "months": terms.term_months,
            "source_share": percent(terms.source_share),
            "unserved": found["unserved_count"],
        }

    def measured(self, data: dict, answer: dict[str, Any]) -> dict[str, Any]:
        """Try the learner's terms on the members."""
        if any(answer.get(name) in (None, ...) for name in ("cap", "rate", "months", "source_share")):
            return {}
        share = float(answer["source_share"]) / 100
        terms = TeamTerms(float(answer["cap"]) * 10_000, float(answer["rate"]) / 100, int(answer["months"]), share)
        found = judge_terms(data["members"], terms)
        told = {
            "covered": percent(found["covered_share"]),
            "worst_source": percent(found["worst_source_share"]),
            "margin": percent(found["margin_rate"]),
            "cost": percent(found["cost_rate"]),
        }
        off = (
            abs(float(answer["unserved"]) - found["unserved_count"]) if answer.get("unserved", ...) is not ... else ...
        )
        return {**told, "unserved": off}

    def keys(self, data: dict) -> dict:
        """Return the bands; the number not served must be told exactly, so its distance is nothing."""
        return {**{row.wish: (row.band_low, row.band_high) for row in data["bands"].itertuples()}, "unserved": 0}

    def slips(self, data: dict) -> dict:
        """Return nothing: a band names the side on which it is missed."""
        return {}


class TeamComparisons(Task):
    """x12: two teams' terms for one group, side by side in five things, without a single winner."""

    code = "x12"
    items = (
        Item("covered", "percents", 0.2),
        Item("stressed_loss", "percents", 0.05),
        Item("unserved", "firms_list", 0),
        Item("better", "letters", 0.8, judge="letters"),
        Item("winner", "letter", judge="choice"),
    )

    def draw(self, seed: int) -> dict:
        """Draw a group and two teams: one serves more at a price, one is careful and cheap."""
        dice = np.random.default_rng(1_200 + seed)
        teams = pd.DataFrame(
            {
                "team": ["A", "B"],
                "cap_yuan": dice.integers([50, 20], [80, 35]) * 1e4,
                "yearly_rate": dice.integers([55, 45], [62, 50]) / 1e3,
                "term_months": [36, 24],
                "source_share": [0.5, 0.35],
            }
        )
        return {"teams": teams, "members": draw_members(12 + seed)}

    def solve(self, data: dict) -> dict:
        """Try both teams' terms on the members and say who is better in each of the five things."""
        tried = [
            judge_terms(data["members"], TeamTerms(*row))
            for row in data["teams"].drop(columns="team").itertuples(index=False)
        ]
        found = pd.DataFrame(tried)
        signs = {
            "covered_share": 1,
            "worst_source_share": -1,
            "stressed_loss_share": -1,
            "cost_rate": -1,
            "unserved_count": -1,
        }
        gaps = [sign * (found[name].iloc[0] - found[name].iloc[1]) for name, sign in signs.items()]
        better = "".join("E" if abs(gap) < 1e-9 else "A" if gap > 0 else "B" for gap in gaps)
        return {
            "covered": percent(found["covered_share"]),
            "stressed_loss": percent(found["stressed_loss_share"]),
            "unserved": found["unserved_count"].to_list(),
            "better": better,
            "winner": "N" if {"A", "B"} <= set(better) else better.replace("E", "")[:1],
        }

    def slips(self, data: dict) -> dict:
        """Return the loss without stress, and the team with more volume called the winner."""
        right = self.solve(data)
        swapped = right["better"].translate(str.maketrans("AB", "BA"))
        more = "A" if right["covered"][0] > right["covered"][1] else "B"
        return {
            "stressed_loss": {"not_stressed": [each / 2 for each in right["stressed_loss"]]},
            "covered": {"as_unserved": [100 - each for each in right["covered"]]},
            "better": {"sides_swapped": swapped},
            "winner": {"more_volume": more},
        }


class SupplierCaps(Task):
    """x19: four suppliers of one core enterprise under a cap for each and a cap for all."""

    code = "x19"
    items = (Item("limits", "wans", 0.1),)

    def draw(self, seed: int) -> dict:
        """Draw confirmed payables with their dilution, the advance rate, and both caps."""
        owed, dilution, advance, single, core = [420, 260, 900, 150], [0.03, 0.05, 0.02, 0.10], 0.70, 300, 800
        if seed:
            dice = np.random.default_rng(seed)
            owed = [int(each) * 10 for each in dice.integers([30, 18, 75, 10], [55, 34, 120, 22])]
            dilution, advance = (dice.integers(2, 12, 4) / 100).tolist(), float(dice.choice([0.6, 0.65, 0.7, 0.75]))
            single = int(dice.integers(24, 32)) * 10
            lent = sum(min(o * (1 - d) * advance, single) for o, d in zip(owed, dilution, strict=True))
            core = round(lent * dice.uniform(0.85, 0.95), -1)
        return {
            "suppliers": pd.DataFrame(
                {"supplier": list("ABCD"), "payable_yuan": np.array(owed) * 1e4, "dilution_share": dilution}
            ),
            "rules": pd.DataFrame(
                {"advance_share": [advance], "single_cap_yuan": [single * 1e4], "core_cap_yuan": [core * 1e4]}
            ),
        }

    def solve(self, data: dict) -> dict:
        """Give each supplier's limit in 万元."""
        rules = data["rules"].iloc[0].to_dict()
        return {"limits": wan(supplier_limits(data["suppliers"], **rules)["limit_yuan"])}

    def slips(self, data: dict) -> dict:
        """Return limits without the core's cap, without the single cap, without dilution, and shared out equally."""
        suppliers, rules = data["suppliers"], data["rules"].iloc[0].to_dict()
        plain = suppliers.assign(dilution_share=0.0)
        each = supplier_limits(suppliers, **rules)
        return {
            "limits": {
                "no_core_cap": wan(each["single_yuan"]),
                "no_single_cap": wan(supplier_limits(suppliers, **{**rules, "single_cap_yuan": 1e12})["limit_yuan"]),
                "no_dilution": wan(supplier_limits(plain, **rules)["limit_yuan"]),
                "equal_parts": [wan(rules["core_cap_yuan"] / len(suppliers))] * len(suppliers),
            }
        }


#: the exercises of this module
TASKS = (TwoDesigns, CapitalNeeds, OwnTerms, TeamComparisons, SupplierCaps)
