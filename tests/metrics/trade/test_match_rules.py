"""Thresholds of the three flows: closed forms and the law that few tell nothing."""

import numpy as np
import pandas as pd
import pytest

from microlib.errors import EmptyBook
from microlib.metrics.trade.match_rules import threshold_tests


def gaps(count):
    return pd.DataFrame({"customer_id": [f"C{i}" for i in range(count)],
                         "running_gap_share": np.linspace(0, 1, count)})  # fmt: skip


def test_a_line_that_divides_good_from_bad_separates():
    known = gaps(40)
    bad = pd.Series((known["running_gap_share"] > 0.5).to_numpy(), index=known["customer_id"])
    found = threshold_tests(known, bad, thresholds=[0.5]).iloc[0]
    assert (found.verdict, found.bad_rate, found.failing_bad_rate) == ("separates", 0, 1)


def test_the_same_gaps_the_other_way_round_mislead():
    known = gaps(40)
    bad = pd.Series((known["running_gap_share"] < 0.5).to_numpy(), index=known["customer_id"])
    assert threshold_tests(known, bad, thresholds=[0.5])["verdict"].iloc[0] == "misleads"


def test_few_on_one_side_tell_nothing():
    known = gaps(12)
    bad = pd.Series((known["running_gap_share"] > 0.9).to_numpy(), index=known["customer_id"])
    assert set(threshold_tests(known, bad, thresholds=[0.05, 0.95])["verdict"]) == {"unclear"}


def test_nobody_with_an_outcome_is_refused():
    with pytest.raises(EmptyBook, match="nobody"):
        threshold_tests(gaps(3), pd.Series({"x": True}), thresholds=[0.2])
