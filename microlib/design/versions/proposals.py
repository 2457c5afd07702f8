"""Proposals: files of differences to a product, with author, baseline, reason and evidence."""

from __future__ import annotations

from microlib.contracts import documents
from microlib.contracts.proposals import Proposal
from microlib.design import dated_files, terms
from microlib.errors import BadConfig
from microlib.homes import Overlay

FOLDER = "proposals"


def list_proposals(home: dated_files.Place) -> tuple[str, ...]:
    """Return the names of all proposals, ascending; a shipped one asks nothing of a product of the home's own.

    Examples
    --------
    >>> "hospital_supplier_18_months" in list_proposals(".")
    True
    """
    folder, products = proposals_folder(home), dated_files.home_at(home).config("products")
    paths = [path for path in folder.glob("*.toml") if not path.stem.startswith("_")]
    return tuple(
        path.stem
        for path in paths
        if folder.is_own(path.name) or not products.is_own(f"{documents.read_toml(path).get('product')}.toml")
    )


def read_proposal(home: dated_files.Place, *, proposal: str) -> Proposal:
    """Read a proposal.

    Raises
    ------
    BadConfig
        If the file is not there, breaks its model, changes nothing, or names an unknown product.
    """
    found = documents.read_document(proposals_folder(home) / f"{proposal}.toml", Proposal)
    known = terms.list_products(home)
    if found.product not in known:
        near = documents.nearest(found.product, known) or ", ".join(known)
        where = str(proposals_folder(home) / f"{proposal}.toml")
        raise BadConfig(f"product = {found.product}: there is no such product", where=where, fix=f"write {near}")
    return found


def reasons(proposal: Proposal) -> dict:
    """Return why a proposal is made, as `changes.diff_terms` takes it."""
    return {
        "reason_zh": proposal.reason.zh,
        "reason_en": proposal.reason.en,
        "evidence": proposal.evidence,
        "author": proposal.author,
        "effective_from": proposal.effective_from,
    }


def proposals_folder(home: dated_files.Place) -> Overlay:
    """Return a home's proposals, laid over the shipped ones."""
    return dated_files.home_at(home).config(f"products/{FOLDER}")
