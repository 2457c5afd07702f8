"""The list of actions, and decisions on a pool that has borrowed nothing."""

from datetime import date

import pandas as pd
import pytest

from microlib.design.actions import LISTED, default_decisions, list_actions
from microlib.design.policies import read_policy

DAY = date(2026, 6, 30)


@pytest.fixture(scope="module")
def policy(root):
    return read_policy(root, as_of=DAY)


def _rates(low: float, share: float, high: float) -> pd.DataFrame:
    return pd.DataFrame({"segment": ["pool"], "share": share, "share_low": low, "share_high": high, "base_yuan": None})


@pytest.mark.parametrize(
    ("rates", "step"),
    [
        (_rates(0.15, 0.22, 0.30), "screen_first"),
        (_rates(0.00, 0.01, 0.03), "design_product"),
        (_rates(0.01, 0.04, 0.09), "gather_evidence"),
    ],
)
def test_a_pool_is_judged_on_its_interval(rates, step, policy):
    found = default_decisions(rates.astype({"base_yuan": "float64"}), policy=policy, as_of=DAY)
    assert found["step"].to_list() == [step]
    assert found["amount_yuan"].isna().all()


def test_what_is_due_first_stands_first(policy):
    stop = default_decisions(_rates(0.15, 0.22, 0.30).astype({"base_yuan": "float64"}), policy=policy, as_of=DAY)
    wait = default_decisions(_rates(0.01, 0.04, 0.09).astype({"base_yuan": "float64"}), policy=policy, as_of=DAY)
    found = list_actions(wait, stop)
    assert found["action"].to_list() == ["stop", "wait"]
    assert list(found.columns) == list(LISTED)


def test_nothing_proposed_is_an_empty_list():
    assert list_actions().empty
