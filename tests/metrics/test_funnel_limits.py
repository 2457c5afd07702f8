"""Limits of a funnel plot, and shares expected of a mix."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, norm

from microlib.errors import BadData, EmptyBook
from microlib.metrics.funnel_limits import funnel_limits
from microlib.metrics.mix_standards import expected_shares


def test_for_many_cases_the_limits_are_the_normal_ones():
    found = funnel_limits([1_000_000], target=0.05, levels=[0.95]).iloc[0]
    half = norm.ppf(0.975) * np.sqrt(0.05 * 0.95 / 1_000_000)
    assert found["low_share"] == pytest.approx(0.05 - half, abs=2e-6)
    assert found["high_share"] == pytest.approx(0.05 + half, abs=2e-6)


def test_the_limit_lies_between_the_whole_cases_that_bracket_its_probability():
    found = funnel_limits([137], target=0.07, levels=[0.95]).iloc[0]
    reached = binom.ppf(0.975, 137, 0.07)
    assert (reached - 1) / 137 <= found["high_share"] <= reached / 137


def test_outer_limits_contain_inner_ones_and_all_contain_the_target():
    found = funnel_limits([30, 100, 500], target=0.05)
    inner, outer = (found[found["level"] == level].reset_index() for level in (0.95, 0.998))
    assert (outer["low_share"] <= inner["low_share"]).all() and (outer["high_share"] >= inner["high_share"]).all()
    assert ((inner["low_share"] < 0.05) & (inner["high_share"] > 0.05)).all()


def test_a_branch_without_cases_is_refused():
    with pytest.raises(BadData, match="cases and a share"):
        funnel_limits([0], target=0.05)


PIECES = pd.DataFrame({"b": ["x", "x", "y", "y"], "t": ["p", "q", "p", "q"], "hit": [1.0, 4.0, 3.0, 4.0],
                       "base": [10.0, 90.0, 90.0, 10.0]})  # fmt: skip


def test_expected_yuan_add_up_to_the_bank_s_own():
    expected = expected_shares(PIECES, within="b", across="t", hit="hit", base="base")["expected_share"]
    assert (expected * PIECES.groupby("b")["base"].sum()).sum() == pytest.approx(PIECES["hit"].sum())


def test_a_branch_with_the_bank_s_own_mix_expects_the_bank_s_share():
    same = PIECES.assign(base=50.0)
    expected = expected_shares(same, within="b", across="t", hit="hit", base="base")["expected_share"]
    assert expected.to_list() == pytest.approx([12 / 200, 12 / 200])


def test_a_bank_without_balance_is_refused():
    with pytest.raises(EmptyBook):
        expected_shares(PIECES.assign(base=0.0), within="b", across="t", hit="hit", base="base")
