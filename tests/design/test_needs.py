"""The short methods, against published examples and answer keys."""

from __future__ import annotations

import pandas as pd
import pytest

from microlib.design import collaterals, needs


def test_short_methods_as_printed() -> None:
    """TV-A5: an unlisted kind counts nothing, 21,400; TV-A6: 115; TV-A7: 25,000 less 5,000; TV-A12: 84."""
    items = pd.DataFrame({"kind": list("abcdef"), "value_yuan": [10_000, 5_000, 8_500, 12_000, 6_000, 6_000]})
    cuts = {"a": 0.7, "b": 0.6, "d": 0.5, "e": 0.4, "f": 0.5}
    assert collaterals.haircut_value(items, haircuts=cuts).sum() == pytest.approx(21_400)
    assert needs.tax_multiple(pd.DataFrame({"vat_yuan": [10], "income_tax_yuan": [5]})).item() == 115
    assert needs.turnover_need(pd.Series([100_000.0]))["need_yuan"].item() == 20_000
    assert needs.budget_loan(pd.Series([120.0]), own_share=0.30).item() == pytest.approx(84)
