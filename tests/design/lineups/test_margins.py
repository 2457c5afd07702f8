"""What each product earns over its floor."""

import pandas as pd
import pytest

from microlib.design.lineups.margins import Leaf, leaf_floor, product_margins, product_results
from microlib.design.policies import read_policy
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
    floor = leaf_floor(Leaf("credit", "branch", 1e5), plain, pd_rate=0.019)
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
            "loan_id": ["a", "b", "c"],
            "customer_id": ["C1", "C2", "C3"],
            "product_id": ["P1", "P1", "P2"],
            "status": ["normal", "written_off", "written_off"],
            "closed_date": pd.NaT,
            "amount_yuan": 100.0,
            "written_off_date": pd.to_datetime([None, "2026-01-01", "2020-01-01"]),
            "written_off_yuan": [None, 40.0, 90.0],
            "disbursed_date": pd.to_datetime(["2026-02-01", "2024-01-01", "2019-01-01"]),
        }
    )
    margins = product_margins(_tree(), SHRUNK, policy=pricing)
    found = product_results(_tree(), margins, loans, since="2025-07-01").set_index("product_id")
    assert found["lost_yuan"].to_dict() == {"P2": 0.0, "P1": 40.0} and found.loc["P1", "reached_count"] == 1
