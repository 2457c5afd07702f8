"""Tests."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from microlib.errors import BadData
from microlib.metrics.loans import (
    bad_exits,
    checked_loans,
    debt_chains,
    existed,
    is_bad,
    is_live,
    is_renewed,
    joined,
    opening_balances,
)
from microlib.stats.grouping import month_numbers, year_before


def test_principal_repaid_breaks_the_chain(ledger):
    loans = ledger(
        3,
        amount_yuan=[100.0, 60.0, 60.0],
        issue_type=["new", "refinance", "refinance"],
        previous_loan_id=[None, "L0000", "L0001"],
    )
    assert debt_chains(loans).rollovers_count.to_list() == [0, 0, 1]


def test_a_chain_that_bites_its_tail_ends(ledger):
    loans = ledger(2, issue_type="refinance", previous_loan_id=["L0001", "L0000"])
    assert debt_chains(loans).rollovers_count.between(1, 61).all()


def test_a_debt_begins_with_the_first_loan_of_its_chain(ledger):
    loans = ledger(
        3,
        issue_type=["refinance", "new", "refinance"],
        previous_loan_id=["L0002", None, "L0001"],
        disbursed_date=["2026-01-05", "2024-01-05", "2025-01-05"],
    )
    found = debt_chains(loans)
    assert found.began_date.astype(str).to_list() == ["2024-01-05"] * 3
    assert found.rollovers_count.to_list() == [2, 0, 1]


def test_an_extension_in_place_counts_once_each(ledger):
    assert debt_chains(ledger(2, extensions_count=[2, None])).rollovers_count.to_list() == [2, 0]


def test_input_is_left_alone(ledger, unchanged):
    loans = ledger(2, issue_type="refinance", previous_loan_id=[None, "L0000"])
    with unchanged(loans):
        debt_chains(loans)


AS_OF = "2026-06-30"


def test_exits_outside_the_window_or_sold_sound_are_left_out(ledger):
    loans = ledger(
        3,
        balance_yuan=0.0,
        status=["written_off", "transferred", "transferred"],
        class5=["loss", "normal", "loss"],
        closed_date=["2025-06-30", "2026-01-31", "2026-01-31"],
        written_off_yuan=[9.0, None, None],
    )
    found = bad_exits(loans, as_of=AS_OF)
    assert found.loan_id.to_list() == ["L0002"] and not found.is_known.item()


def test_the_last_balance_stands_in_for_an_amount_not_recorded(ledger, month_ends):
    loans = ledger(1, balance_yuan=0.0, status="written_off", closed_date="2026-03-31")
    months = month_ends(["L0000"] * 3, ["2026-01", "2026-02", "2026-03"], balance_yuan=[9.0, 8.0, 0.0])
    assert bad_exits(loans, months, as_of=AS_OF).exit_yuan.to_list() == [8.0]


def test_a_write_off_without_a_date_is_taken_in_and_marked(ledger):
    found = bad_exits(ledger(1, balance_yuan=0.0, status="written_off", written_off_yuan=9.0), as_of=AS_OF)
    assert found.exit_yuan.to_list() == [9.0] and not found.is_known.item()


def test_a_part_written_off_counts_while_the_rest_lives(ledger):
    loans = ledger(1, written_off_yuan=9.0, written_off_date="2026-06-01")
    assert bad_exits(loans, as_of=AS_OF).exit_yuan.to_list() == [9.0]


def test_an_empty_book_has_no_exits_and_input_is_left_alone(ledger, month_ends, unchanged):
    assert bad_exits(ledger(0), as_of=AS_OF).empty
    loans, months = ledger(2, status="written_off"), month_ends(["L0000"], ["2026-01"])
    with unchanged(loans, months):
        bad_exits(loans, months, as_of=AS_OF)


@pytest.mark.parametrize(
    ("status", "balance", "live"),
    [("normal", 1.0, True), ("unknown", 1.0, True), ("settled", 1.0, False), ("overdue", 0.0, False)],
)
def test_a_loan_is_live_with_a_balance_and_a_place_on_the_book(ledger, status, balance, live):
    assert is_live(ledger(1, status=status, balance_yuan=balance)).item() == live


def test_a_class_as_booked_beats_the_days(ledger):
    loans = ledger(3, overdue_days=[100, 0, 100], class5=["normal", "loss", None])
    assert is_bad(loans).to_list() == [False, True, True]


def test_renewals_are_known_by_type_or_by_extensions(ledger):
    loans = ledger(3, issue_type=["new", "restructure", "new"], extensions_count=[None, None, 1])
    assert is_renewed(loans).to_list() == [False, True, True]


@pytest.mark.parametrize(
    ("as_of", "opening"),
    [
        ("2026-06-30", "2025-06-30"),
        ("2025-02-28", "2024-02-29"),
        ("2024-02-29", "2023-02-28"),
        ("2026-07-15", "2025-06-30"),
    ],
)
def test_the_opening_is_a_month_end_a_year_before(as_of, opening):
    assert year_before(as_of) == pd.Timestamp(opening)


@pytest.mark.parametrize("wrong", [np.nan, -1, np.inf])
def test_days_past_due_that_are_none_are_refused(ledger, wrong):
    loans = ledger(2).assign(overdue_days=[0.0, wrong])
    with pytest.raises(BadData, match="overdue_days is missing, infinite or negative"):
        checked_loans(loans)


def test_months_of_an_empty_table_are_no_numbers():
    assert month_numbers(pd.Series([], dtype="str")).size == 0


def test_only_loans_live_at_the_opening_count(ledger, month_ends):
    months = month_ends(["L0000", "L0001"], ["2025-06"] * 2, status=["normal", "settled"])
    found = opening_balances(ledger(2), months, as_of=AS_OF)
    assert found.loan_id.to_list() == ["L0000"] and found.opening_date.to_list() == [pd.Timestamp("2025-06-30")]


def test_a_debt_existed_when_the_loan_it_renews_did(ledger, month_ends):
    loans = ledger(
        3,
        disbursed_date=["2025-01-05", "2026-01-05", "2026-01-05"],
        issue_type=["new", "refinance", "new"],
        previous_loan_id=[None, "L0000", None],
    )
    opening = opening_balances(loans, month_ends(["L0000"], ["2025-06"]), as_of=AS_OF)
    assert existed(loans, opening).to_list() == [True, True, False]
    assert not existed(loans, None).any()


def test_loans_that_left_the_ledger_stand_for_themselves_unless_groups_need_a_place(ledger, month_ends):
    loans, months = ledger(1), month_ends(["L0000", "GONE"], ["2025-06"] * 2)
    sums = [joined(loans, opening_balances(loans, months, as_of=AS_OF, placed=placed)) for placed in (False, True)]
    assert [frame.balance_then.sum() for frame in sums] == [200.0, 100.0]
    assert sums[0].customer_id.to_list() == ["C0000", "GONE"]


def test_months_that_do_not_reach_back_are_none(ledger, month_ends):
    assert opening_balances(ledger(1), None, as_of=AS_OF) is None
    assert opening_balances(ledger(1), month_ends(["L0000"], ["2025-07"]), as_of=AS_OF) is None


def test_a_sale_of_what_is_late_is_no_improvement_and_what_has_no_date_is_placed_or_kept():
    """31 to 90 days late and sold counts; without a date it left the month after it was last seen, else it is kept."""
    loans = pd.DataFrame({
        "loan_id": list("abcde"), "customer_id": list("ABCDE"), "status": "transferred", "balance_yuan": 0.0,
        "overdue_days": [60, 30, 60, 60, 60], "amount_yuan": 9.0,
        "closed_date": pd.to_datetime(["2026-03-01", "2026-03-01", None, None, None]),
    })  # fmt: skip
    months = pd.DataFrame({"loan_id": ["c", "d"], "month": ["2025-03", "2026-02"], "balance_yuan": [9.0, 8.0],
                           "overdue_days": 60, "status": "normal"})  # fmt: skip
    found = bad_exits(loans, months, as_of="2026-06-30").set_index("loan_id")
    assert found["exit_yuan"].to_dict() == {"a": 9.0, "d": 8.0, "e": 9.0}
    assert found["exit_date"].notna().to_dict() == {"a": True, "d": False, "e": False}
    assert not found["is_known"].any(), "an amount that is only what was lent, or a date that is not there"
