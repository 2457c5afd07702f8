"""Whether a chamber of commerce is a fit partner, by facts: who its members are, who stands for whom, how they pay."""

from __future__ import annotations

import pandas as pd

from microlib.contracts.outreach_cases import ChamberRules
from microlib.errors import EmptyBook


def chamber_facts(
    roster: pd.DataFrame, loans: pd.DataFrame, guarantees: pd.DataFrame, *, rules: ChamberRules
) -> pd.DataFrame:
    """Hold a chamber against its checklist, one row per point.

    Answers "sign or not, and on what condition?"

    Parameters
    ----------
    roster : DataFrame[venue_rosters]
        Rows of one chamber. Not modified.
    loans, guarantees : DataFrame
        Of the branch.
    rules : ChamberRules

    Returns
    -------
    DataFrame
        ``chamber_point``, ``found_share`` or ``found_count`` (what is found), ``asked_share`` or ``asked_count``,
        ``state`` (``holds``, ``fails``, ``unknown``): ``industry`` (largest trade among members), ``mutual`` (members
        with a loan who stand for another member), ``overdue`` (our balance with members late by more than 30 days),
        ``strangers`` (members whom we do not know), ``fee``, ``interest``.

    Raises
    ------
    EmptyBook
        If the chamber has no members on the roster.
    """
    if roster.empty:
        raise EmptyBook(
            "the chamber has no members on the roster", where="venue_rosters", fix="load its list of members"
        )
    members = roster["customer_id"].dropna()
    live = loans[loans["customer_id"].isin(members) & (loans["balance_yuan"] > 0)]
    rows = [
        ("industry", _largest(roster["industry_code"]), rules.most_industry_share, True),
        ("mutual", _mutual(live, guarantees), rules.most_mutual_share, True),
        ("overdue", _overdue(live), rules.most_overdue_share, True),
        ("strangers", float(roster["customer_id"].isna().sum()), float(rules.least_strangers_count), False),
        ("fee", rules.secretary_fee_share, 0.0, True),
        ("interest", float(rules.has_secretary_interest), 0.0, True),
    ]
    frame = pd.DataFrame(rows, columns=["chamber_point", "found", "asked", "is_most"])
    counted = frame["chamber_point"] == "strangers"
    return pd.DataFrame({
        "chamber_point": frame["chamber_point"],
        "found_share": frame["found"].mask(counted), "asked_share": frame["asked"].mask(counted),
        "found_count": frame["found"].where(counted), "asked_count": frame["asked"].where(counted),
        "state": [_state(*row) for row in frame[["found", "asked", "is_most"]].itertuples(index=False)],
    })  # fmt: skip


def _largest(trades: pd.Series) -> float:
    known = trades.dropna().astype("str").str[:3]
    return float(known.value_counts(normalize=True).iloc[0]) if len(known) else float("nan")


def _mutual(live: pd.DataFrame, guarantees: pd.DataFrame) -> float:
    """Return the part of members with a loan for whom another member with a loan stands."""
    if live.empty:
        return float("nan")
    borrowers = live["customer_id"].drop_duplicates()
    owners = live.set_index("loan_id")["customer_id"]
    given = guarantees[guarantees["loan_id"].isin(owners.index) & guarantees["guarantor_id"].isin(borrowers)]
    behind = given["loan_id"].map(owners)
    return float(behind[behind != given["guarantor_id"]].nunique() / len(borrowers))


def _overdue(live: pd.DataFrame) -> float:
    total = live["balance_yuan"].sum()
    return float(live.loc[live["overdue_days"] > 30, "balance_yuan"].sum() / total) if total > 0 else float("nan")


def _state(found: float, asked: float, is_most: bool) -> str:
    if pd.isna(found):
        return "unknown"
    return "holds" if (found <= asked if is_most else found >= asked) else "fails"
