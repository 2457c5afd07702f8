"""What a manager did, and which factor sets his result apart.

Contributions of factors sum to the gap, without a remainder.
A funnel counts who passed, and does not call the young lost.
A pattern that pay can make is set beside everybody's.
A lead's days come from touches, its application and its loan.
A plan's band is Poisson's, its end a predictive range that narrows as the plan runs out.
Ways and scripts beside the rest; hours in parts of the day.
Only those are set apart whom the counts set apart.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import poisson

from microlib.errors import BadData, EmptyBook
from microlib.metrics.selling import (
    STAGES,
    activity_contributions,
    day_parts,
    gap_contributions,
    late_credits,
    lead_paths,
    loans_path,
    manager_activities,
    plan_progress,
    rate_standings,
    stage_conversions,
    step_credits,
    touch_responses,
)


def activity_months(**changed):
    base = {"month": ["2026-05", "2026-06"], "calls_count": 30, "visits_count": 20, "applications_count": 10,
            "loans_count": 5, "amount_yuan": 5e5, "pay_yuan": 2000.0}  # fmt: skip
    one, two = (pd.DataFrame({"rm_id": name, **base}) for name in ("R1", "R2"))
    return pd.concat([one, two.assign(**changed)], ignore_index=True)


def test_months_are_summed_and_counted():
    found = manager_activities(activity_months(), since="2026-05", until="2026-06").iloc[0]
    assert (found["months_count"], found["contacts_count"], found["loans_count"]) == (2, 100, 10)


def test_two_alike_have_nothing_to_explain():
    found = activity_contributions(manager_activities(activity_months(), since="2026-05", until="2026-06"))
    assert found["contribution"].abs().max() == pytest.approx(0)


def test_smaller_loans_are_named_as_ticket():
    sums = manager_activities(activity_months(amount_yuan=2.5e5), since="2026-05", until="2026-06")
    found = activity_contributions(sums)
    second = found[found["rm_id"] == "R2"].set_index("factor")["contribution"]
    assert second.idxmin() == "ticket"
    assert second.sum() == pytest.approx(second["ticket"])


def test_contributions_sum_to_the_distance_from_the_rest():
    sums = manager_activities(activity_months(visits_count=5, amount_yuan=3e5), since="2026-05", until="2026-06")
    found = activity_contributions(sums).groupby("rm_id")["contribution"].sum()
    mean = sums["amount_yuan"].sum() / sums["months_count"].sum()
    assert found["R1"] == pytest.approx(5e5 - mean)


def test_a_manager_without_a_loan_is_left_out():
    sums = manager_activities(activity_months(loans_count=0, amount_yuan=0.0), since="2026-05", until="2026-06")
    assert set(activity_contributions(sums)["rm_id"]) == {"R1"}


def test_no_month_is_refused():
    with pytest.raises(EmptyBook, match="no month of a manager"):
        manager_activities(activity_months(), since="2025-01", until="2025-02")


positive = st.lists(st.tuples(st.floats(0.01, 50), st.floats(0.01, 50)), min_size=1, max_size=5)


def factors(rows, **more):
    frame = pd.DataFrame(rows, columns=["actual", "expected"]).assign(**more)
    return frame.assign(factor=[f"f{n}" for n in range(len(frame))])


@given(positive)
def test_they_sum_to_the_gap(rows):
    found = gap_contributions(factors(rows))
    gap = found["actual"].prod() - found["expected"].prod()
    assert found["contribution"].sum() == pytest.approx(gap, rel=1e-6, abs=1e-9)


def test_one_factor_takes_all_of_it():
    found = gap_contributions(factors([(80.0, 100.0), (0.2, 0.2)]))
    assert found["contribution"].tolist() == pytest.approx([-4.0, 0.0])
    assert found["explains"].tolist() == [True, False]


def test_two_equal_changes_take_half_each():
    """Ang (2005): the logarithmic mean weighs both factors alike, whatever their order."""
    found = gap_contributions(factors([(200.0, 100.0), (0.2, 0.1)]))
    assert found["contribution"].tolist() == pytest.approx([15.0, 15.0])


def test_a_rate_of_few_cases_explains_nothing():
    few = gap_contributions(factors([(100.0, 100.0), (0.1, 0.2)], cases_count=[np.nan, 10.0]))
    many = gap_contributions(factors([(100.0, 100.0), (0.1, 0.2)], cases_count=[np.nan, 1000.0]))
    assert (few["explains"].iloc[1], many["explains"].iloc[1]) == (False, True)


def test_a_stage_that_nobody_passed_is_refused():
    with pytest.raises(BadData, match="no logarithm"):
        gap_contributions(factors([(0.0, 1.0)]))


TODAY = date(2026, 6, 30)
CONVERSION_STAGES = ["lead", "visit", "loan"]


def cases(*rows):
    return pd.DataFrame(rows, columns=["lead_date", "visit_date", "loan_date"]).apply(pd.to_datetime)


def funnel(frame, **more):
    return stage_conversions(frame, stages=CONVERSION_STAGES, as_of=TODAY, **more)


def test_rates_are_of_those_who_had_time():
    """Three in hundred has Jeffreys 0.6 to 8.5 %; here 1 of 2, the third being a day old."""
    found = funnel(cases(["2026-04-01", "2026-04-03", None], ["2026-04-01", None, None], ["2026-06-29", None, None]))
    step = found.iloc[0]
    assert (step["entered_count"], step["ripe_count"], step["passed_count"], step["open_count"]) == (3, 2, 1, 1)
    assert step["conversion_rate"] == 0.5
    assert step["median_days"] == 2


def test_a_stage_that_was_skipped_counts_as_passed():
    found = funnel(cases(["2026-04-01", None, "2026-04-10"]))
    assert found["passed_count"].tolist() == [1, 1]


def test_what_happened_after_the_date_is_not_known():
    found = funnel(cases(["2026-04-01", "2026-07-10", None]))
    assert found["passed_count"].tolist() == [0, 0]


def test_whoever_passes_enters_the_next_stage():
    frame = cases(["2026-04-01", "2026-04-03", "2026-05-01"], ["2026-04-01", "2026-04-09", None])
    found = funnel(frame)
    assert found["passed_count"].iloc[0] == found["entered_count"].iloc[1]


def test_groups_sum_to_the_whole():
    frame = cases(["2026-04-01", "2026-04-03", None], ["2026-04-01", None, None]).assign(rm_id=["R1", "R2"])
    parts, whole = funnel(frame, by=["rm_id"]), funnel(frame)
    counts = ["entered_count", "ripe_count", "passed_count", "open_count"]
    assert parts.groupby("stage")[counts].sum().loc["lead"].tolist() == whole[counts].iloc[0].tolist()


def test_an_empty_stage_has_no_rate():
    assert pd.isna(funnel(cases(["2026-04-01", None, None])).iloc[1]["conversion_rate"])


def test_the_frame_given_is_not_altered():
    frame = cases(["2026-04-01", None, "2026-04-10"])
    before = frame.copy(deep=True)
    funnel(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_a_funnel_without_a_column_is_refused():
    with pytest.raises(BadData, match="lacks a stage"):
        funnel(cases(["2026-04-01", None, None]).drop(columns="visit_date"))


def credit_pattern_months(**late):
    return pd.DataFrame({"rm_id": list(late), "loans_count": 40, "late_loans_count": list(late.values())})


def test_who_lends_in_the_last_days_stands_above():
    found = late_credits(credit_pattern_months(R1=30, R2=6, R3=5, R4=7)).set_index("rm_id")
    assert found.loc["R1", "standing"] == "above"


def test_a_rhythm_that_all_share_names_nobody():
    assert set(late_credits(credit_pattern_months(R1=25, R2=25, R3=26)).standing) == {"as_the_rest"}


def test_months_of_exactly_the_step_stand_out():
    honest = [1, 2, 3, 4, 2, 1, 3, 2, 5, 1, 2, 3]
    frame = pd.concat([pd.DataFrame({"rm_id": name, "loans_count": honest}) for name in ("R2", "R3", "R4")])
    both = pd.concat([pd.DataFrame({"rm_id": "R1", "loans_count": [3, 0, 3, 3, 3, 0, 3, 3, 3, 3, 3, 3]}), frame])
    assert step_credits(both, step=3).set_index("rm_id")["standing"].to_dict()["R1"] == "above"


def test_honest_managers_are_named_once_in_twenty_tables_at_most():
    dice = np.random.default_rng(20260630)
    names = np.repeat([f"R{number:02}" for number in range(12)], 12)
    draws = [pd.DataFrame({"rm_id": names, "loans_count": dice.poisson(3, len(names))}) for _ in range(120)]
    named = [(step_credits(frame, step=3).standing == "above").any() for frame in draws]
    assert np.mean(named) <= 0.1


def test_a_step_of_one_is_refused():
    with pytest.raises(BadData, match="no month below"):
        step_credits(credit_pattern_months(R1=1), step=1)


def tables():
    day = pd.to_datetime(["2026-05-01", "2026-05-01", "2026-05-01"])
    leads = pd.DataFrame({"lead_id": ["D1", "D2", "D3"], "created_date": day,
                          "application_id": ["A1", "A2", None], "loan_id": ["L1", None, None]})  # fmt: skip
    touches = pd.DataFrame({
        "lead_id": ["D1", "D1", "D2"], "touched_at": pd.to_datetime(["2026-05-03 10:00", "2026-05-02 09:00"] * 2)[:3],
        "touch_result": ["interested", "no_answer", "refused"],
    })  # fmt: skip
    applications = pd.DataFrame({"application_id": ["A1", "A2"], "decision": ["approved", "refused"],
                                 "submitted_at": pd.to_datetime(["2026-05-05", "2026-05-06"]),
                                 "decided_at": pd.to_datetime(["2026-05-09", "2026-05-09"])})  # fmt: skip
    loans = pd.DataFrame({"loan_id": ["L1"], "disbursed_date": pd.to_datetime(["2026-05-12"])})
    return leads, touches, applications, loans


def test_a_lead_enters_each_stage_on_its_own_day():
    found = lead_paths(*tables()).set_index("lead_id")[[f"{stage}_date" for stage in STAGES]]
    days = found.loc["D1"].dt.strftime("%m-%d").tolist()
    assert days == ["05-01", "05-03", "05-03", "05-05", "05-09", "05-12"]


def test_a_refused_application_was_not_approved():
    found = lead_paths(*tables()).set_index("lead_id").loc["D2"]
    assert pd.notna(found["applied_date"])
    assert pd.isna(found["approved_date"])


def test_no_answer_reaches_nobody_and_counts_as_a_touch():
    found = lead_paths(*tables()).set_index("lead_id")
    assert found["touches_count"].to_dict() == {"D1": 2, "D2": 1, "D3": 0}
    assert pd.isna(found.loc["D3", "reached_date"])


def test_without_applications_and_loans_the_last_stages_stay_empty():
    leads, touches, *_ = tables()
    found = lead_paths(leads, touches, None, None)
    assert found[["applied_date", "approved_date", "lent_date"]].isna().all(axis=None)


def path(planned, actual):
    return pd.DataFrame({"planned_count": planned, "actual_count": actual}, dtype="float64")


@pytest.mark.parametrize(
    ("day", "known"), [(date(2026, 2, 28), [1, 2]), (date(2026, 2, 20), [1]), (date(2026, 1, 9), [])]
)
def test_a_month_that_is_not_over_is_still_to_come(day, known):
    months = ["2026-01", "2026-02", "2026-03"]
    targets = pd.DataFrame({"target_scope": "branch", "metric": "loans_count", "target_month": months})
    days = pd.to_datetime(["2026-01-05", "2026-02-03", "2026-02-04"])
    loans = pd.DataFrame({"customer_id": "C1", "amount_yuan": 1e5, "issue_type": "new", "disbursed_date": days})
    found = loans_path(targets.assign(target_number=4.0), loans, as_of=day)
    assert found["actual_count"].dropna().tolist() == known and found["planned_count"].tolist() == [4.0] * 3


def test_the_band_is_the_quantiles_of_the_plan():
    found = plan_progress(path([10] * 4, [10, None, None, None]))
    assert found["band_low"].tolist() == poisson.ppf(0.025, [10, 20, 30, 40]).tolist()


def test_at_the_end_the_forecast_is_what_came():
    found = plan_progress(path([10, 10], [7, 8])).iloc[-1]
    assert found[["end_forecast", "end_low", "end_high"]].tolist() == [15, 15, 15]


def test_nineteen_of_twenty_forecasts_hold_the_end():
    dice = np.random.default_rng(20260630)
    pace = dice.gamma(4.0, 5.0, size=300)
    half, rest = dice.poisson(pace), dice.poisson(pace)
    found = [plan_progress(path([10, 10], [one, None])).iloc[0] for one in half]
    inside = [row["end_low"] <= one + two <= row["end_high"] for row, one, two in zip(found, half, rest, strict=True)]
    assert np.mean(inside) > 0.92


def test_what_lies_below_the_band_is_below():
    assert plan_progress(path([10] * 4, [4, 5, None, None])).state.tolist()[1:] == ["below", "to_come", "to_come"]


def test_a_gap_in_the_counts_is_refused():
    with pytest.raises(BadData, match="before one with"):
        plan_progress(path([10, 10], [None, 3]))


def test_a_plan_of_nothing_is_refused():
    with pytest.raises(BadData, match="no plan"):
        plan_progress(path([0, 0], [1, None]))


def touches(**interested):
    rows = [
        (name, "interested" if place < count else "refused")
        for name, count in interested.items()
        for place in range(100)
    ]
    return pd.DataFrame(rows, columns=["script_id", "touch_result"])


def test_a_better_script_stands_above_the_rest():
    found = touch_responses(touches(S1=30, S2=60, S3=31), by=["script_id"])
    assert found.set_index("script_id")["standing"]["S2"] == "above"
    assert found["rate"].is_monotonic_decreasing


def test_scripts_alike_are_not_told_apart():
    assert set(touch_responses(touches(S1=30, S2=33, S3=31), by=["script_id"]).standing) == {"as_the_rest"}


def test_contacts_without_a_script_are_left_out():
    frame = touches(S1=30).assign(script_id=None)
    with pytest.raises(EmptyBook, match="no contact"):
        touch_responses(frame, by=["script_id"])


def test_a_part_begins_with_its_hour():
    hours = pd.to_datetime(["2026-06-01 11:59", "2026-06-01 12:00", "2026-06-01 14:00", "2026-06-01 18:00"])
    assert day_parts(pd.DataFrame({"touched_at": hours})).day_part.tolist() == [
        "morning",
        "noon",
        "afternoon",
        "evening",
    ]


def test_a_path_has_no_count_for_months_to_come():
    targets = pd.DataFrame({"target_scope": "branch", "metric": "loans_count", "target_number": 2.0,
                            "target_month": ["2026-05", "2026-06", "2026-07"]})  # fmt: skip
    loans = pd.DataFrame({"customer_id": ["C1"], "disbursed_date": pd.to_datetime(["2026-06-10"]), "amount_yuan": [1.0],
                          "issue_type": ["new"], "previous_loan_id": [None]})  # fmt: skip
    found = loans_path(targets, loans, as_of=pd.Timestamp("2026-06-30").date())
    assert found["actual_count"].isna().tolist() == [False, False, True]
    assert found["actual_count"].sum() == 1


def cells(hit, total):
    return pd.DataFrame({"hit_count": hit, "total_count": total})


def test_with_no_real_difference_one_table_in_twenty_names_anybody():
    dice = np.random.default_rng(20260630)
    drawn = dice.binomial(80, 0.2, size=(400, 8))
    named = [rate_standings(cells(row, 80)).standing.isin(["above", "below"]).any() for row in drawn]
    assert np.mean(named) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 400)


def test_a_manager_with_two_loans_is_not_judged():
    assert rate_standings(cells([2, 30], [2, 100])).standing.iloc[0] == "too_few"


def test_a_real_difference_is_seen():
    assert rate_standings(cells([60, 20, 22, 18], 100)).standing.iloc[0] == "above"


def test_one_alone_has_nobody_to_be_compared_with():
    found = rate_standings(cells([5], [50]))
    assert np.isnan(found["rest_rate"].iloc[0])
    assert found["standing"].iloc[0] == "as_the_rest"


def test_order_of_rows_does_not_matter():
    one, two = rate_standings(cells([30, 15, 14], 100)), rate_standings(cells([14, 15, 30], 100))
    assert one["standing"].tolist() == two["standing"].tolist()[::-1]


def test_more_hits_than_trials_are_refused():
    with pytest.raises(BadData, match="larger than its whole"):
        rate_standings(cells([5], [4]))


def test_a_step_dated_backwards_is_passed_and_its_days_are_unknown():
    frame = pd.DataFrame({"lead_date": pd.to_datetime(["2026-05-10", "2026-05-01"]),
                          "visit_date": pd.to_datetime(["2026-05-01", "2026-05-05"])})  # fmt: skip
    found = stage_conversions(frame, stages=["lead", "visit"], as_of=date(2026, 6, 30)).iloc[0]
    assert (found["passed_count"], found["median_days"], found["p90_days"]) == (2, 4, 4)


def test_a_funnel_of_nobody_is_refused():
    frame = pd.DataFrame({"lead_date": pd.to_datetime([]), "visit_date": pd.to_datetime([])})
    with pytest.raises(EmptyBook, match="no case"):
        stage_conversions(frame, stages=["lead", "visit"], as_of=date(2026, 6, 30))
