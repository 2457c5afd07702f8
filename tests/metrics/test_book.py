"""Size of a book, its largest source, its spread."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from microlib.contracts.tables import TABLES
from microlib.errors import BadData, EmptyBook, MissingTable
from microlib.metrics.book import (
    book_size,
    book_spread,
    compared_totals,
    control_differences,
    largest_sources,
    table_coverage,
    top_source,
)

LOANS = pd.DataFrame({
    "loan_id": ["L1", "L2", "L3"], "customer_id": ["C1", "C1", "C2"], "balance_yuan": [1.0, 2.0, 0.0],
    "overdue_days": 0, "status": ["normal", "normal", "settled"], "use_industry_code": [None, None, "F"],
})  # fmt: skip
BALANCES = pd.DataFrame({
    "source_kind": "core", "source_id": ["H1", "H2"], "borrowers_count": [1, 2], "balance_yuan": [1.0, 2.0]
})  # fmt: skip


def test_settled_loans_are_not_the_book():
    assert book_size(LOANS).iloc[0].to_list() == [1, 2, 3.0, 3.0]


def test_the_largest_source_has_its_share_of_the_book():
    found = top_source(BALANCES, book_size(LOANS)).iloc[0]
    assert (found["source_id"], found["top_source_share"]) == ("H2", pytest.approx(2 / 3))


def test_no_source_is_no_row():
    assert top_source(BALANCES.iloc[:0], book_size(LOANS)).empty


def test_a_column_in_which_nothing_is_filled_is_no_spread():
    found = book_spread(LOANS, across=["customer_id", "use_industry_code"])
    assert found[["across", "hhi"]].to_numpy().tolist() == [["customer_id", 1.0]]


def test_the_largest_sources_come_first_and_none_is_refused():
    assert largest_sources(BALANCES, most=1)["source_id"].to_list() == ["H2"]
    with pytest.raises(EmptyBook):
        largest_sources(BALANCES.iloc[:0])


def test_a_book_without_a_live_loan_is_refused():
    with pytest.raises(EmptyBook):
        book_size(LOANS[LOANS["status"] == "settled"])


def test_frames_are_not_altered(unchanged):
    with unchanged(LOANS, BALANCES):
        top_source(BALANCES, book_size(LOANS))
        book_spread(LOANS, across=["customer_id"])
        largest_sources(BALANCES)


def _control(branch="0755", customers=2, balance=200.0, overdue=100.0):
    names = ["branch_id", "customers_count", "balance_yuan", "overdue_yuan"]
    return pd.DataFrame([[branch, customers, balance, overdue]], columns=names)


def test_a_book_that_ties_out_says_so(ledger):
    found = control_differences(ledger(2, overdue_days=[0, 1]), _control())
    assert found.state.to_list() == ["tied"] * 3 and found.difference.to_list() == [0.0] * 3


def test_the_banner_stands_above_a_thousandth(ledger):
    loans = ledger(2, balance_yuan=[500.0, 500.5])
    totals = [control_differences(loans, _control(balance=base)).set_index("total") for base in (1000.0, 999.0)]
    assert [found.loc["balance_yuan", "state"] for found in totals] == ["tied", "differs"]
    assert totals[1].loc["balance_yuan", "difference"] == 1.5


def test_a_unit_slip_shows_its_factor(ledger):
    found = control_differences(ledger(2), _control(balance=2_000_000.0)).set_index("total")
    assert found.loc["balance_yuan", "difference_share"] == pytest.approx(0.9999)


def test_every_branch_of_either_table_is_shown(ledger):
    found = control_differences(ledger(2, branch_id=["0755", "0021"]), _control("0009"))
    assert found.branch_id.to_list() == ["0009"] * 3 + ["0021"] * 3 + ["0755"] * 3
    assert found.state.to_list() == ["differs"] * 3 + ["no_control_total"] * 6
    assert found.ours[:3].to_list() == [0.0] * 3


def test_a_zero_total_ties_only_with_nothing(ledger):
    states = control_differences(ledger(2), _control(overdue=0.0)).set_index("total").state
    assert states["overdue_yuan"] == "tied"
    late = control_differences(ledger(2, overdue_days=5), _control(overdue=0.0)).set_index("total")
    assert late.loc["overdue_yuan", ["difference_share", "state"]].to_list() == [1.0, "differs"]


@pytest.mark.parametrize("totals", [None, _control().iloc[:0]])
def test_without_control_totals_ours_stands_alone(ledger, totals):
    found = control_differences(ledger(2, overdue_days=[0, 1]), totals)
    assert found.ours.to_list() == [2.0, 200.0, 100.0] and found.control.isna().all()


def test_closed_loans_are_not_ours(ledger):
    found = control_differences(ledger(2, status=["normal", "written_off"]), None)
    assert found.ours.to_list() == [1.0, 100.0, 0.0]


def test_empty_tables_give_an_empty_answer(ledger):
    assert control_differences(ledger(0), None).empty


def test_coverage_counts_cells(ledger):
    found = table_coverage({"control_totals": _control()}).set_index("table")
    assert list(found.index) == list(TABLES)
    assert found.loc["control_totals", ["rows_count", "filled_share", "state"]].to_list() == [1, 1.0, "present"]
    assert found.loc["loans", "state"] == "absent" and np.isnan(found.loc["loans", "filled_share"])


def test_input_is_left_alone(ledger, unchanged):
    loans, totals = ledger(2), _control()
    with unchanged(loans, totals):
        control_differences(loans, totals)
        table_coverage({"loans": loans})


def test_what_cannot_be_tied_out_is_refused(ledger):
    with pytest.raises(BadData, match="two control totals"):
        control_differences(ledger(1), pd.concat([_control(), _control()]))
    with pytest.raises(MissingTable, match="lack branch_id"):
        control_differences(ledger(1).drop(columns="branch_id"))
    with pytest.raises(BadData, match="no table is called loanz"):
        table_coverage({"loanz": ledger(1)})


@pytest.mark.parametrize("times", [1e-3, 1e3, 1e4])
def test_ties_are_the_same_in_another_unit_of_money(times):
    """A tenth thrice is three tenths in any unit, and a difference under a fen is one where yuan are told in 万."""
    sums = pd.DataFrame(
        {"customers_count": [3, 2], "balance_yuan": [0.1 + 0.1 + 0.1, 40.0], "overdue_yuan": [0.0, 4.0]}
    )
    sums.index = pd.Index(["0021", "0755"], name="branch_id")
    totals = pd.DataFrame({"branch_id": ["0021", "0755"], "customers_count": [3, 2], "balance_yuan": [0.3, 39.0],
                           "overdue_yuan": [0.0, 4.004]})  # fmt: skip
    money = ["balance_yuan", "overdue_yuan"]
    found = compared_totals(sums, totals)
    other = compared_totals(sums.assign(**sums[money] * times), totals.assign(**totals[money] * times))
    assert found["state"].tolist() == other["state"].tolist() == ["tied"] * 4 + ["differs", "tied"]
    assert found["difference_share"].to_numpy() == pytest.approx(other["difference_share"].to_numpy(), rel=1e-7)
    yuan = found["total"].isin(money)
    assert (found["difference"] * times)[yuan].to_numpy() == pytest.approx(
        other["difference"][yuan].to_numpy(), rel=1e-7
    )
    assert found["difference"].tolist()[:4] == [0, 0, 0, 0]
