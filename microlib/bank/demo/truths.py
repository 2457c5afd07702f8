"""What the finished bank holds that a report must find: read off the ledger itself, by definition, key by key."""

from __future__ import annotations

import pandas as pd

from microlib.bank.demo.arrears import renewal_truths, warning_truths
from microlib.bank.demo.seasons import CROPS, FESTIVAL_LEAD_DAYS
from microlib.bank.demo.worlds import World, read_settings


def make_truths(world: World) -> None:
    """Complete the truth with everything that is read from the finished tables."""
    world.truth |= warning_truths(world) | renewal_truths(world)
    world.truth["groups"] = _groups(world)
    world.truth["seasons"] = _seasons()
    world.truth["dependence"] = _dependence(world)
    world.truth["branches"] = _branches(world)
    first = world.notes["casts"]["first_payment_missed"]
    world.truth["planted_first_payment_customers"] = world.notes["people"].customer_id[first].tolist()
    world.truth["small_ticket"] = {"at_most_yuan": 300_000, "about_share": 0.6}


def _groups(world: World) -> dict:
    people = world.notes["people"]
    settings = read_settings("groups")
    members = people.groupby("group").customer_id.apply(list)
    return {
        name: {"customer_ids": members[name], "yearly_pd": settings[name]["yearly_pd"],
               "branch_ids": sorted(people.branch_id[people.group == name].unique())}
        for name in settings if name in members
    }  # fmt: skip


def _seasons() -> dict:
    festival = {
        "rule": "need peaks this many days before the Spring Festival, in draw-downs, flows and invoices alike",
        "lead_days": FESTIVAL_LEAD_DAYS, "groups": ["hardware_market", "garment_market"],
    }  # fmt: skip
    crops = {crop: {"peak_day_of_year": peak[0]} for crop, peak in CROPS.items()}
    rhythm = {
        "rule": "the bank pushes 1-20 January and the last ten days of each quarter",
        "rhythm_only_groups": ["hospital_one", "chamber"],
    }
    return {"festival": festival, "crops": crops, "building_days_of_year": [95, 262], "bank_rhythm": rhythm}


def _dependence(world: World) -> dict:
    """Each supplier's income share from his source over the last twelve months; unknown where nothing shows it."""
    people = world.notes["people"]
    own = people[(people.core_id != "") & (people.level >= 3)]
    known = own.dependence_band != "unknown"
    return {
        core: {
            "share_by_customer": dict(zip(part.customer_id, part.dependence_share, strict=True)),
            "dependent_ids": part.customer_id[known & (part.dependence_share >= 0.5)].tolist(),
            "independent_ids": part.customer_id[known & (part.dependence_share < 0.5)].tolist(),
            "unknown_ids": part.customer_id[~known[part.index]].tolist(),
        }
        for core, part in own.groupby("core_id")
    }


def _branches(world: World) -> dict:
    places = world.notes["places"]
    loans = world.frames["loans"]
    counts = pd.DataFrame({
        "customers_count": world.notes["people"].groupby("branch_id").size(),
        "loans_count": loans.groupby("branch_id").size(),
        "overdue_count": (loans.overdue_days > 0).groupby(loans.branch_id).sum(),
    }).reindex(places.branch_id).fillna(0).astype(int)  # fmt: skip
    traits = places.set_index("branch_id")[["level", "trait"]]
    return counts.join(traits).to_dict("index")
