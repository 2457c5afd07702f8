"""The rules inside a product: access, fees, exclusions, controls, monitoring, stop rules; each a line of data."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from microlib.contracts.quantities import Code, Days, Line, Number, Said, Terms, Yuan

#: columns of an applicant frame that a rule may ask about
Asked = Literal[
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
Watched = Literal[
    "overdue_share",
    "npl_share",
    "par30_share",
    "first_payment_default_share",
    "worst_source_share",
    "worst_source_loss_share",
    "worst_source_loss_yuan",
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


def _listed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


Value = Annotated[bool | int | Decimal | str | tuple[str, ...] | None, BeforeValidator(_listed)]


class AccessRule(Terms):
    """One access rule: a column of the applicant frame, a test, a value, and where to send those who fail."""

    code: Code = Field(description="reason code of those who fail")
    column: Asked = Field(description="column of the applicant frame")
    test: Literal["at_least", "at_most", "equals", "one_of", "none_of"] = Field(description="test that must hold")
    value: Value = Field(description="value of the test; a list for one_of and none_of")
    said: Said = Field(description="the rule in words")
    refer_to: Said = Field(description="where those who fail are sent")

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
    said: Said = Field(description="the fee in words")
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
    said: Said = Field(description="who is not served")
    refer_to: Said = Field(description="where they are sent")
    rule: Code | None = Field(default=None, description="access rule that counts them, if any")


class Control(Terms):
    """One rung of the control ladder."""

    code: Code = Field(description="name of the control")
    said: Said = Field(description="the control in words")


class Monitor(Terms):
    """One thing that is watched after lending."""

    code: Code = Field(description="name of the check")
    said: Said = Field(description="the check in words")
    every_days: Days = Field(description="days between two checks")
    owner: Said = Field(description="who checks")


class StopRule(Terms):
    """A trigger that stops or shrinks the product, evaluated on the bank's own figures."""

    code: Code = Field(description="name of the rule")
    watched: Watched = Field(description="figure that is watched")
    test: Literal["above", "below"] = Field(description="side of the value on which the rule fires")
    value: Annotated[Decimal, Number] = Field(description="the trigger, in the figure's own unit")
    action: Literal["stop_new_lending", "pause_and_review", "cut_limits"] = Field(description="what happens")
    owner: Said = Field(description="who decides")
    said: Said = Field(description="the rule in words")
    source: Line = Field(description="where the trigger comes from")
