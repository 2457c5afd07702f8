"""Whom a branch serves, cut in several ways.

Demand that was not met.
Who left in a year, and who comes back unasked.
The same figures read at two dates.
The inclusive-finance scorecard under a written definition.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from microlib.errors import EmptyBook
from microlib.metrics.diagnosis import (
    Definition,
    book_readings,
    customer_cuts,
    earlier_ledger,
    inclusive_loans,
    inclusive_scorecard,
    only_cut,
    spontaneous_returns,
    unmet_demand,
    yearly_departures,
)
from microlib.stats.forecast import figure_changes


def _cut_customers(**more):
    given = {"customer_id": ["C0000", "C0001", "C0002"], "size": ["micro", "micro", None], "kind": "company",
             "industry_code": ["F5174", "F5281", "C3311"], "venue_id": None}  # fmt: skip
    return pd.DataFrame({**given, **more})


def test_each_cut_adds_up_to_all_customers_and_the_whole_book(ledger):
    sums = customer_cuts(_cut_customers(), ledger(2)).groupby("cut")[["customers_count", "balance_share"]].sum()
    assert (sums["customers_count"] == 3).all() and (sums["balance_share"].round(12) == 1).all()


def test_what_is_not_filled_is_unknown_and_a_column_without_any_is_left_out(ledger):
    cuts = customer_cuts(_cut_customers(), ledger(1))
    assert "unknown" in only_cut(cuts, cut="size")["size"].tolist() and "venue_id" not in cuts["cut"].tolist()


def test_a_trade_is_letter_and_two_digits(ledger):
    assert sorted(only_cut(customer_cuts(_cut_customers(), ledger(1)), cut="trade")["trade"]) == ["C33", "F51", "F52"]


def test_a_cut_that_is_not_there_says_which_column_to_fill(ledger):
    with pytest.raises(EmptyBook, match="venue_id"):
        only_cut(customer_cuts(_cut_customers(), ledger(1)), cut="venue_id")


def test_without_customers_nothing_is_cut(ledger):
    with pytest.raises(EmptyBook, match="no customer"):
        customer_cuts(_cut_customers().head(0), ledger(1))


def test_a_file_of_bare_numbers_says_which_columns_to_fill(ledger):
    with pytest.raises(EmptyBook, match="says nothing"):
        customer_cuts(_cut_customers()[["customer_id"]], ledger(1))


def _asked(**more):
    day = pd.Timestamp("2026-01-01")
    given = {"customer_id": ["C1", "C2", "C3", "C4"], 
             "decision": ["refused", "partly_approved", "withdrawn", "pending"],
             "asked_yuan": 10.0, "granted_yuan": [0.0, 6.0, None, None], "submitted_at": day,
             "disbursed_at": [pd.NaT, day + pd.Timedelta(days=40), pd.NaT, pd.NaT]}  # fmt: skip
    return pd.DataFrame({**given, **more})


def test_what_was_asked_and_not_given_is_told_way_by_way():
    found = unmet_demand(_asked(), as_of="2026-06-30", slow_days=30).set_index("way")
    assert found["unmet_yuan"].to_dict() == {
        "refused": 10.0,
        "cut": 4.0,
        "withdrawn": 10.0,
        "waiting": 10.0,
        "late": 0.0,
    }
    assert found.loc["late", "way_count"] == 1


def test_a_fresh_application_is_not_waiting_too_long():
    found = unmet_demand(_asked(submitted_at=pd.Timestamp("2026-06-29"), disbursed_at=pd.NaT), as_of="2026-06-30",
                         slow_days=14).set_index("way")  # fmt: skip
    assert found.loc["waiting", "way_count"] == 0


def test_who_was_granted_later_came_back():
    asked = _asked(customer_id=["C1", "C1", "C3", "C4"], submitted_at=pd.to_datetime(["2026-01-01", "2026-02-01"] * 2))
    found = unmet_demand(asked, as_of="2026-06-30", slow_days=30).set_index("way")
    assert found.loc["refused", "came_back_count"] == 1


def test_a_year_without_applications_is_refused():
    with pytest.raises(EmptyBook, match="nobody applied"):
        unmet_demand(_asked(), as_of="2029-06-30", slow_days=30)


AS_OF = "2026-06-30"


def test_ways_of_leaving_add_up_to_those_who_left(ledger):
    loans = ledger(4, closed_date=[None, "2026-01-01", "2026-01-01", "2026-01-01"], balance_yuan=[9.0, 0.0, 0.0, 0.0],
                   status=["normal", "settled", "written_off", "unknown"])  # fmt: skip
    found = yearly_departures(loans, as_of=AS_OF).iloc[0]
    assert found[["left_count", "settled_count", "failed_count", "untold_count"]].tolist() == [3, 1, 1, 1]


def test_who_borrowed_again_has_not_left(ledger):
    loans = ledger(2, customer_id="C1", closed_date=["2026-01-01", None], status=["settled", "normal"],
                   balance_yuan=[0.0, 5.0], disbursed_date=["2025-01-10", "2026-03-01"])  # fmt: skip
    assert yearly_departures(loans, as_of=AS_OF)[["base_count", "left_count"]].values.tolist() == [[1, 0]]


def test_a_ledger_of_live_loans_alone_cannot_show_who_left(ledger):
    with pytest.raises(EmptyBook, match="cannot be told"):
        yearly_departures(ledger(3), as_of=AS_OF)


def _away(ledger, months, back):
    ends = pd.Timestamp("2022-01-01")
    first = ledger(len(months), closed_date=[ends] * len(months), status="settled", balance_yuan=0.0,
                   disbursed_date="2021-01-01")  # fmt: skip
    starts = [ends + pd.Timedelta(days=int(m * 30.4375) - 3) for m in months]
    again = first.assign(loan_id=first["loan_id"] + "x", disbursed_date=starts, closed_date=pd.NaT, status="normal")
    return pd.concat([first, again[np.array(back)].assign(balance_yuan=5.0)], ignore_index=True)


def test_without_censoring_the_curve_is_the_plain_share(ledger):
    loans = _away(ledger, [2, 2, 5, 9], [True, True, True, False])
    found = spontaneous_returns(loans, as_of=AS_OF).set_index("away_months")
    assert found.loc[[1, 2, 5, 24], "returned_share"].tolist() == pytest.approx([0.0, 0.5, 0.75, 0.75])
    assert found.loc[3, "later_share"] == pytest.approx(0.5)


def test_the_curve_never_falls_and_nobody_back_is_nobody_lost_yet(ledger):
    found = spontaneous_returns(_away(ledger, [3, 6, 6, 30], [True, True, False, True]), as_of=AS_OF)
    assert found["returned_share"].is_monotonic_increasing


def test_nobody_who_paid_off_is_refused(ledger):
    with pytest.raises(EmptyBook, match="paid off"):
        spontaneous_returns(ledger(2), as_of=AS_OF)


def test_the_last_month_end_before_the_date_is_the_earlier_ledger(ledger, month_ends):
    months = month_ends(["L0000"] * 3, ["2026-04", "2026-05", "2026-06"], balance_yuan=[3.0, 2.0, 1.0])
    assert earlier_ledger(ledger(1), months, as_of="2026-06-30")["balance_yuan"].tolist() == [2.0]


def test_a_hole_before_the_date_is_not_bridged(ledger, month_ends):
    with pytest.raises(EmptyBook, match="2026-01"):
        earlier_ledger(ledger(1), month_ends(["L0000"], ["2026-01"]), as_of="2026-06-30")


def test_a_book_compared_with_itself_has_not_changed(ledger):
    loans = ledger(60, overdue_days=[40] * 15 + [0] * 45)
    found = figure_changes(
        book_readings(loans, loans)[["before", "before_low", "before_high", "after", "after_low", "after_high"]]
    )
    assert not found["is_beyond"].any() and (found["change"] == 0).all()


def test_a_book_that_turned_late_has_changed_beyond_noise(ledger):
    before, after = (ledger(200, overdue_days=[40] * late + [0] * (200 - late)) for late in (12, 80))
    found = book_readings(before, after).set_index("figure")
    assert figure_changes(found).loc["par30_share", "is_beyond"]
    assert np.isnan(found.loc["balance_yuan", "before_low"])


def test_a_group_seen_at_one_date_only_is_left_out(ledger):
    before, after = ledger(2, product_id=["P1", "P2"]), ledger(2, product_id=["P1", "P3"])
    assert set(book_readings(before, after, within="product_id")["product_id"]) == {"P1"}


PLAIN = Definition(1000.0, ("company", "sole_trader"), ("micro", "small"))


def _scorecard_customers(kind="sole_trader", size=None):
    return pd.DataFrame({"customer_id": [f"C{i:04d}" for i in range(4)], "kind": kind, "size": size})


def _facilities(amounts):
    return pd.DataFrame({"customer_id": [f"C{i:04d}" for i in range(len(amounts))], "approved_yuan": amounts,
                         "status": "active"})  # fmt: skip


def test_the_granted_total_decides_not_the_loan(ledger):
    counted = inclusive_loans(ledger(2), _scorecard_customers(), _facilities([1000.0, 1001.0]), definition=PLAIN)
    assert counted["is_counted"].tolist() == [True, False]


def test_a_company_of_unknown_size_is_not_counted_and_told(ledger):
    counted = inclusive_loans(ledger(1), _scorecard_customers("company"), definition=PLAIN)
    assert counted[["is_counted", "judged_by"]].values.tolist() == [[False, "unknown"]]


def test_a_medium_company_is_out_and_a_small_one_in(ledger):
    sizes = ["small", "medium", "micro", "large"]
    counted = inclusive_loans(ledger(4), _scorecard_customers("company", sizes), definition=PLAIN)
    assert counted["is_counted"].tolist() == [True, False, True, False]


def test_the_six_figures_of_a_small_book(ledger):
    loans = ledger(4, guarantee=["credit", "credit", "mortgage", None], balance_yuan=[10.0, 30.0, 40.0, 20.0],
                   yearly_rate=[0.04, 0.04, 0.06, 0.04],
                   disbursed_date=["2020-01-01", "2026-01-01", "2026-02-01", "2020-01-01"],
                   issue_type=["new", "new", "refinance", "new"])  # fmt: skip
    found = inclusive_scorecard(
        inclusive_loans(loans, _scorecard_customers(), definition=PLAIN), loans, as_of="2026-06-30"
    ).iloc[0]
    assert found[["balance_yuan", "borrowers_count", "first_count"]].tolist() == [100.0, 4, 2]
    assert found[["unsecured_share", "renewed_share", "unsecured_balance_share"]].tolist() == [0.5, 0.5, 0.4]
    assert found["yearly_rate"] == pytest.approx(0.048)


def test_a_book_outside_the_definition_has_no_scorecard(ledger):
    counted = inclusive_loans(ledger(1), _scorecard_customers("person"), definition=PLAIN)
    with pytest.raises(EmptyBook, match="definition"):
        inclusive_scorecard(counted, ledger(1), as_of="2026-06-30")
