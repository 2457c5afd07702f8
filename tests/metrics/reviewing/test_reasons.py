"""Reasons are ranked with their ranges, and two coders are compared beyond chance."""

import numpy as np
import pandas as pd
import pytest

from microlib.errors import EmptyBook
from microlib.metrics.reviewing import reasons


def coded(table: list[list[int]]) -> pd.DataFrame:
    pairs = [(a, b) for a, row in zip("abc", table, strict=False) for b, n in zip("abc", row, strict=False)
             for _ in range(n)]  # fmt: skip
    return pd.DataFrame(pairs, columns=["reason_code", "second_reason_code"])


def test_worked_example_of_kappa():
    """20, 5, 10, 15: observed 0.70, chance 0.50, kappa 0.40 (the usual textbook table)."""
    found = reasons.coder_agreement(coded([[20, 5], [10, 15]])).iloc[0]
    assert (found.agreed_share, found.chance_share, found.kappa) == pytest.approx((0.7, 0.5, 0.4))


def test_kappas_standard_error_agrees_with_a_bootstrap():
    frame = coded([[40, 6, 4], [5, 25, 2], [3, 4, 21]])
    found = reasons.coder_agreement(frame).iloc[0]
    dice = np.random.default_rng(3)
    drawn = [reasons.coder_agreement(frame.iloc[dice.integers(0, len(frame), len(frame))]).kappa.item()
             for _ in range(300)]  # fmt: skip
    assert (found.kappa_high - found.kappa_low) / 3.92 == pytest.approx(np.std(drawn), rel=0.15)


def test_coders_who_always_agree_have_kappa_one_and_chance_alone_none():
    assert reasons.coder_agreement(coded([[10, 0], [0, 10]])).kappa.item() == pytest.approx(1.0)
    assert reasons.coder_agreement(coded([[10, 10], [10, 10]])).kappa.item() == pytest.approx(0.0)


def test_shares_sum_to_one_and_the_order_is_by_number(planted, unchanged):
    with unchanged(planted["bad_loan_reviews"]):
        found = reasons.reason_pareto(planted["bad_loan_reviews"])
    assert found.reason_share.sum() == pytest.approx(1.0)
    assert found.loans_count.is_monotonic_decreasing
    assert found.cumulative_share.iloc[-1] == pytest.approx(1.0)


def test_nothing_reviewed_nothing_ranked(planted):
    with pytest.raises(EmptyBook):
        reasons.reason_pareto(planted["bad_loan_reviews"].iloc[:0])
