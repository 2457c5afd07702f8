"""A product's written terms: whom it serves, access, limit, need, fees, repayment, controls, stop rules.

`Product` is strict and frozen; nothing is implied. `NeedRule` says how need is reckoned, `BranchTerms` how
a branch narrows the product (never widens it), `Proposal` what somebody asks to change.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from microlib.contracts.documents import (
    Bilingual,
    Code,
    Count,
    Days,
    Line,
    Months,
    Number,
    Rate,
    Share,
    Switch,
    Terms,
    Yuan,
)

#: columns of an applicant frame that a rule may ask about
AccessQuantity = Literal[
    "kind",
    "size",
    "industry_code",
    "rating",
    "business_months",
    "overdue_days",
    "class5",
    "is_npl",
    "is_defaulted",
    "is_related_party",
    "extensions_count",
    "balance_yuan",
    "deposits_yuan",
    "turnover_yuan",
    "flow_months_count",
    "invoice_months_count",
    "void_share",
    "negative_share",
    "top_buyer_share",
    "receivable_yuan",
    "paid_12m_yuan",
    "source_share",
    "source_id",
    "payment_delay_days",
    "cash_month_yuan",
    "debt_service_yuan",
    "collateral_yuan",
    "linked_count",
    "group_yuan",
    "consents_invoices",
    "consents_flows",
]
#: figures that a stop rule may watch
WatchedQuantity = Literal[
    "overdue_share",
    "npl_share",
    "par30_share",
    "par30_adjusted_share",
    "first_payment_default_share",
    "worst_source_share",
    "worst_source_loss_share",
    "worst_source_loss_yuan",
    "one_source_loss_share",
    "source_cap_used_share",
    "maturity_short_share",
    "maturity_cut_share",
    "loss_upper_share",
    "floor_margin_rate",
    "customers_count",
    "volume_yuan",
    "eligible_count",
    "to_be_verified_share",
    "payment_delay_days",
    "approval_days",
    "exception_share",
    "largest_group_share",
    "top_manager_share",
    "invoice_share",
    "peer_gap_rate",
]


def _listed(value: object) -> Any:
    return tuple(value) if isinstance(value, list) else value


Value = Annotated[bool | int | Decimal | str | tuple[str, ...] | None, BeforeValidator(_listed)]


class AccessRule(Terms):
    """One access rule: a column of the applicant frame, a test, a value, and where to send those who fail."""

    code: Code = Field(description="reason code of those who fail")
    column: AccessQuantity = Field(description="column of the applicant frame")
    test: Literal["at_least", "at_most", "equals", "one_of", "none_of"] = Field(description="test that must hold")
    value: Value = Field(description="value of the test; a list for one_of and none_of")
    said: Bilingual = Field(description="the rule in words")
    refer_to: Bilingual = Field(description="where those who fail are sent")

    @model_validator(mode="after")
    def _value_fits_the_test(self) -> AccessRule:
        is_list, is_flag = isinstance(self.value, tuple), isinstance(self.value, bool)
        is_number = isinstance(self.value, (int, Decimal)) and not is_flag
        if (self.test in ("one_of", "none_of")) != is_list:
            raise ValueError(f"rule {self.code}: a list of values belongs to one_of and none_of, and is needed there")
        if self.test in ("at_least", "at_most") and not is_number:
            raise ValueError(f"rule {self.code}: test {self.test} needs a number, not {self.value!r}")
        return self


class Fee(Terms):
    """One fee: who pays it, on what, and when."""

    code: Code = Field(description="name of the fee")
    said: Bilingual = Field(description="the fee in words")
    payer: Literal["borrower", "bank", "core_enterprise", "guarantor", "fund"] = Field(description="who pays")
    basis: Literal["amount", "balance", "fixed"] = Field(description="what the fee is reckoned on")
    rate: Annotated[Decimal, Number, Field(ge=0, le=1)] = Field(default=Decimal(0), description="per yuan of the basis")
    yuan: Yuan = Field(default=0, description="amount of a fixed fee")
    when: Literal["at_start", "monthly", "yearly", "at_end"] = Field(description="when it is paid")

    @model_validator(mode="after")
    def _one_amount(self) -> Fee:
        if (self.basis == "fixed") != (self.yuan > 0) or (self.basis != "fixed") != (self.rate > 0):
            raise ValueError(f"fee {self.code}: a fixed fee has yuan, any other a rate, never both")
        return self


class Exclusion(Terms):
    """Someone the product does not serve, and where they are sent; ``rule`` is the access rule that finds them."""

    code: Code = Field(description="name of the exclusion")
    said: Bilingual = Field(description="who is not served")
    refer_to: Bilingual = Field(description="where they are sent")
    rule: Code | None = Field(default=None, description="access rule that counts them, if any")


class Control(Terms):
    """One rung of the control ladder."""

    code: Code = Field(description="name of the control")
    said: Bilingual = Field(description="the control in words")


class Monitor(Terms):
    """One thing that is watched after lending."""

    code: Code = Field(description="name of the check")
    said: Bilingual = Field(description="the check in words")
    every_days: Days = Field(description="days between two checks")
    owner: Bilingual = Field(description="who checks")


class StopRule(Terms):
    """A trigger that stops or shrinks the product, evaluated on the bank's own figures."""

    code: Code = Field(description="name of the rule")
    watched: WatchedQuantity = Field(description="figure that is watched")
    test: Literal["above", "below"] = Field(description="side of the value on which the rule fires")
    value: Annotated[Decimal, Number] = Field(description="the trigger, in the figure's own unit")
    action: Literal["stop_new_lending", "pause_and_review", "cut_limits"] = Field(description="what happens")
    owner: Bilingual = Field(description="who decides")
    said: Bilingual = Field(description="the rule in words")
    source: Line = Field(description="where the trigger comes from")


Multiple = Annotated[Decimal, Number, Field(ge=0, le=36)]
NeedMethod = Literal[
    "working_capital", "sales_share", "receivables", "tax_multiple", "pos_multiple", "orders", "budget"
]
NEEDED = {
    "working_capital": ("margin_share", "growth_share", "cycle_days", "own_share"),
    "sales_share": ("sales_share",),
    "receivables": ("advance_share",),
    "tax_multiple": ("vat_multiple", "income_multiple"),
    "pos_multiple": ("pos_multiple",),
    "orders": ("advance_share",),
    "budget": ("own_share",),
}


class NeedRule(Terms):
    """How much money the business needs, by one named method."""

    method: NeedMethod = Field(description="named method")
    sales_share: Share | None = Field(default=None, description="yuan of need per yuan of 12-month sales")
    margin_share: Share | None = Field(default=None, description="profit per yuan of sales")
    growth_share: Share | None = Field(default=None, description="growth of sales expected in a year")
    cycle_days: Days | None = Field(default=None, description="days from paying for goods to being paid")
    own_share: Share | None = Field(default=None, description="part of working money or budget the owner brings")
    advance_share: Share | None = Field(default=None, description="yuan lent per yuan of eligible receivable or order")
    vat_multiple: Multiple | None = Field(default=None, description="yuan of need per yuan of value added tax paid")
    income_multiple: Multiple | None = Field(default=None, description="yuan of need per yuan of income tax paid")
    pos_multiple: Multiple | None = Field(default=None, description="poor months of card and code takings")

    @model_validator(mode="after")
    def _method_has_its_terms(self) -> NeedRule:
        absent = [name for name in NEEDED[self.method] if getattr(self, name) is None]
        if absent:
            raise ValueError(f"method {self.method} needs {', '.join(absent)}")
        return self


Kind = Literal["company", "sole_trader", "owner_of_small_firm", "farm_household", "person"]
Guarantee = Literal["credit", "guarantee", "mortgage", "pledge", "mixed"]
RepaymentMethod = Literal[
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

    method: RepaymentMethod = Field(description="repayment method")
    grace_months: Months = Field(default=0, description="months of interest only at the start")
    season_months: tuple[Month, ...] = Field(default=(), description="calendar months of seasonal repayment")
    balloon_share: Share = Field(default=Decimal(0), description="principal left to the last day")
    used_months: Months | None = Field(default=None, description="months a year a revolving line is used")
    beyond_cash: Literal["cap", "instalments"] = Field(
        default="cap",
        description="principal due at the end that cash cannot repay: capped, or repaid by instalments from the start",
    )

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
    title: Bilingual = Field(description="name of the product")
    status: Literal["draft", "pilot", "live", "retired"] = Field(description="stage of the product's life")
    version: Annotated[int, Field(strict=True, ge=1)] = Field(description="rises with every change")
    source: Line = Field(description="minute or decision the terms come from")
    segments: tuple[Code, ...] = Field(min_length=1, description="customer groups it is made for")
    kinds: tuple[Kind, ...] = Field(description="kinds of customers who may borrow")
    purpose: Bilingual = Field(description="what the money may be used for")
    need: Bilingual = Field(description="the need in one line")
    unserved: Bilingual | None = Field(
        default=None, description="what standard products leave open, without which they are to be used"
    )
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
    access: tuple[AccessRule, ...] = Field(min_length=1, description="access rules, in order")
    not_served: tuple[Exclusion, ...] = Field(min_length=1, description="who is not served, where to go")
    controls: tuple[Control, ...] = Field(min_length=1, description="control ladder, weakest first")
    fees: tuple[Fee, ...] = Field(default=(), description="every fee, whoever pays it")
    monitoring: tuple[Monitor, ...] = Field(min_length=1, description="what is watched after lending")
    stop_rules: tuple[StopRule, ...] = Field(min_length=1, description="what stops or shrinks the product")
    exits: tuple[Bilingual, ...] = Field(min_length=1, description="how a borrower or the bank leaves")

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


BranchId = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{1,12}$")]
#: key of a narrowing -> (path in the product, side on which it is narrower)
NARROWER = {
    "cap_yuan": (("limit", "cap_yuan"), "lower"),
    "floor_yuan": (("limit", "floor_yuan"), "higher"),
    "max_term_months": (("max_term_months",), "lower"),
    "yearly_rate": (("yearly_rate",), "higher"),
    "assignment_share": (("limit", "assignment_share"), "lower"),
    "pilot_customers_count": (("volumes", "pilot_customers_count"), "lower"),
    "pilot_yuan": (("volumes", "pilot_yuan"), "lower"),
}


class Narrowing(Terms):
    """How one branch narrows one product."""

    RENAMED: ClassVar[dict[str, str]] = {"term_months": "is written max_term_months"}

    offered: Switch = Field(default=True, description="whether the branch offers the product")
    reason: Line = Field(description="why the branch narrows")
    cap_yuan: Yuan | None = Field(default=None, description="lower cap of one borrower's line")
    floor_yuan: Yuan | None = Field(default=None, description="higher floor of one borrower's line")
    max_term_months: Months | None = Field(default=None, description="shorter tenor")
    yearly_rate: Rate | None = Field(default=None, description="higher rate")
    assignment_share: Share | None = Field(default=None, description="lower advance on assigned receivables")
    pilot_customers_count: int | None = Field(default=None, strict=True, ge=0, description="smaller pilot, customers")
    pilot_yuan: Yuan | None = Field(default=None, description="smaller pilot, yuan")


class BranchTerms(Terms):
    """One branch's file."""

    branch_id: BranchId = Field(description="branch code, text, as in the file's name")
    products: dict[Code, Narrowing] = Field(default_factory=dict, description="narrowings by product")

    @model_validator(mode="after")
    def _says_something(self) -> BranchTerms:
        if not self.products:
            raise ValueError("products: a branch file narrows at least one product")
        return self


def widenings(product: Product, narrowing: Narrowing) -> list[tuple[str, object, object]]:
    """Return what would widen the product: key, the product's value, the branch's value.

    Parameters
    ----------
    product : Product
        The bank's terms.
    narrowing : Narrowing
        The branch's.

    Returns
    -------
    list of tuple
        Empty when the branch only narrows.
    """
    found = []
    for key, (path, side) in NARROWER.items():
        ours, theirs = getattr(narrowing, key), _at(product, path)
        if ours is None:
            continue
        if theirs is None or (ours > theirs if side == "lower" else ours < theirs):
            found.append((key, theirs, ours))
    return found


def narrowed(product: Product, narrowing: Narrowing) -> dict:
    """Return the product's terms as plain values with the branch's narrower ones put in; nothing is checked here."""
    written = product.model_dump()
    for key, (path, _) in NARROWER.items():
        value = getattr(narrowing, key)
        if value is not None:
            target = written
            for step in path[:-1]:
                target = target[step]
            target[path[-1]] = value
    return written


def _at(product: Product, path: tuple[str, ...]) -> Decimal | int | None:
    found = product
    for step in path:
        found = getattr(found, step)
    return found


#: place of a term: keys and codes of items with points between, e.g. limit.cap_yuan or access.young_business.value
Place = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)*$")]


class Proposal(Terms):
    """What somebody proposes to change in a product, why, and on what evidence.

    Examples
    --------
    >>> told = {"title": {"zh": "一", "en": "one"}, "author": "A", "product": "market_stall", "baseline_version": 1,
    ...         "effective_from": date(2026, 10, 1), "reason": {"zh": "二", "en": "two"}, "evidence": "run 1"}
    >>> Proposal.model_validate({**told, "changes": {"limit.cap_yuan": 400_000}}).status
    'proposed'
    """

    title: Bilingual = Field(description="the proposal in a line")
    author: Line = Field(description="role of who proposes")
    product: Code = Field(description="product whose terms it changes")
    baseline_version: Annotated[int, Field(strict=True, ge=1)] = Field(description="version it starts from")
    status: Literal["proposed", "adopted", "rejected"] = Field(default="proposed", description="where it stands")
    effective_from: Annotated[date, Field(strict=True)] = Field(description="first day the changed terms would count")
    reason: Bilingual = Field(description="why")
    evidence: Line = Field(description="run or minute that the reason rests on")
    changes: dict[Place, Any] = Field(default_factory=dict, description="new value by place of the term")
    removed: tuple[Place, ...] = Field(default=(), description="places of terms or items that go")

    @model_validator(mode="after")
    def _says_something(self) -> Proposal:
        if not self.changes and not self.removed:
            raise ValueError("changes: a proposal changes or removes at least one term")
        fixed = {"code", "version"} & {place.split(".")[0] for place in (*self.changes, *self.removed)}
        if fixed:
            raise ValueError(f"changes: {', '.join(sorted(fixed))} cannot be proposed; it follows from the rest")
        return self


class KeptVersion(Terms):
    """A product's terms as they stood until they were changed, with who changed them and why."""

    product: Code = Field(description="the product")
    version: Annotated[int, Field(strict=True, ge=1)] = Field(description="version that is kept here")
    in_force_from: Annotated[date, Field(strict=True)] = Field(description="first day of the version")
    in_force_to: Annotated[date, Field(strict=True)] = Field(description="last day of the version")
    replaced_by: Line = Field(description="role of who replaced it")
    approved_by: Line = Field(description="minute or level that approved the change")
    reason: Bilingual = Field(description="why it was replaced")
    evidence: Line = Field(description="run or minute that the reason rests on")
    terms: dict[str, Any] = Field(description="the product's file as it was, dated lists and all")

    @model_validator(mode="after")
    def _agrees(self) -> KeptVersion:
        told = (self.terms.get("code"), self.terms.get("version"))
        if told != (self.product, self.version):
            raise ValueError(f"terms are of {told[0]} version {told[1]}, not of {self.product} version {self.version}")
        if self.in_force_from > self.in_force_to:
            raise ValueError(f"in_force_from {self.in_force_from} is after in_force_to {self.in_force_to}")
        return self
