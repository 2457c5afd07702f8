"""Controls are weighed by what they stop and what they cost."""

import pandas as pd
import pytest

from microlib.errors import EmptyBook
from microlib.metrics.reviewing import controls


def replayed(flagged_bad: int, flagged_good: int, bad: int, good: int) -> pd.Series:
    flags = [True] * (flagged_bad + flagged_good) + [False] * (bad + good)
    truth = [True] * flagged_bad + [False] * flagged_good + [True] * bad + [False] * good
    ids = [f"L{number}" for number in range(len(flags))]
    outcomes = pd.DataFrame(
        {"loan_id": ids, "is_bad": pd.array(truth, "boolean"), "amount_yuan": 1.0, "lost_yuan": 1.0}
    )
    return controls.control_replays(pd.DataFrame({"loan_id": ids, "check": flags}), outcomes).iloc[0]


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
    assert controls.control_replays(flags, outcomes).tested_count.item() == 1


def test_every_review_stands_in_one_row(planted):
    found = controls.missed_controls(planted["bad_loan_reviews"])
    verdicts = found[["exempt_count", "not_exempt_count", "undecided_count"]].sum().sum()
    assert found.loans_count.sum() == len(planted["bad_loan_reviews"]) == verdicts


def test_without_an_outcome_nothing_is_replayed():
    with pytest.raises(EmptyBook):
        controls.control_replays(pd.DataFrame({"loan_id": ["L1"], "check": [True]}),
                                 pd.DataFrame({"loan_id": ["L1"], "is_bad": pd.array([None], "boolean")}))  # fmt: skip
