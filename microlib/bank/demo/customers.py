"""The customers table: who borrows, in the contract's columns, every identifier a pseudonym."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.bank.demo.masks import masked_all
from microlib.bank.demo.worlds import World, month_ends, pick

SALES_BOUNDS = [0, 1_000_000, 20_000_000]


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
