"""Where a vintage curve may be read to."""

import pandas as pd

from microlib.metrics.vintage_tails import supported_months

CURVE = pd.DataFrame({"month_on_book": [0, 1, 2], "at_risk_count": [50, 30, 29]})


def test_the_curve_ends_where_too_few_loans_are_left():
    assert supported_months(CURVE)["month_on_book"].to_list() == [0, 1]


def test_a_small_branch_keeps_its_whole_curve():
    assert len(supported_months(CURVE.assign(at_risk_count=5))) == 3


def test_the_frame_is_not_altered(unchanged):
    with unchanged(CURVE):
        supported_months(CURVE)
