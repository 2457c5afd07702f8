"""Families of measures against references that know nothing of them: 500 random cases each, seeds stated.

statsmodels for survival and shares, exact fractions for concentration, order and quantiles, a bracketed root for rates.
Connected groups stand against networkx and allocation against a mixed integer program beside their own tests.
"""

from __future__ import annotations

from fractions import Fraction
from math import floor

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq
from scipy.special import stdtrit
from scipy.stats import chisquare, fisher_exact
from statsmodels.api import OLS, WLS, add_constant
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

import microlib as ml
from microlib.design.cost import Retained, internal_rate, loan_flows, true_cost
from microlib.design.schedules import Loan
from microlib.metrics.campaign_effect import adjusted_difference, fisher_p
from microlib.metrics.campaign_plan import sample_ratio
from microlib.metrics.campaign_quality import matched_difference
from microlib.metrics.capacity import cash_quantiles
from microlib.metrics.churn import return_curve
from microlib.metrics.loan_failures import coder_agreement
from microlib.metrics.trade import digit_fit
from microlib.stats.concentration import concentration
from microlib.stats.discrimination import discrimination
from microlib.stats.intervals import rate_difference, rate_interval, risk_ratio
from microlib.stats.vintage import vintage_counts, vintage_curve

CASES = 500


def test_returns_are_those_of_kaplan_and_meier() -> None:
    """Seed 1; ties and the still absent included; Greenwood's error by its log-log limits."""
    dice = np.random.default_rng(1)
    for _ in range(CASES):
        count = int(dice.integers(2, 40))
        days, back = dice.integers(1, 60, count), dice.random(count) < dice.uniform(0.2, 1)
        found = return_curve(pd.DataFrame({"days": days, "has_returned": back})).iloc[1:]
        theirs = SurvfuncRight(days, back.astype(int))
        at = np.isin(theirs.surv_times, days[back])
        np.testing.assert_allclose(found["returned_share"], 1 - theirs.surv_prob[at], atol=1e-12)
        np.testing.assert_array_equal(found["at_risk_count"], np.asarray(theirs.n_risk)[at])


def test_vintages_are_those_of_aalen_and_johansen() -> None:
    """Seed 2; 500 cohorts in one frame, amounts as weights, three ways out besides going bad, ties in every month."""
    dice = np.random.default_rng(2)
    sizes = dice.integers(5, 40, CASES)
    rows = pd.DataFrame({"cohort": np.repeat(np.arange(CASES), sizes)})
    rows["outcome"] = dice.choice(["bad", "settled", "renewed", "transferred", "open"], len(rows))
    rows["month_on_book"] = dice.integers(1, 13, len(rows))
    rows["amount_yuan"] = dice.integers(1, 9, len(rows)).astype(float)
    curve = vintage_curve(vintage_counts(rows, within="cohort"), within="cohort").set_index(["cohort", "month_on_book"])
    codes = rows["outcome"].map({"open": 0, "bad": 1, "settled": 2, "renewed": 3, "transferred": 4}).to_numpy()
    for cohort, part in rows.groupby("cohort"):
        own = codes[part.index]
        if not {1, 2, 3, 4} <= set(own):
            continue
        theirs = CumIncidenceRight(part["month_on_book"].to_numpy(), own, freq_weights=part["amount_yuan"].to_numpy())
        ours = curve.loc[cohort].reindex(theirs.times)
        names = ("bad_share", "settled_share", "renewed_share", "transferred_share")
        for name, share in zip(names, theirs.cinc, strict=True):
            np.testing.assert_allclose(ours[name], share, atol=1e-12)


def test_rates_of_dated_flows_are_the_root_of_their_worth() -> None:
    """Seed 3; irregular times in years, one change of sign, rates from -60 % to 400 %."""
    dice = np.random.default_rng(3)
    for _ in range(CASES):
        count = int(dice.integers(1, 20))
        times = np.r_[0.0, np.sort(dice.uniform(0.01, 5, count))]
        amounts = np.r_[1.0, -dice.dirichlet(np.ones(count)) * dice.uniform(0.6, 2.5)] * 10.0 ** dice.integers(1, 9)
        root = brentq(lambda rate, a=amounts, t=times: (a * (1 + rate) ** -t).sum(), -1 + 1e-12, 1e9, xtol=1e-14)
        assert internal_rate(amounts, times) == pytest.approx(root, rel=1e-7, abs=1e-9)


def test_the_cost_of_a_loan_with_fees_and_a_deposit_is_that_of_its_own_flows() -> None:
    """Seed 4; instalments by the textbook's formula, unrounded; a fee at the start, a part kept back at interest."""
    dice = np.random.default_rng(4)
    for _ in range(CASES):
        months, rate = int(dice.integers(2, 37)), float(np.round(dice.uniform(0.01, 0.2), 4))
        fee, kept, earns = (float(np.round(dice.uniform(0, most), 4)) for most in (0.03, 0.3, 0.02))
        amount = float(dice.integers(50, 5000)) * 1e4
        made = loan_flows(Loan(amount, rate, months), fees=[ml.fee(rate=fee)], retained=Retained(kept, earns))
        found = true_cost(made).set_index("scope").loc["borrower"]
        instalment = amount * rate / 12 / (1 - (1 + rate / 12) ** -months)
        flows = np.r_[amount * (1 - fee - kept), np.full(months, -instalment)]
        flows[-1] += amount * kept * (1 + earns * months / 12)
        monthly = brentq(lambda r, f=flows: (f * (1 + r) ** -np.arange(len(f))).sum(), 1e-9, 1)
        assert found["apr_rate"] == pytest.approx(12 * monthly, abs=2e-6)


def test_ranges_of_rates_are_those_of_statsmodels() -> None:
    """Seed 5; counts up to 10,000, three methods, three levels."""
    dice = np.random.default_rng(5)
    total = np.round(10 ** dice.uniform(0, 4, CASES)).astype(int)
    bad = dice.binomial(total, dice.uniform(0, 1, CASES) ** 3)
    for ours, theirs in (("wilson", "wilson"), ("jeffreys", "jeffreys"), ("clopper_pearson", "beta")):
        for level in (0.8, 0.95, 0.99):
            found = rate_interval(bad, total, method=ours, level=level)
            low, high = proportion_confint(bad, total, alpha=1 - level, method=theirs)
            np.testing.assert_allclose(found["low"], np.where(bad == 0, 0, low), atol=1e-9)
            np.testing.assert_allclose(found["high"], np.where(bad == total, 1, high), atol=1e-9)


def test_concentration_is_that_of_exact_fractions() -> None:
    """Seed 6; 500 books of whole yuan in one frame, names lent to twice, ties, names without a balance."""
    dice = np.random.default_rng(6)
    sizes = dice.integers(1, 25, CASES)
    rows = pd.DataFrame({"book": np.repeat(np.arange(CASES), sizes)})
    rows["name"] = dice.integers(0, 15, len(rows))
    rows["balance_yuan"] = np.round(10 ** dice.uniform(0, 6, len(rows))) * (dice.random(len(rows)) < 0.9)
    rows = rows[rows.groupby("book")["balance_yuan"].transform("sum") > 0]
    found = concentration(rows, within="book", across="name").set_index("book")
    for book, part in rows.groupby("book"):
        sums = sorted((int(each) for each in part.groupby("name")["balance_yuan"].sum() if each), reverse=True)
        whole, count = sum(sums), len(sums)
        hhi = Fraction(sum(each**2 for each in sums), whole**2)
        gini = Fraction(sum(abs(one - other) for one in sums for other in sums), 2 * count * whole)
        exact = {"hhi": hhi, "gini": gini, "effective_parts": 1 / hhi, "parts_count": count}
        exact |= {f"cr{many}_share": Fraction(sum(sums[:many]), whole) for many in (1, 3, 5, 10)}
        for name, value in exact.items():
            assert found.at[book, name] == pytest.approx(float(value), rel=1e-12, abs=1e-12)


def test_the_order_of_scores_is_counted_pair_by_pair() -> None:
    """Seed 7; AUC and KS of scores with ties, in fractions."""
    dice = np.random.default_rng(7)
    for _ in range(CASES):
        bad, good = (dice.integers(0, 12, int(dice.integers(1, 25))).tolist() for _ in range(2))
        outcome = pd.Series([True] * len(bad) + [False] * len(good))
        found = discrimination(outcome, pd.Series([*bad, *good], dtype="float64")).iloc[0]
        pairs = sum((one > other) + Fraction(int(one == other), 2) for one in bad for other in good)
        below = [
            abs(Fraction(sum(b <= at for b in bad), len(bad)) - Fraction(sum(g <= at for g in good), len(good)))
            for at in range(12)
        ]
        assert found["auc"] == pytest.approx(float(pairs / (len(bad) * len(good))), abs=1e-12)
        assert found["ks"] == pytest.approx(float(max(below)), abs=1e-12)


def test_quantiles_of_cash_are_those_of_exact_fractions() -> None:
    """Seed 8; 500 firms with 3 to 24 months each, whole yuan, holes counted as months without cash."""
    dice = np.random.default_rng(8)
    months = [str(month) for month in pd.period_range("2024-07", "2026-06", freq="M")]
    parts = []
    for number in range(CASES):
        own = sorted(dice.choice(24, int(dice.integers(3, 25)), replace=False))
        own[-1] = 23
        yuan = dice.integers(-9_999, 99_999, len(own))
        named = [months[place] for place in own]
        parts.append(pd.DataFrame({"customer_id": f"C{number:03}", "month": named, "inflow_yuan": yuan}))
    flows = pd.concat(parts).drop_duplicates(["customer_id", "month"]).assign(outflow_yuan=0.0)
    found = cash_quantiles(flows, as_of=pd.Timestamp("2026-06-30").date()).set_index("customer_id")
    for who, part in flows.groupby("customer_id"):
        known = dict(zip(part["month"], part["inflow_yuan"], strict=True))
        values = sorted(int(known.get(month, 0)) for month in months[months.index(min(known)) :])
        for name, share in (("cash_p25_yuan", Fraction(1, 4)), ("cash_p50_yuan", Fraction(1, 2))):
            place = (len(values) - 1) * share
            under = values[floor(place)]
            over = values[min(floor(place) + 1, len(values) - 1)]
            exact = float(under + (place - floor(place)) * (over - under))
            if not np.isnan(found.at[who, name]):
                assert found.at[who, name] == pytest.approx(exact, abs=1e-9)
    assert found["cash_p50_yuan"].notna().sum() > CASES / 2


def test_two_shares_are_compared_as_statsmodels_and_scipy_compare_them() -> None:
    """Seed 9; Newcombe's difference, Katz' and Koopman's ratio, Fisher's p."""
    dice = np.random.default_rng(9)
    total = np.round(10 ** dice.uniform(0.3, 3.5, (CASES, 2))).astype(int)
    cases = dice.binomial(total, dice.uniform(0, 1, (CASES, 2)) ** 2)
    counts = [pd.DataFrame({"bad_count": cases[:, side], "total_count": total[:, side]}) for side in (0, 1)]
    found = rate_difference(*counts)
    for place, ((k1, k2), (n1, n2)) in enumerate(zip(cases.tolist(), total.tolist(), strict=True)):
        theirs = confint_proportions_2indep(k1, n1, k2, n2, method="newcomb", compare="diff")
        np.testing.assert_allclose(found.loc[place, ["low", "high"]].to_numpy(float), theirs, atol=1e-9)
        assert fisher_p(k1, n1, k2, n2) == pytest.approx(fisher_exact([[k1, n1 - k1], [k2, n2 - k2]])[1], abs=1e-9)
        if k1 and k2:
            katz = confint_proportions_2indep(k1, n1, k2, n2, method="log", compare="ratio")
            ours = risk_ratio((k1, n1), (k2, n2), method="katz").loc[0, ["ratio_low", "ratio_high"]]
            np.testing.assert_allclose(ours.to_numpy(float), katz, rtol=1e-9)
        if 0 < k1 < n1 and 0 < k2 < n2 and place % 5 == 0:
            score = confint_proportions_2indep(k1, n1, k2, n2, method="score", compare="ratio", correction=False)
            ours = risk_ratio((k1, n1), (k2, n2)).loc[0, ["ratio_low", "ratio_high"]]
            np.testing.assert_allclose(ours.to_numpy(float), score, rtol=1e-6)


def test_agreement_and_fits_are_those_of_statsmodels_and_scipy() -> None:
    """Seed 10; Cohen's kappa with its error, chi-squares of arms and of first digits."""
    dice = np.random.default_rng(10)
    for _ in range(CASES // 5):
        count, codes = int(dice.integers(20, 200)), list("abcd")[: int(dice.integers(2, 5))]
        one = dice.choice(codes, count)
        two = np.where(dice.random(count) < dice.uniform(0.2, 0.95), one, dice.choice(codes, count))
        ours = coder_agreement(pd.DataFrame({"reason_code": one, "second_reason_code": two})).iloc[0]
        theirs = cohens_kappa(pd.crosstab(one, two).reindex(index=codes, columns=codes, fill_value=0).to_numpy())
        assert ours["kappa"] == pytest.approx(theirs.kappa, abs=1e-12)
        assert ours["kappa_high"] == pytest.approx(min(1.0, theirs.kappa + 1.959963985 * theirs.std_kappa), abs=1e-8)
        whole = dice.integers(1, 10, count)
        digits = digit_fit(pd.Series(whole.astype(float))).iloc[0]
        fit = chisquare(np.bincount(whole, minlength=10)[1:], np.log10(1 + 1 / np.arange(1, 10)) * count)
        assert digits["chi_square_p_value"] == pytest.approx(fit.pvalue, rel=1e-9)
    sizes = dice.integers(5, 60, (CASES, 2))
    arms = pd.DataFrame({"campaign_id": np.repeat(np.arange(CASES), 2), "arm": ["treated", "control"] * CASES})
    plan = pd.DataFrame({"campaign_id": np.arange(CASES), "holdout_share": 0.4, "design": "hold_out"})
    found = sample_ratio(arms.loc[arms.index.repeat(sizes.ravel())], plan)["ratio_p"]
    fit = chisquare(sizes, sizes.sum(axis=1, keepdims=True) * [0.6, 0.4], axis=1)
    np.testing.assert_allclose(found, fit.pvalue, rtol=1e-9)


def test_regressions_are_those_of_statsmodels() -> None:
    """Seed 11; weighted least squares with clustered errors, a slope taken out."""
    dice = np.random.default_rng(11)
    for _ in range(CASES // 5):
        count = int(dice.integers(40, 120))
        panel = pd.DataFrame(
            (dice.random((count, 5)) < 0.3).astype(float), columns=[f"window_{n}" for n in range(-4, 1)]
        )
        panel = panel.assign(rm_id=dice.integers(0, 8, count).astype(str), is_member=np.arange(count) % 3 == 0)
        panel["weight"] = np.where(panel["is_member"], 1.0, dice.uniform(0.1, 3, count))
        ours = matched_difference(panel).iloc[0]
        change = panel["window_0"] - panel.filter(regex="-").mean(axis="columns")
        design = add_constant(panel["is_member"].astype(float))
        options = {"groups": panel["rm_id"].astype(int), "use_correction": False}
        theirs = WLS(change, design, weights=panel["weight"]).fit(cov_type="cluster", cov_kwds=options)
        clusters = panel["rm_id"].nunique()
        reach = stdtrit(clusters - 1, 0.975) * theirs.bse.iloc[1] * np.sqrt(clusters / (clusters - 1))
        assert ours["difference_share"] == pytest.approx(theirs.params.iloc[1], abs=1e-10)
        assert ours["difference_high"] - ours["difference_share"] == pytest.approx(reach, rel=1e-8)
        trait = pd.Series(dice.normal(size=count))
        outcome = trait * dice.normal() + dice.normal(size=count)
        found = adjusted_difference(outcome, trait, panel["is_member"]).iloc[0]
        slope = OLS(outcome, add_constant(trait)).fit()
        assert found["theta_ratio"] == pytest.approx(slope.params.iloc[1], rel=1e-9)
        assert found["variance_ratio"] == pytest.approx(1 - slope.rsquared, rel=1e-9)
