"""One way in which a product may fail: its early sign, trigger, owner, and what the loss is reckoned on."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from microlib.contracts.product_rules import Watched
from microlib.contracts.quantities import Fraction, Number, Said, Terms

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

    title: Said = Field(description="the failure in words")
    sign: Said = Field(description="what is seen first")
    owner: Said = Field(description="who watches and decides")
    watched: Watched | None = Field(default=None, description="figure that shows it; none where a person must look")
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
