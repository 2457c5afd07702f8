"""What a statement of the whole cost adds to a product's terms: the cost of default, and how rates are counted."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from microlib.contracts.quantities import Fraction, Terms


class DisclosurePolicy(Terms):
    """Terms of the statement of the whole cost (综合融资成本明示表)."""

    overdue_markup_share: Fraction = Field(description="penalty interest on overdue money, over the contract's rate")
    misuse_markup_share: Fraction = Field(description="penalty interest on money used for something else")
    counting: Literal["compound", "simple"] = Field(description="which yearly rate is the stated one")
