"""New loans a month beside the plan of the month: the path on which progress is read."""

from __future__ import annotations

from datetime import date

import pandas as pd

from microlib.errors import EmptyBook
from microlib.metrics.monthly_amounts import monthly_lending


def loans_path(targets: pd.DataFrame, loans: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Lay the year's planned and actual numbers of new loans side by side.

    Parameters
    ----------
    targets : DataFrame[targets]
        ``target_scope, target_month, metric, target_number``: the branch's ``loans_count``. Not modified.
    loans : DataFrame[loans]
        See `monthly_amounts.monthly_lending`.
    as_of : date
        The calendar year of this day; months after its own are to come.

    Returns
    -------
    DataFrame
        ``month, planned_count, actual_count`` (missing for months to come), as `progresses.plan_progress` wants it.

    Raises
    ------
    EmptyBook
        If the year has no plan.
    """
    own = targets[(targets["target_scope"] == "branch") & (targets["metric"] == "loans_count")]
    planned = own[own["target_month"].str[:4] == f"{as_of:%Y}"].set_index("target_month")["target_number"].sort_index()
    if planned.sum() <= 0:
        raise EmptyBook(
            f"no plan of loans for {as_of:%Y}", where="targets", fix="load the branch's targets of the year"
        )
    come = monthly_lending(loans, since=planned.index[0], until=f"{as_of:%Y-%m}").set_index("month")["events_count"]
    found = pd.DataFrame({"planned_count": planned, "actual_count": come.reindex(planned.index)})
    return found.rename_axis("month").reset_index()
