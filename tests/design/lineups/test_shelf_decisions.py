"""What the shelf asks for."""

from datetime import date

import pandas as pd
import pytest

from microlib.design.decisions import COLUMNS, choose_decisions
from microlib.design.lineups import shelf_decisions
from microlib.design.policies import read_policy

DAY = date(2026, 6, 30)


@pytest.fixture(scope="module")
def dated(root):
    return {"policy": read_policy(root, as_of=DAY), "as_of": DAY}


def test_only_products_under_their_floor_are_priced_anew(dated):
    margins = pd.DataFrame(
        {
            "product_id": ["P1", "P2"],
            "margin_finding": ["earns", "loses"],
            "balance_yuan": [1.0, 2.0],
            "margin_yuan": [5.0, -9.0],
        }
    )
    found = shelf_decisions.margin_decisions(margins, **dated)
    assert found[["segment", "step", "waiting_cost_yuan"]].values.tolist() == [["P2", "reprice_product", 9.0]]


def test_quality_inside_the_appetite_asks_for_nothing(dated):
    rates = pd.DataFrame(
        {
            "product_id": ["P1", "P2", "P3"],
            "share": [0.01, 0.2, 0.04],
            "share_low": [0.0, 0.1, 0.01],
            "share_high": [0.02, 0.3, 0.2],
            "base_yuan": 1e6,
        }
    )
    found = shelf_decisions.quality_decisions(rates, **dated)
    assert found[["segment", "action"]].values.tolist() == [["P2", "stop"], ["P3", "wait"]]


def test_a_change_worth_trying_is_one_decision_among_three(dated):
    best = pd.DataFrame({"product_id": ["P1"], "more_lent_yuan": [5e6]})
    tried = shelf_decisions.change_decisions(best, **dated)
    empty = shelf_decisions.change_decisions(best.head(0), **dated)
    assert list(tried.columns) == list(COLUMNS) and empty.empty
    assert choose_decisions(tried, empty)["step"].tolist() == ["try_one_term"]
