"""A customer group (客群) written down: who belongs, by which rule, who repays, and what kind of group it is."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from microlib.contracts.documents import Bilingual, Code, Terms, read_document
from microlib.errors import BadConfig
from microlib.home import Overlay

#: the five kinds of group (共营, 共需, 增信同一, 渠道, 衍生); the readings are ours
GROUP_TYPES = ("shared_place", "shared_need", "shared_enhancer", "channel", "derived")
#: columns of the evidence table, in order, with what each may be compared as
EVIDENCE = {
    "customer_id": "text",
    "kind": "text",
    "industry_code": "text",
    "size": "text",
    "purpose": "text",
    "channel": "text",
    "core_id": "text",
    "core_kind": "text",
    "core_basis": "text",
    "core_income_share": "number",
    "venue_id": "text",
    "venue_kind": "text",
    "chamber_id": "text",
    "income_source": "text",
    "income_yuan": "number",
    "loans_count": "number",
    "balance_yuan": "number",
}
OPERATORS = {
    "equals": ("text", "number"),
    "any_of": ("text",),
    "starts_with": ("text",),
    "at_least": ("number",),
    "at_most": ("number",),
    "is_known": ("text", "number"),
}


class Condition(Terms):
    """One comparison of one evidence column; exactly one operator is given.

    Examples
    --------
    >>> Condition(column="core_income_share", at_least=0.3).operator
    'at_least'
    """

    column: Literal[tuple(EVIDENCE)] = Field(description="column of the evidence table")
    equals: str | float | None = Field(None, description="the value itself")
    any_of: tuple[str, ...] | None = Field(None, description="one of these values")
    starts_with: tuple[str, ...] | None = Field(None, description="begins with one of these, as industry codes do")
    at_least: float | None = Field(None, description="this number or more")
    at_most: float | None = Field(None, description="this number or less")
    is_known: bool | None = Field(None, description="true: the evidence is on file; false: it is not")

    @model_validator(mode="after")
    def _one_fitting_operator(self) -> Condition:
        given = [name for name in OPERATORS if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"{self.column}: give exactly one of {', '.join(OPERATORS)}; found {len(given)}")
        if EVIDENCE[self.column] not in OPERATORS[given[0]]:
            raise ValueError(f"{self.column} is a {EVIDENCE[self.column]}; {given[0]} does not apply to it")
        if self.equals is not None and isinstance(self.equals, str) != (EVIDENCE[self.column] == "text"):
            raise ValueError(f"{self.column} is a {EVIDENCE[self.column]}; compare it with one")
        return self

    @property
    def operator(self) -> str:
        """Name of the operator given."""
        return next(name for name in OPERATORS if getattr(self, name) is not None)

    @property
    def value(self) -> object:
        """What the column is compared with."""
        return getattr(self, self.operator)


class Rule(Terms):
    """One way into a segment: all its conditions hold; the reason code says which way it was."""

    reason_code: Code = Field(description="which way in, in every table of members")
    meaning: Bilingual = Field(description="the rule in words")
    all: tuple[Condition, ...] = Field(min_length=1, description="conditions that must all hold")


class Segment(Terms):
    """One customer group: its rules, its kind, what repays it and what its members share."""

    code: Code = Field(description="name of the file and of the group in every table")
    version: int = Field(ge=1, description="raised by one with every change of a rule")
    effective_from: date = Field(description="first day on which this version counts")
    title: Bilingual = Field(description="its name in the reports")
    priority: int = Field(ge=1, le=99, description="of several groups the lowest number is the customer's primary one")
    primary_type: Literal[GROUP_TYPES] = Field(description="which of the five kinds controls repayment")
    primary_type_reason: Bilingual = Field(description="why that kind controls")
    reading: Literal["our_reading", "confirmed"] = Field(description="whether the bank has confirmed the type")
    repaid_by: Bilingual = Field(description="whose money repays the loans")
    shared_source: Literal["core", "venue", "guarantor", "channel", "season", "none"] = Field(
        description="what, if it stops, hits all members at once"
    )
    family: Code = Field(description="trade; groups of one family may share a season")
    rules: tuple[Rule, ...] = Field(min_length=1, description="ways in; the first that holds gives the reason")

    @model_validator(mode="after")
    def _reasons_differ(self) -> Segment:
        codes = [rule.reason_code for rule in self.rules]
        if len(set(codes)) < len(codes):
            raise ValueError("two rules carry the same reason_code")
        return self


def read_segment(path: str | Path) -> Segment:
    """Read one segment file; its name is the segment's code.

    Raises
    ------
    BadConfig
        If a key is misspelt, missing or wrong, or the code is not the file's name.
    """
    segment = read_document(Path(path), Segment)
    if segment.code != Path(path).stem:
        raise BadConfig(
            f"code is {segment.code}, the file is {Path(path).name}", where=str(path), fix="give both one name"
        )
    return segment


def read_segments(folder: str | Path | Overlay) -> tuple[Segment, ...]:
    """Read every segment of a folder, in order of priority, then code.

    Parameters
    ----------
    folder : str, Path or Overlay
        For example ``home.config("segments")``; files whose name begins with ``_`` are templates and skipped.

    Raises
    ------
    BadConfig
        If the folder holds no segment file, or any of them cannot be followed.
    """
    held = Path(folder) if isinstance(folder, str) else folder
    paths = [path for path in sorted(held.glob("*.toml")) if not path.name.startswith("_")]
    if not paths:
        raise BadConfig("there is no segment file", where=str(folder), fix="copy the shipped data/segments there")
    return tuple(sorted(map(read_segment, paths), key=lambda segment: (segment.priority, segment.code)))
