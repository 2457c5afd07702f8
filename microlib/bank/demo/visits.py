"""Visits before lending (三品三表): what was seen, and owners in 0755 whose own funds were another lender's."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.bank.demo.worlds import World, pick

PLACE = "0755"
SINCE = pd.Timestamp("2024-07-01")
VISITED = 0.3
HIDING = 16
#: purposes that are a project with a budget
PROJECTS = ("project_material", "equipment")
YEARS = 3.0


def make_site_checks(world: World) -> None:
    """Write the visits and say behind whose books stands a debt that nobody declared."""
    dice = world.dice("site_checks")
    seen = _visited(world, dice)
    frame = pd.concat([seen, _goods(seen, dice), _equity(seen, dice)], axis=1)
    frame = pd.concat([frame, _own_funds(frame, dice)], axis=1)
    frame = _hide(world, frame, dice)
    world.keep("site_checks", frame.sort_values(["customer_id", "checked_date"]))


def _visited(world: World, dice: np.random.Generator) -> pd.DataFrame:
    """One visit before a loan: a part of all, and every one of the level that delivers."""
    loans, people = world.frames["loans"], world.notes["people"].set_index("customer_id")
    new = loans[
        (loans.issue_type == "new") & (loans.disbursed_date >= SINCE) & (loans.customer_id.map(people.level) >= 2)
    ]
    chosen = new[(dice.random(len(new)) < VISITED) | (new.branch_id == "0995")].reset_index(drop=True)
    before = pd.to_timedelta(dice.integers(4, 15, len(chosen)), unit="D")
    frame = chosen[["customer_id", "rm_id", "branch_id", "amount_yuan", "purpose", "loan_id"]]
    frame = frame.assign(checked_date=chosen.disbursed_date - before)
    frame = frame.drop_duplicates(["customer_id", "checked_date"]).reset_index(drop=True)
    own = people.loc[frame.customer_id]
    return frame.assign(sales_yuan=own.sales_yuan.to_numpy(), margin=own.margin.to_numpy())


def _goods(seen: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    n, month = len(seen), seen.sales_yuan / 12
    days = 20 + dice.poisson(30, n)
    asked = dice.random((3, n)) < np.array([[0.85], [0.9], [0.75]])
    return pd.DataFrame({
        "references_asked": asked[0], "products_seen": asked[1], "pledge_seen": asked[2],
        "electricity_kwh": (month / 160 * dice.uniform(0.7, 1.3, n)).round(0),
        "water_m3": (month / 8_000 * dice.uniform(0.6, 1.5, n)).round(1),
        "tax_sales_yuan": (seen.sales_yuan * dice.uniform(0.72, 1.0, n)).round(-2),
        "stock_days_count": days,
        "stock_yuan": (seen.sales_yuan * (1 - seen.margin) / 360 * days * dice.uniform(0.85, 1.15, n)).round(-2),
        "orders_yuan": (month * dice.gamma(2, 0.8, n)).round(-2),
    })  # fmt: skip


def _equity(seen: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    """Three years of profit, less what the family took, stands in the owner's worth to a few percent."""
    n = len(seen)
    opening = (seen.sales_yuan * dice.uniform(0.15, 0.4, n)).round(-3)
    profit = (seen.sales_yuan * seen.margin * YEARS * dice.uniform(0.8, 1.1, n)).round(-3)
    taken = (profit * dice.uniform(0.35, 0.6, n)).round(-3)
    put = np.where(dice.random(n) < 0.15, (seen.sales_yuan * 0.05).round(-3), 0.0)
    worth = (opening + profit + put - taken) * (1 + dice.normal(0, 0.015, n))
    return pd.DataFrame({
        "opening_worth_yuan": opening, "profit_yuan": profit, "injected_yuan": put, "withdrawn_yuan": taken,
        "net_worth_yuan": worth.round(-3),
    })  # fmt: skip


def _own_funds(frame: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    """A project's budget, the owner's part of it and how that was shown; no project, no budget."""
    n = len(frame)
    project = frame.purpose.isin(PROJECTS)
    budget = frame.amount_yuan / dice.uniform(0.5, 0.7, n)
    own = budget - frame.amount_yuan * dice.uniform(0.9, 1.0, n)
    proof = pick(dice, {"flows": 0.65, "invoices": 0.25, "none": 0.1}, n)
    borrowed = np.where(dice.random(n) < 0.04, own * 0.2, 0.0)
    debt = np.where(dice.random(n) < 0.3, frame.amount_yuan * dice.uniform(0.1, 0.6, n), 0.0)
    columns = {
        "project_yuan": budget.round(-3), "own_funds_yuan": own.round(-3),
        "own_funds_borrowed_yuan": np.round(np.where(proof == "none", np.nan, borrowed), -3),
    }  # fmt: skip
    found = pd.DataFrame(columns).where(np.repeat(project.to_numpy()[:, None], 3, axis=1))
    return found.assign(
        own_funds_evidence=np.where(project, proof, None),
        declared_debt_yuan=debt.round(-3), declared_debt_month_yuan=(debt / 24 * 1.08).round(-1),
    )  # fmt: skip


def _hide(world: World, frame: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    """Let some owners of 0755 owe what they did not say: it lacks in their worth, and most of the own part is lent."""
    loans = world.frames["loans"].set_index("loan_id")
    last = frame.sort_values("checked_date").drop_duplicates("customer_id", keep="last")
    ours = last[(last.branch_id == PLACE) & (last.purpose == "project_material")]
    bad = (ours.loan_id.map(loans.overdue_days) > 90) | ours.loan_id.map(loans.status).eq("written_off")
    people = world.notes["people"].set_index("customer_id")
    shows = ours.customer_id.map(people.consents_flows).to_numpy()
    others = [dice.permutation(ours.index[~bad.to_numpy() & each].to_numpy(copy=True)) for each in (shows, ~shows)]
    order = np.concatenate([ours.index[bad].to_numpy(), *others])
    rows = np.sort(order[:HIDING])
    hidden = (frame.net_worth_yuan.loc[rows] * dice.uniform(0.25, 0.4, len(rows))).round(-3)
    own = frame.own_funds_yuan.loc[rows]
    frame.loc[rows, "net_worth_yuan"] -= hidden
    frame.loc[rows, "declared_debt_yuan"] = 0.0
    frame.loc[rows, "declared_debt_month_yuan"] = 0.0
    frame.loc[rows, "own_funds_evidence"] = "flows"
    frame.loc[rows, "own_funds_borrowed_yuan"] = (own * 0.6).round(-3)
    ids = frame.customer_id.loc[rows]
    world.truth["hidden_debt"] = {"customer_ids": ids.tolist(), "branch_id": PLACE,
                                  "hidden_yuan": dict(zip(ids, hidden, strict=True))}  # fmt: skip
    return frame
