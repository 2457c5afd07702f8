"""How much a borrower needs, by one named method: formula, multiples, receivables, orders, budget."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from microlib.contracts.quantities import Days, Number, Share, Terms

Multiple = Annotated[Decimal, Number, Field(ge=0, le=36)]
Method = Literal[
    "working_capital", "sales_share", "receivables", "tax_multiple", "pos_multiple", "orders", "budget"
]  # fmt: skip
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

    method: Method = Field(description="named method")
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
