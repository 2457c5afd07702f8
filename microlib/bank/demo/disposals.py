"""Pledges that were sold after a loan had failed, and what they brought of what they were worth."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.bank.demo.worlds import AS_OF, World, pick

#: middle of what a sale brings of the appraised value, by kind; an appraisal that was too high brings less
BRINGS = {"home": 0.78, "shop": 0.62, "factory": 0.52}
COST = (0.06, 0.14)
MONTHS = (5, 20)


def make_disposals(world: World) -> None:
    """Write the sales of pledges behind loans that were lost or are long overdue."""
    dice = world.dice("disposals")
    loans = world.frames["loans"].set_index("loan_id")
    links = world.frames["collateral_links"].set_index("collateral_id").loan_id
    pledges = world.frames["collateral"]
    loan = pledges.collateral_id.map(links)
    failed = loan.map(loans.status).isin(["written_off", "transferred"]) | (loan.map(loans.overdue_days) > 180)
    sold = pledges[failed].assign(loan_id=loan[failed]).reset_index(drop=True)
    n = len(sold)
    started = sold.loan_id.map(loans.closed_date).fillna(pd.Timestamp("2025-11-30")) - pd.Timedelta(days=240)
    on = started + pd.to_timedelta((30.4 * dice.uniform(*MONTHS, n)).round(), unit="D")
    price = sold.value_yuan * sold.kind.map(BRINGS).astype("float64") * np.exp(dice.normal(0, 0.12, n))
    frame = sold[["collateral_id"]].assign(
        started_date=started, sold_date=on, price_yuan=price.round(-3),
        cost_yuan=(price * dice.uniform(*COST, n)).round(-2),
        way=pick(dice, {"auction": 0.6, "agreed_sale": 0.25, "debt_for_asset": 0.15}, n),
    )  # fmt: skip
    world.keep("disposals", frame[frame.sold_date <= pd.Timestamp(AS_OF)])
    world.truth["disposals"] = {"price_of_value_by_kind": BRINGS}
