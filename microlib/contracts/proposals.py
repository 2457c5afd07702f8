"""A proposal is a file of differences to a product; a kept version is a product's terms as they once stood."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from microlib.contracts.quantities import Code, Line, Said, Terms

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

    title: Said = Field(description="the proposal in a line")
    author: Line = Field(description="role of who proposes")
    product: Code = Field(description="product whose terms it changes")
    baseline_version: Annotated[int, Field(strict=True, ge=1)] = Field(description="version it starts from")
    status: Literal["proposed", "adopted", "rejected"] = Field(default="proposed", description="where it stands")
    effective_from: Annotated[date, Field(strict=True)] = Field(description="first day the changed terms would count")
    reason: Said = Field(description="why")
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
    reason: Said = Field(description="why it was replaced")
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
