"""Assignment: the hand-made best is found, rooms are kept, lots are drawn the same again."""

import pandas as pd
import pytest

from microlib.design.campaigns.assignments import assign_customers, assignment_loads, hold_out
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
