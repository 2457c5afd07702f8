"""Disposable income: published capacities, closed form, refusals."""

import numpy as np
import pandas as pd
import pytest

from microlib.errors import BadData
from microlib.metrics.capacity.disposables import disposable_capacity, disposable_income


@pytest.mark.parametrize(("months", "loan"), [(12, 96_359.58), (24, 184_981.51), (36, 266_487.14)])
def test_what_twelve_thousand_a_month_carries(months, loan):
    """TV-A10: 12,000 a month, 70 percent, 8.4 percent a year."""
    found = disposable_capacity(pd.Series([12_000.0]), service_share=0.7, yearly_rate=0.084, months=months)
    assert found["capacity_yuan"].item() == pytest.approx(loan, abs=0.005)


def test_all_that_comes_in_less_all_that_goes_out(unchanged):
    home = pd.DataFrame({"profit_month_yuan": [30.0], "other_income_month_yuan": [5.0], "family_month_yuan": [10.0],
                         "tax_month_yuan": [2.0], "debt_month_yuan": [8.0]})  # fmt: skip
    with unchanged(home):
        assert disposable_income(home).tolist() == [15]


def test_a_household_in_deficit_carries_nothing_and_an_unknown_one_is_unknown():
    homes = pd.DataFrame({"profit_month_yuan": [5.0, np.nan], "family_month_yuan": [9.0, 9.0]})
    left = disposable_income(homes)
    found = disposable_capacity(left, service_share=0.5, yearly_rate=0.06, months=12)
    assert left[0] == -4 and found["capacity_yuan"][0] == 0 and np.isnan(found["capacity_yuan"][1])


def test_a_household_that_spends_nothing_is_refused():
    with pytest.raises(BadData, match="no column family_month_yuan"):
        disposable_income(pd.DataFrame({"profit_month_yuan": [1.0]}))
    with pytest.raises(BadData, match="negative"):
        disposable_income(pd.DataFrame({"profit_month_yuan": [1.0], "family_month_yuan": [-1.0]}))
    with pytest.raises(BadData, match="70"):
        disposable_capacity(pd.Series([1.0]), service_share=70, yearly_rate=0.06, months=12)
