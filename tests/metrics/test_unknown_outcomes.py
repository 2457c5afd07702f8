"""A missing state is no good one: a tenth of outcomes made missing at random leaves shares where they were."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from microlib.contracts.rules import Scheme
from microlib.design.campaigns import payout_rules
from microlib.design.incentives import paid_loans, replay_schemes, scheme_totals
from microlib.design.replay import past_applications
from microlib.design.terms import Written
from microlib.errors import BadData
from microlib.metrics.campaign_quality import campaign_quality
from microlib.metrics.capacity import able_but_late
from microlib.metrics.churn import win_back_effects, win_back_outcomes
from microlib.metrics.defaults import default_rates
from microlib.metrics.loan_failures import decided_loans, exceptions, missed_controls
from microlib.metrics.market import contact_counts, contact_rules
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


def test_an_exception_of_which_nobody_says_whether_it_was_one_is_counted_apart():
    past = pd.DataFrame({"approver_id": ["A", "A", "A", "B", "C"], "loan_id": list("abcde"),
                         "is_exception": pd.array([True, None, True, None, False], "boolean"),
                         "is_bad": pd.array([True, True, None, True, True], "boolean")})  # fmt: skip
    found = exceptions(past).set_index("approver_id")[
        ["exceptions_count", "observed_count", "bad_count", "unknown_count"]
    ]
    assert found.T.to_dict("list") == {"A": [2, 1, 1, 1], "B": [0, 0, 0, 1]}
    reviews = pd.DataFrame({"missed_control": ["site"] * 3,
                            "evidence_existed": pd.array([True, False, None], "boolean"),
                            "realised_loss_yuan": 1e4, "diligence": "exempt"})  # fmt: skip
    assert missed_controls(reviews)[["existed_count", "unknown_count"]].iloc[0].to_list() == [1, 1]


def test_who_may_be_late_or_in_default_is_verified_before_he_is_called():
    who = [f"C{number}" for number in range(5)]
    customers = pd.DataFrame({"customer_id": who, "consents_marketing": True,
                              "is_defaulted": pd.array([False, None, False, True, False], "boolean")})  # fmt: skip
    loans = pd.DataFrame({"customer_id": who[2:], "overdue_days": pd.array([None, None, None], "Int64"),
                          "class5": "normal", "status": ["normal", "normal", "settled"],
                          "balance_yuan": [1e5, 1e5, 0.0]})  # fmt: skip
    ruled = contact_rules(customers[["customer_id"]], customers, loans)
    free, unknown = "may_be_contacted", "state_unknown"
    assert ruled["contact"].to_list() == [free, unknown, unknown, "in_default", free]
    assert contact_counts(ruled).set_index("contact").at[unknown, "customers_count"] == 2
    silent = contact_rules(customers[["customer_id"]], customers.assign(is_defaulted=None), loans)
    assert silent["contact"].to_list() == [
        free,
        free,
        unknown,
        unknown,
        free,
    ]  # a file that marks nobody keeps no marks


def test_a_loan_not_seen_up_to_its_twelfth_month_is_paid_neither_in_full_nor_taken_back():
    ids = ["good", "bad", "blind", "gone"]
    loans = pd.DataFrame({"loan_id": ids, "rm_id": "R", "customer_id": ids, "amount_yuan": 1e5, "issue_type": "new",
                          "disbursed_date": pd.Timestamp("2025-03-10"), "status": "normal", "previous_loan_id": None,
                          "closed_date": pd.Series([pd.NaT] * 4, dtype="datetime64[s]")})  # fmt: skip
    months = pd.MultiIndex.from_product([ids[:3], pd.period_range("2025-01", "2026-06", freq="M").astype(str)])
    seen = months.to_frame(index=False, name=["loan_id", "month"]).assign(overdue_days=0.0, status="normal")
    late = seen["month"] >= "2025-09"
    seen["overdue_days"] = seen["overdue_days"].mask(late & seen["loan_id"].eq("bad"), 45.0)
    seen["overdue_days"] = seen["overdue_days"].mask(late & seen["loan_id"].eq("blind"))
    people = pd.DataFrame({"customer_id": ids, "group_id": None})
    paid = paid_loans(loans, seen, people, as_of=AS_OF).set_index("loan_id")["is_bad"]
    assert paid["good"] == False and paid["bad"] == True and paid[["blind", "gone"]].isna().all()  # noqa: E712
    terms = {"title": {"zh": "示例", "en": "example"}, "per_loan_yuan": 100, "per_amount_share": 0.0,
             "deferred_share": 0.4, "deferred_months": 12, "claws_back": True, "counts_linked": True,
             "quality_share": 1.0}  # fmt: skip
    scheme = Written("s", Scheme(**terms), None, "made here", "unverified", True)
    found = replay_schemes(paid_loans(loans, seen, people, as_of=AS_OF), schemes=[scheme]).set_index("loan_id")
    assert found["pay_yuan"].to_dict() == {"good": 100.0, "bad": 60.0, "blind": 60.0, "gone": 60.0}
    assert found["clawed_back_yuan"].to_dict() == {"good": 0.0, "bad": 40.0, "blind": 0.0, "gone": 0.0}
    assert scheme_totals(found.reset_index())[["bad_count", "unknown_count", "bad_pay_yuan"]].values.tolist() == [
        [1, 2, 60.0]
    ]


def test_a_campaign_s_loan_without_days_has_no_quality_yet():
    ids = ["late", "good", "blind", "gone"]
    people = pd.DataFrame({"campaign_id": "M", "arm": "treated", "loan_id": ids,
                           "launch_date": pd.Timestamp("2026-01-01"),
                           "closing_date": pd.Timestamp("2026-02-28")})  # fmt: skip
    book = pd.DataFrame({"loan_id": ids, "disbursed_date": pd.Timestamp("2026-01-10"), "issue_type": "new"})
    months = pd.DataFrame({"loan_id": ids[:3], "month": "2026-03", "overdue_days": [40, 0, np.nan]})
    found = campaign_quality(people, book, months, as_of=AS_OF).set_index("age_months")
    names = ["observed_count", "bad_count", "unknown_count", "waiting_count"]
    assert found.loc[3, names].to_list() == [2, 1, 2, 0] and found.loc[12, names].to_list() == [0, 0, 0, 4]
    assert found.loc[3, "bad_share"] == 0.5


def test_a_customer_won_back_whose_days_are_unknown_is_neither_alive_nor_late():
    lists = pd.DataFrame({"customer_id": ["C1", "C2", "C3"], "listed_date": pd.Timestamp("2025-11-30"),
                          "goal": "regain", "arm": "treated", "offer_cost_yuan": 0.0})  # fmt: skip
    loans = pd.DataFrame({"customer_id": ["C1", "C2", "C3"], "loan_id": ["L1", "L2", "L3"],
                          "overdue_days": [0, 60, np.nan], "disbursed_date": pd.Timestamp("2026-01-29")})  # fmt: skip
    found = win_back_outcomes(lists, loans, as_of=AS_OF, windows={"regain": 180})
    assert found["is_alive"].isna().to_list() == [False, False, True]
    effects = win_back_effects(found)
    assert effects[["alive_count", "alive_share", "alive_unknown_count"]].iloc[0].to_list() == [1, 0.5, 1]
    paid = payout_rules(found, effects, fee_yuan=100.0, alive_days=90, as_of=AS_OF).set_index("payout")
    assert paid["paid_count"].to_list()[:2] == [3, 1] and paid["unknown_count"].to_list() == [0, 1, 0]


def test_a_group_of_which_nobody_s_default_is_known_is_listed_as_unknown():
    rows = pd.DataFrame({"rating": ["A", "A", "B"], "is_defaulted": pd.array([True, False, None], "boolean")})
    found = default_rates(rows, within="rating").set_index("rating")
    assert found["unknown_count"].to_dict() == {"A": 0, "B": 1}
    assert found["default_share"].isna().to_dict() == {"A": False, "B": True}
