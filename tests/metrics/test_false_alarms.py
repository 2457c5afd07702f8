"""Ten small banks: whoever is not planted is not listed as open; the count of false alarms is printed.

A clean branch is not accused: a sample of what `make false-alarms` counts over ten seeds.
"""

from __future__ import annotations

import sys

import pytest

from microlib.demo.build import stages
from microlib.demo.world import World
from microlib.metrics.chain import financed_payables, twin_payables
from microlib.metrics.payables import diverted_receipts

SEEDS = range(10)


def _alarms(world: World) -> tuple[int, int]:
    """Return how many rows are open without having been planted, and how many were looked at."""
    for stage in stages("chain"):
        stage(world)
    payables, truth = world.frames["core_payables"], world.truth
    twins = twin_payables(payables, as_of=world.as_of)
    financed = financed_payables(world.frames["payable_loans"], payables)
    turned = diverted_receipts(world.frames["core_receipts"], as_of=world.as_of)
    planted = {pair[1] for pair in truth["duplicate_payables"]["pairs"]}
    planted |= set(truth["payables_financed_beyond_worth"]["payable_ids"])
    planted |= set(truth["receipts_turned_away"]["diverted_ids"])
    named = [(twins, "other_payable_id"), (financed, "payable_id"), (turned, "customer_id")]
    opened = [key for rows, column in named for key in rows.loc[rows["state"] == "open", column]]
    return len(set(opened) - planted), sum(len(rows) for rows, _ in named)


@pytest.mark.filterwarnings("ignore")
def test_clean_suppliers_are_not_accused_over_ten_banks(lived, capsys: pytest.CaptureFixture) -> None:
    counts = [_alarms(lived(seed)) for seed in SEEDS]
    with capsys.disabled():
        sys.stdout.write(f"\nfalse alarms of the supply chain, ten banks: {sum(one for one, _ in counts)} of "
              f"{sum(all_ for _, all_ in counts)} rows looked at\n")  # fmt: skip
    assert sum(one for one, _ in counts) <= 1


def test_a_clean_branch_shows_no_sign(alarms, clean):
    found = alarms.counted(clean)
    assert sum(found.values()) - found["on_day_off"] - found["in_minutes"] <= 1, found
    assert found["on_day_off"] + found["in_minutes"] <= 0.01 * len(clean["applications"])


def test_the_planted_branch_shows_them(alarms, planted):
    found = alarms.counted(planted)
    names = ["returned", "off_purpose", "split_under_threshold", "shared_payee", "unexplained", "at_night"]
    assert min(found[name] for name in [*names, "before_registration", "papers_missing"]) >= 3
