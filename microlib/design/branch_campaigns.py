"""A branch as the reading of its campaigns sees it: plans, arms, effects, costs, and what is kept of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import pandas as pd

from microlib.design.branch import Branch
from microlib.design.campaigns import choices, registries
from microlib.design.result import result
from microlib.metrics.campaigns import balances, clusters, differences, effects, outcomes, plans, powers, readings


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
        """How many would come without any campaign (`powers.natural_shares`)."""
        return self.compute(powers.natural_shares)

    @result
    def campaign_plans(self) -> pd.DataFrame:
        """What each campaign could show at best (`plans.campaign_plans`)."""
        return self.compute(plans.campaign_plans, power=float(self.policy.campaigns.power_share), level=self._level)

    @result
    def campaign_outcomes(self) -> pd.DataFrame:
        """Each member of a campaign with what came of it (`outcomes.campaign_outcomes`)."""
        return self.compute(outcomes.campaign_outcomes)

    @result
    def arm_counts(self) -> pd.DataFrame:
        """Members and takers of each arm (`effects.arm_counts`)."""
        return effects.arm_counts(self.campaign_outcomes)

    @result
    def campaign_effects(self) -> pd.DataFrame:
        """The lift of each campaign with its interval (`effects.campaign_effects`)."""
        return effects.campaign_effects(self.arm_counts, level=self._level)

    @result
    def sample_ratio(self) -> pd.DataFrame:
        """Whether the arms are those that were drawn (`balances.sample_ratio`)."""
        return self.compute(balances.sample_ratio, alarm=float(self.policy.campaigns.ratio_alarm_share))

    @result
    def cluster_effects(self) -> pd.DataFrame:
        """Effects where whole groups were drawn (`clusters.cluster_effects`)."""
        few = self.policy.campaigns.few_clusters_count
        return clusters.cluster_effects(self.campaign_outcomes, few=few, level=self._level)

    @result
    def matched_effects(self) -> pd.DataFrame:
        """Effects against customers alike who were not asked (`differences.matched_effects`)."""
        return self.compute(differences.matched_effects, few=self.policy.campaigns.few_clusters_count)

    @result
    def campaign_readings(self) -> pd.DataFrame:
        """What may be said of each campaign (`readings.campaign_readings`)."""
        others = (self.cluster_effects, self.matched_effects)
        return self.compute(readings.campaign_readings, others=others, fewest=self.policy.campaigns.fewest_arm_count)

    @result
    def total_costs(self) -> pd.Series:
        """What each campaign cost (`plans.total_costs`), yuan."""
        return self.compute(plans.total_costs)

    @result
    def campaign_costs(self) -> pd.DataFrame:
        """The cost of a loan that was added, where one may be read (`effects.readable_costs`)."""
        costs = effects.costs_per_added(self.campaign_effects, self.total_costs)
        return effects.readable_costs(costs, self.campaign_readings)

    @result
    def effects_register(self) -> pd.DataFrame:
        """Effects as they are kept for later designs (`registries.effects_register`)."""
        return self.compute(registries.effects_register)

    @result
    def campaign_choices(self) -> pd.DataFrame:
        """What is proposed for each campaign (`choices.campaign_choices`)."""
        return self.compute(choices.campaign_choices)
