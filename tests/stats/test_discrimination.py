"""AUC, KS and the stability index: published values, closed forms, laws, refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.errors import BadData, EmptyBook
from microlib.stats.discrimination import back_test, discrimination, stability_index


def told(outcome, score, **options):
    return discrimination(pd.Series(outcome).astype(bool), pd.Series(score, dtype=float), **options).iloc[0]


def test_four_scores_of_the_vector():
    """TV-E6: AUC .75, KS .5; toad agrees."""
    found = told([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    assert (found.auc, found.ks) == (0.75, 0.5)


def test_stability_index_of_the_vector():
    """TV-E6: 0.0601986402; toad agrees."""
    found = stability_index((0.1, 0.2, 0.3, 0.4), (0.15, 0.25, 0.3, 0.3)).iloc[0]
    assert found.psi == pytest.approx(0.06019864021629681, abs=1e-12) and np.isnan(found.noise_psi)


def test_the_noise_of_the_index_is_what_equal_populations_show():
    rng = np.random.default_rng(5)
    shares = [0.1, 0.2, 0.3, 0.4]
    drawn = [stability_index(rng.multinomial(400, shares), rng.multinomial(300, shares)) for _ in range(400)]
    assert np.mean([each["psi"].item() for each in drawn]) == pytest.approx(drawn[0]["noise_psi"].item(), rel=0.15)


def test_a_perfect_ordering_gets_a_bound_and_not_certainty():
    found = told([0, 0, 0, 1, 1], [1, 2, 3, 4, 5])
    assert (found.auc, found.auc_high) == (1, 1) and found.auc_low == pytest.approx(0.025**0.5)


def test_a_score_of_one_value_tells_nothing():
    found = told([0, 1, 0, 1], [3, 3, 3, 3])
    assert (found.auc, found.ks, found.direction) == (0.5, 0, "unclear")


def test_the_interval_covers_the_truth():
    rng = np.random.default_rng(9)
    truth, hits = 0.76025, 0  # normal scores one apart: Phi(1 / sqrt 2)
    for _ in range(200):
        found = told([0] * 80 + [1] * 30, np.r_[rng.normal(size=80), rng.normal(1, 1, 30)])
        hits += found.auc_low <= truth <= found.auc_high
    assert hits >= 182


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.booleans(), st.integers(-9, 9)), min_size=3, max_size=30))
def test_turning_the_score_turns_the_auc(rows):
    outcome, score = [row[0] for row in rows], np.array([row[1] for row in rows])
    if all(outcome) or not any(outcome):
        return
    assert told(outcome, score).auc == pytest.approx(1 - told(outcome, -score).auc)
    assert told(outcome, score).auc == pytest.approx(told(outcome, np.exp(score / 9.0)).auc)


def test_missing_scores_and_outcomes_are_left_out_and_counted():
    outcome = pd.Series([True, False, None, True], dtype="boolean")
    assert discrimination(outcome, pd.Series([2.0, 1.0, 9.0, np.nan]))["missing_count"].item() == 2


def test_every_number_is_tested_but_limits_and_constants(unchanged):
    people = pd.DataFrame({"customer_id": ["C1", "C2", "C3"], "is_defaulted": [True, False, None]})
    numbers = pd.DataFrame(
        {"customer_id": ["C1", "C2", "C3"], "a": [2, 1, 0], "a_low": [1, 0, 0], "one": 1, "name": "x"}
    )
    with unchanged(people, numbers):
        found = back_test(numbers, people)
    assert found[["indicator", "missing_count"]].to_numpy().tolist() == [["a", 1]]


def test_alike_outcomes_are_refused():
    with pytest.raises(EmptyBook, match="alike"):
        told([1, 1], [1, 2])
    with pytest.raises(EmptyBook, match="no indicator"):
        back_test(pd.DataFrame({"customer_id": ["C1"]}), pd.DataFrame({"customer_id": ["C1"], "is_defaulted": [True]}))


def test_bins_that_do_not_fit_are_refused():
    with pytest.raises(BadData, match="differ"):
        stability_index([1, 2], [1, 2, 3])
    with pytest.raises(EmptyBook):
        stability_index([0, 0], [1, 2])


def test_lists_belong_together_by_place():
    told = discrimination([False, False, True, True], [0.1, 0.4, 0.35, 0.8])
    assert told[["auc", "ks"]].iloc[0].tolist() == [0.75, 0.5]
