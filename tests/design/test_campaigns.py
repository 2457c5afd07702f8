"""Assignment: the hand-made best is found, rooms are kept, lots are drawn the same again.

The register: unknown stays in it, the last reading counts, later plans read only what was held out.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from microlib.design.campaigns import (
    assign_customers,
    assignment_loads,
    effects_register,
    expected_lift,
    hold_out,
    next_tests,
    open_choices,
    payout_rules,
)
from microlib.errors import BadData

LINES = pd.DataFrame({
    "customer_id": ["C1", "C2", "C3", "C4"], "value_band": ["high", "high", "low", "middle"],
    "rm_id": ["R1", "R1", "R2", "R2"], "arm": "treated", "is_not_to_recover": [False, False, False, True],
})  # fmt: skip


def test_the_best_by_hand_is_found() -> None:
    found = assign_customers(LINES, pd.Series({"R1": 1, "R2": 1})).set_index("customer_id")
    assert found.loc[["C1", "C2"], "assigned_rm_id"].notna().all()
    assert pd.isna(found.loc["C3", "assigned_rm_id"])
    assert "C4" not in found.index


def test_nobody_gets_more_than_his_room_and_the_rest_is_counted() -> None:
    rooms = pd.Series({"R1": 2, "R2": 0})
    loads = assignment_loads(assign_customers(LINES, rooms), rooms).set_index("rm_id")
    assert loads["assigned_count"].to_dict() == {"R1": 2, "R2": 0, "unassigned": 1}


def test_those_held_out_are_called_by_nobody_and_drawn_the_same_again() -> None:
    many = pd.concat([LINES] * 20, ignore_index=True).assign(customer_id=[f"C{i}" for i in range(80)])
    drawn = hold_out(many, share=0.2)
    assert drawn["arm"].equals(hold_out(many, share=0.2)["arm"])
    assert (drawn["arm"] == "control").mean() == pytest.approx(0.2)
    called = assign_customers(drawn, pd.Series({"R1": 80}))["customer_id"]
    assert not called.isin(drawn.loc[drawn["arm"] == "control", "customer_id"]).any()


def test_no_room_at_all_is_refused() -> None:
    with pytest.raises(BadData, match="room"):
        assign_customers(LINES, pd.Series({"R1": 0}))


def _register(*rows: tuple) -> pd.DataFrame:
    names = ["campaign_id", "is_causal", "lift_share", "lift_low", "lift_high"]
    return pd.DataFrame(rows, columns=names).assign(
        branch_id="0755", goal="new_loan", read_date=pd.Timestamp("2026-06-30")
    )


def test_what_was_not_held_out_is_kept_and_not_learned_from() -> None:
    readings = pd.DataFrame({"campaign_id": ["M"], "design": "none", "basis": "matched", "reading": "matched_more",
                             "is_causal": False, "lift_share": 0.1, "lift_low": 0.05, "lift_high": 0.15,
                             "lift_share_count": 300.0})  # fmt: skip
    head = pd.DataFrame({"campaign_id": ["M"], "branch_id": "0755", "goal": "new_loan", "product_id": "P01",
                         "venue_id": None, "launch_date": pd.NaT, "closing_date": pd.NaT})  # fmt: skip
    costs = pd.DataFrame({"campaign_id": ["M"], "cost_yuan": 1.0, "cost_per_added_yuan": 9.0})
    register = effects_register(readings, head, costs, as_of="2026-06-30")
    assert register["reading"].item() == "matched_more"
    assert np.isnan(register["cost_per_added_yuan"].item())
    assert expected_lift(register)["campaigns_count"].item() == 0


def test_like_campaigns_narrow_the_range_and_unlike_ones_widen_it() -> None:
    alike = expected_lift(_register(("A", True, 0.06, 0.02, 0.10), ("B", True, 0.06, 0.02, 0.10))).iloc[0]
    apart = expected_lift(_register(("A", True, 0.15, 0.11, 0.19), ("B", True, -0.03, -0.07, 0.01))).iloc[0]
    assert alike["lift_share"] == pytest.approx(0.06)
    assert alike["lift_high"] - alike["lift_low"] < 0.08 < 0.2 < apart["lift_high"] - apart["lift_low"]


def test_a_small_plan_is_told_how_many_branches_make_up_its_number() -> None:
    plan = pd.DataFrame({"campaign_id": ["M"], "plan_state": "process_only", "needed_arm_count": [749],
                         "planned_members_count": [300], "planned_lift_share": [0.03]})  # fmt: skip
    nothing = pd.DataFrame({"campaign_id": [], "reading": []})
    row = next_tests(nothing, plan, pd.DataFrame({"lift_high": [np.nan]})).iloc[0]
    assert (row["step"], row["branches_count"], row["needed_members_count"]) == ("pool_branches", 5, 1498)
    held = pd.DataFrame({"campaign_id": ["M"], "is_held": [True]})
    told = {"expected": pd.DataFrame({"lift_high": [np.nan]}), "held_campaigns": held}
    assert next_tests(nothing, plan, **told)["step"].item() == "hold_campaign"


def test_paying_for_all_who_came_back_costs_more_per_added() -> None:
    rows = pd.DataFrame({"goal": "regain", "arm": ["treated"] * 4, "has_borrowed": [True, True, True, False],
                         "back_date": pd.to_datetime(["2026-01-01", "2026-06-01", "2026-01-01", None]),
                         "is_alive": pd.array([True, True, False, None], dtype="boolean")})  # fmt: skip
    found = payout_rules(rows, pd.DataFrame({"goal": ["regain"], "added_count": [1.5]}), fee_yuan=600.0,
                         alive_days=90, as_of="2026-06-30").set_index("payout")  # fmt: skip
    assert found["paid_count"].to_dict() == {"all_back": 3, "alive_only": 1, "added_only": 1.5}
    assert found.loc["alive_only", "waiting_count"] == 1
    assert found.loc["all_back", "paid_per_added_yuan"] == 1200


def test_the_lot_falls_on_the_same_customers_in_any_order():
    lines = pd.DataFrame(
        {"customer_id": [f"C{n:02}" for n in range(40)], "value_band": ["high", "low", None, "low"] * 10}
    )
    drawn = hold_out(lines, share=0.2).set_index("customer_id")["arm"]
    mixed = hold_out(lines.sample(frac=1, random_state=5).reset_index(drop=True), share=0.2)
    assert mixed.set_index("customer_id")["arm"].sort_index().equals(drawn)
    alike = hold_out(lines.set_index(pd.Index([7] * 40)), share=0.2)
    assert alike["arm"].tolist() == drawn.tolist() and drawn.eq("control").sum() == 8


@pytest.mark.parametrize("spoilt", [{"campaign_id": "M1"}, {"is_held": pd.array([True, None], dtype="boolean")}])
def test_a_campaign_that_stands_twice_or_of_which_nothing_is_known_is_no_open_one(spoilt):
    choices = pd.DataFrame({"segment": ["M1"], "action": ["do"]})
    heads = pd.DataFrame({"campaign_id": ["M1", "M2"], "is_held": [False, False]}).assign(**spoilt)
    with pytest.raises(BadData, match="held_campaigns"):
        open_choices(choices, heads, pd.DataFrame({"campaign_id": ["M1"], "lift_low": [0.01]}))
