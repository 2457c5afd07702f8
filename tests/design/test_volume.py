"""What a pilot can prove: exact bounds, the break-even default rate, and how many customers a proof takes.

Volume and loss ranges, worst sources and stop rules.
"""

from __future__ import annotations

import pandas as pd
import pytest

from microlib.design.decisions import pilot_sources
from microlib.design.volume import (
    break_even_rate,
    evaluate_stop_rules,
    expected_volume,
    nothing_seen,
    payer_delay,
    pilot_precision,
    watched_figures,
    with_book,
    worst_sources,
)
from microlib.errors import BadData, NobodyPiloted
from microlib.report.tables import grid
from microlib.report.words import Words

FLOOR = {"pd_case": "mean", "yearly_rate": 0.05, "floor_rate": 0.045, "floor_taxed_rate": 0.045, "ftp_rate": 0.02,
         "opex_rate": 0.01, "capital_rate": 0.008, "lgd_share": 0.4}  # fmt: skip


def told(customers, hospital, policy, **floor):
    volume = pd.DataFrame({"case": ["low", "high"], "customers_count": [1, customers]})
    floors = pd.DataFrame([{**FLOOR, **floor}])
    return pilot_precision(volume, floors=floors, product=hospital, policy=policy.stress)


def test_none_bad_of_forty_leaves_seven_percent_open_and_seventeen_with_a_common_source(hospital, policy) -> None:
    """The printed bounds of 0 of 40: 7.22 percent, 17.1 with correlation 0.20."""
    row = told(40, hospital, policy).iloc[0]
    assert row["upper_share"] == pytest.approx(0.0722, abs=5e-5)
    assert row["correlated_upper_share"] == pytest.approx(0.171, abs=5e-4)


def test_at_the_break_even_rate_the_floor_is_the_rate_asked() -> None:
    rate = break_even_rate(pd.DataFrame([FLOOR]))
    assert 0.02 + 0.01 + 0.008 + rate * 0.4 == pytest.approx(0.05)


def test_the_number_needed_is_the_least_that_confirms(hospital, policy) -> None:
    needed = int(told(40, hospital, policy)["needed_count"].iloc[0])
    assert told(needed, hospital, policy)["finding"].iloc[0] == "confirms"
    assert told(needed - 1, hospital, policy)["finding"].iloc[0] == "cannot_say"


def test_the_list_ends_at_the_first_number_that_refutes(hospital, policy) -> None:
    found = told(30, hospital, policy)
    assert found["finding"].iloc[-1] == "refutes" and (found["finding"].iloc[:-1] != "refutes").all()
    assert found["lower_share"].iloc[-1] > found["break_even_rate"].iloc[-1]


def test_a_rate_without_margin_is_refuted_by_anything_and_nobody_proves_nothing(hospital, policy) -> None:
    assert told(30, hospital, policy, yearly_rate=0.03)["finding"].iloc[0] == "refutes"
    with pytest.raises(NobodyPiloted, match="no customer"):
        told(0, hospital, policy)


RATES = pd.DataFrame({"pd_case": ["mean", "upper"], "pd_rate": [0.01, 0.02]})


@pytest.fixture
def lines() -> pd.DataFrame:
    return pd.DataFrame({
        "customer_id": [f"C{n}" for n in range(10)], "source_id": ["H01"] * 6 + ["H02"] * 3 + [""],
        "reason": ["sized"] * 9 + ["below_floor"], "limit_yuan": [500_000.0] * 9 + [0.0],
        "outcome": ["eligible"] * 8 + ["to_be_verified"] * 2,
    })  # fmt: skip


def test_volume_is_take_up_times_lines(lines, hospital) -> None:
    found = expected_volume(lines, product=hospital, default_rates=RATES, lgd_share=0.35).set_index("case")
    assert found.loc["low", ["sized_count", "volume_yuan"]].to_list() == [8, 8 * 500_000 * 0.20]
    assert found.loc["high", "volume_yuan"] == pytest.approx(9 * 500_000 * 0.45)
    assert found.loc["high", "loss_yuan"] == pytest.approx(9 * 500_000 * 0.45 * 0.80 * 0.02 * 0.35)
    assert set(found["bound_by"]) == {"take_up"}


def test_the_pilot_caps_the_volume(lines, hospital) -> None:
    small = hospital.volumes.model_copy(update={"pilot_yuan": 600_000})
    pilot = hospital.model_copy(update={"volumes": small})
    found = expected_volume(lines, product=pilot, default_rates=RATES, lgd_share=0.35)
    assert (found["volume_yuan"] == 600_000).all() and set(found["bound_by"]) == {"pilot_yuan"}
    assert found["customers_count"].to_list() == [1, 1]


def test_no_lines_give_no_volume(lines, hospital) -> None:
    none = lines.assign(reason="to_be_verified", limit_yuan=0.0)
    found = expected_volume(none, product=hospital, default_rates=RATES, lgd_share=0.35)
    assert (found[["volume_yuan", "loss_yuan", "customers_count"]] == 0).all(axis=None)


def test_the_worst_source_is_the_heaviest(lines, policy) -> None:
    found = worst_sources(lines, policy=policy.stress)
    assert found["source_id"].to_list() == ["H01", "H02"]
    assert found.loc[0, ["limit_share", "loss_high_yuan"]].to_list() == pytest.approx([6 / 9, 3e6 * 0.6 * 0.65])


def test_a_stop_rule_fires_holds_or_is_unknown(hospital) -> None:
    figures = {"payment_delay_days": 75.0, "one_source_loss_share": 0.5, "floor_margin_rate": 0.0}
    found = evaluate_stop_rules(figures, product=hospital).set_index("rule")
    assert found["state"].to_dict() == {
        "hospital_pays_late": "fires", "arrears_rise": "unknown",
        "one_hospital_too_heavy": "holds", "price_under_floor": "holds", "renewal_needed": "unknown",
    }  # fmt: skip
    assert found.loc["hospital_pays_late", "headroom"] == -15


def test_default_rates_without_an_upper_case_are_refused(lines, hospital) -> None:
    with pytest.raises(BadData, match="lack mean or upper"):
        expected_volume(lines, product=hospital, default_rates=RATES.iloc[:1], lgd_share=0.35)


def test_a_pilot_is_never_larger_than_its_loss_budget(lines, hospital) -> None:
    found = expected_volume(lines, product=hospital, default_rates=RATES, lgd_share=0.35, room_yuan=9e5)
    assert found["volume_yuan"].to_list() == [8e5, 9e5] and found["bound_by"].to_list() == ["take_up", "loss_budget"]


def test_a_source_that_stops_hits_the_book_behind_it_and_the_pilot(lines, hospital, policy) -> None:
    """H01 holds 8 million of a cap of 10 already: the pilot alone is small, together they use 95 percent."""
    owed = lines.assign(existing_yuan=[250_000.0] * 9 + [0.0])
    volume = expected_volume(owed, product=hospital, default_rates=RATES, lgd_share=0.35)
    found = pilot_sources(worst_sources(owed, policy=policy.stress), volume=volume)
    assert found["more_yuan"].to_list() == pytest.approx([6 * 250_000 * 0.45, 3 * 250_000 * 0.45])
    rooms = pd.DataFrame({"source_id": ["H01", "H02"], "exposure_yuan": [8.825e6, 0.0], "cap_yuan": 1e7})
    joint = with_book(found, rooms=rooms, policy=policy.stress)
    assert joint["joint_yuan"].iloc[0] == pytest.approx(8.825e6 + 675_000)
    high = policy.stress.pd_high * policy.stress.lgd_high
    assert joint["joint_high_yuan"].iloc[0] == pytest.approx(9.5e6 * high)
    told = {"limits": owed, "volume": volume, "floors": pd.DataFrame([FLOOR]).assign(amount_yuan=5e5, margin_rate=0.0),
            "sources": worst_sources(owed, policy=policy.stress),
            "coverage": pd.DataFrame({"short_share": [0.0], "cut_share": [0.0]}), "budget_yuan": 5e6}  # fmt: skip
    applicants = pd.DataFrame({"outcome": ["eligible"]})
    alone = watched_figures(applicants, **told)["one_source_loss_share"]
    assert alone < 0.2 and watched_figures(applicants, **told, joint=joint)["one_source_loss_share"] == pytest.approx(
        0.95
    )
    unknown = with_book(found, rooms=rooms.head(1), policy=policy.stress)
    assert "one_source_loss_share" not in watched_figures(applicants, **told, joint=unknown)


def test_none_of_so_many_is_told_by_its_upper_bound(hospital) -> None:
    ends = nothing_seen(pd.DataFrame({"measure": ["par30_adjusted"], "share": [0.0], "share_high": [0.04],
                                      "base_customers_count": [73]}))  # fmt: skip
    found = evaluate_stop_rules({"par30_adjusted_share": 0.0}, product=hospital, nothing_seen=ends)
    shown = grid(found[["watched", "value", "zero_high_share", "zero_count"]], Words("zh"))
    assert "≤4.0 %（0/73）" in [row[1] for row in shown.rows] and len(shown.head) == 2


def test_where_nobody_is_sized_the_payers_of_the_group_tell_how_late_they_pay():
    """A stopped payer leaves no line, and its delay is known all the same; a line elsewhere leaves it out."""
    delays = pd.DataFrame({"core_id": ["R1", "R2"], "delay_days": [75.0, 10.0]})
    sized = pd.DataFrame({"limit_yuan": [0.0, 0.0], "source_id": ["R1", "R2"]})
    assert pd.isna(payer_delay(sized, delays=delays))
    assert payer_delay(sized, delays=delays, carrying=["R1"]) == 75.0
    assert payer_delay(sized.assign(limit_yuan=[0.0, 5.0]), delays=delays, carrying=["R1"]) == 10.0
