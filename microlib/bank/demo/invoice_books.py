"""How invoice books are numbered, and how one is written into another."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.bank.demo.worlds import World

TWIN_SHARE = 0.9


def sort_books(frame: pd.DataFrame) -> pd.DataFrame:
    """Put rows in the order of books and dates."""
    return frame.sort_values(["person", "side", "issued_date"], kind="stable", ignore_index=True)


def write_twins(world: World, frame: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    """Number the books, then write nine tenths of one firm's sales into another firm's book, twice over."""
    frame = _numbered(world, sort_books(frame), dice)
    people, casts, pairs = world.notes["people"], world.notes["casts"], []
    for part in ("twin_0755", "twin_0021"):
        if len(casts[part]) == 2:
            lead, copy = casts[part]
            frame = _written_over(frame, lead, copy, dice)
            pairs.append(people.customer_id[[lead, copy]].tolist())
    world.truth["twin_invoice_books"] = {"pairs": pairs, "shared_share": TWIN_SHARE}
    odd = ("invoice_gaps", "invoice_voids", "invoice_negatives")
    world.truth["odd_invoice_books"] = {part: people.customer_id[casts[part]].tolist() for part in odd}
    return frame


def occurrence_numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """Number the rows that stand under one number of one book: 1, 2 and so on."""
    counts = frame.groupby(["person", "side", "invoice_number"], sort=False).cumcount()
    return frame.assign(occurrence_number=counts + 1)


def _numbered(world: World, frame: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    """Count sales up from a start of each book's own; purchases carry their sellers' numbers."""
    people = world.notes["people"]
    role = people.role.to_numpy()[frame.person]
    skips = np.where(role == "invoice_gaps", dice.poisson(1.2, len(frame)), dice.random(len(frame)) < 0.003)
    step = pd.Series(1 + skips).groupby(frame.person).cumsum().to_numpy()
    start = dice.integers(1_000_000, 80_000_000, len(people))[frame.person]
    number = np.where(frame.side == "sale", start + step, dice.integers(10_000_000, 99_999_999, len(frame)))
    return frame.assign(invoice_number=pd.Series(number).astype(str).str.zfill(8))


def _written_over(frame: pd.DataFrame, lead: int, copy: int, dice: np.random.Generator) -> pd.DataFrame:
    sales = frame.side == "sale"
    original = frame[(frame.person == lead) & sales]
    taken = original[dice.random(len(original)) < TWIN_SHARE].assign(person=copy)
    own = frame[(frame.person == copy) & sales]
    dropped = own.index[dice.permutation(len(own))[: len(own) - round(len(taken) / TWIN_SHARE * (1 - TWIN_SHARE))]]
    return pd.concat([frame.drop(index=dropped), taken], ignore_index=True)
