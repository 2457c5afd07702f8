"""Synthetic loans to learn on: a small ledger and its month ends, under an analyst's own column names."""

from __future__ import annotations

import numpy as np
import pandas as pd

SEED = 20260630
LAST_MONTH = "2026-06"
MONTHS = 24
#: industry -> (loans, chance of a month's delay to begin), so that the groups differ
INDUSTRIES = {"retail": (70, 0.010), "catering": (40, 0.022), "farming": (30, 0.008), "transport": (20, 0.030)}
#: chance that a delay lasts another month, and the segment of the first part of an industry's loans
STAYS, MARKET_PART = 0.62, 0.5


def sample_loans() -> pd.DataFrame:
    """Return a small synthetic ledger of one branch, the same at each call: 160 loans of 110 borrowers.

    Answers "how do I try this without a file?" No row is of a real customer.

    Returns
    -------
    DataFrame
        One row per loan at 2026-06-30: ``loan, borrower, industry, segment`` (text), ``paid_out`` (YYYY-MM-DD),
        ``amount, bal`` (yuan), ``dpd`` (days past due), ``cash_month_yuan`` (the borrower's cash of a poor month).

    Raises
    ------
    Nothing.

    References
    ----------
    .. [1] Made by the generator in `microlib.face.samples`, seed 20260630.

    Examples
    --------
    >>> sample_loans().shape, sample_loans()["borrower"].nunique()
    ((160, 9), 110)
    """
    made, history = _generated()
    last = history[history["month"] == LAST_MONTH].set_index("loan")["dpd"]
    return made.drop(columns="start").assign(dpd=made["loan"].map(last).astype("int64"))[
        ["loan", "borrower", "industry", "segment", "paid_out", "amount", "bal", "dpd", "cash_month_yuan"]
    ]


def sample_month_ends() -> pd.DataFrame:
    """Return the month-end states of the loans of `sample_loans`, from each one's month of disbursement on.

    Answers "what does `month_ends` want?"

    Returns
    -------
    DataFrame
        One row per loan and month end: ``loan``, ``month`` (YYYY-MM), ``dpd`` (days past due), ``bal`` (yuan).

    Raises
    ------
    Nothing.

    References
    ----------
    .. [1] Made by the generator in `microlib.face.samples`, seed 20260630.

    Examples
    --------
    >>> months = sample_month_ends()
    >>> months["month"].min(), months["month"].max(), months["loan"].nunique()
    ('2024-07', '2026-06', 160)
    """
    return _generated()[1]


def _generated() -> tuple[pd.DataFrame, pd.DataFrame]:
    """The ledger and its history, from one run of the generator."""
    rng = np.random.default_rng(SEED)
    industries = [name for name, (count, _) in INDUSTRIES.items() for _ in range(count)]
    count = len(industries)
    start = rng.integers(0, MONTHS - 2, count)
    start[0] = 0
    borrower = _borrowers(rng, count)
    amount = np.round(rng.lognormal(11.9, 0.6, count), -3)
    cash = pd.Series(np.round(rng.lognormal(9.4, 0.5, count), -2)).groupby(borrower).transform("first")
    firsts = pd.Period(LAST_MONTH, "M") - (MONTHS - 1)
    days = [
        (firsts + int(month)).start_time + pd.Timedelta(days=int(day))
        for month, day in zip(start, rng.integers(0, 28, count), strict=True)
    ]
    part = pd.Series(industries).groupby(industries).rank(method="first", pct=True)
    made = pd.DataFrame(
        {
            "loan": [f"L{number:04}" for number in range(1, count + 1)],
            "borrower": [f"B{number:03}" for number in borrower],
            "industry": industries,
            "segment": np.where(part <= MARKET_PART, "market_stalls", "other"),
            "paid_out": [f"{day:%Y-%m-%d}" for day in days],
            "amount": amount,
            "bal": np.round(amount * (1 - (MONTHS - 1 - start) / (MONTHS + 12)), 2),
            "cash_month_yuan": cash,
            "start": start,
        }
    )
    return made, _history(rng, made, firsts)


def _borrowers(rng: np.random.Generator, count: int) -> np.ndarray:
    """Who owes each loan: 110 borrowers with a loan each, and the rest of the loans among them."""
    names = 110
    return np.concatenate([np.arange(1, names + 1), rng.integers(1, names + 1, count - names)])


def _history(rng: np.random.Generator, made: pd.DataFrame, firsts: pd.Period) -> pd.DataFrame:
    """Months late of every loan, month by month: a delay begins, lasts or is made good by chance."""
    begins = made["industry"].map({name: chance for name, (_, chance) in INDUSTRIES.items()}).to_numpy()
    late, rows = np.zeros(len(made), dtype=int), []
    for month in range(MONTHS):
        drawn = rng.random(len(made))
        late = np.where(late > 0, np.where(drawn < STAYS, late + 1, 0), (drawn < begins).astype(int))
        late = np.where(month > made["start"], late, 0)
        paid = 1 - (month - made["start"]) / (MONTHS + 12)
        states = pd.DataFrame(
            {
                "loan": made["loan"],
                "month": str(firsts + month),
                "dpd": np.maximum(late * 30 - 12, 0),
                "bal": (made["amount"] * paid).round(2),
            }
        )
        rows.append(states[month >= made["start"]])
    return pd.concat(rows).sort_values(["loan", "month"], ignore_index=True)
