"""x03: six patterns that banks were fined for; which control stops each, and which field of our own would show it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.exercises.exercise import Item

CODE = "x03"
ITEMS = (Item("controls", "letters", 5 / 6, judge="letters"), Item("fields", "letters", 5 / 6, judge="letters"))
#: pattern -> control that stops it, field that shows it
PATTERNS = {
    "use_not_as_told": ("payee_check", "payee_of_payment"),
    "thin_investigation": ("second_look", "visit_record"),
    "fees_passed_on": ("cost_statement", "fee_payer"),
    "split_below_limit": ("group_sum", "link_evidence"),
    "deposit_for_loan": ("deposit_ban", "deposit_at_payout"),
    "late_hidden_by_renewal": ("stressed_flag", "arrears_before_renewal"),
}


def draw(seed: int) -> dict:
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


def solve(data: dict) -> dict:
    """Match every pattern with its control and its field."""
    controls = data["controls"].set_index("stopping_control")["letter"]
    fields = data["fields"].set_index("showing_field")["letter"]
    matched = [PATTERNS[pattern] for pattern in data["patterns"]["fined_pattern"]]
    return {
        "controls": "".join(controls[control] for control, _ in matched),
        "fields": "".join(fields[field] for _, field in matched),
    }


def slips(data: dict) -> dict:
    """Return the lists read in their printed order."""
    return {"controls": {"printed_order": "ABCDEF"}, "fields": {"printed_order": "UVWXYZ"}}
