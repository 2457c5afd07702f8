"""The pandera schemas say what the contracts say, and agree with the engine's checks."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from microlib.bank.ingest.row_rules import contract_rules
from microlib.bank.ingest.staging import arrivals, repeated_keys, row_failures, stage_frame
from microlib.bank.store import Store, open_store
from microlib.contracts.columns import Column, Table
from microlib.contracts.schemas import checked, frame_failures, schema
from microlib.contracts.tables import TABLES
from microlib.errors import BadData

JUNE = date(2026, 6, 30)
WITNESSED = ["required", "range", "code", "month", "unique"]
NARROW = ("branches", "control_totals", "loan_months", "guarantees", "collateral_links")


def values(column: Column) -> st.SearchStrategy:
    """Draw values of a column's kind, good ones and bad ones."""
    if column.codes:
        return st.sampled_from([*column.codes, "nonsense"])
    kinds = {
        "int64": st.sampled_from([-1, 0, 1, 12, 10_000]),
        "float64": st.sampled_from([-0.01, 0.0, 0.2, 0.36, 0.37, 1.5, 1e6, float("inf"), float("nan")]),
        "date": st.sampled_from([pd.Timestamp("2026-01-31"), pd.Timestamp("2020-02-29")]),
        "boolean": st.booleans(),
    }
    months = st.sampled_from(["2026-06", "2026-13", "202606", "2026-6"])
    return months if column.kind == "month" else kinds.get(column.engine_type, st.sampled_from(["a", "b", "c", ""]))


def series(column: Column, rows: int) -> st.SearchStrategy[pd.Series]:
    """Draw so many values of a column, some missing, as a series that may hold missing values."""
    dtypes = {"int64": "Int64", "boolean": "boolean", "float64": "float64", "date": "datetime64[s]"}
    drawn = st.lists(st.none() | values(column), min_size=rows, max_size=rows)
    return drawn.map(lambda cells: pd.Series(cells, dtype=dtypes.get(column.engine_type, "str")))


@st.composite
def tables(draw: st.DrawFn) -> tuple[Table, pd.DataFrame]:
    """Draw one of the narrow tables with up to twelve rows."""
    table, rows = TABLES[draw(st.sampled_from(NARROW))], draw(st.integers(1, 12))
    return table, pd.DataFrame({column.name: draw(series(column, rows)) for column in table.columns})


def engine_failures(store: Store, frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    part = stage_frame(store, frame, table=table.name, origin="x", as_of=JUNE)
    (arrival,) = arrivals(store, [part], file_ids=[1])
    by_row = row_failures(store, arrival, contract_rules(table))
    return pd.concat([by_row, repeated_keys(store, arrival)])


def places(failures: pd.DataFrame) -> set[tuple]:
    known = failures[failures["rule"].isin(WITNESSED)]
    return set(known[["row", "column", "rule"]].itertuples(index=False, name=None))


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with open_store(tmp_path_factory.mktemp("witness"), writable=True) as store:
        yield store


@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=tables())
def test_the_engine_and_pandera_find_the_same_broken_rows(store, drawn):
    table, frame = drawn
    assert places(engine_failures(store, frame, table)) == places(frame_failures(frame, table))


def test_a_frame_that_keeps_its_contract_comes_back_as_it_is():
    branches = pd.DataFrame({"branch_id": ["0755", "0021"], "name": ["south", "east"]})
    assert checked(branches, TABLES["branches"]) is branches


def test_all_failures_come_at_once_with_rows_counted_from_one():
    control = pd.DataFrame({"branch_id": ["a", None], "customers_count": [-1, 2], "balance_yuan": 1.0})
    with pytest.raises(BadData) as refusal:
        checked(control, TABLES["control_totals"], file="c.csv")
    found = refusal.value.failures[["row", "column", "rule"]].fillna(0).to_numpy().tolist()
    assert sorted(found) == [
        [0, "overdue_yuan", "missing_column"], [1, "customers_count", "range"], [2, "branch_id", "required"],
    ]  # fmt: skip


def test_a_column_of_another_kind_is_told_as_a_column():
    frame = pd.DataFrame({"branch_id": ["a"], "customers_count": ["many"], "balance_yuan": 1.0, "overdue_yuan": 0.0})
    found = frame_failures(frame, TABLES["control_totals"])
    assert found["rule"].tolist()[0] == "dtype"


@pytest.mark.parametrize("table", list(TABLES))
def test_every_contract_has_a_schema_with_all_its_columns(table):
    assert list(schema(TABLES[table]).columns) == TABLES[table].names
