"""Tests."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from microlib.errors import BadData, EmptyBook
from microlib.metrics.migration import (
    STATES,
    absorption,
    cleared_arrears,
    npl_bridge,
    projected_book,
    roll_rates,
    supervisory_rates,
    transition_counts,
)


def test_supervisory_rates_leave_out_what_was_repaid():
    """Reference E1: worse / (opening less reductions); 100 + 50 sound, 30 repaid, 12 now bad."""
    then = pd.DataFrame(
        {
            "loan_id": list("abcd"),
            "balance_yuan": [80.0, 20.0, 50.0, 9.0],
            "class5": ["normal"] * 2 + ["special_mention", "doubtful"],
        }
    )
    now = then.assign(
        balance_yuan=[70.0, 12.0, 30.0, 9.0], class5=["special_mention", "substandard", "special_mention", "loss"]
    )
    found = supervisory_rates(then, now).set_index("from_class")
    assert found.loc["sound", "share"] == pytest.approx(12 / 112)
    assert found.loc["normal", ["share", "reduced_yuan"]].to_list() == pytest.approx([1.0, 18.0])
    assert found.loc["doubtful", "share"] == 1.0 and found.loc["substandard", "reason"] == "no_base"


def test_dates_that_cannot_be_compared_are_refused():
    loans = pd.DataFrame({"loan_id": ["a", "a"], "balance_yuan": 1.0, "class5": "normal"})
    with pytest.raises(BadData, match="twice at one date"):
        supervisory_rates(loans, loans)
    with pytest.raises(BadData, match="missing, infinite or negative"):
        supervisory_rates(loans[:1].assign(balance_yuan=np.nan), loans[:1])


tables = st.lists(st.lists(st.integers(0, 50), min_size=4, max_size=4), min_size=4, max_size=4)


def _square(rows, names="abcd"):
    return pd.DataFrame(rows, index=list(names[: len(rows)]), columns=list(names[: len(rows[0])]), dtype=float)


def test_moves_are_counted_between_months_that_follow_each_other(month_ends):
    loans = ["L1"] * 4 + ["L2"] * 2
    months = month_ends(
        loans, ["2026-01", "2026-02", "2026-03", "2026-05", "2026-01", "2026-02"], overdue_days=[0, 31, 61, 0, 0, 0]
    )
    counts = transition_counts(months)
    assert counts.loc["M0", "M2"] == counts.loc["M2", "M3"] == counts.loc["M0", "M0"] == 1
    assert counts.to_numpy().sum() == 3


def test_exits_are_states_and_unknown_is_none(month_ends):
    months = month_ends(
        ["L1", "L1", "L2", "L2", "L3", "L3"],
        ["2026-01", "2026-02"] * 3,
        status=["normal", "settled", "overdue", "written_off", "normal", "unknown"],
        overdue_days=[0, 0, 120, 0, 0, 0],
        balance_yuan=[7.0, 0.0, 5.0, 0.0, 3.0, 3.0],
    )
    counts = transition_counts(months)
    assert counts.loc["M0", "settled"] == counts.loc["M4+", "written_off"] == 1.0
    assert counts.to_numpy().sum() == 2.0


def test_balances_weigh_a_move_and_loans_give_its_range(month_ends):
    """Balances 3, 1, 1, 1 from M0, the largest gets worse: the rate is 1/2, on (6)^2 / 12 = 3 effective loans."""
    loans = np.repeat(["L1", "L2", "L3", "L4"], 2)
    days, yuan = [0, 31, *[0] * 6], np.repeat([3e6, 1e6, 1e6, 1e6], 2)
    months = month_ends(loans, ["2026-01", "2026-02"] * 4, overdue_days=days, balance_yuan=yuan)
    counts = transition_counts(months, by_balance=True)
    assert counts.loc["M0", ["M0", "M2"]].tolist() == pytest.approx([1.5, 1.5])
    small = transition_counts(months.assign(balance_yuan=yuan / 1e6), by_balance=True)
    pd.testing.assert_frame_equal(counts, small)
    found = roll_rates(counts).set_index(["from_state", "to_state"]).loc[("M0", "M2")]
    assert found["rate"] == pytest.approx(0.5) and found["smoothed_rate_high"] - found["smoothed_rate_low"] > 0.5


def test_the_range_of_a_roll_rate_holds_what_it_says_at_every_rate():
    """Twenty late loans, every count of them a step worse: exact coverage over rates is never under 95 %."""
    limits = np.array([roll_rates(_square([[20.0 - seen, seen], [0, 0]])).iloc[1, -2:] for seen in range(21)], float)
    for rate in np.linspace(0.01, 0.99, 99):
        held = (limits[:, 0] <= rate) & (rate <= limits[:, 1])
        assert binom.pmf(np.arange(21), 20, rate)[held].sum() >= 0.95


def test_what_is_not_known_makes_no_move(month_ends):
    months = month_ends(["L1", "L1", "L2", "L2"], ["2026-01", "2026-02"] * 2, overdue_days=[0, np.nan, 0, 0])
    assert transition_counts(months).to_numpy().sum() == 1.0
    with pytest.raises(EmptyBook, match="two months running"):
        transition_counts(months.iloc[:2])
    with pytest.raises(EmptyBook, match="two months running"):
        transition_counts(month_ends(["L1", "L1"], ["2026-01", "2026-02"]).assign(status=[None, "normal"]))


def test_a_loan_that_is_here_without_a_class_is_neither_better_nor_worse():
    then = pd.DataFrame({"loan_id": ["a", "b", "c"], "balance_yuan": [50.0, 30.0, 20.0], "class5": "normal"})
    now = then.assign(class5=["normal", "substandard", None])
    found = supervisory_rates(then, now).set_index("from_class").loc["sound"]
    assert found[["worse_yuan", "base_yuan", "unknown_yuan"]].tolist() == [30.0, 80.0, 20.0]


@pytest.mark.parametrize(("days", "state"), [(0, "M0"), (1, "M1"), (30, "M1"), (31, "M2"), (90, "M3"), (91, "M4+")])
def test_states_begin_beyond_their_cut(month_ends, days, state):
    counts = transition_counts(month_ends(["L1", "L1"], ["2026-01", "2026-02"], overdue_days=[0, days]))
    assert counts.loc["M0", state] == 1


@settings(max_examples=50, deadline=None)
@given(tables.filter(lambda rows: np.sum(rows) > 0), st.floats(0, 5))
def test_smoothed_rates_of_a_state_sum_to_one(rows, strength):
    found = roll_rates(_square(rows), strength=strength)
    assert found.groupby("from_state").smoothed_rate.sum().to_numpy() == pytest.approx(1.0)
    assert (found.smoothed_rate_low <= found.smoothed_rate_high).all()
    assert found.smoothed_rate_low.ge(0).all() and found.smoothed_rate_high.le(1).all()


def test_a_strong_prior_makes_rates_even_and_none_leaves_them_raw():
    counts = _square([[8.0, 2.0], [0.0, 0.0]])
    assert roll_rates(counts, strength=0).smoothed_rate.to_list() == [0.8, 0.2]
    assert roll_rates(counts, strength=1e9).smoothed_rate.to_list() == pytest.approx([0.5, 0.5])


def test_migration_input_is_left_alone(month_ends, unchanged):
    months = month_ends(["L1", "L1"], ["2026-01", "2026-02"])
    with unchanged(months):
        roll_rates(transition_counts(months))


def test_moves_that_cannot_be_counted_are_refused(month_ends):
    with pytest.raises(EmptyBook, match="two months running"):
        transition_counts(month_ends(["L1", "L1"], ["2026-01", "2026-03"]))
    with pytest.raises(BadData, match="twice in a month"):
        transition_counts(month_ends(["L1", "L1"], ["2026-01", "2026-01"]))
    with pytest.raises(BadData, match="not four and rising"):
        transition_counts(month_ends(["L1"], ["2026-01"]), cuts=(0, 90, 30, 60))
    assert len(STATES) == 7


def test_tables_that_are_none_are_refused():
    with pytest.raises(BadData, match="not square"):
        roll_rates(pd.DataFrame([[1.0, 2.0]]))
    with pytest.raises(BadData, match="missing, infinite or negative"):
        roll_rates(_square([[1.0, -2.0], [0.0, 0.0]]))
    with pytest.raises(BadData, match="strength"):
        roll_rates(_square([[1.0]]), strength=-1)
    with pytest.raises(EmptyBook, match="no move"):
        roll_rates(_square([[0.0, 0.0], [0.0, 0.0]]))


P = _square([[0.96, 0.03, 0.01, 0], [0.60, 0.20, 0.15, 0.05], [0.25, 0.10, 0.20, 0.45], [0, 0, 0, 1]])


@pytest.mark.parametrize(
    ("steps", "expected"),
    [(1, (906.25, 41.5, 23.0, 29.25)), (3, (892.268375, 36.56575, 18.652125, 52.51375))],
)
def test_a_book_rolled_forward(steps, expected):
    """Vectors TV-E2: v = (900, 60, 25, 15)."""
    start = pd.Series([900.0, 60.0, 25.0, 15.0], index=list("abcd"))
    assert projected_book(start, P, steps=steps).iloc[-1].to_list() == pytest.approx(expected)


def test_where_loans_end_at_last():
    """Vectors TV-E2, absorbing version: chance of ending bad .15068493, .28712329, .64547945."""
    rows = [[0.90, 0.03, 0.01, 0.0, 0.06], [0.55, 0.20, 0.15, 0.05, 0.05], [0.25, 0.10, 0.20, 0.45, 0.0]]
    rates = pd.DataFrame(rows, index=["M0", "M1", "M2"], columns=["M0", "M1", "M2", "bad", "settled"])
    found = absorption(rates, ends=["bad", "settled"])
    assert found["bad"].to_list() == pytest.approx([0.15068493, 0.28712329, 0.64547945], abs=5e-9)
    assert (found["bad"] + found["settled"]).to_list() == pytest.approx([1, 1, 1])


@settings(max_examples=50, deadline=None)
@given(tables.filter(lambda rows: np.sum(rows) > 0), st.integers(0, 12))
def test_rolling_forward_loses_nothing(rows, steps):
    smoothed = roll_rates(_square([[x + 1 for x in row] for row in rows]))
    rates = smoothed.pivot(index="from_state", columns="to_state", values="smoothed_rate")
    start = pd.Series([1.0, 2.0, 3.0, 4.0], index=list("abcd"))
    assert projected_book(start, rates, steps=steps).sum(axis="columns").to_numpy() == pytest.approx(10.0)


def test_rates_that_are_none_are_refused():
    start = pd.Series([1.0, 1.0], index=["a", "b"])
    with pytest.raises(BadData, match="does not sum to 1"):
        projected_book(start, _square([[0.5, 0.4], [0.0, 1.0]]), steps=1)
    with pytest.raises(BadData, match="states of the book"):
        projected_book(start[:1], _square([[1.0, 0.0], [0.0, 1.0]]), steps=1)
    with pytest.raises(BadData, match="missing, infinite or negative"):
        projected_book(-start, _square([[1.0, 0.0], [0.0, 1.0]]), steps=1)
    with pytest.raises(BadData, match="square table of the same states"):
        projected_book(start, P.iloc[:2], steps=1)
    with pytest.raises(BadData, match="never reaches an end"):
        absorption(_square([[1.0, 0.0], [0.0, 1.0]]), ends=["b"])
    with pytest.raises(BadData, match="no column lost"):
        absorption(P, ends=["lost"])


def test_projection_input_is_left_alone(unchanged):
    start = pd.DataFrame({"v": [1.0] * 4}, index=list("abcd"))
    with unchanged(P, start):
        projected_book(start["v"], P, steps=2)
        absorption(P, ends=["d"])


GONE = ("settled", "written_off", "transferred")


def _bridge(loans, before, **more):
    found = npl_bridge(loans, before, as_of="2026-06-30", **more).set_index("move")
    return found["balance_yuan"], found["loans_count"]


def _ties(side) -> bool:
    came = side[["opening", "new", "appeared"]].sum()
    return round(100 * (came - side[WENT_BY].sum() - side["closing"])) == 0


WENT_BY = ["recovered", "renewed", "written_off", "upgraded", "transferred", "untraced"]


def test_each_way_of_a_bad_loan_has_a_row_of_its_own(ledger, month_ends):
    """Nine loans, one a way: what each does is written beside it."""
    names = ["stays", "pays", "settled", "renewed", "erased", "cured", "sold", "turns", "fresh", "heir", "odd"]
    loans = ledger(
        11,
        loan_id=names,
        balance_yuan=[100.0, 70.0, 0.0, 0.0, 0.0, 90.0, 0.0, 100.0, 50.0, 80.0, 30.0],
        class5=["loss", "doubtful", "loss", "loss", "loss", "normal", "loss", "substandard", "loss", "normal", "loss"],
        status=["overdue", "overdue", *GONE[:1], *GONE[:1], *GONE[1:2], "normal", *GONE[2:], *["overdue"] * 4],
        written_off_yuan=[np.nan] * 4 + [60.0] + [np.nan] * 6,
        previous_loan_id=[None] * 9 + ["renewed", None],
        issue_type=["new"] * 9 + ["refinance", "new"],
        amount_yuan=[100.0] * 9 + [80.0, 100.0],
        disbursed_date=["2025-01-10"] * 8 + ["2026-06-10", "2026-06-11", "2025-01-10"],
    )
    then = month_ends([*names[:8], "lost"], ["2026-05"] * 9, class5=["loss"] * 7 + ["normal", "loss"])
    yuan, count = _bridge(loans, then)
    assert yuan.to_dict() == {
        "opening": 800.0,  # seven of the first and the one that is lost
        "new": 100.0 + 50.0,  # it turned; it was lent and is bad
        "appeared": 30.0,  # odd: lent long ago, not there at the last month end
        "recovered": 30.0 + 100.0 + 20.0 + 40.0 + 10.0,  # pays, settled, renewed, erased, cured
        "renewed": 80.0,
        "written_off": 60.0,
        "upgraded": 90.0,
        "transferred": 100.0,
        "untraced": 100.0,  # lost: not in the ledger any more
        "closing": 350.0,
    }
    assert count[["new", "appeared", "recovered", "untraced", "closing"]].tolist() == [2, 1, 1, 1, 5]
    assert _ties(yuan) and _ties(count)


def test_a_good_loan_that_is_written_off_within_the_month_turned_bad_first(ledger, month_ends):
    loans = ledger(2, balance_yuan=0.0, status=["written_off", "transferred"], class5=["loss", "normal"])
    yuan, count = _bridge(loans, month_ends(list(loans["loan_id"]), ["2026-05"] * 2))
    assert yuan[["new", "written_off", "transferred"]].tolist() == [100.0, 100.0, 0.0]
    assert count[["new", "written_off"]].tolist() == [1, 1]


def test_month_ends_say_how_a_loan_left_that_the_ledger_has_dropped(ledger, month_ends):
    months = month_ends(["a", "a"], ["2026-04", "2026-05"], balance_yuan=[9.0, 0.0], class5="loss",
                        status=["overdue", "written_off"])  # fmt: skip
    yuan, _ = _bridge(ledger(1), pd.concat([months, month_ends(["L0000"], ["2026-05"])]), months=2)
    assert yuan[["opening", "written_off", "untraced", "closing"]].tolist() == [9.0, 9.0, 0.0, 0.0]


def test_a_gap_in_the_months_ends_the_bridge_and_is_said(ledger, month_ends):
    months = month_ends(["L0000"] * 3, ["2026-02", "2026-04", "2026-05"])
    assert npl_bridge(ledger(1), months, as_of="2026-06-30", months=12)["months_count"].unique().tolist() == [2]
    with pytest.raises(EmptyBook, match="month end before the ledger"):
        npl_bridge(ledger(1), months[:2], as_of="2026-06-30")
    with pytest.raises(BadData, match="twice in a month"):
        npl_bridge(ledger(1), pd.concat([months, months]), as_of="2026-06-30")


moves = st.lists(
    st.tuples(
        st.sampled_from(["normal", "loss", ""]),
        st.sampled_from(["normal", "loss", *GONE, ""]),
        *[st.integers(1, 10_000)] * 2,
    ),
    min_size=1,
    max_size=12,
)


@settings(deadline=None, max_examples=60)
@given(moves)
def test_the_bridge_ties_to_the_fen_and_adds_up_over_branches(rows):
    """Whatever loans do, opening and moves make the ledger's bad balance, added up by hand, for each branch and all."""
    live, known = [now in ("normal", "loss") for _, now, *_ in rows], {"normal": "normal", "loss": "overdue"}
    frame = pd.DataFrame(
        {
            "loan_id": [f"L{place}" for place in range(len(rows))],
            "customer_id": "C",
            "balance_yuan": [fen / 100 if here else 0.0 for here, (*_, fen) in zip(live, rows, strict=True)],
            "overdue_days": 0,
            "class5": [now if now in known else "loss" for _, now, *_ in rows],
            "status": [known.get(now, now or "unknown") for _, now, *_ in rows],
            "branch_id": ["a" if place % 2 else "b" for place in range(len(rows))],
        }
    )
    then = pd.DataFrame(
        {
            "loan_id": frame["loan_id"],
            "month": "2026-05",
            "balance_yuan": [fen / 100 if was else 0.0 for was, _, fen, _ in rows],
            "overdue_days": 0,
            "class5": [was or "normal" for was, *_ in rows],
            "status": "normal",
        }
    )
    whole, counts = _bridge(frame, then)
    by_hand = sum((Counter(_by_hand(*row)) for row in rows), Counter())
    assert (100 * whole).round().astype(int).to_dict() == {move: by_hand[move] for move in whole.index}
    assert _ties(whole) and _ties(counts)
    parts = [_bridge(part, then[then["loan_id"].isin(part["loan_id"])]) for _, part in frame.groupby("branch_id")]
    assert all(_ties(side) for part in parts for side in part)
    assert (sum(yuan for yuan, _ in parts) - whole).abs().max() < 0.005
    assert (sum(count for _, count in parts) == counts).all()


def _by_hand(was: str, now: str, then: int, left: int) -> dict[str, int]:
    """Fen of each move of one loan, class by class and way by way."""
    ends = {"opening": then * (was == "loss"), "closing": left * (now == "loss")}
    if (was, now) == ("loss", "loss"):
        return ends | {"recovered": max(then - left, 0), "new": max(left - then, 0)}
    if (was, now) == ("loss", "normal"):
        return ends | {"recovered": max(then - left, 0), "upgraded": min(then, left)}
    if was == "loss":
        return ends | {{"settled": "recovered", "": "untraced"}.get(now, now): then}
    if now == "loss":
        return ends | {"new" if was else "appeared": left}
    return ends | ({"new": then, now: then} if was and now in GONE[1:] else {})


def test_months_of_the_bridge_hang_together(ledger, month_ends):
    """Bad in one month and cured in the next: the year tells both moves, its ends tell neither."""
    names = ["2026-03", "2026-04", "2026-05"]
    months = month_ends(["L0000"] * 3, names, class5=["normal", "loss", "normal"])
    yuan, _ = _bridge(ledger(1), months, months=12)
    assert yuan[["opening", "new", "upgraded", "closing"]].tolist() == [0.0, 100.0, 100.0, 0.0]


def test_the_most_that_became_current_is_told_from_the_months_before(ledger, month_ends):
    names = ["2026-03", "2026-04", "2026-05"]
    rows = [month_ends([loan] * 3, names, overdue_days=days) for loan, days in
            {"L0000": [31, 0, 40], "L0001": [0, 0, 31], "L0002": [0, 45, 30]}.items()]  # fmt: skip
    found = cleared_arrears(ledger(3), pd.concat(rows), as_of="2026-06-30")
    assert found["cleared_yuan"].tolist() == [100.0, 0.0, 200.0]
    assert found["is_most"].tolist() == [False, False, True] and found["loans_count"].tolist() == [1, 0, 2]
