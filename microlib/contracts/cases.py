"""Teaching cases, scene templates and visit guides as they are written: the models of their TOML files.

`ProjectCase` is one project (works, trade, debt), `OutreachCase` one round of selling, `SceneTemplate` what
to look at in a scene, `VisitGuide` what a manager takes along. What follows from them is computed in
`microlib.design`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from microlib.contracts.documents import (
    Bilingual,
    Code,
    Count,
    Days,
    Fraction,
    Line,
    Months,
    Number,
    Ratio,
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
    said: Bilingual = Field(description="the task in words")
    role: Role = Field(description="who does it")
    first_day: DayOf = Field(description="first day; 1 is the day of launch")
    last_day: DayOf = Field(description="last day")


class Form(Terms):
    """One form that a campaign may take."""

    code: Code = Field(description="name of the form")
    said: Bilingual = Field(description="the form in words")
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
    title: Bilingual = Field(description="the case in words")
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


class Construction(Terms):
    """What is built, what it costs, and for how long it keeps the doors closed."""

    cost_yuan: Yuan = Field(description="budget of the works")
    own_share: Fraction = Field(description="part of the budget that the borrower pays")
    overrun_share: Fraction = Field(description="what the works cost beyond the budget, as a part of it")
    works_months: Months = Field(description="months closed while the works last")
    acceptance_months: Months = Field(description="months closed while fire safety acceptance is pending")
    later_months: Months = Field(description="most months by which acceptance may be late, for the table of delays")
    lease_months: Months = Field(description="what is left of the lease")
    coverage_asked: Ratio = Field(description="DSCR that is asked for")

    @property
    def closed_months(self) -> int:
        """Months without trade from the day the loan is paid out."""
        return self.works_months + self.acceptance_months


class Trade(Terms):
    """What a month sells and costs; the fields of ``design.projects.ventures.Venture``."""

    units_count: Amount = Field(description="rooms, tables or machines")
    price_yuan: Amount = Field(description="yuan per unit and day sold")
    full_share: Fraction = Field(description="part of the units sold in full trade")
    ramp_share: Fraction = Field(description="part of the units sold while trade picks up")
    ramp_months: Months = Field(description="months of picking up")
    variable_share: Fraction = Field(description="part of revenue that goes with sales")
    fixed_month_yuan: Amount = Field(description="rent, wages and the rest, open or not")
    days_count: Months = Field(description="days of a month")


class Debt(Terms):
    """One loan that the project's cash must serve."""

    code: Code = Field(description="name of the debt")
    said: Bilingual = Field(description="the debt in words")
    is_declared: Switch = Field(description="whether the application names it")
    amount_yuan: Yuan = Field(description="amount borrowed")
    yearly_rate: YearlyRate = Field(description="yearly rate")
    term_months: Months = Field(description="tenor, in equal instalments")


class Redesign(Terms):
    """What is changed in the terms of the declared debts."""

    grace_months: Months = Field(description="months of interest only")


class Change(Terms):
    """One thing that goes otherwise than planned."""

    code: Code = Field(description="name of the variant")
    said: Bilingual = Field(description="the variant in words")
    full_share: Fraction | None = Field(default=None, description="part of the units sold, if another")
    price_yuan: Amount | None = Field(default=None, description="price, if another")


class ProjectCase(Terms):
    """A whole case."""

    code: Code = Field(description="name of the case")
    title: Bilingual = Field(description="the case in words")
    source: Line = Field(description="where the figures come from")
    project: Construction
    venture: Trade
    debts: tuple[Debt, ...] = Field(min_length=1, description="declared and hidden debts")
    redesign: Redesign
    changes: tuple[Change, ...] = Field(min_length=1, description="variants of trade")

    @model_validator(mode="after")
    def _something_is_declared(self) -> ProjectCase:
        if not any(debt.is_declared for debt in self.debts):
            raise ValueError("no debt is declared: the case needs at least the loan asked for")
        return self


#: figures that the workbench can find for a core or a venue; a person must answer for the rest
Quantity = Literal[
    "median_days",
    "within_legal_share",
    "retention_share",
    "late_maturity_share",
    "back_to_back_count",
    "wage_account_share",
    "voucher_share",
    "largest_project_share",
    "tender_cliff_share",
    "tender_first_share",
    "dependent_share",
    "several_cores_share",
    "landlord_share",
    "relocating_share",
    "stall_right_share",
    "card_share",
    "rent_burden_share",
]


class ScenePoint(Terms):
    """One point of a template: the figure, the line it is held against, and what follows past the line."""

    code: Code = Field(description="English code")
    said: Bilingual = Field(description="what is asked")
    quantity: Quantity | None = Field(default=None, description="figure; none where a person must answer")
    test: Literal["at_most", "at_least"] | None = Field(default=None, description="side on which the point holds")
    value: Annotated[float, Number] | None = Field(default=None, description="the line, in the figure's own unit")
    action: Bilingual = Field(description="what is done past the line, or whom to ask")
    owner: Literal["product_manager", "micro_manager", "corporate_manager", "risk_head", "branch_head"]

    @model_validator(mode="after")
    def _line_is_whole(self) -> ScenePoint:
        given = [self.quantity is not None, self.test is not None, self.value is not None]
        if any(given) and not all(given):
            raise ValueError("quantity, test and value belong together")
        return self


class SceneTemplate(Terms):
    """The template of one kind of scene, chosen by the kind of the core enterprise or of the venue."""

    code: Code
    title: Bilingual
    subject: Literal["core", "venue"] = Field(description="what the scene hangs on")
    kinds: tuple[Code, ...] = Field(min_length=1, description="kinds of core or venue it is for")
    product: Code | None = Field(default=None, description="product whose price the scene is reckoned at")
    source: str = Field(min_length=3)
    status: Literal["unverified", "verified"] = "unverified"
    points: tuple[ScenePoint, ...] = Field(min_length=1)


Lines = Annotated[tuple[Bilingual, ...], Field(min_length=1)]


class Objection(Terms):
    """Something a customer says, and what answers it."""

    zh_said: Line = Field(description="in Chinese")
    en_said: Line = Field(description="in English")
    zh_answer: Line = Field(description="the fact, in Chinese")
    en_answer: Line = Field(description="the fact, in English")


class VisitGuide(Terms):
    """The guide as a whole."""

    source: Line = Field(description="where the texts come from")
    status: Literal["verified", "unverified"] = Field(description="whether compliance has read them")
    questions: Lines = Field(description="to ask on every visit")
    papers: Lines = Field(description="to bring")
    never_say: Lines = Field(description="words not to say")
    objections: tuple[Objection, ...] = Field(description="objections and facts")
