"""Single entries of the rule files as models: regulation, approval item, failure mode, protection, pay scheme.

One class for one entry of a file; dates and status are kept beside it by `microlib.design.terms`. Whether a
product keeps a rule is computed in `microlib.design.rules`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from microlib.contracts.documents import Bilingual, Code, Count, Fraction, Line, Months, Number, Switch, Terms, Yuan
from microlib.contracts.product import Guarantee, Kind, WatchedQuantity

#: what a rule may compare; the first twelve the written terms decide, the others tables, results or a person
Quantity = Literal[
    "max_term_months",
    "largest_line_yuan",
    "uncontrolled_line_yuan",
    "consumer_line_yuan",
    "forbidden_fees_count",
    "deposit_ties_count",
    "controls_count",
    "exclusions_count",
    "needs_sized_count",
    "annualised_rate",
    "flat_rate_count",
    "pilot_yuan",
    "buyer_terms_days",
    "public_buyer_terms_days",
    "voucher_months",
    "misclassified_count",
    "largest_credit_yuan",
    "floor_margin_rate",
    "source_cap_used_share",
    "programme_yuan",
    "tier1_share",
    "person_decides",
]


class Rule(Terms):
    """One rule as the bank understands it; whether a person has confirmed it stands beside it, with its date.

    Examples
    --------
    >>> Rule(id="R01", quantity="max_term_months", value=60, text="up to five years", zh="一般不超过五年").test
    'at_most'
    """

    id: Annotated[str, StringConstraints(pattern=r"^[RH][0-9]{2}[a-z]?$")] = Field(
        description="number in the list of rules: R of law and supervisors, H of the house"
    )
    quantity: Quantity = Field(description="figure that is compared with the value")
    test: Literal["at_most", "at_least"] = Field(default="at_most", description="side on which the rule holds")
    value: float | None = Field(default=None, description="the number in the rule")
    policy: Annotated[str, StringConstraints(pattern=r"^[a-z]+\.[a-z_0-9]+$")] | None = Field(
        default=None, description="the policy value that is the number, e.g. limits.max_term_months"
    )
    kinds: tuple[Kind, ...] = Field(default=(), description="applies where the product serves one of these kinds")
    sources: tuple[Literal["none", "core", "venue"], ...] = Field(default=(), description="kinds of source it is for")
    secured: tuple[Guarantee, ...] = Field(default=(), description="main securities it is for")
    codes: tuple[Code, ...] = Field(default=(), description="codes of fees, controls or exclusions it looks for")
    words: tuple[Line, ...] = Field(default=(), description="words in the product's sentences it looks for")
    text: Line = Field(description="the rule as understood, in a line")
    zh: Line = Field(description="the same in Chinese")

    @model_validator(mode="after")
    def _one_number(self) -> Rule:
        given = (self.value is not None) + (self.policy is not None)
        wanted = 0 if self.quantity == "person_decides" else 1
        if given != wanted:
            raise ValueError(f"{self.quantity} needs {'one of value and policy' if wanted else 'no value'}")
        return self


Role = Literal[
    "product_manager",
    "risk_manager",
    "compliance_officer",
    "finance_officer",
    "operations_lead",
    "branch_head",
    "head_office",
]
#: what the workbench can answer by computation; person is left to a signature
Measure = Literal[
    "rules_failed_count",
    "rules_unknown_count",
    "rules_unverified_count",
    "changes_unexplained_count",
    "unnamed_products_count",
    "members_count",
    "eligible_count",
    "exclusions_count",
    "sized_count",
    "to_be_verified_share",
    "floor_margin_rate",
    "stated_cost_rate",
    "one_source_loss_share",
    "maturity_short_share",
    "stop_rules_firing_count",
    "stop_rules_unknown_count",
    "modes_unwatched_count",
    "modes_unknown_loss_count",
    "claims_unproven_count",
    "person",
]


class ApprovalItem(Terms):
    """One question that must be answered before a pilot is approved."""

    title: Bilingual = Field(description="the question in words")
    responsible: Role = Field(description="who does it (R)")
    accountable: Role = Field(description="who answers for it and signs (A)")
    consulted: tuple[Role, ...] = Field(default=(), description="who is asked (C)")
    informed: tuple[Role, ...] = Field(default=(), description="who is told (I)")
    measure: Measure = Field(description="figure that answers it")
    test: Literal["at_most", "at_least"] | None = Field(default=None, description="side on which the answer is yes")
    value: float | None = Field(default=None, description="the number of the test")
    is_blocking: Switch = Field(description="whether the pilot waits while the answer is not yes")

    @model_validator(mode="after")
    def _test_is_whole(self) -> ApprovalItem:
        wanted = self.measure != "person"
        if wanted != (self.test is not None) or wanted != (self.value is not None):
            raise ValueError(f"measure {self.measure} {'needs' if wanted else 'has no'} test and value")
        return self


#: figures that a loss may be reckoned on
Basis = Literal[
    "margin_gap_yuan",
    "selection_loss_yuan",
    "source_stop_loss_yuan",
    "group_loss_yuan",
    "volume_loss_yuan",
    "balance_yuan",
    "margin_yuan",
    "invoice_margin_yuan",
    "manager_margin_yuan",
    "unknown",
]


class FailureMode(Terms):
    """One line of the pre-mortem: the product has failed in this way, and this would have been seen first."""

    title: Bilingual = Field(description="the failure in words")
    sign: Bilingual = Field(description="what is seen first")
    owner: Bilingual = Field(description="who watches and decides")
    watched: WatchedQuantity | None = Field(
        default=None, description="figure that shows it; none where a person must look"
    )
    test: Literal["above", "below"] | None = Field(default=None, description="side of the trigger on which it fires")
    trigger: Annotated[Decimal, Number] | None = Field(
        default=None, description="the trigger, in the figure's own unit"
    )
    action: Literal["stop_new_lending", "pause_and_review", "cut_limits"] = Field(description="what happens then")
    basis: Basis = Field(description="figure the loss is reckoned on")
    share: Fraction = Field(default=1.0, description="part of that figure that is lost")
    sources: tuple[Literal["none", "core", "venue"], ...] = Field(default=(), description="kinds of source it is for")
    methods: tuple[str, ...] = Field(default=(), description="repayment methods it is for")

    @model_validator(mode="after")
    def _trigger_is_whole(self) -> FailureMode:
        given = [self.watched is not None, self.test is not None, self.trigger is not None]
        if any(given) and not all(given):
            raise ValueError("watched, test and trigger belong together")
        return self


class Principle(Terms):
    """One principle of protection, shown by rules that are checked and items that a person answers.

    Examples
    --------
    >>> Principle(title={"zh": "提前还款不罚", "en": "no penalty"}, rules=("early_repayment_penalty",)).items
    ()
    """

    title: Bilingual = Field(description="the principle in words")
    rules: tuple[Code, ...] = Field(default=(), description="codes of rules (regulation.toml) that show it")
    items: tuple[Code, ...] = Field(default=(), description="codes of checklist items (approval.toml) that show it")

    @model_validator(mode="after")
    def _rests_on_something(self) -> Principle:
        if not self.rules and not self.items:
            raise ValueError("a principle needs a rule or an item that shows it")
        return self


class DisclosurePolicy(Terms):
    """Terms of the statement of the whole cost (综合融资成本明示表)."""

    overdue_markup_share: Fraction = Field(description="penalty interest on overdue money, over the contract's rate")
    misuse_markup_share: Fraction = Field(description="penalty interest on money used for something else")
    counting: Literal["compound", "simple"] = Field(description="which yearly rate is the stated one")


class Step(Terms):
    """A bonus for a month with so many loans."""

    loans_count: Count = Field(description="loans of the month from which it is paid")
    bonus_yuan: Yuan = Field(description="what it adds; only the highest step reached counts")


class Scheme(Terms):
    """A scheme of pay (激励方案): a replay of past months tells what it would have cost and whom it would have paid."""

    title: Bilingual = Field(description="the scheme in words")
    per_loan_yuan: Yuan = Field(description="for each loan")
    per_amount_share: Fraction = Field(description="of the amount lent")
    steps: Annotated[tuple[Step, ...], Field(description="bonuses by loans of the month")] = ()
    deferred_share: Fraction = Field(description="part of the pay that waits")
    deferred_months: Months = Field(description="months on book after which the waiting part is paid")
    claws_back: Switch = Field(description="whether the waiting part of a loan gone bad by then is not paid")
    counts_linked: Switch = Field(description="whether loans to borrowers connected with one already paid for count")
    quality_share: Fraction = Field(description="share of bad loans among the last year's above which steps are lost")

    @model_validator(mode="after")
    def _waiting_has_a_day(self) -> Scheme:
        if self.deferred_share > 0 and self.deferred_months == 0:
            raise ValueError("deferred_share without deferred_months: say after how many months it is paid")
        if self.claws_back and self.deferred_share == 0:
            raise ValueError("claws_back without deferred_share: nothing waits that could be kept back")
        counts = [step.loans_count for step in self.steps]
        if counts != sorted(set(counts)):
            raise ValueError("steps are not in rising order of loans_count")
        return self


Notebook = Annotated[str, StringConstraints(pattern=r"^[0-9]_[a-z_]+$")]


class DesignStep(Terms):
    """A step in the order in which products are designed."""

    title: Bilingual = Field(description="the step in words")
    needs: tuple[Code, ...] = Field(default=(), description="steps that must be decided first")
    report: Notebook = Field(description="report that holds the evidence")
    table: Code = Field(description="result of that report on which the decision rests")
