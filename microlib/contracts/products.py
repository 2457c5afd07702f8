"""A product's written terms: who it serves and does not, and on what conditions; strict, frozen, nothing implied."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from microlib.contracts import product_rules as rules
from microlib.contracts.need_rules import NeedRule
from microlib.contracts.quantities import (
    Code,
    Count,
    Line,
    Months,
    Rate,
    Said,
    Share,
    Terms,
    Yuan,
)

Kind = Literal["company", "sole_trader", "owner_of_small_firm", "farm_household", "person"]
Guarantee = Literal["credit", "guarantee", "mortgage", "pledge", "mixed"]
Method = Literal[
    "equal_instalment",
    "equal_principal",
    "interest_only",
    "bullet",
    "equal_principal_and_interest",
    "seasonal",
    "revolving",
    "balloon",
]
Month = Annotated[int, Field(strict=True, ge=1, le=12)]


class LimitRule(Terms):
    """The caps on one borrower's line, of which the smallest binds."""

    floor_yuan: Yuan = Field(description="a limit under this is refused, not lifted")
    cap_yuan: Yuan = Field(description="largest line of one borrower")
    unit_yuan: Annotated[int, Field(strict=True, ge=1)] = Field(description="limits are rounded down to this unit")
    cash_share: Share = Field(description="part of monthly cash in that is left for debt service")
    cash_cycle_months: Annotated[int, Field(strict=True, ge=1, le=12)] = Field(description="months of one cash cycle")
    cash_evidence: tuple[Literal["flows", "invoices"], ...] = Field(description="evidence of cash, best first")
    collateral: Literal["none", "assignment", "collateral"] = Field(description="what must cover the line")
    assignment_share: Share | None = Field(default=None, description="yuan lent per yuan of assigned receivable")
    dilution_share: Share = Field(default=Decimal(0), description="receivables lost to returns and deductions")
    dilution: Literal["fixed", "observed"] = Field(
        default="fixed", description="observed: a borrower's own deductions count where they are more"
    )
    source: Literal["none", "core", "venue"] = Field(description="common source of repayment that has a cap")
    replaces: tuple[Guarantee, ...] = Field(default=(), description="own loans of these kinds that the line replaces")

    @model_validator(mode="after")
    def _floor_under_cap(self) -> LimitRule:
        if self.floor_yuan > self.cap_yuan:
            raise ValueError(f"floor_yuan {self.floor_yuan} is above cap_yuan {self.cap_yuan}")
        if self.collateral == "assignment" and self.assignment_share is None:
            raise ValueError("collateral assignment needs assignment_share")
        return self


class Repayment(Terms):
    """How principal comes back."""

    method: Method = Field(description="repayment method")
    grace_months: Months = Field(default=0, description="months of interest only at the start")
    season_months: tuple[Month, ...] = Field(default=(), description="calendar months of seasonal repayment")
    balloon_share: Share = Field(default=Decimal(0), description="principal left to the last day")
    used_months: Months | None = Field(default=None, description="months a year a revolving line is used")

    @model_validator(mode="after")
    def _method_has_its_terms(self) -> Repayment:
        if (self.method == "seasonal") != bool(self.season_months):
            raise ValueError("season_months belongs to method seasonal, and is needed there")
        if (self.method == "balloon") != (self.balloon_share > 0):
            raise ValueError("balloon_share belongs to method balloon, and is needed there")
        if (self.method == "revolving") != (self.used_months is not None):
            raise ValueError("used_months belongs to method revolving, and is needed there")
        return self


class Volumes(Terms):
    """What is expected of the pilot, as ranges."""

    take_up_low: Share = Field(description="eligible customers who borrow, low case")
    take_up_high: Share = Field(description="eligible customers who borrow, high case")
    used_share: Share = Field(description="part of a line drawn on average over the year")
    pilot_customers_count: Count = Field(description="customers in the pilot, at most")
    pilot_yuan: Yuan = Field(description="lines granted in the pilot, at most")
    pilot_months: Months = Field(description="months until the pilot is judged")

    @model_validator(mode="after")
    def _range_opens(self) -> Volumes:
        if self.take_up_low > self.take_up_high:
            raise ValueError("take_up_low is above take_up_high")
        return self


class Product(Terms):
    """One product as it stands on one day."""

    RENAMED: ClassVar[dict[str, str]] = {
        "term_month": "is written max_term_months",
        "segment": "is a list, segments",
        "retained_deposit": "ties the loan to a deposit, which is not compliant (R23): remove it",
        "retained_share": "ties the loan to a deposit, which is not compliant (R23): remove it",
    }

    code: Code = Field(description="name of the file and of the product in every result")
    title: Said = Field(description="name of the product")
    status: Literal["draft", "pilot", "live", "retired"] = Field(description="stage of the product's life")
    version: Annotated[int, Field(strict=True, ge=1)] = Field(description="rises with every change")
    source: Line = Field(description="minute or decision the terms come from")
    segments: tuple[Code, ...] = Field(min_length=1, description="customer groups it is made for")
    kinds: tuple[Kind, ...] = Field(description="kinds of customers who may borrow")
    purpose: Said = Field(description="what the money may be used for")
    need: Said = Field(description="the need in one line")
    secured: Guarantee = Field(description="main security, which sets the loss given default")
    channel: Literal["branch", "online", "village"] = Field(description="how it is sold, which sets the cost of a loan")
    min_term_months: Months = Field(description="shortest tenor")
    max_term_months: Months = Field(description="longest tenor")
    yearly_rate: Rate = Field(description="rate asked of the borrower, fraction a year, 360-day months")
    rate_type: Literal["lpr", "fixed"] = Field(description="how the rate is quoted")
    size: NeedRule = Field(description="need rule")
    limit: LimitRule = Field(description="limit rule")
    repayment: Repayment = Field(description="repayment rule")
    volumes: Volumes = Field(description="expected use and size of the pilot")
    access: tuple[rules.AccessRule, ...] = Field(min_length=1, description="access rules, in order")
    not_served: tuple[rules.Exclusion, ...] = Field(min_length=1, description="who is not served, where to go")
    controls: tuple[rules.Control, ...] = Field(min_length=1, description="control ladder, weakest first")
    fees: tuple[rules.Fee, ...] = Field(default=(), description="every fee, whoever pays it")
    monitoring: tuple[rules.Monitor, ...] = Field(min_length=1, description="what is watched after lending")
    stop_rules: tuple[rules.StopRule, ...] = Field(min_length=1, description="what stops or shrinks the product")
    exits: tuple[Said, ...] = Field(min_length=1, description="how a borrower or the bank leaves")

    @model_validator(mode="after")
    def _terms_agree(self) -> Product:
        if self.min_term_months > self.max_term_months:
            raise ValueError(f"min_term_months {self.min_term_months} is above max_term_months {self.max_term_months}")
        if self.repayment.grace_months >= self.min_term_months:
            raise ValueError("repayment.grace_months leaves no month for principal within min_term_months")
        codes = [rule.code for rule in (*self.access, *self.stop_rules)]
        twice = {code for code in codes if codes.count(code) > 1}
        named = {item.rule for item in self.not_served if item.rule}
        unknown = sorted(named - {rule.code for rule in self.access})
        if unknown:
            raise ValueError(f"not_served names rules that access does not hold: {', '.join(unknown)}")
        if twice:
            raise ValueError(f"codes are used twice: {', '.join(sorted(twice))}")
        return self
