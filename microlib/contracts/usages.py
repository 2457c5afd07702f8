"""Patterns of use: for how long money must be at hand, and in which of those months it is needed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from microlib.contracts import documents
from microlib.contracts.quantities import Code, Said, Terms

Month = Annotated[int, Field(strict=True, ge=1, le=60)]


class Usage(Terms):
    """One pattern of use: money contracted for some months and needed in some of them."""

    code: Code = Field(description="name of the pattern")
    said: Said = Field(description="the pattern in words")
    term_months: Month = Field(description="months for which the money must be at hand")
    used_months: tuple[Month, ...] = Field(min_length=1, description="months, from 1, in which it is really needed")

    @model_validator(mode="after")
    def _within_the_term(self) -> Usage:
        if max(self.used_months) > self.term_months or len(set(self.used_months)) < len(self.used_months):
            raise ValueError(f"usage {self.code}: used_months stand once each and within {self.term_months} months")
        return self


class Usages(Terms):
    """All patterns of use."""

    usages: tuple[Usage, ...] = Field(min_length=1, description="patterns of use")


def read_usages(path: str | Path) -> tuple[Usage, ...]:
    """Read the patterns of use.

    Raises
    ------
    BadConfig
        If the file is not there or breaks its model.

    Examples
    --------
    >>> [usage.code for usage in read_usages("data/peers/usages.toml")][:2]
    ['whole_year', 'five_months']
    """
    return documents.read_document(path, Usages).usages
