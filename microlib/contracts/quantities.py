"""Narrow types that written terms are made of: shares, rates, whole yuan, months, and words in two languages."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints


def _number(value: Any) -> Any:
    if isinstance(value, (bool, str)):
        raise ValueError(f"a number is needed, not {value!r}")
    return value


Number = BeforeValidator(_number)

#: fractions in written terms, exact
Share = Annotated[Decimal, Number, Field(ge=0, le=1)]
Rate = Annotated[Decimal, Number, Field(ge=0, le=Decimal("0.36"))]
#: fractions in policies, ready for measures
Fraction = Annotated[float, Number, Field(ge=0, le=1)]
YearlyRate = Annotated[float, Number, Field(ge=0, le=0.36)]
Ratio = Annotated[float, Number, Field(ge=0, le=1000)]
#: whole numbers
Yuan = Annotated[int, Field(strict=True, ge=0)]
Months = Annotated[int, Field(strict=True, ge=0, le=360)]
Days = Annotated[int, Field(strict=True, ge=0, le=3650)]
Count = Annotated[int, Field(strict=True, ge=0)]
Switch = Annotated[bool, Field(strict=True)]
#: an English snake word
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Line = Annotated[str, StringConstraints(min_length=1, max_length=300)]


class Terms(BaseModel):
    """Written terms: nothing may be added by a slip of the pen, nothing changed after reading."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Said(Terms):
    """One sentence in both languages of the reports.

    Examples
    --------
    >>> Said(zh="医院供应商", en="hospital suppliers").en
    'hospital suppliers'
    """

    zh: Line = Field(description="Chinese")
    en: Line = Field(description="English")
