"""A teaching case of selling: what a group costs, how files queue, who does what when, how a chamber is judged."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from microlib.contracts.quantities import (
    Code,
    Count,
    Days,
    Fraction,
    Line,
    Number,
    Said,
    Switch,
    Terms,
    YearlyRate,
    Yuan,
)

Amount = Annotated[float, Number, Field(gt=0)]
Role = Literal["product_manager", "compliance", "team_head", "relationship_manager", "credit_officer"]
DayOf = Annotated[int, Field(strict=True, ge=-365, le=365)]


class GroupPrice(Terms):
    """What a loan of a group must cover."""

    ftp_rate: YearlyRate = Field(description="funds transfer price")
    opex_rate: YearlyRate = Field(description="operating cost of one loan alone")
    pd_rate: Fraction = Field(description="default rate of a year")
    lgd_share: Fraction = Field(description="loss given default")
    capital_share: Fraction = Field(description="capital ratio times risk weight")
    capital_cost_rate: YearlyRate = Field(description="cost of capital")
    shared_share: Fraction = Field(description="part of the operating cost that a group pays once")
    asked_rate: YearlyRate = Field(description="rate on the list")
    amount_yuan: Yuan = Field(description="amount of one loan")
    years: Amount = Field(description="years that it runs, on average")
    event_cost_yuan: Yuan = Field(description="cost of one group's event")
    sizes: tuple[Annotated[int, Field(strict=True, gt=0)], ...] = Field(min_length=1, description="sizes of groups")
    discounts: tuple[YearlyRate, ...] = Field(min_length=1, description="discounts that are thought of")


class FileQueue(Terms):
    """How files come in and are finished."""

    days_count: Annotated[int, Field(strict=True, gt=0, le=120)] = Field(description="days that are looked at")
    arrivals: tuple[Count, ...] = Field(min_length=1, description="files that come in, day by day")
    done_a_day: Annotated[int, Field(strict=True, gt=0)] = Field(description="files finished in a day")
    promised_days: Days = Field(description="days that were promised to the customer")


class Task(Terms):
    """One line of the run sheet."""

    code: Code = Field(description="name of the task")
    said: Said = Field(description="the task in words")
    role: Role = Field(description="who does it")
    first_day: DayOf = Field(description="first day; 1 is the day of launch")
    last_day: DayOf = Field(description="last day")


class Form(Terms):
    """One form that a campaign may take."""

    code: Code = Field(description="name of the form")
    said: Said = Field(description="the form in words")
    cost_yuan: Yuan = Field(description="what it costs")
    reached_count: Count = Field(description="whom it reaches")


class ChamberRules(Terms):
    """From when a chamber is no partner."""

    most_industry_share: Fraction = Field(description="most members of one trade")
    most_mutual_share: Fraction = Field(description="most borrowers there who stand for each other")
    most_overdue_share: Fraction = Field(description="most of our balance there that may be late by 30 days")
    least_strangers_count: Count = Field(description="fewest members whom we do not know yet")
    secretary_fee_share: Fraction = Field(description="fee that its office asks for")
    has_secretary_interest: Switch = Field(description="whether its office has an interest of its own")


class Recall(Terms):
    """What is paid for a customer who is back, and what such a customer earns."""

    pay_a_customer_yuan: Yuan = Field(description="pay for a customer who is back and alive")
    margin_a_customer_yuan: Yuan = Field(description="margin of such a customer")


class OutreachCase(Terms):
    """A whole case; what it does not need is left out."""

    code: Code = Field(description="name of the case")
    title: Said = Field(description="the case in words")
    source: Line = Field(description="where the figures come from")
    campaign_id: str = Field(default="", description="campaign of the bank that it tells of")
    venue_id: str = Field(default="", description="venue that it tells of")
    price: GroupPrice | None = None
    queue: FileQueue | None = None
    chamber: ChamberRules | None = None
    recall: Recall | None = None
    tasks: tuple[Task, ...] = ()
    forms: tuple[Form, ...] = ()

    @model_validator(mode="after")
    def _days_run_forward(self) -> OutreachCase:
        for task in self.tasks:
            if task.first_day > task.last_day:
                raise ValueError(f"task {task.code}: its last day comes before its first")
        return self
