"""What a trial of terms starts from: a product's applicants in a branch, with their default rates, computed once."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from microlib.bank.slices import BranchBook
from microlib.design import terms
from microlib.design.product_design import design_product
from microlib.metrics.campaigns.powers import detectable_lift

#: days in which a loan without any campaign shows how many would come anyway
NATURAL_DAYS = 90


@dataclass(frozen=True)
class Bench:
    """A product on the bench.

    Parameters
    ----------
    product : Product
        As the branch offers it today.
    policy : Policy
    applicants : DataFrame
        Result of `eligibility.screen_applicants`.
    rates : DataFrame
        Result of `prices.default_rate_cases`.
    natural_share : float
        Share of the applicants who took a new loan in the last 90 days, without this product's campaign.
    """

    product: terms.Product
    policy: terms.Policy
    applicants: pd.DataFrame = field(repr=False)
    rates: pd.DataFrame = field(repr=False)
    natural_share: float

    def detectable(self, contacted_count: int) -> float:
        """Return the smallest lift that a campaign of two equal arms can show (fraction)."""
        half = contacted_count // 2
        return detectable_lift(self.natural_share, treated=half, control=half)


def open_bench(book: BranchBook, *, product: str) -> Bench:
    """Put a product on the bench for a branch.

    Parameters
    ----------
    book : Branch
        As `bank.slices.read_branch` gives it. Not modified.
    product : str
        Code of a product that the branch offers.

    Raises
    ------
    BadConfig
        If terms or policy cannot be followed.
    EmptyBook
        If nobody here belongs to the product's groups.
    """
    design = design_product(book, product=product)
    asked, natural = design.screened, _natural(design.screened["customer_id"], book["loans"], book.as_of)
    return Bench(design.product, design.policy, asked, design.rates, natural)


def _natural(customers: pd.Series, loans: pd.DataFrame, as_of: object) -> float:
    days = (pd.Timestamp(as_of) - loans["disbursed_date"]).dt.days
    lately = loans[days.between(0, NATURAL_DAYS) & (loans["issue_type"] == "new")]
    return float(customers.isin(lately["customer_id"]).mean()) if len(customers) else 0.0
