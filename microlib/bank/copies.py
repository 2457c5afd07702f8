"""A branch's frames kept as mapped files while a run lasts: its reports share one copy, in memory and in time."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.core.arrays import BooleanArray, IntegerArray

from microlib.files import text_hash
from microlib.homes import FRAMES_FOLDER

#: what stands before the name of a column that says where another one's values are missing
MASK = "\N{EMPTY SET}"
#: how a column's values lie in a file, by the kind of its dtype: as they lie in memory
STORED = {"M": np.int64, "m": np.int64, "b": np.uint8}
PLAIN = "iufMmb"


def find_frame(marks: Sequence[object], name: str) -> pd.DataFrame | None:
    """Return a frame that was kept, its values mapped from the file and read-only; none when there is none.

    Parameters
    ----------
    marks : sequence
        What tells a book from another: its bank, the bank's state, branch and date.
    name : str
        The frame's name in the book.
    """
    folder = _folder_of(marks)
    if folder is None:
        return None
    try:
        with pa.memory_map(str(folder / f"{name}.arrow")) as source:
            return _read(pa.ipc.open_file(source).read_all())
    except (OSError, pa.ArrowInvalid):
        return None


def keep_frame(marks: Sequence[object], name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Keep a frame for whoever asks next, and return it as they will get it.

    What cannot be kept, for its dtypes or for want of space, is returned as it came.

    Parameters
    ----------
    marks, name
        As for `find_frame`.
    frame : DataFrame
        Its index is not kept.
    """
    folder = _folder_of(marks)
    stored = None if folder is None else _stored(frame)
    if folder is None or stored is None:
        return frame
    made = folder / f"{name}.frame.{os.getpid()}"
    try:
        _write(stored.to_reader(), made)
        made.replace(folder / f"{name}.arrow")
    except OSError:
        return frame
    finally:
        _drop(made)
    found = find_frame(marks, name)
    return frame if found is None else found


def laid_down(marks: Sequence[object], name: str, ask: Callable[[], pa.RecordBatchReader]) -> pa.Table:
    """Return rows that are handed over in batches, mapped from a file without a name where there is room for one.

    Parameters
    ----------
    marks, name
        As for `find_frame`.
    ask : callable
        Asks for the rows from the first.
    """
    folder = _folder_of(marks)
    if folder is None:
        return ask().read_all()
    path = folder / f"{name}.batches.{os.getpid()}"
    try:
        _write(ask(), path)
        with pa.memory_map(str(path)) as source:
            return pa.ipc.open_file(source).read_all()
    except OSError:
        return ask().read_all()
    finally:
        _drop(path)


def _folder_of(marks: Sequence[object]) -> Path | None:
    room = os.environ.get(FRAMES_FOLDER, "")
    return Path(room) / text_hash(repr(tuple(marks)))[:24] if room else None


def _stored(frame: pd.DataFrame) -> pa.Table | None:
    """Return the frame's columns as they lie in memory, missing values beside those that have a mask."""
    columns: dict[str, Any] = {}
    for name, column in frame.items():
        values: Any = column.array
        if isinstance(values, IntegerArray | BooleanArray):
            columns[f"{MASK}{name}"] = values._mask.view(np.uint8)
            columns[str(name)] = _flat(values._data)
        elif isinstance(column.dtype, pd.StringDtype) and column.dtype.storage == "pyarrow":
            columns[str(name)] = pa.chunked_array(pa.array(values, type=pa.large_string())).combine_chunks()
        elif isinstance(column.dtype, np.dtype) and column.dtype.kind in PLAIN:
            columns[str(name)] = _flat(column.to_numpy())
        else:
            return None
    dtypes = {str(name): str(dtype) for name, dtype in frame.dtypes.items()}
    return pa.table(columns).replace_schema_metadata(dtypes)


def _flat(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values).view(STORED.get(values.dtype.kind, values.dtype))


def _read(table: pa.Table) -> pd.DataFrame:
    dtypes = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
    return pd.DataFrame({name: _column(table, name, dtype) for name, dtype in dtypes.items()}, copy=False)


def _column(table: pa.Table, name: str, dtype: str) -> Any:
    if dtype == "str":
        return pd.StringDtype(na_value=np.nan).__from_arrow__(table[name])
    values = _numpy(table[name])
    if f"{MASK}{name}" not in table.column_names:
        return values.view(dtype)
    mask = _numpy(table[f"{MASK}{name}"]).view(bool)
    return BooleanArray(values.view(bool), mask) if dtype == "boolean" else IntegerArray(values, mask)


def _numpy(column: pa.ChunkedArray) -> np.ndarray:
    kind = column.type.to_pandas_dtype()
    return column.chunk(0).to_numpy(zero_copy_only=True) if column.num_chunks else np.array([], kind)


def _write(batches: pa.RecordBatchReader, path: Path) -> None:
    if not path.parent.is_dir():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _forget_oldest(path.parent.parent)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, batches.schema) as writer:
        for batch in batches:
            writer.write_batch(batch)


def _drop(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


def _forget_oldest(room: Path) -> None:
    """Leave as many books as are worked at side by side, and two; a frame that is mapped stays while it is held."""
    with suppress(OSError):
        books = sorted((each for each in room.iterdir() if each.is_dir()), key=lambda each: each.stat().st_mtime_ns)
        for book in books[: -((os.cpu_count() or 1) + 2)]:
            shutil.rmtree(book, ignore_errors=True)
