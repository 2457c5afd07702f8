from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from microlib.errors import BadData
from microlib.metrics.class_migrations import supervisory_rates


def test_supervisory_rates_leave_out_what_was_repaid():
    """Reference E1: worse / (opening less reductions); 100 + 50 sound, 30 repaid, 12 now bad."""
    then = pd.DataFrame(
        {
            "loan_id": list("abcd"),
            "balance_yuan": [80.0, 20.0, 50.0, 9.0],
            "class5": ["normal"] * 2 + ["special_mention", "doubtful"],
        }
    )
    now = then.assign(
        balance_yuan=[70.0, 12.0, 30.0, 9.0], class5=["special_mention", "substandard", "special_mention", "loss"]
    )
    found = supervisory_rates(then, now).set_index("from_class")
    assert found.loc["sound", "share"] == pytest.approx(12 / 112)
    assert found.loc["normal", ["share", "reduced_yuan"]].to_list() == pytest.approx([1.0, 18.0])
    assert found.loc["doubtful", "share"] == 1.0 and found.loc["substandard", "reason"] == "no_base"


def test_dates_that_cannot_be_compared_are_refused():
    loans = pd.DataFrame({"loan_id": ["a", "a"], "balance_yuan": 1.0, "class5": "normal"})
    with pytest.raises(BadData, match="twice at one date"):
        supervisory_rates(loans, loans)
    with pytest.raises(BadData, match="missing, infinite or negative"):
        supervisory_rates(loans[:1].assign(balance_yuan=np.nan), loans[:1])
