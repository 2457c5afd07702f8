"""One rule of law, of a supervisor or of the house, as data: what is compared, with what, and for which products."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from microlib.contracts.products import Guarantee, Kind
from microlib.contracts.quantities import Code, Line, Terms

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
    "worst_source_yuan",
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
