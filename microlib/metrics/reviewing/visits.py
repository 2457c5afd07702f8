"""What a visit shows (三品三表): need against the loan, own funds, and debt that nobody declared."""

from __future__ import annotations

import pandas as pd

from microlib.errors import EmptyBook, MissingTable
from microlib.metrics.capacity.annuities import monthly_payment
from microlib.metrics.capacity.equity_tests import equity_test
from microlib.metrics.capacity.own_funds import own_funds_test
from microlib.metrics.capacity.working_capital import working_capital

PROOF = ("invoices", "flows")


def last_visits(site_checks: pd.DataFrame) -> pd.DataFrame:
    """Return each customer's last visit.

    Raises
    ------
    MissingTable
        If there was none.
    """
    if site_checks.empty:
        raise MissingTable("site_checks is empty", where="site_checks", fix="load site_checks, or leave this page out")
    rows = site_checks.sort_values(["customer_id", "checked_date"])
    return rows.drop_duplicates("customer_id", keep="last").reset_index(drop=True)


def cycle_needs(
    site_checks: pd.DataFrame, customers: pd.DataFrame, loans: pd.DataFrame, *, margin_share: float, most_ratio: float
) -> pd.DataFrame:
    r"""Set what a customer owes us against the money that one cycle of the business ties up.

    Answers "is the loan larger than the business can use?"

    .. math:: W = \frac{S (1 - m)\, D}{360}, \qquad \frac{B}{W} > \kappa

    with declared yearly sales S (for tax where known, else the customer file's), margin m, days of stock D seen on the
    visit, balance B.

    Parameters
    ----------
    site_checks, customers, loans : DataFrame
        Contract columns. Not modified.
    margin_share : float
        m where nothing better is known (fraction).
    most_ratio : float
        :math:`\kappa`.

    Returns
    -------
    DataFrame
        One row per visited customer who owes: ``customer_id, sales_yuan, stock_days_count, cycle_yuan, balance_yuan,
        need_ratio`` (missing where sales are), ``is_above_need``; project loans are longer than a cycle and are left
        out.
    """
    seen = last_visits(site_checks)
    seen = seen[seen["project_yuan"].isna()]
    owed = loans[loans["balance_yuan"] > 0].groupby("customer_id")["balance_yuan"].sum()
    rows = seen.merge(owed.reset_index(), on="customer_id")
    file = customers.set_index("customer_id")["annual_sales_yuan"]
    sales = rows["tax_sales_yuan"].fillna(rows["customer_id"].map(file)).astype("float64")
    days = rows["stock_days_count"].astype("float64")
    cycle = working_capital(sales, margin_share=margin_share, growth_share=0.0, cycle_days=days)
    ratio = rows["balance_yuan"] / cycle.where(cycle > 0)
    return rows[["customer_id", "stock_days_count", "balance_yuan"]].assign(
        sales_yuan=sales, cycle_yuan=cycle, need_ratio=ratio, is_above_need=(ratio > most_ratio).fillna(False)
    )


def own_parts(site_checks: pd.DataFrame, *, own_share: float) -> pd.DataFrame:
    """Test the own part of every visited project: proven, own, and enough (`own_funds.own_funds_test`).

    Returns
    -------
    DataFrame
        One row per project: ``customer_id, checked_date, budget_yuan, stated_yuan`` (own part as stated),
        ``borrowed_yuan, own_share`` (proven and own, of the budget), ``shortfall_yuan, is_met, own_funds_evidence``;
        a part that was shown by nothing counts zero.

    Raises
    ------
    EmptyBook
        If no visited customer has a project.
    """
    seen = last_visits(site_checks)
    seen = seen[seen["project_yuan"].fillna(0) > 0].reset_index(drop=True)
    if seen.empty:
        raise EmptyBook("no visited customer has a project", fix="visit before project loans")
    proven = seen["own_funds_yuan"].where(seen["own_funds_evidence"].isin(PROOF), 0.0).fillna(0.0)
    borrowed = seen["own_funds_borrowed_yuan"].fillna(0.0).clip(upper=proven)
    tested = own_funds_test(
        pd.DataFrame({"budget_yuan": seen["project_yuan"], "proven_yuan": proven, "borrowed_yuan": borrowed,
                      "paid_yuan": proven}), own_share=own_share)  # fmt: skip
    return seen[["customer_id", "checked_date", "own_funds_evidence"]].assign(
        budget_yuan=seen["project_yuan"], stated_yuan=seen["own_funds_yuan"], borrowed_yuan=borrowed,
        own_share=tested["own_share"], shortfall_yuan=tested["shortfall_yuan"], is_met=tested["is_met"],
    )  # fmt: skip


def unexplained_equity(
    site_checks: pd.DataFrame, *, tolerance_share: float, yearly_rate: float, months: int
) -> pd.DataFrame:
    r"""Find the visited customers whose worth falls short of their own story, and what a debt of that size would cost.

    Answers "where did the profit of these years go, and what if it went to another lender?" The gap of
    `equity_tests.equity_test` beyond the declared debt, turned into a monthly payment as private lending is repaid.

    Parameters
    ----------
    site_checks : DataFrame[site_checks]
        Not modified.
    tolerance_share : float
        Deviation up to which the story holds (fraction).
    yearly_rate : float
        Of the supposed lender.
    months : int
        Over which it is repaid.

    Returns
    -------
    DataFrame
        One row per customer with an equity test: ``customer_id, checked_date, expected_yuan, net_worth_yuan, gap_yuan,
        deviation_share, declared_debt_yuan, hidden_yuan`` (gap where not explained, else 0), ``hidden_month_yuan,
        is_explained``.

    Notes
    -----
    A gap is a question: a wedding, a flat, a loss also take equity. It is not a finding about the customer.
    """
    seen = last_visits(site_checks).dropna(subset=["opening_worth_yuan", "net_worth_yuan"]).reset_index(drop=True)
    names = {"opening_worth_yuan": "initial_yuan", "net_worth_yuan": "actual_yuan"}
    tested = equity_test(seen.rename(columns=names), tolerance_share=tolerance_share)
    short = (tested["gap_yuan"] > 0) & ~tested["is_explained"].fillna(True)
    hidden = tested["gap_yuan"].where(short, 0.0)
    month = monthly_payment(hidden, yearly_rate=yearly_rate, months=months)
    return seen[["customer_id", "checked_date", "net_worth_yuan", "declared_debt_yuan"]].assign(
        expected_yuan=tested["expected_yuan"], gap_yuan=tested["gap_yuan"], deviation_share=tested["deviation_share"],
        hidden_yuan=hidden, hidden_month_yuan=month, is_explained=~short,
    )  # fmt: skip


def open_equity(equity: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `unexplained_equity` that are not explained, largest gap first."""
    return equity[~equity["is_explained"]].sort_values("gap_yuan", ascending=False, ignore_index=True)
