"""How lines are drawn (随借随还): seasonal, steady or asleep, and the interest that not drawing saves."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.errors import EmptyBook
from microlib.metrics.counted_shares import with_share
from microlib.metrics.groupings import Day, year_before
from microlib.metrics.loan_states import live_loans
from microlib.units import MONTHS_PER_YEAR

#: part of the line's yearly peak from which a month counts as used, and below which as idle
USED, IDLE = 0.5, 0.25
#: a line whose peak stays under this part of its limit sleeps
ASLEEP = 0.15
MOST_OF = 0.9
#: months of a year under which a line's pattern cannot be told
FEWEST_MONTHS = 6


def line_uses(facility_months: pd.DataFrame, loans: pd.DataFrame, *, as_of: Day) -> pd.DataFrame:
    r"""Describe how each line was drawn over a year, and what drawing at will saved against a loan of its peak.

    .. math:: S_f = \sum_m (\max_{m'} U_{fm'} - U_{fm}) \frac{r_f}{12}

    with :math:`U_{fm}` the daily average drawn and :math:`r_f` the rate: a term loan of the most ever needed costs
    interest in every month.

    Parameters
    ----------
    facility_months : DataFrame[facility_months]
        Not modified.
    loans : DataFrame[loans]
        ``facility_id, yearly_rate, amount_yuan``: a line's rate is the mean of its loans', by amount. Not modified.
    as_of : date
        The twelve months end with it.

    Returns
    -------
    DataFrame
        One row per facility with months in the year: ``facility_id, customer_id, months_count, limit_yuan,
        peak_yuan, used_yuan`` (means), ``used_months_count`` (at least half of the peak), ``use_share`` (of the
        limit), ``saved_yuan`` (missing without a rate), ``pattern``: ``sleeping`` (peak under 15 % of the limit),
        ``steady`` (nine months of ten used), ``seasonal`` (used months and idle ones), ``mixed``; ``unknown`` with
        fewer than six months

    Raises
    ------
    EmptyBook
        If no line has a month in the year.

    Examples
    --------
    >>> months = [f"2026-0{month}" for month in range(1, 7)]
    >>> uses = pd.DataFrame({"facility_id": "F", "customer_id": "C", "month": months, "limit_yuan": 100.0,
    ...                      "used_yuan": [80.0, 0.0, 80.0, 0.0, 80.0, 80.0]})
    >>> loans = pd.DataFrame({"facility_id": ["F"], "yearly_rate": [0.06], "amount_yuan": [100.0]})
    >>> line_uses(uses, loans, as_of="2026-06-30")[["saved_yuan", "pattern"]].round(2).values.tolist()
    [[0.8, 'seasonal']]
    """
    since, until = f"{year_before(as_of):%Y-%m}", f"{pd.Timestamp(as_of):%Y-%m}"
    year = facility_months[(facility_months["month"] > since) & (facility_months["month"] <= until)]
    if year.empty:
        raise EmptyBook("no line has a month in the year", where="facility_months", fix="load the monthly use of lines")
    peak = year.groupby("facility_id", observed=True)["used_yuan"].transform("max")
    part = year["used_yuan"] / peak.where(peak > 0)
    rows = year.assign(peak_yuan=peak, is_used=part >= USED, is_idle=part <= IDLE, unused=peak - year["used_yuan"])
    found = rows.groupby(["facility_id", "customer_id"], as_index=False, observed=True).agg(
        months_count=("month", "nunique"), limit_yuan=("limit_yuan", "mean"), peak_yuan=("peak_yuan", "max"),
        used_yuan=("used_yuan", "mean"), used_months_count=("is_used", "sum"), idle_months_count=("is_idle", "sum"),
        unused=("unused", "sum"),
    )  # fmt: skip
    rate = found["facility_id"].map(_rates(loans))
    found = found.assign(
        use_share=found["used_yuan"] / found["limit_yuan"].where(found["limit_yuan"] > 0),
        saved_yuan=found["unused"] * rate / MONTHS_PER_YEAR,
    )
    return found.assign(pattern=_patterns(found)).drop(columns=["unused", "idle_months_count"])


def line_patterns(uses: pd.DataFrame) -> pd.DataFrame:
    """Sum up how a product's lines are drawn, by pattern.

    Parameters
    ----------
    uses : DataFrame
        Result of `line_uses`. Not modified.

    Returns
    -------
    DataFrame
        One row per ``pattern``: ``lines_count, all_lines_count, pattern_share, pattern_low, pattern_high`` (Jeffreys),
        ``limit_yuan, used_yuan`` (sums), ``use_share`` (of the limits), ``used_months_count`` (median), ``saved_yuan``
        (sum a year), ``saved_line_yuan`` (median of a line)

    Examples
    --------
    >>> uses = pd.DataFrame({"pattern": ["steady", "seasonal"], "limit_yuan": 100.0, "used_yuan": [90.0, 30.0],
    ...                      "used_months_count": [12, 4], "saved_yuan": [0.0, 3.0]})
    >>> line_patterns(uses)[["pattern", "lines_count", "saved_yuan"]].values.tolist()
    [['seasonal', 1, 3.0], ['steady', 1, 0.0]]
    """
    found = uses.groupby("pattern", as_index=False, observed=True).agg(
        lines_count=("limit_yuan", "size"), limit_yuan=("limit_yuan", "sum"), used_yuan=("used_yuan", "sum"),
        used_months_count=("used_months_count", "median"), saved_yuan=("saved_yuan", "sum"),
        saved_line_yuan=("saved_yuan", "median"),
    )  # fmt: skip
    found = with_share(
        found.assign(all_lines_count=len(uses)), hit="lines_count", base="all_lines_count", name="pattern"
    )
    return found.assign(use_share=found["used_yuan"] / found["limit_yuan"].where(found["limit_yuan"] > 0))


def idle_interest(loans: pd.DataFrame, flow_months: pd.DataFrame, *, as_of: Day) -> pd.DataFrame:
    r"""Reckon the interest that term borrowers paid on money which lay in their accounts.

    Answers "whom would a draw-and-repay line have served better, and by how many yuan?"

    .. math:: I_p = \sum_{i,m} \min(B_i, A_{im}) \frac{r_i}{12}

    with :math:`B_i` the balance and :math:`A_{im}` the lowest balance of the borrower's accounts in month m: what lay
    there all month could have been repaid and drawn again.

    Parameters
    ----------
    loans : DataFrame[loans]
        Live loans, by ``product_id``. Not modified.
    flow_months : DataFrame[flow_months]
        Uses ``customer_id, month, min_balance_yuan``; channels are added up. Not modified.
    as_of : date
        The twelve months end with it; months before a loan's first are left out.

    Returns
    -------
    DataFrame
        One row per ``product_id``: ``loans_count, known_count`` (accounts known), ``idle_yuan`` (sum a year),
        ``interest_yuan`` (of those loans in the same months), ``idle_share`` (of that interest), ``idle_line_yuan``
        (median of a known loan)

    Raises
    ------
    EmptyBook
        If of no borrower the lowest balances are known.

    Notes
    -----
    The balance is today's, an upper bound for loans being drawn down and a lower one for those being repaid. Money kept
    as a reserve is idle by this measure and yet wanted: what is saved is at most this.
    """
    since, until = f"{year_before(as_of):%Y-%m}", f"{pd.Timestamp(as_of):%Y-%m}"
    window = flow_months[(flow_months["month"] > since) & (flow_months["month"] <= until)]
    lowest = window.groupby(["customer_id", "month"], as_index=False, observed=True)["min_balance_yuan"].sum(
        min_count=1
    )
    live = live_loans(loans).dropna(subset=["product_id"])
    names = ["loan_id", "customer_id", "product_id", "balance_yuan", "yearly_rate", "disbursed_date"]
    rows = live[names].merge(lowest.dropna(), on="customer_id")
    rows = rows[rows["month"] >= rows["disbursed_date"].dt.strftime("%Y-%m")]
    if rows.empty:
        raise EmptyBook("of no borrower the balances are known", where="flow_months", fix="load lowest balances")
    monthly = rows["yearly_rate"].astype("float64") / MONTHS_PER_YEAR
    idle = rows[["balance_yuan", "min_balance_yuan"]].min(axis=1).clip(lower=0.0) * monthly
    each = rows.assign(idle_yuan=idle, interest_yuan=rows["balance_yuan"] * monthly)
    each = each.groupby(["product_id", "loan_id"], as_index=False, observed=True)[["idle_yuan", "interest_yuan"]].sum()
    found = each.groupby("product_id", observed=True).agg(
        known_count=("loan_id", "size"), idle_yuan=("idle_yuan", "sum"), interest_yuan=("interest_yuan", "sum"),
        idle_line_yuan=("idle_yuan", "median"),
    )  # fmt: skip
    counts = live.groupby("product_id", observed=True).size().rename("loans_count")
    return found.join(counts).assign(idle_share=found["idle_yuan"] / found["interest_yuan"]).reset_index()


def _rates(loans: pd.DataFrame) -> pd.Series:
    known = loans.dropna(subset=["facility_id", "yearly_rate"])
    weighed = (known["yearly_rate"] * known["amount_yuan"]).groupby(known["facility_id"], observed=True).sum()
    return weighed / known["amount_yuan"].groupby(known["facility_id"], observed=True).sum()


def _patterns(found: pd.DataFrame) -> np.ndarray:
    return np.select(
        [
            found["months_count"] < FEWEST_MONTHS,
            found["peak_yuan"] < ASLEEP * found["limit_yuan"],
            found["used_months_count"] >= MOST_OF * found["months_count"],
            (found["used_months_count"] > 0) & (found["idle_months_count"] > 0),
        ],
        ["unknown", "sleeping", "steady", "seasonal"],
        default="mixed",
    )
