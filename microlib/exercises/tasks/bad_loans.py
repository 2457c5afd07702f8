"""Why loans go bad and who could have seen it: reasons, missed steps, penalties, will or means, hidden groups."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from microlib.exercises.exercise import Item, Task, wan
from microlib.metrics.connections import HOUSE_RULES, connected_groups, link_weights, shared_links

#: letter -> the fact that shows it; from the firmest fact to the weakest
SIGNS = {
    "D": "papers_refuted",
    "G": "cash_while_late",
    "F": "paid_for_other",
    "B": "money_elsewhere",
    "C": "debt_not_told",
    "E": "family_blow",
    "A": "sales_fell",
}
OFTEN = {"A": 0.26, "B": 0.15, "C": 0.33, "D": 0.06, "E": 0.06, "F": 0.08, "G": 0.06}
STEPS = ("A", "B", "C", "D")
#: pattern -> control that stops it, field that shows it
PATTERNS = {
    "use_not_as_told": ("payee_check", "payee_of_payment"),
    "thin_investigation": ("second_look", "visit_record"),
    "fees_passed_on": ("cost_statement", "fee_payer"),
    "split_below_limit": ("group_sum", "link_evidence"),
    "deposit_for_loan": ("deposit_ban", "deposit_at_payout"),
    "late_hidden_by_renewal": ("stressed_flag", "arrears_before_renewal"),
}
BORROWERS, ACCOUNTANT, OFFICE, TODAY = 3_000, 45, 60, date(2026, 6, 30)


class LoanReasons(Task):
    """x01: sixty loans that went bad; the reason of each is coded by the firmest fact in its file."""

    code = "x01"
    items = (Item("codes", "letters", 0.6, judge="kappa"), Item("top_two", "letters", judge="choice"))

    def draw(self, seed: int) -> dict:
        """Draw sixty files: the true reason shows, and weaker facts stand beside it, falling sales above all."""
        dice = np.random.default_rng(101 + seed)
        cuts = dict(zip(OFTEN, dice.permutation(list(OFTEN.values())) if seed else OFTEN.values(), strict=True))
        reasons = dice.choice(list(cuts), 60, p=list(cuts.values()))
        order = list(SIGNS)
        shown = {name: np.zeros(60, dtype=bool) for name in SIGNS.values()}
        for file, reason in enumerate(reasons):
            shown[SIGNS[reason]][file] = True
            for weaker in order[order.index(reason) + 1 :]:
                shown[SIGNS[weaker]][file] |= dice.random() < (0.6 if weaker == "A" else 0.12)
        return {"files": pd.DataFrame({"file": np.arange(1, 61), **shown}), "_reasons": "".join(reasons)}

    def solve(self, data: dict) -> dict:
        """Code each file by the firmest fact in it, then count."""
        files = data["files"]
        firmest = files[list(SIGNS.values())].idxmax(axis=1)
        codes = firmest.map({fact: letter for letter, fact in SIGNS.items()})
        counted = codes.value_counts().sort_index().sort_values(ascending=False, kind="stable")
        return {"codes": "".join(codes), "top_two": "".join(counted.index[:2])}

    def slips(self, data: dict) -> dict:
        """Return the symptom taken for the cause: falling sales wherever they fell."""
        right, fell = self.solve(data), data["files"]["sales_fell"]
        symptom = "".join("A" if down else code for down, code in zip(fell, right["codes"], strict=True))
        counted = pd.Series(list(symptom)).value_counts().sort_index().sort_values(ascending=False, kind="stable")
        return {
            "codes": {"symptom": symptom},
            "top_two": {"swapped": right["top_two"][::-1], "symptom": "".join(counted.index[:2])},
        }


class MissedSteps(Task):
    """x02: which step could have caught each bad loan, what that would have saved, and what it would have refused."""

    code = "x02"
    items = (
        Item("steps", "letters", 0.9, judge="letters"),
        Item("avoided", "wans", 0.1),
        Item("net", "wans", 0.1),
        Item("first", "letter", judge="choice"),
    )

    def draw(self, seed: int) -> dict:
        """Draw bad loans with their loss which step's evidence existed in time, and what each check refuses wrongly."""
        dice = np.random.default_rng(202 + seed)
        seen = dice.random((20, 4)) < np.array([0.25, 0.35, 0.2, 0.4])
        losses = dice.integers(4, 60, 20) * 1e4
        shown = {f"seen_{step.lower()}": seen[:, number] for number, step in enumerate(STEPS)}
        loans = pd.DataFrame({"loan": np.arange(1, 21), "loss_yuan": losses, **shown})
        checks = pd.DataFrame(
            {
                "step": list(STEPS),
                "good_refused_count": dice.integers([8, 30, 3, 0], [30, 80, 12, 4]),
                "good_margin_each": dice.integers(25, 45) * 100.0,
            }
        )
        return {"loans": loans, "checks": checks}

    def solve(self, data: dict) -> dict:
        """Give each loan's earliest step, the losses that each step avoids, and the step to mend first."""
        loans, checks = data["loans"], data["checks"]
        seen = loans[["seen_a", "seen_b", "seen_c", "seen_d"]].set_axis(list("ABCD"), axis=1)
        steps = seen.idxmax(axis=1).where(seen.any(axis=1), "N")
        avoided = seen.mul(loans["loss_yuan"], axis=0).sum()
        cost = (checks["good_refused_count"] * checks["good_margin_each"]).to_numpy()
        net = avoided - cost
        return {"steps": "".join(steps), "avoided": wan(avoided), "net": wan(net), "first": net.idxmax()}

    def slips(self, data: dict) -> dict:
        """Return the latest step, losses counted once only, good loans forgotten, and the step with most loans."""
        loans, right = data["loans"], self.solve(data)
        seen = loans[[f"seen_{step.lower()}" for step in STEPS]].set_axis(list(STEPS), axis=1)
        latest = seen[list(STEPS)[::-1]].idxmax(axis=1).where(seen.any(axis=1), "N")
        once = loans.groupby(list(right["steps"]))["loss_yuan"].sum().reindex(list(STEPS), fill_value=0.0)
        most = STEPS[int(np.argmax(right["avoided"]))]
        return {
            "steps": {"latest": "".join(latest)},
            "avoided": {"earliest_only": wan(once)},
            "net": {"good_forgotten": right["avoided"]},
            "first": {"good_forgotten": most, "most_loans": seen.sum().idxmax()},
        }


class PenaltyPatterns(Task):
    """x03: six patterns that banks were fined for; which control stops each, which field of ours shows it."""

    code = "x03"
    items = (Item("controls", "letters", 5 / 6, judge="letters"), Item("fields", "letters", 5 / 6, judge="letters"))

    def draw(self, seed: int) -> dict:
        """Draw the six patterns, and lists of controls and fields in an order of their own."""
        dice = np.random.default_rng(303 + seed)
        patterns = dice.permutation(list(PATTERNS))
        controls = dice.permutation([control for control, _ in PATTERNS.values()])
        fields = dice.permutation([field for _, field in PATTERNS.values()])
        return {
            "patterns": pd.DataFrame({"number": np.arange(1, 7), "fined_pattern": patterns}),
            "controls": pd.DataFrame({"letter": list("ABCDEF"), "stopping_control": controls}),
            "fields": pd.DataFrame({"letter": list("UVWXYZ"), "showing_field": fields}),
        }

    def solve(self, data: dict) -> dict:
        """Match every pattern with its control and its field."""
        controls = data["controls"].set_index("stopping_control")["letter"]
        fields = data["fields"].set_index("showing_field")["letter"]
        matched = [PATTERNS[pattern] for pattern in data["patterns"]["fined_pattern"]]
        return {
            "controls": "".join(controls[control] for control, _ in matched),
            "fields": "".join(fields[field] for _, field in matched),
        }

    def slips(self, data: dict) -> dict:
        """Return the lists read in their printed order."""
        return {"controls": {"printed_order": "ABCDEF"}, "fields": {"printed_order": "UVWXYZ"}}


class LateOrUnable(Task):
    """x04: twelve customers who paid late; which of them could have paid, and which could not."""

    code = "x04"
    items = (Item("order", "order", 0.8, judge="order"), Item("able", "letters", 0.8, judge="letters"))

    def draw(self, seed: int) -> dict:
        """Draw twelve customers: months late, in how many of those the money was there, days late, what is recorded."""
        dice = np.random.default_rng(404 + seed)
        late = dice.integers(3, 8, 12)
        part = dice.permutation(np.linspace(0.02, 0.98, 12))
        able = np.rint(late * part).astype(int)
        due = dice.integers(8, 60, 12) * 1e3
        lowest = due * (0.25 + 1.5 * part + dice.uniform(-0.03, 0.03, 12))
        return {
            "customers": pd.DataFrame(
                {
                    "customer": list("ABCDEFGHIJKL"),
                    "late_months_count": late,
                    "able_months_count": able,
                    "due_yuan": due,
                    "lowest_balance_yuan": lowest.round(-2),
                    "late_days": dice.integers(3, 45, 12),
                    "inflow_ratio": (0.6 + 0.8 * part + dice.uniform(-0.1, 0.1, 12)).round(2),
                }
            )
        }

    def solve(self, data: dict) -> dict:
        """Rank by how often the money was there in a late month, then by how far it would have covered what was due."""
        rows = data["customers"]
        share = rows["able_months_count"] / rows["late_months_count"]
        cover = rows["lowest_balance_yuan"] / rows["due_yuan"]
        ranked = rows.assign(share=share, cover=cover).sort_values(["share", "cover"], ascending=False)
        return {"order": "".join(ranked["customer"]), "able": "".join(np.where(share >= 0.5, "Y", "N"))}

    def slips(self, data: dict) -> dict:
        """Return the order of days late and of months late: how long somebody is late does not say why."""
        rows = data["customers"]
        days = "".join(rows.sort_values("late_days", ascending=False)["customer"])
        often = "".join(rows.sort_values("late_months_count", ascending=False)["customer"])
        long = "".join(np.where(rows["late_days"] > 30, "Y", "N"))
        return {"order": {"days_late": days, "months_late": often}, "able": {"days_late": long}}


class ConnectedGroups(Task):
    """x13: planted groups among 3,000 borrowers, and hubs (an accountant's phone, a shared office) that link nobody."""

    code = "x13"
    items = (Item("groups", "groups", 0.9, judge="groups"), Item("found", "firms", 0))

    def draw(self, seed: int) -> dict:
        """Draw borrowers with phone and address; some groups share both, and two hubs are held by many."""
        dice = np.random.default_rng(13 + seed)
        ids = np.array([f"C{number:04d}" for number in range(BORROWERS)])
        phone, address = (
            np.array([f"{mark}{number:05d}" for number in dice.permutation(90_000)[:BORROWERS]], dtype=object)
            for mark in "pa"
        )
        mixed, groups = dice.permutation(BORROWERS), []
        place = 0
        for size in dice.integers(2, 5, dice.integers(10, 17)):
            members = mixed[place : place + size]
            phone[members], address[members] = phone[members[0]], address[members[0]]
            groups.append(sorted(ids[members].tolist()))
            place += size
        hub = mixed[place : place + OFFICE]
        phone[hub[:ACCOUNTANT]], address[hub] = "p99999", "a99999"
        neighbours = mixed[place + OFFICE : place + OFFICE + 400].reshape(200, 2)
        address[neighbours[:, 1]] = address[neighbours[:, 0]]
        customers = pd.DataFrame({"customer_id": ids, "phone_hash": phone, "address_hash": address})
        return {"customers": customers, "_groups": groups, "_hub": [sorted(ids[hub[:ACCOUNTANT]].tolist())]}

    def solve(self, data: dict) -> dict:
        """Join who shares things that few hold: weigh links, add up a pair's evidence, join pairs over the mark."""
        none = pd.DataFrame(
            columns=[
                "customer_id_a",
                "customer_id_b",
                "link_type",
                "value_hash",
                "strength_share",
                "source",
                "seen_date",
            ]
        )
        links = link_weights(none, shared_links(data["customers"]), as_of=TODAY)
        links["doubt"] = 1 - links["weight_share"]
        pairs = (1 - links.groupby(["customer_id_a", "customer_id_b"])["doubt"].prod()).rename("weight").reset_index()
        strong = pairs[pairs["weight"] >= HOUSE_RULES.threshold].assign(counts_as_one=True, status="to_check")
        members = connected_groups(strong)
        groups = [each.to_list() for _, each in members.groupby("connected_id")["customer_id"]]
        return {"groups": groups, "found": len(groups)}

    def keys(self, data: dict) -> dict:
        """Return the planted groups."""
        return {"groups": data["_groups"], "found": len(data["_groups"])}

    def slips(self, data: dict) -> dict:
        """Return the hub taken for a group."""
        return {"groups": {"hub": data["_hub"]}, "found": {"hub": len(data["_groups"]) + 1}}


#: the exercises of this module
TASKS = (LoanReasons, MissedSteps, PenaltyPatterns, LateOrUnable, ConnectedGroups)
