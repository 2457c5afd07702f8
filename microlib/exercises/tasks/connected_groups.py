"""x13: planted groups among 3,000 borrowers, and hubs (an accountant's phone, a shared office) that link nobody."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from microlib.exercises.exercise import Item
from microlib.metrics.connections import HOUSE_RULES, connected_groups, link_weights, shared_links

CODE = "x13"
ITEMS = (Item("groups", "groups", 0.9, judge="groups"), Item("found", "firms", 0))
BORROWERS, ACCOUNTANT, OFFICE, TODAY = 3_000, 45, 60, date(2026, 6, 30)


def draw(seed: int) -> dict:
    """Draw borrowers with phone and address; some groups share both, and two hubs are held by many."""
    dice = np.random.default_rng(13 + seed)
    ids = np.array([f"C{number:04d}" for number in range(BORROWERS)])
    phone, address = (
        np.array([f"{mark}{number:05d}" for number in dice.permutation(90_000)[:BORROWERS]], dtype=object)
        for mark in "pa"
    )
    mixed, groups = dice.permutation(BORROWERS), []
    place = 0
    for size in dice.integers(2, 5, dice.integers(10, 17)):
        members = mixed[place : place + size]
        phone[members], address[members] = phone[members[0]], address[members[0]]
        groups.append(sorted(ids[members].tolist()))
        place += size
    hub = mixed[place : place + OFFICE]
    phone[hub[:ACCOUNTANT]], address[hub] = "p99999", "a99999"
    neighbours = mixed[place + OFFICE : place + OFFICE + 400].reshape(200, 2)
    address[neighbours[:, 1]] = address[neighbours[:, 0]]
    customers = pd.DataFrame({"customer_id": ids, "phone_hash": phone, "address_hash": address})
    return {"customers": customers, "_groups": groups, "_hub": [sorted(ids[hub[:ACCOUNTANT]].tolist())]}


def solve(data: dict) -> dict:
    """Join who shares things that few hold: weigh every link, add up a pair's evidence, join pairs over the mark."""
    none = pd.DataFrame(
        columns=["customer_id_a", "customer_id_b", "link_type", "value_hash", "strength_share", "source", "seen_date"]
    )
    links = link_weights(none, shared_links(data["customers"]), as_of=TODAY)
    links["doubt"] = 1 - links["weight_share"]
    pairs = (1 - links.groupby(["customer_id_a", "customer_id_b"])["doubt"].prod()).rename("weight").reset_index()
    strong = pairs[pairs["weight"] >= HOUSE_RULES.threshold].assign(counts_as_one=True, status="to_check")
    members = connected_groups(strong)
    groups = [each.to_list() for _, each in members.groupby("connected_id")["customer_id"]]
    return {"groups": groups, "found": len(groups)}


def keys(data: dict) -> dict:
    """Return the planted groups."""
    return {"groups": data["_groups"], "found": len(data["_groups"])}


def slips(data: dict) -> dict:
    """Return the hub taken for a group."""
    return {"groups": {"hub": data["_hub"]}, "found": {"hub": len(data["_groups"]) + 1}}
