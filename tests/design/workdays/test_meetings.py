"""Meeting one-pagers: every figure with where it was read."""

import pandas as pd
import pytest

from microlib.design.workdays import meetings
from microlib.errors import BadConfig

SIZE = pd.DataFrame({"balance_yuan": [9e6], "customers_count": [12]})
PARS = pd.DataFrame(
    {
        "measure": ["par30_plain", "par30_adjusted"],
        "share": [0.02, 0.05],
        "share_low": [0.01, 0.03],
        "share_high": [0.04, 0.09],
        "base_customers_count": 60,
    }
)


def test_a_rate_keeps_its_range_its_count_and_its_page():
    row = meetings.meeting_figures({"four_pars": PARS}).iloc[0]
    assert row.tolist() == ["par30_adjusted_share", 0.05, 0.03, 0.09, 60.0, "four_pars", "share"]


def test_an_audience_gets_its_figures_in_its_own_order():
    figures = meetings.meeting_figures({"four_pars": PARS, "book_size": SIZE})
    assert meetings.meeting_sheet(figures, audience="risk_desk")["figure"].tolist() == ["par30_adjusted_share"]
    assert meetings.meeting_sheet(figures, audience="branch_head")["figure"].tolist() == ["balance_yuan"]


def test_every_figure_of_an_audience_can_be_read_somewhere():
    asked = {name for figures, _ in meetings.AUDIENCES.values() for name in figures}
    assert asked <= set(meetings.FIGURES) and all(len(each[0]) == 5 for each in meetings.AUDIENCES.values())
    assert {name for _, questions in meetings.AUDIENCES.values() for name in questions} == set(meetings.ANSWERS)


@pytest.mark.parametrize("outside", ["chamber", "market"])
def test_whoever_is_outside_gets_no_sheet(outside):
    with pytest.raises(BadConfig, match="within the bank"):
        meetings.likely_questions(audience=outside)


def test_what_was_not_computed_is_left_out():
    assert meetings.meeting_figures({}).empty
