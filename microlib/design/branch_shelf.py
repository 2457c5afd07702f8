"""A branch as the review of standard products sees it: needs of customers, what the shelf offers, what to change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import pandas as pd

from microlib.design.branch import Branch
from microlib.design.lineup import (
    Shelf,
    all_changes,
    best_changes,
    change_decisions,
    margin_decisions,
    quality_decisions,
    shelf_of,
)
from microlib.design.result import result
from microlib.metrics.service import customer_needs, secured_customers, standard_products


class BranchShelf(Branch):
    """A branch with the results that its review of standard products rests on; ``BranchShelf.of(branch)``."""

    CALLED: ClassVar[Mapping[str, str]] = {
        **Branch.CALLED,
        "pledged": "secured_customers",
        "needs": "customer_needs",
        "terms": "realised_terms",
        "best": "best_changes",
    }

    @result
    def secured_customers(self) -> pd.Series:
        """Which customers have pledged something (`service.secured_customers`)."""
        return self.compute(secured_customers)

    @result
    def customer_needs(self) -> pd.DataFrame:
        """What each customer needs: amount, time, security (`service.customer_needs`)."""
        return self.compute(customer_needs)

    @result
    def standard_products(self) -> pd.DataFrame:
        """The products on the shelf (`service.standard_products`)."""
        return self.compute(standard_products)

    @result
    def shelves(self) -> tuple[Shelf, ...]:
        """Each product with what it holds and earns (`lineup.shelf_of`)."""
        return self.compute(shelf_of, products=self.standard_products)

    @result
    def all_changes(self) -> pd.DataFrame:
        """What each single change of a term would do (`lineup.all_changes`)."""
        return self.compute(all_changes)

    @result
    def best_changes(self) -> pd.DataFrame:
        """The best change of each product (`lineup.best_changes`)."""
        return best_changes(self.all_changes)

    @result
    def quality_decisions(self) -> pd.DataFrame:
        """Products judged by their portfolio at risk (`lineup.quality_decisions`)."""
        return self.compute(quality_decisions, rates=self.product_quality)

    @result
    def margin_decisions(self) -> pd.DataFrame:
        """Products judged by their margin (`lineup.margin_decisions`)."""
        return self.compute(margin_decisions)

    @result
    def change_decisions(self) -> pd.DataFrame:
        """Changes of terms that are worth it (`lineup.change_decisions`)."""
        return self.compute(change_decisions)
