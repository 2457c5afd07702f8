"""A branch as the reading of its campaigns sees it: plans, arms, effects, costs, and what is kept of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import pandas as pd

from microlib.design.branch import Branch
from microlib.design.campaigns import campaign_choices, effects_register
from microlib.design.result import result
from microlib.metrics.campaign_effect import (
    arm_counts,
    campaign_effects,
    campaign_outcomes,
    campaign_readings,
    cluster_effects,
    costs_per_added,
    readable_costs,
)
from microlib.metrics.campaign_plan import campaign_plans, natural_shares, sample_ratio, total_costs
from microlib.metrics.campaign_quality import matched_effects


class BranchCampaigns(Branch):
    """A branch with the results that the reading of its campaigns rests on; ``BranchCampaigns.of(branch)``."""

    CALLED: ClassVar[Mapping[str, str]] = {
        **Branch.CALLED,
        "outcomes": "campaign_outcomes",
        "natural": "natural_shares",
        "plans": "campaign_plans",
        "effects": "campaign_effects",
        "ratio": "sample_ratio",
        "clusters": "cluster_effects",
        "matched": "matched_effects",
        "readings": "campaign_readings",
        "costs": "campaign_costs",
        "register": "effects_register",
    }

    @property
    def _level(self) -> float:
        """The level of two-sided intervals (policy)."""
        return float(self.policy.quality.interval_level)

    @result
    def natural_shares(self) -> pd.DataFrame:
        """How many would come without any campaign (`campaign_plan.natural_shares`)."""
        return self.compute(natural_shares)

    @result
    def campaign_plans(self) -> pd.DataFrame:
        """What each campaign could show at best (`campaign_plan.campaign_plans`)."""
        return self.compute(campaign_plans, power=float(self.policy.campaigns.power_share), level=self._level)

    @result
    def campaign_outcomes(self) -> pd.DataFrame:
        """Each member of a campaign with what came of it (`campaign_effect.campaign_outcomes`)."""
        return self.compute(campaign_outcomes)

    @result
    def arm_counts(self) -> pd.DataFrame:
        """Members and takers of each arm (`campaign_effect.arm_counts`)."""
        return arm_counts(self.campaign_outcomes)

    @result
    def campaign_effects(self) -> pd.DataFrame:
        """The lift of each campaign with its interval (`campaign_effect.campaign_effects`)."""
        return campaign_effects(self.arm_counts, level=self._level)

    @result
    def sample_ratio(self) -> pd.DataFrame:
        """Whether the arms are those that were drawn (`campaign_plan.sample_ratio`)."""
        return self.compute(sample_ratio, alarm=float(self.policy.campaigns.ratio_alarm_share))

    @result
    def cluster_effects(self) -> pd.DataFrame:
        """Effects where whole groups were drawn (`campaign_effect.cluster_effects`)."""
        few = self.policy.campaigns.few_clusters_count
        return cluster_effects(self.campaign_outcomes, few=few, level=self._level)

    @result
    def matched_effects(self) -> pd.DataFrame:
        """Effects against customers alike who were not asked (`campaign_quality.matched_effects`)."""
        return self.compute(matched_effects, few=self.policy.campaigns.few_clusters_count)

    @result
    def campaign_readings(self) -> pd.DataFrame:
        """What may be said of each campaign (`campaign_effect.campaign_readings`)."""
        others = (self.cluster_effects, self.matched_effects)
        return self.compute(campaign_readings, others=others, fewest=self.policy.campaigns.fewest_arm_count)

    @result
    def total_costs(self) -> pd.Series:
        """What each campaign cost (`campaign_plan.total_costs`), yuan."""
        return self.compute(total_costs)

    @result
    def campaign_costs(self) -> pd.DataFrame:
        """The cost of a loan that was added, where one may be read (`campaign_effect.readable_costs`)."""
        costs = costs_per_added(self.campaign_effects, self.total_costs)
        return readable_costs(costs, self.campaign_readings)

    @result
    def effects_register(self) -> pd.DataFrame:
        """Effects as they are kept for later designs (`campaigns.effects_register`)."""
        return self.compute(effects_register)

    @result
    def campaign_choices(self) -> pd.DataFrame:
        """What is proposed for each campaign (`campaigns.campaign_choices`)."""
        return self.compute(campaign_choices)
