"""Access and limits of one product in one branch."""

from __future__ import annotations

from typing import Any

from microlib.design import applicants, eligibility, limits
from microlib.design.packs.groups import group_evidence


def line_results(book: object, *, product: Any, policy: Any) -> dict[str, Any]:
    """Find who is served and how much each may have.

    Returns
    -------
    dict of DataFrame
        ``memberships, screened, waterfall, not_served, limits, bound`` under the names that the term sheet expects.

    Raises
    ------
    EmptyBook
        If no customer of the branch belongs to the product's groups.
    """
    evidence, memberships = group_evidence(book)
    asked = applicants.applicant_frame(
        book, evidence=evidence, memberships=memberships, product=product, policy=policy.limits
    )
    screened = eligibility.screen_applicants(asked, product=product)
    sized = limits.size_limits(screened, product=product, policy=policy.limits)
    return {
        "memberships": memberships,
        "screened": screened,
        "waterfall": eligibility.access_waterfall(asked, product=product),
        "not_served": eligibility.not_served_list(screened, product=product),
        "limits": sized,
        "bound": limits.binding_counts(sized),
    }
