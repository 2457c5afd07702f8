"""A book measures the same whatever kind of column it is read with, and whatever its rows are labelled."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from microlib.design.volume import worst_judged
from microlib.metrics.book import book_size
from microlib.metrics.diagnosis import yearly_departures
from microlib.metrics.loans import debt_chains
from microlib.metrics.quality import four_pars, untraced_ratio
from microlib.metrics.segments import of_segments
from microlib.stats.plain import plain_column, plain_frame

BOOK = pd.DataFrame(
    {
        "loan_id": ["L1", "L2", "L3", "L4"],
        "customer_id": ["C1", "C1", "C2", "C3"],
        "replaces_loan_id": [None, "L1", None, None],
        "issue_type": ["new", "renewal", "new", "new"],
        "status": ["settled", "normal", "overdue", "normal"],
        "class5": ["normal", "normal", None, "normal"],
        "balance_yuan": [0.0, 500_000.0, 80_000.1, 20_000.0],
        "amount_yuan": [500_000.0, 500_000.0, 100_000.0, 20_000.0],
        "overdue_days": [0, 0, 95, 0],
        "disbursed_date": pd.to_datetime(["2024-03-10", "2025-03-10", "2025-05-01", "2026-01-31"]),
        "due_date": pd.to_datetime(["2025-03-10", "2026-09-10", "2026-05-01", "2027-01-31"]),
        "closed_date": pd.to_datetime(["2025-03-10", None, None, None]),
    }
)


def _texts(dtype: object) -> Callable[[pd.Series], pd.Series]:
    return lambda column: column.astype(dtype) if isinstance(column.dtype, pd.StringDtype) else column


def _decimals(column: pd.Series) -> pd.Series:
    return column.map(lambda yuan: Decimal(repr(yuan))) if column.dtype.kind == "f" else column


def _zoned(column: pd.Series) -> pd.Series:
    return column.dt.tz_localize("Asia/Shanghai") if column.dtype.kind == "M" else column


def _dates(column: pd.Series) -> pd.Series:
    return column.dt.date.astype(object) if column.dtype.kind == "M" else column


KINDS = {
    "categories": _texts("category"),
    "string[pyarrow]": _texts("string[pyarrow]"),
    "nullable": lambda column: column.convert_dtypes(),
    "arrow": lambda column: column.convert_dtypes(dtype_backend="pyarrow"),
    "objects": lambda column: column.astype(object),
    "decimals": _decimals,
    "a time zone": _zoned,
    "dates": _dates,
}
MEASURES = {
    "debt_chains": debt_chains,
    "book_size": book_size,
    "four_pars": lambda loans: four_pars(loans, as_of="2026-06-30"),
    "yearly_departures": lambda loans: yearly_departures(loans, as_of="2026-06-30"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("measure", MEASURES)
def test_a_book_measures_the_same_in_any_kind_of_column(kind, measure):
    book = pd.DataFrame({name: KINDS[kind](BOOK[name]) for name in BOOK})
    pd.testing.assert_frame_equal(MEASURES[measure](plain_frame(book)), MEASURES[measure](BOOK), check_dtype=False)


def test_a_missing_text_of_an_arrow_column_stays_missing():
    read = pd.Series(["farm", None]).convert_dtypes(dtype_backend="pyarrow")
    assert plain_column(read).isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        (pd.Series([True, False], dtype=object), "bool"),
        (pd.Series([pd.NA, 1.5], dtype=object), "float64"),
        (pd.Series([1, Decimal("2.5"), None], dtype=object), "float64"),
        (pd.Series([None, None], dtype=object, name="sold_date"), "datetime64"),
        (pd.Series([None, pd.NA], dtype=object, name="sold_yuan"), "float64"),
        (pd.Series([datetime.date(2026, 1, 31), None], dtype=pd.ArrowDtype(pa.date32())), "datetime64"),
        (pd.Series(["a", 1], dtype=object), "object"),
        (pd.Series([True, None], dtype=object), "object"),
    ],
)
def test_loose_values_become_a_column_of_what_they_are(values, wanted):
    assert str(plain_column(values).dtype).startswith(wanted)


def test_a_day_of_a_time_zone_is_the_day_there():
    zoned = pd.Series(pd.to_datetime(["2026-01-31"])).dt.tz_localize("Asia/Shanghai")
    for each in (zoned, zoned.convert_dtypes(dtype_backend="pyarrow")):
        assert plain_column(each).tolist() == [pd.Timestamp("2026-01-31")]


def test_labels_of_rows_that_stand_twice_change_nothing():
    twice = np.zeros(3, dtype=int)
    frame = pd.DataFrame({"segment": ["a", "b", "b"], "x": [1, 2, 3]}, index=twice)
    assert of_segments(frame, pd.DataFrame({"segment": ["b"]}))["x"].tolist() == [2, 3]
    shares = pd.DataFrame({"segment": "a", "measure": ["p", "q", "r"], "share": [0.01, 0.04, 0.02]}, index=twice)
    assert worst_judged(shares, segments=["a"])["share"].tolist() == [0.04]
    figures = ["balance_yuan", "npl_share", "overdue30_share"]
    changes = pd.DataFrame({"figure": figures, "after": [100.0, 0.01, 0.02], "month_change": 0.0}, index=twice)
    assert untraced_ratio(changes, 1.0)["figure"].tolist() == [*figures, "untraced30_share"]
