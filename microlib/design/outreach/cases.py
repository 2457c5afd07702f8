"""A case of selling, read from its file, with its run sheet as a table."""

from __future__ import annotations

import pandas as pd

from microlib.contracts.documents import read_document
from microlib.contracts.outreach_cases import OutreachCase
from microlib.errors import EmptyBook
from microlib.homes import Home


def read_outreach(home: Home, *, case: str) -> OutreachCase:
    """Read a case from ``data/cases/<case>.toml``.

    Raises
    ------
    BadConfig
        If there is no such file, or it breaks the contract.

    Examples
    --------
    >>> from pathlib import Path
    >>> read_outreach(Home(Path(".")), case="group_purchase").campaign_id
    'M2503_0755'
    """
    return read_document(home.config("cases") / f"{case}.toml", OutreachCase)


def run_sheet(case: OutreachCase) -> pd.DataFrame:
    """Lay out who does what when, in the order of days; day 1 is the launch.

    Returns
    -------
    DataFrame
        ``task, doer, first_day, last_day``.
    """
    rows = [(task.code, task.role, task.first_day, task.last_day) for task in case.tasks]
    sheet = pd.DataFrame(rows, columns=["task", "doer", "first_day", "last_day"])
    return sheet.sort_values(["first_day", "last_day"], kind="stable", ignore_index=True)


def form_costs(case: OutreachCase) -> pd.DataFrame:
    """Set the forms a campaign may take side by side: cost, reach, yuan for each person reached.

    Returns
    -------
    DataFrame
        ``form, cost_yuan, reached_count, cost_each`` (yuan), cheapest reach first.
    """
    rows = [(form.code, form.cost_yuan, form.reached_count, form.cost_yuan / form.reached_count) for form in case.forms]
    frame = pd.DataFrame(rows, columns=["form", "cost_yuan", "reached_count", "cost_each"])
    return frame.sort_values("cost_each", kind="stable", ignore_index=True)


def case_view(result: pd.DataFrame, *, campaign_id: str = "", **names: str) -> pd.DataFrame:
    """Keep one campaign's rows of a result and give columns the names that the cases know them by.

    Raises
    ------
    EmptyBook
        If the campaign has no row.

    Examples
    --------
    >>> case_view(pd.DataFrame({"campaign_id": ["A", "B"], "stage": ["x", "y"]}), campaign_id="B", stage="funnel_stage")
      campaign_id funnel_stage
    0           B            y
    """
    kept = result[result["campaign_id"] == campaign_id].reset_index(drop=True) if campaign_id else result
    if campaign_id and kept.empty:
        what = f"the branch has no campaign {campaign_id}, or nothing of it can be read"
        raise EmptyBook(what, where="campaigns", fix="name one of the branch's campaigns in the case's file")
    return kept.rename(columns=names)
