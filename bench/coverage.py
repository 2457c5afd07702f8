"""How often every range that a paper prints holds what it is of, and on which side it misses; writes the page of it.

Exact for ranges of counts; the others by simulation from fixed seeds. `python -m bench coverage` takes about two
minutes and rewrites docs/methods/coverage.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import binom, norm

from microlib.metrics.campaign_effect import adjusted_difference, cluster_effects, pooled_effect
from microlib.metrics.campaign_quality import referral_effects
from microlib.metrics.capacity import cash_quantiles
from microlib.metrics.churn import later_returns
from microlib.metrics.collateral import appraiser_bias, realised_values
from microlib.metrics.loan_failures import coder_agreement
from microlib.metrics.market import two_list_estimate
from microlib.metrics.migration import roll_rates
from microlib.metrics.payables import days_to_pay, paid_within
from microlib.metrics.selling import plan_progress
from microlib.metrics.service import quantile_range
from microlib.stats.borrower_shares import share_interval
from microlib.stats.discrimination import discrimination
from microlib.stats.forecast import count_limits, loan_forecasts
from microlib.stats.intervals import rate_difference, rate_interval, risk_ratio, upper_bound
from microlib.stats.seasonality import credit_seasons, seasonal_index
from microlib.stats.shrinkage import shrink_rates
from microlib.stats.vintage import vintage_counts, vintage_curve

PAGE = Path(__file__).resolve().parents[1] / "docs" / "methods" / "coverage.md"
#: what a range may fall short of its promise
SHORT = 0.02
#: low, high, truth: one range each, or arrays of them; a limit that is missing is none and counts as open
Ranges = Iterator[tuple[str, float, np.ndarray, np.ndarray, np.ndarray, np.ndarray]]
NUMBERS, RATES = (20, 40, 100, 400), (0.01, 0.03, 0.1, 0.3)


def rows() -> list[dict]:
    """Return the rows of the bench table: the worst shortfall of each family; the page is written on the way."""
    found = table()
    PAGE.write_text(rendered(found), encoding="utf8")
    worst = found.assign(short=found["promise"] - found["covered"]).groupby("range", sort=False)["short"].max()
    return [
        {"name": f"coverage of {name}: worst shortfall", "ours": short, "peer": 1.0, "ratio": short, "bound": "-",
         "holds": None}
        for name, short in worst.items()
    ]  # fmt: skip


def table() -> pd.DataFrame:
    """Return one row per range and setting: what is promised, what is covered, and the misses on either side."""
    told = [_told(name, *each) for name, make in FAMILIES.items() for each in make()]
    return pd.DataFrame(told)


def _told(name: str, setting: str, promise: float, low, high, truth, weight=None) -> dict:
    low, high, truth = np.broadcast_arrays(*(np.asarray(each, dtype=float) for each in (low, high, truth)))
    weight = np.full(low.shape, 1.0) if weight is None else np.broadcast_to(weight, low.shape)
    weight = weight / weight.sum()
    below, above = truth < low - 1e-12, truth > high + 1e-12
    return {
        "range": name,
        "setting": setting,
        "promise": promise,
        "covered": float(1 - weight[below | above].sum()),
        "above": float(weight[above].sum()),
        "below": float(weight[below].sum()),
        "unbounded": float(weight[np.isnan(low) | np.isnan(high)].sum()),
    }


def _binomial(method: str) -> Callable[[], Ranges]:
    def ranges() -> Ranges:
        for count in NUMBERS:
            cases = np.arange(count + 1)
            limits = rate_interval(cases, np.full(count + 1, count), method=method)
            for rate in RATES:
                yield f"n {count}, p {rate}", 0.95, limits["low"], limits["high"], rate, binom.pmf(cases, count, rate)

    return ranges


def _one_sided() -> Ranges:
    for count in NUMBERS:
        cases = np.arange(count + 1)
        limits = upper_bound(cases, np.full(count + 1, count), level=0.95)
        for rate in RATES:
            yield f"n {count}, p {rate}", 0.95, 0.0, limits, rate, binom.pmf(cases, count, rate)


def _pairs(first: int, second: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    one, two = (each.ravel() for each in np.meshgrid(np.arange(first + 1), np.arange(second + 1), indexing="ij"))
    return (
        pd.DataFrame({"bad_count": one, "total_count": first}),
        pd.DataFrame({"bad_count": two, "total_count": second}),
    )


def _differences() -> Ranges:
    for sizes in ((20, 20), (60, 20), (150, 50)):
        one, two = _pairs(*sizes)
        limits = rate_difference(one, two)
        for rates in ((0.03, 0.03), (0.1, 0.05), (0.3, 0.2)):
            chance = np.prod([binom.pmf(each["bad_count"], size, rate)
                              for each, size, rate in zip((one, two), sizes, rates, strict=True)], axis=0)  # fmt: skip
            yield f"n {sizes}, p {rates}", 0.95, limits["low"], limits["high"], rates[0] - rates[1], chance


def _ratios() -> Ranges:
    for sizes, rates in (((40, 40), (0.3, 0.2)), ((100, 50), (0.1, 0.1)), ((30, 200), (0.1, 0.03))):
        dice = np.random.default_rng(11)
        limits = []
        for _ in range(300):
            cases = [dice.binomial(size, rate) for size, rate in zip(sizes, rates, strict=True)]
            told = risk_ratio(*zip(cases, sizes, strict=True))
            limits.append((told["ratio_low"].item(), told["ratio_high"].item()))
        low, high = np.array(limits).T
        yield f"n {sizes}, p {rates}", 0.95, low, high, rates[0] / rates[1], None


def _shares() -> Ranges:
    """Borrowers of lognormal debts, late with the same chance whatever they owe."""
    dice = np.random.default_rng(1)
    for count in (30, 100, 300):
        for spread in (0.0, 1.0, 2.0):
            for rate in (0.02, 0.1):
                debts = np.exp(spread * dice.standard_normal((4_000, count)))
                late = (debts * (dice.random(debts.shape) < rate)).sum(axis=1)
                sums = (pd.Series(each) for each in (late, debts.sum(axis=1), (debts**2).sum(axis=1)))
                found = share_interval(*sums)
                yield f"n {count}, log-sd {spread}, p {rate}", 0.95, found["share_low"], found["share_high"], rate, None


def _vintages() -> Ranges:
    """Loans bad with a hazard of h a month, leaving with one of 2 %, watched for 24 months at most; month 12."""
    dice = np.random.default_rng(2)
    for count in (50, 200):
        for hazard in (0.002, 0.01):
            for spread in (0.0, 1.0):
                left, stays = 0.02, (1 - 0.02) * (1 - hazard)
                truth = hazard * (1 - stays**12) / (1 - stays)
                limits = []
                for _ in range(120):
                    bad = dice.geometric(hazard, count)
                    away, seen = dice.geometric(left, count), dice.integers(12, 25, count)
                    month = np.minimum(np.minimum(bad, away), seen)
                    outcome = np.select([(bad <= away) & (bad <= seen), away <= seen], ["bad", "settled"], "open")
                    yuan = np.exp(spread * dice.standard_normal(count))
                    loans = {"outcome": outcome, "month_on_book": month - 1, "amount_yuan": yuan}
                    curve = vintage_curve(vintage_counts(pd.DataFrame(loans)))
                    at = curve[curve["month_on_book"] <= 11].iloc[-1]
                    limits.append((at["bad_share_low"], at["bad_share_high"]))
                low, high = np.array(limits).T
                yield f"{count} loans, hazard {hazard}, log-sd {spread}", 0.95, low, high, truth, None


def _rolls() -> Ranges:
    """Exact: whatever the other moves, those of one kind are a binomial count of the loans that stood in the state."""
    for count in (20, 100, 400):
        cases = np.arange(count + 1)
        moves = [
            pd.DataFrame([[count - seen, seen], [0, 0]], index=["M1", "M2"], columns=["M1", "M2"]) for seen in cases
        ]
        limits = [roll_rates(each)[["smoothed_rate_low", "smoothed_rate_high"]].to_numpy()[1] for each in moves]
        for rate in (0.93, 0.3, 0.1, 0.03, 0.005):
            yield f"{count} loans, p {rate}", 0.95, *np.array(limits).T, rate, binom.pmf(cases, count, rate)


def _cells() -> Ranges:
    dice = np.random.default_rng(4)
    for cells, least, most in ((6, 10, 40), (12, 20, 60), (40, 20, 200)):
        for first, second in ((2, 98), (1, 19), (3, 27)):
            limits, truth = [], []
            for _ in range(40):
                rates = dice.beta(first, second, cells)
                totals = dice.integers(least, most + 1, cells)
                frame = pd.DataFrame({"bad_count": dice.binomial(totals, rates), "total_count": totals})
                limits.append(shrink_rates(frame)[["shrunk_low", "shrunk_high"]].to_numpy())
                truth.append(rates)
            low, high = np.concatenate(limits).T
            about = f"{cells} cells of {least}-{most}, mean {first / (first + second):.3f}"
            yield about, 0.90, low, high, np.concatenate(truth), None


def _scores() -> Ranges:
    dice = np.random.default_rng(5)
    for bad, good in ((5, 50), (10, 100), (30, 300)):
        for auc in (0.6, 0.8, 0.95):
            limits = []
            for _ in range(600):
                gap = np.sqrt(2) * norm.ppf(auc)
                score = np.r_[dice.normal(gap, 1, bad), dice.normal(0, 1, good)]
                outcome = pd.Series(np.arange(bad + good) < bad)
                limits.append(discrimination(outcome, pd.Series(score))[["auc_low", "auc_high"]].to_numpy()[0])
            low, high = np.array(limits).T
            yield f"{bad} bad, {good} good, AUC {auc}", 0.95, low, high, auc, None


def _forecasts() -> Ranges:
    """Months that are Poisson, or twice and four times as wide (negative binomial)."""
    dice = np.random.default_rng(6)
    for mean in (5.0, 30.0):
        for width in (1.0, 2.0, 4.0):
            for length in (12, 36):
                limits, truth = [], []
                for _ in range(300):
                    steps = (
                        dice.poisson(mean, length + 1)
                        if width == 1
                        else dice.negative_binomial(mean / (width - 1), 1 / width, length + 1)
                    )
                    index = pd.period_range("2023-01", periods=length, freq="M")
                    told = loan_forecasts(pd.Series(steps[:-1], index=index), ahead=1).iloc[0]
                    limits.append((told["expected_low_count"], told["expected_high_count"]))
                    truth.append(steps[-1])
                low, high = np.array(limits).T
                # a paper shows whole loans: what rounds to the limit is within it
                about = f"mean {mean:g}, variance/mean {width:g}, {length} months"
                yield about, 0.80, np.round(low), np.round(high), np.array(truth), None


def _plans() -> Ranges:
    dice = np.random.default_rng(7)
    for mean in (3.0, 20.0):
        for done in (3, 6, 9):
            limits, truth = [], []
            for _ in range(300):
                come = dice.poisson(mean, 12).astype(float)
                path = pd.DataFrame(
                    {"planned_count": mean, "actual_count": np.where(np.arange(12) < done, come, np.nan)}
                )
                at = plan_progress(path).iloc[done - 1]
                limits.append((at["end_low"], at["end_high"]))
                truth.append(come.sum())
            low, high = np.array(limits).T
            yield f"{mean:g} a month, {done} of 12 months", 0.95, low, high, np.array(truth), None


def _counts() -> Ranges:
    dice = np.random.default_rng(8)
    for mean in (1.0, 3.0, 10.0, 40.0):
        found = count_limits(pd.Series(dice.poisson(mean, 20_000).astype(float)))
        yield f"mean {mean:g}", 0.95, found["low"], found["high"], mean, None


def _seasons() -> Ranges:
    """Twelve months with a January of 1.5, noise normal or lognormal."""
    dice = np.random.default_rng(9)
    effects = np.where(np.arange(12) == 0, 1.5, 11.5 / 12)
    effects = effects / effects.mean()
    for count in (36, 60):
        for noise in ("normal", "lognormal"):
            bands, peaks = [], []
            months = [str(each) for each in pd.period_range(end="2026-12", periods=count, freq="M")]
            for _ in range(80):
                shock = 0.2 * dice.standard_normal(count)
                size = np.maximum(1 + shock, 0.05) if noise == "normal" else np.exp(shock)
                series = pd.DataFrame(
                    {"segment": "a", "month": months, "amount_yuan": np.tile(effects, count // 12) * size}
                )
                band = seasonal_index(series, draws=199)
                bands.append(band[["index_low", "index_high"]].to_numpy())
                peaks.append(credit_seasons(series, draws=199).iloc[0][["peak_low", "peak_high"]].astype(float))
            low, high = np.stack(bands, axis=2).swapaxes(0, 1)
            yield f"each month, {count} months, {noise}", 0.90, low, high, effects[:, None], None
            yield f"the peak, {count} months, {noise}", 0.90, *np.array(peaks).T, effects[0], None


def _payment_days() -> Ranges:
    """Twelve payables a month; a month's own pace shifts all of them (log-sd .2), medians of 60 days."""
    for months in (3, 6, 12, 24):
        dice = np.random.default_rng(10)
        medians, shares = [], []
        for _ in range(40):
            pace = np.repeat(0.2 * dice.standard_normal(months), 12)
            days = np.round(60 * np.exp(pace + 0.4 * dice.standard_normal(12 * months)))
            names = [str(each) for each in pd.period_range(end="2026-06", periods=months, freq="M")]
            lives = pd.DataFrame({"core_id": "H", "month": np.repeat(names, 12), "days": days.astype(int)})
            lives = lives.assign(is_paid=True, net_yuan=1.0)
            medians.append(days_to_pay(lives)[["median_low", "median_high"]].to_numpy()[0])
            told = paid_within(lives, terms=pd.Series({"H": 90}))
            shares.append(told[["within_low", "within_high"]].to_numpy()[0])
        share = float(norm.cdf(np.log(90.5 / 60) / np.hypot(0.2, 0.4)))
        yield f"median, {months} months", 0.95, *np.array(medians).T, 60.0, None
        yield f"paid within 90 days, {months} months", 0.95, *np.array(shares).T, share, None


def _clusters() -> Ranges:
    dice = np.random.default_rng(12)
    for count in (3, 6, 12):
        for rate in (0.02, 0.1):
            limits = []
            for _ in range(100):
                rates = dice.beta(20 * rate, 20 * (1 - rate), 2 * count).repeat(25)
                people = {"campaign_id": "M", "cluster_id": np.arange(2 * count).repeat(25).astype(str)}
                arm = np.where(np.arange(2 * count).repeat(25) < count, "treated", "control")
                frame = pd.DataFrame({**people, "arm": arm, "has_borrowed": dice.random(len(rates)) < rates})
                limits.append(cluster_effects(frame)[["lift_low", "lift_high"]].to_numpy(float)[0])
            yield f"{count} clusters an arm, p {rate}", 0.95, *np.array(limits).T, 0.0, None


def _strata() -> Ranges:
    dice = np.random.default_rng(13)
    for strata in (2, 6):
        for rate in (0.005, 0.03, 0.1):
            limits = []
            for _ in range(300):
                treated, control = dice.integers(40, 400, strata), dice.integers(15, 120, strata)
                counts = {"treated_count": treated, "treated_loans_count": dice.binomial(treated, rate + 0.02)}
                counts |= {"control_count": control, "control_loans_count": dice.binomial(control, rate)}
                limits.append(pooled_effect(pd.DataFrame(counts))[["lift_low", "lift_high"]].to_numpy()[0])
            yield f"{strata} strata, p {rate}", 0.95, *np.array(limits).T, 0.02, None


def _adjusted() -> Ranges:
    dice = np.random.default_rng(14)
    for treated, control in ((8, 8), (60, 20), (300, 100)):
        for rate in (0.02, 0.2):
            limits = []
            for _ in range(200):
                size = treated + control
                before = dice.random(size) < rate
                after = pd.Series((dice.random(size) < np.where(before, min(1, 3 * rate), rate)).astype(float))
                arm = pd.Series(np.arange(size) < treated)
                found = adjusted_difference(after, pd.Series(before.astype(float)), arm)
                limits.append(found[["adjusted_low", "adjusted_high"]].to_numpy()[0])
            yield f"arms of {treated} and {control}, p {rate}", 0.95, *np.array(limits).T, 0.0, None


def _referrals() -> Ranges:
    dice = np.random.default_rng(15)
    heads = pd.DataFrame({"campaign_id": ["M"], "goal": "referral", "launch_date": pd.Timestamp("2026-01-01"),
                          "closing_date": pd.Timestamp("2026-03-31"), "reward_cost_yuan": 1e4})  # fmt: skip
    for size in (20, 100, 400):
        for mean in (0.02, 0.2):
            limits = []
            for _ in range(100):
                people = pd.DataFrame({"campaign_id": "M", "customer_id": [f"C{place}" for place in range(2 * size)]})
                people["arm"] = np.where(np.arange(2 * size) < size, "treated", "control")
                brought = people["customer_id"].repeat(dice.poisson(mean, 2 * size))
                leads = pd.DataFrame({"referrer_customer_id": brought, "loan_id": "L"})
                leads["created_date"] = pd.Timestamp("2026-02-01")
                told = referral_effects(heads, people, leads)
                limits.append(told[["lift_low", "lift_high"]].to_numpy(float)[0])
            yield f"arms of {size}, {mean} referred each", 0.95, *np.array(limits).T, 0.0, None


def _months_of_cash() -> Ranges:
    """Lognormal months, independent, and each half like the one before."""
    dice = np.random.default_rng(16)
    months = [str(each) for each in pd.period_range(end="2026-06", periods=24, freq="M")]
    for like in (0.0, 0.5):
        shocks = dice.standard_normal((1_000, 24))
        for place in range(1, 24):
            shocks[:, place] = like * shocks[:, place - 1] + np.sqrt(1 - like**2) * shocks[:, place]
        flows = pd.DataFrame({"customer_id": np.arange(1_000).repeat(24).astype(str), "month": months * 1_000,
                              "inflow_yuan": np.exp(0.5 * shocks).ravel(), "outflow_yuan": 0.0})  # fmt: skip
        found = cash_quantiles(flows, as_of=date(2026, 6, 30))
        for name, quantile in (("p25", 0.25), ("p50", 0.5)):
            truth = np.exp(0.5 * norm.ppf(quantile))
            limits = found[f"cash_{name}_low"], found[f"cash_{name}_high"]
            yield f"{name}, 24 months, each like the last {like}", 0.90, *limits, truth, None


def _promises() -> Ranges:
    dice = np.random.default_rng(17)
    for count in (20, 60, 200):
        limits = [quantile_range(pd.Series(dice.lognormal(2, 0.6, count)), quantile=0.9)[1:] for _ in range(400)]
        yield f"{count} cases", 0.95, *np.array(limits).T, float(np.exp(2 + 0.6 * norm.ppf(0.9))), None


def _returns() -> Ranges:
    """Away since up to 900 days, back with a chance of p a year: who comes back in the year after day 180."""
    dice = np.random.default_rng(18)
    for count in (40, 200):
        for yearly in (0.05, 0.3):
            limits = []
            for _ in range(400):
                came = dice.geometric(1 - (1 - yearly) ** (1 / 365), count)
                seen = dice.integers(30, 900, count)
                spells = pd.DataFrame({"days": np.minimum(came, seen), "has_returned": came <= seen})
                told = later_returns(spells)
                at = told[told["days_away"] == 180]
                limits.append(at[["later_low", "later_high"]].to_numpy()[0] if len(at) else (np.nan, np.nan))
            yield f"{count} away, {yearly} a year", 0.95, *np.array(limits).T, yearly, None


def _sales() -> Ranges:
    dice = np.random.default_rng(19)
    for count in (4, 10, 40):
        for spread in (0.5, 1.0):
            limits = []
            for _ in range(400):
                value = np.exp(spread * dice.standard_normal(count))
                price = value * dice.beta(14, 6, count)
                sales = pd.DataFrame({"value_yuan": value, "realised_yuan": price})
                limits.append(realised_values(sales, within=None)[["realised_low", "realised_high"]].to_numpy()[0])
            yield f"{count} sales, log-sd {spread}", 0.95, *np.array(limits).T, 0.7, None


def _appraisers() -> Ranges:
    """Nobody is biased: how often is one of them, each shrunk range and each plain one."""
    dice = np.random.default_rng(20)
    for people, items in ((3, 2), (5, 4), (12, 10)):
        plain, shrunk = [], []
        for _ in range(100):
            names = np.arange(people).repeat(items).astype(str)
            frame = pd.DataFrame({"district": "D", "kind": "home", "area_m2": 100.0, "appraiser_id": names})
            frame["value_yuan"] = 1e6 * np.exp(0.1 * dice.standard_normal(len(frame)))
            found = appraiser_bias(frame)
            plain.append(found[["bias_low", "bias_high"]].to_numpy())
            shrunk.append(found[["shrunk_bias_low", "shrunk_bias_high"]].to_numpy())
        yield f"plain, {people} of {items} items", 0.95, *np.concatenate(plain).T, 0.0, None
        yield f"shrunk, {people} of {items} items", 0.95, *np.concatenate(shrunk).T, 0.0, None


def _coders() -> Ranges:
    dice = np.random.default_rng(21)
    for count in (15, 60):
        for share in (0.6, 0.9):
            codes = np.array(list("abcd"))
            limits = []
            for _ in range(300):
                first = dice.choice(codes, count)
                second = np.where(dice.random(count) < share, first, dice.choice(codes, count))
                told = coder_agreement(pd.DataFrame({"reason_code": first, "second_reason_code": second}))
                limits.append(told[["kappa_low", "kappa_high"]].to_numpy()[0])
            yield f"{count} loans, kappa {share}", 0.95, *np.array(limits).T, share, None


def _lists() -> Ranges:
    dice = np.random.default_rng(22)
    for names in (100, 300, 1_000):
        for share in (0.2, 0.5):
            limits = []
            for _ in range(300):
                one, two = dice.random(names) < share, dice.random(names) < share
                told = two_list_estimate(int(one.sum()), int(two.sum()), int((one & two).sum()))
                limits.append(told[["population_low", "population_high"]].to_numpy()[0])
            yield f"{names} names, lists of {share}", 0.95, *np.array(limits).T, float(names), None


FAMILIES: dict[str, Callable[[], Ranges]] = {
    "rate, Jeffreys (`rate_interval`)": _binomial("jeffreys"),
    "rate, Wilson (`rate_interval`)": _binomial("wilson"),
    "rate, Clopper-Pearson (`rate_interval`)": _binomial("clopper_pearson"),
    "one-sided bound (`upper_bound`)": _one_sided,
    "difference of rates (`rate_difference`)": _differences,
    "ratio of rates (`risk_ratio`)": _ratios,
    "share of yuan (`share_interval`, `portfolio_at_risk`)": _shares,
    "vintage at month 12 (`vintage_curve`)": _vintages,
    "roll rate (`roll_rates`)": _rolls,
    "shrunk rate (`shrink_rates`)": _cells,
    "AUC (`discrimination`)": _scores,
    "next month's loans (`loan_forecasts`)": _forecasts,
    "end of the plan (`plan_progress`)": _plans,
    "small count (`count_limits`)": _counts,
    "season (`seasonal_index`, `credit_seasons`)": _seasons,
    "days to pay (`days_to_pay`, `paid_within`)": _payment_days,
    "lift by clusters (`cluster_effects`)": _clusters,
    "lift over strata (`pooled_effect`)": _strata,
    "lift with history (`adjusted_difference`)": _adjusted,
    "lift of referrals (`referral_effects`)": _referrals,
    "month's cash (`cash_quantiles`)": _months_of_cash,
    "promised days (`quantile_range`)": _promises,
    "later return (`later_returns`)": _returns,
    "sold over appraised (`realised_values`)": _sales,
    "appraiser's habit (`appraiser_bias`)": _appraisers,
    "agreement of coders (`coder_agreement`)": _coders,
    "size of a market (`two_list_estimate`)": _lists,
}


#: what a reader of a range that falls short is told on the page that prints it, or why it stays
KNOWN = {
    "rate, Jeffreys": "95 % on the average over rates; at single rates of few cases less. Where a bound decides, "
    "`upper_bound` and `lower_bound` stand, which never fall short.",
    "rate, Wilson": "As Jeffreys: 95 % on the average over rates.",
    "shrunk rate": "90 % over cells alike; few small cells leave the prior itself unsure.",
    "AUC": "Near an AUC of one up to three points short, on either side; the page of indicators says so.",
    "next month's loans": "80 % where months vary as the last two years did.",
    "small count": "Score limits; at a mean of about one case 92 %. They only say which changes are noise.",
    "season": "Eighty series a row: sure to seven points; 600 series give 89 to 91 % for a "
    "month and 89 to 92 % for the peak.",
    "days to pay": "Under ten months of delivery up to seven points short for a share, none for the median.",
    "appraiser's habit": "Against the median of the appraisers, which is itself estimated; the shrunk range decides.",
    "lift of referrals": "Counts that are rare: up to a point short.",
    "sold over appraised": "Two points short where a few items are worth most of all.",
}
HEAD = """# Coverage of all ranges (区间覆盖率)

Made by `python -m bench coverage`: exact for ranges of counts, else by simulation from fixed seeds; do not edit.

**Question.** Does a range that says 95 % hold the truth in 95 of 100 cases, and on which side does it miss?

**How to read it.** *Above* is how often the truth lies above the upper limit (a risk told too small), *below* how often
under the lower one; *open* is how often a limit is missing, which is said on the page and counts as holding. A
simulated share of 300 cases is itself sure to about two and a half points.

**How it misleads.** The worlds are drawn here: borrowers of one source, loans of one manager and months of one season
hang together more than these. `upper_bound(correlation=...)`, clusters and months as units are for that.

**Sources.** Brown, Cai, DasGupta (2001), Statistical Science 16, 101-133. Newcombe (1998), Statistics in Medicine 17,
857-890. Hesterberg (2015), The American Statistician 69, 371-386. Burton, Altman, Royston, Holder (2006), Statistics in
Medicine 25, 4279-4292: how to simulate.
"""


def rendered(found: pd.DataFrame) -> str:
    """Return the page that a table of coverages makes."""
    worst = ["| range | promise | mean | least | above at most | below at most |", "|---|---|---|---|---|---|"]
    parts = []
    for name, rows in found.groupby("range", sort=False):
        numbers = [rows["covered"].mean(), rows["covered"].min(), rows["above"].max(), rows["below"].max()]
        worst.append(
            f"| {name} | {rows['promise'].iloc[0]:.0%} | " + " | ".join(f"{each:.1%}" for each in numbers) + " |"
        )
        told = next((text for start, text in KNOWN.items() if name.startswith(start)), "")
        short = (rows["covered"] < rows["promise"] - SHORT).any()
        lines = ["| setting | covered | above | below | open |", "|---|---|---|---|---|"]
        lines += [
            f"| {row.setting} | {row.covered:.1%} | {row.above:.1%} | {row.below:.1%} | {row.unbounded:.0%} |"
            for row in rows.itertuples()
        ]
        note = [f"{told}\n"] if short and told else []
        parts.append("\n".join([f"## {name[0].upper()}{name[1:]}\n", *note, *lines]) + "\n")
    return "\n".join([HEAD, "\n".join(worst) + "\n", *parts])
