"""A proposal put into a product's terms, and the changed terms checked like any other."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from microlib.contracts import documents
from microlib.design import terms
from microlib.design.versions import places, proposals
from microlib.errors import BadConfig


def proposed_product(
    home: proposals.dated_files.Place, *, proposal: str, as_of: date | str = ""
) -> tuple[terms.Product, terms.Product]:
    """Return a product before and after a proposal.

    The changed terms are checked exactly as a product's own file: strict model, terms that agree, tenor within policy.

    Parameters
    ----------
    home : Home or path
    proposal : str
        Name of the file in ``data/products/proposals``.
    as_of : date or ISO text
        Day of the baseline; by default the day before the proposal would count.

    Returns
    -------
    Product, Product
        Baseline and proposed; the proposed one carries the next version.

    Raises
    ------
    BadConfig
        If the baseline has moved on to another version, a place does not exist, or the changed terms contradict
        themselves or the policy. The sentence names the proposal's file.

    Examples
    --------
    >>> old, new = proposed_product(".", proposal="hospital_supplier_18_months")
    >>> old.max_term_months, new.max_term_months, new.version - old.version
    (12, 18, 1)
    """
    found = proposals.read_proposal(home, proposal=proposal)
    where = proposals.proposals_folder(home) / f"{proposal}.toml"
    day = proposals.dated_files.day_at(as_of or found.effective_from - timedelta(days=1))
    old = terms.read_product(home, product=found.product, as_of=day)
    if old.version != found.baseline_version:
        what = f"baseline_version = {found.baseline_version}: {found.product} stands at version {old.version}"
        raise BadConfig(what, where=str(where), fix=f"read the changes again and write {old.version}")
    new = documents.checked(changed_terms(old, found, where=where), terms.Product, where=where)
    terms.check_tenor(new, terms.read_policy(home, as_of=day), where=where)
    return old, new


def changed_terms(product: terms.Product, proposal: proposals.Proposal, *, where: Path) -> dict:
    """Return a product's terms as plain values with a proposal's changes put in; nothing is checked here."""
    written = {**product.model_dump(), "version": product.version + 1, "source": proposal.evidence}
    for place in proposal.removed:
        written = places.drop_term(written, place, where=str(where))
    known = set(terms.Product.model_fields)
    for place, value in proposal.changes.items():
        first = place.split(".")[0]
        if first not in known:
            near = documents.nearest(first, known)
            fix = f"write {near} instead of {first}" if near else f"choose from {', '.join(sorted(known))}"
            raise BadConfig(f"{place}: is not a term of a product", where=str(where), fix=fix)
        written = places.put_term(written, place, value, where=str(where))
    return written
