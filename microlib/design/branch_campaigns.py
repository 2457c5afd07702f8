"""A branch as the reading of its campaigns sees it: plans, arms, effects, costs, and what is kept of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import pandas as pd

from microlib.bank.sums.bank_wide import programme_arms
from microlib.contracts.needs import result
from microlib.design.branch import Branch
from microlib.design.campaigns import (
    NOTHING,
    assign_customers,
    assignment_loads,
    callable_lines,
    campaign_choices,
    effects_register,
    hold_out,
    manager_rooms,
    open_choices,
    payout_rules,
)
from microlib.design.judgement import listed_judgements, offered_to
from microlib.metrics.campaign_effect import (
    adjusted_effects,
    arm_counts,
    campaign_effects,
    campaign_outcomes,
    campaign_readings,
    cluster_effects,
    costs_per_added,
    funnel_against_plan,
    list_quality,
    programme_effects,
    readable,
    readable_costs,
    weaker_evidence,
)
from microlib.metrics.campaign_plan import (
    arm_balance,
    campaign_plans,
    member_history,
    natural_shares,
    sample_ratio,
    total_costs,
)
from microlib.metrics.campaign_quality import (
    campaign_quality,
    matched_effects,
    reached_ages,
    referral_effects,
    referrer_concentration,
)
from microlib.metrics.churn import (
    away_spells,
    churn_candidates,
    churn_rules,
    loss_reasons,
    return_curve,
    review_lines,
    reviewed_spells,
    win_back_effects,
    win_back_outcomes,
)
from microlib.stats.forecast import loan_forecasts, monthly_new_loans, replayed_forecasts


class BranchCampaigns(Branch):
    """A branch with the results that the reading of its campaigns rests on; ``BranchCampaigns.of(branch)``."""

    PROPOSALS: ClassVar[tuple[str, ...]] = ("campaign_choices",)
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
        "choices": "campaign_choices",
        "register": "effects_register",
        "history": "member_history",
        "rooms": "manager_rooms",
        "assigned": "assign_customers",
        "counts": "monthly_new_loans",
        "replayed": "replayed_forecasts",
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
    def held_campaigns(self) -> pd.DataFrame:
        """Which campaign was or is for what: ``campaign_id, product_id, is_held`` (by product, by place)."""
        rows = self.campaigns[["campaign_id", "product_id", "venue_id"]]
        held = rows["product_id"].isin(self.withheld) | rows["venue_id"].isin(self.closed_places)
        if self.is_over:  # one to come is for whom the register leaves open, or it waits
            listed = self["campaign_members"]
            beyond = listed["customer_id"].isin(self.barred_customers).groupby(listed["campaign_id"]).any()
            fit = rows["campaign_id"].map(beyond).eq(False)  # one without a list fits nobody
            held |= (self.campaigns["launch_date"] > pd.Timestamp(self.as_of)) & ~fit
        return rows[["campaign_id", "product_id"]].assign(is_held=held.to_numpy(dtype=bool))

    @result
    def open_effects(self) -> pd.DataFrame:
        """The lift of each campaign by loans that may be lent again: of open products, to customers who are not closed.

        What a campaign brought of what has been stopped since is no reason to run it again.
        """
        loans, held = self.loans, self.withheld
        gone = loans["product_id"].isin(held) | offered_to(loans, self.if_known("members")).isin(held)
        gone |= loans["customer_id"].isin(self.barred_customers)
        found = self.campaign_outcomes
        again = found["has_borrowed"] & ~found["loan_id"].isin(loans.loc[gone, "loan_id"])
        return campaign_effects(arm_counts(found.assign(has_borrowed=again)), level=self._level)

    @result
    def campaign_choices(self) -> pd.DataFrame:
        """What is proposed for each campaign (`campaigns.campaign_choices`, `campaigns.open_choices`)."""
        return self.compute(open_choices, choices=self.compute(campaign_choices))

    @result
    def campaign_judgements(self) -> pd.DataFrame:
        """Every campaign that is over, in the register (`judgement.listed_judgements`)."""
        decided, read = self.campaign_choices, self.campaign_readings
        names = {"lift_share": "share", "lift_low": "share_low", "lift_high": "share_high"}
        steps = decided.set_index("segment")["step"]
        open_ones = self.open_effects.set_index("campaign_id")[[*names]].reindex(read["campaign_id"])
        moved = read["campaign_id"].map(steps).eq("find_open_product") & open_ones["lift_share"].notna().to_numpy()
        told = read.assign(**{name: read[name].mask(moved, open_ones[name].to_numpy()) for name in names})
        told = told.rename(columns={"campaign_id": "segment", "lift_share_count": "share_count", **names})
        settled = steps.map(
            {"hold_out_next": "hold_out", "find_open_product": "hold_out", "pool_branches": "larger_list"}
        )
        measure = moved.map({True: "open_lift_share", False: "lift_share"})
        told = told[["segment", *names.values(), "share_count"]].assign(measure=measure)
        told = told.assign(settled_by=told["segment"].map(settled).fillna(""))
        return listed_judgements(decided, kind="campaign", evidence=told, policy=self.policy)

    # ---- how a campaign went

    @result
    def funnel_against_plan(self) -> pd.DataFrame:
        """Step by step from list to loan, planned and done (`campaign_effect.funnel_against_plan`)."""
        return self.compute(funnel_against_plan)

    @result
    def list_quality(self) -> pd.DataFrame:
        """Consent, early contacts and repeats on each list (`campaign_effect.list_quality`)."""
        return self.compute(list_quality)

    @result
    def member_history(self) -> pd.DataFrame:
        """What was known of each member before any contact (`campaign_plan.member_history`)."""
        return self.compute(member_history)

    @result
    def arm_balance(self) -> pd.DataFrame:
        """How alike the arms were before (`campaign_plan.arm_balance`)."""
        return arm_balance(self.member_history, level=self._level)

    # ---- effects beside the plain reading

    @result
    def readable_effects(self) -> pd.DataFrame:
        """Readings that may be shown as effects (`campaign_effect.readable`)."""
        return readable(self.campaign_readings)

    @result
    def adjusted_effects(self) -> pd.DataFrame:
        """Effects with past loans held alike (`campaign_effect.adjusted_effects`)."""
        return adjusted_effects(self.member_history, level=self._level)

    @result
    def weaker_evidence(self) -> pd.DataFrame:
        """Effects by clusters and by customers alike (`campaign_effect.weaker_evidence`)."""
        return self.compute(weaker_evidence)

    @result
    def programme_effects(self) -> pd.DataFrame:
        """Effects of one plan in several branches together (`campaign_effect.programme_effects`)."""
        arms = programme_arms(self.home, as_of=self.as_of)
        return self.compute(programme_effects, counts=arms, campaigns="campaigns", level=self._level)

    @result
    def campaign_quality(self) -> pd.DataFrame:
        """Arrears of loans that campaigns brought, by age (`campaign_quality.campaign_quality`)."""
        return self.compute(campaign_quality, cut_days=self.policy.quality.par_days)

    @result
    def reached_ages(self) -> pd.DataFrame:
        """The same at ages that loans have reached (`campaign_quality.reached_ages`)."""
        return reached_ages(self.campaign_quality)

    @result
    def referral_effects(self) -> pd.DataFrame:
        """Referrals with and without a reward (`campaign_quality.referral_effects`)."""
        return self.compute(referral_effects, level=self._level)

    @result
    def referrer_concentration(self) -> pd.DataFrame:
        """Who refers very many, and with whom he is tied (`campaign_quality.referrer_concentration`)."""
        return self.compute(referrer_concentration, most_share=float(self.policy.campaigns.referrer_share))

    # ---- who is lost, and why

    @result
    def away_spells(self) -> pd.DataFrame:
        """Times without a loan, as the ledger shows them (`churn.away_spells`)."""
        return self.compute(away_spells)

    @result
    def reviewed_spells(self) -> pd.DataFrame:
        """The same of customers who were reviewed (`churn.reviewed_spells`)."""
        return self.compute(reviewed_spells)

    @result
    def reviewed_candidates(self) -> pd.DataFrame:
        """Candidates for a loss, with what reviews say (`churn.churn_candidates`)."""
        return self.compute(churn_candidates, spells="away_spells", reviewed="reviewed_spells")

    @result
    def churn_candidates(self) -> pd.DataFrame:
        """Candidates for a loss from the ledger alone (`churn.churn_candidates`)."""
        return churn_candidates(self.away_spells)

    @result
    def churn_rules(self) -> pd.DataFrame:
        """How many return by themselves after each time away (`churn.churn_rules`)."""
        rules, candidates = self.policy.campaigns, self.first("reviewed_candidates", "churn_candidates")
        return churn_rules(candidates, share=float(rules.return_share), horizon_days=rules.return_horizon_days)

    @result
    def return_curve(self) -> pd.DataFrame:
        """The share that has returned, by days away (`churn.return_curve`)."""
        return return_curve(self.first("reviewed_spells", "away_spells"))

    @result
    def leaving_reasons(self) -> pd.DataFrame:
        """Why customers left, as reviews say (`churn.loss_reasons`)."""
        return self.compute(loss_reasons, level=self._level)

    @result
    def review_lines(self) -> pd.DataFrame:
        """Lost customers one by one, for the meeting (`churn.review_lines`)."""
        return self.compute(review_lines)

    # ---- winning back

    @result
    def win_back_outcomes(self) -> pd.DataFrame:
        """Each listed customer with what came of it (`churn.win_back_outcomes`)."""
        return self.compute(win_back_outcomes, windows=self.policy.campaigns.windows)

    @result
    def win_back_effects(self) -> pd.DataFrame:
        """What retention and win-back added (`churn.win_back_effects`)."""
        return win_back_effects(self.win_back_outcomes, level=self._level)

    @result
    def payout_rules(self) -> pd.DataFrame:
        """The same results paid under three rules (`campaigns.payout_rules`)."""
        rules = self.policy.campaigns
        given = {"outcomes": "win_back_outcomes", "effects": "win_back_effects", "alive_days": rules.alive_days}
        return self.compute(payout_rules, fee_yuan=float(rules.regain_fee_yuan), **given)

    @result
    def callable_lines(self) -> pd.DataFrame:
        """Of the lost those who may be called (`campaigns.callable_lines`)."""
        lines = self.review_lines
        return self.compute(callable_lines, lines=lines[~lines["customer_id"].isin(self.shut_customers)])

    @result
    def hold_out(self) -> pd.DataFrame:
        """The same with those who are drawn and not called (`campaigns.hold_out`)."""
        return hold_out(self.callable_lines, share=float(self.policy.campaigns.holdout_share))

    @result
    def manager_rooms(self) -> pd.Series:
        """How many customers each manager can still take (`campaigns.manager_rooms`)."""
        return self.compute(manager_rooms, each=self.policy.rollout.list_count)

    @result
    def assign_customers(self) -> pd.DataFrame:
        """Who calls whom (`campaigns.assign_customers`)."""
        return self.compute(assign_customers, lines="hold_out")

    @result
    def assignment_loads(self) -> pd.DataFrame:
        """Calls of each manager against his room (`campaigns.assignment_loads`)."""
        return self.compute(assignment_loads)

    # ---- what comes

    @result
    def readings_or_none(self) -> pd.DataFrame:
        """The readings; no row where there is none, so that a plan stands without them."""
        return next(iter(self.known("campaign_readings")), NOTHING)

    @result
    def monthly_new_loans(self) -> pd.Series:
        """New loans of each month by what the register leaves open (`forecast.monthly_new_loans`)."""
        return self.compute(monthly_new_loans, loans=self.open_loans)

    @result
    def loan_forecasts(self) -> pd.DataFrame:
        """New loans of the months to come (`forecast.loan_forecasts`)."""
        return loan_forecasts(self.monthly_new_loans)

    @result
    def replayed_forecasts(self) -> pd.DataFrame:
        """The same rule at past month ends (`forecast.replayed_forecasts`)."""
        return replayed_forecasts(self.monthly_new_loans)
