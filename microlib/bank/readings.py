"""A branch's rows as frames: those that are kept are mapped, the others read from the bank and kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa

from microlib.bank import copies
from microlib.bank.statements import TABLES, Cut, branch_statement, cut_branch, given_values, is_filled

__all__ = ["Cut", "cut_branch", "filled_names", "framed_rows", "read_frames", "read_rows"]

#: names of the tables that have rows, kept under a name that no table has
FILLED = "filled.names"
#: rows handed over at a time: then the engine's buffers, which it makes too large, go when they are put together
BATCH_ROWS = 16384
#: text stays as the engine hands it over, without a copy per cell
ARROW_TYPES = {pa.string(): pd.StringDtype(na_value=np.nan), pa.bool_(): pd.BooleanDtype(), pa.int64(): pd.Int64Dtype()}

Session = Callable[[], AbstractContextManager[Cut]]


def read_frames(tables: Sequence[str], *, marks: Sequence[object], session: Session) -> dict[str, pd.DataFrame]:
    """Return a frame per table, each typed as its contract says and in the order of its key.

    Parameters
    ----------
    tables : sequence of str
    marks : sequence
        What tells the branch's book from any other.
    session : callable
        Opens the bank; it is closed before frames are made of what was read, which needs room.
    """
    found = {table: copies.find_frame(marks, table) for table in tables}
    frames = {table: frame for table, frame in found.items() if frame is not None}
    missing = [table for table in tables if table not in frames]
    if missing:
        with session() as cut:
            read = {table: copies.laid_down(marks, table, partial(read_rows, cut, table)) for table in missing}
        for table in missing:
            frames[table] = copies.keep_frame(marks, table, framed_rows(read.pop(table), table))
    return frames


def filled_names(*, marks: Sequence[object], session: Session) -> frozenset[str]:
    """Return the names of the tables of which the branch has any row."""
    kept = copies.find_frame(marks, FILLED)
    if kept is None:
        with session() as cut:
            names = [name for name in cut.held() if is_filled(cut, name)]
        kept = copies.keep_frame(marks, FILLED, pd.DataFrame({"name": pd.Series(names, dtype="str")}))
    return frozenset(kept["name"])


def read_rows(cut: Cut, table: str) -> pa.RecordBatchReader:
    """Return the rows of one table that a cut gives, in the order of its key, a batch at a time."""
    statement = branch_statement(table)
    return cut.store.con.con.execute(statement, given_values(statement, cut)).to_arrow_reader(BATCH_ROWS)


def framed_rows(rows: pa.Table, table: str) -> pd.DataFrame:
    """Return rows of a table as a frame, typed as its contract says."""
    options = {"date_as_object": False, "split_blocks": True, "self_destruct": True}
    frame = rows.combine_chunks().to_pandas(types_mapper=ARROW_TYPES.get, **options)
    return frame.astype({column.name: column.frame_type for column in TABLES[table].columns})
