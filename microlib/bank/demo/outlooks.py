"""Series from outside the bank: one that sales follow, one that they do not, one that is too short to say."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.bank.demo.worlds import MONTHS, World

ELASTICITY = 0.6
TRADE = "F5174"
FOLLOWED, UNRELATED, SHORT = "hardware_price_index", "catering_climate_index", "medical_settlement_index"
SHORT_MONTHS = 15
SOURCE = "示例外部数据（合成）"


def make_series(world: World) -> None:
    """Write the series; the first is drawn from what its trade sold, so that sales follow it by a known elasticity."""
    dice = world.dice("external_series")
    months = MONTHS.astype(str)
    surprise = _surprise(world)
    followed = 100 * np.exp(surprise / ELASTICITY + dice.normal(0, 0.004, len(months)))
    walk = 100 * np.exp(np.cumsum(dice.normal(0, 0.02, len(months))))
    short = 100 * np.exp(np.cumsum(dice.normal(0, 0.03, len(months))))[-SHORT_MONTHS:]
    frame = pd.concat([
        _series(FOLLOWED, months, followed, ("commodity_price", TRADE)),
        _series(UNRELATED, months, walk, ("industry", "H62")),
        _series(SHORT, months[-SHORT_MONTHS:], short, ("medical_payment", "F515")),
    ])  # fmt: skip
    world.keep("external_series", frame)
    world.truth["external_series"] = {
        "followed": {"series_id": FOLLOWED, "elasticity": ELASTICITY, "industry_code": TRADE},
        "unrelated": UNRELATED, "too_short": SHORT,
    }  # fmt: skip


def _surprise(world: World) -> np.ndarray:
    """What the trade's seen sales show beyond trend, curve and season, in logs."""
    people = world.notes["people"]
    seen = (people.industry_code == TRADE) & people.consents_flows & (people.level >= 3)
    total = np.log(world.notes["sales"][seen.to_numpy()].sum(axis=0))
    season = int(people.season_number[people.group == "hardware_market"].mode()[0])
    months = np.arange(len(MONTHS)) / 12
    design = np.column_stack([np.ones(len(MONTHS)), months, months**2, np.log(world.notes["monthly_need"][season])])
    return total - design @ np.linalg.lstsq(design, total, rcond=None)[0]


def _series(name: str, months: np.ndarray, values: np.ndarray, bears: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame({"series_id": name, "month": months, "value": values.round(2), "unit": "index",
                         "driver": bears[0], "industry_code": bears[1], "source": SOURCE})  # fmt: skip
