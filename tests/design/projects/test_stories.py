"""The hotel case as its notebook computes it: from the file alone, with every key of the course."""

from __future__ import annotations

from pathlib import Path

import pytest

from microlib.contracts.documents import checked, read_toml
from microlib.contracts.project_cases import ProjectCase
from microlib.design.projects import cases, clauses, stories
from microlib.errors import BadConfig
from microlib.homes import Home

FILE = Path(__file__).resolve().parents[3] / "data" / "cases" / "hotel_renovation.toml"


@pytest.fixture(scope="module")
def hotel():
    return cases.read_case(Home(FILE.parents[2]), case="hotel_renovation")


@pytest.fixture(scope="module")
def told(hotel):
    return stories.story_coverages(hotel).set_index(["plan", "works", "debts"])


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
    found = stories.break_evens(hotel)["even_share"]
    assert (found * 100).round(1).to_list() == [59.9, 68.6, 63.5, 72.3]


def test_every_month_of_waiting_costs_rent_and_interest(hotel) -> None:
    delays = stories.acceptance_delays(hotel)
    rent, instalment = hotel.venture.fixed_month_yuan, 63_411.51
    assert -delays["signed_yuan"].diff().iloc[1] == pytest.approx(rent + instalment, abs=1)


def test_the_figure_and_the_table_tell_the_same_hole(hotel, told) -> None:
    cash = stories.story_cash(hotel, works="closed")
    assert cash["redesigned_all_yuan"].min() == told.loc[("redesigned", "closed", "all"), "worst_yuan"]


def test_the_true_leverage_is_nine_tenths(hotel) -> None:
    assert clauses.hidden_funding(hotel)["borrowed_share"].iloc[1] == pytest.approx(0.9)


def test_the_last_hidden_step_is_a_whole_borrowed_down_payment(hotel) -> None:
    parts = clauses.hidden_parts(hotel)
    assert parts["borrowed_share"].iloc[-1] == pytest.approx(1)
    assert parts["coverage_ratio"].is_monotonic_decreasing


def test_the_clauses_carry_the_numbers_that_would_have_held(hotel, told) -> None:
    asked = clauses.term_clauses(hotel).set_index("clause")
    assert asked.loc["own_funds", "asked_yuan"] == 1_200_000
    assert asked.loc["opening_reserve", "asked_yuan"] == -told.loc[("redesigned", "closed", "declared"), "worst_yuan"]
    assert asked.loc["tenor_within_lease", "asked_months"] == hotel.project.lease_months


def test_a_case_without_a_declared_debt_is_refused() -> None:
    content = read_toml(FILE)
    content["debts"] = [debt | {"is_declared": False} for debt in content["debts"]]
    with pytest.raises(BadConfig, match="no debt is declared"):
        checked(content, ProjectCase, where=FILE)
