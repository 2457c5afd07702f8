"""Alternatives on two aims."""

import pandas as pd

from microlib.report.charts.points import frontier_dots
from microlib.report.words import Words

TRIED = pd.DataFrame({
    "quantity": ["today", "yearly_rate", "yearly_rate", "secured"], "value": [None, 0.05, 0.0501, None],
    "new_code": ["", "", "", "credit"], "covered_count": [10, 10, 10, 30], "margin_yuan": [1e5, 5e5, 5.01e5, 2e5],
    "is_frontier": [True, True, True, True],
})  # fmt: skip


def _names(frame):
    figure = frontier_dots(frame, words=Words("en"), x="covered_count", y="margin_yuan", label="quantity")
    return [text.get_text() for text in figure.axes[0].texts], figure


def test_names_that_would_touch_are_written_once():
    names, _ = _names(TRIED)
    assert len(names) == 2 and any("unsecured" in name for name in names)


def test_both_axes_carry_their_unit():
    _, figure = _names(TRIED)
    axes = figure.axes[0]
    assert "customers" in axes.get_xlabel() and "wan yuan" in axes.get_ylabel()
