"""The ledger that grows while months pass: one column an array, one row a loan."""

from __future__ import annotations

import numpy as np

from microlib.bank.demo.worlds import dates_at

LIVE, SETTLED, WRITTEN_OFF, TRANSFERRED = 0, 1, 2, 3
INTEREST_ONLY, EQUAL_INSTALMENT, EQUAL_PRINCIPAL, SEASONAL = 0, 1, 2, 3
NEVER_LATE = -1
NEVER = np.datetime64("NaT")
FIELDS = {
    "person": "int64", "opened": "datetime64[D]", "opened_month": "int64", "due_day": "int64", "term": "int64",
    "amount": "float64", "rate": "float64", "method": "int64", "product": "object", "issue": "object",
    "previous": "int64", "root": "int64", "rollovers": "int64", "extensions": "int64", "paid_terms": "int64",
    "missed": "int64", "overdue_from": "datetime64[D]", "status": "int64", "closed": "datetime64[D]",
    "lost": "float64", "watch": "bool", "strained": "bool", "fails_at": "int64", "first_missed": "bool",
}  # fmt: skip
FILL = {"previous": -1, "root": -1, "overdue_from": NEVER, "closed": NEVER, "issue": "new"}


class Ledger:
    """Loans of the demo bank as growing columns.

    Examples
    --------
    >>> ledger = Ledger()
    >>> rows = ledger.open({"person": np.array([4, 5]), "amount": np.array([1e5, 2e5])})
    >>> ledger.size, ledger["person"].tolist()
    (2, [4, 5])
    """

    def __init__(self) -> None:
        self.size = 0
        self._columns = {name: np.empty(1024, dtype=kind) for name, kind in FIELDS.items()}

    def __getitem__(self, name: str) -> np.ndarray:
        return self._columns[name][: self.size]

    def open(self, values: dict[str, np.ndarray]) -> np.ndarray:
        """Append loans and return their row numbers."""
        count = len(values["person"])
        rows = np.arange(self.size, self.size + count)
        while self.size + count > len(self._columns["person"]):
            self._columns = {name: np.concatenate([old, np.empty_like(old)]) for name, old in self._columns.items()}
        self.size += count
        for name in FIELDS:
            self[name][rows] = values.get(name, FILL.get(name, 0))
        fresh = rows[self["root"][rows] < 0]
        self["root"][fresh] = fresh
        return rows

    def live(self) -> np.ndarray:
        """Row numbers of the loans that run."""
        return np.flatnonzero(self["status"] == LIVE)

    def owed_terms(self, rows: np.ndarray, month: int) -> np.ndarray:
        """How many terms have fallen due by the end of a month."""
        age = month - self["opened_month"][rows]
        term = self["term"][rows]
        return np.where(self["method"][rows] == SEASONAL, np.where(age >= term, term, 0), np.minimum(age, term))

    def balance(self, rows: np.ndarray, terms: np.ndarray) -> np.ndarray:
        """Principal still out after so many paid terms, to the fen."""
        term, monthly = self["term"][rows], self["rate"][rows] / 12
        growth = (1 + monthly) ** term
        instalment = (growth - (1 + monthly) ** terms) / (growth - 1)
        method = self["method"][rows]
        share = np.where(
            method == EQUAL_INSTALMENT, instalment, np.where(method == EQUAL_PRINCIPAL, 1 - terms / term, 1.0)
        )
        return np.round(self["amount"][rows] * np.where(terms >= term, 0.0, share), 2)

    def due_date(self, rows: np.ndarray, terms: np.ndarray) -> np.ndarray:
        """The date on which a term falls due; a crop loan knows only its last one."""
        terms = np.where(self["method"][rows] == SEASONAL, self["term"][rows], terms)
        return dates_at(self["opened_month"][rows] + terms, self["due_day"][rows])

    def maturity(self, rows: np.ndarray) -> np.ndarray:
        """The date on which the last term falls due."""
        return self.due_date(rows, self["term"][rows])
