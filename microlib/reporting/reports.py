"""One report of one branch: compute, say, show; what cannot be computed says which table it waits for.

A notebook opens a report and works through it::

    book = slices.read_branch(home, branch=branch, as_of=as_of)
    report = reports.open_report(book, lang=lang, out=out)
    par = report.compute(quality.four_pars, "loans", "loan_months", policy=policy.quality)
    report.title("four_pars", par)
    report.table("four_pars", par)
"""

from __future__ import annotations

from pathlib import Path

from microlib.reporting.computations import Book, Computing
from microlib.reporting.fronts import Fronts
from microlib.reporting.sayings import Sayings
from microlib.reporting.showings import Showings


class Report(Computing, Sayings, Showings, Fronts):
    """A report being written: ``compute``, ``title``, ``say``, ``table``, ``chart``, ``fact``, ``cover``,
    ``decisions``, ``missing``, ``stamp``; ``names`` teaches it titles of segments and products;
    ``head_office`` takes what only head office may see, ``leaflet`` begins a sheet that leaves the bank.
    """  # noqa: D205


def open_report(book: Book, *, lang: str, out: str | Path) -> Report:
    """Return a new report on a branch.

    Parameters
    ----------
    book : Book
        The branch's slice, as ``bank.slices.read_branch`` gives it.
    lang : str
        ``zh`` or ``en``.
    out : str or Path
        The report's own folder: ``results/`` is made there. An empty text writes nothing.

    Raises
    ------
    BadConfig
        If the language is unknown or `out` cannot be written.
    """
    return Report.opened(book, lang=lang, out=out)
