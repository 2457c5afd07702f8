"""Loans against payables, and the accounts into which cores pay; what is financed twice, what is paid elsewhere."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.bank.demo.trades import MANAGED
from microlib.bank.demo.worlds import World, numbered, pick

PRODUCTS = ("P03", "P04")
ADVANCE_SHARE = 0.7
#: core -> chance that a receipt arrives in the controlled account; what does not is split over the rest
ARRIVES = {"H01": 0.94, "H02": 0.8, "R01": 0.86}
ELSEWHERE = {"own_account": 0.3, "other_bank": 0.6, "unknown": 0.1}
#: core -> how many suppliers turn their receipts away, and how many only change to another account here
DIVERTED = {"H01": 3, "R01": 2}
MOVED = {"H01": 2, "R01": 1}
TURNED = pd.Timestamp("2026-01-01")
RECEIPTS_FROM = pd.Timestamp("2024-07-01")
OVER_FINANCED, SPLIT = {"H02": 2, "R01": 1}, {"H02": 1}


def make_financings(world: World) -> None:
    """Write which loan stands against which payable, and say which payables carry more than they are worth."""
    dice = world.dice("financings")
    loans = _live(world)
    payables = world.frames["core_payables"]
    unpaid = payables[payables["paid_date"].isna() & payables["customer_id"].isin(loans["customer_id"])]
    net = unpaid[["payable_id", "customer_id", "core_id", "delivered_date"]].assign(net_yuan=_net(unpaid))
    rows = _assigned(loans, net.sort_values(["customer_id", "delivered_date", "payable_id"]))
    rows = _planted(world, rows, dice)
    notified = rows["disbursed_date"] - pd.to_timedelta(dice.integers(1, 12, len(rows)), unit="D")
    is_told, is_registered = (dice.random(len(rows)) < chance for chance in (0.85, 0.8))
    rows["notified_date"] = notified.where(is_told & (rows["core_id"] != "H02"))
    rows["registered_date"] = (notified + pd.Timedelta(days=1)).where(is_registered)
    world.keep("payable_loans", rows)


def make_receipts(world: World) -> None:
    """Write where each paid payable of a borrower arrived, and say who turned the money away."""
    dice = world.dice("receipts")
    borrowers, payables = set(_live(world)["customer_id"]), world.frames["core_payables"]
    paid = payables[(payables["paid_date"] >= RECEIPTS_FROM) & payables["customer_id"].isin(borrowers)]
    paid = paid.sort_values(["paid_date", "payable_id"], ignore_index=True)
    arrives = dice.random(len(paid)) < paid["core_id"].map(ARRIVES)
    account = np.where(arrives, "controlled", pick(dice, ELSEWHERE, len(paid)))
    turned, late = _turning(world, paid, dice), (paid["paid_date"] >= TURNED).to_numpy()
    for name, chosen in turned.items():
        account = np.where(paid["customer_id"].isin(chosen).to_numpy() & late, name, account)
    world.truth["receipts_turned_away"] = {
        "diverted_ids": turned["other_bank"], "moved_here_ids": turned["own_account"], "since": f"{TURNED:%Y-%m-%d}",
    }  # fmt: skip
    receipts = paid.assign(receipt_id=numbered("Q", range(1, len(paid) + 1), 6), account=account)
    receipts = receipts.assign(received_date=paid["paid_date"], amount_yuan=_net(paid).round(2), source="core_list")
    world.keep("core_receipts", receipts)


def _live(world: World) -> pd.DataFrame:
    people, loans = world.notes["people"], world.frames["loans"]
    suppliers = people.customer_id[(people.core_id != "") & (people.level >= 3)]
    live = loans[(loans["balance_yuan"] > 0) & loans["product_id"].isin(PRODUCTS)]
    return live[live["customer_id"].isin(suppliers)].sort_values("loan_id")


def _net(rows: pd.DataFrame) -> pd.Series:
    return rows["amount_yuan"] - rows[["deducted_yuan", "retention_yuan"]].fillna(0.0).sum(axis="columns")


def _assigned(loans: pd.DataFrame, net: pd.DataFrame) -> pd.DataFrame:
    """Give each loan whole payables of its borrower, oldest first, until they cover it at the usual advance."""
    wanted = loans.groupby("customer_id")["balance_yuan"].sum() / ADVANCE_SHARE
    before = net.groupby("customer_id")["net_yuan"].cumsum() - net["net_yuan"]
    taken = net[before < net["customer_id"].map(wanted)]
    first = loans.drop_duplicates("customer_id")[["customer_id", "loan_id", "disbursed_date"]]
    return taken.merge(first, on="customer_id").assign(assigned_yuan=lambda rows: rows["net_yuan"].round(2))


def _planted(world: World, rows: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    """Let a second supplier's loan claim some payables in full, and two partners share one honestly."""
    over, split = [], []
    for core, count in OVER_FINANCED.items():
        of_core = rows[(rows["core_id"] == core) & rows["customer_id"].isin(_at_home(world, core))]
        of_core = of_core.drop_duplicates("customer_id")
        of_core = of_core.iloc[dice.permutation(len(of_core))]
        over.append(_claimed(of_core.iloc[: 2 * count]))
        split.append(_claimed(of_core.iloc[2 * count : 2 * count + 2 * SPLIT.get(core, 0)]))
    claimed, shared = pd.concat(over), pd.concat(split)
    half = (shared["assigned_yuan"] / 2).round(2) - 0.01
    rows = rows.set_index("payable_id")
    rows.loc[shared["payable_id"], "assigned_yuan"] = half.to_numpy()
    world.truth["payables_financed_beyond_worth"] = {
        "payable_ids": claimed["payable_id"].to_list(), "split_payable_ids": shared["payable_id"].to_list(),
    }  # fmt: skip
    return pd.concat([rows.reset_index(), claimed, shared.assign(assigned_yuan=half)], ignore_index=True)


def _at_home(world: World, core: str) -> pd.Series:
    """Return the customers of the branch that manages the core: both loans are then in one book."""
    people = world.notes["people"]
    return people.customer_id[people.branch_id == MANAGED[core]]


def _claimed(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the payables of every first supplier under the loan of the second."""
    first, second = rows.iloc[0::2], rows.iloc[1::2]
    first = first.iloc[: len(second)]
    return first.assign(**{name: second[name].to_numpy() for name in ("loan_id", "disbursed_date")})


def _turning(world: World, paid: pd.DataFrame, dice: np.random.Generator) -> dict[str, list[str]]:
    """Choose suppliers with enough receipts since the turn, each for one part."""
    recent = paid[paid["paid_date"] >= TURNED].groupby(["core_id", "customer_id"]).size().reset_index(name="count")
    found: dict[str, list[str]] = {"other_bank": [], "own_account": []}
    for core, count in DIVERTED.items():
        known = recent[(recent["core_id"] == core) & (recent["count"] >= 2)]["customer_id"].to_numpy()
        chosen = known[dice.permutation(len(known))].tolist()
        found["other_bank"] += chosen[:count]
        found["own_account"] += chosen[count : count + MOVED[core]]
    return found
