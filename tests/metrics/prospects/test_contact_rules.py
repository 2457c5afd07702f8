"""Nobody is contacted without a basis, in arrears, or twice in a month."""

from datetime import date

import pandas as pd

from microlib.metrics.prospects.contact_rules import contact_counts, contact_rules

TODAY = date(2026, 6, 30)


def ruled(contacts=None, **changed):
    customers = pd.DataFrame({"customer_id": ["C1", "C2"], "consents_marketing": [True, True], "is_defaulted": False})
    loans = pd.DataFrame({"customer_id": ["C2"], "overdue_days": [12], "class5": ["normal"], "status": ["overdue"]})
    return contact_rules(customers[["customer_id"]], customers.assign(**changed), loans, contacts, as_of=TODAY)


def test_arrears_keep_a_customer_off_the_list():
    assert ruled()["contact"].tolist() == ["may_be_contacted", "in_arrears"]


def test_unknown_consent_is_none():
    assert ruled(consents_marketing=None)["contact"].tolist() == ["no_basis", "no_basis"]


def test_a_contact_of_last_week_asks_for_rest():
    lately = pd.DataFrame({"customer_id": ["C1"], "touched_at": pd.to_datetime(["2026-06-25 10:00"])})
    long_ago = lately.assign(touched_at=pd.Timestamp("2026-05-01"))
    assert ruled(lately)["contact"].iloc[0] == "contacted_lately"
    assert ruled(long_ago)["contact"].iloc[0] == "may_be_contacted"


def test_counts_hold_each_customer_once():
    found = contact_counts(pd.concat([ruled(), ruled()]))
    assert found["customers_count"].sum() == 2
    assert found["customers_share"].sum() == 1
