"""Only those are set apart whom the counts set apart."""

import numpy as np
import pandas as pd
import pytest

from microlib.errors import BadData
from microlib.metrics.selling.standings import rate_standings


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
