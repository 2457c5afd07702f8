"""What may be said is decided before the lift is looked at."""

import pandas as pd
import pytest

from microlib.metrics.campaigns.balances import sample_ratio
from microlib.metrics.campaigns.clusters import cluster_effects
from microlib.metrics.campaigns.effects import arm_counts, campaign_effects
from microlib.metrics.campaigns.readings import campaign_readings

NOTHING = pd.DataFrame({"campaign_id": [], "inference": []})


def _reading(rows, *, state="readable", held=0.5, design="hold_out", matched=NOTHING, over=True) -> pd.Series:
    plan = pd.DataFrame({"campaign_id": ["M"], "design": design, "holdout_share": held, "plan_state": state,
                         "needed_arm_count": 749, "detectable_lift_share": 0.05,
                         "closing_date": pd.Timestamp("2026-05-31" if over else "2026-07-31")})  # fmt: skip
    effects = campaign_effects(arm_counts(rows))
    checks = sample_ratio(rows, plan), cluster_effects(rows), matched
    return campaign_readings(effects, plan, *checks, as_of="2026-06-30").iloc[0]


@pytest.mark.parametrize(
    ("counts", "more", "reading"),
    [
        ((64, 450, 29, 450), {}, "lifted"),
        ((29, 450, 64, 450), {}, "lowered"),
        ((33, 300, 25, 300), {}, "not_distinguished"),
        ((27, 120, 12, 120), {"state": "process_only"}, "process_only"),
        ((50, 271, 5, 129), {}, "ratio_broken"),
        ((2, 4, 0, 4), {}, "too_few"),
        ((9, 9, 0, 0), {"design": "none", "held": 0.0}, "all_borrowed"),
        ((5, 90, 0, 0), {"design": "none", "held": 0.0}, "no_inference"),
        ((64, 450, 29, 450), {"over": False}, "unfinished"),
    ],
)
def test_each_campaign_gets_the_reading_that_its_numbers_allow(members, counts, more, reading) -> None:
    row = _reading(members(*counts), **more)
    assert row["reading"] == reading
    assert row["is_causal"] == (reading in ("lifted", "lowered", "not_distinguished"))


def test_one_market_is_never_read(members) -> None:
    row = _reading(members(26, 147, 0, 0, cluster_id="V01"), design="cluster", held=0.0)
    assert (row["reading"], row["is_causal"]) == ("no_inference", False)


def test_a_matched_estimate_is_never_causal_and_falls_with_its_trend(members) -> None:
    one = {"campaign_id": ["M"], "inference": "matched", "difference_share": 0.1, "difference_low": 0.05,
           "difference_high": 0.15}  # fmt: skip
    for parallel, reading in ((True, "matched_more"), (False, "matched_open")):
        matched = pd.DataFrame(one | {"is_parallel": parallel})
        row = _reading(members(70, 320, 0, 0), design="none", held=0.0, matched=matched)
        assert (row["reading"], row["basis"], row["is_causal"]) == (reading, "matched", False)


def test_clusters_too_few_for_their_plan_are_read_for_the_process_only(members) -> None:
    rows = members(20, 100, 10, 100)
    rows = rows.assign(cluster_id=rows["arm"].str[:1] + (rows.index % 7).astype(str))
    assert _reading(rows, design="cluster", state="process_only")["reading"] == "process_only"
    assert _reading(rows, design="cluster")["basis"] == "cluster"
