"""Monthly series per segment without holes, from which seasons are read: new lending, account inflows, sales."""

from __future__ import annotations

import pandas as pd

WHOLE = "all"
#: forms of lending that are new money; renewals repeat the season in which they first began
NEW = ("new",)


def monthly_lending(
    loans: pd.DataFrame, memberships: pd.DataFrame | None = None, *, since: str = "", until: str = ""
) -> pd.DataFrame:
    """Add up new lending by segment and month of disbursement; renewals, extensions and transfers are left out.

    Parameters
    ----------
    loans : DataFrame[loans]
        Uses ``customer_id, disbursed_date, amount_yuan, issue_type, previous_loan_id``. Not modified. A loan without
        an issue type counts as new unless it names a previous loan.
    memberships : DataFrame, optional
        Result of `segments.assign_segments`; a member of two segments counts in both. Left out, there is one
        segment, ``all``.
    since, until : str
        First and last month (YYYY-MM); by default those of the whole frame.

    Returns
    -------
    DataFrame
        One row per segment and month, no month missing: ``segment, month, amount_yuan, events_count``.

    Examples
    --------
    >>> loans = pd.DataFrame({"customer_id": "C1", "amount_yuan": [1e5, 2e5, 3e5],
    ...     "disbursed_date": pd.to_datetime(["2026-01-05", "2026-02-01", "2026-03-09"]),
    ...     "issue_type": ["new", "refinance", "new"]})
    >>> monthly_lending(loans)["amount_yuan"].tolist()
    [100000.0, 0.0, 300000.0]
    """
    issue = loans["issue_type"]
    renewed = loans["previous_loan_id"].notna() if "previous_loan_id" in loans else False
    is_new = issue.isin(NEW) | (issue.isna() & ~pd.Series(renewed, index=loans.index))
    fresh = loans[is_new]
    rows = _rows(fresh["customer_id"], fresh["disbursed_date"].dt.strftime("%Y-%m"), fresh["amount_yuan"])
    return _filled(rows, memberships, since=since, until=until)


def monthly_flows(
    flow_months: pd.DataFrame, memberships: pd.DataFrame | None = None, *, since: str = "", until: str = ""
) -> pd.DataFrame:
    """Add up account inflows by segment and month; arguments and columns as in `monthly_lending`.

    Customers who begin to show their accounts later look like growth: compare seasons, not levels.

    Examples
    --------
    >>> flows = pd.DataFrame({"customer_id": "C1", "month": ["2026-01", "2026-03"], "inflow_yuan": [1e5, 2e5]})
    >>> monthly_flows(flows)["amount_yuan"].tolist()
    [100000.0, 0.0, 200000.0]
    """
    rows = _rows(flow_months["customer_id"], flow_months["month"], flow_months["inflow_yuan"])
    return _filled(rows, memberships, since=since, until=until)


def monthly_sales(
    invoices: pd.DataFrame, memberships: pd.DataFrame | None = None, *, since: str = "", until: str = ""
) -> pd.DataFrame:
    """Add up valid sale invoices (net, returns deducted) by segment and month; columns as in `monthly_lending`.

    Examples
    --------
    >>> rows = pd.DataFrame({"customer_id": "C1", "side": "sale", "status": ["valid", "void"], "net_yuan": [5e4, 9e4],
    ...                      "issued_date": pd.to_datetime(["2026-01-05", "2026-01-06"])})
    >>> monthly_sales(rows)[["amount_yuan", "events_count"]].iloc[0].tolist()
    [50000.0, 1.0]
    """
    sold = invoices[(invoices["side"] == "sale") & (invoices["status"] == "valid")]
    rows = _rows(sold["customer_id"], sold["issued_date"].dt.strftime("%Y-%m"), sold["net_yuan"])
    return _filled(rows, memberships, since=since, until=until)


def _rows(who: pd.Series, month: pd.Series, yuan: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": who, "month": month, "amount_yuan": yuan.astype("float64")})


def _filled(rows: pd.DataFrame, memberships: pd.DataFrame | None, *, since: str, until: str) -> pd.DataFrame:
    """Sum by segment and month and put a zero where nothing happened."""
    columns = ["segment", "month", "amount_yuan", "events_count"]
    if rows.empty and not (since and until):
        return pd.DataFrame({"segment": [], "month": [], "amount_yuan": [], "events_count": []}, columns=columns)
    span = pd.period_range(since or rows["month"].min(), until or rows["month"].max(), freq="M").astype("str")
    if memberships is None:
        rows = rows.assign(segment=WHOLE)
    else:
        rows = rows.merge(memberships[["customer_id", "segment"]].drop_duplicates(), on="customer_id")
    summed = rows.groupby(["segment", "month"], observed=True)["amount_yuan"].agg(["sum", "size"])
    every = pd.MultiIndex.from_product([sorted(rows["segment"].unique()), span], names=["segment", "month"])
    found = summed.reindex(every, fill_value=0).reset_index()
    return found.set_axis(columns, axis="columns").astype({"amount_yuan": "float64", "events_count": "int64"})
