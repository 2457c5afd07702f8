"""What everybody sells, month by month: the one series behind flows, invoices and payables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.bank.demo.worlds import MONTHS, World


def make_sales(world: World) -> None:
    """Note a matrix of sales, one row a customer, one column a month; the last twelve add up to a year's sales."""
    people, dice = world.notes["people"], world.dice("sales")
    shape = (len(people), len(MONTHS))
    growth = np.exp(np.outer(dice.normal(0.05, 0.08, shape[0]), (np.arange(shape[1]) - 54) / 12))
    need = world.notes["monthly_need"][people.season_number]
    sales = need * growth * np.exp(dice.normal(0, 0.15, shape))
    sales *= (people.sales_yuan.to_numpy() / sales[:, -12:].sum(axis=1))[:, None]
    world.notes["sales"] = sales
    levels = world.notes["places"].set_index("branch_id").level
    people["level"] = people.branch_id.map(levels)


def monthly_frame(world: World, chosen: np.ndarray) -> pd.DataFrame:
    """Return one row per chosen customer and month: ``person, month, sales_yuan``."""
    months = len(MONTHS)
    return pd.DataFrame({
        "person": np.repeat(chosen, months),
        "month": np.tile(np.arange(months), len(chosen)),
        "sales_yuan": world.notes["sales"][chosen].ravel(),
    })  # fmt: skip
