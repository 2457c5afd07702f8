"""Two rhythms: need that follows the moon or the crop, and the bank's own push."""

import numpy as np
import pytest

from microlib.calendars import spring_festival
from microlib.demo.branches import daily_need, daily_push, monthly_means
from microlib.demo.world import DAYS


@pytest.mark.parametrize("year", range(2022, 2027))
def test_markets_need_most_seven_weeks_before_the_spring_festival(year: int) -> None:
    festival = np.datetime64(spring_festival(year))
    before = (festival - 150 < DAYS) & (festival >= DAYS)
    peak = DAYS[before][daily_need("festival")[before].argmax()]
    assert (festival - peak).astype(int) == 49


def test_a_flat_need_has_no_month_above_another() -> None:
    assert np.ptp(monthly_means(daily_need("flat"))) == 0


def test_the_bank_pushes_in_january_whatever_the_moon() -> None:
    months = monthly_means(daily_push(3.5)).reshape(5, 12)
    assert set(months.argmax(axis=1)) == {6}  # years run from July, so place 6 is January
