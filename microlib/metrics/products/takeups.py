"""How far applications get, product by product, and what they are lost to."""

from __future__ import annotations

import pandas as pd

from microlib.errors import EmptyBook
from microlib.metrics.counted_shares import with_share
from microlib.metrics.groupings import keys

GRANTED = ("approved", "partly_approved")
LOST = ("refused", "withdrawn")


def take_up(applications: pd.DataFrame, *, within: str | list[str] | None = "product_id") -> pd.DataFrame:
    r"""Follow each product's applications from asking to the money.

    .. math:: pass = \frac{granted}{granted + refused}, \qquad paid = \frac{paid\ out}{granted}, \qquad
        filled = \frac{\sum granted\ yuan}{\sum asked\ yuan\ of\ the\ granted}

    Parameters
    ----------
    applications : DataFrame[applications]
        Uses ``decision, disbursed_at, asked_yuan, granted_yuan``. Not modified.
    within : str, list of str or None
        Grouping columns; a missing value is a group of its own (``unknown``).

    Returns
    -------
    DataFrame
        Per group: ``asked_count, granted_count, cut_count`` (granted less than asked), ``refused_count,
        withdrawn_count, pending_count, paid_count``; ``asked_yuan, granted_yuan``; ``pass_share`` and ``paid_share``
        with ``_low, _high`` (Jeffreys); ``filled_share`` (fraction of what the granted had asked for)

    Raises
    ------
    EmptyBook
        If there is no application.

    Examples
    --------
    >>> asked = pd.DataFrame({"product_id": "P1", "decision": ["approved", "partly_approved", "refused", "withdrawn"],
    ...     "disbursed_at": pd.to_datetime(["2026-01-05", None, None, None]), "asked_yuan": 100.0,
    ...     "granted_yuan": [100.0, 60.0, 0.0, 0.0]})
    >>> take_up(asked)[["asked_count", "pass_share", "paid_share", "filled_share"]].round(3).iloc[0].tolist()
    [4.0, 0.667, 0.5, 0.8]
    """
    if applications.empty:
        raise EmptyBook("there is no application", where="applications", fix="load applications, refusals included")
    by = keys(within)
    state, granted = applications["decision"], applications["decision"].isin(GRANTED)
    marks = applications[by].fillna("unknown").assign(
        asked_count=1, granted_count=granted, cut_count=state == "partly_approved",
        refused_count=state == "refused", withdrawn_count=state == "withdrawn", pending_count=state == "pending",
        paid_count=granted & applications["disbursed_at"].notna(), asked_yuan=applications["asked_yuan"],
        granted_yuan=applications["granted_yuan"].fillna(0.0), wanted=applications["asked_yuan"].where(granted, 0.0),
        decided_count=granted | (state == "refused"),
    )  # fmt: skip
    found = marks.groupby(by, as_index=False, observed=True).sum() if by else marks.sum().to_frame().T
    counts = {name: "int64" for name in found.columns if name.endswith("_count")}
    found = with_share(found.astype(counts), hit="granted_count", base="decided_count", name="pass")
    found = with_share(found, hit="paid_count", base="granted_count", name="paid")
    filled = found["granted_yuan"] / found["wanted"].where(found["wanted"] > 0)
    return found.assign(filled_share=filled).drop(columns=["wanted"])


def loss_reasons(applications: pd.DataFrame, *, within: str | list[str] | None = None) -> pd.DataFrame:
    """Count what refused and withdrawn applications were lost to.

    Parameters
    ----------
    applications : DataFrame[applications]
        Uses ``decision, reason_code, asked_yuan``. Not modified.
    within : str, list of str or None
        Grouping columns.

    Returns
    -------
    DataFrame
        Per group and ``reason_code`` (``unknown`` where none is recorded), the commonest first: ``lost_count,
        lost_yuan`` (asked for), ``all_lost_count`` of the group, ``lost_share, lost_low, lost_high`` (of the lost
        ones; Jeffreys)

    Raises
    ------
    EmptyBook
        If nothing was lost.

    Notes
    -----
    One reason is written per application, the first that sufficed: others may have stood behind it. Who was talked out
    of asking is in no table.

    Examples
    --------
    >>> asked = pd.DataFrame({"decision": ["refused", "refused", "approved"], "reason_code": ["high_debt", None, None],
    ...                       "asked_yuan": [5.0, 2.0, 9.0]})
    >>> loss_reasons(asked)[["reason_code", "lost_count", "lost_yuan"]].values.tolist()
    [['high_debt', 1, 5.0], ['unknown', 1, 2.0]]
    """
    lost = applications[applications["decision"].isin(LOST)]
    if lost.empty:
        raise EmptyBook("no application was refused or withdrawn", fix="check that refusals are recorded at all")
    by = keys(within)
    rows = lost.assign(reason_code=lost["reason_code"].fillna("unknown"), **{n: lost[n].fillna("unknown") for n in by})
    found = rows.groupby([*by, "reason_code"], as_index=False, observed=True).agg(
        lost_count=("asked_yuan", "size"), lost_yuan=("asked_yuan", "sum")
    )
    totals = found.groupby(by, observed=True)["lost_count"].transform("sum") if by else found["lost_count"].sum()
    found = with_share(found.assign(all_lost_count=totals), hit="lost_count", base="all_lost_count", name="lost")
    order = [*by, "lost_count", "lost_yuan", "reason_code"]
    return found.sort_values(order, ascending=[True] * len(by) + [False, False, True], ignore_index=True)
