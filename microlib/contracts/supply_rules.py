"""What the bank has decided on lending along a chain: legal terms, cuts, advances, sharing, pilot, opportunity."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from microlib.contracts.quantities import Count, Days, Fraction, Months, Terms, YearlyRate, Yuan

Levels = Literal["none", "collected", "notified", "registered", "acknowledged"]
Thresholds = Annotated[tuple[Fraction, ...], Field(min_length=1)]


class SupplyPolicy(Terms):
    """Values that the supply-chain measures and designs use."""

    public_days: Days = Field(description="public bodies and institutions pay within so many days")
    public_contract_days: Days = Field(description="as long as a public body may agree by contract")
    large_days: Days = Field(description="large firms pay small suppliers within so many days")
    window_months: Months = Field(description="deliveries and receipts looked at")
    notable_days: Days = Field(description="a change of the median smaller than this is no trend")
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
        pairs = [("early_rate_low", "early_rate_high"), ("win_low", "win_high"),
                 ("design_cost_low_yuan", "design_cost_high_yuan")]  # fmt: skip
        falling = [low for low, high in pairs if getattr(self, low) > getattr(self, high)]
        if falling:
            raise ValueError(f"{', '.join(falling)} is above its upper end")
        return self
