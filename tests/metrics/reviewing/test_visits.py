"""A visit finds the owners whose worth does not add up, and asks nobody else."""

import pytest

from microlib.errors import EmptyBook
from microlib.metrics.reviewing import services, visits

WAY = {"tolerance_share": 0.1, "yearly_rate": 0.12, "months": 24}


def test_planted_hidden_debts_are_found_and_nobody_else(planted, world):
    equity = visits.unexplained_equity(planted["site_checks"], **WAY)
    assert set(equity.customer_id[~equity.is_explained]) == set(world.truth["hidden_debt"]["customer_ids"])


def test_the_gap_is_near_what_was_hidden(planted, world):
    equity = visits.unexplained_equity(planted["site_checks"], **WAY).set_index("customer_id")
    for customer, hidden in world.truth["hidden_debt"]["hidden_yuan"].items():
        assert equity.hidden_yuan[customer] == pytest.approx(hidden, rel=0.35)


def test_borrowed_own_funds_fall_short(planted, world):
    parts = visits.own_parts(planted["site_checks"], own_share=0.3).set_index("customer_id")
    owners = [name for name in world.truth["hidden_debt"]["customer_ids"] if name in parts.index]
    assert owners
    assert not parts.is_met[owners].any()


def test_hidden_debt_of_customers_never_visited_is_unknown(planted):
    equity = visits.unexplained_equity(planted["site_checks"], **WAY)
    owed = services.monthly_services(planted["loans"], equity, as_of="2026-06-30", notional_months=36)
    assert owed.hidden_month_yuan[~owed.customer_id.isin(equity.customer_id)].isna().all()


def test_no_project_no_own_part(planted):
    plain = planted["site_checks"].assign(project_yuan=float("nan"))
    with pytest.raises(EmptyBook, match="project"):
        visits.own_parts(plain, own_share=0.3)
