"""Core enterprises and what they owe: one pays steadily, one later and later, one by milestones with retention."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.bank.demo.masks import masked_all
from microlib.bank.demo.sales import monthly_frame
from microlib.bank.demo.worlds import AS_OF, World, dates_at, numbered, pick

CORES = [
    ("H01", "示例市第一医院", "hospital", "Q8411", "large", "public_institution", 60, "written", "hospital_supplier"),
    ("H02", "示例市第二医院", "hospital", "Q8411", "medium", "public_institution", 60, "verbal", ""),
    ("R01", "示例路桥建设集团", "infrastructure", "E4812", "large", "state_owned", 90, "written", "road_supplier"),
    ("M01", "示例五金市场管理公司", "market_operator", "L7030", "small", "private", 30, "none", ""),
    ("M02", "示例服装市场管理公司", "market_operator", "L7030", "small", "private", 30, "none", ""),
    ("B01", "示例商会", "chamber", "S9522", "unknown", "private", 30, "none", ""),
]
CORE_COLUMNS = ["core_id", "name", "kind", "industry_code", "size", "ownership", "contract_terms_days",
                "acknowledgement", "programme"]  # fmt: skip
#: cap over what its suppliers owe us now: the second hospital is nearly used up
CAP_OVER_EXPOSURE = {"H01": 1.6, "H02": 1.06, "R01": 1.3}
STRANGERS = 30  # suppliers of each core who are no customers
DELAYS = {"H01": (46.0, 0.0), "H02": (56.0, 4.6)}  # days, days more for each of the last 24 months
MILESTONES = ["foundation", "subgrade", "pavement", "completion"]


def make_chains(world: World) -> None:
    """Write core enterprises and payables."""
    payables = _deliveries(world)
    dice = world.dice("chains")
    payables = _paid(_dated(payables, dice), dice)
    terms = {core[0]: core[6] for core in CORES}
    payables["due_date"] = payables.delivered_date + pd.to_timedelta(payables.core_id.map(terms), unit="D")
    payables["payable_id"] = numbered("Y", range(1, len(payables) + 1), 6)
    world.keep("core_payables", _road_marks(payables, dice))
    world.keep("core_enterprises", _cores(world))
    world.truth["core_payments"] = {
        "late_core": "H02", "steady_core": "H01", "milestone_core": "R01", "last_steady_month": "2024-06",
        "mean_days": {core: {"start": days, "more_each_month": more} for core, (days, more) in DELAYS.items()},
        "late_core_mean_days_at_end": DELAYS["H02"][0] + 24 * DELAYS["H02"][1], "retention_share": 0.05,
    }  # fmt: skip


def _deliveries(world: World) -> pd.DataFrame:
    people, dice = world.notes["people"], world.dice("deliveries")
    own = np.flatnonzero((people.core_id != "") & (people.level >= 3))
    frame = monthly_frame(world, own)
    of_whom = people.iloc[frame.person]
    frame["core_id"] = of_whom.core_id.to_numpy()
    frame["customer_id"] = of_whom.customer_id.to_numpy()
    frame["supplier_hash"] = of_whom.uscc_hash.fillna(of_whom.id_hash).to_numpy()
    frame["amount_yuan"] = (frame.sales_yuan * of_whom.dependence_share.to_numpy()).round(2)
    cores = [core for core in ("H01", "H02", "R01") if core in set(frame.core_id)]
    names = np.array([f"示例外部供应商{core}{i}" for core in cores for i in range(STRANGERS)], dtype=object)
    others = pd.DataFrame({"core_id": np.repeat(cores, STRANGERS), "supplier_hash": masked_all(names)})
    others = others.merge(pd.DataFrame({"month": np.arange(24, 60)}), how="cross")
    others["amount_yuan"] = (90_000 * np.exp(dice.normal(0, 0.5, len(others)))).round(2)
    return pd.concat([frame, others], ignore_index=True)


def _dated(payables: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    day = dice.integers(1, 29, len(payables))
    return payables.assign(delivered_date=dates_at(payables.month.to_numpy(), day))


def _paid(payables: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    """Pay after the core's habit; what would be paid after the as-of date is still open."""
    month = payables.month.to_numpy()
    start = payables.core_id.map({core: habit[0] for core, habit in DELAYS.items()}).to_numpy(float)
    more = payables.core_id.map({core: habit[1] for core, habit in DELAYS.items()}).to_numpy(float)
    habit = start + more * np.maximum(month - 35, 0) + dice.normal(0, 7, len(payables))
    to_milestone = (5 - month % 6) * 30 + 30 + dice.integers(10, 40, len(payables))
    days = np.where(payables.core_id == "R01", to_milestone, np.maximum(np.nan_to_num(habit), 5)).astype(int)
    paid = payables.delivered_date.to_numpy().astype("datetime64[D]") + days
    return payables.assign(paid_date=np.where(paid <= np.datetime64(AS_OF), paid, np.datetime64("NaT")))


def _road_marks(payables: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    road, month = (payables.core_id == "R01").to_numpy(), payables.month.to_numpy()
    deducted = np.where(
        dice.random(len(payables)) < 0.03, payables.amount_yuan * dice.uniform(0.03, 0.15, len(payables)), 0
    )
    return payables.assign(
        deducted_yuan=deducted.round(2),
        project_id=np.where(road, np.where(month < 30, "PJ01", "PJ02"), None),
        milestone=np.where(road, np.array(MILESTONES, dtype=object)[month // 6 % 4], None),
        retention_yuan=np.where(road, (payables.amount_yuan * 0.05).round(2), 0.0),
        instrument=np.where(
            road & (dice.random(len(road)) < 0.3), "voucher", pick(dice, {"cash": 0.85, "bill": 0.15}, len(road))
        ),
    )


def _cores(world: World) -> pd.DataFrame:
    people, loans = world.notes["people"], world.frames["loans"]
    cores = pd.DataFrame(CORES, columns=CORE_COLUMNS)
    supplied = people.set_index("customer_id").core_id
    owed = loans.balance_yuan.groupby(loans.customer_id.map(supplied).to_numpy()).sum()
    exposure = cores.core_id.map(owed).fillna(0.0)
    factor = cores.core_id.map(CAP_OVER_EXPOSURE)
    cores["cap_yuan"] = (exposure * factor / 100_000).round() * 100_000
    cores["direct_exposure_yuan"] = cores.core_id.map({"R01": 30_000_000.0, "H01": 12_000_000.0}).fillna(0.0)
    cores["cap_yuan"] += cores.direct_exposure_yuan
    return cores.assign(programme=cores.programme.where(cores.programme != ""))
