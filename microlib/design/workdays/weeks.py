"""The weekly list (本周清单): what is due, who does it, by when, and on which page it was reckoned."""

from __future__ import annotations

from datetime import date

import pandas as pd

from microlib.metrics.loan_states import is_live

COLUMNS = ["due_date", "item", "subject", "items_count", "amount_yuan", "owner", "page"]
#: missing tables named on the list; the others are counted
MOST_NAMED = 4
ORDER = ("crossing_90", "new_overdue", "maturing", "facility_ending", "policy_changing", "cap_nearly_used",
         "campaign_reading", "policy_unverified", "data_missing")  # fmt: skip


def week_list(*parts: pd.DataFrame) -> pd.DataFrame:
    """Put the parts of the week on one list, the earliest due first.

    Parameters
    ----------
    *parts : DataFrame
        Results of the functions of this module. Not modified.

    Returns
    -------
    DataFrame
        ``due_date`` (missing: no day of its own), ``item`` (code), ``subject`` (code or key; empty: the branch),
        ``items_count, amount_yuan`` (missing where none), ``owner, page`` (the result table it was read from)

    Examples
    --------
    >>> week_list().columns.tolist() == COLUMNS
    True
    """
    kept = [part for part in parts if len(part)]
    if not kept:
        return _rows([])
    whole = pd.concat(kept, ignore_index=True)
    rank = whole["item"].map({name: place for place, name in enumerate(ORDER)})
    ordered = whole.assign(rank=rank).sort_values(
        ["due_date", "rank", "amount_yuan", "subject"], ascending=[True, True, False, True], na_position="last"
    )
    return ordered[COLUMNS].reset_index(drop=True)


def loan_items(crossing: pd.DataFrame, warnings: pd.DataFrame, maturing: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """List what the ledger asks for: loans about to turn bad, new arrears, and what matures in each window.

    Parameters
    ----------
    crossing, warnings, maturing : DataFrame
        Results of `maturities.crossing_loans`, `maturities.warnings`, `maturities.maturing`. Not modified.
    as_of : date

    Returns
    -------
    DataFrame
        As `week_list`; nothing stands for nothing due.
    """
    today = pd.Timestamp(as_of)
    rows = []
    if len(crossing):
        rows.append((crossing["crossing_date"].min(), "crossing_90", "", len(crossing), crossing["balance_yuan"].sum(),
                     "micro_manager", "crossing_loans"))  # fmt: skip
    late = warnings[(warnings["warning"] == "new_overdue") & (warnings["loans_count"] > 0)]
    rows += [(today, "new_overdue", "", row.loans_count, row.balance_yuan, "micro_manager", "warnings")
             for row in late.itertuples()]  # fmt: skip
    due = maturing[maturing["loans_count"] > 0]
    rows += [(today + pd.Timedelta(days=int(row.horizon_days)), "maturing", "", row.loans_count, row.balance_yuan,
              "micro_manager", "maturing") for row in due.itertuples()]  # fmt: skip
    return _rows(rows)


def facility_items(facilities: pd.DataFrame, loans: pd.DataFrame, *, as_of: date, days: int) -> pd.DataFrame:
    """List the facilities that end within so many days while loans under them still have a balance.

    Parameters
    ----------
    facilities : DataFrame[facilities]
        Not modified.
    loans : DataFrame[loans]
        Not modified.
    as_of : date
    days : int

    Examples
    --------
    >>> lines = pd.DataFrame({"facility_id": ["F"], "status": "active", "expiry_date": pd.to_datetime(["2026-07-10"])})
    >>> loans = pd.DataFrame({"facility_id": ["F"], "balance_yuan": [5.0], "status": ["normal"]})
    >>> facility_items(lines, loans, as_of=date(2026, 6, 30), days=90)["amount_yuan"].tolist()
    [5.0]
    """
    today = pd.Timestamp(as_of)
    owed = loans[is_live(loans)].groupby("facility_id", observed=True)["balance_yuan"].sum()
    left = (facilities["expiry_date"] - today).dt.days
    ending = facilities[left.between(1, days) & facilities["status"].fillna("active").isin(["active", "frozen"])]
    balance = ending["facility_id"].map(owed).fillna(0.0)
    ending, balance = ending[balance > 0], balance[balance > 0]
    if ending.empty:
        return _rows([])
    first = ending["expiry_date"].min()
    return _rows(
        [(first, "facility_ending", "", len(ending), balance.sum(), "micro_manager", "facilities")]
    )  # fmt: skip


def cap_items(headroom: pd.DataFrame, *, as_of: date, alert_share: float) -> pd.DataFrame:
    """List the sources whose cap is used beyond the policy's part.

    Parameters
    ----------
    headroom : DataFrame
        Result of `sources.source_headroom`: ``source_id, exposure_yuan, cap_yuan``. Not modified.
    as_of : date
    alert_share : float
        Policy, 0.85.

    Examples
    --------
    >>> caps = pd.DataFrame({"source_id": ["a", "b"], "exposure_yuan": [90.0, 80.0], "cap_yuan": 100.0})
    >>> cap_items(caps, as_of=date(2026, 6, 30), alert_share=0.85)["subject"].tolist()
    ['a']
    """
    used = headroom["exposure_yuan"] / headroom["cap_yuan"].where(headroom["cap_yuan"] > 0)
    near = headroom[used >= alert_share].drop_duplicates("source_id")
    day = pd.Timestamp(as_of)
    return _rows([(day, "cap_nearly_used", row.source_id, 1, row.exposure_yuan, "risk_head", "source_headroom")
                  for row in near.itertuples()])  # fmt: skip


def campaign_items(campaigns: pd.DataFrame, *, as_of: date, days: int) -> pd.DataFrame:
    """List the campaigns whose day of reading has come, or comes within so many days.

    Parameters
    ----------
    campaigns : DataFrame[campaigns]
        Uses ``campaign_id, reading_date, closing_date``. Not modified.
    as_of : date
    days : int
        Ahead; readings more than a year ago are taken as done.

    Examples
    --------
    >>> ran = pd.DataFrame({"campaign_id": ["M1"], "reading_date": pd.to_datetime(["2026-07-15"])})
    >>> campaign_items(ran, as_of=date(2026, 6, 30), days=90)["subject"].tolist()
    ['M1']
    """
    left = (campaigns["reading_date"] - pd.Timestamp(as_of)).dt.days
    due = campaigns[left.between(0, days)]
    return _rows([(row.reading_date, "campaign_reading", row.campaign_id, 1, float("nan"), "product_manager",
                   "campaigns") for row in due.itertuples()])  # fmt: skip


def data_items(coverage: pd.DataFrame) -> pd.DataFrame:
    """List the tables that the branch does not deliver: pages wait for them.

    Parameters
    ----------
    coverage : DataFrame
        Result of `reconciliations.table_coverage`: ``table_name, level, rows_count``. Not modified.
    """
    missing = coverage[coverage["rows_count"].fillna(0) == 0]
    names = missing["table_name"] if "table_name" in missing else missing["table"]
    if missing.empty:
        return _rows([])
    listed = " ".join(names[:MOST_NAMED])
    return _rows([(pd.NaT, "data_missing", listed, len(missing), float("nan"), "data_desk", "table_coverage")])


def _rows(rows: list[tuple]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=COLUMNS)
    kinds = {"due_date": "datetime64[s]", "items_count": "float64", "amount_yuan": "float64"}
    texts = dict.fromkeys(("item", "subject", "owner", "page"), "str")
    return frame.astype({**kinds, **texts})
