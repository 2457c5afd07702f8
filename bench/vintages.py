"""Vintages of a million loans against a Kaplan-Meier fit per cohort, and 36 million loan-months against SQL by hand.

The named peer is what lifelines' `KaplanMeierFitter` does for one cohort (an event table by pandas, the product, the
log(-log) interval), called cohort by cohort: lifelines itself asks for an older pandas than ours.
"""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from bench import clocks
from microlib.bank.bookkeeping import count_snapshots
from microlib.bank.store import open_store
from microlib.bank.sums.bank_wide import vintage_ends
from microlib.stats.vintage import vintage_counts, vintage_curve

LOANS, MONTHS, BRANCHES, PRODUCTS = 1_000_000, 36, 12, 8
AS_OF = date(2026, 6, 30)
COHORT = ["branch_id", "disbursed_month", "product_id"]
OUTCOMES = ["bad", "settled", "renewed", "transferred", "open"]


def rows(loans: int = LOANS) -> list[dict]:
    """Return the rows of the bench table."""
    frame = made_outcomes(loans)
    ours = clocks.median_of(lambda: vintage_curve(vintage_counts(frame, within=COHORT), within=COHORT), times=3)
    peer = clocks.median_of(lambda: fits_by_cohort(frame), times=1)
    cohorts = BRANCHES * MONTHS * PRODUCTS
    name = f"vintage of {loans / 1e6:.1f}M loans in {cohorts:,} cohorts / Kaplan-Meier per cohort (s)"
    with tempfile.TemporaryDirectory() as folder:
        make_store(Path(folder), loans, MONTHS)
        engine = clocks.median_of(lambda: _reduced(folder), times=3)
        by_hand = clocks.median_of(lambda: _by_hand(folder), times=3)
    reduced = f"{loans * MONTHS / 1e6:.0f}M loan-months to vintage pieces / GROUP BY by hand (s)"
    return [
        clocks.row(name, ours, peer, bound=0.1),
        clocks.row(reduced, engine, by_hand, bound=1.5, slack=0.05),
    ]


def made_outcomes(count: int) -> pd.DataFrame:
    """Draw loans with their cohorts and ends."""
    rng = np.random.default_rng(20260630)
    number = np.arange(count)
    return pd.DataFrame({
        "branch_id": [f"B{code:02}" for code in number % BRANCHES],
        "product_id": [f"P{code}" for code in number // BRANCHES % PRODUCTS],
        "disbursed_month": pd.period_range("2023-07", periods=MONTHS, freq="M").astype("str").to_numpy()[
            number // (BRANCHES * PRODUCTS) % MONTHS
        ],
        "outcome": rng.choice(OUTCOMES, count, p=[0.04, 0.3, 0.15, 0.01, 0.5]),
        "month_on_book": rng.integers(0, MONTHS, count),
        "amount_yuan": rng.integers(5, 200, count) * 10_000.0,
    })  # fmt: skip


def fits_by_cohort(frame: pd.DataFrame) -> list[pd.DataFrame]:
    """Fit Kaplan-Meier to each cohort by itself."""
    return [
        _fit(group["month_on_book"], group["outcome"] == "bad", group["amount_yuan"])
        for _, group in frame.groupby(COHORT)
    ]


def _fit(durations: pd.Series, observed: pd.Series, weights: pd.Series) -> pd.DataFrame:
    events = pd.DataFrame({"event_at": durations, "removed": weights, "observed": weights.where(observed, 0.0)})
    table = events.groupby("event_at").sum()
    table["at_risk"] = table["removed"].sum() - table["removed"].cumsum().shift(fill_value=0.0)
    survival = (1 - table["observed"] / table["at_risk"]).cumprod()
    left = (table["at_risk"] - table["observed"]).clip(lower=1.0)
    variance = (table["observed"] / (table["at_risk"] * left)).cumsum()
    logs = np.log(survival.clip(1e-12, 1 - 1e-12))
    reach = 1.96 * np.sqrt(variance) / logs
    limits = {"low": np.exp(-np.exp(np.log(-logs) - reach)), "high": np.exp(-np.exp(np.log(-logs) + reach))}
    return table.assign(survival=survival, **limits)


def make_store(home: Path, loans: int, months: int) -> None:
    """Fill a store past the checks: only its size and shape matter here."""
    with open_store(home, writable=True):
        pass
    with duckdb.connect(str(home / "data" / "bank.duckdb")) as engine:
        for table, query in _queries(loans, months).items():
            engine.execute(f"INSERT INTO {table} BY NAME {query}")
    with open_store(home, writable=True) as store:
        for table in ("branches", "customers", "loans"):
            count_snapshots(store, table)


def _queries(loans: int, months: int) -> dict[str, str]:
    stamp = f"DATE '{AS_OF}' AS as_of, 1 AS file_id"
    branch = f"'B' || lpad((i % {BRANCHES})::VARCHAR, 2, '0')"
    first = f"(DATE '2026-06-01' - to_months({2 * months - 2} - (i // {BRANCHES * PRODUCTS} % {months})::INTEGER))"
    end = "CASE WHEN hash(i) % 10 < 4 THEN 'settled' WHEN hash(i) % 100 = 99 THEN 'written_off' ELSE 'normal' END"
    renewed = "hash(i + 3) % 4 = 0 AND i > 9"
    return {
        "branches": f"SELECT {branch} AS branch_id, 'bench' AS name, {stamp} FROM range({BRANCHES}) t(i)",
        "customers": f"SELECT 'C' || i AS customer_id, {branch} AS branch_id, chr((65 + i % 20)::INTEGER) || '0111' AS"
        f" industry_code, {stamp} FROM range({loans}) t(i)",
        "loans": f"SELECT 'L' || i AS loan_id, 'C' || (i - i % 2) AS customer_id, {branch} AS branch_id, 'P' || (i // "
        f"{BRANCHES} % {PRODUCTS}) AS product_id, ({first} + INTERVAL 9 DAY)::DATE AS disbursed_date, ({first} +"
        f" INTERVAL 3 YEAR)::DATE AS maturity_date, {end} AS status, CASE WHEN hash(i) % 10 < 4 THEN ({first} +"
        f" to_months((hash(i + 1) % {months})::INTEGER))::DATE END AS closed_date, 300000 AS amount_yuan,"
        f" CASE WHEN {end} = 'normal' THEN 200000 ELSE 0 END AS balance_yuan, 0.045 AS yearly_rate,"
        " CASE WHEN hash(i + 2) % 50 = 0 THEN 45 ELSE 0 END AS overdue_days,"
        f" CASE WHEN {renewed} THEN 'refinance' ELSE 'new' END AS issue_type,"
        f" CASE WHEN {renewed} THEN 'L' || (i - 1 - hash(i) % 8) END AS previous_loan_id, {stamp}"
        f" FROM range({loans}) t(i)",
        "loan_months": f"SELECT 'L' || i AS loan_id, strftime({first} + to_months(m::INTEGER), '%Y-%m') AS month,"
        " 200000 AS balance_yuan, CASE WHEN hash(i + 2) % 50 = 0 AND m > 30 THEN 45 ELSE 0 END AS overdue_days,"
        f" 'normal' AS status, 'normal' AS class5, {stamp} FROM range({loans}) t(i), range({months}) u(m)"
        " ORDER BY i, m",
    }


def _reduced(folder: str) -> int:
    with open_store(Path(folder)) as store:
        return len(vintage_ends(store, as_of=AS_OF, by=COHORT))


BY_HAND = """
WITH seen AS (
  SELECT loan_id, min(month) AS f, max(month) FILTER (status NOT IN ('settled', 'transferred', 'written_off')) AS l,
    min(month) FILTER (overdue_days > 30 OR status = 'written_off') AS b
  FROM loan_months WHERE month <= '2026-06' GROUP BY loan_id),
ledger AS (
  SELECT o.*, strftime(disbursed_date, '%Y-%m') AS disbursed_month,
    year(disbursed_date) * 12 + month(disbursed_date) - 1 AS start,
    left(l, 4)::INT * 12 + right(l, 2)::INT - 1 AS seen, left(b, 4)::INT * 12 + right(b, 2)::INT - 1 AS first_bad,
    min(f) OVER (PARTITION BY branch_id) AS opening,
    loan_id IN (SELECT previous_loan_id FROM loans WHERE previous_loan_id IS NOT NULL AND (issue_type IS NULL OR
      issue_type IN ('renewal_without_principal', 'refinance', 'extension', 'restructure'))) AS renewed
  FROM loans o LEFT JOIN seen USING (loan_id) WHERE o.as_of = '2026-06-30'),
shut AS (
  SELECT *, coalesce(year(closed_date) * 12 + month(closed_date) - 1, seen + 1) AS closed FROM ledger
  WHERE seen IS NOT NULL AND start >= left(opening, 4)::INT * 12 + right(opening, 2)::INT - 1),
ended AS (
  SELECT *, least(coalesce(first_bad, 1000000000), CASE WHEN closed <= {last} AND status = 'written_off' THEN closed
      ELSE 1000000000 END) AS bad,
    CASE WHEN closed <= {last} AND status IN ('settled', 'transferred') THEN closed ELSE 1000000000 END AS gone
  FROM shut),
judged AS (
  SELECT *, CASE WHEN bad <= least(gone, {last}) THEN 'bad' WHEN gone < 1000000000 THEN
      CASE WHEN status = 'transferred' THEN 'transferred' WHEN renewed THEN 'renewed' ELSE 'settled' END
      ELSE 'open' END AS outcome,
    greatest(CASE WHEN bad <= least(gone, {last}) THEN bad WHEN gone < 1000000000 THEN gone ELSE seen END - start, 0)
      AS month_on_book
  FROM ended)
SELECT branch_id, disbursed_month, product_id, month_on_book, outcome, count(*), sum(amount_yuan),
  sum(amount_yuan * amount_yuan)
FROM judged GROUP BY ALL ORDER BY ALL
"""


def _by_hand(folder: str) -> int:
    last = AS_OF.year * 12 + AS_OF.month - 1
    with duckdb.connect(f"{folder}/data/bank.duckdb", read_only=True) as engine:
        return len(engine.sql(BY_HAND.format(last=last)).df())
