"""What went wrong, where, and what to do about it: every refusal of the workbench is one of these."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd


class WorkbenchError(Exception):
    """A refusal in three parts: what is wrong, where it stands, how to mend it.

    Parameters
    ----------
    what : str
        The fault in one sentence.
    where : str
        File, row, column or key at which it stands; empty when it has no place.
    fix : str
        The remedy, as an instruction.

    Examples
    --------
    >>> print(WorkbenchError("term_month is unknown", where="market_stall.toml", fix="write term_months"))
    term_month is unknown
      where: market_stall.toml
      fix: write term_months
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what, self.where, self.fix = what, where, fix

    def __str__(self) -> str:
        places = [("where", self.where), ("fix", self.fix)]
        return "\n".join([self.what, *(f"  {name}: {text}" for name, text in places if text)])

    def _render_traceback_(self) -> list[str]:
        """Return what a notebook shows of an uncaught refusal: its sentences, not the library's frames (IPython)."""
        return [f"{type(self).__name__}: {self.what}", *str(self).splitlines()[1:]]

    def __reduce__(self) -> tuple:
        return _rebuilt, (type(self), dict(self.__dict__))


def _rebuilt(kind: type[WorkbenchError], state: dict) -> WorkbenchError:
    error = kind.__new__(kind)
    Exception.__init__(error, state["what"])
    error.__dict__.update(state)
    return error


class BadConfig(WorkbenchError):
    """Written terms, policies, mappings or settings that cannot be followed."""

    exit_code = 3


class UnknownName(BadConfig, AttributeError, KeyError):
    """A table, result or page asked for by a name that nothing bears; the nearest names are the remedy.

    It is an `AttributeError` and a `KeyError` too, so that Python's own questions (``hasattr``, ``in``) are answered.
    """

    @classmethod
    def nearest(cls, name: str, known: Iterable[str], *, of: str, fix: str, kind: str = "") -> UnknownName:
        """Return the refusal of a name in one sentence with those that are nearest to it.

        Parameters
        ----------
        name : str
            As it was asked for.
        known : iterable of str
            What could have been meant.
        of : str
            Whose name it would be.
        kind : str
            What sort of thing was asked for; empty for any.
        fix : str
            What to do where none is near.

        Examples
        --------
        >>> print(UnknownName.nearest("loanz", ["loans", "members"], of="branch 0755", fix="press Tab"))
        branch 0755 has nothing called 'loanz'
          fix: did you mean loans? press Tab
        """
        from difflib import get_close_matches  # a command that refuses nothing does not wait for it

        near = get_close_matches(str(name), sorted(set(known)), n=3)
        meant = f"did you mean {' or '.join(near)}? " if near else ""
        what = f"there is no {kind} {name}" if kind else f"{of} has nothing called {name!r}"
        return cls(what, where=of if kind else "", fix=f"{meant}{fix}")


class BadData(WorkbenchError):
    """Tables that break their contract; `failures` holds every broken row.

    Parameters
    ----------
    failures : DataFrame, optional
        One row per failure: ``file, table, row, column, value, severity, rule, fix``.
    """

    exit_code = 4

    def __init__(self, what: str, *, where: str = "", fix: str = "", failures: pd.DataFrame | None = None) -> None:
        super().__init__(what, where=where, fix=fix)
        self._failures = failures

    @property
    def failures(self) -> pd.DataFrame:
        """Every broken row; none where the fault is not one of rows."""
        import pandas as pd  # a command that refuses nothing does not wait for it

        return pd.DataFrame() if self._failures is None else self._failures


class EmptyBook(BadData):
    """A measure was asked of a book that holds nothing to measure."""


class NobodyHere(EmptyBook):
    """No customer of the branch belongs to the group asked about."""


class NotManaged(EmptyBook):
    """The branch manages no core enterprise: what a core pays is told to its managing branch and to head office."""


class NothingSized(EmptyBook):
    """No line of a product could be sized, so nothing can be stressed or shared."""


class NoMargin(EmptyBook):
    """A product earns no margin, so none can be lost or given away."""


class NobodyPiloted(EmptyBook):
    """A pilot would have no customer, so it would prove nothing."""


class NoOutcomes(EmptyBook):
    """No past decision has an outcome that is known."""


class NeverTried(EmptyBook):
    """The branch has run no campaign of the kind asked about."""


class FewBranches(EmptyBook):
    """A result over so few branches that one of them could work out what another did."""


class ShortHistory(EmptyBook):
    """The past that a measure needs is not long enough."""


class NobodyOutside(EmptyBook):
    """Every supplier of the branch's cores holds an acknowledged payable."""


class NoInvoiceNumbers(EmptyBook):
    """Invoices bear no number and no common counterparty: the same invoice in two books cannot be recognised."""


class NoScene(EmptyBook):
    """The branch has no core enterprise and no venue of the kind asked about."""


class MissingTable(BadData):
    """A measure needs a table that the bank does not hold."""


class NeedsTable(MissingTable):
    """A measure needs tables of which the branch has no row; `tables` says which.

    Parameters
    ----------
    what : str
        The fault in one sentence; empty for the usual one.
    tables : iterable of str
        Names of the tables that would make the result computable, in the order in which they are asked for.
    fix : str
        The remedy; by default to load those tables.

    Examples
    --------
    >>> print(NeedsTable(tables=["schedules", "loan_months"]))
    the branch has no row of schedules, loan_months
      where: schedules, loan_months
      fix: load schedules, loan_months
    """

    def __init__(self, what: str = "", *, tables: Iterable[str], fix: str = "") -> None:
        self.tables = tuple(tables)
        named = ", ".join(self.tables)
        super().__init__(what or f"the branch has no row of {named}", where=named, fix=fix or f"load {named}")


class NeedsColumn(NeedsTable):
    """A measure needs columns that the files of the branch lack; `tables` says which, as ``loans.overdue_days``.

    Examples
    --------
    >>> print(NeedsColumn(tables=["loans.overdue_days"]))
    the branch's files lack loans.overdue_days
      where: loans.overdue_days
      fix: load loans.overdue_days
    """

    def __init__(self, what: str = "", *, tables: Iterable[str], fix: str = "") -> None:
        named = tuple(tables)
        super().__init__(what or f"the branch's files lack {', '.join(named)}", tables=named, fix=fix)


class UnknownBranch(BadData):
    """The branch asked for is not among the bank's branches at that date."""


class NotebookFailed(WorkbenchError):
    """A report's notebook stopped; the half-run notebook is kept."""

    exit_code = 5
