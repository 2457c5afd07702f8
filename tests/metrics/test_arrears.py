"""Tests."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.errors import BadData, MissingTable
from microlib.metrics.arrears import (
    StressRules,
    crossing_managers,
    first_payment_defaults,
    first_payments,
    loans_turning_bad,
    maturing,
    stressed_renewals,
    warnings,
)

AS_OF = "2026-06-30"


def test_arrears_that_began_with_the_second_payment_are_no_first_payment_default(ledger):
    loans = ledger(
        4,
        disbursed_date=["2026-04-21", "2026-04-21", "2026-01-10", "2026-06-10"],
        repayment="equal_instalment",
        overdue_days=[40, 9, 40, 0],
    )
    found = first_payments(loans, as_of=AS_OF)
    assert found.is_missed.to_list() == [True, False, False]
    assert warnings(loans, as_of=AS_OF).loans_count.iloc[-1] == 1


def test_a_schedule_says_which_payment_it_was(ledger):
    loans = ledger(2, disbursed_date="2026-01-10", repayment="other", overdue_days=[92, 61])
    rows = [(1, "2026-03-30"), (2, "2026-04-30")]
    schedules = pd.DataFrame(
        [(loan, term, pd.Timestamp(due)) for loan in loans["loan_id"] for term, due in rows],
        columns=["loan_id", "term_number", "due_date"],
    )
    found = first_payments(loans, schedules, as_of=AS_OF)
    assert found.is_missed.to_list() == [True, False] and not found.is_estimated.any()


def test_a_bullet_pays_first_at_maturity(ledger):
    loans = ledger(1, repayment="bullet", disbursed_date="2025-12-10", maturity_date="2026-05-20", overdue_days=41)
    assert first_payments(loans, as_of=AS_OF).is_missed.item()


def test_renewals_and_old_loans_are_no_first_payments(ledger):
    loans = ledger(
        2,
        repayment="bullet",
        issue_type=["refinance", "new"],
        disbursed_date=["2026-01-10", "2025-06-30"],
        overdue_days=99,
    )
    assert first_payments(loans, as_of=AS_OF).empty


def test_the_rate_counts_only_loans_old_enough_and_says_what_it_cannot_judge(ledger):
    loans = ledger(
        4,
        disbursed_date=["2026-03-01", "2026-03-01", "2026-05-20", "2026-03-01"],
        repayment=["interest_only"] * 3 + ["revolving"],
        overdue_days=[85, 0, 10, 0],
    )
    row = first_payment_defaults(first_payments(loans, as_of=AS_OF)).iloc[0]
    assert (row.observed_count, row.default_count, row.unjudged_count) == (2, 1, 1)
    assert row.default_rate == 0.5 and row.default_rate_low < 0.5 < row.default_rate_high


def test_no_first_payment_due_is_said(ledger):
    row = first_payment_defaults(first_payments(ledger(1), as_of=AS_OF)).iloc[0]
    assert row.reason == "no_first_payment_due" and pd.isna(row.default_rate)


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
    found = loans_turning_bad(loans, as_of=AS_OF)
    assert found.loan_id.to_list() == ["L0002", "L0001"]
    assert found.crossing_date.astype(str).to_list() == ["2026-07-01", "2026-07-31"]
    assert found.days_left.to_list() == [1, 31]


def test_inside_a_month_its_own_end_counts(ledger):
    loans = ledger(2, overdue_days=[75, 76], class5="special_mention")
    assert loans_turning_bad(loans, as_of="2026-06-15").loan_id.to_list() == ["L0001"]


def test_loans_already_bad_do_not_cross(ledger):
    assert loans_turning_bad(ledger(1, overdue_days=80, class5="substandard"), as_of=AS_OF).empty


def test_the_largest_of_a_day_comes_first(ledger):
    loans = ledger(2, overdue_days=80, class5="special_mention", balance_yuan=[1.0, 2.0])
    assert loans_turning_bad(loans, as_of=AS_OF).loan_id.to_list() == ["L0001", "L0000"]


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
    assert loans_turning_bad(ledger(0), as_of=AS_OF).empty
    assert warnings(ledger(0), as_of=AS_OF).loans_count.to_list() == [0] * 5


def test_maturity_input_is_left_alone(ledger, unchanged):
    loans = ledger(3, overdue_days=[0, 20, 70])
    with unchanged(loans):
        maturing(loans, as_of=AS_OF)
        loans_turning_bad(loans, as_of=AS_OF)
        warnings(loans, as_of=AS_OF)


def test_what_a_ledger_must_hold_is_named(ledger):
    with pytest.raises(MissingTable, match="the loans lack maturity_date"):
        maturing(ledger(1).drop(columns="maturity_date"), as_of=AS_OF)
    with pytest.raises(BadData, match="a loan stands twice"):
        loans_turning_bad(ledger(2, loan_id="L1"), as_of=AS_OF)


@pytest.fixture
def renewed(ledger):
    """One loan of 2025 renewed on 2026-01-10, with whatever the test says of the old one."""

    def made(*, old=None, new=None):
        before = {
            "disbursed_date": "2025-01-10",
            "maturity_date": "2026-01-10",
            "status": "settled",
            "balance_yuan": 0.0,
        }
        after = {"disbursed_date": "2026-01-10", "issue_type": "renewal_without_principal", "previous_loan_id": "L0000"}
        one, two = ledger(1, **{**before, **(old or {})}), ledger(1, **{"loan_id": ["L0001"], **after, **(new or {})})
        return pd.concat([one, two.assign(customer_id="C0000")], ignore_index=True)

    return made


def _judged(loans, months=None, **options):
    return stressed_renewals(loans, months, as_of=AS_OF, **options).set_index("loan_id").loc["L0001"]


def test_a_compliant_renewal_is_normal(renewed):
    assert _judged(renewed()).state == "normal"


@pytest.mark.parametrize(
    ("old", "sign"),
    [
        ({"first_overdue_date": "2025-08-01"}, "was_overdue"),
        ({"overdue_days": 3}, "was_overdue"),
        ({"overdue_interest_yuan": 0.5}, "had_unpaid_interest"),
        ({"class5": "special_mention"}, "was_watched"),
        ({"class5": "loss"}, "was_watched"),
    ],
)
def test_a_ledger_alone_shows_stress_before_the_renewal(renewed, old, sign):
    row = _judged(renewed(old=old))
    assert row[sign] and row.state == "stressed"


def test_lateness_before_the_window_is_forgiven(renewed):
    assert _judged(renewed(old={"first_overdue_date": "2025-07-01"})).state == "normal"


def test_month_ends_show_stress_that_the_ledger_forgot(renewed, month_ends):
    months = month_ends(["L0000"] * 3, ["2025-09", "2025-10", "2025-11"], overdue_days=[0, 12, 0])
    assert _judged(renewed(), months).was_overdue
    watched = month_ends(["L0000"], ["2025-12"], class5="special_mention")
    assert _judged(renewed(), watched).was_watched


def test_month_ends_outside_the_window_do_not_count(renewed, month_ends):
    months = month_ends(["L0000", "L0000"], ["2025-06", "2026-01"], overdue_days=[40, 40])
    assert _judged(renewed(), months).state == "normal"


@pytest.mark.parametrize(
    ("amount", "covers"), [(100.0, False), (105.0, True), (105.2, False), (90.0, False), (150.0, False)]
)
def test_a_raise_of_at_most_a_years_interest_covers_interest(renewed, amount, covers):
    """100 at 5 % for 365 days of a 360-day year: 5.07 of interest."""
    assert _judged(renewed(new={"amount_yuan": amount, "balance_yuan": amount})).covers_interest == covers


def test_three_rollovers_are_stress_only_where_coverage_is_known_to_be_short(ledger):
    loans = ledger(
        4,
        customer_id="C1",
        status=["settled"] * 3 + ["normal"],
        balance_yuan=[0.0, 0.0, 0.0, 100.0],
        issue_type=["new"] + ["refinance"] * 3,
        previous_loan_id=[None, "L0000", "L0001", "L0002"],
        disbursed_date=["2023-01-05", "2024-01-05", "2025-01-05", "2026-01-05"],
    )
    states = [stressed_renewals(loans, as_of=AS_OF).state.item()]
    states += [stressed_renewals(loans, coverage=pd.Series({"C1": x}), as_of=AS_OF).state.item() for x in (0.9, 1.0)]
    assert states == ["unknown", "stressed", "normal"]


def test_an_unknown_past_is_neither_stress_nor_normal(renewed):
    row = _judged(renewed(new={"previous_loan_id": "NOT THERE"}))
    assert (row.state, row.unknown_because) == ("unknown", "no_previous_loan")


def test_an_extension_in_place_is_judged_by_its_own_past(ledger, month_ends):
    loans = ledger(2, extensions_count=[1, 0])
    months = month_ends(["L0000"], ["2026-04"], overdue_days=9)
    assert stressed_renewals(loans, as_of=AS_OF).state.to_list() == ["normal"]
    assert stressed_renewals(loans, months, as_of=AS_OF).state.to_list() == ["stressed"]


def test_policy_moves_the_window(renewed):
    loans = renewed(old={"first_overdue_date": "2025-07-01"})
    assert _judged(loans, policy=StressRules(stressed_lookback_days=365)).state == "stressed"


def test_closed_renewals_and_new_loans_are_not_listed(ledger):
    loans = ledger(2, issue_type=["refinance", "new"], balance_yuan=[0.0, 100.0], status=["settled", "normal"])
    assert stressed_renewals(loans, as_of=AS_OF).empty


def test_a_book_without_renewals_gives_an_empty_list_with_its_columns(ledger):
    found = stressed_renewals(ledger(0), as_of=AS_OF)
    assert found.empty and "state" in found.columns


def test_renewal_input_is_left_alone(renewed, month_ends, unchanged):
    loans, months = renewed(), month_ends(["L0000"], ["2025-12"])
    with unchanged(loans, months):
        stressed_renewals(loans, months, as_of=AS_OF)


def test_two_years_of_interest_are_new_money(renewed):
    old = {"disbursed_date": "2024-01-10"}
    assert not _judged(renewed(old=old, new={"amount_yuan": 110.0})).covers_interest


def test_a_book_without_renewals_joins_the_four_pars(ledger):
    from microlib.metrics.quality import four_pars

    loans = ledger(3)
    shares = four_pars(loans, renewals=stressed_renewals(loans, as_of=AS_OF), as_of=AS_OF).set_index("measure").share
    assert shares["par30_adjusted"] == 0.0


def test_who_answers_for_what_turns_bad_is_told_first_day_first(ledger):
    loans = ledger(4, overdue_days=[71, 80, 85, 10], balance_yuan=[5.0, 7.0, 9.0, 1.0], status="overdue",
                   class5="special_mention", rm_id=["R1", None, "R1", "R2"])  # fmt: skip
    crossing = loans_turning_bad(loans, as_of=AS_OF)
    found = crossing_managers(crossing)
    assert found["crossing_date"].astype(str).tolist() == ["2026-07-06", "2026-07-11"]
    assert found["balance_yuan"].tolist() == [14.0, 7.0] and found["loans_count"].tolist() == [2, 1]
    assert found["balance_yuan"].sum() == crossing["balance_yuan"].sum(), "a loan of nobody is counted too"
    assert crossing_managers(crossing[:0]).empty
