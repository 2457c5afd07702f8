"""Who plays a planted part: the split borrower, his innocent look-alikes, perennial renewers, odd invoice books."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.bank.demo.worlds import World

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
