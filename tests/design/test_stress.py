"""Drivers: the tornado's order, and the one point at which a year's margin is lost.

Scenarios on lines: closed forms of one line, laws, and unknowns that stay unknown.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from microlib.contracts.policy import Shock
from microlib.design.stress import (
    apply_shocks,
    breaking_points,
    cap_frontier,
    driver_tornado,
    hit_by,
    read_scenarios,
    scenario_losses,
    scenario_register,
    targeted_lines,
)
from microlib.errors import BadConfig, EmptyBook


def test_below_the_breaking_point_the_margin_stands_and_at_it_it_is_lost(stressed, stresses, policy) -> None:
    found = breaking_points(stressed, stresses=stresses, policy=policy.stress).set_index("driver")
    broken = found[found["state"] == "breaks"]
    assert len(broken)
    for driver in [each for each in stresses.drivers if each.code in broken.index]:
        most = driver.model_copy(update={driver.varies: driver.most})
        members, _ = targeted_lines(stressed, most, policy=policy.stress, fixed=stresses.fixed_cost_share)
        value = broken.loc[driver.code, "breaking_value"]
        lost = [
            apply_shocks(
                stressed, [(driver.model_copy(update={driver.varies: at}), members)],
                policy=policy.stress, fixed_cost_share=stresses.fixed_cost_share,
            )["loss_high_yuan"].sum()
            for at in (value * (1 - 1e-6), value)
        ]  # fmt: skip
        assert lost[0] < broken.loc[driver.code, "margin_yuan"] <= lost[1]


def test_a_closed_form_of_one_line(stressed, stresses, policy) -> None:
    """One line breaks when sales fall so far that its coverage is 1: x = (1 - 1/q) f / (f + phi)."""
    one = stressed.iloc[:1]
    calm = apply_shocks(one, [], policy=policy.stress, fixed_cost_share=stresses.fixed_cost_share)
    found = breaking_points(one, stresses=stresses, policy=policy.stress).set_index("driver")
    expected = (1 - 1 / calm["coverage_ratio"].item()) * 0.10 / 0.15
    assert found.loc["sales_drop", "breaking_value"] == pytest.approx(expected, abs=1e-6)


def test_what_cannot_break_it_holds_and_what_reaches_nobody_is_said(stressed, stresses, policy) -> None:
    found = breaking_points(stressed, stresses=stresses, policy=policy.stress).set_index("driver")["state"]
    assert found["market_closed"] == "not_applicable" and found["rate_rise"] == "holds"
    rich = stressed.assign(margin_yuan=1e9)
    assert "breaks" not in set(breaking_points(rich, stresses=stresses, policy=policy.stress)["state"])


def test_the_tornado_is_widest_first_and_the_severe_end_costs_more(stressed, stresses, policy) -> None:
    found = driver_tornado(stressed, stresses=stresses, policy=policy.stress)
    assert found["swing_yuan"].is_monotonic_decreasing and (found["swing_yuan"] >= 0).all()
    assert set(found["driver"]) == {driver.code for driver in stresses.drivers}


def test_without_a_margin_there_is_nothing_to_lose(stressed, stresses, policy) -> None:
    with pytest.raises(EmptyBook, match="no year's margin"):
        breaking_points(stressed.assign(margin_yuan=-1.0), stresses=stresses, policy=policy.stress)


SLOW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
SAID = {"zh": "一", "en": "one"}
RATES = pd.DataFrame({"pd_case": ["mean", "upper"], "pd_rate": [0.01, 0.02]})


def shock(**fields) -> Shock:
    return Shock(**{"code": "one", "said": SAID, "hits": "everyone", "source": "a test"} | fields)


def struck(lines, policy, *each, fixed=0.05):
    pairs = [(one, hit_by(lines, one)) for one in each]
    return apply_shocks(lines, pairs, policy=policy.stress, fixed_cost_share=fixed)


def test_the_twelve_scenarios_of_the_handbook_are_there(stressed, stresses, policy) -> None:
    found = scenario_losses(stressed, stresses=stresses, policy=policy.stress)
    assert len(found) == 1 + 11 + 1 and found["scenario"].iloc[-1] == "worst_together"
    assert {"core_pays_late", "market_closes", "season_missed", "fraud_cluster"} <= set(found["scenario"])
    assert scenario_register(stresses)["status"].eq("unverified").all()


def test_sales_that_fall_cost_their_margin(stressed, policy) -> None:
    """Coverage (12 f C - 12 x 0.3 C (f + phi)) / 12 A for a third less sold."""
    found = struck(stressed, policy, shock(income_share=0.3, months=12))
    base = struck(stressed, policy)
    assert found["coverage_ratio"].to_list() == pytest.approx(
        (base["coverage_ratio"] * (1 - 0.3 * 0.15 / 0.10)).to_list()
    )


def test_costs_that_run_on_take_the_whole_income(stressed, policy) -> None:
    found = struck(stressed, policy, shock(income_share=0.2, months=3, cost_share=1.0))
    base = struck(stressed, policy)
    assert found["coverage_ratio"].to_list() == pytest.approx((base["coverage_ratio"] * (1 - 0.6 / 1.2)).to_list())


def test_loss_is_short_balance_by_default_and_loss_ranges(stressed, policy) -> None:
    found, rule = struck(stressed, policy, shock(income_share=1.0, months=12, cost_share=1.0)), policy.stress
    assert found["is_short"].all()
    whole = stressed["limit_yuan"].sum()
    assert found["loss_low_yuan"].sum() == pytest.approx(whole * rule.pd_low * rule.lgd_low)
    assert found["loss_high_yuan"].sum() == pytest.approx(whole * rule.pd_high * rule.lgd_high)


def test_a_fraud_takes_the_largest_group_whole(stressed, stresses, policy) -> None:
    found = scenario_losses(stressed, stresses=stresses, policy=policy.stress).set_index("scenario")
    worst = stressed.loc[stressed["limit_yuan"].idxmax()]
    assert found.loc["fraud_cluster", "loss_high_yuan"] == worst["limit_yuan"]
    assert found.loc["fraud_cluster", "source_id"] == worst["group_key"]


def test_a_guarantor_fails_as_priced(stressed, stresses, policy) -> None:
    table = scenario_losses(stressed.assign(is_guaranteed=True), stresses=stresses, policy=policy.stress)
    row = table.set_index("scenario").loc["guarantor_fails"]
    whole = stressed["limit_yuan"].sum()
    assert [row["loss_low_yuan"], row["loss_high_yuan"]] == pytest.approx([whole * 0.01 * 0.65, whole * 0.02 * 0.65])


def test_unknown_dependence_is_counted_apart_and_costs_nothing(stressed, stresses, policy) -> None:
    found = scenario_losses(stressed, stresses=stresses, policy=policy.stress).set_index("scenario")
    row = found.loc["insurance_pays_later"]
    assert (row["hit_count"], row["unknown_count"]) == (len(stressed), 1)
    assert row["unknown_yuan"] == stressed.loc[stressed["source_share"].isna(), "limit_yuan"].sum()
    nothing = scenario_losses(stressed.assign(source_share=np.nan), stresses=stresses, policy=policy.stress)
    assert nothing.set_index("scenario").loc["core_fails", ["state", "short_count"]].to_list() == ["unknown", 0]


def test_a_product_without_venues_is_not_struck_by_one(stressed, stresses, policy) -> None:
    row = scenario_losses(stressed, stresses=stresses, policy=policy.stress).set_index("scenario").loc["market_closes"]
    assert row["state"] == "not_applicable" and row["loss_high_yuan"] == 0


def test_premises_take_all_income_where_the_file_says_so(stressed, stresses, policy) -> None:
    stalls = stressed.assign(source_kind="venue", source_share=np.nan)
    row = scenario_losses(stalls, stresses=stresses, policy=policy.stress).set_index("scenario").loc["market_closes"]
    assert row["unknown_count"] == 0 and row["hit_count"] > 0 and row["source_id"] in ("H01", "H02")


def test_together_is_at_least_as_bad_as_each(stressed, stresses, policy) -> None:
    found = scenario_losses(stressed, stresses=stresses, policy=policy.stress)
    assert found["loss_high_yuan"].iloc[-1] >= found["loss_high_yuan"].iloc[:-1].max() - 1e-6
    assert len(found["combines"].iloc[-1].split()) == stresses.worst_together_count


@SLOW
@given(share=st.floats(0, 0.9), more=st.floats(0, 0.1), months=st.floats(0, 12), cost=st.floats(0, 1))
def test_a_harder_shock_never_costs_less(stressed, policy, share, more, months, cost) -> None:
    mild, hard = (struck(stressed, policy, shock(income_share=each, months=months, cost_share=cost))
                  for each in (share, share + more))  # fmt: skip
    assert hard["loss_high_yuan"].sum() >= mild["loss_high_yuan"].sum()
    assert (hard["coverage_ratio"] <= mild["coverage_ratio"] + 1e-9).all()


def test_row_order_does_not_matter_and_nothing_is_altered(stressed, stresses, policy, unchanged) -> None:
    with unchanged(stressed):
        found = scenario_losses(stressed, stresses=stresses, policy=policy.stress)
    turned = scenario_losses(stressed.sample(frac=1, random_state=4), stresses=stresses, policy=policy.stress)
    pd.testing.assert_frame_equal(found, turned)


def test_a_smaller_cap_serves_no_more_and_loses_no_more(resting, hospital, policy, stresses) -> None:
    found = cap_frontier(resting, product=hospital, policy=policy, stresses=stresses, default_rates=RATES)
    assert found["limit_yuan"].is_monotonic_increasing and found["margin_yuan"].is_monotonic_increasing
    assert found["cap_yuan"].iloc[-1] == hospital.limit.cap_yuan


def test_no_line_and_a_misspelt_scenario_are_refused(stressed, stresses, policy, tmp_path) -> None:
    with pytest.raises(EmptyBook, match="no line was sized"):
        scenario_losses(stressed.iloc[:0], stresses=stresses, policy=policy.stress)
    folder = tmp_path / "data" / "policies"
    folder.mkdir(parents=True)
    (folder / "stress_scenarios.toml").write_text(
        'fixed_cost_share = 0.1\nworst_together_count = 2\nscenarios = [{cod = "x"}]'
    )
    with pytest.raises(BadConfig, match="is not a key here"):
        read_scenarios(tmp_path)
