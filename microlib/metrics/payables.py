"""How a core enterprise pays: days to pay (Kaplan-Meier), trend, dilution, share collected here (回款归集率).

`payable_lives` is the base: how long each payable has waited and whether it was paid. `diverted_receipts`
lists suppliers whose money began to arrive elsewhere.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from scipy.special import ndtr, stdtrit
from scipy.stats import binom

from microlib.errors import EmptyBook, NotManaged
from microlib.stats.borrower_shares import borrower_shares, resampled_sums
from microlib.stats.grouping import checked_level, looked_up, month_name, month_numbers, told_apart
from microlib.stats.intervals import rate_interval
from microlib.units import MONTHS_PER_YEAR

PAYABLE_COLUMNS = {
    "core_id": "str",
    "customer_id": "str",
    "month": "str",
    "days": "int64",
    "is_paid": "bool",
    "due_days": "float64",
    "net_yuan": "float64",
    "is_disputed": "boolean",
}


def managed_payables(core_payables: pd.DataFrame, core_enterprises: pd.DataFrame, *, branch: str) -> pd.DataFrame:
    """Keep the payables of cores that a branch manages: a core's payment record is told to nobody else.

    Parameters
    ----------
    core_payables : DataFrame[core_payables]
        Not modified.
    core_enterprises : DataFrame[core_enterprises]
        Uses ``core_id, managing_branch_id``.
    branch : str
        The branch's code.

    Returns
    -------
    DataFrame
        The rows of `core_payables` whose core names the branch.

    Raises
    ------
    NotManaged
        If no core with payables names it: a core without a managing branch is shown to no branch.

    Examples
    --------
    >>> owed = pd.DataFrame({"core_id": ["H1", "H2"], "amount_yuan": [1.0, 2.0]})
    >>> cores = pd.DataFrame({"core_id": ["H1", "H2"], "managing_branch_id": ["0755", None]})
    >>> managed_payables(owed, cores, branch="0755")["core_id"].tolist()
    ['H1']
    """
    mine = core_enterprises.loc[core_enterprises["managing_branch_id"] == branch, "core_id"]
    rows = core_payables[core_payables["core_id"].isin(mine)]
    if rows.empty:
        raise NotManaged(
            "the branch manages no core that owes anybody",
            where="core_enterprises.managing_branch_id",
            fix="name the managing branch of each core",
        )
    return rows


def payable_lives(core_payables: pd.DataFrame, *, as_of: date, months: int | None = None) -> pd.DataFrame:
    """Count the days from delivery to payment; what is unpaid has waited until `as_of` and is censored there.

    Parameters
    ----------
    core_payables : DataFrame[core_payables]
        Uses ``core_id, customer_id, delivered_date, due_date, paid_date, amount_yuan, deducted_yuan, retention_yuan``
        and ``is_disputed`` where it is there. Not modified.
    as_of : date
        Deliveries after it are not known yet; a payment after it has not been made.
    months : int, optional
        Only deliveries of so many months up to `as_of`.

    Returns
    -------
    DataFrame
        One row per payable: ``core_id, customer_id, month`` (of delivery), ``days`` (>= 0), ``is_paid``, ``due_days``
        (agreed), ``net_yuan``, ``is_disputed``.

    Notes
    -----
    A payment before delivery counts as day 0. Retention money falls due later by contract and is left out.

    Examples
    --------
    >>> rows = pd.DataFrame({"core_id": "H1", "customer_id": "C1", "amount_yuan": [9.0, 9.0],
    ...     "deducted_yuan": 0.0, "retention_yuan": 0.0, "due_date": pd.to_datetime(["2026-03-01"] * 2),
    ...     "delivered_date": pd.to_datetime(["2026-01-01", "2026-06-20"]),
    ...     "paid_date": pd.to_datetime(["2026-02-10", None])})
    >>> payable_lives(rows, as_of=date(2026, 6, 30))[["days", "is_paid"]].to_numpy().tolist()
    [[40, True], [10, False]]
    """
    today = pd.Timestamp(as_of)
    known = core_payables[core_payables["delivered_date"] <= today]
    if months is not None:
        known = known[known["delivered_date"] > today - pd.DateOffset(months=months)]
    paid = known["paid_date"].where(known["paid_date"] <= today)
    off = known[["deducted_yuan", "retention_yuan"]].fillna(0.0).sum(axis="columns")
    lives = pd.DataFrame(
        {
            "core_id": known["core_id"],
            "customer_id": known["customer_id"],
            "month": known["delivered_date"].dt.strftime("%Y-%m"),
            "days": (paid.fillna(today) - known["delivered_date"]).dt.days.clip(lower=0),
            "is_paid": paid.notna(),
            "due_days": (known["due_date"] - known["delivered_date"]).dt.days,
            "net_yuan": known["amount_yuan"] - off,
            "is_disputed": known.get("is_disputed", pd.NA),
        }
    )
    return lives.astype(PAYABLE_COLUMNS).reset_index(drop=True)


def year_before(lives: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Mark each life with the year of its delivery: ``last`` twelve months, or those ``before``; older ones go.

    Returns
    -------
    DataFrame
        `lives` with ``span``.
    """
    told_apart(lives, known=["month", "days", "is_paid"], table="lives")
    age = (as_of.year - lives["month"].str[:4].astype(int)) * MONTHS_PER_YEAR
    age = age + as_of.month - lives["month"].str[5:].astype(int)
    span = pd.Series("older", index=lives.index).mask(age < 2 * MONTHS_PER_YEAR, "before")
    marked = lives.assign(span=span.mask(age < MONTHS_PER_YEAR, "last"))
    return marked[marked["span"] != "older"]


#: longer waits are counted in the last day, a payment before delivery in the first
LONGEST = 720
#: months of delivery under which the extremes of a resample hold the median in fewer than 93 of 100 cases
LEAST_MONTHS = 5
#: what the product of a few hundred fractions may be wrong by
ROUNDING = 1e-9
PAYMENT_DAY_COLUMNS = [
    "payables_count",
    "unpaid_count",
    "unpaid_yuan",
    "median_days",
    "median_low",
    "median_high",
    "paid_only_days",
]


def days_to_pay(lives: pd.DataFrame, *, within: str | list[str] = "core_id", level: float = 0.95) -> pd.DataFrame:
    r"""Find after how many days a core has paid half of what it received, unpaid payables included.

    Answers "how long does it really take?" With :math:`d_t` payables paid on day t after delivery and :math:`n_t`
    that had waited at least t days,

    .. math:: S(t) = \prod_{u \le t} \left(1 - \frac{d_u}{n_u}\right), \qquad m = \min\{t : S(t) \le \tfrac12\}

    Ranges resample whole months of delivery (1,000 draws, fixed seed): a core pays in runs, so payables of one month
    are no independent trials. The tails are those of Student's t with one less than the months, widened by the root of
    n / (n - 1) (Hesterberg's expanded percentile); fewer than five months bound no median.

    Parameters
    ----------
    lives : DataFrame
        Result of `payable_lives`. Not modified.
    within : str or list of str
        What a row is.
    level : float
        Two-sided.

    Returns
    -------
    DataFrame
        One row per group, ascending: ``payables_count, unpaid_count, unpaid_yuan, median_days`` (missing where not
        half is paid yet) with ``median_low, median_high``, and ``paid_only_days``: the mean over paid ones alone, which
        is too low.

    Raises
    ------
    EmptyBook
        If there is no payable.

    References
    ----------
    .. [1] Kaplan, E. L., Meier, P. (1958). Journal of the American Statistical Association 53, 457-481.

    Examples
    --------
    >>> lives = pd.DataFrame({"core_id": "H1", "month": "2026-01", "days": [30, 40, 50, 90], "net_yuan": 1.0,
    ...                       "is_paid": [True, True, False, True]})
    >>> days_to_pay(lives)[["median_days", "paid_only_days"]].iloc[0].round(1).tolist()
    [40.0, 53.3]
    """
    checked_level(level)
    rows = [_median(group, level) for _, group in _groups(lives, within)]
    return _frame(lives, within, rows, PAYMENT_DAY_COLUMNS)


def payment_delays(lives: pd.DataFrame, *, within: str | list[str] = "core_id") -> pd.DataFrame:
    r"""Find how late a payer is: after how many days past the agreed day half of what it owes is paid.

    Bills that are still unpaid count as not yet paid for as long as they have waited past their day, never as paid
    today: the estimator is that of `days_to_pay`, on days past due.

    .. math:: m = \min\{t : S(t) \le \tfrac12\}

    Parameters
    ----------
    lives : DataFrame
        Result of `payable_lives`: ``days, due_days, is_paid`` and the keys; without an agreed day a bill is left out.
        Not modified.
    within : str or list of str
        What a row is.

    Returns
    -------
    DataFrame
        One row per group, ascending: ``delay_days`` (0: paid by its day; where not half is paid yet the longest wait so
        far, which can only rise), ``is_reached`` (half is paid), ``payables_count``.

    Examples
    --------
    >>> lives = pd.DataFrame({"core_id": "H1", "days": [60, 90, 150, 131], "due_days": 60.0,
    ...                       "is_paid": [True, True, False, False]})
    >>> payment_delays(lives)[["delay_days", "is_reached"]].to_numpy().tolist()
    [[30.0, True]]
    """
    known = lives[lives["due_days"].notna()]
    told_apart(known, known=["days", "is_paid"], table="lives")
    late = (known["days"] - known["due_days"]).clip(lower=0, upper=LONGEST).astype("int64")
    keys = [within] if isinstance(within, str) else within
    groups = known.assign(_late=late).groupby(keys, sort=True, observed=True)
    rows = [_delay(group["_late"], group["is_paid"]) for _, group in groups]
    found = known.groupby(keys, sort=True, observed=True).size().rename("payables_count").reset_index()
    more = pd.DataFrame(rows, columns=["delay_days", "is_reached"], index=found.index)
    return pd.concat([found[keys], more, found[["payables_count"]]], axis="columns")


def _delay(days: pd.Series, is_paid: pd.Series) -> tuple[float, bool]:
    ends = np.bincount(days[is_paid.to_numpy(dtype=bool)], minlength=LONGEST + 1).astype("float64")
    waiting = np.bincount(days, minlength=LONGEST + 1)[::-1].cumsum()[::-1].astype("float64")
    median = float(_half(_product(ends[None], waiting[None]))[0])
    return (float(days.max()), False) if np.isnan(median) else (median, True)


def paid_within(
    lives: pd.DataFrame, *, terms: pd.Series, within: str | list[str] = "core_id", level: float = 0.95
) -> pd.DataFrame:
    """Measure which part of payables is paid within a term, unpaid ones counted as long as they have waited.

    Parameters
    ----------
    lives : DataFrame
        Result of `payable_lives`. Not modified.
    terms : Series
        Days by core; a core without one has no share.
    within : str or list of str
        What a row is; holds ``core_id`` (first, if a list).
    level : float

    Returns
    -------
    DataFrame
        One row per group: ``term_days``, ``within_share, within_low, within_high, within_share_count``.

    Raises
    ------
    EmptyBook
        If there is no payable.

    Examples
    --------
    >>> lives = pd.DataFrame({"core_id": "H1", "month": "2026-01", "days": [30, 40, 50, 90], "net_yuan": 1.0,
    ...                       "is_paid": [True, True, False, True]})
    >>> paid_within(lives, terms=pd.Series({"H1": 60}))["within_share"].tolist()
    [0.5]
    """
    rows = []
    for key, group in _groups(lives, within):
        term = terms.get(key[0] if isinstance(key, tuple) else key, np.nan)
        rows.append(_within(group, term, level))
    return _frame(lives, within, rows, ["term_days", "within_share", "within_low", "within_high", "within_share_count"])


def _groups(lives: pd.DataFrame, within: str | list[str]) -> list:
    if lives.empty:
        raise EmptyBook("there is no payable", where="core_payables", fix="deliver the core's list of payables")
    told_apart(lives, known=["month", "days", "is_paid"], table="lives")
    return list(lives.groupby(within, sort=True))


def _frame(lives: pd.DataFrame, within: str | list[str], rows: list[dict], columns: list[str]) -> pd.DataFrame:
    keys = lives.groupby(within, sort=True).size().reset_index()[[within] if isinstance(within, str) else within]
    return pd.concat([keys, pd.DataFrame(rows, columns=columns)], axis="columns")


def _median(group: pd.DataFrame, level: float) -> dict:
    own, drawn = _survivals(group)
    low, high = _range(_half(drawn), group["month"].nunique(), level)
    open_ones = ~group["is_paid"]
    return {
        "payables_count": len(group),
        "unpaid_count": int(open_ones.sum()),
        "unpaid_yuan": float(group.loc[open_ones, "net_yuan"].sum()),
        "median_days": float(_half(own[None])[0]),
        "median_low": low,
        "median_high": high,
        "paid_only_days": float(group.loc[group["is_paid"], "days"].mean()) if group["is_paid"].any() else np.nan,
    }


def _within(group: pd.DataFrame, term: float, level: float) -> dict:
    if np.isnan(term):
        return {"term_days": np.nan, "within_share_count": len(group)}
    own, drawn = _survivals(group)
    day = int(np.clip(term, 0, LONGEST))
    months = group["month"].nunique()
    low, high = _range(1.0 - drawn[:, day], months, level)
    if low == high or months < LEAST_MONTHS:
        low, high = _of_months(1.0 - own[day], months, level)
    return {
        "term_days": float(term),
        "within_share": 1.0 - own[day],
        "within_low": min(low, 1.0 - own[day]),
        "within_high": max(high, 1.0 - own[day]),
        "within_share_count": len(group),
    }


def _of_months(share: float, months: int, level: float) -> tuple[float, float]:
    """Return the range of a share that is alike in all months: as many trials as months, not as payables."""
    found = rate_interval(share * months, months, level=level)
    return float(found["low"].iloc[0]), float(found["high"].iloc[0])


def _range(values: np.ndarray, months: int, level: float) -> tuple[float, float]:
    if months < LEAST_MONTHS:
        return np.nan, np.nan
    known = np.where(np.isnan(values), np.inf, values)
    tail = ndtr(stdtrit(months - 1, (1 - level) / 2) * np.sqrt(months / (months - 1)))
    low, high = np.quantile(known, [tail, 1 - tail], method="inverted_cdf")
    return (np.nan if np.isinf(low) else float(low)), (np.nan if np.isinf(high) else float(high))


def _half(survivals: np.ndarray) -> np.ndarray:
    """Return, row by row, the first day on which no more than half is unpaid; missing where there is none.

    A product of fractions that is a half is one within rounding.
    """
    reached = survivals <= 0.5 + ROUNDING
    return np.where(reached.any(axis=1), reached.argmax(axis=1), np.nan)


def _survivals(group: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the share still unpaid after each day, of the group itself and of its redraws by month."""
    months = group["month"].factorize(sort=True)[0]
    days = group["days"].clip(lower=0, upper=LONGEST).to_numpy()
    size, width = months.max() + 1, LONGEST + 1
    paid = group["is_paid"].to_numpy()
    ends, left = np.zeros((size, width)), np.zeros((size, width))
    np.add.at(ends, (months[paid], days[paid]), 1.0)
    np.add.at(left, (months, days), 1.0)
    waiting = left[:, ::-1].cumsum(axis=1)[:, ::-1]
    sums = resampled_sums(np.hstack([ends, waiting]))
    drawn = _product(sums[:, :width], sums[:, width:])
    return _product(ends.sum(axis=0)[None], waiting.sum(axis=0)[None])[0], drawn


def _product(ends: np.ndarray, waiting: np.ndarray) -> np.ndarray:
    return np.cumprod(1.0 - ends / np.maximum(waiting, 1.0), axis=1)


PAYMENT_TREND_COLUMNS = [
    "core_id",
    "before_days",
    "median_days",
    "median_low_days",
    "change_days",
    "change_low_days",
    "change_high_days",
    "trend",
]


def payment_trends(lives: pd.DataFrame, *, as_of: date, notable_days: int) -> pd.DataFrame:
    r"""Set the median days of the last twelve months' deliveries beside those of the twelve months before.

    .. math:: \Delta = m_1 - m_0, \qquad
        [\Delta] = \Delta \mp \sqrt{(m_1 - l_1)^2 + (u_0 - m_0)^2},\ \ \Delta + \sqrt{(u_1 - m_1)^2 + (m_0 - l_0)^2}

    with l and u the limits of each median (`days_to_pay`).

    Parameters
    ----------
    lives : DataFrame
        Result of `payable_lives`, of two years at least. Not modified.
    as_of : date
    notable_days : int
        A change that may be smaller than this is no trend (policy).

    Returns
    -------
    DataFrame
        One row per core: ``before_days, median_days, median_low_days`` (lower limit of the last year's median),
        ``change_days, change_low_days, change_high_days``; ``trend``:
        ``later`` where the whole range is above `notable_days`, ``earlier`` where below minus that, ``steady`` where
        within, ``unclear`` otherwise or where one year is missing. A core that paid before and leaves most of the last
        year's bills unpaid for longer is ``later``, though no median can be told.

    Examples
    --------
    >>> months = [f"{year}-{month:02d}" for year in (2025, 2026) for month in range(1, 7)]
    >>> lives = pd.DataFrame({"core_id": "H1", "month": months, "days": [40] * 6 + [75] * 6, "is_paid": True,
    ...                       "net_yuan": 1.0})
    >>> payment_trends(lives, as_of=date(2026, 6, 30), notable_days=10)[["change_days", "trend"]].to_numpy().tolist()
    [[35.0, 'later']]
    """
    spans = days_to_pay(year_before(lives, as_of=as_of), within=["core_id", "span"])
    pairs = spans.pivot(index="core_id", columns="span", values=["median_days", "median_low", "median_high"])
    wanted = pd.MultiIndex.from_product([["median_days", "median_low", "median_high"], ["before", "last"]])
    pairs = pairs.reindex(columns=wanted)
    (m0, m1), (l0, l1), (u0, u1) = (
        (pairs[name, "before"], pairs[name, "last"]) for name in wanted.levels[0][[0, 2, 1]]
    )
    change = m1 - m0
    found = pd.DataFrame(
        {
            "before_days": m0,
            "median_days": m1,
            "median_low_days": l1,
            "change_days": change,
            "change_low_days": change - np.hypot(m1 - l1, u0 - m0),
            "change_high_days": change + np.hypot(u1 - m1, m0 - l0),
        }
    )
    # most of the last year's bills are unpaid: half have waited longer than any day at which half were paid before
    unreached = m0.notna() & m1.isna() & (l1.fillna(-np.inf) >= m0 + notable_days)
    silent = m0.notna() & m1.isna() & l1.isna() & (pairs["median_days", "last"].isna())
    owing = lives.loc[~lives["is_paid"]].groupby("core_id")["days"].max().reindex(found.index)
    stopped = unreached | (silent & (owing > m0 + notable_days))
    sides = [
        (found["change_low_days"] > notable_days) | stopped,
        found["change_high_days"] < -notable_days,
        (found["change_low_days"] >= -notable_days) & (found["change_high_days"] <= notable_days),
    ]
    found["trend"] = np.select(sides, ["later", "earlier", "steady"], "unclear")
    return found.reset_index()[PAYMENT_TREND_COLUMNS]


def half_years(lives: pd.DataFrame, *, as_of: date, years: int = 3) -> pd.DataFrame:
    """Find the median days of deliveries by half-years counted back from `as_of`, for a figure.

    Returns
    -------
    DataFrame
        ``core_id, period`` (first month of the half-year), ``median_days, median_low, median_high, payables_count``; a
        half-year of which not half is paid yet is left out.
    """
    lives = lives.dropna(subset=["month", "days", "is_paid"]).astype({"days": "int64", "is_paid": "bool"})
    month = pd.Series(month_numbers(lives["month"]), index=lives.index)
    last = as_of.year * MONTHS_PER_YEAR + as_of.month - 1
    half = MONTHS_PER_YEAR // 2
    back = (last - month) // half
    first = last - (back + 1) * half + 1
    kept = lives.assign(period=first.map(month_name).astype("str"))[back < years * 2]
    found = days_to_pay(kept, within=["core_id", "period"])
    return found.dropna(subset=["median_days"])[
        ["core_id", "period", "median_days", "median_low", "median_high", "payables_count"]
    ].reset_index(drop=True)


DEDUCTION_MEASURES = {
    "dilution": ("off_yuan", "amount_yuan"),
    "disputed": ("disputed_yuan", "amount_yuan", "unknown_yuan"),
}


def dilutions(core_payables: pd.DataFrame, *, as_of: date, within: str = "core_id") -> pd.DataFrame:
    r"""Measure which part of deliveries is deducted, and which is in dispute.

    Answers "of a receivable of 100, how much will never arrive?"

    .. math:: d = \frac{\sum \text{deducted}}{\sum \text{amount}}, \qquad
        q = \frac{\sum_{\text{disputed}} \text{amount}}{\sum \text{amount}}

    over deliveries of the last twelve months; ranges resample suppliers (`borrower_shares`).

    Parameters
    ----------
    core_payables : DataFrame[core_payables]
        Uses ``core_id, customer_id, supplier_hash, delivered_date, amount_yuan, deducted_yuan, is_disputed``.
        Not modified.
    as_of : date
    within : str
        What a row is: ``core_id`` or ``category``.

    Returns
    -------
    DataFrame
        Columns of `borrower_shares`, two rows per group: ``measure`` dilution and disputed. Here a "borrower"
        is a supplier and a "loan" a payable; a payable without the flag is unknown.

    Examples
    --------
    >>> rows = pd.DataFrame({"core_id": "H1", "customer_id": ["C1", "C2"], "supplier_hash": None,
    ...     "delivered_date": pd.to_datetime("2026-03-01"), "amount_yuan": [60.0, 40.0],
    ...     "deducted_yuan": [6.0, 0.0], "is_disputed": [False, None]})
    >>> found = dilutions(rows, as_of=date(2026, 6, 30))
    >>> found[["measure", "share", "unknown_yuan"]].to_numpy().tolist()
    [['dilution', 0.06, 0.0], ['disputed', 0.0, 40.0]]
    """
    today = pd.Timestamp(as_of)
    days = core_payables["delivered_date"]
    rows = core_payables[(days <= today) & (days > today - pd.DateOffset(months=MONTHS_PER_YEAR))]
    disputed = rows["is_disputed"].astype("boolean") if "is_disputed" in rows else pd.Series(pd.NA, index=rows.index)
    amount = rows["amount_yuan"].astype("float64")
    parts = pd.DataFrame(
        {
            within: rows[within],
            "customer_id": rows["customer_id"].astype(object).fillna(rows["supplier_hash"]).fillna("unknown"),
            "amount_yuan": amount,
            "off_yuan": rows["deducted_yuan"].fillna(0.0).astype("float64"),
            "disputed_yuan": amount.where(disputed.fillna(False).astype(bool), 0.0),
            "unknown_yuan": amount.where(disputed.isna(), 0.0),
        }
    )
    return borrower_shares(parts, measures=DEDUCTION_MEASURES, within=within)


CAPTURE_MEASURES = {
    "captured": ("captured_yuan", "known_yuan", "unknown_yuan"),
    "controlled": ("controlled_yuan", "known_yuan", "unknown_yuan"),
}
HERE = ("controlled", "own_account")


def capture_rates(core_receipts: pd.DataFrame, *, as_of: date, months: int, within: str = "core_id") -> pd.DataFrame:
    r"""Measure which part of what cores paid arrived in accounts with us, and in the account agreed on.

    Answers "do we really hold the money that repays us?"

    .. math:: c = \frac{\sum_{\text{account here}} y}{\sum_{\text{account known}} y}

    with ranges that resample suppliers (`borrower_shares`).

    Parameters
    ----------
    core_receipts : DataFrame[core_receipts]
        Uses ``core_id, customer_id, received_date, amount_yuan, account``. Not modified.
    as_of : date
    months : int
        Receipts of so many months up to `as_of`.
    within : str
        What a row is.

    Returns
    -------
    DataFrame
        Columns of `borrower_shares`, two rows per group: ``captured`` (any account with us), ``controlled``
        (the account agreed on). Receipts of unknown account are counted apart.

    Raises
    ------
    EmptyBook
        If there is no receipt in the window.

    Examples
    --------
    >>> rows = pd.DataFrame({"core_id": "H1", "customer_id": ["C1", "C1", "C2"], "amount_yuan": [50.0, 30.0, 20.0],
    ...     "received_date": pd.to_datetime("2026-05-01"), "account": ["controlled", "own_account", "other_bank"]})
    >>> capture_rates(rows, as_of=date(2026, 6, 30), months=12)[["measure", "share"]].to_numpy().tolist()
    [['captured', 0.8], ['controlled', 0.5]]
    """
    rows = _recent(core_receipts, as_of, months)
    if rows.empty:
        raise EmptyBook("no core has paid anybody in the window", where="core_receipts", fix="deliver later receipts")
    amount, account = rows["amount_yuan"].astype("float64"), rows["account"]
    known = account != "unknown"
    parts = rows[[within, "customer_id"]].assign(
        captured_yuan=amount.where(account.isin(HERE), 0.0),
        controlled_yuan=amount.where(account == "controlled", 0.0),
        known_yuan=amount.where(known, 0.0),
        unknown_yuan=amount.where(~known, 0.0),
    )
    return borrower_shares(parts, measures=CAPTURE_MEASURES, within=within)


def diverted_receipts(
    core_receipts: pd.DataFrame, *, as_of: date, months: int = 6, level: float = 0.05
) -> pd.DataFrame:
    r"""List suppliers whose recent receipts arrived elsewhere more often than chance allows.

    Of a supplier's :math:`n` receipts of the last months, :math:`k` at another bank; :math:`p_0` the share elsewhere
    of all receipts of that core in the months before, one receipt of each kind added. Over J suppliers tested
    (Bonferroni):

    .. math:: P(\mathrm{Bin}(n, p_0) \ge k) < \frac{\alpha}{J}

    Parameters
    ----------
    core_receipts : DataFrame[core_receipts]
        As for `capture_rates`. Not modified.
    as_of : date
    months : int
        The recent window; as many months before it set :math:`p_0`.
    level : float
        :math:`\alpha` (policy).

    Returns
    -------
    DataFrame
        One row per supplier and core with more elsewhere than before, the least likely first: ``core_id, customer_id,
        receipts_count, elsewhere_count, usual_share, elsewhere_yuan, chance_share``, ``state`` (``open`` past the
        test, else ``ruled_out``), ``reason`` (``receipts_elsewhere``, ``within_chance``, ``moved_here``: away from the
        agreed account, to another with us).

    Notes
    -----
    A new account elsewhere has innocent reasons: the core's own bank changed, a joint delivery was paid to the
    partner. The row asks a question.

    Examples
    --------
    >>> rows = pd.DataFrame({"core_id": "H1", "customer_id": ["C1"] * 8 + ["C2"] * 20, "amount_yuan": 1.0,
    ...     "received_date": pd.to_datetime(["2026-05-01"] * 8 + ["2025-10-01"] * 20),
    ...     "account": ["other_bank"] * 8 + ["controlled"] * 19 + ["other_bank"]})
    >>> diverted_receipts(rows, as_of=date(2026, 6, 30))[["customer_id", "state"]].to_numpy().tolist()
    [['C1', 'open']]
    """
    checked_level(level)
    end = pd.Timestamp(as_of)
    recent = _recent(core_receipts, as_of, months)
    before = _recent(core_receipts, (end - pd.DateOffset(months=months)).date(), months)
    counts = _elsewhere(before, ["core_id"])
    usual = (counts["elsewhere_count"] + 1) / (counts["receipts_count"] + 2)
    pairs = _elsewhere(recent, ["core_id", "customer_id"]).reset_index()
    pairs = pairs.astype({"receipts_count": "int64", "elsewhere_count": "int64"})
    pairs["usual_share"] = looked_up(pairs["core_id"], usual).astype("float64")
    tail = binom.sf(pairs["elsewhere_count"] - 1, pairs["receipts_count"], pairs["usual_share"])
    pairs["chance_share"] = np.where(pairs["usual_share"].isna(), np.nan, tail)
    moved = (pairs["elsewhere_count"] == 0) & (pairs["moved_count"] == pairs["receipts_count"])
    moved &= pairs["receipts_count"] > 1
    is_open = pairs["chance_share"] < level / max(len(pairs), 1)
    pairs["state"] = np.where(is_open, "open", "ruled_out")
    pairs["reason"] = np.select([is_open, moved], ["receipts_elsewhere", "moved_here"], "within_chance")
    kept = pairs[moved | (pairs["elsewhere_count"] > pairs["usual_share"] * pairs["receipts_count"])]
    order = [
        "core_id",
        "customer_id",
        "receipts_count",
        "elsewhere_count",
        "usual_share",
        "elsewhere_yuan",
        "chance_share",
        "state",
        "reason",
    ]
    return kept.sort_values(["state", "chance_share", "customer_id"])[order].reset_index(drop=True)


def _recent(receipts: pd.DataFrame, end: date, months: int) -> pd.DataFrame:
    last = pd.Timestamp(end)
    days = receipts["received_date"]
    return receipts[(days <= last) & (days > last - pd.DateOffset(months=months))]


def _elsewhere(receipts: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    known = receipts[receipts["account"] != "unknown"]
    away = known["account"] == "other_bank"
    rows = known[keys].assign(
        receipts_count=1,
        elsewhere_count=away.astype("int64"),
        elsewhere_yuan=known["amount_yuan"].where(away, 0.0),
        moved_count=(known["account"] == "own_account").astype("int64"),
    )
    found = rows.groupby(keys, observed=True).sum()
    return found
