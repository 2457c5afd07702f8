"""Controls are weighed by what they stop and what they cost.

The funnel finds who lies outside and blames nobody for a mix or for small numbers.
Reasons are ranked with their ranges, and two coders are compared beyond chance.
Axes, times to bad, falls of value, motifs, network, exceptions: closed forms and the planted branch.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from microlib.errors import EmptyBook
from microlib.metrics.conduct import two_axes
from microlib.metrics.connections import MOST, network
from microlib.metrics.guarantees import guarantee_motifs
from microlib.metrics.loan_failures import (
    coder_agreement,
    control_replays,
    decided_loans,
    exceptions,
    funnel,
    missed_controls,
    reason_pareto,
    times_to_bad,
)


def replayed(flagged_bad: int, flagged_good: int, bad: int, good: int) -> pd.Series:
    flags = [True] * (flagged_bad + flagged_good) + [False] * (bad + good)
    truth = [True] * flagged_bad + [False] * flagged_good + [True] * bad + [False] * good
    ids = [f"L{number}" for number in range(len(flags))]
    outcomes = pd.DataFrame(
        {"loan_id": ids, "is_bad": pd.array(truth, "boolean"), "amount_yuan": 1.0, "lost_yuan": 1.0}
    )
    return control_replays(pd.DataFrame({"loan_id": ids, "check": flags}), outcomes).iloc[0]


def test_a_control_that_tells_apart_is_said_to():
    found = replayed(8, 24, 30, 2000)
    assert (found.stopped_bad_count, found.stopped_good_count, found.finding) == (8, 24, "separates")
    assert found.ratio == pytest.approx((8 / 32) / (30 / 2030))
    assert found.good_per_bad == 3.0


def test_few_loans_cannot_say():
    assert replayed(1, 5, 1, 12).finding == "cannot_say"


def test_a_control_that_flags_nobody_stops_nobody():
    assert replayed(0, 0, 3, 50).finding == "stops_nobody"


def test_missing_flags_are_left_out():
    flags = pd.DataFrame({"loan_id": ["L1", "L2"], "check": pd.array([True, None], "boolean")})
    outcomes = pd.DataFrame({"loan_id": ["L1", "L2"], "is_bad": pd.array([True, True], "boolean"), "amount_yuan": 1.0,
                             "lost_yuan": 1.0})  # fmt: skip
    assert control_replays(flags, outcomes).tested_count.item() == 1


def test_every_review_stands_in_one_row(planted):
    found = missed_controls(planted["bad_loan_reviews"])
    verdicts = found[["exempt_count", "not_exempt_count", "undecided_count"]].sum().sum()
    assert found.loans_count.sum() == len(planted["bad_loan_reviews"]) == verdicts


def test_without_an_outcome_nothing_is_replayed():
    with pytest.raises(EmptyBook):
        control_replays(pd.DataFrame({"loan_id": ["L1"], "check": [True]}),
                                 pd.DataFrame({"loan_id": ["L1"], "is_bad": pd.array([None], "boolean")}))  # fmt: skip


AS_OF = "2026-06-30"


def drawn(seed: int, shares: dict[str, float], product: str = "P") -> pd.DataFrame:
    dice = np.random.default_rng(seed)
    parts = [pd.DataFrame({"rm_id": name, "product_id": product, "is_bad": dice.random(400) < share})
             for name, share in shares.items()]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def test_the_planted_approver_lies_outside(planted, world):
    past = decided_loans(planted["applications"], planted["loans"], planted["loan_months"], as_of=AS_OF)
    found = funnel(past, by="approver_id")
    assert found.approver_id.iloc[0] == world.truth["timelines"]["odd_approver"]


def test_honest_people_lie_outside_as_seldom_as_the_limits_say():
    shares = {f"R{number}": 0.03 for number in range(30)}
    places = pd.concat([funnel(drawn(seed, shares), by="rm_id") for seed in range(20)]).funnel_place
    assert (places == "above_action").mean() < 0.004
    assert (places.isin(["above_action", "above_warning"])).mean() < 0.04


def test_a_hard_mix_is_no_fault():
    hard, easy = drawn(1, {"R1": 0.12, "R2": 0.12}, "hard"), drawn(2, {"R3": 0.01, "R4": 0.01}, "easy")
    found = funnel(pd.concat([hard, easy]), by="rm_id")
    assert (found.funnel_place == "inside").all()


def test_the_expected_sum_is_the_observed_one():
    found = funnel(drawn(5, {"R1": 0.02, "R2": 0.05}), by="rm_id")
    assert found.expected_count.sum() == pytest.approx(found.bad_count.sum())


def test_no_bad_loan_no_funnel():
    with pytest.raises(EmptyBook):
        funnel(drawn(5, {"R1": 0.0}), by="rm_id")


def coded(table: list[list[int]]) -> pd.DataFrame:
    pairs = [(a, b) for a, row in zip("abc", table, strict=False) for b, n in zip("abc", row, strict=False)
             for _ in range(n)]  # fmt: skip
    return pd.DataFrame(pairs, columns=["reason_code", "second_reason_code"])


def test_worked_example_of_kappa():
    """20, 5, 10, 15: observed 0.70, chance 0.50, kappa 0.40 (the usual textbook table)."""
    found = coder_agreement(coded([[20, 5], [10, 15]])).iloc[0]
    assert (found.agreed_share, found.chance_share, found.kappa) == pytest.approx((0.7, 0.5, 0.4))


def test_kappas_standard_error_agrees_with_a_bootstrap():
    frame = coded([[40, 6, 4], [5, 25, 2], [3, 4, 21]])
    found = coder_agreement(frame).iloc[0]
    dice = np.random.default_rng(3)
    drawn = [coder_agreement(frame.iloc[dice.integers(0, len(frame), len(frame))]).kappa.item()
             for _ in range(300)]  # fmt: skip
    assert (found.kappa_high - found.kappa_low) / 3.92 == pytest.approx(np.std(drawn), rel=0.15)


def test_coders_who_always_agree_have_kappa_one_and_chance_alone_none():
    assert coder_agreement(coded([[10, 0], [0, 10]])).kappa.item() == pytest.approx(1.0)
    assert coder_agreement(coded([[10, 10], [10, 10]])).kappa.item() == pytest.approx(0.0)


def test_shares_sum_to_one_and_the_order_is_by_number(planted, unchanged):
    with unchanged(planted["bad_loan_reviews"]):
        found = reason_pareto(planted["bad_loan_reviews"])
    assert found.reason_share.sum() == pytest.approx(1.0)
    assert found.loans_count.is_monotonic_decreasing
    assert found.cumulative_share.iloc[-1] == pytest.approx(1.0)


def test_nothing_reviewed_nothing_ranked(planted):
    with pytest.raises(EmptyBook):
        reason_pareto(planted["bad_loan_reviews"].iloc[:0])


def test_a_quadrant_is_told_only_where_both_ranges_lie_on_one_side():
    members = pd.DataFrame({"customer_id": [f"C{n}" for n in range(60)], "segment": ["rich"] * 30 + ["poor"] * 30})
    cover = pd.DataFrame({"customer_id": members.customer_id, "dscr_p50": 2.0, "dscr_p25": [2.0] * 30 + [0.5] * 30})
    late = pd.DataFrame({"segment": ["rich", "poor"], "able_late_share": [0.3, 0.01], "able_late_low": [0.15, 0.0],
                         "able_late_high": [0.5, 0.04]})  # fmt: skip
    found = two_axes(cover, late, memberships=members, minimum=1.2, late_share=0.05).set_index("segment")
    assert found.quadrant.to_dict() == {"rich": "able_unwilling", "poor": "unable_willing"}


def test_few_customers_are_no_group():
    cover = pd.DataFrame({"customer_id": ["C1"], "dscr_p50": 2.0, "dscr_p25": 2.0})
    late = pd.DataFrame(columns=["segment", "able_late_share", "able_late_low", "able_late_high"])
    with pytest.raises(EmptyBook):
        two_axes(cover, late, memberships=pd.DataFrame({"customer_id": ["C1"], "segment": "a"}), minimum=1,
                      late_share=0.05)  # fmt: skip


def test_time_to_bad_counts_only_the_bad_and_says_all_first():
    ends = pd.DataFrame(
        {"loan_id": list("abcd"), "outcome": ["bad", "bad", "open", "bad"], "month_on_book": [3, 9, 20, 15]}
    )
    found = times_to_bad(ends, pd.DataFrame({"loan_id": list("abc"), "segment": "s"}))
    assert found[["segment", "bad_count", "months_p50", "early_count"]].values.tolist() == [
        ["all", 3, 9.0, 1], ["s", 2, 6.0, 1]]  # fmt: skip


def test_two_who_stand_for_each_other_are_one_mutual_pair():
    edges = pd.DataFrame({"guarantor_id": ["A", "B"], "borrower_id": ["B", "A"], "guaranteed_yuan": 1e5,
                          "loans_count": 1})  # fmt: skip
    counts = guarantee_motifs(edges).set_index("motif").motifs_count
    assert (counts["mutual"], counts["circle"], counts["star"], counts["chain"]) == (1, 1, 0, 0)


def test_a_picture_holds_sixty_points_and_greys_what_many_hold():
    ends = {f"customer_id_{end.lower()}": [f"{end}{number:02}" for number in range(50)] for end in "AB"}
    pairs = pd.DataFrame({**ends, "status": ["to_check"] + ["ruled_out"] * 49})  # fmt: skip
    members = pd.concat([pd.DataFrame({"customer_id": pairs[end], "connected_id": pairs.customer_id_a})
                         for end in ("customer_id_a", "customer_id_b")])  # fmt: skip
    common = pd.DataFrame({"link_type": ["phone"], "holders_count": [41]})
    found = network(members, pairs, common)
    nodes = set(found.node_a.dropna()) | set(found.node_b.dropna())
    assert len(nodes) <= MOST
    assert found.status.iloc[0] == "to_check"
    assert found.status.iloc[-1] == "left_out"


def test_exceptions_of_the_planted_branch_turned_out_worse(planted):
    past = decided_loans(planted["applications"], planted["loans"], planted["loan_months"], as_of="2026-06-30")
    waived = exceptions(past)
    assert waived.bad_count.sum() / waived.observed_count.sum() > 2 * past.is_bad.mean()


def test_fifteen_of_fifteen_agreed_upon_are_no_certainty():
    """Chance agrees on half; agreement is at least .025 ** (1 / 15) = .7820, which makes a kappa of .562."""
    codes = ["a"] * 7 + ["b"] * 7 + ["a"]
    found = coder_agreement(pd.DataFrame({"reason_code": codes, "second_reason_code": codes})).iloc[0]
    chance = (8 / 15) ** 2 + (7 / 15) ** 2
    assert found["kappa"] == 1.0
    assert found["kappa_low"] == pytest.approx((0.025 ** (1 / 15) - chance) / (1 - chance))
