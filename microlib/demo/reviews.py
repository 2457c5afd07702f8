"""Demo reviews of bad loans, sold pledges, waived access rules, and outside series."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.demo.world import AS_OF, HISTORY_MONTHS, World, pick

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
        started_date=started,
        sold_date=on,
        price_yuan=price.round(-3),
        cost_yuan=(price * dice.uniform(*COST, n)).round(-2),
        way=pick(dice, {"auction": 0.6, "agreed_sale": 0.25, "debt_for_asset": 0.15}, n),
    )
    world.keep("disposals", frame[frame.sold_date <= pd.Timestamp(AS_OF)])
    world.truth["disposals"] = {"price_of_value_by_kind": BRINGS}


#: reason -> share among bad loans, and the control that could have seen it
REASONS = {
    "business_decline": 0.38,
    "hidden_debt": 0.2,
    "diverted_use": 0.14,
    "family": 0.09,
    "buyer_default": 0.08,
    "guarantee_call": 0.05,
    "unwilling": 0.04,
    "deception": 0.02,
}
CONTROLS = {
    "business_decline": "post_loan_visit",
    "hidden_debt": "debt_check",
    "diverted_use": "use_of_funds_check",
    "family": "none",
    "buyer_default": "buyer_check",
    "guarantee_call": "guarantor_check",
    "unwilling": "none",
    "deception": "identity_check",
}
#: how often a second coder says the same for a reason of their own, and how often there is one
AGREES, SECOND = 0.8, 0.65
NAMED, EXISTED = 0.88, 0.55


def make_reviews(world: World) -> None:
    """Write a review of nearly every bad loan of branches that deliver them."""
    dice = world.dice("reviews")
    bad = _bad(world)
    bad = bad[dice.random(len(bad)) < 0.92].reset_index(drop=True)
    n = len(bad)
    reason = _reasons(world, bad, dice)
    other = np.where(dice.random(n) < AGREES, reason, pick(dice, REASONS, n))
    control = np.where(dice.random(n) < NAMED, pd.Series(reason).map(CONTROLS), "site_visit")
    existed = (control != "none") & (dice.random(n) < EXISTED)
    verdict = np.where(
        existed,
        pick(dice, {"exempt": 0.3, "not_exempt": 0.35, "pending": 0.35}, n),
        pick(dice, {"exempt": 0.8, "pending": 0.2}, n),
    )
    closed = bad.closed_date.fillna(pd.Timestamp(AS_OF) - pd.Timedelta(days=40))
    frame = bad[["loan_id"]].assign(
        reviewed_date=(closed + pd.Timedelta(days=30)).clip(upper=pd.Timestamp(AS_OF)),
        reason_code=reason,
        reviewer_id="V" + bad.branch_id + "_1",
        missed_control=control,
        evidence_existed=existed,
        diligence=verdict,
        second_reason_code=np.where(dice.random(n) < SECOND, other, None),
        realised_loss_yuan=np.where(bad.written_off_yuan > 0, bad.written_off_yuan, bad.balance_yuan * 0.45).round(2),
    )
    frame["second_reviewer_id"] = ("V" + bad.branch_id + "_2").where(frame.second_reason_code.notna())
    world.keep("bad_loan_reviews", frame)
    world.truth["bad_loan_reviews"] = {"reason_shares": REASONS, "agreement_share": AGREES, "named_share": NAMED}


def _bad(world: World) -> pd.DataFrame:
    loans = world.frames["loans"]
    levels = loans.branch_id.map(world.notes["places"].set_index("branch_id").level)
    lost = loans.status.isin(["written_off", "transferred"]) | (loans.overdue_days > 90)
    return loans[lost & (levels >= 2)]


def _reasons(world: World, bad: pd.DataFrame, dice: np.random.Generator) -> np.ndarray:
    """Draw reasons; those whose story was planted are told as it was."""
    reason = pick(dice, REASONS, len(bad))
    hidden = bad.customer_id.isin(world.truth["hidden_debt"]["customer_ids"])
    used = bad.loan_id.isin(
        [*world.truth["use_of_funds"]["returned_to_borrower"], *world.truth["use_of_funds"]["off_purpose"]]
    )
    return np.where(hidden, "hidden_debt", np.where(used, "diverted_use", reason)).astype(object)


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
    world.truth["waived_rules"] = {
        "branch_id": PLACE,
        "rule_column": "business_months",
        "application_ids": asked.application_id.iloc[chosen].tolist(),
    }


ELASTICITY = 0.6
TRADE = "F5174"
FOLLOWED, UNRELATED, SHORT = "hardware_price_index", "catering_climate_index", "medical_settlement_index"
SHORT_MONTHS = 15
SOURCE = "示例外部数据（合成）"


def make_series(world: World) -> None:
    """Write the series; what one trade takes in follows the first of them by a known elasticity."""
    dice = world.dice("external_series")
    months = HISTORY_MONTHS.astype(str)
    followed = 100 * np.exp(_wander(dice, len(months)))
    walk = 100 * np.exp(np.cumsum(dice.normal(0, 0.02, len(months))))
    short = 100 * np.exp(np.cumsum(dice.normal(0, 0.03, len(months))))[-SHORT_MONTHS:]
    frame = pd.concat(
        [
            _series(FOLLOWED, months, followed, ("commodity_price", TRADE)),
            _series(UNRELATED, months, walk, ("industry", "H62")),
            _series(SHORT, months[-SHORT_MONTHS:], short, ("medical_payment", "F515")),
        ]
    )
    _follow(world, pd.Series(followed / 100, index=months))
    world.keep("external_series", frame)
    world.truth["external_series"] = {
        "followed": {"series_id": FOLLOWED, "elasticity": ELASTICITY, "industry_code": TRADE},
        "unrelated": UNRELATED,
        "too_short": SHORT,
    }


def _wander(dice: np.random.Generator, count: int) -> np.ndarray:
    """A path that strays by some nine percent and comes back, in logs."""
    path, steps = np.zeros(count), dice.normal(0, 0.055, count)
    for month in range(1, count):
        path[month] = 0.8 * path[month - 1] + steps[month]
    return path


def _follow(world: World, ratio: pd.Series) -> None:
    """Let the trade's account flows move with the series."""
    flows, people = world.frames["flow_months"], world.notes["people"]
    ours = flows.customer_id.isin(people.customer_id[people.industry_code == TRADE])
    moved = flows.month[ours].map(ratio).astype("float64") ** ELASTICITY
    for name in ("inflow_yuan", "outflow_yuan", "min_balance_yuan"):
        flows.loc[ours, name] = (flows.loc[ours, name] * moved).round(2)


def _series(name: str, months: np.ndarray, values: np.ndarray, bears: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "series_id": name,
            "month": months,
            "value": values.round(2),
            "unit": "index",
            "driver": bears[0],
            "industry_code": bears[1],
            "source": SOURCE,
        }
    )
