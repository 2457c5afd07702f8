"""Who is on which list of a market, a chamber, a village; two lists drawn apart from one known population."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.bank.demo.masks import masked_all
from microlib.bank.demo.worlds import World

#: venue -> (kind, name, true members, list -> chance that a member is on it)
VENUES = {
    "V01": ("market", "示例五金市场", 950, {"market_office": 0.62, "street_walk": 0.5}),
    "V02": ("market", "示例服装市场", 620, {"market_office": 0.7, "street_walk": 0.55}),
    "V03": ("chamber", "示例商会", 260, {"chamber_office": 0.95}),
    "V04": ("village", "示例村", 640, {"village_committee": 0.97}),
}
ALSO_IN_CHAMBER = {"hardware_market": 25, "decoration": 20}
LIST_DATE = np.datetime64("2026-05-31")


def make_rosters(world: World) -> None:
    """Write the rosters and say how many members each venue truly has."""
    dice = world.dice("rosters")
    lists, truth = [], {}
    for venue_id, (kind, name, size, sources) in VENUES.items():
        members = _members(world, venue_id, size, dice)
        if members.empty:
            continue
        members = members.assign(venue_id=venue_id, kind=kind, venue_name=name)
        drawn = {source: dice.random(len(members)) < chance for source, chance in sources.items()}
        lists.extend(_listed(members[on], source) for source, on in drawn.items())
        truth[venue_id] = _counted(members, drawn)
    world.truth["venue_populations"] = truth
    world.keep("venue_rosters", pd.concat(lists, ignore_index=True) if lists else pd.DataFrame())


def _members(world: World, venue_id: str, size: int, dice: np.random.Generator) -> pd.DataFrame:
    """Return the true population: our customers there, then strangers up to the size."""
    people = world.notes["people"]
    own = people[(people.venue_id == venue_id) & (people.level >= 3)]
    if venue_id == "V03":
        own = _chamber(people, dice)
    if own.empty:
        return pd.DataFrame()
    strangers = max(size - len(own), 0)
    names = np.array([f"示例场所成员{venue_id}{i}" for i in range(strangers)], dtype=object)
    trades = own.industry_code.to_numpy()[dice.integers(0, len(own), strangers)]
    hashes = {"uscc_hash": masked_all("证" + names), "phone_hash": masked_all("话" + names)}
    others = pd.DataFrame({"industry_code": trades, **hashes})
    wanted = ["customer_id", "industry_code", "uscc_hash", "phone_hash"]
    members = pd.concat([own[wanted], others], ignore_index=True)
    return _furnished(members, venue_id, dice)


def _chamber(people: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    """The chamber's own members and some of the market's and the decorators' who belong to it as well."""
    home = people[people.branch_id == "0755"]
    parts = [home[home.group == "chamber"]]
    for group, count in ALSO_IN_CHAMBER.items():
        of_group = home[home.group == group]
        parts.append(of_group.iloc[np.sort(dice.permutation(len(of_group))[:count])])
    return pd.concat(parts)


def _furnished(members: pd.DataFrame, venue_id: str, dice: np.random.Generator) -> pd.DataFrame:
    n, stall = len(members), venue_id in ("V01", "V02")
    area = dice.gamma(4, 9, n).round(1)
    landlords = masked_all(f"示例出租方{venue_id}{i}" for i in range(3))
    return members.assign(
        since_date=np.datetime64("2012-01-01") + dice.integers(0, 5000, n),
        area_m2=np.where(stall, area, np.nan),
        monthly_rent_yuan=np.where(stall, (area * dice.uniform(60, 120, n)).round(), np.nan),
        landlord_hash=np.where(stall, landlords[dice.choice(3, n, p=[0.7, 0.2, 0.1])], None),
        is_relocating=dice.random(n) < 0.03,
    )


def _listed(members: pd.DataFrame, source: str) -> pd.DataFrame:
    numbers = [f"{source[0].upper()}-{i:04d}" for i in range(1, len(members) + 1)]
    return members.assign(list_source=source, member_number=numbers, list_date=LIST_DATE)


def _counted(members: pd.DataFrame, drawn: dict[str, np.ndarray]) -> dict:
    truth = {"members_count": len(members), "customers_count": int(members.customer_id.notna().sum())}
    truth |= {f"{source}_count": int(on.sum()) for source, on in drawn.items()}
    if len(drawn) == 2:
        one, two = drawn.values()
        both = int((one & two).sum())
        truth |= {"both_count": both, "chapman_count": (one.sum() + 1) * (two.sum() + 1) / (both + 1) - 1}
    return truth
