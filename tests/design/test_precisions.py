"""What a pilot can prove: exact bounds, the break-even default rate, and how many customers a proof takes."""

import pandas as pd
import pytest

from microlib.design.precisions import break_even_rate, pilot_precision
from microlib.errors import NobodyPiloted

FLOOR = {"pd_case": "mean", "yearly_rate": 0.05, "floor_rate": 0.045, "floor_taxed_rate": 0.045, "ftp_rate": 0.02,
         "opex_rate": 0.01, "capital_rate": 0.008, "lgd_share": 0.4}  # fmt: skip


def told(customers, hospital, policy, **floor):
    volume = pd.DataFrame({"case": ["low", "high"], "customers_count": [1, customers]})
    floors = pd.DataFrame([{**FLOOR, **floor}])
    return pilot_precision(volume, floors=floors, product=hospital, policy=policy.stress)


def test_none_bad_of_forty_leaves_seven_percent_open_and_seventeen_with_a_common_source(hospital, policy) -> None:
    """The printed bounds of 0 of 40: 7.22 percent, 17.1 with correlation 0.20."""
    row = told(40, hospital, policy).iloc[0]
    assert row["upper_share"] == pytest.approx(0.0722, abs=5e-5)
    assert row["correlated_upper_share"] == pytest.approx(0.171, abs=5e-4)


def test_at_the_break_even_rate_the_floor_is_the_rate_asked() -> None:
    rate = break_even_rate(pd.DataFrame([FLOOR]))
    assert 0.02 + 0.01 + 0.008 + rate * 0.4 == pytest.approx(0.05)


def test_the_number_needed_is_the_least_that_confirms(hospital, policy) -> None:
    needed = int(told(40, hospital, policy)["needed_count"].iloc[0])
    assert told(needed, hospital, policy)["finding"].iloc[0] == "confirms"
    assert told(needed - 1, hospital, policy)["finding"].iloc[0] == "cannot_say"


def test_the_list_ends_at_the_first_number_that_refutes(hospital, policy) -> None:
    found = told(30, hospital, policy)
    assert found["finding"].iloc[-1] == "refutes" and (found["finding"].iloc[:-1] != "refutes").all()
    assert found["lower_share"].iloc[-1] > found["break_even_rate"].iloc[-1]


def test_a_rate_without_margin_is_refuted_by_anything_and_nobody_proves_nothing(hospital, policy) -> None:
    assert told(30, hospital, policy, yearly_rate=0.03)["finding"].iloc[0] == "refutes"
    with pytest.raises(NobodyPiloted, match="no customer"):
        told(0, hospital, policy)
