"""Our shelf beside peers."""

from datetime import date

import pandas as pd
import pytest

from microlib.design.lineups.own_offers import cost_matrix, shelf_claims, shelf_comparison
from microlib.errors import EmptyBook

DAY = date(2026, 6, 30)
SHELF = pd.DataFrame(
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
    return shelf_comparison(SHELF, _terms(), home=root, as_of=DAY)


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
        shelf_comparison(SHELF.assign(is_revolving=False), _terms(way="other"), home=root, as_of=DAY)


def test_a_home_without_peers_says_what_to_write_down(tmp_path):
    (tmp_path / "data" / "peers").mkdir(parents=True)
    with pytest.raises(EmptyBook, match="peer"):
        shelf_comparison(SHELF, _terms(), home=tmp_path, as_of=DAY)
