"""Own funds of a project (自有资金, 首付): proven, not borrowed, and paid before the bank's money."""

from __future__ import annotations

import pandas as pd

from microlib.errors import BadData


def own_funds_test(projects: pd.DataFrame, *, own_share: float) -> pd.DataFrame:
    r"""Test whether the owner's own part (自有资金) of a project is proven, own, and paid first.

    Answers "is there skin in the game, or is the own part another lender's?"

    .. math:: required = s B, \qquad own = proven - borrowed, \qquad shortfall = \max(0, required - own)

    with s the share asked and B the verified budget.

    Parameters
    ----------
    projects : DataFrame
        ``budget_yuan`` (verified, > 0), ``proven_yuan`` (own part shown by statements), ``borrowed_yuan`` (what of it
        came from private or other lenders), ``paid_yuan`` (already paid for the project out of it). Not modified.
    own_share : float
        Asked by policy (fraction, 0 .. 1).

    Returns
    -------
    DataFrame
        Index of `projects`: ``required_yuan``, ``own_yuan`` (proven less borrowed, >= 0), ``own_share`` (of the
        budget), ``shortfall_yuan`` (>= 0), ``unpaid_yuan`` (required and not yet paid, >= 0), ``is_met`` (no
        shortfall), ``is_paid_first`` (met, and paid up to the requirement).

    Raises
    ------
    BadData
        If a budget is not above zero, an amount is missing or negative, more is borrowed than was proven, or the
        share is outside 0 .. 1.

    Examples
    --------
    >>> hotel = pd.DataFrame({"budget_yuan": [120.0], "proven_yuan": [40.0], "borrowed_yuan": [15.0],
    ...                       "paid_yuan": [40.0]})
    >>> own_funds_test(hotel, own_share=0.30)[["required_yuan", "own_yuan", "shortfall_yuan", "is_met"]].values.tolist()
    [[36.0, 25.0, 11.0, False]]
    """
    names = ["budget_yuan", "proven_yuan", "borrowed_yuan", "paid_yuan"]
    numbers = projects[names].astype("float64")
    if not (numbers >= 0).all(axis=None) or not (numbers["budget_yuan"] > 0).all() or not 0 <= own_share <= 1:
        raise BadData("an amount is missing or negative, a budget is zero, or the share is no fraction",
                      where="projects", fix="give yuan, and 30 % as 0.30")  # fmt: skip
    if (numbers["borrowed_yuan"] > numbers["proven_yuan"]).any():
        raise BadData("more of the own part is borrowed than was proven", where="projects", fix="check both amounts")
    required, own = own_share * numbers["budget_yuan"], numbers["proven_yuan"] - numbers["borrowed_yuan"]
    short, unpaid = (required - own).clip(lower=0.0), (required - numbers["paid_yuan"]).clip(lower=0.0)
    return pd.DataFrame({
        "required_yuan": required, "own_yuan": own, "own_share": own / numbers["budget_yuan"],
        "shortfall_yuan": short, "unpaid_yuan": unpaid,
        "is_met": short <= 0.005, "is_paid_first": (short <= 0.005) & (unpaid <= 0.005),
    })  # fmt: skip
