"""A branch as the review of standard products sees it: needs of customers, what the shelf offers, what to change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import pandas as pd

from microlib.design.branch import Branch
from microlib.design.lineups import shelf_decisions, what_ifs
from microlib.design.result import result
from microlib.metrics.products import fits


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
        """Which customers have pledged something (`fits.secured_customers`)."""
        return self.compute(fits.secured_customers)

    @result
    def customer_needs(self) -> pd.DataFrame:
        """What each customer needs: amount, time, security (`fits.customer_needs`)."""
        return self.compute(fits.customer_needs)

    @result
    def standard_products(self) -> pd.DataFrame:
        """The products on the shelf (`fits.standard_products`)."""
        return self.compute(fits.standard_products)

    @result
    def shelves(self) -> tuple[what_ifs.Shelf, ...]:
        """Each product with what it holds and earns (`what_ifs.shelf_of`)."""
        return self.compute(what_ifs.shelf_of, products=self.standard_products)

    @result
    def all_changes(self) -> pd.DataFrame:
        """What each single change of a term would do (`what_ifs.all_changes`)."""
        return self.compute(what_ifs.all_changes)

    @result
    def best_changes(self) -> pd.DataFrame:
        """The best change of each product (`what_ifs.best_changes`)."""
        return what_ifs.best_changes(self.all_changes)

    @result
    def quality_decisions(self) -> pd.DataFrame:
        """Products judged by their portfolio at risk (`shelf_decisions.quality_decisions`)."""
        return self.compute(shelf_decisions.quality_decisions, rates=self.product_quality)

    @result
    def margin_decisions(self) -> pd.DataFrame:
        """Products judged by their margin (`shelf_decisions.margin_decisions`)."""
        return self.compute(shelf_decisions.margin_decisions)

    @result
    def change_decisions(self) -> pd.DataFrame:
        """Changes of terms that are worth it (`shelf_decisions.change_decisions`)."""
        return self.compute(shelf_decisions.change_decisions)
