"""One term changed at a time."""

import pandas as pd
import pytest

from microlib.design.lineups.what_ifs import Shelf, all_changes, best_changes, of_product, one_term_changed
from microlib.design.policies import read_policy
from microlib.errors import EmptyBook

TERMS = {
    "min_amount_yuan": 1e4,
    "max_amount_yuan": 4e5,
    "max_term_months": 12,
    "secured": "credit",
    "yearly_rate": 0.06,
    "repayment": "bullet",
}
SHELF = Shelf("P1", TERMS, 0.02, "branch")


@pytest.fixture(scope="module")
def pricing(root):
    return read_policy(root, as_of="2026-06-30").pricing


def _needs(count=40):
    return pd.DataFrame(
        {
            "customer_id": [f"C{i}" for i in range(count)],
            "segment": "m",
            "has_security": False,
            "need_yuan": [2e4 * (i + 1) for i in range(count)],
            "need_months_count": 5,
        }
    )


def test_today_stands_first_and_every_row_changes_one_term(pricing):
    found = one_term_changed(_needs(), shelf=SHELF, policy=pricing)
    assert found["quantity"].iloc[0] == "today" and (found["quantity"].iloc[1:] != "today").all()
    assert found["covered_count"].iloc[0] == 20


def test_a_larger_cap_covers_more_and_a_dearer_rate_earns_more_on_the_same(pricing):
    found = one_term_changed(_needs(), shelf=SHELF, policy=pricing)
    caps = found[found["quantity"] == "max_amount_yuan"].sort_values("value")
    assert caps["covered_count"].is_monotonic_increasing and caps["lent_yuan"].is_monotonic_increasing
    rates = found[found["quantity"] == "yearly_rate"].sort_values("value")
    assert rates["margin_yuan"].is_monotonic_increasing and rates["covered_count"].nunique() == 1


def test_expected_loss_is_rate_times_severity_times_amount(pricing):
    row = one_term_changed(_needs(), shelf=SHELF, policy=pricing).iloc[0]
    assert row["loss_yuan"] == pytest.approx(row["lent_yuan"] * 0.02 * pricing.lgd["credit"])


def test_nothing_on_the_frontier_is_beaten_outright(pricing):
    found = one_term_changed(_needs(), shelf=SHELF, policy=pricing)
    front = found[found["is_frontier"]]
    for row in found.itertuples():
        beaten = front[
            (row.covered_count >= front["covered_count"])
            & (row.margin_yuan >= front["margin_yuan"])
            & (row.loss_yuan <= front["loss_yuan"])
            & (row.yearly_rate <= front["yearly_rate"])
        ]
        same = (
            beaten[["covered_count", "margin_yuan", "loss_yuan", "yearly_rate"]]
            == [row.covered_count, row.margin_yuan, row.loss_yuan, row.yearly_rate]
        ).all(axis=1)
        assert same.all()


def test_the_best_change_reaches_more_at_no_lower_margin(pricing):
    best = best_changes(all_changes(_needs(), shelves=(SHELF,), policy=pricing)).iloc[0]
    assert best["quantity"] == "max_amount_yuan" and best["more_count"] > 0 and best["more_margin_yuan"] >= 0


def test_where_everybody_is_covered_no_change_is_proposed(pricing):
    found = all_changes(_needs(5), shelves=(SHELF,), policy=pricing)
    assert best_changes(found).empty and len(of_product(found, (SHELF,))) == len(found)


def test_without_a_need_nothing_is_tried(pricing):
    with pytest.raises(EmptyBook, match="need"):
        one_term_changed(_needs(0), shelf=SHELF, policy=pricing)
