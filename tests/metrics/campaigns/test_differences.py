"""Difference in differences: printed means, weights, and trends that differ."""

import numpy as np
import pandas as pd
import pytest

from microlib.errors import EmptyBook
from microlib.metrics.campaigns.differences import difference_in_differences, matched_difference

WINDOWS = [f"window_{place}" for place in range(-4, 1)]


def _panel(dice: np.random.Generator, members: np.ndarray, others: np.ndarray, n: int = 600) -> pd.DataFrame:
    parts = []
    for shares, is_member in ((members, True), (others, False)):
        rows = pd.DataFrame(dice.random((n, 5)) < shares, columns=WINDOWS).astype(float)
        parts.append(rows.assign(is_member=is_member, weight=1.0, rm_id=[f"R{i % 30}" for i in range(n)]))
    return pd.concat(parts, ignore_index=True)


def test_the_printed_means_give_the_printed_difference() -> None:
    assert difference_in_differences(25, 38, 24, 29) == 8
    assert difference_in_differences(20.44, 21.03, 23.33, 21.17) == pytest.approx(2.75)


def test_a_difference_that_is_there_is_found() -> None:
    flat = np.full(5, 0.1)
    row = matched_difference(_panel(np.random.default_rng(1), flat + [0, 0, 0, 0, 0.1], flat)).iloc[0]
    assert row["difference_low"] < 0.1 < row["difference_high"]
    assert row["difference_low"] > 0
    assert row["is_parallel"]


def test_groups_that_moved_apart_before_are_not_parallel() -> None:
    rising, flat = np.array([0.02, 0.08, 0.14, 0.2, 0.26]), np.full(5, 0.1)
    assert not matched_difference(_panel(np.random.default_rng(2), rising, flat))["is_parallel"].item()


def test_few_customers_are_refused() -> None:
    rows = _panel(np.random.default_rng(3), np.full(5, 0.1), np.full(5, 0.1), n=5)
    with pytest.raises(EmptyBook, match="fewer than"):
        matched_difference(rows)
