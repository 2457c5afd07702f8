"""The hotel of the course: every key of its arithmetic, before and after the redesign.

The hotel case as its notebook computes it: from the file alone, with every key of the course.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.contracts.cases import ProjectCase
from microlib.contracts.documents import checked, read_toml
from microlib.design.projects import (
    Venture,
    acceptance_delays,
    break_even_share,
    break_evens,
    coverage_cases,
    hidden_funding,
    hidden_parts,
    project_cash,
    project_coverage,
    project_funding,
    read_case,
    story_cash,
    story_coverages,
    term_clauses,
)
from microlib.design.schedules import Loan
from microlib.errors import BadConfig
from microlib.home import Home

HOTEL = Venture(60, 230, 0.72, 0.22, 130_000, ramp_share=0.45, ramp_months=6)
CLOSED = replace(HOTEL, closed_months=3)
BANK, GRACE = Loan(2_100_000, 0.055, 36), Loan(2_100_000, 0.055, 36, grace_months=6)
HIDDEN = Loan(600_000, 0.12, 24)
DECLARED, WHOLE, EASED = {"bank": BANK}, {"bank": BANK, "hidden": HIDDEN}, {"bank": GRACE}
EASED_WHOLE = {"bank": GRACE, "hidden": HIDDEN}


def summary(venture, debts):
    return project_coverage(project_cash(venture, debts=debts)).iloc[0]


@pytest.mark.parametrize(
    ("debts", "coverage", "worst"),
    [(DECLARED, 1.62, -288_584), (WHOLE, 1.12, -458_049), (EASED, 1.37, 0), (EASED_WHOLE, 0.99, -150_171)],
)
def test_coverage_and_deepest_hole(debts, coverage, worst) -> None:
    """C01 and corrections, 'Hotel case'; a yuan for each ten months that are rounded to the fen there."""
    found = summary(HOTEL, debts)
    assert round(found["coverage_ratio"], 2) == coverage
    assert found["worst_yuan"] == pytest.approx(worst, abs=5)


@pytest.mark.parametrize(
    ("debts", "worst"), [(DECLARED, -868_819), (WHOLE, -1_123_015), (EASED, -581_114), (EASED_WHOLE, -847_678)]
)
def test_three_closed_months_while_rent_runs(debts, worst) -> None:
    """Corrections, 'Hotel case'."""
    found = summary(CLOSED, debts)
    assert found["worst_yuan"] == pytest.approx(worst, abs=5)
    assert found["reserve_yuan"] == -found["worst_yuan"]


def test_cash_along_the_way() -> None:
    """Answer keys: month 6 -458,049, month 12 -392,967, month 24 -262,804."""
    cash = project_cash(HOTEL, debts=WHOLE).set_index("month_number")["cumulative_yuan"]
    assert cash[[6, 12, 24]].to_list() == pytest.approx([-458_049, -392_967, -262_804], abs=1)


@pytest.mark.parametrize(
    ("service", "asked", "share"),
    [(63_411, 1, 0.599), (63_411 + 28_244, 1, 0.686), (63_411, 1.2, 0.638), (63_411 + 28_244, 1.2, 0.743),
     (75_083, 1, 0.635), (75_083 + 28_244, 1, 0.723)],
)  # fmt: skip
def test_occupancy_at_which_debt_is_just_paid(service, asked, share) -> None:
    """59.9 and 68.6 % under the old instalment, 63.5 and 72.3 % under the redesign."""
    found = break_even_share(HOTEL, service_yuan=service, coverage_ratio=asked)
    assert found == pytest.approx(share, abs=0.0006)


@pytest.mark.parametrize(("service", "expected"), [(63_411, [1.62, 1.11, 1.25, 0.79, 0.24]),
                                                   (91_655, [1.12, 0.77, 0.86, 0.55, 0.17])])  # fmt: skip
def test_cases_of_the_answer_keys(service, expected) -> None:
    cases = {"base": {}, "emptier": {"full_share": 0.62}, "cheaper": {"price_yuan": 207.0},
             "both": {"full_share": 0.62, "price_yuan": 207.0}, "ramp": {"full_share": 0.45}}  # fmt: skip
    found = coverage_cases(HOTEL, service_yuan=service, cases=cases)
    assert found["coverage_ratio"].round(2).to_list() == expected
    assert found["cash_yuan"].round().to_list() == [102_502, 70_210, 79_252, 50_189, 15_314]


def test_a_borrowed_down_payment_is_leverage() -> None:
    assert project_funding(3e6, debts=DECLARED)["own_share"].item() == pytest.approx(0.30)
    assert project_funding(3e6, debts=WHOLE)["borrowed_share"].item() == pytest.approx(0.90)
    over = project_funding(3e6, debts=DECLARED, overrun_share=0.1)
    assert over["own_yuan"].item() == pytest.approx(1_200_000)


def test_at_its_break_even_a_month_leaves_nothing() -> None:
    share = break_even_share(HOTEL, service_yuan=50_000)
    assert HOTEL.cash_at(share) == pytest.approx(50_000)


@settings(max_examples=25, deadline=None)
@given(closed=st.integers(0, 6), ramp=st.integers(0, 12), more=st.integers(1, 6))
def test_more_months_without_trade_never_help(closed, ramp, more) -> None:
    base = replace(HOTEL, closed_months=closed, ramp_months=ramp)
    later = replace(base, closed_months=closed + more)
    assert summary(later, DECLARED)["worst_yuan"] <= summary(base, DECLARED)["worst_yuan"] + 1e-6


def test_the_reserve_fills_the_hole_exactly() -> None:
    need = summary(CLOSED, WHOLE)["reserve_yuan"]
    cash = project_cash(CLOSED, debts=WHOLE, reserve_yuan=need)
    assert cash["cumulative_yuan"].min() == pytest.approx(0, abs=1e-6)


def test_what_makes_no_project_is_refused() -> None:
    with pytest.raises(BadConfig, match="there is no debt"):
        project_cash(HOTEL, debts={})
    with pytest.raises(BadConfig, match="full_share = 72: is not a share"):
        project_cash(replace(HOTEL, full_share=72), debts=DECLARED)
    with pytest.raises(BadConfig, match="leaves nothing"):
        break_even_share(replace(HOTEL, variable_share=1.0), service_yuan=1)


FILE = Path(__file__).resolve().parents[2] / "data" / "cases" / "hotel_renovation.toml"


@pytest.fixture(scope="module")
def hotel():
    return read_case(Home(FILE.parents[2]), case="hotel_renovation")


@pytest.fixture(scope="module")
def told(hotel):
    return story_coverages(hotel).set_index(["plan", "works", "debts"])


@pytest.mark.parametrize(
    ("story", "coverage", "worst"),
    [(("signed", "open", "declared"), 1.62, -288_584), (("signed", "open", "all"), 1.12, -458_049),
     (("signed", "closed", "declared"), 1.62, -868_819), (("signed", "closed", "all"), 1.12, -1_123_015),
     (("redesigned", "open", "declared"), 1.37, 0), (("redesigned", "open", "all"), 0.99, -150_171),
     (("redesigned", "closed", "declared"), 1.37, -581_114), (("redesigned", "closed", "all"), 0.99, -847_678)],
)  # fmt: skip
def test_each_story_has_its_key(told, story, coverage, worst) -> None:
    assert round(told.loc[story, "coverage_ratio"], 2) == coverage
    assert told.loc[story, "worst_yuan"] == pytest.approx(worst, abs=1)


def test_break_evens_belong_to_their_own_instalment(hotel) -> None:
    found = break_evens(hotel)["even_share"]
    assert (found * 100).round(1).to_list() == [59.9, 68.6, 63.5, 72.3]


def test_every_month_of_waiting_costs_rent_and_interest(hotel) -> None:
    delays = acceptance_delays(hotel)
    rent, instalment = hotel.venture.fixed_month_yuan, 63_411.51
    assert -delays["signed_yuan"].diff().iloc[1] == pytest.approx(rent + instalment, abs=1)


def test_the_figure_and_the_table_tell_the_same_hole(hotel, told) -> None:
    cash = story_cash(hotel, works="closed")
    assert cash["redesigned_all_yuan"].min() == told.loc[("redesigned", "closed", "all"), "worst_yuan"]


def test_the_true_leverage_is_nine_tenths(hotel) -> None:
    assert hidden_funding(hotel)["borrowed_share"].iloc[1] == pytest.approx(0.9)


def test_the_last_hidden_step_is_a_whole_borrowed_down_payment(hotel) -> None:
    parts = hidden_parts(hotel)
    assert parts["borrowed_share"].iloc[-1] == pytest.approx(1)
    assert parts["coverage_ratio"].is_monotonic_decreasing


def test_the_clauses_carry_the_numbers_that_would_have_held(hotel, told) -> None:
    asked = term_clauses(hotel).set_index("clause")
    assert asked.loc["own_funds", "asked_yuan"] == 1_200_000
    assert asked.loc["opening_reserve", "asked_yuan"] == -told.loc[("redesigned", "closed", "declared"), "worst_yuan"]
    assert asked.loc["tenor_within_lease", "asked_months"] == hotel.project.lease_months


def test_a_case_without_a_declared_debt_is_refused() -> None:
    content = read_toml(FILE)
    content["debts"] = [debt | {"is_declared": False} for debt in content["debts"]]
    with pytest.raises(BadConfig, match="no debt is declared"):
        checked(content, ProjectCase, where=FILE)
