"""Files cut by the day: what is told by months is the same as of a file without the months that are only partly there.

Twelve firms, June 2023 to June 2026; the first month begins on the 20th, the last ends on the 10th.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from microlib.design.business_evidence import monthly_inflows, poor_month_cash
from microlib.design.business_evidence import monthly_sales as sales_by_customer
from microlib.design.outreach import stall_figures
from microlib.design.terms import read_policy
from microlib.home import Home
from microlib.metrics import rhythm
from microlib.metrics.capacity import cash_quantiles
from microlib.metrics.conduct import elasticities
from microlib.metrics.income import cash_gaps, cash_positions, income_changes, yearly_incomes
from microlib.metrics.invoices import invoice_indicators
from microlib.metrics.market import need_signals
from microlib.metrics.segments import peak_months
from microlib.stats.seasonality import credit_seasons, seasonal_index

AS_OF = date(2026, 6, 30)
FIRST, LAST = "2023-06", "2026-06"
WHO = [f"C{number:02d}" for number in range(12)]


@pytest.fixture(scope="module")
def sales() -> pd.DataFrame:
    """A sale a day of every firm, more in December, on a file from 2023-06-20 to 2026-06-10."""
    dice = np.random.default_rng(0)
    days = pd.date_range("2023-06-20", "2026-06-10")
    rows = pd.MultiIndex.from_product([WHO, days], names=["customer_id", "issued_date"]).to_frame(index=False)
    yuan = 1e3 * dice.lognormal(0, 0.3, len(rows)) * np.where(rows["issued_date"].dt.month == 12, 1.6, 1.0)
    same = {"side": "sale", "status": "valid", "counterparty_hash": "b", "tax_yuan": 0.0}
    return rows.assign(**same, net_yuan=yuan, gross_yuan=yuan)


@pytest.fixture(scope="module")
def flows(sales) -> pd.DataFrame:
    month = sales["issued_date"].dt.strftime("%Y-%m")
    sums = sales.groupby(["customer_id", month.rename("month")])["gross_yuan"].sum().reset_index(name="inflow_yuan")
    costs = 0.8 * sums.groupby("customer_id")["inflow_yuan"].transform("mean")
    return sums.assign(outflow_yuan=costs, min_balance_yuan=500.0, channel="bank")


@pytest.fixture(scope="module")
def others() -> dict:
    customers = pd.DataFrame({"customer_id": WHO, "industry_code": "F51", "rm_id": "R1"})
    loans = pd.DataFrame(
        {
            "loan_id": WHO, "customer_id": WHO, "balance_yuan": 1e5, "yearly_rate": 0.06, "repayment": "bullet",
            "maturity_date": pd.Timestamp("2027-03-31"), "status": "normal", "closed_date": pd.NaT, "amount_yuan": 2e5,
        }
    )  # fmt: skip
    months = [str(month) for month in pd.period_range("2023-01", "2026-06", freq="M")]
    values = np.exp(np.random.default_rng(1).normal(0, 0.1, len(months)))
    series = {"series_id": "S", "driver": "price", "industry_code": "F51", "month": months, "value": values}
    return {"customers": customers, "loans": loans, "series": pd.DataFrame(series)}


def _elasticity(flows, others):
    return elasticities(
        others["series"],
        flows,
        customers=others["customers"],
        loans=others["loans"],
        rules={"months": 20, "customers": 3, "fall": 0.1},
    )


def _positions(flows, others):
    return cash_positions(flows, others["loans"], as_of=AS_OF, notional_months=36)


def _signals(flows, others):
    return need_signals(others["customers"], others["loans"].iloc[:0], flows, as_of=AS_OF, growth_share=0.0)


def _stalls(flows, others):
    members = pd.DataFrame({"customer_id": WHO, "monthly_rent_yuan": 1e3})
    checks = pd.DataFrame({"customer_id": WHO, "stock_days_count": 30.0})
    return stall_figures(members, flows, checks, as_of=AS_OF, months=12)


def _poor(cash, policy):
    return poor_month_cash(cash, as_of=AS_OF, policy=policy.limits, cycle_months=3)


OF_FLOWS = {
    "yearly incomes": lambda flows, others: yearly_incomes(others["customers"], flow_months=flows, as_of=AS_OF),
    "income changes": lambda flows, others: income_changes(flow_months=flows, as_of=AS_OF, months=3),
    "income changes of a year": lambda flows, others: income_changes(flow_months=flows, as_of=AS_OF, months=12),
    "cash positions": _positions,
    "cash gaps": lambda flows, others: cash_gaps(flows, as_of=AS_OF),
    "cash quantiles": lambda flows, others: cash_quantiles(flows, as_of=AS_OF),
    "peak months": lambda flows, others: peak_months(flows),
    "elasticities": _elasticity,
    "need signals": _signals,
    "stall figures": _stalls,
    "season": lambda flows, others: seasonal_index(rhythm.monthly_flows(flows)),
    "credit seasons": lambda flows, others: credit_seasons(rhythm.monthly_flows(flows)),
}
OF_SALES = {
    "yearly incomes": lambda sales, others: yearly_incomes(others["customers"], invoices=sales, as_of=AS_OF),
    "income changes": lambda sales, others: income_changes(invoices=sales, as_of=AS_OF, months=3),
    "bursts": lambda sales, others: invoice_indicators(sales, as_of=AS_OF)[["customer_id", "burst_ratio"]],
    "season": lambda sales, others: seasonal_index(rhythm.monthly_sales(sales)),
}


def _without(rows: pd.DataFrame) -> pd.DataFrame:
    month = rows["month"] if "month" in rows else rows["issued_date"].dt.strftime("%Y-%m")
    return rows[~month.isin([FIRST, LAST])]


def _compared(cut: pd.DataFrame, whole: pd.DataFrame) -> None:
    """The same but for the words that say what was left out."""
    said = [name for name in cut if str(name).startswith(("left_out", "is_cut"))]
    pd.testing.assert_frame_equal(cut.drop(columns=said), whole.drop(columns=said))
    assert len(cut)


@pytest.mark.parametrize("name", OF_FLOWS)
def test_flows_cut_at_both_ends_say_what_whole_months_say(name, flows, others):
    _compared(OF_FLOWS[name](flows, others), OF_FLOWS[name](_without(flows), others))


@pytest.mark.parametrize("name", OF_SALES)
def test_sales_cut_at_both_ends_say_what_whole_months_say(name, sales, others):
    _compared(OF_SALES[name](sales, others), OF_SALES[name](_without(sales), others))


def test_poor_months_are_whole_months(flows, sales, root):
    policy = read_policy(Home(root), as_of=AS_OF)
    _compared(_poor(monthly_inflows(flows), policy), _poor(monthly_inflows(_without(flows)), policy))
    _compared(_poor(sales_by_customer(sales), policy), _poor(sales_by_customer(_without(sales)), policy))


def test_one_firm_that_sells_little_in_the_last_month_is_news(flows):
    """Of one firm alone nobody can say whether the file or the trade ended."""
    own = flows[flows["customer_id"] == "C00"]
    assert rhythm.partial_months(own) == [] and rhythm.partial_months(flows) == [FIRST, LAST]
    assert cash_gaps(own, as_of=AS_OF)["flow_months_count"].item() == 24
