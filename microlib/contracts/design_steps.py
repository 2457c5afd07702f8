"""One step of a product's design: what it waits for, and the result of a report on which its decision rests."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from microlib.contracts.quantities import Code, Said, Terms

Notebook = Annotated[str, StringConstraints(pattern=r"^[0-9]_[a-z_]+$")]


class DesignStep(Terms):
    """A step in the order in which products are designed."""

    title: Said = Field(description="the step in words")
    needs: tuple[Code, ...] = Field(default=(), description="steps that must be decided first")
    report: Notebook = Field(description="report that holds the evidence")
    table: Code = Field(description="result of that report on which the decision rests")
