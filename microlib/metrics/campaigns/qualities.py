"""How the loans that a campaign brought have held up, three, six and twelve months on."""

from __future__ import annotations

import pandas as pd

from microlib.metrics.groupings import Day
from microlib.metrics.intervals import rate_interval

AGES = (3, 6, 12)


def campaign_quality(
    outcomes: pd.DataFrame, loans: pd.DataFrame, loan_months: pd.DataFrame, *, as_of: Day, cut_days: int = 30
) -> pd.DataFrame:
    """Measure how many of each campaign's loans had ever been late by more than so many days at a given age.

    Parameters
    ----------
    outcomes : DataFrame
        Of `outcomes.campaign_outcomes`. Not modified.
    loans : DataFrame[loans]
        ``loan_id, disbursed_date, issue_type``: other new loans of the same weeks stand beside the campaign's.
    loan_months : DataFrame[loan_months]
        ``loan_id, month, overdue_days``.
    as_of : date
        A loan counts at an age only once it has reached it.
    cut_days : int
        Late by more than this counts.

    Returns
    -------
    DataFrame
        Per campaign, ``group`` (``treated``, ``control``, ``others``: other new loans of the branch in the window) and
        ``age_months`` (3, 6, 12): ``loans_count``, ``observed_count``, ``waiting_count`` (too young), ``bad_count``,
        ``bad_share, bad_low, bad_high`` (fraction; missing where nothing has reached the age), ``bad_share_count``.

    Examples
    --------
    >>> people = pd.DataFrame({"campaign_id": ["M"], "arm": ["treated"], "loan_id": ["L1"],
    ...     "launch_date": pd.to_datetime(["2026-01-01"]), "closing_date": pd.to_datetime(["2026-02-28"])})
    >>> book = pd.DataFrame({"loan_id": ["L1"], "disbursed_date": pd.to_datetime(["2026-01-10"]), "issue_type": "new"})
    >>> months = pd.DataFrame({"loan_id": ["L1"], "month": ["2026-03"], "overdue_days": [40]})
    >>> campaign_quality(people, book, months, as_of="2026-06-30").bad_count.to_list()
    [1, 0, 0]
    """
    grouped = pd.concat([_members(outcomes), _others(outcomes, loans)], ignore_index=True)
    dated = grouped.merge(loans[["loan_id", "disbursed_date"]], on="loan_id")
    opened = dated["disbursed_date"].dt.year * 12 + dated["disbursed_date"].dt.month
    end = pd.Timestamp(as_of)
    dated = dated.assign(opened=opened, reached=end.year * 12 + end.month - opened)
    late = loan_months.loc[loan_months["overdue_days"] > cut_days, ["loan_id", "month"]]
    place = late["month"].str[:4].astype(int) * 12 + late["month"].str[5:].astype(int)
    first = place.groupby(late["loan_id"]).min()
    dated["late_at"] = dated["loan_id"].map(first) - dated["opened"]
    return pd.concat([_at_age(dated, age) for age in AGES], ignore_index=True).sort_values(
        ["campaign_id", "group", "age_months"], kind="stable", ignore_index=True
    )


def reached_ages(quality: pd.DataFrame) -> pd.DataFrame:
    """Return the lines whose age some loan has reached, the contacted arm and other loans only.

    Examples
    --------
    >>> rows = pd.DataFrame({"group": ["treated", "control"], "observed_count": [3, 3]})
    >>> len(reached_ages(rows))
    1
    """
    kept = quality["group"].ne("control") & (quality["observed_count"] > 0)
    return quality[kept].reset_index(drop=True)


def _members(outcomes: pd.DataFrame) -> pd.DataFrame:
    taken = outcomes[outcomes["loan_id"].notna()]
    return taken[["campaign_id", "loan_id"]].assign(group=taken["arm"])


def _others(outcomes: pd.DataFrame, loans: pd.DataFrame) -> pd.DataFrame:
    heads = outcomes.drop_duplicates("campaign_id")[["campaign_id", "launch_date", "closing_date"]]
    new = loans[loans["issue_type"].eq("new")]
    parts = [
        new.loc[new["disbursed_date"].between(head.launch_date, head.closing_date), ["loan_id"]].assign(
            campaign_id=head.campaign_id, group="others"
        )
        for head in heads.itertuples()
    ]
    rows = pd.concat(parts, ignore_index=True)
    own = outcomes.loc[outcomes["loan_id"].notna(), ["campaign_id", "loan_id"]].assign(own=True)
    return rows.merge(own, on=["campaign_id", "loan_id"], how="left").query("own.isna()")[list(rows.columns)]


def _at_age(dated: pd.DataFrame, age: int) -> pd.DataFrame:
    seen = dated["reached"] >= age
    marks = dated[["campaign_id", "group"]].assign(
        loans_count=1, observed_count=seen, bad_count=seen & (dated["late_at"] <= age)
    )
    found = marks.groupby(["campaign_id", "group"]).sum().astype(int).reset_index()
    rate = rate_interval(found["bad_count"], found["observed_count"].clip(lower=1)).where(found["observed_count"] > 0)
    return found.assign(
        age_months=age, waiting_count=found["loans_count"] - found["observed_count"], bad_share=rate["rate"],
        bad_low=rate["low"], bad_high=rate["high"], bad_share_count=found["observed_count"].astype(float),
    )  # fmt: skip
