"""What each product earns over its floor.

Our shelf beside peers.
Scene cards: trigger, place, product and an ordinary year's volume.
What the shelf asks for.
One term changed at a time.
"""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from microlib.design.decisions import DECISION_COLUMNS, choose_decisions
from microlib.design.judgement import judgement_frame
from microlib.design.lineup import (
    FloorInputs,
    Shelf,
    all_changes,
    asking_rates,
    average_loan_floor,
    best_changes,
    change_decisions,
    cost_matrix,
    free_members,
    of_product,
    one_term_changed,
    product_margins,
    product_results,
    scene_cards,
    shelf_claims,
    shelf_comparison,
)
from microlib.design.terms import read_policy
from microlib.errors import EmptyBook


@pytest.fixture(scope="module")
def pricing(root):
    return read_policy(root, as_of="2026-06-30").pricing


def _tree(**more):
    given = {
        "product_id": ["P1", "P2"],
        "secured": ["credit", "mortgage"],
        "is_online": [True, False],
        "new_count": 1,
        "balance_yuan": [1e6, 3e6],
        "average_yuan": [2e5, 1e6],
        "yearly_rate": [0.06, 0.03],
        "customers_count": 3,
    }
    return pd.DataFrame({**given, **more})


SHRUNK = pd.DataFrame({"product_id": ["P1", "P2"], "shrunk_rate": 0.02, "shrunk_upper": 0.03})


def test_the_floor_of_the_answer_key_comes_out_of_its_parts(pricing):
    """FTP 2.05, opex .95, loss 1.9 x .40, capital 10.5 x 75 x 10 percent: 4.55 percent."""
    plain = pricing.model_copy(
        update={
            "ftp_rate": 0.0205,
            "opex_rate": 0.0,
            "capital_funding_credit": False,
            "income_tax": False,
            "value_added_tax": False,
            "capital_cost_rate": 0.10,
            "lgd": {"credit": 0.40},
            "opex_loan_yuan": {"branch": 950},
        }
    )
    floor = average_loan_floor(FloorInputs("credit", "branch", 1e5), plain, pd_rate=0.019)
    assert floor["floor_taxed_rate"] == pytest.approx(0.0455, abs=5e-5)


def test_parts_add_up_to_the_floor_and_margins_to_rate_less_floor(pricing):
    found = product_margins(_tree(), SHRUNK, policy=pricing)
    parts = found[["ftp_rate", "opex_rate", "loss_rate", "capital_rate"]].sum(axis=1)
    assert (found["yearly_rate"] - parts - found["margin_rate"]).abs().max() < 1e-12
    assert found["margin_finding"].tolist() == ["earns", "loses"]


def test_a_product_without_balance_or_known_security_has_no_margin(pricing):
    assert len(product_margins(_tree(secured=["credit", "gold"]), SHRUNK, policy=pricing)) == 1
    with pytest.raises(EmptyBook, match="no product"):
        product_margins(_tree(yearly_rate=float("nan")), SHRUNK, policy=pricing)


def test_what_was_lost_and_reached_is_counted_from_the_first_day(pricing):
    loans = pd.DataFrame(
        {
            "loan_id": ["a", "b", "c", "d"],
            "customer_id": ["C1", "C2", "C3", "C4"],
            "product_id": ["P1", "P1", "P2", "P2"],
            "status": ["normal", "written_off", "written_off", "transferred"],
            "closed_date": pd.to_datetime([None, None, None, "2026-03-31"]),
            "amount_yuan": 100.0,
            "balance_yuan": [100.0, 0.0, 0.0, 0.0],
            "overdue_days": [0, 200, 200, 150],
            "written_off_date": pd.to_datetime([None, "2026-01-01", "2025-06-30", None]),
            "written_off_yuan": [None, 40.0, 90.0, 0.0],
            "disbursed_date": pd.to_datetime(["2026-02-01", "2024-01-01", "2019-01-01", "2023-01-01"]),
        }
    )
    margins = product_margins(_tree(), SHRUNK, policy=pricing)
    found = product_results(_tree(), margins, loans, as_of=DAY, since="2025-06-30").set_index("product_id")
    assert found["lost_yuan"].to_dict() == {"P2": 100.0, "P1": 40.0} and found.loc["P1", "reached_count"] == 1


DAY = date(2026, 6, 30)
OWN_OFFER_SHELF = pd.DataFrame(
    {
        "product_id": ["P1"],
        "min_term_months": 3,
        "max_term_months": 12,
        "is_revolving": True,
        "max_amount_yuan": 1e6,
        "secured": "credit",
    }
)


def _terms(rate=0.048, way="revolving"):
    return pd.DataFrame({"product_id": ["P1"], "yearly_rate": rate, "repayment": way, "amount_yuan": 1e6})


@pytest.fixture(scope="module")
def matrix(root):
    return shelf_comparison(OWN_OFFER_SHELF, _terms(), home=root, as_of=DAY)


def test_five_months_of_a_line_cost_what_the_answer_key_says(matrix):
    row = matrix[(matrix["usage"] == "five_months") & matrix["is_own"]].iloc[0]
    assert row["cost_yuan"] == pytest.approx(20_000) and row["used_rate"] == pytest.approx(0.048)


def test_the_gap_is_ours_less_the_cheapest_that_can_serve(matrix):
    row = cost_matrix(matrix).set_index("usage").loc["whole_year"]
    peers = matrix[(matrix["usage"] == "whole_year") & ~matrix["is_own"] & matrix["is_available"]]
    assert row["gap_rate"] == pytest.approx(0.048 - peers["used_rate"].min())


def test_synthetic_peers_allow_no_claim(matrix):
    assert not shelf_claims(matrix)["is_allowed"].any()


def test_a_way_of_repaying_that_cannot_be_costed_is_left_out(root):
    with pytest.raises(EmptyBook, match="costed"):
        shelf_comparison(OWN_OFFER_SHELF.assign(is_revolving=False), _terms(way="other"), home=root, as_of=DAY)


def test_a_home_without_peers_says_what_to_write_down(tmp_path):
    (tmp_path / "data" / "peers").mkdir(parents=True)
    (tmp_path / "data" / "peers" / "peers.csv").touch()  # takes the shipped one away
    with pytest.raises(EmptyBook, match="peer"):
        shelf_comparison(OWN_OFFER_SHELF, _terms(), home=tmp_path, as_of=DAY)


MEMBERS = pd.DataFrame({"customer_id": ["C1", "C2", "C3", "C4"], "segment": "m", "is_primary": True})
ASKED = pd.DataFrame(
    {"customer_id": ["C1", "C2"], "submitted_at": pd.Timestamp("2026-01-01"), "granted_yuan": [8e4, 0.0]}
)


def _evidence(evident=True):
    return pd.DataFrame(
        {
            "segment": "m",
            "factor": ["venue_id", "peak_month"],
            "group_type": ["shared_place", "shared_need"],
            "top_value": ["V1", "12"],
            "coverage_share": [0.9, 0.4],
            "lift_ratio": 9.0,
            "p_value": 0.001,
            "is_evident": [evident, False],
            "members_count": 4,
        }
    )


def _card(evident=True):
    labels = pd.DataFrame({"segment": ["m"], "strongest_factor": ["venue_id" if evident else None]})
    cover = pd.DataFrame({"segment": ["m"], "best_product": ["P1"]})
    free = free_members(MEMBERS, pd.DataFrame({"customer_id": ["C4"], "balance_yuan": [1.0]}))
    asking = asking_rates(MEMBERS, ASKED, since="2025-07-01")
    return scene_cards(asking, labels, _evidence(evident), cover, free=free).iloc[0]


def test_a_card_names_trigger_place_month_and_product():
    card = _card()
    assert card[["trigger", "place", "peak_month", "product_id", "next_step"]].tolist() == [
        "shared_place",
        "V1",
        12.0,
        "P1",
        "visit_place",
    ]


def test_the_volume_is_free_members_times_the_bounds_of_the_share_times_the_typical_amount():
    card = _card()
    assert card["free_count"] == 3 and card["lent_share"] == 0.25
    assert card["volume_high_yuan"] == pytest.approx(3 * card["lent_high"] * 8e4)


def test_a_group_without_an_evident_type_asks_for_evidence_first():
    assert _card(evident=False)[["trigger", "next_step"]].tolist() == ["unclear", "gather_evidence"]


def test_a_year_without_applications_has_no_cards():
    with pytest.raises(EmptyBook, match="nobody applied"):
        asking_rates(MEMBERS, ASKED, since="2029-01-01")


@pytest.fixture(scope="module")
def dated(root):
    return {"policy": read_policy(root, as_of=DAY), "as_of": DAY}


def test_a_change_worth_trying_is_one_decision_among_three(dated):
    best = pd.DataFrame({"product_id": ["P1"], "more_lent_yuan": [5e6]})
    states = judgement_frame(pd.DataFrame({"segment": ["P1"], "state": ["keep"], "step": ["keep_selling"]}))
    tried = change_decisions(best, states, **dated)
    empty = change_decisions(best.head(0), states, **dated)
    assert list(tried.columns) == list(DECISION_COLUMNS) and empty.empty
    assert choose_decisions(tried, empty)["step"].tolist() == ["try_one_term"]


def test_nothing_is_tried_on_a_product_that_is_stopped_or_loses_on_its_floor(dated):
    best = pd.DataFrame({"product_id": ["P1", "P2"], "more_lent_yuan": [5e6, 5e6]})
    rows = {"segment": ["P1", "P2"], "state": ["stop", "keep"], "step": ["stop_new_lending", "reprice_product"]}
    assert change_decisions(best, judgement_frame(pd.DataFrame(rows)), **dated).empty


TERMS = {
    "min_amount_yuan": 1e4,
    "max_amount_yuan": 4e5,
    "max_term_months": 12,
    "secured": "credit",
    "yearly_rate": 0.06,
    "repayment": "bullet",
}
WHAT_IF_SHELF = Shelf("P1", TERMS, 0.02, "branch")


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
    found = one_term_changed(_needs(), shelf=WHAT_IF_SHELF, policy=pricing)
    assert found["quantity"].iloc[0] == "today" and (found["quantity"].iloc[1:] != "today").all()
    assert found["covered_count"].iloc[0] == 20


def test_a_larger_cap_covers_more_and_a_dearer_rate_earns_more_on_the_same(pricing):
    found = one_term_changed(_needs(), shelf=WHAT_IF_SHELF, policy=pricing)
    caps = found[found["quantity"] == "max_amount_yuan"].sort_values("value")
    assert caps["covered_count"].is_monotonic_increasing and caps["lent_yuan"].is_monotonic_increasing
    rates = found[found["quantity"] == "yearly_rate"].sort_values("value")
    assert rates["margin_yuan"].is_monotonic_increasing and rates["covered_count"].nunique() == 1


def test_expected_loss_is_rate_times_severity_times_amount(pricing):
    row = one_term_changed(_needs(), shelf=WHAT_IF_SHELF, policy=pricing).iloc[0]
    assert row["loss_yuan"] == pytest.approx(row["lent_yuan"] * 0.02 * pricing.lgd["credit"])


def test_nothing_on_the_frontier_is_beaten_outright(pricing):
    found = one_term_changed(_needs(), shelf=WHAT_IF_SHELF, policy=pricing)
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
    best = best_changes(all_changes(_needs(), shelves=(WHAT_IF_SHELF,), policy=pricing)).iloc[0]
    assert best["quantity"] == "max_amount_yuan" and best["more_count"] > 0 and best["more_margin_yuan"] >= 0


def test_where_everybody_is_covered_no_change_is_proposed(pricing):
    found = all_changes(_needs(5), shelves=(WHAT_IF_SHELF,), policy=pricing)
    assert best_changes(found).empty and len(of_product(found, (WHAT_IF_SHELF,))) == len(found)


def test_without_a_need_nothing_is_tried(pricing):
    with pytest.raises(EmptyBook, match="need"):
        one_term_changed(_needs(0), shelf=WHAT_IF_SHELF, policy=pricing)
