"""Access rules that were waived in 0755: young businesses that today's rules would refuse, worse than the others."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.bank.demo.worlds import World

PLACE = "0755"
#: loans old enough that their outcome is known
UNTIL = pd.Timestamp("2025-12-31")
BAD, GOOD = 12, 22


def make_breaches(world: World) -> None:
    """Make some borrowers too young for the rules on the day they asked, and mark their approvals as exceptions."""
    dice = world.dice("breaches")
    asked = world.frames["applications"]
    loans = world.frames["loans"].set_index("loan_id")
    known = asked.loan_id.notna() & (asked.disbursed_at <= UNTIL) & (asked.branch_id == PLACE)
    planted = {*world.truth["split_groups"][0]["customer_ids"], *world.truth["hidden_debt"]["customer_ids"]}
    rows = np.flatnonzero(known & ~asked.customer_id.isin(planted))
    bad = (asked.loan_id.iloc[rows].map(loans.overdue_days) > 90) | asked.loan_id.iloc[rows].map(loans.status).eq(
        "written_off"
    )
    chosen = np.r_[dice.permutation(rows[bad.to_numpy()])[:BAD], dice.permutation(rows[~bad.to_numpy()])[:GOOD]]
    chosen = chosen[~asked.customer_id.iloc[chosen].duplicated().to_numpy()]
    first = asked.loc[chosen].groupby("customer_id").submitted_at.first()
    customers = world.frames["customers"]
    young = customers.customer_id.isin(first.index)
    days = pd.to_timedelta(dice.integers(90, 240, young.sum()), unit="D")
    asked_on = customers.customer_id[young].map(first).dt.normalize()
    customers.loc[young, "established_date"] = (asked_on - days).astype("datetime64[s]")
    asked.loc[chosen, "is_exception"] = True
    asked.loc[chosen, "exception_code"] = "young_business"
    world.truth["waived_rules"] = {"branch_id": PLACE, "rule_column": "business_months",
                                   "application_ids": asked.application_id.iloc[chosen].tolist()}  # fmt: skip
