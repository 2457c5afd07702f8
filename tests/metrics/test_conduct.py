"""An elasticity is recovered with its range, or the history is said to be too short.

Odd timelines are found where they were planted; ordinary office days are not.
Signs in the use of funds are found where they were planted, and refunds are none.
A visit finds the owners whose worth does not add up, and asks nobody else.
"""

from __future__ import annotations

import pandas as pd
import pytest

from microlib.errors import EmptyBook, MissingTable
from microlib.metrics.conduct import (
    CHECKS,
    elasticities,
    monthly_services,
    own_parts,
    timeline_checks,
    timeline_summary,
    unexplained_equity,
    use_signs,
    use_summary,
)

RULES = {"months": 36, "customers": 5, "fall": 0.1}


@pytest.fixture(scope="module")
def found(planted):
    who = {name: planted[name] for name in ("customers", "loans")}
    frame = elasticities(planted["external_series"], planted["flow_months"], **who, rules=RULES)
    return frame.set_index("series_id")


def test_the_planted_elasticity_lies_in_its_range(found, world):
    truth = world.truth["external_series"]
    row = found.loc[truth["followed"]["series_id"]]
    assert row.elasticity_low < truth["followed"]["elasticity"] < row.elasticity_high
    assert row.finding == "follows"


def test_an_unrelated_series_cannot_say(found, world):
    assert found.finding[world.truth["external_series"]["unrelated"]] == "cannot_say"


def test_a_short_series_says_so_and_gives_no_number(found, world):
    row = found.loc[world.truth["external_series"]["too_short"]]
    assert row.finding == "too_short"
    assert row.elasticity != row.elasticity


def test_without_a_series_nothing_is_said(planted):
    with pytest.raises(MissingTable):
        elasticities(planted["external_series"].iloc[:0], planted["flow_months"],
                                  customers=planted["customers"], loans=planted["loans"], rules=RULES)  # fmt: skip


TABLES = ("applications", "loans", "collateral_links", "collateral")


@pytest.fixture(scope="module")
def checks(planted):
    return timeline_checks(*(planted[name] for name in TABLES), fastest_minutes=10)


@pytest.mark.parametrize(("check", "truth"), [("at_night", "decided_at_night"), ("papers_missing", "papers_missing")])
def test_planted_files_are_found_and_no_others(checks, world, check, truth):
    assert set(checks.application_id[checks.check == check]) == set(world.truth["timelines"][truth])


def test_minutes_and_registrations_are_found(checks, world):
    truth = world.truth["timelines"]
    assert set(truth["decided_in_minutes"]) >= set(checks.application_id[checks.check == "in_minutes"])
    assert set(checks.loan_id[checks.check == "before_registration"]) == set(truth["disbursed_before_registration"])


def test_the_crowded_day_is_the_planted_managers(checks, world):
    crowd = checks[checks.check == "crowded_day"]
    truth = world.truth["timelines"]["many_in_a_day"]
    assert set(crowd.rm_id) == {truth["rm_id"]}
    assert set(truth["ids"]) <= set(crowd.application_id)


def test_an_agents_device_is_too_common_to_be_told(checks, world):
    shared = set(checks.customer_id[checks.check == "shared_device"])
    assert shared == set(world.truth["split_groups"][0]["customer_ids"])


def test_the_summary_lists_every_check(checks, planted):
    found = timeline_summary(checks, planted["applications"])
    assert list(found.check) == list(CHECKS)
    assert found.files_count.sum() == len(checks)


def test_without_applications_nothing_is_said(planted):
    empty = planted["applications"].iloc[:0]
    with pytest.raises(MissingTable):
        timeline_checks(empty, *(planted[name] for name in TABLES[1:]), fastest_minutes=10)


USE_WAY = {"threshold_yuan": 5e5, "window_days": 10, "return_share": 0.5}


@pytest.fixture(scope="module")
def signs(planted):
    return use_signs(planted["payments"], planted["loans"], **USE_WAY)


@pytest.mark.parametrize(
    ("sign", "truth"),
    [("returned", "returned_to_borrower"), ("off_purpose", "off_purpose"),
     ("split_under_threshold", "split_under_threshold"), ("shared_payee", "one_payee_for_many")],
)  # fmt: skip
def test_planted_uses_are_found_and_nothing_else(signs, world, sign, truth):
    assert set(signs.loan_id[signs[sign]]) == set(world.truth["use_of_funds"][truth])


def test_goods_sent_back_are_no_sign(signs, world):
    refunded = set(world.truth["use_of_funds"]["refunds_innocent"]) - set(
        world.truth["use_of_funds"]["returned_to_borrower"]
    )
    assert not signs.returned[signs.loan_id.isin(refunded)].any()


def test_money_that_comes_back_after_the_window_is_no_sign():
    paid = pd.DataFrame({
        "loan_id": "L1", "paid_date": pd.to_datetime(["2026-01-05"]), "amount_yuan": 1e5, "method": "own",
        "payee_hash": "s", "payee_kind": "supplier", "memo_code": "goods", "returned_yuan": 9e4,
        "returned_date": pd.to_datetime(["2026-01-16"]),
    })  # fmt: skip
    loans = pd.DataFrame({"loan_id": ["L1"], "customer_id": "C", "rm_id": "R", "product_id": "P", "amount_yuan": 1e5,
                          "balance_yuan": 1e5})  # fmt: skip
    late = use_signs(paid, loans, **USE_WAY)
    soon = use_signs(paid, loans, **(USE_WAY | {"window_days": 11}))
    assert (late.returned.item(), soon.returned.item()) == (False, True)


def test_the_summary_counts_a_loan_of_two_signs_once(signs):
    counts = use_summary(signs).set_index("sign").loans_count
    assert counts["any_sign"] == (signs.signs != "").sum() <= counts.drop("any_sign").sum()


def test_without_payments_nothing_is_said(planted):
    with pytest.raises(MissingTable):
        use_signs(planted["payments"].iloc[:0], planted["loans"], **USE_WAY)


VISIT_WAY = {"tolerance_share": 0.1, "yearly_rate": 0.12, "months": 24}


def test_planted_hidden_debts_are_found_and_nobody_else(planted, world):
    equity = unexplained_equity(planted["site_checks"], **VISIT_WAY)
    assert set(equity.customer_id[~equity.is_explained]) == set(world.truth["hidden_debt"]["customer_ids"])


def test_the_gap_is_near_what_was_hidden(planted, world):
    equity = unexplained_equity(planted["site_checks"], **VISIT_WAY).set_index("customer_id")
    for customer, hidden in world.truth["hidden_debt"]["hidden_yuan"].items():
        assert equity.hidden_yuan[customer] == pytest.approx(hidden, rel=0.35)


def test_borrowed_own_funds_fall_short(planted, world):
    parts = own_parts(planted["site_checks"], own_share=0.3).set_index("customer_id")
    owners = [name for name in world.truth["hidden_debt"]["customer_ids"] if name in parts.index]
    assert owners
    assert not parts.is_met[owners].any()


def test_hidden_debt_of_customers_never_visited_is_unknown(planted):
    equity = unexplained_equity(planted["site_checks"], **VISIT_WAY)
    owed = monthly_services(planted["loans"], equity, as_of="2026-06-30", notional_months=36)
    assert owed.hidden_month_yuan[~owed.customer_id.isin(equity.customer_id)].isna().all()


def test_no_project_no_own_part(planted):
    plain = planted["site_checks"].assign(project_yuan=float("nan"))
    with pytest.raises(EmptyBook, match="project"):
        own_parts(plain, own_share=0.3)
