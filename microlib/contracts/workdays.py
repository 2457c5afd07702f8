"""What a product manager's week is measured by: alerts, definitions, and what a meeting is told."""

from __future__ import annotations

from pydantic import Field

from microlib.contracts.quantities import Code, Days, Fraction, Switch, Terms, Yuan


class WorkdayPolicy(Terms):
    """Cuts of the weekly list and of the shelf; the definition of inclusive lending."""

    cap_alert_share: Fraction = Field(description="a cap used beyond this part stands on the weekly list")
    ahead_days: Days = Field(description="what ends or begins within so many days stands on the weekly list")
    slow_days: Days = Field(description="a decision or a payout is late beyond so many days")
    promise_share: Fraction = Field(description="part of cases that a promised number of days covers")
    dropped_share: Fraction = Field(description="a paper that changes decisions no more often than this may be dropped")
    same_terms_distance: Fraction = Field(description="products whose terms lie no farther apart are only names")
    same_customers_share: Fraction = Field(description="products that share this part of customers may be one")
    replacement_days: Days = Field(description="a loan within so many days of another's end replaces it")
    inclusive_cap_yuan: Yuan = Field(description="granted to one customer, at most, to count as inclusive lending")
    inclusive_kinds: tuple[Code, ...] = Field(description="kinds of customers that count")
    inclusive_sizes: tuple[Code, ...] = Field(description="sizes of companies that count")
    count_artefacts: Switch = Field(description="whether artefacts are counted; a count is no competence")
