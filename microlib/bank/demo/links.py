"""Links between customers: those of the split borrower, and those that look alike and are innocent."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from microlib.bank.demo.masks import masked
from microlib.bank.demo.worlds import AS_OF, World

FAMILY_PAIRS = 160
SPLIT_PAYEE = "示例收款账户split"


def make_links(world: World) -> None:
    """Write the links of every planted part and some ordinary family ties."""
    casts, dice = world.notes["casts"], world.dice("links")
    pairs = [*_split(casts), *_lookalikes(casts), *_families(world.notes["people"], dice)]
    frame = pd.DataFrame(pairs, columns=["a", "b", "link_type", "value", "strength_share", "source"])
    people = world.notes["people"]
    levels = people.level.to_numpy()
    frame = frame[(levels[frame.a] >= 2) & (levels[frame.b] >= 2)].reset_index(drop=True)
    ids = people.customer_id.to_numpy()
    values = {value: masked(value) for value in pd.unique(frame.value) if value}
    frame["customer_id_a"], frame["customer_id_b"] = ids[frame.a], ids[frame.b]
    frame["value_hash"] = frame.value.map(values)
    frame["seen_date"] = np.datetime64(AS_OF) - dice.integers(5, 400, len(frame))
    world.keep("customer_links", frame.drop_duplicates(["customer_id_a", "customer_id_b", "link_type"]))
    _say(world, casts)


def _among(members: np.ndarray, link_type: str, value: str, strength: float) -> list[tuple]:
    return [(a, b, link_type, value, strength, "system") for a, b in combinations(members, 2)]


def _from(hub: int, members: np.ndarray, link_type: str, strength: float) -> list[tuple]:
    return [(hub, member, link_type, f"示例{link_type}{hub}", strength, "registry") for member in members]


def _split(casts: dict) -> list[tuple]:
    """One borrower behind six loans: one phone, one account that all proceeds reach, one controlling company."""
    members = casts["split_borrower"]
    links = _among(members, "phone", "示例共用split_borrower", 0.9) + _among(members, "account", SPLIT_PAYEE, 0.95)
    for controller in casts["split_controller"]:
        links += _from(controller, members, "controller", 0.9)
    return links


def _lookalikes(casts: dict) -> list[tuple]:
    clients, sharers, served = casts["accountant_client"], casts["address_sharer"], casts["agent_client"]
    links = _among(clients, "phone", "示例共用accountant_client", 0.3)
    for accountant in casts["accountant"]:
        links += _from(accountant, clients, "accountant", 0.5)
    links += _among(sharers, "registered_address", "示例共用address_sharer", 0.2)
    links += _among(served, "device", "示例代办设备A07", 0.2)
    for owner, company in zip(casts["owner"], casts["owned"], strict=True):
        links.append((owner, company, "legal_representative", f"示例法人{owner}", 1.0, "registry"))
        links.append((owner, company, "phone", f"示例法人电话{owner}", 0.9, "system"))
    for part in ("couple", "garment_couple"):
        for one, other in zip(casts[part][0::2], casts[part][1::2], strict=False):
            links.append((one, other, "spouse", f"示例夫妻{one}", 1.0, "household"))
            links.append((one, other, "address", f"示例夫妻地址{one}", 0.8, "system"))
    return links


def _families(people: pd.DataFrame, dice: np.random.Generator) -> list[tuple]:
    free = np.flatnonzero((people.role == "") & people.kind.isin(["sole_trader", "farm_household"]))
    chosen = dice.permutation(free)[: 2 * min(FAMILY_PAIRS, len(free) // 2)].reshape(-1, 2)
    chosen = np.sort(
        chosen[people.branch_id.to_numpy()[chosen[:, 0]] == people.branch_id.to_numpy()[chosen[:, 1]]], axis=1
    )
    return [(a, b, "kin", f"示例亲属{a}", 0.7, "household") for a, b in chosen]


def _say(world: World, casts: dict) -> None:
    ids = world.notes["people"].customer_id
    named = {part: ids[casts[part]].tolist() for part in casts}
    loans = world.frames["loans"]
    six = loans[loans.customer_id.isin(named["split_borrower"])]
    world.truth["split_groups"] = [{
        "customer_ids": named["split_borrower"], "loan_ids": six.loan_id.tolist(), "authority_limit_yuan": 500_000,
        "sum_yuan": float(six.amount_yuan.sum()), "controller_id": named["split_controller"][:1],
        "branch_id": "0755", "days_between_first_and_last": 45,
    }]  # fmt: skip
    pairs = {
        "owner_and_own_company": zip(named["owner"], named["owned"], strict=True),
        "couple_with_two_stalls": zip(named["couple"][0::2], named["couple"][1::2], strict=False),
        "couple_with_two_garment_stalls": zip(
            named["garment_couple"][0::2], named["garment_couple"][1::2], strict=False
        ),
    }
    world.truth["innocent_lookalikes"] = {name: [list(pair) for pair in both] for name, both in pairs.items()} | {
        "accountant_phone": named["accountant_client"], "accountant_ids": named["accountant"],
        "shared_registered_address": named["address_sharer"], "shared_agent": named["agent_client"],
    }  # fmt: skip
