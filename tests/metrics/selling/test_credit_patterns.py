"""A pattern that pay can make is set beside everybody's."""

import numpy as np
import pandas as pd
import pytest

from microlib.errors import BadData
from microlib.metrics.selling.credit_patterns import late_credits, step_credits


def months(**late):
    return pd.DataFrame({"rm_id": list(late), "loans_count": 40, "late_loans_count": list(late.values())})


def test_who_lends_in_the_last_days_stands_above():
    found = late_credits(months(R1=30, R2=6, R3=5, R4=7)).set_index("rm_id")
    assert found.loc["R1", "standing"] == "above"


def test_a_rhythm_that_all_share_names_nobody():
    assert set(late_credits(months(R1=25, R2=25, R3=26)).standing) == {"as_the_rest"}


def test_months_of_exactly_the_step_stand_out():
    honest = [1, 2, 3, 4, 2, 1, 3, 2, 5, 1, 2, 3]
    frame = pd.concat([pd.DataFrame({"rm_id": name, "loans_count": honest}) for name in ("R2", "R3", "R4")])
    both = pd.concat([pd.DataFrame({"rm_id": "R1", "loans_count": [3, 0, 3, 3, 3, 0, 3, 3, 3, 3, 3, 3]}), frame])
    assert step_credits(both, step=3).set_index("rm_id")["standing"].to_dict()["R1"] == "above"


def test_honest_managers_are_named_once_in_twenty_tables_at_most():
    dice = np.random.default_rng(20260630)
    names = np.repeat([f"R{number:02}" for number in range(12)], 12)
    draws = [pd.DataFrame({"rm_id": names, "loans_count": dice.poisson(3, len(names))}) for _ in range(120)]
    named = [(step_credits(frame, step=3).standing == "above").any() for frame in draws]
    assert np.mean(named) <= 0.1


def test_a_step_of_one_is_refused():
    with pytest.raises(BadData, match="no month below"):
        step_credits(months(R1=1), step=1)
