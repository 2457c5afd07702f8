"""Rules held against the books, and the decision at the end of a page with the number that overturns it."""

from datetime import date

import pandas as pd
import pytest

from microlib.bank.branch import read_branch
from microlib.design.review_decisions import (
    axes_decision,
    collateral_decision,
    reason_decision,
    rule_decision,
    use_decision,
)
from microlib.design.rules import check_portfolio, read_rules
from microlib.design.terms import read_policy

DAY = date(2026, 6, 30)


@pytest.fixture(scope="module")
def dated(root):
    return {"policy": read_policy(root, as_of=DAY), "as_of": DAY}


def states(root, demo_home, branch):
    book = read_branch(demo_home, branch=branch, as_of=DAY)
    found = check_portfolio(book, read_rules(root, as_of=DAY), threshold_yuan=5e5)
    return set(found.rule[found.state == "fail"])


def test_breached_rules_are_named_where_they_were_planted_and_nowhere_else(root, demo_home):
    assert states(root, demo_home, "0755") == {"property_use", "registered_first"}
    assert states(root, demo_home, "0896") == set()


def test_a_ledger_alone_leaves_rules_of_conduct_unanswered(root, demo_home):
    book = read_branch(demo_home, branch="0591", as_of=DAY)
    found = check_portfolio(book, read_rules(root, as_of=DAY), threshold_yuan=5e5).set_index("rule")
    assert found.state["property_use"] == "unknown"


def test_few_reviews_wait_and_many_that_agree_act(dated):
    pareto = pd.DataFrame({"reviewed_count": [8], "realised_loss_yuan": [1e6], "reason_share": [0.5]})
    sure = pd.DataFrame({"kappa_low": [0.6]})
    assert reason_decision(pareto, sure, **dated).action.item() == "wait"
    assert reason_decision(pareto.assign(reviewed_count=80), sure, **dated).action.item() == "do"
    assert reason_decision(pareto.assign(reviewed_count=80), sure - 0.5, **dated).step.item() == "code_reasons_again"


def test_no_sign_waits_and_a_sign_asks_for_papers(dated):
    none = pd.DataFrame({"sign": ["any_sign"], "loans_count": [0], "balance_yuan": [0.0]})
    some = none.assign(loans_count=3, balance_yuan=1e6)
    assert use_decision(none, **dated).action.item() == "wait"
    found = use_decision(some, **dated)
    assert (found.action.item(), found.amount_yuan.item()) == ("do", 1e6)
    wanted = ("cleared_share", "above", 1 - dated["policy"].quality.appetite_share)
    assert tuple(found[["overturning_measure", "overturning_side", "overturning_value"]].iloc[0]) == wanted


def test_a_breach_is_told_with_what_is_owed_and_not_overturned_by_being_mended(root, demo_home, dated):
    """Nine pledges registered late secure 9,252,385.70 yuan, nine loans with money to sellers of homes 1,178,070.21."""
    book = read_branch(demo_home, branch="0755", as_of=DAY)
    found = check_portfolio(book, read_rules(root, as_of=DAY), threshold_yuan=5e5)
    links, loans = book["collateral_links"], book["loans"].set_index("loan_id")
    rows = links.merge(book["collateral"], on="collateral_id").join(loans["disbursed_date"], on="loan_id")
    late = rows.loc[rows["registered_date"] > rows["disbursed_date"], "loan_id"].unique()
    owed = found.set_index("rule")["balance_yuan"]
    assert owed["registered_first"] == pytest.approx(loans.loc[late, "balance_yuan"].sum()) == pytest.approx(9252385.7)
    row = rule_decision(found, **dated).iloc[0]
    assert row["amount_yuan"] == pytest.approx(9252385.70 + 1178070.21)
    assert (row["overturning_measure"], row["overturning_value"]) == ("disproved_rules_count", 1.0)


def test_rules_without_a_table_are_no_all_clear(dated):
    row = pd.DataFrame({"state": ["unknown", "unknown"], "balance_yuan": None})
    assert rule_decision(row, **dated)[["action", "step"]].iloc[0].tolist() == ["wait", "answer_rules"]
    assert axes_decision(pd.DataFrame({"quadrant": []}), **dated)["action"].item() == "wait"


def shocks(*, low=0.0, **columns):
    return pd.DataFrame({"fall_share": [0.0, 0.3], "sold_open_low_yuan": low, **columns})


def test_collateral_is_judged_on_sales_and_never_clear_without_one(dated):
    found = collateral_decision(shocks(sold_open_yuan=[2e5, 5e5]), **dated).iloc[0]
    assert (found["action"], found["amount_yuan"], found["waiting_cost_yuan"]) == ("do", 5e5, 2e5)
    assert collateral_decision(shocks(sold_open_yuan=0.0), **dated)["step"].item() == "keep_haircuts"
    assert collateral_decision(shocks(sold_open_yuan=0.0, low=None), **dated)["step"].item() == "record_sales"


def test_every_decision_names_owner_date_and_overturning_number(dated):
    found = collateral_decision(shocks(sold_open_yuan=[0.0, 5e5]), **dated)
    assert found.notna().all().drop("waiting_cost_yuan").all()
    assert found.due_date.item() > pd.Timestamp(DAY)
