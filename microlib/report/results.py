"""What a report shows, kept as codes and numbers: ``results/<name>.parquet``, ``facts.json``, ``shown.json``.

`Results` writes them; `earlier_results` reads what earlier reports of the same home recorded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from microlib.errors import BadConfig
from microlib.files import replaced_file
from microlib.home import Home
from microlib.report.words import Rate, Turn, Words
from microlib.units import to_fen

DIGITS = 10
UNITS = ("yuan", "share", "rate", "count", "days", "months", "weeks", "index", "ratio", "date")


def significant(value: float) -> float:
    """Round to ten significant digits, which every machine agrees on.

    Examples
    --------
    >>> significant(0.123456789012345)
    0.123456789
    """
    return float(f"{value:.{DIGITS - 1}e}")


def recorded(frame: pd.DataFrame) -> pd.DataFrame:
    """Return `frame` as it is kept: named index as columns, money to the fen, other floats to ten digits.

    Raises
    ------
    BadConfig
        If a cell holds a list, a frame or another thing that is neither a code nor a number.

    Examples
    --------
    >>> recorded(pd.DataFrame({"balance_yuan": [10.005], "npl_share": [1 / 3]})).iloc[0].to_dict()
    {'balance_yuan': 10.01, 'npl_share': 0.3333333333}
    """
    flat = frame.reset_index() if any(frame.index.names) else frame.reset_index(drop=True)
    return pd.DataFrame({str(name): _rounded(flat[name]) for name in flat.columns})


def _rounded(column: pd.Series) -> pd.Series:
    numbers = column
    if _is_loose(column):
        numbers = column.map(lambda cell: float(cell) if isinstance(cell, Decimal) else cell).infer_objects()
        _refuse_nested(numbers)
    if pd.api.types.is_float_dtype(numbers):
        return numbers.map(_fen if str(column.name).endswith("_yuan") else significant, na_action="ignore")
    return numbers.astype("str") if isinstance(numbers.dtype, pd.CategoricalDtype) else numbers


def _is_loose(column: pd.Series) -> bool:
    return column.dtype == object


def _fen(value: float) -> float:
    return float(to_fen(value))


def _refuse_nested(column: pd.Series) -> None:
    nested = [type(cell).__name__ for cell in column if isinstance(cell, list | tuple | dict | set | pd.DataFrame)]
    if nested:
        raise BadConfig(f"a result table cannot keep a {nested[0]}", where=str(column.name), fix="one row per item")


class Results:
    """The results folder of one report; with ``out = ""`` nothing is written.

    Parameters
    ----------
    out : str or Path
        The report's folder; ``results/`` below it is emptied of an earlier run's tables.

    Attributes
    ----------
    tables : dict
        Name -> the frame as recorded.
    facts : dict
        Name -> value, unit, count, low, high, source.
    listing : dict
        What was shown, in order (``shown``), how many of these stand in the body where there is an appendix
        (``body``), and the names that the report's own terms give to codes (``names``): all that other formats need
        beside the tables.
    """

    def __init__(self, out: str | Path = "") -> None:
        self.folder = Path(out) / "results" if str(out) else None
        self.tables: dict[str, pd.DataFrame] = {}
        self.facts: dict[str, dict[str, Any]] = {}
        self.listing: dict[str, Any] = {"names": {}, "shown": []}
        self._shown: dict[str, pd.DataFrame] = {}
        self._fact_lines: dict[str, str] = {}
        if self.folder is not None:
            _written(self.folder, self._open)

    def _open(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for old in (*folder.glob("*.parquet"), folder / "facts.json", folder / "shown.json"):
            old.unlink(missing_ok=True)

    def record(self, name: str, frame: pd.DataFrame) -> pd.DataFrame:
        """Keep `frame` as the table `name`; return it as kept."""
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            raise BadConfig(f"{name!r} is no name for a result", fix="small letters, digits and underscores")
        kept = self.tables[name] = recorded(frame)
        self._shown[name] = frame
        if self.folder is not None:
            _replace(self.folder / f"{name}.parquet", lambda path: kept.to_parquet(path, index=False))
        return kept

    def source_of(self, *frames: object) -> str:
        """Return the name under which the first recorded one of `frames` is kept; empty when none is."""
        return next((name for frame in frames for name, shown in self._shown.items() if shown is frame), "")

    def tell(self, name: str, value: object, *, source: str = "", column: str = "") -> None:
        """Keep one fact: value, unit, count, low, high and source table; what it has not is null.

        Parameters
        ----------
        name : str
        value : number, date, code, list of codes or Rate
        source : str
            The result table it was read from.
        column : str
            The column whose name says the unit; by default the fact's own name.
        """
        self._keep_facts({name: {**_parts(value), "unit": unit_of(column or name), "source": source}})

    def tell_all(self, values: Mapping[str, Any], *, source: str = "") -> None:
        """Keep several facts of one source, written at once: name -> value."""
        told = {name: {**_parts(value), "unit": unit_of(name), "source": source} for name, value in values.items()}
        self._keep_facts(told)

    def show(self, kind: str, name: str, *, words: Words, **details: object) -> None:
        """Note that the table `name` was shown.

        Parameters
        ----------
        kind : str
            ``table`` or ``chart``.
        name : str
            The result that was shown.
        words : Words
            As the report speaks by now: names that its terms give to codes, and words of its own.
        **details
            How it was shown: columns, a chart's function and its columns.
        """
        self.listing["shown"].append({"kind": kind, "name": name, **details})
        self.listing["names"] = {column: dict(titles) for column, titles in words.names.items()}
        if any(words.own.values()):  # other formats, and who reads the folder later, have no home to ask
            self.listing["words"] = {kind: dict(words.own[kind]) for kind in sorted(words.own)}
        self._note("shown.json", _entry_lines(self.listing))

    @property
    def has_appendix(self) -> bool:
        """Whether the appendix has begun."""
        return "body" in self.listing

    def begin_appendix(self) -> None:
        """Note that what is shown from now on stands in the appendix."""
        self.listing["body"] = len(self.listing["shown"])
        self._note("shown.json", _entry_lines(self.listing))

    def _keep_facts(self, told: Mapping[str, dict[str, Any]]) -> None:
        """Keep facts; each is put into words once, however often the file is written again."""
        self.facts.update(told)
        self._fact_lines.update(_entry_lines(told))
        self._note("facts.json", self._fact_lines)

    def _note(self, file: str, entries: Mapping[str, str]) -> None:
        if self.folder is not None:
            _replace(self.folder / file, lambda path: path.write_text(_object(entries), "utf-8"))


def unit_of(name: str) -> str:
    """Return the unit that a name ends in; empty when it ends in none.

    Examples
    --------
    >>> unit_of("four_pars.par30_share"), unit_of("segment")
    ('share', '')
    """
    last = re.split(r"[._]", name)[-1]
    return last if last in UNITS else ""


def _parts(value: object) -> dict[str, Any]:
    rate = value if isinstance(value, Rate) else Rate(value.value if isinstance(value, Turn) else value)
    return {part: _plain(getattr(rate, part)) for part in ("value", "low", "high", "count")}


def _entry_lines(told: Mapping[str, Any]) -> dict[str, str]:
    return {name: f"{_text(name)}: {_text(value)}" for name, value in told.items()}


def _object(entries: Mapping[str, str]) -> str:
    """Write an object with a line per entry: with an indent throughout, the encoder is many times slower."""
    return "{\n" + ",\n".join(entries[name] for name in sorted(entries)) + "\n}\n"


def _text(thing: object) -> str:
    """Write a thing in its own order: of two columns that name a code, the one named first is heard first."""
    return json.dumps(thing, ensure_ascii=False)


def _plain(value: object) -> Any:
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if pd.isna(value):
        return None
    if hasattr(value, "isoformat"):
        return value.isoformat()[:10]
    return int(value) if float(value).is_integer() else significant(float(value))


def _replace(path: Path, write: Callable[[Path], Any]) -> None:
    def act(final: Path) -> None:
        with replaced_file(final) as draft:
            write(draft)

    _written(path, act)


def _written(path: Path, act: Callable[[Path], Any]) -> None:
    try:
        act(path)
    except OSError as error:
        raise BadConfig(
            f"results cannot be written: {error.strerror or error}",
            where=str(path),
            fix="make the folder writable, free some space, or choose another out",
        ) from error


def earlier_results(home: Home, name: str, *, branch: str, before: date, report: str = "*") -> pd.DataFrame:
    """Stack what a branch's earlier reports recorded under a name, the oldest first.

    Parameters
    ----------
    home : Home
    name : str
        Of the result.
    branch : str
        Only this branch's: a branch's report reads nobody else's. Head office asks for ``*``, all of them.
    before : date
        Reports of earlier dates only: a forecast made on the day it is scored is none.
    report : str
        Name of the report, all by default.

    Returns
    -------
    DataFrame
        The tables below one another with ``report_date``; empty, with no columns but this, where there is none.
    """
    dated = [path for path in home.reports.glob(f"*/{branch}/{report}/*/results/{name}.parquet") if _day(path, home)]
    newest = {path.relative_to(home.reports).parts[:3]: path for path in sorted(dated)}
    frames = [
        pd.read_parquet(path).assign(report_date=pd.Timestamp(day))
        for (day, *_), path in sorted(newest.items())
        if date.fromisoformat(day) < before
    ]
    nothing = pd.DataFrame({"report_date": pd.Series(dtype="datetime64[s]")})
    return pd.concat(frames, ignore_index=True) if frames else nothing


def _day(path: Path, home: Home) -> bool:
    """Whether the first folder below the reports is a date: others are drafts and records of runs."""
    try:
        date.fromisoformat(path.relative_to(home.reports).parts[0])
    except ValueError:
        return False
    return True
