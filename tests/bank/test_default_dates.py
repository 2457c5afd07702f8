"""The date that a report takes when none is given."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from microlib.bank import loads
from microlib.bank.snapshots import default_as_of
from microlib.bank.stores import open_store
from microlib.homes import Home

BRANCHES = pd.DataFrame({"branch_id": ["0755"], "name": ["示例支行"]})


@pytest.mark.parametrize(
    ("days", "wanted"),
    [
        ([date(2026, 6, 30)], date(2026, 6, 30)),
        ([date(2026, 5, 31), date(2026, 7, 10)], date(2026, 6, 30)),
        ([date(2020, 2, 21)], date(2020, 2, 21)),
    ],
)
def test_it_is_the_last_month_end_at_which_something_is_known(tmp_path: Path, days: list[date], wanted: date) -> None:
    for day in days:
        loads.load_frames(tmp_path, {"branches": BRANCHES}, as_of=day, name=f"branches-{day}")
    with open_store(Home(tmp_path)) as store:
        assert default_as_of(store) == wanted
