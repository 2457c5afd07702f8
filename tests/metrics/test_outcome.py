from __future__ import annotations

import pandas as pd
import pytest

from microlib.errors import BadData, EmptyBook
from microlib.metrics.outcome import loan_outcomes, vintage

AS_OF = "2026-06-30"
FIRST = ["2026-01", "2026-02", "2026-03"]


def _outcome(loans, months, **options):
    row = loan_outcomes(loans, months, as_of=AS_OF, **options).iloc[0]
    return row["outcome"], row["month_on_book"]


@pytest.fixture
def fresh(ledger):
    return lambda **columns: ledger(1, **{"disbursed_date": "2026-01-15", **columns})


def test_a_loan_is_bad_in_the_first_month_beyond_the_cut(fresh, month_ends):
    months = month_ends(["L0000"] * 3, FIRST, overdue_days=[0, 31, 95])
    assert _outcome(fresh(), months) == ("bad", 1)
    assert _outcome(fresh(), months, cut_days=90) == ("bad", 2)
    assert _outcome(fresh(), months, cut_days=95) == ("open", 2)


def test_a_cured_loan_stays_bad(fresh, month_ends):
    assert _outcome(fresh(), month_ends(["L0000"] * 3, FIRST, overdue_days=[0, 31, 0])) == ("bad", 1)


def test_a_settled_loan_leaves_in_the_month_it_closed(fresh, month_ends):
    loans = fresh(status="settled", closed_date="2026-04-10", balance_yuan=0.0)
    assert _outcome(loans, month_ends(["L0000"] * 3, FIRST)) == ("settled", 3)


def test_a_loan_that_another_carries_on_was_renewed(ledger, month_ends):
    loans = ledger(
        2,
        disbursed_date=["2026-01-15", "2026-04-10"],
        status=["settled", "normal"],
        closed_date=["2026-04-10", None],
        issue_type=["new", "refinance"],
        previous_loan_id=[None, "L0000"],
    )
    assert _outcome(loans, month_ends(["L0000"] * 3, FIRST)) == ("renewed", 3)


def test_a_write_off_is_bad_even_without_days(fresh, month_ends):
    loans = fresh(status="written_off", closed_date="2026-04-10", balance_yuan=0.0)
    assert _outcome(loans, month_ends(["L0000"] * 3, FIRST)) == ("bad", 3)


def test_unknown_is_never_taken_for_settled(fresh, month_ends):
    loans = fresh(status="unknown", balance_yuan=0.0)
    assert _outcome(loans, month_ends(["L0000"] * 3, FIRST)) == ("open", 2)


def test_a_closing_date_not_recorded_is_the_month_after_the_last_seen(fresh, month_ends):
    loans = fresh(status="settled", balance_yuan=0.0)
    assert _outcome(loans, month_ends(["L0000"] * 3, FIRST)) == ("settled", 3)


def test_loans_older_than_the_table_or_never_seen_are_not_observed(ledger, month_ends):
    loans = ledger(2, disbursed_date=["2025-12-31", "2026-02-01"])
    found = loan_outcomes(loans, month_ends(["L0000"] * 3, FIRST), as_of=AS_OF)
    assert found.outcome.to_list() == ["not_observed", "not_observed"]


def test_months_after_the_report_are_not_looked_at(fresh, month_ends):
    months = month_ends(["L0000"] * 2, ["2026-01", "2026-07"], overdue_days=[0, 99])
    assert _outcome(fresh(), months) == ("open", 0)


def test_grouping_columns_are_kept_and_input_left_alone(fresh, month_ends, unchanged):
    loans, months = fresh(), month_ends(["L0000"], ["2026-01"])
    with unchanged(loans, months):
        assert loan_outcomes(loans, months, as_of=AS_OF, within="branch_id").branch_id.to_list() == ["0755"]


@pytest.mark.parametrize("month", ["2026-13", "202601", None])
def test_a_month_that_cannot_be_read_is_refused(fresh, month_ends, month):
    with pytest.raises(BadData, match="a month is missing or not written YYYY-MM"):
        loan_outcomes(fresh(), month_ends(["L0000"], [month]), as_of=AS_OF)


def test_a_vintage_without_an_observed_loan_is_refused(ledger, month_ends):
    with pytest.raises(EmptyBook, match="no loan was made"):
        vintage(ledger(1), month_ends(["L0000"], ["2026-01"]), as_of="2026-06-30")


def test_tables_that_write_loan_numbers_unlike_are_refused():
    loans = pd.DataFrame({"loan_id": ["L1"], "amount_yuan": [1.0], "status": ["normal"]})
    loans["disbursed_date"] = pd.to_datetime(["2026-01-05"])
    months = pd.DataFrame({"loan_id": ["1"], "month": ["2026-01"], "overdue_days": [0], "status": ["normal"]})
    with pytest.raises(BadData, match="no loan_id of the month ends is one of the loans: '1' is none, 'L1' is one"):
        vintage(loans, months, as_of="2026-06-30")
