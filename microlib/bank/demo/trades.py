"""What a bank knows of the trade behind its loans: who manages a core, marks of its payables, contracts of supply."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.bank.demo import twins
from microlib.bank.demo.masks import masked
from microlib.bank.demo.worlds import AS_OF, World, numbered, pick

#: core -> branch that manages it; public bad news where there is any
MANAGED = {"H01": "0755", "H02": "0755", "R01": "0021", "M01": "0755", "M02": "0021", "B01": "0755"}
BAD_NEWS = {"H02": np.datetime64("2026-05-20")}
CATEGORIES = {
    "hospital": {"drug": 0.45, "consumable": 0.35, "device": 0.2},
    "infrastructure": {"material": 0.6, "haulage": 0.25, "labour": 0.15},
}
#: part of payables that the core acknowledges in writing, and that are in dispute
ACKNOWLEDGED = {"H01": 0.85, "R01": 0.7}
DISPUTED = {"H01": 0.006, "H02": 0.05, "R01": 0.02}
#: where tenders and projects end: the first hospital's tender runs out for most at one date
TENDER_ENDS = {"2026-12-31": 0.6, "2027-12-31": 0.25, "2028-06-30": 0.15}
PROJECT_ENDS = {"PJ01": "2024-03-31", "PJ02": "2026-12-31"}
WARRANTY_MONTHS, BACK_TO_BACK, WAGE_ACCOUNT = 24, 0.12, 0.85


def make_trades(world: World) -> None:
    """Complete cores and payables, write supply contracts, and note who may play a part further on."""
    dice = world.dice("trades")
    world.keep("core_enterprises", _managed(world))
    payables = _marked(world, dice)
    payables = twins.with_twins(world, payables, dice)
    world.keep("core_payables", payables)
    world.keep("supply_contracts", _contracts(world, dice))


def _managed(world: World) -> pd.DataFrame:
    cores, rms = world.frames["core_enterprises"], world.frames["rms"]
    desks = rms.assign(first=rms["role"] != "corporate").sort_values(["first", "rm_id"])
    desk = desks.drop_duplicates("branch_id").set_index("branch_id")["rm_id"]
    branch = cores["core_id"].map(MANAGED).where(lambda codes: codes.isin(world.frames["branches"]["branch_id"]))
    return cores.assign(
        uscc_hash=[masked(f"示例信用代码{core}") for core in cores["core_id"]],
        managing_branch_id=branch,
        manager_rm_id=branch.map(desk),
        bad_news_date=cores["core_id"].map(BAD_NEWS).astype("datetime64[s]"),
    )


def _marked(world: World, dice: np.random.Generator) -> pd.DataFrame:
    """Give every payable its invoice, its kind of goods, and whether the core has acknowledged or disputes it."""
    payables = world.frames["core_payables"]
    n, core = len(payables), payables["core_id"]
    kinds = {key: pick(dice, weights, n) for key, weights in CATEGORIES.items()}
    open_long = payables["delivered_date"] + pd.to_timedelta(dice.integers(7, 25, n), unit="D")
    agreed = (dice.random(n) < core.map(ACKNOWLEDGED).fillna(0.0)) & (open_long <= pd.Timestamp(AS_OF))
    recent = payables["delivered_date"] >= pd.Timestamp("2025-07-01")
    disputed = dice.random(n) < core.map(DISPUTED).fillna(0.0) * np.where(recent, 1.0, 0.4)
    by_supplier = payables["supplier_hash"].factorize()[0]
    road = core == "R01"
    return payables.assign(
        invoice_number=numbered("", 10_000_000 + dice.choice(80_000_000, n, replace=False), 8),
        category=np.where(road, kinds["infrastructure"][by_supplier], kinds["hospital"][by_supplier]),
        acknowledged_date=open_long.where(agreed).astype("datetime64[s]"),
        is_disputed=disputed,
    )


def _contracts(world: World, dice: np.random.Generator) -> pd.DataFrame:
    """Write one contract of every supplier who is a customer, for each tender or project it delivers to."""
    payables = world.frames["core_payables"]
    own = payables[payables["customer_id"].notna()]
    keys = ["core_id", "customer_id", "project_id"]
    pairs = own.groupby(keys, as_index=False, dropna=False)["amount_yuan"].sum()
    n, road = len(pairs), (pairs["core_id"] == "R01").to_numpy()
    ends = np.where(road, pairs["project_id"].map(PROJECT_ENDS), pick(dice, TENDER_ENDS, n))
    unlike = pick(dice, {"2027-06-30": 0.5, "2028-12-31": 0.5}, n)
    ends = np.where(pairs["core_id"] == "H02", unlike, ends).astype("datetime64[s]")
    return pairs.assign(
        contract_id=numbered("HT", range(1, n + 1), 5),
        kind=np.where(road, "project", "tender"),
        start_date=ends - np.timedelta64(1096, "D"),
        expiry_date=ends,
        amount_yuan=(pairs["amount_yuan"] * 1.2).round(-3),
        warranty_months=np.where(road, WARRANTY_MONTHS, 0),
        is_back_to_back=np.where(road, dice.random(n) < BACK_TO_BACK, False),
        has_wage_account=np.where(road, dice.random(n) < WAGE_ACCOUNT, None),
    )
