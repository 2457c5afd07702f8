from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.errors import BadData
from microlib.metrics.migrations import roll_rates
from microlib.metrics.projections import absorption, projected_book

tables = st.lists(st.lists(st.integers(0, 50), min_size=4, max_size=4), min_size=4, max_size=4)


def _square(rows, names="abcd"):
    return pd.DataFrame(rows, index=list(names[: len(rows)]), columns=list(names[: len(rows[0])]), dtype=float)


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


def test_input_is_left_alone(unchanged):
    start = pd.DataFrame({"v": [1.0] * 4}, index=list("abcd"))
    with unchanged(P, start):
        projected_book(start["v"], P, steps=2)
        absorption(P, ends=["d"])
