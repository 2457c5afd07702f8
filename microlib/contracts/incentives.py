"""One way of paying managers for loans: what is paid for, when nothing is, what waits, and what is taken back."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from microlib.contracts.quantities import Count, Fraction, Months, Said, Switch, Terms, Yuan


class Step(Terms):
    """A bonus for a month with so many loans."""

    loans_count: Count = Field(description="loans of the month from which it is paid")
    bonus_yuan: Yuan = Field(description="what it adds; only the highest step reached counts")


class Scheme(Terms):
    """A scheme of pay (激励方案): a replay of past months tells what it would have cost and whom it would have paid."""

    title: Said = Field(description="the scheme in words")
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
