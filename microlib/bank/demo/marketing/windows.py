"""Who could be on a campaign's list at its launch, and who then borrowed within its window, by his own life."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.bank.demo.worlds import World


def candidates(world: World, *, branch: str, launch: object, closing: object) -> pd.DataFrame:
    """Return the customers of a branch without a loan at launch, and the first new loan of each in the window.

    Columns: ``customer_id``, ``rm_id``, ``venue_id``, ``consents``, ``stratum`` (how often he borrowed in
    the year before), ``loan_id``, ``outcome_date``, ``outcome_yuan``, ``converts``.
    """
    people, start, end = world.frames["customers"], pd.Timestamp(launch), pd.Timestamp(closing)
    own = people[people.branch_id == branch].reset_index(drop=True)
    loans = world.frames["loans"]
    loans = loans[loans.branch_id == branch]
    open_then = (loans.disbursed_date < start) & ~(loans.closed_date < start)
    own = own[~own.customer_id.isin(loans.customer_id[open_then])]
    before = loans.disbursed_date.between(start - pd.Timedelta(days=365), start, inclusive="left")
    history = loans[before].groupby("customer_id").size()
    first = _first_new(loans, start, end)
    frame = own[["customer_id", "rm_id", "venue_id"]].assign(
        consents=own.consents_marketing.fillna(False).astype(bool),
        stratum=own.customer_id.map(history).fillna(0).clip(upper=2).astype(int),
    )
    found = frame.merge(first, on="customer_id", how="left")
    return found.assign(converts=found.loan_id.notna())


def _first_new(loans: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
    new = loans[loans.issue_type.eq("new") & loans.disbursed_date.between(start, end)]
    first = new.sort_values(["disbursed_date", "loan_id"]).drop_duplicates("customer_id")
    return first.rename(columns={"disbursed_date": "outcome_date", "amount_yuan": "outcome_yuan"})[
        ["customer_id", "loan_id", "outcome_date", "outcome_yuan"]
    ]


def room(pool: pd.DataFrame, *, size: int, share: float) -> int:
    """Return how many members a pool can give when a share of them is to borrow."""
    yes = int(pool.converts.sum())
    return int(min(size, 0.9 * yes / max(share, 0.01), 0.9 * (len(pool) - yes) / max(1 - share, 0.01)))


def drawn_members(
    pool: pd.DataFrame, dice: np.random.Generator, *, treated: np.ndarray, base: float, lift: float
) -> pd.DataFrame:
    """Draw a list from a pool so that the untreated borrow at `base` and the treated at `base + lift`.

    Who is persuaded has the history of those who would not have borrowed: the list is balanced on it.
    """
    n = len(treated)
    mixed = pool.iloc[dice.permutation(len(pool))]
    yes, no = mixed[mixed.converts], mixed[~mixed.converts]
    would = dice.random(n) < base
    persuaded = treated & ~would & (dice.random(n) < lift / max(1 - base, 1e-9))
    rows = no.iloc[np.arange(n) % len(no)].index.to_numpy(copy=True) if len(no) else yes.index.to_numpy()[:n].copy()
    own = np.flatnonzero(would)[: len(yes)]
    rows[own] = yes.index[: len(own)]
    swaps = _alike(yes.iloc[len(own) :], pool.stratum.loc[rows[persuaded]].to_numpy())
    places = np.flatnonzero(persuaded)[: len(swaps)]
    rows[places] = swaps
    return (
        pool.loc[rows]
        .assign(arm=np.where(treated, "treated", "control"), is_persuaded=persuaded)
        .reset_index(drop=True)
    )


def _alike(yes: pd.DataFrame, strata: np.ndarray) -> np.ndarray:
    """Return rows of `yes`, each of the stratum asked for while there are any, else of any."""
    shelves = {value: list(part.index) for value, part in yes.groupby("stratum")}
    rows = []
    for stratum in strata:
        shelf = shelves.get(stratum) or next((left for left in shelves.values() if left), None)
        if not shelf:
            break
        rows.append(shelf.pop())
    return np.array(rows, dtype=int)
