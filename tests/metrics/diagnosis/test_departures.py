"""Who left in a year, and who comes back unasked."""

import numpy as np
import pandas as pd
import pytest

from microlib.errors import EmptyBook
from microlib.metrics.diagnosis.departures import spontaneous_returns, yearly_departures

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
