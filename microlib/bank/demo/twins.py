"""Payables that stand twice in a core's list, and pairs that only look alike."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.bank.demo.worlds import AS_OF, World, numbered

#: core -> pairs of each kind; only suppliers whose income nobody knows, so that no share of income moves
PAIRS = {"H02": 2, "R01": 1}
DAYS_APART = 7


def with_twins(world: World, payables: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    """Append copies of unpaid payables under a new number, and honest deliveries of the same amount a week later."""
    people = world.notes["people"]
    silent = set(people.customer_id[people.dependence_band == "unknown"])
    unpaid = payables["paid_date"].isna() & payables["customer_id"].isin(silent)
    early = payables["delivered_date"] + pd.Timedelta(days=DAYS_APART) <= pd.Timestamp(AS_OF)
    copies, alike = [], []
    for core, count in PAIRS.items():
        rows = payables[unpaid & early & (payables["core_id"] == core)]
        rows = rows.iloc[dice.permutation(len(rows))].drop_duplicates("customer_id")
        copies.append(rows.iloc[:count])
        alike.append(rows.iloc[count : 2 * count])
    twins, innocents = pd.concat(copies), pd.concat(alike)
    added = pd.concat([twins, _a_week_later(innocents)])
    first = int(payables["payable_id"].str[1:].astype(int).max()) + 1
    added["payable_id"] = numbered("Y", range(first, first + len(added)), 6)
    said = added["payable_id"].to_list()
    world.truth["duplicate_payables"] = {
        "pairs": [list(pair) for pair in zip(twins["payable_id"], said[: len(twins)], strict=True)],
        "look_alike_pairs": [list(pair) for pair in zip(innocents["payable_id"], said[len(twins) :], strict=True)],
    }
    return pd.concat([payables, added], ignore_index=True)


def _a_week_later(rows: pd.DataFrame) -> pd.DataFrame:
    """Return deliveries of the same amount, on a date and an invoice of their own."""
    week = pd.Timedelta(days=DAYS_APART)
    number = rows["invoice_number"].astype(int) + 1
    return rows.assign(
        delivered_date=rows["delivered_date"] + week, due_date=rows["due_date"] + week,
        invoice_number=number.astype(str).str.zfill(8),
    )  # fmt: skip
