"""The bank's stress scenarios as written, and as a table to show."""

from __future__ import annotations

import pandas as pd

from microlib.contracts.documents import read_document
from microlib.contracts.scenarios import StressBook
from microlib.design.dated_files import Place, home_at

FILE = "stress_scenarios.toml"
SHOWN = [
    "code",
    "hits",
    "only_worst",
    "income_share",
    "months",
    "cost_share",
    "rate_rise",
    "defaults",
    "source",
    "status",
]


def read_scenarios(home: Place) -> StressBook:
    """Read the stress scenarios and drivers of a home.

    Raises
    ------
    BadConfig
        If the file is not there or breaks its model.

    Examples
    --------
    >>> len(read_scenarios(".").scenarios)
    11
    """
    return read_document(home_at(home).config("policies") / FILE, StressBook)


def scenario_register(stresses: StressBook) -> pd.DataFrame:
    """List what every scenario assumes, with its source and status: one row per scenario, as written."""
    rows = [{name: getattr(each, name) for name in SHOWN} for each in stresses.scenarios]
    return pd.DataFrame(rows, columns=SHOWN).rename(columns={"code": "scenario"})
