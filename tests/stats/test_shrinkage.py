"""Shrunk rates: published tumours, brute-force integration, what few cells must not claim, coverage, laws, refusals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import betainc, betaln, expit

from microlib.errors import BadData, EmptyBook
from microlib.stats.shrinkage import Prior, blend, fit_prior, fit_priors, shrink_rates

PUBLISHED = Path(__file__).resolve().parents[1] / "published" / "rat_tumours"
cells = st.lists(st.tuples(st.integers(0, 20), st.integers(20, 500)), min_size=1, max_size=12)


def _cells(bad, total):
    return pd.DataFrame({"bad_count": bad, "total_count": total})


def _rats(groups):
    rows = pd.read_csv(PUBLISHED / "input.csv")
    return rows if groups == 70 else pd.concat([rows, _cells([4], [14])], ignore_index=True)


def test_rat_tumours():
    """The book's posterior means of the prior's weights are 2.4 and 14.3, under another vague prior than ours."""
    prior = fit_prior(_rats(71))
    assert prior.chance @ prior.bad == pytest.approx(2.4, abs=0.2)
    assert prior.chance @ prior.good == pytest.approx(14.3, abs=1.0)


def test_four_of_fourteen_and_none_of_twenty():
    """Reference E4: .208219 and .064231 at the likeliest prior of 71 groups; all likely priors lie close by."""
    shrunk = shrink_rates(_rats(71)).shrunk_rate
    assert (shrunk.iloc[-1], shrunk.iloc[0]) == pytest.approx((0.208219, 0.064231), abs=2e-3)


def test_the_grid_agrees_with_integration_by_brute_force():
    rats = _rats(71)
    mean, spread = expit(np.linspace(-4, 0, 150))[:, None], np.linspace(0.02, 1.8, 150)
    strength = 1 / (mean * (1 - mean)) / spread**2 - 1
    first, second = mean * strength, (1 - mean) * strength
    bad, total = rats["bad_count"].to_numpy(), rats["total_count"].to_numpy()
    logs = sum(betaln(first + d, second + n - d) - betaln(first, second) for d, n in zip(bad, total, strict=True))
    weight = np.exp(logs - logs.max() - spread**2 / 4.5) * np.sqrt(mean * (1 - mean))
    wanted = (weight * (first + 4) / (first + second + 14)).sum() / weight.sum()
    assert shrink_rates(rats).shrunk_rate.iloc[-1] == pytest.approx(wanted, abs=1e-4)


def test_the_books_own_posterior():
    """BDA: prior (1.4, 8.6) and 4 of 14 give Beta(5.4, 18.6), mean .225."""
    assert shrink_rates(_cells([4], [14]), prior=Prior(1.4, 8.6)).shrunk_rate.item() == pytest.approx(0.225, abs=1e-9)


@pytest.mark.parametrize(
    ("bad", "total", "expected"),
    [(0, 40, (0.0142, 0.0035, 0.0306)), (3, 60, (0.0271, 0.0116, 0.0477)), (9, 400, (0.0213, 0.0122, 0.0323))],
)
def test_answer_keys_of_the_course(bad, total, expected):
    """Answer keys, EB: 90 % ranges; the prior is about Beta(2.7, 147.3), hence 1e-4."""
    row = shrink_rates(_cells([bad], [total]), prior=Prior(2.7, 147.3)).iloc[0]
    assert (row.shrunk_rate, row.shrunk_low, row.shrunk_high) == pytest.approx(expected, abs=1e-4)


def test_limits_are_quantiles_of_the_mixture():
    frame = _cells([0, 1, 30], [7, 26, 400])
    prior = fit_prior(frame)
    found = shrink_rates(frame, prior=prior)
    for name, share in (("shrunk_low", 0.05), ("shrunk_high", 0.95), ("shrunk_upper", 0.8)):
        for row in found.itertuples():
            first, second = prior.bad + row.bad_count, prior.good + row.total_count - row.bad_count
            gap = lambda point, a=first, b=second, q=share: betainc(a, b, expit(point)) @ prior.chance - q  # noqa: E731
            assert np.log(getattr(row, name)) == pytest.approx(np.log(expit(brentq(gap, -300, 30))), abs=1e-6)


def test_three_small_cells_are_not_sure_of_each_other():
    """Were all one cell, 3 of 35 gives 3.2-18.8 %; the likeliest prior alone gave 8.1-9.0 %."""
    first = shrink_rates(_cells([1, 2, 0], [10, 20, 5])).iloc[0]
    assert first.shrunk_low < 0.035 and first.shrunk_high > 0.18


def test_a_clean_group_beside_a_bank_of_five_in_38_is_not_free_of_risk():
    """The likeliest prior said .04 % with a bound of 0."""
    found = shrink_rates(_cells([0], [7]), prior=fit_prior(_cells([5, 0], [31, 7]))).iloc[0]
    assert 0.02 < found.shrunk_rate < 0.15 and found.shrunk_upper >= found.shrunk_rate


def test_a_bank_without_any_case_is_not_taken_at_a_rate_nobody_saw():
    """No bad at all in 9,545 was once taken as experience of 25 %."""
    sections = fit_priors(_cells(0, [1909] * 5).assign(kind=list("CFGHO")))
    for prior in (fit_prior(_cells(0, [1909] * 5)), sections["F"]):
        assert shrink_rates(_cells([0], [2]), prior=prior).shrunk_rate.item() < 0.002


#: cells, least and most borrowers in each, draws for each true beta; the bench proves more of them, and smaller cells
DESIGNS = {
    "12 of 20-60": (12, 20, 60, 2),
    "30 of 3-12": (30, 3, 12, 1),
    "40 of 20-200": (40, 20, 200, 1),
}
BETAS = [(1, 9), (2, 98), (5, 20), (0.5, 9.5), (10, 190), (3, 27), (20, 180), (1, 49)]


def test_ranges_cover_what_they_say_and_predict_no_worse():
    """Simulated over a spread of true betas: nominal 90 %; log loss against the pooled and the raw rate."""
    generator, hits, losses = np.random.default_rng(11), [], []
    for beta in BETAS:
        for count, least, most, times in DESIGNS.values():
            for _ in range(times):
                rates, total = generator.beta(*beta, count), generator.integers(least, most + 1, count)
                bad = generator.binomial(total, rates)
                found = shrink_rates(_cells(bad, total))
                hits.append(((found.shrunk_low <= rates) & (rates <= found.shrunk_high)).mean())
                told = (found.shrunk_rate, (bad.sum() + 0.5) / (total.sum() + 1), (bad + 0.5) / (total + 1))
                losses.append([-(rates * np.log(each) + (1 - rates) * np.log(1 - each)).mean() for each in told])
    ours, pooled, raw = np.mean(losses, axis=0)
    assert np.mean(hits) >= 0.86 and ours <= min(pooled, raw)


@settings(max_examples=25, deadline=None)
@given(cells)
def test_a_shrunk_rate_is_the_weighted_mean_of_its_own_and_the_prior(rows):
    found = shrink_rates(pd.DataFrame(rows, columns=["bad_count", "total_count"]))
    weight = found.prior_weight_share
    assert ((1 - weight) * found.rate + weight * found.prior_rate).to_numpy() == pytest.approx(
        found.shrunk_rate.to_numpy()
    )
    assert (found.shrunk_low <= found.shrunk_high).all() and (found.shrunk_rate <= found.shrunk_upper).all()


@settings(max_examples=25, deadline=None)
@given(cells)
def test_the_order_of_cells_does_not_matter(rows):
    frame = pd.DataFrame(rows, columns=["bad_count", "total_count"])
    forth, back = shrink_rates(frame).shrunk_rate, shrink_rates(frame[::-1]).shrunk_rate.sort_index()
    assert forth.to_numpy() == pytest.approx(back.to_numpy(), rel=1e-9)


def test_cells_are_left_alone_and_their_other_columns_kept(unchanged):
    frame = _cells([1, 2, 9], [40, 60, 99]).assign(segment=["a", "b", "c"], kind=["k", "k", "l"])
    with unchanged(frame):
        assert shrink_rates(frame).segment.to_list() == ["a", "b", "c"]
        fit_priors(frame)


def test_an_empty_cell_gets_the_prior_and_no_rate():
    found = shrink_rates(_cells([0, 3], [0, 60]), prior=Prior(2.7, 147.3))
    assert np.isnan(found.rate[0]) and found.shrunk_rate[0] == pytest.approx(0.018)
    assert found.is_rankable.to_list() == [False, False]


def test_a_kind_far_from_the_others_is_left_where_it_is():
    """Planted: eleven kinds at 2 %, one at 10 %, each in ten branches."""
    generator = np.random.default_rng(3)
    kinds = np.repeat([f"k{i:02d}" for i in range(12)], 10)
    truth = np.where(kinds == "k00", 0.10, 0.02)
    bad = generator.binomial(60, truth)
    priors = fit_priors(_cells(bad, 60).assign(kind=kinds))
    assert priors["k00"].mean == pytest.approx(bad[:10].mean() / 60, rel=0.25)
    assert np.mean([priors[f"k{i:02d}"].mean for i in range(1, 12)]) == pytest.approx(0.02, abs=0.004)


def test_a_small_cell_listens_to_its_own_kind_in_other_branches():
    priors = fit_priors(_cells([40, 20, 20], [500, 1000, 1000]).assign(kind=["market", "F", "G"]))
    own = [shrink_rates(_cells([0], [10]), prior=priors[kind]).shrunk_rate.item() for kind in ("market", "F")]
    assert own[0] > 1.5 * own[1]


def test_a_kind_in_two_years_is_told_by_both():
    both = _cells([10, 2], [200, 200]).assign(kind="F", year=["2024-06", "2025-06"])
    assert 0.01 < fit_priors(both)["F"].mean < 0.05


def test_a_mixed_cell_expects_the_mean_of_its_kinds():
    priors = fit_priors(_cells([40, 20], [500, 1000]).assign(kind=["market", "F"]))
    mixed = blend(priors, {"market": 3, "F": 1})
    assert mixed.mean == pytest.approx(0.75 * priors["market"].mean + 0.25 * priors["F"].mean)
    assert (
        blend(priors, {"never seen": 4}).mean == pytest.approx(priors[""].mean) == pytest.approx(blend(priors, {}).mean)
    )


def test_refusals_of_a_prior():
    for fit in (fit_prior, fit_priors):
        with pytest.raises(EmptyBook, match="no cell has a borrower"):
            fit(_cells([0], [0]).assign(kind="F"))
        with pytest.raises(BadData, match="missing or infinite"):
            fit(_cells([np.nan], [1]).assign(kind="F"))
