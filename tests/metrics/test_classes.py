from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microlib.errors import BadConfig, EmptyBook
from microlib.metrics.classes import NAMES, class_floors

CUTS = {"special_mention": 0, "substandard": 90, "doubtful": 270, "loss": 360}


@pytest.mark.parametrize(
    ("days", "floor"),
    [
        (0, "normal"),
        (1, "special_mention"),
        (90, "special_mention"),
        (91, "substandard"),
        (270, "substandard"),
        (271, "doubtful"),
        (360, "doubtful"),
        (361, "loss"),
    ],
)
def test_cuts_are_strict(ledger, days, floor):
    """Reference E2: 90 days is special mention, 91 substandard."""
    assert class_floors(ledger(1, overdue_days=days), cuts=CUTS).floor_class.item() == floor


def test_a_loan_booked_milder_than_its_floor_is_named(ledger):
    loans = ledger(3, overdue_days=120, class5=["special_mention", "substandard", None])
    assert class_floors(loans, cuts=CUTS).is_too_mild.to_list() == [True, False, False]


def test_refinancing_is_special_mention_but_a_renewal_without_principal_is_not(ledger):
    loans = ledger(2, issue_type=["refinance", "renewal_without_principal"])
    found = class_floors(loans, cuts=CUTS, refinanced="special_mention")
    assert found.floor_class.to_list() == ["special_mention", "normal"]


def test_more_than_a_tenth_bad_drags_the_debtor_down(ledger):
    loans = ledger(
        4, customer_id=["A", "A", "B", "B"], overdue_days=[100, 0, 100, 0], balance_yuan=[11.0, 89.0, 10.0, 90.0]
    )
    found = class_floors(loans, cuts=CUTS, contagion_share=0.10)
    assert found.floor_class.to_list() == ["substandard", "substandard", "substandard", "normal"]


@given(st.integers(0, 1000), st.integers(0, 100))
def test_more_days_never_give_a_milder_floor(days, more):
    import pandas as pd

    loans = pd.DataFrame({"loan_id": ["1", "2"], "customer_id": ["1", "2"], "status": "overdue", "balance_yuan": 1.0})
    floors = class_floors(loans.assign(overdue_days=[days, days + more]), cuts=CUTS).floor_class.map(NAMES.index)
    assert floors[0] <= floors[1]


def test_cuts_that_cannot_be_followed_are_refused(ledger):
    with pytest.raises(BadConfig, match="no class is called bad"):
        class_floors(ledger(1), cuts={"bad": 90})
    with pytest.raises(BadConfig, match="do not rise"):
        class_floors(ledger(1), cuts={"substandard": 90, "loss": 30})
    with pytest.raises(BadConfig, match="no class is called nothing"):
        class_floors(ledger(1), cuts={})


def test_no_live_loan_is_refused_and_input_left_alone(ledger, unchanged):
    loans = ledger(2)
    with unchanged(loans):
        class_floors(loans, cuts=CUTS)
    with pytest.raises(EmptyBook, match="no loan has a balance"):
        class_floors(ledger(1, balance_yuan=0.0), cuts=CUTS)
