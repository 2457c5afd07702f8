"""A branch as the risk review sees it: use of money, owners' worth, order of events, ties, rules, security."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import pandas as pd

from microlib.design.branch import Branch
from microlib.design.result import result
from microlib.design.review_decisions import (
    collateral_decision,
    control_decision,
    equity_decision,
    guarantee_decision,
    link_decision,
    rule_decision,
    timeline_decision,
    use_decision,
)
from microlib.design.rules import check_portfolio, read_rules
from microlib.metrics.collateral import loan_to_value, value_shocks
from microlib.metrics.conduct import (
    own_parts,
    timeline_checks,
    timeline_summary,
    unexplained_equity,
    use_signs,
    use_summary,
)
from microlib.metrics.connections import connected_groups, group_exposures, link_weights, shared_links
from microlib.metrics.guarantees import first_round_covers, guarantee_edges
from microlib.metrics.links import common_values, explained_links, link_checklist
from microlib.metrics.loan_failures import control_flags, control_replays, decided_loans


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
        """Signs that a loan's money was not used as said (`conduct.use_signs`)."""
        cuts = self.policy.review
        days, share = cuts.use_window_days, cuts.return_share
        return self.compute(
            use_signs, threshold_yuan=cuts.entrusted_threshold_yuan, window_days=days, return_share=share
        )

    @result
    def use_summary(self) -> pd.DataFrame:
        """How many loans bear each sign (`conduct.use_summary`)."""
        return use_summary(self.use_signs)

    @result
    def unexplained_equity(self) -> pd.DataFrame:
        """Owners' worth against its story (`conduct.unexplained_equity`)."""
        cuts = self.policy.review
        terms = {"yearly_rate": cuts.private_rate, "months": cuts.private_months}
        return self.compute(unexplained_equity, tolerance_share=cuts.equity_tolerance_share, **terms)

    @result
    def own_parts(self) -> pd.DataFrame:
        """The own part of each project's budget (`conduct.own_parts`)."""
        return self.compute(own_parts, own_share=self.policy.review.own_funds_share)

    @result
    def timeline_checks(self) -> pd.DataFrame:
        """Applications whose dates contradict each other (`conduct.timeline_checks`)."""
        return self.compute(timeline_checks)

    @result
    def timeline_summary(self) -> pd.DataFrame:
        """How often each contradiction occurs (`conduct.timeline_summary`)."""
        return self.compute(timeline_summary)

    # ---- who belongs together

    @result
    def shared_links(self) -> pd.DataFrame:
        """Pairs of customers that share a value (`connections.shared_links`)."""
        return self.compute(shared_links)

    @result
    def link_weights(self) -> pd.DataFrame:
        """Each link with its weight (`connections.link_weights`)."""
        return self.compute(link_weights, shared=self.shared_links)

    @result
    def explained_links(self) -> pd.DataFrame:
        """Each link with what else may explain it (`links.explained_links`)."""
        return self.compute(explained_links)

    @result
    def link_checklist(self) -> pd.DataFrame:
        """Pairs of customers, linked or not, with their reasons (`links.link_checklist`)."""
        return self.compute(link_checklist)

    @result
    def connected_groups(self) -> pd.DataFrame:
        """Members of each connected group (`connections.connected_groups`)."""
        return connected_groups(self.link_checklist)

    @result
    def group_exposures(self) -> pd.DataFrame:
        """What each connected group owes, against the cap (`connections.group_exposures`)."""
        cap = self.policy.limits.group_cap_yuan
        return self.compute(group_exposures, members=self.connected_groups, cap_yuan=cap)

    @result
    def common_values(self) -> pd.DataFrame:
        """Values that very many share (`links.common_values`)."""
        return common_values(self.explained_links)

    # ---- controls and rules

    @result
    def decided_loans(self) -> pd.DataFrame:
        """Past decisions with their end (`loan_failures.decided_loans`)."""
        return self.compute(decided_loans)

    @result
    def control_flags(self) -> pd.DataFrame:
        """Which control would have flagged which past loan (`loan_failures.control_flags`)."""
        return self.compute(control_flags)

    @result
    def control_replays(self) -> pd.DataFrame:
        """What each control would have stopped, good and bad (`loan_failures.control_replays`)."""
        return control_replays(self.control_flags, self.decided_loans)

    @result
    def rules_checked(self) -> pd.DataFrame:
        """Rules of supervisors held against the portfolio (`rules.check_portfolio`)."""
        rules = read_rules(self.home, as_of=self.as_of)
        threshold = self.policy.review.entrusted_threshold_yuan
        return check_portfolio(self, rules=rules, threshold_yuan=threshold)

    # ---- security

    @result
    def loan_to_value(self) -> pd.DataFrame:
        """Each secured loan over the value of its collateral (`collateral.loan_to_value`)."""
        return self.compute(loan_to_value, fall_shares=self.policy.review.value_falls)

    @result
    def value_shocks(self) -> pd.DataFrame:
        """What a fall of values would leave open (`collateral.value_shocks`)."""
        cuts = self.policy.review
        sale = {"cost_share": cuts.sale_cost_share, "months": cuts.sale_months}
        return self.compute(value_shocks, falls=cuts.value_falls, yearly_rate=self.policy.pricing.lpr_rate, **sale)

    @result
    def guarantee_edges(self) -> pd.DataFrame:
        """Who stands for whom (`guarantees.guarantee_edges`)."""
        return self.compute(guarantee_edges)

    @result
    def first_round_covers(self) -> pd.DataFrame:
        """How far guarantors cover each borrower (`guarantees.first_round_covers`)."""
        return self.compute(first_round_covers)

    # ---- what is proposed

    @result
    def control_decision(self) -> pd.DataFrame:
        """What the controls' replay asks for (`review_decisions.control_decision`)."""
        return self.compute(control_decision)

    @result
    def use_decision(self) -> pd.DataFrame:
        """What the signs of use ask for (`review_decisions.use_decision`)."""
        return self.compute(use_decision, summary=self.use_summary)

    @result
    def equity_decision(self) -> pd.DataFrame:
        """What unexplained worth asks for (`review_decisions.equity_decision`)."""
        return self.compute(equity_decision)

    @result
    def timeline_decision(self) -> pd.DataFrame:
        """What contradicting dates ask for (`review_decisions.timeline_decision`)."""
        return self.compute(timeline_decision, summary=self.timeline_summary)

    @result
    def link_decision(self) -> pd.DataFrame:
        """What connected groups ask for (`review_decisions.link_decision`)."""
        return self.compute(link_decision, groups=self.group_exposures)

    @result
    def rule_decision(self) -> pd.DataFrame:
        """What rules that are not kept ask for (`review_decisions.rule_decision`)."""
        return self.compute(rule_decision, checked=self.rules_checked)

    @result
    def collateral_decision(self) -> pd.DataFrame:
        """What falling values ask for (`review_decisions.collateral_decision`)."""
        return self.compute(collateral_decision)

    @result
    def guarantee_decision(self) -> pd.DataFrame:
        """What weak guarantees ask for (`review_decisions.guarantee_decision`)."""
        return self.compute(guarantee_decision)
