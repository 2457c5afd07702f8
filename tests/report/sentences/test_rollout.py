"""What is said of target, progress, plan, pay and funnel follows from the numbers, in both languages."""

import pandas as pd
import pytest

from microlib.metrics.selling import plan_progress, rate_standings, stage_conversions
from microlib.report.sentences import verdict
from microlib.report.words import Words


def told(key, *frames, lang="en"):
    said = verdict(key)(*frames)
    return Words(lang).sentence(said.key, **said.values)


def modes(within, short=0.0):
    return pd.DataFrame({"target_mode": ["top_down"], "target_yuan": 5e7, "capacity_yuan": 4.7e7, "is_within": within,
                         "capacity_low_yuan": 4e7, "capacity_high_yuan": 4.9e7, "shortfall_yuan": short})  # fmt: skip


@pytest.mark.parametrize(
    ("within", "said"),
    [("yes", "even at the low end"), ("no", "300.0"), ("perhaps", "cannot be told"), ("unknown", "cannot be judged")],
)
def test_a_target_is_told_by_its_range(within, said):
    assert said in told("target_modes", modes(within, short=3e6))


def test_a_plan_below_its_band_is_told_with_its_end():
    path = pd.DataFrame({"month": ["2026-01", "2026-02"], "planned_count": [50.0, 50.0], "actual_count": [20.0, None]})
    assert "below the band" in told("plan_progress", plan_progress(path))


def test_the_stage_with_most_lost_is_named_not_the_lowest_rate():
    day = pd.Timestamp("2026-01-01")
    rows = [(day, day if n < 60 else None, day if n < 10 else None) for n in range(200)]
    cases = pd.DataFrame(rows, columns=["lead_date", "reached_date", "interested_date"])
    steps = stage_conversions(cases, stages=["lead", "reached", "interested"], as_of=pd.Timestamp("2026-06-30").date())
    assert "from lead to reached" in told("stage_conversions", steps)


def test_standings_are_counts_without_names():
    cells = pd.DataFrame({"rm_id": ["R1", "R2", "R3"], "hit_count": [60, 20, 21], "total_count": 100})
    text = told("manager_standings", rate_standings(cells))
    assert "1 manager stands clearly above" in text
    assert "R1" not in text


def test_a_plan_that_slips_names_the_task_and_the_days():
    dates = pd.to_datetime(["2026-07-10", "2026-07-20"])
    planned = pd.to_datetime(["2026-07-10", "2026-07-15"])
    states = {"state": ["done", "at_risk"], "is_critical": [False, True], "task": ["a", "培训"]}
    tasks = pd.DataFrame({"forecast_end_date": dates, "planned_end_date": planned, **states})
    assert "5" in told("task_dates", tasks, lang="zh")
    assert "培训" in told("task_dates", tasks, lang="zh")


def test_patterns_are_told_without_names():
    late = rate_standings(pd.DataFrame({"rm_id": ["R1", "R2"], "hit_count": [60, 10], "total_count": 100}))
    none = rate_standings(pd.DataFrame({"rm_id": ["R1", "R2"], "hit_count": [10, 10], "total_count": 100}))
    assert "1 are credited" in told("credit_patterns", late, none)
    assert "neither" in told("credit_patterns", none, none)


def test_no_sign_of_need_is_no_list_to_call(told):
    counts = pd.DataFrame({"contact": ["may_be_contacted", "no_consent"], "customers_count": [0, 0]})
    assert "没有一户出现需求信号" in told("contact_counts", counts)


def test_a_script_below_the_rest_is_told_and_ways_do_not_speak_for_scripts():
    """30 of 100 against 60 of 200: S1 lies below, none above; ways alike say nothing of scripts."""
    scripts = rate_standings(
        pd.DataFrame({"script_id": ["S1", "S2", "S3"], "hit_count": [30, 52, 52], "total_count": 100})
    )
    below = scripts.assign(standing=["below", "as_the_rest", "as_the_rest"])
    assert "S1" in told("script_responses", below.sort_values("rate", ascending=False), lang="zh")
    ways = rate_standings(
        pd.DataFrame({"way": ["call", "visit"], "day_part": "noon", "hit_count": 50, "total_count": 100})
    )
    assert "话术" not in told("touch_responses", ways, lang="zh")


def test_who_may_be_contacted_and_has_no_card_is_counted(told):
    counts = pd.DataFrame({"contact": ["no_basis", "may_be_contacted"], "customers_count": [9, 3]})
    cards = pd.DataFrame({"customer_id": ["C1", "C2", "C3"]})
    assert told("list_rest", counts, cards) == ""
    assert "1 户留到下一期" in told("list_rest", counts, cards.head(2))
