"""Why and when loans go bad: reasons (不良成因) with two coders' agreement, time to bad, missed controls, funnel.

`control_replays` says what a control would have caught and what it would have cost in good loans; `funnel`
holds each person against the number that their own mix of loans leads to expect.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from scipy.special import ndtri
from scipy.stats import binom

from microlib.contracts.needs import measure
from microlib.contracts.tables.ledger import BAD_CLASSES
from microlib.errors import EmptyBook
from microlib.metrics.loans import BAD_DAYS
from microlib.stats.intervals import rate_interval, risk_ratio


def reason_pareto(reviews: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    r"""Rank the coded reasons of bad loans by number, each with the range that so few reviews leave.

    Answers "what do we lose money by, and could the order be chance?"

    Parameters
    ----------
    reviews : DataFrame[bad_loan_reviews]
        Uses ``reason_code, realised_loss_yuan``. Not modified.
    level : float
        Two-sided confidence of each share (Jeffreys).

    Returns
    -------
    DataFrame
        Most frequent first: ``reason_code, loans_count, reviewed_count, reason_share, reason_low, reason_high,
        cumulative_share, realised_loss_yuan, loss_share``; ``is_first_for_sure`` where the range of the first lies
        above that of every other.

    Raises
    ------
    EmptyBook
        If nothing was reviewed.

    Examples
    --------
    >>> reviews = pd.DataFrame({"reason_code": ["a", "a", "b"], "realised_loss_yuan": [1.0, 2.0, 3.0]})
    >>> reason_pareto(reviews)[["reason_code", "loans_count"]].values.tolist()
    [['a', 2], ['b', 1]]
    """
    if reviews.empty:
        raise EmptyBook("no bad loan was reviewed", where="bad_loan_reviews", fix="code the reason of every bad loan")
    found = reviews.groupby("reason_code", as_index=False, observed=True).agg(
        loans_count=("reason_code", "size"), realised_loss_yuan=("realised_loss_yuan", "sum")
    )
    found = found.sort_values(["loans_count", "reason_code"], ascending=[False, True], ignore_index=True)
    total, lost = len(reviews), found["realised_loss_yuan"].sum()
    shares = rate_interval(found["loans_count"], total, level=level)
    found = found.assign(
        reviewed_count=total,
        reason_share=shares["rate"],
        reason_low=shares["low"],
        reason_high=shares["high"],
        cumulative_share=found["loans_count"].cumsum() / total,
        loss_share=found["realised_loss_yuan"] / lost if lost else np.nan,
    )
    others = found["reason_high"].iloc[1:].max() if len(found) > 1 else 0.0
    return found.assign(is_first_for_sure=bool(found["reason_low"].iloc[0] > others))


def coder_agreement(reviews: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    r"""Measure how far two people who coded the same loans agree beyond chance (Cohen).

    .. math:: \kappa = \frac{p_o - p_e}{1 - p_e}, \qquad p_e = \sum_k p_{k\cdot} p_{\cdot k}

    with the large-sample standard error of Fleiss, Cohen and Everitt. Its lower limit lies no higher than kappa at the
    lower limit of agreement (Clopper-Pearson): fifteen of fifteen agreed upon is no certainty.

    Parameters
    ----------
    reviews : DataFrame[bad_loan_reviews]
        Uses ``reason_code, second_reason_code``; rows without a second code are left out. Not modified.
    level : float
        Two-sided confidence.

    Returns
    -------
    DataFrame
        One row: ``coded_count, agreed_count, agreed_share, chance_share, kappa, kappa_low, kappa_high``; kappa is
        missing where both always use one code.

    Raises
    ------
    EmptyBook
        If no loan was coded twice.

    References
    ----------
    .. [1] Cohen, J. (1960). A coefficient of agreement for nominal scales. Educational and Psychological Measurement
       20, 37-46.
    .. [2] Fleiss, J. L., Cohen, J., Everitt, B. S. (1969). Large sample standard errors of kappa and weighted kappa.
       Psychological Bulletin 72, 323-327.

    Examples
    --------
    >>> pairs = [("a", "a")] * 20 + [("a", "b")] * 5 + [("b", "a")] * 10 + [("b", "b")] * 15
    >>> reviews = pd.DataFrame(pairs, columns=["reason_code", "second_reason_code"])
    >>> coder_agreement(reviews)["kappa"].round(2).tolist()
    [0.4]
    """
    both = reviews.dropna(subset=["reason_code", "second_reason_code"])
    if both.empty:
        raise EmptyBook("no bad loan was coded by two", fix="let a second person code them")
    table = pd.crosstab(both["reason_code"], both["second_reason_code"])
    codes = table.index.union(table.columns)
    shares = table.reindex(index=codes, columns=codes, fill_value=0).to_numpy() / len(both)
    seen, rows, columns = np.trace(shares), shares.sum(axis=1), shares.sum(axis=0)
    chance = float(rows @ columns)
    kappa, error = _kappa(shares, chance) if chance < 1 else (np.nan, np.nan)
    reach = ndtri((1 + level) / 2) * error
    agreed = rate_interval(round(seen * len(both)), len(both), method="clopper_pearson", level=level)["low"].iloc[0]
    least = (agreed - chance) / (1 - chance) if chance < 1 else np.nan
    return pd.DataFrame(
        {
            "coded_count": [len(both)],
            "agreed_count": [round(seen * len(both))],
            "agreed_share": [seen],
            "chance_share": [chance],
            "kappa": [kappa],
            "kappa_low": [max(-1.0, np.minimum(kappa - reach / np.sqrt(len(both)), least))],
            "kappa_high": [min(1.0, kappa + reach / np.sqrt(len(both)))],
        }
    )


def _kappa(shares: np.ndarray, chance: float) -> tuple[float, float]:
    """Kappa and the standard error of one observation."""
    seen, rows, columns = np.trace(shares), shares.sum(axis=1), shares.sum(axis=0)
    kappa = (seen - chance) / (1 - chance)
    on = (np.diag(shares) * (1 - (rows + columns) * (1 - kappa)) ** 2).sum()
    cross = (columns[:, None] + rows[None, :]) ** 2 * shares
    off = (1 - kappa) ** 2 * (cross.sum() - np.trace(cross))
    variance = (on + off - (kappa - chance * (1 - kappa)) ** 2) / (1 - chance) ** 2
    return float(kappa), float(np.sqrt(max(0.0, variance)))


def times_to_bad(outcomes: pd.DataFrame, groups: pd.DataFrame, *, by: str = "segment") -> pd.DataFrame:
    """Describe, for every group, the months on book at which its bad loans went bad.

    Answers "when does it show: at the first payments (the check failed) or after a year (the business did)?"

    Parameters
    ----------
    outcomes : DataFrame
        Result of `outcome.loan_outcomes`: ``loan_id, outcome, month_on_book``; loans not observed from their start on
        are left out. Not modified.
    groups : DataFrame
        ``loan_id`` and the column `by`.
    by : str

    Returns
    -------
    DataFrame
        One row per group with a bad loan, most first, and ``all`` on top: `by`, ``loans_count, bad_count,
        months_p25, months_p50, months_p75, early_count`` (bad within six months), ``early_share`` of the bad.

    Raises
    ------
    EmptyBook
        If no loan went bad.

    Notes
    -----
    Young loans have not had time to go bad late, so recent growth makes the middle look early.
    """
    seen = outcomes[outcomes["outcome"] != "not_observed"]
    whole = seen.assign(is_bad=seen["outcome"] == "bad")
    rows = whole.merge(groups[["loan_id", by]], on="loan_id")
    if not whole["is_bad"].any():
        raise EmptyBook("no loan went bad", fix="nothing to describe: good")
    return pd.concat([_described(whole.assign(**{by: "all"}), by), _described(rows, by)], ignore_index=True)


def _described(rows: pd.DataFrame, by: str) -> pd.DataFrame:
    bad = rows[rows["is_bad"]]
    months = bad.groupby(by, observed=True)["month_on_book"]
    found = pd.DataFrame(
        {
            "bad_count": months.size(),
            "months_p25": months.quantile(0.25),
            "months_p50": months.median(),
            "months_p75": months.quantile(0.75),
            "early_count": (bad["month_on_book"] <= 6).groupby(bad[by]).sum(),
        }
    )
    found.insert(0, "loans_count", rows.groupby(by, observed=True).size().reindex(found.index))
    found["early_share"] = found["early_count"] / found["bad_count"]
    return found.sort_values("bad_count", ascending=False, kind="stable").rename_axis(by).reset_index()


VERDICTS = ("exempt", "not_exempt", "pending")


def missed_controls(reviews: pd.DataFrame) -> pd.DataFrame:
    """Rank the controls that reviewers named by the loss behind them.

    Answers "which step let these loans through, and did the evidence exist then?"

    Parameters
    ----------
    reviews : DataFrame[bad_loan_reviews]
        Uses ``missed_control, evidence_existed, realised_loss_yuan, diligence``. Not modified.

    Returns
    -------
    DataFrame
        Dearest first: ``missed_control, loans_count, control_share, control_low, control_high`` (of reviewed loans,
        95 %), ``existed_count`` (the evidence was there), ``unknown_count`` (no reviewer says whether it was),
        ``realised_loss_yuan, exempt_count, not_exempt_count, undecided_count`` (尽职免责: 应免 / 不应免 / 待定).

    Raises
    ------
    EmptyBook
        If nothing was reviewed.
    """
    rows = reviews.dropna(subset=["missed_control"])
    if rows.empty:
        raise EmptyBook("no review names a control", where="bad_loan_reviews", fix="name the control in each review")
    rows = rows.assign(
        **{name: rows["diligence"] == name for name in VERDICTS},
        existed=rows["evidence_existed"].astype("boolean").fillna(False).astype("bool"),
        unsaid=rows["evidence_existed"].isna(),
    )
    found = rows.groupby("missed_control", as_index=False, observed=True).agg(
        loans_count=("existed", "size"),
        existed_count=("existed", "sum"),
        unknown_count=("unsaid", "sum"),
        realised_loss_yuan=("realised_loss_yuan", "sum"),
        **{f"{name}_count": (name, "sum") for name in VERDICTS},
    )
    shares = rate_interval(found["loans_count"], len(rows))
    found = found.assign(control_share=shares["rate"], control_low=shares["low"], control_high=shares["high"])
    found["is_none"] = found["missed_control"] == "none"
    found = found.rename(columns={"pending_count": "undecided_count"})
    order = ["is_none", "realised_loss_yuan", "missed_control"]
    return found.sort_values(order, ascending=[True, False, True], ignore_index=True).drop(columns="is_none")


def control_replays(flags: pd.DataFrame, outcomes: pd.DataFrame) -> pd.DataFrame:
    r"""Apply each control to past loans: bad ones it would have stopped, good ones it would have cost.

    .. math:: ratio = \frac{k_{flagged} / n_{flagged}}{k_{rest} / n_{rest}}

    Parameters
    ----------
    flags : DataFrame
        ``loan_id`` and one boolean column per control; a missing value means that the control had nothing to go by.
        Not modified.
    outcomes : DataFrame
        ``loan_id, is_bad`` and ``amount_yuan, lost_yuan``; loans without a known outcome are left out.

    Returns
    -------
    DataFrame
        One row per control: ``control_step, tested_count, stopped_bad_count, stopped_good_count, missed_bad_count,
        bad_caught_share, bad_caught_low, bad_caught_high, good_per_bad, lost_yuan`` (of the bad it stops),
        ``refused_yuan`` (good lending it costs), ``ratio, ratio_low, ratio_high`` (Koopman, 95 %) and ``finding``:
        ``separates``, ``cannot_say`` or ``stops_nobody``.

    Raises
    ------
    EmptyBook
        If no loan has a known outcome.

    Notes
    -----
    The flags are reckoned on papers that exist today; whether they lay on the desk then is the reviewer's to say.
    """
    known = flags.merge(outcomes.dropna(subset=["is_bad"]), on="loan_id")
    if known.empty:
        raise EmptyBook("no loan that a control could test has a known outcome", fix="wait until loans have aged")
    names = [name for name in flags.columns if name != "loan_id"]
    return pd.DataFrame([{"control_step": name, **_replayed(known, name)} for name in names])


def control_flags(uses: pd.DataFrame, equity: pd.DataFrame, own: pd.DataFrame, decided: pd.DataFrame) -> pd.DataFrame:
    """Say for each decided loan what three controls would have shown, from what is on file.

    Parameters
    ----------
    uses, equity, own : DataFrame
        Results of `conduct.use_signs`, `conduct.unexplained_equity`, `conduct.own_parts`; any may be empty. Not
        modified.
    decided : DataFrame
        Result of `decided_loans`.

    Returns
    -------
    DataFrame
        ``loan_id`` and, missing where nothing is on file: ``use_of_funds_check`` (any sign), ``debt_check`` (equity not
        explained), ``own_funds_proof`` (own part borrowed or not shown).
    """
    rows = decided[["loan_id", "customer_id"]]
    signs = uses.set_index("loan_id")["signs"] != "" if len(uses) else pd.Series(dtype="bool")
    gaps = ~equity.set_index("customer_id")["is_explained"] if len(equity) else pd.Series(dtype="bool")
    short = ~own.set_index("customer_id")["is_met"] if len(own) else pd.Series(dtype="bool")
    return rows[["loan_id"]].assign(
        use_of_funds_check=rows["loan_id"].map(signs).astype("boolean"),
        debt_check=rows["customer_id"].map(gaps).astype("boolean"),
        own_funds_proof=rows["customer_id"].map(short).astype("boolean"),
    )


def _replayed(known: pd.DataFrame, name: str) -> dict:
    rows = known.dropna(subset=[name])
    on, bad = rows[name].astype("bool"), rows["is_bad"].astype("bool")
    hit, cost, total = int((on & bad).sum()), int((on & ~bad).sum()), int(bad.sum())
    caught = rate_interval(pd.Series([hit]), total).iloc[0] if total else pd.Series(dtype="float64")
    counts = {
        "tested_count": len(rows),
        "stopped_bad_count": hit,
        "stopped_good_count": cost,
        "missed_bad_count": total - hit,
        "bad_caught_share": caught.get("rate", np.nan),
        "bad_caught_low": caught.get("low", np.nan),
        "bad_caught_high": caught.get("high", np.nan),
        "good_per_bad": cost / hit if hit else np.nan,
        "lost_yuan": float(rows.loc[on & bad, "lost_yuan"].sum()),
        "refused_yuan": float(rows.loc[on & ~bad, "amount_yuan"].sum()),
    }
    sides = (hit, hit + cost), (total - hit, len(rows) - hit - cost)
    if not sides[0][1] or not sides[1][1]:
        return counts | {
            "ratio": np.nan,
            "ratio_low": np.nan,
            "ratio_high": np.nan,
            "finding": "stops_nobody" if not sides[0][1] else "cannot_say",
        }
    ratio = risk_ratio(*sides).iloc[0]
    found = {part: ratio[part] for part in ("ratio", "ratio_low", "ratio_high")}
    return counts | found | {"finding": "separates" if ratio["ratio_low"] > 1 else "cannot_say"}


NAMES = ["application_id", "loan_id", "customer_id", "product_id", "rm_id", "approver_id", "is_exception"]


@measure(optional=("loan_months",))
def decided_loans(
    applications: pd.DataFrame, loans: pd.DataFrame, loan_months: pd.DataFrame, *, as_of: date, observed_months: int = 6
) -> pd.DataFrame:
    """Set beside each granted application the loan it names and whether that loan was ever bad.

    Parameters
    ----------
    applications, loans, loan_months : DataFrame
        Contract columns; without month ends only the ledger's own state counts. Not modified.
    as_of : date
    observed_months : int
        A younger loan has not had time to go bad: its outcome is unknown unless it already has.

    Returns
    -------
    DataFrame
        One row per loan: ``application_id, loan_id, customer_id, product_id, rm_id, approver_id, is_exception,
        amount_yuan, is_bad`` (missing: unknown, as of a loan of which days and class are missing at some month end that
        was not bad at another), ``lost_yuan`` (written off, else the balance of a bad loan).

    Raises
    ------
    EmptyBook
        If no application names its loan.
    """
    asked = applications.dropna(subset=["loan_id"])[NAMES]
    names = [
        "loan_id",
        "amount_yuan",
        "disbursed_date",
        "overdue_days",
        "class5",
        "status",
        "balance_yuan",
        "written_off_yuan",
    ]
    rows = asked.merge(loans[names], on="loan_id")
    if rows.empty:
        raise EmptyBook("no application names its loan", where="applications", fix="fill loan_id (借据号)")
    ever, blind = (set(loan_months.loc[told(loan_months), "loan_id"]) for told in (_bad, _untold))
    bad = rows["loan_id"].isin(ever) | _bad(rows) | (rows["status"] == "written_off")
    old = rows["disbursed_date"] <= pd.Timestamp(as_of) - pd.DateOffset(months=observed_months)
    old &= ~rows["loan_id"].isin(blind) & ~_untold(rows)
    lost = rows["written_off_yuan"].fillna(0.0).where(lambda each: each > 0, rows["balance_yuan"])
    return rows[[*NAMES, "amount_yuan"]].assign(
        is_bad=bad.astype("boolean").where(bad | old), lost_yuan=lost.where(bad, 0.0)
    )


def exceptions(past: pd.DataFrame) -> pd.DataFrame:
    """Count the exceptions granted and how they turned out, by who granted them.

    Parameters
    ----------
    past : DataFrame
        Result of `decided_loans`. Not modified.

    Returns
    -------
    DataFrame
        One row per person, most exceptions first: ``approver_id, loans_count, exceptions_count, observed_count`` (of
        the exceptions, outcome known), ``bad_count, bad_share, bad_low, bad_high`` (Jeffreys, 95 %; missing where no
        outcome is known), ``unknown_count`` (loans of which it is not known whether they were exceptions). Who granted
        none is not listed.

    Examples
    --------
    >>> past = pd.DataFrame({"approver_id": "A1", "loan_id": ["L1", "L2"], "is_exception": [True, None],
    ...                      "is_bad": [True, False]})
    >>> exceptions(past)[["exceptions_count", "bad_count", "unknown_count"]].to_numpy().tolist()
    [[1, 1, 1]]
    """
    rows = past.dropna(subset=["approver_id"])
    flags, bad = rows["is_exception"].astype("boolean"), rows["is_bad"].astype("boolean")
    waived = flags.fillna(False).astype("bool")
    rows = rows.assign(
        waived=waived, seen=waived & bad.notna(), failed=waived & bad.fillna(False).astype("bool"), unsaid=flags.isna()
    )
    found = rows.groupby("approver_id", as_index=False).agg(
        loans_count=("loan_id", "size"),
        exceptions_count=("waived", "sum"),
        observed_count=("seen", "sum"),
        bad_count=("failed", "sum"),
        unknown_count=("unsaid", "sum"),
    )
    found = (
        found[(found["exceptions_count"] > 0) | (found["unknown_count"] > 0)]
        .astype({"bad_count": "int64"})
        .reset_index(drop=True)
    )
    seen = found["observed_count"]
    shares = rate_interval(found["bad_count"], seen.clip(lower=1)).where(seen > 0)
    found = found.assign(bad_share=shares["rate"], bad_low=shares["low"], bad_high=shares["high"])
    return found.sort_values(["exceptions_count", "approver_id"], ascending=[False, True], ignore_index=True)


def _untold(rows: pd.DataFrame) -> pd.Series:
    """Say of which live loans neither days nor class are known."""
    return rows["overdue_days"].isna() & rows["class5"].isna() & (rows["balance_yuan"] > 0)


def _bad(rows: pd.DataFrame) -> pd.Series:
    late = (rows["overdue_days"] > BAD_DAYS).fillna(False).astype("bool")
    return late | rows["class5"].isin(BAD_CLASSES).astype("bool")


LIMITS = {"warning": 0.95, "action": 0.998}
#: loans under which nobody is set beside the others
FEWEST = 10


def funnel(decided: pd.DataFrame, *, by: str, within: tuple[str, ...] = ("product_id",)) -> pd.DataFrame:
    r"""Set the bad loans of each person beside the number that their mix of loans leads to expect.

    Answers "is this a person's doing, or what small numbers and their customers bring?"

    .. math:: e_j = \sum_{i \in j} \hat p_{c(i)}, \qquad r_j = \bar p\, \frac{o_j}{e_j}, \qquad
        o_j \in [B_{.001}, B_{.999}] \text{ of } \mathrm{Bin}(n_j, e_j / n_j)

    with bad loans o of n, and for every cell c of `within` the rate of the whole branch, drawn half a loan towards the
    branch's own.

    Parameters
    ----------
    decided : DataFrame
        One row per loan with a known outcome: the column `by`, those of `within`, ``is_bad``. Rows without a person are
        left out. Not modified.
    by : str
        Column that names the person: ``approver_id``, ``rm_id``.
    within : tuple of str
        What makes loans alike.

    Returns
    -------
    DataFrame
        One row per person with ten loans or more, worst first: `by`, ``loans_count, bad_count, expected_count,
        adjusted_share`` (the branch's rate times bad over expected), ``branch_share`` and, for as many loans
        of the person's own mix, ``low95, high95, low998, high998`` (fractions), ``funnel_place``: ``above_action``,
        ``above_warning``, ``inside`` or ``below``.

    Raises
    ------
    EmptyBook
        If nobody has ten loans whose outcome is known, or none of them went bad.

    Notes
    -----
    Limits are whole numbers of loans, unlike those of `forecast.funnel_limits` that are drawn as smooth curves: a
    person is named only where the tail is no larger than the level says.

    A point outside is a sample for review, no verdict: who is sent the hard cases looks bad, and of a hundred honest
    people five lie outside the 95 % limits.

    References
    ----------
    .. [1] Spiegelhalter, D. J. (2005). Funnel plots for comparing institutional performance. Statistics in Medicine
       24, 1185-1202.

    Examples
    --------
    >>> decided = pd.DataFrame({"rm_id": ["R1", "R2"] * 10, "product_id": "P1",
    ...                         "is_bad": [True, False] * 5 + [False] * 10})
    >>> funnel(decided, by="rm_id")[["adjusted_share", "funnel_place"]].to_numpy().tolist()
    [[0.5, 'inside'], [0.0, 'inside']]
    """
    rows = decided.dropna(subset=[by, "is_bad"]).reset_index(drop=True)
    bad = rows["is_bad"].astype("float64")
    if rows.empty or bad.sum() == 0:
        raise EmptyBook("no decided loan went bad, or none has a known outcome", fix="wait until loans have aged")
    overall = bad.mean()
    cells = bad.groupby([rows[name].fillna("") for name in within]).transform
    expected = (cells("sum") + 0.5 * overall) / (cells("size") + 0.5)
    expected *= bad.sum() / expected.sum()
    found = (
        pd.DataFrame({by: rows[by], "bad": bad, "expected": expected})
        .groupby(by, as_index=False)
        .agg(loans_count=("bad", "size"), bad_count=("bad", "sum"), expected_count=("expected", "sum"))
    )
    found = found[found["loans_count"] >= FEWEST].reset_index(drop=True)
    if found.empty:
        raise EmptyBook("nobody decided ten loans whose outcome is known", fix="pool a longer time")
    found["bad_count"] = found["bad_count"].astype("int64")
    found["adjusted_share"] = overall * found["bad_count"] / found["expected_count"]
    found["branch_share"] = overall
    found = found.join(_limits(found, overall))
    return found.sort_values(["adjusted_share", by], ascending=[False, True], ignore_index=True)


def _limits(found: pd.DataFrame, overall: float) -> pd.DataFrame:
    """Limits on the scale of the adjusted share, and where each person stands."""
    count, mean = found["loans_count"].to_numpy(), found["expected_count"].to_numpy()
    chance, limits = mean / count, {}
    for name, level in LIMITS.items():
        for end, part in (("low", (1 - level) / 2), ("high", (1 + level) / 2)):
            limits[f"{end}_{name}"] = binom.ppf(part, count, chance)
    bad = found["bad_count"].to_numpy()
    place = np.select(
        [bad > limits["high_action"], bad > limits["high_warning"], bad < limits["low_warning"]],
        ["above_action", "above_warning", "below"],
        "inside",
    )
    scale = overall / mean
    names = {"low_warning": "low95", "high_warning": "high95", "low_action": "low998", "high_action": "high998"}
    return pd.DataFrame(
        {names[key]: np.maximum(0, value) * scale for key, value in limits.items()} | {"funnel_place": place}
    )
