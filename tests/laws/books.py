"""Books beside the demo bank on which papers are held against each other: skewed sizes, and as bad as one likes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from microlib.bank.ingest.load import load_frames

AS_OF = date(2026, 6, 30)
BRANCH = "0001"
#: month ends held, the ledger's own among them
MONTHS = 25
#: code of trade, kind of customer, share of borrowers, and how bad it is beside the book
GROUPS = (
    ("E5013", "sole_trader", 0.4, 0.7),
    ("F5166", "company", 0.3, 1.0),
    ("A0111", "farm_household", 0.3, 1.4),
)
PRODUCTS = ("P01", "P02", "P03")


def skewed_sizes(count: int, *, seed: int) -> np.ndarray:
    """Draw yearly turnovers as skewed as small firms have them: a few make up half (yuan)."""
    return np.random.default_rng(seed).lognormal(13.5, 1.8, count)


def lent_book(
    sizes: np.ndarray,
    *,
    borrowers: int,
    bad_share: float,
    seed: int,
    customers: pd.DataFrame | None = None,
    as_of: date = AS_OF,
    branch: str = BRANCH,
) -> dict[str, pd.DataFrame]:
    """Lend to borrowers of one branch by the sizes of their turnover, and let some turn bad within the year.

    Parameters
    ----------
    sizes : array
        Yearly turnovers (yuan); each borrower gets one at random, and borrows a part of it.
    borrowers : int
    bad_share : float
        Share of loans that turn bad in the last twelve months; half of these are written off by today.
    seed : int
    customers : DataFrame, optional
        Customers of the branch who are in the store already; without it they are made.
    as_of, branch
        Day and code.

    Returns
    -------
    dict
        Frames by table, to be loaded (`bank.ingest.load.load_frames`).
    """
    draw, today = np.random.default_rng(seed), pd.Timestamp(as_of)
    ends = pd.period_range(end=pd.Period(today, "M"), periods=MONTHS, freq="M")
    place = draw.choice(len(GROUPS), borrowers, p=[share for _, _, share, _ in GROUPS])
    made = pd.DataFrame(
        {
            "customer_id": [f"C{number:05d}" for number in range(borrowers)],
            "branch_id": branch,
            "kind": [GROUPS[each][1] for each in place],
            "industry_code": [GROUPS[each][0] for each in place],
        }
    )
    who = made["customer_id"] if customers is None else customers["customer_id"].sample(borrowers, random_state=seed)
    counts = draw.integers(1, 4, borrowers)
    owner = np.repeat(np.arange(borrowers), counts)
    amount = np.maximum(draw.choice(sizes, borrowers)[owner] * draw.uniform(0.02, 0.2, len(owner)), 10_000.0).round(-2)
    started = draw.integers(6, MONTHS + 6, len(owner))  # months ago
    worse = np.array([GROUPS[each][3] for each in place])[owner]
    bad = draw.random(len(owner)) < np.minimum(bad_share * worse, 1.0)
    turned = np.where(bad, np.minimum(draw.integers(0, 12, len(owner)), started - 5), -1)  # months ago
    gone = np.where(bad & (turned >= 6) & (draw.random(len(owner)) < 0.8), turned - 5, -1)  # written off, months ago
    begun = today - pd.to_timedelta(started * 30, unit="D")
    product = draw.choice(len(PRODUCTS), len(owner), p=[0.5, 0.3, 0.2])
    ended = gone >= 0
    late = np.where(bad, 95 + 30 * np.maximum(turned, 0), 0)
    loans = pd.DataFrame(
        {
            "loan_id": [f"L{number:06d}" for number in range(len(owner))],
            "customer_id": who.to_numpy()[owner],
            "branch_id": branch,
            "product_id": np.array(PRODUCTS)[product],
            "disbursed_date": pd.Series(begun).astype("datetime64[s]"),
            "maturity_date": pd.Series(begun + pd.to_timedelta(1800, unit="D")).astype("datetime64[s]"),
            "amount_yuan": amount,
            "balance_yuan": np.where(ended, 0.0, amount),
            "yearly_rate": 0.052 + 0.01 * product,
            "repayment": "interest_only",
            "guarantee": np.array(["credit", "credit", "guarantee"])[product],
            "overdue_days": late,
            "class5": np.where(bad, "substandard", "normal"),
            "status": np.select([ended, bad], ["written_off", "overdue"], "normal"),
            "written_off_date": pd.Series(today - pd.to_timedelta(np.maximum(gone, 0) * 30, unit="D"))
            .where(ended)
            .astype("datetime64[s]"),
            "written_off_yuan": np.where(ended, amount, 0.0),
        }
    )
    rows = []
    for back in range(MONTHS):
        held = (started > back) & ~(ended & (gone >= back))
        then = bad & (turned >= back)
        rows.append(
            pd.DataFrame(
                {
                    "loan_id": loans.loc[held, "loan_id"],
                    "month": str(ends[-1 - back]),
                    "balance_yuan": amount[held],
                    "overdue_days": np.where(then, 95 + 30 * (turned - back), 0)[held],
                    "class5": np.where(then, "substandard", "normal")[held],
                    "status": np.where(then, "overdue", "normal")[held],
                    "yearly_rate": loans.loc[held, "yearly_rate"],
                }
            )
        )
    products = pd.DataFrame(
        {"product_id": PRODUCTS, "name": [f"示例产品{code}" for code in PRODUCTS], "kind": "standard",
         "secured": ["credit", "credit", "guarantee"], "min_amount_yuan": 1e4, "max_amount_yuan": 1e7,
         "min_term_months": 3, "max_term_months": 60, "min_yearly_rate": 0.04, "max_yearly_rate": 0.09,
         "status": "live"}
    )  # fmt: skip
    parties = {"branches": pd.DataFrame({"branch_id": [branch], "name": ["示例支行"]}), "customers": made}
    return {
        **(parties if customers is None else {}),
        "products": products,
        "loans": loans,
        "loan_months": pd.concat(rows, ignore_index=True),
    }


def load_book(home: Path, frames: dict[str, pd.DataFrame], *, as_of: date = AS_OF) -> Path:
    """Load a made book into a home and return the home."""
    load_frames(home, frames, as_of=as_of, name="book.xlsx", synthetic=True)
    return home
