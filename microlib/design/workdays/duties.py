"""Who answers for what (责任边界, RACI): whether one role signs for every decision, and another than its maker."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd

from microlib.design import dated_files
from microlib.design.checklist import read_items
from microlib.errors import EmptyBook

#: what a product manager decides on, and the items of the checklist that hold each
SUBJECTS = {
    "limit": ("lines_are_sized", "evidence_suffices", "one_source_bearable"),
    "price": ("price_above_floor", "cost_is_stated"),
    "access": ("group_is_there", "somebody_qualifies", "exclusions_are_named"),
    "stop": ("no_stop_rule_fires", "stop_rules_are_measured", "failures_are_watched"),
    "claims": ("claims_are_proven", "complaints", "consent"),
    "campaign_cost": ("campaign_cost_is_set",),
}


def duty_table(home: dated_files.Place, *, as_of: date | str) -> pd.DataFrame:
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
        (item.code, item.terms.title.zh, item.terms.title.en, item.terms.responsible, item.terms.accountable,
         " ".join(item.terms.consulted), " ".join(item.terms.informed),
         "one_hand" if item.terms.responsible == item.terms.accountable else "split")
        for item in items
    ]  # fmt: skip
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
        rows.append((subject, len(held), " ".join(sorted(held["accountable"].unique())), bool(len(held))))
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
    rows = table.assign(signed_count=1, one_hand_count=(table["duty"] == "one_hand").astype("int64"),
                        unheard_count=(table["consulted"] == "").astype("int64"))  # fmt: skip
    names = ["signed_count", "one_hand_count", "unheard_count"]
    found = rows.groupby("accountable", as_index=False, observed=True)[names].sum()
    return found.sort_values(["signed_count", "accountable"], ascending=[False, True], ignore_index=True)


def artefact_counts(home: dated_files.Place, *, as_of: date | str, is_on: bool) -> pd.DataFrame:
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
    place = dated_files.home_at(home)
    folders = {
        "pricing_terms": (place.config("products"), "[!_]*.toml"),
        "proposing": (place.config("products") / "proposals", "*.toml"),
        "versioning": (place.config("products") / "versions", "**/*.toml"),
        "segmenting": (place.config("segments"), "*.toml"),
    }
    return pd.DataFrame([(name, _count(folder, pattern)) for name, (folder, pattern) in folders.items()],
                        columns=["ability", "files_count"])  # fmt: skip


def _count(folder: Path, pattern: str) -> int:
    return sum(1 for _ in folder.glob(pattern)) if folder.is_dir() else 0
