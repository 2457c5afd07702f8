"""What the bank's tables say about each customer, gathered into one row: the evidence that segment rules read."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.contracts.needs import measure
from microlib.contracts.segments import EVIDENCE

TYPES = {"text": "str", "number": "float64"}


@measure(optional=("loans", "venue_rosters", "core_enterprises"))
def customer_evidence(
    customers: pd.DataFrame,
    loans: pd.DataFrame,
    shares: pd.DataFrame | None = None,
    venue_rosters: pd.DataFrame | None = None,
    core_enterprises: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Gather the evidence on every customer into one row, from whatever tables there are.

    Answers "what do we know about this customer that could put it in a group?" Customers and loans suffice; each
    further table fills more columns, and what is not known stays missing.

    Parameters
    ----------
    customers : DataFrame[customers]
        One row per customer. Not modified, nor is any other frame.
    loans : DataFrame[loans]
        All loans, settled ones too; may be empty.
    shares : DataFrame, optional
        Result of `incomes.income_shares`: payers from payables, and the income on file.
    venue_rosters : DataFrame[venue_rosters], optional
        Members are matched by ``customer_id``, then ``uscc_hash``, then ``phone_hash``.
    core_enterprises : DataFrame[core_enterprises], optional
        Says what kind of payer each core is.

    Returns
    -------
    DataFrame
        One row per customer, in the order of `customers`, columns of ``contracts.segments.EVIDENCE``:

        - ``kind, industry_code, size`` from the customer file
        - ``purpose, channel``: of the latest loan
        - ``core_id, core_kind, core_income_share`` (fraction): the payer that makes up most of the income;
          ``core_basis`` is ``payables``, or ``loan_tag`` when only a loan names it
        - ``venue_id, venue_kind``: the place of business (market, park, street, village)
        - ``chamber_id``: the chamber whose roster lists the customer
        - ``income_source, income_yuan``: yearly income on file
        - ``loans_count`` (all loans), ``balance_yuan`` (outstanding)

    Notes
    -----
    A venue named in the customer file goes before one named by a loan, and that before a roster: the customer file
    is what the manager last confirmed. Chambers never count as a place of business.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer_id": ["C1"], "kind": ["sole_trader"], "industry_code": ["F5174"]})
    >>> loans = pd.DataFrame({"loan_id": ["L1"], "customer_id": ["C1"], "balance_yuan": [2e5], "venue_id": ["V1"]})
    >>> customer_evidence(customers, loans)[["venue_id", "loans_count", "balance_yuan"]].iloc[0].to_dict()
    {'venue_id': 'V1', 'loans_count': 1.0, 'balance_yuan': 200000.0}
    """
    who = customers["customer_id"]
    rosters = _members(customers, venue_rosters)
    pieces = [
        _customer_file(customers),
        _from_loans(who, loans),
        _payers(who, loans, shares, core_enterprises),
        _places(customers, loans, rosters),
        _incomes(who, shares),
    ]
    evidence = pd.concat([piece.reset_index(drop=True) for piece in pieces], axis="columns")
    evidence = evidence.reindex(columns=list(EVIDENCE))
    return evidence.astype({name: TYPES[kind] for name, kind in EVIDENCE.items()})


def _customer_file(customers: pd.DataFrame) -> pd.DataFrame:
    return customers.reindex(columns=["customer_id", "kind", "industry_code", "size"])


def _by_customer(who: pd.Series, rows: pd.DataFrame, column: str) -> pd.Series:
    """Give each customer the value of its first row, missing where it has none."""
    known = rows[rows[column].notna()] if column in rows else rows.iloc[:0].assign(**{column: None})
    first = known.drop_duplicates("customer_id").set_index("customer_id")[column]
    return who.map(first).reset_index(drop=True)


def _latest_first(loans: pd.DataFrame) -> pd.DataFrame:
    columns = [name for name in ("disbursed_date", "loan_id") if name in loans]
    return loans.sort_values(columns, ascending=False) if columns else loans


def _from_loans(who: pd.Series, loans: pd.DataFrame) -> pd.DataFrame:
    latest = _latest_first(loans)
    held = loans.groupby("customer_id", observed=True)["balance_yuan"].agg(["size", "sum"])
    return pd.DataFrame({
        "purpose": _by_customer(who, latest, "purpose"),
        "channel": _by_customer(who, latest, "channel"),
        "loans_count": who.map(held["size"]).astype("float64").fillna(0.0).reset_index(drop=True),
        "balance_yuan": who.map(held["sum"]).astype("float64").fillna(0.0).reset_index(drop=True),
    })  # fmt: skip


def _payers(who: pd.Series, loans: pd.DataFrame, shares: pd.DataFrame | None, cores: pd.DataFrame | None):
    """Name each customer's main payer: the largest in the payables, else the one its latest tagged loan names."""
    owed = _none(shares, ["customer_id", "core_id", "paid_yuan", "income_share"])
    owed = owed[owed["core_id"].notna()].sort_values(["paid_yuan", "core_id"], ascending=[False, True])
    paying = _by_customer(who, owed, "core_id").astype("str")
    tagged = _by_customer(who, _latest_first(loans), "core_id").astype("str")
    core = paying.fillna(tagged)
    basis = np.select([paying.notna(), tagged.notna()], ["payables", "loan_tag"], "")
    kinds = _none(cores, ["core_id", "kind"]).drop_duplicates("core_id").set_index("core_id")["kind"]
    return pd.DataFrame({
        "core_id": core,
        "core_kind": core.map(kinds),
        "core_basis": pd.Series(basis).replace("", np.nan),
        "core_income_share": _by_customer(who, owed.drop_duplicates("customer_id"), "income_share"),
    })  # fmt: skip


def _incomes(who: pd.Series, shares: pd.DataFrame | None) -> pd.DataFrame:
    known = _none(shares, ["customer_id", "income_source", "income_yuan"])
    return pd.DataFrame({name: _by_customer(who, known, name) for name in ("income_source", "income_yuan")})


def _places(customers: pd.DataFrame, loans: pd.DataFrame, rosters: pd.DataFrame) -> pd.DataFrame:
    who = customers["customer_id"]
    kinds = rosters.drop_duplicates("venue_id").set_index("venue_id")["kind"]
    named = customers.reindex(columns=["customer_id", "venue_id"])
    tagged = _latest_first(loans.reindex(columns=["customer_id", "venue_id", "disbursed_date", "loan_id"]))
    listed = rosters[rosters["customer_id"].notna()].sort_values("venue_id")
    candidates = pd.concat([rows[["customer_id", "venue_id"]].astype("str") for rows in (named, tagged, listed)])
    chamber = candidates["venue_id"].map(kinds).eq("chamber")
    venue = _by_customer(who, candidates[~chamber], "venue_id")
    chambers = _by_customer(who, candidates[chamber], "venue_id")
    return pd.DataFrame({"venue_id": venue, "venue_kind": venue.map(kinds), "chamber_id": chambers})


def _members(customers: pd.DataFrame, rosters: pd.DataFrame | None) -> pd.DataFrame:
    """Name the customer behind each roster row, by number, then credit code, then phone."""
    columns = ["venue_id", "kind", "customer_id", "uscc_hash", "phone_hash"]
    rows = _none(rosters, columns).reindex(columns=columns)
    found = rows["customer_id"].where(rows["customer_id"].isin(customers["customer_id"]))
    for identifier in ("uscc_hash", "phone_hash"):
        if identifier in customers:
            known = customers[customers[identifier].notna()].drop_duplicates(identifier, keep=False)
            found = found.fillna(rows[identifier].map(known.set_index(identifier)["customer_id"]))
    return rows.assign(customer_id=found)


def _none(frame: pd.DataFrame | None, columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype="str") for name in columns}) if frame is None else frame
