"""Stress as data: named scenarios, drivers that are turned until the year's margin is lost, and what is assumed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from microlib.contracts.quantities import Code, Count, Fraction, Line, Number, Said, Switch, Terms, YearlyRate

Reach = Literal["everyone", "core", "hospital", "venue", "group", "guaranteed"]
MonthsLost = Annotated[float, Number, Field(ge=0, le=12)]


class Shock(Terms):
    """What happens, to whom, for how long."""

    code: Code = Field(description="name of the scenario in every result")
    said: Said = Field(description="the scenario in words")
    hits: Reach = Field(description="whom it hits: everyone, or those on one kind of source, group or security")
    only_worst: Switch = Field(default=False, description="one source or group at a time, the one that costs most")
    income_share: Fraction = Field(default=0.0, description="part of the income that hangs on what is hit, lost")
    months: MonthsLost = Field(default=0.0, description="months for which it is lost")
    cost_share: Fraction = Field(default=0.0, description="part of the costs of goods that is paid on meanwhile")
    dependence_share: Fraction | None = Field(default=None, description="part of income on the source, if not measured")
    rate_rise: YearlyRate = Field(default=0.0, description="rise of the yearly rate")
    defaults: Literal["short_of_cash", "as_priced", "all"] = Field(
        default="short_of_cash", description="who of those hit defaults"
    )
    lgd_share: Fraction | None = Field(default=None, description="loss given default, if not the policy's")
    source: Line = Field(description="where the scenario and its numbers come from")
    status: Literal["verified", "unverified"] = Field(default="unverified", description="whether someone has read it")


class Driver(Shock):
    """One quantity that is turned from nothing to its most while all else stays."""

    varies: Literal["income_share", "months", "rate_rise"] = Field(description="what is turned")
    low: float = Field(ge=0, description="mild value, for the tornado")
    high: float = Field(gt=0, description="severe value, for the tornado")
    most: float = Field(gt=0, description="largest value looked at when the breaking point is sought")

    @model_validator(mode="after")
    def _values_rise(self) -> Driver:
        if not self.low <= self.high <= self.most:
            raise ValueError(f"driver {self.code}: low, high and most must rise")
        return self


class StressBook(Terms):
    """All scenarios and drivers, and the assumption they share."""

    fixed_cost_share: Fraction = Field(description="part of cash in that goes to costs which run without sales")
    worst_together_count: Count = Field(description="how many of the worst scenarios are put together")
    scenarios: tuple[Shock, ...] = Field(min_length=1, description="named scenarios")
    drivers: tuple[Driver, ...] = Field(min_length=1, description="drivers of the tornado and the reverse stress")

    @model_validator(mode="after")
    def _codes_differ(self) -> StressBook:
        codes = [each.code for each in (*self.scenarios, *self.drivers)]
        twice = sorted({code for code in codes if codes.count(code) > 1})
        if twice:
            raise ValueError(f"codes are used twice: {', '.join(twice)}")
        return self
