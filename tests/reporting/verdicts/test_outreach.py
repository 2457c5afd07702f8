"""What the cases of selling may say: an effect only against a hold-out."""

from __future__ import annotations

import pandas as pd
import pytest

from microlib.reporting.catalogues import Words
from microlib.reporting.verdicts import outreach


def said(reading: str, lang: str) -> str:
    row = pd.DataFrame({"reading": [reading], "lift_share": [0.08], "lift_low": [0.04], "lift_high": [0.12],
                        "lift_share_count": [900]})  # fmt: skip
    told = outreach.case_effect(row)
    return Words(lang).sentence(told.key, **told.values)


@pytest.mark.parametrize(
    ("lang", "words"), [("zh", "不能推断效果，只能描述"), ("en", "No inference possible, descriptive only")]
)
def test_one_market_is_described_and_not_inferred_from(lang, words) -> None:
    assert words in said("no_inference", lang) and "8.0" not in said("no_inference", lang)


def test_an_effect_is_claimed_only_above_zero_against_a_hold_out() -> None:
    assert "7" not in said("process_only", "en") and "Process only" in said("process_only", "en")
    assert "no effect can be told" in said("not_distinguished", "en")
    assert "hold-out drawn by lot" in said("lifted", "en")


def test_a_cost_for_each_added_loan_needs_a_hold_out() -> None:
    cost = pd.DataFrame({"cost_per_added_yuan": [float("nan")], "cost_per_loan_yuan": [900.0], "loans_count": [26]})
    assert outreach.case_cost(cost, pd.DataFrame({"break_even_count": [3.9]})).key == "case_cost_plain"
