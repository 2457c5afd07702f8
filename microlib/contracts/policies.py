"""What the bank has decided for all products: cuts of quality, limits, price, stress and rules; each value dated."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from microlib.contracts.quantities import (
    Code,
    Count,
    Days,
    Fraction,
    Months,
    Ratio,
    Switch,
    Terms,
    YearlyRate,
    Yuan,
)
from microlib.contracts.regulations import Rule
from microlib.contracts.reviews import ReviewPolicy

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
