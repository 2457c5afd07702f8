"""Who the customers are: seats in groups, trades, sales, consents. What they let show is written by `customers`."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.bank.demo.seasons import SEASONS
from microlib.bank.demo.worlds import World, numbered, pick, read_settings

EVERYDAY = {"shops": 0.36, "catering": 0.18, "transport": 0.14, "workshops": 0.16, "services": 0.16}
#: which part of a source's suppliers depends on it, and how far
DEPENDENCE = {"high": 0.5, "low": 0.3, "unknown": 0.2}
VENUE_BRANCHES = {"V01": "0755", "V02": "0021", "V04": "0021"}
CROP_INDUSTRIES = {"rice": "A0111", "wheat": "A0112", "maize": "A0113", "vegetables": "A0141"}


def make_people(world: World) -> None:
    """Note one row per customer with everything the later stages need of him."""
    dice = world.dice("people")
    groups = read_settings("groups")
    people = _seats(world.notes["places"], list(groups), dice=dice, scale=world.scale)
    parts = [_members(part, groups[name], dice) for name, part in people.groupby("group", sort=False)]
    people = pd.concat(parts).sort_index()
    people["customer_id"] = numbered("C", range(1, len(people) + 1), 6)
    people["role"] = ""
    people["group_number"] = people.group.map({name: i for i, name in enumerate(groups)})
    people["season_number"] = people.season.map({name: i for i, name in enumerate(SEASONS)})
    _settle_dependence(people, dice)
    _settle_habits(people, dice)
    world.notes["people"] = people


def _seats(places: pd.DataFrame, names: list[str], *, dice: np.random.Generator, scale: float) -> pd.DataFrame:
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
