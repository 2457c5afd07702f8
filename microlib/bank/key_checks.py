"""What keys get wrong: repeated in a file, contradicted by another, unknown to the table they refer to."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from microlib.bank.keys import conflicting_rows, has_rivals, repeated_keys
from microlib.bank.references import orphans
from microlib.bank.views import View


def key_problems(view: View) -> Iterator[pd.DataFrame]:
    """Yield repeated keys, conflicts with other files, and orphans."""
    for arrival in view.arriving.values():
        yield repeated_keys(view.store, arrival)
        if has_rivals(view.store, arrival):
            yield conflicting_rows(view.store, arrival, replaced=view.replaced)
        yield from orphans(view.store, arrival, arriving=view.arriving, replaced=view.replaced)
