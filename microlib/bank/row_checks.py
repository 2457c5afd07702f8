"""What single rows, and single columns of a file, get wrong."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from microlib.bank.checks import row_failures
from microlib.bank.magnitudes import unit_slips
from microlib.bank.rules import row_rules
from microlib.bank.views import View


def row_problems(view: View) -> Iterator[pd.DataFrame]:
    """Yield failures of rows by themselves, and columns whose values are those of another unit."""
    for arrival in view.arriving.values():
        yield row_failures(view.store, arrival, row_rules(arrival.contract, filled=arrival.filled))
        yield from unit_slips(view.store, arrival)
