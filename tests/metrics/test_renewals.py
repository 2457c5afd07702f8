from __future__ import annotations

import pandas as pd
import pytest

from microlib.metrics.renewals import StressRules, stressed_renewals

AS_OF = "2026-06-30"


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


def test_input_is_left_alone(renewed, month_ends, unchanged):
    loans, months = renewed(), month_ends(["L0000"], ["2025-12"])
    with unchanged(loans, months):
        stressed_renewals(loans, months, as_of=AS_OF)


def test_two_years_of_interest_are_new_money(renewed):
    old = {"disbursed_date": "2024-01-10"}
    assert not _judged(renewed(old=old, new={"amount_yuan": 110.0})).covers_interest


def test_a_book_without_renewals_joins_the_four_pars(ledger):
    from microlib.metrics.pars import four_pars

    loans = ledger(3)
    shares = four_pars(loans, renewals=stressed_renewals(loans, as_of=AS_OF), as_of=AS_OF).set_index("measure").share
    assert shares["par30_adjusted"] == 0.0
