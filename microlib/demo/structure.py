"""Demo risk structure: links, guarantees, collateral, applications; a split borrower, innocent look-alikes."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from microlib.demo.world import AS_OF, World, masked, numbered, pick, read_settings

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
    world.truth["split_groups"] = [
        {
            "customer_ids": named["split_borrower"],
            "loan_ids": six.loan_id.tolist(),
            "authority_limit_yuan": 500_000,
            "sum_yuan": float(six.amount_yuan.sum()),
            "controller_id": named["split_controller"][:1],
            "branch_id": "0755",
            "days_between_first_and_last": 45,
        }
    ]
    pairs = {
        "owner_and_own_company": zip(named["owner"], named["owned"], strict=True),
        "couple_with_two_stalls": zip(named["couple"][0::2], named["couple"][1::2], strict=False),
        "couple_with_two_garment_stalls": zip(
            named["garment_couple"][0::2], named["garment_couple"][1::2], strict=False
        ),
    }
    world.truth["innocent_lookalikes"] = {name: [list(pair) for pair in both] for name, both in pairs.items()} | {
        "accountant_phone": named["accountant_client"],
        "accountant_ids": named["accountant"],
        "shared_registered_address": named["address_sharer"],
        "shared_agent": named["agent_client"],
    }


def make_guarantees(world: World) -> None:
    """Write guarantees for branches that deliver them, and say who is in the ring."""
    loans, dice = world.frames["loans"], world.dice("guarantees")
    people, casts = world.notes["people"], world.notes["casts"]
    levels = people.set_index("customer_id").level
    shown = loans[loans.customer_id.map(levels) >= 2]
    ids = people.customer_id
    market = shown[shown.customer_id.isin(ids[casts["market_guaranteed"]])]
    ring = _ring(shown, ids[casts["ring"]].tolist())
    planted = pd.concat([market.loan_id, ring.loan_id])
    plain = shown[(shown.guarantee == "guarantee") & ~shown.loan_id.isin(planted)]
    parts = [_ordinary(plain, dice), _by_market(market), ring]
    world.keep("guarantees", _called(pd.concat(parts, ignore_index=True), world, dice))
    world.truth["market_as_guarantor"] = {"guarantor_id": "M01", "loan_ids": market.loan_id.tolist()}
    world.truth["guarantee_ring"] = {
        "customer_ids": ids[casts["ring"]].tolist(),
        "edges": ring[["guarantor_id", "customer_id", "loan_id"]].to_numpy().tolist(),
    }


def _ordinary(loans: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    n = len(loans)
    worth = loans.amount_yuan.to_numpy() * dice.gamma(3, 0.8, n)
    return pd.DataFrame(
        {
            "loan_id": loans.loan_id.to_numpy(),
            "guarantor_id": numbered("G", dice.integers(1, 4_000, n), 6),
            "kind": pick(dice, {"person": 0.75, "company": 0.15, "guarantee_company": 0.1}, n),
            "amount_yuan": loans.amount_yuan.to_numpy(),
            "net_worth_yuan": worth.round(-3),
        }
    )


def _by_market(loans: pd.DataFrame) -> pd.DataFrame:
    frame = loans[["loan_id", "amount_yuan"]]
    return frame.assign(guarantor_id="M01", kind="company", net_worth_yuan=8_000_000.0)


def _ring(loans: pd.DataFrame, members: list[str]) -> pd.DataFrame:
    """Each member stands for the next one's latest loan; the first two stand for each other."""
    circle = list(zip(members, members[1:] + members[:1], strict=True)) if len(members) > 1 else []
    pairs = circle + [tuple(members[1::-1])] * (len(members) > 2)
    latest = loans.sort_values("disbursed_date").groupby("customer_id").last()[["loan_id", "amount_yuan"]]
    edges = pd.DataFrame(pairs, columns=["guarantor_id", "customer_id"]).astype(object)
    ring = edges.merge(latest.reset_index(), on="customer_id")
    return ring.assign(kind="joint_group", net_worth_yuan=ring.amount_yuan * 1.2)


def _called(frame: pd.DataFrame, world: World, dice: np.random.Generator) -> pd.DataFrame:
    """Guarantors of half of the loans that went bad were called upon."""
    loans = world.frames["loans"].set_index("loan_id")
    bad = frame.loan_id.map(loans.overdue_days).gt(120) | frame.loan_id.map(loans.status).eq("written_off")
    called = (bad & (dice.random(len(frame)) < 0.5)).to_numpy()
    closed = frame.loan_id.map(loans.written_off_date).fillna(pd.Timestamp("2026-05-20"))
    paid = np.where(called, frame.amount_yuan * dice.uniform(0.1, 0.6, len(frame)), np.nan)
    return frame.assign(called_date=closed.where(called), called_yuan=np.round(paid, 2))


APPRAISERS = [f"AP{number:02d}" for number in range(1, 11)]
BIASED_APPRAISER, APPRAISER_BIAS = "AP07", 0.18
BRANCH_BIAS = 0.12
DISTRICTS = 4
#: fair unit price against that of a home in the same district
KIND_FACTOR = {"home": 1.0, "shop": 1.6, "factory": 0.45}


def make_collateral(world: World) -> None:
    """Write collateral and its links for branches that deliver them, and say who overvalues by how much."""
    loans, dice = world.frames["loans"], world.dice("collateral")
    levels = world.notes["places"].set_index("branch_id").level
    secured = loans[(loans.guarantee == "mortgage") & (loans.branch_id.map(levels) >= 2)].reset_index(drop=True)
    frame = _appraised(secured, world, dice)
    world.keep("collateral", frame)
    links = frame[["loan_id", "collateral_id"]].assign(
        secured_yuan=secured.amount_yuan, owner=pick(dice, {"self": 0.8, "third_party": 0.2}, len(frame))
    )
    world.keep("collateral_links", links)
    places = world.notes["places"]
    world.truth["appraisal_bias"] = {
        "appraiser_id": BIASED_APPRAISER,
        "appraiser_bias_share": APPRAISER_BIAS,
        "branch_ids": places.branch_id[places.trait == "overvalued"].tolist(),
        "branch_bias_share": BRANCH_BIAS,
        "recovered_by": "value_yuan / area_m2 within district x kind",
    }


def _appraised(loans: pd.DataFrame, world: World, dice: np.random.Generator) -> pd.DataFrame:
    n = len(loans)
    number = dice.integers(1, DISTRICTS + 1, n)
    kind, appraiser = pick(dice, {"home": 0.65, "shop": 0.27, "factory": 0.08}, n), pick(dice, APPRAISERS, n)
    places = world.notes["places"].set_index("branch_id")
    level = loans.branch_id.map(dict(zip(places.index, dice.uniform(9_000, 26_000, len(places)), strict=True)))
    unit = level * (0.7 + 0.2 * number) * pd.Series(kind).map(KIND_FACTOR)
    area = np.round(loans.amount_yuan / dice.uniform(0.42, 0.68, n) / unit, 1)
    bias = 1 + APPRAISER_BIAS * (appraiser == BIASED_APPRAISER)
    bias = bias * (1 + BRANCH_BIAS * (loans.branch_id.map(places.trait) == "overvalued").to_numpy())
    value = (area * unit * bias * np.exp(dice.normal(0, 0.04, n))).round(-3)
    return pd.DataFrame(
        {
            "loan_id": loans.loan_id,
            "collateral_id": numbered("K", range(1, n + 1), 6),
            "kind": kind,
            "district": loans.branch_id + "_D" + pd.Series(number).astype(str),
            "area_m2": area,
            "value_yuan": value,
            "valued_date": loans.disbursed_date - pd.Timedelta(days=9),
            "appraiser_id": appraiser,
            "method": pick(dice, {"comparison": 0.7, "income": 0.15, "automatic": 0.15}, n),
            "registered_date": loans.disbursed_date - pd.Timedelta(days=2),
            "registration_order": pick(dice, {"first": 0.85, "second": 0.15}, n),
            "origin_ltv_share": (loans.amount_yuan / value).round(4),
        }
    )


SINCE = pd.Timestamp("2024-07-01")
REFUSED_SHARE = 0.38  # of the granted ones
REASONS = {
    "insufficient_cash_flow": 0.34,
    "high_debt": 0.24,
    "documents_missing": 0.18,
    "no_collateral": 0.12,
    "relationship_unverified": 0.07,
    "industry_restricted": 0.05,
}
DAYS = {"survey": (2.5, 1.6), "decide": (2.0, 1.5), "disburse": (1.5, 2.0)}  # shape, scale in days
SLOW_BRANCH, SLOWER = "0512", 2.2


def make_applications(world: World) -> None:
    """Write the applications of the last 24 months for branches that deliver them."""
    dice = world.dice("applications")
    frame = pd.concat([_granted(world, dice), _declined(world, dice)], ignore_index=True)
    frame = _timed(frame, dice).sort_values("submitted_at", kind="stable", ignore_index=True)
    n = len(frame)
    exception = (dice.random(n) < 0.03) & frame.granted_yuan.gt(0)
    frame = frame.assign(
        application_id=numbered("A", range(1, n + 1), 6),
        approver_id="S" + frame.branch_id + "_" + pd.Series(dice.integers(1, 4, n)).astype(str),
        is_exception=exception,
        exception_code=pd.Series("documents_waived", index=frame.index).where(exception),
        documents_count=3 + dice.poisson(6, n),
    )
    world.keep("applications", frame)
    world.truth["slow_branch"] = {"branch_id": SLOW_BRANCH, "survey_days_factor": SLOWER}


def _granted(world: World, dice: np.random.Generator) -> pd.DataFrame:
    loans, places = world.frames["loans"], world.notes["places"].set_index("branch_id")
    new = (loans.issue_type == "new") & (loans.disbursed_date >= SINCE) & (loans.branch_id.map(places.level) >= 2)
    frame = loans.loc[new, ["customer_id", "product_id", "branch_id", "rm_id", "channel", "purpose"]]
    granted, cut = loans.amount_yuan[new], dice.random(new.sum()) < 0.3
    office = pd.to_timedelta(dice.integers(9 * 60, 17 * 60, len(frame)), unit="min")
    asked = np.where(cut, granted * dice.uniform(1.1, 1.6, len(frame)), granted).round(-4)
    return frame.assign(
        asked_yuan=np.maximum(asked, granted),
        granted_yuan=granted,
        reason_code=None,
        decision=np.where(cut & (asked > granted), "partly_approved", "approved"),
        disbursed_at=loans.disbursed_date[new] + office,
    )


def _declined(world: World, dice: np.random.Generator) -> pd.DataFrame:
    people = world.notes["people"]
    open_to_see = np.flatnonzero((people.level >= 2) & ~people.trait.isin(["twelve"]) & (people.role == ""))
    n = int(len(open_to_see) * 0.22 * REFUSED_SHARE / 0.38)
    asked = people.iloc[np.sort(dice.choice(open_to_see, n))].reset_index(drop=True)
    groups = read_settings("groups")
    decision = pick(dice, {"refused": 0.76, "withdrawn": 0.2, "pending": 0.04}, n)
    recent = pd.Timestamp(AS_OF) - pd.to_timedelta(dice.integers(0, 25, n), unit="D")
    any_day = SINCE + pd.to_timedelta(dice.integers(0, 715, n), unit="D")
    reasons = np.where(decision == "refused", pick(dice, REASONS, n), None)
    reasons = np.where(decision == "withdrawn", "customer_withdrew", reasons)
    return asked[["customer_id", "branch_id", "rm_id", "purpose"]].assign(
        product_id=[max(groups[name]["products"], key=groups[name]["products"].get) for name in asked.group],
        channel="branch",
        asked_yuan=(asked.amount_median_yuan * dice.uniform(0.8, 2.2, n)).round(-4).clip(10_000),
        decision=decision,
        reason_code=reasons,
        granted_yuan=0.0,
        submitted_at=pd.Series(np.where(decision == "pending", recent, any_day)) + pd.Timedelta(hours=10),
    )


def _timed(frame: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    """Reckon each step's moment: back from the payout of what was granted, forward from the asking of the rest."""
    slow = np.where(frame.branch_id == SLOW_BRANCH, SLOWER, 1.0)
    steps = {name: dice.gamma(shape, scale, len(frame)) * slow for name, (shape, scale) in DAYS.items()}
    spans = {name: pd.to_timedelta((days * 1440).round(), unit="min") for name, days in steps.items()}
    asked = frame.submitted_at.fillna(frame.disbursed_at - spans["disburse"] - spans["decide"] - spans["survey"])
    surveyed = asked + spans["survey"]
    decided = (surveyed + spans["decide"]).where(frame.decision != "pending")
    last = pd.Timestamp(AS_OF) + pd.Timedelta(hours=18)
    return frame.assign(
        submitted_at=asked, surveyed_at=surveyed.where(surveyed <= last), decided_at=decided.clip(upper=last)
    )
