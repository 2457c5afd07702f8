"""The inclusive-finance scorecard under a written definition."""

import pandas as pd
import pytest

from microlib.errors import EmptyBook
from microlib.metrics.diagnosis.scorecards import Definition, inclusive_loans, inclusive_scorecard

PLAIN = Definition(1000.0, ("company", "sole_trader"), ("micro", "small"))


def _customers(kind="sole_trader", size=None):
    return pd.DataFrame({"customer_id": [f"C{i:04d}" for i in range(4)], "kind": kind, "size": size})


def _facilities(amounts):
    return pd.DataFrame({"customer_id": [f"C{i:04d}" for i in range(len(amounts))], "approved_yuan": amounts,
                         "status": "active"})  # fmt: skip


def test_the_granted_total_decides_not_the_loan(ledger):
    counted = inclusive_loans(ledger(2), _customers(), _facilities([1000.0, 1001.0]), definition=PLAIN)
    assert counted["is_counted"].tolist() == [True, False]


def test_a_company_of_unknown_size_is_not_counted_and_told(ledger):
    counted = inclusive_loans(ledger(1), _customers("company"), definition=PLAIN)
    assert counted[["is_counted", "judged_by"]].values.tolist() == [[False, "unknown"]]


def test_a_medium_company_is_out_and_a_small_one_in(ledger):
    sizes = ["small", "medium", "micro", "large"]
    counted = inclusive_loans(ledger(4), _customers("company", sizes), definition=PLAIN)
    assert counted["is_counted"].tolist() == [True, False, True, False]


def test_the_six_figures_of_a_small_book(ledger):
    loans = ledger(4, guarantee=["credit", "credit", "mortgage", None], balance_yuan=[10.0, 30.0, 40.0, 20.0],
                   yearly_rate=[0.04, 0.04, 0.06, 0.04],
                   disbursed_date=["2020-01-01", "2026-01-01", "2026-02-01", "2020-01-01"],
                   issue_type=["new", "new", "refinance", "new"])  # fmt: skip
    found = inclusive_scorecard(inclusive_loans(loans, _customers(), definition=PLAIN), loans, as_of="2026-06-30").iloc[
        0
    ]
    assert found[["balance_yuan", "borrowers_count", "first_count"]].tolist() == [100.0, 4, 2]
    assert found[["unsecured_share", "renewed_share", "unsecured_balance_share"]].tolist() == [0.5, 0.5, 0.4]
    assert found["yearly_rate"] == pytest.approx(0.048)


def test_a_book_outside_the_definition_has_no_scorecard(ledger):
    counted = inclusive_loans(ledger(1), _customers("person"), definition=PLAIN)
    with pytest.raises(EmptyBook, match="definition"):
        inclusive_scorecard(counted, ledger(1), as_of="2026-06-30")
