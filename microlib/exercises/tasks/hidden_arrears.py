"""x17: four ways of asking for loans late by more than 30 days, and what renewals, write-offs and growth hide."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.exercises.desk import small_ledger
from microlib.exercises.exercise import Item, percent
from microlib.metrics.arrears import stressed_renewals
from microlib.metrics.quality import four_pars

CODE = "x17"
AS_OF = "2026-06-30"
ITEMS = tuple(Item(name, "percent", 0.01) for name in ("par30", "adjusted", "with_exits", "lagged"))


def draw(seed: int) -> dict:
    """Draw a book: balance, late, renewed under stress, written off in twelve months, balance a year ago."""
    total, late, stressed, off, before = 1_000, 22, 36, 9, 820
    if seed:
        dice = np.random.default_rng(seed)
        total, before = int(dice.integers(80, 160)) * 10, int(dice.integers(60, 79)) * 10
        late, stressed, off = (int(each) for each in dice.integers([10, 15, 3], [40, 60, 20]))
    book = (
        pd.DataFrame(
            {
                "balance_yuan": [total],
                "late_yuan": [late],
                "stressed_yuan": [stressed],
                "written_off_yuan": [off],
                "year_ago_yuan": [before],
            }
        )
        * 1e4
    )
    loans, months = small_ledger(book.iloc[0])
    return {"book": book, "loans": loans, "months": months}


def solve(data: dict) -> dict:
    """Give the plain ratio, with stressed renewals, with what was written off too, and on last year's balance."""
    loans, months = data["loans"], data["months"]
    renewed = stressed_renewals(loans, months, as_of=AS_OF)
    share = four_pars(loans, months, renewals=renewed, as_of=AS_OF).set_index("measure")["share"]
    return {
        "par30": percent(share["par30_plain"]),
        "adjusted": percent(share["par30_adjusted"]),
        "with_exits": percent(share["par30_adjusted_with_exits"]),
        "lagged": percent(share["par30_plain_lagged"]),
    }


def slips(data: dict) -> dict:
    """Return what is found when write-offs join above the line only, and when renewals stand in the lagged ratio."""
    total, late, stressed, off, before = data["book"].iloc[0]
    return {
        "adjusted": {"stressed_alone": percent(stressed / total)},
        "with_exits": {
            "denominator": percent((late + stressed + off) / total),
            "plain_with_exits": percent((late + off) / (total + off)),
        },
        "lagged": {"this_year": percent(late / total), "adjusted_lagged": percent((late + stressed) / before)},
    }
