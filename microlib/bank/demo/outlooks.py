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
    """Write the series; what one trade takes in follows the first of them by a known elasticity."""
    dice = world.dice("external_series")
    months = MONTHS.astype(str)
    followed = 100 * np.exp(_wander(dice, len(months)))
    walk = 100 * np.exp(np.cumsum(dice.normal(0, 0.02, len(months))))
    short = 100 * np.exp(np.cumsum(dice.normal(0, 0.03, len(months))))[-SHORT_MONTHS:]
    frame = pd.concat([
        _series(FOLLOWED, months, followed, ("commodity_price", TRADE)),
        _series(UNRELATED, months, walk, ("industry", "H62")),
        _series(SHORT, months[-SHORT_MONTHS:], short, ("medical_payment", "F515")),
    ])  # fmt: skip
    _follow(world, pd.Series(followed / 100, index=months))
    world.keep("external_series", frame)
    world.truth["external_series"] = {
        "followed": {"series_id": FOLLOWED, "elasticity": ELASTICITY, "industry_code": TRADE},
        "unrelated": UNRELATED, "too_short": SHORT,
    }  # fmt: skip


def _wander(dice: np.random.Generator, count: int) -> np.ndarray:
    """A path that strays by some nine percent and comes back, in logs."""
    path, steps = np.zeros(count), dice.normal(0, 0.055, count)
    for month in range(1, count):
        path[month] = 0.8 * path[month - 1] + steps[month]
    return path


def _follow(world: World, ratio: pd.Series) -> None:
    """Let the trade's account flows move with the series."""
    flows, people = world.frames["flow_months"], world.notes["people"]
    ours = flows.customer_id.isin(people.customer_id[people.industry_code == TRADE])
    moved = flows.month[ours].map(ratio).astype("float64") ** ELASTICITY
    for name in ("inflow_yuan", "outflow_yuan", "min_balance_yuan"):
        flows.loc[ours, name] = (flows.loc[ours, name] * moved).round(2)


def _series(name: str, months: np.ndarray, values: np.ndarray, bears: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame({"series_id": name, "month": months, "value": values.round(2), "unit": "index",
                         "driver": bears[0], "industry_code": bears[1], "source": SOURCE})  # fmt: skip
