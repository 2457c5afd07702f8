"""Demo customers: seats in groups, trades, consents, pseudonymous identifiers, and who plays a planted part."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.demo.branches import SEASONS
from microlib.demo.world import World, masked_all, month_ends, numbered, pick, read_settings

EVERYDAY = {"shops": 0.36, "catering": 0.18, "transport": 0.14, "workshops": 0.16, "services": 0.16}
#: which part of a source's suppliers depends on it, and how far
DEPENDENCE = {"high": 0.5, "low": 0.3, "unknown": 0.2}
VENUE_BRANCHES = {"V01": "0755", "V02": "0021", "V04": "0021"}
CROP_INDUSTRIES = {"rice": "A0111", "wheat": "A0112", "maize": "A0113", "vegetables": "A0141"}


def make_people(world: World) -> None:
    """Note one row per customer with everything the later stages need of him."""
    dice = world.dice("people")
    groups = read_settings("groups")
    people = _seats(world.notes["places"], dice=dice, scale=world.scale)
    parts = [_members(part, groups[name], dice) for name, part in people.groupby("group", sort=False)]
    people = pd.concat(parts).sort_index()
    people["customer_id"] = numbered("C", range(1, len(people) + 1), 6)
    people["role"] = ""
    people["group_number"] = people.group.map({name: i for i, name in enumerate(groups)})
    people["season_number"] = people.season.map({name: i for i, name in enumerate(SEASONS)})
    _settle_dependence(people, dice)
    _settle_habits(people, dice)
    world.notes["people"] = people


def _seats(places: pd.DataFrame, *, dice: np.random.Generator, scale: float) -> pd.DataFrame:
    seats = []
    for place in places.itertuples():
        named = {name: max(10, int(count * scale)) for name, count in place.groups.items()}
        rest = max(0, place.customers_count - sum(named.values()))
        taken = np.repeat(np.array(list(named), dtype=object), list(named.values()))
        group = np.concatenate([taken, pick(dice, EVERYDAY, rest)])
        seats.append(pd.DataFrame({"branch_id": place.branch_id, "trait": place.trait, "group": group}))
    return pd.concat(seats, ignore_index=True)


def _members(part: pd.DataFrame, group: dict, dice: np.random.Generator) -> pd.DataFrame:
    n = len(part)
    season = pick(dice, group["seasons"], n)
    crop = pd.Series(season).map(CROP_INDUSTRIES).to_numpy()
    by_crop = group["industries"][0].startswith("A")
    venue = group.get("venue_id", "")
    sales = group["sales_yuan"] * np.exp(dice.normal(0, 0.6, n))
    return part.assign(
        kind=pick(dice, group["kinds"], n),
        industry_code=crop if by_crop else pick(dice, group["industries"], n),
        season=season,
        venue_id=np.where(part.branch_id == VENUE_BRANCHES.get(venue, ""), venue, ""),
        core_id=group.get("core_id", ""),
        sales_yuan=sales.round(-2),
        margin=np.clip(dice.normal(0.16, 0.05, n), 0.05, 0.35),
        employees_count=1 + dice.poisson(np.minimum(sales / 500_000, 60)),
        amount_median_yuan=group["amount_yuan"] * np.sqrt(sales / group["sales_yuan"]),
        renewal_share=group["renewal_share"],
        yearly_pd=group["yearly_pd"],
        purpose=group["purpose"],
        consents_invoices=dice.random(n) < group["invoices_share"],
        consents_flows=dice.random(n) < group["flows_share"],
    )


def _settle_dependence(people: pd.DataFrame, dice: np.random.Generator) -> None:
    """Give each supplier the share of its income that comes from its source; some let nobody know."""
    supplies = (people.core_id != "").to_numpy()
    n = int(supplies.sum())
    band = pick(dice, DEPENDENCE, n)
    share = np.where(band == "high", dice.uniform(0.55, 0.9, n), dice.uniform(0.15, 0.42, n))
    people["dependence_share"] = 0.0
    people.loc[supplies, "dependence_share"] = np.round(share, 3)
    people["dependence_band"] = ""
    people.loc[supplies, "dependence_band"] = band
    silent = people.dependence_band == "unknown"
    people.loc[silent, ["consents_invoices", "consents_flows"]] = False


def _settle_habits(people: pd.DataFrame, dice: np.random.Generator) -> None:
    n = len(people)
    people["borrows"] = dice.random(n) < 0.86
    people["start_month"] = np.where(dice.random(n) < 0.45, dice.integers(0, 14, n), dice.integers(12, 58, n))
    people["frailty"] = np.exp(dice.normal(-0.32, 0.8, n))
    people["is_perennial"] = False
    people.loc[people.trait == "spotless", "yearly_pd"] = 0.0
    people.loc[people.trait == "twelve", "borrows"] = False


def make_identities(world: World) -> None:
    """Give every person his pseudonyms and his manager; links, rosters and payables use the same ones."""
    people, dice = world.notes["people"], world.dice("identities")
    kind = people.kind.to_numpy()
    firm = np.isin(kind, ["company", "sole_trader"])
    people["name_hash"] = masked_all("示例客户" + people.customer_id)
    people["uscc_hash"] = masked_all(np.where(firm, "示例信用代码" + people.customer_id, ""))
    people["id_hash"] = masked_all(np.where(kind == "company", "", "示例证件" + people.customer_id))
    people["phone_hash"] = masked_all(people.phone_text)
    people["address_hash"] = masked_all(people.address_text)
    managers = world.frames["rms"].groupby("branch_id").rm_id.apply(list)
    draws = dice.random(len(people))
    desks = people.branch_id.map(managers)
    people["rm_id"] = [desk[int(u * len(desk))] for desk, u in zip(desks, draws, strict=True)]


def make_customers(world: World) -> None:
    """Write the customers table, after the loans: first loan and default are read from them."""
    people, dice = world.notes["people"], world.dice("customers")
    n = len(people)
    age = dice.integers(400, 6000, n)
    silent = (people.dependence_band == "unknown").to_numpy()
    frame = people.assign(
        established_date=np.datetime64("2021-06-30") - age,
        region_code="440300",
        venue_id=people.venue_id.where(people.venue_id != ""),
        size=_sizes(people),
        annual_sales_yuan=np.where(silent, np.nan, people.sales_yuan),
        sales_source=_sources(people, silent, dice),
        is_economically_dependent=people.dependence_band.map({"high": True, "low": False}),
        is_inclusive=people.kind.ne("person"),
        is_related_party=False,
        consents_marketing=dice.choice(np.array([True, False, None], dtype=object), n, p=[0.55, 0.3, 0.15]),
        deposits_avg_12m_yuan=(people.sales_yuan * dice.gamma(1.2, 0.03, n)).round(-1),
        rating=pick(dice, {"A": 0.3, "B": 0.45, "C": 0.2, "D": 0.05}, n),
    )
    first = world.frames["loans"].groupby("customer_id").disbursed_date.min()
    frame["first_loan_date"] = frame.customer_id.map(first)
    frame["group_id"] = _groups_of(people, world.notes["casts"])
    world.keep("customers", frame.join(_defaults(world)))


def _sizes(people: pd.DataFrame) -> np.ndarray:
    size = np.select(
        [(people.employees_count < 10) | (people.sales_yuan < 1_000_000), people.sales_yuan < 60_000_000],
        ["micro", "small"],
        "medium",
    )
    return np.where(people.kind.isin(["farm_household", "person"]), "unknown", size)


def _sources(people: pd.DataFrame, silent: np.ndarray, dice: np.random.Generator) -> np.ndarray:
    told = np.where(dice.random(len(people)) < 0.6, "declared", "tax")
    seen = np.where(people.consents_flows, "flows", told)
    return np.where(silent, None, np.where(people.consents_invoices, "invoices", seen))


def _groups_of(people: pd.DataFrame, casts: dict) -> np.ndarray:
    """Half of the owners and their companies are already known to belong together."""
    group = np.full(len(people), None, dtype=object)
    for number, pair in enumerate(zip(casts["owner"], casts["owned"], strict=True)):
        if number % 2 == 0:
            group[list(pair)] = f"GR{number:04d}"
    return group


def _defaults(world: World) -> pd.DataFrame:
    panel, person = world.notes["panel"], world.notes["ledger"]["person"]
    bad = panel[(panel.overdue_days > 90) | (panel.state > 1)]
    first = bad.month.groupby(person[bad["row"]]).min()
    frame = pd.DataFrame(index=world.notes["people"].index)
    frame["is_defaulted"] = frame.index.isin(first.index)
    frame.loc[first.index, "defaulted_date"] = month_ends(first.to_numpy())
    return frame


EVERY_LEVEL_3 = ("0755", "0021", "0010", "0571", "0028", "0512")
#: part -> (groups, kinds, branches, how many); an empty tuple means any
PARTS = {
    "split_borrower": (("shops",), ("sole_trader",), ("0755",), 6),
    "split_controller": (("workshops",), ("company",), ("0755",), 1),
    "accountant": (("services",), ("company",), ("0755",), 1),
    "accountant_client": (("workshops", "services", "transport"), ("company",), ("0755",), 40),
    "address_sharer": (("workshops", "services", "transport", "shops"), ("company",), ("0021",), 60),
    "agent_client": (("shops", "catering"), ("sole_trader",), ("0755",), 25),
    "couple": (("hardware_market",), ("sole_trader",), ("0755",), 24),
    "garment_couple": (("garment_market",), ("sole_trader",), ("0021",), 12),
    "ring": (("hardware_market",), ("company",), ("0755",), 4),
    "market_guaranteed": (("hardware_market",), (), ("0755",), 80),
    "perennial_weak": (("shops", "hardware_market", "workshops"), (), EVERY_LEVEL_3, 20),
    "perennial_strong": (("shops", "hardware_market", "workshops"), (), EVERY_LEVEL_3, 20),
    "twin_0755": (("workshops",), ("company",), ("0755",), 2),
    "twin_0021": (("workshops",), ("company",), ("0021",), 2),
    "invoice_gaps": (("hardware_market", "workshops", "chamber"), (), EVERY_LEVEL_3, 5),
    "invoice_voids": (("hardware_market", "workshops", "chamber"), (), EVERY_LEVEL_3, 5),
    "invoice_negatives": (("hardware_market", "workshops", "chamber"), (), EVERY_LEVEL_3, 5),
    "first_payment_missed": (("shops", "catering", "decoration"), (), (), 14),
    "owner": ((), ("owner_of_small_firm",), (), 120),
}
OPENS_INVOICES = ("twin_0755", "twin_0021", "invoice_gaps", "invoice_voids", "invoice_negatives")


def make_roles(world: World) -> None:
    """Cast every planted part once, nobody twice, and give shared phones, addresses and habits."""
    people = world.notes["people"]
    people["phone_text"] = "示例电话" + people.customer_id
    people["address_text"] = "示例地址" + people.customer_id
    people["channel_text"] = ""
    dice = world.dice("roles")
    casts = {part: _cast(people, part, wanted, dice) for part, wanted in PARTS.items()}
    casts["owner"], casts["owned"] = _cast_companies(people, casts["owner"], dice)
    world.notes["casts"] = casts
    _share_identifiers(people, casts)
    _set_habits(people, casts)


def _cast(people: pd.DataFrame, part: str, wanted: tuple, dice: np.random.Generator) -> np.ndarray:
    groups, kinds, branches, count = wanted
    free = (people.role == "") & ~people.trait.isin(["twelve", "spotless"])
    for column, allowed in (("group", groups), ("kind", kinds), ("branch_id", branches)):
        if allowed:
            free &= people[column].isin(allowed)
    seats = np.flatnonzero(free)
    chosen = np.sort(dice.permutation(seats)[: min(count, len(seats))])
    people.loc[chosen, "role"] = part
    return chosen


def _cast_companies(people: pd.DataFrame, owners: np.ndarray, dice: np.random.Generator) -> tuple:
    """Return owners and, in the same order, a company of each one's own branch."""
    pairs: list[tuple[int, int]] = []
    for branch, group in people.loc[owners].groupby("branch_id", sort=False):
        free = (people.role == "") & (people.kind == "company") & (people.branch_id == branch)
        companies = dice.permutation(np.flatnonzero(free))[: len(group)]
        people.loc[companies, "role"] = "owned"
        pairs.extend(zip(group.index, companies, strict=False))
    return tuple(np.array(pairs, dtype=int).reshape(-1, 2).T)


def _share_identifiers(people: pd.DataFrame, casts: dict) -> None:
    shared = {"phone_text": ("split_borrower", "accountant_client"), "address_text": ("address_sharer",)}
    for column, parts in shared.items():
        for part in parts:
            people.loc[casts[part], column] = f"示例共用{part}"
    people.loc[casts["accountant"], "phone_text"] = "示例共用accountant_client"
    people.loc[casts["agent_client"], "channel_text"] = "agent_A07"
    people.loc[casts["owned"], "phone_text"] = people.phone_text.loc[casts["owner"]].to_numpy()
    for part in ("couple", "garment_couple"):
        one, other = casts[part][0::2], casts[part][1::2]
        people.loc[other, "address_text"] = people.address_text.loc[one[: len(other)]].to_numpy()


def _set_habits(people: pd.DataFrame, casts: dict) -> None:
    perennial = np.concatenate([casts["perennial_weak"], casts["perennial_strong"]])
    people.loc[perennial, ["is_perennial", "borrows"]] = True
    people.loc[perennial, "start_month"] = np.arange(len(perennial)) % 9
    people.loc[perennial, "consents_flows"] = True
    people.loc[perennial, ["frailty"]] = 0.0
    for part in OPENS_INVOICES:
        people.loc[casts[part], "consents_invoices"] = True
    idle = [*casts["split_borrower"], *casts["split_controller"], *casts["first_payment_missed"]]
    people.loc[idle, "borrows"] = False
    planted = (
        "couple",
        "garment_couple",
        "ring",
        "market_guaranteed",
        "accountant_client",
        "address_sharer",
        "agent_client",
    )
    lenders = np.concatenate([casts[part] for part in planted])
    people.loc[lenders, "borrows"] = True
    people.loc[lenders, "start_month"] = np.minimum(people.start_month.loc[lenders], 40)
