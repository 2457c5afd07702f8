"""What a branch offers: products of the bank, narrowed if it likes, never widened."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints, model_validator

from microlib.contracts.products import Product
from microlib.contracts.quantities import Code, Line, Months, Rate, Share, Switch, Terms, Yuan

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
