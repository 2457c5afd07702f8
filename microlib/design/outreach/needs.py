"""What a group asks for and what keeps it out: amounts, evidence, reasons of refusal, visits by week."""

from __future__ import annotations

from datetime import date

import pandas as pd

from microlib.errors import EmptyBook
from microlib.metrics.intervals import rate_interval


def need_profile(applications: pd.DataFrame, *, as_of: date, months: int = 12, within: str = "purpose") -> pd.DataFrame:
    """Spread what was asked for over the last months, part by part, the commonest first.

    Parameters
    ----------
    applications : DataFrame[applications]
        Uses ``submitted_at, asked_yuan`` and `within`. Not modified.
    as_of : date
    months : int
    within : str
        Column that splits the applications.

    Returns
    -------
    DataFrame
        `within`, ``applications_count``, ``asked_share`` with ``asked_low, asked_high`` and ``asked_share_count``,
        ``p20_yuan, p50_yuan, p80_yuan`` of the amount asked.

    Raises
    ------
    EmptyBook
        If nobody applied in those months.
    """
    since = pd.Timestamp(as_of) - pd.DateOffset(months=months)
    until = pd.Timestamp(as_of) + pd.DateOffset(days=1)
    within_time = (applications["submitted_at"] > since) & (applications["submitted_at"] < until)
    rows = applications[within_time & applications["asked_yuan"].notna()]
    if rows.empty:
        raise EmptyBook("nobody applied in these months", where="applications", fix="load more applications")
    asked = rows.groupby(within, observed=True)["asked_yuan"]
    frame = asked.agg(applications_count="size").join(asked.quantile([0.2, 0.5, 0.8]).unstack())
    frame = frame.rename(columns={0.2: "p20_yuan", 0.5: "p50_yuan", 0.8: "p80_yuan"})
    return _shared(frame, "applications_count", "asked").reset_index()


def refusal_reasons(applications: pd.DataFrame, *, customers: pd.Series | None = None) -> pd.DataFrame:
    """Rank why applications led to nothing, with the range of each share.

    Parameters
    ----------
    applications : DataFrame[applications]
        Uses ``customer_id, reason_code``. Not modified.
    customers : Series, optional
        Only theirs.

    Returns
    -------
    DataFrame
        ``reason_code, refused_count, refused_share, refused_low, refused_high, refused_share_count``.

    Raises
    ------
    EmptyBook
        If nothing was refused.
    """
    rows = applications[applications["reason_code"].notna()]
    if customers is not None:
        rows = rows[rows["customer_id"].isin(customers)]
    if rows.empty:
        raise EmptyBook("nothing was refused", where="applications", fix="load more applications")
    counts = rows.groupby("reason_code", observed=True).size().rename("refused_count").to_frame()
    return _shared(counts, "refused_count", "refused").reset_index()


def market_evidence(roster: pd.DataFrame, flow_months: pd.DataFrame, invoices: pd.DataFrame, *, as_of: date,
                    least_months: int = 12) -> pd.DataFrame:  # fmt: skip
    """Count of whose trade in a market we have evidence: account flows, invoices, both, none.

    Parameters
    ----------
    roster : DataFrame
        Rows of one venue; ``customer_id`` is missing for strangers. Not modified.
    flow_months, invoices : DataFrame
        Of the branch; ``month`` and ``invoice_date`` say when.
    as_of : date
    least_months : int
        Months with evidence in the last year that count as having it.

    Returns
    -------
    DataFrame
        ``proof`` (``flows, invoices, either``), ``known_count, members_count, known_share`` with its range.
    """
    members = roster["customer_id"].dropna().drop_duplicates()
    since = pd.Timestamp(as_of) - pd.DateOffset(months=12)
    flows = flow_months[flow_months["month"] > f"{since:%Y-%m}"].groupby("customer_id")["month"].nunique()
    dated = invoices[invoices["issued_date"] > since]
    billed = dated["issued_date"].dt.to_period("M").groupby(dated["customer_id"]).nunique()
    known = {name: members.isin(months.index[months >= least_months]) for name, months in
             (("flows", flows), ("invoices", billed))}  # fmt: skip
    known["either"] = known["flows"] | known["invoices"]
    counts = pd.Series({name: int(flag.sum()) for name, flag in known.items()}, name="known_count")
    frame = counts.rename_axis("proof").reset_index().assign(members_count=len(members))
    bounds = rate_interval(frame["known_count"], frame["members_count"])
    return frame.assign(known_share=bounds["rate"], known_low=bounds["low"], known_high=bounds["high"],
                        known_share_count=frame["members_count"])  # fmt: skip


def weekly_visits(touches: pd.DataFrame, leads: pd.DataFrame, *, campaign_id: str) -> pd.DataFrame:
    """Count a campaign's contacts and those that met an application, week by week: a run chart, no test.

    Returns
    -------
    DataFrame
        ``week_number`` (from the first contact), ``visits_count, applied_count``.

    Raises
    ------
    EmptyBook
        If the campaign has no contacts on record.
    """
    own = leads.loc[leads["campaign_id"] == campaign_id, "lead_id"]
    rows = touches[touches["lead_id"].isin(own)]
    if rows.empty:
        raise EmptyBook("the campaign has no contacts on record", where="touches", fix="enter visits on the day")
    week = (rows["touched_at"].dt.normalize() - rows["touched_at"].min().normalize()).dt.days // 7 + 1
    applied = (rows["touch_result"] == "applied").groupby(week).sum()
    counted = pd.DataFrame({"visits_count": rows.groupby(week).size(), "applied_count": applied})
    weeks = pd.RangeIndex(1, int(week.max()) + 1, name="week_number")
    return counted.reindex(weeks, fill_value=0).astype(int).reset_index()


def _shared(frame: pd.DataFrame, count: str, name: str) -> pd.DataFrame:
    """Add each part's share of all with its range; the largest first."""
    total = frame[count].sum()
    bounds = rate_interval(frame[count], pd.Series(total, index=frame.index))
    added = {f"{name}_share": bounds["rate"], f"{name}_low": bounds["low"], f"{name}_high": bounds["high"],
             f"{name}_share_count": total}  # fmt: skip
    return frame.assign(**added).sort_values(count, ascending=False, kind="stable")
