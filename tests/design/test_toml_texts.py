"""TOML out is TOML in."""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microlib.design.toml_texts import records, toml_text
from microlib.errors import BadData

WORDS = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)


@given(st.dictionaries(st.text("abcé_-", min_size=1, max_size=5), WORDS | st.integers(-(2**60), 2**60) | st.booleans()))
def test_what_is_written_is_read_back(plain) -> None:
    document = {**plain, "table": {**plain, "rows": [plain, {"day": date(2026, 6, 30)}]}}
    expected = {**plain, "table": {**plain, "rows": [plain, {"day": date(2026, 6, 30)}]}}
    assert tomllib.loads(toml_text(document)) == expected


def test_money_is_written_to_the_fen_and_numbers_to_ten_digits() -> None:
    text = toml_text({"a_yuan": 1 / 3, "share": 1 / 3, "rate": Decimal("0.0435"), "tiny": 1.5e-7, "zero": -0.0})
    assert text.splitlines() == [
        "a_yuan = 0.33",
        "share = 0.3333333333",
        "rate = 0.0435",
        "tiny = 0.00000015",
        "zero = 0.0",
    ]


def test_missing_values_leave_their_key_out() -> None:
    rows = records(pd.DataFrame({"a": [1, 2], "b": [np.nan, 0.5]}))
    assert rows == [{"a": 1}, {"a": 2, "b": 0.5}]
    assert toml_text({"gone": None, "day": pd.NaT, "kept": 1}) == "kept = 1\n"


def test_an_infinite_number_is_refused() -> None:
    with pytest.raises(BadData, match="cannot be written"):
        toml_text({"share": float("inf")})
