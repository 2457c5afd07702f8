"""False alarms of the risk review on a clean branch, over several seeds; run as a module, this prints the table."""

from __future__ import annotations

import sys
from datetime import date

import pandas as pd

from microlib.demo.build import build_world
from microlib.demo.world import World
from microlib.errors import EmptyBook
from microlib.metrics.conduct import CHECKS, SIGNS, timeline_checks, unexplained_equity, use_signs
from microlib.metrics.loan_failures import decided_loans, funnel

AS_OF = date(2026, 6, 30)
CLEAN = "0021"
OWN = ("branch_id", "customer_id", "loan_id", "collateral_id")


def book(world: World, branch: str) -> dict[str, pd.DataFrame]:
    """Return one branch's tables of a demo bank in memory."""
    frames = world.frames
    customers = frames["customers"].query("branch_id == @branch")
    loans = frames["loans"].query("branch_id == @branch")
    links = frames["collateral_links"][frames["collateral_links"].loan_id.isin(loans.loan_id)]
    keys = {"branch_id": [branch], "customer_id": customers.customer_id, "loan_id": loans.loan_id,
            "collateral_id": links.collateral_id}  # fmt: skip
    return {name: _cut(frame, keys) for name, frame in frames.items()}


def counted(tables: dict[str, pd.DataFrame]) -> dict[str, int]:
    """Count what each check of the review finds in a branch's tables."""
    signs = use_signs(tables["payments"], tables["loans"], threshold_yuan=5e5, window_days=10, return_share=0.5)
    equity = unexplained_equity(tables["site_checks"], tolerance_share=0.1, yearly_rate=0.12, months=24)
    checks = timeline_checks(
        *(tables[name] for name in ("applications", "loans", "collateral_links", "collateral")), fastest_minutes=10
    )
    past = decided_loans(tables["applications"], tables["loans"], tables["loan_months"], as_of=AS_OF)
    found = {name: int(signs[name].sum()) for name in SIGNS} | {"unexplained": int((~equity.is_explained).sum())}
    found |= checks.check.value_counts().reindex(list(CHECKS), fill_value=0).to_dict()
    return found | {f"outside_{by}": _outside(past, by) for by in ("approver_id", "rm_id")}


def main(seeds: int) -> pd.DataFrame:
    """Return false alarms of the clean branch, one row a seed, with what was looked at."""
    rows = []
    for seed in range(seeds):
        tables = book(build_world(branches=2, seed=seed, scale=0.15), CLEAN)
        looked = {"loans": len(tables["payments"].loan_id.unique()), "files": len(tables["applications"])}
        rows.append({"seed": seed, **looked, **counted(tables)})
    return pd.DataFrame(rows).set_index("seed")


def _cut(frame: pd.DataFrame, keys: dict) -> pd.DataFrame:
    name = next((name for name in OWN if name in frame.columns), None)
    return frame[frame[name].isin(keys[name])].reset_index(drop=True) if name else frame


def _outside(past: pd.DataFrame, by: str) -> int:
    try:
        return int((funnel(past, by=by).funnel_place == "above_action").sum())
    except EmptyBook:
        return 0


if __name__ == "__main__":
    table = main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
    sys.stdout.write(f"{table.T.to_string()}\n\nsum\n{table.sum().to_string()}\n")
