"""A teaching case of a project: what it costs, who pays, how trade goes, what is owed, what may go otherwise."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from microlib.contracts.quantities import (
    Code,
    Fraction,
    Line,
    Months,
    Number,
    Ratio,
    Said,
    Switch,
    Terms,
    YearlyRate,
    Yuan,
)

Amount = Annotated[float, Number, Field(gt=0)]


class Works(Terms):
    """What is built, what it costs, and for how long it keeps the doors closed."""

    cost_yuan: Yuan = Field(description="budget of the works")
    own_share: Fraction = Field(description="part of the budget that the borrower pays")
    overrun_share: Fraction = Field(description="what the works cost beyond the budget, as a part of it")
    works_months: Months = Field(description="months closed while the works last")
    acceptance_months: Months = Field(description="months closed while fire safety acceptance is pending")
    later_months: Months = Field(description="most months by which acceptance may be late, for the table of delays")
    lease_months: Months = Field(description="what is left of the lease")
    coverage_asked: Ratio = Field(description="DSCR that is asked for")

    @property
    def closed_months(self) -> int:
        """Months without trade from the day the loan is paid out."""
        return self.works_months + self.acceptance_months


class Trade(Terms):
    """What a month sells and costs; the fields of ``design.projects.ventures.Venture``."""

    units_count: Amount = Field(description="rooms, tables or machines")
    price_yuan: Amount = Field(description="yuan per unit and day sold")
    full_share: Fraction = Field(description="part of the units sold in full trade")
    ramp_share: Fraction = Field(description="part of the units sold while trade picks up")
    ramp_months: Months = Field(description="months of picking up")
    variable_share: Fraction = Field(description="part of revenue that goes with sales")
    fixed_month_yuan: Amount = Field(description="rent, wages and the rest, open or not")
    days_count: Months = Field(description="days of a month")


class Debt(Terms):
    """One loan that the project's cash must serve."""

    code: Code = Field(description="name of the debt")
    said: Said = Field(description="the debt in words")
    is_declared: Switch = Field(description="whether the application names it")
    amount_yuan: Yuan = Field(description="amount borrowed")
    yearly_rate: YearlyRate = Field(description="yearly rate")
    term_months: Months = Field(description="tenor, in equal instalments")


class Redesign(Terms):
    """What is changed in the terms of the declared debts."""

    grace_months: Months = Field(description="months of interest only")


class Change(Terms):
    """One thing that goes otherwise than planned."""

    code: Code = Field(description="name of the variant")
    said: Said = Field(description="the variant in words")
    full_share: Fraction | None = Field(default=None, description="part of the units sold, if another")
    price_yuan: Amount | None = Field(default=None, description="price, if another")


class ProjectCase(Terms):
    """A whole case."""

    code: Code = Field(description="name of the case")
    title: Said = Field(description="the case in words")
    source: Line = Field(description="where the figures come from")
    project: Works
    venture: Trade
    debts: tuple[Debt, ...] = Field(min_length=1, description="declared and hidden debts")
    redesign: Redesign
    changes: tuple[Change, ...] = Field(min_length=1, description="variants of trade")

    @model_validator(mode="after")
    def _something_is_declared(self) -> ProjectCase:
        if not any(debt.is_declared for debt in self.debts):
            raise ValueError("no debt is declared: the case needs at least the loan asked for")
        return self
