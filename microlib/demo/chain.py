"""Demo core enterprises: what they owe and how late they pay, contracts, financed payables, twin claims."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.demo.world import AS_OF, World, dates_at, masked, masked_all, monthly_frame, numbered, pick

CORES = [
    ("H01", "示例市第一医院", "hospital", "Q8411", "large", "public_institution", 60, "written", "hospital_supplier"),
    ("H02", "示例市第二医院", "hospital", "Q8411", "medium", "public_institution", 60, "verbal", ""),
    ("R01", "示例路桥建设集团", "infrastructure", "E4812", "large", "state_owned", 90, "written", "road_supplier"),
    ("M01", "示例五金市场管理公司", "market_operator", "L7030", "small", "private", 30, "none", ""),
    ("M02", "示例服装市场管理公司", "market_operator", "L7030", "small", "private", 30, "none", ""),
    ("B01", "示例商会", "chamber", "S9522", "unknown", "private", 30, "none", ""),
]
CORE_COLUMNS = [
    "core_id",
    "name",
    "kind",
    "industry_code",
    "size",
    "ownership",
    "contract_terms_days",
    "acknowledgement",
    "programme",
]
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
        "late_core": "H02",
        "steady_core": "H01",
        "milestone_core": "R01",
        "last_steady_month": "2024-06",
        "mean_days": {core: {"start": days, "more_each_month": more} for core, (days, more) in DELAYS.items()},
        "late_core_mean_days_at_end": DELAYS["H02"][0] + 24 * DELAYS["H02"][1],
        "retention_share": 0.05,
    }


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


#: core -> pairs of each kind; only suppliers whose income nobody knows, so that no share of income moves
PAIRS = {"H02": 2, "R01": 1}
DAYS_APART = 7


def with_twins(world: World, payables: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    """Append copies of unpaid payables under a new number, and honest deliveries of the same amount a week later."""
    people = world.notes["people"]
    silent = set(people.customer_id[people.dependence_band == "unknown"])
    unpaid = payables["paid_date"].isna() & payables["customer_id"].isin(silent)
    early = payables["delivered_date"] + pd.Timedelta(days=DAYS_APART) <= pd.Timestamp(AS_OF)
    copies, alike = [], []
    for core, count in PAIRS.items():
        rows = payables[unpaid & early & (payables["core_id"] == core)]
        rows = rows.iloc[dice.permutation(len(rows))].drop_duplicates("customer_id")
        copies.append(rows.iloc[:count])
        alike.append(rows.iloc[count : 2 * count])
    twins, innocents = pd.concat(copies), pd.concat(alike)
    added = pd.concat([twins, _a_week_later(innocents)])
    first = int(payables["payable_id"].str[1:].astype(int).max()) + 1
    added["payable_id"] = numbered("Y", range(first, first + len(added)), 6)
    said = added["payable_id"].to_list()
    world.truth["duplicate_payables"] = {
        "pairs": [list(pair) for pair in zip(twins["payable_id"], said[: len(twins)], strict=True)],
        "look_alike_pairs": [list(pair) for pair in zip(innocents["payable_id"], said[len(twins) :], strict=True)],
    }
    return pd.concat([payables, added], ignore_index=True)


def _a_week_later(rows: pd.DataFrame) -> pd.DataFrame:
    """Return deliveries of the same amount, on a date and an invoice of their own."""
    week = pd.Timedelta(days=DAYS_APART)
    number = rows["invoice_number"].astype(int) + 1
    return rows.assign(
        delivered_date=rows["delivered_date"] + week,
        due_date=rows["due_date"] + week,
        invoice_number=number.astype(str).str.zfill(8),
    )


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
    payables = with_twins(world, payables, dice)
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
    turned, late = _turning(paid, dice), (paid["paid_date"] >= TURNED).to_numpy()
    for name, chosen in turned.items():
        account = np.where(paid["customer_id"].isin(chosen).to_numpy() & late, name, account)
    world.truth["receipts_turned_away"] = {
        "diverted_ids": turned["other_bank"],
        "moved_here_ids": turned["own_account"],
        "since": f"{TURNED:%Y-%m-%d}",
    }
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
        "payable_ids": claimed["payable_id"].to_list(),
        "split_payable_ids": shared["payable_id"].to_list(),
    }
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


def _turning(paid: pd.DataFrame, dice: np.random.Generator) -> dict[str, list[str]]:
    """Choose suppliers with enough receipts since the turn, each for one part."""
    recent = paid[paid["paid_date"] >= TURNED].groupby(["core_id", "customer_id"]).size().reset_index(name="count")
    found: dict[str, list[str]] = {"other_bank": [], "own_account": []}
    for core, count in DIVERTED.items():
        known = recent[(recent["core_id"] == core) & (recent["count"] >= 2)]["customer_id"].to_numpy()
        chosen = known[dice.permutation(len(known))].tolist()
        found["other_bank"] += chosen[:count]
        found["own_account"] += chosen[count : count + MOVED[core]]
    return found
