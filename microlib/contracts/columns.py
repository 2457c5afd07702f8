"""The vocabulary a table contract is written in: columns with kind, unit, range, codes and references."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

#: kind of a column -> (engine type, pandas dtype when no value may be missing, when some may)
KINDS = {
    "text": ("string", "str", "str"),
    "key": ("string", "str", "str"),
    "hash": ("string", "str", "str"),
    "code": ("string", "str", "str"),
    "month": ("string", "str", "str"),
    "count": ("int64", "int64", "Int64"),
    "yuan": ("float64", "float64", "float64"),
    "share": ("float64", "float64", "float64"),
    "number": ("float64", "float64", "float64"),
    "date": ("date", "datetime64[s]", "datetime64[s]"),
    "moment": ("timestamp", "datetime64[s]", "datetime64[s]"),
    "flag": ("boolean", "bool", "boolean"),
}
#: ten times the principal in a year is no rate; what a country allows stands in its policy (`country.toml`)
HIGHEST_RATE = 10.0


@dataclass(frozen=True)
class Column:
    """One column of a table's contract.

    Parameters
    ----------
    name : str
        Our name, ending in its unit (``balance_yuan``, ``term_months``).
    kind : str
        A key of ``KINDS``; ``hash`` marks a personal identifier, pseudonymised at ingest.
    zh : str
        What a Chinese ledger calls it; the first synonym of the header.
    required : bool
        Whether every row must have a value, in a file that carries the column; and, unless `may_lack`, every file must.
    may_lack : bool
        Whether a whole file may be without the column: what rests on it then says so, and the rest is computed.
    low, high : float, optional
        Inclusive range of a number.
    codes : tuple of str
        The legal values of a code, in their natural order.
    refers : str
        The table whose key each value must be.
    example : str
        A value as a file would show it, for the empty templates.
    """

    name: str
    kind: str
    zh: str
    required: bool = False
    low: float | None = None
    high: float | None = None
    codes: tuple[str, ...] = ()
    refers: str = ""
    example: str = ""
    may_lack: bool = False

    @property
    def engine_type(self) -> str:
        """The type that the store gives the column."""
        return KINDS[self.kind][0]

    @property
    def frame_type(self) -> str:
        """The dtype of the column in a frame."""
        return KINDS[self.kind][1 if self.required else 2]

    @property
    def unit(self) -> str:
        """Unit of the stored values, as said in templates and error lines."""
        suffix = self.name.rsplit("_", 1)[-1]
        return {"yuan": "yuan", "share": "fraction", "rate": "fraction"}.get(suffix, self.kind)


@dataclass(frozen=True)
class Table:
    """One table's contract: its grain, its level and its columns.

    Parameters
    ----------
    name : str
        The table's name in the store.
    zh : str
        Its Chinese name.
    key : tuple of str
        The columns that name one row.
    level : int
        The data level it belongs to: 0 ledger only … 4 marketing.
    state : bool
        True for a snapshot (a row says how things stood at its as-of date), False for an event.
    columns : tuple of Column
    """

    name: str
    zh: str
    key: tuple[str, ...]
    level: int
    state: bool
    columns: tuple[Column, ...] = field(repr=False)

    @property
    def names(self) -> list[str]:
        """Names of all columns, in order."""
        return [column.name for column in self.columns]

    @property
    def required(self) -> list[str]:
        """Names of the columns without which a file is refused."""
        return [column.name for column in self.columns if column.required and not column.may_lack]

    @property
    def lackable(self) -> list[str]:
        """Names of the columns that a whole file may lack, and that have a value in every row where it does not."""
        return [column.name for column in self.columns if column.may_lack]

    def column(self, name: str) -> Column:
        """Return the column called `name`; a name that is not there is a `KeyError`."""
        return {column.name: column for column in self.columns}[name]


def key(name: str, zh: str, refers: str = "", *, required: bool = True, example: str = "") -> Column:
    """Declare a column of identifiers, text always: ``0755`` stays ``0755``."""
    return Column(name, "key", zh, required=required, refers=refers, example=example)


def text(name: str, zh: str, *, required: bool = False, example: str = "") -> Column:
    """Declare a column of short free words that name no person."""
    return Column(name, "text", zh, required=required, example=example)


def hashed(name: str, zh: str, *, required: bool = False) -> Column:
    """Declare a personal identifier: the store only ever holds its keyed HMAC."""
    return Column(name, "hash", zh, required=required)


def code(name: str, zh: str, codes: str, *, required: bool = False) -> Column:
    """Declare a code list, written as words with blanks between them."""
    values = tuple(codes.split())
    return Column(name, "code", zh, required=required, codes=values, example=values[0])


def wanted(column: Column) -> Column:
    """Declare that a file may be without a column that is otherwise required."""
    return replace(column, may_lack=True)


def yuan(name: str, zh: str, *, required: bool = False, low: float | None = 0.0, example: str = "100000.00") -> Column:
    """Declare an amount of money in yuan."""
    return Column(name, "yuan", zh, required=required, low=low, example=example)


def share(name: str, zh: str, *, required: bool = False, low: float = 0.0, high: float = 1.0) -> Column:
    """Declare a share or a rate as a fraction, never as percent."""
    return Column(name, "share", zh, required=required, low=low, high=high, example=str((low + high) / 4))


def count(name: str, zh: str, *, required: bool = False, low: float = 0, high: float | None = None) -> Column:
    """Declare a whole number: of persons, loans, days, terms."""
    return Column(name, "count", zh, required=required, low=low, high=high, example="12")


def number(name: str, zh: str, *, low: float | None = None, high: float | None = None) -> Column:
    """Declare a measured number with no money or share in it: an area, a meter reading."""
    return Column(name, "number", zh, low=low, high=high, example="24.5")


def day(name: str, zh: str, *, required: bool = False) -> Column:
    """Declare a calendar date; an open end (9999-12-31) is stored as missing."""
    return Column(name, "date", zh, required=required, example="2026-05-31")


def moment(name: str, zh: str, *, required: bool = False) -> Column:
    """Declare a date with a time of day."""
    return Column(name, "moment", zh, required=required, example="2026-05-31 14:30:00")


def month(name: str, zh: str) -> Column:
    """Declare a calendar month, ``YYYY-MM``."""
    return Column(name, "month", zh, required=True, example="2026-05")


def flag(name: str, zh: str, *, required: bool = False) -> Column:
    """Declare a yes-or-no; missing means unknown, not no."""
    return Column(name, "flag", zh, required=required, example="1")
