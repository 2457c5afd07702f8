"""A missing state is no good one: a tenth of outcomes made missing at random leaves shares where they were."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from microlib.design.replay import past_applications
from microlib.errors import BadData
from microlib.metrics.capacity import able_but_late
from microlib.metrics.defaults import default_rates
from microlib.metrics.loan_failures import decided_loans, exceptions
from microlib.metrics.outcome import loan_outcomes
from microlib.metrics.quality import portfolio_at_risk
from microlib.stats.discrimination import discrimination

AS_OF = date(2026, 6, 30)
COUNT = 400


@pytest.fixture
def loans() -> pd.DataFrame:
    """A fifth of 400 loans of two years' standing is bad now."""
    dice = np.random.default_rng(0)
    ids = [f"L{number:03}" for number in range(COUNT)]
    late = np.where(dice.random(COUNT) < 0.2, 120, 0)
    return pd.DataFrame(
        {
            "loan_id": ids, "customer_id": ids, "application_id": ids, "product_id": "P", "rm_id": "R",
            "approver_id": "A", "amount_yuan": 1e5, "balance_yuan": 5e4, "written_off_yuan": np.nan,
            "disbursed_date": pd.Timestamp("2024-06-30"), "overdue_days": pd.array(late, "Int64"), "status": "normal",
            "class5": pd.Series(np.where(late > 90, "substandard", "normal"), dtype="str"), "is_exception": True,
        }
    )  # fmt: skip


@pytest.fixture
def blind(loans) -> pd.DataFrame:
    """The same; of a tenth, the bad among them alike, neither days nor class are known."""
    gone = np.arange(COUNT) % 10 == 3
    return loans.assign(overdue_days=loans["overdue_days"].mask(gone), class5=loans["class5"].mask(gone))


MONTHS = {"loan_id": "str", "month": "str", "balance_yuan": "float64", "overdue_days": "float64", "class5": "str"}


def _known(bad: pd.Series) -> tuple[int, float]:
    return int(bad.notna().sum()), float(bad.dropna().astype(float).mean())


def test_a_granted_loan_of_unknown_state_turned_out_neither_way(loans, blind):
    none = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in MONTHS.items()})
    asked = loans[["application_id", "loan_id", "customer_id", "product_id", "rm_id", "approver_id", "is_exception"]]
    found = {name: decided_loans(asked, rows, none, as_of=AS_OF, observed_months=12)
             for name, rows in (("whole", loans), ("blind", blind))}  # fmt: skip
    (whole, share), (known, rate) = (_known(each["is_bad"]) for each in found.values())
    gone = blind["overdue_days"].isna()
    assert whole == COUNT and known == COUNT - gone.sum()
    assert rate == pytest.approx(_known(loans.loc[~gone, "overdue_days"] > 90)[1]) and abs(rate - share) < 0.02
    assert exceptions(found["blind"])["observed_count"].item() == known


def test_a_month_end_of_unknown_state_makes_a_loan_that_was_never_bad_unknown(loans):
    row = loans[loans["overdue_days"] == 0].iloc[[0]]
    states = {"overdue_days": [0.0, np.nan], "class5": pd.Series(["normal", None], dtype="str"), "balance_yuan": 5e4}
    months = pd.DataFrame({"loan_id": row["loan_id"].item(), "month": ["2025-01", "2025-02"], **states})
    asked = row[["application_id", "loan_id", "customer_id", "product_id", "rm_id", "approver_id", "is_exception"]]
    assert decided_loans(asked, row, months, as_of=AS_OF, observed_months=12)["is_bad"].isna().all()
    told = decided_loans(asked, row, months.iloc[:1], as_of=AS_OF, observed_months=12)
    assert told["is_bad"].to_list() == [False]


def test_replayed_applications_tell_an_unknown_state_as_unknown(loans, blind):
    """The month before the application, the month after it, and the ledger now."""

    class Book(dict):
        as_of = AS_OF

    asked = pd.DataFrame(
        {
            "application_id": loans["loan_id"], "customer_id": loans["customer_id"], "product_id": "P",
            "submitted_at": pd.Timestamp("2024-06-20"), "disbursed_at": pd.Timestamp("2024-06-30"),
            "decision": "approved", "granted_yuan": 1e5,
        }
    )  # fmt: skip
    names = ["kind", "size", "industry_code", "rating", "consents_invoices", "consents_flows", "is_related_party"]
    customers = pd.DataFrame({"customer_id": loans["customer_id"], "established_date": pd.Timestamp("2015-01-01")})
    customers = customers.assign(**dict.fromkeys(names, pd.NA))
    invoices = pd.DataFrame({"customer_id": ["x"], "side": "sale", "issued_date": pd.Timestamp("2024-01-01"),
                             "net_yuan": 1.0, "status": "valid"})  # fmt: skip
    then = blind[["loan_id", "balance_yuan", "overdue_days", "class5"]].assign(month="2024-05", status="normal")
    book = Book(applications=asked, customers=customers, invoices=invoices, loans=blind, loan_months=then)
    found = past_applications(book, observed_months=12)
    gone = blind["overdue_days"].isna().to_numpy()
    for name in ("is_bad", "overdue_days", "is_npl"):
        assert (found[name].isna().to_numpy() == gone).all(), name


def test_a_month_without_days_is_not_seen(loans):
    """The last month end of a tenth is unknown: they leave the risk set a month earlier, none of them as good."""
    ids = loans["loan_id"].to_numpy()
    months = pd.DataFrame({"loan_id": np.tile(ids, 2), "month": np.repeat(["2024-07", "2024-08"], COUNT),
                           "overdue_days": np.r_[np.zeros(COUNT), loans["overdue_days"].astype(float)],
                           "status": "normal", "balance_yuan": 5e4})  # fmt: skip
    gone = np.arange(COUNT) % 10 == 3
    months["overdue_days"] = months["overdue_days"].mask(np.r_[np.zeros(COUNT, bool), gone])
    book = loans.assign(
        disbursed_date=pd.Timestamp("2024-07-15"), closed_date=pd.NaT, maturity_date=pd.Timestamp("2027-06-30")
    )
    found = loan_outcomes(book, months, as_of="2024-08-31")
    told = found["outcome"] == "bad"
    assert (found["month_on_book"].to_numpy() == np.where(gone, 0, 1)).all() and not told[gone].any()
    assert (told | gone).sum() == ((loans["overdue_days"] > 30).to_numpy() | gone).sum()


def test_default_shares_count_the_unknown_apart_and_shares_at_risk_refuse_it(loans, blind):
    gone = blind["overdue_days"].isna()
    flag = (loans["overdue_days"] > 90).astype("boolean").mask(gone)
    found = default_rates(pd.DataFrame({"is_defaulted": flag}), within=None).iloc[0]
    assert found["default_share"] == pytest.approx((loans.loc[~gone, "overdue_days"] > 90).mean())
    assert (found["default_share_count"], found["unknown_count"]) == (COUNT - gone.sum(), gone.sum())
    with pytest.raises(BadData, match="overdue_days is missing, infinite or negative in 40 rows"):
        portfolio_at_risk(blind, days=(30,))
    scored = discrimination(flag, pd.Series(np.arange(COUNT) % 17, dtype="float64")).iloc[0]
    assert scored["missing_count"] == gone.sum()


def test_months_of_unknown_days_are_not_months_paid_on_time():
    months = pd.DataFrame({"loan_id": ["L1", "L1"], "month": ["2026-04", "2026-05"], "balance_yuan": [9e4] * 2,
                           "overdue_days": [np.nan, 20]})  # fmt: skip
    dues = pd.DataFrame({"loan_id": ["L1"] * 2, "due_date": pd.to_datetime(["2026-04-11", "2026-05-11"]),
                         "principal_yuan": [1e3] * 2, "interest_yuan": [100.0] * 2})  # fmt: skip
    flows = pd.DataFrame({"customer_id": "C1", "month": ["2026-04", "2026-05"], "min_balance_yuan": [2e3] * 2})
    who = pd.DataFrame({"loan_id": [f"L{n}" for n in range(1, 2)], "customer_id": ["C1"], "segment": ["a"]})
    many = [(months, dues, flows, who)]
    for number in range(2, 40):
        own = {"loan_id": f"L{number}", "customer_id": f"C{number}"}
        many.append(tuple(each.assign(**{k: v for k, v in own.items() if k in each}) for each in many[0]))
    months, dues, flows, who = (pd.concat(each, ignore_index=True) for each in zip(*many, strict=True))
    found = able_but_late(months, dues, flows, loans=who, memberships=who).iloc[0]
    assert found[["months_count", "unknown_months_count"]].to_list() == [39, 39]
