"""Homes and shops behind mortgage loans; one appraiser and one branch see more value than there is."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.bank.demo.worlds import World, numbered, pick

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
        "appraiser_id": BIASED_APPRAISER, "appraiser_bias_share": APPRAISER_BIAS,
        "branch_ids": places.branch_id[places.trait == "overvalued"].tolist(), "branch_bias_share": BRANCH_BIAS,
        "recovered_by": "value_yuan / area_m2 within district x kind",
    }  # fmt: skip


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
    return pd.DataFrame({
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
    })  # fmt: skip
