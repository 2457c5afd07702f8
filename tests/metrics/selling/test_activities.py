"""What a manager did, and which factor sets his result apart."""

import pandas as pd
import pytest

from microlib.errors import EmptyBook
from microlib.metrics.selling.activities import activity_contributions, manager_activities


def months(**changed):
    base = {"month": ["2026-05", "2026-06"], "calls_count": 30, "visits_count": 20, "applications_count": 10,
            "loans_count": 5, "amount_yuan": 5e5, "pay_yuan": 2000.0}  # fmt: skip
    one, two = (pd.DataFrame({"rm_id": name, **base}) for name in ("R1", "R2"))
    return pd.concat([one, two.assign(**changed)], ignore_index=True)


def test_months_are_summed_and_counted():
    found = manager_activities(months(), since="2026-05", until="2026-06").iloc[0]
    assert (found["months_count"], found["contacts_count"], found["loans_count"]) == (2, 100, 10)


def test_two_alike_have_nothing_to_explain():
    found = activity_contributions(manager_activities(months(), since="2026-05", until="2026-06"))
    assert found["contribution"].abs().max() == pytest.approx(0)


def test_smaller_loans_are_named_as_ticket():
    sums = manager_activities(months(amount_yuan=2.5e5), since="2026-05", until="2026-06")
    found = activity_contributions(sums)
    second = found[found["rm_id"] == "R2"].set_index("factor")["contribution"]
    assert second.idxmin() == "ticket"
    assert second.sum() == pytest.approx(second["ticket"])


def test_contributions_sum_to_the_distance_from_the_rest():
    sums = manager_activities(months(visits_count=5, amount_yuan=3e5), since="2026-05", until="2026-06")
    found = activity_contributions(sums).groupby("rm_id")["contribution"].sum()
    mean = sums["amount_yuan"].sum() / sums["months_count"].sum()
    assert found["R1"] == pytest.approx(5e5 - mean)


def test_a_manager_without_a_loan_is_left_out():
    sums = manager_activities(months(loans_count=0, amount_yuan=0.0), since="2026-05", until="2026-06")
    assert set(activity_contributions(sums)["rm_id"]) == {"R1"}


def test_no_month_is_refused():
    with pytest.raises(EmptyBook, match="no month of a manager"):
        manager_activities(months(), since="2025-01", until="2025-02")
