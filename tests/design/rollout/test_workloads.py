"""Hours into loans, with the range that the counts leave."""

import pandas as pd
import pytest

from microlib.design.rollout.workloads import Habits, monthly_capacity
from microlib.errors import BadData


def managers(count=1):
    names = [f"R{number}" for number in range(count)]
    return pd.DataFrame({"rm_id": names, "hours_month_count": 160.0, "selling_share": 0.45})


def habits(scale=1):
    return Habits(1.5, 100 * scale, 12 * scale, 100 * scale, 55 * scale, 620_000.0)


def test_worked_example_of_one_manager():
    """160 h x 45 % / 1.5 h = 48 visits; x 12 % x 55 % = 3.168 loans; x 620,000 = 1.96 million yuan."""
    found = monthly_capacity(managers(), habits=habits()).iloc[0]
    assert found["visits_count"] == pytest.approx(48)
    assert found["loans_count"] == pytest.approx(3.168)
    assert found["capacity_yuan"] == pytest.approx(1_964_160)


def test_eight_managers_in_three_months():
    """8 x 3 x 1,964,160 = 47.14 million yuan."""
    assert monthly_capacity(managers(8), habits=habits())["capacity_yuan"].sum() * 3 == pytest.approx(47_139_840)


def test_more_visits_on_file_narrow_the_range():
    few, many = (monthly_capacity(managers(), habits=habits(scale)).iloc[0] for scale in (1, 50))
    assert many["loans_high"] - many["loans_low"] < (few["loans_high"] - few["loans_low"]) / 4
    assert few["loans_low"] < few["loans_count"] < few["loans_high"]


def test_hours_that_are_not_known_stay_unknown():
    one = managers().assign(hours_month_count=None)
    assert monthly_capacity(one.astype({"hours_month_count": float}), habits=habits())["capacity_yuan"].isna().all()


def test_more_applications_than_visits_are_refused():
    with pytest.raises(BadData, match="habits without"):
        Habits(1.5, 10, 12, 10, 5, 1.0)
