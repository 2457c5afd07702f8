"""What peers, rules and failure modes say of one product in one branch."""

from __future__ import annotations

from typing import Any

from microlib.design.packs import pre_mortems, verdicts
from microlib.design.peers.branches import peer_gap, peer_results


def finding_results(book: Any, found: dict[str, Any], *, product: Any, policy: Any) -> dict[str, Any]:
    """Compare with peers, then check rules, stop rules and failure modes on all figures together.

    Returns
    -------
    dict
        ``figures`` (with the gap to real peers), ``comparison, dominated, selling_points`` where the home holds peers,
        ``rules, stop_rules, failure_modes``.
    """
    waited = found["figures"].get("approval_days")
    peers = peer_results(
        book.home, product=product, amount_yuan=found["amount_yuan"], as_of=book.as_of, approval_days=waited
    )
    whole = {**found, "figures": {**found["figures"], **peer_gap(peers)}}
    rules = verdicts.rule_results(book, whole, product=product, policy=policy)
    modes = pre_mortems.failure_results(book, whole, product=product, policy=policy)
    return {"figures": whole["figures"], **peers, **rules, **modes}
