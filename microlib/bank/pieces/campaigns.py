"""Arms of campaigns of the whole bank, counted in the engine branch by branch: sums that may be pooled by strata."""

from __future__ import annotations

from datetime import date

import pandas as pd

from microlib.bank.snapshots import as_of_table
from microlib.bank.stores import Store, open_store
from microlib.homes import Home


def campaign_arms(store: Store, *, as_of: date) -> pd.DataFrame:
    """Count members and borrowers of both arms of every lending campaign that has closed, by branch.

    Parameters
    ----------
    store : Store
        The open store.
    as_of : date

    Returns
    -------
    DataFrame
        ``campaign_id, programme_id`` (missing where the branch acts alone), ``branch_id, design``,
        ``treated_count, control_count, treated_loans_count, control_loans_count``; by campaign.
    """
    heads = as_of_table(store, "campaigns", as_of=as_of)
    heads = heads.filter(heads.goal == "new_loan", heads.closing_date <= as_of)
    heads = heads.select("campaign_id", "programme_id", "design", "launch_date", "closing_date")
    members = as_of_table(store, "campaign_members", as_of=as_of)
    members = members.select("campaign_id", "branch_id", "customer_id", "arm").join(heads, "campaign_id")
    loans = as_of_table(store, "loans", as_of=as_of)
    new = loans.filter((loans.issue_type == "new") | loans.issue_type.isnull())
    new = new.select("customer_id", day=new.disbursed_date)
    pairs = members.join(new, "customer_id")
    inside = pairs.filter(pairs.day >= pairs.launch_date, pairs.day <= pairs.closing_date)
    taken = inside.select("campaign_id", "customer_id").distinct().mutate(has_borrowed=1)
    rows = members.left_join(taken, ["campaign_id", "customer_id"])
    treated, borrowed = (rows.arm == "treated").cast("int64"), rows.has_borrowed.fill_null(0)
    found = rows.group_by(["campaign_id", "programme_id", "branch_id", "design"]).agg(
        treated_count=treated.sum(), control_count=(1 - treated).sum(),
        treated_loans_count=(treated * borrowed).sum(), control_loans_count=((1 - treated) * borrowed).sum(),
    )  # fmt: skip
    return store.frame(found.order_by("campaign_id", "branch_id")).astype(dict.fromkeys(COUNTS, "int64"))


def programme_arms(home: Home, *, as_of: date) -> pd.DataFrame:
    """Return the arms of campaigns that several branches run together, as `campaign_arms`."""
    with open_store(home) as store:
        arms = campaign_arms(store, as_of=as_of)
    return arms[arms["programme_id"].notna()].reset_index(drop=True)


COUNTS = ("treated_count", "control_count", "treated_loans_count", "control_loans_count")
