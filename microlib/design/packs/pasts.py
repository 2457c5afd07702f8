"""A product's own past: versions, last changes, the proposals that wait, and its rules tried on applications."""

from __future__ import annotations

from typing import Any

from microlib.design.packs.replayed import replay_results
from microlib.design.versions import diffs, histories, waiting


def past_results(book: Any, found: dict[str, Any], *, product: Any) -> dict[str, Any]:
    """Gather what came before the present terms, and how today's rules would have done.

    Parameters
    ----------
    book : Branch
    found : dict
        Result of `lines.line_results`. Not modified.
    product : Product

    Returns
    -------
    dict
        ``changes`` (`diffs.last_changes`), ``versions`` (`histories.version_log`), ``proposals``
        (`waiting.waiting_proposals`), and those of `replayed.replay_results`.
    """
    return {
        "changes": diffs.last_changes(book.home, product=product.code, as_of=book.as_of),
        "versions": histories.version_log(book.home, product=product.code),
        "proposals": waiting.waiting_proposals(book.home, product=product.code),
        **replay_results(book, found["memberships"], product=product),
    }
