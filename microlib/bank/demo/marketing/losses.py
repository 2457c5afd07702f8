"""Customers who left and customers about to: reviews with a known return, and two lists with a hold-out."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.bank.demo.worlds import AS_OF, World, pick

END = pd.Timestamp(AS_OF)
BRANCHES = ("0755", "0021", "0571", "0512")
#: of reviewed customers: how many ever return by themselves, and after how many days on average
RETURNING_SHARE, RETURN_DAYS = 0.25, 75.0
REVIEWED = 220
SEEN_UNTIL = END - pd.Timedelta(days=270)
REASONS = {"price": 0.32, "limit": 0.2, "speed": 0.14, "documents": 0.08, "service": 0.05, "refused_before": 0.05,
           "moved_business": 0.06, "closed_business": 0.05, "no_need": 0.05}  # fmt: skip
WISHES = {"price": "lower_rate", "limit": "higher_limit", "speed": "faster_decision", "documents": "faster_decision",
          "no_need": "revolving", "moved_business": "nothing", "closed_business": "nothing"}  # fmt: skip


def make_reviews(world: World) -> None:
    """Write the reviews of lost customers; how they return is planted by who was reviewed."""
    dice = world.dice("churn_reviews")
    spells = away_spells(world.frames["loans"])
    spells = spells[spells.branch_id.isin(BRANCHES) & (spells.reviewed_date <= SEEN_UNTIL) & (spells.days > 0)]
    parts = [_reviewed(part, dice) for _, part in spells.groupby("branch_id")]
    rows = pd.concat(parts, ignore_index=True) if parts else spells
    reason = pick(dice, REASONS, len(rows))
    managers = world.frames["customers"].set_index("customer_id").rm_id
    rows = rows.assign(
        loss_reason=reason, rm_id=rows.customer_id.map(managers),
        gone_to=pick(dice, {"other_bank": 0.5, "other_lender": 0.1, "none": 0.2, "unknown": 0.2}, len(rows)),
        value_band=pick(dice, {"high": 0.2, "middle": 0.45, "low": 0.35}, len(rows)),
        would_return_for=[WISHES.get(name, "unknown") for name in reason],
        is_not_to_recover=np.isin(reason, ["closed_business"]),
        last_contact_date=rows.reviewed_date - pd.to_timedelta(dice.integers(5, 160, len(rows)), "D"),
    )  # fmt: skip
    world.keep("churn_reviews", rows)
    rest = (1 - RETURNING_SHARE) / RETURNING_SHARE
    world.truth["churn"] = {
        "returning_share": RETURNING_SHARE, "mean_days": RETURN_DAYS,
        "cut_days": float(RETURN_DAYS * np.log(0.95 / 0.05 / rest)), "reasons": REASONS,
    }  # fmt: skip


def away_spells(loans: pd.DataFrame) -> pd.DataFrame:
    """Return each time that a customer stood without a loan: from the last settlement to the next loan, or to now.

    ``lost_date``, ``reviewed_date`` (the month end after it), ``days`` from the review, ``returns``.
    """
    rows = loans.sort_values(["customer_id", "disbursed_date"])
    ends = rows.closed_date.fillna(pd.Timestamp("2099-01-01")).groupby(rows.customer_id).cummax()
    same = rows.customer_id.eq(rows.customer_id.shift(-1))
    following = rows.disbursed_date.shift(-1).where(same)
    gone = (following > ends) | (~same & (ends <= END))
    found = rows[gone][["customer_id", "branch_id"]].assign(lost_date=ends[gone], returned_date=following[gone])
    found["reviewed_date"] = found.lost_date + pd.offsets.MonthEnd(0)
    found["returns"] = found.returned_date.notna()
    found["days"] = (found.returned_date.fillna(END) - found.reviewed_date).dt.days
    return found.reset_index(drop=True)


def _reviewed(spells: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    """Choose from one branch those who stay away, and those who return after the planted number of days."""
    stay, back = spells[~spells.returns], spells[spells.returns].sort_values("days")
    size = int(min(REVIEWED, len(stay) / (1 - RETURNING_SHARE), 2 * len(back)))
    wanted = dice.exponential(RETURN_DAYS, round(size * RETURNING_SHARE))
    free, chosen = back.days.to_numpy(dtype=float).copy(), []
    for days in wanted:
        place = int(np.abs(free - days).argmin())
        chosen.append(place)
        free[place] = np.inf
    kept = stay.iloc[np.sort(dice.permutation(len(stay))[: size - len(wanted)])]
    return pd.concat([kept, back.iloc[sorted(chosen)]]).drop_duplicates(["customer_id", "reviewed_date"])
