"""One good call of every function of the face: what the tests spoil, argument by argument."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

import microlib as ml

AS_OF = "2026-06-30"
Call = tuple[tuple[Any, ...], dict[str, Any]]


def book() -> pd.DataFrame:
    """The sample ledger under the library's names, with the columns that single measures ask for."""
    named = ml.loans(
        ml.sample_loans(),
        loan_id="loan",
        customer_id="borrower",
        balance_yuan="bal",
        overdue_days="dpd",
        amount_yuan="amount",
        disbursed_date="paid_out",
    )
    maturity = named["disbursed_date"] + pd.DateOffset(months=36)
    return named.assign(maturity_date=maturity, closed_date=pd.NaT)


def months() -> pd.DataFrame:
    """The sample month ends under the library's names."""
    return ml.month_ends(ml.sample_month_ends(), loan_id="loan", overdue_days="dpd", balance_yuan="bal")


def _with_an_ended_loan() -> pd.DataFrame:
    loans = book()
    first = loans.index == 0
    return loans.assign(
        closed_date=pd.Series(pd.NaT, loans.index).mask(first, pd.Timestamp("2026-01-05")),
        status=loans["status"].mask(first, "settled"),
        balance_yuan=loans["balance_yuan"].mask(first, 0.0),
    )


def _renewed() -> pd.DataFrame:
    """The book with three loans that carry an older one on."""
    loans = book()
    before = loans["loan_id"].shift(1).where(loans.index < 4)
    return loans.assign(issue_type="new", previous_loan_id=before, class5="normal").assign(
        issue_type=lambda frame: frame["issue_type"].mask(frame["previous_loan_id"].notna(), "refinance")
    )


def _renewals() -> pd.DataFrame:
    return ml.renewals(_renewed(), months(), as_of=AS_OF)


def _monthly() -> pd.DataFrame:
    names = [str(month) for month in pd.period_range("2023-07", "2026-06", freq="M")]
    return pd.DataFrame({"month": names, "amount_yuan": [100.0 + 50 * name.endswith("-03") for name in names]})


def _cells() -> pd.DataFrame:
    return pd.DataFrame({"bad_count": [0, 3, 9], "total_count": [40, 60, 400]})


def _exposures() -> pd.DataFrame:
    return pd.DataFrame({"kind": ["corporate", "other_retail"], "default_rate": [0.01, 0.01], "lgd_share": [0.45] * 2})


def _names() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": [f"C{n}" for n in range(9)],
            "branch_id": "0755",
            "balance_yuan": 1e5,
            "default_rate": 0.02,
            "lgd_share": 0.45,
        }
    )


def _firms() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": ["C1", "C2"],
            "sales_yuan": [12e6, 9e6],
            "margin_share": [0.12] * 2,
            "growth_share": [0.1] * 2,
            "inventory_days": [92, 60],
            "own_yuan": [9e5] * 2,
            "loans_yuan": [6e5] * 2,
            "other_yuan": [2e5] * 2,
        }
    )


def _secured() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    links = {"loan_id": ["L1", "L2"], "collateral_id": ["K1", "K2"], "secured_yuan": [70.0, 50.0]}
    return (
        pd.DataFrame(
            {
                "loan_id": ["L1", "L2"],
                "customer_id": ["C1", "C2"],
                "balance_yuan": [70.0, 50.0],
                "status": ["normal"] * 2,
            }
        ),
        pd.DataFrame(links),
        pd.DataFrame({"collateral_id": ["K1", "K2"], "value_yuan": [100.0, 80.0]}),
    )


def _members() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": [f"C{n}" for n in range(50)],
            "arm": ["treated"] * 40 + ["control"] * 10,
            "has_borrowed": [n % 7 == 0 for n in range(50)],
        }
    )


def _guaranteed() -> tuple[pd.DataFrame, pd.DataFrame]:
    """The bank's own guarantees and the loans they are for: the guarantors owe in a ring."""
    loans = book()
    owed = loans[loans["balance_yuan"] > 0].drop_duplicates("customer_id").head(3)
    guarantors = owed["customer_id"].to_numpy()[[1, 2, 0]]
    given = {"loan_id": owed["loan_id"].to_numpy(), "guarantor_id": guarantors, "amount_yuan": [1e5, 2e5, 1e5]}
    return pd.DataFrame(given), loans


def _estimates() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": ["C1", "C1"],
            "item": ["sales"] * 2,
            "source": ["till", "power"],
            "stated": [400.0] * 2,
            "checked": [372.0, 390.0],
        }
    )


def _movements() -> pd.DataFrame:
    days = pd.to_datetime(["2026-01-01", "2026-05-31"])
    return pd.DataFrame({"date": days, "drawn_yuan": [1e6, 0.0], "repaid_yuan": [0.0, 1e6]})


def _told() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "segment": ["stalls", "suppliers", "farms"],
            "customers_count": [40, 3, 12],
            "total_yuan": [8e6, 2e6, 3e6],
            "largest_yuan": [5e5, 1e6, 4e5],
        }
    )


def _rows() -> pd.DataFrame:
    return pd.DataFrame(
        {"customer_id": ["a", "b", "c"], "late_yuan": [0.0, 5.0, 0.0], "balance_yuan": [60.0, 40.0, 9.0]}
    )


PARTS = {
    "ftp_rate": 0.0205,
    "opex_rate": 0.0095,
    "pd_rate": 0.019,
    "lgd_share": 0.4,
    "capital_share": 0.07875,
    "capital_cost_rate": 0.1,
}
NAMED = {"loan_id": "loan", "customer_id": "borrower", "balance_yuan": "bal", "overdue_days": "dpd"}
#: name -> a function that makes the arguments of a good call anew
CALLS: dict[str, Callable[[], Call]] = {
    "loans": lambda: ((ml.sample_loans(),), NAMED),
    "month_ends": lambda: (
        (ml.sample_month_ends(),),
        {"loan_id": "loan", "overdue_days": "dpd", "balance_yuan": "bal"},
    ),
    "sample_loans": lambda: ((), {}),
    "sample_month_ends": lambda: ((), {}),
    "find": lambda: (("arrears",), {}),
    "show": lambda: ((pd.DataFrame({"product_id": ["P1"], "balance_yuan": [1e6]}),), {"caption": "余额"}),
    "par": lambda: ((book(),), {"days": 30, "by": "segment"}),
    "quality": lambda: ((book(), months()), {"as_of": AS_OF, "by": "segment"}),
    "four_pars": lambda: ((book(), months()), {"renewals": _renewals(), "as_of": AS_OF, "within": "segment"}),
    "renewals": lambda: ((_renewed(), months()), {"as_of": AS_OF}),
    "vintage": lambda: ((book(), months()), {"as_of": AS_OF, "by": "segment"}),
    "roll_rates": lambda: ((months(),), {}),
    "maturing": lambda: ((book(),), {"as_of": AS_OF}),
    "churn": lambda: ((_with_an_ended_loan(),), {"as_of": AS_OF, "by": "segment"}),
    "forecast": lambda: ((book(),), {"as_of": AS_OF}),
    "rate_interval": lambda: ((pd.Series([3, 4]), pd.Series([60, 70])), {}),
    "upper_bound": lambda: ((pd.Series([0, 4]), pd.Series([60, 70])), {}),
    "rate_gap": lambda: ((120, 2000, 90, 2000), {}),
    "share_interval": lambda: ((_rows(),), {"above": "late_yuan", "below": "balance_yuan"}),
    "shrink": lambda: ((_cells(),), {}),
    "funnel": lambda: (([100, 1000],), {"target": 0.05}),
    "discrimination": lambda: ((pd.Series([False, False, True, True]), pd.Series([0.1, 0.4, 0.35, 0.8])), {}),
    "stability": lambda: (([10, 20, 30, 40], [15, 25, 30, 30]), {}),
    "first_digits": lambda: ((pd.Series([2.0**k for k in range(100)]),), {}),
    "concentration": lambda: ((book(),), {"across": "industry", "by": "segment"}),
    "seasonality": lambda: ((_monthly(),), {"draws": 100}),
    "connected_groups": lambda: (
        (pd.DataFrame({"customer_id_a": ["B001", "B002"], "customer_id_b": ["B002", "B003"]}), book()),
        {},
    ),
    "guarantee_circles": lambda: (_guaranteed(), {}),
    "infection": lambda: ((pd.DataFrame({"members_count": [10, 4]}),), {"default_rate": 0.02, "infection": 0.1}),
    "granularity": lambda: ((_names(),), {"within": "branch_id", "correlation": 0.15}),
    "limit_bunching": lambda: ((book(),), {"limits": [2e5]}),
    "limits": lambda: (
        (pd.DataFrame({"customer_id": ["C1", "C2"], "need_yuan": [2e5, 9e4], "capacity_yuan": [1e5, 3e5]}),),
        {"caps": {"need": "need_yuan", "repayment": "capacity_yuan", "product": 5e5}, "floor": 1e4, "unit": 1e3},
    ),
    "capacity": lambda: (
        (
            pd.DataFrame(
                {
                    "customer_id": ["C1", "C2"],
                    "cash_month_yuan": [2e4, 1e4],
                    "service_month_yuan": [3e3, 0.0],
                    "asked_yuan": [2e5, 1e5],
                }
            ),
        ),
        {"yearly_rate": 0.06, "months": 24, "coverage": 1.25},
    ),
    "working_capital": lambda: ((_firms(),), {}),
    "turnover_need": lambda: ((pd.Series([100_000.0, 50_000.0]),), {}),
    "cross_check": lambda: ((_estimates(),), {}),
    "loan_to_value": lambda: (_secured(), {}),
    "recovery": lambda: (
        (pd.DataFrame({"loan_id": ["L1", "L2"], "balance_yuan": [140.0, 90.0], "value_yuan": [200.0, 50.0]}),),
        {"fall_share": 0.2, "cost_share": 0.12, "months": 18, "yearly_rate": 0.0435},
    ),
    "loan": lambda: ((100_000,), {"yearly_rate": 0.06, "months": 12}),
    "schedule": lambda: ((ml.loan(100_000, yearly_rate=0.06, months=12),), {}),
    "fee": lambda: ((), {"rate": 0.01}),
    "true_cost": lambda: ((ml.loan(100_000, yearly_rate=0.06, months=12), [ml.fee(rate=0.01)]), {}),
    "internal_rate": lambda: (([1000, -1010], [0, 1]), {}),
    "break_even_months": lambda: ((), {"fixed_rate": 0.042, "used_rate": 0.048}),
    "line_statement": lambda: ((_movements(),), {"limit_yuan": 1e6, "yearly_rate": 0.048}),
    "price_floor": lambda: ((), PARTS | {"yearly_rate": 0.05}),
    "risk_weights": lambda: ((_exposures(),), {}),
    "vasicek_loss": lambda: ((0.02,), {"lgd": 0.45, "correlation": 0.12}),
    "campaign_effect": lambda: ((_members(),), {}),
    "campaign_power": lambda: ((0.03, 0.03), {"treated": 700, "control": 700}),
    "difference_in_differences": lambda: ((25, 38, 24, 29), {}),
    "suppress": lambda: ((_told(),), {"by": ["segment"], "fewest": 5, "dominance_share": 0.7}),
}
