"""Customers who leave: when they count as lost, why, who returns unasked, what win-back (双挽) adds.

`away_spells` are times without a loan, `return_curve` returns by days away, `win_back_effects` the result
against those nobody called. Yearly departures of a branch stand in `diagnosis`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtri

from microlib.contracts.needs import measure
from microlib.errors import BadConfig, EmptyBook
from microlib.metrics.campaign_effect import arm_counts, campaign_effects
from microlib.stats.grouping import Day, looked_up, told_apart
from microlib.stats.intervals import rate_interval


def loss_reasons(churn_reviews: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """Rank the reasons of loss, most frequent first, with the range of each share.

    Parameters
    ----------
    churn_reviews : DataFrame[churn_reviews]
        ``loss_reason``; the newest review of a customer counts. Not modified.
    level : float
        Two-sided confidence (Wilson).

    Returns
    -------
    DataFrame
        ``loss_reason, customers_count, reason_share, reason_low, reason_high, reason_share_count, cumulated_share``,
        ``high_value_count``, ``is_distinct`` (its range lies above that of the next reason).

    Raises
    ------
    EmptyBook
        If there is no review.

    Examples
    --------
    >>> rows = pd.DataFrame({"customer_id": ["C1", "C2", "C3"], "loss_reason": ["price", "price", "speed"],
    ...                      "reviewed_date": pd.to_datetime(["2026-01-31"] * 3), "value_band": "high"})
    >>> loss_reasons(rows).loss_reason.to_list()
    ['price', 'speed']
    """
    rows = newest_reviews(churn_reviews)
    counts = rows.groupby("loss_reason").agg(
        customers_count=("customer_id", "size"),
        high_value_count=("value_band", lambda band: int(band.eq("high").sum())),
    )
    counts = counts.sort_values("customers_count", ascending=False, kind="stable").reset_index()
    rate = rate_interval(counts["customers_count"], len(rows), method="wilson", level=level)
    return counts.assign(
        reason_share=rate["rate"],
        reason_low=rate["low"],
        reason_high=rate["high"],
        reason_share_count=rate["total_count"],
        cumulated_share=rate["rate"].cumsum(),
        is_distinct=rate["low"] > rate["high"].shift(-1).fillna(0.0),
    )


def newest_reviews(churn_reviews: pd.DataFrame) -> pd.DataFrame:
    """Return the newest review of each customer, by customer.

    Raises
    ------
    EmptyBook
        If there is no review.
    """
    if churn_reviews.empty:
        raise EmptyBook("no customer was reviewed as lost", where="churn_reviews", fix="hold the review and record it")
    return (
        churn_reviews.sort_values("reviewed_date")
        .drop_duplicates("customer_id", keep="last")
        .sort_values("customer_id", ignore_index=True)
    )


def review_lines(churn_reviews: pd.DataFrame, loans: pd.DataFrame) -> pd.DataFrame:
    """Lay out the meeting's pack: one line per customer lost and not back, the most valuable and longest silent first.

    Parameters
    ----------
    churn_reviews : DataFrame[churn_reviews]
        Not modified.
    loans : DataFrame[loans]
        A customer with a loan newer than his review is left out.

    Returns
    -------
    DataFrame
        ``customer_id, value_band, loss_reason, gone_to, would_return_for, lost_date, last_contact_date, rm_id,
        is_not_to_recover``.
    """
    rows = newest_reviews(churn_reviews)
    last = loans.groupby("customer_id")["disbursed_date"].max()
    gone = rows[~(looked_up(rows["customer_id"], last) > rows["reviewed_date"])]
    order = gone["value_band"].map({"high": 0, "middle": 1, "low": 2}).fillna(3)
    kept = [
        "customer_id",
        "value_band",
        "loss_reason",
        "gone_to",
        "would_return_for",
        "lost_date",
        "last_contact_date",
        "rm_id",
        "is_not_to_recover",
    ]
    ranked = gone.assign(order=order).sort_values(["is_not_to_recover", "order", "last_contact_date"], kind="stable")
    return ranked[kept].reset_index(drop=True)


STEP_DAYS = 30


def return_curve(spells: pd.DataFrame) -> pd.DataFrame:
    r"""Estimate the share that has come back by each day away; those still away count as not yet known (Kaplan-Meier).

    .. math:: S(t) = \prod_{t_i \le t}(1 - d_i/n_i), \quad \mathrm{Var} = S^2\sum d_i/(n_i(n_i - d_i))

    Parameters
    ----------
    spells : DataFrame
        ``days, has_returned``. Not modified.

    Returns
    -------
    DataFrame
        One row per day on which anybody came back, and day 0: ``days, at_risk_count, returned_count, returned_share``,
        ``returned_low, returned_high`` (95 %, log-log).

    Raises
    ------
    EmptyBook
        If there is no spell.

    Examples
    --------
    >>> gone = pd.DataFrame({"days": [10, 20, 30], "has_returned": [True, False, True]})
    >>> return_curve(gone).returned_share.round(3).to_list()
    [0.0, 0.333, 1.0]
    """
    if spells.empty:
        raise EmptyBook("nobody is away")
    told_apart(spells, known=["days", "has_returned"], table="spells")
    days, back = spells["days"].to_numpy(dtype=int), spells["has_returned"].to_numpy(dtype=bool)
    when = np.unique(days[back])
    ordered = np.sort(days)
    risk = len(days) - np.searchsorted(ordered, when, side="left")
    came = np.searchsorted(np.sort(days[back]), when, side="right") - np.searchsorted(np.sort(days[back]), when, "left")
    stay = np.cumprod(1 - came / risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(np.cumsum(came / (risk * (risk - came)))) / np.abs(np.log(stay))
        reach = np.exp(float(ndtri(0.975)) * spread)
        low, high = 1 - stay ** (1 / reach), 1 - stay**reach
    rows = {
        "days": when,
        "at_risk_count": risk,
        "returned_count": came,
        "returned_share": 1 - stay,
        "returned_low": low,
        "returned_high": high,
    }
    first = {"days": 0, "at_risk_count": len(days), "returned_count": 0} | dict.fromkeys(
        ["returned_share", "returned_low", "returned_high"], 0.0
    )
    return pd.concat([pd.DataFrame([first]), pd.DataFrame(rows)], ignore_index=True)


def later_returns(spells: pd.DataFrame, *, horizon_days: int = 365, last_days: int = 720) -> pd.DataFrame:
    r"""Say of those away for t days how many come back within the year that follows: :math:`1 - S(t+h)/S(t)`.

    Parameters
    ----------
    spells : DataFrame
        ``days, has_returned``. Not modified.
    horizon_days : int
        Length of the time that follows.
    last_days : int
        Largest t that is tried, in steps of 30 days.

    Returns
    -------
    DataFrame
        ``days_away, at_risk_count, later_share, later_low, later_high`` (Greenwood's error over the stretch, normal on
        the log-log scale; the upper bound without a return is 1 - 0.05^(1/n), one-sided, with n watched to the end),
        ``watched_count`` (still watched at t + h: n). Days whose stretch nobody was watched through are left out.

    Examples
    --------
    >>> gone = pd.DataFrame({"days": [10] * 5 + [800] * 95, "has_returned": [True] * 5 + [False] * 95})
    >>> later_returns(gone).later_share.round(2).to_list()[:2]
    [0.05, 0.0]
    """
    curve = return_curve(spells)
    tried = np.arange(0, last_days + 1, STEP_DAYS)
    days = spells["days"].to_numpy()
    watched = np.array([(days >= day + horizon_days).sum() for day in tried])
    rows = [
        _stretch(curve, int(day), horizon_days, int((days >= day).sum()), int(through))
        for day, through in zip(tried, watched, strict=True)
        if through
    ]
    return (
        pd.DataFrame(rows).assign(watched_count=watched[watched > 0])
        if rows
        else pd.DataFrame(
            columns=["days_away", "at_risk_count", "later_share", "later_low", "later_high", "watched_count"]
        )
    )


def churn_rules(candidates: pd.DataFrame, *, share: float = 0.05, horizon_days: int = 365) -> pd.DataFrame:
    """Find for each rule the first number of days away after which hardly anybody comes back by himself.

    Parameters
    ----------
    candidates : DataFrame
        ``rule, days, has_returned`` (`churn_candidates`). Not modified.
    share : float
        Spontaneous return under which a customer may be called lost.
    horizon_days : int
        Within which return counts.

    Returns
    -------
    DataFrame
        One row per rule: ``rule, spells_count, returned_count``, ``cut_days`` (first t with the point under `share`;
        missing: no such t within what was watched), ``sure_cut_days`` (the upper bound under it as well),
        ``later_share, later_low, later_high`` and ``later_share_count`` at the cut, else at the last t that was
        watched; ``called_lost_count`` (away that long now), ``false_share`` (of those away at 90 days, who came back
        within the horizon: what a fixed 90 days gets wrong).

    Examples
    --------
    >>> days, back = [10] * 5 + [800] * 95, [True] * 5 + [False] * 95
    >>> gone = pd.DataFrame({"rule": "settled", "days": days, "has_returned": back})
    >>> churn_rules(gone).cut_days.item()
    30.0
    """
    rows = [
        {"rule": rule, **_cut(part, share=share, horizon_days=horizon_days)}
        for rule, part in candidates.groupby("rule", sort=False)
    ]
    return pd.DataFrame(rows)


def _cut(part: pd.DataFrame, *, share: float, horizon_days: int) -> dict:
    later = later_returns(part, horizon_days=horizon_days)
    row = {"spells_count": len(part), "returned_count": int(part["has_returned"].sum())}
    if later.empty:
        return row | dict.fromkeys(["cut_days", "sure_cut_days", "later_share", "later_low", "later_high"], np.nan)
    under, sure = later[later["later_share"] < share], later[later["later_high"] < share]
    at = under.iloc[0] if len(under) else later.iloc[-1]
    ninety = later.loc[later["days_away"] == 90, "later_share"]
    away = ~part["has_returned"]
    return row | {
        "cut_days": float(under["days_away"].iloc[0]) if len(under) else np.nan,
        "sure_cut_days": float(sure["days_away"].iloc[0]) if len(sure) else np.nan,
        "later_share": at["later_share"],
        "later_low": at["later_low"],
        "later_high": at["later_high"],
        "later_share_count": at["at_risk_count"],
        "called_lost_count": int((away & (part["days"] >= at["days_away"])).sum()) if len(under) else 0,
        "false_share": float(ninety.iloc[0]) if len(ninety) else np.nan,
    }


def _stretch(curve: pd.DataFrame, start: int, horizon: int, risk: int, through: int) -> dict:
    inside = curve[(curve["days"] >= max(start, 1)) & (curve["days"] <= start + horizon)]
    n, d = inside["at_risk_count"].to_numpy(dtype=float), inside["returned_count"].to_numpy(dtype=float)
    stay = float(np.prod(1 - d / n))
    row = {"days_away": start, "at_risk_count": risk, "later_share": 1 - stay}
    if stay >= 1:
        return row | {"later_low": 0.0, "later_high": 1 - 0.05 ** (1 / through)}
    if stay <= 0:
        return row | {"later_low": 0.0, "later_high": 1.0}
    spread = np.sqrt((d / (n * (n - d))).sum()) / abs(np.log(stay))
    reach = float(np.exp(ndtri(0.975) * spread))
    return row | {"later_low": 1 - stay ** (1 / reach), "later_high": 1 - stay**reach}


EARLY_DAYS = 30
COLUMNS = ["customer_id", "lost_date", "returned_date", "days", "has_returned"]


def away_spells(loans: pd.DataFrame, *, as_of: Day) -> pd.DataFrame:
    """List each time that a customer stood without any loan, from the last settlement to the next loan or to now.

    Parameters
    ----------
    loans : DataFrame[loans]
        ``loan_id, customer_id, disbursed_date, closed_date, maturity_date, status``; write-offs and transfers end no
        relation by the customer's choice and are left out. Not modified.
    as_of : date

    Returns
    -------
    DataFrame
        ``customer_id, lost_date, returned_date`` (missing: not back), ``days, has_returned``, ``is_early`` (settled
        more than 30 days before maturity), ``loan_id`` (the one settled last). A loan taken on the day of the
        settlement is no return: the customer was never away.

    Raises
    ------
    EmptyBook
        If nobody ever settled his last loan.

    Examples
    --------
    >>> loans = pd.DataFrame({"loan_id": ["L1", "L2"], "customer_id": ["C1", "C1"], "status": ["settled", "normal"],
    ...     "disbursed_date": pd.to_datetime(["2024-01-01", "2025-03-02"]),
    ...     "maturity_date": pd.to_datetime(["2025-01-01", "2026-03-02"]),
    ...     "closed_date": pd.to_datetime(["2025-01-01", None])})
    >>> away_spells(loans, as_of="2026-06-30").days.to_list()
    [60]
    """
    today = pd.Timestamp(as_of)
    rows = loans[loans["disbursed_date"] <= today].sort_values(["customer_id", "disbursed_date"], kind="stable")
    closed = rows["closed_date"].where(rows["closed_date"] <= today).fillna(pd.Timestamp("2200-01-01"))
    ends = closed.groupby(rows["customer_id"]).cummax()
    same = rows["customer_id"].eq(rows["customer_id"].shift(-1))
    following = rows["disbursed_date"].shift(-1).where(same)
    gone = ((following > ends) | (~same & (ends <= today))) & rows["status"].eq("settled")
    if not gone.any():
        raise EmptyBook("nobody has settled his last loan")
    found = rows.loc[gone, ["customer_id", "loan_id"]].assign(
        lost_date=ends[gone],
        returned_date=following[gone],
        has_returned=following[gone].notna(),
        is_early=(rows["maturity_date"] - ends > pd.Timedelta(days=EARLY_DAYS))[gone],
    )
    found["days"] = (found["returned_date"].fillna(today) - found["lost_date"]).dt.days
    return found[[*COLUMNS, "is_early", "loan_id"]].reset_index(drop=True)


def reviewed_spells(churn_reviews: pd.DataFrame, loans: pd.DataFrame, *, as_of: Day) -> pd.DataFrame:
    """List the customers whom a review called lost, from the review to their next loan or to now.

    Parameters
    ----------
    churn_reviews : DataFrame[churn_reviews]
        ``customer_id, reviewed_date, loss_reason``. Not modified.
    loans : DataFrame[loans]
    as_of : date

    Returns
    -------
    DataFrame
        `COLUMNS` and ``loss_reason``; ``lost_date`` is the day of the review, since only then the rule had spoken.

    Raises
    ------
    EmptyBook
        If there is no review.
    """
    if churn_reviews.empty:
        raise EmptyBook("no customer was reviewed as lost", where="churn_reviews")
    today = pd.Timestamp(as_of)
    rows = churn_reviews[["customer_id", "reviewed_date", "loss_reason"]].rename(columns={"reviewed_date": "lost_date"})
    pairs = rows.merge(loans[["customer_id", "disbursed_date"]], on="customer_id")
    later = pairs[(pairs["disbursed_date"] > pairs["lost_date"]) & (pairs["disbursed_date"] <= today)]
    first = later.groupby(["customer_id", "lost_date"])["disbursed_date"].min().rename("returned_date")
    found = rows.join(first, on=["customer_id", "lost_date"])
    found["has_returned"] = found["returned_date"].notna()
    found["days"] = (found["returned_date"].fillna(today) - found["lost_date"]).dt.days
    return found[[*COLUMNS, "loss_reason"]].reset_index(drop=True)


@measure(optional=("repayments",))
def churn_candidates(
    spells: pd.DataFrame, repayments: pd.DataFrame | None = None, reviewed: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Stack the spells under each rule that may define a lost customer.

    Parameters
    ----------
    spells : DataFrame
        Of `away_spells`. Not modified.
    repayments : DataFrame[repayments], optional
        ``loan_id, source``: who was repaid by another bank.
    reviewed : DataFrame, optional
        Of `reviewed_spells`.

    Returns
    -------
    DataFrame
        ``rule`` (``settled, early, other_bank, reviewed``) and `COLUMNS`.
    """
    parts = [spells.assign(rule="settled"), spells[spells["is_early"]].assign(rule="early")]
    if repayments is not None and len(repayments):
        elsewhere = repayments.loc[repayments["source"].eq("other_bank"), "loan_id"]
        parts.append(spells[spells["loan_id"].isin(elsewhere)].assign(rule="other_bank"))
    if reviewed is not None and len(reviewed):
        parts.append(reviewed.assign(rule="reviewed"))
    return pd.concat([part[["rule", *COLUMNS]] for part in parts], ignore_index=True)


def win_back_outcomes(
    win_backs: pd.DataFrame, loans: pd.DataFrame, *, as_of: Day, windows: dict[str, int]
) -> pd.DataFrame:
    """Read from the ledger who of the list took a loan within the window, called or not.

    Parameters
    ----------
    win_backs : DataFrame[win_backs]
        ``customer_id, listed_date, goal, arm``. Not modified.
    loans : DataFrame[loans]
        ``customer_id, loan_id, disbursed_date, balance_yuan``.
    as_of : date
        Members whose window has not closed are marked.
    windows : dict
        Days from listing within which a loan counts, by goal; from policy.

    Returns
    -------
    DataFrame
        One row per member: the list's columns and ``loan_id, back_date, days_to_return, has_borrowed, is_over``,
        ``is_alive`` (still without arrears over 30 days now; missing where nobody came back or days are not known).

    Raises
    ------
    EmptyBook
        If there is no list.
    BadConfig
        If the policy has no window for a goal of the list.

    Examples
    --------
    >>> lists = pd.DataFrame({"customer_id": ["C1"], "listed_date": pd.to_datetime(["2025-11-30"]), "goal": ["regain"],
    ...                       "arm": ["treated"]})
    >>> loans = pd.DataFrame({"customer_id": ["C1"], "loan_id": ["L1"], "overdue_days": [0],
    ...                       "disbursed_date": pd.to_datetime(["2026-01-29"])})
    >>> win_back_outcomes(lists, loans, as_of="2026-06-30", windows={"regain": 180}).days_to_return.item()
    60.0
    """
    if win_backs.empty:
        raise EmptyBook("nobody stands on a retention or win-back list", where="win_backs")
    rows = win_backs.assign(window=win_backs["goal"].map(windows))
    if rows["window"].isna().any():
        strange = rows.loc[rows["window"].isna(), "goal"].iloc[0]
        what = f"no window is given for the goal {strange}"
        raise BadConfig(what, where="windows", fix="name its days in the policy")
    pairs = rows[["customer_id", "listed_date", "window"]].merge(
        loans[["customer_id", "loan_id", "disbursed_date", "overdue_days"]], on="customer_id"
    )
    days = (pairs["disbursed_date"] - pairs["listed_date"]).dt.days
    inside = pairs[(days > 0) & (days <= pairs["window"]) & (pairs["disbursed_date"] <= pd.Timestamp(as_of))]
    first = inside.sort_values(["disbursed_date", "loan_id"]).drop_duplicates(["customer_id", "listed_date"])
    first = first.rename(columns={"disbursed_date": "back_date"}).drop(columns="window")
    found = rows.merge(first, on=["customer_id", "listed_date"], how="left")
    back = found["loan_id"].notna()
    ends = found["listed_date"] + pd.to_timedelta(found["window"].astype("int64"), unit="D")
    return found.assign(
        has_borrowed=back,
        days_to_return=(found["back_date"] - found["listed_date"]).dt.days.astype(float),
        is_over=ends <= pd.Timestamp(as_of),
        is_alive=(found["overdue_days"] <= 30).astype("boolean").where(back & found["overdue_days"].notna()),
    ).drop(columns="window")


def win_back_effects(outcomes: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """Measure retention and win-back each against its own hold-out.

    Parameters
    ----------
    outcomes : DataFrame
        Of `win_back_outcomes`; members whose window is open are left out. Not modified.
    level : float
        Two-sided confidence.

    Returns
    -------
    DataFrame
        One row per ``goal``: the columns of `campaign_effect.campaign_effects`; ``offer_cost_yuan`` (of the contacted
        arm), ``cost_per_added_yuan`` (missing where nothing was added), ``median_days`` to return (contacted arm),
        ``alive_count, alive_share`` with ``_low, _high, _count`` (of those back in the contacted arm of whom it is
        known, not late by more than 30 days now), ``alive_unknown_count``.

    Examples
    --------
    >>> rows = pd.DataFrame({"goal": "regain", "arm": ["treated"] * 60 + ["control"] * 150, "is_over": True,
    ...     "has_borrowed": [True] * 27 + [False] * 33 + [True] * 18 + [False] * 132})
    >>> win_back_effects(rows)[["treated_share", "control_share"]].round(2).iloc[0].to_list()
    [0.45, 0.12]
    """
    over = outcomes[outcomes["is_over"].eq(True)]
    if over.empty:
        raise EmptyBook("no window has closed", where="win_backs")
    found = campaign_effects(arm_counts(over, within="goal"), level=level)
    back = over[over["arm"].eq("treated") & over["has_borrowed"].astype("boolean").fillna(False).astype(bool)]
    back = back.assign(_unsaid=back["is_alive"].isna()) if "is_alive" in back else back
    extra = {"offer_cost_yuan": "sum", "days_to_return": "median", "is_alive": "sum", "_unsaid": "sum"}
    sums = back.groupby("goal").agg({name: how for name, how in extra.items() if name in back})
    sums = sums.reindex(columns=list(extra)).rename(
        columns={"days_to_return": "median_days", "is_alive": "alive_count", "_unsaid": "alive_unknown_count"}
    )
    whole = found.merge(sums.astype(float).reset_index(), on="goal", how="left")
    added = whole["added_count"].where(whole["added_count"] > 0)
    known = whole["treated_loans_count"] - whole["alive_unknown_count"]
    some = (known > 0) & whole["alive_count"].notna()
    alive = rate_interval(whole.loc[some, "alive_count"], known[some], level=level)
    alive = alive[["rate", "low", "high"]].set_axis(whole.index[some]).reindex(whole.index)
    return whole.assign(
        cost_per_added_yuan=whole["offer_cost_yuan"] / added,
        alive_share=alive["rate"],
        alive_share_low=alive["low"],
        alive_share_high=alive["high"],
        alive_share_count=known,
    )
