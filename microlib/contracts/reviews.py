"""What a review of risk holds cases against: use of funds, own funds, steps of an application, shocks."""

from __future__ import annotations

from pydantic import Field

from microlib.contracts.quantities import Count, Days, Fraction, Months, Ratio, Terms, YearlyRate, Yuan


class ReviewPolicy(Terms):
    """Cuts of the risk review; each a sign for a look at the papers, never a finding."""

    entrusted_threshold_yuan: Yuan = Field(description="above it a payment goes to the seller")
    use_window_days: Days = Field(description="days within which money that comes back or is split counts")
    return_share: Fraction = Field(description="part of a loan whose coming back is a sign")
    cycle_margin_share: Fraction = Field(description="profit in sales, where nothing better is known")
    cycle_most_ratio: Ratio = Field(
        description="balance over the money of one cycle, from which the need is asked about"
    )
    own_funds_share: Fraction = Field(description="own part that a project wants, of its budget")
    equity_tolerance_share: Fraction = Field(description="deviation up to which the story of an owner's worth holds")
    private_rate: YearlyRate = Field(description="what an undeclared lender is supposed to take")
    private_months: Months = Field(description="over which such a debt is supposed to be repaid")
    fastest_minutes: Count = Field(description="a decision faster than this after the asking is looked at")
    late_share: Fraction = Field(description="borrowers late though able, above which a group's will is in question")
    split_window_days: Days = Field(description="loans of one connected group within these days count together")
    series_months: Months = Field(description="months of an outside series under which no elasticity is given")
    series_customers_count: Count = Field(description="customers of a trade under whom none is given")
    series_fall_share: Fraction = Field(description="fall of a series shown as a scenario")
    value_falls: tuple[Fraction, ...] = Field(description="falls of collateral values that are tried")
    sale_cost_share: Fraction = Field(description="cost of selling collateral, of its price")
    sale_months: Months = Field(description="from default to the money of a sale")
    guarantee_ratio: Ratio = Field(description="guarantees over net worth, above which a guarantor is overburdened")
    worst_cover_share: Fraction = Field(description="cover of a guaranteed balance under which it counts as open")
