"""Default rates told a year ago against what happened, over ten demo banks; and how far ranges of small cells cover."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.demo.build import stages
from microlib.demo.world import AS_OF, World
from microlib.metrics.defaults import backtest_rates, default_cohorts, default_counts
from microlib.stats.shrinkage import shrink_rates

#: not those on which the yearly spread was chosen (1 to 10)
SEEDS = range(11, 21)
#: cells, least and most borrowers in each, draws for each true beta
DESIGNS = {
    "12 cells of 20-60": (12, 20, 60, 40),
    "30 cells of 3-12": (30, 3, 12, 20),
    "77 cells of 1-12": (77, 1, 12, 10),
    "40 cells of 20-200": (40, 20, 200, 10),
}
BETAS = [(1, 9), (2, 98), (1, 49), (5, 20), (0.5, 9.5), (3, 27), (10, 190), (20, 180), (0.4, 7.6), (50, 950), (4, 6)]


def rows() -> list[dict]:
    """Return the rows of the bench table."""
    told = pd.concat([_told(seed) for seed in SEEDS], ignore_index=True)
    slope = _slope(told)
    losses = {name: _loss(told, told[name]) for name in ("told_rate", "pooled_rate", "raw_rate")}
    inside = float((told["finding"] == "inside").mean())
    name = f"rates told a year ago, {len(told)} groups of {len(SEEDS)} banks"
    found = [
        _row(f"{name}: slope of what came on what was told / 1", slope, 1.0, "0.8-1.25", 0.8 <= slope <= 1.25),
        _row(f"{name}: log loss / pooled", losses["told_rate"], losses["pooled_rate"], 1.0),
        _row(f"{name}: log loss / raw", losses["told_rate"], losses["raw_rate"], 1.0),
        _row(f"{name}: counts outside their 90 % range / 10 %", 1 - inside, 0.1, 1.4),
    ]
    return [*found, *(_covers(name) for name in DESIGNS)]


def _row(name: str, ours: float, peer: float, bound: float | str, holds: bool | None = None) -> dict:
    kept = ours / peer <= bound if holds is None else holds
    return {"name": name, "ours": ours, "peer": peer, "ratio": ours / peer, "bound": bound, "holds": bool(kept)}


def _told(seed: int) -> pd.DataFrame:
    """What could be told of every branch's groups in one bank, what came, and two plainer tellings."""
    world = World(seed=seed, branches=12)
    for stage in stages("ground", "lending", "ledger"):
        stage(world)
    tables = (world.frames[name] for name in ("loans", "loan_months", "customers"))
    cohorts = default_cohorts(*tables, as_of=AS_OF)
    people = world.notes["people"].set_index("customer_id")
    place, group = (cohorts["customer_id"].map(people[name]).astype(str) for name in ("branch_id", "group"))
    cohorts = cohorts.assign(cell=place + " " + group, branch_kind=place + " " + cohorts["kind"])
    pieces = pd.concat([_pieces(part, year) for year, part in cohorts.groupby("opening_date")], ignore_index=True)
    found = backtest_rates(cohorts, pieces, within="cell")
    before = default_counts(cohorts[cohorts["opening_date"] < cohorts["opening_date"].max()], within="cell")
    before = before.set_index("cell").loc[found["cell"], ["bad_count", "total_count"]].reset_index(drop=True)
    pooled = before["bad_count"].sum() / before["total_count"].sum()
    raw = (before["bad_count"] + 0.5) / (before["total_count"] + 1)
    return found.assign(pooled_rate=pooled, raw_rate=raw)


def _pieces(cohorts: pd.DataFrame, year: pd.Timestamp) -> pd.DataFrame:
    counts = default_counts(cohorts, within="branch_kind")
    return counts.assign(kind=counts["branch_kind"].str.split(" ", n=1).str[1], year=f"{year:%Y-%m}")


def _loss(told: pd.DataFrame, rate: pd.Series) -> float:
    bad, good = told["bad_count"], told["total_count"] - told["bad_count"]
    return float(-(bad * np.log(rate) + good * np.log1p(-rate)).sum() / told["total_count"].sum())


def _slope(told: pd.DataFrame) -> float:
    """Slope of a logistic regression of what came on the log odds of what was told."""
    odds = np.log(told["told_rate"] / (1 - told["told_rate"])).to_numpy()
    sides, found = np.column_stack([np.ones(len(odds)), odds]), np.zeros(2)
    bad, total = (told[name].to_numpy(float) for name in ("bad_count", "total_count"))
    for _ in range(50):
        rate = 1 / (1 + np.exp(-sides @ found))
        weight = (total * rate * (1 - rate))[:, None]
        found = found + np.linalg.solve(sides.T @ (sides * weight), sides.T @ (bad - total * rate))
    return float(found[1])


def _covers(design: str) -> dict:
    """How many true rates lie outside ranges of 90 %, over a spread of true betas."""
    count, least, most, times = DESIGNS[design]
    generator, hits = np.random.default_rng(11), []
    for beta in BETAS * times:
        rates, total = generator.beta(*beta, count), generator.integers(least, most + 1, count)
        found = shrink_rates(pd.DataFrame({"bad_count": generator.binomial(total, rates), "total_count": total}))
        hits.append(((found["shrunk_low"] <= rates) & (rates <= found["shrunk_high"])).mean())
    return _row(f"true rates outside their 90 % range, {design} / 10 %", 1 - float(np.mean(hits)), 0.1, 1.4)
