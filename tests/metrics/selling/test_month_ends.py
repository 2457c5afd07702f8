"""The last days of the month, beside everybody's."""

import pandas as pd

from microlib.metrics.selling.month_ends import month_end_crowding


def loans(**late):
    rows = [(rm, "2026-05-30" if place < count else "2026-05-12") for rm, count in late.items() for place in range(40)]
    return pd.DataFrame(rows, columns=["rm_id", "disbursed_date"]).astype({"disbursed_date": "datetime64[s]"})


def test_who_lends_in_the_last_days_stands_above():
    found = month_end_crowding(loans(R1=30, R2=6, R3=5, R4=7)).set_index("rm_id")
    assert found.loc["R1", "standing"] == "above"
    assert found.loc["R2":, "rate"].max() < 0.2


def test_a_rhythm_that_all_share_names_nobody():
    found = month_end_crowding(loans(R1=25, R2=25, R3=26))
    assert set(found["standing"]) == {"as_the_rest"}


def test_loans_without_a_manager_are_left_out():
    frame = loans(R1=5, R2=5)
    assert len(month_end_crowding(frame.assign(rm_id=frame["rm_id"].mask(frame["rm_id"] == "R2")))) == 1
