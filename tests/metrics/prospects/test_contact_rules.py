"""Nobody is contacted without a basis, in arrears, or twice in a month."""

from datetime import date

import pandas as pd

from microlib.metrics.prospects.contact_rules import contact_counts, contact_rules, lately_contacted

TODAY = date(2026, 6, 30)


def ruled(lately=None, **changed):
    customers = pd.DataFrame({"customer_id": ["C1", "C2"], "consents_marketing": [True, True], "is_defaulted": False})
    loans = pd.DataFrame({"customer_id": ["C2"], "overdue_days": [12], "class5": ["normal"], "status": ["overdue"]})
    return contact_rules(customers[["customer_id"]], customers.assign(**changed), loans, lately)


def test_arrears_keep_a_customer_off_the_list():
    assert ruled()["contact"].tolist() == ["may_be_contacted", "in_arrears"]


def test_unknown_consent_is_none():
    assert ruled(consents_marketing=None)["contact"].tolist() == ["no_basis", "no_basis"]


def test_a_contact_of_last_week_asks_for_rest():
    leads = pd.DataFrame({"lead_id": ["D1", "D2"], "customer_id": ["C1", "C2"]})
    touches = pd.DataFrame({"lead_id": ["D1", "D2"], "touched_at": pd.to_datetime(["2026-06-25", "2026-05-01"])})
    lately = lately_contacted(touches, leads, as_of=TODAY)
    assert lately["customer_id"].tolist() == ["C1"]
    assert ruled(lately)["contact"].iloc[0] == "contacted_lately"


def test_counts_hold_each_customer_once():
    found = contact_counts(pd.concat([ruled(), ruled()]))
    assert found["customers_count"].sum() == 2
    assert found["customers_share"].sum() == 1
