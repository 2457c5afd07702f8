"""A branch as the risk review sees it: use of money, owners' worth, order of events, ties, rules, security."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import pandas as pd

from microlib.design.branch import Branch
from microlib.design.result import result
from microlib.design.reviewing import causes, signs
from microlib.design.rules import checks, portfolio_checks
from microlib.metrics.connections import (
    checklists,
    groups,
    guarantee_burdens,
    guarantee_edges,
    reasons,
    shared_values,
    weights,
)
from microlib.metrics.reviewing import controls, decided, shocks, timelines, uses, visits
from microlib.metrics.security import ltvs


class BranchReview(Branch):
    """A branch with the results that its risk review rests on; open it with ``BranchReview.of(branch)``."""

    CALLED: ClassVar[Mapping[str, str]] = {
        **Branch.CALLED,
        "signs": "use_signs",
        "uses": "use_signs",
        "equity": "unexplained_equity",
        "own": "own_parts",
        "decided": "decided_loans",
        "checks": "timeline_checks",
        "shared": "shared_links",
        "weighted": "link_weights",
        "explained": "explained_links",
        "pairs": "link_checklist",
        "flags": "control_flags",
        "ltvs": "loan_to_value",
        "shocks": "value_shocks",
        "edges": "guarantee_edges",
        "covers": "first_round_covers",
        "replays": "control_replays",
    }

    # ---- where the money went, what owners have, in which order things happened

    @result
    def use_signs(self) -> pd.DataFrame:
        """Signs that a loan's money was not used as said (`uses.use_signs`)."""
        cuts = self.policy.review
        days, share = cuts.use_window_days, cuts.return_share
        return self.compute(
            uses.use_signs, threshold_yuan=cuts.entrusted_threshold_yuan, window_days=days, return_share=share
        )

    @result
    def use_summary(self) -> pd.DataFrame:
        """How many loans bear each sign (`uses.use_summary`)."""
        return uses.use_summary(self.use_signs)

    @result
    def unexplained_equity(self) -> pd.DataFrame:
        """Owners' worth against its story (`visits.unexplained_equity`)."""
        cuts = self.policy.review
        terms = {"yearly_rate": cuts.private_rate, "months": cuts.private_months}
        return self.compute(visits.unexplained_equity, tolerance_share=cuts.equity_tolerance_share, **terms)

    @result
    def own_parts(self) -> pd.DataFrame:
        """The own part of each project's budget (`visits.own_parts`)."""
        return self.compute(visits.own_parts, own_share=self.policy.review.own_funds_share)

    @result
    def timeline_checks(self) -> pd.DataFrame:
        """Applications whose dates contradict each other (`timelines.timeline_checks`)."""
        return self.compute(timelines.timeline_checks)

    @result
    def timeline_summary(self) -> pd.DataFrame:
        """How often each contradiction occurs (`timelines.timeline_summary`)."""
        return self.compute(timelines.timeline_summary)

    # ---- who belongs together

    @result
    def shared_links(self) -> pd.DataFrame:
        """Pairs of customers that share a value (`shared_values.shared_links`)."""
        return self.compute(shared_values.shared_links)

    @result
    def link_weights(self) -> pd.DataFrame:
        """Each link with its weight (`weights.link_weights`)."""
        return self.compute(weights.link_weights, shared=self.shared_links)

    @result
    def explained_links(self) -> pd.DataFrame:
        """Each link with what else may explain it (`reasons.explained_links`)."""
        return self.compute(reasons.explained_links)

    @result
    def link_checklist(self) -> pd.DataFrame:
        """Pairs of customers, linked or not, with their reasons (`checklists.link_checklist`)."""
        return self.compute(checklists.link_checklist)

    @result
    def connected_groups(self) -> pd.DataFrame:
        """Members of each connected group (`groups.connected_groups`)."""
        return groups.connected_groups(self.link_checklist)

    @result
    def group_exposures(self) -> pd.DataFrame:
        """What each connected group owes, against the cap (`groups.group_exposures`)."""
        cap = self.policy.limits.group_cap_yuan
        return self.compute(groups.group_exposures, members=self.connected_groups, cap_yuan=cap)

    @result
    def common_values(self) -> pd.DataFrame:
        """Values that very many share (`reasons.common_values`)."""
        return reasons.common_values(self.explained_links)

    # ---- controls and rules

    @result
    def decided_loans(self) -> pd.DataFrame:
        """Past decisions with their end (`decided.decided_loans`)."""
        return self.compute(decided.decided_loans)

    @result
    def control_flags(self) -> pd.DataFrame:
        """Which control would have flagged which past loan (`controls.control_flags`)."""
        return self.compute(controls.control_flags)

    @result
    def control_replays(self) -> pd.DataFrame:
        """What each control would have stopped, good and bad (`controls.control_replays`)."""
        return controls.control_replays(self.control_flags, self.decided_loans)

    @result
    def rules_checked(self) -> pd.DataFrame:
        """Rules of supervisors held against the portfolio (`portfolio_checks.check_portfolio`)."""
        rules = checks.read_rules(self.home, as_of=self.as_of)
        threshold = self.policy.review.entrusted_threshold_yuan
        return portfolio_checks.check_portfolio(self, rules=rules, threshold_yuan=threshold)

    # ---- security

    @result
    def loan_to_value(self) -> pd.DataFrame:
        """Each secured loan over the value of its collateral (`ltvs.loan_to_value`)."""
        return self.compute(ltvs.loan_to_value, fall_shares=self.policy.review.value_falls)

    @result
    def value_shocks(self) -> pd.DataFrame:
        """What a fall of values would leave open (`shocks.value_shocks`)."""
        cuts = self.policy.review
        sale = {"cost_share": cuts.sale_cost_share, "months": cuts.sale_months}
        return self.compute(
            shocks.value_shocks, falls=cuts.value_falls, yearly_rate=self.policy.pricing.lpr_rate, **sale
        )

    @result
    def guarantee_edges(self) -> pd.DataFrame:
        """Who stands for whom (`guarantee_edges.guarantee_edges`)."""
        return self.compute(guarantee_edges.guarantee_edges)

    @result
    def first_round_covers(self) -> pd.DataFrame:
        """How far guarantors cover each borrower (`guarantee_burdens.first_round_covers`)."""
        return self.compute(guarantee_burdens.first_round_covers)

    # ---- what is proposed

    @result
    def control_decision(self) -> pd.DataFrame:
        """What the controls' replay asks for (`causes.control_decision`)."""
        return self.compute(causes.control_decision)

    @result
    def use_decision(self) -> pd.DataFrame:
        """What the signs of use ask for (`signs.use_decision`)."""
        return self.compute(signs.use_decision, summary=self.use_summary)

    @result
    def equity_decision(self) -> pd.DataFrame:
        """What unexplained worth asks for (`signs.equity_decision`)."""
        return self.compute(signs.equity_decision)

    @result
    def timeline_decision(self) -> pd.DataFrame:
        """What contradicting dates ask for (`signs.timeline_decision`)."""
        return self.compute(signs.timeline_decision, summary=self.timeline_summary)

    @result
    def link_decision(self) -> pd.DataFrame:
        """What connected groups ask for (`signs.link_decision`)."""
        return self.compute(signs.link_decision, groups=self.group_exposures)

    @result
    def rule_decision(self) -> pd.DataFrame:
        """What rules that are not kept ask for (`causes.rule_decision`)."""
        return self.compute(causes.rule_decision, checked=self.rules_checked)

    @result
    def collateral_decision(self) -> pd.DataFrame:
        """What falling values ask for (`signs.collateral_decision`)."""
        return self.compute(signs.collateral_decision)

    @result
    def guarantee_decision(self) -> pd.DataFrame:
        """What weak guarantees ask for (`signs.guarantee_decision`)."""
        return self.compute(signs.guarantee_decision)
