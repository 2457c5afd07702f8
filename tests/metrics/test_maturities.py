from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.errors import BadData, MissingTable
from microlib.metrics.maturities import crossing_loans, maturing, warnings

AS_OF = "2026-06-30"


def test_horizons_contain_each_other_and_split_by_source(ledger):
    loans = ledger(
        5,
        maturity_date=["2026-06-30", "2026-07-01", "2026-07-30", "2026-08-29", "2026-09-29"],
        repayment_source_confirmed=[None, True, False, None, True],
    )
    found = maturing(loans, as_of=AS_OF).set_index("horizon_days")
    assert found.loans_count.to_list() == [2, 3, 3]
    assert found.unconfirmed_yuan.to_list() == [100.0, 100.0, 100.0]
    assert found.unknown_customers_count.to_list() == [0, 1, 1]


def test_a_ledger_without_the_source_column_calls_all_of_it_unknown(ledger):
    loans = ledger(1, maturity_date="2026-07-05").drop(columns="repayment_source_confirmed")
    assert maturing(loans, as_of=AS_OF).unknown_yuan.to_list() == [100.0] * 3


def test_closed_loans_fall_due_no_more(ledger):
    loans = ledger(2, maturity_date="2026-07-05", status=["settled", "normal"], balance_yuan=[100.0, 0.0])
    assert maturing(loans, as_of=AS_OF).loans_count.to_list() == [0, 0, 0]


def test_the_day_of_crossing_is_the_first_bad_day(ledger):
    """90 days is special mention and 91 bad: at 60 days on 30 June the loan is bad on 31 July."""
    loans = ledger(4, overdue_days=[59, 60, 90, 91], class5="special_mention")
    found = crossing_loans(loans, as_of=AS_OF)
    assert found.loan_id.to_list() == ["L0002", "L0001"]
    assert found.crossing_date.astype(str).to_list() == ["2026-07-01", "2026-07-31"]
    assert found.days_left.to_list() == [1, 31]


def test_inside_a_month_its_own_end_counts(ledger):
    loans = ledger(2, overdue_days=[75, 76], class5="special_mention")
    assert crossing_loans(loans, as_of="2026-06-15").loan_id.to_list() == ["L0001"]


def test_loans_already_bad_do_not_cross(ledger):
    assert crossing_loans(ledger(1, overdue_days=80, class5="substandard"), as_of=AS_OF).empty


def test_the_largest_of_a_day_comes_first(ledger):
    loans = ledger(2, overdue_days=80, class5="special_mention", balance_yuan=[1.0, 2.0])
    assert crossing_loans(loans, as_of=AS_OF).loan_id.to_list() == ["L0001", "L0000"]


def test_each_warning_counts_its_own(ledger):
    loans = ledger(
        5,
        overdue_days=[0, 30, 31, 80, 0],
        class5=["normal"] + ["special_mention"] * 3 + ["normal"],
        maturity_date=["2026-06-30"] + ["2027-06-30"] * 4,
        overdue_interest_yuan=[0.0, 5.0, 6.0, 7.0, None],
        overdue_principal_yuan=[0.0, 10.0, 0.0, 0.0, None],
    )
    found = warnings(loans, as_of=AS_OF).set_index("warning")
    assert found.loans_count.to_dict() == {
        "past_maturity": 1,
        "crossing_90": 1,
        "new_overdue": 1,
        "interest_arrears": 3,
        "first_payment_default": 0,
    }
    assert found.loc["interest_arrears", ["owed_yuan", "unknown_count"]].to_list() == [18.0, 1]
    assert found.loc["new_overdue", "owed_yuan"] == 15.0


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(-50, 400), st.floats(0, 1e6)), max_size=20))
def test_longer_horizons_never_hold_less(rows):
    frame = pd.DataFrame(rows, columns=["days", "balance_yuan"])
    names = [str(i) for i in range(len(frame))]
    dates = pd.Timestamp(AS_OF) + pd.to_timedelta(frame["days"].astype(int), unit="D")
    loans = frame.assign(loan_id=names, customer_id=names, status="normal", overdue_days=0, maturity_date=dates)
    found = maturing(loans, as_of=AS_OF)
    assert found.balance_yuan.is_monotonic_increasing and found.loans_count.is_monotonic_increasing
    assert found.unknown_yuan.to_list() == found.balance_yuan.to_list()


def test_an_empty_book_gives_zeros_and_empty_lists(ledger):
    assert maturing(ledger(0), as_of=AS_OF).balance_yuan.to_list() == [0.0] * 3
    assert crossing_loans(ledger(0), as_of=AS_OF).empty
    assert warnings(ledger(0), as_of=AS_OF).loans_count.to_list() == [0] * 5


def test_input_is_left_alone(ledger, unchanged):
    loans = ledger(3, overdue_days=[0, 20, 70])
    with unchanged(loans):
        maturing(loans, as_of=AS_OF)
        crossing_loans(loans, as_of=AS_OF)
        warnings(loans, as_of=AS_OF)


def test_what_a_ledger_must_hold_is_named(ledger):
    with pytest.raises(MissingTable, match="the loans lack maturity_date"):
        maturing(ledger(1).drop(columns="maturity_date"), as_of=AS_OF)
    with pytest.raises(BadData, match="a loan stands twice"):
        crossing_loans(ledger(2, loan_id="L1"), as_of=AS_OF)
