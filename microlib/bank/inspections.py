"""The whole inspection of a load: rows, keys, ties; everything found at once."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from microlib.bank.key_checks import key_problems
from microlib.bank.plans import LoadPlan
from microlib.bank.row_checks import row_problems
from microlib.bank.ties import tie_failures


def inspect_plan(plan: LoadPlan) -> Iterator[pd.DataFrame]:
    """Yield every failure of a planned load, those found while converting first."""
    yield from plan.problems()
    yield from row_problems(plan.view)
    yield from key_problems(plan.view)
    yield from tie_failures(plan.view, dates=plan.dates)
