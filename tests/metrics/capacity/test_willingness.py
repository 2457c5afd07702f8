"""Late though able: closed forms, holidays and grace, suppression, the demo bank."""

import numpy as np
import pandas as pd
import pytest

from microlib.errors import MissingTable
from microlib.metrics.capacity.willingness import able_but_late

DUE = pd.Timestamp("2026-05-11")


def tables(count=12, *, late=20, lowest=2_000.0, month="2026-05", due=DUE):
    loans = pd.DataFrame({"loan_id": [f"L{i}" for i in range(count)], "customer_id": [f"C{i}" for i in range(count)]})
    months = pd.DataFrame({"loan_id": loans["loan_id"], "month": month, "balance_yuan": 9e4, "overdue_days": late})
    dues = pd.DataFrame({"loan_id": loans["loan_id"], "due_date": due, "principal_yuan": 900.0, "interest_yuan": 100.0})
    flows = pd.DataFrame({"customer_id": loans["customer_id"], "month": month, "min_balance_yuan": lowest})
    return months, dues, flows, loans, loans.assign(segment="market")


def counted(months, dues, flows, loans, memberships):
    return able_but_late(months, dues, flows, loans=loans, memberships=memberships).iloc[0]


def test_money_there_all_month_and_the_payment_twenty_days_late(unchanged):
    given = tables()
    with unchanged(*given):
        found = counted(*given)
    assert (found.borrowers_count, found.late_months_count, found.able_late_months_count) == (12, 12, 12)
    assert found.able_late_share == 1 and found.able_late_low < 1


def test_an_empty_account_is_no_lack_of_will():
    found = counted(*tables(lowest=999.0))
    assert (found.late_months_count, found.able_late_months_count, found.able_late_share) == (12, 0, 0)


def test_a_week_late_is_not_late():
    assert counted(*tables(late=7, due=pd.Timestamp("2026-05-24"))).late_months_count == 0
    assert counted(*tables(late=8, due=pd.Timestamp("2026-05-23"))).late_months_count == 12


def test_days_of_the_spring_festival_are_not_counted():
    """Of 13 days to the end of February 2026 six are public holidays; of 13 to the end of March none is."""
    assert counted(*tables(late=13, month="2026-02", due=pd.Timestamp("2026-02-15"))).late_months_count == 0
    assert counted(*tables(late=13, month="2026-03", due=pd.Timestamp("2026-03-18"))).late_months_count == 12


def test_two_instalments_due_ask_for_both():
    months, dues, flows, loans, members = tables(late=50, lowest=1_500.0)
    both = pd.concat([dues, dues.assign(due_date=pd.Timestamp("2026-04-11"))])
    assert counted(months, both, flows, loans, members).able_late_months_count == 0
    assert counted(months, dues, flows, loans, members).able_late_months_count == 12


def test_balances_of_all_channels_are_added():
    months, dues, flows, loans, members = tables(lowest=600.0)
    assert counted(months, dues, pd.concat([flows, flows]), loans, members).able_late_months_count == 12


def test_months_without_a_balance_or_a_plan_are_unknown_and_not_good():
    months, dues, flows, loans, members = tables(15)
    found = counted(months, dues.iloc[1:], flows.iloc[:-1].assign(min_balance_yuan=5e3), loans, members)
    assert (found.borrowers_count, found.months_count, found.unknown_months_count) == (13, 13, 2)


def test_a_segment_of_nine_shows_no_number():
    found = counted(*tables(9))
    assert found.is_suppressed and pd.isna(found.late_months_count) and np.isnan(found.able_late_share)


def test_nobody_is_named_and_nothing_of_ability_is_blended_in():
    months, dues, flows, loans, members = tables()
    found = able_but_late(months, dues, flows, loans=loans, memberships=members)
    assert not {"customer_id", "loan_id", "score"} & set(found) and not [name for name in found if "dscr" in name]


def test_no_plan_or_no_account_is_refused():
    months, dues, flows, loans, members = tables()
    with pytest.raises(MissingTable, match="schedules"):
        counted(months, dues.iloc[:0], flows, loans, members)
    with pytest.raises(MissingTable, match="flow_months"):
        counted(months, dues, flows.iloc[:0], loans, members)
