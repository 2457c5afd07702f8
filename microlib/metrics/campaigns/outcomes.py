"""What became of a campaign's members by the ledger, contacted or not; claims of a list are never taken as outcomes."""

from __future__ import annotations

import pandas as pd

from microlib.contracts.needs import measure
from microlib.errors import NeverTried
from microlib.metrics.groupings import Day

KEPT = ["campaign_id", "customer_id", "branch_id", "arm", "wave", "cluster_id", "contacted_date", "contact_basis"]


def campaign_outcomes(
    campaigns: pd.DataFrame, campaign_members: pd.DataFrame, loans: pd.DataFrame, *, as_of: Day
) -> pd.DataFrame:
    """Read from the ledger which members took a new loan between launch and close, in both arms alike.

    A manager reports the deals of those he called; nobody reports for the hold-out. So the ledger is read for both.

    Parameters
    ----------
    campaigns : DataFrame[campaigns]
        ``campaign_id, launch_date, closing_date``; of ``goal`` ``new_loan`` where it is told. Not modified.
    campaign_members : DataFrame[campaign_members]
    loans : DataFrame[loans]
        ``customer_id, loan_id, disbursed_date, amount_yuan, issue_type``: only ``new`` counts, where it is told.
    as_of : date
        Loans after it are not known.

    Returns
    -------
    DataFrame
        One row per member, in the list's order: ``campaign_id, customer_id, branch_id, arm, wave, cluster_id,
        contacted_date, contact_basis``; ``launch_date, closing_date``; ``has_borrowed, is_contacted, is_claimed,
        is_over`` (flags; the last: the window has closed), ``loan_id, outcome_date, outcome_yuan``.

    Raises
    ------
    NeverTried
        If no lending campaign has members.

    Examples
    --------
    >>> heads = pd.DataFrame({"campaign_id": ["M"], "launch_date": pd.to_datetime(["2026-01-01"]),
    ...                       "closing_date": pd.to_datetime(["2026-03-31"])})
    >>> members = pd.DataFrame({"campaign_id": "M", "customer_id": ["C1", "C2"], "arm": ["treated", "control"]})
    >>> loans = pd.DataFrame({"customer_id": ["C1", "C2"], "loan_id": ["L1", "L2"], "amount_yuan": [1.0, 1.0],
    ...                       "disbursed_date": pd.to_datetime(["2026-02-01", "2026-04-01"]), "issue_type": "new"})
    >>> campaign_outcomes(heads, members, loans, as_of="2026-06-30").has_borrowed.to_list()
    [True, False]
    """
    lending = campaigns if "goal" not in campaigns else campaigns[campaigns["goal"].eq("new_loan")]
    listed = campaign_members[campaign_members["campaign_id"].isin(lending["campaign_id"])]
    if listed.empty:
        raise NeverTried("no lending campaign has a list", fix="load the campaigns' lists")
    members = listed.reindex(columns=[*KEPT, "loan_id"]).rename(columns={"loan_id": "claimed_id"})
    members = members.merge(campaigns[["campaign_id", "launch_date", "closing_date"]], on="campaign_id", how="left")
    fresh = loans if "issue_type" not in loans else loans[loans["issue_type"].isna() | loans["issue_type"].eq("new")]
    fresh = fresh[["customer_id", "loan_id", "disbursed_date", "amount_yuan"]]
    pairs = members[["campaign_id", "customer_id", "launch_date", "closing_date"]].merge(fresh, on="customer_id")
    known = pairs["disbursed_date"] <= pd.Timestamp(as_of)
    pairs = pairs[known & pairs["disbursed_date"].between(pairs["launch_date"], pairs["closing_date"])]
    first = pairs.sort_values(["disbursed_date", "loan_id"]).drop_duplicates(["campaign_id", "customer_id"])
    first = first.rename(columns={"disbursed_date": "outcome_date", "amount_yuan": "outcome_yuan"})
    found = members.merge(
        first[["campaign_id", "customer_id", "loan_id", "outcome_date", "outcome_yuan"]],
        on=["campaign_id", "customer_id"], how="left",
    )  # fmt: skip
    contacted = pd.to_datetime(found["contacted_date"])
    return found.assign(
        has_borrowed=found["loan_id"].notna(), is_claimed=found["claimed_id"].notna(),
        is_contacted=contacted.notna() & (contacted <= found["closing_date"]),
        is_over=found["closing_date"] <= pd.Timestamp(as_of),
    ).drop(columns="claimed_id")  # fmt: skip


@measure(optional=("leads",))
def funnel_against_plan(campaigns: pd.DataFrame, outcomes: pd.DataFrame, leads: pd.DataFrame) -> pd.DataFrame:
    """Set the contacted arm's way from list to loan against the plan.

    Parameters
    ----------
    campaigns : DataFrame[campaigns]
        Its ``planned_*_count``. Not modified.
    outcomes : DataFrame
        Of `campaign_outcomes`.
    leads : DataFrame[leads]
        ``campaign_id, lead_status``; empty where nobody kept leads: the two stages between are missing then.

    Returns
    -------
    DataFrame
        Per campaign five rows ``stage`` (``members, reached, interested, applied, loans``): ``planned_count``,
        ``actual_count``, ``reached_plan_ratio``. Stages after the list are of the contacted arm, planned and actual.

    Examples
    --------
    >>> heads = pd.DataFrame({"campaign_id": ["M"], "planned_members_count": [2], "planned_loans_count": [1]})
    >>> people = pd.DataFrame({"campaign_id": "M", "arm": ["treated"] * 2, "is_contacted": True,
    ...                        "has_borrowed": [True, False]})
    >>> leads = pd.DataFrame({"campaign_id": [], "lead_status": []})
    >>> funnel_against_plan(heads, people, leads).actual_count.to_list()
    [2.0, 2.0, nan, nan, 1.0]
    """
    campaigns = campaigns[campaigns["campaign_id"].isin(outcomes["campaign_id"])]
    treated = outcomes[outcomes["arm"] == "treated"].groupby("campaign_id")
    told = leads.groupby("campaign_id")["lead_status"]
    later = ["interested", "applied", "approved", "lent"]
    actual = pd.DataFrame({
        "members": outcomes.groupby("campaign_id").size(),
        "reached": treated["is_contacted"].sum(),
        "interested": told.agg(lambda status: status.isin(later).sum()) if len(leads) else float("nan"),
        "applied": told.agg(lambda status: status.isin(later[1:]).sum()) if len(leads) else float("nan"),
        "loans": treated["has_borrowed"].sum(),
    }).reindex(campaigns["campaign_id"].unique())  # fmt: skip
    rows = actual.rename_axis("campaign_id").reset_index()
    rows = rows.melt("campaign_id", var_name="stage", value_name="actual_count")
    plan = campaigns.set_index("campaign_id").reindex(columns=[f"planned_{name}_count" for name in actual])
    plan.columns = list(actual)
    wanted = plan.reset_index().melt("campaign_id", var_name="stage", value_name="planned_count")
    found = wanted.merge(rows, on=["campaign_id", "stage"])
    found = found.assign(order=found["stage"].map({name: place for place, name in enumerate(actual)}))
    found = found.sort_values(["campaign_id", "order"], kind="stable").drop(columns="order")
    counts = found[["planned_count", "actual_count"]].astype(float)
    return found.assign(**counts, reached_plan_ratio=counts["actual_count"] / counts["planned_count"]).reset_index(
        drop=True
    )


def list_quality(outcomes: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """Count what is wrong with a campaign's list: contacts without a basis, repeats, hold-outs that were called.

    Parameters
    ----------
    outcomes : DataFrame
        Of `campaign_outcomes`. Not modified.
    customers : DataFrame[customers]
        ``customer_id, consents_marketing``.

    Returns
    -------
    DataFrame
        One row per campaign: ``members_count``, ``consented_count, consented_share``, ``no_basis_count`` (contacted
        though neither consent nor another basis is on file), ``not_reached_count`` (contacted arm),
        ``called_control_count`` (hold-out contacted before the close), ``claimed_count``, ``unclaimed_count``
        (borrowed in the contacted arm, nobody claimed it), ``unfounded_count`` (claimed, no new loan in the window),
        ``known_elsewhere_count`` (member of more than one campaign whose windows overlap).

    Examples
    --------
    >>> people = pd.DataFrame({"campaign_id": "M", "customer_id": ["C1", "C2"], "arm": ["treated", "control"],
    ...     "contact_basis": ["none", "consent"], "is_contacted": [True, True], "is_claimed": [False, False],
    ...     "has_borrowed": [True, False], "launch_date": pd.Timestamp("2026-01-01"),
    ...     "closing_date": pd.Timestamp("2026-02-01")})
    >>> consents = pd.DataFrame({"customer_id": ["C1", "C2"], "consents_marketing": [None, True]})
    >>> list_quality(people, consents)[["no_basis_count", "called_control_count"]].iloc[0].to_list()
    [1, 1]
    """
    consent = customers.set_index("customer_id")["consents_marketing"].astype("boolean")
    treated, called = outcomes["arm"].eq("treated"), outcomes["is_contacted"]
    based = outcomes["contact_basis"].notna() & outcomes["contact_basis"].ne("none")
    marks = pd.DataFrame({
        "campaign_id": outcomes["campaign_id"],
        "members_count": 1,
        "consented_count": outcomes["customer_id"].map(consent).fillna(False).astype(bool),
        "no_basis_count": called & ~based,
        "not_reached_count": treated & ~called,
        "called_control_count": ~treated & called,
        "claimed_count": outcomes["is_claimed"],
        "unclaimed_count": treated & outcomes["has_borrowed"] & ~outcomes["is_claimed"],
        "unfounded_count": outcomes["is_claimed"] & ~outcomes["has_borrowed"],
        "known_elsewhere_count": _overlapping(outcomes),
    })  # fmt: skip
    found = marks.groupby("campaign_id", sort=False).sum().astype(int)
    return found.assign(consented_share=found["consented_count"] / found["members_count"]).reset_index()


def _overlapping(outcomes: pd.DataFrame) -> pd.Series:
    """Whether a member stands on another campaign's list whose window overlaps."""
    keys = outcomes[["customer_id", "campaign_id", "launch_date", "closing_date"]].reset_index()
    pairs = keys.merge(keys, on="customer_id", suffixes=("", "_other"))
    other = pairs["campaign_id"] != pairs["campaign_id_other"]
    meets = (pairs["launch_date"] <= pairs["closing_date_other"]) & (
        pairs["launch_date_other"] <= pairs["closing_date"]
    )
    return pd.Series(outcomes.index.isin(pairs.loc[other & meets, "index"]), index=outcomes.index)
