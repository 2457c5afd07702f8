"""What the bank has decided for all products: cuts, limits, price, stress and rules, each value dated.

`Policy` holds the parts that apply to every product; `ReviewPolicy`, `SupplyPolicy` and `WorkdayPolicy`
those of one field, `StressBook` the named scenarios. Every threshold that a measure or design uses belongs
here, with its source, and not in code.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal, TypeVar

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
    at_date,
    checked,
    read_toml,
)
from microlib.contracts.rules import Rule
from microlib.home import Home


class CountryPolicy(Terms):
    """What the country allows, whatever the bank decides."""

    highest_rate: Ratio = Field(
        description="yearly rate above which a rate in a file or in written terms is refused as another unit"
    )


class UnitSpan(Terms):
    """Between which yuan the middle of the positive values of some columns lies, unless they are in another unit."""

    rule: Literal["unit_slip", "unit_doubt"] = Field(description="refused, or told")
    columns: tuple[str, ...] = Field(description="as table.column")
    low_yuan: Yuan
    high_yuan: Yuan


class IntakePolicy(Terms):
    """What an ingest takes for another unit."""

    smallest_rate: Fraction = Field(description="yearly rate below which a row is doubted")
    high_rate: Ratio = Field(description="middle yearly rate of a file above which its unit is doubted")
    longest_years: Ratio = Field(description="years from which the maturity of a loan is doubted")
    rateless_share: Fraction = Field(description="share of rows without a rate from which the column is doubted")
    other_unit_share: Fraction = Field(description="middle balance in the amount below which units differ")
    jump_ratio: Ratio = Field(description="how many times the middle amount may be off that of other files")
    far_ratio: Ratio = Field(description="how many times a single amount may be off the middle one")
    small_yuan: Yuan = Field(description="below it a single amount is looked at")
    large_yuan: Yuan = Field(description="above it a single amount is looked at")
    usual_share: Fraction = Field(description="share of numbers of one length from which a shorter one is doubted")
    mixed_share: Fraction = Field(description="share of small amounts from which a part of the file is in another unit")
    spans: dict[str, UnitSpan] = Field(description="spans by a name of their own")

    def spans_of(self, table: str, rule: str = "") -> list[tuple[str, UnitSpan]]:
        """Return the columns of a table that have a span, of one rule or of any, each with it."""
        return [
            (place.partition(".")[2], span)
            for span in self.spans.values()
            for place in span.columns
            if place.partition(".")[0] == table and rule in ("", span.rule)
        ]


Standing = TypeVar("Standing", bound=Terms)


def standing_policy(path: Path, model: type[Standing], *, as_of: date) -> Standing:
    """Return what a policy that stands by itself, as that of the country or of an ingest, says on a day.

    Raises
    ------
    BadConfig
        If the file cannot be read, or holds no value on the day.

    Examples
    --------
    >>> from microlib.home import shipped_data
    >>> policies, day = shipped_data() / "policies", date(1998, 6, 30)
    >>> intake = standing_policy(policies / "intake.toml", IntakePolicy, as_of=day)
    >>> [(name, span.high_yuan) for name, span in intake.spans_of("collateral")]
    [('value_yuan', 1000000000)]
    """
    return checked(at_date(read_toml(path), as_of=as_of, where=str(path)), model, where=path)


def highest_rate(home: Home, *, as_of: date = date.max) -> float:
    """Return the highest yearly rate that a home's country allows on a day; without a day, the newest value.

    Raises
    ------
    BadConfig
        See `standing_policy`.

    Examples
    --------
    >>> from microlib.home import Home
    >>> highest_rate(Home(Path("a_new_bank")), as_of=date(1998, 6, 30))
    0.36
    """
    return standing_policy(home.config("policies") / "country.toml", CountryPolicy, as_of=as_of).highest_rate


class ReviewPolicy(Terms):
    """Cuts of the risk review; each a sign for a look at the papers, never a finding."""

    entrusted_threshold_yuan: Yuan = Field(description="above it a payment goes to the seller")
    use_window_days: Days = Field(description="days within which money that comes back or is split counts")
    return_share: Fraction = Field(description="part of a loan whose coming back is a sign")
    cycle_margin_share: Fraction = Field(description="profit in sales, where nothing better is known")
    cycle_most_ratio: Ratio = Field(
        description="balance over the money of one cycle, from which the need is asked about"
    )
    own_funds_share: Fraction = Field(description="own part that a project wants, of its budget")
    equity_tolerance_share: Fraction = Field(description="deviation up to which the story of an owner's worth holds")
    private_rate: YearlyRate = Field(description="what an undeclared lender is supposed to take")
    private_months: Months = Field(description="over which such a debt is supposed to be repaid")
    fastest_minutes: Count = Field(description="a decision faster than this after the asking is looked at")
    late_share: Fraction = Field(description="borrowers late though able, above which a group's will is in question")
    split_window_days: Days = Field(description="loans of one connected group within these days count together")
    series_months: Months = Field(description="months of an outside series under which no elasticity is given")
    series_customers_count: Count = Field(description="customers of a trade under whom none is given")
    series_fall_share: Fraction = Field(description="fall of a series shown as a scenario")
    value_falls: tuple[Fraction, ...] = Field(description="falls of collateral values that are tried")
    sale_cost_share: Fraction = Field(description="cost of selling collateral, of its price")
    sale_months: Months = Field(description="from default to the money of a sale")
    guarantee_ratio: Ratio = Field(description="guarantees over net worth, above which a guarantor is overburdened")
    worst_cover_share: Fraction = Field(description="cover of a guaranteed balance under which it counts as open")


Days3 = Annotated[tuple[Days, ...], Field(min_length=1)]


class QualityPolicy(Terms):
    """Cuts that quality measures use, in a credit committee's terms."""

    overdue_days: Days = Field(description="a loan counts in the overdue share (逾期率) past this many days")
    bad_days: Days = Field(description="a loan is bad for pricing and vintages past this many days")
    par_days: Days = Field(description="cut of the portfolio at risk (PAR)")
    stressed_lookback_days: Days = Field(description="days before a renewal in which a sign of stress counts")
    rollovers_count: Count = Field(description="rollovers without a cut of principal that make a renewal stressed")
    dscr_minimum: Ratio = Field(description="coverage under which such rollovers count as stressed")
    maturing_days: Days3 = Field(description="windows of the maturing list on page 1")
    crossing_days: Days = Field(description="days past due at which a loan becomes non-performing")
    appetite_share: Fraction = Field(description="share at risk that the bank tolerates in a segment (容忍度)")
    interval_level: Fraction = Field(description="level of two-sided intervals")
    upper_level: Fraction = Field(description="level of one-sided upper bounds")
    price_level: Fraction = Field(description="level of the bound of default rates shown beside a price")
    minimum_peers_count: Count = Field(description="a cell shown to another branch holds at least so many customers")
    minimum_members_count: Count = Field(description="a cell that leaves the bank holds at least so many customers")
    dominance_share: Fraction = Field(description="one customer above this share of a cell suppresses the cell")
    unassigned_share: Fraction = Field(description="segment rules that leave more customers than this want work")


class LimitsPolicy(Terms):
    """Caps, haircuts, capacity and authority that every limit obeys."""

    notional_months: Months = Field(description="bullet and revolving loans are tested as if repaid over these months")
    cash_quantile: Fraction = Field(description="quantile of monthly cash on which capacity rests")
    flow_window_months: Months = Field(description="months of flows or invoices looked at")
    flow_minimum_months: Months = Field(description="fewer months of evidence leave the capacity to be verified")
    dscr_minimum: Ratio = Field(description="cash available over debt service, at least")
    source_dependence_share: Fraction = Field(description="income share from which a borrower depends on a source")
    receivable_days: Days = Field(description="a receivable older past its due date than this is not eligible")
    debtor_cap_share: Fraction = Field(description="one debtor counts up to this share of eligible receivables")
    group_cap_yuan: Yuan = Field(description="exposure to one linked group")
    source_cap_yuan: Yuan = Field(description="exposure repaid by one source that has no cap of its own")
    held_back_step_share: Fraction = Field(
        description="steps, in parts of a source's cap, in which a branch is told of others where they are few"
    )
    source_loss_budget_yuan: Yuan = Field(
        description="what one pilot may lose where its heaviest source of repayment stops, high case"
    )
    programme_cap_yuan: Yuan = Field(description="exposure of one programme in a branch")
    max_term_months: Months = Field(description="longest tenor a product may have")
    haircuts: dict[Code, Fraction] = Field(description="share of value that each kind of collateral supports")
    strong_links: tuple[Code, ...] = Field(description="link types that make two customers one exposure")
    authority: dict[Code, Yuan] = Field(description="largest limit that each level may approve, lowest level first")

    @model_validator(mode="after")
    def _authority_rises(self) -> LimitsPolicy:
        amounts = list(self.authority.values())
        if amounts != sorted(amounts):
            raise ValueError("authority: amounts must rise from level to level")
        return self


class PricingPolicy(Terms):
    """Parts of the price floor, with the two switches that change its formula."""

    lpr_rate: YearlyRate = Field(description="loan prime rate (LPR) that quotes refer to, one year")
    ftp_rate: YearlyRate = Field(description="funds transfer price at the product's usual tenor")
    opex_rate: YearlyRate = Field(description="yearly cost of keeping a yuan of balance")
    opex_loan_yuan: dict[Code, Yuan] = Field(description="yearly cost of making and keeping one loan, by channel")
    lgd: dict[Code, Fraction] = Field(description="loss given default by main security")
    capital_ratio: Fraction = Field(description="capital held per yuan of risk-weighted assets")
    risk_weight: Ratio = Field(description="risk weight of loans to small firms and their owners")
    capital_cost_rate: YearlyRate = Field(description="yearly return that capital must earn after tax")
    capital_funding_credit: Switch = Field(description="whether capital, being funds, saves the transfer price")
    income_tax: Switch = Field(description="whether the return on capital is grossed up for income tax")
    income_tax_rate: Fraction = Field(description="income tax rate")
    value_added_tax: Switch = Field(description="whether interest bears value added tax")
    value_added_tax_rate: Fraction = Field(description="value added tax rate on interest")
    surcharge_rate: Fraction = Field(description="surcharges as a share of the value added tax")
    loan_sizes_yuan: tuple[Yuan, ...] = Field(description="loan sizes at which the floor is shown")


class StressPolicy(Terms):
    """What is assumed when a common source stops paying, and how members of a source move together."""

    stop_days: Days = Field(description="days for which the source pays nothing")
    coverage_months: Months = Field(description="months over which cash coverage is tested after the stop")
    dependence_share: Fraction = Field(description="income share from the source from which a borrower is affected")
    pd_low: Fraction = Field(description="default rate of borrowers out of cash, low case")
    pd_high: Fraction = Field(description="default rate of borrowers out of cash, high case")
    lgd_low: Fraction = Field(description="loss given default then, low case")
    lgd_high: Fraction = Field(description="loss given default then, high case")
    correlation: dict[Code, Fraction] = Field(description="asset correlation of members by kind of common source")

    @model_validator(mode="after")
    def _ranges_open(self) -> StressPolicy:
        if self.pd_low > self.pd_high or self.lgd_low > self.lgd_high:
            raise ValueError("pd_low and lgd_low may not be above pd_high and lgd_high")
        return self


class RegulationPolicy(Terms):
    """Rules of law and regulation that products are checked against."""

    rules: dict[Code, Rule] = Field(description="rules by code")


class DecisionsPolicy(Terms):
    """By when what page 1 proposes is to be done, in days after the report's date; and how long lending takes."""

    confirm_days: Days = Field(description="repayment sources of the next maturities are confirmed")
    stop_days: Days = Field(description="a stop takes effect")
    design_days: Days = Field(description="a design or the evidence for it is on the table")
    approval_lead_days: Days = Field(description="usual days from a customer's application to the money")
    campaign_lead_days: Days = Field(description="usual days from first contact to the application")
    loss_budget_share: Fraction = Field(description="part of a branch's yearly profit that one pilot may lose")
    pilot_fewest_count: Count = Field(description="loans under which a pilot proves nothing and is not begun")
    pilot_loan_yuan: Yuan = Field(description="a usual small loan, by which a pilot's room is counted in loans")
    growth_share: Fraction = Field(description="net growth in a year of a group that may grow, part of its balance")
    judging_months: Months = Field(description="months after which a pilot's loans have shown how they pay")
    standard_cover_share: Fraction = Field(
        description="needs met whole by standard products, from which a product of its own wants a written reason"
    )
    carrying_share: Fraction = Field(description="part of a group's balance from which one source carries the group")
    full_reports_count: Count = Field(description="loans from which a branch gets every report")
    long_reports: tuple[str, ...] = Field(description="reports that a branch of fewer loans does not get unless asked")
    evidence_cost_yuan: dict[Code, Yuan] = Field(
        description="work that each evidence costs which settles a judgement; of a pilot, on each of its loans"
    )


class RolloutPolicy(Terms):
    """How a product is brought to its market: hours, rests, ramps, and when a lead counts as lost."""

    visit_hours: Ratio = Field(description="hours that a visit takes, way and notes included")
    ripe_days: Days = Field(description="a lead that has not gone on for so many days counts as lost at its stage")
    rest_days: Days = Field(description="days of rest after a contact")
    growth_share: Fraction = Field(description="growth of a year's inflows that counts as a sign of need")
    month_end_days: Days = Field(description="days at the end of a month that are looked at for crowding")
    ramp_months: Months = Field(description="months over which managers learn a new product")
    plan_months: Months = Field(description="months over which a target is spread")
    capacity_level: Fraction = Field(description="level of the range of what managers can do")
    fewest_count: Count = Field(description="cases from which a manager is set beside the others")
    pay_step_count: Count = Field(description="loans of a month from which the present bonus is paid")
    list_count: Count = Field(description="prospects that a manager can work in a month")


class CampaignsPolicy(Terms):
    """When a campaign's effect may be read, when a customer counts as lost, what win-back is paid for."""

    power_share: Fraction = Field(description="chance that a reading shows the planned lift, at least")
    ratio_alarm_share: Fraction = Field(description="p under which the arms are not those that were drawn")
    fewest_arm_count: Count = Field(description="an arm with fewer members is not read at all")
    few_clusters_count: Count = Field(description="fewer clusters in an arm are flagged")
    return_share: Fraction = Field(description="spontaneous return under which a customer may be called lost")
    return_horizon_days: Days = Field(description="days within which a return counts")
    regain_window_days: Days = Field(description="days from listing within which a win-back counts")
    retain_window_days: Days = Field(description="days from listing within which a retention counts")
    alive_days: Days = Field(description="days that a regained loan must live before it is paid for")
    referrer_share: Fraction = Field(description="share of referred loans above which one referrer is looked at")
    holdout_share: Fraction = Field(description="members held out where no power asks for more")
    regain_fee_yuan: Yuan = Field(description="paid to a manager per regained or retained customer")

    @property
    def windows(self) -> dict[str, int]:
        """Days from listing within which a loan counts, by goal."""
        return {"regain": self.regain_window_days, "retain": self.retain_window_days}


class Policy(Terms):
    """All parts of policy as they stood at one date."""

    quality: QualityPolicy
    limits: LimitsPolicy
    pricing: PricingPolicy
    stress: StressPolicy
    regulation: RegulationPolicy
    decisions: DecisionsPolicy
    rollout: RolloutPolicy
    campaigns: CampaignsPolicy
    review: ReviewPolicy


Levels = Literal["none", "collected", "notified", "registered", "acknowledged"]
Thresholds = Annotated[tuple[Fraction, ...], Field(min_length=1)]


class SupplyPolicy(Terms):
    """Values that the supply-chain measures and designs use."""

    public_days: Days = Field(description="public bodies and institutions pay within so many days")
    public_contract_days: Days = Field(description="as long as a public body may agree by contract")
    large_days: Days = Field(description="large firms pay small suppliers within so many days")
    window_months: Months = Field(description="deliveries and receipts looked at")
    notable_days: Days = Field(description="a change of the median smaller than this is no trend")
    slow_days: Days = Field(description="a payer whose median days lie above this is slow, whatever it did before")
    turned_months: Months = Field(description="recent months in which receipts elsewhere are looked for")
    turned_level: Fraction = Field(description="level of that test over all suppliers of a branch")
    gap_share: Fraction = Field(description="largest gap of the three flows that counts as matched")
    gap_thresholds: Thresholds = Field(description="lines tried on the past")
    least_capture_share: Fraction = Field(description="receipts count as collected from this share, lower bound")
    advance: dict[Levels, Fraction] = Field(description="advance on receivables by level of control")
    dependence_share: Fraction = Field(description="suppliers above this income share get a smaller advance")
    dependence_factor: Fraction = Field(description="part of the advance that is left to them")
    single_cap_yuan: Yuan = Field(description="largest line of one supplier on one core")
    payables_share: Fraction = Field(description="exposure through suppliers, at most this part of a year's payables")
    early_rate_low: YearlyRate = Field(description="what waiting costs a supplier a year, low")
    early_rate_high: YearlyRate = Field(description="what waiting costs a supplier a year, high")
    corporate_share: Fraction = Field(description="part of the joint margin that the corporate line books")
    pilot_loss_yuan: Yuan = Field(description="largest loss that the pilot outside programmes may cost")
    pilot_bad_rate: Fraction = Field(description="default rate at which the pilot must be stopped")
    pilot_power: Fraction = Field(description="chance to stop it in time if the rate is that bad")
    win_low: Fraction = Field(description="part of the need that is won in a year, low")
    win_high: Fraction = Field(description="part of the need that is won in a year, high")
    design_cost_low_yuan: Yuan = Field(description="cost of designing and launching, low")
    design_cost_high_yuan: Yuan = Field(description="cost of designing and launching, high")
    loan_count_floor: Count = Field(description="fewer loans than this are not worth a product of their own")

    @model_validator(mode="after")
    def _ranges_ascend(self) -> SupplyPolicy:
        pairs = [
            ("early_rate_low", "early_rate_high"),
            ("win_low", "win_high"),
            ("design_cost_low_yuan", "design_cost_high_yuan"),
        ]
        falling = [low for low, high in pairs if getattr(self, low) > getattr(self, high)]
        if falling:
            raise ValueError(f"{', '.join(falling)} is above its upper end")
        return self


class WorkdayPolicy(Terms):
    """Cuts of the weekly list and of the shelf; the definition of inclusive lending."""

    cap_alert_share: Fraction = Field(description="a cap used beyond this part stands on the weekly list")
    ahead_days: Days = Field(description="what ends or begins within so many days stands on the weekly list")
    slow_days: Days = Field(description="a decision or a payout is late beyond so many days")
    promise_share: Fraction = Field(description="part of cases that a promised number of days covers")
    dropped_share: Fraction = Field(description="a paper that changes decisions no more often than this may be dropped")
    same_terms_distance: Fraction = Field(description="products whose terms lie no farther apart are only names")
    same_customers_share: Fraction = Field(description="products that share this part of customers may be one")
    replacement_days: Days = Field(description="a loan within so many days of another's end replaces it")
    inclusive_cap_yuan: Yuan = Field(description="granted to one customer, at most, to count as inclusive lending")
    inclusive_kinds: tuple[Code, ...] = Field(description="kinds of customers that count")
    inclusive_sizes: tuple[Code, ...] = Field(description="sizes of companies that count")
    count_artefacts: Switch = Field(description="whether artefacts are counted; a count is no competence")


Reach = Literal["everyone", "core", "hospital", "venue", "group", "guaranteed"]
MonthsLost = Annotated[float, Number, Field(ge=0, le=12)]


class Shock(Terms):
    """What happens, to whom, for how long."""

    code: Code = Field(description="name of the scenario in every result")
    said: Bilingual = Field(description="the scenario in words")
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
