"""One product's papers for one branch, written from the bank at a date."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from microlib.bank.slices import find_home, read_branch
from microlib.design.product_design import design_product
from microlib.running import inputs, sheet_papers


def write_sheet(home: Path, *, product: str, branch: str, as_of: date | None) -> tuple[list[Path], list[str]]:
    """Design a product for a branch and write its folder below the home's reports.

    Parameters
    ----------
    home : Path
        A home, or the folder above the demo home.
    product, branch : str
        Codes.
    as_of : date, optional
        By default the last complete month end of the bank's data.

    Returns
    -------
    list of Path, list of str
        Files written, the page in each language first, and codes of the checklist's items that block.

    Raises
    ------
    BadConfig
        If there is no bank, no such product, or its terms cannot be followed.
    UnknownBranch, BadData
        If the branch is not the bank's, the date lies before its data, or nobody there belongs to the product's groups.
    """
    found = inputs.read_inputs(find_home(home), as_of=as_of)
    inputs.checked_branches(found, [branch])
    book = read_branch(found.home, branch=branch, as_of=found.as_of)
    return sheet_papers.write_papers(design_product(book, product=product))
