"""A product manager's week: what is due (本周清单), meeting sheets (会前一页纸), RACI, values about to change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

import pandas as pd

from microlib.contracts.documents import is_history, read_entries, read_toml
from microlib.contracts.policy import WorkdayPolicy
from microlib.design.checklist import read_items
from microlib.design.terms import Place, day_at, home_at, read_at
from microlib.errors import BadConfig, EmptyBook
from microlib.metrics.loans import is_live

#: what a product manager decides on, and the items of the checklist that hold each
SUBJECTS = {
    "limit": ("lines_are_sized", "evidence_suffices", "one_source_bearable"),
    "price": ("price_above_floor", "cost_is_stated"),
    "access": ("group_is_there", "somebody_qualifies", "exclusions_are_named"),
    "stop": ("no_stop_rule_fires", "stop_rules_are_measured", "failures_are_watched"),
    "claims": ("claims_are_proven", "complaints", "consent"),
    "campaign_cost": ("campaign_cost_is_set",),
}


def duty_table(home: Place, *, as_of: date | str) -> pd.DataFrame:
    """Lay out who does, answers for, is asked about and is told of every item of the approval checklist.

    Returns
    -------
    DataFrame
        One row per item: ``item, title_zh, title_en, responsible, accountable, consulted, informed`` (codes with
        blanks between), ``duty``: ``split`` (maker and signer differ) or ``one_hand`` (the same role does and signs)

    Raises
    ------
    EmptyBook
        If the policy holds no item.

    Examples
    --------
    >>> sorted(duty_table(".", as_of="2026-06-30")["duty"].unique())
    ['one_hand', 'split']
    """
    items = [item for item in read_items(home, as_of=as_of) if item.is_in_force]
    if not items:
        raise EmptyBook("the approval policy holds no item", fix="write data/policies/approval.toml")
    rows = [
        (
            item.code,
            item.terms.title.zh,
            item.terms.title.en,
            item.terms.responsible,
            item.terms.accountable,
            " ".join(item.terms.consulted),
            " ".join(item.terms.informed),
            "one_hand" if item.terms.responsible == item.terms.accountable else "split",
        )
        for item in items
    ]
    columns = ["item", "title_zh", "title_en", "responsible", "accountable", "consulted", "informed", "duty"]
    return pd.DataFrame(rows, columns=columns)


def duty_subjects(table: pd.DataFrame) -> pd.DataFrame:
    """Say of each thing that a product manager decides on whether the checklist holds it.

    Parameters
    ----------
    table : DataFrame
        Result of `duty_table`. Not modified.

    Returns
    -------
    DataFrame
        One row per ``duty_subject``: ``items_count``, ``accountable`` (roles with blanks between), ``held`` (bool):
        nobody signs for what is not held

    Examples
    --------
    >>> table = pd.DataFrame({"item": ["price_above_floor"], "accountable": ["finance_officer"]})
    >>> duty_subjects(table).query("held")["duty_subject"].tolist()
    ['price']
    """
    rows = []
    for subject, items in SUBJECTS.items():
        held = table[table["item"].isin(items)]
        rows.append((subject, len(held), " ".join(sorted(held["accountable"].dropna().unique())), bool(len(held))))
    return pd.DataFrame(rows, columns=["duty_subject", "items_count", "accountable", "held"])


def duty_counts(table: pd.DataFrame) -> pd.DataFrame:
    """Sum up the duties by the role that signs.

    Parameters
    ----------
    table : DataFrame
        Result of `duty_table`. Not modified.

    Returns
    -------
    DataFrame
        One row per ``accountable``: ``signed_count, one_hand_count``, ``unheard_count`` (items on which nobody is
        asked), the busiest first

    Examples
    --------
    >>> table = pd.DataFrame({"accountable": ["a", "a"], "duty": ["split", "one_hand"], "consulted": ["b", ""]})
    >>> duty_counts(table).values.tolist()
    [['a', 2, 1, 1]]
    """
    rows = table.assign(
        signed_count=1,
        one_hand_count=(table["duty"] == "one_hand").astype("int64"),
        unheard_count=(table["consulted"] == "").astype("int64"),
    )
    names = ["signed_count", "one_hand_count", "unheard_count"]
    found = rows.groupby("accountable", as_index=False, observed=True)[names].sum()
    return found.sort_values(["signed_count", "accountable"], ascending=[False, True], ignore_index=True)


def artefact_counts(home: Place, *, as_of: date | str, is_on: bool) -> pd.DataFrame:
    """Count what was written down for each ability of the work; empty while the policy keeps counting off.

    Parameters
    ----------
    home : Home or path
    as_of : date
    is_on : bool
        Policy's ``count_artefacts``. A count says nothing about a person, and is never put beside a name.

    Returns
    -------
    DataFrame
        ``ability`` (pricing_terms, proposing, versioning, segmenting), ``files_count``

    Examples
    --------
    >>> artefact_counts(".", as_of="2026-06-30", is_on=False).empty
    True
    """
    if not is_on:
        return pd.DataFrame({"ability": pd.Series(dtype="str"), "files_count": pd.Series(dtype="int64")})
    place = home_at(home)
    folders = {
        "pricing_terms": (place.config("products"), "[!_]*.toml"),
        "proposing": (place.config("products/proposals"), "*.toml"),
        "versioning": (place.config("products/versions"), "**/*.toml"),
        "segmenting": (place.config("segments"), "*.toml"),
    }
    return pd.DataFrame(
        [(name, len(folder.glob(pattern))) for name, (folder, pattern) in folders.items()],
        columns=["ability", "files_count"],
    )


class Reading(NamedTuple):
    """Where a figure is read: the result table, its column, and the row (column and code; the first row else)."""

    page: str
    column: str
    row: tuple[str, str] | None = None


FIGURES = {
    "balance_yuan": Reading("book_size", "balance_yuan"),
    "customers_count": Reading("book_size", "customers_count"),
    "par30_adjusted_share": Reading("four_pars", "share", ("measure", "par30_adjusted")),
    "npl_share": Reading("committee_ratios", "share", ("measure", "npl")),
    "maturing_yuan": Reading("maturing", "balance_yuan"),
    "unconfirmed_yuan": Reading("maturing", "unconfirmed_yuan"),
    "crossing_yuan": Reading("warnings", "balance_yuan", ("warning", "crossing_90")),
    "new_overdue_yuan": Reading("warnings", "balance_yuan", ("warning", "new_overdue")),
    "left_share": Reading("departures", "left_share"),
    "refused_yuan": Reading("unmet_demand", "unmet_yuan", ("way", "refused")),
    "late_served_share": Reading("unmet_demand", "way_share", ("way", "late")),
    "first_share": Reading("scorecard", "first_share"),
    "yearly_rate": Reading("scorecard", "yearly_rate"),
    "promise_days": Reading("stage_times", "promise_days", ("stage", "whole_way")),
}
#: audience -> its five figures, the page its ask rests on, its three likely questions
AUDIENCES = {
    "branch_head": (
        ("balance_yuan", "crossing_yuan", "unconfirmed_yuan", "refused_yuan", "left_share"),
        ("why_left", "what_if_nothing", "who_does_it"),
    ),
    "risk_desk": (
        ("npl_share", "par30_adjusted_share", "crossing_yuan", "new_overdue_yuan", "maturing_yuan"),
        ("is_it_noise", "which_renewals", "which_source"),
    ),
    "rm_team": (
        ("maturing_yuan", "unconfirmed_yuan", "new_overdue_yuan", "late_served_share", "promise_days"),
        ("whom_first", "what_to_ask", "how_long"),
    ),
}
#: question -> the result table on which its answer stands
ANSWERS = {
    "why_left": "departures",
    "what_if_nothing": "decisions",
    "who_does_it": "actions",
    "is_it_noise": "book_changes",
    "which_renewals": "four_pars",
    "which_source": "source_headroom",
    "whom_first": "crossing_loans",
    "what_to_ask": "maturing",
    "how_long": "stage_times",
}


def meeting_figures(results: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Read every figure that a meeting may be told off the result tables that were computed.

    Parameters
    ----------
    results : mapping
        Result table -> frame; what was not computed is left out. Not modified.

    Returns
    -------
    DataFrame
        One row per figure found: ``figure`` (a column's name, which says the unit), ``value, value_low, value_high``
        (missing without a range), ``value_count``, ``page`` (the result table), ``page_column``

    Examples
    --------
    >>> size = pd.DataFrame({"balance_yuan": [9e6], "customers_count": [12]})
    >>> meeting_figures({"book_size": size})[["figure", "value", "page"]].values.tolist()
    [['balance_yuan', 9000000.0, 'book_size'], ['customers_count', 12.0, 'book_size']]
    """
    rows = [_read(figure, reading, results) for figure, reading in FIGURES.items()]
    columns = ["figure", "value", "value_low", "value_high", "value_count", "page", "page_column"]
    return pd.DataFrame([row for row in rows if row is not None], columns=columns)


def meeting_sheet(figures: pd.DataFrame, *, audience: str) -> pd.DataFrame:
    """Keep the figures of one audience within the bank, in its order.

    Raises
    ------
    BadConfig
        If the audience is none of ``branch_head, risk_desk, rm_team``. Those outside get a leaflet, not this sheet.
    """
    wanted = _audience(audience)[0]
    rank = figures["figure"].map({name: place for place, name in enumerate(wanted)})
    return figures.assign(rank=rank).dropna(subset=["rank"]).sort_values("rank").drop(columns="rank")


def likely_questions(*, audience: str) -> pd.DataFrame:
    """List three questions that an audience is likely to ask, and the result table on which each answer stands.

    Examples
    --------
    >>> likely_questions(audience="risk_desk")["page"].tolist()
    ['book_changes', 'four_pars', 'source_headroom']
    """
    asked = _audience(audience)[1]
    return pd.DataFrame({"question": list(asked), "page": [ANSWERS[name] for name in asked]})


def _audience(audience: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if audience not in AUDIENCES:
        fix = f"use one of {', '.join(AUDIENCES)}; whoever is outside gets report.leaflet"
        raise BadConfig(f"nobody within the bank is called {audience!r}", where="meeting", fix=fix)
    return AUDIENCES[audience]


def _read(figure: str, reading: Reading, results: Mapping[str, pd.DataFrame]) -> tuple | None:
    frame = results.get(reading.page)
    if not isinstance(frame, pd.DataFrame) or reading.column not in frame:
        return None
    rows = frame if reading.row is None else frame[frame[reading.row[0]] == reading.row[1]]
    if rows.empty or pd.isna(rows.iloc[0][reading.column]):
        return None
    row, stem = rows.iloc[0], reading.column.rpartition("_")[0]
    named = {end: [f"{reading.column}_{end}", f"{stem}_{end}"] for end in ("low", "high")}
    low, high = (next((float(row[name]) for name in names if name in row), float("nan")) for names in named.values())
    counts = [f"{reading.column}_count", "base_customers_count"]
    count = next((float(row[name]) for name in counts if name in row), float("nan"))
    return figure, float(row[reading.column]), low, high, count, reading.page, reading.column


COLUMNS = ["due_date", "item", "subject", "items_count", "amount_yuan", "owner", "page"]
#: missing tables named on the list; the others are counted
MOST_NAMED = 4
ORDER = (
    "crossing_90",
    "new_overdue",
    "maturing",
    "facility_ending",
    "policy_changing",
    "cap_nearly_used",
    "campaign_reading",
    "policy_unverified",
    "data_missing",
)


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
        Results of `quality.loans_turning_bad`, `quality.warnings`, `quality.maturing`. Not modified.
    as_of : date

    Returns
    -------
    DataFrame
        As `week_list`; nothing stands for nothing due.
    """
    today = pd.Timestamp(as_of)
    rows = []
    if len(crossing):
        rows.append(
            (
                crossing["crossing_date"].min(),
                "crossing_90",
                "",
                len(crossing),
                crossing["balance_yuan"].sum(),
                "micro_manager",
                "crossing_loans",
            )
        )
    late = warnings[(warnings["warning"] == "new_overdue") & (warnings["loans_count"] > 0)]
    rows += [
        (today, "new_overdue", "", row.loans_count, row.balance_yuan, "micro_manager", "warnings")
        for row in late.itertuples()
    ]
    due = maturing[(maturing["loans_count"] > 0) & maturing["horizon_days"].notna()]
    rows += [
        (
            today + pd.Timedelta(days=int(row.horizon_days)),
            "maturing",
            "",
            row.loans_count,
            row.balance_yuan,
            "micro_manager",
            "maturing",
        )
        for row in due.itertuples()
    ]
    return _rows(rows)


def facility_items(facilities: pd.DataFrame, loans: pd.DataFrame, *, as_of: date, days: int) -> pd.DataFrame:
    """List the facilities that end while loans under them have a balance: on the first day, and within so many days.

    The nearest day stands in one row with the facilities that end on that very day, the rest in another with the last
    day ahead: a date on the list counts what is due by then and not yet told above.

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
    first, last = ending["expiry_date"].min(), today + pd.Timedelta(days=days)
    is_first = ending["expiry_date"] == first
    parts = [(first, balance[is_first]), (last, balance[~is_first])]
    return _rows(
        [
            (day, "facility_ending", "", len(owing), owing.sum(), "micro_manager", "facilities")
            for day, owing in parts
            if len(owing)
        ]
    )


def cap_items(headroom: pd.DataFrame, *, as_of: date, alert_share: float) -> pd.DataFrame:
    """List the sources whose cap is used beyond the policy's part.

    Parameters
    ----------
    headroom : DataFrame
        Result of `business_evidence.source_headroom`: ``source_id, exposure_yuan, cap_yuan``. Not modified.
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
    return _rows(
        [
            (day, "cap_nearly_used", row.source_id, 1, row.exposure_yuan, "risk_head", "source_headroom")
            for row in near.itertuples()
        ]
    )


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
    return _rows(
        [
            (row.reading_date, "campaign_reading", row.campaign_id, 1, float("nan"), "product_manager", "campaigns")
            for row in due.itertuples()
        ]
    )


def data_items(coverage: pd.DataFrame) -> pd.DataFrame:
    """List the tables that the branch does not deliver: pages wait for them.

    Parameters
    ----------
    coverage : DataFrame
        Result of `book.table_coverage`: ``table_name, level, rows_count``. Not modified.
    """
    name = "table_name" if "table_name" in coverage else "table"
    missing = coverage[(coverage["rows_count"].fillna(0) == 0) & coverage[name].notna()]
    names = missing[name]
    if missing.empty:
        return _rows([])
    listed = " ".join(names[:MOST_NAMED])
    return _rows([(pd.NaT, "data_missing", listed, len(missing), float("nan"), "data_desk", "table_coverage")])


def _rows(rows: list[tuple]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=COLUMNS)
    kinds = {"due_date": "datetime64[s]", "items_count": "float64", "amount_yuan": "float64"}
    texts = dict.fromkeys(("item", "subject", "owner", "page"), "str")
    return frame.astype({**kinds, **texts})


def policy_items(home: Place, *, as_of: date | str, days: int) -> pd.DataFrame:
    """List policy values and rules that begin within so many days, one row each, and how many are unconfirmed.

    Parameters
    ----------
    home : Home or path
    as_of : date
    days : int
        Ahead.

    Returns
    -------
    DataFrame
        Columns of `week_list`: ``policy_changing`` with the key as ``subject``; one row
        ``policy_unverified`` with the count of values in force whose source nobody has confirmed

    Examples
    --------
    >>> found = policy_items(".", as_of="2026-06-30", days=90)
    >>> found["item"].unique().tolist()
    ['policy_changing', 'policy_unverified']
    """
    folder, day = home_at(home).config("policies"), day_at(as_of)
    soon, unverified = [], 0
    for path in folder.glob("*.toml"):
        for key, value in _histories(read_toml(path)):
            entries = read_entries(value, key=key, where=str(path))
            begun = [entry for entry in entries if entry.from_date <= day]
            unverified += bool(begun) and begun[-1].status != "verified"
            ahead = [entry.from_date for entry in entries if 0 < (entry.from_date - day).days <= days]
            soon += [(pd.Timestamp(begins), key) for begins in ahead]
    rows = [
        (begins, "policy_changing", name, 1, float("nan"), "product_manager", "policy_register")
        for begins, name in sorted(soon)
    ]
    if unverified:
        rows.append((pd.NaT, "policy_unverified", "", unverified, float("nan"), "risk_head", "policy_register"))
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return frame.astype({"due_date": "datetime64[s]", "items_count": "float64", "amount_yuan": "float64"})


def _histories(written: dict, prefix: str = "") -> list[tuple[str, object]]:
    found = []
    for key, value in written.items():
        if is_history(value):
            found.append((f"{prefix}{key}", value))
        elif isinstance(value, dict):
            found += _histories(value, "" if not prefix and key in ("rules", "items", "modes") else f"{prefix}{key}.")
    return found


FILE = "workdays.toml"


def read_workdays(home: Place, *, as_of: date | str) -> WorkdayPolicy:
    """Read the cuts of the weekly list and of the shelf as they stand on a day.

    Raises
    ------
    BadConfig
        If the file is not there, breaks its model, or a value has not begun.

    Examples
    --------
    >>> read_workdays(".", as_of="2026-06-30").cap_alert_share
    0.85
    """
    path = home_at(home).config("policies") / FILE
    return read_at(path, WorkdayPolicy, as_of=day_at(as_of), home=home_at(home))


def definition_status(home: Place, *, as_of: date | str, prefix: str = "inclusive") -> pd.DataFrame:
    """List the parts of a definition with their source and whether a named person has confirmed them.

    Parameters
    ----------
    home : Home or path
    as_of : date
    prefix : str
        First word of the keys.

    Returns
    -------
    DataFrame
        One row per key: ``key``, its value in one of ``amount_yuan``, ``kind`` or ``size`` (codes with blanks between),
        ``from_date, source, status``

    Examples
    --------
    >>> definition_status(".", as_of="2026-06-30")["status"].unique().tolist()
    ['unverified']
    """
    path, day = home_at(home).config("policies") / FILE, day_at(as_of)
    rows = []
    for key, value in read_toml(path).items():
        if key.startswith(prefix) and is_history(value):
            entries = read_entries(value, key=key, where=str(path))
            last = ([entry for entry in entries if entry.from_date <= day] or entries[:1])[-1]
            rows.append(
                {
                    "key": key,
                    **_told(key, last.value),
                    "from_date": pd.Timestamp(last.from_date),
                    "source": last.source,
                    "status": last.status,
                }
            )
    return pd.DataFrame(rows, columns=["key", "amount_yuan", "kind", "size", "from_date", "source", "status"])


def _told(key: str, value: object) -> dict[str, object]:
    if isinstance(value, list):
        return {"kind" if key.endswith("kinds") else "size": " ".join(value)}
    return {"amount_yuan": float(value)}
