"""Whether we may speak to a prospect now: basis, rest since the last contact, arrears (营销名单的剔除规则)."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from microlib.metrics.loan_states import is_bad

#: reasons for which a prospect is left out, in the order in which they are asked
REASONS = ("no_basis", "in_arrears", "in_default", "contacted_lately")
MAY_CONTACT = "may_be_contacted"


def contact_rules(
    prospects: pd.DataFrame,
    customers: pd.DataFrame,
    loans: pd.DataFrame,
    lately: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Say of each prospect whether he may be contacted, or why not.

    Answers "whom may the manager call today?" The first reason that holds is named: the customer has not agreed to
    marketing (unknown is no agreement), a loan of his is past due, he is in default, or he was contacted lately.

    Parameters
    ----------
    prospects : DataFrame
        ``customer_id`` and any columns, which are kept. Not modified.
    customers : DataFrame[customers]
        ``customer_id, consents_marketing, is_defaulted``.
    loans : DataFrame[loans]
        ``customer_id, overdue_days`` and what tells a bad loan.
    lately : DataFrame, optional
        ``customer_id`` of those at rest: `lately_contacted`; without it nobody is, as far as we know.

    Returns
    -------
    DataFrame
        `prospects` with ``contact`` (code: ``may_be_contacted`` or a reason).

    Notes
    -----
    This is the bank's own courtesy and the least that the law asks; whether the basis is lawful is for compliance.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer_id": ["C1", "C2"], "consents_marketing": [True, None],
    ...                           "is_defaulted": [False, False]})
    >>> loans = pd.DataFrame({"customer_id": [], "overdue_days": [], "class5": [], "status": []})
    >>> contact_rules(customers[["customer_id"]], customers, loans).contact.to_list()
    ['may_be_contacted', 'no_basis']
    """
    who, known = prospects["customer_id"], customers.drop_duplicates("customer_id").set_index("customer_id")
    agreed = who.map(known["consents_marketing"]).astype("boolean").fillna(False)
    defaulted = who.map(known["is_defaulted"]).astype("boolean").fillna(False)
    late = set(loans.loc[(loans["overdue_days"] > 0) | is_bad(loans), "customer_id"])
    rules = [~agreed, who.isin(late), defaulted, who.isin([] if lately is None else lately["customer_id"])]
    flags = [np.asarray(rule, dtype=bool) for rule in rules]
    return prospects.assign(contact=np.select(flags, REASONS, MAY_CONTACT))


def contact_counts(ruled: pd.DataFrame) -> pd.DataFrame:
    """Count the prospects by what keeps them off the list, in the order of the rules.

    Parameters
    ----------
    ruled : DataFrame
        Result of `contact_rules`. Not modified.

    Returns
    -------
    DataFrame
        ``contact`` (code), ``customers_count``, ``customers_share`` (fraction), each customer once.
    """
    once = ruled.drop_duplicates("customer_id")
    counts = once["contact"].value_counts().reindex([*REASONS, MAY_CONTACT], fill_value=0)
    found = counts.rename_axis("contact").reset_index(name="customers_count")
    return found.assign(customers_share=found["customers_count"] / max(len(once), 1))


def lately_contacted(touches: pd.DataFrame, leads: pd.DataFrame, *, as_of: date, rest_days: int = 30) -> pd.DataFrame:
    """List the customers who were contacted within the days of rest.

    Parameters
    ----------
    touches : DataFrame[touches]
        ``lead_id, touched_at``. Not modified.
    leads : DataFrame[leads]
        ``lead_id, customer_id``.
    as_of : date
        Today.
    rest_days : int
        Days of rest after a contact.

    Returns
    -------
    DataFrame
        ``customer_id, touched_at`` (the last contact), one row per customer.
    """
    known = touches.merge(leads[["lead_id", "customer_id"]].dropna(), on="lead_id")
    days = (pd.Timestamp(as_of) - pd.to_datetime(known["touched_at"]).dt.normalize()).dt.days
    resting = known[days.between(0, rest_days)]
    return resting.groupby("customer_id")["touched_at"].max().reset_index()
