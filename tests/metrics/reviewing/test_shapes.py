"""Axes, times to bad, falls of value, motifs, network, exceptions: closed forms and the planted branch."""

import pandas as pd
import pytest

from microlib.errors import EmptyBook
from microlib.metrics.connections import motifs, networks
from microlib.metrics.reviewing import axes, decided, shocks, times_to_bad


def test_a_quadrant_is_told_only_where_both_ranges_lie_on_one_side():
    members = pd.DataFrame({"customer_id": [f"C{n}" for n in range(60)], "segment": ["rich"] * 30 + ["poor"] * 30})
    cover = pd.DataFrame({"customer_id": members.customer_id, "dscr_p50": 2.0, "dscr_p25": [2.0] * 30 + [0.5] * 30})
    late = pd.DataFrame({"segment": ["rich", "poor"], "able_late_share": [0.3, 0.01], "able_late_low": [0.15, 0.0],
                         "able_late_high": [0.5, 0.04]})  # fmt: skip
    found = axes.two_axes(cover, late, memberships=members, minimum=1.2, late_share=0.05).set_index("segment")
    assert found.quadrant.to_dict() == {"rich": "able_unwilling", "poor": "unable_willing"}


def test_few_customers_are_no_group():
    cover = pd.DataFrame({"customer_id": ["C1"], "dscr_p50": 2.0, "dscr_p25": 2.0})
    late = pd.DataFrame(columns=["segment", "able_late_share", "able_late_low", "able_late_high"])
    with pytest.raises(EmptyBook):
        axes.two_axes(cover, late, memberships=pd.DataFrame({"customer_id": ["C1"], "segment": "a"}), minimum=1,
                      late_share=0.05)  # fmt: skip


def test_time_to_bad_counts_only_the_bad_and_says_all_first():
    ends = pd.DataFrame(
        {"loan_id": list("abcd"), "outcome": ["bad", "bad", "open", "bad"], "month_on_book": [3, 9, 20, 15]}
    )
    found = times_to_bad.times_to_bad(ends, pd.DataFrame({"loan_id": list("abc"), "segment": "s"}))
    assert found[["segment", "bad_count", "months_p50", "early_count"]].values.tolist() == [
        ["all", 3, 9.0, 1], ["s", 2, 6.0, 1]]  # fmt: skip


def test_a_fall_opens_what_stands_above_the_fallen_value():
    ltvs = pd.DataFrame({"fall_share": 0.0, "balance_yuan": [80.0, 50.0], "value_yuan": [100.0, 100.0]})
    found = shocks.value_shocks(ltvs, falls=(0.0, 0.3), cost_share=0.12, months=18, yearly_rate=0.0435)
    assert found.uncovered_yuan.tolist() == pytest.approx([0.0, 10.0])
    assert found.ltv_p90_share.iloc[1] > found.ltv_p90_share.iloc[0]
    assert found.lgd_share.is_monotonic_increasing


def test_two_who_stand_for_each_other_are_one_mutual_pair():
    edges = pd.DataFrame({"guarantor_id": ["A", "B"], "borrower_id": ["B", "A"], "guaranteed_yuan": 1e5,
                          "loans_count": 1})  # fmt: skip
    counts = motifs.guarantee_motifs(edges).set_index("motif").motifs_count
    assert (counts["mutual"], counts["circle"], counts["star"], counts["chain"]) == (1, 1, 0, 0)


def test_a_picture_holds_sixty_points_and_greys_what_many_hold():
    ends = {f"customer_id_{end.lower()}": [f"{end}{number:02}" for number in range(50)] for end in "AB"}
    pairs = pd.DataFrame({**ends, "status": ["to_check"] + ["ruled_out"] * 49})  # fmt: skip
    members = pd.concat([pd.DataFrame({"customer_id": pairs[end], "connected_id": pairs.customer_id_a})
                         for end in ("customer_id_a", "customer_id_b")])  # fmt: skip
    common = pd.DataFrame({"link_type": ["phone"], "holders_count": [41]})
    found = networks.network(members, pairs, common)
    nodes = set(found.node_a.dropna()) | set(found.node_b.dropna())
    assert len(nodes) <= networks.MOST
    assert found.status.iloc[0] == "to_check"
    assert found.status.iloc[-1] == "left_out"


def test_exceptions_of_the_planted_branch_turned_out_worse(planted):
    past = decided.decided_loans(planted["applications"], planted["loans"], planted["loan_months"], as_of="2026-06-30")
    waived = decided.exceptions(past)
    assert waived.bad_count.sum() / waived.observed_count.sum() > 2 * past.is_bad.mean()
